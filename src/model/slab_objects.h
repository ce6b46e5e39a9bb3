/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab_objects - the free objects within the slabs of each cache
 *
 * A slab keeps its free objects on a list of its own: slab.freelist is the first, and each has a
 * pointer to the next at kmem_cache.offset, which CONFIG_SLAB_FREELIST_HARDENED stores as
 * pointer ^ kmem_cache.random ^ swab(address of the pointer). What was written over an object after
 * it was freed, from the object before it, or by freeing it twice, is seen there.
 *
 * Asked are slabs on their node's partial list, whose lock was free, and those that a CPU has for
 * itself: one that is being made is none of these, and slab.freelist and the counts change together,
 * by one instruction. Of its slab a CPU has a list of free objects of its own, which count as in use;
 * since 7.0 it has objects of any slab of the cache in an array, a sheaf, and gives full ones to its
 * node, which keeps them on a list (struct node_barn).
 *
 * With slab_debug= each object has bytes of one value around it, another one when it is free, and a
 * free one is filled with a third (include/linux/poison.h): whoever writes beyond an object, or to a
 * free one, changes these.
 *
 * Facts: mm/slub.c:freelist_ptr_decode(), get_freepointer(), __slab_free(), slab_update_freelist(),
 * allocate_slab() of 6.12 and 7.2; freelist_ptr(), __slab_free() of 6.1; ___slab_alloc(),
 * get_freelist(), put_cpu_partial(), flush_slab() of 6.1 and 6.12; free_to_pcs(), alloc_from_pcs(),
 * __kfree_rcu_sheaf(), barn_put_full_sheaf(), barn_replace_full_sheaf() of 7.2; init_object(), check_object(), calculate_sizes() of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_SLAB_OBJECTS_H
#define PGCONS_SLAB_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/slab_caches.h"
#include "struct_page.h"

/* What was checked of one cache. */
struct slab_tally {
	char name[SLAB_NAME_LEN];
	uint64_t kaddr;		/* of its struct kmem_cache */
	uint32_t size;		/* bytes from one object to the next */
	uint64_t slabs;		/* on partial lists, or a CPU's */
	uint64_t free;		/* objects that their lists, the CPUs' and the sheaves hold */
	uint64_t unread;	/* slabs whose memory is not in the dump, or cannot be read */
	uint64_t corrupt;	/* slabs with something wrong */
};

struct slab_tallies {
	struct slab_tally *caches; /* as they stand in slab_caches; owned */
	size_t n;
};

enum slab_object_kind {
	OBJECT_LINK,		/* the pointer to the next one leads to no object of the slab */
	OBJECT_TWICE,		/* ... to one that the list had before */
	OBJECT_ASTRAY,		/* ... to one that is in use, @expected is the right one */
	OBJECT_COUNT,		/* the list has @found objects, the counts say @expected */
	OBJECT_STRANGER,	/* an entry of a sheaf is no object of the cache */
	OBJECT_KEPT,		/* an object on a list is in a sheaf, too, or in two */
	OBJECT_SHEAF_LINK,	/* the list of a node's full sheaves breaks there */
	OBJECT_SHEAF_COUNT,	/* it has @expected sheaves, its counter says @found */
	OBJECT_BEFORE,		/* a byte before @object is @found, and must be @expected */
	OBJECT_BEHIND,		/* the same behind it */
	OBJECT_CHANGED,		/* the same in it, though it is free */
};

struct slab_object_fact {
	enum slab_object_kind kind;
	const struct slab_tally *cache;
	int cpu;		/* whose list or sheaf it is; -1: the slab's */
	uint64_t pfn;		/* of the slab's first page; UINT64_MAX: of none */
	uint64_t object;	/* kaddr of the object whose pointer it is; 0: of none, the first */
	uint64_t slot;		/* of @object in its slab, from 0 */
	uint64_t kaddr;		/* where the pointer is */
	uint64_t found, expected; /* decoded; as counts in OBJECT_COUNT */
	bool expected_known;	/* one bit away: with it the list is whole */
};

typedef void slab_object_fn(void *arg, const struct slab_object_fact *fact);

/*
 * Check the slabs in @c->listed, and fill @ret, whose @caches the caller frees. Nothing where the
 * layout or the direct map is not known: @ret->n is 0 then. Fails only for want of memory.
 */
_must_check_ enum pgc_status slab_objects_check(struct kernel_reader kr,
						const struct page_format *fmt,
						const struct slab_caches *c,
						struct slab_tallies *ret, slab_object_fn *fn,
						void *arg, struct pgc_err *err);

#endif
