/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms - the dumped kernel's own symbol table
 *
 * Its compressed tables are where VMCOREINFO says or, where it does not, where they are found
 * in the kernel image: see kallsyms_tables.h. They are read once, at kallsyms_create(); names
 * are expanded when they are asked for.
 *
 * How addresses are encoded differs between kernels and their configurations. It is not
 * taken from a version: the encoding that puts _stext where VMCOREINFO says it is.
 *
 * Facts: scripts/kallsyms.c and kernel/kallsyms.c of 5.10, 6.1, 6.12 and 7.2. Without
 * KALLSYMS_ALL only functions are listed.
 */
#ifndef PGCONS_KALLSYMS_H
#define PGCONS_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kallsyms;
struct name_filter;
struct vmcore;

struct kallsym {
	uint64_t addr;	/* run time, or an offset where per-CPU symbols are that */
	uint64_t size;	/* bytes to the next symbol: its own size and padding; 0: not known */
	char type;	/* as nm shows it */
	const char *name; /* borrowed until the next call */
};

/*
 * Read the table. PGC_ENOENT: VMCOREINFO does not say where it is, and it was not found;
 * PGC_EFORMAT: what is there is not one, or of a kind that is unknown. The caller owns *@ret, which
 * keeps nothing of @vc.
 */
_must_check_ enum pgc_status kallsyms_create(struct vmcore *vc, struct kallsyms **ret,
					     struct pgc_err *err);
void kallsyms_destroy(struct kallsyms *ks); /* NULL is fine */

/*
 * The symbol @name. PGC_ENOENT: there is none, or there are several static ones, of which
 * none is better than the wrong one.
 */
_must_check_ enum pgc_status kallsyms_find(struct kallsyms *ks, const char *name,
					   struct kallsym *ret, struct pgc_err *err);

/*
 * Call @fn for each function that @filter lets through, in order of address, until it returns
 * false.
 */
typedef bool kallsyms_fn(void *arg, const struct kallsym *sym);
void kallsyms_each_function(struct kallsyms *ks, const struct name_filter *filter,
			    kallsyms_fn *fn, void *arg);

/* How many symbols there are. */
size_t kallsyms_count(const struct kallsyms *ks);

#endif
