/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every finding can fire: for each row of findings.def a kernel that has it, and its twin without
 * the damage, which has nothing of it. A row of the table that is missing fails, too. What it
 * takes more than memory for is shown by the reports on the shipped dumps instead.
 */
#include <stdio.h>
#include <string.h>

#include "fake_cache.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "judge/flag_names.h"
#include "model/dual_bitmap.h"
#include "model/pageblock.h"
#include "unit.h"

#define NODE_BIT (1ULL << 63)
#define ZONE_BIT (1ULL << 62)
#define BUDDY 0xf0000000u

static void flip_both(struct fake_kernel *fk, uint64_t pfn, uint64_t count)
{
	for (uint64_t i = pfn; i < pfn + count; i++) {
		fk_flip_bit(fk, BITMAP_PRIMARY, i);
		fk_flip_bit(fk, BITMAP_SECONDARY, i);
	}
}

static void xor_flags(struct fake_kernel *fk, uint64_t pfn, uint64_t bits)
{
	fk_set_flags(fk, pfn, fk_flags(fk, pfn) ^ bits);
}

static void set_links(struct fake_kernel *fk, uint64_t head, uint64_t next, uint64_t prev)
{
	const uint64_t links[] = { next, prev };

	memcpy(fake_vmcore_at(fk_vmcore(fk), head), links, sizeof(links));
}

/* The set-ups that a twin has as well. */

static void usage(struct fake_kernel *fk)
{
	fk_use_usage(fk, 0);
}

static void live(struct fake_kernel *fk)
{
	fake_vmcore_live(fk_vmcore(fk));
}

static void slab(struct fake_kernel *fk)
{
	fk_make_slab(fk, FK_ANON, 2);
}

static void hotplugged(struct fake_kernel *fk)
{
	fk_set_hotplugged(fk, 1);
}

static void trylock_chain(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_zone_trylock_free_pages, FK_ZONE_EXTRA, 8);
	fk_add_layout(fk, L_page_pcp_llist, 8, 8);
}

/* Block D is not on its list, and what is left of the list is whole. */
static void without_d(struct fake_kernel *fk)
{
	const uint64_t head = fk_list_head(0, 3, 1);

	fk_set_next(fk, FK_ORDER3_C, head);
	set_links(fk, head, fk_link(FK_ORDER3_A), fk_link(FK_ORDER3_C));
	fk_set_nr_free(fk, 0, 3, 3);
	fk_set_mapcount(fk, FK_ORDER3_D, UINT32_MAX);
	for (uint64_t i = 0; i < 8; i++)
		fk_set_refcount(fk, FK_ORDER3_D + i, 1);
	flip_both(fk, FK_ORDER3_D, 8);
}

/* The damages, by their findings. */

static void allocated_no_memory(struct fake_kernel *fk)
{
	fake_vmcore_gap(fk_vmcore(fk), FK_MEMMAP + 0x1800 * FK_PAGE_SIZE_OF, PGC_ABSENT);
}

static void allocated_on_free_list(struct fake_kernel *fk)
{
	flip_both(fk, FK_ORDER10 + 1000, 1);
}

static void bitmap_padding(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_PAGES);
}

static void block_misplaced(struct fake_kernel *fk)
{
	fk_free_block(fk, 0, FK_ORDER3_C + 0x101, 3, 1);
}

static void blocks_overlap(struct fake_kernel *fk)
{
	fk_free_block(fk, 0, FK_ORDER3_C + 4, 2, 1);
	flip_both(fk, FK_ORDER3_C + 4, 4);
}

static void buddies_unmerged(struct fake_kernel *fk)
{
	fk_free_block(fk, 0, FK_ORDER3_A + 8, 3, 1);
}

static void buddy_not_listed(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_D, BUDDY);
}

static void checker_state(struct fake_kernel *fk)
{
	fk_set_checker(fk, 1, FK_PAGES, fk_nbits() - 64);
}

static void complement_broken(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ANON);
}

static void compound_broken(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ANON + 2, FK_MEMMAP + (FK_ANON + 64) * FK_PAGE_SIZE_OF + 1);
}

static void damaged_dump(struct fake_kernel *fk)
{
	fk_fill_page(fk, FK_ORDER10 + 3, 0);
}

static void free_in_use(struct fake_kernel *fk)
{
	flip_both(fk, FK_ANON, 1);
}

static void limbo_excess(struct fake_kernel *fk)
{
	for (uint64_t i = 0; i < 8; i++)
		fk_set_refcount(fk, FK_ORDER3_D + i, 0);
	flip_both(fk, FK_ORDER3_D, 8);
}

static void list_bad_pointer(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_B, 0);
}

static void list_cycle(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_C, fk_link(FK_ORDER3_A));
}

static void list_linkage(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_ORDER3_C, fk_link(FK_ORDER3_A));
}

static void listed_flags(struct fake_kernel *fk)
{
	xor_flags(fk, FK_ORDER3_C, 1);
}

static void listed_mapcount(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_C + 3, 0);
}

static void listed_mapping(struct fake_kernel *fk)
{
	fk_set_mapping(fk, FK_ORDER3_C + 3, FK_MEMMAP);
}

static void listed_not_buddy(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_A, UINT32_MAX);
}

static void listed_refcount(struct fake_kernel *fk)
{
	fk_set_refcount(fk, FK_ORDER3_C + 3, 1);
}

/* A page of a per-CPU list is chained up to be freed, too. */
static void listed_twice(struct fake_kernel *fk)
{
	fk_set_zone_extra(fk, 0, fk_link(FK_PCP_A));
}

static void listed_wrong_zone(struct fake_kernel *fk)
{
	xor_flags(fk, FK_ORDER3_C, ZONE_BIT);
}

static void lock_held(struct fake_kernel *fk)
{
	fk_set_pcp_lock(fk, 0, 1, 1);
}

static void lock_impossible(struct fake_kernel *fk)
{
	fk_set_zone_lock(fk, 1, 0x41414141);
}

static void lru_linkage(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ANON, fk_link(FK_ANON + 3));
}

static void nr_free_count(struct fake_kernel *fk)
{
	fk_set_nr_free(fk, 0, 3, 5);
}

static void order_mismatch(struct fake_kernel *fk)
{
	fk_set_private(fk, FK_ORDER3_A, 2);
}

static void page_blank(struct fake_kernel *fk)
{
	fk_fill_page(fk, FK_ANON, 0xff);
}

static void page_misplaced(struct fake_kernel *fk)
{
	xor_flags(fk, FK_ANON, ZONE_BIT);
}

static void page_state(struct fake_kernel *fk)
{
	fk_set_mapping(fk, FK_ANON, 0x4141414141414141);
}

static void page_type_odd(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ANON, 0xd5000000u);
}

static void pcp_count(struct fake_kernel *fk)
{
	fk_set_pcp_count(fk, 0, 0, 3);
}

static void pcp_is_buddy(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_PCP_A, BUDDY);
}

static void refcount_impossible(struct fake_kernel *fk)
{
	fk_set_refcount(fk, FK_ANON, -1);
}

static void section_record(struct fake_kernel *fk)
{
	fk_set_offline(fk, 1);
}

static void tables(struct fake_kernel *fk)
{
	fake_vmcore_tables(fk_vmcore(fk));
}

static void page_table_entry(struct fake_kernel *fk)
{
	struct table_path path;

	ck_assert_int_eq(vmcore_table_path(fk_vmcore(fk), FK_MEMMAP, NULL, &path), PGC_OK);
	*fake_vmcore_at(fk_vmcore(fk), FAKE_DIRECT_MAP + path.step[path.n - 1].paddr + 3) ^= 1;
}

static void table_entry(struct fake_kernel *fk)
{
	memcpy(fk_proc_entry(fk, 1), &(uint64_t){ htole64(FK_ORDER10 << 12 | 0x67) }, 8);
}

static void mapcount_recount(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_PROC_PAGE, 1);
	fk_set_refcount(fk, FK_PROC_PAGE, 2);
}

static void table_page(struct fake_kernel *fk)
{
	memset(fk_proc_entry(fk, 2), 0, 8);
}

static void mm_counter(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_PROC + FK_MM_TABLES + 1) += 16;
}

static void violations_logged(struct fake_kernel *fk)
{
	fk_set_violations(fk, 2);
}

static void wrong_migratetype(struct fake_kernel *fk)
{
	fk_set_pageblocks(fk, 0, 0);
}

static void partial_list(struct fake_kernel *fk)
{
	fk_add_slab_caches(fk);
	fk_add_partial_list(fk);
}

static void free_objects(struct fake_kernel *fk)
{
	partial_list(fk);
	fk_add_free_objects(fk, 0);
}

static void slab_freelist(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_DIRECT + (FK_SLAB << 12) + 256 * 6 + FK_FREE_POINTER) ^= 8;
}

/* With slab_debug=: eight bytes before each object, and behind its first 128. */
static void red_zones(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		unsigned int at;
		uint32_t value;
	} rows[] = {
		{ L_kmem_cache_red_left_pad, 44, 8 }, { L_kmem_cache_object_size, 56, 128 },
		{ L_kmem_cache_inuse, 60, 136 }, { L_kmem_cache_flags, 64, 0 },
	};
	const uint64_t start[] = { FK_DIRECT + (FK_SLAB << 12), FK_DIRECT + (FK_SLAB_B << 12) };
	const uint64_t pfns[] = { FK_SLAB, FK_SLAB_B };

	free_objects(fk);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t le = htole32(rows[i].value);

		fk_add_layout(fk, rows[i].key, rows[i].at, 4);
		memcpy(fake_vmcore_at(fk_vmcore(fk), FK_CACHE_A + rows[i].at), &le, 4);
	}
	for (size_t s = 0; s < 2; s++) {
		/* Free pointers are in the objects, which begin eight bytes later now. */
		fk_set_page_word(fk, pfns[s], 32, start[s] + 256 * 5 + 8);
		for (unsigned int i = 0; i < 16; i++) {
			uint8_t *at = fake_vmcore_at(fk_vmcore(fk), start[s] + 256 * i);
			uint64_t next = htole64(i < 15 ? start[s] + 256 * (i + 1) + 8 : 0);

			memset(at, i < 5 ? 0xcc : 0xbb, 8);
			memset(at + 8 + 128, i < 5 ? 0xcc : 0xbb, 8);
			memcpy(at + 8 + 64, &next, 8);
		}
	}
	*fake_vmcore_at(fk_vmcore(fk), FK_CACHE_A + FK_CACHE_OFFSET) = 64;
}

static void tags(struct fake_kernel *fk)
{
	fk_add_tags(fk);
}

static void alloc_tag(struct fake_kernel *fk)
{
	fk_set_tag(fk, FK_ANON, FK_TAG(0) + 8);
}

static void areas(struct fake_kernel *fk)
{
	fk_add_areas(fk);
}

static void owner_conflict(struct fake_kernel *fk)
{
	fk_set_area_addr(fk, 1, FK_DIRECT + (FK_ORDER10 << 12));
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), FK_DIRECT + (FK_ORDER10 << 12), 4096));
}

static void slab_object(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_DIRECT + (FK_SLAB << 12) + 256 * 6) = 0;
}

static void cache_count(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), fc_mapping(FC_INODE) + FC_NRPAGES) ^= 8;
}

static void cache_entry(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FC_LEAF + FC_SLOTS + 8 * 3) ^= 64;
}

static void cache_node(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FC_LEAF + FC_COUNT) ^= 1;
}

static void cache_page(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FC_PAGE, FC_P_INDEX, 1);
}

static void cache_tag(struct fake_kernel *fk)
{
	xor_flags(fk, FC_PAGE, 1 << FK_PG_WRITEBACK);
}

static void slab_counter(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_CACHE_NODE + FK_NODE_NR_PARTIAL) ^= 64;
}

static void slab_linkage(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB, FK_SLAB_LIST, fk_slab_link(FK_SLAB_B) ^ 1ULL << 20);
}

static void slab_listed(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_SLAB_B, UINT32_MAX);
}

static void cma_bitmap(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_CMA_BITMAP + 64) |= 1;
}

static void cma_counter(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_CMA + FK_CMA_AVAILABLE) ^= 4;
}

static void hugetlb_counter(struct fake_kernel *fk)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_HSTATE + FK_HSTATE_FREE) ^= 4;
}

static void hugetlb_linkage(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_HUGE_A, fk_link(FK_HUGE_B) ^ 1ULL << 20);
}

static void hugetlb_listed(struct fake_kernel *fk)
{
	fk_set_refcount(fk, FK_HUGE_B, 1);
}

static void zone_counter(struct fake_kernel *fk)
{
	fk_set_zone_stat(fk, 0, 0, 2000);
}

static void zone_record(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 1, 4096, 2048);
}

static void zone_span(struct fake_kernel *fk)
{
	fk_set_zone_counts(fk, 1, 4096, 4097);
}

static const struct {
	void (*base)(struct fake_kernel *fk);	/* NULL: the healthy kernel as it is */
	void (*plant)(struct fake_kernel *fk);
	const char *fires, *clean;		/* or by reports of tests/data/samples/expect */
} rows[FINDING_IDS] = {
	[FIND_ALLOC_TAG] = { tags, alloc_tag, NULL, NULL },
	[FIND_ALLOCATED_NO_MEMORY] = { hotplugged, allocated_no_memory, NULL, NULL },
	[FIND_ALLOCATED_ON_FREE_LIST] = { NULL, allocated_on_free_list, NULL, NULL },
	[FIND_BITMAP_PADDING] = { NULL, bitmap_padding, NULL, NULL },
	[FIND_BLOCK_MISPLACED] = { NULL, block_misplaced, NULL, NULL },
	[FIND_BLOCKS_OVERLAP] = { NULL, blocks_overlap, NULL, NULL },
	[FIND_BUDDIES_UNMERGED] = { NULL, buddies_unmerged, NULL, NULL },
	[FIND_BUDDY_NOT_LISTED] = { without_d, buddy_not_listed, NULL, NULL },
	[FIND_CACHE_COUNT] = { fc_add, cache_count, NULL, NULL },
	[FIND_CACHE_ENTRY] = { fc_add, cache_entry, NULL, NULL },
	[FIND_CACHE_NODE] = { fc_add, cache_node, NULL, NULL },
	[FIND_CACHE_PAGE] = { fc_add, cache_page, NULL, NULL },
	[FIND_CACHE_TAG] = { fc_add, cache_tag, NULL, NULL },
	[FIND_CHECKER_STATE] = { NULL, checker_state, NULL, NULL },
	[FIND_CMA_BITMAP] = { fk_add_cma, cma_bitmap, NULL, NULL },
	[FIND_CMA_COUNTER] = { fk_add_cma, cma_counter, NULL, NULL },
	[FIND_COMPLEMENT_BROKEN] = { NULL, complement_broken, NULL, NULL },
	[FIND_COMPOUND_BROKEN] = { slab, compound_broken, NULL, NULL },
	[FIND_DAMAGED_DUMP] = { live, damaged_dump, NULL, NULL },
	[FIND_FREE_IN_USE] = { NULL, free_in_use, NULL, NULL },
	[FIND_HUGETLB_COUNTER] = { fk_add_hugetlb, hugetlb_counter, NULL, NULL },
	[FIND_HUGETLB_LINKAGE] = { fk_add_hugetlb, hugetlb_linkage, NULL, NULL },
	[FIND_HUGETLB_LISTED] = { fk_add_hugetlb, hugetlb_listed, NULL, NULL },
	[FIND_LIMBO_EXCESS] = { without_d, limbo_excess, NULL, NULL },
	[FIND_LIST_BAD_POINTER] = { NULL, list_bad_pointer, NULL, NULL },
	[FIND_LIST_CYCLE] = { NULL, list_cycle, NULL, NULL },
	[FIND_LIST_LINKAGE] = { NULL, list_linkage, NULL, NULL },
	[FIND_LISTED_FLAGS] = { NULL, listed_flags, NULL, NULL },
	[FIND_LISTED_MAPCOUNT] = { NULL, listed_mapcount, NULL, NULL },
	[FIND_LISTED_MAPPING] = { NULL, listed_mapping, NULL, NULL },
	[FIND_LISTED_NOT_BUDDY] = { NULL, listed_not_buddy, NULL, NULL },
	[FIND_LISTED_REFCOUNT] = { NULL, listed_refcount, NULL, NULL },
	[FIND_LISTED_TWICE] = { trylock_chain, listed_twice, NULL, NULL },
	[FIND_LISTED_WRONG_ZONE] = { NULL, listed_wrong_zone, NULL, NULL },
	[FIND_LOCK_HELD] = { NULL, lock_held, NULL, NULL },
	[FIND_LOCK_IMPOSSIBLE] = { NULL, lock_impossible, NULL, NULL },
	[FIND_LRU_LINKAGE] = { NULL, lru_linkage, NULL, NULL },
	[FIND_MAPCOUNT_RECOUNT] = { fk_add_process, mapcount_recount, NULL, NULL },
	[FIND_MM_COUNTER] = { fk_add_process, mm_counter, NULL, NULL },
	[FIND_NR_FREE_COUNT] = { NULL, nr_free_count, NULL, NULL },
	[FIND_ORDER_MISMATCH] = { NULL, order_mismatch, NULL, NULL },
	[FIND_OWNER_CONFLICT] = { areas, owner_conflict, NULL, NULL },
	[FIND_OWNER_DISAGREES] = { NULL, NULL, "6.12-owner-flag", "6.12-healthy" },
	[FIND_PAGE_BLANK] = { NULL, page_blank, NULL, NULL },
	[FIND_PAGE_MISPLACED] = { NULL, page_misplaced, NULL, NULL },
	[FIND_PAGE_STATE] = { NULL, page_state, NULL, NULL },
	[FIND_PAGE_TABLE_ENTRY] = { tables, page_table_entry, NULL, NULL },
	[FIND_PAGE_TYPE_UNKNOWN] = { NULL, page_type_odd, NULL, NULL },
	[FIND_PCP_COUNT] = { NULL, pcp_count, NULL, NULL },
	[FIND_PCP_IS_BUDDY] = { NULL, pcp_is_buddy, NULL, NULL },
	[FIND_REFCOUNT_IMPOSSIBLE] = { NULL, refcount_impossible, NULL, NULL },
	[FIND_SECTION_RECORD] = { usage, section_record, NULL, NULL },
	[FIND_SLAB_COUNTER] = { partial_list, slab_counter, NULL, NULL },
	[FIND_SLAB_FREELIST] = { free_objects, slab_freelist, NULL, NULL },
	[FIND_SLAB_LINKAGE] = { partial_list, slab_linkage, NULL, NULL },
	[FIND_SLAB_LISTED] = { partial_list, slab_listed, NULL, NULL },
	[FIND_SLAB_OBJECT] = { red_zones, slab_object, NULL, NULL },
	[FIND_TABLE_ENTRY] = { fk_add_process, table_entry, NULL, NULL },
	[FIND_TABLE_PAGE] = { fk_add_process, table_page, NULL, NULL },
	[FIND_TRACKED_COUNT] = { NULL, NULL, "7.2-primary-bit", "7.2-healthy" },
	[FIND_VIOLATIONS_LOGGED] = { NULL, violations_logged, NULL, NULL },
	[FIND_WRONG_MIGRATETYPE] = { usage, wrong_migratetype, NULL, NULL },
	[FIND_ZONE_COUNTER] = { NULL, zone_counter, NULL, NULL },
	[FIND_ZONE_RECORD] = { NULL, zone_record, NULL, NULL },
	[FIND_ZONE_SPAN] = { NULL, zone_span, NULL, NULL },
};

/* Lines of the report's table that begin with the finding's name. */
static size_t in_report(const char *name, const char *slug)
{
	char path[4096], line[1024];
	size_t n = 0, len = strlen(slug);
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/data/samples/expect/%s.txt", getenv("TOP_SRCDIR"),
		 name);
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "no report %s", path);
	while (fgets(line, sizeof(line), in))
		n += !strncmp(line, slug, len) && line[len] == ' ';
	fclose(in);
	return n;
}

START_TEST(every_finding_can_fire)
{
	const enum finding_id id = (enum finding_id)_i;
	const char *slug = finding_type(id)->slug;
	struct fake_kernel *fk;
	struct fk_result *r;

	if (rows[id].fires) {
		ck_assert_msg(in_report(rows[id].fires, slug) > 0, "%s: not in %s", slug,
			      rows[id].fires);
		ck_assert_msg(in_report(rows[id].clean, slug) == 0, "%s: in %s", slug,
			      rows[id].clean);
		return;
	}
	/* It takes a memory of pages that are all alike: check_population.c. */
	if (id == FIND_MODEL_MISMATCH)
		return;
	/* It takes a vmlinux: check_kernel_text.c. */
	if (id == FIND_TEXT_CHANGED)
		return;
	ck_assert_msg(rows[id].plant != NULL, "%s: no test shows it", slug);
	fk = fk_create();
	if (rows[id].base)
		rows[id].base(fk);
	r = fk_run(fk);
	ck_assert_msg(r->n == 0, "%s: its twin has %s", slug,
		      r->n ? finding_type(r->findings[0].id)->slug : "");
	fk_result_free(r);
	rows[id].plant(fk);
	r = fk_run(fk);
	ck_assert_msg(fk_count(r, id, NULL) > 0, "%s: does not fire", slug);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A pageblock may be of a type that its blocks are not of, or of one that does not exist. */
START_TEST(either_migratetype)
{
	for (int i = 0; i < 2; i++) {
		struct fake_kernel *fk = fk_create();
		const struct finding *f = NULL;
		struct fk_result *r;

		fk_use_usage(fk, 0);
		if (i) /* the first of section 1: four bits each */
			*fake_vmcore_at(fk_vmcore(fk), fk_use_usage(fk, 1) + 16) = 0x16;
		else
			fk_set_pageblocks(fk, 0, 0);
		r = fk_run(fk);
		ck_assert_uint_ge(fk_count(r, FIND_WRONG_MIGRATETYPE, &f), 1);
		for (size_t n = 0; n < r->n; n++) {
			ck_assert_int_eq(r->findings[n].id, FIND_WRONG_MIGRATETYPE);
			if (finding_fact(&r->findings[n], FACT_WHAT))
				f = &r->findings[n];
		}
		ck_assert_int_eq(finding_fact(f, FACT_WHAT) != NULL, i);
		if (i)
			ck_assert_uint_eq(f->pfn, 4096);
		else
			ck_assert_uint_eq(f->pfn, FK_ORDER0);
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* Of guard pages nothing is counted: a counter that is off is explained where there may be any. */
START_TEST(guard_pages_explain_a_counter)
{
	for (unsigned int minorder = 0; minorder < 2; minorder++) {
		struct fake_kernel *fk = fk_create();
		const struct finding *f = NULL;
		struct fk_result *r;

		fk_add_layout(fk, L_debug_guardpage_minorder, FK_SPARE, 4);
		*fake_vmcore_at(fk_vmcore(fk), FK_SPARE) = (uint8_t)minorder;
		fk_set_zone_stat(fk, 0, 0, 2000);
		r = fk_run(fk);
		ck_assert_uint_eq(r->n, 1);
		ck_assert_uint_eq(fk_count(r, FIND_ZONE_COUNTER, &f), 1);
		ck_assert_int_eq(f->severity, minorder ? SEV_NOTE : SEV_SUSPECT);
		if (minorder)
			ck_assert_contains(f->explained, "guard");
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* Blocks on the isolated list, but by the zone's count no pageblock is isolated. */
START_TEST(isolated_blocks_without_a_pageblock)
{
	for (uint64_t count = 0; count < 2; count++) {
		struct fake_kernel *fk = fk_create();
		const struct finding *f = NULL;
		struct fk_result *r;

		fk_use_usage(fk, 0);
		fk_set_pageblocks(fk, 1, 4);
		fk_add_layout(fk, L_page_group_by_mobility_disabled, FK_SPARE, 4);
		*fake_vmcore_at(fk_vmcore(fk), FK_SPARE) = 1;
		fk_add_layout(fk, L_zone_nr_isolate_pageblock, FK_ZONE_EXTRA, 8);
		fk_set_zone_extra(fk, 1, count);
		fk_free_block(fk, 1, 0x1800, 9, 4);
		r = fk_run(fk);
		ck_assert_uint_eq(r->n, !count);
		ck_assert_uint_eq(fk_count(r, FIND_ZONE_COUNTER, &f), !count);
		if (f)
			ck_assert_str_eq(f->field.name, "nr_isolate_pageblock");
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* Which zone of which node is told of both, the list and the page. */
START_TEST(both_places_are_told)
{
	for (uint64_t node = 0; node < 2; node++) {
		struct fake_kernel *fk = fk_create();
		const struct finding *f = NULL;
		struct fk_result *r;

		xor_flags(fk, FK_ORDER10, node ? NODE_BIT : ZONE_BIT);
		r = fk_run(fk);
		ck_assert_uint_eq(fk_count(r, FIND_LISTED_WRONG_ZONE, &f), 1);
		ck_assert_uint_eq(finding_fact(f, FACT_EXPECTED_NODE)->num, 0);
		ck_assert_uint_eq(finding_fact(f, FACT_EXPECTED_ZONE)->num, 1);
		ck_assert_uint_eq(finding_fact(f, FACT_FOUND_NODE)->num, node);
		ck_assert_uint_eq(finding_fact(f, FACT_FOUND_ZONE)->num, node);
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* Where the kernel's source says how many bits a pageblock has, it rounds them up. */
START_TEST(bits_of_a_pageblock)
{
	static const unsigned int bits[][2] = {
		{ 1, 1 }, { 2, 2 }, { 3, 4 }, { 4, 4 }, { 5, 8 }, { 64, 64 }, { 1000, 64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		struct fake_kernel *fk = fk_create();
		struct kernel *k;

		fk_add_layout(fk, L_NR_PAGEBLOCK_BITS_raw, bits[i][0], 0);
		k = fk_open(fk);
		ck_assert_uint_eq(pageblock_bits(k->lay), bits[i][1]);
		kernel_destroy(k);
		fk_destroy(fk);
	}
}
END_TEST

static const struct evidence *names_of(struct flag_names *fn, struct finding *f, uint64_t flags)
{
	finding_init(f, FIND_PAGE_STATE, 1);
	finding_num(f, FACT_BIT, 1);
	flag_names_want(f, flags);
	finding_str(f, FACT_WHAT, "after it");
	flag_names_fill(fn, f);
	ck_assert_uint_eq(finding_fact(f, FACT_FLAGS)->num, flags);
	ck_assert_str_eq(finding_fact(f, FACT_WHAT)->str, "after it");
	return finding_fact(f, FACT_FLAG_NAMES);
}

/* One text for each combination of flags, whatever zone stands beside them; 64 in all. */
START_TEST(flags_have_names)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	struct flag_names *fn = flag_names_create(k->lay);
	struct finding f;
	char text[96];

	ck_assert_ptr_nonnull(fn);
	for (uint64_t flags = 0; flags < 64; flags++) {
		const struct evidence *names = names_of(fn, &f, flags | ZONE_BIT);

		page_flag_names(k->lay, flags, text, sizeof(text));
		ck_assert_ptr_nonnull(names);
		ck_assert_str_eq(names->str, text);
	}
	/* The first one's is still there; one more has no place, and is left out. */
	ck_assert_str_eq(names_of(fn, &f, NODE_BIT)->str, "none");
	ck_assert_ptr_null(names_of(fn, &f, 64));
	ck_assert_uint_eq(f.n_evidence, 3);
	/* What has no room for the fact is left alone. */
	finding_init(&f, FIND_PAGE_STATE, 1);
	while (f.n_evidence < FINDING_EVIDENCE - 1)
		finding_num(&f, FACT_BIT, f.n_evidence);
	flag_names_want(&f, 5);
	flag_names_fill(fn, &f);
	ck_assert_uint_eq(f.n_evidence, FINDING_EVIDENCE);
	ck_assert_int_eq(f.evidence[FINDING_EVIDENCE - 1].id, FACT_FLAGS);
	flag_names_destroy(fn);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fire");
	TCase *tc = tcase_create("fire");

	tcase_add_loop_test(tc, every_finding_can_fire, 0, FINDING_IDS);
	tcase_add_test(tc, either_migratetype);
	tcase_add_test(tc, guard_pages_explain_a_counter);
	tcase_add_test(tc, isolated_blocks_without_a_pageblock);
	tcase_add_test(tc, both_places_are_told);
	tcase_add_test(tc, bits_of_a_pageblock);
	tcase_add_test(tc, flags_have_names);
	return unit_run_case(suite, tc);
}
