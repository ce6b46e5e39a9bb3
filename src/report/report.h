/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report - findings and summary for a reader: text, JSON or JSON Lines
 *
 * The same records feed every form. The text form keeps a bounded number of findings and
 * prints at the end, verdict first; the JSON forms write each finding as it comes, so that
 * a million findings do not grow memory.
 */
#ifndef PGCONS_REPORT_H
#define PGCONS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "vmcore.h"
#include "walk/summary.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_JSONL, REPORT_ONELINE };

/* Exit status, fsck's bits, OR-ed. */
enum exit_bits {
	EXIT_CONSISTENT = 0,
	EXIT_CORRUPT = 4,
	EXIT_INCOMPLETE = 8,
	EXIT_USAGE = 16,
	EXIT_INTERRUPTED = 32,
};

/* What becomes of the name of the machine that was dumped. */
enum report_host { HOST_SHOWN, HOST_HASHED, HOST_HIDDEN };

struct report_options {
	enum report_format format;
	bool quiet;		/* the verdict line only */
	bool verbose;
	bool color;
	bool strict;		/* suspects count as inconsistent */
	uint64_t max_findings;	/* listed per kind */
	bool ignore[FINDING_IDS];
	/* Text: only this kind, and explain the first of them */
	bool explain;
	enum finding_id explained;
	const char *history;	/* a file or folder of earlier reports; NULL: none */
	const char *machine;	/* what the machine is called there; NULL: as the dump says */
	const char *html;	/* also write an HTML report to this file; NULL: no */
	enum report_host host;
	/* The command line, without the program's name; borrowed. For JSON. */
	const char *const *arguments;
	size_t n_arguments;
	bool map;		/* text: with a map of memory. Both need summary.map */
};

struct report;

/*
 * Start a report on @out (borrowed). The file for HTML is opened here, so that a path that
 * cannot be written is reported before the walk. @info is borrowed until the end. What is known
 * before the walk is in @sum already; the caller completes it before report_end().
 */
_must_check_ enum pgc_status report_begin(FILE *out, const struct report_options *opt,
					  const struct vmcore_info *info, struct summary *sum,
					  struct report **ret, struct pgc_err *err);

/* A finding_sink; @arg is the struct report. Counts into summary.totals. */
void report_finding(void *arg, const struct finding *f);

/*
 * Finish: the rest is written and the report freed. Fails with PGC_EIO when the output
 * could not be written (disk full, closed pipe).
 */
_must_check_ enum pgc_status report_end(struct report *rep, struct pgc_err *err);

/*
 * The record of a run that came to no report, for JSON and JSON Lines: @path is the dump, @why
 * the reason. @info may be NULL, and @sum need not be complete. Text has none.
 */
_must_check_ enum pgc_status report_failure(FILE *out, const struct report_options *opt,
					    const char *path, const struct vmcore_info *info,
					    struct summary *sum, const char *why,
					    struct pgc_err *err);

/* "consistent", "inconsistent" or "incomplete" for a finished summary; static. */
const char *report_result(const struct summary *sum, bool strict);

/* The exit status (fsck's bits) for a finished summary. */
int report_exit_status(const struct summary *sum, bool strict);

/* One sentence about one finding, as a person would write it. */
void report_describe(const struct finding *f, uint32_t page_size, char *buf, size_t size);

/* What --explain prints without a dump: what the finding means, how it arises, what to look at next. */
void report_explain(FILE *out, enum finding_id id);

#endif
