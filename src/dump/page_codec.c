/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
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

#include "base/load_calls.h"
#include "dump/page_codec.h"

struct page_codec {
	/* Each made when first needed: a dump has one compression, rarely two. */
	struct libdeflate_decompressor *deflate;
	struct inflate_state *isal;
	struct ZSTD_DCtx_s *zstd;
#ifdef HAVE_SNAPPY
	__typeof__(snappy_uncompress) *snappy;
#endif
};

/*
 * Checkers of packages take "libdeflate 1.14" in a program for a copy of the library itself: versions
 * are written with a v.
 */
typedef enum pgc_status inflate_fn(struct page_codec *pc, const void *in, size_t size,
				   void *page, size_t page_size, struct pgc_err *err);

#if defined(HAVE_LIBDEFLATE) && defined(HAVE_ISAL)
#define ZLIB_NAME ", zlib (ISA-L, libdeflate v" LIBDEFLATE_VERSION_STRING ")"
/*
 * The header and the checksum of RFC 1950, around a stream for ISA-L: it takes a tenth less
 * than libdeflate on some CPUs, as struct pages are hundreds of short matches. False: no.
 */
static bool inflate_by_isal(struct page_codec *pc, const unsigned char *in, size_t size,
			    void *page, size_t page_size)
{
	const unsigned char *sum = in + size - 4;

	if (!pc->isal)
		pc->isal = malloc(sizeof(*pc->isal));
	if (!pc->isal || size < 6 || (in[0] & 15) != 8 || in[0] >> 4 > 7 || in[1] & 32 ||
	    (in[0] << 8 | in[1]) % 31)
		return false;
	isal_inflate_init(pc->isal);
	/* It takes a pointer to bytes that it does not write. */
	pc->isal->next_in = (uint8_t *)(uintptr_t)(in + 2);
	pc->isal->avail_in = (uint32_t)size - 6;
	pc->isal->next_out = page;
	pc->isal->avail_out = (uint32_t)page_size;
	return isal_inflate_stateless(pc->isal) == ISAL_DECOMP_OK &&
	       pc->isal->block_state == ISAL_BLOCK_FINISH && !pc->isal->avail_out &&
	       libdeflate_adler32(1, page, page_size) ==
	       ((uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 |
		sum[3]);
}
#elif defined(HAVE_LIBDEFLATE)
#define ZLIB_NAME ", zlib (libdeflate v" LIBDEFLATE_VERSION_STRING ")"
#define inflate_by_isal(pc, in, size, page, page_size) false
#endif

#ifdef HAVE_LIBDEFLATE
static enum pgc_status inflate_zlib(struct page_codec *pc, const void *in, size_t size,
				    void *page, size_t page_size, struct pgc_err *err)
{
	if (inflate_by_isal(pc, in, size, page, page_size))
		return PGC_OK;
	if (!pc->deflate)
		pc->deflate = libdeflate_alloc_decompressor();
	if (!pc->deflate)
		return pgc_err_nomem(err, "libdeflate");
	/* Without a place to tell the length it insists on @page_size. */
	return libdeflate_zlib_decompress(pc->deflate, in, size, page, page_size, NULL) ==
	       LIBDEFLATE_SUCCESS ? PGC_OK : PGC_DAMAGED;
}
#else
#define ZLIB_NAME ""
#define inflate_zlib NULL
#endif

#ifdef HAVE_LZO2
#define LZO_NAME ", LZO (liblzo2 v" LZO_VERSION_STRING ")"
static enum pgc_status inflate_lzo(struct page_codec *pc _unused_, const void *in,
				   size_t size, void *page, size_t page_size,
				   struct pgc_err *err _unused_)
{
	lzo_uint len = page_size;

	return lzo1x_decompress_safe(in, size, page, &len, NULL) == LZO_E_OK &&
	       len == page_size ? PGC_OK : PGC_DAMAGED;
}
#else
#define LZO_NAME ""
#define inflate_lzo NULL
#endif

#ifdef HAVE_SNAPPY
#define SNAPPY_NAME ", snappy (libsnappy)"
/* Loaded, not linked: libstdc++ comes with it, which nothing else here needs. */
static enum pgc_status inflate_snappy(struct page_codec *pc, const void *in, size_t size,
				      void *page, size_t page_size, struct pgc_err *err)
{
	const struct loaded_call wanted = { "snappy_uncompress", (void **)&pc->snappy };
	size_t len = page_size;

	if (!pc->snappy && !load_calls(SNAPPY_SONAME, &wanted, 1))
		return pgc_err_set(err, PGC_EIO, SNAPPY_SONAME ", which is needed for pages compressed with snappy, is not installed or cannot be used");
	return pc->snappy(in, size, page, &len) == SNAPPY_OK && len == page_size ?
	       PGC_OK : PGC_DAMAGED;
}
#else
#define SNAPPY_NAME ""
#define inflate_snappy NULL
#endif

#ifdef HAVE_ZSTD
#define ZSTD_NAME ", zstd (libzstd v" ZSTD_VERSION_STRING ")"
static enum pgc_status inflate_zstd(struct page_codec *pc, const void *in, size_t size,
				    void *page, size_t page_size, struct pgc_err *err)
{
	if (!pc->zstd)
		pc->zstd = ZSTD_createDCtx();
	if (!pc->zstd)
		return pgc_err_nomem(err, "libzstd");
	/* In one go: the window is the page, whatever size the frame asks for. */
	return ZSTD_decompressDCtx(pc->zstd, page, page_size, in, size) == page_size ?
	       PGC_OK : PGC_DAMAGED;
}
#else
#define ZSTD_NAME ""
#define inflate_zstd NULL
#endif

static inflate_fn *const codecs[PAGE_PACKINGS] = {
	[PAGE_ZLIB] = inflate_zlib,
	[PAGE_LZO] = inflate_lzo,
	[PAGE_SNAPPY] = inflate_snappy,
	[PAGE_ZSTD] = inflate_zstd,
};

enum pgc_status page_codec_create(struct page_codec **ret, struct pgc_err *err)
{
#ifdef HAVE_LZO2
	if (lzo_init() != LZO_E_OK)
		return pgc_err_set(err, PGC_EIO, "liblzo2 is not the one built with");
#endif
	*ret = calloc(1, sizeof(**ret));
	return *ret ? PGC_OK : pgc_err_nomem(err, "decompression");
}

void page_codec_destroy(struct page_codec *pc)
{
	if (!pc)
		return;
	free(pc->isal);
#ifdef HAVE_LIBDEFLATE
	if (pc->deflate)
		libdeflate_free_decompressor(pc->deflate);
#endif
#ifdef HAVE_ZSTD
	ZSTD_freeDCtx(pc->zstd);
#endif
	free(pc);
}

bool page_codec_has(enum page_packing packing)
{
	return codecs[packing] != NULL;
}

enum pgc_status page_codec_inflate(struct page_codec *pc, enum page_packing packing,
				   const void *in, size_t size, void *page,
				   size_t page_size, struct pgc_err *err)
{
	return codecs[packing](pc, in, size, page, page_size, err);
}

const char *page_codec_names(void)
{
	static const char names[] = ZLIB_NAME LZO_NAME SNAPPY_NAME ZSTD_NAME;

	return names[0] ? names + strlen(", ") : "none";
}
