/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where memory went: a line for each class, and the largest of each, in text and HTML. */
#include <inttypes.h>
#include <string.h>

#include "report/report_html.h"
#include "report/report_priv.h"

#define TOP_ITEMS 10	/* of a class, unless verbose */
#define NAME_WIDTH 39

/* Of the whole, in tenths of a percent. */
static uint64_t permille(uint64_t pages, uint64_t all)
{
	return all ? (uint64_t)((double)pages / (double)all * 1000 + 0.5) : 0;
}

static void put_share(FILE *out, uint64_t pages, uint64_t all)
{
	uint64_t share = permille(pages, all);

	if (!share && pages)
		fputs("  <0.1 %", out);
	else
		fprintf(out, " %3" PRIu64 ".%" PRIu64 " %%", share / 10, share % 10);
}

static void put_amount(FILE *out, uint64_t pages, uint32_t page_size)
{
	char size[32];

	report_size(pages * page_size, size, sizeof(size));
	fprintf(out, " %10" PRIu64 "  %10s", pages, size);
}

typedef void item_fn(const struct report *rep, FILE *out, const struct memory_item *item);

/*
 * Call @fn for the items of a class, the largest ones, and for the rest together; of free memory for
 * all, which are orders. One that has only one without a name is said already.
 */
static void each_item(const struct report *rep, FILE *out, enum memory_class class, size_t most,
		      item_fn *fn)
{
	size_t n, shown = 0, left = 0;
	const struct memory_item *items = memory_owners_items(&rep->sum->owners, class, &n);
	struct memory_item rest = { .pages = 0 };

	for (size_t i = 0; i < n; i++) {
		if (!items[i].pages || !items[i].name[0])
			continue;
		if (shown < most || class == MEM_FREE) {
			fn(rep, out, &items[i]);
			shown++;
		} else {
			rest.pages += items[i].pages;
			left++;
		}
	}
	snprintf(rest.name, sizeof(rest.name), "%zu more", left);
	if (left)
		fn(rep, out, &rest);
}

static void put_item(const struct report *rep, FILE *out, const struct memory_item *item)
{
	char name[MEMORY_NAME_LEN];

	report_clean(name, sizeof(name), item->name, true);
	/* A stack is longer than a line: it has one of its own, wrapped. */
	if (strlen(name) > NAME_WIDTH - 4) {
		fputs("    ", out);
		report_text_wrap(out, name, 4, 6);
		name[0] = '\0';
	}
	fprintf(out, "    %-*s", NAME_WIDTH - 4, name);
	put_amount(out, item->pages, rep->sum->page_size);
	put_share(out, item->pages, rep->sum->owners.pages);
	fputc('\n', out);
}

static void put_class(const struct report *rep, enum memory_class class)
{
	const struct memory_owners *mo = &rep->sum->owners;
	const struct memory_class_sum *c = &mo->classes[class];

	if (!c->pages && !(c->has_counter && c->counter))
		return;
	fprintf(rep->out, "  %-*s", NAME_WIDTH - 2, memory_class_text(class));
	put_amount(rep->out, c->pages, rep->sum->page_size);
	put_share(rep->out, c->pages, mo->pages);
	if (c->has_counter)
		fprintf(rep->out, "%10" PRIu64, c->counter);
	fputc('\n', rep->out);
	each_item(rep, rep->out, class, rep->opt.verbose ? SIZE_MAX : TOP_ITEMS, put_item);
}

void report_text_owners(const struct report *rep)
{
	const struct memory_owners *mo = &rep->sum->owners;

	if (!mo->done)
		return;
	fprintf(rep->out, "\n%-*s %10s  %10s  %6s%10s\n", NAME_WIDTH, "where memory went", "pages",
		"size", "share", "counter");
	for (size_t i = 0; i < MEMORY_CLASSES; i++)
		put_class(rep, (enum memory_class)i);
	fprintf(rep->out, "  %-*s", NAME_WIDTH - 2, "all memory");
	put_amount(rep->out, mo->pages, rep->sum->page_size);
	put_share(rep->out, mo->pages, mo->pages);
	fprintf(rep->out, "%10" PRIu64 "\n", mo->present);
}

static void html_row(const struct report *rep, FILE *out, const char *name, bool inner,
		     uint64_t pages, const struct memory_class_sum *c)
{
	uint64_t share = permille(pages, rep->sum->owners.pages);
	const char *tag = inner ? "td" : "th";
	char size[32];

	report_size(pages * rep->sum->page_size, size, sizeof(size));
	fprintf(out, "<tr><%s class=\"text%s>", tag, inner ? " inner\"" : "\" scope=\"row\"");
	html_text(out, name);
	fprintf(out, "</%s><td>%" PRIu64 "</td><td>%s</td><td>", tag, pages, size);
	if (!share && pages)
		fputs("&lt;0.1&nbsp;%</td><td>", out);
	else
		fprintf(out, "%" PRIu64 ".%" PRIu64 "&nbsp;%%</td><td>", share / 10, share % 10);
	if (c && c->has_counter)
		fprintf(out, "%" PRIu64, c->counter);
	fputs("</td></tr>\n", out);
}

static void html_item(const struct report *rep, FILE *out, const struct memory_item *item)
{
	html_row(rep, out, item->name, true, item->pages, NULL);
}

void html_owners(const struct report *rep, FILE *out)
{
	const struct memory_owners *mo = &rep->sum->owners;

	if (!mo->done)
		return;
	fputs("<section id=\"owners\"><h2>Where memory went</h2><div class=\"scroll\"><table>\n"
	      "<thead><tr><th class=\"text\" scope=\"col\">Use</th><th scope=\"col\">Pages</th>"
	      "<th scope=\"col\">Size</th><th scope=\"col\">Share</th>"
	      "<th scope=\"col\">Kernel's counter</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t class = 0; class < MEMORY_CLASSES; class++) {
		const struct memory_class_sum *c = &mo->classes[class];

		if (!c->pages)
			continue;
		html_row(rep, out, memory_class_text((enum memory_class)class), false, c->pages, c);
		each_item(rep, out, (enum memory_class)class, TOP_ITEMS, html_item);
	}
	html_row(rep, out, "all memory", false, mo->pages, NULL);
	fputs("</tbody></table></div></section>\n", out);
}
