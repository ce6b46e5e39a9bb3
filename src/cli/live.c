/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/live.h"

#include <time.h>

#include "bitmap_walk.h"
#include "judge/excuse.h"
#include "model/kernel.h"
#include "vmcore.h"
#include "walk/settle.h"
#include "walk/summary.h"

void live_sleep(uint64_t ms, const atomic_bool *stop)
{
	struct timespec left = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* A signal that is not for us ends no sleep; one that is sets *@stop. */
	while (!*stop && nanosleep(&left, &left) < 0)
		;
}

enum pgc_status live_look(struct vmcore *vc, const struct layout *lay, struct settle *s,
			  struct kernel **ret, struct pgc_err *err)
{
	enum pgc_status st = vmcore_flush(vc, err);

	settle_begin(s);
	return st == PGC_OK ? kernel_create(vc, lay, ret, err) : st;
}

/* Of the looks that are not reported: remembered, and dropped. */
static bool see(void *arg, const struct finding *f)
{
	(void)settle_see(arg, f);
	return false;
}

static enum finding_want want(void *arg, enum finding_id id _unused_, uint64_t pfn)
{
	return settle_wants(arg, pfn);
}

static void see_late(void *arg, const struct finding *f)
{
	(void)settle_see(arg, f);
}

static enum pgc_status look(struct vmcore *vc, const struct layout *lay, unsigned int threads,
			    const atomic_bool *stop, struct settle *s, struct pgc_err *err)
{
	const struct walk_options opt = { .threads = threads, .keep = see,
					  .want = want, .keep_arg = s };
	struct summary sum = { .zones = NULL };
	struct excuses *ex = NULL;
	struct kernel *k = NULL;
	enum pgc_status st;

	st = live_look(vc, lay, s, &k, err);
	if (st == PGC_OK)
		st = excuse_create(kernel_reader_of(k, vc), see_late, s, &ex, err);
	if (st == PGC_OK)
		st = bitmap_walk(k, vc, &sum, &opt, stop, excuse_finding, ex, err);
	if (st == PGC_OK)
		st = excuse_end(ex, &sum.checker, summary_unread_bits(&sum), err);
	excuse_destroy(ex);
	summary_release(&sum);
	kernel_destroy(k);
	return st;
}

/* 0 to @below - 1, never in step with what the kernel does at fixed times. */
static uint64_t odd_time(uint64_t *state, uint64_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return below ? (*state >> 33) % below : 0;
}

enum pgc_status live_settle(struct vmcore *vc, const struct layout *lay,
			    const struct live_options *opt, const atomic_bool *stop,
			    struct settle **ret, struct pgc_err *err)
{
	unsigned int agree = opt->looks + LIVE_MORE;
	uint64_t chance = (uint64_t)time(NULL);
	struct settle *s;
	enum pgc_status st;

	st = settle_create(agree, ret, err);
	if (st != PGC_OK)
		return st;
	s = *ret;
	do {
		bool more = settle_looks(s) >= opt->looks;

		st = look(vc, lay, opt->threads, stop, s, err);
		if (st != PGC_OK || !settle_left(s))
			break;
		live_sleep(more ? odd_time(&chance, opt->gap_ms + 1) : opt->gap_ms, stop);
		/* What changes its words all the time would never be done. */
	} while (!*stop && !settle_ripe(s) && settle_looks(s) < 2 * agree);
	return st;
}
