/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task - every task of the dumped kernel, and where its kernel stack is
 *
 * Walks init_task.tasks, the threads of each process, and the CPUs' idle tasks. It knows
 * neither what is on a stack nor any page.
 */
#ifndef PGCONS_TASK_H
#define PGCONS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel;
struct kernel_reader;

struct task {
	uint64_t kaddr;		/* of its task_struct */
	uint64_t stack;		/* its kernel stack's lowest address; 0: it has none */
	uint64_t sp;		/* where it switched away; means nothing while it runs */
	uint64_t capture;	/* capture_control; 0: none */
	uint32_t pid;
	int cpu;		/* it runs on, or did last; -1: unknown */
	bool on_cpu;
	bool may_hold;		/* as its state is, it may be half way through something */
	char comm[16];
};

struct tasks {
	struct task *list;	/* by stack */
	size_t n;
	uint64_t stack_size;	/* THREAD_SIZE */
	size_t unread;		/* task_structs that could not be read */
	bool complete;		/* every list was walked to its end */
};

/* Fails only for want of memory; a kernel whose layout knows no tasks has none. */
_must_check_ enum pgc_status tasks_read(struct kernel_reader kr, struct tasks *ret,
					struct pgc_err *err);
void tasks_deinit(struct tasks *ts);

/* The task whose kernel stack @kaddr is in, or NULL. */
const struct task *tasks_by_stack(const struct tasks *ts, uint64_t kaddr);
/* The task whose task_struct is at @kaddr, or NULL. */
const struct task *tasks_by_kaddr(const struct tasks *ts, uint64_t kaddr);

/* Where CPU @cpu has its copy of the per-CPU variable with link-time address @symbol. */
struct cpu;
uint64_t task_percpu(const struct kernel *k, uint64_t symbol, const struct cpu *cpu);

#endif
