/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_io - reads at an offset that tell "the file ends here" from "the system refused"
 */
#ifndef PGCONS_DUMP_IO_H
#define PGCONS_DUMP_IO_H

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"

/*
 * Read @len bytes at @off. PGC_DAMAGED: the file ends before that (no message); PGC_EIO:
 * with a message. *@done (may not be NULL) is the number of good bytes either way.
 */
_must_check_ enum pgc_status dump_pread(int fd, void *buf, size_t len, uint64_t off,
					size_t *done, struct pgc_err *err);

/* Same, for a header: all of it or PGC_EFORMAT, with a message that names @what. */
_must_check_ enum pgc_status dump_pread_all(int fd, void *buf, size_t len, uint64_t off,
					    const char *what, struct pgc_err *err);

#endif
