/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debuginfo/debuginfo_priv.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "arch/arch.h"
#include "dump/file_kind.h"

#define MAX_BUILD_ID 64

/* gzip, bzip2, xz, zstd: what libdw may be built to inflate. */
static bool is_compressed(const void *head, ssize_t len)
{
	static const char *const magic[] = { "\x1f\x8b", "BZh", "\xfd" "7zXZ", "\x28\xb5\x2f\xfd" };

	for (size_t i = 0; i < ARRAY_SIZE(magic); i++)
		if (len >= 8 && !memcmp(head, magic[i], strlen(magic[i])))
			return true;
	return false;
}

/*
 * Debug files are large, and kept compressed as a whole: libdw inflates those into memory.
 * *@hdr and *@got become those of what was inside.
 */
static enum pgc_status inflate(struct debuginfo *di, Elf64_Ehdr *hdr, ssize_t *got,
			       struct pgc_err *err)
{
	const char *image;
	size_t size = 0;

	elf_version(EV_CURRENT);
	di->elf = dwelf_elf_begin(di->fd);
	if (!di->elf || elf_kind(di->elf) != ELF_K_ELF || !(image = elf_rawfile(di->elf, &size)))
		return pgc_err_set(err, PGC_EFORMAT, "%s: a compressed file, but not a vmlinux that libdw %s can inflate: uncompress it first",
				   di->path, dwfl_version(NULL));
	*got = size < sizeof(*hdr) ? (ssize_t)size : (ssize_t)sizeof(*hdr);
	memcpy(hdr, image, (size_t)*got);
	return PGC_OK;
}

static enum pgc_status wrong_machine(const struct debuginfo *di, const Elf64_Ehdr *hdr,
				     struct pgc_err *err)
{
	bool big = hdr->e_ident[EI_DATA] == ELFDATA2MSB;
	unsigned int machine = big ? be16toh(hdr->e_machine) : le16toh(hdr->e_machine);
	const char *name = arch_machine_name(machine, big);

	return pgc_err_set(err, PGC_EFORMAT, "%s: not a vmlinux of a 64-bit little-endian machine, but a %s-bit %s-endian ELF file%s%s",
			   di->path, hdr->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
			   big ? "big" : "little", name ? " of " : "", name ? name : "");
}

static enum pgc_status check_header(struct debuginfo *di, uint64_t size, struct pgc_err *err)
{
	Elf64_Ehdr hdr = { .e_type = ET_NONE };
	ssize_t got = pread(di->fd, &hdr, sizeof(hdr), 0);
	const unsigned char *id = hdr.e_ident;

	if (got < 0)
		return pgc_err_set(err, PGC_EIO, "%s: %s", di->path, strerror(errno));
	if (is_compressed(&hdr, got)) {
		enum pgc_status st = inflate(di, &hdr, &got, err);

		if (st != PGC_OK)
			return st;
	}
	if (got < EI_NIDENT || memcmp(id, ELFMAG, SELFMAG)) {
		enum pgc_status st = file_kind_refuse(di->fd, size, di->path, FILE_VMLINUX, err);

		return pgc_err_add(err, st, "%s", di->path);
	}
	if (id[EI_CLASS] != ELFCLASS64 || id[EI_DATA] != ELFDATA2LSB)
		return wrong_machine(di, &hdr, err);
	if (got < (ssize_t)sizeof(hdr))
		return pgc_err_set(err, PGC_EFORMAT, "%s: truncated ELF header", di->path);
	if (hdr.e_type == ET_CORE)
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a vmlinux, but an ELF core: give one vmlinux and one dump, or all pieces of one dump", di->path);
	if (hdr.e_type == ET_REL)
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a vmlinux, but an ELF object (a kernel module?): the vmlinux of the same build is needed",
				   di->path);
	return PGC_OK;
}

/* libelf would only say "no DWARF" of a download that was cut short. */
static enum pgc_status check_sections(struct debuginfo *di, uint64_t file_size,
				      bool *has_dwarf, bool *is_kernel, struct pgc_err *err)
{
	Elf_Scn *scn = NULL;
	size_t names = 0;
	GElf_Ehdr hdr;

	*has_dwarf = *is_kernel = false;
	/* They are the last thing in the file; libelf passes over those that are not there. */
	if (gelf_getehdr(di->elf, &hdr) && hdr.e_shoff > file_size)
		return pgc_err_set(err, PGC_EFORMAT,
				   "%s: truncated: the section headers are at 0x%" PRIx64 ", the file ends at 0x%" PRIx64,
				   di->path, hdr.e_shoff, file_size);
	if (elf_getshdrstrndx(di->elf, &names))
		return pgc_err_set(err, PGC_EFORMAT, "%s: section headers: %s", di->path,
				   elf_errmsg(-1));
	while ((scn = elf_nextscn(di->elf, scn))) {
		const char *name;
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh))
			return pgc_err_set(err, PGC_EFORMAT, "%s: section %zu: %s", di->path,
					   elf_ndxscn(scn), elf_errmsg(-1));
		name = elf_strptr(di->elf, names, sh.sh_name);
		if (name && (!strcmp(name, ".init.text") || !strcmp(name, "__ksymtab")))
			*is_kernel = true;
		if (sh.sh_type == SHT_NOBITS || sh.sh_type == SHT_NULL)
			continue;
		if (sh.sh_offset > file_size || sh.sh_size > file_size - sh.sh_offset)
			return pgc_err_set(err, PGC_EFORMAT,
					   "%s: truncated: section %zu (%s) ends at 0x%" PRIx64 ", the file at 0x%" PRIx64,
					   di->path, elf_ndxscn(scn), name ? name : "?",
					   sh.sh_offset + sh.sh_size, file_size);
		if (name && (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info")))
			*has_dwarf = true;
	}
	return PGC_OK;
}

/* The file as ELF. *@has_dwarf: does it hold debug information? *@is_kernel: is it of a kernel? */
static enum pgc_status open_elf(struct debuginfo *di, bool *has_dwarf, bool *is_kernel,
				struct pgc_err *err)
{
	enum pgc_status st;
	struct stat sb;
	size_t n, size = 0;

	/* O_NONBLOCK: a FIFO must not hang us before it can be refused. */
	di->fd = open(di->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (di->fd < 0 || fstat(di->fd, &sb))
		return pgc_err_add(err, file_kind_missing(di->path, errno, FILE_VMLINUX, err), "%s", di->path);
	if (!S_ISREG(sb.st_mode))
		return pgc_err_add(err, file_kind_special(di->path, sb.st_mode, FILE_VMLINUX, err), "%s", di->path);
	st = check_header(di, (uint64_t)sb.st_size, err);
	if (st != PGC_OK)
		return st;
	elf_version(EV_CURRENT);
	if (di->elf)
		(void)elf_rawfile(di->elf, &size);
	else
		di->elf = elf_begin(di->fd, ELF_C_READ_MMAP, NULL);
	if (!di->elf || elf_getshdrnum(di->elf, &n))
		return pgc_err_set(err, PGC_EFORMAT, "%s: %s", di->path, elf_errmsg(-1));
	return check_sections(di, size ? size : (uint64_t)sb.st_size, has_dwarf, is_kernel, err);
}

static enum pgc_status open_dwarf(struct debuginfo *di, struct pgc_err *err)
{
	bool has_dwarf, is_kernel;
	enum pgc_status st = open_elf(di, &has_dwarf, &is_kernel, err);

	if (st != PGC_OK)
		return st;
	if (!has_dwarf && !is_kernel)
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a vmlinux, but another ELF file without debug info: the vmlinux of the dump's build is needed",
				   di->path);
	if (!has_dwarf)
		return pgc_err_set(err, PGC_EFORMAT,
				   "%s has no DWARF debug info: install the debug package (linux-image-...-dbg) or build with CONFIG_DEBUG_INFO",
				   di->path);
	di_scan_prepare(di);
	di->dw = dwarf_begin_elf(di->elf, DWARF_C_READ, NULL);
	if (!di->dw)
		return pgc_err_set(err, PGC_EFORMAT, "%s: DWARF: %s", di->path,
				   dwarf_errmsg(-1));
	return PGC_OK;
}

static enum pgc_status read_build_id(struct debuginfo *di, struct pgc_err *err)
{
	const void *id = NULL;
	ssize_t len = dwelf_elf_gnu_build_id(di->elf, &id);
	const unsigned char *byte = id;

	if (len <= 0 || len > MAX_BUILD_ID)
		return PGC_OK; /* none, or none that could be compared */
	di->build_id = malloc(2 * (size_t)len + 1);
	if (!di->build_id)
		return pgc_err_nomem(err, "build-id");
	for (ssize_t i = 0; i < len; i++)
		snprintf(di->build_id + 2 * i, 3, "%02x", byte[i]);
	return PGC_OK;
}

enum pgc_status debuginfo_open(const char *path, struct debuginfo **ret, struct pgc_err *err)
{
	struct debuginfo *di = calloc(1, sizeof(*di));
	enum pgc_status st;

	if (!di)
		return pgc_err_nomem(err, path);
	di->fd = -1;
	di->path = strdup(path);
	st = di->path ? open_dwarf(di, err) : pgc_err_nomem(err, path);
	if (st == PGC_OK)
		st = read_build_id(di, err);
	if (st != PGC_OK) {
		debuginfo_close(di);
		return st;
	}
	*ret = di;
	return PGC_OK;
}

enum pgc_status debuginfo_probe(const char *path, struct debuginfo_probe *ret,
				struct pgc_err *err)
{
	struct debuginfo *di = calloc(1, sizeof(*di));
	enum pgc_status st;
	const char *link;
	bool is_kernel;
	GElf_Word crc;

	*ret = (struct debuginfo_probe){ .has_dwarf = false };
	if (!di)
		return pgc_err_nomem(err, path);
	di->fd = -1;
	di->path = strdup(path);
	st = di->path ? open_elf(di, &ret->has_dwarf, &is_kernel, err) : pgc_err_nomem(err, path);
	if (st == PGC_OK)
		st = read_build_id(di, err);
	if (st == PGC_OK && di->build_id)
		snprintf(ret->build_id, sizeof(ret->build_id), "%s", di->build_id);
	link = st == PGC_OK ? dwelf_elf_gnu_debuglink(di->elf, &crc) : NULL;
	if (link && !strchr(link, '/'))
		snprintf(ret->debuglink, sizeof(ret->debuglink), "%s", link);
	if (st == PGC_OK && debuginfo_release(di, ret->release, sizeof(ret->release), NULL) != PGC_OK)
		ret->release[0] = '\0';
	debuginfo_close(di);
	return st;
}

void debuginfo_close(struct debuginfo *di)
{
	if (!di)
		return;
	di_units_free(di);
	free(di->symtab.wanted);
	if (di->dw)
		dwarf_end(di->dw);
	if (di->elf)
		elf_end(di->elf);
	if (di->fd >= 0)
		close(di->fd);
	free(di->build_id);
	free(di->path);
	free(di);
}

const char *debuginfo_build_id(const struct debuginfo *di)
{
	return di->build_id;
}

const char *debuginfo_library_version(void)
{
	return dwfl_version(NULL);
}
