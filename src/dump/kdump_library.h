/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_library - libkdumpfile as a reader of single pages
 *
 * For compressions that are not built in, and to compare with: loaded, not linked (kdump_calls). The library checks little:
 * ask it only for pages that kdump_index_find() found (up to 0.5.3 a bad descriptor
 * overruns its heap, later ones die of SIGBUS), and for nothing but pages.
 */
#ifndef PGCONS_KDUMP_LIBRARY_H
#define PGCONS_KDUMP_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/kdump_header.h"

struct kdump_library;

/*
 * Open the dump in @fd (borrowed), whose header was read to @hdr. One context a thread:
 * nothing is shared between two of them.
 */
_must_check_ enum pgc_status kdump_library_open(int fd, const struct kdump_header *hdr,
						struct kdump_library **ret,
						struct pgc_err *err);
/* NULL is fine. For 0.5.1 see dump_kdump_close(). */
void kdump_library_close(struct kdump_library *kl);

/* See vmcore_read_phys(): what is asked for is known to be stored. */
_must_check_ enum pgc_status kdump_library_read(struct kdump_library *kl, uint64_t paddr,
						void *buf, size_t len, size_t *done,
						struct pgc_err *err);

const char *kdump_library_version(void); /* static */

#endif
