/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_search.h"

#include <string.h>

#include "page_list.h"

#define MAX_PCP_LISTS 64

struct search {
	const struct kernel *k;
	const struct page_format *fmt;
	uint64_t pfn;
	struct list_place *place;
	uint64_t from_head, from_tail;
	bool found;
};

static enum pgc_status visit(void *arg, const struct list_node *node,
			      struct pgc_err *err _unused_)
{
	struct search *s = arg;
	uint64_t nr = node->from_tail ? ++s->from_tail : ++s->from_head;
	struct list_place *p = s->place;

	if (s->found || s->pfn < node->pfn || (s->pfn - node->pfn) >> p->list.order)
		return PGC_OK;
	s->found = true;
	p->block = node->pfn;
	p->position = nr;
	p->from_tail = node->from_tail;
	p->next = node->page.lru_next;
	p->prev = node->page.lru_prev;
	return PGC_OK;
}

static bool search_list(struct search *s)
{
	struct list_walk walk;

	s->from_head = s->from_tail = 0;
	if (page_list_walk(s->k, s->fmt, s->place->list.head,
			   layout_get(s->k->lay, L_page_lru), visit, s, &walk, NULL) != PGC_OK)
		return false;
	s->place->entries = s->from_head + s->from_tail;
	s->place->whole = walk.whole;
	return s->found;
}

static bool search_buddy(struct search *s, const struct zone *z)
{
	const struct layout *lay = s->k->lay;
	struct free_list *list = &s->place->list;

	*list = (struct free_list){ .zone = z, .kind = LISTED_BUDDY, .cpu = -1,
				    .lock = z->lock };
	for (list->order = 0; list->order < (int)s->k->orders; list->order++)
		for (list->migratetype = 0; list->migratetype < (int)s->k->migratetypes;
		     list->migratetype++) {
			list->head = z->kaddr + layout_get(lay, L_zone_free_area) +
				     (uint64_t)list->order * layout_get(lay, L_free_area) +
				     layout_get(lay, L_free_area_free_list) +
				     (uint64_t)list->migratetype * layout_get(lay, L_list_head);
			if (search_list(s))
				return true;
		}
	return false;
}

static bool search_pcp(struct search *s, const struct zone *z)
{
	const struct layout *lay = s->k->lay;
	uint64_t n = z->has_pageset ? layout_get(lay, L_per_cpu_pages_nr_lists) : 0;
	struct free_list *list = &s->place->list;

	for (size_t i = 0; z->has_pageset && i < s->k->n_cpus; i++) {
		uint64_t pcp = z->pageset + s->k->cpus[i].offset;

		*list = (struct free_list){ .zone = z, .kind = LISTED_PCP,
					    .cpu = (int)s->k->cpus[i].id };
		for (; list->index < n && list->index < MAX_PCP_LISTS; list->index++) {
			free_list_pcp_shape(s->k, list);
			list->head = pcp + layout_get(lay, L_per_cpu_pages_lists) +
				     list->index * layout_get(lay, L_list_head);
			if (search_list(s))
				return true;
		}
	}
	return false;
}

static bool search_unaccepted(struct search *s, const struct zone *z)
{
	struct free_list *list = &s->place->list;

	if (!layout_has(s->k->lay, L_zone_unaccepted_pages))
		return false;
	*list = (struct free_list){ .zone = z, .kind = LISTED_OTHER, .cpu = -1,
				    .migratetype = -1, .order = (int)s->k->orders - 1,
				    .lock = z->lock };
	list->head = z->kaddr + layout_get(s->k->lay, L_zone_unaccepted_pages);
	return search_list(s);
}

bool list_search(const struct kernel *k, const struct page_format *fmt, const struct zone *z,
		 uint64_t pfn, struct list_place *ret)
{
	struct search s = { .k = k, .fmt = fmt, .pfn = pfn, .place = ret };

	memset(ret, 0, sizeof(*ret));
	if (!z->initialized)
		return false;
	/* Zones without pages share the boot pageset: its lists are nobody's. */
	return search_buddy(&s, z) || (z->managed && search_pcp(&s, z)) ||
	       search_unaccepted(&s, z);
}
