/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_dir.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "unit.h"

static struct pgc_err err;
static char dir[] = "/tmp/check_layout_dir.XXXXXX";

static const char *const names[] = { "a.layout", "b.layout", "c.layout", ".d.layout", "e.text",
				     ".layout" };

static void path_of(const char *name, char buf[128])
{
	snprintf(buf, 128, "%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	path_of(name, path);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		path_of(names[i], path);
		if (rmdir(path))
			unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

static void assert_found(const char *build_id, const char *release, const char *name)
{
	char *found = NULL, path[128];

	path_of(name, path);
	ck_assert_ok(layout_dir_find(dir, build_id, release, &found, &err), &err);
	ck_assert_str_eq(found, path);
	free(found);
}

static void assert_refused(const char *build_id, const char *release, enum pgc_status st,
			   const char *why)
{
	char *found = NULL;

	ck_assert_int_eq(layout_dir_find(dir, build_id, release, &found, &err), st);
	ck_assert_ptr_null(found);
	ck_assert_contains(err.msg, dir);
	ck_assert_contains(err.msg, why);
}

START_TEST(by_build_id_then_by_release)
{
	put("a.layout", "pgcons-layout 1\nbuild-id aa\nrelease 6.1\nsize page 64\n");
	put("b.layout", "pgcons-layout 1\nbuild-id ab\nrelease 6.2\nsize page 64\n");
	assert_found("ab", "6.1", "b.layout");
	assert_found("aa", NULL, "a.layout");
	assert_found(NULL, "6.2", "b.layout");
	/* Another build of a release that is there. */
	assert_refused("ac", "6.1", PGC_ENOENT, "build-id of the dump, ac");
	assert_refused("a", "6.1", PGC_ENOENT, "build-id");
	assert_refused(NULL, "6", PGC_ENOENT, "release of the dump, 6");
	assert_refused(NULL, NULL, PGC_ENOENT, "neither");
}
END_TEST

START_TEST(two_of_a_release_are_not_guessed)
{
	put("a.layout", "pgcons-layout 1\nbuild-id aa\nrelease 6.1\n");
	put("b.layout", "pgcons-layout 1\nbuild-id bb\nrelease 6.1\n");
	assert_found("bb", "6.1", "b.layout");
	assert_refused(NULL, "6.1", PGC_EMISMATCH, "2 layouts");
}
END_TEST

START_TEST(what_is_no_layout_is_passed_over)
{
	char path[128];

	put(".d.layout", "pgcons-layout 1\nbuild-id aa\n");
	put("e.text", "pgcons-layout 1\nbuild-id aa\n");
	put(".layout", "pgcons-layout 1\nbuild-id aa\n");
	put("a.layout", "");
	/* A line that was cut off names nothing. */
	put("b.layout", "pgcons-layout 1\nbuild-id aa");
	path_of("c.layout", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_refused("aa", NULL, PGC_ENOENT, "no layout");
}
END_TEST

START_TEST(no_folder)
{
	char *found = NULL;

	ck_assert(layout_dir_is(dir));
	ck_assert(!layout_dir_is("/dev/null"));
	ck_assert(!layout_dir_is("/nonexistent"));
	ck_assert_int_eq(layout_dir_find("/nonexistent", "aa", NULL, &found, &err), PGC_EIO);
	ck_assert_contains(err.msg, "/nonexistent");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("layout_dir");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, by_build_id_then_by_release);
	tcase_add_test(tc, two_of_a_release_are_not_guessed);
	tcase_add_test(tc, what_is_no_layout_is_passed_over);
	tcase_add_test(tc, no_folder);
	return unit_run_case(suite_create("layout_dir"), tc);
}
