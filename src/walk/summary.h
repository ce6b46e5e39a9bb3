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

#include "base/cleanup.h"
#include "base/limit_lines.h"
#include "dump/dump_id.h"
#include "judge/finding.h"
#include "model/complaints.h"
#include "model/crash_facts.h"
#include "model/dual_bitmap.h"
#include "model/free_list.h"
#include "model/page_cache.h"
#include "model/slab_objects.h"
#include "model/table_check.h"
#include "struct_page.h"
#include "walk/memory_owners.h"
#include "walk/tags_check.h"

struct memory_map;

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

struct totals {
	uint64_t by_severity[SEVERITIES];
	uint64_t by_finding[FINDING_IDS];
	uint64_t ignored;	/* left out by --ignore or --only */
	uint64_t explained;	/* pages in notes that are findings with a harmless cause */
};

#define SUMMARY_LIMITS 32

struct summary {
	char dump_id[DUMP_ID_SIZE]; /* "": unknown */
	/*
	 * Of the struct pages and bits that were walked, and the findings: what a report says
	 * depends on little else. 0: of a running kernel, nothing was walked, or
	 * nobody asked for it
	 */
	uint64_t memory_hash;
	/* kernel */
	const char *release;
	const char *build_id;
	const char *arch;
	uint32_t page_size;	/* bytes */
	unsigned int cpus, nodes;
	const char *facts_from;	/* "vmlinux", "layout", "BTF and kallsyms" or "VMCOREINFO" */
	const char *vmlinux;	/* the file that was found, when none was named; else NULL */
	bool has_fingerprint, fingerprint_known; /* see judge/grounds.h */
	uint64_t fingerprint;
	const char *not_atomic;	/* how it is known that it is not of one moment; NULL: it may be */
	struct crash_facts crash;	/* as far as it was asked for */
	struct complaints complaints;	/* as far as there was something to explain by them */
	struct checker_summary checker;
	struct coverage coverage;
	struct zone_summary *zones;	/* owned by the run */
	size_t n_zones;
	struct tags_tally tags;		/* the same, with --verify=tags */
	struct table_tally tables;	/* the same, with --verify=tables */
	struct slab_tallies slabs;	/* owned by the run; nothing, where they were not asked for */
	struct memory_owners owners; /* the same; nothing, where it was not asked for */
	struct cache_tallies cache;	/* the same */
	struct memory_items areas; /* names in findings about them; owned by the run */
	const char *const *migratetypes; /* names by value, for the tables */
	size_t n_migratetypes;
	struct text_sum {
		bool done;	/* it was compared: the rest is known */
		uint64_t compared, left_out, unread, changes;	/* bytes; see model/kernel_text.h */
		uint64_t modules, modules_missing, modules_unknown;
	} text;
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

/* Pages whose bits could not be read. */
static inline uint64_t summary_unread_bits(const struct summary *sum)
{
	return sum->coverage.bitmap_excluded + sum->coverage.bitmap_unreadable;
}

/* Add a limit; the result is incomplete. What is there already is not said again. */
_printf_(2, 3) void summary_limit(struct summary *sum, const char *fmt, ...);
/* The same for what made no difference so far: the result stays what it is. */
_printf_(2, 3) void summary_remark(struct summary *sum, const char *fmt, ...);

/* Free what a walk filled: a new one may begin, or nothing follows. Not the map. */
void summary_release(struct summary *sum);

#endif
