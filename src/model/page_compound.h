/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_compound - does the head of a compound page fit its tails?
 *
 * Knows where the head says its order, and what its tails say of their head. It names no
 * finding, and judges no single page.
 */
#ifndef PGCONS_PAGE_COMPOUND_H
#define PGCONS_PAGE_COMPOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernel.h"
#include "struct_page.h"

/* Struct pages that are at hand: @n of them, that of @pfn first. */
struct pages_at_hand {
	uint64_t pfn;
	const uint8_t *raw;
	uint64_t n;
};

enum compound_shape {
	COMPOUND_SOUND,
	COMPOUND_NO_TAIL,	/* a head with nothing behind it */
	COMPOUND_ORDER,		/* it has tails, but fewer or more than its order says */
};

/*
 * The shape of the compound page with the head @pfn, whose struct page is at @raw, with one more
 * behind it if that is @near. What is not @near is read; tails that are not in the dump are sound.
 */
enum compound_shape page_compound_shape(struct kernel_reader kr,
					const struct page_format *fmt,
					const struct pages_at_hand *near, uint64_t pfn,
					const uint8_t *raw);

/*
 * What the tails of that page keep for their head, where it is one word for all of them: a mask
 * of addresses. @raw: the head's struct page and the next. 0: it is not known, or no mask.
 */
uint64_t page_compound_word(struct kernel_reader kr, const struct page_format *fmt,
			    const struct pages_at_hand *near, uint64_t pfn, const uint8_t *raw);

#endif
