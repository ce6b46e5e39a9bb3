/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settle - what is found in every look at memory that does not hold still
 *
 * A walk of a live kernel sees the lists of one instant and the pages of another: under load it
 * finds thousands of contradictions, none of which is there a moment later. So the walk is done
 * again and again, and a finding counts only if something was wrong at its place in every look,
 * and the last of them, as many as were asked for, gave it with the same words: the
 * same kind, place and evidence, but for what the evidence says of neighbours; of a counter, the
 * same difference. This module remembers the findings of all looks so far, by a
 * hash of these, and says which have settled. It walks nothing.
 *
 * What is wrong with a page may change once or twice and be damage all the same: the allocator
 * meets it, finds it bad and leaves it on no list, or merges what is around it. That is why the
 * place must be wrong in all looks, but the words may begin later.
 *
 * Memory is bounded: SETTLE_MAX findings can be followed. Further ones are counted; they are
 * neither reported nor excused.
 */
#ifndef PGCONS_SETTLE_H
#define PGCONS_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"

#define SETTLE_MAX (3u << 16)

struct settle;

/* @agree looks in a row must have the same words, 1 at least. The caller owns *@ret. */
_must_check_ enum pgc_status settle_create(unsigned int agree, struct settle **ret,
					   struct pgc_err *err);
void settle_destroy(struct settle *s); /* NULL is fine */

/* A new look begins. */
void settle_begin(struct settle *s);

/*
 * How much of a finding about the page @pfn this look is to bring: of the first only the name, and
 * later nothing where the look before had none. Any number of threads may ask during a look.
 */
enum finding_want settle_wants(const struct settle *s, uint64_t pfn);

/*
 * This look gave @f. True if it has settled, and in the first look, which makes the list of places
 * and asks for no words, for what there is room for. By one thread at a time.
 */
bool settle_see(struct settle *s, const struct finding *f);

unsigned int settle_looks(const struct settle *s);	/* begun */
uint64_t settle_left(const struct settle *s);		/* findings at places wrong in all of them */
bool settle_ripe(const struct settle *s);	/* one look more, and all that are left may settle */
uint64_t settle_transient(const struct settle *s);	/* of the first look, not notes, not settled */
uint64_t settle_lost(const struct settle *s);		/* for want of room */

#endif
