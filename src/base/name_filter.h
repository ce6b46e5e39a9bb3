/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_filter - of a hundred thousand names, which may be among the few that are wanted
 *
 * A kernel has that many symbols, and the program looks for some dozens. The filter knows
 * the first four characters of the wanted names only: it lets a few wrong ones through,
 * which the caller must compare, and never drops a right one. A name that ends earlier has
 * its NUL among the four.
 */
#ifndef PGCONS_NAME_FILTER_H
#define PGCONS_NAME_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_FILTER_CHARS 4

/* Zeros are the empty filter. */
struct name_filter {
	uint64_t bits[64];
};

static inline unsigned int name_filter_slot(const char *name)
{
	uint32_t head = 0;

	for (unsigned int i = 0; i < NAME_FILTER_CHARS && name[i]; i++)
		head |= (uint32_t)(unsigned char)name[i] << 8 * i;
	return head * 2654435761u >> 20;
}

static inline void name_filter_add(struct name_filter *f, const char *name)
{
	unsigned int slot = name_filter_slot(name);

	f->bits[slot / 64] |= UINT64_C(1) << slot % 64;
}

static inline bool name_filter_passes(const struct name_filter *f, const char *name)
{
	unsigned int slot = name_filter_slot(name);

	return f->bits[slot / 64] >> slot % 64 & 1;
}

#endif
