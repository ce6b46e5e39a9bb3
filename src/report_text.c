/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text form: findings are kept (at most max_findings of a kind and severity) and all
 * is printed at the end, because the verdict comes first.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report_priv.h"

#define COLUMNS 80
/* Longer keys stand out of line: one of them must not cost all others half the width. */
#define KEY_COLUMNS 16

/* A finding outlives the call that brought it, and so must its strings. */
struct kept {
	struct kept *next;
	struct finding f;
	char strings[];
};

struct kept_list {
	struct kept *first, **tail;
};

struct text {
	struct kept_list kept[FINDING_IDS][SEVERITIES];
};

static const char *const severity_words[SEVERITIES] = {
	[SEV_NOTE] = "note",
	[SEV_SUSPECT] = "suspect",
	[SEV_CORRUPT] = "CORRUPT",
};

/* Bold cyan, yellow, red. The word is always there: colour alone says nothing. */
static const char *const severity_colors[SEVERITIES] = {
	[SEV_NOTE] = "\033[1;36m",
	[SEV_SUSPECT] = "\033[1;33m",
	[SEV_CORRUPT] = "\033[1;31m",
};

static const char *color(const struct report *rep, const char *code)
{
	return rep->opt.color ? code : "";
}

/* A word longer than a line is not cut. */
void report_text_wrap(FILE *out, const char *text, size_t column, size_t indent)
{
	size_t at = column;

	while (*text) {
		size_t space = strspn(text, " ");
		size_t word = strcspn(text + space, " ");

		if (at + space + word > COLUMNS && at > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			text += space;
			space = 0;
		}
		fprintf(out, "%.*s", (int)(space + word), text);
		at += space + word;
		text += space + word;
	}
	fputc('\n', out);
}

/* "dump      vmcore (ELF, 512.0 MiB)": a label and a text that is cleaned and wrapped. */
_printf_(3, 4) static void put_line(const struct report *rep, const char *label,
				    const char *fmt, ...)
{
	char raw[1024], text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	report_clean(text, sizeof(text), raw, true);
	fprintf(rep->out, "%-10s", label);
	report_text_wrap(rep->out, text, 10, 10);
}

static enum pgc_status text_begin(struct report *rep, struct pgc_err *err)
{
	struct text *text = calloc(1, sizeof(*text));

	if (!text)
		return pgc_err_nomem(err, "report");
	for (size_t i = 0; i < FINDING_IDS; i++)
		for (size_t s = 0; s < SEVERITIES; s++)
			text->kept[i][s].tail = &text->kept[i][s].first;
	rep->state = text;
	return PGC_OK;
}

static void text_destroy(struct report *rep)
{
	struct text *text = rep->state;

	if (!text)
		return;
	for (size_t i = 0; i < FINDING_IDS; i++) {
		for (size_t s = 0; s < SEVERITIES; s++) {
			struct kept *next, *k = text->kept[i][s].first;

			for (; k; k = next) {
				next = k->next;
				free(k);
			}
		}
	}
	free(text);
	rep->state = NULL;
}

static enum pgc_status text_finding(struct report *rep, const struct finding *f)
{
	struct text *text = rep->state;
	struct kept_list *list = &text->kept[f->id][f->severity];
	size_t room = 0;
	struct kept *k;
	char *at;

	if (rep->opt.quiet)
		return PGC_OK;
	for (size_t i = 0; i < f->n_evidence; i++)
		if (f->evidence[i].kind == EV_STR)
			room += strlen(f->evidence[i].str) + 1;
	k = malloc(sizeof(*k) + room);
	if (!k)
		return PGC_ENOMEM;
	k->next = NULL;
	k->f = *f;
	at = k->strings;
	for (size_t i = 0; i < f->n_evidence; i++) {
		if (f->evidence[i].kind != EV_STR)
			continue;
		k->f.evidence[i].str = at;
		at = stpcpy(at, f->evidence[i].str) + 1;
	}
	*list->tail = k;
	list->tail = &k->next;
	return PGC_OK;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The first word carries the colour; the rest explains it. */
static void put_verdict(const struct report *rep)
{
	const char *result = report_result(rep->sum, rep->opt.strict);
	char line[REPORT_VERDICT_SIZE];
	const char *code = "\033[1;32m";
	size_t word;

	if (strcmp(result, "inconsistent") == 0)
		code = severity_colors[SEV_CORRUPT];
	else if (strcmp(result, "incomplete") == 0)
		code = severity_colors[SEV_SUSPECT];
	report_verdict(rep, line);
	word = strcspn(line, ":");
	fprintf(rep->out, "%s%.*s%s%s\n", color(rep, code), (int)word, line,
		color(rep, "\033[0m"), line + word);
}

static void human_size(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(buf, size, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (; value >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
		value /= 1024;
	snprintf(buf, size, "%.1f %s", value, units[unit]);
}

static void put_maps(const struct report *rep, const struct checker_summary *c)
{
	uint64_t apart = c->primary_paddr > c->secondary_paddr
				 ? c->primary_paddr - c->secondary_paddr
				 : c->secondary_paddr - c->primary_paddr;
	char distance[32];

	human_size(apart, distance, sizeof(distance));
	put_line(rep, "", "maps at phys 0x%" PRIx64 " and 0x%" PRIx64 ", %s apart",
		 c->primary_paddr, c->secondary_paddr, distance);
}

static void put_checker(const struct report *rep)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "absent: this kernel was built without it",
		[CHECKER_DISABLED] = "present, disabled: its bitmaps say nothing",
		[CHECKER_ACTIVE] = "active",
	};
	const struct checker_summary *c = &rep->sum->checker;

	if (c->has_range)
		put_line(rep, "checker",
			 "%s, pfns 0x%" PRIx64 "-0x%" PRIx64 ", %" PRIu64 " bits",
			 states[c->state], c->min_pfn, c->max_pfn ? c->max_pfn - 1 : 0,
			 c->nbits);
	else
		put_line(rep, "checker", "%s", states[c->state]);
	if (c->unreadable)
		put_line(rep, "", "its variables could not be read from the dump");
	if (c->unusable)
		put_line(rep, "",
			 "its bitmaps are not used: the pointers to them are damaged");
	if (c->primary_paddr && c->secondary_paddr)
		put_maps(rep, c);
	if (c->has_popcount)
		put_line(rep, "", "%" PRIu64 " primary bits set", c->primary_popcount);
	if (c->has_stats)
		put_line(rep, "",
			 "%" PRIu64 " pages tracked, %" PRIu64 " allocations, %" PRIu64
			 " frees, %" PRIu64 " violations",
			 c->pages_tracked, c->alloc_count, c->free_count,
			 c->violations_detected);
}

static void put_identity(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	const struct vmcore_info *info = rep->info;
	const char *release = report_release(rep), *build_id = report_build_id(rep);
	const char *arch = report_arch(rep);
	char size[32];

	human_size(info->bytes, size, sizeof(size));
	put_line(rep, "dump", "%s (%s%s, %s)", info->path ? info->path : "?",
		 info->format ? info->format : "unknown format",
		 info->live ? ", live" : "", size);
	if (info->missing_bytes)
		put_line(rep, "", "truncated: %" PRIu64 " bytes are missing at its end",
			 info->missing_bytes);
	put_line(rep, "kernel", "%s %s, %u CPU%s, %u node%s, pages of %" PRIu32 " bytes",
		 release ? release : "unknown release", arch ? arch : "", sum->cpus,
		 plural(sum->cpus), sum->nodes, plural(sum->nodes), sum->page_size);
	if (build_id)
		put_line(rep, "", "build-id %s", build_id);
	put_checker(rep);
}

/* Facts as key and value in columns, two a line where both fit in half of it. */
static void put_facts(const struct report *rep, const struct finding *f)
{
	const int indent = 4, half = (COLUMNS - 4) / 2;
	int key_width = 0, at = 0;

	for (size_t i = 0; i < f->n_evidence; i++) {
		int len = (int)strlen(f->evidence[i].key);

		if (len > key_width && len <= KEY_COLUMNS)
			key_width = len;
	}
	for (size_t i = 0; i < f->n_evidence; i++) {
		char value[256], cell[320];
		int len;

		report_fact(&f->evidence[i], value, sizeof(value));
		len = snprintf(cell, sizeof(cell), "%-*s  %s", key_width,
			       f->evidence[i].key, value);
		/* The second half is taken when the first leaves it, and it is enough. */
		if (at > 0 && at < half && len <= half)
			fprintf(rep->out, "%*s%s", half - at, "", cell);
		else
			fprintf(rep->out, "%s%*s%s", at > 0 ? "\n" : "", indent, "", cell);
		at = at > 0 && at < half && len <= half ? half : len;
	}
	if (at > 0)
		fputc('\n', rep->out);
}

static void put_finding(const struct report *rep, const struct finding *f)
{
	const char *verdict = verdict_name(f->verdict), *damage = class_name(f->damage);
	char text[512];

	report_describe(f, rep->sum->page_size, text, sizeof(text));
	fputs("  - ", rep->out);
	report_text_wrap(rep->out, text, 4, 4);
	if (f->explained) {
		snprintf(text, sizeof(text), "explained: %s", f->explained);
		fputs("    ", rep->out);
		report_text_wrap(rep->out, text, 4, 4);
	}
	if (verdict || damage)
		fprintf(rep->out, "    %s%s%s%s%s\n", verdict ? "held wrong: " : "",
			verdict ? verdict : "", verdict && damage ? ", " : "",
			damage ? "shape: " : "", damage ? damage : "");
	put_facts(rep, f);
}

static void put_kind(const struct report *rep, enum finding_id id, enum severity sev)
{
	const struct text *text = rep->state;
	const struct report_tally *tally = &rep->tally[id][sev];
	char head[240];
	size_t column;

	fprintf(rep->out, "\n%s%s%s ", color(rep, severity_colors[sev]),
		severity_words[sev], color(rep, "\033[0m"));
	column = strlen(severity_words[sev]) + 1;
	snprintf(head, sizeof(head), "%s: %s", finding_type(id)->slug,
		 finding_type(id)->summary);
	report_text_wrap(rep->out, head, column, column);
	for (const struct kept *k = text->kept[id][sev].first; k; k = k->next)
		put_finding(rep, &k->f);
	if (tally->findings > tally->listed)
		fprintf(rep->out, "  ... and %" PRIu64 " more\n",
			tally->findings - tally->listed);
	if (tally->findings > 1 && tally->pages > 0)
		fprintf(rep->out, "  %" PRIu64 " findings, %" PRIu64 " page%s in all\n",
			tally->findings, tally->pages, plural(tally->pages));
}

static void put_findings(const struct report *rep)
{
	const uint64_t *by_severity = rep->sum->totals.by_severity;
	int lowest = rep->opt.verbose ? SEV_NOTE : SEV_SUSPECT;

	for (int sev = SEV_CORRUPT; sev >= lowest; sev--)
		for (size_t i = 0; i < FINDING_IDS; i++)
			if (rep->tally[i][sev].findings > 0)
				put_kind(rep, (enum finding_id)i, (enum severity)sev);
	if (!rep->opt.verbose && by_severity[SEV_NOTE] > 0)
		fprintf(rep->out, "\n%" PRIu64 " note%s, listed with -v\n",
			by_severity[SEV_NOTE], plural(by_severity[SEV_NOTE]));
}

static enum pgc_status text_end(struct report *rep, struct pgc_err *err _unused_)
{
	put_verdict(rep);
	if (rep->opt.quiet)
		return PGC_OK;
	fputc('\n', rep->out);
	put_identity(rep);
	put_findings(rep);
	if (rep->opt.verbose)
		report_text_tables(rep->out, rep->sum);
	report_text_coverage(rep->out, rep->sum);
	return PGC_OK;
}

const struct report_writer report_text_writer = {
	.begin = text_begin,
	.finding = text_finding,
	.end = text_end,
	.destroy = text_destroy,
};
