// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in what says which memory there is and whose: zones, nodes, per-CPU
 * pointers, sections, and the page table entries that lead to the memmap.
 */
#include <linux/version.h>

#include "inuse.h"

enum zone_field { FREE_HUGE, FREE_NEGATIVE, PRESENT_BIT, MANAGED_BIT, NAME,
		  NODE, PGDAT };

static int zone_field(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p);
	const char *findings = "zone-record zone-span";
	void *free;

	if (!zone)
		return -ENOENT;
	truth_zone(p, zone);
	free = &zone->vm_stat[NR_FREE_PAGES];
	switch (what) {
	case FREE_HUGE:
		findings = "zone-counter";
		change_u64(p, free, 1UL << 40);
		break;
	case FREE_NEGATIVE:
		findings = "zone-counter";
		change_u64(p, free, -100000L);
		break;
	case PRESENT_BIT:
		change_u64(p, &zone->present_pages, zone->present_pages ^
			   BIT(24 + rnd_below(p, 30)));
		break;
	case MANAGED_BIT:
		change_u64(p, &zone->managed_pages,
			   *(u64 *)&zone->managed_pages ^
			   BIT(24 + rnd_below(p, 30)));
		break;
	}
	truth_expect_zone(p, findings, zone, -1);
	truth_also(p, "zone-record zone-span zone-counter");
	return 0;
}

/* What is said of the zone by its name must not be asked for: it is gone. */
static int zone_identity(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p);

	if (!zone)
		return -ENOENT;
	truth_zone(p, zone);
	if (what == NAME)
		truth_expect_limit(p, "zone-record", "cannot be read", 0, 0);
	else
		truth_expect_any(p, "zone-record");
	switch (what) {
	case NAME:
		change_u64(p, &zone->name, (unsigned long)zone->name ^
			   BIT(4 + rnd_below(p, 40)));
		break;
	case NODE:
		change_u32(p, &zone->node, zone->node ^ BIT(rnd_below(p, 10)));
		break;
	case PGDAT:
		change_u64(p, &zone->zone_pgdat,
			   (unsigned long)zone->zone_pgdat ^
			   BIT(6 + rnd_below(p, 30)));
		break;
	}
	return 0;
}

enum node_field { NODE_START, NODE_SPANNED, NODE_ID };

static int node_field(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p);
	pg_data_t *pgdat;

	if (!zone)
		return -ENOENT;
	pgdat = zone->zone_pgdat;
	truth_detail(p, "node", "%d", pgdat->node_id);
	truth_expect_any(p, "zone-span");
	truth_also(p, "zone-span zone-record");
	switch (what) {
	case NODE_START:
		change_u64(p, &pgdat->node_start_pfn, pgdat->node_start_pfn ^
			   BIT(9 + rnd_below(p, 20)));
		break;
	case NODE_SPANNED:
		change_u64(p, &pgdat->node_spanned_pages,
			   pgdat->node_spanned_pages / 2);
		break;
	case NODE_ID:
		change_u32(p, &pgdat->node_id, pgdat->node_id ^
			   BIT(rnd_below(p, 10)));
		break;
	}
	return 0;
}

/* The heads of two lists in each other's place. */
static int heads_exchanged(struct plant *p, long arg)
{
	struct list_head *one, *two, *next, *prev;
	struct block a, b;
	int tries;

	if (!pick_block(p, &a, block_any, 0))
		return -ENOENT;
	for (tries = 0; tries < 64; tries++)
		if (pick_block(p, &b, block_any, 0) && b.zone == a.zone &&
		    b.order != a.order)
			break;
	if (tries == 64)
		return -ENOENT;
	one = a.list;
	two = b.list;
	truth_zone(p, a.zone);
	truth_detail(p, "orders", "[%u,%u]", a.order, b.order);
	next = one->next;
	prev = one->prev;
	plant_u64(p, &one->next, (unsigned long)two->next);
	plant_u64(p, &one->prev, (unsigned long)two->prev);
	plant_u64(p, &two->next, (unsigned long)next);
	plant_u64(p, &two->prev, (unsigned long)prev);
	truth_incomplete(p, "could not be walked");
	truth_expect_zone(p, "list-linkage", a.zone, a.order);
	truth_expect_zone(p, "list-linkage", a.zone, b.order);
	truth_also(p, "*");
	return 0;
}

enum percpu { NULL_POINTER, OTHER_ZONE };

static int percpu_pointer(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p), *other;
	u64 new = 0;

	if (!zone)
		return -ENOENT;
	if (what == OTHER_ZONE) {
		other = other_zone(p, zone);
		if (!other)
			return -ENOENT;
		new = (unsigned long)other->per_cpu_pageset;
	}
	truth_zone(p, zone);
	change_u64(p, &zone->per_cpu_pageset, new);
	truth_expect_zone(p, "zone-record", zone, -1);
	truth_incomplete(p, "could not be walked");
	truth_also(p, "zone-record listed-twice listed-wrong-zone");
	return 0;
}

enum pcp { HEAD_NULL, HEAD_BIT, LOCK_TEXT };

static int pcp_field(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p);
	struct per_cpu_pages *pcp;
	int cpu = cpumask_first(cpu_online_mask);
	struct list_head *head;

	if (!zone)
		return -ENOENT;
	pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
	head = &pcp->lists[rnd_below(p, MIGRATE_PCPTYPES)];
	truth_zone(p, zone);
	truth_detail(p, "cpu", "%d", cpu);
	switch (what) {
	case HEAD_NULL:
		change_u64(p, &head->next, 0);
		truth_expect_zone(p, "list-bad-pointer", zone, -1);
		break;
	case HEAD_BIT:
		change_u64(p, &head->prev, (unsigned long)head->prev ^
			   BIT(20 + rnd_below(p, 20)));
		truth_expect_zone(p, "list-bad-pointer list-linkage", zone, -1);
		break;
	case LOCK_TEXT:
		change_u32(p, &pcp->lock, 0x41414141);
		truth_expect_zone(p, "lock-impossible", zone, -1);
		break;
	}
	truth_also(p, "list-bad-pointer list-linkage pcp-count limbo-excess");
	return 0;
}

static bool page_buddy(struct page *page, unsigned long pfn)
{
	return PageBuddy(page);
}

enum section_fault { USAGE_NULL, USAGE_OTHER, MAP_BIT, NO_MAP, NOT_PRESENT,
	       NOT_EARLY };

/* Another section than this one, of the same 64 pages' worth of records. */
static struct mem_section *other_section(struct plant *p,
					 const struct mem_section *than)
{
	struct mem_section *ms;
	struct page *page;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		page = pick_page(p, page_buddy);
		ms = page ? __pfn_to_section(page_to_pfn(page)) : NULL;
		if (ms && ms != than)
			return ms;
	}
	return NULL;
}

static int section_field(struct plant *p, long what)
{
	struct mem_section *ms = pick_section(p), *other;
	u64 *map, *usage;

	if (!ms)
		return -ENOENT;
	other = other_section(p, ms);
	if (!other)
		return -ENOENT;
	map = (u64 *)&ms->section_mem_map;
	usage = (u64 *)&ms->usage;
	switch (what) {
	case USAGE_NULL:
		change_u64(p, usage, 0);
		break;
	case USAGE_OTHER:
		change_u64(p, usage, (unsigned long)other->usage);
		break;
	case MAP_BIT:
		change_u64(p, map, *map ^ BIT(12 + rnd_below(p, 28)));
		break;
	case NO_MAP:
		change_u64(p, map, *map & ~SECTION_HAS_MEM_MAP);
		break;
	case NOT_PRESENT:
		change_u64(p, map, *map & ~SECTION_MARKED_PRESENT);
		break;
	case NOT_EARLY:
		change_u64(p, map, *map & ~SECTION_IS_EARLY);
		break;
	}
	/* Told in words where its pages are found all the same, or not. */
	if (what == MAP_BIT || what == NO_MAP)
		truth_expect_limit(p, "section-record", "damaged", p->pfn,
				   PAGES_PER_SECTION);
	else
		truth_expect_part(p, "section-record", p->pfn,
				  PAGES_PER_SECTION);
	truth_also(p, "section-record wrong-migratetype");
	return 0;
}

enum entry { NOT_THERE, ADDRESS, NOT_LARGE, NO_WRITE };

/* An entry that maps a part of the memmap, and how much it maps. */
struct leaf {
	u64 *entry;
	unsigned long size;
};

#ifdef CONFIG_ARM64
#define ENTRY_PRESENT	PTE_VALID
#define ENTRY_TABLE	2UL

static u64 entry_small(u64 entry) { return entry | ENTRY_TABLE; }
static u64 entry_read_only(u64 entry) { return entry | PTE_RDONLY; }

static bool find_leaf(unsigned long addr, struct leaf *ret)
{
	pgd_t *pgd = (pgd_t *)plant_lookup("swapper_pg_dir");
	pud_t *pud;
	pmd_t *pmd;

	if (!pgd)
		return false;
	pud = pud_offset(p4d_offset(pgd_offset_pgd(pgd, addr), addr), addr);
	if (pud_none(*pud) || pud_leaf(*pud))
		return false;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return false;
	if (pmd_leaf(*pmd))
		*ret = (struct leaf){ (u64 *)pmd, PMD_SIZE };
	else
		*ret = (struct leaf){ (u64 *)pte_offset_kernel(pmd, addr),
				      PAGE_SIZE };
	return true;
}
#else
#define ENTRY_PRESENT	_PAGE_PRESENT

static u64 entry_small(u64 entry) { return entry & ~_PAGE_PSE; }
static u64 entry_read_only(u64 entry) { return entry & ~_PAGE_RW; }

static bool find_leaf(unsigned long addr, struct leaf *ret)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	*ret = (struct leaf){ (u64 *)pte, PMD_SIZE };
	return pte && level == PG_LEVEL_2M;
}
#endif

/*
 * The entry that maps the struct page of a free block. Nobody looks at the
 * memmap before it is put back, and what the processor keeps of it is right.
 */
static int memmap_entry(struct plant *p, long what)
{
	struct page *page = pick_page(p, page_buddy);
	unsigned long pfn, first;
	struct leaf leaf;

	if (!page)
		return -ENOENT;
	pfn = page_to_pfn(page);
	if (!find_leaf((unsigned long)page, &leaf))
		return -ENOENT;
	first = round_down((unsigned long)page, leaf.size);
	pfn -= ((unsigned long)page - first) / sizeof(*page);
	truth_pfn(p, pfn);
	truth_zone(p, page_zone(page));
	truth_detail(p, "page", "\"0x%lx\"", first);
	switch (what) {
	case NOT_THERE:
		change_u64(p, leaf.entry, *leaf.entry & ~ENTRY_PRESENT);
		break;
	case ADDRESS:
		change_u64(p, leaf.entry, *leaf.entry ^
			   leaf.size << rnd_below(p, 7));
		break;
	case NOT_LARGE:
		if (leaf.size == PAGE_SIZE)
			return -ENOENT;
		change_u64(p, leaf.entry, entry_small(*leaf.entry));
		break;
	case NO_WRITE:
		change_u64(p, leaf.entry, entry_read_only(*leaf.entry));
		break;
	}
	truth_expect_part(p, "page-table-entry", pfn,
			  leaf.size / sizeof(*page));
	return 0;
}

const struct fault record_faults[] = {
	{ "zone-free-huge",	zone_field, FREE_HUGE },
	{ "zone-free-negative",	zone_field, FREE_NEGATIVE },
	{ "zone-present-bit",	zone_field, PRESENT_BIT },
	{ "zone-managed-bit",	zone_field, MANAGED_BIT },
	{ "zone-name-bit",	zone_identity, NAME },
	{ "zone-node-bit",	zone_identity, NODE },
	{ "zone-pgdat-bit",	zone_identity, PGDAT },
	{ "zone-heads-exchanged", heads_exchanged },
	{ "node-start-bit",	node_field, NODE_START },
	{ "node-spanned-half",	node_field, NODE_SPANNED },
	{ "node-id-bit",	node_field, NODE_ID },
	{ "percpu-pointer-null", percpu_pointer, NULL_POINTER },
	{ "percpu-pointer-other", percpu_pointer, OTHER_ZONE },
	{ "pcp-head-next-null",	pcp_field, HEAD_NULL },
	{ "pcp-head-prev-bit",	pcp_field, HEAD_BIT },
	{ "pcp-lock-text",	pcp_field, LOCK_TEXT },
	{ "section-usage-null",	section_field, USAGE_NULL },
	{ "section-usage-other", section_field, USAGE_OTHER },
	{ "section-map-bit",	section_field, MAP_BIT },
	{ "section-no-map",	section_field, NO_MAP },
	{ "section-not-present", section_field, NOT_PRESENT },
	{ "section-not-early",	section_field, NOT_EARLY },
	{ "memmap-entry-gone",	memmap_entry, NOT_THERE },
	{ "memmap-entry-address", memmap_entry, ADDRESS },
	{ "memmap-entry-small",	memmap_entry, NOT_LARGE },
	{ "memmap-entry-read-only", memmap_entry, NO_WRITE },
	{ }
};
