/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "judge/finding.h"
#include "report/finding_help.h"
#include "unit.h"
#include "judge/page_fact.h"
#include "walk/finding_run.h"
#include "walk/page_sense.h"

/* The interface, written down a second time: a slug that changes here breaks scripts. */
static const struct {
	const char *slug;
	enum severity severity;
} promised[] = {
	{ "complement-broken", SEV_CORRUPT },
	{ "bitmap-padding", SEV_CORRUPT },
	{ "checker-state", SEV_CORRUPT },
	{ "cache-count", SEV_CORRUPT },
	{ "cache-entry", SEV_CORRUPT },
	{ "cache-node", SEV_CORRUPT },
	{ "cache-page", SEV_CORRUPT },
	{ "cache-tag", SEV_CORRUPT },
	{ "cma-bitmap", SEV_SUSPECT },
	{ "cma-counter", SEV_CORRUPT },
	{ "slab-counter", SEV_CORRUPT },
	{ "slab-freelist", SEV_CORRUPT },
	{ "slab-linkage", SEV_CORRUPT },
	{ "slab-listed", SEV_CORRUPT },
	{ "slab-object", SEV_CORRUPT },
	{ "mapcount-recount", SEV_SUSPECT },
	{ "mm-counter", SEV_SUSPECT },
	{ "table-entry", SEV_CORRUPT },
	{ "table-page", SEV_SUSPECT },
	{ "text-changed", SEV_SUSPECT },
	{ "tracked-count", SEV_SUSPECT },
	{ "violations-logged", SEV_NOTE },
	{ "allocated-on-free-list", SEV_CORRUPT },
	{ "alloc-tag", SEV_SUSPECT },
	{ "allocated-no-memory", SEV_CORRUPT },
	{ "free-in-use", SEV_SUSPECT },
	{ "hugetlb-counter", SEV_CORRUPT },
	{ "hugetlb-linkage", SEV_CORRUPT },
	{ "hugetlb-listed", SEV_CORRUPT },
	{ "limbo-excess", SEV_SUSPECT },
	{ "list-linkage", SEV_CORRUPT },
	{ "list-bad-pointer", SEV_CORRUPT },
	{ "list-cycle", SEV_CORRUPT },
	{ "listed-not-buddy", SEV_CORRUPT },
	{ "pcp-is-buddy", SEV_CORRUPT },
	{ "order-mismatch", SEV_CORRUPT },
	{ "buddy-not-listed", SEV_CORRUPT },
	{ "listed-twice", SEV_CORRUPT },
	{ "blocks-overlap", SEV_CORRUPT },
	{ "block-misplaced", SEV_CORRUPT },
	{ "listed-wrong-zone", SEV_CORRUPT },
	{ "listed-refcount", SEV_CORRUPT },
	{ "listed-flags", SEV_CORRUPT },
	{ "listed-mapcount", SEV_CORRUPT },
	{ "listed-mapping", SEV_SUSPECT },
	{ "buddies-unmerged", SEV_SUSPECT },
	{ "nr-free-count", SEV_CORRUPT },
	{ "pcp-count", SEV_CORRUPT },
	{ "zone-counter", SEV_SUSPECT },
	{ "wrong-migratetype", SEV_SUSPECT },
	{ "page-blank", SEV_CORRUPT },
	{ "page-misplaced", SEV_CORRUPT },
	{ "page-state", SEV_SUSPECT },
	{ "page-type-unknown", SEV_SUSPECT },
	{ "compound-broken", SEV_SUSPECT },
	{ "zone-span", SEV_SUSPECT },
	{ "refcount-impossible", SEV_SUSPECT },
	{ "owner-conflict", SEV_CORRUPT },
	{ "owner-disagrees", SEV_SUSPECT },
	{ "lock-held", SEV_NOTE },
	{ "lock-impossible", SEV_CORRUPT },
	{ "lru-linkage", SEV_CORRUPT },
	{ "zone-record", SEV_CORRUPT },
	{ "section-record", SEV_CORRUPT },
	{ "page-table-entry", SEV_CORRUPT },
	{ "damaged-dump", SEV_NOTE },
	{ "model-mismatch", SEV_SUSPECT },
};

START_TEST(the_catalogue_keeps_its_promises)
{
	for (size_t i = 0; i < ARRAY_SIZE(promised); i++) {
		enum finding_id id;

		ck_assert_msg(finding_by_slug(promised[i].slug, &id), "%s is gone",
			      promised[i].slug);
		ck_assert_msg(finding_type(id)->severity == promised[i].severity,
			      "%s changed its severity", promised[i].slug);
	}
	/* A new one belongs in the list above, too. */
	ck_assert_uint_eq(FINDING_IDS, ARRAY_SIZE(promised));
}
END_TEST

/* Nor what is done with a kind for its own sake. */
START_TEST(marks_are_those_of_few)
{
	for (int i = 0; i < FINDING_IDS; i++) {
		enum finding_id id = (enum finding_id)i;

		ck_assert_int_eq(finding_marked(id, MARK_NO_OWNER),
				 id == FIND_DAMAGED_DUMP || id == FIND_ALLOCATED_NO_MEMORY ||
				 id == FIND_TEXT_CHANGED);
		ck_assert_int_eq(finding_marked(id, MARK_HOLE),
				 id == FIND_DAMAGED_DUMP || id == FIND_MODEL_MISMATCH);
		ck_assert_int_eq(finding_marked(id, MARK_LATE), id == FIND_TRACKED_COUNT ||
									id == FIND_TEXT_CHANGED);
		ck_assert_int_eq(finding_marked(id, MARK_UPPER), id == FIND_BUDDIES_UNMERGED);
		/* The pair of bits is what the report counts the bits of. */
		ck_assert_int_eq(finding_type(id)->flight == FLIGHT_PAIR,
				 id == FIND_COMPLEMENT_BROKEN);
	}
}
END_TEST

/* What a page says wrongly is illegal, but for what a driver might do, and what has facts of its own. */
START_TEST(oddities_and_their_facts)
{
	static const struct {
		enum page_oddity odd;
		uint32_t facts;
	} others[] = {
		{ PO_ZONE, PF_MISPLACED },   { PO_TYPE, PF_BAD_TYPE },
		{ PO_REFS, PF_NEGATIVE | PF_BAD_REFS }, { PO_ASTRAY, 0 },
		{ PO_MAPPING, PF_STRANGE },  { PO_UNUSED, PF_STRANGE }, { PO_CPUPID, PF_STRANGE },
		{ PO_MANY_REFS, PF_STRANGE }, { PO_UNTOUCHED_FLAG, PF_STRANGE },
		{ PO_INDEX, PF_STRANGE },    { PO_PRIVATE, PF_STRANGE },
		{ PO_FAR_INDEX, PF_STRANGE }, { PO_SLAB_FREELIST, PF_STRANGE },
		{ PO_SLAB_EXTS, PF_STRANGE },
	};

	for (unsigned int i = 0; i < PAGE_ODDITIES; i++) {
		uint32_t facts = PF_ILLEGAL;

		for (size_t o = 0; o < ARRAY_SIZE(others); o++)
			if (others[o].odd == (enum page_oddity)i)
				facts = others[o].facts;
		ck_assert_msg(page_oddity_facts(1u << i) == facts, "%s",
			      page_oddity_text(1u << i));
	}
	ck_assert_uint_eq(page_oddity_facts(ODD(TYPE) | ODD(LINK)), PF_BAD_TYPE | PF_ILLEGAL);
}
END_TEST

/* Every finding is explained, in the order of the catalogue, in whole sentences. */
START_TEST(every_finding_is_explained)
{
	static const enum finding_id rows[] = {
#define FINDING_HELP(id, meaning, causes, next, crash, drgn) FIND_##id,
#include "report/finding_help.def"
	};

	ck_assert_uint_eq(ARRAY_SIZE(rows), FINDING_IDS);
	for (size_t i = 0; i < FINDING_IDS; i++) {
		const struct finding_help *help = finding_help((enum finding_id)i);
		const char *texts[] = { help->meaning, help->causes, help->next };

		ck_assert_int_eq(rows[i], (int)i);
		for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
			ck_assert_uint_gt(strlen(texts[t]), 20);
			ck_assert_int_eq(texts[t][strlen(texts[t]) - 1], '.');
			ck_assert_ptr_null(strchr(texts[t], '\n'));
			ck_assert_ptr_null(strstr(texts[t], "  "));
		}
		ck_assert_uint_gt(strlen(help->crash), 0);
		ck_assert_ptr_nonnull(help->drgn);
	}
}
END_TEST

START_TEST(slugs_are_unique_sorted_and_plain)
{
	for (size_t i = 0; i < FINDING_IDS; i++) {
		const struct finding_type *type = finding_type((enum finding_id)i);
		enum finding_id id;

		ck_assert_uint_eq(strspn(type->slug, "abcdefghijklmnopqrstuvwxyz-"),
				  strlen(type->slug));
		ck_assert(finding_by_slug(type->slug, &id));
		ck_assert_uint_eq((size_t)id, i);
		if (i > 0)
			ck_assert_str_lt(finding_type((enum finding_id)(i - 1))->slug,
					 type->slug);
		ck_assert_uint_gt(strlen(type->summary), 0);
	}
}
END_TEST

START_TEST(an_unknown_slug_has_no_id)
{
	enum finding_id id;

	ck_assert(!finding_by_slug("", &id));
	ck_assert(!finding_by_slug("list", &id));
	ck_assert(!finding_by_slug("LIST-CYCLE", &id));
}
END_TEST

START_TEST(names_are_those_of_the_document)
{
	ck_assert_str_eq(severity_name(SEV_CORRUPT), "corrupt");
	ck_assert_str_eq(severity_name(SEV_SUSPECT), "suspect");
	ck_assert_str_eq(severity_name(SEV_NOTE), "note");
	ck_assert_ptr_null(verdict_name(VERDICT_NONE));
	ck_assert_str_eq(verdict_name(VERDICT_UNKNOWN), "unknown");
	ck_assert_str_eq(verdict_name(VERDICT_STRUCT_PAGE), "struct-page");
	ck_assert_str_eq(verdict_name(VERDICT_FREE_LIST), "free-list");
	ck_assert_str_eq(verdict_name(VERDICT_COUNTER), "counter");
	ck_assert_ptr_null(class_name(CLASS_NONE));
	ck_assert_str_eq(class_name(CLASS_SINGLE_BIT), "single-bit");
	ck_assert_str_eq(class_name(CLASS_ISOLATED), "isolated");
}
END_TEST

START_TEST(a_new_finding_knows_nothing_else)
{
	struct finding f;

	finding_init(&f, FIND_LIST_CYCLE, 0x1234);
	ck_assert_int_eq(f.severity, SEV_CORRUPT);
	ck_assert_uint_eq(f.pfn, 0x1234);
	ck_assert_uint_eq(f.count, 1);
	ck_assert_int_eq(f.node, -1);
	ck_assert_int_eq(f.order, -1);
	ck_assert_int_eq(f.cpu, -1);
	ck_assert_ptr_null(f.zone);
	ck_assert_uint_eq(f.n_evidence, 0);
}
END_TEST

START_TEST(facts_are_found_by_key)
{
	struct finding f;

	finding_init(&f, FIND_LIST_CYCLE, 0);
	finding_num(&f, FACT_FROM_HEAD, 7);
	finding_hex(&f, FACT_FOUND, 0xdead000000000100);
	finding_str(&f, FACT_MAP, "primary");
	finding_str(&f, FACT_LOG, NULL);
	ck_assert_uint_eq(finding_fact(&f, FACT_FROM_HEAD)->num, 7);
	ck_assert_int_eq(finding_fact(&f, FACT_FOUND)->kind, EV_HEX);
	ck_assert_str_eq(finding_fact(&f, FACT_MAP)->str, "primary");
	ck_assert_ptr_null(finding_fact(&f, FACT_LOG));
	ck_assert_ptr_null(finding_fact(&f, FACT_BIT));
}
END_TEST

/* The row's, where it has one, whoever adds it. */
START_TEST(a_fact_is_of_the_kind_of_its_row)
{
	struct finding f;

	finding_init(&f, FIND_NR_FREE_COUNT, 0);
	finding_num(&f, FACT_BLOCK_PFN, 7);
	finding_num(&f, FACT_FOUND, 7);
	finding_int(&f, FACT_EXPECTED, -7);
	ck_assert_int_eq(finding_fact(&f, FACT_BLOCK_PFN)->kind, EV_PFN);
	ck_assert_int_eq(finding_fact(&f, FACT_FOUND)->kind, EV_NUM);
	ck_assert_int_eq(finding_fact(&f, FACT_EXPECTED)->kind, EV_INT);
}
END_TEST

START_TEST(rows_are_found_by_their_keys)
{
	enum fact_id id;

	for (size_t i = 0; i < FACT_IDS; i++) {
		const char *key = evidence_type((enum fact_id)i)->key;

		ck_assert(evidence_by_key(key, strlen(key), &id));
		ck_assert_uint_eq((size_t)id, i);
	}
	ck_assert(evidence_by_key("page_type}", 9, &id));
	ck_assert_int_eq(id, FACT_PAGE_TYPE);
	ck_assert(!evidence_by_key("page_type", 6, &id));
	ck_assert(!evidence_by_key("", 0, &id));
}
END_TEST

START_TEST(too_many_facts_are_dropped)
{
	struct finding f;

	finding_init(&f, FIND_LIST_CYCLE, 0);
	for (uint64_t i = 0; i < FINDING_EVIDENCE + 5; i++)
		finding_num(&f, FACT_BIT, i);
	ck_assert_uint_eq(f.n_evidence, FINDING_EVIDENCE);
	ck_assert_uint_eq(f.evidence[FINDING_EVIDENCE - 1].num, FINDING_EVIDENCE - 1);
}
END_TEST

START_TEST(the_wrong_field_is_known_by_its_name)
{
	struct finding f, g;

	finding_init(&f, FIND_LISTED_REFCOUNT, 7);
	ck_assert_ptr_null(f.field.name);
	ck_assert_uint_eq(finding_field_xor(&f), 0);
	finding_field_found(&f, "page.mapping", EV_HEX, 0xff00);
	ck_assert(!f.field.has_expected);
	ck_assert_uint_eq(finding_field_xor(&f), 0);
	finding_field(&f, "page.page_type", EV_HEX, 0xfdffffff, 0xffffffff);
	ck_assert(f.field.has_expected);
	ck_assert_uint_eq(finding_field_xor(&f), 0x02000000);
	/* Numbers that are counted differ by an amount, not by bits. */
	finding_field(&f, "page.refcount", EV_INT, UINT64_MAX, 0);
	ck_assert_uint_eq(finding_field_xor(&f), 0);
	g = f;
	ck_assert(finding_same_field(&f, &g));
	g.field.found = 1;
	ck_assert(!finding_same_field(&f, &g));
	finding_field_str(&g, "page.flags.zone", NULL, "DMA");
	ck_assert_uint_eq(g.field.found, 1);
	finding_field_str(&g, "page.flags.zone", "DMA", "Normal");
	ck_assert_str_eq(g.field.expected_str, "Normal");
}
END_TEST

/* What was handed on: "id pfn count" each. */
struct told {
	char text[400];
	size_t len;
};

static void tell(void *arg, const struct finding *f)
{
	struct told *t = arg;

	t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len, "%s %d %d, ",
				   finding_type(f->id)->slug, (int)f->pfn, (int)f->count);
}

static struct finding listed(enum finding_id id, uint64_t pfn, uint64_t list, uint64_t found)
{
	struct finding f;

	finding_init(&f, id, pfn);
	finding_hex(&f, FACT_LIST_KADDR, list);
	finding_num(&f, FACT_FOUND, found);
	return f;
}

typedef void add_fn(struct finding_run *run, const struct finding *f);

/* What is handed on of @in. */
static struct told fold(add_fn *add, const struct finding *in, size_t n)
{
	struct finding_run run;
	struct told t = { .len = 0 };

	finding_run_init(&run, tell, &t);
	for (size_t i = 0; i < n; i++)
		add(&run, &in[i]);
	finding_run_end(&run);
	return t;
}

START_TEST(consecutive_pages_of_a_list_are_one_finding)
{
	const struct finding in[] = {
		listed(FIND_LISTED_NOT_BUDDY, 10, 1, 0), listed(FIND_ORDER_MISMATCH, 10, 1, 0),
		listed(FIND_LISTED_NOT_BUDDY, 11, 1, 0), listed(FIND_ORDER_MISMATCH, 11, 1, 7),
		listed(FIND_LISTED_NOT_BUDDY, 12, 1, 0), listed(FIND_LISTED_NOT_BUDDY, 13, 2, 0),
		listed(FIND_LISTED_NOT_BUDDY, 15, 2, 0), listed(FIND_LISTED_NOT_BUDDY, 14, 2, 0),
		listed(FIND_NR_FREE_COUNT, FINDING_NO_PFN, 2, 0),
		listed(FIND_LISTED_NOT_BUDDY, 15, 2, 0),
	};
	struct told t = fold(finding_run_add_listed, in, ARRAY_SIZE(in));

	/* Another value, another list, a gap, and backward: each is told, all in their order. */
	ck_assert_str_eq(t.text, "listed-not-buddy 10 2, order-mismatch 10 1, order-mismatch 11 1, "
				 "listed-not-buddy 12 1, listed-not-buddy 13 1, "
				 "listed-not-buddy 15 1, listed-not-buddy 14 1, "
				 "nr-free-count -1 1, listed-not-buddy 15 1, ");
}
END_TEST

START_TEST(consecutive_pages_are_one_finding)
{
	const struct finding in[] = {
		listed(FIND_LIMBO_EXCESS, 10, 1, 0), listed(FIND_FREE_IN_USE, 10, 1, 0),
		listed(FIND_LIMBO_EXCESS, 11, 2, 7), listed(FIND_LIMBO_EXCESS, 13, 1, 0),
	};
	struct told t = fold(finding_run_add, in, ARRAY_SIZE(in));

	ck_assert_str_eq(t.text, "limbo-excess 10 2, free-in-use 10 1, limbo-excess 13 1, ");
}
END_TEST

START_TEST(a_run_says_when_its_pages_differ)
{
	struct finding_run run;
	struct finding f;
	struct told t = { .len = 0 };

	finding_run_init(&run, tell, &t);
	for (uint64_t i = 0; i < 3; i++) {
		finding_init(&f, FIND_REFCOUNT_IMPOSSIBLE, 7 + i);
		finding_field_found(&f, "page.refcount", EV_INT, i < 2 ? 1 : 2);
		finding_run_add(&run, &f);
		ck_assert_int_eq(run.pending[f.id].field.varies, i == 2);
	}
	finding_run_end(&run);
}
END_TEST

START_TEST(a_run_says_when_other_bits_are_wrong)
{
	static const uint64_t found[] = { 0x11, 0x31, 0x32 }, expected[] = { 0x10, 0x30, 0x30 };
	struct finding_run run;
	struct finding f;
	struct told t = { .len = 0 };

	finding_run_init(&run, tell, &t);
	for (uint64_t i = 0; i < 3; i++) {
		finding_init(&f, FIND_PAGE_STATE, 7 + i);
		finding_field(&f, "page.private", EV_HEX, found[i], expected[i]);
		finding_run_add(&run, &f);
		ck_assert_int_eq(run.pending[f.id].field.varies, i > 0);
		ck_assert_int_eq(run.pending[f.id].field.bits_vary, i == 2);
	}
	finding_run_end(&run);
}
END_TEST

UNIT_MAIN("finding", the_catalogue_keeps_its_promises, marks_are_those_of_few, oddities_and_their_facts, every_finding_is_explained,
	  slugs_are_unique_sorted_and_plain,
	  an_unknown_slug_has_no_id, names_are_those_of_the_document,
	  a_new_finding_knows_nothing_else, facts_are_found_by_key,
	  a_fact_is_of_the_kind_of_its_row, rows_are_found_by_their_keys,
	  the_wrong_field_is_known_by_its_name, a_run_says_when_its_pages_differ,
	  a_run_says_when_other_bits_are_wrong,
	  too_many_facts_are_dropped, consecutive_pages_of_a_list_are_one_finding,
	  consecutive_pages_are_one_finding)
