/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "model/kernel.h"
#include "vmcore.h"

struct scan {
	struct kernel_reader kr;
	const struct tasks *ts;
	struct layout_text *text;	/* by start, as in memory */
	size_t n_texts;
	const struct arch *arch;
	uint64_t signature;		/* bits that return addresses may be signed in */
	bool *ran;			/* by task: it was met on a CPU */
	struct context_stats *stats;
	bool any;			/* not only those inside the page allocator */
	context_fn *fn;
	void *arg;
	struct pgc_err *err;
};

#define SAVED_REGISTERS_MAX 512	/* bytes; more than any has of them */

/*
 * What is on the stack below a return address belongs to the function called, or is what
 * was saved of the one interrupted. How much above it is the function's own frame is not
 * known: a guess that fits the few of a class whose frame matters.
 */
static const size_t own_frame[TEXT_CLASSES] = { [TEXT_CONTIG] = 32, [TEXT_LENDER] = 64 };

/* Does the code end a call at @ret? Not every word that looks like text is one to return to. */
static bool after_call(const struct scan *s, uint64_t ret)
{
	uint8_t code[ARCH_CALL_MAX]; /* before it */
	size_t len = s->arch->call_bytes;

	if (!s->arch->is_call || len > sizeof(code))
		return true;
	if (vmcore_read(s->kr.vc, ret - len, code, len, "text", NULL) != PGC_OK)
		return true;
	return s->arch->is_call(code);
}

static const struct layout_text *text_at(const struct scan *s, uint64_t pc)
{
	size_t lo = bisect(i, s->n_texts, s->text[i].start <= pc);

	return lo && pc < s->text[lo - 1].end ? &s->text[lo - 1] : NULL;
}

static void found(struct context *ctx, const struct layout_text *text, size_t part,
		  size_t words)
{
	bool cache = text->class == TEXT_CACHE || text->class == TEXT_COLLAPSE;
	const char **innermost = cache ? &ctx->cache : &ctx->function;

	if (!*innermost)
		*innermost = text->name;
	words += own_frame[text->class];
	ctx->frames[text->class] = (struct context_frames){ true, part, words };
}

/*
 * The saved registers of something interrupted. Its pc has no call before it. Its stack pointer is
 * in this stack, unless it is in another one of the context: the processor changes stacks for some
 * exceptions.
 */
static bool is_interrupted(const struct scan *s, const struct context *ctx,
			   const struct stack_part *p, size_t i)
{
	uint64_t sp;

	if (!s->arch->interrupted || !s->arch->interrupted(p->word, p->n, i, &sp))
		return false;
	for (size_t part = 0; part < ctx->n_parts; part++)
		if (sp >= ctx->part[part].lowest && sp <= ctx->part[part].top)
			return true;
	return false;
}

/* What a return address is without its signature, if it has one. */
static uint64_t unsigned_code(const struct scan *s, uint64_t word)
{
	return s->signature && word >> 55 & 1 ? word | s->signature : word;
}

static void search_part(const struct scan *s, struct context *ctx, size_t part)
{
	const struct stack_part *p = &ctx->part[part];

	for (size_t i = 0; i < p->n; i++) {
		/* A call that does not return can be the last instruction. */
		uint64_t word = unsigned_code(s, p->word[i]);
		const struct layout_text *text = text_at(s, word - 1);

		if (!arch_kernel_half(s->arch, word))
			continue;
		if (text && after_call(s, word))
			found(ctx, text, part, i);
		else if ((text = text_at(s, word)) && is_interrupted(s, ctx, p, i))
			found(ctx, text, part, i);
	}
}

/* Add [@sp, @top) of the stack from @lowest on. */
static enum pgc_status add_part(struct scan *s, struct context *ctx, uint64_t lowest,
				uint64_t sp, uint64_t top)
{
	struct stack_part *p = &ctx->part[ctx->n_parts];
	_cleanup_free_ uint8_t *raw = NULL;
	size_t done, bytes;
	enum pgc_status st;

	sp = (sp + 7) & ~7ULL;
	if (ctx->n_parts == CONTEXT_PARTS || sp < lowest || sp >= top)
		return PGC_OK;
	bytes = (size_t)(top - sp);
	raw = malloc(bytes);
	*p = (struct stack_part){ .start = sp, .lowest = lowest, .top = top,
				  .word = malloc(bytes) };
	if (!raw || !p->word) {
		free(p->word);
		return pgc_err_nomem(s->err, "a kernel stack");
	}
	st = vmcore_read_bulk(s->kr.vc, sp, raw, bytes, &done, NULL);
	if (st != PGC_OK)
		s->stats->unread++;
	p->n = done / 8;
	for (size_t i = 0; i < p->n; i++)
		p->word[i] = target_u64(raw + 8 * i);
	ctx->n_parts++;
	return PGC_OK;
}

static enum pgc_status add_task_stack(struct scan *s, struct context *ctx,
				      const struct task *t, uint64_t sp)
{
	uint64_t top = t->stack + s->ts->stack_size;

	/* Without a stack pointer that can be, nothing says which part is live. */
	if (sp < t->stack || sp >= top)
		sp = t->stack;
	return t->stack ? add_part(s, ctx, t->stack, sp, top) : PGC_OK;
}

/*
 * What a function keeps in registers while it calls others is pushed on the stack by whoever uses
 * them next, the switch to another task at last; or that saves them in the task (thread.cpu_context).
 * They are a part before the stack.
 */
static enum pgc_status add_saved_registers(struct scan *s, struct context *ctx,
					   const struct task *t)
{
	const struct layout *lay = s->kr.k->lay;
	uint64_t from, to;

	if (!layout_has(lay, L_task_cpu_context) || !layout_has(lay, L_task_cpu_context_sp))
		return PGC_OK;
	from = layout_get(lay, L_task_cpu_context);
	to = layout_get(lay, L_task_cpu_context_sp);
	if (to <= from || to - from > SAVED_REGISTERS_MAX)
		return PGC_OK;
	from += t->kaddr;
	return add_part(s, ctx, from, from, t->kaddr + to);
}

/* Where CPU @cpu keeps a pointer: the variable @own of its own, or a member of pcpu_hot. */
static bool read_percpu(struct kernel_reader kr, const struct cpu *cpu, const char *own,
			enum layout_key hot, uint64_t *ret)
{
	const struct kernel *k = kr.k;
	uint64_t symbol;

	if (!own)
		return false;
	if (!layout_symbol(k->lay, own, &symbol)) {
		if (!layout_has(k->lay, L_pcpu_hot) || !layout_has(k->lay, hot))
			return false;
		symbol = layout_get(k->lay, L_pcpu_hot) + layout_get(k->lay, hot);
	}
	return kernel_pointer_at(kr, task_percpu(k, symbol, cpu), own, ret) &&
	       arch_kernel_half(k->arch, *ret);
}

/* The stack of interrupts of @cpu, [@lowest, @top). */
static bool irq_stack(struct kernel_reader kr, const struct tasks *ts,
		      const struct cpu *cpu, uint64_t *lowest, uint64_t *top)
{
	uint64_t value;

	return kr.k->arch->irq_stack_range &&
	       read_percpu(kr, cpu, kr.k->arch->irq_stack, L_pcpu_hot_hardirq_stack_ptr,
			   &value) &&
	       kr.k->arch->irq_stack_range(value, ts->stack_size, lowest, top);
}

const struct cpu *context_irq_stack_cpu(struct kernel_reader kr, const struct tasks *ts,
					uint64_t kaddr)
{
	uint64_t lowest, top;

	for (size_t i = 0; i < kr.k->n_cpus; i++)
		if (irq_stack(kr, ts, &kr.k->cpus[i], &lowest, &top) && kaddr >= lowest &&
		    kaddr < top)
			return &kr.k->cpus[i];
	return NULL;
}

static const struct task *current_task(const struct scan *s, const struct cpu *cpu)
{
	uint64_t kaddr;

	if (!read_percpu(s->kr, cpu, s->arch->current_task, L_pcpu_hot_current_task,
			 &kaddr))
		return NULL;
	return tasks_by_kaddr(s->ts, kaddr);
}

/*
 * Where on the interrupts' stack, the first of the context, is the stack pointer of the task that
 * was interrupted: among its last words. The last one where none leads to a task.
 */
static uint64_t interrupted_sp(const struct scan *s, const struct stack_part *p)
{
	for (size_t i = 1; i <= s->arch->irq_link_words && i <= p->n; i++)
		if (tasks_by_stack(s->ts, p->word[p->n - i]))
			return p->word[p->n - i];
	return p->word[p->n - 1];
}

/*
 * The stacks of a CPU in the kernel: the task's, or an interrupt's and the task's from where
 * it was interrupted, or one that is unknown (an exception's) and all of the task's.
 */
static enum pgc_status add_cpu_stacks(struct scan *s, struct context *ctx,
				      const struct cpu *cpu)
{
	const struct task *t = tasks_by_stack(s->ts, ctx->regs->sp);
	uint64_t in_page = (UINT64_C(1) << s->kr.k->page_shift) - 1;
	uint64_t lowest, top, sp = ctx->regs->sp;
	enum pgc_status st;

	if (t) {
		ctx->task = t;
		return add_task_stack(s, ctx, t, sp);
	}
	if (cpu && irq_stack(s->kr, s->ts, cpu, &lowest, &top) && sp >= lowest &&
	    sp < top) {
		st = add_part(s, ctx, lowest, sp, top);
		if (st != PGC_OK || !ctx->n_parts || !ctx->part[0].n)
			return st;
		sp = interrupted_sp(s, &ctx->part[0]);
		t = tasks_by_stack(s->ts, sp);
		if (t)
			ctx->task = t;
	} else {
		/* An exception's stack is a page or more: what is beyond is another page. */
		st = add_part(s, ctx, sp & ~in_page, sp, (sp | in_page) + 1);
		if (st != PGC_OK)
			return st;
	}
	return ctx->task ? add_task_stack(s, ctx, ctx->task, t ? sp : 0) : PGC_OK;
}

static enum pgc_status tell(struct scan *s, struct context *ctx)
{
	const struct layout_text *text = NULL;
	enum pgc_status st = PGC_OK;

	if (ctx->regs)
		text = text_at(s, ctx->regs->pc);
	if (text)
		found(ctx, text, 0, 0);
	for (size_t i = 0; i < ctx->n_parts; i++)
		search_part(s, ctx, i);
	if (ctx->function || ctx->cache ||
	    (s->any && (ctx->regs || ctx->task->may_hold)))
		st = s->fn(s->arg, ctx, s->err);
	return st;
}

static void forget(struct context *ctx)
{
	for (size_t i = 0; i < ctx->n_parts; i++)
		free(ctx->part[i].word);
	ctx->n_parts = 0;
}

/* The CPU on one of whose stacks @sp is. */
static const struct cpu *cpu_of_stack(const struct scan *s, uint64_t sp)
{
	const struct task *t = tasks_by_stack(s->ts, sp);

	if (!t || !t->on_cpu)
		return context_irq_stack_cpu(s->kr, s->ts, sp);
	for (size_t i = 0; i < s->kr.k->n_cpus; i++)
		if (s->kr.k->cpus[i].id == (unsigned int)t->cpu)
			return &s->kr.k->cpus[i];
	return NULL;
}

/*
 * The CPU of a PRSTATUS note: QEMU writes one for each, a crashing kernel one for each that
 * is online, both in order. Where one is missing, of a CPU that did not answer or by damage, the
 * order says nothing.
 */
static const struct cpu *cpu_of_note(const struct scan *s, unsigned int nr, unsigned int notes)
{
	const struct kernel *k = s->kr.k;
	const struct cpu *cpu = NULL;
	unsigned int online = 0;

	if (notes >= k->n_cpus)
		return nr < k->n_cpus ? &k->cpus[nr] : NULL;
	for (size_t i = 0; i < k->n_cpus; i++)
		if (k->cpus[i].online && online++ == nr)
			cpu = &k->cpus[i];
	return notes >= online ? cpu : cpu_of_stack(s, vmcore_regs(s->kr.vc, nr)->sp);
}

/* /proc/kcore has such a note, too, with nothing in it (fs/proc/kcore.c:read_kcore_iter()). */
static bool has_stopped(const struct cpu_regs *regs)
{
	return regs->pc || regs->sp;
}

static enum pgc_status scan_cpus(struct scan *s)
{
	unsigned int notes = 0;
	enum pgc_status st = PGC_OK;

	while (vmcore_regs(s->kr.vc, notes))
		notes++;
	for (unsigned int i = 0; i < notes; i++)
		s->stats->cpus += has_stopped(vmcore_regs(s->kr.vc, i));
	for (unsigned int i = 0; i < notes && st == PGC_OK; i++) {
		size_t unread = s->stats->unread;
		const struct cpu *cpu = cpu_of_note(s, i, notes);
		struct context ctx = {
			.cpu = cpu ? (int)cpu->id : -1, .regs = vmcore_regs(s->kr.vc, i),
			.task = cpu ? current_task(s, cpu) : NULL,
		};

		if (arch_kernel_half(s->arch, ctx.regs->pc))
			st = add_cpu_stacks(s, &ctx, cpu);
		if (ctx.task)
			s->ran[ctx.task - s->ts->list] = true;
		s->stats->missing += s->stats->unread > unread;
		s->stats->cpus_unread += s->stats->unread > unread;
		if (st == PGC_OK && arch_kernel_half(s->arch, ctx.regs->pc))
			st = tell(s, &ctx);
		forget(&ctx);
	}
	return st;
}

/* An idle task leaves its CPU from its own loop only. */
static bool may_be_inside(const struct task *t)
{
	return t->may_hold && t->pid;
}

/*
 * The tasks that no CPU was found running; on_cpu: the dump has no registers of its CPU. Of a
 * live kernel, what is asked about has been so for many looks, and a task that runs has gone on
 * meanwhile: all of its stack, and the analyzer's own is one, holds what it met long ago.
 */
static enum pgc_status scan_tasks(struct scan *s)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < s->ts->n && st == PGC_OK; i++) {
		const struct task *t = &s->ts->list[i];
		struct context ctx = { .cpu = t->on_cpu ? t->cpu : -1, .task = t };
		size_t unread = s->stats->unread;

		if (s->ran[i] || (t->on_cpu && vmcore_info(s->kr.vc)->live))
			continue;
		/* Of a stack without a stack pointer nothing says which part is live. */
		if (!t->on_cpu && t->stack && tasks_by_stack(s->ts, t->sp) != t) {
			s->stats->unread++;
			s->stats->missing += may_be_inside(t);
			continue;
		}
		if (!t->on_cpu)
			st = add_saved_registers(s, &ctx, t);
		if (st == PGC_OK)
			st = add_task_stack(s, &ctx, t, t->on_cpu ? 0 : t->sp);
		/* One that runs on a CPU without registers counts with that CPU. */
		if (s->stats->unread > unread && !t->on_cpu)
			s->stats->missing += may_be_inside(t);
		if (st == PGC_OK)
			st = tell(s, &ctx);
		forget(&ctx);
	}
	return st;
}

static int by_start(const void *a, const void *b)
{
	const struct layout_text *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static enum pgc_status each(struct kernel_reader kr, const struct tasks *ts, bool any,
			    struct context_stats *stats, context_fn *fn, void *arg,
			    struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	struct scan s = {
		.kr = kr, .ts = ts, .any = any, .stats = stats, .fn = fn, .arg = arg, .err = err};
	const struct layout_text *texts = layout_texts(k->lay, &s.n_texts);
	_cleanup_free_ struct layout_text *text = calloc(s.n_texts + 1, sizeof(*text));
	_cleanup_free_ bool *ran = calloc(ts->n + 1, sizeof(*ran));
	const struct arch_lines lines = vmcore_lines(kr.vc);
	enum pgc_status st;

	if (!text || !ran)
		return pgc_err_nomem(err, "the allocator's code");
	*stats = (struct context_stats){ .cpus = 0 };
	for (size_t i = 0; i < s.n_texts; i++) {
		text[i] = texts[i];
		text[i].start += k->slide;
		text[i].end += k->slide;
	}
	if (s.n_texts)
		qsort(text, s.n_texts, sizeof(*text), by_start);
	s.text = text;
	s.ran = ran;
	s.arch = k->arch;
	s.signature = k->arch->signature ? k->arch->signature(&lines) : 0;
	st = scan_cpus(&s);
	return st == PGC_OK ? scan_tasks(&s) : st;
}

enum pgc_status context_each(struct kernel_reader kr, const struct tasks *ts,
			     struct context_stats *stats, context_fn *fn, void *arg,
			     struct pgc_err *err)
{
	return each(kr, ts, false, stats, fn, arg, err);
}

enum pgc_status context_each_any(struct kernel_reader kr, const struct tasks *ts,
				 struct context_stats *stats, context_fn *fn, void *arg,
				 struct pgc_err *err)
{
	return each(kr, ts, true, stats, fn, arg, err);
}

void context_name(int cpu, const struct task *task, char *buf, size_t size)
{
	char on[24] = "";

	if (cpu >= 0)
		snprintf(on, sizeof(on), "CPU %d", cpu);
	if (task && !task->comm[0])
		snprintf(buf, size, "%s%stask at 0x%" PRIx64, on, *on ? ", " : "", task->kaddr);
	else if (task)
		snprintf(buf, size, "%s%stask %" PRIu32 " (%s)", on, *on ? ", " : "", task->pid,
			 task->comm);
	else
		snprintf(buf, size, "%s", *on ? on : "unknown task");
}
