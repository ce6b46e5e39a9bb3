// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in what the contiguous memory allocator keeps of its areas.
 */
#include <linux/mm.h>

#include "plant.h"

#if defined(CONFIG_CMA) && __has_include(<../mm/cma.h>)
#include <linux/cma.h>
#include <../mm/cma.h>

#ifdef CMA_MAX_RANGES		/* since 6.15 */
#define range_of(area)	(&(area)->ranges[0])
#else
#define range_of(area)	(area)
#endif

static struct cma *pick_area(struct plant *p)
{
	struct cma *all = (void *)plant_lookup("cma_areas");
	unsigned int *n = (void *)plant_lookup("cma_area_count"), i, seen = 0;
	struct cma *ret = NULL;

	if (!all || !n)
		return NULL;
	for (i = 0; i < *n && i < 64; i++)
		if (all[i].count && !all[i].order_per_bit && rnd_below(p, ++seen) == 0)
			ret = &all[i];
	if (ret)
		truth_detail(p, "base", "%lu", range_of(ret)->base_pfn);
	return ret;
}

enum what { TAKEN_BIT, AVAILABLE, COUNT };

/* The first page of a free block in the area. */
static unsigned long free_page_of(struct plant *p, struct cma *area)
{
	unsigned long pfn, ret = 0;
	unsigned int seen = 0;

	for (pfn = range_of(area)->base_pfn;
	     pfn < range_of(area)->base_pfn + range_of(area)->count; pfn++)
		if (PageBuddy(pfn_to_page(pfn)) && rnd_below(p, ++seen) == 0)
			ret = pfn;
	return ret;
}

static int taken_bit(struct plant *p, struct cma *area)
{
	unsigned long pfn = free_page_of(p, area), nr = pfn - range_of(area)->base_pfn;
	unsigned long *word = range_of(area)->bitmap + nr / 64;

	if (!pfn)
		return -ENOENT;
	truth_pfn(p, pfn);
	plant_u64(p, word, *word | BIT(nr % 64));
#ifdef CMA_MAX_RANGES
	truth_expect_any(p, "cma-counter");
#else
	truth_expect(p, "cma-bitmap", pfn);
#endif
	truth_also(p, "cma-bitmap cma-counter");
	return 0;
}

static int cma_word(struct plant *p, long what)
{
	struct cma *area = pick_area(p);
	unsigned long *word __maybe_unused;

	if (!area)
		return -ENOENT;
	if (what == TAKEN_BIT)
		return taken_bit(p, area);
#ifdef CMA_MAX_RANGES
	word = what == AVAILABLE ? &area->available_count : &area->count;
	plant_u64(p, word, *word ^ BIT(rnd_below(p, 64)));
#else
	return -EOPNOTSUPP;
#endif
	truth_expect_any(p, "cma-counter");
	truth_also(p, "cma-counter");
	return 0;
}

/* The pages that a zone counts as of such areas. */
static int zone_pages(struct plant *p, long arg)
{
	struct cma *area = pick_area(p);
	struct zone *zone;

	if (!area)
		return -ENOENT;
	zone = page_zone(pfn_to_page(range_of(area)->base_pfn));
	plant_u64(p, &zone->cma_pages, zone->cma_pages ^ BIT(rnd_below(p, 20)));
	truth_expect_any(p, "cma-counter");
	truth_also(p, "cma-counter zone-record");
	return 0;
}

const struct fault cma_faults[] = {
	{ "cma-taken-bit",	cma_word, TAKEN_BIT },
	{ "cma-available",	cma_word, AVAILABLE },
	{ "cma-count",		cma_word, COUNT },
	{ "cma-zone-pages",	zone_pages },
	{ }
};

#else

const struct fault cma_faults[] = { { } };

#endif
