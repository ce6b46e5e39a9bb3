/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/error.h"
#include "unit.h"

START_TEST(context_is_prepended)
{
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st;

	st = pgc_err_set(&err, PGC_EIO, "short read at 0x%x", 0x1000);
	st = pgc_err_add(&err, st, "zone %s", "DMA32");
	ck_assert_int_eq(st, PGC_EIO);
	ck_assert_str_eq(err.msg, "zone DMA32: short read at 0x1000");
}
END_TEST

START_TEST(gaps_and_success_get_no_message)
{
	struct pgc_err err = PGC_ERR_INIT;

	ck_assert_int_eq(pgc_err_add(&err, PGC_EXCLUDED, "x"), PGC_EXCLUDED);
	ck_assert_int_eq(pgc_err_add(&err, PGC_OK, "x"), PGC_OK);
	ck_assert_str_eq(err.msg, "");
}
END_TEST

START_TEST(long_messages_are_cut_at_the_end)
{
	struct pgc_err err = PGC_ERR_INIT;
	char big[600];

	memset(big, 'b', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	(void)pgc_err_set(&err, PGC_EIO, "cause %s", big);
	(void)pgc_err_add(&err, PGC_EIO, "head");
	ck_assert_int_eq(strncmp(err.msg, "head: cause bbb", 15), 0);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg));
	for (int i = 0; i < 3; i++)
		(void)pgc_err_add(&err, PGC_EIO, "%s", big);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg));
}
END_TEST

/* A path may be longer than any message: its end and the cause are what is needed. */
START_TEST(a_long_path_hides_no_cause)
{
	struct pgc_err err = PGC_ERR_INIT;
	char path[4000];

	memset(path, 'a', sizeof(path));
	strcpy(path + sizeof(path) - 8, "/vmcore");
	(void)pgc_err_set(&err, PGC_EIO, "the cause");
	(void)pgc_err_add(&err, PGC_EIO, "%s", path);
	ck_assert_int_eq(strncmp(err.msg, "...aaa", 6), 0);
	ck_assert_str_eq(err.msg + strlen(err.msg) - 18, "/vmcore: the cause");
	ck_assert_uint_eq(strlen(err.msg), sizeof(err.msg) - 1);
	/* A cause as long as that leaves some of the path. */
	(void)pgc_err_set(&err, PGC_EIO, "cause %.470s", path);
	(void)pgc_err_add(&err, PGC_EIO, "%s", path);
	ck_assert_contains(err.msg, "/vmcore: cause aaa");
}
END_TEST

START_TEST(each_status_has_words)
{
	for (int st = PGC_OK; st <= PGC_ENOMEM; st++)
		ck_assert_ptr_nonnull(pgc_why((enum pgc_status)st, NULL));
}
END_TEST

START_TEST(a_dump_cannot_drive_the_terminal)
{
	struct pgc_err err = PGC_ERR_INIT;

	(void)pgc_err_set(&err, PGC_EFORMAT, "name \"%s\"", "a\033[2Jb\nc");
	ck_assert_str_eq(err.msg, "name \"a?[2Jb?c\"");
}
END_TEST

UNIT_MAIN("error", context_is_prepended, gaps_and_success_get_no_message,
	  long_messages_are_cut_at_the_end, a_long_path_hides_no_cause, each_status_has_words,
	  a_dump_cannot_drive_the_terminal)
