/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/node_counters.h"

#include "vmcore.h"

#define POOLS_MAX 16	/* HUGE_MAX_HSTATE is 4 at most, on any architecture */
#define ORDER_MAX 40

/* What the CPUs have not added yet, for all nodes. */
static bool add_diffs(struct kernel_reader kr, uint64_t item, int64_t *sum)
{
	const struct kernel *k = kr.k;
	uint64_t stats;

	if (!layout_has(k->lay, L_pglist_data_per_cpu_nodestats) ||
	    !layout_has(k->lay, L_per_cpu_nodestat_diff))
		return true;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (!kernel_member(kr, k->nodes[i].kaddr, L_pglist_data_per_cpu_nodestats, &stats) ||
		    !kernel_add_diffs(kr, stats + layout_get(k->lay, L_per_cpu_nodestat_diff) + item,
				      sum))
			return false;
	return true;
}

bool node_counter(struct kernel_reader kr, enum layout_key key, uint64_t *ret)
{
	const struct layout *lay = kr.k->lay;
	uint64_t item, value;
	int64_t sum;

	if (!layout_has(lay, key) || !layout_has(lay, L_vm_node_stat))
		return false;
	item = layout_get(lay, key);
	if (layout_has(lay, L_NR_VM_NODE_STAT_ITEMS) &&
	    item >= layout_get(lay, L_NR_VM_NODE_STAT_ITEMS))
		return false;
	if (vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_vm_node_stat) + item * 8, "vm_node_stat",
			    &value, NULL) != PGC_OK)
		return false;
	sum = (int64_t)value;
	if (!add_diffs(kr, item, &sum))
		return false;
	*ret = sum > 0 ? (uint64_t)sum : 0;
	return true;
}

bool node_counter_vmalloc(struct kernel_reader kr, uint64_t *ret)
{
	if (!layout_has(kr.k->lay, L_nr_vmalloc_pages))
		return node_counter(kr, L_NR_VMALLOC, ret);
	return vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_nr_vmalloc_pages), "nr_vmalloc_pages",
			       ret, NULL) == PGC_OK;
}

bool node_counter_hugetlb(struct kernel_reader kr, uint64_t *ret)
{
	const struct layout *lay = kr.k->lay;
	uint64_t order, nr, at;
	uint32_t pools;

	*ret = 0;
	if (!layout_has(lay, L_hstates) || !layout_has(lay, L_hugetlb_max_hstate) ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_hugetlb_max_hstate), "hugetlb_max_hstate",
			    &pools, NULL) != PGC_OK || pools > POOLS_MAX)
		return false;
	for (uint32_t i = 0; i < pools; i++) {
		at = kernel_addr(kr.k, L_hstates) + i * layout_get(lay, L_hstate);
		if (!kernel_member(kr, at, L_hstate_order, &order) || order >= ORDER_MAX ||
		    !kernel_member(kr, at, L_hstate_nr, &nr))
			return false;
		*ret += nr << order;
	}
	return true;
}

bool node_counter_percpu(struct kernel_reader kr, uint64_t *ret)
{
	uint64_t populated, units;

	if (!layout_has(kr.k->lay, L_pcpu_nr_populated) ||
	    !kernel_read_var(kr, L_pcpu_nr_units, &units) ||
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_pcpu_nr_populated), "pcpu_nr_populated",
			    &populated, NULL) != PGC_OK)
		return false;
	return !__builtin_mul_overflow(populated, units, ret);
}
