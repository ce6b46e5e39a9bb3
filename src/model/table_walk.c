/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/table_walk.h"

#include <stdlib.h>

#include "base/target_int.h"
#include "vmcore.h"

enum pgc_status table_walk_init(struct table_walk *w, struct kernel_reader kr,
				table_entry_fn *fn, void *arg, struct pgc_err *err)
{
	*w = (struct table_walk){ .kr = kr, .pg = vmcore_paging(kr.vc), .fn = fn, .arg = arg };
	if (!w->pg || !w->pg->user_entry)
		return PGC_ENOENT;
	for (unsigned int level = 1; level <= w->pg->levels; level++) {
		w->room[level] = calloc((size_t)1 << w->pg->bits[level], sizeof(uint64_t));
		if (!w->room[level]) {
			table_walk_deinit(w);
			return pgc_err_nomem(err, "page tables");
		}
	}
	return PGC_OK;
}

void table_walk_deinit(struct table_walk *w)
{
	for (unsigned int level = 1; level <= ARCH_LEVELS; level++) {
		free(w->room[level]);
		w->room[level] = NULL;
	}
}

static void decode(const struct table_walk *w, struct table_entry *e)
{
	static const enum arch_user as[] = {
		[ARCH_NOTHING] = ARCH_USER_NONE, [ARCH_TABLE] = ARCH_USER_TABLE,
		[ARCH_LEAF] = ARCH_USER_LEAF,
	};

	if (!w->kernel) {
		w->pg->user_entry(w->pg, e->raw, e->level, &e->is);
		return;
	}
	e->is = (struct arch_user_entry){ .what = ARCH_USER_NONE };
	e->is.what = as[w->pg->decode(w->pg, e->raw, e->level, &e->is.paddr)];
	if (e->is.what == ARCH_USER_LEAF)
		e->is.paddr &= -(UINT64_C(1) << arch_table_shift(w->pg, e->level));
}

bool table_walk_table(struct table_walk *w, const struct mm *mm, uint64_t table,
		      unsigned int level, uint64_t vaddr, unsigned int from, unsigned int to)
{
	unsigned int shift = arch_table_shift(w->pg, level);
	uint64_t *entries = w->room[level];
	size_t done;

	if (vmcore_read_phys(w->kr.vc, table + from * UINT64_C(8), entries + from,
			     (to - from) * UINT64_C(8), &done, NULL) != PGC_OK) {
		w->unread++;
		return false;
	}
	w->tables++;
	for (unsigned int i = from; i < to; i++) {
		struct table_entry e = { .mm = mm, .level = level, .table = table };

		if (!entries[i])
			continue;
		e.raw = target_u64((const uint8_t *)&entries[i]);
		e.at = table + i * UINT64_C(8);
		e.vaddr = vaddr + ((uint64_t)(i - from) << shift);
		decode(w, &e);
		if (e.is.what != ARCH_USER_NONE && w->fn(w->arg, &e) &&
		    e.is.what == ARCH_USER_TABLE && level > 1)
			table_walk_table(w, mm, e.is.paddr, level - 1, e.vaddr, 0,
					 1u << w->pg->bits[level - 1]);
	}
	return true;
}

void table_walk_mm(struct table_walk *w, const struct mm *mm)
{
	table_walk_table(w, mm, mm->root, w->pg->levels, 0, 0, w->pg->own_entries);
}
