/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab_words - what a slab says of itself, held against the cache that it names
 *
 * The first struct page of a slab has its cache, how many objects there are and are in use, where
 * the first free one is, and, on its node's partial list, links. It names no finding.
 */
#ifndef PGCONS_SLAB_WORDS_H
#define PGCONS_SLAB_WORDS_H

#include <stdint.h>

#include "model/slab_caches.h"
#include "struct_page.h"
#include "walk/page_words.h"

/*
 * The oddities, as ODD() bits of page_sense.h, of the slab that begins with @pfn, whose struct page
 * is at @raw; at most one. Its word is *@ret.
 */
uint32_t slab_words(const struct slab_caches *c, struct kernel_reader kr,
		    const struct page_format *fmt, uint64_t pfn, const uint8_t *raw,
		    struct odd_word *ret);

#endif
