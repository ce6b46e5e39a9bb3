/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_kdump - physical memory in a kdump-compressed file
 *
 * libkdumpfile inflates the pages. What it would trust blindly is checked by kdump_index
 * first: the headers before it opens the file, and each page's descriptor before it is
 * asked for the page (up to 0.5.3 a bad one overruns its heap, later ones die of SIGBUS).
 *
 * One part of a "makedumpfile --split" dump opens by itself: pages of the other parts are
 * PGC_EXCLUDED.
 */
#ifndef PGCONS_DUMP_KDUMP_H
#define PGCONS_DUMP_KDUMP_H

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"
#include "kdump_header.h"

struct dump_kdump;

/*
 * Open the dump in @fd (borrowed), @size bytes long. When its page data is cut short the
 * call succeeds, and the lost pages read as PGC_DAMAGED.
 */
_must_check_ enum pgc_status dump_kdump_open(int fd, uint64_t size,
					     struct dump_kdump **ret, struct pgc_err *err);
/* Another reader of the same file, for another thread; it shares nothing with @dk. */
_must_check_ enum pgc_status dump_kdump_dup(const struct dump_kdump *dk,
					    struct dump_kdump **ret, struct pgc_err *err);
/*
 * NULL is fine. libkdumpfile 0.5.1 touches freed memory here, harmless as long as no other
 * thread allocates meanwhile: close dumps when one thread is left.
 */
void dump_kdump_close(struct dump_kdump *dk);

/* Borrowed until dump_kdump_close(). */
const struct kdump_header *dump_kdump_header(const struct dump_kdump *dk);

/* The file size that the headers and the last pages ask for. */
uint64_t dump_kdump_promised(const struct dump_kdump *dk);

/* See vmcore_read_phys(). */
_must_check_ enum pgc_status dump_kdump_read(struct dump_kdump *dk, uint64_t paddr,
					     void *buf, size_t len, size_t *done,
					     struct pgc_err *err);

const char *dump_kdump_library_version(void);	/* "0.5.1"; static */

#endif
