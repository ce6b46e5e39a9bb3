/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's names for its numbers against the layout's: what differs, and what is merely damaged. */
#include <stdio.h>
#include <string.h>

#include "fake_vmcore.h"
#include "model/kernel_names.h"
#include "unit.h"

#define DATA 0xffffffff81a00000ULL
#define TYPES DATA
#define FLAGS (DATA + 0x200)
#define PAGE_TYPES (DATA + 0x400)
#define TEXTS (DATA + 0x1000)
#define SLIDE 0x1000000ULL

static const char *const migratetypes[] = { "UNMOVABLE", "MOVABLE", "RECLAIMABLE", "HIGHATOMIC" };
static const char *const called[] = { "Unmovable", "Movable", "Reclaimable", "HighAtomic" };
static const char *const flags[] = { "locked", "referenced", "lru", "private", "head" };

static struct pgc_err err;
static struct layout *lay;
static struct vmcore *vc;
static struct kernel k;
static size_t texts;

static void put(uint64_t at, uint64_t value)
{
	memcpy(fake_vmcore_at(vc, at + SLIDE), &value, sizeof(value));
}

static uint64_t text(const char *s)
{
	uint64_t at = TEXTS + SLIDE + 32 * texts++;

	strcpy((char *)fake_vmcore_at(vc, at), s);
	return at;
}

static void enumerator(enum layout_enum e, const char *prefix, const char *name, int64_t value)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s%s", prefix, name);
	ck_assert_ok(layout_add_enumerator(lay, e, whole, value, &err), &err);
}

/* Two tables, whose names are right. */
static void begin(void)
{
	texts = 0;
	ck_assert_ok(layout_create(&lay, &err), &err);
	vc = fake_vmcore_create();
	ck_assert_ptr_nonnull(fake_vmcore_region(vc, DATA + SLIDE, 0x3000));
	k = (struct kernel){ .lay = lay, .arch = &arch_x86_64, .slide = SLIDE };
	layout_set(lay, L_migratetype_names, TYPES, 0);
	layout_set(lay, L_pageflag_names, FLAGS, 0);
	for (size_t i = 0; i < ARRAY_SIZE(migratetypes); i++) {
		enumerator(LE_migratetype, "MIGRATE_", migratetypes[i], (int64_t)i);
		put(TYPES + 8 * i, text(called[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		enumerator(LE_pageflags, "PG_", flags[i], (int64_t)(3 * i));
		put(FLAGS + 16 * i, 1ULL << 3 * i);
		put(FLAGS + 16 * i + 8, text(flags[i]));
	}
}

static struct kernel_names compare(void)
{
	struct kernel_names names;

	kernel_names_compare(kernel_reader_of(&k, vc), &names);
	vmcore_close(vc);
	layout_destroy(lay);
	return names;
}

START_TEST(all_names_are_right)
{
	struct kernel_names names;

	begin();
	names = compare();
	ck_assert_uint_eq(names.n, 0);
	ck_assert_uint_eq(names.compared, ARRAY_SIZE(migratetypes) + ARRAY_SIZE(flags));
}
END_TEST

START_TEST(a_table_that_is_not_known_says_nothing)
{
	begin();
	layout_destroy(lay);
	ck_assert_ok(layout_create(&lay, &err), &err);
	k.lay = lay;
	ck_assert_uint_eq(compare().compared, 0);
}
END_TEST

START_TEST(another_name)
{
	struct kernel_names names;

	begin();
	put(TYPES + 16, text("Recyclable"));
	names = compare();
	ck_assert_uint_eq(names.n, 1);
	ck_assert_int_eq(names.misfits[0].e, LE_migratetype);
	ck_assert_int_eq(names.misfits[0].value, 2);
	ck_assert_str_eq(names.misfits[0].expected, "Reclaimable");
	ck_assert_str_eq(names.misfits[0].found, "Recyclable");
}
END_TEST

START_TEST(flags_that_have_other_numbers)
{
	struct kernel_names names;

	begin();
	put(FLAGS + 16 * 2, 1ULL << 9);
	put(FLAGS + 16 * 3, 1ULL << 6);
	names = compare();
	ck_assert_uint_eq(names.n, 2);
	ck_assert_int_eq(names.misfits[0].value, 6);
	ck_assert_str_eq(names.misfits[0].expected, "lru");
	ck_assert_str_eq(names.misfits[0].found, "private");
	ck_assert_str_eq(names.misfits[1].found, "lru");
}
END_TEST

/* Numbers that begin somewhere else, and a table that is shorter than the enum. */
START_TEST(page_types)
{
	struct kernel_names names;

	begin();
	layout_set(lay, L_page_type_names, PAGE_TYPES, 0);
	enumerator(LE_pagetype, "PGTY_", "buddy", 0xf0);
	enumerator(LE_pagetype, "PGTY_", "slab", 0xf5);
	enumerator(LE_pagetype, "PGTY_", "table", 2);
	put(PAGE_TYPES, text("buddy"));
	put(PAGE_TYPES + 8 * 5, text("hugetlb"));
	names = compare();
	ck_assert_uint_eq(names.n, 1);
	ck_assert_int_eq(names.misfits[0].value, 0xf5);
}
END_TEST

START_TEST(what_is_damaged_is_no_other_name)
{
	static const uint64_t wild[] = { 0, 0x1000, 0xffff888000000000ULL, TEXTS - 1 };
	struct kernel_names names;

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		begin();
		put(TYPES + 8, wild[i]);
		names = compare();
		ck_assert_msg(!names.n, "pointer %zu: %s", i, names.misfits[0].found);
	}
	begin();
	put(TYPES + 8, text("Mowable"));	/* v and w: one bit */
	ck_assert_uint_eq(compare().n, 0);
	begin();
	put(TYPES + 8, text("Mov\x01" "ble"));
	ck_assert_uint_eq(compare().n, 0);
	begin();
	put(FLAGS, 3);
	ck_assert_uint_eq(compare().n, 0);

	/* Not one name of it is known: something else has the symbol's name. */
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(migratetypes); i++)
		put(TYPES + 8 * i, text("passive"));
	names = compare();
	ck_assert_uint_eq(names.n, 0);
	ck_assert_uint_eq(names.compared, ARRAY_SIZE(flags));

	begin();
	fake_vmcore_gap(vc, DATA + SLIDE, PGC_EXCLUDED);
	ck_assert_uint_eq(compare().compared, 0);
}
END_TEST

START_TEST(values_and_names_are_bounded)
{
	struct kernel_names names;

	begin();
	enumerator(LE_migratetype, "MIGRATE_", "CMA", INT64_MAX);
	enumerator(LE_migratetype, "MIGRATE_", "ISOLATE", INT64_MIN);
	put(TYPES, text("a_name_that_is_longer_than_any"));
	names = compare();
	ck_assert_uint_eq(names.n, 1);
	ck_assert_uint_eq(strlen(names.misfits[0].found), KERNEL_NAME_LEN - 1);

	/* Flags without an end. */
	begin();
	for (size_t i = ARRAY_SIZE(flags); i < 200; i++) {
		put(FLAGS + 16 * i, 1ULL << 63);
		put(FLAGS + 16 * i + 8, text("more"));
		texts--;
	}
	ck_assert_uint_eq(compare().n, 0);
}
END_TEST

UNIT_MAIN("kernel_names", all_names_are_right, a_table_that_is_not_known_says_nothing, another_name,
	  flags_that_have_other_numbers, page_types, what_is_damaged_is_no_other_name,
	  values_and_names_are_bounded)
