/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The evidence of one finding as text: the three witnesses side by side, a broken link drawn
 * as a chain, and the remaining facts in two columns.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report/report_priv.h"

#define COLUMNS 80
#define INDENT 4
/* Longer keys stand out of line: one of them must not cost all others half the width. */
#define KEY_COLUMNS 16

/* Where the columns of the witnesses begin, past the indent. */
#define BITS_AT 0
#define LIST_AT 22
#define PAGE_AT 46
#define WITNESS_ROWS 6

/* What was drawn already, not to be listed a second time. */
static bool is_drawn(const struct finding *f, enum fact_id id)
{
	enum evidence_place place = evidence_type(id)->text;

	return place == IN_TABLE || (place == IN_CHAIN && finding_fact(f, FACT_LINK));
}

/* A value as text, "" where it is unknown. */
static const char *value_of(const struct finding *f, enum fact_id id, char *buf, size_t size)
{
	const struct evidence *e = finding_fact(f, id);

	buf[0] = '\0';
	if (e)
		report_fact(e, buf, size);
	return buf;
}

struct column {
	size_t n;
	char rows[WITNESS_ROWS][40];
};

_printf_(2, 3) static void put_row(struct column *col, const char *fmt, ...)
{
	va_list ap;

	if (col->n == WITNESS_ROWS)
		return;
	va_start(ap, fmt);
	vsnprintf(col->rows[col->n++], sizeof(col->rows[0]), fmt, ap);
	va_end(ap);
}

static void bits_column(const struct finding *f, struct column *col)
{
	const struct evidence *primary = finding_fact(f, FACT_PRIMARY_BIT);
	const struct evidence *secondary = finding_fact(f, FACT_SECONDARY_BIT);

	if (!primary && !secondary) {
		put_row(col, "unknown");
		return;
	}
	if (primary)
		put_row(col, "primary    %" PRIu64 "%s", primary->num,
			f->verdict == VERDICT_PRIMARY ? " <- wrong" : "");
	if (secondary)
		put_row(col, "secondary  %" PRIu64 "%s", secondary->num,
			f->verdict == VERDICT_SECONDARY ? " <- wrong" : "");
	if (primary && secondary)
		put_row(col, "%s", primary->num == secondary->num ? "= contradiction" :
				   primary->num ? "= allocated" : "= free");
}

static void list_column(const struct finding *f, struct column *col)
{
	const struct evidence *listed = finding_fact(f, FACT_LISTED);
	char value[40];

	if (listed && listed->kind == EV_STR && strcmp(listed->str, "no") == 0) {
		put_row(col, "on no list");
		return;
	}
	if (listed)
		put_row(col, "%.22s", value_of(f, FACT_LISTED, value, sizeof(value)));
	else if (f->cpu >= 0)
		put_row(col, "per-CPU, CPU %d", f->cpu);
	else
		put_row(col, "free list");
	if (f->order >= 0)
		put_row(col, "order %d", f->order);
	if (f->migratetype) {
		report_clean(value, sizeof(value), f->migratetype, true);
		put_row(col, "%.22s", value);
	}
}

/* "flags  a|b|c", on as many rows as it takes. */
static void flag_rows(const char *flags, struct column *col)
{
	const size_t room = COLUMNS - INDENT - PAGE_AT - sizeof("flags     ") + 1;
	const char *label = "flags";

	while (*flags && col->n < WITNESS_ROWS) {
		size_t len = strlen(flags), cut = 0;

		if (len > room) {
			for (size_t i = 1; i < room; i++)
				if (flags[i] == '|')
					cut = i + 1;
			len = cut ? cut : room;
		}
		put_row(col, "%-8s  %.*s", label, (int)len, flags);
		label = "";
		flags += len;
	}
}

static void page_column(const struct finding *f, struct column *col)
{
	char value[160];

	if (!finding_fact(f, FACT_PAGE) && !finding_fact(f, FACT_PAGE_KIND)) {
		put_row(col, "unknown");
		return;
	}
	if (value_of(f, FACT_REFCOUNT, value, sizeof(value))[0])
		put_row(col, "refcount  %.20s", value);
	if (strcmp(value_of(f, FACT_PAGE_KIND, value, sizeof(value)), "none") == 0)
		put_row(col, "no page type");
	else if (value[0])
		put_row(col, "kind      %.20s", value);
	if (strcmp(value_of(f, FACT_FLAG_NAMES, value, sizeof(value)), "none") == 0)
		put_row(col, "no flags");
	else
		flag_rows(value, col);
}

/* Header of a column, marked when it is the one held to be wrong. */
static int put_head(FILE *out, const char *name, bool wrong)
{
	return fprintf(out, "%s%s", name, wrong ? " (wrong)" : "");
}

static void put_witnesses(FILE *out, const struct finding *f)
{
	struct column bits = { 0 }, list = { 0 }, page = { 0 };
	int at;

	if (!finding_fact(f, FACT_LISTED) && !finding_fact(f, FACT_PAGE_KIND) &&
	    !finding_fact(f, FACT_PRIMARY_BIT))
		return;
	bits_column(f, &bits);
	list_column(f, &list);
	page_column(f, &page);
	at = fprintf(out, "%*s", INDENT, "") + put_head(out, "bitmaps", f->verdict == VERDICT_BITMAPS);
	at += fprintf(out, "%*s", INDENT + LIST_AT - at, "");
	at += put_head(out, "free lists", f->verdict == VERDICT_FREE_LIST);
	fprintf(out, "%*s", INDENT + PAGE_AT - at, "");
	put_head(out, "struct page", f->verdict == VERDICT_STRUCT_PAGE);
	fputc('\n', out);
	for (size_t i = 0; i < WITNESS_ROWS; i++) {
		if (i >= bits.n && i >= list.n && i >= page.n)
			break;
		at = fprintf(out, "%*s%s", INDENT, "", i < bits.n ? bits.rows[i] : "");
		if (i < list.n || i < page.n)
			at += fprintf(out, "%*s%s", INDENT + LIST_AT - at, "",
				      i < list.n ? list.rows[i] : "");
		if (i < page.n)
			fprintf(out, "%*s%s", INDENT + PAGE_AT - at, "", page.rows[i]);
		fputc('\n', out);
	}
}

/* How a node of the chain is called: by its page, "head", or "?". */
static void node_label(const struct finding *f, enum fact_id kaddr_id, enum fact_id pfn_id,
		       char buf[24])
{
	const struct evidence *pfn = finding_fact(f, pfn_id);
	const struct evidence *kaddr = finding_fact(f, kaddr_id);
	const struct evidence *head = finding_fact(f, FACT_LIST_KADDR);

	if (pfn)
		snprintf(buf, 24, "[0x%" PRIx64 "]", pfn->num);
	else if (kaddr && head && kaddr->num == head->num)
		snprintf(buf, 24, "[head]");
	else
		snprintf(buf, 24, "[?]");
}

/*
 * The node that holds the broken link between its neighbours, as the other witnesses know
 * them: for a wrong prev the node before it is the expected one.
 */
void report_text_chain(FILE *out, const struct finding *f)
{
	const struct evidence *link = finding_fact(f, FACT_LINK);
	const struct evidence *target = finding_fact(f, FACT_LEADS_TO_PFN);
	const struct evidence *found = finding_fact(f, FACT_FOUND);
	const struct evidence *head = finding_fact(f, FACT_FROM_HEAD);
	const struct evidence *tail = finding_fact(f, FACT_FROM_TAIL);
	char before[24], holder[24], after[24];
	bool prev;

	if (!link || link->kind != EV_STR)
		return;
	prev = strcmp(link->str, "prev") == 0;
	node_label(f, prev ? FACT_EXPECTED : FACT_PREV,
		   prev ? FACT_EXPECTED_PFN : FACT_PREV_PFN, before);
	node_label(f, prev ? FACT_NEXT : FACT_EXPECTED,
		   prev ? FACT_NEXT_PFN : FACT_EXPECTED_PFN, after);
	if (f->pfn == FINDING_NO_PFN)
		snprintf(holder, sizeof(holder), "[head]");
	else
		snprintf(holder, sizeof(holder), "[0x%" PRIx64 "]", f->pfn);
	fprintf(out, "    %s ---next---> %s %s %s\n", before, holder,
		prev ? "---next--->" : "--next--X->", after);
	fprintf(out, "    %*s %s", (int)strlen(before), "",
		prev ? "<-X--prev--" : "<---prev---");
	if (prev || finding_fact(f, FACT_EXPECTED))
		fprintf(out, " %*s <---prev---", (int)strlen(holder), "");
	fputc('\n', out);
	fprintf(out, "    X: ");
	if (target)
		fprintf(out, "points to page 0x%" PRIx64, target->num);
	else if (found && found->num == 0)
		fprintf(out, "%s is NULL", prev ? "prev" : "next");
	else
		fprintf(out, "%s is not a struct page", prev ? "prev" : "next");
	if (head && tail)
		fprintf(out, "; reached from the head: %" PRIu64 " blocks, from the tail: %" PRIu64,
			head->num, tail->num);
	fputc('\n', out);
}

static int key_width(const struct finding *f)
{
	int width = 0;

	for (size_t i = 0; i < f->n_evidence; i++) {
		enum fact_id id = f->evidence[i].id;
		int len = (int)strlen(evidence_type(id)->key);

		if (len > width && len <= KEY_COLUMNS && !is_drawn(f, id))
			width = len;
	}
	return width;
}

/* Facts as key and value in columns, two a line where both fit in half of it. */
static void put_facts(FILE *out, const struct finding *f)
{
	const int half = (COLUMNS - INDENT) / 2;
	int width = key_width(f), at = 0;

	for (size_t i = 0; i < f->n_evidence; i++) {
		const char *key = evidence_type(f->evidence[i].id)->key;
		char value[1024], cell[1100];
		int len;

		if (is_drawn(f, f->evidence[i].id))
			continue;
		report_fact(&f->evidence[i], value, sizeof(value));
		len = snprintf(cell, sizeof(cell), "%-*s  %s", width, key, value);
		/* The second half is taken when the first leaves it, and it is enough. */
		if (at > 0 && at < half && len <= half) {
			fprintf(out, "%*s%s", half - at, "", cell);
			at = half;
			continue;
		}
		fprintf(out, "%s%*s", at > 0 ? "\n" : "", INDENT, "");
		if (len > COLUMNS - INDENT) {
			/* What is long (a stack, a line of the log) is wrapped below its key. */
			fprintf(out, "%s\n%*s", key, INDENT + 2, "");
			report_text_wrap(out, value, INDENT + 2, INDENT + 2);
			at = 0;
			continue;
		}
		fputs(cell, out);
		at = len;
	}
	if (at > 0)
		fputc('\n', out);
}

void report_text_evidence(FILE *out, const struct finding *f)
{
	if (finding_fact(f, FACT_LINK)) {
		fputc('\n', out);
		report_text_chain(out, f);
		fputc('\n', out);
	}
	put_witnesses(out, f);
	put_facts(out, f);
}
