/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_check_priv - what table_check.c, which walks and counts, shares with table_tell.c, which
 * compares and tells
 */
#ifndef PGCONS_TABLE_CHECK_PRIV_H
#define PGCONS_TABLE_CHECK_PRIV_H

#include "model/map_census.h"
#include "model/mm_list.h"
#include "model/table_check.h"
#include "model/table_hands.h"
#include "model/table_walk.h"

#define WRONG_MAX 1024u
#define ORPHANS_MAX 65536u
#define ODD_MAX 4000u
#define UNTYPED_KEPT 8u
#define TABLE_LEVELS_COUNTED 3	/* pte, pmd, pud */

/* An entry that cannot be. */
struct wrong_entry {
	struct table_entry entry;
	uint64_t pfn;		/* that it leads to */
	const char *what;
	uint64_t right;		/* as it should be; 0: unknown */
};

/* A count that differs, and the first entry that was met for its page. */
struct odd_count {
	struct map_odd odd;
	bool explained;		/* by a wrong entry */
	uint64_t entries;
	struct table_entry entry; /* if there is one */
	uint64_t right;
};

/* What was met of one address space. */
struct recount {
	int64_t tables;		/* pages */
	int64_t counts[MM_COUNTERS];
	bool unsure;		/* not all was seen, or is known */
};

struct table_check {
	struct kernel_reader kr;
	const struct page_format *fmt;
	const struct listing *l;
	uint64_t direct;	/* where physical address 0 is mapped */
	struct arch_linear image;	/* what of the image is not where arch_in_image() says; may be none */
	struct table_tally *tally;
	table_fact_fn *fn;
	void *arg;
	struct mm_list mms;
	struct map_census *census;
	struct table_hands *hands;	/* NULL until there is something to ask */
	struct table_walk walk;
	/* Of each address space, and the last for tables of none; that under way */
	struct recount *recounts, *recount;
	bool has_huge_zero, no_memory;
	uint64_t huge_zero;	/* pfn */
	unsigned int swap_types; /* of swap files; 0: unknown */
	uint64_t typed[ARCH_LEVELS + 1], untyped[ARCH_LEVELS + 1]; /* tables, by level */
	struct table_entry lost[ARCH_LEVELS + 1][UNTYPED_KEPT];
	struct wrong_entry *wrong;
	size_t n_wrong;
	struct orphan {
		uint64_t pfn;
		bool upper;	/* it points to page tables: who takes a table out empties it first */
	} *orphans;
	size_t n_orphans;
	struct odd_count *odd;	/* by pfn */
	size_t n_odd, room_odd;
};

/*
 * Is it known where tables that are put by for large entries are (pmd_huge_pte)? A cut vmlinux or
 * an old layout may not say.
 */
static inline bool table_check_deposits(const struct kernel *k)
{
	return layout_has(k->lay, L_ptdesc_pmd_huge_pte);
}

void table_check_wrong(struct table_check *tc, const struct table_entry *e, uint64_t pfn,
		       const char *what);
/* Compare what was counted, and call tc->fn. Fails only for want of memory. */
_must_check_ enum pgc_status table_check_tell(struct table_check *tc, struct pgc_err *err);

#endif
