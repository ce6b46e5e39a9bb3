// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the struct pages of pages in use, and in what else says which
 * memory there is and whose: zones' records, sections, per-CPU pointers.
 */
#include <linux/page-flags.h>

#include "inuse.h"

/*
 * In use beyond doubt, and nothing of a folio: what most of memory is. Of the
 * type word only "not mapped" and a small count of mappings are left.
 */
bool page_lru(struct page *page, unsigned long pfn)
{
	return !PageCompound(page) && !PageReserved(page) && PageLRU(page) &&
	       !PageHWPoison(page) && page_ref_count(page) > 0 &&
	       (*type_word(page) == U32_MAX || *type_word(page) < 64);
}

/* So many pages in a row, of one zone, that all pass. */
bool page_run(struct page *page, unsigned long pfn, unsigned int pages,
	      page_test test)
{
	const struct zone *zone = page_zone(page);

	for (; pages; pages--, page++, pfn++)
		if (!pfn_valid(pfn) || page_zone(page) != zone ||
		    !test(page, pfn))
			return false;
	return true;
}

#define MANY	64

bool few_lru(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, FEW, page_lru);
}

static bool many_lru(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, MANY, page_lru);
}

/* A victim, with the truth about its place. */
struct page *pick_victim(struct plant *p, page_test test)
{
	struct page *page = pick_page(p, test);

	if (page) {
		truth_pfn(p, page_to_pfn(page));
		truth_zone(p, page_zone(page));
		truth_detail(p, "page", "\"0x%lx\"", (unsigned long)page);
	}
	return page;
}

/* As a report from the field had it. */
static u64 field_word(unsigned int i)
{
	if (i < 1)
		return 0x7878787878787878ULL;
	if (i < 7)
		return 0xf8f8f8f8f8f8f8f8ULL;
	return 0xe3e3e3e3e3e3e3e3ULL;
}

static u64 filling_word(struct plant *p, enum filling with, unsigned int i)
{
	switch (with) {
	case ZEROS:
		return 0;
	case ONES:
		return U64_MAX;
	case FIVES:
		return 0x5a5a5a5a5a5a5a5aULL;
	case FIELD:
		return field_word(i);
	default:
		return rnd64(p);
	}
}

void fill_pages(struct plant *p, struct page *page, unsigned int pages,
		enum filling with)
{
	unsigned int words = sizeof(*page) / sizeof(u64), i;

	for (i = 0; i < pages * words; i++)
		plant_u64(p, (u64 *)page + i, filling_word(p, with, i % words));
}

/* A stray writer over the struct pages of memory in use. */
static int overwritten(struct plant *p, long with)
{
	struct page *page = pick_victim(p, few_lru);

	if (!page)
		return -ENOENT;
	fill_pages(p, page, FEW, with);
	truth_expect_all(p, with <= ONES ? "page-blank" : OVERWRITTEN, p->pfn,
			 FEW);
	truth_also(p, OVERWRITTEN_ALSO);
	return 0;
}

/* A whole page of the memmap is noise: one overwrite, not 64 findings. */
static int garbage(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, many_lru);

	if (!page)
		return -ENOENT;
	fill_pages(p, page, MANY, NOISE);
	truth_expect_part(p, OVERWRITTEN, p->pfn, MANY);
	truth_also(p, OVERWRITTEN_ALSO);
	return 0;
}

/* A bit of a field of the flags; -1 where this kernel has no such field. */
int field_bit(struct plant *p, enum field_kind kind)
{
	switch (kind) {
	case ZONE_BIT:
		return ZONES_PGSHIFT + rnd_below(p, ZONES_WIDTH);
	case NODE_BIT:
		return NODES_WIDTH ? NODES_PGSHIFT + rnd_below(p, NODES_WIDTH) :
			-1;
	default:
		return LRU_REFS_PGOFF > NR_PAGEFLAGS ?
			NR_PAGEFLAGS + rnd_below(p, LRU_REFS_PGOFF -
						 NR_PAGEFLAGS) : -1;
	}
}

void flip_flag(struct plant *p, struct page *page, unsigned int bit)
{
	unsigned long *word = flags_word(page);

	truth_detail(p, "bit", "%u", bit);
	truth_change(p, word, *word, *word ^ BIT(bit));
	plant_u64(p, word, *word ^ BIT(bit));
}

/* One bit by which a page in use says that it is somewhere else. */
static int flags_bit(struct plant *p, long kind)
{
	struct page *page = pick_victim(p, page_lru);
	int bit = field_bit(p, kind);

	if (!page || bit < 0)
		return -ENOENT;
	flip_flag(p, page, bit);
	truth_expect_told(p, kind == UNUSED_BIT ? "page-state page-misplaced" :
			   "page-misplaced", p->pfn);
	return 0;
}

/* The same bit of the head of a free block: its other pages are right. */
static int head_bit(struct plant *p, long kind)
{
	int bit = field_bit(p, kind);
	struct block b;

	if (bit < 0 || !pick_block(p, &b, block_min_order, 2))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	flip_flag(p, b.page, bit);
	truth_expect_told(p, "listed-wrong-zone page-misplaced", p->pfn);
	return 0;
}

enum state { RESERVED, HEAD, SLAB, WRITTEN_MAPPING, MINUS_ONE };

#ifdef PG_buddy
/* 6.1: slab is a flag. */
static void make_slab(struct plant *p, struct page *page)
{
	flip_flag(p, page, PG_slab);
}
#else
static void make_slab(struct plant *p, struct page *page)
{
	u32 type = (u32)PGTY_slab << 24;

	truth_change(p, type_word(page), *type_word(page), type);
	plant_u32(p, type_word(page), type);
}
#endif

/* A page on the LRU with a state that no page there can have. */
static int lru_state(struct plant *p, long what)
{
	struct page *page = pick_victim(p, page_lru);
	const char *findings = "page-state";

	if (!page)
		return -ENOENT;
	switch (what) {
	case RESERVED:
		flip_flag(p, page, PG_reserved);
		break;
	case HEAD:
		flip_flag(p, page, PG_head);
		findings = "page-state compound-broken";
		break;
	case SLAB:
		make_slab(p, page);
		findings = "page-state refcount-impossible";
		break;
	case WRITTEN_MAPPING:
		truth_change(p, &page->mapping, (unsigned long)page->mapping,
			     0x4141414141414141ULL);
		plant_u64(p, &page->mapping, 0x4141414141414141ULL);
		break;
	case MINUS_ONE:
		truth_change(p, refcount_word(page), *refcount_word(page),
			     U32_MAX);
		plant_u32(p, refcount_word(page), U32_MAX);
		findings = "refcount-impossible page-state";
		break;
	}
	truth_expect_told(p, findings, p->pfn);
	truth_also(p, "refcount-impossible compound-broken page-state");
	return 0;
}

static bool page_huge_folio(struct page *page, unsigned long pfn)
{
	return PageHead(page) && PageLRU(page) && !PageReserved(page) &&
	       compound_order(page) == pageblock_order &&
	       page_ref_count(page) > 0;
}

struct page *pick_huge_folio(struct plant *p)
{
	struct page *page = pick_page(p, page_huge_folio);

	if (page)
		truth_zone(p, page_zone(page));
	return page;
}

/* The order of a transparent huge page is a byte of the page behind its head. */
static int huge_order(struct plant *p, long order)
{
	struct page *page = pick_huge_folio(p);
	u8 *byte;

	if (!page)
		return -ENOENT;
#ifdef PG_buddy
	byte = (u8 *)&page[1].compound_order;
#else
	byte = (u8 *)flags_word(page + 1);
#endif
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, byte, *byte, order);
	plant_u8(p, byte, order);
	/* Told of the head, or of the tails that it no longer covers. */
	truth_expect_part(p, "compound-broken page-state", p->pfn,
			  1UL << pageblock_order);
	truth_also(p, "compound-broken page-state refcount-impossible");
	return 0;
}

/* A reference to a tail is one to its head; its own count is never used. */
static int tail_refcount(struct plant *p, long arg)
{
	struct page *page = pick_huge_folio(p);

	if (!page)
		return -ENOENT;
	page += 4 + rnd_below(p, (1UL << pageblock_order) - 4);
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, refcount_word(page), *refcount_word(page), 1);
	plant_u32(p, refcount_word(page), 1);
	truth_expect_told(p, "compound-broken page-state refcount-impossible",
			   p->pfn);
	return 0;
}

/* A type word on a free head that is none, or not its own. */
static int head_type(struct plant *p, long type)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	truth_change(p, type_word(b.page), *type_word(b.page), type);
	plant_u32(p, type_word(b.page), type);
	truth_expect_told(p, "listed-mapcount listed-not-buddy page-type-unknown",
			   p->pfn);
	truth_also(p, "listed-mapcount listed-not-buddy page-type-unknown refcount-impossible");
	return 0;
}

enum record { START_PFN, SPANNED, ZONE_NOISE };

/* Whatever follows from it, the zone's own record is what is wrong. */
static int zone_record(struct plant *p, long what)
{
	struct zone *zone = pick_zone(p);
	unsigned long new;
	unsigned int i;

	if (!zone)
		return -ENOENT;
	truth_zone(p, zone);
	/* Told by its node alone: the noise goes over the zone's name. */
	if (what == ZONE_NOISE)
		truth_expect_any(p, "zone-record");
	else
		truth_expect_zone(p, "zone-record", zone, -1);
	switch (what) {
	case START_PFN:
		new = zone->zone_start_pfn ^ BIT(9 + rnd_below(p, 8));
		truth_change(p, &zone->zone_start_pfn, zone->zone_start_pfn,
			     new);
		plant_u64(p, &zone->zone_start_pfn, new);
		break;
	case SPANNED:
		new = zone->spanned_pages / 2;
		truth_change(p, &zone->spanned_pages, zone->spanned_pages, new);
		plant_u64(p, &zone->spanned_pages, new);
		break;
	case ZONE_NOISE:
		for (i = 0; i < 8; i++)
			plant_u64(p, (u64 *)&zone->zone_start_pfn + i,
				  rnd64(p));
		break;
	}
	return 0;
}

#define LOCK_TEXT	0x41414141

/* A word that no lock can be: nobody holds this one. */
static int zone_lock_text(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);

	if (!zone)
		return -ENOENT;
	truth_zone(p, zone);
	truth_change(p, &zone->lock, *(u32 *)&zone->lock, LOCK_TEXT);
	plant_u32(p, &zone->lock, LOCK_TEXT);
	truth_expect_zone(p, "lock-impossible", zone, -1);
	return 0;
}

/* One bit of the pointer by which a zone finds its per-CPU lists. */
static int percpu_pointer(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);
	u64 old, new;

	if (!zone)
		return -ENOENT;
	old = (unsigned long)zone->per_cpu_pageset;
	new = old ^ BIT(3 + rnd_below(p, 40));
	truth_zone(p, zone);
	truth_change(p, &zone->per_cpu_pageset, old, new);
	plant_u64(p, &zone->per_cpu_pageset, new);
	truth_expect_zone(p, "zone-record", zone, -1);
	return 0;
}

enum section { ONLINE, USAGE };

static int section(struct plant *p, long what)
{
	struct mem_section *ms = pick_section(p);
	u64 *word, new;

	if (!ms)
		return -ENOENT;
	if (what == ONLINE) {
		word = (u64 *)&ms->section_mem_map;
		new = *word & ~SECTION_IS_ONLINE;
	} else {
		word = (u64 *)&ms->usage;
		new = *word ^ BIT(4 + rnd_below(p, 36));
	}
	truth_change(p, word, *word, new);
	plant_u64(p, word, new);
	truth_expect_told(p, "section-record", p->pfn);
	return 0;
}

const struct fault inuse_faults[] = {
	{ "in-use-zeros",	overwritten, ZEROS },
	{ "in-use-ones",	overwritten, ONES },
	{ "in-use-fives",	overwritten, FIVES },
	{ "in-use-pattern",	overwritten, FIELD },
	{ "in-use-noise",	overwritten, NOISE },
	{ "in-use-garbage",	garbage },
	{ "in-use-zone-bit",	flags_bit, ZONE_BIT },
	{ "in-use-node-bit",	flags_bit, NODE_BIT },
	{ "in-use-unused-bit",	flags_bit, UNUSED_BIT },
	{ "zone-bit-head",	head_bit, ZONE_BIT },
	{ "node-bit-head",	head_bit, NODE_BIT },
	{ "in-use-reserved",	lru_state, RESERVED },
	{ "in-use-head-flag",	lru_state, HEAD },
	{ "in-use-slab",	lru_state, SLAB },
	{ "in-use-mapping",	lru_state, WRITTEN_MAPPING },
	{ "in-use-minus-one",	lru_state, MINUS_ONE },
	{ "huge-order",		huge_order, 5 },
	{ "huge-tail-refcount",	tail_refcount },
	{ "head-type-none",	head_type, 0xd5000000 },
	{ "head-type-minus-two", head_type, 0xfffffffe },
#ifndef PG_buddy
	{ "head-type-owned",	head_type, 0xf0000004 },
#endif
	{ "zone-start-bit",	zone_record, START_PFN },
	{ "zone-spanned-half",	zone_record, SPANNED },
	{ "zone-noise",		zone_record, ZONE_NOISE },
	{ "zone-lock-text",	zone_lock_text },
	{ "percpu-pointer-bit",	percpu_pointer },
	{ "section-offline",	section, ONLINE },
	{ "section-usage-bit",	section, USAGE },
	{ }
};
