/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_sense - does what one struct page says make sense?
 *
 * Holds the fields of a page that is on no free list against each other: those that no state of
 * a sound kernel, and no half-done operation, leaves together. Pure; it names no finding.
 */
#ifndef PGCONS_PAGE_SENSE_H
#define PGCONS_PAGE_SENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/finding.h"
#include "struct_page.h"

enum page_oddity {
#define PAGE_ODDITY(id, facts, part, field, text) PO_##id,
#include "judge/page_oddities.def"
	PAGE_ODDITIES
};
#define ODD(id) (1u << PO_##id)

/* The oddities, as ODD() bits, that the fields of @p alone show. */
uint32_t page_sense(const struct page_format *fmt, const struct page *p);

/* Nothing that was ever a struct page: two of its fields at least are garbage. */
bool page_sense_garbage(const struct page_format *fmt, const uint8_t *raw, uint32_t odd);

/* Text and field of the first of @odd; static. And which part of the page's record the field is. */
const char *page_oddity_text(uint32_t odd);
const char *page_oddity_field(uint32_t odd);
enum finding_part page_oddity_part(uint32_t odd);

/* What all of @odd are to the judge: PF_ bits. */
uint32_t page_oddity_facts(uint32_t odd);

/* One of include/linux/poison.h: LIST_POISON1, TAIL_MAPPING and the like. */
static inline bool page_is_poison(uint64_t word)
{
	return word >> 48 == 0xdead;
}

/* A kernel address, or none: what a pointer of a struct page may be. */
static inline bool page_pointer_ok(const struct page_format *fmt, uint64_t ptr)
{
	if (fmt->tagged_pointers)
		return !ptr || ptr >> 55 & 1;
	return !ptr || ptr >> fmt->pointer_ones == UINT64_MAX >> fmt->pointer_ones;
}

/*
 * A mapping or memcg_data: bits 0 and 1 say what kind of pointer it is (include/linux/page-flags.h:
 * PAGE_MAPPING_FLAGS, 7.2 FOLIO_MAPPING_FLAGS; include/linux/memcontrol.h: MEMCG_DATA_*). What
 * they lead to is aligned to 8 bytes.
 */
static inline bool page_object_ok(const struct page_format *fmt, uint64_t word)
{
	return page_pointer_ok(fmt, word) && !(word & 4);
}

/*
 * What is left of a driver's mapping is the bit that says so: a page that a balloon or zsmalloc has
 * taken back keeps it until it is free (mm/compaction.c:__ClearPageMovable(), 6.1 and 6.12).
 */
static inline bool page_mapping_ok(const struct page_format *fmt, uint64_t flags,
				   uint64_t mapping)
{
	return page_object_ok(fmt, mapping) || (mapping == 2 && !(flags & fmt->lru));
}

#endif
