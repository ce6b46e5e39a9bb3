/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_kernel.h"

#include <byteswap.h>
#include <check.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/target_int.h"
#include "bitmap_walk.h"
#include "fake_vmcore.h"
#include "layout/layout.h"
#include "model/dual_bitmap.h"
#include "model/kernel.h"
#include "unit.h"

/* Where things are in memory... */
#define DATA FK_DATA /* nodes, zones, per-CPU data */
#define NODE DATA
#define ZONES (NODE + 0x100)
#define ZONE_SIZE 0x800
#define LRUVEC (DATA + 0x2000)
#define PCPS (DATA + 0x4000) /* by zone, then by CPU */
#define PCP_SIZE 0x100
#define NAMES (DATA + 0x6000)
#define ROOTS (DATA + 0x7000)
#define SECTIONS (DATA + 0x8000)
#define VARS (DATA + 0x9000)
#define USAGES (DATA + 0xa000) /* of 24 bytes: rcu, map, flags */
#define USAGE_SIZE 24
#define MAPS (FAKE_DIRECT_MAP + 0x40000)
#define MAP_BYTES 1024
#define N_ZONES 2
#define N_CPUS 2
#define SECTION_PAGES 4096
#define MIN_PFN 1

/* ... and in the structs. The numbers are those of no real kernel, on purpose. */
enum {
	PAGE_FLAGS = 0, PAGE_LRU = 8, PAGE_MAPPING = 24, PAGE_PRIVATE = 40, PAGE_MAPCOUNT = 48,
	PAGE_REFCOUNT = 52,
	ZONE_START = 0, ZONE_SPANNED = 8, ZONE_PRESENT = 16, ZONE_MANAGED = 24, ZONE_NAME = 32,
	ZONE_INIT = 40, ZONE_PAGESET = 48, ZONE_LOCK = 56, ZONE_VMSTAT = 64, ZONE_AREAS = 128,
	ZONE_NODE = 60, ZONE_PGDAT = 0x7f0,
	AREA_SIZE = 88, AREA_NR_FREE = 80, ORDERS = 11, TYPES = 5,
	LRU_LISTS = 0, N_LRU_LISTS = 5, LRU_UNEVICTABLE = 4, LRU_LOCK = 80, LRU_GEN = 88,
	PCP_LOCK = 0, PCP_COUNT = 4, PCP_LISTS = 16, N_PCP_LISTS = 12,
	V_NODE_DATA = 0, V_NODE_STATES = 0x40, V_OFFSETS = 0x80, V_POSSIBLE = 0xc0,
	V_MEM_SECTION = 0x100, V_PC = 0x140, V_STATS = 0x180, V_KEY = 0x1c0,
};

#define ISOLATE 4 /* enum migratetype */

#define PG_LRU 5
#define PG_HEAD 6
#define PG_RESERVED 13
#define PG_UNEVICTABLE 20
#define PG_WORKINGSET 9
#define NR_FLAGS 24
#define BUDDY 0xf0000000u

#define OLD_PCP 8 /* per_cpu_pageset.pcp */

struct fake_kernel {
	struct vmcore *vc;
	struct layout *lay;
	bool no_checker, no_locks, type_bits, old_pagesets, no_pagesets, usage, lruvec, counts_lru;
	bool verify_tags, verify_slab, verify_areas, verify_cache, process;
	struct {
		enum layout_key key;
		uint64_t value, size;
	} extra[64];
	size_t n_extra;
};

static const struct {
	uint64_t start, spanned;
	const char *name;
} zones[N_ZONES] = { { 1, 4095, "DMA32" }, { 4096, 4096, "Normal" } };

static uint64_t get64(struct fake_kernel *fk, uint64_t kaddr)
{
	return target_u64(fake_vmcore_at(fk->vc, kaddr));
}

static uint64_t page_at(uint64_t pfn)
{
	return FK_MEMMAP + pfn * FK_PAGE_SIZE_OF;
}

uint64_t fk_link(uint64_t pfn)
{
	return page_at(pfn) + PAGE_LRU;
}

uint64_t fk_list_head(unsigned int zone, unsigned int order, unsigned int mt)
{
	return ZONES + zone * ZONE_SIZE + ZONE_AREAS + order * AREA_SIZE + mt * 16;
}

uint64_t fk_lru_head(unsigned int list)
{
	return LRUVEC + LRU_LISTS + list * 16;
}

void fk_set_lru_lock(struct fake_kernel *fk, uint32_t value)
{
	fk->lruvec = true;
	fake_put32(fk->vc, LRUVEC + LRU_LOCK, value);
}

uint64_t fk_map_kaddr(int map)
{
	return MAPS + (uint64_t)map * 0x2000;
}

uint32_t fk_nbits(void)
{
	return FK_PAGES - MIN_PFN;
}

void fk_set_refcount(struct fake_kernel *fk, uint64_t pfn, int32_t value)
{
	fake_put32(fk->vc, page_at(pfn) + PAGE_REFCOUNT, (uint32_t)value);
}

void fk_set_mapcount(struct fake_kernel *fk, uint64_t pfn, uint32_t value)
{
	fake_put32(fk->vc, page_at(pfn) + PAGE_MAPCOUNT, value);
}

void fk_set_mapping(struct fake_kernel *fk, uint64_t pfn, uint64_t value)
{
	fake_put64(fk->vc, page_at(pfn) + PAGE_MAPPING, value);
}

void fk_fill_page(struct fake_kernel *fk, uint64_t pfn, uint8_t byte)
{
	memset(fake_vmcore_at(fk->vc, page_at(pfn)), byte, FK_PAGE_SIZE_OF);
}

void fk_set_page_word(struct fake_kernel *fk, uint64_t pfn, uint64_t at, uint64_t value)
{
	fake_put64(fk->vc, page_at(pfn) + at, value);
}

void fk_set_private(struct fake_kernel *fk, uint64_t pfn, uint64_t value)
{
	fake_put64(fk->vc, page_at(pfn) + PAGE_PRIVATE, value);
}

void fk_set_flags(struct fake_kernel *fk, uint64_t pfn, uint64_t value)
{
	fake_put64(fk->vc, page_at(pfn) + PAGE_FLAGS, value);
}

uint64_t fk_flags(struct fake_kernel *fk, uint64_t pfn)
{
	return get64(fk, page_at(pfn) + PAGE_FLAGS);
}

void fk_set_next(struct fake_kernel *fk, uint64_t pfn, uint64_t link)
{
	fake_put64(fk->vc, fk_link(pfn), link);
}

void fk_set_prev(struct fake_kernel *fk, uint64_t pfn, uint64_t link)
{
	fake_put64(fk->vc, fk_link(pfn) + 8, link);
}

uint64_t fk_next(struct fake_kernel *fk, uint64_t pfn)
{
	return get64(fk, fk_link(pfn));
}

uint64_t fk_prev(struct fake_kernel *fk, uint64_t pfn)
{
	return get64(fk, fk_link(pfn) + 8);
}

void fk_unlink(struct fake_kernel *fk, uint64_t pfn)
{
	fake_put64(fk->vc, fk_prev(fk, pfn), fk_next(fk, pfn));
	fake_put64(fk->vc, fk_next(fk, pfn) + 8, fk_prev(fk, pfn));
	fk_set_next(fk, pfn, 0xdead000000000100);
	fk_set_prev(fk, pfn, 0xdead000000000122);
}

void fk_make_slab(struct fake_kernel *fk, uint64_t pfn, unsigned int order)
{
	uint64_t top = fk_flags(fk, pfn) & ~0xffffffULL;

	fk_unlink(fk, pfn);
	fk_set_flags(fk, pfn, top | 1ULL << PG_HEAD);
	fk_set_mapcount(fk, pfn, 0xf5000000u);
	for (uint64_t i = 1; i < 1ULL << order; i++) {
		fk_unlink(fk, pfn + i);
		/* The order is in the low byte of the first tail's flags. */
		fk_set_flags(fk, pfn + i, i == 1 ? top | order : top);
		fk_set_refcount(fk, pfn + i, 0);
		fk_set_next(fk, pfn + i, page_at(pfn) + 1);
	}
}

static void put_links(struct fake_kernel *fk, uint64_t head, uint64_t next, uint64_t prev)
{
	fake_put64(fk->vc, head, next);
	fake_put64(fk->vc, head + 8, prev);
}

/* The first page of a huge page, on no LRU list. */
static void make_huge(struct fake_kernel *fk, uint64_t pfn, int32_t refs)
{
	fk_make_slab(fk, pfn, 2);
	fk_set_mapcount(fk, pfn, 0xffffffff);
	fk_set_flags(fk, pfn, (fk_flags(fk, pfn) & ~0xffffffULL) | 1ULL << 6);
	fk_set_refcount(fk, pfn, refs);
}

static void link_huge(struct fake_kernel *fk)
{
	const uint64_t lists = FK_HSTATE + FK_HSTATE_LISTS, active = FK_HSTATE + FK_HSTATE_ACTIVE;

	put_links(fk, lists, fk_link(FK_HUGE_A), fk_link(FK_HUGE_B));
	put_links(fk, lists + 16, lists + 16, lists + 16);
	fk_set_next(fk, FK_HUGE_A, fk_link(FK_HUGE_B));
	fk_set_prev(fk, FK_HUGE_A, lists);
	fk_set_next(fk, FK_HUGE_B, lists);
	fk_set_prev(fk, FK_HUGE_B, fk_link(FK_HUGE_A));
	put_links(fk, active, fk_link(FK_HUGE_C), fk_link(FK_HUGE_C));
	fk_set_next(fk, FK_HUGE_C, active);
	fk_set_prev(fk, FK_HUGE_C, active);
}

void fk_add_hugetlb(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_hstate, FK_HSTATE_SIZE, 0 }, { L_hstate_order, FK_HSTATE_ORDER, 4 },
		{ L_hstate_nr, FK_HSTATE_NR, 8 }, { L_hstate_free, FK_HSTATE_FREE, 8 },
		{ L_hstate_surplus, FK_HSTATE_SURPLUS, 8 },
		{ L_hstate_activelist, FK_HSTATE_ACTIVE, 16 },
		{ L_hstate_freelists, FK_HSTATE_LISTS, 32 }, { L_hstate_nr_freelists, 2, 0 },
		{ L_hstate_nr_node, FK_HSTATE_NR_NODE, 8 },
		{ L_hstate_free_node, FK_HSTATE_FREE_NODE, 8 },
		{ L_hstate_surplus_node, FK_HSTATE_SURPLUS_NODE, 8 },
		{ L_hstates, FK_HSTATE, 0 }, { L_hugetlb_lock, FK_HUGETLB_LOCK, 0 },
		{ L_hugetlb_max_hstate, FK_HUGETLB_LOCK + 8, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), FK_HSTATE, 0x1000));
	fake_put32(fk->vc, FK_HUGETLB_LOCK + 8, 2);
	fake_put32(fk->vc, FK_HSTATE + FK_HSTATE_ORDER, 2);
	fake_put64(fk->vc, FK_HSTATE + FK_HSTATE_NR, 3);
	fake_put64(fk->vc, FK_HSTATE + FK_HSTATE_FREE, 2);
	fake_put32(fk->vc, FK_HSTATE + FK_HSTATE_NR_NODE, 3);
	fake_put32(fk->vc, FK_HSTATE + FK_HSTATE_FREE_NODE, 2);
	make_huge(fk, FK_HUGE_A, 0);
	make_huge(fk, FK_HUGE_B, 0);
	make_huge(fk, FK_HUGE_C, 1);
	link_huge(fk);
}

static void make_cma(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_cma, FK_CMA_SIZE, 0 }, { L_cma_count, FK_CMA_COUNT, 8 },
		{ L_cma_order_per_bit, FK_CMA_ORDER, 4 }, { L_cma_lock, FK_CMA_LOCK, 4 },
		{ L_cma_name, FK_CMA_NAME, 64 }, { L_cma_areas, FK_CMA, 0 },
		{ L_cma_area_count, FK_CMA + FK_CMA_AREA_COUNT, 0 }, { L_MIGRATE_CMA, 6, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), FK_CMA, 0x1000));
	fake_put64(fk->vc, FK_CMA + FK_CMA_COUNT, FK_CMA_PAGES);
	fake_put64(fk->vc, FK_CMA + FK_CMA_AVAILABLE, FK_CMA_PAGES - 1);
	memcpy(fake_vmcore_at(fk_vmcore(fk), FK_CMA + FK_CMA_NAME), "reserved", 9);
	fake_put64(fk->vc, FK_CMA + FK_CMA_FLAGS, 1 << 3);
	fake_put32(fk->vc, FK_CMA + FK_CMA_NRANGES, 1);
	fake_put64(fk->vc, FK_CMA + FK_CMA_RANGES, FK_CMA_PFN);
	fake_put64(fk->vc, FK_CMA + FK_CMA_RANGES + 8, FK_CMA_PAGES);
	fake_put64(fk->vc, FK_CMA + FK_CMA_RANGES + 16, FK_CMA_BITMAP);
	fake_put32(fk->vc, FK_CMA + FK_CMA_AREA_COUNT, 1);
	fake_put64(fk->vc, FK_CMA_BITMAP, 1);
}

void fk_add_cma(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_cma_available, FK_CMA_AVAILABLE, 8);
	fk_add_layout(fk, L_cma_flags, FK_CMA_FLAGS, 8);
	fk_add_layout(fk, L_cma_nranges, FK_CMA_NRANGES, 4);
	fk_add_layout(fk, L_cma_ranges, FK_CMA_RANGES, 48);
	fk_add_layout(fk, L_cma_memrange, 24, 0);
	fk_add_layout(fk, L_cma_memrange_base_pfn, 0, 8);
	fk_add_layout(fk, L_cma_memrange_count, 8, 8);
	fk_add_layout(fk, L_cma_memrange_bitmap, 16, 8);
	fk_add_layout(fk, L_CMA_ACTIVATED, 3, 0);
	make_cma(fk);
}

void fk_add_old_cma(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_cma_base_pfn, FK_CMA_RANGES, 8);
	fk_add_layout(fk, L_cma_bitmap, FK_CMA_RANGES + 16, 8);
	make_cma(fk);
}

void fk_set_cache(struct fake_kernel *fk, uint64_t cache, uint32_t size, uint32_t objects,
		  uint64_t next, uint64_t prev)
{
	fake_put32(fk->vc, cache + 24, size);
	fake_put32(fk->vc, cache + FK_CACHE_OO, objects);
	fake_put32(fk->vc, cache + FK_CACHE_OO + 4, objects);
	put_links(fk, cache + FK_CACHE_LIST, next, prev);
}

static void make_slab_of_a(struct fake_kernel *fk, uint64_t pfn)
{
	fk_make_slab(fk, pfn, 0);
	fk_set_flags(fk, pfn, fk_flags(fk, pfn) & ~0xffffffULL);
	fk_set_page_word(fk, pfn, 8, FK_CACHE_A);
	fk_set_page_word(fk, pfn, 32, FK_DIRECT + (pfn << 12) + 256 * 5);
	fk_set_page_word(fk, pfn, 40, FK_SLAB_COUNTS(5, 16));
}

void fk_add_slab_caches(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_slab_slab_cache, 8, 8 }, { L_slab_freelist, 32, 8 }, { L_slab_counters, 40, 8 },
		{ L_kmem_cache_size, 24, 4 }, { L_kmem_cache_oo, FK_CACHE_OO, 4 },
		{ L_kmem_cache_min, FK_CACHE_OO + 4, 4 }, { L_kmem_cache_list, FK_CACHE_LIST, 16 },
		{ L_slab_caches, FK_CACHES_HEAD, 16 }, { L_page_offset_base, FK_SPARE, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), FK_CACHES, 0x1000));
	fake_put64(fk->vc, FK_SPARE, FK_DIRECT);
	put_links(fk, FK_CACHES_HEAD, FK_CACHE_A + FK_CACHE_LIST, FK_CACHE_B + FK_CACHE_LIST);
	fk_set_cache(fk, FK_CACHE_A, 256, 16, FK_CACHE_B + FK_CACHE_LIST, FK_CACHES_HEAD);
	fk_set_cache(fk, FK_CACHE_B, 192, 21, FK_CACHES_HEAD, FK_CACHE_A + FK_CACHE_LIST);
	make_slab_of_a(fk, FK_SLAB);
}

uint64_t fk_slab_link(uint64_t pfn)
{
	return FK_MEMMAP + pfn * FK_PAGE_SIZE_OF + FK_SLAB_LIST;
}

void fk_add_partial_list(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_slab_slab_list, FK_SLAB_LIST, 16 }, { L_kmem_cache_nodes, FK_CACHE_NODES, 16 },
		{ L_kmem_cache_nr_nodes, 2, 0 }, { L_kmem_cache_node_list_lock, 0, 4 },
		{ L_kmem_cache_node_nr_partial, FK_NODE_NR_PARTIAL, 8 },
		{ L_kmem_cache_node_partial, FK_NODE_PARTIAL, 16 },
	};
	const uint64_t head = FK_CACHE_NODE + FK_NODE_PARTIAL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
	make_slab_of_a(fk, FK_SLAB_B);
	fake_put64(fk->vc, FK_CACHE_A + FK_CACHE_NODES, FK_CACHE_NODE);
	fake_put64(fk->vc, FK_CACHE_NODE + FK_NODE_NR_PARTIAL, 2);
	put_links(fk, head, fk_slab_link(FK_SLAB), fk_slab_link(FK_SLAB_B));
	put_links(fk, fk_slab_link(FK_SLAB), fk_slab_link(FK_SLAB_B), head);
	put_links(fk, fk_slab_link(FK_SLAB_B), head, fk_slab_link(FK_SLAB));
}

static void put_object(struct fake_kernel *fk, uint64_t object, uint64_t next, uint64_t random)
{
	uint64_t at = object + FK_FREE_POINTER;

	fake_put64(fk->vc, at, random ? next ^ random ^ bswap_64(at) : next);
}

/* Objects 5 to 15, in their order. */
static void free_objects_of(struct fake_kernel *fk, uint64_t pfn, uint64_t random)
{
	uint64_t start = FK_DIRECT + (pfn << 12);

	if (!fake_vmcore_at(fk_vmcore(fk), start))
		ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), start, 4096));
	for (unsigned int i = 5; i < 16; i++)
		put_object(fk, start + 256 * i, i < 15 ? start + 256 * (i + 1) : 0, random);
}

void fk_add_free_objects(struct fake_kernel *fk, uint64_t random)
{
	fk->verify_slab = true;
	fk_add_layout(fk, L_kmem_cache_offset, FK_CACHE_OFFSET, 4);
	if (random)
		fk_add_layout(fk, L_kmem_cache_random, FK_CACHE_RANDOM, 8);
	fake_put32(fk->vc, FK_CACHE_A + FK_CACHE_OFFSET, FK_FREE_POINTER);
	fake_put64(fk->vc, FK_CACHE_A + FK_CACHE_RANDOM, random);
	free_objects_of(fk, FK_SLAB, random);
	free_objects_of(fk, FK_SLAB_B, random);
}

void fk_verify_cache(struct fake_kernel *fk)
{
	fk->verify_cache = true;
}

void fk_flip_bit(struct fake_kernel *fk, int map, uint64_t pfn)
{
	uint64_t index = pfn - MIN_PFN;

	*fake_vmcore_at(fk->vc, fk_map_kaddr(map) + index / 8) ^= (uint8_t)(1 << index % 8);
}

void fk_set_nr_free(struct fake_kernel *fk, unsigned int zone, unsigned int order,
		    uint64_t value)
{
	fake_put64(fk->vc, fk_list_head(zone, order, 0) + AREA_NR_FREE, value);
}

static uint64_t pcp_at(unsigned int zone, unsigned int cpu)
{
	return PCPS + (zone * N_CPUS + cpu) * PCP_SIZE;
}

void fk_set_pcp_count(struct fake_kernel *fk, unsigned int zone, unsigned int cpu,
		      uint32_t value)
{
	fake_put32(fk->vc, pcp_at(zone, cpu) + PCP_COUNT, value);
}

void fk_set_zone_lock(struct fake_kernel *fk, unsigned int zone, uint32_t value)
{
	fake_put32(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_LOCK, value);
}

void fk_set_zone_home(struct fake_kernel *fk, unsigned int zone, uint32_t nid, uint64_t flip)
{
	fake_put32(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_NODE, nid);
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_PGDAT, NODE ^ flip);
}

void fk_set_zone_extra(struct fake_kernel *fk, unsigned int zone, uint64_t value)
{
	fk_set_zone_word(fk, zone, 0, value);
}

void fk_set_zone_word(struct fake_kernel *fk, unsigned int zone, unsigned int at, uint64_t value)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + FK_ZONE_EXTRA + 8 * at, value);
}

void fk_set_pcp_lock(struct fake_kernel *fk, unsigned int zone, unsigned int cpu, uint32_t value)
{
	fake_put32(fk->vc, pcp_at(zone, cpu) + PCP_LOCK, value);
}

void fk_write_over_zone(struct fake_kernel *fk, unsigned int zone, bool lists)
{
	uint64_t at = ZONES + zone * ZONE_SIZE, word = 0x123456789abcdefULL;

	for (uint64_t i = 0; i < (lists ? ZONE_AREAS + ORDERS * AREA_SIZE : ZONE_NAME); i += 8) {
		word = word * 6364136223846793005ULL + 1442695040888963407ULL;
		if (i < ZONE_NAME || i >= ZONE_AREAS)
			fake_put64(fk->vc, at + i, word);
	}
}

uint64_t fk_use_usage(struct fake_kernel *fk, uint64_t nr)
{
	fk->usage = true;
	for (uint64_t s = 0; s < FK_PAGES / SECTION_PAGES; s++) {
		fk_set_usage(fk, s, USAGES + s * USAGE_SIZE);
		fake_put64(fk->vc, USAGES + s * USAGE_SIZE + 8, UINT64_MAX);
		fk_set_pageblocks(fk, s, 1);
	}
	return USAGES + nr * USAGE_SIZE;
}

void fk_set_usage(struct fake_kernel *fk, uint64_t nr, uint64_t kaddr)
{
	fake_put64(fk->vc, SECTIONS + nr * 16 + 8, kaddr);
}

void fk_set_pageblocks(struct fake_kernel *fk, uint64_t nr, unsigned int type)
{
	/* Eight of 512 pages, 4 bits each. */
	fake_put64(fk->vc, USAGES + nr * USAGE_SIZE + 16, type * 0x11111111ULL);
}

void fk_set_zone_span(struct fake_kernel *fk, unsigned int zone, uint64_t start,
		      uint64_t spanned)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_START, start);
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_SPANNED, spanned);
}

void fk_set_zone_memory(struct fake_kernel *fk, unsigned int zone, uint64_t pages)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_SPANNED, pages);
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_PRESENT, pages);
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_MANAGED, pages);
}

void fk_set_zone_counts(struct fake_kernel *fk, unsigned int zone, uint64_t present,
			uint64_t managed)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_PRESENT, present);
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_MANAGED, managed);
}

void fk_set_zone_stat(struct fake_kernel *fk, unsigned int zone, unsigned int item,
		      uint64_t value)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_VMSTAT + item * 8, value);
}

uint64_t fk_zone_stat(struct fake_kernel *fk, unsigned int zone, unsigned int item)
{
	return get64(fk, ZONES + zone * ZONE_SIZE + ZONE_VMSTAT + item * 8);
}

void fk_count_lru(struct fake_kernel *fk)
{
	uint64_t n[N_ZONES] = { 0 };

	for (uint64_t pfn = 0; pfn < FK_PAGES; pfn++)
		if (fk_flags(fk, pfn) & 1ULL << PG_LRU)
			n[fk_flags(fk, pfn) >> 62 & 1]++;
	for (unsigned int zone = 0; zone < N_ZONES; zone++) {
		fk_set_zone_stat(fk, zone, FK_LRU_ITEM + 2, n[zone] / 3);
		fk_set_zone_stat(fk, zone, FK_LRU_ITEM + 3, n[zone] - n[zone] / 3);
	}
	fk->counts_lru = true;
}

void fk_set_violations(struct fake_kernel *fk, uint64_t value)
{
	fake_put64(fk->vc, VARS + V_STATS + 24, value);
}

void fk_add_layout(struct fake_kernel *fk, enum layout_key key, uint64_t value,
		   uint64_t size)
{
	ck_assert_uint_lt(fk->n_extra, ARRAY_SIZE(fk->extra));
	fk->extra[fk->n_extra].key = key;
	fk->extra[fk->n_extra].value = value;
	fk->extra[fk->n_extra++].size = size;
}

void fk_set_nodes_online(struct fake_kernel *fk, uint64_t mask)
{
	fake_put64(fk->vc, VARS + V_NODE_STATES + 8, mask);
}

void fk_set_false_node(struct fake_kernel *fk, uint64_t pfn)
{
	fake_put64(fk->vc, VARS + V_NODE_DATA + 8, page_at(pfn));
}

void fk_set_node_twice(struct fake_kernel *fk)
{
	fake_put64(fk->vc, VARS + V_NODE_DATA + 8, NODE);
}

void fk_lose_zone_names(struct fake_kernel *fk)
{
	fake_vmcore_gap(fk->vc, NAMES, PGC_DAMAGED);
}

void fk_set_pcp_lists(struct fake_kernel *fk, unsigned int zone, uint64_t kaddr)
{
	fake_put64(fk->vc, ZONES + zone * ZONE_SIZE + ZONE_PAGESET, kaddr - PCP_LISTS);
}

void fk_set_checker(struct fake_kernel *fk, uint64_t min_pfn, uint64_t max_pfn, uint32_t nbits)
{
	fake_put32(fk->vc, VARS + V_PC + 16, nbits);
	fake_put64(fk->vc, VARS + V_PC + 24, min_pfn);
	fake_put64(fk->vc, VARS + V_PC + 32, max_pfn);
}

void fk_set_checker_map(struct fake_kernel *fk, int map, uint64_t kaddr)
{
	fake_put64(fk->vc, VARS + V_PC + (uint64_t)map * 8, kaddr);
}

void fk_set_checker_enabled(struct fake_kernel *fk, int32_t value)
{
	fake_put32(fk->vc, VARS + V_KEY, (uint32_t)value);
}

struct vmcore *fk_vmcore(struct fake_kernel *fk)
{
	return fk->vc;
}

static void empty_list(struct fake_kernel *fk, uint64_t head)
{
	fake_put64(fk->vc, head, head);
	fake_put64(fk->vc, head + 8, head);
}

static void list_add_tail(struct fake_kernel *fk, uint64_t head, uint64_t link)
{
	uint64_t last = get64(fk, head + 8);

	fake_put64(fk->vc, last, link);
	fake_put64(fk->vc, link + 8, last);
	fake_put64(fk->vc, link, head);
	fake_put64(fk->vc, head + 8, link);
}

/* Give the pages to nobody: what every free page looks like. */
static void clear_pages(struct fake_kernel *fk, uint64_t pfn, uint64_t count)
{
	for (uint64_t i = pfn; i < pfn + count; i++) {
		if (fk_flags(fk, i) & 1ULL << PG_LRU)
			fk_unlink(fk, i);
		fk_set_flags(fk, i, fk_flags(fk, i) & ~0xffffffULL);
		fk_set_refcount(fk, i, 0);
		fk_flip_bit(fk, BITMAP_PRIMARY, i);
		fk_flip_bit(fk, BITMAP_SECONDARY, i);
	}
}

void fk_free_block(struct fake_kernel *fk, unsigned int zone, uint64_t pfn, unsigned int order,
		   unsigned int mt)
{
	uint64_t nr = fk_list_head(zone, order, 0) + AREA_NR_FREE;

	clear_pages(fk, pfn, 1ULL << order);
	fk_set_mapcount(fk, pfn, BUDDY);
	fk_set_private(fk, pfn, order);
	list_add_tail(fk, fk_list_head(zone, order, mt), fk_link(pfn));
	fake_put64(fk->vc, nr, get64(fk, nr) + 1);
	if (mt == ISOLATE)
		return;
	nr = ZONES + zone * ZONE_SIZE + ZONE_VMSTAT;
	fake_put64(fk->vc, nr, get64(fk, nr) + (1ULL << order));
}

static void free_to_pcp(struct fake_kernel *fk, unsigned int zone, unsigned int cpu,
			uint64_t pfn)
{
	uint64_t pcp = pcp_at(zone, cpu);

	clear_pages(fk, pfn, 1);
	list_add_tail(fk, pcp + PCP_LISTS + 16, fk_link(pfn));
	fake_put32(fk->vc, pcp + PCP_COUNT,
		   target_u32(fake_vmcore_at(fk->vc, pcp + PCP_COUNT)) + 1);
}

/* Every page reserved or in use, with its bits; nothing free yet. */
static void make_pages(struct fake_kernel *fk)
{
	uint64_t first_map = (MAPS - FAKE_DIRECT_MAP) >> 12;

	memset(fake_vmcore_at(fk->vc, fk_map_kaddr(BITMAP_SECONDARY)), 0xff, MAP_BYTES);
	for (unsigned int i = 0; i < N_LRU_LISTS; i++)
		empty_list(fk, fk_lru_head(i));
	fake_put64(fk->vc, fk_lru_head(LRU_UNEVICTABLE), 0xdead000000000100);
	fake_put64(fk->vc, fk_lru_head(LRU_UNEVICTABLE) + 8, 0xdead000000000122);
	for (uint64_t pfn = 0; pfn < FK_PAGES; pfn++) {
		uint64_t zone = pfn >= SECTION_PAGES;
		bool reserved = pfn < 256 || (pfn >= first_map && pfn < first_map + 16);

		/* [NODE:1][ZONE:1] at the top: one node of two, two zones */
		fk_set_flags(fk, pfn, zone << 62 | 1ULL << (reserved ? PG_RESERVED : PG_LRU));
		fk_set_refcount(fk, pfn, 1);
		fk_set_mapcount(fk, pfn, UINT32_MAX);
		fk_set_next(fk, pfn, fk_link(pfn));
		fk_set_prev(fk, pfn, fk_link(pfn));
		if (reserved)
			continue;
		list_add_tail(fk, fk_lru_head(2 * (unsigned int)zone), fk_link(pfn));
		fk_flip_bit(fk, BITMAP_PRIMARY, pfn);
		fk_flip_bit(fk, BITMAP_SECONDARY, pfn);
	}
}

static void make_zones(struct fake_kernel *fk)
{
	for (unsigned int z = 0; z < N_ZONES; z++) {
		uint64_t zone = ZONES + z * ZONE_SIZE;

		fk_set_zone_span(fk, z, zones[z].start, zones[z].spanned);
		fake_put64(fk->vc, zone + ZONE_PRESENT, zones[z].spanned);
		fake_put64(fk->vc, zone + ZONE_MANAGED, zones[z].spanned);
		fake_put64(fk->vc, zone + ZONE_NAME, NAMES + z * 16);
		strcpy((char *)fake_vmcore_at(fk->vc, NAMES + z * 16), zones[z].name);
		fake_put32(fk->vc, zone + ZONE_INIT, 1);
		fake_put64(fk->vc, zone + ZONE_PAGESET, pcp_at(z, 0));
		fake_put64(fk->vc, zone + ZONE_PGDAT, NODE);
		for (unsigned int o = 0; o < ORDERS; o++)
			for (unsigned int mt = 0; mt < TYPES; mt++)
				empty_list(fk, fk_list_head(z, o, mt));
		for (unsigned int c = 0; c < N_CPUS; c++)
			for (unsigned int i = 0; i < N_PCP_LISTS; i++)
				empty_list(fk, pcp_at(z, c) + PCP_LISTS + i * 16);
	}
}

static void make_variables(struct fake_kernel *fk)
{
	fake_put64(fk->vc, VARS + V_NODE_DATA, NODE);
	fake_put64(fk->vc, VARS + V_NODE_STATES + 8, 1);
	fake_put64(fk->vc, NODE, 0);
	fake_put64(fk->vc, NODE + 8, FK_PAGES);
	fake_put64(fk->vc, VARS + V_OFFSETS + 8, PCP_SIZE);
	fake_put64(fk->vc, VARS + V_POSSIBLE, 3);
	fake_put64(fk->vc, VARS + V_MEM_SECTION, ROOTS);
	fake_put64(fk->vc, ROOTS, SECTIONS);
	for (unsigned int s = 0; s < FK_PAGES / SECTION_PAGES; s++)
		fake_put64(fk->vc, SECTIONS + s * 16, FK_MEMMAP | 0xf);
	fk_set_checker(fk, MIN_PFN, FK_PAGES, fk_nbits());
	fk_set_checker_map(fk, BITMAP_PRIMARY, fk_map_kaddr(BITMAP_PRIMARY));
	fk_set_checker_map(fk, BITMAP_SECONDARY, fk_map_kaddr(BITMAP_SECONDARY));
	fk_set_checker_enabled(fk, 1);
}

static const struct {
	enum layout_key key;
	uint64_t value, size;
} rows[] = {
	{ L_page, FK_PAGE_SIZE_OF, 0 }, { L_page_flags, PAGE_FLAGS, 8 },
	{ L_page_lru, PAGE_LRU, 16 }, { L_page_mapping, PAGE_MAPPING, 8 },
	{ L_page_private, PAGE_PRIVATE, 8 }, { L_page_mapcount, PAGE_MAPCOUNT, 4 },
	{ L_page_refcount, PAGE_REFCOUNT, 4 }, { L_page_compound_head, PAGE_LRU, 8 },
	{ L_list_head_next, 0, 8 }, { L_list_head_prev, 8, 8 }, { L_list_head, 16, 0 },
	{ L_pglist_data, 0x2000, 0 },
	{ L_pglist_data_node_zones, ZONES - NODE, N_ZONES * ZONE_SIZE },
	{ L_pglist_data_nr_node_zones, N_ZONES, 0 }, { L_pglist_data_nr_zones, 16, 4 },
	{ L_pglist_data_node_start_pfn, 0, 8 }, { L_pglist_data_node_spanned_pages, 8, 8 },
	{ L_pglist_data_node_id, 20, 4 },
	{ L_zone, ZONE_SIZE, 0 }, { L_zone_zone_start_pfn, ZONE_START, 8 },
	{ L_zone_spanned_pages, ZONE_SPANNED, 8 }, { L_zone_present_pages, ZONE_PRESENT, 8 },
	{ L_zone_managed_pages, ZONE_MANAGED, 8 }, { L_zone_name, ZONE_NAME, 8 },
	{ L_zone_initialized, ZONE_INIT, 4 }, { L_zone_free_area, ZONE_AREAS, ORDERS * AREA_SIZE },
	{ L_zone_nr_free_area, ORDERS, 0 }, { L_zone_lock, ZONE_LOCK, 4 },
	{ L_zone_per_cpu_pageset, ZONE_PAGESET, 8 }, { L_zone_vm_stat, ZONE_VMSTAT, 64 },
	{ L_zone_node, ZONE_NODE, 4 }, { L_zone_zone_pgdat, ZONE_PGDAT, 8 },
	{ L_zone_nr_vm_stat, 8, 0 }, { L_free_area, AREA_SIZE, 0 },
	{ L_free_area_free_list, 0, TYPES * 16 }, { L_free_area_nr_free_list, TYPES, 0 },
	{ L_free_area_nr_free, AREA_NR_FREE, 8 }, { L_per_cpu_pages, PCP_SIZE, 0 },
	{ L_per_cpu_pages_lock, PCP_LOCK, 4 }, { L_per_cpu_pages_count, PCP_COUNT, 4 },
	{ L_per_cpu_pages_lists, PCP_LISTS, N_PCP_LISTS * 16 },
	{ L_per_cpu_pages_nr_lists, N_PCP_LISTS, 0 }, { L_spinlock_raw_val, 0, 4 },
	{ L_mem_section, 16, 0 }, { L_mem_section_section_mem_map, 0, 8 },
	{ L_SECTION_HAS_MEM_MAP_BIT, 1, 0 }, { L_SECTION_IS_ONLINE_BIT, 2, 0 }, { L_PG_head, PG_HEAD, 0 },
	{ L_PG_reserved, PG_RESERVED, 0 }, { L_PG_lru, PG_LRU, 0 },
	{ L_NR_PAGEFLAGS, NR_FLAGS, 0 }, { L_PGTY_buddy, 0xf0, 0 },
	{ L_MIGRATE_PCPTYPES, 3, 0 }, { L_MAX_NR_ZONES, 2, 0 }, { L_NR_FREE_PAGES, 0, 0 },
	{ L_N_ONLINE, 1, 0 }, { L_node_data, VARS + V_NODE_DATA, 16 }, { L_node_data_len, 2, 0 },
	{ L_node_states, VARS + V_NODE_STATES, 48 }, { L_node_states_len, 6, 0 },
	{ L_per_cpu_offset, VARS + V_OFFSETS, 16 }, { L_per_cpu_offset_len, 2, 0 },
	{ L_cpu_possible_mask, VARS + V_POSSIBLE, 8 },
	{ L_mem_section_var, VARS + V_MEM_SECTION, 8 }, { L_SECTION_IS_EARLY_BIT, 3, 0 },
};

static const struct {
	enum layout_key key;
	uint64_t value, size;
} checker_rows[] = {
	{ L_pc_primary, VARS + V_PC, 8 }, { L_pc_secondary, VARS + V_PC + 8, 8 },
	{ L_pc_nbits, VARS + V_PC + 16, 4 }, { L_pc_min_pfn, VARS + V_PC + 24, 8 },
	{ L_pc_max_pfn, VARS + V_PC + 32, 8 }, { L_pc_enabled, VARS + V_KEY, 4 },
	{ L_pc_pages_tracked, VARS + V_STATS, 8 }, { L_pc_alloc_count, VARS + V_STATS + 8, 8 },
	{ L_pc_free_count, VARS + V_STATS + 16, 8 }, { L_pc_violations, VARS + V_STATS + 24, 8 },
};

static const struct {
	enum layout_key key;
	uint64_t value, size;
} usage_rows[] = {
	{ L_mem_section_usage, 8, 8 }, { L_mem_section_usage_subsection_map, 8, 8 },
	{ L_mem_section_usage_nr_subsection_map, 1, 0 },
	{ L_mem_section_usage_pageblock_flags, 16, 8 }, { L_NR_PAGEBLOCK_BITS, 4, 0 },
	{ L_MIGRATE_ISOLATE, 4, 0 },
};

static const struct {
	enum layout_key key;
	uint64_t value, size;
} lruvec_rows[] = {
	{ L_lruvec_lists, LRU_LISTS, N_LRU_LISTS * 16 }, { L_lruvec_lru_lock, LRU_LOCK, 4 },
	{ L_lruvec_lrugen, LRU_GEN, 8 },
};

static void make_layout(struct fake_kernel *fk)
{
	static const char *const lru_items[] = {
		"ZONE_INACTIVE_ANON", "ZONE_ACTIVE_ANON", "ZONE_INACTIVE_FILE", "ZONE_ACTIVE_FILE",
		"ZONE_UNEVICTABLE",
	};
	static const char *const types[] = { "UNMOVABLE", "MOVABLE", "RECLAIMABLE",
					     "HIGHATOMIC", "ISOLATE" };
	struct pgc_err err = PGC_ERR_INIT;

	ck_assert_ok(layout_create(&fk->lay, &err), &err);
	layout_trap(fk->lay);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if ((rows[i].key != L_spinlock_raw_val || !fk->no_locks) &&
		    (rows[i].key != L_PGTY_buddy || !fk->type_bits) &&
		    (rows[i].key != L_zone_per_cpu_pageset ||
		     !(fk->old_pagesets || fk->no_pagesets)))
			layout_set(fk->lay, rows[i].key, rows[i].value, rows[i].size);
	if (fk->old_pagesets) {
		layout_set(fk->lay, L_zone_pageset, ZONE_PAGESET, 8);
		layout_set(fk->lay, L_per_cpu_pageset_pcp, OLD_PCP, PCP_SIZE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usage_rows) && fk->usage; i++)
		layout_set(fk->lay, usage_rows[i].key, usage_rows[i].value, usage_rows[i].size);
	for (size_t i = 0; i < ARRAY_SIZE(lruvec_rows) && fk->lruvec; i++)
		layout_set(fk->lay, lruvec_rows[i].key, lruvec_rows[i].value,
			   lruvec_rows[i].size);
	for (size_t i = 0; i < fk->n_extra; i++)
		layout_set(fk->lay, fk->extra[i].key, fk->extra[i].value, fk->extra[i].size);
	for (size_t i = 0; i < ARRAY_SIZE(checker_rows) && !fk->no_checker; i++)
		layout_set(fk->lay, checker_rows[i].key, checker_rows[i].value,
			   checker_rows[i].size);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_migratetype, types[i], (int64_t)i,
						   &err), &err);
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pageflags, "workingset", PG_WORKINGSET,
					   &err), &err);
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pageflags, "unevictable", PG_UNEVICTABLE,
					   &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(lru_items) && fk->counts_lru; i++)
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_zone_stat_item, lru_items[i],
						   FK_LRU_ITEM + (int64_t)i, &err), &err);
	if (fk->counts_lru || fk->verify_cache)
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_pageflags, "swapbacked", 19, &err),
			     &err);
	if (fk->verify_cache) {
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_pageflags, "writeback",
						   FK_PG_WRITEBACK, &err), &err);
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_pageflags, "swapcache",
						   FK_PG_SWAPCACHE, &err), &err);
	}
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pagetype, "buddy", 0xf0, &err), &err);
	if (fk->process)
		ck_assert_ok(layout_add_enumerator(fk->lay, LE_pagetype, "table", 0xf2, &err), &err);
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pagetype, "guard", 0xf3, &err), &err);
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pagetype, "hugetlb", 0xf4, &err), &err);
	ck_assert_ok(layout_add_enumerator(fk->lay, LE_pagetype, "slab", 0xf5, &err), &err);
}

struct fake_kernel *fk_create(void)
{
	struct fake_kernel *fk = calloc(1, sizeof(*fk));

	ck_assert_ptr_nonnull(fk);
	fk->vc = fake_vmcore_create();
	fake_vmcore_info_line(fk->vc, "NUMBER(SECTION_SIZE_BITS)", "24");
	fake_vmcore_region(fk->vc, FK_MEMMAP, FK_PAGES * FK_PAGE_SIZE_OF);
	fake_vmcore_region(fk->vc, DATA, 0x10000);
	fake_vmcore_region(fk->vc, fk_map_kaddr(BITMAP_PRIMARY), 0x1000);
	fake_vmcore_region(fk->vc, fk_map_kaddr(BITMAP_SECONDARY), 0x1000);
	make_pages(fk);
	make_zones(fk);
	make_variables(fk);
	fk_free_block(fk, 0, FK_ORDER0, 0, 1);
	fk_free_block(fk, 0, FK_ORDER3_A, 3, 1);
	fk_free_block(fk, 0, FK_ORDER3_B, 3, 1);
	fk_free_block(fk, 0, FK_ORDER3_C, 3, 1);
	fk_free_block(fk, 0, FK_ORDER3_D, 3, 1);
	fk_free_block(fk, 1, FK_ORDER10, 10, 1);
	free_to_pcp(fk, 0, 0, FK_PCP_A);
	free_to_pcp(fk, 0, 0, FK_PCP_B);
	return fk;
}

uint8_t *fk_proc_entry(struct fake_kernel *fk, unsigned int level)
{
	uint64_t at = FK_DIRECT + (FK_PROC_PAGE - level) * 4096;

	return fake_vmcore_at(fk->vc, at + (FK_PROC_VADDR >> (3 + 9 * level) & 511) * 8);
}

static void make_tables(struct fake_kernel *fk)
{
	for (unsigned int level = 1; level <= 4; level++) {
		uint64_t pfn = FK_PROC_PAGE - level, entry = (pfn + 1) << 12 | 0x67;

		memcpy(fk_proc_entry(fk, level), &(uint64_t){ htole64(entry) }, 8);
		fk_unlink(fk, pfn);
		fk_set_flags(fk, pfn, fk_flags(fk, pfn) & ~(1ULL << PG_LRU));
		fk_set_mapcount(fk, pfn, 0xf2000000u);
	}
	fk_set_mapcount(fk, FK_PROC_PAGE, 0);
	put_links(fk, FK_PROC + FK_PGD_LIST, fk_link(FK_PROC_ROOT), fk_link(FK_PROC_ROOT));
	put_links(fk, fk_link(FK_PROC_ROOT), FK_PROC + FK_PGD_LIST, FK_PROC + FK_PGD_LIST);
	fk_set_page_word(fk, FK_PROC_ROOT, 32, FK_PROC + FK_MM);
}

void fk_add_process(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value;
	} members[] = {
		{ L_task_tasks, FK_TASK_TASKS }, { L_task_stack, FK_TASK_STACK },
		{ L_task_mm, FK_TASK_MM }, { L_mm_pgd, FK_MM_PGD - FK_MM },
		{ L_mm_pgtables_bytes, FK_MM_TABLES - FK_MM }, { L_mm_rss_stat, FK_MM_RSS - FK_MM },
		{ L_mm_rss_stat_count, FK_MM_RSS - FK_MM }, { L_ptdesc_pt_mm, 32 }, { L_ptdesc_pmd_huge_pte, 40 },
	};

	fake_vmcore_region(fk->vc, FK_DIRECT + FK_PROC_ROOT * 4096, 6 * 4096);
	make_tables(fk);
	put_links(fk, FK_PROC, FK_PROC, FK_PROC);
	fake_put64(fk->vc, FK_PROC + FK_TASK_MM, FK_PROC + FK_MM);
	fake_put64(fk->vc, FK_PROC + FK_TASK_PID, 7);
	memcpy(fake_vmcore_at(fk->vc, FK_PROC + FK_TASK_COMM), "proc", 5);
	fake_put64(fk->vc, FK_PROC + FK_MM_PGD, FK_DIRECT + FK_PROC_ROOT * 4096);
	fake_put64(fk->vc, FK_PROC + FK_MM_TABLES, 3 * 4096);
	fake_put64(fk->vc, FK_PROC + FK_MM_RSS, 1);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		fk_add_layout(fk, members[i].key, members[i].value, 8);
	fk_add_layout(fk, L_task_pid, FK_TASK_PID, 4);
	fk_add_layout(fk, L_task_comm, FK_TASK_COMM, 16);
	fk_add_layout(fk, L_init_task, FK_PROC, 0);
	fk_add_layout(fk, L_pgd_list, FK_PROC + FK_PGD_LIST, 0);
	for (unsigned int i = 0; i < 4; i++)
		fk_add_layout(fk, L_MM_FILEPAGES + i, i, 0);
	fk->process = true;
	fake_vmcore_tables(fk->vc);
}

void fk_set_section_mem_map(struct fake_kernel *fk, uint64_t nr, uint64_t word)
{
	fake_put64(fk->vc, SECTIONS + nr * 16, word);
}

void fk_set_hotplugged(struct fake_kernel *fk, uint64_t nr)
{
	fake_put64(fk->vc, SECTIONS + nr * 16, FK_MEMMAP | 0x7);
}

void fk_set_offline(struct fake_kernel *fk, uint64_t nr)
{
	fake_put64(fk->vc, SECTIONS + nr * 16, FK_MEMMAP | 0xb);
}

void fk_remove_checker(struct fake_kernel *fk)
{
	fk->no_checker = true;
}

void fk_hide_locks(struct fake_kernel *fk)
{
	fk->no_locks = true;
}

void fk_set_type_bits(struct fake_kernel *fk)
{
	fk->type_bits = true;
	fake_vmcore_info_line(fk->vc, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "-129");
}

void fk_old_pagesets(struct fake_kernel *fk)
{
	fk->old_pagesets = true;
	for (unsigned int z = 0; z < N_ZONES; z++)
		fake_put64(fk->vc, ZONES + z * ZONE_SIZE + ZONE_PAGESET,
			   pcp_at(z, 0) - OLD_PCP);
}

void fk_hide_pagesets(struct fake_kernel *fk)
{
	fk->no_pagesets = true;
}

void fk_destroy(struct fake_kernel *fk)
{
	layout_destroy(fk->lay);
	vmcore_close(fk->vc);
	free(fk);
}

struct kernel *fk_open(struct fake_kernel *fk)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct kernel *k;

	layout_destroy(fk->lay);
	make_layout(fk);
	ck_assert_ok(kernel_create(fk->vc, fk->lay, &k, &err), &err);
	return k;
}

/* A struct vmap_area and vm_struct; the list's head is at FK_AREAS, and @nr the place of this one. */
static void put_area(struct fake_kernel *fk, unsigned int nr, uint64_t addr, uint64_t pages,
		     uint64_t nr_pages)
{
	uint64_t va = FK_AREAS + 0x100 * (nr + 1), vm = va + 0x80;

	fake_put64(fk->vc, va, FK_AREAS);
	fake_put64(fk->vc, va + 8, nr ? va - 0x100 : FK_AREAS);
	fake_put64(fk->vc, nr ? va - 0x100 : FK_AREAS, va);
	fake_put64(fk->vc, FK_AREAS + 8, va);
	fake_put64(fk->vc, va + 0x10, vm);
	fake_put64(fk->vc, vm, addr);
	fake_put64(fk->vc, vm + 8, 0x4000);
	fake_put64(fk->vc, vm + 16, 2);	/* VM_ALLOC */
	fake_put64(fk->vc, vm + 24, pages);
	fake_put64(fk->vc, vm + 32, nr_pages);
	fake_put64(fk->vc, vm + 40, 0x1000 * (nr + 1));
}

void fk_add_areas(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} members[] = {
		{ L_vmap_area_list_link, 0, 16 }, { L_vmap_area_vm, 0x10, 8 },
		{ L_vm_struct_addr, 0, 8 },	  { L_vm_struct_size, 8, 8 },
		{ L_vm_struct_flags, 16, 8 },	  { L_vm_struct_pages, 24, 8 },
		{ L_vm_struct_nr_pages, 32, 8 },  { L_vm_struct_caller, 40, 8 },
		{ L_vmap_area_list, FK_AREAS, 0 },
	};

	fk->verify_areas = true;
	ck_assert_ptr_nonnull(fake_vmcore_region(fk->vc, FK_AREAS, 4096));
	ck_assert_ptr_nonnull(fake_vmcore_region(fk->vc, FK_DIRECT + (FK_ANON + 2) * 4096, 4096));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		fk_add_layout(fk, members[i].key, members[i].value, members[i].size);
	fake_put64(fk->vc, FK_AREA_PAGES, FK_MEMMAP + FK_ANON * 64);
	fake_put64(fk->vc, FK_AREA_PAGES + 8, FK_MEMMAP + (FK_ANON + 1) * 64);
	put_area(fk, 0, 0xffffc90000000000, FK_AREA_PAGES, 2);
	put_area(fk, 1, FK_DIRECT + (FK_ANON + 2) * 4096, 0, 0);
	fk_set_area_size(fk, 1, 4096);
	make_layout(fk);
}

void fk_set_tag(struct fake_kernel *fk, uint64_t pfn, uint64_t tag)
{
	fake_put64(fk->vc, FK_EXT + pfn * 8, tag);
}

void fk_add_page_ext(struct fake_kernel *fk)
{
	ck_assert_ptr_nonnull(fake_vmcore_region(fk->vc, FK_EXT, FK_PAGES * 8 + 0x1000 + PCP_SIZE));
	fk_add_layout(fk, L_mem_section_page_ext, 8, 8);
	fk_add_layout(fk, L_page_ext_size, FK_EXT_SIZE, 8);
	for (uint64_t nr = 0; nr < FK_PAGES / SECTION_PAGES; nr++)
		fake_put64(fk->vc, SECTIONS + nr * 16 + 8, FK_EXT);
	fake_put64(fk->vc, FK_EXT_SIZE, 8);
}

void fk_add_tags(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} members[] = {
		{ L_alloc_tag_ops_offset, FK_EXT_OFFSET, 8 },
		{ L_alloc_tag_enabled, FK_TAG_ENABLED, 4 },
		{ L_alloc_tag_compressed, FK_TAG_COMPRESSED, 4 },
		{ L_alloc_tags_start, FK_TAGS, 0 }, { L_alloc_tags_stop, FK_TAG(2), 0 },
		{ L_alloc_tag, FK_TAG_SIZE, 0 },    { L_codetag_flags, 0, 4 },
		{ L_codetag_lineno, 4, 4 },	    { L_codetag_modname, 8, 8 },
		{ L_codetag_function, 16, 8 },	    { L_codetag_filename, 24, 8 },
		{ L_alloc_tag_counters, 32, 8 },    { L_alloc_tag_bytes, 0, 8 },
		{ L_alloc_tag_calls, 8, 8 },
	};

	fk->verify_tags = true;
	fk_add_page_ext(fk);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		fk_add_layout(fk, members[i].key, members[i].value, members[i].size);
	fake_put32(fk->vc, FK_TAG_ENABLED, 1);
	memcpy(fake_vmcore_at(fk->vc, FK_TAGS + 0x600), "mm/memory.c", 12);
	memcpy(fake_vmcore_at(fk->vc, FK_TAGS + 0x620), "do_anonymous_page", 18);
	for (unsigned int i = 0; i < 2; i++) {
		fake_put32(fk->vc, FK_TAG(i) + 4, 4000 + i);
		fake_put64(fk->vc, FK_TAG(i) + 16, FK_TAGS + 0x620);
		fake_put64(fk->vc, FK_TAG(i) + 24, FK_TAGS + 0x600);
		fake_put64(fk->vc, FK_TAG(i) + 32, FK_TAG_COUNTERS + i * 16);
	}
	fk_set_tag(fk, FK_ANON, FK_TAG(0));
	fk_set_tag(fk, FK_ANON + 1, FK_TAG(0));
	/* The first CPU has freed one that the second allocated. */
	fake_put64(fk->vc, FK_TAG_COUNTERS, (uint64_t)-4096);
	fake_put64(fk->vc, FK_TAG_COUNTERS + 8, (uint64_t)-1);
	fake_put64(fk->vc, FK_TAG_COUNTERS + PCP_SIZE, UINT64_C(3) * 4096);
	fake_put64(fk->vc, FK_TAG_COUNTERS + PCP_SIZE + 8, 3);
	make_layout(fk);
}

void fk_set_area_size(struct fake_kernel *fk, unsigned int nr, uint64_t size)
{
	fake_put64(fk->vc, FK_AREAS + 0x100 * (nr + 1) + 0x88, size);
}

void fk_set_area_addr(struct fake_kernel *fk, unsigned int nr, uint64_t addr)
{
	fake_put64(fk->vc, FK_AREAS + 0x100 * (nr + 1) + 0x80, addr);
}

struct layout *fk_layout(struct fake_kernel *fk)
{
	return fk->lay;
}

static void keep(void *arg, const struct finding *f)
{
	struct fk_result *r = arg;

	if (r->n < FK_MAX_FINDINGS) {
		r->findings[r->n] = *f;
		r->texts[r->n] = finding_own_texts(&r->findings[r->n]);
		ck_assert_ptr_nonnull(r->texts[r->n]);
	}
	r->n++;
}

static void name_function(void *arg _unused_, uint64_t kaddr _unused_, char *buf, size_t size)
{
	snprintf(buf, size, "a_driver+0x1");
}

static const struct memory_names names = { .function = name_function };

static struct fk_result *run_way(struct fake_kernel *fk, const struct walk_options *opt)
{
	struct fk_result *r = calloc(1, sizeof(*r));
	struct walk_options all = *opt;
	struct pgc_err err = PGC_ERR_INIT;
	struct kernel *k;

	ck_assert_ptr_nonnull(r);
	all.verify_slab = fk->verify_slab;
	all.verify_areas = fk->verify_areas;
	all.verify_tags = fk->verify_tags;
	all.names = &names;
	all.verify_cache = fk->verify_cache;
	all.verify_tables = fk->process;
	k = fk_open(fk);
	ck_assert_ok(bitmap_walk(k, fk->vc, &r->sum, &all, NULL, keep, r, &err), &err);
	/* Names of zones are borrowed from the model: no test looks at them afterwards. */
	kernel_destroy(k);
	return r;
}

static void same_finding(const struct finding *a, const struct finding *b)
{
	ck_assert_int_eq(a->id, b->id);
	ck_assert_int_eq(a->severity, b->severity);
	ck_assert_uint_eq(a->pfn, b->pfn);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_int_eq(a->verdict, b->verdict);
	ck_assert_int_eq(a->damage, b->damage);
	ck_assert_int_eq(a->order, b->order);
	ck_assert_pstr_eq(a->explained, b->explained);
	ck_assert_uint_eq(a->n_evidence, b->n_evidence);
	for (size_t i = 0; i < a->n_evidence; i++) {
		ck_assert_int_eq(a->evidence[i].id, b->evidence[i].id);
		ck_assert_uint_eq(a->evidence[i].num, b->evidence[i].num);
	}
}

static void same_result(const struct fk_result *a, const struct fk_result *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n && i < FK_MAX_FINDINGS; i++)
		same_finding(&a->findings[i], &b->findings[i]);
	ck_assert_mem_eq(a->sum.states, b->sum.states, sizeof(a->sum.states));
	ck_assert_mem_eq(&a->sum.coverage, &b->sum.coverage, sizeof(a->sum.coverage));
	ck_assert_uint_eq(a->sum.checker.primary_popcount, b->sum.checker.primary_popcount);
	ck_assert_uint_eq(a->sum.n_limits, b->sum.n_limits);
}

/* However it is walked, the result is the same. */
struct fk_result *fk_run(struct fake_kernel *fk)
{
	static const struct walk_options ways[] = {
		{ .threads = 2 }, { .threads = 3, .long_way = true }, { .long_way = true },
	};
	struct fk_result *r = run_way(fk, &(struct walk_options){ .threads = 1 });

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct fk_result *again = run_way(fk, &ways[i]);

		same_result(r, again);
		fk_result_free(again);
	}
	return r;
}

void fk_result_free(struct fk_result *r)
{
	for (size_t i = 0; i < FK_MAX_FINDINGS; i++)
		free(r->texts[i]);
	summary_release(&r->sum);
	free(r);
}

size_t fk_count(const struct fk_result *r, enum finding_id id, const struct finding **f)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n && i < FK_MAX_FINDINGS; i++) {
		if (r->findings[i].id != id)
			continue;
		if (!n++ && f)
			*f = &r->findings[i];
	}
	return n;
}
