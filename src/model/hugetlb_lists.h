/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hugetlb_lists - the huge pages that are kept apart for hugetlbfs, by what the kernel says of them
 *
 * For each size there is a struct hstate with a list of free pages per node, a list of those in
 * use, and counters, all changed under hugetlb_lock alone. The lists go through page.lru of the
 * first page of each. Names no finding: that is the judge's.
 *
 * Facts: mm/hugetlb.c:enqueue_hugetlb_folio(), dequeue_hugetlb_folio_node_exact(),
 * remove_hugetlb_folio(), account_new_hugetlb_folio(), move_hugetlb_state() of 7.2, and the same
 * with "page" in place of "folio" in 6.1; include/linux/hugetlb.h.
 */
#ifndef PGCONS_HUGETLB_LISTS_H
#define PGCONS_HUGETLB_LISTS_H

#include <stdint.h>

#include "model/kernel.h"
#include "model/page_list.h"
#include "struct_page.h"

enum hugetlb_fact_kind {
	HUGETLB_BROKEN,		/* @brk: a link of the list of @nid, or of that of pages in use */
	HUGETLB_STRANGER,	/* @page, on the free list of @nid, is none of these: @what */
	HUGETLB_COUNT,		/* counter @what is @found, but must be @expected */
	HUGETLB_EXCESS,		/* counter @what is @found, but cannot be more than @expected */
};

struct hugetlb_fact {
	enum hugetlb_fact_kind kind;
	unsigned int order;	/* of the pages: log2 of their base pages */
	int nid;		/* -1: of all nodes */
	enum lock_state lock;	/* hugetlb_lock */
	const char *what;	/* static; a counter's is its name in struct hstate */
	struct list_break brk;
	uint64_t head;		/* kaddr of the list's head */
	uint64_t pfn;		/* of @page */
	struct page page;
	uint64_t found, expected; /* huge pages; of a STRANGER: what the field holds, and must */
	const char *field;	/* of a STRANGER, as in C; static */
};

typedef void hugetlb_fact_fn(void *arg, const struct hugetlb_fact *fact);

/*
 * Check all lists and counters that this kernel has. A list that cannot be read to its end counts
 * nothing. None where the kernel has no hugetlb, or where it is unknown.
 */
void hugetlb_lists_check(struct kernel_reader kr, const struct page_format *fmt,
			 hugetlb_fact_fn *fn, void *arg);

#endif
