/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "model/page_cache_priv.h"

#define FILES_FIRST_ROOM 1024	/* a power of two */
#define STATE_BITS 3		/* of an address, that are clear */
#define GOLDEN 0x9e3779b97f4a7c15ULL /* 2^64 by the golden ratio */

static size_t files_slot(const struct cache_files *files, uint64_t mapping)
{
	size_t at = (size_t)(mapping * GOLDEN >> 20) & (files->room - 1);

	while (files->slot[at] && (files->slot[at] & ~(uint64_t)STATE_BITS) != mapping)
		at = (at + 1) & (files->room - 1);
	return at;
}

enum cache_state cache_files_find(const struct page_cache *pc, uint64_t mapping)
{
	const struct cache_files *files = &pc->files;

	return files->n ? (enum cache_state)(files->slot[files_slot(files, mapping)] & STATE_BITS) :
			  CACHE_UNKNOWN;
}

void cache_files_add(struct page_cache *pc, uint64_t mapping, enum cache_state state)
{
	struct cache_files *files = &pc->files, bigger;

	if (2 * files->n >= files->room) {
		bigger = (struct cache_files){ .n = files->n,
					       .room = files->room ? 2 * files->room : FILES_FIRST_ROOM };
		bigger.slot = calloc(bigger.room, sizeof(*bigger.slot));
		pc->no_memory |= !bigger.slot;
		if (!bigger.slot)
			return;
		for (size_t i = 0; i < files->room; i++)
			if (files->slot[i])
				bigger.slot[files_slot(&bigger, files->slot[i] & ~(uint64_t)STATE_BITS)] =
					files->slot[i];
		free(files->slot);
		*files = bigger;
	}
	files->slot[files_slot(files, mapping)] = mapping | (uint64_t)state;
	files->n++;
}

static uint64_t bit_of(const struct page_cache *pc, uint64_t pfn)
{
	const struct kernel *k = pc->kr.k;
	const struct section *s = kernel_section(k, pfn);

	return s ? (uint64_t)(s - k->sections) * k->pages_per_section + (pfn - s->start_pfn) : UINT64_MAX;
}

bool cache_seen(const struct page_cache *pc, const uint64_t *map, uint64_t pfn)
{
	uint64_t bit = bit_of(pc, pfn);

	return bit != UINT64_MAX && map[bit / 64] >> bit % 64 & 1;
}

void cache_see(const struct page_cache *pc, uint64_t *map, uint64_t pfn)
{
	uint64_t bit = bit_of(pc, pfn);

	if (bit != UINT64_MAX)
		map[bit / 64] |= 1ULL << bit % 64;
}

enum lock_state cache_lock(const struct page_cache *pc, uint64_t kaddr)
{
	uint64_t owner;

	/* include/linux/rtmutex.h: bit 0 of the owner says that somebody waits. */
	if (kernel_member(pc->kr, kaddr, L_spinlock_owner, &owner))
		return owner & ~1ULL ? LOCK_HELD : LOCK_FREE;
	return kernel_lock_state(pc->kr, kaddr);
}

struct cache_tally *cache_tally_of(const struct page_cache *pc, uint64_t sb)
{
	for (size_t i = 0; i < pc->n_mounted && sb; i++)
		if (pc->tallies->list[i].fs.sb == sb)
			return &pc->tallies->list[i];
	return &pc->tallies->list[pc->none];
}

static size_t grow(struct page_cache *pc)
{
	struct cache_tally *bigger = reallocarray(pc->tallies->list, pc->tallies->n + 1, sizeof(*bigger));

	pc->no_memory |= !bigger;
	if (!bigger)
		return SIZE_MAX;
	pc->tallies->list = bigger;
	bigger[pc->tallies->n] = (struct cache_tally){ .inodes = 0 };
	return pc->tallies->n++;
}

size_t cache_add_tally(struct page_cache *pc, const char *type, const char *id)
{
	size_t at = grow(pc);

	if (at != SIZE_MAX) {
		struct file_system *fs = &pc->tallies->list[at].fs;

		snprintf(fs->type, sizeof(fs->type), "%s", type);
		snprintf(fs->id, sizeof(fs->id), "%s", id);
	}
	return at;
}
