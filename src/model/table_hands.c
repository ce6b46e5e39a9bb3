/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/table_hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "model/context.h"
#include "vmcore.h"

#define CALLBACKS_MAX (1u << 20)	/* that wait on one CPU */
#define BATCHES_MAX 10000u		/* of one address space: MAX_GATHER_BATCH_COUNT is less */
#define DELAYED 1u
#define ARGUMENTS_MAX (1u << 20)	/* pages; a quarter of the stack's limit, 6 MiB as a rule */
#define WAITS "it waits for a grace period of RCU, to be freed"

/* A word that somebody has. */
struct word {
	uint64_t value;
	uint32_t who;
};

/* Whose words count. */
struct holder {
	char name[96];
	bool running;		/* on a CPU; else it may have been preempted there */
};

struct words {
	struct word *list;	/* by value */
	size_t n, room;
};

struct table_hands {
	struct kernel_reader kr;
	const struct tasks *ts;
	const struct arch_paging *pg;
	uint64_t direct;
	struct words words;	/* as they are */
	struct words pages;	/* pfns of what would be an entry */
	uint64_t *waiting;	/* pfns of tables, in order */
	size_t n_waiting, room_waiting;
	struct holder *holders;
	size_t n_holders, room_holders;
	bool any;		/* whoever holds a spinlock may be preempted: PREEMPT_RT */
	bool missing;
};

static enum pgc_status add_word(struct words *w, uint64_t value, uint32_t who, struct pgc_err *err)
{
	struct word *list = array_grow(w->list, &w->room, w->n, sizeof(*list));

	if (!list)
		return pgc_err_nomem(err, "words on kernel stacks");
	w->list = list;
	list[w->n++] = (struct word){ value, who };
	return PGC_OK;
}

static int by_value(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* Who has a word in [@from, @from + @len); @running: on a CPU. */
static const char *first_in(const struct table_hands *h, const struct words *w, uint64_t from,
			    uint64_t len, bool running)
{
	for (size_t lo = bisect(i, w->n, w->list[i].value < from);
	     lo < w->n && w->list[lo].value - from < len; lo++) {
		const struct holder *who = &h->holders[w->list[lo].who];

		if (who->running || !running || h->any)
			return who->name;
	}
	return NULL;
}

static uint64_t member(const struct table_hands *h, enum layout_key key)
{
	return layout_has(h->kr.k->lay, key) ? layout_get(h->kr.k->lay, key) : 0;
}

static uint64_t function(const struct table_hands *h, enum layout_key key)
{
	return layout_has(h->kr.k->lay, key) ? kernel_addr(h->kr.k, key) : 0;
}

/*
 * struct mmu_gather_batch at @at: next, nr, max, and pages whose lowest bits are flags. On a stack it is
 * struct mmu_gather's own, of few pages; else it is a page. Those of the others are counted no more
 * when they come there (include/linux/mm_types.h: ENCODED_PAGE_BIT_DELAY_RMAP, since 6.2).
 */
static enum pgc_status follow_batches(struct table_hands *h, uint64_t at, uint32_t who,
				      struct pgc_err *err)
{
	uint64_t page = UINT64_C(1) << h->kr.k->page_shift, fits = page / 8 - 2;
	enum pgc_status st = PGC_OK;

	for (unsigned int n = 0; n < BATCHES_MAX && at && at % page == 0; n++) {
		uint64_t next, counts, word;

		if (!kernel_pointer_at(h->kr, at, "mmu_gather_batch", &next) ||
		    vmcore_read_u64(h->kr.vc, at + 8, "mmu_gather_batch", &counts, NULL) != PGC_OK ||
		    counts >> 32 != fits || (counts & 0xffffffff) > fits)
			return PGC_OK;
		for (uint64_t i = 0; i < (counts & 0xffffffff) && st == PGC_OK; i++)
			if (vmcore_read_u64(h->kr.vc, at + 16 + 8 * i, "mmu_gather_batch", &word,
					    NULL) == PGC_OK && word & DELAYED &&
			    kernel_in_memmap(h->kr.k, word))
				st = add_word(&h->words, word & ~UINT64_C(7), who, err);
		at = next;
	}
	return st;
}

static enum pgc_status add_waiting(struct table_hands *h, uint64_t page, struct pgc_err *err)
{
	uint64_t *list, pfn;

	page &= ~UINT64_C(7);
	if (page < h->kr.k->memmap || !kernel_page_to_pfn(h->kr.k, page, &pfn))
		return PGC_OK;
	list = array_grow(h->waiting, &h->room_waiting, h->n_waiting, sizeof(*list));
	if (!list)
		return pgc_err_nomem(err, "page tables that wait");
	h->waiting = list;
	list[h->n_waiting++] = pfn;
	return PGC_OK;
}

/* struct mmu_table_batch at @at: its tables. */
static enum pgc_status add_table_batch(struct table_hands *h, uint64_t at, struct pgc_err *err)
{
	const struct layout *lay = h->kr.k->lay;
	uint64_t room = UINT64_C(1) << h->kr.k->page_shift, page;
	enum pgc_status st = PGC_OK;
	uint32_t n;

	if (!layout_has(lay, L_mmu_table_batch_nr) || !layout_has(lay, L_mmu_table_batch_tables) ||
	    vmcore_read_u32(h->kr.vc, at + layout_get(lay, L_mmu_table_batch_nr), "mmu_table_batch",
			    &n, NULL) != PGC_OK || n > room / 8)
		return PGC_OK;
	at += layout_get(lay, L_mmu_table_batch_tables);
	for (uint32_t i = 0; i < n && st == PGC_OK; i++)
		if (vmcore_read_u64(h->kr.vc, at + 8 * i, "mmu_table_batch", &page, NULL) == PGC_OK)
			st = add_waiting(h, page, err);
	return st;
}

/* The callbacks from @at on, struct rcu_head: next, func. */
static enum pgc_status follow_callbacks(struct table_hands *h, uint64_t at, struct pgc_err *err)
{
	uint64_t batch = function(h, L_tlb_remove_table_rcu);
	enum pgc_status st = PGC_OK;

	for (unsigned int n = 0; n < CALLBACKS_MAX && at && st == PGC_OK; n++) {
		uint64_t next, func;

		if (vmcore_read_u64(h->kr.vc, at, "rcu_head", &next, NULL) != PGC_OK ||
		    vmcore_read_u64(h->kr.vc, at + 8, "rcu_head", &func, NULL) != PGC_OK) {
			h->missing = true;
			return PGC_OK;
		}
		if (batch && func == batch)
			st = add_table_batch(h, at, err);
		at = next;
	}
	return st;
}

static enum pgc_status collect_callbacks(struct table_hands *h, struct pgc_err *err)
{
	const struct kernel *k = h->kr.k;
	enum pgc_status st = PGC_OK;
	uint64_t at;

	if (!layout_has(k->lay, L_rcu_data) || !layout_has(k->lay, L_rcu_data_cblist_head))
		return PGC_OK;
	for (size_t i = 0; i < k->n_cpus && st == PGC_OK; i++) {
		uint64_t own = task_percpu(k, layout_get(k->lay, L_rcu_data), &k->cpus[i]) +
			       layout_get(k->lay, L_rcu_data_cblist_head);

		if (vmcore_read_u64(h->kr.vc, own, "rcu_data", &at, NULL) == PGC_OK)
			st = follow_callbacks(h, at, err);
	}
	return st;
}

/*
 * Would it be an entry that maps a page? One that forbids execution has the uppermost bit on x86-64, as
 * a kernel address has: the others tell these apart.
 */
static bool is_entry(const struct table_hands *h, uint64_t word, uint64_t *paddr)
{
	bool kernel = arch_kernel_half(h->kr.k->arch, word);
	struct arch_user_entry e;

	for (unsigned int level = 1; level <= 2 && h->pg && h->pg->user_entry; level++) {
		h->pg->user_entry(h->pg, word, level, &e);
		*paddr = e.paddr;
		if (e.what == ARCH_USER_LEAF && (!kernel || !e.wrong))
			return true;
	}
	return false;
}

static enum pgc_status take_word(struct table_hands *h, uint64_t word, uint32_t who,
				 struct pgc_err *err)
{
	const struct kernel *k = h->kr.k;
	uint64_t batch = function(h, L_tlb_remove_table_rcu), func, paddr;
	enum pgc_status st = PGC_OK;

	if (word && is_entry(h, word, &paddr))
		st = add_word(&h->pages, paddr >> k->page_shift, who, err);
	if (!word || !arch_kernel_half(k->arch, word) || st != PGC_OK)
		return st;
	word = kernel_bare(k, word);
	st = add_word(&h->words, word, who, err);
	if (st != PGC_OK || word % 8)
		return st;
	if (word % (UINT64_C(1) << k->page_shift) == 0)
		st = follow_batches(h, word, who, err);
	if (st == PGC_OK && batch && word % 16 == 0 && !kernel_in_memmap(k, word) &&
	    vmcore_read_u64(h->kr.vc, word + 8, "rcu_head", &func, NULL) == PGC_OK && func == batch)
		st = follow_callbacks(h, word, err);
	/* A batch that is being filled has no callback yet: its page alone says so. */
	if (st == PGC_OK && word % (UINT64_C(1) << k->page_shift) == 0 && !kernel_in_memmap(k, word))
		st = add_table_batch(h, word, err);
	return st;
}

static enum pgc_status on_context(void *arg, const struct context *ctx, struct pgc_err *err)
{
	struct table_hands *h = arg;
	struct holder *list = array_grow(h->holders, &h->room_holders, h->n_holders, sizeof(*list));
	uint32_t who = (uint32_t)h->n_holders;
	enum pgc_status st = PGC_OK;

	if (!list)
		return pgc_err_nomem(err, "names of tasks");
	h->holders = list;
	list[who].running = ctx->regs || (ctx->task && ctx->task->on_cpu);
	context_name(ctx->cpu, ctx->task, list[who].name, sizeof(list[who].name));
	h->n_holders++;
	for (unsigned int i = 0; ctx->regs && i < ctx->regs->n && st == PGC_OK; i++)
		st = take_word(h, ctx->regs->gpr[i], who, err);
	for (size_t part = 0; part < ctx->n_parts; part++)
		for (size_t i = 0; i < ctx->part[part].n && st == PGC_OK; i++)
			st = take_word(h, ctx->part[part].word[i], who, err);
	return st;
}

static int by_pfn(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void sort(struct table_hands *h)
{
	if (h->words.n)
		qsort(h->words.list, h->words.n, sizeof(struct word), by_value);
	if (h->pages.n)
		qsort(h->pages.list, h->pages.n, sizeof(struct word), by_value);
	if (h->n_waiting)
		qsort(h->waiting, h->n_waiting, sizeof(*h->waiting), by_pfn);
}

enum pgc_status table_hands_create(struct kernel_reader kr, const struct tasks *ts, uint64_t direct,
				   struct table_hands **ret, struct pgc_err *err)
{
	struct table_hands *h = calloc(1, sizeof(*h));
	struct context_stats stats = { .cpus = 0 };
	size_t online = 0;
	enum pgc_status st;

	if (!h)
		return pgc_err_nomem(err, "who has which page");
	*h = (struct table_hands){ .kr = kr, .ts = ts, .pg = vmcore_paging(kr.vc), .direct = direct,
				   .any = !layout_has(kr.k->lay, L_spinlock_raw_val) };
	st = context_each_any(kr, ts, &stats, on_context, h, err);
	if (st == PGC_OK)
		st = collect_callbacks(h, err);
	if (st != PGC_OK) {
		table_hands_destroy(h);
		return st;
	}
	for (size_t i = 0; i < kr.k->n_cpus; i++)
		online += kr.k->cpus[i].online;
	h->missing |= !ts->complete || ts->unread || stats.missing || stats.cpus < online;
	sort(h);
	*ret = h;
	return PGC_OK;
}

void table_hands_destroy(struct table_hands *h)
{
	if (!h)
		return;
	free(h->words.list);
	free(h->pages.list);
	free(h->waiting);
	free(h->holders);
	free(h);
}

const char *table_hands_object(const struct table_hands *h, uint64_t kaddr, uint64_t len,
			       bool running)
{
	return first_in(h, &h->words, kaddr, len, running);
}

const char *table_hands_page(const struct table_hands *h, uint64_t pfn, uint64_t n, bool running)
{
	const char *who = first_in(h, &h->pages, pfn, n, running);

	return who ? who :
		     first_in(h, &h->words, kernel_pfn_to_page(h->kr.k, pfn), n * h->kr.k->struct_page,
			      running);
}

const char *table_hands_table(const struct table_hands *h, uint64_t pfn)
{
	uint64_t page = kernel_pfn_to_page(h->kr.k, pfn), func;
	size_t lo = bisect(i, h->n_waiting, h->waiting[i] < pfn);
	const char *who = table_hands_page(h, pfn, 1, false);

	if (!who)
		who = table_hands_object(h, h->direct + (pfn << h->kr.k->page_shift),
					 UINT64_C(1) << h->kr.k->page_shift, false);
	if (who)
		return who;
	if (lo < h->n_waiting && h->waiting[lo] == pfn)
		return WAITS;
	if (layout_has(h->kr.k->lay, L_page_rcu_head) &&
	    vmcore_read_u64(h->kr.vc, page + member(h, L_page_rcu_head) + 8, "page.rcu_head", &func,
			    NULL) == PGC_OK && func &&
	    (func == function(h, L_pte_free_now) || func == function(h, L_tlb_remove_table_one_rcu)))
		return WAITS;
	return NULL;
}

/* Has @who a word in [@from, @from + @len)? */
static bool has_word(const struct table_hands *h, uint32_t who, uint64_t from, uint64_t len)
{
	const struct words *w = &h->words;

	for (size_t lo = bisect(i, w->n, w->list[i].value < from);
	     lo < w->n && w->list[lo].value - from < len; lo++)
		if (w->list[lo].who == who)
			return true;
	return false;
}

const char *table_hands_taker(const struct table_hands *h, uint64_t kaddr, uint64_t len,
			      uint64_t pfn)
{
	uint64_t page = UINT64_C(1) << h->kr.k->page_shift;

	for (uint32_t who = 0; who < h->n_holders; who++)
		if (has_word(h, who, kaddr, len) &&
		    (has_word(h, who, kernel_pfn_to_page(h->kr.k, pfn), h->kr.k->struct_page) ||
		     has_word(h, who, h->direct + (pfn << h->kr.k->page_shift), page)))
			return h->holders[who].name;
	return NULL;
}

/* The pages of the struct linux_binprm at @at; 0: there is none, or none of another address space. */
static uint64_t arguments_at(const struct table_hands *h, uint64_t at, uint64_t mm)
{
	uint64_t vma, pages, own, back;

	if (at % 8 || !arch_kernel_half(h->kr.k->arch, at) ||
	    !kernel_pointer(h->kr, at, L_linux_binprm_mm, &own) || own == mm ||
	    !arch_kernel_half(h->kr.k->arch, own) ||
	    !kernel_member(h->kr, at, L_linux_binprm_vma_pages, &pages) || pages > ARGUMENTS_MAX ||
	    !kernel_member(h->kr, at, L_linux_binprm_vma, &vma) ||
	    !arch_kernel_half(h->kr.k->arch, vma) ||
	    !kernel_pointer(h->kr, vma, L_vma_vm_mm, &back) || back != own)
		return 0;
	return pages;
}

/* The same of one task, which may sleep anywhere in execve(): its stack leads there. */
static uint64_t arguments_of(const struct table_hands *h, const struct task *task, uint64_t mm)
{
	uint64_t pages = 0, word;

	for (uint64_t at = 0; task->stack && !pages && at < h->ts->stack_size; at += 8)
		if (vmcore_read_u64(h->kr.vc, task->stack + at, "kernel stack", &word, NULL) == PGC_OK)
			pages = arguments_at(h, word, mm);
	return pages;
}

uint64_t table_hands_arguments(const struct table_hands *h, uint64_t mm)
{
	uint64_t pages = 0, own;

	for (size_t i = 0; i < h->ts->n; i++)
		if (kernel_pointer(h->kr, h->ts->list[i].kaddr, L_task_mm, &own) && own == mm)
			pages += arguments_of(h, &h->ts->list[i], mm);
	return pages;
}

bool table_hands_missing(const struct table_hands *h)
{
	return h->missing;
}
