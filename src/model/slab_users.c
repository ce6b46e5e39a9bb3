/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/slab_users.h"

#include "arch/arch.h"
#include "base/array.h"
#include "model/slab_caches.h"
#include "vmcore.h"

/* SLAB_STORE_USER, a macro until its bit had a name (6.9). */
#define OLD_USER_BIT 16
#define POINTER 8

static bool read_user(struct kernel_reader kr, uint64_t at, struct slab_user *ret)
{
	uint64_t handle = 0, pid;

	if (!kernel_member(kr, at, L_track_addr, &ret->addr) ||
	    !kernel_member(kr, at, L_track_pid, &pid))
		return false;
	if (layout_has(kr.k->lay, L_track_handle) && !kernel_member(kr, at, L_track_handle, &handle))
		return false;
	ret->handle = (uint32_t)handle;
	ret->pid = (int)pid;
	/* What wrote over the object may have written over these, too. */
	return ret->pid >= 0 && (!ret->addr || arch_bare_address(ret->addr));
}

bool slab_users_read(struct kernel_reader kr, uint64_t pfn, uint64_t object, struct slab_user *alloc,
		     struct slab_user *freed)
{
	static const enum layout_key needed[] = {
		L_slab_slab_cache, L_kmem_cache_flags, L_kmem_cache_inuse, L_kmem_cache_offset,
		L_kmem_cache_size, L_track, L_track_addr, L_track_pid,
	};
	const struct layout *lay = kr.k->lay;
	uint64_t cache, inuse, offset, size, at;

	if (!layout_has_all(lay, needed, ARRAY_SIZE(needed)) ||
	    !kernel_pointer(kr, kernel_pfn_to_page(kr.k, pfn), L_slab_slab_cache, &cache) ||
	    !slab_cache_flag(kr, cache, L_SLAB_STORE_USER, OLD_USER_BIT) || !kernel_member(kr, cache, L_kmem_cache_inuse, &inuse) ||
	    !kernel_member(kr, cache, L_kmem_cache_offset, &offset) ||
	    !kernel_member(kr, cache, L_kmem_cache_size, &size))
		return false;
	at = offset >= inuse ? inuse + POINTER : inuse;
	/* Both must be in what one object has. */
	if (at + 2 * layout_get(lay, L_track) > size)
		return false;
	return read_user(kr, object + at, alloc) &&
	       read_user(kr, object + at + layout_get(lay, L_track), freed);
}
