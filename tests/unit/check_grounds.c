/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no known kernel has is named, and only the rules that stand on it are less sure. */
#include <string.h>

#include "judge/grounds.h"
#include "layout/layout.h"
#include "model/kernel_names.h"
#include "unit.h"

static struct pgc_err err;
static struct layout *lay;
static struct grounds grounds;

static void add_member(enum layout_struct s, const char *name, const char *type, uint64_t offset)
{
	const struct layout_member m = { .name = name, .type = type, .offset = offset, .size = 8 };

	ck_assert_ok(layout_add_member(lay, s, &m, &err), &err);
}

static void add_flag(const char *name, int64_t value)
{
	ck_assert_ok(layout_add_enumerator(lay, LE_pageflags, name, value, &err), &err);
}

/* A few that all kernels have. */
static void begin(void)
{
	ck_assert_ok(layout_create(&lay, &err), &err);
	add_member(LS_zone, "lock", "spinlock_t", 8);
	add_member(LS_free_area, "nr_free", "int64", 0);
	add_flag("PG_lru", 4);
}

static void judge(void)
{
	grounds_judge(lay, NULL, &grounds);
	layout_destroy(lay);
}

static struct finding apply(enum finding_id id, bool stays)
{
	struct finding f;

	finding_init(&f, id, 100);
	ck_assert_int_eq(grounds_apply(&grounds, &f), stays);
	return f;
}

START_TEST(what_all_kernels_have_is_no_news)
{
	uint64_t fingerprint;

	begin();
	judge();
	fingerprint = grounds.fingerprint;
	ck_assert(grounds.listed);
	ck_assert(!grounds.known);
	ck_assert_uint_eq(grounds.moved, 0);
	ck_assert_str_eq(grounds.news, "");
	for (enum finding_id id = 0; id < FINDING_IDS; id++)
		ck_assert_int_eq(apply(id, true).severity, finding_type(id)->severity);
	ck_assert_uint_eq(grounds.less_sure + grounds.off, 0);

	/* Offsets and values are part of the fingerprint, but no news. */
	begin();
	add_flag("PG_active", 5);
	judge();
	ck_assert_uint_ne(grounds.fingerprint, fingerprint);
	ck_assert_uint_eq(grounds.n_news, 0);
}
END_TEST

START_TEST(nothing_is_known_of_what_is_not_listed)
{
	ck_assert_ok(layout_create(&lay, &err), &err);
	add_flag("PG_nobody_knows", 5);
	judge();
	ck_assert(!grounds.listed);
	ck_assert_uint_eq(grounds.n_news, 0);
	ck_assert_uint_eq(grounds.moved, 0);
}
END_TEST

START_TEST(news_is_named)
{
	begin();
	add_member(LS_zone, "superblocks", "int64", 64);
	add_member(LS_zone, "name", "int32", 72);
	add_flag("PG_zeroed", 23);
	ck_assert_ok(layout_add_enumerator(lay, LE_migratetype, "MIGRATE_UNMAPPED", 3, &err), &err);
	judge();
	ck_assert_uint_eq(grounds.n_news, 4);
	ck_assert_str_eq(grounds.news, "zone.superblocks, zone.name as int32, page flag PG_zeroed, migratetype MIGRATE_UNMAPPED");
	ck_assert_uint_eq(grounds.moved, GROUND_ZONE | GROUND_FLAGS | GROUND_MIGRATETYPES);
}
END_TEST

START_TEST(only_what_stands_on_it_is_less_sure)
{
	struct finding f;

	begin();
	add_flag("PG_zeroed", 23);
	judge();
	f = apply(FIND_LISTED_FLAGS, true);
	ck_assert_int_eq(f.severity, SEV_SUSPECT);
	ck_assert_ptr_nonnull(finding_fact(&f, FACT_RESERVATION));
	ck_assert_int_eq(apply(FIND_LISTED_REFCOUNT, true).severity, SEV_CORRUPT);
	ck_assert_int_eq(apply(FIND_COMPLEMENT_BROKEN, true).severity, SEV_CORRUPT);
	ck_assert_uint_eq(grounds.less_sure, 1);

	finding_init(&f, FIND_LISTED_FLAGS, 100);
	f.severity = SEV_NOTE;
	ck_assert(grounds_apply(&grounds, &f));
	ck_assert_int_eq(f.severity, SEV_NOTE);

	begin();
	ck_assert_ok(layout_add_enumerator(lay, LE_migratetype, "MIGRATE_UNMAPPED", 3, &err), &err);
	judge();
	apply(FIND_WRONG_MIGRATETYPE, false);
	ck_assert_int_eq(apply(FIND_LIST_LINKAGE, true).severity, SEV_CORRUPT);
	ck_assert_uint_eq(grounds.off, 1);
	ck_assert_uint_eq(grounds.less_sure, 0);
}
END_TEST

/* New per-CPU lists say nothing of the buddy lists, nor the other way round. */
START_TEST(lists_of_their_own)
{
	struct finding f;

	begin();
	add_member(LS_per_cpu_pages, "more_lists", "list_head[]", 64);
	judge();
	finding_init(&f, FIND_LIST_LINKAGE, 100);
	f.order = 3;
	ck_assert(grounds_apply(&grounds, &f));
	ck_assert_int_eq(f.severity, SEV_CORRUPT);
	f.order = -1;
	f.cpu = 1;
	ck_assert(grounds_apply(&grounds, &f));
	ck_assert_int_eq(f.severity, SEV_SUSPECT);

	begin();
	add_member(LS_free_area, "tree", "rb_root", 64);
	judge();
	finding_init(&f, FIND_LIST_LINKAGE, 100);
	f.cpu = 1;
	ck_assert(grounds_apply(&grounds, &f));
	ck_assert_int_eq(f.severity, SEV_CORRUPT);
}
END_TEST

/* Whether or not the layout lists members. */
START_TEST(the_kernels_own_names)
{
	struct kernel_names names = { .n = 1 };
	struct finding f;

	for (size_t i = 0; i < NAME_MISFITS; i++)
		names.misfits[i] = (struct name_misfit){ .e = LE_pageflags, .value = 5, .expected = "lru",
							 .found = "private" };
	ck_assert_ok(layout_create(&lay, &err), &err);
	grounds_judge(lay, &names, &grounds);
	ck_assert(!grounds.listed);
	ck_assert(grounds.misnamed);
	ck_assert_uint_eq(grounds.n_news, 1);
	ck_assert_str_eq(grounds.news, "page flag 5 named private, not lru");
	f = apply(FIND_LISTED_FLAGS, true);
	ck_assert_int_eq(f.severity, SEV_SUSPECT);
	ck_assert_int_eq(apply(FIND_LISTED_REFCOUNT, true).severity, SEV_CORRUPT);

	names.n = NAME_MISFITS + 3;
	grounds_judge(lay, &names, &grounds);
	ck_assert_uint_eq(grounds.n_news, NAME_MISFITS + 3);
	names.n = 0;
	grounds_judge(lay, &names, &grounds);
	ck_assert(!grounds.misnamed);
	ck_assert_str_eq(grounds.news, "");
	layout_destroy(lay);
}
END_TEST

/* However long names are, and however many. */
START_TEST(names_are_bounded)
{
	char name[300];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	begin();
	for (int i = 0; i < 50; i++)
		add_member(LS_zone, name, name, (uint64_t)i);
	judge();
	ck_assert_uint_eq(grounds.n_news, 50);
	ck_assert_uint_lt(strlen(grounds.news), sizeof(grounds.news));
	ck_assert_contains(grounds.news, "others");
}
END_TEST

UNIT_MAIN("grounds", what_all_kernels_have_is_no_news, nothing_is_known_of_what_is_not_listed,
	  news_is_named, only_what_stands_on_it_is_less_sure, lists_of_their_own,
	  the_kernels_own_names, names_are_bounded)
