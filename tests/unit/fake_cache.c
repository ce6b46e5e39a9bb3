/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_cache.h"

#include <check.h>
#include <endian.h>
#include <string.h>

#include "base/array.h"
#include "fake_vmcore.h"

#define WRITEBACK_MARK 1
#define SWAP_SLOT 7

void fc_put(struct fake_kernel *fk, uint64_t kaddr, uint64_t value, size_t len)
{
	value = htole64(value);
	memcpy(fake_vmcore_at(fk_vmcore(fk), kaddr), &value, len);
}

uint64_t fc_get(struct fake_kernel *fk, uint64_t kaddr)
{
	uint64_t value;

	memcpy(&value, fake_vmcore_at(fk_vmcore(fk), kaddr), sizeof(value));
	return le64toh(value);
}

uint64_t fc_mapping(uint64_t inode)
{
	return inode + FC_I_DATA;
}

uint64_t fc_page(uint64_t pfn)
{
	return FK_MEMMAP + pfn * FK_PAGE_SIZE_OF;
}

static void put_list(struct fake_kernel *fk, uint64_t at, uint64_t next, uint64_t prev)
{
	fc_put(fk, at, next, 8);
	fc_put(fk, at + 8, prev, 8);
}

void fc_set_page(struct fake_kernel *fk, uint64_t pfn, uint64_t mapping, uint64_t index)
{
	fk_set_mapping(fk, pfn, mapping);
	fk_set_page_word(fk, pfn, FC_P_INDEX, index);
}

static void put_inode(struct fake_kernel *fk, uint64_t inode, uint64_t ino, uint64_t nrpages,
		      uint64_t head)
{
	uint64_t mapping = fc_mapping(inode);

	fc_put(fk, inode + 8, FC_SB, 8);
	fc_put(fk, inode + 16, mapping, 8);
	fc_put(fk, inode + 24, ino, 8);
	fc_put(fk, mapping + FC_HOST, inode, 8);
	fc_put(fk, mapping + FC_I_PAGES + FC_XA_HEAD, head, 8);
	fc_put(fk, mapping + FC_NRPAGES, nrpages, 8);
}

static void put_node(struct fake_kernel *fk, uint64_t node, unsigned int shift, unsigned int offset,
		     unsigned int count, unsigned int values, uint64_t parent)
{
	fc_put(fk, node + FC_SHIFT, shift, 1);
	fc_put(fk, node + FC_OFFSET, offset, 1);
	fc_put(fk, node + FC_COUNT, count, 1);
	fc_put(fk, node + FC_VALUES, values, 1);
	fc_put(fk, node + FC_PARENT, parent, 8);
	fc_put(fk, node + FC_ARRAY, fc_mapping(FC_INODE) + FC_I_PAGES, 8);
}

static void put_slot(struct fake_kernel *fk, uint64_t node, unsigned int slot, uint64_t word)
{
	fc_put(fk, node + FC_SLOTS + 8 * slot, word, 8);
}

static void put_rows(struct fake_kernel *fk)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{ L_super_blocks, FC_HEAD, 16 }, { L_super_block_s_list, 0, 16 },
		{ L_super_block_s_type, 16, 8 }, { L_super_block_s_inodes, FC_SB_INODES, 16 },
		{ L_super_block_s_inode_list_lock, FC_SB_LOCK, 4 }, { L_super_block_s_id, 48, 32 },
		{ L_file_system_type_name, 0, 8 }, { L_inode_i_mode, 0, 2 }, { L_inode_i_sb, 8, 8 },
		{ L_inode_i_mapping, 16, 8 }, { L_inode_i_ino, 24, 8 },
		{ L_inode_i_sb_list, FC_I_SB_LIST, 16 }, { L_inode_i_data, FC_I_DATA, 48 },
		{ L_address_space, 48, 0 }, { L_address_space_host, FC_HOST, 8 },
		{ L_address_space_i_pages, FC_I_PAGES, 16 },
		{ L_address_space_nrpages, FC_NRPAGES, 8 }, { L_address_space_flags, FC_FLAGS, 8 },
		{ L_AS_NO_WRITEBACK_TAGS, 5, 0 }, { L_folio, 256, 0 }, { L_xarray_xa_lock, 0, 4 },
		{ L_xarray_xa_head, FC_XA_HEAD, 8 }, { L_xa_node, 576, 0 },
		{ L_xa_node_shift, FC_SHIFT, 1 }, { L_xa_node_offset, FC_OFFSET, 1 },
		{ L_xa_node_count, FC_COUNT, 1 }, { L_xa_node_nr_values, FC_VALUES, 1 },
		{ L_xa_node_parent, FC_PARENT, 8 }, { L_xa_node_array, FC_ARRAY, 8 },
		{ L_xa_node_slots, FC_SLOTS, 512 }, { L_xa_node_nr_slots, 64, 0 },
		{ L_xa_node_marks, FC_MARKS, 24 }, { L_page_folio_index, FC_P_INDEX, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, rows[i].key, rows[i].value, rows[i].size);
}

static void put_first_file(struct fake_kernel *fk)
{
	uint64_t mapping = fc_mapping(FC_INODE);

	put_inode(fk, FC_INODE, 12, 6, FC_ROOT + 2);
	put_node(fk, FC_ROOT, 6, 0, 2, 0, 0);
	put_slot(fk, FC_ROOT, 0, FC_LEAF + 2);
	put_slot(fk, FC_ROOT, 1, FC_LEAF_B + 2);
	fc_put(fk, FC_ROOT + FC_MARKS + 8 * WRITEBACK_MARK, 2, 8);
	put_node(fk, FC_LEAF, 0, 0, 6, 1, FC_ROOT);
	put_slot(fk, FC_LEAF, 3, fc_page(FC_PAGE));
	put_slot(fk, FC_LEAF, 5, 0x123);
	put_slot(fk, FC_LEAF, 8, fc_page(FC_FOLIO));
	for (unsigned int i = 9; i < 12; i++)
		put_slot(fk, FC_LEAF, i, 8 << 2 | 2);
	put_node(fk, FC_LEAF_B, 0, 1, 1, 0, FC_ROOT);
	put_slot(fk, FC_LEAF_B, 6, fc_page(FC_WRITTEN));
	fc_put(fk, FC_LEAF_B + FC_MARKS + 8 * WRITEBACK_MARK, 1 << 6, 8);
	fc_set_page(fk, FC_PAGE, mapping, 3);
	fc_set_page(fk, FC_WRITTEN, mapping, 70);
	fk_set_flags(fk, FC_WRITTEN, fk_flags(fk, FC_WRITTEN) | 1 << FK_PG_WRITEBACK);
}

/* A folio is made as a slab is, but for its type and its place in a file. */
static void put_folio(struct fake_kernel *fk)
{
	fk_make_slab(fk, FC_FOLIO, 2);
	fk_set_mapcount(fk, FC_FOLIO, 0xffffffff);
	fc_set_page(fk, FC_FOLIO, fc_mapping(FC_INODE), 8);
	fk_set_refcount(fk, FC_FOLIO, 4);
}

void fc_add(struct fake_kernel *fk)
{
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), FC_MEMORY, FC_MEMORY_LEN));
	fk_verify_cache(fk);
	put_rows(fk);
	put_list(fk, FC_HEAD, FC_SB, FC_SB);
	put_list(fk, FC_SB, FC_HEAD, FC_HEAD);
	fc_put(fk, FC_SB + 16, FC_TYPE, 8);
	memcpy(fake_vmcore_at(fk_vmcore(fk), FC_SB + 48), "vda1", 5);
	fc_put(fk, FC_TYPE, FC_TYPE + 64, 8);
	memcpy(fake_vmcore_at(fk_vmcore(fk), FC_TYPE + 64), "ext4", 5);
	put_list(fk, FC_SB + FC_SB_INODES, FC_INODE + FC_I_SB_LIST, FC_INODE_B + FC_I_SB_LIST);
	put_list(fk, FC_INODE + FC_I_SB_LIST, FC_INODE_B + FC_I_SB_LIST, FC_SB + FC_SB_INODES);
	put_list(fk, FC_INODE_B + FC_I_SB_LIST, FC_SB + FC_SB_INODES, FC_INODE + FC_I_SB_LIST);
	put_first_file(fk);
	put_folio(fk);
	put_inode(fk, FC_INODE_B, 13, 1, fc_page(FC_ONLY));
	fc_set_page(fk, FC_ONLY, fc_mapping(FC_INODE_B), 0);
	put_inode(fk, FC_INODE_C, 14, 0, 0);
}

static void put_swapped(struct fake_kernel *fk)
{
	fk_set_private(fk, FC_OTHER, SWAP_SLOT);
	fk_set_flags(fk, FC_OTHER, fk_flags(fk, FC_OTHER) | 1 << FK_PG_SWAPCACHE | FK_SWAPBACKED);
}

void fc_add_swap(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_swapper_spaces, FC_SWAP, 0);
	fk_add_layout(fk, L_nr_swapper_types, 2, 16);
	fk_add_layout(fk, L_nr_swapper_spaces, FC_SWAP + 0x100, 0);
	fc_put(fk, FC_SWAP, FC_SWAP + 0x200, 8);
	fc_put(fk, FC_SWAP + 0x100, 1, 4);
	fc_put(fk, FC_SWAP + 0x200 + FC_NRPAGES, 1, 8);
	fc_put(fk, FC_SWAP + 0x200 + FC_FLAGS, 1 << 5, 8);
	fc_put(fk, FC_SWAP + 0x200 + FC_I_PAGES + FC_XA_HEAD, FC_SWAP + 0x402, 8);
	put_node(fk, FC_SWAP + 0x400, 0, 0, 1, 0, 0);
	fc_put(fk, FC_SWAP + 0x400 + FC_ARRAY, FC_SWAP + 0x200 + FC_I_PAGES, 8);
	put_slot(fk, FC_SWAP + 0x400, SWAP_SLOT, fc_page(FC_OTHER));
	put_swapped(fk);
}

void fc_add_swap_table(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_swap_info, FC_SWAP, 0);
	fk_add_layout(fk, L_nr_swap_info, 2, 16);
	fk_add_layout(fk, L_swap_info_max, 0, 4);
	fk_add_layout(fk, L_swap_info_cluster_info, 8, 8);
	fk_add_layout(fk, L_swap_cluster, 24, 0);
	fk_add_layout(fk, L_swap_cluster_lock, 0, 4);
	fk_add_layout(fk, L_swap_cluster_table, 8, 8);
	fk_add_layout(fk, L_swap_cluster_extend_table, 16, 8);
	fk_add_layout(fk, L_swap_table, 2048, 0);
	fc_put(fk, FC_SWAP, FC_SWAP + 0x100, 8);
	fc_put(fk, FC_SWAP + 0x100, 200, 4);
	fc_put(fk, FC_SWAP + 0x108, FC_SWAP + 0x200, 8);
	fc_put(fk, FC_SWAP + 0x208, FC_SWAP + 0x400, 8);
	fc_put(fk, FC_SWAP + 0x400, UINT64_MAX << 3, 8);
	fc_put(fk, FC_SWAP + 0x400 + 8 * SWAP_SLOT, FC_OTHER << 2 | 2 | 1ULL << 60, 8);
	fc_put(fk, FC_SWAP + 0x400 + 8 * (SWAP_SLOT + 1), 0x0800000000000123ULL, 8);
	put_swapped(fk);
}
