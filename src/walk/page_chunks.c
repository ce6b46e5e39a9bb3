/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_chunks.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/dual_bitmap.h"
#include "model/kernel.h"

/* [start, end), of one section or of none. */
struct piece {
	uint64_t start, end;
	const struct section *section;
	uint64_t first;		/* number of its first chunk */
};

struct page_chunks {
	uint64_t chunk;		/* pages */
	uint64_t count;
	struct piece *pieces;
	size_t n;
};

/* Chunks begin at multiples of their size, but for a piece's first. */
static uint64_t chunks_in(const struct page_chunks *pc, uint64_t start, uint64_t end)
{
	return (end + pc->chunk - 1) / pc->chunk - start / pc->chunk;
}

static void add_piece(struct page_chunks *pc, uint64_t start, uint64_t end,
		      const struct section *s)
{
	if (start >= end)
		return;
	pc->pieces[pc->n++] = (struct piece){
		.start = start, .end = end, .section = s, .first = pc->count,
	};
	pc->count += chunks_in(pc, start, end);
}

/* What the checker has bits for, of [start, end), where there are no struct pages. */
static void add_hole(struct page_chunks *pc, const struct dual_bitmap *db, uint64_t start,
		     uint64_t end)
{
	if (!db)
		return;
	/* Words of the walk are of 64 aligned pfns. */
	if (start < (dual_bitmap_min_pfn(db) & ~63ULL))
		start = dual_bitmap_min_pfn(db) & ~63ULL;
	if (end > dual_bitmap_max_pfn(db))
		end = dual_bitmap_max_pfn(db);
	add_piece(pc, start, end, NULL);
}

enum pgc_status page_chunks_create(const struct kernel *k, const struct dual_bitmap *db,
				   struct page_chunks **ret, struct pgc_err *err)
{
	struct page_chunks *pc = calloc(1, sizeof(*pc));
	uint64_t at = 0;

	/* A hole before each section, and one behind the last. */
	if (pc)
		pc->pieces = calloc(2 * k->n_sections + 1, sizeof(*pc->pieces));
	if (!pc || !pc->pieces) {
		free(pc);
		return pgc_err_nomem(err, "the walk");
	}
	pc->chunk = page_walk_chunk_pages(k);
	for (size_t i = 0; i < k->n_sections; i++) {
		const struct section *s = &k->sections[i];

		add_hole(pc, db, at, s->start_pfn);
		at = s->start_pfn + k->pages_per_section;
		add_piece(pc, s->start_pfn, at, s);
	}
	add_hole(pc, db, at, UINT64_MAX);
	*ret = pc;
	return PGC_OK;
}

void page_chunks_destroy(struct page_chunks *pc)
{
	if (!pc)
		return;
	free(pc->pieces);
	free(pc);
}

uint64_t page_chunks_count(const struct page_chunks *pc)
{
	return pc->count;
}

struct page_chunk page_chunks_get(const struct page_chunks *pc, uint64_t nr)
{
	const struct piece *p;
	size_t after = bisect(i, pc->n, pc->pieces[i].first <= nr);
	uint64_t start, end;

	/* The last piece that begins at or before it */
	p = &pc->pieces[after ? after - 1 : 0];
	start = (p->start / pc->chunk + (nr - p->first)) * pc->chunk;
	end = start + pc->chunk < p->end ? start + pc->chunk : p->end;
	if (start < p->start)
		start = p->start;
	return (struct page_chunk){ .pfn = start, .n = (size_t)(end - start),
				    .section = p->section };
}
