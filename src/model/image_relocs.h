/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_relocs - addresses in a vmlinux that the kernel itself writes while it boots
 *
 * A kernel that is linked as one that may lie anywhere keeps a table of its own addresses, and of
 * most the file has nothing in their place. Of other kernels there is no such table (struct arch,
 * image_reloc), and then there is nothing to do. All addresses are as linked.
 */
#ifndef PGCONS_IMAGE_RELOCS_H
#define PGCONS_IMAGE_RELOCS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "debuginfo/debuginfo.h"

struct arch;
struct image_relocs;

/* The caller owns *@ret. Fails only for want of memory. */
_must_check_ enum pgc_status image_relocs_create(struct debuginfo *di, const struct arch *arch,
						 struct image_relocs **ret, struct pgc_err *err);
void image_relocs_destroy(struct image_relocs *r);	/* NULL is fine */

/* Is there any? */
bool image_relocs_any(const struct image_relocs *r);
/* Make of the @size bytes from @addr on what they are in a kernel that lies @slide higher. */
void image_relocs_apply(const struct image_relocs *r, uint64_t addr, uint8_t *bytes, size_t size,
			uint64_t slide);

#endif
