/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_dump - bytes of a dump's memory as the analyzer reads them, in hexadecimal
 *
 *	read_dump [-n FILES] [-s SIZE] DUMP... [SPACE:]ADDRESS COUNT [[SPACE:]ADDRESS COUNT]...
 *
 * COUNT values of SIZE (1) bytes each, 16 bytes a line, "??" for a byte that cannot be had; then the
 * status is 1. SPACE is KVADDR, KPHYSADDR or MACHPHYSADDR (default). Status 99: the dump cannot be
 * opened, and why. These are the arguments and the output that the tests of libkdumpfile expect of
 * their reader: lab/library-tests runs them with this one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmcore.h"

#define LINE 16

static int failed;

/* One at a time: behind a byte that cannot be had there may be more. */
static bool read_byte(struct vmcore *vc, bool virtual, uint64_t addr, unsigned char *ret)
{
	struct pgc_err err = PGC_ERR_INIT;
	size_t done;
	enum pgc_status st = virtual ? vmcore_read_bulk(vc, addr, ret, 1, &done, &err) :
				       vmcore_read_phys(vc, addr, ret, 1, &done, &err);

	if (st == PGC_OK)
		return true;
	if (!failed)
		fprintf(stderr, "Read failed at 0x%" PRIx64 ": %s\n", addr, pgc_why(st, &err));
	failed = 1;
	return false;
}

static void print_range(struct vmcore *vc, const char *where, uint64_t count, size_t size)
{
	const char *colon = strchr(where, ':');
	bool virtual = !strncmp(where, "KVADDR:", 7);
	uint64_t addr = strtoull(colon ? colon + 1 : where, NULL, 0);

	for (; count; count--, addr += size) {
		/* Values are little-endian, as the kernels are that this program knows. */
		for (size_t i = size; i-- > 0;) {
			unsigned char byte;

			if (read_byte(vc, virtual, addr + i, &byte))
				printf("%02X", byte);
			else
				fputs("??", stdout);
		}
		putchar((addr + size) % LINE ? ' ' : '\n');
	}
	if (addr % LINE)
		putchar('\n');
}

int main(int argc, char **argv)
{
	struct pgc_err err = PGC_ERR_INIT;
	size_t files = 1, size = 1;
	struct vmcore *vc;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:o:z")) >= 0) {
		if (opt == 'n')
			files = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			size = strtoul(optarg, NULL, 0);
	}
	argv += optind;
	argc -= optind;
	if (argc < 0 || (size_t)argc < files || !size || size > LINE)
		return 2;
	if (vmcore_open_pieces((const char *const *)argv, files, NULL, false, &vc, &err) != PGC_OK) {
		fprintf(stderr, "Cannot open dump: %s\n", err.msg);
		return 99;
	}
	for (argv += files; argv[0] && argv[1]; argv += 2)
		print_range(vc, argv[0], strtoull(argv[1], NULL, 0), size);
	vmcore_close(vc);
	return failed;
}
