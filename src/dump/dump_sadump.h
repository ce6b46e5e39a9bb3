/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_sadump - memory that the firmware of a server saved (sadump): one partition, or a backup of it
 *
 * Two bitmaps, and pages as they are, one after another. libkdumpfile knows the format, but reads
 * the first page of a run for all pages of it (0.5.1 to 0.5.4), so it is not asked.
 */
#ifndef PGCONS_DUMP_SADUMP_H
#define PGCONS_DUMP_SADUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_elf.h"

/* Do the first @len bytes of a file, at @head, start one? */
bool dump_sadump_is(const void *head, size_t len);

/* As dump_elf_open(). */
_must_check_ enum pgc_status dump_sadump_open(int fd, uint64_t size, struct dump_elf **ret,
					      struct pgc_err *err);

#endif
