/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware or software, and what speaks for either, in words. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_html.h"
#include "report/report_priv.h"

#define LABEL 10	/* columns, as all labels of the text have */
#define MOST_MODULES 4	/* that are named in a line */

static int by_side(const void *a, const void *b)
{
	const struct origin_line *x = a, *y = b;

	/* Not one side but the other: what decides nothing is last. */
	if (x->side != y->side)
		return x->side == ORIGIN_UNDECIDED ? 1 :
		       y->side == ORIGIN_UNDECIDED ? -1 : x->side < y->side ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->sign < y->sign ? -1 : 1;
}

void report_past(const struct report *rep, struct origin_past *ret)
{
	const struct crash_facts *crash = &rep->sum->crash;
	struct history_now now = { .dump_id = rep->sum->dump_id };
	char kind[17] = "", host[REPORT_HOST_SIZE];

	if (report_signature_kind(&rep->signature))
		snprintf(kind, sizeof(kind), "%016" PRIx64, report_signature_kind(&rep->signature));
	now.kind = kind;
	for (size_t i = 0; i < FINDING_IDS; i++)
		for (size_t v = 0; v < VERDICTS; v++)
			now.flips |= rep->signature.kinds[i][v][CLASS_SINGLE_BIT] ||
				     rep->signature.kinds[i][v][CLASS_ROW] ||
				     rep->signature.kinds[i][v][CLASS_COLUMN];
	if (crash->has_time && crash->has_uptime) {
		now.time = crash->time;
		now.uptime = crash->uptime;
	}
	/* A name that was given is better than what many machines may be called. */
	report_host(rep, host);
	if (rep->opt.machine) {
		now.names[0] = rep->opt.machine;
		now.named = true;
	} else {
		now.names[0] = host;
		now.names[1] = crash->hostname;
	}
	now.machine_id = crash->hardware.has_id ? crash->hardware.id : 0;
	history_compare(rep->history, &now, ret);
}

size_t report_origin(const struct report *rep, struct origin_verdict *v,
		     struct origin_line ret[ORIGIN_SIGNS])
{
	struct origin_past past;
	size_t n = 0;

	if (rep->history)
		report_past(rep, &past);
	if (!rep->origin || !origin_judge(rep->origin, &rep->sum->complaints,
					  rep->history ? &past : NULL, v))
		return 0;
	for (size_t i = 0; i < ORIGIN_SIGNS; i++) {
		enum origin_sign sign = (enum origin_sign)i;

		if (!v->times[i])
			continue;
		ret[n] = (struct origin_line){
			.sign = sign, .side = origin_sign_type(sign)->side,
			.weight = origin_sign_weight(sign, v->times[i]), .times = v->times[i],
		};
		ret[n].log = origin_sign_line(sign, &rep->sum->complaints, &ret[n].by_memory);
		n++;
	}
	qsort(ret, n, sizeof(ret[0]), by_side);
	return n;
}

void report_origin_words(const struct origin_verdict *v, char *buf, size_t size)
{
	if (v->origin == ORIGIN_UNDECIDED)
		snprintf(buf, size, "undecided: hardware or software");
	else
		snprintf(buf, size, "%s, confidence %u%%", origin_name(v->origin), v->confidence);
}

void report_origin_line(const struct origin_line *line, char *buf, size_t size)
{
	const struct origin_sign_type *sign = origin_sign_type(line->sign);
	char times[32] = "";

	if (line->times > 1)
		snprintf(times, sizeof(times), ", %" PRIu64 " times", line->times);
	if (line->side == ORIGIN_UNDECIDED)
		snprintf(buf, size, "for neither: %s (%s%s)", sign->text, sign->slug, times);
	else
		snprintf(buf, size, "for %s: %s (%s%s, weight %u)", origin_name(line->side),
			 sign->text, sign->slug, times, line->weight);
}

/* What is known of whether this memory detects errors. Nobody has a driver where there is no ECC. */
static void ecc_words(const struct crash_facts *c, char *buf, size_t size)
{
	const char *ecc = hardware_ecc_name(c->hardware.ecc);
	const char *chassis = c->hardware.chassis;
	bool cheap = !strcmp(chassis, "laptop") || !strcmp(chassis, "desktop");

	if (c->machine.edac)
		snprintf(buf, size, "%s%san EDAC driver watches the memory", ecc ? ecc : "",
			 ecc ? ", " : "");
	else if (c->hardware.ecc == ECC_NONE || (!ecc && cheap))
		snprintf(buf, size, "%s%s%s, so that nothing reports errors of the memory",
			 c->hardware.ecc == ECC_NONE ? "none" : "most likely none",
			 chassis[0] ? ": a " : "", chassis);
	else
		snprintf(buf, size, "%s (no EDAC driver%s)", ecc ? ecc : "unknown",
			 ecc ? " counts errors" : " in the log");
}

/* The modules that errors were counted at: "; errors: DIMM_A1 12 corrected, 0 not". */
static void count_words(const struct hardware *hw, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < hw->n_counts && i < MOST_MODULES; i++) {
		int n = snprintf(buf + at, size - at, "%s %s %" PRIu64 " corrected, %" PRIu64 " not",
				 i ? "," : "; errors:",
				 hw->counts[i].place[0] ? hw->counts[i].place : "module",
				 hw->counts[i].corrected, hw->counts[i].uncorrected);

		if (n < 0 || (size_t)n >= size - at)
			return;
		at += (size_t)n;
	}
}

/*
 * "machine: Dell Inc. PowerEdge R740, ...; memory slots 12/24; ECC: an EDAC driver watches the
 * memory". Whoever is to change a module wants to know; what software does is the same on all
 * machines.
 */
static bool machine_words(const struct report *rep, const struct origin_verdict *v, char *buf,
			  size_t size)
{
	const struct crash_facts *c = &rep->sum->crash;
	const struct crash_machine *m = &c->machine;
	char ecc[96], counts[160];

	if (v->origin == ORIGIN_SOFTWARE ||
	    (!m->board[0] && !m->edac && c->hardware.ecc == ECC_UNKNOWN && !c->hardware.n_counts))
		return false;
	ecc_words(c, ecc, sizeof(ecc));
	count_words(&c->hardware, counts, sizeof(counts));
	snprintf(buf, size, "machine: %s%s%s%s%s; ECC: %s%s", m->board[0] ? m->board : "unknown",
		 m->slots[0] ? "; memory slots " : "", m->slots,
		 m->hypervisor[0] ? "; guest of " : "", m->hypervisor, ecc, counts);
	return true;
}

void report_text_origin(const struct report *rep)
{
	struct origin_line lines[ORIGIN_SIGNS];
	struct origin_verdict v;
	size_t n = report_origin(rep, &v, lines);
	char text[640];

	if (!n)
		return;
	report_origin_words(&v, text, sizeof(text));
	fprintf(rep->out, "\n%-*s%s\n", LABEL, "origin", text);
	for (size_t i = 0; i < n; i++) {
		report_origin_line(&lines[i], text, sizeof(text));
		fprintf(rep->out, "%*s", LABEL, "");
		report_text_wrap(rep->out, text, LABEL, LABEL);
		if (!lines[i].log)
			continue;
		snprintf(text, sizeof(text), "%s: %.240s", lines[i].by_memory ? "memory" : "log",
			 lines[i].log);
		fprintf(rep->out, "%*s", LABEL, "");
		report_text_wrap(rep->out, text, LABEL, LABEL);
	}
	if (machine_words(rep, &v, text, sizeof(text))) {
		fprintf(rep->out, "%*s", LABEL, "");
		report_text_wrap(rep->out, text, LABEL, LABEL);
	}
}

/* What the next hour is for; NULL ends them. */
static const char *const steps[][5] = {
	[ORIGIN_UNDECIDED] = {
		"Keep the dump and its vmlinux: they are the only witnesses.",
		"Read the machine's log of memory errors (ras-mc-ctl --errors, EDAC in the kernel's log, the event log of the BMC), and run a memory test (memtest86+, or memtest=4 for the kernel).",
		"If nothing is found and it happens again on other machines, it is software: report it to whoever built the kernel, with this report.",
	},
	[ORIGIN_HARDWARE] = {
		"Keep the dump and its vmlinux: they are the only witnesses.",
		"Read the machine's log of memory errors (ras-mc-ctl --errors, EDAC in the kernel's log, the event log of the BMC), and compare its addresses with those of the findings.",
		"Run a memory test (memtest86+, or memtest=4 for the kernel), and exchange the module. Until then keep the kernel off these pages: memmap=nn$ss, or soft_offline_page.",
		"Other crashes of this machine at the same physical bit confirm it: pgcons-fleet report.",
	},
	[ORIGIN_SOFTWARE] = {
		"Keep the dump and its vmlinux: they are the only witnesses.",
		"Find out who wrote there: the owners of the page and of its neighbours (--page), and what the tasks in the dump were doing. Modules that are not the kernel's own come first.",
		"Run the same load on a kernel with KASAN, page_owner=on and debug_pagealloc=on: they name the writer.",
		"Report it to whoever built the kernel (for a kernel of your own: linux-mm@kvack.org), with this report and the kernel's log.",
	},
};

void report_text_steps(const struct report *rep)
{
	struct origin_line lines[ORIGIN_SIGNS];
	struct origin_verdict v;

	if (!report_origin(rep, &v, lines))
		return;
	fputs("\nWhat to do with this machine\n", rep->out);
	for (const char *const *step = steps[v.origin]; *step; step++) {
		fputs("  - ", rep->out);
		report_text_wrap(rep->out, *step, 4, 4);
	}
}

void html_origin(const struct report *rep, FILE *out)
{
	struct origin_line lines[ORIGIN_SIGNS];
	struct origin_verdict v;
	size_t n = report_origin(rep, &v, lines);
	char text[640];

	if (!n)
		return;
	report_origin_words(&v, text, sizeof(text));
	fprintf(out, "<section id=\"origin\"><h2>Origin</h2>\n<p>%s</p>\n<ul>\n", text);
	for (size_t i = 0; i < n; i++) {
		report_origin_line(&lines[i], text, sizeof(text));
		fputs("<li>", out);
		html_text(out, text);
		if (lines[i].log) {
			fputs(lines[i].by_memory ? "<br>memory: " : "<br>log: ", out);
			html_text(out, lines[i].log);
		}
		fputs("</li>\n", out);
	}
	if (machine_words(rep, &v, text, sizeof(text))) {
		fputs("<li>", out);
		html_text(out, text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n<p>What to do with this machine</p>\n<ul>\n", out);
	for (const char *const *step = steps[v.origin]; *step; step++)
		fprintf(out, "<li>%s</li>\n", *step);
	fputs("</ul></section>\n", out);
}
