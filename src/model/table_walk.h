/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_walk - each entry of the page tables of one address space
 *
 * Goes from a table down to the pages that it maps, and shows each entry that is not empty. Who
 * is shown one that leads to a table says whether to follow it. It knows neither pages nor what an
 * entry may be.
 */
#ifndef PGCONS_TABLE_WALK_H
#define PGCONS_TABLE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/mm_list.h"

struct table_entry {
	const struct mm *mm;	/* NULL: the kernel's */
	uint64_t vaddr;		/* the first address that it is for */
	unsigned int level;	/* of its table; 1: the last */
	uint64_t table;		/* physical address of that */
	uint64_t at;		/* its own */
	uint64_t raw;		/* as it is there */
	struct arch_user_entry is;
};

/* Returns true to follow an entry that is a table. */
typedef bool table_entry_fn(void *arg, const struct table_entry *e);

struct table_walk {
	struct kernel_reader kr;
	const struct arch_paging *pg;
	table_entry_fn *fn;
	void *arg;
	bool kernel;		/* entries are the kernel's own: arch_paging.decode says what they are */
	uint64_t tables;	/* that were read */
	uint64_t unread;	/* that are not in the dump, or cannot be read */
	uint64_t *room[ARCH_LEVELS + 1]; /* of each level; owned */
};

/* Fails for want of memory, or where this architecture's entries are unknown (PGC_ENOENT). */
_must_check_ enum pgc_status table_walk_init(struct table_walk *w, struct kernel_reader kr,
					     table_entry_fn *fn, void *arg, struct pgc_err *err);
void table_walk_deinit(struct table_walk *w);

/*
 * Walk the entries [@from, @to) of the table of level @level at physical address @table, the first
 * of which is for @vaddr. False: it is not in the dump.
 */
bool table_walk_table(struct table_walk *w, const struct mm *mm, uint64_t table,
		      unsigned int level, uint64_t vaddr, unsigned int from, unsigned int to);

/* All that is the address space's own. */
void table_walk_mm(struct table_walk *w, const struct mm *mm);

#endif
