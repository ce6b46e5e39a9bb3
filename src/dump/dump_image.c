/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_image.h"

#include <inttypes.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"

/* Magic and version, first and last address, 8 bytes of nothing. */
#define LIME_LEN 32
/* No machine with a kernel to look at has less memory; and what is read of it at once. */
#define IMAGE_MIN (16u << 20)
#define AT_ONCE (1u << 20)
/* A machine's memory map has some dozens. */
#define RANGES_MAX (1u << 16)

static const unsigned char lime_magic[] = { 'E', 'M', 'i', 'L', 1, 0, 0, 0 };
/* Two vectors in a row that lead to the same routine of the BIOS, f000:ff53. */
static const unsigned char vectors[] = { 0x53, 0xff, 0, 0xf0, 0x53, 0xff, 0, 0xf0 };

bool dump_image_is_lime(const void *head, size_t len)
{
	return len >= LIME_LEN && !memcmp(head, lime_magic, sizeof(lime_magic));
}

bool dump_image_is_raw(const void *head, size_t len)
{
	return len >= sizeof(vectors) && !memcmp(head, vectors, sizeof(vectors));
}

bool dump_image_has_kernel(int fd, uint64_t size)
{
	static const char text[] = "OSRELEASE=";
	_cleanup_free_ unsigned char *bytes = NULL;
	bool found = false;
	size_t done = 1;

	if (size < IMAGE_MIN || size % ARCH_PAGE_MIN)
		return false;
	bytes = dump_buffer(AT_ONCE);
	for (uint64_t at = 0; bytes && !found && done && at < size; at += done) {
		enum pgc_status st = dump_pread(fd, bytes, AT_ONCE, at, &done, NULL);

		if (st != PGC_OK && st != PGC_DAMAGED)
			return false;
		for (size_t i = 0; !found && i + sizeof(text) <= done; i += ARCH_PAGE_MIN)
			found = !memcmp(bytes + i, text, sizeof(text) - 1);
	}
	return found;
}

/* The range at file offset @at; PGC_ENOENT: the file ends before it. */
static enum pgc_status read_range(int fd, uint64_t at, struct dump_range *ret, struct pgc_err *err)
{
	unsigned char head[LIME_LEN];
	uint64_t first, last;
	size_t done;
	enum pgc_status st = dump_pread(fd, head, sizeof(head), at, &done, err);

	if (st == PGC_DAMAGED)
		return PGC_ENOENT;
	if (st != PGC_OK)
		return st;
	first = target_u64(head + 8);
	last = target_u64(head + 16);
	if (memcmp(head, lime_magic, sizeof(lime_magic)) || last < first || last == UINT64_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "LiME image: no range of memory begins at file offset 0x%" PRIx64,
				   at);
	*ret = (struct dump_range){ .paddr = first, .off = at + LIME_LEN, .len = last - first + 1 };
	return PGC_OK;
}

enum pgc_status dump_image_open_lime(int fd, uint64_t size, struct dump_elf **ret,
				     struct pgc_err *err)
{
	_cleanup_free_ struct dump_range *ranges = NULL;
	struct dump_range *more;
	size_t n = 0, room = 0;
	enum pgc_status st = PGC_OK;
	uint64_t at = 0;

	while (at < size && st == PGC_OK) {
		if (n == RANGES_MAX)
			return pgc_err_set(err, PGC_EFORMAT, "LiME image: more than %u ranges of memory",
					   RANGES_MAX);
		more = array_grow(ranges, &room, n, sizeof(*ranges));
		if (!more)
			return pgc_err_nomem(err, "the ranges of memory");
		ranges = more;
		st = read_range(fd, at, &ranges[n], err);
		if (st == PGC_OK && !add_ok(ranges[n].off, ranges[n].len, &at))
			at = UINT64_MAX;
		n += st == PGC_OK;
	}
	if (st != PGC_OK && st != PGC_ENOENT)
		return st;
	return dump_elf_open_ranges(fd, size, ranges, n, ret, err);
}

enum pgc_status dump_image_open_raw(int fd, uint64_t size, struct dump_elf **ret,
				    struct pgc_err *err)
{
	const struct dump_range all = { .len = size };

	return dump_elf_open_ranges(fd, size, &all, 1, ret, err);
}
