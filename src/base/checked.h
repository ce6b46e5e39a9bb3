/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * checked - arithmetic on numbers that a dump or a file supplied
 *
 * Each returns true when the result is right; *ret is then set.
 */
#ifndef PGCONS_CHECKED_H
#define PGCONS_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool add_ok(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool mul_ok(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

/* Is [start, start + len) inside [0, end)? */
static inline bool range_ok(uint64_t start, uint64_t len, uint64_t end)
{
	return start <= end && len <= end - start;
}

#endif
