/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_map - all of physical memory in a bounded number of cells
 *
 * Folds the state of each page into cells of equal size while the walk goes, and marks the
 * cells that findings are about: one bad page of a terabyte stays visible. Around findings it
 * keeps the pages themselves (tiles). It knows no output.
 *
 * Only sections with a memmap have cells, so that a sparse address space does not use them
 * up. Room is bounded whatever the dump says: MAP_CELLS cells and MAP_TILES tiles.
 */
#ifndef PGCONS_MEMORY_MAP_H
#define PGCONS_MEMORY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/kernel.h"
#include "struct_page.h"

#define MAP_CELLS 16384
#define MAP_MIN_CELL 64	/* pages: what the walk does in one go */
#define MAP_TILES 64
#define MAP_TILE_PAGES 256

enum map_kind {
#define MAP_KIND(id, slug, letter, text) MAP_##id,
#include "walk/map_kinds.def"
#undef MAP_KIND
	MAP_KINDS
};

const char *map_kind_slug(enum map_kind kind);
const char *map_kind_text(enum map_kind kind);
char map_kind_letter(enum map_kind kind);

/*
 * The kind of a page; @order is that of the listed block it lies in, if it lies in one; -1, not
 * known, is taken for a large one: the block began too far away to be seen.
 */
enum map_kind memory_map_kind(enum page_state state, int order);

struct memory_map;

/* The caller owns *@ret; @k is borrowed and must outlive it. */
_must_check_ enum pgc_status memory_map_create(const struct kernel *k, struct memory_map **ret,
					       struct pgc_err *err);
void memory_map_destroy(struct memory_map *map); /* NULL is fine */

/*
 * Count the @n pages from @pfn on, all in one section and one cell (64 pages from a multiple of
 * 64 are): @states says how many are in each state, @order in which block those on free lists
 * lie, as in memory_map_kind(). Each page once. Several threads may do so at the same time;
 * what comes out does not depend on their order.
 */
void memory_map_add(struct memory_map *map, uint64_t pfn, const uint64_t states[PAGE_STATES],
		    int order);

/* A finding about [@pfn, @pfn + @count) has been reported. May go together with the rest. */
void memory_map_mark(struct memory_map *map, uint64_t pfn, uint64_t count, enum severity sev);

/*
 * Is the tile that begins at @pfn wanted, for a finding that was reported before its pages were
 * walked? 0 is no; a finding is worth its severity + 1.
 */
unsigned int memory_map_wants(struct memory_map *map, uint64_t pfn);

/* Keep the tile of @n pages from @pfn, a multiple of MAP_TILE_PAGES, on, if it is worth it. */
void memory_map_keep(struct memory_map *map, uint64_t pfn, const uint8_t *kinds, size_t n,
		     unsigned int rank);

/* For writers; all pages have been added. */
struct map_cell {
	uint64_t pfn, end;	/* first page and one past the last */
	enum map_kind kind;	/* what most of its known pages are */
	int worst;		/* enum severity of the worst finding; -1: none */
};

struct map_tile {
	uint64_t pfn;		/* of the first of MAP_TILE_PAGES */
	uint8_t kinds[MAP_TILE_PAGES]; /* enum map_kind */
};

size_t memory_map_cells(const struct memory_map *map);
uint64_t memory_map_grain(const struct memory_map *map);	/* pages in a cell */
/* The @i-th cell. False: no page of it was seen (the walk was interrupted). */
bool memory_map_cell(const struct memory_map *map, size_t i, struct map_cell *ret);
/* The first cell with pages at or after @pfn; memory_map_cells() if there is none. */
size_t memory_map_find(const struct memory_map *map, uint64_t pfn);

size_t memory_map_tiles(const struct memory_map *map);
/* By pfn; borrowed until memory_map_destroy(). */
const struct map_tile *memory_map_tile(const struct memory_map *map, size_t i);

#endif
