/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text form. All is printed at the end, because the verdict comes first; then what was
 * found, from the table to the single finding, the numbers, and what was skipped.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "dump/file_state.h"
#include "report/report_priv.h"

#define COLUMNS 80
/* In a row of the overview: where the zones begin, and where when they need a line of their own. */
#define PLACE_AT 58
#define PLACE_INDENT 26
/* So many of a kind are listed with their evidence, the rest as a sentence: see put_kind(). */
#define WITH_EVIDENCE 3

static const char *const severity_words[SEVERITIES] = {
	[SEV_NOTE] = "note",
	[SEV_SUSPECT] = "suspect",
	[SEV_CORRUPT] = "CORRUPT",
};

#define CONSISTENT_COLOR "\033[1;38;5;33m"

static const char *color(const struct report *rep, const char *code)
{
	return rep->opt.color ? code : "";
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

static enum pgc_status text_begin(struct report *rep _unused_, struct pgc_err *err _unused_)
{
	return PGC_OK;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* How much of @line fits a screen: to the end of a part of it, or of a word. */
static size_t first_part(const char *line)
{
	size_t part = 0, word = 0;

	if (strlen(line) <= COLUMNS)
		return strlen(line);
	for (size_t i = 0; i <= COLUMNS; i++) {
		if (line[i] == ' ')
			word = i;
		if (line[i] == ';')
			part = i;
	}
	return part ? part : word ? word : COLUMNS;
}

/* The first word carries the colour; the rest explains it. What a screen has no room for follows. */
static void put_verdict(const struct report *rep, bool whole, bool rest)
{
	const char *result = report_result(rep->sum, rep->opt.strict);
	bool suspects = rep->sum->totals.by_severity[SEV_SUSPECT] > 0;
	char line[REPORT_VERDICT_SIZE];
	const char *code = CONSISTENT_COLOR;
	size_t word, end;

	if (strcmp(result, "inconsistent") == 0)
		code = report_severity_color(SEV_CORRUPT);
	else if (suspects || strcmp(result, "incomplete") == 0)
		code = report_severity_color(SEV_SUSPECT);
	report_verdict(rep, line);
	word = strcspn(line, ":");
	end = whole ? strlen(line) : first_part(line);
	fprintf(rep->out, "%s%.*s%s%.*s\n", color(rep, code), (int)word, line,
		color(rep, "\033[0m"), (int)(end > word ? end - word : 0), line + word);
	end += strspn(line + end, "; ");
	if (!rest || !line[end])
		return;
	fputs("  ", rep->out);
	report_text_wrap(rep->out, line + end, 2, 2);
}

/*
 * A violation that the checker healed left no trace but in the log: which page it was about
 * must not need -v.
 */
static void put_violation(const struct report *rep)
{
	const struct kept *k = report_kept_first(&rep->kept, FIND_VIOLATIONS_LOGGED, SEV_NOTE);
	const struct evidence *log = k ? finding_fact(&k->f, FACT_LOG) : NULL;
	const struct evidence *pfn = k ? finding_fact(&k->f, FACT_LOGGED_PFN) : NULL;

	if (pfn)
		put_line(rep, "", "the first violation in the log is about page 0x%" PRIx64,
			 pfn->num);
	if (log && log->kind == EV_STR)
		put_line(rep, "", "log: %s", log->str);
}

static void put_checker(const struct report *rep)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "absent: this kernel was built without it",
		[CHECKER_DISABLED] = "present, disabled: its bitmaps say nothing",
		[CHECKER_ACTIVE] = "active",
		[CHECKER_UNKNOWN] = "unknown: its bitmaps could not be located",
	};
	const struct checker_summary *c = &rep->sum->checker;
	char range[64] = "", maps[80] = "";

	if (c->has_range)
		snprintf(range, sizeof(range), ", pfns 0x%" PRIx64 "-0x%" PRIx64, c->min_pfn,
			 c->max_pfn ? c->max_pfn - 1 : 0);
	if (c->primary_paddr && c->secondary_paddr)
		snprintf(maps, sizeof(maps), ", maps at phys 0x%" PRIx64 " and 0x%" PRIx64,
			 c->primary_paddr, c->secondary_paddr);
	put_line(rep, "checker", "%s%s%s", states[c->state], range, maps);
	if (c->unreadable)
		put_line(rep, "", "its variables or its bitmaps could not be read from the dump");
	if (c->unusable)
		put_line(rep, "",
			 "its bitmaps are not used: the pointers to them are damaged");
	if (c->has_popcount && c->has_stats)
		put_line(rep, "", "%" PRIu64 " bits set, %" PRIu64 " pages tracked, %" PRIu64
			 " violation%s", c->primary_popcount, c->pages_tracked,
			 c->violations_detected, plural(c->violations_detected));
	else if (c->has_stats)
		put_line(rep, "", "%" PRIu64 " pages tracked, %" PRIu64 " violation%s",
			 c->pages_tracked, c->violations_detected, plural(c->violations_detected));
	put_violation(rep);
}

static void put_identity(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	const struct vmcore_info *info = rep->info;
	const char *release = report_release(rep), *build_id = report_build_id(rep);
	const char *arch = report_arch(rep);
	char states[FILE_STATES][FILE_STATE_LEN];
	size_t n = file_state(info, states);
	char size[32];

	report_size(info->bytes, size, sizeof(size));
	put_line(rep, "dump", "%s (%s%s, %s)", info->path ? info->path : "?",
		 info->format ? info->format : "unknown format",
		 info->live ? ", live" : "", size);
	for (size_t i = 0; i < n; i++)
		put_line(rep, "", "%s", states[i]);
	for (unsigned int i = 0; i < info->n_remarks; i++)
		put_line(rep, "", "%s", info->remarks[i]);
	if (info->vmcoreinfo_rebuilt)
		put_line(rep, "", "no VMCOREINFO: rebuilt from the page tables and the %s",
			 sum->facts_from);
	put_line(rep, "kernel", "%s %s, %u CPU%s, %u node%s, pages of %" PRIu32 " bytes",
		 release ? release : "unknown release", arch ? arch : "", sum->cpus,
		 plural(sum->cpus), sum->nodes, plural(sum->nodes), sum->page_size);
	if (build_id)
		put_line(rep, "", "build-id %s", build_id);
	if (sum->vmlinux)
		put_line(rep, "", "vmlinux found: %s", sum->vmlinux);
	if (sum->facts_from && strcmp(sum->facts_from, "vmlinux") &&
	    strcmp(sum->facts_from, "layout"))
		put_line(rep, "", "no vmlinux: facts are from the dump's %s", sum->facts_from);
	put_checker(rep);
}

/* The zones of all findings of a row, as far as they were kept. */
static void where(const struct report_tally *t, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < t->n_places && len < size; i++) {
		char zone[16];

		report_clean(zone, sizeof(zone), t->places[i].zone ? t->places[i].zone : "", true);
		if (t->places[i].node < 0 && !zone[0])
			continue;
		if (len)
			len += (size_t)snprintf(buf + len, size - len, "; ");
		if (t->places[i].node >= 0 && len < size)
			len += (size_t)snprintf(buf + len, size - len, "node %d%s", t->places[i].node,
						zone[0] ? ", " : "");
		if (len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s", zone);
	}
	if (t->more_places && len && len < size)
		snprintf(buf + len, size - len, "; ...");
}

static void put_row(const struct report *rep, enum finding_id id, enum severity sev)
{
	const struct report_tally *t = &rep->tally[id][sev];
	char pages[24] = "-", place[120];

	if (t->pages > 0)
		snprintf(pages, sizeof(pages), "%" PRIu64, t->pages);
	where(t, place, sizeof(place));
	fprintf(rep->out, "%-24s  %s%-7s%s  %8" PRIu64 "  %11s", finding_type(id)->slug,
		color(rep, report_severity_color(sev)), severity_words[sev], color(rep, "\033[0m"),
		t->findings, pages);
	if (strlen(place) > COLUMNS - PLACE_AT) {
		fprintf(rep->out, "\n%*s", PLACE_INDENT, "");
		report_text_wrap(rep->out, place, PLACE_INDENT, PLACE_INDENT);
	} else {
		fprintf(rep->out, "%s%s\n", place[0] ? "  " : "", place);
	}
}

/* What was found, a line a kind, the worst first; notes too, for they may explain. */
static void put_overview(const struct report *rep)
{
	bool any = false;

	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--) {
		for (size_t i = 0; i < FINDING_IDS; i++) {
			if (rep->tally[i][sev].findings == 0)
				continue;
			if (!any)
				fputs("\nfinding                   severity  number        pages  where\n",
				      rep->out);
			any = true;
			put_row(rep, (enum finding_id)i, (enum severity)sev);
		}
	}
}

/* How much of @text, which is evidence, is what is wrong: a broken link, or a mark; 0: nothing. */
static size_t wrong_part(const char *text)
{
	static const char *const marks[] = { "--next--X->", "<-X--prev--", "(wrong)", "<- wrong" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strncmp(text, marks[i], strlen(marks[i])))
			return strlen(marks[i]);
	return 0;
}

/* The evidence, with a colour on what is wrong: the link, the record, the value that was found. */
static void put_evidence(const struct report *rep, const struct finding *f)
{
	static const char found[] = " found ";
	const char *code = report_severity_color(f->severity);
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *memory = rep->opt.color ? open_memstream(&text, &size) : NULL;

	if (!memory) {
		report_text_evidence(rep->out, f);
		return;
	}
	report_text_evidence(memory, f);
	if (fclose(memory) != 0 || !text)
		return;
	for (const char *at = text; *at;) {
		size_t before = strncmp(at, found, sizeof(found) - 1) ? 0 :
				sizeof(found) - 1 + strspn(at + sizeof(found) - 1, " ");
		size_t len = before ? strcspn(at + before, " \n") : wrong_part(at);

		if (len)
			fprintf(rep->out, "%.*s%s%.*s\033[0m", (int)before, at, code, (int)len,
				at + before);
		else
			fputc(*at, rep->out);
		at += len ? before + len : 1;
	}
}

static void put_finding(const struct report *rep, const struct finding *f, bool evidence)
{
	char text[512];

	report_describe(f, rep->sum->page_size, text, sizeof(text));
	fputs("  - ", rep->out);
	report_text_wrap(rep->out, text, 4, 4);
	if (!evidence)
		return;
	if (f->explained) {
		snprintf(text, sizeof(text), "explained: %s", f->explained);
		fputs("    ", rep->out);
		report_text_wrap(rep->out, text, 4, 4);
	}
	if (report_wrong_record(f, text, sizeof(text)))
		fprintf(rep->out, "    %s\n", text);
	put_evidence(rep, f);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool report_alike(void *arg, const struct finding *a, const struct finding *b)
{
	const struct report *rep = arg;
	struct finding there = *b;
	char one[512], two[512];

	if (a->id != b->id || a->severity != b->severity || a->node != b->node ||
	    a->order != b->order || a->cpu != b->cpu || a->verdict != b->verdict ||
	    a->damage != b->damage || !same_text(a->zone, b->zone) ||
	    !same_text(a->explained, b->explained))
		return false;
	there.pfn = a->pfn;
	report_describe(a, rep->sum->page_size, one, sizeof(one));
	report_describe(&there, rep->sum->page_size, two, sizeof(two));
	return !strcmp(one, two);
}

/* "62 pages 0x5 + 0x200 n: same bit 4" */
static void put_group(const struct report *rep, const struct kept *k)
{
	uint64_t xor = finding_field_xor(&k->f);
	char text[160];

	if (k->f.count == 1)
		snprintf(text, sizeof(text), "%" PRIu64 " pages 0x%" PRIx64 " + 0x%" PRIx64 " n",
			 k->n, k->f.pfn, k->step);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " runs of %" PRIu64 " pages, at 0x%" PRIx64 " + 0x%" PRIx64 " n",
			 k->n, k->f.count, k->f.pfn, k->step);
	fprintf(rep->out, "    %s, n < %" PRIu64 ": ", text, k->n);
	if (xor && !(xor & (xor - 1)))
		fprintf(rep->out, "same bit %d\n", __builtin_ctzll(xor));
	else
		fputs("the same\n", rep->out);
}

/* A flood of one kind is a screen, not a wall: the first ones whole, the next in a sentence. */
static void put_kind(const struct report *rep, enum finding_id id, enum severity sev)
{
	const struct report_tally *tally = &rep->tally[id][sev];
	const struct kept *k = report_kept_first(&rep->kept, id, sev);
	uint64_t listed = 0;
	char head[240];
	size_t column;

	fprintf(rep->out, "\n%s%s%s ", color(rep, report_severity_color(sev)),
		severity_words[sev], color(rep, "\033[0m"));
	column = strlen(severity_words[sev]) + 1;
	snprintf(head, sizeof(head), "%s: %s", finding_type(id)->slug,
		 finding_type(id)->summary);
	report_text_wrap(rep->out, head, column, column);
	for (uint64_t i = 0; k && i < rep->opt.max_findings; k = k->next, i++) {
		put_finding(rep, &k->f, rep->opt.verbose || i < WITH_EVIDENCE);
		if (k->n > 1)
			put_group(rep, k);
		listed += k->n;
	}
	if (tally->findings > listed)
		fprintf(rep->out, "  ... and %" PRIu64 " more\n", tally->findings - listed);
	if (tally->findings > 1 && tally->pages > 0)
		fprintf(rep->out, "  %" PRIu64 " findings, %" PRIu64 " page%s in all\n",
			tally->findings, tally->pages, plural(tally->pages));
}

/* How to go on, with the worst finding as the example. */
static void put_next_steps(const struct report *rep)
{
	for (int sev = SEV_CORRUPT; sev >= SEV_SUSPECT; sev--)
		for (size_t i = 0; i < FINDING_IDS; i++) {
			const struct kept *k = report_kept_first(&rep->kept, (enum finding_id)i,
								 (enum severity)sev);

			if (!k)
				continue;
			fprintf(rep->out, "\nwhat it means: --explain=%s",
				finding_type(k->f.id)->slug);
			if (k->f.pfn != FINDING_NO_PFN)
				fprintf(rep->out, "; all of the page: --page=0x%" PRIx64,
					k->f.pfn);
			fputc('\n', rep->out);
			return;
		}
}

/* "1 note (limbo-excess): add -v" */
static void put_notes_hint(const struct report *rep, uint64_t notes)
{
	char line[REPORT_VERDICT_SIZE];

	report_kinds(rep, SEV_NOTE, line);
	fprintf(rep->out, "\n%" PRIu64 " note%s (%s): add -v\n", notes, plural(notes), line);
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
		put_notes_hint(rep, by_severity[SEV_NOTE]);
	put_next_steps(rep);
}

/* The worst that was found of the kind to be explained; NULL: none was. */
static const struct kept *explained(const struct report *rep)
{
	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--) {
		const struct kept *k = report_kept_first(&rep->kept, rep->opt.explained,
							 (enum severity)sev);

		if (k)
			return k;
	}
	return NULL;
}

/* --explain with a dump: the first finding of the kind, and how to examine that one. */
static void put_explanation(const struct report *rep)
{
	const struct kept *k = explained(rep);

	fputc('\n', rep->out);
	if (!k) {
		fprintf(rep->out, "no %s was found\n\n", finding_type(rep->opt.explained)->slug);
		report_explain(rep->out, rep->opt.explained);
		return;
	}
	fprintf(rep->out, "%s%s%s %s\n", color(rep, report_severity_color(k->f.severity)),
		severity_words[k->f.severity], color(rep, "\033[0m"), finding_type(k->f.id)->slug);
	put_finding(rep, &k->f, true);
	report_explain_one(rep->out, &k->f, rep->sum->page_size);
	if (k->f.pfn != FINDING_NO_PFN)
		fprintf(rep->out, "\nall of the page: --page=0x%" PRIx64 "\n", k->f.pfn);
}

static enum pgc_status text_end(struct report *rep, struct pgc_err *err _unused_)
{
	put_verdict(rep, rep->opt.quiet, true);
	if (rep->opt.quiet)
		return PGC_OK;
	if (rep->opt.explain) {
		put_explanation(rep);
		report_text_origin(rep);
		report_text_steps(rep);
		return PGC_OK;
	}
	fputc('\n', rep->out);
	put_identity(rep);
	report_text_origin(rep);
	put_overview(rep);
	put_findings(rep);
	report_text_tables(rep);
	report_text_owners(rep);
	if (rep->opt.map && rep->sum->map)
		report_text_map(rep);
	report_text_coverage(rep->out, rep->sum);
	/* Where a screen ends, too. */
	fputc('\n', rep->out);
	put_verdict(rep, false, false);
	return PGC_OK;
}

const struct report_writer report_text_writer = {
	.begin = text_begin,
	.end = text_end,
	.keeps = true,
};

/* What a note says is known, or expected. */
static enum pgc_status oneline_finding(struct report *rep, const struct finding *f)
{
	char text[512], page[48] = "-";

	if (f->severity == SEV_NOTE && !rep->opt.verbose)
		return PGC_OK;
	report_describe(f, rep->sum->page_size, text, sizeof(text));
	if (f->pfn != FINDING_NO_PFN && f->count > 1)
		snprintf(page, sizeof(page), "0x%" PRIx64 "+%" PRIu64, f->pfn, f->count);
	else if (f->pfn != FINDING_NO_PFN)
		snprintf(page, sizeof(page), "0x%" PRIx64, f->pfn);
	fprintf(rep->out, "%s%s%s %s %s: %s\n",
		color(rep, report_severity_color(f->severity)), severity_name(f->severity),
		color(rep, "\033[0m"), finding_type(f->id)->slug, page, text);
	return PGC_OK;
}

static enum pgc_status oneline_end(struct report *rep, struct pgc_err *err _unused_)
{
	put_verdict(rep, true, false);
	return PGC_OK;
}

const struct report_writer report_oneline_writer = {
	.begin = text_begin,
	.finding = oneline_finding,
	.end = oneline_end,
};
