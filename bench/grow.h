/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow - a dump of a machine with far more memory than the one it was taken from
 *
 * Memory is added above a real, small dump: the pfns [start, end), in the highest zone of
 * its last node. Of the new memory the dump stores what an analyzer of the page allocator
 * reads: page tables, the section map, struct pages, the checker's two maps. In physical
 * order:
 *
 *	meta		page tables, mem_section roots, mem_section_usage, a resource
 *	maps		the checker's, of all memory, in place of the old ones
 *	memmap		of the new sections
 *	---		up to here reserved, as memblock would have given it
 *	alternating	free order-0 blocks and pages in use, one by one (optional)
 *	in use		all the rest
 *
 * Struct pages in use are copies of real ones of the source. What repeats is stored once
 * and shared by many PT_LOADs; no two struct pages share a physical address.
 */
#ifndef PGCONS_BENCH_GROW_H
#define PGCONS_BENCH_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "struct_page.h"

struct image;

#define GROW_PAGE 4096ULL
#define GROW_HUGE (2ULL << 20)

struct grow {
	/* asked for */
	uint64_t size;		/* bytes of memory in all */
	uint64_t share;		/* bytes of one shared piece of memmap */
	uint64_t free_blocks;
	/* the source, borrowed */
	struct vmcore *vc;
	const struct layout *lay;
	const struct kernel *k;
	struct page_format fmt;
	struct image *img;
	uint64_t page_offset;	/* kaddr of physical address 0 */
	uint64_t source_end;	/* pfn: the source has memory below it */
	/* the plan; physical addresses and lengths in bytes, all multiples of 2 MiB */
	uint64_t start, end;	/* pfns */
	uint64_t reserved_end;	/* pfn; so are the next two */
	uint64_t alternating_end;
	uint64_t meta, meta_len;
	uint64_t map[2], map_len;	/* map_len 0: no checker */
	uint64_t memmap, memmap_len;
	/* meta, given out from the front */
	uint8_t *meta_data;
	uint64_t meta_used;
	/* the zone that grows */
	const struct node *node;
	struct zone zone;	/* @raw is not owned */
	uint64_t flags;		/* zone and node of a page of it, in page.flags */
};

static inline uint64_t grow_round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* @len zeroed bytes of the meta area, not crossing a page unless longer than one. */
_must_check_ enum pgc_status grow_alloc(struct grow *g, uint64_t len, uint64_t *paddr,
					struct pgc_err *err);

/* Write to memory of the source, or of the meta area, by kernel address. */
_must_check_ enum pgc_status grow_write(struct grow *g, uint64_t kaddr, const void *buf,
					size_t len, struct pgc_err *err);
/* The same with a number of @size bytes, at most 8. */
_must_check_ enum pgc_status grow_put(struct grow *g, uint64_t kaddr, uint64_t value,
				      uint64_t size, struct pgc_err *err);

/* Is @pfn one of the free order-0 blocks? */
static inline bool grow_is_free(const struct grow *g, uint64_t pfn)
{
	return pfn >= g->reserved_end && pfn - g->reserved_end < 2 * g->free_blocks &&
	       !((pfn - g->reserved_end) & 1);
}

/* grow_memmap.c: page tables, section map, struct pages. */
_must_check_ enum pgc_status grow_page_tables(struct grow *g, struct pgc_err *err);
_must_check_ enum pgc_status grow_sections(struct grow *g, struct pgc_err *err);
_must_check_ enum pgc_status grow_struct_pages(struct grow *g, struct pgc_err *err);

/* grow_zone.c: node, zone and its lists; the resource tree. */
_must_check_ enum pgc_status grow_find_zone(struct grow *g, struct pgc_err *err);
_must_check_ enum pgc_status grow_zone(struct grow *g, struct pgc_err *err);
_must_check_ enum pgc_status grow_iomem(struct grow *g, struct pgc_err *err);

/* grow_checker.c: the maps and variables of the checker, where the kernel has it. */
_must_check_ enum pgc_status grow_checker(struct grow *g, struct pgc_err *err);

/*
 * Link the free blocks into one list, in random order; @memmap has the struct pages from
 * reserved_end on. The list's head and the node that was first so far are written too.
 */
_must_check_ enum pgc_status grow_free_list(struct grow *g, uint8_t *memmap,
					    struct pgc_err *err);

#endif
