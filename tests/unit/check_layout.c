/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "debuginfo/debuginfo.h"
#include "unit.h"

static struct pgc_err err;

static void kernel_path(char *buf, size_t size, const char *name)
{
	const char *top = getenv("TOP_BUILDDIR");

	snprintf(buf, size, "%s/tests/data/%s", top ? top : ".", name);
}

/* The debug info is closed at once: a layout keeps nothing of it. */
static struct layout *layout_of(const char *name)
{
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	char path[4096];

	kernel_path(path, sizeof(path), name);
	ck_assert_ok(debuginfo_open(path, &di, &err), &err);
	ck_assert_ok(layout_from_debuginfo(di, &lay, &err), &err);
	debuginfo_close(di);
	return lay;
}

#define ck_row(lay, key, val, bytes) \
	do { \
		ck_assert_msg(layout_has(lay, key), "%s", layout_name(key)); \
		ck_assert_uint_eq(layout_get(lay, key), val); \
		ck_assert_uint_eq(layout_size(lay, key), bytes); \
	} while (0)

static void check_common_rows(const char *kernel)
{
	struct layout *lay = layout_of(kernel);

	ck_row(lay, L_page, 64, 0);
	ck_row(lay, L_page_flags, 0, 8);
	ck_row(lay, L_page_refcount, 52, 4);
	ck_row(lay, L_page_buddy_list, 8, 16);
	ck_row(lay, L_free_area, 104, 0);
	ck_row(lay, L_free_area_nr_free, 96, 8);
	ck_assert_uint_eq(layout_get(lay, L_free_area_nr_free_list), 6);
	ck_assert_uint_eq(layout_get(lay, L_zone_nr_free_area), 11);
	ck_assert_uint_eq(layout_size(lay, L_zone_free_area), 11 * 104);
	ck_assert_uint_eq(layout_get(lay, L_per_cpu_pages_nr_lists), 14);
	ck_row(lay, L_spinlock_raw_val, 0, 4);
	ck_assert_uint_eq(layout_get(lay, L_SECTION_IS_EARLY_BIT), 3);
	ck_assert_uint_eq(layout_get(lay, L_SYSTEM_RUNNING), 3);
	ck_assert_uint_eq(layout_get(lay, L_MAX_NR_ZONES), 4);
	ck_assert(!layout_has(lay, L_contig_page_data));
	ck_assert(!layout_has(lay, L_vmemmap_base));
	ck_assert(layout_has(lay, L_end));
	ck_assert_ptr_nonnull(layout_build_id(lay));
	layout_destroy(lay);
}

START_TEST(rows_that_kernels_share)
{
	check_common_rows("vmlinux-6.1");
	check_common_rows("vmlinux-7.2");
}
END_TEST

/* Which keys are known is settled before a dump is read: asking for others is a bug. */
/* A file may leave out half of what kernels have together: that must not end the program. */
START_TEST(unknown_rows_are_remembered)
{
	struct layout *lay;

	ck_assert_ok(layout_create(&lay, &err), &err);
	layout_set(lay, L_page, 64, 0);
	ck_assert_uint_eq(layout_get(lay, L_page), 64);
	ck_assert_ptr_null(layout_missed(lay));
	ck_assert_uint_eq(layout_get(lay, L_zone), 0);
	ck_assert_str_eq(layout_missed(lay), layout_name(L_zone));
	layout_destroy(lay);
}
END_TEST

START_TEST(linux_6_1)
{
	struct layout *lay = layout_of("vmlinux-6.1");

	ck_row(lay, L_page_compound_head, 8, 8);
	ck_row(lay, L_page_compound_order, 17, 1);
	ck_assert(!layout_has(lay, L_page_compound_info));
	ck_assert(!layout_has(lay, L_page_pcp_llist));
	ck_assert(!layout_has(lay, L_zone_trylock_free_pages));
	ck_assert(!layout_has(lay, L_PGTY_buddy));
	ck_assert(!layout_has(lay, L_pc_primary));
	ck_assert(!layout_has(lay, L_pc_enabled));
	ck_assert_uint_eq(layout_get(lay, L_PG_slab), 9);
	ck_assert_uint_eq(layout_get(lay, L_NR_PAGEBLOCK_BITS), 4);
	ck_assert(!layout_has(lay, L_NR_PAGEBLOCK_BITS_raw));
	layout_destroy(lay);
}
END_TEST

START_TEST(linux_7_2)
{
	struct layout *lay = layout_of("vmlinux-7.2");

	ck_row(lay, L_page_compound_info, 8, 8);
	ck_row(lay, L_page_pcp_llist, 8, 8);
	ck_assert(!layout_has(lay, L_page_compound_head));
	ck_assert(layout_has(lay, L_zone_trylock_free_pages));
	ck_assert(layout_has(lay, L_zone_vmemmap_tails));
	ck_assert(!layout_has(lay, L_PG_slab));
	ck_assert_uint_eq(layout_get(lay, L_PGTY_buddy), 0xf0);
	ck_assert_uint_eq(layout_get(lay, L_PB_migrate_isolate), 4);
	ck_assert_uint_eq(layout_get(lay, L_NR_PAGEBLOCK_BITS_raw), 5);
	ck_assert_uint_eq(layout_get(lay, L_pc_secondary), layout_get(lay, L_pc_primary) + 8);
	ck_assert_uint_eq(layout_get(lay, L_pc_max_pfn), layout_get(lay, L_pc_primary) + 32);
	ck_assert_uint_eq(layout_size(lay, L_pc_nbits), 4);
	ck_assert_uint_eq(layout_size(lay, L_pc_enabled), 4);
	ck_assert_uint_eq(layout_get(lay, L_pc_violations),
			  layout_get(lay, L_pc_pages_tracked) + 24);
	layout_destroy(lay);
}
END_TEST

START_TEST(arrays_and_pointers_are_told_apart)
{
	struct layout *lay = layout_of("vmlinux-6.1");

	/* declared without a bound in page_alloc.c: the symbol's size tells */
	ck_assert_uint_eq(layout_get(lay, L_node_data_len), 64);
	ck_assert_uint_eq(layout_size(lay, L_node_data), 512);
	ck_assert_uint_eq(layout_get(lay, L_node_states_len), 5);
	ck_assert_uint_eq(layout_get(lay, L_per_cpu_offset_len), 8);
	/* struct mem_section **mem_section, beside a struct of that name */
	ck_assert(layout_has(lay, L_mem_section_var));
	ck_assert(!layout_has(lay, L_mem_section_var_len));
	ck_row(lay, L_mem_section, 16, 0);
	ck_row(lay, L_mem_section_usage_pageblock_flags, 8, 0);
	layout_destroy(lay);
}
END_TEST

START_TEST(kept_enums)
{
	struct layout *lay = layout_of("vmlinux-6.1");
	int64_t v;

	ck_assert_str_eq(layout_enum_name(lay, LE_pageflags, 12), "reserved");
	ck_assert_str_eq(layout_enum_name(lay, LE_pageflags, 2), "uptodate");
	ck_assert_str_eq(layout_enum_name(lay, LE_pageflags, 24), "__NR_PAGEFLAGS");
	ck_assert_str_eq(layout_enum_name(lay, LE_migratetype, 3), "HIGHATOMIC");
	ck_assert_str_eq(layout_enum_name(lay, LE_zone_stat_item, 1), "ZONE_INACTIVE_ANON");
	ck_assert_ptr_null(layout_enum_name(lay, LE_pageflags, 99));
	ck_assert_ptr_null(layout_enum_name(lay, LE_pageflags, -1));
	ck_assert_ptr_null(layout_enum_name(lay, LE_pagetype, 0xf0));
	ck_assert(layout_enum_value(lay, LE_pageflags, "reported", &v));
	ck_assert_int_eq(v, 2);
	ck_assert(layout_enum_value(lay, LE_migratetype, "PCPTYPES", &v));
	ck_assert_int_eq(v, 3);
	ck_assert(!layout_enum_value(lay, LE_pageflags, "PG_head", &v));
	layout_destroy(lay);
}
END_TEST

START_TEST(not_a_kernel)
{
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	char path[4096];

	kernel_path(path, sizeof(path), "types");
	ck_assert_ok(debuginfo_open(path, &di, &err), &err);
	ck_assert_int_eq(layout_from_debuginfo(di, &lay, &err), PGC_ENOENT);
	ck_assert_str_eq(err.msg, "vmlinux has no struct page: no compile unit mm/page_alloc.c (is this the debug information of a kernel?)");
	ck_assert_ptr_null(lay);
	debuginfo_close(di);
}
END_TEST

/* A source that knows every row but one. */
struct fake {
	const char *path;
	enum pgc_status st;
	uint64_t whole;	/* SIZE rows */
	const char *other; /* a row that it knows as another member of that name */
};

static enum pgc_status fake_row(void *arg, const struct layout_row *row, uint64_t *value,
				uint64_t *size, struct pgc_err *e)
{
	struct fake *fake = arg;

	*value = row->kind == LAYOUT_SIZE ? fake->whole : 1;
	*size = layout_row_bytes(row->key);
	if (!*size || (fake->other && !strcmp(row->path, fake->other)))
		*size = 2;
	return strcmp(row->path, fake->path) ? PGC_OK : pgc_err_set(e, fake->st, "cause");
}

static enum pgc_status fake_enum(void *arg, const char *unit, const char *type,
				 layout_enum_fn *fn, void *fn_arg, struct pgc_err *e)
{
	return fn(fn_arg, "PG_one", 1) && fn(fn_arg, "two", 2) ? PGC_OK : PGC_ENOENT;
}

static enum pgc_status from_fake(const char *path, enum pgc_status st, struct layout **ret)
{
	struct fake fake = { .path = path, .st = st, .whole = 17 };
	struct layout_source src = { .name = "test", .arg = &fake, .row = fake_row,
				     .enum_each = fake_enum };

	err = (struct pgc_err)PGC_ERR_INIT;
	*ret = NULL;
	return layout_from_source(&src, ret, &err);
}

START_TEST(what_a_source_lacks)
{
	struct layout *lay;

	ck_assert_ok(from_fake("pcp_llist", PGC_ENOENT, &lay), &err);
	ck_assert(!layout_has(lay, L_page_pcp_llist));
	ck_row(lay, L_page_lru, 1, 16);
	ck_assert_str_eq(err.msg, ""); /* an optional row leaves no trace */
	ck_assert_ptr_null(layout_build_id(lay));
	ck_assert_str_eq(layout_enum_name(lay, LE_pageflags, 1), "one");
	ck_assert_str_eq(layout_enum_name(lay, LE_pageflags, 2), "two");
	layout_destroy(lay);

	ck_assert_int_eq(from_fake("free_area", PGC_ENOENT, &lay), PGC_ENOENT);
	ck_assert_str_eq(err.msg, "test has no struct zone.free_area: cause");
	ck_assert_ptr_null(lay);
	/* Damage is not absence, and optional rows do not hide it. */
	ck_assert_int_eq(from_fake("pcp_llist", PGC_EFORMAT, &lay), PGC_EFORMAT);
	ck_assert_str_eq(err.msg, "test: struct page.pcp_llist: cause");
	ck_assert_ptr_null(lay);
}
END_TEST

START_TEST(members_lie_inside)
{
	struct fake fake = { .path = "pcp_llist", .st = PGC_ENOENT, .whole = 8 };
	struct layout_source src = { .name = "test", .arg = &fake, .row = fake_row,
				     .enum_each = fake_enum };
	static const enum layout_key words[] = { L_page_flags, L_page_pcp_llist };
	struct layout *lay = NULL;

	ck_assert_int_eq(layout_from_source(&src, &lay, &err), PGC_EMISMATCH);
	ck_assert_str_eq(err.msg, "test: struct page.flags lies outside its 8 bytes");
	ck_assert_ptr_null(lay);
	fake.whole = 17;
	ck_assert_ok(layout_from_source(&src, &lay, &err), &err);
	ck_assert(layout_words_fit(lay, words, ARRAY_SIZE(words), 9));
	ck_assert(!layout_words_fit(lay, words, ARRAY_SIZE(words), 8));
	layout_destroy(lay);
}
END_TEST

/* A name is not enough. */
START_TEST(another_member_of_that_name)
{
	struct fake fake = { .path = "none", .st = PGC_ENOENT, .whole = 17, .other = "pageset" };
	struct layout_source src = { .name = "test", .arg = &fake, .row = fake_row,
				     .enum_each = fake_enum };
	struct layout *lay = NULL;

	err = (struct pgc_err)PGC_ERR_INIT;
	ck_assert_ok(layout_from_source(&src, &lay, &err), &err);
	ck_assert(!layout_has(lay, L_zone_pageset));
	ck_assert(layout_has(lay, L_zone_per_cpu_pageset));
	layout_destroy(lay);
	fake.other = "_refcount";
	lay = NULL;
	ck_assert_int_eq(layout_from_source(&src, &lay, &err), PGC_ENOENT);
	ck_assert_str_eq(err.msg,
			 "test has no struct page._refcount: the one there has 2 bytes, not 4");
	ck_assert_ptr_null(lay);
}
END_TEST

START_TEST(rows_set_by_hand)
{
	struct layout *lay;

	ck_assert_ok(layout_create(&lay, &err), &err);
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++)
		ck_assert(!layout_has(lay, key));
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		layout_set(lay, key, key, 2 * key);
		ck_row(lay, key, key, 2 * key);
	}
	ck_assert_ok(layout_add_enumerator(lay, LE_pagetype, "PGTY_buddy", 0xf0, &err), &err);
	ck_assert_str_eq(layout_enum_name(lay, LE_pagetype, 0xf0), "buddy");
	layout_destroy(lay);
	layout_destroy(NULL);
}
END_TEST

/* Where the row is known it counts, else what it was before. */
START_TEST(former_rows)
{
	struct layout *lay;

	ck_assert_ok(layout_create(&lay, &err), &err);
	layout_set(lay, L_page_slab_cache, 24, 8);
	ck_row(lay, L_slab_slab_cache, 24, 8);
	ck_assert(!layout_has(lay, L_slab_freelist));
	layout_set(lay, L_slab_slab_cache, 8, 8);
	ck_row(lay, L_slab_slab_cache, 8, 8);
	layout_destroy(lay);
}
END_TEST

static size_t text_count(const struct layout *lay)
{
	size_t n;

	layout_texts(lay, &n);
	return n;
}

/* By their whole names, and as compilers call their parts. */
START_TEST(functions_of_the_table)
{
	static const char *const table[] = {
#define LAYOUT_TEXT(class, name) #name,
#include "layout/allocator_text.def"
	};
	char name[128];
	struct layout *lay;

	ck_assert_ok(layout_create(&lay, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		ck_assert_ok(layout_add_function(lay, table[i], 0x1000 * i, 0x10, &err), &err);
		snprintf(name, sizeof(name), "%s.cold", table[i]);
		ck_assert_ok(layout_add_function(lay, name, 0x1000 * i + 0x800, 0x10, &err), &err);
		ck_assert_uint_eq(text_count(lay), 2 * i + 2);
		ck_assert_str_eq(layout_texts(lay, &(size_t){ 0 })[2 * i + 1].name, table[i]);
		snprintf(name, sizeof(name), "%s_other", table[i]);
		ck_assert_ok(layout_add_function(lay, name, 0x1000 * i, 0x10, &err), &err);
		snprintf(name, sizeof(name), "_%s", table[i]);
		name[2 + i % 4] = '\0';
		ck_assert_ok(layout_add_function(lay, name, 0x1000 * i, 0x10, &err), &err);
		ck_assert_uint_eq(text_count(lay), 2 * i + 2);
	}
	ck_assert_ok(layout_add_function(lay, "", 0, 1, &err), &err);
	ck_assert_ok(layout_add_function(lay, "expand", UINT64_MAX, 2, &err), &err);
	ck_assert_uint_eq(text_count(lay), 2 * ARRAY_SIZE(table));
	layout_destroy(lay);
}
END_TEST

START_TEST(names_for_messages)
{
	ck_assert_str_eq(layout_name(L_page), "struct page");
	ck_assert_str_eq(layout_name(L_zone_lock), "struct zone.lock");
	ck_assert_str_eq(layout_name(L_zone_nr_free_area), "length of struct zone.free_area");
	ck_assert_str_eq(layout_name(L_SECTION_IS_ONLINE_BIT), "enumerator SECTION_IS_ONLINE_BIT");
	ck_assert_str_eq(layout_name(L_pc_primary), "variable pc_state.db.bitmap[0]");
	ck_assert_str_eq(layout_name(L_node_data), "variable node_data");
	ck_assert_str_eq(layout_name(L_node_data_len), "length of variable node_data");
	ck_assert_str_eq(layout_name(L_stext), "symbol _stext");
}
END_TEST

UNIT_MAIN("layout", rows_that_kernels_share, former_rows, unknown_rows_are_remembered, linux_6_1, linux_7_2,
	  arrays_and_pointers_are_told_apart, kept_enums, not_a_kernel, what_a_source_lacks,
	  members_lie_inside, another_member_of_that_name, rows_set_by_hand, functions_of_the_table,
	  names_for_messages)
