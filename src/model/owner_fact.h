/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_fact - what is wrong with a list that an owner of pages keeps of them
 *
 * hugetlb and the slab allocator both keep pages of theirs on lists by node, with counters beside
 * them, and change both under one lock.
 */
#ifndef PGCONS_OWNER_FACT_H
#define PGCONS_OWNER_FACT_H

#include <stdint.h>

#include "model/kernel.h"
#include "model/page_list.h"
#include "struct_page.h"

enum page_owner_lists { LISTS_OF_HUGETLB, LISTS_OF_SLABS, LISTS_OF_OWNERS };

enum owner_fact_kind {
	OWNER_BROKEN,		/* @brk: a link of a list */
	OWNER_STRANGER,		/* @page, on a list, is none that belongs there: @what */
	OWNER_COUNT,		/* counter @what is @found, but must be @expected */
	OWNER_EXCESS,		/* counter @what is @found, but cannot be more than @expected */
};

struct owner_fact {
	enum page_owner_lists of;
	enum owner_fact_kind kind;
	int order;		/* of huge pages: log2 of their base pages; -1: it is of none */
	const char *cache;	/* name of the slab cache, borrowed for the call; NULL: none */
	int nid;		/* -1: of all nodes */
	enum lock_state lock;	/* under which the list and its counter are changed */
	const char *what;	/* static; a counter's is its name in its struct */
	struct list_break brk;
	uint64_t head;		/* kaddr of the list's head */
	uint64_t pfn;		/* of @page */
	struct page page;
	uint64_t found, expected; /* pages; of a STRANGER: what the field holds, and must */
	const char *field;	/* of a STRANGER, as in C; static; NULL: no one field */
};

typedef void owner_fact_fn(void *arg, const struct owner_fact *fact);

#endif
