/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_check - the page tables of all address spaces, held against the pages that they map
 *
 * Walks the tables of each address space and the kernel's own, counts for each page the entries that
 * map it, and compares with what the kernel counts: the mappings of each page, and of each address
 * space its resident pages and its page tables. An entry must lead to memory, in the last tables to no
 * page that is free, of a slab or itself a page table, and above to a page table; and each page
 * that has the type of a page table is met once.
 *
 * Counts and entries are changed together, under a lock of the page table; whoever was half way through
 * that has the page in hand (table_hands.h). Not counted are entries that the kernel does not count
 * itself: of device memory, of the pages of zeros (pte_special()), and of huge pages of hugetlbfs
 * where address spaces share a page table.
 *
 * Facts: mm/memory.c:vm_normal_page(), zap_pte_range(), insert_page_into_pte_locked(), mm/huge_memory.c,
 * mm/hugetlb.c:huge_pmd_share(), mm/pgtable-generic.c:pgtable_trans_huge_deposit(), include/linux/mm.h:
 * pagetable_pte_ctor(), mm_counter(), mm_inc_nr_ptes(), include/linux/swapops.h of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_TABLE_CHECK_H
#define PGCONS_TABLE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/listing.h"
#include "struct_page.h"

enum table_fact_kind {
	TABLE_ENTRY,		/* an entry that cannot be: @what */
	TABLE_MAPCOUNT,		/* the kernel counts @found mappings, and @expected were met */
	TABLE_PAGE,		/* of a page table itself: @what */
	TABLE_COUNTER,		/* @field of an address space is @found, and must be @expected */
};

struct table_fact {
	enum table_fact_kind kind;
	const char *what;	/* static; NULL: nothing to say */
	const char *field;	/* of counts, as in C; static */
	bool certain;		/* all was seen, and nobody was at work */
	const char *who;	/* had it in hand, as long as the tally; NULL: nobody */
	uint64_t mm;		/* mm_struct; 0: the kernel's, or unknown */
	uint32_t pid;		/* of a task that has it; 0: unknown */
	const char *comm;	/* the same; as long as the tally; NULL: unknown */
	bool has_entry;		/* of it the next ones: */
	uint64_t vaddr;		/* the first address that it is for */
	unsigned int level;
	uint64_t at;		/* physical address of the entry */
	uint64_t entry;		/* as it is */
	uint64_t right;		/* as it should be; 0: unknown */
	uint64_t pfn;		/* of the page that it is about; UINT64_MAX: of none */
	uint64_t kaddr;		/* of a count; 0: unknown */
	int64_t found, expected;
};

struct table_tally {
	uint64_t spaces;	/* address spaces; 0: none was found, nothing was checked */
	uint64_t tables;
	uint64_t entries;	/* that map pages */
	uint64_t unread;	/* tables that are not in the dump */
	bool incomplete;	/* some address spaces may not have been found */
	uint64_t dropped;	/* facts beyond what can be kept */
	char **texts;		/* that facts borrow; owned */
	size_t n_texts;
};

void table_tally_deinit(struct table_tally *t);

typedef void table_fact_fn(void *arg, const struct table_fact *fact);

/*
 * Check, and call @fn for each fact. Fails only for want of memory.
 */
_must_check_ enum pgc_status table_check(struct kernel_reader kr, const struct page_format *fmt,
					 const struct listing *l, struct table_tally *ret,
					 table_fact_fn *fn, void *arg, struct pgc_err *err);

#endif
