/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_text - the kernel's code and constants in the dump, held against its vmlinux
 *
 * A sample of memory of which is known, byte for byte, what must be there, for nobody may write to
 * it: what differs after all that the kernel itself rewrites (patch_sites.h, KASLR's relocations,
 * probes) was done by failing memory, or by something that went past page tables. Judges nothing.
 * Reads vmlinux and dump, both of which may be anything; bounded.
 */
#ifndef PGCONS_KERNEL_TEXT_H
#define PGCONS_KERNEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;

#define TEXT_CHANGES 64		/* that are kept */
#define TEXT_BYTES 16		/* of each: what is shown of it */
#define TEXT_SAMPLE 64
#define TEXT_SECTION 32
#define TEXT_SYMBOL 96

/* Bytes in a row that differ, with few in between that do not. */
struct text_change {
	uint64_t kaddr;		/* run-time, of the first */
	uint64_t linked;	/* the same as linked, for who opens the vmlinux */
	uint64_t paddr;		/* 0: unknown */
	uint64_t len;		/* up to the last one */
	uint64_t bits;		/* that differ */
	/* The aligned word that the first is in; relocated as it must be */
	uint64_t word_kaddr, found, expected;
	/* From @shown_kaddr on, around the first: as it must be, and as it is */
	uint64_t shown_kaddr;
	size_t n_shown;
	uint8_t right[TEXT_BYTES], wrong[TEXT_BYTES];
	/* What is there now from the first on, also behind the last one */
	size_t n_sample;
	uint8_t sample[TEXT_SAMPLE];
	bool code;		/* else a constant */
	char section[TEXT_SECTION];
	char symbol[TEXT_SYMBOL];	/* "vfs_read+0x1f"; "": unknown */
};

struct text_check {
	bool done;
	uint64_t compared;	/* bytes */
	uint64_t left_out;	/* of these: may be rewritten, and are not held against anything */
	uint64_t unread;	/* bytes that the dump has not */
	uint64_t changes;	/* all of them */
	size_t n;
	struct text_change change[TEXT_CHANGES];	/* by address */
};

/*
 * Compare with the @vmlinux of the same build. PGC_ENOENT, with a message: it cannot be done, for
 * want of something, or because so much differs that another build or another idea of
 * what is rewritten is likelier than damage. *@ret says what there is.
 */
_must_check_ enum pgc_status kernel_text_compare(struct kernel_reader kr, const char *vmlinux,
						 struct text_check *ret, struct pgc_err *err);

#endif
