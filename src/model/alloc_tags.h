/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alloc_tags - which line of the kernel's source allocated each page
 *
 * Allocation profiling (CONFIG_MEM_ALLOC_PROFILING, from 6.10 on) keeps a pointer for the first page of
 * each allocation, in page_ext, to the tag of the call: file, line, function, and how much it has now.
 * It is set after a page was taken off the free lists, and cleared before it is put on one.
 *
 * Not read is the form that 7.2 can keep in page.flags (compressed).
 *
 * Facts: mm/page_alloc.c:__pgalloc_tag_add(), __pgalloc_tag_sub(), include/linux/alloc_tag.h, codetag.h,
 * pgalloc_tag.h, lib/alloc_tag.c of 6.12 and 7.2.
 */
#ifndef PGCONS_ALLOC_TAGS_H
#define PGCONS_ALLOC_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

enum alloc_tags_state {
	ALLOC_TAGS_ABSENT,   /* this kernel was built without */
	ALLOC_TAGS_OFF,      /* it is switched off */
	ALLOC_TAGS_UNUSABLE, /* on, but kept where they are not read, or what the dump has cannot be */
	ALLOC_TAGS_ON,
};

struct alloc_tags;

/* "mm/filemap.c:1012 filemap_alloc_folio [module]" */
#define ALLOC_SITE_LEN 240

struct alloc_tag {
	char site[ALLOC_SITE_LEN]; /* as the dump has it: clean it before it is shown */
	bool counted;		/* the next two are known, and are said to be accurate */
	int64_t bytes, calls;	/* that are allocated now, as the kernel counts; objects of slabs, too */
};

/*
 * The caller owns *@ret, which is NULL unless *@state is ALLOC_TAGS_ON; what @kr is of must outlive it.
 * Fails only for want of memory.
 */
_must_check_ enum pgc_status alloc_tags_create(struct kernel_reader kr, struct alloc_tags **ret,
					       enum alloc_tags_state *state, struct pgc_err *err);
void alloc_tags_destroy(struct alloc_tags *at); /* NULL is fine */

/* @tag: the kernel address of the tag, as it stands at @kaddr */
typedef void alloc_tags_fn(void *arg, uint64_t pfn, uint64_t kaddr, uint64_t tag);

/* Call @fn for each page that has a tag, in order of pfns. Fails as reading a dump fails. */
_must_check_ enum pgc_status alloc_tags_each(const struct alloc_tags *at, alloc_tags_fn *fn,
					     void *arg, struct pgc_err *err);

/* The address of the tag of @pfn; 0: it has none, or that is not known. */
uint64_t alloc_tags_of(const struct alloc_tags *at, uint64_t pfn);

/* What stands in the tag at @tag. False: there is none. */
_must_check_ bool alloc_tags_read(const struct alloc_tags *at, uint64_t tag, struct alloc_tag *ret);

#endif
