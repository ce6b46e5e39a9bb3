/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wrong idea is everywhere, damage is somewhere: which findings one takes the place of. */
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "judge/population.h"
#include "unit.h"

#define SECTIONS 4
#define PAGES ((uint64_t)SECTIONS << 15)
#define MAPPING_TEXT "its mapping is not a valid address"

static struct section sections[SECTIONS];
static struct zone zones[] = {
	{ .nid = 0, .name = "DMA32", .managed = 1000 << 10 },
	{ .nid = 0, .name = "Normal", .managed = 1000 << 10 },
	{ .nid = 1, .name = "Normal", .managed = 1000 << 10 },
	{ .nid = 1, .name = "Movable" },
};
static struct cpu cpus[] = {
	{ .id = 0, .online = true }, { .id = 1, .online = true }, { .id = 2, .online = true },
	{ .id = 3, .online = true }, { .id = 4 },
};
static const struct kernel kernel = {
	.sections = sections, .n_sections = SECTIONS, .pages_per_section = 1 << 15,
	.zones = zones, .n_zones = ARRAY_SIZE(zones), .cpus = cpus, .n_cpus = ARRAY_SIZE(cpus), .orders = 11,
};

static struct told {
	uint64_t n, by_id[FINDING_IDS], corrupt;
	struct finding last, misfit;
	char rule[32];
	bool texts_kept;
} told;

static void listen(void *arg _unused_, const struct finding *f)
{
	const struct evidence *log = finding_fact(f, FACT_LOG);

	told.n++;
	told.by_id[f->id]++;
	told.corrupt += f->severity == SEV_CORRUPT;
	if (f->id == FIND_MODEL_MISMATCH) {
		told.misfit = *f;
		snprintf(told.rule, sizeof(told.rule), "%s", finding_fact(f, FACT_RULE)->str);
	} else {
		told.last = *f;
	}
	told.texts_kept &= log && !strcmp(log->str, "a line");
}

/* Of each 512 pages 32 are on LRU lists, 16 head free blocks and 15 more do, on no list. */
static struct held_findings *begin(bool again)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct held_findings *h;

	memset(&told, 0, sizeof(told));
	told.texts_kept = true;
	for (uint64_t i = 0; i < SECTIONS; i++)
		/* With a hole, which is no stretch of memory. */
		sections[i] = (struct section){ .start_pfn = (i < 2 ? i : i + 6) << 15 };
	ck_assert_ok(held_findings_create(&kernel, again, listen, NULL, &h, &err), &err);
	return h;
}

static uint64_t pfn_at(uint64_t i)
{
	return i < PAGES / 2 ? i : i + (6 << 15);
}

static void walk_states(struct held_findings *h)
{
	static const uint64_t states[PAGE_STATES] = {
		[PS_LRU] = 32, [PS_BUDDY_HEAD] = 16, [PS_BUDDY_UNLISTED] = 160,
		[PS_IN_USE] = 304,
	};

	for (uint64_t i = 0; i < PAGES; i += POPULATION_PAGES)
		held_findings_pages(h, pfn_at(i), states);
}

static void add(struct held_findings *h, enum finding_id id, uint64_t pfn, enum severity sev)
{
	char line[] = "a line";
	struct finding f;

	finding_init(&f, id, pfn);
	f.severity = sev;
	if (id == FIND_PAGE_STATE)
		finding_str(&f, FACT_WHAT, MAPPING_TEXT);
	f.state = id == FIND_PAGE_STATE ? PS_LRU : id == FIND_BUDDY_NOT_LISTED ? PS_BUDDY_UNLISTED :
										  PS_BUDDY_HEAD;
	finding_str(&f, FACT_LOG, line);
	held_findings_add(h, &f);
	/* What it borrows is gone after the call. */
	memset(line, 'x', sizeof(line) - 1);
}

/* @n pages that break a rule, @step apart. */
static void breaks(struct held_findings *h, enum finding_id id, uint64_t n, uint64_t step)
{
	for (uint64_t i = 0; i < n; i++)
		add(h, id, pfn_at(i * step), SEV_CORRUPT);
}

START_TEST(what_is_everywhere_is_one_finding)
{
	struct held_findings *h = begin(true);

	/* A quarter of them. */
	walk_states(h);
	breaks(h, FIND_PAGE_STATE, PAGES / 64, 64);
	add(h, FIND_BLOCKS_OVERLAP, 3, SEV_CORRUPT);
	add(h, FIND_LOCK_HELD, FINDING_NO_PFN, SEV_NOTE);
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(held_findings_misfits(h), 1);
	ck_assert_uint_eq(told.n, 3);
	ck_assert_str_eq(told.rule, "page-state");
	ck_assert_uint_eq(finding_fact(&told.misfit, FACT_BROKEN)->num, PAGES / 64);
	ck_assert_uint_eq(finding_fact(&told.misfit, FACT_FIRST_PFN)->num, 0);
	ck_assert_int_eq(told.misfit.severity, SEV_SUSPECT);
	/* What else there is may be another part of the same. */
	ck_assert_uint_eq(told.by_id[FIND_BLOCKS_OVERLAP], 1);
	ck_assert_uint_eq(told.by_id[FIND_LOCK_HELD], 1);
	ck_assert_uint_eq(told.corrupt, 0);
	held_findings_destroy(h);
}
END_TEST

/* As many as above, or nearly, but not everywhere. */
START_TEST(what_has_a_place_stays)
{
	static const struct {
		enum finding_id id;
		uint64_t n, step;
	} rows[] = {
		{ FIND_PAGE_STATE, PAGES / 64 / 2, 64 },	/* half of memory */
		{ FIND_PAGE_STATE, PAGES / 64, 8 },		/* a piece of it */
		{ FIND_PAGE_STATE, PAGES / 512, 512 },		/* a column */
		{ FIND_PAGE_STATE, 20, PAGES / 32 },		/* few */
		{ FIND_BUDDY_NOT_LISTED, PAGES / 64, 64 },	/* lists lost whole */
		{ FIND_COMPLEMENT_BROKEN, PAGES / 64, 64 },	/* a map written over */
		{ FIND_SECTION_RECORD, PAGES / 64, 64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct held_findings *h = begin(true);

		walk_states(h);
		breaks(h, rows[i].id, rows[i].n, rows[i].step);
		ck_assert(held_findings_end(h, true));
		ck_assert_msg(told.n == rows[i].n && told.by_id[rows[i].id] == rows[i].n &&
				      told.corrupt == rows[i].n,
			      "row %zu: %d of %d", i, (int)told.corrupt, (int)rows[i].n);
		ck_assert(told.texts_kept);
		held_findings_destroy(h);
	}
}
END_TEST

/* A list that was laid over a sixteenth of memory: nearly all free blocks that there seem to be. */
START_TEST(what_makes_its_own_population_stays)
{
	struct held_findings *h = begin(true);

	for (uint64_t i = 0; i < PAGES; i += POPULATION_PAGES) {
		const uint64_t states[PAGE_STATES] = {
			[PS_BUDDY_HEAD] = i < PAGES / 16 ? POPULATION_PAGES : 2,
		};

		held_findings_pages(h, pfn_at(i), states);
	}
	breaks(h, FIND_BLOCK_MISPLACED, PAGES / 64, 4);
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(told.corrupt, PAGES / 64);
	held_findings_destroy(h);
}
END_TEST

/* A flag that means something else now, on few pages; and a bit of a memory module that is stuck. */
START_TEST(one_bit_anywhere_is_no_damage)
{
	static const struct {
		uint64_t n, step, first, xor[2];
		bool varies, misfit;
	} rows[] = {
		{ PAGES / 512, 509, 16, { 16, 16 }, false, true },
		{ PAGES / 512, 509, 64, { 16, 16 }, false, true },
		{ PAGES / 512, 509, 16, { 16, 16 }, true, false },
		{ PAGES / 512, 509, 16, { 16, 32 }, false, false },
		{ PAGES / 512, 509, 48, { 48, 48 }, false, false },
		{ PAGES / 512, 512, 16, { 16, 16 }, false, false },	/* a column */
		{ PAGES / 512, 13, 16, { 16, 16 }, false, false },	/* somewhere */
		{ 120, 1021, 16, { 16, 16 }, false, false },		/* few */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct held_findings *h = begin(true);
		struct finding f;

		walk_states(h);
		for (uint64_t j = 0; j < rows[i].n; j++) {
			finding_init(&f, FIND_PAGE_STATE, pfn_at(j * rows[i].step));
			f.state = PS_IN_USE;
			finding_str(&f, FACT_WHAT, MAPPING_TEXT);
			finding_field(&f, "page.mapping", EV_HEX,
				      j ? rows[i].xor[j % 2] : rows[i].first, 0);
			f.field.varies = true;
			f.field.bits_vary = rows[i].varies;
			held_findings_add(h, &f);
		}
		ck_assert(held_findings_end(h, true));
		ck_assert_msg(held_findings_misfits(h) == rows[i].misfit, "row %zu", i);
		ck_assert_uint_eq(told.n, rows[i].misfit ? 1 : rows[i].n);
		held_findings_destroy(h);
	}
}
END_TEST

START_TEST(lists_are_elsewhere_only_if_all_are)
{
	struct held_findings *h = begin(false);

	walk_states(h);
	/* Two of the 32 heads in 512 pages are on lists. */
	for (uint64_t i = 0; i < PAGES; i += 16)
		if (i % 512 < 496)
			add(h, FIND_BUDDY_NOT_LISTED, pfn_at(i), SEV_CORRUPT);
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(held_findings_misfits(h), 0);
	held_findings_destroy(h);
	h = begin(false);
	for (uint64_t i = 0; i < PAGES; i += POPULATION_PAGES) {
		static const uint64_t states[PAGE_STATES] = { [PS_BUDDY_UNLISTED] = 15,
							      [PS_IN_USE] = 497 };

		held_findings_pages(h, pfn_at(i), states);
		for (uint64_t j = 0; j < 15; j++)
			add(h, FIND_BUDDY_NOT_LISTED, pfn_at(i + j), SEV_CORRUPT);
	}
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(told.n, 1);
	ck_assert_str_eq(told.rule, "buddy-not-listed");
	held_findings_destroy(h);
}
END_TEST

START_TEST(what_is_explained_counts_for_nothing)
{
	struct held_findings *h = begin(true);
	struct finding f;

	walk_states(h);
	for (uint64_t i = 0; i < PAGES; i += 128) {
		add(h, FIND_PAGE_STATE, pfn_at(i), SEV_NOTE);
		finding_init(&f, FIND_PAGE_STATE, pfn_at(i));
		f.state = PS_LRU;
		finding_str(&f, FACT_RESERVATION, "who knows");
		held_findings_add(h, &f);
	}
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(told.n, PAGES / 64);
	ck_assert_uint_eq(held_findings_misfits(h), 0);
	held_findings_destroy(h);
}
END_TEST

/* Nothing is lost, and nothing comes twice. */
START_TEST(what_has_no_room_comes_again)
{
	for (int even = 0; even < 2; even++) {
		struct held_findings *h = begin(true);
		uint64_t step = even ? 16 : 8, n = even ? PAGES / 16 : PAGES / 32;

		ck_assert_uint_gt(PAGES / 16, POPULATION_HELD);
		for (int time = 0; time < 2; time++) {
			walk_states(h);
			add(h, FIND_LOCK_HELD, FINDING_NO_PFN, SEV_NOTE);
			for (uint64_t i = 0; i < n; i++)
				add(h, FIND_PAGE_STATE, pfn_at(i * step), SEV_CORRUPT);
			for (uint64_t i = 0; i < POPULATION_HELD; i++)
				add(h, FIND_BLOCKS_OVERLAP, pfn_at(i), SEV_CORRUPT);
			ck_assert_int_eq(held_findings_end(h, true), time);
			if (!time) {
				/* A note waits for nobody. */
				ck_assert_uint_eq(told.n, 1);
				memset(&told, 0, sizeof(told));
			}
		}
		ck_assert_uint_eq(told.by_id[FIND_PAGE_STATE], even ? 0 : (int)n);
		ck_assert_uint_eq(told.by_id[FIND_MODEL_MISMATCH], even);
		ck_assert_uint_eq(told.by_id[FIND_BLOCKS_OVERLAP], POPULATION_HELD);
		ck_assert_uint_eq(told.corrupt, even ? 0 : n + POPULATION_HELD);
		held_findings_destroy(h);
	}
}
END_TEST

/* Of a live kernel the same walk cannot be had again: they go on as they come. */
START_TEST(what_has_no_room_and_cannot_come_again_goes_on)
{
	struct held_findings *h = begin(false);

	walk_states(h);
	breaks(h, FIND_PAGE_STATE, PAGES / 16, 16);
	ck_assert(held_findings_end(h, true));
	ck_assert_uint_eq(told.by_id[FIND_PAGE_STATE], PAGES / 16);
	ck_assert_uint_eq(told.by_id[FIND_MODEL_MISMATCH], 0);
	held_findings_destroy(h);
}
END_TEST

START_TEST(of_half_a_walk_nothing_is_concluded)
{
	struct held_findings *h = begin(true);

	walk_states(h);
	breaks(h, FIND_PAGE_STATE, PAGES / 64, 64);
	ck_assert(held_findings_end(h, false));
	ck_assert_uint_eq(told.by_id[FIND_PAGE_STATE], PAGES / 64);
	ck_assert_uint_eq(told.corrupt, PAGES / 64);
	held_findings_destroy(h);
}
END_TEST

static void apart(struct held_findings *h, enum finding_id id, int nid, const char *zone, int cpu,
		  int order)
{
	struct finding f;

	finding_init(&f, id, FINDING_NO_PFN);
	f.node = nid;
	f.zone = zone;
	f.cpu = cpu;
	f.order = order;
	held_findings_add(h, &f);
}

START_TEST(records_that_lie_apart)
{
	static const struct {
		enum finding_id id;
		unsigned int zones, cpus;	/* bits */
		bool misfit;
		int orders;
	} rows[] = {
		{ FIND_NR_FREE_COUNT, 7, 0, true, 6 },	/* the empty zone has none */
		{ FIND_NR_FREE_COUNT, 3, 0, false, 6 },	/* one node */
		{ FIND_NR_FREE_COUNT, 5, 0, false, 6 },
		{ FIND_NR_FREE_COUNT, 7, 0, false, 2 },	/* some lists of each */
		{ FIND_ZONE_COUNTER, 7, 0, true, 0 },
		{ FIND_ZONE_COUNTER, 6, 0, false, 0 },
		{ FIND_ZONE_COUNTER, 1, 0, false, 0 },
		{ FIND_PCP_COUNT, 0, 7, true, 0 },
		{ FIND_PCP_COUNT, 0, 3, false, 0 },
		{ FIND_LIST_BAD_POINTER, 0, 15, true, 0 },
		{ FIND_CHECKER_STATE, 7, 0, false, 0 },
		{ FIND_TRACKED_COUNT, 7, 15, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint64_t states[PAGE_STATES] = { [PS_PCP_HEAD] = 10, [PS_BUDDY_HEAD] = 1 };
		struct held_findings *h = begin(true);
		uint64_t n = 0;

		held_findings_pages(h, 0, states);
		for (int z = 0; z < (int)ARRAY_SIZE(zones); z++)
			for (int cpu = 0; cpu < (rows[i].cpus ? 5 : 1); cpu++)
				if (rows[i].cpus ? rows[i].cpus >> cpu & 1 : rows[i].zones >> z & 1) {
					for (int o = rows[i].orders ? 0 : -1; o < rows[i].orders; o++) {
						apart(h, rows[i].id, zones[z].nid, zones[z].name,
						      rows[i].cpus ? cpu : -1, o);
						n++;
					}
				}
		ck_assert(held_findings_end(h, true));
		ck_assert_msg(told.by_id[FIND_MODEL_MISMATCH] == rows[i].misfit, "row %zu", i);
		ck_assert_uint_eq(told.by_id[rows[i].id], rows[i].misfit ? 0 : n);
		held_findings_destroy(h);
	}
}
END_TEST

/* No list has a page, and more than one counts some. */
START_TEST(lists_that_nobody_has)
{
	for (int sets = 1; sets <= 2; sets++) {
		for (int on_list = 0; on_list < 2; on_list++) {
			const uint64_t states[PAGE_STATES] = { [PS_PCP_TAIL] = (uint64_t)on_list };
			struct held_findings *h = begin(true);
			bool elsewhere = sets > 1 && !on_list;

			held_findings_pages(h, 0, states);
			for (int cpu = 0; cpu < sets; cpu++)
				apart(h, FIND_PCP_COUNT, 0, "DMA32", cpu, -1);
			ck_assert(held_findings_end(h, true));
			ck_assert_uint_eq(told.by_id[FIND_MODEL_MISMATCH], elsewhere);
			ck_assert_uint_eq(told.corrupt, elsewhere ? 0 : (unsigned int)sets);
			held_findings_destroy(h);
		}
	}
}
END_TEST

/* The same of the buddy lists: not in one order of each, and not beside a list that is damaged. */
START_TEST(blocks_that_no_list_has)
{
	static const struct {
		int orders, on_list;
		bool damaged, elsewhere;
	} rows[] = {
		{ 4, 0, false, true },
		{ 3, 0, false, false },
		{ 4, 1, false, false },
		{ 4, 0, true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint64_t states[PAGE_STATES] = { [PS_BUDDY_HEAD] = (uint64_t)rows[i].on_list };
		struct held_findings *h = begin(true);

		held_findings_pages(h, 0, states);
		for (int z = 0; z < 2; z++)
			for (int order = 0; order < rows[i].orders; order++)
				apart(h, FIND_NR_FREE_COUNT, zones[z].nid, zones[z].name, -1, order);
		if (rows[i].damaged)
			add(h, FIND_LIST_LINKAGE, 3, SEV_CORRUPT);
		ck_assert(held_findings_end(h, true));
		ck_assert_msg(told.by_id[FIND_MODEL_MISMATCH] == rows[i].elsewhere, "row %zu", i);
		ck_assert_uint_eq(told.corrupt, rows[i].elsewhere ? 0 : (unsigned int)rows[i].orders * 2 +
									rows[i].damaged);
		held_findings_destroy(h);
	}
}
END_TEST

/* Lists that are lost have counters that differ. */
START_TEST(records_that_follow_from_damage)
{
	for (int damaged = 0; damaged < 2; damaged++) {
		struct held_findings *h = begin(true);

		for (int z = 0; z < 3; z++)
			apart(h, FIND_ZONE_COUNTER, zones[z].nid, zones[z].name, -1, -1);
		if (damaged)
			add(h, FIND_BUDDY_NOT_LISTED, 3, SEV_CORRUPT);
		ck_assert(held_findings_end(h, true));
		ck_assert_uint_eq(told.by_id[FIND_MODEL_MISMATCH], !damaged);
		ck_assert_uint_eq(told.corrupt, (unsigned int)damaged);
		held_findings_destroy(h);
	}
}
END_TEST

UNIT_MAIN("population", what_is_everywhere_is_one_finding, what_has_a_place_stays,
	  what_makes_its_own_population_stays, one_bit_anywhere_is_no_damage,
	  lists_are_elsewhere_only_if_all_are, what_is_explained_counts_for_nothing,
	  what_has_no_room_comes_again, what_has_no_room_and_cannot_come_again_goes_on,
	  of_half_a_walk_nothing_is_concluded, records_that_lie_apart,
	  lists_that_nobody_has, blocks_that_no_list_has, records_that_follow_from_damage)
