/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_facts - what one page's own record says, as the judge's bits
 *
 * Is fed the pages of a chunk in pfn order, and so sees a page together with what comes before
 * it: the listed block and the compound page it lies in. It names no finding.
 */
#ifndef PGCONS_PAGE_FACTS_H
#define PGCONS_PAGE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/page_fact.h"
#include "model/free_list.h"
#include "model/kernel.h"
#include "model/listing.h"
#include "model/page_compound.h"
#include "model/slab_caches.h"
#include "struct_page.h"
#include "walk/page_census.h"
#include "walk/page_homes.h"
#include "walk/page_spans.h"
#include "walk/page_words.h"

/* No listed block is under way, or its head was not seen. */
#define PAGE_FACTS_NO_ZONE UINT64_MAX

struct page_facts {
	struct kernel_reader kr;
	const struct listing *listing;	/* NULL: a head's word is taken for its block's zone */
	struct page_format fmt;
	unsigned int device_zone; /* index of ZONE_DEVICE; UINT_MAX: this kernel has none */
	uint64_t zone_bits;	/* where page.flags has zone and node */
	uint64_t telling_flags;	/* those by which plain pages are told apart */
	/* the listed block under way: its zone and node as in page.flags, and its order */
	uint64_t block_zone;
	uint64_t block_head_zone;	/* what its head says: block_zone is by the pfn, if that tells */
	int block_order;	/* -1: not known */
	/* the last listed block of each order: where it began, and its zone */
	uint64_t last_block[SUMMARY_ORDERS], last_zone[SUMMARY_ORDERS];
	/* the compound page under way: [head, end), and whether it is surely in use */
	uint64_t compound_head, compound_end, compound_kaddr;
	uint64_t compound_word;	/* what all of its tails have; 0: not known, or an address */
	bool compound_in_use, compound_whole; /* ... and whether all of its tails must be tails */
	/* a block with the buddy or guard type that is on no list: where it ends, what it is */
	uint64_t orphan_end;
	enum page_state orphan_state;
	/* what may be compared with a page's zone and node, and whether holes are known */
	const struct page_homes *homes;	/* NULL: nothing */
	bool poisoned;		/* the kernel counts poisoned pages, or its count is unknown */
	bool ram_known, live;
	const struct slab_caches *slabs; /* NULL: not known */
	const struct page_census *census; /* of the chunk; NULL: none is taken */
	uint64_t lone, far;	/* bits of the pages of page_facts_enter() that it calls so */
	struct page_spans spans; /* of the owners that were asked */
	struct pages_at_hand near;	/* the chunk's, as far as they were read */
	/* the range that was looked up last, and zone and node of its pages; see plain_pages.c */
	const struct page_home *home;
	uint64_t plain_zone, plain_mask;
	const struct page_home *plain_home;
	uint32_t odd;			/* of the page added last: ODD() bits */
	struct odd_word odd_word;	/* the word of the last of them, if page_words found it */
};

/* @listing is borrowed, or NULL. */
_must_check_ enum pgc_status page_facts_init(struct page_facts *pf,
					     struct kernel_reader kr,
					     const struct listing *listing,
					     struct pgc_err *err);

/*
 * Hold pages against @homes (borrowed; may be NULL). @ram_known: PF_HOLE tells where there is no
 * memory; @live: zeros prove nothing.
 */
void page_facts_set_homes(struct page_facts *pf, const struct page_homes *homes, bool ram_known,
			  bool live);

/*
 * Begin a chunk with @pfn, whose struct page is at @raw (NULL: it is not there), with one more
 * behind it: what went before is forgotten. If @pfn is a tail, its head is looked up.
 */
void page_facts_begin(struct page_facts *pf, uint64_t pfn, const uint8_t *raw);

/* @n struct pages of the chunk, all that it has, are at hand from @raw on, that of @pfn first. */
void page_facts_at_hand(struct page_facts *pf, uint64_t pfn, const uint8_t *raw, uint64_t n);

/* The owners of the chunk's pages, borrowed, for as long as they are at hand. */
void page_facts_set_census(struct page_facts *pf, const struct page_census *census);

/* What slabs are held against; borrowed. */
void page_facts_set_slabs(struct page_facts *pf, const struct slab_caches *slabs);

/* The next pages to be asked for are those of [@pfn, @pfn + @n): for plain_pages. */
void page_facts_enter(struct page_facts *pf, uint64_t pfn, uint64_t n);

/* Zone and node, as in page.flags, of the only zone that spans @pfn; false: there is no such. */
bool page_facts_home_bits(struct page_facts *pf, uint64_t pfn, uint64_t *bits);

/*
 * The struct page of @pfn is at @raw, with one more behind it (a head is looked at together
 * with its first tail). @facts has what the bits and the lists say; the result adds what
 * the page says. *@page is the page, decoded; *@state what it is.
 */
uint32_t page_facts_add(struct page_facts *pf, uint64_t pfn, const uint8_t *raw, uint32_t facts,
			struct page *page, enum page_state *state);

/*
 * Flags that a listed page of these facts may not have. The head of a free block may be marked as
 * reported to the host; the mark is taken off before the block leaves its list
 * (mm/page_alloc.c:del_page_from_free_list(), 7.2), so no page on a per-CPU list has it.
 */
static inline uint64_t page_facts_never_free(const struct page_format *fmt, uint32_t facts)
{
	const uint32_t head = PF_LIST_HEAD | PF_ON_BUDDY;

	return (facts & head) == head ? fmt->on_buddy_head : fmt->on_free_page;
}

#endif
