/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/finding_run.h"

#include <string.h>

void finding_run_init(struct finding_run *run, finding_sink *sink, void *arg)
{
	memset(run->open, 0, sizeof(run->open));
	run->n_open = 0;
	run->sink = sink;
	run->arg = arg;
}

static bool same_fact(const struct finding *run, const struct finding *f, enum fact_id id)
{
	const struct evidence *a = finding_fact(run, id), *b = finding_fact(f, id);

	if (!a || !b)
		return a == b;
	return a->kind == b->kind && a->num == b->num && a->str == b->str;
}

static bool continues(const struct finding *run, const struct finding *f)
{
	return run->pfn != FINDING_NO_PFN && f->pfn == run->pfn + run->count &&
	       f->severity == run->severity && f->verdict == run->verdict &&
	       f->node == run->node && f->zone == run->zone && f->order == run->order &&
	       f->explained == run->explained && same_fact(run, f, FACT_AREA);
}

static bool continues_list(const struct finding *run, const struct finding *f)
{
	return continues(run, f) && f->cpu == run->cpu && f->migratetype == run->migratetype &&
	       same_fact(run, f, FACT_LIST_KADDR) && same_fact(run, f, FACT_EXPECTED) &&
	       same_fact(run, f, FACT_FOUND);
}

static void begin(struct finding_run *run, const struct finding *f)
{
	run->pending[f->id] = *f;
	run->open[f->id] = true;
	run->came[run->n_open++] = f->id;
}

static void lengthen(struct finding *run, const struct finding *f)
{
	run->count += f->count;
	if (!finding_same_field(run, f))
		run->field.varies = true;
	if (finding_field_xor(run) != finding_field_xor(f))
		run->field.bits_vary = true;
}

static void flush(struct finding_run *run, enum finding_id id)
{
	size_t i = 0;

	if (!run->open[id])
		return;
	run->sink(run->arg, &run->pending[id]);
	run->open[id] = false;
	while (run->came[i] != id)
		i++;
	run->n_open--;
	memmove(&run->came[i], &run->came[i + 1], (run->n_open - i) * sizeof(run->came[0]));
}

void finding_run_add(struct finding_run *run, const struct finding *f)
{
	if (run->open[f->id] && continues(&run->pending[f->id], f)) {
		lengthen(&run->pending[f->id], f);
		return;
	}
	flush(run, f->id);
	begin(run, f);
}

void finding_run_add_listed(struct finding_run *run, const struct finding *f)
{
	if (run->open[f->id] && continues_list(&run->pending[f->id], f)) {
		lengthen(&run->pending[f->id], f);
		return;
	}
	if (run->open[f->id] || f->pfn == FINDING_NO_PFN)
		finding_run_end(run);
	if (f->pfn == FINDING_NO_PFN)
		run->sink(run->arg, f);
	else
		begin(run, f);
}

void finding_run_end(struct finding_run *run)
{
	while (run->n_open)
		flush(run, run->came[0]);
}
