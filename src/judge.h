/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - from facts to findings
 *
 * Pure: no reading, no allocation, no output. Facts about one page are a few bits, so that
 * the judgement of every possible page is a table, made once from one-line predicates; the
 * walk over all pages is a look-up. Facts about lists, counters and the checker's state are
 * judged one by one. Rows D1 to D40 are those of the project's sheet of kernel facts.
 */
#ifndef PGCONS_JUDGE_H
#define PGCONS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "dual_bitmap.h"
#include "finding.h"
#include "free_list.h"
#include "page_facts.h"
#include "zone_counters.h"

struct judge_table {
	/* Bit of finding_id for each combination of the common facts. */
	uint64_t findings[PAGE_FACTS];
};

/* The findings fit the mask as long as there are at most 64. */
_Static_assert(FINDING_IDS <= 64, "judge_table needs wider masks");

/* Fill @t from the predicates. */
void judge_table_init(struct judge_table *t);

/* The findings that @facts amount to: a look-up, unless a rare fact is among them. */
static inline uint64_t judge_lookup(const struct judge_table *t, uint32_t facts);

/* The findings that @facts amount to, a bit per finding_id. Slow: by the predicates. */
uint64_t judge_page(uint32_t facts);

static inline uint64_t judge_lookup(const struct judge_table *t, uint32_t facts)
{
	return facts < PAGE_FACTS ? t->findings[facts] : judge_page(facts);
}

/* Severity, verdict and explanation of finding @f->id on a page with @facts. */
void judge_page_detail(uint32_t facts, struct finding *f);

/*
 * One fact about a list, a counter or the checker, as a finding; false when it is none.
 * Evidence that is plain numbers is filled in; borrowed strings are the caller's to add.
 */
bool judge_list(const struct list_fact *fact, struct finding *f);
bool judge_checker(const struct checker_fact *fact, struct finding *f);
bool judge_counter(const struct counter_fact *fact, struct finding *f);
bool judge_zone(const struct zone *z, struct finding *f);

#endif
