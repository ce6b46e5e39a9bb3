/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_spans.h"

#include "arch/arch.h"
#include "layout/layout.h"

#define MAPPING_FLAGS 3ULL	/* include/linux/page-flags.h: PAGE_MAPPING_FLAGS */
#define MAPPING_ANON 1ULL
#define VMAS_MAX 128		/* of an anon_vma; of more nothing is said */
#define DEPTH_MAX 32		/* of a tree of as many: a red-black tree is at most twice log2 deep */

/*
 * Beyond a file's size there may be pages for a while: of one that is being cut short, and those
 * that a file system keeps there (fallocate() of tmpfs, the hashes of fs-verity).
 */
#define BEYOND_SIZE 65536

static bool read_word(struct kernel_reader kr, uint64_t base, enum layout_key key,
		      uint64_t *ret)
{
	return arch_kernel_half(kr.k->arch, base) && kernel_member(kr, base, key, ret);
}

/* By the size of its inode. One of size 0 may be a file system's own, that has none. */
static bool file_span(struct kernel_reader kr, uint64_t mapping, struct page_span *ret)
{
	uint64_t inode, size;

	if (!read_word(kr, mapping, L_address_space_host, &inode) ||
	    !read_word(kr, inode, L_inode_i_size, &size) || (int64_t)size <= 0)
		return false;
	ret->hi = 2 * (size >> kr.k->page_shift) + BEYOND_SIZE;
	return true;
}

/* The VMA of an anon_vma_chain: its pages have indexes from vm_pgoff on (linear_page_index()). */
static bool add_vma(struct kernel_reader kr, uint64_t avc, struct page_span *ret)
{
	uint64_t vma, start, end, pgoff, last;

	if (!read_word(kr, avc, L_anon_vma_chain_vma, &vma) ||
	    !read_word(kr, vma, L_vma_vm_start, &start) ||
	    !read_word(kr, vma, L_vma_vm_end, &end) ||
	    !read_word(kr, vma, L_vma_vm_pgoff, &pgoff) || end <= start)
		return false;
	last = pgoff + ((end - start - 1) >> kr.k->page_shift);
	if (last < pgoff)
		return false;
	ret->lo = pgoff < ret->lo ? pgoff : ret->lo;
	ret->hi = last > ret->hi ? last : ret->hi;
	return true;
}

/* All VMAs of the tree (mm/interval_tree.c); false: one of them was not read, or there are many. */
static bool anon_span(struct kernel_reader kr, uint64_t anon_vma, struct page_span *ret)
{
	const struct kernel *k = kr.k;
	uint64_t todo[DEPTH_MAX], node, rb;
	unsigned int n = 0, seen = 0;

	if (!layout_has(k->lay, L_anon_vma_chain_rb) || !layout_has(k->lay, L_rb_node_rb_left) ||
	    !layout_has(k->lay, L_rb_node_rb_right) ||
	    !read_word(kr, anon_vma, L_anon_vma_rb_root, &node) || !node)
		return false;
	rb = layout_get(k->lay, L_anon_vma_chain_rb);
	ret->lo = UINT64_MAX;
	ret->hi = 0;
	for (todo[n++] = node; n;) {
		uint64_t left, right;

		node = todo[--n];
		if (++seen > VMAS_MAX || !add_vma(kr, node - rb, ret) ||
		    !read_word(kr, node, L_rb_node_rb_left, &left) ||
		    !read_word(kr, node, L_rb_node_rb_right, &right) || n + 2 > DEPTH_MAX)
			return false;
		if (left)
			todo[n++] = left;
		if (right)
			todo[n++] = right;
	}
	return true;
}

const struct page_span *page_spans_get(struct page_spans *s, struct kernel_reader kr,
				       uint64_t mapping)
{
	struct page_span *span = &s->spans[page_spans_slot(mapping)];
	bool known = false;

	if (span->mapping == mapping)
		return span;
	*span = (struct page_span){ .mapping = mapping };
	if (!(mapping & MAPPING_FLAGS))
		known = file_span(kr, mapping, span);
	else if ((mapping & MAPPING_FLAGS) == MAPPING_ANON)
		known = anon_span(kr, mapping - MAPPING_ANON, span);
	if (!known) {
		span->lo = 0;
		span->hi = UINT64_MAX;
	}
	return span;
}
