/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF symbol table, and the little of the kernel's data that is read through it.
 */
#include "debuginfo/debuginfo_priv.h"

#include <gelf.h>
#include <string.h>

#include "base/checked.h"
#include "base/name_filter.h"
#include "base/target_int.h"

/* SHT_RELR, which older headers lack; and the words that one of its entries of bits stands for. */
#define TYPE_RELR 19
#define RELR_WORDS 63

static Elf64_Sym symtab_at(const struct di_symtab *tab, size_t i)
{
	Elf64_Sym sym;

	/* libelf promises no alignment when it maps the file. */
	memcpy(&sym, tab->syms + i * sizeof(sym), sizeof(sym));
	return sym;
}

/* NULL for what has no address of its own, or no name. */
static const char *symtab_name(const struct di_symtab *tab, const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION)
		return NULL;
	if (!sym->st_name || sym->st_name >= tab->str_size)
		return NULL;
	return tab->str + sym->st_name;
}

static enum pgc_status symtab_read(struct debuginfo *di, struct pgc_err *err)
{
	struct di_symtab *tab = &di->symtab;
	Elf_Data *syms, *str;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	if (tab->read)
		return PGC_OK;
	while ((scn = elf_nextscn(di->elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB)
			break;
	if (!scn) {
		tab->read = true;
		return PGC_OK;
	}
	syms = elf_getdata(scn, NULL);
	str = elf_getdata(elf_getscn(di->elf, sh.sh_link), NULL);
	if (!syms || !syms->d_buf || !str || !str->d_buf)
		return pgc_err_set(err, PGC_EFORMAT, "%s: symbol table: %s", di->path,
				   elf_errmsg(-1));
	tab->n = syms->d_size / sizeof(Elf64_Sym);
	tab->str = str->d_buf;
	tab->str_size = str->d_size;
	if (!tab->str_size || tab->str[tab->str_size - 1])
		return pgc_err_set(err, PGC_EFORMAT, "%s: symbol table: bad string table",
				   di->path);
	tab->syms = syms->d_buf;
	tab->read = true;
	return PGC_OK;
}

static void wanted_note(struct di_wanted *w, const Elf64_Sym *sym)
{
	bool global = ELF64_ST_BIND(sym->st_info) != STB_LOCAL;

	if (w->global || (!global && w->locals && w->sym.value == sym->st_value))
		return;
	w->sym = (struct di_sym){ .value = sym->st_value, .size = sym->st_size };
	w->global = global;
	w->locals += !global;
}

/* One pass over the whole table for all of @wanted. */
static void symtab_search(const struct di_symtab *tab, struct di_wanted *wanted, size_t n)
{
	struct name_filter filter = { .bits = { 0 } };

	for (size_t w = 0; w < n; w++)
		name_filter_add(&filter, wanted[w].name);
	/* Index 0 is the undefined symbol by definition. */
	for (size_t i = 1; i < tab->n; i++) {
		Elf64_Sym sym = symtab_at(tab, i);
		const char *name = symtab_name(tab, &sym);

		if (!name || !name_filter_passes(&filter, name))
			continue;
		for (size_t w = 0; w < n; w++)
			if (!strcmp(wanted[w].name, name))
				wanted_note(&wanted[w], &sym);
	}
}

enum pgc_status debuginfo_expect_symbols(struct debuginfo *di, const char *const *names,
					 size_t n, struct pgc_err *err)
{
	struct di_symtab *tab = &di->symtab;
	enum pgc_status st = symtab_read(di, err);
	struct di_wanted *wanted;

	if (st != PGC_OK || !tab->syms)
		return st;
	wanted = calloc(n ? n : 1, sizeof(*wanted));
	if (!wanted)
		return pgc_err_nomem(err, "symbols");
	for (size_t i = 0; i < n; i++)
		wanted[i].name = names[i];
	symtab_search(tab, wanted, n);
	free(tab->wanted);
	tab->wanted = wanted;
	tab->n_wanted = n;
	return PGC_OK;
}

/*
 * A global symbol is unique. Of local ones there may be several with the same name, and
 * then none is better than the wrong one.
 */
enum pgc_status di_symbol(struct debuginfo *di, const char *name, struct di_sym *ret,
			  struct pgc_err *err)
{
	const struct di_symtab *tab = &di->symtab;
	struct di_wanted one = { .name = name };
	const struct di_wanted *w = NULL;
	enum pgc_status st = symtab_read(di, err);

	if (st != PGC_OK)
		return st;
	if (!tab->syms)
		return pgc_err_set(err, PGC_ENOENT, "no symbol %s: no symbol table", name);
	for (size_t i = 0; i < tab->n_wanted && !w; i++)
		if (!strcmp(tab->wanted[i].name, name))
			w = &tab->wanted[i];
	if (!w) {
		symtab_search(tab, &one, 1);
		w = &one;
	}
	if (!w->global && w->locals > 1)
		return pgc_err_set(err, PGC_ENOENT, "%u local symbols are named %s", w->locals,
				   name);
	if (!w->global && !w->locals)
		return pgc_err_set(err, PGC_ENOENT, "no symbol %s", name);
	*ret = w->sym;
	return PGC_OK;
}

enum pgc_status debuginfo_symbol(struct debuginfo *di, const char *name, uint64_t *addr,
				 struct pgc_err *err)
{
	struct di_sym sym;
	enum pgc_status st = di_symbol(di, name, &sym, err);

	if (st == PGC_OK)
		*addr = sym.value;
	return st;
}

const char *debuginfo_symbol_near(struct debuginfo *di, uint64_t addr, uint64_t *start)
{
	struct di_symtab *tab = &di->symtab;
	const char *best = NULL;
	bool inside = false;

	*start = 0;
	if (symtab_read(di, NULL) != PGC_OK)
		return NULL;
	for (size_t i = 1; i < tab->n; i++) {
		Elf64_Sym sym = symtab_at(tab, i);
		const char *name = symtab_name(tab, &sym);
		bool is_in = sym.st_size && addr - sym.st_value < sym.st_size;

		if (!name || sym.st_shndx == SHN_ABS || sym.st_value > addr)
			continue;
		/* What has a size that does not reach so far is another thing. */
		if (best && (is_in != inside ? inside : sym.st_value <= *start))
			continue;
		best = name;
		*start = sym.st_value;
		inside = is_in;
	}
	return best;
}

void debuginfo_section_each(struct debuginfo *di, debuginfo_section_fn *fn, void *arg)
{
	const char *image;
	Elf_Scn *scn = NULL;
	size_t names = 0, size;
	GElf_Shdr sh;

	/* Not the file: that may be compressed. */
	image = elf_rawfile(di->elf, &size);
	if (!image || elf_getshdrstrndx(di->elf, &names))
		return;
	while ((scn = elf_nextscn(di->elf, scn))) {
		struct debuginfo_section s;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_PROGBITS ||
		    !(sh.sh_flags & SHF_ALLOC) || sh.sh_flags & SHF_COMPRESSED)
			continue;
		/* Nor does it wrap around where it is loaded. */
		if (!range_ok(sh.sh_offset, sh.sh_size, size) || sh.sh_size > UINT64_MAX - sh.sh_addr)
			continue;
		s = (struct debuginfo_section){
			.name = elf_strptr(di->elf, names, sh.sh_name), .addr = sh.sh_addr,
			.bytes = (const uint8_t *)image + sh.sh_offset, .size = sh.sh_size,
			.writable = sh.sh_flags & SHF_WRITE,
		};
		if (!s.name)
			s.name = "";
		if (!fn(arg, &s))
			return;
	}
}

/* An entry is an address; or has its lowest bit set, and each other stands for one of the next words. */
static bool relr_each(const char *bytes, uint64_t size, debuginfo_reloc_fn *fn, void *arg)
{
	struct debuginfo_reloc r = { .in_place = true };
	uint64_t next = 0;

	for (uint64_t at = 0; at + 8 <= size; at += 8) {
		uint64_t entry = target_u64(bytes + at);

		r.addr = entry & 1 ? next : entry;
		if (!(entry & 1)) {
			if (!fn(arg, &r))
				return false;
			next = entry + 8;
			continue;
		}
		while (entry >>= 1) {
			if (entry & 1 && !fn(arg, &r))
				return false;
			r.addr += 8;
		}
		next += RELR_WORDS * 8;
	}
	return true;
}

static bool rela_each(const char *bytes, uint64_t size, uint32_t type, debuginfo_reloc_fn *fn,
		      void *arg)
{
	for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= size; at += sizeof(Elf64_Rela)) {
		struct debuginfo_reloc r = { .addr = target_u64(bytes + at),
					     .value = target_u64(bytes + at + 16) };

		if ((uint32_t)target_u64(bytes + at + 8) == type && !fn(arg, &r))
			return false;
	}
	return true;
}

void debuginfo_reloc_each(struct debuginfo *di, uint32_t type, debuginfo_reloc_fn *fn, void *arg)
{
	Elf_Scn *scn = NULL;
	const char *image;
	size_t size;
	GElf_Shdr sh;
	bool more = true;

	image = elf_rawfile(di->elf, &size);
	while (more && image && (scn = elf_nextscn(di->elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || !(sh.sh_flags & SHF_ALLOC) ||
		    !range_ok(sh.sh_offset, sh.sh_size, size))
			continue;
		if (sh.sh_type == SHT_RELA)
			more = rela_each(image + sh.sh_offset, sh.sh_size, type, fn, arg);
		else if (sh.sh_type == TYPE_RELR)
			more = relr_each(image + sh.sh_offset, sh.sh_size, fn, arg);
	}
}

/* Bytes in the file at a link-time address. */
struct wanted_data {
	uint64_t addr;
	char *buf;
	size_t size, got;
};

static bool take_data(void *arg, const struct debuginfo_section *s)
{
	struct wanted_data *w = arg;
	uint64_t from = w->addr - s->addr;

	if (w->addr < s->addr || from >= s->size)
		return true;
	w->got = w->size < s->size - from ? w->size : s->size - from;
	memcpy(w->buf, s->bytes + from, w->got);
	return false;
}

/* The bytes in the file at link-time address @addr, as many as there are up to @size. */
static size_t read_data(struct debuginfo *di, uint64_t addr, char *buf, size_t size)
{
	struct wanted_data w = { .addr = addr, .buf = buf, .size = size };

	debuginfo_section_each(di, take_data, &w);
	return w.got;
}

enum pgc_status debuginfo_release(struct debuginfo *di, char *buf, size_t size,
				  struct pgc_err *err)
{
	static const char intro[] = "Linux version ";
	const size_t skip = sizeof(intro) - 1;
	char banner[128];
	size_t n, len = 0;
	uint64_t addr;
	enum pgc_status st = debuginfo_symbol(di, "linux_banner", &addr, err);

	buf[0] = '\0';
	if (st != PGC_OK)
		return st;
	n = read_data(di, addr, banner, sizeof(banner));
	if (n > skip && !memcmp(banner, intro, skip))
		while (skip + len < n && banner[skip + len] > ' ' && banner[skip + len] < 0x7f)
			len++;
	/* A release that the buffer cuts off is none. */
	if (!len || skip + len == n || len >= size)
		return pgc_err_set(err, PGC_ENOENT, "no release in linux_banner");
	memcpy(buf, banner + skip, len);
	buf[len] = '\0';
	return PGC_OK;
}

enum pgc_status debuginfo_function_each(struct debuginfo *di, debuginfo_function_fn *fn,
					void *arg, struct pgc_err *err)
{
	struct di_symtab *tab = &di->symtab;
	enum pgc_status st = symtab_read(di, err);

	if (st != PGC_OK)
		return st;
	for (size_t i = 1; i < tab->n; i++) {
		Elf64_Sym sym = symtab_at(tab, i);
		const char *name = symtab_name(tab, &sym);

		if (!name || ELF64_ST_TYPE(sym.st_info) != STT_FUNC || !sym.st_size)
			continue;
		if (!fn(arg, name, sym.st_value, sym.st_size))
			break;
	}
	return PGC_OK;
}
