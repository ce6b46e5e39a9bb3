/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_value - the values of options, and the line that says what is wrong with one
 *
 * Each function reads one kind of value and returns 0 or EXIT_USAGE; what is wrong has been
 * reported on stderr then. @option is the long option's name, without its dashes.
 */
#ifndef PGCONS_OPTIONS_VALUE_H
#define PGCONS_OPTIONS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "cli/options.h"
#include "judge/finding.h"
#include "walk/page_inspect.h"

#define PROGRAM "pgcons-dump"

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/* Tell a mistake in one line that ends in "Try 'pgcons-dump --help'."; EXIT_USAGE. */
_printf_(1, 2) int usage_error(const char *fmt, ...);

/*
 * Of the words that could have been meant by the first @len characters of @word: keep @candidate in
 * *@best, and how far away it is in *@distance, if it is closer than what is there.
 */
void option_consider(const char *word, size_t len, const char *candidate, const char **best,
		     size_t *distance);

/* The finding that the first @len characters of @name are the slug of. */
int option_finding(const char *option, const char *name, size_t len, enum finding_id *ret);
/* Sets the flags of a comma list of slugs; lists add up over several options. */
int option_findings(const char *option, const char *list, bool set[FINDING_IDS]);
int option_count(const char *option, const char *text, uint64_t *ret);
/* 1 to @most */
int option_number(const char *option, const char *text, unsigned int most, unsigned int *ret);
/* Any name but the empty one; *@ret is @name. */
int option_file(const char *option, const char *name, const char **ret);
/* PFN or 0xPFN, phys:ADDRESS, page:ADDRESS; addresses are in hex, with 0x or without. */
int option_page(const char *option, const char *text, struct page_name *ret);
int option_when(const char *option, const char *text, enum when *ret);

#endif
