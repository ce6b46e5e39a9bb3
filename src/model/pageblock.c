/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pageblock.h"

#include "vmcore.h"

#define MIGRATETYPE_BITS 3 /* PB_migratetype_bits, all versions */

/*
 * Bits that a pageblock has. Since Linux 6.17 ("mm/page_isolation: make page isolation a
 * standalone bit") isolation is one of its own, and the count is rounded up to a power of 2.
 */
unsigned int pageblock_bits(const struct layout *lay)
{
	unsigned int bits = 1;

	if (layout_has(lay, L_NR_PAGEBLOCK_BITS))
		return (unsigned int)layout_get(lay, L_NR_PAGEBLOCK_BITS);
	if (!layout_has(lay, L_NR_PAGEBLOCK_BITS_raw))
		return 0;
	while (bits < layout_get(lay, L_NR_PAGEBLOCK_BITS_raw) && bits < 64)
		bits *= 2;
	return bits;
}

/* mm/sparse.c:usemap_size(), in words */
static uint64_t flag_words(const struct kernel *k, unsigned int order)
{
	return ((k->pages_per_section >> order) * pageblock_bits(k->lay) + 63) / 64;
}

/*
 * The order by which one section's record is @stride bytes behind that of the section before: the
 * usual one, if it can be that, else the largest.
 */
static bool order_by_stride(const struct kernel *k, uint64_t stride, unsigned int *ret)
{
	uint64_t words, flags = layout_get(k->lay, L_mem_section_usage_pageblock_flags);

	if (stride <= flags || (stride - flags) % 8)
		return false;
	words = (stride - flags) / 8;
	*ret = k->pageblock_order;
	for (unsigned int o = k->orders - 1; words != flag_words(k, *ret); o--) {
		if (!o)
			return false;
		*ret = o;
	}
	return true;
}

void pageblock_find_order(struct kernel *k)
{
	unsigned int votes[64] = { 0 }, pairs = 0, order;

	if (!pageblock_bits(k->lay) || k->orders > ARRAY_SIZE(votes) ||
	    !layout_has(k->lay, L_mem_section_usage_pageblock_flags))
		return;
	for (size_t i = 1; i < k->n_sections; i++) {
		const struct section *a = &k->sections[i - 1], *b = a + 1;

		if (!a->usage || !b->usage || !a->early || !b->early)
			continue;
		pairs++;
		if (b->usage > a->usage && order_by_stride(k, b->usage - a->usage, &order))
			votes[order]++;
	}
	for (unsigned int o = 1; o < k->orders; o++)
		if (votes[o] > 1 && votes[o] > pairs / 2)
			k->pageblock_order = o;
}

int pageblock_migratetype(struct kernel_reader kr, uint64_t pfn)
{
	const struct kernel *k = kr.k;
	const struct section *s = kernel_section(k, pfn);
	unsigned int bits = pageblock_bits(k->lay);
	uint64_t at, word;

	if (!s || !s->usage || !bits || bits > 64 || 64 % bits ||
	    !layout_has(k->lay, L_mem_section_usage_pageblock_flags))
		return -1;
	at = ((pfn - s->start_pfn) >> k->pageblock_order) * bits;
	if (vmcore_read_u64(kr.vc,
			    s->usage + layout_get(k->lay, L_mem_section_usage_pageblock_flags) +
				    at / 64 * 8,
			    "pageblock_flags", &word, NULL) != PGC_OK)
		return -1;
	word >>= at % 64;
	if (layout_has(k->lay, L_PB_migrate_isolate) && layout_has(k->lay, L_MIGRATE_ISOLATE) &&
	    layout_get(k->lay, L_PB_migrate_isolate) < bits &&
	    word >> layout_get(k->lay, L_PB_migrate_isolate) & 1)
		return (int)layout_get(k->lay, L_MIGRATE_ISOLATE);
	return (int)(word & ((1u << MIGRATETYPE_BITS) - 1));
}
