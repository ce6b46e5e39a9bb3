/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_homes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/compare.h"
#include "model/iomem.h"
#include "model/kernel.h"
#include "vmcore.h"

#define SAMPLES 64	/* struct pages tried, of each zone... */
#define ALL_SAMPLES 2048 /* ... and of all of them */
#define ENOUGH_SAMPLES 64 /* to learn from them which bits are none's */

/* Widths of fields that types do not tell, at most (include/linux/page-flags-layout.h) */
#define LRU_GEN_BITS 3	/* of MAX_NR_GENS + 1 */
#define LRU_REFS_BITS 2	/* of MAX_NR_TIERS, 4 */
#define PID_BITS 8	/* LAST__PID_SHIFT */
#define KASAN_TAG_BITS 8 /* only where pointers have tags */

/* What the struct pages that were tried say. */
struct samples {
	size_t seen, odd;
	size_t set[64];		/* how often each bit of flags was set */
};

struct page_homes {
	uint64_t unused, cpupid;
	size_t n;
	struct page_home *at;	/* by pfn, without gaps from 0 to UINT64_MAX */
};

static uint64_t zone_end(const struct zone *z)
{
	uint64_t end;

	return add_ok(z->start_pfn, z->spanned, &end) ? end : UINT64_MAX;
}

static void find_zones(const struct kernel *k, struct page_home *home)
{
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *z = &k->zones[i];

		if (home->start < z->start_pfn || home->start >= zone_end(z))
			continue;
		if (home->n < PAGE_HOME_ZONES)
			home->bits[home->n] = (uint64_t)z->idx << k->zone_shift |
					      (uint64_t)z->nid << k->node_shift;
		home->n++;
	}
}

/* A range from each pfn at which a zone begins or ends to the next. */
static enum pgc_status make_ranges(const struct kernel *k, struct page_homes *ph,
				   struct pgc_err *err)
{
	size_t n = 2 * k->n_zones + 1;
	_cleanup_free_ uint64_t *edges = calloc(n, sizeof(*edges));

	ph->at = calloc(n, sizeof(*ph->at));
	if (!edges || !ph->at)
		return pgc_err_nomem(err, "the zones' spans");
	for (size_t i = 0; i < k->n_zones; i++) {
		edges[2 * i] = k->zones[i].start_pfn;
		edges[2 * i + 1] = zone_end(&k->zones[i]);
	}
	edges[n - 1] = 0;
	qsort(edges, n, sizeof(*edges), compare_u64);
	for (size_t i = 0; i < n; i++) {
		uint64_t end = i + 1 < n ? edges[i + 1] : UINT64_MAX;

		if (edges[i] == end)
			continue;
		ph->at[ph->n] = (struct page_home){ .start = edges[i], .end = end };
		find_zones(k, &ph->at[ph->n++]);
	}
	return PGC_OK;
}

/* Does the page's zone fit? Pages that say nothing count neither way. */
static void try_page(struct kernel_reader kr, const struct page_homes *ph,
		     const struct iomem *iomem, uint64_t pfn, struct samples *sam)
{
	const struct kernel *k = kr.k;
	uint64_t mask = kernel_zone_bits(k);
	const struct section *s = kernel_section(k, pfn);
	uint64_t flags, end;

	if (!s || !s->online || !iomem_is_ram(iomem, pfn, &end) ||
	    vmcore_read_u64(kr.vc, kernel_pfn_to_page(k, pfn) +
				    layout_get(k->lay, L_page_flags),
			    "page.flags", &flags, NULL) != PGC_OK || !flags)
		return;
	sam->seen++;
	sam->odd += !page_home_fits(page_homes_find(ph, pfn), flags & mask);
	for (; flags; flags &= flags - 1)
		sam->set[__builtin_ctzll(flags)]++;
}

/*
 * Where NODES_SHIFT or the number of zones is not what it is taken for, pages disagree with their
 * zones by the thousand: then it is the reading of the flags that is wrong.
 */
static bool flags_understood(struct kernel_reader kr, const struct page_homes *ph,
			     const struct iomem *iomem, struct samples *sam)
{
	const struct kernel *k = kr.k;
	size_t each = k->n_zones * SAMPLES > ALL_SAMPLES ? ALL_SAMPLES / k->n_zones : SAMPLES;

	for (size_t z = 0; z < k->n_zones; z++) {
		uint64_t step = k->zones[z].spanned / (each + 1);

		for (uint64_t i = 1; i <= each && step; i++)
			try_page(kr, ph, iomem, k->zones[z].start_pfn + i * step, sam);
	}
	return sam->odd * 4 <= sam->seen;
}

/* Below the zone, the bits that most pages have: where they end. */
static unsigned int end_of_ones(const struct kernel *k, const struct samples *sam)
{
	unsigned int top = k->zone_shift;

	while (top && sam->set[top - 1] > sam->seen / 2)
		top--;
	return top;
}

/*
 * From the top: [SECTION][NODE][ZONE][LAST_CPUPID][KASAN][LRU_GEN][LRU_REFS], nothing, flags
 * (include/linux/page-flags-layout.h, 6.1, 6.12, 7.2). LAST_CPUPID is ones in pages that are free
 * or new (page_cpupid_reset_last()), which shows how wide it is; for the rest the most is
 * left that they may have. Since 6.14 compressed allocation tags may be where nothing was
 * (lib/alloc_tag.c), in all pages in use: two pages with such a bit, and none is held to be unused.
 */
static uint64_t find_unused(const struct kernel *k, const struct samples *sam)
{
	/* Both are of no width without CONFIG_LRU_GEN (kernel/bounds.c), which adds this member. */
	bool no_gens = layout_has(k->lay, L_lruvec_lists) && !layout_has(k->lay, L_lruvec_lrugen);
	uint64_t first, spare = no_gens ? 0 : LRU_GEN_BITS + LRU_REFS_BITS, unused, top;

	if (!layout_has(k->lay, L_NR_PAGEFLAGS) || layout_partial(k->lay) || !k->zone_shift ||
	    sam->seen < ENOUGH_SAMPLES)
		return 0;
	first = layout_get(k->lay, L_NR_PAGEFLAGS);
	if (k->page_tags)
		spare += KASAN_TAG_BITS;
	top = end_of_ones(k, sam);
	if (top < spare || first >= top - spare)
		return 0;
	top -= spare;
	unused = (1ULL << top) - (1ULL << first);
	for (uint64_t bit = first; bit < top; bit++)
		if (sam->set[bit] > 1)
			return 0;
	return unused;
}

/* A CPU on each node that has memory: then no node is of a slower tier (memory_tiers.c). */
static bool cpu_on_each_node(struct kernel_reader kr)
{
	const struct kernel *k = kr.k;
	uint64_t n, size, word;

	if (!layout_has(k->lay, L_N_CPU) || !layout_has(k->lay, L_node_states) ||
	    !layout_has(k->lay, L_node_states_len))
		return false;
	n = layout_get(k->lay, L_node_states_len);
	size = n ? layout_size(k->lay, L_node_states) / n : 0;
	if (size < sizeof(word) || layout_get(k->lay, L_N_CPU) >= n ||
	    vmcore_read_u64(kr.vc, kernel_addr(k, L_node_states) +
					   size * layout_get(k->lay, L_N_CPU),
			    "node_states[N_CPU]", &word, NULL) != PGC_OK)
		return false;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].nid < 0 || k->nodes[i].nid > 63 ||
		    !(word >> k->nodes[i].nid & 1))
			return false;
	return true;
}

/*
 * The ones below the zone: a CPU's number above eight bits of a PID (LAST__PID_SHIFT,
 * include/linux/page-flags-layout.h). With all bits of the number set but one it is one that this
 * machine has not. Memory tiering keeps a time there (folio_xchg_access_time()), but only in pages
 * of a slower node.
 */
static uint64_t find_cpupid(struct kernel_reader kr, const struct samples *sam)
{
	const struct kernel *k = kr.k;
	unsigned int top, width;

	if (k->page_tags || sam->seen < ENOUGH_SAMPLES || !layout_has(k->lay, L_NR_PAGEFLAGS) ||
	    !cpu_on_each_node(kr))
		return 0;
	top = end_of_ones(k, sam);
	width = k->zone_shift - top;
	if (width < PID_BITS + 2 || width > 32 || top < layout_get(k->lay, L_NR_PAGEFLAGS))
		return 0;
	for (size_t c = 0; c < k->n_cpus; c++)
		if (k->cpus[c].id + 1 >= 1u << (width - PID_BITS - 1))
			return 0;
	return (1ULL << k->zone_shift) - (1ULL << top);
}

enum pgc_status page_homes_create(struct kernel *k, struct vmcore *vc,
				  const struct iomem *iomem, struct page_homes **ret,
				  struct pgc_err *err)
{
	struct samples sam = { 0 };
	struct page_homes *ph;
	enum pgc_status st;

	*ret = NULL;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].deferred)
			return PGC_OK;
	ph = calloc(1, sizeof(*ph));
	if (!ph)
		return pgc_err_nomem(err, "the zones' spans");
	st = make_ranges(k, ph, err);
	if (st == PGC_OK && !flags_understood(kernel_reader_of(k, vc), ph, iomem, &sam)) {
		kernel_limit(k, "many pages belong to zones other than those that span them: the zone and node of pages were not compared");
		page_homes_destroy(ph);
		return PGC_OK;
	}
	ph->unused = find_unused(k, &sam);
	ph->cpupid = find_cpupid(kernel_reader_of(k, vc), &sam);
	if (st == PGC_OK)
		*ret = ph;
	else
		page_homes_destroy(ph);
	return st;
}

void page_homes_destroy(struct page_homes *ph)
{
	if (!ph)
		return;
	free(ph->at);
	free(ph);
}

uint64_t page_homes_unused(const struct page_homes *ph)
{
	return ph->unused;
}

uint64_t page_homes_cpupid(const struct page_homes *ph)
{
	return ph->cpupid;
}

const struct page_home *page_homes_find(const struct page_homes *ph, uint64_t pfn)
{
	size_t after = bisect(i, ph->n, ph->at[i].start <= pfn);

	/* The last range that begins at or before it */
	return &ph->at[after ? after - 1 : 0];
}

bool page_home_fits(const struct page_home *home, uint64_t bits)
{
	if (!home->n || home->n > PAGE_HOME_ZONES)
		return true;
	for (size_t i = 0; i < home->n; i++)
		if (home->bits[i] == bits)
			return true;
	return false;
}
