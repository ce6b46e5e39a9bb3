/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/slab_caches.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "model/kernel_linear.h"
#include "model/kernel_list.h"
#include "vmcore.h"

/* Each kind of object has one, and up to 5.8 again for each memory cgroup. */
#define CACHES_MAX 65536
/* mm/slub.c: struct kmem_cache_order_objects, OO_MASK */
#define OO_OBJECTS 0xffff

static const enum layout_key needed[] = {
	L_slab_slab_cache, L_slab_freelist,	L_slab_counters,  L_kmem_cache_list,
	L_kmem_cache_size, L_kmem_cache_oo,	L_kmem_cache_min, L_slab_caches,
};

static bool read_cache(struct kernel_reader kr, uint64_t kaddr, struct slab_cache *ret)
{
	uint64_t size, oo, min, pad = 0;

	if (!kernel_member(kr, kaddr, L_kmem_cache_size, &size) ||
	    !kernel_member(kr, kaddr, L_kmem_cache_oo, &oo) ||
	    !kernel_member(kr, kaddr, L_kmem_cache_min, &min))
		return false;
	if (layout_has(kr.k->lay, L_kmem_cache_red_left_pad) &&
	    !kernel_member(kr, kaddr, L_kmem_cache_red_left_pad, &pad))
		return false;
	*ret = (struct slab_cache){
		.kaddr = kaddr, .size = (uint32_t)size, .pad = (uint32_t)pad,
		.objects = oo & OO_OBJECTS, .min_objects = min & OO_OBJECTS,
	};
	/* One that says otherwise was damaged: it proves nothing of its slabs. */
	return ret->size && ret->objects && ret->min_objects &&
	       ret->min_objects <= ret->objects;
}

static int by_address(const void *a, const void *b)
{
	const struct slab_cache *x = a, *y = b;

	return (x->kaddr > y->kaddr) - (x->kaddr < y->kaddr);
}

struct reading {
	struct kernel_reader kr;
	struct slab_caches *c;
	size_t room;
	bool no_memory;
};

static bool on_cache(void *arg, uint64_t node)
{
	struct reading *r = arg;
	struct slab_caches *c = r->c;
	struct slab_cache *bigger = array_grow(c->caches, &r->room, c->n, sizeof(*bigger));

	r->no_memory = !bigger;
	if (!bigger)
		return false;
	c->caches = bigger;
	return read_cache(r->kr, node - layout_get(r->kr.k->lay, L_kmem_cache_list),
			  &c->caches[c->n++]);
}

/* All of them; false: the list is broken, or a part of it is not in the dump. */
static bool read_list(struct kernel_reader kr, struct slab_caches *c, bool *no_memory)
{
	struct reading r = { .kr = kr, .c = c };
	bool whole = kernel_list_walk(kr, kernel_addr(kr.k, L_slab_caches), false, CACHES_MAX, on_cache,
				      &r);

	*no_memory = r.no_memory;
	return whole && c->n;
}

/*
 * The caches are objects of slabs themselves: where the page tables have one shows whether the
 * distance is that of this kernel, or of a line or variable that is damaged.
 */
static bool distance_fits(struct kernel_reader kr, uint64_t cache, const struct arch_linear *direct)
{
	uint64_t paddr, run;

	return cache - direct->kaddr < direct->len &&
	       vmcore_translate(kr.vc, cache, &paddr, &run, NULL) == PGC_OK &&
	       paddr - direct->paddr == cache - direct->kaddr;
}

static void find_direct_map(struct kernel_reader kr, struct slab_caches *c)
{
	struct arch_linear direct;

	if (!kernel_direct_map(kr, &direct) || !distance_fits(kr, c->caches[0].kaddr, &direct))
		return;
	c->direct = direct.kaddr - direct.paddr;
	c->direct_len = direct.len;
}

enum pgc_status slab_caches_create(struct kernel_reader kr, struct slab_caches **ret,
				   struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	struct slab_caches *c;
	bool no_memory = false;

	*ret = NULL;
	if (!layout_has_all(k->lay, needed, ARRAY_SIZE(needed)))
		return PGC_OK;
	c = calloc(1, sizeof(*c));
	if (!c)
		return pgc_err_nomem(err, "the list of slab caches");
	c->cache = (unsigned int)layout_get(k->lay, L_slab_slab_cache);
	c->freelist = (unsigned int)layout_get(k->lay, L_slab_freelist);
	c->counters = (unsigned int)layout_get(k->lay, L_slab_counters);
	/*
	 * Where the upper half has a member, 7.2 keeps the distance of what is kept for each
	 * object in its lower bits, and 7.3 small numbers. An old layout file knows neither row.
	 */
	c->unused = layout_has(k->lay, L_kmem_cache_nodes) && !layout_has(k->lay, L_slab_stride) ?
			    0xffffffffULL << 32 : 0xffffULL << 48;
	/* A struct slab lies over a struct page, whatever a layout says. */
	if (c->cache > k->struct_page - 8 ||
	    c->freelist > k->struct_page - 8 || c->counters > k->struct_page - 8 ||
	    !read_list(kr, c, &no_memory)) {
		slab_caches_destroy(c);
		return no_memory ? pgc_err_nomem(err, "the list of slab caches") : PGC_OK;
	}
	qsort(c->caches, c->n, sizeof(*c->caches), by_address);
	find_direct_map(kr, c);
	*ret = c;
	return PGC_OK;
}

void slab_caches_destroy(struct slab_caches *c)
{
	if (c) {
		free(c->caches);
		free(c->listed);
	}
	free(c);
}

static int by_pfn(const void *a, const void *b)
{
	const struct slab_listed *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

void slab_caches_sort_listed(struct slab_caches *c)
{
	if (c->n_listed)
		qsort(c->listed, c->n_listed, sizeof(*c->listed), by_pfn);
}

const struct slab_listed *slab_caches_listed(const struct slab_caches *c, uint64_t pfn)
{
	const struct slab_listed key = { .pfn = pfn };

	return c->n_listed ? bsearch(&key, c->listed, c->n_listed, sizeof(key), by_pfn) : NULL;
}

const struct slab_cache *slab_caches_find(const struct slab_caches *c, uint64_t kaddr)
{
	struct slab_cache key = { .kaddr = kaddr };

	return bsearch(&key, c->caches, c->n, sizeof(key), by_address);
}

unsigned int slab_caches_near(const struct slab_caches *c, uint64_t kaddr,
			      const struct slab_cache **ret)
{
	unsigned int n = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		const struct slab_cache *found = slab_caches_find(c, kaddr ^ 1ULL << bit);

		if (found) {
			*ret = found;
			n++;
		}
	}
	return n;
}

bool slab_caches_like(struct kernel_reader kr, uint64_t kaddr, uint32_t objects)
{
	struct slab_cache cache;

	return arch_kernel_half(kr.k->arch, kaddr) && read_cache(kr, kaddr, &cache) &&
	       (cache.objects == objects || cache.min_objects == objects);
}

bool slab_cache_flag(struct kernel_reader kr, uint64_t kaddr, enum layout_key key,
		     unsigned int old_bit)
{
	uint64_t flags, bit = layout_has(kr.k->lay, key) ? layout_get(kr.k->lay, key) & 63 : old_bit;

	return kernel_member(kr, kaddr, L_kmem_cache_flags, &flags) && flags >> bit & 1;
}

void slab_cache_name(struct kernel_reader kr, uint64_t kaddr, char name[SLAB_NAME_LEN])
{
	uint64_t at;

	if (!layout_has(kr.k->lay, L_kmem_cache_name) ||
	    !kernel_member(kr, kaddr, L_kmem_cache_name, &at) ||
	    vmcore_read_str(kr.vc, at, name, SLAB_NAME_LEN, "kmem_cache.name", NULL) != PGC_OK ||
	    !name[0])
		strcpy(name, "?");
}

bool slab_caches_memory(const struct slab_caches *c, const struct kernel *k, uint64_t kaddr)
{
	uint64_t paddr = kaddr - c->direct;

	if (!c->direct_len || paddr >= c->direct_len || k->memory_unseen)
		return true;
	return kernel_section(k, paddr >> k->page_shift);
}
