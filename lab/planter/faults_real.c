// SPDX-License-Identifier: GPL-2.0
/*
 * Faults that are none of a word overwritten: a page freed twice, used after
 * it was freed, handed out twice. They are done by the kernel's own functions
 * as far as these go, and what then stands in memory is whatever the kernel
 * made of it. The words a step will change are saved before it, so that this
 * can be taken back like any other damage.
 *
 * Also here: the two places where a free page can be that are no list_head.
 */
#include <linux/gfp.h>
#include <linux/llist.h>
#include <linux/version.h>

#include "plant.h"

/* Of memory at hand: nothing may sleep while the machine is stopped. */
static struct page *get_own(void)
{
	return alloc_pages(__GFP_NOWARN, 0);
}

struct per_cpu_pages *plant_own_pcp(struct page *page)
{
	return per_cpu_ptr(page_zone(page)->per_cpu_pageset,
			   smp_processor_id());
}

/* The per-CPU list that a page just freed is the first of, or NULL. */
static struct list_head *freed_to(struct page *page)
{
	struct per_cpu_pages *pcp = plant_own_pcp(page);
	int i;

	for (i = 0; i < ARRAY_SIZE(pcp->lists); i++)
		if (pcp->lists[i].next == &page->lru)
			return &pcp->lists[i];
	return NULL;
}

/* Whether so many more pages stay there when they are freed, and move none to the buddy lists. */
static bool pcp_has_room(const struct zone *zone,
			 const struct per_cpu_pages *pcp, int more)
{
	int high = pcp->high;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	high = min(high, pcp->high_min);
#endif
	if (test_bit(ZONE_RECLAIM_ACTIVE, &zone->flags))
		high = min(high, pcp->batch << 2);
	return pcp->count + more < high;
}

bool plant_pcp_room(struct page *page, int more)
{
	const struct per_cpu_pages *pcp = plant_own_pcp(page);

	/* Blocks are given back at once where many were freed of late. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	if (pcp->free_count >= pcp->batch)
		return false;
#else
	if (pcp->free_factor)
		return false;
#endif
	return pcp_has_room(page_zone(page), pcp, more);
}

struct page *plant_freed_page(struct plant *p)
{
	struct page *page = get_own();

	if (!page)
		return NULL;
	__free_page(page);
	if (!freed_to(page))
		return NULL;
	truth_pfn(p, page_to_pfn(page));
	truth_zone(p, page_zone(page));
	truth_detail(p, "cpu", "%d", smp_processor_id());
	return page;
}

/*
 * The second put of the last reference. It frees nothing, for the count does
 * not come to zero again: below zero it goes, on a page that is free.
 */
static int double_put(struct plant *p, long arg)
{
	struct page *page = plant_freed_page(p);

	if (!page)
		return -ENOENT;
	plant_save(p, refcount_word(page), sizeof(u32));
	__free_page(page);
	truth_change(p, refcount_word(page), 0, *refcount_word(page));
	truth_expect(p, "listed-refcount", p->pfn);
	truth_also(p, "refcount-impossible free-in-use");
	return 0;
}

/* Slab and others free pages without a count, and so in truth twice. */
static int double_free(struct plant *p, long arg)
{
	void (*free)(struct page *page, unsigned int order);
	struct page *page = plant_freed_page(p);
	struct per_cpu_pages *pcp;

	free = (void *)plant_lookup("free_frozen_pages");
	if (!free)
		free = (void *)plant_lookup("free_unref_page");
	if (!free)
		return -EOPNOTSUPP;
	if (!page)
		return -ENOENT;
	pcp = plant_own_pcp(page);
	if (!pcp_has_room(page_zone(page), pcp, 1))
		return -ENOENT;
	plant_save_all(p, page, sizeof(*page));
	plant_save_all(p, pcp, sizeof(*pcp));
	plant_save_all(p, lab_stats, sizeof(*lab_stats));
	free(page, 0);
	/* Added behind the head where it was the first: next to itself. */
	if (page->lru.next != &page->lru)
		return -ENOENT;
	truth_expect_or(p, "list-cycle list-linkage listed-twice", p->pfn,
			p->pfn);
	truth_expect_any(p, "violations-logged");
	truth_also(p, "list-cycle list-linkage listed-twice pcp-count limbo-excess");
	return 0;
}

enum use { REFERENCE, LOCK, MAPPING };

/* The page is free, but whoever had it keeps on using its struct page. */
static int use_after_free(struct plant *p, long use)
{
	struct page *page = plant_freed_page(p);

	if (!page)
		return -ENOENT;
	switch (use) {
	case REFERENCE:
		plant_save(p, refcount_word(page), sizeof(u32));
		page_ref_inc(page);
		truth_expect(p, "listed-refcount", p->pfn);
		truth_also(p, "free-in-use");
		break;
	case LOCK:
		plant_save(p, flags_word(page), sizeof(u64));
		set_bit(PG_locked, flags_word(page));
		truth_expect(p, "listed-flags", p->pfn);
		break;
	case MAPPING:
		plant_save(p, &page->mapping, sizeof(u64));
		page->mapping = (void *)page_address(page);
		truth_expect(p, "listed-mapping", p->pfn);
		break;
	}
	return 0;
}

/* A page in use gets onto a free list, and nobody told the allocator. */
static struct page *own_listed(struct plant *p)
{
	struct page *page = get_own(), *gone;
	struct list_head *list;
	struct per_cpu_pages *pcp;

	if (!page)
		return NULL;
	p->own = page;
	/* Which list is right for it shows where another of its kind goes. */
	gone = get_own();
	if (!gone)
		return NULL;
	__free_page(gone);
	list = page_zone(gone) == page_zone(page) ? freed_to(gone) : NULL;
	if (!list)
		return NULL;
	pcp = plant_own_pcp(page);
	truth_pfn(p, page_to_pfn(page));
	truth_zone(p, page_zone(page));
	truth_detail(p, "cpu", "%d", smp_processor_id());
	list_put(p, &page->lru, list);
	plant_u32(p, &pcp->count, pcp->count + 1);
	return page;
}

static int in_use_listed(struct plant *p, long arg)
{
	if (!own_listed(p))
		return -ENOENT;
	truth_expect(p, "listed-refcount", p->pfn);
	if (lab_pc)
		truth_expect(p, "allocated-on-free-list", p->pfn);
	truth_also(p, "owner-disagrees wrong-migratetype");
	return 0;
}

/*
 * ... and is handed out again. Only the checker's count and the log tell of
 * it: the page has one owner too many, but looks like any other in use.
 */
static int double_alloc(struct plant *p, long arg)
{
	struct page *page = own_listed(p), *again;

	if (!page)
		return -ENOENT;
	plant_save_all(p, page, sizeof(*page));
	plant_save_all(p, plant_own_pcp(page), sizeof(struct per_cpu_pages));
	plant_save_all(p, lab_stats, sizeof(*lab_stats));
	again = get_own();
	if (again != page) {
		pr_err("pgcons_plant: the listed page was not taken\n");
		if (again)
			__free_page(again);
		return -ENOENT;
	}
	truth_expect_any(p, "violations-logged");
	return 0;
}

/* Lets undo give a count what it would be without the fault. */
static void swap_counts(struct plant *p, atomic64_t *count, s64 without)
{
	s64 now = atomic64_read(count);

	atomic64_set(count, without);
	plant_u64(p, count, now);
}

/*
 * A bit flips while its page is in use; when that is freed the kernel warns
 * and writes both bits anew. What is left is the count of warnings and, where
 * it was the primary's bit, a count of tracked pages that is one too many.
 */
static int healed(struct plant *p, long map)
{
	s64 tracked, violations;
	struct page *page = get_own();

	if (!page)
		return -ENOENT;
	truth_detail(p, "healed_pfn", "%lu", page_to_pfn(page));
	change_bit(page_to_pfn(page) - lab_pc->min_pfn, lab_pc->db.bitmap[map]);
	tracked = atomic64_read(&lab_stats->pages_tracked);
	violations = atomic64_read(&lab_stats->violations_detected);
	__free_page(page);

	/* As if nothing had been counted wrong, for that is put back later. */
	swap_counts(p, &lab_stats->violations_detected, violations);
	truth_expect_any(p, "violations-logged");
	if (map == DUAL_BITMAP_PRIMARY) {
		swap_counts(p, &lab_stats->pages_tracked, tracked - 1);
		truth_expect_any(p, "tracked-count");
	}
	return 0;
}

static bool page_starts_pageblock(struct page *page, unsigned long pfn)
{
	return !(pfn & (pageblock_nr_pages - 1)) && !PageReserved(page);
}

/* The bitmap says of a pageblock that it has a migratetype there is none of. */
static int pageblock_type(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_starts_pageblock);
	unsigned int bit, shift, type;
	unsigned long pfn;
	u8 *byte, new;

	if (!page)
		return -ENOENT;
	pfn = page_to_pfn(page);
	bit = ((pfn & (PAGES_PER_SECTION - 1)) >> pageblock_order) *
	      NR_PAGEBLOCK_BITS;
	byte = (u8 *)__pfn_to_section(pfn)->usage->pageblock_flags + bit / 8;
	shift = bit % 8;
	/* Three bits, and never more than six types. */
	type = 6 + rnd_below(p, 2);
	new = (*byte & ~(7 << shift)) | type << shift;
	truth_pfn(p, pfn);
	truth_zone(p, page_zone(page));
	truth_detail(p, "migratetype", "%u", type);
	truth_change(p, byte, *byte, new);
	plant_u8(p, byte, new);
	truth_expect(p, "wrong-migratetype", pfn);
	/* Of the blocks listed there as well. */
	truth_also(p, "wrong-migratetype");
	return 0;
}

/* zone->trylock_free_pages came with alloc_pages_nolock() */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
enum trylock { WHOLE, WILD, CYCLE };

/*
 * A free page as a free from a context that may take no lock leaves it: on
 * the zone's own chain until somebody else frees there.
 */
static int trylock(struct plant *p, long shape)
{
	struct llist_node *node, *next;
	struct pcp_entry e;

	if (!pick_entry(p, &e, entry_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(e.page));
	truth_entry(p, &e);
	list_take(p, &e.page->lru);
	plant_u32(p, &e.pcp->count, e.pcp->count - (1 << e.order));
	plant_u64(p, &e.page->private, e.order);
	node = &e.page->pcp_llist;
	next = e.zone->trylock_free_pages.first;
	if (shape == WILD)
		next = (void *)(0xffffffff80000000ULL |
				(rnd64(p) & 0x0ffffff8));
	else if (shape == CYCLE)
		next = node;
	plant_u64(p, &node->next, (unsigned long)next);
	plant_u64(p, &e.zone->trylock_free_pages.first, (unsigned long)node);
	if (shape == WILD)
		truth_expect(p, "list-bad-pointer", p->pfn);
	else if (shape == CYCLE)
		truth_expect(p, "list-cycle", p->pfn);
	truth_also(p, "listed-twice");
	return 0;
}
#endif

const struct fault real_faults[] = {
	{ "double-put",		double_put, .drain = true },
	{ "double-free",	double_free, 0, true, .drain = true },
	{ "use-after-free-ref",	use_after_free, REFERENCE, .drain = true },
	{ "use-after-free-lock", use_after_free, LOCK, .drain = true },
	{ "use-after-free-mapping", use_after_free, MAPPING, .drain = true },
	{ "in-use-listed",	in_use_listed, .drain = true },
	{ "double-alloc",	double_alloc, 0, true, .drain = true },
	{ "healed-primary",	healed, DUAL_BITMAP_PRIMARY, true },
	{ "healed-secondary",	healed, DUAL_BITMAP_SECONDARY, true },
	{ "pageblock-type",	pageblock_type },
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	{ "trylock-listed",	trylock, WHOLE },
	{ "trylock-wild",	trylock, WILD },
	{ "trylock-cycle",	trylock, CYCLE },
#endif
	{ }
};
