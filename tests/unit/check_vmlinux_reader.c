/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/learn.h"
#include "cli/sandbox.h"
#include "layout/layout.h"
#include "layout/vmlinux_reader.h"
#include "unit.h"

static enum pgc_status finds(const char *path, struct layout **ret, struct pgc_err *err)
{
	const char *data = getenv("TOP_BUILDDIR");
	char file[4096];

	(void)path;
	snprintf(file, sizeof(file), "%s/tests/data/vmlinux-7.2", data ? data : ".");
	return learn_debuginfo(file, ret, err);
}

static enum pgc_status finds_none(const char *path, struct layout **ret _unused_,
				  struct pgc_err *err)
{
	return pgc_err_set(err, PGC_ENOENT, "%s: no types\nin it", path);
}

static enum pgc_status aborts(const char *path _unused_, struct layout **ret _unused_,
			      struct pgc_err *err _unused_)
{
	fputs("assertion \033[1mfailed\nmore\n", stderr);
	fflush(stderr);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	return PGC_OK;
}

static enum pgc_status exits(const char *path _unused_, struct layout **ret _unused_,
			     struct pgc_err *err _unused_)
{
	_exit(1);
}

static enum pgc_status run(vmlinux_read_fn *read, struct layout **lay, struct pgc_err *err)
{
	*err = (struct pgc_err)PGC_ERR_INIT;
	return vmlinux_reader_run("file", read, lay, err);
}

START_TEST(the_layout_comes_through)
{
	struct layout *lay = NULL;
	struct pgc_err err;

	ck_assert_ok(run(finds, &lay, &err), &err);
	ck_assert_uint_eq(layout_get(lay, L_page), 64);
	ck_assert_str_eq(layout_source_name(lay), "vmlinux");
	ck_assert_ptr_nonnull(layout_build_id(lay));
	layout_destroy(lay);
}
END_TEST

START_TEST(so_does_a_failure)
{
	struct layout *lay = NULL;
	struct pgc_err err;

	ck_assert_int_eq(run(finds_none, &lay, &err), PGC_ENOENT);
	ck_assert_str_eq(err.msg, "file: no types?in it");
	ck_assert_ptr_null(lay);
}
END_TEST

START_TEST(the_end_of_the_child_is_one_line)
{
	struct layout *lay = NULL;
	struct pgc_err err;

	ck_assert_int_eq(run(aborts, &lay, &err), PGC_EFORMAT);
	ck_assert_str_eq(err.msg, "file: the library that reads debug information ended with signal 6: assertion ?[1mfailed");
	ck_assert_int_eq(run(exits, &lay, &err), PGC_EFORMAT);
	ck_assert_str_eq(err.msg, "file: the library that reads debug information ended with exit status 1");
}
END_TEST

/* A live kernel's vmlinux is read when the rights are gone. */
START_TEST(without_rights)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct layout *lay = NULL;
		struct pgc_err err;

		(void)sandbox_enter();
		_exit(run(finds, &lay, &err) != PGC_OK || run(exits, &lay, &err) != PGC_EFORMAT);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

UNIT_MAIN("vmlinux_reader", the_layout_comes_through, so_does_a_failure,
	  the_end_of_the_child_is_one_line, without_rights)
