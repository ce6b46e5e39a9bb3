/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/list_search.h"

#include <string.h>

#include "model/page_list.h"
#include "vmcore.h"

/* Ends the enumeration of lists: no list fails. */
#define FOUND PGC_ENOENT

struct search {
	struct kernel_reader kr;
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
	p->next = node->next;
	p->prev = node->page.lru_prev;
	return PGC_OK;
}

/* The chain's order is each page's own. A cycle, or a chain longer than memory, ends it. */
static void search_chain(struct search *s)
{
	uint64_t link = layout_get(s->kr.k->lay, L_page_pcp_llist), at, met = 0, slow = 0;
	uint64_t most = s->kr.k->n_sections * s->kr.k->pages_per_section;
	struct list_place *p = s->place;
	struct list_node node = { .from_tail = false }, behind;

	p->whole = vmcore_read_u64(s->kr.vc, p->list.head, p->list.member, &at, NULL) ==
		   PGC_OK;
	if (!p->whole)
		return;
	for (slow = at; at; at = node.next) {
		if (met == most ||
		    page_list_node(s->kr, s->fmt, at, link, &node) != PGC_OK ||
		    (met && at == slow)) {
			p->whole = false;
			break;
		}
		/* Half as fast: in a cycle the one behind is met again. */
		if (met++ % 2 &&
		    page_list_node(s->kr, s->fmt, slow, link, &behind) == PGC_OK)
			slow = behind.next;
		p->list.order =
			node.page.private < s->kr.k->orders ? (int)node.page.private : 0;
		(void)visit(s, &node, NULL);
		if (s->found)
			break;
	}
	p->entries = s->from_head;
}

static enum pgc_status search_list(void *arg, const struct free_list *list,
				   struct pgc_err *err _unused_)
{
	struct search *s = arg;
	struct list_walk walk;

	s->place->list = *list;
	s->from_head = s->from_tail = 0;
	if (list->chained) {
		search_chain(s);
		return s->found ? FOUND : PGC_OK;
	}
	if (page_list_walk(s->kr, s->fmt, list->head,
			   layout_get(s->kr.k->lay, L_page_lru), visit, s, &walk,
			   NULL) != PGC_OK)
		return PGC_OK;
	s->place->entries = s->from_head + s->from_tail;
	s->place->whole = walk.whole;
	return s->found ? FOUND : PGC_OK;
}

bool list_search(struct kernel_reader kr, const struct page_format *fmt,
		 const struct zone *z, uint64_t pfn, struct list_place *ret)
{
	struct search s = { .kr = kr, .fmt = fmt, .pfn = pfn, .place = ret };

	memset(ret, 0, sizeof(*ret));
	return free_list_each(kr, z, search_list, &s, NULL) == FOUND;
}
