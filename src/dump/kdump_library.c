/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "dump/kdump_calls.h"
#include "dump/kdump_library.h"

struct kdump_library {
	struct kdump_calls call;
	kdump_ctx_t *ctx;
};

/* The checks of the header are worth nothing if the library reads another layout. */
static enum pgc_status compare_layout(struct kdump_library *kl, const struct kdump_header *hdr,
				      struct pgc_err *err)
{
	const struct kdump_calls *call = &kl->call;
	kdump_num_t ptr_size = kdump_calls_number(call, kl->ctx, KDUMP_ATTR_PTR_SIZE, 0);
	kdump_num_t page_size = kdump_calls_number(call, kl->ctx, KDUMP_ATTR_PAGE_SIZE, 0);
	kdump_num_t max_pfn = kdump_calls_number(call, kl->ctx, "max_pfn", 0);
	kdump_num_t order = kdump_calls_number(call, kl->ctx, KDUMP_ATTR_BYTE_ORDER, 99);

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

static enum pgc_status setup(struct kdump_library *kl, int fd,
			     const struct kdump_header *hdr, struct pgc_err *err)
{
	const struct kdump_calls *call = &kl->call;
	enum pgc_status st;

	if (!hdr->library_safe)
		return pgc_err_set(err, PGC_EFORMAT,
				   "notes, VMCOREINFO or eraseinfo are too large or outside the file: libkdumpfile, which is needed for pages of this compression, cannot safely read this file");
	st = kdump_calls_load(&kl->call, err);
	if (st != PGC_OK)
		return st;
	kl->ctx = call->create();
	if (!kl->ctx)
		return pgc_err_nomem(err, "libkdumpfile");
	/*
	 * Both before the file is opened: its page cache is a linear list, slow at the
	 * default 1024 entries and never to be resized once in use; and the architecture
	 * is not found by itself in QEMU's dumps. Without any, reads are a SIGFPE; of which one
	 * the kernel is makes no difference to the bytes of a page.
	 */
	if (kdump_calls_set_number(call, kl->ctx, "cache.size", 32) != KDUMP_OK ||
	    kdump_calls_set_string(call, kl->ctx, KDUMP_ATTR_ARCH_NAME,
				   (hdr->arch ? hdr->arch : arch_row(0))->name) != KDUMP_OK ||
	    call->open_fdset(kl->ctx, 1, &fd) != KDUMP_OK)
		return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile: %s", call->get_err(kl->ctx));
	return compare_layout(kl, hdr, err);
}

enum pgc_status kdump_library_open(int fd, const struct kdump_header *hdr,
				   struct kdump_library **ret, struct pgc_err *err)
{
	struct kdump_library *kl = calloc(1, sizeof(*kl));
	enum pgc_status st;

	if (!kl)
		return pgc_err_nomem(err, "libkdumpfile");
	st = setup(kl, fd, hdr, err);
	if (st != PGC_OK) {
		kdump_library_close(kl);
		return st;
	}
	*ret = kl;
	return PGC_OK;
}

void kdump_library_close(struct kdump_library *kl)
{
	if (!kl)
		return;
	if (kl->ctx)
		kl->call.destroy(kl->ctx);
	free(kl);
}

enum pgc_status kdump_library_read(struct kdump_library *kl, uint64_t paddr, void *buf,
				   size_t len, size_t *done, struct pgc_err *err)
{
	kdump_status ks;

	/* It says how far it came. */
	*done = len;
	ks = kl->call.read(kl->ctx, KDUMP_MACHPHYSADDR, paddr, buf, done);
	switch (ks) {
	case KDUMP_OK:
		return PGC_OK;
	case KDUMP_ERR_SYSTEM:
	case KDUMP_ERR_NOTIMPL:		/* a compression it was built without */
	case KDUMP_ERR_BUSY:
	case KDUMP_ERR_INVALID:
		return pgc_err_set(err, PGC_EIO, "libkdumpfile: page at 0x%" PRIx64 ": %s",
				   paddr + *done, kl->call.get_err(kl->ctx));
	default:
		return PGC_DAMAGED;
	}
}

const char *kdump_library_version(void)
{
	return KDUMPFILE_VERSION_STRING;
}
