/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap_walk - every pfn, once, with all its witnesses side by side
 *
 * Drives the walk: lists first (they show which pages are free), then the memmap and the
 * checker's bits together, in chunks that threads share out. Facts go to the judge, findings
 * to a sink, in pfn order and folded into runs of consecutive pages: the same whatever the
 * number of threads. It knows no output.
 */
#ifndef PGCONS_BITMAP_WALK_H
#define PGCONS_BITMAP_WALK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/kernel.h"
#include "walk/summary.h"

struct held_findings;
struct memory_names;

struct walk_options {
	unsigned int threads;	/* 0: one */
	bool one_page;		/* walk only what is needed to judge @pfn */
	uint64_t pfn;
	struct held_findings *asked; /* is told what pages there are; may be NULL */
	bool verify_tables;	/* page tables are checked, into summary.tables */
	bool verify_slab;	/* the free objects of slabs are checked, into summary.slabs */
	bool verify_cache;	/* the page cache and the swap cache, into summary.cache */
	bool verify_tags;	/* the tags of allocations are checked */
	bool verify_areas;	/* the pages of vmalloc, stacks, modules and others are checked */
	bool owners;		/* where all memory went goes into summary.owners */
	const struct memory_names *names; /* for both */
	bool hash;		/* what is read goes into summary.memory_hash; else that stays 0 */
	bool long_way;		/* every page by the general rules: for tests */
	/*
	 * Told before the first chunk and after each one, by one thread at a time: @done of @all
	 * are done. May be NULL.
	 */
	void (*progress)(void *arg, uint64_t done, uint64_t all);
	void *progress_arg;
	/*
	 * For memory that changes: is asked about every finding, each page's by itself, before
	 * they are folded; what it returns false for is dropped. By one thread at a time. May be
	 * NULL.
	 */
	bool (*keep)(void *arg, const struct finding *f);
	finding_want_fn *want;	/* of those about pages; NULL: all of all */
	void *keep_arg;		/* of both */
};

/*
 * Walk all of @k, read by @vc and what this makes of it for more threads, and fill the checker, coverage, zones, states and limits of @sum
 * (sum->zones is allocated here; the caller frees it). When *@stop becomes true the walk
 * ends early with sum->interrupted set. @sink is called by one thread at a time, not always
 * the caller's. Fails for want of memory, or when the page types of
 * this kernel cannot be determined; what cannot be read is coverage.
 */
_must_check_ enum pgc_status bitmap_walk(struct kernel *k, struct vmcore *vc,
					 struct summary *sum,
					 const struct walk_options *opt,
					 const atomic_bool *stop, finding_sink *sink,
					 void *arg, struct pgc_err *err);

#endif
