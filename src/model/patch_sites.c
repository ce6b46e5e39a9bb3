/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/patch_sites.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/target_int.h"
#include "model/image_relocs.h"

/* Of a vmlinux; one that was built with a section for each function has none of these left. */
#define MAX_SECTIONS 5000
/* The image from its first byte of code on: no kernel is larger. */
#define MAX_IMAGE (UINT64_C(1) << 30)

struct patch_sites {
	uint64_t first, end;
	uint8_t *may;	/* a bit for each byte */
	/* While it is made: */
	struct debuginfo_section *sections;
	size_t n, room;
	const struct image_relocs *relocs;
	bool failed;	/* out of memory */
};

/* A table of entries. */
struct table {
	uint64_t addr;
	const uint8_t *bytes;
	size_t size;
};

static bool add_section(void *arg, const struct debuginfo_section *s)
{
	struct patch_sites *p = arg;
	struct debuginfo_section *bigger;

	if (p->n == MAX_SECTIONS)
		return false;
	bigger = array_grow(p->sections, &p->room, p->n, sizeof(*p->sections));
	p->failed = !bigger;
	if (!bigger)
		return false;
	p->sections = bigger;
	p->sections[p->n++] = *s;
	return true;
}

void patch_sites_add(struct patch_sites *p, uint64_t addr, uint64_t len)
{
	uint64_t end = addr + len;

	if (end < addr || addr >= p->end || end <= p->first)
		return;
	addr = addr < p->first ? p->first : addr;
	end = end > p->end ? p->end : end;
	for (uint64_t at = addr - p->first; at < end - p->first; at++)
		p->may[at / 8] |= (uint8_t)(1u << at % 8);
}

bool patch_sites_has(const struct patch_sites *p, uint64_t addr)
{
	uint64_t at = addr - p->first;

	return addr >= p->first && addr < p->end && p->may[at / 8] >> at % 8 & 1;
}

uint64_t patch_sites_count(const struct patch_sites *p, uint64_t addr, uint64_t len)
{
	uint64_t n = 0, i = 0;

	while (i < len) {
		uint64_t at = addr + i - p->first;

		if (at % 8 || len - i < 8 || addr + i < p->first || addr + i + 8 > p->end) {
			n += patch_sites_has(p, addr + i++);
		} else {
			n += (uint64_t)__builtin_popcount(p->may[at / 8]);
			i += 8;
		}
	}
	return n;
}

/* Where an entry's place is. */
static uint64_t place_of(const struct arch_patch *row, const struct table *t, size_t at)
{
	if (row->at == ARCH_PATCH_FAR)
		return target_u64(t->bytes + at);
	return t->addr + at + (uint64_t)(int64_t)(int32_t)target_u32(t->bytes + at);
}

/* The bytes of an entry that say something; what follows in it is for the next one's alignment. */
static size_t entry_bytes(const struct arch_patch *row)
{
	size_t least = row->at == ARCH_PATCH_FAR ? sizeof(uint64_t) : sizeof(uint32_t);

	return row->size_at >= least ? row->size_at + 1u : least;
}

/*
 * Is that how its entries are? Then they divide it, but for the end of the last one, and nearly all
 * lead into the image: of functions that were left out when the kernel was linked there may be
 * empty ones.
 */
static bool fits(const struct patch_sites *p, const struct arch_patch *row, const struct table *t)
{
	size_t least = entry_bytes(row), n = 0, outside = 0;

	if (row->at == ARCH_PATCH_UNKNOWN || row->stride < least ||
	    (t->size % row->stride && t->size % row->stride < least))
		return false;
	for (size_t at = 0; at < t->size; at += row->stride, n++) {
		uint64_t place = place_of(row, t, at);

		outside += place < p->first || place >= p->end;
	}
	return outside <= n / 8;
}

static bool add_table(struct patch_sites *p, const struct arch_patch *row, const struct table *t)
{
	if (!fits(p, row, t))
		return false;
	for (size_t at = 0; at < t->size; at += row->stride) {
		uint64_t place = place_of(row, t, at);
		uint64_t len = row->size_at ? t->bytes[at + row->size_at] : row->after;

		patch_sites_add(p, place - row->before, len + row->before);
	}
	return true;
}

/* Its addresses are not in their places. */
static bool add_moved_table(struct patch_sites *p, const struct arch_patch *row,
			    const struct table *t)
{
	uint8_t *bytes = malloc(t->size);
	struct table moved = { .addr = t->addr, .bytes = bytes, .size = t->size };
	bool ok;

	p->failed |= !bytes;
	if (!bytes)
		return false;
	memcpy(bytes, t->bytes, t->size);
	image_relocs_apply(p->relocs, t->addr, bytes, t->size, 0);
	ok = add_table(p, row, &moved);
	free(bytes);
	return ok;
}

/* Does the section's name fit the row's, which may leave its end open? */
static bool is_named(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);

	if (len && wanted[len - 1] == '*')
		return !strncmp(name, wanted, len - 1);
	return !strcmp(name, wanted);
}

static bool has_section(const struct patch_sites *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_named(p->sections[i].name, name))
			return true;
	return false;
}

/* The bytes of [@addr, @end) in the file; false: it has not all of them. */
static bool bytes_at(const struct patch_sites *p, uint64_t addr, uint64_t end, struct table *ret)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct debuginfo_section *s = &p->sections[i];

		if (addr < s->addr || addr - s->addr > s->size || end < addr ||
		    end - addr > s->size - (addr - s->addr))
			continue;
		*ret = (struct table){ .addr = addr, .bytes = s->bytes + (addr - s->addr),
				       .size = end - addr };
		return true;
	}
	return false;
}

/* False: this vmlinux has such a table, and it is not as the row says. */
static bool add_symbols(struct patch_sites *p, struct debuginfo *di, const struct arch_patch *row)
{
	uint64_t start, stop;
	struct table t;

	if (debuginfo_symbol(di, row->start, &start, NULL) != PGC_OK)
		return true;
	if (!row->stop)
		stop = start + row->after;
	else if (debuginfo_symbol(di, row->stop, &stop, NULL) != PGC_OK)
		return true;
	if (stop <= start)
		return true;
	if (row->at == ARCH_PATCH_WHOLE) {
		patch_sites_add(p, start, stop - start);
		return true;
	}
	return bytes_at(p, start, stop, &t) &&
	       (row->at == ARCH_PATCH_FAR && image_relocs_any(p->relocs) ?
			add_moved_table(p, row, &t) : add_table(p, row, &t));
}

/* The same of all sections of the row's name, which a row before it may have had. */
static bool add_sections(struct patch_sites *p, const struct arch_patch *row, bool *done)
{
	bool all = true;

	for (size_t i = 0; i < p->n; i++) {
		const struct debuginfo_section *s = &p->sections[i];
		struct table t = { .addr = s->addr, .bytes = s->bytes, .size = s->size };
		bool fits_row;

		if (done[i] || !is_named(s->name, row->section))
			continue;
		fits_row = add_table(p, row, &t);
		done[i] = fits_row;
		all &= fits_row;
	}
	return all;
}

/* Is there a later row of the same section, with entries of another size? */
static bool has_other_size(const struct arch_patch *row)
{
	return row[1].at != ARCH_PATCH_NONE && row[1].section &&
	       !strcmp(row[1].section, row->section);
}

static enum pgc_status add_rows(struct patch_sites *p, struct debuginfo *di,
				const struct arch_patch *rows, bool *done, struct pgc_err *err)
{
	for (const struct arch_patch *row = rows; row->at != ARCH_PATCH_NONE; row++) {
		bool known = true;

		if (row->with && !has_section(p, row->with))
			continue;
		if (!row->section)
			known = add_symbols(p, di, row);
		else
			known = add_sections(p, row, done) || has_other_size(row);
		/* What is rewritten would be called damage. */
		if (!known)
			return pgc_err_set(err, PGC_ENOENT, "the table %s of what the kernel rewrites has another form",
					   row->section ? row->section : row->start);
	}
	return PGC_OK;
}

/* One pass over the symbol table for all of them. */
static enum pgc_status expect_symbols(struct debuginfo *di, const struct arch_patch *rows,
				      struct pgc_err *err)
{
	const char *names[64];
	size_t n = 0;

	for (; rows->at != ARCH_PATCH_NONE && n + 2 <= ARRAY_SIZE(names); rows++) {
		if (rows->section)
			continue;
		names[n++] = rows->start;
		if (rows->stop)
			names[n++] = rows->stop;
	}
	return debuginfo_expect_symbols(di, names, n, err);
}

enum pgc_status patch_sites_create(struct debuginfo *di, const struct arch *arch,
				   const struct image_relocs *relocs, uint64_t first, uint64_t end,
				   struct patch_sites **ret, struct pgc_err *err)
{
	struct patch_sites *p;
	bool *done = NULL;
	enum pgc_status st;

	if (!arch || !arch->patches)
		return pgc_err_set(err, PGC_ENOENT, "what a kernel of this architecture rewrites is unknown");
	if (end <= first || end - first > MAX_IMAGE)
		return pgc_err_set(err, PGC_ENOENT, "implausible size of the kernel image");
	p = calloc(1, sizeof(*p));
	if (!p)
		return pgc_err_nomem(err, "what the kernel rewrites");
	p->first = first;
	p->relocs = relocs;
	p->end = end;
	p->may = calloc(1, (end - first) / 8 + 1);
	debuginfo_section_each(di, add_section, p);
	done = calloc(p->n ? p->n : 1, sizeof(*done));
	if (!p->may || !done || p->failed) {
		st = pgc_err_nomem(err, "what the kernel rewrites");
	} else {
		st = expect_symbols(di, arch->patches, err);
		if (st == PGC_OK)
			st = add_rows(p, di, arch->patches, done, err);
		if (p->failed)
			st = pgc_err_nomem(err, "what the kernel rewrites");
	}
	free(done);
	free(p->sections);
	p->sections = NULL;
	if (st != PGC_OK) {
		patch_sites_destroy(p);
		return st;
	}
	*ret = p;
	return PGC_OK;
}

void patch_sites_destroy(struct patch_sites *p)
{
	if (!p)
		return;
	free(p->sections);
	free(p->may);
	free(p);
}
