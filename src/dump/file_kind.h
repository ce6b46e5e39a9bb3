/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_kind - what a file is that is no dump, or no vmlinux, and what to do about it
 *
 * Knows the first bytes of what people hand over by mistake, or because nothing better was at
 * hand: file_kinds.def is the table. It reads no memory out of any of them.
 */
#ifndef PGCONS_FILE_KIND_H
#define PGCONS_FILE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum file_wanted { FILE_DUMP, FILE_VMLINUX };

/* Is a file of one of these kinds at hand, by its beginning or its name? */
bool file_kind_known(int fd, const char *path);

/*
 * PGC_EFORMAT, and "not a dump, but ..." (or "not a vmlinux, but ..."): what the file of @size
 * bytes in @fd is, and what to do. @path is examined where nothing in the file says so.
 */
enum pgc_status file_kind_refuse(int fd, uint64_t size, const char *path,
				 enum file_wanted wanted, struct pgc_err *err);

/* There is no file @path; @error is the system's. "-" and a URL get a word of their own. */
enum pgc_status file_kind_missing(const char *path, int error, enum file_wanted wanted,
				  struct pgc_err *err);

/*
 * PGC_EFORMAT for a file that cannot be opened as one: what a directory, a pipe, a device is.
 * Looks into a directory for a dump to name. @mode is the file's st_mode.
 */
enum pgc_status file_kind_special(const char *path, unsigned int mode, enum file_wanted wanted,
				  struct pgc_err *err);

/* PGC_EFORMAT for an ELF core of a process, of a Xen domain, or of a machine that is not read. */
_must_check_ enum pgc_status file_kind_check_elf(int fd, uint64_t size, struct pgc_err *err);

/* The same for a kdump-compressed file: it names its machine. */
_must_check_ enum pgc_status file_kind_check_kdump(int fd, struct pgc_err *err);

#endif
