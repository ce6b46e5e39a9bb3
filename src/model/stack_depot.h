/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack_depot - the kernel's store of stack traces, by handle
 *
 * Facts: lib/stackdepot.c and include/linux/stackdepot.h of 6.1, 6.12 and 7.2. A record is
 * only believed when it names the handle that led to it.
 */
#ifndef PGCONS_STACK_DEPOT_H
#define PGCONS_STACK_DEPOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

struct stack_depot;

#define STACK_DEPOT_FRAMES 16 /* page_owner keeps no more (PAGE_OWNER_STACK_DEPTH) */

/*
 * The caller owns *@ret, which is NULL when this kernel has no depot or its variables cannot
 * be read. @k is borrowed. Fails only for want of memory.
 */
_must_check_ enum pgc_status stack_depot_create(struct kernel_reader kr,
						struct stack_depot **ret, struct pgc_err *err);
void stack_depot_destroy(struct stack_depot *sd); /* NULL is fine */

/*
 * The return addresses of @handle, the innermost first: how many were put in @frames. 0: it
 * is no handle of this depot, or not in the dump. @sd may be NULL.
 */
size_t stack_depot_fetch(const struct stack_depot *sd, uint32_t handle,
			 uint64_t frames[STACK_DEPOT_FRAMES]);

#endif
