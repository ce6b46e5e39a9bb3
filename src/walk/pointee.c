/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/pointee.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "model/kernel_linear.h"
#include "model/slab_caches.h"
#include "model/task.h"
#include "struct_page.h"
#include "vmcore.h"

struct pointee {
	struct kernel_reader kr;
	struct memory_names names;
	bool opened;
	bool has_fmt, has_image, has_direct;
	struct page_format fmt;
	struct arch_linear image, direct;
	struct slab_caches *slabs; /* NULL: not known */
	struct tasks tasks;
};

enum pgc_status pointee_create(struct kernel_reader kr, const struct memory_names *names,
			       struct pointee **ret, struct pgc_err *err)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return pgc_err_nomem(err, "what pointers point to");
	(*ret)->kr = kr;
	(*ret)->names = *names;
	return PGC_OK;
}

void pointee_destroy(struct pointee *p)
{
	if (!p)
		return;
	slab_caches_destroy(p->slabs);
	tasks_deinit(&p->tasks);
	free(p);
}

/* What cannot be opened is not known: that costs a word of a finding, nothing else. */
static void open_all(struct pointee *p)
{
	if (p->opened)
		return;
	p->opened = true;
	p->has_fmt = page_format_init(&p->fmt, p->kr, NULL) == PGC_OK;
	p->has_image = kernel_image_map(p->kr, &p->image);
	p->has_direct = kernel_direct_map(p->kr, &p->direct);
	if (slab_caches_create(p->kr, &p->slabs, NULL) != PGC_OK)
		p->slabs = NULL;
	if (tasks_read(p->kr, &p->tasks, NULL) != PGC_OK)
		p->tasks = (struct tasks){ 0 };
}

static void describe_image(const struct pointee *p, uint64_t kaddr, char buf[POINTEE_LEN])
{
	char name[POINTEE_LEN / 2];

	p->names.function(p->names.arg, kaddr, name, sizeof(name));
	if (strncmp(name, "0x", 2))
		snprintf(buf, POINTEE_LEN, "the kernel's code, %s", name);
	else
		snprintf(buf, POINTEE_LEN, "the kernel's own data");
}

/* The struct page of a page, or of its head, whose pfn is then in *@pfn. */
static bool read_head(struct pointee *p, uint64_t *pfn, uint64_t *at, struct page *page)
{
	uint8_t raw[256];

	if (!p->has_fmt || p->fmt.size > sizeof(raw))
		return false;
	for (int tries = 0; tries < 2; tries++) {
		*at = kernel_pfn_to_page(p->kr.k, *pfn);
		if (vmcore_read(p->kr.vc, *at, raw, p->fmt.size, "struct page", NULL) != PGC_OK)
			return false;
		page_decode(&p->fmt, raw, page);
		if (!page_is_tail(page))
			return true;
		if (!kernel_page_to_pfn(p->kr.k, page_head_kaddr(&p->fmt, page, *at), pfn))
			return false;
	}
	return false;
}

/* How far into an object @offset of a slab of @c is. */
static void describe_object(const struct pointee *p, const struct slab_cache *c, uint64_t offset,
			    char buf[POINTEE_LEN])
{
	char name[SLAB_NAME_LEN];

	slab_cache_name(p->kr, c->kaddr, name);
	if (c->size && offset >= c->pad)
		snprintf(buf, POINTEE_LEN, "an object of the slab cache %s, %" PRIu64 " bytes in", name,
			 (offset - c->pad) % c->size);
	else
		snprintf(buf, POINTEE_LEN, "a slab of the cache %s", name);
}

/* The cache of the slab that page *@pfn is part of, whose first page is then in *@pfn; NULL: of none. */
static const struct slab_cache *cache_of(struct pointee *p, uint64_t *pfn)
{
	uint64_t own = *pfn, at, cache;
	struct page page;

	if (!p->slabs || !read_head(p, pfn, &at, &page) || !page_is_slab(&p->fmt, &page) || *pfn > own ||
	    !kernel_pointer_at(p->kr, at + p->slabs->cache, "slab.slab_cache", &cache))
		return NULL;
	return slab_caches_find(p->slabs, cache);
}

/* Where in memory an address of the direct map is. */
struct place {
	uint64_t own, first;	/* pfn; that of the first page of its slab */
	uint64_t offset;	/* bytes from the start of that page */
	const struct slab_cache *cache; /* NULL: of no slab */
};

/* False: there is no memory. */
static bool find_place(struct pointee *p, uint64_t kaddr, struct place *ret)
{
	uint64_t phys = kaddr - p->direct.kaddr + p->direct.paddr;

	ret->own = ret->first = phys >> p->kr.k->page_shift;
	if (!p->has_direct || !arch_linear_has(&p->direct, kaddr) ||
	    !kernel_section(p->kr.k, ret->own))
		return false;
	ret->cache = cache_of(p, &ret->first);
	ret->offset = phys - (ret->first << p->kr.k->page_shift);
	return true;
}

static bool describe_memory(struct pointee *p, uint64_t kaddr, char buf[POINTEE_LEN])
{
	struct place at;

	if (!find_place(p, kaddr, &at))
		return false;
	if (at.cache)
		describe_object(p, at.cache, at.offset, buf);
	else
		snprintf(buf, POINTEE_LEN, "the page frame 0x%" PRIx64, at.own);
	return true;
}

bool pointee_before(struct pointee *p, uint64_t object, uint64_t *kaddr, uint64_t *pfn,
		    char buf[POINTEE_LEN])
{
	struct place at;
	uint64_t size;

	open_all(p);
	object = kernel_bare(p->kr.k, object);
	*kaddr = *pfn = UINT64_MAX;
	if (!find_place(p, object, &at) || !at.cache || !at.cache->size)
		return false;
	size = at.cache->size;
	if (at.offset >= at.cache->pad + size) {
		*kaddr = object - size;
		snprintf(buf, POINTEE_LEN, "the object at 0x%" PRIx64 ", in slot %" PRIu64 " of the same slab",
			 *kaddr, (at.offset - at.cache->pad) / size - 1);
		return true;
	}
	*pfn = at.first - 1;
	return at.first && describe_memory(p, object - at.offset - 1, buf);
}

bool pointee_describe(struct pointee *p, uint64_t kaddr, char buf[POINTEE_LEN])
{
	const struct task *task;

	if (!arch_kernel_half(p->kr.k->arch, kaddr))
		return false;
	open_all(p);
	kaddr = kernel_bare(p->kr.k, kaddr);
	task = tasks_by_stack(&p->tasks, kaddr);
	if (task) {
		snprintf(buf, POINTEE_LEN, "the kernel stack of task %u (%.*s)", task->pid,
			 (int)sizeof(task->comm), task->comm);
		return true;
	}
	if (p->has_image && arch_linear_has(&p->image, kaddr)) {
		describe_image(p, kaddr, buf);
		return true;
	}
	return describe_memory(p, kaddr, buf);
}
