/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_priv - what the forms of the report share
 *
 * report.c counts, filters and caps; a writer only puts into words what it is handed.
 */
#ifndef PGCONS_REPORT_PRIV_H
#define PGCONS_REPORT_PRIV_H

#include <stdio.h>

#include "report.h"

/*
 * One form. begin() and finding() may keep what they need in report.state; end() writes
 * the rest; destroy() frees the state, also after a failure.
 */
struct report_writer {
	enum pgc_status (*begin)(struct report *rep, struct pgc_err *err);
	enum pgc_status (*finding)(struct report *rep, const struct finding *f);
	enum pgc_status (*end)(struct report *rep, struct pgc_err *err);
	void (*destroy)(struct report *rep);
};

extern const struct report_writer report_text_writer;
extern const struct report_writer report_json_writer;

/* What was reported under one name with one severity. */
struct report_tally {
	uint64_t findings;	/* counted */
	uint64_t pages;		/* in all of them that are about pages */
	uint64_t listed;	/* handed to the writer: at most max_findings */
};

struct report {
	FILE *out;
	struct report_options opt;
	const struct vmcore_info *info;
	struct summary *sum;
	const struct report_writer *writer;
	void *state;
	struct report_tally tally[FINDING_IDS][SEVERITIES];
	enum pgc_status status;	/* the first failure: from then on nothing is written */
	int saved_errno;	/* of a write that failed */
};

/* What is known of the kernel from either source; NULL: unknown. */
const char *report_release(const struct report *rep);
const char *report_build_id(const struct report *rep);
const char *report_arch(const struct report *rep);

/* Was there anything that should have been looked at and was not? */
bool report_incomplete(const struct summary *sum);

/*
 * The verdict as one line, without a newline, e.g. "consistent: 131039 pages walked,
 * everything agrees". Its first word, up to the ':', is the result.
 */
#define REPORT_VERDICT_SIZE 512
void report_verdict(const struct report *rep, char buf[REPORT_VERDICT_SIZE]);

/*
 * Copy @src with every byte that is not part of a well-formed UTF-8 character replaced by
 * '?'. With @terminal also the control characters and those that turn the direction of
 * writing. Cut at @size, never within a character.
 */
void report_clean(char *dst, size_t size, const char *src, bool terminal);

/* The value of a fact as text, fit for a terminal. */
void report_fact(const struct evidence *e, char *buf, size_t size);

/* Parts of the text: zones and page states (verbose), and what was and was not looked at. */
void report_text_tables(FILE *out, const struct summary *sum);
void report_text_coverage(FILE *out, const struct summary *sum);
/* Print @text from @column on, wrapped at 80 columns; further lines start at @indent. */
void report_text_wrap(FILE *out, const char *text, size_t column, size_t indent);

#endif
