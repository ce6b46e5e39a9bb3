/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_kernel - a small, healthy kernel in memory, for one change at a time
 *
 * 8192 pages in two sections of 16 MiB, one node, zones DMA32 (pfns 1 to 4095) and Normal,
 * two CPUs, checker on. Pages 0 to 255 and the bitmaps' frames are reserved; free blocks lie
 * on buddy and per-CPU lists; the rest is in use. A test plants one defect and runs the
 * walk.
 */
#ifndef PGCONS_FAKE_KERNEL_H
#define PGCONS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/finding.h"
#include "layout/layout.h"
#include "walk/summary.h"

#define FK_PAGES 8192ULL
#define FK_MEMMAP 0xffffea0000000000ULL
#define FK_PAGE_SIZE_OF 64ULL

/* Free blocks of the healthy kernel: what a test may damage. */
#define FK_ORDER0 0x810ULL /* order 0, DMA32, Movable; alone on its list */
#define FK_ORDER3_A 0x800ULL /* order 3, DMA32, Movable: A, B, C in this order */
#define FK_ORDER3_B 0x820ULL
#define FK_ORDER3_C 0x840ULL
#define FK_ORDER3_D 0x860ULL
#define FK_ORDER10 0x1400ULL /* order 10, Normal, Movable */
#define FK_PCP_A 0x900ULL /* cpu 0, DMA32, order 0: A, B */
#define FK_PCP_B 0x902ULL
#define FK_ANON 0x1100ULL /* in use, on an LRU list, Normal */

struct fake_kernel;

struct fake_kernel *fk_create(void);
void fk_destroy(struct fake_kernel *fk);
struct vmcore *fk_vmcore(struct fake_kernel *fk);

/* struct page of @pfn. */
void fk_set_refcount(struct fake_kernel *fk, uint64_t pfn, int32_t value);
void fk_set_mapcount(struct fake_kernel *fk, uint64_t pfn, uint32_t value);
void fk_set_mapping(struct fake_kernel *fk, uint64_t pfn, uint64_t value);
void fk_fill_page(struct fake_kernel *fk, uint64_t pfn, uint8_t byte);
/* The 8 bytes at @at in its struct page. */
void fk_set_page_word(struct fake_kernel *fk, uint64_t pfn, uint64_t at, uint64_t value);
void fk_set_private(struct fake_kernel *fk, uint64_t pfn, uint64_t value);
void fk_set_flags(struct fake_kernel *fk, uint64_t pfn, uint64_t value);
uint64_t fk_flags(struct fake_kernel *fk, uint64_t pfn);
void fk_set_next(struct fake_kernel *fk, uint64_t pfn, uint64_t link);
void fk_set_prev(struct fake_kernel *fk, uint64_t pfn, uint64_t link);
/* kaddr of the list_head in the struct page of @pfn, and of a zone's list head. */
uint64_t fk_link(uint64_t pfn);
uint64_t fk_list_head(unsigned int zone, unsigned int order, unsigned int mt);

/* The links of the list_head in its struct page; take it off the list that it is on. */
uint64_t fk_next(struct fake_kernel *fk, uint64_t pfn);
uint64_t fk_prev(struct fake_kernel *fk, uint64_t pfn);
void fk_unlink(struct fake_kernel *fk, uint64_t pfn);
/*
 * Pages in use are on LRU lists, by pfn: those of zone 0 on list 0, of zone 1 on list 2. One lock
 * is for both; where it is is known from fk_set_lru_lock() on.
 */
uint64_t fk_lru_head(unsigned int list);
void fk_set_lru_lock(struct fake_kernel *fk, uint32_t value);

/*
 * The zones count their pages on LRU lists, rightly as of now: those of both kinds of files are items
 * FK_LRU_ITEM + 2 and + 3, unevictable ones + 4; anonymous ones, with PG_swapbacked, + 0 and + 1.
 */
#define FK_LRU_ITEM 3
#define FK_SWAPBACKED (1ULL << 19)
void fk_count_lru(struct fake_kernel *fk);

/* Make a slab of 2^order pages in use, as of 6.12: head and tails; all on no LRU list. */
void fk_make_slab(struct fake_kernel *fk, uint64_t pfn, unsigned int order);

/*
 * The kernel has huge pages of order 2: A and B on node 0's list of free ones, C in use; and two
 * struct hstate, of which the second is not set up. What they count is right.
 */
#define FK_HUGE_A FK_ANON
#define FK_HUGE_B (FK_ANON + 4)
#define FK_HUGE_C (FK_ANON + 8)
#define FK_HSTATE 0xffff88800a000000ULL
#define FK_HUGETLB_LOCK (FK_HSTATE + 0xf00) /* and the number of hstates behind it */
enum {
	FK_HSTATE_ORDER = 8, FK_HSTATE_NR = 16, FK_HSTATE_FREE = 24, FK_HSTATE_SURPLUS = 32,
	FK_HSTATE_ACTIVE = 40, FK_HSTATE_LISTS = 56, FK_HSTATE_NR_NODE = 88,
	FK_HSTATE_FREE_NODE = 96, FK_HSTATE_SURPLUS_NODE = 104, FK_HSTATE_SIZE = 128,
};
void fk_add_hugetlb(struct fake_kernel *fk);

/*
 * The kernel has a CMA area, "reserved", with a bit for each of 1024 pages: the first half is in
 * use, and of it the first page was taken from the area; the other half is free. The words of the
 * area, its ranges and the number of areas are at FK_CMA. fk_add_old_cma(): as before Linux 6.15.
 */
#define FK_CMA 0xffff88800a000000ULL
#define FK_CMA_BITMAP (FK_CMA + 0x800)
#define FK_CMA_PFN (FK_ORDER10 - 512)
#define FK_CMA_PAGES 1024ULL
enum {
	FK_CMA_COUNT = 0, FK_CMA_AVAILABLE = 8, FK_CMA_ORDER = 16, FK_CMA_LOCK = 20,
	FK_CMA_NAME = 24, FK_CMA_NRANGES = 88, FK_CMA_RANGES = 96, FK_CMA_FLAGS = 144,
	FK_CMA_SIZE = 160, FK_CMA_AREA_COUNT = 0x400,
};
void fk_add_cma(struct fake_kernel *fk);
void fk_add_old_cma(struct fake_kernel *fk);

/*
 * The kernel has two slab caches, the first of 16 objects of 256 bytes, the second of 21 of 192,
 * and a slab of the first, with 5 objects in use.
 */
#define FK_SLAB FK_ANON
#define FK_SLAB_B (FK_ANON + 4)
#define FK_DIRECT 0xffff888000000000ULL
#define FK_CACHES 0xffff88800a000000ULL
#define FK_CACHES_HEAD (FK_CACHES + 0xf00)
#define FK_CACHE_A FK_CACHES
#define FK_CACHE_B (FK_CACHES + 0x200)
#define FK_SLAB_COUNTS(inuse, objects) ((uint64_t)(objects) << 16 | (inuse))
enum { FK_CACHE_LIST = 96, FK_CACHE_OO = 48, FK_CACHE_NODES = 128, FK_SLAB_LIST = 16 };
void fk_add_slab_caches(struct fake_kernel *fk);
void fk_set_cache(struct fake_kernel *fk, uint64_t cache, uint32_t size, uint32_t objects,
		  uint64_t next, uint64_t prev);
/* Of the first cache: a list for node 0, with that slab and another, both partial. */
#define FK_CACHE_NODE (FK_CACHES + 0x900)
enum { FK_NODE_NR_PARTIAL = 8, FK_NODE_PARTIAL = 16 };
void fk_add_partial_list(struct fake_kernel *fk);
uint64_t fk_slab_link(uint64_t pfn);
/*
 * ... the objects of both are in memory, with pointers from each free one, 5 to 15, to the next,
 * stored with @random if it is not 0; and they are checked from now on.
 */
enum { FK_CACHE_OFFSET = 40, FK_CACHE_RANDOM = 112, FK_FREE_POINTER = 128 };
void fk_add_free_objects(struct fake_kernel *fk, uint64_t random);

/* The page cache is checked from now on, and the layout has the flags that it takes. */
enum { FK_PG_WRITEBACK = 1, FK_PG_SWAPCACHE = 10 };
void fk_verify_cache(struct fake_kernel *fk);
/*
 * The kernel has page tables, and one process, 7 (proc), whose first page FK_PROC_PAGE is; its tables
 * are four pages before that. Its task, mm and the list of first tables are at FK_PROC. They are
 * checked from now on.
 */
#define FK_PROC_ROOT (FK_ANON + 0x40)
#define FK_PROC_PAGE (FK_PROC_ROOT + 4)
#define FK_PROC (FK_DIRECT + (FK_PROC_PAGE + 1) * 4096)
#define FK_PROC_VADDR 0x400000ULL
enum {
	FK_TASK_TASKS = 0, FK_TASK_STACK = 16, FK_TASK_MM = 24, FK_TASK_PID = 40, FK_TASK_COMM = 48,
	FK_MM = 0x400, FK_MM_PGD = FK_MM, FK_MM_TABLES = FK_MM + 8, FK_MM_RSS = FK_MM + 16,
	FK_PGD_LIST = 0x800,
};
void fk_add_process(struct fake_kernel *fk);
/* The entry of the process's page in the table of level @level. */
uint8_t *fk_proc_entry(struct fake_kernel *fk, unsigned int level);

void fk_flip_bit(struct fake_kernel *fk, int map, uint64_t pfn);
void fk_set_nr_free(struct fake_kernel *fk, unsigned int zone, unsigned int order,
		    uint64_t value);
void fk_set_pcp_count(struct fake_kernel *fk, unsigned int zone, unsigned int cpu,
		      uint32_t value);
void fk_set_zone_lock(struct fake_kernel *fk, unsigned int zone, uint32_t value);
/* Which node a zone says that it is of; @flip: bits of its pointer to it. */
void fk_set_zone_home(struct fake_kernel *fk, unsigned int zone, uint32_t nid, uint64_t flip);
/* A word of struct zone's vm_stat, and its pages by their two kinds. */
void fk_set_zone_stat(struct fake_kernel *fk, unsigned int zone, unsigned int item,
		      uint64_t value);
uint64_t fk_zone_stat(struct fake_kernel *fk, unsigned int zone, unsigned int item);
void fk_set_zone_counts(struct fake_kernel *fk, unsigned int zone, uint64_t present,
			uint64_t managed);
/* Put pages in use onto a buddy list, with all that goes with it; isolated ones are not counted. */
void fk_free_block(struct fake_kernel *fk, unsigned int zone, uint64_t pfn, unsigned int order,
		   unsigned int mt);
void fk_set_violations(struct fake_kernel *fk, uint64_t value);
/*
 * Two areas of vmalloc: the first has FK_ANON and the page behind it in an array at FK_AREA_PAGES, the
 * second, of one page, has FK_ANON + 2 by the page tables. They are checked from now on.
 */
#define FK_AREAS 0xffff88800a000000ULL
#define FK_AREA_PAGES (FK_AREAS + 0x800)
void fk_add_areas(struct fake_kernel *fk);
void fk_set_area_size(struct fake_kernel *fk, unsigned int nr, uint64_t size);
void fk_set_area_addr(struct fake_kernel *fk, unsigned int nr, uint64_t addr);

/*
 * page_ext: eight bytes for each page from FK_EXT on, all 0, which are a client's whose offset, 0, is at
 * FK_EXT_OFFSET.
 */
#define FK_EXT 0xffff88800b000000ULL
#define FK_EXT_SIZE (FK_TAGS + 0x400)
#define FK_EXT_OFFSET (FK_TAGS + 0x408)
void fk_add_page_ext(struct fake_kernel *fk);
/*
 * Allocation profiling: page_ext has the tag's address for each page. There are two tags, at FK_TAG(0) and
 * FK_TAG(1): FK_ANON and the page behind it have the first one. They are checked from now on.
 */
#define FK_TAGS (FK_EXT + FK_PAGES * 8)
#define FK_TAG_SIZE 40ULL
#define FK_TAG(i) (FK_TAGS + (i) * FK_TAG_SIZE)
#define FK_TAG_COUNTERS (FK_TAGS + 0x800) /* bytes and calls, of CPU 0 */
#define FK_TAG_COMPRESSED (FK_TAGS + 0x410)
#define FK_TAG_ENABLED (FK_TAGS + 0x414)
void fk_add_tags(struct fake_kernel *fk);
void fk_set_tag(struct fake_kernel *fk, uint64_t pfn, uint64_t tag);

/* The kernel has one thing more; FK_SPARE is memory for it, eight bytes of zeros. */
#define FK_SPARE (FK_DATA + 0xb000)
#define FK_DATA 0xffff888000010000ULL
void fk_add_layout(struct fake_kernel *fk, enum layout_key key, uint64_t value,
		   uint64_t size);
/* The first pointer of a list of the zone that the kernel may have at FK_ZONE_EXTRA. */
#define FK_ZONE_EXTRA 0x700ULL
void fk_set_zone_extra(struct fake_kernel *fk, unsigned int zone, uint64_t value);
/* Word @at (0 to 29) of what is there. */
void fk_set_zone_word(struct fake_kernel *fk, unsigned int zone, unsigned int at, uint64_t value);
void fk_set_pcp_lock(struct fake_kernel *fk, unsigned int zone, unsigned int cpu, uint32_t value);
/* Random words over the zone's span and counts, or over its free lists too. */
void fk_write_over_zone(struct fake_kernel *fk, unsigned int zone, bool lists);
/* spanned, present and managed */
void fk_set_zone_memory(struct fake_kernel *fk, unsigned int zone, uint64_t pages);
/* node_states[N_ONLINE]; node 0 is the one with memory. */
void fk_set_nodes_online(struct fake_kernel *fk, uint64_t mask);
/* node_data[1] := the struct page of @pfn, which is no pglist_data; or that of node 0 */
void fk_set_false_node(struct fake_kernel *fk, uint64_t pfn);
void fk_set_node_twice(struct fake_kernel *fk);
/* zone.per_cpu_pageset: the first list of CPU 0 is at @kaddr */
void fk_set_pcp_lists(struct fake_kernel *fk, unsigned int zone, uint64_t kaddr);
/* The page that the zones' names are in is damaged in the dump. */
void fk_lose_zone_names(struct fake_kernel *fk);
void fk_set_zone_span(struct fake_kernel *fk, unsigned int zone, uint64_t start,
		      uint64_t spanned);
/* pc_state and the static key, as the checker keeps them. */
void fk_set_checker(struct fake_kernel *fk, uint64_t min_pfn, uint64_t max_pfn,
		    uint32_t nbits);
void fk_set_checker_map(struct fake_kernel *fk, int map, uint64_t kaddr);
void fk_set_checker_enabled(struct fake_kernel *fk, int32_t value);
/* Section @nr is not online. */
void fk_set_offline(struct fake_kernel *fk, uint64_t nr);
/* What its mem_section says of its memmap; the flags are in the same word. */
void fk_set_section_mem_map(struct fake_kernel *fk, uint64_t nr, uint64_t word);
/* A section becomes one that was not there at boot. */
void fk_set_hotplugged(struct fake_kernel *fk, uint64_t nr);
/*
 * Sections have a mem_section_usage each, side by side: a map of subsections and the types of
 * their pageblocks, all MOVABLE. Returns the address of that of section @nr.
 */
uint64_t fk_use_usage(struct fake_kernel *fk, uint64_t nr);
void fk_set_usage(struct fake_kernel *fk, uint64_t nr, uint64_t kaddr);
/* The types of all pageblocks of section @nr; only with fk_use_usage() */
void fk_set_pageblocks(struct fake_kernel *fk, uint64_t nr, unsigned int type);
/* A kernel built without the checker. */
void fk_remove_checker(struct fake_kernel *fk);
/* Where in a spinlock it is told that it is held is not known. */
void fk_hide_locks(struct fake_kernel *fk);
/* Page types are bits, as up to Linux 6.9; the pages keep what they have. */
void fk_set_type_bits(struct fake_kernel *fk);
/* zone.pageset of before Linux 5.14, whose per_cpu_pages lie within something larger. */
void fk_old_pagesets(struct fake_kernel *fk);
/* Neither the old nor the new member is known. */
void fk_hide_pagesets(struct fake_kernel *fk);
uint64_t fk_map_kaddr(int map);
uint32_t fk_nbits(void);

/*
 * The model alone, for tests of what stands on it; to be destroyed before @fk. Then its
 * layout can be added to. Not together with fk_run().
 */
struct kernel;
struct layout;
struct kernel *fk_open(struct fake_kernel *fk);
struct layout *fk_layout(struct fake_kernel *fk);

#define FK_MAX_FINDINGS 64
struct fk_result {
	struct summary sum;
	size_t n;		/* may exceed what is kept */
	struct finding findings[FK_MAX_FINDINGS];
	char *texts[FK_MAX_FINDINGS]; /* of their evidence */
};

/*
 * Walk it, in all ways there are: by one thread and several, with and without the short cuts
 * past plain pages. The result, which must be the same, is to be freed by fk_result_free().
 */
struct fk_result *fk_run(struct fake_kernel *fk);
void fk_result_free(struct fk_result *r);
/* The number of findings with this id; *@f is the first. */
size_t fk_count(const struct fk_result *r, enum finding_id id, const struct finding **f);

#endif
