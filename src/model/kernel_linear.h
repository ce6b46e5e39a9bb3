/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_linear - kernel addresses without page tables
 *
 * The kernel image and the direct map are linear; where they start is all that it takes. For
 * dumps whose page tables are damaged: nodes, zones and per-CPU areas can still be read.
 */
#ifndef PGCONS_KERNEL_LINEAR_H
#define PGCONS_KERNEL_LINEAR_H

#include <stdbool.h>

struct arch_linear;
struct kernel;
struct kernel_reader;
struct vmcore;

/* The kernel image; of a live kernel, too. False: not known. */
bool kernel_image_map(struct kernel_reader kr, struct arch_linear *ret);
/* The direct map, in which all memory has an address. False: not known. */
bool kernel_direct_map(struct kernel_reader kr, struct arch_linear *ret);

/*
 * Take both to be linear from now on, whatever the page tables say. Undone by
 * vmcore_assume_linear(vc, 0, 0, 0). False, and nothing is changed: not known, or a live kernel.
 */
bool kernel_assume_linear(struct kernel *k, struct vmcore *vc);

#endif
