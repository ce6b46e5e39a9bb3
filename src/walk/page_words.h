/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_words - words of a struct page that one kind of page always has alike
 *
 * Most words of most pages hold one of a few constants: a link of a page that is on no list leads
 * to itself or is LIST_POISON1 or 2, all plain tails have one mapping, a reserved page is as it was
 * made at boot. A word that is one bit away from such a constant, and that nothing else ever is,
 * was damaged, whether or not the kernel reads it in this state. Pure; it names no finding.
 */
#ifndef PGCONS_PAGE_WORDS_H
#define PGCONS_PAGE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/one_bit.h"
#include "struct_page.h"

/* One word that is not as it should be. */
struct odd_word {
	uint64_t found, expected;
	bool unknown;		/* no one right value is known: expected says nothing */
};

/* @odd, with its word, in *@ret. */
static inline uint32_t odd_word(uint32_t odd, uint64_t found, uint64_t expected,
				struct odd_word *ret)
{
	*ret = (struct odd_word){ .found = found, .expected = expected };
	return odd;
}

/* The same, where it is not known what is right. */
static inline uint32_t odd_unknown(uint32_t odd, uint64_t found, struct odd_word *ret)
{
	*ret = (struct odd_word){ .found = found, .unknown = true };
	return odd;
}

/*
 * The bits that an index may have, of a page on an LRU list with this mapping: it counts pages of a
 * file of at most 2^63 bytes, or of a process's address space. KSM's pages (both low bits) have any.
 */
static inline unsigned int page_index_bits(const struct page_format *fmt, uint64_t mapping)
{
	return (mapping & 3) == 1 ? fmt->anon_bits : 52;
}

/* Where a page is: on no list, inside a free block or entry, or it is what a per-CPU list links. */
enum page_place { PAGE_UNLISTED, PAGE_INSIDE, PAGE_ON_PCP };

/*
 * The oddities, as ODD() bits of page_sense.h, in the words of @p, whose struct page is at @kaddr;
 * at most one. Its word is *@ret, where one right value is known.
 */
uint32_t page_words(const struct page_format *fmt, const struct page *p, uint64_t kaddr,
		    enum page_place place, struct odd_word *ret);

/* Quick tests, of raw words: is this what nearly all pages of the kind have? */

/* include/linux/poison.h: POISON_POINTER_DELTA of x86-64 and arm64, and what is on top of it. */
#define PAGE_POISON_DELTA UINT64_C(0xdead000000000000)
#define PAGE_LIST_POISON1 (PAGE_POISON_DELTA + 0x100)
#define PAGE_LIST_POISON2 (PAGE_POISON_DELTA + 0x122)
/* TAIL_MAPPING */
#define PAGE_TAIL_MAPPING (PAGE_POISON_DELTA + 0x400)

/* More references than anyone takes beside mappings: pins count 1024, page fragments 32768. */
#define PAGE_MANY_REFS (1 << 20)
/* Of a slab or a page table, that nobody pins: who looks at it in passing holds one or two. */
#define PAGE_MANY_KERNEL_REFS 1024

/* The links of a page that is on no list of its own; @self: where they are. */
static inline bool page_links_plain(uint64_t next, uint64_t prev, uint64_t self)
{
	if (next == self && prev == self)
		return true;
	return prev == PAGE_LIST_POISON2 && (!next || next == PAGE_LIST_POISON1);
}

#endif
