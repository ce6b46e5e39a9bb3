/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sample.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump_kdump.h"
#include "fuzz.h"
#include "report.h"
#include "run.h"
#include "vmcore.h"


static struct sample *current;	/* whose frames are read in place of the file's */
static bool watching;
static volatile sig_atomic_t never;

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

bool sample_run(const struct sample *s, const char *layout, unsigned int how, struct pgc_err *err)
{
	struct run r = { .stop = &never };
	struct report *rep = NULL;
	enum pgc_status st;

	current = (struct sample *)(uintptr_t)s;
	r.opt = (struct options){ .action = ACTION_ANALYSE, .vmcore = s->vmcore, .layout = layout,
				  .force = true, .debug_dir = "/nowhere",
				  .threads = 1 + how / 64 % 2 };
	r.opt.report.format = how & 2 ? REPORT_JSONL : how & 4 ? REPORT_JSON : REPORT_TEXT;
	r.opt.report.verbose = how & 8;
	r.opt.report.map = (how & 6) == 0;
	r.opt.report.max_findings = how & 16 ? 3 : UINT64_MAX;
	st = run_open(&r, err);
	if (st == PGC_OK)
		st = run_read_model(&r, err);
	if (st == PGC_OK)
		st = report_begin(fuzz_nowhere(), &r.opt.report, vmcore_info(r.vc), &r.sum, &rep,
				  err);
	if (st == PGC_OK) {
		st = run_walk(&r, report_finding, rep, err);
		(void)!report_end(rep, err);
	}
	run_deinit(&r);
	return st == PGC_OK;
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
