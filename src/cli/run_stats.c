/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run_stats.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

uint64_t run_stats_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* A line of /proc/self/status, in bytes; 0 where it is unknown. */
static uint64_t status_bytes(const char *key)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	uint64_t kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), ": %" SCNu64, &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

void run_stats_start(struct run_stats *rs)
{
	*rs = (struct run_stats){ .since_ns = run_stats_now() };
}

void run_stats_phase(struct run_stats *rs, enum run_phase phase)
{
	rs->phase_ns[phase] += run_stats_now() - rs->since_ns;
	run_stats_memory(rs);
	rs->since_ns = run_stats_now();
}

void run_stats_memory(struct run_stats *rs)
{
	uint64_t anon = status_bytes("RssAnon");

	if (anon > rs->peak_bytes)
		rs->peak_bytes = anon;
}

static double milliseconds(uint64_t ns)
{
	return (double)ns / 1e6;
}

void run_stats_print(const struct run_stats *rs, FILE *out, uint64_t pages, uint64_t bytes,
		     unsigned int threads)
{
	static const char *const names[RUN_PHASES] = {
		[PHASE_OPEN] = "open",	 [PHASE_LAYOUT] = "layout", [PHASE_MODEL] = "model",
		[PHASE_LISTS] = "lists", [PHASE_PAGES] = "pages",   [PHASE_REPORT] = "report",
	};
	uint64_t walk = rs->phase_ns[PHASE_LISTS] + rs->phase_ns[PHASE_PAGES], all = 0;

	for (int i = 0; i < RUN_PHASES; i++) {
		all += rs->phase_ns[i];
		fprintf(out, "stats: %-8s %12.3f ms\n", names[i], milliseconds(rs->phase_ns[i]));
	}
	fprintf(out, "stats: total    %12.3f ms\n", milliseconds(all));
	fprintf(out, "stats: threads  %12u\n", threads);
	fprintf(out, "stats: pages    %12" PRIu64 "   %.2f million/s in lists and pages\n", pages,
		walk ? (double)pages * 1e3 / (double)walk : 0.0);
	fprintf(out, "stats: read     %12" PRIu64 "   bytes of the dump, in bulk\n", bytes);
	fprintf(out, "stats: memory   %12" PRIu64 "   bytes resident at most, without files\n",
		rs->peak_bytes);
}
