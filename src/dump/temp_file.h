/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * temp_file - a file without a name, for what a dump unpacks to
 *
 * In $TMPDIR, else /var/tmp: the memory of a machine has no room in a /tmp that is memory itself.
 */
#ifndef PGCONS_TEMP_FILE_H
#define PGCONS_TEMP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct temp_file {
	int fd;			/* owned by the caller */
	const char *dir;	/* where it is, for errors */
	const char *what;	/* what is unpacked to it, and another way to do so; static */
	const char *else_use;
};

/* Open @tf, of which @what and @else_use are set. */
_must_check_ enum pgc_status temp_file_open(struct temp_file *tf, struct pgc_err *err);

_must_check_ enum pgc_status temp_file_write(const struct temp_file *tf, const void *buf,
					     size_t len, uint64_t off, struct pgc_err *err);

#endif
