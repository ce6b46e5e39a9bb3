/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole way from memory to findings, on a small kernel made here: it is healthy, and
 * each row changes one thing. A row names everything that is found, no more and no less.
 */
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/dual_bitmap.h"
#include "model/free_list.h"
#include "struct_page.h"
#include "unit.h"
#include "walk/page_homes.h"
#include "walk/page_sense.h"

#define POISON1 0xdead000000000100ULL
#define NO FINDING_NO_PFN

static void primary_of_allocated(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ANON);
}

static void secondary_of_free(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_ORDER3_B + 5);
}

static void both_of_allocated(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ANON);
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_ANON);
}

static void both_of_free(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ORDER10 + 1000);
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_ORDER10 + 1000);
}

static void both_of_pcp(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_PCP_B);
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_PCP_B);
}

static void padding_bit(struct fake_kernel *fk)
{
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_PAGES);
}

static void refcount_of_free(struct fake_kernel *fk)
{
	fk_set_refcount(fk, FK_ORDER3_C + 3, 1);
}

static void mapcount_of_free(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_C + 3, 0);
}

static void flags_of_free(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ORDER3_C, fk_flags(fk, FK_ORDER3_C) | 1);
}

static void stray_inside(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ORDER3_C + 1, fk_flags(fk, FK_ORDER3_C + 1) | 1ULL << 62);
}

static void prev_broken(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_ORDER3_C, fk_link(FK_ORDER3_A));
}

static void prev_null(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_ORDER3_C, 0);
}

/* Over two blocks, to one that its neighbours still agree on. */
static void next_skips(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_A, fk_link(FK_ORDER3_D));
}

static void prev_skips(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_ORDER3_D, fk_link(FK_ORDER3_A));
}

static void next_poison(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_B, POISON1);
}

static void next_into_use(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_B, fk_link(FK_ANON));
}

static void cycle(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_C, fk_link(FK_ORDER3_A));
}

static void self_link(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_B, fk_link(FK_ORDER3_B));
}

static void pcp_next_null(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_PCP_A, 0);
}

static void wrong_order(struct fake_kernel *fk)
{
	fk_set_private(fk, FK_ORDER3_A, 2);
}

static void type_cleared(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_A, UINT32_MAX);
}

static void pcp_is_buddy(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_PCP_A, 0xf0000000u);
}

static void nr_free_off(struct fake_kernel *fk)
{
	fk_set_nr_free(fk, 0, 3, 5);
}

static void pcp_count_off(struct fake_kernel *fk)
{
	fk_set_pcp_count(fk, 0, 0, 3);
}

/* Block D taken off the list of order 3, its type and the count kept right. */
static void not_listed(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_C, fk_list_head(0, 3, 1));
	memcpy(fake_vmcore_at(fk_vmcore(fk), fk_list_head(0, 3, 1) + 8),
	       fake_vmcore_at(fk_vmcore(fk), fk_link(FK_ORDER3_D) + 8), 8);
	fk_set_nr_free(fk, 0, 3, 3);
}

static void type_inside(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER10 + 512, 0xf0000000u);
}

/* Block C moved by one page: its neighbours link to it there. */
static void misaligned(struct fake_kernel *fk)
{
	fk_set_next(fk, FK_ORDER3_B, fk_link(FK_ORDER3_C + 1));
	fk_set_prev(fk, FK_ORDER3_D, fk_link(FK_ORDER3_C + 1));
	fk_set_next(fk, FK_ORDER3_C + 1, fk_link(FK_ORDER3_D));
	fk_set_prev(fk, FK_ORDER3_C + 1, fk_link(FK_ORDER3_B));
	fk_set_mapcount(fk, FK_ORDER3_C + 1, 0xf0000000u);
	fk_set_private(fk, FK_ORDER3_C + 1, 3);
	/* The page that is left over went to somebody. */
	fk_set_mapcount(fk, FK_ORDER3_C, UINT32_MAX);
	fk_set_refcount(fk, FK_ORDER3_C, 1);
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ORDER3_C);
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_ORDER3_C);
}

static void wrong_zone(struct fake_kernel *fk)
{
	for (uint64_t i = 0; i < 8; i++)
		fk_set_flags(fk, FK_ORDER3_C + i, fk_flags(fk, FK_ORDER3_C + i) | 1ULL << 62);
}

/* Its head alone: the rest of the block is where it should be. */
static void wrong_zone_of_head(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ORDER3_C, fk_flags(fk, FK_ORDER3_C) ^ 1ULL << 62);
}

/* A single page: its zone does not reach to where it is. */
static void wrong_node_of_pcp(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_PCP_B, fk_flags(fk, FK_PCP_B) ^ 1ULL << 63);
}

static void nbits_wrong(struct fake_kernel *fk)
{
	fk_set_checker(fk, 1, FK_PAGES, fk_nbits() - 64);
}

static void min_pfn_wrong(struct fake_kernel *fk)
{
	fk_set_checker(fk, 33, FK_PAGES, fk_nbits());
}

static void map_unreserved(struct fake_kernel *fk)
{
	fk_set_flags(fk, (fk_map_kaddr(0) - FAKE_DIRECT_MAP) >> 12, 0);
	fk_set_mapcount(fk, (fk_map_kaddr(0) - FAKE_DIRECT_MAP) >> 12, 0);
}

static void healthy(struct fake_kernel *fk)
{
	(void)fk;
}

/* Struct pages of pages in use; the one in the middle of a few that were written over. */
static void blank_zeros(struct fake_kernel *fk)
{
	fk_fill_page(fk, FK_ANON, 0);
}

static void blank_ones(struct fake_kernel *fk)
{
	fk_fill_page(fk, FK_ANON, 0xff);
}

static void written_over(struct fake_kernel *fk)
{
	fk_fill_page(fk, FK_ANON, 0x5a);
}

static void zone_of_used(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) ^ 1ULL << 62);
}

static void node_of_used(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) ^ 1ULL << 63);
}

static void zone_of_reserved(struct fake_kernel *fk)
{
	fk_set_flags(fk, 0x80, fk_flags(fk, 0x80) ^ 1ULL << 62);
	fk_set_mapping(fk, 0x80, FK_MEMMAP);
}

static void mapping_of_used(struct fake_kernel *fk)
{
	fk_set_mapping(fk, FK_ANON, 0x4141414141414141);
}

static void negative_refs(struct fake_kernel *fk)
{
	fk_set_refcount(fk, FK_ANON, -1);
}

static void reserved_lru(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) | 1ULL << 13);
}

static void slab_lru(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ANON, 0xf5000000u);
}

static void lone_head(struct fake_kernel *fk)
{
	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) | 1ULL << 6);
}

static void refs_of_tail(struct fake_kernel *fk)
{
	fk_make_slab(fk, FK_ANON, 2);
	fk_set_refcount(fk, FK_ANON + 3, 1);
}

static void order_of_slab(struct fake_kernel *fk)
{
	fk_make_slab(fk, FK_ANON, 2);
	fk_set_flags(fk, FK_ANON + 1, fk_flags(fk, FK_ANON + 1) ^ 3);
}

static void order_too_large(struct fake_kernel *fk)
{
	fk_make_slab(fk, FK_ANON, 2);
	fk_set_flags(fk, FK_ANON + 1, fk_flags(fk, FK_ANON + 1) ^ 1);
}

static void type_overflow(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ANON, 0xd5000000u);
}

static void type_underflow(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ANON, (uint32_t)-2);
}

static void lru_link(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_ANON, 0x1234567800);
}

static void more_than_buddy(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_ORDER3_A, 0xf0000004u);
}

static const struct {
	const char *name;
	void (*plant)(struct fake_kernel *fk);
	struct {
		enum finding_id id;
		uint64_t pfn;
		enum verdict verdict;
	} expect[3];
	size_t n;
} rows[] = {
	{ "healthy", healthy, { { 0 } }, 0 },
	{ "primary bit of an allocated page", primary_of_allocated,
	  { { FIND_COMPLEMENT_BROKEN, FK_ANON, VERDICT_PRIMARY } }, 1 },
	{ "secondary bit of a free page", secondary_of_free,
	  { { FIND_COMPLEMENT_BROKEN, FK_ORDER3_B + 5, VERDICT_SECONDARY } }, 1 },
	{ "both bits of an allocated page", both_of_allocated,
	  { { FIND_FREE_IN_USE, FK_ANON, VERDICT_BITMAPS } }, 1 },
	{ "both bits of a free page", both_of_free,
	  { { FIND_ALLOCATED_ON_FREE_LIST, FK_ORDER10 + 1000, VERDICT_BITMAPS } }, 1 },
	{ "both bits of a pcp page", both_of_pcp,
	  { { FIND_ALLOCATED_ON_FREE_LIST, FK_PCP_B, VERDICT_BITMAPS } }, 1 },
	{ "padding bit", padding_bit, { { FIND_BITMAP_PADDING, NO, VERDICT_SECONDARY } }, 1 },
	{ "refcount of a free page", refcount_of_free,
	  { { FIND_LISTED_REFCOUNT, FK_ORDER3_C + 3, VERDICT_STRUCT_PAGE } }, 1 },
	{ "mapcount of a free page", mapcount_of_free,
	  { { FIND_LISTED_MAPCOUNT, FK_ORDER3_C + 3, VERDICT_STRUCT_PAGE } }, 1 },
	{ "flag of a free page", flags_of_free,
	  { { FIND_LISTED_FLAGS, FK_ORDER3_C, VERDICT_STRUCT_PAGE } }, 1 },
	{ "zone of a page inside a block", stray_inside,
	  { { FIND_LISTED_WRONG_ZONE, FK_ORDER3_C + 1, VERDICT_STRUCT_PAGE } }, 1 },
	{ "prev to another page", prev_broken,
	  { { FIND_LIST_LINKAGE, FK_ORDER3_C, VERDICT_FREE_LIST } }, 1 },
	{ "prev NULL", prev_null, { { FIND_LIST_BAD_POINTER, FK_ORDER3_C, VERDICT_FREE_LIST } }, 1 },
	{ "next skips blocks", next_skips,
	  { { FIND_LIST_LINKAGE, FK_ORDER3_A, VERDICT_FREE_LIST } }, 1 },
	{ "prev skips blocks", prev_skips,
	  { { FIND_LIST_LINKAGE, FK_ORDER3_D, VERDICT_FREE_LIST } }, 1 },
	{ "next poison", next_poison,
	  { { FIND_LIST_BAD_POINTER, FK_ORDER3_B, VERDICT_FREE_LIST } }, 1 },
	{ "next into a used page", next_into_use,
	  { { FIND_LIST_LINKAGE, FK_ORDER3_B, VERDICT_FREE_LIST } }, 1 },
	{ "cycle", cycle, { { FIND_LIST_CYCLE, FK_ORDER3_C, VERDICT_FREE_LIST } }, 1 },
	{ "self link", self_link, { { FIND_LIST_CYCLE, FK_ORDER3_B, VERDICT_FREE_LIST } }, 1 },
	{ "pcp next NULL", pcp_next_null,
	  { { FIND_LIST_BAD_POINTER, FK_PCP_A, VERDICT_FREE_LIST } }, 1 },
	{ "order", wrong_order, { { FIND_ORDER_MISMATCH, FK_ORDER3_A, VERDICT_STRUCT_PAGE } }, 1 },
	{ "type cleared", type_cleared,
	  { { FIND_LISTED_NOT_BUDDY, FK_ORDER3_A, VERDICT_STRUCT_PAGE } }, 1 },
	{ "pcp page with type", pcp_is_buddy,
	  { { FIND_PCP_IS_BUDDY, FK_PCP_A, VERDICT_STRUCT_PAGE } }, 1 },
	{ "nr_free", nr_free_off, { { FIND_NR_FREE_COUNT, NO, VERDICT_COUNTER } }, 1 },
	{ "pcp count", pcp_count_off, { { FIND_PCP_COUNT, NO, VERDICT_COUNTER } }, 1 },
	{ "buddy on no list", not_listed,
	  { { FIND_BUDDY_NOT_LISTED, FK_ORDER3_D, VERDICT_STRUCT_PAGE } }, 1 },
	{ "buddy type inside a block", type_inside,
	  { { FIND_BUDDY_NOT_LISTED, FK_ORDER10 + 512, VERDICT_STRUCT_PAGE } }, 1 },
	{ "misaligned block", misaligned,
	  { { FIND_BLOCK_MISPLACED, FK_ORDER3_C + 1, VERDICT_FREE_LIST } }, 1 },
	{ "block of another zone", wrong_zone,
	  { { FIND_LISTED_WRONG_ZONE, FK_ORDER3_C, VERDICT_FREE_LIST } }, 1 },
	{ "zone of a free head", wrong_zone_of_head,
	  { { FIND_LISTED_WRONG_ZONE, FK_ORDER3_C, VERDICT_STRUCT_PAGE } }, 1 },
	{ "node of a pcp page", wrong_node_of_pcp,
	  { { FIND_LISTED_WRONG_ZONE, FK_PCP_B, VERDICT_STRUCT_PAGE } }, 1 },
	{ "zeros over a used page", blank_zeros,
	  { { FIND_PAGE_BLANK, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "ones over a used page", blank_ones,
	  { { FIND_PAGE_BLANK, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "a byte over a used page", written_over,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "zone of a used page", zone_of_used,
	  { { FIND_PAGE_MISPLACED, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "node of a used page", node_of_used,
	  { { FIND_PAGE_MISPLACED, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "zone of a reserved page", zone_of_reserved,
	  { { FIND_PAGE_MISPLACED, 0x80, VERDICT_STRUCT_PAGE } }, 1 },
	{ "mapping of a used page", mapping_of_used,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "refcount below zero", negative_refs,
	  { { FIND_REFCOUNT_IMPOSSIBLE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "reserved on an LRU list", reserved_lru,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "slab on an LRU list", slab_lru,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "head without tails", lone_head,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "refcount of a tail", refs_of_tail,
	  { { FIND_PAGE_STATE, FK_ANON + 3, VERDICT_STRUCT_PAGE } }, 1 },
	{ "order below its tails", order_of_slab,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "order above its tails", order_too_large,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "mapcount overflowed", type_overflow,
	  { { FIND_PAGE_TYPE_UNKNOWN, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "mapcount underflowed", type_underflow,
	  { { FIND_PAGE_TYPE_UNKNOWN, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "link of an LRU page", lru_link,
	  { { FIND_PAGE_STATE, FK_ANON, VERDICT_STRUCT_PAGE } }, 1 },
	{ "more than the buddy type", more_than_buddy,
	  { { FIND_LISTED_MAPCOUNT, FK_ORDER3_A, VERDICT_STRUCT_PAGE } }, 1 },
	{ "nbits", nbits_wrong, { { FIND_CHECKER_STATE, NO, VERDICT_NONE } }, 1 },
	{ "min_pfn", min_pfn_wrong, { { FIND_CHECKER_STATE, NO, VERDICT_NONE } }, 1 },
	{ "bitmap frame not reserved", map_unreserved,
	  { { FIND_CHECKER_STATE, (0x40000 >> 12), VERDICT_NONE },
	    { FIND_FREE_IN_USE, (0x40000 >> 12), VERDICT_BITMAPS } }, 2 },
};

START_TEST(one_change_one_finding)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	rows[_i].plant(fk);
	r = fk_run(fk);
	for (size_t i = 0; i < r->n && i < FK_MAX_FINDINGS; i++)
		ck_assert_msg(i < rows[_i].n, "%s: unexpected %s at 0x%llx", rows[_i].name,
			      finding_type(r->findings[i].id)->slug,
			      (unsigned long long)r->findings[i].pfn);
	ck_assert_msg(r->n == rows[_i].n, "%s: %zu findings", rows[_i].name, r->n);
	for (size_t i = 0; i < rows[_i].n; i++) {
		const struct finding *f = NULL;

		ck_assert_msg(fk_count(r, rows[_i].expect[i].id, &f) == 1, "%s: no %s",
			      rows[_i].name, finding_type(rows[_i].expect[i].id)->slug);
		ck_assert_msg(f->pfn == rows[_i].expect[i].pfn, "%s: at 0x%llx", rows[_i].name,
			      (unsigned long long)f->pfn);
		ck_assert_msg(f->verdict == rows[_i].expect[i].verdict, "%s: verdict %d",
			      rows[_i].name, f->verdict);
		ck_assert_msg(f->severity == SEV_CORRUPT, "%s: severity %d", rows[_i].name,
			      f->severity);
	}
	ck_assert_uint_eq(r->sum.coverage.walked, FK_PAGES);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What a free page may not have, it may not have inside a block either. */
START_TEST(each_page_of_a_block_is_asked)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_set_mapping(fk, FK_ORDER10 + 700, FK_MEMMAP);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_LISTED_MAPPING, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ORDER10 + 700);
	ck_assert_int_eq(f->severity, SEV_SUSPECT);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* One overwrite of the memmap is one finding, though it lies over pages of several kinds. */
START_TEST(one_overwrite_is_one_run)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_make_slab(fk, FK_ANON + 32, 3);
	fk_set_flags(fk, FK_ANON + 5, fk_flags(fk, FK_ANON + 5) ^ (1ULL << 5 | 1ULL << 13));
	for (uint64_t i = 0; i < 64; i++)
		fk_fill_page(fk, FK_ANON + i, 0x78);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON);
	ck_assert_uint_eq(f->count, 64);
	ck_assert_int_eq(f->verdict, VERDICT_STRUCT_PAGE);
	ck_assert_int_eq(f->damage, CLASS_OVERWRITE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Of noise, too, whatever its bits make of each page: every second one looks like a tail. */
START_TEST(noise_is_one_run)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	uint64_t word = 88172645463325252ULL;
	struct fk_result *r;

	for (uint64_t pfn = FK_ANON; pfn < FK_ANON + 64; pfn++)
		for (uint64_t at = 0; at < FK_PAGE_SIZE_OF; at += 8) {
			word ^= word << 13;
			word ^= word >> 7;
			word ^= word << 17;
			fk_set_page_word(fk, pfn, at, word);
		}
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON);
	ck_assert_uint_eq(f->count, 64);
	ck_assert_int_eq(f->verdict, VERDICT_STRUCT_PAGE);
	ck_assert_int_eq(f->damage, CLASS_OVERWRITE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A bit that no flag and no field has; where two pages have it, somebody uses it. */
START_TEST(a_bit_that_nobody_uses)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) ^ 1ULL << 40);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON);
	ck_assert_int_eq(f->severity, SEV_SUSPECT);
	fk_result_free(r);
	for (uint64_t pfn = 0; pfn < FK_PAGES; pfn++)
		fk_set_flags(fk, pfn, fk_flags(fk, pfn) | 1ULL << 40);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* LAST_CPUPID of 21 bits, as in a kernel for 8192 CPUs. */
static void flip_cpupid(struct fake_kernel *fk, uint64_t pfn, uint64_t value)
{
	uint64_t all = (1ULL << 21) - 1;
	struct kernel *k = fk_open(fk);
	unsigned int shift = k->zone_shift - 21;

	kernel_destroy(k);
	fk_set_flags(fk, pfn, (fk_flags(fk, pfn) & ~(all << shift)) | value << shift);
}

static unsigned int found_in(struct fake_kernel *fk, enum finding_id id, uint64_t pfn)
{
	struct fk_result *r = fk_run(fk);
	const struct finding *f = NULL;
	size_t n = fk_count(r, id, &f);

	ck_assert_uint_eq(r->n, n);
	ck_assert_uint_le(n, 1);
	if (n)
		ck_assert_uint_eq(f->pfn, pfn);
	fk_result_free(r);
	return (unsigned int)n;
}

/* Ones, or a CPU of this machine and eight bits of a PID: never all ones but for one. */
START_TEST(a_bit_of_last_cpupid)
{
	struct fake_kernel *fk = fk_create();
	uint64_t ones = (1ULL << 21) - 1;

	for (uint64_t pfn = 0; pfn < FK_PAGES; pfn++)
		flip_cpupid(fk, pfn, ones);
	/* N_ONLINE: the node has a CPU. */
	fk_add_layout(fk, L_N_CPU, 1, 0);
	ck_assert_uint_eq(found_in(fk, FIND_PAGE_STATE, 0), 0);
	flip_cpupid(fk, FK_ANON, ones ^ 1 << 9);
	ck_assert_uint_eq(found_in(fk, FIND_PAGE_STATE, FK_ANON), 1);
	/* CPU 1 and a PID. */
	flip_cpupid(fk, FK_ANON, 1 << 8 | 0x5a);
	ck_assert_uint_eq(found_in(fk, FIND_PAGE_STATE, FK_ANON), 0);
	/* A page inside of a free block. */
	flip_cpupid(fk, FK_ORDER10 + 3, ones ^ 1 << 20);
	ck_assert_uint_eq(found_in(fk, FIND_LISTED_FLAGS, FK_ORDER10 + 3), 1);
	/* A node of a slower tier: it may be a time. */
	fk_add_layout(fk, L_N_CPU, 5, 0);
	ck_assert_uint_eq(found_in(fk, FIND_LISTED_FLAGS, 0), 0);
	fk_destroy(fk);
}
END_TEST

static bool is_unused(struct fake_kernel *fk, struct kernel *k, unsigned int bit)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct page_homes *ph;
	bool unused;

	ck_assert_ok(page_homes_create(k, fk_vmcore(fk), NULL, &ph, &err), &err);
	ck_assert_ptr_nonnull(ph);
	unused = page_homes_unused(ph) >> bit & 1;
	page_homes_destroy(ph);
	return unused;
}

/* Generations have bits right below the zone's; none where it is known that there are none. */
START_TEST(bits_of_generations)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	unsigned int top = k->zone_shift - 1;

	/* An older layout file has neither row. */
	ck_assert(!is_unused(fk, k, top) && is_unused(fk, k, 40));
	layout_set(fk_layout(fk), L_lruvec_lists, 0, 80);
	ck_assert(is_unused(fk, k, top) && is_unused(fk, k, 40));
	layout_set(fk_layout(fk), L_lruvec_lrugen, 136, 800);
	ck_assert(!is_unused(fk, k, top) && is_unused(fk, k, 40));
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* The tag of a page has bits there. */
START_TEST(bits_of_tags)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	unsigned int top = k->zone_shift - 1;

	layout_set(fk_layout(fk), L_lruvec_lists, 0, 80);
	ck_assert(is_unused(fk, k, top) && is_unused(fk, k, 40));
	k->page_tags = true;
	ck_assert(!is_unused(fk, k, top) && is_unused(fk, k, 40));
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/*
 * What shows whether there are tags: the architecture, KASAN's functions where any are known, the kind
 * that has none, the switch of the kind that has them.
 */
START_TEST(kernels_with_tags)
{
	static const struct {
		bool x86, functions, kasan, generic, has_switch, on, tag;
		bool page_tags, tagged;
	} kinds[] = {
		{ .x86 = true, .functions = true, .kasan = true },
		{ .page_tags = true, .tagged = true },
		{ .functions = true },
		{ .functions = true, .kasan = true, .page_tags = true, .tagged = true },
		{ .functions = true, .kasan = true, .generic = true },
		{ .functions = true, .kasan = true, .has_switch = true, .page_tags = true },
		{ .functions = true, .kasan = true, .has_switch = true, .on = true,
		  .page_tags = true, .tagged = true },
		/* The switch is damaged. */
		{ .functions = true, .kasan = true, .has_switch = true, .tag = true,
		  .page_tags = true, .tagged = true },
	};
	static const uint64_t words[][2] = {
		{ 0xf3ff888000001000, 0xffff888000001000 }, { 0xffff888000001000, 0xffff888000001000 },
		{ 0x00f0888000001000, 0xfff0888000001000 }, { 0xdead000000000100, 0xdead000000000100 },
		{ 0, 0 }, { 0x1234, 0x1234 }, { 0x0000ffffffffffff, 0x0000ffffffffffff },
	};
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	fake_vmcore_arch(fk_vmcore(fk), kinds[_i].x86 ? &arch_x86_64 : &arch_arm64);
	if (kinds[_i].functions)
		fk_add_layout(fk, L_free_pages, 0xffffffff81000100, 0);
	if (kinds[_i].kasan)
		fk_add_layout(fk, L_kasan_report, 0xffffffff81000200, 0);
	if (kinds[_i].generic)
		fk_add_layout(fk, L_asan_loadN, 0xffffffff81000300, 0);
	if (kinds[_i].has_switch)
		fk_add_layout(fk, L_kasan_flag_enabled, FK_SPARE, 0);
	fk_add_slab_caches(fk);
	fake_put64(fk_vmcore(fk), FK_SPARE, kinds[_i].on);
	if (kinds[_i].tag)
		*fake_vmcore_at(fk_vmcore(fk), FK_CACHES_HEAD + 15) = 0xf7;
	k = fk_open(fk);
	ck_assert_int_eq(k->page_tags, kinds[_i].page_tags);
	ck_assert_int_eq(k->tagged, kinds[_i].tagged);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_uint_eq(kernel_bare(k, words[i][0]), words[i][kinds[_i].tagged]);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Where it is not known what tails have, the next page's word makes no tail of a head. */
START_TEST(a_head_stays_one_where_tails_are_not_known)
{
	struct page_format fmt = { .size = 64, .lru_next = 8, .lru_prev = 16, .mapping = 24,
				   .private = 40, .mapcount = 48, .refcount = 52, .compound = 8,
				   .head = 1 << 6 };
	uint8_t raw[128] = { [0] = 1 << 6, [64 + 8] = 1 };
	struct page p;

	memset(raw + 64 + 9, 0xff, 7);
	/* A huge page in use: its reference is seen here, too. */
	raw[52] = 1;
	page_decode(&fmt, raw, &p);
	ck_assert(page_fix_fake_head(&fmt, raw, 0xffffea0000000000, &p));
	ck_assert(page_is_tail(&p));
	/* The word is there to be shown; the walk knows whose it is. */
	ck_assert_int_eq(p.refcount, 1);
	page_decode(&fmt, raw, &p);
	fmt.heads_unknown = true;
	ck_assert(!page_fix_fake_head(&fmt, raw, 0xffffea0000000000, &p));
	ck_assert(!page_is_tail(&p));
	ck_assert_int_eq(p.refcount, 1);
}
END_TEST

/* A count below zero is told where reserved pages are known, which count as they like. */
START_TEST(a_rule_is_off_without_its_facts)
{
	struct page_format fmt = { .size = 64, .encoding = TYPES_BITS, .reserved = 1 << 12,
				   .slab = 1 << 9 };
	struct page p = { .mapcount = UINT32_MAX, .refcount = -1 };

	ck_assert_uint_eq(page_sense(&fmt, &p), ODD(REFS));
	fmt.reserved = 0;
	ck_assert_uint_eq(page_sense(&fmt, &p), 0);
	p.refcount = 1;
	/* A balloon's page on its way back. */
	p.mapping = 2;
	ck_assert_uint_eq(page_sense(&fmt, &p), 0);
	p.mapping = 0x4141414141414141;
	ck_assert_uint_eq(page_sense(&fmt, &p), ODD(MAPPING));
	fmt.slab = 0;
	ck_assert_uint_eq(page_sense(&fmt, &p), 0);
}
END_TEST

/* A bit that was a type in some kernels of this encoding, and is none in others. */
START_TEST(bits_that_are_no_types)
{
	static const struct {
		uint32_t word, others;
		bool impossible;
	} words[] = {
		{ UINT32_MAX, 0, false }, { ~0x80u, 0, false }, { ~0x200u, 0, false },
		{ ~0x800u, 0x1800, false }, { ~0xa00u, 0x1800, false }, { ~0x800u, 0x1000, true },
		{ ~0xa00u, 0x1000, true }, { ~0x1000u, 0x1000, false }, { ~0x1000u, 0x800, true },
		{ ~0x40u, 0x1800, true }, { ~0x2000u, 0x1800, true },
	};
	struct page_format fmt = { .size = 64, .encoding = TYPES_BITS };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		fmt.other_types = words[i].others;
		ck_assert_msg(page_type_impossible(&fmt, words[i].word) == words[i].impossible,
			      "0x%x", words[i].word);
	}
}
END_TEST

/* Where a bit of pages that are charged to a memory cgroup came before these two, it says no more. */
START_TEST(types_of_old_kernels)
{
	static const struct {
		uint32_t word;
		enum page_kind now, old;
	} words[] = {
		{ ~0x200u, KIND_TABLE, KIND_NONE }, { ~0x400u, KIND_GUARD, KIND_TABLE },
		{ ~0x600u, KIND_TABLE, KIND_TABLE }, { ~0x800u, KIND_OTHER, KIND_GUARD },
		{ ~0x80u, KIND_BUDDY, KIND_BUDDY }, { 3, KIND_MAPPED, KIND_MAPPED },
	};
	struct fake_kernel *fk = fk_create();
	struct page_format fmt;
	struct kernel *k;

	fk_set_type_bits(fk);
	if (_i == 1)
		fk_add_layout(fk, L_page_mem_cgroup, 56, 8);
	else if (_i)
		fk_add_layout(fk, L_zone_pageset, 8, 8);
	if (_i == 3)
		fk_add_layout(fk, L_page_memcg_data, 56, 8);
	k = fk_open(fk);
	ck_assert_int_eq(page_format_init(&fmt, kernel_reader_of(k, fk_vmcore(fk)), NULL), PGC_OK);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_msg(page_kind(&fmt, words[i].word) ==
				      (_i == 1 || _i == 2 ? words[i].old : words[i].now), "0x%x", words[i].word);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* The tails of boot's huge pages have a count for an instant; later none has one. */
START_TEST(a_tail_that_is_being_made)
{
	struct page_format fmt = { .size = 64, .encoding = TYPES_BYTE };
	struct page p = { .mapcount = UINT32_MAX, .refcount = 1, .compound = FK_MEMMAP | 1 };

	ck_assert_uint_eq(page_sense(&fmt, &p), ODD(TAIL_REFS));
	fmt.booting = true;
	ck_assert_uint_eq(page_sense(&fmt, &p), 0);
}
END_TEST

/* A mapping that no other page near it has, and that leads to no anon_vma: other pages' is near. */
START_TEST(an_owner_one_bit_away)
{
	enum { ROOT = 8, BENT = 0x400 };
	struct fake_kernel *fk = fk_create();
	uint64_t anon_vma = FK_SPARE & ~0xfffULL, bent = anon_vma ^ BENT;
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_layout(fk, L_anon_vma_root, ROOT, 0);
	memcpy(fake_vmcore_at(fk_vmcore(fk), anon_vma + ROOT), &anon_vma, 8);
	/* Another anon_vma, not the root of itself, is none the less one. */
	if (_i == 1)
		memcpy(fake_vmcore_at(fk_vmcore(fk), bent + ROOT), &anon_vma, 8);
	for (uint64_t pfn = FK_ANON; pfn < FK_ANON + 4; pfn++) {
		fk_set_mapping(fk, pfn, (pfn == FK_ANON + 2 ? bent : anon_vma) | 1);
		fk_set_mapcount(fk, pfn, _i == 2 ? UINT32_MAX : 0);
	}
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, _i ? 0 : 1);
	if (!_i) {
		ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
		ck_assert_uint_eq(f->pfn, FK_ANON + 2);
		ck_assert_str_eq(f->field.name, "page.mapping");
		ck_assert_uint_eq(f->field.found, bent | 1);
		ck_assert_uint_eq(f->field.expected, anon_vma | 1);
		ck_assert_int_eq(f->severity, SEV_CORRUPT);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* One bit in a word that is a constant in all pages of its kind; fk_run() walks both ways. */
START_TEST(constants_that_are_not)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_set_prev(fk, FK_ORDER3_A + 1, 0xdead000000000122 ^ 0x40);
	fk_set_next(fk, FK_ORDER10 + 5, 0);
	fk_set_prev(fk, FK_ORDER10 + 5, 0xdead000000000122);
	fk_set_private(fk, FK_ORDER10 + 5, 1ULL << 33);
	fk_set_next(fk, 0x80, fk_link(0x80));
	fk_set_prev(fk, 0x80, fk_link(0x80) ^ 0x100);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 3);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, NULL), 3);
	for (size_t i = 0; i < r->n; i++) {
		bool dead = r->findings[i].pfn == FK_ORDER10 + 5;

		ck_assert_int_eq(r->findings[i].severity, dead ? SEV_SUSPECT : SEV_CORRUPT);
		ck_assert_int_eq(r->findings[i].verdict, VERDICT_STRUCT_PAGE);
		ck_assert(r->findings[i].field.has_expected);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/*
 * What looks alike and is sound: a hole's page of the next zone, an unevictable page, one that is
 * being taken off its list, a page with its memory not there.
 */
START_TEST(what_only_looks_odd)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_set_flags(fk, 0x80, fk_flags(fk, 0x80) ^ 1ULL << 62);
	fk_unlink(fk, FK_ANON);
	fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) | 1ULL << 20);
	fk_set_prev(fk, FK_ANON, 3);
	/* On its way off, as the last reference is gone. */
	fk_unlink(fk, FK_ANON + 1);
	fk_set_refcount(fk, FK_ANON + 1, 0);
	fk_set_mapping(fk, FK_ANON + 2, FK_MEMMAP | 1);
	/* Mapped three times, with as many references. */
	fk_set_mapcount(fk, FK_ANON + 3, 2);
	fk_set_refcount(fk, FK_ANON + 3, 3);
	fk_fill_page(fk, 0x81, 0);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Where most pages contradict their zones it is the reading of the flags that is wrong. */
START_TEST(flags_that_are_not_understood)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_set_zone_span(fk, 0, 1, 0);
	fk_set_zone_span(fk, 1, 1, FK_PAGES - 1);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_MISPLACED, NULL), 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A block that was taken off its list and given to nobody: candidates, one run. */
START_TEST(a_lost_block_is_in_limbo)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	not_listed(fk);
	fk_set_mapcount(fk, FK_ORDER3_D, UINT32_MAX);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_LIMBO_EXCESS, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ORDER3_D);
	ck_assert_uint_eq(f->count, 8);
	ck_assert_uint_eq(r->sum.coverage.limbo, 8);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A page inside a slab is in use whatever its own record says. */
START_TEST(a_tail_is_what_its_head_is)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_make_slab(fk, FK_ANON, 2);
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ANON + 3);
	fk_flip_bit(fk, BITMAP_SECONDARY, FK_ANON + 3);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_FREE_IN_USE, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON + 3);
	ck_assert_uint_eq(r->sum.states[PS_TAIL], 3);
	ck_assert_uint_eq(r->sum.states[PS_SLAB], 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(a_tail_that_leads_astray)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	/* The last one, too: the order of the head is right. */
	fk_make_slab(fk, FK_ANON, 2);
	fk_set_next(fk, FK_ANON + 2 + (uint64_t)_i,
		    FK_MEMMAP + (FK_ANON + 64) * FK_PAGE_SIZE_OF + 1);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_COMPOUND_BROKEN, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON + 2 + (uint64_t)_i);
	ck_assert_int_eq(f->severity, SEV_SUSPECT);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* To a head of its zone, but not one that a compound page this long could begin with. */
START_TEST(a_tail_of_another_head)
{
	const uint64_t other = FK_ANON + (_i ? 0 : 64);
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_make_slab(fk, other, 2);
	fk_make_slab(fk, FK_ANON + 160, 2);
	fk_set_next(fk, FK_ANON + 161, FK_MEMMAP + other * FK_PAGE_SIZE_OF + 1);
	r = fk_run(fk);
	/* What begins at a multiple of 256 pages may be so long, as far as the tail shows. */
	ck_assert_uint_eq(fk_count(r, FIND_COMPOUND_BROKEN, &f), _i ? 0 : 1);
	if (!_i)
		ck_assert_uint_eq(f->pfn, FK_ANON + 161);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Bit 0 of its word alone makes a tail: without it the page would pass as one in use. */
START_TEST(a_tail_that_is_none)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_make_slab(fk, FK_ANON, 2);
	fk_set_next(fk, FK_ANON + 2 + (uint64_t)_i, FK_MEMMAP + FK_ANON * FK_PAGE_SIZE_OF);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
	ck_assert_uint_eq(f->pfn, FK_ANON + 2 + (uint64_t)_i);
	ck_assert_int_eq(f->severity, SEV_CORRUPT);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A memmap that was given back to a hugetlb page keeps copies of the head's type (6.12). */
START_TEST(leftovers_of_hvo_are_no_damage)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_set_mapcount(fk, FK_ORDER10 + 64, 0xf4000000u);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
	/* Anywhere else the type is damage. */
	fk = fk_create();
	fk_set_mapcount(fk, FK_ORDER10 + 65, 0xf4000000u);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_LISTED_MAPCOUNT, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* One bit of a page without a user, and nothing else to tell: one finding, not two. */
START_TEST(an_unequal_pair_is_not_in_limbo)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_make_slab(fk, FK_ANON, 0);
	fk_set_flags(fk, FK_ANON, 1ULL << 62);
	fk_set_mapcount(fk, FK_ANON, UINT32_MAX);
	fk_set_refcount(fk, FK_ANON, 0);
	fk_flip_bit(fk, BITMAP_PRIMARY, FK_ANON);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(fk_count(r, FIND_COMPLEMENT_BROKEN, NULL), 1);
	ck_assert_uint_eq(r->sum.states[PS_FROZEN], 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What struct pages of a section that went offline say is stale, and judged by nobody. */
START_TEST(offline_memory_is_not_judged)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_remove_checker(fk);
	fk_set_refcount(fk, FK_ORDER10 + 3, 1);
	fk_set_offline(fk, 1);
	fk_set_zone_counts(fk, 1, 0, 0);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LISTED_REFCOUNT, NULL), 0);
	ck_assert_uint_eq(r->sum.states[PS_OFFLINE_SECTION], FK_PAGES / 2);
	ck_assert_uint_eq(r->sum.coverage.walked, FK_PAGES / 2);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* debug_guardpage_minorder: a block held back, on no list; only its head says so. */
/* What a page says of itself excuses it only where the kernel's own count agrees. */
START_TEST(poison_that_is_not_counted_excuses_nothing)
{
	static const struct {
		bool known;
		uint8_t count;
		size_t findings;
	} ways[] = { { false, 0, 0 }, { true, 1, 0 }, { true, 0, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct fake_kernel *fk = fk_create();
		struct fk_result *r;

		fk_add_layout(fk, L_PG_hwpoison, 21, 0);
		if (ways[i].known)
			fk_add_layout(fk, L_num_poisoned_pages, FK_SPARE, 8);
		*fake_vmcore_at(fk_vmcore(fk), FK_SPARE) = ways[i].count;
		both_of_allocated(fk);
		fk_set_flags(fk, FK_ANON, fk_flags(fk, FK_ANON) | 1ULL << 21);
		r = fk_run(fk);
		ck_assert_uint_eq(fk_count(r, FIND_FREE_IN_USE, NULL), ways[i].findings);
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

START_TEST(guard_pages_are_no_riddle)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	not_listed(fk);
	fk_set_mapcount(fk, FK_ORDER3_D, 0xf3000000u);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.states[PS_GUARD], 8);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(states_are_counted)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r = fk_run(fk);
	uint64_t all = 0;

	for (int st = 0; st < PAGE_STATES; st++)
		all += r->sum.states[st];
	ck_assert_uint_eq(all, FK_PAGES);
	ck_assert_uint_eq(r->sum.states[PS_BUDDY_HEAD], 6);
	ck_assert_uint_eq(r->sum.states[PS_BUDDY_TAIL], 4 * 7 + 1023);
	ck_assert_uint_eq(r->sum.states[PS_PCP_HEAD], 2);
	ck_assert_uint_eq(r->sum.states[PS_RESERVED], 256);
	ck_assert_uint_eq(r->sum.checker.primary_popcount, FK_PAGES - 256 - 1 - 32 - 1024 - 2);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(nothing_behind_a_break_is_lost)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	next_poison(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(r->sum.states[PS_BUDDY_HEAD], 6);
	ck_assert_uint_eq(r->sum.coverage.lists_cut, 0);
	ck_assert_uint_eq(fk_count(r, FIND_LIST_BAD_POINTER, &f), 1);
	ck_assert_uint_eq(finding_fact(f, FACT_FROM_HEAD)->num, 2);
	ck_assert_uint_eq(finding_fact(f, FACT_FROM_TAIL)->num, 2);
	ck_assert_uint_eq(finding_fact(f, FACT_EXPECTED)->num, fk_link(FK_ORDER3_C));
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(two_breaks_cut_a_list)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_set_next(fk, FK_ORDER3_A, 0);
	fk_set_prev(fk, FK_ORDER3_D, 0);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LIST_BAD_POINTER, NULL), 2);
	ck_assert_uint_eq(r->sum.coverage.lists_cut, 1);
	ck_assert(r->sum.incomplete);
	/* B and C are found in the memmap, and why they are on no list is known. */
	ck_assert_uint_eq(fk_count(r, FIND_BUDDY_NOT_LISTED, &f), 2);
	ck_assert_int_eq(f->severity, SEV_NOTE);
	ck_assert_ptr_nonnull(f->explained);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(a_held_lock_explains_a_half_done_step)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	nr_free_off(fk);
	fk_set_zone_lock(fk, 0, 1);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LOCK_HELD, NULL), 1);
	ck_assert_uint_eq(fk_count(r, FIND_NR_FREE_COUNT, &f), 1);
	ck_assert_int_eq(f->severity, SEV_NOTE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* One block too many or too few is what a held lock leaves; it must not be blamed unasked. */
START_TEST(a_lock_that_is_not_known_may_explain_it_too)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	nr_free_off(fk);
	fk_hide_locks(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_NR_FREE_COUNT, &f), 1);
	ck_assert_int_eq(f->severity, SEV_NOTE);
	ck_assert_contains(f->explained, "unknown");
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A page between its list and its type is half an operation; one that is on its way is no longer. */
START_TEST(a_lock_explains_a_type_without_a_list_and_no_more)
{
	for (int i = 0; i < 4; i++) {
		enum finding_id id = i < 2 ? FIND_BUDDY_NOT_LISTED : FIND_LIMBO_EXCESS;
		struct fake_kernel *fk = fk_create();
		const struct finding *f = NULL;
		struct fk_result *r;

		not_listed(fk);
		if (id == FIND_LIMBO_EXCESS)
			fk_set_mapcount(fk, FK_ORDER3_D, UINT32_MAX);
		if (i % 2)
			fk_hide_locks(fk);
		else
			fk_set_zone_lock(fk, 0, 1);
		r = fk_run(fk);
		ck_assert_uint_eq(fk_count(r, id, &f), 1);
		ck_assert_int_eq(f->severity, i < 2 ? SEV_NOTE : SEV_SUSPECT);
		ck_assert_int_eq(f->explained != NULL, i < 2);
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

START_TEST(pagesets_of_older_kernels_are_walked)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_old_pagesets(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);

	fk = fk_create();
	pcp_count_off(fk);
	fk_old_pagesets(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_PCP_COUNT, NULL), 1);
	ck_assert_uint_eq(r->n, 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Once offset 0 of struct zone was taken for a pointer, and its lists were all broken. */
START_TEST(unknown_pagesets_are_no_damage)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_hide_pagesets(fk);
	r = fk_run(fk);
	for (size_t i = 0; i < r->n; i++)
		ck_assert_int_eq(r->findings[i].severity, SEV_NOTE);
	ck_assert_uint_ge(r->sum.n_limits, 1);
	ck_assert_contains(r->sum.limits[0], "lacks struct zone.per_cpu_pageset");
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Nobody knows which list is which: once all of them were walked as of other orders. */
START_TEST(another_number_of_pcp_lists_is_no_damage)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_layout(fk, L_MIGRATE_PCPTYPES, 1, 0);
	r = fk_run(fk);
	for (size_t i = 0; i < r->n; i++)
		ck_assert_int_eq(r->findings[i].severity, SEV_NOTE);
	ck_assert_uint_ge(r->sum.n_limits, 1);
	ck_assert_contains(r->sum.limits[0], "12 per-CPU lists of 1 migratetypes are an unknown layout");
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(gaps_are_coverage_not_findings)
{
	static const enum pgc_status why[] = { PGC_EXCLUDED, PGC_ABSENT, PGC_DAMAGED };
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	/* struct pages of pfns 0x1800 to 0x18bf: in use, on no list */
	for (size_t i = 0; i < 3; i++)
		fake_vmcore_gap(fk_vmcore(fk), FK_MEMMAP + (0x1800 + i * 64) * 64, why[i]);
	r = fk_run(fk);
	/* Sections that were there at boot have a memmap to their end: what is not mapped is lost. */
	ck_assert_uint_eq(r->sum.coverage.unreadable, 128);
	ck_assert_uint_eq(r->sum.coverage.holes, 0);
	ck_assert(r->sum.incomplete);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_set_hotplugged(fk, 1);
	r = fk_run(fk);
	ck_assert_uint_eq(r->sum.coverage.walked, FK_PAGES - 192);
	ck_assert_uint_eq(r->sum.coverage.excluded, 64);
	ck_assert_uint_eq(r->sum.coverage.unreadable, 64);
	ck_assert_uint_eq(r->sum.coverage.holes, 64);
	ck_assert(r->sum.incomplete);
	/* Where there is no memory the bits may not be set. */
	ck_assert_uint_eq(r->n, 1);
	ck_assert_int_eq(r->findings[0].id, FIND_ALLOCATED_NO_MEMORY);
	ck_assert_uint_eq(r->findings[0].count, 64);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(an_excluded_map_page_is_zeros)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	memset(fake_vmcore_at(fk_vmcore(fk), fk_map_kaddr(BITMAP_SECONDARY)), 0xff, 1024);
	fake_vmcore_gap(fk_vmcore(fk), fk_map_kaddr(BITMAP_PRIMARY), PGC_EXCLUDED);
	r = fk_run(fk);
	/* All zeros against all ones: every pair holds, and what is in use contradicts it. */
	ck_assert_uint_eq(fk_count(r, FIND_COMPLEMENT_BROKEN, NULL), 0);
	ck_assert_uint_gt(fk_count(r, FIND_FREE_IN_USE, NULL), 0);
	ck_assert_uint_eq(r->sum.coverage.bitmap_excluded, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(a_damaged_map_page_is_not_judged)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fake_vmcore_gap(fk_vmcore(fk), fk_map_kaddr(BITMAP_PRIMARY), PGC_DAMAGED);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.coverage.bitmap_unreadable, fk_nbits());
	ck_assert(r->sum.incomplete);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(without_the_checker_the_rest_is_walked)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_remove_checker(fk);
	cycle(fk);
	r = fk_run(fk);
	ck_assert_int_eq(r->sum.checker.state, CHECKER_ABSENT);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_int_eq(r->findings[0].id, FIND_LIST_CYCLE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(a_disabled_checker_is_said_to_be)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	both_of_allocated(fk);
	fk_set_checker_enabled(fk, 0);
	r = fk_run(fk);
	ck_assert_int_eq(r->sum.checker.state, CHECKER_DISABLED);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(unusable_maps_lose_only_the_bits)
{
	static const uint64_t wild[] = { 0, 0x1234, 0xffff888000040001ULL, UINT64_MAX - 7 };
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_set_checker_map(fk, BITMAP_SECONDARY, wild[_i]);
	cycle(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CHECKER_STATE, NULL), 1);
	ck_assert_uint_eq(fk_count(r, FIND_LIST_CYCLE, NULL), 1);
	ck_assert_uint_eq(r->n, 2);
	ck_assert(r->sum.incomplete);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Page tables that were lost say nothing against the pointers that they would translate. */
START_TEST(maps_without_page_tables_are_not_judged)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fake_vmcore_no_table(fk_vmcore(fk), fk_map_kaddr(BITMAP_SECONDARY));
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert(r->sum.checker.unreadable && !r->sum.checker.unusable);
	ck_assert(r->sum.incomplete);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/*
 * Damage of the dump, not of its kernel: all is walked and nothing found, but the first limit says
 * @what. @fk is used up.
 */
static void ck_only_told(struct fake_kernel *fk, const char *what)
{
	struct fk_result *r = fk_run(fk);

	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.coverage.walked, FK_PAGES);
	ck_assert(r->sum.incomplete);
	ck_assert_msg(strstr(r->sum.limits[0], what), "%s", r->sum.limits[0]);
	fk_result_free(r);
	fk_destroy(fk);
}

/* The mask of nodes and node_data[] contradict each other: told, and what is there is walked. */
START_TEST(no_node_is_lost_in_silence)
{
	static const struct {
		uint64_t online;	/* node 1 has no memory, and no pglist_data */
		size_t limits;
	} states[] = { { 1, 0 }, { 0, 1 }, { 3, 1 }, { 2, 2 }, { 1 | 1ULL << 63, 1 }, { 5, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct fake_kernel *fk = fk_create();
		struct kernel *k;

		fk_set_nodes_online(fk, states[i].online);
		k = fk_open(fk);
		ck_assert_uint_eq(k->n_nodes, 1);
		ck_assert_uint_eq(k->n_limits, states[i].limits);
		kernel_destroy(k);
		fk_destroy(fk);
	}
}
END_TEST

/* Struct pages are found without asking their section. */
START_TEST(a_section_whose_memmap_is_nowhere)
{
	static const uint64_t words[] = { 0xdead000000000122, 0x2, FK_MEMMAP + 0x1003, UINT64_MAX };
	struct fake_kernel *fk = fk_create();

	fk_set_section_mem_map(fk, 1, words[_i]);
	ck_only_told(fk, "section");
}
END_TEST

/* Nothing but VMCOREINFO tells how large a section is. */
START_TEST(sections_that_are_too_small)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	k = fk_open(fk);
	ck_assert(!k->memory_unseen);
	ck_assert_uint_eq(k->n_limits, 0);
	kernel_destroy(k);
	fk_destroy(fk);
	fk = fk_create();
	fake_vmcore_info_line(fk_vmcore(fk), "NUMBER(SECTION_SIZE_BITS)", "23");
	k = fk_open(fk);
	ck_assert(k->memory_unseen);
	ck_assert_ptr_nonnull(strstr(k->limits[0], "pages, sections only 4096"));
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Nor can they be smaller than the blocks that lie in them, or larger than any machine. */
START_TEST(sections_that_cannot_be)
{
	static const char *const bits[] = { "0", "13", "17", "41", "18446744073709551615" };
	struct fake_kernel *fk = fk_create();

	fake_vmcore_info_line(fk_vmcore(fk), "NUMBER(SECTION_SIZE_BITS)", bits[_i]);
	ck_only_told(fk, "bytes; assuming 2^27");
}
END_TEST

/* Of two nodes the second was left out, with its zones, and that is told. */
static void ck_only_node_0(struct fake_kernel *fk)
{
	struct kernel *k = fk_open(fk);

	ck_assert_uint_eq(k->n_nodes, 1);
	ck_assert_int_eq(k->nodes[0].nid, 0);
	ck_assert_uint_eq(k->n_zones, 2);
	ck_assert_ptr_nonnull(strstr(k->limits[k->n_limits - 1],
				     "node 1: node_data points to 0x"));
	kernel_destroy(k);
}

/* What node_data[] leads to may be no node at all: no list of its "zones" is held against pages. */
START_TEST(a_false_node_is_told_and_left_out)
{
	struct fake_kernel *fk = fk_create();

	fk_set_false_node(fk, FK_ANON);
	ck_only_node_0(fk);
	ck_only_told(fk, "node 1");
}
END_TEST

START_TEST(zones_without_their_names)
{
	struct fake_kernel *fk = fk_create();

	fk_lose_zone_names(fk);
	ck_only_told(fk, "the name of 2 zones cannot be read");
}
END_TEST

/* Each of its lists would be walked again. */
START_TEST(a_node_is_read_once)
{
	struct fake_kernel *fk = fk_create();

	fk_set_node_twice(fk);
	ck_only_node_0(fk);
	ck_only_told(fk, "node 1");
}
END_TEST

/* The links of pages in use make a ring; from inside it all would seem to be listed. */
START_TEST(no_list_begins_in_a_struct_page)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f;
	struct fk_result *r;

	for (uint64_t pfn = FK_ANON; pfn < FK_ANON + 20; pfn++) {
		uint64_t next = pfn == FK_ANON + 19 ? FK_ANON : pfn + 1;

		fk_set_next(fk, pfn, fk_link(next));
		fk_set_prev(fk, next, fk_link(pfn));
	}
	fk_set_pcp_lists(fk, 0, fk_link(FK_ANON));
	r = fk_run(fk);
	ck_assert_uint_gt(fk_count(r, FIND_LIST_BAD_POINTER, &f), 0);
	ck_assert_uint_eq(finding_fact(f, FACT_FOUND)->num, fk_link(FK_ANON));
	ck_assert_uint_eq(fk_count(r, FIND_LISTED_TWICE, NULL), 0);
	ck_assert_uint_eq(fk_count(r, FIND_ALLOCATED_ON_FREE_LIST, NULL), 0);
	ck_assert(r->sum.incomplete);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

static void count_twice(void *arg, const struct list_fact *fact)
{
	*(uint64_t *)arg += fact->kind == LIST_TWICE;
}

/* By a hostile layout all lists of a zone are the same one: it is not walked for each of them. */
START_TEST(lists_that_are_all_one)
{
	const uint64_t n = 3000, head = fk_list_head(1, 0, 0);
	const uint64_t ends[] = { fk_link(FK_ANON), fk_link(FK_ANON + n - 1) };
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	struct zone_summary zones[2] = { { 0 } };
	struct pgc_err err = PGC_ERR_INIT;
	struct listing *listing = NULL;
	struct page_format fmt;
	uint64_t cut = 0, twice = 0;

	for (uint64_t pfn = FK_ANON; pfn < FK_ANON + n; pfn++) {
		fk_set_next(fk, pfn, pfn == FK_ANON + n - 1 ? head : fk_link(pfn + 1));
		fk_set_prev(fk, pfn, pfn == FK_ANON ? head : fk_link(pfn - 1));
	}
	memcpy(fake_vmcore_at(fk_vmcore(fk), head), ends, sizeof(ends));
	layout_set(fk_layout(fk), L_list_head, 0, 0);
	layout_set(fk_layout(fk), L_free_area, 0, 0);
	ck_assert_ok(page_format_init(&fmt, kernel_reader_of(k, fk_vmcore(fk)), &err),
		     &err);
	ck_assert_ok(listing_create(k, &listing, &err), &err);
	ck_assert_ok(free_list_walk_all(kernel_reader_of(k, fk_vmcore(fk)), &fmt, listing,
					zones, &cut, count_twice, &twice, &err),
		     &err);
	/* Twice as many as there are pages, and one list more. */
	ck_assert_uint_gt(twice, n);
	ck_assert_uint_le(twice, 2 * FK_PAGES + n);
	ck_assert_uint_gt(cut, 40);
	listing_destroy(listing);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* What a zone that was not found had on its lists is a note, but the walk was not all. */
START_TEST(a_zone_that_is_not_there_is_missed)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r = fk_run(fk);

	ck_assert(!r->sum.incomplete);
	ck_assert_uint_eq(r->sum.coverage.strays, 0);
	fk_result_free(r);
	fk_set_zone_memory(fk, 1, 0);
	r = fk_run(fk);
	ck_assert(r->sum.incomplete);
	ck_assert_uint_gt(r->sum.coverage.strays, 0);
	for (size_t i = 0; i < r->n && i < FK_MAX_FINDINGS; i++)
		ck_assert_int_eq(r->findings[i].severity, SEV_NOTE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A folio on an LRU list as 7.2 has it: each tail has a mask, of @mask; @n of them. */
#define FOLIO 0x1200ULL

static void make_folio(struct fake_kernel *fk, unsigned int order, unsigned int mask, uint64_t n)
{
	fk_add_layout(fk, L_page_compound_info, 8, 8);
	fk_add_layout(fk, L_zone_vmemmap_tails, FK_ZONE_EXTRA, 8);
	fk_set_flags(fk, FOLIO, fk_flags(fk, FOLIO) | 1ULL << 6);
	for (uint64_t i = 1; i <= n; i++) {
		fk_unlink(fk, FOLIO + i);
		fk_set_flags(fk, FOLIO + i, 1ULL << 62 | (i == 1 ? order : 0));
		fk_set_refcount(fk, FOLIO + i, 0);
		fk_set_next(fk, FOLIO + i, ~0ULL << (mask + 6) | 1);
		fk_set_prev(fk, FOLIO + i, 0xdead000000000122);
		fk_set_mapping(fk, FOLIO + i, 0xdead000000000400);
	}
}

static const struct {
	const char *name;
	unsigned int order, mask;
	uint64_t tails, first;	/* what the first tail has, or 0 */
	uint64_t pfn;		/* the one that is wrong, or 0 */
} folios[] = {
	{ "whole", 3, 3, 7, 0, 0 },
	/* mm/huge_memory.c:__split_folio_to_order() */
	{ "the first part of one that was split", 3, 4, 7, 0, 0 },
	{ "split twice", 2, 4, 3, 0, 0 },
	{ "an order that is too small", 3, 4, 15, 0, FOLIO },
	{ "an order that is too large", 4, 3, 7, 0, FOLIO },
	{ "a bit of the first mask", 3, 3, 7, ~0ULL << 10 | 1, FOLIO + 1 },
};

START_TEST(masks_of_tails)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	make_folio(fk, folios[_i].order, folios[_i].mask, folios[_i].tails);
	if (folios[_i].first)
		fk_set_next(fk, FOLIO + 1, folios[_i].first);
	r = fk_run(fk);
	ck_assert_msg(!r->n == !folios[_i].pfn, "%s: %zu findings", folios[_i].name, r->n);
	for (size_t i = 0; i < r->n; i++)
		ck_assert_msg(r->findings[i].pfn == folios[_i].pfn, "%s: %s of page %ju",
			      folios[_i].name, finding_type(r->findings[i].id)->slug,
			      (uintmax_t)r->findings[i].pfn);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(runs_are_folded)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	for (uint64_t pfn = FK_ANON; pfn < FK_ANON + 100; pfn++)
		fk_flip_bit(fk, BITMAP_SECONDARY, pfn);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 1);
	ck_assert_uint_eq(r->findings[0].pfn, FK_ANON);
	ck_assert_uint_eq(r->findings[0].count, 100);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tc = tcase_create("walk");

	tcase_add_loop_test(tc, one_change_one_finding, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tc, each_page_of_a_block_is_asked);
	tcase_add_test(tc, one_overwrite_is_one_run);
	tcase_add_test(tc, noise_is_one_run);
	tcase_add_test(tc, a_bit_that_nobody_uses);
	tcase_add_test(tc, a_head_stays_one_where_tails_are_not_known);
	tcase_add_test(tc, a_bit_of_last_cpupid);
	tcase_add_test(tc, bits_of_generations);
	tcase_add_test(tc, bits_of_tags);
	tcase_add_loop_test(tc, kernels_with_tags, 0, 8);
	tcase_add_test(tc, a_rule_is_off_without_its_facts);
	tcase_add_test(tc, bits_that_are_no_types);
	tcase_add_loop_test(tc, types_of_old_kernels, 0, 4);
	tcase_add_test(tc, a_tail_that_is_being_made);
	tcase_add_loop_test(tc, an_owner_one_bit_away, 0, 3);
	tcase_add_test(tc, constants_that_are_not);
	tcase_add_test(tc, what_only_looks_odd);
	tcase_add_test(tc, flags_that_are_not_understood);
	tcase_add_test(tc, a_lost_block_is_in_limbo);
	tcase_add_test(tc, a_tail_is_what_its_head_is);
	tcase_add_loop_test(tc, a_tail_that_leads_astray, 0, 2);
	tcase_add_loop_test(tc, a_tail_of_another_head, 0, 2);
	tcase_add_loop_test(tc, a_tail_that_is_none, 0, 2);
	tcase_add_test(tc, leftovers_of_hvo_are_no_damage);
	tcase_add_test(tc, an_unequal_pair_is_not_in_limbo);
	tcase_add_test(tc, offline_memory_is_not_judged);
	tcase_add_test(tc, guard_pages_are_no_riddle);
	tcase_add_test(tc, poison_that_is_not_counted_excuses_nothing);
	tcase_add_test(tc, states_are_counted);
	tcase_add_test(tc, nothing_behind_a_break_is_lost);
	tcase_add_test(tc, two_breaks_cut_a_list);
	tcase_add_test(tc, a_held_lock_explains_a_half_done_step);
	tcase_add_test(tc, a_lock_that_is_not_known_may_explain_it_too);
	tcase_add_test(tc, a_lock_explains_a_type_without_a_list_and_no_more);
	tcase_add_test(tc, pagesets_of_older_kernels_are_walked);
	tcase_add_test(tc, unknown_pagesets_are_no_damage);
	tcase_add_test(tc, another_number_of_pcp_lists_is_no_damage);
	tcase_add_test(tc, gaps_are_coverage_not_findings);
	tcase_add_test(tc, an_excluded_map_page_is_zeros);
	tcase_add_test(tc, a_damaged_map_page_is_not_judged);
	tcase_add_test(tc, without_the_checker_the_rest_is_walked);
	tcase_add_test(tc, a_disabled_checker_is_said_to_be);
	tcase_add_loop_test(tc, unusable_maps_lose_only_the_bits, 0, 4);
	tcase_add_test(tc, maps_without_page_tables_are_not_judged);
	tcase_add_test(tc, no_node_is_lost_in_silence);
	tcase_add_test(tc, a_false_node_is_told_and_left_out);
	tcase_add_test(tc, zones_without_their_names);
	tcase_add_test(tc, a_node_is_read_once);
	tcase_add_test(tc, no_list_begins_in_a_struct_page);
	tcase_add_test(tc, lists_that_are_all_one);
	tcase_add_test(tc, sections_that_are_too_small);
	tcase_add_loop_test(tc, sections_that_cannot_be, 0, 5);
	tcase_add_loop_test(tc, a_section_whose_memmap_is_nowhere, 0, 4);
	tcase_add_test(tc, a_zone_that_is_not_there_is_missed);
	tcase_add_loop_test(tc, masks_of_tails, 0, ARRAY_SIZE(folios));
	tcase_add_test(tc, runs_are_folded);
	return unit_run_case(suite, tc);
}
