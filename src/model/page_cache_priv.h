/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_cache_priv - what the parts of page_cache share
 *
 * page_cache.c has the file systems and their inodes, cache_file.c one file, cache_claims.c the pages
 * that say that they are in a file, swap_cache.c the swap cache, cache_files.c what these remember.
 */
#ifndef PGCONS_PAGE_CACHE_PRIV_H
#define PGCONS_PAGE_CACHE_PRIV_H

#include "model/page_cache.h"
#include "model/xarray.h"

#define CACHE_NO_PAGE UINT64_MAX
/* include/linux/swapops.h: the type is above the offset, both as wide as a value in an xarray. */
#define SWAP_TYPE_SHIFT 58
#define SWAP_OFFSET_MASK ((UINT64_C(1) << SWAP_TYPE_SHIFT) - 1)
/* Slots of an area that one xarray has: mm/swap.h:SWAP_ADDRESS_SPACE_PAGES. */
#define SWAP_SPACE_SLOTS (UINT64_C(1) << 14)
#define CACHE_BROKEN_MAX 256	/* slots that wait for the page that belongs there */

/* What became of a file whose array is not empty. */
enum cache_state {
	CACHE_UNKNOWN,		/* it was not met */
	CACHE_WALKED,
	CACHE_SKIPPED,		/* its lock was held, or not all of it could be read */
};

/* Files met, by address. */
struct cache_files {
	uint64_t *slot;		/* kaddr | state; owned */
	size_t n, room;		/* room: a power of two */
};

struct page_cache {
	struct kernel_reader kr;
	const struct page_format *fmt;
	struct xarray_format xa;
	struct xarray_budget budget;
	uint64_t bytes;		/* of memory: what there may be is bounded by it */
	cache_fact_fn *fn;
	void *arg;
	struct cache_tallies *tallies;
	size_t n_mounted;	/* tallies of super_blocks, by address; the others are behind them */
	size_t none;		/* the tally of files of none */
	unsigned int i_pages, nrpages, flags, mapping_size; /* in struct address_space */
	uint64_t no_tags;	/* bit of address_space.flags; 0: not known */
	uint64_t writeback, swapcache; /* of page.flags; 0: not known */
	uint64_t *seen;		/* a bit for each page of each section: it is in an array; owned */
	uint64_t *seen_swap;	/* the same of the swap cache */
	struct cache_files files;
	struct cache_fact *broken; /* CACHE_ENTRY, not told yet; owned */
	size_t n_broken;
	bool no_memory;
};

/* One array under check. */
struct cache_file {
	uint64_t mapping;
	uint64_t nrpages, flags;
	uint64_t ino;		/* 0: not known */
	bool swap;		/* of the swap cache: @type, and slots from @first on */
	unsigned int type;
	uint64_t first;
	struct cache_tally *tally;
	enum lock_state lock;
};

/* The page whose struct page is at @word, with its order. False: there is none, or it is not there. */
struct cache_page {
	uint64_t pfn;
	struct page page;
	unsigned int order;
};
enum pgc_status cache_page_read(const struct page_cache *pc, uint64_t word, struct cache_page *ret);

/* page_decode(), with the address of the file without a tag. */
static inline void cache_page_decode(const struct page_cache *pc, const uint8_t *raw, struct page *ret)
{
	page_decode(pc->fmt, raw, ret);
	ret->mapping = kernel_bare(pc->kr.k, ret->mapping);
}

/* Is the bit of @pfn set in @map? Set it. */
bool cache_seen(const struct page_cache *pc, const uint64_t *map, uint64_t pfn);
void cache_see(const struct page_cache *pc, uint64_t *map, uint64_t pfn);

/* What became of the file @mapping; remember it. */
enum cache_state cache_files_find(const struct page_cache *pc, uint64_t mapping);
void cache_files_add(struct page_cache *pc, uint64_t mapping, enum cache_state state);

/* The tally of the file system whose super_block is at @sb, or that of files of none. */
struct cache_tally *cache_tally_of(const struct page_cache *pc, uint64_t sb);

/* Add a tally for what is no file system; its number, or SIZE_MAX for want of memory. */
size_t cache_add_tally(struct page_cache *pc, const char *type, const char *id);

/* The lock at @kaddr; of a kernel whose locks sleep, too. */
enum lock_state cache_lock(const struct page_cache *pc, uint64_t kaddr);

/* Tell of @f: @fact is filled but for what @f knows. */
void cache_tell(struct page_cache *pc, struct cache_file *f, struct cache_fact *fact);

/*
 * Check the array of the file @mapping, whose struct address_space is at @raw where that was read
 * already (else NULL). @tally may be NULL: the host says. One that was met before is not checked again.
 */
void cache_check_file(struct page_cache *pc, uint64_t mapping, const uint8_t *raw,
		      struct cache_tally *tally);

/* Check an array of the swap cache: of area @type, from slot @first on. */
void cache_check_space(struct page_cache *pc, uint64_t mapping, unsigned int type, uint64_t first,
		       struct cache_tally *tally);

/* Look through all of memory for pages that are in no array they name. */
enum pgc_status cache_check_claims(struct page_cache *pc, struct pgc_err *err);

/* Add a tally for each swap area; false for want of memory. Before anything is checked. */
bool swap_cache_names(struct page_cache *pc);

/* The swap cache of all areas. */
void swap_cache_check(struct page_cache *pc);

/* A page in the swap cache says that it is in slot @entry: tell, if it is not so. */
void swap_cache_claim(struct page_cache *pc, uint64_t pfn, const struct page *p);

#endif
