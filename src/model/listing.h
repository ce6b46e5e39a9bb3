/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing - which pages the free lists hold, three bits a page
 *
 * Filled while the lists are walked, asked while the memmap is walked. Memory is taken per
 * section, and only where something is listed. It knows no list and no struct page.
 */
#ifndef PGCONS_LISTING_H
#define PGCONS_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel;
struct listing;

enum list_kind {
	LISTED_NOT,
	LISTED_BUDDY,
	LISTED_PCP,
	LISTED_OTHER,	/* trylock_free_pages, unaccepted_pages */
};

/* The caller owns *@ret; @k is borrowed. */
_must_check_ enum pgc_status listing_create(const struct kernel *k, struct listing **ret,
					    struct pgc_err *err);
void listing_destroy(struct listing *l); /* NULL is fine */

/* What listing_add() found in the way; the block is marked all the same. */
enum listing_clash {
	CLASH_NONE,
	CLASH_TWICE,	/* the same pfn heads a listed block already */
	CLASH_OVERLAP,	/* a page of the block lies in another listed block */
};

/*
 * Mark the block of @count pages at @pfn. Pages without a memmap are skipped. *@clash
 * says what was in the way and *@at is the first pfn that clashed.
 */
_must_check_ enum pgc_status listing_add(struct listing *l, uint64_t pfn, uint64_t count,
					 enum list_kind kind, enum listing_clash *clash,
					 uint64_t *at, struct pgc_err *err);

bool listing_is_head(const struct listing *l, uint64_t pfn);
/* Is the page in a listed block, of any kind of list? */
bool listing_has(const struct listing *l, uint64_t pfn);

/*
 * Of a block whose head says that it is of another zone than the rest of it, and its list: the
 * zone and node of the list, as in page.flags. All are noted, then listing_end() is called, then
 * they are asked for.
 */
_must_check_ enum pgc_status listing_note_zone(struct listing *l, uint64_t pfn, uint64_t zone,
					       struct pgc_err *err);
void listing_end(struct listing *l);
bool listing_noted_zone(const struct listing *l, uint64_t pfn, uint64_t *zone);

/*
 * 64 pages at once, from @pfn on (a multiple of 64, all in one section): a bit per page,
 * least significant first. Buddy is kind[0] & ~kind[1], pcp kind[1] & ~kind[0], other both.
 */
struct listing_word {
	uint64_t head, kind[2];
};
struct listing_word listing_word(const struct listing *l, uint64_t pfn);

#endif
