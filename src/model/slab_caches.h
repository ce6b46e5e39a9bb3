/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab_caches - which caches the slab allocator has, and what each makes its slabs like
 *
 * mm/slab_common.c keeps all of them on one list, slab_caches. A slab's own record (mm/slab.h:
 * struct slab, over its first struct page) names its cache, how many objects it has and where the
 * first free one is: what these may be follows from the cache.
 *
 * Facts: mm/slab.h, mm/slub.c and mm/slab_common.c of 6.1, 6.12 and 7.2; 6.1
 * include/linux/slub_def.h.
 */
#ifndef PGCONS_SLAB_CACHES_H
#define PGCONS_SLAB_CACHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

#define SLAB_NAME_LEN 48	/* of a cache; a longer one is cut */
#define SLAB_OBJECTS_MAX 0x7fff	/* in one slab: its count has 15 bits */

struct slab_cache {
	uint64_t kaddr;		/* of its struct kmem_cache */
	uint32_t size;		/* bytes from one object to the next */
	uint32_t pad;		/* bytes before the first (red_left_pad) */
	/* Objects of a slab, and of one that was made when memory was short */
	uint32_t objects, min_objects;
};

/* A slab that its cache's partial list holds, whose lock was free. */
struct slab_listed {
	uint64_t pfn;
	uint64_t cache;		/* kaddr of the cache */
};

struct slab_caches {
	struct slab_cache *caches; /* by address; owned */
	size_t n;
	/* in struct slab; they are all there */
	unsigned int cache, freelist, counters;
	uint64_t unused;	/* bits of counters that this kernel keeps nothing in */
	/* The direct map: where physical address 0 is, and how much there is; 0: not known */
	uint64_t direct, direct_len;
	struct slab_listed *listed; /* by pfn, made by slab_lists_check(); owned */
	size_t n_listed;
};

/*
 * Read the list. *@ret is NULL where this kernel's is not known, or is not whole: of some caches
 * nothing can be said. The caller owns *@ret.
 */
_must_check_ enum pgc_status slab_caches_create(struct kernel_reader kr,
						struct slab_caches **ret,
						struct pgc_err *err);
void slab_caches_destroy(struct slab_caches *c); /* NULL is fine */

/* The cache at @kaddr; NULL: there is none. */
const struct slab_cache *slab_caches_find(const struct slab_caches *c, uint64_t kaddr);

/* The slabs met on lists are all in @c->listed: from now on they are found. */
void slab_caches_sort_listed(struct slab_caches *c);

/* What list the slab that begins at @pfn was met on; NULL: on none. */
const struct slab_listed *slab_caches_listed(const struct slab_caches *c, uint64_t pfn);

/*
 * How many caches have an address that is one bit away from @kaddr; *@ret is one of them, where
 * there is one.
 */
unsigned int slab_caches_near(const struct slab_caches *c, uint64_t kaddr,
			      const struct slab_cache **ret);

/*
 * Is there a struct kmem_cache at @kaddr that makes slabs of @objects objects? One that was
 * destroyed with objects left is on the list no more (mm/slab_common.c:kmem_cache_destroy()).
 */
bool slab_caches_like(struct kernel_reader kr, uint64_t kaddr, uint32_t objects);

/* A slab's counters (mm/slab.h: struct slab): how many objects it has, and how many are in use. */
struct slab_counts {
	uint32_t inuse, objects;
};

static inline struct slab_counts slab_counts(uint64_t word)
{
	return (struct slab_counts){ .inuse = word & 0xffff,
				     .objects = word >> 16 & SLAB_OBJECTS_MAX };
}

/*
 * Is a flag of the cache at @kaddr set? @key is the row of its bit's number in enum _slab_flag_bits;
 * kernels before 6.9 have no such, and macros instead: @old_bit. False where it cannot be read.
 */
bool slab_cache_flag(struct kernel_reader kr, uint64_t kaddr, enum layout_key key,
		     unsigned int old_bit);

/* The name of the cache at @kaddr, for the report; "?" where it cannot be read. */
void slab_cache_name(struct kernel_reader kr, uint64_t kaddr, char name[SLAB_NAME_LEN]);

/* False for an address in the direct map where there is no memory, by @k's sections. */
bool slab_caches_memory(const struct slab_caches *c, const struct kernel *k, uint64_t kaddr);

#endif
