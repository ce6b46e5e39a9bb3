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
};

struct memory_claims {
	struct memory_claim *list; /* by start, disjoint; owned */
	size_t n, room;
	size_t at;		/* where memory_claims_find() looks first */
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
 * The item that has @pfn, or MEMORY_NO_ITEM; *@end is the first pfn behind it of which the answer
 * may differ.
 */
uint32_t memory_claims_find(struct memory_claims *c, uint64_t pfn, uint64_t *end);

#endif
