/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grounds - is this a kernel whose records are known?
 *
 * The rules stand on a few structs and enums of the kernel. known_layouts.def has all members and
 * enumerators that any known kernel has of them, by name and type: one that is not there is news,
 * and a rule that stands on such ground is less sure, or off (findings.def). That a kernel lacks
 * some says nothing, as a configuration may, nor do offsets and numbers, which the layout has.
 * No version is compared.
 *
 * So is a number that the kernel itself calls something else than its layout does (kernel_names.h).
 *
 * Reads nothing but the layout. A layout that does not list members (an older file, VMCOREINFO)
 * has no grounds: nothing is known to be new in it, but for such names.
 */
#ifndef PGCONS_GROUNDS_H
#define PGCONS_GROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/finding.h"

struct kernel_names;
struct layout;

struct grounds {
	bool listed;		/* the layout lists members; else the rest is 0 */
	uint64_t fingerprint;	/* of all of them, with offsets and values */
	bool known;		/* it is that of a kernel in known_layouts.def */
	uint32_t moved;		/* GROUND_* in which there is news */
	bool misnamed;		/* by the kernel's own names for its numbers */
	size_t n_news, named;	/* all, and those in @news */
	char news[400];		/* what is new: "zone.y, page flag PG_x"; "" if nothing */
	uint64_t less_sure, off; /* findings that grounds_apply() weakened, and refused */
};

/* @names may be NULL: they are not known. */
void grounds_judge(const struct layout *lay, const struct kernel_names *names,
		   struct grounds *ret);

/*
 * What news there is makes of @f, and count it. False: its rule is not applied in this kernel. A
 * note stays what it is.
 */
bool grounds_apply(struct grounds *g, struct finding *f);

#endif
