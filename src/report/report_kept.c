/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_kept.h"

#include <stdlib.h>
#include <string.h>

static struct kept *copy(const struct finding *f)
{
	size_t room = 0;
	struct kept *k;
	char *at;

	for (size_t i = 0; i < f->n_evidence; i++)
		if (f->evidence[i].kind == EV_STR)
			room += strlen(f->evidence[i].str) + 1;
	k = malloc(sizeof(*k) + room);
	if (!k)
		return NULL;
	k->next = NULL;
	k->f = *f;
	at = k->strings;
	for (size_t i = 0; i < f->n_evidence; i++) {
		if (f->evidence[i].kind != EV_STR)
			continue;
		k->f.evidence[i].str = at;
		at = stpcpy(at, f->evidence[i].str) + 1;
	}
	return k;
}

enum pgc_status report_kept_add(struct report_kept *kept, const struct finding *f)
{
	struct kept *k;

	if (kept->lists[f->id][f->severity].n >= kept->max)
		return PGC_OK;
	k = copy(f);
	if (!k)
		return PGC_ENOMEM;
	if (kept->lists[f->id][f->severity].last)
		kept->lists[f->id][f->severity].last->next = k;
	else
		kept->lists[f->id][f->severity].first = k;
	kept->lists[f->id][f->severity].last = k;
	kept->lists[f->id][f->severity].n++;
	return PGC_OK;
}

void report_kept_free(struct report_kept *kept)
{
	for (size_t i = 0; i < FINDING_IDS; i++) {
		for (size_t s = 0; s < SEVERITIES; s++) {
			struct kept *next, *k = kept->lists[i][s].first;

			for (; k; k = next) {
				next = k->next;
				free(k);
			}
		}
	}
}
