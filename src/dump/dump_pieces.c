/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_pieces.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	int fd;			/* -1: another's */
	const char *path;
	struct dump_kdump *kdump;
};

/* Sorted by their first pfn. */
struct dump_pieces {
	struct piece *v;
	size_t n;
	size_t last;		/* that was read last: the next page is likely to be there */
};

enum pgc_status dump_pieces_create(struct dump_pieces **ret, struct pgc_err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? PGC_OK : pgc_err_nomem(err, "the dump");
}

void dump_pieces_destroy(struct dump_pieces *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		dump_kdump_close(p->v[i].kdump);
		cleanup_fd(&p->v[i].fd);
	}
	free(p->v);
	free(p);
}

static const struct kdump_header *header(const struct piece *piece)
{
	return dump_kdump_header(piece->kdump);
}

static bool same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return !a || !b || (a_len == b_len && !memcmp(a, b, a_len));
}

/* Two pieces of one dump have all but their pages in common; notes may be in one of them only. */
static enum pgc_status check_same(const struct piece *a, const struct piece *b,
				  struct pgc_err *err)
{
	const struct kdump_header *x = header(a), *y = header(b);

	if (!x->split || !y->split)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "is a second dump, and %s is not a piece of a split dump: give one dump, or all pieces of one",
				   y->split ? a->path : "it");
	if (strcmp(x->release, y->release) ||
	    !same_text(x->notes.vmcoreinfo, x->notes.vmcoreinfo_len, y->notes.vmcoreinfo,
		       y->notes.vmcoreinfo_len) ||
	    !dump_kdump_same_ram(a->kdump, b->kdump))
		return pgc_err_set(err, PGC_EMISMATCH, "is a piece of another dump than %s",
				   a->path);
	return PGC_OK;
}

/* Where it belongs: in whatever order they are given, they are the same dump. */
static void insert(struct dump_pieces *p, const struct piece *piece)
{
	size_t at = p->n;

	while (at && header(&p->v[at - 1])->start_pfn > header(piece)->start_pfn)
		at--;
	memmove(&p->v[at + 1], &p->v[at], (p->n - at) * sizeof(*p->v));
	p->v[at] = *piece;
	p->n++;
}

enum pgc_status dump_pieces_add(struct dump_pieces *p, int fd, uint64_t size, const char *path,
				uint64_t *promised, struct pgc_err *err)
{
	struct piece piece = { .fd = fd, .path = path };
	struct piece *v = realloc(p->v, (p->n + 1) * sizeof(*v));
	enum pgc_status st = v ? PGC_OK : pgc_err_nomem(err, "the dump");

	if (v)
		p->v = v;
	if (st == PGC_OK)
		st = dump_kdump_open(fd, size, &piece.kdump, err);
	if (st == PGC_OK && p->n)
		st = check_same(&p->v[0], &piece, err);
	if (st == PGC_OK) {
		*promised = dump_kdump_promised(piece.kdump);
		insert(p, &piece);
		return PGC_OK;
	}
	dump_kdump_close(piece.kdump);
	cleanup_fd(&piece.fd);
	return st;
}

enum pgc_status dump_pieces_dup(const struct dump_pieces *p, struct dump_pieces **ret,
				struct pgc_err *err)
{
	struct dump_pieces *dup;
	enum pgc_status st = dump_pieces_create(&dup, err);

	if (st != PGC_OK)
		return st;
	dup->v = calloc(p->n ? p->n : 1, sizeof(*dup->v));
	if (!dup->v)
		st = pgc_err_nomem(err, "the dump");
	for (; st == PGC_OK && dup->n < p->n; dup->n++) {
		dup->v[dup->n] = (struct piece){ .fd = -1, .path = p->v[dup->n].path };
		st = dump_kdump_dup(p->v[dup->n].kdump, &dup->v[dup->n].kdump, err);
	}
	if (st == PGC_OK)
		*ret = dup;
	else
		dump_pieces_destroy(dup);
	return st;
}

struct dump_kdump *dump_pieces_first(const struct dump_pieces *p)
{
	return p->n ? p->v[0].kdump : NULL;
}

const char *dump_pieces_path(const struct dump_pieces *p)
{
	return p->v[0].path;
}

size_t dump_pieces_count(const struct dump_pieces *p)
{
	return p->n;
}

void dump_pieces_written(const struct dump_pieces *p, struct dump_written *ret)
{
	*ret = (struct dump_written){ .measured = true };
	for (size_t i = 0; i < p->n; i++) {
		ret->marked_incomplete |= header(&p->v[i])->incomplete;
		ret->unwritten += dump_kdump_unwritten(p->v[i].kdump);
		ret->measured &= dump_kdump_measured(p->v[i].kdump);
	}
}

int64_t dump_pieces_excess(const struct dump_pieces *p)
{
	int64_t excess = 0;

	for (size_t i = 0; i < p->n && !excess; i++)
		excess = dump_kdump_excess(p->v[i].kdump);
	return excess;
}

static enum pgc_status add_missing(const struct dump_pieces *p, uint64_t start, uint64_t end,
				   struct dump_missing *ret, struct pgc_err *err)
{
	uint64_t pages = 0;
	enum pgc_status st = PGC_OK;

	if (start < end)
		st = dump_kdump_count(dump_pieces_first(p), start, end, &pages, err);
	if (st != PGC_OK || !pages)
		return st;
	if (!ret->ranges++) {
		ret->start = start;
		ret->end = end;
	}
	ret->pages += pages;
	return PGC_OK;
}

enum pgc_status dump_pieces_missing(const struct dump_pieces *p, struct dump_missing *ret,
				    struct pgc_err *err)
{
	uint64_t seen = 0;
	enum pgc_status st = PGC_OK;

	*ret = (struct dump_missing){ .pages = 0 };
	if (!p->n)
		return PGC_OK;
	for (size_t i = 0; i < p->n && st == PGC_OK; i++) {
		st = add_missing(p, seen, header(&p->v[i])->start_pfn, ret, err);
		if (header(&p->v[i])->end_pfn > seen)
			seen = header(&p->v[i])->end_pfn;
	}
	return st == PGC_OK ? add_missing(p, seen, header(&p->v[0])->max_mapnr, ret, err) : st;
}

static bool has(const struct piece *piece, uint64_t paddr)
{
	const struct kdump_header *hdr = header(piece);
	uint64_t pfn = paddr >> hdr->page_shift;

	return pfn >= hdr->start_pfn && pfn < hdr->end_pfn;
}

/* The piece that has @paddr, else any: it knows why there is none. */
static size_t find(const struct dump_pieces *p, uint64_t paddr)
{
	if (has(&p->v[p->last], paddr))
		return p->last;
	for (size_t i = 0; i < p->n; i++)
		if (has(&p->v[i], paddr))
			return i;
	return 0;
}

enum pgc_status dump_pieces_read(struct dump_pieces *p, uint64_t paddr, void *buf, size_t len,
				 size_t *done, struct pgc_err *err)
{
	enum pgc_status st;
	size_t got;

	*done = 0;
	do {
		p->last = find(p, paddr + *done);
		st = dump_kdump_read(p->v[p->last].kdump, paddr + *done, (char *)buf + *done,
				     len - *done, &got, err);
		*done += got;
	} while (st == PGC_ELSEWHERE && find(p, paddr + *done) != p->last);
	return st;
}
