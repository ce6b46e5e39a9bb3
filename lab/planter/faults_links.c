// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the links of LRU lists: of their pages, and of their heads.
 */
#include <linux/page-flags.h>
#include <linux/poison.h>

#include "inuse.h"

#define LINK_FINDINGS	"lru-linkage page-state"

/* Is it the lru of a page, and no list head? */
static bool is_page_node(const struct list_head *node)
{
	unsigned long off = (unsigned long)node - VMEMMAP_START;

	return off < (1UL << 24) * sizeof(struct page) &&
	       pfn_valid(page_to_pfn(node_page((struct list_head *)node)));
}

/* On a list, with a page on either side. */
bool lru_between(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && !has_flag(page, PG_unevictable) &&
	       is_page_node(page->lru.next) && is_page_node(page->lru.prev) &&
	       page->lru.next->prev == &page->lru &&
	       page->lru.prev->next == &page->lru;
}

static unsigned long node_pfn(struct list_head *node)
{
	return page_to_pfn(node_page(node));
}

static void change_link(struct plant *p, struct list_head **link, u64 new)
{
	change_u64(p, link, new);
}

enum broken { BIT_OF, ZERO, POISON, TO_FREE, TO_OTHER, BEHIND };
enum which { NEXT, PREV };

#define LINK(which, broken)	((which) << 4 | (broken))

static u64 broken_link(struct plant *p, struct page *page, long which,
		       enum broken how)
{
	struct list_head *node = &page->lru, *old;
	struct page *other;

	old = which == NEXT ? node->next : node->prev;
	switch (how) {
	case BIT_OF:
		return (unsigned long)old ^ BIT(6 + rnd_below(p, 24));
	case POISON:
		return (unsigned long)(which == NEXT ? LIST_POISON1 :
				       LIST_POISON2);
	case TO_FREE:
		other = pick_free_page(p);
		return other ? (unsigned long)&other->lru : 0;
	case TO_OTHER:
		other = pick_page(p, lru_between);
		return (unsigned long)&other->lru;
	case BEHIND:
		return (unsigned long)(which == NEXT ? old->next : old->prev);
	default:
		return 0;
	}
}

/* One link of a page is wrong: told of the page, or of who it led to. */
static int lru_link(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, lru_between);
	long which = arg >> 4;
	unsigned long near;
	u64 new;

	if (!page)
		return -ENOENT;
	near = node_pfn(which == NEXT ? page->lru.next : page->lru.prev);
	new = broken_link(p, page, which, arg & 15);
	truth_detail(p, "near", "%lu", near);
	change_link(p, which == NEXT ? &page->lru.next : &page->lru.prev, new);
	truth_expect_ends(p, LINK_FINDINGS, p->pfn, near, near);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* Both at once: those of the other direction. */
static int links_swapped(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, lru_between);
	struct list_head *next;

	if (!page)
		return -ENOENT;
	next = page->lru.next;
	plant_u64(p, &page->lru.next, (unsigned long)page->lru.prev);
	plant_u64(p, &page->lru.prev, (unsigned long)next);
	truth_expect_told(p, LINK_FINDINGS, p->pfn);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* A use after free: whoever had the page before puts its node into a list. */
static int stray_node(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, lru_between), *other;
	u64 to;

	other = pick_free_page(p);
	if (!page || !other)
		return -ENOENT;
	to = (unsigned long)page_address(other) + 0x88;
	plant_u64(p, &page->lru.next, to);
	plant_u64(p, &page->lru.prev, to);
	truth_expect_told(p, LINK_FINDINGS, p->pfn);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* Its neighbours are joined; it says that it is on the list. */
static int half_deleted(struct plant *p, long poisoned)
{
	struct page *page = pick_victim(p, lru_between);
	struct list_head *next, *prev;

	if (!page)
		return -ENOENT;
	next = page->lru.next;
	prev = page->lru.prev;
	plant_u64(p, &next->prev, (unsigned long)prev);
	plant_u64(p, &prev->next, (unsigned long)next);
	if (poisoned) {
		plant_u64(p, &page->lru.next, (unsigned long)LIST_POISON1);
		plant_u64(p, &page->lru.prev, (unsigned long)LIST_POISON2);
	}
	truth_expect_told(p, LINK_FINDINGS, p->pfn);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* Put to a second place without being taken from the first. */
static int added_twice(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, lru_between), *other;
	struct list_head *next;
	unsigned long before;

	other = pick_page(p, lru_between);
	if (!page || other == page || other->lru.next == &page->lru)
		return -ENOENT;
	before = node_pfn(page->lru.prev);
	next = other->lru.next;
	plant_u64(p, &next->prev, (unsigned long)&page->lru);
	plant_u64(p, &page->lru.next, (unsigned long)next);
	plant_u64(p, &page->lru.prev, (unsigned long)&other->lru);
	plant_u64(p, &other->lru.next, (unsigned long)&page->lru);
	truth_expect_ends(p, LINK_FINDINGS, p->pfn, node_pfn(next), before);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* The flag is gone, the page is still on its list. */
static int flag_lost(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, lru_between);

	if (!page)
		return -ENOENT;
	truth_detail(p, "next", "%lu", node_pfn(page->lru.next));
	flip_flag(p, page, PG_lru);
	truth_expect_told(p, LINK_FINDINGS, p->pfn);
	truth_also(p, LINK_FINDINGS);
	return 0;
}

/* The head of a page's list: what is no page's node. NULL: no way out. */
static struct list_head *head_of(struct page *page)
{
	struct list_head *node = &page->lru;
	unsigned long steps;

	for (steps = 0; steps < 1UL << 20; steps++, node = node->next)
		if (!is_page_node(node))
			return node;
	return NULL;
}

static int lru_head(struct plant *p, long arg)
{
	struct page *page = pick_page(p, lru_between);
	struct list_head *head = page ? head_of(page) : NULL;
	long which = arg >> 4;
	u64 new = 0;

	if (!head || !is_page_node(head->next) || !is_page_node(head->prev))
		return -ENOENT;
	truth_detail(p, "first", "%lu", node_pfn(head->next));
	truth_detail(p, "last", "%lu", node_pfn(head->prev));
	switch (arg & 15) {
	case BIT_OF:
		new = (unsigned long)(which == NEXT ? head->next : head->prev) ^
		      BIT(6 + rnd_below(p, 24));
		break;
	case BEHIND:
		new = (unsigned long)(which == NEXT ? head->next->next :
				      head->prev->prev);
		break;
	}
	change_link(p, which == NEXT ? &head->next : &head->prev, new);
	/* A head is in nobody's struct page: told by its address. */
	truth_expect_any(p, "lru-linkage");
	truth_also(p, LINK_FINDINGS);
	return 0;
}

const struct fault link_faults[] = {
	{ "lru-next-bit",	lru_link, LINK(NEXT, BIT_OF) },
	{ "lru-next-null",	lru_link, LINK(NEXT, ZERO) },
	{ "lru-next-poison",	lru_link, LINK(NEXT, POISON) },
	{ "lru-next-free",	lru_link, LINK(NEXT, TO_FREE) },
	{ "lru-next-other",	lru_link, LINK(NEXT, TO_OTHER) },
	{ "lru-next-skips",	lru_link, LINK(NEXT, BEHIND) },
	{ "lru-prev-bit",	lru_link, LINK(PREV, BIT_OF) },
	{ "lru-prev-null",	lru_link, LINK(PREV, ZERO) },
	{ "lru-prev-free",	lru_link, LINK(PREV, TO_FREE) },
	{ "lru-prev-other",	lru_link, LINK(PREV, TO_OTHER) },
	{ "lru-prev-skips",	lru_link, LINK(PREV, BEHIND) },
	{ "lru-links-swapped",	links_swapped },
	{ "lru-stray-node",	stray_node },
	{ "lru-unlinked",	half_deleted, false },
	{ "lru-unlinked-poison", half_deleted, true },
	{ "lru-added-twice",	added_twice },
	{ "lru-flag-lost",	flag_lost },
	{ "lru-head-next-null",	lru_head, LINK(NEXT, ZERO) },
	{ "lru-head-next-bit",	lru_head, LINK(NEXT, BIT_OF) },
	{ "lru-head-next-skips", lru_head, LINK(NEXT, BEHIND) },
	{ "lru-head-prev-null",	lru_head, LINK(PREV, ZERO) },
	{ "lru-head-prev-bit",	lru_head, LINK(PREV, BIT_OF) },
	{ }
};
