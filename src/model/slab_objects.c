/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/slab_objects.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "vmcore.h"

/* The largest slab: the order is 10 at most, and nearly always 3. */
#define SLAB_BYTES_MAX (UINT64_C(4) << 20)

/* A cache's free pointers, as they are stored. */
struct pointers {
	uint64_t offset;	/* of one in its object */
	uint64_t random;	/* 0: not hardened */
	bool hardened;
};

struct check {
	struct kernel_reader kr;
	const struct slab_caches *c;
	slab_object_fn *fn;
	void *arg;
	uint8_t *bytes;		/* of a slab */
	size_t room;
	uint64_t seen[(SLAB_OBJECTS_MAX + 63) / 64]; /* a bit for each of its objects */
	bool no_memory;
};

/* One slab, all of whose bytes are at hand. */
struct slab {
	const struct slab_cache *cache;
	struct slab_tally *tally;
	struct pointers pointers;
	uint64_t pfn, start;	/* kaddr of its first byte */
	uint64_t len;		/* bytes that objects are in, from there on */
	struct slab_counts counts;
	bool wrong;
};

static bool make_room(struct check *ck, size_t need)
{
	void *bigger;

	if (need <= ck->room)
		return true;
	bigger = realloc(ck->bytes, need);
	ck->no_memory = !bigger;
	if (!bigger)
		return false;
	ck->bytes = bigger;
	ck->room = need;
	return true;
}

/* Is there an object at @at? *@slot is its number then. */
static bool slot_of(const struct slab *s, uint64_t at, uint64_t *slot)
{
	uint64_t off = at - s->start - s->cache->pad;

	*slot = off / s->cache->size;
	return !(off % s->cache->size) && *slot < s->counts.objects;
}

static void tell(struct check *ck, struct slab *s, const struct slab_object_fact *fact)
{
	struct slab_object_fact f = *fact;

	s->wrong = true;
	f.cache = s->tally;
	f.pfn = s->pfn;
	ck->fn(ck->arg, &f);
}

/* The pointer in the object at @at, decoded. *@kaddr: where it stands. */
static uint64_t next_of(const struct check *ck, const struct slab *s, uint64_t at, uint64_t *kaddr)
{
	uint64_t raw;

	*kaddr = at + s->pointers.offset;
	raw = target_u64(ck->bytes + (*kaddr - s->start));
	return s->pointers.hardened ? raw ^ s->pointers.random ^ bswap_64(*kaddr) : raw;
}

/* Does a list of @n objects that the walk has not met begin at @at, and end there? */
static bool leads_on(const struct check *ck, const struct slab *s, uint64_t at, uint64_t n)
{
	uint64_t slot, kaddr;

	for (; n && at; n--, at = next_of(ck, s, at, &kaddr))
		if (!slot_of(s, at, &slot) || ck->seen[slot / 64] >> slot % 64 & 1)
			return false;
	return !n && !at;
}

/* The pointer that is one bit away, and from which the list goes on as it should, if there is one. */
static bool one_bit_away(const struct check *ck, const struct slab *s, uint64_t found, uint64_t met,
			 uint64_t *ret)
{
	uint64_t n = s->counts.objects - s->counts.inuse - met;

	for (unsigned int bit = 0; bit < 64; bit++) {
		*ret = found ^ 1ULL << bit;
		if (*ret && leads_on(ck, s, *ret, n))
			return true;
	}
	return false;
}

static void walk_objects(struct check *ck, struct slab *s, uint64_t first, uint64_t kaddr)
{
	struct slab_object_fact f = { .kind = OBJECT_COUNT, .kaddr = kaddr, .found = first };
	uint64_t free = 0, slot;

	while (f.found) {
		uint64_t at = f.found;

		if (!slot_of(s, at, &slot)) {
			f.kind = OBJECT_LINK;
			f.expected_known = one_bit_away(ck, s, at, free, &f.expected);
			tell(ck, s, &f);
			break;
		}
		if (ck->seen[slot / 64] >> slot % 64 & 1) {
			f.kind = OBJECT_TWICE;
			tell(ck, s, &f);
			break;
		}
		ck->seen[slot / 64] |= 1ULL << slot % 64;
		free++;
		f.object = at;
		f.slot = slot;
		f.found = next_of(ck, s, at, &f.kaddr);
	}
	s->tally->free += free;
	if (f.found || free == s->counts.objects - s->counts.inuse)
		return;
	f.found = free;
	f.expected = s->counts.objects - s->counts.inuse;
	tell(ck, s, &f);
}

/* Its counts, as they must be for its objects to be looked at. */
static bool is_sane(const struct check *ck, const struct slab *s)
{
	const struct slab_cache *c = s->cache;

	return (s->counts.objects == c->objects || s->counts.objects == c->min_objects) &&
	       s->counts.inuse <= s->counts.objects && s->len <= SLAB_BYTES_MAX &&
	       s->pointers.offset + 8 <= c->size &&
	       (s->pfn << ck->kr.k->page_shift) < ck->c->direct_len;
}

static void check_slab(struct check *ck, struct slab *s)
{
	uint64_t page = kernel_pfn_to_page(ck->kr.k, s->pfn), first, word;

	if (vmcore_read_u64(ck->kr.vc, page + ck->c->counters, "slab.counters", &word, NULL) !=
		    PGC_OK ||
	    vmcore_read_u64(ck->kr.vc, page + ck->c->freelist, "slab.freelist", &first, NULL) !=
		    PGC_OK)
		return;
	s->counts = slab_counts(word);
	s->start = ck->c->direct + (s->pfn << ck->kr.k->page_shift);
	s->len = (uint64_t)s->cache->size * s->counts.objects + s->cache->pad;
	s->tally->slabs++;
	/* What is wrong with its own words the walk says. */
	if (!is_sane(ck, s) || !make_room(ck, (size_t)s->len))
		return;
	memset(ck->seen, 0, sizeof(ck->seen));
	if (vmcore_read(ck->kr.vc, s->start, ck->bytes, (size_t)s->len, "a slab", NULL) != PGC_OK) {
		s->tally->unread++;
		return;
	}
	walk_objects(ck, s, first, page + ck->c->freelist);
	s->tally->corrupt += s->wrong;
}

static bool read_pointers(struct kernel_reader kr, uint64_t cache, struct pointers *ret)
{
	ret->hardened = layout_has(kr.k->lay, L_kmem_cache_random);
	ret->random = 0;
	return kernel_member(kr, cache, L_kmem_cache_offset, &ret->offset) &&
	       (!ret->hardened || kernel_member(kr, cache, L_kmem_cache_random, &ret->random));
}

static enum pgc_status make_tallies(struct kernel_reader kr, const struct slab_caches *c,
				    struct slab_tallies *ret, struct pgc_err *err)
{
	ret->caches = calloc(c->n, sizeof(*ret->caches));
	if (!ret->caches)
		return pgc_err_nomem(err, "the slab caches");
	ret->n = c->n;
	for (size_t i = 0; i < c->n; i++) {
		ret->caches[i].kaddr = c->caches[i].kaddr;
		ret->caches[i].size = c->caches[i].size;
		slab_cache_name(kr, c->caches[i].kaddr, ret->caches[i].name);
	}
	return PGC_OK;
}

enum pgc_status slab_objects_check(struct kernel_reader kr, const struct slab_caches *c,
				   struct slab_tallies *ret, slab_object_fn *fn, void *arg,
				   struct pgc_err *err)
{
	struct check ck = { .kr = kr, .c = c, .fn = fn, .arg = arg };
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	if (!c->direct_len || !layout_has(kr.k->lay, L_kmem_cache_offset))
		return PGC_OK;
	st = make_tallies(kr, c, ret, err);
	for (size_t i = 0; i < c->n_listed && st == PGC_OK; i++) {
		const struct slab_cache *cache = slab_caches_find(c, c->listed[i].cache);
		struct slab s = { .cache = cache, .pfn = c->listed[i].pfn };

		if (!cache || !read_pointers(kr, cache->kaddr, &s.pointers))
			continue;
		s.tally = &ret->caches[cache - c->caches];
		check_slab(&ck, &s);
		if (ck.no_memory)
			st = pgc_err_nomem(err, "a slab");
	}
	free(ck.bytes);
	return st;
}
