/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moment - was all of the memory saved at one moment?
 *
 * A crashed or stopped machine holds still while it is saved. One that is saved while it runs, by
 * LiME, through /proc/kcore or a monitor's pmemsave, does not: what two pages say of each other
 * may then differ though neither was ever wrong. Such an image is told by what it lacks, a crash
 * time and the CPUs' registers, and by clocks that on a running kernel cannot disagree so. It
 * knows no page and no finding.
 */
#ifndef PGCONS_MOMENT_H
#define PGCONS_MOMENT_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;

enum moment_verdict {
	MOMENT_ONE,	/* or nothing says otherwise */
	MOMENT_MAYBE,	/* it lacks all that a stopped machine leaves */
	MOMENT_SEVERAL,
};

struct moment {
	enum moment_verdict verdict;
	char why[128];	/* "" with MOMENT_ONE */
};

/*
 * Look at what is there. @said: the user says that it is not of one moment. What cannot be read is
 * no witness; fails only for want of memory.
 */
_must_check_ enum pgc_status moment_judge(struct kernel_reader kr, bool said,
					  struct moment *ret, struct pgc_err *err);

#endif
