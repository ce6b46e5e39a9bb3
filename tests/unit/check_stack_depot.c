/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "fake_vmcore.h"
#include "layout/symbols.h"
#include "model/gfp_names.h"
#include "model/kernel.h"
#include "model/stack_depot.h"
#include "unit.h"

#define VARS FAKE_DIRECT_MAP
#define TABLE (FAKE_DIRECT_MAP + 0x1000)
#define POOL(i) (FAKE_DIRECT_MAP + 0x100000 + (uint64_t)(i) * 0x10000)
#define HANDLE_AT 16
#define SIZE_AT 20
#define ENTRIES_AT 24

/* How kernels make handles; 4 KiB pages: 10 bits of offset. */
enum depot { DEPOT_6_1, DEPOT_6_12, DEPOT_7_2, DEPOTS };

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	struct stack_depot *sd;
};

/* The handle of the record @offset bytes into pool @pool. */
static uint32_t handle_of(enum depot depot, unsigned int pool, unsigned int offset)
{
	if (depot == DEPOT_6_1)
		return pool | (offset / 16) << 16 | 1u << 26;
	return (pool + 1) | (offset / 16) << 17;
}

static void put_record(struct fixture *f, uint32_t handle, unsigned int pool,
		       unsigned int offset, uint32_t n)
{
	uint64_t at = POOL(pool) + offset;

	fake_put32(f->vc, at + HANDLE_AT, handle);
	fake_put32(f->vc, at + SIZE_AT, n);
	for (uint32_t i = 0; i < n && i < 20; i++)
		fake_put64(f->vc, at + ENTRIES_AT + i * 8, 0xffffffff81000000 + i);
}

static void set_up(struct fixture *f, enum depot depot)
{
	struct pgc_err err = PGC_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	layout_set(f->lay, L_stack_record_handle, HANDLE_AT, 4);
	layout_set(f->lay, L_stack_record_size, SIZE_AT, 4);
	layout_set(f->lay, L_stack_record_entries, ENTRIES_AT, 0);
	fake_vmcore_region(f->vc, VARS, 0x1000);
	fake_vmcore_region(f->vc, TABLE, 0x1000);
	for (unsigned int i = 0; i < 3; i++) {
		fake_vmcore_region(f->vc, POOL(i), 0x4000);
		fake_put64(f->vc, TABLE + i * 8, POOL(i));
	}
	if (depot == DEPOT_6_1) {
		layout_set(f->lay, L_stack_slabs, TABLE, 8);
		layout_set(f->lay, L_depot_index, VARS, 4);
		fake_put32(f->vc, VARS, 2);
	} else {
		layout_set(f->lay, L_pools_num, VARS, 4);
		fake_put32(f->vc, VARS, 3);
		fake_put64(f->vc, VARS + 8, TABLE);
		layout_set(f->lay, L_stack_pools, depot == DEPOT_7_2 ? VARS + 8 : TABLE, 8);
		if (depot == DEPOT_6_12)
			layout_set(f->lay, L_stack_pools_len, 8192, 0);
	}
	f->k = (struct kernel){ .lay = f->lay, .page_shift = 12 };
	ck_assert_ok(stack_depot_create(kernel_reader_of(&f->k, f->vc), &f->sd, &err),
		     &err);
	ck_assert_ptr_nonnull(f->sd);
}

static void tear_down(struct fixture *f)
{
	stack_depot_destroy(f->sd);
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

START_TEST(a_handle_leads_to_its_frames)
{
	enum depot depot = (enum depot)_i;
	uint64_t frames[STACK_DEPOT_FRAMES];
	struct fixture f;
	uint32_t handle = handle_of(depot, 2, 0x3ff0 - 0x100);

	set_up(&f, depot);
	put_record(&f, handle, 2, 0x3ff0 - 0x100, 3);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle, frames), 3);
	ck_assert_uint_eq(frames[2], 0xffffffff81000002);
	/* The highest five bits are the user's own. */
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle | 0xf8000000, frames), 3);
	tear_down(&f);
}
END_TEST

START_TEST(what_is_no_handle_leads_nowhere)
{
	enum depot depot = (enum depot)_i;
	uint64_t frames[STACK_DEPOT_FRAMES];
	struct fixture f;
	uint32_t handle = handle_of(depot, 1, 0x40);

	set_up(&f, depot);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, 0, frames), 0);
	ck_assert_uint_eq(stack_depot_fetch(NULL, handle, frames), 0);
	/* A record that names another handle; a pool that is not there; nonsense. */
	put_record(&f, handle_of(depot, 1, 0x80), 1, 0x40, 3);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle, frames), 0);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle_of(depot, 3, 0x40), frames), 0);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, UINT32_MAX, frames), 0);
	/* A wild pool, and one that the dump has not. */
	put_record(&f, handle, 1, 0x40, 3);
	fake_put64(f.vc, TABLE + 8, 0xdead000000000100);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle, frames), 0);
	fake_put64(f.vc, TABLE + 8, POOL(1));
	fake_vmcore_gap(f.vc, POOL(1), PGC_EXCLUDED);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle, frames), 0);
	tear_down(&f);
}
END_TEST

START_TEST(a_long_stack_is_cut)
{
	enum depot depot = (enum depot)_i;
	uint64_t frames[STACK_DEPOT_FRAMES];
	struct fixture f;
	uint32_t handle = handle_of(depot, 0, 0x10);

	set_up(&f, depot);
	put_record(&f, handle, 0, 0x10, UINT32_MAX);
	ck_assert_uint_eq(stack_depot_fetch(f.sd, handle, frames), STACK_DEPOT_FRAMES);
	tear_down(&f);
}
END_TEST

START_TEST(a_kernel_without_a_depot)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct stack_depot *sd;
	struct fixture f;

	set_up(&f, DEPOT_7_2);
	/* The pointer to the table is not in the dump. */
	fake_vmcore_gap(f.vc, VARS, PGC_EXCLUDED);
	ck_assert_ok(stack_depot_create(kernel_reader_of(&f.k, f.vc), &sd, &err), &err);
	ck_assert_ptr_null(sd);
	layout_destroy(f.lay);
	ck_assert_ok(layout_create(&f.lay, &err), &err);
	f.k.lay = f.lay;
	ck_assert_ok(stack_depot_create(kernel_reader_of(&f.k, f.vc), &sd, &err), &err);
	ck_assert_ptr_null(sd);
	tear_down(&f);
}
END_TEST

START_TEST(flags_have_the_names_of_their_kernel)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay;
	char text[200];

	ck_assert_ok(layout_create(&lay, &err), &err);
	gfp_names(lay, 0x140dca, text, sizeof(text));
	ck_assert_str_eq(text, "HIGHMEM|MOVABLE|IO|FS|ZERO|DIRECT_RECLAIM|KSWAPD_RECLAIM|COMP|"
			       "HARDWALL");
	gfp_names(lay, 0x40000040, text, sizeof(text));
	ck_assert_str_eq(text, "IO|0x40000000");
	gfp_names(lay, 0, text, sizeof(text));
	ck_assert_str_eq(text, "none");
	gfp_names(lay, UINT32_MAX, text, 8);
	ck_assert_uint_lt(strlen(text), 8);
	/* Where there are enumerators, only they count. */
	layout_set(lay, L_GFP_IO, 7, 0);
	gfp_names(lay, 0x41 | 0x80, text, sizeof(text));
	ck_assert_str_eq(text, "IO|0x41");
	layout_destroy(lay);
}
END_TEST

/* A program with debug information, of which main is a function. */
static const char *fixture_path(void)
{
	static char path[4096];
	const char *top = getenv("TOP_BUILDDIR");

	snprintf(path, sizeof(path), "%s/tests/data/types", top ? top : ".");
	return path;
}

START_TEST(addresses_get_names)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = fake_vmcore_create();	/* without kallsyms */
	struct symbols *s;
	char text[100];

	symbols_name(NULL, 0xffffffff81000010, text, sizeof(text));
	ck_assert_str_eq(text, "0xffffffff81000010");
	ck_assert_int_ne(symbols_create(vc, "/dev/null", 0, &s, &err), PGC_OK);
	ck_assert_ptr_null(s);
	ck_assert_ok(symbols_create(vc, fixture_path(), 0x1000, &s, &err), &err);
	symbols_name(s, 8, text, sizeof(text));
	ck_assert_str_eq(text, "0x8");
	symbols_name(s, UINT64_MAX, text, sizeof(text));
	ck_assert_str_eq(text, "0xffffffffffffffff");
	symbols_destroy(s);
	ck_assert_int_ne(symbols_create(vc, NULL, 0, &s, &err), PGC_OK);
	vmcore_close(vc);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stack_depot");

	tcase_add_loop_test(tc, a_handle_leads_to_its_frames, 0, DEPOTS);
	tcase_add_loop_test(tc, what_is_no_handle_leads_nowhere, 0, DEPOTS);
	tcase_add_loop_test(tc, a_long_stack_is_cut, 0, DEPOTS);
	tcase_add_test(tc, a_kernel_without_a_depot);
	tcase_add_test(tc, flags_have_the_names_of_their_kernel);
	tcase_add_test(tc, addresses_get_names);
	return unit_run_case(suite_create("stack_depot"), tc);
}
