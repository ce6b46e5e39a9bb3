/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include <libkdumpfile/kdumpfile.h>

#include "dump_kdump.h"
#include "kdump_index.h"

struct dump_kdump {
	int fd;
	uint64_t size;
	kdump_ctx_t *ctx;
	struct kdump_index *index;
};

static enum pgc_status open_library(struct dump_kdump *dk, struct pgc_err *err)
{
	const struct kdump_header *hdr = dump_kdump_header(dk);
	kdump_num_t ptr_size = 0, page_size = 0, max_pfn = 0, order = 99;

	/* Nothing else would need it, but reads without a page size are a SIGFPE. */
	if (!hdr->arch)
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
	    kdump_set_string_attr(dk->ctx, KDUMP_ATTR_ARCH_NAME, hdr->arch) !=
	    KDUMP_OK ||
	    kdump_open_fdset(dk->ctx, 1, &dk->fd) != KDUMP_OK)
		return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile: %s",
				   kdump_get_err(dk->ctx));
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_PTR_SIZE, &ptr_size);
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_PAGE_SIZE, &page_size);
	(void)kdump_get_number_attr(dk->ctx, KDUMP_ATTR_BYTE_ORDER, &order);
	(void)kdump_get_number_attr(dk->ctx, "max_pfn", &max_pfn);
	/* The checks here are worth nothing if the library reads another layout. */
	if (ptr_size != 8 || page_size != hdr->page_size || max_pfn != hdr->max_mapnr ||
	    order != KDUMP_LITTLE_ENDIAN)
		return pgc_err_set(err, PGC_EFORMAT,
				   "libkdumpfile reads this dump as one of %u-bit words, "
				   "pages of %u bytes (the header says %" PRIu32 ") and %"
				   PRIu64 " pages (%" PRIu64 ")", (unsigned int)ptr_size * 8,
				   (unsigned int)page_size, hdr->page_size,
				   (uint64_t)max_pfn, hdr->max_mapnr);
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
	st = kdump_index_create(fd, size, &dk->index, err);
	if (st == PGC_OK)
		st = open_library(dk, err);
	if (st != PGC_OK) {
		dump_kdump_close(dk);
		return st;
	}
	*ret = dk;
	return PGC_OK;
}

enum pgc_status dump_kdump_dup(const struct dump_kdump *dk, struct dump_kdump **ret,
			       struct pgc_err *err)
{
	return dump_kdump_open(dk->fd, dk->size, ret, err);
}

void dump_kdump_close(struct dump_kdump *dk)
{
	if (!dk)
		return;
	if (dk->ctx)
		kdump_free(dk->ctx);
	kdump_index_destroy(dk->index);
	free(dk);
}

const struct kdump_header *dump_kdump_header(const struct dump_kdump *dk)
{
	return kdump_index_header(dk->index);
}

uint64_t dump_kdump_promised(const struct dump_kdump *dk)
{
	return kdump_index_promised(dk->index);
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
	unsigned int shift = dump_kdump_header(dk)->page_shift;
	uint64_t page = UINT64_C(1) << shift;
	size_t n = 0;

	*done = 0;
	/* Vet page by page up to the first that cannot be had, then read all at once. */
	while (n < len && gap == PGC_OK) {
		gap = kdump_index_vet(dk->index, (paddr + n) >> shift, err);
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
