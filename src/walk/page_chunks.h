/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_chunks - all pfns that are walked, cut into chunks, by number
 *
 * Every section with a memmap, and what the checker has bits for outside of these. Where the
 * cuts are depends on the kernel alone.
 */
#ifndef PGCONS_PAGE_CHUNKS_H
#define PGCONS_PAGE_CHUNKS_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "walk/page_walk.h"

struct dual_bitmap;
struct kernel;
struct page_chunks;

/* @db may be NULL: no bits. The caller owns *@ret; @k is borrowed. */
_must_check_ enum pgc_status page_chunks_create(const struct kernel *k,
						const struct dual_bitmap *db,
						struct page_chunks **ret, struct pgc_err *err);
void page_chunks_destroy(struct page_chunks *pc); /* NULL is fine */

uint64_t page_chunks_count(const struct page_chunks *pc);

/* Chunk @nr, below page_chunks_count(), in pfn order. */
struct page_chunk page_chunks_get(const struct page_chunks *pc, uint64_t nr);

#endif
