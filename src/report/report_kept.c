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
	k->n = 1;
	k->step = 0;
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

static bool is_step(const struct report_kept *kept, const struct finding *a,
		    const struct finding *b)
{
	return a->pfn != FINDING_NO_PFN && b->pfn != FINDING_NO_PFN && b->pfn > a->pfn &&
	       a->count == b->count && kept->alike(kept->alike_arg, a, b);
}

/* Is it one more of what the last one, or the last two, began? */
static bool fold(struct report_kept *kept, struct kept_list *list, const struct finding *f)
{
	struct kept *a = list->before_last, *b = list->last;

	if (!kept->alike || !b)
		return false;
	if (b->n > 1) {
		if (f->pfn != b->f.pfn + b->n * b->step || !is_step(kept, &b->f, f))
			return false;
		b->n++;
		return true;
	}
	if (!a || a->n > 1 || !is_step(kept, &a->f, &b->f) || !is_step(kept, &b->f, f) ||
	    f->pfn - b->f.pfn != b->f.pfn - a->f.pfn)
		return false;
	a->n = 3;
	a->step = b->f.pfn - a->f.pfn;
	a->next = NULL;
	list->last = a;
	/* A group: what stands before it is none of its. */
	list->before_last = NULL;
	list->n--;
	free(b);
	return true;
}

enum pgc_status report_kept_add(struct report_kept *kept, const struct finding *f)
{
	struct kept_list *list = &kept->lists[f->id][f->severity];
	struct kept *k;

	if (fold(kept, list, f) || list->n >= kept->max)
		return PGC_OK;
	k = copy(f);
	if (!k)
		return PGC_ENOMEM;
	if (list->last)
		list->last->next = k;
	else
		list->first = k;
	list->before_last = list->last;
	list->last = k;
	list->n++;
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
