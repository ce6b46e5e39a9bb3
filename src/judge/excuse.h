/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * excuse - what a finding may be, other than damage
 *
 * Stands between the judge and the report. A page that a CPU or a task was just handing over
 * is half done, not damaged: such a finding becomes a note that says by whom. What nobody
 * touches is not excused. Lines of the kernel's own log about a page go with its finding.
 *
 * CPUs, tasks and log are only looked at when there is something to explain: a sound dump
 * costs nothing.
 */
#ifndef PGCONS_EXCUSE_H
#define PGCONS_EXCUSE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/dual_bitmap.h"
#include "model/kernel.h"
#include "model/moment.h"

struct excuses;

/*
 * Findings go on to @sink. Texts that findings borrow live as long as *@ret, which the
 * caller owns and keeps until the report is out.
 */
_must_check_ enum pgc_status excuse_create(struct kernel_reader kr, finding_sink *sink,
					   void *arg, struct excuses **ret, struct pgc_err *err);
void excuse_destroy(struct excuses *ex); /* NULL is fine */

/*
 * What is read may not be what it is taken for, because @why (borrowed, static; NULL: it is):
 * all findings are notes from now on.
 */
void excuse_doubt(struct excuses *ex, const char *why);

/*
 * Was the memory saved at one moment (the default)? If not, what time alone can make is a note;
 * where it is unknown, it is suspect at most.
 */
void excuse_moment(struct excuses *ex, enum moment_verdict moment);
/* How many findings that concerned so far. */
uint64_t excuse_by_time(const struct excuses *ex);

/*
 * A finding_sink; @arg is the struct excuses. Findings about pages that operations in flight
 * can cause are looked into; limbo-excess comes as one candidate for each run of pages.
 */
void excuse_finding(void *arg, const struct finding *f);

/*
 * Hand on what was kept until all of its kind were seen: where CPUs or tasks are missing from the
 * dump, no more is excused by them than they can have caused. excuse_end() does it, too.
 */
void excuse_flush(struct excuses *ex);

/*
 * The walk is over: judge what only the whole can tell, the number of tracked pages (D4),
 * of the checker as the walk left it. @unread: pages whose bits were not read.
 * Fails with PGC_ENOMEM if a look at the tasks or the log ran out of memory.
 */
_must_check_ enum pgc_status excuse_end(struct excuses *ex,
					const struct checker_summary *checker, uint64_t unread,
					struct pgc_err *err);

#endif
