/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress - meters on stderr for runs that last
 *
 * That of the walk draws nothing in the first second, then at most four times a second: how far, how fast, how
 * long to go. Time is the caller's to give, so that it can be tested.
 */
#ifndef PGCONS_PROGRESS_H
#define PGCONS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out;		/* borrowed */
	bool terminal;		/* redraw one line; else a line for each step of ten per cent */
	uint64_t start_ns;
	uint64_t drawn_ns;	/* when it was drawn last; 0: not yet */
	unsigned int drawn_percent;
};

/* @now_ns: any monotonic clock. */
void progress_start(struct progress *p, FILE *out, bool terminal, uint64_t now_ns);
/* @done of @all units are done, each of @pages pages. */
void progress_update(struct progress *p, uint64_t done, uint64_t all, uint64_t pages,
		     uint64_t now_ns);
/* Leave a clean line behind. */
void progress_end(struct progress *p);

/*
 * While a file is fetched, on a terminal: the line of @got of @all bytes from @url, which may be
 * anything: a server may redirect anywhere.
 */
void progress_download(FILE *out, const char *url, uint64_t got, uint64_t all);
void progress_download_end(FILE *out);

#endif
