/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/steady_list.h"

#include <stdlib.h>

#include "base/array.h"
#include "vmcore.h"

/* A short list of a busy CPU is whole in one of a few looks; a broken one costs all of them. */
#define TRIES 16

struct kept {
	struct list_node *nodes;	/* owned */
	size_t n, room;
	bool full;
};

static enum pgc_status keep(void *arg, const struct list_node *node, struct pgc_err *err)
{
	struct kept *k = arg;
	struct list_node *nodes;

	if (k->n == STEADY_LIST_NODES) {
		k->full = true;
		return PGC_EXCLUDED;	/* ends the walk */
	}
	nodes = array_grow(k->nodes, &k->room, k->n, sizeof(*nodes));
	if (!nodes)
		return pgc_err_nomem(err, "a free list");
	k->nodes = nodes;
	k->nodes[k->n++] = *node;
	return PGC_OK;
}

static enum pgc_status hand_on(const struct kept *kept, list_visit_fn *visit, void *arg,
			       struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < kept->n && st == PGC_OK; i++)
		st = visit(arg, &kept->nodes[i], err);
	return st;
}

enum pgc_status steady_list_walk(struct kernel_reader kr, const struct page_format *fmt,
				 uint64_t head, uint64_t link, list_visit_fn *visit, void *arg,
				 struct list_walk *ret, struct pgc_err *err)
{
	struct kept kept = { .nodes = NULL };
	enum pgc_status st = PGC_OK;

	if (!vmcore_info(kr.vc)->live)
		return page_list_walk(kr, fmt, head, link, visit, arg, ret, err);
	for (unsigned int i = 0; i < TRIES; i++) {
		kept.n = 0;
		/* What an earlier list read may be old by now. */
		st = i ? vmcore_flush(kr.vc, err) : PGC_OK;
		if (st == PGC_OK)
			st = page_list_walk(kr, fmt, head, link, keep, &kept, ret, err);
		if (st != PGC_OK || (ret->whole && !ret->n_breaks))
			break;
	}
	if (kept.full)
		st = page_list_walk(kr, fmt, head, link, visit, arg, ret, err);
	else if (st == PGC_OK)
		st = hand_on(&kept, visit, arg, err);
	free(kept.nodes);
	return st;
}
