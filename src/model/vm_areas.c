/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/vm_areas.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/target_int.h"
#include "model/kernel_list.h"
#include "model/task.h"
#include "vmcore.h"

/* One for each task's stack, and a few thousand more: a list that is longer goes round. */
#define AREAS_MAX (1u << 22)
#define NODES_MAX 65536
#define MAPPED_MAX (64ULL << 30) /* bytes of an area that has no array: of per-CPU memory it has far less */

/* include/linux/vmalloc.h, all versions */
#define VM_IOREMAP 0x1
#define VM_ALLOC 0x2
#define VM_MAP_PUT_PAGES 0x200

static const enum layout_key needed[] = {
	L_vmap_area_list_link, L_vmap_area_vm, L_vm_struct_addr, L_vm_struct_size,
	L_vm_struct_flags, L_vm_struct_pages, L_vm_struct_nr_pages, L_vm_struct_caller,
};

struct reading {
	struct kernel_reader kr;
	struct vm_areas *va;
	size_t room;
	uint64_t percpu;	/* the function that asks for per-CPU memory; 0: not known */
	bool no_memory;
};

static bool read_area(struct reading *r, uint64_t vm, struct vm_area *ret)
{
	*ret = (struct vm_area){ 0 };
	if (!kernel_pointer(r->kr, vm, L_vm_struct_addr, &ret->addr) ||
	    !kernel_member(r->kr, vm, L_vm_struct_size, &ret->size) ||
	    !kernel_member(r->kr, vm, L_vm_struct_flags, &ret->flags) ||
	    !kernel_pointer(r->kr, vm, L_vm_struct_pages, &ret->pages) ||
	    !kernel_member(r->kr, vm, L_vm_struct_nr_pages, &ret->nr_pages) ||
	    !kernel_member(r->kr, vm, L_vm_struct_caller, &ret->caller))
		return false;
	ret->owns = !(ret->flags & VM_IOREMAP) && ret->flags & (VM_ALLOC | VM_MAP_PUT_PAGES);
	ret->percpu = r->percpu && ret->caller == r->percpu;
	return ret->addr + ret->size >= ret->addr;
}

static bool add_area(struct reading *r, uint64_t vm)
{
	struct vm_areas *va = r->va;
	struct vm_area *bigger = array_grow(va->list, &r->room, va->n, sizeof(*bigger));

	r->no_memory = !bigger;
	if (!bigger)
		return false;
	va->list = bigger;
	if (!read_area(r, vm, &va->list[va->n]))
		return false;
	va->n++;
	return true;
}

static bool on_area(void *arg, uint64_t node)
{
	struct reading *r = arg;
	uint64_t vm;

	if (!kernel_member(r->kr, node - layout_get(r->kr.k->lay, L_vmap_area_list_link), L_vmap_area_vm,
			   &vm))
		return false;
	/* vm_map_ram() has no vm_struct: its pages are somebody else's. */
	return !vm || add_area(r, vm);
}

/* The areas on the list with the head at @head; false: not all of them. */
static bool read_list(struct reading *r, uint64_t head)
{
	return kernel_list_walk(r->kr, head, false, AREAS_MAX - r->va->n, on_area, r);
}

static bool read_nodes(struct reading *r)
{
	const struct layout *lay = r->kr.k->lay;
	uint64_t nodes, n, size = layout_get(lay, L_vmap_node);
	bool all = true;

	if (!kernel_read_var(r->kr, L_vmap_nodes, &nodes) ||
	    !kernel_read_var(r->kr, L_nr_vmap_nodes, &n) || n > NODES_MAX || !size)
		return false;
	for (uint64_t i = 0; i < n && !r->no_memory; i++)
		all &= read_list(r, nodes + i * size + layout_get(lay, L_vmap_node_busy_head));
	return all;
}

static int by_address(const void *a, const void *b)
{
	const struct vm_area *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

/* Areas lie apart: one that does not is damage, and what it has nobody knows. */
static void keep_apart(struct vm_areas *va)
{
	uint64_t end = 0;
	size_t n = 0;

	for (size_t i = 0; i < va->n; i++) {
		if (va->list[i].addr < end) {
			va->complete = false;
			continue;
		}
		end = va->list[i].addr + va->list[i].size;
		va->list[n++] = va->list[i];
	}
	va->n = n;
}

enum pgc_status vm_areas_read(struct kernel_reader kr, struct vm_areas *ret, struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	struct reading r = { .kr = kr, .va = ret };

	*ret = (struct vm_areas){ 0 };
	if (!layout_has_all(lay, needed, ARRAY_SIZE(needed)))
		return PGC_OK;
	if (layout_has(lay, L_pcpu_get_vm_areas))
		r.percpu = kernel_addr(kr.k, L_pcpu_get_vm_areas);
	if (layout_has(lay, L_vmap_nodes) && layout_has(lay, L_vmap_node_busy_head))
		ret->complete = read_nodes(&r);
	else if (layout_has(lay, L_vmap_area_list))
		ret->complete = read_list(&r, kernel_addr(kr.k, L_vmap_area_list));
	if (r.no_memory) {
		vm_areas_deinit(ret);
		return pgc_err_nomem(err, "the vmalloc areas");
	}
	if (ret->n)
		qsort(ret->list, ret->n, sizeof(*ret->list), by_address);
	keep_apart(ret);
	return PGC_OK;
}

void vm_areas_deinit(struct vm_areas *va)
{
	free(va->list);
	*va = (struct vm_areas){ 0 };
}

const struct vm_area *vm_areas_find(const struct vm_areas *va, uint64_t kaddr)
{
	size_t after = bisect(i, va->n, va->list[i].addr <= kaddr);

	if (!after || kaddr - va->list[after - 1].addr >= va->list[after - 1].size)
		return NULL;
	return &va->list[after - 1];
}

bool vm_mapped_pages(struct kernel_reader kr, uint64_t kaddr, uint64_t len, vm_area_pages_fn *fn,
		     void *arg)
{
	uint64_t end = kaddr + len, page = 1ULL << kr.k->page_shift;
	bool all = true;

	for (uint64_t at = kaddr & ~(page - 1); at < end;) {
		uint64_t paddr, run = 0;
		enum pgc_status st = vmcore_translate(kr.vc, at, &paddr, &run, NULL);

		run &= ~(page - 1);
		if (!run)
			run = page;
		if (run > end - at)
			run = (end - at + page - 1) & ~(page - 1);
		if (st == PGC_OK && !fn(arg, paddr >> kr.k->page_shift, run >> kr.k->page_shift))
			return all;
		all &= st == PGC_OK || st == PGC_ABSENT;
		if (run > UINT64_MAX - at)
			break;
		at += run;
	}
	return all;
}

/* By the array, in pieces: pages that follow each other are one run. */
static bool pages_of_array(struct kernel_reader kr, const struct vm_area *area,
			   vm_area_pages_fn *fn, void *arg)
{
	uint64_t word[128], first = 0, n = 0, pfn;
	bool all = true;

	for (uint64_t i = 0; i < area->nr_pages; i += ARRAY_SIZE(word)) {
		uint64_t some = area->nr_pages - i;

		if (some > ARRAY_SIZE(word))
			some = ARRAY_SIZE(word);
		if (vmcore_read(kr.vc, area->pages + i * 8, word, some * 8, "vm_struct.pages",
				NULL) != PGC_OK)
			return false;
		for (uint64_t j = 0; j < some; j++) {
			/* vrealloc() gives the last ones back (7.2: vm_area_free_pages()). */
			if (!word[j])
				continue;
			if (!kernel_page_to_pfn(kr.k, target_u64((uint8_t *)&word[j]), &pfn)) {
				all = false;
				continue;
			}
			if (n && pfn == first + n) {
				n++;
				continue;
			}
			if (n && !fn(arg, first, n))
				return all;
			first = pfn;
			n = 1;
		}
	}
	if (n)
		(void)fn(arg, first, n);
	return all;
}

bool vm_area_pages(struct kernel_reader kr, const struct vm_area *area, vm_area_pages_fn *fn,
		   void *arg)
{
	uint64_t page_shift = kr.k->page_shift;

	if (!area->pages && area->size > MAPPED_MAX)
		return false;
	if (!area->pages)
		return vm_mapped_pages(kr, area->addr, area->size, fn, arg);
	/* More pages than addresses: one of the two numbers is wrong. */
	if (area->nr_pages > area->size >> page_shift)
		return false;
	return pages_of_array(kr, area, fn, arg);
}
