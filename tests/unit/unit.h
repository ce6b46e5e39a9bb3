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

/* A suite with one case, made of the tests in the NULL-terminated list. */
static inline int unit_run(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;

	for (; *tests; tests++)
		tcase_add_test(tc, *tests);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	srunner_free(sr);
	return EXIT_SUCCESS;
}

#define UNIT_MAIN(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__, NULL }; \
\
		return unit_run(name, tests); \
	}

#endif
