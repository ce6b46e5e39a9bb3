/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options_value.h"
#include "dump/dump_kcore.h"
#include "judge/finding.h"
#include "vmcore.h"

#define TEXT_MAX_FINDINGS 20
#define MAX_THREADS 1024
#define DEFAULT_THREADS 32
#define DEFAULT_LOOKS 3
#define DEFAULT_GAP_MS 100
#define MAX_LOOKS 1000
#define MAX_GAP_MS 60000
#define MAX_MACHINE 64
#define MAX_WATCH 86400 /* a day */

/* Options without a letter get a number past every char. */
enum {
	OPT_IGNORE = 256,
	OPT_JSONL,
	OPT_EXPLAIN,
	OPT_HTML,
	OPT_CONTENTS,
	OPT_MAP,
	OPT_ONLY,
	OPT_STRICT,
	OPT_MAX_FINDINGS,
	OPT_COLOR,
	OPT_VMCOREINFO,
	OPT_DEBUG_DIR,
	OPT_DEBUGINFOD,
	OPT_FORCE,
	OPT_LIST_FINDINGS,
	OPT_PROGRESS,
	OPT_STATS,
	OPT_LAYOUT,
	OPT_SAVE_LAYOUT,
	OPT_LIVE,
	OPT_SETTLE,
	OPT_WATCH,
	OPT_NOT_ATOMIC,
	OPT_ANONYMOUS,
	OPT_ONELINE,
	OPT_OWNERS,
	OPT_VERIFY,
	OPT_HISTORY,
	OPT_MACHINE,
	OPT_END,
};

/* '+' is absent on purpose: options and files may come in any order. */
static const char short_options[] = ":jqt:vhVp:";

static const struct option long_options[] = {
	{ "anonymous", optional_argument, NULL, OPT_ANONYMOUS },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "contents", no_argument, NULL, OPT_CONTENTS },
	{ "debug-dir", required_argument, NULL, OPT_DEBUG_DIR },
	{ "debuginfod", no_argument, NULL, OPT_DEBUGINFOD },
	{ "explain", required_argument, NULL, OPT_EXPLAIN },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "help", no_argument, NULL, 'h' },
	{ "history", required_argument, NULL, OPT_HISTORY },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "ignore", required_argument, NULL, OPT_IGNORE },
	{ "json", no_argument, NULL, 'j' },
	{ "jsonl", no_argument, NULL, OPT_JSONL },
	{ "layout", required_argument, NULL, OPT_LAYOUT },
	{ "list-findings", no_argument, NULL, OPT_LIST_FINDINGS },
	{ "live", no_argument, NULL, OPT_LIVE },
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "map", no_argument, NULL, OPT_MAP },
	{ "max-findings", required_argument, NULL, OPT_MAX_FINDINGS },
	{ "not-atomic", no_argument, NULL, OPT_NOT_ATOMIC },
	{ "oneline", no_argument, NULL, OPT_ONELINE },
	{ "only", required_argument, NULL, OPT_ONLY },
	{ "owners", no_argument, NULL, OPT_OWNERS },
	{ "page", required_argument, NULL, 'p' },
	{ "progress", required_argument, NULL, OPT_PROGRESS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "save-layout", required_argument, NULL, OPT_SAVE_LAYOUT },
	{ "settle", required_argument, NULL, OPT_SETTLE },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "threads", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "verify", required_argument, NULL, OPT_VERIFY },
	{ "version", no_argument, NULL, 'V' },
	{ "vmcoreinfo", required_argument, NULL, OPT_VMCOREINFO },
	{ "watch", required_argument, NULL, OPT_WATCH },
	{ NULL, 0, NULL, 0 },
};

/* Pairs that contradict each other. */
static const struct {
	int a, b;
} conflicts[] = {
	{ 'q', 'v' },
	{ 'q', 'j' },
	{ 'q', OPT_JSONL },
	{ 'j', OPT_JSONL },
	{ 'q', OPT_MAP },
	{ OPT_ONELINE, 'q' },
	{ OPT_ONELINE, 'j' },
	{ OPT_ONELINE, OPT_JSONL },
	{ OPT_ONELINE, OPT_MAP },
	{ OPT_ONELINE, OPT_WATCH },
	{ 'p', OPT_ONELINE },
	{ OPT_SAVE_LAYOUT, OPT_ONELINE },
	{ 'p', 'q' },
	{ 'p', 'v' },
	{ 'p', 'j' },
	{ 'p', OPT_JSONL },
	{ 'p', OPT_HTML },
	{ 'p', OPT_MAP },
	{ 'p', OPT_LIST_FINDINGS },
	{ 'p', OPT_EXPLAIN },
	{ 'p', OPT_SAVE_LAYOUT },
	{ 'j', OPT_MAP },
	{ OPT_JSONL, OPT_MAP },
	{ OPT_ONLY, OPT_IGNORE },
	{ OPT_LAYOUT, OPT_SAVE_LAYOUT },
	{ OPT_SAVE_LAYOUT, OPT_ANONYMOUS },
	{ OPT_SAVE_LAYOUT, OPT_LIST_FINDINGS },
	{ OPT_SAVE_LAYOUT, OPT_FORCE },
	{ OPT_SAVE_LAYOUT, OPT_DEBUG_DIR },
	{ OPT_SAVE_LAYOUT, OPT_DEBUGINFOD },
	{ OPT_SAVE_LAYOUT, 'j' },
	{ OPT_SAVE_LAYOUT, 'q' },
	{ OPT_SAVE_LAYOUT, OPT_JSONL },
	{ OPT_SAVE_LAYOUT, OPT_HTML },
	{ OPT_SAVE_LAYOUT, OPT_MAP },
	{ OPT_SAVE_LAYOUT, OPT_EXPLAIN },
	{ OPT_SAVE_LAYOUT, 'v' },
	{ OPT_SAVE_LAYOUT, OPT_LIVE },
	{ OPT_LIVE, OPT_VMCOREINFO },
	{ OPT_LIVE, OPT_NOT_ATOMIC },
	{ OPT_SAVE_LAYOUT, OPT_NOT_ATOMIC },
	{ OPT_LIVE, OPT_VERIFY },
	{ OPT_LIVE, OPT_HISTORY },
	{ 'p', OPT_HISTORY },
	{ OPT_SAVE_LAYOUT, OPT_HISTORY },
	{ 'p', OPT_VERIFY },
	{ OPT_SAVE_LAYOUT, OPT_VERIFY },
	{ OPT_OWNERS, 'q' },
	{ OPT_OWNERS, OPT_ONELINE },
	{ OPT_OWNERS, OPT_LIVE },
	{ 'p', OPT_OWNERS },
	{ OPT_SAVE_LAYOUT, OPT_OWNERS },
	{ OPT_WATCH, 'j' },
	{ OPT_WATCH, 'q' },
	{ OPT_WATCH, OPT_JSONL },
	{ OPT_WATCH, OPT_HTML },
	{ OPT_WATCH, OPT_MAP },
};

struct parser {
	struct options *opt;
	enum when color, progress;
	bool has_max;
	bool only[FINDING_IDS];
	bool seen[OPT_END];
};

void options_usage(FILE *out)
{
	fputs("Usage: " PROGRAM " [OPTION...] VMCORE [VMLINUX]       in either order\n"
	      "       " PROGRAM " [OPTION...] VMCORE --layout=FILE   a layout saved before\n"
	      "       " PROGRAM " [OPTION...] --live [VMLINUX]       the running kernel\n"
	      "       " PROGRAM " --save-layout=FILE VMLINUX         save it (\"-\": stdout)\n"
	      "Check the page allocator's state in a Linux crash dump. VMLINUX is the dumped\n"
	      "kernel with its debug information; if it is not given, the usual places are\n"
	      "searched; if it is not found, the dump must describe its kernel itself.\n"
	      "\n"
	      "  -q, --quiet; -v, --verbose      print only the verdict; add notes, evidence\n"
	      "  -j, --json; --jsonl             print JSON, or JSON Lines, instead of text\n"
	      "  --oneline                       print one line for each finding\n"
	      "  --html=FILE; --map              also write HTML; add a memory map to the text\n"
	      "  --anonymous[=hash]              leave out the host name (or hash it) in JSON\n"
	      "  -p, --page=PAGE; --contents     report on one page only: PFN, 0xPFN,\n"
	      "                                  phys:ADDR or page:ADDR; also dump its bytes\n"
	      "  --max-findings=N                list N of a kind (20 in text, all in JSON)\n"
	      "  --ignore=LIST, --only=LIST      ignore these findings; ignore all others\n"
	      "  --strict                        suspect findings, too, set exit status 4\n"
	      "  --color=WHEN, --progress=WHEN   auto (on a terminal), always or never\n"
	      "  -t, --threads=N; --stats        use N threads; report time and memory\n"
	      "  --debug-dir=DIR; --debuginfod   search DIR first; ask servers for a vmlinux\n"
	      "  --vmcoreinfo=FILE               lines of VMCOREINFO for a dump that lacks them\n"
	      "  --settle=K,MS                   with --live: K passes must agree, MS ms apart\n"
	      "  --watch=SECONDS                 with --live: repeat the check every SECONDS\n"
	      "  --not-atomic                    the dump was taken while the machine ran\n"
	      "  --history=PATH; --machine=ID    compare with earlier reports; of this machine\n"
	      "  --owners                        also report where memory went, by owner\n"
	      "  --verify=LIST                   also check text (the kernel's code), slab (its\n"
	      "                                  free objects), areas (pages of vmalloc, stacks\n"
	      "                                  and others), cache (pages of files), tables\n"
	      "                                  (page tables), tags (where pages were\n"
	      "                                  allocated), all\n"
	      "  --force                         continue although VMLINUX is of another build\n"
	      "  --list-findings                 list all findings: name, severity, meaning\n"
	      "  --explain=FINDING               explain it; with a dump: what was found\n"
	      "  -h, --help; -V, --version       print this help; print the versions\n"
	      "\n"
	      "The exit status is the sum of: 0 consistent, 4 corrupt, 8 failed or incomplete,\n"
	      "16 wrong usage, 32 interrupted.\n",
	      out);
}

void options_list_findings(FILE *out)
{
	int width = 0;

	for (size_t i = 0; i < FINDING_IDS; i++) {
		int len = (int)strlen(finding_type((enum finding_id)i)->slug);

		if (len > width)
			width = len;
	}
	for (size_t i = 0; i < FINDING_IDS; i++) {
		const struct finding_type *type = finding_type((enum finding_id)i);

		fprintf(out, "%-*s  %-7s  %s\n", width, type->slug,
			severity_name(type->severity), type->summary);
	}
}

/* A word that starts with "--" and names no option, or more than one. */
static int unknown_option(const char *arg)
{
	size_t len, distance = 3, prefixed = 0;
	const char *hint = NULL;

	arg += strlen("--");
	len = strcspn(arg, "=");
	for (const struct option *o = long_options; o->name; o++) {
		prefixed += strncmp(o->name, arg, len) == 0;
		option_consider(arg, len, o->name, &hint, &distance);
	}
	if (prefixed > 1)
		return usage_error("option '--%.*s' is ambiguous", (int)len, arg);
	if (hint)
		return usage_error("unknown option '--%.*s' (did you mean '--%s'?)",
				   (int)len, arg, hint);
	return usage_error("unknown option '--%.*s'", (int)len, arg);
}

static const char *option_name(int val)
{
	for (const struct option *o = long_options; o->name; o++)
		if (o->val == val)
			return o->name;
	return NULL;
}

/* The CPUs that this process may run on. */
static unsigned int default_threads(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	if (n < 1)
		return 1;
	return n < DEFAULT_THREADS ? (unsigned int)n : DEFAULT_THREADS;
}

static bool want_color(enum when when)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when != WHEN_AUTO)
		return when == WHEN_ALWAYS;
	if (no_color && no_color[0])
		return false;
	return term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
}

static int parse_anonymous(const char *how, enum report_host *host)
{
	if (how && strcmp(how, "hash") && strcmp(how, "off"))
		return usage_error("--anonymous: '%s' is neither hash nor off", how);
	*host = how && !strcmp(how, "hash") ? HOST_HASHED : HOST_HIDDEN;
	return 0;
}

/* K,MS or K */
static int parse_settle(const char *text, struct options *opt)
{
	const char *comma = strchr(text, ',');
	char looks[24];
	uint64_t ms = opt->gap_ms;

	snprintf(looks, sizeof(looks), "%.*s", comma ? (int)(comma - text) : (int)strlen(text),
		 text);
	if (option_number("settle", looks, MAX_LOOKS, &opt->looks) != 0)
		return EXIT_USAGE;
	/* No pause at all is fine. */
	if (comma && option_count("settle", comma + 1, &ms) != 0)
		return EXIT_USAGE;
	if (ms > MAX_GAP_MS)
		return usage_error("--settle: the passes are more than %d milliseconds apart", MAX_GAP_MS);
	opt->gap_ms = (unsigned int)ms;
	return 0;
}

static bool is_word(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(at, word, len) == 0;
}

static int parse_verify(const char *list, struct options *opt)
{
	const struct {
		const char *name;
		bool *wanted;
	} all[] = { { "text", &opt->verify_text }, { "slab", &opt->verify_slab },
		{ "areas", &opt->verify_areas }, { "cache", &opt->verify_cache },
		{ "tables", &opt->verify_tables }, { "tags", &opt->verify_tags } };

	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ","), known = 0;

		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			if (is_word(at, len, "all") || is_word(at, len, all[i].name)) {
				*all[i].wanted = true;
				known++;
			}
		if (!known)
			return usage_error("--verify: '%.*s' is not one of text, slab, areas, cache, tables, tags, all",
					   (int)len, at);
		at += len;
		if (!*at)
			return 0;
	}
}

static int take_option(struct parser *p, int c)
{
	struct report_options *rep = &p->opt->report;

	switch (c) {
	case 'j':
		rep->format = REPORT_JSON;
		return 0;
	case OPT_JSONL:
		rep->format = REPORT_JSONL;
		return 0;
	case OPT_ONELINE:
		rep->format = REPORT_ONELINE;
		return 0;
	case 'q':
		rep->quiet = true;
		return 0;
	case 'v':
		rep->verbose = true;
		return 0;
	case 'h':
		p->opt->action = ACTION_HELP;
		return 0;
	case 'V':
		p->opt->action = ACTION_VERSION;
		return 0;
	case 'p':
		p->opt->action = ACTION_PAGE;
		return option_page("page", optarg, &p->opt->page);
	case OPT_CONTENTS:
		p->opt->contents = true;
		return 0;
	case OPT_HTML:
		return option_file("html", optarg, &rep->html);
	case OPT_MAP:
		rep->map = true;
		return 0;
	case OPT_LIST_FINDINGS:
		p->opt->action = ACTION_LIST_FINDINGS;
		return 0;
	case OPT_EXPLAIN:
		p->opt->action = ACTION_EXPLAIN;
		return option_finding("explain", optarg, strlen(optarg), &p->opt->explain);
	case OPT_VMCOREINFO:
		p->opt->vmcoreinfo = optarg;
		return 0;
	case OPT_DEBUG_DIR:
		p->opt->debug_dir = optarg;
		return 0;
	case OPT_DEBUGINFOD:
		p->opt->debuginfod = true;
		return 0;
	case OPT_NOT_ATOMIC:
		p->opt->not_atomic = true;
		return 0;
	case OPT_FORCE:
		p->opt->force = true;
		return 0;
	case OPT_STRICT:
		rep->strict = true;
		return 0;
	case OPT_IGNORE:
		return option_findings("ignore", optarg, rep->ignore);
	case OPT_ONLY:
		return option_findings("only", optarg, p->only);
	case OPT_MAX_FINDINGS:
		p->has_max = true;
		return option_count("max-findings", optarg, &rep->max_findings);
	case OPT_COLOR:
		return option_when("color", optarg, &p->color);
	case OPT_PROGRESS:
		return option_when("progress", optarg, &p->progress);
	case OPT_ANONYMOUS:
		return parse_anonymous(optarg, &rep->host);
	case OPT_STATS:
		p->opt->stats = true;
		return 0;
	case 't':
		return option_number("threads", optarg, MAX_THREADS, &p->opt->threads);
	case OPT_SAVE_LAYOUT:
		p->opt->action = ACTION_SAVE_LAYOUT;
		return option_file("save-layout", optarg, &p->opt->layout);
	case OPT_LIVE:
		p->opt->live = true;
		return 0;
	case OPT_SETTLE:
		return parse_settle(optarg, p->opt);
	case OPT_WATCH:
		return option_number("watch", optarg, MAX_WATCH, &p->opt->watch);
	case OPT_HISTORY:
		return option_file("history", optarg, &rep->history);
	case OPT_MACHINE:
		if (!optarg[0] || strlen(optarg) > MAX_MACHINE)
			return usage_error("--machine: give a name of at most %d bytes", MAX_MACHINE);
		rep->machine = optarg;
		return 0;
	case OPT_VERIFY:
		return parse_verify(optarg, p->opt);
	case OPT_OWNERS:
		p->opt->owners = true;
		return 0;
	case OPT_LAYOUT:
		return option_file("layout", optarg, &p->opt->layout);
	}
	return usage_error("unknown option");
}

/* What getopt_long() did not like; it reports the same '?' for three mistakes. */
static int option_error(int c, char **argv)
{
	const char *name = option_name(optopt);

	if (c == ':')
		return usage_error("option '--%s' needs a value", name);
	if (name)
		return usage_error("option '--%s' takes no value", name);
	if (optopt != 0)
		return usage_error("unknown option '-%c'", optopt);
	return unknown_option(argv[optind - 1]);
}

static int check_conflicts(const struct parser *p)
{
	const char *html = p->opt->report.html;

	for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++)
		if (p->seen[conflicts[i].a] && p->seen[conflicts[i].b])
			return usage_error("--%s and --%s exclude each other",
					   option_name(conflicts[i].a),
					   option_name(conflicts[i].b));
	if (html && !strcmp(html, "-") &&
	    (p->seen['j'] || p->seen[OPT_JSONL] || p->seen['q'] || p->seen[OPT_MAP] ||
	     p->seen[OPT_ONELINE]))
		return usage_error("--html=- writes to stdout: leave out --json, --jsonl, --oneline, --quiet and --map");
	if (!p->opt->live && p->seen[OPT_SETTLE])
		return usage_error("--settle needs --live");
	if (!p->opt->live && p->opt->watch)
		return usage_error("--watch needs --live");
	return 0;
}

/* With --live the dump is known, and the vmlinux need not be there. */
static int take_live(struct options *opt, int n, char **files)
{
	int most = opt->layout ? 0 : 1;

	if (n > most)
		return usage_error("unexpected argument '%s': --live takes a vmlinux or a layout, not a dump",
				   files[most]);
	opt->vmcore = KCORE_PATH;
	opt->vmlinux = n ? files[0] : NULL;
	return 0;
}

/* The files that are no dump go to the end; how many are there? */
static int set_apart(int n, char **files)
{
	int others = 0;

	for (int i = 0; i < n - others;) {
		char *file = files[i];

		if (vmcore_looks_like_dump(file)) {
			i++;
			continue;
		}
		memmove(&files[i], &files[i + 1], (size_t)(n - i - 1) * sizeof(*files));
		files[n - 1] = file;
		others++;
	}
	return others;
}

/* The pieces of a split dump, and a vmlinux if no layout was named? */
static bool take_pieces(struct options *opt, int n, char **files)
{
	int others = n > 1 ? set_apart(n, files) : 0;

	if (n - others < 2 || others > (opt->layout ? 0 : 1))
		return false;
	opt->pieces = (const char *const *)files;
	opt->n_pieces = (size_t)(n - others);
	opt->vmcore = files[0];
	opt->vmlinux = others ? files[n - 1] : NULL;
	return true;
}

static int take_files(struct options *opt, int n, char **files)
{
	bool save = opt->action == ACTION_SAVE_LAYOUT;
	int most = save || opt->layout ? 1 : 2;

	if ((opt->action == ACTION_ANALYSE || opt->action == ACTION_PAGE) &&
	    take_pieces(opt, n, files))
		return 0;

	if (opt->action != ACTION_ANALYSE && opt->action != ACTION_PAGE && !save)
		most = 0;
	if (n > most && most == 1)
		return usage_error("unexpected argument '%s': with %s, give only %s", files[most],
				   save ? "--save-layout" : "--layout",
				   save ? "the vmlinux" : "the dump");
	if (n > most)
		return usage_error("unexpected argument '%s'", files[most]);
	if (!n && save)
		return usage_error("--save-layout: no vmlinux was given: name its file");
	if (!n && opt->layout)
		return usage_error("no dump was given: name its file");
	if (!n && most)
		return usage_error("no dump was given: name its file, and the vmlinux of its kernel if you have it");
	if (save)
		opt->vmlinux = files[0];
	else if (n)
		opt->vmcore = files[0];
	if (n > 1)
		opt->vmlinux = files[1];
	return 0;
}

static int explain_found(struct parser *p)
{
	struct report_options *rep = &p->opt->report;

	if (rep->format != REPORT_TEXT || rep->quiet || rep->map || rep->html || p->opt->watch ||
	    p->seen[OPT_ONLY] || p->seen[OPT_IGNORE])
		return usage_error("--explain with a dump is text about one kind of finding: leave out other forms, --only and --ignore");
	p->opt->action = ACTION_ANALYSE;
	rep->explain = true;
	rep->explained = p->opt->explain;
	return 0;
}

/* What depends on more than one option. */
static void finish(struct parser *p)
{
	struct report_options *rep = &p->opt->report;

	if (!p->has_max)
		rep->max_findings =
			rep->format == REPORT_TEXT ? TEXT_MAX_FINDINGS : UINT64_MAX;
	if (p->seen[OPT_ONLY])
		for (size_t i = 0; i < FINDING_IDS; i++)
			rep->ignore[i] = !p->only[i];
	for (size_t i = 0; i < FINDING_IDS && rep->explain; i++)
		rep->ignore[i] = i != (size_t)rep->explained;
	/* Who asks for its findings asks for it. */
	if ((p->seen[OPT_ONLY] || rep->explain) && !p->opt->live) {
		p->opt->verify_text |= !rep->ignore[FIND_TEXT_CHANGED];
		p->opt->verify_areas |= !rep->ignore[FIND_OWNER_CONFLICT];
		p->opt->verify_slab |= !rep->ignore[FIND_SLAB_FREELIST] ||
				       !rep->ignore[FIND_SLAB_OBJECT];
		for (size_t i = FIND_CACHE_COUNT; i <= FIND_CACHE_TAG; i++)
			p->opt->verify_cache |= !rep->ignore[i];
		p->opt->verify_tags |= !rep->ignore[FIND_ALLOC_TAG];
		p->opt->verify_tables |= !rep->ignore[FIND_TABLE_ENTRY] ||
					 !rep->ignore[FIND_TABLE_PAGE] ||
					 !rep->ignore[FIND_MAPCOUNT_RECOUNT] ||
					 !rep->ignore[FIND_MM_COUNTER];
	}
	rep->color = want_color(p->color);
	if (!p->opt->threads)
		p->opt->threads = default_threads();
	p->opt->progress_terminal = isatty(STDERR_FILENO);
	p->opt->progress = p->progress == WHEN_AUTO ? p->opt->progress_terminal :
						      p->progress == WHEN_ALWAYS;
}

int options_parse(struct options *opt, int argc, char **argv)
{
	struct parser p = { .opt = opt };
	int c, st;

	*opt = (struct options){ .action = ACTION_ANALYSE, .looks = DEFAULT_LOOKS,
				 .gap_ms = DEFAULT_GAP_MS };
	opterr = 0;
	optind = 0; /* glibc: start over, also on a second call */
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return option_error(c, argv);
		st = take_option(&p, c);
		if (st != 0)
			return st;
		if (opt->action == ACTION_HELP || opt->action == ACTION_VERSION)
			return 0;
		p.seen[c] = true;
	}
	st = check_conflicts(&p);
	if (st == 0 && opt->contents && opt->action != ACTION_PAGE)
		st = usage_error("--contents needs --page");
	/* With a dump, what is explained is what was found there. */
	if (st == 0 && opt->action == ACTION_EXPLAIN && (opt->live || optind < argc))
		st = explain_found(&p);
	if (st == 0)
		st = opt->live && (opt->action == ACTION_ANALYSE || opt->action == ACTION_PAGE) ?
			take_live(opt, argc - optind, argv + optind) :
			take_files(opt, argc - optind, argv + optind);
	if (st == 0)
		finish(&p);
	return st;
}
