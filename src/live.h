/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live - looks at a running kernel until what they find has settled
 *
 * Drives the looks before the one that is reported: how many, how far apart, when there have
 * been enough. What was seen in which look is settle's to know; what is told of the last look,
 * its caller's.
 */
#ifndef PGCONS_LIVE_H
#define PGCONS_LIVE_H

#include <signal.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"

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
 * Look at @vc, a live vmcore, and let @s see the findings: once for the places where there are
 * any, then until none is left, or @opt->looks - 1 and then SETTLE_MORE looks were taken. What is
 * left then is to be looked at once more, in the look that is reported. Ends early when *@stop
 * becomes non-zero.
 */
_must_check_ enum pgc_status live_settle(struct vmcore *vc, const struct layout *lay,
					 const struct live_options *opt,
					 const volatile sig_atomic_t *stop, struct settle *s,
					 struct pgc_err *err);

/* Begin the last look: the kernel as it is now. The caller owns *@ret. */
_must_check_ enum pgc_status live_look(struct vmcore *vc, const struct layout *lay,
				       struct settle *s, struct kernel **ret,
				       struct pgc_err *err);

/* Sleep for @ms milliseconds, or until *@stop becomes non-zero. */
void live_sleep(uint64_t ms, const volatile sig_atomic_t *stop);

#endif
