/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "dump_io.h"
#include "kdump_index.h"
#include "target_int.h"

/* struct page_desc */
#define DESC_OFFSET 0
#define DESC_SIZE 8
#define DESC_FLAGS 12
#define DESC_LEN 24
#define DESC_COMPRESSED (0x01 | 0x02 | 0x04 | 0x20)	/* zlib, LZO, snappy, zstd */

/* The bitmaps are read in windows of 32768 pfns, a few of which are kept. */
#define WINDOW_LEN 4096u
#define WINDOW_PFNS (WINDOW_LEN * 8)
#define WINDOWS 16
#define STEP 64			/* bytes of a window that are counted at each look-up */
#define DESCS 256		/* page descriptors read at once */
#define NONE UINT64_MAX

struct window {
	uint64_t index;		/* pfn / WINDOW_PFNS, or NONE */
	unsigned char bits[WINDOW_LEN];
	uint16_t before[WINDOW_LEN / STEP];	/* bits set before each STEP bytes */
};

struct kdump_index {
	int fd;
	uint64_t size;
	struct kdump_header hdr;
	uint64_t promised;
	uint64_t *rank;		/* stored pages of this part before each window */
	uint64_t descs;		/* all of them */
	struct window ram[WINDOWS], dumped[WINDOWS];
	uint64_t desc_first;	/* index of the descriptor in desc[0], or NONE */
	size_t desc_n;
	unsigned char desc[DESCS * DESC_LEN];
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
	st = dump_pread(ki->fd, w->bits, WINDOW_LEN, off + index * WINDOW_LEN, &done, err);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "page bitmap");
	w->index = index;
	if (cache == ki->dumped)
		window_clip(w, ki->hdr.start_pfn, ki->hdr.end_pfn);
	else
		window_clip(w, 0, ki->hdr.max_mapnr);
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
	uint64_t n = (ki->hdr.end_pfn + WINDOW_PFNS - 1) / WINDOW_PFNS;

	ki->rank = calloc(n + 1, sizeof(*ki->rank));
	if (!ki->rank)
		return pgc_err_nomem(err, "the page bitmap");
	for (uint64_t i = ki->hdr.start_pfn / WINDOW_PFNS; i < n; i++) {
		const struct window *w;
		enum pgc_status st;

		st = get_window(ki, ki->dumped, ki->hdr.dumped_off, i * WINDOW_PFNS, &w, err);
		if (st != PGC_OK)
			return pgc_is_gap(st) ?
			       pgc_err_set(err, PGC_EIO, "page bitmap: the file shrank") : st;
		ki->rank[i] = ki->descs;
		ki->descs += popcount(w->bits, WINDOW_LEN);
	}
	return PGC_OK;
}

/* Descriptor @index, or a gap when it is past the end of the file. */
static enum pgc_status get_desc(struct kdump_index *ki, uint64_t index,
				const unsigned char **ret, struct pgc_err *err)
{
	enum pgc_status st;
	size_t done;

	if (ki->desc_first == NONE || index < ki->desc_first ||
	    index - ki->desc_first >= ki->desc_n) {
		ki->desc_first = NONE;
		st = dump_pread(ki->fd, ki->desc, sizeof(ki->desc),
				ki->hdr.desc_off + index * DESC_LEN, &done, err);
		if (st != PGC_OK && st != PGC_DAMAGED)
			return pgc_err_add(err, st, "page descriptor");
		if (done < DESC_LEN)
			return PGC_DAMAGED;
		ki->desc_first = index;
		ki->desc_n = done / DESC_LEN;
	}
	*ret = ki->desc + (index - ki->desc_first) * DESC_LEN;
	return PGC_OK;
}

/* How long the file should be, by the last pages stored: they are written in pfn order. */
static enum pgc_status measure(struct kdump_index *ki, struct pgc_err *err)
{
	const uint64_t look = 65536;
	uint64_t i = ki->descs > look ? ki->descs - look : 0;

	ki->promised = ki->hdr.desc_off + ki->descs * DESC_LEN;
	for (; i < ki->descs; i++) {
		const unsigned char *d;
		enum pgc_status st = get_desc(ki, i, &d, err);
		uint64_t end;

		if (st == PGC_DAMAGED)
			break;
		if (st != PGC_OK)
			return st;
		if (target_u32(d + DESC_SIZE) <= ki->hdr.page_size &&
		    add_ok(target_u64(d + DESC_OFFSET), target_u32(d + DESC_SIZE), &end) &&
		    end <= INT64_MAX && end > ki->promised)
			ki->promised = end;
	}
	return PGC_OK;
}

enum pgc_status kdump_index_vet(struct kdump_index *ki, uint64_t pfn, struct pgc_err *err)
{
	const struct window *w;
	const unsigned char *d;
	enum pgc_status st;
	uint32_t size;

	if (pfn >= ki->hdr.max_mapnr)
		return PGC_ABSENT;
	st = get_window(ki, ki->dumped, ki->hdr.dumped_off, pfn, &w, err);
	if (st != PGC_OK)
		return st;
	if (!test_bit(w, pfn)) {
		if (!ki->hdr.partial)
			return PGC_ABSENT;
		st = get_window(ki, ki->ram, ki->hdr.ram_off, pfn, &w, err);
		if (st != PGC_OK)
			return st;
		return test_bit(w, pfn) ? PGC_EXCLUDED : PGC_ABSENT;
	}
	st = get_desc(ki, ki->rank[pfn / WINDOW_PFNS] + rank_in(w, pfn), &d, err);
	if (st != PGC_OK)
		return st;
	size = target_u32(d + DESC_SIZE);
	if (!size || size > ki->hdr.page_size ||
	    (!(target_u32(d + DESC_FLAGS) & DESC_COMPRESSED) && size != ki->hdr.page_size) ||
	    !range_ok(target_u64(d + DESC_OFFSET), size, ki->size))
		return PGC_DAMAGED;
	return PGC_OK;
}

enum pgc_status kdump_index_create(int fd, uint64_t size, struct kdump_index **ret,
				   struct pgc_err *err)
{
	struct kdump_index *ki = calloc(1, sizeof(*ki));
	enum pgc_status st;

	if (!ki)
		return pgc_err_nomem(err, "the dump");
	ki->fd = fd;
	ki->size = size;
	ki->desc_first = NONE;
	for (size_t i = 0; i < WINDOWS; i++)
		ki->ram[i].index = ki->dumped[i].index = NONE;
	st = kdump_header_read(&ki->hdr, fd, size, err);
	if (st == PGC_OK)
		st = build_ranks(ki, err);
	if (st == PGC_OK)
		st = measure(ki, err);
	if (st != PGC_OK) {
		kdump_index_destroy(ki);
		return st;
	}
	*ret = ki;
	return PGC_OK;
}

void kdump_index_destroy(struct kdump_index *ki)
{
	if (!ki)
		return;
	kdump_header_deinit(&ki->hdr);
	free(ki->rank);
	free(ki);
}

const struct kdump_header *kdump_index_header(const struct kdump_index *ki)
{
	return &ki->hdr;
}

uint64_t kdump_index_promised(const struct kdump_index *ki)
{
	return ki->promised;
}
