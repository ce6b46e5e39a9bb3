/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_lkcd - dumps of LKCD, which libkdumpfile inflates
 *
 * All pages that the library gives are unpacked to a temp_file, which is then read as any other
 * ranges of memory. The library trusts such files, so that it reads in a child: what it makes of a
 * hostile one is an error here.
 */
#ifndef PGCONS_DUMP_LKCD_H
#define PGCONS_DUMP_LKCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_elf.h"

struct dump_lkcd_result {
	int fd;			/* owned by the caller */
	uint64_t size;		/* of the file behind @fd */
	struct dump_range *ranges; /* in it, and past its end what could not be read; owned, too */
	size_t n;
	bool cut;		/* the file ends before its end is marked */
};

/* Do the first @len bytes of a file, at @head, start a dump of LKCD? */
bool dump_lkcd_is(const void *head, size_t len);

_must_check_ enum pgc_status dump_lkcd_unpack(int fd, uint64_t size, struct dump_lkcd_result *ret,
					      struct pgc_err *err);

#endif
