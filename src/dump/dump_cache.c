/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "dump/dump_cache.h"

#define FREE 1u			/* no line starts there */

struct slot {
	uint64_t addr;		/* of the first byte, or FREE */
	uint32_t valid;		/* bytes that could be read... */
	enum pgc_status st;	/* ...and why not the rest */
};

struct dump_cache {
	dump_fill_fn *fill;
	void *arg;
	size_t line;
	size_t slots;		/* a power of two */
	struct slot *slot;
	unsigned char data[];	/* @slots lines */
};

struct dump_cache *dump_cache_create(size_t line, size_t slots, dump_fill_fn *fill, void *arg)
{
	/* Not cleared: the data of unused slots is never touched. */
	struct dump_cache *dc = malloc(sizeof(*dc) + slots * line);

	if (!dc)
		return NULL;
	dc->slot = malloc(slots * sizeof(*dc->slot));
	if (!dc->slot) {
		free(dc);
		return NULL;
	}
	dc->slots = slots;
	dc->line = line;
	dc->fill = fill;
	dc->arg = arg;
	dump_cache_flush(dc);
	return dc;
}

void dump_cache_destroy(struct dump_cache *dc)
{
	if (!dc)
		return;
	free(dc->slot);
	free(dc);
}

void dump_cache_flush(struct dump_cache *dc)
{
	for (size_t i = 0; i < dc->slots; i++)
		dc->slot[i].addr = FREE;
}

enum pgc_status dump_cache_peek(struct dump_cache *dc, uint64_t addr,
				const unsigned char **ret, size_t *len, struct pgc_err *err)
{
	uint32_t off = (uint32_t)(addr & (dc->line - 1));
	uint64_t start = addr - off;
	/* Structures of a kind lie a power of two apart: spread them. */
	size_t i = ((start >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (dc->slots - 1);
	struct slot *s = &dc->slot[i];
	unsigned char *data = dc->data + i * dc->line;

	if (s->addr != start) {
		size_t done;

		s->addr = FREE;
		s->st = dc->fill(dc->arg, start, data, dc->line, &done, err);
		s->valid = (uint32_t)done;
		if (s->st != PGC_OK && !pgc_is_gap(s->st))
			return s->st;
		s->addr = start;
	}
	if (off >= s->valid)
		return s->st;
	*ret = data + off;
	*len = s->valid - off;
	return PGC_OK;
}

enum pgc_status dump_cache_read(struct dump_cache *dc, uint64_t addr, void *buf, size_t len,
				struct pgc_err *err)
{
	if (len && addr + (len - 1) < addr)
		return PGC_ABSENT;
	while (len) {
		const unsigned char *p;
		enum pgc_status st;
		size_t n;

		st = dump_cache_peek(dc, addr, &p, &n, err);
		if (st != PGC_OK)
			return st;
		if (n > len)
			n = len;
		memcpy(buf, p, n);
		buf = (char *)buf + n;
		addr += n;
		len -= n;
	}
	return PGC_OK;
}
