/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/list_each.h"

#include <stdio.h>

#include "layout/layout.h"

#define MAX_PCP_LISTS 64
#define PAGE_ALLOC_COSTLY_ORDER 3 /* include/linux/mmzone.h, all versions */

struct each {
	struct kernel_reader kr;
	const struct zone *z;
	free_list_fn *fn;
	void *arg;
	struct pgc_err *err;
};

uint64_t free_list_head(const struct kernel *k, const struct zone *z, unsigned int order,
			unsigned int mt)
{
	return z->kaddr + layout_get(k->lay, L_zone_free_area) +
	       order * layout_get(k->lay, L_free_area) +
	       layout_get(k->lay, L_free_area_free_list) + mt * layout_get(k->lay, L_list_head);
}

uint64_t free_list_pcp_head(const struct kernel *k, uint64_t pcp, unsigned int index)
{
	return pcp + layout_get(k->lay, L_per_cpu_pages_lists) +
	       index * layout_get(k->lay, L_list_head);
}

unsigned int free_list_pcp_lists(const struct kernel *k)
{
	uint64_t n = layout_get(k->lay, L_per_cpu_pages_nr_lists);

	return n < MAX_PCP_LISTS ? (unsigned int)n : MAX_PCP_LISTS;
}

static enum pgc_status each_buddy(const struct each *e)
{
	struct free_list list = { .zone = e->z, .kind = LISTED_BUDDY, .cpu = -1,
				  .lock = e->z->lock };
	unsigned int types = e->kr.k->migratetypes;
	enum pgc_status st = PGC_OK;

	for (unsigned int nr = 0; nr < e->kr.k->orders * types && st == PGC_OK; nr++) {
		list.order = (int)(nr / types);
		list.migratetype = (int)(nr % types);
		list.last = nr % types == types - 1;
		list.head = free_list_head(e->kr.k, e->z, nr / types, nr % types);
		st = e->fn(e->arg, &list, e->err);
	}
	return st;
}

/*
 * Order and migratetype of per_cpu_pages.lists[index] (mm/page_alloc.c:order_to_pindex()):
 * one list for each migratetype of orders 0 to 3, then those of transparent huge pages: of the
 * order of pageblocks in 6.1, where these are not smaller, of that of huge pages in 6.12 and 7.2,
 * where they are not larger.
 */
static void pcp_shape(const struct kernel *k, struct free_list *list)
{
	unsigned int types = layout_has(k->lay, L_MIGRATE_PCPTYPES) ?
				     (unsigned int)layout_get(k->lay, L_MIGRATE_PCPTYPES) : 0;

	if (!types)
		types = 1;
	list->order = (int)(list->index / types);
	list->migratetype = (int)(list->index % types);
	if (list->order > PAGE_ALLOC_COSTLY_ORDER) {
		list->order = (int)(k->huge_order > k->pageblock_order ? k->huge_order :
									 k->pageblock_order);
		list->migratetype = -1;
	}
}

static enum pgc_status each_of_cpu(const struct each *e, const struct cpu *cpu)
{
	const struct layout *lay = e->kr.k->lay;
	unsigned int n = free_list_pcp_lists(e->kr.k);
	struct free_list list = { .zone = e->z, .kind = LISTED_PCP, .cpu = (int)cpu->id,
				  .pcp = e->z->pageset + cpu->offset, .lock = LOCK_UNKNOWN };
	enum pgc_status st = PGC_OK;

	if (layout_has(lay, L_per_cpu_pages_lock))
		list.lock = kernel_lock_state(
			e->kr, list.pcp + layout_get(lay, L_per_cpu_pages_lock));
	for (; list.index < n && st == PGC_OK; list.index++) {
		pcp_shape(e->kr.k, &list);
		list.last = list.index == n - 1;
		list.head = free_list_pcp_head(e->kr.k, list.pcp, list.index);
		st = e->fn(e->arg, &list, e->err);
	}
	return st;
}

/*
 * Memory that the guest has not accepted yet: whole blocks of the largest order, counted as
 * free but on a list of their own (6.12, 7.2; mm/page_alloc.c:__free_unaccepted()).
 */
static enum pgc_status each_unaccepted(const struct each *e)
{
	struct free_list list = {.zone = e->z,
				 .kind = LISTED_OTHER,
				 .member = "unaccepted_pages",
				 .order = (int)e->kr.k->orders - 1,
				 .migratetype = -1,
				 .cpu = -1,
				 .last = true,
				 .lock = e->z->lock};

	if (!layout_has(e->kr.k->lay, L_zone_unaccepted_pages))
		return PGC_OK;
	list.head = e->z->kaddr + layout_get(e->kr.k->lay, L_zone_unaccepted_pages);
	return e->fn(e->arg, &list, e->err);
}

/*
 * Pages freed from where the zone's lock may not be taken: a singly linked chain that the
 * next ordinary free of the zone takes in (7.2; mm/page_alloc.c:add_page_to_zone_llist()).
 */
static enum pgc_status each_chain(const struct each *e)
{
	struct free_list list = { .zone = e->z, .kind = LISTED_OTHER, .chained = true,
				  .member = "trylock_free_pages", .order = -1, .migratetype = -1,
				  .cpu = -1, .last = true, .lock = e->z->lock };

	if (!layout_has(e->kr.k->lay, L_zone_trylock_free_pages) ||
	    !layout_has(e->kr.k->lay, L_page_pcp_llist))
		return PGC_OK;
	list.head = e->z->kaddr + layout_get(e->kr.k->lay, L_zone_trylock_free_pages);
	return e->fn(e->arg, &list, e->err);
}

enum pgc_status free_list_each(struct kernel_reader kr, const struct zone *z,
			       free_list_fn *fn, void *arg, struct pgc_err *err)
{
	const struct each e = { .kr = kr, .z = z, .fn = fn, .arg = arg, .err = err };
	enum pgc_status st;

	if (!z->initialized || z->lists_lost)
		return PGC_OK;
	st = each_buddy(&e);
	for (size_t i = 0; z->has_pageset && i < kr.k->n_cpus && st == PGC_OK; i++)
		st = each_of_cpu(&e, &kr.k->cpus[i]);
	if (st == PGC_OK)
		st = each_unaccepted(&e);
	return st == PGC_OK ? each_chain(&e) : st;
}

void free_list_name(const struct kernel *k, const struct free_list *list, char *buf,
		    size_t size)
{
	const char *mt = layout_enum_name(k->lay, LE_migratetype, list->migratetype);

	if (list->member)
		snprintf(buf, size, "%s", list->member);
	else if (list->cpu >= 0)
		snprintf(buf, size, "cpu %d pcp lists[%u]", list->cpu, list->index);
	else if (mt)
		snprintf(buf, size, "free_area[%d].free_list[%s]", list->order, mt);
	else
		snprintf(buf, size, "free_area[%d].free_list[%d]", list->order,
			 list->migratetype);
}
