/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every bit of every word of a struct page, flipped one at a time: which of them are noticed, for
 * each kind of page. The struct pages are as 6.1, 6.12 and 7.2 leave them.
 */
#include <stddef.h>
#include <string.h>

#include "unit.h"
#include "walk/page_sense.h"
#include "walk/page_words.h"

#define SELF UINT64_C(0xffffea0000012348)	/* &page->lru of the page at SELF - 8 */
#define HEAD UINT64_C(0xffffea0000012300)
#define NEIGHBOUR (SELF ^ 0x40)
#define OBJECT UINT64_C(0xffff888003c51000)
#define NONE UINT32_MAX
#define RESERVED (1ULL << 13)
#define LOCKED (1ULL << 0)
#define REFERENCED (1ULL << 2)
#define LRU (1ULL << 5)
#define PRIVATE (1ULL << 14)
#define TABLE_TYPE 0xf2000000u
#define SLAB_TYPE 0xf5000000u

static const struct page_format fmt = {
	.size = 64, .pointer_ones = 47, .anon_bits = 35, .zero_page = HEAD, .flags = 0, .lru_next = 8, .lru_prev = 16, .mapping = 24, .index = 32,
	.private = 40, .mapcount = 48, .refcount = 52, .memcg = 56, .compound = 8,
	.encoding = TYPES_BYTE, .buddy = 0xf0, .reserved = RESERVED, .lru = LRU,
	.never_on_tail = LOCKED | LRU, .never_on_reserved = LOCKED, .never_on_kernel = REFERENCED,
	.uses_private = PRIVATE, .bootmem = PRIVATE, .unused = 1ULL << 40,
	.types = { [0xf2] = KIND_TABLE, [0xf5] = KIND_SLAB },
};

/* How many of the bits of each word are noticed. */
struct noticed {
	unsigned int flags, next, prev, mapping, index, private, memcg;
};

static const struct {
	const char *name;
	enum page_place place;
	struct page page;
	struct noticed want;
} kinds[] = {
	{ "free, never used", PAGE_INSIDE,
	  { .lru_next = SELF, .lru_prev = SELF, .mapcount = NONE },
	  { .next = 64, .prev = 64, .private = 33 } },
	{ "free, was on a list", PAGE_INSIDE,
	  { .lru_next = PAGE_LIST_POISON1, .lru_prev = PAGE_LIST_POISON2, .mapcount = NONE,
	    .index = 0x7f1234567 },
	  { .next = 64, .prev = 64, .private = 44 } },
	/* 128 objects of 32 bytes would be bit 23: what is that many is no wrong bit. */
	{ "free, was a slab", PAGE_INSIDE,
	  { .lru_next = PAGE_LIST_POISON1, .lru_prev = PAGE_LIST_POISON2, .mapcount = NONE,
	    .index = OBJECT },
	  { .next = 64, .prev = 64, .private = 33 } },
	{ "free, was a tail", PAGE_INSIDE,
	  { .lru_prev = PAGE_LIST_POISON2, .mapcount = NONE },
	  { .next = 45, .prev = 64, .private = 33 } },
	/* Bit 0 of the first link makes a tail: that is another's to see. */
	{ "reserved", PAGE_UNLISTED,
	  { .flags = RESERVED, .lru_next = SELF, .lru_prev = SELF, .mapcount = NONE, .refcount = 1 },
	  { .flags = 1, .next = 63, .prev = 64, .mapping = 64, .index = 64, .private = 64,
	    .memcg = 64 } },
	/* Of a link to oneself those bits are left that lead to the link of another page. */
	{ "tail", PAGE_UNLISTED,
	  { .lru_next = HEAD | 1, .lru_prev = SELF, .mapping = PAGE_TAIL_MAPPING, .mapcount = NONE },
	  { .flags = 3, .prev = 5, .mapping = 64, .private = 33, .memcg = 64 } },
	{ "tail, was a slab", PAGE_UNLISTED,
	  { .lru_next = HEAD | 1, .lru_prev = SELF, .mapping = PAGE_TAIL_MAPPING, .mapcount = NONE,
	    .index = OBJECT },
	  { .flags = 3, .prev = 5, .mapping = 64, .private = 33, .memcg = 64 } },
	{ "in use", PAGE_UNLISTED,
	  { .lru_prev = PAGE_LIST_POISON2, .mapcount = NONE, .refcount = 1 },
	  { .next = 44, .prev = 64, .index = 29, .private = 33, .memcg = 64 } },
	{ "in use, counted by the first of its block", PAGE_UNLISTED,
	  { .lru_next = SELF, .lru_prev = SELF, .mapcount = NONE },
	  { .next = 63, .prev = 64, .mapping = 44, .index = 29, .private = 33, .memcg = 44 } },
	/* Only that it is a kernel address and no address in between can be asked. */
	{ "on an LRU list", PAGE_UNLISTED,
	  { .flags = LRU, .lru_next = NEIGHBOUR, .lru_prev = OBJECT, .mapcount = 0, .refcount = 2,
	    .mapping = OBJECT, .memcg = OBJECT },
	  { .index = 12, .private = 56, .memcg = 18 } },
	{ "on an LRU list, anonymous", PAGE_UNLISTED,
	  { .flags = LRU, .lru_next = NEIGHBOUR, .lru_prev = OBJECT, .mapcount = 0, .refcount = 2,
	    .mapping = OBJECT | 1, .index = 0x7f1234567, .memcg = OBJECT },
	  { .index = 29, .private = 56, .memcg = 18 } },
	{ "on an LRU list, with buffer heads", PAGE_UNLISTED,
	  { .flags = LRU | PRIVATE, .lru_next = NEIGHBOUR, .lru_prev = OBJECT, .mapcount = 0,
	    .refcount = 3, .mapping = OBJECT, .private = OBJECT, .memcg = OBJECT },
	  { .index = 12, .private = 17, .memcg = 18 } },
	{ "on a per-CPU list", PAGE_ON_PCP,
	  { .lru_next = NEIGHBOUR, .lru_prev = OBJECT, .mapcount = NONE, .index = 1 },
	  { .private = 33 } },
	{ "page table", PAGE_UNLISTED,
	  { .lru_prev = PAGE_LIST_POISON2, .mapcount = TABLE_TYPE, .refcount = 1, .private = OBJECT },
	  { .flags = 1, .next = 44, .prev = 64, .index = 29, .memcg = 64 } },
	{ "reserved, with notes on boot memory", PAGE_UNLISTED,
	  { .flags = RESERVED | PRIVATE, .lru_next = SELF, .lru_prev = SELF, .mapcount = NONE,
	    .refcount = 2, .index = 12, .private = 3 },
	  { .next = 63, .prev = 64, .mapping = 64, .index = 44, .private = 44, .memcg = 64 } },
	{ "slab", PAGE_UNLISTED,
	  { .lru_next = OBJECT, .lru_prev = PAGE_LIST_POISON1, .mapcount = SLAB_TYPE, .refcount = 1 },
	  { .flags = 1 } },
};

/* A reserved page's count, one bit from 1; the zero page, and what has been used, may have any. */
START_TEST(reserved_counts)
{
	static const struct {
		uint64_t self, private;
		int32_t refcount;
		bool odd;
	} rows[] = {
		{ SELF, 0, 1 | 1 << 16, true }, { SELF, 0, 1 | 1 << 30, true },
		{ SELF, 0, 1 | 1 << 10, false }, { SELF, 0, 1 | 3 << 20, false },
		{ SELF, 8, 1 | 1 << 16, false }, { HEAD + 8, 0, 1 | 1 << 16, false },
	};
	struct odd_word odd;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct page p = { .flags = RESERVED, .lru_next = rows[i].self,
				  .lru_prev = rows[i].self, .private = rows[i].private,
				  .mapcount = NONE, .refcount = rows[i].refcount };

		ck_assert_msg(page_words(&fmt, &p, rows[i].self - 8, PAGE_UNLISTED, &odd) ==
				      (rows[i].odd ? ODD(MANY_REFS) : 0), "row %zu", i);
	}
}
END_TEST

/* A number of objects, beside what a freed page has for its index, is no wrong bit. */
START_TEST(what_a_slab_left)
{
	static const struct {
		uint64_t index, private;
		bool cleared, odd;
	} rows[] = {
		{ 0, 1 << 23, false, false }, { 0, 1 << 23, true, true },
		{ 3, 1 << 23, false, false }, { 3, UINT64_C(1) << 31, false, true },
		{ OBJECT, 1 << 20, false, false }, { OBJECT, 1 << 20, true, true },
		{ 0x7f1234567, 1 << 23, false, true }, { OBJECT | 4, 1 << 23, false, true },
	};
	static const enum page_place places[] = { PAGE_INSIDE, PAGE_UNLISTED };

	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(places); i++) {
		size_t row = i / ARRAY_SIZE(places);
		struct page p = { .lru_next = SELF, .lru_prev = SELF, .mapcount = NONE,
				  .index = rows[row].index, .private = rows[row].private };
		enum page_place place = places[i % ARRAY_SIZE(places)];
		struct page_format f = fmt;
		struct odd_word odd;

		f.private_cleared = rows[row].cleared;
		p.refcount = place == PAGE_UNLISTED;
		ck_assert_msg(page_words(&f, &p, SELF - 8, place, &odd) ==
				      (rows[row].odd ? ODD(PRIVATE) : 0), "row %zu", row);
	}
}
END_TEST

static unsigned int flips(size_t kind, uint64_t offset, bool wants_right)
{
	unsigned int n = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		struct page p = kinds[kind].page;
		uint64_t *word = (uint64_t *)((char *)&p + offset);
		uint64_t right = *word;
		struct odd_word odd;

		*word ^= 1ULL << bit;
		p.compound = p.lru_next;
		if (!page_words(&fmt, &p, SELF - 8, kinds[kind].place, &odd))
			continue;
		n++;
		ck_assert_uint_eq(odd.found, *word);
		if (wants_right)
			ck_assert_uint_eq(odd.expected, right);
	}
	return n;
}

START_TEST(each_bit)
{
	const struct noticed *want = &kinds[_i].want;
	struct page p = kinds[_i].page;
	struct odd_word odd;

	p.compound = p.lru_next;
	ck_assert_msg(!page_words(&fmt, &p, SELF - 8, kinds[_i].place, &odd), "%s: a clean one",
		      kinds[_i].name);
#define NOTICED(word, member, right)                                                             \
	ck_assert_msg(flips((size_t)_i, offsetof(struct page, member), right) == want->word,     \
		      "%s, " #word ": %u", kinds[_i].name,                                       \
		      flips((size_t)_i, offsetof(struct page, member), right))
	NOTICED(flags, flags, true);
	NOTICED(next, lru_next, true);
	NOTICED(prev, lru_prev, true);
	NOTICED(mapping, mapping, true);
	NOTICED(index, index, true);
	NOTICED(private, private, true);
	NOTICED(memcg, memcg, !p.memcg);
#undef NOTICED
}
END_TEST

/* A type's lower bits, a count that nobody counts to. */
START_TEST(counts_and_types)
{
	static const struct {
		uint32_t mapcount;
		int32_t refcount;
		uint32_t odd;
	} rows[] = {
		{ SLAB_TYPE | 1, 1, ODD(TYPE_BITS) },	{ SLAB_TYPE, 1, 0 },
		{ TABLE_TYPE | 0x800000, 1, ODD(TYPE_BITS) }, { TABLE_TYPE, 2, 0 },
		{ SLAB_TYPE, 1 << 24 | 1, ODD(MANY_REFS) }, { NONE, 1 << 30, ODD(MANY_REFS) },
		{ NONE, 32769, 0 }, { 1 << 22, (1 << 22) + 3, 0 },
		{ SLAB_TYPE, 1024, 0 }, { SLAB_TYPE, 1025, ODD(MANY_REFS) },
		{ TABLE_TYPE, 1025, ODD(MANY_REFS) },
	};
	struct odd_word odd;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct page p = { .lru_prev = PAGE_LIST_POISON2, .mapcount = rows[i].mapcount,
				  .refcount = rows[i].refcount };

		ck_assert_msg(page_words(&fmt, &p, SELF - 8, PAGE_UNLISTED, &odd) == rows[i].odd,
			      "row %zu", i);
	}
}
END_TEST

/* What a sound kernel may have in these words, near to the constants as it is. */
START_TEST(what_is_sound)
{
	static const struct {
		enum page_place place;
		struct page page;
	} sound[] = {
		/* on a list of two neighbours */
		{ PAGE_UNLISTED, { .lru_next = NEIGHBOUR, .lru_prev = NEIGHBOUR, .refcount = 1 } },
		/* a second tail once, in a list of such; a page pool's page; an unaligned hash */
		{ PAGE_INSIDE, { .lru_next = 0, .lru_prev = NEIGHBOUR } },
		{ PAGE_UNLISTED, { .lru_next = PAGE_POISON_DELTA + 0x40, .lru_prev = OBJECT, .refcount = 1 } },
		{ PAGE_UNLISTED, { .lru_next = 0x1234, .lru_prev = 7, .private = 1 << 30, .refcount = 1 } },
		/* reserved: a driver's, the zero page, the vDSO's, with notes, on a list */
		{ PAGE_UNLISTED, { .flags = RESERVED, .lru_next = PAGE_LIST_POISON1, .refcount = 1,
			   .lru_prev = PAGE_LIST_POISON2, .private = 1 } },
		{ PAGE_UNLISTED, { .flags = RESERVED, .lru_next = SELF, .lru_prev = SELF, .refcount = 77 } },
		{ PAGE_UNLISTED, { .flags = RESERVED | REFERENCED, .lru_next = SELF, .lru_prev = SELF,
			   .refcount = 1 } },
		{ PAGE_UNLISTED, { .flags = RESERVED, .lru_next = SELF, .lru_prev = SELF, .refcount = 2,
			   .index = 12, .private = 2 } },
		{ PAGE_UNLISTED, { .flags = RESERVED, .lru_next = NEIGHBOUR, .lru_prev = OBJECT,
			   .refcount = 1 } },
		/* first tails keep what they like; a shared tail's links are another's */
		{ PAGE_UNLISTED, { .lru_next = HEAD | 1, .lru_prev = 0x100000002, .mapping = 0x1,
			   .private = 1ULL << 40, .memcg = 512 } },
		{ PAGE_UNLISTED, { .lru_next = HEAD | 1, .lru_prev = SELF ^ 0x1000,
			   .mapping = PAGE_TAIL_MAPPING } },
		/* buffer heads; a pool's page on a per-CPU list */
		{ PAGE_UNLISTED, { .flags = LRU | PRIVATE, .private = 1ULL << 35, .refcount = 2 } },
		{ PAGE_ON_PCP, { .lru_next = SELF, .lru_prev = NEIGHBOUR, .private = 1 } },
		/* read back from swap, mapped by nobody yet (7.2) */
		{ PAGE_UNLISTED, { .flags = LRU | PRIVATE, .lru_next = NEIGHBOUR, .lru_prev = OBJECT,
			   .refcount = 1, .index = UINT64_MAX, .private = 14 } },
		/* taken from the page cache by reclaim, which has frozen its count */
		{ PAGE_UNLISTED, { .lru_next = PAGE_LIST_POISON1, .lru_prev = PAGE_LIST_POISON2,
			   .mapping = OBJECT, .index = 12, .memcg = OBJECT } },
		/* a kernel page of a memory cgroup */
		{ PAGE_UNLISTED, { .lru_prev = PAGE_LIST_POISON2, .refcount = 1, .memcg = OBJECT | 2 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sound); i++) {
		struct page p = sound[i].page;
		struct odd_word odd;

		p.mapcount = NONE;
		p.compound = p.lru_next;
		ck_assert_msg(!page_words(&fmt, &p, SELF - 8, sound[i].place, &odd), "row %zu", i);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page_words");
	TCase *tc = tcase_create("page_words");

	tcase_add_loop_test(tc, each_bit, 0, (int)ARRAY_SIZE(kinds));
	tcase_add_test(tc, counts_and_types);
	tcase_add_test(tc, reserved_counts);
	tcase_add_test(tc, what_a_slab_left);
	tcase_add_test(tc, what_is_sound);
	return unit_run_case(suite, tc);
}
