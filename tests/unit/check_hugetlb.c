/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages against their lists and counters: each rule fires on one wrong word, and on nothing
 * that a sound kernel has.
 */
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "unit.h"

#define A FK_HUGE_A
#define B FK_HUGE_B
#define C FK_HUGE_C
#define STATE FK_HSTATE
#define LOCK FK_HUGETLB_LOCK
#define MAX (FK_HUGETLB_LOCK + 8)

static void put(struct fake_kernel *fk, uint64_t at, uint64_t value, size_t size)
{
	memcpy(fake_vmcore_at(fk_vmcore(fk), at), &value, size);
}

static struct fake_kernel *huge_kernel(void)
{
	struct fake_kernel *fk = fk_create();

	fk_add_hugetlb(fk);
	return fk;
}

static void nothing(struct fake_kernel *fk _unused_)
{
}

static void next_of_a(struct fake_kernel *fk)
{
	fk_set_next(fk, A, fk_link(B) ^ 1ULL << 20);
}

static void prev_of_c(struct fake_kernel *fk)
{
	fk_set_prev(fk, C, 0);
}

static void head(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_LISTS, fk_link(A) ^ 64, 8);
}

static void in_use(struct fake_kernel *fk)
{
	fk_set_refcount(fk, B, 4);
}

static void free_of_node(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_FREE_NODE, 3, 4);
}

static void free_of_all(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_FREE, 6, 8);
}

static void all_of_all(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_NR, 3 ^ 1ULL << 33, 8);
}

static void too_many_surplus(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_SURPLUS_NODE, 4, 4);
	put(fk, STATE + FK_HSTATE_SURPLUS, 4, 8);
}

static void on_the_other_node(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_FREE_NODE + 4, 1, 4);
}

/* All is half done under the lock. */
static void locked(struct fake_kernel *fk)
{
	put(fk, LOCK, 1, 4);
	free_of_node(fk);
	next_of_a(fk);
	in_use(fk);
}

static void wild_number_of_sizes(struct fake_kernel *fk)
{
	put(fk, MAX, 0x7fffffff, 4);
}

static void nonsense_order(struct fake_kernel *fk)
{
	put(fk, STATE + FK_HSTATE_ORDER, 77, 4);
	free_of_node(fk);
}

static const struct {
	const char *name;
	void (*plant)(struct fake_kernel *fk);
	enum finding_id id;	/* FINDING_IDS: none */
	uint64_t pfn;
	const char *field;
	uint64_t expected;
} cases[] = {
	{ "a sound one", nothing, FINDING_IDS, 0, NULL, 0 },
	{ "next, free", next_of_a, FIND_HUGETLB_LINKAGE, A, "page.lru.next", 0 },
	{ "prev, in use", prev_of_c, FIND_HUGETLB_LINKAGE, C, "page.lru.prev", STATE + FK_HSTATE_ACTIVE },
	{ "the head", head, FIND_HUGETLB_LINKAGE, FINDING_NO_PFN, NULL, 0 },
	{ "in use", in_use, FIND_HUGETLB_LISTED, B, "page._refcount", 0 },
	{ "free of a node", free_of_node, FIND_HUGETLB_COUNTER, FINDING_NO_PFN,
	  "hstate.free_huge_pages_node", 2 },
	{ "free of all", free_of_all, FIND_HUGETLB_COUNTER, FINDING_NO_PFN,
	  "hstate.free_huge_pages", 2 },
	{ "all of all", all_of_all, FIND_HUGETLB_COUNTER, FINDING_NO_PFN, "hstate.nr_huge_pages",
	  3 },
	{ "surplus", too_many_surplus, FIND_HUGETLB_COUNTER, FINDING_NO_PFN,
	  "hstate.surplus_huge_pages_node", 0 },
	{ "of a node that is none", on_the_other_node, FIND_HUGETLB_COUNTER, FINDING_NO_PFN,
	  "hstate.free_huge_pages", 3 },
	{ "a wild number of sizes", wild_number_of_sizes, FINDING_IDS, 0, NULL, 0 },
	{ "an order that is none", nonsense_order, FINDING_IDS, 0, NULL, 0 },
};

static size_t of_hugetlb(const struct fk_result *r)
{
	return fk_count(r, FIND_HUGETLB_COUNTER, NULL) + fk_count(r, FIND_HUGETLB_LINKAGE, NULL) +
	       fk_count(r, FIND_HUGETLB_LISTED, NULL);
}

START_TEST(each_word)
{
	struct fake_kernel *fk = huge_kernel();
	const struct finding *f = NULL;
	struct fk_result *r;

	cases[_i].plant(fk);
	r = fk_run(fk);
	ck_assert_msg(of_hugetlb(r) == (cases[_i].id != FINDING_IDS), "%s: %zu", cases[_i].name,
		      of_hugetlb(r));
	if (cases[_i].id != FINDING_IDS) {
		ck_assert_uint_eq(fk_count(r, cases[_i].id, &f), 1);
		ck_assert_uint_eq(f->pfn, cases[_i].pfn);
		ck_assert_int_eq(f->severity, SEV_CORRUPT);
		ck_assert_int_eq(f->order, 2);
		if (cases[_i].field)
			ck_assert_str_eq(f->field.name, cases[_i].field);
		if (cases[_i].expected)
			ck_assert_uint_eq(f->field.expected, cases[_i].expected);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(under_the_lock_all_is_a_note)
{
	struct fake_kernel *fk = huge_kernel();
	struct fk_result *r;

	locked(fk);
	r = fk_run(fk);
	ck_assert_uint_ge(of_hugetlb(r), 2);
	for (size_t i = 0; i < r->n && i < FK_MAX_FINDINGS; i++)
		if (r->findings[i].id == FIND_HUGETLB_LINKAGE ||
		    r->findings[i].id == FIND_HUGETLB_LISTED ||
		    r->findings[i].id == FIND_HUGETLB_COUNTER)
			ck_assert_int_eq(r->findings[i].severity, SEV_NOTE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hugetlb");
	TCase *tc = tcase_create("hugetlb");

	tcase_add_loop_test(tc, each_word, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tc, under_the_lock_all_is_a_note);
	return unit_run_case(suite, tc);
}
