/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node_counters - how many pages the kernel itself counts for each use
 *
 * What /proc/meminfo and /proc/vmstat print: the sum over all nodes, and what each CPU has not
 * added to it yet. Facts: mm/vmstat.c, include/linux/mmzone.h (struct per_cpu_nodestat) of 6.1,
 * 6.12 and 7.2; vmalloc: nr_vmalloc_pages in mm/vmalloc.c up to 6.18, then NR_VMALLOC; per-CPU
 * memory: pcpu_nr_pages() in mm/percpu.c.
 */
#ifndef PGCONS_NODE_COUNTERS_H
#define PGCONS_NODE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "model/kernel.h"

/*
 * The counter @item (a row of enum node_stat_item), in its own unit. A sum that is below 0 for an
 * instant, as counters of single CPUs can be, is 0. False: this kernel has it not, or the dump.
 */
_must_check_ bool node_counter(struct kernel_reader kr, enum layout_key item, uint64_t *ret);

/* Pages that vmalloc() has given out, and pages of per-CPU memory. False: not known. */
_must_check_ bool node_counter_vmalloc(struct kernel_reader kr, uint64_t *ret);
_must_check_ bool node_counter_percpu(struct kernel_reader kr, uint64_t *ret);

/* Pages of all pools of hugetlbfs (mm/hugetlb.c: hstates), in use or not. False: not known. */
_must_check_ bool node_counter_hugetlb(struct kernel_reader kr, uint64_t *ret);

#endif
