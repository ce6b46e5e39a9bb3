/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/page_list.h"

#include "base/target_int.h"
#include "vmcore.h"

#define MAX_STRUCT_PAGE 1024

struct walker {
	struct kernel_reader kr;
	const struct page_format *fmt;
	uint64_t head, link;		/* as in page_list_walk() */
	uint64_t head_next, head_prev;
	uint64_t budget;		/* steps left; only moving memory uses it up */
	list_visit_fn *visit;
	void *arg;
	struct list_walk *w;
	struct pgc_err *err;
};

/* What a link leads to. */
enum step { STEP_PAGE, STEP_HEAD, STEP_BAD, STEP_UNREADABLE };

enum pgc_status page_list_node(struct kernel_reader kr, const struct page_format *fmt,
			       uint64_t to, uint64_t link, struct list_node *node)
{
	uint8_t raw[MAX_STRUCT_PAGE];

	if (to < link || !kernel_page_to_pfn(kr.k, to - link, &node->pfn))
		return PGC_EFORMAT;
	if (fmt->size > sizeof(raw) || link > fmt->size - 8 ||
	    vmcore_read(kr.vc, to - link, raw, fmt->size, "struct page", NULL) != PGC_OK)
		return PGC_EXCLUDED;
	page_decode(fmt, raw, &node->page);
	/* No struct page is all zeros once it was set up: kcore had nothing to give. */
	if (vmcore_info(kr.vc)->live && page_is_blank(&node->page))
		return PGC_DAMAGED;
	node->link = to;
	node->next = target_u64(raw + link);
	return PGC_OK;
}

static enum step follow(const struct walker *wk, uint64_t to, struct list_node *node)
{
	if (to == wk->head)
		return STEP_HEAD;
	switch (page_list_node(wk->kr, wk->fmt, to, wk->link, node)) {
	case PGC_OK:
		return STEP_PAGE;
	case PGC_EFORMAT:
		return STEP_BAD;
	default:
		return STEP_UNREADABLE;
	}
}

static void fill_break(const struct walker *wk, struct list_break *b,
		       enum list_break_kind kind, bool is_prev, const struct list_node *at,
		       uint64_t found)
{
	*b = (struct list_break){ .kind = kind, .is_prev = is_prev, .found = found };
	b->at_head = at == NULL;
	b->pfn = at ? at->pfn : 0;
	b->link = at ? at->link : wk->head;
	b->next = at ? at->page.lru_next : wk->head_next;
	b->prev = at ? at->page.lru_prev : wk->head_prev;
	if (found >= wk->link &&
	    kernel_page_to_pfn(wk->kr.k, found - wk->link, &b->target))
		b->has_target = true;
}

static struct list_break *add_break(struct walker *wk, enum list_break_kind kind, bool is_prev,
				    const struct list_node *at, uint64_t found)
{
	struct list_walk *w = wk->w;
	struct list_break *b = &w->breaks[w->n_breaks < PAGE_LIST_BREAKS ? w->n_breaks++ :
									    PAGE_LIST_BREAKS - 1];

	fill_break(wk, b, kind, is_prev, at, found);
	return b;
}

/* A prev pointer that disagrees: it leads to another page, or to no page at all. */
static enum list_break_kind prev_kind(const struct walker *wk, uint64_t prev)
{
	struct list_node node;

	return follow(wk, prev, &node) == STEP_BAD ? BREAK_BAD_POINTER : BREAK_LINKAGE;
}

/*
 * Was the page at @link met on the way from the head? Walks the same steps again, so only
 * asked at a break.
 */
static bool met_before(const struct walker *wk, uint64_t link, uint64_t steps)
{
	struct list_node node;
	uint64_t at = wk->head_next;

	while (steps-- && follow(wk, at, &node) == STEP_PAGE) {
		if (at == link)
			return true;
		at = node.page.lru_next;
	}
	return false;
}

/*
 * Forward, strictly. Returns true when the ring closed. Otherwise *@last is the last good
 * node (link == head: none) and a break about its next pointer has been recorded; *@beyond
 * is the page that next leads to, or 0.
 */
static enum pgc_status walk_forward(struct walker *wk, struct list_node *last, bool *closed)
{
	uint64_t to = wk->head_next;

	*closed = false;
	last->link = wk->head;
	while (wk->budget) {
		struct list_node node = { .from_tail = false };
		const struct list_node *at = last->link == wk->head ? NULL : last;
		enum pgc_status st;

		switch (follow(wk, to, &node)) {
		case STEP_HEAD:
			*closed = true;
			return PGC_OK;
		case STEP_BAD:
			add_break(wk, BREAK_BAD_POINTER, false, at, to);
			return PGC_OK;
		case STEP_UNREADABLE:
			add_break(wk, BREAK_UNREADABLE, false, at, to);
			return PGC_OK;
		case STEP_PAGE:
			break;
		}
		if (node.page.lru_prev != last->link) {
			add_break(wk,
				  met_before(wk, to, wk->w->from_head) ? BREAK_CYCLE :
									 BREAK_LINKAGE,
				  false, at, to);
			return PGC_OK;
		}
		st = wk->visit(wk->arg, &node, wk->err);
		if (st != PGC_OK)
			return st;
		wk->budget--;
		wk->w->from_head++;
		*last = node;
		to = node.page.lru_next;
	}
	add_break(wk, BREAK_CYCLE, false, last->link == wk->head ? NULL : last, to);
	return PGC_OK;
}

/*
 * The walk from the tail has come to @node. Does it join the forward walk, that ended at
 * @last with a break about last->next?
 *
 * Two ways: the page before @node is @last, so that last->next should have been @node; or
 * @node is where last->next leads, so that the link is right and node->prev is wrong. Unless
 * the page before @node says that it is: then last->next skips that one, and maybe others.
 */
static bool joins(struct walker *wk, const struct list_node *last, uint64_t prev,
		  uint64_t link, const struct list_node *node)
{
	struct list_break *b = &wk->w->breaks[0];
	struct list_node before;

	if (prev == last->link) {
		b->has_expected = true;
		b->expected = link;
		return true;
	}
	if (link != b->found ||
	    (follow(wk, prev, &before) == STEP_PAGE && before.page.lru_next == link))
		return false;
	fill_break(wk, b, prev_kind(wk, prev), true, node, prev);
	b->has_expected = true;
	b->expected = last->link;
	return true;
}

/* Backward, strictly, until it joins the forward walk or breaks too. */
static enum pgc_status walk_backward(struct walker *wk, const struct list_node *last)
{
	struct list_node at = { .link = wk->head };
	uint64_t to = wk->head_prev;

	while (wk->budget) {
		const struct list_node *from = at.link == wk->head ? NULL : &at;
		struct list_node node = { .from_tail = true };
		enum pgc_status st;
		enum step step;

		if (joins(wk, last, to, at.link, from)) {
			wk->w->whole = true;
			return PGC_OK;
		}
		step = follow(wk, to, &node);
		if (step == STEP_BAD || step == STEP_UNREADABLE) {
			add_break(wk,
				  step == STEP_BAD ? BREAK_BAD_POINTER : BREAK_UNREADABLE,
				  true, from, to);
			return PGC_OK;
		}
		if (step == STEP_HEAD || node.page.lru_next != at.link) {
			add_break(wk, BREAK_LINKAGE, true, from, to);
			return PGC_OK;
		}
		node.from_tail = true;
		st = wk->visit(wk->arg, &node, wk->err);
		if (st != PGC_OK)
			return st;
		wk->budget--;
		wk->w->from_tail++;
		at = node;
		to = node.page.lru_prev;
	}
	return PGC_OK;
}

enum pgc_status page_list_walk(struct kernel_reader kr, const struct page_format *fmt,
			       uint64_t head, uint64_t link, list_visit_fn *visit, void *arg,
			       struct list_walk *ret, struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	struct walker wk = {
		.kr = kr, .fmt = fmt, .head = head, .link = link,
		.budget = k->n_sections * k->pages_per_section,
		.visit = visit, .arg = arg, .w = ret, .err = err,
	};
	struct list_node last = { .link = head };
	enum pgc_status st;
	bool closed;

	*ret = (struct list_walk){ .whole = false };
	/* No page heads a list: from there the walk would go round a list of another kind. */
	if (kernel_in_memmap(k, head)) {
		add_break(&wk, BREAK_BAD_POINTER, false, NULL, head);
		return PGC_OK;
	}
	st = vmcore_read_u64(kr.vc, head + layout_get(k->lay, L_list_head_next),
			     "list_head.next", &wk.head_next, err);
	if (st == PGC_OK)
		st = vmcore_read_u64(kr.vc, head + layout_get(k->lay, L_list_head_prev),
				     "list_head.prev", &wk.head_prev, err);
	if (st != PGC_OK)
		return st;
	st = walk_forward(&wk, &last, &closed);
	if (st != PGC_OK)
		return st;
	if (!closed)
		return walk_backward(&wk, &last);
	ret->whole = true;
	if (wk.head_prev != last.link) {
		struct list_break *b = add_break(&wk, prev_kind(&wk, wk.head_prev), true, NULL,
						 wk.head_prev);

		b->has_expected = true;
		b->expected = last.link;
	}
	return PGC_OK;
}
