/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "dump/dump_io.h"
#include "dump/dump_kdump.h"
#include "dump/kdump_index.h"
#include "dump/kdump_library.h"
#include "dump/page_codec.h"

#define BATCH 128		/* pages looked up at once */
#define WINDOW_LEN (256u << 10)
#define GAP_MAX 4096u		/* bytes of no use that are read along */
#define AHEAD (64u << 10)	/* the least to read while reads go on in order */
#define KEPT 4

/* A page at hand; its size is 0 when there is none. */
struct kept_page {
	struct kdump_page at;
	unsigned char data[ARCH_PAGE_MAX];
};

struct dump_kdump {
	int fd;
	unsigned int page_shift;
	struct kdump_index *index;
	struct page_codec *codec;
	struct kdump_library *library;	/* NULL until a page needs it */
	/* The pages being read, from @pfn on. */
	uint64_t pfn;
	bool goes_on;		/* those before ended where these start */
	size_t n;
	struct kdump_page pages[BATCH];
	/* A piece of the file. */
	uint64_t window_off;
	size_t window_len;
	unsigned char *window;		/* WINDOW_LEN bytes */
	/*
	 * The first is one that many descriptors share, that of zeros, mostly; the others
	 * are those of which a part was wanted: the next part is likely to be.
	 */
	struct kept_page kept[KEPT];
	unsigned int next_kept;
};

static bool same_page(const struct kdump_page *a, const struct kdump_page *b)
{
	return a->off == b->off && a->size == b->size && a->packing == b->packing;
}

/* How many pages from pages[i] on are stored as they are, one after another. */
static size_t plain_run(const struct dump_kdump *dk, size_t i)
{
	const struct kdump_page *p = &dk->pages[i];
	size_t n = 0;

	while (i + n < dk->n && p[n].packing == PAGE_PLAIN &&
	       (!n || p[n].off == p[n - 1].off + p[n - 1].size))
		n++;
	return n;
}

static bool in_window(const struct dump_kdump *dk, const struct kdump_page *p)
{
	return p->off >= dk->window_off &&
	       range_ok(p->off - dk->window_off, p->size, dk->window_len);
}

/* Have the bytes of pages[i] in the window, and of those after it that lie close behind. */
static enum pgc_status fill_window(struct dump_kdump *dk, size_t i, struct pgc_err *err)
{
	const struct kdump_page *p = &dk->pages[i];
	uint64_t start = p->off, end = start + p->size;

	if (in_window(dk, p))
		return PGC_OK;
	while (++i < dk->n) {
		p = &dk->pages[i];
		if (p->off < end)	/* shared: it is elsewhere */
			continue;
		if (p->off - end > GAP_MAX || p->off + p->size - start > WINDOW_LEN ||
		    plain_run(dk, i) > 1)
			break;
		end = p->off + p->size;
	}
	if (dk->goes_on && end - start < AHEAD)
		end = start + AHEAD;
	dk->window_off = start;
	return dump_pread(dk->fd, dk->window, (size_t)(end - start), start, &dk->window_len,
			  err);
}

static enum pgc_status inflate(struct dump_kdump *dk, size_t i, void *out,
			       struct pgc_err *err)
{
	const struct kdump_page *p = &dk->pages[i];
	enum pgc_status st = fill_window(dk, i, err);

	if (st != PGC_OK && !(st == PGC_DAMAGED && in_window(dk, p)))
		return st;
	return page_codec_inflate(dk->codec, p->packing,
				  dk->window + (p->off - dk->window_off), p->size, out,
				  (size_t)1 << dk->page_shift, err);
}

/* Pages of a compression that is not built in: up to @max from pages[i] on. */
static enum pgc_status ask_library(struct dump_kdump *dk, size_t i, size_t max, void *out,
				   size_t *done, struct pgc_err *err)
{
	enum pgc_status st;
	size_t n = 1;

	*done = 0;
	if (!dk->library) {
		st = kdump_library_open(dk->fd, dump_kdump_header(dk), &dk->library, err);
		if (st != PGC_OK)
			return st;
	}
	while (n < max && i + n < dk->n && dk->pages[i + n].packing == dk->pages[i].packing)
		n++;
	return kdump_library_read(dk->library, (dk->pfn + i) << dk->page_shift, out,
				  n << dk->page_shift, done, err);
}

/* Read pages[i] and, where one call does, more: @max at most. *@got of them are good. */
static enum pgc_status read_pages(struct dump_kdump *dk, size_t i, size_t max,
				  unsigned char *out, size_t *got, struct pgc_err *err)
{
	const struct kdump_page *p = &dk->pages[i];
	size_t page = (size_t)1 << dk->page_shift, run = plain_run(dk, i), done = page;
	enum pgc_status st = PGC_OK;

	if (same_page(p, &dk->kept[0].at)) {
		memcpy(out, dk->kept[0].data, page);
	} else if (run == 1 && in_window(dk, p)) {
		memcpy(out, dk->window + (p->off - dk->window_off), page);
	} else if (run) {
		st = dump_pread(dk->fd, out, (run < max ? run : max) << dk->page_shift,
				p->off, &done, err);
	} else if (page_codec_has(p->packing)) {
		st = inflate(dk, i, out, err);
		done = st == PGC_OK ? page : 0;
	} else {
		st = ask_library(dk, i, max, out, &done, err);
	}
	*got = done >> dk->page_shift;
	/* Pages are written in order: one that lies further back is shared. */
	if (*got == 1 && i && p->off <= p[-1].off && !same_page(p, &dk->kept[0].at)) {
		dk->kept[0].at = *p;
		memcpy(dk->kept[0].data, out, page);
	}
	return st;
}

/* Read @len bytes, less than a page, from byte @skip of pages[i] on. */
static enum pgc_status read_part(struct dump_kdump *dk, size_t i, size_t skip, void *out,
				 size_t len, struct pgc_err *err)
{
	const struct kdump_page *p = &dk->pages[i];
	struct kept_page *kept = NULL;
	enum pgc_status st;
	size_t got;

	if (p->packing == PAGE_PLAIN)
		return dump_pread(dk->fd, out, len, p->off + skip, &got, err);
	for (size_t k = 0; k < KEPT && !kept; k++)
		if (same_page(p, &dk->kept[k].at))
			kept = &dk->kept[k];
	if (!kept) {
		kept = &dk->kept[1 + dk->next_kept++ % (KEPT - 1)];
		kept->at.size = 0;
		st = read_pages(dk, i, 1, kept->data, &got, err);
		if (st != PGC_OK)
			return st;
		kept->at = *p;
	}
	memcpy(out, kept->data + skip, len);
	return PGC_OK;
}

/* Read the pages found, from byte @skip of the first on. */
static enum pgc_status read_found(struct dump_kdump *dk, size_t skip, unsigned char *out,
				  size_t len, size_t *done, struct pgc_err *err)
{
	size_t page = (size_t)1 << dk->page_shift, i = 0;
	enum pgc_status st = PGC_OK;

	for (*done = 0; i < dk->n && st == PGC_OK; skip = 0) {
		size_t part = page - skip, got = 1;

		if (part > len - *done)
			part = len - *done;
		if (part == page) {
			st = read_pages(dk, i, (len - *done) / page, out + *done, &got, err);
			part = got * page;
		} else {
			st = read_part(dk, i, skip, out + *done, part, err);
			part = st == PGC_OK ? part : 0;
		}
		*done += part;
		i += got;
	}
	return st;
}

enum pgc_status dump_kdump_read(struct dump_kdump *dk, uint64_t paddr, void *buf, size_t len,
				size_t *done, struct pgc_err *err)
{
	uint64_t page = UINT64_C(1) << dk->page_shift;

	*done = 0;
	while (*done < len) {
		uint64_t at = paddr + *done, skip = at & (page - 1);
		uint64_t want = (skip + (len - *done) + page - 1) >> dk->page_shift;
		enum pgc_status gap, st;
		size_t got;

		dk->goes_on = at >> dk->page_shift == dk->pfn + dk->n;
		dk->pfn = at >> dk->page_shift;
		gap = kdump_index_find(dk->index, dk->pfn, dk->pages,
				       want < BATCH ? (size_t)want : BATCH, &dk->n, err);
		st = read_found(dk, (size_t)skip, (unsigned char *)buf + *done, len - *done,
				&got, err);
		*done += got;
		if (st != PGC_OK || gap != PGC_OK)
			return st != PGC_OK ? st : gap;
	}
	return PGC_OK;
}

/* A reader with all but its index. */
static enum pgc_status new_reader(int fd, struct dump_kdump **ret, struct pgc_err *err)
{
	struct dump_kdump *dk = calloc(1, sizeof(*dk));
	enum pgc_status st;

	if (!dk)
		return pgc_err_nomem(err, "the dump");
	dk->fd = fd;
	dk->window = dump_buffer(WINDOW_LEN);
	st = dk->window ? page_codec_create(&dk->codec, err) : pgc_err_nomem(err, "the dump");
	if (st != PGC_OK)
		dump_kdump_close(dk);
	else
		*ret = dk;
	return st;
}

enum pgc_status dump_kdump_open(int fd, uint64_t size, struct dump_kdump **ret,
				struct pgc_err *err)
{
	struct dump_kdump *dk;
	enum pgc_status st = new_reader(fd, &dk, err);

	if (st != PGC_OK)
		return st;
	st = kdump_index_create(fd, size, &dk->index, err);
	if (st != PGC_OK) {
		dump_kdump_close(dk);
		return st;
	}
	dk->page_shift = dump_kdump_header(dk)->page_shift;
	*ret = dk;
	return PGC_OK;
}

enum pgc_status dump_kdump_dup(const struct dump_kdump *dk, struct dump_kdump **ret,
			       struct pgc_err *err)
{
	struct dump_kdump *dup;
	enum pgc_status st = new_reader(dk->fd, &dup, err);

	if (st != PGC_OK)
		return st;
	dup->page_shift = dk->page_shift;
	st = kdump_index_dup(dk->index, &dup->index, err);
	if (st != PGC_OK) {
		dump_kdump_close(dup);
		return st;
	}
	*ret = dup;
	return PGC_OK;
}

void dump_kdump_close(struct dump_kdump *dk)
{
	if (!dk)
		return;
	kdump_library_close(dk->library);
	page_codec_destroy(dk->codec);
	kdump_index_destroy(dk->index);
	free(dk->window);
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

uint64_t dump_kdump_unwritten(const struct dump_kdump *dk)
{
	return kdump_index_unwritten(dk->index);
}

bool dump_kdump_measured(const struct dump_kdump *dk)
{
	return kdump_index_measured(dk->index);
}

int64_t dump_kdump_excess(const struct dump_kdump *dk)
{
	return kdump_index_excess(dk->index);
}

enum pgc_status dump_kdump_count(const struct dump_kdump *dk, uint64_t start, uint64_t end,
				 uint64_t *ret, struct pgc_err *err)
{
	return kdump_index_count(dk->index, start, end, ret, err);
}

bool dump_kdump_same_ram(const struct dump_kdump *a, const struct dump_kdump *b)
{
	const struct kdump_header *x = dump_kdump_header(a), *y = dump_kdump_header(b);
	unsigned char one[4096], two[4096];
	uint64_t len = (x->max_mapnr + 7) / 8;
	size_t done;

	if (x->page_shift != y->page_shift || x->max_mapnr != y->max_mapnr ||
	    x->partial != y->partial)
		return false;
	for (uint64_t at = 0, n; at < len; at += n) {
		n = len - at < sizeof(one) ? len - at : sizeof(one);
		if (dump_pread(a->fd, one, (size_t)n, x->ram_off + at, &done, NULL) != PGC_OK ||
		    dump_pread(b->fd, two, (size_t)n, y->ram_off + at, &done, NULL) != PGC_OK ||
		    memcmp(one, two, (size_t)n))
			return false;
	}
	return true;
}

const char *dump_kdump_library_version(void)
{
	return kdump_library_version();
}
