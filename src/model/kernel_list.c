/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_list.h"

#include "arch/arch.h"

bool kernel_list_walk(struct kernel_reader kr, uint64_t head, bool back, uint64_t bound,
		      kernel_list_fn *fn, void *arg)
{
	uint64_t to = layout_get(kr.k->lay, back ? L_list_head_prev : L_list_head_next);
	uint64_t from = layout_get(kr.k->lay, back ? L_list_head_next : L_list_head_prev);

	head = kernel_bare(kr.k, head);
	for (uint64_t at = head, next, leads;; at = next) {
		if (!kernel_pointer_at(kr, at + to, "list_head", &next))
			return false;
		/* Whatever the head's other link says: all has been visited. */
		if (next == head)
			return true;
		if (!bound-- || !arch_kernel_half(kr.k->arch, next) ||
		    !kernel_pointer_at(kr, next + from, "list_head", &leads) ||
		    leads != at || !fn(arg, next))
			return false;
	}
}
