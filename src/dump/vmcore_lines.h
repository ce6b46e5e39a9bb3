/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore_lines - which of a dump's texts of VMCOREINFO is that of the kernel that ran
 *
 * There may be several: one that the user names, the notes, and the copies that kernels keep in
 * memory, of which one may be left by the kernel before. Each is tried on the memory itself:
 * see lines_fit.h. For vmcore.c alone.
 */
#ifndef PGCONS_VMCORE_LINES_H
#define PGCONS_VMCORE_LINES_H

#include "dump/vmcore_priv.h"

/*
 * Set vc->lines, and what vc->info says of them; left NULL where there is no text at all. With
 * @force that in @file (may be NULL) is taken untried. PGC_EMISMATCH: that in @file is of another
 * build than the dump's own, which fits.
 */
_must_check_ enum pgc_status vmcore_find_lines(struct vmcore *vc, const char *file, bool force,
					       struct pgc_err *err);

void vmcore_choice_destroy(struct vmcore_choice *ch); /* NULL is fine */

/*
 * Of several kernels take the one of @build_id or, where no build-id is known, of @release: that
 * of the @what ("vmlinux", static) that is used. What vc->info says of the choice is made anew;
 * the rest is the caller's. PGC_ENOENT: there is none of that build, and all stays as it was;
 * PGC_EMISMATCH: there is, but the CPUs run another one.
 */
_must_check_ enum pgc_status vmcore_find_build(struct vmcore *vc, const char *what,
					       const char *build_id, const char *release,
					       struct pgc_err *err);

/* Something to be looked for in [@start, @end) of physical memory; PGC_ENOENT: go on. */
typedef enum pgc_status vmcore_look_fn(struct vmcore *vc, const void *what, uint64_t start,
				       uint64_t end, struct pgc_err *err);
/* Look through all memory that is in the dump. */
_must_check_ enum pgc_status vmcore_look_everywhere(struct vmcore *vc, vmcore_look_fn *look,
						    const void *what, struct pgc_err *err);

#endif
