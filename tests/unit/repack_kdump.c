/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * repack_kdump - real dumps in every compression, and two readers held against each other
 *
 *	repack_kdump compare DUMP		every stored page by dump_kdump and by libkdumpfile
 *	repack_kdump PACKING DUMP OUT	the same dump with its pages stored as PACKING
 *
 * "compare" prints how many pages there are of each packing. Status 77: PACKING cannot be
 * made here, for want of its library.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/target_int.h"
#include "dump/dump_io.h"
#include "dump/dump_kdump.h"
#include "dump/kdump_index.h"
#include "dump/kdump_library.h"
#include "pack_page.h"

#define AT_ONCE 64u		/* pages that are read by one call */
#define DESC_LEN 24u

static const char *const names[PAGE_PACKINGS] = { "plain", "zlib", "lzo", "snappy", "zstd" };

struct dump {
	int fd;
	struct kdump_index *index;
	struct dump_kdump *own;
	struct kdump_library *library;
	const struct kdump_header *hdr;
	uint64_t counts[PAGE_PACKINGS];
};

static void must(enum pgc_status st, const char *what, const struct pgc_err *err)
{
	if (st == PGC_OK)
		return;
	fprintf(stderr, "repack_kdump: %s: status %d: %s\n", what, st, err->msg);
	exit(1);
}

static void open_dump(struct dump *d, const char *path)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct stat st;

	d->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (d->fd < 0 || fstat(d->fd, &st)) {
		perror(path);
		exit(1);
	}
	must(kdump_index_create(d->fd, (uint64_t)st.st_size, &d->index, &err), path, &err);
	must(dump_kdump_open(d->fd, (uint64_t)st.st_size, &d->own, &err), path, &err);
	d->hdr = dump_kdump_header(d->own);
	must(kdump_library_open(d->fd, d->hdr, &d->library, &err), path, &err);
}

static void close_dump(struct dump *d)
{
	kdump_library_close(d->library);
	dump_kdump_close(d->own);
	kdump_index_destroy(d->index);
	close(d->fd);
}

/* The stored pages from @pfn on, @n at most. */
static size_t find(struct dump *d, uint64_t pfn, struct kdump_page *pages, size_t n)
{
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st;
	size_t found;

	st = kdump_index_find(d->index, pfn, pages, n, &found, &err);
	if (st != PGC_OK && st != PGC_ABSENT && st != PGC_EXCLUDED)
		must(st, "index", &err);
	return found;
}

static void read_both(struct dump *d, uint64_t pfn, size_t n, unsigned char *page)
{
	static unsigned char other[AT_ONCE * ARCH_PAGE_MAX];
	uint64_t paddr = pfn << d->hdr->page_shift;
	size_t len = n << d->hdr->page_shift, done;
	struct pgc_err err = PGC_ERR_INIT;

	must(dump_kdump_read(d->own, paddr, page, len, &done, &err), "dump_kdump", &err);
	must(kdump_library_read(d->library, paddr, other, len, &done, &err), "libkdumpfile",
	     &err);
	if (!memcmp(page, other, len))
		return;
	fprintf(stderr, "repack_kdump: pfn 0x%" PRIx64 " + %zu: the readers differ\n", pfn, n);
	exit(1);
}

static int compare(struct dump *d)
{
	static unsigned char page[AT_ONCE * ARCH_PAGE_MAX];
	struct kdump_page pages[AT_ONCE];
	size_t n;

	for (uint64_t pfn = 0; pfn < d->hdr->max_mapnr; pfn += n ? n : 1) {
		n = find(d, pfn, pages, AT_ONCE);
		if (n)
			read_both(d, pfn, n, page);
		for (size_t i = 0; i < n; i++)
			d->counts[pages[i].packing]++;
	}
	for (size_t i = 0; i < PAGE_PACKINGS; i++)
		printf("%s %" PRIu64 "\n", names[i], d->counts[i]);
	return 0;
}

static void put(FILE *out, uint64_t off, const void *data, size_t len)
{
	if (fseeko(out, (off_t)off, SEEK_SET) || fwrite(data, 1, len, out) != len) {
		perror("repack_kdump");
		exit(1);
	}
}

static void put_desc(FILE *out, uint64_t at, uint64_t off, uint32_t size, uint32_t flags)
{
	unsigned char desc[DESC_LEN] = { 0 };

	off = htole64(off);
	size = htole32(size);
	flags = htole32(flags);
	memcpy(desc, &off, 8);
	memcpy(desc + 8, &size, 4);
	memcpy(desc + 12, &flags, 4);
	put(out, at, desc, sizeof(desc));
}

/* As makedumpfile does it: pages of zeros are one, and what does not shrink is left alone. */
static void repack(struct dump *d, enum page_packing packing, uint64_t stored, FILE *out)
{
	static unsigned char page[ARCH_PAGE_MAX], packed[PACK_ROOM(ARCH_PAGE_MAX)];
	static const unsigned char zeros[ARCH_PAGE_MAX];
	uint64_t desc = d->hdr->desc_off, zero = desc + stored * DESC_LEN;
	size_t len = d->hdr->page_size, n;
	uint64_t data = zero + len;
	struct kdump_page at;

	put(out, zero, zeros, len);
	for (uint64_t pfn = 0; pfn < d->hdr->max_mapnr; pfn++) {
		if (!find(d, pfn, &at, 1))
			continue;
		read_both(d, pfn, 1, page);
		n = pack_page(packing, page, len, packed);
		if (!memcmp(page, zeros, len)) {
			put_desc(out, desc, zero, (uint32_t)len, 0);
		} else {
			bool shrunk = n && n < len;

			n = shrunk ? n : len;
			put_desc(out, desc, data, (uint32_t)n, shrunk ? pack_flags[packing] : 0);
			put(out, data, shrunk ? packed : page, n);
			data += n;
		}
		desc += DESC_LEN;
	}
}

static int write_repacked(struct dump *d, enum page_packing packing, const char *path)
{
	_cleanup_free_ void *head = malloc(d->hdr->desc_off);
	struct pgc_err err = PGC_ERR_INIT;
	struct kdump_page at;
	uint64_t stored = 0;
	FILE *out;

	if (packing != PAGE_PLAIN && !page_codec_has(packing))
		return 77;
	out = fopen(path, "we");
	if (!out || !head) {
		perror(path);
		return 1;
	}
	must(dump_pread_all(d->fd, head, d->hdr->desc_off, 0, "head", &err), "head", &err);
	put(out, 0, head, d->hdr->desc_off);
	for (uint64_t pfn = 0; pfn < d->hdr->max_mapnr; pfn++)
		stored += find(d, pfn, &at, 1);
	repack(d, packing, stored, out);
	return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct dump d = { .fd = -1 };
	int status = 16;

	if (argc == 3 && !strcmp(argv[1], "compare")) {
		open_dump(&d, argv[2]);
		status = compare(&d);
		close_dump(&d);
	}
	for (int i = 0; argc == 4 && i < PAGE_PACKINGS; i++) {
		if (strcmp(argv[1], names[i]))
			continue;
		open_dump(&d, argv[2]);
		status = write_repacked(&d, (enum page_packing)i, argv[3]);
		close_dump(&d);
	}
	if (status == 16)
		fprintf(stderr, "Usage: repack_kdump compare DUMP | PACKING DUMP OUT\n");
	return status;
}
