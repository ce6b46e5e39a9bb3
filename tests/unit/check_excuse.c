/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a finding once it is known who was at work, and who was not. The modules
 * that would look are replaced: a test says what they see.
 */
#include <stdio.h>
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "judge/excuse.h"
#include "judge/judge.h"
#include "layout/layout.h"
#include "model/cache_users.h"
#include "model/inflight.h"
#include "model/kernel_log.h"
#include "unit.h"

#define HELD 0x1000ULL	/* the page that somebody holds, 16 of them */
#define LOGGED 0x2000ULL

static struct {
	struct inflight_summary summary;
	bool tainted;
	struct log_line line;
	bool live;
	const char *doubt, *run;
	bool memory_unseen;
	bool frozen;
	enum moment_verdict moment;
	const char *explained;	/* of the finding, before */
	int cpu;
	int busy_cpu;
	uint64_t caches;	/* a word of who is in the page cache */
	bool collapses;		/* and puts a huge page in place of others there */
} world;

enum pgc_status inflight_create(struct kernel_reader kr, const struct page_format *fmt,
				struct inflight **ret, struct pgc_err *err)
{
	*ret = (struct inflight *)&world;
	return PGC_OK;
}

void inflight_destroy(struct inflight *fl)
{
}

const char *inflight_page(const struct inflight *fl, uint64_t pfn)
{
	return pfn >= HELD && pfn < HELD + 16 ? "task 7" : NULL;
}

const char *inflight_pair(const struct inflight *fl, uint64_t pfn)
{
	return pfn == HELD ? "CPU 1" : NULL;
}

const char *inflight_run(const struct inflight *fl)
{
	return world.run;
}

const struct inflight_summary *inflight_summary(const struct inflight *fl)
{
	return &world.summary;
}

const char *inflight_context(const struct inflight *fl, size_t nr)
{
	return nr < world.summary.contexts ? "CPU 1" : NULL;
}

bool inflight_may_change(const struct inflight *fl, int cpu)
{
	return cpu == world.busy_cpu;
}

enum pgc_status cache_users_create(struct kernel_reader kr, const struct page_format *fmt,
				   struct cache_users **ret, struct pgc_err *err)
{
	*ret = (struct cache_users *)&world;
	return PGC_OK;
}

void cache_users_destroy(struct cache_users *cu)
{
}

const char *cache_users_find(const struct cache_users *cu, uint64_t start, uint64_t end, bool collapse)
{
	if (collapse && !world.collapses)
		return NULL;
	return world.caches >= start && world.caches < end ? "task 5 (dd), in filemap_add_folio" : NULL;
}

enum pgc_status kernel_log_create(struct kernel_reader kr, struct kernel_log **ret,
				  struct pgc_err *err)
{
	*ret = (struct kernel_log *)&world;
	return PGC_OK;
}

void kernel_log_destroy(struct kernel_log *log)
{
}

const struct log_line *kernel_log_about(const struct kernel_log *log, uint64_t pfn,
					uint64_t count)
{
	return LOGGED >= pfn && LOGGED - pfn < count ? &world.line : NULL;
}

size_t kernel_log_lines(const struct kernel_log *log)
{
	return 1;
}

const struct log_line *kernel_log_line(const struct kernel_log *log, size_t i)
{
	return &world.line;
}

bool kernel_log_tainted(const struct kernel_log *log, unsigned int bit)
{
	return world.tainted && bit == 5;
}

struct told {
	size_t n;
	struct finding f[8];
};

static void keep(void *arg, const struct finding *f)
{
	struct told *t = arg;

	ck_assert_uint_lt(t->n, ARRAY_SIZE(t->f));
	t->f[t->n++] = *f;
}

/* A dump of which everybody can be asked. */
static void everybody_seen(void)
{
	memset(&world, 0, sizeof(world));
	world.cpu = -1;
	world.summary = (struct inflight_summary){ .tasks = 9, .cpus = 2, .complete = true };
	world.line.kind = LOG_BAD_PAGE_STATE;
	strcpy(world.line.text, "BUG: Bad page state");
}

static struct told tell(enum finding_id id, enum severity sev, uint64_t pfn, uint64_t count,
			bool running, const struct summary *sum)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fake_kernel *fk = fk_create();
	struct told told = { 0 };
	struct excuses *ex;
	struct finding f;
	struct kernel *k;

	k = fk_open(fk);
	k->running = running;
	k->memory_unseen = world.memory_unseen;
	if (world.live)
		fake_vmcore_live(fk_vmcore(fk));
	ck_assert_ok(
		excuse_create(kernel_reader_of(k, fk_vmcore(fk)), keep, &told, &ex, &err),
		&err);
	finding_init(&f, id, pfn);
	f.severity = sev;
	f.count = count;
	f.explained = world.explained;
	f.cpu = world.cpu;
	excuse_doubt(ex, world.doubt);
	excuse_moment(ex, world.moment);
	if (count)
		excuse_finding(ex, &f);
	excuse_flush(ex);
	if (sum)
		ck_assert_ok(excuse_end(ex, &sum->checker, summary_unread_bits(sum), &err), &err);
	excuse_destroy(ex);
	kernel_destroy(k);
	fk_destroy(fk);
	return told;
}

START_TEST(nothing_is_damage_where_all_is_doubted)
{
	struct summary sum = { .checker = { .has_popcount = true, .has_stats = true,
					    .primary_popcount = 9000, .pages_tracked = 10 } };
	struct told t;

	everybody_seen();
	world.doubt = "another page may have been read";
	t = tell(FIND_COMPLEMENT_BROKEN, SEV_CORRUPT, 5, 1, true, &sum);
	ck_assert_uint_eq(t.n, 2);
	for (size_t i = 0; i < t.n; i++) {
		ck_assert_int_eq(t.f[i].severity, SEV_NOTE);
		ck_assert_ptr_eq(t.f[i].explained, world.doubt);
	}
}
END_TEST

/* Without a lock a CPU's lists are still where the CPU is elsewhere. */
START_TEST(a_cpu_that_is_elsewhere_is_no_excuse)
{
	struct told t;

	everybody_seen();
	world.cpu = 1;
	world.busy_cpu = 0;
	world.explained = judge_lock_unknown;
	t = tell(FIND_PCP_COUNT, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	ck_assert_ptr_null(t.f[0].explained);
	world.busy_cpu = 1;
	t = tell(FIND_PCP_COUNT, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	ck_assert_ptr_eq(t.f[0].explained, judge_lock_unknown);
	/* Another reason, no per-CPU list, and a live kernel, of which nobody is asked. */
	world.busy_cpu = 0;
	world.cpu = -1;
	t = tell(FIND_NR_FREE_COUNT, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	world.cpu = 1;
	world.live = true;
	t = tell(FIND_PCP_COUNT, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	world.live = false;
	world.explained = "the lock was held";
	t = tell(FIND_PCP_COUNT, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
}
END_TEST

START_TEST(memory_that_was_not_seen_is_not_gone)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_ALLOCATED_NO_MEMORY, SEV_CORRUPT, 5, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	world.memory_unseen = true;
	t = tell(FIND_ALLOCATED_NO_MEMORY, SEV_CORRUPT, 5, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	t = tell(FIND_LIST_LINKAGE, SEV_CORRUPT, 5, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
}
END_TEST

START_TEST(a_pair_that_nobody_touches_is_damage)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_COMPLEMENT_BROKEN, SEV_SUSPECT, 0x1800, 1, true, NULL);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	ck_assert_ptr_null(t.f[0].explained);
}
END_TEST

START_TEST(a_pair_in_a_hook_is_a_note)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_COMPLEMENT_BROKEN, SEV_SUSPECT, HELD, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	ck_assert_str_eq(t.f[0].explained, "CPU 1");
	/* Two of them at once, or one that another witness speaks for: no window does that. */
	t = tell(FIND_COMPLEMENT_BROKEN, SEV_SUSPECT, HELD, 2, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	t = tell(FIND_COMPLEMENT_BROKEN, SEV_CORRUPT, HELD, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
}
END_TEST

START_TEST(who_was_not_asked_may_have_done_it)
{
	struct told t;

	for (int i = 0; i < 3; i++) {
		everybody_seen();
		world.summary.complete = i != 0;
		world.summary.unread = i == 1;
		world.summary.cpus = i == 2 ? 1 : 2;
		world.summary.missing = 1;
		t = tell(FIND_COMPLEMENT_BROKEN, SEV_SUSPECT, 0x1800, 1, true, NULL);
		ck_assert_int_eq(t.f[0].severity, SEV_SUSPECT);
		ck_assert_ptr_nonnull(finding_fact(&t.f[0], FACT_RESERVATION));
		t = tell(FIND_LIMBO_EXCESS, SEV_SUSPECT, 0x1800, 4, true, NULL);
		ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
		ck_assert_ptr_nonnull(t.f[0].explained);
	}
}
END_TEST

/* Findings of one kind, one after the other, of a dump that lacks @missing CPUs or tasks. */
static struct told tell_several(const struct finding *f, size_t n, size_t missing)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fake_kernel *fk = fk_create();
	struct told told = { 0 };
	struct excuses *ex;
	struct kernel *k;

	enum moment_verdict moment = world.moment;
	bool frozen = world.frozen;

	everybody_seen();
	world.summary.missing = missing;
	world.summary.unread = missing;
	k = fk_open(fk);
	k->running = true;
	if (frozen)
		ck_assert_ok(layout_add_function(fk_layout(fk), "__alloc_frozen_pages_noprof",
						 0xffffffff81000000ULL, 64, &err), &err);
	ck_assert_ok(
		excuse_create(kernel_reader_of(k, fk_vmcore(fk)), keep, &told, &ex, &err),
		&err);
	excuse_moment(ex, moment);
	for (size_t i = 0; i < n; i++)
		excuse_finding(ex, &f[i]);
	excuse_flush(ex);
	excuse_destroy(ex);
	kernel_destroy(k);
	fk_destroy(fk);
	return told;
}

static void all_are(const struct told *t, size_t n, enum severity sev)
{
	ck_assert_uint_eq(t->n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(t->f[i].severity, sev);
		ck_assert((sev == SEV_NOTE) == (t->f[i].explained != NULL));
	}
}

static void make_several(struct finding *f, size_t n, enum finding_id id, uint64_t count)
{
	for (size_t i = 0; i < n; i++) {
		finding_init(&f[i], id, 0x1800 + i * 0x200);
		f[i].severity = SEV_SUSPECT;
		f[i].count = count;
	}
}

START_TEST(as_many_excuses_as_are_missing)
{
	struct finding f[6];
	struct told t;

	make_several(f, 6, FIND_FREE_IN_USE, 1);
	t = tell_several(f, 2, 2);
	all_are(&t, 2, SEV_NOTE);
	/* One more, and it is said of none that it is excused. */
	t = tell_several(f, 5, 4);
	all_are(&t, 5, SEV_SUSPECT);
	ck_assert_ptr_nonnull(finding_fact(&t.f[0], FACT_RESERVATION));
	/* ... nor of what comes after it, which is said once. */
	world.moment = MOMENT_MAYBE;
	t = tell_several(f, 6, 4);
	all_are(&t, 6, SEV_SUSPECT);
	for (size_t i = 0; i < t.n; i++) {
		size_t n = 0;

		for (size_t e = 0; e < t.f[i].n_evidence; e++)
			n += t.f[i].evidence[e].id == FACT_RESERVATION;
		ck_assert_uint_eq(n, 1);
	}
	/* The pages of one block, and its first one alone has a reference. */
	make_several(f, 1, FIND_FREE_IN_USE, 2);
	t = tell_several(f, 1, 4);
	all_are(&t, 1, SEV_SUSPECT);
	make_several(f, 2, FIND_OWNER_DISAGREES, 8);
	t = tell_several(f, 2, 2);
	all_are(&t, 2, SEV_NOTE);
	t = tell_several(f, 2, 1);
	all_are(&t, 2, SEV_SUSPECT);
}
END_TEST

/* Each leaves one unequal pair at most, so of more some are damage. */
START_TEST(as_many_unequal_pairs_as_are_missing)
{
	struct finding f[6];
	struct told t;

	make_several(f, 6, FIND_COMPLEMENT_BROKEN, 1);
	t = tell_several(f, 2, 2);
	all_are(&t, 2, SEV_SUSPECT);
	ck_assert_ptr_nonnull(finding_fact(&t.f[1], FACT_RESERVATION));
	t = tell_several(f, 6, 4);
	all_are(&t, 6, SEV_CORRUPT);
	for (size_t i = 0; i < t.n; i++)
		ck_assert_ptr_null(finding_fact(&t.f[i], FACT_RESERVATION));
	/* What is held by somebody is not counted against those that are missing. */
	f[0].pfn = HELD;
	t = tell_several(f, 3, 2);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	ck_assert_int_eq(t.f[1].severity, SEV_SUSPECT);
	ck_assert_int_eq(t.f[2].severity, SEV_SUSPECT);
}
END_TEST

START_TEST(where_the_reference_comes_last)
{
	struct finding f[1];
	struct told t;

	make_several(f, 1, FIND_FREE_IN_USE, 1);
	world.frozen = true;
	t = tell_several(f, 1, 4);
	all_are(&t, 1, SEV_SUSPECT);
}
END_TEST

START_TEST(pages_in_limbo_are_bounded)
{
	struct finding f[4];
	struct told t;

	make_several(f, 4, FIND_LIMBO_EXCESS, 80);
	t = tell_several(f, 4, 2);
	all_are(&t, 4, SEV_NOTE);
	make_several(f, 4, FIND_LIMBO_EXCESS, 81);
	t = tell_several(f, 4, 2);
	all_are(&t, 4, SEV_SUSPECT);
	/* No batch and no compaction has so many in a row. */
	make_several(f, 1, FIND_LIMBO_EXCESS, 512);
	t = tell_several(f, 1, 64);
	all_are(&t, 1, SEV_SUSPECT);
}
END_TEST

struct last_text {
	struct told told;
	char text[16];
};

static void keep_text(void *arg, const struct finding *f)
{
	struct last_text *last = arg;
	const struct evidence *e = finding_fact(f, FACT_FLAG_NAMES);

	ck_assert_ptr_nonnull(e);
	snprintf(last->text, sizeof(last->text), "%s", e->str);
	last->told.n++;
}

/* Texts of a walk end with it, and what waits is handed on after it. */
START_TEST(what_waits_has_its_own_texts)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fake_kernel *fk = fk_create();
	struct last_text last = { .text = "" };
	char names[] = "lru|head";
	struct excuses *ex;
	struct finding f;
	struct kernel *k;

	everybody_seen();
	world.summary.missing = world.summary.unread = 4;
	k = fk_open(fk);
	k->running = true;
	ck_assert_ok(excuse_create(kernel_reader_of(k, fk_vmcore(fk)), keep_text, &last,
				   &ex, &err),
		     &err);
	make_several(&f, 1, FIND_FREE_IN_USE, 1);
	finding_str(&f, FACT_FLAG_NAMES, names);
	excuse_finding(ex, &f);
	memset(names, '?', sizeof(names) - 1);
	excuse_flush(ex);
	ck_assert_uint_eq(last.told.n, 1);
	ck_assert_str_eq(last.text, "lru|head");
	excuse_destroy(ex);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Whoever is missing, and whoever holds the page. */
START_TEST(what_no_operation_leaves)
{
	struct finding f[2];
	struct told t;

	make_several(f, 2, FIND_REFCOUNT_IMPOSSIBLE, 1);
	finding_int(&f[0], FACT_REFCOUNT, -1);
	f[1] = f[0];
	f[1].pfn = HELD;
	t = tell_several(f, 2, 8);
	all_are(&t, 2, SEV_SUSPECT);
	make_several(f, 1, FIND_COMPOUND_BROKEN, 32);
	t = tell_several(f, 1, 8);
	all_are(&t, 1, SEV_SUSPECT);
	make_several(f, 1, FIND_LIMBO_EXCESS, 2);
	f[0].damage = CLASS_OVERWRITE;
	t = tell_several(f, 1, 8);
	all_are(&t, 1, SEV_SUSPECT);
}
END_TEST

START_TEST(a_run_is_split_by_who_holds_it)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_LIMBO_EXCESS, SEV_SUSPECT, HELD - 2, 20, true, NULL);
	ck_assert_uint_eq(t.n, 3);
	ck_assert_uint_eq(t.f[0].count, 2);
	ck_assert_int_eq(t.f[0].severity, SEV_SUSPECT);
	ck_assert_uint_eq(t.f[1].pfn, HELD);
	ck_assert_uint_eq(t.f[1].count, 16);
	ck_assert_int_eq(t.f[1].severity, SEV_NOTE);
	ck_assert_uint_eq(t.f[2].pfn, HELD + 16);
	ck_assert_uint_eq(t.f[2].count, 2);
}
END_TEST

START_TEST(list_damage_is_excused_by_nobody)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_LISTED_REFCOUNT, SEV_CORRUPT, HELD, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	t = tell(FIND_FREE_IN_USE, SEV_CORRUPT, HELD, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	t = tell(FIND_FREE_IN_USE, SEV_SUSPECT, HELD, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
}
END_TEST

START_TEST(the_log_goes_with_its_page)
{
	struct told t;

	everybody_seen();
	t = tell(FIND_LISTED_REFCOUNT, SEV_CORRUPT, LOGGED - 1, 3, true, NULL);
	ck_assert_str_eq(finding_fact(&t.f[0], FACT_LOG)->str, "BUG: Bad page state");
	t = tell(FIND_LISTED_REFCOUNT, SEV_CORRUPT, LOGGED + 1, 3, true, NULL);
	ck_assert_ptr_null(finding_fact(&t.f[0], FACT_LOG));
	/* A page that the kernel itself gave up is on no list for a reason. */
	world.tainted = true;
	t = tell(FIND_LIMBO_EXCESS, SEV_SUSPECT, LOGGED, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	/* ... that one, not its neighbours. */
	t = tell(FIND_LIMBO_EXCESS, SEV_SUSPECT, LOGGED, 3, true, NULL);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_uint_eq(t.f[0].count, 1);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	ck_assert_int_eq(t.f[1].severity, SEV_SUSPECT);
}
END_TEST

START_TEST(what_the_checker_said_first)
{
	struct told t;

	everybody_seen();
	world.line.kind = LOG_DOUBLE_FREE;
	world.line.n_pfns = 1;
	world.line.pfns[0] = 4711;
	t = tell(FIND_VIOLATIONS_LOGGED, SEV_NOTE, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_uint_eq(finding_fact(&t.f[0], FACT_LOGGED_PFN)->num, 4711);
}
END_TEST

static bool one_of(enum finding_id id, const enum finding_id *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Who has the page in hand explains it, however sure it looked; not who has another one. */
START_TEST(on_the_way_into_the_cache)
{
	static const struct {
		uint64_t word;		/* beyond the struct page of 0x1800 */
		enum severity severity;
	} rows[] = {
		{ 0, SEV_NOTE }, { 8, SEV_NOTE }, { FK_PAGE_SIZE_OF, SEV_CORRUPT },
		{ (uint64_t)-8, SEV_CORRUPT },
	};
	static const enum finding_id ids[] = { FIND_CACHE_ENTRY, FIND_CACHE_PAGE };
	struct told t;

	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(ids); i++) {
		everybody_seen();
		world.caches = FK_MEMMAP + 0x1800 * FK_PAGE_SIZE_OF + rows[i % 4].word;
		t = tell(FIND_CACHE_ENTRY, SEV_CORRUPT, 0x1800, 1, true, NULL);
		ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
		world.collapses = ids[i / 4] == FIND_CACHE_ENTRY;
		t = tell(ids[i / 4], SEV_CORRUPT, 0x1800, 1, true, NULL);
		ck_assert_uint_eq(t.n, 1);
		ck_assert_int_eq(t.f[0].severity, rows[i % 4].severity);
		t = tell(FIND_CACHE_NODE, SEV_CORRUPT, 0x1800, 1, true, NULL);
		ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
	}
}
END_TEST

/* The columns of the table, written down a second time: what stands there decides who is heard. */
START_TEST(while_booting_only_what_always_holds)
{
	static const enum finding_id later[] = {
		FIND_TRACKED_COUNT, FIND_FREE_IN_USE, FIND_LIMBO_EXCESS, FIND_LISTED_MAPPING,
		FIND_BUDDIES_UNMERGED, FIND_PCP_COUNT, FIND_ZONE_COUNTER, FIND_WRONG_MIGRATETYPE,
		FIND_COMPOUND_BROKEN, FIND_ZONE_SPAN, FIND_OWNER_DISAGREES, FIND_OWNER_CONFLICT,
		FIND_REFCOUNT_IMPOSSIBLE, FIND_HUGETLB_COUNTER, FIND_HUGETLB_LINKAGE,
		FIND_HUGETLB_LISTED, FIND_CMA_BITMAP, FIND_CMA_COUNTER, FIND_SLAB_COUNTER,
		FIND_SLAB_FREELIST, FIND_SLAB_LINKAGE, FIND_SLAB_LISTED, FIND_SLAB_OBJECT,
		FIND_CACHE_COUNT, FIND_CACHE_ENTRY, FIND_CACHE_NODE, FIND_CACHE_PAGE, FIND_CACHE_TAG,
		FIND_MAPCOUNT_RECOUNT, FIND_MM_COUNTER, FIND_TABLE_ENTRY, FIND_TABLE_PAGE,
		FIND_ALLOC_TAG,
	};

	everybody_seen();
	for (int i = 0; i < FINDING_IDS; i++) {
		enum finding_id id = (enum finding_id)i;
		struct told t = tell(id, SEV_CORRUPT, 0x1800, 1, false, NULL);

		ck_assert_msg((t.f[0].severity == SEV_NOTE) ==
				      one_of(id, later, ARRAY_SIZE(later)),
			      "%s", finding_type(id)->slug);
	}
}
END_TEST

/* One record alone is wrong at any time, and so is what never changes. */
START_TEST(time_makes_what_compares_two_pages)
{
	static const enum finding_id never[] = {
		FIND_BITMAP_PADDING, FIND_CHECKER_STATE, FIND_ALLOCATED_NO_MEMORY,
		FIND_VIOLATIONS_LOGGED, FIND_PAGE_BLANK, FIND_PAGE_MISPLACED, FIND_PAGE_STATE,
		FIND_PAGE_TYPE_UNKNOWN, FIND_REFCOUNT_IMPOSSIBLE, FIND_ZONE_SPAN,
		FIND_ZONE_RECORD, FIND_SECTION_RECORD, FIND_LOCK_IMPOSSIBLE, FIND_LOCK_HELD,
		FIND_DAMAGED_DUMP, FIND_MODEL_MISMATCH, FIND_TEXT_CHANGED,
	};
	struct told t;

	everybody_seen();
	world.moment = MOMENT_SEVERAL;
	for (int i = 0; i < FINDING_IDS; i++) {
		enum finding_id id = (enum finding_id)i;

		t = tell(id, SEV_CORRUPT, 0x1800, 1, true, NULL);
		ck_assert_msg((t.f[0].severity == SEV_NOTE) !=
				      one_of(id, never, ARRAY_SIZE(never)),
			      "%s", finding_type(id)->slug);
	}
	/* A list's head leads to a page or back, whenever it was saved. */
	t = tell(FIND_LIST_BAD_POINTER, SEV_CORRUPT, FINDING_NO_PFN, 1, true, NULL);
	ck_assert_int_eq(t.f[0].severity, SEV_CORRUPT);
}
END_TEST

static struct told tracked(uint64_t popcount, uint64_t counted, uint64_t violations)
{
	struct summary sum = { .checker = {
		.state = CHECKER_ACTIVE, .has_popcount = true, .has_stats = true,
		.primary_popcount = popcount, .pages_tracked = counted,
		.violations_detected = violations,
	} };

	return tell(FIND_TRACKED_COUNT, SEV_SUSPECT, FINDING_NO_PFN, 0, true, &sum);
}

/* The analyzer's own memory is among what it counts. */
START_TEST(tracked_pages_of_a_live_kernel)
{
	struct told t;

	everybody_seen();
	world.live = true;
	ck_assert_uint_eq(tracked(504, 500, 0).n, 0);
	ck_assert_uint_eq(tracked(500, 8692, 0).n, 0);
	t = tracked(500, 8693, 0);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(t.f[0].severity, SEV_SUSPECT);
}
END_TEST

START_TEST(the_number_of_tracked_pages)
{
	struct told t;

	everybody_seen();
	ck_assert_uint_eq(tracked(500, 500, 0).n, 0);
	t = tracked(501, 500, 0);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(t.f[0].id, FIND_TRACKED_COUNT);
	ck_assert_int_eq(t.f[0].severity, SEV_SUSPECT);
	/* Reported violations shift it for good; a hook under way by a block at most. */
	t = tracked(501, 500, 3);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	world.summary.contexts = world.summary.hook_contexts = 1;
	t = tracked(500, 500 + 1024, 0);
	ck_assert_int_eq(t.f[0].severity, SEV_NOTE);
	t = tracked(500, 500 + 1025, 0);
	ck_assert_int_eq(t.f[0].severity, SEV_SUSPECT);
}
END_TEST

UNIT_MAIN("excuse", nothing_is_damage_where_all_is_doubted,
	  memory_that_was_not_seen_is_not_gone, a_cpu_that_is_elsewhere_is_no_excuse,
	  a_pair_that_nobody_touches_is_damage, a_pair_in_a_hook_is_a_note,
	  who_was_not_asked_may_have_done_it, as_many_excuses_as_are_missing,
	  as_many_unequal_pairs_as_are_missing,
	  where_the_reference_comes_last, pages_in_limbo_are_bounded,
	  what_waits_has_its_own_texts, what_no_operation_leaves, a_run_is_split_by_who_holds_it,
	  list_damage_is_excused_by_nobody, the_log_goes_with_its_page,
	  what_the_checker_said_first, on_the_way_into_the_cache, while_booting_only_what_always_holds,
	  time_makes_what_compares_two_pages,
	  the_number_of_tracked_pages, tracked_pages_of_a_live_kernel)
