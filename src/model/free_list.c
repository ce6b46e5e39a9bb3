/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/free_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "model/pageblock.h"
#include "model/steady_list.h"
#include "model/zone_counters.h"
#include "vmcore.h"

struct walk {
	struct kernel_reader kr;
	const struct page_format *fmt;
	struct listing *listing;
	uint64_t *cut;
	list_fact_fn *fn;
	void *arg;
	/* the list under way */
	const struct free_list *list;
	uint64_t nodes;
	uint64_t all_nodes;	/* of all lists so far */
	/* the lists of one order, or of one CPU: held against one count */
	struct group {
		uint64_t nodes, pages;
		bool cut;	/* one of them could not be walked to its end */
		bool lost;	/* the count cannot be read: nor are the lists walked */
		uint32_t count;	/* of a CPU */
	} group;
	struct zone_summary *sum;
};

static void tell(struct walk *w, const struct free_list *list, enum list_fact_kind kind,
		 const struct list_node *node, uint64_t expected, uint64_t found)
{
	struct list_fact fact = {
		.kind = kind, .list = list, .expected = expected, .found = found,
	};

	if (node) {
		fact.has_page = true;
		fact.pfn = node->pfn;
		fact.page_kaddr = kernel_pfn_to_page(w->kr.k, node->pfn);
		fact.page = node->page;
	}
	w->fn(w->arg, &fact);
}

/* Does the block lie in its zone, and is there a memmap for all of it? */
static bool block_inside(const struct kernel *k, const struct zone *z, uint64_t pfn,
			 uint64_t count)
{
	return pfn >= z->start_pfn && range_ok(pfn - z->start_pfn, count, z->spanned) &&
	       kernel_section(k, pfn) && kernel_section(k, pfn + count - 1);
}

/* The head of the listed block that page @at is in, but for the one at @but. */
static bool other_block(const struct walk *w, uint64_t at, uint64_t but, uint64_t *ret)
{
	uint64_t reach = 1ULL << (w->kr.k->orders ? w->kr.k->orders - 1 : 0);

	for (uint64_t back = 0; back < reach && back <= at; back++) {
		*ret = at - back;
		if (*ret != but && listing_is_head(w->listing, *ret))
			return true;
	}
	return false;
}

/*
 * Mark the block as listed. One that is not aligned cannot be where it is, and has been
 * reported: that it runs into another is no news then.
 */
static enum pgc_status mark(struct walk *w, const struct list_node *node, uint64_t count,
			    struct pgc_err *err)
{
	bool aligned = !(node->pfn & (count - 1));
	enum listing_clash clash;
	uint64_t at = 0;
	enum pgc_status st;

	/* From a wrong place on, its pages up to the next boundary may be its own. */
	if (!aligned)
		count -= node->pfn & (count - 1);
	st = listing_add(w->listing, node->pfn, count, w->list->kind, &clash, &at, err);
	if (st != PGC_OK)
		return st;
	if (clash == CLASH_TWICE || (clash == CLASH_OVERLAP && aligned)) {
		struct list_fact fact = {
			.kind = clash == CLASH_TWICE ? LIST_TWICE : LIST_OVERLAP,
			.list = w->list,
			.has_page = true,
			.pfn = node->pfn,
			.other = at,
			.page_kaddr = kernel_pfn_to_page(w->kr.k, node->pfn),
			.page = node->page,
		};

		fact.has_block = clash == CLASH_OVERLAP &&
				 other_block(w, at, node->pfn, &fact.block);
		w->fn(w->arg, &fact);
	}
	return PGC_OK;
}

/* All pages of a listed block are of its list's migratetype: the first pageblock has it. */
static void check_migratetype(struct walk *w, const struct free_list *list,
			      const struct list_node *node)
{
	int mt = pageblock_migratetype(w->kr, node->pfn);
	struct list_fact fact = {
		.kind = LIST_MIGRATETYPE, .list = list, .has_page = true, .pfn = node->pfn,
		.page_kaddr = kernel_pfn_to_page(w->kr.k, node->pfn), .page = node->page,
		.expected = (uint64_t)list->migratetype, .found = (uint64_t)mt,
		.loose = !layout_has(w->kr.k->lay, L_zone_nr_free_highatomic),
	};

	if (w->kr.k->by_mobility && mt >= 0 && mt != list->migratetype)
		w->fn(w->arg, &fact);
}

/*
 * A head says that it is of another zone than its list. The rest of the block says which of them
 * is wrong: pages of it, ever farther from the head; of a single page, where the zones lie.
 */
static enum pgc_status tell_wrong_zone(struct walk *w, const struct free_list *list,
				       const struct list_node *node, struct pgc_err *err)
{
	const struct kernel *k = w->kr.k;
	unsigned int idx = kernel_flags_zone(k, node->page.flags);
	int nid = kernel_flags_nid(k, node->page.flags);
	const struct zone *own = kernel_zone(k, nid, idx);
	struct list_fact fact = {
		.kind = LIST_WRONG_ZONE, .list = list, .has_page = true, .pfn = node->pfn,
		.page_kaddr = kernel_pfn_to_page(k, node->pfn), .page = node->page,
		.list_place = { .nid = list->zone->nid, .zone = list->zone->idx },
		.page_place = { .nid = nid, .zone = idx },
	};
	uint64_t count = list->order < 0 ? 1 : 1ULL << list->order, flags;
	unsigned int as_list = 0, as_head = 0;

	for (uint64_t i = 1; i < count; i *= 2) {
		if (vmcore_read_u64(w->kr.vc,
				    fact.page_kaddr + i * k->struct_page + w->fmt->flags,
				    "page.flags", &flags, NULL) != PGC_OK)
			continue;
		as_list += kernel_flags_zone(k, flags) == list->zone->idx &&
			   kernel_flags_nid(k, flags) == list->zone->nid;
		as_head += kernel_flags_zone(k, flags) == idx && kernel_flags_nid(k, flags) == nid;
	}
	if (as_list == as_head) {
		as_list = block_inside(k, list->zone, node->pfn, count);
		as_head = own && block_inside(k, own, node->pfn, count);
	}
	fact.head_is_wrong = as_list > as_head;
	fact.list_is_wrong = as_head > as_list;
	w->fn(w->arg, &fact);
	return fact.head_is_wrong ? listing_note_zone(w->listing, node->pfn,
						      kernel_zone_flags(k, list->zone), err) :
				    PGC_OK;
}

static enum pgc_status visit(void *arg, const struct list_node *node, struct pgc_err *err)
{
	struct walk *w = arg;
	const struct free_list *list = w->list;
	uint64_t count = 1ULL << list->order;
	enum page_kind kind = page_kind(w->fmt, node->page.mapcount);
	unsigned int zidx = kernel_flags_zone(w->kr.k, node->page.flags);
	int nid = kernel_flags_nid(w->kr.k, node->page.flags);
	enum pgc_status st = PGC_OK;

	w->nodes++;
	if (list->kind == LISTED_BUDDY && kind != KIND_BUDDY)
		tell(w, list, LIST_NOT_BUDDY, node, page_buddy_word(w->fmt), node->page.mapcount);
	if (list->kind == LISTED_PCP && kind == KIND_BUDDY)
		tell(w, list, LIST_IS_BUDDY, node, UINT32_MAX, node->page.mapcount);
	if (list->kind == LISTED_BUDDY && node->page.private != (uint64_t)list->order)
		tell(w, list, LIST_ORDER, node, (uint64_t)list->order, node->page.private);
	if (zidx != list->zone->idx || nid != list->zone->nid)
		st = tell_wrong_zone(w, list, node, err);
	else if (node->pfn & (count - 1))
		tell(w, list, LIST_MISALIGNED, node, count, node->pfn & (count - 1));
	else if (!block_inside(w->kr.k, list->zone, node->pfn, count))
		tell(w, list, LIST_OUTSIDE, node, list->zone->start_pfn, node->pfn);
	else if (list->kind == LISTED_BUDDY)
		check_migratetype(w, list, node);
	return st == PGC_OK ? mark(w, node, count, err) : st;
}

/* One list. *@nodes is the number of blocks met; *@whole whether that is all of them. */
static enum pgc_status walk_list(struct walk *w, const struct free_list *list, uint64_t *nodes,
				 bool *whole, struct pgc_err *err)
{
	struct list_walk result;
	enum pgc_status st;

	/* A page is on one list: with that many again, the heads are not what they should be. */
	if (w->all_nodes > 2 * w->kr.k->n_sections * w->kr.k->pages_per_section) {
		*nodes = 0;
		*whole = false;
		(*w->cut)++;
		return PGC_OK;
	}
	w->list = list;
	w->nodes = 0;
	st = steady_list_walk(w->kr, w->fmt, list->head,
			      layout_get(w->kr.k->lay, L_page_lru), visit, w, &result,
			      err);
	w->list = NULL;
	*nodes = w->nodes;
	w->all_nodes += w->nodes;
	*whole = st == PGC_OK && result.whole;
	if (pgc_is_gap(st)) {
		(*w->cut)++;
		return PGC_OK;
	}
	if (st != PGC_OK)
		return st;
	if (!result.whole)
		(*w->cut)++;
	for (size_t i = 0; i < result.n_breaks; i++) {
		struct list_fact fact = {
			.kind = LIST_BROKEN, .list = list, .brk = &result.breaks[i],
			.walk = &result,
		};
		/* Not in the dump is coverage, not damage. */
		if (result.breaks[i].kind != BREAK_UNREADABLE)
			w->fn(w->arg, &fact);
	}
	return PGC_OK;
}

/* nr_free of an order, when all its lists were walked. */
static void end_order(struct walk *w, const struct free_list *last)
{
	const struct layout *lay = w->kr.k->lay;
	struct free_list list = *last;
	uint64_t nr_free, at = layout_get(lay, L_zone_free_area) +
			       (uint64_t)list.order * layout_get(lay, L_free_area) +
			       layout_get(lay, L_free_area_nr_free);

	w->sum->free_listed += w->group.nodes << list.order;
	if (!kernel_zone_word(w->kr.k, list.zone, at, &nr_free))
		return;
	if (list.order < SUMMARY_ORDERS)
		w->sum->nr_free[list.order] = nr_free;
	/* Against half a list the counter says nothing new. */
	if (w->group.cut || nr_free == w->group.nodes)
		return;
	list.migratetype = -1;
	list.head = 0;
	tell(w, &list, LIST_NR_FREE, NULL, w->group.nodes, nr_free);
}

static void add_pcp(struct pcp_summary *sum, const struct free_list *list, uint64_t pages,
		    int32_t count, bool all)
{
	sum->cpus++;
	sum->counted += count;
	if (pages > sum->most) {
		sum->most = pages;
		sum->most_cpu = list->cpu;
	}
	sum->differ += all && (uint64_t)(int64_t)count != pages;
	sum->locked += list->lock == LOCK_HELD;
}

static void begin_cpu(struct walk *w, const struct free_list *first)
{
	if (vmcore_read_u32(w->kr.vc,
			    first->pcp + layout_get(w->kr.k->lay, L_per_cpu_pages_count),
			    "per_cpu_pages.count", &w->group.count, NULL) == PGC_OK)
		return;
	w->group.lost = true;
	(*w->cut)++;
}

/* The count of a CPU's page set, when all its lists were walked. */
static void end_cpu(struct walk *w, const struct free_list *last)
{
	struct free_list list = *last;
	int32_t count = (int32_t)w->group.count;

	w->sum->pcp += w->group.pages;
	add_pcp(&w->sum->per_cpu, &list, w->group.pages, count, !w->group.cut);
	list.order = -1;
	list.migratetype = -1;
	list.head = 0;
	if (list.lock == LOCK_HELD)
		tell(w, &list, LIST_LOCK_HELD, NULL, 0, 0);
	if (!w->group.cut && count != (int64_t)w->group.pages)
		tell(w, &list, LIST_PCP_COUNT, NULL, w->group.pages, (uint64_t)(int64_t)count);
}

/* One page of zone->trylock_free_pages: its order is in private, as no list has it. */
static enum pgc_status take_deferred(struct walk *w, const struct free_list *list,
				     const struct list_node *node, struct pgc_err *err)
{
	struct free_list of_order = *list;
	enum pgc_status st;
	uint64_t count;

	if (node->page.private >= w->kr.k->orders) {
		tell(w, list, LIST_ORDER, node, w->kr.k->orders - 1, node->page.private);
		return PGC_OK;
	}
	count = 1ULL << node->page.private;
	of_order.order = (int)node->page.private;
	if (page_kind(w->fmt, node->page.mapcount) == KIND_BUDDY)
		tell(w, &of_order, LIST_IS_BUDDY, node, UINT32_MAX, node->page.mapcount);
	if (node->pfn & (count - 1))
		tell(w, &of_order, LIST_MISALIGNED, node, count, node->pfn & (count - 1));
	else if (!block_inside(w->kr.k, list->zone, node->pfn, count))
		tell(w, &of_order, LIST_OUTSIDE, node, list->zone->start_pfn, node->pfn);
	w->list = &of_order;
	st = mark(w, node, count, err);
	w->list = NULL;
	return st;
}

/* A link of the chain is wrong: that of @at, or the zone's own. */
static void tell_chain(struct walk *w, const struct free_list *list, enum list_break_kind kind,
		       const struct list_node *at, uint64_t found, uint64_t met)
{
	struct list_break brk = {
		.kind = kind, .at_head = !at, .pfn = at ? at->pfn : 0,
		.link = at ? at->link : list->head, .found = found, .next = found,
	};
	struct list_walk result = { .from_head = met };
	struct list_fact fact = { .kind = LIST_BROKEN, .list = list, .brk = &brk,
				  .walk = &result };

	w->fn(w->arg, &fact);
}

/* Was the link @to followed in the first @steps of the chain that begins at @from? */
static bool chain_met(const struct walk *w, uint64_t from, uint64_t link, uint64_t to,
		      uint64_t steps)
{
	struct list_node node;

	for (uint64_t at = from; steps--; at = node.next) {
		if (at == to)
			return true;
		if (page_list_node(w->kr, w->fmt, at, link, &node) != PGC_OK)
			return false;
	}
	return false;
}

/*
 * The chain of trylock_free_pages. Each page is marked as it is met, so that a cycle meets a
 * marked one and ends.
 */
static enum pgc_status walk_chain(struct walk *w, const struct free_list *list,
				  struct pgc_err *err)
{
	struct list_node node, last = { .pfn = 0 };
	uint64_t first, at, link = layout_get(w->kr.k->lay, L_page_pcp_llist), met;

	if (vmcore_read_u64(w->kr.vc, list->head, list->member, &first, NULL) != PGC_OK) {
		(*w->cut)++;
		return PGC_OK;
	}
	for (at = first, met = 0; at; at = node.next, met++) {
		enum pgc_status st = page_list_node(w->kr, w->fmt, at, link, &node);
		bool again;

		if (st != PGC_OK) {
			if (!pgc_is_gap(st))
				tell_chain(w, list, BREAK_BAD_POINTER, met ? &last : NULL, at,
					   met);
			(*w->cut)++;
			return PGC_OK;
		}
		again = listing_is_head(w->listing, node.pfn);
		if (again && chain_met(w, first, link, at, met)) {
			tell_chain(w, list, BREAK_CYCLE, &last, at, met);
			return PGC_OK;
		}
		st = take_deferred(w, list, &node, err);
		/* What another list holds as well leads on into that list, or nowhere. */
		if (st != PGC_OK || again)
			return st;
		last = node;
	}
	return PGC_OK;
}

static enum pgc_status on_list(void *arg, const struct free_list *list, struct pgc_err *err)
{
	struct walk *w = arg;
	enum pgc_status st;
	uint64_t nodes;
	bool whole;

	if (list->chained)
		return walk_chain(w, list, err);
	if (list->kind == LISTED_PCP && !list->index)
		begin_cpu(w, list);
	if (!w->group.lost) {
		st = walk_list(w, list, &nodes, &whole, err);
		if (st != PGC_OK)
			return st;
		w->group.nodes += nodes;
		w->group.pages += nodes << list->order;
		w->group.cut |= !whole;
		if (list->kind == LISTED_OTHER)
			w->sum->unaccepted = nodes << list->order;
		if (list->kind == LISTED_BUDDY && list->order < SUMMARY_ORDERS &&
		    list->migratetype < SUMMARY_MIGRATETYPES)
			w->sum->blocks[list->order][list->migratetype] = nodes;
	}
	if (!list->last)
		return PGC_OK;
	if (list->kind == LISTED_BUDDY)
		end_order(w, list);
	else if (list->kind == LISTED_PCP && !w->group.lost)
		end_cpu(w, list);
	w->group = (struct group){ 0 };
	return PGC_OK;
}

static enum pgc_status walk_zone(struct walk *w, const struct zone *z, struct zone_summary *sum,
				 struct pgc_err *err)
{
	struct free_list none = { .zone = z, .kind = LISTED_BUDDY, .order = -1,
				  .migratetype = -1, .cpu = -1, .lock = z->lock };
	uint64_t cut_before = *w->cut;
	enum pgc_status st;

	sum->node = z->nid;
	sum->name = z->name;
	sum->start_pfn = z->start_pfn;
	sum->spanned = z->spanned;
	sum->present = z->present;
	sum->managed = z->managed;
	sum->orders = w->kr.k->orders;
	sum->migratetypes = w->kr.k->migratetypes;
	sum->lock_held = z->lock == LOCK_HELD;
	if (!z->initialized)
		return PGC_OK;
	if (z->lists_lost) {
		sum->lists_cut = 1;
		(*w->cut)++;
		return PGC_OK;
	}
	sum->nr_free_pages = zone_counters_free_pages(w->kr, z);
	if (sum->lock_held)
		tell(w, &none, LIST_LOCK_HELD, NULL, 0, 0);
	w->sum = sum;
	w->group = (struct group){ 0 };
	st = free_list_each(w->kr, z, on_list, w, err);
	/*
	 * Pages on lists that were not walked are on none, as it seems. The boot pageset is known,
	 * and nobody's; a pointer that is wrong was reported.
	 */
	if (!z->has_pageset && (!z->pageset || z->pageset_lost) && z->managed &&
	    w->kr.k->n_cpus && w->kr.k->running)
		(*w->cut)++;
	sum->lists_cut = *w->cut - cut_before;
	return st;
}

enum pgc_status free_list_walk_all(struct kernel_reader kr, const struct page_format *fmt,
				   struct listing *listing, struct zone_summary *zones,
				   uint64_t *cut, list_fact_fn *fn, void *arg,
				   struct pgc_err *err)
{
	struct walk w = {
		.kr = kr,
		.fmt = fmt,
		.listing = listing,
		.cut = cut,
		.fn = fn,
		.arg = arg,
	};
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < kr.k->n_zones && st == PGC_OK; i++)
		st = walk_zone(&w, &kr.k->zones[i], &zones[i], err);
	listing_end(listing);
	return st;
}
