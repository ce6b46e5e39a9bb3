/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_html.h"

#include <inttypes.h>
#include <string.h>

/* A row of two: @label is a constant, @value is not. */
static void put_pair(FILE *out, const char *label, const char *value)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td>", label);
	html_text(out, value);
	fputs("</td></tr>\n", out);
}

static void put_count(FILE *out, const char *label, uint64_t n)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRIu64, n);
	put_pair(out, label, value);
}

static void put_verdict(const struct report *rep, FILE *out)
{
	char line[REPORT_VERDICT_SIZE];

	report_verdict(rep, line);
	fprintf(out, "<h1 class=\"%s\">", report_result(rep->sum, rep->opt.strict));
	html_text(out, line);
	fputs("</h1>\n", out);
}

static void put_contents(const struct report *rep, FILE *out)
{
	fprintf(out, "<nav><a href=\"#findings\">Findings</a> <a href=\"#coverage\">Coverage</a> "
		     "%s<a href=\"#dump\">Dump</a> <a href=\"#free-blocks\">Free blocks</a> "
		     "<a href=\"#states\">Pages by state</a>%s</nav>\n",
		rep->sum->map ? "<a href=\"#map\">Map of memory</a> " : "",
		rep->sum->owners.done ? " <a href=\"#owners\">Where memory went</a>" : "");
}

/* Which machine, and when. */
static void put_crash(const struct report *rep, FILE *out)
{
	char host[REPORT_HOST_SIZE], when[REPORT_TIME_SIZE];

	report_host(rep, host);
	if (host[0])
		put_pair(out, "machine", host);
	if (report_crashed(rep, when))
		put_pair(out, "crashed", when);
}

/* The same under the verdict, in a line. */
static void put_when(const struct report *rep, FILE *out)
{
	char host[REPORT_HOST_SIZE], when[REPORT_TIME_SIZE];
	const char *release = report_release(rep), *between = "";

	report_host(rep, host);
	fputs("<p class=\"when\">", out);
	if (report_crashed(rep, when)) {
		fprintf(out, "crashed %s", when);
		between = ", ";
	}
	if (host[0]) {
		fprintf(out, "%smachine ", between);
		html_text(out, host);
		between = ", ";
	}
	if (release) {
		fprintf(out, "%skernel ", between);
		html_text(out, release);
	}
	fputs("</p>\n", out);
}

static void put_identity(const struct report *rep, FILE *out)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "absent", [CHECKER_DISABLED] = "disabled",
		[CHECKER_ACTIVE] = "active", [CHECKER_UNKNOWN] = "unknown",
	};
	const struct summary *sum = rep->sum;
	const struct vmcore_info *info = rep->info;
	char value[512], size[32];

	fputs("<section id=\"dump\"><h2>Dump</h2><table class=\"pairs\">\n", out);
	report_size(info->bytes, size, sizeof(size));
	snprintf(value, sizeof(value), "%s (%s, %s)", info->path ? info->path : "?",
		 info->format ? info->format : "unknown format", size);
	put_pair(out, "file", value);
	if (sum->dump_id[0])
		put_pair(out, "dump id", sum->dump_id);
	snprintf(value, sizeof(value), "%s %s, %u CPUs, %u nodes, pages of %" PRIu32 " bytes",
		 report_release(rep) ? report_release(rep) : "unknown release",
		 report_arch(rep) ? report_arch(rep) : "", sum->cpus, sum->nodes,
		 sum->page_size);
	put_pair(out, "kernel", value);
	if (report_build_id(rep))
		put_pair(out, "build-id", report_build_id(rep));
	put_crash(rep, out);
	put_pair(out, "checker", states[sum->checker.state]);
	if (sum->checker.has_stats) {
		put_count(out, "pages tracked", sum->checker.pages_tracked);
		put_count(out, "violations", sum->checker.violations_detected);
	}
	fputs("</table></section>\n", out);
}

static void put_coverage(const struct report *rep, FILE *out)
{
	const struct summary *sum = rep->sum;
	const struct coverage *cov = &sum->coverage;
	struct report_gap gaps[REPORT_GAPS];
	size_t n_gaps = report_gaps(cov, gaps);

	fputs("<section id=\"coverage\"><h2>Coverage</h2><table class=\"pairs\">\n", out);
	put_count(out, "page frames in the range", cov->pfns);
	put_count(out, "walked", cov->walked);
	for (size_t i = 0; i < n_gaps; i++)
		put_count(out, gaps[i].label, gaps[i].pages);
	if (cov->limbo)
		put_count(out, "refcount 0, on no list", cov->limbo);
	if (sum->totals.explained)
		put_count(out, "in findings that have a harmless cause",
			  sum->totals.explained);
	if (cov->lists_cut)
		put_count(out, "free lists not walked to the end", cov->lists_cut);
	if (sum->text.done) {
		put_count(out, "bytes of code and constants compared", sum->text.compared);
		put_count(out, "of these, that the kernel may rewrite", sum->text.left_out);
		put_count(out, "of these, not in the dump", sum->text.unread);
	}
	if (sum->totals.ignored)
		put_count(out, "findings ignored on request", sum->totals.ignored);
	fputs("</table>\n", out);
	if (sum->n_limits) {
		fputs("<ul>\n", out);
		for (size_t i = 0; i < sum->n_limits && i < ARRAY_SIZE(sum->limits); i++) {
			fputs("<li>", out);
			html_text(out, sum->limits[i]);
			fputs("</li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
}

static void put_states(const struct report *rep, FILE *out)
{
	fputs("<section id=\"states\"><h2>Pages by state</h2><table class=\"pairs\">\n", out);
	for (size_t i = 0; i < PAGE_STATES; i++)
		if (rep->sum->states[i])
			put_count(out, page_state_text((enum page_state)i), rep->sum->states[i]);
	fputs("</table></section>\n", out);
}

void report_html(const struct report *rep, FILE *out)
{
	char title[160], written[REPORT_TIME_SIZE];

	snprintf(title, sizeof(title), "pgcons-dump: %s, %s",
		 report_result(rep->sum, rep->opt.strict),
		 rep->info->path ? rep->info->path : "dump");
	html_head(out, title);
	/* The answer, what it rests on, then the places and the numbers. */
	put_verdict(rep, out);
	put_when(rep, out);
	put_contents(rep, out);
	html_origin(rep, out);
	html_findings(rep, out);
	html_bits(rep, out);
	put_coverage(rep, out);
	if (rep->sum->map) {
		html_map(rep, out);
		html_tiles(rep, out);
	}
	put_identity(rep, out);
	html_zones(rep, out);
	put_states(rep, out);
	html_owners(rep, out);
	report_written(written);
	fprintf(out, "<footer>pgcons-dump %s, report written %s</footer>\n", PACKAGE_VERSION,
		written);
	html_script(out);
	fputs("</body></html>\n", out);
}
