/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * areas_check - the pages of areas of kernel memory, against the free lists and each other
 *
 * What --verify=areas asks: each page that memory_claims knows an owner of is allocated, and has no
 * other. D53 and D54.
 */
#ifndef PGCONS_AREAS_CHECK_H
#define PGCONS_AREAS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/kernel.h"
#include "walk/memory_items.h"

struct listing;

struct areas_checked {
	bool cut;		/* not all areas of vmalloc were read */
	uint64_t unread;	/* areas of which not all pages are known */
};

/*
 * Findings go to @sink; the names in them stand in @items, which is empty before, and whose owner
 * the caller is. Fails only for want of memory.
 */
_must_check_ enum pgc_status areas_check(struct kernel_reader kr, const struct listing *listing,
					 const struct memory_names *names, finding_sink *sink,
					 void *arg, struct memory_items *items,
					 struct areas_checked *ret,
					 struct pgc_err *err);

#endif
