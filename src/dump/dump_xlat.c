/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_xlat.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/target_int.h"

#define PIECE_LEN ARCH_PAGE_MIN	/* of a page table, or all of it */
#define PIECES 64		/* kept, by address */

struct piece {
	uint64_t paddr;
	bool valid;
	unsigned char data[PIECE_LEN];
};

struct dump_xlat {
	struct arch_paging paging;
	dump_fill_fn *read;
	void *arg;
	struct piece pieces[PIECES];
};

static enum pgc_status setup(struct dump_xlat *dx, const struct arch *arch,
			     const struct dump_notes *notes, struct pgc_err *err)
{
	const struct arch_lines lines = dump_notes_lines(notes);
	char read[64];

	if (!notes->vmcoreinfo)
		return pgc_err_set(err, PGC_ENOENT,
				   "no VMCOREINFO in the dump: kernel addresses cannot be "
				   "translated (QEMU writes one only with -device vmcoreinfo)");
	if (!arch_is_read(arch)) {
		arch_list(false, read, sizeof(read));
		return pgc_err_set(err, PGC_EFORMAT,
				   "page tables of architecture %s are not supported yet: "
				   "only those of %s are", arch ? arch->name : "unknown", read);
	}
	return arch->paging(&lines, &dx->paging, err);
}

enum pgc_status dump_xlat_create(const struct arch *arch, const struct dump_notes *notes,
				 dump_fill_fn *read, void *arg, struct dump_xlat **ret,
				 struct pgc_err *err)
{
	struct dump_xlat *dx = calloc(1, sizeof(*dx));
	enum pgc_status st;

	if (!dx)
		return pgc_err_nomem(err, "page tables");
	dx->read = read;
	dx->arg = arg;
	st = setup(dx, arch, notes, err);
	if (st != PGC_OK) {
		dump_xlat_destroy(dx);
		return st;
	}
	*ret = dx;
	return PGC_OK;
}

void dump_xlat_destroy(struct dump_xlat *dx)
{
	free(dx);
}

void dump_xlat_set_root(struct dump_xlat *dx, uint64_t paddr)
{
	dx->paging.root = paddr;
}

/* The entry at @paddr; it is 8-aligned wherever what leads here is what it should be. */
static enum pgc_status read_entry(struct dump_xlat *dx, uint64_t paddr, uint64_t *ret,
				  struct pgc_err *err)
{
	uint64_t start = paddr & ~(uint64_t)(PIECE_LEN - 1);
	struct piece *p = &dx->pieces[paddr / PIECE_LEN % PIECES];
	enum pgc_status st;
	size_t done;

	if (!p->valid || p->paddr != start) {
		p->valid = false;
		st = dx->read(dx->arg, start, p->data, PIECE_LEN, &done, err);
		if (st != PGC_OK)
			return st;
		p->paddr = start;
		p->valid = true;
	}
	*ret = target_u64(p->data + (paddr & (PIECE_LEN - 1) & ~UINT64_C(7)));
	return PGC_OK;
}

/* Bits of the address below the index in a table of level @level. */
static unsigned int bits_below(const struct arch_paging *pg, unsigned int level)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < level; i++)
		bits += pg->bits[i];
	return bits;
}

/*
 * Where the tables are of both halves of the address space, the last bit that they are indexed by
 * tells which, and those above are the same. Else all above are ones.
 */
static bool can_be_mapped(const struct arch_paging *pg, uint64_t kaddr)
{
	unsigned int bits = bits_below(pg, pg->levels + 1);
	int64_t above = (int64_t)kaddr >> (pg->both_halves ? bits - 1 : bits);

	return above == -1 || (pg->both_halves && !above);
}

enum pgc_status dump_xlat_translate(struct dump_xlat *dx, uint64_t kaddr, uint64_t *paddr,
				    uint64_t *run, struct pgc_err *err)
{
	const struct arch_paging *pg = &dx->paging;
	uint64_t table = pg->root, span = UINT64_C(1) << pg->bits[0];

	*run = span - (kaddr & (span - 1));
	if (!can_be_mapped(pg, kaddr))
		return PGC_ABSENT;
	for (unsigned int level = pg->levels; level; level--) {
		unsigned int shift = bits_below(pg, level);
		uint64_t index = kaddr >> shift & ((UINT64_C(1) << pg->bits[level]) - 1), entry;
		enum pgc_status st = read_entry(dx, table + index * 8, &entry, err);
		enum arch_entry what;

		span = UINT64_C(1) << shift;
		*run = span - (kaddr & (span - 1));
		/* An entry led there: a dump that lacks it says nothing about the address. */
		if (st == PGC_ABSENT)
			return PGC_DAMAGED;
		if (st != PGC_OK)
			return pgc_err_add(err, st, "page table of 0x%" PRIx64, kaddr);
		what = pg->decode(pg, entry, level, &table);
		if (what == ARCH_NOTHING)
			return PGC_ABSENT;
		if (what == ARCH_LEAF)
			break;
	}
	*paddr = (table & ~(span - 1)) + (kaddr & (span - 1));
	return PGC_OK;
}
