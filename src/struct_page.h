/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct_page - one page's own record, decoded
 *
 * Turns the raw bytes of a struct page into facts. Pure: it reads no dump and names no
 * finding. Facts: include/linux/page-flags.h and mm_types.h of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_STRUCT_PAGE_H
#define PGCONS_STRUCT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/one_bit.h"

struct kernel_reader;
struct layout;

enum page_state {
#define PAGE_STATE(id, slug, text) PS_##id,
#include "model/page_states.def"
#undef PAGE_STATE
	PAGE_STATES
};

/* Slug and text of a state; static. */
const char *page_state_slug(enum page_state st);
const char *page_state_text(enum page_state st);

/* What one word, page._mapcount alias page_type, says. */
enum page_kind {
	KIND_NONE,	/* -1: no mappings, no type */
	KIND_MAPPED,	/* 0 and up: mapped into page tables */
	KIND_BUDDY,
	KIND_OFFLINE,
	KIND_GUARD,
	KIND_TABLE,
	KIND_SLAB,
	KIND_HUGETLB,
	KIND_OTHER,	/* another type */
};

/* How this kernel writes page types (include/linux/page-flags.h). */
enum page_type_encoding {
	TYPES_BITS,	/* up to 6.9: inverted bits under 0xf0000000, several may combine */
	TYPES_BYTE,	/* since 6.11: the top byte is an enum pagetype */
	TYPES_BUDDY_ONLY, /* neither: only the value that VMCOREINFO gives is trusted */
};

/* Where things are in the struct page of one kernel; resolved once from the layout. */
struct page_format {
	unsigned int size;	/* bytes of one struct page */
	unsigned int flags, lru_next, lru_prev, mapping, private, mapcount, refcount;
	unsigned int compound;	/* compound_head or compound_info */
	bool compound_mask;	/* a tail keeps a mask of addresses, not an address */
	uint64_t unused;	/* bits of flags that no page has set (page_homes.h) */
	uint64_t cpupid;	/* LAST_CPUPID, where no page has all but one set; 0: not known */
	bool booting;		/* the kernel was still making its struct pages */
	bool heads_unknown;	/* which of the two it keeps is unknown */
	unsigned int index;	/* 0: not known */
	unsigned int memcg;	/* memcg_data; 0: this kernel has none */
	unsigned int memcg_or_mapping; /* ... or mapping, where it has none */
	unsigned int order;	/* of a compound page, in its page[1]: a byte here */
	unsigned int dtor;	/* the same of its destructor, from the head on; 0: it has none */
	uint64_t hugetlb_dtor;	/* ... and what that of a hugetlb page is */
	/* flag masks; 0: not in this kernel */
	uint64_t head, reserved, lru, hwpoison, slab, unevictable;
	uint64_t on_free_page;	/* flags that no listed page may have */
	uint64_t on_buddy_head;	/* the same for the head of a buddy block */
	uint64_t never_on_tail;	/* flags that a compound page has at its head only */
	uint64_t never_on_reserved; /* flags that only a page that was given out ever gets */
	uint64_t never_on_kernel; /* flags that no slab or page table has */
	uint64_t uses_private;	/* any of these: page.private may be anything */
	uint64_t swapbacked;	/* of a page on an LRU list: it is on one of anonymous pages */
	uint64_t slab_listed;	/* a slab on its node's partial list; older kernels never set it */
	bool tagged_pointers;	/* kernel pointers may have a tag in their top byte */
	uint64_t bootmem;	/* PG_private: of a reserved page, that it has notes on boot memory */
	uint64_t zero_page;	/* the struct page of ZERO_PAGE(0); 0: not known */
	unsigned int anon_bits;	/* of an index that counts pages of a process's address space */
	bool private_cleared;	/* of every page that is freed */
	unsigned int pointer_ones; /* from this bit up all are set in those that have none */
	uint64_t in_page;	/* bits of an address that are its place in its page */
	enum page_type_encoding encoding;
	uint32_t other_types;	/* TYPES_BITS: bits beside the known four that may be types */
	uint32_t table, guard;	/* TYPES_BITS: the bits of these two */
	uint32_t accounted;	/* TYPES_BITS: a bit of pages charged to a memory cgroup; 0: none */
	uint32_t buddy;		/* TYPES_BITS: the bit; BYTE: the byte; else: the value */
	int types[256];		/* TYPES_BYTE: enum page_kind by top byte; -1: unknown */
};

/* One struct page. */
struct page {
	uint64_t flags, lru_next, lru_prev, mapping, index, private, compound, memcg;
	uint32_t mapcount;	/* raw: 0xffffffff is "none" */
	int32_t refcount;
};

/* PGC_ENOENT when this kernel's page types cannot be determined. */
_must_check_ enum pgc_status
page_format_init(struct page_format *fmt, struct kernel_reader kr, struct pgc_err *err);

/* Decode @raw, @fmt->size bytes. */
void page_decode(const struct page_format *fmt, const uint8_t *raw, struct page *ret);

enum page_kind page_kind(const struct page_format *fmt, uint32_t mapcount);

/* A compound tail: bit 0 of compound_head, compound_info. */
static inline bool page_is_tail(const struct page *p)
{
	return p->compound & 1;
}

/* The first page of a slab: by its type, or where that is a flag, by that. */
static inline bool page_is_slab(const struct page_format *fmt, const struct page *p)
{
	return !page_is_tail(p) &&
	       (p->flags & fmt->slab || page_kind(fmt, p->mapcount) == KIND_SLAB);
}

/* All of LAST_CPUPID but one bit: no page has that. */
static inline bool page_cpupid_odd(const struct page_format *fmt, uint64_t flags)
{
	return one_bit(~flags & fmt->cpupid);
}

/* The word of a page with the buddy type. */
uint32_t page_buddy_word(const struct page_format *fmt);

/*
 * The struct page of the head of tail @p, whose own is at @page. Up to 7.0 the tail holds
 * its address plus 1; since then, when struct pages are a power of two in size, a mask that
 * is the same for all tails of an order (include/linux/page-flags.h:_compound_head()).
 */
uint64_t page_head_kaddr(const struct page_format *fmt, const struct page *p, uint64_t page);

/*
 * Undo the fake heads of a hugetlb page whose memmap was given back (HVO, up to 7.0): the
 * first struct page of each page of its memmap repeats the head. @raw has the struct pages
 * of @page and the next one. Returns true, with @p made a tail, if it is such a one; its reference
 * count is still the head's.
 */
bool page_fix_fake_head(const struct page_format *fmt, const uint8_t *raw, uint64_t page,
			struct page *p);

/* Order of the compound page whose head and first tail are at @raw. */
unsigned int page_compound_order(const struct page_format *fmt, const uint8_t *raw);

/*
 * Is it a hugetlb page by its destructor, as up to 6.8 (mm/hugetlb.c)? @p is a head, and at @raw with
 * its first tail.
 */
bool page_is_hugetlb_by_dtor(const struct page_format *fmt, const struct page *p, const uint8_t *raw);

/* A page type that no enumerator of this kernel names. */
bool page_type_unknown(const struct page_format *fmt, uint32_t mapcount);

/*
 * A value that is neither a mapcount nor a type, in any kernel of this encoding: a mapcount that
 * went below none, or so high that the types begin. No operation passes through one.
 */
bool page_type_impossible(const struct page_format *fmt, uint32_t mapcount);

/* The buddy type, just as it is set: its owner keeps nothing in the bits beside it. */
bool page_type_plain_buddy(const struct page_format *fmt, uint32_t mapcount);

/* A negative reference count, or fewer references than mappings (order 0 only). */
bool page_refs_impossible(const struct page_format *fmt, const struct page *p);

/* The names of the page flags in @flags, "lru|head", "none"; cut when they do not fit. */
void page_flag_names(const struct layout *lay, uint64_t flags, char *buf, size_t size);

/* What page_type is called: "none", "mapped", "buddy"...; static. */
const char *page_kind_name(enum page_kind kind);

/* Never written since boot, or read as zeros by mistake: _mapcount is -1 on a real page. */
bool page_is_blank(const struct page *p);

/*
 * What the page is, of those not on a list. @tracked: its bits are known and do not say free.
 */
enum page_state page_unlisted_state(const struct page_format *fmt, const struct page *p,
				    bool tracked);

#endif
