/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samples - memory of which is known, without a vmlinux, what must be there
 *
 * Free pages, where this kernel clears or poisons what is freed; and tables of the kernel's image
 * that carry their own proof: those that its build sorted (the unwinder's, that of exceptions), the
 * positions in its list of symbols, and the system calls, all of which are code. Judges nothing.
 * Reads a part of the free pages; bounded. No contents are kept, only where they are wrong.
 *
 * Facts, of 6.1, 6.12 and 7.2: mm/page_alloc.c:free_pages_prepare(), mm/page_poison.c (0xaa),
 * scripts/sorttable.c, scripts/kallsyms.c:write_src() (a marker for each 256 symbols).
 */
#ifndef PGCONS_SAMPLES_H
#define PGCONS_SAMPLES_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;

#define SAMPLE_PLACE 96

struct samples {
	uint64_t free_pages;	/* that were read: 0 where this kernel leaves what was in them */
	uint64_t free_bits;	/* of these: wrong in one bit */
	uint64_t free_written;	/* in more */
	char free_bit[SAMPLE_PLACE], free_write[SAMPLE_PLACE];	/* the first of each */
	uint64_t entries;	/* of tables that were read */
	uint64_t table_bits;	/* one of their bits is wrong */
	uint64_t table_others;	/* wrong otherwise */
	char table[SAMPLE_PLACE];	/* the first wrong bit */
};

/* Read what there is. Fails only for want of memory. */
_must_check_ enum pgc_status samples_read(struct kernel_reader kr, struct samples *ret,
					  struct pgc_err *err);

#endif
