/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - from facts to findings
 *
 * Pure: no reading, no allocation, no output. Facts about one page are a few bits, so that
 * the judgement of every possible page is a table, made once from one-line predicates; the
 * walk over all pages is a look-up. Facts about lists, counters and the checker's state are
 * judged one by one. Rows D1 to D40 are those of the project's sheet of kernel facts.
 */
#ifndef PGCONS_JUDGE_H
#define PGCONS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "dual_bitmap.h"
#include "finding.h"
#include "free_list.h"

/* What every witness says of one page. */
enum page_fact {
	PF_BITS = 1 << 0,	/* both bits are known; else the next two are 0 */
	PF_PRIMARY = 1 << 1,
	PF_SECONDARY = 1 << 2,
	PF_ON_BUDDY = 1 << 3,	/* in a block on a buddy list */
	PF_ON_PCP = 1 << 4,	/* in an entry of a per-CPU list; with PF_ON_BUDDY: other list */
	PF_LIST_HEAD = 1 << 5,	/* the page that the list links */
	PF_MEMMAP = 1 << 6,	/* its struct page is known; else the ones below are 0 */
	PF_HOLE = 1 << 7,	/* there is no struct page: no memory */
	PF_REFS = 1 << 8,	/* refcount is not 0 */
	PF_BUDDY = 1 << 9,	/* the buddy page type */
	PF_TYPED = 1 << 10,	/* mapped, or another page type */
	PF_FLAGS = 1 << 11,	/* flags that a free page may not have */
	PF_RESERVED = 1 << 12,	/* never given to the buddy allocator, as far as it says */
	PF_IN_USE = 1 << 13,	/* solid evidence of use: on an LRU list, slab, page table */
	PF_EXEMPT = 1 << 14,	/* of the kinds that may be in use with bit 0, see D7 */
	PF_STRAY = 1 << 15,	/* not of the zone of the block it lies in */
};
#define PAGE_FACTS (1u << 16)

struct judge_table {
	/* Bit of finding_id for each combination of facts. */
	uint64_t findings[PAGE_FACTS];
};

/* The findings fit the mask as long as there are at most 64. */
_Static_assert(FINDING_IDS <= 64, "judge_table needs wider masks");

/* Fill @t from the predicates. */
void judge_table_init(struct judge_table *t);

/* The findings that @facts amount to, a bit per finding_id. Slow: by the predicates. */
uint64_t judge_page(uint32_t facts);

/* Severity, verdict and explanation of finding @f->id on a page with @facts. */
void judge_page_detail(uint32_t facts, struct finding *f);

/*
 * One fact about a list, a counter or the checker, as a finding; false when it is none.
 * Evidence that is plain numbers is filled in; borrowed strings are the caller's to add.
 */
bool judge_list(const struct list_fact *fact, struct finding *f);
bool judge_checker(const struct checker_fact *fact, struct finding *f);

#endif
