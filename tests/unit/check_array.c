/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small tools of base/: arrays that grow, places in sorted ones, limits that are counted,
 * libraries that are loaded
 */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/limit_lines.h"
#include "base/load_calls.h"
#include "unit.h"

START_TEST(nothing_is_lost_as_it_grows)
{
	uint32_t *list = NULL;
	size_t room = 0, moves = 0;

	for (size_t n = 0; n < 5000; n++) {
		size_t before = room;
		uint32_t *bigger = array_grow(list, &room, n, sizeof(*list));

		ck_assert_ptr_nonnull(bigger);
		ck_assert_uint_gt(room, n);
		/* There is room: it is neither moved nor made larger. */
		if (n < before)
			ck_assert(bigger == list && room == before);
		moves += room != before;
		list = bigger;
		list[n] = (uint32_t)n;
	}
	for (size_t n = 0; n < 5000; n++)
		ck_assert_uint_eq(list[n], n);
	/* It doubles. */
	ck_assert_uint_eq(moves, 8);
	free(list);
}
END_TEST

START_TEST(what_does_not_fit_leaves_all_as_it_is)
{
	volatile size_t huge = SIZE_MAX / 4;	/* not for the compiler to warn of */
	size_t room = 4;
	char *list = malloc(room);

	ck_assert_ptr_nonnull(list);
	list[3] = 'x';
	ck_assert_ptr_null(array_grow(list, &room, room, huge));
	ck_assert_uint_eq(room, 4);
	ck_assert_int_eq(list[3], 'x');
	free(list);
}
END_TEST

/* Against counting, in arrays of each length and with what is twice in them. */
START_TEST(the_first_that_does_not_come_before)
{
	static const int sorted[] = { 1, 3, 3, 3, 7, 9, 9, 12 };

	for (size_t n = 0; n <= ARRAY_SIZE(sorted); n++) {
		for (int x = 0; x < 14; x++) {
			size_t below = 0, up_to = 0;

			for (size_t e = 0; e < n; e++) {
				below += sorted[e] < x;
				up_to += sorted[e] <= x;
			}
			ck_assert_uint_eq(bisect(i, n, sorted[i] < x), below);
			ck_assert_uint_eq(bisect(i, n, sorted[i] <= x), up_to);
		}
	}
}
END_TEST

__attribute__((format(printf, 4, 5))) static void add(char (*lines)[LIMIT_LEN], size_t *n,
						      size_t *dropped, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	limits_add(lines, 3, n, dropped, fmt, ap);
	va_end(ap);
}

START_TEST(limits_without_room_are_counted)
{
	static char lines[3][LIMIT_LEN];
	size_t n = 0, dropped = 0;

	for (int i = 0; i < 3; i++)
		add(lines, &n, &dropped, "limit %d", i);
	/* The same again is no further one. */
	add(lines, &n, &dropped, "limit %d", 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(dropped, 0);
	ck_assert_str_eq(lines[2], "limit 2");
	/* The last gives its place up to the count: it is one of those that are not listed. */
	add(lines, &n, &dropped, "limit %d", 3);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(lines[0], "limit 0");
	ck_assert_str_eq(lines[1], "limit 1");
	ck_assert_str_eq(lines[2], "2 further limits are not listed");
	add(lines, &n, &dropped, "limit %d", 4);
	ck_assert_uint_eq(dropped, 3);
	ck_assert_str_eq(lines[2], "3 further limits are not listed");
}
END_TEST

START_TEST(a_library_is_there_with_all_calls_or_not)
{
	__typeof__(strlen) *length = NULL;
	void *none = NULL;
	const struct loaded_call calls[] = {
		{ "strlen", (void **)&length },
		{ "no_such_function", &none },
	};

	ck_assert(!load_calls("libno-such-library.so.1", calls, 1));
	ck_assert_ptr_null((void *)(uintptr_t)length);
	ck_assert(!load_calls("libc.so.6", calls, 2));
	/* Any number of times. */
	for (int i = 0; i < 3; i++)
		ck_assert(load_calls("libc.so.6", calls, 1));
	ck_assert_uint_eq(length("four"), 4);
}
END_TEST

UNIT_MAIN("array", nothing_is_lost_as_it_grows, what_does_not_fit_leaves_all_as_it_is,
	  the_first_that_does_not_come_before, limits_without_room_are_counted,
	  a_library_is_there_with_all_calls_or_not)
