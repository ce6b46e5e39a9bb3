/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of Linux 7.2: typed flags, compound_info, PGTY_ page types. */
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

enum pageflags {
	PG_locked, PG_writeback, PG_referenced, PG_uptodate, PG_dirty, PG_lru, PG_head,
	PG_waiters, PG_active, PG_workingset, PG_owner_priv_1, PG_owner_2, PG_arch_1,
	PG_reserved, PG_private, PG_private_2, PG_reclaim, PG_swapbacked, PG_unevictable,
	PG_dropbehind, PG_mlocked, PG_hwpoison, __NR_PAGEFLAGS,
	PG_reported = PG_uptodate,
};

enum pagetype {
	PGTY_buddy = 0xf0, PGTY_offline, PGTY_table, PGTY_guard, PGTY_hugetlb, PGTY_slab,
	PGTY_zsmalloc, PGTY_unaccepted, PGTY_large_kmalloc, PGTY_mapcount_underflow = 0xff
};

enum migratetype {
	MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES, MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_TYPES
};

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, __MAX_NR_ZONES };
enum zone_stat_item {
	NR_FREE_PAGES, NR_FREE_PAGES_BLOCKS, NR_ZONE_LRU_BASE,
	NR_ZONE_INACTIVE_ANON = NR_ZONE_LRU_BASE, NR_ZONE_ACTIVE_ANON, NR_FREE_CMA_PAGES, NR_VM_ZONE_STAT_ITEMS
};
enum node_states { N_POSSIBLE, N_ONLINE, N_NORMAL_MEMORY, N_MEMORY, N_CPU, NR_NODE_STATES };
enum pageblock_bits { PB_migrate_0, PB_migrate_1, PB_migrate_2, PB_compact_skip,
		      PB_migrate_isolate, __NR_PAGEBLOCK_BITS };
enum system_states { SYSTEM_BOOTING, SYSTEM_SCHEDULING, SYSTEM_FREEING_INITMEM,
		     SYSTEM_RUNNING };
enum {
	SECTION_MARKED_PRESENT_BIT, SECTION_HAS_MEM_MAP_BIT, SECTION_IS_ONLINE_BIT,
	SECTION_IS_EARLY_BIT, SECTION_MAP_LAST_BIT
};

typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct llist_node {
	struct llist_node *next;
};

struct page {
	memdesc_flags_t flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct list_head buddy_list;
				struct list_head pcp_list;
				struct llist_node pcp_llist;
			};
			void *mapping;
			unsigned long __folio_index;
			unsigned long private;
		};
		struct {
			unsigned long compound_info;
		};
	};
	union {
		atomic_t _mapcount;
		unsigned int page_type;
	};
	atomic_t _refcount;
	unsigned long memcg_data;
};

typedef struct raw_spinlock {
	struct qspinlock {
		union {
			atomic_t val;
			struct {
				unsigned char locked;
			};
		};
	} raw_lock;
} raw_spinlock_t;
typedef struct spinlock {
	union {
		struct raw_spinlock rlock;
	};
} spinlock_t;

struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free;
};

struct per_cpu_pages {
	spinlock_t lock;
	int count, high, batch;
	struct list_head lists[14];
};

struct per_cpu_zonestat {
	signed char vm_stat_diff[NR_VM_ZONE_STAT_ITEMS];
};

struct zone {
	int node;
	struct per_cpu_pages *per_cpu_pageset;
	struct per_cpu_zonestat *per_cpu_zonestats;
	unsigned long zone_start_pfn;
	atomic_long_t managed_pages;
	unsigned long spanned_pages, present_pages;
	const char *name;
	int initialized;
	struct free_area free_area[11];
	unsigned long flags;
	spinlock_t lock;
	struct llist_node *trylock_free_pages;
	struct page *vmemmap_tails[9];
	atomic_long_t vm_stat[NR_VM_ZONE_STAT_ITEMS];
};

typedef struct pglist_data {
	struct zone node_zones[__MAX_NR_ZONES];
	int nr_zones;
	unsigned long node_start_pfn, node_present_pages, node_spanned_pages;
	int node_id;
} pg_data_t;

struct mem_section_usage {
	unsigned long subsection_map[1];
	unsigned long pageblock_flags[0];
};
struct mem_section {
	unsigned long section_mem_map;
	struct mem_section_usage *usage;
};

#define KEPT __attribute__((used))

KEPT unsigned long node_states[NR_NODE_STATES];
KEPT struct mem_section **mem_section;
KEPT unsigned long __per_cpu_offset[8];
KEPT enum system_states system_state;
extern struct pglist_data *node_data[];

struct page page_of_this_kernel;
struct pglist_data *first_node(void);

struct pglist_data *first_node(void)
{
	return node_data[0];
}
