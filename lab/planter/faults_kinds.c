// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the struct pages of what is on no LRU list: slabs, page tables,
 * reserved pages; and of compound pages and their tails.
 */
#include <linux/page-flags.h>
#include <linux/version.h>

#include "inuse.h"

#ifdef PG_buddy			/* 6.1: slab is a flag, types are single bits */
#define WORD_CACHE		3	/* struct slab, in words */
#else
#define WORD_CACHE		1
#endif
#define WORD_FREELIST		4
#define WORD_COUNTERS		5

bool page_slab_head(struct page *page, unsigned long pfn)
{
	if (PageTail(page) || PageReserved(page) || page_ref_count(page) < 0)
		return false;
#ifdef PG_buddy
	return test_bit(PG_slab, flags_word(page));
#else
	return *type_word(page) >> 24 == PGTY_slab;
#endif
}

bool page_table(struct page *page, unsigned long pfn)
{
	if (PageCompound(page) || page_ref_count(page) <= 0)
		return false;
#ifdef PG_buddy
	return *type_word(page) == ~(u32)PG_table;
#else
	return *type_word(page) >> 24 == PGTY_table;
#endif
}

/* As the boot left it: memory that was never given to the allocator. */
bool page_reserved(struct page *page, unsigned long pfn)
{
	return PageReserved(page) && page_ref_count(page) == 1 &&
	       !PageCompound(page) && !page->mapping &&
	       *type_word(page) == U32_MAX;
}

/* A tail behind those that hold words of the folio. */
bool page_late_tail(struct page *page, unsigned long pfn)
{
	struct page *head = compound_head(page);

	return PageTail(page) && page - head >= 4 && PageLRU(head) &&
	       page_ref_count(head) > 0;
}

/* Somebody's, on no list, of no type. */
bool page_unlisted(struct page *page, unsigned long pfn)
{
	return !PageCompound(page) && !PageReserved(page) && !PageLRU(page) &&
	       page_ref_count(page) == 1 && *type_word(page) == U32_MAX &&
	       page->lru.next == LIST_POISON1 &&
	       page->lru.prev == LIST_POISON2;
}

enum kind { SLAB, TABLE, RESERVED, TAIL };

static const page_test kinds[] = {
	[SLAB] = page_slab_head,
	[TABLE] = page_table,
	[RESERVED] = page_reserved,
	[TAIL] = page_late_tail,
};

#define OF(kind, what)	((kind) << 8 | (what))

/* Says that it is somewhere else. */
static int kind_place(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, kinds[arg >> 8]);
	int bit = field_bit(p, arg & 255);

	if (!page || bit < 0)
		return -ENOENT;
	flip_flag(p, page, bit);
	truth_expect_told(p, "page-misplaced", p->pfn);
	truth_also(p, ON_OWNERS_LIST);
	return 0;
}

static int kind_flag(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, kinds[arg >> 8]);

	if (!page)
		return -ENOENT;
	flip_flag(p, page, arg & 255);
	/* Memory that the allocator never had is free to the checker. */
	truth_expect_told(p, arg == OF(RESERVED, PG_reserved) ?
			  "page-state free-in-use" :
			  "page-state compound-broken", p->pfn);
	truth_also(p, "page-state compound-broken lru-linkage refcount-impossible " ON_OWNERS_LIST);
	return 0;
}

enum what { MINUS_ONE, NO_TYPE, TYPE_BITS, WRITTEN_MAPPING, CHARGED };

static int kind_word(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, kinds[arg >> 8]);

	if (!page)
		return -ENOENT;
	switch (arg & 255) {
	case MINUS_ONE:
		change_u32(p, refcount_word(page), U32_MAX);
		break;
	case NO_TYPE:
#ifdef PG_buddy
		if (arg >> 8 == SLAB)
			flip_flag(p, page, PG_slab);
		else
#endif
			change_u32(p, type_word(page), U32_MAX);
		break;
	case TYPE_BITS:
		change_u32(p, type_word(page), *type_word(page) ^
			   BIT(4 + rnd_below(p, 12)));
		break;
	case WRITTEN_MAPPING:
		change_u64(p, &page->mapping,
			   (unsigned long)page_address(page) | 1);
		break;
#ifdef CONFIG_MEMCG
	case CHARGED:
		change_u64(p, &page->memcg_data,
			   (unsigned long)page_address(page));
		break;
#endif
	}
	truth_expect_told(p, "page-state refcount-impossible compound-broken page-type-unknown buddy-not-listed",
			   p->pfn);
	truth_also(p, "page-state refcount-impossible compound-broken page-type-unknown buddy-not-listed " ON_OWNERS_LIST);
	return 0;
}

/* A stray writer over a few struct pages of a kind. */
static bool few_slabs(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, 2, page_slab_head);
}

static bool few_tables(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, 2, page_table);
}

static bool few_reserved(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, FEW, page_reserved);
}

static bool few_tails(struct page *page, unsigned long pfn)
{
	return page_run(page, pfn, FEW, page_late_tail);
}

static int kind_overwritten(struct plant *p, long arg)
{
	static const page_test tests[] = {
		few_slabs, few_tables, few_reserved, few_tails,
	};
	unsigned int pages = arg >> 8 <= TABLE ? 2 : FEW;
	struct page *page = pick_victim(p, tests[arg >> 8]);

	if (!page)
		return -ENOENT;
	fill_pages(p, page, pages, arg & 255);
	truth_expect_all(p, (arg & 255) <= ONES ? "page-blank" : OVERWRITTEN,
			 p->pfn, pages);
	/* Where pages are large, a few of the reserved ones are soon the checker's own maps. */
	truth_also(p, arg >> 8 == RESERVED ? OVERWRITTEN_ALSO " checker-state" : OVERWRITTEN_ALSO);
	return 0;
}

enum slab_fault { CACHE_NULL, CACHE_BIT, CACHE_FREED, INUSE_MORE, OBJECTS_ZERO,
	    OBJECTS_MORE, FROZEN, FREELIST_WILD, FREELIST_BIT };

/* inuse:16, objects:15, frozen:1 */
static int slab_word(struct plant *p, long what)
{
	struct page *page = pick_victim(p, page_slab_head), *other;
	u64 *word = (u64 *)page, *cache, *freelist;
	u32 *counters, objects;

	if (!page)
		return -ENOENT;
	cache = word + WORD_CACHE;
	freelist = word + WORD_FREELIST;
	counters = (u32 *)(word + WORD_COUNTERS);
	objects = *counters >> 16 & 0x7fff;
	switch (what) {
	case CACHE_NULL:
		change_u64(p, cache, 0);
		break;
	case CACHE_BIT:
		change_u64(p, cache, *cache ^ BIT(3 + rnd_below(p, 37)));
		break;
	case CACHE_FREED:
		other = pick_free_page(p);
		if (!other)
			return -ENOENT;
		change_u64(p, cache, (unsigned long)page_address(other));
		break;
	case INUSE_MORE:
		change_u32(p, counters, (*counters & ~0xffffU) |
			   (objects + 1 + rnd_below(p, 100)));
		break;
	case OBJECTS_ZERO:
		change_u32(p, counters, *counters & ~(0x7fffU << 16));
		break;
	case OBJECTS_MORE:
		change_u32(p, counters, *counters + (1U << 16));
		break;
	case FROZEN:
		change_u32(p, counters, *counters ^ 1U << 31);
		break;
	case FREELIST_WILD:
		change_u64(p, freelist, 0x4141414141414141ULL);
		break;
	case FREELIST_BIT:
		change_u64(p, freelist, *freelist ^
			   BIT(16 + rnd_below(p, 24)));
		break;
	}
	truth_expect_told(p, "page-state", p->pfn);
	truth_also(p, "page-state compound-broken " ON_OWNERS_LIST);
	return 0;
}

enum folio_fault { NR_PAGES, MAPCOUNT, ENTIRE, PINCOUNT, DEFERRED, HUGETLB,
	     NO_HEAD };

#ifdef PG_buddy
static void *folio_word(struct page *page, enum folio_fault what)
{
	switch (what) {
	case NR_PAGES:
		return &page[1].compound_nr;
	case PINCOUNT:
		return &page[1].compound_pincount;
	case DEFERRED:
		return &page[2].deferred_list.next;
	case HUGETLB:
		return &page[1].compound_dtor;
	default:
		return &page[1].compound_mapcount;
	}
}
#else
static void *folio_word(struct page *page, enum folio_fault what)
{
	struct folio *folio = (struct folio *)page;

	switch (what) {
	case NR_PAGES:
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
		return &folio->_folio_nr_pages;
#else
		return &folio->_nr_pages;
#endif
	case MAPCOUNT:
		return &folio->_large_mapcount;
	case ENTIRE:
		return &folio->_entire_mapcount;
	case PINCOUNT:
		return &folio->_pincount;
	case DEFERRED:
		return &folio->_deferred_list.next;
	default:
		return type_word(page);
	}
}
#endif

/* What a transparent huge page says of itself. */
static int folio_field(struct plant *p, long what)
{
	struct page *page = pick_huge_folio(p);
	void *word;

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	word = folio_word(page, what);
	switch (what) {
	case NR_PAGES:
		change_u32(p, word, 77);
		break;
	case MAPCOUNT:
		change_u32(p, word, page_ref_count(page) + 1000);
		break;
	case ENTIRE:
		change_u32(p, word, (u32)-5);
		break;
	case PINCOUNT:
		change_u32(p, word, 5000);
		break;
	case DEFERRED:
		change_u64(p, word, *(u64 *)word ^ BIT(4 + rnd_below(p, 36)));
		break;
	case HUGETLB:
#ifdef PG_buddy
		plant_u8(p, word, HUGETLB_PAGE_DTOR);
#else
		change_u32(p, word, (u32)PGTY_hugetlb << 24);
#endif
		break;
	case NO_HEAD:
		flip_flag(p, page, PG_head);
		break;
	}
	truth_expect_part(p, "page-state compound-broken refcount-impossible page-type-unknown",
			  p->pfn, 1UL << pageblock_order);
	truth_also(p, "page-state compound-broken refcount-impossible page-type-unknown lru-linkage " ON_OWNERS_LIST);
	return 0;
}

enum tail { HEAD_BIT, HEAD_NULL, TAIL_MAPCOUNT, TAIL_OTHER_MAPPING };

static int tail_field(struct plant *p, long what)
{
	struct page *page = pick_victim(p, page_late_tail);
	unsigned long *link;

	if (!page)
		return -ENOENT;
	link = flags_word(page) + 1;
	switch (what) {
	case HEAD_BIT:
		change_u64(p, link, *link ^ BIT(6 + rnd_below(p, 24)));
		break;
	case HEAD_NULL:
		change_u64(p, link, 0);
		break;
	case TAIL_MAPCOUNT:
		change_u32(p, type_word(page), (u32)-7);
		break;
	case TAIL_OTHER_MAPPING:
		change_u64(p, &page->mapping,
			   (unsigned long)page_address(page) | 1);
		break;
	}
	truth_expect_told(p, "compound-broken page-state page-type-unknown refcount-impossible",
			   p->pfn);
	truth_also(p, "compound-broken page-state page-type-unknown refcount-impossible " ON_OWNERS_LIST);
	return 0;
}

const struct fault kind_faults[] = {
	{ "slab-zone-bit",	kind_place, OF(SLAB, ZONE_BIT) },
	{ "slab-node-bit",	kind_place, OF(SLAB, NODE_BIT) },
	{ "table-zone-bit",	kind_place, OF(TABLE, ZONE_BIT) },
	{ "table-node-bit",	kind_place, OF(TABLE, NODE_BIT) },
	{ "reserved-zone-bit",	kind_place, OF(RESERVED, ZONE_BIT) },
	{ "reserved-node-bit",	kind_place, OF(RESERVED, NODE_BIT) },
	{ "tail-zone-bit",	kind_place, OF(TAIL, ZONE_BIT) },
	{ "tail-node-bit",	kind_place, OF(TAIL, NODE_BIT) },
	{ "slab-lru-flag",	kind_flag, OF(SLAB, PG_lru) },
	{ "slab-reserved-flag",	kind_flag, OF(SLAB, PG_reserved) },
	{ "slab-writeback",	kind_flag, OF(SLAB, PG_writeback) },
	{ "table-lru-flag",	kind_flag, OF(TABLE, PG_lru) },
	{ "table-reserved-flag", kind_flag, OF(TABLE, PG_reserved) },
	{ "reserved-lru-flag",	kind_flag, OF(RESERVED, PG_lru) },
	{ "reserved-writeback",	kind_flag, OF(RESERVED, PG_writeback) },
	{ "reserved-flag-lost",	kind_flag, OF(RESERVED, PG_reserved) },
	{ "tail-lru-flag",	kind_flag, OF(TAIL, PG_lru) },
	{ "tail-reserved-flag",	kind_flag, OF(TAIL, PG_reserved) },
	{ "slab-minus-one",	kind_word, OF(SLAB, MINUS_ONE) },
	{ "slab-type-lost",	kind_word, OF(SLAB, NO_TYPE) },
	{ "slab-type-bits",	kind_word, OF(SLAB, TYPE_BITS) },
	{ "table-minus-one",	kind_word, OF(TABLE, MINUS_ONE) },
	{ "table-type-lost",	kind_word, OF(TABLE, NO_TYPE) },
	{ "table-type-bits",	kind_word, OF(TABLE, TYPE_BITS) },
	{ "reserved-minus-one",	kind_word, OF(RESERVED, MINUS_ONE) },
	{ "reserved-type-bits",	kind_word, OF(RESERVED, TYPE_BITS) },
	{ "reserved-mapping",	kind_word, OF(RESERVED, WRITTEN_MAPPING) },
#ifdef CONFIG_MEMCG
	{ "reserved-memcg",	kind_word, OF(RESERVED, CHARGED) },
	{ "tail-memcg",		kind_word, OF(TAIL, CHARGED) },
#endif
	{ "slab-zeros",		kind_overwritten, OF(SLAB, ZEROS) },
	{ "slab-noise",		kind_overwritten, OF(SLAB, NOISE) },
	{ "table-ones",		kind_overwritten, OF(TABLE, ONES) },
	{ "table-noise",	kind_overwritten, OF(TABLE, NOISE) },
	{ "reserved-zeros",	kind_overwritten, OF(RESERVED, ZEROS) },
	{ "reserved-pattern",	kind_overwritten, OF(RESERVED, FIELD) },
	{ "tail-fives",		kind_overwritten, OF(TAIL, FIVES) },
	{ "tail-noise",		kind_overwritten, OF(TAIL, NOISE) },
	{ "slab-cache-null",	slab_word, CACHE_NULL },
	{ "slab-cache-bit",	slab_word, CACHE_BIT },
	{ "slab-cache-freed",	slab_word, CACHE_FREED },
	{ "slab-inuse-above",	slab_word, INUSE_MORE },
	{ "slab-objects-zero",	slab_word, OBJECTS_ZERO },
	{ "slab-objects-above",	slab_word, OBJECTS_MORE },
	{ "slab-frozen",	slab_word, FROZEN },
	{ "slab-freelist-wild",	slab_word, FREELIST_WILD },
	{ "slab-freelist-bit",	slab_word, FREELIST_BIT },
	{ "folio-nr-pages",	folio_field, NR_PAGES },
	{ "folio-mapcount",	folio_field, MAPCOUNT },
	{ "folio-entire-mapcount", folio_field, ENTIRE },
	{ "folio-pincount",	folio_field, PINCOUNT },
	{ "folio-deferred-bit",	folio_field, DEFERRED },
	{ "folio-hugetlb-type",	folio_field, HUGETLB },
	{ "folio-head-lost",	folio_field, NO_HEAD },
	{ "tail-head-bit",	tail_field, HEAD_BIT },
	{ "tail-head-null",	tail_field, HEAD_NULL },
	{ "tail-mapcount",	tail_field, TAIL_MAPCOUNT },
	{ "tail-mapping",	tail_field, TAIL_OTHER_MAPPING },
	{ }
};
