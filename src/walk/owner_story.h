/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_story - who allocated and who freed a page, with stacks in words
 *
 * Puts page_owner, what slab_debug=U keeps of objects, the tags of allocations, the stack depot and the
 * symbols together, and what a wrong pointer points to. Each is opened when a page is
 * first asked about: a sound dump costs nothing.
 */
#ifndef PGCONS_OWNER_STORY_H
#define PGCONS_OWNER_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/kernel.h"
#include "model/page_owner.h"

#define OWNER_STACK_SIZE 900

struct owner_story;

/*
 * @k is borrowed; @vmlinux (borrowed; may be NULL) is where functions have names if the
 * dump does not list them. Findings go on to @sink. The caller owns *@ret.
 */
_must_check_ enum pgc_status owner_story_create(struct kernel_reader kr,
						const char *vmlinux, finding_sink *sink,
						void *arg, struct owner_story **ret,
						struct pgc_err *err);
void owner_story_destroy(struct owner_story *os); /* NULL is fine */

/* Has this kernel page_owner at all, and is it on? */
enum owner_state owner_story_state(struct owner_story *os);

/* The record of a page; false: there is none. */
_must_check_ bool owner_story_record(struct owner_story *os, uint64_t pfn,
				     struct owner_record *ret);

/* The stack of @handle, the innermost function first: "a+0x1 < b+0x2"; "" when not known. */
void owner_story_stack(struct owner_story *os, uint32_t handle, char buf[OWNER_STACK_SIZE]);

/*
 * For memory_names; @arg is the struct owner_story. The function at @kaddr, "func+0x1"; and who asked
 * for a page: the stack of @handle without the functions of the allocator itself.
 */
void owner_story_function(void *arg, uint64_t kaddr, char *buf, size_t size);
void owner_story_asked(void *arg, uint32_t handle, char *buf, size_t size);

/*
 * A finding_sink; @arg is the struct owner_story. A finding about a page gets the stacks of
 * its last allocation and free, unless it is a note; one of a wrong pointer, whose pointer it is;
 * one about an object of a slab, what is before it.
 */
void owner_story_finding(void *arg, const struct finding *f);

#endif
