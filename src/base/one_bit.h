/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one_bit - is exactly one bit set? What a flip leaves where the right value is known
 */
#ifndef PGCONS_ONE_BIT_H
#define PGCONS_ONE_BIT_H

#include <stdbool.h>
#include <stdint.h>

static inline bool one_bit(uint64_t x)
{
	return x && !(x & (x - 1));
}

#endif
