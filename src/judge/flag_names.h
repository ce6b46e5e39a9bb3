/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flag_names - page flags in words, for the evidence of findings
 *
 * Findings borrow their texts, and few words of flags differ: each is spelled out once.
 */
#ifndef PGCONS_FLAG_NAMES_H
#define PGCONS_FLAG_NAMES_H

#include <stdint.h>

#include "judge/finding.h"

struct flag_names;
struct layout;

/* NULL: out of memory. @lay is borrowed. */
struct flag_names *flag_names_create(const struct layout *lay);
void flag_names_destroy(struct flag_names *fn); /* NULL is fine */

/* Add the facts "flags" and "flag_names", the latter without its text as yet. */
void flag_names_want(struct finding *f, uint64_t flags);

/*
 * Give @f the text that flag_names_want() left open, borrowed until flag_names_destroy(). When
 * there are too many different ones the fact is dropped: the first come, so call in order.
 */
void flag_names_fill(struct flag_names *fn, struct finding *f);

#endif
