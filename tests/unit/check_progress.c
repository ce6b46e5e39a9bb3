/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/progress.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

static char *text;
static size_t len;

static FILE *open_text(void)
{
	FILE *f;

	free(text);
	f = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(f);
	return f;
}

START_TEST(short_runs_draw_nothing)
{
	FILE *f = open_text();
	struct progress p;

	progress_start(&p, f, true, 5 * SECOND);
	for (uint64_t i = 1; i <= 100; i++)
		progress_update(&p, i, 100, 4096, 5 * SECOND + i * SECOND / 101);
	progress_end(&p);
	fclose(f);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(rate_and_time_left)
{
	FILE *f = open_text();
	struct progress p;

	progress_start(&p, f, true, 0);
	/* A quarter of 4000 units of 4096 pages in two seconds. */
	progress_update(&p, 1000, 4000, 4096, 2 * SECOND);
	fflush(f);
	ck_assert_contains(text, "25%");
	ck_assert_contains(text, "2.0 M pages/s");
	ck_assert_contains(text, "0:06 left");
	/* Not again within a quarter of a second. */
	len = strlen(text);
	progress_update(&p, 1001, 4000, 4096, 2 * SECOND + SECOND / 5);
	fflush(f);
	ck_assert_uint_eq(strlen(text), len);
	progress_update(&p, 1100, 400000, 4096, 200 * SECOND);
	fflush(f);
	ck_assert_contains(text, "20:08:47 left");
	/* The line is wiped. */
	progress_end(&p);
	fclose(f);
	ck_assert_int_eq(text[len - 1], '\r');
}
END_TEST

START_TEST(a_file_gets_a_line_for_each_tenth)
{
	FILE *f = open_text();
	struct progress p;
	size_t lines = 0;

	progress_start(&p, f, false, 0);
	for (uint64_t i = 1; i <= 1000; i++)
		progress_update(&p, i, 1000, 1, i * SECOND);
	progress_end(&p);
	fclose(f);
	for (const char *s = text; (s = strchr(s, '\n')); s++)
		lines++;
	ck_assert_uint_eq(lines, 11);
	ck_assert_ptr_null(strchr(text, '\r'));
}
END_TEST

START_TEST(numbers_that_cannot_be_do_no_harm)
{
	FILE *f = open_text();
	struct progress p;

	progress_start(&p, f, true, 0);
	progress_update(&p, 0, 0, 0, 9 * SECOND);
	progress_update(&p, 0, 10, 0, 9 * SECOND);
	progress_update(&p, UINT64_MAX, UINT64_MAX, UINT64_MAX, 9 * SECOND);
	progress_end(&p);
	fclose(f);
	ck_assert_contains(text, "100%");
}
END_TEST

START_TEST(a_hostile_url_does_not_reach_the_terminal)
{
	FILE *f = open_text();

	progress_download(f, "http://a/\033]0;x\007 y", 3 << 20, 8 << 20);
	fclose(f);
	ck_assert_contains(text, "3 of 8 MiB http://a/?]0;x??y");
	ck_assert_ptr_null(strchr(text, '\007'));
}
END_TEST

UNIT_MAIN("progress", short_runs_draw_nothing, rate_and_time_left,
	  a_hostile_url_does_not_reach_the_terminal, a_file_gets_a_line_for_each_tenth, numbers_that_cannot_be_do_no_harm)
