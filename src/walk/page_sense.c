/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_sense.h"

#include <stddef.h>

#include "judge/damage.h"
#include "judge/page_fact.h"

static const struct {
	uint32_t facts;
	enum finding_part part;
	const char *field, *text;
} oddities[PAGE_ODDITIES] = {
#define PAGE_ODDITY(id, facts_, part_, field_, text_) \
	[PO_##id] = { .facts = facts_, .part = PART_##part_, .field = field_, .text = text_ },
#include "judge/page_oddities.def"
};

const char *page_oddity_text(uint32_t odd)
{
	return odd ? oddities[__builtin_ctz(odd)].text : NULL;
}

const char *page_oddity_field(uint32_t odd)
{
	return odd ? oddities[__builtin_ctz(odd)].field : NULL;
}

enum finding_part page_oddity_part(uint32_t odd)
{
	return odd ? oddities[__builtin_ctz(odd)].part : PART_NONE;
}

uint32_t page_oddity_facts(uint32_t odd)
{
	uint32_t facts = 0;

	for (; odd; odd &= odd - 1)
		facts |= oddities[__builtin_ctz(odd)].facts;
	return facts;
}

/* LIST_POISON1, LIST_POISON2 (include/linux/poison.h): it is being taken off. */
static bool link_ok(const struct page_format *fmt, uint64_t link)
{
	return page_is_poison(link) || (link && page_pointer_ok(fmt, link) && !(link & 7));
}

/*
 * A page is put on its LRU list before PG_lru is set, and PG_lru is cleared before it is taken off
 * (mm/swap.c:folio_batch_move_lru(), 6.1, 6.12, 7.2); only where it is freed is it the other way
 * round, without a reference (__page_cache_release()). An unevictable page is on none, and
 * counts mlocks in one of its links.
 */
static uint32_t lru_sense(const struct page_format *fmt, const struct page *p,
			  enum page_kind kind)
{
	uint32_t odd = 0;

	/* SetPageReserved() is for pages of drivers and of boot, that no list of users has. */
	if (p->flags & fmt->reserved)
		odd |= ODD(RESERVED_LRU);
	/*
	 * A type takes the place of the mapcount that each page on an LRU list needs. One that is
	 * none, or the buddy type, is reported as such.
	 */
	else if (p->flags & fmt->slab ||
		 (kind != KIND_NONE && kind != KIND_MAPPED && kind != KIND_BUDDY &&
		  !page_type_unknown(fmt, p->mapcount) &&
		  !page_type_impossible(fmt, p->mapcount)))
		odd |= ODD(TYPED_LRU);
	if (odd || p->refcount <= 0)
		return odd;
	if (fmt->unevictable && !(p->flags & fmt->unevictable) &&
	    (!link_ok(fmt, p->lru_next) || !link_ok(fmt, p->lru_prev)))
		odd |= ODD(LINK);
	return odd;
}

/*
 * Neither nothing, nor an address, nor a poisoned one, nor a number or two small ones: what page
 * pools, slabs and first tails keep where others have pointers is one of these.
 */
static bool is_junk(const struct page_format *fmt, uint64_t word)
{
	return word >> 48 && !page_is_poison(word) && !page_pointer_ok(fmt, word);
}

uint32_t page_sense(const struct page_format *fmt, const struct page *p)
{
	enum page_kind kind = page_kind(fmt, p->mapcount);
	bool tail = page_is_tail(p);
	uint32_t odd = 0;

	if (page_type_impossible(fmt, p->mapcount))
		odd |= ODD(TYPE);
	if (page_cpupid_odd(fmt, p->flags))
		odd |= ODD(CPUPID);
	/* Reserved pages, the zero page among them, are counted carelessly: they must be known. */
	if (p->refcount < 0 && (tail || (fmt->reserved && !(p->flags & fmt->reserved))))
		odd |= ODD(REFS);
	if (tail) {
		/*
		 * References are the head's: a tail's count is frozen before it becomes one and
		 * set after it is none any more (6.1 __split_huge_page_tail(),
		 * __prep_compound_gigantic_page(); 6.12, 7.2 mm/huge_memory.c, mm/hugetlb.c).
		 * Only the tails of huge pages of boot are made with a count of 1, which is taken
		 * away once they are tails (7.2 hugetlb_folio_init_tail_vmemmap()).
		 */
		return p->refcount && !fmt->booting ? odd | ODD(TAIL_REFS) : odd;
	}
	if (p->flags & fmt->unused)
		odd |= ODD(UNUSED);
	if (p->flags & fmt->lru)
		odd |= lru_sense(fmt, p, kind);
	/* Slabs and page tables keep other things there: a page may only be asked if it is none. */
	if (p->refcount > 0 && (kind == KIND_NONE || kind == KIND_MAPPED || kind == KIND_TABLE) &&
	    (p->flags & fmt->lru || fmt->slab || fmt->encoding == TYPES_BYTE) &&
	    !(p->flags & fmt->slab) && !(odd & (ODD(RESERVED_LRU) | ODD(TYPED_LRU))) &&
	    !page_mapping_ok(fmt, p->flags, p->mapping))
		odd |= ODD(MAPPING);
	return odd;
}

bool page_sense_garbage(const struct page_format *fmt, const uint8_t *raw, uint32_t odd)
{
	/* A tail's references are among those that one wrong bit 0 of its head brings along. */
	uint32_t apart = odd & ~(ODD(TAIL_REFS) | ODD(ORDER) | ODD(LONE_HEAD));
	struct page p;
	int junk;

	if (!odd)
		return false;
	if (apart & (apart - 1) || damage_looks_like(raw, fmt->size))
		return true;
	/* Noise makes a tail of every second page: whatever it says it is, its words are none. */
	page_decode(fmt, raw, &p);
	junk = is_junk(fmt, p.lru_next) + is_junk(fmt, p.lru_prev) + is_junk(fmt, p.mapping);
	return junk >= 2 && (!page_is_tail(&p) || is_junk(fmt, p.compound));
}
