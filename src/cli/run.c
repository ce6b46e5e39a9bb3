/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bitmap_walk.h"
#include "cli/live.h"
#include "cli/sandbox.h"
#include "dump/file_state.h"
#include "judge/excuse.h"
#include "judge/population.h"
#include "judge/text_damage.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "model/kernel_names.h"
#include "model/kernel_text.h"
#include "vmcore.h"
#include "walk/memory_map.h"
#include "walk/owner_story.h"
#include "walk/settle.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* The two files are told apart by their content, not by their order. */
static void sort_arguments(struct options *opt)
{
	const char *second = opt->vmlinux;

	if (!second || vmcore_looks_like_dump(opt->vmcore) || !vmcore_looks_like_dump(second))
		return;
	opt->vmlinux = opt->vmcore;
	opt->vmcore = second;
}

/* The vmlinux that was named, or found; NULL: neither. */
static const char *vmlinux_of(const struct run *r)
{
	return r->opt.vmlinux ? r->opt.vmlinux : r->learned.vmlinux;
}

/* While a debuginfod server is asked: one line that is drawn again and again. */
static bool on_download(void *arg, const char *url, uint64_t got, uint64_t all)
{
	struct run *r = arg;

	if (r->opt.progress && r->opt.progress_terminal) {
		progress_download(stderr, url, got, all);
		r->downloading = true;
	}
	return !*r->stop;
}

static enum pgc_status load_facts(struct run *r, struct pgc_err *err)
{
	const struct learn_request req = {
		.vmlinux = r->opt.vmlinux, .layout = r->opt.layout, .dump = r->opt.vmcore,
		.debug_dir = r->opt.debug_dir, .debuginfod = r->opt.debuginfod,
		.force = r->opt.force, .progress = on_download, .progress_arg = r,
	};
	enum pgc_status st = learn_kernel(&req, r->vc, &r->learned, err);

	if (r->downloading)
		progress_download_end(stderr);
	return st;
}

/* What is known of the file is most likely why: every failure says it first. */
static enum pgc_status blame_file(const struct run *r, enum pgc_status st, struct pgc_err *err)
{
	char lines[FILE_STATES][FILE_STATE_LEN];

	if (st == PGC_OK || !file_state(vmcore_info(r->vc), lines))
		return st;
	st = file_state_add(vmcore_info(r->vc), st, err);
	return pgc_err_add(err, st, "%s", r->opt.vmcore);
}

/* Will a file be written, or a server be asked? That takes rights which reading does not. */
static bool reads_only(const struct run *r)
{
	return !r->opt.report.html && !r->opt.debuginfod;
}

static enum pgc_status open_dump(struct run *r, struct pgc_err *err)
{
	const char *one = r->opt.vmcore;
	enum pgc_status st;

	st = vmcore_open_pieces(r->opt.pieces ? r->opt.pieces : &one,
				r->opt.pieces ? r->opt.n_pieces : 1, r->opt.vmcoreinfo,
				r->opt.force, &r->vc, err);
	/* The same whatever the order of the pieces was. */
	if (st == PGC_OK && r->opt.pieces)
		r->opt.vmcore = vmcore_info(r->vc)->path;
	return st;
}

enum pgc_status run_open(struct run *r, struct pgc_err *err)
{
	enum pgc_status st;

	run_stats_start(&r->stats);
	if (!r->opt.live)
		sort_arguments(&r->opt);
	st = r->opt.live ? vmcore_open_live(r->opt.vmcore, &r->vc, err) : open_dump(r, err);
	/* All that takes root is open. */
	if (r->opt.live && reads_only(r))
		(void)sandbox_enter();
	run_stats_phase(&r->stats, PHASE_OPEN);
	if (st == PGC_OK)
		st = blame_file(r, load_facts(r, err), err);
	run_stats_phase(&r->stats, PHASE_LAYOUT);
	return st;
}

void run_give_up_rights(const struct run *r)
{
	if (r->opt.live && !reads_only(r))
		(void)sandbox_enter();
}

static enum pgc_status name_migratetypes(struct run *r, struct pgc_err *err)
{
	size_t n = r->k->migratetypes;

	r->migratetypes = calloc(n ? n : 1, sizeof(*r->migratetypes));
	if (!r->migratetypes)
		return pgc_err_set(err, PGC_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		r->migratetypes[i] = layout_enum_name(r->learned.lay, LE_migratetype, (int64_t)i);
	r->sum.migratetypes = r->migratetypes;
	r->sum.n_migratetypes = n;
	return PGC_OK;
}

static void note_limits(const struct run *r, struct summary *s)
{
	char lines[FILE_STATES][FILE_STATE_LEN];
	size_t n = file_state(vmcore_info(r->vc), lines);

	for (size_t i = 0; i < n; i++)
		summary_limit(s, "%s", lines[i]);
	if (r->learned.dump.why[0])
		summary_limit(s, "no vmlinux and no type information: %s", r->learned.dump.why);
	if (r->learned.dump.without[0])
		summary_limit(s, "skipped as a result: %s", r->learned.dump.without);
	if (r->learned.unsaid.n)
		summary_limit(s, "the layout file lacks %s and %zu other entries; it was saved by an older version: save it again",
			      r->learned.unsaid.first, r->learned.unsaid.n - 1);
	if (!r->k->running)
		summary_limit(s, "the kernel had not finished booting: some checks do not apply yet");
}

static void identify(struct run *r)
{
	const struct vmcore_info *info = vmcore_info(r->vc);
	struct summary *s = &r->sum;
	struct kernel_names names;

	/* The contents of a live kernel name nothing: it is this boot. */
	dump_id(r->opt.live ? BOOT_ID_PATH : r->opt.vmcore, s->dump_id);
	s->release = info->release ? info->release : layout_release(r->learned.lay);
	s->build_id = info->build_id ? info->build_id : layout_build_id(r->learned.lay);
	s->arch = info->arch ? info->arch->name : NULL;
	s->page_size = info->page_size;
	s->cpus = r->k->n_cpus ? (unsigned int)r->k->n_cpus : info->cpus;
	s->nodes = (unsigned int)r->k->n_nodes;
	s->facts_from = layout_source_name(r->learned.lay);
	s->vmlinux = r->learned.vmlinux;
	kernel_names_compare(kernel_reader_of(r->k, r->vc), &names);
	grounds_judge(r->learned.lay, &names, &r->grounds);
	s->has_fingerprint = r->grounds.listed;
	s->fingerprint = r->grounds.fingerprint;
	s->fingerprint_known = r->grounds.known;
	note_limits(r, s);
}

/* The looks at a live kernel before the one that is reported, and the beginning of that. */
static enum pgc_status settle(struct run *r, struct pgc_err *err)
{
	const struct live_options opt = { .looks = r->opt.looks, .gap_ms = r->opt.gap_ms,
					  .threads = r->opt.threads };
	enum pgc_status st;

	st = live_settle(r->vc, r->learned.lay, &opt, r->stop, &r->settle, err);
	r->unsettled = *r->stop;
	return st == PGC_OK ? live_look(r->vc, r->learned.lay, r->settle, &r->k, err) : st;
}

static bool wants_crash_facts(const struct run *r)
{
	return r->opt.report.format == REPORT_JSON || r->opt.report.format == REPORT_JSONL ||
	       r->opt.report.history;
}

enum pgc_status run_read_model(struct run *r, struct pgc_err *err)
{
	enum pgc_status st;

	st = r->opt.live ? settle(r, err) : kernel_create(r->vc, r->learned.lay, &r->k, err);
	run_stats_phase(&r->stats, PHASE_MODEL);
	if (st != PGC_OK) {
		st = file_state_add(vmcore_info(r->vc), st, err);
		return pgc_err_add(err, st, "%s", r->opt.vmcore);
	}
	identify(r);
	st = moment_judge(kernel_reader_of(r->k, r->vc), r->opt.not_atomic, &r->moment,
			  err);
	if (st != PGC_OK)
		return st;
	if (r->moment.verdict == MOMENT_SEVERAL)
		r->sum.not_atomic = r->moment.why;
	if (wants_crash_facts(r)) {
		st = crash_facts_read(kernel_reader_of(r->k, r->vc), &r->sum.crash, err);
		if (st != PGC_OK)
			return st;
	}
	st = name_migratetypes(r, err);
	if (st == PGC_OK && (r->opt.report.html || r->opt.report.map))
		st = memory_map_create(r->k, &r->sum.map, err);
	return st;
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

/* Of a live kernel: has the finding been there in every look? */
static bool keep(void *arg, const struct finding *f)
{
	const struct run *r = arg;

	return settle_see(r->settle, f) && !r->unsettled;
}

static enum finding_want want(void *arg, enum finding_id id _unused_, uint64_t pfn)
{
	const struct run *r = arg;

	return settle_wants(r->settle, pfn);
}

static void only_settled(struct run *r, struct walk_options *opt)
{
	if (!r->settle)
		return;
	opt->keep = keep;
	opt->want = want;
	opt->keep_arg = r;
}

/* Only records have the id that is made of it, and it takes a third of the walk's time. */
static bool wants_hash(const struct run *r)
{
	return !r->opt.live && (r->opt.report.format == REPORT_JSON ||
				r->opt.report.format == REPORT_JSONL);
}

static void tell(void *arg, const struct finding *f)
{
	struct run *r = arg;

	if (r->settle && finding_marked(f->id, MARK_LATE) && !keep(r, f))
		return;
	/* Also of those that will not be reported. */
	if (wants_hash(r))
		r->sum.memory_hash = finding_hash(r->sum.memory_hash, f);
	r->sink(r->sink_arg, f);
}

/* What could not be decided, because pages may have been saved at different times. */
static void sum_up_moment(struct run *r)
{
	uint64_t n = excuse_by_time(r->excuses);

	if (!n)
		return;
	if (r->moment.verdict == MOMENT_SEVERAL)
		summary_limit(&r->sum, "the image is not of one moment: %s", r->moment.why);
	else
		summary_limit(&r->sum, "%s: the image may not be of one moment", r->moment.why);
}

/* What the looks came to. */
static void sum_up_looks(struct run *r)
{
	if (!r->settle)
		return;
	r->sum.coverage.looks = settle_looks(r->settle);
	r->sum.coverage.transient = settle_transient(r->settle);
	if (settle_lost(r->settle))
		summary_limit(&r->sum, "%" PRIu64 " findings exceeded the tracking limit and were not followed",
			      settle_lost(r->settle));
}

/* Why all may be other than it seems; NULL: it is not. */
static const char *doubt(const struct run *r)
{
	if (vmcore_info(r->vc)->stored_excess)
		return "the dump's bitmap of stored pages is damaged: another page may have been read";
	if (r->learned.dump.contradictory)
		return "BTF and VMCOREINFO contradict each other: what was read may be wrong";
	return NULL;
}

/* What rules say that this kernel may have made untrue. */
static void weigh(void *arg, const struct finding *f)
{
	struct run *r = arg;
	struct finding copy = *f;

	if (grounds_apply(&r->grounds, &copy))
		owner_story_finding(r->owners, &copy);
}

/*
 * What is new is no limit as long as no finding stands on it. But where the kernel's own names
 * contradict the layout, that may be another kernel's: what is not found then says little.
 */
static void sum_up_grounds(struct run *r)
{
	const struct grounds *g = &r->grounds;

	if (g->less_sure + g->off)
		summary_limit(&r->sum, "unknown in this kernel: %s; %" PRIu64 " finding%s suspect at most as a result, %" PRIu64 " skipped",
			      g->news, g->less_sure, g->less_sure == 1 ? " is" : "s are", g->off);
	else if (g->misnamed)
		summary_limit(&r->sum, "unknown in this kernel: %s", g->news);
	else if (g->n_news)
		summary_remark(&r->sum, "unknown in this kernel: %s", g->news);
}

/* Around findings the map shows each page, also of those that wait. */
static void hold(void *arg, const struct finding *f)
{
	struct run *r = arg;

	if (r->sum.map && f->pfn != FINDING_NO_PFN && !r->opt.report.ignore[f->id])
		memory_map_mark(r->sum.map, f->pfn, f->count, f->severity);
	held_findings_add(r->held, f);
}

static bool has_findings(const struct run *r)
{
	const uint64_t *by_severity = r->sum.totals.by_severity;

	return by_severity[SEV_CORRUPT] || by_severity[SEV_SUSPECT];
}

static void tell_changes(struct run *r, const struct text_check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		struct text_words words;
		struct finding f;

		text_damage_finding(&check->change[i], vmcore_info(r->vc)->page_shift, &words, &f);
		tell(r, &f);
	}
	if (check->changes > check->n)
		summary_remark(&r->sum, "the kernel's code and constants differ in %" PRIu64 " places: the first %zu are reported",
			       check->changes, check->n);
}

/*
 * The kernel's code and constants against those of the vmlinux. Whoever wants to know whether memory
 * failed has to ask where something is wrong; on a sound dump it takes longer than all else.
 */
static enum pgc_status verify_text(struct run *r, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	struct text_check *check;
	enum pgc_status st;

	if (!r->opt.verify_text && (r->settle || !vmlinux_of(r) || !has_findings(r)))
		return PGC_OK;
	if (!vmlinux_of(r)) {
		summary_limit(&r->sum, "the kernel's code was not compared: no vmlinux");
		return PGC_OK;
	}
	check = calloc(1, sizeof(*check));
	if (!check)
		return pgc_err_nomem(err, "the kernel's code");
	st = kernel_text_compare(kernel_reader_of(r->k, r->vc), vmlinux_of(r), check, &why);
	if (st == PGC_OK) {
		r->sum.text = (struct text_sum){
			.done = true, .compared = check->compared, .left_out = check->left_out,
			.unread = check->unread, .changes = check->changes,
			.modules = check->modules, .modules_missing = check->modules_missing,
			.modules_unknown = check->modules_unknown,
		};
		tell_changes(r, check);
	} else if (r->opt.verify_text) {
		summary_limit(&r->sum, "the kernel's code was not compared: %s", why.msg);
	}
	free(check);
	return PGC_OK;
}

/* What was said before matters where something is wrong. */
static enum pgc_status read_complaints(struct run *r, struct pgc_err *err)
{
	enum pgc_status st;

	if (!has_findings(r))
		return PGC_OK;
	/* JSON has it always. */
	st = wants_crash_facts(r) ? PGC_OK :
	     crash_facts_read(kernel_reader_of(r->k, r->vc), &r->sum.crash, err);
	if (st != PGC_OK)
		return st;
	return complaints_read(kernel_reader_of(r->k, r->vc), &r->sum.crash.hardware,
			       &r->sum.complaints, err);
}

static enum pgc_status walk_once(struct run *r, struct pgc_err *err)
{
	struct walk_options opt = { .threads = r->opt.threads, .progress = on_progress,
				    .progress_arg = r, .asked = r->held,
				    .verify_slab = r->opt.verify_slab,
				    .verify_cache = r->opt.verify_cache,
				    .verify_tables = r->opt.verify_tables,
				    .hash = wants_hash(r) };
	const struct memory_names names = { .function = owner_story_function,
					    .stack = owner_story_asked, .arg = r->owners };
	enum pgc_status st;

	opt.owners = r->opt.owners;
	opt.verify_areas = r->opt.verify_areas;
	opt.verify_tags = r->opt.verify_tags;
	opt.names = &names;

	only_settled(r, &opt);
	progress_start(&r->progress, stderr, r->opt.progress_terminal, run_stats_now());
	st = excuse_create(kernel_reader_of(r->k, r->vc), hold, r, &r->excuses, err);
	if (st == PGC_OK) {
		excuse_doubt(r->excuses, doubt(r));
		excuse_moment(r->excuses, r->moment.verdict);
		st = bitmap_walk(r->k, r->vc, &r->sum, &opt, r->stop, excuse_finding,
				 r->excuses, err);
	}
	if (r->excuses)
		excuse_flush(r->excuses);
	progress_end(&r->progress);
	run_stats_phase(&r->stats, PHASE_PAGES);
	if (st == PGC_OK)
		st = excuse_end(r->excuses, &r->sum.checker, summary_unread_bits(&r->sum), err);
	return st;
}

/* As it was @before the walk. */
static enum pgc_status take_back(struct run *r, const struct summary *before, struct pgc_err *err)
{
	struct memory_map *map = r->sum.map;

	excuse_destroy(r->excuses);
	r->excuses = NULL;
	summary_release(&r->sum);
	r->sum = *before;
	if (!map)
		return PGC_OK;
	memory_map_destroy(map);
	r->sum.map = NULL;
	return memory_map_create(r->k, &r->sum.map, err);
}

/* Once, and where there is more than can be held until all is known, once more. */
static enum pgc_status walk(struct run *r, struct pgc_err *err)
{
	const struct summary before = r->sum;
	enum pgc_status st;

	st = held_findings_create(r->k, !r->settle, weigh, r, &r->held,
				  err);
	if (st == PGC_OK)
		st = walk_once(r, err);
	if (!r->held || held_findings_end(r->held, st == PGC_OK && !r->sum.interrupted))
		return st;
	st = take_back(r, &before, err);
	if (st == PGC_OK)
		st = walk_once(r, err);
	(void)!held_findings_end(r->held, false);
	return st;
}

enum pgc_status run_walk(struct run *r, finding_sink *sink, void *sink_arg, struct pgc_err *err)
{
	enum pgc_status st;

	r->sink = sink;
	r->sink_arg = sink_arg;
	st = owner_story_create(kernel_reader_of(r->k, r->vc), vmlinux_of(r), tell, r,
				&r->owners, err);
	if (st == PGC_OK)
		st = walk(r, err);
	if (st == PGC_OK && !r->sum.interrupted)
		st = verify_text(r, err);
	if (st == PGC_OK)
		st = read_complaints(r, err);
	sum_up_looks(r);
	if (r->excuses)
		sum_up_moment(r);
	sum_up_grounds(r);
	if (r->held && held_findings_misfits(r->held))
		summary_limit(&r->sum, "this kernel differs from those that are known: %u rule%s not applied (model-mismatch)",
			      held_findings_misfits(r->held),
			      held_findings_misfits(r->held) == 1 ? " was" : "s were");
	if (vmcore_failed_reads(r->vc))
		summary_limit(&r->sum, "%u reads of the dump failed: findings there may be missing",
			      vmcore_failed_reads(r->vc));
	if (layout_missed(r->learned.lay))
		summary_limit(&r->sum, "the kernel layout lacks %s; some checks were skipped",
			      layout_missed(r->learned.lay));
	return st;
}

enum pgc_status run_inspect(struct run *r, struct page_inspection *ret, struct pgc_err *err)
{
	enum pgc_status st;
	uint64_t pfn;

	st = page_name_resolve(&r->opt.page, r->k, &pfn, err);
	if (st != PGC_OK)
		return st;
	st = owner_story_create(kernel_reader_of(r->k, r->vc), vmlinux_of(r), NULL, NULL,
				&r->owners, err);
	if (st == PGC_OK)
		st = page_inspect(kernel_reader_of(r->k, r->vc), r->owners, pfn, ret,
				  err);
	return blame_file(r, st, err);
}

enum pgc_status run_walk_page(struct run *r, uint64_t pfn, finding_sink *sink, void *sink_arg,
			      struct pgc_err *err)
{
	struct walk_options opt = { .one_page = true, .pfn = pfn };
	enum pgc_status st;

	r->sink = sink;
	r->sink_arg = sink_arg;
	only_settled(r, &opt);
	st = excuse_create(kernel_reader_of(r->k, r->vc), tell, r, &r->excuses, err);
	if (st != PGC_OK)
		return st;
	excuse_doubt(r->excuses, doubt(r));
	excuse_moment(r->excuses, r->moment.verdict);
	st = bitmap_walk(r->k, r->vc, &r->sum, &opt, r->stop, excuse_finding, r->excuses,
			 err);
	excuse_flush(r->excuses);
	return blame_file(r, st, err);
}

void run_forget(struct run *r)
{
	held_findings_destroy(r->held);
	r->held = NULL;
	excuse_destroy(r->excuses);
	r->excuses = NULL;
	owner_story_destroy(r->owners);
	r->owners = NULL;
	settle_destroy(r->settle);
	r->settle = NULL;
	summary_release(&r->sum);
	memory_map_destroy(r->sum.map);
	r->sum = (struct summary){ .zones = NULL };
	free(r->migratetypes);
	r->migratetypes = NULL;
	kernel_destroy(r->k);
	r->k = NULL;
}

void run_deinit(struct run *r)
{
	run_forget(r);
	learned_deinit(&r->learned);
	vmcore_close(r->vc);
	r->vc = NULL;
}
