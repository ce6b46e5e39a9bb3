/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab_lists - the partial lists of the slab caches, by node
 *
 * A slab with objects in use and free ones is on the list of its cache and node, through
 * slab.slab_list. The list and its counter are changed under kmem_cache_node.list_lock alone, and
 * so is what makes a slab full or frees it; a full one is never on it. Names no finding.
 *
 * Facts: mm/slub.c:add_partial(), remove_partial(), get_from_partial_node(),
 * get_partial_node_bulk(), __slab_free(), __kmem_cache_do_shrink() of 7.2; get_partial_node(),
 * deactivate_slab(), __unfreeze_partials(), __slab_free() of 6.1.
 */
#ifndef PGCONS_SLAB_LISTS_H
#define PGCONS_SLAB_LISTS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "model/owner_lists.h"
#include "model/slab_caches.h"

/* What @cache keeps for node @nid; false: nothing, or it cannot be read. */
bool slab_cache_node(struct kernel_reader kr, const struct slab_cache *cache, int nid,
		     uint64_t *node);

/*
 * Where @cache puts the sheaves of node @nid that no CPU has (struct node_barn, since 6.18); false:
 * nowhere, or it cannot be read.
 */
bool slab_cache_barn(struct kernel_reader kr, const struct slab_cache *cache, int nid,
		     uint64_t *barn);

/*
 * Check all lists that can be read, and fill @c->listed with the slabs that they hold. Nothing
 * where the layout does not say where they are. Fails only for want of memory.
 */
_must_check_ enum pgc_status slab_lists_check(struct kernel_reader kr,
					      const struct page_format *fmt,
					      struct slab_caches *c, owner_fact_fn *fn, void *arg,
					      struct pgc_err *err);

#endif
