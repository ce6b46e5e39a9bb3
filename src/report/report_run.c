/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which run it was, on which machine's dump: what records say of themselves besides their
 * contents.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/hash.h"
#include "report/report_priv.h"

void report_absolute(const char *path, char buf[PATH_MAX])
{
	size_t len;

	while (path[0] == '.' && path[1] == '/')
		path += 2;
	if (path[0] == '/' || !getcwd(buf, PATH_MAX)) {
		snprintf(buf, PATH_MAX, "%s", path);
		return;
	}
	len = strlen(buf);
	snprintf(buf + len, PATH_MAX - len, "%s%s", len && buf[len - 1] == '/' ? "" : "/", path);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

void report_name_run(struct report *rep)
{
	uint64_t hash = hash_text(HASH_INIT, PACKAGE_VERSION);
	char path[PATH_MAX];

	report_absolute(rep->path, path);
	hash = hash_text(hash, path);
	hash = hash_text(hash, rep->sum->dump_id);
	for (size_t i = 0; i < rep->opt.n_arguments; i++)
		hash = hash_text(hash, rep->opt.arguments[i]);
	/* The running kernel is another one each time. */
	if (rep->info && rep->info->live) {
		struct timespec now = { 0 };

		clock_gettime(CLOCK_REALTIME, &now);
		hash = hash_bytes(hash, &now.tv_sec, sizeof(now.tv_sec));
		hash = hash_bytes(hash, &now.tv_nsec, sizeof(now.tv_nsec));
	}
	snprintf(rep->run_id, sizeof(rep->run_id), "%016" PRIx64, hash);
}

bool report_memory_id(const struct report *rep, char buf[17])
{
	const struct summary *sum = rep->sum;
	uint64_t hash = sum->memory_hash;

	if (!sum->memory_hash || sum->interrupted || (rep->info && rep->info->live))
		return false;
	for (size_t i = 0; i < sum->n_zones; i++) {
		const struct zone_summary *z = &sum->zones[i];

		hash = hash_number(hash, z->free_listed);
		hash = hash_number(hash, (uint64_t)z->nr_free_pages);
		hash = hash_number(hash, z->pcp);
		for (size_t order = 0; order < ARRAY_SIZE(z->nr_free); order++)
			hash = hash_number(hash, z->nr_free[order]);
	}
	snprintf(buf, 17, "%016" PRIx64, hash);
	return true;
}

static bool write_time(time_t at, bool seconds, char buf[REPORT_TIME_SIZE])
{
	struct tm tm;

	return gmtime_r(&at, &tm) &&
	       (seconds ? strftime(buf, REPORT_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm) :
			  strftime(buf, REPORT_TIME_SIZE, "%Y-%m-%d %H:%M UTC", &tm));
}

bool report_crashed(const struct report *rep, char buf[REPORT_TIME_SIZE])
{
	const struct crash_facts *c = &rep->sum->crash;

	return c->has_time && write_time((time_t)c->time, true, buf);
}

void report_written(char buf[REPORT_TIME_SIZE])
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	time_t now = time(NULL);
	char *end;

	if (epoch && *epoch) {
		long long seconds = strtoll(epoch, &end, 10);

		if (!*end && seconds >= 0)
			now = (time_t)seconds;
	}
	if (!write_time(now, false, buf))
		snprintf(buf, REPORT_TIME_SIZE, "an unknown time");
}

void report_host(const struct report *rep, char buf[REPORT_HOST_SIZE])
{
	const char *name = rep->sum->crash.hostname;

	buf[0] = '\0';
	if (!name[0] || rep->opt.host == HOST_HIDDEN)
		return;
	if (rep->opt.host == HOST_HASHED)
		snprintf(buf, REPORT_HOST_SIZE, "host-%016" PRIx64, hash_text(HASH_INIT, name));
	else
		snprintf(buf, REPORT_HOST_SIZE, "%s", name);
}

/* @text with @word replaced by @by, as often as it is there. NULL: no memory. */
static char *replaced(const char *text, const char *word, const char *by)
{
	size_t n = 0, len = strlen(word), by_len = strlen(by);
	char *copy, *to;

	for (const char *at = text; (at = strstr(at, word)); at += len)
		n++;
	to = copy = malloc(strlen(text) + n * by_len + 1);
	if (!copy)
		return NULL;
	for (const char *at; (at = strstr(text, word)); text = at + len) {
		memcpy(to, text, (size_t)(at - text));
		to += at - text;
		memcpy(to, by, by_len);
		to += by_len;
	}
	strcpy(to, text);
	return copy;
}

char *report_private(const struct report *rep, const char *text)
{
	const char *name = rep->sum->crash.hostname, *dot = strchr(name, '.');
	char host[REPORT_HOST_SIZE], *whole, *part;

	/* A name of one letter would be found everywhere, and says little. */
	if (rep->opt.host == HOST_SHOWN || strlen(name) < 2)
		return strdup(text);
	report_host(rep, host);
	whole = replaced(text, name, host[0] ? host : "HOST");
	/* Folders of dumps often have the name without its domain. */
	if (!whole || !dot || dot - name < 2)
		return whole;
	*strchr(strcpy(host, name), '.') = '\0';
	part = replaced(whole, host, "HOST");
	free(whole);
	return part;
}
