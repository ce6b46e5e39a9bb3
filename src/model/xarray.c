/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/xarray.h"

#include <string.h>

#include "base/array.h"
#include "base/one_bit.h"
#include "base/target_int.h"
#include "vmcore.h"

#define NODE_BYTES_MAX 1024
#define DEPTH_MAX 16		/* 64 bits by 4, where a node has 16 slots */
#define INDEX_BITS 64
#define ODD_MAX 1024		/* nodes with a wrong word that are walked all the same */
/* include/linux/xarray.h: the two lowest bits of an internal entry; what is above these. */
#define INTERNAL 2
#define INTERNAL_MASK 3
#define NODE_MIN (1024 << 2)	/* xa_is_node(): nothing below it is one */

/* One node, as it was read. */
struct array_node {
	uint64_t kaddr, parent, array;
	unsigned int shift, offset, count, nr_values;
	uint64_t slots[XARRAY_SLOTS_MAX];
	uint64_t marks[XARRAY_MARKS];
};

struct walk {
	struct kernel_reader kr;
	const struct xarray_format *fmt;
	uint64_t xa;
	xarray_entry_fn *entry;
	xarray_fact_fn *fact;
	void *arg;
	struct xarray_walk *sum;
	struct xarray_budget *budget;
};

/* What leads to a node. */
struct way {
	const struct array_node *parent; /* NULL: the head of the array */
	unsigned int slot, shift;
	uint64_t index;
	uint64_t kaddr, word;	/* the slot, or the head, and what it holds */
};

bool xarray_format_init(struct xarray_format *fmt, const struct kernel *k)
{
	static const enum layout_key needed[] = {
		L_xarray_xa_head, L_xarray_xa_lock, L_xa_node, L_xa_node_shift, L_xa_node_offset,
		L_xa_node_count, L_xa_node_nr_values, L_xa_node_parent, L_xa_node_array, L_xa_node_slots,
		L_xa_node_nr_slots, L_xa_node_marks,
	};
	const struct layout *lay = k->lay;
	uint64_t slots;

	if (!layout_has_all(lay, needed, ARRAY_SIZE(needed)))
		return false;
	slots = layout_get(lay, L_xa_node_nr_slots);
	if (!slots || slots > XARRAY_SLOTS_MAX || !one_bit(slots) ||
	    layout_get(lay, L_xa_node) > NODE_BYTES_MAX)
		return false;
	*fmt = (struct xarray_format){
		.head = (unsigned int)layout_get(lay, L_xarray_xa_head),
		.lock = (unsigned int)layout_get(lay, L_xarray_xa_lock),
		.size = (unsigned int)layout_get(lay, L_xa_node),
		.shift = (unsigned int)layout_get(lay, L_xa_node_shift),
		.offset = (unsigned int)layout_get(lay, L_xa_node_offset),
		.count = (unsigned int)layout_get(lay, L_xa_node_count),
		.nr_values = (unsigned int)layout_get(lay, L_xa_node_nr_values),
		.parent = (unsigned int)layout_get(lay, L_xa_node_parent),
		.array = (unsigned int)layout_get(lay, L_xa_node_array),
		.slots = (unsigned int)layout_get(lay, L_xa_node_slots),
		.marks = (unsigned int)layout_get(lay, L_xa_node_marks),
		.n_slots = (unsigned int)slots,
		.bits = (unsigned int)__builtin_ctzll(slots),
	};
	return fmt->slots + 8 * fmt->n_slots <= fmt->size &&
	       fmt->marks + 8 * XARRAY_MARKS <= fmt->size;
}

struct xarray_budget xarray_budget_of(const struct xarray_format *fmt, uint64_t bytes)
{
	return (struct xarray_budget){ .nodes = bytes / fmt->size, .odd = ODD_MAX };
}

static bool is_internal(uint64_t word)
{
	return (word & INTERNAL_MASK) == INTERNAL;
}

static bool is_node(uint64_t word)
{
	return is_internal(word) && word > NODE_MIN;
}

/* A sibling says in which slot the entry is. */
static bool is_sibling(const struct xarray_format *fmt, uint64_t word, unsigned int *slot)
{
	if (!is_internal(word) || word >> 2 >= fmt->n_slots)
		return false;
	*slot = (unsigned int)(word >> 2);
	return true;
}

static uint64_t node_kaddr(const struct kernel *k, uint64_t word)
{
	return kernel_bare(k, word - INTERNAL);
}

static void decode(const struct kernel *k, const struct xarray_format *fmt, const uint8_t *raw,
		   struct array_node *ret)
{
	ret->shift = raw[fmt->shift];
	ret->offset = raw[fmt->offset];
	ret->count = raw[fmt->count];
	ret->nr_values = raw[fmt->nr_values];
	ret->parent = kernel_bare(k, target_u64(raw + fmt->parent));
	ret->array = kernel_bare(k, target_u64(raw + fmt->array));
	for (unsigned int i = 0; i < fmt->n_slots; i++)
		ret->slots[i] = target_u64(raw + fmt->slots + 8 * i);
	/* Where a node has 16 slots, each mark has a word all the same. */
	for (unsigned int i = 0; i < XARRAY_MARKS; i++)
		ret->marks[i] = target_u64(raw + fmt->marks + 8 * i);
}

static enum pgc_status read_node(struct kernel_reader kr, const struct xarray_format *fmt,
				 uint64_t kaddr, struct array_node *ret)
{
	uint8_t raw[NODE_BYTES_MAX];
	enum pgc_status st = PGC_EFORMAT;

	ret->kaddr = kaddr;
	if (arch_kernel_half(kr.k->arch, kaddr) && !(kaddr & 7))
		st = vmcore_read(kr.vc, kaddr, raw, fmt->size, "xa_node", NULL);
	if (st == PGC_OK)
		decode(kr.k, fmt, raw, ret);
	return st;
}

/* How many of what a node says of its place are not so: the array, the parent, the slot, the shift. */
static unsigned int strange(const struct xarray_format *fmt, uint64_t xa, const struct way *way,
			    const struct array_node *n)
{
	unsigned int shift_wrong;

	if (way->parent)
		shift_wrong = n->shift != way->shift;
	else
		shift_wrong = n->shift % fmt->bits || n->shift >= INDEX_BITS;
	return (n->array != xa) + (n->parent != (way->parent ? way->parent->kaddr : 0)) +
	       (way->parent && n->offset != way->slot) + shift_wrong;
}

/* Has it as many slots in use as it says, and any? Memory of zeros says little that is wrong. */
static bool counts_right(const struct xarray_format *fmt, const struct array_node *n)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < fmt->n_slots; i++)
		used += n->slots[i] != 0;
	return used && used == n->count;
}

static void tell(const struct walk *w, enum xarray_fault fault, uint64_t node, unsigned int slot,
		 uint64_t index, const struct xarray_fact *words)
{
	struct xarray_fact fact = *words;

	fact.fault = fault;
	fact.node = node;
	fact.slot = slot;
	fact.index = index;
	w->fact(w->arg, &fact);
}

/* The only node that is one bit away from @way's word and has nothing strange; 0: there is none. */
static uint64_t bit_away(const struct walk *w, const struct way *way, struct array_node *ret)
{
	for (unsigned int bit = 2; bit < INDEX_BITS; bit++) {
		uint64_t word = way->word ^ 1ULL << bit;

		if (read_node(w->kr, w->fmt, node_kaddr(w->kr.k, word), ret) == PGC_OK &&
		    !strange(w->fmt, w->xa, way, ret) && counts_right(w->fmt, ret))
			return word;
	}
	return 0;
}

static void tell_lost(const struct walk *w, const struct way *way, uint64_t right)
{
	tell(w, XARRAY_NODE, way->parent ? way->parent->kaddr : 0, way->slot, way->index,
	     &(struct xarray_fact){ .kaddr = way->kaddr, .found = way->word, .expected = right,
				    .expected_known = right != 0 });
}

static void check_field(const struct walk *w, enum xarray_fault fault, const struct array_node *n,
			uint64_t index, unsigned int at, uint64_t found, uint64_t expected)
{
	if (found != expected)
		tell(w, fault, n->kaddr, 0, index,
		     &(struct xarray_fact){ .kaddr = n->kaddr + at, .found = found,
					    .expected = expected, .expected_known = true });
}

/* The node that @way leads to. False: there is none, or it cannot be read. */
static bool enter(const struct walk *w, const struct way *way, struct array_node *n)
{
	const struct xarray_format *fmt = w->fmt;
	enum pgc_status st = read_node(w->kr, fmt, node_kaddr(w->kr.k, way->word), n);
	bool gap = pgc_is_gap(st) && !kernel_no_memory(w->kr, node_kaddr(w->kr.k, way->word));

	unsigned int odd = st == PGC_OK ? strange(fmt, w->xa, way, n) : 0;
	struct array_node other = { .kaddr = 0 };

	if (gap || !w->budget->nodes || (odd && !w->budget->odd)) {
		w->sum->unread++;
		w->sum->whole = false;
		return false;
	}
	w->budget->nodes--;
	w->budget->odd -= odd != 0;
	if (st != PGC_OK || odd) {
		uint64_t right = bit_away(w, way, &other);

		/* Memory of zeros says little that is wrong. */
		if (right || st != PGC_OK || odd > 1 || (n->array != w->xa && !counts_right(fmt, n))) {
			tell_lost(w, way, right);
			*n = other;
			w->sum->whole &= right != 0;
			return right != 0;
		}
	}
	check_field(w, XARRAY_ARRAY, n, way->index, fmt->array, n->array, w->xa);
	check_field(w, XARRAY_PARENT, n, way->index, fmt->parent, n->parent,
		    way->parent ? way->parent->kaddr : 0);
	/* The first node keeps whatever offset it had: xas_alloc(), xas_shrink(). */
	if (!way->parent)
		return true;
	check_field(w, XARRAY_OFFSET, n, way->index, fmt->offset, n->offset, way->slot);
	check_field(w, XARRAY_SHIFT, n, way->index, fmt->shift, n->shift, way->shift);
	return true;
}

/* The shift of the first node: what the nodes in its slots say, where they agree that it is another. */
static unsigned int head_shift(const struct walk *w, const struct array_node *n)
{
	unsigned int said = 0, agree = 0;
	struct array_node child;

	for (unsigned int i = 0; i < w->fmt->n_slots && agree < 2; i++) {
		if (!is_node(n->slots[i]) ||
		    read_node(w->kr, w->fmt, node_kaddr(w->kr.k, n->slots[i]), &child) != PGC_OK ||
		    child.array != w->xa || child.parent != n->kaddr || child.offset != i)
			continue;
		if (child.shift + w->fmt->bits == n->shift)
			return n->shift;
		agree = child.shift + w->fmt->bits == said ? agree + 1 : 1;
		said = child.shift + w->fmt->bits;
	}
	if (agree && said % w->fmt->bits == 0 && said < INDEX_BITS)
		return said;
	return n->shift;
}

static unsigned int marks_of(const struct array_node *n, unsigned int slot)
{
	unsigned int marks = 0;

	for (unsigned int i = 0; i < XARRAY_MARKS; i++)
		marks |= (unsigned int)(n->marks[i] >> slot & 1) << i;
	return marks;
}

/* Marks of an empty slot, or of one whose node has others (@child). */
static void check_marks(const struct walk *w, const struct array_node *n, unsigned int slot, uint64_t index,
			const struct array_node *child)
{
	for (unsigned int i = 0; i < XARRAY_MARKS; i++) {
		bool is = n->marks[i] >> slot & 1, must = child && child->marks[i];

		if (is != must)
			tell(w, child ? XARRAY_MARK : XARRAY_MARK_EMPTY, n->kaddr, slot, index,
			     &(struct xarray_fact){ .kaddr = n->kaddr + w->fmt->marks + 8 * i,
						    .mark = i, .found = n->marks[i],
						    .expected = n->marks[i] ^ 1ULL << slot,
						    .expected_known = true });
	}
}

/* How many slots the entry in slot @i has: it, and the siblings behind it. */
static unsigned int entry_slots(const struct xarray_format *fmt, const struct array_node *n, unsigned int i)
{
	unsigned int end = i + 1, first;

	while (end < fmt->n_slots && is_sibling(fmt, n->slots[end], &first) && first == i)
		end++;
	return end - i;
}

/* The order of an entry that has so many slots of its node. */
static unsigned int slots_order(unsigned int slots)
{
	unsigned int order = 0;

	while (1U << order < slots)
		order++;
	return order;
}

static void tell_slot(const struct walk *w, enum xarray_fault fault, const struct array_node *n,
		      unsigned int slot, uint64_t index)
{
	tell(w, fault, n->kaddr, slot, index,
	     &(struct xarray_fact){ .kaddr = n->kaddr + w->fmt->slots + 8 * slot,
				    .found = n->slots[slot] });
}

/* The entry in slot @i: it and its siblings. */
static void visit_entry(const struct walk *w, const struct array_node *n, unsigned int shift, unsigned int i,
			uint64_t index, unsigned int *values)
{
	unsigned int slots = entry_slots(w->fmt, n, i), order = slots_order(slots);
	struct xarray_entry e = {
		.index = index, .marks = marks_of(n, i), .word = n->slots[i],
		.kaddr = n->kaddr + w->fmt->slots + 8 * i,
	};

	if (1U << order != slots || i & (slots - 1))
		tell_slot(w, XARRAY_SIBLING, n, i + slots - 1, index);
	e.order = shift + order;
	if (xarray_is_value(e.word)) {
		*values += slots;
		w->sum->values += (uint64_t)slots << shift;
	} else {
		w->sum->entries += (uint64_t)slots << shift;
	}
	w->entry(w->arg, &e);
}

static void visit_node(struct walk *w, const struct way *way, unsigned int depth, struct array_node *ret);

/* The node in slot @i. */
static void visit_child(struct walk *w, const struct array_node *n, unsigned int shift, unsigned int i,
			uint64_t index, unsigned int depth)
{
	struct way way = {
		.parent = n, .slot = i, .shift = shift - w->fmt->bits, .index = index,
		.kaddr = n->kaddr + w->fmt->slots + 8 * i, .word = n->slots[i],
	};
	struct array_node child = { .kaddr = 0 };

	visit_node(w, &way, depth + 1, &child);
	if (child.kaddr)
		check_marks(w, n, i, index, &child);
}

static void visit_slots(struct walk *w, const struct array_node *n, unsigned int shift, uint64_t index,
			unsigned int depth)
{
	unsigned int count = 0, values = 0, first;

	for (unsigned int i = 0; i < w->fmt->n_slots; i++) {
		uint64_t word = n->slots[i], here = index + ((uint64_t)i << shift);

		count += word != 0;
		if (!word) {
			check_marks(w, n, i, here, NULL);
		} else if (is_node(word) && shift) {
			visit_child(w, n, shift, i, here, depth);
		} else if (is_sibling(w->fmt, word, &first)) {
			/* One that belongs to the entry before it was passed with that. */
			tell_slot(w, XARRAY_SIBLING, n, i, here);
		} else if (is_internal(word)) {
			tell_slot(w, XARRAY_INTERNAL, n, i, here);
		} else {
			unsigned int slots = entry_slots(w->fmt, n, i);

			visit_entry(w, n, shift, i, here, &values);
			count += slots - 1;
			i += slots - 1;
		}
	}
	check_field(w, XARRAY_COUNT, n, index, w->fmt->count, n->count, count);
	check_field(w, XARRAY_VALUES, n, index, w->fmt->nr_values, n->nr_values, values);
}

static void visit_node(struct walk *w, const struct way *way, unsigned int depth, struct array_node *ret)
{
	unsigned int shift;
	struct array_node n;

	if (depth >= DEPTH_MAX || !enter(w, way, &n))
		return;
	w->sum->nodes++;
	shift = way->parent ? way->shift : head_shift(w, &n);
	if (!way->parent)
		check_field(w, XARRAY_SHIFT, &n, 0, w->fmt->shift, n.shift, shift);
	visit_slots(w, &n, shift, way->index, depth);
	ret->kaddr = n.kaddr;
	memcpy(ret->marks, n.marks, sizeof(ret->marks));
}

void xarray_check(struct kernel_reader kr, const struct xarray_format *fmt,
		  struct xarray_budget *budget, uint64_t xa, xarray_entry_fn *entry,
		  xarray_fact_fn *fact, void *arg, struct xarray_walk *ret)
{
	struct walk w = {
		.kr = kr, .fmt = fmt, .xa = xa, .entry = entry, .fact = fact, .arg = arg, .sum = ret,
		.budget = budget,
	};
	struct way way = { .kaddr = xa + fmt->head };
	struct array_node head;

	*ret = (struct xarray_walk){ .whole = true };
	if (vmcore_read_u64(kr.vc, way.kaddr, "xarray.xa_head", &way.word, NULL) != PGC_OK) {
		ret->whole = false;
		ret->unread++;
	} else if (is_node(way.word)) {
		visit_node(&w, &way, 0, &head);
	} else if (is_internal(way.word)) {
		tell(&w, XARRAY_INTERNAL, 0, 0, 0,
		     &(struct xarray_fact){ .kaddr = way.kaddr, .found = way.word });
	} else if (way.word) {
		/* The only one, at index 0, without a node. Its marks are in xa_flags. */
		if (xarray_is_value(way.word))
			ret->values = 1;
		else
			ret->entries = 1;
		entry(arg, &(struct xarray_entry){ .word = way.word, .kaddr = way.kaddr });
	}
}

/* The entry of @index in @n, which is no node. */
static enum xarray_found in_slot(const struct xarray_format *fmt, const struct array_node *n, unsigned int i,
				 uint64_t index, struct xarray_entry *ret)
{
	unsigned int first;

	if (is_sibling(fmt, n->slots[i], &first))
		i = first;
	*ret = (struct xarray_entry){
		.order = n->shift + slots_order(entry_slots(fmt, n, i)), .marks = marks_of(n, i),
		.word = n->slots[i],
		.kaddr = n->kaddr + fmt->slots + 8 * i,
		.index = (index >> n->shift & ~(uint64_t)(fmt->n_slots - 1)) + i,
	};
	ret->index <<= n->shift;
	return is_internal(ret->word) ? XARRAY_UNKNOWN : ret->word ? XARRAY_THERE : XARRAY_EMPTY;
}

enum xarray_found xarray_find(struct kernel_reader kr, const struct xarray_format *fmt, uint64_t xa,
			      uint64_t index, struct xarray_entry *ret)
{
	struct way way = { .kaddr = xa + fmt->head };
	struct array_node nodes[2];

	*ret = (struct xarray_entry){ .index = index };
	if (vmcore_read_u64(kr.vc, way.kaddr, "xarray.xa_head", &way.word, NULL) != PGC_OK)
		return XARRAY_UNKNOWN;
	if (!is_node(way.word)) {
		if (is_internal(way.word))
			return XARRAY_UNKNOWN;
		ret->word = index ? 0 : way.word;
		ret->kaddr = index ? 0 : way.kaddr;
		return ret->word ? XARRAY_THERE : XARRAY_EMPTY;
	}
	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		struct array_node *n = &nodes[depth % 2];
		unsigned int i;

		if (read_node(kr, fmt, node_kaddr(kr.k, way.word), n) != PGC_OK || strange(fmt, xa, &way, n))
			return XARRAY_UNKNOWN;
		if (!way.parent && n->shift + fmt->bits < INDEX_BITS && index >> (n->shift + fmt->bits))
			return XARRAY_EMPTY;
		i = (unsigned int)(index >> n->shift) & (fmt->n_slots - 1);
		if (!is_node(n->slots[i]) || !n->shift)
			return in_slot(fmt, n, i, index, ret);
		way = (struct way){ .parent = n, .slot = i, .shift = n->shift - fmt->bits,
				    .kaddr = n->kaddr + fmt->slots + 8 * i, .word = n->slots[i] };
	}
	return XARRAY_UNKNOWN;
}
