/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_list.h"

#include "arch/arch.h"
#include "vmcore.h"

bool kernel_list_walk(struct kernel_reader kr, uint64_t head, bool back, uint64_t bound,
		      kernel_list_fn *fn, void *arg)
{
	uint64_t to = layout_get(kr.k->lay, back ? L_list_head_prev : L_list_head_next);
	uint64_t from = layout_get(kr.k->lay, back ? L_list_head_next : L_list_head_prev);

	for (uint64_t at = head, next, leads;; at = next) {
		if (vmcore_read_u64(kr.vc, at + to, "list_head", &next, NULL) != PGC_OK)
			return false;
		/* Whatever the head's other link says: all has been visited. */
		if (next == head)
			return true;
		if (!bound-- || !arch_kernel_half(kr.k->arch, next) ||
		    vmcore_read_u64(kr.vc, next + from, "list_head", &leads, NULL) != PGC_OK ||
		    leads != at || !fn(arg, next))
			return false;
	}
}
