/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int usage_error(const char *fmt, ...)
{
	char msg[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	for (char *s = msg; *s; s++)
		if (iscntrl((unsigned char)*s))
			*s = '?';
	fprintf(stderr, PROGRAM ": %s. Try '" PROGRAM " --help'.\n", msg);
	return EXIT_USAGE;
}

/*
 * How many letters must be inserted, removed or replaced to get from one word to the
 * other. Long words are not worth a hint.
 */
static size_t edit_distance(const char *a, size_t a_len, const char *b)
{
	size_t b_len = strlen(b);
	size_t row[33];

	if (a_len >= ARRAY_SIZE(row) || b_len >= ARRAY_SIZE(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

void option_consider(const char *word, size_t len, const char *candidate, const char **best,
		     size_t *distance)
{
	size_t d = edit_distance(word, len, candidate);

	if (d < *distance) {
		*distance = d;
		*best = candidate;
	}
}

static int unknown_finding(const char *option, const char *slug, size_t len)
{
	const char *hint = NULL;
	size_t distance = 5;

	for (size_t i = 0; i < FINDING_IDS; i++)
		option_consider(slug, len, finding_type((enum finding_id)i)->slug, &hint,
				&distance);
	if (hint)
		return usage_error(
			"--%s: no finding is called '%.*s' (did you mean '%s'?)", option,
			(int)len, slug, hint);
	return usage_error("--%s: no finding is called '%.*s' (see --list-findings)",
			   option, (int)len, slug);
}

int option_finding(const char *option, const char *name, size_t len, enum finding_id *ret)
{
	char slug[64];

	if (len == 0)
		return usage_error("--%s: a name is empty", option);
	if (len >= sizeof(slug))
		return unknown_finding(option, name, len);
	memcpy(slug, name, len);
	slug[len] = '\0';
	return finding_by_slug(slug, ret) ? 0 : unknown_finding(option, slug, len);
}

int option_findings(const char *option, const char *list, bool set[FINDING_IDS])
{
	for (;;) {
		size_t len = strcspn(list, ",");
		enum finding_id id;
		int st = option_finding(option, list, len, &id);

		if (st != 0)
			return st;
		set[id] = true;
		if (list[len] == '\0')
			return 0;
		list += len + 1;
	}
}

int option_count(const char *option, const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	/* strtoull() would take "-1" and " 1". */
	*ret = isdigit((unsigned char)text[0]) ? strtoull(text, &end, 10) : 0;
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0)
		return usage_error("--%s: '%s' is not a count", option, text);
	return 0;
}

int option_file(const char *option, const char *name, const char **ret)
{
	if (!name[0])
		return usage_error("--%s: give the name of a file", option);
	*ret = name;
	return 0;
}

int option_page(const char *option, const char *text, struct page_name *ret)
{
	const char *number = text;
	int base = 16;
	char *end;

	*ret = (struct page_name){ .by = PAGE_BY_PFN };
	if (strncmp(text, "phys:", 5) == 0 || strncmp(text, "page:", 5) == 0) {
		ret->by = text[1] == 'h' ? PAGE_BY_PHYS : PAGE_BY_STRUCT;
		number += 5;
	} else if (strncmp(text, "0x", 2) != 0) {
		base = 10;
	}
	errno = 0;
	ret->value = isxdigit((unsigned char)number[0]) ? strtoull(number, &end, base) : 0;
	if (!isxdigit((unsigned char)number[0]) || *end != '\0' || errno != 0)
		return usage_error("--%s: '%s' is not a page (PFN, 0xPFN, phys:ADDRESS or page:ADDRESS)",
				   option, text);
	return 0;
}

int option_when(const char *option, const char *text, enum when *ret)
{
	static const char *const names[] = {
		[WHEN_AUTO] = "auto",
		[WHEN_ALWAYS] = "always",
		[WHEN_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum when)i;
			return 0;
		}
	}
	return usage_error("--%s: '%s' is not auto, always or never", option, text);
}

int option_number(const char *option, const char *text, unsigned int most, unsigned int *ret)
{
	uint64_t n;

	if (option_count(option, text, &n) != 0)
		return EXIT_USAGE;
	if (n == 0 || n > most)
		return usage_error("--%s: '%s' is not a number from 1 to %u", option, text, most);
	*ret = (unsigned int)n;
	return 0;
}

