/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where memory went: the table of owners, and whose a page is by the other side. What is read of
 * dumps has its test on real ones, tests/owners.t.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "unit.h"
#include "walk/memory_claims.h"
#include "walk/memory_items.h"
#include "walk/memory_owners.h"

START_TEST(items_are_found_again)
{
	struct memory_items items = { 0 };
	bool made;

	/* Keys that a hash may take for neighbours, in two classes each */
	for (uint64_t key = 0; key < 3000; key++) {
		uint32_t a = memory_items_get(&items, MEM_SLAB, key << 20, &made);

		ck_assert(made);
		ck_assert_uint_eq(a, 2 * key);
		ck_assert_uint_eq(memory_items_get(&items, MEM_CACHE, key << 20, &made), a + 1);
		ck_assert(made);
	}
	ck_assert_uint_eq(items.n, 6000);
	for (uint64_t key = 0; key < 3000; key++) {
		ck_assert_uint_eq(memory_items_get(&items, MEM_SLAB, key << 20, &made), 2 * key);
		ck_assert(!made);
		ck_assert_int_eq(items.list[2 * key].class, MEM_SLAB);
		ck_assert_uint_eq(items.list[2 * key + 1].key, key << 20);
	}
	memory_items_deinit(&items);
	ck_assert_ptr_null(items.list);
}
END_TEST

START_TEST(slugs_differ)
{
	for (size_t i = 0; i < MEMORY_CLASSES; i++) {
		ck_assert(memory_class_text((enum memory_class)i)[0]);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(memory_class_slug((enum memory_class)i),
					 memory_class_slug((enum memory_class)j));
	}
}
END_TEST

START_TEST(claims_are_found)
{
	struct memory_claim list[] = { { .start = 10, .end = 20, .item = 1 },
					{ .start = 20, .end = 21, .item = 2 },
					{ .start = 30, .end = 40, .item = 3 } };
	struct memory_claims c = { .list = list, .n = ARRAY_SIZE(list) };
	static const struct {
		uint64_t pfn;
		uint32_t item;
		uint64_t end;
	} asked[] = {
		{ 0, MEMORY_NO_ITEM, 10 }, { 10, 1, 20 }, { 19, 1, 20 },
		{ 20, 2, 21 },		   { 21, MEMORY_NO_ITEM, 30 }, { 39, 3, 40 },
		{ 40, MEMORY_NO_ITEM, UINT64_MAX }, { 5, MEMORY_NO_ITEM, 10 }, { 15, 1, 20 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		uint64_t end;

		ck_assert_uint_eq(memory_claims_find(&c, asked[i].pfn, &end), asked[i].item);
		ck_assert_uint_eq(end, asked[i].end);
	}
}
END_TEST

START_TEST(items_of_a_class)
{
	struct memory_item list[] = {
		{ .class = MEM_FREE, .pages = 1 }, { .class = MEM_SLAB, .pages = 9 },
		{ .class = MEM_SLAB, .pages = 4 }, { .class = MEM_UNKNOWN, .pages = 2 },
	};
	struct memory_owners mo = { .items = { .list = list, .n = ARRAY_SIZE(list) } };
	size_t n;

	ck_assert_ptr_eq(memory_owners_items(&mo, MEM_SLAB, &n), &list[1]);
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_eq(memory_owners_items(&mo, MEM_UNKNOWN, &n), &list[3]);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_null(memory_owners_items(&mo, MEM_STACKS, &n));
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* What the areas say in a kernel that is @changed, and that of the twin. */
static void conflicts(void (*change)(struct fake_kernel *fk), uint64_t pfn, uint64_t pages,
		      enum severity severity, const char *what)
{
	const struct finding *f;
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_areas(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_OWNER_CONFLICT, NULL), 0);
	fk_result_free(r);
	change(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_OWNER_CONFLICT, &f), 1);
	ck_assert_uint_eq(f->pfn, pfn);
	ck_assert_uint_eq(f->count, pages);
	ck_assert_int_eq(f->severity, severity);
	ck_assert_str_eq(finding_fact(f, FACT_WHAT)->str, what);
	fk_result_free(r);
	fk_destroy(fk);
}

static void put_page(struct fake_kernel *fk, unsigned int nr, uint64_t pfn)
{
	uint64_t page = FK_MEMMAP + pfn * 64;

	memcpy(fake_vmcore_at(fk_vmcore(fk), FK_AREA_PAGES + 8 * nr), &page, sizeof(page));
}

static void in_the_array(struct fake_kernel *fk)
{
	put_page(fk, 0, FK_ORDER10);
	put_page(fk, 1, FK_ORDER10 + 1);
}

static void by_the_tables(struct fake_kernel *fk)
{
	uint64_t kaddr = FK_DIRECT + (FK_ORDER10 << 12);

	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), kaddr, 4096));
	fk_set_area_addr(fk, 1, kaddr);
}

static void two_owners(struct fake_kernel *fk)
{
	put_page(fk, 1, FK_ANON + 2);
}

START_TEST(pages_of_areas_are_not_free)
{
	conflicts(in_the_array, FK_ORDER10, 2, SEV_SUSPECT, "a free list has it");
	conflicts(by_the_tables, FK_ORDER10, 1, SEV_CORRUPT, "a free list has it");
	conflicts(two_owners, FK_ANON + 2, 1, SEV_SUSPECT, "it is in use for vmalloc, too");
}
END_TEST

/* vrealloc() gives pages back: the array has nothing in their places. */
START_TEST(an_array_may_have_gaps)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_areas(fk);
	memset(fake_vmcore_at(fk_vmcore(fk), FK_AREA_PAGES + 8), 0, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What the tags say in a kernel that is @changed, which had nothing to say before. */
static struct fk_result *tags_say(void (*change)(struct fake_kernel *fk), size_t n)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_tags(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	ck_assert_int_eq(r->sum.tags.state, ALLOC_TAGS_ON);
	ck_assert_uint_eq(r->sum.tags.pages, 2);
	ck_assert_uint_eq(r->sum.tags.n, 1);
	ck_assert_str_eq(r->sum.tags.uses[0].tag.site, "mm/memory.c:4000 do_anonymous_page");
	ck_assert_int_eq(r->sum.tags.uses[0].tag.bytes, 8192);
	ck_assert_int_eq(r->sum.tags.uses[0].tag.calls, 2);
	fk_result_free(r);
	change(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, n);
	ck_assert_uint_eq(fk_count(r, FIND_ALLOC_TAG, NULL), n);
	fk_destroy(fk);
	return r;
}

static void on_a_free_page(struct fake_kernel *fk)
{
	fk_set_tag(fk, FK_ORDER10 + 7, FK_TAG(1));
}

static void between_two_tags(struct fake_kernel *fk)
{
	fk_set_tag(fk, FK_ANON, FK_TAG(0) ^ 8);
}

static void of_a_free_page_between_two(struct fake_kernel *fk)
{
	fk_set_tag(fk, FK_PCP_A, FK_TAG(0) ^ 8);
}

static void very_many(struct fake_kernel *fk)
{
	for (unsigned int i = 0; i < 33; i++)
		fk_set_tag(fk, FK_ORDER10 + i, FK_TAG(1));
}

/* Two CPUs: three pages may be on their way. */
static void fewer_calls(struct fake_kernel *fk)
{
	for (unsigned int i = 0; i < 2; i++)
		fk_set_tag(fk, FK_ANON + 2 + i, FK_TAG(0));
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG_COUNTERS + 8) = 0xfd;
}

static void as_many_as_may_be(struct fake_kernel *fk)
{
	fk_set_tag(fk, FK_ANON + 2, FK_TAG(0));
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG_COUNTERS + 8) = 0xfd;
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG_COUNTERS + 1) = 0xe0;
}

static void inaccurate(struct fake_kernel *fk)
{
	fewer_calls(fk);
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG(0)) = 1;
}

static void switched_off(struct fake_kernel *fk)
{
	on_a_free_page(fk);
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG_ENABLED) = 0;
}

static void in_the_flags(struct fake_kernel *fk)
{
	on_a_free_page(fk);
	*fake_vmcore_at(fk_vmcore(fk), FK_TAG_COMPRESSED) = 1;
}

START_TEST(free_pages_have_no_tags)
{
	struct fk_result *r = tags_say(on_a_free_page, 1);

	ck_assert_uint_eq(r->findings[0].pfn, FK_ORDER10 + 7);
	ck_assert_int_eq(r->findings[0].severity, SEV_SUSPECT);
	ck_assert_str_eq(finding_fact(&r->findings[0], FACT_ALLOC_SITE)->str,
			 "mm/memory.c:4001 do_anonymous_page");
	fk_result_free(r);
	r = tags_say(very_many, 0);
	ck_assert_uint_eq(r->sum.tags.stale, 33);
	fk_result_free(r);
}
END_TEST

START_TEST(a_tag_is_one)
{
	struct fk_result *r = tags_say(between_two_tags, 1);

	ck_assert_uint_eq(r->findings[0].pfn, FK_ANON);
	ck_assert_int_eq(r->findings[0].severity, SEV_CORRUPT);
	ck_assert_uint_eq(finding_fact(&r->findings[0], FACT_FOUND)->num, FK_TAG(0) ^ 8);
	ck_assert_uint_eq(finding_fact(&r->findings[0], FACT_FIELD_KADDR)->num, FK_EXT + FK_ANON * 8);
	fk_result_free(r);
	r = tags_say(of_a_free_page_between_two, 1);
	ck_assert_int_eq(r->findings[0].severity, SEV_CORRUPT);
	fk_result_free(r);
}
END_TEST

START_TEST(a_tag_counts_its_pages)
{
	struct fk_result *r = tags_say(fewer_calls, 1);

	ck_assert_uint_eq(r->findings[0].pfn, FINDING_NO_PFN);
	ck_assert_str_eq(finding_fact(&r->findings[0], FACT_COUNTER)->str, "calls");
	fk_result_free(r);
	fk_result_free(tags_say(as_many_as_may_be, 0));
	fk_result_free(tags_say(inaccurate, 0));
}
END_TEST

START_TEST(tags_that_are_not_read)
{
	struct fk_result *r = tags_say(switched_off, 0);

	ck_assert_int_eq(r->sum.tags.state, ALLOC_TAGS_OFF);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	fk_result_free(r);
	r = tags_say(in_the_flags, 0);
	ck_assert_int_eq(r->sum.tags.state, ALLOC_TAGS_UNUSABLE);
	ck_assert_uint_eq(r->sum.n_limits, 1);
	fk_result_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("memory");

	tcase_add_test(tc, items_are_found_again);
	tcase_add_test(tc, slugs_differ);
	tcase_add_test(tc, claims_are_found);
	tcase_add_test(tc, items_of_a_class);
	tcase_add_test(tc, pages_of_areas_are_not_free);
	tcase_add_test(tc, an_array_may_have_gaps);
	tcase_add_test(tc, free_pages_have_no_tags);
	tcase_add_test(tc, a_tag_is_one);
	tcase_add_test(tc, a_tag_counts_its_pages);
	tcase_add_test(tc, tags_that_are_not_read);
	return unit_run_case(suite, tc);
}
