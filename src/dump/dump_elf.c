/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_elf.h"
#include "dump/dump_io.h"
#include "dump/dump_map.h"

/* Enough for every 2 MiB of 2 TiB to be a range of its own; 56 MiB of headers. */
#define PHNUM_MAX (1u << 20)

/* [start, end) of physical memory; @off is the file offset of its first byte. */
struct extent {
	uint64_t start, end, off;
};

/* Sorted by address and disjoint. */
struct extents {
	struct extent *v;
	size_t n;
};

struct dump_elf {
	int fd;
	uint64_t size;
	struct dump_elf_info info;
	struct extents data;	/* bytes that are in the file */
	struct extents cut;	/* bytes that should be, but lie past its end */
	struct extents ram;	/* all that the headers call memory */
	struct dump_map *map;	/* NULL: only pread() */
};

static int extent_cmp(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->off > y->off) - (x->off < y->off);
}

/* Sort, and cut overlaps away: where two hold the same address, the lower start wins. */
static void extents_settle(struct extents *ex)
{
	uint64_t seen = 0;
	size_t i, n = 0;

	if (!ex->n)
		return;
	qsort(ex->v, ex->n, sizeof(*ex->v), extent_cmp);
	for (i = 0; i < ex->n; i++) {
		struct extent e = ex->v[i];

		if (e.start < seen) {
			e.off += seen - e.start;
			e.start = seen;
		}
		if (e.start >= e.end)
			continue;
		seen = e.end;
		ex->v[n++] = e;
	}
	ex->n = n;
}

/* The first extent that ends above @addr; ex->n when there is none. */
static size_t extents_find(const struct extents *ex, uint64_t addr)
{
	size_t lo = 0, hi = ex->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ex->v[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool extents_has(const struct extents *ex, uint64_t addr)
{
	size_t i = extents_find(ex, addr);

	return i < ex->n && ex->v[i].start <= addr;
}

static void extents_add(struct extents *ex, uint64_t start, uint64_t len, uint64_t off)
{
	struct extent *e = &ex->v[ex->n];

	e->start = start;
	e->off = off;
	if (!add_ok(start, len, &e->end))
		e->end = UINT64_MAX;
	if (e->end > e->start)
		ex->n++;
}

static void add_load(struct dump_elf *de, uint64_t paddr, uint64_t off, uint64_t filesz,
		     uint64_t memsz)
{
	uint64_t there = 0;

	/* /proc/kcore: -1 says "virtual only, no physical address". */
	if (paddr == UINT64_MAX)
		return;
	if (off < de->size)
		there = filesz < de->size - off ? filesz : de->size - off;
	extents_add(&de->data, paddr, there, off);
	if (there < filesz && paddr + there >= paddr)
		extents_add(&de->cut, paddr + there, filesz - there, 0);
	extents_add(&de->ram, paddr, memsz > filesz ? memsz : filesz, 0);
}

static bool make_room(struct dump_elf *de, size_t n)
{
	de->data.v = calloc(n, sizeof(struct extent));
	de->cut.v = calloc(n, sizeof(struct extent));
	de->ram.v = calloc(n, sizeof(struct extent));
	return de->data.v && de->cut.v && de->ram.v;
}

/* All ranges are there. */
static enum pgc_status settle(struct dump_elf *de, struct pgc_err *err)
{
	extents_settle(&de->data);
	extents_settle(&de->cut);
	extents_settle(&de->ram);
	return de->ram.n ? PGC_OK :
	       pgc_err_set(err, PGC_EFORMAT, "an ELF core without memory ranges");
}

static enum pgc_status parse_phdrs(struct dump_elf *de, const unsigned char *ph,
				   size_t phnum, struct pgc_err *err)
{
	enum pgc_status st;

	for (size_t i = 0; i < phnum; i++, ph += sizeof(Elf64_Phdr)) {
		uint32_t type = target_u32(ph + offsetof(Elf64_Phdr, p_type));
		uint64_t off = target_u64(ph + offsetof(Elf64_Phdr, p_offset));
		uint64_t paddr = target_u64(ph + offsetof(Elf64_Phdr, p_paddr));
		uint64_t filesz = target_u64(ph + offsetof(Elf64_Phdr, p_filesz));
		uint64_t memsz = target_u64(ph + offsetof(Elf64_Phdr, p_memsz));
		uint64_t end;

		if (type != PT_LOAD && type != PT_NOTE)
			continue;
		if (!add_ok(off, filesz, &end))
			end = UINT64_MAX;
		if (filesz && end > de->info.promised)
			de->info.promised = end;
		if (type == PT_LOAD) {
			add_load(de, paddr, off, filesz, memsz);
			continue;
		}
		st = dump_notes_read(&de->info.notes, de->fd, de->size, off, filesz, err);
		if (st != PGC_OK)
			return st;
	}
	return settle(de, err);
}

/*
 * makedumpfile's mark of a dump that it could not end (DUMP_ELF_INCOMPLETE), in a word where the
 * ABIs of other machines keep flags of their own.
 */
#define ELF_INCOMPLETE 0x1

static bool marked_incomplete(const struct arch *arch, const unsigned char *eh)
{
	return arch && arch->elf_flags_free &&
	       target_u32(eh + offsetof(Elf64_Ehdr, e_flags)) & ELF_INCOMPLETE;
}

/* Check the ELF header; *@phoff and *@phnum are right and in the file afterwards. */
static enum pgc_status parse_ehdr(struct dump_elf *de, uint64_t *phoff, uint64_t *phnum,
				  struct pgc_err *err)
{
	unsigned char eh[sizeof(Elf64_Ehdr)], sh[sizeof(Elf64_Shdr)];
	unsigned int type, phentsize;
	enum pgc_status st;

	st = dump_pread_all(de->fd, eh, sizeof(eh), 0, "ELF header", err);
	if (st != PGC_OK)
		return st;
	if (memcmp(eh, ELFMAG, SELFMAG))
		return pgc_err_set(err, PGC_EFORMAT, "not an ELF file");
	if (eh[EI_CLASS] != ELFCLASS64 || eh[EI_DATA] != ELFDATA2LSB)
		return pgc_err_set(err, PGC_EFORMAT,
				   "an ELF file of a %s-bit %s-endian machine: only "
				   "64-bit little-endian kernels are supported",
				   eh[EI_CLASS] == ELFCLASS64 ? "64" : "32",
				   eh[EI_DATA] == ELFDATA2LSB ? "little" : "big");
	type = target_u16(eh + offsetof(Elf64_Ehdr, e_type));
	if (type != ET_CORE)
		return pgc_err_set(err, PGC_EFORMAT, "not a dump, but %s",
				   type == ET_EXEC || type == ET_DYN ?
				   "an ELF executable (a vmlinux?)" :
				   type == ET_REL ? "an ELF object (a kernel module?)" :
				   "an ELF file of an unknown type");
	de->info.arch = arch_by_machine(target_u16(eh + offsetof(Elf64_Ehdr, e_machine)));
	de->info.notes.arch = de->info.arch;
	de->info.incomplete = marked_incomplete(de->info.arch, eh);

	/* QEMU writes e_ehsize 8 and puts the program headers behind a section header. */
	*phoff = target_u64(eh + offsetof(Elf64_Ehdr, e_phoff));
	*phnum = target_u16(eh + offsetof(Elf64_Ehdr, e_phnum));
	phentsize = target_u16(eh + offsetof(Elf64_Ehdr, e_phentsize));
	if (*phnum == PN_XNUM) {
		uint64_t shoff = target_u64(eh + offsetof(Elf64_Ehdr, e_shoff));

		st = dump_pread_all(de->fd, sh, sizeof(sh), shoff,
				    "section header that counts the memory ranges", err);
		if (st != PGC_OK)
			return st;
		*phnum = target_u32(sh + offsetof(Elf64_Shdr, sh_info));
	}
	if (!*phnum)
		return pgc_err_set(err, PGC_EFORMAT, "an ELF core without memory ranges");
	if (phentsize != sizeof(Elf64_Phdr) || *phnum > PHNUM_MAX)
		return pgc_err_set(err, PGC_EFORMAT,
				   "ELF header: %" PRIu64 " program headers of %u bytes "
				   "are impossible", *phnum, phentsize);
	return PGC_OK;
}

static enum pgc_status parse(struct dump_elf *de, struct pgc_err *err)
{
	_cleanup_free_ unsigned char *ph = NULL;
	uint64_t phoff = 0, phnum = 0;
	enum pgc_status st;
	size_t len;

	st = parse_ehdr(de, &phoff, &phnum, err);
	if (st != PGC_OK)
		return st;
	len = (size_t)phnum * sizeof(Elf64_Phdr);
	if (!range_ok(phoff, len, de->size))
		return pgc_err_set(err, PGC_EFORMAT,
				   "truncated inside the program headers (%zu bytes at "
				   "file offset 0x%" PRIx64 "): nothing can be read", len,
				   phoff);
	ph = malloc(len);
	if (!ph || !make_room(de, phnum))
		return pgc_err_nomem(err, "the program headers");
	st = dump_pread_all(de->fd, ph, len, phoff, "program headers", err);
	if (st != PGC_OK)
		return st;
	return parse_phdrs(de, ph, phnum, err);
}

static enum pgc_status add_ranges(struct dump_elf *de, const struct dump_range *ranges, size_t n,
				  struct pgc_err *err)
{
	if (!make_room(de, n ? n : 1))
		return pgc_err_nomem(err, "the ranges of memory");
	for (size_t i = 0; i < n; i++) {
		uint64_t end;

		if (!add_ok(ranges[i].off, ranges[i].len, &end))
			end = UINT64_MAX;
		if (end > de->info.promised)
			de->info.promised = end;
		add_load(de, ranges[i].paddr, ranges[i].off, ranges[i].len, ranges[i].len);
	}
	return settle(de, err);
}

/* @ranges: NULL of an ELF core, which has its own. */
static enum pgc_status open_file(int fd, uint64_t size, const struct dump_range *ranges, size_t n,
				 struct dump_elf **ret, struct pgc_err *err)
{
	struct dump_elf *de = calloc(1, sizeof(*de));
	enum pgc_status st;

	if (!de)
		return pgc_err_nomem(err, "the dump");
	de->fd = fd;
	de->size = size;
	st = ranges ? add_ranges(de, ranges, n, err) : parse(de, err);
	if (st != PGC_OK) {
		dump_elf_close(de);
		return st;
	}
	de->map = dump_map_create(fd, size);
	*ret = de;
	return PGC_OK;
}

enum pgc_status dump_elf_open(int fd, uint64_t size, struct dump_elf **ret,
			      struct pgc_err *err)
{
	return open_file(fd, size, NULL, 0, ret, err);
}

enum pgc_status dump_elf_open_ranges(int fd, uint64_t size, const struct dump_range *ranges,
				     size_t n, struct dump_elf **ret, struct pgc_err *err)
{
	return open_file(fd, size, ranges, n, ret, err);
}

void dump_elf_close(struct dump_elf *de)
{
	if (!de)
		return;
	dump_map_destroy(de->map);
	dump_notes_deinit(&de->info.notes);
	free(de->data.v);
	free(de->cut.v);
	free(de->ram.v);
	free(de);
}

bool dump_elf_range(const struct dump_elf *de, size_t i, uint64_t *start, uint64_t *end)
{
	if (i >= de->data.n)
		return false;
	*start = de->data.v[i].start;
	*end = de->data.v[i].end;
	return true;
}

const struct dump_elf_info *dump_elf_info(const struct dump_elf *de)
{
	return &de->info;
}

/* The data extent that holds @paddr, or NULL. */
static const struct extent *find_data(const struct dump_elf *de, uint64_t paddr)
{
	size_t i = extents_find(&de->data, paddr);

	return i < de->data.n && de->data.v[i].start <= paddr ? &de->data.v[i] : NULL;
}

enum pgc_status dump_elf_read(const struct dump_elf *de, uint64_t paddr, void *buf, size_t len,
			      size_t *done, struct pgc_err *err)
{
	*done = 0;
	while (*done < len) {
		const struct extent *e = find_data(de, paddr);
		size_t n = len - *done, got;
		enum pgc_status st;

		if (!e)
			return extents_has(&de->cut, paddr) ? PGC_DAMAGED :
			       extents_has(&de->ram, paddr) ? PGC_EXCLUDED : PGC_ABSENT;
		if (n > e->end - paddr)
			n = (size_t)(e->end - paddr);
		st = dump_pread(de->fd, (char *)buf + *done, n, e->off + (paddr - e->start),
				&got, err);
		*done += got;
		paddr += got;
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

const unsigned char *dump_elf_peek(const struct dump_elf *de, uint64_t paddr, size_t *len)
{
	const struct extent *e = de->map && !dump_map_lost(de->map) ? find_data(de, paddr) : NULL;

	if (!e)
		return NULL;
	*len = e->end - paddr < SIZE_MAX ? (size_t)(e->end - paddr) : SIZE_MAX;
	return dump_map_bytes(de->map) + e->off + (paddr - e->start);
}

bool dump_elf_intact(const struct dump_elf *de)
{
	return !de->map || !dump_map_lost(de->map);
}
