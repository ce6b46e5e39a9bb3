/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_list - one doubly linked list of struct pages, walked from both ends
 *
 * Knows linkage only (include/linux/list.h): which pages a list holds and where its links
 * are broken. It knows nothing of orders, zones or bitmaps, and names no finding.
 *
 * The walk takes a step only when both pages agree on it (a->next == b and b->prev == a).
 * In memory that does not change, such a walk cannot come back to a page, so that a cycle
 * ends it by itself; a bound guards against memory that does change. At the first break the
 * walk continues from the other end of the ring, so that what lies behind is not lost.
 */
#ifndef PGCONS_PAGE_LIST_H
#define PGCONS_PAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "struct_page.h"

/* A page met on a list. */
struct list_node {
	uint64_t pfn;
	uint64_t link;		/* kaddr of the list_head inside its struct page */
	bool from_tail;		/* met on the walk from the list's tail */
	uint64_t next;		/* where its link leads: lru.next, or the llist's next */
	struct page page;
};

/* Is called for each page of the list, once. Return PGC_OK to continue. */
typedef enum pgc_status list_visit_fn(void *arg, const struct list_node *node,
				      struct pgc_err *err);

enum list_break_kind {
	BREAK_BAD_POINTER,	/* the link cannot be the address of a list node */
	BREAK_LINKAGE,		/* the page it leads to does not point back */
	BREAK_CYCLE,		/* the page it leads to was met before on this list */
	BREAK_UNREADABLE,	/* the struct page it leads to is not in the dump */
};

/* A link that is wrong. */
struct list_break {
	enum list_break_kind kind;
	bool is_prev;		/* the link is a prev pointer */
	bool at_head;		/* it is the list head's own; else @pfn holds it */
	uint64_t pfn;
	uint64_t link;		/* kaddr of the list_head that holds it */
	uint64_t found;		/* what it says */
	bool has_expected;
	uint64_t expected;	/* what the other witnesses say it should be */
	bool has_target;	/* @found is the link of page @target */
	uint64_t target;
	/* the holder's two links as they are: its neighbours, as far as it knows */
	uint64_t next, prev;
};

#define PAGE_LIST_BREAKS 2

struct list_walk {
	uint64_t from_head, from_tail;	/* pages met from each side; no page is in both */
	bool whole;			/* every page between the ends was met */
	size_t n_breaks;
	struct list_break breaks[PAGE_LIST_BREAKS];
};

/*
 * Walk the list whose list_head is at @head; @link is the offset of its list_head in struct
 * page. Damage is recorded in *@ret, not an error. Fails when @visit does, or when @head
 * itself cannot be read (a gap status).
 */
_must_check_ enum pgc_status page_list_walk(struct kernel_reader kr,
					    const struct page_format *fmt, uint64_t head,
					    uint64_t link, list_visit_fn *visit, void *arg,
					    struct list_walk *ret, struct pgc_err *err);

/*
 * The page whose link is at @to, @link bytes into its struct page. A gap status when its
 * struct page is not in the dump, PGC_EFORMAT when @to cannot be the link of any page.
 */
_must_check_ enum pgc_status page_list_node(struct kernel_reader kr,
					    const struct page_format *fmt, uint64_t to,
					    uint64_t link, struct list_node *node);

#endif
