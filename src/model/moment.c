/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/moment.h"

#include <inttypes.h>
#include <stdio.h>

#include "arch/cpu_regs.h"
#include "layout/layout.h"
#include "model/context.h"
#include "model/kernel.h"
#include "model/task.h"
#include "vmcore.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

/*
 * How far clocks may be apart. The relations hold exactly, so that this is for what is unknown
 * of other kernels. What is further apart than a clock can get in an image's making is damage to
 * the clock itself. All of them compare a value with one that it is a copy of, which can only be
 * older: a CPU that hung, sleeps or has no tick is merely further behind.
 */
#define TICKS_APART 50ULL
#define NSEC_APART (NSEC_PER_SEC / 5)
#define CURR_APART (NSEC_PER_SEC / 50)
#define PERIODS_APART 2ULL
#define MOST_TICKS (1000ULL * 86400)
#define MOST_NSEC (86400 * NSEC_PER_SEC)
#define MOST_PERIODS (1000ULL * 86400)

/* The low two bits of a grace period's number are its state (kernel/rcu/rcu.h). */
#define RCU_SEQ_STATE UINT64_C(3)

static bool read_at(struct kernel_reader kr, uint64_t kaddr, const char *what,
		    uint64_t *ret)
{
	return vmcore_read_u64(kr.vc, kaddr, what, ret, NULL) == PGC_OK;
}

/* A machine that was stopped left registers; /proc/kcore has a note with nothing in it. */
static bool has_registers(struct kernel_reader kr, bool *zeros)
{
	const struct cpu_regs *regs;

	*zeros = false;
	for (unsigned int i = 0; (regs = vmcore_regs(kr.vc, i)); i++) {
		if (regs->pc || regs->sp)
			return true;
		*zeros = true;
	}
	return false;
}

/* panic_cpu is -1 until there is one (kernel/panic.c); nothing happens after it. */
static bool has_panicked(struct kernel_reader kr)
{
	uint32_t cpu;

	return layout_has(kr.k->lay, L_panic_cpu) &&
	       vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_panic_cpu), "panic_cpu", &cpu,
			       NULL) == PGC_OK &&
	       cpu < kr.k->n_cpus;
}

/*
 * The timers' clock is moved on to jiffies and one tick more at most (kernel/time/timer.c:
 * forward_timer_base(), __run_timers()): one that is ahead was saved later.
 */
static bool timers_disagree(struct kernel_reader kr, struct moment *ret)
{
	const struct kernel *k = kr.k;
	uint64_t jiffies, clk;

	if (!layout_has(k->lay, L_jiffies_64) || !layout_has(k->lay, L_timer_bases) ||
	    !layout_has(k->lay, L_timer_base_clk) ||
	    !read_at(kr, kernel_addr(k, L_jiffies_64), "jiffies_64", &jiffies) ||
	    !jiffies)
		return false;
	for (size_t i = 0; i < k->n_cpus; i++) {
		uint64_t at = task_percpu(k, layout_get(k->lay, L_timer_bases), &k->cpus[i]);

		if (!read_at(kr, at + layout_get(k->lay, L_timer_base_clk),
			     "timer_base.clk", &clk))
			continue;
		if (clk - jiffies < TICKS_APART || clk - jiffies > MOST_TICKS)
			continue;
		snprintf(ret->why, sizeof(ret->why),
			 "CPU %u's timers are %" PRIu64 " ticks ahead of jiffies", k->cpus[i].id,
			 clk - jiffies);
		return true;
	}
	return false;
}

/*
 * A CPU copies the number of RCU's grace period from its rcu_node, which copies it from rcu_state
 * and is ahead of it by the end of the present one at most (kernel/rcu/tree.c: __note_gp_changes(),
 * rcu_gp_init(), rcu_gp_cleanup(); 6.1 and 7.2).
 */
static bool periods_disagree(struct kernel_reader kr, struct moment *ret)
{
	const struct kernel *k = kr.k;
	uint64_t present, its;

	if (!layout_has(k->lay, L_rcu_state) || !layout_has(k->lay, L_rcu_state_gp_seq) ||
	    !layout_has(k->lay, L_rcu_data) || !layout_has(k->lay, L_rcu_data_gp_seq) ||
	    !read_at(kr,
		     kernel_addr(k, L_rcu_state) + layout_get(k->lay, L_rcu_state_gp_seq),
		     "rcu_state.gp_seq", &present) ||
	    !present)
		return false;
	present = (present | RCU_SEQ_STATE) + 1;
	for (size_t i = 0; i < k->n_cpus; i++) {
		uint64_t at = task_percpu(k, layout_get(k->lay, L_rcu_data), &k->cpus[i]);
		uint64_t ahead;

		if (!read_at(kr, at + layout_get(k->lay, L_rcu_data_gp_seq),
			     "rcu_data.gp_seq", &its))
			continue;
		ahead = (its - present) / (RCU_SEQ_STATE + 1);
		if (ahead < PERIODS_APART || ahead > MOST_PERIODS)
			continue;
		snprintf(ret->why, sizeof(ret->why),
			 "CPU %u has seen %" PRIu64 " more RCU grace periods than there were",
			 k->cpus[i].id, ahead);
		return true;
	}
	return false;
}

/*
 * The task that a CPU runs got the time it began from that CPU's clock_task, which is never ahead
 * of its clock (kernel/sched/: update_rq_clock_task(), set_next_task_*(), update_curr()). Idle
 * tasks begin with another clock.
 */
static bool currents_disagree(struct kernel_reader kr, const struct tasks *ts,
			      struct moment *ret)
{
	const struct kernel *k = kr.k;
	uint64_t clock, curr, ran;

	if (!layout_has(k->lay, L_runqueues) || !layout_has(k->lay, L_rq_clock) ||
	    !layout_has(k->lay, L_rq_curr))
		return false;
	for (size_t i = 0; i < k->n_cpus; i++) {
		uint64_t at = task_percpu(k, layout_get(k->lay, L_runqueues), &k->cpus[i]);
		const struct task *t;

		if (!read_at(kr, at + layout_get(k->lay, L_rq_clock), "rq.clock",
			     &clock) ||
		    !clock ||
		    !read_at(kr, at + layout_get(k->lay, L_rq_curr), "rq.curr", &curr))
			continue;
		t = tasks_by_kaddr(ts, curr);
		if (!t || !t->pid ||
		    !read_at(kr, curr + layout_get(k->lay, L_task_exec_start),
			     "task_struct.se", &ran))
			continue;
		if (ran < clock || ran - clock < CURR_APART || ran - clock > MOST_NSEC)
			continue;
		snprintf(ret->why, sizeof(ret->why),
			 "the task that CPU %u runs last ran %" PRIu64 ".%02" PRIu64
			 " s after what that CPU's clock shows",
			 k->cpus[i].id, (ran - clock) / NSEC_PER_SEC,
			 (ran - clock) % NSEC_PER_SEC / (NSEC_PER_SEC / 100));
		return true;
	}
	return false;
}

/* The furthest of the CPUs' scheduler clocks; false if one cannot be read. */
static bool latest_clock(struct kernel_reader kr, uint64_t *ret)
{
	const struct kernel *k = kr.k;
	uint64_t clock;

	*ret = 0;
	if (!layout_has(k->lay, L_runqueues) || !layout_has(k->lay, L_rq_clock))
		return false;
	for (size_t i = 0; i < k->n_cpus; i++) {
		uint64_t at = task_percpu(k, layout_get(k->lay, L_runqueues), &k->cpus[i]);

		if (!read_at(kr, at + layout_get(k->lay, L_rq_clock), "rq.clock", &clock))
			return false;
		if (clock > *ret)
			*ret = clock;
	}
	return *ret != 0;
}

/*
 * When a task ran last is a copy of its CPU's scheduler clock, less the time of interrupts
 * (kernel/sched/core.c:update_rq_clock_task()). Idle tasks begin with another clock.
 */
static bool tasks_disagree(struct kernel_reader kr, const struct tasks *ts,
			   struct moment *ret)
{
	uint64_t latest, ran;
	char name[64];

	if (!layout_has(kr.k->lay, L_task_exec_start) || !latest_clock(kr, &latest))
		return false;
	for (size_t i = 0; i < ts->n; i++) {
		const struct task *t = &ts->list[i];

		if (!t->pid ||
		    !read_at(kr, t->kaddr + layout_get(kr.k->lay, L_task_exec_start),
			     "task_struct.se", &ran))
			continue;
		if (ran < latest || ran - latest < NSEC_APART || ran - latest > MOST_NSEC)
			continue;
		context_name(-1, t, name, sizeof(name));
		snprintf(ret->why, sizeof(ret->why),
			 "%s last ran %" PRIu64 ".%" PRIu64 " s after what any CPU's clock shows",
			 name, (ran - latest) / NSEC_PER_SEC,
			 (ran - latest) % NSEC_PER_SEC / (NSEC_PER_SEC / 10));
		return true;
	}
	return false;
}

static enum pgc_status clocks_disagree(struct kernel_reader kr, struct moment *ret,
				       struct pgc_err *err)
{
	struct tasks ts;
	enum pgc_status st;

	if (timers_disagree(kr, ret) || periods_disagree(kr, ret)) {
		ret->verdict = MOMENT_SEVERAL;
		return PGC_OK;
	}
	if (!layout_has(kr.k->lay, L_task_exec_start))
		return PGC_OK;
	st = tasks_read(kr, &ts, err);
	if (st != PGC_OK)
		return st;
	if (currents_disagree(kr, &ts, ret) || tasks_disagree(kr, &ts, ret))
		ret->verdict = MOMENT_SEVERAL;
	tasks_deinit(&ts);
	return PGC_OK;
}

enum pgc_status moment_judge(struct kernel_reader kr, bool said, struct moment *ret,
			     struct pgc_err *err)
{
	bool zeros, registers = has_registers(kr, &zeros);
	enum pgc_status st;

	*ret = (struct moment){ .verdict = MOMENT_ONE };
	if (said) {
		*ret = (struct moment){ MOMENT_SEVERAL, "--not-atomic says so" };
		return PGC_OK;
	}
	if (vmcore_info(kr.vc)->while_running) {
		*ret = (struct moment){ MOMENT_SEVERAL, "LiME runs on the machine whose memory it saves" };
		return PGC_OK;
	}
	if (vmcore_info(kr.vc)->live || vmcore_vmcoreinfo(kr.vc, "CRASHTIME") ||
	    has_panicked(kr))
		return PGC_OK;
	st = clocks_disagree(kr, ret, err);
	if (st != PGC_OK || ret->verdict != MOMENT_ONE || registers)
		return st;
	if (zeros)
		*ret = (struct moment){ MOMENT_SEVERAL,
					"no crash time, and registers of zeros as in /proc/kcore" };
	else
		*ret = (struct moment){ MOMENT_MAYBE, "no crash time and no CPU registers" };
	return PGC_OK;
}
