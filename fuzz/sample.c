/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sample.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "dump/dump_kdump.h"
#include "fuzz.h"
#include "report/report.h"
#include "report/report_page.h"
#include "verify.h"
#include "vmcore.h"


static struct sample *current;	/* whose frames are read in place of the file's */
static bool watching;
static atomic_bool never;

enum pgc_status __real_dump_kdump_read(struct dump_kdump *dk, uint64_t paddr, void *buf,
				       size_t len, size_t *done, struct pgc_err *err);
enum pgc_status __wrap_dump_kdump_read(struct dump_kdump *dk, uint64_t paddr, void *buf,
				       size_t len, size_t *done, struct pgc_err *err);

static void note_frame(struct sample *s, uint64_t pfn)
{
	if (s->met[pfn])
		return;
	s->met[pfn] = 1;
	s->read[s->n_read++] = s->frames[pfn];
}

enum pgc_status __wrap_dump_kdump_read(struct dump_kdump *dk, uint64_t paddr, void *buf,
				       size_t len, size_t *done, struct pgc_err *err)
{
	if (!current)
		return __real_dump_kdump_read(dk, paddr, buf, len, done, err);
	for (*done = 0; *done < len;) {
		uint64_t at = paddr + *done, pfn = at / SAMPLE_PAGE, n = SAMPLE_PAGE - at % SAMPLE_PAGE;

		if (pfn >= SAMPLE_FRAMES)
			return PGC_ABSENT;
		if (!current->frames[pfn])
			return current->why[pfn];
		if (watching)
			note_frame(current, pfn);
		if (n > len - *done)
			n = len - *done;
		memcpy((char *)buf + *done, current->frames[pfn] + at % SAMPLE_PAGE, n);
		*done += n;
	}
	return PGC_OK;
}

static void on_page_finding(void *arg, const struct finding *f)
{
	report_page_finding(arg, f, SAMPLE_PAGE, false);
}

/* --page, as main does it. */
static enum pgc_status inspect(struct run *r, FILE *out, uint64_t pfn, struct pgc_err *err)
{
	struct page_inspection pi;
	enum pgc_status st;

	r->opt.page = (struct page_name){ .by = PAGE_BY_PFN, .value = pfn };
	st = run_inspect(r, &pi, err);
	if (st != PGC_OK)
		return st;
	report_page(out, &pi, r->k);
	st = run_walk_page(r, pi.pfn, on_page_finding, out, err);
	report_page_limits(out, &r->sum);
	return st;
}

static enum pgc_status walk(struct run *r, FILE *out, struct pgc_err *err)
{
	struct report *rep = NULL;
	enum pgc_status st = report_begin(out, &r->opt.report, vmcore_info(r->vc), &r->sum, &rep,
					  err);

	if (st != PGC_OK)
		return st;
	st = run_walk(r, report_finding, rep, err);
	(void)!report_end(rep, err);
	return st;
}

/* What --page prints is text. */
static enum report_format format_of(unsigned int how)
{
	static const enum report_format forms[] = { REPORT_TEXT, REPORT_JSONL, REPORT_JSON,
						    REPORT_TEXT };

	return how & SAMPLE_INSPECT ? REPORT_TEXT : forms[SAMPLE_FORM(how)];
}

static void set_form(struct report_options *opt, unsigned int how)
{
	opt->format = format_of(how);
	opt->html = SAMPLE_FORM(how) == 3 ? "/dev/null" : NULL;
	opt->verbose = how & SAMPLE_VERBOSE;
	opt->map = opt->format == REPORT_TEXT;
	opt->max_findings = how & SAMPLE_FEW ? 3 : UINT64_MAX;
}

static uint64_t all_findings(const struct summary *sum)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SEVERITIES; i++)
		n += sum->totals.by_severity[i];
	return n;
}

/* *@findings: how many a report has; UINT64_MAX: it has not all of them. */
static bool run_once(const struct sample *s, const char *layout, unsigned int how, FILE *out,
		     uint64_t *findings, struct pgc_err *err)
{
	struct run r = { .stop = &never };
	enum pgc_status st;

	r.opt = (struct options){ .action = ACTION_ANALYSE, .vmcore = s->vmcore, .layout = layout,
				  .force = true, .debug_dir = "/nowhere",
				  .threads = how & SAMPLE_THREADS ? 2 : 1 };
	set_form(&r.opt.report, how);
	st = run_open(&r, err);
	if (st == PGC_OK)
		st = run_read_model(&r, err);
	if (st == PGC_OK)
		st = how & SAMPLE_INSPECT ? inspect(&r, out, how >> 8, err) : walk(&r, out, err);
	*findings = how & (SAMPLE_FEW | SAMPLE_INSPECT) ? UINT64_MAX :
							   all_findings(&r.sum);
	run_deinit(&r);
	/* Whoever waits for a report is owed a reason. */
	if (st != PGC_OK && !err->msg[0])
		abort();
	return st == PGC_OK;
}

static bool run_verified(const struct sample *s, const char *layout, unsigned int how,
			 struct pgc_err *err)
{
	char *text[2] = { NULL };
	size_t len[2] = { 0 };
	uint64_t findings;
	bool ok = false;

	for (unsigned int i = 0; i < (how & SAMPLE_THREADS ? 2 : 1); i++) {
		FILE *out = open_memstream(&text[i], &len[i]);

		if (!out)
			abort();
		ok = run_once(s, layout, i ? how & ~SAMPLE_THREADS : how, out, &findings, err);
		if (fclose(out))
			abort();
	}
	if (ok)
		verify_report(text[0], len[0], format_of(how), findings);
	if (ok && how & SAMPLE_THREADS)
		verify_same(text[0], len[0], text[1], len[1]);
	free(text[0]);
	free(text[1]);
	return ok;
}

bool sample_run(const struct sample *s, const char *layout, unsigned int how, struct pgc_err *err)
{
	uint64_t findings;

	current = (struct sample *)(uintptr_t)s;
	return how & SAMPLE_VERIFY ? run_verified(s, layout, how, err) :
				     run_once(s, layout, how, fuzz_nowhere(), &findings, err);
}

void sample_watch(struct sample *s, bool on)
{
	current = s;
	watching = on;
}

static void copy_frames(struct sample *s, struct vmcore *vc)
{
	unsigned char page[SAMPLE_PAGE];
	size_t done;

	for (uint64_t pfn = 0; pfn < SAMPLE_FRAMES; pfn++) {
		s->why[pfn] = vmcore_read_phys(vc, pfn * SAMPLE_PAGE, page, sizeof(page), &done,
					       NULL);
		if (s->why[pfn] != PGC_OK)
			continue;
		s->frames[pfn] = malloc(SAMPLE_PAGE);
		if (!s->frames[pfn])
			abort();
		memcpy(s->frames[pfn], page, SAMPLE_PAGE);
	}
}

struct sample *sample_load(const char *version)
{
	const char *folder = getenv("PGCONS_SAMPLES");
	struct sample *s = calloc(1, sizeof(*s));
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL;

	if (!s)
		abort();
	snprintf(s->vmcore, sizeof(s->vmcore), "%s/%s/vmcore", folder ? folder : ".", version);
	snprintf(s->layout, sizeof(s->layout), "%s/%s/layout", folder ? folder : ".", version);
	current = NULL;
	if (vmcore_open(s->vmcore, &vc, &err) == PGC_OK)
		copy_frames(s, vc);
	vmcore_close(vc);
	if (!vc || !sample_run(s, s->layout, 0, &err)) {
		fprintf(stderr, "%s: no sample that can be analysed (PGCONS_SAMPLES): %s\n",
			s->vmcore, err.msg);
		exit(99);
	}
	return s;
}
