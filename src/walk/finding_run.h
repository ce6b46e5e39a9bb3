/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding_run - folds consecutive pages with the same finding into one
 *
 * A flood (a megabyte of overwritten memmap, a list through all of a zone) becomes one finding
 * with a count. The evidence is that of the first page.
 */
#ifndef PGCONS_FINDING_RUN_H
#define PGCONS_FINDING_RUN_H

#include "judge/finding.h"

struct finding_run {
	finding_sink *sink;
	void *arg;
	bool open[FINDING_IDS];
	struct finding pending[FINDING_IDS];
	enum finding_id came[FINDING_IDS];	/* those open, in order */
	size_t n_open;
};

void finding_run_init(struct finding_run *run, finding_sink *sink, void *arg);
/* A finding about one page; pages of one kind come in ascending order. */
void finding_run_add(struct finding_run *run, const struct finding *f);
/*
 * A finding about a list: where it is about a page, that is folded into the ones before if also
 * the list, and what was expected and found, are the same. Otherwise all are handed on as they
 * came.
 */
void finding_run_add_listed(struct finding_run *run, const struct finding *f);
/* Hand on what is still held back, as it came. */
void finding_run_end(struct finding_run *run);

#endif
