/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit - one main for every suite: TAP on stdout, status 0 (the TAP driver counts)
 */
#ifndef PGCONS_UNIT_H
#define PGCONS_UNIT_H

#include <check.h>
#include <stdlib.h>

#define ck_assert_ok(call, err) \
	ck_assert_msg((call) == PGC_OK, "%s: %s", #call, (err)->msg)

#define ck_assert_contains(text, part) \
	ck_assert_msg(strstr((text), (part)) != NULL, "\"%s\" not in \"%s\"", part, text)

/* Run @suite, with @tc as its case, as the last thing of main. */
static inline int unit_run_case(Suite *suite, TCase *tc)
{
	SRunner *sr;

	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	srunner_free(sr);
	return EXIT_SUCCESS;
}

/* A suite with one case, made of the tests in the NULL-terminated list. */
static inline int unit_run(const char *name, const TTest *const *tests)
{
	TCase *tc = tcase_create(name);

	for (; *tests; tests++)
		tcase_add_test(tc, *tests);
	return unit_run_case(suite_create(name), tc);
}

#define UNIT_MAIN(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__, NULL }; \
\
		return unit_run(name, tests); \
	}

#endif
