/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_list - a walk over the nodes of a list of the dumped kernel (struct list_head)
 *
 * Knows links, and nothing of what they are in. It goes only where the node that it comes to leads
 * back: in memory that does not change such a walk cannot go round, so that the bound is for memory
 * that does. Lists of pages, whose breaks are findings, are page_list's.
 */
#ifndef PGCONS_KERNEL_LIST_H
#define PGCONS_KERNEL_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "model/kernel.h"

/* Is called for each node, with the address of its list_head, without a tag. False: go no further. */
typedef bool kernel_list_fn(void *arg, uint64_t node);

/*
 * Walk the list whose head is at @head, from its end if @back, over @bound nodes at most. False: not
 * all of them were visited, as a link is wrong, or not in the dump, or @fn said so.
 */
_must_check_ bool kernel_list_walk(struct kernel_reader kr, uint64_t head, bool back, uint64_t bound,
				   kernel_list_fn *fn, void *arg);

#endif
