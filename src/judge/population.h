/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * population - is it the memory that is wrong, or the idea of it?
 *
 * Damage has a place. A rule that a large share of all pages it is asked of breaks, in all of
 * memory alike, is one that this kernel does not have: one finding says so, in place of as many as
 * there are pages. Counts, by rule and by stretch of memory, what the walk asked and what came of
 * it, and holds all findings back until the walk is over, as they came. Those that no room is for
 * are not kept: then the walk is to be done again, and they go by as they come.
 *
 * Reads nothing, and names no rule: which there are, and of which pages each is asked, say
 * findings.def, page_oddities.def and populations.def.
 */
#ifndef PGCONS_POPULATION_H
#define PGCONS_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/kernel.h"
#include "struct_page.h"

/* Findings that are held back at most. */
#define POPULATION_HELD 4000
/* The pages that are counted together are of one such stretch: those of one multiple. */
#define POPULATION_PAGES 512

struct held_findings;

/*
 * Findings go on to @sink. @again: the walk can be done again. @k is borrowed. The caller owns
 * *@ret.
 */
_must_check_ enum pgc_status held_findings_create(const struct kernel *k, bool again,
						  finding_sink *sink, void *arg,
						  struct held_findings **ret, struct pgc_err *err);
void held_findings_destroy(struct held_findings *h); /* NULL is fine */

/* How many of the pages from @pfn on, all of one stretch, are in each state. By any thread. */
void held_findings_pages(struct held_findings *h, uint64_t pfn, const uint64_t states[PAGE_STATES]);

/* A finding_sink; @arg is the struct held_findings. Its severity is final. */
void held_findings_add(void *arg, const struct finding *f);

/*
 * All has been walked: hand on what is held. False: not all of it was kept. Then do the walk again,
 * and end it again. @whole: all of it; of half a walk nothing is concluded. A rule that does not
 * fit this kernel is one finding of its own, and what is called corrupt beside it is suspect.
 */
_must_check_ bool held_findings_end(struct held_findings *h, bool whole);

/* How many rules do not fit. */
unsigned int held_findings_misfits(const struct held_findings *h);

#endif
