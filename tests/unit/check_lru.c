/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of pages on LRU lists: each broken one is found, where it is, and nothing else; what a
 * half-done operation leaves is a note, while the lock of the list is held and only then.
 */
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/lru_edges.h"
#include "unit.h"

#define A FK_ANON	/* pages that follow one another on a list */
#define B (FK_ANON + 1)
#define C (FK_ANON + 2)
#define LAST (FK_PAGES - 1) /* the last one */
#define POISON1 0xdead000000000100ULL
#define PG_LRU 5
#define PG_UNEVICTABLE 20
#define UNHELD UINT32_MAX /* where the lock is is not known */

static void set_link(struct fake_kernel *fk, uint64_t kaddr, uint64_t value)
{
	memcpy(fake_vmcore_at(fk_vmcore(fk), kaddr), &value, sizeof(value));
}

static struct fk_result *run_with(struct fake_kernel *fk, uint32_t lock)
{
	if (lock != UNHELD)
		fk_set_lru_lock(fk, lock);
	return fk_run(fk);
}

static void expect(struct fake_kernel *fk, uint32_t lock, enum severity severity, uint64_t pfn,
		   const char *field, uint64_t expected)
{
	struct fk_result *r = run_with(fk, lock);
	const struct finding *f = &r->findings[0];

	ck_assert_uint_eq(r->n, 1);
	ck_assert_int_eq(f->id, FIND_LRU_LINKAGE);
	ck_assert_int_eq(f->severity, severity);
	ck_assert_int_eq(f->explained != NULL, severity == SEV_NOTE);
	ck_assert_uint_eq(f->pfn, pfn);
	ck_assert_str_eq(f->field.name, field);
	ck_assert_int_eq(f->field.has_expected, expected != 0);
	if (expected)
		ck_assert_uint_eq(f->field.expected, expected);
	fk_result_free(r);
	fk_destroy(fk);
}

static void expect_nothing(struct fake_kernel *fk)
{
	struct fk_result *r = fk_run(fk);

	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}

/* Each bit of a link that is wrong is found, with what should be there, whatever it leads to. */
START_TEST(each_bit_of_a_link)
{
	bool prev = _i & 1;
	unsigned int bit = (unsigned int)_i / 2;
	struct fake_kernel *fk = fk_create();
	uint64_t right = prev ? fk_prev(fk, B) : fk_next(fk, B), wrong = right ^ 1ULL << bit;
	const struct finding *f = NULL;
	struct fk_result *r;

	if (prev)
		fk_set_prev(fk, B, wrong);
	else
		fk_set_next(fk, B, wrong);
	r = run_with(fk, 0);
	ck_assert_uint_eq(r->n, 1);
	f = &r->findings[0];
	ck_assert_uint_eq(f->pfn, B);
	ck_assert_int_eq(f->severity, SEV_CORRUPT);
	if (f->id != FIND_PAGE_STATE) {
		ck_assert_int_eq(f->id, FIND_LRU_LINKAGE);
		ck_assert_str_eq(f->field.name, prev ? "page.lru.prev" : "page.lru.next");
		ck_assert_uint_eq(f->field.found, wrong);
		ck_assert_uint_eq(f->field.expected, right);
		ck_assert_int_eq(f->damage, CLASS_SINGLE_BIT);
		ck_assert_int_eq(f->node, 0);
	} else {
		/* What is no address at all its own record tells. */
		ck_assert(bit < 3 || bit > 55);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Another list's page, a free page, the page itself: where to it should lead is not known. */
START_TEST(a_link_to_a_wrong_page)
{
	const uint64_t to[] = { fk_link(0x300), fk_link(FK_ORDER3_A), fk_link(FK_ORDER3_A + 1),
				fk_lru_head(0), fk_link(0x10), 0xffff800000000000ULL };

	for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++) {
		struct fake_kernel *fk = fk_create();

		fk_set_next(fk, B, to[i]);
		expect(fk, 0, SEV_CORRUPT, B, "page.lru.next", 0);
		fk = fk_create();
		fk_set_prev(fk, B, to[i]);
		expect(fk, 0, SEV_CORRUPT, B, "page.lru.prev", fk_link(A));
	}
}
END_TEST

START_TEST(the_head_of_a_list)
{
	struct fake_kernel *fk = fk_create();
	uint64_t head = fk_lru_head(2);

	set_link(fk, head, fk_link(C));
	expect(fk, 0, SEV_CORRUPT, FINDING_NO_PFN, "list_head.next", 0);
	fk = fk_create();
	set_link(fk, head + 8, fk_link(LAST) ^ 0x1000);
	expect(fk, 0, SEV_CORRUPT, FINDING_NO_PFN, "list_head.prev", fk_link(LAST));
	/* The first page's, and the last one's. */
	fk = fk_create();
	fk_set_next(fk, LAST, head ^ 0x1000);
	expect(fk, 0, SEV_CORRUPT, LAST, "page.lru.next", head);
	fk = fk_create();
	fk_set_prev(fk, 4096, head ^ 0x4000);
	expect(fk, 0, SEV_CORRUPT, 4096, "page.lru.prev", head);
}
END_TEST

/* list_add(&B, &A) where C follows A: B is on no list yet, and C->prev is written first. */
static void half_added(struct fake_kernel *fk)
{
	fk_unlink(fk, B);
	fk_set_prev(fk, C, fk_link(B));
}

/* ... then B's own links. */
static void nearly_added(struct fake_kernel *fk)
{
	half_added(fk);
	fk_set_next(fk, B, fk_link(C));
	fk_set_prev(fk, B, fk_link(A));
}

/* list_del(&B) */
static void half_deleted(struct fake_kernel *fk)
{
	fk_set_prev(fk, C, fk_link(A));
}

/* B has PG_lru, but is not put on its list yet. */
static void not_added(struct fake_kernel *fk)
{
	fk_unlink(fk, B);
}

static void anywhere(struct fake_kernel *fk)
{
	fk_set_prev(fk, C, fk_link(0x1300));
}

static const struct {
	void (*plant)(struct fake_kernel *fk);
	bool in_flight;
} states[] = {
	{ half_added, true }, { nearly_added, true }, { half_deleted, true }, { not_added, true },
	{ anywhere, false },
};

START_TEST(only_the_lock_explains)
{
	const uint32_t locks[] = { 0, 1, UNHELD };

	for (size_t i = 0; i < 3; i++) {
		struct fake_kernel *fk = fk_create();
		struct fk_result *r;

		states[_i].plant(fk);
		r = run_with(fk, locks[i]);
		ck_assert_uint_ge(r->n, 1);
		for (size_t n = 0; n < r->n; n++) {
			ck_assert_int_eq(r->findings[n].id, FIND_LRU_LINKAGE);
			ck_assert_int_eq(r->findings[n].severity,
					 locks[i] && states[_i].in_flight ? SEV_NOTE :
									    SEV_CORRUPT);
		}
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* A page that was taken off its list has PG_lru all the same. */
START_TEST(a_flag_too_many)
{
	struct fake_kernel *fk = fk_create();
	uint64_t flags = fk_flags(fk, B);

	fk_unlink(fk, B);
	expect(fk, 0, SEV_CORRUPT, B, "page.flags", flags & ~(1ULL << PG_LRU));
	fk = fk_create();
	fk_unlink(fk, B);
	fk_set_next(fk, B, fk_link(B));
	fk_set_prev(fk, B, fk_link(B));
	expect(fk, 0, SEV_CORRUPT, B, "page.flags", flags & ~(1ULL << PG_LRU));
}
END_TEST

START_TEST(what_is_sound)
{
	struct fake_kernel *fk = fk_create();

	/* Being isolated: off by its flag, still linked. */
	fk_set_flags(fk, B, fk_flags(fk, B) & ~(1ULL << PG_LRU));
	expect_nothing(fk);
	/* Being freed, mm/swap.c:__page_cache_release() of 6.1: taken off, flag still set. */
	fk = fk_create();
	fk_unlink(fk, B);
	fk_set_refcount(fk, B, 0);
	expect_nothing(fk);
	/* Unevictable: it counts mlocks there. */
	fk = fk_create();
	fk_unlink(fk, B);
	fk_set_flags(fk, B, fk_flags(fk, B) | 1ULL << PG_UNEVICTABLE);
	fk_set_prev(fk, B, 2);
	expect_nothing(fk);
}
END_TEST

/* A struct page that was written over is one finding: its neighbours' links are right. */
START_TEST(an_overwritten_page_is_one)
{
	const uint8_t bytes[] = { 0, 0xff, 0x41 };

	for (size_t i = 0; i < sizeof(bytes); i++) {
		struct fake_kernel *fk = fk_create();
		struct fk_result *r;

		fk_fill_page(fk, B, bytes[i]);
		r = run_with(fk, 0);
		ck_assert_uint_eq(fk_count(r, FIND_LRU_LINKAGE, NULL), 0);
		ck_assert_uint_le(r->n, 1);
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* What is not in the dump is not broken. */
START_TEST(a_gap_is_no_damage)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fake_vmcore_gap(fk_vmcore(fk), FK_MEMMAP + B * FK_PAGE_SIZE_OF, PGC_EXCLUDED);
	fake_vmcore_gap(fk_vmcore(fk), fk_lru_head(0), PGC_DAMAGED);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LRU_LINKAGE, NULL), 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* An ELF dump has no page for memory that was left out: the head may be there. */
START_TEST(what_an_elf_dump_lacks)
{
	struct fake_kernel *fk = fk_create();
	uint64_t head = fk_lru_head(2);
	struct fk_result *r;

	fake_vmcore_gap(fk_vmcore(fk), head, PGC_ABSENT);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LRU_LINKAGE, NULL), 0);
	fk_result_free(r);
	fk_set_next(fk, B, fk_link(B + 1) ^ 1ULL << 20);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_LRU_LINKAGE, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Two pages that changed places, with all that is in them, leave no sum of the same edges. */
START_TEST(sums_know_places)
{
	struct lru_edges *e;

	ck_assert_int_eq(lru_edges_create(&e, NULL), PGC_OK);
	lru_edges_add_head(e, 0x1000, 0x2000, 0x3000);
	ck_assert(lru_edges_any_odd(e) && lru_edges_odd(e, 0x1000));
	lru_edges_add_head(e, 0x2000, 0x3000, 0x1000);
	lru_edges_add_head(e, 0x3000, 0x1000, 0x2000);
	ck_assert(!lru_edges_any_odd(e));
	lru_edges_destroy(e);
}
END_TEST

/* The zones' own counters of pages on LRU lists: far off is wrong, a batch of a CPU is not. */
START_TEST(what_the_zones_count)
{
	static const struct {
		unsigned int item;
		uint64_t value;		/* added */
		const char *name;	/* NULL: sound */
	} rows[] = {
		{ 2, 0, NULL },
		{ 2, 1 << 16, "NR_ZONE_INACTIVE_FILE + NR_ZONE_ACTIVE_FILE" },
		{ 3, 1ULL << 63, "NR_ZONE_INACTIVE_FILE + NR_ZONE_ACTIVE_FILE" },
		{ 2, 300, NULL },
		{ 0, 4096, "NR_ZONE_INACTIVE_ANON + NR_ZONE_ACTIVE_ANON" },
		{ 4, 4096, "NR_ZONE_UNEVICTABLE" },
	};
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_count_lru(fk);
	if (rows[_i].item != 2 && rows[_i].item != 3)
		fk_set_zone_stat(fk, 1, FK_LRU_ITEM + rows[_i].item, rows[_i].value);
	else if (rows[_i].value)
		fk_set_zone_stat(fk, 1, FK_LRU_ITEM + rows[_i].item,
				 fk_zone_stat(fk, 1, FK_LRU_ITEM + rows[_i].item) + rows[_i].value);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, rows[_i].name ? 1 : 0);
	if (rows[_i].name) {
		ck_assert_uint_eq(fk_count(r, FIND_ZONE_COUNTER, &f), 1);
		ck_assert_str_eq(f->field.name, rows[_i].name);
		ck_assert_int_eq(f->severity, SEV_SUSPECT);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Pages of another kind are counted as such: the zone that does not know it is wrong twice. */
START_TEST(pages_of_each_kind)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	uint64_t files;
	struct fk_result *r;

	fk_count_lru(fk);
	files = fk_zone_stat(fk, 1, FK_LRU_ITEM + 2) + fk_zone_stat(fk, 1, FK_LRU_ITEM + 3);
	for (uint64_t pfn = FK_PAGES / 2; pfn < FK_PAGES; pfn++)
		if (fk_flags(fk, pfn) & 1ULL << PG_LRU)
			fk_set_flags(fk, pfn, fk_flags(fk, pfn) | FK_SWAPBACKED);
	if (_i) {
		fk_set_zone_stat(fk, 1, FK_LRU_ITEM, files);
		fk_set_zone_stat(fk, 1, FK_LRU_ITEM + 2, 0);
		fk_set_zone_stat(fk, 1, FK_LRU_ITEM + 3, 0);
	}
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, _i ? 0 : 2);
	ck_assert_uint_eq(fk_count(r, FIND_ZONE_COUNTER, &f), _i ? 0 : 2);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Where a part of the memmap is not in the dump nothing is counted. */
START_TEST(no_count_of_a_part)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_count_lru(fk);
	fk_set_zone_stat(fk, 1, FK_LRU_ITEM, 1 << 20);
	fake_vmcore_gap(fk_vmcore(fk), FK_MEMMAP + FK_ANON * 64, PGC_EXCLUDED);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_ZONE_COUNTER, &f), 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lru");
	TCase *tc = tcase_create("lru");

	tcase_add_loop_test(tc, each_bit_of_a_link, 0, 128);
	tcase_add_test(tc, a_link_to_a_wrong_page);
	tcase_add_test(tc, the_head_of_a_list);
	tcase_add_loop_test(tc, only_the_lock_explains, 0, 5);
	tcase_add_test(tc, a_flag_too_many);
	tcase_add_test(tc, what_is_sound);
	tcase_add_test(tc, an_overwritten_page_is_one);
	tcase_add_test(tc, a_gap_is_no_damage);
	tcase_add_test(tc, what_an_elf_dump_lacks);
	tcase_add_test(tc, sums_know_places);
	tcase_add_loop_test(tc, what_the_zones_count, 0, 6);
	tcase_add_loop_test(tc, pages_of_each_kind, 0, 2);
	tcase_add_test(tc, no_count_of_a_part);
	return unit_run_case(suite, tc);
}
