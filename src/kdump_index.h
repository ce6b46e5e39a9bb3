/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_index - what a kdump-compressed file holds, and where
 *
 * Reads the two bitmaps (RAM; pages stored) and the page descriptors, and trusts none of
 * them. Inflates nothing: whoever does, asks here first.
 */
#ifndef PGCONS_KDUMP_INDEX_H
#define PGCONS_KDUMP_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"
#include "kdump_header.h"

struct kdump_index;

/*
 * Index the dump in @fd (borrowed), @size bytes long. Page data cut short is fine; headers
 * or bitmaps cut short, or that cannot be, are PGC_EFORMAT.
 */
_must_check_ enum pgc_status kdump_index_create(int fd, uint64_t size,
						struct kdump_index **ret,
						struct pgc_err *err);
void kdump_index_destroy(struct kdump_index *ki); /* NULL is fine */

/* Borrowed until kdump_index_destroy(). */
const struct kdump_header *kdump_index_header(const struct kdump_index *ki);

/* The file size that the headers and the last pages ask for. */
uint64_t kdump_index_promised(const struct kdump_index *ki);

/*
 * PGC_OK: the page of @pfn is stored, with a descriptor that no reader trips over: its
 * data lies in the file and is no longer than a page. PGC_EXCLUDED, PGC_ABSENT,
 * PGC_DAMAGED: why not.
 */
_must_check_ enum pgc_status kdump_index_vet(struct kdump_index *ki, uint64_t pfn,
					     struct pgc_err *err);

#endif
