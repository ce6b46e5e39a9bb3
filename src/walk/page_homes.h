/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_homes - which zones a page may belong to, by its pfn alone
 *
 * A page's flags say its zone and node (include/linux/mm.h:set_page_links(), all versions), and
 * so do the zones, which say where they begin and how far they span: the first is compared with
 * the second. Zones of several nodes, and ZONE_MOVABLE with mirrored memory, may span the same
 * pfns: there each of them may be right.
 */
#ifndef PGCONS_PAGE_HOMES_H
#define PGCONS_PAGE_HOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct iomem;
struct kernel;
struct page_homes;
struct vmcore;

#define PAGE_HOME_ZONES 4

/* A range of pfns [start, end) that the same zones span. */
struct page_home {
	uint64_t start, end;
	size_t n;		/* 0: none does; more than PAGE_HOME_ZONES: not told */
	uint64_t bits[PAGE_HOME_ZONES]; /* zone and node, as in page.flags */
};

/*
 * *@ret is NULL where the flags cannot be compared with the zones: struct pages are still being
 * initialised, or most of those that were tried disagree, so that the flags' layout is not
 * understood. @iomem may be NULL. The caller owns *@ret.
 */
_must_check_ enum pgc_status page_homes_create(struct kernel *k, struct vmcore *vc,
					       const struct iomem *iomem,
					       struct page_homes **ret,
					       struct pgc_err *err);
void page_homes_destroy(struct page_homes *ph); /* NULL is fine */

/* The range that holds @pfn; borrowed. */
const struct page_home *page_homes_find(const struct page_homes *ph, uint64_t pfn);

/*
 * Bits of page.flags between the flags and the fields above them, which nothing can ever set; 0
 * where that is not known for sure.
 */
uint64_t page_homes_unused(const struct page_homes *ph);

/*
 * LAST_CPUPID of page.flags, where no page ever has all but one of its bits set: a free or new page
 * has all, and of a page in use it is a CPU of this machine and eight bits of a PID. 0 where that
 * is not known for sure.
 */
uint64_t page_homes_cpupid(const struct page_homes *ph);

/* Are @bits, of page.flags, those of a zone that spans the pfns of @home? */
bool page_home_fits(const struct page_home *home, uint64_t bits);

#endif
