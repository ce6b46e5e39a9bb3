/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct zone: list heads must be list heads, its pages lie in its span, a lock is one. */
#include "model/kernel_priv.h"

#include "base/checked.h"
#include "base/one_bit.h"
#include "base/target_int.h"
#include "model/list_each.h"
#include "vmcore.h"

#define SPAN_SAMPLES 256	/* pages asked for their zone, of a range */
#define SPAN_WITNESSES 16	/* a few may be damaged themselves */

static void note_lock(struct kernel *k, const struct zone *z, int cpu, const char *field,
		      uint64_t kaddr, uint32_t word)
{
	struct record_fact fact = {
		.kind = RECORD_LOCK, .field = field, .nid = z->nid, .zone = z->idx, .cpu = cpu,
		.what = "no lock can have this value", .pfn = UINT64_MAX,
		.kaddr = kaddr + layout_get(k->lay, L_spinlock_raw_val), .found = word,
	};

	kernel_note_record(k, &fact);
}

/* Has the lock at @kaddr a value, *@word, that no lock can have? */
static bool lock_is_wrong(const struct kernel *k, struct vmcore *vc, uint64_t kaddr, uint32_t *word)
{
	return layout_has(k->lay, L_spinlock_raw_val) &&
	       vmcore_read_u32(vc, kaddr + layout_get(k->lay, L_spinlock_raw_val), "spinlock", word,
			       NULL) == PGC_OK &&
	       !kernel_lock_can_be(k, *word);
}

/* What a place where a list head should be looks like. ASTRAY: to pages, none of which leads back. */
enum head { HEAD_EMPTY, HEAD_FILLED, HEAD_ASTRAY, HEAD_NONE, HEAD_UNMAPPED, HEAD_UNSEEN };

/* There is no list head at that place, for sure. */
static bool is_wrong(enum head head)
{
	return head == HEAD_ASTRAY || head == HEAD_NONE || head == HEAD_UNMAPPED;
}

static bool is_of_page(const struct kernel *k, uint64_t link)
{
	uint64_t lru = layout_get(k->lay, L_page_lru), pfn;

	return link >= lru && kernel_page_to_pfn(k, link - lru, &pfn);
}

/* Is @link that of a page which leads back to the head, by its pointer @back? */
static bool leads_back(struct kernel_reader kr, uint64_t link, uint64_t head,
		       uint64_t back)
{
	uint64_t to;

	return is_of_page(kr.k, link) &&
	       vmcore_read_u64(kr.vc, link + back, "page.lru", &to, NULL) == PGC_OK &&
	       to == head;
}

static enum head head_at(struct kernel_reader kr, uint64_t head)
{
	uint64_t to_next = layout_get(kr.k->lay, L_list_head_next);
	uint64_t to_prev = layout_get(kr.k->lay, L_list_head_prev), next, prev;
	enum pgc_status st =
		vmcore_read_u64(kr.vc, head + to_next, "list_head", &next, NULL);

	if (st == PGC_OK)
		st = vmcore_read_u64(kr.vc, head + to_prev, "list_head", &prev, NULL);
	if (st != PGC_OK)
		return st == PGC_ABSENT ? HEAD_UNMAPPED : HEAD_UNSEEN;
	if (next == head && prev == head)
		return HEAD_EMPTY;
	if (leads_back(kr, next, head, to_prev) || leads_back(kr, prev, head, to_next))
		return HEAD_FILLED;
	return is_of_page(kr.k, next) && is_of_page(kr.k, prev) ? HEAD_ASTRAY : HEAD_NONE;
}

/* The list heads where a pageset pointer leads, over all CPUs. */
struct pcp_heads {
	unsigned int sound, filled;
	unsigned int wrong_cpus;	/* CPUs with a place that is no list head */
};

enum pcp_stop { AT_A_SOUND_CPU, AT_A_WRONG_CPU };

static struct pcp_heads pcp_heads_at(struct kernel_reader kr, uint64_t pageset,
				     enum pcp_stop stop)
{
	const struct kernel *k = kr.k;
	unsigned int n = free_list_pcp_lists(k);
	struct pcp_heads heads = { 0 };

	for (size_t c = 0; c < k->n_cpus; c++) {
		bool wrong = false;

		for (unsigned int i = 0; i < n; i++) {
			enum head head = head_at(
				kr,
				free_list_pcp_head(k, pageset + k->cpus[c].offset, i));

			heads.sound += head == HEAD_EMPTY || head == HEAD_FILLED;
			heads.filled += head == HEAD_FILLED;
			wrong |= is_wrong(head);
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
static bool mend_pageset(struct kernel_reader kr, uint64_t found, uint64_t *ret)
{
	unsigned int n = 0, n_filled = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t other = found ^ 1ULL << bit;
		struct pcp_heads heads = pcp_heads_at(kr, other, AT_A_WRONG_CPU);

		if (!heads.sound || heads.wrong_cpus || pageset_is_taken(kr.k, other))
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
static void check_pageset(struct kernel *k, struct vmcore *vc, struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .nid = z->nid, .zone = z->idx, .cpu = -1,
		.what = "it does not point to per-CPU page sets", .pfn = UINT64_MAX,
	};
	bool old = !layout_has(k->lay, L_zone_per_cpu_pageset);
	enum layout_key key = old ? L_zone_pageset : L_zone_per_cpu_pageset;
	uint64_t inside = 0;
	struct pcp_heads heads;

	if (!z->has_pageset || !k->running)
		return;
	if (old)
		inside = layout_get(k->lay, L_per_cpu_pageset_pcp);
	heads = pcp_heads_at(kernel_reader_of(k, vc), z->pageset, AT_A_SOUND_CPU);
	if (heads.wrong_cpus < k->n_cpus)
		return;
	fact.has_expected =
		mend_pageset(kernel_reader_of(k, vc), z->pageset, &fact.expected);
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
	kernel_note_record(k, &fact);
}

/* The counters' pointer: where it leads no CPU has memory. */
static void check_zonestats(struct kernel *k, struct vmcore *vc, const struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .field = "zone.per_cpu_zonestats", .nid = z->nid,
		.zone = z->idx, .cpu = -1, .what = "it points to unmapped memory",
		.pfn = UINT64_MAX,
	};
	uint8_t byte;

	if (!layout_has(k->lay, L_zone_per_cpu_zonestats) || !z->managed || !k->n_cpus ||
	    !k->running ||
	    !kernel_zone_word(k, z, layout_get(k->lay, L_zone_per_cpu_zonestats), &fact.found))
		return;
	for (size_t c = 0; c < k->n_cpus; c++)
		if (vmcore_read(vc, fact.found + k->cpus[c].offset, &byte, 1, "zonestats",
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
		fact.has_expected = one_bit(off);
	}
	kernel_note_record(k, &fact);
}

/*
 * Of a zone that is set up nearly all list heads are sound: the walk reports the rest. Those that lead
 * to pages were not overwritten, whatever memory the pages are read from.
 */
static void check_heads(struct kernel *k, struct vmcore *vc, struct zone *z)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .nid = z->nid, .zone = z->idx, .cpu = -1, .pfn = UINT64_MAX,
		.kaddr = z->kaddr,
	};
	unsigned int of[HEAD_UNSEEN + 1] = { 0 };

	for (unsigned int order = 0; order < k->orders; order++)
		for (unsigned int mt = 0; mt < k->migratetypes; mt++)
			of[head_at(kernel_reader_of(k, vc),
				   free_list_head(k, z, order, mt))]++;
	if (!z->initialized) {
		/* init_currently_empty_zone() sets both up, long before pages are managed. */
		if (!z->managed || of[HEAD_ASTRAY] + of[HEAD_NONE] + of[HEAD_UNMAPPED] ||
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
		(void)kernel_zone_word(k, z, free_list_head(k, z, 0, 0) - z->kaddr, &fact.found);
		fact.whole = true;
	} else {
		return;
	}
	kernel_note_record(k, &fact);
}

/*
 * Enough of the pages from @start up to @end, and nearly all that speak, say that they are of @z.
 * Only of sections that are online: of memory that was taken away the struct pages stay as they
 * were.
 */
static bool pages_are_of(struct kernel_reader kr, const struct zone *z, uint64_t start,
			 uint64_t end)
{
	uint64_t step = end > start ? (end - start) / SPAN_SAMPLES + 1 : 1;
	unsigned int own = 0, other = 0;

	for (uint64_t pfn = start; pfn < end; pfn += step) {
		const struct section *s = kernel_section(kr.k, pfn);
		uint64_t flags;

		if (!s || !s->online || !kernel_page_speaks(kr, pfn, &flags))
			continue;
		if (kernel_flags_zone(kr.k, flags) == z->idx &&
		    kernel_flags_nid(kr.k, flags) == z->nid)
			own++;
		else
			other++;
	}
	return own >= SPAN_WITNESSES && other <= own / 8;
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
static void check_span(struct kernel *k, struct vmcore *vc, struct zone *z)
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
	below = start < z->start_pfn &&
		pages_are_of(kernel_reader_of(k, vc), z, start,
			     z->start_pfn < end ? z->start_pfn : end);
	above = now_end < end && pages_are_of(kernel_reader_of(k, vc), z,
					      now_end > start ? now_end : start, end);
	if (!below && !above)
		return;
	/* A side for which no page speaks stays as it is, unless it is another zone's. */
	if (!below && z->start_pfn > start)
		start = z->start_pfn;
	if (!above && now_end < end)
		end = now_end;
	/* Where it is the start alone, the width is still right. */
	if (below && end - start > z->spanned &&
	    !pages_are_of(kernel_reader_of(k, vc), z, start, end - z->spanned))
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
	kernel_note_record(k, &fact);
}

static void note_home(struct kernel *k, const struct zone *z, enum layout_key key, const char *field,
		      uint64_t found, uint64_t expected)
{
	struct record_fact fact = {
		.kind = RECORD_ZONE, .field = field, .nid = z->nid, .zone = z->idx, .cpu = -1,
		.what = "it is not the node that the zone lies in", .pfn = UINT64_MAX,
		.kaddr = z->kaddr + layout_get(k->lay, key), .found = found,
		.expected = expected, .has_expected = true,
	};

	if (found != expected)
		kernel_note_record(k, &fact);
}

/*
 * A zone lies in the pglist_data of its node. Both fields that say whose it is are written as it
 * is set up, with pages or without, and never again (zone_init_internals(): mm/page_alloc.c of
 * 5.10 and 6.1, mm/mm_init.c of 6.12 and 7.2).
 */
static void check_home(struct kernel *k, const struct zone *z)
{
	const struct node *n = NULL;
	uint64_t off, pgdat;

	for (size_t i = 0; i < k->n_nodes && !n; i++)
		if (k->nodes[i].nid == z->nid && k->nodes[i].itself)
			n = &k->nodes[i];
	if (!n || z->overwritten)
		return;
	if (layout_has(k->lay, L_zone_node)) {
		off = layout_get(k->lay, L_zone_node);
		if (range_ok(off, 4, layout_get(k->lay, L_zone)))
			note_home(k, z, L_zone_node, "zone.node", target_u32(z->raw + off),
				  (uint32_t)z->nid);
	}
	if (layout_has(k->lay, L_zone_zone_pgdat) &&
	    kernel_zone_word(k, z, layout_get(k->lay, L_zone_zone_pgdat), &pgdat))
		note_home(k, z, L_zone_zone_pgdat, "zone.zone_pgdat", pgdat, n->kaddr);
}

/*
 * Where no list head of a CPU's per_cpu_pages is one, what is there is no such record, in memory or
 * in a damaged dump: the lists say so, and a lock it has not.
 */
static bool has_pcp_head(struct kernel_reader kr, uint64_t pcp)
{
	unsigned int n = free_list_pcp_lists(kr.k);

	for (unsigned int i = 0; i < n; i++) {
		enum head head = head_at(kr, free_list_pcp_head(kr.k, pcp, i));

		if (!is_wrong(head))
			return true;
	}
	return !n;
}

static void check_locks(struct kernel *k, struct vmcore *vc, const struct zone *z)
{
	uint64_t at;
	uint32_t word;

	if (layout_has(k->lay, L_zone_lock)) {
		at = z->kaddr + layout_get(k->lay, L_zone_lock);
		if (lock_is_wrong(k, vc, at, &word))
			note_lock(k, z, -1, "zone.lock", at, word);
	}
	if (!z->has_pageset || !layout_has(k->lay, L_per_cpu_pages_lock))
		return;
	for (size_t c = 0; c < k->n_cpus; c++) {
		uint64_t pcp = z->pageset + k->cpus[c].offset;

		at = pcp + layout_get(k->lay, L_per_cpu_pages_lock);
		if (lock_is_wrong(k, vc, at, &word) && has_pcp_head(kernel_reader_of(k, vc), pcp))
			note_lock(k, z, (int)k->cpus[c].id, "per_cpu_pages.lock", at, word);
	}
}

static void check_zone(struct kernel *k, struct vmcore *vc, struct zone *z)
{
	check_heads(k, vc, z);
	if (z->lists_lost) {
		z->has_pageset = false;
		return;
	}
	check_home(k, z);
	check_pageset(k, vc, z);
	check_zonestats(k, vc, z);
	check_locks(k, vc, z);
}

void kernel_check_zone_records(struct kernel *k, struct vmcore *vc)
{
	for (size_t i = 0; i < k->n_zones; i++)
		check_span(k, vc, &k->zones[i]);
	for (size_t i = 0; i < k->n_zones; i++)
		check_zone(k, vc, &k->zones[i]);
}
