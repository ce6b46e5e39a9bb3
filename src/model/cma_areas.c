/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/cma_areas.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/listing.h"
#include "vmcore.h"

#define AREAS_MAX 64	/* CONFIG_CMA_AREAS is 7 to 20, MAX_CMA_AREAS one more */
#define RANGES_MAX 16	/* CMA_MAX_RANGES is 8 */
#define NAME_SIZE 48	/* CMA_MAX_NAME is 64; a longer one is cut */
#define LISTING_WORD 64	/* pages that listing_word() knows at once */

struct range {
	uint64_t pfn, n;	/* pages */
	uint64_t bitmap;	/* kaddr */
};

struct area {
	uint64_t kaddr;
	char name[NAME_SIZE];
	uint64_t order;		/* log2 of the pages of a bit */
	enum lock_state lock;
	struct range ranges[RANGES_MAX];
	size_t n_ranges;
};

struct cma_areas {
	int cma, isolate;	/* types of pageblocks; isolate -1: this kernel has none */
	struct area areas[AREAS_MAX];
	size_t n_areas;
};

struct check {
	struct kernel_reader kr;
	const struct cma_areas *areas;
	const struct listing *listing;
	cma_fact_fn *fn;
	void *arg;
};

/* The pfn past the last section. */
static uint64_t end_pfn(const struct kernel *k)
{
	return k->n_sections ? k->sections[k->n_sections - 1].start_pfn + k->pages_per_section : 0;
}

/* Can there be so many pages, there? Ranges begin and end with a pageblock. */
static bool is_possible(const struct kernel *k, const struct range *r)
{
	uint64_t end = end_pfn(k), block = 1ULL << k->pageblock_order;

	return r->n && r->pfn < end && r->n <= end - r->pfn && !(r->pfn % block) &&
	       !(r->n % block);
}

static bool add_range(struct kernel_reader kr, struct area *a, uint64_t base, enum layout_key pfn,
		      enum layout_key n, enum layout_key bitmap)
{
	struct range *r = &a->ranges[a->n_ranges];

	if (!kernel_member(kr, base, pfn, &r->pfn) || !kernel_member(kr, base, n, &r->n) ||
	    !kernel_member(kr, base, bitmap, &r->bitmap) || !is_possible(kr.k, r))
		return false;
	a->n_ranges++;
	return true;
}

static bool add_ranges(struct kernel_reader kr, struct area *a, uint64_t at)
{
	const struct layout *lay = kr.k->lay;
	uint64_t n, flags;

	if (!layout_has(lay, L_cma_ranges))
		return add_range(kr, a, at, L_cma_base_pfn, L_cma_count, L_cma_bitmap);
	/* What is not in use yet has no bitmap. */
	if (!kernel_member(kr, at, L_cma_flags, &flags) ||
	    !(flags >> layout_get(lay, L_CMA_ACTIVATED) & 1) ||
	    !kernel_member(kr, at, L_cma_nranges, &n) || n > RANGES_MAX)
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!add_range(kr, a, at + layout_get(lay, L_cma_ranges) + i * layout_get(lay, L_cma_memrange),
			       L_cma_memrange_base_pfn, L_cma_memrange_count,
			       L_cma_memrange_bitmap))
			return false;
	return true;
}

static void read_name(struct kernel_reader kr, struct area *a, uint64_t at)
{
	if (!layout_has(kr.k->lay, L_cma_name) ||
	    vmcore_read_str(kr.vc, at + layout_get(kr.k->lay, L_cma_name), a->name,
			    sizeof(a->name), "cma.name", NULL) != PGC_OK ||
	    !a->name[0])
		strcpy(a->name, "?");
}

static void tell_counter(const struct check *c, const struct area *a, const char *what,
			 uint64_t found, uint64_t expected)
{
	struct cma_fact fact = { .kind = CMA_COUNTER, .area = a ? a->name : NULL, .what = what,
				 .found = found, .expected = expected,
				 .lock = a ? a->lock : LOCK_FREE };

	c->fn(c->arg, &fact);
}

/* All @n areas. False: one of them cannot be read, or its words are impossible. */
static bool read_areas(struct kernel_reader kr, uint64_t n, struct cma_areas *ret)
{
	const struct layout *lay = kr.k->lay;
	uint64_t count, at = kernel_addr(kr.k, L_cma_areas);

	for (uint64_t i = 0; i < n; i++, at += layout_get(lay, L_cma)) {
		struct area *a = &ret->areas[ret->n_areas];

		/* One that came to nothing was left empty. */
		if (!kernel_member(kr, at, L_cma_count, &count))
			return false;
		if (!count)
			continue;
		a->kaddr = at;
		a->lock = kernel_lock_state(kr, at + layout_get(lay, L_cma_lock));
		if (!kernel_member(kr, at, L_cma_order_per_bit, &a->order) || a->order >= 32 ||
		    !add_ranges(kr, a, at))
			return false;
		read_name(kr, a, at);
		ret->n_areas++;
	}
	return true;
}

enum pgc_status cma_areas_create(struct kernel_reader kr, struct cma_areas **ret,
				 struct pgc_err *err)
{
	static const enum layout_key needed[] = {
		L_cma, L_cma_count, L_cma_order_per_bit, L_cma_lock, L_cma_areas, L_cma_area_count,
		L_MIGRATE_CMA,
	};
	static const enum layout_key one[] = { L_cma_base_pfn, L_cma_bitmap };
	static const enum layout_key several[] = {
		L_cma_ranges, L_cma_memrange, L_cma_memrange_base_pfn, L_cma_memrange_count,
		L_cma_memrange_bitmap, L_cma_nranges, L_cma_flags, L_CMA_ACTIVATED,
	};
	const struct layout *lay = kr.k->lay;
	struct cma_areas *areas;
	uint32_t n;

	*ret = NULL;
	if (layout_partial(lay) || !layout_has_all(lay, needed, ARRAY_SIZE(needed)) ||
	    (!layout_has_all(lay, one, ARRAY_SIZE(one)) &&
	     !layout_has_all(lay, several, ARRAY_SIZE(several))) ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_cma_area_count), "cma_area_count", &n,
			    NULL) != PGC_OK ||
	    n > AREAS_MAX)
		return PGC_OK;
	areas = calloc(1, sizeof(*areas));
	if (!areas)
		return pgc_err_nomem(err, "the areas of CMA");
	areas->cma = (int)layout_get(lay, L_MIGRATE_CMA);
	areas->isolate = layout_has(lay, L_MIGRATE_ISOLATE) ?
				 (int)layout_get(lay, L_MIGRATE_ISOLATE) : -1;
	if (read_areas(kr, n, areas))
		*ret = areas;
	else
		free(areas);
	return PGC_OK;
}

void cma_areas_destroy(struct cma_areas *areas)
{
	free(areas);
}

/* The 64 bits of the map of @r from bit @nr on, a multiple of 64; those past its end are zero. */
static bool read_bits(struct kernel_reader kr, const struct range *r, uint64_t nr, uint64_t *ret)
{
	return vmcore_read_u64(kr.vc, r->bitmap + nr / 64 * 8, "cma.bitmap", ret, NULL) == PGC_OK;
}

/* Pages that were handed out, by the bits of all ranges. */
static bool count_taken(const struct check *c, const struct area *a, uint64_t *ret)
{
	uint64_t word;

	*ret = 0;
	for (size_t i = 0; i < a->n_ranges; i++)
		for (uint64_t nr = 0; nr < a->ranges[i].n >> a->order; nr += 64) {
			if (!read_bits(c->kr, &a->ranges[i], nr, &word))
				return false;
			*ret += (uint64_t)__builtin_popcountll(word) << a->order;
		}
	return true;
}

static void check_counters(const struct check *c, const struct area *a)
{
	const struct layout *lay = c->kr.k->lay;
	uint64_t count, sum = 0, free, taken;

	for (size_t i = 0; i < a->n_ranges; i++)
		sum += a->ranges[i].n;
	if (!kernel_member(c->kr, a->kaddr, L_cma_count, &count))
		return;
	if (count != sum)
		tell_counter(c, a, "cma.count", count, sum);
	/* Where a bit is for several pages, not all of them need have been asked for. */
	if (a->order || !layout_has(lay, L_cma_available) ||
	    !kernel_member(c->kr, a->kaddr, L_cma_available, &free) || !count_taken(c, a, &taken) ||
	    taken > sum)
		return;
	if (free != sum - taken)
		tell_counter(c, a, "cma.available_count", free, sum - taken);
}

static void tell_free(const struct check *c, const struct area *a, uint64_t pfn, uint64_t n)
{
	struct cma_fact fact = { .kind = CMA_FREE_PAGES, .area = a->name, .pfn = pfn, .n = n,
				 .lock = a->lock };

	if (n)
		c->fn(c->arg, &fact);
}

/* Pages on free lists whose bit says that they were handed out: one fact for a run of them. */
static void check_free(const struct check *c, const struct area *a, const struct range *r)
{
	uint64_t first = 0, n = 0, at = UINT64_MAX, word = 0;

	for (uint64_t pfn = r->pfn; pfn < r->pfn + r->n; pfn += LISTING_WORD) {
		struct listing_word w = { 0 };
		uint64_t listed;

		if (kernel_section(c->kr.k, pfn))
			w = listing_word(c->listing, pfn);
		listed = w.kind[0] | w.kind[1];
		for (; listed; listed &= listed - 1) {
			uint64_t page = pfn + (uint64_t)__builtin_ctzll(listed);
			uint64_t nr = (page - r->pfn) >> a->order;

			if (nr / 64 != at) {
				at = nr / 64;
				if (!read_bits(c->kr, r, nr, &word))
					word = 0;
			}
			if (!(word >> nr % 64 & 1))
				continue;
			if (first + n != page) {
				tell_free(c, a, first, n);
				first = page;
				n = 0;
			}
			n++;
		}
	}
	tell_free(c, a, first, n);
}

/* The area that has the page, and the range of it in *@range. */
static const struct area *area_of(const struct cma_areas *areas, uint64_t pfn, const struct range **range)
{
	for (size_t i = 0; i < areas->n_areas; i++)
		for (size_t j = 0; j < areas->areas[i].n_ranges; j++) {
			*range = &areas->areas[i].ranges[j];
			if (pfn - (*range)->pfn < (*range)->n)
				return &areas->areas[i];
		}
	return NULL;
}

const char *cma_areas_taken_from(const struct cma_areas *areas, struct kernel_reader kr, uint64_t pfn,
				 uint64_t *kaddr)
{
	const struct range *r;
	const struct area *a = area_of(areas, pfn, &r);
	uint64_t nr, word;

	if (!a)
		return NULL;
	nr = (pfn - r->pfn) >> a->order;
	if (!read_bits(kr, r, nr, &word) || !(word >> nr % 64 & 1))
		return NULL;
	*kaddr = a->kaddr;
	return a->name;
}

bool cma_areas_block(const struct cma_areas *areas, uint64_t pfn, uint64_t n, int migratetype,
		     struct cma_fact *ret)
{
	const struct range *range;
	const struct area *a;

	/* Nearly all blocks of nearly all machines */
	if (migratetype != areas->cma && !areas->n_areas)
		return false;
	a = area_of(areas, pfn, &range);
	if (migratetype < 0 || migratetype == areas->isolate ||
	    (migratetype == areas->cma) == (a != NULL))
		return false;
	*ret = (struct cma_fact){
		.kind = a ? CMA_OTHER_BLOCK : CMA_NO_AREA, .area = a ? a->name : NULL, .pfn = pfn,
		.n = n, .found = (uint64_t)migratetype, .expected = (uint64_t)areas->cma,
		.lock = LOCK_FREE,
	};
	return true;
}

/* The zones count the pages of all areas (init_cma_reserved_pageblock()). */
static void check_zones(const struct check *c)
{
	const struct kernel *k = c->kr.k;
	uint64_t pages = 0, zones = 0, n;

	if (!layout_has(k->lay, L_zone_cma_pages) || k->memory_unseen)
		return;
	for (size_t i = 0; i < k->n_zones; i++) {
		if (!k->zones[i].initialized)
			continue;
		if (k->zones[i].overwritten ||
		    !kernel_member(c->kr, k->zones[i].kaddr, L_zone_cma_pages, &n))
			return;
		zones += n;
	}
	for (size_t i = 0; i < c->areas->n_areas; i++)
		for (size_t j = 0; j < c->areas->areas[i].n_ranges; j++)
			pages += c->areas->areas[i].ranges[j].n;
	if (zones != pages)
		tell_counter(c, NULL, "zone.cma_pages", zones, pages);
}

void cma_areas_check(const struct cma_areas *areas, struct kernel_reader kr,
		     const struct listing *listing, cma_fact_fn *fn, void *arg)
{
	struct check c = { .kr = kr, .areas = areas, .listing = listing, .fn = fn, .arg = arg };

	for (size_t i = 0; i < areas->n_areas; i++) {
		const struct area *a = &areas->areas[i];

		check_counters(&c, a);
		for (size_t j = 0; j < a->n_ranges; j++)
			check_free(&c, a, &a->ranges[j]);
	}
	check_zones(&c);
}
