/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"
#include "walk/settle.h"

static struct settle *made(unsigned int agree)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct settle *s = NULL;

	ck_assert_ok(settle_create(agree, &s, &err), &err);
	return s;
}

static struct finding page(uint64_t pfn, uint64_t word)
{
	struct finding f;

	finding_init(&f, FIND_LISTED_REFCOUNT, pfn);
	f.zone = "Normal";
	finding_hex(&f, FACT_FLAGS, word);
	finding_str(&f, FACT_WHAT, "text");
	return f;
}

static bool see(struct settle *s, struct finding f)
{
	return settle_see(s, &f);
}

/* The first look gives only where there is something. */
static struct settle *begun(uint64_t pfns, unsigned int agree)
{
	struct settle *s = made(agree);

	settle_begin(s);
	for (uint64_t pfn = 1; pfn <= pfns; pfn++)
		ck_assert(see(s, page(pfn, 0)));
	ck_assert_uint_eq(settle_left(s), pfns);
	return s;
}

START_TEST(evidence_is_made_where_the_look_before_had_something)
{
	struct settle *s = made(1);

	settle_begin(s);
	ck_assert_int_eq(settle_wants(s, 1), WANT_NAME);
	ck_assert(see(s, page(1, 0)));
	ck_assert(see(s, page(2, 0)));
	settle_begin(s);
	ck_assert_int_eq(settle_wants(s, 1), WANT_ALL);
	ck_assert_int_eq(settle_wants(s, 3), WANT_NOTHING);
	ck_assert(see(s, page(1, 5)));
	settle_begin(s);
	ck_assert_int_eq(settle_wants(s, 1), WANT_ALL);
	ck_assert_int_eq(settle_wants(s, 2), WANT_NOTHING);
	ck_assert(!see(s, page(2, 5)));
	settle_destroy(s);
}
END_TEST

START_TEST(only_what_every_look_gives_is_left)
{
	struct settle *s = begun(3, 1);

	settle_begin(s);
	ck_assert(see(s, page(1, 5)));
	ck_assert(see(s, page(2, 5)));
	ck_assert(see(s, page(3, 5)));
	ck_assert_uint_eq(settle_left(s), 3);
	settle_begin(s);
	ck_assert(see(s, page(1, 5)));
	ck_assert(see(s, page(3, 5)));
	ck_assert(!see(s, page(4, 5)));	/* new: it is too late for it */
	ck_assert_uint_eq(settle_left(s), 2);
	settle_begin(s);
	ck_assert(see(s, page(1, 5)));
	ck_assert(!see(s, page(2, 5)));	/* away once, and back */
	ck_assert_uint_eq(settle_looks(s), 4);
	ck_assert_uint_eq(settle_left(s), 1);
	ck_assert_uint_eq(settle_transient(s), 2);
	settle_destroy(s);
}
END_TEST

START_TEST(another_word_is_another_finding)
{
	struct settle *s = begun(1, 2);
	struct finding f = page(1, 5);
	char zone[] = "Normal";

	settle_begin(s);
	ck_assert(!see(s, f));	/* once, of two times */
	settle_begin(s);
	ck_assert(!see(s, page(1, 6)));
	f.cpu = 1;
	ck_assert(!see(s, f));
	f = page(1, 5);
	f.zone = "DMA";
	ck_assert(!see(s, f));
	/* Each look has strings of its own: it is what they say that counts. */
	f.zone = zone;
	ck_assert(see(s, f));
	settle_destroy(s);
}
END_TEST

/* The pages around it, and the bits of theirs in its word, are not what is wrong with it. */
START_TEST(neighbours_may_change)
{
	struct settle *s = begun(1, 2);

	for (uint64_t look = 1; look <= 3; look++) {
		struct finding f = page(1, 5);

		finding_hex(&f, FACT_PRIMARY_WORD, look);
		finding_hex(&f, FACT_LRU_NEXT, look);
		finding_num(&f, FACT_FROM_HEAD, look);
		finding_hex(&f, FACT_PRIVATE, look);
		f.order = (int)look;
		settle_begin(s);
		ck_assert_int_eq(see(s, f), look > 1);
	}
	settle_destroy(s);
}
END_TEST

/* Where in its block a page is changes for those that are about pages of free blocks only. */
START_TEST(what_may_change_is_the_kinds)
{
	static const enum finding_id moving[] = {
		FIND_ALLOCATED_ON_FREE_LIST, FIND_LISTED_REFCOUNT, FIND_LISTED_FLAGS,
		FIND_LISTED_MAPPING, FIND_COMPLEMENT_BROKEN, FIND_NR_FREE_COUNT, FIND_PCP_COUNT,
		FIND_ZONE_COUNTER, FIND_TRACKED_COUNT, FIND_HUGETLB_COUNTER,
		FIND_SLAB_COUNTER, FIND_CMA_COUNTER, FIND_CACHE_COUNT,
	};

	for (int i = 0; i < FINDING_IDS; i++) {
		struct settle *s = made(2);
		bool moves = false, settled = false;

		for (uint64_t pass = 1; pass <= 3; pass++) {
			struct finding f;

			finding_init(&f, (enum finding_id)i, 1);
			finding_hex(&f, FACT_PRIVATE, pass);
			settle_begin(s);
			settled = see(s, f);
		}
		for (size_t m = 0; m < ARRAY_SIZE(moving); m++)
			moves |= (int)moving[m] == i;
		ck_assert_msg(settled == moves, "%s", finding_type((enum finding_id)i)->slug);
		settle_destroy(s);
	}
}
END_TEST

/* The allocator meets the page, finds it bad and leaves it on no list. */
START_TEST(what_is_wrong_with_a_page_may_change)
{
	struct settle *s = begun(2, 3);
	struct finding f;

	settle_begin(s);
	ck_assert(!see(s, page(1, 5)));
	ck_assert(!see(s, page(2, 5)));
	finding_init(&f, FIND_FREE_IN_USE, 1);
	for (int look = 3; look <= 5; look++) {
		settle_begin(s);
		ck_assert_int_eq(settle_wants(s, 1), WANT_ALL);
		ck_assert_int_eq(see(s, f), look == 5);
		ck_assert_int_eq(see(s, page(2, 5)), look > 3);
		/* The other has been ripe since look 3, this one is from look 4 on. */
		ck_assert_int_eq(settle_ripe(s), look > 3);
	}
	ck_assert_uint_eq(settle_transient(s), 0);
	settle_destroy(s);
}
END_TEST

/* It is the looks in a row that count. */
START_TEST(words_that_come_and_go_never_settle)
{
	struct settle *s = begun(1, 3);

	for (uint64_t look = 2; look < 12; look++) {
		settle_begin(s);
		ck_assert(!see(s, page(1, look / 2 % 2)));
		ck_assert_uint_eq(settle_left(s), 1);
	}
	ck_assert_uint_eq(settle_transient(s), 1);
	settle_destroy(s);
}
END_TEST

START_TEST(a_counter_is_off_by_the_same)
{
	static const uint64_t expected[] = { 100, 107, 90 };
	struct settle *s = made(2);
	struct finding place;

	settle_begin(s);
	finding_init(&place, FIND_PCP_COUNT, FINDING_NO_PFN);
	for (place.cpu = 0; place.cpu < 2; place.cpu++)
		ck_assert(see(s, place));
	for (size_t look = 0; look < 3; look++) {
		struct finding f;

		finding_init(&f, FIND_PCP_COUNT, FINDING_NO_PFN);
		f.cpu = 0;
		finding_num(&f, FACT_EXPECTED, expected[look]);
		finding_num(&f, FACT_FOUND, expected[look] + 3);
		settle_begin(s);
		ck_assert_int_eq(see(s, f), look > 0);
		f.cpu = 1;
		f.evidence[1].num += look;
		ck_assert(!see(s, f));
		f.cpu = 2;	/* a place that the first look did not give */
		ck_assert(!see(s, f));
		ck_assert_uint_eq(settle_left(s), 2);
	}
	settle_destroy(s);
}
END_TEST

START_TEST(twice_in_a_look_is_once)
{
	struct settle *s = begun(1, 2);

	settle_begin(s);
	ck_assert(!see(s, page(1, 5)));
	ck_assert(!see(s, page(1, 5)));
	ck_assert_uint_eq(settle_left(s), 1);
	settle_begin(s);
	ck_assert(see(s, page(1, 5)));
	ck_assert(see(s, page(1, 5)));
	ck_assert_uint_eq(settle_left(s), 1);
	ck_assert_uint_eq(settle_transient(s), 0);
	settle_destroy(s);
}
END_TEST

START_TEST(notes_are_not_counted_as_transient)
{
	struct settle *s = made(1);
	struct finding f = page(1, 5);

	f.severity = SEV_NOTE;
	settle_begin(s);
	ck_assert(see(s, f));
	ck_assert(see(s, page(2, 5)));
	settle_begin(s);
	ck_assert_uint_eq(settle_transient(s), 1);
	f.severity = SEV_NOTE;
	settle_destroy(s);
}
END_TEST

START_TEST(a_flood_is_bounded)
{
	struct settle *s = made(1);
	uint64_t wrong;

	for (int look = 0; look < 3; look++) {
		settle_begin(s);
		wrong = 0;
		for (uint64_t i = 0; i < SETTLE_MAX + 1000; i++)
			wrong += see(s, page(i, 5)) != (i < SETTLE_MAX);
		ck_assert_uint_eq(wrong, 0);
		ck_assert_uint_eq(settle_left(s), SETTLE_MAX);
		/* Of what has no place no words are looked at. */
		ck_assert_uint_eq(settle_lost(s), 1000);
	}
	settle_destroy(s);
}
END_TEST

UNIT_MAIN("settle", evidence_is_made_where_the_look_before_had_something,
	  only_what_every_look_gives_is_left, another_word_is_another_finding,
	  neighbours_may_change, what_may_change_is_the_kinds,
	  what_is_wrong_with_a_page_may_change,
	  words_that_come_and_go_never_settle, a_counter_is_off_by_the_same,
	  twice_in_a_look_is_once, notes_are_not_counted_as_transient, a_flood_is_bounded)
