// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the links of the buddy lists and of the per-CPU lists.
 */
#include <linux/poison.h>

#include "plant.h"

/* What a walker that loses part of a list cannot help saying as well. */
#define LOST_TAIL \
	"list-linkage nr-free-count zone-counter buddy-not-listed limbo-excess"
#define LOST_PCP_TAIL	"list-linkage pcp-count limbo-excess"

enum link { NEXT, PREV };

enum bad_pointer { ZERO, POISON, WILD, MISALIGNED };

#define LINK(which, bad)	((which) << 4 | (bad))

static u64 bad_value(struct plant *p, long arg, struct list_head *node)
{
	switch (arg & 15) {
	case POISON:
		return (unsigned long)(arg >> 4 == NEXT ? LIST_POISON1 :
				       LIST_POISON2);
	case WILD:
		/* Somewhere canonical that is no memmap. */
		return 0xffffffff80000000ULL | (rnd64(p) & 0x0ffffff8);
	case MISALIGNED:
		return (unsigned long)node->next + 16;
	default:
		return 0;
	}
}

static void set_link(struct plant *p, struct list_head *node, int which,
		     u64 value)
{
	struct list_head **link = which == NEXT ? &node->next : &node->prev;

	truth_detail(p, "link", which == NEXT ? "\"next\"" : "\"prev\"");
	truth_change(p, link, (unsigned long)*link, value);
	plant_u64(p, link, value);
}

static int bad_link(struct plant *p, long arg)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	set_link(p, &b.page->lru, arg >> 4, bad_value(p, arg, &b.page->lru));
	truth_expect(p, "list-bad-pointer", p->pfn);
	truth_also(p, LOST_TAIL);
	return 0;
}

static bool entry_has_previous(const struct pcp_entry *e, long arg)
{
	return e->index > 0;
}

static int bad_pcp_link(struct plant *p, long arg)
{
	struct pcp_entry e;

	if (!pick_entry(p, &e, entry_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(e.page));
	truth_entry(p, &e);
	set_link(p, &e.page->lru, arg >> 4, bad_value(p, arg, &e.page->lru));
	truth_expect(p, "list-bad-pointer", p->pfn);
	truth_also(p, LOST_PCP_TAIL);
	return 0;
}

/* prev leads to a real node, but not to the one before. */
static int prev_broken(struct plant *p, long arg)
{
	struct block b;

	if (!pick_block(p, &b, block_has_previous, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	set_link(p, &b.page->lru, PREV,
		 (unsigned long)b.page->lru.prev->prev);
	truth_expect(p, "list-linkage", p->pfn);
	return 0;
}

static bool block_has_two_after(const struct block *b, long arg)
{
	struct list_head *next = b->page->lru.next;

	return next != b->list && next->next != b->list;
}

/* next leads to a block of the same list, past one or more that all others agree on. */
static int next_skips(struct plant *p, long arg)
{
	struct list_head *to;
	struct block b;

	if (!pick_block(p, &b, block_has_two_after, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	to = b.page->lru.next->next;
	while (to->next != b.list && rnd_below(p, 2))
		to = to->next;
	set_link(p, &b.page->lru, NEXT, (unsigned long)to);
	truth_expect(p, "list-linkage", p->pfn);
	return 0;
}

static int pcp_prev_broken(struct plant *p, long arg)
{
	struct pcp_entry e;

	if (!pick_entry(p, &e, entry_has_previous, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(e.page));
	truth_entry(p, &e);
	set_link(p, &e.page->lru, PREV,
		 (unsigned long)e.page->lru.prev->prev);
	truth_expect(p, "list-linkage", p->pfn);
	return 0;
}

/* One bit of prev flipped: what a DRAM fault makes of a link. */
static int link_bit(struct plant *p, long which)
{
	struct list_head *node;
	struct block b;
	u64 old;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	node = &b.page->lru;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	old = (unsigned long)(which == NEXT ? node->next : node->prev);
	set_link(p, node, which, old ^ BIT_ULL(rnd_below(p, 64)));
	truth_expect_or(p, "list-linkage list-bad-pointer list-cycle", p->pfn,
			p->pfn);
	truth_also(p, LOST_TAIL);
	/* The walk may be led astray onto whatever page lies there. */
	truth_also(p, "listed-not-buddy listed-refcount listed-flags listed-mapcount listed-mapping order-mismatch listed-wrong-zone block-misplaced allocated-on-free-list listed-twice blocks-overlap wrong-migratetype pcp-is-buddy");
	return 0;
}

static int list_cycle(struct plant *p, long arg)
{
	struct list_head *to;
	struct block b;
	u64 back;

	if (!pick_block(p, &b, block_has_previous, 0))
		return -ENOENT;
	/* To some node before this one; index counts the nodes before. */
	to = &b.page->lru;
	for (back = 1 + rnd_below(p, b.index); back; back--)
		to = to->prev;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	set_link(p, &b.page->lru, NEXT, (unsigned long)to);
	truth_expect_or(p, "list-cycle", p->pfn, page_to_pfn(node_page(to)));
	truth_also(p, LOST_TAIL);
	truth_also(p, "listed-twice");
	return 0;
}

static int self_link(struct plant *p, long arg)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	set_link(p, &b.page->lru, NEXT, (unsigned long)&b.page->lru);
	truth_expect(p, "list-cycle", p->pfn);
	truth_also(p, LOST_TAIL);
	truth_also(p, "listed-twice");
	return 0;
}

static bool block_on_other_list(const struct block *b, long not_this_list)
{
	return (unsigned long)b->list != (unsigned long)not_this_list;
}

/* next leads into the middle of another list, which the walk then follows. */
static int cross_link(struct plant *p, long arg)
{
	struct block b, to;

	if (!pick_block(p, &b, block_any, 0) ||
	    !pick_block(p, &to, block_on_other_list, (long)b.list))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	truth_detail(p, "into_pfn", "%lu", page_to_pfn(to.page));
	set_link(p, &b.page->lru, NEXT, (unsigned long)&to.page->lru);
	truth_expect_or(p, "list-linkage list-bad-pointer list-cycle", p->pfn,
			page_to_pfn(to.page));
	truth_also(p, LOST_TAIL);
	truth_also(p, "order-mismatch listed-twice blocks-overlap listed-wrong-zone block-misplaced wrong-migratetype");
	return 0;
}

/* Whoever changes a list saves the words of the nodes it touches first. */
void list_take(struct plant *p, struct list_head *node)
{
	plant_u64(p, &node->next->prev, (unsigned long)node->prev);
	plant_u64(p, &node->prev->next, (unsigned long)node->next);
}

void list_put(struct plant *p, struct list_head *node, struct list_head *head)
{
	struct list_head *next = head->next;

	plant_u64(p, &node->next, (unsigned long)next);
	plant_u64(p, &node->prev, (unsigned long)head);
	plant_u64(p, &next->prev, (unsigned long)node);
	plant_u64(p, &head->next, (unsigned long)node);
}

static void add_nr_free(struct plant *p, struct zone *zone, int order, long d)
{
	unsigned long *nr = &zone->free_area[order].nr_free;

	plant_u64(p, nr, *nr + d);
}

static void clear_buddy(struct plant *p, struct page *page)
{
	plant_save(p, type_word(page), sizeof(u32));
	__ClearPageBuddy(page);
}

static void set_buddy(struct plant *p, struct page *page, unsigned int order)
{
	plant_save(p, type_word(page), sizeof(u32));
	__SetPageBuddy(page);
	plant_u64(p, &page->private, order);
}

/* Taken off its list, as if by an allocation, but still typed as a buddy. */
static int unlisted_buddy(struct plant *p, long arg)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	list_take(p, &b.page->lru);
	add_nr_free(p, b.zone, b.order, -1);
	truth_expect(p, "buddy-not-listed", p->pfn);
	truth_also(p, "zone-counter limbo-excess");
	return 0;
}

static bool block_plain_type(const struct block *b, long arg)
{
	return b->mt < MIGRATE_PCPTYPES;
}

/* Smaller than a pageblock: some counters are of whole pageblocks only. */
static bool block_counted_once(const struct block *b, long arg)
{
	return block_plain_type(b, arg) && b->order < pageblock_order;
}

/*
 * A block lost, and every counter told of it, as when a task took it that
 * then never was: free pages on no list, and nobody who could have them.
 */
static int limbo_block(struct plant *p, long arg)
{
	atomic_long_t *stat;
	struct block b;

	if (!pick_block(p, &b, block_counted_once, 0))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	list_take(p, &b.page->lru);
	add_nr_free(p, b.zone, b.order, -1);
	clear_buddy(p, b.page);
	plant_u64(p, &b.page->private, 0);
	stat = &b.zone->vm_stat[NR_FREE_PAGES];
	plant_u64(p, stat, atomic_long_read(stat) - (1L << b.order));
	truth_expect(p, "limbo-excess", p->pfn);
	return 0;
}

/* Big blocks lost altogether: neither listed nor typed nor counted. */
static int lost_block(struct plant *p, long order)
{
	struct block b;

	if (!pick_block(p, &b, block_min_order, order))
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	list_take(p, &b.page->lru);
	add_nr_free(p, b.zone, b.order, -1);
	clear_buddy(p, b.page);
	plant_u64(p, &b.page->private, 0);
	/* The pages may be in flight; the counter that still has them is not. */
	truth_expect_zone(p, "zone-counter", b.zone, -1);
	truth_also(p, "limbo-excess zone-counter");
	return 0;
}

static int wrong_migratetype(struct plant *p, long arg)
{
	const int *together = (const int *)plant_lookup("page_group_by_mobility_disabled");
	struct block b;
	int mt;

	/* With few pageblocks, as of 64 KiB pages, blocks of all types may be on one list. */
	if (together && *together)
		return -ENOENT;
	if (!pick_block(p, &b, block_plain_type, 0))
		return -ENOENT;
	mt = (b.mt + 1 + rnd_below(p, MIGRATE_PCPTYPES - 1)) % MIGRATE_PCPTYPES;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	truth_detail(p, "moved_to", "%d", mt);
	list_take(p, &b.page->lru);
	list_put(p, &b.page->lru, &b.zone->free_area[b.order].free_list[mt]);
	truth_expect(p, "wrong-migratetype", p->pfn);
	return 0;
}

/* A whole block moved to the list of another zone, counted there. */
static int wrong_zone_list(struct plant *p, long arg)
{
	struct zone *zone;
	struct block b;

	if (!pick_block(p, &b, block_plain_type, 0))
		return -ENOENT;
	zone = other_zone(p, b.zone);
	if (!zone)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(b.page));
	truth_block(p, &b);
	truth_detail(p, "moved_to", "\"node %d zone %s\"", zone_to_nid(zone),
		     zone->name);
	list_take(p, &b.page->lru);
	list_put(p, &b.page->lru, &zone->free_area[b.order].free_list[b.mt]);
	add_nr_free(p, b.zone, b.order, -1);
	add_nr_free(p, zone, b.order, 1);
	truth_expect_or(p, "listed-wrong-zone block-misplaced", p->pfn, p->pfn);
	truth_also(p, "listed-wrong-zone block-misplaced zone-counter");
	truth_also(p, "buddy-not-listed wrong-migratetype");
	return 0;
}

/* The node of a block is its second page: not aligned to the order. */
static int misaligned_block(struct plant *p, long arg)
{
	struct page *second;
	struct block b;

	if (!pick_block(p, &b, block_min_order, 1))
		return -ENOENT;
	second = b.page + 1;
	truth_block(p, &b);
	truth_pfn(p, page_to_pfn(second));
	list_take(p, &b.page->lru);
	clear_buddy(p, b.page);
	set_buddy(p, second, b.order);
	list_put(p, &second->lru, b.list);
	truth_expect(p, "block-misplaced", p->pfn);
	/* It reaches one page beyond the block: into whatever lies there. */
	truth_also(p, "listed-refcount listed-flags listed-mapcount listed-mapping");
	truth_also(p, "allocated-on-free-list blocks-overlap listed-twice limbo-excess");
	truth_also(p, "buddy-not-listed listed-wrong-zone wrong-migratetype");
	return 0;
}

/* A page inside a free block is listed once more, as a block of order 0. */
static int blocks_overlap(struct plant *p, long arg)
{
	struct page *inner;
	struct block b;

	if (!pick_block(p, &b, block_min_order, 1))
		return -ENOENT;
	inner = b.page + 1 + rnd_below(p, (1UL << b.order) - 1);
	truth_block(p, &b);
	truth_pfn(p, page_to_pfn(inner));
	set_buddy(p, inner, 0);
	list_put(p, &inner->lru, &b.zone->free_area[0].free_list[b.mt]);
	add_nr_free(p, b.zone, 0, 1);
	truth_expect_or(p, "blocks-overlap listed-twice", p->pfn,
			page_to_pfn(b.page));
	truth_also(p, "blocks-overlap listed-twice listed-mapcount zone-counter");
	truth_also(p, "buddies-unmerged wrong-migratetype");
	return 0;
}

/* A page inside a free block is also given to a per-CPU list. */
static int listed_twice(struct plant *p, long arg)
{
	struct pcp_entry e;
	struct page *inner;
	struct block b;

	if (!pick_entry(p, &e, entry_any, 0) ||
	    !pick_block(p, &b, block_min_order, e.order + 1))
		return -ENOENT;
	/* An aligned part of the block, as big as the entries of that list. */
	inner = b.page + ((1 + rnd_below(p, (1UL << (b.order - e.order)) - 1))
			  << e.order);
	truth_block(p, &b);
	truth_detail(p, "cpu", "%d", e.cpu);
	truth_detail(p, "pindex", "%u", e.pindex);
	truth_pfn(p, page_to_pfn(inner));
	list_put(p, &inner->lru, e.list);
	plant_u32(p, &e.pcp->count, e.pcp->count + (1 << e.order));
	truth_expect_or(p, "listed-twice blocks-overlap", p->pfn,
			page_to_pfn(b.page));
	truth_also(p, "blocks-overlap listed-twice listed-wrong-zone wrong-migratetype");
	return 0;
}

/* Larger buddies may rightly stay apart: they may differ in migratetype. */
static bool block_must_merge(const struct block *b, long arg)
{
	return b->order >= 1 && b->order <= pageblock_order;
}

/* Two buddies of one order, both listed, which should be one block. */
static int unmerged(struct plant *p, long arg)
{
	struct page *half;
	unsigned int order;
	struct block b;

	if (!pick_block(p, &b, block_must_merge, 0))
		return -ENOENT;
	order = b.order - 1;
	half = b.page + (1UL << order);
	truth_block(p, &b);
	truth_pfn(p, page_to_pfn(b.page));
	list_take(p, &b.page->lru);
	add_nr_free(p, b.zone, b.order, -1);
	plant_u64(p, &b.page->private, order);
	set_buddy(p, half, order);
	list_put(p, &b.page->lru, &b.zone->free_area[order].free_list[b.mt]);
	list_put(p, &half->lru, &b.zone->free_area[order].free_list[b.mt]);
	add_nr_free(p, b.zone, order, 2);
	truth_expect_or(p, "buddies-unmerged", page_to_pfn(b.page),
			page_to_pfn(half));
	truth_also(p, "zone-counter");
	return 0;
}

static int head_link(struct plant *p, long which)
{
	struct block b;

	if (!pick_block(p, &b, block_any, 0))
		return -ENOENT;
	truth_block(p, &b);
	set_link(p, b.list, which, 0);
	truth_expect_zone(p, "list-bad-pointer", b.zone, b.order);
	truth_also(p, LOST_TAIL);
	return 0;
}

const struct fault list_faults[] = {
	{ "prev-broken",	prev_broken },
	{ "prev-null",		bad_link, LINK(PREV, ZERO) },
	{ "prev-poison",	bad_link, LINK(PREV, POISON) },
	{ "prev-wild",		bad_link, LINK(PREV, WILD) },
	{ "prev-bit",		link_bit, PREV },
	{ "next-null",		bad_link, LINK(NEXT, ZERO) },
	{ "next-poison",	bad_link, LINK(NEXT, POISON) },
	{ "next-wild",		bad_link, LINK(NEXT, WILD) },
	{ "next-misaligned",	bad_link, LINK(NEXT, MISALIGNED) },
	{ "next-bit",		link_bit, NEXT },
	{ "next-skips",		next_skips },
	{ "head-next-null",	head_link, NEXT },
	{ "head-prev-null",	head_link, PREV },
	{ "list-cycle",		list_cycle },
	{ "self-link",		self_link },
	{ "cross-link",		cross_link },
	{ "pcp-prev-broken",	pcp_prev_broken },
	{ "pcp-next-null",	bad_pcp_link, LINK(NEXT, ZERO) },
	{ "pcp-next-poison",	bad_pcp_link, LINK(NEXT, POISON) },
	{ "pcp-next-wild",	bad_pcp_link, LINK(NEXT, WILD) },
	{ "buddy-unlisted",	unlisted_buddy },
	{ "lost-block",		lost_block, 9 },
	{ "limbo-block",	limbo_block },
	{ "wrong-migratetype",	wrong_migratetype },
	{ "wrong-zone-list",	wrong_zone_list },
	{ "misaligned-block",	misaligned_block },
	{ "blocks-overlap",	blocks_overlap },
	{ "listed-twice",	listed_twice },
	{ "buddies-unmerged",	unmerged },
	{ }
};
