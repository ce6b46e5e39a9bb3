/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_priv - what the forms of the report share
 *
 * report.c counts, filters and caps; a writer only puts into words what it is handed.
 */
#ifndef PGCONS_REPORT_PRIV_H
#define PGCONS_REPORT_PRIV_H

#include <limits.h>
#include <stdio.h>

#include "judge/origin.h"
#include "report/report_history.h"
#include "report/report.h"
#include "report/report_kept.h"
#include "report/report_signature.h"

/*
 * One form: begin() writes what is known before the walk, finding() a finding as it comes,
 * end() the rest. A form without finding() finds the findings in report.kept.
 */
struct report_writer {
	enum pgc_status (*begin)(struct report *rep, struct pgc_err *err);
	enum pgc_status (*finding)(struct report *rep, const struct finding *f); /* or NULL */
	enum pgc_status (*end)(struct report *rep, struct pgc_err *err);
	bool keeps;	/* up to max_findings of a kind and severity are kept for end() */
};

/* What report_failure() writes; not in text. */
enum pgc_status report_json_failure(struct report *rep, const char *why, struct pgc_err *err);
enum pgc_status report_jsonl_failure(struct report *rep, const char *why, struct pgc_err *err);

extern const struct report_writer report_text_writer;
extern const struct report_writer report_json_writer;
extern const struct report_writer report_jsonl_writer;
extern const struct report_writer report_oneline_writer;

#define REPORT_PLACES 3

/* What was reported under one name with one severity. */
struct report_tally {
	uint64_t findings;	/* counted */
	uint64_t pages;		/* in all of them that are about pages */
	uint64_t listed;	/* listed one by one: at most max_findings */
	/* where: the first zones met */
	struct {
		int node;
		const char *zone;
	} places[REPORT_PLACES];
	size_t n_places;
	bool more_places;
};

struct report {
	FILE *out;
	struct report_options opt;
	const char *path;	/* of the dump */
	const struct vmcore_info *info;	/* NULL: of a dump that could not be opened */
	struct summary *sum;
	char run_id[17];
	const struct report_writer *writer;
	struct report_kept kept;
	struct report_signature signature;
	struct origin_case *origin;	/* of all findings; NULL: of a run that came to nothing */
	struct history *history;	/* earlier reports; NULL: not wanted */
	bool any_written;	/* a finding, by a writer that separates them */
	FILE *html;		/* NULL: not wanted */
	FILE *nowhere;		/* @out while HTML goes to standard output; else NULL */
	uint64_t bits[64];	/* how often each bit of a word was found wrong */
	struct report_tally tally[FINDING_IDS][SEVERITIES];
	enum pgc_status status;	/* the first failure: from then on nothing is written */
	int saved_errno;	/* of a write that failed */
};

/* What is known of the kernel from either source; NULL: unknown. */
const char *report_release(const struct report *rep);
const char *report_build_id(const struct report *rep);
const char *report_arch(const struct report *rep);

/*
 * Name the run: 16 hex digits of the program's version, its arguments and the dump, so that one
 * that is done again has the same name. Of a running kernel no two runs have.
 */
void report_name_run(struct report *rep);
/* The dump and its memory by 16 hex digits, once all of it was walked; false: not so. */
bool report_memory_id(const struct report *rep, char buf[17]);
/* @path with the working folder before it if need be; links in it stay. */
void report_absolute(const char *path, char buf[PATH_MAX]);
/* The name of the machine that was dumped, or what stands for it; "": unknown or hidden. */
#define REPORT_HOST_SIZE 72
void report_host(const struct report *rep, char buf[REPORT_HOST_SIZE]);
/*
 * When the dumped kernel crashed, in UTC; false: unknown. And when the report is written: now, or,
 * so that a report can be made again byte for byte, the seconds in the environment variable
 * SOURCE_DATE_EPOCH.
 */
#define REPORT_TIME_SIZE 32
_must_check_ bool report_crashed(const struct report *rep, char buf[REPORT_TIME_SIZE]);
void report_written(char buf[REPORT_TIME_SIZE]);
/* @text, a copy, without that name if it shall not be shown; to be freed. NULL: no memory. */
char *report_private(const struct report *rep, const char *text);

/* Was there anything that should have been looked at and was not? */
bool report_incomplete(const struct summary *sum);
/* Is there what makes it inconsistent? With @strict suspects are enough. */
bool report_inconsistent(const struct summary *sum, bool strict);

/*
 * The verdict as one line, without a newline, e.g. "consistent: 131039 pages checked,
 * no contradiction found". Its first word, up to the ':', is the result.
 */
#define REPORT_VERDICT_SIZE 2048
void report_verdict(const struct report *rep, char buf[REPORT_VERDICT_SIZE]);

/* "list-cycle, complement-broken, ...": what was found of a severity, as far as a line has room. */
void report_kinds(const struct report *rep, enum severity sev, char buf[REPORT_VERDICT_SIZE]);

/*
 * Copy @src with every byte that is not part of a well-formed UTF-8 character replaced by
 * '?'. With @terminal also the control characters and those that turn the direction of
 * writing. Cut at @size, never within a character.
 */
void report_clean(char *dst, size_t size, const char *src, bool terminal);

/* The value of a fact as text, fit for a terminal. */
void report_fact(const struct evidence *e, char *buf, size_t size);

/*
 * For the tests: the first placeholder in the sentences of @id that stands for nothing, neither
 * a word nor a row of evidence.def; NULL: all do.
 */
const char *report_describe_dead(enum finding_id id);

/* Would their sentences be the same, were they about the same page? A report_kept_alike_fn. */
bool report_alike(void *arg, const struct finding *a, const struct finding *b);

/* "page.refcount: found 1, expected 0", the length; 0 and "" when no one field is wrong. */
size_t report_field(const struct finding *f, char *buf, size_t size);

/* "Wrong record: the free list (one flipped bit)"; false when nothing is known of it. */
bool report_wrong_record(const struct finding *f, char *buf, size_t size);

/* What was skipped: a label and how many page frames. */
#define REPORT_GAPS 7
struct report_gap {
	const char *label;
	uint64_t pages;
};
/* Those that there are; how many. */
size_t report_gaps(const struct coverage *cov, struct report_gap ret[REPORT_GAPS]);

/*
 * Parts of the text: free blocks by zone, order and migratetype, the per-CPU sets, page
 * states (verbose); what was and was not checked; what backs one finding.
 */
void report_text_tables(const struct report *rep);
void report_text_evidence(FILE *out, const struct finding *f);
/* A broken link between its neighbours, in fixed-width letters; nothing without one. */
void report_text_chain(FILE *out, const struct finding *f);
/* Where memory went; nothing where that was not asked for. */
void report_text_owners(const struct report *rep);
void html_owners(const struct report *rep, FILE *out);
void report_text_coverage(FILE *out, const struct summary *sum);
void report_text_map(const struct report *rep);

/*
 * The commands of a finding's help with what @f knows in the place of PFN, PAGE, PHYS, HEAD
 * and CPU; the rest is left for the reader to fill in.
 */
void report_commands(FILE *out, const char *commands, const struct finding *f,
		     uint32_t page_size);

/* What a finding means and what to do, with commands in which its own numbers are. */
void report_explain_one(FILE *out, const struct finding *f, uint32_t page_size);

/*
 * Hardware or software, and each sign as a sentence, the loudest of each side first: that of the
 * verdict, the other, and those that decide nothing.
 */
struct origin_line {
	enum origin_sign sign;
	enum origin side;
	unsigned int weight;
	uint64_t times;
	const char *log;	/* what the kernel had written; NULL: nothing */
	bool by_memory;		/* no: where memory shows it */
};
/* How many; 0: nothing was found, and there is no verdict. */
/* What earlier reports say of this dump's machine and damage; with rep->history only. */
void report_past(const struct report *rep, struct origin_past *ret);
size_t report_origin(const struct report *rep, struct origin_verdict *v,
		     struct origin_line ret[ORIGIN_SIGNS]);
/* "hardware, confidence 95%" */
void report_origin_words(const struct origin_verdict *v, char *buf, size_t size);
/* "for hardware: a word is ... (lone-bit, twice, weight 40)" */
void report_origin_line(const struct origin_line *line, char *buf, size_t size);
void report_text_origin(const struct report *rep);
/* ... and what to do with the machine; nothing where nothing was found. */
void report_text_steps(const struct report *rep);
void html_origin(const struct report *rep, FILE *out);

/* The whole HTML report. */
void report_html(const struct report *rep, FILE *out);

/* Starts the colour of a severity on a terminal; "\033[0m" ends it. */
const char *report_severity_color(enum severity sev);
/* "512.0 MiB" */
void report_size(uint64_t bytes, char *buf, size_t size);

/*
 * The cells of the map that @z has: @n of them from *@first on. False: none. Zones may share
 * cells.
 */
bool report_zone_cells(const struct summary *sum, const struct zone_summary *z, size_t *first,
		       size_t *n);

/* Print @text from @column on, wrapped at 80 columns; further lines start at @indent. */
void report_text_wrap(FILE *out, const char *text, size_t column, size_t indent);

#endif
