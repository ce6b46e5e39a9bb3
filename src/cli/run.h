/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run - from the files on the command line to findings, step by step
 *
 * Owns all that one run needs of a dump or of the live kernel, and knows in which order it is
 * made. The steps: open, read the model, walk. Watching repeats the last two, with
 * run_forget() in between. Prints nothing but the meters: errors, warnings and reports are
 * the caller's to print.
 */
#ifndef PGCONS_RUN_H
#define PGCONS_RUN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/progress.h"
#include "cli/learn.h"
#include "cli/options.h"
#include "cli/run_stats.h"
#include "judge/finding.h"
#include "judge/grounds.h"
#include "model/moment.h"
#include "walk/page_inspect.h"
#include "walk/summary.h"

struct excuses;
struct held_findings;
struct kernel;
struct owner_story;
struct settle;
struct vmcore;

struct run {
	/* The caller's; the files' names may change places when they are opened. */
	struct options opt;
	const atomic_bool *stop;	/* true: come to an end */

	/* From run_open() to run_deinit() */
	struct vmcore *vc;
	struct learned learned;	/* with warnings; also after a failure */
	struct run_stats stats;

	/* From run_read_model() to run_forget() */
	struct kernel *k;
	struct summary sum;	/* complete when the walk has ended */
	struct moment moment;	/* of a dump: was it saved at one? */
	struct grounds grounds;	/* what is new in this kernel */
	struct excuses *excuses;
	struct held_findings *held;
	struct owner_story *owners;
	struct settle *settle;	/* live: what the looks before gave; NULL: a dump */
	bool unsettled;		/* interrupted: too few of them for anything to be reported */
	const char **migratetypes;	/* names by value */

	/* While it walks */
	struct progress progress;
	bool downloading;	/* a line of it is on the terminal */
	finding_sink *sink;
	void *sink_arg;
};

/*
 * Open the dump, or the live kernel, and find out what is known of its kernel. Of a live
 * kernel, rights are given up on the way.
 */
_must_check_ enum pgc_status run_open(struct run *r, struct pgc_err *err);

/*
 * Nothing more will be opened: of a live kernel, give up the right to. Call it before any thread
 * is made, so before run_walk().
 */
void run_give_up_rights(const struct run *r);

/* The nodes, zones and CPUs of the kernel, and what of the summary is known by then. */
_must_check_ enum pgc_status run_read_model(struct run *r, struct pgc_err *err);

/* Walk all pages; @sink gets the findings, one at a time, and the summary its numbers. */
_must_check_ enum pgc_status run_walk(struct run *r, finding_sink *sink, void *sink_arg,
				      struct pgc_err *err);

/* All that is known of the page that the options name, before it is judged. */
_must_check_ enum pgc_status run_inspect(struct run *r, struct page_inspection *ret,
					 struct pgc_err *err);
/* The findings that such a page, and what is beside it, give rise to. */
_must_check_ enum pgc_status run_walk_page(struct run *r, uint64_t pfn, finding_sink *sink,
					   void *sink_arg, struct pgc_err *err);

/* The end of one walk; what is open stays open. */
void run_forget(struct run *r);
void run_deinit(struct run *r);

#endif
