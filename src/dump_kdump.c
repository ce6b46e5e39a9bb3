/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "dump_kdump.h"
#include "kdump_index.h"
#include "kdump_library.h"

struct dump_kdump {
	int fd;
	uint64_t size;
	struct kdump_index *index;
	struct kdump_library *library;
};

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
		st = kdump_library_open(fd, dump_kdump_header(dk), &dk->library, err);
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
	kdump_library_close(dk->library);
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
	st = kdump_library_read(dk->library, paddr, buf, n, done, err);
	return st != PGC_OK ? st : gap;
}

const char *dump_kdump_library_version(void)
{
	return kdump_library_version();
}
