/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_cache - a file system, its files and a swap area in the memory of a fake kernel
 *
 * ext4 on vda1 has two inodes. The first, number 12, has pages at the indexes 3 (FC_PAGE), 70
 * (FC_WRITTEN, under writeback) and 8 to 11 (FC_FOLIO, of order 2), and a value at 5: a node with one
 * for each 64 of these. The second, number 13, has one page, at index 0 (FC_ONLY), without a node.
 */
#ifndef PGCONS_FAKE_CACHE_H
#define PGCONS_FAKE_CACHE_H

#include "fake_kernel.h"

#define FC_MEMORY 0xffff888001800000ULL
#define FC_HEAD FC_MEMORY		/* super_blocks */
#define FC_SB (FC_MEMORY + 0x100)
#define FC_TYPE (FC_MEMORY + 0x200)
#define FC_INODE (FC_MEMORY + 0x400)
#define FC_INODE_B (FC_MEMORY + 0x600)
#define FC_INODE_C (FC_MEMORY + 0x800)	/* on no list */
#define FC_ROOT (FC_MEMORY + 0x1000)
#define FC_LEAF (FC_MEMORY + 0x1400)	/* in slot 0 */
#define FC_LEAF_B (FC_MEMORY + 0x1800)	/* in slot 1 */
#define FC_SWAP (FC_MEMORY + 0x2000)
#define FC_MEMORY_LEN 0x4000

#define FC_PAGE FK_ANON
#define FC_WRITTEN (FK_ANON + 1)
#define FC_ONLY (FK_ANON + 2)
#define FC_OTHER (FK_ANON + 3)		/* of no file */
#define FC_FOLIO (FK_ANON + 4)

enum {
	FC_SB_LOCK = 40, FC_SB_INODES = 24,
	FC_I_SB_LIST = 32, FC_I_DATA = 48,
	FC_HOST = 0, FC_I_PAGES = 8, FC_XA_HEAD = 8, FC_NRPAGES = 24, FC_FLAGS = 32,
	FC_SHIFT = 0, FC_OFFSET = 1, FC_COUNT = 2, FC_VALUES = 3, FC_PARENT = 8, FC_ARRAY = 16,
	FC_SLOTS = 40, FC_MARKS = 552,
	FC_P_MAPPING = 24, FC_P_INDEX = 32,	/* in struct page */
};

void fc_add(struct fake_kernel *fk);

/* A swap area with one array: slot 7 has FC_OTHER. */
void fc_add_swap(struct fake_kernel *fk);

/* ... or one cluster of a table, as since 6.18. */
void fc_add_swap_table(struct fake_kernel *fk);

/* kaddr of the address_space of the inode at @inode, and of the struct page of @pfn. */
uint64_t fc_mapping(uint64_t inode);
uint64_t fc_page(uint64_t pfn);

/* Make @pfn a page of @mapping at @index. */
void fc_set_page(struct fake_kernel *fk, uint64_t pfn, uint64_t mapping, uint64_t index);
void fc_put(struct fake_kernel *fk, uint64_t kaddr, uint64_t value, size_t len);
uint64_t fc_get(struct fake_kernel *fk, uint64_t kaddr);

#endif
