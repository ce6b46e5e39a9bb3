/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places where distributions put a vmlinux, below a root of the test's own. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfo/debuginfo.h"
#include "debuginfo/find_vmlinux.h"
#include "unit.h"

#define RELEASE "7.2.0-test"

static char root[64];
static char fixture[512];
static struct debuginfo_probe probe;

static void set_up(void)
{
	struct pgc_err err = PGC_ERR_INIT;
	const char *build = getenv("TOP_BUILDDIR");

	snprintf(root, sizeof(root), "/tmp/check_find_vmlinux.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(fixture, sizeof(fixture), "%s/tests/data/vmlinux-7.2", build ? build : ".");
	ck_assert_ok(debuginfo_probe(fixture, &probe, &err), &err);
	ck_assert(probe.has_dwarf);
	ck_assert_uint_gt(strlen(probe.build_id), 8);
}

static void tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

/* A link at root/@place, with its folders. */
static void put(const char *place, char *path, size_t size)
{
	snprintf(path, size, "%s%s", root, place);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		ck_assert(!mkdir(path, 0700) || errno == EEXIST);
	}
	ck_assert_int_eq(symlink(fixture, path), 0);
}

static enum pgc_status search(const char *build_id, const char *release, char **path,
			      char **tried)
{
	const struct vmlinux_search s = {
		.root = root, .dump = "/nowhere/vmcore", .build_id = build_id,
		.release = release,
	};

	return find_vmlinux(&s, path, tried, NULL);
}

START_TEST(each_place_is_looked_at)
{
	static const char *const places[] = {
		"/usr/lib/debug/boot/vmlinux-" RELEASE,
		"/usr/lib/debug/lib/modules/" RELEASE "/vmlinux",
		"/usr/lib/debug/lib/modules/" RELEASE "/vmlinux.debug",
		"/usr/lib/debug/usr/lib/modules/" RELEASE "/vmlinux",
		"/lib/modules/" RELEASE "/build/vmlinux",
		"/boot/vmlinux-" RELEASE,
	};
	char want[512], *path, *tried;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		put(places[i], want, sizeof(want));
		ck_assert_int_eq(search(probe.build_id, RELEASE, &path, &tried), PGC_OK);
		ck_assert_str_eq(path, want);
		ck_assert_ptr_null(tried);
		free(path);
		unlink(want);
	}
}
END_TEST

START_TEST(the_build_id_is_a_path)
{
	char place[256], want[512], *path, *tried;

	snprintf(place, sizeof(place), "/usr/lib/debug/.build-id/%.2s/%.128s.debug",
		 probe.build_id, probe.build_id + 2);
	put(place, want, sizeof(want));
	ck_assert_int_eq(search(probe.build_id, NULL, &path, &tried), PGC_OK);
	ck_assert_str_eq(path, want);
	free(path);
}
END_TEST

START_TEST(another_build_is_not_taken)
{
	char want[512], *path, *tried;

	put("/boot/vmlinux-" RELEASE, want, sizeof(want));
	ck_assert_int_eq(search("0123456789abcdef", RELEASE, &path, &tried), PGC_ENOENT);
	ck_assert_ptr_null(path);
	ck_assert_contains(tried, "/boot/vmlinux-" RELEASE " (of another build)");
	ck_assert_contains(tried, "/usr/lib/debug/.build-id/01/23456789abcdef.debug, ");
	free(tried);
}
END_TEST

/* The release comes from a dump: it must not lead out of the folder. */
START_TEST(a_release_is_no_path)
{
	char *path, *tried;

	ck_assert_int_eq(search("0123456789abcdef", "../../etc", &path, &tried), PGC_ENOENT);
	ck_assert_ptr_null(strstr(tried, "etc"));
	free(tried);
	ck_assert_int_eq(search(NULL, NULL, &path, &tried), PGC_ENOENT);
	ck_assert_ptr_null(tried);
}
END_TEST

START_TEST(debug_information_is_where_it_is)
{
	struct pgc_err err = PGC_ERR_INIT;
	char *path;

	ck_assert_ok(find_vmlinux_debug(root, fixture, &path, &err), &err);
	ck_assert_str_eq(path, fixture);
	free(path);
	ck_assert_int_eq(find_vmlinux_debug(root, "/nowhere", &path, &err), PGC_EIO);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_place_is_looked_at, the_build_id_is_a_path, another_build_is_not_taken,
		a_release_is_no_path, debug_information_is_where_it_is,
	};
	TCase *tc = tcase_create("find_vmlinux");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(tc, tests[i]);
	return unit_run_case(suite_create("find_vmlinux"), tc);
}
