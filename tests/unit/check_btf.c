/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BTF written by hand: types as the kernel has them, and types that cannot be. */
#include <linux/btf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "layout/btf.h"
#include "unit.h"

/* BTF in the making. */
struct blob {
	uint8_t types[4096];
	size_t types_len;
	char strings[2048];
	size_t strings_len;
	uint32_t n;
	uint8_t whole[8192];
	size_t len;
};

static uint32_t string(struct blob *b, const char *s)
{
	size_t at = b->strings_len;

	if (!*s)
		return 0;
	memcpy(b->strings + at, s, strlen(s) + 1);
	b->strings_len += strlen(s) + 1;
	return (uint32_t)at;
}

static void word(struct blob *b, uint32_t w)
{
	memcpy(b->types + b->types_len, &w, 4);
	b->types_len += 4;
}

/* Start a type; its number is returned. */
static uint32_t type(struct blob *b, const char *name, unsigned int kind, unsigned int n,
		     uint32_t size_or_type)
{
	word(b, string(b, name));
	word(b, kind << 24 | n);
	word(b, size_or_type);
	return ++b->n;
}

static uint32_t integer(struct blob *b, const char *name, uint32_t size)
{
	uint32_t id = type(b, name, BTF_KIND_INT, 0, size);

	word(b, size * 8);
	return id;
}

static uint32_t array(struct blob *b, uint32_t element, uint32_t n)
{
	uint32_t id = type(b, "", BTF_KIND_ARRAY, 0, 0);

	word(b, element);
	word(b, element);
	word(b, n);
	return id;
}

static void member(struct blob *b, const char *name, uint32_t id, uint32_t offset)
{
	word(b, string(b, name));
	word(b, id);
	word(b, offset * 8);
}

static void enumerator(struct blob *b, const char *name, int32_t value)
{
	word(b, string(b, name));
	word(b, (uint32_t)value);
}

static void finish(struct blob *b)
{
	struct btf_header hdr = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(hdr),
		.type_len = (uint32_t)b->types_len, .str_off = (uint32_t)b->types_len,
		.str_len = (uint32_t)b->strings_len,
	};

	memcpy(b->whole, &hdr, sizeof(hdr));
	memcpy(b->whole + sizeof(hdr), b->types, b->types_len);
	memcpy(b->whole + sizeof(hdr) + b->types_len, b->strings, b->strings_len);
	b->len = sizeof(hdr) + b->types_len + b->strings_len;
}

static struct btf_types *parse(struct blob *b)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct btf_types *bt = NULL;

	finish(b);
	ck_assert_ok(btf_types_create(b->whole, b->len, &bt, &err), &err);
	return bt;
}

/*
 * struct page { unsigned long flags; union { struct { list_head lru; }; long[4]; }; }, the
 * type of pc_state, two structs called twin, and some enums.
 */
static void sample(struct blob *b)
{
	uint32_t ulong, uint, list, ptr, words, hidden, uni, map, db;

	memset(b, 0, sizeof(*b));
	b->strings_len = 1;
	ulong = integer(b, "unsigned long", 8);
	uint = integer(b, "unsigned int", 4);
	ptr = type(b, "", BTF_KIND_PTR, 0, b->n + 2);
	list = type(b, "list_head", BTF_KIND_STRUCT, 2, 16);
	member(b, "next", ptr, 0);
	member(b, "prev", ptr, 8);
	words = array(b, ulong, 4);
	hidden = type(b, "", BTF_KIND_STRUCT, 1, 16);
	member(b, "lru", list, 0);
	uni = type(b, "", BTF_KIND_UNION, 2, 32);
	member(b, "", hidden, 0);
	member(b, "words", words, 0);
	type(b, "page", BTF_KIND_STRUCT, 2, 40);
	member(b, "flags", ulong, 0);
	member(b, "", uni, 8);
	map = array(b, ptr, 2);
	db = type(b, "dual_bitmap", BTF_KIND_STRUCT, 2, 24);
	member(b, "bitmap", map, 0);
	member(b, "nbits", uint, 16);
	type(b, "", BTF_KIND_STRUCT, 3, 40);
	member(b, "db", db, 0);
	member(b, "min_pfn", ulong, 24);
	member(b, "max_pfn", ulong, 32);
	type(b, "twin", BTF_KIND_STRUCT, 1, 4);
	member(b, "a", uint, 0);
	type(b, "twin", BTF_KIND_STRUCT, 1, 8);
	member(b, "b", ulong, 0);
	type(b, "nodemask_t", BTF_KIND_TYPEDEF, 0, words);
	type(b, "", BTF_KIND_ENUM, 2, 4);
	enumerator(b, "SECTION_HAS_MEM_MAP_BIT", 1);
	enumerator(b, "NEGATIVE", -1);
	type(b, "migratetype", BTF_KIND_ENUM, 2, 4);
	enumerator(b, "MIGRATE_UNMOVABLE", 0);
	enumerator(b, "MIGRATE_MOVABLE", 1);
}

static struct btf_place place_of(struct btf_types *bt, const char *type_name, const char *path)
{
	struct btf_place place = { .offset = 12345 };
	uint32_t id = btf_types_find(bt, type_name, 0);

	ck_assert_msg(btf_types_member(bt, id, path, &place) == PGC_OK, "%s.%s", type_name, path);
	return place;
}

START_TEST(members_are_found)
{
	struct btf_place place;
	struct btf_types *bt;
	struct blob b;

	sample(&b);
	bt = parse(&b);
	place = place_of(bt, "page", "lru");
	ck_assert_uint_eq(place.offset, 8);
	ck_assert_uint_eq(place.size, 16);
	place = place_of(bt, "page", "lru.prev");
	ck_assert_uint_eq(place.offset, 16);
	place = place_of(bt, "page", "words");
	ck_assert_uint_eq(place.length, 4);
	ck_assert_uint_eq(place.size, 32);
	place = place_of(bt, "page", "words[3]");
	ck_assert_uint_eq(place.offset, 32);
	ck_assert_uint_eq(place.size, 8);
	ck_assert_uint_eq(place.length, 0);
	place = place_of(bt, "nodemask_t", "");
	ck_assert_uint_eq(place.size, 32);
	btf_types_destroy(bt);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	static const char *const wrong[] = {
		"nothing", "flags.f", "words[4]", "words[", "words[x]", "words[-1]", "flags[0]",
		"lru.next.next", ".", "[0]",
	};
	struct btf_place place;
	struct btf_types *bt;
	struct blob b;
	int64_t num;

	sample(&b);
	bt = parse(&b);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_msg(btf_types_member(bt, btf_types_find(bt, "page", 0), wrong[i],
					       &place) == PGC_ENOENT, "%s", wrong[i]);
	ck_assert_uint_eq(btf_types_find(bt, "pag", 0), 0);
	ck_assert_uint_eq(btf_types_find(bt, "", 0), 0);
	ck_assert_int_eq(btf_types_enumerator(bt, 0, "NOTHING", &num), PGC_ENOENT);
	ck_assert_int_eq(btf_types_enumerator(bt, btf_types_find(bt, "page", 0), "flags", &num),
			 PGC_ENOENT);
	btf_types_destroy(bt);
}
END_TEST

START_TEST(twins_come_one_after_the_other)
{
	struct btf_types *bt;
	uint32_t first, second;
	uint64_t size;
	struct blob b;

	sample(&b);
	bt = parse(&b);
	first = btf_types_find(bt, "twin", 0);
	ck_assert_int_eq(btf_types_size(bt, first, &size), PGC_OK);
	ck_assert_uint_eq(size, 4);
	second = btf_types_find(bt, "twin", first);
	ck_assert_int_eq(btf_types_size(bt, second, &size), PGC_OK);
	ck_assert_uint_eq(size, 8);
	ck_assert_uint_eq(btf_types_find(bt, "twin", second), 0);
	btf_types_destroy(bt);
}
END_TEST

START_TEST(a_nameless_struct_is_known_by_its_members)
{
	static const char *const members[] = { "db", "min_pfn", "max_pfn" };
	struct btf_place place;
	struct btf_types *bt;
	uint32_t extra;
	struct blob b;

	sample(&b);
	bt = parse(&b);
	ck_assert_int_eq(btf_types_member(bt, btf_types_anonymous(bt, members, 3),
					  "db.bitmap[1]", &place), PGC_OK);
	ck_assert_uint_eq(place.offset, 8);
	ck_assert_uint_eq(btf_types_anonymous(bt, members, 2), 0);
	btf_types_destroy(bt);
	/* A second one that differs: none is better than the wrong one. */
	sample(&b);
	extra = type(&b, "", BTF_KIND_STRUCT, 3, 48);
	member(&b, "db", 1, 0);
	member(&b, "min_pfn", 1, 8);
	member(&b, "max_pfn", 1, 16);
	bt = parse(&b);
	ck_assert_uint_ne(extra, 0);
	ck_assert_uint_eq(btf_types_anonymous(bt, members, 3), 0);
	btf_types_destroy(bt);
}
END_TEST

static bool sum_up(void *arg, const char *name, int64_t value)
{
	*(int64_t *)arg += value + (int64_t)strlen(name);
	return true;
}

START_TEST(enumerators_are_found)
{
	struct btf_types *bt;
	int64_t num, sum = 0;
	struct blob b;

	sample(&b);
	bt = parse(&b);
	ck_assert_int_eq(btf_types_enumerator(bt, 0, "SECTION_HAS_MEM_MAP_BIT", &num), PGC_OK);
	ck_assert_int_eq(num, 1);
	ck_assert_int_eq(btf_types_enumerator(bt, 0, "NEGATIVE", &num), PGC_OK);
	ck_assert_int_eq(num, -1);
	ck_assert_int_eq(btf_types_enum_each(bt, btf_types_find(bt, "migratetype", 0), sum_up,
					     &sum), PGC_OK);
	ck_assert_int_eq(sum, 0 + 17 + 1 + 15);
	btf_types_destroy(bt);
}
END_TEST

/* Types that lead round in a circle, to nowhere, or to more bytes than there can be. */
START_TEST(impossible_types_end)
{
	struct btf_types *bt;
	struct btf_place place;
	uint32_t circle, ring, huge;
	struct blob b;
	uint64_t size;

	sample(&b);
	circle = type(&b, "circle", BTF_KIND_TYPEDEF, 0, b.n + 2);
	type(&b, "elcric", BTF_KIND_TYPEDEF, 0, circle);
	ring = type(&b, "ring", BTF_KIND_STRUCT, 1, 8);
	member(&b, "", ring, 0);
	huge = array(&b, b.n + 2, 0xffffffff);
	array(&b, b.n + 2, 0xffffffff);
	array(&b, 1, 0xffffffff);
	bt = parse(&b);
	ck_assert_int_eq(btf_types_size(bt, circle, &size), PGC_ENOENT);
	ck_assert_int_eq(btf_types_member(bt, circle, "x", &place), PGC_ENOENT);
	ck_assert_int_eq(btf_types_member(bt, ring, "x", &place), PGC_ENOENT);
	ck_assert_int_eq(btf_types_size(bt, huge, &size), PGC_ENOENT);
	ck_assert_int_eq(btf_types_size(bt, 99999, &size), PGC_ENOENT);
	btf_types_destroy(bt);
}
END_TEST

/* libbpf reads types that lead to nowhere; since 1.4 it refuses them at once. */
START_TEST(lost_types_end)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct btf_types *bt = NULL;
	struct btf_place place;
	enum pgc_status st;
	struct blob b;
	uint32_t lost;

	sample(&b);
	lost = type(&b, "lost", BTF_KIND_STRUCT, 1, 8);
	member(&b, "found", 99999, 0);
	finish(&b);
	st = btf_types_create(b.whole, b.len, &bt, &err);
	if (st != PGC_OK) {
		ck_assert_int_eq(st, PGC_EFORMAT);
		ck_assert_contains(err.msg, "cannot read this BTF");
		return;
	}
	ck_assert_int_eq(btf_types_member(bt, lost, "found", &place), PGC_ENOENT);
	btf_types_destroy(bt);
}
END_TEST

START_TEST(what_is_no_btf_is_refused)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct btf_types *bt = NULL;
	struct blob b;

	sample(&b);
	finish(&b);
	ck_assert_int_eq(btf_types_create(b.whole, 0, &bt, &err), PGC_EFORMAT);
	ck_assert_int_eq(btf_types_create(b.whole, 20, &bt, &err), PGC_EFORMAT);
	ck_assert_int_eq(btf_types_create(b.whole, b.len - 100, &bt, &err), PGC_EFORMAT);
	b.whole[offsetof(struct btf_header, hdr_len)]++;
	ck_assert_int_eq(btf_types_create(b.whole, b.len, &bt, &err), PGC_EFORMAT);
	ck_assert_ptr_nonnull(strstr(err.msg, "not aligned"));
	finish(&b);
	b.whole[0] ^= 1;
	ck_assert_int_eq(btf_types_create(b.whole, b.len, &bt, &err), PGC_EFORMAT);
	ck_assert_ptr_null(bt);
}
END_TEST

/* Bytes changed at random: every question still has an answer. */
START_TEST(random_damage_is_survived)
{
	static const char *const members[] = { "db", "min_pfn", "max_pfn" };
	unsigned int seed = 7;

	for (int round = 0; round < 20000; round++) {
		struct btf_types *bt = NULL;
		struct btf_place place;
		int64_t num, sum = 0;
		struct blob b;

		sample(&b);
		finish(&b);
		for (int i = 0; i < 1 + round % 8; i++) {
			seed = seed * 1103515245 + 12345;
			b.whole[24 + (seed >> 8) % (b.len - 24)] = (uint8_t)(seed >> 24);
		}
		if (btf_types_create(b.whole, b.len, &bt, NULL) != PGC_OK)
			continue;
		(void)!btf_types_member(bt, btf_types_find(bt, "page", 0), "lru.prev", &place);
		(void)!btf_types_member(bt, btf_types_anonymous(bt, members, 3), "db.nbits",
					&place);
		(void)!btf_types_enumerator(bt, 0, "NOWHERE", &num);
		(void)!btf_types_enum_each(bt, btf_types_find(bt, "migratetype", 0), sum_up,
					   &sum);
		btf_types_destroy(bt);
	}
}
END_TEST

UNIT_MAIN("btf", members_are_found, what_is_not_there_is_not_found,
	  twins_come_one_after_the_other, a_nameless_struct_is_known_by_its_members,
	  enumerators_are_found, impossible_types_end, lost_types_end, what_is_no_btf_is_refused,
	  random_damage_is_survived)
