/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings and zones of the HTML report. */
#include <inttypes.h>
#include <string.h>

#include "report/finding_help.h"
#include "report/report_html.h"

static void put_overview(const struct report *rep, FILE *out)
{
	fputs("<table><thead><tr><th class=\"text\">finding</th><th class=\"text\">severity</th>"
	      "<th>number</th><th>pages</th></tr></thead>\n", out);
	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--)
		for (size_t i = 0; i < FINDING_IDS; i++) {
			const struct report_tally *t = &rep->tally[i][sev];
			const char *slug = finding_type((enum finding_id)i)->slug;
			const char *name = severity_name((enum severity)sev);

			if (t->findings)
				fprintf(out, "<tr><td class=\"text\"><a href=\"#%s\">%s</a></td>"
					     "<td class=\"text %s\">%s</td><td>%" PRIu64
					     "</td><td>%" PRIu64 "</td></tr>\n",
					slug, slug, name, name, t->findings, t->pages);
		}
	fputs("</table>\n", out);
}

/* What one of the witnesses says. */
static void put_cell(FILE *out, const struct finding *f, enum evidence_witness by, bool wrong)
{
	fprintf(out, "<td%s>", wrong ? " class=\"wrong\"" : "");
	for (size_t i = 0; i < FACT_IDS; i++) {
		const struct evidence_type *type = evidence_type((enum fact_id)i);
		const struct evidence *e = NULL;
		char value[256];

		if (type->html == IN_TABLE && type->witness == by)
			e = finding_fact(f, (enum fact_id)i);
		if (!e)
			continue;
		report_fact(e, value, sizeof(value));
		fprintf(out, "%s ", type->key);
		html_text(out, value);
		fputs("<br>", out);
	}
	fputs("</td>", out);
}

static void put_witnesses(FILE *out, const struct finding *f)
{
	bool maps = f->verdict >= VERDICT_PRIMARY && f->verdict <= VERDICT_BITMAPS;
	bool lists = f->verdict == VERDICT_FREE_LIST, pages = f->verdict == VERDICT_STRUCT_PAGE;

	if (!finding_fact(f, FACT_PRIMARY_BIT) && !finding_fact(f, FACT_LISTED) &&
	    !finding_fact(f, FACT_PAGE_KIND))
		return;
	fprintf(out, "<table class=\"witnesses\"><thead><tr><th%s>bitmaps%s</th>"
		     "<th%s>free lists%s</th><th%s>struct page%s</th></tr></thead><tr>",
		maps ? " class=\"wrong\"" : "", maps ? " (wrong)" : "",
		lists ? " class=\"wrong\"" : "", lists ? " (wrong)" : "",
		pages ? " class=\"wrong\"" : "", pages ? " (wrong)" : "");
	put_cell(out, f, BY_BITMAPS, maps);
	put_cell(out, f, BY_LISTS, lists);
	put_cell(out, f, BY_PAGE, pages);
	fputs("</tr></table>\n", out);
}

static void put_facts(FILE *out, const struct finding *f)
{
	fputs("<ul class=\"facts mono\">", out);
	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence_type *type = evidence_type(f->evidence[i].id);
		char value[1024];

		if (type->html == IN_TABLE)
			continue;
		report_fact(&f->evidence[i], value, sizeof(value));
		fprintf(out, "<li>%s ", type->key);
		html_text(out, value);
		fputs("</li>", out);
	}
	fputs("</ul>\n", out);
}

/* What another part wrote as text, line by line. */
static void put_lines(FILE *out, char *text)
{
	fputs("<pre>", out);
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		html_text(out, line);
		fputc('\n', out);
	}
	fputs("</pre>\n", out);
}

static void put_chain(FILE *out, const struct finding *f)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *chain;

	if (!finding_fact(f, FACT_LINK))
		return;
	chain = open_memstream(&text, &size);
	if (!chain)
		return;
	report_text_chain(chain, f);
	if (fclose(chain) == 0 && text)
		put_lines(out, text);
}

/* The @n-th of its kind: what is behind the first is on paper, too, and of the next ones on the screen. */
static void put_finding(const struct report *rep, FILE *out, const struct finding *f, size_t n)
{
	char text[512];

	report_describe(f, rep->sum->page_size, text, sizeof(text));
	fputs("<div class=\"finding\"><p>", out);
	html_text(out, text);
	fputs("</p>\n", out);
	if (f->explained) {
		fputs("<p>Explained: ", out);
		html_text(out, f->explained);
		fputs("</p>\n", out);
	}
	if (report_wrong_record(f, text, sizeof(text)))
		fprintf(out, "<p>%s</p>\n", text);
	if (n)
		fprintf(out, "<details class=\"evidence\"%s><summary>Evidence</summary>\n",
			n < HTML_WITH_EVIDENCE ? " open" : "");
	put_chain(out, f);
	put_witnesses(out, f);
	put_facts(out, f);
	fputs(n ? "</details></div>\n" : "</div>\n", out);
}

/* The commands that show the first of the findings in another program. */
static void put_commands(const struct report *rep, FILE *out, const char *program,
			 const char *commands, const struct finding *f)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *filled;

	if (!commands[0])
		return;
	filled = open_memstream(&text, &size);
	if (!filled)
		return;
	report_commands(filled, commands, f, rep->sum->page_size);
	if (fclose(filled) != 0 || !text)
		return;
	fprintf(out, "<p>In %s:</p>", program);
	put_lines(out, text);
}

/* @first may be NULL. */
static void put_help(const struct report *rep, FILE *out, enum finding_id id,
		     const struct kept *first)
{
	const struct finding_help *help = finding_help(id);

	fputs("<details><summary>What it means and what to do next</summary><p>", out);
	html_text(out, help->meaning);
	fputs("</p><p>", out);
	html_text(out, help->causes);
	fputs("</p><p>", out);
	html_text(out, help->next);
	fputs("</p>\n", out);
	if (first) {
		put_commands(rep, out, "crash", help->crash, &first->f);
		put_commands(rep, out, "drgn", help->drgn, &first->f);
	}
	fputs("</details>\n", out);
}

/* @anchor: the first section of the kind is where links lead. */
static size_t put_kind(const struct report *rep, FILE *out, enum finding_id id,
		       enum severity sev, bool anchor, size_t room)
{
	const struct report_tally *t = &rep->tally[id][sev];
	const struct finding_type *type = finding_type(id);
	size_t n = 0;

	fputs("<section", out);
	if (anchor)
		fprintf(out, " id=\"%s\"", type->slug);
	fprintf(out, "><h3><span class=\"%s\">%s</span> %s: %s</h3>\n", severity_name(sev),
		severity_name(sev), type->slug, type->summary);
	put_help(rep, out, id, report_kept_first(&rep->kept, id, sev));
	for (const struct kept *k = report_kept_first(&rep->kept, id, sev);
	     k && n < HTML_KIND_FINDINGS && n < room; k = k->next, n++)
		put_finding(rep, out, &k->f, n);
	if (n > HTML_ON_PAPER)
		fprintf(out, "<p class=\"paper\">The first %u are printed, of %zu in the file.</p>\n",
			HTML_ON_PAPER, n);
	if (t->findings > n)
		fprintf(out, "<p>... and %" PRIu64 " more.</p>\n", t->findings - n);
	fputs("</section>\n", out);
	return n;
}

void html_findings(const struct report *rep, FILE *out)
{
	size_t room = HTML_FINDINGS;
	bool anchored[FINDING_IDS] = { false };

	fputs("<section id=\"findings\"><h2>Findings</h2>\n", out);
	if (!rep->sum->totals.by_severity[SEV_CORRUPT] &&
	    !rep->sum->totals.by_severity[SEV_SUSPECT] &&
	    !rep->sum->totals.by_severity[SEV_NOTE])
		fputs("<p>None.</p>\n", out);
	else
		put_overview(rep, out);
	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--)
		for (size_t i = 0; i < FINDING_IDS; i++) {
			if (!rep->tally[i][sev].findings)
				continue;
			room -= put_kind(rep, out, (enum finding_id)i, (enum severity)sev,
					 !anchored[i], room);
			anchored[i] = true;
		}
	fputs("</section>\n", out);
}

static void put_zone(const struct summary *sum, FILE *out, const struct zone_summary *z)
{
	size_t types = z->migratetypes < SUMMARY_MIGRATETYPES ? z->migratetypes :
							       SUMMARY_MIGRATETYPES;

	fprintf(out, "<section class=\"zone\"><h3>node %d, ", z->node);
	html_text(out, z->name ? z->name : "?");
	fprintf(out, "</h3>\n<p>%" PRIu64 " pages managed, %" PRIu64 " on free lists, %" PRId64
		     " by counter, %" PRIu64 " per CPU%s</p>\n<div class=\"scroll\"><table>"
		     "<thead><tr><th>order</th>",
		z->managed, z->free_listed, z->nr_free_pages, z->pcp,
		z->lock_held ? "; its lock was held" : "");
	for (size_t mt = 0; mt < types; mt++) {
		fputs("<th>", out);
		if (mt < sum->n_migratetypes && sum->migratetypes[mt])
			html_text(out, sum->migratetypes[mt]);
		fputs("</th>", out);
	}
	fputs("<th>listed</th><th>nr_free</th></tr></thead>\n", out);
	for (size_t order = 0; order < z->orders && order < SUMMARY_ORDERS; order++) {
		uint64_t listed = 0;

		for (size_t mt = 0; mt < SUMMARY_MIGRATETYPES; mt++)
			listed += z->blocks[order][mt];
		fprintf(out, "<tr%s><td>%zu</td>",
			listed == z->nr_free[order] ? "" : " class=\"differ\"", order);
		for (size_t mt = 0; mt < types; mt++)
			fprintf(out, "<td>%" PRIu64 "</td>", z->blocks[order][mt]);
		fprintf(out, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n", listed,
			z->nr_free[order]);
	}
	fputs("</table></div></section>\n", out);
}

void html_zones(const struct report *rep, FILE *out)
{
	const struct summary *sum = rep->sum;
	size_t left_out = 0, told = 0;

	fputs("<section id=\"free-blocks\"><h2>Free blocks by order and migratetype</h2>\n", out);
	for (size_t i = 0; i < sum->n_zones; i++) {
		if (!sum->zones[i].spanned && !sum->zones[i].free_listed)
			continue;
		if (told++ < HTML_ZONES)
			put_zone(sum, out, &sum->zones[i]);
		else
			left_out++;
	}
	if (left_out)
		fprintf(out, "<p>%zu more zones are not listed.</p>\n", left_out);
	fputs("</section>\n", out);
}
