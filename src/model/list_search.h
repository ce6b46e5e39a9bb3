/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_search - on which list of its zone a page is, and where
 *
 * Walks lists until the page is met: for one page, not for all of them (listing knows those).
 */
#ifndef PGCONS_LIST_SEARCH_H
#define PGCONS_LIST_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/free_list.h"
#include "model/kernel.h"
#include "struct_page.h"

struct list_place {
	struct free_list list;
	uint64_t block;		/* the first pfn of the entry that covers the page */
	uint64_t position;	/* of that entry, from 1, counted from the head, ... */
	bool from_tail;		/* ... or from the tail: the list is broken before it */
	uint64_t entries;	/* met on the list; of a chain, up to that entry */
	bool whole;		/* which are all */
	uint64_t next, prev;	/* the links of the entry, as they are */
};

/* Search the lists of @z for @pfn. False: it is on none that could be walked. */
bool list_search(struct kernel_reader kr, const struct page_format *fmt,
		 const struct zone *z, uint64_t pfn, struct list_place *ret);

#endif
