/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/zone_counters.h"

#include "vmcore.h"

#define MAX_STAT_THRESHOLD 125 /* mm/vmstat.c: differences are s8 */

/*
 * Where CPU 0's differences are, as a __percpu pointer; 0: not known. Up to Linux 5.13 they stood
 * beside the per-CPU lists, see find_pageset().
 */
static bool find_diffs(const struct kernel *k, const struct zone *z, uint64_t *ret)
{
	const struct layout *lay = k->lay;
	enum layout_key zone = L_zone_per_cpu_zonestats, diffs = L_per_cpu_zonestat_vm_stat_diff;
	uint64_t stats;

	*ret = 0;
	if (!layout_has(lay, zone) || !layout_has(lay, diffs)) {
		zone = L_zone_pageset;
		diffs = L_per_cpu_pageset_vm_stat_diff;
	}
	if (!layout_has(lay, zone) || !layout_has(lay, diffs))
		return true;
	if (!kernel_zone_word(k, z, layout_get(lay, zone), &stats))
		return false;
	*ret = stats + layout_get(lay, diffs);
	return true;
}

/* vm_stat[item] and the differences of all CPUs; false when it cannot be had. */
static bool zone_stat(struct kernel_reader kr, const struct zone *z, uint64_t item,
		      int64_t *ret)
{
	const struct kernel *k = kr.k;
	const struct layout *lay = k->lay;
	uint64_t at = layout_get(lay, L_zone_vm_stat) + item * 8, value, diffs;

	if (item >= layout_get(lay, L_zone_nr_vm_stat) || !kernel_zone_word(k, z, at, &value) ||
	    !find_diffs(k, z, &diffs))
		return false;
	*ret = (int64_t)value;
	return !diffs || kernel_add_diffs(kr, diffs + item, ret);
}

int64_t zone_counters_free_pages(struct kernel_reader kr, const struct zone *z)
{
	int64_t value;

	return zone_stat(kr, z, layout_get(kr.k->lay, L_NR_FREE_PAGES), &value) ? value
										: 0;
}

/* Pages on the lists of one migratetype, in blocks of @from and up. */
static int64_t listed(const struct zone_summary *sum, unsigned int mt, unsigned int from)
{
	int64_t pages = 0;

	for (unsigned int order = from; order < sum->orders && order < SUMMARY_ORDERS; order++)
		pages += (int64_t)(sum->blocks[order][mt] << order);
	return pages;
}

static int64_t listed_but_isolated(const struct kernel *k, const struct zone_summary *sum,
				   unsigned int from)
{
	int64_t pages = 0;

	for (unsigned int mt = 0; mt < sum->migratetypes; mt++)
		if (!layout_has(k->lay, L_MIGRATE_ISOLATE) ||
		    mt != layout_get(k->lay, L_MIGRATE_ISOLATE))
			pages += listed(sum, mt, from);
	return pages;
}

/* One migratetype's own counter, a plain member of struct zone. */
static bool zone_member(const struct kernel *k, const struct zone *z, enum layout_key key,
			int64_t *ret)
{
	uint64_t value;

	if (!layout_has(k->lay, key) ||
	    !kernel_zone_word(k, z, layout_get(k->lay, key), &value))
		return false;
	*ret = (int64_t)value;
	return true;
}

static void compare_stat(struct kernel_reader kr, struct counter_fact *fact,
			 enum layout_key item, const char *name, int64_t expected,
			 counter_fact_fn *fn, void *arg)
{
	if (!layout_has(kr.k->lay, item) ||
	    !zone_stat(kr, fact->zone, layout_get(kr.k->lay, item), &fact->found))
		return;
	fact->name = name;
	fact->expected = expected;
	fact->slack = MAX_STAT_THRESHOLD * (int64_t)kr.k->n_cpus;
	fn(arg, fact);
}

/* Blocks on the isolated list without an isolated pageblock cannot be. */
static void compare_isolated(const struct kernel *k, struct counter_fact *fact,
			     const struct zone_summary *sum, counter_fact_fn *fn, void *arg)
{
	uint64_t mt;

	if (!layout_has(k->lay, L_MIGRATE_ISOLATE) ||
	    !zone_member(k, fact->zone, L_zone_nr_isolate_pageblock, &fact->found))
		return;
	mt = layout_get(k->lay, L_MIGRATE_ISOLATE);
	if (fact->found || mt >= sum->migratetypes || !listed(sum, (unsigned int)mt, 0))
		return;
	fact->name = "nr_isolate_pageblock";
	fact->expected = 1;
	fact->slack = 0;
	fn(arg, fact);
}

void zone_counters_compare(struct kernel_reader kr, const struct zone *z,
			   const struct zone_summary *sum, counter_fact_fn *fn, void *arg)
{
	const struct kernel *k = kr.k;
	struct counter_fact fact = { .zone = z };
	unsigned int highatomic = SUMMARY_MIGRATETYPES, cma = SUMMARY_MIGRATETYPES;

	uint32_t minorder;

	/* Isolated blocks, memory not accepted, other CPUs' shares: any may be out of sight. */
	if (layout_partial(k->lay))
		return;
	if (layout_has(k->lay, L_debug_guardpage_minorder) &&
	    vmcore_read_u32(kr.vc, kernel_addr(k, L_debug_guardpage_minorder),
			    "_debug_guardpage_minorder", &minorder, NULL) == PGC_OK)
		fact.guarded = minorder > 0;
	if (sum->orders > SUMMARY_ORDERS || sum->migratetypes > SUMMARY_MIGRATETYPES)
		return;
	if (layout_has(k->lay, L_MIGRATE_HIGHATOMIC))
		highatomic = (unsigned int)layout_get(k->lay, L_MIGRATE_HIGHATOMIC);
	if (layout_has(k->lay, L_MIGRATE_CMA))
		cma = (unsigned int)layout_get(k->lay, L_MIGRATE_CMA);
	compare_stat(kr, &fact, L_NR_FREE_PAGES, "NR_FREE_PAGES",
		     listed_but_isolated(k, sum, 0) + (int64_t)sum->unaccepted, fn, arg);
	compare_stat(kr, &fact, L_NR_FREE_PAGES_BLOCKS, "NR_FREE_PAGES_BLOCKS",
		     listed_but_isolated(k, sum, k->pageblock_order), fn, arg);
	compare_stat(kr, &fact, L_NR_UNACCEPTED, "NR_UNACCEPTED",
		     (int64_t)sum->unaccepted, fn, arg);
	if (cma < sum->migratetypes)
		compare_stat(kr, &fact, L_NR_FREE_CMA_PAGES, "NR_FREE_CMA_PAGES",
			     listed(sum, cma, 0), fn, arg);
	compare_isolated(k, &fact, sum, fn, arg);
	if (highatomic >= sum->migratetypes ||
	    !zone_member(k, z, L_zone_nr_free_highatomic, &fact.found))
		return;
	fact.name = "nr_free_highatomic";
	fact.expected = listed(sum, highatomic, 0);
	fact.slack = 0;
	fn(arg, &fact);
}

/* Folios that a CPU has taken off a list at most, and off its counter not yet (MAX_LRU_BATCH). */
#define LRU_BATCH 64

void zone_counters_compare_lru(struct kernel_reader kr, const struct zone *z,
			       const struct lru_edges *lru, counter_fact_fn *fn, void *arg)
{
	static const struct {
		enum lru_kind kind;
		const char *items[2], *name;	/* without NR_ */
	} rows[] = {
		{ LRU_KIND_ANON, { "ZONE_INACTIVE_ANON", "ZONE_ACTIVE_ANON" },
		  "NR_ZONE_INACTIVE_ANON + NR_ZONE_ACTIVE_ANON" },
		{ LRU_KIND_FILE, { "ZONE_INACTIVE_FILE", "ZONE_ACTIVE_FILE" },
		  "NR_ZONE_INACTIVE_FILE + NR_ZONE_ACTIVE_FILE" },
		{ LRU_KIND_UNEVICTABLE, { "ZONE_UNEVICTABLE", NULL }, "NR_ZONE_UNEVICTABLE" },
	};

	if (layout_partial(kr.k->lay) || lru->uncounted)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct counter_fact fact = {
			.zone = z, .name = rows[i].name,
			.expected = lru_edges_pages(lru, kernel_zone_flags(kr.k, z), rows[i].kind),
			.slack = (2 * MAX_STAT_THRESHOLD + LRU_BATCH * (lru->largest + 1)) *
				 (int64_t)kr.k->n_cpus,
		};
		bool known = true;

		for (size_t item = 0; item < 2 && rows[i].items[item]; item++) {
			int64_t nr, value;

			known = known &&
				layout_enum_value(kr.k->lay, LE_zone_stat_item, rows[i].items[item], &nr) &&
				zone_stat(kr, z, (uint64_t)nr, &value);
			if (known)
				fact.found += value;
		}
		if (known)
			fn(arg, &fact);
	}
}
