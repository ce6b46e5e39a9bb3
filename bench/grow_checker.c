/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow_checker - the checker's two maps, of old and new memory together
 *
 * The old maps are copied to the front of the new ones; all pages in use have their bit set.
 * From where that is so to the end, the file has a piece of each map once.
 */
#include "grow.h"

#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "grow_image.h"
#include "layout/layout.h"
#include "vmcore.h"

#define SHARED_MAP (32ULL << 20) /* more than a cache holds, of both maps together */

struct maps {
	uint64_t min, old_bits, bits;	/* pfn, numbers */
	uint64_t words;
	uint64_t head;			/* bytes that are not all alike */
	uint64_t set;			/* bits of the primary map that are new */
};

static bool in_use(const struct grow *g, uint64_t pfn)
{
	return pfn >= g->reserved_end && !grow_is_free(g, pfn);
}

/* One byte of the map @which: eight pages, of which those past the end are as at boot. */
static uint8_t map_byte(const struct grow *g, const struct maps *m, int which, uint64_t at)
{
	uint8_t byte = 0;

	for (unsigned int bit = 0; bit < 8; bit++) {
		uint64_t nr = at * 8 + bit;

		byte |= (uint8_t)((nr < m->bits && in_use(g, m->min + nr)) << bit);
	}
	return which ? (uint8_t)~byte : byte;
}

/* The old bits; a page of them that was left out of the dump was zeros. */
static void copy_old(struct grow *g, const struct maps *m, uint64_t kaddr, uint8_t *to)
{
	uint64_t bytes = m->old_bits / 8, page;
	uint8_t last;

	for (uint64_t at = 0; at < bytes; at += page) {
		page = GROW_PAGE - (kaddr + at) % GROW_PAGE;
		if (page > bytes - at)
			page = bytes - at;
		if (vmcore_read(g->vc, kaddr + at, to + at, page, "map", NULL) != PGC_OK)
			memset(to + at, 0, page);
	}
	if (m->old_bits % 8 && vmcore_read(g->vc, kaddr + bytes, &last, 1, "map", NULL) == PGC_OK) {
		uint8_t mask = (uint8_t)((1u << m->old_bits % 8) - 1);

		to[bytes] = (uint8_t)((last & mask) | (to[bytes] & ~mask));
	}
}

/* Three pieces: one of its own, one that repeats, and the page with the end. */
static enum pgc_status add_map(struct grow *g, const struct maps *m, int which,
			       uint64_t old_kaddr, struct pgc_err *err)
{
	uint64_t len = grow_round_up(m->words * 8, GROW_PAGE), tail = len - GROW_PAGE, unique;
	uint64_t head = m->head < tail ? m->head : len;
	uint8_t *data;
	enum pgc_status st;

	st = image_add(g->img, g->map[which], head, head, &data, err);
	for (uint64_t i = 0; i < head && st == PGC_OK; i++)
		data[i] = map_byte(g, m, which, i);
	if (st != PGC_OK)
		return st;
	copy_old(g, m, old_kaddr, data);
	if (head == len)
		return PGC_OK;
	unique = tail - head < SHARED_MAP ? tail - head : SHARED_MAP;
	if (unique) {
		st = image_add(g->img, g->map[which] + head, tail - head, unique, &data, err);
		if (st != PGC_OK)
			return st;
		memset(data, which ? 0 : 0xff, unique);
	}
	st = image_add(g->img, g->map[which] + tail, GROW_PAGE, GROW_PAGE, &data, err);
	for (uint64_t i = 0; i < GROW_PAGE && st == PGC_OK; i++)
		data[i] = map_byte(g, m, which, tail + i);
	return st;
}

static enum pgc_status set_var(struct grow *g, enum layout_key key, uint64_t value,
			       struct pgc_err *err)
{
	return grow_put(g, kernel_addr(g->k, key), value, layout_size(g->lay, key), err);
}

static enum pgc_status set_vars(struct grow *g, const struct maps *m, struct pgc_err *err)
{
	static const enum layout_key counters[] = { L_pc_pages_tracked, L_pc_alloc_count };
	enum pgc_status st = set_var(g, L_pc_primary, g->page_offset + g->map[0], err);

	if (st == PGC_OK)
		st = set_var(g, L_pc_secondary, g->page_offset + g->map[1], err);
	if (st == PGC_OK)
		st = set_var(g, L_pc_nbits, m->bits, err);
	if (st == PGC_OK)
		st = set_var(g, L_pc_max_pfn, g->end, err);
	for (size_t i = 0; i < ARRAY_SIZE(counters) && st == PGC_OK; i++) {
		uint64_t old;

		if (kernel_read_var(kernel_reader_of(g->k, g->vc), counters[i], &old))
			st = set_var(g, counters[i], old + m->set, err);
	}
	return st;
}

enum pgc_status grow_checker(struct grow *g, struct pgc_err *err)
{
	struct maps m = { .min = 0 };
	uint64_t old[2];
	enum pgc_status st;

	if (!g->map_len)
		return PGC_OK;
	if (!kernel_read_var(kernel_reader_of(g->k, g->vc), L_pc_min_pfn, &m.min) ||
	    !kernel_read_var(kernel_reader_of(g->k, g->vc), L_pc_nbits, &m.old_bits) ||
	    !kernel_read_var(kernel_reader_of(g->k, g->vc), L_pc_primary, &old[0]) ||
	    !kernel_read_var(kernel_reader_of(g->k, g->vc), L_pc_secondary, &old[1]) ||
	    !old[0] || !old[1])
		return pgc_err_set(err, PGC_EFORMAT, "the checker's state is not in the dump, or it is off");
	m.bits = g->end - m.min;
	m.words = (m.bits + 63) / 64;
	m.head = grow_round_up((g->alternating_end - m.min + 7) / 8, GROW_PAGE);
	m.set = g->end - g->reserved_end - g->free_blocks;
	st = add_map(g, &m, 0, old[0], err);
	if (st == PGC_OK)
		st = add_map(g, &m, 1, old[1], err);
	if (st == PGC_OK)
		st = set_vars(g, &m, err);
	return pgc_err_add(err, st, "the checker");
}
