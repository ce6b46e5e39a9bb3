/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_kept - findings that a form of the report needs at the end
 *
 * Copies with their strings, by kind and severity, in the order in which they came; at most
 * so many of each.
 */
#ifndef PGCONS_REPORT_KEPT_H
#define PGCONS_REPORT_KEPT_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"

struct kept {
	struct kept *next;
	/* How many findings it stands for: alike but for the page, which is @step pages further. */
	uint64_t n, step;
	struct finding f;
	char strings[];	/* of its evidence */
};

struct kept_list {
	struct kept *first, *last, *before_last;
	uint64_t n;
};

/* Are two findings the same but for their page? */
typedef bool report_kept_alike_fn(void *arg, const struct finding *a, const struct finding *b);

struct report_kept {
	uint64_t max;	/* of a kind and severity */
	/*
	 * Three or more that are alike, the same number of pages apart, are kept as one; NULL: none
	 * are. For a reader: of a fault that hit every 512th page he need not see all.
	 */
	report_kept_alike_fn *alike;
	void *alike_arg;
	struct kept_list lists[FINDING_IDS][SEVERITIES];
};

/* All zero but @max is an empty one. A finding past @max is dropped. PGC_ENOMEM. */
_must_check_ enum pgc_status report_kept_add(struct report_kept *kept, const struct finding *f);
void report_kept_free(struct report_kept *kept);

static inline const struct kept *report_kept_first(const struct report_kept *kept,
						   enum finding_id id, enum severity sev)
{
	return kept->lists[id][sev].first;
}

#endif
