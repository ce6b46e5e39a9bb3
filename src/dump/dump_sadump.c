/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_sadump.h"

#include <inttypes.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"

/* Of a backup on other media the partition begins after a header of this size. */
#define MEDIA_HEADER ARCH_PAGE_MIN
/* The partition's header: which disk of a set this is, and words that fill it up. */
#define DISK_AT 152
#define FILL_AT 168
#define BLOCK_MIN 512u
#define BLOCK_MAX (1u << 20)
/* The dump's header, in the next block. */
#define HEAD_LEN 96
#define CPUS_MAX 65536u
/* Of a CPU, as its firmware saved it: EFER, in which a bit says 64 bit. */
#define CPU_LEN 1024u
#define EFER_AT 992
#define EFER_LMA (1u << 10)
/* x86 only. */
#define PAGE_LEN ARCH_PAGE_MIN
#define RANGES_MAX (1u << 22)

static const unsigned char signature[] = { 's', 'a', 'd', 'u', 'm', 'p', 0, 0 };

/* Where things are in the file. */
struct sadump {
	int fd;
	uint64_t head, block;		/* the dump's header, and the size of blocks */
	uint64_t bitmap, bitmap_len;	/* of the pages that were saved */
	uint64_t frames, pages;		/* bits in it, and where the pages begin */
};

static bool has_signature(const void *bytes, uint64_t at, size_t len)
{
	return range_ok(at, sizeof(signature), len) &&
	       !memcmp((const unsigned char *)bytes + at, signature, sizeof(signature));
}

bool dump_sadump_is(const void *head, size_t len)
{
	return has_signature(head, 0, len) || has_signature(head, MEDIA_HEADER, len);
}

/* The header is one block. Each word that fills it up follows from the one before. */
static enum pgc_status measure_block(struct sadump *s, uint64_t start, struct pgc_err *err)
{
	unsigned char *bytes = dump_buffer(BLOCK_MAX);
	uint64_t at = FILL_AT + 4;
	enum pgc_status st;
	size_t len;

	if (!bytes)
		return pgc_err_nomem(err, "the header");
	st = dump_pread(s->fd, bytes, BLOCK_MAX, start, &len, err);
	if (st == PGC_DAMAGED)
		st = PGC_OK;
	if (st == PGC_OK && len > FILL_AT && target_u32(bytes + DISK_AT))
		st = pgc_err_set(err, PGC_EFORMAT, "one disk of a set of disks: makedumpfile makes a kdump-compressed file of the whole set");
	while (at + 4 <= len && target_u32(bytes + at) == 11 * (target_u32(bytes + at - 4) + 7))
		at += 4;
	free(bytes);
	s->block = at;
	if (st == PGC_OK && (at < BLOCK_MIN || at > BLOCK_MAX / 2 || (at & (at - 1))))
		st = pgc_err_set(err, PGC_EFORMAT, "its header is damaged: a block of %" PRIu64 " bytes",
				 at);
	s->head = start + at;
	return st;
}

/* Is any CPU in 64-bit mode? It says how much was saved of each. */
static enum pgc_status check_cpus(const struct sadump *s, uint32_t cpus, struct pgc_err *err)
{
	uint64_t at = s->head + s->block;
	unsigned char word[4];
	enum pgc_status st = dump_pread_all(s->fd, word, 4, at, "CPU states", err);
	char titles[128];
	uint32_t each;

	if (st != PGC_OK)
		return st;
	each = cpus && cpus <= CPUS_MAX ? target_u32(word) / cpus : 0;
	if (each < CPU_LEN)
		return pgc_err_set(err, PGC_EFORMAT, "its header is damaged: %" PRIu32 " CPUs", cpus);
	at += 4 + 16ull * cpus + EFER_AT;
	for (uint32_t i = 0; i < cpus; i++, at += each) {
		st = dump_pread_all(s->fd, word, 4, at, "CPU state", err);
		if (st != PGC_OK)
			return st;
		if (target_u32(word) & EFER_LMA)
			return PGC_OK;
	}
	arch_list(true, titles, sizeof(titles));
	return pgc_err_set(err, PGC_EFORMAT, "of a 32-bit kernel: only %s are supported", titles);
}

static enum pgc_status read_header(struct sadump *s, struct pgc_err *err)
{
	unsigned char head[HEAD_LEN];
	enum pgc_status st = dump_pread_all(s->fd, head, sizeof(head), s->head, "header", err);
	uint64_t bitmaps;

	if (st != PGC_OK)
		return st;
	if (!has_signature(head, 0, sizeof(head)) || target_u32(head + 40) != s->block)
		return pgc_err_set(err, PGC_EFORMAT, "its header is damaged");
	if (target_u32(head + 36))
		return pgc_err_set(err, PGC_EFORMAT, "its pages are compressed, which is not supported: makedumpfile makes a kdump-compressed file of it");
	/* Numbers of 32 bits, times a block of at most 20: no sum of these overflows. */
	bitmaps = s->head + s->block * (1 + (uint64_t)target_u32(head + 48));
	s->bitmap = bitmaps + s->block * target_u32(head + 52);
	s->bitmap_len = s->block * target_u32(head + 56);
	s->pages = s->bitmap + s->bitmap_len;
	s->frames = target_u32(head + 8) ? target_u64(head + 88) : target_u32(head + 60);
	if (s->frames > s->bitmap_len * 8)
		s->frames = s->bitmap_len * 8;
	return check_cpus(s, target_u32(head + 80), err);
}

/* Ranges of pages that were saved, and follow one another in the file. */
struct ranges {
	struct dump_range *v;
	size_t n, room;
	uint64_t off;
};

static enum pgc_status add_frame(struct ranges *r, uint64_t frame, struct pgc_err *err)
{
	struct dump_range *last = r->n ? &r->v[r->n - 1] : NULL, *more;

	r->off += PAGE_LEN;
	if (last && last->paddr + last->len == frame * PAGE_LEN) {
		last->len += PAGE_LEN;
		return PGC_OK;
	}
	if (r->n == RANGES_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "more than %u ranges of memory", RANGES_MAX);
	more = array_grow(r->v, &r->room, r->n, sizeof(*r->v));
	if (!more)
		return pgc_err_nomem(err, "the ranges of memory");
	r->v = more;
	r->v[r->n++] = (struct dump_range){ .paddr = frame * PAGE_LEN, .len = PAGE_LEN,
					    .off = r->off - PAGE_LEN };
	return PGC_OK;
}

/* The first page is the highest bit. */
static enum pgc_status read_bitmap(const struct sadump *s, struct ranges *r, struct pgc_err *err)
{
	unsigned char bytes[PAGE_LEN];
	enum pgc_status st = PGC_OK;

	r->off = s->pages;
	for (uint64_t done = 0; st == PGC_OK && done < (s->frames + 7) / 8; done += sizeof(bytes)) {
		size_t len = s->bitmap_len - done < sizeof(bytes) ?
				     (size_t)(s->bitmap_len - done) : sizeof(bytes);

		st = dump_pread_all(s->fd, bytes, len, s->bitmap + done, "bitmap", err);
		for (uint64_t i = 0; st == PGC_OK && i < 8 * len && done * 8 + i < s->frames; i++)
			if (bytes[i / 8] & (128u >> i % 8))
				st = add_frame(r, done * 8 + i, err);
	}
	if (st == PGC_OK && !r->n)
		st = pgc_err_set(err, PGC_EFORMAT, "there are no pages in it");
	return st;
}

static enum pgc_status open_dump(struct sadump *s, uint64_t size, struct ranges *r,
				 struct dump_elf **ret, struct pgc_err *err)
{
	unsigned char first[sizeof(signature)];
	enum pgc_status st = dump_pread_all(s->fd, first, sizeof(first), 0, "header", err);

	if (st == PGC_OK)
		st = measure_block(s, has_signature(first, 0, sizeof(first)) ? 0 : MEDIA_HEADER, err);
	if (st == PGC_OK)
		st = read_header(s, err);
	if (st == PGC_OK)
		st = read_bitmap(s, r, err);
	return st == PGC_OK ? dump_elf_open_ranges(s->fd, size, r->v, r->n, ret, err) : st;
}

enum pgc_status dump_sadump_open(int fd, uint64_t size, struct dump_elf **ret, struct pgc_err *err)
{
	struct sadump s = { .fd = fd };
	struct ranges r = { .v = NULL };
	enum pgc_status st = open_dump(&s, size, &r, ret, err);

	free(r.v);
	return pgc_err_add(err, st, "a dump of sadump");
}
