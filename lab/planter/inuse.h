/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the faults in struct pages of pages in use have in common.
 */
#ifndef PGCONS_INUSE_H
#define PGCONS_INUSE_H

#include "plant.h"

/* What an overwritten struct page may be told by, the plainest first. */
#define OVERWRITTEN \
	"page-blank page-misplaced page-state page-type-unknown compound-broken refcount-impossible"

/* What the list of a slab cache or of huge pages says of a page on it. */
#define ON_OWNERS_LIST \
	"slab-linkage slab-listed hugetlb-linkage hugetlb-listed"

/* ... and what may come with it. */
#define OVERWRITTEN_ALSO \
	OVERWRITTEN " free-in-use limbo-excess owner-disagrees buddy-not-listed " ON_OWNERS_LIST

#define FEW	12		/* struct pages that are overwritten */

enum filling { ZEROS, ONES, FIVES, FIELD, NOISE };
enum field_kind { ZONE_BIT, NODE_BIT, UNUSED_BIT };

bool page_lru(struct page *page, unsigned long pfn);
bool few_lru(struct page *page, unsigned long pfn);
bool page_run(struct page *page, unsigned long pfn, unsigned int pages,
	      page_test test);
struct page *pick_victim(struct plant *p, page_test test);
struct page *pick_huge_folio(struct plant *p);
struct page *pick_free_page(struct plant *p);
void fill_pages(struct plant *p, struct page *page, unsigned int pages,
		enum filling with);
int field_bit(struct plant *p, enum field_kind kind);
void flip_flag(struct plant *p, struct page *page, unsigned int bit);

/* faults_links.c: one with pages before and behind it on its list */
bool lru_between(struct page *page, unsigned long pfn);

/* faults_kinds.c: what is no LRU page */
bool page_slab_head(struct page *page, unsigned long pfn);
bool page_table(struct page *page, unsigned long pfn);
bool page_reserved(struct page *page, unsigned long pfn);
bool page_late_tail(struct page *page, unsigned long pfn);
bool page_unlisted(struct page *page, unsigned long pfn);

/* Since 6.17 some of the kernel's own tests are of folios only. */
static inline bool has_flag(struct page *page, unsigned int bit)
{
	return *flags_word(page) & BIT(bit);
}

/* A write that is the fault itself. */
static inline void change_u64(struct plant *p, void *addr, u64 new)
{
	truth_change(p, addr, *(u64 *)addr, new);
	plant_u64(p, addr, new);
}

static inline void change_u32(struct plant *p, void *addr, u32 new)
{
	truth_change(p, addr, *(u32 *)addr, new);
	plant_u32(p, addr, new);
}

#endif /* PGCONS_INUSE_H */
