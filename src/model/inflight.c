/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/inflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "layout/layout.h"
#include "model/context.h"
#include "model/kernel.h"
#include "model/page_list.h"
#include "model/task.h"
#include "struct_page.h"
#include "vmcore.h"

/* Numbers below this are everywhere. */
#define MIN_NUMBER 0x100

/* A run of pages taken or freed at once: 4 GiB of small pages. */
#define MAX_RUN (1ULL << 20)

/* Entries of a scatterlist: PAGE_REPORTING_CAPACITY is 32, a device may have more. */
#define MAX_LENT 128

/* What a context refers to: the pages [start, end). */
struct ref {
	uint64_t start, end;
	uint32_t context;
};

struct refs {
	struct ref *list;	/* by start */
	size_t n, room;
	uint64_t longest;	/* pages */
};

struct text {
	char who[96];
	int cpu;		/* of a context; -1: none, or it is unknown */
};

struct inflight {
	struct kernel_reader kr;
	const struct page_format *fmt;
	struct tasks tasks;
	struct inflight_summary sum;
	struct text *contexts;
	size_t n_contexts;
	struct text *owners;	/* of stacks: by task, then by CPU */
	struct refs pages;	/* pointers to a page, and the block it may head */
	struct refs exact;	/* what a context in the hook has of a page */
	struct refs lists;	/* blocks on private lists */
	uint64_t visits;	/* left for the walks of private lists */
	uint64_t min_pfn;	/* of the checker's first bit */
	uint64_t map[2], map_bytes;
	uint32_t run;		/* 1 + the first context in a CONTIG function; 0: none is */
};

/* A context under way. */
struct collect {
	struct inflight *fl;
	const struct context *ctx;
	uint32_t nr;
	uint64_t lowest, highest;	/* pfns of the pages that a CONTIG function has */
};

static enum pgc_status add_ref(struct refs *refs, uint64_t start, uint64_t count,
			       uint32_t context, struct pgc_err *err)
{
	struct ref *list = array_grow(refs->list, &refs->room, refs->n, sizeof(*list));

	if (!list)
		return pgc_err_nomem(err, "pages in flight");
	refs->list = list;
	refs->list[refs->n++] = (struct ref){ start, start + count, context };
	if (count > refs->longest)
		refs->longest = count;
	return PGC_OK;
}

static int by_start(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The nearest reference that covers @pfn, or NULL. */
static const struct ref *covering(const struct refs *refs, uint64_t pfn)
{
	size_t lo = bisect(i, refs->n, refs->list[i].start <= pfn);

	for (; lo && pfn - refs->list[lo - 1].start < refs->longest; lo--)
		if (pfn < refs->list[lo - 1].end)
			return &refs->list[lo - 1];
	return NULL;
}

/* The page whose struct page @word points at or into. */
static bool page_of(const struct kernel *k, uint64_t word, uint64_t *pfn)
{
	uint64_t size = k->struct_page;

	if (word < k->memmap)
		return false;
	return kernel_page_to_pfn(k, word - (word - k->memmap) % size, pfn);
}

/* Pages of the largest block that can begin at @pfn. */
static uint64_t block_pages(const struct kernel *k, uint64_t pfn)
{
	uint64_t max = 1ULL << (k->orders - 1);

	return !pfn || (pfn & -pfn) > max ? max : pfn & -pfn;
}

static enum pgc_status add_exact(struct collect *c, uint64_t pfn, uint64_t count,
				 struct pgc_err *err)
{
	return add_ref(&c->fl->exact, pfn, count, c->nr, err);
}

/* What the checker's hook works with: a pfn, the number of a bit, the address of a word. */
static enum pgc_status collect_hook_word(struct collect *c, uint64_t word, struct pgc_err *err)
{
	const struct inflight *fl = c->fl;
	enum pgc_status st;
	uint64_t pfn;

	/* The map's own address says nothing: x86 has that beside the number of the bit. */
	for (int map = 0; map < 2; map++)
		if (word > fl->map[map] && word - fl->map[map] < fl->map_bytes)
			return add_exact(c, fl->min_pfn + (word - fl->map[map]) / 8 * 64, 64,
					 err);
	if (page_of(fl->kr.k, word, &pfn))
		return add_exact(c, pfn, 1, err);
	if (word < MIN_NUMBER)
		return PGC_OK;
	if (kernel_section(fl->kr.k, word)) {
		st = add_exact(c, word, 1, err);
		if (st != PGC_OK)
			return st;
	}
	if (add_ok(word, fl->min_pfn, &pfn) && fl->map_bytes &&
	    kernel_section(fl->kr.k, pfn))
		return add_exact(c, pfn, 1, err);
	return PGC_OK;
}

static enum pgc_status collect_word(struct collect *c, uint64_t word, struct pgc_err *err)
{
	const struct kernel *k = c->fl->kr.k;
	uint64_t pfn;

	if (!page_of(k, word, &pfn))
		return PGC_OK;
	return add_ref(&c->fl->pages, pfn, block_pages(k, pfn), c->nr, err);
}

/* A block on a private list: its order is in private, where it has one. */
static enum pgc_status on_list_page(void *arg, const struct list_node *node,
				    struct pgc_err *err)
{
	struct collect *c = arg;
	struct inflight *fl = c->fl;
	uint64_t count = 1;

	if (!fl->visits--) {
		fl->visits = 0;
		return PGC_ENOENT;
	}
	if (node->page.refcount)
		return PGC_OK;
	if (node->page.private < fl->kr.k->orders &&
	    !(node->pfn & ((1ULL << node->page.private) - 1)))
		count = 1ULL << node->page.private;
	return add_ref(&fl->lists, node->pfn, count, c->nr, err);
}

/*
 * Is word @i the next pointer of a list_head whose list holds pages? Both ends must be links of
 * pages, and the first page must point back: *@head is the address by which it does.
 */
static bool heads_pages(const struct inflight *fl, const struct stack_part *p, size_t i,
			uint64_t *head)
{
	uint64_t lru = layout_get(fl->kr.k->lay, L_page_lru), pfn;

	if (i + 1 >= p->n || p->word[i] < lru || p->word[i + 1] < lru)
		return false;
	if (!kernel_page_to_pfn(fl->kr.k, p->word[i] - lru, &pfn) ||
	    !kernel_page_to_pfn(fl->kr.k, p->word[i + 1] - lru, &pfn))
		return false;
	return vmcore_read_u64(fl->kr.vc,
			       p->word[i] + layout_get(fl->kr.k->lay, L_list_head_prev),
			       "page.lru", head, NULL) == PGC_OK &&
	       kernel_bare(fl->kr.k, *head) == p->start + 8 * i;
}

static enum pgc_status collect_part(struct collect *c, const struct stack_part *p,
				    struct pgc_err *err)
{
	struct inflight *fl = c->fl;
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < p->n && st == PGC_OK; i++) {
		struct list_walk walk;
		uint64_t head;

		st = collect_word(c, p->word[i], err);
		if (st != PGC_OK || !heads_pages(fl, p, i, &head))
			continue;
		st = page_list_walk(fl->kr, fl->fmt, head,
				    layout_get(fl->kr.k->lay, L_page_lru), on_list_page,
				    c, &walk, err);
		if (pgc_is_gap(st) || st == PGC_ENOENT)
			st = PGC_OK;
	}
	return st;
}

typedef enum pgc_status word_fn(struct collect *c, uint64_t word, struct pgc_err *err);

/* Call @fn for what the frames of a class hold, registers first. */
static enum pgc_status each_word(struct collect *c, enum text_class class, word_fn *fn,
				 struct pgc_err *err)
{
	const struct context *ctx = c->ctx;
	const struct context_frames *fr = &ctx->frames[class];
	enum pgc_status st = PGC_OK;

	if (!fr->found)
		return PGC_OK;
	for (unsigned int i = 0; ctx->regs && i < ctx->regs->n && st == PGC_OK; i++)
		st = fn(c, ctx->regs->gpr[i], err);
	for (size_t part = 0; part <= fr->part && part < ctx->n_parts; part++) {
		const struct stack_part *p = &ctx->part[part];
		size_t n = part < fr->part || fr->words > p->n ? p->n : fr->words;

		for (size_t i = 0; i < n && st == PGC_OK; i++)
			st = fn(c, p->word[i], err);
	}
	return st;
}

static enum pgc_status bound_run(struct collect *c, uint64_t word,
				 struct pgc_err *err _unused_)
{
	uint64_t pfn;

	if (!page_of(c->fl->kr.k, word, &pfn))
		return PGC_OK;
	if (pfn < c->lowest)
		c->lowest = pfn;
	if (pfn > c->highest)
		c->highest = pfn;
	return PGC_OK;
}

/* Between the first and the last page that such a function has in hand lies its run. */
static enum pgc_status collect_run(struct collect *c, struct pgc_err *err)
{
	enum pgc_status st = each_word(c, TEXT_CONTIG, bound_run, err);

	if (c->ctx->frames[TEXT_CONTIG].found && !c->fl->run)
		c->fl->run = c->nr + 1;
	if (st != PGC_OK || c->lowest >= c->highest || c->highest - c->lowest > MAX_RUN)
		return st;
	return add_ref(&c->fl->pages, c->lowest, c->highest - c->lowest + 1, c->nr, err);
}

/*
 * The scatterlist at @word, if it is one: only entries that say what page_reporting_cycle()
 * makes them say count, a whole aligned block each.
 */
static enum pgc_status collect_lent(struct collect *c, uint64_t word, struct pgc_err *err)
{
	const struct kernel *k = c->fl->kr.k;
	uint64_t size = layout_get(k->lay, L_scatterlist);
	enum pgc_status st = PGC_OK;

	for (unsigned int i = 0; i < MAX_LENT && st == PGC_OK; i++) {
		uint64_t at = word + i * size, link, pfn, count;
		uint32_t len;

		if (vmcore_read_u64(c->fl->kr.vc,
				    at + layout_get(k->lay, L_scatterlist_page_link),
				    "scatterlist", &link, NULL) != PGC_OK ||
		    vmcore_read_u32(c->fl->kr.vc,
				    at + layout_get(k->lay, L_scatterlist_length),
				    "scatterlist", &len, NULL) != PGC_OK)
			break;
		/* Filled from the end: the first ones may be empty. Bits 0, 1 are flags. */
		count = len >> k->page_shift;
		if (count && !(count & (count - 1)) && count <= 1ULL << (k->orders - 1) &&
		    kernel_page_to_pfn(k, link & ~3ULL, &pfn) && !(pfn & (count - 1)))
			st = add_ref(&c->fl->pages, pfn, count, c->nr, err);
	}
	return st;
}

static enum pgc_status lent_word(struct collect *c, uint64_t word, struct pgc_err *err)
{
	return arch_kernel_half(c->fl->kr.k->arch, word) && word % 8 == 0
		       ? collect_lent(c, word, err)
		       : PGC_OK;
}

/* The page that compaction caught for this task: off every list. */
static enum pgc_status collect_capture(struct collect *c, struct pgc_err *err)
{
	const struct kernel *k = c->fl->kr.k;
	const struct task *t = c->ctx->task;
	uint64_t page;

	if (!t || !t->capture || !layout_has(k->lay, L_capture_control_page) ||
	    vmcore_read_u64(c->fl->kr.vc,
			    t->capture + layout_get(k->lay, L_capture_control_page),
			    "capture_control.page", &page, NULL) != PGC_OK)
		return PGC_OK;
	return collect_word(c, page, err);
}

static enum pgc_status name_context(struct inflight *fl, const struct context *ctx,
				    struct pgc_err *err)
{
	struct text *bigger = reallocarray(fl->contexts, fl->n_contexts + 1, sizeof(*bigger));
	char name[64];

	if (!bigger)
		return pgc_err_nomem(err, "contexts in the page allocator");
	fl->contexts = bigger;
	context_name(ctx->cpu, ctx->task, name, sizeof(name));
	bigger[fl->n_contexts].cpu = ctx->cpu;
	snprintf(bigger[fl->n_contexts++].who, sizeof(bigger->who), "%s, in %s", name,
		 ctx->function);
	return PGC_OK;
}

static enum pgc_status collect_context(void *arg, const struct context *ctx,
				       struct pgc_err *err)
{
	struct inflight *fl = arg;
	struct collect c = { .fl = fl, .ctx = ctx, .nr = (uint32_t)fl->n_contexts,
			     .lowest = UINT64_MAX };
	enum pgc_status st;

	/* Who is in the page cache only has no page on its way to or from a list. */
	if (!ctx->function)
		return PGC_OK;
	st = name_context(fl, ctx, err);

	for (unsigned int i = 0; ctx->regs && i < ctx->regs->n && st == PGC_OK; i++)
		st = collect_word(&c, ctx->regs->gpr[i], err);
	for (size_t i = 0; i < ctx->n_parts && st == PGC_OK; i++)
		st = collect_part(&c, &ctx->part[i], err);
	if (st == PGC_OK)
		st = collect_capture(&c, err);
	if (st == PGC_OK)
		st = each_word(&c, TEXT_HOOK, collect_hook_word, err);
	if (st == PGC_OK)
		st = collect_run(&c, err);
	if (st == PGC_OK && layout_has(fl->kr.k->lay, L_scatterlist) &&
	    layout_has(fl->kr.k->lay, L_scatterlist_page_link) &&
	    layout_has(fl->kr.k->lay, L_scatterlist_length))
		st = each_word(&c, TEXT_LENDER, lent_word, err);
	fl->sum.hook_contexts += ctx->frames[TEXT_HOOK].found;
	return st;
}

static void read_checker(struct inflight *fl)
{
	const struct kernel *k = fl->kr.k;
	uint32_t nbits;

	if (!layout_has(k->lay, L_pc_primary) || !layout_has(k->lay, L_pc_secondary) ||
	    !layout_has(k->lay, L_pc_nbits) || !layout_has(k->lay, L_pc_min_pfn))
		return;
	if (vmcore_read_u64(fl->kr.vc, kernel_addr(k, L_pc_primary), "pc_state",
			    &fl->map[0], NULL) != PGC_OK ||
	    vmcore_read_u64(fl->kr.vc, kernel_addr(k, L_pc_secondary), "pc_state",
			    &fl->map[1], NULL) != PGC_OK ||
	    vmcore_read_u64(fl->kr.vc, kernel_addr(k, L_pc_min_pfn), "pc_state",
			    &fl->min_pfn, NULL) != PGC_OK ||
	    vmcore_read_u32(fl->kr.vc, kernel_addr(k, L_pc_nbits), "pc_state", &nbits,
			    NULL) != PGC_OK)
		return;
	fl->map_bytes = (nbits + 63ULL) / 64 * 8;
}

static enum pgc_status name_owners(struct inflight *fl, struct pgc_err *err)
{
	size_t n = fl->tasks.n;

	fl->owners = calloc(n + fl->kr.k->n_cpus + 1, sizeof(*fl->owners));
	if (!fl->owners)
		return pgc_err_nomem(err, "names of tasks");
	for (size_t i = 0; i < n; i++)
		context_name(fl->tasks.list[i].on_cpu ? fl->tasks.list[i].cpu : -1,
			     &fl->tasks.list[i], fl->owners[i].who, sizeof(fl->owners[i].who));
	for (size_t i = 0; i < fl->kr.k->n_cpus; i++)
		snprintf(fl->owners[n + i].who, sizeof(fl->owners[n + i].who),
			 "CPU %u, in an interrupt", fl->kr.k->cpus[i].id);
	return PGC_OK;
}

/* CPUs that were online and left no registers. */
static size_t silent_cpus(const struct kernel *k, size_t with_registers)
{
	size_t online = 0;

	for (size_t i = 0; i < k->n_cpus; i++)
		online += k->cpus[i].online;
	return online > with_registers ? online - with_registers : 0;
}

static enum pgc_status look(struct inflight *fl, struct pgc_err *err)
{
	struct context_stats stats = { .cpus = 0 };
	struct refs *refs[] = { &fl->pages, &fl->exact, &fl->lists };
	enum pgc_status st = tasks_read(fl->kr, &fl->tasks, err);

	if (st == PGC_OK)
		st = name_owners(fl, err);
	if (st == PGC_OK)
		st = context_each(fl->kr, &fl->tasks, &stats, collect_context, fl, err);
	for (size_t i = 0; i < ARRAY_SIZE(refs); i++)
		if (refs[i]->n)
			qsort(refs[i]->list, refs[i]->n, sizeof(struct ref), by_start);
	fl->sum.tasks = fl->tasks.n;
	fl->sum.unread = fl->tasks.unread + stats.unread;
	fl->sum.cpus = stats.cpus;
	fl->sum.cpus_seen = stats.cpus && !stats.cpus_unread && !silent_cpus(fl->kr.k, stats.cpus);
	fl->sum.contexts = fl->n_contexts;
	fl->sum.complete = fl->tasks.complete;
	fl->sum.missing =
		fl->tasks.unread + stats.missing + silent_cpus(fl->kr.k, stats.cpus);
	/* How many tasks are behind a break is unknown. */
	if (!fl->tasks.complete)
		fl->sum.missing += fl->kr.k->n_cpus;
	return st;
}

enum pgc_status inflight_create(struct kernel_reader kr, const struct page_format *fmt,
				struct inflight **ret, struct pgc_err *err)
{
	struct inflight *fl = calloc(1, sizeof(*fl));
	enum pgc_status st;

	if (!fl)
		return pgc_err_nomem(err, "pages in flight");
	fl->kr = kr;
	fl->fmt = fmt;
	fl->visits = kr.k->n_sections * kr.k->pages_per_section;
	read_checker(fl);
	st = look(fl, err);
	if (st != PGC_OK) {
		inflight_destroy(fl);
		return st;
	}
	*ret = fl;
	return PGC_OK;
}

void inflight_destroy(struct inflight *fl)
{
	if (!fl)
		return;
	tasks_deinit(&fl->tasks);
	free(fl->contexts);
	free(fl->owners);
	free(fl->pages.list);
	free(fl->exact.list);
	free(fl->lists.list);
	free(fl);
}

static const char *who(const struct inflight *fl, const struct refs *refs, uint64_t pfn)
{
	const struct ref *ref = covering(refs, pfn);

	return ref ? fl->contexts[ref->context].who : NULL;
}

const char *inflight_private_list(const struct inflight *fl, uint64_t pfn)
{
	return who(fl, &fl->lists, pfn);
}

const char *inflight_page(const struct inflight *fl, uint64_t pfn)
{
	const char *holder = who(fl, &fl->lists, pfn);

	if (!holder)
		holder = who(fl, &fl->exact, pfn);
	return holder ? holder : who(fl, &fl->pages, pfn);
}

const char *inflight_pair(const struct inflight *fl, uint64_t pfn)
{
	return who(fl, &fl->exact, pfn);
}

const char *inflight_run(const struct inflight *fl)
{
	return fl->run ? fl->contexts[fl->run - 1].who : NULL;
}

const char *inflight_stack_owner(const struct inflight *fl, uint64_t kaddr)
{
	const struct task *t = tasks_by_stack(&fl->tasks, kaddr);
	const struct cpu *cpu;

	if (t)
		return fl->owners[t - fl->tasks.list].who;
	cpu = context_irq_stack_cpu(fl->kr, &fl->tasks, kaddr);
	return cpu ? fl->owners[fl->tasks.n + (size_t)(cpu - fl->kr.k->cpus)].who : NULL;
}

const struct inflight_summary *inflight_summary(const struct inflight *fl)
{
	return &fl->sum;
}

bool inflight_may_change(const struct inflight *fl, int cpu)
{
	/* With PREEMPT_RT a task that has a CPU's lists may lose the CPU meanwhile. */
	bool any = !layout_has(fl->kr.k->lay, L_spinlock_raw_val);

	if (!fl->sum.cpus_seen || (any && (!fl->sum.complete || fl->sum.unread)))
		return true;
	for (size_t i = 0; i < fl->n_contexts; i++)
		if (any || fl->contexts[i].cpu < 0 || fl->contexts[i].cpu == cpu)
			return true;
	return false;
}

const char *inflight_context(const struct inflight *fl, size_t nr)
{
	return nr < fl->n_contexts ? fl->contexts[nr].who : NULL;
}
