// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in counters, spans and locks.
 */
#include <linux/version.h>

#include "plant.h"

static int nr_free_off(struct plant *p, long delta)
{
	unsigned long *nr;
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	nr = &b.zone->free_area[b.order].nr_free;
	truth_zone(p, b.zone);
	truth_detail(p, "order", "%u", b.order);
	truth_change(p, nr, *nr, *nr + delta);
	plant_u64(p, nr, *nr + delta);
	truth_expect_zone(p, "nr-free-count", b.zone, b.order);
	return 0;
}

#define PCP_MINUS_FIVE	LONG_MIN

static int pcp_count(struct plant *p, long delta)
{
	struct per_cpu_pages *pcp;
	struct zone *zone = pick_zone(p);
	int cpu, new;

	if (!zone)
		return -ENOENT;
	cpu = cpumask_first(cpu_online_mask);
	pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
	truth_zone(p, zone);
	truth_detail(p, "cpu", "%d", cpu);
	new = delta == PCP_MINUS_FIVE ? -5 : pcp->count + delta;
	truth_change(p, &pcp->count, pcp->count, new);
	plant_u32(p, &pcp->count, new);
	truth_expect_zone(p, "pcp-count", zone, -1);
	return 0;
}

#define COUNTER_OFF	1000

static int zone_counter(struct plant *p, long item)
{
	struct zone *zone = pick_zone(p);
	atomic_long_t *stat;
	long old;

	if (!zone)
		return -ENOENT;
	stat = &zone->vm_stat[item];
	old = atomic_long_read(stat);
	truth_zone(p, zone);
	truth_change(p, stat, old, old + COUNTER_OFF);
	plant_u64(p, stat, old + COUNTER_OFF);
	truth_expect_zone(p, "zone-counter", zone, -1);
	return 0;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
static int zone_highatomic(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);
	unsigned long *count;

	if (!zone)
		return -ENOENT;
	count = &zone->nr_free_highatomic;
	truth_zone(p, zone);
	truth_change(p, count, *count, *count + COUNTER_OFF);
	plant_u64(p, count, *count + COUNTER_OFF);
	truth_expect_zone(p, "zone-counter", zone, -1);
	return 0;
}
#endif

/* More pages managed than there are. */
static int zone_managed(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);
	unsigned long old, new;

	if (!zone)
		return -ENOENT;
	old = zone_managed_pages(zone);
	new = zone->present_pages + 1 + rnd_below(p, 4096);
	truth_zone(p, zone);
	truth_change(p, &zone->managed_pages, old, new);
	plant_u64(p, &zone->managed_pages, new);
	truth_expect_zone(p, "zone-span", zone, -1);
	return 0;
}

static int zone_span(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);
	unsigned long new;

	if (!zone)
		return -ENOENT;
	new = zone->spanned_pages + 1 + rnd_below(p, 4096);
	truth_zone(p, zone);
	truth_change(p, &zone->present_pages, zone->present_pages, new);
	plant_u64(p, &zone->present_pages, new);
	truth_expect_zone(p, "zone-span", zone, -1);
	return 0;
}

/* Not a fault: a lock caught held, as a dump at a random instant may show. */
static int zone_lock_held(struct plant *p, long arg)
{
	struct zone *zone = pick_zone(p);

	if (!zone)
		return -ENOENT;
	truth_zone(p, zone);
	plant_u8(p, &zone->lock, 1);
	truth_expect_zone(p, "lock-held", zone, -1);
	return 0;
}

static int pcp_lock_held(struct plant *p, long arg)
{
	struct per_cpu_pages *pcp;
	struct zone *zone = pick_zone(p);
	int cpu;

	if (!zone)
		return -ENOENT;
	cpu = cpumask_first(cpu_online_mask);
	pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
	truth_zone(p, zone);
	truth_detail(p, "cpu", "%d", cpu);
	plant_u8(p, &pcp->lock, 1);
	truth_expect_zone(p, "lock-held", zone, -1);
	return 0;
}

/* Not a fault either: the planter's part in a healthy dump. */
static int nothing(struct plant *p, long arg)
{
	return 0;
}

const struct fault count_faults[] = {
	{ "nothing",		nothing },
	{ "nr-free-off",	nr_free_off, 1 },
	{ "nr-free-short",	nr_free_off, -1 },
	{ "pcp-count",		pcp_count, 1 },
	{ "pcp-count-wild",	pcp_count, 0x10000 },
	{ "pcp-count-negative",	pcp_count, PCP_MINUS_FIVE },
	{ "zone-counter",	zone_counter, NR_FREE_PAGES },
	{ "zone-counter-cma",	zone_counter, NR_FREE_CMA_PAGES },
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	{ "zone-counter-highatomic", zone_highatomic },
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	{ "zone-counter-blocks", zone_counter, NR_FREE_PAGES_BLOCKS },
#endif
	{ "zone-span",		zone_span },
	{ "zone-managed",	zone_managed },
	{ "zone-lock-held",	zone_lock_held },
	{ "pcp-lock-held",	pcp_lock_held },
	{ }
};
