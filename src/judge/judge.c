/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judge.h"

#include <stddef.h>

#include "base/checked.h"
#include "judge/damage.h"

static bool has(uint32_t facts, uint32_t bits)
{
	return (facts & bits) == bits;
}

static bool listed(uint32_t f)
{
	return f & (PF_ON_BUDDY | PF_ON_PCP);
}

static bool on_buddy(uint32_t f)
{
	return (f & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY;
}

static bool on_pcp(uint32_t f)
{
	return (f & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_PCP;
}

/* The pair is as the checker keeps it, and says allocated, or free. */
static bool says_allocated(uint32_t f)
{
	return (f & (PF_BITS | PF_PRIMARY | PF_SECONDARY)) == (PF_BITS | PF_PRIMARY);
}

static bool says_free(uint32_t f)
{
	return (f & (PF_BITS | PF_PRIMARY | PF_SECONDARY)) == (PF_BITS | PF_SECONDARY);
}

/* D1 */
static bool complement_broken(uint32_t f)
{
	return (f & PF_BITS) && !(f & PF_PRIMARY) == !(f & PF_SECONDARY);
}

/* D5. The bits are cleared before a page is listed, and set after it is taken off. */
static bool allocated_on_free_list(uint32_t f)
{
	return says_allocated(f) && listed(f);
}

/* D6 */
static bool allocated_no_memory(uint32_t f)
{
	return says_allocated(f) && (f & PF_HOLE);
}

/* D7. A reference alone is weak: it may be that of a page just being allocated. */
static bool free_in_use(uint32_t f)
{
	return says_free(f) && !listed(f) && (f & PF_MEMMAP) && (f & (PF_IN_USE | PF_REFS)) &&
	       !(f & (PF_RESERVED | PF_EXEMPT | PF_BUDDY));
}

/* D8: a candidate; whether it is in flight is another's to say. */
static bool limbo(uint32_t f)
{
	return has(f, PF_MEMMAP | PF_LIMBO);
}

/* D35 */
static bool owner_disagrees(uint32_t f)
{
	return f & PF_OWNER && !(f & PF_HOLE);
}

/*
 * D13. Inside a listed block too: a page with the buddy type starts a block of its own. On
 * a per-CPU list it is reported by the list: pcp-is-buddy.
 */
static bool buddy_not_listed(uint32_t f)
{
	return has(f, PF_MEMMAP | PF_BUDDY) && !(listed(f) && f & PF_LIST_HEAD);
}

/* D16 */
static bool listed_refcount(uint32_t f)
{
	return listed(f) && has(f, PF_MEMMAP | PF_REFS);
}

/* D17, D31 */
static bool listed_flags(uint32_t f)
{
	return (on_buddy(f) || on_pcp(f)) && has(f, PF_MEMMAP | PF_FLAGS);
}

/* D18. On a head it is reported by the list: listed-not-buddy, or pcp-is-buddy. */
static bool listed_mapcount(uint32_t f)
{
	if (has(f, PF_MEMMAP | PF_HEAD_TYPE) && on_buddy(f))
		return true;
	return has(f, PF_MEMMAP | PF_TYPED) &&
	       ((on_buddy(f) && !(f & PF_LIST_HEAD)) || on_pcp(f));
}

/* D14: of the head the list says it. */
static bool listed_wrong_zone(uint32_t f)
{
	return listed(f) && !(f & PF_LIST_HEAD) && has(f, PF_MEMMAP | PF_STRAY);
}

/* D19 */
static bool listed_mapping(uint32_t f)
{
	return listed(f) && has(f, PF_MEMMAP | PF_MAPPING);
}

/* D20 */
static bool buddies_unmerged(uint32_t f)
{
	return on_buddy(f) && has(f, PF_MEMMAP | PF_LIST_HEAD | PF_UNMERGED);
}

/* There is no struct page where there must be one. */
static bool page_blank(uint32_t f)
{
	return (f & PF_BLANK) && !listed(f);
}

/*
 * Of one page's own record one thing is reported, the strongest: the rest follows from it, or
 * is in its evidence. In a free block it is listed-flags, listed-mapcount and so on.
 */
static bool page_misplaced(uint32_t f)
{
	return has(f, PF_MEMMAP | PF_MISPLACED) && !listed(f) && !(f & PF_GARBAGE);
}

static bool page_state_odd(uint32_t f)
{
	if (!(f & PF_MEMMAP) || !(f & (PF_GARBAGE | PF_ILLEGAL | PF_STRANGE)))
		return false;
	/* In a free block it is reported where nothing else is. */
	if (listed(f))
		return !(f & (PF_REFS | PF_FLAGS | PF_TYPED | PF_BUDDY | PF_STRAY | PF_MAPPING));
	return !page_misplaced(f);
}

/* D28 */
static bool page_type_odd(uint32_t f)
{
	return (f & PF_MEMMAP) && (f & (PF_TYPE_UNKNOWN | PF_BAD_TYPE)) && !listed(f) &&
	       !page_misplaced(f) && !page_state_odd(f);
}

/* D38 */
static bool refcount_impossible(uint32_t f)
{
	return has(f, PF_MEMMAP | PF_BAD_REFS) && !listed(f) && !page_misplaced(f) &&
	       !page_state_odd(f);
}

/* D29 */
static bool compound_broken(uint32_t f)
{
	return has(f, PF_MEMMAP | PF_TAIL_ASTRAY) && !listed(f) && !page_misplaced(f) &&
	       !page_state_odd(f);
}

/* In the order of the findings: that in which those of a page are reported. */
static const struct {
	enum finding_id id;
	bool (*holds)(uint32_t facts);
} page_rules[] = {
	{ FIND_ALLOCATED_NO_MEMORY, allocated_no_memory },
	{ FIND_ALLOCATED_ON_FREE_LIST, allocated_on_free_list },
	{ FIND_BUDDIES_UNMERGED, buddies_unmerged },
	{ FIND_BUDDY_NOT_LISTED, buddy_not_listed },
	{ FIND_COMPLEMENT_BROKEN, complement_broken },
	{ FIND_COMPOUND_BROKEN, compound_broken },
	{ FIND_FREE_IN_USE, free_in_use },
	{ FIND_LIMBO_EXCESS, limbo },
	{ FIND_LISTED_FLAGS, listed_flags },
	{ FIND_LISTED_MAPCOUNT, listed_mapcount },
	{ FIND_LISTED_MAPPING, listed_mapping },
	{ FIND_LISTED_REFCOUNT, listed_refcount },
	{ FIND_LISTED_WRONG_ZONE, listed_wrong_zone },
	{ FIND_OWNER_DISAGREES, owner_disagrees },
	{ FIND_PAGE_BLANK, page_blank },
	{ FIND_PAGE_MISPLACED, page_misplaced },
	{ FIND_PAGE_STATE, page_state_odd },
	{ FIND_PAGE_TYPE_UNKNOWN, page_type_odd },
	{ FIND_REFCOUNT_IMPOSSIBLE, refcount_impossible },
};

_Static_assert(ARRAY_SIZE(page_rules) <= 64, "judge_page() needs a wider mask");

uint64_t judge_page(uint32_t facts)
{
	uint64_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(page_rules); i++)
		if (page_rules[i].holds(facts))
			found |= 1ULL << i;
	return found;
}

enum finding_id judge_page_id(unsigned int bit)
{
	return page_rules[bit].id;
}

uint64_t judge_page_bit(enum finding_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(page_rules); i++)
		if (page_rules[i].id == id)
			return 1ULL << i;
	return 0;
}

/*
 * The third witness on an unequal pair: a page that is listed, reserved or not there was
 * never handed out, so its primary bit should be 0; one in use should have it set.
 */
static void judge_pair(uint32_t facts, struct finding *f)
{
	bool both_set = facts & PF_PRIMARY;

	if (listed(facts) || (facts & (PF_HOLE | PF_RESERVED)))
		f->verdict = both_set ? VERDICT_PRIMARY : VERDICT_SECONDARY;
	else if (facts & (PF_IN_USE | PF_TYPED) && !(facts & PF_EXEMPT))
		f->verdict = both_set ? VERDICT_SECONDARY : VERDICT_PRIMARY;
	else
		f->verdict = VERDICT_UNKNOWN;
	/*
	 * Between its two bit operations a CPU leaves such a pair on a page that is on no
	 * list and has no user yet, or no more (D.0, window W3).
	 */
	if (f->verdict == VERDICT_UNKNOWN && has(facts, PF_MEMMAP) && !(facts & PF_REFS))
		f->severity = SEV_SUSPECT;
}

void judge_page_detail(uint32_t facts, struct finding *f)
{
	switch (f->id) {
	case FIND_COMPLEMENT_BROKEN:
		judge_pair(facts, f);
		break;
	case FIND_ALLOCATED_ON_FREE_LIST:
		/* Used for real while on a list, or both bits wrong? The page itself shows it. */
		f->verdict = facts & (PF_REFS | PF_IN_USE) ? VERDICT_FREE_LIST : VERDICT_BITMAPS;
		break;
	case FIND_ALLOCATED_NO_MEMORY:
		f->verdict = VERDICT_BITMAPS;
		break;
	case FIND_FREE_IN_USE:
		if (facts & PF_IN_USE)
			f->severity = SEV_CORRUPT;
		f->verdict = VERDICT_BITMAPS;
		break;
	case FIND_PAGE_STATE:
		if (facts & (PF_GARBAGE | PF_ILLEGAL))
			f->severity = SEV_CORRUPT;
		f->verdict = VERDICT_STRUCT_PAGE;
		break;
	case FIND_PAGE_TYPE_UNKNOWN:
		if (facts & PF_BAD_TYPE)
			f->severity = SEV_CORRUPT;
		f->verdict = VERDICT_STRUCT_PAGE;
		break;
	case FIND_REFCOUNT_IMPOSSIBLE:
		/* Below zero is no half-done state: counts are checked as they are taken down. */
		if (facts & PF_NEGATIVE)
			f->severity = SEV_CORRUPT;
		f->verdict = VERDICT_STRUCT_PAGE;
		break;
	case FIND_PAGE_BLANK:
	case FIND_PAGE_MISPLACED:
	case FIND_LISTED_REFCOUNT:
	case FIND_LISTED_FLAGS:
	case FIND_LISTED_MAPCOUNT:
	case FIND_LISTED_WRONG_ZONE:
	case FIND_LISTED_MAPPING:
	case FIND_BUDDY_NOT_LISTED:
	case FIND_COMPOUND_BROKEN:
		f->verdict = VERDICT_STRUCT_PAGE;
		break;
	default:
		break;
	}
}

/* That a page is on no list says something only when all lists it could be on were seen. */
void judge_page_lists(const struct page_lists *lists, struct finding *f)
{
	bool locked = finding_excused_by(f->id, EXCUSE_LOCK);

	if (f->id == FIND_BUDDIES_UNMERGED && lists->own_pageblocks)
		f->explained = "buddies in pageblocks whose migratetypes must not be merged";
	else if (!finding_excused_by(f->id, EXCUSE_LISTS))
		return;
	else if (lists->unseen)
		f->explained = "the lists of its zone are not in the dump";
	else if (lists->cut)
		f->explained = "a free list of its zone is broken: the page may be behind the break";
	else if (lists->held && locked)
		f->explained = "the zone's lock was held: the page was being put on a list or taken off";
	else if (lists->lock_unknown && locked)
		f->explained = "the zone lock's state is unknown; the page may have been in transit";
	if (f->explained)
		f->severity = SEV_NOTE;
}

/* D27: a pageblock of a migratetype that there is not. */
void judge_pageblock(uint64_t pfn, uint64_t pages, int mt, struct finding *f)
{
	finding_init(f, FIND_WRONG_MIGRATETYPE, pfn);
	f->count = pages;
	f->verdict = VERDICT_UNKNOWN;
	finding_str(f, FACT_WHAT, "a pageblock has a migratetype that does not exist");
	finding_num(f, FACT_FOUND, (uint64_t)mt);
}

void judge_unread(uint64_t pfn, struct finding *f)
{
	finding_init(f, FIND_DAMAGED_DUMP, pfn);
	finding_str(f, FACT_WHAT, "a listed page's struct page reads as zeros");
}

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
		[OBJECT_KEPT] = "this object is in a CPU's sheaf, too",
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

static void checker_field(const struct checker_fact *fact, struct finding *f)
{
	static const char *const maps[BITMAPS] = {
		[BITMAP_PRIMARY] = "pc_state.db.bitmap[0]",
		[BITMAP_SECONDARY] = "pc_state.db.bitmap[1]",
	};

	if (fact->kind == CHECKER_SIZE)
		finding_field(f, "pc_state.db.nbits", EV_NUM, fact->found, fact->expected);
	else if (fact->kind == CHECKER_RANGE)
		finding_field_found(f, "pc_state.min_pfn", EV_HEX, fact->found);
	else if (fact->kind == CHECKER_POINTER && fact->map >= 0)
		finding_field_found(f, maps[fact->map], EV_HEX, fact->found);
	else if (fact->kind == CHECKER_EXCHANGED)
		finding_field(f, maps[BITMAP_PRIMARY], EV_HEX, fact->found, fact->expected);
	else if (fact->kind == CHECKER_BENT && fact->map >= 0)
		finding_field(f, maps[fact->map], EV_HEX, fact->found, fact->expected);
	else if (fact->kind == CHECKER_PADDING && fact->map >= 0)
		finding_field(f, fact->map == BITMAP_PRIMARY ? "last word of bitmap[0]" :
							       "last word of bitmap[1]",
			      EV_HEX, fact->found, fact->expected);
}

bool judge_checker(const struct checker_fact *fact, struct finding *f)
{
	static const char *const what[] = {
		[CHECKER_SIZE] = "nbits is not max_pfn - min_pfn",
		[CHECKER_RANGE] = "min_pfn is not below max_pfn",
		[CHECKER_POINTER] = "a bitmap pointer is not kernel memory",
		[CHECKER_EXCHANGED] = "the two bitmap pointers are exchanged",
		[CHECKER_BENT] = "a bitmap pointer has a flipped bit",
		[CHECKER_OVERLAP] = "the two bitmaps overlap",
		[CHECKER_FRAME] = "a bitmap lies in memory that was not reserved for it",
		[CHECKER_PADDING] = "bits past the end were changed",
	};

	finding_init(f, fact->kind == CHECKER_PADDING ? FIND_BITMAP_PADDING : FIND_CHECKER_STATE,
		     fact->kind == CHECKER_FRAME ? fact->found : FINDING_NO_PFN);
	finding_str(f, FACT_WHAT, what[fact->kind]);
	if (fact->map >= 0)
		finding_str(f, FACT_MAP, fact->map == BITMAP_PRIMARY ? "primary" : "secondary");
	finding_hex(f, FACT_EXPECTED, fact->expected);
	finding_hex(f, FACT_FOUND, fact->found);
	if (fact->kind == CHECKER_BENT) {
		finding_hex(f, FACT_XOR, fact->expected ^ fact->found);
		f->damage = damage_of_xor(fact->expected ^ fact->found);
	}
	checker_field(fact, f);
	if (fact->kind == CHECKER_PADDING) {
		finding_hex(f, FACT_XOR, fact->expected ^ fact->found);
		f->damage = damage_of_xor(fact->expected ^ fact->found);
		f->verdict = fact->map == BITMAP_PRIMARY ? VERDICT_PRIMARY : VERDICT_SECONDARY;
	}
	return true;
}

/* Of any two numbers: it need not fit in an int64_t. */
static uint64_t distance(int64_t a, int64_t b)
{
	return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

/* D23, D24, D32 */
bool judge_counter(const struct counter_fact *fact, struct finding *f)
{
	if (distance(fact->expected, fact->found) <= (uint64_t)fact->slack)
		return false;
	finding_init(f, FIND_ZONE_COUNTER, FINDING_NO_PFN);
	f->verdict = VERDICT_COUNTER;
	f->node = fact->zone->nid;
	f->zone = fact->zone->name;
	finding_str(f, FACT_COUNTER, fact->name);
	finding_int(f, FACT_EXPECTED, fact->expected);
	finding_int(f, FACT_FOUND, fact->found);
	finding_field(f, fact->name, EV_INT, (uint64_t)fact->found, (uint64_t)fact->expected);
	if (fact->zone->lock == LOCK_HELD) {
		f->severity = SEV_NOTE;
		f->explained = "the zone's lock was held: the counter is updated after the lists";
	} else if (fact->guarded) {
		f->severity = SEV_NOTE;
		f->explained = "debug_guardpage_minorder is on: guard pages are not counted back in";
	}
	return true;
}

/* Which entry of the page tables it is. */
static void add_entry(const struct record_fact *fact, struct finding *f)
{
	finding_str(f, FACT_REGION, fact->region);
	finding_hex(f, FACT_ENTRY_PADDR, fact->paddr);
	finding_num(f, FACT_TABLE_INDEX, fact->index);
	finding_hex(f, FACT_MAPS_KADDR, fact->maps);
	finding_num(f, FACT_MAPS_BYTES, fact->maps_len);
}

void judge_record(const struct kernel *k, const struct record_fact *fact, struct finding *f)
{
	static const enum finding_id ids[] = {
		[RECORD_LOCK] = FIND_LOCK_IMPOSSIBLE, [RECORD_ZONE] = FIND_ZONE_RECORD,
		[RECORD_SECTION] = FIND_SECTION_RECORD, [RECORD_TABLE] = FIND_PAGE_TABLE_ENTRY,
	};
	const struct zone *z = fact->nid < 0 ? NULL : kernel_zone(k, fact->nid, fact->zone);

	finding_init(f, ids[fact->kind], fact->pfn);
	if (fact->pages)
		f->count = fact->pages;
	f->verdict = VERDICT_COUNTER;
	f->node = fact->nid;
	f->zone = z ? z->name : NULL;
	f->cpu = fact->cpu;
	if (fact->doubtful)
		f->severity = SEV_SUSPECT;
	finding_str(f, FACT_WHAT, fact->what);
	if (fact->kind == RECORD_TABLE)
		add_entry(fact, f);
	if (fact->kind != RECORD_TABLE || fact->kaddr)
		finding_hex(f, FACT_FIELD_KADDR, fact->kaddr);
	if (fact->whole)
		f->damage = CLASS_OVERWRITE;
	else if (fact->has_expected)
		f->damage = damage_of_xor(fact->found ^ fact->expected);
	if (fact->has_expected)
		finding_field(f, fact->field, EV_HEX, fact->found, fact->expected);
	else
		finding_field_found(f, fact->field, EV_HEX, fact->found);
}

/* D30 */
bool judge_zone(const struct zone *z, struct finding *f)
{
	bool inside = z->start_pfn >= z->node_start_pfn &&
		      range_ok(z->start_pfn - z->node_start_pfn, z->spanned, z->node_spanned);

	if (z->managed <= z->present && z->present <= z->spanned && (inside || !z->spanned))
		return false;
	finding_init(f, FIND_ZONE_SPAN, FINDING_NO_PFN);
	f->verdict = VERDICT_COUNTER;
	f->node = z->nid;
	f->zone = z->name;
	finding_num(f, FACT_MANAGED, z->managed);
	finding_num(f, FACT_PRESENT, z->present);
	finding_num(f, FACT_SPANNED, z->spanned);
	if (inside || !z->spanned)
		return true;
	finding_num(f, FACT_FIRST_PFN, z->start_pfn);
	finding_num(f, FACT_NODE_FIRST_PFN, z->node_start_pfn);
	finding_num(f, FACT_NODE_SPANNED, z->node_spanned);
	return true;
}
