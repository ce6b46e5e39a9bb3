/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summary.h"

#include <stdarg.h>
#include <stdio.h>

void summary_limit(struct summary *sum, const char *fmt, ...)
{
	va_list ap;

	sum->incomplete = true;
	if (sum->n_limits == ARRAY_SIZE(sum->limits))
		return;
	va_start(ap, fmt);
	vsnprintf(sum->limits[sum->n_limits++], sizeof(sum->limits[0]), fmt, ap);
	va_end(ap);
}
