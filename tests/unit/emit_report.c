/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emit_report - write the JSON of a made-up run: clean, faulty or bare, with --jsonl as lines
 */
#include <stdio.h>

#include "report_sample.h"

static void make_hostile(struct sample *s)
{
	s->info.path = s->info.format = SAMPLE_HOSTILE;
	s->info.missing_bytes = 17;
	s->zone.name = s->sum.release = SAMPLE_HOSTILE;
	strcpy(s->sum.limits[0], SAMPLE_HOSTILE);
	s->sum.n_limits = 1;
	s->sum.incomplete = s->sum.interrupted = true;
}

/* All that may be unknown is. */
static void make_bare(struct sample *s)
{
	s->info = (struct vmcore_info){ .path = "vmcore", .format = "ELF" };
	s->sum = (struct summary){ .incomplete = true };
}

int main(int argc, char **argv)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct report *rep;
	struct sample s;

	if (argc != 2 && !(argc == 3 && strcmp(argv[2], "--jsonl") == 0))
		return 2;
	sample_init(&s, argc == 3 ? REPORT_JSONL : REPORT_JSON);
	s.sum.zones = &s.zone;
	if (strcmp(argv[1], "faulty") == 0)
		make_hostile(&s);
	else if (strcmp(argv[1], "bare") == 0)
		make_bare(&s);
	if (report_begin(stdout, &s.opt, &s.info, &s.sum, &rep, &err) != PGC_OK)
		return 1;
	if (strcmp(argv[1], "faulty") == 0)
		sample_all(rep);
	return report_end(rep, &err) == PGC_OK ? 0 : 1;
}
