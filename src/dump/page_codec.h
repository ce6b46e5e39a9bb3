/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_codec - inflate one page of a dump
 *
 * Knows compressions, and no file format. The input is hostile: nothing is read or written
 * past the two buffers, and what does not inflate to the page, the whole page and nothing
 * but the page is PGC_DAMAGED. Which compressions are built in was decided by configure.
 */
#ifndef PGCONS_PAGE_CODEC_H
#define PGCONS_PAGE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* How a page is stored. */
enum page_packing {
	PAGE_PLAIN,	/* as it is: nothing to inflate */
	PAGE_ZLIB,
	PAGE_LZO,
	PAGE_SNAPPY,
	PAGE_ZSTD,
	PAGE_PACKINGS,
};

/* The decompressors' memory: for one thread at a time. */
struct page_codec;

/* The caller owns *@ret. */
_must_check_ enum pgc_status page_codec_create(struct page_codec **ret, struct pgc_err *err);
void page_codec_destroy(struct page_codec *pc); /* NULL is fine */

/* Can page_codec_inflate() be asked for @packing? */
bool page_codec_has(enum page_packing packing);

/*
 * Inflate the @size bytes at @in, of a packing that page_codec_has(), to a page of
 * @page_size bytes at @page, whose content is undefined after a failure.
 */
_must_check_ enum pgc_status page_codec_inflate(struct page_codec *pc,
						enum page_packing packing, const void *in,
						size_t size, void *page, size_t page_size,
						struct pgc_err *err);

/* The compressions built in and the libraries that inflate them, or "none"; static. */
const char *page_codec_names(void);

#endif
