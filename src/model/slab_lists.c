/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/slab_lists.h"

#include "arch/arch.h"
#include "base/array.h"
#include "base/one_bit.h"
#include "vmcore.h"

#define NODES_MAX 1024 /* MAX_NUMNODES, where NODES_SHIFT is as large as it gets */

/* What a cache keeps for a node: @at + node * @stride. */
struct per_node {
	uint64_t at, stride, n;
};

struct check {
	struct owner_lists lists;
	struct page_format fmt;	/* in which lru is slab_list */
	struct slab_caches *c;
	const struct slab_cache *cache;
	char name[SLAB_NAME_LEN];
	size_t room;
	bool no_memory;
};

static bool find_nodes(const struct layout *lay, struct per_node *ret)
{
	enum layout_key array = L_kmem_cache_nodes, length = L_kmem_cache_nr_nodes;

	if (!layout_has(lay, array)) {
		array = L_kmem_cache_per_node;
		length = L_kmem_cache_nr_per_node;
	}
	if (!layout_has(lay, array) || !layout_has(lay, length))
		return false;
	ret->n = layout_get(lay, length);
	if (ret->n == 0 || ret->n > NODES_MAX)
		return false;
	ret->at = layout_get(lay, array);
	ret->stride = layout_size(lay, array) / ret->n;
	return ret->stride >= 8;
}

/*
 * The pointer for node @nid, @within bytes from where that node's begin. It has its tag still, as
 * what links to the lists there has.
 */
static bool read_pointer(struct kernel_reader kr, const struct slab_cache *cache, int nid,
			 uint64_t within, uint64_t *ret)
{
	struct per_node nodes;

	/* No node has to have slabs of each cache (SLAB_NODES of memory that came later). */
	return nid >= 0 && find_nodes(kr.k->lay, &nodes) && (uint64_t)nid < nodes.n &&
	       within <= nodes.stride - 8 &&
	       vmcore_read_u64(kr.vc, cache->kaddr + nodes.at + (uint64_t)nid * nodes.stride + within,
			       "kmem_cache.node", ret, NULL) == PGC_OK &&
	       *ret;
}

bool slab_cache_node(struct kernel_reader kr, const struct slab_cache *cache, int nid, uint64_t *node)
{
	const struct layout *lay = kr.k->lay;

	if (layout_has(lay, L_kmem_cache_nodes))
		return read_pointer(kr, cache, nid, 0, node);
	return layout_has(lay, L_per_node_ptrs_node) &&
	       read_pointer(kr, cache, nid, layout_get(lay, L_per_node_ptrs_node), node);
}

bool slab_cache_barn(struct kernel_reader kr, const struct slab_cache *cache, int nid, uint64_t *barn)
{
	const struct layout *lay = kr.k->lay;
	uint64_t node;

	if (layout_has(lay, L_per_node_ptrs_barn))
		return read_pointer(kr, cache, nid, layout_get(lay, L_per_node_ptrs_barn), barn);
	return slab_cache_node(kr, cache, nid, &node) &&
	       kernel_member(kr, node, L_kmem_cache_node_barn, barn) && *barn;
}

static enum pgc_status note_listed(struct check *c, uint64_t pfn)
{
	struct slab_listed *bigger =
		array_grow(c->c->listed, &c->room, c->c->n_listed, sizeof(*bigger));

	c->no_memory = !bigger;
	if (!bigger)
		return PGC_ENOMEM;
	c->c->listed = bigger;
	bigger[c->c->n_listed++] =
		(struct slab_listed){ .pfn = pfn, .cache = c->cache->kaddr };
	return PGC_OK;
}

static enum pgc_status visit(void *arg, const struct list_node *node,
			     struct pgc_err *err _unused_)
{
	struct check *c = arg;
	int nid = kernel_flags_nid(c->lists.kr.k, node->page.flags);

	if (!page_is_slab(&c->fmt, &node->page))
		owner_lists_stranger(&c->lists, node, "it is no slab", NULL, 0, 0);
	else if (nid != c->lists.fact.nid)
		owner_lists_stranger(&c->lists, node, "it is of another node", "page.flags.node",
			      (uint64_t)nid, (uint64_t)c->lists.fact.nid);
	/* While an operation is half done, what the slab says may be, too. */
	return c->lists.fact.lock == LOCK_FREE ? note_listed(c, node->pfn) : PGC_OK;
}

/* The links, and the number of slabs against the counter. */
static void check_list(struct check *c, uint64_t node)
{
	const struct layout *lay = c->lists.kr.k->lay;
	uint64_t met, nr;

	c->lists.fact.lock = kernel_lock_state(c->lists.kr,
					 node + layout_get(lay, L_kmem_cache_node_list_lock));
	if (owner_lists_walk(&c->lists, node + layout_get(lay, L_kmem_cache_node_partial), visit,
			     c, &met) &&
	    kernel_member(c->lists.kr, node, L_kmem_cache_node_nr_partial, &nr) && nr != met)
		owner_lists_tell(&c->lists, OWNER_COUNT, "kmem_cache_node.nr_partial", nr, met);
}

/*
 * Is the page whose list_head is at @to, an end of the list at @head, a slab of this cache? If it
 * does not say so, it was damaged, unless it is another cache's.
 */
static bool is_own_end(struct check *c, uint64_t to, uint64_t head)
{
	struct list_node at;
	uint64_t cache;

	if (page_list_node(c->lists.kr, &c->fmt, to, c->fmt.lru_next, &at) != PGC_OK ||
	    !kernel_pointer_at(c->lists.kr, to - c->fmt.lru_next + c->c->cache, "slab.slab_cache", &cache))
		return false;
	if (slab_caches_find(c->c, cache))
		return cache == c->cache->kaddr;
	return one_bit(cache ^ c->cache->kaddr) || at.page.lru_next == head ||
	       at.page.lru_prev == head;
}

/*
 * Is there a struct kmem_cache_node of this cache? The pointer may be wrong: its list is one only
 * if it is empty, or a slab of the cache is at one of its ends.
 */
static bool has_lists(struct check *c, uint64_t node)
{
	uint64_t head = node + layout_get(c->lists.kr.k->lay, L_kmem_cache_node_partial), next, prev;

	if (!arch_kernel_half(c->lists.kr.k->arch, node) || node & 7 ||
	    vmcore_read_u64(c->lists.kr.vc, head, "partial.next", &next, NULL) != PGC_OK ||
	    vmcore_read_u64(c->lists.kr.vc, head + 8, "partial.prev", &prev, NULL) != PGC_OK)
		return false;
	if (next == head || prev == head)
		return true;
	return is_own_end(c, next, head) || is_own_end(c, prev, head);
}

static void check_cache(struct check *c)
{
	const struct kernel *k = c->lists.kr.k;

	slab_cache_name(c->lists.kr, c->cache->kaddr, c->name);
	for (size_t i = 0; i < k->n_nodes && !c->no_memory; i++) {
		uint64_t node;

		if (!slab_cache_node(c->lists.kr, c->cache, k->nodes[i].nid, &node) ||
		    !has_lists(c, node))
			continue;
		c->lists.fact.nid = k->nodes[i].nid;
		check_list(c, node);
	}
}

enum pgc_status slab_lists_check(struct kernel_reader kr, const struct page_format *fmt,
				 struct slab_caches *caches, owner_fact_fn *fn, void *arg,
				 struct pgc_err *err)
{
	static const enum layout_key needed[] = {
		L_slab_slab_list, L_kmem_cache_node_partial, L_kmem_cache_node_nr_partial,
		L_kmem_cache_node_list_lock,
	};
	struct check c = {
		.lists = { .kr = kr, .fmt = &c.fmt, .fn = fn, .arg = arg,
			   .fact = { .of = LISTS_OF_SLABS, .order = -1, .cache = c.name } },
		.fmt = *fmt, .c = caches,
	};
	const struct layout *lay = kr.k->lay;

	if (!layout_has_all(lay, needed, ARRAY_SIZE(needed)))
		return PGC_OK;
	c.fmt.lru_next = (unsigned int)layout_get(lay, L_slab_slab_list);
	c.fmt.lru_prev = c.fmt.lru_next + 8;
	if (c.fmt.lru_prev > fmt->size - 8)
		return PGC_OK;
	for (size_t i = 0; i < caches->n && !c.no_memory; i++) {
		c.cache = &caches->caches[i];
		check_cache(&c);
	}
	if (c.no_memory)
		return pgc_err_nomem(err, "the slabs on partial lists");
	slab_caches_sort_listed(caches);
	return PGC_OK;
}
