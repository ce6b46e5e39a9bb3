/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page cache: what is changed in one that is sound, and what is said of it. */
#include <string.h>

#include "base/array.h"
#include "fake_cache.h"
#include "fake_vmcore.h"
#include "unit.h"

#define MAPPING (FC_INODE + FC_I_DATA)
#define MAPPING_B (FC_INODE_B + FC_I_DATA)
#define PAGE(pfn) (FK_MEMMAP + (pfn) * FK_PAGE_SIZE_OF)
#define SLOT(node, i) ((node) + FC_SLOTS + 8 * (i))
#define MARK(node, i) ((node) + FC_MARKS + 8 * (i))

/* One word that is changed, and the finding that names it. */
static const struct {
	const char *name;
	uint64_t at;
	size_t len;
	uint64_t value;
	enum finding_id id;
	uint64_t pfn;		/* of the finding */
	uint64_t index;
	uint64_t kaddr;		/* of the word that it names; 0: it is not looked at */
	uint64_t expected;	/* 0: none, or not looked at */
} words[] = {
	{ "entry to another file's page", SLOT(FC_LEAF, 3), 8, PAGE(FC_ONLY), FIND_CACHE_ENTRY, FC_ONLY,
	  3, SLOT(FC_LEAF, 3), PAGE(FC_PAGE) },
	{ "entry to the page of another index", SLOT(FC_LEAF, 3), 8, PAGE(FC_WRITTEN), FIND_CACHE_ENTRY,
	  FC_WRITTEN, 3, SLOT(FC_LEAF, 3), PAGE(FC_PAGE) },
	{ "entry to a page of no file", SLOT(FC_LEAF, 3), 8, PAGE(FC_OTHER), FIND_CACHE_ENTRY, FC_OTHER,
	  3, SLOT(FC_LEAF, 3), PAGE(FC_PAGE) },
	{ "entry with a flipped bit", SLOT(FC_LEAF, 3), 8, PAGE(FC_PAGE) ^ 1ULL << 40, FIND_CACHE_ENTRY,
	  FINDING_NO_PFN, 3, SLOT(FC_LEAF, 3), PAGE(FC_PAGE) },
	{ "entry to a tail", SLOT(FC_LEAF, 3), 8, PAGE(FC_FOLIO + 1), FIND_CACHE_ENTRY, FC_FOLIO + 1, 3,
	  SLOT(FC_LEAF, 3), PAGE(FC_PAGE) },
	{ "entry cleared", SLOT(FC_LEAF, 3), 8, 0, FIND_CACHE_PAGE, FC_PAGE, 3, SLOT(FC_LEAF, 3),
	  PAGE(FC_PAGE) },
	{ "entry is a value", SLOT(FC_LEAF, 3), 8, 0x77, FIND_CACHE_PAGE, FC_PAGE, 3, SLOT(FC_LEAF, 3),
	  PAGE(FC_PAGE) },
	{ "entry doubled", SLOT(FC_LEAF, 20), 8, PAGE(FC_PAGE), FIND_CACHE_ENTRY, FC_PAGE, 20,
	  SLOT(FC_LEAF, 20), 0 },
	{ "the only entry", MAPPING_B + FC_I_PAGES + FC_XA_HEAD, 8, PAGE(FC_PAGE), FIND_CACHE_ENTRY,
	  FC_PAGE, 0, MAPPING_B + FC_I_PAGES + FC_XA_HEAD, PAGE(FC_ONLY) },
	{ "a retry entry", SLOT(FC_LEAF, 30), 8, 0x402, FIND_CACHE_NODE, FINDING_NO_PFN, 30,
	  SLOT(FC_LEAF, 30), 0 },
	{ "a sibling of nothing", SLOT(FC_LEAF, 30), 8, 29 << 2 | 2, FIND_CACHE_NODE, FINDING_NO_PFN, 30,
	  SLOT(FC_LEAF, 30), 0 },
	{ "a sibling less", SLOT(FC_LEAF, 11), 8, 0, FIND_CACHE_NODE, FINDING_NO_PFN, 8,
	  SLOT(FC_LEAF, 10), 0 },
	{ "order", PAGE(FC_FOLIO + 1), 1, 3, FIND_CACHE_ENTRY, FC_FOLIO, 8, 0, 3 },
	{ "index", PAGE(FC_PAGE) + FC_P_INDEX, 8, 4, FIND_CACHE_PAGE, FC_PAGE, 3,
	  PAGE(FC_PAGE) + FC_P_INDEX, 3 },
	{ "mapping of another file", PAGE(FC_PAGE) + FC_P_MAPPING, 8, MAPPING_B, FIND_CACHE_PAGE, FC_PAGE,
	  3, PAGE(FC_PAGE) + FC_P_MAPPING, MAPPING },
	{ "mapping with the anon bit", PAGE(FC_PAGE) + FC_P_MAPPING, 8, MAPPING + 1, FIND_CACHE_PAGE,
	  FC_PAGE, 3, PAGE(FC_PAGE) + FC_P_MAPPING, MAPPING },
	{ "mapping cleared", PAGE(FC_PAGE) + FC_P_MAPPING, 8, 0, FIND_CACHE_PAGE, FC_PAGE, 3,
	  PAGE(FC_PAGE) + FC_P_MAPPING, MAPPING },
	{ "nrpages", MAPPING + FC_NRPAGES, 8, 7, FIND_CACHE_COUNT, FINDING_NO_PFN, 0,
	  MAPPING + FC_NRPAGES, 6 },
	{ "count", FC_LEAF + FC_COUNT, 1, 7, FIND_CACHE_NODE, FINDING_NO_PFN, 0, FC_LEAF + FC_COUNT, 6 },
	{ "nr_values", FC_LEAF + FC_VALUES, 1, 3, FIND_CACHE_NODE, FINDING_NO_PFN, 0,
	  FC_LEAF + FC_VALUES, 1 },
	{ "shift", FC_LEAF + FC_SHIFT, 1, 1, FIND_CACHE_NODE, FINDING_NO_PFN, 0, FC_LEAF + FC_SHIFT, 0 },
	{ "shift of the first", FC_ROOT + FC_SHIFT, 1, 12, FIND_CACHE_NODE, FINDING_NO_PFN, 0,
	  FC_ROOT + FC_SHIFT, 6 },
	{ "offset", FC_LEAF_B + FC_OFFSET, 1, 3, FIND_CACHE_NODE, FINDING_NO_PFN, 64,
	  FC_LEAF_B + FC_OFFSET, 1 },
	{ "parent", FC_LEAF_B + FC_PARENT, 8, FC_LEAF, FIND_CACHE_NODE, FINDING_NO_PFN, 64,
	  FC_LEAF_B + FC_PARENT, FC_ROOT },
	{ "array", FC_LEAF_B + FC_ARRAY, 8, 1, FIND_CACHE_NODE, FINDING_NO_PFN, 64, FC_LEAF_B + FC_ARRAY,
	  MAPPING + FC_I_PAGES },
	{ "pointer to a node", SLOT(FC_ROOT, 1), 8, (FC_LEAF_B + 2) ^ 1ULL << 20, FIND_CACHE_NODE,
	  FINDING_NO_PFN, 64, SLOT(FC_ROOT, 1), FC_LEAF_B + 2 },
	{ "pointer into a node", SLOT(FC_ROOT, 1), 8, (FC_LEAF_B + 2) ^ 4, FIND_CACHE_NODE,
	  FINDING_NO_PFN, 64, SLOT(FC_ROOT, 1), FC_LEAF_B + 2 },
	{ "pointer to nothing", SLOT(FC_ROOT, 1), 8, 0xffff88801234560aULL, FIND_CACHE_NODE,
	  FINDING_NO_PFN, 64, SLOT(FC_ROOT, 1), 0 },
	{ "the head", MAPPING + FC_I_PAGES + FC_XA_HEAD, 8, (FC_ROOT + 2) ^ 1ULL << 9, FIND_CACHE_NODE,
	  FINDING_NO_PFN, 0, MAPPING + FC_I_PAGES + FC_XA_HEAD, FC_ROOT + 2 },
	{ "mark of the node above", MARK(FC_ROOT, 0), 8, 1, FIND_CACHE_NODE, FINDING_NO_PFN, 0,
	  MARK(FC_ROOT, 0), 0 },
	{ "mark of an empty slot", MARK(FC_LEAF_B, 1), 8, 1 << 6 | 1, FIND_CACHE_NODE, FINDING_NO_PFN,
	  64, MARK(FC_LEAF_B, 1), 1 << 6 },
	{ "writeback without a mark", MARK(FC_LEAF_B, 1), 8, 0, FIND_CACHE_TAG, FC_WRITTEN, 70, 0, 1 },
	{ "references", PAGE(FC_FOLIO) + 52, 4, 3, FIND_CACHE_PAGE, FC_FOLIO, 8, PAGE(FC_FOLIO) + 52, 0 },
};

static void assert_found(struct fk_result *r, const char *name, enum finding_id id, uint64_t pfn,
			 uint64_t index, uint64_t kaddr, uint64_t expected)
{
	const struct finding *f = NULL;

	for (size_t i = 0; i < r->n && !f; i++)
		if (r->findings[i].id == id && r->findings[i].pfn == pfn)
			f = &r->findings[i];
	ck_assert_msg(f != NULL, "%s: not found", name);
	ck_assert_msg(f->severity != SEV_NOTE, "%s: a note", name);
	ck_assert_str_eq(finding_fact(f, FACT_FILE_SYSTEM)->str, "ext4");
	ck_assert_str_eq(finding_fact(f, FACT_DEVICE)->str, "vda1");
	ck_assert_uint_ge(finding_fact(f, FACT_INODE)->num, 12);
	ck_assert_msg(finding_fact(f, FACT_INDEX)->num == index, "%s: index", name);
	if (kaddr)
		ck_assert_msg(finding_fact(f, FACT_FIELD_KADDR)->num == kaddr, "%s: place", name);
	if (expected)
		ck_assert_msg(f->field.has_expected && f->field.expected == expected, "%s: right word",
			      name);
}

START_TEST(each_word)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fc_add(fk);
	fc_put(fk, words[_i].at, words[_i].value, words[_i].len);
	r = fk_run(fk);
	assert_found(r, words[_i].name, words[_i].id, words[_i].pfn, words[_i].index, words[_i].kaddr,
		     words[_i].expected);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Two slots are exchanged, or two pages' words: which it was is seen by those of the other one. */
START_TEST(exchanged)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fc_add(fk);
	fc_put(fk, SLOT(FC_LEAF, 3), PAGE(_i ? FC_ONLY : FC_WRITTEN), 8);
	fc_put(fk, _i ? MAPPING_B + FC_I_PAGES + FC_XA_HEAD : SLOT(FC_LEAF_B, 6), PAGE(FC_PAGE), 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_PAGE, NULL), 0);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_ENTRY, &f), 2);
	ck_assert(f->field.has_expected);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The other file has a large folio there, which is sound: it is the page's word that is wrong. */
START_TEST(within_a_folio)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fc_add(fk);
	fc_set_page(fk, FC_ONLY, MAPPING, 10);
	/* The file has it at index 10 as well: its array is a node. */
	fc_put(fk, MAPPING_B + FC_I_PAGES + FC_XA_HEAD, FC_SWAP + 2, 8);
	fc_put(fk, FC_SWAP + FC_COUNT, 1, 1);
	fc_put(fk, FC_SWAP + FC_ARRAY, MAPPING_B + FC_I_PAGES, 8);
	fc_put(fk, SLOT(FC_SWAP, 10), PAGE(FC_ONLY), 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_ENTRY, NULL), 0);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_PAGE, &f), 1);
	ck_assert_uint_eq(f->field.expected, MAPPING_B);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* All is well: counts are right, and nothing is found. */
START_TEST(a_sound_one)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fc_add(fk);
	if (_i == 1)
		fc_add_swap(fk);
	else if (_i == 2)
		fc_add_swap_table(fk);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	ck_assert_uint_eq(r->sum.cache.n, _i ? 3 : 2);
	ck_assert_str_eq(r->sum.cache.list[0].fs.type, "ext4");
	ck_assert_uint_eq(r->sum.cache.list[0].inodes, 2);
	ck_assert_uint_eq(r->sum.cache.list[0].files, 2);
	ck_assert_uint_eq(r->sum.cache.list[0].pages, 7);
	ck_assert_uint_eq(r->sum.cache.list[0].values, 1);
	if (_i)
		ck_assert_uint_eq(r->sum.cache.list[2].pages, 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What is locked, or not there, is not checked, and said. */
START_TEST(not_checked)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fc_add(fk);
	/* It would be found. */
	fc_put(fk, SLOT(FC_LEAF, 3), 0, 8);
	if (_i == 0)
		fc_put(fk, MAPPING + FC_I_PAGES, 1, 4);
	else
		fake_vmcore_gap(fk_vmcore(fk), FC_ROOT, PGC_EXCLUDED);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.cache.list[0].locked, _i == 0);
	ck_assert_uint_eq(r->sum.cache.list[0].unread, _i == 1);
	ck_assert_uint_eq(r->sum.n_limits, _i == 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A file that no list has is found by its page. */
START_TEST(a_file_on_no_list)
{
	struct fake_kernel *fk = fk_create();
	uint64_t mapping = fc_mapping(FC_INODE_C);
	const struct finding *f = NULL;
	struct fk_result *r;

	fc_add(fk);
	fc_set_page(fk, FC_OTHER, mapping, 0);
	fc_put(fk, mapping + FC_I_PAGES + FC_XA_HEAD, fc_page(FC_OTHER), 8);
	fc_put(fk, mapping + FC_NRPAGES, 1 + (_i == 1), 8);
	if (_i == 2)
		fc_put(fk, mapping + FC_I_PAGES + FC_XA_HEAD, 0x55, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_COUNT, NULL), _i != 0);
	ck_assert_uint_eq(fk_count(r, FIND_CACHE_PAGE, &f), _i == 2);
	if (f)
		ck_assert_uint_eq(f->pfn, FC_OTHER);
	ck_assert_uint_eq(r->sum.cache.list[0].files, 3);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The links of a list of inodes are no finding here, but a limit; its files are found all the same. */
START_TEST(a_list_that_is_cut)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fc_add(fk);
	fc_put(fk, FC_SB + FC_SB_INODES + 8 * _i, 0x1234, 8);
	fc_put(fk, FC_INODE + FC_I_SB_LIST + 8 * _i, 0x1234, 8);
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.n_limits, 1);
	ck_assert_uint_eq(r->sum.cache.list[0].pages, 7);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* The swap cache: an array, or a table. */
START_TEST(in_swap)
{
	const uint64_t array = SLOT(FC_SWAP + 0x400, 7), table = FC_SWAP + 0x400 + 8 * 7;
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	bool is_table = _i & 1;
	struct fk_result *r;

	fc_add(fk);
	if (is_table)
		fc_add_swap_table(fk);
	else
		fc_add_swap(fk);
	switch (_i / 2) {
	case 0: /* to another page */
		fc_put(fk, is_table ? table : array,
		       is_table ? FC_PAGE << 2 | 2 | 1ULL << 60 : PAGE(FC_PAGE), 8);
		break;
	case 1: /* cleared */
		fc_put(fk, is_table ? table : array, 0, 8);
		break;
	default: /* the page says another slot */
		fk_set_private(fk, FC_OTHER, 9);
	}
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, _i / 2 == 1 ? FIND_CACHE_PAGE : FIND_CACHE_ENTRY, &f), 1);
	ck_assert_str_eq(finding_fact(f, FACT_FILE_SYSTEM)->str, "swap");
	ck_assert_uint_eq(finding_fact(f, FACT_INDEX)->num, 7);
	ck_assert_uint_eq(f->pfn, _i / 2 ? FC_OTHER : FC_PAGE);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* Hostile: nodes that lead to each other, to themselves, and tables without end. */
START_TEST(without_end)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fc_add(fk);
	if (_i == 0) {
		for (unsigned int i = 0; i < 64; i++)
			fc_put(fk, SLOT(FC_ROOT, i), FC_ROOT + 2, 8);
		fc_put(fk, FC_ROOT + FC_SHIFT, 60, 1);
	} else if (_i == 1) {
		for (unsigned int i = 0; i < 64; i++)
			fc_put(fk, SLOT(FC_LEAF, i), FC_LEAF + 2, 8);
		fc_put(fk, FC_LEAF + FC_SHIFT, 66, 1);
	} else {
		fc_add_swap_table(fk);
		fc_put(fk, FC_SWAP + 0x100, 0xffffffff, 4);
	}
	r = fk_run(fk);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cache");
	TCase *tc = tcase_create("cache");

	tcase_add_loop_test(tc, a_sound_one, 0, 3);
	tcase_add_loop_test(tc, each_word, 0, (int)ARRAY_SIZE(words));
	tcase_add_loop_test(tc, exchanged, 0, 2);
	tcase_add_test(tc, within_a_folio);
	tcase_add_loop_test(tc, not_checked, 0, 2);
	tcase_add_loop_test(tc, a_file_on_no_list, 0, 3);
	tcase_add_loop_test(tc, a_list_that_is_cut, 0, 2);
	tcase_add_loop_test(tc, in_swap, 0, 6);
	tcase_add_loop_test(tc, without_end, 0, 3);
	return unit_run_case(s, tc);
}
