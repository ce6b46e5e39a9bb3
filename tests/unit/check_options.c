/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "unit.h"

#define MAX_ARGS 12

/* What the last parse() wrote to stderr. */
static char complaint[512];

/*
 * Parse the words of @line, which are separated by single spaces. The words stay alive
 * until the next call.
 */
static int parse(struct options *opt, const char *line)
{
	static char words[256];
	char *argv[MAX_ARGS + 1] = { words };
	int argc = 0, saved = dup(STDERR_FILENO), st;
	FILE *tmp = tmpfile();
	size_t n;

	ck_assert_ptr_nonnull(tmp);
	snprintf(words, sizeof(words), "pgcons-dump %s", line);
	for (char *w = strtok(words, " "); w && argc < MAX_ARGS; w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	dup2(fileno(tmp), STDERR_FILENO);
	st = options_parse(opt, argc, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(tmp);
	n = fread(complaint, 1, sizeof(complaint) - 1, tmp);
	complaint[n] = '\0';
	fclose(tmp);
	return st;
}

/* A mistake is one line that says where help is. */
static void assert_refused(const char *line, const char *part)
{
	static const char tail[] = "Try 'pgcons-dump --help'.\n";
	struct options opt;

	ck_assert_msg(parse(&opt, line) == EXIT_USAGE, "accepted: %s", line);
	ck_assert_contains(complaint, part);
	ck_assert_uint_gt(strlen(complaint), strlen(tail));
	ck_assert_str_eq(complaint + strlen(complaint) - strlen(tail), tail);
	ck_assert_ptr_eq(strchr(complaint, '\n'), complaint + strlen(complaint) - 1);
}

static struct options parse_ok(const char *line)
{
	struct options opt;

	ck_assert_msg(parse(&opt, line) == 0, "refused: %s: %s", line, complaint);
	return opt;
}

START_TEST(two_files_are_enough)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "dump kernel"), 0);
	ck_assert_str_eq(complaint, "");
	ck_assert_int_eq(opt.action, ACTION_ANALYSE);
	ck_assert_str_eq(opt.vmcore, "dump");
	ck_assert_str_eq(opt.vmlinux, "kernel");
	ck_assert_int_eq(opt.report.format, REPORT_TEXT);
	ck_assert_uint_eq(opt.report.max_findings, 20);
	ck_assert(!opt.report.quiet && !opt.report.verbose && !opt.report.strict);
	ck_assert(!opt.force);
	for (size_t i = 0; i < FINDING_IDS; i++)
		ck_assert(!opt.report.ignore[i]);
}
END_TEST

START_TEST(options_and_files_mix)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "a --json b --strict --force -v"), 0);
	ck_assert_str_eq(opt.vmcore, "a");
	ck_assert_str_eq(opt.vmlinux, "b");
	ck_assert_int_eq(opt.report.format, REPORT_JSON);
	ck_assert(opt.report.strict && opt.force && opt.report.verbose);
	ck_assert_int_eq(parse(&opt, "-- -a -b"), 0);
	ck_assert_str_eq(opt.vmcore, "-a");
}
END_TEST

START_TEST(the_limit_depends_on_the_format)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "-j a b"), 0);
	ck_assert_uint_eq(opt.report.max_findings, UINT64_MAX);
	ck_assert_int_eq(parse(&opt, "--max-findings=7 -j a b"), 0);
	ck_assert_uint_eq(opt.report.max_findings, 7);
	ck_assert_int_eq(parse(&opt, "--max-findings 0 a b"), 0);
	ck_assert_uint_eq(opt.report.max_findings, 0);
	assert_refused("--max-findings=-1 a b", "'-1' is not a count");
	assert_refused("--max-findings=5x a b", "'5x' is not a count");
	assert_refused("--max-findings= a b", "is not a count");
	assert_refused("--max-findings=99999999999999999999 a b", "is not a count");
}
END_TEST

START_TEST(findings_can_be_left_out)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--ignore=lock-held,zone-span --ignore=list-cycle a b"),
			 0);
	ck_assert(opt.report.ignore[FIND_LOCK_HELD]);
	ck_assert(opt.report.ignore[FIND_ZONE_SPAN]);
	ck_assert(opt.report.ignore[FIND_LIST_CYCLE]);
	ck_assert(!opt.report.ignore[FIND_LISTED_TWICE]);
}
END_TEST

START_TEST(only_leaves_out_the_rest)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--only=list-cycle --only listed-twice a b"), 0);
	for (size_t i = 0; i < FINDING_IDS; i++)
		ck_assert(opt.report.ignore[i] ==
			  (i != FIND_LIST_CYCLE && i != FIND_LISTED_TWICE));
}
END_TEST

START_TEST(an_unknown_finding_gets_a_hint)
{
	assert_refused("--ignore=list-cycel a b", "did you mean 'list-cycle'?");
	assert_refused("--only=lock-held,xyzzy-quux-frob a b", "see --list-findings");
	assert_refused("--ignore=lock-held, a b", "a name is empty");
	assert_refused("--ignore= a b", "a name is empty");
	assert_refused("--only=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       " a b",
		       "no finding is called");
}
END_TEST

START_TEST(an_unknown_option_gets_a_hint)
{
	assert_refused("--strcit a b", "did you mean '--strict'?");
	assert_refused("--frobnicate a b", "unknown option '--frobnicate'");
	assert_refused("-x a b", "unknown option '-x'");
	assert_refused("--json -vx a b", "unknown option '-x'");
	assert_refused("--ver a b", "'--ver' is ambiguous");
	assert_refused("--strict=yes a b", "'--strict' takes no value");
	assert_refused("a b --ignore", "'--ignore' needs a value");
}
END_TEST

START_TEST(a_finding_is_explained_by_name)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--explain=list-cycle"), 0);
	ck_assert_int_eq(opt.action, ACTION_EXPLAIN);
	ck_assert_int_eq(opt.explain, FIND_LIST_CYCLE);
	assert_refused("--explain=list-cycel", "did you mean 'list-cycle'?");
	assert_refused("--explain=list-cycle,list-linkage", "no finding is called");
	assert_refused("--explain= a", "a name is empty");
	assert_refused("--explain=list-cycle --json a b", "leave out other forms");
	assert_refused("--explain=list-cycle --only=list-cycle a b", "leave out other forms");
	ck_assert_int_eq(parse(&opt, "--explain=list-cycle a b"), 0);
	ck_assert_int_eq(opt.action, ACTION_ANALYSE);
	ck_assert(opt.report.explain && opt.report.ignore[FIND_LOCK_HELD]);
	ck_assert(!opt.report.ignore[FIND_LIST_CYCLE]);
}
END_TEST

START_TEST(html_and_map_are_asked_for)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--html=out.html -j a b"), 0);
	ck_assert_str_eq(opt.report.html, "out.html");
	ck_assert(!opt.report.map);
	ck_assert_int_eq(parse(&opt, "--map a b"), 0);
	ck_assert(opt.report.map);
	ck_assert_ptr_null(opt.report.html);
	assert_refused("--html= a b", "--html: give the name of a file");
	assert_refused("--map --json a b", "exclude each other");
	assert_refused("--map --jsonl a b", "exclude each other");
	assert_refused("--map -q a b", "exclude each other");
}
END_TEST

START_TEST(a_page_has_several_names)
{
	static const struct {
		const char *line;
		int by;
		uint64_t value;
	} cases[] = {
		{ "-p 4096 a b", PAGE_BY_PFN, 4096 },
		{ "--page=0x1a6C a b", PAGE_BY_PFN, 0x1a6c },
		{ "-p phys:1a6c000 a b", PAGE_BY_PHYS, 0x1a6c000 },
		{ "-p phys:0x1a6c000 a b", PAGE_BY_PHYS, 0x1a6c000 },
		{ "-p page:0xffffedc900069b00 a b", PAGE_BY_STRUCT, 0xffffedc900069b00 },
	};
	static const char *const wrong[] = {
		"-p x a b", "-p -1 a b", "-p 12k a b", "-p 1a a b", "-p 0x a b", "-p phys: a b",
		"-p page:-1 a b", "-p virt:0 a b", "-p 0x10000000000000000 a b",
	};
	struct options opt;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(parse(&opt, cases[i].line), 0);
		ck_assert_int_eq(opt.action, ACTION_PAGE);
		ck_assert_int_eq((int)opt.page.by, cases[i].by);
		ck_assert_uint_eq(opt.page.value, cases[i].value);
		ck_assert_str_eq(opt.vmcore, "a");
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(wrong[i], "is not a page");
	assert_refused("-p 1", "no dump was given");
	assert_refused("-p 1 --json a b", "exclude each other");
	assert_refused("--contents a b", "needs --page");
	ck_assert_int_eq(parse(&opt, "-p 1 --contents a b"), 0);
	ck_assert(opt.contents);
}
END_TEST

START_TEST(live_needs_no_dump)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--live"), 0);
	ck_assert(opt.live);
	ck_assert_str_eq(opt.vmcore, "/proc/kcore");
	ck_assert_ptr_null(opt.vmlinux);
	ck_assert_uint_eq(opt.looks, 3);
	ck_assert_uint_eq(opt.gap_ms, 100);
	ck_assert_uint_eq(opt.watch, 0);
	ck_assert_int_eq(parse(&opt, "--live --settle=5,0 --watch=60 kernel"), 0);
	ck_assert_str_eq(opt.vmlinux, "kernel");
	ck_assert_uint_eq(opt.looks, 5);
	ck_assert_uint_eq(opt.gap_ms, 0);
	ck_assert_uint_eq(opt.watch, 60);
	ck_assert_int_eq(parse(&opt, "--live --settle=1 --layout=l"), 0);
	ck_assert_uint_eq(opt.looks, 1);
	ck_assert_uint_eq(opt.gap_ms, 100);
	assert_refused("--live a b", "not a dump");
	assert_refused("--live --layout=l a", "not a dump");
	assert_refused("--live --settle=0,10", "not a number from 1 to 1000");
	assert_refused("--live --settle=x", "not a count");
	assert_refused("--live --settle=3,", "not a count");
	assert_refused("--live --settle=3,70000", "milliseconds");
	assert_refused("--live --watch=0", "not a number from 1 to 86400");
	assert_refused("--live --watch=1 --json", "exclude each other");
	assert_refused("--settle=3,100 a b", "needs --live");
	assert_refused("--anonymous=perhaps vmcore", "neither hash nor off");
	assert_refused("--watch=3 a b", "needs --live");
	assert_refused("--live --save-layout=f a", "exclude each other");
}
END_TEST

START_TEST(threads_are_a_small_number)
{
	struct options opt = parse_ok("-t 4 a b");

	ck_assert_uint_eq(opt.threads, 4);
	opt = parse_ok("--threads=1024 a b");
	ck_assert_uint_eq(opt.threads, 1024);
	/* As many as there are CPUs. */
	opt = parse_ok("a b");
	ck_assert_uint_ge(opt.threads, 1);
	ck_assert_uint_le(opt.threads, 32);
	assert_refused("-t 0 a b", "'0' is not a number from 1 to 1024");
	assert_refused("-t 1025 a b", "not a number from 1 to 1024");
	assert_refused("-t -1 a b", "--threads: '-1' is not a count");
	assert_refused("-t 99999999999999999999 a b", "is not a count");
	assert_refused("-t", "option '--threads' needs a value");
}
END_TEST

START_TEST(progress_is_for_terminals)
{
	struct options opt = parse_ok("--progress=always a b");

	ck_assert(opt.progress);
	opt = parse_ok("--progress=never a b");
	ck_assert(!opt.progress);
	ck_assert(!opt.stats);
	opt = parse_ok("--stats a b");
	ck_assert(opt.stats);
	assert_refused("--progress=maybe a b", "--progress: 'maybe' is not auto, always or never");
}
END_TEST

START_TEST(contradictions_are_told)
{
	assert_refused("-q -v a b", "--quiet and --verbose exclude each other");
	assert_refused("--json --quiet a b", "--quiet and --json exclude each other");
	assert_refused("--only=lock-held --ignore=list-cycle a b",
		       "--only and --ignore exclude each other");
	assert_refused("--layout=f --save-layout=g a",
		       "--layout and --save-layout exclude each other");
	assert_refused("--save-layout=f -j a", "--save-layout and --json exclude each other");
	assert_refused("--save-layout=f --force a",
		       "--save-layout and --force exclude each other");
	assert_refused("--save-layout=f --list-findings",
		       "--save-layout and --list-findings exclude each other");
}
END_TEST

START_TEST(the_number_of_files_is_checked)
{
	struct options opt;

	assert_refused("", "no dump was given");
	ck_assert_int_eq(parse(&opt, "dump"), 0);
	ck_assert_str_eq(opt.vmcore, "dump");
	ck_assert_ptr_null(opt.vmlinux);
	ck_assert_int_eq(parse(&opt, "--debuginfod --debug-dir=d dump"), 0);
	ck_assert_str_eq(opt.debug_dir, "d");
	ck_assert(opt.debuginfod);
	assert_refused("dump kernel more", "unexpected argument 'more'");
	assert_refused("--list-findings dump", "unexpected argument 'dump'");
}
END_TEST

/* A layout takes the place of the vmlinux; to save one takes no dump. */
START_TEST(layouts)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "dump --layout=file"), 0);
	ck_assert_int_eq(opt.action, ACTION_ANALYSE);
	ck_assert_str_eq(opt.vmcore, "dump");
	ck_assert_str_eq(opt.layout, "file");
	ck_assert_ptr_null(opt.vmlinux);
	ck_assert_int_eq(parse(&opt, "--save-layout - kernel"), 0);
	ck_assert_int_eq(opt.action, ACTION_SAVE_LAYOUT);
	ck_assert_str_eq(opt.vmlinux, "kernel");
	ck_assert_str_eq(opt.layout, "-");
	ck_assert_ptr_null(opt.vmcore);
	ck_assert_int_eq(parse(&opt, "dump kernel"), 0);
	ck_assert_ptr_null(opt.layout);
	assert_refused("--layout=f", "no dump was given");
	assert_refused("--layout=f dump kernel",
		       "unexpected argument 'kernel': with --layout, give only the dump");
	assert_refused("--save-layout=f", "--save-layout: no vmlinux was given: name its file");
	assert_refused("--save-layout=f kernel dump", "with --save-layout, give only the vmlinux");
	assert_refused("--layout= dump", "--layout: give the name of a file");
	assert_refused("--save-layout= kernel", "--save-layout: give the name of a file");
	assert_refused("dump --layout", "'--layout' needs a value");
}
END_TEST

START_TEST(questions_need_no_files)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--help"), 0);
	ck_assert_int_eq(opt.action, ACTION_HELP);
	ck_assert_int_eq(parse(&opt, "-V --nonsense"), 0);
	ck_assert_int_eq(opt.action, ACTION_VERSION);
	ck_assert_int_eq(parse(&opt, "--list-findings"), 0);
	ck_assert_int_eq(opt.action, ACTION_LIST_FINDINGS);
}
END_TEST

START_TEST(what_is_verified)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "a b"), 0);
	ck_assert(!opt.verify_text);
	ck_assert_int_eq(parse(&opt, "--verify=text a b"), 0);
	ck_assert(opt.verify_text);
	/* Who asks for what it finds asks for it. */
	ck_assert_int_eq(parse(&opt, "--only=text-changed a b"), 0);
	ck_assert(opt.verify_text);
	ck_assert_int_eq(parse(&opt, "--explain=text-changed a b"), 0);
	ck_assert(opt.verify_text);
	ck_assert_int_eq(parse(&opt, "--only=nr-free-count a b"), 0);
	ck_assert(!opt.verify_text);
	ck_assert(!opt.verify_slab);
	ck_assert_int_eq(parse(&opt, "--verify=slab a b"), 0);
	ck_assert(opt.verify_slab && !opt.verify_text);
	ck_assert_int_eq(parse(&opt, "--verify=slab,text a b"), 0);
	ck_assert(opt.verify_slab && opt.verify_text);
	ck_assert_int_eq(parse(&opt, "--verify=all a b"), 0);
	ck_assert(opt.verify_slab && opt.verify_text && opt.verify_cache);
	ck_assert(opt.verify_areas);
	ck_assert_int_eq(parse(&opt, "--verify=areas a b"), 0);
	ck_assert(opt.verify_areas && !opt.verify_slab && !opt.owners);
	ck_assert_int_eq(parse(&opt, "--verify=cache a b"), 0);
	ck_assert(opt.verify_cache && !opt.verify_slab);
	ck_assert_int_eq(parse(&opt, "--owners a b"), 0);
	ck_assert(opt.owners && !opt.verify_areas);
	ck_assert_int_eq(parse(&opt, "--only=cache-node a b"), 0);
	ck_assert(opt.verify_cache && !opt.verify_slab);
	ck_assert_int_eq(parse(&opt, "--only=slab-freelist a b"), 0);
	ck_assert(opt.verify_slab && !opt.verify_text);
	ck_assert(!opt.verify_tables);
	ck_assert_int_eq(parse(&opt, "--verify=tables a b"), 0);
	ck_assert(opt.verify_tables && !opt.verify_slab);
	ck_assert_int_eq(parse(&opt, "--only=mm-counter a b"), 0);
	ck_assert(opt.verify_tables && !opt.verify_slab);
	ck_assert(!opt.verify_tags);
	ck_assert_int_eq(parse(&opt, "--verify=tags a b"), 0);
	ck_assert(opt.verify_tags && !opt.verify_tables);
	ck_assert_int_eq(parse(&opt, "--only=alloc-tag a b"), 0);
	ck_assert(opt.verify_tags && !opt.verify_tables);
	assert_refused("--verify=data a b", "'data' is not one of text, slab, areas, cache, tables, tags, all");
	assert_refused("--verify=text, a b", "'' is not one of text, slab, areas, cache, tables, tags, all");
	assert_refused("--verify=slabs a b", "'slabs' is not one of");
	assert_refused("--live --verify=text", "--live and --verify exclude each other");
}
END_TEST

START_TEST(earlier_reports)
{
	struct options opt;

	ck_assert_int_eq(parse(&opt, "--history=runs --machine=r7-n12 a b"), 0);
	ck_assert_str_eq(opt.report.history, "runs");
	ck_assert_str_eq(opt.report.machine, "r7-n12");
	assert_refused("--machine= a b", "give a name of at most 64 bytes");
	assert_refused("--history= a b", "give the name of a file");
	assert_refused("--live --history=runs", "--live and --history exclude each other");
}
END_TEST

START_TEST(color_is_for_terminals)
{
	struct options opt;

	/* Under "make check" stdout is a file. */
	ck_assert_int_eq(parse(&opt, "--color=always a b"), 0);
	ck_assert(opt.report.color);
	ck_assert_int_eq(parse(&opt, "--color=never a b"), 0);
	ck_assert(!opt.report.color);
	setenv("NO_COLOR", "1", 1);
	ck_assert_int_eq(parse(&opt, "--color=auto a b"), 0);
	ck_assert(!opt.report.color);
	ck_assert_int_eq(parse(&opt, "--color=always a b"), 0);
	ck_assert(opt.report.color);
	assert_refused("--color=red a b", "'red' is not auto, always or never");
}
END_TEST

START_TEST(help_fits_a_screen)
{
	char *text = NULL;
	size_t size, lines = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	options_usage(out);
	fclose(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_uint_le(strlen(line), 80);
		lines++;
	}
	/* A window of today; few terminals have 24 lines. */
	ck_assert_uint_le(lines, 40);
	free(text);
}
END_TEST

START_TEST(a_mistake_cannot_drive_the_terminal)
{
	assert_refused("a b \033[2J", "'?[2J'");
}
END_TEST

UNIT_MAIN("options", two_files_are_enough, options_and_files_mix,
	  the_limit_depends_on_the_format, findings_can_be_left_out, only_leaves_out_the_rest,
	  an_unknown_finding_gets_a_hint, an_unknown_option_gets_a_hint,
	  a_finding_is_explained_by_name, html_and_map_are_asked_for,
	  a_page_has_several_names,
	  live_needs_no_dump, threads_are_a_small_number,
	  progress_is_for_terminals, contradictions_are_told,
	  the_number_of_files_is_checked, layouts, questions_need_no_files, what_is_verified, earlier_reports, color_is_for_terminals,
	  help_fits_a_screen, a_mistake_cannot_drive_the_terminal)
