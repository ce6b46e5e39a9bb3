// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the fields of struct page: of free pages, and of pages in use.
 */
#include <linux/log2.h>
#include <linux/page-flags.h>
#include <linux/page_ext.h>

#include "plant.h"

enum where { HEAD, INNER, PCP, PCP_INNER };

static bool entry_min_order(const struct pcp_entry *e, long order)
{
	return e->order >= order;
}

/* A free page of the kind asked for, with the truth about its place. */
static struct page *pick_free(struct plant *p, enum where where)
{
	struct pcp_entry e;
	struct page *page;
	struct block b;

	if (where >= PCP) {
		if (!pick_entry(p, &e, entry_min_order, where == PCP_INNER))
			return NULL;
		truth_entry(p, &e);
		page = e.page;
		if (where == PCP_INNER)
			page += 1 + rnd_below(p, (1UL << e.order) - 1);
	} else {
		if (!pick_block(p, &b, block_min_order, where == INNER))
			return NULL;
		truth_block(p, &b);
		page = b.page;
		if (where == INNER)
			page += 1 + rnd_below(p, (1UL << b.order) - 1);
	}
	truth_pfn(p, page_to_pfn(page));
	return page;
}

static int refcount(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);

	if (!page)
		return -ENOENT;
	truth_change(p, refcount_word(page), *refcount_word(page), 1);
	plant_u32(p, refcount_word(page), 1);
	truth_expect(p, "listed-refcount", p->pfn);
	truth_also(p, "free-in-use");
	return 0;
}

/* A last reference put twice: the count of a free page goes below zero. */
static int refcount_negative(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);

	if (!page)
		return -ENOENT;
	truth_change(p, refcount_word(page), *refcount_word(page), (u32)-1);
	plant_u32(p, refcount_word(page), (u32)-1);
	truth_expect(p, "listed-refcount", p->pfn);
	truth_also(p, "refcount-impossible free-in-use");
	return 0;
}

#define FLAG(where, bit)	((where) << 8 | (bit))

static int flag(struct plant *p, long arg)
{
	struct page *page = pick_free(p, arg >> 8);
	unsigned long *word;

	if (!page)
		return -ENOENT;
	word = flags_word(page);
	truth_change(p, word, *word, *word | BIT(arg & 255));
	plant_u64(p, word, *word | BIT(arg & 255));
	truth_expect(p, "listed-flags", p->pfn);
	return 0;
}

static int mapcount(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);

	if (!page)
		return -ENOENT;
	truth_change(p, type_word(page), *type_word(page), 0);
	plant_u32(p, type_word(page), 0);
	truth_expect(p, "listed-mapcount", p->pfn);
	truth_also(p, "refcount-impossible");
	return 0;
}

static int mapping(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);
	u64 value;

	if (!page)
		return -ENOENT;
	/* As an anonymous page has it: a pointer with the lowest bit set. */
	value = (unsigned long)page_address(page) | 1;
	truth_change(p, &page->mapping, (unsigned long)page->mapping, value);
	plant_u64(p, &page->mapping, value);
	truth_expect(p, "listed-mapping", p->pfn);
	return 0;
}

#ifdef CONFIG_MEMCG
/* Still charged to a memory cgroup. */
static int charged(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);
	u64 value;

	if (!page)
		return -ENOENT;
	value = (unsigned long)page_address(page);
	truth_change(p, &page->memcg_data, page->memcg_data, value);
	plant_u64(p, &page->memcg_data, value);
	truth_expect(p, "listed-mapping", p->pfn);
	return 0;
}
#endif

static int wrong_order(struct plant *p, long arg)
{
	struct block b;
	u64 order;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	/* Any other order that exists. */
	order = rnd_below(p, ARRAY_SIZE(b.zone->free_area) - 1);
	order += order >= b.order;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	truth_change(p, &b.page->private, b.page->private, order);
	plant_u64(p, &b.page->private, order);
	truth_expect(p, "order-mismatch", p->pfn);
	return 0;
}

static int buddy_cleared(struct plant *p, long arg)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	plant_save(p, type_word(b.page), sizeof(u32));
	__ClearPageBuddy(b.page);
	truth_expect(p, "listed-not-buddy", p->pfn);
	return 0;
}

static int pcp_is_buddy(struct plant *p, long arg)
{
	struct page *page = pick_free(p, PCP);

	if (!page)
		return -ENOENT;
	plant_save(p, type_word(page), sizeof(u32));
	__SetPageBuddy(page);
	truth_expect(p, "pcp-is-buddy", p->pfn);
	truth_also(p, "buddy-not-listed listed-mapcount");
	return 0;
}

/* The buddy type on a page inside a free block. */
static int buddy_inside(struct plant *p, long arg)
{
	struct page *page = pick_free(p, INNER);

	if (!page)
		return -ENOENT;
	plant_save(p, type_word(page), sizeof(u32));
	__SetPageBuddy(page);
	plant_u64(p, &page->private, 0);
	truth_expect_or(p, "buddy-not-listed listed-mapcount blocks-overlap",
			p->pfn, p->pfn);
	truth_also(p, "buddy-not-listed listed-mapcount blocks-overlap");
	return 0;
}

static bool page_untyped_in_use(struct page *page, unsigned long pfn)
{
	return !PageCompound(page) && !PageReserved(page) &&
	       page_ref_count(page) > 0 && *type_word(page) == U32_MAX;
}

static int buddy_in_use(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_untyped_in_use);

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	plant_save(p, type_word(page), sizeof(u32));
	__SetPageBuddy(page);
	truth_expect(p, "buddy-not-listed", p->pfn);
	return 0;
}

/* The zone or node that the flags name is another one. */
static int wrong_zone(struct plant *p, long where)
{
	struct page *page = pick_free(p, where);
	unsigned long *word;
	struct zone *zone;

	if (!page)
		return -ENOENT;
	zone = other_zone(p, page_zone(page));
	if (!zone)
		return -ENOENT;
	word = flags_word(page);
	plant_save(p, word, sizeof(u64));
	set_page_zone(page, zone_idx(zone));
	set_page_node(page, zone_to_nid(zone));
	truth_change(p, word, p->undo[p->nr_undo - 1].old, *word);
	truth_expect_or(p, "listed-wrong-zone block-misplaced", p->pfn, p->pfn);
	truth_also(p, "listed-wrong-zone block-misplaced buddy-not-listed");
	return 0;
}

static bool page_plain(struct page *page, unsigned long pfn)
{
	return page_untyped_in_use(page, pfn);
}

/* Dropped more often than taken, on a page in use. */
static int in_use_negative(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_plain);

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, refcount_word(page), *refcount_word(page), (u32)-3);
	plant_u32(p, refcount_word(page), (u32)-3);
	truth_expect(p, "refcount-impossible", p->pfn);
	return 0;
}

static bool page_mapped_once(struct page *page, unsigned long pfn)
{
	return !PageCompound(page) && !PageReserved(page) && PageLRU(page) &&
	       page_ref_count(page) > 0 && *type_word(page) < 64;
}

/* More mappings than references. */
static int mapcount_above(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_mapped_once);

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, type_word(page), *type_word(page),
		     page_ref_count(page) + 99);
	plant_u32(p, type_word(page), page_ref_count(page) + 99);
	truth_expect(p, "refcount-impossible", p->pfn);
	return 0;
}

static bool page_tail(struct page *page, unsigned long pfn)
{
	return PageTail(page);
}

/* A tail that leads to a page which heads nothing. */
static int tail_astray(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_tail);
	unsigned long *link;
	u64 to;

	if (!page)
		return -ENOENT;
	/* compound_head or compound_info: the word after the flags */
	link = flags_word(page) + 1;
	to = (unsigned long)page | 1;
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, link, *link, to);
	plant_u64(p, link, to);
	truth_expect(p, "compound-broken", p->pfn);
	return 0;
}

#ifndef PG_buddy		/* 6.1 keeps types as single bits, all of them free */
/* A page type that no kernel writes: the top byte is the type. */
static int type_unknown(struct plant *p, long arg)
{
	struct page *page = pick_page(p, page_plain);

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, type_word(page), *type_word(page), 0xfc000000);
	plant_u32(p, type_word(page), 0xfc000000);
	truth_expect(p, "page-type-unknown", p->pfn);
	truth_also(p, "refcount-impossible");
	return 0;
}
#endif

enum garbage { TEXT, ZEROS, ONES, NOISE };

#define GARBAGE(kind, pages)	((pages) << 4 | (kind))

static u64 garbage_word(struct plant *p, enum garbage kind, unsigned long i)
{
	static const char text[] = "all work and no play makes jack a dull boy\n";
	u64 word;

	switch (kind) {
	case TEXT:
		memcpy(&word, text + i * 8 % 35, 8);
		return word;
	case ZEROS:
		return 0;
	case ONES:
		return U64_MAX;
	default:
		return rnd64(p);
	}
}

/* A run of struct pages inside a free block overwritten by a stray writer. */
static int garbage_run(struct plant *p, long arg)
{
	unsigned long pages = arg >> 4, words, i;
	struct page *page;
	struct block b;
	u64 *word;

	if (!pick_block(p, &b, block_min_order, ilog2(pages) + 1))
		return -ENOENT;
	page = b.page + 1 + rnd_below(p, (1UL << b.order) - pages - 1);
	truth_block(p, &b);
	truth_detail(p, "pages", "%lu", pages);
	truth_pfn(p, page_to_pfn(page));
	word = (u64 *)page;
	words = pages * sizeof(*page) / sizeof(u64);
	for (i = 0; i < words; i++)
		plant_u64(p, word + i, garbage_word(p, arg & 15, i));
	truth_expect_or(p, "listed-refcount listed-flags listed-mapcount listed-wrong-zone block-misplaced page-type-unknown compound-broken refcount-impossible",
			p->pfn, p->pfn + pages - 1);
	truth_also(p, "listed-refcount listed-flags listed-mapcount listed-mapping listed-wrong-zone block-misplaced page-type-unknown compound-broken refcount-impossible buddy-not-listed free-in-use limbo-excess owner-disagrees");
	return 0;
}

#ifdef CONFIG_PAGE_OWNER
static bool page_has_owner(struct page *page, unsigned long pfn)
{
	struct page_ext *(*get)(const struct page *page);
	struct page_ext *ext;

	get = (void *)plant_lookup("page_ext_get");
	ext = get ? get(page) : NULL;
	return ext && test_bit(PAGE_EXT_OWNER, &ext->flags) &&
	       page_untyped_in_use(page, pfn);
}

/* page_owner's word on whether a page is allocated, turned round. */
static int owner_flag(struct plant *p, long arg)
{
	struct page_ext *(*get)(const struct page *page);
	struct page *page = pick_page(p, page_has_owner);
	struct page_ext *ext;
	unsigned long new;

	get = (void *)plant_lookup("page_ext_get");
	if (!page || !get)
		return -ENOENT;		/* not booted with page_owner=on */
	ext = get(page);
	new = ext->flags ^ BIT(PAGE_EXT_OWNER_ALLOCATED);
	truth_pfn(p, page_to_pfn(page));
	truth_change(p, &ext->flags, ext->flags, new);
	plant_u64(p, &ext->flags, new);
	truth_expect(p, "owner-disagrees", p->pfn);
	return 0;
}
#endif

const struct fault page_faults[] = {
	{ "refcount-free",		refcount, HEAD },
	{ "refcount-free-interior",	refcount, INNER },
	{ "refcount-pcp",		refcount, PCP },
	{ "refcount-pcp-interior",	refcount, PCP_INNER },
	{ "refcount-negative",		refcount_negative, HEAD },
	{ "reserved-free",		flag, FLAG(HEAD, PG_reserved) },
	{ "reserved-free-interior",	flag, FLAG(INNER, PG_reserved) },
	{ "lru-flag-free",		flag, FLAG(HEAD, PG_lru) },
	{ "writeback-flag-interior",	flag, FLAG(INNER, PG_writeback) },
	{ "locked-flag-pcp",		flag, FLAG(PCP, PG_locked) },
	{ "lru-flag-pcp-interior",	flag, FLAG(PCP_INNER, PG_lru) },
	{ "mapcount-free-interior",	mapcount, INNER },
	{ "mapcount-pcp",		mapcount, PCP },
	{ "mapping-free",		mapping, HEAD },
	{ "mapping-free-interior",	mapping, INNER },
	{ "mapping-pcp",		mapping, PCP },
	{ "mapping-pcp-interior",	mapping, PCP_INNER },
#ifdef CONFIG_MEMCG
	{ "memcg-free",			charged, HEAD },
	{ "memcg-free-interior",	charged, INNER },
	{ "memcg-pcp-interior",		charged, PCP_INNER },
#endif
	{ "wrong-order",		wrong_order },
	{ "buddy-type-cleared",		buddy_cleared },
	{ "buddy-type-set",		buddy_in_use },
	{ "buddy-type-inside",		buddy_inside },
	{ "pcp-is-buddy",		pcp_is_buddy },
	{ "wrong-zone-flags",		wrong_zone, HEAD },
	{ "wrong-zone-flags-interior",	wrong_zone, INNER },
	{ "wrong-zone-flags-pcp",	wrong_zone, PCP },
	{ "refcount-below-zero",	in_use_negative },
	{ "mapcount-above-refcount",	mapcount_above },
	{ "tail-astray",		tail_astray },
#ifndef PG_buddy
	{ "page-type-unknown",		type_unknown },
#endif
	{ "garbage-text",		garbage_run, GARBAGE(TEXT, 8) },
	{ "garbage-zeros",		garbage_run, GARBAGE(ZEROS, 8) },
	{ "garbage-ones",		garbage_run, GARBAGE(ONES, 8) },
	{ "garbage-noise",		garbage_run, GARBAGE(NOISE, 8) },
	{ "garbage-page-zeros",		garbage_run, GARBAGE(ZEROS, 64) },
	{ "garbage-page-noise",		garbage_run, GARBAGE(NOISE, 64) },
#ifdef CONFIG_PAGE_OWNER
	{ "owner-flag",			owner_flag },
#endif
	{ }
};
