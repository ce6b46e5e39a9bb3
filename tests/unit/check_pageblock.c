/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of pageblocks, by how far a node's sections have their records from each other. */
#include "base/checked.h"
#include "model/pageblock.h"
#include "unit.h"

#define SECTIONS 6
#define RECORDS UINT64_C(0xffff888000100000)
#define FLAGS 24 /* rcu and the map of subsections are before them, as in 7.2 */

static struct section sections[SECTIONS];
static struct kernel kernel;
static struct layout *layout;

/* What a page size makes of a kernel, with @words of types in each section's record. */
static unsigned int order_of(unsigned int page_shift, unsigned int section_shift,
			     unsigned int orders, uint64_t words, size_t n)
{
	kernel.orders = orders;
	kernel.page_shift = page_shift;
	kernel.pages_per_section = UINT64_C(1) << (section_shift - page_shift);
	kernel.huge_order = kernel.pageblock_order = page_shift - 3;
	kernel.n_sections = n;
	for (size_t i = 0; i < n; i++) {
		sections[i].early = true;
		sections[i].usage = RECORDS + i * (FLAGS + words * 8);
	}
	pageblock_find_order(&kernel);
	return kernel.pageblock_order;
}

static void set_up(void)
{
	struct pgc_err err = PGC_ERR_INIT;

	ck_assert_int_eq(layout_create(&layout, &err), PGC_OK);
	layout_set(layout, L_mem_section_usage_pageblock_flags, FLAGS, 8);
	layout_set(layout, L_NR_PAGEBLOCK_BITS, 4, 0);
	kernel = (struct kernel){ .lay = layout, .sections = sections };
}

START_TEST(the_usual_order)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 4, SECTIONS), 9);
	ck_assert_uint_eq(order_of(14, 27, 12, 1, SECTIONS), 11);
	/* All from 10 up need one word. */
	ck_assert_uint_eq(order_of(16, 29, 14, 1, SECTIONS), 13);
	layout_destroy(layout);
}
END_TEST

START_TEST(without_huge_pages_it_is_the_largest)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 2, SECTIONS), 10);
	layout_destroy(layout);
}
END_TEST

/* CONFIG_PAGE_BLOCK_MAX_ORDER=7, as phones with pages of 16 KiB have it */
START_TEST(it_may_be_smaller)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 16, SECTIONS), 7);
	ck_assert_uint_eq(order_of(14, 27, 12, 4, SECTIONS), 7);
	layout_destroy(layout);
}
END_TEST

/* Two records may be any distance apart where one pointer is damaged. */
START_TEST(two_sections_say_nothing)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 2, 2), 9);
	ck_assert_uint_eq(order_of(12, 27, 11, 2, 3), 10);
	ck_assert_uint_eq(order_of(12, 27, 11, 2, 1), 9);
	layout_destroy(layout);
}
END_TEST

START_TEST(one_damaged_pointer_changes_nothing)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 4, SECTIONS), 9);
	for (size_t i = 0; i < SECTIONS; i++) {
		for (unsigned int bit = 0; bit < 64; bit++) {
			sections[i].usage ^= UINT64_C(1) << bit;
			pageblock_find_order(&kernel);
			ck_assert_uint_eq(kernel.pageblock_order, 9);
			sections[i].usage ^= UINT64_C(1) << bit;
		}
	}
	ck_assert_uint_eq(order_of(12, 27, 11, 2, SECTIONS), 10);
	kernel.pageblock_order = 9;
	sections[2].usage ^= 0x20;
	pageblock_find_order(&kernel);
	ck_assert_uint_eq(kernel.pageblock_order, 10);
	layout_destroy(layout);
}
END_TEST

/* Nodes have theirs in different places; what was added later is by itself. */
START_TEST(each_node_has_its_own_place)
{
	set_up();
	order_of(12, 27, 11, 2, SECTIONS);
	kernel.pageblock_order = 9;
	for (size_t i = 3; i < SECTIONS; i++)
		sections[i].usage += 0x123400;
	pageblock_find_order(&kernel);
	ck_assert_uint_eq(kernel.pageblock_order, 10);
	kernel.pageblock_order = 9;
	for (size_t i = 0; i < SECTIONS; i++)
		sections[i].early = false;
	pageblock_find_order(&kernel);
	ck_assert_uint_eq(kernel.pageblock_order, 9);
	layout_destroy(layout);
}
END_TEST

/* No order has three words, nor none; and where the layout does not say it there is nothing. */
START_TEST(what_no_order_needs_is_passed_over)
{
	set_up();
	ck_assert_uint_eq(order_of(12, 27, 11, 3, SECTIONS), 9);
	ck_assert_uint_eq(order_of(12, 27, 11, 0, SECTIONS), 9);
	ck_assert_uint_eq(order_of(12, 27, 11, UINT64_C(1) << 40, SECTIONS), 9);
	layout_destroy(layout);
	ck_assert_int_eq(layout_create(&layout, NULL), PGC_OK);
	kernel.lay = layout;
	ck_assert_uint_eq(order_of(12, 27, 11, 2, SECTIONS), 9);
	layout_destroy(layout);
}
END_TEST

UNIT_MAIN("pageblock", the_usual_order, without_huge_pages_it_is_the_largest, it_may_be_smaller,
	  two_sections_say_nothing, one_damaged_pointer_changes_nothing,
	  each_node_has_its_own_place, what_no_order_needs_is_passed_over)
