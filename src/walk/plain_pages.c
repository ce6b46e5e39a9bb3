/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/plain_pages.h"

#include "base/target_int.h"
#include "walk/page_sense.h"

#define NO_TYPE UINT32_MAX

/*
 * What is wrong with a page inside a free block: 0 when nothing is. It belongs to the block's
 * zone, has no flag that a free page may not have, no reference, no mapping and no type, and is
 * no compound page's tail.
 */
static inline uint64_t odd_in_block(const struct page_format *fmt, const uint8_t *raw,
				    uint64_t zone, uint64_t mask, uint64_t self)
{
	uint64_t odd = (target_u64(raw + fmt->flags) ^ zone) & mask;

	odd |= page_cpupid_odd(fmt, target_u64(raw + fmt->flags));
	odd |= target_u64(raw + fmt->compound) & 1;
	odd |= target_u64(raw + fmt->private);
	odd |= !page_links_plain(target_u64(raw + fmt->lru_next), target_u64(raw + fmt->lru_prev),
				 self);
	odd |= target_u64(raw + fmt->mapping) | target_u64(raw + fmt->memcg_or_mapping);
	odd |= target_u32(raw + fmt->refcount);
	return odd | (target_u32(raw + fmt->mapcount) ^ NO_TYPE);
}

size_t plain_pages_listed(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw, size_t n)
{
	uint64_t self = kernel_pfn_to_page(pf->kr.k, pfn) + pf->fmt.lru_next;
	const struct page_format *fmt = &pf->fmt;
	uint64_t zone = pf->block_zone, mask = fmt->on_free_page | pf->zone_bits;
	size_t size = fmt->size, i = 0;

	if (zone == PAGE_FACTS_NO_ZONE)
		return 0;
	/* Four at a time: in a sound block none of them stops the loop. */
	for (; i + 4 <= n; i += 4, raw += 4 * size, self += 4 * size)
		if (odd_in_block(fmt, raw, zone, mask, self) |
		    odd_in_block(fmt, raw + size, zone, mask, self + size) |
		    odd_in_block(fmt, raw + 2 * size, zone, mask, self + 2 * size) |
		    odd_in_block(fmt, raw + 3 * size, zone, mask, self + 3 * size))
			break;
	while (i < n && !odd_in_block(fmt, raw, zone, mask, self)) {
		raw += size;
		self += size;
		i++;
	}
	return i;
}

/* What page_words() asks of a tail, for nearly all of them. */
static bool is_plain_tail_words(const struct page_facts *pf, uint64_t page, const uint8_t *raw,
				uint64_t flags)
{
	const struct page_format *fmt = &pf->fmt;
	uint64_t prev = target_u64(raw + fmt->lru_prev);

	return target_u64(raw + fmt->mapping) == PAGE_TAIL_MAPPING &&
	       !(flags & (fmt->never_on_tail | fmt->unused)) &&
	       (prev == page + fmt->lru_next || prev == PAGE_LIST_POISON2) &&
	       !target_u64(raw + fmt->private) && (!fmt->memcg || !target_u64(raw + fmt->memcg));
}

/* A tail of the compound page under way, with no reference of its own. */
static bool is_plain_tail(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			  uint64_t compound, uint64_t flags)
{
	const struct page_format *fmt = &pf->fmt;
	uint32_t mapcount = target_u32(raw + fmt->mapcount);
	uint64_t page = kernel_pfn_to_page(pf->kr.k, pfn);

	if (pfn >= pf->compound_end || target_u32(raw + fmt->refcount) || flags == UINT64_MAX ||
	    (mapcount != NO_TYPE && (int32_t)mapcount < 0))
		return false;
	if ((fmt->compound_mask ? page & compound : compound - 1) != pf->compound_kaddr ||
	    (pf->compound_word && compound != pf->compound_word))
		return false;
	return is_plain_tail_words(pf, page, raw, flags);
}

static inline bool is_link(const struct page_format *fmt, uint64_t link)
{
	return link && page_pointer_ok(fmt, link) && !(link & 7);
}

/* A reserved page as it was made at boot. */
static bool is_untouched(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			 uint64_t flags)
{
	const struct page_format *fmt = &pf->fmt;
	uint64_t self = kernel_pfn_to_page(pf->kr.k, pfn) + fmt->lru_next;
	uint64_t words = target_u64(raw + fmt->mapping) | target_u64(raw + fmt->private) |
			 target_u64(raw + fmt->memcg_or_mapping) | (flags & fmt->never_on_reserved);

	words |= fmt->index ? target_u64(raw + fmt->index) : 0;
	/* A driver's has the links of a page that was given out. */
	return !words &&
	       page_links_plain(target_u64(raw + fmt->lru_next), target_u64(raw + fmt->lru_prev),
				self);
}

/* An index like those around it, or that is known to be one of its owner's. */
static inline bool plain_index(const struct page_facts *pf, const uint8_t *raw, bool far)
{
	const struct page_format *fmt = &pf->fmt;
	uint64_t mapping = target_u64(raw + fmt->mapping);
	uint64_t index = fmt->index ? target_u64(raw + fmt->index) : 0;

	if (index >> page_index_bits(fmt, mapping))
		return !mapping;
	if (!far && (mapping & 1 || !(index >> PAGE_HIGH_INDEX)))
		return true;
	return page_spans_inside(&pf->spans, mapping, index);
}

/*
 * The state of a page in use of which nothing more need be known; PAGE_STATES: look closer. @far:
 * its index is not near those of other pages of its owner.
 */
static enum page_state plain_state(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
				   uint64_t flags, bool says_free, bool far)
{
	const struct page_format *fmt = &pf->fmt;
	uint32_t mapcount = target_u32(raw + fmt->mapcount);
	int32_t refcount = (int32_t)target_u32(raw + fmt->refcount);
	uint64_t telling = flags & pf->telling_flags;

	if (refcount <= 0 || refcount > PAGE_MANY_REFS ||
	    !page_mapping_ok(fmt, flags, target_u64(raw + fmt->mapping)) ||
	    !page_object_ok(fmt, target_u64(raw + fmt->memcg_or_mapping)))
		return PAGE_STATES;
	if (fmt->reserved && telling == fmt->reserved)
		return mapcount == NO_TYPE && refcount < PAGE_MANY_KERNEL_REFS &&
				       is_untouched(pf, pfn, raw, flags) ?
			       PS_RESERVED : PAGE_STATES;
	if (says_free)
		return PAGE_STATES;
	if (telling == fmt->lru)
		return (mapcount == NO_TYPE || mapcount < (uint32_t)refcount) &&
				       is_link(fmt, target_u64(raw + fmt->lru_next)) &&
				       is_link(fmt, target_u64(raw + fmt->lru_prev)) &&
				       (!target_u64(raw + fmt->private) ||
					(flags & fmt->uses_private &&
					 page_object_ok(fmt, target_u64(raw + fmt->private)))) &&
				       plain_index(pf, raw, far) ?
			       PS_LRU : PAGE_STATES;
	return !telling && mapcount == NO_TYPE && !target_u64(raw + fmt->private) &&
			       !(fmt->index && target_u64(raw + fmt->index) >> fmt->anon_bits) &&
			       page_links_plain(target_u64(raw + fmt->lru_next),
						target_u64(raw + fmt->lru_prev),
						kernel_pfn_to_page(pf->kr.k, pfn) + fmt->lru_next) ?
		       PS_IN_USE : PAGE_STATES;
}

size_t plain_pages_unlisted(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			    size_t n, uint64_t free, uint64_t states[PAGE_STATES])
{
	const struct page_format *fmt = &pf->fmt;
	size_t i;

	for (i = 0; i < n; i++, raw += fmt->size) {
		uint64_t flags = target_u64(raw + fmt->flags);
		uint64_t compound = target_u64(raw + fmt->compound);
		bool says_free = free >> i & 1;
		enum page_state state;

		if ((flags ^ pf->plain_zone) & pf->plain_mask || page_cpupid_odd(fmt, flags) ||
		    kernel_flags_zone(pf->kr.k, flags) == pf->device_zone)
			break;
		if (pf->lone >> (pfn + i - pf->near.pfn) % 64 & 1)
			break;
		if (!(compound & 1) && pfn + i < pf->compound_end && pf->compound_whole)
			break;
		if (!(compound & 1))
			state = plain_state(pf, pfn + i, raw, flags, says_free,
					    pf->far >> (pfn + i - pf->near.pfn) % 64 & 1);
		else
			state = !says_free && is_plain_tail(pf, pfn + i, raw, compound, flags) ?
					PS_TAIL : PAGE_STATES;
		if (state == PAGE_STATES)
			break;
		states[state]++;
	}
	return i;
}
