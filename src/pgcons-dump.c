/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgcons-dump - an fsck for the memory of the page allocator
 *
 * main: options -> run -> report -> exit status. Only this file prints errors and exits.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/learn.h"
#include "cli/live.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/watch.h"
#include "debuginfo/debuginfo.h"
#include "dump/dump_id.h"
#include "dump/page_codec.h"
#include "judge/finding.h"
#include "layout/btf.h"
#include "layout/layout.h"
#include "layout/layout_file.h"
#include "model/kernel.h"
#include "report/report.h"
#include "report/report_page.h"
#include "vmcore.h"

/* Set by a signal, read by all threads of a walk: both are sound only without a lock. */
static atomic_bool interrupted;

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may take no lock");

static void on_signal(int sig _unused_)
{
	interrupted = true;
}

/* The walk ends with the chunks under way and what was found is still reported. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A closed pipe is a failed write, reported as such, not a silent death. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int fail(const struct pgc_err *err)
{
	fprintf(stderr, "pgcons-dump: %s\n", err->msg);
	return EXIT_INCOMPLETE;
}

/* A step failed, or was not let end. */
static int stopped(const struct pgc_err *err)
{
	return fail(err) | (interrupted ? EXIT_INTERRUPTED : 0);
}

/* Where a vmlinux was searched for: when it is missed, or when the user wants to know. */
static void tell_facts(const struct run *r, bool failed)
{
	const struct learned *learned = &r->learned;

	if (learned->warning[0])
		fprintf(stderr, "pgcons-dump: warning: %s\n", learned->warning);
	/* A failure is one line, unless more was asked for. */
	if (learned->tried && (r->opt.report.verbose || (!failed && learned->dump.without[0])))
		fprintf(stderr, "pgcons-dump: no vmlinux of this kernel at: %s\n", learned->tried);
}

static enum pgc_status open_run(struct run *r, struct pgc_err *err)
{
	enum pgc_status st = run_open(r, err);

	tell_facts(r, st != PGC_OK);
	return st;
}

/*
 * The dump came to no report: a record for scripts says why, so that a dump of many is not lost.
 */
static int no_report(struct run *r, const struct pgc_err *why)
{
	const struct vmcore_info *info = r->vc ? vmcore_info(r->vc) : NULL;
	struct pgc_err err = PGC_ERR_INIT;

	if (r->opt.report.format != REPORT_JSON && r->opt.report.format != REPORT_JSONL)
		return stopped(why);
	if (!r->sum.dump_id[0] && !r->opt.live)
		dump_id(r->opt.vmcore, r->sum.dump_id);
	r->sum.interrupted = interrupted;
	if (report_failure(stdout, &r->opt.report, r->opt.vmcore, info, &r->sum, why->msg,
			   &err) != PGC_OK)
		fail(&err);
	return stopped(why);
}

/* One report; *@output_failed: it could not be written, and that has been reported. */
static int analyse(struct run *r, bool *output_failed)
{
	struct pgc_err err = PGC_ERR_INIT, walk_err = PGC_ERR_INIT;
	struct report *rep = NULL;
	enum pgc_status st;
	int status = 0;

	st = open_run(r, &err);
	if (st == PGC_OK)
		st = run_read_model(r, &err);
	if (st == PGC_OK)
		st = report_begin(stdout, &r->opt.report, vmcore_info(r->vc), &r->sum, &rep, &err);
	if (st != PGC_OK)
		return no_report(r, &err);
	run_give_up_rights(r);
	st = run_walk(r, report_finding, rep, &walk_err);
	if (st != PGC_OK) {
		summary_limit(&r->sum, "%s", walk_err.msg);
		status |= fail(&walk_err);
	}
	if (report_end(rep, &err) != PGC_OK) {
		status |= fail(&err);
		*output_failed = true;
	}
	status |= report_exit_status(&r->sum, r->opt.report.strict);
	run_stats_phase(&r->stats, PHASE_REPORT);
	if (r->opt.stats)
		run_stats_print(&r->stats, stderr, r->sum.coverage.pfns,
				r->sum.bytes_read + vmcore_bytes_read(r->vc), r->opt.threads);
	return status;
}

/* A run whose findings are reported only where they differ from those of the time before. */
struct watched {
	struct run *run;
	struct watch *watch;
};

/* --ignore and --only hold here, too. */
static void watch_wanted(void *arg, const struct finding *f)
{
	struct watched *w = arg;

	if (w->run->opt.report.ignore[f->id] || f->severity == SEV_NOTE)
		return;
	w->run->sum.totals.by_severity[f->severity]++;
	watch_finding(w->watch, f);
}

static int watch_once(struct watched *w)
{
	const struct summary *sum = &w->run->sum;
	bool strict = w->run->opt.report.strict;
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st;

	st = run_read_model(w->run, &err);
	if (st == PGC_OK)
		st = run_walk(w->run, watch_wanted, w, &err);
	if (st == PGC_OK && !sum->interrupted)
		st = watch_tell(w->watch, report_result(sum, strict), &err);
	return st == PGC_OK ? report_exit_status(sum, strict) : fail(&err);
}

/* Report after report until interrupted; one that cannot be made is reported on stderr. */
static int watch(struct run *r)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct watched w = { .run = r };
	int status = 0, once;

	if (open_run(r, &err) != PGC_OK)
		return stopped(&err);
	run_give_up_rights(r);
	if (watch_create(stdout, vmcore_info(r->vc)->page_size, &w.watch, &err) != PGC_OK)
		return fail(&err);
	do {
		once = watch_once(&w);
		/* The one that was cut short says nothing. */
		status |= interrupted ? 0 : once;
		run_forget(r);
		live_sleep(r->opt.watch * UINT64_C(1000), &interrupted);
	} while (!interrupted && !ferror(stdout));
	watch_destroy(w.watch);
	return status | (interrupted ? EXIT_INTERRUPTED : 0);
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

/* --page: of the exit status only "corrupt" and "not done" make sense for one page. */
static int look_at_page(struct run *r)
{
	struct page_findings pf = { .n = 0 };
	struct pgc_err err = PGC_ERR_INIT;
	struct page_inspection pi;
	enum pgc_status st;

	st = open_run(r, &err);
	run_give_up_rights(r);
	if (st == PGC_OK)
		st = run_read_model(r, &err);
	if (st == PGC_OK)
		st = run_inspect(r, &pi, &err);
	if (st == PGC_OK) {
		report_page(stdout, &pi, r->k);
		pf.pfn = pi.pfn;
		pf.page_size = vmcore_info(r->vc)->page_size;
		st = run_walk_page(r, pi.pfn, on_page_finding, &pf, &err);
	}
	if (st == PGC_OK && !pf.n)
		printf("findings     none\n");
	if (st == PGC_OK)
		report_page_limits(stdout, &r->sum);
	if (st == PGC_OK && r->opt.contents)
		print_contents(r, pi.paddr);
	return (st == PGC_OK ? 0 : fail(&err)) | (pf.corrupt ? EXIT_CORRUPT : 0);
}

static int save_layout(const struct options *opt)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay = NULL;
	enum pgc_status st;

	st = learn_vmlinux(opt->vmlinux, &lay, &err);
	if (st == PGC_OK)
		st = layout_file_save(lay, opt->layout, &err);
	layout_destroy(lay);
	return st == PGC_OK ? 0 : fail(&err);
}

static int version(void)
{
	printf("pgcons-dump %s\n", VERSION);
	printf("libkdumpfile %s\n", vmcore_library_version());
	printf("elfutils %s\n", debuginfo_library_version());
	printf("libbpf %s\n", btf_library_version());
	printf("libdebuginfod %s\n", ask_debuginfod_version());
	printf("dumps: ELF, kdump-compressed, either of them flattened; LiME, raw memory,\n"
	       "       sadump, LKCD\n");
	printf("compressed dumps: %s\n", vmcore_packings());
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
	struct run run = { .stop = &interrupted };
	_cleanup_free_ const char **arguments = NULL;
	bool output_failed = false;
	int status;

	/* Parsing changes their order. */
	arguments = malloc((size_t)argc * sizeof(*arguments));
	if (!arguments) {
		fprintf(stderr, "pgcons-dump: out of memory\n");
		return EXIT_INCOMPLETE;
	}
	memcpy(arguments, argv, (size_t)argc * sizeof(*arguments));
	status = options_parse(&run.opt, argc, argv);
	if (status)
		return status;
	run.opt.report.arguments = arguments + 1;
	run.opt.report.n_arguments = (size_t)argc - 1;
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
	if (run.opt.action == ACTION_PAGE)
		status = look_at_page(&run);
	else if (run.opt.watch)
		status = watch(&run);
	else
		status = analyse(&run, &output_failed);
	run_deinit(&run);
	return output_failed ? status : close_stdout(status);
}
