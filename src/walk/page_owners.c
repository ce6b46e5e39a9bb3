/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_owners.h"

#include "arch/arch.h"
#include "layout/layout.h"
#include "vmcore.h"

#define MAPPING_FLAGS 3ULL	/* include/linux/page-flags.h: PAGE_MAPPING_FLAGS */
#define MAPPING_ANON 1ULL

/* The pointer at @base, in the member @key. What is no memory has none. */
static enum owner_proof follow(struct kernel_reader kr, uint64_t base,
			       enum layout_key key, uint64_t *ret)
{
	const struct kernel *k = kr.k;
	enum pgc_status st;

	if (!layout_has(k->lay, key))
		return OWNER_UNKNOWN;
	if (!arch_kernel_half(k->arch, base))
		return OWNER_NOT_THERE;
	st = vmcore_read_u64(kr.vc, base + layout_get(k->lay, key), layout_name(key), ret,
			     NULL);
	if (st == PGC_ABSENT && kernel_no_memory(kr, base))
		return OWNER_NOT_THERE;
	if (st != PGC_OK)
		return OWNER_UNKNOWN;
	return arch_kernel_half(k->arch, *ret) ? OWNER_THERE : OWNER_NOT_THERE;
}

/* The inode of a file's mapping has one that is of this inode: nearly always the same one. */
static enum owner_proof file_mapping(struct kernel_reader kr, uint64_t mapping)
{
	uint64_t inode, own, back;
	enum owner_proof proof = follow(kr, mapping, L_address_space_host, &inode);

	if (proof == OWNER_THERE)
		proof = follow(kr, inode, L_inode_i_mapping, &own);
	if (proof == OWNER_THERE && own != mapping)
		proof = follow(kr, own, L_address_space_host, &back);
	else
		back = inode;
	if (proof != OWNER_THERE)
		return proof;
	return back == inode ? OWNER_THERE : OWNER_NOT_THERE;
}

/* The root of a tree of anon_vmas is its own (mm/rmap.c:anon_vma_alloc(), anon_vma_fork()). */
static enum owner_proof anon_mapping(struct kernel_reader kr, uint64_t anon_vma)
{
	uint64_t root, own;
	enum owner_proof proof = follow(kr, anon_vma, L_anon_vma_root, &root);

	if (proof == OWNER_THERE)
		proof = follow(kr, root, L_anon_vma_root, &own);
	if (proof != OWNER_THERE)
		return proof;
	return own == root ? OWNER_THERE : OWNER_NOT_THERE;
}

enum owner_proof page_owners_mapping(struct kernel_reader kr, uint64_t ptr)
{
	switch (ptr & MAPPING_FLAGS) {
	case 0:
		return file_mapping(kr, ptr);
	case MAPPING_ANON:
		return anon_mapping(kr, ptr - MAPPING_ANON);
	default:
		return OWNER_UNKNOWN;
	}
}

static enum owner_proof is_memcg(struct kernel_reader kr, uint64_t memcg)
{
	uint64_t ss;
	enum owner_proof proof;

	if (!layout_has(kr.k->lay, L_memory_cgrp_subsys))
		return OWNER_UNKNOWN;
	proof = follow(kr, memcg, L_mem_cgroup_css_ss, &ss);
	if (proof != OWNER_THERE)
		return proof;
	return ss == kernel_addr(kr.k, L_memory_cgrp_subsys) ? OWNER_THERE
							     : OWNER_NOT_THERE;
}

enum owner_proof page_owners_memcg(struct kernel_reader kr, uint64_t ptr)
{
	uint64_t memcg;
	enum owner_proof proof = is_memcg(kr, ptr);

	if (proof != OWNER_NOT_THERE)
		return proof;
	proof = follow(kr, ptr & ~3ULL, L_obj_cgroup_memcg, &memcg);
	return proof == OWNER_THERE ? is_memcg(kr, memcg) : proof;
}

bool page_owners_bent(struct kernel_reader kr, const struct page_census *c,
		      enum page_owner_kind kind, uint64_t ptr, uint64_t *ret)
{
	enum owner_proof (*proof)(struct kernel_reader kr, uint64_t ptr) =
		kind == OWNER_MAPPING ? page_owners_mapping : page_owners_memcg;
	unsigned int bit = 0;
	bool asked = false;

	while (page_census_near(c, kind, ptr, &bit, ret)) {
		if (!asked && proof(kr, ptr) != OWNER_NOT_THERE)
			return false;
		asked = true;
		if (proof(kr, *ret) == OWNER_THERE)
			return true;
	}
	return false;
}
