/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_flat - put a flattened dump (makedumpfile -F, every QEMU kdump-*) back together
 *
 * A flattened dump is a stream of records "these bytes belong at that offset". libkdumpfile
 * 0.5.1 cannot read it, later ones slowly. The file it stands for is written to $TMPDIR,
 * else /var/tmp, and unlinked at once.
 */
#ifndef PGCONS_DUMP_FLAT_H
#define PGCONS_DUMP_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct dump_flat_result {
	int fd;			/* owned by the caller */
	uint64_t size;		/* of the file behind @fd */
	uint64_t truncated_at;	/* offset in the stream where it breaks off; 0: whole */
};

/* Do the first @len bytes of a file, at @head, start a flattened dump? */
bool dump_flat_is(const void *head, size_t len);

/*
 * Unpack the flattened dump in @fd, @size bytes long. A stream that breaks off, or whose
 * records stop making sense, is unpacked up to there.
 */
_must_check_ enum pgc_status dump_flat_unpack(int fd, uint64_t size,
					      struct dump_flat_result *ret,
					      struct pgc_err *err);

#endif
