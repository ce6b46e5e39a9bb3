/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/owner_lists.h"

void owner_lists_tell(const struct owner_lists *l, enum owner_fact_kind kind, const char *what,
		      uint64_t found, uint64_t expected)
{
	struct owner_fact fact = l->fact;

	fact.kind = kind;
	fact.what = what;
	fact.found = found;
	fact.expected = expected;
	l->fn(l->arg, &fact);
}

void owner_lists_stranger(const struct owner_lists *l, const struct list_node *node,
			  const char *what, const char *field, uint64_t found, uint64_t expected)
{
	struct owner_fact fact = l->fact;

	fact.kind = OWNER_STRANGER;
	fact.what = what;
	fact.field = field;
	fact.found = found;
	fact.expected = expected;
	fact.pfn = node->pfn;
	fact.page = node->page;
	l->fn(l->arg, &fact);
}

bool owner_lists_walk(struct owner_lists *l, uint64_t head, list_visit_fn *visit, void *arg,
		      uint64_t *met)
{
	struct list_walk w;

	l->fact.head = head;
	if (page_list_walk(l->kr, l->fmt, head, l->fmt->lru_next, visit, arg, &w, NULL) != PGC_OK)
		return false;
	for (size_t i = 0; i < w.n_breaks; i++) {
		struct owner_fact fact = l->fact;

		if (w.breaks[i].kind == BREAK_UNREADABLE)
			continue;
		fact.kind = OWNER_BROKEN;
		fact.brk = w.breaks[i];
		l->fn(l->arg, &fact);
	}
	*met = w.from_head + w.from_tail;
	return w.whole && !w.n_breaks;
}
