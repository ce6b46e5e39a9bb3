/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page_homes.h"

#include <stdlib.h>

#include "checked.h"
#include "iomem.h"
#include "kernel.h"
#include "vmcore.h"

#define SAMPLES 64	/* struct pages tried, of each zone... */
#define ALL_SAMPLES 2048 /* ... and of all of them */

struct page_homes {
	size_t n;
	struct page_home *at;	/* by pfn, without gaps from 0 to UINT64_MAX */
};

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

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
	qsort(edges, n, sizeof(*edges), by_value);
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
static void try_page(const struct kernel *k, const struct page_homes *ph,
		     const struct iomem *iomem, uint64_t pfn, size_t *seen, size_t *odd)
{
	uint64_t mask = (uint64_t)k->zone_mask << k->zone_shift |
			(uint64_t)k->node_mask << k->node_shift;
	const struct section *s = kernel_section(k, pfn);
	uint64_t flags, end;

	if (!s || !s->online || !iomem_is_ram(iomem, pfn, &end) ||
	    vmcore_read_u64(k->vc, kernel_pfn_to_page(k, pfn) +
				    layout_get(k->lay, L_page_flags),
			    "page.flags", &flags, NULL) != PGC_OK || !flags)
		return;
	++*seen;
	*odd += !page_home_fits(page_homes_find(ph, pfn), flags & mask);
}

/*
 * Where NODES_SHIFT or the number of zones is not what it is taken for, pages disagree with their
 * zones by the thousand: then it is the reading of the flags that is wrong.
 */
static bool flags_understood(const struct kernel *k, const struct page_homes *ph,
			     const struct iomem *iomem)
{
	size_t each = k->n_zones * SAMPLES > ALL_SAMPLES ? ALL_SAMPLES / k->n_zones : SAMPLES;
	size_t seen = 0, odd = 0;

	for (size_t z = 0; z < k->n_zones; z++) {
		uint64_t step = k->zones[z].spanned / (each + 1);

		for (uint64_t i = 1; i <= each && step; i++)
			try_page(k, ph, iomem, k->zones[z].start_pfn + i * step, &seen, &odd);
	}
	return odd * 4 <= seen;
}

enum pgc_status page_homes_create(struct kernel *k, const struct iomem *iomem,
				  struct page_homes **ret, struct pgc_err *err)
{
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
	if (st == PGC_OK && !flags_understood(k, ph, iomem)) {
		kernel_limit(k, "many pages are of other zones than those that span them: zone and node of pages were not compared");
		page_homes_destroy(ph);
		return PGC_OK;
	}
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

const struct page_home *page_homes_find(const struct page_homes *ph, uint64_t pfn)
{
	size_t lo = 0, hi = ph->n;

	/* The last range that begins at or before it */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (ph->at[mid].start <= pfn)
			lo = mid;
		else
			hi = mid;
	}
	return &ph->at[lo];
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
