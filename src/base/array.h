/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * array - one that grows, and the place of something in a sorted one
 */
#ifndef PGCONS_ARRAY_H
#define PGCONS_ARRAY_H

#include <stdint.h>
#include <stdlib.h>

#define ARRAY_FIRST_ROOM 64

/*
 * @array, of *@room elements of @size bytes of which @n are in use, with room for one more: itself,
 * or moved to where there is twice the room. NULL: out of memory, and all stays as it is.
 */
static inline void *array_grow(void *array, size_t *room, size_t n, size_t size)
{
	size_t more = *room ? 2 * *room : ARRAY_FIRST_ROOM;
	void *bigger;

	if (n < *room)
		return array;
	if (more < *room || more > SIZE_MAX / size)
		return NULL;
	bigger = reallocarray(array, more, size);
	if (bigger)
		*room = more;
	return bigger;
}

/*
 * How many of @n elements in order come before a place: @before is true of the first ones, of the
 * index @i, and of no other. That is the index of the first that does not, or @n.
 */
#define bisect(i, n, before)                                                             \
	__extension__({                                                                  \
		size_t bisect_low = 0, bisect_high = (n);                                \
                                                                                         \
		while (bisect_low < bisect_high) {                                       \
			const size_t i = bisect_low + (bisect_high - bisect_low) / 2;    \
                                                                                         \
			if (before)                                                      \
				bisect_low = i + 1;                                      \
			else                                                             \
				bisect_high = i;                                         \
		}                                                                        \
		bisect_low;                                                              \
	})

#endif
