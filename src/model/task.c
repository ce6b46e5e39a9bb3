/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

/* PID_MAX_LIMIT, include/linux/threads.h: no kernel has more tasks. */
#define MAX_TASKS (4u << 20)

/* include/linux/sched.h; include/linux/kthread.h's idle workers sleep with both bits. */
#define TASK_UNINTERRUPTIBLE 2u
#define TASK_NOLOAD 0x400u

struct reader {
	struct kernel_reader kr;
	struct tasks *ts;
	size_t room;
	struct pgc_err *err;
};

uint64_t task_percpu(const struct kernel *k, uint64_t symbol, const struct cpu *cpu)
{
	/* Below the kernel's half it is an offset, as in 6.1 and 6.12. */
	return symbol + (arch_kernel_half(k->arch, symbol) ? k->slide : 0) + cpu->offset;
}

/*
 * A task that waits to be woken by whoever wants something of it has nothing in hand. One that is
 * runnable may have been preempted anywhere, and the allocator's own sleeps, in reclaim and
 * compaction, are uninterruptible.
 */
static bool may_hold(struct kernel_reader kr, uint64_t kaddr)
{
	uint64_t state;

	if (!kernel_member(kr, kaddr, L_task_state, &state) &&
	    !kernel_member(kr, kaddr, L_task_old_state, &state))
		return true;
	return !state || (state & TASK_UNINTERRUPTIBLE && !(state & TASK_NOLOAD));
}

static bool read_task(struct kernel_reader kr, uint64_t kaddr, struct task *t)
{
	uint64_t val;

	*t = (struct task){ .kaddr = kaddr, .cpu = -1 };
	if (!kernel_pointer(kr, kaddr, L_task_stack, &t->stack))
		return false;
	if (!kernel_pointer(kr, kaddr, L_task_sp, &t->sp))
		(void)kernel_pointer(kr, kaddr, L_task_cpu_context_sp, &t->sp);
	if (kernel_member(kr, kaddr, L_task_pid, &val))
		t->pid = (uint32_t)val;
	if (kernel_member(kr, kaddr, L_task_on_cpu, &val))
		t->on_cpu = val != 0;
	if (kernel_member(kr, kaddr, L_task_info_cpu, &val) ||
	    kernel_member(kr, kaddr, L_task_cpu, &val))
		t->cpu = (int)(uint32_t)val;
	t->may_hold = may_hold(kr, kaddr);
	if (!kernel_member(kr, kaddr, L_task_capture_control, &t->capture))
		t->capture = 0;
	if (!layout_has(kr.k->lay, L_task_comm) ||
	    vmcore_read_str(kr.vc, kaddr + layout_get(kr.k->lay, L_task_comm), t->comm,
			    sizeof(t->comm), "task_struct.comm", NULL) != PGC_OK)
		t->comm[0] = '\0';
	for (char *c = t->comm; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	return true;
}

static enum pgc_status add_task(struct reader *r, uint64_t kaddr)
{
	struct tasks *ts = r->ts;
	struct task *list;

	if (ts->n == MAX_TASKS) {
		ts->complete = false;
		return PGC_OK;
	}
	list = array_grow(ts->list, &r->room, ts->n, sizeof(*list));
	if (!list)
		return pgc_err_nomem(r->err, "the tasks");
	ts->list = list;
	if (read_task(r->kr, kaddr, &ts->list[ts->n]))
		ts->n++;
	else
		ts->unread++;
	return PGC_OK;
}

/* A ring of tasks under way; @link is the key of the list_head inside task_struct. */
struct ring {
	uint64_t head, link;
	enum pgc_status (*visit)(struct reader *r, uint64_t kaddr);
};

/*
 * Go round @ring by the pointers at @dir of each list_head. *@closed: the head was reached.
 * A cycle that leaves the head out is noticed the second time round (Brent).
 */
static enum pgc_status go_round(struct reader *r, const struct ring *ring, uint64_t dir,
				bool *closed)
{
	uint64_t at, mark = 0, power = 1;

	*closed = false;
	if (!kernel_pointer_at(r->kr, ring->head + dir, "list_head", &at))
		return PGC_OK;
	for (uint64_t steps = 0; at != ring->head; steps++) {
		enum pgc_status st;

		if (at == mark || steps == MAX_TASKS || r->ts->n == MAX_TASKS)
			return PGC_OK;
		if (steps == power) {
			mark = at;
			power *= 2;
		}
		st = ring->visit(r, at - ring->link);
		if (st != PGC_OK)
			return st;
		if (!kernel_pointer_at(r->kr, at + dir, "list_head", &at))
			return PGC_OK;
	}
	*closed = true;
	return PGC_OK;
}

/* What lies behind a break is met from the other side; who is met twice is dropped later. */
static enum pgc_status walk_ring(struct reader *r, const struct ring *ring)
{
	const struct layout *lay = r->kr.k->lay;
	bool closed;
	enum pgc_status st = go_round(r, ring, layout_get(lay, L_list_head_next), &closed);

	if (st != PGC_OK || closed)
		return st;
	r->ts->complete = false;
	return go_round(r, ring, layout_get(lay, L_list_head_prev), &closed);
}

/* A process: itself and its threads. The leader is among them, unless it is exiting. */
static enum pgc_status visit_process(struct reader *r, uint64_t kaddr)
{
	const struct layout *lay = r->kr.k->lay;
	struct ring threads = { .visit = add_task };
	enum pgc_status st = add_task(r, kaddr);
	uint64_t signal;

	if (st != PGC_OK || !layout_has(lay, L_task_thread_node) ||
	    !layout_has(lay, L_signal_thread_head))
		return st;
	if (!kernel_pointer(r->kr, kaddr, L_task_signal, &signal) ||
	    !arch_kernel_half(r->kr.k->arch, signal))
		return PGC_OK;
	threads.head = signal + layout_get(lay, L_signal_thread_head);
	threads.link = layout_get(lay, L_task_thread_node);
	return walk_ring(r, &threads);
}

static enum pgc_status read_idle(struct reader *r)
{
	const struct kernel *k = r->kr.k;
	enum pgc_status st = PGC_OK;

	if (!layout_has(k->lay, L_idle_threads))
		return PGC_OK;
	for (size_t i = 0; i < k->n_cpus && st == PGC_OK; i++) {
		uint64_t at = task_percpu(k, layout_get(k->lay, L_idle_threads), &k->cpus[i]);
		uint64_t kaddr;

		if (kernel_pointer_at(r->kr, at, "idle_threads", &kaddr) &&
		    arch_kernel_half(k->arch, kaddr))
			st = add_task(r, kaddr);
	}
	return st;
}

static int by_stack(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return x->kaddr < y->kaddr ? -1 : x->kaddr > y->kaddr;
}

static void drop_repeated(struct tasks *ts)
{
	size_t n = 0;

	if (!ts->n)
		return;
	qsort(ts->list, ts->n, sizeof(*ts->list), by_stack);
	for (size_t i = 0; i < ts->n; i++)
		if (!n || ts->list[n - 1].kaddr != ts->list[i].kaddr)
			ts->list[n++] = ts->list[i];
	ts->n = n;
}

/*
 * Stacks lie at multiples of their size. Where most do not, they are smaller: without
 * CONFIG_VMAP_STACK several can be in one page, as objects of a slab cache (kernel/fork.c,
 * thread_stack_cache; 6.12 for arm64 with pages of 64 KiB).
 */
static void fit_stack_size(struct tasks *ts)
{
	for (uint64_t size = ts->stack_size; size >= ARCH_PAGE_MIN; size /= 2) {
		size_t off = 0;

		for (size_t i = 0; i < ts->n; i++)
			off += ts->list[i].stack % size != 0;
		if (off < 2 || off <= ts->n / 4) {
			ts->stack_size = size;
			return;
		}
	}
}

enum pgc_status tasks_read(struct kernel_reader kr, struct tasks *ret,
			   struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	struct reader r = { .kr = kr, .ts = ret, .err = err };
	struct ring ring = { .visit = visit_process };
	uint64_t init;
	enum pgc_status st;

	*ret = (struct tasks){ .stack_size = arch_pages(k->arch, k->page_shift)->stack, .complete = true };
	if (layout_has(k->lay, L_init_stack) && layout_size(k->lay, L_init_stack) >> k->page_shift &&
	    layout_size(k->lay, L_init_stack) <= 1 << 20)
		ret->stack_size = layout_size(k->lay, L_init_stack);
	if (!layout_has(k->lay, L_init_task) || !layout_has(k->lay, L_task_tasks) ||
	    !layout_has(k->lay, L_task_stack)) {
		ret->complete = false;
		return PGC_OK;
	}
	init = kernel_addr(k, L_init_task);
	ring.link = layout_get(k->lay, L_task_tasks);
	ring.head = init + ring.link;
	st = visit_process(&r, init);
	if (st == PGC_OK)
		st = walk_ring(&r, &ring);
	if (st == PGC_OK)
		st = read_idle(&r);
	if (st != PGC_OK) {
		tasks_deinit(ret);
		return st;
	}
	drop_repeated(ret);
	fit_stack_size(ret);
	return PGC_OK;
}

void tasks_deinit(struct tasks *ts)
{
	free(ts->list);
	*ts = (struct tasks){ .list = NULL };
}

const struct task *tasks_by_stack(const struct tasks *ts, uint64_t kaddr)
{
	size_t lo = bisect(i, ts->n, ts->list[i].stack <= kaddr);

	if (!lo || !ts->list[lo - 1].stack || kaddr - ts->list[lo - 1].stack >= ts->stack_size)
		return NULL;
	return &ts->list[lo - 1];
}

const struct task *tasks_by_kaddr(const struct tasks *ts, uint64_t kaddr)
{
	for (size_t i = 0; i < ts->n; i++)
		if (ts->list[i].kaddr == kaddr)
			return &ts->list[i];
	return NULL;
}
