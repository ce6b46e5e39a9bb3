/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lru_locks - was an LRU list being changed when the machine stopped?
 *
 * All LRU lists of a node, or of a memory cgroup on it, are in one struct lruvec, with the lock
 * under which alone they are changed (include/linux/mmzone.h; up to 5.10 the lock is the node's).
 * A lruvec is found by the heads of its lists: where they stand to one another tells which of
 * them a head is. So no memory cgroup has to be found, be it dead or alive.
 */
#ifndef PGCONS_LRU_LOCKS_H
#define PGCONS_LRU_LOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "model/kernel.h"

/* The lock of the list whose head is at @head. LOCK_UNKNOWN: that is no head of a lruvec, too. */
enum lock_state lru_lock_of_head(struct kernel_reader kr, uint64_t head);

/* The lock of the LRU lists of node @nid. LOCK_UNKNOWN: this kernel has one per lruvec. */
enum lock_state lru_lock_of_node(struct kernel_reader kr, int nid);

/*
 * All locks of the lruvecs that the @n list heads at @heads (ascending) are in: LOCK_FREE when
 * there are some, and none is held.
 */
enum lock_state lru_locks_of_all(struct kernel_reader kr, const uint64_t *heads,
				 size_t n);

#endif
