/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/file_system.h"

#include "base/target_int.h"
#include "vmcore.h"

static bool read_name(struct kernel_reader kr, uint64_t kaddr, char name[FILE_SYSTEM_NAME_LEN])
{
	return vmcore_read_str(kr.vc, kaddr, name, FILE_SYSTEM_NAME_LEN, "file system name",
			       NULL) == PGC_OK;
}

/* Of ret->sb. */
static bool read_names(struct kernel_reader kr, struct file_system *ret)
{
	const struct layout *lay = kr.k->lay;
	uint64_t type, name;

	if (!kernel_member(kr, ret->sb, L_super_block_s_type, &type) ||
	    !kernel_member(kr, type, L_file_system_type_name, &name) ||
	    !read_name(kr, name, ret->type))
		return false;
	if (!layout_has(lay, L_super_block_s_id) ||
	    !read_name(kr, ret->sb + layout_get(lay, L_super_block_s_id), ret->id))
		ret->id[0] = '\0';
	return true;
}

bool file_system_names(struct kernel_reader kr, uint64_t sb, struct file_system *ret)
{
	*ret = (struct file_system){ .sb = sb };
	if (read_names(kr, ret))
		return true;
	*ret = (struct file_system){ .sb = sb, .type = "?" };
	return false;
}

uint64_t file_system_inode(struct kernel_reader kr, uint64_t mapping)
{
	const struct layout *lay = kr.k->lay;
	uint64_t inode, back;

	mapping = kernel_bare(kr.k, mapping);
	if (!kernel_pointer(kr, mapping, L_address_space_host, &inode) ||
	    !arch_kernel_half(kr.k->arch, inode) || !kernel_pointer(kr, inode, L_inode_i_mapping, &back))
		return 0;
	/* A block device's inode may have another one's pages: i_data is its own. */
	return back == mapping || (layout_has(lay, L_inode_i_data) &&
				   mapping == inode + layout_get(lay, L_inode_i_data)) ? inode : 0;
}

bool file_system_of(struct kernel_reader kr, uint64_t mapping, struct file_system *ret)
{
	*ret = (struct file_system){ .inode = file_system_inode(kr, mapping) };
	if (!ret->inode || !kernel_pointer(kr, ret->inode, L_inode_i_sb, &ret->sb) || !ret->sb)
		return false;
	if (!kernel_member(kr, ret->inode, L_inode_i_ino, &ret->ino))
		ret->ino = 0;
	return read_names(kr, ret);
}
