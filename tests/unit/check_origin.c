/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "judge/origin.h"
#include "unit.h"

#define MEMMAP 0xffffea0000000000ULL

static struct origin_case *new_case(void)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct origin_case *c;

	ck_assert_ok(origin_create(&c, &err), &err);
	return c;
}

/* A wrong field of the struct page @pfn. */
static void field(struct origin_case *c, uint64_t pfn, const char *name,
		  enum evidence_kind kind, uint64_t found, uint64_t expected)
{
	struct finding f;

	finding_init(&f, FIND_LISTED_FLAGS, pfn);
	f.verdict = VERDICT_STRUCT_PAGE;
	finding_hex(&f, FACT_PAGE, MEMMAP + pfn * 64);
	finding_field(&f, name, kind, found, expected);
	origin_add(c, &f);
}

static struct origin_verdict judged(struct origin_case *c)
{
	struct origin_verdict v;

	ck_assert(origin_judge(c, NULL, NULL, &v));
	origin_destroy(c);
	return v;
}

/* What one wrong word is a sign of, and what is concluded from it alone. */
START_TEST(one_word)
{
	static const struct {
		const char *field;
		enum evidence_kind kind;
		uint64_t found, expected;
		enum origin_sign sign;
		enum origin origin;
	} rows[] = {
		/* a high bit of a pointer, of flags, of a count */
		{ "page.lru.next", EV_HEX, 0xffffea4000000108, 0xffffea0000000108,
		  SIGN_LONE_BIT, ORIGIN_HARDWARE },
		{ "page.flags", EV_HEX, 0x8100000000000000, 0x0100000000000000,
		  SIGN_LONE_BIT, ORIGIN_HARDWARE },
		{ "page.refcount", EV_INT, 0x100000, 0, SIGN_BARE_BIT, ORIGIN_HARDWARE },
		{ "page.mapping", EV_HEX, 0x20000000, 0, SIGN_BARE_BIT, ORIGIN_HARDWARE },
		/* a byte that may have been stored as 1 */
		{ "page.mapping", EV_HEX, 0x100000000, 0, SIGN_COMMON_BIT, ORIGIN_UNDECIDED },
		/* what code does, too */
		{ "page.flags", EV_HEX, 0x2000, 0, SIGN_COMMON_BIT, ORIGIN_UNDECIDED },
		{ "page.refcount", EV_INT, 1024, 0, SIGN_COMMON_BIT, ORIGIN_UNDECIDED },
		{ "page.private", EV_NUM, 6, 2, SIGN_COMMON_BIT, ORIGIN_UNDECIDED },
		{ "page.lru.next", EV_HEX, 0xffffea0000000148, 0xffffea0000000108,
		  SIGN_COMMON_BIT, ORIGIN_UNDECIDED },
		/* one less, of a 32-bit count where there is none */
		{ "page.mapping", EV_HEX, 0xffff9cdc41bd2f09, 0xffff9cdd41bd2f09, SIGN_COMMON_BIT,
		  ORIGIN_UNDECIDED },
		/* what only code does */
		{ "page.refcount", EV_INT, 1, 0, SIGN_ONE_OFF, ORIGIN_SOFTWARE },
		{ "page.refcount", EV_INT, UINT64_MAX, 0, SIGN_ONE_OFF, ORIGIN_SOFTWARE },
		{ "free_area.nr_free", EV_INT, 7, 8, SIGN_ONE_OFF, ORIGIN_SOFTWARE },
		{ "page.lru.next", EV_HEX, 0, 0xffffea0000000108, SIGN_NULL_WORD,
		  ORIGIN_SOFTWARE },
		{ "page.lru.prev", EV_HEX, 0xdead000000000122, 0xffffea0000000108,
		  SIGN_POISON, ORIGIN_SOFTWARE },
		{ "page.lru.prev", EV_HEX, 0x6b6b6b6b6b6b6b6b, 0xffffea0000000108,
		  SIGN_POISON, ORIGIN_SOFTWARE },
		{ "page.lru.prev", EV_HEX, 0xffffea0000012348, 0xffffea0000000108,
		  SIGN_STALE_POINTER, ORIGIN_SOFTWARE },
		{ "page.mapping", EV_HEX, 0x74656e7265687465, 0, SIGN_TEXT, ORIGIN_SOFTWARE },
		{ "page.index", EV_HEX, 0x123456789abcdef0, 0, SIGN_WRITTEN, ORIGIN_SOFTWARE },
		{ "page.private", EV_NUM, 5, 10, SIGN_LOW_BITS, ORIGIN_SOFTWARE },
		{ "page.page_type", EV_HEX, 0xefffffff, 0xf0000000, SIGN_ONE_OFF,
		  ORIGIN_SOFTWARE },
		{ "page.page_type", EV_HEX, 0xfffffffe, 0xffffffff, SIGN_ONE_OFF,
		  ORIGIN_SOFTWARE },
		{ "page.page_type", EV_HEX, 0xf5000001, 0xf5000000, SIGN_COMMON_BIT,
		  ORIGIN_UNDECIDED },
		{ "pmd", EV_HEX, 0x80000000034081e3, 0x80000000034001e3, SIGN_LONE_BIT,
		  ORIGIN_HARDWARE },
		{ "page.mapping", EV_HEX, 0x280000000, 0, SIGN_TWO_BITS, ORIGIN_UNDECIDED },
		{ "page.page_type", EV_HEX, 0xffffffff, 0xf0000000, SIGN_OTHER_TYPE,
		  ORIGIN_SOFTWARE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct origin_verdict v;

		field(c, 1, rows[i].field, rows[i].kind, rows[i].found, rows[i].expected);
		v = judged(c);
		ck_assert_msg(v.times[rows[i].sign] == 1, "row %zu: not %s", i,
			      origin_sign_type(rows[i].sign)->slug);
		ck_assert_msg(v.origin == rows[i].origin, "row %zu: %s", i, origin_name(v.origin));
		ck_assert_int_eq(v.confidence > 0, v.origin != ORIGIN_UNDECIDED);
	}
}
END_TEST

/* Where only the impossible value is known. */
START_TEST(impossible_values)
{
	static const struct {
		const char *field;
		enum evidence_kind kind;
		uint64_t found;
		enum origin_sign sign;
	} rows[] = {
		{ "page.mapping", EV_HEX, 0xfffe888001234560, SIGN_BENT_ADDRESS },
		{ "page.mapping", EV_HEX, 0x123456789, SIGN_UNCLEAR },
		{ "page.refcount", EV_INT, (uint64_t)-3, SIGN_BELOW_ZERO },
		{ "page.refcount", EV_INT, 0x4000002, SIGN_HIGH_BIT },
		{ "page.refcount", EV_INT, 0, SIGN_NO_REFERENCE },
		{ "page.page_type", EV_HEX, 0xfffdffff, SIGN_LONE_BIT },
		{ "page.page_type", EV_HEX, 0xffffff63, SIGN_UNCLEAR },
		{ "page.memcg_data", EV_HEX, 0x80000000, SIGN_BARE_BIT },
		{ "page.refcount", EV_INT, 0x4100002, SIGN_UNCLEAR },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct origin_verdict v;
		struct finding f;

		finding_init(&f, FIND_PAGE_STATE, 1);
		finding_field_found(&f, rows[i].field, rows[i].kind, rows[i].found);
		origin_add(c, &f);
		v = judged(c);
		ck_assert_msg(v.times[rows[i].sign] == 1, "row %zu", i);
	}
}
END_TEST

/* list_del() of a page that others still point to: each of the two links has no right value. */
START_TEST(a_lost_node)
{
	struct origin_case *c = new_case();
	struct finding f;

	for (int prev = 0; prev < 2; prev++) {
		finding_init(&f, FIND_LIST_LINKAGE, 5 + prev);
		finding_hex(&f, FACT_LINK_KADDR, MEMMAP + prev * 64);
		finding_field_found(&f, prev ? "page.lru.prev" : "page.lru.next", EV_HEX,
				    MEMMAP + 0x8008);
		origin_add(c, &f);
	}
	ck_assert_int_eq(judged(c).origin, ORIGIN_SOFTWARE);
}
END_TEST

/* The pointer in a free object is far from all of its slab: no flip made it. */
START_TEST(a_free_pointer)
{
	static const struct {
		uint64_t found;
		enum origin_sign sign;
	} rows[] = {
		{ 0xffff888001230040 ^ 1ULL << 40, SIGN_UNCLEAR },
		{ 0xffff888001230040 ^ 7ULL << 20, SIGN_UNCLEAR },
		{ 0x351a36bf5be48c53, SIGN_WRITTEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct finding f;

		finding_init(&f, FIND_SLAB_FREELIST, 1);
		finding_hex(&f, FACT_FIELD_KADDR, 0xffff888001230180);
		finding_field_found(&f, "the free pointer", EV_HEX, rows[i].found);
		origin_add(c, &f);
		ck_assert_uint_eq(judged(c).times[rows[i].sign], 1);
	}
}
END_TEST

/* Words of one overwrite may differ in one bit each, where what was written is like what was there. */
START_TEST(part_of_an_overwrite)
{
	for (int beside = 0; beside < 2; beside++) {
		struct origin_case *c = new_case();
		struct origin_verdict v;

		for (uint64_t pfn = 8; pfn < 11; pfn++)
			field(c, pfn, "page.lru.next", EV_HEX,
			      0xffffea0000000108 ^ 1ULL << (28 + pfn), 0xffffea0000000108);
		field(c, beside ? 12 : 4096, "page.mapping", EV_HEX, 0x123456789abcd0, 0);
		v = judged(c);
		ck_assert_uint_eq(v.times[SIGN_LONE_BIT], beside ? 0 : 3);
		ck_assert_uint_eq(v.times[SIGN_MANY_BITS], beside ? 0 : 1);
		ck_assert_uint_eq(v.times[SIGN_WRITTEN], 1);
		ck_assert_int_eq(v.origin, beside ? ORIGIN_SOFTWARE : ORIGIN_HARDWARE);
	}
}
END_TEST

/* What a page's own record is said to have wrong, without a word. */
START_TEST(oddities)
{
	struct origin_case *c = new_case();
	struct finding f;

	finding_init(&f, FIND_PAGE_STATE, 5);
	finding_str(&f, FACT_WHAT, "a flag is set that this kernel does not use");
	origin_add(c, &f);
	ck_assert_int_eq(judged(c).origin, ORIGIN_UNDECIDED);
	/* A stray store sets one, too; two of them are rarely its. */
	c = new_case();
	origin_add(c, &f);
	f.pfn = 9;
	origin_add(c, &f);
	ck_assert_int_eq(judged(c).origin, ORIGIN_HARDWARE);
}
END_TEST

/* A zone that exists may be another page's, copied with the rest; one that does not, not. */
START_TEST(zones)
{
	struct origin_case *c = new_case();
	struct finding f;

	finding_init(&f, FIND_PAGE_MISPLACED, 5);
	finding_field_str(&f, "page.flags.zone", "DMA", "DMA32");
	finding_hex(&f, FACT_XOR, UINT64_C(1) << 56);
	origin_add(c, &f);
	ck_assert_int_eq(judged(c).origin, ORIGIN_UNDECIDED);
	c = new_case();
	finding_field(&f, "page.flags.node", EV_NUM, 65, 1);
	origin_add(c, &f);
	ck_assert_int_eq(judged(c).origin, ORIGIN_HARDWARE);
}
END_TEST

/* Bits that code changes, too, but not three different ones near each other. */
START_TEST(flips_add_up)
{
	struct origin_case *c = new_case();
	struct origin_verdict v;

	field(c, 1, "page.flags", EV_HEX, 0x10, 0);
	field(c, 2, "page.flags", EV_HEX, 0x400, 0);
	field(c, 9, "page.private", EV_NUM, 3, 2);
	v = judged(c);
	ck_assert_uint_eq(v.times[SIGN_MANY_BITS], 1);
	ck_assert_int_eq(v.origin, ORIGIN_HARDWARE);

	/* The same flag of three pages is a loop, or a column of cells. */
	c = new_case();
	for (uint64_t pfn = 1; pfn < 4; pfn++)
		field(c, pfn, "page.flags", EV_HEX, 0x10, 0);
	v = judged(c);
	ck_assert_uint_eq(v.times[SIGN_MANY_BITS], 0);
	ck_assert_uint_eq(v.times[SIGN_SAME_CHANGE], 1);
	ck_assert_int_eq(v.origin, ORIGIN_SOFTWARE);

	/* Of three that are whole rows apart nothing is concluded. */
	c = new_case();
	for (uint64_t pfn = 1; pfn < 4; pfn++)
		field(c, pfn * 128, "page.flags", EV_HEX, 0x10, 0);
	v = judged(c);
	ck_assert_uint_eq(v.times[SIGN_COLUMN], 1);
	ck_assert_int_eq(v.origin, ORIGIN_UNDECIDED);

	/* Too far apart. */
	c = new_case();
	field(c, 1, "page.flags", EV_HEX, 0x10, 0);
	field(c, 100000, "page.flags", EV_HEX, 0x400, 0);
	field(c, 200000, "page.private", EV_NUM, 3, 2);
	ck_assert_int_eq(judged(c).origin, ORIGIN_UNDECIDED);

	/* One line of the memory's bus. */
	c = new_case();
	for (uint64_t pfn = 1; pfn < 4; pfn++)
		field(c, pfn * 1024, "page.lru.next", EV_HEX, 0xffffea4000000108,
		      0xffffea0000000108);
	ck_assert_uint_eq(judged(c).times[SIGN_SAME_LINE], 1);
}
END_TEST

/* Where both sides speak, nothing is said. */
START_TEST(sides_are_weighed)
{
	struct origin_case *c = new_case();
	struct origin_verdict v;

	field(c, 1, "page.lru.next", EV_HEX, 0xffffea4000000108, 0xffffea0000000108);
	field(c, 200, "page.lru.prev", EV_HEX, 0xdead000000000122, 0xffffea0000000108);
	v = judged(c);
	ck_assert_int_eq(v.origin, ORIGIN_UNDECIDED);
	ck_assert_uint_eq(v.confidence, 0);
}
END_TEST

/* Of the maps the words themselves say how many bits are wrong. */
START_TEST(words_of_the_maps)
{
	static const struct {
		uint64_t primary, secondary;
		enum verdict verdict;
		enum origin origin;
	} rows[] = {
		{ 0xff02, ~0xff03ULL, VERDICT_PRIMARY, ORIGIN_HARDWARE },
		{ 0xff00, ~0xff03ULL, VERDICT_PRIMARY, ORIGIN_UNDECIDED },
		{ 0xff00, ~0x1234567812345678ULL, VERDICT_PRIMARY, ORIGIN_SOFTWARE },
		/* A stray byte of zeros, or of ones, differs in one bit only. */
		{ 0xff00, ~0xff01ULL, VERDICT_PRIMARY, ORIGIN_UNDECIDED },
		{ 0xffff, ~0xfffeULL, VERDICT_PRIMARY, ORIGIN_UNDECIDED },
		{ 0x00fe, ~0x00ffULL, VERDICT_SECONDARY, ORIGIN_UNDECIDED },
		{ 0xff00, ~0xff01ULL, VERDICT_UNKNOWN, ORIGIN_HARDWARE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct finding f;

		finding_init(&f, FIND_COMPLEMENT_BROKEN, 5);
		f.verdict = rows[i].verdict;
		finding_hex(&f, FACT_PRIMARY_WORD_KADDR, 0xffff888000100000);
		finding_hex(&f, FACT_PRIMARY_WORD, rows[i].primary);
		finding_hex(&f, FACT_SECONDARY_WORD, rows[i].secondary);
		origin_add(c, &f);
		/* Another bit of the same word is the same word. */
		f.pfn = 6;
		origin_add(c, &f);
		ck_assert_int_eq(judged(c).origin, rows[i].origin);
	}
}
END_TEST

START_TEST(whole_records)
{
	static const struct {
		enum finding_id id;
		enum verdict verdict;
		const char *like;
		uint64_t count;
		enum origin_sign sign;
		enum origin origin;
	} rows[] = {
		{ FIND_FREE_IN_USE, VERDICT_BITMAPS, NULL, 1, SIGN_MAPS_AGREE, ORIGIN_SOFTWARE },
		{ FIND_LISTED_TWICE, VERDICT_FREE_LIST, NULL, 1, SIGN_TWO_HOLDERS,
		  ORIGIN_SOFTWARE },
		{ FIND_PAGE_STATE, VERDICT_STRUCT_PAGE, "text", 1, SIGN_PATTERN,
		  ORIGIN_SOFTWARE },
		{ FIND_PAGE_BLANK, VERDICT_STRUCT_PAGE, "zeros", 1, SIGN_ZEROED,
		  ORIGIN_UNDECIDED },
		{ FIND_PAGE_BLANK, VERDICT_STRUCT_PAGE, "zeros", 64, SIGN_OVERWRITTEN,
		  ORIGIN_SOFTWARE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct origin_verdict v;
		struct finding f;

		finding_init(&f, rows[i].id, 5);
		f.verdict = rows[i].verdict;
		f.count = rows[i].count;
		if (rows[i].like) {
			f.damage = CLASS_OVERWRITE;
			finding_str(&f, FACT_LOOKS_LIKE, rows[i].like);
		}
		origin_add(c, &f);
		v = judged(c);
		ck_assert_msg(v.times[rows[i].sign] == 1, "row %zu", i);
		ck_assert_msg(v.origin == rows[i].origin, "row %zu", i);
	}
}
END_TEST

/* Notes are no damage; a kernel that is not understood proves nothing. */
START_TEST(no_verdict)
{
	struct origin_case *c = new_case();
	struct origin_verdict v;
	struct finding f;

	finding_init(&f, FIND_LIMBO_EXCESS, 1);
	f.severity = SEV_NOTE;
	origin_add(c, &f);
	ck_assert(!origin_judge(c, NULL, NULL, &v));
	finding_init(&f, FIND_MODEL_MISMATCH, FINDING_NO_PFN);
	origin_add(c, &f);
	field(c, 2, "page.lru.prev", EV_HEX, 0xdead000000000122, 0xffffea0000000108);
	ck_assert_int_eq(judged(c).origin, ORIGIN_UNDECIDED);
	origin_destroy(NULL);
}
END_TEST

/* What was said before counts with it, but alone it is no damage. */
START_TEST(complaints)
{
	struct complaints said = { .times = { [COMPLAINT_MEMORY] = 3 },
				   .first = { [COMPLAINT_MEMORY] = "EDAC MC0: 1 CE" } };
	struct origin_case *c = new_case();
	struct origin_verdict v;
	bool by_memory;

	ck_assert(!origin_judge(c, &said, NULL, &v));
	field(c, 1, "page.flags", EV_HEX, 0x2000, 0);
	ck_assert(origin_judge(c, &said, NULL, &v));
	ck_assert_uint_eq(v.times[SIGN_MEMORY_ERROR], 3);
	ck_assert_int_eq(v.origin, ORIGIN_HARDWARE);
	ck_assert_str_eq(origin_sign_line(SIGN_MEMORY_ERROR, &said, &by_memory), "EDAC MC0: 1 CE");
	ck_assert_ptr_null(origin_sign_line(SIGN_MACHINE_CHECK, &said, &by_memory));
	ck_assert_ptr_null(origin_sign_line(SIGN_LONE_BIT, &said, &by_memory));
	/* Against what bugs leave it is not enough. */
	field(c, 2, "page.lru.prev", EV_HEX, 0xdead000000000122, 0xffffea0000000108);
	ck_assert(origin_judge(c, &said, NULL, &v));
	ck_assert_int_eq(v.origin, ORIGIN_UNDECIDED);
	origin_destroy(c);
}
END_TEST

/* The kernel's code, at a multiple of a row of memory cells per @nr. */
static void text(struct origin_case *c, unsigned int nr, enum damage_class damage, uint64_t wrong,
		 const char *looks_like)
{
	struct finding f;

	finding_init(&f, FIND_TEXT_CHANGED, 0x14000);
	f.damage = damage;
	finding_field(&f, "kernel.text", EV_HEX, 0x8948f8458b48c031 ^ wrong, 0x8948f8458b48c031);
	finding_hex(&f, FACT_FIELD_KADDR, 0xffffffff81000000 + 0x4321ULL * nr);
	if (looks_like)
		finding_str(&f, FACT_LOOKS_LIKE, looks_like);
	origin_add(c, &f);
}

/* Nobody writes to it: also a bit that code would change elsewhere is none of code. */
START_TEST(the_kernels_code)
{
	struct origin_case *c = new_case();
	struct origin_verdict v;

	text(c, 0, CLASS_SINGLE_BIT, 1, NULL);
	v = judged(c);
	ck_assert_int_eq(v.origin, ORIGIN_HARDWARE);
	ck_assert_uint_eq(v.times[SIGN_TEXT_BIT], 1);
	c = new_case();
	for (unsigned int i = 0; i < 3; i++)
		text(c, i, CLASS_SINGLE_BIT, 1ULL << 40, NULL);
	v = judged(c);
	ck_assert_uint_eq(v.times[SIGN_TEXT_BIT], 3);
	ck_assert_uint_eq(v.times[SIGN_SAME_LINE], 1);
	c = new_case();
	text(c, 0, CLASS_NONE, 0x1111, NULL);
	text(c, 1, CLASS_OVERWRITE, UINT64_MAX, "zeros");
	v = judged(c);
	ck_assert_int_eq(v.origin, ORIGIN_UNDECIDED);
	ck_assert_uint_eq(v.times[SIGN_TEXT_WRITTEN], 2);
	c = new_case();
	text(c, 0, CLASS_OVERWRITE, UINT64_MAX, "text");
	ck_assert_int_eq(judged(c).origin, ORIGIN_SOFTWARE);
}
END_TEST

/* A bit that code changes says nothing, but that it was wrong before. */
START_TEST(earlier_reports)
{
	static const struct {
		struct origin_past past;
		enum origin origin;
	} rows[] = {
		{ { .runs = 9, .same_machine = 9 }, ORIGIN_UNDECIDED },
		{ { .again = 1 }, ORIGIN_HARDWARE },
		{ { .hardware_before = 5 }, ORIGIN_UNDECIDED },
		{ { .elsewhere = 1 }, ORIGIN_UNDECIDED },
		{ { .elsewhere = 2 }, ORIGIN_SOFTWARE },
		{ { .again = 1, .hardware_before = 1, .elsewhere = UINT64_MAX }, ORIGIN_HARDWARE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_case *c = new_case();
		struct origin_verdict v;

		field(c, 7, "page.flags", EV_HEX, 0x1000, 0);
		ck_assert(origin_judge(c, NULL, &rows[i].past, &v));
		ck_assert_msg(v.origin == rows[i].origin, "row %zu", i);
		origin_destroy(c);
	}
}
END_TEST

/* However much comes: what is kept is bounded, and the verdict the same. */
START_TEST(a_flood)
{
	struct origin_case *c = new_case();

	for (uint64_t pfn = 0; pfn < 5000; pfn++)
		field(c, pfn * 64, "page.refcount", EV_INT, 1, 0);
	ck_assert_int_eq(judged(c).origin, ORIGIN_SOFTWARE);
}
END_TEST

/* The table itself: weights of those that speak, slugs and sentences, each once. */
START_TEST(table_is_sound)
{
	for (size_t i = 0; i < ORIGIN_SIGNS; i++) {
		const struct origin_sign_type *s = origin_sign_type((enum origin_sign)i);

		ck_assert_msg((s->side != ORIGIN_UNDECIDED) == (s->weight > 0), "%s", s->slug);
		ck_assert_uint_gt(s->most, 0);
		ck_assert_uint_eq(strspn(s->slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(s->slug));
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(s->slug, origin_sign_type((enum origin_sign)j)->slug);
		ck_assert_uint_eq(origin_sign_weight((enum origin_sign)i, UINT64_MAX),
				  s->weight * s->most);
	}
}
END_TEST

UNIT_MAIN("origin", one_word, impossible_values, a_lost_node, a_free_pointer, part_of_an_overwrite, oddities, zones, flips_add_up, sides_are_weighed,
	  words_of_the_maps, whole_records, no_verdict, complaints, the_kernels_code, earlier_reports,
	  a_flood, table_is_sound)
