/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap_pointers - do the checker's two pointers lead to its maps?
 *
 * A map says by its content that it is one: it is the complement of the other, and the frames
 * that the maps themselves lie in were never handed out, so that their bits are 0 in the primary
 * map and 1 in the secondary. Pointers that were exchanged, or of which one has a flipped bit, are
 * told by that, and what they should be. Names no finding.
 */
#ifndef PGCONS_BITMAP_POINTERS_H
#define PGCONS_BITMAP_POINTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernel.h"

struct bitmap_pointers {
	uint64_t kaddr[2];	/* of the primary and of the secondary map */
	uint64_t min_pfn;	/* that of bit 0 */
	uint64_t bytes;		/* of each map */
};

/* Do both lead to memory, and to different memory? *@paddr are their places. */
bool bitmap_pointers_sound(struct kernel_reader kr, const struct bitmap_pointers *bp,
			   uint64_t paddr[2]);

/* Does each lead to the other's map? */
bool bitmap_pointers_exchanged(struct kernel_reader kr, const struct bitmap_pointers *bp);

/*
 * Is one of them off by one bit? Then *@map is which, and *@kaddr what it should be: there is the
 * complement of the other map, and where it leads to now there is not.
 */
bool bitmap_pointers_bent(struct kernel_reader kr, const struct bitmap_pointers *bp,
			  int *map, uint64_t *kaddr);

#endif
