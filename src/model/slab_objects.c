/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/slab_objects.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/one_bit.h"
#include "base/target_int.h"
#include "model/kernel_list.h"
#include "model/slab_lists.h"
#include "vmcore.h"

/* include/linux/poison.h */
#define RED_INACTIVE 0xbb
#define RED_ACTIVE 0xcc
#define POISON_FREE 0x6b
#define POISON_END 0xa5
#define OLD_POISON_BIT 31
#define CPU_SLABS_MAX 1024	/* that one CPU puts by: cpu_partial_slabs is a few */
#define FULL_SLABS_MAX (1u << 22) /* 16 GiB of the smallest */
#define SHEAF_OBJECTS_MAX 10000	/* sheaf_capacity is 4 to some hundred */
#define SHEAVES_MAX 65536	/* full ones of a node: 10, or a few more */
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
	const struct page_format *fmt;
	slab_object_fn *fn;
	void *arg;
	uint8_t *bytes;		/* of a slab */
	size_t room;
	uint64_t seen[(SLAB_OBJECTS_MAX + 63) / 64]; /* a bit for each of its objects */
	struct slab_tallies *tallies;
	struct kept *kept;	/* in sheaves, by address once all are there; @n_kept */
	size_t n_kept, room_kept;
	bool no_memory;
};

/* An object in a sheaf, whose entry is at @kaddr. */
struct kept {
	uint64_t at, kaddr;
	struct slab_tally *tally;
	int cpu;
};

/* One slab, all of whose bytes are at hand. */
struct slab {
	int cpu;		/* whose list is walked; -1: its own */
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

static struct slab_tally *tally_of(const struct check *ck, const struct slab_cache *cache)
{
	return &ck->tallies->caches[cache - ck->c->caches];
}

/* Where its objects are, and how many, by its counters @word. */
static void place(const struct check *ck, struct slab *s, uint64_t word)
{
	s->counts = slab_counts(word);
	s->start = ck->c->direct + (s->pfn << ck->kr.k->page_shift);
}

/* Is there an object at @at? *@slot is its number then. */
static bool slot_of(const struct slab *s, uint64_t at, uint64_t *slot)
{
	uint64_t off = at - s->start - s->cache->pad;

	*slot = off / s->cache->size;
	return !(off % s->cache->size) && *slot < s->counts.objects;
}

/* Has a list of the slab had that object? */
static bool is_seen(const struct check *ck, uint64_t slot)
{
	return ck->seen[slot / 64] >> slot % 64 & 1;
}

static void tell(struct check *ck, struct slab *s, const struct slab_object_fact *fact)
{
	struct slab_object_fact f = *fact;

	s->wrong = true;
	f.cache = s->tally;
	f.pfn = s->pfn;
	f.cpu = s->cpu;
	ck->fn(ck->arg, &f);
}

/* The pointer in the object at @at, decoded. *@kaddr: where it stands. */
static uint64_t next_of(const struct check *ck, const struct slab *s, uint64_t at, uint64_t *kaddr)
{
	uint64_t raw;

	*kaddr = at + s->pointers.offset;
	raw = target_u64(ck->bytes + (*kaddr - s->start));
	if (s->pointers.hardened)
		raw ^= s->pointers.random ^ bswap_64(*kaddr);
	return kernel_bare(ck->kr.k, raw);
}

/* Does a list of @n objects that the walk has not met begin at @at, and end there? */
static bool leads_on(const struct check *ck, const struct slab *s, uint64_t at, uint64_t n)
{
	uint64_t slot, kaddr;

	for (; n && at; n--, at = next_of(ck, s, at, &kaddr))
		if (!slot_of(s, at, &slot) || is_seen(ck, slot))
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

static bool is_kept(const struct check *ck, uint64_t at)
{
	size_t lo = bisect(i, ck->n_kept, ck->kept[i].at < at);

	return lo < ck->n_kept && ck->kept[lo].at == at;
}

/*
 * The list is broken at @f, behind @met objects. If one bit of the pointer that led to the last of
 * these makes the list a whole one, that object is in use, and it is the pointer that is wrong.
 */
static void blame(struct check *ck, const struct slab *s, const struct slab_object_fact *before,
		  uint64_t met, struct slab_object_fact *f)
{
	uint64_t right;

	f->expected_known = one_bit_away(ck, s, f->found, met, &f->expected);
	/* With slab_debug= an object says itself that it is free. */
	if (f->expected_known || !met ||
	    (s->cache->pad && ck->bytes[f->object - s->cache->pad - s->start] == RED_INACTIVE))
		return;
	ck->seen[f->slot / 64] &= ~(1ULL << f->slot % 64);
	if (!one_bit_away(ck, s, before->found, met - 1, &right))
		return;
	*f = *before;
	f->kind = OBJECT_ASTRAY;
	f->expected = right;
	f->expected_known = true;
}

/* The list that begins with @first, which stands at @kaddr; *@met objects. False: it is broken. */
static bool walk_list(struct check *ck, struct slab *s, uint64_t first, uint64_t kaddr,
		      uint64_t *met)
{
	struct slab_object_fact f = { .kaddr = kaddr, .found = first }, before = f;
	uint64_t slot;

	for (*met = 0; f.found; (*met)++) {
		uint64_t at = f.found;

		f.kind = OBJECT_COUNT;
		if (!slot_of(s, at, &slot))
			f.kind = OBJECT_LINK;
		else if (is_seen(ck, slot))
			f.kind = OBJECT_TWICE;
		else if (is_kept(ck, at))
			f.kind = OBJECT_KEPT;
		if (f.kind != OBJECT_COUNT) {
			/* How long a CPU's list is nobody counts. */
			if (f.kind == OBJECT_LINK && s->cpu < 0)
				blame(ck, s, &before, *met, &f);
			tell(ck, s, &f);
			return false;
		}
		ck->seen[slot / 64] |= 1ULL << slot % 64;
		s->tally->free++;
		before = f;
		f.object = at;
		f.slot = slot;
		f.found = next_of(ck, s, at, &f.kaddr);
	}
	return true;
}

/* Its own list, which has all objects that are not in use. */
static void walk_objects(struct check *ck, struct slab *s, uint64_t first, uint64_t kaddr)
{
	struct slab_object_fact f = { .kind = OBJECT_COUNT,
				      .expected = s->counts.objects - s->counts.inuse };

	if (walk_list(ck, s, first, kaddr, &f.found) && f.found != f.expected)
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

/* The slab's words and bytes. False: they are not there, or are the walk's to report. */
static bool read_slab(struct check *ck, struct slab *s, uint64_t *first)
{
	uint64_t page = kernel_pfn_to_page(ck->kr.k, s->pfn), word;

	if (vmcore_read_u64(ck->kr.vc, page + ck->c->counters, "slab.counters", &word, NULL) !=
		    PGC_OK ||
	    !kernel_pointer_at(ck->kr, page + ck->c->freelist, "slab.freelist", first))
		return false;
	place(ck, s, word);
	s->len = (uint64_t)s->cache->size * s->counts.objects;
	s->tally->slabs++;
	if (!is_sane(ck, s) || !make_room(ck, (size_t)s->len))
		return false;
	memset(ck->seen, 0, sizeof(ck->seen));
	if (vmcore_read(ck->kr.vc, s->start, ck->bytes, (size_t)s->len, "a slab", NULL) == PGC_OK)
		return true;
	s->tally->unread++;
	return false;
}

/* How a cache with slab_debug= keeps its objects: bytes from the start of one. */
struct zones {
	uint64_t size;		/* of what its user has */
	uint64_t end;		/* of the red zone behind that */
	bool poisoned;		/* free ones are */
};

static bool read_zones(const struct check *ck, const struct slab *s, struct zones *ret)
{
	if (!s->cache->pad || !layout_has(ck->kr.k->lay, L_kmem_cache_flags) ||
	    !kernel_member(ck->kr, s->cache->kaddr, L_kmem_cache_object_size, &ret->size) ||
	    !kernel_member(ck->kr, s->cache->kaddr, L_kmem_cache_inuse, &ret->end))
		return false;
	ret->poisoned = slab_cache_flag(ck->kr, s->cache->kaddr, L_SLAB_OBJECT_POISON,
					OLD_POISON_BIT);
	return ret->size && ret->size <= ret->end && ret->end + s->cache->pad <= s->cache->size;
}

/* The first of @n bytes from @at on that is not @value; 0: they all are. */
static uint64_t first_other(const struct check *ck, const struct slab *s, uint64_t at, uint64_t n,
			    uint8_t value)
{
	const uint8_t *bytes = ck->bytes + (at - s->start);

	for (uint64_t i = 0; i < n; i++)
		if (bytes[i] != value)
			return at + i;
	return 0;
}

static void tell_byte(struct check *ck, struct slab *s, struct slab_object_fact *f,
		      enum slab_object_kind kind, uint64_t at, uint8_t value)
{
	f->kind = kind;
	f->kaddr = at;
	f->found = ck->bytes[at - s->start];
	f->expected = value;
	f->expected_known = true;
	tell(ck, s, f);
}

/* The bytes around the object at @at, and in it if it is free. */
static void check_object(struct check *ck, struct slab *s, const struct zones *z, uint64_t slot,
			 bool is_free)
{
	uint64_t at = s->start + s->cache->pad + slot * s->cache->size, wrong;
	uint8_t value = is_free ? RED_INACTIVE : RED_ACTIVE;
	struct slab_object_fact f = { .object = at, .slot = slot };

	wrong = first_other(ck, s, at - s->cache->pad, s->cache->pad, value);
	if (wrong)
		tell_byte(ck, s, &f, OBJECT_BEFORE, wrong, value);
	wrong = first_other(ck, s, at + z->size, z->end - z->size, value);
	if (wrong)
		tell_byte(ck, s, &f, OBJECT_BEHIND, wrong, value);
	/* The free pointer is behind the object, where objects are poisoned. */
	if (!is_free || !z->poisoned || s->pointers.offset < z->end)
		return;
	wrong = first_other(ck, s, at, z->size - 1, POISON_FREE);
	if (wrong)
		tell_byte(ck, s, &f, OBJECT_CHANGED, wrong, POISON_FREE);
	else if (ck->bytes[at - s->start + z->size - 1] != POISON_END)
		tell_byte(ck, s, &f, OBJECT_CHANGED, at + z->size - 1, POISON_END);
}

/* With slab_debug=. Where the list is broken the objects themselves say whether they are free. */
static void check_zones(struct check *ck, struct slab *s)
{
	bool broken = s->wrong;
	struct zones z;

	if (!read_zones(ck, s, &z))
		return;
	for (uint64_t slot = 0; slot < s->counts.objects; slot++)
		check_object(ck, s, &z, slot,
			     is_seen(ck, slot) ||
				     (broken && ck->bytes[slot * s->cache->size] == RED_INACTIVE));
}

/* False: it was not checked. */
static bool check_slab(struct check *ck, struct slab *s)
{
	uint64_t page = kernel_pfn_to_page(ck->kr.k, s->pfn), first;

	if (!read_slab(ck, s, &first))
		return false;
	walk_objects(ck, s, first, page + ck->c->freelist);
	check_zones(ck, s);
	s->tally->corrupt += s->wrong;
	return true;
}

/* Sheaves. */

/* A word of a sheaf or of a list of them; @expected where that is known. */
static void tell_entry(struct check *ck, enum slab_object_kind kind, const struct kept *entry,
		       uint64_t expected)
{
	struct slab_object_fact f = {
		.kind = kind, .cache = entry->tally, .cpu = entry->cpu, .pfn = UINT64_MAX,
		.kaddr = entry->kaddr, .found = entry->at, .expected = expected,
	};

	entry->tally->corrupt++;
	ck->fn(ck->arg, &f);
}

/* Is there memory at @at, an address of the direct map? It need not be in the dump. */
static bool is_memory(const struct check *ck, uint64_t at)
{
	return at - ck->c->direct < ck->c->direct_len && slab_caches_memory(ck->c, ck->kr.k, at);
}

/* The slab that holds @at: its first page. False: there is none, or it cannot be read. */
static bool slab_around(struct check *ck, uint64_t at, uint64_t *page)
{
	const struct kernel *k = ck->kr.k;
	uint64_t compound;

	if (!is_memory(ck, at))
		return false;
	*page = kernel_pfn_to_page(k, (at - ck->c->direct) >> k->page_shift);
	if (vmcore_read_u64(ck->kr.vc, *page + ck->fmt->compound, "compound_head", &compound, NULL) !=
	    PGC_OK)
		return false;
	if (compound & 1)
		*page = page_head_kaddr(ck->fmt, &(struct page){ .compound = compound }, *page);
	return true;
}

/* Does a slab with this pointer belong to @cache? One bit of the pointer may be wrong: that is told. */
static bool is_of(const struct check *ck, const struct slab_cache *cache, uint64_t of)
{
	return of == cache->kaddr || (one_bit(of ^ cache->kaddr) && !slab_caches_find(ck->c, of));
}

/* Is there an object of @cache at @at? Yes, too, where that cannot be known. */
static bool may_be_object(struct check *ck, const struct slab_cache *cache, uint64_t at)
{
	struct slab s = { .cache = cache };
	uint64_t page, word, of, slot;

	if (!slab_around(ck, at, &page) || !kernel_page_to_pfn(ck->kr.k, page, &s.pfn))
		return false;
	if (!kernel_pointer_at(ck->kr, page + ck->c->cache, "slab.slab_cache", &of) ||
	    vmcore_read_u64(ck->kr.vc, page + ck->c->counters, "slab.counters", &word, NULL) != PGC_OK)
		return true;
	place(ck, &s, word);
	/* Of KFENCE's slabs, which have one object, it is anywhere. */
	return is_of(ck, cache, of) && (s.counts.objects == 1 || slot_of(&s, at, &slot));
}

static bool keep(struct check *ck, const struct kept *entry)
{
	struct kept *bigger = array_grow(ck->kept, &ck->room_kept, ck->n_kept, sizeof(*bigger));

	ck->no_memory = !bigger;
	if (!bigger)
		return false;
	ck->kept = bigger;
	ck->kept[ck->n_kept++] = *entry;
	return true;
}

/*
 * The sheaf at @sheaf, with room for @room objects. free_to_pcs() counts and writes in any order:
 * where @cpu was stopped in it, the last one may not be there yet. -1: it is no CPU's.
 */
static void collect_sheaf(struct check *ck, const struct slab_cache *cache, int cpu, uint64_t sheaf,
			  uint64_t room)
{
	uint64_t unsure = cpu >= 0 ? 1 : 0;
	struct kept entry = { .cpu = cpu, .tally = tally_of(ck, cache),
			      .kaddr = sheaf + layout_get(ck->kr.k->lay, L_slab_sheaf_objects) };
	uint64_t of, size;

	if (!kernel_pointer(ck->kr, sheaf, L_slab_sheaf_cache, &of) || of != cache->kaddr ||
	    !kernel_member(ck->kr, sheaf, L_slab_sheaf_size, &size) || size > room)
		return;
	for (uint64_t i = 0; i + unsure < size; i++, entry.kaddr += 8) {
		if (!kernel_pointer_at(ck->kr, entry.kaddr, "slab_sheaf.objects", &entry.at))
			return;
		entry.tally->free++;
		if (!may_be_object(ck, cache, entry.at))
			tell_entry(ck, OBJECT_STRANGER, &entry, 0);
		else if (!keep(ck, &entry))
			return;
	}
}

static int by_object(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->kaddr > y->kaddr) - (x->kaddr < y->kaddr);
}

/*
 * While a CPU holds its lock it may be about to hand a sheaf over: another one may have it, and its
 * objects may have been given out.
 */
static void collect_cpu(struct check *ck, const struct slab_cache *cache, const struct cpu *cpu,
			uint64_t base, uint64_t room)
{
	uint64_t own = base + cpu->offset, locked, main, spare, rcu;

	if (!kernel_member(ck->kr, own, L_percpu_sheaves_locked, &locked) || locked ||
	    !kernel_pointer(ck->kr, own, L_percpu_sheaves_main, &main) ||
	    !kernel_pointer(ck->kr, own, L_percpu_sheaves_spare, &spare))
		return;
	if (main)
		collect_sheaf(ck, cache, (int)cpu->id, main, room);
	if (spare && spare != main)
		collect_sheaf(ck, cache, (int)cpu->id, spare, room);
	/* What kfree_rcu() frees when readers are done: nobody else has it, either. */
	if (kernel_pointer(ck->kr, own, L_percpu_sheaves_rcu_free, &rcu) && rcu)
		collect_sheaf(ck, cache, (int)cpu->id, rcu, room);
}

/* The full sheaves that a node keeps for its CPUs. */
struct barn_walk {
	struct check *ck;
	const struct slab_cache *cache;
	uint64_t room;
	uint64_t last, n;	/* the list_head that was met last, and how many */
};

static bool on_sheaf(void *arg, uint64_t node)
{
	struct barn_walk *w = arg;

	w->last = node;
	w->n++;
	collect_sheaf(w->ck, w->cache, -1, node - layout_get(w->ck->kr.k->lay, L_slab_sheaf_barn_list),
		      w->room);
	return !w->ck->no_memory;
}

static void tell_barn(struct barn_walk *w, enum slab_object_kind kind, uint64_t kaddr, uint64_t found,
		      uint64_t expected)
{
	struct kept word = { .at = found, .kaddr = kaddr, .tally = tally_of(w->ck, w->cache), .cpu = -1 };

	tell_entry(w->ck, kind, &word, expected);
}

/* The walk came to no end. What is not in the dump is no damage; a sheaf is kmalloc()'s. */
static void judge_break(struct barn_walk *w)
{
	const struct kernel_reader kr = w->ck->kr;
	uint64_t next, back;
	bool wrong;

	if (!kernel_pointer_at(kr, w->last, "barn_list.next", &next))
		return;
	if (kernel_pointer_at(kr, next + 8, "barn_list.prev", &back))
		wrong = back != w->last;
	else
		wrong = !is_memory(w->ck, next) || next & 7;
	if (wrong)
		tell_barn(w, OBJECT_SHEAF_LINK, w->last, next, 0);
}

/* List and counter change together under the barn's lock (barn_put_full_sheaf() and others). */
static void collect_barn(struct check *ck, const struct slab_cache *cache, int nid, uint64_t room)
{
	const struct layout *lay = ck->kr.k->lay;
	struct barn_walk w = { .ck = ck, .cache = cache, .room = room };
	uint64_t barn, nr;

	if (!slab_cache_barn(ck->kr, cache, nid, &barn) ||
	    !arch_kernel_half(ck->kr.k->arch, barn) || barn & 7 ||
	    kernel_lock_state(ck->kr, barn + layout_get(lay, L_node_barn_lock)) != LOCK_FREE ||
	    !kernel_member(ck->kr, barn, L_node_barn_nr_full, &nr))
		return;
	w.last = kernel_bare(ck->kr.k, barn + layout_get(lay, L_node_barn_full));
	if (!kernel_list_walk(ck->kr, w.last, false, SHEAVES_MAX, on_sheaf, &w))
		judge_break(&w);
	else if (w.n != nr)
		tell_barn(&w, OBJECT_SHEAF_COUNT, barn + layout_get(lay, L_node_barn_nr_full), nr, w.n);
}

static void collect_barns(struct check *ck, const struct slab_cache *cache, uint64_t room)
{
	static const enum layout_key needed[] = {
		L_node_barn_lock, L_node_barn_full, L_node_barn_nr_full, L_slab_sheaf_barn_list,
	};
	const struct kernel *k = ck->kr.k;

	if (!layout_has_all(k->lay, needed, ARRAY_SIZE(needed)))
		return;
	for (size_t i = 0; i < k->n_nodes && !ck->no_memory; i++)
		collect_barn(ck, cache, k->nodes[i].nid, room);
}

static enum pgc_status collect_sheaves(struct check *ck, struct pgc_err *err)
{
	static const enum layout_key needed[] = {
		L_kmem_cache_cpu_sheaves, L_kmem_cache_sheaf_capacity, L_percpu_sheaves_main,
		L_percpu_sheaves_spare, L_percpu_sheaves_locked, L_slab_sheaf_cache, L_slab_sheaf_size, L_slab_sheaf_objects,
	};
	const struct kernel *k = ck->kr.k;

	if (!layout_has_all(k->lay, needed, ARRAY_SIZE(needed)))
		return PGC_OK;
	for (size_t i = 0; i < ck->c->n; i++) {
		const struct slab_cache *cache = &ck->c->caches[i];
		uint64_t base, room;

		if (!kernel_member(ck->kr, cache->kaddr, L_kmem_cache_cpu_sheaves, &base) ||
		    !kernel_member(ck->kr, cache->kaddr, L_kmem_cache_sheaf_capacity, &room) ||
		    !room || room > SHEAF_OBJECTS_MAX)
			continue;
		for (size_t cpu = 0; cpu < k->n_cpus && !ck->no_memory; cpu++)
			collect_cpu(ck, cache, &k->cpus[cpu], base, room);
		collect_barns(ck, cache, room);
		if (ck->no_memory)
			return pgc_err_nomem(err, "the objects that CPUs and nodes keep");
	}
	if (ck->n_kept)
		qsort(ck->kept, ck->n_kept, sizeof(*ck->kept), by_object);
	for (size_t i = 1; i < ck->n_kept; i++)
		if (ck->kept[i].at == ck->kept[i - 1].at)
			tell_entry(ck, OBJECT_KEPT, &ck->kept[i], 0);
	return PGC_OK;
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

static bool read_pointers(struct kernel_reader kr, uint64_t cache, struct pointers *ret)
{
	ret->hardened = layout_has(kr.k->lay, L_kmem_cache_random);
	ret->random = 0;
	return kernel_member(kr, cache, L_kmem_cache_offset, &ret->offset) &&
	       (!ret->hardened || kernel_member(kr, cache, L_kmem_cache_random, &ret->random));
}

/* The slab of @cache that begins with page @pfn. */
static bool begin_slab(const struct check *ck, const struct slab_cache *cache, uint64_t pfn,
		       struct slab *ret)
{
	*ret = (struct slab){ .cache = cache, .pfn = pfn, .cpu = -1, .tally = tally_of(ck, cache) };
	return read_pointers(ck->kr, cache->kaddr, &ret->pointers);
}

/* The same at the struct page @page, if it says that it is one of @cache. */
static bool begin_own_slab(const struct check *ck, const struct slab_cache *cache, uint64_t page,
			   struct slab *ret)
{
	uint64_t pfn, of;

	return kernel_page_to_pfn(ck->kr.k, page, &pfn) &&
	       kernel_pointer_at(ck->kr, page + ck->c->cache, "slab.slab_cache", &of) &&
	       of == cache->kaddr && begin_slab(ck, cache, pfn, ret);
}

/* The slab that CPU @cpu allocates from, whose struct page is @page. */
static void check_cpu_slab(struct check *ck, const struct slab_cache *cache, int cpu, uint64_t own,
			   uint64_t page)
{
	struct slab s;
	uint64_t first, met, slot;

	if (!begin_own_slab(ck, cache, page, &s) || !check_slab(ck, &s) || s.wrong ||
	    !kernel_pointer(ck->kr, own, L_kmem_cache_cpu_freelist, &first))
		return;
	/* Between one slab and the next the two words need not belong together. */
	if (!first || !slot_of(&s, first, &slot))
		return;
	s.cpu = cpu;
	walk_list(ck, &s, first, own + layout_get(ck->kr.k->lay, L_kmem_cache_cpu_freelist), &met);
	s.tally->corrupt += s.wrong;
}

/* Slabs that CPU @cpu has put by. */
static void check_cpu_partial(struct check *ck, const struct slab_cache *cache, uint64_t page)
{
	struct slab s;

	for (unsigned int n = 0; page && n < CPU_SLABS_MAX && begin_own_slab(ck, cache, page, &s); n++) {
		check_slab(ck, &s);
		if (ck->no_memory || !kernel_member(ck->kr, page, L_slab_next, &page))
			return;
	}
}

static void check_cpus(struct check *ck, const struct slab_cache *cache)
{
	static const enum layout_key needed[] = {
		L_kmem_cache_cpu_slab, L_kmem_cache_cpu_freelist, L_kmem_cache_cpu_of,
	};
	const struct kernel *k = ck->kr.k;
	uint64_t base, page;

	if (!layout_has_all(k->lay, needed, ARRAY_SIZE(needed)) ||
	    !kernel_member(ck->kr, cache->kaddr, L_kmem_cache_cpu_slab, &base))
		return;
	for (size_t i = 0; i < k->n_cpus && !ck->no_memory; i++) {
		uint64_t own = base + k->cpus[i].offset;

		if (kernel_member(ck->kr, own, L_kmem_cache_cpu_of, &page) && page)
			check_cpu_slab(ck, cache, (int)k->cpus[i].id, own, page);
		if (layout_has(k->lay, L_kmem_cache_cpu_partial) && layout_has(k->lay, L_slab_next) &&
		    kernel_member(ck->kr, own, L_kmem_cache_cpu_partial, &page))
			check_cpu_partial(ck, cache, page);
	}
}

/* Slabs of a cache that have no free object. */
struct full_slabs {
	struct check *ck;
	const struct slab_cache *cache;
};

static bool on_full_slab(void *arg, uint64_t node)
{
	const struct full_slabs *full = arg;
	struct check *ck = full->ck;
	struct slab s;

	if (!begin_own_slab(ck, full->cache, node - layout_get(ck->kr.k->lay, L_slab_slab_list), &s))
		return false;
	check_slab(ck, &s);
	return !ck->no_memory;
}

/*
 * With slab_debug=U full slabs are on a list, too. A broken link ends the walk: what of it is the
 * list's, and what an object's, is not asked here.
 */
static void check_full_list(struct check *ck, const struct slab_cache *cache, uint64_t node)
{
	const struct layout *lay = ck->kr.k->lay;
	struct full_slabs full = { .ck = ck, .cache = cache };

	if (kernel_lock_state(ck->kr, node + layout_get(lay, L_kmem_cache_node_list_lock)) == LOCK_FREE)
		(void)!kernel_list_walk(ck->kr, node + layout_get(lay, L_kmem_cache_node_full), false,
					FULL_SLABS_MAX, on_full_slab, &full);
}

static void check_full(struct check *ck, const struct slab_cache *cache)
{
	const struct kernel *k = ck->kr.k;
	uint64_t node;

	if (!cache->pad || !layout_has(k->lay, L_kmem_cache_node_full) ||
	    !layout_has(k->lay, L_kmem_cache_node_list_lock) ||
	    !layout_has(k->lay, L_slab_slab_list))
		return;
	for (size_t i = 0; i < k->n_nodes && !ck->no_memory; i++)
		if (slab_cache_node(ck->kr, cache, k->nodes[i].nid, &node))
			check_full_list(ck, cache, node);
}

static enum pgc_status check_listed(struct check *ck, struct pgc_err *err)
{
	for (size_t i = 0; i < ck->c->n_listed; i++) {
		const struct slab_cache *cache = slab_caches_find(ck->c, ck->c->listed[i].cache);
		struct slab s;

		if (!cache || !begin_slab(ck, cache, ck->c->listed[i].pfn, &s))
			continue;
		check_slab(ck, &s);
		if (ck->no_memory)
			return pgc_err_nomem(err, "a slab");
	}
	return PGC_OK;
}

enum pgc_status slab_objects_check(struct kernel_reader kr, const struct page_format *fmt,
				   const struct slab_caches *c, struct slab_tallies *ret, slab_object_fn *fn, void *arg,
				   struct pgc_err *err)
{
	struct check ck = { .kr = kr, .c = c, .fmt = fmt, .fn = fn, .arg = arg, .tallies = ret };
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	if (!c->direct_len || !layout_has(kr.k->lay, L_kmem_cache_offset))
		return PGC_OK;
	st = make_tallies(kr, c, ret, err);
	if (st == PGC_OK)
		st = collect_sheaves(&ck, err);
	if (st == PGC_OK)
		st = check_listed(&ck, err);
	for (size_t i = 0; i < c->n && st == PGC_OK; i++) {
		check_cpus(&ck, &c->caches[i]);
		check_full(&ck, &c->caches[i]);
		if (ck.no_memory)
			st = pgc_err_nomem(err, "a slab");
	}
	free(ck.bytes);
	free(ck.kept);
	return st;
}
