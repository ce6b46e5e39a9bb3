// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the lists and counters of the huge pages that are kept for hugetlbfs.
 */
#include <linux/hugetlb.h>

#include "inuse.h"

#ifdef CONFIG_HUGETLB_PAGE

/* A size that has free pages on some node, and that node. */
static struct hstate *pick_hstate(struct plant *p, int *nid)
{
	struct hstate *all = (void *)plant_lookup("hstates");
	unsigned int *n = (void *)plant_lookup("hugetlb_max_hstate"), i, seen = 0;
	struct hstate *ret = NULL;
	int node;

	if (!all || !n)
		return NULL;
	for (i = 0; i < *n && i < 2; i++)
		for_each_online_node(node)
			if (all[i].free_huge_pages_node[node] &&
			    rnd_below(p, ++seen) == 0) {
				ret = &all[i];
				*nid = node;
			}
	if (ret) {
		truth_detail(p, "order", "%u", ret->order);
		truth_detail(p, "node", "%d", *nid);
	}
	return ret;
}

static struct page *first_free(struct hstate *h, int nid)
{
	struct list_head *head = &h->hugepage_freelists[nid];

	return list_empty(head) ? NULL : node_page(head->next);
}

enum link { NEXT, PREV };
enum broken { BIT_OF, ZERO };

static int free_link(struct plant *p, long arg)
{
	int nid;
	struct hstate *h = pick_hstate(p, &nid);
	struct page *page = h ? first_free(h, nid) : NULL;
	struct list_head **link;
	u64 old;

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	link = arg >> 4 == NEXT ? &page->lru.next : &page->lru.prev;
	old = (unsigned long)*link;
	plant_u64(p, link, (arg & 15) == ZERO ? 0 : old ^ BIT(6 + rnd_below(p, 24)));
	truth_expect(p, "hugetlb-linkage", p->pfn);
	truth_also(p, "hugetlb-linkage page-state");
	return 0;
}

static int free_head(struct plant *p, long arg)
{
	int nid;
	struct hstate *h = pick_hstate(p, &nid);
	struct list_head *head;

	if (!h)
		return -ENOENT;
	head = &h->hugepage_freelists[nid];
	plant_u64(p, &head->next, (unsigned long)head->next ^ BIT(6 + rnd_below(p, 24)));
	truth_expect_any(p, "hugetlb-linkage");
	truth_also(p, "hugetlb-linkage");
	return 0;
}

static int free_used(struct plant *p, long refs)
{
	int nid;
	struct hstate *h = pick_hstate(p, &nid);
	struct page *page = h ? first_free(h, nid) : NULL;

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	plant_u32(p, refcount_word(page), refs);
	truth_expect(p, "hugetlb-listed", p->pfn);
	truth_also(p, "refcount-impossible");
	return 0;
}

enum counter { FREE_NODE, FREE_ALL, NR_ALL, SURPLUS_NODE };

static int counter(struct plant *p, long which)
{
	int nid;
	struct hstate *h = pick_hstate(p, &nid);

	if (!h)
		return -ENOENT;
	switch (which) {
	case FREE_NODE:
		plant_u32(p, &h->free_huge_pages_node[nid],
			  h->free_huge_pages_node[nid] ^ BIT(rnd_below(p, 32)));
		break;
	case FREE_ALL:
		plant_u64(p, &h->free_huge_pages, h->free_huge_pages + 1);
		break;
	case NR_ALL:
		plant_u64(p, &h->nr_huge_pages, h->nr_huge_pages ^ BIT(rnd_below(p, 64)));
		break;
	case SURPLUS_NODE:
		plant_u32(p, &h->surplus_huge_pages_node[nid],
			  h->surplus_huge_pages_node[nid] ^ BIT(rnd_below(p, 32)));
		break;
	}
	truth_expect_any(p, "hugetlb-counter");
	truth_also(p, "hugetlb-counter");
	return 0;
}

/* Taken off its list without being counted off. */
static int lost(struct plant *p, long arg)
{
	int nid;
	struct hstate *h = pick_hstate(p, &nid);
	struct page *page = h ? first_free(h, nid) : NULL;

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	list_take(p, &page->lru);
	truth_expect_any(p, "hugetlb-counter");
	return 0;
}

#define LINK(which, broken)	((which) << 4 | (broken))

const struct fault hugetlb_faults[] = {
	{ "hugetlb-next-bit",	free_link, LINK(NEXT, BIT_OF) },
	{ "hugetlb-next-null",	free_link, LINK(NEXT, ZERO) },
	{ "hugetlb-prev-bit",	free_link, LINK(PREV, BIT_OF) },
	{ "hugetlb-head-bit",	free_head },
	{ "hugetlb-free-used",	free_used, 1 },
	{ "hugetlb-free-put",	free_used, -1 },
	{ "hugetlb-lost",	lost },
	{ "hugetlb-free-node",	counter, FREE_NODE },
	{ "hugetlb-free-all",	counter, FREE_ALL },
	{ "hugetlb-nr-all",	counter, NR_ALL },
	{ "hugetlb-surplus-node", counter, SURPLUS_NODE },
	{ }
};

#else

const struct fault hugetlb_faults[] = { { } };

#endif
