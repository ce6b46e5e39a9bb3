/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_index - what a kdump-compressed file holds, and where
 *
 * Reads the two bitmaps (RAM; pages stored) and the page descriptors, and trusts none of
 * them. Inflates nothing: whoever does, asks here first.
 */
#ifndef PGCONS_KDUMP_INDEX_H
#define PGCONS_KDUMP_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/kdump_header.h"
#include "dump/page_codec.h"

struct kdump_index;

/* A stored page: @size bytes at @off, which lie in the file and are no more than a page. */
struct kdump_page {
	uint64_t off;
	uint32_t size;
	enum page_packing packing;	/* PAGE_PLAIN: @size is that of a page */
};

/*
 * Index the dump in @fd (borrowed), @size bytes long. Page data cut short is fine; headers
 * or bitmaps cut short, or that cannot be, are PGC_EFORMAT.
 */
_must_check_ enum pgc_status kdump_index_create(int fd, uint64_t size,
						struct kdump_index **ret,
						struct pgc_err *err);
void kdump_index_destroy(struct kdump_index *ki); /* NULL is fine */

/*
 * A second index of the same open file, for another thread: it shares what never changes,
 * so @ki must outlive it. @ki itself may be in use meanwhile.
 */
_must_check_ enum pgc_status kdump_index_dup(const struct kdump_index *ki,
					     struct kdump_index **ret, struct pgc_err *err);

/* Borrowed until kdump_index_destroy(). */
const struct kdump_header *kdump_index_header(const struct kdump_index *ki);

/* The file size that the headers and the last pages ask for. */
uint64_t kdump_index_promised(const struct kdump_index *ki);

/*
 * Of the last pages stored, those whose descriptors are all zeros: the writer left room for them,
 * and never came there.
 */
uint64_t kdump_index_unwritten(const struct kdump_index *ki);

/* False: not all descriptors are in the file, so that more may be missing than was promised. */
bool kdump_index_measured(const struct kdump_index *ki);

/*
 * How many more pages the bitmap calls stored than there are descriptors of them. Not 0: the
 * bitmap is damaged, and from some page on one page is taken for another.
 */
int64_t kdump_index_excess(const struct kdump_index *ki);

/* How many pages of [@start, @end) the dump stores: of a split one, in whatever piece. */
_must_check_ enum pgc_status kdump_index_count(const struct kdump_index *ki, uint64_t start,
					       uint64_t end, uint64_t *ret,
					       struct pgc_err *err);

/*
 * Find the @n pages from @pfn on, into @pages. Stops at the first that cannot be had:
 * *@found are before it, and the status says why. PGC_DAMAGED: its descriptor is one that a
 * reader would trip over, or past the end of the file.
 */
_must_check_ enum pgc_status kdump_index_find(struct kdump_index *ki, uint64_t pfn,
					      struct kdump_page *pages, size_t n,
					      size_t *found, struct pgc_err *err);

#endif
