/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_id.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"

/* ELF notes of some 500 CPUs, or the kdump sub-header and what follows it. */
#define FIRST_BYTES (256u << 10)

void dump_id(const char *path, char ret[DUMP_ID_SIZE])
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char buf[4096];
	uint64_t hash = HASH_INIT;
	struct stat st;

	ret[0] = '\0';
	if (fd < 0 || fstat(fd, &st) != 0)
		return;
	if (S_ISREG(st.st_mode))
		hash = hash_number(hash, (uint64_t)st.st_size);
	for (size_t left = FIRST_BYTES; left;) {
		ssize_t n = read(fd, buf, left < sizeof(buf) ? left : sizeof(buf));

		if (n < 0)
			return;
		if (n == 0)
			break;
		hash = hash_bytes(hash, buf, (size_t)n);
		left -= (size_t)n;
	}
	snprintf(ret, DUMP_ID_SIZE, "%016" PRIx64, hash);
}
