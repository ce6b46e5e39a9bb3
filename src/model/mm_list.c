/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mm_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "vmcore.h"

#define MMS_MAX (4u << 20)	/* as many as there can be tasks */

static const enum layout_key items[MM_COUNTERS] = {
	[MM_COUNT_FILE] = L_MM_FILEPAGES, [MM_COUNT_ANON] = L_MM_ANONPAGES,
	[MM_COUNT_SWAP] = L_MM_SWAPENTS, [MM_COUNT_SHMEM] = L_MM_SHMEMPAGES,
};

struct reader {
	struct kernel_reader kr;
	struct mm_list *l;
	size_t room;
	struct pgc_err *err;
};

const char *mm_counter_name(enum mm_counter c)
{
	static const char *const names[MM_COUNTERS] = {
		[MM_COUNT_FILE] = "MM_FILEPAGES", [MM_COUNT_ANON] = "MM_ANONPAGES",
		[MM_COUNT_SWAP] = "MM_SWAPENTS", [MM_COUNT_SHMEM] = "MM_SHMEMPAGES",
	};

	return names[c];
}

static enum pgc_status add_mm(struct reader *r, uint64_t kaddr, const struct task *t)
{
	struct mm_list *l = r->l;
	struct mm *list;

	if (!arch_kernel_half(r->kr.k->arch, kaddr) || l->n == MMS_MAX)
		return PGC_OK;
	list = array_grow(l->list, &r->room, l->n, sizeof(*list));
	if (!list)
		return pgc_err_nomem(r->err, "the address spaces");
	l->list = list;
	list[l->n] = (struct mm){ .kaddr = kaddr, .own = true };
	if (t) {
		list[l->n].pid = t->pid;
		memcpy(list[l->n].comm, t->comm, sizeof(t->comm));
	}
	l->n++;
	return PGC_OK;
}

static enum pgc_status add_of_tasks(struct reader *r)
{
	enum pgc_status st = PGC_OK;
	uint64_t mm;

	for (size_t i = 0; i < r->l->tasks.n && st == PGC_OK; i++) {
		const struct task *t = &r->l->tasks.list[i];

		if (kernel_pointer(r->kr, t->kaddr, L_task_mm, &mm) && mm)
			st = add_mm(r, mm, t);
		else if (kernel_pointer(r->kr, t->kaddr, L_task_active_mm, &mm) && mm)
			st = add_mm(r, mm, NULL);
	}
	return st;
}

/* The first tables of all address spaces, each with its own in its struct page. */
static enum pgc_status add_of_roots(struct reader *r)
{
	const struct layout *lay = r->kr.k->lay;
	uint64_t head, at, mm;
	enum pgc_status st = PGC_OK;

	if (!layout_has(lay, L_pgd_list) || !layout_has(lay, L_ptdesc_pt_mm))
		return PGC_OK;
	head = kernel_addr(r->kr.k, L_pgd_list);
	if (vmcore_read_u64(r->kr.vc, head, "pgd_list", &at, NULL) != PGC_OK)
		return PGC_OK;
	for (size_t n = 0; at != head && n < MMS_MAX && st == PGC_OK; n++) {
		uint64_t page = at - layout_get(lay, L_page_lru);

		if (!kernel_in_memmap(r->kr.k, page) ||
		    !kernel_pointer(r->kr, page, L_ptdesc_pt_mm, &mm) ||
		    vmcore_read_u64(r->kr.vc, at, "pgd_list", &at, NULL) != PGC_OK)
			return PGC_OK;
		st = add_mm(r, mm, NULL);
	}
	r->l->complete = at == head;
	return st;
}

static int by_kaddr(const void *a, const void *b)
{
	const struct mm *x = a, *y = b;

	if (x->kaddr != y->kaddr)
		return x->kaddr < y->kaddr ? -1 : 1;
	/* Those of tasks first, by number. */
	if (!x->pid != !y->pid)
		return x->pid ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void read_counters(struct kernel_reader kr, struct mm *m)
{
	const struct layout *lay = kr.k->lay;
	bool old = layout_has(lay, L_mm_rss_stat_count);

	if (!layout_has(lay, L_mm_rss_stat) ||
	    (!old && (!layout_has(lay, L_percpu_counter) ||
		      !layout_has(lay, L_percpu_counter_count))))
		return;
	for (size_t i = 0; i < MM_COUNTERS; i++) {
		uint64_t at = m->kaddr, counters, item, sum;
		uint32_t part;

		if (!layout_has(lay, items[i]))
			return;
		item = layout_get(lay, items[i]);
		at += old ? layout_get(lay, L_mm_rss_stat_count) + 8 * item :
			    layout_get(lay, L_mm_rss_stat) + item * layout_get(lay, L_percpu_counter);
		if (vmcore_read_u64(kr.vc, old ? at : at + layout_get(lay, L_percpu_counter_count),
				    "mm_struct.rss_stat", &sum, NULL) != PGC_OK)
			return;
		m->counts[i] = (int64_t)sum;
		if (old || !layout_has(lay, L_percpu_counter_counters))
			continue;
		if (vmcore_read_u64(kr.vc, at + layout_get(lay, L_percpu_counter_counters),
				    "percpu_counter", &counters, NULL) != PGC_OK)
			return;
		for (size_t c = 0; counters && c < kr.k->n_cpus; c++) {
			if (vmcore_read_u32(kr.vc, counters + kr.k->cpus[c].offset, "percpu_counter",
					    &part, NULL) != PGC_OK)
				return;
			m->counts[i] += (int32_t)part;
		}
	}
	m->has_counts = true;
}

/* What each task has counted and not yet added to the sum of its address space (up to 6.1). */
static void add_counts_of_tasks(struct reader *r)
{
	const struct layout *lay = r->kr.k->lay;
	struct mm_list *l = r->l;
	uint64_t mm;

	if (!layout_has(lay, L_mm_rss_stat_count) || !layout_has(lay, L_task_rss_stat_count))
		return;
	for (size_t i = 0; i < l->tasks.n; i++) {
		uint64_t at = l->tasks.list[i].kaddr + layout_get(lay, L_task_rss_stat_count);
		uint32_t part;
		size_t lo;

		if (!kernel_pointer(r->kr, l->tasks.list[i].kaddr, L_task_mm, &mm) || !mm)
			continue;
		lo = bisect(j, l->n, l->list[j].kaddr < mm);
		if (lo == l->n || l->list[lo].kaddr != mm)
			continue;
		for (size_t c = 0; c < MM_COUNTERS; c++) {
			if (vmcore_read_u32(r->kr.vc, at + 4 * layout_get(lay, items[c]),
					    "task_struct.rss_stat", &part, NULL) == PGC_OK)
				l->list[lo].counts[c] += (int32_t)part;
			else
				l->list[lo].has_counts = false;
		}
	}
}

static bool read_mm(struct kernel_reader kr, struct mm *m)
{
	uint64_t run, tables, users;

	if (!kernel_pointer(kr, m->kaddr, L_mm_pgd, &m->root_kaddr) ||
	    vmcore_translate(kr.vc, m->root_kaddr, &m->root, &run, NULL) != PGC_OK)
		return false;
	m->has_tables = kernel_member(kr, m->kaddr, L_mm_pgtables_bytes, &tables);
	m->tables = (int64_t)tables;
	if (kernel_member(kr, m->kaddr, L_mm_users, &users))
		m->users = (uint32_t)users;
	read_counters(kr, m);
	return true;
}

/*
 * The address space by which the kernel writes into its own code: pages of that are mapped in it
 * for a moment, and no process ever runs there (x86: __text_poke()). 0: there is none.
 */
static uint64_t poking_mm(struct kernel_reader kr)
{
	uint64_t mm;

	if (!layout_has(kr.k->lay, L_text_poke_mm) ||
	    !kernel_pointer_at(kr, kernel_addr(kr.k, L_text_poke_mm), "text_poke_mm", &mm))
		return 0;
	return mm;
}

/* Each once, without the kernel's own. */
static void settle(struct reader *r)
{
	const struct layout *lay = r->kr.k->lay;
	uint64_t init = layout_has(lay, L_init_mm) ? kernel_addr(r->kr.k, L_init_mm) : 0;
	uint64_t efi = layout_has(lay, L_efi_mm) ? kernel_addr(r->kr.k, L_efi_mm) : 0;
	uint64_t poking = poking_mm(r->kr);
	struct mm_list *l = r->l;
	size_t n = 0;

	if (!l->n)
		return;
	qsort(l->list, l->n, sizeof(*l->list), by_kaddr);
	for (size_t i = 0; i < l->n; i++) {
		struct mm *m = &l->list[i];

		if (m->kaddr == init || (n && l->list[n - 1].kaddr == m->kaddr))
			continue;
		/* A pointer that names a process's is wrong itself, and hides nothing. */
		m->own = m->kaddr != efi && (m->kaddr != poking || m->pid);
		if (read_mm(r->kr, m))
			l->list[n++] = *m;
		else if (m->own)
			l->complete = false;
	}
	l->n = n;
	add_counts_of_tasks(r);
}

enum pgc_status mm_list_read(struct kernel_reader kr, struct mm_list *ret, struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	struct reader r = { .kr = kr, .l = ret, .err = err };
	enum pgc_status st;

	*ret = (struct mm_list){ .complete = false };
	if (!layout_has(lay, L_task_mm) || !layout_has(lay, L_mm_pgd))
		return PGC_OK;
	st = tasks_read(kr, &ret->tasks, err);
	if (st == PGC_OK)
		st = add_of_tasks(&r);
	if (st == PGC_OK)
		st = add_of_roots(&r);
	if (st == PGC_OK && layout_has(lay, L_efi_mm))
		st = add_mm(&r, kernel_addr(kr.k, L_efi_mm), NULL);
	if (st == PGC_OK)
		settle(&r);
	else
		mm_list_deinit(ret);
	return st;
}

void mm_list_deinit(struct mm_list *l)
{
	free(l->list);
	tasks_deinit(&l->tasks);
	*l = (struct mm_list){ .list = NULL };
}
