/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/memory_claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "model/listing.h"
#include "model/task.h"
#include "model/vm_areas.h"
#include "vmcore.h"

#define MODULES_MAX 65536
#define PAGE_EXT_MAX 1024 /* bytes for a page; all clients together have some 100 */
#define FIRST_CHUNK_MAX (64u << 20) /* bytes of one CPU; it has some hundred KiB */

struct building {
	struct kernel_reader kr;
	struct memory_items *items;
	const struct memory_names *names;
	struct memory_claims *c;
	struct vm_areas areas;
	const struct tasks *tasks;
	uint64_t *modules;	/* addresses of memory of modules, sorted; owned */
	size_t n_modules, modules_room;
	uint64_t stack_caller;	/* who asks for kernel stacks; 0: not known yet */
	uint32_t item;		/* of the pages that are being added */
	uint64_t kaddr, len;	/* of the area that has them */
	bool no_memory;
};

static bool add_pages(void *arg, uint64_t pfn, uint64_t n)
{
	struct building *b = arg;
	struct memory_claims *c = b->c;
	struct memory_claim *last = c->n ? &c->list[c->n - 1] : NULL, *bigger;

	/* What a dump says may be beyond all memory. */
	if (n > UINT64_MAX - pfn)
		return false;
	if (last && last->item == b->item && last->kaddr == b->kaddr && last->end == pfn) {
		last->end += n;
		return true;
	}
	bigger = array_grow(c->list, &c->room, c->n, sizeof(*bigger));
	b->no_memory = !bigger;
	if (!bigger)
		return false;
	c->list = bigger;
	c->list[c->n++] = (struct memory_claim){
		.start = pfn, .end = pfn + n, .item = b->item, .kaddr = b->kaddr,
		.len = b->len,
	};
	return true;
}

/* From now on pages are counted to this item. False: out of memory. */
static bool choose(struct building *b, enum memory_class class, uint64_t key, const char *name)
{
	bool made;

	b->item = memory_items_get(b->items, class, key, &made);
	b->no_memory |= b->item == MEMORY_NO_ITEM;
	if (b->item != MEMORY_NO_ITEM && made && name)
		snprintf(b->items->list[b->item].name, MEMORY_NAME_LEN, "%s", name);
	return b->item != MEMORY_NO_ITEM;
}

/* All that [@kaddr, @kaddr + @len) is mapped to. */
static bool add_mapped(struct building *b, uint64_t kaddr, uint64_t len)
{
	kaddr = kernel_bare(b->kr.k, kaddr);
	b->kaddr = kaddr;
	b->len = len;
	return vm_mapped_pages(b->kr, kaddr, len, add_pages, b);
}

static void note_unread(struct building *b)
{
	b->c->unread++;
	snprintf(b->c->unread_name, sizeof(b->c->unread_name), "%s", b->items->list[b->item].name);
}

/* struct page of all sections, and what page_ext keeps beside them. */
static void add_memmap(struct building *b)
{
	const struct kernel *k = b->kr.k;
	uint64_t ext = 0, len;

	for (size_t i = 0; i < k->n_sections && choose(b, MEM_MEMMAP, 0, "struct page"); i++)
		if (!add_mapped(b, kernel_pfn_to_page(k, k->sections[i].start_pfn),
				k->pages_per_section * k->struct_page))
			note_unread(b);
	if (!kernel_read_var(b->kr, L_page_ext_size, &ext) || !ext || ext > PAGE_EXT_MAX ||
	    __builtin_mul_overflow(ext, k->pages_per_section, &len))
		return;
	for (size_t i = 0; i < k->n_sections && choose(b, MEM_MEMMAP, 1, "page_ext"); i++) {
		const struct section *s = &k->sections[i];

		if (s->page_ext && !add_mapped(b, s->page_ext + s->start_pfn * ext, len))
			note_unread(b);
	}
}

/*
 * mm/percpu.c:pcpu_setup_first_chunk(): the first chunk is of boot memory. Each CPU's unit of it has
 * the kernel's own variables first, and what else there is is given back, but for as many bytes as
 * the end of the chunk is from the base of the first unit.
 */
static bool first_chunk_size(struct kernel_reader kr, uint64_t *ret)
{
	uint64_t base, chunk, start, pages;

	if (!kernel_read_var(kr, L_pcpu_base_addr, &base) ||
	    !kernel_read_var(kr, L_pcpu_first_chunk, &chunk) ||
	    !kernel_pointer(kr, chunk, L_pcpu_chunk_base_addr, &start) ||
	    !kernel_member(kr, chunk, L_pcpu_chunk_nr_pages, &pages))
		return false;
	base = kernel_bare(kr.k, base);
	*ret = start - base + (pages << kr.k->page_shift);
	return start >= base && *ret <= FIRST_CHUNK_MAX;
}

static void add_first_chunk(struct building *b)
{
	const struct kernel *k = b->kr.k;
	uint64_t size, start;

	if (!layout_has(k->lay, L_per_cpu_start) || !first_chunk_size(b->kr, &size))
		return;
	start = layout_get(k->lay, L_per_cpu_start);
	for (size_t i = 0; i < k->n_cpus && choose(b, MEM_PERCPU, 0, "of the kernel itself"); i++)
		if (!add_mapped(b, task_percpu(k, start, &k->cpus[i]), size))
			note_unread(b);
}

/*
 * The page directory of each process: up to 6.13 it has no page type (mm.pgd; a second page behind
 * it where user space has one of its own, PTI).
 */
static void add_directories(struct building *b)
{
	const struct kernel *k = b->kr.k;
	uint64_t mm, pgd, page = 1ULL << k->page_shift;

	for (size_t i = 0; i < b->tasks->n && choose(b, MEM_TABLES, 0, "page directories"); i++)
		if (kernel_member(b->kr, b->tasks->list[i].kaddr, L_task_mm, &mm) && mm &&
		    kernel_member(b->kr, mm, L_mm_pgd, &pgd) && pgd)
			(void)add_mapped(b, pgd & ~(page - 1), page);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool add_module_memory(struct building *b, uint64_t at)
{
	uint64_t *bigger = array_grow(b->modules, &b->modules_room, b->n_modules, sizeof(*bigger));

	b->no_memory |= !bigger;
	if (!bigger)
		return false;
	b->modules = bigger;
	b->modules[b->n_modules++] = at;
	return true;
}

/* The pieces of memory of one module (include/linux/module.h). */
static bool read_module(struct building *b, uint64_t module)
{
	const struct layout *lay = b->kr.k->lay;
	uint64_t base;

	if (kernel_pointer(b->kr, module, L_module_core_base, &base))
		return add_module_memory(b, base);
	if (!layout_has(lay, L_module_mem) || !layout_has(lay, L_module_memory))
		return false;
	for (uint64_t i = 0; i < layout_get(lay, L_module_nr_mem); i++) {
		uint64_t mem = module + layout_get(lay, L_module_mem) +
			       i * layout_get(lay, L_module_memory);

		if (!kernel_pointer(b->kr, mem, L_module_memory_base, &base))
			return false;
		if (base && !add_module_memory(b, base))
			return false;
	}
	return true;
}

static void read_modules(struct building *b)
{
	const struct layout *lay = b->kr.k->lay;
	uint64_t head, at;

	if (!layout_has(lay, L_modules) || !layout_has(lay, L_module_list))
		return;
	head = kernel_addr(b->kr.k, L_modules);
	if (!kernel_pointer_at(b->kr, head, "modules", &at))
		return;
	for (size_t n = 0; at != head && n < MODULES_MAX; n++)
		if (!read_module(b, at - layout_get(lay, L_module_list)) ||
		    !kernel_pointer_at(b->kr, at, "module.list", &at))
			break;
	if (b->n_modules)
		qsort(b->modules, b->n_modules, sizeof(*b->modules), by_value);
}

static bool has_module(const struct building *b, const struct vm_area *area)
{
	size_t i = bisect(m, b->n_modules, b->modules[m] < area->addr);

	return i < b->n_modules && b->modules[i] - area->addr < area->size;
}

/* What the area is for. Who asked for it, where that is all that is known. */
static bool choose_area(struct building *b, const struct vm_area *area)
{
	char name[MEMORY_NAME_LEN];

	if (tasks_by_stack(b->tasks, area->addr)) {
		b->stack_caller = area->caller;
		return choose(b, MEM_STACKS, STACKS_OF_TASKS, "of tasks");
	}
	if (area->percpu)
		return choose(b, MEM_PERCPU, 1, "of pcpu_get_vm_areas()");
	if (has_module(b, area))
		return choose(b, MEM_MODULES, 0, NULL);
	/* kernel/fork.c keeps the stacks of two tasks that ended, for each CPU. */
	if (b->stack_caller && area->caller == b->stack_caller)
		return choose(b, MEM_STACKS, STACKS_KEPT, "of tasks that ended");
	b->names->function(b->names->arg, area->caller, name, sizeof(name));
	return choose(b, MEM_VMALLOC, area->caller, name);
}

static void add_areas(struct building *b)
{
	/* Those of tasks first: they show who asks for stacks. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < b->areas.n && !b->no_memory; i++) {
			const struct vm_area *area = &b->areas.list[i];
			bool stack = tasks_by_stack(b->tasks, area->addr) != NULL;

			if (!area->owns || stack != !pass || !choose_area(b, area))
				continue;
			b->kaddr = area->addr;
			b->len = area->size;
			if (!vm_area_pages(b->kr, area, add_pages, b))
				note_unread(b);
		}
	}
}

/* Stacks that are not in vmalloc's areas: in the direct map, or of the kernel image. */
static void add_plain_stacks(struct building *b)
{
	/* That of the idle task is in the kernel image, and is counted to it. */
	uint64_t init = layout_has(b->kr.k->lay, L_init_stack) ? kernel_addr(b->kr.k, L_init_stack) :
								 0;

	/* Smaller than a page they are objects of a slab cache, and are counted to that. */
	if (b->tasks->stack_size < UINT64_C(1) << b->kr.k->page_shift)
		return;
	for (size_t i = 0; i < b->tasks->n && choose(b, MEM_STACKS, STACKS_DIRECT, "of tasks, in the direct map"); i++)
		if (b->tasks->list[i].stack && b->tasks->list[i].stack != init &&
		    !vm_areas_find(&b->areas, b->tasks->list[i].stack))
			(void)add_mapped(b, b->tasks->list[i].stack, b->tasks->stack_size);
}

static int by_start(const void *a, const void *b)
{
	const struct memory_claim *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/*
 * What a sound kernel has twice: the memmap of huge pages shares its pages, and the threads of a
 * process their page directory.
 */
static bool may_share(const struct memory_items *items, const struct memory_claim *one,
		      const struct memory_claim *other)
{
	enum memory_class class = items->list[one->item].class;

	return one->item == other->item &&
	       (class == MEM_MEMMAP || (class == MEM_TABLES && one->kaddr == other->kaddr));
}

/* @one has the pages of [@start, @end) already, which @other claims, too. */
static void note_clash(struct memory_claims *c, const struct memory_items *items,
		       const struct memory_claim *one, const struct memory_claim *other,
		       uint64_t end)
{
	if (may_share(items, one, other))
		return;
	c->twice += end - other->start;
	if (c->n_clashes++ < CLAIM_CLASHES) {
		c->clashes[c->n_clashes - 1] = (struct claim_clash){ .one = *one, .other = *other };
		c->clashes[c->n_clashes - 1].other.end = end;
	}
}

/* Of those that overlap the one that begins first keeps its pages. */
static void make_disjoint(struct memory_claims *c, const struct memory_items *items)
{
	size_t n = 0;

	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), by_start);
	for (size_t i = 0; i < c->n; i++) {
		struct memory_claim claim = c->list[i], *last = n ? &c->list[n - 1] : NULL;

		if (last && claim.start < last->end) {
			uint64_t end = claim.end < last->end ? claim.end : last->end;

			note_clash(c, items, last, &claim, end);
			claim.start = end;
		}
		if (claim.start < claim.end)
			c->list[n++] = claim;
	}
	c->n = n;
}

enum pgc_status memory_claims_read(struct kernel_reader kr, const struct tasks *tasks,
				   struct memory_items *items,
						const struct memory_names *names,
				   struct memory_claims *ret, struct pgc_err *err)
{
	struct building b = { .kr = kr, .tasks = tasks, .items = items, .names = names,
			      .c = ret };
	enum pgc_status st;

	*ret = (struct memory_claims){ 0 };
	st = vm_areas_read(kr, &b.areas, err);
	if (st == PGC_OK) {
		ret->areas_cut = !b.areas.complete;
		read_modules(&b);
		add_memmap(&b);
		add_first_chunk(&b);
		add_directories(&b);
		add_areas(&b);
		add_plain_stacks(&b);
		make_disjoint(ret, items);
		if (b.no_memory)
			st = pgc_err_nomem(err, "the owners of memory");
	}
	vm_areas_deinit(&b.areas);
	free(b.modules);
	return st;
}

void memory_claims_deinit(struct memory_claims *c)
{
	free(c->list);
	*c = (struct memory_claims){ 0 };
}

uint32_t memory_claims_find(struct memory_claims *c, uint64_t pfn, uint64_t *end)
{
	/* They are asked for in order, as a rule. */
	if (c->at >= c->n || c->list[c->at].start > pfn || c->list[c->at].end <= pfn)
		c->at = bisect(i, c->n, c->list[i].end <= pfn);
	*end = UINT64_MAX;
	if (c->at >= c->n)
		return MEMORY_NO_ITEM;
	if (c->list[c->at].start > pfn) {
		*end = c->list[c->at].start;
		return MEMORY_NO_ITEM;
	}
	*end = c->list[c->at].end;
	return c->list[c->at].item;
}

/* The next run of listed pages in [@pfn, @end): its first page, and *@n pages. @end: none. */
static uint64_t next_listed(const struct listing *listing, uint64_t pfn, uint64_t end, uint64_t *n)
{
	uint64_t first = end;

	for (*n = 0; pfn < end; pfn++) {
		struct listing_word word = listing_word(listing, pfn & ~63ULL);
		uint64_t listed = word.kind[0] | word.kind[1];

		if (!listed && !*n) {
			pfn |= 63;
			continue;
		}
		if (listed >> (pfn & 63) & 1) {
			first = *n ? first : pfn;
			(*n)++;
		} else if (*n) {
			break;
		}
	}
	return first;
}

/* Pages that an area is mapped to, and whether one of them was met. */
struct search {
	uint64_t pfn;
	bool found;
};

static bool is_it(void *arg, uint64_t pfn, uint64_t n)
{
	struct search *s = arg;

	s->found |= s->pfn - pfn < n;
	return !s->found;
}

static bool is_mapped(struct kernel_reader kr, const struct memory_claim *claim, uint64_t pfn)
{
	struct search s = { .pfn = pfn };

	(void)vm_mapped_pages(kr, claim->kaddr, claim->len, is_it, &s);
	return s.found;
}

void memory_claims_check(struct kernel_reader kr, const struct memory_claims *c,
			 const struct memory_items *items, const struct listing *listing,
			 claim_fact_fn *fn, void *arg)
{
	size_t asked = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct memory_claim *claim = &c->list[i];
		struct claim_fact fact = { .item = &items->list[claim->item],
					   .kaddr = claim->kaddr };
		uint64_t at = claim->start;

		while ((fact.pfn = next_listed(listing, at, claim->end, &fact.pages)) < claim->end) {
			/* A dump that is all damage would ask for ever. */
			fact.mapped = asked++ < CLAIM_CLASHES && is_mapped(kr, claim, fact.pfn);
			fn(arg, &fact);
			at = fact.pfn + fact.pages;
		}
	}
	for (size_t i = 0; i < c->n_clashes && i < CLAIM_CLASHES; i++) {
		const struct claim_clash *clash = &c->clashes[i];
		const struct claim_fact fact = {
			.pfn = clash->other.start, .pages = clash->other.end - clash->other.start,
			.item = &items->list[clash->one.item], .kaddr = clash->one.kaddr,
			.other = &items->list[clash->other.item],
			.other_kaddr = clash->other.kaddr,
		};

		fn(arg, &fact);
	}
}
