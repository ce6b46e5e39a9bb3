/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_ext - what others keep of each page beside struct page
 *
 * CONFIG_PAGE_EXTENSION gives each page one record, an array per section (CONFIG_SPARSEMEM), in which
 * each of its clients has a part: page_owner, allocation profiling, the check of page tables. Here
 * records are found and read; what stands in a part is its client's.
 *
 * Facts: mm/page_ext.c, include/linux/page_ext.h of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_PAGE_EXT_H
#define PGCONS_PAGE_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "layout/layout.h"
#include "model/kernel.h"

#define PAGE_EXT_MAX 4096 /* bytes of a record; 8 to 120 in fact */
#define PAGE_EXT_CHUNK (256u << 10) /* bytes that are read at once */

/* A client's part of the records. It owns nothing. */
struct page_ext {
	struct kernel_reader kr;
	uint64_t record;	/* bytes of page_ext per page, at most PAGE_EXT_MAX */
	uint64_t at;		/* where the client's part of it begins */
};

/*
 * @ops_offset is the layout's row of the client's page_ext_operations.offset. False: this kernel has
 * no such client, or what the dump says of it cannot be.
 */
_must_check_ bool page_ext_open(struct kernel_reader kr, enum layout_key ops_offset,
				struct page_ext *ret);

/* @record is of pe->record bytes. */
typedef void page_ext_fn(void *arg, uint64_t pfn, const uint8_t *record);

/*
 * Call @fn for the record of each page from @pfn up to @end, in order; pages without one, and gaps of
 * the dump, are left out. @chunk has PAGE_EXT_CHUNK bytes. Fails only as reading a dump fails.
 */
_must_check_ enum pgc_status page_ext_each(const struct page_ext *pe, uint8_t *chunk, uint64_t pfn,
					   uint64_t end, page_ext_fn *fn, void *arg,
					   struct pgc_err *err);

/* The same of all pages that there are. */
_must_check_ enum pgc_status page_ext_all(const struct page_ext *pe, page_ext_fn *fn, void *arg,
					  struct pgc_err *err);

/* The kernel address of the record of @pfn; 0: it has none. */
uint64_t page_ext_kaddr(const struct page_ext *pe, uint64_t pfn);

/* The record of @pfn. False: it has none, or the dump has not. */
_must_check_ bool page_ext_record(const struct page_ext *pe, uint64_t pfn, uint8_t record[PAGE_EXT_MAX]);

#endif
