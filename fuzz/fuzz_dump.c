/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole dump: the input is the file, of any form. It is opened, its first pages and some
 * that may not be there are read by physical and by virtual address.
 */
#include <string.h>

#include "fuzz.h"
#include "vmcore.h"

#define DIRECT_MAP 0xffff888000000000ULL

static void read_some(struct vmcore *vc)
{
	static const uint64_t paddrs[] = { 0, 0xff8, 0x1000, 0x3000, 0x100000, 0x8000000,
					   UINT64_MAX - 8 };
	static const uint64_t kaddrs[] = { DIRECT_MAP, DIRECT_MAP + 0x1ff8, 0xffffffff81000000,
					   0xffffea0000000000, 0, UINT64_MAX - 3 };
	unsigned char buf[8192];
	uint64_t paddr, run;
	struct pgc_err err;
	size_t done;

	for (size_t i = 0; i < sizeof(paddrs) / sizeof(paddrs[0]); i++)
		(void)!vmcore_read_phys(vc, paddrs[i], buf, sizeof(buf), &done, &err);
	for (size_t i = 0; i < sizeof(kaddrs) / sizeof(kaddrs[0]); i++) {
		(void)!vmcore_translate(vc, kaddrs[i], &paddr, &run, &err);
		(void)!vmcore_read(vc, kaddrs[i], buf, 16, "a word", &err);
		(void)!vmcore_read_bulk(vc, kaddrs[i], buf, sizeof(buf), &done, &err);
		(void)!vmcore_read_str(vc, kaddrs[i], (char *)buf, 64, "a name", &err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL, *dup = NULL;

	(void)vmcore_looks_like_dump(path);
	/* An odd length is opened as the running kernel's. */
	if ((size % 2 ? vmcore_open_live(path, &vc, &err) :
			vmcore_open_with(path, NULL, false, &vc, &err)) != PGC_OK)
		return 0;
	read_some(vc);
	if (vmcore_dup(vc, &dup, &err) == PGC_OK)
		read_some(dup);
	vmcore_close(dup);
	vmcore_close(vc);
	return 0;
}
