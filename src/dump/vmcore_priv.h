/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore_priv - what the two halves of vmcore share; no other module includes this
 *
 * vmcore.c       opens a dump of any format, and knows what it is
 * vmcore_read.c  reads its memory
 */
#ifndef PGCONS_VMCORE_PRIV_H
#define PGCONS_VMCORE_PRIV_H

#include <stdatomic.h>

#include "dump/dump_cache.h"
#include "dump/dump_elf.h"
#include "dump/dump_kcore.h"
#include "dump/dump_kdump.h"
#include "dump/dump_notes.h"
#include "dump/dump_pieces.h"
#include "dump/dump_xlat.h"
#include "vmcore.h"

/*
 * Kernel addresses that lie in one piece in a mapped file. A leaf of the page tables maps
 * 4 KiB or, nearly everywhere, 2 MiB or more: windows of either size, found by the address.
 *
 * The first touch of a mapped page costs as much as reading it. So a window is opened only where
 * reads are many: a list of single pages, not one of large blocks.
 */
#define LARGE_SHIFT 21
#define LARGE_WINDOWS 256
#define SMALL_SHIFT ARCH_PAGE_MIN_SHIFT
#define SMALL_WINDOWS 1024

#define WINDOW_HEAT 64

struct window {
	uint64_t start, len;	/* len 0: not open */
	unsigned int heat;	/* pages around @start that had to be read, WINDOW_HEAT at most */
	const unsigned char *at;
};

/*
 * Frames that are mapped again and again, one page at a time: huge pages of which the memmap was
 * given back (HVO) share one, by the thousand. Direct-mapped by frame.
 */
#define FRAMES 8
#define FRAME_LEN ARCH_PAGE_MIN

struct frame {
	uint64_t paddr;
	bool used;
	unsigned char bytes[FRAME_LEN];
};

struct vmcore_choice;

struct vmcore {
	const struct vmcore *owner; /* of what dups share; NULL: this one */
	int fd;			/* the dump, or what a flattened or compressed one unpacked to */
	struct vmcore_info info;
	char *path;
	char format[32];	/* what @info has of it */
	const char *opening;	/* the file that is being opened */
	char *build_id;
	char *doubt, *remarks[VMCORE_REMARKS]; /* what @info has of them */
	const struct dump_notes *notes;	/* of the open format */
	const struct dump_notes *lines;	/* that have VMCOREINFO; NULL: nobody has */
	struct vmcore_choice *choice;	/* of the owner: all texts of it that there are */
	struct dump_notes other;	/* VMCOREINFO that was rebuilt */
	struct dump_elf *elf;		/* one of these three is set */
	struct dump_pieces *pieces;	/* of a kdump file: one, or those of a split one */
	struct dump_kdump *kdump;	/* the first of these; borrowed */
	struct dump_kcore *kcore;	/* live: nothing read is kept */
	struct dump_xlat *xlat;		/* NULL: @no_xlat says why */
	struct pgc_err no_xlat;
	struct linear {
		uint64_t kaddr, len, paddr;
	} linear[2];			/* of the owner: goes before the page tables */
	unsigned int n_linear;
	bool tagged;			/* of the owner: addresses may have tags */
	struct dump_cache *cache;	/* of kernel addresses, for what no window has */
	struct window large[LARGE_WINDOWS], small[SMALL_WINDOWS];
	struct frame frames[FRAMES];
	uint64_t bytes_read;
	atomic_uint failed;
	atomic_uint *failed_reads;	/* the owner's: of all that share the dump */
};

/* vmcore_read.c: the page at @kaddr was not in the cache. */
void vmcore_heat(struct vmcore *vc, uint64_t kaddr);

#endif
