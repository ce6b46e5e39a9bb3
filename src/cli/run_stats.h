/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_stats - where a run's time and memory went, for --stats
 */
#ifndef PGCONS_RUN_STATS_H
#define PGCONS_RUN_STATS_H

#include <stdint.h>
#include <stdio.h>

/* In the order of a run. */
enum run_phase {
	PHASE_OPEN,	/* the dump */
	PHASE_LAYOUT,	/* what the vmlinux, or a saved layout, says */
	PHASE_MODEL,	/* nodes, zones, CPUs, sections */
	PHASE_LISTS,	/* free lists, the checker's state, counters */
	PHASE_PAGES,	/* struct pages and bits; findings are reported meanwhile */
	PHASE_REPORT,
	RUN_PHASES
};

struct run_stats {
	uint64_t since_ns;	/* the phase under way began then */
	uint64_t phase_ns[RUN_PHASES];
	uint64_t peak_bytes;	/* resident memory but for pages of files, at its highest */
};

/* Nanoseconds of a monotonic clock. */
uint64_t run_stats_now(void);

void run_stats_start(struct run_stats *rs);
/* What went by since the last call was @phase. Also looks at the memory in use. */
void run_stats_phase(struct run_stats *rs, enum run_phase phase);
/* Look at the memory in use: now is when there is most. */
void run_stats_memory(struct run_stats *rs);

/* @pages were walked by @threads threads, @bytes of the dump read in bulk. */
void run_stats_print(const struct run_stats *rs, FILE *out, uint64_t pages, uint64_t bytes,
		     unsigned int threads);

#endif
