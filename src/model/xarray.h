/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xarray - a walk over one xarray that checks how it is built
 *
 * Knows nodes, slots and marks (lib/xarray.c), and nothing of what the entries lead to. Each node says
 * which array it is of, which node holds it and in which slot, how many of its slots are in use, and
 * how many of these have values; a mark of a slot that holds a node is set if any of that node's is.
 * All of it changes under the array's lock: whoever calls has seen that free.
 *
 * An entry of several indexes has the first of its slots, and the others say which that is
 * (siblings). Bounded: a node is taken for one only where it names this array and the slot that led
 * to it, which no node does in two places; those with one such word wrong are few; the depth is that
 * of 64 bits.
 *
 * Facts: include/linux/xarray.h and lib/xarray.c of 6.1, 6.12 and 7.2: xas_store(), xas_alloc(),
 * xas_set_mark(), xas_clear_mark(), xas_split(), xa_node_free().
 */
#ifndef PGCONS_XARRAY_H
#define PGCONS_XARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/kernel.h"

#define XARRAY_MARKS 3
#define XARRAY_SLOTS_MAX 64

/* Where things are, in this kernel. */
struct xarray_format {
	unsigned int head, lock;	/* in struct xarray */
	unsigned int size;		/* of struct xa_node */
	unsigned int shift, offset, count, nr_values, parent, array, slots, marks;
	unsigned int n_slots, bits;	/* slots of a node, and the power of two that is */
};

/* How much may be walked, of all arrays together: nodes, and of these, damaged ones. */
struct xarray_budget {
	uint64_t nodes, odd;
};

/* False: this kernel's is not known. */
bool xarray_format_init(struct xarray_format *fmt, const struct kernel *k);

/* An entry: a pointer (its two lowest bits are clear), or a value (the lowest is set). */
struct xarray_entry {
	uint64_t index;		/* the first of its indexes */
	unsigned int order;	/* it has 2^order */
	unsigned int marks;	/* a bit for each mark */
	uint64_t word;
	uint64_t kaddr;		/* of its slot */
};

static inline bool xarray_is_value(uint64_t word)
{
	return word & 1;
}

enum xarray_fault {
	XARRAY_NODE,		/* a slot, or the head, leads to no node of the array */
	XARRAY_INTERNAL,	/* a slot has what no slot ever keeps: no node, no sibling */
	XARRAY_SIBLING,		/* a sibling of no entry, or as many as no entry has */
	XARRAY_SHIFT, XARRAY_OFFSET, XARRAY_PARENT, XARRAY_ARRAY, /* a field of a node */
	XARRAY_COUNT, XARRAY_VALUES, /* the same, against its slots */
	XARRAY_MARK,		/* a mark of a node's slot is not what the node's marks say */
	XARRAY_MARK_EMPTY,	/* an empty slot has a mark */
};

struct xarray_fact {
	enum xarray_fault fault;
	uint64_t node;		/* kaddr of the node it is in; 0: the array itself */
	unsigned int slot;	/* of it, where it is about one */
	unsigned int mark;	/* of MARK and MARK_EMPTY: which */
	uint64_t index;		/* the first one that the node or slot has */
	uint64_t kaddr, found, expected; /* the word or byte that is wrong */
	bool expected_known;
};

typedef void xarray_entry_fn(void *arg, const struct xarray_entry *entry);
typedef void xarray_fact_fn(void *arg, const struct xarray_fact *fact);

struct xarray_walk {
	uint64_t entries;	/* indexes that pointers have */
	uint64_t values;	/* the same of values */
	uint64_t nodes;
	uint64_t unread;	/* nodes that are not in the dump, or cannot be read */
	bool whole;		/* all nodes were seen: nothing is behind a broken pointer */
};

/* As many nodes as memory has room for, @bytes of it. */
struct xarray_budget xarray_budget_of(const struct xarray_format *fmt, uint64_t bytes);

/* Walk the array at @xa. What exceeds the budget counts as not read. */
void xarray_check(struct kernel_reader kr, const struct xarray_format *fmt,
		  struct xarray_budget *budget, uint64_t xa, xarray_entry_fn *entry,
		  xarray_fact_fn *fact, void *arg, struct xarray_walk *ret);

enum xarray_found { XARRAY_EMPTY, XARRAY_THERE, XARRAY_UNKNOWN };

/*
 * What the array has at @index: *@ret, where it is there; of an empty slot its place (kaddr 0: no
 * node has one for it). UNKNOWN: what leads there is not in the dump, or wrong.
 */
enum xarray_found xarray_find(struct kernel_reader kr, const struct xarray_format *fmt, uint64_t xa,
			      uint64_t index, struct xarray_entry *ret);

#endif
