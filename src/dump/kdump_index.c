/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"
#include "dump/kdump_index.h"

/* struct page_desc */
#define DESC_OFFSET 0
#define DESC_SIZE 8
#define DESC_FLAGS 12
#define DESC_LEN 24
#define DESC_ZLIB 0x01
#define DESC_LZO 0x02
#define DESC_SNAPPY 0x04
#define DESC_ZSTD 0x20

/* The bitmaps are read in windows of 32768 pfns, a few of which are kept. */
#define WINDOW_LEN 4096u
#define WINDOW_PFNS (WINDOW_LEN * 8)
#define WINDOWS 16
#define STEP 64			/* bytes of a window that are counted at each look-up */
#define DESCS 256		/* page descriptors read at once */
#define BLOCKS 16		/* and how many such blocks are kept */
#define NONE UINT64_MAX

struct window {
	uint64_t index;		/* pfn / WINDOW_PFNS, or NONE */
	unsigned char bits[WINDOW_LEN];
	uint16_t before[WINDOW_LEN / STEP];	/* bits set before each STEP bytes */
};

struct desc_block {
	uint64_t index;		/* of the first descriptor / DESCS, or NONE */
	size_t n;
	unsigned char desc[DESCS * DESC_LEN];
};

/* What never changes once the index is made. */
struct tables {
	int fd;
	uint64_t size;
	struct kdump_header hdr;
	uint64_t promised;
	int64_t excess;
	uint64_t unwritten;
	bool measured;
	uint64_t *rank;		/* stored pages of this part before each window */
	uint64_t descs;		/* all of them */
};

struct kdump_index {
	const struct tables *t;
	struct tables *own;	/* NULL: those of the index this one is a duplicate of */
	struct window ram[WINDOWS], dumped[WINDOWS];
	struct desc_block blocks[BLOCKS];
};

static unsigned int popcount(const unsigned char *bits, size_t bytes)
{
	unsigned int n = 0;
	uint64_t word;

	for (; bytes >= 8; bytes -= 8, bits += 8) {
		memcpy(&word, bits, 8);
		n += (unsigned int)__builtin_popcountll(word);
	}
	for (; bytes; bytes--)
		n += (unsigned int)__builtin_popcount(*bits++);
	return n;
}

/* Clear the bits of @w whose pfns are not in [start, end). */
static void window_clip(struct window *w, uint64_t start, uint64_t end)
{
	uint64_t first = w->index * WINDOW_PFNS;

	if (first >= start && first + WINDOW_PFNS <= end)
		return;
	for (uint64_t i = 0; i < WINDOW_PFNS; i += 8) {
		if (first + i >= start && first + i + 8 <= end)
			continue;
		for (unsigned int b = 0; b < 8; b++)
			if (first + i + b < start || first + i + b >= end)
				w->bits[i / 8] &= (unsigned char)~(1u << b);
	}
}

/* The window of the bitmap at @off that holds @pfn, through the @cache. */
static enum pgc_status get_window(struct kdump_index *ki, struct window *cache, uint64_t off,
				  uint64_t pfn, const struct window **ret,
				  struct pgc_err *err)
{
	uint64_t index = pfn / WINDOW_PFNS;
	struct window *w = &cache[index % WINDOWS];
	enum pgc_status st;
	size_t done;

	*ret = w;
	if (w->index == index)
		return PGC_OK;
	w->index = NONE;
	st = dump_pread(ki->t->fd, w->bits, WINDOW_LEN, off + index * WINDOW_LEN, &done, err);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "page bitmap");
	w->index = index;
	if (cache == ki->dumped)
		window_clip(w, ki->t->hdr.start_pfn, ki->t->hdr.end_pfn);
	else
		window_clip(w, 0, ki->t->hdr.max_mapnr);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(w->before); i++) {
		w->before[i] = (uint16_t)n;
		n += popcount(w->bits + i * STEP, STEP);
	}
	return PGC_OK;
}

/* How many bits are set in @w before that of @pfn. */
static unsigned int rank_in(const struct window *w, uint64_t pfn)
{
	size_t byte = pfn % WINDOW_PFNS / 8, from = byte / STEP * STEP;
	unsigned int below = w->bits[byte] & ((1u << pfn % 8) - 1);

	return w->before[byte / STEP] + popcount(w->bits + from, byte - from) +
	       (unsigned int)__builtin_popcount(below);
}

static bool test_bit(const struct window *w, uint64_t pfn)
{
	uint64_t i = pfn % WINDOW_PFNS;

	return w->bits[i / 8] >> (i % 8) & 1;
}

/* Count the stored pages, window by window: a page's rank is its descriptor's index. */
static enum pgc_status build_ranks(struct kdump_index *ki, struct pgc_err *err)
{
	struct tables *t = ki->own;
	uint64_t n = (t->hdr.end_pfn + WINDOW_PFNS - 1) / WINDOW_PFNS;

	t->rank = calloc(n + 1, sizeof(*t->rank));
	if (!t->rank)
		return pgc_err_nomem(err, "the page bitmap");
	for (uint64_t i = t->hdr.start_pfn / WINDOW_PFNS; i < n; i++) {
		const struct window *w;
		enum pgc_status st;

		st = get_window(ki, ki->dumped, t->hdr.dumped_off, i * WINDOW_PFNS, &w, err);
		if (st != PGC_OK)
			return pgc_is_gap(st) ?
			       pgc_err_set(err, PGC_EIO, "page bitmap: the file shrank") : st;
		t->rank[i] = t->descs;
		t->descs += popcount(w->bits, WINDOW_LEN);
	}
	return PGC_OK;
}

/* Descriptor @index, or a gap when it is past the end of the file. */
static enum pgc_status get_desc(struct kdump_index *ki, uint64_t index,
				const unsigned char **ret, struct pgc_err *err)
{
	struct desc_block *b = &ki->blocks[index / DESCS % BLOCKS];
	enum pgc_status st;
	size_t done;

	if (b->index != index / DESCS) {
		b->index = NONE;
		st = dump_pread(ki->t->fd, b->desc, sizeof(b->desc), ki->t->hdr.desc_off +
				index / DESCS * sizeof(b->desc), &done, err);
		if (st != PGC_OK && st != PGC_DAMAGED)
			return pgc_err_add(err, st, "page descriptor");
		b->index = index / DESCS;
		b->n = done / DESC_LEN;
	}
	if (index % DESCS >= b->n)
		return PGC_DAMAGED;
	*ret = b->desc + index % DESCS * DESC_LEN;
	return PGC_OK;
}

/* How long the file should be, by the last pages stored: they are written in pfn order. */
static enum pgc_status measure(struct kdump_index *ki, struct pgc_err *err)
{
	static const unsigned char zeros[DESC_LEN];
	const uint64_t look = 65536;
	struct tables *t = ki->own;
	uint64_t i = t->descs > look ? t->descs - look : 0;

	t->promised = t->hdr.desc_off + t->descs * DESC_LEN;
	t->measured = true;
	for (; i < t->descs; i++) {
		const unsigned char *d;
		enum pgc_status st = get_desc(ki, i, &d, err);
		uint64_t end;

		if (st == PGC_DAMAGED) {
			t->measured = false;
			break;
		}
		if (st != PGC_OK)
			return st;
		t->unwritten = memcmp(d, zeros, DESC_LEN) ? 0 : t->unwritten + 1;
		if (target_u32(d + DESC_SIZE) <= t->hdr.page_size &&
		    add_ok(target_u64(d + DESC_OFFSET), target_u32(d + DESC_SIZE), &end) &&
		    end <= INT64_MAX && end > t->promised)
			t->promised = end;
	}
	return PGC_OK;
}

/* Which one counts when there are several is libkdumpfile's choice. */
static enum page_packing packing_of(uint32_t flags)
{
	if (flags & DESC_ZLIB)
		return PAGE_ZLIB;
	if (flags & DESC_LZO)
		return PAGE_LZO;
	if (flags & DESC_SNAPPY)
		return PAGE_SNAPPY;
	return flags & DESC_ZSTD ? PAGE_ZSTD : PAGE_PLAIN;
}

/* Read the descriptor @d; false: a reader would trip over it. */
static bool parse_desc(const struct tables *t, const unsigned char *d,
		       struct kdump_page *page)
{
	page->off = target_u64(d + DESC_OFFSET);
	page->size = target_u32(d + DESC_SIZE);
	page->packing = packing_of(target_u32(d + DESC_FLAGS));
	return page->size && page->size <= t->hdr.page_size &&
	       (page->packing != PAGE_PLAIN || page->size == t->hdr.page_size) &&
	       range_ok(page->off, page->size, t->size);
}

enum pgc_status kdump_index_count(const struct kdump_index *ki, uint64_t start, uint64_t end,
				  uint64_t *ret, struct pgc_err *err)
{
	struct window w;

	*ret = 0;
	if (end > ki->t->hdr.max_mapnr)
		end = ki->t->hdr.max_mapnr;
	for (uint64_t pfn = start; pfn < end; pfn = (w.index + 1) * WINDOW_PFNS) {
		enum pgc_status st;
		size_t done;

		w.index = pfn / WINDOW_PFNS;
		st = dump_pread(ki->t->fd, w.bits, WINDOW_LEN,
				ki->t->hdr.dumped_off + w.index * WINDOW_LEN, &done, err);
		if (st != PGC_OK)
			return pgc_err_add(err, st, "page bitmap");
		window_clip(&w, start, end);
		*ret += popcount(w.bits, WINDOW_LEN);
	}
	return PGC_OK;
}

/* All pieces of a split dump have the bitmaps of the whole. */
static bool is_elsewhere(const struct kdump_index *ki, uint64_t pfn)
{
	const struct kdump_header *hdr = &ki->t->hdr;
	unsigned char byte;
	size_t done;

	return hdr->split && (pfn < hdr->start_pfn || pfn >= hdr->end_pfn) &&
	       dump_pread(ki->t->fd, &byte, 1, hdr->dumped_off + pfn / 8, &done, NULL) ==
		       PGC_OK && byte >> pfn % 8 & 1;
}

/* Why the page of @pfn is not stored. */
static enum pgc_status why_missing(struct kdump_index *ki, uint64_t pfn, struct pgc_err *err)
{
	const struct window *w;
	enum pgc_status st;

	if (is_elsewhere(ki, pfn))
		return PGC_ELSEWHERE;
	if (!ki->t->hdr.partial)
		return PGC_ABSENT;
	st = get_window(ki, ki->ram, ki->t->hdr.ram_off, pfn, &w, err);
	if (st != PGC_OK)
		return st;
	return test_bit(w, pfn) ? PGC_EXCLUDED : PGC_ABSENT;
}

/*
 * Writers put the first page right behind the last descriptor (makedumpfile, and
 * qemu:dump/dump.c:write_dump_pages()), so that its place tells how many descriptors there are.
 * One that leaves room there is not held to that: what is counted and what is there must both be
 * descriptors, or page contents be where one was counted.
 */
static enum pgc_status count_descs(struct kdump_index *ki, struct pgc_err *err)
{
	struct tables *t = ki->own;
	uint64_t first = UINT64_MAX, there;
	struct kdump_page page;
	const unsigned char *d;
	enum pgc_status st;

	for (uint64_t i = 0; i < DESCS && i < t->descs; i++) {
		st = get_desc(ki, i, &d, err);
		if (st != PGC_OK)
			return pgc_is_gap(st) ? PGC_OK : st;
		if (parse_desc(t, d, &page) && page.off > t->hdr.desc_off && page.off < first)
			first = page.off;
	}
	if (first == UINT64_MAX || (first - t->hdr.desc_off) % DESC_LEN)
		return PGC_OK;
	there = (first - t->hdr.desc_off) / DESC_LEN;
	if (there > t->descs) {
		st = get_desc(ki, there - 1, &d, err);
		if (st != PGC_OK)
			return pgc_is_gap(st) ? PGC_OK : st;
		if (!parse_desc(t, d, &page) || page.off < first)
			return PGC_OK;
	}
	t->excess = (int64_t)(t->descs - there);
	return PGC_OK;
}

enum pgc_status kdump_index_find(struct kdump_index *ki, uint64_t pfn,
				 struct kdump_page *pages, size_t n, size_t *found,
				 struct pgc_err *err)
{
	const struct tables *t = ki->t;
	const struct window *w = NULL;
	uint64_t index = 0;

	/* Pages that follow one another have descriptors that do. */
	for (*found = 0; *found < n; (*found)++, pfn++, index++) {
		const unsigned char *d;
		enum pgc_status st;

		if (pfn >= t->hdr.max_mapnr)
			return PGC_ABSENT;
		if (!w || pfn % WINDOW_PFNS == 0) {
			st = get_window(ki, ki->dumped, t->hdr.dumped_off, pfn, &w, err);
			if (st != PGC_OK)
				return st;
			index = test_bit(w, pfn) ?
				t->rank[pfn / WINDOW_PFNS] + rank_in(w, pfn) : NONE;
		}
		if (!test_bit(w, pfn))
			return why_missing(ki, pfn, err);
		st = get_desc(ki, index, &d, err);
		if (st != PGC_OK)
			return st;
		if (!parse_desc(t, d, &pages[*found]))
			return PGC_DAMAGED;
	}
	return PGC_OK;
}

/* An index whose windows are all empty. */
static struct kdump_index *new_index(const struct tables *t)
{
	struct kdump_index *ki = calloc(1, sizeof(*ki));

	if (!ki)
		return NULL;
	ki->t = t;
	for (size_t i = 0; i < WINDOWS; i++)
		ki->ram[i].index = ki->dumped[i].index = NONE;
	for (size_t i = 0; i < BLOCKS; i++)
		ki->blocks[i].index = NONE;
	return ki;
}

enum pgc_status kdump_index_create(int fd, uint64_t size, struct kdump_index **ret,
				   struct pgc_err *err)
{
	struct tables *t = calloc(1, sizeof(*t));
	struct kdump_index *ki = t ? new_index(t) : NULL;
	enum pgc_status st;

	if (!ki) {
		free(t);
		return pgc_err_nomem(err, "the dump");
	}
	ki->own = t;
	t->fd = fd;
	t->size = size;
	st = kdump_header_read(&t->hdr, fd, size, err);
	if (st == PGC_OK)
		st = build_ranks(ki, err);
	if (st == PGC_OK)
		st = measure(ki, err);
	if (st == PGC_OK)
		st = count_descs(ki, err);
	if (st != PGC_OK) {
		kdump_index_destroy(ki);
		return st;
	}
	*ret = ki;
	return PGC_OK;
}

enum pgc_status kdump_index_dup(const struct kdump_index *ki, struct kdump_index **ret,
				struct pgc_err *err)
{
	*ret = new_index(ki->t);
	return *ret ? PGC_OK : pgc_err_nomem(err, "the dump");
}

void kdump_index_destroy(struct kdump_index *ki)
{
	if (!ki)
		return;
	if (ki->own) {
		kdump_header_deinit(&ki->own->hdr);
		free(ki->own->rank);
		free(ki->own);
	}
	free(ki);
}

const struct kdump_header *kdump_index_header(const struct kdump_index *ki)
{
	return &ki->t->hdr;
}

uint64_t kdump_index_promised(const struct kdump_index *ki)
{
	return ki->t->promised;
}

uint64_t kdump_index_unwritten(const struct kdump_index *ki)
{
	return ki->t->unwritten;
}

bool kdump_index_measured(const struct kdump_index *ki)
{
	return ki->t->measured && !ki->t->unwritten;
}

int64_t kdump_index_excess(const struct kdump_index *ki)
{
	return ki->t->excess;
}
