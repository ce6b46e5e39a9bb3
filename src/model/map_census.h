/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map_census - what each page is to a page table entry, and how many entries map it
 *
 * A byte for each page of the memory map, four more for each page of those groups of pages of which
 * any is mapped, and a record for each large folio. The kernel's counts of mappings, of any version,
 * are read again and compared when all was counted: page._mapcount of a page that is by itself; of a
 * large one that of each page, the one of the folio as a whole (of large entries), and the sum of all.
 * Where the kernel checks page tables itself, what that counts of each page in page_ext must not be more
 * than was met (entries that forbid all access are not counted there), nor of another kind.
 *
 * Facts: include/linux/mm.h, rmap.h, mm_types.h:struct folio, Documentation/mm/transhuge.rst of 6.12
 * and 7.2; mm/rmap.c:page_add_anon_rmap(), page_add_file_rmap(), mm/huge_memory.c:
 * __split_huge_pmd_locked() of 6.1; mm/page_table_check.c of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_MAP_CENSUS_H
#define PGCONS_MAP_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/listing.h"
#include "struct_page.h"

enum map_kind {
	MAP_UNKNOWN,	/* its struct page is not in the dump, or was never made */
	MAP_FREE,	/* on a list of free pages */
	MAP_SLAB,
	MAP_TABLE,	/* a page table, by its type */
	MAP_ANON, MAP_SHMEM, MAP_FILE,
	MAP_HUGETLB,
	MAP_KERNEL,	/* anything else */
	MAP_DEVICE,	/* of a device's memory (ZONE_DEVICE) */
	MAP_NO_MEMORY,	/* there is no struct page */
	MAP_KINDS
};

/* A folio of more than one page that may be mapped. */
struct map_folio {
	uint64_t pfn;
	uint32_t whole;		/* large entries that were met */
	uint32_t small;		/* entries for one of its pages */
	uint8_t order;
	bool hugetlb;
	bool doubled;		/* up to 6.1: each page counts its large entries, too (PG_double_map) */
};

struct map_census;

/* The two CHECKED ones are page_table_check's own (CONFIG_PAGE_TABLE_CHECK). */
enum map_count {
	COUNT_PAGE, COUNT_WHOLE, COUNT_SUM, COUNT_CHECKED_ANON, COUNT_CHECKED_FILE, COUNT_EXCLUSIVE
};

/* A count that differs. */
struct map_odd {
	enum map_count count;
	uint64_t pfn;
	uint64_t head;		/* of its folio */
	unsigned int order;
	uint64_t kaddr;		/* where it stands */
	int64_t found, expected; /* mappings: what the kernel counts, what was met */
};

typedef void map_odd_fn(void *arg, const struct map_odd *odd);

/* Read the memory map. Fails only for want of memory. */
_must_check_ enum pgc_status map_census_create(struct kernel_reader kr,
					       const struct page_format *fmt,
					       const struct listing *l, struct map_census **ret,
					       struct pgc_err *err);
void map_census_destroy(struct map_census *c); /* NULL is fine */

enum map_kind map_census_kind(const struct map_census *c, uint64_t pfn);
/* Struct pages that are not in the dump. */
uint64_t map_census_unread(const struct map_census *c);

/* Mark the page as a table that was met. False: it was met before. */
bool map_census_meet(struct map_census *c, uint64_t pfn);
bool map_census_met(const struct map_census *c, uint64_t pfn);

/* Count an entry that maps @n pages from @pfn on. False: out of memory. */
bool map_census_count(struct map_census *c, uint64_t pfn, uint64_t n);
/* How many entries were met that map the page alone. */
uint32_t map_census_entries(const struct map_census *c, uint64_t pfn);

/* Call @fn for each page with type table that was not met. */
void map_census_each_table(const struct map_census *c, void (*fn)(void *arg, uint64_t pfn),
			   void *arg);

/* Compare, and call @fn for each count that differs. False: out of memory. */
_must_check_ bool map_census_compare(struct map_census *c, map_odd_fn *fn, void *arg);

#endif
