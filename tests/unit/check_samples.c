/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/kernel.h"
#include "model/samples.h"
#include "unit.h"

#define TABLES 0xffffffff82000000ULL
#define TEXT 0xffffffff81000000ULL
#define ENTRIES 200u
#define STRIDE 12u
#define ON FK_SPARE

static struct samples samples_of(struct fake_kernel *fk)
{
	struct kernel *k = fk_open(fk);
	struct pgc_err err = PGC_ERR_INIT;
	struct samples s;

	ck_assert_ok(samples_read(kernel_reader_of(k, fk_vmcore(fk)), &s, &err), &err);
	kernel_destroy(k);
	return s;
}

/* Two sorted tables, as the unwinder and the exceptions have them, whose entries are @i times 32. */
static struct fake_kernel *with_tables(void)
{
	struct fake_kernel *fk = fk_create();
	struct vmcore *vc = fk_vmcore(fk);

	fake_vmcore_region(vc, TABLES, 0x10000);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		fake_put32(vc, TABLES + 4 * i, (uint32_t)(-0x100000 + 32 * (int)i - 4 * (int)i));
		fake_put32(vc, TABLES + 0x4000 + STRIDE * i,
			   (uint32_t)(-0x100000 + 32 * (int)i - (int)(STRIDE * i)));
	}
	fk_add_layout(fk, L_start_orc_unwind_ip, TABLES, 0);
	fk_add_layout(fk, L_stop_orc_unwind_ip, TABLES + 4 * ENTRIES, 0);
	fk_add_layout(fk, L_start_ex_table, TABLES + 0x4000, 0);
	fk_add_layout(fk, L_stop_ex_table, TABLES + 0x4000 + STRIDE * ENTRIES, 0);
	fk_add_layout(fk, L_exception_table_entry, STRIDE, 0);
	return fk;
}

static void flip(struct fake_kernel *fk, uint64_t kaddr, unsigned int bit)
{
	*fake_vmcore_at(fk_vmcore(fk), kaddr + bit / 8) ^= (uint8_t)(1u << bit % 8);
}

START_TEST(sorted_tables)
{
	struct fake_kernel *fk = with_tables();
	struct samples s = samples_of(fk);

	ck_assert_uint_eq(s.entries, 2 * ENTRIES);
	ck_assert_uint_eq(s.table_bits + s.table_others, 0);
	/* Any bit that takes an entry past a neighbour, up or down, in the middle and at the ends. */
	for (uint32_t i = 0; i < ENTRIES; i += i == 100 ? 99 : 50) {
		for (unsigned int bit = 6; bit < 31; bit++) {
			flip(fk, TABLES + 4 * i, bit);
			s = samples_of(fk);
			ck_assert_uint_le(s.table_bits, 1);
			ck_assert_uint_eq(s.table_others, 0);
			if (i && i < ENTRIES - 1)
				ck_assert_msg(s.table_bits == 1, "entry %u, bit %u", i, bit);
			flip(fk, TABLES + 4 * i, bit);
		}
	}
	flip(fk, TABLES + 0x4000 + 7 * STRIDE, 20);
	s = samples_of(fk);
	ck_assert_uint_eq(s.table_bits, 1);
	ck_assert_str_eq(s.table, "__start___ex_table, entry 7, at 0xffffffff82004054");
	/* Noise is no flip; nor is a table that is not sorted at all wrong. */
	fake_put32(fk_vmcore(fk), TABLES + 4 * 50, 0x12345678);
	ck_assert_uint_eq(samples_of(fk).table_others, 1);
	for (uint32_t i = 0; i < ENTRIES; i++)
		fake_put32(fk_vmcore(fk), TABLES + 4 * i, i * 0x9e3779b9u);
	ck_assert_uint_eq(samples_of(fk).table_others, 0);
	fk_destroy(fk);
}
END_TEST

START_TEST(system_calls)
{
	struct fake_kernel *fk = fk_create();
	struct samples s;

	fake_vmcore_region(fk_vmcore(fk), TABLES, 0x1000);
	for (uint64_t i = 0; i < 100; i++)
		fake_put64(fk_vmcore(fk), TABLES + 8 * i, TEXT + 64 * i);
	fk_add_layout(fk, L_sys_call_table, TABLES, 0);
	fk_add_layout(fk, L_stext, TEXT, 0);
	fk_add_layout(fk, L_etext, TEXT + 0x10000, 0);
	s = samples_of(fk);
	ck_assert_uint_eq(s.entries, 101);
	ck_assert_uint_eq(s.table_bits + s.table_others, 0);
	flip(fk, TABLES + 8 * 3, 40);
	s = samples_of(fk);
	ck_assert_uint_eq(s.table_bits, 1);
	ck_assert_str_eq(s.table, "sys_call_table, entry 3, at 0xffffffff82000018");
	/* A function of a module is no flip. */
	fake_put64(fk_vmcore(fk), TABLES + 8 * 3, 0xffffffffc0123440);
	s = samples_of(fk);
	ck_assert_uint_eq(s.table_bits, 0);
	ck_assert_uint_eq(s.table_others, 1);
	fk_destroy(fk);
}
END_TEST

/* Free pages, where they are cleared or poisoned; @_i: which. */
START_TEST(free_pages)
{
	const uint64_t page = FAKE_DIRECT_MAP + FK_ORDER3_A * 4096;
	struct fake_kernel *fk = fk_create();
	struct samples s;

	memset(fake_vmcore_region(fk_vmcore(fk), page, 8 * 4096), _i ? 0xaa : 0, 8 * 4096);
	fk_add_layout(fk, _i ? L_page_poisoning_enabled : L_init_on_free, ON, 0);
	fake_put32(fk_vmcore(fk), ON, 0);
	flip(fk, page + 0x100, 3);
	s = samples_of(fk);
	ck_assert_uint_eq(s.free_pages + s.free_bits + s.free_written, 0);
	fake_put32(fk_vmcore(fk), ON, 1);
	s = samples_of(fk);
	ck_assert_uint_eq(s.free_pages, 8);
	ck_assert_uint_eq(s.free_bits, 1);
	ck_assert_uint_eq(s.free_written, 0);
	ck_assert_str_eq(s.free_bit, "free page 0x800, byte 256");
	fake_put64(fk_vmcore(fk), page + 3 * 4096 + 8, 0x1122334455667788);
	s = samples_of(fk);
	ck_assert_uint_eq(s.free_written, 1);
	ck_assert_str_eq(s.free_write, "free page 0x803, from byte 8 on, 1 words");
	/* Of a kernel that leaves most of them otherwise nothing is said. */
	for (uint64_t i = 0; i < 8; i++)
		fake_put64(fk_vmcore(fk), page + i * 4096 + 8, 0x1122334455667788);
	s = samples_of(fk);
	ck_assert_uint_eq(s.free_bits + s.free_written, 0);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("samples");
	TCase *tc = tcase_create("samples");

	tcase_add_test(tc, sorted_tables);
	tcase_add_test(tc, system_calls);
	tcase_add_loop_test(tc, free_pages, 0, 2);
	return unit_run_case(suite, tc);
}
