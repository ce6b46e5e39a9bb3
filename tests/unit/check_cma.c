/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMA areas against the free lists, the pageblocks and the counters: each rule fires on one wrong
 * word, and on nothing that a sound kernel has.
 */
#include <string.h>

#include "base/array.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/cma_areas.h"
#include "unit.h"

#define RANGE (FK_CMA + FK_CMA_RANGES)
#define AREAS (FK_CMA + FK_CMA_AREA_COUNT)

static void put(struct fake_kernel *fk, uint64_t at, uint64_t value, size_t size)
{
	memcpy(fake_vmcore_at(fk_vmcore(fk), at), &value, size);
}

static void set_bits(struct fake_kernel *fk, uint64_t pfn, uint8_t bits)
{
	*fake_vmcore_at(fk_vmcore(fk), FK_CMA_BITMAP + (pfn - FK_CMA_PFN) / 8) |= bits;
}

static void nothing(struct fake_kernel *fk _unused_)
{
}

/* Three that were taken, by bits and counter, but are free. */
static void free_pages(struct fake_kernel *fk)
{
	set_bits(fk, FK_ORDER10 + 8, 7);
	put(fk, FK_CMA + FK_CMA_AVAILABLE, FK_CMA_PAGES - 4, 8);
}

static void one_bit_more(struct fake_kernel *fk)
{
	set_bits(fk, FK_CMA_PFN + 16, 1);
}

static void one_bit_less(struct fake_kernel *fk)
{
	put(fk, FK_CMA_BITMAP, 0, 1);
}

static void available(struct fake_kernel *fk)
{
	put(fk, FK_CMA + FK_CMA_AVAILABLE, (FK_CMA_PAGES - 1) ^ 1ULL << 40, 8);
}

static void size(struct fake_kernel *fk)
{
	put(fk, FK_CMA + FK_CMA_COUNT, FK_CMA_PAGES ^ 1ULL << 33, 8);
}

static void half_done(struct fake_kernel *fk)
{
	available(fk);
	put(fk, FK_CMA + FK_CMA_LOCK, 1, 4);
}

static void coarse_bits(struct fake_kernel *fk)
{
	put(fk, FK_CMA + FK_CMA_ORDER, 3, 4);
}

static void not_in_use_yet(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, FK_CMA + FK_CMA_FLAGS, 0, 8);
}

static void came_to_nothing(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, FK_CMA + FK_CMA_COUNT, 0, 8);
}

static void wild_number(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, AREAS, 0x7fffffff, 4);
}

static void wild_ranges(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, FK_CMA + FK_CMA_NRANGES, 0x7fffffff, 4);
}

static void wild_order(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, FK_CMA + FK_CMA_ORDER, 64, 4);
}

static void range_of_no_memory(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, RANGE, 1ULL << 50, 8);
}

static void endless_range(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, RANGE + 8, UINT64_MAX << 9, 8);
}

static void no_bitmap(struct fake_kernel *fk)
{
	free_pages(fk);
	put(fk, RANGE + 16, 0x10, 8);
}

static const struct {
	const char *name;
	void (*plant)(struct fake_kernel *fk);
	enum finding_id id;	/* FINDING_IDS: none */
	uint64_t pfn, count;
	enum severity severity;
	const char *field;
	uint64_t expected;
} cases[] = {
	{ "a sound one", nothing, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "pages free and taken", free_pages, FIND_CMA_BITMAP, FK_ORDER10 + 8, 3, SEV_SUSPECT,
	  NULL, 0 },
	{ "a bit more", one_bit_more, FIND_CMA_COUNTER, FINDING_NO_PFN, 1, SEV_CORRUPT,
	  "cma.available_count", FK_CMA_PAGES - 2 },
	{ "a bit less", one_bit_less, FIND_CMA_COUNTER, FINDING_NO_PFN, 1, SEV_CORRUPT,
	  "cma.available_count", FK_CMA_PAGES },
	{ "the counter", available, FIND_CMA_COUNTER, FINDING_NO_PFN, 1, SEV_CORRUPT,
	  "cma.available_count", FK_CMA_PAGES - 1 },
	{ "the size", size, FIND_CMA_COUNTER, FINDING_NO_PFN, 1, SEV_CORRUPT, "cma.count",
	  FK_CMA_PAGES },
	{ "under the lock", half_done, FIND_CMA_COUNTER, FINDING_NO_PFN, 1, SEV_NOTE, NULL, 0 },
	{ "a bit for 8 pages", coarse_bits, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "not in use yet", not_in_use_yet, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "one that came to nothing", came_to_nothing, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "a wild number of areas", wild_number, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "a wild number of ranges", wild_ranges, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "an impossible order", wild_order, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "no memory there", range_of_no_memory, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "a range without end", endless_range, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
	{ "no bitmap", no_bitmap, FINDING_IDS, 0, 0, SEV_NOTE, NULL, 0 },
};

static size_t of_cma(const struct fk_result *r)
{
	return fk_count(r, FIND_CMA_BITMAP, NULL) + fk_count(r, FIND_CMA_COUNTER, NULL);
}

START_TEST(each_word)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_cma(fk);
	cases[_i].plant(fk);
	r = fk_run(fk);
	ck_assert_msg(of_cma(r) == (cases[_i].id != FINDING_IDS), "%s: %zu", cases[_i].name,
		      of_cma(r));
	if (cases[_i].id != FINDING_IDS) {
		ck_assert_uint_eq(fk_count(r, cases[_i].id, &f), 1);
		ck_assert_uint_eq(f->pfn, cases[_i].pfn);
		ck_assert_uint_eq(f->count, cases[_i].count);
		ck_assert_int_eq(f->severity, cases[_i].severity);
		ck_assert_str_eq(finding_fact(f, FACT_AREA)->str, "reserved");
		if (cases[_i].field)
			ck_assert_str_eq(f->field.name, cases[_i].field);
		if (cases[_i].expected)
			ck_assert_uint_eq(f->field.expected, cases[_i].expected);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The kernel's blocks are all of one type: the area's two are not of its own, and another one is. */
START_TEST(blocks_of_areas_have_a_type_of_their_own)
{
	enum { CMA_TYPE = 3, MOVABLE = 1 };
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;
	uint64_t usage;

	fk_add_cma(fk);
	fk_add_layout(fk, L_MIGRATE_CMA, CMA_TYPE, 0);
	usage = fk_use_usage(fk, 1);
	put(fk, usage + 16, 0x11111111 ^ (CMA_TYPE ^ MOVABLE), 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_WRONG_MIGRATETYPE, &f), 2);
	ck_assert_uint_eq(f[0].pfn, 0x1000);
	ck_assert_uint_eq(f[0].count, 512);
	ck_assert_ptr_null(finding_fact(&f[0], FACT_AREA));
	ck_assert_uint_eq(f[1].pfn, FK_CMA_PFN);
	ck_assert_uint_eq(f[1].count, FK_CMA_PAGES);
	ck_assert_str_eq(finding_fact(&f[1], FACT_AREA)->str, "reserved");
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(without_areas_no_block_has_the_type)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_cma(fk);
	put(fk, AREAS, 0, 4);
	fk_add_layout(fk, L_MIGRATE_CMA, 3, 0);
	put(fk, fk_use_usage(fk, 1) + 16, 0x11113111, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_WRONG_MIGRATETYPE, &f), 1);
	ck_assert_uint_eq(f->pfn, 0x1000 + 3 * 512);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Memory need not begin at pfn 0: on arm64 it never does. */
START_TEST(areas_lie_above_holes)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_cma(fk);
	free_pages(fk);
	fk_set_section_mem_map(fk, 0, 0);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CMA_BITMAP, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* All of them do: where there may be more zones than were read, nothing is added up. */
START_TEST(zones_count_the_pages_of_areas)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_cma(fk);
	fk_add_layout(fk, L_zone_cma_pages, FK_ZONE_EXTRA, 8);
	/* Its second node cannot be read. */
	if (_i)
		fk_set_nodes_online(fk, 3);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CMA_COUNTER, &f), !_i);
	if (f) {
		ck_assert_str_eq(f->field.name, "zone.cma_pages");
		ck_assert_uint_eq(f->field.expected, FK_CMA_PAGES);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Before Linux 6.15: one range in the area itself, and no counter of what is left. */
START_TEST(areas_of_one_range)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_old_cma(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(of_cma(r), 0);
	fk_result_free(r);
	free_pages(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(of_cma(r), 1);
	ck_assert_uint_eq(fk_count(r, FIND_CMA_BITMAP, &f), 1);
	ck_assert_uint_eq(f->count, 3);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A page whose bit is set was handed out, whatever its struct page says. */
START_TEST(pages_taken_from_an_area)
{
	struct fake_kernel *fk = fk_create();
	struct cma_areas *areas;
	struct kernel_reader kr;
	struct kernel *k;
	uint64_t at = 0;

	if (_i)
		fk_add_old_cma(fk);
	else
		fk_add_cma(fk);
	k = fk_open(fk);
	kr = (struct kernel_reader){ .k = k, .vc = fk_vmcore(fk) };
	ck_assert_int_eq(cma_areas_create(kr, &areas, NULL), PGC_OK);
	ck_assert_str_eq(cma_areas_taken_from(areas, kr, FK_CMA_PFN, &at), "reserved");
	ck_assert_uint_eq(at, FK_CMA);
	ck_assert_ptr_null(cma_areas_taken_from(areas, kr, FK_CMA_PFN + 1, &at));
	ck_assert_ptr_null(cma_areas_taken_from(areas, kr, FK_CMA_PFN + FK_CMA_PAGES, &at));
	ck_assert_ptr_null(cma_areas_taken_from(areas, kr, FK_CMA_PFN - 1, &at));
	cma_areas_destroy(areas);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cma");
	TCase *tc = tcase_create("cma");

	tcase_add_loop_test(tc, each_word, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tc, blocks_of_areas_have_a_type_of_their_own);
	tcase_add_test(tc, without_areas_no_block_has_the_type);
	tcase_add_test(tc, areas_lie_above_holes);
	tcase_add_loop_test(tc, zones_count_the_pages_of_areas, 0, 2);
	tcase_add_test(tc, areas_of_one_range);
	tcase_add_loop_test(tc, pages_taken_from_an_area, 0, 2);
	return unit_run_case(suite, tc);
}
