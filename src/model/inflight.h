/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inflight - which pages were being handed over at the moment of the dump
 *
 * A page on its way between a list and its user is free for one witness and in use for
 * another. Whether that is so, or the page is damaged, is told by those who could be doing
 * it: the CPUs' registers, the kernel stacks of all tasks, and the lists of pages whose head
 * is on such a stack. It explains pages and judges none.
 *
 * A context is a CPU or a task that is inside the page allocator: the program counter, or a
 * return address on the live part of its stack, is in a function of allocator_text.def.
 * Limits, all on the side of explaining too much:
 * - Live frames have dead slots. An old return address in one can make a context of a task
 *   that has left the allocator, and an old pointer can explain a page that it let go.
 * - A pointer to a page stands for the aligned block that could begin there: its order is
 *   not known.
 * And on the other side: what only the heap refers to is not found, but for scatterlists of
 * pages lent to a device; nor is what a compiler keeps in another form, as half a pointer.
 * Interrupt stacks and registers saved by interrupts are known where arch.h has them.
 */
#ifndef PGCONS_INFLIGHT_H
#define PGCONS_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct inflight;
struct kernel_reader;
struct page_format;

/*
 * Look at every CPU and every task. Expensive: worth it when there is something to explain.
 * What cannot be read is skipped and counted; fails only for want of memory. The caller
 * owns *@ret; @k and @fmt are borrowed and must outlive it.
 */
_must_check_ enum pgc_status inflight_create(struct kernel_reader kr,
					     const struct page_format *fmt,
					     struct inflight **ret, struct pgc_err *err);
void inflight_destroy(struct inflight *fl); /* NULL is fine */

/*
 * Who holds @pfn, as "CPU 1, task 312 (stress), in post_alloc_hook"; NULL: nobody. Borrowed
 * until inflight_destroy(). For a page that is neither listed nor in use: a context refers
 * to it, or to the block it is in, or keeps it on a list of its own.
 */
const char *inflight_page(const struct inflight *fl, uint64_t pfn);

/*
 * The same for a page whose two bits are equal, which takes more: the context is in the
 * checker's hook and has this very page's address, pfn, bit number or bitmap word.
 */
const char *inflight_pair(const struct inflight *fl, uint64_t pfn);

/* Who keeps @pfn on a list whose head is on its stack, or NULL. inflight_page() asks too. */
const char *inflight_private_list(const struct inflight *fl, uint64_t pfn);

/* Who takes or gives back a run of pages of any length, of whatever pages; NULL: nobody. */
const char *inflight_run(const struct inflight *fl);

/*
 * May somebody be changing the per-CPU lists of @cpu, which no lock protects but that interrupts are
 * off there? False: that CPU is in the dump, and not inside the allocator.
 */
bool inflight_may_change(const struct inflight *fl, int cpu);

/* Whose kernel stack @kaddr is in, as "task 312 (stress)" or "CPU 1, ..."; NULL: nobody's. */
const char *inflight_stack_owner(const struct inflight *fl, uint64_t kaddr);

struct inflight_summary {
	size_t tasks;		/* found, threads and idle tasks too */
	size_t unread;		/* tasks or stacks that could not be read */
	size_t cpus;		/* with registers */
	size_t missing;		/* CPUs and tasks that may have been at work, and cannot be asked */
	size_t contexts;	/* inside the page allocator */
	size_t hook_contexts;	/* inside a function that runs the checker's hook */
	bool cpus_seen;		/* each that is online, with its stack */
	bool complete;		/* every list of tasks was walked to its end */
};
const struct inflight_summary *inflight_summary(const struct inflight *fl);

/* The @nr-th context inside the allocator, as inflight_page() calls it; NULL past the end. */
const char *inflight_context(const struct inflight *fl, size_t nr);

#endif
