/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_fact - what the judge knows of one page, as bits
 */
#ifndef PGCONS_PAGE_FACT_H
#define PGCONS_PAGE_FACT_H

/* What every witness says of one page. */
enum page_fact {
	PF_BITS = 1 << 0,	/* both bits are known; else the next two are 0 */
	PF_PRIMARY = 1 << 1,
	PF_SECONDARY = 1 << 2,
	PF_ON_BUDDY = 1 << 3,	/* in a block on a buddy list */
	PF_ON_PCP = 1 << 4,	/* in an entry of a per-CPU list; with PF_ON_BUDDY: other list */
	PF_LIST_HEAD = 1 << 5,	/* the page that the list links */
	PF_MEMMAP = 1 << 6,	/* its struct page is known; else the ones below are 0 */
	PF_HOLE = 1 << 7,	/* there is no memory: no struct page, or not System RAM */
	PF_REFS = 1 << 8,	/* refcount is not 0 */
	PF_BUDDY = 1 << 9,	/* the buddy page type */
	PF_TYPED = 1 << 10,	/* mapped, or another page type */
	PF_FLAGS = 1 << 11,	/* flags that a free page may not have */
	PF_RESERVED = 1 << 12,	/* never given to the buddy allocator, as far as it says */
	PF_IN_USE = 1 << 13,	/* solid evidence of use: on an LRU list, slab, page table */
	PF_EXEMPT = 1 << 14,	/* of the kinds that may be in use with bit 0, see D7 */
	PF_STRAY = 1 << 15,	/* not of the zone of the block it lies in */
	/* Rare ones: */
	PF_TYPE_UNKNOWN = 1 << 16,
	PF_TAIL_ASTRAY = 1 << 17,	/* a tail that has an invalid head pointer */
	PF_BAD_REFS = 1 << 18,		/* refcount negative, or below the mappings */
	PF_MAPPING = 1 << 19,		/* a mapping or a memory cgroup */
	PF_UNMERGED = 1 << 20,		/* its buddy heads a listed block of the same order */
	PF_OWNER = 1 << 21,		/* page_owner says otherwise than the bits */
	PF_LIMBO = 1 << 22,		/* free by its bits, unused, and on no list */
	/* What no sound page says: see page_sense.h. */
	PF_BLANK = 1 << 23,		/* zeros or ones, where a struct page must be */
	PF_GARBAGE = 1 << 24,		/* overwritten: more than one field is none */
	PF_MISPLACED = 1 << 25,		/* its zone or node does not span its pfn */
	PF_ILLEGAL = 1 << 26,		/* fields that exclude each other */
	PF_STRANGE = 1 << 27,		/* the same, but a driver might do so */
	PF_BAD_TYPE = 1 << 28,		/* a mapcount or type that cannot be */
	PF_NEGATIVE = 1 << 29,		/* refcount below zero */
	PF_HEAD_TYPE = 1 << 30,		/* heads a buddy block, but its type has more bits */
};
/* Those that a page's own record gives */
#define PAGE_FACTS_OWN \
	(PF_REFS | PF_BUDDY | PF_TYPED | PF_FLAGS | PF_RESERVED | PF_IN_USE | PF_EXEMPT)
#define PAGE_FACTS (1u << 16)		/* combinations of those that are not rare */

#endif
