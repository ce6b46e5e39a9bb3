/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The enumeration of the allocator's lists, and the search that goes through it. */
#include <check.h>
#include <string.h>

#include "fake_kernel.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "model/list_each.h"
#include "model/list_search.h"
#include "unit.h"

struct seen {
	unsigned int of[LISTED_OTHER + 1], last[LISTED_OTHER + 1];
	unsigned int stop_after, all;
	char names[8][80];	/* of those that are neither buddy nor per-CPU */
	size_t n;
	const struct kernel *k;
};

static enum pgc_status see(void *arg, const struct free_list *list, struct pgc_err *err _unused_)
{
	struct seen *s = arg;

	s->of[list->kind]++;
	s->last[list->kind] += list->last;
	if (list->kind == LISTED_OTHER && s->n < ARRAY_SIZE(s->names))
		free_list_name(s->k, list, s->names[s->n++], sizeof(s->names[0]));
	return ++s->all == s->stop_after ? PGC_ENOENT : PGC_OK;
}

START_TEST(each_list_once)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	struct seen s = { .k = k };

	ck_assert_int_eq(free_list_each(kernel_reader_of(k, fk_vmcore(fk)), &k->zones[0],
					see, &s, NULL),
			 PGC_OK);
	ck_assert_uint_eq(s.of[LISTED_BUDDY], 11 * 5);
	ck_assert_uint_eq(s.last[LISTED_BUDDY], 11);
	ck_assert_uint_eq(s.of[LISTED_PCP], 2 * 12);
	ck_assert_uint_eq(s.last[LISTED_PCP], 2);
	ck_assert_uint_eq(s.of[LISTED_OTHER], 0);
	layout_set(fk_layout(fk), L_zone_unaccepted_pages, FK_ZONE_EXTRA, 16);
	layout_set(fk_layout(fk), L_zone_trylock_free_pages, FK_ZONE_EXTRA, 8);
	layout_set(fk_layout(fk), L_page_pcp_llist, fk_link(0) - FK_MEMMAP, 8);
	ck_assert_int_eq(free_list_each(kernel_reader_of(k, fk_vmcore(fk)), &k->zones[0],
					see, &s, NULL),
			 PGC_OK);
	ck_assert_uint_eq(s.of[LISTED_OTHER], 2);
	ck_assert_str_eq(s.names[0], "unaccepted_pages");
	ck_assert_str_eq(s.names[1], "trylock_free_pages");
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

static enum pgc_status see_order(void *arg, const struct free_list *list,
				 struct pgc_err *err _unused_)
{
	if (list->kind == LISTED_PCP && list->index == 13)
		*(int *)arg = list->order;
	return PGC_OK;
}

/* Of huge pages; of pageblocks where these are larger, as in 6.1 without hugetlb. */
START_TEST(huge_pages_of_a_cpu)
{
	static const unsigned int blocks[] = { 9, 10, 7 };
	static const int orders[] = { 9, 10, 9 };
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	int order;

	layout_set(fk_layout(fk), L_per_cpu_pages_nr_lists, 14, 0);
	k->huge_order = 9;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		k->pageblock_order = blocks[i];
		order = -1;
		ck_assert_int_eq(free_list_each(kernel_reader_of(k, fk_vmcore(fk)), &k->zones[0],
						see_order, &order, NULL),
				 PGC_OK);
		ck_assert_int_eq(order, orders[i]);
	}
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

START_TEST(the_caller_can_stop)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);
	struct seen s = { .k = k, .stop_after = 60 };

	ck_assert_int_eq(free_list_each(kernel_reader_of(k, fk_vmcore(fk)), &k->zones[0],
					see, &s, NULL),
			 PGC_ENOENT);
	ck_assert_uint_eq(s.all, 60);
	k->zones[0].initialized = false;
	ck_assert_int_eq(free_list_each(kernel_reader_of(k, fk_vmcore(fk)), &k->zones[0],
					see, &s, NULL),
			 PGC_OK);
	ck_assert_uint_eq(s.all, 60);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* FK_ANON, then the page after it, on the chain of zone Normal; the last leads to @end. */
static struct kernel *with_chain(struct fake_kernel *fk, uint64_t end)
{
	struct kernel *k;

	fk_set_zone_extra(fk, 1, fk_link(FK_ANON));
	fk_set_next(fk, FK_ANON, fk_link(FK_ANON + 2));
	fk_set_private(fk, FK_ANON + 2, 1);
	fk_set_next(fk, FK_ANON + 2, end);
	k = fk_open(fk);
	layout_set(fk_layout(fk), L_zone_trylock_free_pages, FK_ZONE_EXTRA, 8);
	layout_set(fk_layout(fk), L_page_pcp_llist, fk_link(0) - FK_MEMMAP, 8);
	return k;
}

static const struct {
	uint64_t pfn;
	unsigned int zone;
	bool found;
	enum list_kind kind;
	int order;
	uint64_t block, position;
} places[] = {
	{ FK_ORDER3_B + 5, 0, true, LISTED_BUDDY, 3, FK_ORDER3_B, 2 },
	{ FK_PCP_B, 0, true, LISTED_PCP, 0, FK_PCP_B, 2 },
	{ FK_ORDER10 + 1023, 1, true, LISTED_BUDDY, 10, FK_ORDER10, 1 },
	{ FK_ANON, 1, true, LISTED_OTHER, 0, FK_ANON, 1 },
	{ FK_ANON + 3, 1, true, LISTED_OTHER, 1, FK_ANON + 2, 2 },
	{ FK_ANON + 4, 1, false, 0, 0, 0, 0 },
	{ FK_ORDER10 + 1023, 0, false, 0, 0, 0, 0 },
};

START_TEST(a_page_is_found_where_it_is)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k = with_chain(fk, 0);
	struct pgc_err err = PGC_ERR_INIT;
	struct list_place place;
	struct page_format fmt;

	ck_assert_ok(page_format_init(&fmt, kernel_reader_of(k, fk_vmcore(fk)), &err),
		     &err);
	ck_assert_int_eq(list_search(kernel_reader_of(k, fk_vmcore(fk)), &fmt,
				     &k->zones[places[_i].zone], places[_i].pfn, &place),
			 places[_i].found);
	if (places[_i].found) {
		ck_assert_int_eq(place.list.kind, places[_i].kind);
		ck_assert_int_eq(place.list.order, places[_i].order);
		ck_assert_uint_eq(place.block, places[_i].block);
		ck_assert_uint_eq(place.position, places[_i].position);
	}
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Back to its first page, to its last, to no page: the search ends. */
START_TEST(a_damaged_chain_ends)
{
	const uint64_t ends[] = { fk_link(FK_ANON), fk_link(FK_ANON + 2), 0x1234, fk_link(0) + 1 };
	struct fake_kernel *fk = fk_create();
	struct kernel *k = with_chain(fk, ends[_i]);
	struct pgc_err err = PGC_ERR_INIT;
	struct list_place place;
	struct page_format fmt;

	ck_assert_ok(page_format_init(&fmt, kernel_reader_of(k, fk_vmcore(fk)), &err),
		     &err);
	ck_assert(!list_search(kernel_reader_of(k, fk_vmcore(fk)), &fmt, &k->zones[1],
			       FK_ANON + 8, &place));
	ck_assert(list_search(kernel_reader_of(k, fk_vmcore(fk)), &fmt, &k->zones[1],
			      FK_ANON + 2, &place));
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list_each");
	TCase *tc = tcase_create("list_each");

	tcase_add_test(tc, each_list_once);
	tcase_add_test(tc, huge_pages_of_a_cpu);
	tcase_add_test(tc, the_caller_can_stop);
	tcase_add_loop_test(tc, a_page_is_found_where_it_is, 0, ARRAY_SIZE(places));
	tcase_add_loop_test(tc, a_damaged_chain_ends, 0, 4);
	return unit_run_case(suite, tc);
}
