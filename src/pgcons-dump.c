/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgcons-dump - an fsck for the memory of the page allocator
 *
 * main: options -> open both files -> model -> walk -> report -> exit status. Only this
 * file prints errors and exits.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap_walk.h"
#include "btf.h"
#include "debuginfo.h"
#include "dump_id.h"
#include "explain.h"
#include "facts.h"
#include "finding.h"
#include "kernel.h"
#include "layout.h"
#include "layout_file.h"
#include "live.h"
#include "memory_map.h"
#include "options.h"
#include "owner_story.h"
#include "page_codec.h"
#include "progress.h"
#include "report.h"
#include "report_page.h"
#include "run_stats.h"
#include "sandbox.h"
#include "settle.h"
#include "summary.h"
#include "vmcore.h"
#include "watch.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static volatile sig_atomic_t interrupted;

static void on_signal(int sig _unused_)
{
	interrupted = 1;
}

/* The walk ends with the chunks under way and what was found is still reported. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A closed pipe is a failed write, told as such, not a silent death. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* All that one run owns. */
struct run {
	struct options opt;
	struct vmcore *vc;
	struct facts facts;
	bool downloading;	/* a line of it is on the terminal */
	struct kernel *k;
	struct explain *explain;
	struct owner_story *owners;
	struct summary sum;
	struct progress progress;
	struct run_stats stats;
	struct watch *watch;	/* with --watch */
	struct settle *settle;	/* live: what the looks before gave; NULL: a dump */
	bool unsettled;		/* interrupted: too few of them for anything to be told */
	finding_sink *sink;	/* of what is told, and its argument */
	void *sink_arg;
	bool output_failed;	/* and it has been told */
};

static int fail(const struct pgc_err *err)
{
	fprintf(stderr, "pgcons-dump: %s\n", err->msg);
	return EXIT_INCOMPLETE;
}

/* The two files are told apart by their content, not by their order. */
static void sort_arguments(struct options *opt)
{
	const char *second = opt->vmlinux;

	if (!second || vmcore_looks_like_dump(opt->vmcore) || !vmcore_looks_like_dump(second))
		return;
	opt->vmlinux = opt->vmcore;
	opt->vmcore = second;
}

/* While a debuginfod server is asked: one line that is drawn again and again. */
static bool on_download(void *arg, const char *url, uint64_t got, uint64_t all)
{
	struct run *r = arg;
	char clean[120];

	if (r->opt.progress && r->opt.progress_terminal) {
		size_t n = 0;

		/* A server may redirect anywhere: nothing unprintable gets onto the terminal. */
		for (; url[n] && n < sizeof(clean) - 1; n++)
			clean[n] = url[n] > ' ' && url[n] < 0x7f ? url[n] : '?';
		clean[n] = '\0';
		fprintf(stderr, "\rdebuginfod: %" PRIu64 " of %" PRIu64 " MiB %s\033[K", got >> 20,
			all >> 20, clean);
		r->downloading = true;
	}
	return !interrupted;
}

/* Where it was looked for: when it is missed, or when the user wants to know. */
static void tell_tried(const struct run *r, bool failed)
{
	if (!r->facts.tried || (!failed && !r->facts.dump.without[0] && !r->opt.report.verbose))
		return;
	fprintf(stderr, "pgcons-dump: no vmlinux of this kernel at: %s\n", r->facts.tried);
}

static enum pgc_status read_layout(struct run *r, struct pgc_err *err)
{
	const struct facts_request req = {
		.vmlinux = r->opt.vmlinux, .layout = r->opt.layout, .dump = r->opt.vmcore,
		.debug_dir = r->opt.debug_dir, .debuginfod = r->opt.debuginfod,
		.force = r->opt.force, .progress = on_download, .progress_arg = r,
	};
	enum pgc_status st = facts_load(&req, r->vc, &r->facts, err);

	if (r->downloading)
		fputs("\r\033[K", stderr);
	if (r->facts.warning[0])
		fprintf(stderr, "pgcons-dump: warning: %s\n", r->facts.warning);
	tell_tried(r, st != PGC_OK);
	return st;
}

static void identify(struct run *r)
{
	const struct vmcore_info *info = vmcore_info(r->vc);
	struct summary *s = &r->sum;

	/* The contents of a live kernel name nothing: it is this boot. */
	dump_id(r->opt.live ? BOOT_ID_PATH : r->opt.vmcore, s->dump_id);
	s->release = info->release ? info->release : layout_release(r->facts.lay);
	s->build_id = info->build_id ? info->build_id : layout_build_id(r->facts.lay);
	s->arch = info->arch;
	s->page_size = info->page_size;
	s->cpus = r->k->n_cpus ? (unsigned int)r->k->n_cpus : info->cpus;
	s->nodes = (unsigned int)r->k->n_nodes;
	s->facts_from = layout_source_name(r->facts.lay);
	s->vmlinux = r->facts.vmlinux;
	if (r->facts.dump.why[0])
		summary_limit(s, "no vmlinux, and no types: %.120s", r->facts.dump.why);
	if (r->facts.dump.without[0])
		summary_limit(s, "not looked at for that: %s", r->facts.dump.without);
	if (info->missing_bytes)
		summary_limit(s, "the dump is truncated: %" PRIu64 " bytes are missing after offset %" PRIu64,
			      info->missing_bytes, info->truncated_at);
	if (r->facts.unsaid.n)
		summary_limit(s, "the layout file says nothing of %s and %zu others: an older program saved it",
			      r->facts.unsaid.first, r->facts.unsaid.n - 1);
	if (!r->k->running)
		summary_limit(s, "the kernel had not finished booting: not all checks mean something");
}

/* Of a live kernel: all that takes root is open. What will be written, or asked of, is not. */
static void give_up_rights(const struct run *r, bool last)
{
	if (r->opt.live && last == (r->opt.report.html || r->opt.debuginfod))
		(void)sandbox_enter();
}

static enum pgc_status open_files(struct run *r, struct pgc_err *err)
{
	enum pgc_status st;

	if (!r->opt.live)
		sort_arguments(&r->opt);
	st = r->opt.live ? vmcore_open_live(r->opt.vmcore, &r->vc, err) :
			   vmcore_open_with(r->opt.vmcore, r->opt.vmcoreinfo, &r->vc, err);
	give_up_rights(r, false);
	run_stats_phase(&r->stats, PHASE_OPEN);
	if (st == PGC_OK)
		st = read_layout(r, err);
	run_stats_phase(&r->stats, PHASE_LAYOUT);
	return st;
}

/* The looks at a live kernel before the one that is reported, and the beginning of that. */
static enum pgc_status settle(struct run *r, struct pgc_err *err)
{
	const struct live_options opt = { .looks = r->opt.looks, .gap_ms = r->opt.gap_ms,
					  .threads = r->opt.threads };
	enum pgc_status st = settle_create(&r->settle, err);

	if (st == PGC_OK)
		st = live_settle(r->vc, r->facts.lay, &opt, &interrupted, r->settle, err);
	r->unsettled = interrupted;
	return st == PGC_OK ? live_look(r->vc, r->facts.lay, r->settle, &r->k, err) : st;
}

static enum pgc_status read_model(struct run *r, struct pgc_err *err)
{
	enum pgc_status st;

	st = r->opt.live ? settle(r, err) : kernel_create(r->vc, r->facts.lay, &r->k, err);
	run_stats_phase(&r->stats, PHASE_MODEL);
	/* What was cut off is most likely what is missed: say so first. */
	if (vmcore_info(r->vc)->missing_bytes)
		st = pgc_err_add(err, st, "truncated, %" PRIu64 " bytes are missing after offset %" PRIu64,
				 vmcore_info(r->vc)->missing_bytes,
				 vmcore_info(r->vc)->truncated_at);
	return pgc_err_add(err, st, "%s", r->opt.vmcore);
}

/* The first word of the walk's progress is that lists and counters are done. */
static void on_progress(void *arg, uint64_t done, uint64_t all)
{
	struct run *r = arg;

	if (!done) {
		run_stats_phase(&r->stats, PHASE_LISTS);
		return;
	}
	/* All threads still have all that they need. */
	if (done == all && r->opt.stats)
		run_stats_memory(&r->stats);
	if (r->opt.progress)
		progress_update(&r->progress, done, all,
				all ? r->sum.coverage.pfns / done : 0, run_stats_now());
}

/* The vmlinux that was named, or found; NULL: neither. */
static const char *vmlinux_of(const struct run *r)
{
	return r->opt.vmlinux ? r->opt.vmlinux : r->facts.vmlinux;
}

/* Of a live kernel: has the finding been there in every look? */
static bool keep(void *arg, const struct finding *f)
{
	const struct run *r = arg;

	return settle_see(r->settle, f) && !r->unsettled;
}

static enum finding_want want(void *arg, enum finding_id id, uint64_t pfn)
{
	const struct run *r = arg;

	return settle_wants(r->settle, id, pfn);
}

static void only_settled(struct run *r, struct walk_options *opt)
{
	if (!r->settle)
		return;
	opt->keep = keep;
	opt->want = want;
	opt->keep_arg = r;
}

static void tell(void *arg, const struct finding *f)
{
	struct run *r = arg;

	/* The one that is made after the walk. */
	if (r->settle && f->id == FIND_TRACKED_COUNT && !keep(r, f))
		return;
	r->sink(r->sink_arg, f);
}

/* What the looks came to. */
static void sum_up_looks(struct run *r)
{
	if (!r->settle)
		return;
	r->sum.coverage.looks = settle_looks(r->settle);
	r->sum.coverage.transient = settle_transient(r->settle);
	if (settle_lost(r->settle))
		summary_limit(&r->sum, "%" PRIu64 " findings of the first looks were too many to be followed",
			      settle_lost(r->settle));
}

static enum pgc_status walk(struct run *r, struct pgc_err *err)
{
	struct walk_options opt = { .threads = r->opt.threads, .progress = on_progress,
				    .progress_arg = r };
	enum pgc_status st;

	only_settled(r, &opt);
	progress_start(&r->progress, stderr, r->opt.progress_terminal, run_stats_now());
	st = owner_story_create(r->k, vmlinux_of(r), tell, r, &r->owners, err);
	if (st == PGC_OK)
		st = explain_create(r->k, owner_story_finding, r->owners, &r->explain, err);
	if (st == PGC_OK)
		st = bitmap_walk(r->k, &r->sum, &opt, &interrupted, explain_finding, r->explain,
				 err);
	progress_end(&r->progress);
	run_stats_phase(&r->stats, PHASE_PAGES);
	if (st == PGC_OK)
		st = explain_end(r->explain, &r->sum, err);
	sum_up_looks(r);
	return st;
}

static void print_stats(const struct run *r)
{
	run_stats_print(&r->stats, stderr, r->sum.coverage.pfns,
			r->sum.bytes_read + vmcore_bytes_read(r->vc), r->opt.threads);
}

/* What one walk of the memory made; the dump and what is known of its kernel stay. */
static void end_walk(struct run *r)
{
	explain_destroy(r->explain);
	r->explain = NULL;
	owner_story_destroy(r->owners);
	r->owners = NULL;
	settle_destroy(r->settle);
	r->settle = NULL;
	free(r->sum.zones);
	memory_map_destroy(r->sum.map);
	r->sum = (struct summary){ .zones = NULL };
	kernel_destroy(r->k);
	r->k = NULL;
}

/* --ignore and --only hold here, too. */
static void watch_wanted(void *arg, const struct finding *f)
{
	struct run *r = arg;

	if (r->opt.report.ignore[f->id] || f->severity == SEV_NOTE)
		return;
	r->sum.totals.by_severity[f->severity]++;
	watch_finding(r->watch, f);
}

static int watch_once(struct run *r)
{
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st = read_model(r, &err);

	if (st == PGC_OK) {
		identify(r);
		st = walk(r, &err);
	}
	if (st == PGC_OK && !r->sum.interrupted)
		st = watch_tell(r->watch, report_result(&r->sum, r->opt.report.strict), &err);
	return st == PGC_OK ? report_exit_status(&r->sum, r->opt.report.strict) : fail(&err);
}

/* Report after report until interrupted; one that cannot be made is told on stderr. */
static int watch(struct run *r)
{
	struct pgc_err err = PGC_ERR_INIT;
	int status = 0, once;

	if (watch_create(stdout, vmcore_info(r->vc)->page_size, &r->watch, &err) != PGC_OK)
		return fail(&err);
	r->sink = watch_wanted;
	r->sink_arg = r;
	do {
		once = watch_once(r);
		/* The one that was cut short says nothing. */
		status |= interrupted ? 0 : once;
		end_walk(r);
		live_sleep(r->opt.watch * UINT64_C(1000), &interrupted);
	} while (!interrupted && !ferror(stdout));
	watch_destroy(r->watch);
	return status | (interrupted ? EXIT_INTERRUPTED : 0);
}

static int analyse(struct run *r)
{
	struct pgc_err err = PGC_ERR_INIT, walk_err = PGC_ERR_INIT;
	const char **names = NULL;
	struct report *rep = NULL;
	enum pgc_status st;
	int status = 0;

	run_stats_start(&r->stats);
	if (open_files(r, &err) != PGC_OK)
		return fail(&err) | (interrupted ? EXIT_INTERRUPTED : 0);
	if (r->opt.watch) {
		give_up_rights(r, true);
		return watch(r);
	}
	if (read_model(r, &err) != PGC_OK)
		return fail(&err) | (interrupted ? EXIT_INTERRUPTED : 0);
	identify(r);
	names = calloc(r->k->migratetypes, sizeof(*names));
	for (unsigned int i = 0; names && i < r->k->migratetypes; i++)
		names[i] = layout_enum_name(r->facts.lay, LE_migratetype, (int64_t)i);
	r->sum.migratetypes = names;
	r->sum.n_migratetypes = names ? r->k->migratetypes : 0;
	st = PGC_OK;
	if (r->opt.report.html || r->opt.report.map)
		st = memory_map_create(r->k, &r->sum.map, &err);
	if (st == PGC_OK)
		st = report_begin(stdout, &r->opt.report, vmcore_info(r->vc), &r->sum, &rep, &err);
	if (st != PGC_OK) {
		free(names);
		return fail(&err);
	}
	give_up_rights(r, true);
	r->sink = report_finding;
	r->sink_arg = rep;
	st = walk(r, &walk_err);
	if (st != PGC_OK) {
		summary_limit(&r->sum, "%.150s", walk_err.msg);
		status |= fail(&walk_err);
	}
	if (report_end(rep, &err) != PGC_OK) {
		status |= fail(&err);
		r->output_failed = true;
	}
	status |= report_exit_status(&r->sum, r->opt.report.strict);
	run_stats_phase(&r->stats, PHASE_REPORT);
	if (r->opt.stats)
		print_stats(r);
	free(names);
	return status;
}

static int save_layout(const struct options *opt)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay = NULL;
	enum pgc_status st;

	st = facts_read_vmlinux(opt->vmlinux, &lay, &err);
	if (st == PGC_OK)
		st = layout_file_save(lay, opt->layout, &err);
	layout_destroy(lay);
	return st == PGC_OK ? 0 : fail(&err);
}

/* What was found about the page that --page is about. */
struct page_findings {
	uint64_t pfn;
	uint32_t page_size;
	size_t n;
	bool corrupt;
};

static void on_page_finding(void *arg, const struct finding *f)
{
	struct page_findings *pf = arg;

	if (f->pfn == FINDING_NO_PFN || pf->pfn < f->pfn || pf->pfn - f->pfn >= f->count)
		return;
	report_page_finding(stdout, f, pf->page_size, pf->n++ == 0);
	pf->corrupt |= f->severity == SEV_CORRUPT;
}

static void print_contents(const struct run *r, uint64_t paddr)
{
	size_t size = (size_t)1 << r->k->page_shift, done = 0;
	_cleanup_free_ uint8_t *bytes = malloc(size);

	if (bytes && vmcore_read_phys(r->vc, paddr, bytes, size, &done, NULL) == PGC_OK)
		report_page_contents(stdout, bytes, size);
}

static enum pgc_status inspect(struct run *r, struct page_findings *pf, struct pgc_err *err)
{
	struct walk_options opt = { .one_page = true };
	struct page_inspection pi;
	enum pgc_status st;

	st = page_name_resolve(&r->opt.page, r->k, &pf->pfn, err);
	if (st == PGC_OK)
		st = owner_story_create(r->k, vmlinux_of(r), NULL, NULL, &r->owners, err);
	if (st == PGC_OK)
		st = page_inspect(r->k, r->owners, pf->pfn, &pi, err);
	if (st != PGC_OK)
		return st;
	report_page(stdout, &pi, r->k);
	r->sink = on_page_finding;
	r->sink_arg = pf;
	only_settled(r, &opt);
	st = explain_create(r->k, tell, r, &r->explain, err);
	opt.pfn = pf->pfn;
	if (st == PGC_OK)
		st = bitmap_walk(r->k, &r->sum, &opt, &interrupted, explain_finding, r->explain,
				 err);
	if (st == PGC_OK && !pf->n)
		printf("findings     none\n");
	if (st == PGC_OK && r->opt.contents)
		print_contents(r, pi.paddr);
	return st;
}

/* --page: of the exit status only "corrupt" and "not done" make sense for one page. */
static int look_at_page(struct run *r)
{
	struct page_findings pf = { .n = 0 };
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st;

	run_stats_start(&r->stats);
	st = open_files(r, &err);
	give_up_rights(r, true);
	if (st == PGC_OK)
		st = read_model(r, &err);
	if (st == PGC_OK) {
		pf.page_size = vmcore_info(r->vc)->page_size;
		st = inspect(r, &pf, &err);
	}
	return (st == PGC_OK ? 0 : fail(&err)) | (pf.corrupt ? EXIT_CORRUPT : 0);
}

static int version(void)
{
	printf("pgcons-dump %s\n", VERSION);
	printf("libkdumpfile %s\n", vmcore_library_version());
	printf("elfutils %s\n", debuginfo_library_version());
	printf("libbpf %s\n", btf_library_version());
	printf("libdebuginfod %s\n", ask_debuginfod_version());
	printf("dumps: ELF, kdump-compressed, either of them flattened\n");
	printf("pages inflated without libkdumpfile: %s\n", page_codec_names());
	return 0;
}

/* A full disk or a closed pipe must not look like success. */
static int close_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "pgcons-dump: the output could not be written\n");
	return status | EXIT_INCOMPLETE;
}

int main(int argc, char **argv)
{
	struct run run = { .vc = NULL };
	int status;

	status = options_parse(&run.opt, argc, argv);
	if (status)
		return status;
	switch (run.opt.action) {
	case ACTION_HELP:
		options_usage(stdout);
		return close_stdout(0);
	case ACTION_VERSION:
		return close_stdout(version());
	case ACTION_LIST_FINDINGS:
		options_list_findings(stdout);
		return close_stdout(0);
	case ACTION_SAVE_LAYOUT:
		return close_stdout(save_layout(&run.opt));
	case ACTION_EXPLAIN:
		report_explain(stdout, run.opt.explain);
		return close_stdout(0);
	case ACTION_ANALYSE:
	case ACTION_PAGE:
		break;
	}
	catch_signals();
	status = run.opt.action == ACTION_PAGE ? look_at_page(&run) : analyse(&run);
	end_walk(&run);
	facts_deinit(&run.facts);
	vmcore_close(run.vc);
	return run.output_failed ? status : close_stdout(status);
}
