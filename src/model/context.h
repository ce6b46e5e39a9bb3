/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * context - the CPUs and tasks that are inside the page allocator, and what they hold
 *
 * Decides of each CPU and task whether the program counter or a return address on the live
 * part of its stacks is in a function of allocator_text.def, and hands out the words of
 * those that are. It knows no page.
 */
#ifndef PGCONS_CONTEXT_H
#define PGCONS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu_regs.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "layout/layout.h"
#include "model/task.h"

struct cpu;
struct kernel_reader;

/* The live part of one stack: target words, from the stack pointer to the top. Or saved registers. */
struct stack_part {
	uint64_t start;
	uint64_t *word;		/* in the host's byte order */
	size_t n;
	uint64_t lowest, top;	/* the whole stack, for who asks whose it is */
};

/* A task, an interrupt or both: the stacks of interrupts, or saved registers, come first. */
#define CONTEXT_PARTS 3

struct context {
	int cpu;			/* it runs on; -1: none, or it is unknown */
	const struct task *task;	/* NULL: unknown */
	const struct cpu_regs *regs;	/* NULL: none, or those of user space */
	struct stack_part part[CONTEXT_PARTS];
	size_t n_parts;
	const char *function;	/* the innermost one of the table that was found; NULL: these only */
	const char *cache;	/* the same of class CACHE or COLLAPSE */
	/*
	 * By enum text_class: is it in such a function? Then what that function works with
	 * is in the registers and the first @words words of the stacks, the parts before
	 * @part counted whole.
	 */
	struct context_frames {
		bool found;
		size_t part, words;
	} frames[TEXT_CLASSES];
};

struct context_stats {
	size_t cpus;	/* with registers */
	size_t cpus_unread; /* of these, those without a stack */
	size_t unread;	/* stacks */
	size_t missing;	/* of these, those of who may have been inside the allocator */
};

/* Return PGC_OK to continue. The context is gone after the call; its task is not. */
typedef enum pgc_status context_fn(void *arg, const struct context *ctx, struct pgc_err *err);

/* Call @fn for each context inside the page allocator or the page cache. @ts is borrowed. */
_must_check_ enum pgc_status context_each(struct kernel_reader kr, const struct tasks *ts,
					  struct context_stats *stats, context_fn *fn,
					  void *arg, struct pgc_err *err);

/*
 * The same for each that is in the kernel: all CPUs, and tasks that may be half way through
 * something, wherever they are; @function may be NULL.
 */
_must_check_ enum pgc_status context_each_any(struct kernel_reader kr, const struct tasks *ts,
					      struct context_stats *stats, context_fn *fn,
					      void *arg, struct pgc_err *err);

/* "CPU 1, task 312 (stress)" into @buf. */
void context_name(int cpu, const struct task *task, char *buf, size_t size);

/* The CPU of @k whose interrupt stack @kaddr is in, or NULL. */
const struct cpu *context_irq_stack_cpu(struct kernel_reader kr, const struct tasks *ts,
					uint64_t kaddr);

#endif
