/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/memory_map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define ORDER_MEDIUM 4
#define ORDER_LARGE 9
#define MIN_SHIFT 6

_Static_assert(1 << MIN_SHIFT == MAP_MIN_CELL, "a word of pages lies in one cell");

struct cell {
	uint32_t counts[MAP_KINDS];	/* pages; atomic: cells may be larger than a chunk */
	int8_t worst;			/* enum severity + 1; 0: no finding */
};

struct wanted {
	uint64_t pfn;
	enum severity sev;
};

struct tile {
	struct map_tile pages;
	unsigned int rank;	/* of the worst page in it */
};

struct memory_map {
	const struct kernel *k;
	unsigned int shift;	/* a cell has 2^shift pages */
	size_t n_cells;
	struct cell *cells;
	pthread_mutex_t lock;	/* for what follows, and for marks */
	size_t n_wanted, n_tiles;
	struct wanted wanted[MAP_TILES];
	struct tile tiles[MAP_TILES];	/* by pfn */
};

static const struct {
	const char *slug, *text;
	char letter;
} kinds[MAP_KINDS] = {
#define MAP_KIND(id, slug_, letter_, text_)                                              \
	[MAP_##id] = { .slug = slug_, .text = text_, .letter = letter_ },
#include "walk/map_kinds.def"
};

const char *map_kind_slug(enum map_kind kind)
{
	return kinds[kind].slug;
}

const char *map_kind_text(enum map_kind kind)
{
	return kinds[kind].text;
}

char map_kind_letter(enum map_kind kind)
{
	return kinds[kind].letter;
}

static enum map_kind free_kind(int order)
{
	if (order < 0 || order >= ORDER_LARGE)
		return MAP_FREE_LARGE;
	return order >= ORDER_MEDIUM ? MAP_FREE_MEDIUM : MAP_FREE_SMALL;
}

enum map_kind memory_map_kind(enum page_state state, int order)
{
	static const enum map_kind by_state[PAGE_STATES] = {
		[PS_NO_MEMMAP] = MAP_HOLE,	[PS_OFFLINE_SECTION] = MAP_HOLE,
		[PS_EXCLUDED] = MAP_UNREAD,	[PS_UNREADABLE] = MAP_UNREAD,
		[PS_UNINIT] = MAP_RESERVED,	[PS_DEVICE] = MAP_RESERVED,
		[PS_RESERVED] = MAP_RESERVED,	[PS_PCP_HEAD] = MAP_PCP,
		[PS_PCP_TAIL] = MAP_PCP,	[PS_OTHER_LISTED] = MAP_PCP,
		[PS_LRU] = MAP_LRU,		[PS_SLAB] = MAP_SLAB,
		[PS_TABLE] = MAP_TABLE,		[PS_TAIL] = MAP_COMPOUND,
		[PS_COMPOUND_HEAD] = MAP_COMPOUND, [PS_HUGETLB] = MAP_COMPOUND,
		[PS_TYPED] = MAP_OTHER,		[PS_IN_USE] = MAP_OTHER,
		[PS_FROZEN] = MAP_OTHER,	[PS_LIMBO] = MAP_ODD,
		[PS_BUDDY_UNLISTED] = MAP_ODD,	[PS_HWPOISON] = MAP_ODD,
		[PS_OFFLINE] = MAP_ODD,		[PS_GUARD] = MAP_ODD,
	};

	if (state == PS_BUDDY_HEAD || state == PS_BUDDY_TAIL)
		return free_kind(order);
	return by_state[state];
}

enum pgc_status memory_map_create(const struct kernel *k, struct memory_map **ret,
				  struct pgc_err *err)
{
	struct memory_map *map = calloc(1, sizeof(*map));
	uint64_t pages = k->n_sections * k->pages_per_section;

	*ret = NULL;
	if (!map)
		return pgc_err_nomem(err, "the memory map");
	map->k = k;
	map->shift = MIN_SHIFT;
	while ((pages + (1ULL << map->shift) - 1) >> map->shift > MAP_CELLS)
		map->shift++;
	map->n_cells = (size_t)((pages + (1ULL << map->shift) - 1) >> map->shift);
	map->cells = calloc(map->n_cells + 1, sizeof(*map->cells));
	if (!map->cells) {
		free(map);
		return pgc_err_nomem(err, "the memory map");
	}
	pthread_mutex_init(&map->lock, NULL);
	*ret = map;
	return PGC_OK;
}

void memory_map_destroy(struct memory_map *map)
{
	if (!map)
		return;
	pthread_mutex_destroy(&map->lock);
	free(map->cells);
	free(map);
}

/* Pages are numbered without the gaps between sections. False: @pfn has no memmap. */
static bool to_index(const struct memory_map *map, uint64_t pfn, uint64_t *index)
{
	const struct section *s = kernel_section(map->k, pfn);

	if (!s)
		return false;
	*index = (uint64_t)(s - map->k->sections) * map->k->pages_per_section +
		 (pfn - s->start_pfn);
	return true;
}

static uint64_t to_pfn(const struct memory_map *map, uint64_t index)
{
	const struct kernel *k = map->k;

	return k->sections[index / k->pages_per_section].start_pfn +
	       index % k->pages_per_section;
}

/* Of tiles and marks the worst are kept, and of equal ones the lowest. */
static bool better(unsigned int rank, uint64_t pfn, unsigned int than_rank, uint64_t than_pfn)
{
	return rank != than_rank ? rank > than_rank : pfn < than_pfn;
}

/* Copy a tile to its place by pfn; the lock is held. */
static void keep_tile(struct memory_map *map, uint64_t pfn, const uint8_t *from, size_t n,
		      unsigned int rank)
{
	size_t worst = 0, at = 0;

	for (size_t i = 0; i < map->n_tiles; i++)
		if (better(map->tiles[worst].rank, map->tiles[worst].pages.pfn,
			   map->tiles[i].rank, map->tiles[i].pages.pfn))
			worst = i;
	if (map->n_tiles == MAP_TILES) {
		if (!better(rank, pfn, map->tiles[worst].rank, map->tiles[worst].pages.pfn))
			return;
		memmove(&map->tiles[worst], &map->tiles[worst + 1],
			(--map->n_tiles - worst) * sizeof(map->tiles[0]));
	}
	while (at < map->n_tiles && map->tiles[at].pages.pfn < pfn)
		at++;
	memmove(&map->tiles[at + 1], &map->tiles[at],
		(map->n_tiles++ - at) * sizeof(map->tiles[0]));
	map->tiles[at].rank = rank;
	map->tiles[at].pages.pfn = pfn;
	memset(map->tiles[at].pages.kinds, MAP_HOLE, MAP_TILE_PAGES);
	memcpy(map->tiles[at].pages.kinds, from, n);
}

void memory_map_keep(struct memory_map *map, uint64_t pfn, const uint8_t *from, size_t n,
		     unsigned int rank)
{
	if (!rank || n > MAP_TILE_PAGES)
		return;
	pthread_mutex_lock(&map->lock);
	keep_tile(map, pfn, from, n, rank);
	pthread_mutex_unlock(&map->lock);
}

unsigned int memory_map_wants(struct memory_map *map, uint64_t pfn)
{
	unsigned int rank = 0;

	pthread_mutex_lock(&map->lock);
	for (size_t i = 0; i < map->n_wanted; i++)
		if (map->wanted[i].pfn - pfn < MAP_TILE_PAGES && map->wanted[i].sev + 1U > rank)
			rank = map->wanted[i].sev + 1U;
	pthread_mutex_unlock(&map->lock);
	return rank;
}

void memory_map_add(struct memory_map *map, uint64_t pfn, const uint64_t states[PAGE_STATES],
		    int order)
{
	struct cell *cell;
	uint64_t index;

	if (!to_index(map, pfn, &index))
		return;
	cell = &map->cells[index >> map->shift];
	for (int st = 0; st < PAGE_STATES; st++)
		if (states[st])
			__atomic_fetch_add(
				&cell->counts[memory_map_kind((enum page_state)st, order)],
				(uint32_t)states[st], __ATOMIC_RELAXED);
}

static void want(struct memory_map *map, uint64_t pfn, enum severity sev)
{
	size_t worst = 0;

	for (size_t i = 0; i < map->n_wanted; i++) {
		if (map->wanted[i].pfn / MAP_TILE_PAGES == pfn / MAP_TILE_PAGES &&
		    map->wanted[i].sev >= sev)
			return;
		if (better(map->wanted[worst].sev, map->wanted[worst].pfn, map->wanted[i].sev,
			   map->wanted[i].pfn))
			worst = i;
	}
	if (map->n_wanted < MAP_TILES)
		worst = map->n_wanted++;
	else if (!better(sev, pfn, map->wanted[worst].sev, map->wanted[worst].pfn))
		return;
	map->wanted[worst] = (struct wanted){ .pfn = pfn, .sev = sev };
}

void memory_map_mark(struct memory_map *map, uint64_t pfn, uint64_t count, enum severity sev)
{
	uint64_t grain = 1ULL << map->shift, end = pfn + count, index;

	if (end < pfn)
		end = UINT64_MAX;
	pthread_mutex_lock(&map->lock);
	want(map, pfn, sev);
	/* From cell to cell; what has no memmap is stepped over by sections. */
	while (pfn < end) {
		uint64_t step = map->k->pages_per_section - pfn % map->k->pages_per_section;

		if (to_index(map, pfn, &index)) {
			struct cell *cell = &map->cells[index >> map->shift];

			if (cell->worst < (int8_t)(sev + 1))
				cell->worst = (int8_t)(sev + 1);
			if (grain - (index & (grain - 1)) < step)
				step = grain - (index & (grain - 1));
		} else if (pfn / map->k->pages_per_section >= map->k->n_section_nrs) {
			break;
		}
		if (step > end - pfn)
			break;
		pfn += step;
	}
	pthread_mutex_unlock(&map->lock);
}

size_t memory_map_cells(const struct memory_map *map)
{
	return map->n_cells;
}

uint64_t memory_map_grain(const struct memory_map *map)
{
	return 1ULL << map->shift;
}

bool memory_map_cell(const struct memory_map *map, size_t i, struct map_cell *ret)
{
	uint64_t pages = map->k->n_sections * map->k->pages_per_section;
	uint64_t first = (uint64_t)i << map->shift, last = first + (1ULL << map->shift) - 1;
	const struct cell *cell = &map->cells[i];
	uint32_t most = 0;

	if (last >= pages)
		last = pages - 1;
	ret->pfn = to_pfn(map, first);
	ret->end = to_pfn(map, last) + 1;
	ret->worst = cell->worst - 1;
	ret->kind = MAP_HOLE;
	for (size_t kind = 0; kind < MAP_KINDS; kind++) {
		if (cell->counts[kind] > most) {
			most = cell->counts[kind];
			ret->kind = (enum map_kind)kind;
		}
	}
	return most > 0;
}

size_t memory_map_find(const struct memory_map *map, uint64_t pfn)
{
	const struct kernel *k = map->k;
	uint64_t index;
	size_t low = bisect(i, k->n_sections,
			    k->sections[i].start_pfn + k->pages_per_section <= pfn);

	if (low == k->n_sections)
		return map->n_cells;
	index = (uint64_t)low * k->pages_per_section;
	if (pfn > k->sections[low].start_pfn)
		index += pfn - k->sections[low].start_pfn;
	return (size_t)(index >> map->shift);
}

size_t memory_map_tiles(const struct memory_map *map)
{
	return map->n_tiles;
}

const struct map_tile *memory_map_tile(const struct memory_map *map, size_t i)
{
	return &map->tiles[i].pages;
}
