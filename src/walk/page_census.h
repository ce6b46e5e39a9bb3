/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_census - how often each owner stands in the struct pages of a chunk
 *
 * A file's pages, an anon_vma's and a memory cgroup's lie together, all with the same pointer. One
 * that stands in a single page, and is one bit away from one that stands in others, is worth a look
 * at what it leads to (page_owners). It depends on the chunk alone, as all that is found of it does.
 */
#ifndef PGCONS_PAGE_CENSUS_H
#define PGCONS_PAGE_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "struct_page.h"

struct page_census;

/* Indexes that have the same bits from this one up are near. */
#define PAGE_FAR_SHIFT 11

/* For chunks of at most @pages pages. The caller owns *@ret. */
_must_check_ enum pgc_status page_census_create(size_t pages, struct page_census **ret,
						struct pgc_err *err);
void page_census_destroy(struct page_census *c); /* NULL is fine */

/*
 * A census is begun, is shown the struct pages of the chunk, and is ended; then it may be asked.
 * page_census_add() takes @n of them from @raw on, the first of which is page @at of the chunk.
 */
void page_census_begin(struct page_census *c);
void page_census_add(struct page_census *c, const struct page_format *fmt, size_t at,
		     const uint8_t *raw, size_t n);
void page_census_end(struct page_census *c);

/* Which of a page's two owners. */
enum page_owner_kind { OWNER_MAPPING, OWNER_MEMCG };

/* Bit i: page @at + i of the chunk has an owner that no other page of it has. @at: 64 divides it. */
uint64_t page_census_lone(const struct page_census *c, size_t at);

/*
 * Bit i: page @at + i has an index that is in another 8 MiB than that of another page of its
 * mapping. A page of a file, or a mapping, that the census took.
 */
uint64_t page_census_far(const struct page_census *c, size_t at);

/*
 * The next pointer that is one bit away from @ptr and stands in the chunk's pages, from *@bit on,
 * which is 0 at first and moves on. False: there is no other.
 */
bool page_census_near(const struct page_census *c, enum page_owner_kind kind, uint64_t ptr,
		      unsigned int *bit, uint64_t *ret);

#endif
