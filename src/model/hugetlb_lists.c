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
	struct kernel_reader kr;
	const struct page_format *fmt;
	owner_fact_fn *fn;
	void *arg;
	struct owner_fact fact; /* what is common to all of one hstate, or of one list */
	uint64_t hstate;	/* kaddr */
	uint64_t listed;	/* pages met on the list */
};

static bool known(const struct layout *lay)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!layout_has(lay, needed[i]))
			return false;
	return true;
}

/* hugetlb_lock is a spinlock of its own: its word is where that of any other is. */
static enum lock_state lock_state(struct kernel_reader kr)
{
	return kernel_lock_state(kr, kernel_addr(kr.k, L_hugetlb_lock));
}

static void tell(struct check *c, enum owner_fact_kind kind, const char *what, uint64_t found,
		 uint64_t expected)
{
	struct owner_fact fact = c->fact;

	fact.kind = kind;
	fact.what = what;
	fact.found = found;
	fact.expected = expected;
	c->fn(c->arg, &fact);
}

static void tell_stranger(struct check *c, const struct list_node *node, const char *what,
			  const char *field, uint64_t found, uint64_t expected)
{
	struct owner_fact fact = c->fact;

	fact.kind = OWNER_STRANGER;
	fact.what = what;
	fact.field = field;
	fact.found = found;
	fact.expected = expected;
	fact.pfn = node->pfn;
	fact.page = node->page;
	c->fn(c->arg, &fact);
}

/* A page of a list of free ones: the first of its block, of that node, without a user. */
static enum pgc_status visit_free(void *arg, const struct list_node *node,
				  struct pgc_err *err _unused_)
{
	struct check *c = arg;
	const struct page *p = &node->page;
	int nid = kernel_flags_nid(c->kr.k, p->flags);

	c->listed++;
	if (p->refcount)
		tell_stranger(c, node, "it has a reference count", "page._refcount",
			      (uint64_t)(int64_t)p->refcount, 0);
	else if (nid != c->fact.nid)
		tell_stranger(c, node, "it is of another node", "page.flags.node",
			      (uint64_t)nid, (uint64_t)c->fact.nid);
	else if (node->pfn & ((1ULL << c->fact.order) - 1))
		tell_stranger(c, node, "its pfn is not aligned to its size", NULL, 0, 0);
	return PGC_OK;
}

static enum pgc_status visit_active(void *arg, const struct list_node *node _unused_,
				    struct pgc_err *err _unused_)
{
	struct check *c = arg;

	c->listed++;
	return PGC_OK;
}

/* Walk the list at @head. True: all of it was seen, and it is sound. */
static bool walk(struct check *c, uint64_t head, list_visit_fn *visit)
{
	struct list_walk w;

	c->listed = 0;
	c->fact.head = head;
	if (page_list_walk(c->kr, c->fmt, head, layout_get(c->kr.k->lay, L_page_lru), visit, c,
			   &w, NULL) != PGC_OK)
		return false;
	for (size_t i = 0; i < w.n_breaks; i++) {
		struct owner_fact fact = c->fact;

		if (w.breaks[i].kind == BREAK_UNREADABLE)
			continue;
		fact.kind = OWNER_BROKEN;
		fact.brk = w.breaks[i];
		c->fn(c->arg, &fact);
	}
	return w.whole && !w.n_breaks;
}

/* Element @nid of one of the arrays of counters by node. */
static bool by_node(const struct check *c, enum layout_key key, unsigned int nid, uint64_t *ret)
{
	const struct layout *lay = c->kr.k->lay;
	uint64_t n = layout_get(lay, L_hstate_nr_freelists), size;
	uint8_t raw[8] = { 0 };

	if (!layout_has(lay, key) || nid >= n)
		return false;
	size = layout_size(lay, key) / n;
	if ((size != 4 && size != 8) ||
	    vmcore_read(c->kr.vc, c->hstate + layout_get(lay, key) + nid * size, raw, size,
			"hstate", NULL) != PGC_OK)
		return false;
	*ret = target_u64(raw);
	return true;
}

/* The sum over all nodes of one kind of counter. Those in the wrong place count as well. */
static bool all_nodes(const struct check *c, enum layout_key key, uint64_t *ret)
{
	uint64_t n = layout_get(c->kr.k->lay, L_hstate_nr_freelists), value;

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
	const struct layout *lay = c->kr.k->lay;
	uint64_t free, nr, surplus;
	bool whole;

	c->fact.nid = (int)nid;
	whole = walk(c, c->hstate + layout_get(lay, L_hstate_freelists) + nid * HEAD_SIZE,
		     visit_free);
	if (!by_node(c, L_hstate_free_node, nid, &free) || !by_node(c, L_hstate_nr_node, nid, &nr))
		return;
	if (whole && free != c->listed) {
		tell(c, OWNER_COUNT, "hstate.free_huge_pages_node", free, c->listed);
		*wrong += (int64_t)(free - c->listed);
	} else if (free > nr) {
		tell(c, OWNER_EXCESS, "hstate.free_huge_pages_node", free, nr);
	}
	if (by_node(c, L_hstate_surplus_node, nid, &surplus) && surplus > nr)
		tell(c, OWNER_EXCESS, "hstate.surplus_huge_pages_node", surplus, nr);
}

/* A counter of all pages against the sum of those by node; @wrong: by which that is too large. */
static void check_sum(struct check *c, enum layout_key total, enum layout_key nodes,
		      const char *what, int64_t wrong)
{
	uint64_t found, sum;

	if (!layout_has(c->kr.k->lay, total) ||
	    !kernel_member(c->kr, c->hstate, total, &found) || !all_nodes(c, nodes, &sum))
		return;
	sum -= (uint64_t)wrong;
	if (found != sum)
		tell(c, OWNER_COUNT, what, found, sum);
}

static void check_hstate(struct check *c)
{
	const struct kernel *k = c->kr.k;
	uint64_t order;
	int64_t wrong = 0;

	/* One that nobody has filled in, or that is written over, tells nothing of its lists. */
	if (!kernel_member(c->kr, c->hstate, L_hstate_order, &order) || !order || order >= 32)
		return;
	c->fact.order = (int)order;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].nid >= 0)
			check_node(c, (unsigned int)k->nodes[i].nid, &wrong);
	c->fact.nid = -1;
	check_sum(c, L_hstate_free, L_hstate_free_node, "hstate.free_huge_pages", wrong);
	check_sum(c, L_hstate_nr, L_hstate_nr_node, "hstate.nr_huge_pages", 0);
	check_sum(c, L_hstate_surplus, L_hstate_surplus_node, "hstate.surplus_huge_pages", 0);
	if (layout_has(k->lay, L_hstate_activelist))
		(void)walk(c, c->hstate + layout_get(k->lay, L_hstate_activelist), visit_active);
}

void hugetlb_lists_check(struct kernel_reader kr, const struct page_format *fmt,
			 owner_fact_fn *fn, void *arg)
{
	struct check c = {
		.kr = kr, .fmt = fmt, .fn = fn, .arg = arg, .fact = { .of = LISTS_OF_HUGETLB },
	};
	const struct layout *lay = kr.k->lay;
	uint32_t n;

	if (layout_partial(lay) || !known(lay) || layout_get(lay, L_hstate_nr_freelists) == 0 ||
	    layout_get(lay, L_hstate_nr_freelists) > NODES_MAX ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_hugetlb_max_hstate), "hugetlb_max_hstate",
			    &n, NULL) != PGC_OK ||
	    n > HSTATES_MAX)
		return;
	c.fact.lock = lock_state(kr);
	for (uint32_t i = 0; i < n; i++) {
		c.hstate = kernel_addr(kr.k, L_hstates) + i * layout_get(lay, L_hstate);
		check_hstate(&c);
	}
}
