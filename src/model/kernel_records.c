/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_records - zones and sections whose own record is wrong
 *
 * A damaged field of a zone or of a section makes all the pages that it speaks of look wrong.
 * Here each is held against what does not depend on it: list heads must be list heads, memory
 * that was taken offline is not in use, a lock holds what a lock can hold.
 */
#include "model/kernel.h"

#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "model/pageblock.h"
#include "struct_page.h"
#include "vmcore.h"

#define MAX_PCP_LISTS 64
#define SECTION_SAMPLES 256
#define SPAN_SAMPLES 256	/* pages asked for their zone, of a range */
#define SPAN_WITNESSES 16	/* a few may be damaged themselves */

static void note(struct kernel *k, const struct record_fact *fact)
{
	if (k->n_records < ARRAY_SIZE(k->records))
		k->records[k->n_records++] = *fact;
	else if (k->n_records++ == ARRAY_SIZE(k->records))
		kernel_limit(k, "more than %d zone and section records are wrong; the rest is not listed",
			     KERNEL_RECORDS);
}

/*
 * Low byte: locked, 1, or 3 when a paravirtual lock has been halted for (_Q_SLOW_VAL); next the
 * pending bit, alone in its byte below 16K CPUs; on top which CPU waits last, plus 1, and in
 * which of its four contexts.
 */
bool kernel_lock_can_be(const struct kernel *k, uint32_t word)
{
	uint64_t cpus = layout_has(k->lay, L_per_cpu_offset_len) ?
				layout_get(k->lay, L_per_cpu_offset_len) : 0;
	bool many = cpus >= 1 << 14;
	uint32_t locked = word & 0xff, tail = word >> (many ? 11 : 18);
	uint32_t context = word >> (many ? 9 : 16) & 3;

	if (locked > 1 && locked != 3)
		return false;
	if (!many && word & 0xfe00)
		return false;
	if (!tail)
		return !context;
	return !cpus || tail <= cpus;
}

static void check_lock(struct kernel *k, const struct zone *z, int cpu, const char *field,
		       uint64_t kaddr)
{
	struct record_fact fact = {
		.kind = RECORD_LOCK, .field = field, .nid = z->nid, .zone = z->idx, .cpu = cpu,
		.what = "no lock can have this value", .pfn = UINT64_MAX,
	};
	uint32_t word;

	if (!layout_has(k->lay, L_spinlock_raw_val))
		return;
	fact.kaddr = kaddr + layout_get(k->lay, L_spinlock_raw_val);
	if (vmcore_read_u32(k->vc, fact.kaddr, "spinlock", &word, NULL) != PGC_OK ||
	    kernel_lock_can_be(k, word))
		return;
	fact.found = word;
	note(k, &fact);
}

/* What a place where a list head should be looks like. */
enum head { HEAD_EMPTY, HEAD_FILLED, HEAD_NONE, HEAD_UNMAPPED, HEAD_UNSEEN };

/* Is @link that of a page which leads back to the head, by its pointer @back? */
static bool leads_back(const struct kernel *k, uint64_t link, uint64_t head, uint64_t back)
{
	uint64_t lru = layout_get(k->lay, L_page_lru), pfn, to;

	return link >= lru && kernel_page_to_pfn(k, link - lru, &pfn) &&
	       vmcore_read_u64(k->vc, link + back, "page.lru", &to, NULL) == PGC_OK && to == head;
}

static enum head head_at(const struct kernel *k, uint64_t head)
{
	uint64_t to_next = layout_get(k->lay, L_list_head_next);
	uint64_t to_prev = layout_get(k->lay, L_list_head_prev), next, prev;
	enum pgc_status st = vmcore_read_u64(k->vc, head + to_next, "list_head", &next, NULL);

	if (st == PGC_OK)
		st = vmcore_read_u64(k->vc, head + to_prev, "list_head", &prev, NULL);
	if (st != PGC_OK)
		return st == PGC_ABSENT ? HEAD_UNMAPPED : HEAD_UNSEEN;
	if (next == head && prev == head)
		return HEAD_EMPTY;
	return leads_back(k, next, head, to_prev) || leads_back(k, prev, head, to_next) ?
		       HEAD_FILLED : HEAD_NONE;
}

/* The list heads where a pageset pointer leads, over all CPUs. */
struct pcp_heads {
	unsigned int sound, filled;
	unsigned int wrong_cpus;	/* CPUs with a place that is no list head */
};

enum pcp_stop { AT_A_SOUND_CPU, AT_A_WRONG_CPU };

static struct pcp_heads pcp_heads_at(const struct kernel *k, uint64_t pageset, enum pcp_stop stop)
{
	uint64_t n = layout_get(k->lay, L_per_cpu_pages_nr_lists);
	uint64_t lists = layout_get(k->lay, L_per_cpu_pages_lists);
	struct pcp_heads heads = { 0 };

	for (size_t c = 0; c < k->n_cpus; c++) {
		bool wrong = false;

		for (uint64_t i = 0; i < n && i < MAX_PCP_LISTS; i++) {
			enum head head = head_at(k, pageset + k->cpus[c].offset + lists +
						 i * layout_get(k->lay, L_list_head));

			heads.sound += head == HEAD_EMPTY || head == HEAD_FILLED;
			heads.filled += head == HEAD_FILLED;
			wrong |= head == HEAD_NONE || head == HEAD_UNMAPPED;
		}
		heads.wrong_cpus += wrong;
		if (wrong == (stop == AT_A_WRONG_CPU))
			break;
	}
	return heads;
}

static bool pageset_is_taken(const struct kernel *k, uint64_t pageset)
{
	for (size_t i = 0; i < k->n_zones; i++)
		if (k->zones[i].has_pageset && k->zones[i].pageset == pageset)
			return true;
	return false;
}

/*
 * The one pointer that differs from @found in one bit and leads to nothing but list heads. Empty
 * ones lie elsewhere, too: where one place has pages on its lists, it is that.
 */
static bool mend_pageset(const struct kernel *k, uint64_t found, uint64_t *ret)
{
	unsigned int n = 0, n_filled = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t other = found ^ 1ULL << bit;
		struct pcp_heads heads = pcp_heads_at(k, other, AT_A_WRONG_CPU);

		if (!heads.sound || heads.wrong_cpus || pageset_is_taken(k, other))
			continue;
		if (heads.filled || !n_filled)
			*ret = other;
		n++;
		n_filled += heads.filled > 0;
	}
	return n_filled == 1 || (!n_filled && n == 1);
}

/*
 * Every CPU's page set has its list heads, set up before the zone is used. Where some heads are
 * sound it may be the lists that are damaged: then only a pointer that mends all is believed.
 */
static void check_pageset(struct kernel *k, struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .nid = z->nid, .zone = z->idx, .cpu = -1,
		.what = "it does not lead to per-CPU page sets", .pfn = UINT64_MAX,
	};
	bool old = !layout_has(k->lay, L_zone_per_cpu_pageset);
	enum layout_key key = old ? L_zone_pageset : L_zone_per_cpu_pageset;
	uint64_t inside = 0;
	struct pcp_heads heads;

	if (!z->has_pageset || !k->running)
		return;
	if (old)
		inside = layout_get(k->lay, L_per_cpu_pageset_pcp);
	heads = pcp_heads_at(k, z->pageset, AT_A_SOUND_CPU);
	if (heads.wrong_cpus < k->n_cpus)
		return;
	fact.has_expected = mend_pageset(k, z->pageset, &fact.expected);
	if (heads.sound && !fact.has_expected)
		return;
	fact.field = old ? "zone.pageset" : "zone.per_cpu_pageset";
	fact.kaddr = z->kaddr + layout_get(k->lay, key);
	fact.found = z->pageset - inside;
	if (fact.has_expected) {
		z->pageset = fact.expected;
		fact.expected -= inside;
	} else {
		z->has_pageset = false;
		z->pageset_lost = true;
	}
	note(k, &fact);
}

/* The counters' pointer: where it leads no CPU has memory. */
static void check_zonestats(struct kernel *k, const struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .field = "zone.per_cpu_zonestats", .nid = z->nid,
		.zone = z->idx, .cpu = -1, .what = "it leads to unmapped memory",
		.pfn = UINT64_MAX,
	};
	uint8_t byte;

	if (!layout_has(k->lay, L_zone_per_cpu_zonestats) || !z->managed || !k->n_cpus ||
	    !k->running ||
	    !kernel_zone_word(k, z, layout_get(k->lay, L_zone_per_cpu_zonestats), &fact.found))
		return;
	for (size_t c = 0; c < k->n_cpus; c++)
		if (vmcore_read(k->vc, fact.found + k->cpus[c].offset, &byte, 1, "zonestats",
				NULL) != PGC_ABSENT)
			return;
	fact.kaddr = z->kaddr + layout_get(k->lay, L_zone_per_cpu_zonestats);
	/* Zones get the two of them one after the other: alike apart, as a rule. */
	for (size_t i = 0; i < k->n_zones && !fact.has_expected; i++) {
		const struct zone *o = &k->zones[i];
		uint64_t stats, off;

		if (o == z || !o->has_pageset || !z->has_pageset ||
		    !kernel_zone_word(k, o, layout_get(k->lay, L_zone_per_cpu_zonestats), &stats))
			continue;
		fact.expected = z->pageset - (o->pageset - stats);
		off = fact.expected ^ fact.found;
		fact.has_expected = off && !(off & (off - 1));
	}
	note(k, &fact);
}

/* Of a zone that is set up nearly all list heads are sound: the rest is damage, told by the walk. */
static void check_heads(struct kernel *k, struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .nid = z->nid, .zone = z->idx, .cpu = -1, .pfn = UINT64_MAX,
		.kaddr = z->kaddr,
	};
	unsigned int of[HEAD_UNSEEN + 1] = { 0 };

	for (unsigned int order = 0; order < k->orders; order++)
		for (unsigned int mt = 0; mt < k->migratetypes; mt++)
			of[head_at(k, z->kaddr + layout_get(k->lay, L_zone_free_area) +
				      order * layout_get(k->lay, L_free_area) +
				      layout_get(k->lay, L_free_area_free_list) +
				      mt * layout_get(k->lay, L_list_head))]++;
	if (!z->initialized) {
		/* init_currently_empty_zone() sets both up, long before pages are managed. */
		if (!z->managed || of[HEAD_NONE] + of[HEAD_UNMAPPED] ||
		    !(of[HEAD_EMPTY] + of[HEAD_FILLED]) ||
		    !layout_has(k->lay, L_zone_initialized))
			return;
		z->initialized = true;
		fact.field = "zone.initialized";
		fact.what = "its lists are set up and it has pages";
		fact.kaddr += layout_get(k->lay, L_zone_initialized);
		fact.expected = 1;
		fact.has_expected = true;
	} else if (of[HEAD_NONE] > of[HEAD_EMPTY] + of[HEAD_FILLED] && of[HEAD_NONE] > 4) {
		z->overwritten = z->lists_lost = true;
		fact.field = "zone.free_area";
		fact.what = "most of its list heads are overwritten";
		fact.kaddr += layout_get(k->lay, L_zone_free_area);
		(void)kernel_zone_word(k, z, layout_get(k->lay, L_zone_free_area) +
					     layout_get(k->lay, L_free_area_free_list),
				       &fact.found);
		fact.whole = true;
	} else {
		return;
	}
	note(k, &fact);
}

/*
 * Does the page say something of its own? Those of holes in memory do not: they are reserved,
 * and of the zone before (mm/mm_init.c:init_unavailable_range(), in 6.1 mm/page_alloc.c).
 */
static bool page_speaks(const struct kernel *k, uint64_t pfn, uint64_t *flags)
{
	const struct section *s = kernel_section(k, pfn);

	if (!s || !layout_has(k->lay, L_PG_reserved) || !layout_has(k->lay, L_page_flags) ||
	    vmcore_read_u64(k->vc, kernel_pfn_to_page(k, pfn) + layout_get(k->lay, L_page_flags),
			    "page.flags", flags, NULL) != PGC_OK)
		return false;
	return *flags && *flags != UINT64_MAX &&
	       !(*flags >> (layout_get(k->lay, L_PG_reserved) & 63) & 1);
}

/* How many pages say that they are of one zone, and how many that they are of another. */
struct votes {
	unsigned int own, other;
};

/*
 * What pages from @start up to @end say, of which zone they are. Only of sections that are
 * online: of memory that was taken away the struct pages stay as they were.
 */
static void ask_pages(const struct kernel *k, const struct zone *z, uint64_t start, uint64_t end,
		      struct votes *v)
{
	uint64_t step = end > start ? (end - start) / SPAN_SAMPLES + 1 : 1;

	for (uint64_t pfn = start; pfn < end; pfn += step) {
		const struct section *s = kernel_section(k, pfn);
		uint64_t flags;

		if (!s || !s->online || !page_speaks(k, pfn, &flags))
			continue;
		if (kernel_flags_zone(k, flags) == z->idx && kernel_flags_nid(k, flags) == z->nid)
			v->own++;
		else
			v->other++;
	}
}

/* Enough of the pages from @start up to @end, and nearly all that speak, are of @z. */
static bool pages_are_of(const struct kernel *k, const struct zone *z, uint64_t start, uint64_t end)
{
	struct votes v = { 0 };

	ask_pages(k, z, start, end, &v);
	return v.own >= SPAN_WITNESSES && v.other <= v.own / 8;
}

/*
 * At boot the zones of a node lie side by side, from its first page to its last
 * (calculate_node_totalpages(): mm/page_alloc.c of 5.10 and 6.1, mm/mm_init.c of 6.12 and 7.2).
 * Hotplug may change that, so it is no proof: the pages have the last word.
 */
static bool span_by_neighbours(const struct kernel *k, const struct zone *z, uint64_t *start,
			       uint64_t *end)
{
	if (!add_ok(z->node_start_pfn, z->node_spanned, end))
		return false;
	*start = z->node_start_pfn;
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *o = &k->zones[i];
		uint64_t o_end;

		if (o == z || o->nid != z->nid || !o->spanned)
			continue;
		if (!add_ok(o->start_pfn, o->spanned, &o_end))
			return false;
		if (o->idx < z->idx && o_end > *start)
			*start = o_end;
		if (o->idx > z->idx && o->start_pfn < *end)
			*end = o->start_pfn;
	}
	return *start < *end;
}

/* A zone spans all of its pages (mm/page_alloc.c:page_outside_zone_boundaries(), all versions). */
static void check_span(struct kernel *k, struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .nid = z->nid, .zone = z->idx, .cpu = -1, .pfn = UINT64_MAX,
		.what = "the pages outside of the span belong to the zone by their flags",
	};
	uint64_t start, end, now_end;
	bool below, above, start_wrong;

	if (!z->spanned || !span_by_neighbours(k, z, &start, &end))
		return;
	if (!add_ok(z->start_pfn, z->spanned, &now_end))
		now_end = UINT64_MAX;
	below = start < z->start_pfn && pages_are_of(k, z, start, z->start_pfn < end ? z->start_pfn : end);
	above = now_end < end && pages_are_of(k, z, now_end > start ? now_end : start, end);
	if (!below && !above)
		return;
	/* A side for which no page speaks stays as it is, unless it is another zone's. */
	if (!below && z->start_pfn > start)
		start = z->start_pfn;
	if (!above && now_end < end)
		end = now_end;
	/* Where it is the start alone, the width is still right. */
	if (below && end - start > z->spanned && !pages_are_of(k, z, start, end - z->spanned))
		start = end - z->spanned;
	start_wrong = start != z->start_pfn;
	if (start_wrong) {
		fact.field = "zone.zone_start_pfn";
		fact.kaddr = z->kaddr + layout_get(k->lay, L_zone_zone_start_pfn);
		fact.found = z->start_pfn;
		fact.expected = start;
	} else {
		fact.field = "zone.spanned_pages";
		fact.kaddr = z->kaddr + layout_get(k->lay, L_zone_spanned_pages);
		fact.found = z->spanned;
		fact.expected = end - start;
	}
	fact.has_expected = true;
	fact.whole = start_wrong && end - start != z->spanned;
	z->overwritten |= fact.whole;
	z->start_pfn = start;
	z->spanned = end - start;
	note(k, &fact);
}

static void check_zone(struct kernel *k, struct zone *z)
{
	check_heads(k, z);
	if (z->lists_lost) {
		z->has_pageset = false;
		return;
	}
	check_pageset(k, z);
	check_zonestats(k, z);
	if (layout_has(k->lay, L_zone_lock))
		check_lock(k, z, -1, "zone.lock", z->kaddr + layout_get(k->lay, L_zone_lock));
	for (size_t c = 0; z->has_pageset && c < k->n_cpus; c++)
		if (layout_has(k->lay, L_per_cpu_pages_lock))
			check_lock(k, z, (int)k->cpus[c].id, "per_cpu_pages.lock",
				   z->pageset + k->cpus[c].offset +
					   layout_get(k->lay, L_per_cpu_pages_lock));
}

/*
 * Does this page say that it is in use, on an LRU list, or the head of a free block, in a zone
 * that spans it? In memory that was taken offline none does: its pages were moved away before, and
 * taken off the lists (mm/page_alloc.c:__offline_isolated_pages(), all versions).
 */
static bool is_alive(const struct kernel *k, const struct page_format *fmt, uint64_t pfn)
{
	uint64_t page = kernel_pfn_to_page(k, pfn), flags;
	uint32_t refcount, type;
	const struct zone *z;
	bool lru, buddy;

	if (vmcore_read_u64(k->vc, page + layout_get(k->lay, L_page_flags), "page.flags", &flags,
			    NULL) != PGC_OK ||
	    vmcore_read_u32(k->vc, page + layout_get(k->lay, L_page_refcount), "page._refcount",
			    &refcount, NULL) != PGC_OK ||
	    vmcore_read_u32(k->vc, page + fmt->mapcount, "page._mapcount", &type, NULL) != PGC_OK ||
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
static unsigned int count_alive(const struct kernel *k, const struct page_format *fmt,
				const struct section *s, uint64_t step)
{
	unsigned int alive = 0;

	for (uint64_t i = 0; i < k->pages_per_section; i += step)
		alive += is_alive(k, fmt, s->start_pfn + i) &&
			 pageblock_migratetype(k, s->start_pfn + i) !=
				 (int)layout_get(k->lay, L_MIGRATE_ISOLATE);
	return alive;
}

static void check_online(struct kernel *k, const struct page_format *fmt, struct section *s)
{
	unsigned int wanted = s->early ? 4 : 16;
	struct record_fact fact = {
		.kind = RECORD_SECTION, .field = "mem_section.section_mem_map", .nid = -1,
		.cpu = -1, .what = "SECTION_IS_ONLINE is clear, but its pages are in use or on free lists",
		.pfn = s->start_pfn, .pages = k->pages_per_section, .kaddr = s->kaddr,
		.found = s->word,
	};

	if (s->online || !layout_has(k->lay, L_SECTION_IS_ONLINE_BIT) ||
	    !layout_has(k->lay, L_MIGRATE_ISOLATE))
		return;
	/* Where pages in use are few, free blocks begin where pageblocks do. */
	if (count_alive(k, fmt, s, k->pages_per_section / SECTION_SAMPLES + 1) < wanted &&
	    count_alive(k, fmt, s, 1ULL << k->pageblock_order) < wanted)
		return;
	s->online = true;
	fact.expected = s->word | 1ULL << layout_get(k->lay, L_SECTION_IS_ONLINE_BIT);
	fact.has_expected = true;
	note(k, &fact);
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
static void compare_map(const struct kernel *k, const struct section *s, const uint8_t *map,
			uint64_t bits, unsigned int *missing, unsigned int *there)
{
	uint64_t step = k->pages_per_section / bits;

	*missing = *there = 0;
	/* The usual case costs nothing: all of the section is there. */
	if (map_is_full(map, bits))
		return;
	for (uint64_t b = 0; b < bits && step; b++) {
		uint64_t flags;
		bool any = false;

		for (uint64_t i = 0; i < step && !any; i += step / 8 + 1)
			any = page_speaks(k, s->start_pfn + b * step + i, &flags);
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
static enum usage usage_at(const struct kernel *k, const struct section *s, uint64_t usage)
{
	uint64_t map_bytes, flag_words;
	unsigned int bits = pageblock_bits(k->lay), wrong = 0, all = 0, missing, there;
	uint8_t raw[64 * 8];
	enum pgc_status st;

	if (!usage_shape(k, &map_bytes, &flag_words))
		return USAGE_UNSEEN;
	if (usage & 7)
		return USAGE_WRONG;
	st = vmcore_read(k->vc, usage + layout_get(k->lay, L_mem_section_usage_subsection_map), raw,
			 map_bytes, "subsection_map", NULL);
	if (st == PGC_OK) {
		compare_map(k, s, raw, map_bytes * 8, &missing, &there);
		/* A bit of the map may be damaged itself: that is not the pointer. */
		if (missing > 1 && missing > there / 8)
			return USAGE_WRONG;
		st = vmcore_read(k->vc,
				 usage + layout_get(k->lay, L_mem_section_usage_pageblock_flags),
				 raw, flag_words * 8, "pageblock_flags", NULL);
	}
	if (st != PGC_OK)
		return st == PGC_ABSENT ? USAGE_WRONG : USAGE_UNSEEN;
	for (uint64_t b = 0; b < k->pages_per_section >> k->pageblock_order; b++, all++)
		wrong += (target_u64(raw + b * bits / 64 * 8) >> b * bits % 64 & 7) >=
			 k->migratetypes;
	return wrong > all / 8 ? USAGE_WRONG : USAGE_SOUND;
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

static bool mend_usage(const struct kernel *k, size_t i, uint64_t *ret)
{
	const struct section *s = &k->sections[i];
	unsigned int n = 0;

	if (usage_by_neighbours(k, i, ret) && usage_at(k, s, *ret) == USAGE_SOUND &&
	    !usage_is_taken(k, *ret, s, k->n_sections))
		return true;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t other = s->usage ^ 1ULL << bit;

		if (usage_at(k, s, other) != USAGE_SOUND || usage_is_taken(k, other, s, k->n_sections))
			continue;
		*ret = other;
		n++;
	}
	return n == 1;
}

static void check_usage(struct kernel *k, size_t i)
{
	struct section *s = &k->sections[i];
	struct record_fact fact = {
		.kind = RECORD_SECTION, .field = "mem_section.usage", .nid = -1, .cpu = -1,
		.what = "it does not lead to the usage data of the section",
		.pfn = s->start_pfn, .pages = k->pages_per_section, .found = s->usage,
	};

	if (!s->kaddr || !s->usage || !s->online || !k->running ||
	    !layout_has(k->lay, L_mem_section_usage) ||
	    (usage_at(k, s, s->usage) != USAGE_WRONG && !usage_is_taken(k, s->usage, s, k->n_sections)))
		return;
	fact.kaddr = s->kaddr + layout_get(k->lay, L_mem_section_usage);
	fact.has_expected = mend_usage(k, i, &fact.expected);
	/* Of two that have the same one, the one that can be mended is wrong, else the second. */
	if (!fact.has_expected && usage_at(k, s, s->usage) != USAGE_WRONG &&
	    !usage_is_taken(k, s->usage, s, i))
		return;
	s->usage = fact.has_expected ? fact.expected : 0;
	note(k, &fact);
}

void kernel_check_records(struct kernel *k)
{
	struct page_format fmt;

	for (size_t i = 0; i < k->n_zones; i++)
		check_span(k, &k->zones[i]);
	for (size_t i = 0; i < k->n_zones; i++)
		check_zone(k, &k->zones[i]);
	for (size_t i = 0; i < k->n_sections; i++)
		check_usage(k, i);
	if (page_format_init(&fmt, k, NULL) != PGC_OK)
		return;
	for (size_t i = 0; i < k->n_sections; i++)
		check_online(k, &fmt, &k->sections[i]);
}
