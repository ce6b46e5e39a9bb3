/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complaints - what machine and kernel had said of memory before it was dumped
 *
 * Reports of the hardware about its memory, and those of the kernel's own checks, counted by what
 * they say of who is to blame; and samples of memory of which it is known, without a vmlinux, what
 * must be there: the page of zeros, the last word of each task's stack, and those of samples.h. Judges nothing. All of it comes from the dump: anyone who may write
 * to the log as the kernel may have written it.
 */
#ifndef PGCONS_COMPLAINTS_H
#define PGCONS_COMPLAINTS_H

#include <stdbool.h>
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
	/* See model/samples.h */
	COMPLAINT_FREED_BIT,	/* one bit changed in a free page that the kernel had cleared */
	COMPLAINT_FREED_WRITTEN, /* more changed in one */
	COMPLAINT_TABLE_BIT,	/* one bit of a table that the kernel's build sorted */
	COMPLAINTS
};

struct complaints {
	uint64_t times[COMPLAINTS];
	char first[COMPLAINTS][LOG_LINE_TEXT];	/* its first line in the log; "": it has none */
	bool by_memory[COMPLAINTS];	/* that is no line of the log: memory says it */
};

/*
 * Read what there is, and take from @hw what it has of errors; what is missing was not said. Fails
 * only for want of memory.
 */
_must_check_ enum pgc_status complaints_read(struct kernel_reader kr, const struct hardware *hw,
					     struct complaints *ret, struct pgc_err *err);

#endif
