/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ordered - work shared out among threads, results taken in order
 *
 * Items are numbered from 0. Whoever is free takes the next one; results are delivered one at a
 * time and in the order of their numbers, whatever the number of threads, by the thread that
 * finished the one that was waited for. What delivers needs no lock of its own. It knows
 * nothing of pages.
 */
#ifndef PGCONS_ORDERED_H
#define PGCONS_ORDERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct ordered;

/* A piece of work: by which thread, and in which slot its result is kept. */
struct ordered_item {
	uint64_t nr;
	unsigned int thread;	/* below ordered_job.threads */
	unsigned int slot;	/* below ordered_slots() */
};

struct ordered_job {
	uint64_t items;
	unsigned int threads;	/* at least 1; thread 0 is the caller's own */
	/* A failure ends the job, once all items before this one are delivered. */
	enum pgc_status (*work)(void *arg, struct ordered *o, const struct ordered_item *it,
				struct pgc_err *err);
	void (*deliver)(void *arg, const struct ordered_item *it);
	void *arg;
	/* True: no more items are taken. Any thread, or a signal, may set it; may be NULL. */
	const atomic_bool *stop;
};

/* Results that may wait for their turn, in a job with @threads threads. */
unsigned int ordered_slots(unsigned int threads);

/*
 * Run the job. *@delivered is the number of items that were: all, unless it was stopped or one
 * failed; the first failure, by number, is returned. When not all threads can be started,
 * those that were do the work.
 */
_must_check_ enum pgc_status ordered_run(const struct ordered_job *job, uint64_t *delivered,
					 struct pgc_err *err);

/*
 * From within work(), for a result that grows too large to be kept: wait until all items before
 * @it are delivered. From then on, until work() returns, nothing else is delivered and the
 * caller may do so by itself. False: the job has ended, the result is not wanted any more.
 */
_must_check_ bool ordered_turn(struct ordered *o, const struct ordered_item *it);

#endif
