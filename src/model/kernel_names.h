/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_names - does the kernel call its own numbers what the layout calls them?
 *
 * The kernel has tables of names for /proc and its messages: of migratetypes, zones, counters,
 * page types and page flags (kernel_names.def). They are in the dump, and the layout may be of
 * another source: where the two differ, the layout is not this kernel's, or this kernel's names
 * are not those that are known. Both are news for the judge, and neither is damage.
 *
 * What looks damaged itself says nothing: a name that is no word, or one bit from the right one,
 * and a table of which less than half is known.
 */
#ifndef PGCONS_KERNEL_NAMES_H
#define PGCONS_KERNEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "layout/layout.h"
#include "model/kernel.h"

#define KERNEL_NAME_LEN 24
#define NAME_MISFITS 16

struct name_misfit {
	enum layout_enum e;
	int64_t value;
	const char *expected;		/* static */
	char found[KERNEL_NAME_LEN];	/* what the kernel calls it */
};

struct kernel_names {
	size_t n;			/* may exceed what is kept */
	struct name_misfit misfits[NAME_MISFITS];
	unsigned int compared;		/* names that were read and are known */
};

void kernel_names_compare(struct kernel_reader kr, struct kernel_names *ret);

#endif
