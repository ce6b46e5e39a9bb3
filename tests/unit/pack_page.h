/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack_page - the other direction of page_codec: compress a page, as a dump's writer does
 */
#ifndef PGCONS_PACK_PAGE_H
#define PGCONS_PACK_PAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef HAVE_LZO2
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "dump/page_codec.h"

/* What a page of @len bytes may grow to. */
#define PACK_ROOM(len) ((len) * 2 + 1024)

/* The flag in struct page_desc of each enum page_packing. */
static const uint32_t pack_flags[PAGE_PACKINGS] = { 0, 0x01, 0x02, 0x04, 0x20 };

/* Pack the @len bytes at @page into @out, of PACK_ROOM(@len). 0: cannot be done here. */
static inline size_t pack_page(enum page_packing packing, const void *page, size_t len,
			       void *out)
{
	size_t room _unused_ = PACK_ROOM(len), n = 0;

	switch (packing) {
#ifdef HAVE_LIBDEFLATE
	case PAGE_ZLIB: {
		struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);

		n = libdeflate_zlib_compress(c, page, len, out, room);
		libdeflate_free_compressor(c);
		break;
	}
#endif
#ifdef HAVE_LZO2
	case PAGE_LZO: {
		lzo_uint lzo_len = room;
		void *work = malloc(LZO1X_1_MEM_COMPRESS);

		if (work && lzo1x_1_compress(page, len, out, &lzo_len, work) == LZO_E_OK)
			n = lzo_len;
		free(work);
		break;
	}
#endif
#ifdef HAVE_SNAPPY
	case PAGE_SNAPPY:
		n = snappy_compress(page, len, out, &room) == SNAPPY_OK ? room : 0;
		break;
#endif
#ifdef HAVE_ZSTD
	case PAGE_ZSTD:
		n = ZSTD_compress(out, room, page, len, 1);
		n = ZSTD_isError(n) ? 0 : n;
		break;
#endif
	default:
		break;
	}
	return n;
}

/*
 * A mk_pack_fn's work: pack a page of @len bytes into @out as @how says, or leave it as it is where
 * that does not make it smaller.
 */
static inline size_t pack_if_smaller(enum page_packing how, const unsigned char *page, size_t len,
				     unsigned char *out, uint32_t *flags)
{
	_cleanup_free_ unsigned char *packed = malloc(PACK_ROOM(len));
	size_t n = packed ? pack_page(how, page, len, packed) : 0;

	if (!n || n >= len)
		return len;
	*flags = pack_flags[how];
	memcpy(out, packed, n);
	return n;
}

#endif
