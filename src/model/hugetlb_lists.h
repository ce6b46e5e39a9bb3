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

#include "model/kernel.h"
#include "model/owner_lists.h"
#include "struct_page.h"

/*
 * Check all lists and counters that this kernel has. A list that cannot be read to its end counts
 * nothing. None where the kernel has no hugetlb, or where it is unknown.
 */
void hugetlb_lists_check(struct kernel_reader kr, const struct page_format *fmt,
			 owner_fact_fn *fn, void *arg);

#endif
