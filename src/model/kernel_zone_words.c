/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_zone_words - what a zone keeps for reclaim, compaction and huge pages
 *
 * Nothing counts these words again, but a formula or the zone's memory bounds them. Of memory
 * that was taken away some stay behind, so that the bounds are wide.
 */
#include "model/kernel_priv.h"

#include <string.h>

#define MARKS 4			/* min, low, high; promo since 5.18. Of three, any may be wrong. */
#define ROOMY 8			/* times what the zone, or all memory, has today */

static void note(struct kernel *k, const struct zone *z, enum layout_key key,
		 const char *field, size_t at, const char *what, const uint64_t *expected)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .field = field, .nid = z->nid, .zone = z->idx,
		.cpu = -1, .what = what, .pfn = UINT64_MAX,
		.kaddr = z->kaddr + layout_get(k->lay, key) + 8 * at,
	};

	if (!kernel_zone_word(k, z, fact.kaddr - z->kaddr, &fact.found))
		return;
	if (expected) {
		fact.expected = *expected;
		fact.has_expected = true;
	}
	kernel_note_record(k, &fact);
}

/* Words of the member; 0: the kernel has none. */
static size_t words_of(const struct kernel *k, enum layout_key key)
{
	return layout_has(k->lay, key) ? layout_size(k->lay, key) / 8 : 0;
}

static bool word_of(const struct kernel *k, const struct zone *z, enum layout_key key, size_t at,
		    uint64_t *ret)
{
	return kernel_zone_word(k, z, layout_get(k->lay, key) + 8 * at, ret);
}

static bool read_marks(const struct kernel *k, const struct zone *z, uint64_t marks[MARKS])
{
	if (words_of(k, L_zone_watermark) != MARKS)
		return false;
	for (size_t i = 0; i < MARKS; i++)
		if (!word_of(k, z, L_zone_watermark, i, &marks[i]))
			return false;
	return true;
}

static bool even(const uint64_t marks[MARKS])
{
	for (size_t i = 2; i < MARKS; i++)
		if (marks[i] - marks[i - 1] != marks[1] - marks[0])
			return false;
	return marks[1] >= marks[0];
}

/* The value that makes the marks even again in place of mark @at. */
static bool mend_mark(const uint64_t marks[MARKS], size_t at, uint64_t *ret)
{
	uint64_t mended[MARKS], step = at > 1 ? marks[1] - marks[0] : marks[3] - marks[2];

	for (size_t i = 0; i < MARKS; i++)
		mended[i] = marks[i];
	mended[at] = at ? marks[at - 1] + step : marks[1] - step;
	*ret = mended[at];
	return even(mended);
}

/*
 * The marks are as far from each other as the first from the second: all are written at once
 * (mm/page_alloc.c:__setup_per_zone_wmarks(), 6.1 to 7.2). A vendor's kernel may have another
 * formula; then no zone's are even.
 */
static void check_marks(struct kernel *k, const struct zone *z)
{
	uint64_t marks[MARKS], expected;

	if (!read_marks(k, z, marks) || even(marks))
		return;
	for (size_t i = 0; i < MARKS; i++)
		if (mend_mark(marks, i, &expected)) {
			note(k, z, L_zone_watermark, "zone._watermark", i,
			     "the watermarks of a zone are equally far from each other",
			     &expected);
			return;
		}
}

static bool other_marks_even(const struct kernel *k, const struct zone *z)
{
	uint64_t marks[MARKS];

	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *o = &k->zones[i];

		if (o != z && o->managed && !o->overwritten && read_marks(k, o, marks) &&
		    even(marks) && marks[0] != marks[1])
			return true;
	}
	return false;
}

/* The first pfn behind all memory. */
static uint64_t memory_end(const struct kernel *k)
{
	return k->n_section_nrs << k->section_shift;
}

/*
 * What is kept back for others is a part of what they have (mm/page_alloc.c:
 * setup_per_zone_lowmem_reserve(), all versions); for the zone itself and those below, nothing.
 */
static void check_reserve(struct kernel *k, const struct zone *z)
{
	static const uint64_t none = 0;
	uint64_t reserve;

	for (size_t i = 0; i < words_of(k, L_zone_lowmem_reserve); i++) {
		if (!word_of(k, z, L_zone_lowmem_reserve, i, &reserve))
			return;
		if (i <= z->idx && reserve)
			note(k, z, L_zone_lowmem_reserve, "zone.lowmem_reserve", i,
			     "a zone reserves nothing from itself and from the zones below it",
			     &none);
		else if (reserve > memory_end(k))
			note(k, z, L_zone_lowmem_reserve, "zone.lowmem_reserve", i,
			     "it is more than all memory", NULL);
	}
}

/*
 * Where compaction goes on, and where it began, is inside of the zone as it was then
 * (mm/compaction.c:reset_cached_positions(), update_cached_migrate()); 0 before it first ran.
 * Counts of pages are no more than there are.
 */
static void check_bounds(struct kernel *k, const struct zone *z)
{
	uint64_t zone_end = z->start_pfn + z->spanned, end = memory_end(k), value;
	const struct {
		enum layout_key key;
		const char *field;
		uint64_t bound;
		const char *what;
	} rows[] = {
#define POSITION(member) \
	{ L_zone_##member, "zone." #member, zone_end, "it is far outside of the zone" }
#define COUNT(member) \
	{ L_zone_##member, "zone." #member, end, "it is far more than all memory has pages" }
		POSITION(compact_cached_free_pfn),
		POSITION(compact_cached_migrate_pfn),
		POSITION(compact_init_migrate_pfn),
		POSITION(compact_init_free_pfn),
		COUNT(cma_pages),
		COUNT(nr_reserved_highatomic),
		COUNT(nr_isolate_pageblock),
		COUNT(watermark_boost),
		COUNT(percpu_drift_mark),
#undef POSITION
#undef COUNT
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t at = 0; at < words_of(k, rows[i].key); at++)
			if (word_of(k, z, rows[i].key, at, &value) && value / ROOMY > rows[i].bound)
				note(k, z, rows[i].key, rows[i].field, at, rows[i].what, NULL);
}

/* The shared pages of tail struct pages (mm/hugetlb_vmemmap.c, 7.2): NULL, or in the memmap. */
static void check_shared_tails(struct kernel *k, const struct zone *z)
{
	uint64_t page, pfn;

	for (size_t i = 0; i < words_of(k, L_zone_vmemmap_tails); i++)
		if (word_of(k, z, L_zone_vmemmap_tails, i, &page) && page &&
		    !kernel_page_to_pfn(k, page, &pfn))
			note(k, z, L_zone_vmemmap_tails, "zone.vmemmap_tails", i,
			     "it does not point to a struct page", NULL);
}

/* All nodes have one name for a zone (zone_names[], mm/page_alloc.c, all versions). */
static void check_name(struct kernel *k, struct zone *z)
{
	uint64_t name, found;

	if (z->named || !words_of(k, L_zone_name) || !word_of(k, z, L_zone_name, 0, &found))
		return;
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *o = &k->zones[i];

		if (o->idx != z->idx || !o->named || !word_of(k, o, L_zone_name, 0, &name) ||
		    name == found)
			continue;
		note(k, z, L_zone_name, "zone.name", 0,
		     "it does not point to the name of such a zone", &name);
		memcpy(z->name, o->name, sizeof(z->name));
		z->named = true;
		return;
	}
}

void kernel_check_zone_words(struct kernel *k)
{
	if (!k->running || layout_partial(k->lay))
		return;
	for (size_t i = 0; i < k->n_zones; i++) {
		struct zone *z = &k->zones[i];

		if (z->overwritten || !z->spanned)
			continue;
		if (other_marks_even(k, z))
			check_marks(k, z);
		check_name(k, z);
		check_reserve(k, z);
		check_bounds(k, z);
		check_shared_tails(k, z);
	}
}
