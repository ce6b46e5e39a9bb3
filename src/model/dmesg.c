/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/dmesg.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

/*
 * kernel/printk/printk.c: the log is at most 2 GiB with one descriptor for each 32 bytes.
 * More than these is a damaged number.
 */
#define MAX_COUNT_BITS 26
#define MAX_SIZE_BITS 31
#define CHUNK 256 /* descriptors read at once */
#define MAX_STRUCT 512 /* bytes of a prb_desc or printk_info */

/* The top two bits of a descriptor's state_var, and what is below them. */
enum { DESC_COMMITTED = 1, DESC_FINALIZED = 2 };
#define DESC_FLAGS_SHIFT 62
#define DESC_ID_MASK ((1ULL << DESC_FLAGS_SHIFT) - 1)

#define BLOCK_HEADER 8 /* struct prb_data_block.id, before the text */

struct ring {
	struct kernel_reader kr;
	unsigned int count_bits, size_bits;
	uint64_t descs, infos, data;
	uint64_t head_id;
	uint64_t text_budget;	/* bytes of text that an honest ring can hold */
	dmesg_fn *fn;
	void *arg;
	struct dmesg_stats *stats;
	uint8_t *desc_chunk, *info_chunk;
	char text[DMESG_TEXT_MAX + 1];
};

struct desc {
	uint64_t id, begin, next;
	unsigned int state;
};

static bool layout_complete(const struct layout *lay)
{
	static const enum layout_key keys[] = {
		L_prb, L_prb_count_bits, L_prb_descs, L_prb_infos, L_prb_head_id,
		L_prb_size_bits, L_prb_data, L_prb_desc, L_prb_desc_state_var,
		L_prb_desc_begin, L_prb_desc_next, L_printk_info, L_printk_info_seq,
		L_printk_info_ts_nsec, L_printk_info_text_len,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!layout_has(lay, keys[i]))
			return false;
	return layout_get(lay, L_prb_desc) && layout_get(lay, L_prb_desc) <= MAX_STRUCT &&
	       layout_get(lay, L_printk_info) &&
	       layout_get(lay, L_printk_info) <= MAX_STRUCT;
}

/* An unsigned member of a struct whose bytes, @size of them, are at @raw. */
static uint64_t field(const struct layout *lay, const uint8_t *raw, uint64_t size,
		      enum layout_key key)
{
	uint64_t at = layout_get(lay, key), width = layout_size(lay, key);

	if (at > size || width > size - at)
		return 0;
	return target_uint(raw + at, (unsigned int)width);
}

static bool ring_open(struct ring *r)
{
	uint64_t prb, count_bits, size_bits;

	if (vmcore_read_u64(r->kr.vc, kernel_addr(r->kr.k, L_prb), "prb", &prb, NULL) ||
	    !kernel_member(r->kr, prb, L_prb_count_bits, &count_bits) ||
	    !kernel_member(r->kr, prb, L_prb_descs, &r->descs) ||
	    !kernel_member(r->kr, prb, L_prb_infos, &r->infos) ||
	    !kernel_member(r->kr, prb, L_prb_head_id, &r->head_id) ||
	    !kernel_member(r->kr, prb, L_prb_size_bits, &size_bits) ||
	    !kernel_member(r->kr, prb, L_prb_data, &r->data)) {
		snprintf(r->stats->note, sizeof(r->stats->note),
			 "the log's ring buffer is not in the dump");
		return false;
	}
	if (!count_bits || count_bits > MAX_COUNT_BITS || size_bits < 3 ||
	    size_bits > MAX_SIZE_BITS) {
		snprintf(r->stats->note, sizeof(r->stats->note),
			 "the log's ring buffer is damaged: 2^%" PRIu64
			 " records in 2^%" PRIu64 " bytes", count_bits, size_bits);
		return false;
	}
	r->count_bits = (unsigned int)count_bits;
	r->size_bits = (unsigned int)size_bits;
	r->head_id &= DESC_ID_MASK;
	r->text_budget = 1ULL << size_bits;
	return true;
}

/*
 * Where the text of a block is: its offset in the data and its length, without the
 * header. A block that does not fit before the end of the data starts at 0 instead
 * (printk_ringbuffer.c:get_data()). One that fits to the byte does not move in 7.2, and
 * does in 6.1 and 6.12: its next then lies behind 0, so both are told by where its last
 * byte is. False: there is no text.
 */
static bool find_text(const struct ring *r, const struct desc *d, uint64_t *at,
		      uint64_t *len)
{
	uint64_t size = 1ULL << r->size_bits, mask = size - 1, bytes;

	if ((d->begin | d->next) & 7)
		return false;
	if (d->begin >> r->size_bits == (d->next - 1) >> r->size_bits) {
		*at = d->begin & mask;
		bytes = d->next - d->begin;
	} else if ((d->begin + size) >> r->size_bits == (d->next - 1) >> r->size_bits) {
		*at = 0;
		bytes = d->next & mask;
	} else {
		return false;
	}
	if (bytes <= BLOCK_HEADER || bytes > size - *at)
		return false;
	*at += BLOCK_HEADER;
	*len = bytes - BLOCK_HEADER;
	return true;
}

static void make_printable(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f)
			s[i] = '?';
	}
}

/* The text of a record into r->text; false when it is lost. */
static bool read_text(struct ring *r, const struct desc *d, uint64_t *len)
{
	uint64_t at, room, id;

	/* 0x1 and 0x3 stand for a record without text, by intent or for want of room. */
	if ((d->begin & 1) && (d->next & 1)) {
		*len = 0;
		return true;
	}
	if (!find_text(r, d, &at, &room) ||
	    vmcore_read_u64(r->kr.vc, r->data + at - BLOCK_HEADER, "log text", &id,
			    NULL) != PGC_OK)
		return false;
	/* The block says whose it is: one that was overwritten is another's. */
	if ((id & DESC_ID_MASK) != d->id)
		return false;
	if (*len > room)
		*len = room;
	if (*len > DMESG_TEXT_MAX)
		*len = DMESG_TEXT_MAX;
	if (*len > r->text_budget)
		return false;
	r->text_budget -= *len;
	if (*len && vmcore_read(r->kr.vc, r->data + at, r->text, *len, "log text",
				NULL) != PGC_OK)
		return false;
	make_printable(r->text, *len);
	return true;
}

static void hand_out(struct ring *r, const struct desc *d, const uint8_t *info)
{
	const struct layout *lay = r->kr.k->lay;
	uint64_t size = layout_get(lay, L_printk_info);
	uint64_t len = field(lay, info, size, L_printk_info_text_len);
	struct dmesg_record rec = {
		.seq = field(lay, info, size, L_printk_info_seq),
		.ts_nsec = field(lay, info, size, L_printk_info_ts_nsec),
		.text = r->text,
	};

	if (layout_has(lay, L_printk_info_facility))
		rec.facility = (unsigned int)field(lay, info, size,
						   L_printk_info_facility);
	if (!read_text(r, d, &len)) {
		r->stats->lost++;
		return;
	}
	r->text[len] = '\0';
	rec.len = len;
	r->stats->records++;
	r->fn(r->arg, &rec);
}

/* @n descriptors from @index on, and their infos: no wrap inside. */
static void read_chunk(struct ring *r, uint64_t index, size_t n)
{
	const struct layout *lay = r->kr.k->lay;
	uint64_t dsize = layout_get(lay, L_prb_desc);
	uint64_t isize = layout_get(lay, L_printk_info);
	uint64_t mask = (1ULL << r->count_bits) - 1;
	size_t done;

	if (vmcore_read_bulk(r->kr.vc, r->descs + index * dsize, r->desc_chunk, n * dsize,
			     &done, NULL) != PGC_OK) {
		r->stats->lost += n - done / dsize;
		n = done / dsize;
	}
	/* Infos that are missing are zeros, which have no text. */
	memset(r->info_chunk, 0, n * isize);
	if (n && vmcore_read_bulk(r->kr.vc, r->infos + index * isize, r->info_chunk,
				  n * isize, &done, NULL) != PGC_OK) {
		r->stats->lost += n - done / isize;
		n = done / isize;
	}
	for (size_t i = 0; i < n; i++) {
		const uint8_t *raw = r->desc_chunk + i * dsize;
		uint64_t state = field(lay, raw, dsize, L_prb_desc_state_var);
		struct desc d = {
			.id = state & DESC_ID_MASK,
			.begin = field(lay, raw, dsize, L_prb_desc_begin),
			.next = field(lay, raw, dsize, L_prb_desc_next),
			.state = (unsigned int)(state >> DESC_FLAGS_SHIFT),
		};

		/* Committed: still being written when the kernel stopped. It counts. */
		if ((d.state == DESC_COMMITTED || d.state == DESC_FINALIZED) &&
		    (d.id & mask) == index + i)
			hand_out(r, &d, r->info_chunk + i * isize);
	}
}

/*
 * All descriptors, from the one after the newest on: that is the oldest. Each says by its
 * state and its id whether it holds a record, so that a damaged tail_id loses nothing and
 * a damaged head_id only their order.
 */
static void ring_walk(struct ring *r)
{
	uint64_t count = 1ULL << r->count_bits, start = (r->head_id + 1) & (count - 1);

	for (uint64_t done = 0; done < count;) {
		uint64_t index = (start + done) & (count - 1);
		size_t n = CHUNK;

		if (n > count - index)
			n = (size_t)(count - index);
		if (n > count - done)
			n = (size_t)(count - done);
		read_chunk(r, index, n);
		done += n;
	}
	if (r->stats->lost)
		snprintf(r->stats->note, sizeof(r->stats->note),
			 "%" PRIu64 " records of the log are not in the dump or damaged",
			 r->stats->lost);
}

enum pgc_status dmesg_each(struct kernel_reader kr, dmesg_fn *fn, void *arg,
			   struct dmesg_stats *stats, struct pgc_err *err)
{
	_cleanup_free_ uint8_t *descs = NULL, *infos = NULL;
	_cleanup_free_ struct ring *r = calloc(1, sizeof(*r));

	*stats = (struct dmesg_stats){ .note = "" };
	if (!r)
		return pgc_err_nomem(err, "the log");
	if (!layout_complete(kr.k->lay)) {
		snprintf(stats->note, sizeof(stats->note),
			 "this kernel's log has an unknown format");
		return PGC_OK;
	}
	descs = malloc(CHUNK * layout_get(kr.k->lay, L_prb_desc));
	infos = malloc(CHUNK * layout_get(kr.k->lay, L_printk_info));
	if (!descs || !infos)
		return pgc_err_nomem(err, "the log");
	r->kr = kr;
	r->fn = fn;
	r->arg = arg;
	r->stats = stats;
	r->desc_chunk = descs;
	r->info_chunk = infos;
	if (ring_open(r))
		ring_walk(r);
	return PGC_OK;
}
