/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report/report_priv.h"

/* No kind but the first is named past this column: the line should fit a screen. */
#define KINDS_END 66

struct line {
	char *buf;
	size_t len;
};

_printf_(2, 3) static void add(struct line *line, const char *fmt, ...)
{
	size_t room = REPORT_VERDICT_SIZE - line->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->buf + line->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* "1 suspect finding", "3 corrupt findings" */
static void add_count(struct line *line, uint64_t n, enum severity sev)
{
	add(line, "%" PRIu64 " %s finding%s", n, severity_name(sev), n == 1 ? "" : "s");
}

/* "list-cycle, complement-broken, ...": what was found, as far as there is room. */
static void add_kinds(struct line *line, const struct report *rep, enum severity sev)
{
	const char *before = "";
	size_t start = line->len;

	for (size_t i = 0; i < FINDING_IDS; i++) {
		const char *slug = finding_type((enum finding_id)i)->slug;

		if (rep->tally[i][sev].findings == 0)
			continue;
		if (line->len > start && line->len + strlen(slug) > KINDS_END) {
			add(line, ", ...");
			break;
		}
		add(line, "%s%s", before, slug);
		before = ", ";
	}
}

void report_kinds(const struct report *rep, enum severity sev, char buf[REPORT_VERDICT_SIZE])
{
	struct line line = { .buf = buf };

	buf[0] = '\0';
	add_kinds(&line, rep, sev);
}

/* "1 suspect finding (zone-span)" */
static void add_findings(struct line *line, const struct report *rep, enum severity sev)
{
	add_count(line, rep->sum->totals.by_severity[sev], sev);
	add(line, " (");
	add_kinds(line, rep, sev);
	add(line, ")");
}

static void add_inconsistent(struct line *line, const struct report *rep)
{
	const struct summary *sum = rep->sum;
	uint64_t corrupt = sum->totals.by_severity[SEV_CORRUPT];
	uint64_t suspect = sum->totals.by_severity[SEV_SUSPECT];

	add(line, "INCONSISTENT: ");
	if (corrupt > 0) {
		add_findings(line, rep, SEV_CORRUPT);
		if (suspect > 0)
			add(line, ", %" PRIu64 " suspect", suspect);
	} else {
		/* With --strict suspects are enough. */
		add_findings(line, rep, SEV_SUSPECT);
	}
	if (sum->interrupted)
		add(line, "; interrupted");
	else if (report_incomplete(sum))
		add(line, "; incomplete");
}

static void add_incomplete(struct line *line, const struct report *rep)
{
	const struct summary *sum = rep->sum;
	const struct coverage *cov = &sum->coverage;
	uint64_t suspect = sum->totals.by_severity[SEV_SUSPECT];

	add(line, "incomplete: %s%" PRIu64 " of %" PRIu64 " pages checked",
	    sum->interrupted ? "interrupted, " : "", cov->walked,
	    cov->pfns > cov->holes ? cov->pfns - cov->holes : cov->walked);
	if (cov->walked > 0)
		add(line, ", nothing corrupt among them");
	if (suspect > 0) {
		add(line, ", ");
		add_findings(line, rep, SEV_SUSPECT);
	}
	if (sum->n_limits > 0)
		add(line, "; %s", sum->limits[0]);
}

static void add_consistent(struct line *line, const struct report *rep)
{
	const struct totals *totals = &rep->sum->totals;

	if (totals->by_severity[SEV_SUSPECT] > 0) {
		add(line, "SUSPECT: ");
		add_findings(line, rep, SEV_SUSPECT);
		add(line, ", nothing corrupt");
	} else {
		add(line, "consistent: %" PRIu64 " pages checked, no %scontradiction found",
		    rep->sum->coverage.walked, totals->ignored ? "other " : "");
	}
}

/* Without the bitmaps fewer witnesses agreed, and the line must not hide it. */
static const char *reservation(const struct checker_summary *c)
{
	if (c->state == CHECKER_ABSENT)
		return "; no checker in this kernel";
	if (c->state == CHECKER_UNKNOWN)
		return "; unknown whether it has the checker";
	if (c->state == CHECKER_DISABLED)
		return "; the checker is disabled";
	if (c->unreadable)
		return "; the checker could not be read";
	if (c->unusable)
		return "; the checker's bitmaps are unusable";
	return "";
}

/* It healed what it reported, or panicked on the spot: the memory does not show it. */
static void add_violations(struct line *line, const struct checker_summary *c)
{
	if (c->has_stats && c->violations_detected)
		add(line, "; the checker had reported %" PRIu64 " violation%s",
		    c->violations_detected, c->violations_detected == 1 ? "" : "s");
}

void report_verdict(const struct report *rep, char buf[REPORT_VERDICT_SIZE])
{
	const char *result = report_result(rep->sum, rep->opt.strict);
	uint64_t ignored = rep->sum->totals.ignored;
	char raw[REPORT_VERDICT_SIZE] = "";
	struct line line = { .buf = raw };

	if (strcmp(result, "inconsistent") == 0)
		add_inconsistent(&line, rep);
	else if (strcmp(result, "incomplete") == 0)
		add_incomplete(&line, rep);
	else
		add_consistent(&line, rep);
	/* Where it mattered it is a limit, which an incomplete walk names. */
	if (rep->sum->not_atomic && !strstr(raw, "not of one moment"))
		add(&line, "; the image is not of one moment");
	add(&line, "%s", reservation(&rep->sum->checker));
	add_violations(&line, &rep->sum->checker);
	if (ignored > 0)
		add(&line, "; %" PRIu64 " ignored on request", ignored);
	report_clean(buf, REPORT_VERDICT_SIZE, raw, true);
}
