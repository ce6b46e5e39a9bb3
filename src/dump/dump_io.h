/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_io - reads at an offset that tell "the file ends here" from "the system refused", and
 * the memory for large ones
 */
#ifndef PGCONS_DUMP_IO_H
#define PGCONS_DUMP_IO_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

/*
 * Read @len bytes at @off. PGC_DAMAGED: the file ends before that (no message); PGC_EIO:
 * with a message. *@done (may not be NULL) is the number of good bytes either way.
 */
_must_check_ enum pgc_status dump_pread(int fd, void *buf, size_t len, uint64_t off,
					size_t *done, struct pgc_err *err);

/* Same, for a header: all of it or PGC_EFORMAT, with a message that names @what. */
_must_check_ enum pgc_status dump_pread_all(int fd, void *buf, size_t len, uint64_t off,
					    const char *what, struct pgc_err *err);

/*
 * Memory to read into, not cleared; freed by free(). NULL: out of memory. It begins with a page:
 * to an address that does not, some CPUs (seen: Zen 3) copy several times slower, and copying is
 * most of what reading a dump is.
 */
static inline void *dump_buffer(size_t len)
{
	return aligned_alloc(4096, (len + 4095) / 4096 * 4096);
}

#endif
