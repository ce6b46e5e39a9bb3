/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dual_bitmap - the page consistency checker's two bits of each page
 *
 * The only module that knows how the checker stores them: two flat bitmaps, found by DWARF
 * through the checker's pc_state. A checker that stores them otherwise (per section, in
 * page_ext) would be another reader behind the same calls. Facts: mm/page_consistency.c of
 * the RFC of April 2026.
 */
#ifndef PGCONS_DUAL_BITMAP_H
#define PGCONS_DUAL_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

struct dual_bitmap;

/* CHECKER_UNKNOWN: there may be one, but what is known of the kernel does not say where. */
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

enum { BITMAP_PRIMARY, BITMAP_SECONDARY, BITMAPS };

/* What is wrong with the checker's state; reported as facts, the judge names the finding. */
enum checker_fact_kind {
	CHECKER_SIZE,		/* nbits @found is not max_pfn - min_pfn @expected */
	CHECKER_RANGE,		/* [min_pfn @found, max_pfn @expected) cannot be */
	CHECKER_POINTER,	/* the @map's pointer @found is no kernel memory */
	CHECKER_EXCHANGED,	/* the two maps' pointers: the primary's @found is the other's */
	CHECKER_BENT,		/* the @map's pointer @found has one bit that is wrong in it */
	CHECKER_OVERLAP,	/* the maps share memory: at @found and @expected */
	CHECKER_FRAME,		/* a frame of @map, pfn @found, is not reserved */
	CHECKER_PADDING,	/* last word of @map is @found, should be @expected */
};

struct checker_fact {
	enum checker_fact_kind kind;
	int map;		/* BITMAP_PRIMARY, BITMAP_SECONDARY or -1 */
	uint64_t expected, found;
};

typedef void checker_fact_fn(void *arg, const struct checker_fact *fact);

/*
 * Find the checker and read its state and statistics into *@sum. The caller owns *@ret,
 * which is NULL when there are no bits to read: the kernel has no checker (@sum->state
 * says), it is disabled, or its state is too damaged to be used. Damage is reported to @fn.
 * Fails only for want of memory.
 */
_must_check_ enum pgc_status dual_bitmap_create(struct kernel_reader kr,
						struct checker_summary *sum,
						checker_fact_fn *fn, void *arg,
						struct dual_bitmap **ret, struct pgc_err *err);
void dual_bitmap_destroy(struct dual_bitmap *db); /* NULL is fine */

/* Another reader of the same bits, for another thread, that reads through @k. */
_must_check_ enum pgc_status dual_bitmap_dup(const struct dual_bitmap *db,
					     struct kernel_reader kr,
					     struct dual_bitmap **ret,
					     struct pgc_err *err);

/* The pfns that have bits: [min, max). */
uint64_t dual_bitmap_min_pfn(const struct dual_bitmap *db);
uint64_t dual_bitmap_max_pfn(const struct dual_bitmap *db);

/* The bits of 64 pages; only those in @known mean anything. */
struct bit_pair {
	uint64_t known, primary, secondary;
};

#define DUAL_BITMAP_WORDS 512 /* at most, in one dual_bitmap_read() */

/* Pages inside [min, max) whose bits are not known. */
struct bitmap_gaps {
	uint64_t excluded;	/* the dump left them out */
	uint64_t elsewhere;	/* they are in another piece of a split dump */
	uint64_t unreadable;
};

/*
 * The bits of @words * 64 pages from @pfn, a multiple of 64, on. Pages outside [min, max) and bits that the
 * dump does not hold are not known; the latter are counted in *@gaps, to which they are added.
 * What the dump left out is known where the other map says that it was zeros.
 */
_must_check_ enum pgc_status dual_bitmap_read(struct dual_bitmap *db, uint64_t pfn,
					      struct bit_pair *pairs, size_t words,
					      struct bitmap_gaps *gaps, struct pgc_err *err);

/* Where the bit of @pfn is, for a reader: kaddr of its unsigned long, and its bit there. */
uint64_t dual_bitmap_word_kaddr(const struct dual_bitmap *db, int map, uint64_t pfn,
				unsigned int *bit);

#endif
