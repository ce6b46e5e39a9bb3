/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/slab_words.h"

#include <stdbool.h>

#include "base/target_int.h"
#include "walk/page_sense.h"

#define EXTS_FLAGS 7ULL	/* enum page_memcg_data_flags, enum objext_flags: at most three */

#define FROZEN (1ULL << 31)

/*
 * Its cache. mm/slub.c:allocate_slab() writes it after the counts, and a page that was a slab has
 * it no more: what is not on the list, and has no kmem_cache, is no left-over of another use when
 * one bit leads to one that is on the list, or when the slab is on its node's (@listed).
 */
static uint32_t cache_word(const struct slab_caches *c, struct kernel_reader kr,
			   uint64_t found, uint32_t objects, bool listed, struct odd_word *ret)
{
	const struct slab_cache *near = NULL;
	unsigned int n = slab_caches_near(c, found, &near);

	if ((!n && !listed) || slab_caches_like(kr, found, objects))
		return 0;
	return n == 1 ? odd_word(ODD(SLAB_CACHE), found, near->kaddr, ret) :
			odd_unknown(ODD(SLAB_CACHE), found, ret);
}

/*
 * The counts. Those that allocate_slab() writes are there before the cache is. Whoever changes
 * them later writes the whole word (__update_freelist_fast()). KFENCE's slabs are of one object.
 */
static uint32_t count_words(const struct slab_cache *cache, uint64_t word, uint64_t unused,
			    bool partial, struct odd_word *ret)
{
	struct slab_counts n = slab_counts(word);
	uint64_t objects_mask = 0x7fffULL << 16;

	if (n.objects != cache->objects && n.objects != cache->min_objects && n.objects != 1)
		return odd_word(ODD(SLAB_COUNTS), word,
				(word & ~objects_mask) | (uint64_t)cache->objects << 16, ret);
	/* "We do not keep full slabs on the list" (mm/slub.c:__kmem_cache_do_shrink()). */
	if (n.inuse > n.objects || (partial && n.inuse == n.objects))
		return odd_unknown(ODD(SLAB_COUNTS), word, ret);
	/* Nor frozen ones: those are some CPU's, and since 6.8 none is. */
	if (partial && word & FROZEN)
		return odd_word(ODD(SLAB_COUNTS), word, word & ~FROZEN, ret);
	if (one_bit(word & unused))
		return odd_word(ODD(SLAB_COUNTS), word, word & ~unused, ret);
	return 0;
}

/* The bytes that the objects of a slab are in, from @start on. */
struct room {
	uint64_t start, len;
	uint32_t pad, size;
};

static bool is_object(const struct room *room, uint64_t at)
{
	uint64_t off = at - room->start;

	return off < room->len && off >= room->pad && (off - room->pad) % room->size == 0;
}

/*
 * The first free object: none, or one of its own. While a slab is made the word may still be what
 * an earlier user left, often a small number: that is held against it on its node's partial list
 * only (@listed; the flag is there since 6.8), where no slab is before it is made.
 */
static uint32_t freelist_word(const struct page_format *fmt, const struct room *room,
			      uint64_t found, bool listed, bool partial, struct odd_word *ret)
{
	unsigned int shift = (unsigned int)__builtin_popcountll(fmt->in_page);

	if (!found && partial)
		return odd_unknown(ODD(SLAB_FREELIST), found, ret);
	if (!found || is_object(room, found))
		return 0;
	for (unsigned int bit = shift; bit < 64; bit++)
		if (is_object(room, found ^ 1ULL << bit))
			return odd_word(ODD(SLAB_FREELIST), found, found ^ 1ULL << bit, ret);
	if (listed)
		return odd_unknown(ODD(SLAB_FREELIST), found, ret);
	return one_bit(found) && found > fmt->in_page ?
		       odd_word(ODD(SLAB_FREELIST), found, 0, ret) : 0;
}

/* What is kept for each object: nothing, or an array of the allocator's own, in its memory. */
static uint32_t exts_word(const struct slab_caches *c, const struct kernel *k,
			  const struct page_format *fmt, uint64_t found, struct odd_word *ret)
{
	uint64_t ptr = kernel_bare(k, found & ~EXTS_FLAGS);

	if (!ptr || (page_pointer_ok(fmt, ptr) && slab_caches_memory(c, k, ptr)))
		return 0;
	return one_bit(found) ? odd_word(ODD(SLAB_EXTS), found, 0, ret) :
				odd_unknown(ODD(SLAB_EXTS), found, ret);
}

uint32_t slab_words(const struct slab_caches *c, struct kernel_reader kr,
		    const struct page_format *fmt, uint64_t pfn, const uint8_t *raw,
		    struct odd_word *ret)
{
	uint64_t ptr = kernel_bare(kr.k, target_u64(raw + c->cache)), word = target_u64(raw + c->counters);
	const struct slab_cache *cache = slab_caches_find(c, ptr);
	const struct slab_listed *on = slab_caches_listed(c, pfn);
	bool listed = on || target_u64(raw + fmt->flags) & fmt->slab_listed;
	struct slab_counts n = slab_counts(word);
	uint32_t odd;

	if (fmt->booting)
		return 0;
	if (on && ptr != on->cache)
		return odd_word(ODD(SLAB_CACHE), ptr, on->cache, ret);
	if (!cache)
		return cache_word(c, kr, ptr, n.objects, listed, ret);
	odd = count_words(cache, word, c->unused, on, ret);
	if (!odd && c->direct_len && n.objects > 1)
		odd = freelist_word(fmt, &(struct room){
					    .start = c->direct + (pfn << kr.k->page_shift),
					    .len = (uint64_t)cache->size * n.objects + cache->pad,
					    .pad = cache->pad,
					    .size = cache->size,
				    },
				    kernel_bare(kr.k, target_u64(raw + c->freelist)), listed, on, ret);
	if (!odd && fmt->memcg)
		odd = exts_word(c, kr.k, fmt, target_u64(raw + fmt->memcg), ret);
	return odd;
}
