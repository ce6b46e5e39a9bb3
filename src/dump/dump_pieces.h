/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_pieces - a kdump-compressed dump in the pieces that "makedumpfile --split" writes
 *
 * Each piece has the headers and both bitmaps of the whole, and the pages of its own range. They
 * are put together in any order, flattened ones among them; one that is missing is reported. A
 * dump that is not split is one piece.
 */
#ifndef PGCONS_DUMP_PIECES_H
#define PGCONS_DUMP_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_kdump.h"

struct dump_pieces;

/* What of a split dump is not here. */
struct dump_missing {
	uint64_t pages;		/* stored in pieces that are not here; 0: nothing */
	unsigned int ranges;	/* of pfns that such pieces have, as far as the others show */
	uint64_t start, end;	/* the first of them */
};

_must_check_ enum pgc_status dump_pieces_create(struct dump_pieces **ret, struct pgc_err *err);
void dump_pieces_destroy(struct dump_pieces *p); /* NULL is fine; closes all */

/*
 * Open the piece in @fd, @size bytes long, of the file called @path (borrowed). @fd is the
 * pieces' from now on, whatever is returned. *@promised: see dump_kdump_promised().
 * PGC_EMISMATCH: it is not of the same dump.
 */
_must_check_ enum pgc_status dump_pieces_add(struct dump_pieces *p, int fd, uint64_t size,
					     const char *path, uint64_t *promised,
					     struct pgc_err *err);

/* Readers of the same files, for another thread; see dump_kdump_dup(). */
_must_check_ enum pgc_status dump_pieces_dup(const struct dump_pieces *p,
					     struct dump_pieces **ret, struct pgc_err *err);

/* The first piece by its pages, whose header stands for all. NULL: none was added. */
struct dump_kdump *dump_pieces_first(const struct dump_pieces *p);
const char *dump_pieces_path(const struct dump_pieces *p);	/* its; there must be one */
size_t dump_pieces_count(const struct dump_pieces *p);

/* See kdump_index_excess(). */
int64_t dump_pieces_excess(const struct dump_pieces *p);

/* How the writers of the pieces ended. */
struct dump_written {
	bool marked_incomplete;	/* one of them says that it did not write all */
	uint64_t unwritten;	/* see kdump_index_unwritten() */
	bool measured;		/* see kdump_index_measured() */
};

void dump_pieces_written(const struct dump_pieces *p, struct dump_written *ret);

/* What is missing, once all are added. */
_must_check_ enum pgc_status dump_pieces_missing(const struct dump_pieces *p,
						 struct dump_missing *ret, struct pgc_err *err);

/* See vmcore_read_phys(). */
_must_check_ enum pgc_status dump_pieces_read(struct dump_pieces *p, uint64_t paddr, void *buf,
					      size_t len, size_t *done, struct pgc_err *err);

#endif
