/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cli/options.h"
#include "report/report.h"
#include "report/report_priv.h"
#include "report_sample.h"
#include "unit.h"

/* What a report of the sample run looks like; the caller frees it. */
typedef void feed_fn(struct report *rep);

static char *render_zones(struct sample *s, struct zone_summary *zones, feed_fn *feed)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct report *rep;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	s->sum.zones = zones;
	ck_assert_ok(report_begin(out, &s->opt, &s->info, &s->sum, &rep, &err), &err);
	if (feed)
		feed(rep);
	ck_assert_ok(report_end(rep, &err), &err);
	fclose(out);
	return text;
}

static char *render(struct sample *s, feed_fn *feed)
{
	return render_zones(s, &s->zone, feed);
}

static void assert_first_line(const char *text, const char *line)
{
	size_t len = strcspn(text, "\n");

	ck_assert_msg(strlen(line) == len && strncmp(text, line, len) == 0,
		      "first line is \"%.*s\"", (int)len, text);
}

static void feed_one(struct report *rep)
{
	struct finding f;

	sample_finding(&f);
	report_finding(rep, &f);
}

static void feed_suspect(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_ZONE_SPAN, FINDING_NO_PFN);
	report_finding(rep, &f);
}

/* The strings die with the call, as those of a list's name do. */
static void feed_flood(struct report *rep)
{
	for (uint64_t i = 0; i < 1000; i++) {
		struct finding f;
		char name[32];

		finding_init(&f, FIND_COMPLEMENT_BROKEN, i * 2 + i % 2);
		snprintf(name, sizeof(name), "word %d", (int)i);
		finding_str(&f, FACT_WHAT, name);
		report_finding(rep, &f);
		memset(name, 'x', sizeof(name));
	}
}

/* The signature's kind, as text; the caller frees it. NULL: it has none. */
static char *kind_of(struct sample *s, feed_fn *feed)
{
	char *text = render(s, feed), *at = strstr(text, "\"kind\":\""), *kind = NULL;

	if (at)
		kind = strndup(at + strlen("\"kind\":\""), 16);
	free(text);
	return kind;
}

static void feed_elsewhere(struct report *rep)
{
	struct finding f;

	sample_finding(&f);
	f.pfn += 77;
	f.zone = "Normal";
	f.order = 5;
	report_finding(rep, &f);
	report_finding(rep, &f);
}

static void feed_other_class(struct report *rep)
{
	struct finding f;

	sample_finding(&f);
	f.damage = CLASS_SINGLE_BIT;
	report_finding(rep, &f);
}

START_TEST(a_kind_of_damage_has_no_place)
{
	char *kind, *other;
	struct sample s;

	sample_init(&s, REPORT_JSON);
	ck_assert_ptr_null(kind_of(&s, NULL));
	kind = kind_of(&s, feed_one);
	ck_assert_uint_eq(strlen(kind), 16);
	s.sum.build_id = "4567";
	other = kind_of(&s, feed_elsewhere);
	ck_assert_str_eq(kind, other);
	free(other);
	other = kind_of(&s, feed_other_class);
	ck_assert_str_ne(kind, other);
	free(other);
	free(kind);
}
END_TEST

/* The name of the machine is shown, hashed or left out, wherever it occurs. */
START_TEST(a_host_may_stay_unnamed)
{
	static const char *const arguments[] = { "--json", "/crash/web12/vmcore" };
	struct sample s;
	char *text;

	sample_init(&s, REPORT_JSON);
	s.info.path = "/crash/web12.example.com-1/vmcore";
	s.opt.arguments = arguments;
	s.opt.n_arguments = 2;
	strcpy(s.sum.crash.hostname, "web12.example.com");
	strcpy(s.sum.crash.panic, "web12 died");
	text = render(&s, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"hostname\":\"web12.example.com\",\"panic\":\"web12 died\""));
	ck_assert_ptr_nonnull(strstr(text, "\"arguments\":[\"--json\",\"/crash/web12/vmcore\"]"));
	free(text);
	for (int how = HOST_HASHED; how <= HOST_HIDDEN; how++) {
		s.opt.host = (enum report_host)how;
		text = render(&s, NULL);
		ck_assert_ptr_null(strstr(text, "web12"));
		ck_assert((strstr(text, "\"hostname\":\"host-") != NULL) == (how == HOST_HASHED));
		ck_assert_ptr_nonnull(strstr(text, "\"panic\":\"HOST died\""));
		free(text);
	}
}
END_TEST

START_TEST(a_dump_that_cannot_be_read_leaves_a_record)
{
	struct pgc_err err = PGC_ERR_INIT;

	for (int format = REPORT_TEXT; format <= REPORT_JSONL; format++) {
		struct sample s;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		sample_init(&s, (enum report_format)format);
		ck_assert_ok(report_failure(out, &s.opt, "/crash/a", NULL, &s.sum,
					    "not a \033[31m dump\n", &err), &err);
		fclose(out);
		ck_assert_int_eq(size > 0, format != REPORT_TEXT);
		if (size) {
			struct json_object *doc = json_tokener_parse(text), *limits;

			ck_assert_ptr_nonnull(doc);
			ck_assert_str_eq(json_object_get_string(json_object_object_get(doc, "record")),
					 "error");
			ck_assert_str_eq(json_object_get_string(json_object_object_get(doc, "result")),
					 "incomplete");
			limits = json_object_object_get(doc, "limits");
			ck_assert_uint_eq(json_object_array_length(limits), 1);
			json_object_put(doc);
		}
		free(text);
	}
}
END_TEST

START_TEST(a_clean_run_says_so_first)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, NULL);
	assert_first_line(text, "consistent: 131039 pages checked, no contradiction found");
	ck_assert_contains(text, "dump      vmcore (ELF, 512.0 MiB)");
	ck_assert_contains(text, "kernel    6.1.0 x86_64, 4 CPUs, 2 nodes");
	ck_assert_contains(text, "checker   active");
	ck_assert_contains(text, "1000 bits set, 1000 pages tracked, 0 violations");
	/* 33 holes: not quite all was walked, and it must not look so. */
	ck_assert_contains(text, "131039  >99.9 %\n");
	ck_assert_contains(text, "33   <0.1 %\n");
	ck_assert_int_eq(report_exit_status(&s.sum, true), 0);
	free(text);
}
END_TEST

START_TEST(what_the_checker_reported_is_told_in_the_verdict)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.quiet = true;
	s.sum.checker.violations_detected = 1;
	text = render(&s, NULL);
	ck_assert_str_eq(text, "consistent: 131039 pages checked, no contradiction found; "
			       "the checker had reported 1 violation\n");
	free(text);
}
END_TEST

START_TEST(fewer_witnesses_are_told_in_the_verdict)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.quiet = true;
	s.sum.checker = (struct checker_summary){ .state = CHECKER_ABSENT };
	text = render(&s, NULL);
	ck_assert_str_eq(text, "consistent: 131039 pages checked, no contradiction found; "
			       "no checker in this kernel\n");
	free(text);
	s.sum.checker = (struct checker_summary){ .state = CHECKER_ACTIVE,
						  .unreadable = true };
	text = render(&s, NULL);
	ck_assert_contains(text, "; the checker could not be read\n");
	free(text);
}
END_TEST

START_TEST(a_corrupt_finding_is_told_with_its_evidence)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_one);
	assert_first_line(text,
			  "INCONSISTENT: 1 corrupt finding (allocated-on-free-list)");
	ck_assert_contains(text, "CORRUPT allocated-on-free-list: ");
	ck_assert_contains(text, "page 0x1e403 (phys 0x1e403000, node 1, DMA32) is "
				 "allocated according to the\n    bitmap, but also on "
				 "the free list of order 0 (Movable)\n");
	ck_assert_contains(text, "Wrong record: both bitmaps (scattered bits)");
	ck_assert_contains(text, "primary_word  0xffffffff00000008      bit ");
	ck_assert_contains(text, "free_area[0].free_list[Movable]");
	ck_assert_contains(text, "what it means: --explain=allocated-on-free-list; all of the "
				 "page: --page=0x1e403\n");
	ck_assert_contains(text, "finding                   severity  number        pages  where\n"
				 "allocated-on-free-list    CORRUPT         1            1  node 1, DMA32\n");
	ck_assert_int_eq(report_exit_status(&s.sum, false), EXIT_CORRUPT);
	ck_assert_uint_eq(s.sum.totals.by_finding[FIND_ALLOCATED_ON_FREE_LIST], 1);
	free(text);
}
END_TEST

static void feed_explained(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_LIMBO_EXCESS, 0x1e403);
	f.count = 3;
	f.severity = SEV_NOTE;
	f.explained = "CPU 1 was freeing it";
	report_finding(rep, &f);
	/* No page, and no cause: neither counts. */
	finding_init(&f, FIND_TRACKED_COUNT, FINDING_NO_PFN);
	f.severity = SEV_NOTE;
	f.explained = "the kernel had not finished booting";
	report_finding(rep, &f);
	finding_init(&f, FIND_DAMAGED_DUMP, 0x1e500);
	report_finding(rep, &f);
}

START_TEST(pages_with_a_harmless_cause_are_counted)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_explained);
	ck_assert_uint_eq(s.sum.totals.explained, 3);
	ck_assert_contains(text, "  in findings that have a harmless cause                    3   <0.1 %\n");
	free(text);
}
END_TEST

START_TEST(suspects_count_when_strict)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_suspect);
	assert_first_line(text, "SUSPECT: 1 suspect finding (zone-span), nothing corrupt");
	ck_assert_int_eq(report_exit_status(&s.sum, false), 0);
	ck_assert_int_eq(report_exit_status(&s.sum, true), EXIT_CORRUPT);
	free(text);

	sample_init(&s, REPORT_TEXT);
	s.opt.strict = true;
	text = render(&s, feed_suspect);
	assert_first_line(text, "INCONSISTENT: 1 suspect finding (zone-span)");
	free(text);
}
END_TEST

START_TEST(low_coverage_never_looks_clean)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.sum.incomplete = true;
	s.sum.coverage.walked = 1000;
	strcpy(s.sum.limits[0], "the dump is truncated");
	s.sum.n_limits = 1;
	text = render(&s, NULL);
	/* What has no room in the line is in the next one. */
	assert_first_line(text, "incomplete: 1000 of 131039 pages checked, nothing corrupt "
				"among them");
	ck_assert_contains(text, "among them\n  the dump is truncated\n");
	ck_assert_contains(text, "limits\n  - the dump is truncated\n");
	ck_assert_int_eq(report_exit_status(&s.sum, false), EXIT_INCOMPLETE);
	free(text);
}
END_TEST

START_TEST(nothing_walked_is_not_consistent)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.sum.coverage = (struct coverage){ 0 };
	text = render(&s, NULL);
	assert_first_line(text, "incomplete: 0 of 0 pages checked");
	ck_assert_int_eq(report_exit_status(&s.sum, false), EXIT_INCOMPLETE);
	free(text);
}
END_TEST

START_TEST(the_bits_of_the_status_add_up)
{
	struct sample s;

	sample_init(&s, REPORT_TEXT);
	s.sum.interrupted = true;
	ck_assert_str_eq(report_result(&s.sum, false), "incomplete");
	ck_assert_int_eq(report_exit_status(&s.sum, false), EXIT_INTERRUPTED);
	s.sum.incomplete = true;
	s.sum.totals.by_severity[SEV_CORRUPT] = 1;
	ck_assert_str_eq(report_result(&s.sum, false), "inconsistent");
	ck_assert_int_eq(report_exit_status(&s.sum, false),
			 EXIT_CORRUPT | EXIT_INCOMPLETE | EXIT_INTERRUPTED);
}
END_TEST

static void feed_damaged(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_DAMAGED_DUMP, 0x10);
	report_finding(rep, &f);
}

START_TEST(a_damaged_dump_is_incomplete_even_when_ignored)
{
	struct sample s;

	sample_init(&s, REPORT_TEXT);
	s.opt.ignore[FIND_DAMAGED_DUMP] = true;
	free(render(&s, feed_damaged));
	ck_assert_int_eq(report_exit_status(&s.sum, true), EXIT_INCOMPLETE);
}
END_TEST

START_TEST(what_is_left_out_is_counted)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.ignore[FIND_ALLOCATED_ON_FREE_LIST] = true;
	text = render(&s, feed_one);
	assert_first_line(text, "consistent: 131039 pages checked, no other contradiction found");
	ck_assert_contains(text, "found\n  1 ignored on request\n");
	ck_assert_uint_eq(s.sum.totals.ignored, 1);
	ck_assert_uint_eq(s.sum.totals.by_severity[SEV_CORRUPT], 0);
	free(text);
}
END_TEST

static void feed_column(struct report *rep, uint64_t n, uint64_t bits)
{
	for (uint64_t i = 0; i < n; i++) {
		struct finding f;

		finding_init(&f, FIND_LISTED_REFCOUNT, 5 + i * 0x200);
		f.node = 0;
		f.zone = "Normal";
		finding_field(&f, "page.refcount", EV_HEX, bits, 0);
		report_finding(rep, &f);
	}
}

static void feed_columns(struct report *rep)
{
	struct finding f;

	feed_column(rep, 62, 0x10);
	/* The next step, but not the same bit; and two that are a pair, no column. */
	finding_init(&f, FIND_LISTED_REFCOUNT, 5 + 62 * 0x200);
	finding_field(&f, "page.refcount", EV_HEX, 0x20, 0);
	report_finding(rep, &f);
	f.pfn += 0x200;
	report_finding(rep, &f);
	/* Runs of three pages are in a column, too. */
	for (int i = 0; i < 3; i++) {
		f.pfn += 0x1000;
		f.count = 3;
		report_finding(rep, &f);
	}
}

START_TEST(equal_findings_fold)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_columns);
	ck_assert_contains(text, "    62 pages 0x5 + 0x200 n, n < 62: same bit 4\n");
	ck_assert_ptr_null(strstr(text, "page 0x205 "));
	ck_assert_contains(text, "page 0x7c05 ");
	ck_assert_contains(text, "page 0x7e05 ");
	ck_assert_contains(text, "    3 runs of 3 pages, at 0x8e05 + 0x1000 n, n < 3: same bit 5\n");
	ck_assert_contains(text, "  67 findings, 73 pages in all\n");
	ck_assert_ptr_null(strstr(text, "more\n"));
	free(text);

	/* Where there is no room for three nothing folds, and all are counted. */
	sample_init(&s, REPORT_TEXT);
	s.opt.max_findings = 1;
	text = render(&s, feed_columns);
	ck_assert_contains(text, "  ... and 66 more\n");
	free(text);

	sample_init(&s, REPORT_TEXT);
	s.opt.verbose = true;
	text = render(&s, feed_columns);
	ck_assert_ptr_null(strstr(text, "+ 0x200 n"));
	ck_assert_contains(text, "page 0x205 ");
	free(text);
}
END_TEST

/* With the dump at hand, commands have its numbers; without such a finding they do not. */
START_TEST(what_was_found_is_explained)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.explain = true;
	s.opt.explained = FIND_ALLOCATED_ON_FREE_LIST;
	text = render(&s, feed_one);
	ck_assert_contains(text, "What it means");
	ck_assert_contains(text, "How to examine it in drgn");
	ck_assert_contains(text, "pfn_to_page(0x1e403)");
	ck_assert_ptr_null(strstr(text, "PFN)"));
	free(text);
	text = render(&s, NULL);
	ck_assert_contains(text, "no allocated-on-free-list was found\n");
	ck_assert_contains(text, "pfn_to_page(PFN)");
	free(text);
}
END_TEST

START_TEST(one_line_a_finding)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_ONELINE);
	text = render(&s, feed_columns);
	ck_assert(!strncmp(text, "corrupt listed-refcount 0x5: page 0x5 ", 38));
	ck_assert_contains(text, "\ncorrupt listed-refcount 0x8e05+3: ");
	ck_assert_contains(text, "\nINCONSISTENT: 67 corrupt findings (listed-refcount)");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert(!strncmp(line, "corrupt ", 8) || !strncmp(line, "INCONSISTENT: ", 14));
	free(text);
}
END_TEST

START_TEST(a_flood_is_cut_and_counted)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_flood);
	ck_assert_contains(text, "  ... and 980 more\n");
	ck_assert_contains(text, "  1000 findings, 1000 pages in all\n");
	/* The first ones with their evidence, then sentences, then a number. */
	ck_assert_contains(text, "word 2\n");
	ck_assert_ptr_null(strstr(text, "word 3\n"));
	ck_assert_contains(text, "page 0x27 ");
	ck_assert_ptr_null(strstr(text, "page 0x28 "));
	free(text);

	sample_init(&s, REPORT_TEXT);
	s.opt.verbose = true;
	text = render(&s, feed_flood);
	ck_assert_contains(text, "word 19\n");
	ck_assert_ptr_null(strstr(text, "word 20\n"));
	free(text);
}
END_TEST

static void feed_witnesses(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_FREE_IN_USE, 0x230c);
	f.verdict = VERDICT_BITMAPS;
	finding_num(&f, FACT_PRIMARY_BIT, 0);
	finding_num(&f, FACT_SECONDARY_BIT, 1);
	finding_str(&f, FACT_LISTED, "no");
	finding_hex(&f, FACT_PAGE, 0xffff000000001000);
	finding_int(&f, FACT_REFCOUNT, 1);
	finding_str(&f, FACT_PAGE_KIND, "mapped");
	finding_str(&f, FACT_FLAG_NAMES, "uptodate|lru|swapbacked");
	report_finding(rep, &f);
}

START_TEST(witnesses_stand_side_by_side)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_witnesses);
	ck_assert_contains(text,
		"    bitmaps (wrong)       free lists              struct page\n"
		"    primary    0          on no list              refcount  1\n"
		"    secondary  1                                  kind      mapped\n"
		"    = free                                        flags     uptodate|lru|\n"
		"                                                            swapbacked\n"
		"    page  0xffff000000001000\n");
	free(text);
}
END_TEST

/* The head's prev, and a page's next of which nobody knows what it should be. */
static void feed_links(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_LIST_LINKAGE, 0x1a6c);
	finding_str(&f, FACT_LINK, "prev");
	finding_str(&f, FACT_HOLDER, "page");
	finding_hex(&f, FACT_EXPECTED, 0xffff100000000010);
	finding_num(&f, FACT_LEADS_TO_PFN, 0x2bd0);
	finding_hex(&f, FACT_NEXT, 0xffff100000000020);
	finding_num(&f, FACT_FROM_HEAD, 15);
	finding_num(&f, FACT_FROM_TAIL, 6);
	finding_hex(&f, FACT_LIST_KADDR, 0xffff100000000010);
	finding_num(&f, FACT_NEXT_PFN, 0x2ca6);
	report_finding(rep, &f);
	finding_init(&f, FIND_LIST_BAD_POINTER, FINDING_NO_PFN);
	finding_str(&f, FACT_LINK, "next");
	finding_str(&f, FACT_HOLDER, "list head");
	finding_hex(&f, FACT_PREV, 0x1234);
	report_finding(rep, &f);
}

START_TEST(a_broken_link_is_drawn)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_links);
	ck_assert_contains(text, "    [head] ---next---> [0x1a6c] ---next---> [0x2ca6]\n"
				 "           <-X--prev--          <---prev---\n"
				 "    X: points to page 0x2bd0; reached from the head: 15 blocks, "
				 "from the tail: 6\n");
	ck_assert_contains(text, "    [?] ---next---> [head] --next--X-> [?]\n"
				 "        <---prev---\n"
				 "    X: next is not a struct page\n");
	free(text);
}
END_TEST

START_TEST(many_zones_are_told_only_with_findings)
{
	struct zone_summary zones[6];
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	for (int i = 0; i < 6; i++) {
		zones[i] = s.zone;
		zones[i].node = i;
	}
	s.sum.n_zones = 6;
	text = render_zones(&s, zones, feed_one);
	ck_assert_contains(text, "\nnode 1, DMA32: from page");
	ck_assert_ptr_null(strstr(text, "\nnode 2, DMA32: from page"));
	ck_assert_contains(text, "5 zones without findings: add -v\n");
	free(text);
}
END_TEST

static void feed_notes_then_suspect(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_BUDDIES_UNMERGED, 0x400);
	f.severity = SEV_NOTE;
	for (int i = 0; i < 100; i++)
		report_finding(rep, &f);
	f.pfn = 0xabc00;
	f.severity = SEV_SUSPECT;
	report_finding(rep, &f);
}

START_TEST(notes_do_not_crowd_out_what_matters)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_notes_then_suspect);
	ck_assert_contains(text, "0xabc00");
	ck_assert_ptr_null(strstr(text, "page 0x400"));
	ck_assert_contains(text, "100 notes (buddies-unmerged): add -v\n");
	free(text);
}
END_TEST

START_TEST(verbose_adds_the_tables)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.verbose = true;
	text = render(&s, NULL);
	ck_assert_contains(text, "node 1, DMA32: from page 0x1000, 126976 spanned");
	ck_assert_contains(text, "  order  Unmovable  Movable   listed  nr_free\n"
				 "      0          2        0        2        2\n"
				 "      1          0        4        4        5  <- differ\n");
	ck_assert_contains(text,
		"per CPU            CPUs   listed  counted  most              differ  locked\n"
		"  node 1, DMA32       4       17       18  9 on CPU 3             1       0\n");
	ck_assert_contains(text, "allocated, other");
	free(text);
}
END_TEST

/* Every kind, hostile names, all tables: nothing but plain text comes out. */
START_TEST(a_dump_cannot_drive_the_terminal)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.verbose = true;
	s.zone.name = s.sum.release = s.info.path = SAMPLE_HOSTILE;
	strcpy(s.sum.limits[0], SAMPLE_HOSTILE);
	s.sum.n_limits = 1;
	text = render(&s, sample_all);
	for (const char *c = text; *c; c++)
		ck_assert_msg(*c == '\n' || (unsigned char)*c >= 0x20, "byte 0x%x", *c);
	ck_assert_ptr_null(strchr(text, '\xff'));
	ck_assert_contains(text, "\xc3\xa9");	/* a character is not hostile */
	free(text);
}
END_TEST

START_TEST(lines_fit_eighty_columns)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.verbose = true;
	text = render(&s, sample_all);
	/* The verdict is one line, however long; it is the last one, too. */
	*strstr(strchr(text, '\n'), "\nINCONSISTENT: ") = '\0';
	for (char *line = strtok(strchr(text, '\n'), "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "too long: %s", line);
	free(text);
}
END_TEST

START_TEST(color_comes_with_the_word)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	s.opt.color = true;
	text = render(&s, feed_one);
	assert_first_line(text, "\033[1;38;5;202mINCONSISTENT\033[0m: 1 corrupt finding "
				"(allocated-on-free-list)");
	free(text);
}
END_TEST

static const char *string_at(struct json_object *doc, const char *pointer)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_pointer_get(doc, pointer, &value) == 0, "no %s", pointer);
	return json_object_get_string(value);
}

START_TEST(json_is_the_contract)
{
	struct json_object *doc;
	struct sample s;
	char *text;

	sample_init(&s, REPORT_JSON);
	text = render(&s, feed_one);
	doc = json_tokener_parse(text);
	ck_assert_ptr_nonnull(doc);
	ck_assert_str_eq(string_at(doc, "/schema"), "pgcons-dump/1");
	ck_assert_str_eq(string_at(doc, "/kernel/build_id"), "0123abcd");
	ck_assert_str_eq(string_at(doc, "/checker/state"), "active");
	ck_assert_str_eq(string_at(doc, "/checker/primary_paddr"), "0x1000000");
	ck_assert_str_eq(string_at(doc, "/coverage/walked"), "131039");
	ck_assert_str_eq(string_at(doc, "/zones/0/zone"), "DMA32");
	ck_assert_str_eq(string_at(doc, "/zones/0/nr_free_pages"), "-3");
	ck_assert_str_eq(string_at(doc, "/findings/0/finding"), "allocated-on-free-list");
	ck_assert_str_eq(string_at(doc, "/findings/0/pfn"), "123907");
	ck_assert_str_eq(string_at(doc, "/findings/0/order"), "0");
	ck_assert_str_eq(string_at(doc, "/findings/0/verdict"), "bitmaps");
	ck_assert_str_eq(string_at(doc, "/findings/0/class"), "isolated");
	ck_assert_str_eq(string_at(doc, "/findings/0/evidence/primary_word"),
			 "0xffffffff00000008");
	ck_assert_str_eq(string_at(doc, "/totals/by_finding/allocated-on-free-list"), "1");
	ck_assert_str_eq(string_at(doc, "/result"), "inconsistent");
	json_object_put(doc);
	free(text);
}
END_TEST

START_TEST(json_lists_everything_unless_capped)
{
	struct json_object *doc, *findings;
	struct sample s;
	char *text;

	sample_init(&s, REPORT_JSON);
	text = render(&s, feed_flood);
	doc = json_tokener_parse(text);
	ck_assert_int_eq(json_pointer_get(doc, "/findings", &findings), 0);
	ck_assert_uint_eq(json_object_array_length(findings), 1000);
	json_object_put(doc);
	free(text);

	sample_init(&s, REPORT_JSON);
	s.opt.max_findings = 0;
	text = render(&s, feed_flood);
	doc = json_tokener_parse(text);
	ck_assert_int_eq(json_pointer_get(doc, "/findings", &findings), 0);
	ck_assert_uint_eq(json_object_array_length(findings), 0);
	ck_assert_str_eq(string_at(doc, "/totals/corrupt"), "1000");
	json_object_put(doc);
	free(text);
}
END_TEST

START_TEST(a_failed_write_is_told)
{
	static const enum report_format formats[] = { REPORT_TEXT, REPORT_JSON };

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		FILE *full = fopen("/dev/full", "w");
		struct pgc_err err = PGC_ERR_INIT;
		struct report *rep;
		struct sample s;

		ck_assert_ptr_nonnull(full);
		sample_init(&s, formats[i]);
		s.sum.zones = &s.zone;
		ck_assert_ok(report_begin(full, &s.opt, &s.info, &s.sum, &rep, &err), &err);
		feed_flood(rep);
		ck_assert_int_eq(report_end(rep, &err), PGC_EIO);
		ck_assert_contains(err.msg, "No space left on device");
		fclose(full);
	}
}
END_TEST

/* The sentence on a finding of kind @id with what @f knows. */
static const char *sentence(enum finding_id id, struct finding *f)
{
	static char text[512];

	f->id = id;
	report_describe(f, 4096, text, sizeof(text));
	return text;
}

START_TEST(sentences_read_well)
{
	struct finding f;

	finding_init(&f, FIND_COMPLEMENT_BROKEN, 0x1e400);
	ck_assert_str_eq(sentence(FIND_COMPLEMENT_BROKEN, &f),
			 "the checker's two bits of page 0x1e400 (phys 0x1e400000) "
			 "contradict each other");
	f.count = 8;
	f.node = 0;
	f.zone = "Normal";
	ck_assert_str_eq(sentence(FIND_BUDDY_NOT_LISTED, &f),
			 "8 pages 0x1e400-0x1e407 (phys 0x1e400000, node 0, Normal) have "
			 "the buddy type, but are on no free list of the zone");
	f.count = 1;
	f.cpu = 3;
	f.order = 1;
	ck_assert_str_eq(sentence(FIND_PCP_IS_BUDDY, &f),
			 "page 0x1e400 (phys 0x1e400000, node 0, Normal) is on the per-CPU "
			 "list of CPU 3, but has the buddy page type");
	ck_assert_str_eq(sentence(FIND_LISTED_REFCOUNT, &f),
			 "page 0x1e400 (phys 0x1e400000, node 0, Normal) is on the per-CPU "
			 "list of CPU 3 with a reference count");
	finding_field(&f, "page.refcount", EV_INT, (uint64_t)-7, 0);
	ck_assert_contains(sentence(FIND_LISTED_REFCOUNT, &f),
			   "; page.refcount: found -7, expected 0");
	finding_field(&f, "page.flags", EV_HEX, 0x11, 0x10);
	f.count = 2;
	f.field.varies = true;
	ck_assert_contains(sentence(FIND_LISTED_REFCOUNT, &f),
			   "; page.flags of the first: found 0x11, expected 0x10 (xor 0x1)");
	finding_field_str(&f, "page.flags.zone", "DMA", NULL);
	ck_assert_contains(sentence(FIND_LISTED_REFCOUNT, &f), "; page.flags.zone: found DMA");
}
END_TEST

/* A placeholder that stands for nothing would leave its sentence out, unseen. */
START_TEST(sentences_name_what_there_is)
{
	for (size_t i = 0; i < FINDING_IDS; i++) {
		const char *dead = report_describe_dead((enum finding_id)i);

		ck_assert_msg(!dead, "%s: %s", finding_type((enum finding_id)i)->slug, dead);
	}
}
END_TEST

START_TEST(sentences_about_lists_and_counters)
{
	struct finding f;

	finding_init(&f, FIND_NR_FREE_COUNT, FINDING_NO_PFN);
	f.node = 0;
	f.zone = "DMA32";
	f.order = 3;
	ck_assert_str_eq(sentence(FIND_NR_FREE_COUNT, &f),
			 "zone DMA32 of node 0: an order's nr_free differs from the blocks on "
			 "its lists");
	finding_num(&f, FACT_EXPECTED, 7);
	finding_num(&f, FACT_FOUND, 8);
	ck_assert_str_eq(sentence(FIND_NR_FREE_COUNT, &f),
			 "nr_free of order 3 in zone DMA32 of node 0 is 8, but the lists hold "
			 "7 blocks");
	finding_str(&f, FACT_LINK, "prev");
	finding_str(&f, FACT_HOLDER, "list head");
	ck_assert_str_eq(sentence(FIND_LIST_LINKAGE, &f),
			 "the prev pointer of the head of the free list of order 3, node 0, "
			 "zone DMA32 is 8; should be 7");
}
END_TEST

/* A page that is blamed: the field, what it holds, what it should, and the bit. */
START_TEST(sentences_name_both_sides)
{
	struct finding f;

	finding_init(&f, FIND_COMPLEMENT_BROKEN, 0x11a7);
	f.verdict = VERDICT_SECONDARY;
	finding_num(&f, FACT_PRIMARY_BIT, 1);
	finding_num(&f, FACT_BIT, 38);
	finding_hex(&f, FACT_SECONDARY_WORD_PADDR, 0x7db7230);
	finding_field(&f, "secondary bit", EV_NUM, 1, 0);
	ck_assert_contains(sentence(FIND_COMPLEMENT_BROKEN, &f),
			   " contradict each other: both are 1; the secondary (phys 0x7db7230, "
			   "bit 38) is wrong");
	finding_init(&f, FIND_LISTED_MAPCOUNT, 0x11a7);
	finding_field(&f, "page.page_type", EV_HEX, 0xfdffffff, 0xffffffff);
	ck_assert_contains(sentence(FIND_LISTED_MAPCOUNT, &f),
			   "but page_type is 0xfdffffff; expected 0xffffffff (one bit differs)");
	finding_field(&f, "page.page_type", EV_HEX, 1, 0xffffffff);
	ck_assert_contains(sentence(FIND_LISTED_MAPCOUNT, &f),
			   "page_type is 0x1 (mapcount 2); expected 0xffffffff");
	finding_init(&f, FIND_LISTED_MAPPING, 0x11a7);
	finding_field(&f, "page.memcg_data", EV_HEX, 0xffff8880, 0);
	ck_assert_contains(sentence(FIND_LISTED_MAPPING, &f),
			   "; page.memcg_data: found 0xffff8880, expected 0x0");
	finding_init(&f, FIND_LIST_BAD_POINTER, 0x11a7);
	finding_str(&f, FACT_LINK, "next");
	finding_field(&f, "page.lru.next", EV_HEX, 0, 0xffff88800016c5c8);
	finding_num(&f, FACT_EXPECTED_PFN, 0x5b17);
	ck_assert_contains(sentence(FIND_LIST_BAD_POINTER, &f),
			   " is NULL; should be 0xffff88800016c5c8 (page 0x5b17)");
	finding_init(&f, FIND_WRONG_MIGRATETYPE, 0x11a7);
	f.migratetype = "MOVABLE";
	finding_field_str(&f, "pageblock.migratetype", "UNMOVABLE", "MOVABLE");
	ck_assert_contains(sentence(FIND_WRONG_MIGRATETYPE, &f),
			   "is on the MOVABLE list, but its pageblock is UNMOVABLE");
	finding_init(&f, FIND_PCP_COUNT, FINDING_NO_PFN);
	f.cpu = 1;
	f.zone = "DMA32";
	finding_field(&f, "per_cpu_pages.count", EV_INT, (uint64_t)-5, 3);
	ck_assert_contains(sentence(FIND_PCP_COUNT, &f), "counts -5 pages, but its lists hold 3");
	finding_init(&f, FIND_LISTED_WRONG_ZONE, 0x11a7);
	finding_field_str(&f, "page.flags.zone", "DMA", "Normal");
	ck_assert_contains(sentence(FIND_LISTED_WRONG_ZONE, &f),
			   "; page.flags.zone: found DMA, expected Normal");
}
END_TEST

/* Where a screen ends the verdict is seen again; a script that asks for one line gets one. */
START_TEST(the_verdict_is_the_last_line_too)
{
	static const char last[] = "\n\nSUSPECT: 1 suspect finding (zone-span), nothing corrupt\n";
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_suspect);
	ck_assert_uint_gt(strlen(text), strlen(last));
	ck_assert_str_eq(text + strlen(text) - strlen(last), last);
	free(text);
	sample_init(&s, REPORT_TEXT);
	s.opt.quiet = true;
	s.sum.incomplete = true;
	text = render(&s, feed_suspect);
	ck_assert_str_eq(text, "incomplete: 131039 of 131039 pages checked, nothing "
			       "corrupt among them, 1 suspect finding (zone-span)\n");
	free(text);
}
END_TEST

static void feed_violation(struct report *rep)
{
	struct finding f;

	finding_init(&f, FIND_VIOLATIONS_LOGGED, FINDING_NO_PFN);
	finding_num(&f, FACT_FOUND, 1);
	finding_num(&f, FACT_LOGGED_PFN, 0x5af6);
	report_finding(rep, &f);
}

START_TEST(the_page_of_a_healed_violation_needs_no_option)
{
	struct sample s;
	char *text;

	sample_init(&s, REPORT_TEXT);
	text = render(&s, feed_violation);
	ck_assert_contains(text, "the first violation in the log is about page 0x5af6\n");
	free(text);
}
END_TEST

START_TEST(a_sentence_is_cut_to_its_buffer)
{
	struct finding f;
	char text[16];

	sample_finding(&f);
	for (size_t size = 0; size <= sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		report_describe(&f, 4096, text, size);
		if (size > 0)
			ck_assert_uint_lt(strlen(text), size);
		for (size_t i = size; i < sizeof(text); i++)
			ck_assert_int_eq(text[i], '#');
	}
}
END_TEST

START_TEST(commands_are_filled_in)
{
	struct finding f;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	finding_init(&f, FIND_LIST_LINKAGE, 0x1a6c);
	finding_hex(&f, FACT_PAGE, 0xffffedc900069b00);
	report_commands(out, "kmem PAGE\np PAGES(PFN, PHYS)\nlist -H HEAD\nbt -c CPU", &f, 4096);
	f.cpu = 12;
	report_commands(out, "bt -c CPU", &f, 4096);
	fclose(out);
	ck_assert_str_eq(text, "kmem 0xffffedc900069b00\np PAGES(0x1a6c, 0x1a6c000)\n"
			       "list -H HEAD\nbt -c CPU\nbt -c 12\n");
	free(text);
}
END_TEST

START_TEST(only_whole_characters_pass)
{
	char text[32];

	report_clean(text, sizeof(text), "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", false);
	ck_assert_str_eq(text, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	/* Overlong, surrogate, too large, lone continuation, cut short. */
	report_clean(text, sizeof(text), "\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\x80|\xe2\x82",
		     false);
	ck_assert_str_eq(text, "??|???|????|?|??");
	report_clean(text, sizeof(text), "\t\xc2\x9b\xe2\x80\xae", true);
	ck_assert_str_eq(text, "???");
	report_clean(text, 4, "ab\xe2\x82\xac", false);
	ck_assert_str_eq(text, "ab");
}
END_TEST

/* A text without the ends of its lines and what the next ones are indented by. */
static void unwrap(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool end = *from == '\n';

		*to++ = end ? ' ' : *from;
		while (end && from[1] == ' ')
			from++;
	}
	*to = '\0';
}

/* Memory that detects nothing has nothing to report: then a silent log says little. */
START_TEST(what_watches_the_memory)
{
	static const struct {
		enum hardware_ecc ecc;
		const char *chassis;
		bool edac;
		const char *words;
	} rows[] = {
		{ ECC_NONE, "laptop", false,
		  "ECC: none: a laptop, so that nothing reports errors of the memory" },
		{ ECC_NONE, "", false, "ECC: none, so that nothing reports errors of the memory" },
		{ ECC_UNKNOWN, "desktop", false,
		  "ECC: most likely none: a desktop, so that nothing reports errors of the memory" },
		{ ECC_UNKNOWN, "server", false, "ECC: unknown (no EDAC driver in the log)" },
		{ ECC_MULTI, "desktop", false, "ECC: multi-bit ECC (no EDAC driver counts errors)" },
		{ ECC_SINGLE, "", true, "ECC: single-bit ECC, an EDAC driver watches the memory" },
	};
	char line[160], path[] = "/tmp/check_report.XXXXXX", *text;
	static char html[1 << 20];
	struct sample s;

	close(mkstemp(path));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FILE *in;
		size_t n;

		sample_init(&s, REPORT_TEXT);
		strcpy(s.sum.crash.machine.board, "Maker Model 7");
		strcpy(s.sum.crash.hardware.chassis, rows[i].chassis);
		s.sum.crash.hardware.ecc = rows[i].ecc;
		s.sum.crash.machine.edac = rows[i].edac;
		s.opt.html = path;
		snprintf(line, sizeof(line), "machine: Maker Model 7; %s ", rows[i].words);
		text = render(&s, feed_suspect);
		unwrap(text);
		ck_assert_contains(text, line);
		free(text);
		/* A developer is not sent to the memory. */
		text = render(&s, feed_one);
		ck_assert_ptr_null(strstr(text, "ECC"));
		free(text);
		text = render(&s, feed_suspect);
		free(text);
		in = fopen(path, "r");
		n = fread(html, 1, sizeof(html) - 1, in);
		fclose(in);
		html[n] = '\0';
		snprintf(line, sizeof(line), "<li>machine: Maker Model 7; %s</li>", rows[i].words);
		ck_assert_contains(html, line);
	}
	unlink(path);
	sample_init(&s, REPORT_JSON);
	s.sum.crash.hardware.ecc = ECC_NONE;
	text = render(&s, feed_suspect);
	ck_assert_contains(text, "\"ecc\":\"none\"");
	free(text);
}
END_TEST

UNIT_MAIN("report", what_watches_the_memory, equal_findings_fold, one_line_a_finding, what_was_found_is_explained,
	  a_kind_of_damage_has_no_place, a_host_may_stay_unnamed,
	  a_dump_that_cannot_be_read_leaves_a_record, a_clean_run_says_so_first, what_the_checker_reported_is_told_in_the_verdict,
	  fewer_witnesses_are_told_in_the_verdict,
	  a_corrupt_finding_is_told_with_its_evidence, suspects_count_when_strict,
	  pages_with_a_harmless_cause_are_counted,
	  low_coverage_never_looks_clean, nothing_walked_is_not_consistent,
	  the_bits_of_the_status_add_up, a_damaged_dump_is_incomplete_even_when_ignored,
	  what_is_left_out_is_counted, a_flood_is_cut_and_counted,
	  notes_do_not_crowd_out_what_matters, witnesses_stand_side_by_side,
	  a_broken_link_is_drawn, many_zones_are_told_only_with_findings,
	  verbose_adds_the_tables,
	  a_dump_cannot_drive_the_terminal, lines_fit_eighty_columns,
	  color_comes_with_the_word, json_is_the_contract,
	  json_lists_everything_unless_capped, a_failed_write_is_told, sentences_read_well,
	  sentences_name_what_there_is,
	  sentences_about_lists_and_counters,
	  sentences_name_both_sides, the_verdict_is_the_last_line_too,
	  the_page_of_a_healed_violation_needs_no_option, a_sentence_is_cut_to_its_buffer,
	  commands_are_filled_in, only_whole_characters_pass)
