/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding_run.h"

#include <string.h>

void finding_run_init(struct finding_run *run, finding_sink *sink, void *arg)
{
	memset(run->open, 0, sizeof(run->open));
	run->sink = sink;
	run->arg = arg;
}

static bool continues(const struct finding *run, const struct finding *f)
{
	return run->pfn != FINDING_NO_PFN && f->pfn == run->pfn + run->count &&
	       f->severity == run->severity && f->verdict == run->verdict &&
	       f->node == run->node && f->zone == run->zone && f->order == run->order &&
	       f->explained == run->explained;
}

static void flush(struct finding_run *run, enum finding_id id)
{
	if (run->open[id])
		run->sink(run->arg, &run->pending[id]);
	run->open[id] = false;
}

void finding_run_add(struct finding_run *run, const struct finding *f)
{
	if (run->open[f->id] && continues(&run->pending[f->id], f)) {
		run->pending[f->id].count += f->count;
		return;
	}
	flush(run, f->id);
	run->pending[f->id] = *f;
	run->open[f->id] = true;
}

void finding_run_end(struct finding_run *run)
{
	for (int id = 0; id < FINDING_IDS; id++)
		flush(run, (enum finding_id)id);
}
