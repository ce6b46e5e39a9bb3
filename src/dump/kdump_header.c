/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"
#include "dump/kdump_header.h"

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

#define SUB_BLOCKS_MAX (1u << 16)
#define META_MAX (32u << 20)	/* notes, VMCOREINFO, eraseinfo: what libkdumpfile is to read of each */

/* makedumpfile: DUMP_DH_COMPRESSED_INCOMPLETE; in a DISKDUMP file the bit says "compressed" */
#define STATUS_INCOMPLETE 0x8

/* The file, while its header is read. */
struct source {
	int fd;
	uint64_t size;
};

bool kdump_header_is(const void *head, size_t len)
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

/* libkdumpfile reads them whole, where and as long as the header says. */
static bool meta_safe(const struct source *src, const unsigned char *pair)
{
	uint64_t off = target_u64(pair), len = target_u64(pair + 8);

	return !len || (len <= META_MAX && range_ok(off, len, src->size));
}

static enum pgc_status read_meta(struct kdump_header *hdr, const struct source *src,
				 const unsigned char *sub, int version,
				 struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	/* The library reads eraseinfo of version 4 as well. */
	hdr->library_safe = (version < 4 || (meta_safe(src, sub + SUB_NOTE) &&
					     meta_safe(src, sub + SUB_ERASEINFO))) &&
			    (version < 3 || meta_safe(src, sub + SUB_VMCOREINFO));
	if (version >= 4)
		st = dump_notes_read(&hdr->notes, src->fd, src->size, target_u64(sub + SUB_NOTE),
				     target_u64(sub + SUB_NOTE + 8), err);
	if (st == PGC_OK && version >= 3)
		st = dump_notes_read_vmcoreinfo(&hdr->notes, src->fd, src->size,
						target_u64(sub + SUB_VMCOREINFO),
						target_u64(sub + SUB_VMCOREINFO + 8), err);
	return st;
}

static enum pgc_status parse_sub_header(struct kdump_header *hdr,
					const struct source *src, int version,
					struct pgc_err *err)
{
	unsigned char sub[SUB_LEN];
	enum pgc_status st;

	hdr->start_pfn = 0;
	hdr->end_pfn = UINT64_MAX;
	hdr->library_safe = true;
	if (version < 1)
		return PGC_OK;
	st = dump_pread_all(src->fd, sub, sizeof(sub), hdr->page_size,
			    "kdump sub-header", err);
	if (st != PGC_OK)
		return st;
	if (version >= 2 && target_u32(sub + SUB_SPLIT)) {
		hdr->split = true;
		hdr->start_pfn = target_u64(sub + SUB_START_PFN);
		hdr->end_pfn = target_u64(sub + SUB_END_PFN);
		if (version >= 6) {
			hdr->start_pfn = target_u64(sub + SUB_START_PFN_64);
			hdr->end_pfn = target_u64(sub + SUB_END_PFN_64);
		}
	}
	if (version >= 6)
		hdr->max_mapnr = target_u64(sub + SUB_MAX_MAPNR_64);
	return read_meta(hdr, src, sub, version, err);
}

/* Where the bitmaps and descriptors are; the arithmetic is the library's. */
static enum pgc_status place_tables(struct kdump_header *hdr, const struct source *src,
				    const unsigned char *h, struct pgc_err *err)
{
	uint32_t sub_blocks = target_u32(h + HDR_SUB_HDR_SIZE);
	uint32_t blocks = target_u32(h + HDR_BITMAP_BLOCKS);
	uint64_t bs = hdr->page_size;

	if (sub_blocks > SUB_BLOCKS_MAX || !blocks || blocks > INT32_MAX)
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: %" PRIu32 " blocks of sub-header and %"
				   PRIu32 " of bitmap are impossible", sub_blocks, blocks);
	hdr->ram_off = hdr->dumped_off = (1 + (uint64_t)sub_blocks) * bs;
	hdr->desc_off = hdr->ram_off + blocks * bs;
	hdr->bitmap_len = blocks * bs;
	hdr->partial = hdr->max_mapnr <= hdr->bitmap_len * 8 / 2;
	if (hdr->partial) {
		hdr->bitmap_len = blocks / 2 * bs;
		hdr->dumped_off += hdr->bitmap_len;
	}
	if (hdr->max_mapnr > hdr->bitmap_len * 8)
		hdr->max_mapnr = hdr->bitmap_len * 8;
	if (hdr->end_pfn > hdr->max_mapnr)
		hdr->end_pfn = hdr->max_mapnr;
	if (hdr->start_pfn > hdr->end_pfn)
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump sub-header: a part from pfn %" PRIu64 " to %"
				   PRIu64 " is impossible", hdr->start_pfn, hdr->end_pfn);
	if (hdr->desc_off > src->size)
		return pgc_err_set(err, PGC_EFORMAT,
				   "truncated inside the page bitmaps: the headers take %"
				   PRIu64 " bytes, the file has %" PRIu64
				   ": nothing can be read", hdr->desc_off, src->size);
	return PGC_OK;
}

static enum pgc_status parse_header(struct kdump_header *hdr, const struct source *src,
				    struct pgc_err *err)
{
	unsigned char h[HDR_LEN];
	char machine[UTS_LEN + 1] = "";
	enum pgc_status st;
	int version;

	st = dump_pread_all(src->fd, h, sizeof(h), 0, "kdump header", err);
	if (st != PGC_OK)
		return st;
	hdr->page_size = target_u32(h + HDR_BLOCK_SIZE);
	hdr->max_mapnr = target_u32(h + HDR_MAX_MAPNR);
	version = (int)target_u32(h + HDR_VERSION);
	if (hdr->page_size < ARCH_PAGE_MIN || hdr->page_size > ARCH_PAGE_MAX ||
	    (hdr->page_size & (hdr->page_size - 1)) || version < 0 ||
	    version > 64 || looks_32bit(h) ||
	    !header_plausible(hdr->page_size, target_u32(h + HDR_BITMAP_BLOCKS),
			      target_u32(h + HDR_MAX_MAPNR)))
		return pgc_err_set(err, PGC_EFORMAT,
				   "kdump header: not one of a 64-bit little-endian kernel "
				   "(version %d, block size %" PRIu32 ")", version,
				   hdr->page_size);
	hdr->page_shift = (unsigned int)__builtin_ctz(hdr->page_size);
	hdr->incomplete = h[0] == 'K' && target_u32(h + HDR_STATUS) & STATUS_INCOMPLETE;
	memcpy(hdr->release, h + HDR_RELEASE, sizeof(hdr->release) - 1);
	memcpy(machine, h + HDR_MACHINE, UTS_LEN);
	/* Not every writer fills utsname in: QEMU leaves it empty, or says "Unknown". */
	hdr->notes.arch = arch_by_name(machine);
	st = parse_sub_header(hdr, src, version, err);
	if (st != PGC_OK)
		return st;
	hdr->arch = hdr->notes.arch;
	return place_tables(hdr, src, h, err);
}

enum pgc_status kdump_header_read(struct kdump_header *hdr, int fd, uint64_t size,
				  struct pgc_err *err)
{
	const struct source src = { .fd = fd, .size = size };
	enum pgc_status st;

	*hdr = (struct kdump_header){ .notes = DUMP_NOTES_INIT };
	st = parse_header(hdr, &src, err);
	if (st != PGC_OK)
		kdump_header_deinit(hdr);
	return st;
}

bool kdump_blocks_fit(const struct kdump_header *hdr, uint64_t page_size)
{
	return page_size == hdr->page_size ||
	       (hdr->page_size == ARCH_PAGE_MAX && !hdr->split && page_size < hdr->page_size &&
		arch_page_size_ok(hdr->arch, hdr->page_size));
}

void kdump_header_deinit(struct kdump_header *hdr)
{
	dump_notes_deinit(&hdr->notes);
}
