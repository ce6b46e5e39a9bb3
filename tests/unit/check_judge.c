/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every combination of facts about a page, against rules written another way round: what
 * must never be said, and what must always be.
 */
#include "judge/judge.h"
#include "unit.h"

#define FINDING(id) judge_page_bit(FIND_##id)
#define LISTED (PF_ON_BUDDY | PF_ON_PCP)
#define BITS (PF_BITS | PF_PRIMARY | PF_SECONDARY)

START_TEST(memory_says_what_the_predicates_say)
{
	static struct judge_memory m;

	/* Twice, and from both ends: what is remembered makes way for other facts. */
	for (uint32_t f = 0; f < PAGE_FACTS; f++)
		ck_assert_uint_eq(judge_recall(&m, f), judge_page(f));
	for (uint32_t f = PAGE_FACTS * 8; f-- > 0;) {
		ck_assert_uint_eq(judge_recall(&m, f), judge_page(f));
		ck_assert_uint_eq(judge_recall(&m, f), judge_page(f));
	}
	ck_assert_uint_eq(judge_recall(&m, UINT32_MAX), judge_page(UINT32_MAX));
}
END_TEST

START_TEST(an_ordinary_page_has_no_finding)
{
	static const uint32_t ordinary[] = {
		/* allocated: order-0, LRU, compound tail, frozen slab, another type */
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_REFS,
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_REFS | PF_IN_USE | PF_FLAGS,
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_EXEMPT,
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_IN_USE | PF_TYPED,
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_REFS | PF_TYPED,
		/* free: buddy head, inside, per-CPU, between the lists */
		PF_BITS | PF_SECONDARY | PF_MEMMAP | PF_ON_BUDDY | PF_LIST_HEAD | PF_BUDDY,
		PF_BITS | PF_SECONDARY | PF_MEMMAP | PF_ON_BUDDY,
		PF_BITS | PF_SECONDARY | PF_MEMMAP | PF_ON_PCP | PF_LIST_HEAD,
		PF_BITS | PF_SECONDARY | PF_MEMMAP,
		/* never given to the allocator, or not there */
		PF_BITS | PF_SECONDARY | PF_MEMMAP | PF_REFS | PF_RESERVED | PF_FLAGS,
		PF_BITS | PF_SECONDARY | PF_HOLE,
		/* reserved by its owner after it was allocated */
		PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_REFS | PF_RESERVED | PF_FLAGS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++) {
		ck_assert_uint_eq(judge_page(ordinary[i]), 0);
		/* On a kernel without the checker, or where its bits are not in the dump. */
		ck_assert_uint_eq(judge_page(ordinary[i] & ~BITS), 0);
	}
}
END_TEST

START_TEST(equal_bits_are_always_told)
{
	for (uint32_t f = 0; f < PAGE_FACTS; f++) {
		uint32_t pair = f & BITS;
		bool equal = pair == PF_BITS || pair == BITS;

		ck_assert_int_eq(!!(judge_page(f) & FINDING(COMPLEMENT_BROKEN)), equal);
	}
}
END_TEST

START_TEST(without_bits_nothing_is_said_of_bits)
{
	uint64_t of_bits = FINDING(COMPLEMENT_BROKEN) | FINDING(ALLOCATED_ON_FREE_LIST) |
			   FINDING(ALLOCATED_NO_MEMORY) | FINDING(FREE_IN_USE);

	for (uint32_t f = 0; f < PAGE_FACTS; f++)
		if (!(f & PF_BITS))
			ck_assert_uint_eq(judge_page(f) & of_bits, 0);
}
END_TEST

START_TEST(without_a_struct_page_nothing_is_said_of_it)
{
	uint64_t of_bits = FINDING(COMPLEMENT_BROKEN) | FINDING(ALLOCATED_ON_FREE_LIST) |
			   FINDING(ALLOCATED_NO_MEMORY);

	for (uint32_t f = 0; f < PAGE_FACTS; f++)
		if (!(f & PF_MEMMAP))
			ck_assert_uint_eq(judge_page(f) & ~of_bits, 0);
}
END_TEST

START_TEST(listed_findings_need_a_list)
{
	uint64_t of_lists = FINDING(ALLOCATED_ON_FREE_LIST) | FINDING(LISTED_REFCOUNT) |
			    FINDING(LISTED_FLAGS) | FINDING(LISTED_MAPCOUNT) |
			    FINDING(LISTED_WRONG_ZONE);

	for (uint32_t f = 0; f < PAGE_FACTS; f++) {
		if (!(f & LISTED))
			ck_assert_uint_eq(judge_page(f) & of_lists, 0);
		if ((f & LISTED) && (f & PF_MEMMAP) && (f & PF_REFS))
			ck_assert(judge_page(f) & FINDING(LISTED_REFCOUNT));
	}
}
END_TEST

START_TEST(reserved_and_exempt_pages_may_be_in_use)
{
	for (uint32_t f = 0; f < PAGE_FACTS; f++)
		if (f & (PF_RESERVED | PF_EXEMPT))
			ck_assert_uint_eq(judge_page(f) & FINDING(FREE_IN_USE), 0);
}
END_TEST

START_TEST(the_third_witness_decides)
{
	static const struct {
		uint32_t facts;
		enum verdict verdict;
		enum severity severity;
	} rows[] = {
		{ BITS | PF_MEMMAP | PF_ON_BUDDY, VERDICT_PRIMARY, SEV_CORRUPT },
		{ PF_BITS | PF_MEMMAP | PF_ON_PCP, VERDICT_SECONDARY, SEV_CORRUPT },
		{ BITS | PF_MEMMAP | PF_RESERVED | PF_REFS, VERDICT_PRIMARY, SEV_CORRUPT },
		{ PF_BITS | PF_HOLE, VERDICT_SECONDARY, SEV_CORRUPT },
		{ BITS | PF_MEMMAP | PF_REFS | PF_IN_USE, VERDICT_SECONDARY, SEV_CORRUPT },
		{ PF_BITS | PF_MEMMAP | PF_REFS | PF_IN_USE, VERDICT_PRIMARY, SEV_CORRUPT },
		{ BITS | PF_MEMMAP | PF_REFS, VERDICT_UNKNOWN, SEV_CORRUPT },
		/* on no list, no user: a CPU may be between its two bit operations */
		{ BITS | PF_MEMMAP, VERDICT_UNKNOWN, SEV_SUSPECT },
	};
	struct finding f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		finding_init(&f, FIND_COMPLEMENT_BROKEN, 1);
		judge_page_detail(rows[i].facts, &f);
		ck_assert_int_eq(f.verdict, rows[i].verdict);
		ck_assert_int_eq(f.severity, rows[i].severity);
	}
}
END_TEST

/* The rare facts are one finding each, and none of them in a free block but those of lists. */
START_TEST(rare_facts)
{
	static const struct {
		uint32_t fact;
		enum finding_id id;
		bool listed;
	} rows[] = {
		{ PF_TYPE_UNKNOWN, FIND_PAGE_TYPE_UNKNOWN, false },
		{ PF_TAIL_ASTRAY, FIND_COMPOUND_BROKEN, false },
		{ PF_BAD_REFS, FIND_REFCOUNT_IMPOSSIBLE, false },
		{ PF_LIMBO, FIND_LIMBO_EXCESS, false },
		{ PF_MAPPING, FIND_LISTED_MAPPING, true },
		{ PF_UNMERGED, FIND_BUDDIES_UNMERGED, true },
	};
	uint32_t in_use = PF_BITS | PF_PRIMARY | PF_MEMMAP | PF_REFS;
	uint32_t on_list = PF_BITS | PF_SECONDARY | PF_MEMMAP | PF_ON_BUDDY | PF_LIST_HEAD |
			   PF_BUDDY;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t used = judge_page(in_use | rows[i].fact);
		uint64_t listed = judge_page(on_list | rows[i].fact);
		uint64_t bit = judge_page_bit(rows[i].id);

		ck_assert_uint_ne(bit, 0);
		ck_assert_uint_eq(used, rows[i].listed ? 0 : bit);
		ck_assert_uint_eq(listed & bit, rows[i].listed || rows[i].fact == PF_LIMBO ? bit : 0);
	}
	ck_assert_uint_eq(judge_page(in_use | PF_OWNER), FINDING(OWNER_DISAGREES));
	ck_assert_uint_eq(judge_page(PF_HOLE | PF_OWNER) & FINDING(OWNER_DISAGREES), 0);
}
END_TEST

/* Which findings get which verdict, and where a page makes one certain. */
START_TEST(what_a_page_adds)
{
	static const struct {
		enum finding_id id;
		uint32_t facts;
		enum severity severity;
		enum verdict verdict;
	} rows[] = {
		{ FIND_ALLOCATED_ON_FREE_LIST, 0, SEV_CORRUPT, VERDICT_BITMAPS },
		{ FIND_ALLOCATED_ON_FREE_LIST, PF_REFS, SEV_CORRUPT, VERDICT_FREE_LIST },
		{ FIND_ALLOCATED_ON_FREE_LIST, PF_IN_USE, SEV_CORRUPT, VERDICT_FREE_LIST },
		{ FIND_ALLOCATED_NO_MEMORY, 0, SEV_CORRUPT, VERDICT_BITMAPS },
		{ FIND_FREE_IN_USE, PF_REFS, SEV_SUSPECT, VERDICT_BITMAPS },
		{ FIND_FREE_IN_USE, PF_IN_USE, SEV_CORRUPT, VERDICT_BITMAPS },
		{ FIND_PAGE_STATE, PF_STRANGE, SEV_SUSPECT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_STATE, PF_GARBAGE, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_STATE, PF_ILLEGAL, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_TYPE_UNKNOWN, 0, SEV_SUSPECT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_TYPE_UNKNOWN, PF_BAD_TYPE, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_REFCOUNT_IMPOSSIBLE, 0, SEV_SUSPECT, VERDICT_STRUCT_PAGE },
		{ FIND_REFCOUNT_IMPOSSIBLE, PF_NEGATIVE, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_BLANK, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_PAGE_MISPLACED, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_LISTED_REFCOUNT, PF_REFS, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_LISTED_FLAGS, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_LISTED_MAPCOUNT, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_LISTED_WRONG_ZONE, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_LISTED_MAPPING, 0, SEV_SUSPECT, VERDICT_STRUCT_PAGE },
		{ FIND_BUDDY_NOT_LISTED, 0, SEV_CORRUPT, VERDICT_STRUCT_PAGE },
		{ FIND_COMPOUND_BROKEN, 0, SEV_SUSPECT, VERDICT_STRUCT_PAGE },
		{ FIND_LIMBO_EXCESS, 0, SEV_SUSPECT, VERDICT_NONE },
	};
	struct finding f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		finding_init(&f, rows[i].id, 1);
		judge_page_detail(rows[i].facts, &f);
		ck_assert_msg(f.severity == rows[i].severity, "row %zu", i);
		ck_assert_msg(f.verdict == rows[i].verdict, "row %zu", i);
	}
}
END_TEST

/* To be on no list says nothing where not all lists were seen; a lock excuses one page in hand. */
START_TEST(what_was_seen_of_the_lists)
{
	static const struct {
		struct page_lists lists;
		bool unlisted, limbo, unmerged;	/* is it a note? */
	} rows[] = {
		{ { .unseen = false }, false, false, false },
		{ { .unseen = true }, true, true, false },
		{ { .cut = true }, true, true, false },
		{ { .held = true }, true, false, false },
		{ { .lock_unknown = true }, true, false, false },
		{ { .own_pageblocks = true }, false, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct {
			enum finding_id id;
			bool note;
		} each[] = {
			{ FIND_BUDDY_NOT_LISTED, rows[i].unlisted },
			{ FIND_LIMBO_EXCESS, rows[i].limbo },
			{ FIND_BUDDIES_UNMERGED, rows[i].unmerged },
			{ FIND_LISTED_REFCOUNT, false },
		};

		for (size_t n = 0; n < ARRAY_SIZE(each); n++) {
			struct finding f;

			finding_init(&f, each[n].id, 1);
			judge_page_lists(&rows[i].lists, &f);
			ck_assert_msg((f.severity == SEV_NOTE) == each[n].note, "%zu: %s", i,
				      finding_type(f.id)->slug);
			ck_assert_int_eq(f.explained != NULL, each[n].note);
		}
	}
}
END_TEST

/* However far a counter is off, it is off: 1 << 63 is no smaller than the slack. */
START_TEST(a_counter_may_be_off_by_anything)
{
	static const struct {
		int64_t expected, found;
		bool told;
	} rows[] = {
		{ 100, 100, false }, { 100, 350, false }, { 100, 351, true }, { 351, 100, true },
		{ 0, INT64_MIN, true }, { INT64_MIN, 0, true }, { 2575, INT64_MIN + 2575, true },
		{ INT64_MAX, INT64_MIN, true }, { INT64_MIN, INT64_MIN + 250, false },
	};
	struct zone z = { .name = "DMA" };
	struct finding f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct counter_fact fact = {
			.zone = &z, .name = "NR_FREE_PAGES", .slack = 250,
			.expected = rows[i].expected, .found = rows[i].found,
		};

		ck_assert_msg(judge_counter(&fact, &f) == rows[i].told, "row %zu", i);
		if (!rows[i].told)
			continue;
		ck_assert_str_eq(f.zone, "DMA");
		ck_assert_int_eq(f.node, 0);
		ck_assert_int_eq((int64_t)f.field.found == rows[i].found, true);
	}
}
END_TEST

START_TEST(a_zone_lies_within_its_node)
{
	static const struct {
		struct zone z;
		bool told;
	} rows[] = {
#define ZONE(start, n_spanned, n_present, n_managed) { .name = "DMA", .start_pfn = start, \
	.spanned = n_spanned, .present = n_present, .managed = n_managed, \
	.node_start_pfn = 1, .node_spanned = 4095 }
		{ ZONE(1, 4095, 3998, 3840), false },
		{ ZONE(100, 100, 100, 100), false },
		{ ZONE(0, 0, 0, 0), false },
		{ ZONE(1, 4095, 3998, 3999), true },
		{ ZONE(1, 4095, 4096, 3840), true },
		{ ZONE(0, 4095, 3998, 3840), true },
		{ ZONE(2, 4095, 3998, 3840), true },
		{ ZONE(1, INT64_MAX, 3998, 3840), true },
		{ ZONE(UINT64_MAX, 4095, 3998, 3840), true },
#undef ZONE
	};
	struct finding f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(judge_zone(&rows[i].z, &f) == rows[i].told, "row %zu", i);
}
END_TEST

START_TEST(bits_are_in_the_order_of_findings)
{
	uint64_t last = 0;

	for (int id = 0; id < FINDING_IDS; id++) {
		uint64_t bit = judge_page_bit((enum finding_id)id);

		if (!bit)
			continue;
		ck_assert_uint_gt(bit, last);
		ck_assert_int_eq(judge_page_id((unsigned int)__builtin_ctzll(bit)), id);
		last = bit;
	}
	ck_assert_uint_ne(last, 0);
}
END_TEST

UNIT_MAIN("judge", bits_are_in_the_order_of_findings, rare_facts, what_a_page_adds, what_was_seen_of_the_lists, a_counter_may_be_off_by_anything, a_zone_lies_within_its_node,
	  memory_says_what_the_predicates_say, an_ordinary_page_has_no_finding, equal_bits_are_always_told, without_bits_nothing_is_said_of_bits,
	  without_a_struct_page_nothing_is_said_of_it, listed_findings_need_a_list,
	  reserved_and_exempt_pages_may_be_in_use, the_third_witness_decides)
