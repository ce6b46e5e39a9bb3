/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/kdumpfile.h>

#include "checked.h"
#include "dump_io.h"
#include "dump_kdump.h"
#include "target_int.h"

/* struct disk_dump_header and kdump_sub_header of a 64-bit kernel, as file offsets. */
#define HDR_VERSION 8
#define HDR_RELEASE 142		/* utsname: six fields of 65 bytes from 12 on */
#define HDR_MACHINE 272
#define UTS_LEN 65
#define HDR_STATUS 424
#define HDR_BLOCK_SIZE 428
#define HDR_SUB_HDR_SIZE 432
#define HDR_BITMAP_BLOCKS 436
#define HDR_MAX_MAPNR 440
#define HDR_LEN 464

#define SUB_SPLIT 12
#define SUB_START_PFN 16
#define SUB_END_PFN 24
#define SUB_VMCOREINFO 32
#define SUB_NOTE 48
#define SUB_ERASEINFO 64
#define SUB_START_PFN_64 80
#define SUB_END_PFN_64 88
#define SUB_MAX_MAPNR_64 96
#define SUB_LEN 104

/* struct page_desc */
#define DESC_OFFSET 0
#define DESC_SIZE 8
#define DESC_FLAGS 12
#define DESC_LEN 24
#define DESC_COMPRESSED (0x01 | 0x02 | 0x04 | 0x20)	/* zlib, LZO, snappy, zstd */

#define PAGE_SIZE_MIN 4096u
#define PAGE_SIZE_MAX 65536u
#define SUB_BLOCKS_MAX (1u << 16)
#define META_MAX (32u << 20)	/* notes, VMCOREINFO, eraseinfo: bytes, each */

/* The bitmaps are read in windows of 32768 pfns, a few of which are kept. */
#define WINDOW_LEN 4096u
#define WINDOW_PFNS (WINDOW_LEN * 8)
#define WINDOWS 16
#define STEP 64			/* bytes of a window that are counted at each look-up */
#define DESCS 256		/* page descriptors read at once */
#define NONE UINT64_MAX

struct window {
	uint64_t index;		/* pfn / WINDOW_PFNS, or NONE */
	unsigned char bits[WINDOW_LEN];
	uint16_t before[WINDOW_LEN / STEP];	/* bits set before each STEP bytes */
};

struct dump_kdump {
	int fd;
	uint64_t size;
	struct dump_kdump_info info;
	kdump_ctx_t *ctx;
	unsigned int page_shift;
	bool partial;		/* two bitmaps: RAM, and pages stored */
	uint64_t max_mapnr;	/* pfns below it are described */
	uint64_t start_pfn, end_pfn;	/* the part of a split dump that is here */
	uint64_t ram_off, dumped_off;	/* file offsets of the bitmaps */
	uint64_t bitmap_len;		/* of each, bytes */
	uint64_t desc_off;
	uint64_t *rank;		/* stored pages of this part before each window */
	uint64_t descs;		/* all of them */
	struct window ram[WINDOWS], dumped[WINDOWS];
	uint64_t desc_first;	/* index of the descriptor in desc[0], or NONE */
	size_t desc_n;
	unsigned char desc[DESCS * DESC_LEN];
};

bool dump_kdump_is(const void *head, size_t len)
{
	return len >= 8 && (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8));
}

/* Would libkdumpfile (diskdump.c:try_header()) go on with these? */
static bool header_plausible(uint32_t block_size, uint32_t bitmap_blocks, uint32_t max_mapnr)
{
	return block_size >= 4096 && block_size <= 262144 &&
	       (uint64_t)bitmap_blocks * block_size * 8 >= max_mapnr;
}

/*
 * The library guesses the word size from the content, 32 bits first: a file whose time
 * stamp looks like a page size would be read with the wrong layout, unchecked.
 */
static bool looks_32bit(const unsigned char *h)
{
	uint32_t bs = target_u32(h + 416), bb = target_u32(h + 424);
	uint32_t mm = target_u32(h + 428);

	return header_plausible(bs, bb, mm) ||
	       header_plausible(__builtin_bswap32(bs), __builtin_bswap32(bb),
				__builtin_bswap32(mm));
}

static enum pgc_status check_meta(const struct dump_kdump *dk, const unsigned char *pair,
				  const char *what, struct pgc_err *err)
{
	uint64_t off = target_u64(pair), len = target_u64(pair + 8);

	if (!len)
		return PGC_OK;
	if (len > META_MAX || !range_ok(off, len, dk->size))
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: %s of %" PRIu64 " bytes at file offset "
				   "0x%" PRIx64 " cannot be in a file of %" PRIu64 " bytes",
				   what, len, off, dk->size);
	return PGC_OK;
}

static enum pgc_status read_meta(struct dump_kdump *dk, const unsigned char *sub,
				 int version, struct pgc_err *err)
{
	_cleanup_free_ void *text = NULL;
	enum pgc_status st = PGC_OK;
	uint64_t len;

	if (version >= 4) {
		st = check_meta(dk, sub + SUB_NOTE, "notes", err);
		if (st == PGC_OK)
			/* The library reads these of version 4 as well. */
			st = check_meta(dk, sub + SUB_ERASEINFO, "eraseinfo", err);
		if (st == PGC_OK)
			st = dump_notes_read(&dk->info.notes, dk->fd, dk->size,
					     target_u64(sub + SUB_NOTE),
					     target_u64(sub + SUB_NOTE + 8), err);
	}
	if (st != PGC_OK || version < 3)
		return st;
	st = check_meta(dk, sub + SUB_VMCOREINFO, "VMCOREINFO", err);
	len = target_u64(sub + SUB_VMCOREINFO + 8);
	if (st != PGC_OK || !len || dk->info.notes.vmcoreinfo)
		return st;
	text = malloc(len);
	if (!text)
		return pgc_err_nomem(err, "VMCOREINFO");
	st = dump_pread_all(dk->fd, text, len, target_u64(sub + SUB_VMCOREINFO),
			    "VMCOREINFO", err);
	return st != PGC_OK ? st :
	       dump_notes_set_vmcoreinfo(&dk->info.notes, text, len, err);
}

static enum pgc_status parse_sub_header(struct dump_kdump *dk, int version,
					struct pgc_err *err)
{
	unsigned char sub[SUB_LEN];
	enum pgc_status st;

	dk->start_pfn = 0;
	dk->end_pfn = UINT64_MAX;
	if (version < 1)
		return PGC_OK;
	st = dump_pread_all(dk->fd, sub, sizeof(sub), dk->info.page_size,
			    "kdump sub-header", err);
	if (st != PGC_OK)
		return st;
	if (version >= 2 && target_u32(sub + SUB_SPLIT)) {
		dk->start_pfn = target_u64(sub + SUB_START_PFN);
		dk->end_pfn = target_u64(sub + SUB_END_PFN);
		if (version >= 6) {
			dk->start_pfn = target_u64(sub + SUB_START_PFN_64);
			dk->end_pfn = target_u64(sub + SUB_END_PFN_64);
		}
	}
	if (version >= 6)
		dk->max_mapnr = target_u64(sub + SUB_MAX_MAPNR_64);
	return read_meta(dk, sub, version, err);
}

/* Where the bitmaps and descriptors are; the arithmetic is the library's. */
static enum pgc_status place_tables(struct dump_kdump *dk, const unsigned char *h,
				    struct pgc_err *err)
{
	uint32_t sub_blocks = target_u32(h + HDR_SUB_HDR_SIZE);
	uint32_t blocks = target_u32(h + HDR_BITMAP_BLOCKS);
	uint64_t bs = dk->info.page_size;

	if (sub_blocks > SUB_BLOCKS_MAX || !blocks || blocks > INT32_MAX)
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: %" PRIu32 " blocks of sub-header and %"
				   PRIu32 " of bitmap cannot be", sub_blocks, blocks);
	dk->ram_off = dk->dumped_off = (1 + (uint64_t)sub_blocks) * bs;
	dk->desc_off = dk->ram_off + blocks * bs;
	dk->bitmap_len = blocks * bs;
	dk->partial = dk->max_mapnr <= dk->bitmap_len * 8 / 2;
	if (dk->partial) {
		dk->bitmap_len = blocks / 2 * bs;
		dk->dumped_off += dk->bitmap_len;
	}
	if (dk->max_mapnr > dk->bitmap_len * 8)
		dk->max_mapnr = dk->bitmap_len * 8;
	if (dk->end_pfn > dk->max_mapnr)
		dk->end_pfn = dk->max_mapnr;
	if (dk->start_pfn > dk->end_pfn)
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump sub-header: a part from pfn %" PRIu64 " to %"
				   PRIu64 " cannot be", dk->start_pfn, dk->end_pfn);
	if (dk->desc_off > dk->size)
		return pgc_err_set(err, PGC_EFORMAT,
				   "truncated inside the page bitmaps: the headers take %"
				   PRIu64 " bytes, the file has %" PRIu64
				   ": nothing can be read", dk->desc_off, dk->size);
	return PGC_OK;
}

/* Not every writer fills utsname in: QEMU leaves it empty, or says "Unknown". */
static const char *find_arch(const char *machine, const struct dump_notes *notes)
{
	if (!strcmp(machine, "x86_64") || notes->prstatus_size == 336)
		return KDUMP_ARCH_X86_64;
	if (!strcmp(machine, "aarch64") || notes->prstatus_size == 392)
		return KDUMP_ARCH_AARCH64;
	return NULL;
}

static enum pgc_status parse_header(struct dump_kdump *dk, struct pgc_err *err)
{
	unsigned char h[HDR_LEN];
	char machine[UTS_LEN + 1] = "";
	enum pgc_status st;
	int version;

	st = dump_pread_all(dk->fd, h, sizeof(h), 0, "kdump header", err);
	if (st != PGC_OK)
		return st;
	dk->info.page_size = target_u32(h + HDR_BLOCK_SIZE);
	dk->max_mapnr = target_u32(h + HDR_MAX_MAPNR);
	version = (int)target_u32(h + HDR_VERSION);
	if (dk->info.page_size < PAGE_SIZE_MIN || dk->info.page_size > PAGE_SIZE_MAX ||
	    (dk->info.page_size & (dk->info.page_size - 1)) || version < 0 ||
	    version > 64 || looks_32bit(h) ||
	    !header_plausible(dk->info.page_size, target_u32(h + HDR_BITMAP_BLOCKS),
			      target_u32(h + HDR_MAX_MAPNR)))
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: not one of a 64-bit little-endian kernel "
				   "(version %d, block size %" PRIu32 ")", version,
				   dk->info.page_size);
	dk->page_shift = (unsigned int)__builtin_ctz(dk->info.page_size);
	memcpy(dk->info.release, h + HDR_RELEASE, sizeof(dk->info.release) - 1);
	memcpy(machine, h + HDR_MACHINE, UTS_LEN);
	st = parse_sub_header(dk, version, err);
	if (st != PGC_OK)
		return st;
	dk->info.arch = find_arch(machine, &dk->info.notes);
	return place_tables(dk, h, err);
}

static unsigned int popcount(const unsigned char *bits, size_t bytes)
{
	unsigned int n = 0;
	uint64_t word;

	for (; bytes >= 8; bytes -= 8, bits += 8) {
		memcpy(&word, bits, 8);
		n += (unsigned int)__builtin_popcountll(word);
	}
	for (; bytes; bytes--)
		n += (unsigned int)__builtin_popcount(*bits++);
	return n;
}

/* Clear the bits of @w whose pfns are not in [start, end). */
static void window_clip(struct window *w, uint64_t start, uint64_t end)
{
	uint64_t first = w->index * WINDOW_PFNS;

	if (first >= start && first + WINDOW_PFNS <= end)
		return;
	for (uint64_t i = 0; i < WINDOW_PFNS; i += 8) {
		if (first + i >= start && first + i + 8 <= end)
			continue;
		for (unsigned int b = 0; b < 8; b++)
			if (first + i + b < start || first + i + b >= end)
				w->bits[i / 8] &= (unsigned char)~(1u << b);
	}
}

/* The window of the bitmap at @off that holds @pfn, through the @cache. */
static enum pgc_status get_window(struct dump_kdump *dk, struct window *cache, uint64_t off,
				  uint64_t pfn, const struct window **ret,
				  struct pgc_err *err)
{
	uint64_t index = pfn / WINDOW_PFNS;
	struct window *w = &cache[index % WINDOWS];
	enum pgc_status st;
	size_t done;

	*ret = w;
	if (w->index == index)
		return PGC_OK;
	w->index = NONE;
	st = dump_pread(dk->fd, w->bits, WINDOW_LEN, off + index * WINDOW_LEN, &done, err);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "page bitmap");
	w->index = index;
	if (cache == dk->dumped)
		window_clip(w, dk->start_pfn, dk->end_pfn);
	else
		window_clip(w, 0, dk->max_mapnr);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(w->before); i++) {
		w->before[i] = (uint16_t)n;
		n += popcount(w->bits + i * STEP, STEP);
	}
	return PGC_OK;
}

/* How many bits are set in @w before that of @pfn. */
static unsigned int rank_in(const struct window *w, uint64_t pfn)
{
	size_t byte = pfn % WINDOW_PFNS / 8, from = byte / STEP * STEP;
	unsigned int below = w->bits[byte] & ((1u << pfn % 8) - 1);

	return w->before[byte / STEP] + popcount(w->bits + from, byte - from) +
	       (unsigned int)__builtin_popcount(below);
}

static bool test_bit(const struct window *w, uint64_t pfn)
{
	uint64_t i = pfn % WINDOW_PFNS;

	return w->bits[i / 8] >> (i % 8) & 1;
}

/* Count the stored pages, window by window: a page's rank is its descriptor's index. */
static enum pgc_status build_ranks(struct dump_kdump *dk, struct pgc_err *err)
{
	uint64_t n = (dk->end_pfn + WINDOW_PFNS - 1) / WINDOW_PFNS;

	dk->rank = calloc(n + 1, sizeof(*dk->rank));
	if (!dk->rank)
		return pgc_err_nomem(err, "the page bitmap");
	for (uint64_t i = dk->start_pfn / WINDOW_PFNS; i < n; i++) {
		const struct window *w;
		enum pgc_status st;

		st = get_window(dk, dk->dumped, dk->dumped_off, i * WINDOW_PFNS, &w, err);
		if (st != PGC_OK)
			return pgc_is_gap(st) ?
			       pgc_err_set(err, PGC_EIO, "page bitmap: the file shrank") : st;
		dk->rank[i] = dk->descs;
		dk->descs += popcount(w->bits, WINDOW_LEN);
	}
	return PGC_OK;
}

/* Descriptor @index, or a gap when it is past the end of the file. */
static enum pgc_status get_desc(struct dump_kdump *dk, uint64_t index,
				const unsigned char **ret, struct pgc_err *err)
{
	enum pgc_status st;
	size_t done;

	if (dk->desc_first == NONE || index < dk->desc_first ||
	    index - dk->desc_first >= dk->desc_n) {
		dk->desc_first = NONE;
		st = dump_pread(dk->fd, dk->desc, sizeof(dk->desc),
				dk->desc_off + index * DESC_LEN, &done, err);
		if (st != PGC_OK && st != PGC_DAMAGED)
			return pgc_err_add(err, st, "page descriptor");
		if (done < DESC_LEN)
			return PGC_DAMAGED;
		dk->desc_first = index;
		dk->desc_n = done / DESC_LEN;
	}
	*ret = dk->desc + (index - dk->desc_first) * DESC_LEN;
	return PGC_OK;
}

/* How long the file should be, by the last pages stored: they are written in pfn order. */
static enum pgc_status measure(struct dump_kdump *dk, struct pgc_err *err)
{
	const uint64_t look = 65536;
	uint64_t i = dk->descs > look ? dk->descs - look : 0;

	dk->info.promised = dk->desc_off + dk->descs * DESC_LEN;
	for (; i < dk->descs; i++) {
		const unsigned char *d;
		enum pgc_status st = get_desc(dk, i, &d, err);
		uint64_t end;

		if (st == PGC_DAMAGED)
			break;
		if (st != PGC_OK)
			return st;
		if (target_u32(d + DESC_SIZE) <= dk->info.page_size &&
		    add_ok(target_u64(d + DESC_OFFSET), target_u32(d + DESC_SIZE), &end) &&
		    end <= INT64_MAX && end > dk->info.promised)
			dk->info.promised = end;
	}
	return PGC_OK;
}

static enum pgc_status open_library(struct dump_kdump *dk, struct pgc_err *err)
{
	kdump_num_t ptr_size = 0, page_size = 0, max_pfn = 0, order = 99;

	/* Nothing else would need it, but reads without a page size are a SIGFPE. */
	if (!dk->info.arch)
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: the dump does not tell its architecture");
	dk->ctx = kdump_new();
	if (!dk->ctx)
		return pgc_err_nomem(err, "libkdumpfile");
	/*
	 * Both before the file is opened: its page cache is a linear list, slow at the
	 * default 1024 entries and never to be resized once in use; and the architecture
	 * is not found by itself in QEMU's dumps.
	 */
	if (kdump_set_number_attr(dk->ctx, "cache.size", 32) != KDUMP_OK ||
	    kdump_set_string_attr(dk->ctx, KDUMP_ATTR_ARCH_NAME, dk->info.arch) !=
	    KDUMP_OK ||
	    kdump_open_fdset(dk->ctx, 1, &dk->fd) != KDUMP_OK)
		return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile: %s",
				   kdump_get_err(dk->ctx));
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_PTR_SIZE, &ptr_size);
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_PAGE_SIZE, &page_size);
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_BYTE_ORDER, &order);
	(void)kdump_get_number_attr(dk->ctx, "max_pfn", &max_pfn);
	/* The checks here are worth nothing if the library reads another layout. */
	if (ptr_size != 8 || page_size != dk->info.page_size || max_pfn != dk->max_mapnr ||
	    order != KDUMP_LITTLE_ENDIAN)
		return pgc_err_set(err, PGC_EFORMAT,
				   "libkdumpfile reads this dump as one of %u-bit words, "
				   "pages of %u bytes (the header says %" PRIu32 ") and %"
				   PRIu64 " pages (%" PRIu64 ")", (unsigned int)ptr_size * 8,
				   (unsigned int)page_size, dk->info.page_size,
				   (uint64_t)max_pfn, dk->max_mapnr);
	return PGC_OK;
}

enum pgc_status dump_kdump_open(int fd, uint64_t size, struct dump_kdump **ret,
				struct pgc_err *err)
{
	struct dump_kdump *dk = calloc(1, sizeof(*dk));
	enum pgc_status st;

	if (!dk)
		return pgc_err_nomem(err, "the dump");
	dk->fd = fd;
	dk->size = size;
	dk->desc_first = NONE;
	for (size_t i = 0; i < WINDOWS; i++)
		dk->ram[i].index = dk->dumped[i].index = NONE;
	st = parse_header(dk, err);
	if (st == PGC_OK)
		st = build_ranks(dk, err);
	if (st == PGC_OK)
		st = measure(dk, err);
	if (st == PGC_OK)
		st = open_library(dk, err);
	if (st != PGC_OK) {
		dump_kdump_close(dk);
		return st;
	}
	*ret = dk;
	return PGC_OK;
}

void dump_kdump_close(struct dump_kdump *dk)
{
	if (!dk)
		return;
	if (dk->ctx)
		kdump_free(dk->ctx);
	dump_notes_deinit(&dk->info.notes);
	free(dk->rank);
	free(dk);
}

const struct dump_kdump_info *dump_kdump_info(const struct dump_kdump *dk)
{
	return &dk->info;
}

/* Is the page of @pfn stored, and is its descriptor one the library survives? */
static enum pgc_status vet_page(struct dump_kdump *dk, uint64_t pfn, struct pgc_err *err)
{
	const struct window *w;
	const unsigned char *d;
	enum pgc_status st;
	uint32_t size;

	if (pfn >= dk->max_mapnr)
		return PGC_ABSENT;
	st = get_window(dk, dk->dumped, dk->dumped_off, pfn, &w, err);
	if (st != PGC_OK)
		return st;
	if (!test_bit(w, pfn)) {
		if (!dk->partial)
			return PGC_ABSENT;
		st = get_window(dk, dk->ram, dk->ram_off, pfn, &w, err);
		if (st != PGC_OK)
			return st;
		return test_bit(w, pfn) ? PGC_EXCLUDED : PGC_ABSENT;
	}
	st = get_desc(dk, dk->rank[pfn / WINDOW_PFNS] + rank_in(w, pfn), &d, err);
	if (st != PGC_OK)
		return st;
	size = target_u32(d + DESC_SIZE);
	if (!size || size > dk->info.page_size ||
	    (!(target_u32(d + DESC_FLAGS) & DESC_COMPRESSED) && size != dk->info.page_size) ||
	    !range_ok(target_u64(d + DESC_OFFSET), size, dk->size))
		return PGC_DAMAGED;
	return PGC_OK;
}

/* Read vetted pages. The library says how far it came. */
static enum pgc_status read_stored(struct dump_kdump *dk, uint64_t paddr, void *buf,
				   size_t len, size_t *done, struct pgc_err *err)
{
	kdump_status ks;

	*done = len;
	ks = kdump_read(dk->ctx, KDUMP_MACHPHYSADDR, paddr, buf, done);
	switch (ks) {
	case KDUMP_OK:
		return PGC_OK;
	case KDUMP_ERR_SYSTEM:
	case KDUMP_ERR_NOTIMPL:		/* a compression it was built without */
	case KDUMP_ERR_BUSY:
	case KDUMP_ERR_INVALID:
		return pgc_err_set(err, PGC_EIO, "libkdumpfile: page at 0x%" PRIx64 ": %s",
				   paddr + *done, kdump_get_err(dk->ctx));
	default:
		return PGC_DAMAGED;
	}
}

enum pgc_status dump_kdump_read(struct dump_kdump *dk, uint64_t paddr, void *buf, size_t len,
				size_t *done, struct pgc_err *err)
{
	enum pgc_status gap = PGC_OK, st;
	uint64_t page = dk->info.page_size;
	size_t n = 0;

	*done = 0;
	/* Vet page by page up to the first that cannot be had, then read all at once. */
	while (n < len && gap == PGC_OK) {
		gap = vet_page(dk, (paddr + n) >> dk->page_shift, err);
		if (gap == PGC_OK)
			n += (size_t)(page - ((paddr + n) & (page - 1)));
	}
	if (n > len)
		n = len;
	if (!n)
		return gap;
	st = read_stored(dk, paddr, buf, n, done, err);
	return st != PGC_OK ? st : gap;
}

const char *dump_kdump_library_version(void)
{
	return "libkdumpfile " KDUMPFILE_VERSION_STRING
	       " (ELF, kdump-compressed, flattened)";
}
