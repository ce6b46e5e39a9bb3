/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/limit_lines.h"

#include <stdio.h>
#include <string.h>

void limits_add(char (*lines)[LIMIT_LEN], size_t max, size_t *n, size_t *dropped,
		const char *fmt, va_list ap)
{
	char line[LIMIT_LEN];

	vsnprintf(line, sizeof(line), fmt, ap);
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(lines[i], line))
			return;
	if (*n < max) {
		memcpy(lines[(*n)++], line, sizeof(line));
		return;
	}
	/* The last line gives its place up. */
	*dropped += *dropped ? 1 : 2;
	snprintf(lines[max - 1], LIMIT_LEN, "%zu further limits are not listed", *dropped);
}
