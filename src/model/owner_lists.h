/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_lists - the lists that an owner of pages keeps of them
 *
 * hugetlb and the slab allocator both keep pages of theirs on lists by node, with counters beside
 * them, and change both under one lock. What is common to the two: what can be wrong with such a
 * list, and the walk along one.
 */
#ifndef PGCONS_OWNER_LISTS_H
#define PGCONS_OWNER_LISTS_H

#include <stdbool.h>
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

/* Where a check of one owner's lists is. All is the caller's, and borrowed. */
struct owner_lists {
	struct kernel_reader kr;
	const struct page_format *fmt;	/* in which lru is what the lists go through */
	owner_fact_fn *fn;
	void *arg;
	struct owner_fact fact;	/* what is common to all that is told of one list */
};

/* Tell of counter @what; or of the page of @node, whose @field is wrong (NULL: no one field). */
void owner_lists_tell(const struct owner_lists *l, enum owner_fact_kind kind, const char *what,
		      uint64_t found, uint64_t expected);
void owner_lists_stranger(const struct owner_lists *l, const struct list_node *node,
			  const char *what, const char *field, uint64_t found,
			  uint64_t expected);

/*
 * Walk the list whose head is at @head, and tell of its broken links. True: all of it was seen, and
 * it is sound; *@met pages then. @visit gets @arg.
 */
bool owner_lists_walk(struct owner_lists *l, uint64_t head, list_visit_fn *visit, void *arg,
		      uint64_t *met);

#endif
