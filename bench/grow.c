/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main of grow: options, the plan of the new memory, and the order of things. */
#include "grow.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "debuginfo/debuginfo.h"
#include "grow_image.h"
#include "layout/layout.h"
#include "vmcore.h"

enum pgc_status grow_alloc(struct grow *g, uint64_t len, uint64_t *paddr, struct pgc_err *err)
{
	uint64_t room = GROW_PAGE - g->meta_used % GROW_PAGE;

	if (room < GROW_PAGE && len > room)
		g->meta_used += room;
	if (len > g->meta_len - g->meta_used)
		return pgc_err_set(err, PGC_EFORMAT, "the meta area was planned too small");
	*paddr = g->meta + g->meta_used;
	g->meta_used += len;
	return PGC_OK;
}

enum pgc_status grow_write(struct grow *g, uint64_t kaddr, const void *buf, size_t len,
			   struct pgc_err *err)
{
	uint64_t paddr = kaddr - g->page_offset, run;
	enum pgc_status st;

	if (kaddr < g->page_offset || paddr < g->meta || paddr - g->meta >= g->meta_len) {
		st = vmcore_translate(g->vc, kaddr, &paddr, &run, err);
		if (st != PGC_OK)
			return pgc_err_set(err, PGC_EFORMAT, "0x%" PRIx64 " is not mapped", kaddr);
	}
	return image_write(g->img, paddr, buf, len, err);
}

enum pgc_status grow_put(struct grow *g, uint64_t kaddr, uint64_t value, uint64_t size,
			 struct pgc_err *err)
{
	uint64_t raw = htole64(value);

	return grow_write(g, kaddr, &raw, size < 8 ? size : 8, err);
}

/* Bytes of the meta area: generous, it is a small part of the whole. */
static uint64_t plan_meta(const struct grow *g, uint64_t sections)
{
	uint64_t entries = sections * layout_get(g->lay, L_mem_section);
	/* subsection map and pageblock bits; a pageblock has at most 8 of those */
	uint64_t usages = sections * (64 + (g->k->pages_per_section >> g->k->pageblock_order));
	uint64_t tables = 16 + (g->map_len * 2 + g->memmap_len) / (512 * GROW_HUGE) * 2;

	return entries * 2 + usages * 2 + tables * GROW_PAGE + (1 << 20);
}

static enum pgc_status plan(struct grow *g, struct pgc_err *err)
{
	uint64_t pps = g->k->pages_per_section, reserved, sections, min = 0, at;

	for (size_t i = 0; i < g->k->n_sections; i++)
		if (g->k->sections[i].start_pfn + pps > g->source_end)
			g->source_end = g->k->sections[i].start_pfn + pps;
	/* 4 GiB: where the highest zone of x86 begins. */
	g->start = g->source_end > 1 << 20 ? g->source_end : 1 << 20;
	g->end = g->size / GROW_PAGE / pps * pps;
	if (layout_has(g->lay, L_pc_min_pfn) &&
	    kernel_read_var(kernel_reader_of(g->k, g->vc), L_pc_min_pfn, &min)) {
		if (g->end - min > UINT32_MAX)
			return pgc_err_set(err, PGC_EFORMAT,
					   "the checker has no maps for more than 2^32 - 1 pages: at most 16T");
		g->map_len = grow_round_up((g->end - min + 63) / 64 * 8, GROW_HUGE);
	}
	if (g->end <= g->start + pps)
		return pgc_err_set(err, PGC_EFORMAT, "nothing to add: the dump's memory ends at pfn 0x%" PRIx64,
				   g->start);
	sections = (g->end - g->start) / pps;
	g->memmap_len = sections * pps * g->fmt.size;
	g->meta_len = grow_round_up(plan_meta(g, sections), GROW_HUGE);
	at = g->meta = g->start * GROW_PAGE;
	at += g->meta_len;
	g->map[0] = at;
	g->map[1] = at + g->map_len;
	g->memmap = at + 2 * g->map_len;
	reserved = g->memmap + g->memmap_len - g->meta;
	g->reserved_end = g->start + grow_round_up(reserved / GROW_PAGE, pps);
	g->alternating_end = g->reserved_end + grow_round_up(2 * g->free_blocks, pps);
	if (g->alternating_end > g->end)
		return pgc_err_set(err, PGC_EFORMAT, "too small for its own memmap and free blocks");
	return PGC_OK;
}

/* mem_section's roots come from memblock: their address is one of the direct map. */
static enum pgc_status find_page_offset(struct grow *g, struct pgc_err *err)
{
	uint64_t roots, paddr, run;

	if (!layout_has(g->lay, L_mem_section_var) || layout_has(g->lay, L_mem_section_var_len) ||
	    layout_size(g->lay, L_mem_section_var) != 8 ||
	    !kernel_read_var(kernel_reader_of(g->k, g->vc), L_mem_section_var, &roots) ||
	    vmcore_translate(g->vc, roots, &paddr, &run, err) != PGC_OK)
		return pgc_err_set(err, PGC_EFORMAT, "only kernels with SPARSEMEM_EXTREME can grow");
	g->page_offset = roots - paddr;
	if (g->fmt.size != 64)
		return pgc_err_set(err, PGC_EFORMAT, "struct page has %u bytes, not 64", g->fmt.size);
	return PGC_OK;
}

static enum pgc_status grow(struct grow *g, const char *vmcore, const char *out,
			    struct image_size *size, struct pgc_err *err)
{
	static enum pgc_status (*const steps[])(struct grow *, struct pgc_err *) = {
		grow_page_tables, grow_sections, grow_zone, grow_struct_pages, grow_iomem,
		grow_checker,
	};
	enum pgc_status st;

	st = page_format_init(&g->fmt, kernel_reader_of(g->k, g->vc), err);
	if (st == PGC_OK)
		st = find_page_offset(g, err);
	if (st == PGC_OK)
		st = plan(g, err);
	if (st == PGC_OK)
		st = grow_find_zone(g, err);
	if (st == PGC_OK)
		st = image_create(vmcore, g->vc, &g->img, err);
	if (st == PGC_OK)
		st = image_add(g->img, g->meta, g->meta_len, g->meta_len, &g->meta_data, err);
	for (size_t i = 0; i < ARRAY_SIZE(steps) && st == PGC_OK; i++)
		st = steps[i](g, err);
	if (st == PGC_OK)
		st = image_save(g->img, out, g->source_end * GROW_PAGE, size, err);
	return st;
}

static enum pgc_status run(struct grow *g, char **files, struct image_size *size,
			   struct pgc_err *err)
{
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	struct kernel *k = NULL;
	enum pgc_status st;

	st = vmcore_open(files[0], &g->vc, err);
	if (st == PGC_OK)
		st = debuginfo_open(files[1], &di, err);
	if (st == PGC_OK)
		st = layout_from_debuginfo(di, &lay, err);
	debuginfo_close(di);
	if (st == PGC_OK)
		st = kernel_create(g->vc, lay, &k, err);
	if (st == PGC_OK) {
		g->lay = lay;
		g->k = k;
		st = grow(g, files[0], files[2], size, err);
	}
	image_destroy(g->img);
	kernel_destroy(k);
	layout_destroy(lay);
	vmcore_close(g->vc);
	return st;
}

/* "64G", "1T": bytes; 0 when it is none. */
static uint64_t parse_size(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	switch (*end) {
	case 'T':
		n <<= 10;
		/* fall through */
	case 'G':
		n <<= 10;
		/* fall through */
	case 'M':
		n <<= 20;
		end++;
		break;
	default:
		break;
	}
	return *end ? 0 : n;
}

static int usage(FILE *out, int status)
{
	fputs("Usage: grow [--size 1T] [--share 128M] [--free-blocks N] VMCORE VMLINUX OUT\n"
	      "  --size         memory of the machine that OUT is to be a dump of\n"
	      "  --share        this much memmap is stored, then shared; more than a cache holds\n"
	      "  --free-blocks  order-0 blocks on a free list in random order, every other page\n",
	      out);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "size", required_argument, NULL, 's' },
		{ "share", required_argument, NULL, 'm' },
		{ "free-blocks", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct grow g = { .size = 1ULL << 40, .share = 128ULL << 20 };
	struct pgc_err err = PGC_ERR_INIT;
	struct image_size size = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		if (opt == 's')
			g.size = parse_size(optarg);
		else if (opt == 'm')
			g.share = parse_size(optarg);
		else if (opt == 'f')
			g.free_blocks = strtoull(optarg, NULL, 0);
		else
			return opt == 'h' ? usage(stdout, 0) : usage(stderr, 16);
	}
	if (argc - optind != 3 || !g.size || !g.share || g.share % GROW_HUGE)
		return usage(stderr, 16);
	if (run(&g, argv + optind, &size, &err) != PGC_OK) {
		fprintf(stderr, "grow: %s\n", err.msg);
		return 8;
	}
	printf("%s: %" PRIu64 " pfns, %" PRIu64 " ranges, %" PRIu64 " MB of memory in %" PRIu64 " MB of file\n",
	       argv[optind + 2], g.end, size.loads, size.bytes >> 20, size.stored >> 20);
	return 0;
}
