/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cma_areas - the areas of the contiguous memory allocator, and what they say of their pages
 *
 * An area is one range of pages, or several (struct cma_memrange, since 6.15), each with a bitmap:
 * a bit for each 2^order_per_bit pages that were handed out. The pages that were not are lent to
 * the page allocator, in pageblocks of a type of their own.
 *
 * Facts: mm/cma.c of 6.1, 6.12 and 7.2: cma_activate_area(), cma_alloc() and cma_range_alloc() set
 * the bits, under cma.lock, before they take the pages; cma_release() clears them after it gave the
 * pages back. mm/page_alloc.c, mm_init.c:init_cma_reserved_pageblock(); available_count since 6.15.
 */
#ifndef PGCONS_CMA_AREAS_H
#define PGCONS_CMA_AREAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

struct listing;

enum cma_fact_kind {
	CMA_FREE_PAGES,		/* @n pages from @pfn on are on free lists, but their bits say taken */
	CMA_OTHER_BLOCK,	/* the pageblock at @pfn is in an area, but of the type @found */
	CMA_NO_AREA,		/* the pageblock at @pfn has the type, but is in no area */
	CMA_COUNTER,		/* @what, of the area or of all, is @found, but must be @expected */
};

struct cma_fact {
	enum cma_fact_kind kind;
	const char *area;	/* its name, borrowed for the call; NULL: none, or all */
	uint64_t pfn, n;
	const char *what;	/* static, as in C */
	uint64_t found, expected;
	enum lock_state lock;	/* under which bits and counter are changed */
};

typedef void cma_fact_fn(void *arg, const struct cma_fact *fact);

struct cma_areas;

/*
 * The caller owns *@ret. NULL: what areas there are is not known, for the kernel has no CMA, or
 * the words that describe one of them are impossible.
 */
_must_check_ enum pgc_status cma_areas_create(struct kernel_reader kr, struct cma_areas **ret,
					      struct pgc_err *err);
void cma_areas_destroy(struct cma_areas *areas); /* NULL is fine */

/*
 * Compare all areas with the free lists and the zones' counters, and tell @fn of what does not
 * agree.
 */
void cma_areas_check(const struct cma_areas *areas, struct kernel_reader kr,
		     const struct listing *listing, cma_fact_fn *fn, void *arg);

/*
 * Each pageblock of an area has the type of CMA, or is isolated while pages are taken from it,
 * and no other one has it (set_pageblock_migratetype(), all versions). True: the one of @n pages at
 * @pfn, of @migratetype (negative: not known), is otherwise, and *@ret says how.
 */
bool cma_areas_block(const struct cma_areas *areas, uint64_t pfn, uint64_t n, int migratetype,
		     struct cma_fact *ret);

/*
 * The area from which page @pfn was taken, by its bit: its name, borrowed, and its address in
 * *@kaddr. NULL: it is in no area, or only lent to the page allocator.
 */
const char *cma_areas_taken_from(const struct cma_areas *areas, struct kernel_reader kr, uint64_t pfn,
				 uint64_t *kaddr);

#endif
