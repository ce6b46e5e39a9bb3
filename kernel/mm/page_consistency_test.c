// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the page consistency checker, included by page_consistency.c.
 *
 * Faults are only ever planted in maps of the tests' own: the running checker's stay clean,
 * and nothing here warns or panics.
 */

#include <kunit/test.h>
#include <linux/gfp.h>

#define PC_TEST_BITS		(3 * BITS_PER_LONG + 5)
#define PC_TEST_WORDS		BITS_TO_LONGS(PC_TEST_BITS)
/* Not a multiple of the word size, so that bit and pfn never agree by luck. */
#define PC_TEST_MIN_PFN		1009

struct pc_test {
	unsigned long map[2][PC_TEST_WORDS];
	struct dual_bitmap db;
};

/* What the code under test has reported; tests run one at a time. */
static unsigned int pc_test_faults;
static enum pc_fault pc_test_last;
static unsigned long pc_test_pfn;

static void pc_test_report(enum pc_fault fault, unsigned long pfn)
{
	pc_test_faults++;
	pc_test_last = fault;
	pc_test_pfn = pfn;
}

static int pc_test_init(struct kunit *test)
{
	struct pc_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	/* Not zero: the maps must not depend on what the memory held. */
	memset(t->map, 0x5a, sizeof(t->map));
	dual_bitmap_init(&t->db, t->map[0], t->map[1], PC_TEST_BITS);
	pc_test_faults = 0;
	test->priv = t;
	return 0;
}

static long pc_test_alloc(struct pc_test *t, unsigned int bit, unsigned long nr)
{
	return pc_mark_alloc(&t->db, PC_TEST_MIN_PFN, PC_TEST_MIN_PFN + bit, nr,
			     pc_test_report);
}

static long pc_test_free(struct pc_test *t, unsigned int bit, unsigned long nr, bool booted)
{
	return pc_mark_free(&t->db, PC_TEST_MIN_PFN, PC_TEST_MIN_PFN + bit, nr, booted,
			    pc_test_report);
}

static void pc_test_flip(struct pc_test *t, unsigned int map, unsigned int bit)
{
	change_bit(bit, t->db.bitmap[map]);
}

static void dual_bitmap_starts_clear(struct kunit *test)
{
	struct pc_test *t = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, dual_bitmap_words(&t->db), (unsigned long)PC_TEST_WORDS);
	for (i = 0; i < PC_TEST_WORDS; i++) {
		KUNIT_EXPECT_EQ(test, t->map[DUAL_BITMAP_PRIMARY][i], 0UL);
		KUNIT_EXPECT_EQ(test, t->map[DUAL_BITMAP_SECONDARY][i], ~0UL);
	}
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);
}

static void dual_bitmap_set_and_clear(struct kunit *test)
{
	static const unsigned int bits[] = {
		0, 1, BITS_PER_LONG - 1, BITS_PER_LONG, PC_TEST_BITS - 1,
	};
	struct pc_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		KUNIT_EXPECT_FALSE(test, dual_bitmap_test(&t->db, bits[i]));
		KUNIT_EXPECT_FALSE(test, dual_bitmap_set(&t->db, bits[i]));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_test(&t->db, bits[i]));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_consistent(&t->db, bits[i]));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_set(&t->db, bits[i]));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_clear(&t->db, bits[i]));
		KUNIT_EXPECT_FALSE(test, dual_bitmap_test(&t->db, bits[i]));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_consistent(&t->db, bits[i]));
		KUNIT_EXPECT_FALSE(test, dual_bitmap_clear(&t->db, bits[i]));
	}
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);
}

static void dual_bitmap_shows_every_flip(struct kunit *test)
{
	struct pc_test *t = test->priv;
	unsigned int map, bit;

	for (map = 0; map < 2; map++) {
		for (bit = 0; bit < PC_TEST_BITS; bit++) {
			pc_test_flip(t, map, bit);
			KUNIT_EXPECT_FALSE(test, dual_bitmap_consistent(&t->db, bit));
			KUNIT_EXPECT_FALSE(test,
					   dual_bitmap_word_consistent(&t->db,
								       bit / BITS_PER_LONG));
			pc_test_flip(t, map, bit);
			KUNIT_EXPECT_TRUE(test, dual_bitmap_consistent(&t->db, bit));
		}
	}
}

static void validate_counts_words(struct kunit *test)
{
	struct pc_test *t = test->priv;

	pc_test_flip(t, DUAL_BITMAP_PRIMARY, 3);
	pc_test_flip(t, DUAL_BITMAP_PRIMARY, 4);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 1UL);
	/* One past the last bit: the padding is watched as well. */
	pc_test_flip(t, DUAL_BITMAP_SECONDARY, PC_TEST_BITS);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 2UL);
}

static void tracks_transitions(struct kunit *test)
{
	struct pc_test *t = test->priv;
	unsigned int bit;

	KUNIT_EXPECT_EQ(test, pc_test_alloc(t, 60, 8), 8L);
	for (bit = 0; bit < PC_TEST_BITS; bit++)
		KUNIT_EXPECT_EQ(test, dual_bitmap_test(&t->db, bit), bit >= 60 && bit < 68);
	KUNIT_EXPECT_EQ(test, pc_test_free(t, 60, 8, true), 8L);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(t->map[DUAL_BITMAP_PRIMARY], PC_TEST_BITS));
	KUNIT_EXPECT_TRUE(test, bitmap_full(t->map[DUAL_BITMAP_SECONDARY], PC_TEST_BITS));
	KUNIT_EXPECT_EQ(test, pc_test_faults, 0U);
}

static void double_alloc_is_reported(struct kunit *test)
{
	struct pc_test *t = test->priv;

	pc_test_alloc(t, 10, 1);
	KUNIT_EXPECT_EQ(test, pc_test_alloc(t, 8, 4), 3L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 1U);
	KUNIT_EXPECT_EQ(test, (int)pc_test_last, (int)PC_DOUBLE_ALLOC);
	KUNIT_EXPECT_EQ(test, pc_test_pfn, PC_TEST_MIN_PFN + 10UL);
}

static void double_free_is_reported(struct kunit *test)
{
	struct pc_test *t = test->priv;

	pc_test_alloc(t, 8, 4);
	pc_test_free(t, 10, 1, true);
	KUNIT_EXPECT_EQ(test, pc_test_free(t, 8, 4, true), 3L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 1U);
	KUNIT_EXPECT_EQ(test, (int)pc_test_last, (int)PC_DOUBLE_FREE);
	KUNIT_EXPECT_EQ(test, pc_test_pfn, PC_TEST_MIN_PFN + 10UL);
}

static void boot_may_free_reserved(struct kunit *test)
{
	struct pc_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, pc_test_free(t, 0, 64, false), 0L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 0U);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);
}

static void corruption_is_reported_and_heals(struct kunit *test)
{
	struct pc_test *t = test->priv;

	/* Of a free page, the secondary: all that is wrong is the pair. */
	pc_test_flip(t, DUAL_BITMAP_SECONDARY, 7);
	KUNIT_EXPECT_EQ(test, pc_test_alloc(t, 7, 1), 1L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 1U);
	KUNIT_EXPECT_EQ(test, (int)pc_test_last, (int)PC_CORRUPT_BEFORE_ALLOC);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);

	/* Of an allocated page, likewise. */
	pc_test_flip(t, DUAL_BITMAP_SECONDARY, 7);
	KUNIT_EXPECT_EQ(test, pc_test_free(t, 7, 1, true), 1L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 2U);
	KUNIT_EXPECT_EQ(test, (int)pc_test_last, (int)PC_CORRUPT_BEFORE_FREE);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);

	/* The primary: the page looks allocated as well, and nothing may be counted. */
	pc_test_flip(t, DUAL_BITMAP_PRIMARY, 7);
	KUNIT_EXPECT_EQ(test, pc_test_alloc(t, 7, 1), 0L);
	KUNIT_EXPECT_EQ(test, pc_test_faults, 4U);
	KUNIT_EXPECT_EQ(test, (int)pc_test_last, (int)PC_DOUBLE_ALLOC);
	KUNIT_EXPECT_EQ(test, pc_validate(&t->db), 0UL);
}

static void blocks_across_the_edge_are_not_covered(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, pc_covers(8, 24, 8, 16));
	KUNIT_EXPECT_TRUE(test, pc_covers(8, 24, 23, 1));
	KUNIT_EXPECT_FALSE(test, pc_covers(8, 24, 7, 1));
	KUNIT_EXPECT_FALSE(test, pc_covers(8, 24, 24, 1));
	KUNIT_EXPECT_FALSE(test, pc_covers(8, 24, 4, 8));
	KUNIT_EXPECT_FALSE(test, pc_covers(8, 24, 20, 8));
}

/* The hooks themselves: real pages, the running checker. */
static void allocator_is_hooked(struct kunit *test)
{
	const unsigned int order = 3;
	struct dual_bitmap *db = &pc_state.db;
	s64 allocs, frees;
	unsigned int bit, i;
	struct page *page;

	if (!static_key_enabled(&page_consistency_enabled)) {
		kunit_skip(test, "checker disabled");
		return;
	}
	allocs = atomic64_read(&page_consistency_stats.alloc_count);
	page = alloc_pages(GFP_KERNEL, order);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_GT(test, (s64)atomic64_read(&page_consistency_stats.alloc_count), allocs);
	bit = page_to_pfn(page) - pc_state.min_pfn;
	for (i = 0; i < 1U << order; i++) {
		KUNIT_EXPECT_TRUE(test, dual_bitmap_test(db, bit + i));
		KUNIT_EXPECT_TRUE(test, dual_bitmap_consistent(db, bit + i));
	}
	/* Once freed the pages are anyone's: only the counter can be asked. */
	frees = atomic64_read(&page_consistency_stats.free_count);
	__free_pages(page, order);
	KUNIT_EXPECT_GT(test, (s64)atomic64_read(&page_consistency_stats.free_count), frees);
	KUNIT_EXPECT_EQ(test, pc_validate(db), 0UL);
}

static struct kunit_case pc_test_cases[] = {
	KUNIT_CASE(dual_bitmap_starts_clear),
	KUNIT_CASE(dual_bitmap_set_and_clear),
	KUNIT_CASE(dual_bitmap_shows_every_flip),
	KUNIT_CASE(validate_counts_words),
	KUNIT_CASE(tracks_transitions),
	KUNIT_CASE(double_alloc_is_reported),
	KUNIT_CASE(double_free_is_reported),
	KUNIT_CASE(boot_may_free_reserved),
	KUNIT_CASE(corruption_is_reported_and_heals),
	KUNIT_CASE(blocks_across_the_edge_are_not_covered),
	KUNIT_CASE(allocator_is_hooked),
	{}
};

static struct kunit_suite pc_test_suite = {
	.name = "page_consistency",
	.init = pc_test_init,
	.test_cases = pc_test_cases,
};
kunit_test_suite(pc_test_suite);
