/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_header - the headers of a kdump-compressed file of a 64-bit little-endian kernel
 *
 * struct disk_dump_header and kdump_sub_header of diskdump and makedumpfile. Afterwards
 * every offset lies in the file, and libkdumpfile, which checks little, can be let near it.
 */
#ifndef PGCONS_KDUMP_HEADER_H
#define PGCONS_KDUMP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_notes.h"

struct kdump_header {
	const struct arch *arch; /* NULL: not known here */
	char release[65];	/* empty: not known */
	uint32_t page_size;
	unsigned int page_shift;
	uint64_t max_mapnr;	/* the bitmaps cover the pfns below it */
	bool partial;		/* two bitmaps: RAM, and pages stored; else one for both */
	bool split;		/* one piece of a split dump */
	uint64_t start_pfn, end_pfn;	/* the pages of that piece; else all */
	uint64_t ram_off, dumped_off;	/* file offsets of the bitmaps */
	uint64_t bitmap_len;		/* of each, bytes */
	uint64_t desc_off;		/* file offset of the page descriptors */
	bool incomplete;		/* its writer says that it is */
	bool library_safe;		/* libkdumpfile may be let near it */
	struct dump_notes notes;
};

/* Does a file that starts with the @len bytes at @head call itself kdump-compressed? */
bool kdump_header_is(const void *head, size_t len);

/* Read and check the headers in @fd, a file of @size bytes. PGC_EFORMAT: they cannot be. */
_must_check_ enum pgc_status kdump_header_read(struct kdump_header *hdr, int fd,
					       uint64_t size, struct pgc_err *err);
/*
 * Can the kernel have pages of that size? A block is a page, but in QEMU's files: where pages can
 * be of more than one size its blocks are of the largest (target/arm/arch_dump.c:cpu_get_dump_info()).
 */
bool kdump_blocks_fit(const struct kdump_header *hdr, uint64_t page_size);
void kdump_header_deinit(struct kdump_header *hdr);

#endif
