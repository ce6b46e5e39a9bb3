/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow_image - the memory of a dump that is being made out of another
 *
 * What the source holds, with pages written over, and with memory added that the source
 * never had. Added memory may repeat one piece of content: the file then has it once, and
 * many PT_LOADs share that range. Physical addresses only; it knows no kernel.
 */
#ifndef PGCONS_BENCH_GROW_IMAGE_H
#define PGCONS_BENCH_GROW_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct image;
struct vmcore;

struct image_size {
	uint64_t loads;		/* PT_LOADs */
	uint64_t bytes;		/* of memory that they show */
	uint64_t stored;	/* bytes of file behind them */
};

/*
 * @vc, opened from the file at @path, is borrowed. The caller owns *@ret. The source must be
 * an ELF core or a kdump file, whose notes are taken over as they are.
 */
_must_check_ enum pgc_status image_create(const char *path, struct vmcore *vc,
					  struct image **ret, struct pgc_err *err);
void image_destroy(struct image *img); /* NULL is fine */

/*
 * Add [@paddr, @paddr + @len), whole pages above all memory so far. The content is zeros of
 * @unique bytes, repeated until @len is full: *@data is there to be filled in, until
 * image_destroy().
 */
_must_check_ enum pgc_status image_add(struct image *img, uint64_t paddr, uint64_t len,
				       uint64_t unique, uint8_t **data, struct pgc_err *err);

/*
 * A few bytes that lie in one page. A page that the source has not reads as zeros; written
 * to, it is there.
 */
_must_check_ enum pgc_status image_read(struct image *img, uint64_t paddr, void *buf,
					size_t len, struct pgc_err *err);
_must_check_ enum pgc_status image_write(struct image *img, uint64_t paddr, const void *buf,
					 size_t len, struct pgc_err *err);

/* Write the ELF core to the file @path. The source's memory below @source_end is copied. */
_must_check_ enum pgc_status image_save(struct image *img, const char *path,
					uint64_t source_end, struct image_size *ret,
					struct pgc_err *err);

#endif
