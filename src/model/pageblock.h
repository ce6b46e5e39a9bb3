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

/* The migratetype of the pageblock of @pfn, or -1 when it cannot be determined. */
int pageblock_migratetype(struct kernel_reader kr, uint64_t pfn);

#endif
