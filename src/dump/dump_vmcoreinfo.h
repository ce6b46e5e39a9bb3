/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_vmcoreinfo - VMCOREINFO from elsewhere, for dumps whose notes have none
 *
 * QEMU without its vmcoreinfo device writes no such note, and neither do old tools. The kernel
 * has the text all the same, in a page of its own (kernel/vmcore_info.c:vmcoreinfo_data):
 * that page can be found. Or somebody kept it in a file.
 */
#ifndef PGCONS_DUMP_VMCOREINFO_H
#define PGCONS_DUMP_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_cache.h"
#include "dump/dump_notes.h"

/* Take the lines of the file at @path. PGC_EIO: cannot be read; PGC_EFORMAT: not such text. */
_must_check_ enum pgc_status dump_vmcoreinfo_load(const char *path, struct dump_notes *notes,
						  struct pgc_err *err);

/* A text found at @paddr, which the callee may take out of @lines. True: look no further. */
typedef bool dump_vmcoreinfo_fn(void *arg, struct dump_notes *lines, uint64_t paddr);

/*
 * Look at the beginning of each page in [@start, @end) of the memory that @read reads, and
 * @offer what looks like VMCOREINFO. PGC_ENOENT: all was looked at. Memory may hold copies, of
 * other kernels as well.
 */
_must_check_ enum pgc_status dump_vmcoreinfo_scan(dump_fill_fn *read, void *read_arg,
						  uint64_t start, uint64_t end,
						  dump_vmcoreinfo_fn *offer, void *offer_arg,
						  struct pgc_err *err);

#endif
