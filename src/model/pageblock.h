/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pageblock - the migratetype of a block of 2^pageblock_order pages
 *
 * Facts: mm/page_alloc.c:get_pfnblock_bitmap_bitidx() and include/linux/pageblock-flags.h of
 * 6.1, 6.12 and 7.2; SPARSEMEM only.
 */
#ifndef PGCONS_PAGEBLOCK_H
#define PGCONS_PAGEBLOCK_H

#include <stdint.h>

#include "model/kernel.h"

/* Bits that a pageblock has in pageblock_flags; 0: not known. */
unsigned int pageblock_bits(const struct layout *lay);

/*
 * What order pageblocks have is a macro, and in no debug information: that of a huge page in most
 * kernels, the largest that there is where the kernel has no huge pages (6.1: no hugetlb), and
 * CONFIG_PAGE_BLOCK_MAX_ORDER at most (since 6.16; include/linux/pageblock-flags.h). But the
 * records of a node's sections lie side by side, each with room for its pageblocks (mm/sparse.c:
 * sparse_init_nid() of 6.1, 6.12 and 7.2). @k->pageblock_order, the usual one, is replaced where
 * most of them, three sections at least, say that it is another. Orders of which a section's types
 * take the same number of words are one: the usual, else the largest.
 */
void pageblock_find_order(struct kernel *k);

/* The migratetype of the pageblock of @pfn, or -1 when it cannot be determined. */
int pageblock_migratetype(struct kernel_reader kr, uint64_t pfn);

#endif
