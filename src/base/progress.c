/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/progress.h"

#include <inttypes.h>

#define SECOND UINT64_C(1000000000)
#define QUIET SECOND		/* runs shorter than this are not worth a meter */
#define TICK (SECOND / 4)
#define WIDTH 30

void progress_start(struct progress *p, FILE *out, bool terminal, uint64_t now_ns)
{
	*p = (struct progress){ .out = out, .terminal = terminal, .start_ns = now_ns };
}

/* "1:02:03", "2:03": hours only where there are any. */
static void put_time(FILE *out, uint64_t seconds)
{
	if (seconds >= 3600)
		fprintf(out, "%" PRIu64 ":%02u:", seconds / 3600,
			(unsigned int)(seconds / 60 % 60));
	else
		fprintf(out, "%u:", (unsigned int)(seconds / 60));
	fprintf(out, "%02u", (unsigned int)(seconds % 60));
}

static void draw(const struct progress *p, unsigned int percent, uint64_t rate, uint64_t left)
{
	char bar[WIDTH + 1];

	for (unsigned int i = 0; i < WIDTH; i++)
		bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
	bar[WIDTH] = '\0';
	fprintf(p->out, "%s[%s] %3u%%  %" PRIu64 ".%" PRIu64 " M pages/s  ",
		p->terminal ? "\r" : "", bar, percent, rate / 1000000, rate / 100000 % 10);
	put_time(p->out, left);
	fputs(p->terminal ? " left " : " left\n", p->out);
	fflush(p->out);
}

void progress_update(struct progress *p, uint64_t done, uint64_t all, uint64_t pages,
		     uint64_t now_ns)
{
	uint64_t elapsed = now_ns - p->start_ns;
	unsigned int percent;
	double seconds;

	if (elapsed < QUIET || now_ns - p->drawn_ns < TICK || !all || !done)
		return;
	percent = (unsigned int)((double)done / (double)all * 100);
	if (!p->terminal && p->drawn_ns && percent / 10 == p->drawn_percent / 10)
		return;
	seconds = (double)elapsed / (double)SECOND;
	draw(p, percent, (uint64_t)((double)done * (double)pages / seconds),
	     (uint64_t)(seconds * (double)(all - done) / (double)done));
	p->drawn_ns = now_ns;
	p->drawn_percent = percent;
}

void progress_end(struct progress *p)
{
	if (!p->drawn_ns || !p->terminal)
		return;
	fprintf(p->out, "\r%*s\r", WIDTH + 45, "");
	fflush(p->out);
}

void progress_download(FILE *out, const char *url, uint64_t got, uint64_t all)
{
	char clean[120];
	size_t n = 0;

	/* Nothing unprintable gets onto the terminal. */
	for (; n < sizeof(clean) - 1 && url[n]; n++)
		clean[n] = url[n] > ' ' && url[n] < 0x7f ? url[n] : '?';
	clean[n] = '\0';
	fprintf(out, "\rdebuginfod: %" PRIu64 " of %" PRIu64 " MiB %s\033[K", got >> 20, all >> 20,
		clean);
}

void progress_download_end(FILE *out)
{
	fputs("\r\033[K", out);
}
