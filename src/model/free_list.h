/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free_list - which pages the page allocator holds as free
 *
 * Walks zone->free_area[order].free_list[migratetype] and the per-CPU lists of every zone,
 * marks what they hold in a listing, and records as facts what does not fit. It names no
 * finding and gives no severity: that is the judge's.
 *
 * Facts: mm/page_alloc.c and include/linux/mmzone.h of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_FREE_LIST_H
#define PGCONS_FREE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/list_each.h"
#include "model/listing.h"
#include "model/page_list.h"
#include "struct_page.h"

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

/* Where a page belongs by its own flags, or a list by its zone. */
struct zone_place {
	int nid;
	unsigned int zone;
};

enum list_fact_kind {
	LIST_BROKEN,		/* @brk */
	LIST_NOT_BUDDY,		/* @page of a buddy list has no buddy type */
	LIST_IS_BUDDY,		/* @page of a per-CPU list has it */
	LIST_ORDER,		/* private @found, list's order @expected */
	LIST_MISALIGNED,	/* the pfn is no multiple of the block's size */
	LIST_OUTSIDE,		/* the block leaves its zone or the memory there is */
	LIST_WRONG_ZONE,	/* the page is of @page_place, its list of @list_place */
	LIST_TWICE,		/* the page heads a listed block already */
	LIST_OVERLAP,		/* page @other is in another listed block already */
	LIST_NR_FREE,		/* nr_free @found, blocks on the lists @expected */
	LIST_PCP_COUNT,		/* count @found, pages on the lists @expected */
	LIST_LOCK_HELD,
	LIST_MIGRATETYPE,	/* pageblock's type @found, list's @expected */
	LIST_FACTS
};

struct list_fact {
	enum list_fact_kind kind;
	const struct free_list *list;	/* for counts: only zone, order, cpu mean something */
	bool has_page;
	uint64_t pfn, page_kaddr;
	struct page page;
	uint64_t expected, found, other;
	struct zone_place list_place, page_place;
	bool has_block;		/* LIST_OVERLAP: the other block begins at @block */
	uint64_t block;
	/*
	 * LIST_MIGRATETYPE: this kernel lets a page keep the type it was cached with, and
	 * steals blocks without changing theirs: a difference means nothing. The exact
	 * accounting by type that ended this brought zone.nr_free_highatomic.
	 */
	bool loose;
	/* LIST_WRONG_ZONE: which of the two is wrong, where the rest of the block shows it */
	bool head_is_wrong, list_is_wrong;
	const struct list_break *brk;
	const struct list_walk *walk;
};

typedef void list_fact_fn(void *arg, const struct list_fact *fact);

/*
 * Walk every list of every zone. @zones has k->n_zones elements and gets the numbers of
 * each; @cut counts the lists that could not be walked to the end. Damage is a fact, not
 * an error: fails only for want of memory.
 */
_must_check_ enum pgc_status free_list_walk_all(struct kernel_reader kr,
						const struct page_format *fmt,
						struct listing *listing,
						struct zone_summary *zones, uint64_t *cut,
						list_fact_fn *fn, void *arg,
						struct pgc_err *err);

#endif
