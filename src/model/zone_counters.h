/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zone_counters - what a zone says of its free pages, against what its lists hold
 *
 * Facts: mm/page_alloc.c:account_freepages() and mm/vmstat.c of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_ZONE_COUNTERS_H
#define PGCONS_ZONE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/free_list.h"
#include "model/kernel.h"
#include "model/lru_edges.h"

/* A counter and what the lists say it should be. */
struct counter_fact {
	const struct zone *zone;
	const char *name;	/* static */
	int64_t expected, found;	/* pages, or pageblocks */
	/*
	 * How far apart a sound kernel may have them: a CPU that folds its difference into
	 * the zone holds it in neither for an instant (mm/vmstat.c:refresh_cpu_vm_stats()).
	 */
	int64_t slack;
	/*
	 * Guard pages come and go uncounted: expand() takes their number off, and merging
	 * with one (6.12, 7.2: __free_one_page(), clear_page_guard()) does not add it again.
	 */
	bool guarded;
};

typedef void counter_fact_fn(void *arg, const struct counter_fact *fact);

/* NR_FREE_PAGES with what the CPUs have not folded in yet. */
int64_t zone_counters_free_pages(struct kernel_reader kr, const struct zone *z);

/* Compare every counter this kernel has; @sum holds the lists of @z, walked whole. */
void zone_counters_compare(struct kernel_reader kr, const struct zone *z,
			   const struct zone_summary *sum, counter_fact_fn *fn, void *arg);

/*
 * The same of pages on LRU lists, which @lru counted in all of memory. Facts: update_lru_size() in
 * include/linux/mm_inline.h; a batch is taken off the lists page by page, and off the counters at
 * its end (mm/vmscan.c:isolate_lru_folios(), update_lru_sizes(); scan_folios()).
 */
void zone_counters_compare_lru(struct kernel_reader kr, const struct zone *z,
			       const struct lru_edges *lru, counter_fact_fn *fn, void *arg);

#endif
