/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/steady_list.h"
#include "unit.h"

/* How often the list is walked, and in which walk it is whole for the first time. */
static unsigned int walks, whole_in;
static uint64_t length;

enum pgc_status __wrap_page_list_walk(struct kernel_reader kr,
				      const struct page_format *fmt, uint64_t head,
				      uint64_t link, list_visit_fn *visit, void *arg,
				      struct list_walk *ret, struct pgc_err *err);

/* Each walk meets other pages, until it is whole; before that it breaks off in the middle. */
enum pgc_status __wrap_page_list_walk(struct kernel_reader kr,
				      const struct page_format *fmt, uint64_t head,
				      uint64_t link, list_visit_fn *visit, void *arg,
				      struct list_walk *ret, struct pgc_err *err)
{
	bool whole = ++walks >= whole_in;
	enum pgc_status st = PGC_OK;

	*ret = (struct list_walk){ .whole = whole, .n_breaks = !whole };
	for (uint64_t i = 0; i < (whole ? length : length / 2) && st == PGC_OK; i++) {
		struct list_node node = { .pfn = walks * 10000000ULL + i };

		ret->from_head++;
		st = visit(arg, &node, err);
	}
	return st;
}

struct met {
	uint64_t n, first;
};

static enum pgc_status meet(void *arg, const struct list_node *node, struct pgc_err *err _unused_)
{
	struct met *m = arg;

	if (!m->n++)
		m->first = node->pfn;
	return PGC_OK;
}

static struct met walk(bool live, unsigned int whole, uint64_t n, struct list_walk *ret)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fake_kernel *fk = fk_create();
	struct page_format fmt = { 0 };
	struct met met = { 0 };
	struct kernel *k;

	k = fk_open(fk);
	if (live)
		fake_vmcore_live(fk_vmcore(fk));
	walks = 0;
	whole_in = whole;
	length = n;
	ck_assert_ok(steady_list_walk(kernel_reader_of(k, fk_vmcore(fk)), &fmt, 0, 0,
				      meet, &met, ret, &err),
		     &err);
	kernel_destroy(k);
	fk_destroy(fk);
	return met;
}

START_TEST(a_dump_is_walked_once)
{
	struct list_walk ret;
	struct met met = walk(false, 3, 100, &ret);

	ck_assert_uint_eq(walks, 1);
	ck_assert_uint_eq(met.n, 50);
	ck_assert(!ret.whole);
}
END_TEST

START_TEST(a_live_list_is_walked_until_it_is_whole)
{
	struct list_walk ret;
	struct met met = walk(true, 1, 100, &ret);

	ck_assert_uint_eq(walks, 1);
	ck_assert_uint_eq(met.n, 100);
	met = walk(true, 5, 1000, &ret);
	ck_assert_uint_eq(walks, 5);
	ck_assert(ret.whole);
	/* Nothing of the walks before is handed on. */
	ck_assert_uint_eq(met.n, 1000);
	ck_assert_uint_eq(met.first, 50000000);
}
END_TEST

/* Damage, or a list that never holds still: the last walk, with its breaks. */
START_TEST(what_stays_broken_is_handed_on_broken)
{
	struct list_walk ret;
	struct met met = walk(true, 1000, 100, &ret);

	ck_assert_uint_eq(walks, 16);
	ck_assert_uint_eq(met.n, 50);
	ck_assert_uint_eq(met.first, 160000000);
	ck_assert(!ret.whole);
	ck_assert_uint_eq(ret.n_breaks, 1);
}
END_TEST

/* More than is kept: one walk, each page handed on as it is met. */
START_TEST(a_long_list_is_not_kept)
{
	struct list_walk ret;
	struct met met = walk(true, 1, STEADY_LIST_NODES + 7, &ret);

	ck_assert_uint_eq(walks, 2);
	ck_assert_uint_eq(met.n, STEADY_LIST_NODES + 7);
	ck_assert_uint_eq(met.first, 20000000);
	met = walk(true, 1, STEADY_LIST_NODES, &ret);
	ck_assert_uint_eq(walks, 1);
	ck_assert_uint_eq(met.n, STEADY_LIST_NODES);
}
END_TEST

UNIT_MAIN("steady_list", a_dump_is_walked_once, a_live_list_is_walked_until_it_is_whole,
	  what_stays_broken_is_handed_on_broken, a_long_list_is_not_kept)
