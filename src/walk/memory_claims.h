/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_claims - the pages that somebody else than their struct page knows the use of
 *
 * A page of a kernel stack, of vmalloc or of the memmap says nothing of it itself. Who has it is
 * read from the other side: areas of vmalloc, tasks, modules, sections, page directories. Made
 * once, then asked in the order of pfns.
 */
#ifndef PGCONS_MEMORY_CLAIMS_H
#define PGCONS_MEMORY_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/task.h"
#include "walk/memory_items.h"

/* Keys of the items of class STACKS: in areas of vmalloc, of tasks and kept for later ones; and others. */
enum { STACKS_OF_TASKS, STACKS_KEPT, STACKS_DIRECT };

/* [@start, @end) are counted to the item with that index. */
struct memory_claim {
	uint64_t start, end;
	uint32_t item;
	uint64_t kaddr, len;	/* of the area, stack or record that has them */
};

/* What cannot be of a page that somebody has. */
struct claim_fact {
	uint64_t pfn, pages;	/* a run of them */
	const struct memory_item *item;
	uint64_t kaddr;
	const struct memory_item *other; /* has them, too; NULL: a free list has */
	uint64_t other_kaddr;
	/*
	 * The page tables lead from the area to the page. If not, it is in the area's array only, as
	 * while vrealloc() gives pages back (mm/vmalloc.c: vm_area_free_pages(), 7.2).
	 */
	bool mapped;
};

typedef void claim_fact_fn(void *arg, const struct claim_fact *fact);

#define CLAIM_CLASHES 64

struct memory_claims {
	struct memory_claim *list; /* by start, disjoint; owned */
	size_t n, room;
	size_t at;		/* where memory_claims_find() looks first */
	struct claim_clash {	/* the first ones */
		struct memory_claim one, other; /* what both have is [other.start, other.end) */
	} clashes[CLAIM_CLASHES];
	size_t n_clashes;	/* may exceed what is kept */
	uint64_t twice;		/* pages that several claimed: the first one has them */
	bool areas_cut;		/* there are areas of vmalloc that were not read */
	uint64_t unread;	/* areas of which not all pages are known */
	char unread_name[MEMORY_NAME_LEN]; /* what the last of them is, for the report */
};


/*
 * Collect them. Items are added to @items, with names. The caller ends it with
 * memory_claims_deinit(), also after a failure. Fails only for want of memory.
 */
_must_check_ enum pgc_status memory_claims_read(struct kernel_reader kr, const struct tasks *tasks,
						struct memory_items *items,
						const struct memory_names *names,
						struct memory_claims *ret, struct pgc_err *err);
void memory_claims_deinit(struct memory_claims *c);

/*
 * Hold the claims against the free lists, and against each other.
 */
struct listing;
void memory_claims_check(struct kernel_reader kr, const struct memory_claims *c, const struct memory_items *items,
			 const struct listing *listing, claim_fact_fn *fn, void *arg);

/*
 * The item that has @pfn, or MEMORY_NO_ITEM; *@end is the first pfn behind it of which the answer
 * may differ.
 */
uint32_t memory_claims_find(struct memory_claims *c, uint64_t pfn, uint64_t *end);

#endif
