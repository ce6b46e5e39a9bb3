/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An unlinked file in @dir, or -1 and errno. */
static int open_in(const char *dir)
{
	char path[4096];
	int fd, n;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	n = snprintf(path, sizeof(path), "%s/pgcons-dump.XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

enum pgc_status temp_file_open(struct temp_file *tf, struct pgc_err *err)
{
	const char *dir = getenv("TMPDIR");

	tf->dir = dir && *dir ? dir : "/var/tmp";
	tf->fd = open_in(tf->dir);
	if (tf->fd < 0)
		return pgc_err_set(err, PGC_EIO, "cannot unpack the %s in %s: %s", tf->what,
				   tf->dir, strerror(errno));
	return PGC_OK;
}

enum pgc_status temp_file_write(const struct temp_file *tf, const void *buf, size_t len,
				uint64_t off, struct pgc_err *err)
{
	const unsigned char *p = buf;

	while (len) {
		ssize_t n = pwrite(tf->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return pgc_err_set(err, PGC_EIO,
					   "cannot unpack the %s in %s: %s (set TMPDIR to a place with room, or use %s)",
					   tf->what, tf->dir,
					   n ? strerror(errno) : "nothing was written",
					   tf->else_use);
		p += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return PGC_OK;
}
