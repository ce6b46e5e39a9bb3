/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judge.h"

#include <stddef.h>

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
