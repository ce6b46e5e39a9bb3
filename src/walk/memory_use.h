/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_use - what a page in use is used for, by its own struct page
 *
 * A slab's cache, a file's file system, the process of an anonymous page, the resource that a
 * reserved page lies in. It knows no lists and does not count.
 */
#ifndef PGCONS_MEMORY_USE_H
#define PGCONS_MEMORY_USE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/task.h"
#include "struct_page.h"
#include "walk/memory_items.h"

struct iomem;
struct slab_caches;
struct memory_use;

/* All borrowed; @iomem and @slabs may be NULL. Items are added to @items. The caller owns *@ret. */
_must_check_ enum pgc_status memory_use_create(struct kernel_reader kr,
					       const struct page_format *fmt,
					       const struct iomem *iomem,
					       const struct slab_caches *slabs,
					       const struct tasks *tasks,
					       struct memory_items *items,
					       struct memory_use **ret, struct pgc_err *err);
void memory_use_destroy(struct memory_use *u); /* NULL is fine */

/*
 * The item of page @pfn, whose struct page is at @raw with one more behind it: in use, on no list,
 * and no tail. @page is the same, decoded. MEMORY_NO_ITEM: out of memory.
 */
uint32_t memory_use_item(struct memory_use *u, uint64_t pfn, const uint8_t *raw,
			 const struct page *page);

#endif
