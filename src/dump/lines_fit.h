/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines_fit - does a text of VMCOREINFO fit the memory of a dump, and do its CPUs run that kernel?
 *
 * Tried step by step: by the page tables that the lines lead to, the kernel's own release must
 * read as the lines have it, and a node as a node. Which kernel runs, the CPUs' registers show:
 * their page tables where there are QEMU's notes, else where they stood and what is on their stacks.
 */
#ifndef PGCONS_LINES_FIT_H
#define PGCONS_LINES_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "dump/dump_cache.h"
#include "dump/dump_notes.h"
#include "dump/kdump_header.h"

enum fit_stage {
	FIT_NOT,	/* it is no such text, or not of a kernel that can be in this dump */
	FIT_LINES,	/* it is, but does not lead to page tables */
	FIT_TABLES,	/* it does, but they do not lead to the release */
	FIT_RELEASE,	/* they do, but not to a node */
	FIT_NODE,
};

struct lines_fit {
	enum fit_stage stage;
	bool untold;		/* the next step cannot be tried: a line or a page is not there */
	bool no_memory;		/* it ran out: the rest says nothing of the lines */
	int cpus;		/* 1: they run this kernel; -1: another one; 0: unknown */
	const struct arch *arch; /* which it was tried as; NULL: not known */
	char why[200];		/* why no further; "" with FIT_NODE */
};

/* What of a dump the lines are tried on. */
struct lines_fit_dump {
	const struct arch *arch; /* NULL: not known */
	const struct kdump_header *kdump; /* the file's blocks must fit; NULL: it has none */
	const struct dump_notes *notes;	/* with the registers */
	dump_fill_fn *read;	/* physical memory */
	void *arg;
};

void lines_fit(const struct dump_notes *lines, const struct lines_fit_dump *dump,
	       struct lines_fit *ret);

#endif
