/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pointee - what a kernel address is an address of, in words
 *
 * A word that was written over with a pointer tells whose pointer it was: an object of a slab cache,
 * a kernel stack, the kernel's code. Each of these is opened when it is first asked for.
 */
#ifndef PGCONS_POINTEE_H
#define PGCONS_POINTEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "walk/memory_items.h"

#define POINTEE_LEN 160

struct pointee;

/* @names, copied, is for addresses in the kernel's code. Reads nothing yet. The caller owns *@ret. */
_must_check_ enum pgc_status pointee_create(struct kernel_reader kr, const struct memory_names *names,
					    struct pointee **ret, struct pgc_err *err);
void pointee_destroy(struct pointee *p); /* NULL is fine */

/*
 * "an object of the slab cache task_struct, 64 bytes in", "the kernel stack of task 17 (kswapd0)",
 * "the kernel's code, schedule+0x1f", "the page frame 0x1a2b". False: @kaddr is no address of any of
 * these. What memory holds at that address is not told.
 */
bool pointee_describe(struct pointee *p, uint64_t kaddr, char buf[POINTEE_LEN]);

/*
 * What is in memory just before @object, an object of a slab: that of the same slab, *@kaddr, or, before
 * the first one, what the page before the slab is, *@pfn; the other of the two is UINT64_MAX. Who wrote
 * beyond its end wrote into @object. False: it is not known.
 */
bool pointee_before(struct pointee *p, uint64_t object, uint64_t *kaddr, uint64_t *pfn,
		    char buf[POINTEE_LEN]);

#endif
