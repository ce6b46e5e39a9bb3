/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding_run - folds consecutive pages with the same finding into one
 *
 * A flood (a megabyte of overwritten memmap) becomes one finding with a count. The evidence
 * is that of the first page.
 */
#ifndef PGCONS_FINDING_RUN_H
#define PGCONS_FINDING_RUN_H

#include "finding.h"

struct finding_run {
	finding_sink *sink;
	void *arg;
	bool open[FINDING_IDS];
	struct finding pending[FINDING_IDS];
};

void finding_run_init(struct finding_run *run, finding_sink *sink, void *arg);
/* A finding about one page; pages of one kind come in ascending order. */
void finding_run_add(struct finding_run *run, const struct finding *f);
/* Hand on what is still held back. */
void finding_run_end(struct finding_run *run);

#endif
