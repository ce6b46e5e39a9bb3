/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bit_damage - holds back findings about bits until their shape is known
 *
 * One wrong bit says little; where the others are tells a worn memory row from a program
 * that wrote over the map. Keeps a bounded number of runs and hands them on, classified, when
 * the walk ends or the store is full.
 */
#ifndef PGCONS_BIT_DAMAGE_H
#define PGCONS_BIT_DAMAGE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"

struct bit_damage;

/* Findings go to @sink, in the order in which they came. The caller owns *@ret. */
_must_check_ enum pgc_status bit_damage_create(finding_sink *sink, void *arg,
					       struct bit_damage **ret, struct pgc_err *err);
void bit_damage_destroy(struct bit_damage *bd); /* NULL is fine */

/*
 * A finding_sink; @arg is the struct bit_damage. complement-broken is held back, the rest
 * passes through.
 */
void bit_damage_add(void *arg, const struct finding *f);

/* Classify and hand on what is held back. */
void bit_damage_flush(struct bit_damage *bd);

#endif
