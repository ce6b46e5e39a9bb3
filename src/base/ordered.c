/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ordered.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS_PER_THREAD 4
#define NOBODY UINT64_MAX

struct slot {
	bool done;
	enum pgc_status st;
	struct pgc_err err;
	struct ordered_item it;
};

struct ordered {
	const struct ordered_job *job;
	unsigned int n_slots;
	pthread_mutex_t lock;
	pthread_cond_t moved;	/* @delivered, @busy or @ended changed */
	uint64_t next;		/* to be taken */
	uint64_t delivered;	/* all items below are */
	bool busy;		/* a thread delivers */
	uint64_t turn;		/* ... the item that asked for its turn, or NOBODY */
	bool ended;		/* an item failed */
	enum pgc_status st;
	struct pgc_err err;
	struct slot *slots;
};

struct thread {
	struct ordered *o;
	unsigned int nr;
	pthread_t id;
};

unsigned int ordered_slots(unsigned int threads)
{
	return threads * SLOTS_PER_THREAD;
}

static bool take(struct ordered *o, struct ordered_item *it)
{
	const struct ordered_job *job = o->job;
	bool taken;

	pthread_mutex_lock(&o->lock);
	while (!o->ended && o->next < job->items && o->next - o->delivered >= o->n_slots)
		pthread_cond_wait(&o->moved, &o->lock);
	taken = !o->ended && o->next < job->items && !(job->stop && *job->stop);
	if (taken) {
		it->nr = o->next++;
		it->slot = (unsigned int)(it->nr % o->n_slots);
	}
	pthread_mutex_unlock(&o->lock);
	return taken;
}

/* Deliver what is done, in order, as far as it goes. Called with the lock, and busy set. */
static void drain(struct ordered *o)
{
	for (;;) {
		struct slot *s = &o->slots[o->delivered % o->n_slots];

		if (o->ended || !s->done || s->it.nr != o->delivered)
			break;
		if (s->st != PGC_OK) {
			o->st = s->st;
			o->err = s->err;
			o->ended = true;
			break;
		}
		pthread_mutex_unlock(&o->lock);
		o->job->deliver(o->job->arg, &s->it);
		pthread_mutex_lock(&o->lock);
		s->done = false;
		o->delivered++;
		pthread_cond_broadcast(&o->moved);
	}
}

static void finish(struct ordered *o, const struct ordered_item *it, enum pgc_status st,
		   const struct pgc_err *err)
{
	struct slot *s = &o->slots[it->slot];

	pthread_mutex_lock(&o->lock);
	s->it = *it;
	s->st = st;
	if (st != PGC_OK)
		s->err = *err;
	s->done = true;
	/* Whoever is at it already comes to this one, too. */
	if (!o->busy || o->turn == it->nr) {
		o->busy = true;
		drain(o);
		o->busy = false;
		o->turn = NOBODY;
		pthread_cond_broadcast(&o->moved);
	}
	pthread_mutex_unlock(&o->lock);
}

bool ordered_turn(struct ordered *o, const struct ordered_item *it)
{
	bool ended;

	pthread_mutex_lock(&o->lock);
	while (!o->ended && o->turn != it->nr && (o->delivered != it->nr || o->busy))
		pthread_cond_wait(&o->moved, &o->lock);
	ended = o->ended;
	if (!ended) {
		o->busy = true;
		o->turn = it->nr;
	}
	pthread_mutex_unlock(&o->lock);
	return !ended;
}

static void *run_thread(void *arg)
{
	struct thread *t = arg;
	struct ordered_item it = { .thread = t->nr };
	struct pgc_err err;

	while (take(t->o, &it)) {
		err = (struct pgc_err)PGC_ERR_INIT;
		finish(t->o, &it, t->o->job->work(t->o->job->arg, t->o, &it, &err), &err);
	}
	return NULL;
}

static void run_threads(struct ordered *o, struct thread *threads)
{
	unsigned int started = 1;

	for (unsigned int i = 0; i < o->job->threads; i++)
		threads[i] = (struct thread){ .o = o, .nr = i };
	while (started < o->job->threads &&
	       pthread_create(&threads[started].id, NULL, run_thread, &threads[started]) == 0)
		started++;
	run_thread(&threads[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(threads[i].id, NULL);
}

enum pgc_status ordered_run(const struct ordered_job *job, uint64_t *delivered,
			    struct pgc_err *err)
{
	struct ordered o = { .job = job, .n_slots = ordered_slots(job->threads),
			     .turn = NOBODY };
	_cleanup_free_ struct thread *threads = calloc(job->threads, sizeof(*threads));

	o.slots = calloc(o.n_slots, sizeof(*o.slots));
	if (!threads || !o.slots) {
		free(o.slots);
		return pgc_err_nomem(err, "the threads");
	}
	pthread_mutex_init(&o.lock, NULL);
	pthread_cond_init(&o.moved, NULL);
	run_threads(&o, threads);
	pthread_cond_destroy(&o.moved);
	pthread_mutex_destroy(&o.lock);
	free(o.slots);
	*delivered = o.delivered;
	return o.st == PGC_OK ? PGC_OK : pgc_err_set(err, o.st, "%s", o.err.msg);
}
