/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_history - what earlier reports say of the same machine, and of the same damage elsewhere
 *
 * Reads the JSON documents and JSON Lines of earlier runs, of this program or as pgcons-fleet keeps
 * them. They may be anybody's: nothing of them is printed or trusted beyond counts, and all is
 * bounded. The dump that is being reported is not compared with its own earlier reports.
 */
#ifndef PGCONS_REPORT_HISTORY_H
#define PGCONS_REPORT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/origin.h"

struct history;

/* Read the file @path, or all *.json and *.jsonl in the folder @path and those right below it. The caller owns *@ret. */
_must_check_ enum pgc_status history_read(const char *path, struct history **ret,
					  struct pgc_err *err);
void history_destroy(struct history *h);	/* NULL is fine */

/* Values in the files that were no record of this program; at least as many. */
uint64_t history_unread(const struct history *h);
uint64_t history_runs(const struct history *h);

/* The dump that is reported. Texts are borrowed for the call; NULL or "": unknown. */
struct history_now {
	const char *dump_id;
	const char *names[3];	/* of the machine: any of them is it */
	bool named;		/* the first is what the user calls it: better than its UUID */
	uint64_t machine_id;	/* a hash of its UUID, better than a host's name; 0: unknown */
	const char *kind;	/* of its signature */
	bool flips;		/* what is found has the shape of flipped bits */
	uint64_t time, uptime;	/* of the crash, as struct crash_facts has them; time 0: unknown */
};

/* Note the place of what @f says is wrong, if it is one bit. */
void history_note(struct history *h, const struct finding *f, uint32_t page_size);
/* What the earlier reports say, after all findings. */
void history_compare(const struct history *h, const struct history_now *now,
		     struct origin_past *ret);

#endif
