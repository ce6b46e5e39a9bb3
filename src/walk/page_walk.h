/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_walk - the pages of one chunk, with all their witnesses side by side
 *
 * Reads struct pages and bits of a run of pfns, and judges each page. One page_walk is one
 * thread's; what it finds of a chunk depends on that chunk alone, not on which came before, so
 * that any number of threads gives the same result. It knows no lists (a listing says what they
 * hold) and no output.
 */
#ifndef PGCONS_PAGE_WALK_H
#define PGCONS_PAGE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "walk/summary.h"

struct dual_bitmap;
struct held_findings;
struct iomem;
struct kernel;
struct listing;
struct lru_edges;
struct memory_map;
struct page_homes;
struct page_owner;
struct section;
struct slab_caches;

/* What all threads look into, and none changes while pages are walked. All borrowed. */
struct page_walk_input {
	const struct kernel *k;
	const struct listing *listing;
	const struct dual_bitmap *db;	/* NULL: no bits */
	const struct iomem *iomem;	/* NULL: everything may be memory */
	const struct page_homes *homes;	/* NULL: pages are not held against zones */
	const struct cma_areas *cma;	/* NULL: which pageblocks are of CMA is not known */
	const struct slab_caches *slabs; /* NULL: what slabs say proves nothing */
	const struct page_owner *owner; /* NULL: not recorded */
	const struct zone_summary *zones; /* beside k->zones */
	struct memory_map *map;		/* shared by all threads; NULL: not wanted */
	struct held_findings *asked;	/* the same: counts what pages there are */
	bool hash;			/* what is read makes page_counts.hash */
	bool long_way;			/* no short cuts past plain pages: for tests */
	finding_want_fn *want;		/* NULL: all of all findings */
	void *want_arg;
	bool singly;			/* findings are not folded into runs */
	bool live;			/* zeros prove nothing */
	struct lru_edges *lru;		/* this thread's own; NULL: not wanted */
};

/* Consecutive pfns of one section, or of a hole that has bits. */
struct page_chunk {
	uint64_t pfn;
	size_t n;		/* pages, at most page_walk_chunk_pages() */
	const struct section *section; /* NULL: a hole */
};

/* What became of them; only the members that the walk of pages fills are not 0. */
struct page_counts {
	uint64_t states[PAGE_STATES];
	struct coverage coverage;
	uint64_t primary_popcount;
	uint64_t hash;		/* of the chunk's struct pages and bits, as far as they are there */
};

struct page_walk;

/*
 * The most pages that a chunk may have: a power of two, at which every chunk but a section's or
 * hole's last must be aligned. No free block is longer, as far as a kernel can have it.
 */
size_t page_walk_chunk_pages(const struct kernel *k);

/*
 * A walk for one thread. @vc is that thread's own view of the dump (vmcore_dup(), or the
 * first where there is one thread), borrowed like all of @in. The caller owns *@ret.
 */
struct vmcore;
_must_check_ enum pgc_status page_walk_create(const struct page_walk_input *in,
					      struct vmcore *vc, struct page_walk **ret,
					      struct pgc_err *err);
void page_walk_destroy(struct page_walk *w); /* NULL is fine */

/*
 * Walk @chunk: count into *@counts, which the call clears first, and tell findings to @sink,
 * runs of alike pages folded, in the order of pfns for each kind. Evidence "flag_names" is left
 * to fill for flag_names_fill(). Fails when the dump cannot be read (not for gaps, which are
 * coverage).
 */
_must_check_ enum pgc_status page_walk_chunk(struct page_walk *w, const struct page_chunk *chunk,
					     struct page_counts *counts, finding_sink *sink,
					     void *arg, struct pgc_err *err);

#endif
