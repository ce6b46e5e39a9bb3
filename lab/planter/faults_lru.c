// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in single fields of pages on LRU lists: mapping, memory cgroup,
 * counts, flags and type.
 */
#include <linux/page-flags.h>

#include "inuse.h"

#define LOW_BITS	3UL		/* of mapping: anonymous, movable */

static unsigned long mapping_of(struct page *page)
{
	return (unsigned long)page->mapping;
}

static bool lru_mapped(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && *type_word(page) < 64;
}

static bool lru_anon(struct page *page, unsigned long pfn)
{
	return lru_mapped(page, pfn) && (mapping_of(page) & LOW_BITS) == 1;
}

static bool lru_file(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && mapping_of(page) &&
	       !(mapping_of(page) & LOW_BITS);
}

static bool lru_shmem(struct page *page, unsigned long pfn)
{
	return lru_file(page, pfn) && has_flag(page, PG_swapbacked);
}

static bool lru_file_mapped(struct page *page, unsigned long pfn)
{
	return lru_file(page, pfn) && lru_mapped(page, pfn);
}

static bool lru_mapped_twice(struct page *page, unsigned long pfn)
{
	return lru_mapped(page, pfn) && *type_word(page);
}

static bool lru_active(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && has_flag(page, PG_active) &&
	       !has_flag(page, PG_unevictable);
}

static bool lru_not_mapped(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && *type_word(page) == U32_MAX;
}

/* The first page of a free block; a truth about it would be misleading. */
struct page *pick_free_page(struct plant *p)
{
	struct block b;

	return pick_block(p, &b, block_any, 0) ? b.page : NULL;
}

/* What a page of another file has. */
static u64 other_mapping(struct plant *p, const struct page *than)
{
	struct page *page;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		page = pick_page(p, lru_file);
		if (page && page->mapping != than->mapping)
			return mapping_of(page);
	}
	return 0;
}

enum mapping { ANON_LOST, ANON_POINTER, ANON_NULL, FILE_ANON, FILE_MOVABLE,
	       FILE_POINTER, FILE_OTHER, FILE_FREED };

static int lru_mapping(struct plant *p, long what)
{
	struct page *page, *other;
	u64 new;

	page = pick_victim(p, what < FILE_ANON ? lru_anon : lru_file);
	if (!page)
		return -ENOENT;
	new = mapping_of(page);
	switch (what) {
	case ANON_LOST:
	case FILE_ANON:
		new ^= 1;
		break;
	case FILE_MOVABLE:
		new ^= 2;
		break;
	case ANON_POINTER:
	case FILE_POINTER:
		new ^= BIT(4 + rnd_below(p, 36));
		break;
	case ANON_NULL:
		new = 0;
		break;
	case FILE_OTHER:
		new = other_mapping(p, page);
		if (!new)
			return -ENOENT;
		break;
	case FILE_FREED:
		other = pick_free_page(p);
		if (!other)
			return -ENOENT;
		new = (unsigned long)page_address(other) + 0x1e0;
		break;
	}
	change_u64(p, &page->mapping, new);
	truth_expect_told(p, "page-state", p->pfn);
	return 0;
}

#ifdef CONFIG_MEMCG
static bool lru_charged(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) && page->memcg_data;
}

enum memcg { FREED, POINTER, NOBODY, WRITTEN };

static int lru_memcg(struct plant *p, long what)
{
	struct page *page = pick_victim(p, lru_charged);
	struct page *other;
	u64 new;

	if (!page)
		return -ENOENT;
	new = page->memcg_data;
	switch (what) {
	case FREED:
		other = pick_free_page(p);
		if (!other)
			return -ENOENT;
		new = (unsigned long)page_address(other);
		break;
	case POINTER:
		new ^= BIT(6 + rnd_below(p, 34));
		break;
	case NOBODY:
		new = 0;
		break;
	case WRITTEN:
		new = 0x4141414141414141ULL;
		break;
	}
	change_u64(p, &page->memcg_data, new);
	truth_expect_told(p, "page-state", p->pfn);
	return 0;
}
#endif

enum count { NO_REFS, BELOW_MAPS, NO_CACHE_REF, MILLIONS };

static int lru_count(struct plant *p, long what)
{
	static const page_test tests[] = {
		[NO_REFS] = lru_mapped,
		[BELOW_MAPS] = lru_mapped_twice,
		[NO_CACHE_REF] = lru_file_mapped,
		[MILLIONS] = page_lru,
	};
	struct page *page = pick_victim(p, tests[what]);
	u32 new = 0;

	if (!page)
		return -ENOENT;
	switch (what) {
	case BELOW_MAPS:	/* the word is one below the number */
		new = *type_word(page);
		break;
	case NO_CACHE_REF:	/* the mappings alone, and the cache has one */
		new = *type_word(page) + 1;
		break;
	case MILLIONS:
		new = *refcount_word(page) | BIT(28);
		break;
	}
	change_u32(p, refcount_word(page), new);
	truth_expect_told(p, "refcount-impossible page-state", p->pfn);
	truth_also(p, "refcount-impossible page-state free-in-use limbo-excess");
	return 0;
}

static int lru_flag(struct plant *p, page_test test, unsigned int bit)
{
	struct page *page = pick_victim(p, test);

	if (!page)
		return -ENOENT;
	flip_flag(p, page, bit);
	return 0;
}

/* Active and unevictable: no list has both. */
static int active_unevictable(struct plant *p, long arg)
{
	if (lru_flag(p, lru_active, PG_unevictable))
		return -ENOENT;
	truth_expect_told(p, "page-state lru-linkage", p->pfn);
	truth_also(p, "lru-linkage");
	return 0;
}

/* Of tmpfs without it: counted as of a file on a disk. */
static int swapbacked_lost(struct plant *p, long arg)
{
	if (lru_flag(p, lru_shmem, PG_swapbacked))
		return -ENOENT;
	truth_expect_told(p, "page-state", p->pfn);
	return 0;
}

/* On no list, and says that it is on one. */
static int flag_without_list(struct plant *p, long arg)
{
	if (lru_flag(p, page_unlisted, PG_lru))
		return -ENOENT;
	truth_expect_told(p, "page-state lru-linkage", p->pfn);
	truth_also(p, "lru-linkage");
	return 0;
}

#ifdef CONFIG_MEMORY_FAILURE
/* No page of this machine was ever poisoned. */
static int poison_flag(struct plant *p, long arg)
{
	if (lru_flag(p, page_lru, PG_hwpoison))
		return -ENOENT;
	truth_expect_told(p, "page-state", p->pfn);
	return 0;
}
#endif

enum type { TABLE, GARBAGE };

static int lru_type(struct plant *p, long what)
{
	struct page *page = pick_victim(p, lru_not_mapped);
	u32 new;

	if (!page)
		return -ENOENT;
	if (what == GARBAGE)
		new = 0x12345678;
#ifdef PG_buddy
	else
		new = ~(u32)PG_table;
#else
	else
		new = (u32)PGTY_table << 24;
#endif
	change_u32(p, type_word(page), new);
	truth_expect_told(p, "page-state refcount-impossible page-type-unknown",
			   p->pfn);
	truth_also(p, "page-state refcount-impossible page-type-unknown");
	return 0;
}

/* Two struct pages in each other's place. */
static int exchanged(struct plant *p, long arg)
{
	unsigned int words = sizeof(struct page) / sizeof(u64), i;
	struct page *one = pick_victim(p, lru_anon), *two;
	u64 word;

	two = pick_page(p, lru_file);
	if (!one || !two)
		return -ENOENT;
	for (i = 0; i < words; i++) {
		word = ((u64 *)one)[i];
		plant_u64(p, (u64 *)one + i, ((u64 *)two)[i]);
		plant_u64(p, (u64 *)two + i, word);
	}
	truth_detail(p, "other", "%lu", page_to_pfn(two));
	truth_expect_told(p, "lru-linkage page-misplaced page-state", p->pfn);
	truth_expect_told(p, "lru-linkage page-misplaced page-state",
			   page_to_pfn(two));
	truth_also(p, "lru-linkage page-misplaced page-state");
	return 0;
}

/* An old copy: the page as it was when it was free. */
static int stale(struct plant *p, long arg)
{
	unsigned int words = sizeof(struct page) / sizeof(u64), i;
	struct page *page = pick_victim(p, lru_between), *free;
	unsigned long next, prev;
	struct block b;

	if (!page || !pick_block(p, &b, block_min_order, 1))
		return -ENOENT;
	free = b.page + 1;
	/* Its neighbours still lead to it. */
	next = page_to_pfn(node_page(page->lru.next));
	prev = page_to_pfn(node_page(page->lru.prev));
	for (i = 0; i < words; i++)
		plant_u64(p, (u64 *)page + i, ((u64 *)free)[i]);
	truth_expect_ends(p, "lru-linkage limbo-excess page-misplaced",
			  p->pfn, next, prev);
	truth_also(p, "lru-linkage limbo-excess page-misplaced page-state");
	return 0;
}

enum shift { BY_STRUCT, BY_WORD };

/* A copy of a run that is off: by one struct page, or by eight bytes. */
static int shifted(struct plant *p, long by)
{
	unsigned int words = sizeof(struct page) / sizeof(u64);
	unsigned int off = by == BY_STRUCT ? words : 1, i;
	struct page *page = pick_victim(p, few_lru);
	u64 *at = (u64 *)page;

	if (!page)
		return -ENOENT;
	for (i = FEW * words; i-- > off;)
		plant_u64(p, at + i, at[i - off]);
	truth_expect_part(p, OVERWRITTEN " lru-linkage", p->pfn, FEW);
	truth_also(p, OVERWRITTEN_ALSO " lru-linkage");
	return 0;
}

enum word { FLAGS, NEXT, PREV, MAPPING, COUNTS };

/* Eight bytes of noise. */
static int noise_word(struct plant *p, long word)
{
	static const unsigned int at[] = {
		[FLAGS] = 0,
		[NEXT] = offsetof(struct page, lru.next),
		[PREV] = offsetof(struct page, lru.prev),
		[MAPPING] = offsetof(struct page, mapping),
		[COUNTS] = offsetof(struct page, _mapcount),
	};
	struct page *page = pick_victim(p, page_lru);

	if (!page)
		return -ENOENT;
	change_u64(p, (u8 *)page + at[word], rnd64(p));
	truth_expect_told(p, OVERWRITTEN " lru-linkage", p->pfn);
	truth_also(p, OVERWRITTEN_ALSO " lru-linkage");
	return 0;
}

const struct fault lru_faults[] = {
	{ "lru-anon-bit-lost",	lru_mapping, ANON_LOST },
	{ "lru-anon-pointer-bit", lru_mapping, ANON_POINTER },
	{ "lru-anon-null",	lru_mapping, ANON_NULL },
	{ "lru-file-anon-bit",	lru_mapping, FILE_ANON },
	{ "lru-file-movable-bit", lru_mapping, FILE_MOVABLE },
	{ "lru-file-pointer-bit", lru_mapping, FILE_POINTER },
	{ "lru-file-other",	lru_mapping, FILE_OTHER },
	{ "lru-file-freed",	lru_mapping, FILE_FREED },
#ifdef CONFIG_MEMCG
	{ "lru-memcg-freed",	lru_memcg, FREED },
	{ "lru-memcg-bit",	lru_memcg, POINTER },
	{ "lru-memcg-null",	lru_memcg, NOBODY },
	{ "lru-memcg-text",	lru_memcg, WRITTEN },
#endif
	{ "lru-refcount-zero",	lru_count, NO_REFS },
	{ "lru-refcount-below",	lru_count, BELOW_MAPS },
	{ "lru-refcount-cache",	lru_count, NO_CACHE_REF },
	{ "lru-refcount-huge",	lru_count, MILLIONS },
	{ "lru-active-unevictable", active_unevictable },
	{ "lru-swapbacked-lost", swapbacked_lost },
	{ "lru-flag-no-list",	flag_without_list },
#ifdef CONFIG_MEMORY_FAILURE
	{ "lru-poison-flag",	poison_flag },
#endif
	{ "lru-table-type",	lru_type, TABLE },
	{ "lru-type-garbage",	lru_type, GARBAGE },
	{ "lru-exchanged",	exchanged },
	{ "lru-stale",		stale },
	{ "lru-shifted-struct",	shifted, BY_STRUCT },
	{ "lru-shifted-word",	shifted, BY_WORD },
	{ "lru-noise-flags",	noise_word, FLAGS },
	{ "lru-noise-next",	noise_word, NEXT },
	{ "lru-noise-prev",	noise_word, PREV },
	{ "lru-noise-mapping",	noise_word, MAPPING },
	{ "lru-noise-counts",	noise_word, COUNTS },
	{ }
};
