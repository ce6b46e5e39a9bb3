/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live - looks at a running kernel until what they find has settled
 *
 * Drives the looks before the one that is reported: how many, how far apart, when there have
 * been enough. What was seen in which look is settle's to know; what is reported of the last
 * look, its caller's.
 */
#ifndef PGCONS_LIVE_H
#define PGCONS_LIVE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel;
struct layout;
struct settle;
struct vmcore;

struct live_options {
	unsigned int looks;	/* that must agree, the reported one too; 1 at least */
	unsigned int gap_ms;	/* from the end of one to the beginning of the next */
	unsigned int threads;
};

/*
 * A page that is freed and taken again all the time may look the same in a few looks. What is
 * still there after the number of looks asked for is looked at so many times more, at odd
 * intervals: a page that a look finds in the wrong half of its cycle one time in two stays with
 * a chance of one in 10^5 even so, and lists and pages read apart agree on less.
 */
#define LIVE_MORE 14

/*
 * Look at @vc, a live vmcore, and let *@ret see the findings: once for the places where there are
 * any, then until none is left, or all that are left have been the same in so many looks that one
 * more is enough: that is the one that is reported. What never settles ends it in the end, as it
 * does when *@stop becomes true. The caller owns *@ret.
 */
_must_check_ enum pgc_status live_settle(struct vmcore *vc, const struct layout *lay,
					 const struct live_options *opt,
					 const atomic_bool *stop, struct settle **ret,
					 struct pgc_err *err);

/* Begin the last look: the kernel as it is now. The caller owns *@ret. */
_must_check_ enum pgc_status live_look(struct vmcore *vc, const struct layout *lay,
				       struct settle *s, struct kernel **ret,
				       struct pgc_err *err);

/* Sleep for @ms milliseconds, or until *@stop becomes true. */
void live_sleep(uint64_t ms, const atomic_bool *stop);

#endif
