/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iomem - which pfns are memory, by the kernel's own resource tree
 *
 * A section's memmap also covers holes: reserved pages that were never anybody's. The tree
 * under iomem_resource tells them from memory (kernel/resource.c, arch e820 code).
 */
#ifndef PGCONS_IOMEM_H
#define PGCONS_IOMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

struct iomem;

/*
 * Read the ranges called "System RAM". The caller owns *@ret, which is NULL when the tree
 * is unknown or cannot be read whole. Fails only for want of memory.
 */
_must_check_ enum pgc_status iomem_create(struct kernel_reader kr, struct iomem **ret,
					  struct pgc_err *err);
void iomem_destroy(struct iomem *io); /* NULL is fine */

/*
 * Is @pfn memory, whole? *@end is the first pfn of which the answer may differ. Without a
 * tree (NULL) everything is.
 */
bool iomem_is_ram(const struct iomem *io, uint64_t pfn, uint64_t *end);

/*
 * The innermost resource that @pfn lies in, by name: "Kernel code", "Crash kernel"; where that is
 * memory and no more, "System RAM". NULL: in none. Borrowed until iomem_destroy(). *@end is the
 * first pfn behind it of which the answer may differ.
 */
const char *iomem_name(const struct iomem *io, uint64_t pfn, uint64_t *end);

#endif
