// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the partial lists of slab caches, and in slabs that are on one.
 */
#include <linux/mm.h>

#include "inuse.h"

#ifdef PG_buddy			/* 6.1: slab is a flag, types are single bits */
#define WORD_LIST	1	/* struct slab, in words */
#define WORD_CACHE	3
#else
#define WORD_LIST	2
#define WORD_CACHE	1
#endif
#define WORD_FREELIST	4
#define WORD_COUNTERS	5

static struct list_head *slab_node(struct page *page)
{
	return (struct list_head *)((unsigned long *)page + WORD_LIST);
}

static bool in_memmap(const struct list_head *node)
{
	return (unsigned long)node - VMEMMAP_START < (1UL << 24) * sizeof(struct page);
}

static struct page *node_slab(const struct list_head *node)
{
	return (struct page *)((unsigned long *)node - WORD_LIST);
}

static bool is_list_node(const struct list_head *node)
{
	return in_memmap(node) ? pfn_valid(page_to_pfn(node_slab(node))) :
				 virt_addr_valid(node) && !((unsigned long)node & 7);
}

/* Both neighbours know of it: it is on its node's partial list. */
static bool slab_on_list(struct page *page, unsigned long pfn)
{
	struct list_head *node = slab_node(page);

	return page_slab_head(page, pfn) && node->next != node &&
	       is_list_node(node->next) && is_list_node(node->prev) &&
	       node->next->prev == node && node->prev->next == node;
}

enum fault_of { NEXT_BIT, NEXT_NULL, PREV_BIT, CACHE_BIT, CACHE_NULL, FULL, NO_FREE, FROZEN,
		NO_TYPE };

static int listed_slab(struct plant *p, long what)
{
	struct page *page = pick_victim(p, slab_on_list);
	unsigned long *w = (unsigned long *)page;
	const char *found = "page-state";
	struct list_head *node;

	if (!page)
		return -ENOENT;
	node = slab_node(page);
	switch (what) {
	case NEXT_BIT:
		change_u64(p, &node->next, (unsigned long)node->next ^ BIT(6 + rnd_below(p, 24)));
		found = "slab-linkage";
		break;
	case NEXT_NULL:
		change_u64(p, &node->next, 0);
		found = "slab-linkage";
		break;
	case PREV_BIT:
		change_u64(p, &node->prev, (unsigned long)node->prev ^ BIT(6 + rnd_below(p, 24)));
		found = "slab-linkage";
		break;
	case CACHE_BIT:
		change_u64(p, w + WORD_CACHE, w[WORD_CACHE] ^ BIT(6 + rnd_below(p, 24)));
		break;
	case CACHE_NULL:
		change_u64(p, w + WORD_CACHE, 0);
		break;
	case FULL:
		change_u64(p, w + WORD_COUNTERS,
			   (w[WORD_COUNTERS] & ~0xffffUL) | (w[WORD_COUNTERS] >> 16 & 0x7fff));
		break;
	case NO_FREE:
		change_u64(p, w + WORD_FREELIST, 0);
		break;
	case FROZEN:
		change_u64(p, w + WORD_COUNTERS, w[WORD_COUNTERS] ^ BIT(31));
		break;
	case NO_TYPE:
#ifdef PG_buddy
		flip_flag(p, page, PG_slab);
#else
		change_u32(p, type_word(page), ~0);
#endif
		found = "slab-listed";
		break;
	}
	truth_expect_told(p, found, p->pfn);
	truth_also(p, "slab-linkage slab-listed page-state compound-broken");
	return 0;
}

/* The counter stands before the head of the list (mm/slub.c: struct kmem_cache_node). */
static int nr_partial(struct plant *p, long arg)
{
	struct page *page = pick_page(p, slab_on_list);
	struct list_head *node = page ? slab_node(page) : NULL;
	unsigned long steps = 0;

	while (node && in_memmap(node) && steps++ < 1UL << 20)
		node = node->next;
	if (!node || in_memmap(node))
		return -ENOENT;
	change_u64(p, (u64 *)node - 1, *((u64 *)node - 1) ^ BIT(rnd_below(p, 64)));
	truth_expect_any(p, "slab-counter");
	return 0;
}

const struct fault slab_faults[] = {
	{ "partial-next-bit",	listed_slab, NEXT_BIT },
	{ "partial-next-null",	listed_slab, NEXT_NULL },
	{ "partial-prev-bit",	listed_slab, PREV_BIT },
	{ "partial-cache-bit",	listed_slab, CACHE_BIT },
	{ "partial-cache-null",	listed_slab, CACHE_NULL },
	{ "partial-full",	listed_slab, FULL },
	{ "partial-none-free",	listed_slab, NO_FREE },
	{ "partial-frozen",	listed_slab, FROZEN },
	{ "partial-type-lost",	listed_slab, NO_TYPE },
	{ "partial-counter",	nr_partial },
	{ }
};
