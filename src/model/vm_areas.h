/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_areas - the areas of kernel addresses that vmalloc and its kin gave out
 *
 * Each area of vmalloc(), vmap() and ioremap() has a struct vmap_area in a list, and a struct
 * vm_struct with its pages and who asked for it. Some areas have no array of pages (per-CPU
 * memory, sparse areas): their pages are found by the page tables.
 *
 * Facts: mm/vmalloc.c (struct vmap_area, vm_struct; one list vmap_area_list up to 6.8, since then
 * one in each of vmap_nodes, d093602919ad), include/linux/vmalloc.h, pcpu_get_vm_areas() of 6.1,
 * 6.12 and 7.2.
 */
#ifndef PGCONS_VM_AREAS_H
#define PGCONS_VM_AREAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

struct vm_area {
	uint64_t addr, size;	/* kernel virtual, bytes, with the guard page behind it */
	uint64_t flags;		/* VM_ALLOC and others, as in the dump */
	uint64_t pages, nr_pages; /* kaddr of the array of struct page *; 0: it has none */
	uint64_t caller;	/* a return address, or the function itself; 0: not known */
	bool owns;		/* its pages are freed with it */
	bool percpu;		/* it is a part of per-CPU memory */
};

struct vm_areas {
	struct vm_area *list;	/* by address; owned */
	size_t n;
	bool complete;		/* every list was walked to its end */
};

/*
 * Read all areas. @ret->n is 0 where this kernel's are not known. The caller ends it with
 * vm_areas_deinit(). Fails only for want of memory.
 */
_must_check_ enum pgc_status vm_areas_read(struct kernel_reader kr, struct vm_areas *ret,
					   struct pgc_err *err);
void vm_areas_deinit(struct vm_areas *va);

/* The area with @kaddr in it; NULL: none. */
const struct vm_area *vm_areas_find(const struct vm_areas *va, uint64_t kaddr);

/* [@pfn, @pfn + @n) are pages of the area. False ends the call. */
typedef bool vm_area_pages_fn(void *arg, uint64_t pfn, uint64_t n);

/*
 * Call @fn for the pages of @area, in the order of addresses. False: some could not be had, as the
 * array or the page tables are not in the dump, or what they hold is no page.
 */
bool vm_area_pages(struct kernel_reader kr, const struct vm_area *area, vm_area_pages_fn *fn,
		   void *arg);

/* The same of what [@kaddr, @kaddr + @len) is mapped to. What is not mapped is passed over. */
bool vm_mapped_pages(struct kernel_reader kr, uint64_t kaddr, uint64_t len, vm_area_pages_fn *fn,
		     void *arg);

#endif
