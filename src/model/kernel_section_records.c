/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct mem_section: memory that is offline is not in use, and usage leads to the usage data. */
#include "model/kernel_priv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/target_int.h"
#include "model/pageblock.h"
#include "vmcore.h"

#define SECTION_SAMPLES 256

/*
 * Does this page say that it is in use, on an LRU list, or the head of a free block, in a zone
 * that spans it? In memory that was taken offline none does: its pages were moved away before, and
 * taken off the lists (mm/page_alloc.c:__offline_isolated_pages(), all versions).
 */
static bool is_alive(struct kernel_reader kr, const struct page_format *fmt, uint64_t pfn)
{
	const struct kernel *k = kr.k;
	uint64_t page = kernel_pfn_to_page(k, pfn), flags;
	uint32_t refcount, type;
	const struct zone *z;
	bool lru, buddy;

	if (vmcore_read_u64(kr.vc, page + layout_get(k->lay, L_page_flags), "page.flags",
			    &flags, NULL) != PGC_OK ||
	    vmcore_read_u32(kr.vc, page + layout_get(k->lay, L_page_refcount),
			    "page._refcount", &refcount, NULL) != PGC_OK ||
	    vmcore_read_u32(kr.vc, page + fmt->mapcount, "page._mapcount", &type, NULL) !=
		    PGC_OK ||
	    flags == UINT64_MAX)
		return false;
	lru = flags >> (layout_get(k->lay, L_PG_lru) & 63) & 1 && (int32_t)refcount > 0;
	buddy = page_kind(fmt, type) == KIND_BUDDY && !refcount;
	if (!lru && !buddy)
		return false;
	z = kernel_zone(k, kernel_flags_nid(k, flags), kernel_flags_zone(k, flags));
	return z && pfn >= z->start_pfn && pfn - z->start_pfn < z->spanned;
}

/*
 * Before memory goes offline each of its pageblocks is isolated, and its pages are moved away
 * (mm/memory_hotplug.c:offline_pages(), all versions); the blocks stay isolated until it is
 * online again. Hot-added memory that never was online has no struct pages that say anything.
 */
static unsigned int count_alive(struct kernel_reader kr, const struct page_format *fmt,
				const struct section *s, uint64_t step)
{
	unsigned int alive = 0;

	for (uint64_t i = 0; i < kr.k->pages_per_section; i += step)
		alive += is_alive(kr, fmt, s->start_pfn + i) &&
			 pageblock_migratetype(kr, s->start_pfn + i) !=
				 (int)layout_get(kr.k->lay, L_MIGRATE_ISOLATE);
	return alive;
}

static void check_online(struct kernel *k, struct vmcore *vc,
			 const struct page_format *fmt, struct section *s)
{
	unsigned int wanted = s->early ? 4 : 16;
	struct record_fact fact = {
		.kind = RECORD_SECTION, .field = "mem_section.section_mem_map", .nid = -1,
		.cpu = -1, .what = "SECTION_IS_ONLINE is clear, but its pages are in use or on free lists",
		.pfn = s->start_pfn, .pages = k->pages_per_section, .kaddr = s->kaddr,
		.found = s->word,
	};

	if (!layout_has(k->lay, L_SECTION_IS_ONLINE_BIT) || !layout_has(k->lay, L_MIGRATE_ISOLATE))
		return;
	/* Where pages in use are few, free blocks begin where pageblocks do. */
	if (count_alive(kernel_reader_of(k, vc), fmt, s,
			k->pages_per_section / SECTION_SAMPLES + 1) < wanted &&
	    count_alive(kernel_reader_of(k, vc), fmt, s, 1ULL << k->pageblock_order) <
		    wanted)
		return;
	s->online = true;
	fact.expected = s->word | 1ULL << layout_get(k->lay, L_SECTION_IS_ONLINE_BIT);
	fact.has_expected = true;
	kernel_note_record(k, &fact);
}

/* Bits of the pageblocks of one section; 0: not known. */
static bool usage_shape(const struct kernel *k, uint64_t *map_bytes, uint64_t *flag_words)
{
	unsigned int bits = pageblock_bits(k->lay);

	if (!bits || bits > 64 || 64 % bits ||
	    !layout_has(k->lay, L_mem_section_usage_pageblock_flags) ||
	    !layout_has(k->lay, L_mem_section_usage_subsection_map) ||
	    !layout_has(k->lay, L_mem_section_usage_nr_subsection_map))
		return false;
	*map_bytes = layout_get(k->lay, L_mem_section_usage_nr_subsection_map) * 8;
	*flag_words = ((k->pages_per_section >> k->pageblock_order) * bits + 63) / 64;
	return *map_bytes && *map_bytes <= 64 && *flag_words && *flag_words <= 64;
}

enum usage { USAGE_SOUND, USAGE_WRONG, USAGE_UNSEEN };

static bool map_is_full(const uint8_t *map, uint64_t bits)
{
	for (uint64_t i = 0; i < bits / 8; i++)
		if (map[i] != 0xff)
			return false;
	return true;
}

/*
 * All memory of a section is in its map (mm/sparse.c:subsection_map_init(), and
 * fill_subsection_map() when it is added later; all versions): how many subsections with pages
 * that are in use or free does @map not have, and how many has it?
 */
static void compare_map(struct kernel_reader kr, const struct section *s,
			const uint8_t *map, uint64_t bits, unsigned int *missing,
			unsigned int *there)
{
	uint64_t step = kr.k->pages_per_section / bits;

	*missing = *there = 0;
	/* The usual case costs nothing: all of the section is there. */
	if (map_is_full(map, bits))
		return;
	for (uint64_t b = 0; b < bits && step; b++) {
		uint64_t flags;
		bool any = false;

		for (uint64_t i = 0; i < step && !any; i += step / 8 + 1)
			any = kernel_page_speaks(kr, s->start_pfn + b * step + i, &flags);
		if (!any)
			continue;
		if (map[b / 8] >> (b % 8) & 1)
			(*there)++;
		else
			(*missing)++;
	}
}

/*
 * Is @usage what the section's pages want: a map of the subsections that have memory, and
 * pageblocks of types that exist?
 */
static enum usage usage_at(struct kernel_reader kr, const struct section *s,
			   uint64_t usage)
{
	const struct kernel *k = kr.k;
	uint64_t map_bytes, flag_words;
	unsigned int bits = pageblock_bits(k->lay), wrong = 0, all = 0, missing, there;
	uint8_t raw[64 * 8];
	enum pgc_status st;

	if (!usage_shape(k, &map_bytes, &flag_words))
		return USAGE_UNSEEN;
	if (usage & 7)
		return USAGE_WRONG;
	st = vmcore_read(kr.vc,
			 usage + layout_get(k->lay, L_mem_section_usage_subsection_map),
			 raw, map_bytes, "subsection_map", NULL);
	if (st == PGC_OK) {
		compare_map(kr, s, raw, map_bytes * 8, &missing, &there);
		/* A bit of the map may be damaged itself: that is not the pointer. */
		if (missing > 1 && missing > there / 8)
			return USAGE_WRONG;
		st = vmcore_read(kr.vc,
				 usage + layout_get(k->lay, L_mem_section_usage_pageblock_flags),
				 raw, flag_words * 8, "pageblock_flags", NULL);
	}
	if (st != PGC_OK)
		return st == PGC_ABSENT ? USAGE_WRONG : USAGE_UNSEEN;
	for (uint64_t b = 0; b < k->pages_per_section >> k->pageblock_order; b++, all++)
		wrong += (target_u64(raw + b * bits / 64 * 8) >> b * bits % 64 & 7) >=
			 k->migratetypes;
	/* One may be damaged itself, also where a section has few blocks (four of 16 KiB pages). */
	return wrong > 1 && wrong > all / 8 ? USAGE_WRONG : USAGE_SOUND;
}

/* Has one of the first @n sections the same one? */
static bool usage_is_taken(const struct kernel *k, uint64_t usage, const struct section *but,
			   size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (&k->sections[i] != but && k->sections[i].usage == usage)
			return true;
	return false;
}

/* The usage pointers of all sections, sorted: of each whether another one is the same. */
static enum pgc_status sort_usages(const struct kernel *k, uint64_t **ret, struct pgc_err *err)
{
	*ret = calloc(k->n_sections, sizeof(**ret));
	if (!*ret)
		return pgc_err_nomem(err, "the sections' usage");
	for (size_t i = 0; i < k->n_sections; i++)
		(*ret)[i] = k->sections[i].usage;
	qsort(*ret, k->n_sections, sizeof(**ret), compare_u64);
	return PGC_OK;
}

static bool is_shared(const uint64_t *sorted, size_t n, uint64_t usage)
{
	const uint64_t *at = bsearch(&usage, sorted, n, sizeof(*sorted), compare_u64);

	return at && ((at > sorted && at[-1] == usage) || (at + 1 < sorted + n && at[1] == usage));
}

/* Sections of one node have theirs side by side (mm/sparse.c:sparse_init_nid()). */
static bool usage_by_neighbours(const struct kernel *k, size_t i, uint64_t *ret)
{
	const struct section *s = k->sections;

	if (i && i + 1 < k->n_sections && s[i - 1].nr + 1 == s[i].nr && s[i].nr + 1 == s[i + 1].nr) {
		*ret = s[i - 1].usage + (s[i + 1].usage - s[i - 1].usage) / 2;
		return true;
	}
	if (i >= 2 && s[i - 2].nr + 2 == s[i].nr) {
		*ret = 2 * s[i - 1].usage - s[i - 2].usage;
		return true;
	}
	if (i + 2 < k->n_sections && s[i].nr + 2 == s[i + 2].nr) {
		*ret = 2 * s[i + 1].usage - s[i + 2].usage;
		return true;
	}
	return false;
}

/*
 * These records are in the order of the sections. So of two sections that have the same one the later
 * one's is behind it. (What was added to a running kernel has its own anywhere.)
 */
static bool keeps_order(const struct kernel *k, size_t i, uint64_t usage)
{
	const struct section *s = k->sections;

	for (size_t j = 0; j < k->n_sections; j++)
		if (j != i && s[j].usage == s[i].usage && s[j].early && s[i].early &&
		    (usage > s[j].usage) != (i > j))
			return false;
	return true;
}

static bool mend_usage(struct kernel_reader kr, size_t i, uint64_t *ret)
{
	const struct kernel *k = kr.k;
	const struct section *s = &k->sections[i];
	unsigned int n = 0;

	if (usage_by_neighbours(k, i, ret) && usage_at(kr, s, *ret) == USAGE_SOUND &&
	    !usage_is_taken(k, *ret, s, k->n_sections))
		return true;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t other = s->usage ^ 1ULL << bit;

		if (usage_at(kr, s, other) != USAGE_SOUND ||
		    usage_is_taken(k, other, s, k->n_sections) || !keeps_order(k, i, other))
			continue;
		*ret = other;
		n++;
	}
	return n == 1;
}

static void check_usage(struct kernel *k, struct vmcore *vc, size_t i,
			const uint64_t *sorted)
{
	struct section *s = &k->sections[i];
	struct record_fact fact = {
		.kind = RECORD_SECTION, .field = "mem_section.usage", .nid = -1, .cpu = -1,
		.what = "it does not point to the usage data of the section",
		.pfn = s->start_pfn, .pages = k->pages_per_section, .found = s->usage,
	};

	if (!s->kaddr || !s->usage || !s->online || !k->running ||
	    !layout_has(k->lay, L_mem_section_usage) ||
	    (usage_at(kernel_reader_of(k, vc), s, s->usage) != USAGE_WRONG &&
	     (!is_shared(sorted, k->n_sections, s->usage) ||
	      /* Not any more, where the other one was mended. */
	      !usage_is_taken(k, s->usage, s, k->n_sections))))
		return;
	fact.kaddr = s->kaddr + layout_get(k->lay, L_mem_section_usage);
	fact.has_expected = mend_usage(kernel_reader_of(k, vc), i, &fact.expected);
	/* Of two that have the same one, the one that can be mended is wrong, else the second. */
	if (!fact.has_expected &&
	    usage_at(kernel_reader_of(k, vc), s, s->usage) != USAGE_WRONG &&
	    !usage_is_taken(k, s->usage, s, i))
		return;
	s->usage = fact.has_expected ? fact.expected : 0;
	kernel_note_record(k, &fact);
}

/* How many pages of @s are in what @z spans. */
static uint64_t shared_pages(const struct kernel *k, const struct zone *z, const struct section *s)
{
	uint64_t end = z->start_pfn + z->spanned, s_end = s->start_pfn + k->pages_per_section;
	uint64_t from = s->start_pfn > z->start_pfn ? s->start_pfn : z->start_pfn;

	if (end < z->start_pfn)
		end = UINT64_MAX;
	if (s_end < end)
		end = s_end;
	return end > from ? end - from : 0;
}

/*
 * Pages that are present are in sections that are online: the count falls when memory goes offline
 * (mm/memory_hotplug.c:offline_pages(), a moment after the bit is cleared). So a bit was cleared
 * where nothing in the section's pages shows it; of one section it is known of which.
 */
static void check_present(struct kernel *k, const struct zone *z)
{
	uint64_t present = z->present < z->spanned ? z->present : z->spanned;
	struct section *offline = NULL;
	uint64_t online = 0;
	size_t n = 0;

	for (size_t i = 0; i < k->n_sections; i++) {
		struct section *s = &k->sections[i];
		uint64_t pages = shared_pages(k, z, s);

		if (s->online)
			online += pages;
		else if (pages && ++n)
			offline = s;
	}
	if (z->overwritten || !n || present <= online)
		return;
	if (n == 1 && offline->kaddr && layout_has(k->lay, L_SECTION_IS_ONLINE_BIT)) {
		const struct record_fact fact = {
			.kind = RECORD_SECTION, .field = "mem_section.section_mem_map", .nid = -1,
			.cpu = -1, .doubtful = true,
			.what = "SECTION_IS_ONLINE is clear, but its zone counts its pages as present",
			.pfn = offline->start_pfn, .pages = k->pages_per_section,
			.kaddr = offline->kaddr, .found = offline->word, .has_expected = true,
			.expected = offline->word | 1ULL << layout_get(k->lay, L_SECTION_IS_ONLINE_BIT),
		};

		offline->online = true;
		kernel_note_record(k, &fact);
		return;
	}
	k->memory_unseen = true;
	kernel_limit(k, "node %d, zone %s: %" PRIu64 " pages are present, but only %" PRIu64
		     " are in sections that are online: memory may have been skipped",
		     z->nid, z->name, present, online);
}

enum pgc_status kernel_check_section_records(struct kernel *k, struct vmcore *vc,
					     struct pgc_err *err)
{
	_cleanup_free_ uint64_t *sorted = NULL;
	struct page_format fmt = { .size = 0 };
	enum pgc_status st = sort_usages(k, &sorted, err);

	if (st != PGC_OK)
		return st;
	for (size_t i = 0; i < k->n_sections; i++)
		check_usage(k, vc, i, sorted);
	for (size_t i = 0; i < k->n_sections; i++) {
		if (k->sections[i].online)
			continue;
		/* Hardly any dump has one. Without page types nothing can be said of them. */
		if (!fmt.size &&
		    page_format_init(&fmt, kernel_reader_of(k, vc), NULL) != PGC_OK)
			break;
		check_online(k, vc, &fmt, &k->sections[i]);
	}
	for (size_t i = 0; i < k->n_zones; i++)
		check_present(k, &k->zones[i]);
	return PGC_OK;
}
