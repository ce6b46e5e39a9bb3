/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slabs against their caches, and indexes against what their owners have: each rule fires on one
 * wrong word, and on nothing that a sound kernel has.
 */
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/slab_users.h"
#include "unit.h"

#define SLAB FK_SLAB
#define DIRECT FK_DIRECT
#define CACHES FK_CACHES
#define HEAD FK_CACHES_HEAD
#define FIRST FK_CACHE_A
#define SECOND FK_CACHE_B
#define LIST FK_CACHE_LIST
#define OO FK_CACHE_OO
#define NODE FK_CACHE_NODE
#define OBJECT(n) (DIRECT + (SLAB << 12) + 256 * (n))
#define PARTIAL (1ULL << 9)		/* PG_workingset */
#define COUNTS(inuse, objects) FK_SLAB_COUNTS(inuse, objects)

static void put(struct fake_kernel *fk, uint64_t at, uint64_t value, size_t size)
{
	memcpy(fake_vmcore_at(fk_vmcore(fk), at), &value, size);
}

static struct fake_kernel *slab_kernel(void)
{
	struct fake_kernel *fk = fk_create();

	fk_add_slab_caches(fk);
	return fk;
}

static const struct {
	const char *name;
	uint64_t at, value;	/* the word that is written, 0: none */
	const char *field;	/* of the finding; NULL: there is none */
	uint64_t expected;	/* 0: not known */
	bool expected_is_zero;
} cases[] = {
	{ "a sound one", 0, 0, NULL, 0, false },
	{ "a cache one bit away", 8, FIRST ^ 1ULL << 20, "slab.slab_cache", FIRST, false },
	{ "one bit away from either", 8, FIRST ^ 0x400, "slab.slab_cache", FIRST, false },
	{ "the other cache", 8, SECOND, "slab.counters", COUNTS(5, 21), false },
	{ "no cache yet", 8, 0xdead000000000100ULL, NULL, 0, false },
	{ "objects", 40, COUNTS(5, 16 ^ 64), "slab.counters", COUNTS(5, 16), false },
	{ "one object: KFENCE's", 40, COUNTS(1, 1), NULL, 0, false },
	{ "more in use than there are", 40, COUNTS(5 ^ 256, 16), "slab.counters", 0, false },
	{ "all in use", 40, COUNTS(16, 16), NULL, 0, false },
	{ "the upper bits", 40, COUNTS(5, 16) | 1ULL << 60, "slab.counters", COUNTS(5, 16), false },
	{ "distances of 7.2", 40, COUNTS(5, 16) | 16ULL << 32, NULL, 0, false },
	{ "a free object's high bit", 32, OBJECT(5) ^ 1ULL << 40, "slab.freelist", OBJECT(5), false },
	{ "no free object", 32, 0, NULL, 0, false },
	{ "where none was free", 32, 1ULL << 30, "slab.freelist", 0, true },
	{ "a left-over index", 32, 64, NULL, 0, false },
	{ "another left-over", 32, 0x7f1234567, NULL, 0, false },
	{ "the middle of an object, while it is made", 32, OBJECT(5) + 8, NULL, 0, false },
	{ "extensions", 56, DIRECT + 0x100000 + 1, NULL, 0, false },
	{ "that could not be made", 56, 1, NULL, 0, false },
	{ "one bit", 56, 1ULL << 40, "slab.obj_exts", 0, true },
	{ "where there is no memory", 56, DIRECT + (1ULL << 44) + 1, "slab.obj_exts", 0, false },
};

/* By the kernel's variable for it objects would be where no memory is: it is that which is wrong. */
START_TEST(a_false_distance)
{
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	fk_add_layout(fk, L_page_memcg_data, 56, 8);
	fk_set_page_word(fk, SLAB, 56, DIRECT + 0x100000 + 1);
	put(fk, FK_SPARE, DIRECT - (1ULL << 40), 8);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Which of the upper bits are used is known by what struct slab has there. */
START_TEST(the_upper_half)
{
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	if (_i)
		fk_add_layout(fk, L_slab_stride, 44, 4);
	fk_add_partial_list(fk);
	fk_set_page_word(fk, SLAB, 40, COUNTS(5, 16) | 1ULL << 36);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, NULL), _i ? 0 : 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(each_word)
{
	struct fake_kernel *fk = slab_kernel();
	const struct finding *f = NULL;
	struct fk_result *r;

	if (cases[_i].at == 56)
		fk_add_layout(fk, L_page_memcg_data, 56, 8);
	if (cases[_i].at)
		fk_set_page_word(fk, SLAB, cases[_i].at, cases[_i].value);
	r = fk_run(fk);
	ck_assert_msg(r->n == (cases[_i].field ? 1 : 0), "%s: %zu findings", cases[_i].name, r->n);
	if (cases[_i].field) {
		ck_assert_msg(fk_count(r, FIND_PAGE_STATE, &f) == 1, "%s", cases[_i].name);
		ck_assert_uint_eq(f->pfn, SLAB);
		ck_assert_str_eq(f->field.name, cases[_i].field);
		ck_assert_uint_eq(f->field.found,
				  cases[_i].value == SECOND ? COUNTS(5, 16) : cases[_i].value);
		ck_assert_msg(f->field.has_expected ==
				      (cases[_i].expected || cases[_i].expected_is_zero),
			      "%s", cases[_i].name);
		ck_assert_uint_eq(f->field.expected, cases[_i].expected);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* On its node's partial list a slab is whole: left-overs of another use are wrong there. */
START_TEST(on_the_partial_list)
{
	static const struct {
		uint64_t at, value;
		const char *field;	/* NULL: sound */
	} words[] = {
		{ 8, FIRST, NULL }, { 8, 0, "slab.slab_cache" },
		{ 8, CACHES + 0x800, "slab.slab_cache" }, { 32, 0, NULL },
		{ 32, OBJECT(7), NULL }, { 32, OBJECT(7) + 8, "slab.freelist" },
		{ 32, 64, "slab.freelist" }, { 32, DIRECT + 0x1234, "slab.freelist" },
	};
	struct fake_kernel *fk = slab_kernel();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_set_flags(fk, SLAB, fk_flags(fk, SLAB) | PARTIAL);
	fk_set_page_word(fk, SLAB, words[_i].at, words[_i].value);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, words[_i].field ? 1 : 0);
	if (words[_i].field) {
		ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
		ck_assert_str_eq(f->field.name, words[_i].field);
		ck_assert_uint_eq(f->field.found, words[_i].value);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A list that is broken, or has a cache that is none, says nothing of any slab. */
START_TEST(a_list_that_is_not_whole)
{
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	fk_set_page_word(fk, SLAB, 8, FIRST ^ 1ULL << 20);
	switch (_i) {
	case 0:
		put(fk, SECOND + LIST + 8, HEAD, 8);
		break;
	case 1:
		put(fk, SECOND + OO, 0, 4);
		break;
	case 2:
		fake_vmcore_gap(fk_vmcore(fk), CACHES, PGC_EXCLUDED);
		break;
	default:
		put(fk, SECOND + LIST, FIRST + LIST, 8);
		break;
	}
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* One that was destroyed with objects left is on the list no more, and its slabs are sound. */
START_TEST(a_cache_that_was_destroyed)
{
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	fk_set_cache(fk, FIRST ^ 0x400, 256, 16, 0xdead000000000100ULL, 0xdead000000000122ULL);
	fk_set_page_word(fk, SLAB, 8, FIRST ^ 0x400);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The partial list of the first cache holds the slab, and one more. */

static void nothing(struct fake_kernel *fk _unused_)
{
}

static void next_bit(struct fake_kernel *fk)
{
	fk_set_page_word(fk, SLAB, FK_SLAB_LIST, fk_slab_link(FK_SLAB_B) ^ 1ULL << 20);
}

static void prev_null(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB_B, FK_SLAB_LIST + 8, 0);
}

static void too_many(struct fake_kernel *fk)
{
	put(fk, NODE + FK_NODE_NR_PARTIAL, 2 + 64, 8);
}

static void no_slab(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, FK_SLAB_B, 0xffffffff);
}

static void other_cache(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB_B, 8, SECOND);
}

static void full(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB_B, 40, COUNTS(16, 16));
}

static void frozen(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB_B, 40, COUNTS(5, 16) | 1ULL << 31);
}

static void none_free(struct fake_kernel *fk)
{
	fk_set_page_word(fk, FK_SLAB_B, 32, 0);
}

static void others_node(struct fake_kernel *fk)
{
	put(fk, SECOND + FK_CACHE_NODES, NODE, 8);
}

/* One slab is all that the list has: both of its ends. */
static void alone(struct fake_kernel *fk)
{
	const uint64_t head = NODE + FK_NODE_PARTIAL, link = fk_slab_link(SLAB);

	put(fk, NODE + FK_NODE_NR_PARTIAL, 1, 8);
	put(fk, head, link, 8);
	put(fk, head + 8, link, 8);
	fk_set_page_word(fk, SLAB, FK_SLAB_LIST, head);
	fk_set_page_word(fk, SLAB, FK_SLAB_LIST + 8, head);
}

static void alone_without_cache(struct fake_kernel *fk)
{
	alone(fk);
	fk_set_page_word(fk, SLAB, 8, 0);
}

static void alone_without_type(struct fake_kernel *fk)
{
	alone(fk);
	fk_set_mapcount(fk, SLAB, UINT32_MAX);
}

static void wrong_node(struct fake_kernel *fk)
{
	put(fk, FIRST + FK_CACHE_NODES, NODE ^ 1ULL << 33, 8);
	full(fk);
}

static void locked(struct fake_kernel *fk)
{
	put(fk, NODE, 1, 4);
	too_many(fk);
}

static const struct {
	const char *name;
	void (*plant)(struct fake_kernel *fk);
	enum finding_id id;	/* FINDING_IDS: none */
	uint64_t pfn;
	enum severity severity;
} lists[] = {
	{ "a sound one", nothing, FINDING_IDS, 0, SEV_NOTE },
	{ "next", next_bit, FIND_SLAB_LINKAGE, SLAB, SEV_CORRUPT },
	{ "prev", prev_null, FIND_SLAB_LINKAGE, FK_SLAB_B, SEV_CORRUPT },
	{ "nr_partial", too_many, FIND_SLAB_COUNTER, FINDING_NO_PFN, SEV_CORRUPT },
	{ "half done", locked, FIND_SLAB_COUNTER, FINDING_NO_PFN, SEV_NOTE },
	{ "no slab", no_slab, FIND_SLAB_LISTED, FK_SLAB_B, SEV_CORRUPT },
	{ "of another cache", other_cache, FIND_PAGE_STATE, FK_SLAB_B, SEV_CORRUPT },
	{ "full", full, FIND_PAGE_STATE, FK_SLAB_B, SEV_CORRUPT },
	{ "frozen", frozen, FIND_PAGE_STATE, FK_SLAB_B, SEV_CORRUPT },
	{ "without a free object", none_free, FIND_PAGE_STATE, FK_SLAB_B, SEV_SUSPECT },
	{ "another cache's list", others_node, FINDING_IDS, 0, SEV_NOTE },
	{ "one alone", alone, FINDING_IDS, 0, SEV_NOTE },
	{ "alone, without a cache", alone_without_cache, FIND_PAGE_STATE, SLAB, SEV_CORRUPT },
	{ "alone, without a type", alone_without_type, FIND_SLAB_LISTED, SLAB, SEV_CORRUPT },
	{ "the cache's pointer is wrong: nothing is on a list", wrong_node, FINDING_IDS, 0, SEV_NOTE },
};

START_TEST(on_the_list)
{
	struct fake_kernel *fk = slab_kernel();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_partial_list(fk);
	lists[_i].plant(fk);
	r = fk_run(fk);
	ck_assert_msg(r->n == (lists[_i].id != FINDING_IDS), "%s: %zu findings, first %s",
		      lists[_i].name, r->n, r->n ? finding_type(r->findings[0].id)->slug : "");
	if (lists[_i].id != FINDING_IDS) {
		ck_assert_msg(fk_count(r, lists[_i].id, &f) == 1, "%s", lists[_i].name);
		ck_assert_uint_eq(f->pfn, lists[_i].pfn);
		ck_assert_msg(f->severity == lists[_i].severity, "%s", lists[_i].name);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Free objects: what is written over one, or over slab.freelist. */

#define RANDOM 0x9d3c5f7712e4a8b6ULL
#define NO_OBJECT UINT64_MAX

static const struct {
	const char *name;
	uint64_t at;		/* whose free pointer; 0: slab.freelist; NO_OBJECT: nothing is changed */
	uint64_t next;		/* where it leads now */
	enum severity severity;	/* SEV_NOTE: nothing is found */
	uint64_t expected;	/* 0: none */
} objects[] = {
	{ "sound", NO_OBJECT, 0, SEV_NOTE, 0 },
	{ "one bit", OBJECT(6), OBJECT(7) ^ 1ULL << 40, SEV_CORRUPT, OBJECT(7) },
	{ "one in use", OBJECT(6), OBJECT(3), SEV_CORRUPT, OBJECT(7) },
	{ "inside an object", OBJECT(6), OBJECT(7) + 8, SEV_CORRUPT, OBJECT(7) },
	{ "noise", OBJECT(6), 0x0123456789abcdefULL, SEV_CORRUPT, 0 },
	{ "another slab's", OBJECT(6), FK_DIRECT + (FK_SLAB_B << 12), SEV_CORRUPT, 0 },
	{ "just beyond the last", OBJECT(6), OBJECT(16), SEV_CORRUPT, 0 },
	{ "to itself", OBJECT(6), OBJECT(6), SEV_CORRUPT, 0 },
	{ "to one before", OBJECT(9), OBJECT(6), SEV_CORRUPT, 0 },
	{ "one is left out", OBJECT(6), OBJECT(8), SEV_SUSPECT, 10 },
	{ "cut short", OBJECT(6), 0, SEV_SUSPECT, 2 },
	{ "the first is gone", 0, OBJECT(6), SEV_SUSPECT, 10 },
};

START_TEST(each_free_object)
{
	uint64_t random = _i % 2 ? RANDOM : 0, at = objects[_i / 2].at, next = objects[_i / 2].next;
	struct fake_kernel *fk = slab_kernel();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_partial_list(fk);
	fk_add_free_objects(fk, random);
	/* What an object in use has there is anything. */
	put(fk, OBJECT(3) + FK_FREE_POINTER, 0x123456789, 8);
	if (!at)
		fk_set_page_word(fk, SLAB, 32, next);
	else if (at != NO_OBJECT)
		put(fk, at + FK_FREE_POINTER,
		    random ? next ^ random ^ __builtin_bswap64(at + FK_FREE_POINTER) : next, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	ck_assert_uint_eq(r->sum.slabs.n, 2);
	ck_assert_uint_eq(r->sum.slabs.caches[0].slabs, 2);
	ck_assert_uint_eq(r->sum.slabs.caches[0].corrupt, objects[_i / 2].severity != SEV_NOTE);
	ck_assert_msg(fk_count(r, FIND_SLAB_FREELIST, &f) == (objects[_i / 2].severity != SEV_NOTE),
		      "%s", objects[_i / 2].name);
	if (f) {
		ck_assert_uint_eq(f->pfn, SLAB);
		ck_assert_msg(f->severity == objects[_i / 2].severity, "%s", objects[_i / 2].name);
	}
	if (f && f->severity == SEV_CORRUPT) {
		ck_assert_uint_eq(finding_fact(f, FACT_OBJECT)->num, at);
		ck_assert_uint_eq(finding_fact(f, FACT_SLOT)->num, (at - OBJECT(0)) / 256);
		ck_assert_uint_eq(f->field.found, next);
		ck_assert_int_eq(f->field.has_expected, objects[_i / 2].expected != 0);
		if (objects[_i / 2].expected)
			ck_assert_uint_eq(f->field.expected, objects[_i / 2].expected);
	} else if (f) {
		ck_assert_uint_eq(f->field.found, objects[_i / 2].expected);
		ck_assert_uint_eq(f->field.expected, 11);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/*
 * What a CPU keeps: a list of its own in the slab that it allocates from, and slabs put by; since
 * 7.0 a sheaf of objects of any slab.
 */
#define CPU_OWN (CACHES + 0xa00)	/* struct kmem_cache_cpu of the one CPU */
#define SHEAF (CACHES + 0xb00)

static struct fake_kernel *cpu_kernel(bool sheaves)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} slabs[] = {
		{ L_kmem_cache_cpu_slab, 8, 8 }, { L_kmem_cache_cpu_freelist, 0, 8 },
		{ L_kmem_cache_cpu_of, 16, 8 }, { L_kmem_cache_cpu_partial, 24, 8 },
		{ L_slab_next, 16, 8 },
	}, arrays[] = {
		{ L_kmem_cache_cpu_sheaves, 8, 8 }, { L_kmem_cache_sheaf_capacity, 44, 4 },
		{ L_percpu_sheaves_locked, 0, 1 }, { L_percpu_sheaves_main, 8, 8 },
		{ L_percpu_sheaves_spare, 16, 8 }, { L_slab_sheaf_cache, 16, 8 },
		{ L_slab_sheaf_size, 24, 4 }, { L_slab_sheaf_objects, 32, 0 },
	};
	struct fake_kernel *fk = slab_kernel();
	struct kernel *k;

	fk_add_partial_list(fk);
	fk_add_free_objects(fk, 0);
	for (size_t i = 0; i < (sheaves ? ARRAY_SIZE(arrays) : ARRAY_SIZE(slabs)); i++)
		fk_add_layout(fk, sheaves ? arrays[i].key : slabs[i].key,
			      sheaves ? arrays[i].value : slabs[i].value,
			      sheaves ? arrays[i].size : slabs[i].size);
	k = fk_open(fk);
	put(fk, FIRST + 8, CPU_OWN - k->cpus[0].offset, 8);
	kernel_destroy(k);
	return fk;
}

static uint64_t page_of(uint64_t pfn)
{
	return fk_slab_link(pfn) - FK_SLAB_LIST;
}

/* Objects 1 and 2 of the first slab are the CPU's, which counts them as in use. */
START_TEST(lists_of_a_cpu)
{
	static const struct {
		uint64_t first, next;
		bool found;
	} rows[] = {
		{ 1, OBJECT(2), false }, { 1, 0, false }, { 1, 0x1234, true }, { 1, OBJECT(1), true },
		/* an object that is on the slab's own list; a list of another slab, for a moment */
		{ 1, OBJECT(6), true }, { 0x777777, 0, false },
	};
	struct fake_kernel *fk = cpu_kernel(false);
	const struct finding *f = NULL;
	struct fk_result *r;

	put(fk, CPU_OWN, rows[_i].first == 1 ? OBJECT(1) : rows[_i].first, 8);
	put(fk, CPU_OWN + 16, page_of(SLAB), 8);
	put(fk, OBJECT(1) + FK_FREE_POINTER, rows[_i].next, 8);
	put(fk, OBJECT(2) + FK_FREE_POINTER, 0, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, &f), rows[_i].found);
	if (f) {
		ck_assert_int_eq(f->cpu, 0);
		ck_assert_uint_eq(f->pfn, SLAB);
		ck_assert_int_eq(f->severity, SEV_CORRUPT);
		ck_assert_uint_eq(finding_fact(f, FACT_OBJECT)->num, OBJECT(1));
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(slabs_that_a_cpu_put_by)
{
	struct fake_kernel *fk = cpu_kernel(false);
	struct fk_result *r;

	put(fk, CPU_OWN + 24, _i == 1 ? 0xffffea0000000123ULL : page_of(FK_SLAB_B), 8);
	/* In a ring, which is walked for a while. */
	if (_i == 2)
		fk_set_page_word(fk, FK_SLAB_B, 16, page_of(FK_SLAB_B));
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 0);
	ck_assert_uint_ge(r->sum.slabs.caches[0].slabs, _i == 1 ? 2 : 3);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(sheaves_of_a_cpu)
{
	static const struct {
		const char *name;
		uint64_t entry;		/* the second of three */
		uint8_t locked;
		uint32_t size;
		bool found;
		uint64_t cache;		/* that the slab names, if not its own */
	} rows[] = {
		{ "sound", OBJECT(2), 0, 3, false, 0 },
		{ "garbage", 0x123456789abcdefULL, 0, 3, true, 0 },
		{ "inside an object", OBJECT(2) + 8, 0, 3, true, 0 },
		{ "no slab's", FK_DIRECT + (FK_ORDER10 << 12), 0, 3, true, 0 },
		{ "twice", OBJECT(1), 0, 3, true, 0 },
		{ "on a slab's list, too", OBJECT(7), 0, 3, true, 0 },
		{ "the last is not there yet", 0x123456789abcdefULL, 0, 2, false, 0 },
		{ "under its lock", 0x123456789abcdefULL, 1, 3, false, 0 },
		{ "a size that is none", 0x123456789abcdefULL, 0, 0x7fffffff, false, 0 },
		{ "the slab's pointer is one bit away", OBJECT(2), 0, 3, false, FIRST ^ 1ULL << 20 },
		{ "the slab's pointer is another", OBJECT(2), 0, 3, true, FIRST ^ 3ULL << 20 },
		{ "of another cache", OBJECT(2), 0, 3, true, SECOND },
	};
	struct fake_kernel *fk = cpu_kernel(true);
	const struct finding *f = NULL;
	struct fk_result *r;

	put(fk, FIRST + 44, 8, 4);
	put(fk, CPU_OWN, rows[_i].locked, 1);
	put(fk, CPU_OWN + 8, SHEAF, 8);
	put(fk, SHEAF + 16, FIRST, 8);
	put(fk, SHEAF + 24, rows[_i].size, 4);
	put(fk, SHEAF + 32, OBJECT(1), 8);
	put(fk, SHEAF + 40, rows[_i].entry, 8);
	put(fk, SHEAF + 48, OBJECT(3), 8);
	if (rows[_i].cache)
		fk_set_page_word(fk, SLAB, 8, rows[_i].cache);
	r = fk_run(fk);
	ck_assert_msg(!fk_count(r, FIND_SLAB_FREELIST, &f) == !rows[_i].found, "%s", rows[_i].name);
	if (f) {
		ck_assert_msg(f->severity == SEV_CORRUPT, "%s", rows[_i].name);
		ck_assert_uint_eq(r->sum.slabs.caches[0].corrupt, rows[_i].cache ? 2 : 1);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The full sheaves of a node, in its barn: two, of two objects each; and what kfree_rcu() put by. */
#define BARN (CACHES + 0xc00)
#define FULL(i) (CACHES + 0xc80 + 0x40 * (i))

static void put_sheaf(struct fake_kernel *fk, uint64_t sheaf, uint64_t next, uint64_t prev,
		      unsigned int object)
{
	put(fk, sheaf, next, 8);
	put(fk, sheaf + 8, prev, 8);
	put(fk, sheaf + 16, FIRST, 8);
	put(fk, sheaf + 24, 2, 4);
	put(fk, sheaf + 32, OBJECT(object), 8);
	put(fk, sheaf + 40, OBJECT(object + 1), 8);
}

static struct fake_kernel *barn_kernel(bool in_node)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_percpu_sheaves_rcu_free, 24, 8 }, { L_slab_sheaf_barn_list, 0, 16 },
		{ L_node_barn_lock, 0, 4 }, { L_node_barn_full, 8, 16 },
		{ L_node_barn_nr_full, 24, 4 },
	};
	struct fake_kernel *fk = cpu_kernel(true);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
	if (in_node) {
		fk_add_layout(fk, L_kmem_cache_node_barn, 80, 8);
		put(fk, NODE + 80, BARN, 8);
	} else {
		fk_add_layout(fk, L_kmem_cache_nr_nodes, 1, 0);
		fk_add_layout(fk, L_per_node_ptrs_barn, 8, 8);
		put(fk, FIRST + FK_CACHE_NODES + 8, BARN, 8);
	}
	put(fk, FIRST + 44, 2, 4);
	put(fk, BARN + 8, FULL(0), 8);
	put(fk, BARN + 16, FULL(1), 8);
	put(fk, BARN + 24, 2, 4);
	put_sheaf(fk, FULL(0), FULL(1), BARN + 8, 0);
	put_sheaf(fk, FULL(1), BARN + 8, FULL(0), 2);
	return fk;
}

START_TEST(sheaves_of_a_node)
{
	static const struct {
		const char *name;
		uint64_t at, value;
		uint64_t place;		/* that is named; 0: nothing is found */
	} rows[] = {
		{ "sound", FULL(0) + 40, OBJECT(1), 0 },
		{ "the last entry", FULL(1) + 40, 0x123456789abcdefULL, FULL(1) + 40 },
		{ "in two sheaves", FULL(1) + 32, OBJECT(0), FULL(1) + 32 },
		{ "on a slab's list, too", FULL(0) + 32, OBJECT(7), UINT64_MAX },
		{ "another cache's sheaf", FULL(0) + 16, SECOND, 0 },
		{ "one bit of a link", FULL(0), FULL(1) ^ 1ULL << 44, FULL(0) },
		{ "a sheaf that is not in the dump", FULL(0), DIRECT + 0x5000, 0 },
		{ "a link into a sheaf", FULL(0), FULL(1) + 8, FULL(0) },
		{ "a link to nowhere", FULL(0), 0x4141414141414141ULL, FULL(0) },
		{ "one too many", BARN + 24, 3, BARN + 24 },
		{ "an address that is none", NODE + 80, 0x4141414141414141ULL, 0 },
	};
	struct fake_kernel *fk = barn_kernel(true);
	const struct finding *f = NULL;
	struct fk_result *r;

	put(fk, rows[_i].at, rows[_i].value, 8);
	r = fk_run(fk);
	ck_assert_msg(fk_count(r, FIND_SLAB_FREELIST, &f) == (rows[_i].place != 0), "%s",
		      rows[_i].name);
	if (f && rows[_i].place != UINT64_MAX)
		ck_assert_msg(finding_fact(f, FACT_FIELD_KADDR)->num == rows[_i].place, "%s",
			      rows[_i].name);
	fk_result_free(r);
	/* Under the lock anything may be half done. */
	put(fk, BARN, 1, 4);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Since 7.0 the cache itself has the pointer to a node's barn, beside that to the node. */
START_TEST(barns_beside_nodes)
{
	struct fake_kernel *fk = barn_kernel(false);
	struct fk_result *r;

	put(fk, BARN + 24, 3, 4);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

START_TEST(sheaves_of_kfree_rcu)
{
	struct fake_kernel *fk = barn_kernel(true);
	struct fk_result *r;

	/* What a CPU's sheaf has last may not be there yet. */
	put(fk, CPU_OWN + 24, SHEAF, 8);
	put_sheaf(fk, SHEAF, 0, 0, 1);
	put(fk, SHEAF + 32, _i ? OBJECT(1) + 8 : OBJECT(4), 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), _i);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* slab_debug=: objects of 128 bytes with 8 before and 8 behind, free ones poisoned. */

#define PAD 8
#define USED(i) (OBJECT(i) + PAD)

static void put_bytes(struct fake_kernel *fk, uint64_t at, uint8_t value, size_t n)
{
	memset(fake_vmcore_at(fk_vmcore(fk), at), value, n);
}

static void debug_object(struct fake_kernel *fk, uint64_t pfn, unsigned int i)
{
	uint64_t at = FK_DIRECT + (pfn << 12) + 256 * i, next = i < 15 ? at + 256 + PAD : 0;
	bool is_free = i >= 5;

	put_bytes(fk, at, is_free ? 0xbb : 0xcc, PAD);
	put_bytes(fk, at + PAD + 128, is_free ? 0xbb : 0xcc, 8);
	put_bytes(fk, at + PAD, is_free ? 0x6b : 0x11, 127);
	put_bytes(fk, at + PAD + 127, is_free ? 0xa5 : 0x11, 1);
	put(fk, at + PAD + 136, is_free ? next : 0, 8);
}

static struct fake_kernel *debug_kernel(bool enumerated)
{
	struct fake_kernel *fk = slab_kernel();

	fk_add_partial_list(fk);
	fk_add_free_objects(fk, 0);
	fk_add_layout(fk, L_kmem_cache_red_left_pad, 44, 4);
	fk_add_layout(fk, L_kmem_cache_object_size, 56, 4);
	fk_add_layout(fk, L_kmem_cache_inuse, 60, 4);
	fk_add_layout(fk, L_kmem_cache_flags, 64, 4);
	if (enumerated)
		fk_add_layout(fk, L_SLAB_OBJECT_POISON, 17, 0);
	put(fk, FIRST + FK_CACHE_OFFSET, 136, 4);
	put(fk, FIRST + 44, PAD, 4);
	put(fk, FIRST + 56, 128, 4);
	put(fk, FIRST + 60, 136, 4);
	put(fk, FIRST + 64, enumerated ? 1 << 17 : 1U << 31, 4);
	for (unsigned int i = 0; i < 16; i++) {
		debug_object(fk, SLAB, i);
		debug_object(fk, FK_SLAB_B, i);
	}
	fk_set_page_word(fk, SLAB, 32, USED(5));
	fk_set_page_word(fk, FK_SLAB_B, 32, FK_DIRECT + (FK_SLAB_B << 12) + 256 * 5 + PAD);
	return fk;
}

START_TEST(bytes_around_objects)
{
	static const struct {
		const char *name;
		uint64_t at;	/* 0: nothing is changed */
		uint8_t found, expected; /* the same: it is not noticed */
	} rows[] = {
		{ "sound", 0, 0, 0 },
		{ "before a free one", USED(6) - 1, 0, 0xbb },
		{ "before one in use", USED(2) - PAD, 0xbb, 0xcc },
		{ "behind a free one", USED(6) + 128, 0x41, 0xbb },
		{ "behind one in use", USED(2) + 135, 0xcd, 0xcc },
		{ "the first byte of a free one", USED(7), 0x6a, 0x6b },
		{ "the last", USED(7) + 127, 0x6b, 0xa5 },
		{ "one in use is its user's", USED(2), 0x6a, 0x6a },
	};
	struct fake_kernel *fk = debug_kernel(_i % 2);
	uint64_t at = rows[_i / 2].at;
	bool found = rows[_i / 2].found != rows[_i / 2].expected;
	const struct finding *f = NULL;
	struct fk_result *r;

	if (at)
		put_bytes(fk, at, rows[_i / 2].found, 1);
	r = fk_run(fk);
	ck_assert_msg(fk_count(r, FIND_SLAB_OBJECT, &f) == found, "%s", rows[_i / 2].name);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 0);
	if (f) {
		ck_assert_uint_eq(f->pfn, SLAB);
		ck_assert_uint_eq(f->field.found, rows[_i / 2].found);
		ck_assert_uint_eq(f->field.expected, rows[_i / 2].expected);
		ck_assert_uint_eq(finding_fact(f, FACT_FIELD_KADDR)->num, at);
		ck_assert_uint_eq(finding_fact(f, FACT_OBJECT)->num,
				  USED((at - OBJECT(0)) / 256));
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The list is cut short by what was written: the objects themselves say that they are free. */
START_TEST(a_cleared_object)
{
	struct fake_kernel *fk = debug_kernel(true);
	const struct finding *f = NULL;
	struct fk_result *r;

	put_bytes(fk, USED(7), 0, 144);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 1);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_OBJECT, &f), 2);
	ck_assert_uint_eq(finding_fact(f, FACT_SLOT)->num, 7);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The second slab is full, and on the list of such. */
START_TEST(on_the_list_of_full_slabs)
{
	struct fake_kernel *fk = debug_kernel(true);
	const uint64_t full = NODE + 64, partial = NODE + FK_NODE_PARTIAL;
	const uint64_t start = FK_DIRECT + (FK_SLAB_B << 12), at = start + 256 * 9 + PAD;
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_layout(fk, L_kmem_cache_node_full, 64, 16);
	put(fk, NODE + FK_NODE_NR_PARTIAL, 1, 8);
	put(fk, partial, fk_slab_link(SLAB), 8);
	put(fk, partial + 8, fk_slab_link(SLAB), 8);
	fk_set_page_word(fk, SLAB, FK_SLAB_LIST, partial);
	fk_set_page_word(fk, SLAB, FK_SLAB_LIST + 8, partial);
	put(fk, full, fk_slab_link(FK_SLAB_B), 8);
	put(fk, full + 8, fk_slab_link(FK_SLAB_B), 8);
	fk_set_page_word(fk, FK_SLAB_B, FK_SLAB_LIST, full);
	/* Where a link does not lead back the list is not followed. */
	fk_set_page_word(fk, FK_SLAB_B, FK_SLAB_LIST + 8, _i == 2 ? full ^ 64 : full);
	fk_set_page_word(fk, FK_SLAB_B, 32, 0);
	fk_set_page_word(fk, FK_SLAB_B, 40, FK_SLAB_COUNTS(16, 16));
	for (unsigned int i = 5; i < 16; i++) {
		put_bytes(fk, start + 256 * i, 0xcc, PAD);
		put_bytes(fk, start + 256 * i + PAD + 128, 0xcc, 8);
	}
	if (_i)
		put_bytes(fk, at + 130, 'x', 1);
	r = fk_run(fk);
	ck_assert_uint_eq(r->sum.slabs.caches[0].slabs, _i == 2 ? 1 : 2);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_OBJECT, &f), _i == 1);
	if (f) {
		ck_assert_uint_eq(f->pfn, FK_SLAB_B);
		ck_assert_uint_eq(finding_fact(f, FACT_OBJECT)->num, at);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* slab_debug=U: two struct track behind the free pointer. */
START_TEST(users_of_an_object)
{
	struct fake_kernel *fk = debug_kernel(_i != 1);
	const uint64_t at = USED(6) + 144;
	struct slab_user alloc, freed;
	struct kernel *k;
	bool known;

	fk_add_layout(fk, L_track, 32, 0);
	fk_add_layout(fk, L_track_addr, 0, 8);
	fk_add_layout(fk, L_track_handle, 8, 4);
	fk_add_layout(fk, L_track_pid, 16, 4);
	/* By the name of the flag's bit, by its old place, not set, behind the object's end, written over. */
	if (_i != 1)
		fk_add_layout(fk, L_SLAB_STORE_USER, 7, 0);
	put(fk, FIRST + 64, _i == 1 ? 1 << 16 : _i == 2 ? 1 << 8 : 1 << 7, 4);
	if (_i == 3)
		put(fk, FIRST + 60, 200, 4);
	put(fk, at, _i == 4 ? 0x6b6b6b6b6b6b6b6bULL : _i == 6 ? 0xbbbbbbbbbbbbbbbbULL : 0xffffffff81001234ULL, 8);
	put(fk, at + 8, 77, 4);
	put(fk, at + 16, _i == 5 ? 0x80000000 : 4711, 4);
	put(fk, at + 32, 0xffffffff81005678ULL, 8);
	k = fk_open(fk);
	known = slab_users_read(kernel_reader_of(k, fk_vmcore(fk)), SLAB, USED(6), &alloc, &freed);
	ck_assert_int_eq(known, _i < 2);
	if (known) {
		ck_assert_uint_eq(alloc.addr, 0xffffffff81001234ULL);
		ck_assert_uint_eq(alloc.handle, 77);
		ck_assert_int_eq(alloc.pid, 4711);
		ck_assert_uint_eq(freed.addr, 0xffffffff81005678ULL);
	}
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Sizes that do not fit into each other are nothing to go by. */
START_TEST(zones_that_are_none)
{
	struct fake_kernel *fk = debug_kernel(true);
	struct fk_result *r;

	put(fk, FIRST + (_i ? 56 : 60), _i == 1 ? 137 : 0xfffffff0, 4);
	put_bytes(fk, USED(6) - 1, 0, 1);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_OBJECT, NULL), 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Words that are impossible are the walk's to report; memory that is not there is said. */
START_TEST(slabs_that_are_not_checked)
{
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	fk_add_partial_list(fk);
	fk_add_free_objects(fk, 0);
	if (_i == 0)
		put(fk, FIRST + FK_CACHE_OFFSET, 0xfffffff8, 4);
	else if (_i == 1)
		put(fk, FIRST + FK_CACHE_OFFSET, 249, 4);
	else if (_i == 2)
		fk_set_page_word(fk, SLAB, 40, FK_SLAB_COUNTS(5, 0x7fff));
	else
		fake_vmcore_gap(fk_vmcore(fk), OBJECT(0), PGC_EXCLUDED);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SLAB_FREELIST, NULL), 0);
	ck_assert_uint_eq(r->sum.slabs.caches[0].unread, _i == 3);
	ck_assert_uint_eq(r->sum.n_limits, _i == 3);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Indexes: pages of one owner, one of them far from the others. */

#define OWNER CACHES		/* an address_space, or an anon_vma whose tree has one VMA */
#define INODE (CACHES + 0x100)
#define CHAIN (CACHES + 0x200)
#define VMA (CACHES + 0x300)
#define PGOFF 0x7f1234000ULL

static struct fake_kernel *owner_kernel(bool anon, uint64_t size)
{
	static const struct {
		enum layout_key key;
		uint64_t value;
	} rows[] = {
		{ L_page_index, 32 }, { L_address_space_host, 0 }, { L_inode_i_size, 64 },
		{ L_anon_vma_rb_root, 0x48 }, { L_anon_vma_chain_vma, 0 }, { L_anon_vma_chain_rb, 32 },
		{ L_rb_node_rb_left, 16 }, { L_rb_node_rb_right, 8 }, { L_vma_vm_start, 0 },
		{ L_vma_vm_end, 8 }, { L_vma_vm_pgoff, 80 },
	};
	struct fake_kernel *fk = fk_create();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, 8);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), CACHES, 0x1000));
	put(fk, OWNER, INODE, 8);
	put(fk, INODE + 64, size, 8);
	put(fk, OWNER + 0x48, CHAIN + 32, 8);
	put(fk, CHAIN, VMA, 8);
	put(fk, VMA, PGOFF << 12, 8);
	put(fk, VMA + 8, (PGOFF << 12) + size, 8);
	put(fk, VMA + 80, PGOFF, 8);
	for (uint64_t i = 0; i < 4; i++) {
		fk_set_mapping(fk, FK_ANON + i, OWNER | anon);
		fk_set_mapcount(fk, FK_ANON + i, anon ? 0 : UINT32_MAX);
		fk_set_page_word(fk, FK_ANON + i, 32, (anon ? PGOFF : 0) + i);
	}
	return fk;
}

static const struct {
	const char *name;
	bool anon;
	uint64_t size, wrong;	/* bit of an index, of the third page */
	bool mapped, found;
} indexes[] = {
	{ "a file", false, 0x8000, 0, true, false },
	{ "beyond its size", false, 0x8000, 1ULL << 24, true, true },
	{ "beyond it by little", false, 0x8000, 1ULL << 13, true, false },
	{ "of a larger one", false, 1ULL << 40, 1ULL << 24, true, false },
	{ "of a file system's own inode", false, 0, 1ULL << 24, true, false },
	{ "anonymous", true, 0x8000, 0, true, false },
	{ "outside of its VMA", true, 0x8000, 1ULL << 20, true, true },
	{ "near by", true, 0x8000, 1ULL << 8, true, false },
	{ "of a larger VMA", true, 1ULL << 36, 1ULL << 20, true, false },
	{ "mapped by none", true, 0x8000, 1ULL << 20, false, false },
};

START_TEST(each_index)
{
	struct fake_kernel *fk = owner_kernel(indexes[_i].anon, indexes[_i].size);
	uint64_t right = (indexes[_i].anon ? PGOFF : 0) + 2, wrong = right ^ indexes[_i].wrong;
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_set_page_word(fk, FK_ANON + 2, 32, wrong);
	if (!indexes[_i].mapped)
		fk_set_mapcount(fk, FK_ANON + 2, UINT32_MAX);
	r = fk_run(fk);
	ck_assert_msg(r->n == (indexes[_i].found ? 1 : 0), "%s: %zu findings", indexes[_i].name,
		      r->n);
	if (indexes[_i].found) {
		ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, &f), 1);
		ck_assert_uint_eq(f->pfn, FK_ANON + 2);
		ck_assert_str_eq(f->field.name, "page.index");
		ck_assert_uint_eq(f->field.found, wrong);
		ck_assert_uint_eq(f->field.expected, right);
		ck_assert_int_eq(f->severity, SEV_SUSPECT);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Several pages there are no flipped bit: a file that is being cut short, or one with a hole. */
START_TEST(in_company)
{
	struct fake_kernel *fk = owner_kernel(false, 0x8000);
	struct fk_result *r;

	fk_set_page_word(fk, FK_ANON + 2, 32, 1ULL << 24);
	fk_set_page_word(fk, FK_ANON + 3, 32, (1ULL << 24) + 1);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A tree that leads round and round, and one whose nodes are not there. */
START_TEST(a_tree_that_is_none)
{
	struct fake_kernel *fk = owner_kernel(true, 0x8000);
	struct fk_result *r;

	if (_i)
		put(fk, CHAIN + 32 + 8, CHAIN + 32, 8);
	else
		put(fk, CHAIN + 32 + 16, 0xffff888fff000000ULL, 8);
	fk_set_page_word(fk, FK_ANON + 2, 32, PGOFF ^ 1ULL << 20);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A pointer with a tag, which memory is read by as well. */
static uint64_t with_tag(uint64_t pointer)
{
	return (pointer & (UINT64_MAX >> 8)) | 0xf3ULL << 56;
}

static void tag(struct fake_kernel *fk, uint64_t at)
{
	uint64_t word;

	memcpy(&word, fake_vmcore_at(fk_vmcore(fk), at), sizeof(word));
	put(fk, at, with_tag(word), sizeof(word));
}

/* Where pointers have tags, caches and links are found by them; elsewhere each is wrong. */
START_TEST(pointers_with_tags)
{
	static const uint64_t links[] = { HEAD, FIRST + LIST, SECOND + LIST + 8 };
	struct fake_kernel *fk = slab_kernel();
	struct fk_result *r;

	fake_vmcore_arch(fk_vmcore(fk), &arch_arm64);
	fk_add_layout(fk, L_free_pages, 0xffffffff81000100, 0);
	if (_i)
		fk_add_layout(fk, L_kasan_report, 0xffffffff81000200, 0);
	fk_add_partial_list(fk);
	tag(fk, page_of(SLAB) + 8);
	/* Without these nothing of any slab is known. */
	for (size_t i = 0; _i && i < ARRAY_SIZE(links); i++)
		tag(fk, links[i]);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, _i ? 0 : 1);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_STATE, NULL), r->n);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slab");
	TCase *tc = tcase_create("slab");

	tcase_add_loop_test(tc, each_word, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, the_upper_half, 0, 2);
	tcase_add_test(tc, a_false_distance);
	tcase_add_loop_test(tc, on_the_partial_list, 0, 8);
	tcase_add_loop_test(tc, a_list_that_is_not_whole, 0, 4);
	tcase_add_test(tc, a_cache_that_was_destroyed);
	tcase_add_loop_test(tc, pointers_with_tags, 0, 2);
	tcase_add_loop_test(tc, on_the_list, 0, (int)ARRAY_SIZE(lists));
	tcase_add_loop_test(tc, each_free_object, 0, 2 * (int)ARRAY_SIZE(objects));
	tcase_add_loop_test(tc, lists_of_a_cpu, 0, 6);
	tcase_add_loop_test(tc, slabs_that_a_cpu_put_by, 0, 3);
	tcase_add_loop_test(tc, sheaves_of_a_cpu, 0, 12);
	tcase_add_loop_test(tc, sheaves_of_a_node, 0, 11);
	tcase_add_test(tc, barns_beside_nodes);
	tcase_add_loop_test(tc, sheaves_of_kfree_rcu, 0, 2);
	tcase_add_loop_test(tc, bytes_around_objects, 0, 16);
	tcase_add_test(tc, a_cleared_object);
	tcase_add_loop_test(tc, on_the_list_of_full_slabs, 0, 3);
	tcase_add_loop_test(tc, users_of_an_object, 0, 7);
	tcase_add_loop_test(tc, zones_that_are_none, 0, 3);
	tcase_add_loop_test(tc, slabs_that_are_not_checked, 0, 4);
	tcase_add_loop_test(tc, each_index, 0, (int)ARRAY_SIZE(indexes));
	tcase_add_test(tc, in_company);
	tcase_add_loop_test(tc, a_tree_that_is_none, 0, 2);
	return unit_run_case(suite, tc);
}
