/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_path - the page table entries that lead to a kernel address
 */
#ifndef PGCONS_TABLE_PATH_H
#define PGCONS_TABLE_PATH_H

#include <stdint.h>

#include "arch/arch.h"

/* One entry, and what it is by the architecture. */
struct table_step {
	uint64_t paddr;		/* where in memory the entry is */
	uint64_t entry;		/* as it is there */
	unsigned int level;	/* 1: of the last tables */
	unsigned int index;	/* in its table */
	uint64_t kaddr, span;	/* the addresses that it stands for */
	enum arch_entry what;
	uint64_t to;		/* the address in it; of ARCH_NOTHING it means nothing */
};

struct table_path {
	struct table_step step[ARCH_LEVELS]; /* from the first table on */
	unsigned int n;
	uint64_t paddr;		/* where it leads, with PGC_OK */
};

/* An entry that is read as another value than is there. */
struct table_mend {
	uint64_t paddr, entry;
};

#endif
