/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_packed - a dump that was compressed as a whole (gzip, xz, zstd) to keep or to send it
 *
 * It is read in no order, so it is unpacked to a temp_file first; what is small, as the files of
 * modules, into memory. Input is hostile: what is unpacked is bounded, and so is the memory that a
 * decompressor may take.
 */
#ifndef PGCONS_DUMP_PACKED_H
#define PGCONS_DUMP_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct dump_packed_result {
	int fd;			/* owned by the caller */
	uint64_t size;		/* of the file behind @fd */
	uint64_t truncated_at;	/* where the compressed file breaks off; 0: whole */
};

/* Of a file that begins with the @len bytes at @head: "gzip"; NULL: not of these, or not built in. */
const char *dump_packed_name(const void *head, size_t len);

/*
 * Unpack the beginning of the file in @fd, as much as it takes to say what it is, into memory.
 * PGC_EFORMAT: nothing comes out of it.
 */
_must_check_ enum pgc_status dump_packed_peek(int fd, uint64_t size,
					      struct dump_packed_result *ret, struct pgc_err *err);

/*
 * Unpack all of it. What is cut off is unpacked up to there; what is damaged is refused, as
 * nobody knows which of the bytes before are right.
 */
_must_check_ enum pgc_status dump_packed_unpack(int fd, uint64_t size,
						struct dump_packed_result *ret,
						struct pgc_err *err);

/*
 * Unpack a whole file of at most @most bytes into memory that the caller frees. PGC_EFORMAT, with a
 * message: it is cut off, damaged or larger. Writes to no file: a sandbox may hold.
 */
_must_check_ enum pgc_status dump_packed_memory(int fd, size_t most, unsigned char **ret,
						size_t *len, struct pgc_err *err);

/* The compressions built in, or "none"; static. */
const char *dump_packed_names(void);

#endif
