// SPDX-License-Identifier: GPL-2.0
/*
 * Victims. Each picker counts what fits, draws a number by the seed, and walks
 * again to that one: no memory is needed, and the same seed on the same state
 * of memory gives the same victim.
 *
 * Only called inside stop_machine(): the lists stand still and are whole.
 */
#include <linux/pageblock-flags.h>

#include "plant.h"

/* splitmix64: small, and the same on every kernel version */
u64 rnd64(struct plant *p)
{
	u64 z = (p->rnd += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

u64 rnd_below(struct plant *p, u64 n)
{
	return n ? rnd64(p) % n : 0;
}

/* Walks one list; stops at the block numbered @want and leaves it in @b. */
static bool walk_list(struct block *b, block_test test, long arg,
		      u64 *seen, u64 want)
{
	struct page *page;

	b->index = 0;
	list_for_each_entry(page, b->list, lru) {
		b->page = page;
		if (test(b, arg) && (*seen)++ == want)
			return true;
		b->index++;
	}
	return false;
}

static bool walk_blocks(struct block *b, block_test test, long arg,
			u64 *seen, u64 want)
{
	struct zone *zone;
	int nid, i;

	for_each_lab_zone(nid, i, zone) {
		b->zone = zone;
		for (b->order = 0; b->order < ARRAY_SIZE(zone->free_area);
		     b->order++)
			for (b->mt = 0; b->mt < MIGRATE_TYPES; b->mt++) {
				b->list = &zone->free_area[b->order]
						.free_list[b->mt];
				if (walk_list(b, test, arg, seen, want))
					return true;
			}
	}
	return false;
}

bool pick_block(struct plant *p, struct block *b, block_test test, long arg)
{
	u64 total = 0, seen = 0;

	walk_blocks(b, test, arg, &total, U64_MAX);
	return total &&
	       walk_blocks(b, test, arg, &seen, rnd_below(p, total));
}

unsigned int pcp_order(unsigned int pindex)
{
	unsigned int order = pindex / MIGRATE_PCPTYPES;

	return order > PAGE_ALLOC_COSTLY_ORDER ? pageblock_order : order;
}

static bool walk_pcp(struct pcp_entry *e, entry_test test, long arg,
		     u64 *seen, u64 want)
{
	struct page *page;

	for (e->pindex = 0; e->pindex < NR_PCP_LISTS; e->pindex++) {
		e->list = &e->pcp->lists[e->pindex];
		e->order = pcp_order(e->pindex);
		e->index = 0;
		list_for_each_entry(page, e->list, lru) {
			e->page = page;
			if (test(e, arg) && (*seen)++ == want)
				return true;
			e->index++;
		}
	}
	return false;
}

static bool walk_entries(struct pcp_entry *e, entry_test test, long arg,
			 u64 *seen, u64 want)
{
	struct zone *zone;
	int nid, i;

	for_each_lab_zone(nid, i, zone) {
		/* An empty zone shares the boot-time per-CPU set. */
		if (!zone_managed_pages(zone))
			continue;
		e->zone = zone;
		for_each_possible_cpu(e->cpu) {
			e->pcp = per_cpu_ptr(zone->per_cpu_pageset, e->cpu);
			if (walk_pcp(e, test, arg, seen, want))
				return true;
		}
	}
	return false;
}

bool pick_entry(struct plant *p, struct pcp_entry *e, entry_test test, long arg)
{
	u64 total = 0, seen = 0;

	walk_entries(e, test, arg, &total, U64_MAX);
	return total &&
	       walk_entries(e, test, arg, &seen, rnd_below(p, total));
}

static u64 walk_pages(page_test test, u64 want, struct page **found)
{
	unsigned long pfn, end;
	struct zone *zone;
	u64 seen = 0;
	int nid, i;

	for_each_lab_zone(nid, i, zone) {
		end = zone->zone_start_pfn + zone->spanned_pages;
		for (pfn = zone->zone_start_pfn; pfn < end; pfn++) {
			struct page *page;

			if (!pfn_valid(pfn))
				continue;
			page = pfn_to_page(pfn);
			if (page_zone(page) != zone || !test(page, pfn))
				continue;
			*found = page;
			if (seen++ == want)
				return seen;
		}
	}
	return seen;
}

struct page *pick_page(struct plant *p, page_test test)
{
	struct page *page = NULL;
	u64 total = walk_pages(test, U64_MAX, &page);

	if (!total)
		return NULL;
	walk_pages(test, rnd_below(p, total), &page);
	return page;
}

struct zone *other_zone(struct plant *p, const struct zone *not_this)
{
	struct zone *zone, *found = NULL;
	u64 seen = 0;
	int nid, i;

	/* One pass: the n-th that fits replaces the choice 1 time in n. */
	for_each_lab_zone(nid, i, zone) {
		if (zone == not_this || !zone_managed_pages(zone))
			continue;
		if (!rnd_below(p, ++seen))
			found = zone;
	}
	return found;
}

struct zone *pick_zone(struct plant *p)
{
	return other_zone(p, NULL);
}

void truth_block(struct plant *p, const struct block *b)
{
	truth_zone(p, b->zone);
	truth_detail(p, "order", "%u", b->order);
	truth_detail(p, "migratetype", "%d", b->mt);
	truth_detail(p, "position", "%u", b->index);
	truth_detail(p, "page", "\"0x%lx\"", (unsigned long)b->page);
}

void truth_entry(struct plant *p, const struct pcp_entry *e)
{
	truth_zone(p, e->zone);
	truth_detail(p, "cpu", "%d", e->cpu);
	truth_detail(p, "pindex", "%u", e->pindex);
	truth_detail(p, "order", "%u", e->order);
	truth_detail(p, "position", "%u", e->index);
	truth_detail(p, "page", "\"0x%lx\"", (unsigned long)e->page);
}

bool block_any(const struct block *b, long arg)
{
	return true;
}

bool entry_any(const struct pcp_entry *e, long arg)
{
	return true;
}

bool block_min_order(const struct block *b, long order)
{
	return b->order >= order;
}

/* Not the first of its list: the node before it is a page as well. */
bool block_has_previous(const struct block *b, long arg)
{
	return b->index > 0;
}

static bool page_section_listed(struct page *page, unsigned long pfn)
{
	return PageBuddy(page);
}

struct mem_section *pick_section(struct plant *p)
{
	struct page *page = pick_page(p, page_section_listed);
	unsigned long pfn;

	if (!page)
		return NULL;
	pfn = page_to_pfn(page);
	truth_pfn(p, pfn & PAGE_SECTION_MASK);
	truth_detail(p, "section", "%lu", pfn_to_section_nr(pfn));
	return __pfn_to_section(pfn);
}
