/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damage - the shape of damage: what a set of wrong bits, or a stretch of garbage, looks like
 *
 * Pure. Field studies of DRAM give about 79% single bits, 9% rows of some 8 KB, 6% columns
 * (the same bit over a stride) and 4% banks; the rest of the world is software, which
 * overwrites memory with something recognisable.
 */
#ifndef PGCONS_DAMAGE_H
#define PGCONS_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "judge/finding.h"

#define DAMAGE_ROW_BYTES 8192

/* A wrong bit in memory. */
struct damaged_bit {
	uint64_t kaddr;		/* of its byte */
	unsigned int bit;	/* in the byte */
};

/* The shape of @n wrong bits, sorted by address. */
enum damage_class damage_shape(const struct damaged_bit *bits, size_t n);

/*
 * What @len bytes of garbage look like: "text", "zeros", "ones", "a repeated byte",
 * "kernel pointers"; NULL: like nothing in particular. Static.
 */
const char *damage_looks_like(const uint8_t *bytes, size_t len);

/* The difference of two words that should be equal: one bit, or CLASS_NONE. */
enum damage_class damage_of_xor(uint64_t xor);

#endif
