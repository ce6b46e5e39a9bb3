/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plain_pages - the fast way past pages with which nothing is wrong
 *
 * Nearly all pages of any machine are of a handful of kinds: inside a free block, on an LRU list,
 * a tail, reserved, in use. A few comparisons tell that a page is a sound one of these, and
 * that the judge would find nothing; whatever they leave goes the long way (page_facts). So a
 * mistake here can only be to let a page pass: the tests hold both ways side by side.
 */
#ifndef PGCONS_PLAIN_PAGES_H
#define PGCONS_PLAIN_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "walk/page_facts.h"

/*
 * How many of the @n pages from @pfn on, whose struct pages begin at @raw, are plain, inside the
 * listed block that @pf is in: counted from the first, up to the first that is not.
 */
size_t plain_pages_listed(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw, size_t n);

/*
 * The same for the @n pages from @pfn on, at most 64, none of which is on a list; bit i of @free
 * is set when the checker's bits say that page @pfn + i is free. Plain ones are counted in
 * @states.
 */
size_t plain_pages_unlisted(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			    size_t n, uint64_t free, uint64_t states[PAGE_STATES]);

#endif
