/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding_help - what a finding means and what to do about it, for a reader at 3 a.m.
 *
 * Texts only, from finding_help.def: what --explain prints, and what the HTML report links
 * its findings to.
 */
#ifndef PGCONS_FINDING_HELP_H
#define PGCONS_FINDING_HELP_H

#include "judge/finding.h"

struct finding_help {
	const char *meaning;	/* what was found, and what it leads to */
	const char *causes;	/* how kernels come to it */
	const char *next;	/* what to look at next */
	const char *crash;	/* commands, one a line; "": none */
	const char *drgn;
};

/* Static; never NULL for a valid @id. */
const struct finding_help *finding_help(enum finding_id id);

#endif
