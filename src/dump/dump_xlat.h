/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_xlat - kernel virtual addresses to physical ones, through the page tables
 *
 * What tables and entries are like is the architecture's (arch.h), and where they begin is in
 * VMCOREINFO. Every table is read with the caller's function, so that a page table outside the
 * dump is told as what it is and nothing here depends on the file format.
 */
#ifndef PGCONS_DUMP_XLAT_H
#define PGCONS_DUMP_XLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_cache.h"
#include "dump/dump_notes.h"
#include "dump/table_path.h"

struct dump_xlat;

/*
 * PGC_ENOENT: VMCOREINFO is missing, or lacks what it takes; PGC_EFORMAT: no page tables
 * this program knows. The caller owns *@ret; @read reads physical memory.
 */
_must_check_ enum pgc_status dump_xlat_create(const struct arch *arch,
					      const struct dump_notes *notes,
					      dump_fill_fn *read, void *arg,
					      struct dump_xlat **ret, struct pgc_err *err);
void dump_xlat_destroy(struct dump_xlat *dx); /* NULL is fine */

/* Use the page tables that begin at this physical address from now on. */
void dump_xlat_set_root(struct dump_xlat *dx, uint64_t paddr);

/* What tables and entries are like; borrowed. */
const struct arch_paging *dump_xlat_paging(const struct dump_xlat *dx);

/*
 * The entries that lead to @kaddr, with what dump_xlat_translate() says of it; with @trial (may be
 * NULL) as one more entry that was mended. After PGC_ABSENT the last step is the one that leads
 * nowhere, after PGC_DAMAGED and the like the one that leads to a table that is not there to read.
 */
_must_check_ enum pgc_status dump_xlat_path(struct dump_xlat *dx, uint64_t kaddr,
					    const struct table_mend *trial,
					    struct table_path *ret, struct pgc_err *err);

/* Read an entry as another value from now on; NULL: all as they are. False: there is no room. */
bool dump_xlat_mend(struct dump_xlat *dx, const struct table_mend *mend);
/* And all that @from reads as another. */
void dump_xlat_mend_as(struct dump_xlat *dx, const struct dump_xlat *from);

/* See vmcore_translate(). */
_must_check_ enum pgc_status dump_xlat_translate(struct dump_xlat *dx, uint64_t kaddr,
						 uint64_t *paddr, uint64_t *run,
						 struct pgc_err *err);

#endif
