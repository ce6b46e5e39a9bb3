/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/summary.h"

#include <stdarg.h>
#include <stdlib.h>

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

void summary_release(struct summary *sum)
{
	free(sum->zones);
	sum->zones = NULL;
	sum->n_zones = 0;
	free(sum->slabs.caches);
	sum->slabs = (struct slab_tallies){ .caches = NULL };
	free(sum->cache.list);
	sum->cache = (struct cache_tallies){ .list = NULL };
	memory_owners_deinit(&sum->owners);
	memory_items_deinit(&sum->areas);
	table_tally_deinit(&sum->tables);
	tags_tally_deinit(&sum->tags);
}
