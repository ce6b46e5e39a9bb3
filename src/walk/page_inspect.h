/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_inspect - all that every witness says of one page
 *
 * Reads and decodes; it judges nothing and prints nothing. What the dump has not, or the
 * kernel has not, is left unset.
 */
#ifndef PGCONS_PAGE_INSPECT_H
#define PGCONS_PAGE_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/dual_bitmap.h"
#include "model/kernel.h"
#include "model/list_search.h"
#include "struct_page.h"
#include "walk/owner_story.h"

/* A page as the user named it. */
struct page_name {
	enum { PAGE_BY_PFN, PAGE_BY_PHYS, PAGE_BY_STRUCT } by;
	uint64_t value;		/* pfn, physical address, or address of the struct page */
};

/* The pfn of a page; false: no such page (the message says why). */
_must_check_ enum pgc_status page_name_resolve(const struct page_name *name,
					       const struct kernel *k, uint64_t *pfn,
					       struct pgc_err *err);

struct word_view {
	uint64_t kaddr, paddr, value;
	bool has_paddr, has_value;
	enum pgc_status why;	/* PGC_OK: it was read */
	bool as_zeros;		/* it was left out, and by the other map was zeros */
};

struct page_inspection {
	uint64_t pfn, paddr;
	uint64_t kaddr;			/* of its struct page */
	const struct section *section;	/* NULL: no memmap */
	int migratetype;		/* of its pageblock; -1: not known */
	bool is_ram;			/* by the resource tree */
	/* struct page */
	enum pgc_status why;		/* PGC_OK: it was read */
	struct page page;
	enum page_kind kind;
	char flag_names[200];
	const struct zone *zone;	/* by its flags; NULL: none such */
	bool tail, head;
	uint64_t head_pfn;		/* with @tail */
	int compound_order;		/* -1: not known */
	char slab[64];			/* name of the cache; "": it is no slab */
	/* the checker's bits */
	enum checker_state checker;
	bool has_words;
	struct word_view words[BITMAPS];
	unsigned int bit;
	/* lists */
	bool listed;
	struct list_place place;
	/* page_owner */
	enum owner_state owner_state;
	uint64_t page_ext;		/* kaddr of its record in page_ext; 0: none */
	bool has_owner;
	struct owner_record owner;
	char alloc_stack[OWNER_STACK_SIZE], free_stack[OWNER_STACK_SIZE];
	/* what is in it */
	enum pgc_status content_why;
	char content[80];		/* a hint, never contents */
};

/* Fails for want of memory, or when the page types of this kernel cannot be determined. */
_must_check_ enum pgc_status page_inspect(struct kernel_reader kr,
					  struct owner_story *owners, uint64_t pfn,
					  struct page_inspection *ret,
					  struct pgc_err *err);

#endif
