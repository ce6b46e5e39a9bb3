/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks that disagree, and clocks that are merely behind. The tasks are the test's own. */
#include <string.h>

#include "arch/cpu_regs.h"
#include "fake_vmcore.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "model/moment.h"
#include "model/task.h"
#include "unit.h"

#define SEC UINT64_C(1000000000)
#define VARS FAKE_DIRECT_MAP
#define PERCPU 0x10000ULL	/* from one CPU to the next */
#define FIRST (FAKE_DIRECT_MAP + 0x100000)

/* Addresses of the globals, and offsets in per-CPU data and in a task */
enum { JIFFIES = 0, RCU = 0x40, TIMERS = 0x100, RQ = 0x200, DATA = 0x400 };
enum { GP_SEQ = 8, CLK = 16, CLOCK = 24, CURR = 32, RAN = 8 };
#define TASK(n) (VARS + 0x2000 + (n) * 0x100ULL)

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	struct cpu cpus[2];
};

static struct task running[3];

enum pgc_status tasks_read(struct kernel_reader kr, struct tasks *ret,
			   struct pgc_err *err)
{
	*ret = (struct tasks){ .list = running, .n = 3, .complete = true };
	return PGC_OK;
}

void tasks_deinit(struct tasks *ts)
{
}

const struct task *tasks_by_stack(const struct tasks *ts, uint64_t kaddr)
{
	return NULL;
}

const struct task *tasks_by_kaddr(const struct tasks *ts, uint64_t kaddr)
{
	for (size_t i = 0; i < ts->n; i++)
		if (ts->list[i].kaddr == kaddr)
			return &ts->list[i];
	return NULL;
}

uint64_t task_percpu(const struct kernel *k, uint64_t symbol, const struct cpu *cpu)
{
	return symbol + cpu->offset;
}

static uint64_t percpu(unsigned int cpu, uint64_t at)
{
	return FIRST + cpu * PERCPU + at;
}

/* A machine at work: CPU 1 is idle since long, and its clocks are behind. */
static void set_up(struct fixture *f, enum layout_key absent)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_jiffies_64, VARS + JIFFIES, 0 }, { L_timer_bases, TIMERS, 0 },
		{ L_timer_base_clk, CLK, 8 }, { L_runqueues, RQ, 0 }, { L_rq_clock, CLOCK, 8 },
		{ L_rq_curr, CURR, 8 }, { L_rcu_state, VARS + RCU, 0 },
		{ L_rcu_state_gp_seq, GP_SEQ, 8 }, { L_rcu_data, DATA, 0 },
		{ L_rcu_data_gp_seq, GP_SEQ, 8 }, { L_task_exec_start, RAN, 8 },
	};
	struct pgc_err err;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	ck_assert_ptr_nonnull(f->vc);
	fake_vmcore_region(f->vc, VARS, 0x4000);
	fake_vmcore_region(f->vc, FIRST, 0x1000);
	fake_vmcore_region(f->vc, FIRST + PERCPU, 0x1000);
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].key != absent)
			layout_set(f->lay, rows[i].key, rows[i].value, rows[i].size);
	for (unsigned int i = 0; i < 2; i++)
		f->cpus[i] = (struct cpu){ .id = i, .online = true, .offset = percpu(i, 0) };
	f->k = (struct kernel){ .lay = f->lay, .cpus = f->cpus, .n_cpus = 2 };
	for (unsigned int i = 0; i < 3; i++)
		running[i] = (struct task){ .kaddr = TASK(i), .pid = i ? (int)(6 + i) : 0 };
	fake_put64(f->vc, VARS + JIFFIES, 100000);
	fake_put64(f->vc, VARS + RCU + GP_SEQ, 4001);
	fake_put64(f->vc, percpu(0, TIMERS + CLK), 100001);
	fake_put64(f->vc, percpu(1, TIMERS + CLK), 3);
	fake_put64(f->vc, percpu(0, DATA + GP_SEQ), 4004); /* the end is told to the CPUs first */
	fake_put64(f->vc, percpu(1, DATA + GP_SEQ), 1200);
	fake_put64(f->vc, percpu(0, RQ + CLOCK), 400 * SEC);
	fake_put64(f->vc, percpu(1, RQ + CLOCK), 12 * SEC);
	fake_put64(f->vc, percpu(0, RQ + CURR), TASK(1));
	fake_put64(f->vc, percpu(1, RQ + CURR), TASK(0));
	fake_put64(f->vc, TASK(0) + RAN, 9000 * SEC); /* idle: another clock */
	fake_put64(f->vc, TASK(1) + RAN, 400 * SEC);
	fake_put64(f->vc, TASK(2) + RAN, 390 * SEC);
	*fake_vmcore_add_cpu(f->vc) = (struct cpu_regs){ .pc = 1, .sp = 1 };
}

static void tear_down(struct fixture *f)
{
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

static const struct {
	uint64_t at, value;
	const char *why;	/* NULL: of one moment */
	enum layout_key fact;	/* without it nothing is seen */
} cases[] = {
	{ VARS + JIFFIES, 100000, NULL, L_jiffies_64 },
	{ FIRST + TIMERS + CLK, 100500, "CPU 0's timers are 500 ticks ahead", L_timer_base_clk },
	{ FIRST + TIMERS + CLK, 1ULL << 60, NULL, L_timer_base_clk },	/* damage to the clock */
	{ FIRST + DATA + GP_SEQ, 4004 + 4 * 300, "CPU 0 has seen 300 more RCU grace periods", L_rcu_data },
	{ FIRST + DATA + GP_SEQ, 4004 + 4, NULL, L_rcu_data },
	{ FIRST + DATA + GP_SEQ, ~0ULL, NULL, L_rcu_data },
	{ VARS + RCU + GP_SEQ, 2001, "RCU grace periods", L_rcu_state_gp_seq },
	{ TASK(1) + RAN, 400 * SEC + SEC / 10, "the task that CPU 0 runs last ran 0.10 s", L_rq_curr },
	{ TASK(1) + RAN, 400 * SEC + SEC / 1000, NULL, L_rq_curr },
	{ TASK(2) + RAN, 403 * SEC, "last ran 3.0 s after what any", L_rq_clock },
	{ TASK(2) + RAN, 0x6564ULL << 48, NULL, L_rq_clock },	/* reused: letters */
	{ FIRST + RQ + CURR, TASK(0), NULL, L_rq_curr },
};

START_TEST(signs)
{
	struct fixture f;
	struct moment m;
	struct pgc_err err;

	set_up(&f, L_panic_cpu);
	fake_put64(f.vc, cases[_i].at, cases[_i].value);
	ck_assert_ok(moment_judge(kernel_reader_of(&f.k, f.vc), false, &m, &err), &err);
	ck_assert_int_eq(m.verdict, cases[_i].why ? MOMENT_SEVERAL : MOMENT_ONE);
	ck_assert_contains(m.why, cases[_i].why ? cases[_i].why : "");
	tear_down(&f);

	set_up(&f, cases[_i].fact);
	fake_put64(f.vc, cases[_i].at, cases[_i].value);
	ck_assert_ok(moment_judge(kernel_reader_of(&f.k, f.vc), false, &m, &err), &err);
	ck_assert_int_eq(m.verdict, MOMENT_ONE);
	tear_down(&f);
}
END_TEST

/* What the machine's end left, a crash time, is believed: nothing ran after it. */
START_TEST(a_crash_is_of_one_moment)
{
	struct fixture f;
	struct moment m;
	struct pgc_err err;

	set_up(&f, L_panic_cpu);
	fake_put64(f.vc, percpu(0, TIMERS + CLK), 100500);
	fake_vmcore_info_line(f.vc, "CRASHTIME", "1700000000");
	ck_assert_ok(moment_judge(kernel_reader_of(&f.k, f.vc), false, &m, &err), &err);
	ck_assert_int_eq(m.verdict, MOMENT_ONE);
	ck_assert_ok(moment_judge(kernel_reader_of(&f.k, f.vc), true, &m, &err), &err);
	ck_assert_int_eq(m.verdict, MOMENT_SEVERAL);
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("moment");
	TCase *tc = tcase_create("moment");

	tcase_add_loop_test(tc, signs, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, a_crash_is_of_one_moment);
	return unit_run_case(suite, tc);
}
