/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_owners - what all memory is used for, to the page
 *
 * One pass over the memmap that counts each page of memory to one class (memory_classes.def), and
 * in it to a slab cache, a file system, a process, a caller of vmalloc. The sum is all memory, and
 * beside each class stands what the kernel itself counts. It judges nothing.
 *
 * A page is what the lists say, then what memory_claims knows of it, then what its struct page
 * says; a tail is what its head is.
 */
#ifndef PGCONS_MEMORY_OWNERS_H
#define PGCONS_MEMORY_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "struct_page.h"
#include "walk/memory_claims.h"
#include "walk/memory_items.h"

struct iomem;
struct listing;
struct page_owner;
struct slab_caches;

struct memory_class_sum {
	uint64_t pages;
	const char *counter_name; /* as /proc/vmstat has it, or /proc/meminfo; NULL: there is none */
	bool has_counter;
	uint64_t counter;	/* pages */
};

struct memory_owners {
	bool done;		/* it was asked for, and all of the rest is filled */
	uint64_t pages;		/* of memory, in all classes together */
	uint64_t present;	/* what the zones say there is */
	struct memory_class_sum classes[MEMORY_CLASSES];
	struct memory_items items; /* by class, most pages first */
	uint64_t twice;		/* pages that two owners have; see memory_claims.h */
	bool areas_cut;		/* not all areas of vmalloc were read */
	uint64_t unread;	/* areas of which not all pages are known */
	char unread_name[MEMORY_NAME_LEN];
};

/* All borrowed. */
struct memory_owners_input {
	struct kernel_reader kr;
	const struct page_format *fmt;
	const struct listing *listing;
	const struct iomem *iomem;	/* NULL: everything may be memory */
	const struct slab_caches *slabs; /* NULL: slabs have no names */
	const struct page_owner *owner;	/* NULL: not recorded */
	const struct memory_names *names;
};

/*
 * Count all memory. The caller ends @ret with memory_owners_deinit(), also after a failure. Fails
 * for want of memory, or when the dump cannot be read (not for gaps, which are a class).
 */
_must_check_ enum pgc_status memory_owners_count(const struct memory_owners_input *in,
						 struct memory_owners *ret, struct pgc_err *err);
void memory_owners_deinit(struct memory_owners *mo);

/* The items of @class in @mo->items: *@n of them. */
const struct memory_item *memory_owners_items(const struct memory_owners *mo,
					      enum memory_class class, size_t *n);

#endif
