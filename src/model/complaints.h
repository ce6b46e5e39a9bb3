/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complaints - what machine and kernel had said of memory before it was dumped
 *
 * Reports of the hardware about its memory, and those of the kernel's own checks, counted by what
 * they say of who is to blame; and two samples of memory of which it is known, in any kernel, what
 * must be there: the page of zeros, and the last word of each task's stack. Judges nothing. All of it comes from the dump: anyone who may write
 * to the log as the kernel may have written it.
 */
#ifndef PGCONS_COMPLAINTS_H
#define PGCONS_COMPLAINTS_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel_log.h"

struct hardware;
struct kernel_reader;

enum complaint {
	COMPLAINT_MEMORY,	/* of the hardware, that names an address, or of EDAC, also its counters */
	COMPLAINT_MACHINE,	/* of the hardware, about something; or the taint flag */
	COMPLAINT_POISONED,	/* pages that the kernel gave up, not by order of a test */
	COMPLAINT_FREE_BIT,	/* page poisoning saw one bit of a free page change */
	COMPLAINT_SANITIZER,	/* KASAN or KFENCE caught code in the act */
	COMPLAINT_TWICE,	/* the checker: a page was allocated or freed twice */
	COMPLAINT_MAPS,		/* the checker: its two bits of a page were equal */
	COMPLAINT_ZERO_BIT,	/* a word of the page of zeros has one bit */
	COMPLAINT_STACK_BIT,	/* the mark at the end of a stack is wrong in one bit */
	COMPLAINT_STACK_END,	/* it was overwritten: the stack was too small, or not the task's */
	COMPLAINTS
};

struct complaints {
	uint64_t times[COMPLAINTS];
	char first[COMPLAINTS][LOG_LINE_TEXT];	/* its first line in the log; "": it has none */
};

/*
 * Read what there is, and take from @hw what it has of errors; what is missing was not said. Fails
 * only for want of memory.
 */
_must_check_ enum pgc_status complaints_read(struct kernel_reader kr, const struct hardware *hw,
					     struct complaints *ret, struct pgc_err *err);

#endif
