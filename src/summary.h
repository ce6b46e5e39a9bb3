/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary - what one run learned besides the findings
 *
 * Plain data, filled by the run in main and read by the reports. The names are those of
 * the JSON document. Strings are borrowed from the dump, the layout and the kernel model,
 * which outlive it.
 */
#ifndef PGCONS_SUMMARY_H
#define PGCONS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "dump_id.h"
#include "finding.h"
#include "limit_lines.h"
#include "struct_page.h"

struct memory_map;

/* CHECKER_UNKNOWN: there may be one, but what is known of the kernel does not tell where. */
enum checker_state { CHECKER_ABSENT, CHECKER_DISABLED, CHECKER_ACTIVE, CHECKER_UNKNOWN };

struct checker_summary {
	enum checker_state state;
	bool unreadable;	/* present, but its variables or maps are not in the dump */
	bool unusable;		/* active, but too damaged to be read */
	bool has_range;		/* the five below are known */
	uint64_t min_pfn, max_pfn;	/* [min, max) */
	uint64_t nbits;
	uint64_t primary_paddr, secondary_paddr; /* physical; 0: unknown */
	bool has_popcount;
	uint64_t primary_popcount;	/* over the part of the map that could be read */
	bool has_stats;
	uint64_t pages_tracked;
	uint64_t alloc_count, free_count;
	uint64_t violations_detected;
};

/* Every pfn of the walked range is in exactly one of these. */
struct coverage {
	uint64_t pfns;		/* the range walked: all sections with a memmap, and the maps */
	uint64_t walked;	/* struct page read and judged */
	uint64_t holes;		/* no memmap there */
	uint64_t excluded;	/* the struct page is not in the dump */
	uint64_t elsewhere;	/* of these: in a piece of a split dump that is not here */
	uint64_t unreadable;	/* the struct page should be there but cannot be read */
	uint64_t limbo;		/* of the walked ones: free-looking, on no list */
	uint64_t strays;	/* of the walked ones: so, and of a zone that was not found */
	uint64_t bitmap_excluded; /* pfns whose bits are not in the dump */
	uint64_t bitmap_elsewhere; /* of these: in a piece of a split dump that is not here */
	uint64_t bitmap_unreadable;
	uint64_t lists_cut;	/* free lists that could not be walked to the end */
	/* Of a live kernel: */
	unsigned int looks;	/* that findings had to be in, 0 for a dump */
	uint64_t transient;	/* findings of the first look that were not in all others */
};

/* One listed order of a zone: blocks by migratetype against the zone's counter. */
#define SUMMARY_MIGRATETYPES 8
#define SUMMARY_ORDERS 16

/* The per-CPU page sets of a zone, folded: there may be hundreds. */
struct pcp_summary {
	unsigned int cpus;		/* whose set could be read */
	int64_t counted;		/* their per_cpu_pages.count, added up */
	uint64_t most;			/* pages on the lists of the CPU with the most */
	int most_cpu;			/* that CPU; only with @most */
	unsigned int differ;		/* CPUs whose count is not what their lists hold */
	unsigned int locked;
};

struct zone_summary {
	int node;
	const char *name;
	uint64_t start_pfn, spanned, present, managed;	/* pages */
	uint64_t free_listed;		/* pages on the buddy lists */
	int64_t nr_free_pages;		/* NR_FREE_PAGES with the per-CPU differences */
	uint64_t pcp;			/* pages on the per-CPU lists */
	struct pcp_summary per_cpu;
	uint64_t unaccepted;		/* pages on unaccepted_pages */
	unsigned int orders, migratetypes;
	uint64_t blocks[SUMMARY_ORDERS][SUMMARY_MIGRATETYPES];
	uint64_t nr_free[SUMMARY_ORDERS];
	bool lock_held;
	uint64_t lists_cut;		/* lists that could not be walked to the end */
};

struct totals {
	uint64_t by_severity[SEVERITIES];
	uint64_t by_finding[FINDING_IDS];
	uint64_t ignored;	/* left out by --ignore or --only */
};

#define SUMMARY_LIMITS 32

struct summary {
	char dump_id[DUMP_ID_SIZE]; /* "": unknown */
	/* kernel */
	const char *release;
	const char *build_id;
	const char *arch;
	uint32_t page_size;	/* bytes */
	unsigned int cpus, nodes;
	const char *facts_from;	/* "vmlinux", "layout", "BTF and kallsyms" or "VMCOREINFO" */
	const char *vmlinux;	/* the file that was found, when none was named; else NULL */
	const char *not_atomic;	/* how it is known that it is not of one moment; NULL: it may be */
	struct checker_summary checker;
	struct coverage coverage;
	struct zone_summary *zones;	/* owned by the run */
	size_t n_zones;
	const char *const *migratetypes; /* names by value, for the tables */
	size_t n_migratetypes;
	uint64_t states[PAGE_STATES];	/* pages by state */
	struct memory_map *map;	/* filled by the walk; NULL: not wanted. Owned by the run */
	struct totals totals;
	/*
	 * Lines that say what could not be done; each makes the result "incomplete" (bit 8)
	 * when it also sets it.
	 */
	bool incomplete;
	char limits[SUMMARY_LIMITS][LIMIT_LEN];
	size_t n_limits;
	size_t limits_dropped;	/* that found no room: the last line counts them */
	bool interrupted;
	uint64_t bytes_read;	/* in bulk, of the dump, by all threads that ended */
};

/* Add a limit; the result is incomplete. What is there already is not said again. */
_printf_(2, 3) void summary_limit(struct summary *sum, const char *fmt, ...);

#endif
