/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/iomem.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "vmcore.h"

#define MAX_RESOURCES 65536
#define MAX_RESOURCE_SIZE 256
#define MAX_DEPTH 8	/* /proc/iomem shows no more */
#define IOMEM_NAME_LEN 32

struct range {
	uint64_t start, end;	/* pfns, [start, end) */
};

/* Any resource within memory, inner ones behind the one that they lie in. */
struct named {
	struct range range;
	char name[IOMEM_NAME_LEN];
};

struct iomem {
	struct range *ranges;	/* sorted, disjoint */
	size_t n, room;
	struct named *named;	/* by where they begin; owned */
	size_t n_named, named_room;
};

struct resource {
	uint64_t start, end;	/* physical, inclusive */
	uint64_t name, sibling, child;
};

static bool read_resource(struct kernel_reader kr, uint64_t kaddr, struct resource *ret)
{
	static const enum layout_key words[] = {
		L_resource_start, L_resource_end, L_resource_name, L_resource_sibling,
		L_resource_child,
	};
	const struct layout *lay = kr.k->lay;
	uint8_t raw[MAX_RESOURCE_SIZE];
	uint64_t size = layout_get(lay, L_resource);

	if (size > sizeof(raw) || !layout_words_fit(lay, words, ARRAY_SIZE(words), size) ||
	    vmcore_read(kr.vc, kaddr, raw, size, "struct resource", NULL) != PGC_OK)
		return false;
	ret->start = target_u64(raw + layout_get(lay, L_resource_start));
	ret->end = target_u64(raw + layout_get(lay, L_resource_end));
	ret->name = target_u64(raw + layout_get(lay, L_resource_name));
	ret->sibling = target_u64(raw + layout_get(lay, L_resource_sibling));
	ret->child = target_u64(raw + layout_get(lay, L_resource_child));
	return true;
}

static bool known(const struct layout *lay)
{
	static const enum layout_key keys[] = {
		L_resource, L_resource_start, L_resource_end, L_resource_name,
		L_resource_sibling, L_resource_child, L_iomem_resource,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!layout_has(lay, keys[i]))
			return false;
	for (size_t i = 1; i + 1 < ARRAY_SIZE(keys); i++)
		if (layout_get(lay, keys[i]) + 8 > layout_get(lay, L_resource))
			return false;
	return true;
}

static bool pages_of(const struct kernel *k, const struct resource *r, struct range *ret)
{
	uint64_t page = 1ULL << k->page_shift;

	if (r->end < r->start || r->end > UINT64_MAX - page)
		return false;
	ret->start = (r->start + page - 1) >> k->page_shift;
	ret->end = (r->end + 1) >> k->page_shift;
	return ret->start < ret->end;
}

/* Only whole pages count: arch/x86/kernel/e820.c and memblock round the same way. */
static enum pgc_status add_range(struct iomem *io, const struct kernel *k,
				 const struct resource *r, struct pgc_err *err)
{
	struct range range, *bigger;

	if (!pages_of(k, r, &range))
		return PGC_OK;
	bigger = array_grow(io->ranges, &io->room, io->n, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "the memory ranges");
	io->ranges = bigger;
	io->ranges[io->n++] = range;
	return PGC_OK;
}

/* @r and all that is in it; what cannot be read has no name. */
static enum pgc_status add_named(struct iomem *io, struct kernel_reader kr, const struct resource *r,
				 int depth, struct pgc_err *err)
{
	struct named named, *bigger;
	struct resource child;
	uint64_t last_start = r->start;
	enum pgc_status st = PGC_OK;

	if (!r->name || !pages_of(kr.k, r, &named.range) || depth > MAX_DEPTH ||
	    io->n_named >= MAX_RESOURCES ||
	    vmcore_read_str(kr.vc, r->name, named.name, sizeof(named.name), "resource.name",
			    NULL) != PGC_OK)
		return PGC_OK;
	bigger = array_grow(io->named, &io->named_room, io->n_named, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "the memory ranges");
	io->named = bigger;
	io->named[io->n_named++] = named;
	for (uint64_t at = r->child; at && st == PGC_OK && io->n_named < MAX_RESOURCES;
	     at = child.sibling) {
		/* A child lies in its parent, and siblings ascend: else it goes round. */
		if (!read_resource(kr, at, &child) || child.start < last_start ||
		    child.end > r->end)
			break;
		last_start = child.start;
		st = add_named(io, kr, &child, depth + 1, err);
	}
	return st;
}

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The top level of the tree: memory is never deeper. *@whole: nothing was unreadable. */
static enum pgc_status read_tree(struct iomem *io, struct kernel_reader kr, bool *whole,
				 struct pgc_err *err)
{
	static const char ram[] = "System RAM"; /* "System RAM (kmem)" too */
	struct resource r;
	uint64_t last_start = 0;

	*whole = false;
	if (!read_resource(kr, kernel_addr(kr.k, L_iomem_resource), &r))
		return PGC_OK;
	for (uint64_t at = r.child, n = 0; at; at = r.sibling, n++) {
		char name[sizeof(ram)] = "";
		enum pgc_status st;

		/* Siblings ascend: a tree that does not is damaged, or goes round. */
		if (n == MAX_RESOURCES || !read_resource(kr, at, &r) ||
		    r.start < last_start)
			return PGC_OK;
		last_start = r.start;
		if (!r.name || vmcore_read_str(kr.vc, r.name, name, sizeof(name),
					       "resource.name", NULL) != PGC_OK ||
		    strncmp(name, ram, sizeof(ram) - 1) != 0)
			continue;
		st = add_range(io, kr.k, &r, err);
		if (st == PGC_OK)
			st = add_named(io, kr, &r, 0, err);
		if (st != PGC_OK)
			return st;
	}
	*whole = io->n > 0;
	return PGC_OK;
}

enum pgc_status iomem_create(struct kernel_reader kr, struct iomem **ret,
			     struct pgc_err *err)
{
	struct iomem *io;
	enum pgc_status st;
	bool whole;

	*ret = NULL;
	if (!known(kr.k->lay))
		return PGC_OK;
	io = calloc(1, sizeof(*io));
	if (!io)
		return pgc_err_nomem(err, "the memory ranges");
	st = read_tree(io, kr, &whole, err);
	if (st != PGC_OK || !whole) {
		iomem_destroy(io);
		return st;
	}
	qsort(io->ranges, io->n, sizeof(*io->ranges), by_start);
	*ret = io;
	return PGC_OK;
}

void iomem_destroy(struct iomem *io)
{
	if (!io)
		return;
	free(io->ranges);
	free(io->named);
	free(io);
}

bool iomem_is_ram(const struct iomem *io, uint64_t pfn, uint64_t *end)
{
	size_t lo;

	*end = UINT64_MAX;
	if (!io)
		return true;
	/* The first range that ends after @pfn */
	lo = bisect(i, io->n, io->ranges[i].end <= pfn);
	if (lo == io->n)
		return false;
	if (pfn < io->ranges[lo].start) {
		*end = io->ranges[lo].start;
		return false;
	}
	*end = io->ranges[lo].end;
	return true;
}

const char *iomem_name(const struct iomem *io, uint64_t pfn, uint64_t *end)
{
	const struct named *best = NULL;
	size_t i;

	*end = UINT64_MAX;
	if (!io)
		return NULL;
	/* Those that begin at or before it; the innermost begins last. */
	i = bisect(j, io->n_named, io->named[j].range.start <= pfn);
	if (i < io->n_named)
		*end = io->named[i].range.start;
	while (!best && i--)
		if (pfn < io->named[i].range.end)
			best = &io->named[i];
	if (best && best->range.end < *end)
		*end = best->range.end;
	return best ? best->name : NULL;
}
