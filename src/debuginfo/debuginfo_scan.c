/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of all compile units, past libdw: it would read and keep the whole table of
 * abbreviations of each of some thousand units (GCC gives the unit's own DIE one of the last
 * codes), and touch as many places of a mapped file. Here a unit costs one small read.
 *
 * Only what compilers write for a kernel is understood: 32-bit DWARF, sections that are not
 * compressed, a name among the first attributes. Anything else is left to libdw, which also
 * has the last word on the units that are then opened.
 */
#include "debuginfo/debuginfo_priv.h"

#include <dwarf.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/target_int.h"

/* Bytes at the start of a unit that hold its header and its name. */
#define HEAD 128
#define MAX_CUS (1u << 20)

/* A reader that stops at the end and remembers that it had to. */
struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

static uint64_t take(struct cursor *c, unsigned int size)
{
	uint64_t val;

	if (c->bad || (size_t)(c->end - c->p) < size) {
		c->bad = true;
		return 0;
	}
	val = target_uint(c->p, size);
	c->p += size;
	return val;
}

static uint64_t take_long_leb(struct cursor *c)
{
	uint64_t val = 0;

	for (unsigned int shift = 0; shift < 70 && c->p < c->end; shift += 7) {
		uint8_t byte = *c->p++;

		if (shift < 64)
			val |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return val;
	}
	c->bad = true;
	return 0;
}

/* LEB128, of either kind: a signed one is only ever skipped. Most are one byte. */
static inline uint64_t take_leb(struct cursor *c)
{
	return c->p < c->end && *c->p < 0x80 ? *c->p++ : take_long_leb(c);
}

/* Go to the attributes of abbreviation @code, in the table at @c. */
static bool find_abbrev(struct cursor *c, uint64_t code, uint64_t *tag)
{
	uint64_t found, attr, form;

	while ((found = take_leb(c)) && !c->bad) {
		*tag = take_leb(c);
		take(c, 1); /* has children */
		if (found == code)
			return !c->bad;
		do {
			attr = take_leb(c);
			form = take_leb(c);
			if (form == DW_FORM_implicit_const)
				take_leb(c);
		} while ((attr || form) && !c->bad);
	}
	return false;
}

/* The value of an attribute. One whose form is not to be met before a name ends it all. */
static uint64_t take_value(struct cursor *c, uint64_t form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_flag:
		return take(c, 1);
	case DW_FORM_data2:
		return take(c, 2);
	case DW_FORM_data4:
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
		return take(c, 4);
	case DW_FORM_data8:
	case DW_FORM_addr:
		return take(c, 8);
	case DW_FORM_udata:
		return take_leb(c);
	default:
		c->bad = true;
		return 0;
	}
}

static const char *string_at(const struct di_bytes *strings, uint64_t off)
{
	return off < strings->size ? (const char *)strings->start + off : NULL;
}

/* The name in the DIE at @die, with the attributes at @abbrev; NULL: none, or unclear. */
static const char *find_name(const struct debuginfo *di, struct cursor *die,
			     struct cursor *abbrev)
{
	while (!abbrev->bad && !die->bad) {
		uint64_t attr = take_leb(abbrev), form = take_leb(abbrev), val;

		if (form == DW_FORM_implicit_const)
			take_leb(abbrev);
		val = take_value(die, form); /* the list ends with 0, which is no form */
		if (attr != DW_AT_name || die->bad)
			continue;
		if (form == DW_FORM_strp)
			return string_at(&di->plain.str, val);
		return form == DW_FORM_line_strp ? string_at(&di->plain.line_str, val) : NULL;
	}
	return NULL;
}

/* What the header of a unit says. */
struct head {
	uint64_t end;		/* of the unit, in the section */
	uint64_t die;		/* its own DIE, from the unit's start */
	uint64_t abbrev;	/* offset of its table */
	bool skip;		/* a type unit */
};

static bool read_head(struct cursor *c, uint64_t start, uint64_t size, struct head *h)
{
	const uint8_t *from = c->p;
	uint64_t len = take(c, 4), version = take(c, 2), addr_size;

	h->skip = false;
	if (version == 5) {
		uint64_t type = take(c, 1);

		if (type != DW_UT_compile && type != DW_UT_partial && type != DW_UT_type)
			return false;
		h->skip = type == DW_UT_type;
		addr_size = take(c, 1);
		h->abbrev = take(c, 4);
	} else {
		h->abbrev = take(c, 4);
		addr_size = take(c, 1);
	}
	h->die = (uint64_t)(c->p - from);
	h->end = start + 4 + len;
	return !c->bad && version >= 2 && version <= 5 && addr_size == 8 &&
	       len < 0xfffffff0 && len + 4 > h->die && h->end <= size;
}

/* Read the unit at @start; false: not as plain as it should be. */
static bool scan_unit(const struct debuginfo *di, uint64_t start, uint64_t *budget,
		      struct head *head, const char **name)
{
	const struct di_plain *plain = &di->plain;
	uint64_t left = plain->info_size - start, tag = 0;
	size_t want = left < HEAD ? (size_t)left : HEAD;
	struct cursor die, abbrev;
	uint8_t raw[HEAD];
	bool found;

	*name = NULL;
	if (pread(di->fd, raw, want, (off_t)(plain->info_offset + start)) != (ssize_t)want)
		return false;
	die = (struct cursor){ .p = raw, .end = raw + want };
	if (!read_head(&die, start, plain->info_size, head))
		return false;
	if (head->skip)
		return true;
	if (head->abbrev >= plain->abbrev.size)
		return false;
	abbrev = (struct cursor){ .p = plain->abbrev.start + head->abbrev,
				  .end = plain->abbrev.start + plain->abbrev.size };
	if ((uint64_t)(abbrev.end - abbrev.p) > *budget)
		abbrev.end = abbrev.p + *budget;
	found = find_abbrev(&abbrev, take_leb(&die), &tag);
	*budget -= (uint64_t)(abbrev.p - plain->abbrev.start) - head->abbrev;
	if (!found || die.bad)
		return false;
	if (tag == DW_TAG_compile_unit)
		*name = find_name(di, &die, &abbrev);
	return tag != DW_TAG_compile_unit || *name;
}

enum pgc_status di_cu_add(struct debuginfo *di, const char *name, uint64_t off,
			  struct pgc_err *err)
{
	struct di_cu *bigger = array_grow(di->cu, &di->cu_room, di->n_cu, sizeof(*di->cu));

	if (!bigger)
		return pgc_err_nomem(err, "compile units");
	di->cu = bigger;
	if (di->n_cu >= MAX_CUS)
		return pgc_err_set(err, PGC_EFORMAT, "%s: more than %u compile units", di->path,
				   MAX_CUS);
	di->cu[di->n_cu++] = (struct di_cu){ .name = name, .len = strlen(name), .off = off };
	return PGC_OK;
}

enum pgc_status di_scan_units(struct debuginfo *di, struct pgc_err *err)
{
	/* A table for each unit: more than once over all of them is no compiler's work. */
	uint64_t budget = 2 * di->plain.abbrev.size;
	enum pgc_status st = PGC_OK;
	struct head head;
	const char *name;

	if (!di->plain.usable)
		return PGC_ENOENT;
	for (uint64_t at = 0; st == PGC_OK && at < di->plain.info_size; at = head.end) {
		if (!scan_unit(di, at, &budget, &head, &name))
			return PGC_ENOENT;
		if (name)
			st = di_cu_add(di, name, at + head.die, err);
	}
	return st;
}

static bool take_section(Elf_Scn *scn, const GElf_Shdr *sh, struct di_bytes *ret)
{
	Elf_Data *data = elf_rawdata(scn, NULL);

	if (ret->start || !data || !data->d_buf || data->d_size != sh->sh_size)
		return false;
	*ret = (struct di_bytes){ .start = data->d_buf, .size = data->d_size };
	return true;
}

static bool has_end(const struct di_bytes *strings)
{
	return !strings->size || !strings->start[strings->size - 1];
}

/* One section, by its name; false: the file is not plain. */
static bool note_section(struct di_plain *plain, Elf_Scn *scn, const GElf_Shdr *sh,
			 const char *name)
{
	if (strncmp(name, ".debug_", strlen(".debug_")))
		return strncmp(name, ".zdebug_", strlen(".zdebug_")) != 0;
	if (sh->sh_type == SHT_NOBITS || sh->sh_flags & SHF_COMPRESSED)
		return false;
	if (!strcmp(name, ".debug_abbrev"))
		return take_section(scn, sh, &plain->abbrev);
	if (!strcmp(name, ".debug_str"))
		return take_section(scn, sh, &plain->str);
	if (!strcmp(name, ".debug_line_str"))
		return take_section(scn, sh, &plain->line_str);
	if (strcmp(name, ".debug_info"))
		return true;
	if (plain->info_size)
		return false;
	plain->info_offset = sh->sh_offset;
	plain->info_size = sh->sh_size;
	return true;
}

void di_scan_prepare(struct debuginfo *di)
{
	struct di_plain *plain = &di->plain;
	Elf_Scn *scn = NULL;
	size_t names = 0;
	GElf_Ehdr hdr;

	if (!gelf_getehdr(di->elf, &hdr) || hdr.e_type == ET_REL ||
	    elf_getshdrstrndx(di->elf, &names))
		return;
	while ((scn = elf_nextscn(di->elf, scn))) {
		GElf_Shdr sh;
		const char *name;

		if (!gelf_getshdr(scn, &sh) || !(name = elf_strptr(di->elf, names, sh.sh_name)) ||
		    !note_section(plain, scn, &sh, name))
			return;
	}
	plain->usable = plain->info_size && plain->abbrev.size && has_end(&plain->str) &&
			has_end(&plain->line_str);
}
