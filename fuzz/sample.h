/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample - a shipped dump in memory, for targets that analyse one
 *
 * The samples are unpacked in the folder $PGCONS_SAMPLES, as 6.1/vmcore, 6.1/layout and so on.
 * Copies of their pages are read in place of the file's, so that a target may write to them.
 * Linked with --wrap=dump_kdump_read.
 */
#ifndef PGCONS_FUZZ_SAMPLE_H
#define PGCONS_FUZZ_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SAMPLE_PAGE 4096
#define SAMPLE_FRAMES (1u << 16)	/* guests of up to 256 MiB */

struct sample {
	char vmcore[200], layout[200];
	unsigned char *frames[SAMPLE_FRAMES];	/* by pfn; NULL: the dump has not got it */
	enum pgc_status why[SAMPLE_FRAMES];
	unsigned char *read[SAMPLE_FRAMES];	/* those that were read while watched, in order */
	unsigned char met[SAMPLE_FRAMES];
	size_t n_read;
};

/* The dump of kernel "6.1" or "7.2"; exits when it cannot be had. Never freed. */
struct sample *sample_load(const char *version);

/* From now on the frames that are read are added to s->read; or no longer. */
void sample_watch(struct sample *s, bool on);

/* How a run is made: bits 1 and 2 are the form, text, JSON Lines, JSON, or text beside HTML. */
#define SAMPLE_FORM(how) ((how) >> 1 & 3)
#define SAMPLE_VERBOSE 8
#define SAMPLE_FEW 16		/* three findings of a kind */
#define SAMPLE_INSPECT 32	/* --page, of the pfn in the bits from 8 on */
#define SAMPLE_THREADS 64
#define SAMPLE_VERIFY 128	/* what is reported; also that one thread and two report the same */

/*
 * One run, as main would do it, by the layout file @layout (NULL: without one). The report goes
 * nowhere. False: it ended early, *@err says why. Aborts when what was to be verified is wrong.
 */
bool sample_run(const struct sample *s, const char *layout, unsigned int how, struct pgc_err *err);

#endif
