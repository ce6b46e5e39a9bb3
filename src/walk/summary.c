/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/summary.h"

#include <stdarg.h>

void summary_limit(struct summary *sum, const char *fmt, ...)
{
	va_list ap;

	sum->incomplete = true;
	va_start(ap, fmt);
	limits_add(sum->limits, SUMMARY_LIMITS, &sum->n_limits, &sum->limits_dropped, fmt, ap);
	va_end(ap);
}

void summary_remark(struct summary *sum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	limits_add(sum->limits, SUMMARY_LIMITS, &sum->n_limits, &sum->limits_dropped, fmt, ap);
	va_end(ap);
}
