/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lru_check - the links of pages on LRU lists that do not lead back
 *
 * Follows links where the sums of the walk (model/lru_edges.h) are not zero, and nowhere else. Of
 * each edge that two records disagree about it says which of the two is wrong, what should be
 * there if that is known, and whether an operation that was half done looks so. It judges
 * nothing.
 */
#ifndef PGCONS_LRU_CHECK_H
#define PGCONS_LRU_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/listing.h"
#include "model/lru_edges.h"
#include "model/lru_fact.h"
#include "struct_page.h"
#include "walk/page_homes.h"

typedef void lru_fact_fn(void *arg, const struct lru_fact *fact);

/*
 * Report each broken link to @fn. @homes: NULL, or pages are compared with their zones, too.
 * @edges has what the whole walk added; it is used up. *@cut: not all could be checked.
 */
void lru_check(struct kernel_reader kr, const struct page_format *fmt,
	       const struct listing *listing, const struct page_homes *homes,
	       struct lru_edges *edges, lru_fact_fn *fn, void *arg, bool *cut);

/* The same for the links to and from the page @pfn alone. */
void lru_check_page(struct kernel_reader kr, const struct page_format *fmt,
		    const struct listing *listing, const struct page_homes *homes, uint64_t pfn,
		    lru_fact_fn *fn, void *arg);

#endif
