/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_cache - the pages of files, as the files have them
 *
 * Each file keeps its pages in an xarray by index (struct address_space: i_pages), and each page says
 * which file it is of and at which index. Here each is held against the other: all files of all
 * mounted file systems, the swap cache, and each page of memory that says that it is in one. Files
 * that no file system has on its list are found by their pages.
 *
 * Array, number of pages, marks and PG_writeback change under the array's lock. A file whose lock was
 * held is not checked. A page gets its mapping and index before it takes the lock to go into the
 * array, and may have them for a moment after it left it: whoever does that has it in hand, which the
 * judge asks (judge/excuse.h).
 *
 * Not checked: dirty flag against dirty mark, which differ for long while a file is written; arrays of
 * DAX, which have no pages in them; a page that is on no LRU list and names an empty file, as buffers
 * do that drivers map.
 *
 * Facts: mm/filemap.c, mm/shmem.c, mm/truncate.c, mm/migrate.c, mm/khugepaged.c, mm/huge_memory.c,
 * mm/page-writeback.c, mm/swap_state.c, fs/inode.c and fs/super.c of 6.1, 6.12 and 7.2; mm/swap_table.h
 * of 7.2.
 */
#ifndef PGCONS_PAGE_CACHE_H
#define PGCONS_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/file_system.h"
#include "model/kernel.h"
#include "struct_page.h"

/* What was checked of one file system, or of a swap area. */
struct cache_tally {
	struct file_system fs;	/* sb 0: a swap area, or files of no mounted file system */
	uint64_t inodes;	/* on its list */
	uint64_t files;		/* of these, and of others that pages name, those with a page or value */
	uint64_t pages;		/* base pages in arrays or tables */
	uint64_t values;	/* slots that remember a page: shadows, swapped pages of shmem */
	uint64_t locked;	/* files, or clusters of swap, whose lock was held: not checked */
	uint64_t unread;	/* nodes or tables that are not in the dump, or cannot be read */
	uint64_t corrupt;	/* things that are wrong */
	bool cut;		/* its list of inodes could not be walked to the end */
};

struct cache_tallies {
	struct cache_tally *list; /* owned */
	size_t n;		/* 0: this kernel's page cache is not known */
	bool cut;		/* the list of file systems could not be walked to the end */
};

enum cache_kind {
	CACHE_ENTRY,		/* a slot leads to what is not the page that belongs there */
	CACHE_PAGE,		/* a word of a page is not what its place in the array says */
	CACHE_LOST,		/* a page names a place in an array where it is not */
	CACHE_NODE,		/* a word of a node of the array is wrong */
	CACHE_COUNT,		/* nrpages is not the number of pages */
	CACHE_WRITEBACK,	/* the mark of writeback and PG_writeback differ */
};

struct cache_fact {
	enum cache_kind kind;
	const struct file_system *fs; /* valid in the call */
	uint64_t mapping, ino;	/* mapping 0: a table of swap slots; ino 0: not known */
	uint64_t index;		/* in the file; of swap: the slot of the area */
	uint64_t pfn;		/* UINT64_MAX: no page is meant */
	uint64_t node;		/* kaddr of the node of the array; 0: of none */
	int slot;		/* of @node; -1: of none */
	const char *field, *what; /* static */
	bool doubtful;		/* a lost page that is on no LRU list */
	bool is_count;		/* @found and @expected are numbers, no words */
	uint64_t kaddr;		/* where it stands; 0: it has no place of its own */
	uint64_t found, expected;
	bool expected_known;
	enum lock_state lock;	/* of the array or cluster: free or unknown */
};

typedef void cache_fact_fn(void *arg, const struct cache_fact *fact);

/*
 * Check all, and fill @ret, whose @list the caller frees. Nothing where this kernel's page cache is
 * not known: @ret->n is 0 then. Fails only for want of memory.
 */
_must_check_ enum pgc_status page_cache_check(struct kernel_reader kr, const struct page_format *fmt,
					      struct cache_tallies *ret, cache_fact_fn *fn, void *arg,
					      struct pgc_err *err);

#endif
