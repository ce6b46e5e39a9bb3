/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_each - which lists the page allocator has
 *
 * The one enumeration of them: the walk over all lists, the search for one page and whoever
 * wants their heads go through it, so that a list that a kernel adds is a line here.
 *
 * Facts: include/linux/mmzone.h and mm/page_alloc.c of 5.10, 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_LIST_EACH_H
#define PGCONS_LIST_EACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/listing.h"

/* One list of the allocator. */
struct free_list {
	const struct zone *zone;
	enum list_kind kind;
	const char *member;	/* of struct zone, where it is a list of its own; else NULL */
	bool chained;		/* singly linked by page.pcp_llist; @head is the first pointer */
	int order;		/* of its blocks; -1: each says its own in page.private */
	int migratetype;	/* -1: of all of them */
	int cpu;		/* of a per-CPU list; -1: a list of the zone */
	unsigned int index;	/* in per_cpu_pages.lists */
	uint64_t head;		/* kaddr of its list_head */
	uint64_t pcp;		/* of a per-CPU list: kaddr of its per_cpu_pages */
	bool last;		/* of its order, or of its CPU's page set */
	enum lock_state lock;	/* of the lock that protects it */
};

/* Is called for each list; @list is valid in the call. Return PGC_OK to continue. */
typedef enum pgc_status free_list_fn(void *arg, const struct free_list *list,
				     struct pgc_err *err);

/*
 * The lists of @z, in this order: the buddy lists by order and migratetype (the isolated ones are
 * among them), the per-CPU lists by CPU and number, memory that is not accepted yet, and the
 * trylock chain. None where the zone's lists are not set up, or where they are is unknown.
 * What @fn returns, if it is not PGC_OK.
 */
enum pgc_status free_list_each(struct kernel_reader kr, const struct zone *z,
			       free_list_fn *fn, void *arg, struct pgc_err *err);

/* kaddr of zone.free_area[@order].free_list[@mt], and of per_cpu_pages.lists[@index] at @pcp. */
uint64_t free_list_head(const struct kernel *k, const struct zone *z, unsigned int order,
			unsigned int mt);
uint64_t free_list_pcp_head(const struct kernel *k, uint64_t pcp, unsigned int index);
/* How many lists a CPU's page set has; bounded. */
unsigned int free_list_pcp_lists(const struct kernel *k);

/* Name of a list, e.g. "free_area[3].free_list[Movable]", into @buf. */
void free_list_name(const struct kernel *k, const struct free_list *list, char *buf,
		    size_t size);

#endif
