// SPDX-License-Identifier: GPL-2.0-or-later
#include "debuginfo/debuginfo_module.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>
#include <libelf.h>

#include "dump/dump_packed.h"

#define MAX_FILE (512u << 20)	/* of one that is unpacked: with debug information, too */
#define MAX_SECTIONS 5000u
#define MAX_RELOCS (1u << 20)

struct module_file {
	int fd;
	unsigned char *unpacked;	/* the file, if it was compressed */
	Elf *elf;
	size_t n;	/* of sections, with the empty one */
	struct module_section *sections;
	Elf_Data *symbols;
	size_t n_symbols, names;	/* names: the section of their names */
};

static Elf_Data *data_of(Elf_Scn *scn)
{
	Elf_Data *d = elf_getdata(scn, NULL);

	return d && d->d_buf ? d : NULL;
}

static bool take_section(struct module_file *m, size_t i, size_t names)
{
	struct module_section *s = &m->sections[i];
	Elf_Scn *scn = elf_getscn(m->elf, i);
	GElf_Shdr sh;
	Elf_Data *d;

	if (!scn || !gelf_getshdr(scn, &sh))
		return false;
	s->name = elf_strptr(m->elf, names, sh.sh_name);
	s->alloc = sh.sh_flags & SHF_ALLOC;
	s->exec = sh.sh_flags & SHF_EXECINSTR;
	s->writable = sh.sh_flags & SHF_WRITE;
	s->align = sh.sh_addralign;
	s->size = sh.sh_size;
	d = sh.sh_type == SHT_NOBITS ? NULL : data_of(scn);
	if (d && d->d_size >= s->size)
		s->bytes = d->d_buf;
	if (sh.sh_type == SHT_SYMTAB && sh.sh_entsize) {
		m->symbols = d;
		m->n_symbols = d ? d->d_size / sh.sh_entsize : 0;
		m->names = sh.sh_link;
	}
	return s->name;
}

/* Where a symbol is, if it is in the module. */
static void locate(const struct module_file *m, struct module_reloc *r)
{
	GElf_Sym sym;

	if (r->symbol >= m->n_symbols || !gelf_getsym(m->symbols, (int)r->symbol, &sym) ||
	    sym.st_shndx >= m->n)
		return;
	r->section = sym.st_shndx;
	r->value = sym.st_value;
}

static enum pgc_status take_relocs(struct module_file *m, size_t i, struct pgc_err *err)
{
	Elf_Scn *scn = elf_getscn(m->elf, i);
	struct module_section *s;
	GElf_Shdr sh;
	Elf_Data *d;
	size_t n;

	if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_RELA || !sh.sh_entsize || !sh.sh_info ||
	    sh.sh_info >= m->n)
		return PGC_OK;
	d = data_of(scn);
	s = &m->sections[sh.sh_info];
	n = d ? d->d_size / sh.sh_entsize : 0;
	if (!n || n > MAX_RELOCS || s->relocs)
		return PGC_OK;
	s->relocs = calloc(n, sizeof(*s->relocs));
	if (!s->relocs)
		return pgc_err_nomem(err, "relocations of a module");
	for (size_t at = 0; at < n; at++) {
		struct module_reloc *r = &s->relocs[s->n_relocs];
		GElf_Rela rela;

		if (!gelf_getrela(d, (int)at, &rela) || rela.r_offset >= s->size)
			continue;
		*r = (struct module_reloc){ .offset = rela.r_offset, .addend = rela.r_addend,
					    .symbol = (uint32_t)GELF_R_SYM(rela.r_info),
					    .type = (uint32_t)GELF_R_TYPE(rela.r_info) };
		locate(m, r);
		s->n_relocs++;
	}
	return PGC_OK;
}

static enum pgc_status read_all(struct module_file *m, const char *path, struct pgc_err *err)
{
	size_t names;
	GElf_Ehdr eh;
	enum pgc_status st = PGC_OK;

	if (elf_kind(m->elf) != ELF_K_ELF || !gelf_getehdr(m->elf, &eh) || eh.e_type != ET_REL ||
	    elf_getshdrnum(m->elf, &m->n) || elf_getshdrstrndx(m->elf, &names) || !m->n ||
	    m->n > MAX_SECTIONS)
		return pgc_err_set(err, PGC_ENOENT, "%s: not a kernel module", path);
	m->sections = calloc(m->n, sizeof(*m->sections));
	if (!m->sections)
		return pgc_err_nomem(err, "sections of a module");
	for (size_t i = 1; i < m->n; i++)
		if (!take_section(m, i, names))
			return pgc_err_set(err, PGC_ENOENT, "%s: its sections cannot be read", path);
	for (size_t i = 1; st == PGC_OK && i < m->n; i++)
		st = take_relocs(m, i, err);
	return st;
}

static void open_elf(struct module_file *m)
{
	char head[8];
	ssize_t n = pread(m->fd, head, sizeof(head), 0);
	size_t len;

	if (n <= 0 || !dump_packed_name(head, (size_t)n))
		m->elf = elf_begin(m->fd, ELF_C_READ_MMAP, NULL);
	else if (dump_packed_memory(m->fd, MAX_FILE, &m->unpacked, &len, NULL) == PGC_OK)
		m->elf = elf_memory((char *)m->unpacked, len);
}

enum pgc_status module_file_open(const char *path, struct module_file **ret, struct pgc_err *err)
{
	struct module_file *m = calloc(1, sizeof(*m));
	enum pgc_status st;

	if (!m)
		return pgc_err_nomem(err, "the file of a module");
	elf_version(EV_CURRENT);
	m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (m->fd >= 0)
		open_elf(m);
	st = m->elf ? read_all(m, path, err) :
		      pgc_err_set(err, PGC_ENOENT, "%s: cannot be read", path);
	if (st != PGC_OK) {
		module_file_close(m);
		return st;
	}
	*ret = m;
	return PGC_OK;
}

void module_file_close(struct module_file *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->sections && i < m->n; i++)
		free(m->sections[i].relocs);
	free(m->sections);
	if (m->elf)
		elf_end(m->elf);
	free(m->unpacked);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

const struct module_section *module_file_section(const struct module_file *m, size_t i)
{
	return i && i < m->n ? &m->sections[i] : NULL;
}

const char *module_file_symbol(const struct module_file *m, size_t i, uint64_t offset,
			       uint64_t *start)
{
	const char *best = NULL;

	for (size_t at = 0; at < m->n_symbols; at++) {
		const char *name;
		GElf_Sym sym;

		if (!gelf_getsym(m->symbols, (int)at, &sym) || sym.st_shndx != i ||
		    sym.st_value > offset || GELF_ST_TYPE(sym.st_info) != STT_FUNC ||
		    (best && sym.st_value <= *start))
			continue;
		name = elf_strptr(m->elf, m->names, sym.st_name);
		if (!name || !name[0])
			continue;
		best = name;
		*start = sym.st_value;
	}
	return best;
}
