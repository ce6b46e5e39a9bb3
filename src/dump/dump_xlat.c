/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_xlat.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"

#define PIECE_LEN ARCH_PAGE_MIN	/* of a page table, or all of it */
/*
 * Kept, by address: those of one path are used by turns, and must not push one another out where
 * their addresses are alike.
 */
#define SETS 16
#define WAYS 4
#define MENDS 64		/* entries that are read as another value */

struct piece {
	uint64_t paddr;
	bool valid;
	unsigned char data[PIECE_LEN];
};

struct dump_xlat {
	struct arch_paging paging;
	dump_fill_fn *read;
	void *arg;
	struct set {
		struct piece ways[WAYS];
		unsigned int next;	/* to be used again */
	} sets[SETS];
	struct table_mend mends[MENDS];
	unsigned int n_mends;
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

const struct arch_paging *dump_xlat_paging(const struct dump_xlat *dx)
{
	return &dx->paging;
}

bool dump_xlat_mend(struct dump_xlat *dx, const struct table_mend *mend)
{
	if (!mend) {
		dx->n_mends = 0;
		return true;
	}
	if (dx->n_mends == MENDS)
		return false;
	dx->mends[dx->n_mends++] = *mend;
	return true;
}

void dump_xlat_mend_as(struct dump_xlat *dx, const struct dump_xlat *from)
{
	memcpy(dx->mends, from->mends, sizeof(dx->mends));
	dx->n_mends = from->n_mends;
}

/* Is the entry at @paddr one that was mended? The last word counts. */
static bool is_mended(const struct dump_xlat *dx, uint64_t paddr, uint64_t *entry)
{
	for (unsigned int i = dx->n_mends; i--;) {
		if (dx->mends[i].paddr != paddr)
			continue;
		*entry = dx->mends[i].entry;
		return true;
	}
	return false;
}

/* The entry at @paddr; it is 8-aligned wherever what leads here is what it should be. */
static enum pgc_status read_entry(struct dump_xlat *dx, uint64_t paddr, uint64_t *ret,
				  struct pgc_err *err)
{
	uint64_t start = paddr & ~(uint64_t)(PIECE_LEN - 1);
	struct set *set = &dx->sets[paddr / PIECE_LEN % SETS];
	struct piece *p = NULL;
	enum pgc_status st;
	size_t done;

	for (unsigned int i = 0; i < WAYS && !p; i++)
		if (set->ways[i].valid && set->ways[i].paddr == start)
			p = &set->ways[i];
	if (!p) {
		p = &set->ways[set->next++ % WAYS];
		p->valid = false;
		st = dx->read(dx->arg, start, p->data, PIECE_LEN, &done, err);
		if (st != PGC_OK)
			return st;
		p->paddr = start;
		p->valid = true;
	}
	if (!dx->n_mends || !is_mended(dx, paddr, ret))
		*ret = target_u64(p->data + (paddr & (PIECE_LEN - 1) & ~UINT64_C(7)));
	return PGC_OK;
}

/*
 * Where the tables are of both halves of the address space, the last bit that they are indexed by
 * tells which, and those above are the same. Else all above are ones.
 */
static bool can_be_mapped(const struct arch_paging *pg, uint64_t kaddr)
{
	unsigned int bits = arch_table_shift(pg, pg->levels + 1);
	int64_t above = (int64_t)kaddr >> (pg->both_halves ? bits - 1 : bits);

	return above == -1 || (pg->both_halves && !above);
}

/* The entry of @kaddr in the table of level @level at @table. */
static enum pgc_status take_step(struct dump_xlat *dx, uint64_t kaddr, uint64_t table,
				 unsigned int level, const struct table_mend *trial,
				 struct table_step *s, struct pgc_err *err)
{
	const struct arch_paging *pg = &dx->paging;
	unsigned int shift = arch_table_shift(pg, level);
	enum pgc_status st = PGC_OK;

	s->level = level;
	s->span = UINT64_C(1) << shift;
	s->kaddr = kaddr & ~(s->span - 1);
	s->index = (unsigned int)(kaddr >> shift & ((UINT64_C(1) << pg->bits[level]) - 1));
	s->paddr = table + s->index * UINT64_C(8);
	if (trial && trial->paddr == s->paddr)
		s->entry = trial->entry;
	else
		st = read_entry(dx, s->paddr, &s->entry, err);
	if (st == PGC_OK)
		s->what = pg->decode(pg, s->entry, level, &s->to);
	return st;
}

enum pgc_status dump_xlat_path(struct dump_xlat *dx, uint64_t kaddr, const struct table_mend *trial,
			       struct table_path *ret, struct pgc_err *err)
{
	const struct arch_paging *pg = &dx->paging;
	uint64_t table = pg->root;
	struct table_step *s = NULL;

	ret->n = 0;
	if (!can_be_mapped(pg, kaddr))
		return PGC_ABSENT;
	for (unsigned int level = pg->levels; level; level--) {
		enum pgc_status st;

		s = &ret->step[ret->n];
		st = take_step(dx, kaddr, table, level, trial, s, err);
		if (st != PGC_OK)
			return st == PGC_ABSENT ? PGC_DAMAGED :
						  pgc_err_add(err, st, "page table of 0x%" PRIx64, kaddr);
		ret->n++;
		if (s->what == ARCH_NOTHING)
			return PGC_ABSENT;
		table = s->to;
		if (s->what == ARCH_LEAF)
			break;
	}
	if (!s)
		return PGC_ABSENT;
	ret->paddr = (table & ~(s->span - 1)) + (kaddr & (s->span - 1));
	return PGC_OK;
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
		unsigned int shift = arch_table_shift(pg, level);
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
