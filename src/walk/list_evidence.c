/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/list_evidence.h"

#include "judge/flag_names.h"
#include "model/kernel.h"
#include "model/page_list.h"

/* The bits of a page on a list, when the dump has them. */
static void add_bits(struct dual_bitmap *db, uint64_t pfn, struct finding *f)
{
	struct bitmap_gaps gaps = { 0 };
	struct bit_pair pair;

	if (!db || dual_bitmap_read(db, pfn & ~63ULL, &pair, 1, &gaps, NULL) != PGC_OK ||
	    !(pair.known >> pfn % 64 & 1))
		return;
	finding_num(f, FACT_PRIMARY_BIT, pair.primary >> pfn % 64 & 1);
	finding_num(f, FACT_SECONDARY_BIT, pair.secondary >> pfn % 64 & 1);
}

/* The page whose list_head is at @kaddr, for a reader who knows pages by number. */
static void add_neighbour(const struct kernel *k, enum fact_id id, uint64_t kaddr,
			  struct finding *f)
{
	uint64_t lru = layout_get(k->lay, L_page_lru), pfn;

	if (kaddr >= lru && kernel_page_to_pfn(k, kaddr - lru, &pfn))
		finding_num(f, id, pfn);
}

static void add_struct_page(const struct page_format *fmt, uint64_t kaddr,
			    const struct page *page, struct finding *f)
{
	finding_hex(f, FACT_PAGE, kaddr);
	flag_names_want(f, page->flags);
	finding_int(f, FACT_REFCOUNT, page->refcount);
	finding_str(f, FACT_PAGE_KIND, page_kind_name(page_kind(fmt, page->mapcount)));
}

/* The page that holds a broken link, and those around it. */
static void add_break(struct kernel_reader kr, const struct page_format *fmt,
		      struct dual_bitmap *db, const struct list_break *brk, struct finding *f)
{
	const struct kernel *k = kr.k;
	struct list_node node;

	add_neighbour(k, FACT_NEXT_PFN, brk->next, f);
	add_neighbour(k, FACT_PREV_PFN, brk->prev, f);
	if (brk->has_expected)
		add_neighbour(k, FACT_EXPECTED_PFN, brk->expected, f);
	if (brk->at_head)
		return;
	add_bits(db, brk->pfn, f);
	if (page_list_node(kr, fmt, brk->link,
			   layout_get(k->lay, L_page_lru), &node) == PGC_OK)
		add_struct_page(fmt, kernel_pfn_to_page(k, node.pfn), &node.page, f);
}

/* Which zone the page says it is of, and which the list is of. */
static void wrong_zone(const struct kernel *k, const struct list_fact *fact, struct finding *f)
{
	const struct zone *own = fact->list->zone;
	int nid = kernel_flags_nid(k, fact->page.flags);
	unsigned int idx = kernel_flags_zone(k, fact->page.flags);
	const struct zone *said = kernel_zone(k, own->nid, idx);

	if (idx == own->idx)
		finding_field(f, "page.flags.node", EV_NUM, (uint64_t)nid, (uint64_t)own->nid);
	else if (said)
		finding_field_str(f, "page.flags.zone", said->name, own->name);
	else
		finding_field(f, "page.flags.zone", EV_NUM, idx, own->idx);
}

static void wrong_migratetype(const struct kernel *k, const struct list_fact *fact,
			      struct finding *f)
{
	const char *found = layout_enum_name(k->lay, LE_migratetype, (int)fact->found);

	finding_str(f, FACT_PAGEBLOCK, found);
	if (found && f->migratetype)
		finding_field_str(f, "pageblock.migratetype", found, f->migratetype);
	else
		finding_field(f, "pageblock.migratetype", EV_NUM, fact->found, fact->expected);
}

/* The order of the other of two blocks that overlap, as its own head says. */
static void other_order(struct kernel_reader kr, const struct page_format *fmt,
			const struct list_fact *fact, struct finding *f)
{
	uint64_t link = layout_get(kr.k->lay, L_page_lru);
	struct list_node node;

	if (!fact->has_block)
		return;
	if (page_list_node(kr, fmt,
			   kernel_pfn_to_page(kr.k, fact->block) + link, link,
			   &node) == PGC_OK &&
	    node.page.private < kr.k->orders)
		finding_num(f, FACT_OTHER_ORDER, node.page.private);
}

void list_evidence_add(struct kernel_reader kr, const struct page_format *fmt,
		       struct dual_bitmap *db, const struct list_fact *fact,
		       struct finding *f)
{
	f->migratetype =
		layout_enum_name(kr.k->lay, LE_migratetype, fact->list->migratetype);
	if (f->cpu >= 0 && fact->list->head)
		finding_num(f, FACT_PCP_LIST, fact->list->index);
	if (fact->list->head)
		finding_hex(f, FACT_LIST_KADDR, fact->list->head);
	if (fact->kind == LIST_BROKEN)
		add_break(kr, fmt, db, fact->brk, f);
	if (fact->kind == LIST_WRONG_ZONE)
		wrong_zone(kr.k, fact, f);
	else if (fact->kind == LIST_MIGRATETYPE)
		wrong_migratetype(kr.k, fact, f);
	else if (fact->kind == LIST_OVERLAP)
		other_order(kr, fmt, fact, f);
	if (!fact->has_page)
		return;
	add_bits(db, fact->pfn, f);
	add_struct_page(fmt, fact->page_kaddr, &fact->page, f);
	finding_hex(f, FACT_LRU_NEXT, fact->page.lru_next);
	finding_hex(f, FACT_LRU_PREV, fact->page.lru_prev);
}

void list_evidence_add_lru(struct kernel_reader kr, const struct page_format *fmt,
			   struct dual_bitmap *db, const struct lru_fact *fact,
			   struct finding *f)
{
	struct list_break brk = fact->brk;

	brk.has_expected = brk.has_expected && !fact->unlinked;
	if (brk.at_head)
		finding_hex(f, FACT_LIST_KADDR, brk.link);
	add_break(kr, fmt, db, &brk, f);
}

void list_evidence_add_owner(struct kernel_reader kr, const struct page_format *fmt,
			       struct dual_bitmap *db, const struct owner_fact *fact,
			       struct finding *f)
{
	if (fact->kind == OWNER_BROKEN || fact->kind == OWNER_STRANGER)
		finding_hex(f, FACT_LIST_KADDR, fact->head);
	if (fact->kind == OWNER_BROKEN)
		add_break(kr, fmt, db, &fact->brk, f);
	if (fact->kind != OWNER_STRANGER)
		return;
	add_bits(db, fact->pfn, f);
	add_struct_page(fmt, kernel_pfn_to_page(kr.k, fact->pfn), &fact->page, f);
}
