/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/page_compound.h"

#include "base/target_int.h"
#include "vmcore.h"

#define MAX_STRUCT_PAGE 1024 /* kernel_create() takes no larger one */
#define MAX_FOLIO_ORDER 31 /* more than any: MAX_FOLIO_ORDER is 22 at most, with 4K pages */

/* The compound_head or compound_info word of @pfn. False: not in the dump. */
static bool tail_word(struct kernel_reader kr, const struct page_format *fmt,
		      const struct pages_at_hand *near, uint64_t pfn, uint64_t *ret)
{
	if (pfn >= near->pfn && pfn - near->pfn < near->n) {
		*ret = target_u64(near->raw + (pfn - near->pfn) * fmt->size + fmt->compound);
		return true;
	}
	return kernel_section(kr.k, pfn) &&
	       vmcore_read_u64(kr.vc, kernel_pfn_to_page(kr.k, pfn) + fmt->compound,
			       "page.compound_head", ret, NULL) == PGC_OK;
}

/* Is @pfn a tail of @head? @unknown is the answer where its struct page is not in the dump. */
static bool is_tail_of(struct kernel_reader kr, const struct page_format *fmt,
		       const struct pages_at_hand *near, uint64_t pfn, uint64_t head,
		       bool unknown)
{
	struct page p = { 0 };

	if (!tail_word(kr, fmt, near, pfn, &p.compound))
		return unknown;
	return page_is_tail(&p) &&
	       page_head_kaddr(fmt, &p, kernel_pfn_to_page(kr.k, pfn)) ==
		       kernel_pfn_to_page(kr.k, head);
}

/* The order that @mask is of; 0: it is no mask of whole compound pages. */
static unsigned int mask_order(const struct kernel *k, uint64_t mask)
{
	uint64_t low = ~(mask & ~1ULL);
	unsigned int bits;

	if (!(mask & 1) || low & (low + 1))
		return 0;
	bits = low == ~0ULL ? 64 : (unsigned int)__builtin_ctzll(~low);
	return bits > k->struct_page_shift && bits - k->struct_page_shift <= MAX_FOLIO_ORDER ?
		       bits - k->struct_page_shift : 0;
}

/*
 * include/linux/page-flags.h:set_compound_head() of 7.2: the mask has the order. When a folio is
 * split into smaller ones, the tails of the first of these keep the mask of what it was a part of
 * (mm/huge_memory.c:__split_folio_to_order() sets its order, and writes the tails of the others).
 */
uint64_t page_compound_word(struct kernel_reader kr, const struct page_format *fmt,
			    const struct pages_at_hand *near, uint64_t pfn, const uint8_t *raw)
{
	unsigned int order = page_compound_order(fmt, raw) & 31;
	uint64_t own, first, last;

	if (!fmt->compound_mask || !kr.k->struct_page_shift)
		return 0;
	own = ~0ULL << (order + kr.k->struct_page_shift) | 1;
	first = target_u64(raw + fmt->size + fmt->compound);
	if (first == own || mask_order(kr.k, first) <= order)
		return own;
	/* A bit of the first tail alone is wrong where the last one has another word. */
	if (order > 1 && tail_word(kr, fmt, near, pfn + (1ULL << order) - 1, &last) &&
	    last != first)
		return own;
	return first;
}

enum compound_shape page_compound_shape(struct kernel_reader kr,
					const struct page_format *fmt,
					const struct pages_at_hand *near, uint64_t pfn,
					const uint8_t *raw)
{
	const struct kernel *k = kr.k;
	uint8_t both[2 * MAX_STRUCT_PAGE];
	unsigned int order;
	struct page next;
	uint64_t pages;

	if (pfn + 1 < near->pfn || pfn + 1 - near->pfn >= near->n) {
		if (fmt->size > MAX_STRUCT_PAGE || !kernel_section(k, pfn + 1) ||
		    vmcore_read(kr.vc, kernel_pfn_to_page(k, pfn), both, 2 * fmt->size,
				"struct page", NULL) != PGC_OK)
			return COMPOUND_SOUND;
		raw = both;
	}
	order = page_compound_order(fmt, raw);
	pages = 1ULL << (order & 63);
	page_decode(fmt, raw + fmt->size, &next);
	if (!page_is_tail(&next) ||
	    page_head_kaddr(fmt, &next, kernel_pfn_to_page(k, pfn + 1)) !=
		    kernel_pfn_to_page(k, pfn))
		return COMPOUND_NO_TAIL;
	/* Compound pages are aligned to their size, like the blocks they are made of. */
	if (!order || order > MAX_FOLIO_ORDER || pfn & (pages - 1))
		return COMPOUND_ORDER;
	if (fmt->compound_mask && k->struct_page_shift) {
		unsigned int mask = mask_order(k, next.compound);

		if (mask <= order)
			return mask == order ? COMPOUND_SOUND : COMPOUND_ORDER;
		/* What was split off is no tail any more: see page_compound_word(). */
	}
	/* Where the last tail alone is none, it is that tail that is wrong. */
	if ((!is_tail_of(kr, fmt, near, pfn + pages - 1, pfn, true) &&
	     (pages == 2 || !is_tail_of(kr, fmt, near, pfn + pages - 2, pfn, true))) ||
	    is_tail_of(kr, fmt, near, pfn + pages, pfn, false))
		return COMPOUND_ORDER;
	return COMPOUND_SOUND;
}
