/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lru_edges - do the links of all LRU lists agree? A sum that tells without following one
 *
 * In a list, a->next == b and b->prev == a are two records of one edge. Each page on an LRU list
 * adds its edge to the next and takes away the one from the page before it, in a hash of both
 * ends: over whole lists nothing is left. So the pages may come in any order, in any number of
 * threads, and no memory is read but that at hand. Sums are kept apart by where the edge begins:
 * where one is not zero, links have to be followed (lru_check.h).
 *
 * The heads of the lists are in nobody's memmap. They are collected here, as ends, for who
 * closes the sums.
 */
#ifndef PGCONS_LRU_EDGES_H
#define PGCONS_LRU_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "struct_page.h"

/* 256 KiB of addresses share a sum: 4096 struct pages. */
#define LRU_SUM_SHIFT 18
#define LRU_SUMS 8192

/* The lists by what they are counted as: those of generations as the classic ones. */
enum lru_kind { LRU_KIND_ANON, LRU_KIND_FILE, LRU_KIND_UNEVICTABLE, LRU_KINDS };

/* More zones with LRU pages than these are not counted. */
#define LRU_COUNTS 64

/* Pages on the lists of one zone; @zone as in page.flags. */
struct lru_count {
	uint64_t zone;
	int64_t pages[LRU_KINDS];
};

struct lru_edges {
	struct lru_count counts[LRU_COUNTS];
	size_t n_counts;
	int64_t largest;	/* pages of the largest folio */
	bool uncounted;		/* some are in none of these */
	uint64_t sums[LRU_SUMS];
	uint64_t *ends;		/* where links lead that lead out of the memmap */
	size_t n_ends, room;
	bool full;		/* there were more ends than are kept */
};

/* The caller owns *@ret. */
_must_check_ enum pgc_status lru_edges_create(struct lru_edges **ret, struct pgc_err *err);
void lru_edges_destroy(struct lru_edges *e); /* NULL is fine */

/* Add those of @n pages, from @pfn on, whose struct pages are at @raw, that are on an LRU list. */
_must_check_ enum pgc_status lru_edges_add(struct lru_edges *e, const struct kernel *k,
					   const struct page_format *fmt, uint64_t pfn,
					   const uint8_t *raw, size_t n, struct pgc_err *err);

/* Add what @from has. */
_must_check_ enum pgc_status lru_edges_merge(struct lru_edges *e, const struct lru_edges *from,
					     struct pgc_err *err);

/* Pages on the lists of the zone that page.flags has as @zone. */
int64_t lru_edges_pages(const struct lru_edges *e, uint64_t zone, enum lru_kind kind);

/* Each end once, in order of address. */
void lru_edges_sort_ends(struct lru_edges *e);

/* The list head at @head, one of the ends, has these links. */
void lru_edges_add_head(struct lru_edges *e, uint64_t head, uint64_t next, uint64_t prev);

/* May an edge that begins at @from be broken? */
static inline bool lru_edges_odd(const struct lru_edges *e, uint64_t from)
{
	return e->sums[(from >> LRU_SUM_SHIFT) % LRU_SUMS];
}

/* Is anything broken? */
bool lru_edges_any_odd(const struct lru_edges *e);

/*
 * On an LRU list, by its flags: unevictable pages are on none (mm/mmzone.c:lruvec_init(), since
 * 5.18) or on one of their own, and a tail's flags are not its page's.
 */
static inline bool lru_page_is_linked(const struct page_format *fmt, uint64_t flags,
				      uint64_t compound)
{
	return (flags & (fmt->lru | fmt->unevictable | fmt->reserved)) == fmt->lru &&
	       !(compound & 1);
}

#endif
