/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/report.h"

enum presence { GONE, THERE, NEW };

struct known {
	enum finding_id id;
	uint64_t pfn;
	int node, order, cpu;
	char zone[16];
	enum presence presence;
	enum severity severity;
	char text[300];
};

struct watch {
	FILE *out;
	uint32_t page_size;
	const char *verdict;	/* as reported last, or NULL */
	size_t n;
	uint64_t more, told_more;	/* findings past WATCH_MAX, this time and as reported last */
	struct known known[WATCH_MAX];
};

enum pgc_status watch_create(FILE *out, uint32_t page_size, struct watch **ret,
			     struct pgc_err *err)
{
	/* What is not used of it is never touched. */
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return pgc_err_nomem(err, "the last report");
	w->out = out;
	w->page_size = page_size;
	*ret = w;
	return PGC_OK;
}

void watch_destroy(struct watch *w)
{
	free(w);
}

static bool is_same(const struct known *k, const struct finding *f)
{
	return k->id == f->id && k->pfn == f->pfn && k->node == f->node &&
	       k->order == f->order && k->cpu == f->cpu &&
	       !strncmp(k->zone, f->zone ? f->zone : "", sizeof(k->zone) - 1);
}

static struct known *remember(struct watch *w, const struct finding *f)
{
	struct known *k;

	if (w->n == WATCH_MAX)
		return NULL;
	k = &w->known[w->n++];
	*k = (struct known){ .id = f->id, .pfn = f->pfn, .node = f->node, .order = f->order,
			     .cpu = f->cpu, .presence = NEW, .severity = f->severity };
	if (f->zone)
		snprintf(k->zone, sizeof(k->zone), "%s", f->zone);
	report_describe(f, w->page_size, k->text, sizeof(k->text));
	return k;
}

void watch_finding(void *arg, const struct finding *f)
{
	struct watch *w = arg;

	for (size_t i = 0; i < w->n; i++) {
		if (!is_same(&w->known[i], f))
			continue;
		if (w->known[i].presence == GONE)
			w->known[i].presence = THERE;
		return;
	}
	if (!remember(w, f))
		w->more++;
}

static void stamp(FILE *out)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[40];

	if (localtime_r(&now, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		fprintf(out, "%s ", text);
}

/* The next time begins with nothing there; what is gone is forgotten. */
static void start_over(struct watch *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->known[i].presence == GONE)
			continue;
		if (n != i)
			w->known[n] = w->known[i];
		w->known[n++].presence = GONE;
	}
	w->n = n;
	w->told_more = w->more;
	w->more = 0;
}

enum pgc_status watch_tell(struct watch *w, const char *verdict, struct pgc_err *err)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct known *k = &w->known[i];

		if (k->presence == THERE)
			continue;
		stamp(w->out);
		fprintf(w->out, "%s %s %s: %s\n", k->presence == NEW ? "new:" : "gone:",
			severity_name(k->severity), finding_type(k->id)->slug, k->text);
	}
	if (w->more != w->told_more) {
		stamp(w->out);
		fprintf(w->out, "%" PRIu64 " more findings are not followed one by one\n", w->more);
	}
	if (!w->verdict || strcmp(w->verdict, verdict)) {
		stamp(w->out);
		fprintf(w->out, "%s\n", verdict);
	}
	w->verdict = verdict;
	start_over(w);
	if (fflush(w->out) || ferror(w->out))
		return pgc_err_set(err, PGC_EIO, "the output could not be written: %s",
				   strerror(errno));
	return PGC_OK;
}
