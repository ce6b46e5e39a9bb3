/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/excuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "judge/judge.h"
#include "model/cache_users.h"
#include "model/inflight.h"
#include "model/kernel_log.h"
#include "model/moment.h"
#include "struct_page.h"
#include "vmcore.h"

/* One call of the checker's hook covers at most a block of the largest order. */
#define HOOK_PAGES(k) (1LL << ((k)->orders - 1))
#define TAINT_BAD_PAGE 5 /* include/linux/panic.h, all versions */

/*
 * Where CPUs or tasks are missing, this many findings may wait until it is known whether there
 * are more than these can have caused.
 */
#define WAITING_MAX 1024

/*
 * Free pages that one of them can have in hand: a batch of 31 folios (include/linux/pagevec.h) and
 * one more; and one of all of them, what compaction took: as many as it wants to move and the rest
 * of a block below a pageblock's order (mm/compaction.c:isolate_freepages_block()).
 */
#define LIMBO_BATCH 32
#define LIMBO_COMPACTION 256
#define LIMBO_RUN 256

#define MISSING_WHY "some CPUs or tasks are missing from the dump; one may have been using the page"
#define MISSING_PAIR \
	"some CPUs or tasks are missing from the dump; one may have been changing these two bits"
#define MISSING_TOO_MUCH "some CPUs or tasks are missing from the dump, but they cannot have held this many pages"

/*
 * What a CPU or a task can be half way through, by kind of finding (D.0). Negative reference
 * counts and tails without a head are no state of any operation: heads are marked before their
 * tails, and unmarked after them.
 */
enum window {
	WINDOW_REFERENCE,	/* W12 */
	WINDOW_OWNER,		/* page_owner's record and the hook are next to each other */
	WINDOW_LIMBO,		/* W1, W5, W6 */
	WINDOW_RUN,		/* a run of pages is taken or given back */
	WINDOW_CACHE,		/* on the way into the page cache, or out of it */
	WINDOW_PAIR,		/* W3; never a note, for it takes one very instant */
	WINDOWS
};

struct excuses {
	struct kernel_reader kr;
	finding_sink *sink;
	void *arg;
	struct page_format fmt;
	bool have_fmt;
	const char *doubt;		/* NULL: none */
	enum moment_verdict moment;
	uint64_t by_time;		/* findings that may be due to it */
	struct inflight *inflight;	/* NULL until asked for */
	struct cache_users *users;	/* the same */
	struct kernel_log *log;		/* the same */
	struct waiting {
		struct aside {
			struct finding f;
			char *texts;	/* its own: those of @f's facts end with the walk */
		} *list;
		size_t n, room;
		uint64_t pages;
		bool overflow;		/* too many: they are suspect, and so is what follows */
	} waiting[WINDOWS];
	enum pgc_status st;		/* the first failure: out of memory */
	struct pgc_err err;
};

enum pgc_status excuse_create(struct kernel_reader kr, finding_sink *sink, void *arg,
			      struct excuses **ret, struct pgc_err *err)
{
	struct excuses *ex = calloc(1, sizeof(*ex));

	if (!ex)
		return pgc_err_nomem(err, "explanations");
	ex->kr = kr;
	ex->sink = sink;
	ex->arg = arg;
	ex->have_fmt = page_format_init(&ex->fmt, kr, NULL) == PGC_OK;
	*ret = ex;
	return PGC_OK;
}

static void forget(struct waiting *wait)
{
	for (size_t i = 0; i < wait->n; i++)
		free(wait->list[i].texts);
	free(wait->list);
}

void excuse_destroy(struct excuses *ex)
{
	if (!ex)
		return;
	inflight_destroy(ex->inflight);
	cache_users_destroy(ex->users);
	kernel_log_destroy(ex->log);
	for (size_t i = 0; i < WINDOWS; i++)
		forget(&ex->waiting[i]);
	free(ex);
}

void excuse_doubt(struct excuses *ex, const char *why)
{
	ex->doubt = why;
}

void excuse_moment(struct excuses *ex, enum moment_verdict moment)
{
	ex->moment = moment;
}

uint64_t excuse_by_time(const struct excuses *ex)
{
	return ex->by_time;
}

/* Can time alone make it? */
static bool time_can_make(const struct finding *f)
{
	return finding_excused_by(f->id, EXCUSE_TIME) ||
	       (finding_excused_by(f->id, EXCUSE_TIME_IN_PAGE) && f->pfn != FINDING_NO_PFN);
}

/* Hand on what is known of @f by now. */
static void emit(struct excuses *ex, const struct finding *f)
{
	struct finding copy = *f;

	if (ex->moment == MOMENT_ONE || f->severity == SEV_NOTE || !time_can_make(f)) {
		ex->sink(ex->arg, f);
		return;
	}
	ex->by_time++;
	if (ex->moment == MOMENT_SEVERAL) {
		copy.severity = SEV_NOTE;
		copy.explained = "the image is not of one moment: time alone can cause this";
	} else {
		copy.severity = SEV_SUSPECT;
		/* One reservation is enough: it may have one already, that too much is missing. */
		if (!finding_fact(f, FACT_RESERVATION))
			finding_str(&copy, FACT_RESERVATION,
				    "time alone can cause this, if the dump was taken while the machine ran");
	}
	ex->sink(ex->arg, &copy);
}

static const struct inflight *inflight(struct excuses *ex)
{
	if (!ex->inflight && ex->have_fmt && ex->st == PGC_OK)
		ex->st = inflight_create(ex->kr, &ex->fmt, &ex->inflight,
					 &ex->err);
	return ex->inflight;
}

static const struct kernel_log *kernel_log(struct excuses *ex)
{
	if (!ex->log && ex->st == PGC_OK)
		ex->st = kernel_log_create(ex->kr, &ex->log, &ex->err);
	return ex->log;
}

/*
 * "Nobody touches it" needs everybody to have been asked: a dump that left out the registers
 * or a stack (makedumpfile -d 31 drops slabs of 7.2) does not allow it.
 */
static bool all_asked(struct excuses *ex)
{
	const struct inflight *fl = inflight(ex);
	const struct inflight_summary *is = fl ? inflight_summary(fl) : NULL;
	size_t online = 0;

	for (size_t i = 0; i < ex->kr.k->n_cpus; i++)
		online += ex->kr.k->cpus[i].online;
	return is && is->complete && !is->unread && is->cpus >= online;
}

static bool all_seen(struct excuses *ex)
{
	/* Of a live kernel only what stayed in all looks comes here: nobody is at work on it. */
	if (vmcore_info(ex->kr.vc)->live)
		return true;
	return all_asked(ex);
}

/* A reference count below zero is half of nothing. */
static bool is_negative(const struct finding *f)
{
	const struct evidence *refs = finding_fact(f, FACT_REFCOUNT);

	return refs && (int64_t)refs->num < 0;
}

/* How many CPUs and tasks may have been at work, and cannot be asked. */
static size_t missing(struct excuses *ex)
{
	const struct inflight *fl;

	if (vmcore_info(ex->kr.vc)->live)
		return 0;
	fl = inflight(ex);
	/* Nobody is known at all. */
	return fl ? inflight_summary(fl)->missing : ex->kr.k->n_cpus;
}

/* Has the finding's kind a window in which a sound kernel shows it? (D.0) */
static bool may_be_in_flight(const struct finding *f)
{
	if (is_negative(f))
		return false;
	switch (finding_type(f->id)->flight) {
	case FLIGHT_NONE:
		return false;
	case FLIGHT_CACHE:
		return f->severity != SEV_NOTE;
	case FLIGHT_PAIR:
		/* W3 leaves one such pair, on a page that nothing else speaks for. */
		return f->severity == SEV_SUSPECT && f->count == 1;
	default:
		return f->severity == SEV_SUSPECT;
	}
}

/*
 * Who has the page in hand, or the file. A page may be in no array while anybody moves it; a wrong
 * entry, word of a page or count is nobody's but who puts a huge page in place of others.
 */
static const char *who_caches(struct excuses *ex, const struct finding *f, uint64_t pfn)
{
	const struct evidence *file = finding_fact(f, FACT_ADDRESS_SPACE);
	const struct kernel *k = ex->kr.k;
	uint64_t page = kernel_pfn_to_page(k, pfn);
	bool collapse = f->id != FIND_CACHE_PAGE || f->verdict == VERDICT_STRUCT_PAGE;

	if (!ex->users && ex->have_fmt && ex->st == PGC_OK)
		ex->st = cache_users_create(ex->kr, &ex->fmt, &ex->users, &ex->err);
	if (!ex->users)
		return NULL;
	if (f->pfn != FINDING_NO_PFN)
		return cache_users_find(ex->users, page, page + k->struct_page, collapse);
	return file ? cache_users_find(ex->users, file->num,
				       file->num + layout_get(k->lay, L_address_space), collapse) : NULL;
}

static const char *who_holds(struct excuses *ex, const struct finding *f, uint64_t pfn)
{
	const struct inflight *fl = inflight(ex);

	if (!fl)
		return NULL;
	switch (finding_type(f->id)->flight) {
	case FLIGHT_PAIR:
		return inflight_pair(fl, pfn);
	case FLIGHT_RUN:
		return inflight_run(fl);
	case FLIGHT_CACHE:
		return who_caches(ex, f, pfn);
	default:
		return inflight_page(fl, pfn);
	}
}

static void add_log(struct excuses *ex, struct finding *f)
{
	const struct kernel_log *log = kernel_log(ex);
	const struct log_line *line;

	if (!log || f->pfn == FINDING_NO_PFN)
		return;
	line = kernel_log_about(log, f->pfn, f->count);
	if (line)
		finding_str(f, FACT_LOG, line->text);
}

/* What the checker itself said: its first line, which is nearest to the cause. */
static void add_violation(struct excuses *ex, struct finding *f)
{
	const struct kernel_log *log = kernel_log(ex);

	for (size_t i = 0; log && i < kernel_log_lines(log); i++) {
		const struct log_line *line = kernel_log_line(log, i);

		if (line->kind > LOG_BITMAP_CORRUPTION)
			continue;
		finding_str(f, FACT_LOG, line->text);
		if (line->n_pfns)
			finding_num(f, FACT_LOGGED_PFN, line->pfns[0]);
		return;
	}
}

/* A page that failed the allocator's own check is left where it is, on no list. */
static const char *leaked(struct excuses *ex, const struct finding *f, uint64_t pfn)
{
	const struct kernel_log *log;

	if (f->id != FIND_LIMBO_EXCESS)
		return NULL;
	log = kernel_log(ex);
	if (log && kernel_log_tainted(log, TAINT_BAD_PAGE) && kernel_log_about(log, pfn, 1))
		return "the kernel found it in a bad state and left it on no list";
	return NULL;
}

static void as_note(struct finding *f, const char *why)
{
	f->severity = SEV_NOTE;
	f->explained = why;
}

/* Does this kernel hand out pages without a reference, and take one after the hook? Since 6.14. */
static bool has_frozen_pages(const struct kernel *k)
{
	size_t n;
	const struct layout_text *text = layout_texts(k->lay, &n);

	for (size_t i = 0; i < n; i++)
		if (strstr(text[i].name, "_frozen_page"))
			return true;
	return false;
}

/*
 * The window of those who are missing from the dump that @f may be seen through; WINDOWS: none. A
 * stretch of garbage, or what no operation leaves, is not excused by anybody's absence.
 */
static enum window window_of(const struct excuses *ex, const struct finding *f)
{
	if (f->damage == CLASS_OVERWRITE || is_negative(f))
		return WINDOWS;
	switch (finding_type(f->id)->flight) {
	case FLIGHT_REFERENCE:
		/* The first page of a block only. */
		return f->count == 1 && !has_frozen_pages(ex->kr.k) ? WINDOW_REFERENCE
								    : WINDOWS;
	case FLIGHT_OWNER:
		return f->count <= (uint64_t)HOOK_PAGES(ex->kr.k) ? WINDOW_OWNER
								  : WINDOWS;
	case FLIGHT_LIMBO:
		return f->count <= LIMBO_RUN ? WINDOW_LIMBO : WINDOWS;
	case FLIGHT_CACHE:
		return WINDOW_CACHE;
	case FLIGHT_PAIR:
		return WINDOW_PAIR;
	case FLIGHT_RUN:
		return WINDOW_RUN;
	default:
		return WINDOWS;
	}
}

/* Do those that are missing suffice for what waits? */
static bool within(const struct excuses *ex, enum window w, size_t missing)
{
	const struct waiting *wait = &ex->waiting[w];

	if (w == WINDOW_LIMBO)
		return wait->pages <= missing * LIMBO_BATCH + LIMBO_COMPACTION;
	return wait->n <= missing;
}

/* There is more of @f's kind than those that are missing can have caused. */
static void too_much(enum window w, struct finding *f)
{
	/* Each leaves one unequal pair at most: some of these are damage, for certain. */
	if (w == WINDOW_PAIR)
		f->severity = SEV_CORRUPT;
	else
		finding_str(f, FACT_RESERVATION, MISSING_TOO_MUCH);
}

/* Those that are missing can have caused all of its kind. */
static void may_be_missing(enum window w, struct finding *f)
{
	if (w == WINDOW_PAIR)
		finding_str(f, FACT_RESERVATION, MISSING_PAIR);
	else
		as_note(f, MISSING_WHY);
}

/* Hand on what waits: as notes, or as it is. */
static void end_waiting(struct excuses *ex, enum window w)
{
	struct waiting *wait = &ex->waiting[w];

	for (size_t i = 0; i < wait->n; i++) {
		struct finding *f = &wait->list[i].f;

		if (wait->overflow)
			too_much(w, f);
		else
			may_be_missing(w, f);
		emit(ex, f);
		free(wait->list[i].texts);
	}
	wait->n = 0;
}

static bool make_room(struct excuses *ex, struct waiting *wait)
{
	struct aside *list;

	if (wait->n == WAITING_MAX)
		return false;
	list = array_grow(wait->list, &wait->room, wait->n, sizeof(*list));
	if (!list) {
		if (ex->st == PGC_OK)
			ex->st = pgc_err_nomem(&ex->err, "explanations");
		return false;
	}
	wait->list = list;
	return true;
}

/* Put @f aside; false: there is no room. */
static bool put_aside(struct excuses *ex, struct waiting *wait, const struct finding *f)
{
	struct aside *aside;

	if (!make_room(ex, wait))
		return false;
	aside = &wait->list[wait->n];
	aside->f = *f;
	aside->texts = finding_own_texts(&aside->f);
	if (!aside->texts) {
		if (ex->st == PGC_OK)
			ex->st = pgc_err_nomem(&ex->err, "explanations");
		return false;
	}
	wait->n++;
	wait->pages += f->count;
	return true;
}

/*
 * Nobody that is in the dump has to do with @f, but some are missing. They are no excuse without
 * bounds: how much that is, is known when all of it was seen.
 */
static void blame_missing(struct excuses *ex, const struct finding *f, size_t missing)
{
	enum window w = window_of(ex, f);
	struct finding copy = *f;
	struct waiting *wait;

	if (w == WINDOWS) {
		emit(ex, f);
		return;
	}
	wait = &ex->waiting[w];
	if (!wait->overflow && put_aside(ex, wait, f)) {
		if (within(ex, w, missing))
			return;
		wait->overflow = true;
		end_waiting(ex, w);
		return;
	}
	wait->overflow = true;
	end_waiting(ex, w);
	too_much(w, &copy);
	emit(ex, &copy);
}

/* Hand on the pages [pfn, pfn + count) of @f, all explained alike. */
static void hand_on(struct excuses *ex, const struct finding *f, uint64_t pfn, uint64_t count,
		    const char *by)
{
	struct finding part = *f;

	part.pfn = pfn;
	part.count = count;
	if (by) {
		as_note(&part, by);
		emit(ex, &part);
		return;
	}
	add_log(ex, &part);
	/* No CPU or task touches it: it is damage. Else an unequal pair stays a suspect. */
	if (f->id == FIND_COMPLEMENT_BROKEN && all_seen(ex))
		part.severity = SEV_CORRUPT;
	if (missing(ex))
		blame_missing(ex, &part, missing(ex));
	else
		emit(ex, &part);
}

/* A run may be held by several contexts, or in part by none. */
static void excuse_run(struct excuses *ex, const struct finding *f)
{
	uint64_t start = 0;
	const char *by = NULL;

	for (uint64_t i = 0; i < f->count; i++) {
		const char *here = who_holds(ex, f, f->pfn + i);

		if (!here)
			here = leaked(ex, f, f->pfn + i);
		if (i && here != by) {
			hand_on(ex, f, f->pfn + start, i - start, by);
			start = i;
		}
		by = here;
	}
	hand_on(ex, f, f->pfn + start, f->count - start, by);
}

/* What makes notes of whole kinds of findings, whatever their pages are; NULL: nothing. */
static const char *excuse_of_kind(const struct excuses *ex, enum finding_id id)
{
	if (ex->doubt)
		return ex->doubt;
	if (ex->kr.k->memory_unseen && finding_excused_by(id, EXCUSE_MEMORY))
		return "not all memory sections were seen: it may lie in one of the others";
	if (!ex->kr.k->running && finding_excused_by(id, EXCUSE_BOOT))
		return "the kernel had not finished booting";
	return NULL;
}

/*
 * Per-CPU lists that have no lock (before 6.1) are changed by their own CPU alone, with interrupts
 * off. If it is in the dump and not inside the allocator, nothing is half done.
 */
static bool is_still(struct excuses *ex, const struct finding *f)
{
	const struct inflight *fl;

	if (f->explained != judge_lock_unknown || f->cpu < 0 || vmcore_info(ex->kr.vc)->live)
		return false;
	fl = inflight(ex);
	return fl && !inflight_may_change(fl, f->cpu);
}

void excuse_finding(void *arg, const struct finding *f)
{
	struct excuses *ex = arg;
	const char *why = excuse_of_kind(ex, f->id);
	struct finding copy = *f;

	if (why) {
		as_note(&copy, why);
		emit(ex, &copy);
		return;
	}
	if (is_still(ex, f)) {
		copy.severity = finding_type(f->id)->severity;
		copy.explained = NULL;
	}
	if (may_be_in_flight(f)) {
		excuse_run(ex, f);
		return;
	}
	if (f->id == FIND_COMPLEMENT_BROKEN)
		copy.severity = SEV_CORRUPT;
	if (copy.id == FIND_VIOLATIONS_LOGGED)
		add_violation(ex, &copy);
	else if (copy.severity != SEV_NOTE)
		add_log(ex, &copy);
	emit(ex, &copy);
}

/*
 * Of a live kernel: counter and bits are read apart, and what the analyzer itself takes between
 * the two, and gives back after the look, is as many pages in every look.
 */
#define OWN_PAGES 8192

/*
 * D4. pages_tracked counts what the old value of each primary bit said, so that the
 * difference is the same whatever the bits hold: one that lasts means that somebody else
 * wrote to the map. The hook adds a whole block's count after its last page.
 */
static void judge_tracked(struct excuses *ex, const struct checker_summary *pc, uint64_t unread)
{
	int64_t off = (int64_t)(pc->primary_popcount - pc->pages_tracked);
	bool live = vmcore_info(ex->kr.vc)->live;
	const struct inflight_summary *is;
	const char *why;
	struct finding f;

	if (!pc->has_popcount || !pc->has_stats || !off || unread ||
	    (live && llabs(off) <= OWN_PAGES))
		return;
	finding_init(&f, FIND_TRACKED_COUNT, FINDING_NO_PFN);
	f.verdict = VERDICT_UNKNOWN;
	finding_num(&f, FACT_EXPECTED, pc->pages_tracked);
	finding_num(&f, FACT_FOUND, pc->primary_popcount);
	/* Asked after every look at a live kernel, of which only the last is worth the time. */
	is = !live && inflight(ex) ? inflight_summary(inflight(ex)) : NULL;
	if (pc->violations_detected) {
		as_note(&f, "the checker reported violations: each may make the count wrong from then on");
	} else if (is &&
		   llabs(off) <= (long long)is->hook_contexts * HOOK_PAGES(ex->kr.k)) {
		as_note(&f, inflight_context(inflight(ex), 0));
	} else if (!live && missing(ex) && llabs(off) <= HOOK_PAGES(ex->kr.k)) {
		as_note(&f, "some CPUs or tasks are missing from the dump; one may be in the checker's hook");
	}
	why = excuse_of_kind(ex, f.id);
	if (why)
		as_note(&f, why);
	emit(ex, &f);
}

void excuse_flush(struct excuses *ex)
{
	for (size_t w = 0; w < WINDOWS; w++)
		end_waiting(ex, (enum window)w);
}

enum pgc_status excuse_end(struct excuses *ex, const struct checker_summary *checker,
			   uint64_t unread, struct pgc_err *err)
{
	excuse_flush(ex);
	judge_tracked(ex, checker, unread);
	if (ex->st != PGC_OK && err)
		*err = ex->err;
	return ex->st;
}
