/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tags_check - the tags of allocations, against the free lists and their own counts
 *
 * What --verify=tags asks, of kernels with allocation profiling: a page on a free list has no tag, each
 * tag is one, and none is of more pages than it counts allocations. D64 to D66.
 */
#ifndef PGCONS_TAGS_CHECK_H
#define PGCONS_TAGS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/alloc_tags.h"
#include "model/kernel.h"

struct listing;

/* One line of source, and what it has. */
struct tag_use {
	struct alloc_tag tag;
	uint64_t kaddr;
	uint64_t pages;		/* that have this tag: the first of each allocation */
};

struct tags_tally {
	enum alloc_tags_state state;
	uint64_t pages;		/* that have a tag */
	uint64_t stale;		/* free pages with tags, so many that they were left over; else 0 */
	uint64_t dropped;	/* findings beyond what can be kept */
	struct tag_use *uses;	/* by bytes, the most first; owned */
	size_t n;
};

void tags_tally_deinit(struct tags_tally *t);

/*
 * Findings go to @sink; texts in them stand in @ret. The caller owns *@ret, which is empty before. Fails
 * only for want of memory.
 */
_must_check_ enum pgc_status tags_check(struct kernel_reader kr, const struct listing *listing,
					finding_sink *sink, void *arg, struct tags_tally *ret,
					struct pgc_err *err);

#endif
