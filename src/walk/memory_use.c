/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/memory_use.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "model/file_system.h"
#include "model/iomem.h"
#include "model/slab_caches.h"

/* include/linux/page-flags.h: PAGE_MAPPING_FLAGS, the low bits of page.mapping */
#define MAPPING_BITS 3
#define MAPPING_ANON 1

/* The process that has an address space. */
struct mm_task {
	uint64_t mm;
	const struct task *task;
};

struct memory_use {
	struct kernel_reader kr;
	const struct page_format *fmt;
	const struct iomem *iomem;
	const struct slab_caches *slabs;
	struct memory_items *items;
	struct mm_task *mms;	/* by mm, each once; owned */
	size_t n_mms;
	/* What mappings were asked for before: the n-th of these is of item of[n] */
	struct memory_items mappings;
	uint32_t *of;
	size_t of_room;
	uint64_t last_mapping, last_cache;
	uint32_t last_item, last_slab;
	/* The resource that was looked up last */
	uint64_t resource_start, resource_end;
	const char *resource;
};

static int by_mm(const void *a, const void *b)
{
	const struct mm_task *x = a, *y = b;

	if (x->mm != y->mm)
		return x->mm < y->mm ? -1 : 1;
	/* Of the threads of a process the first one gives its name. */
	return (x->task->pid > y->task->pid) - (x->task->pid < y->task->pid);
}

static enum pgc_status find_mms(struct memory_use *u, const struct tasks *tasks,
				struct pgc_err *err)
{
	size_t n = 0;

	u->mms = calloc(tasks->n + 1, sizeof(*u->mms));
	if (!u->mms)
		return pgc_err_nomem(err, "the processes");
	for (size_t i = 0; i < tasks->n; i++) {
		uint64_t mm;

		if (kernel_pointer(u->kr, tasks->list[i].kaddr, L_task_mm, &mm) && mm)
			u->mms[n++] = (struct mm_task){ .mm = mm, .task = &tasks->list[i] };
	}
	qsort(u->mms, n, sizeof(*u->mms), by_mm);
	for (size_t i = 0; i < n; i++)
		if (!u->n_mms || u->mms[u->n_mms - 1].mm != u->mms[i].mm)
			u->mms[u->n_mms++] = u->mms[i];
	return PGC_OK;
}

enum pgc_status memory_use_create(struct kernel_reader kr, const struct page_format *fmt,
				  const struct iomem *iomem, const struct slab_caches *slabs,
				  const struct tasks *tasks, struct memory_items *items,
				  struct memory_use **ret, struct pgc_err *err)
{
	struct memory_use *u = calloc(1, sizeof(*u));
	enum pgc_status st;

	*ret = NULL;
	if (!u)
		return pgc_err_nomem(err, "the owners of memory");
	*u = (struct memory_use){
		.kr = kr, .fmt = fmt, .iomem = iomem, .slabs = slabs, .items = items,
	};
	st = find_mms(u, tasks, err);
	if (st != PGC_OK) {
		memory_use_destroy(u);
		return st;
	}
	*ret = u;
	return PGC_OK;
}

void memory_use_destroy(struct memory_use *u)
{
	if (!u)
		return;
	memory_items_deinit(&u->mappings);
	free(u->of);
	free(u->mms);
	free(u);
}

_printf_(4, 5) static uint32_t item(struct memory_use *u, enum memory_class class, uint64_t key,
				    const char *fmt, ...)
{
	bool made;
	uint32_t i = memory_items_get(u->items, class, key, &made);

	if (i != MEMORY_NO_ITEM && made) {
		va_list ap;

		va_start(ap, fmt);
		vsnprintf(u->items->list[i].name, MEMORY_NAME_LEN, fmt, ap);
		va_end(ap);
	}
	return i;
}

/* A class that has no items: its pages are just pages. */
static uint32_t plain(struct memory_use *u, enum memory_class class)
{
	return memory_items_get(u->items, class, 0, NULL);
}

static uint32_t slab_item(struct memory_use *u, const uint8_t *raw)
{
	char name[SLAB_NAME_LEN];
	uint64_t cache;

	if (!u->slabs)
		return plain(u, MEM_SLAB);
	cache = kernel_bare(u->kr.k, target_u64(raw + u->slabs->cache));
	if (cache && cache == u->last_cache)
		return u->last_slab;
	if (!slab_caches_find(u->slabs, cache))
		snprintf(name, sizeof(name), "of unknown caches");
	else
		slab_cache_name(u->kr, cache, name);
	u->last_slab = slab_caches_find(u->slabs, cache) ? item(u, MEM_SLAB, cache, "%s", name) :
							   item(u, MEM_SLAB, 1, "%s", name);
	u->last_cache = cache;
	return u->last_slab;
}

/*
 * One of the processes that have the anon_vma: that of the vma at the root of its tree
 * (include/linux/rmap.h). NULL: not known.
 */
static const struct mm_task *process_of(struct memory_use *u, uint64_t anon_vma)
{
	const struct layout *lay = u->kr.k->lay;
	uint64_t rb, vma, mm;
	size_t i;

	if (!layout_has(lay, L_anon_vma_chain_rb) ||
	    !kernel_member(u->kr, anon_vma, L_anon_vma_rb_root, &rb) || !rb ||
	    !kernel_member(u->kr, rb - layout_get(lay, L_anon_vma_chain_rb), L_anon_vma_chain_vma,
			   &vma) ||
	    !kernel_pointer(u->kr, vma, L_vma_vm_mm, &mm))
		return NULL;
	i = bisect(m, u->n_mms, u->mms[m].mm < mm);
	return i < u->n_mms && u->mms[i].mm == mm ? &u->mms[i] : NULL;
}

static uint32_t anon_item(struct memory_use *u, uint64_t mapping)
{
	const struct mm_task *p;

	if ((mapping & MAPPING_BITS) == MAPPING_BITS)
		return item(u, MEM_ANON, 1, "merged by KSM");
	p = process_of(u, mapping & ~(uint64_t)MAPPING_BITS);
	if (!p)
		return item(u, MEM_ANON, 2, "of unknown processes");
	return item(u, MEM_ANON, p->mm, "%s (%" PRIu32 ")", p->task->comm, p->task->pid);
}

static uint32_t file_item(struct memory_use *u, const struct page *page)
{
	enum memory_class class = page->flags & u->fmt->swapbacked ? MEM_SHMEM : MEM_CACHE;
	struct file_system fs;

	if (!file_system_of(u->kr, page->mapping, &fs))
		return page->flags & u->fmt->lru ? item(u, class, 1, "of unknown file systems") :
						   plain(u, MEM_UNKNOWN);
	if (!fs.id[0] || !strcmp(fs.id, fs.type))
		return item(u, class, fs.sb, "%s", fs.type);
	return item(u, class, fs.sb, "%s (%s)", fs.type, fs.id);
}

/* By page.mapping; what it leads to is read once. */
static uint32_t mapped_item(struct memory_use *u, const struct page *page)
{
	bool anon = page->mapping & MAPPING_ANON, made;
	uint32_t at, *bigger, found;

	if (page->mapping == u->last_mapping)
		return u->last_item;
	at = memory_items_get(&u->mappings, MEM_CACHE, page->mapping, &made);
	if (at == MEMORY_NO_ITEM)
		return at;
	if (made) {
		found = anon ? anon_item(u, page->mapping) : file_item(u, page);
		bigger = array_grow(u->of, &u->of_room, at, sizeof(*bigger));
		if (found == MEMORY_NO_ITEM || !bigger)
			return MEMORY_NO_ITEM;
		u->of = bigger;
		u->of[at] = found;
	}
	u->last_mapping = page->mapping;
	u->last_item = u->of[at];
	return u->last_item;
}

static uint32_t reserved_item(struct memory_use *u, uint64_t pfn)
{
	const char *name;

	if (pfn < u->resource_start || pfn >= u->resource_end) {
		u->resource = iomem_name(u->iomem, pfn, &u->resource_end);
		u->resource_start = pfn;
	}
	name = u->resource;
	/* What memblock gave out at boot has no name of its own. */
	if (!name || !strncmp(name, "System RAM", strlen("System RAM")))
		return item(u, MEM_RESERVED, 0, "boot memory");
	return item(u, MEM_RESERVED, (uint64_t)(uintptr_t)name, "%s", name);
}

static uint32_t typed_item(struct memory_use *u, const struct page *page)
{
	unsigned int type = page->mapcount >> 24;
	const char *name = NULL;

	if (u->fmt->encoding == TYPES_BYTE)
		name = layout_enum_name(u->kr.k->lay, LE_pagetype, type);
	if (!name)
		return plain(u, MEM_TYPED);
	if (!strcmp(name, "large_kmalloc"))
		return item(u, MEM_SLAB, 2, "larger than a slab (large_kmalloc)");
	return item(u, MEM_TYPED, type, "%s", name);
}

uint32_t memory_use_item(struct memory_use *u, uint64_t pfn, const uint8_t *raw,
			 const struct page *page)
{
	enum page_state state = page_unlisted_state(u->fmt, page, false);

	if (kernel_flags_device(u->kr.k, page->flags))
		return plain(u, MEM_DEVICE);
	switch (state) {
	case PS_SLAB:
		return slab_item(u, raw);
	case PS_TABLE:
		return item(u, MEM_TABLES, 1, "of page type table");
	case PS_HUGETLB:
		return plain(u, MEM_HUGETLB);
	case PS_RESERVED:
		return reserved_item(u, pfn);
	case PS_OFFLINE:
		return plain(u, MEM_OFFLINE);
	case PS_HWPOISON:
		return plain(u, MEM_POISON);
	case PS_GUARD:
		return item(u, MEM_TYPED, UINT32_MAX, "guard");
	case PS_TYPED:
		return typed_item(u, page);
	case PS_LIMBO:
	case PS_BUDDY_UNLISTED:
		return plain(u, MEM_LIMBO);
	default:
		break;
	}
	if (page_is_hugetlb_by_dtor(u->fmt, page, raw))
		return plain(u, MEM_HUGETLB);
	if (page->mapping && ((page->mapping & MAPPING_ANON) || !(page->mapping & MAPPING_BITS)))
		return mapped_item(u, page);
	/* Up to 6.16 what kmalloc() takes beyond its caches has no type: it is among these. */
	if (page->flags & u->fmt->head)
		return item(u, MEM_UNKNOWN, 1, "compound");
	return item(u, MEM_UNKNOWN, 2, "not compound");
}
