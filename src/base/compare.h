/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare - for qsort() and bsearch()
 */
#ifndef PGCONS_COMPARE_H
#define PGCONS_COMPARE_H

#include <stdint.h>

/* Two uint64_t, ascending. */
static inline int compare_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

#endif
