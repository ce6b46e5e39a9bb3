/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"
#include "walk/memory_map.h"

#define SECTION_PAGES 4096

/* Sections 1, 2 and 40 have a memmap; the rest of the address space is empty. */
static struct section sections[] = {
	{ .nr = 1, .online = true }, { .nr = 2, .online = true }, { .nr = 40, .online = true },
};
static uint32_t section_index[41];
static struct kernel k;

static struct memory_map *make_map(uint64_t pages_per_section)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct memory_map *map;

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		section_index[sections[i].nr] = (uint32_t)i + 1;
		sections[i].start_pfn = sections[i].nr * pages_per_section;
	}
	k = (struct kernel){
		.pages_per_section = pages_per_section,
		.section_shift = (unsigned int)__builtin_ctzll(pages_per_section),
		.sections = sections, .n_sections = ARRAY_SIZE(sections),
		.section_index = section_index, .n_section_nrs = ARRAY_SIZE(section_index),
	};
	ck_assert_ok(memory_map_create(&k, &map, &err), &err);
	return map;
}

static struct map_cell cell_of(const struct memory_map *map, uint64_t pfn)
{
	struct map_cell cell;

	ck_assert_uint_lt(memory_map_find(map, pfn), memory_map_cells(map));
	ck_assert(memory_map_cell(map, memory_map_find(map, pfn), &cell));
	return cell;
}

/* @n pages of one state in the word at @pfn. */
static void add(struct memory_map *map, uint64_t pfn, enum page_state state, uint64_t n,
		int order)
{
	uint64_t states[PAGE_STATES] = { 0 };

	states[state] = n;
	memory_map_add(map, pfn, states, order);
}

START_TEST(most_pages_of_a_cell_decide)
{
	struct memory_map *map = make_map(SECTION_PAGES);
	uint64_t start = sections[0].start_pfn;
	struct map_cell cell;

	ck_assert_uint_eq(memory_map_grain(map), MAP_MIN_CELL);
	ck_assert_uint_eq(memory_map_cells(map), 3 * SECTION_PAGES / MAP_MIN_CELL);
	add(map, start, PS_SLAB, 31, -1);
	add(map, start, PS_LRU, 33, -1);
	add(map, start + 64, PS_SLAB, 64, -1);
	cell = cell_of(map, start);
	ck_assert_int_eq(cell.kind, MAP_LRU);
	ck_assert_uint_eq(cell.pfn, start);
	ck_assert_uint_eq(cell.end, start + 64);
	ck_assert_int_eq(cell.worst, -1);
	ck_assert_int_eq(cell_of(map, start + 64).kind, MAP_SLAB);
	/* What was never walked is told apart from a hole. */
	ck_assert(!memory_map_cell(map, memory_map_find(map, sections[2].start_pfn), &cell));
	memory_map_destroy(map);
}
END_TEST

START_TEST(large_memory_is_folded)
{
	struct memory_map *map = make_map(1ULL << 25);
	uint64_t start = sections[1].start_pfn;

	ck_assert_uint_eq(memory_map_grain(map), 8192);
	ck_assert_uint_le(memory_map_cells(map), MAP_CELLS);
	add(map, start + 64, PS_BUDDY_TAIL, 64, 5);
	add(map, start + 4096, PS_LRU, 60, -1);
	ck_assert_int_eq(cell_of(map, start).kind, MAP_FREE_MEDIUM);
	add(map, start, PS_LRU, 5, -1);
	ck_assert_int_eq(cell_of(map, start).kind, MAP_LRU);
	memory_map_destroy(map);
}
END_TEST

START_TEST(one_bad_page_stays_visible)
{
	struct memory_map *map = make_map(1ULL << 24);
	uint64_t bad = sections[2].start_pfn + 123456;

	add(map, bad, PS_LRU, 64, -1);
	memory_map_mark(map, bad, 1, SEV_CORRUPT);
	memory_map_mark(map, bad, 1, SEV_NOTE);
	ck_assert_int_eq(cell_of(map, bad).worst, SEV_CORRUPT);
	memory_map_destroy(map);
}
END_TEST

START_TEST(a_mark_may_lie_anywhere)
{
	struct memory_map *map = make_map(SECTION_PAGES);
	uint64_t in = sections[1].start_pfn;

	add(map, in, PS_LRU, 64, -1);
	add(map, in + SECTION_PAGES - 64, PS_LRU, 64, -1);
	memory_map_mark(map, UINT64_MAX - 1, 8, SEV_CORRUPT);
	memory_map_mark(map, 0, UINT64_MAX, SEV_SUSPECT);
	memory_map_mark(map, 1ULL << 50, 1ULL << 60, SEV_CORRUPT);
	ck_assert_int_eq(cell_of(map, in).worst, SEV_SUSPECT);
	ck_assert_int_eq(cell_of(map, in + SECTION_PAGES - 1).worst, SEV_SUSPECT);
	add(map, 0, PS_LRU, 64, -1);	/* no memmap there: passed over */
	memory_map_destroy(map);
}
END_TEST

START_TEST(tiles_are_the_worst_then_the_lowest)
{
	struct memory_map *map = make_map(1ULL << 24);
	uint64_t start = sections[0].start_pfn, last = start + (1ULL << 22);
	uint8_t kinds[MAP_TILE_PAGES];

	memset(kinds, MAP_LRU, sizeof(kinds));
	for (size_t i = MAP_TILES + 10; i > 0; i--)
		memory_map_keep(map, start + i * SECTION_PAGES, kinds, sizeof(kinds),
				SEV_SUSPECT + 1);
	ck_assert_uint_eq(memory_map_tiles(map), MAP_TILES);
	ck_assert_uint_eq(memory_map_tile(map, 0)->pfn, start + SECTION_PAGES);
	kinds[7] = MAP_SLAB;
	memory_map_keep(map, last, kinds, 8, SEV_CORRUPT + 1);
	memory_map_keep(map, start, kinds, sizeof(kinds), 0);
	ck_assert_uint_eq(memory_map_tiles(map), MAP_TILES);
	ck_assert_uint_eq(memory_map_tile(map, MAP_TILES - 1)->pfn, last);
	ck_assert_int_eq(memory_map_tile(map, MAP_TILES - 1)->kinds[7], MAP_SLAB);
	ck_assert_int_eq(memory_map_tile(map, MAP_TILES - 1)->kinds[8], MAP_HOLE);
	memory_map_destroy(map);
}
END_TEST

START_TEST(what_was_marked_before_the_walk_is_wanted)
{
	struct memory_map *map = make_map(SECTION_PAGES);
	uint64_t start = sections[0].start_pfn;

	memory_map_mark(map, start + 700, 1, SEV_NOTE);
	ck_assert_uint_eq(memory_map_wants(map, start + 512), SEV_NOTE + 1);
	memory_map_mark(map, start + 701, 1, SEV_CORRUPT);
	ck_assert_uint_eq(memory_map_wants(map, start + 512), SEV_CORRUPT + 1);
	ck_assert_uint_eq(memory_map_wants(map, start + 256), 0);
	ck_assert_uint_eq(memory_map_wants(map, start + 768), 0);
	memory_map_destroy(map);
}
END_TEST

START_TEST(every_state_has_a_kind)
{
	char seen[256] = "";

	for (int st = 0; st < PAGE_STATES; st++)
		ck_assert_uint_lt(memory_map_kind((enum page_state)st, 3), MAP_KINDS);
	ck_assert_int_eq(memory_map_kind(PS_BUDDY_TAIL, 0), MAP_FREE_SMALL);
	ck_assert_int_eq(memory_map_kind(PS_BUDDY_HEAD, 10), MAP_FREE_LARGE);
	ck_assert_int_eq(memory_map_kind(PS_BUDDY_TAIL, -1), MAP_FREE_LARGE);
	ck_assert_int_eq(memory_map_kind(PS_BUDDY_HEAD, 4), MAP_FREE_MEDIUM);
	ck_assert_int_eq(memory_map_kind(PS_UNREADABLE, -1), MAP_UNREAD);
	ck_assert_int_eq(memory_map_kind(PS_IN_USE, -1), MAP_OTHER);
	for (int kind = 0; kind < MAP_KINDS; kind++) {
		unsigned char letter = (unsigned char)map_kind_letter((enum map_kind)kind);

		ck_assert_msg(!seen[letter], "two kinds are drawn as '%c'", letter);
		seen[letter] = 1;
		ck_assert_uint_gt(strlen(map_kind_text((enum map_kind)kind)), 0);
	}
}
END_TEST

UNIT_MAIN("memory_map", most_pages_of_a_cell_decide, large_memory_is_folded,
	  one_bad_page_stays_visible, a_mark_may_lie_anywhere,
	  tiles_are_the_worst_then_the_lowest, what_was_marked_before_the_walk_is_wanted,
	  every_state_has_a_kind)
