/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steady_list - a list of pages that changes while it is walked
 *
 * On a live kernel pages come and go under the walk, which then breaks or strays into another
 * list. So a list is walked, and its pages kept, until a walk comes round to its head; only
 * then are they handed on. A list that never holds still is handed on as the last walk saw it,
 * breaks and all: whether these are damage is for others to tell, by looking again.
 *
 * For memory that holds still it is page_list_walk().
 */
#ifndef PGCONS_STEADY_LIST_H
#define PGCONS_STEADY_LIST_H

#include "model/page_list.h"

/*
 * The contract of page_list_walk(). Lists of more than STEADY_LIST_NODES pages are handed on as
 * they are met, in one walk: more is not kept.
 */
#define STEADY_LIST_NODES (1u << 18)

_must_check_ enum pgc_status steady_list_walk(struct kernel_reader kr,
					      const struct page_format *fmt, uint64_t head,
					      uint64_t link, list_visit_fn *visit, void *arg,
					      struct list_walk *ret, struct pgc_err *err);

#endif
