/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_owners - does a page's pointer lead to an owner?
 *
 * What page.mapping and page.memcg_data lead to points back, or to what all of its kind point to:
 * a cheap proof, by two or three reads, that there is such an object.
 */
#ifndef PGCONS_PAGE_OWNERS_H
#define PGCONS_PAGE_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernel.h"
#include "walk/page_census.h"

/* Whether it does. OWNER_UNKNOWN: members are not known, or not in the dump. */
enum owner_proof { OWNER_UNKNOWN, OWNER_THERE, OWNER_NOT_THERE };

/* page.mapping @ptr, with the low bits that say what it is; of anonymous pages that are mapped. */
enum owner_proof page_owners_mapping(struct kernel_reader kr, uint64_t ptr);

/* page.memcg_data @ptr of a page on an LRU list: a mem_cgroup, or since 7.0 an obj_cgroup. */
enum owner_proof page_owners_memcg(struct kernel_reader kr, uint64_t ptr);

/*
 * @ptr is one bit away from a pointer of the census that leads to an owner, and leads to none
 * itself: that one is *@ret.
 */
bool page_owners_bent(struct kernel_reader kr, const struct page_census *c,
		      enum page_owner_kind kind, uint64_t ptr, uint64_t *ret);

#endif
