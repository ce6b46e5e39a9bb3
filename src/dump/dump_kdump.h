/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_kdump - physical memory in a kdump-compressed file
 *
 * kdump_index says where a page is, page_codec inflates it; where the compression was not
 * built in, libkdumpfile does, opened when the first such page comes. What lies close
 * together in the file is read at once, pages stored as they are straight to where they
 * are wanted.
 *
 * One piece of a "makedumpfile --split" dump opens by itself: pages of the others are
 * PGC_ELSEWHERE. dump_pieces puts them together.
 */
#ifndef PGCONS_DUMP_KDUMP_H
#define PGCONS_DUMP_KDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/kdump_header.h"

/* A reader, for one thread at a time: about 0.8 MB when used, the tables besides. */
struct dump_kdump;

/*
 * Open the dump in @fd (borrowed), @size bytes long. When its page data is cut short the
 * call succeeds, and the lost pages read as PGC_DAMAGED.
 */
_must_check_ enum pgc_status dump_kdump_open(int fd, uint64_t size,
					     struct dump_kdump **ret, struct pgc_err *err);
/*
 * A reader of the same open file for another thread: it shares what never changes with @dk,
 * which may be in use meanwhile, and is to be closed after it.
 */
_must_check_ enum pgc_status dump_kdump_dup(const struct dump_kdump *dk,
					    struct dump_kdump **ret, struct pgc_err *err);
/*
 * NULL is fine. libkdumpfile 0.5.1 touches freed memory here, harmless as long as no other
 * thread allocates meanwhile: close dumps when one thread is left.
 */
void dump_kdump_close(struct dump_kdump *dk);

/* Borrowed until dump_kdump_close() of the first reader. */
const struct kdump_header *dump_kdump_header(const struct dump_kdump *dk);

/* The file size that the headers and the last pages ask for. */
uint64_t dump_kdump_promised(const struct dump_kdump *dk);

/* See kdump_index_unwritten(), kdump_index_measured(). */
uint64_t dump_kdump_unwritten(const struct dump_kdump *dk);
bool dump_kdump_measured(const struct dump_kdump *dk);

/* See kdump_index_excess(). */
int64_t dump_kdump_excess(const struct dump_kdump *dk);

/* See kdump_index_count(). */
_must_check_ enum pgc_status dump_kdump_count(const struct dump_kdump *dk, uint64_t start,
					      uint64_t end, uint64_t *ret, struct pgc_err *err);

/* Do both have the same first bitmap, that of RAM? */
bool dump_kdump_same_ram(const struct dump_kdump *a, const struct dump_kdump *b);

/* See vmcore_read_phys(). */
_must_check_ enum pgc_status dump_kdump_read(struct dump_kdump *dk, uint64_t paddr,
					     void *buf, size_t len, size_t *done,
					     struct pgc_err *err);

const char *dump_kdump_library_version(void);	/* "0.5.1"; static */

#endif
