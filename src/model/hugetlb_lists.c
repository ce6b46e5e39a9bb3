/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/hugetlb_lists.h"

#include "base/target_int.h"
#include "vmcore.h"

#define HSTATES_MAX 16 /* HUGE_MAX_HSTATE: 2 on x86, 4 on arm64 */
#define NODES_MAX 1024 /* MAX_NUMNODES, where NODES_SHIFT is as large as it gets */
#define HEAD_SIZE 16 /* struct list_head of a 64-bit kernel */

static const enum layout_key needed[] = {
	L_hstates,	     L_hugetlb_max_hstate, L_hugetlb_lock, L_hstate,
	L_hstate_order,	     L_hstate_nr,	   L_hstate_free,  L_hstate_freelists,
	L_hstate_nr_freelists, L_hstate_nr_node,   L_hstate_free_node,
};

struct check {
	struct owner_lists lists;
	uint64_t hstate;	/* kaddr */
};

/* A page of a list of free ones: the first of its block, of that node, without a user. */
static enum pgc_status visit_free(void *arg, const struct list_node *node,
				  struct pgc_err *err _unused_)
{
	const struct owner_lists *l = arg;
	const struct page *p = &node->page;
	int nid = kernel_flags_nid(l->kr.k, p->flags);

	if (p->refcount)
		owner_lists_stranger(l, node, "it has a reference count", "page._refcount",
			      (uint64_t)(int64_t)p->refcount, 0);
	else if (nid != l->fact.nid)
		owner_lists_stranger(l, node, "it is of another node", "page.flags.node",
			      (uint64_t)nid, (uint64_t)l->fact.nid);
	else if (node->pfn & ((1ULL << l->fact.order) - 1))
		owner_lists_stranger(l, node, "its pfn is not aligned to its size", NULL, 0, 0);
	return PGC_OK;
}

static enum pgc_status visit_active(void *arg _unused_, const struct list_node *node _unused_,
				    struct pgc_err *err _unused_)
{
	return PGC_OK;
}

/* Element @nid of one of the arrays of counters by node. */
static bool by_node(const struct check *c, enum layout_key key, unsigned int nid, uint64_t *ret)
{
	const struct layout *lay = c->lists.kr.k->lay;
	uint64_t n = layout_get(lay, L_hstate_nr_freelists), size;
	uint8_t raw[8] = { 0 };

	if (!layout_has(lay, key) || nid >= n)
		return false;
	size = layout_size(lay, key) / n;
	if ((size != 4 && size != 8) ||
	    vmcore_read(c->lists.kr.vc, c->hstate + layout_get(lay, key) + nid * size, raw, size,
			"hstate", NULL) != PGC_OK)
		return false;
	*ret = target_u64(raw);
	return true;
}

/* The sum over all nodes of one kind of counter. Those in the wrong place count as well. */
static bool all_nodes(const struct check *c, enum layout_key key, uint64_t *ret)
{
	uint64_t n = layout_get(c->lists.kr.k->lay, L_hstate_nr_freelists), value;

	*ret = 0;
	for (unsigned int nid = 0; nid < n; nid++) {
		if (!by_node(c, key, nid, &value))
			return false;
		*ret += value;
	}
	return true;
}

/* The lists and the counters of one node. How many are free there by its list, if that is whole. */
static void check_node(struct check *c, unsigned int nid, int64_t *wrong)
{
	const struct layout *lay = c->lists.kr.k->lay;
	uint64_t free, nr, surplus, listed;
	bool whole;

	c->lists.fact.nid = (int)nid;
	whole = owner_lists_walk(&c->lists,
				 c->hstate + layout_get(lay, L_hstate_freelists) + nid * HEAD_SIZE,
				 visit_free, &c->lists, &listed);
	if (!by_node(c, L_hstate_free_node, nid, &free) || !by_node(c, L_hstate_nr_node, nid, &nr))
		return;
	if (whole && free != listed) {
		owner_lists_tell(&c->lists, OWNER_COUNT, "hstate.free_huge_pages_node", free, listed);
		*wrong += (int64_t)(free - listed);
	} else if (free > nr) {
		owner_lists_tell(&c->lists, OWNER_EXCESS, "hstate.free_huge_pages_node", free, nr);
	}
	if (by_node(c, L_hstate_surplus_node, nid, &surplus) && surplus > nr)
		owner_lists_tell(&c->lists, OWNER_EXCESS, "hstate.surplus_huge_pages_node", surplus, nr);
}

/* A counter of all pages against the sum of those by node; @wrong: by which that is too large. */
static void check_sum(struct check *c, enum layout_key total, enum layout_key nodes,
		      const char *what, int64_t wrong)
{
	uint64_t found, sum;

	if (!layout_has(c->lists.kr.k->lay, total) ||
	    !kernel_member(c->lists.kr, c->hstate, total, &found) || !all_nodes(c, nodes, &sum))
		return;
	sum -= (uint64_t)wrong;
	if (found != sum)
		owner_lists_tell(&c->lists, OWNER_COUNT, what, found, sum);
}

static void check_hstate(struct check *c)
{
	const struct kernel *k = c->lists.kr.k;
	uint64_t order, met;
	int64_t wrong = 0;

	/* One that nobody has filled in, or that is written over, tells nothing of its lists. */
	if (!kernel_member(c->lists.kr, c->hstate, L_hstate_order, &order) || !order || order >= 32)
		return;
	c->lists.fact.order = (int)order;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].nid >= 0)
			check_node(c, (unsigned int)k->nodes[i].nid, &wrong);
	c->lists.fact.nid = -1;
	check_sum(c, L_hstate_free, L_hstate_free_node, "hstate.free_huge_pages", wrong);
	check_sum(c, L_hstate_nr, L_hstate_nr_node, "hstate.nr_huge_pages", 0);
	check_sum(c, L_hstate_surplus, L_hstate_surplus_node, "hstate.surplus_huge_pages", 0);
	if (layout_has(k->lay, L_hstate_activelist))
		(void)owner_lists_walk(&c->lists,
				       c->hstate + layout_get(k->lay, L_hstate_activelist),
				       visit_active, NULL, &met);
}

void hugetlb_lists_check(struct kernel_reader kr, const struct page_format *fmt,
			 owner_fact_fn *fn, void *arg)
{
	struct check c = {
		.lists = { .kr = kr, .fmt = fmt, .fn = fn, .arg = arg,
			   .fact = { .of = LISTS_OF_HUGETLB } },
	};
	const struct layout *lay = kr.k->lay;
	uint32_t n;

	if (layout_partial(lay) || !layout_has_all(lay, needed, ARRAY_SIZE(needed)) ||
	    layout_get(lay, L_hstate_nr_freelists) == 0 ||
	    layout_get(lay, L_hstate_nr_freelists) > NODES_MAX ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_hugetlb_max_hstate), "hugetlb_max_hstate",
			    &n, NULL) != PGC_OK ||
	    n > HSTATES_MAX)
		return;
	c.lists.fact.lock = kernel_lock_state(kr, kernel_addr(kr.k, L_hugetlb_lock));
	for (uint32_t i = 0; i < n; i++) {
		c.hstate = kernel_addr(kr.k, L_hstates) + i * layout_get(lay, L_hstate);
		check_hstate(&c);
	}
}
