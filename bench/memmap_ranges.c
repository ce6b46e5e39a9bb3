/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memmap_ranges - the physical memory that a walk of the page allocator has to read
 *
 * Prints "PADDR LENGTH", in hex, for each physically contiguous run of struct pages, then of
 * the checker's maps: what read_floor and kdump_floor read.
 */
#include <inttypes.h>
#include <stdio.h>

#include "debuginfo/debuginfo.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

struct runs {
	uint64_t paddr, len;
};

static void flush(struct runs *r)
{
	if (r->len)
		printf("%" PRIx64 " %" PRIx64 "\n", r->paddr, r->len);
	r->len = 0;
}

static void add(struct runs *r, uint64_t paddr, uint64_t len)
{
	if (r->len && r->paddr + r->len != paddr)
		flush(r);
	if (!r->len)
		r->paddr = paddr;
	r->len += len;
}

static void add_kernel(struct vmcore *vc, struct runs *r, uint64_t kaddr, uint64_t len)
{
	while (len) {
		uint64_t paddr, run;
		enum pgc_status st = vmcore_translate(vc, kaddr, &paddr, &run, NULL);

		if (run > len)
			run = len;
		if (st == PGC_OK)
			add(r, paddr, run);
		else if (!pgc_is_gap(st))
			return;
		kaddr += run;
		len -= run;
	}
}

static void print_runs(struct kernel *k, struct vmcore *vc)
{
	static const enum layout_key maps[] = { L_pc_primary, L_pc_secondary };
	uint64_t len = k->pages_per_section * layout_get(k->lay, L_page), nbits, kaddr;
	struct runs r = { .len = 0 };

	for (size_t i = 0; i < k->n_sections; i++)
		if (k->sections[i].online)
			add_kernel(vc, &r,
				   kernel_pfn_to_page(k, k->sections[i].start_pfn), len);
	flush(&r);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		if (kernel_read_var(kernel_reader_of(k, vc), L_pc_nbits, &nbits) &&
		    kernel_read_var(kernel_reader_of(k, vc), maps[i], &kaddr) && kaddr)
			add_kernel(vc, &r, kaddr, (nbits + 63) / 64 * 8);
		flush(&r);
	}
}

int main(int argc, char **argv)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	struct vmcore *vc = NULL;
	struct kernel *k = NULL;
	enum pgc_status st;

	if (argc != 3) {
		fprintf(stderr, "Usage: memmap_ranges VMCORE VMLINUX\n");
		return 16;
	}
	st = vmcore_open(argv[1], &vc, &err);
	if (st == PGC_OK)
		st = debuginfo_open(argv[2], &di, &err);
	if (st == PGC_OK)
		st = layout_from_debuginfo(di, &lay, &err);
	debuginfo_close(di);
	if (st == PGC_OK)
		st = kernel_create(vc, lay, &k, &err);
	if (st == PGC_OK)
		print_runs(k, vc);
	else
		fprintf(stderr, "memmap_ranges: %s\n", err.msg);
	kernel_destroy(k);
	layout_destroy(lay);
	vmcore_close(vc);
	return st == PGC_OK && fflush(stdout) == 0 ? 0 : 8;
}
