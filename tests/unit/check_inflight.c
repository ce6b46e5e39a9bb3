/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a page: tasks with stacks, CPUs with registers and the allocator's code are put
 * into the small kernel in memory. No test needs a real stack frame: what counts are the
 * words, and on which side of the stack pointer they are.
 */
#include <string.h>

#include "arch/cpu_regs.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "layout/layout.h"
#include "model/inflight.h"
#include "model/kernel.h"
#include "model/task.h"
#include "struct_page.h"
#include "unit.h"

#define TASKS (FAKE_DIRECT_MAP + 0x60000)
#define STACKS (FAKE_DIRECT_MAP + 0x70000)
#define STACK_SIZE 4096ULL
#define HEAP (FAKE_DIRECT_MAP + 0x90000)
#define TEXT 0xffffffff81000000ULL
#define HOOK (TEXT + 0x100)	/* __page_consistency_free */
#define OUTER (TEXT + 0x200)	/* free_unref_folios */
#define CONTIG (TEXT + 0x300)	/* __free_contig_range */
#define LENDER (TEXT + 0x400)	/* page_reporting_process */
#define OTHER (TEXT + 0x800)	/* code of no interest */
#define N_TASKS 4
#define N_IDLE 2
#define VARS (TASKS + 0x8000)	/* per-CPU variables of CPU 0; of CPU 1 0x100 behind */
#define IRQ_STACK (STACKS + 16 * STACK_SIZE)

enum {
	T_TASKS = 0, T_THREAD = 16, T_SIGNAL = 32, T_STACK = 40, T_SP = 48, T_PID = 56,
	T_ON_CPU = 60, T_CPU = 64, T_CAPTURE = 72, T_COMM = 80, T_SIZE = 0x100,
	S_THREADS = 8, V_CURRENT = 0, V_IRQ = 8, V_IDLE = 16,
};

static const struct {
	enum layout_key key;
	uint64_t value, size;
} rows[] = {
	{ L_task_tasks, T_TASKS, 16 }, { L_task_thread_node, T_THREAD, 16 },
	{ L_task_signal, T_SIGNAL, 8 }, { L_task_stack, T_STACK, 8 }, { L_task_sp, T_SP, 8 },
	{ L_task_pid, T_PID, 4 }, { L_task_on_cpu, T_ON_CPU, 4 }, { L_task_info_cpu, T_CPU, 4 },
	{ L_task_capture_control, T_CAPTURE, 8 }, { L_task_comm, T_COMM, 16 },
	{ L_signal_thread_head, S_THREADS, 16 }, { L_init_task, TASKS, 0 },
	{ L_init_stack, STACKS, STACK_SIZE }, { L_current_task, VARS + V_CURRENT, 0 },
	{ L_hardirq_stack_ptr, VARS + V_IRQ, 0 }, { L_idle_threads, VARS + V_IDLE, 0 },
	{ L_capture_control_page, 8, 8 }, { L_scatterlist, 32, 0 },
	{ L_scatterlist_page_link, 0, 8 }, { L_scatterlist_length, 12, 4 },
};

struct fixture {
	struct fake_kernel *fk;
	struct vmcore *vc;
	struct kernel *k;
	struct page_format fmt;
	struct inflight *fl;
};

static uint64_t task(unsigned int nr)
{
	return TASKS + nr * 2 * T_SIZE;
}

static uint64_t stack(unsigned int nr)
{
	return STACKS + nr * STACK_SIZE;
}

static void link_ring(struct fixture *f, const uint64_t *link, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fake_put64(f->vc, link[i], link[(i + 1) % n]);
		fake_put64(f->vc, link[(i + 1) % n] + 8, link[i]);
	}
}

/* Tasks 0 (init_task), 1 and 2 lead a process each; 3 is a thread of 2. */
static void make_tasks(struct fixture *f)
{
	uint64_t leaders[] = { task(0) + T_TASKS, task(1) + T_TASKS, task(2) + T_TASKS };

	for (unsigned int i = 0; i < N_TASKS + N_IDLE; i++) {
		uint64_t signal = task(i) + T_SIZE;
		uint64_t ring[] = { signal + S_THREADS, task(i) + T_THREAD };

		fake_put64(f->vc, task(i) + T_SIGNAL, signal);
		fake_put64(f->vc, task(i) + T_STACK, stack(i));
		fake_put64(f->vc, task(i) + T_SP, stack(i) + STACK_SIZE / 2);
		fake_put32(f->vc, task(i) + T_PID, i < N_TASKS ? 100 + i : 0);
		memcpy(fake_vmcore_at(f->vc, task(i) + T_COMM), "stress", 7);
		link_ring(f, ring, 2);
	}
	link_ring(f, leaders, 3);
	link_ring(f, (uint64_t[]){ task(2) + T_SIZE + S_THREADS, task(2) + T_THREAD,
				   task(3) + T_THREAD }, 3);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		fake_put64(f->vc, VARS + cpu * 0x100 + V_IDLE, task(N_TASKS + cpu));
		fake_put64(f->vc, VARS + cpu * 0x100 + V_CURRENT, task(N_TASKS + cpu));
		fake_put64(f->vc, VARS + cpu * 0x100 + V_IRQ,
			   IRQ_STACK + (cpu + 1) * STACK_SIZE - 8);
	}
}

static void open_kernel(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay;

	f->fk = fk_create();
	f->vc = fk_vmcore(f->fk);
	fake_vmcore_region(f->vc, TASKS, 0x9000);
	fake_vmcore_region(f->vc, STACKS, 18 * STACK_SIZE);
	fake_vmcore_region(f->vc, HEAP, 0x1000);
	/* A call before each eighth byte: e8 and four bytes of distance. */
	memset(fake_vmcore_region(f->vc, TEXT, 0x1000), 0x90, 0x1000);
	for (uint64_t at = TEXT + 0x10; at < TEXT + 0x1000; at += 0x10)
		*fake_vmcore_at(f->vc, at - 5) = 0xe8;
	make_tasks(f);
	f->k = fk_open(f->fk);
	lay = fk_layout(f->fk);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		layout_set(lay, rows[i].key, rows[i].value, rows[i].size);
	ck_assert_ok(layout_add_function(lay, "free_unref_folios", OUTER, 0x100, &err), &err);
	ck_assert_ok(layout_add_function(lay, "__page_consistency_free.constprop.0", HOOK, 0x100,
					 &err), &err);
	ck_assert_ok(layout_add_function(lay, "__free_contig_range", CONTIG, 0x100, &err), &err);
	ck_assert_ok(layout_add_function(lay, "page_reporting_process", LENDER, 0x100, &err),
		     &err);
	ck_assert_ok(layout_add_function(lay, "free_unref_folios_not", OTHER, 0x100, &err), &err);
	/* __per_cpu_offset of CPU 1 is also the distance of its page lists. */
	ck_assert_uint_eq(f->k->cpus[1].offset, 0x100);
	ck_assert_ok(page_format_init(&f->fmt, kernel_reader_of(f->k, f->vc), &err),
		     &err);
}

static void look(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;

	ck_assert_ok(
		inflight_create(kernel_reader_of(f->k, f->vc), &f->fmt, &f->fl, &err),
		&err);
}

static void close_kernel(struct fixture *f)
{
	inflight_destroy(f->fl);
	kernel_destroy(f->k);
	fk_destroy(f->fk);
}

static uint64_t page(uint64_t pfn)
{
	return FK_MEMMAP + pfn * FK_PAGE_SIZE_OF;
}

START_TEST(tasks_of_every_kind)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct tasks ts;
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	ck_assert_ok(tasks_read(kernel_reader_of(f.k, f.vc), &ts, &err), &err);
	ck_assert_uint_eq(ts.n, N_TASKS + N_IDLE);
	ck_assert_uint_eq(ts.stack_size, STACK_SIZE);
	ck_assert_uint_eq(tasks_by_stack(&ts, stack(3) + STACK_SIZE - 1)->pid, 103);
	ck_assert_ptr_null(tasks_by_stack(&ts, STACKS - 1));
	ck_assert_ptr_null(tasks_by_stack(&ts, stack(N_TASKS + N_IDLE)));
	ck_assert_uint_eq(tasks_by_kaddr(&ts, task(1))->pid, 101);
	ck_assert_str_eq(ts.list[0].comm, "stress");
	ck_assert(ts.complete);
	ck_assert_uint_eq(ts.unread, 0);
	tasks_deinit(&ts);
	close_kernel(&f);
}
END_TEST

/* Several stacks are in what was taken for one; one that is wrong says nothing of the others. */
START_TEST(stacks_are_smaller)
{
	for (int wild = 0; wild < 2; wild++) {
		struct pgc_err err = PGC_ERR_INIT;
		struct fixture f = { .fl = NULL };
		struct tasks ts;

		open_kernel(&f);
		if (wild)
			fake_put64(f.vc, task(1) + T_STACK, stack(1) + 8);
		else
			layout_set(fk_layout(f.fk), L_init_stack, STACKS, 4 * STACK_SIZE);
		ck_assert_ok(tasks_read(kernel_reader_of(f.k, f.vc), &ts, &err), &err);
		ck_assert_uint_eq(ts.n, N_TASKS + N_IDLE);
		ck_assert_uint_eq(ts.stack_size, STACK_SIZE);
		tasks_deinit(&ts);
		close_kernel(&f);
	}
}
END_TEST

/* A wild pointer, a cycle that leaves the head out, a task that is not in the dump. */
START_TEST(tasks_of_a_damaged_list)
{
	static const struct {
		uint64_t next;
		size_t n;
	} damage[] = { { 0xdead000000000100, 6 }, { TASKS + 2 * T_SIZE, 6 }, { HEAP - 64, 6 } };
	struct pgc_err err = PGC_ERR_INIT;
	struct tasks ts;

	for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
		struct fixture f = { .fl = NULL };

		open_kernel(&f);
		fake_put64(f.vc, task(1) + T_TASKS, damage[i].next);
		ck_assert_ok(tasks_read(kernel_reader_of(f.k, f.vc), &ts, &err), &err);
		ck_assert_uint_eq(ts.n, damage[i].n);
		ck_assert(!ts.complete);
		tasks_deinit(&ts);
		close_kernel(&f);
	}
}
END_TEST

START_TEST(nothing_known_of_tasks)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fixture f = { .fl = NULL };

	f.fk = fk_create();
	f.vc = fk_vmcore(f.fk);
	f.k = fk_open(f.fk);
	ck_assert_ok(page_format_init(&f.fmt, kernel_reader_of(f.k, f.vc), &err), &err);
	look(&f);
	ck_assert_uint_eq(inflight_summary(f.fl)->tasks, 0);
	ck_assert_uint_eq(inflight_summary(f.fl)->contexts, 0);
	ck_assert(!inflight_summary(f.fl)->complete);
	ck_assert_ptr_null(inflight_page(f.fl, FK_ANON));
	ck_assert_ptr_null(inflight_stack_owner(f.fl, STACKS));
	ck_assert_ptr_null(inflight_context(f.fl, 0));
	close_kernel(&f);
}
END_TEST

/* What a sleeping task has on the live side of its stack, and what counts of it. */
START_TEST(sleeping_task)
{
	static const struct {
		const char *what;
		uint64_t at, ret;
		bool found;
	} rows_[] = {
		{ "live return address", STACK_SIZE - 64, OUTER + 0x40, true },
		{ "right at the stack pointer", STACK_SIZE / 2, OUTER + 0x40, true },
		{ "the call was the last instruction", STACK_SIZE - 64, OUTER + 0x100, true },
		{ "dead: below the stack pointer", STACK_SIZE / 2 - 8, OUTER + 0x40, false },
		{ "no call before it", STACK_SIZE - 64, OUTER + 0x44, false },
		{ "another function", STACK_SIZE - 64, OTHER + 0x40, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows_); i++) {
		struct fixture f = { .fl = NULL };

		open_kernel(&f);
		fake_put64(f.vc, stack(3) + rows_[i].at, rows_[i].ret);
		fake_put64(f.vc, stack(3) + STACK_SIZE - 32, page(FK_ANON));
		look(&f);
		ck_assert_msg(inflight_summary(f.fl)->contexts == rows_[i].found, "%s",
			      rows_[i].what);
		ck_assert_msg(!inflight_page(f.fl, FK_ANON) == !rows_[i].found, "%s",
			      rows_[i].what);
		if (rows_[i].found)
			ck_assert_contains(inflight_page(f.fl, FK_ANON),
					   "task 103 (stress), in ");
		ck_assert_ptr_null(inflight_pair(f.fl, FK_ANON));
		close_kernel(&f);
	}
}
END_TEST

/* The registers that were saved as it was switched away: what the innermost function works with. */
START_TEST(registers_of_a_sleeping_task)
{
	enum { T_REGS = 160, T_REGS_SP = 248 };

	for (unsigned int known = 0; known < 2; known++) {
		struct fixture f = { .fl = NULL };

		open_kernel(&f);
		if (known) {
			layout_set(fk_layout(f.fk), L_task_cpu_context, T_REGS, 104);
			layout_set(fk_layout(f.fk), L_task_cpu_context_sp, T_REGS_SP, 8);
		}
		fake_put64(f.vc, stack(3) + STACK_SIZE - 64, OUTER + 0x40);
		fake_put64(f.vc, task(3) + T_REGS + 72, page(FK_ANON));
		/* Another task's, which is not in the allocator; and no register. */
		fake_put64(f.vc, task(2) + T_REGS + 72, page(FK_PCP_A));
		fake_put64(f.vc, task(3) + T_REGS_SP, page(FK_PCP_B));
		look(&f);
		ck_assert_uint_eq(inflight_summary(f.fl)->contexts, 1);
		ck_assert(!inflight_page(f.fl, FK_ANON) == !known);
		ck_assert_ptr_null(inflight_page(f.fl, FK_PCP_A));
		ck_assert_ptr_null(inflight_page(f.fl, FK_PCP_B));
		close_kernel(&f);
	}
}
END_TEST

/* A pointer stands for the block that can begin there, and for no page before it. */
START_TEST(block_of_a_pointer)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 64, OUTER + 0x40);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 32, page(0x1148) + 8);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 24, FK_MEMMAP + FK_PAGES * FK_PAGE_SIZE_OF);
	look(&f);
	ck_assert_str_eq(inflight_page(f.fl, 0x1148), "task 101 (stress), in free_unref_folios");
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x114f));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1150));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1147));
	ck_assert_ptr_null(inflight_page(f.fl, FK_PAGES));
	close_kernel(&f);
}
END_TEST

static struct cpu_regs *running(struct fixture *f, uint64_t pc, uint64_t sp)
{
	struct cpu_regs *regs = fake_vmcore_add_cpu(f->vc);

	*regs = (struct cpu_regs){ .pc = pc, .sp = sp, .n = 15 };
	return regs;
}

/* x86 has the number of the bit in one register and the map's address in another. */
START_TEST(cpu_in_the_hook)
{
	struct fixture f = { .fl = NULL };
	struct cpu_regs *regs;

	open_kernel(&f);
	regs = running(&f, HOOK + 0x33, stack(2) + STACK_SIZE - 256);
	regs->gpr[5] = FK_ANON - 1;
	regs->gpr[8] = fk_map_kaddr(0);
	fake_put64(f.vc, stack(2) + STACK_SIZE - 512, page(0x1180)); /* below the stack pointer */
	fake_put32(f.vc, task(2) + T_ON_CPU, 1);
	look(&f);
	ck_assert_uint_eq(inflight_summary(f.fl)->cpus, 1);
	ck_assert_uint_eq(inflight_summary(f.fl)->hook_contexts, 1);
	ck_assert_str_eq(inflight_pair(f.fl, FK_ANON),
			 "CPU 0, task 102 (stress), in __page_consistency_free");
	ck_assert_ptr_null(inflight_pair(f.fl, FK_ANON + 1));
	ck_assert_ptr_null(inflight_pair(f.fl, 1));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1180));
	close_kernel(&f);
}
END_TEST

/* In the allocator, but not in the hook: that explains no unequal pair. */
START_TEST(cpu_in_the_allocator)
{
	struct fixture f = { .fl = NULL };
	struct cpu_regs *regs;

	open_kernel(&f);
	regs = running(&f, OUTER + 0x33, stack(2) + STACK_SIZE - 256);
	regs->gpr[5] = FK_ANON - 1;
	regs->gpr[6] = page(FK_ANON);
	look(&f);
	ck_assert_ptr_nonnull(inflight_page(f.fl, FK_ANON));
	ck_assert_ptr_null(inflight_pair(f.fl, FK_ANON));
	close_kernel(&f);
}
END_TEST

/* The CPU runs in user space: what is left on its task's stack means nothing. */
START_TEST(cpu_in_user_space)
{
	struct fixture f = { .fl = NULL };
	struct cpu_regs *regs;

	open_kernel(&f);
	regs = running(&f, 0x401000, 0x7ffff000);
	regs->gpr[6] = page(FK_ANON);
	running(&f, 0x401000, 0x7ffff000);
	fake_put32(f.vc, task(N_TASKS) + T_ON_CPU, 1);
	fake_put64(f.vc, stack(N_TASKS) + 512, OUTER + 0x40);
	look(&f);
	ck_assert_uint_eq(inflight_summary(f.fl)->contexts, 0);
	close_kernel(&f);
}
END_TEST

/* Registers of fewer CPUs than are online: whose they are only the stack tells. */
START_TEST(cpu_that_is_not_the_first)
{
	static const struct {
		bool on_cpu, all;
		const char *who;
	} known[] = {
		{ true, false, "CPU 1, task 102 (stress), in __page_consistency_free" },
		{ false, false, "task 102 (stress), in __page_consistency_free" },
		{ true, true, "CPU 0, task 102 (stress), in __page_consistency_free" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct fixture f = { .fl = NULL };

		open_kernel(&f);
		running(&f, HOOK + 0x33, stack(2) + STACK_SIZE - 256)->gpr[5] = FK_ANON - 1;
		if (known[i].all)
			running(&f, 0x401000, 0x7ffff000);
		fake_put32(f.vc, task(2) + T_ON_CPU, known[i].on_cpu);
		fake_put32(f.vc, task(2) + T_CPU, 1);
		look(&f);
		ck_assert_str_eq(inflight_pair(f.fl, FK_ANON), known[i].who);
		close_kernel(&f);
	}
}
END_TEST

/* No registers of its CPU in the dump: its whole stack may be live. */
START_TEST(running_without_registers)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_put32(f.vc, task(2) + T_ON_CPU, 1);
	fake_put32(f.vc, task(2) + T_CPU, 7);
	fake_put64(f.vc, stack(2) + 512, OUTER + 0x40);
	fake_put64(f.vc, stack(2) + 520, page(FK_ANON));
	look(&f);
	ck_assert_str_eq(inflight_page(f.fl, FK_ANON),
			 "CPU 7, task 102 (stress), in free_unref_folios");
	close_kernel(&f);
}
END_TEST

/* Of a live kernel its stack holds what it met long ago, the analyzer's own too. */
START_TEST(running_on_a_live_kernel)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_vmcore_live(f.vc);
	fake_put32(f.vc, task(2) + T_ON_CPU, 1);
	fake_put64(f.vc, stack(2) + 512, OUTER + 0x40);
	fake_put64(f.vc, stack(2) + 520, page(FK_ANON));
	look(&f);
	ck_assert_ptr_null(inflight_page(f.fl, FK_ANON));
	ck_assert_uint_eq(inflight_summary(f.fl)->contexts, 0);
	close_kernel(&f);
}
END_TEST

/* Preempted in the hook: no return address, but saved registers with an rip; ss is 0. */
START_TEST(interrupted_in_the_hook)
{
	static const struct {
		uint64_t cs, eflags, rsp;
		bool found;
	} saved[] = {
		{ 0x10, 0x296, STACKS + STACK_SIZE + 0xf80, true },
		{ 0x33, 0x296, STACKS + STACK_SIZE + 0xf80, false },
		{ 0x10, 0x294, STACKS + STACK_SIZE + 0xf80, false },
		{ 0x10, 0x296, STACKS + 8 * STACK_SIZE, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(saved); i++) {
		struct fixture f = { .fl = NULL };
		uint64_t at = stack(1) + STACK_SIZE - 256;

		open_kernel(&f);
		fake_put64(f.vc, at - 64, FK_ANON - 1);
		fake_put64(f.vc, at, HOOK + 0x33);
		fake_put64(f.vc, at + 8, saved[i].cs);
		fake_put64(f.vc, at + 16, saved[i].eflags);
		fake_put64(f.vc, at + 24, saved[i].rsp);
		fake_put64(f.vc, at + 64, 0x1180 - 1); /* of a caller */
		look(&f);
		ck_assert_uint_eq(inflight_summary(f.fl)->hook_contexts, saved[i].found);
		ck_assert_int_eq(inflight_pair(f.fl, FK_ANON) != NULL, saved[i].found);
		ck_assert_ptr_null(inflight_pair(f.fl, 0x1180));
		close_kernel(&f);
	}
}
END_TEST

/* On the interrupt stack, whose last word leads to the interrupted task's. */
START_TEST(cpu_in_an_interrupt)
{
	struct fixture f = { .fl = NULL };
	uint64_t last = IRQ_STACK + STACK_SIZE - 8;

	open_kernel(&f);
	running(&f, OTHER + 0x33, last - 512);
	fake_put64(f.vc, last, stack(3) + STACK_SIZE - 128);
	fake_put64(f.vc, stack(3) + STACK_SIZE - 120, OUTER + 0x40);
	fake_put64(f.vc, stack(3) + STACK_SIZE - 112, page(FK_ANON));
	fake_put64(f.vc, stack(3) + STACK_SIZE - 136, page(0x1281)); /* left behind */
	fake_put64(f.vc, last - 64, page(0x1391));
	look(&f);
	ck_assert_str_eq(inflight_page(f.fl, FK_ANON),
			 "CPU 0, task 103 (stress), in free_unref_folios");
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x1391));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1281));
	ck_assert_str_eq(inflight_stack_owner(f.fl, last - 64), "CPU 0, in an interrupt");
	ck_assert_str_eq(inflight_stack_owner(f.fl, stack(3) + 8), "task 103 (stress)");
	ck_assert_ptr_null(inflight_stack_owner(f.fl, HEAP));
	close_kernel(&f);
}
END_TEST

/* A sleeping compaction: free blocks on a list whose head is in its frame. */
START_TEST(private_list)
{
	struct fixture f = { .fl = NULL };
	uint64_t head = stack(1) + STACK_SIZE - 256;

	open_kernel(&f);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 64, OUTER + 0x40);
	link_ring(&f, (uint64_t[]){ head, fk_link(0x1108), fk_link(0x1203), fk_link(0x1301) }, 4);
	fk_set_refcount(f.fk, 0x1108, 0);
	fk_set_private(f.fk, 0x1108, 3);
	fk_set_refcount(f.fk, 0x1203, 0);
	fk_set_private(f.fk, 0x1203, 5); /* not the order: it is not aligned to that */
	look(&f);
	ck_assert_str_eq(inflight_private_list(f.fl, 0x110f),
			 "task 101 (stress), in free_unref_folios");
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x110f));
	ck_assert_ptr_nonnull(inflight_private_list(f.fl, 0x1203));
	ck_assert_ptr_null(inflight_private_list(f.fl, 0x1204));
	ck_assert_ptr_null(inflight_private_list(f.fl, 0x1301)); /* in use */
	close_kernel(&f);
}
END_TEST

START_TEST(captured_page)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 64, OUTER + 0x40);
	fake_put64(f.vc, task(1) + T_CAPTURE, HEAP);
	fake_put64(f.vc, HEAP + 8, page(FK_ANON));
	look(&f);
	ck_assert_ptr_nonnull(inflight_page(f.fl, FK_ANON + 3));
	close_kernel(&f);
}
END_TEST

/* A run that is freed at once is longer than the block that its first page could head. */
START_TEST(contiguous_run)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 256, page(0x1345));
	fake_put64(f.vc, stack(1) + STACK_SIZE - 248, CONTIG + 0x40);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 240, page(0x1101));
	look(&f);
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x1101));
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x1222));
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x1345));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1100));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1346));
	close_kernel(&f);
}
END_TEST

/* Blocks that the device is told about: in a scatterlist, filled from its end. */
START_TEST(lent_pages)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 256, LENDER + 0x40);
	fake_put64(f.vc, stack(1) + STACK_SIZE - 248, HEAP);
	fake_put64(f.vc, HEAP + 30 * 32, page(0x1200));
	fake_put32(f.vc, HEAP + 30 * 32 + 12, 512 << 12);
	fake_put64(f.vc, HEAP + 31 * 32, page(0x1601) | 2); /* not aligned: no such entry */
	fake_put32(f.vc, HEAP + 31 * 32 + 12, 512 << 12);
	look(&f);
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x1200));
	ck_assert_ptr_nonnull(inflight_page(f.fl, 0x13ff));
	ck_assert_ptr_null(inflight_page(f.fl, 0x1601));
	close_kernel(&f);
}
END_TEST

/* Stacks and task_structs that the dump has not got are counted. */
START_TEST(unreadable)
{
	struct fixture f = { .fl = NULL };

	open_kernel(&f);
	fake_vmcore_gap(f.vc, stack(3), PGC_EXCLUDED);
	fake_put64(f.vc, task(1) + T_SP, 0);	/* which part of its stack is live, then? */
	fake_put64(f.vc, stack(1) + 64, OUTER + 0x40);
	look(&f);
	ck_assert_uint_eq(inflight_summary(f.fl)->unread, 2);
	ck_assert_uint_eq(inflight_summary(f.fl)->contexts, 0);
	ck_assert_uint_eq(inflight_summary(f.fl)->tasks, N_TASKS + N_IDLE);
	ck_assert(inflight_summary(f.fl)->complete);
	close_kernel(&f);
}
END_TEST

UNIT_MAIN("inflight", tasks_of_every_kind, stacks_are_smaller, tasks_of_a_damaged_list,
	  nothing_known_of_tasks, sleeping_task, registers_of_a_sleeping_task, block_of_a_pointer,
	  cpu_in_the_hook, cpu_in_the_allocator, cpu_in_user_space, cpu_that_is_not_the_first,
	  running_without_registers, running_on_a_live_kernel, interrupted_in_the_hook,
	  cpu_in_an_interrupt, private_list, captured_page, contiguous_run, lent_pages, unreadable)
