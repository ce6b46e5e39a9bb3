/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "dump/dump_io.h"

enum pgc_status dump_pread(int fd, void *buf, size_t len, uint64_t off, size_t *done,
			   struct pgc_err *err)
{
	*done = 0;
	if (!range_ok(off, len, INT64_MAX))
		return PGC_DAMAGED;
	while (*done < len) {
		ssize_t n = pread(fd, (char *)buf + *done, len - *done,
				  (off_t)(off + *done));

		if (n > 0)
			*done += (size_t)n;
		else if (n == 0)
			return PGC_DAMAGED;
		else if (errno != EINTR)
			return pgc_err_set(err, PGC_EIO,
					   "read of %zu bytes at file offset 0x%" PRIx64
					   ": %s", len - *done, off + *done,
					   strerror(errno));
	}
	return PGC_OK;
}

enum pgc_status dump_pread_all(int fd, void *buf, size_t len, uint64_t off,
			       const char *what, struct pgc_err *err)
{
	size_t done;
	enum pgc_status st = dump_pread(fd, buf, len, off, &done, err);

	if (st == PGC_DAMAGED)
		return pgc_err_set(err, PGC_EFORMAT,
				   "truncated inside the %s: %zu bytes expected at file "
				   "offset 0x%" PRIx64 ", %zu found",
				   what, len, off, done);
	return pgc_err_add(err, st, "%s", what);
}
