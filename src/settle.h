/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settle - what is found in every look at memory that does not hold still
 *
 * A walk of a live kernel sees the lists of one instant and the pages of another: under load it
 * finds thousands of contradictions, none of which is there a moment later. So the walk is done
 * again and again, and a finding counts only if every look gave it with the same words: the
 * same kind, place and evidence, but for what the evidence says of neighbours; of a counter, the
 * same difference. This module remembers the findings of all looks so far, by a
 * hash of these, and says which are in all of them. It walks nothing.
 *
 * A page that is freed and taken again all the time may look the same in a few looks. What is
 * still there after the number of looks asked for is looked at SETTLE_MORE times more, at odd
 * intervals: a page that a look finds in the wrong half of its cycle one time in two stays with
 * a chance of one in 10^5 even so, and lists and pages read apart agree on less.
 *
 * Memory is bounded: SETTLE_MAX findings can be followed. Further ones are counted; they are
 * neither told nor excused.
 */
#ifndef PGCONS_SETTLE_H
#define PGCONS_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"
#include "finding.h"

#define SETTLE_MAX (3u << 16)
#define SETTLE_MORE 14

struct settle;

/* The caller owns *@ret. */
_must_check_ enum pgc_status settle_create(struct settle **ret, struct pgc_err *err);
void settle_destroy(struct settle *s); /* NULL is fine */

/* A new look begins. */
void settle_begin(struct settle *s);

/*
 * How much of a finding about @pfn this look is to bring: of the first only the name, and later
 * nothing where the look before had none. Any number of threads may ask during a look.
 */
enum finding_want settle_wants(const struct settle *s, enum finding_id id, uint64_t pfn);

/*
 * This look gave @f. True if all looks before gave it, too. The first look makes a list of kinds
 * and places, the second one of words; both get true for what there is room for. By one thread at
 * a time.
 */
bool settle_see(struct settle *s, const struct finding *f);

unsigned int settle_looks(const struct settle *s);	/* begun */
uint64_t settle_left(const struct settle *s);		/* findings in all looks up to now */
uint64_t settle_transient(const struct settle *s);	/* not notes, and no longer in all of them */
uint64_t settle_lost(const struct settle *s);		/* of the first looks, for want of room */

#endif
