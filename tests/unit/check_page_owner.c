/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "fake_vmcore.h"
#include "model/kernel.h"
#include "model/page_owner.h"
#include "unit.h"

#define SECTION_PAGES 256
#define SECTIONS 4
#define RECORD 40 /* 4096 is no multiple: records straddle pages */
#define OWNER_AT 16 /* page_owner_ops.offset */
#define HANDLE_AT 8
#define VARS FAKE_DIRECT_MAP
#define EXT(section) (FAKE_DIRECT_MAP + 0x100000 + (section) * 0x10000ULL)
#define OWNER 1u
#define ALLOCATED 2u
#define EARLY 77u

enum {
	V_SIZE = 0,
	V_OFFSET = 8,
	V_INITED = 16,
	V_EARLY = 20,
	V_DUMMY = 24,
	V_FAILURE = 28
};

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	struct section sections[SECTIONS];
	uint32_t index[SECTIONS];
};

static void record(struct fixture *f, uint64_t pfn, uint32_t flags, uint32_t handle)
{
	uint64_t at = EXT(pfn / SECTION_PAGES) + pfn % SECTION_PAGES * RECORD;

	fake_put32(f->vc, at, flags);
	fake_put32(f->vc, at + OWNER_AT + HANDLE_AT, handle);
}

static void set_up(struct fixture *f)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_mem_section_page_ext, 16, 8 }, { L_page_ext_size, VARS + V_SIZE, 8 },
		{ L_page_ext_flags, 0, 8 }, { L_PAGE_EXT_OWNER, 0, 0 },
		{ L_PAGE_EXT_OWNER_ALLOCATED, 1, 0 },
		{ L_page_owner_ops_offset, VARS + V_OFFSET, 8 },
		{ L_page_owner_inited, VARS + V_INITED, 4 },
		{ L_page_owner_handle, HANDLE_AT, 4 },
		{ L_page_owner_early_handle, VARS + V_EARLY, 4 },
		{ L_page_owner_dummy_handle, VARS + V_DUMMY, 4 },
		{ L_page_owner_failure_handle, VARS + V_FAILURE, 4 },
	};
	struct pgc_err err = PGC_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		layout_set(f->lay, rows[i].key, rows[i].value, rows[i].size);
	fake_vmcore_region(f->vc, VARS, 0x1000);
	fake_put32(f->vc, VARS + V_SIZE, RECORD);
	fake_put32(f->vc, VARS + V_OFFSET, OWNER_AT);
	fake_put32(f->vc, VARS + V_INITED, 1);
	fake_put32(f->vc, VARS + V_EARLY, EARLY);
	fake_put32(f->vc, VARS + V_DUMMY, 5);
	fake_put32(f->vc, VARS + V_FAILURE, 6);
	f->k = (struct kernel){
		.lay = f->lay,
		.page_shift = 12,
		.pages_per_section = SECTION_PAGES,
		.section_shift = 8,
		.sections = f->sections,
		.n_sections = SECTIONS,
		.section_index = f->index,
		.n_section_nrs = SECTIONS,
	};
	for (unsigned int i = 0; i < SECTIONS; i++) {
		fake_vmcore_region(f->vc, EXT(i), SECTION_PAGES * RECORD);
		f->index[i] = i + 1;
		/* Biased by the section's first pfn, as the kernel stores it. */
		f->sections[i].page_ext = EXT(i) - (uint64_t)i * SECTION_PAGES * RECORD;
	}
}

static void tear_down(struct fixture *f)
{
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

static struct page_owner *open_owner(struct fixture *f, enum owner_state expected)
{
	struct pgc_err err = PGC_ERR_INIT;
	enum owner_state state;
	struct page_owner *po;

	ck_assert_ok(page_owner_create(kernel_reader_of(&f->k, f->vc), &po, &state, &err),
		     &err);
	ck_assert_int_eq(state, expected);
	ck_assert_int_eq(po != NULL, expected == OWNER_ON);
	return po;
}

static void read_owner(struct page_owner *po, uint64_t pfn, struct owner_bits *bits,
		       size_t n)
{
	struct pgc_err err = PGC_ERR_INIT;

	memset(bits, 0xa5, n * sizeof(*bits));
	ck_assert_ok(page_owner_read(po, pfn, bits, n, &err), &err);
}

START_TEST(what_a_record_says)
{
	static const struct {
		uint32_t flags, handle;
		bool known, allocated;
	} rows[] = {
		{ 0, 0, false, false },         /* never seen by page_owner */
		{ ALLOCATED, 9, false, false }, /* no record without OWNER */
		{ OWNER | ALLOCATED, 9, true, true },
		{ OWNER, 9, true, false },
		{ OWNER | ALLOCATED, EARLY, false, false }, /* maybe on a pcp list */
		{ OWNER, EARLY, true, false },              /* freed since */
		{ OWNER | ALLOCATED, 5, true, true },
		{ OWNER | ALLOCATED, 0, true, true },
		{ 0xfffffffc, 9, false, false },
	};
	struct owner_bits b;
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	record(&f, 64 + 7, rows[_i].flags, rows[_i].handle);
	po = open_owner(&f, OWNER_ON);
	read_owner(po, 64, &b, 1);
	ck_assert_uint_eq(b.known, rows[_i].known ? 1u << 7 : 0);
	ck_assert_uint_eq(b.allocated, rows[_i].allocated ? 1u << 7 : 0);
	page_owner_destroy(po);
	tear_down(&f);
}
END_TEST

START_TEST(absent_off_and_unusable)
{
	static const struct {
		uint64_t at;
		uint32_t value;
		enum owner_state state;
	} rows[] = {
		{ V_INITED, 0, OWNER_OFF },
		{ V_INITED, UINT32_MAX, OWNER_OFF },
		{ V_SIZE, 0, OWNER_UNUSABLE },
		{ V_SIZE, 1u << 20, OWNER_UNUSABLE },
		{ V_SIZE, 7, OWNER_UNUSABLE },
		{ V_SIZE + 4, 1, OWNER_UNUSABLE },
		{ V_OFFSET, 32, OWNER_UNUSABLE },
		{ V_OFFSET + 4, UINT32_MAX, OWNER_UNUSABLE },
	};
	struct fixture f;

	set_up(&f);
	fake_put32(f.vc, VARS + rows[_i].at, rows[_i].value);
	page_owner_destroy(open_owner(&f, rows[_i].state));
	tear_down(&f);
}
END_TEST

START_TEST(a_kernel_without_it)
{
	struct pgc_err err = PGC_ERR_INIT;
	enum owner_state state;
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	layout_destroy(f.lay);
	ck_assert_ok(layout_create(&f.lay, &err), &err);
	f.k.lay = f.lay;
	ck_assert_ok(page_owner_create(kernel_reader_of(&f.k, f.vc), &po, &state, &err),
		     &err);
	ck_assert_ptr_null(po);
	ck_assert_int_eq(state, OWNER_ABSENT);
	page_owner_destroy(NULL);
	tear_down(&f);
}
END_TEST

START_TEST(frees_that_leave_no_trace)
{
	struct owner_bits b;
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	fake_put32(f.vc, VARS + V_FAILURE, 0);
	record(&f, 1, OWNER | ALLOCATED, 9);
	record(&f, 2, OWNER, 9);
	po = open_owner(&f, OWNER_ON);
	read_owner(po, 0, &b, 1);
	ck_assert_uint_eq(b.known, 1u << 2);
	ck_assert_uint_eq(b.allocated, 0);
	page_owner_destroy(po);
	tear_down(&f);
}
END_TEST

START_TEST(sections_have_their_own_arrays)
{
	struct owner_bits b[SECTIONS * SECTION_PAGES / 64 + 2];
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	for (uint64_t pfn = 0; pfn < SECTIONS * SECTION_PAGES; pfn++)
		record(&f, pfn, OWNER | (pfn % 3 ? 0 : ALLOCATED), 9);
	f.sections[1].page_ext = 0;
	f.sections[2].page_ext |= 1; /* going offline */
	po = open_owner(&f, OWNER_ON);
	read_owner(po, 64, b, ARRAY_SIZE(b));
	for (uint64_t i = 0; i < ARRAY_SIZE(b) * 64; i++) {
		uint64_t pfn = 64 + i, s = pfn / SECTION_PAGES;
		bool known = s == 0 || s == 3;

		ck_assert_int_eq(b[i / 64].known >> i % 64 & 1, known);
		ck_assert_int_eq(b[i / 64].allocated >> i % 64 & 1,
				 known && pfn % 3 == 0);
	}
	page_owner_destroy(po);
	tear_down(&f);
}
END_TEST

START_TEST(gaps_are_not_known)
{
	static const enum pgc_status why[] = { PGC_EXCLUDED, PGC_ABSENT, PGC_DAMAGED };
	struct owner_bits b[SECTION_PAGES / 64];
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	for (uint64_t pfn = 0; pfn < SECTION_PAGES; pfn++)
		record(&f, pfn, OWNER | ALLOCATED, 9);
	fake_vmcore_gap(f.vc, EXT(0) + 4096, why[_i]);
	po = open_owner(&f, OWNER_ON);
	read_owner(po, 0, b, ARRAY_SIZE(b));
	for (uint64_t pfn = 0; pfn < SECTION_PAGES; pfn++) {
		uint64_t first = pfn * RECORD / 4096,
			 last = (pfn * RECORD + RECORD - 1) / 4096;

		ck_assert_int_eq(b[pfn / 64].known >> pfn % 64 & 1,
				 first != 1 && last != 1);
	}
	page_owner_destroy(po);
	tear_down(&f);
}
END_TEST

START_TEST(wild_arrays_are_not_known)
{
	static const uint64_t wild[] = {2, 0xdead000000000100ULL, UINT64_MAX - 1,
					1ULL << 47};
	struct owner_bits b[SECTION_PAGES / 64];
	struct page_owner *po;
	struct fixture f;

	set_up(&f);
	f.sections[0].page_ext = wild[_i];
	po = open_owner(&f, OWNER_ON);
	read_owner(po, 0, b, ARRAY_SIZE(b));
	for (size_t i = 0; i < ARRAY_SIZE(b); i++)
		ck_assert_uint_eq(b[i].known, 0);
	/* Past all sections, and past all pfns */
	read_owner(po, 1ULL << 40, b, 1);
	ck_assert_uint_eq(b[0].known, 0);
	read_owner(po, UINT64_MAX - 63, b, 2);
	ck_assert_uint_eq(b[0].known, 0);
	page_owner_destroy(po);
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page_owner");
	TCase *tc = tcase_create("page_owner");

	tcase_add_loop_test(tc, what_a_record_says, 0, 9);
	tcase_add_loop_test(tc, absent_off_and_unusable, 0, 8);
	tcase_add_test(tc, a_kernel_without_it);
	tcase_add_test(tc, frees_that_leave_no_trace);
	tcase_add_test(tc, sections_have_their_own_arrays);
	tcase_add_loop_test(tc, gaps_are_not_known, 0, 3);
	tcase_add_loop_test(tc, wild_arrays_are_not_known, 0, 4);
	return unit_run_case(suite, tc);
}
