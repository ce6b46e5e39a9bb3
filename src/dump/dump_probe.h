/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_probe - what kind of file is it, by its first bytes
 */
#ifndef PGCONS_DUMP_PROBE_H
#define PGCONS_DUMP_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* The last magic is that of a media backup of sadump. */
#define DUMP_HEAD_LEN 0x1008

enum dump_kind {
	DUMP_NONE,
	DUMP_ELF,		/* an ELF core */
	DUMP_ELF_OTHER,		/* ELF, but no core: a vmlinux? */
	DUMP_KDUMP,
	DUMP_FLAT,
	DUMP_LIME,
	DUMP_RAW,		/* the memory of a machine, from 0 on */
	DUMP_SADUMP,
	DUMP_LKCD,
};

/*
 * Open a regular file and read its first bytes: *@len of them, DUMP_HEAD_LEN when it has as
 * many. The caller owns *@ret_fd.
 */
_must_check_ enum pgc_status dump_probe_open(const char *path, int *ret_fd, uint64_t *size,
					     unsigned char *head, size_t *len,
					     struct pgc_err *err);

enum dump_kind dump_probe_kind(const unsigned char *head, size_t len);
/* The same of the file with that beginning, of which more is read where that says nothing. */
enum dump_kind dump_probe_file(int fd, uint64_t size, const char *path, const unsigned char *head,
			       size_t len);

/*
 * PGC_EFORMAT for a file of that kind of which no memory can be read, and what to do: no dump at
 * all, a process's core, another architecture. PGC_OK: whoever opens it may say more.
 */
_must_check_ enum pgc_status dump_probe_check(int fd, uint64_t size, const char *path,
					      enum dump_kind kind, struct pgc_err *err);

#endif
