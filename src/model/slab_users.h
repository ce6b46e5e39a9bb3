/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab_users - who allocated an object of a slab, and who freed it last
 *
 * With slab_debug=U the kernel keeps both behind each object, as two struct track: behind the free
 * pointer, where that is behind the object.
 *
 * Facts: mm/slub.c:get_track(), get_info_end(), set_track() of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_SLAB_USERS_H
#define PGCONS_SLAB_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernel.h"

struct slab_user {
	uint64_t addr;		/* kaddr of the code that called the allocator; 0: nobody did so far */
	uint32_t handle;	/* of its stack, see stack_depot.h; 0: none */
	int pid;
};

/*
 * Of the object at @object in the slab that begins with page @pfn. False: this kernel keeps none for
 * it, it cannot be read, or what it keeps was written over.
 */
bool slab_users_read(struct kernel_reader kr, uint64_t pfn, uint64_t object, struct slab_user *alloc,
		     struct slab_user *freed);

#endif
