/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_facts.h"

#include <limits.h>
#include <string.h>

#include "base/target_int.h"
#include "vmcore.h"
#include "walk/page_owners.h"
#include "walk/page_sense.h"
#include "walk/slab_words.h"

#define MAX_STRUCT_PAGE 1024 /* kernel_create() takes no larger one */

/* The struct page of the page of zeros that all read mappings share, which is reserved. */
static uint64_t zero_page(struct kernel_reader kr)
{
	const struct kernel *k = kr.k;
	uint64_t paddr, run;

	if (!layout_has(k->lay, L_empty_zero_page) ||
	    vmcore_translate(kr.vc, kernel_addr(k, L_empty_zero_page), &paddr, &run,
			     NULL) != PGC_OK)
		return 0;
	return kernel_pfn_to_page(k, paddr >> k->page_shift);
}

enum pgc_status page_facts_init(struct page_facts *pf, struct kernel_reader kr,
				const struct listing *listing, struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	enum pgc_status st;
	uint64_t poisoned;

	memset(pf, 0, sizeof(*pf));
	pf->kr = kr;
	pf->listing = listing;
	pf->device_zone = layout_has(k->lay, L_ZONE_DEVICE) ?
				  (unsigned int)layout_get(k->lay, L_ZONE_DEVICE) : UINT_MAX;
	pf->zone_bits = kernel_zone_bits(k);
	page_facts_begin(pf, 0, NULL);
	st = page_format_init(&pf->fmt, kr, err);
	pf->fmt.booting = !k->running;
	pf->fmt.zero_page = zero_page(kr);
	pf->poisoned = !layout_has(k->lay, L_num_poisoned_pages) ||
		       vmcore_read_u64(kr.vc, kernel_addr(k, L_num_poisoned_pages),
				       "num_poisoned_pages", &poisoned, NULL) != PGC_OK ||
		       poisoned;
	pf->telling_flags = pf->fmt.lru | pf->fmt.head | pf->fmt.reserved | pf->fmt.hwpoison |
			    pf->fmt.slab;
	return st;
}

void page_facts_set_homes(struct page_facts *pf, const struct page_homes *homes, bool ram_known,
			  bool live)
{
	pf->homes = homes;
	pf->fmt.unused = homes ? page_homes_unused(homes) : 0;
	pf->fmt.cpupid = homes ? page_homes_cpupid(homes) : 0;
	pf->fmt.on_free_page |= pf->fmt.unused;
	pf->fmt.on_buddy_head |= pf->fmt.unused;
	pf->ram_known = ram_known;
	pf->live = live;
}

void page_facts_at_hand(struct page_facts *pf, uint64_t pfn, const uint8_t *raw, uint64_t n)
{
	pf->near = (struct pages_at_hand){ .pfn = pfn, .raw = raw, .n = n };
}

void page_facts_set_census(struct page_facts *pf, const struct page_census *census)
{
	pf->census = census;
}

void page_facts_set_slabs(struct page_facts *pf, const struct slab_caches *slabs)
{
	pf->slabs = slabs;
}

/* The range of pfns that @pfn is in; NULL: nothing is known. */
static const struct page_home *home_of(struct page_facts *pf, uint64_t pfn)
{
	if (pf->homes && (!pf->home || pfn < pf->home->start || pfn >= pf->home->end))
		pf->home = page_homes_find(pf->homes, pfn);
	return pf->home;
}

bool page_facts_home_bits(struct page_facts *pf, uint64_t pfn, uint64_t *bits)
{
	const struct page_home *home = home_of(pf, pfn);

	if (home && home->n == 1)
		*bits = home->bits[0];
	return home && home->n == 1;
}

void page_facts_enter(struct page_facts *pf, uint64_t pfn, uint64_t n)
{
	const struct page_home *home = home_of(pf, pfn);

	pf->lone = pf->census && pf->near.n ? page_census_lone(pf->census, pfn - pf->near.pfn) : 0;
	pf->far = pf->census && pf->near.n ? page_census_far(pf->census, pfn - pf->near.pfn) : 0;
	if (home && pfn + n > home->end) {
		/* At the border of a zone each page is checked. */
		pf->plain_home = NULL;
		pf->plain_zone = PAGE_FACTS_NO_ZONE;
		pf->plain_mask = pf->zone_bits | pf->fmt.unused;
	} else if (!home || !home->n || home->n > PAGE_HOME_ZONES) {
		pf->plain_home = home;
		pf->plain_zone = 0;
		pf->plain_mask = pf->fmt.unused;
	} else if (home != pf->plain_home) {
		pf->plain_home = home;
		/* Of several zones it is the one that the page before is of. */
		pf->plain_zone = home->n == 1 ? home->bits[0] : PAGE_FACTS_NO_ZONE;
		pf->plain_mask = pf->zone_bits | pf->fmt.unused;
	}
}

/*
 * A hole in the memory of a section gets struct pages, too: reserved ones of the zone that comes
 * next, or before the end of all memory the last (mm/mm_init.c:init_unavailable_range(), 6.1
 * mm/page_alloc.c). Nobody has touched such a page since.
 */
static bool is_hole_page(const struct page_facts *pf, uint64_t pfn, const struct page *p)
{
	uint64_t link = kernel_pfn_to_page(pf->kr.k, pfn) + pf->fmt.lru_next;

	return p->flags & pf->fmt.reserved && p->refcount == 1 && p->mapcount == UINT32_MAX &&
	       p->lru_next == link && p->lru_prev == link && !p->mapping && !p->private;
}

/* Its zone or node is another than those that span its pfn. */
static bool misplaced(struct page_facts *pf, uint64_t pfn, const struct page *p, uint32_t facts)
{
	const struct page_home *home = home_of(pf, pfn);
	uint64_t zone = p->flags & pf->zone_bits;

	if (!home)
		return false;
	if (page_home_fits(home, zone)) {
		if (home == pf->plain_home && home->n > 1)
			pf->plain_zone = zone;
		return false;
	}
	return !(facts & PF_HOLE) && (pf->ram_known || !is_hole_page(pf, pfn, p));
}

/*
 * Struct pages that were never written are of memory that was never there: all others were set up
 * at boot, or when their memory came online (mm/mm_init.c:memmap_init(), 6.1 mm/page_alloc.c).
 */
static bool wrongly_blank(struct page_facts *pf, uint64_t pfn, const struct page *p,
			  uint32_t facts)
{
	const struct page_home *home = home_of(pf, pfn);

	/* kcore gives zeros for what it cannot read. */
	if (!home || facts & PF_HOLE || (pf->live && !p->flags))
		return false;
	if ((facts & (PF_BITS | PF_PRIMARY)) == (PF_BITS | PF_PRIMARY))
		return true;
	return pf->ram_known && home->n;
}

/*
 * Can a compound page that begins at @head reach to @pfn? They are as long as a power of two and
 * aligned to that, be they of the buddy allocator, of hugetlb, of CMA or of a device
 * (mm/page_alloc.c:prep_compound_page() and alloc_contig_frozen_range(), mm/hugetlb.c, mm/mm_init.c).
 */
static bool can_reach(uint64_t head, uint64_t pfn)
{
	return !(head & ((2ULL << (63 - __builtin_clzll(pfn - head))) - 1));
}

/*
 * Does this tail lead to a head, in its own zone, that it can be a tail of? The compound
 * page under way answers for nearly all; the rest is looked up. While a folio is split or
 * freed its tails are undone before its head is, so that this holds at any instant.
 */
static bool tail_leads_to_head(const struct page_facts *pf, uint64_t pfn, const struct page *p)
{
	uint64_t kaddr = page_head_kaddr(&pf->fmt, p, kernel_pfn_to_page(pf->kr.k, pfn)),
		 head;
	uint64_t flags;

	if (!kernel_page_to_pfn(pf->kr.k, kaddr, &head) || head >= pfn || !can_reach(head, pfn))
		return false;
	/* include/linux/page-flags.h:set_compound_head() of 7.2: one mask for all tails of an order */
	if (head == pf->compound_head && pfn < pf->compound_end)
		return !pf->compound_word || p->compound == pf->compound_word;
	if (vmcore_read_u64(pf->kr.vc, kaddr + pf->fmt.flags, "page.flags", &flags,
			    NULL) != PGC_OK)
		return true;
	/* Where the head itself was overwritten, that is reported of the head. */
	if (pf->homes && !page_home_fits(page_homes_find(pf->homes, head), flags & pf->zone_bits))
		return true;
	return flags & pf->fmt.head &&
	       kernel_flags_zone(pf->kr.k, flags) ==
		       kernel_flags_zone(pf->kr.k, p->flags) &&
	       kernel_flags_nid(pf->kr.k, flags) == kernel_flags_nid(pf->kr.k, p->flags);
}

/* @pfn heads a compound page; @raw: its struct page and the next. */
static void enter_compound(struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			   uint32_t facts)
{
	unsigned int order = page_compound_order(&pf->fmt, raw) & 31;

	pf->compound_head = pfn;
	pf->compound_kaddr = kernel_pfn_to_page(pf->kr.k, pfn);
	pf->compound_end = pfn + (1ULL << order);
	pf->compound_word = page_compound_word(pf->kr, &pf->fmt,
					       &pf->near, pfn, raw);
	pf->compound_in_use = facts & PF_IN_USE && !(facts & PF_EXEMPT);
	pf->compound_whole = false;
}

/*
 * The tails of a head that is in use for sure are all there: they are made before it is put to
 * use, and undone after its last reference or its type is gone (mm/page_alloc.c:
 * prep_compound_page(), free_tail_page_prepare(); mm/huge_memory.c splits what it has frozen).
 */
static bool surely_whole(const struct page_facts *pf, const struct page *p)
{
	return (p->flags & pf->fmt.lru && p->refcount > 0) || page_is_slab(&pf->fmt, p);
}

/*
 * The owner of a page on an LRU list is that of other pages near it, as a rule. One that is not is
 * asked whether it is there: an anon_vma only of a page that is mapped, which keeps it alive.
 */
static uint32_t owner_sense(struct page_facts *pf, uint64_t pfn, const struct page *p)
{
	uint64_t at = pfn - pf->near.pfn;
	struct odd_word *word = &pf->odd_word;

	if (!pf->census || at >= pf->near.n ||
	    !(pf->lone >> at % 64 & 1))
		return 0;
	word->found = p->mapping;
	if (p->mapping && (!(p->mapping & 1) || (int32_t)p->mapcount >= 0) &&
	    page_owners_bent(pf->kr, pf->census, OWNER_MAPPING, p->mapping,
			     &word->expected))
		return ODD(BENT_MAPPING);
	word->found = p->memcg;
	if (p->memcg && page_owners_bent(pf->kr, pf->census, OWNER_MEMCG, p->memcg,
					 &word->expected))
		return ODD(BENT_MEMCG);
	return 0;
}

/* Has another page at hand an index in the same 8 MiB of the same mapping? */
static bool index_has_company(const struct page_facts *pf, uint64_t pfn, const struct page *p)
{
	const struct page_format *fmt = &pf->fmt;
	const uint8_t *raw = pf->near.raw;

	for (uint64_t i = 0; i < pf->near.n; i++, raw += fmt->size)
		if (pf->near.pfn + i != pfn && target_u64(raw + fmt->mapping) == p->mapping &&
		    (target_u64(raw + fmt->index) ^ p->index) >> PAGE_FAR_SHIFT == 0)
			return true;
	return false;
}

/*
 * An index that lies beyond all that its owner has, alone, while one bit away is one that its
 * owner has. Of an anonymous page only while it is mapped, by one of those VMAs.
 */
static uint32_t index_sense(struct page_facts *pf, uint64_t pfn, const struct page *p)
{
	uint64_t at = pfn - pf->near.pfn, high = p->index >> PAGE_HIGH_INDEX;
	const struct page_span *span;
	bool anon = p->mapping & 3;

	if (!pf->census || at >= pf->near.n || !p->mapping || !pf->fmt.index ||
	    (anon && (int32_t)p->mapcount < 0) ||
	    (!(pf->far >> at % 64 & 1) && (anon || !high)))
		return 0;
	span = page_spans_get(&pf->spans, pf->kr, p->mapping);
	if (p->index >= span->lo && p->index <= span->hi)
		return 0;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t right = p->index ^ 1ULL << bit;

		if (right < span->lo || right > span->hi || index_has_company(pf, pfn, p))
			continue;
		pf->odd_word = (struct odd_word){ .found = p->index, .expected = right };
		return ODD(FAR_INDEX);
	}
	return 0;
}

/* What the head @pfn and its tails say together; *@facts: for what may be half done. */
static uint32_t compound_sense(struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			       const struct page *p, uint32_t *facts)
{
	enum compound_shape shape;

	if (pf->fmt.heads_unknown)
		return 0;
	shape = page_compound_shape(pf->kr, &pf->fmt, &pf->near, pfn,
				    raw);
	if (shape == COMPOUND_SOUND)
		return 0;
	if (surely_whole(pf, p))
		return shape == COMPOUND_ORDER ? ODD(ORDER) : ODD(LONE_HEAD);
	*facts |= PF_TAIL_ASTRAY;
	return 0;
}

/* The facts that a page's oddities amount to. */
static uint32_t odd_facts(const struct page_facts *pf, const uint8_t *raw, const struct page *p)
{
	uint32_t facts = page_oddity_facts(pf->odd);

	if (page_sense_garbage(&pf->fmt, raw, pf->odd))
		return PF_GARBAGE;
	/* A driver may keep what it likes there, but in no page of a user. */
	if (pf->odd & ODD(MAPPING) && p->flags & pf->fmt.lru)
		facts |= PF_ILLEGAL;
	return facts;
}

/* Facts that are rare: each is a finding, or nearly so. @raw: this struct page and the next. */
static uint32_t rare_facts(struct page_facts *pf, uint64_t pfn, const uint8_t *raw,
			   const struct page *p, uint32_t facts)
{
	bool head = p->flags & pf->fmt.head && !page_is_tail(p);
	uint64_t kaddr = kernel_pfn_to_page(pf->kr.k, pfn);
	uint32_t rare = 0;

	if (facts & (PF_ON_BUDDY | PF_ON_PCP)) {
		if (head)
			enter_compound(pf, pfn, raw, facts);
		if (p->mapping || p->memcg)
			rare |= PF_MAPPING;
		if (!(facts & PF_LIST_HEAD))
			pf->odd = page_words(&pf->fmt, p, kaddr, PAGE_INSIDE, &pf->odd_word);
		else if (!(facts & PF_ON_BUDDY))
			pf->odd = page_words(&pf->fmt, p, kaddr, PAGE_ON_PCP, &pf->odd_word);
		return pf->odd ? rare | odd_facts(pf, raw, p) : rare;
	}
	pf->odd = page_sense(&pf->fmt, p);
	pf->odd |= page_words(&pf->fmt, p, kaddr, PAGE_UNLISTED, &pf->odd_word);
	if (!pf->odd && p->flags & pf->fmt.lru && p->refcount > 0 && !page_is_tail(p))
		pf->odd = owner_sense(pf, pfn, p);
	if (!pf->odd && p->flags & pf->fmt.lru && p->refcount > 0 && !page_is_tail(p))
		pf->odd = index_sense(pf, pfn, p);
	if (!pf->odd && pf->slabs && page_is_slab(&pf->fmt, p))
		pf->odd =
			slab_words(pf->slabs, pf->kr, &pf->fmt, pfn, raw, &pf->odd_word);
	if (misplaced(pf, pfn, p, facts))
		pf->odd |= ODD(ZONE);
	if (head)
		pf->odd |= compound_sense(pf, pfn, raw, p, &rare);
	if (page_is_tail(p) && !pf->fmt.heads_unknown && !tail_leads_to_head(pf, pfn, p)) {
		pf->odd |= ODD(ASTRAY);
		rare |= PF_TAIL_ASTRAY;
	}
	if (!head && !page_is_tail(p) && pfn < pf->compound_end && pf->compound_whole)
		pf->odd |= ODD(NO_TAIL);
	if (page_type_unknown(&pf->fmt, p->mapcount))
		rare |= PF_TYPE_UNKNOWN;
	if (page_refs_impossible(&pf->fmt, p))
		rare |= PF_BAD_REFS;
	if (pf->odd)
		rare |= odd_facts(pf, raw, p);
	/* What is no struct page heads nothing. */
	if (head && !(rare & PF_GARBAGE)) {
		enter_compound(pf, pfn, raw, facts);
		/* Where its order is wrong, so is what it says of its tails. */
		if (pf->odd)
			pf->compound_word = 0;
		pf->compound_whole = !pf->odd && !(rare & PF_TAIL_ASTRAY) && surely_whole(pf, p);
	}
	return rare;
}

/*
 * Where a hugetlb page gets its memmap back, the first struct page of each page of that memmap
 * is a copy of the head's: 6.12.117 leaves the hugetlb type in it, in use and free alike
 * (mm/hugetlb_vmemmap.c:vmemmap_restore_pte(); nothing clears the type of a tail).
 */
static bool is_hvo_leftover(const struct page_facts *pf, uint64_t pfn, enum page_kind kind)
{
	uint64_t page = 1ULL << pf->kr.k->page_shift;

	return kind == KIND_HUGETLB && kernel_pfn_to_page(pf->kr.k, pfn) % page == 0;
}

/* Facts that the struct page alone gives. */
static uint32_t own_facts(const struct page_facts *pf, uint64_t pfn, const struct page *p,
			  uint32_t facts)
{
	const struct page_format *fmt = &pf->fmt;
	enum page_kind kind = page_kind(fmt, p->mapcount);
	bool tail = page_is_tail(p);

	facts |= PF_MEMMAP;
	if (p->refcount)
		facts |= PF_REFS;
	if (kind == KIND_BUDDY) {
		facts |= PF_BUDDY;
		if (facts & PF_LIST_HEAD && !page_type_plain_buddy(fmt, p->mapcount))
			facts |= PF_HEAD_TYPE;
	} else if (kind != KIND_NONE && !is_hvo_leftover(pf, pfn, kind)) {
		facts |= PF_TYPED;
	}
	if (p->flags & page_facts_never_free(fmt, facts) ||
	    page_cpupid_odd(fmt, p->flags))
		facts |= PF_FLAGS;
	/* A first tail keeps the folio's order where its flags should be. */
	if (!tail && p->flags & fmt->reserved)
		facts |= PF_RESERVED;
	if (kind == KIND_SLAB || kind == KIND_TABLE || (!tail && p->flags & fmt->slab) ||
	    (p->refcount > 0 && !tail && (p->flags & fmt->lru || kind == KIND_MAPPED)))
		facts |= PF_IN_USE;
	/*
	 * A compound page that is neither on an LRU list nor a slab may be a boot-time huge page. A
	 * poisoned page that was free has a reference and is on no list, but then it is counted.
	 */
	if (tail || (p->flags & fmt->hwpoison && pf->poisoned) || kind == KIND_OFFLINE ||
	    kind == KIND_HUGETLB ||
	    (p->flags & fmt->head && !(p->flags & (fmt->lru | fmt->slab)) && kind != KIND_SLAB))
		facts |= PF_EXEMPT;
	return facts;
}

/* The struct page at @raw; of a tail that repeats its head, what is the tail's own. */
static void decode(const struct page_facts *pf, uint64_t pfn, const uint8_t *raw, struct page *p)
{
	page_decode(&pf->fmt, raw, p);
	/* References are the head's: a huge page in use has some. */
	if (page_fix_fake_head(&pf->fmt, raw, kernel_pfn_to_page(pf->kr.k, pfn), p))
		p->refcount = 0;
}

/* The head of the compound page that tail @pfn, at @raw, is in, looked up in the dump. */
static void find_compound(struct page_facts *pf, uint64_t pfn, const uint8_t *raw)
{
	uint8_t head_raw[2 * MAX_STRUCT_PAGE];
	uint64_t kaddr, head;
	struct page p;

	decode(pf, pfn, raw, &p);
	if (!page_is_tail(&p) || pf->fmt.size > MAX_STRUCT_PAGE)
		return;
	kaddr = page_head_kaddr(&pf->fmt, &p, kernel_pfn_to_page(pf->kr.k, pfn));
	if (!kernel_page_to_pfn(pf->kr.k, kaddr, &head) || head >= pfn ||
	    vmcore_read(pf->kr.vc, kaddr, head_raw, 2 * pf->fmt.size, "struct page",
			NULL) != PGC_OK)
		return;
	page_decode(&pf->fmt, head_raw, &p);
	if (p.flags & pf->fmt.head && !page_is_tail(&p))
		enter_compound(pf, head, head_raw, own_facts(pf, head, &p, 0));
}

void page_facts_begin(struct page_facts *pf, uint64_t pfn, const uint8_t *raw)
{
	pf->block_zone = pf->block_head_zone = PAGE_FACTS_NO_ZONE;
	pf->block_order = -1;
	memset(pf->last_block, 0xff, sizeof(pf->last_block));
	pf->compound_head = pf->compound_end = pf->compound_kaddr = pf->compound_word = 0;
	pf->compound_in_use = pf->compound_whole = false;
	pf->orphan_end = 0;
	pf->near.n = 0;
	pf->home = pf->plain_home = NULL;
	pf->plain_zone = 0;
	pf->plain_mask = pf->fmt.unused;
	if (raw)
		find_compound(pf, pfn, raw);
}

/* Two free buddies of one order are one block of the next (mm/page_alloc.c:__free_one_page()). */
static uint32_t merge_facts(struct page_facts *pf, uint64_t pfn)
{
	int order = pf->block_order;
	uint64_t size = 1ULL << (order < 0 ? 0 : order), before = pfn - size;
	bool unmerged;

	if (order < 0 || order >= SUMMARY_ORDERS)
		return 0;
	unmerged = order < (int)pf->kr.k->orders - 1 && pfn & size &&
		   pf->last_block[order] == before && pf->last_zone[order] == pf->block_zone;
	pf->last_block[order] = pfn;
	pf->last_zone[order] = pf->block_zone;
	return unmerged ? PF_UNMERGED : 0;
}

/*
 * Follow the listed blocks: is each page of its block's zone? That is its head's, unless it was
 * seen on its list that the head alone says otherwise.
 */
static uint32_t block_facts(struct page_facts *pf, uint64_t pfn, const struct page *p, uint32_t facts)
{
	uint64_t zone = p->flags & pf->zone_bits;

	if (facts & PF_LIST_HEAD) {
		/* The head may be the one that is wrong: the pfn and the list know better. */
		pf->block_head_zone = zone;
		if (!page_facts_home_bits(pf, pfn, &pf->block_zone) &&
		    (!pf->listing || !listing_noted_zone(pf->listing, pfn, &pf->block_zone)))
			pf->block_zone = zone;
		pf->block_order = p->private < pf->kr.k->orders ? (int)p->private : -1;
		if ((facts & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY)
			facts |= merge_facts(pf, pfn);
	} else if (facts & (PF_ON_BUDDY | PF_ON_PCP) && zone != pf->block_zone &&
		   pf->block_zone != PAGE_FACTS_NO_ZONE && zone != pf->block_head_zone) {
		/* A whole block of another zone is told of its head, by the list. */
		facts |= PF_STRAY;
	}
	return facts;
}

static enum page_state listed_state(uint32_t facts)
{
	bool head = facts & PF_LIST_HEAD;

	switch (facts & (PF_ON_BUDDY | PF_ON_PCP)) {
	case PF_ON_BUDDY:
		return head ? PS_BUDDY_HEAD : PS_BUDDY_TAIL;
	case PF_ON_PCP:
		return head ? PS_PCP_HEAD : PS_PCP_TAIL;
	default:
		return PS_OTHER_LISTED;
	}
}

/*
 * A tail is what its head is. It becomes one after its bits are set, and is none any more
 * when they are cleared (prep_compound_page(), free_pages_prepare()), so that a tail of a
 * page in use is in use.
 */
static uint32_t tail_facts(const struct page_facts *pf, uint64_t pfn, const struct page *p,
			   uint32_t facts)
{
	uint64_t head;

	if (!page_is_tail(p) || !pf->compound_in_use || pfn >= pf->compound_end ||
	    !kernel_page_to_pfn(
		    pf->kr.k,
		    page_head_kaddr(&pf->fmt, p, kernel_pfn_to_page(pf->kr.k, pfn)),
		    &head) ||
	    head != pf->compound_head)
		return facts;
	return (facts | PF_IN_USE) & ~(uint32_t)PF_EXEMPT;
}

/* A page that @pf->homes know to be memory is none of a device's, whatever it says. */
static bool is_device(struct page_facts *pf, uint64_t pfn, const struct page *p, uint32_t facts)
{
	const struct page_home *home = home_of(pf, pfn);

	return kernel_flags_zone(pf->kr.k, p->flags) == pf->device_zone &&
	       (facts & PF_HOLE || !pf->ram_known || !home || !home->n);
}

/* A block with the buddy or guard type on no list, that this page begins or is in. */
static void follow_orphan(struct page_facts *pf, uint64_t pfn, const struct page *p,
			  enum page_state *state)
{
	if ((*state == PS_BUDDY_UNLISTED || *state == PS_GUARD) &&
	    p->private < pf->kr.k->orders) {
		pf->orphan_end = pfn + (1ULL << p->private);
		pf->orphan_state = *state;
	}
	/* Inside such a block the rest is no riddle of its own. */
	if (*state == PS_LIMBO && pfn < pf->orphan_end)
		*state = pf->orphan_state;
}

uint32_t page_facts_add(struct page_facts *pf, uint64_t pfn, const uint8_t *raw, uint32_t facts,
			struct page *page, enum page_state *state)
{
	uint32_t rare;

	decode(pf, pfn, raw, page);
	pf->odd = 0;
	if (facts & (PF_ON_BUDDY | PF_ON_PCP))
		*state = listed_state(facts);
	else if (page_is_blank(page))
		*state = PS_UNINIT;
	else if (is_device(pf, pfn, page, facts))
		*state = PS_DEVICE;
	else
		*state = page_unlisted_state(&pf->fmt, page, (facts & PF_BITS) &&
			(facts & (PF_PRIMARY | PF_SECONDARY)) != PF_SECONDARY);
	if (*state == PS_UNINIT)
		return wrongly_blank(pf, pfn, page, facts) ? facts | PF_BLANK : facts;
	/* Whether device memory is in use is for its driver to say, in fields of its own. */
	if (*state == PS_DEVICE)
		return facts;
	facts = own_facts(pf, pfn, page, facts);
	rare = rare_facts(pf, pfn, raw, page, facts);
	/* Of what was overwritten nothing else is believed. */
	if (rare & PF_GARBAGE)
		return (facts & ~(uint32_t)PAGE_FACTS_OWN) | PF_MEMMAP | PF_GARBAGE;
	follow_orphan(pf, pfn, page, state);
	if (*state == PS_LIMBO && facts & PF_BITS)
		facts |= PF_LIMBO;
	facts |= rare;
	facts = tail_facts(pf, pfn, page, facts);
	return block_facts(pf, pfn, page, facts);
}
