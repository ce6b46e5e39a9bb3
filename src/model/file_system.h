/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_system - the file and the file system that a page of the page cache is of
 *
 * A page cache page's mapping is the address_space of an inode, whose super block names the file
 * system. Facts: include/linux/fs.h (struct address_space, inode, super_block, file_system_type)
 * of 6.1, 6.12 and 7.2; since 7.0 in include/linux/fs/super_types.h.
 */
#ifndef PGCONS_FILE_SYSTEM_H
#define PGCONS_FILE_SYSTEM_H

#include <stdint.h>

#include "base/cleanup.h"
#include "model/kernel.h"

#define FILE_SYSTEM_NAME_LEN 32	/* sizeof(super_block.s_id) */

struct file_system {
	uint64_t sb;		/* kaddr of the super block */
	uint64_t inode, ino;	/* kaddr, and its number */
	char type[FILE_SYSTEM_NAME_LEN]; /* "ext4", as the dump has it: clean it before it is shown */
	char id[FILE_SYSTEM_NAME_LEN];	/* of the device, as a rule: super_block.s_id */
};

/*
 * The inode that has the address_space at @mapping. 0: none, as its host does not lead back to it, or
 * is not in the dump, or this kernel's members are not known.
 */
uint64_t file_system_inode(struct kernel_reader kr, uint64_t mapping);

/* What the address_space at @mapping is of. False: it is no inode's, or not in the dump. */
_must_check_ bool file_system_of(struct kernel_reader kr, uint64_t mapping,
				 struct file_system *ret);

/*
 * The names of the file system whose super block is at @sb, into @ret, whose inode is 0 then. False:
 * they cannot be read; the type is "?".
 */
bool file_system_names(struct kernel_reader kr, uint64_t sb, struct file_system *ret);

#endif
