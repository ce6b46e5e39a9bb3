/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_words.h"

#include <stddef.h>

#include "base/checked.h"
#include "walk/page_sense.h"

/* What file systems keep there without PG_private, if any does, are a few flags at most. */
#define LOW_FLAGS (UINT64_C(1) << 8)
/* Of references to a page that nobody counts: pins count 1024, of the vDSO's pages for instance. */
#define RESERVED_REFS (1 << 16)

/* Drivers keep flags and small numbers in words of their pages; hardly a single high bit. */
#define HIGH_BIT (UINT64_C(1) << 20)

/*
 * What a slab leaves behind in a page that is freed, where nothing clears private: its counters, all
 * of whose objects are free (struct slab, 5.10 to 7.2). Its freelist is where the index is, until a
 * per-CPU list has the migratetype there (6.1, mm/page_alloc.c:set_pcppage_migratetype()).
 */
#define SLAB_OBJECTS_SHIFT 16
#define SLAB_OBJECTS_END 31
#define MIGRATETYPES 16		/* there are fewer */

static bool slab_left(const struct page_format *fmt, const struct page *p)
{
	bool objects = !(p->private >> SLAB_OBJECTS_END) &&
		       !(p->private & ((UINT64_C(1) << SLAB_OBJECTS_SHIFT) - 1));

	return objects && !fmt->private_cleared &&
	       (p->index < MIGRATETYPES || page_object_ok(fmt, p->index));
}

/* Words of no page are so, unless a slab left them. */
static bool odd_private(const struct page_format *fmt, const struct page *p)
{
	return one_bit(p->private) && p->private >= HIGH_BIT && !slab_left(fmt, p);
}

/* Where in a struct page a link to a page may lead: lru, or a second tail's _deferred_list. */
static bool is_page_link(const struct page_format *fmt, uint64_t link, uint64_t self)
{
	uint64_t off = link > self ? link - self : self - link;

	if (link & 7 || (fmt->size & (fmt->size - 1)))
		return !(link & 7);
	off &= fmt->size - 1;
	return !off || off == 8 || off == fmt->size - 8;
}

/*
 * The links of a page that is on no list that we know. One of them alone never leads to itself
 * (include/linux/list.h writes both), and none is nearly a poison.
 */
static uint32_t link_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			   struct odd_word *ret)
{
	uint64_t next = p->lru_next, prev = p->lru_prev;

	if (page_links_plain(next, prev, self))
		return 0;
	if (one_bit(prev ^ PAGE_LIST_POISON2))
		return odd_word(ODD(POISON), prev, PAGE_LIST_POISON2, ret);
	if (one_bit(next ^ PAGE_LIST_POISON1))
		return odd_word(ODD(POISON), next, PAGE_LIST_POISON1, ret);
	if (next == self && one_bit(prev ^ self))
		return odd_word(ODD(HALF_LINK), prev, self, ret);
	if (prev == self && one_bit(next ^ self))
		return odd_word(ODD(HALF_LINK), next, self, ret);
	/* What was a tail has its compound_head cleared. */
	if ((prev == self || prev == PAGE_LIST_POISON2) && one_bit(next) && next >= HIGH_BIT)
		return odd_word(ODD(HALF_LINK), next, 0, ret);
	/* A link that was nothing, or that leads into the middle of a struct page. */
	if (!next && one_bit(prev ^ self) && !is_page_link(fmt, prev, self))
		return odd_word(ODD(HALF_LINK), prev, self, ret);
	return 0;
}

/*
 * A tail, as prep_compound_tail() makes it; the first few keep other things of the folio in their
 * mapping. mm/page_alloc.c:free_tail_page_prepare() asks for it, and page_expected_state() for
 * flags and memory cgroup of each page that is freed (6.1, 6.12, 7.2).
 */
static uint32_t tail_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			   struct odd_word *ret)
{
	uint64_t prev = p->lru_prev, flags;

	if (one_bit(p->mapping ^ PAGE_TAIL_MAPPING))
		return odd_word(ODD(TAIL_MAPPING), p->mapping, PAGE_TAIL_MAPPING, ret);
	if (p->mapping != PAGE_TAIL_MAPPING)
		return 0;
	flags = p->flags & (fmt->never_on_tail | fmt->unused);
	if (flags)
		return odd_word(ODD(TAIL_FLAGS), p->flags, p->flags & ~flags, ret);
	if (one_bit(p->memcg))
		return odd_word(ODD(MEMCG), p->memcg, 0, ret);
	if (odd_private(fmt, p))
		return odd_word(ODD(PRIVATE), p->private, 0, ret);
	if (one_bit(prev ^ PAGE_LIST_POISON2))
		return odd_word(ODD(POISON), prev, PAGE_LIST_POISON2, ret);
	/* Where a hugetlb page's memmap was given back, another page's tails are seen here. */
	if (one_bit(prev ^ self) && !is_page_link(fmt, prev, self))
		return odd_word(ODD(HALF_LINK), prev, self, ret);
	return 0;
}

/* One bit from a single reference, where all else is untouched; the zero page is counted. */
static bool reserved_refs(const struct page_format *fmt, const struct page *p, uint64_t self)
{
	uint32_t more = (uint32_t)p->refcount ^ 1;

	return fmt->zero_page && self - fmt->lru_next != fmt->zero_page && one_bit(more) &&
	       more >= RESERVED_REFS && page_links_plain(p->lru_next, p->lru_prev, self) &&
	       !p->mapping && !p->private && !p->memcg;
}

/*
 * One with notes on what boot memory it has: what for, of which section or node, and how often
 * (mm/bootmem_info.c:get_page_bootmem(), since 7.0 mm/sparse.c). Numbers, and nothing else.
 */
static uint32_t bootmem_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			      struct odd_word *ret)
{
	const struct {
		uint32_t odd;
		uint64_t found, high;
	} words[] = {
		{ ODD(MAPPING), p->mapping, p->mapping },
		{ ODD(MEMCG), p->memcg, p->memcg },
		{ ODD(INDEX), p->index, p->index & ~(HIGH_BIT - 1) },
		{ ODD(PRIVATE), p->private, p->private & ~(HIGH_BIT - 1) },
	};
	bool plain = page_links_plain(p->lru_next, p->lru_prev, self);
	size_t n = !plain, at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].high) {
			n++;
			at = i;
		}
	if (n != 1)
		return 0;
	if (!plain)
		return link_words(fmt, p, self, ret);
	if (!one_bit(words[at].high))
		return 0;
	return odd_word(words[at].odd, words[at].found, words[at].found ^ words[at].high, ret);
}

/*
 * A reserved page that nobody uses is as it was made (mm/mm_init.c:__init_single_page(), 6.1
 * mm/page_alloc.c): links to itself, one reference, zeros. Some have several words changed:
 * those of a driver that reserved them, those with get_page_bootmem()'s notes. One bit in one
 * word is no such thing.
 */
static uint32_t reserved_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			       struct odd_word *ret)
{
	uint64_t flags = p->flags & fmt->never_on_reserved;
	const struct {
		uint32_t odd;
		uint64_t found, made;
	} words[] = {
		{ ODD(HALF_LINK), p->lru_next, self },
		{ ODD(HALF_LINK), p->lru_prev, self },
		{ ODD(MAPPING), p->mapping, 0 },
		{ ODD(PRIVATE), p->private, 0 },
		{ ODD(INDEX), p->index, 0 },
		{ ODD(MEMCG), p->memcg, 0 },
		{ ODD(UNTOUCHED_FLAG), p->flags, p->flags & ~flags },
	};
	size_t n = 0, at = 0;

	if (p->mapcount != UINT32_MAX)
		return 0;
	if (p->flags & fmt->bootmem)
		return p->refcount > 0 && p->refcount < PAGE_MANY_KERNEL_REFS ? bootmem_words(fmt, p, self, ret) : 0;
	if (p->refcount != 1)
		return reserved_refs(fmt, p, self) ? ODD(MANY_REFS) : 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].found != words[i].made) {
			n++;
			at = i;
		}
	if (n != 1 || !one_bit(words[at].found ^ words[at].made))
		return 0;
	return odd_word(words[at].odd, words[at].found, words[at].made, ret);
}

/* In a free block: bit 0 makes a tail of it, but the rest of the word is no address of a head. */
static uint32_t false_tail(const struct page *p, uint64_t self, struct odd_word *ret)
{
	uint64_t next = p->lru_next ^ 1;

	if (next && next != self && next != PAGE_LIST_POISON1)
		return 0;
	return odd_word(next == PAGE_LIST_POISON1 ? ODD(POISON) : ODD(HALF_LINK), p->lru_next, next,
			ret);
}

/* A free page: what it was used for may have left its index, and a slab the rest. */
static uint32_t free_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			   enum page_place place, struct odd_word *ret)
{
	if (odd_private(fmt, p))
		return odd_word(ODD(PRIVATE), p->private, 0, ret);
	return place == PAGE_INSIDE ? link_words(fmt, p, self, ret) : 0;
}

/* Pages that have an owner within the kernel, which never lets them be a user's or a file's. */
static uint32_t kernel_words(const struct page_format *fmt, const struct page *p,
			     struct odd_word *ret)
{
	uint64_t flags = p->flags & fmt->never_on_kernel;

	/* include/linux/page-flags.h: the lower bits of the word are free for other types only. */
	if (fmt->encoding == TYPES_BYTE && (int32_t)p->mapcount < 0 && p->mapcount & 0xffffff &&
	    p->mapcount != UINT32_MAX)
		return ODD(TYPE_BITS);
	if (flags)
		return odd_word(ODD(KERNEL_FLAGS), p->flags, p->flags & ~flags, ret);
	return 0;
}

/*
 * A page on an LRU list. Its private word is PG_private's (buffer heads and the like), or a swap
 * entry's; its index counts pages within a file of at most 2^63 bytes, or of an address space.
 */
static uint32_t lru_words(const struct page_format *fmt, const struct page *p, struct odd_word *ret)
{
	uint64_t ones = UINT64_MAX >> fmt->pointer_ones;
	unsigned int bits;

	if (one_bit(p->private) && p->private >= LOW_FLAGS && !(p->flags & fmt->uses_private))
		return odd_word(ODD(PRIVATE), p->private, 0, ret);
	/* A pointer, but for one of the upper bits that all pointers have. */
	if (!fmt->tagged_pointers && one_bit(p->private >> fmt->pointer_ones ^ ones))
		return odd_word(ODD(PRIVATE), p->private, p->private | ones << fmt->pointer_ones, ret);
	bits = page_index_bits(fmt, p->mapping);
	/* What was read back from swap, and nobody has mapped, has the last user's. */
	if (p->mapping && p->index >> bits)
		return odd_word(ODD(INDEX), p->index, p->index & ((1ULL << bits) - 1), ret);
	return 0;
}

/* An index, of whatever use: a pointer, a page's number, or zero. One high bit is none of these. */
static uint32_t high_index(const struct page_format *fmt, const struct page *p,
			   struct odd_word *ret)
{
	uint64_t above = p->index >> fmt->anon_bits << fmt->anon_bits;

	return one_bit(above) ? odd_word(ODD(INDEX), p->index, p->index ^ above, ret) : 0;
}

/*
 * A page that is on no list and of no type. Where its owner left the links as they were, its
 * private word is what it was when it was given out, 0, or a pointer; its index is one, or the
 * number of a page, its owner's or the last one's.
 */
static uint32_t owner_words(const struct page_format *fmt, const struct page *p, uint64_t self,
			    struct odd_word *ret)
{
	if (!page_links_plain(p->lru_next, p->lru_prev, self))
		return link_words(fmt, p, self, ret);
	if (odd_private(fmt, p))
		return odd_word(ODD(PRIVATE), p->private, 0, ret);
	return high_index(fmt, p, ret);
}

/* An object's address, in one of whose place there is nothing but one high bit. */
static bool odd_address(uint64_t word)
{
	return one_bit(word) && word >= HIGH_BIT;
}

/*
 * The same without a reference: one of a block that was given out as a whole, whose first page
 * is counted for all of them, or a page on its way. What is on its way may still have its owners.
 */
static uint32_t uncounted_words(const struct page_format *fmt, const struct page *p, uint64_t self,
				struct odd_word *ret)
{
	if (odd_address(p->mapping))
		return odd_word(ODD(MAPPING), p->mapping, 0, ret);
	if (odd_address(p->memcg))
		return odd_word(ODD(MEMCG), p->memcg, 0, ret);
	return owner_words(fmt, p, self, ret);
}

static bool many_refs(const struct page *p)
{
	int64_t mappings = (int32_t)p->mapcount >= 0 ? (int64_t)p->mapcount + 1 : 0;

	return p->refcount > 0 && p->refcount - mappings > PAGE_MANY_REFS;
}

uint32_t page_words(const struct page_format *fmt, const struct page *p, uint64_t kaddr,
		    enum page_place place, struct odd_word *ret)
{
	uint64_t self = kaddr + fmt->lru_next;
	enum page_kind kind;
	uint32_t odd;
	bool slab;

	if (page_is_tail(p))
		return place == PAGE_UNLISTED ? tail_words(fmt, p, self, ret) :
						false_tail(p, self, ret);
	if (place != PAGE_UNLISTED)
		return free_words(fmt, p, self, place, ret);
	kind = page_kind(fmt, p->mapcount);
	slab = p->flags & fmt->slab || kind == KIND_SLAB;
	if (slab || kind == KIND_TABLE) {
		odd = kernel_words(fmt, p, ret);
		if (!odd && p->refcount > PAGE_MANY_KERNEL_REFS)
			odd = ODD(MANY_REFS);
		if (odd || slab)
			return odd;
	}
	/* The zero page's are counted in some kernels, carelessly. */
	if (p->flags & fmt->reserved)
		return reserved_words(fmt, p, self, ret);
	if (kind != KIND_NONE && kind != KIND_MAPPED && kind != KIND_TABLE)
		return 0;
	if (many_refs(p) && !(p->flags & fmt->head))
		return ODD(MANY_REFS);
	if (p->refcount > 0 && !page_object_ok(fmt, p->memcg))
		return odd_word(ODD(MEMCG), p->memcg, 0, ret);
	/* The rings of the LRU lists, and what is kept in place of their links, are another matter. */
	if (p->flags & fmt->lru)
		return lru_words(fmt, p, ret);
	if (kind == KIND_NONE && !(p->flags & (fmt->head | fmt->hwpoison)) && p->refcount >= 0)
		return p->refcount ? owner_words(fmt, p, self, ret) :
				     uncounted_words(fmt, p, self, ret);
	odd = link_words(fmt, p, self, ret);
	return !odd && kind == KIND_TABLE ? high_index(fmt, p, ret) : odd;
}
