/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lists say, and those who keep lists of pages or objects of them: the slab allocator, hugetlb, CMA. */
#include "judge/judge.h"

#include <stddef.h>

#include "judge/damage.h"

/* What each kind of list fact is called, and who is held to be wrong. */
static const struct {
	enum finding_id id;
	enum verdict verdict;
} list_rules[LIST_FACTS] = {
	[LIST_BROKEN] = { FIND_LIST_LINKAGE, VERDICT_FREE_LIST },
	[LIST_NOT_BUDDY] = { FIND_LISTED_NOT_BUDDY, VERDICT_STRUCT_PAGE },
	[LIST_IS_BUDDY] = { FIND_PCP_IS_BUDDY, VERDICT_STRUCT_PAGE },
	[LIST_ORDER] = { FIND_ORDER_MISMATCH, VERDICT_STRUCT_PAGE },
	[LIST_MISALIGNED] = { FIND_BLOCK_MISPLACED, VERDICT_FREE_LIST },
	[LIST_OUTSIDE] = { FIND_BLOCK_MISPLACED, VERDICT_FREE_LIST },
	[LIST_WRONG_ZONE] = { FIND_LISTED_WRONG_ZONE, VERDICT_UNKNOWN },
	[LIST_TWICE] = { FIND_LISTED_TWICE, VERDICT_FREE_LIST },
	[LIST_OVERLAP] = { FIND_BLOCKS_OVERLAP, VERDICT_FREE_LIST },
	[LIST_NR_FREE] = { FIND_NR_FREE_COUNT, VERDICT_COUNTER },
	[LIST_PCP_COUNT] = { FIND_PCP_COUNT, VERDICT_COUNTER },
	[LIST_LOCK_HELD] = { FIND_LOCK_HELD, VERDICT_NONE },
	[LIST_MIGRATETYPE] = { FIND_WRONG_MIGRATETYPE, VERDICT_UNKNOWN },
};

static enum finding_id break_finding(enum list_break_kind kind)
{
	switch (kind) {
	case BREAK_BAD_POINTER:
		return FIND_LIST_BAD_POINTER;
	case BREAK_CYCLE:
		return FIND_LIST_CYCLE;
	default:
		return FIND_LIST_LINKAGE;
	}
}

/*
 * With its lock held, one operation on a list may be half done. What that looks like:
 * mm/page_alloc.c:__add_to_free_list(), __del_page_from_free_list() and expand(), and
 * list_add(), which writes the backward link of the next node first.
 */
static bool half_done(const struct list_fact *fact)
{
	uint64_t off = fact->found > fact->expected ? fact->found - fact->expected :
						      fact->expected - fact->found;

	if (fact->list->lock == LOCK_FREE)
		return false;
	switch (fact->kind) {
	case LIST_BROKEN:
		return fact->brk->is_prev && fact->walk->whole;
	case LIST_NOT_BUDDY:
	case LIST_ORDER:
	case LIST_PCP_COUNT:
		return true;
	case LIST_NR_FREE:
		return off == 1;
	default:
		return false;
	}
}

static void break_field(const struct list_break *b, struct finding *f)
{
	const char *name = b->at_head ? (b->is_prev ? "list_head.prev" : "list_head.next") :
					(b->is_prev ? "page.lru.prev" : "page.lru.next");

	if (b->has_expected)
		finding_field(f, name, EV_HEX, b->found, b->expected);
	else
		finding_field_found(f, name, EV_HEX, b->found);
}

/* The field that a list and what is on it disagree about. */
static void list_field(const struct list_fact *fact, struct finding *f)
{
	uint64_t expected = fact->expected, found = fact->found;

	switch (fact->kind) {
	case LIST_NOT_BUDDY:
	case LIST_IS_BUDDY:
		finding_field(f, "page.page_type", EV_HEX, found, expected);
		break;
	case LIST_ORDER:
		finding_field(f, "page.private", EV_NUM, found, expected);
		break;
	case LIST_NR_FREE:
		finding_field(f, "free_area.nr_free", EV_INT, found, expected);
		break;
	case LIST_PCP_COUNT:
		finding_field(f, "per_cpu_pages.count", EV_INT, found, expected);
		break;
	default:
		break;
	}
}

static void break_evidence(const struct list_break *b, struct finding *f)
{
	finding_str(f, FACT_LINK, b->is_prev ? "prev" : "next");
	finding_str(f, FACT_HOLDER, b->at_head ? "list head" : "page");
	finding_hex(f, FACT_LINK_KADDR, b->link);
	finding_hex(f, FACT_FOUND, b->found);
	if (b->has_expected) {
		finding_hex(f, FACT_EXPECTED, b->expected);
		finding_hex(f, FACT_XOR, b->found ^ b->expected);
		f->damage = damage_of_xor(b->found ^ b->expected);
	}
	if (b->has_target)
		finding_num(f, FACT_LEADS_TO_PFN, b->target);
	break_field(b, f);
	finding_hex(f, FACT_NEXT, b->next);
	finding_hex(f, FACT_PREV, b->prev);
}

const char judge_lock_unknown[] =
	"the state of this list's lock is unknown: an operation may be half done";

static void explain_by_lock(enum lock_state lock, struct finding *f)
{
	f->severity = SEV_NOTE;
	f->explained = lock == LOCK_HELD ?
		       "the lock of this list was held: an operation was half done" :
		       judge_lock_unknown;
}

bool judge_list(const struct list_fact *fact, struct finding *f)
{
	const struct free_list *list = fact->list;

	finding_init(f, list_rules[fact->kind].id,
		     fact->has_page ? fact->pfn : FINDING_NO_PFN);
	/* Whichever of the two blocks was met first, the shared page is the same. */
	if (fact->kind == LIST_OVERLAP)
		f->pfn = fact->other;
	if (fact->kind == LIST_BROKEN) {
		finding_init(f, break_finding(fact->brk->kind),
			     fact->brk->at_head ? FINDING_NO_PFN : fact->brk->pfn);
		break_evidence(fact->brk, f);
		finding_num(f, FACT_FROM_HEAD, fact->walk->from_head);
		finding_num(f, FACT_FROM_TAIL, fact->walk->from_tail);
	}
	f->verdict = list_rules[fact->kind].verdict;
	f->node = list->zone->nid;
	f->zone = list->zone->name;
	f->order = list->order;
	f->cpu = list->cpu;
	switch (fact->kind) {
	case LIST_ORDER:
		finding_num(f, FACT_EXPECTED, fact->expected);
		finding_num(f, FACT_FOUND, fact->found);
		break;
	case LIST_NR_FREE:
	case LIST_PCP_COUNT:
		finding_int(f, FACT_EXPECTED, (int64_t)fact->expected);
		finding_int(f, FACT_FOUND, (int64_t)fact->found);
		break;
	case LIST_NOT_BUDDY:
	case LIST_IS_BUDDY:
		finding_hex(f, FACT_PAGE_TYPE, fact->found);
		break;
	case LIST_WRONG_ZONE:
		if (fact->head_is_wrong)
			f->verdict = VERDICT_STRUCT_PAGE;
		else if (fact->list_is_wrong)
			f->verdict = VERDICT_FREE_LIST;
		finding_num(f, FACT_EXPECTED_NODE, (uint64_t)fact->list_place.nid);
		finding_num(f, FACT_EXPECTED_ZONE, fact->list_place.zone);
		finding_num(f, FACT_FOUND_NODE, (uint64_t)fact->page_place.nid);
		finding_num(f, FACT_FOUND_ZONE, fact->page_place.zone);
		break;
	case LIST_TWICE:
	case LIST_OVERLAP:
		finding_num(f, FACT_BLOCK_PFN, fact->pfn);
		if (fact->has_block)
			finding_num(f, FACT_OTHER_BLOCK_PFN, fact->block);
		break;
	case LIST_MISALIGNED:
		finding_num(f, FACT_PAST_BOUNDARY, fact->found);
		break;
	case LIST_OUTSIDE:
		finding_num(f, FACT_ZONE_FIRST_PFN, list->zone->start_pfn);
		finding_num(f, FACT_ZONE_END_PFN, list->zone->start_pfn + list->zone->spanned);
		break;
	default:
		break;
	}
	list_field(fact, f);
	if (half_done(fact)) {
		explain_by_lock(fact->list->lock, f);
	} else if (fact->loose) {
		f->severity = SEV_NOTE;
		f->explained = "this kernel lets a page keep the migratetype it was cached with";
	}
	return true;
}

void judge_lru(const struct lru_fact *fact, struct finding *f)
{
	const struct list_break *b = &fact->brk;

	finding_init(f, FIND_LRU_LINKAGE, b->at_head ? FINDING_NO_PFN : b->pfn);
	f->verdict = b->at_head ? VERDICT_UNKNOWN : VERDICT_STRUCT_PAGE;
	f->node = fact->nid;
	f->zone = fact->zone ? fact->zone->name : NULL;
	if (fact->unlinked) {
		finding_str(f, FACT_WHAT, "PG_lru is set, but the page is on no list");
		finding_hex(f, FACT_NEXT, b->next);
		finding_hex(f, FACT_PREV, b->prev);
		finding_field(f, "page.flags", EV_HEX, b->found, b->expected);
		f->damage = damage_of_xor(b->found ^ b->expected);
	} else {
		break_evidence(b, f);
	}
	if (fact->half_done && fact->lock != LOCK_FREE)
		explain_by_lock(fact->lock, f);
}

/* D41 to D46 */
void judge_owner(const struct owner_fact *fact, struct finding *f)
{
	static const enum finding_id ids[LISTS_OF_OWNERS][4] = {
		[LISTS_OF_HUGETLB] = {
			[OWNER_BROKEN] = FIND_HUGETLB_LINKAGE,
			[OWNER_STRANGER] = FIND_HUGETLB_LISTED,
			[OWNER_COUNT] = FIND_HUGETLB_COUNTER,
			[OWNER_EXCESS] = FIND_HUGETLB_COUNTER,
		},
		[LISTS_OF_SLABS] = {
			[OWNER_BROKEN] = FIND_SLAB_LINKAGE,
			[OWNER_STRANGER] = FIND_SLAB_LISTED,
			[OWNER_COUNT] = FIND_SLAB_COUNTER,
			[OWNER_EXCESS] = FIND_SLAB_COUNTER,
		},
	};
	const struct list_break *b = &fact->brk;

	finding_init(f, ids[fact->of][fact->kind], FINDING_NO_PFN);
	f->node = fact->nid;
	f->order = fact->order;
	f->verdict = VERDICT_COUNTER;
	if (fact->cache)
		finding_str(f, FACT_CACHE, fact->cache);
	switch (fact->kind) {
	case OWNER_BROKEN:
		f->pfn = b->at_head ? FINDING_NO_PFN : b->pfn;
		f->verdict = b->at_head ? VERDICT_UNKNOWN : VERDICT_STRUCT_PAGE;
		break_evidence(b, f);
		break;
	case OWNER_STRANGER:
		f->pfn = fact->pfn;
		f->verdict = VERDICT_UNKNOWN;
		finding_str(f, FACT_WHAT, fact->what);
		if (fact->field)
			finding_field(f, fact->field, EV_INT, fact->found, fact->expected);
		break;
	case OWNER_COUNT:
		finding_str(f, FACT_COUNTER, fact->what);
		finding_int(f, FACT_EXPECTED, (int64_t)fact->expected);
		finding_int(f, FACT_FOUND, (int64_t)fact->found);
		finding_field(f, fact->what, EV_INT, fact->found, fact->expected);
		break;
	case OWNER_EXCESS:
		finding_str(f, FACT_COUNTER, fact->what);
		finding_int(f, FACT_FOUND, (int64_t)fact->found);
		finding_field_found(f, fact->what, EV_INT, fact->found);
		break;
	}
	if (fact->lock != LOCK_FREE)
		explain_by_lock(fact->lock, f);
}

static enum finding_id slab_object_id(enum slab_object_kind kind)
{
	return kind == OBJECT_BEFORE || kind == OBJECT_BEHIND || kind == OBJECT_CHANGED ?
		       FIND_SLAB_OBJECT : FIND_SLAB_FREELIST;
}

/* The word that is wrong, as C has it where it has a name. */
static const char *slab_object_field(const struct slab_object_fact *fact)
{
	switch (fact->kind) {
	case OBJECT_BEFORE:
		return "a byte before the object";
	case OBJECT_BEHIND:
		return "a byte behind the object";
	case OBJECT_CHANGED:
		return "a byte of the free object";
	case OBJECT_COUNT:
		return "the number of free objects";
	case OBJECT_SHEAF_LINK:
		return "slab_sheaf.barn_list.next";
	case OBJECT_SHEAF_COUNT:
		return "node_barn.nr_full";
	default:
		if (fact->pfn == UINT64_MAX)
			return "slab_sheaf.objects";
		if (fact->object)
			return "the free pointer";
		return fact->cpu >= 0 ? "kmem_cache_cpu.freelist" : "slab.freelist";
	}
}

void judge_slab_object(const struct slab_object_fact *fact, struct finding *f)
{
	static const char *const what[] = {
		[OBJECT_LINK] = "it is not an object of the slab",
		[OBJECT_TWICE] = "the list has had this object before",
		[OBJECT_ASTRAY] = "this object is in use",
		[OBJECT_COUNT] = "the list of free objects and the counts of the slab differ",
		[OBJECT_STRANGER] = "it is not an object of the cache",
		[OBJECT_KEPT] = "this object is in a sheaf, too",
		[OBJECT_SHEAF_LINK] = "the list of the node's full sheaves is broken",
		[OBJECT_SHEAF_COUNT] = "the list of the node's full sheaves and its counter differ",
		[OBJECT_BEFORE] = "somebody wrote before the start of an object",
		[OBJECT_BEHIND] = "somebody wrote beyond the end of an object",
		[OBJECT_CHANGED] = "the object was changed after it was freed",
	};
	const char *field = slab_object_field(fact);

	finding_init(f, slab_object_id(fact->kind),
		     fact->pfn == UINT64_MAX ? FINDING_NO_PFN : fact->pfn);
	f->cpu = fact->cpu;
	f->verdict = VERDICT_UNKNOWN;
	finding_str(f, FACT_CACHE, fact->cache->name);
	finding_str(f, FACT_WHAT, what[fact->kind]);
	if (fact->kind == OBJECT_COUNT) {
		/* A kernel for a CPU without cmpxchg16b changes the two words one after the other. */
		f->severity = SEV_SUSPECT;
		finding_field(f, field, EV_INT, fact->found, fact->expected);
		return;
	}
	finding_hex(f, FACT_FIELD_KADDR, fact->kaddr);
	if (fact->kind == OBJECT_SHEAF_COUNT) {
		finding_field(f, field, EV_INT, fact->found, fact->expected);
		return;
	}
	if (fact->object) {
		finding_hex(f, FACT_OBJECT, fact->object);
		finding_num(f, FACT_SLOT, fact->slot);
	}
	if (fact->expected_known)
		finding_field(f, field, EV_HEX, fact->found, fact->expected);
	else
		finding_field_found(f, field, EV_HEX, fact->found);
}

void judge_cma(const struct cma_fact *fact, struct finding *f)
{
	static const enum finding_id ids[] = {
		[CMA_FREE_PAGES] = FIND_CMA_BITMAP,
		[CMA_OTHER_BLOCK] = FIND_WRONG_MIGRATETYPE,
		[CMA_NO_AREA] = FIND_WRONG_MIGRATETYPE,
		[CMA_COUNTER] = FIND_CMA_COUNTER,
	};

	finding_init(f, ids[fact->kind],
		     fact->kind == CMA_COUNTER ? FINDING_NO_PFN : fact->pfn);
	f->verdict = fact->kind == CMA_COUNTER ? VERDICT_COUNTER : VERDICT_UNKNOWN;
	if (fact->area)
		finding_str(f, FACT_AREA, fact->area);
	if (fact->kind == CMA_COUNTER) {
		finding_str(f, FACT_COUNTER, fact->what);
		finding_int(f, FACT_EXPECTED, (int64_t)fact->expected);
		finding_int(f, FACT_FOUND, (int64_t)fact->found);
		finding_field(f, fact->what, EV_INT, fact->found, fact->expected);
	} else {
		f->count = fact->n;
	}
	if (fact->kind == CMA_OTHER_BLOCK || fact->kind == CMA_NO_AREA) {
		finding_str(f, FACT_WHAT, fact->kind == CMA_NO_AREA ?
			    "a pageblock has the migratetype of CMA, but is in no area" :
			    "a pageblock of a CMA area has another migratetype");
		finding_num(f, FACT_FOUND, fact->found);
		if (fact->kind == CMA_OTHER_BLOCK)
			finding_num(f, FACT_EXPECTED, fact->expected);
	}
	if (fact->lock != LOCK_FREE)
		explain_by_lock(fact->lock, f);
}
