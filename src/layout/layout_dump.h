/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_dump - a layout made of what a dump says of its own kernel
 *
 * For when there is no vmlinux. Types come from the kernel's BTF, addresses from kallsyms;
 * the few variables that are asked for have their types here, in a table. Where VMCOREINFO
 * has a line about the same thing the two must agree, else BTF is not believed. Without BTF
 * or kallsyms VMCOREINFO alone is enough to walk the memmap and the buddy lists.
 *
 * Like every layout it holds link-time addresses: the KASLR slide is taken off again.
 */
#ifndef PGCONS_LAYOUT_DUMP_H
#define PGCONS_LAYOUT_DUMP_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

struct layout;
struct vmcore;

/* What the layout lacks. layout_source_name() says of what it was made. */
struct layout_dump_facts {
	char why[480];		/* why not a better source; "" with BTF and kallsyms */
	char without[240];	/* what can then not be looked at, separated by commas */
	bool contradictory;	/* BTF and VMCOREINFO disagree: one of them is damaged */
};

/*
 * Make the layout. PGC_ENOENT: the dump does not say enough of its kernel, not even in
 * VMCOREINFO. The caller owns *@ret, which keeps nothing of @vc.
 */
_must_check_ enum pgc_status layout_from_dump(struct vmcore *vc, struct layout **ret,
					      struct layout_dump_facts *facts,
					      struct pgc_err *err);

#endif
