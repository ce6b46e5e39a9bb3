/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ordered.h"
#include "unit.h"

#define ITEMS 1000

/* Each item comes to its square; some spill, one fails. */
struct job {
	uint64_t slots[64];
	uint64_t out[ITEMS];
	uint64_t n_out;
	uint64_t spills_at;	/* every n-th item delivers by itself; 0: none */
	uint64_t fails_at;	/* ITEMS: none */
	uint64_t stops_at;
	atomic_bool stop;
};

static void emit(struct job *j, uint64_t value)
{
	ck_assert_uint_lt(j->n_out, ITEMS);
	j->out[j->n_out++] = value;
}

/* Items take different times, so that threads overtake each other. */
static uint64_t slow_square(uint64_t nr)
{
	volatile uint64_t spin = nr * 7919 % 1009 * 20;

	while (spin)
		spin--;
	return nr * nr;
}

static enum pgc_status work(void *arg, struct ordered *o, const struct ordered_item *it,
			    struct pgc_err *err)
{
	struct job *j = arg;
	uint64_t value = slow_square(it->nr);

	if (it->nr == j->fails_at)
		return pgc_err_set(err, PGC_EIO, "item %u", (unsigned int)it->nr);
	j->slots[it->slot] = value;
	if (j->spills_at && it->nr % j->spills_at == 0 && ordered_turn(o, it)) {
		/* Asking again changes nothing. */
		ck_assert(ordered_turn(o, it));
		emit(j, value);
		j->slots[it->slot] = UINT64_MAX;
	}
	return PGC_OK;
}

static void deliver(void *arg, const struct ordered_item *it)
{
	struct job *j = arg;

	if (j->slots[it->slot] != UINT64_MAX)
		emit(j, j->slots[it->slot]);
	if (it->nr == j->stops_at) {
		/* The others look at it meanwhile, with nothing between them: TSAN's to judge. */
		(void)usleep(10000);
		j->stop = true;
	}
}

static enum pgc_status run(struct job *j, unsigned int threads, uint64_t *delivered,
			   struct pgc_err *err)
{
	const struct ordered_job job = {
		.items = ITEMS, .threads = threads, .work = work, .deliver = deliver, .arg = j,
		.stop = &j->stop,
	};

	ck_assert_uint_le(ordered_slots(threads), ARRAY_SIZE(j->slots));
	return ordered_run(&job, delivered, err);
}

static void check_order(const struct job *j, uint64_t n)
{
	ck_assert_uint_eq(j->n_out, n);
	for (uint64_t i = 0; i < n; i++)
		ck_assert_uint_eq(j->out[i], i * i);
}

START_TEST(results_come_in_order)
{
	static const unsigned int threads[] = { 1, 2, 3, 8 };
	struct pgc_err err = PGC_ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		for (uint64_t spills_at = 0; spills_at < 8; spills_at++) {
			struct job j = { .spills_at = spills_at, .fails_at = ITEMS,
					 .stops_at = ITEMS };
			uint64_t delivered = 0;

			ck_assert_ok(run(&j, threads[i], &delivered, &err), &err);
			ck_assert_uint_eq(delivered, ITEMS);
			check_order(&j, ITEMS);
		}
	}
}
END_TEST

START_TEST(a_failure_ends_it_behind_all_before)
{
	for (unsigned int threads = 1; threads <= 8; threads++) {
		struct job j = { .spills_at = 3, .fails_at = 500, .stops_at = ITEMS };
		struct pgc_err err = PGC_ERR_INIT;
		uint64_t delivered = 0;

		ck_assert_int_eq(run(&j, threads, &delivered, &err), PGC_EIO);
		ck_assert_str_eq(err.msg, "item 500");
		ck_assert_uint_eq(delivered, 500);
		check_order(&j, 500);
	}
}
END_TEST

START_TEST(a_stop_leaves_no_holes)
{
	for (unsigned int threads = 1; threads <= 8; threads++) {
		struct job j = { .fails_at = ITEMS, .stops_at = 100 };
		struct pgc_err err = PGC_ERR_INIT;
		uint64_t delivered = 0;

		ck_assert_ok(run(&j, threads, &delivered, &err), &err);
		ck_assert_uint_gt(delivered, 100);
		/* What was under way is finished. */
		ck_assert_uint_le(delivered, 101 + ordered_slots(threads));
		check_order(&j, delivered);
	}
}
END_TEST

START_TEST(nothing_to_do)
{
	struct job j = { .fails_at = ITEMS };
	const struct ordered_job job = { .items = 0, .threads = 4, .work = work,
					 .deliver = deliver, .arg = &j };
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t delivered = 1;

	ck_assert_ok(ordered_run(&job, &delivered, &err), &err);
	ck_assert_uint_eq(delivered, 0);
}
END_TEST

UNIT_MAIN("ordered", results_come_in_order, a_failure_ends_it_behind_all_before,
	  a_stop_leaves_no_holes, nothing_to_do)
