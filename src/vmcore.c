/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/dump_flat.h"
#include "dump/dump_image.h"
#include "dump/dump_io.h"
#include "dump/dump_lkcd.h"
#include "dump/dump_packed.h"
#include "dump/dump_probe.h"
#include "dump/dump_sadump.h"
#include "dump/file_kind.h"
#include "dump/file_state.h"
#include "dump/kernel_place.h"
#include "dump/vmcore_lines.h"
#include "dump/vmcore_priv.h"

/* Bytes of the cache's lines: a few struct pages, or a page that must be inflated anyway. */
#define COPIED_LINE 512
#define INFLATED_LINE ARCH_PAGE_MIN
/*
 * How many. Memory that was never touched costs about as much as the page that is inflated into
 * it, and a list of large blocks meets each page once.
 */
#define COPIED_LINES 4096
#define INFLATED_LINES 512
/* Of a live kernel one struct page at a time: its neighbours would be older than they need be. */
#define LIVE_LINE 64

/* What a vmcore is made of. */
struct source {
	const char *const *paths;
	size_t n;
	const char *lines;	/* the VMCOREINFO and --force: see vmcore_open_with() */
	bool force;
};

/* Of a compressed file: what is in it begins with *@len bytes at @head. */
static enum pgc_status unpack_head(int fd, uint64_t size, unsigned char *head, size_t *len,
				   struct dump_packed_result *peek, struct pgc_err *err)
{
	enum pgc_status st = dump_packed_peek(fd, size, peek, err);

	if (st != PGC_OK)
		return st;
	st = dump_pread(peek->fd, head, DUMP_HEAD_LEN, 0, len, err);
	if (st == PGC_OK || st == PGC_DAMAGED)
		return PGC_OK;
	cleanup_fd(&peek->fd);
	return st;
}

bool vmcore_looks_like_dump(const char *path)
{
	struct dump_packed_result peek;
	unsigned char head[DUMP_HEAD_LEN];
	_cleanup_fd_ int fd = -1;
	enum dump_kind kind;
	uint64_t size;
	size_t len;
	bool packed;

	if (dump_probe_open(path, &fd, &size, head, &len, NULL) != PGC_OK)
		return false;
	packed = dump_packed_name(head, len) != NULL;
	if (packed) {
		if (unpack_head(fd, size, head, &len, &peek, NULL) != PGC_OK)
			return false;
		cleanup_fd(&peek.fd);
	}
	kind = packed ? dump_probe_kind(head, len) : dump_probe_file(fd, size, path, head, len);
	return kind != DUMP_NONE && kind != DUMP_ELF_OTHER;
}

typedef enum pgc_status open_ranges_fn(int fd, uint64_t size, struct dump_elf **ret,
				       struct pgc_err *err);

/* An ELF core, or another file with ranges of memory in it. */
static enum pgc_status open_elf(struct vmcore *vc, open_ranges_fn *open_ranges, uint64_t size,
				uint64_t *promised, struct pgc_err *err)
{
	enum pgc_status st = open_ranges(vc->fd, size, &vc->elf, err);
	const struct dump_elf_info *info;

	if (st != PGC_OK)
		return st;
	info = dump_elf_info(vc->elf);
	vc->info.arch = info->arch;
	vc->info.page_size = arch_default_page_size(info->arch);
	vc->info.marked_incomplete = info->incomplete;
	vc->notes = &info->notes;
	*promised = info->promised;
	return PGC_OK;
}

/* Replace vc->fd by the pages that libkdumpfile finds in it, and open that. */
static enum pgc_status open_lkcd(struct vmcore *vc, uint64_t size, struct pgc_err *err)
{
	struct dump_lkcd_result pages;
	enum pgc_status st = dump_lkcd_unpack(vc->fd, size, &pages, err);
	const struct dump_elf_info *info;

	if (st != PGC_OK)
		return st;
	close(vc->fd);
	vc->fd = pages.fd;
	st = dump_elf_open_ranges(vc->fd, pages.size, pages.ranges, pages.n, &vc->elf, err);
	free(pages.ranges);
	if (st != PGC_OK)
		return st;
	info = dump_elf_info(vc->elf);
	vc->info.page_size = arch_default_page_size(info->arch);
	vc->notes = &info->notes;
	/* What the library could not read lies past the end of the file. */
	if (info->promised > pages.size)
		vc->info.missing_bytes += info->promised - pages.size;
	vc->info.missing_least |= pages.cut;
	if (info->promised > pages.size || pages.cut)
		vc->info.truncated_at = size;
	return PGC_OK;
}

/* One piece of a kdump-compressed dump, or the only one there is. */
static enum pgc_status open_kdump(struct vmcore *vc, uint64_t size, uint64_t *promised,
				  struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;
	int fd = vc->fd;

	vc->fd = -1;
	if (!vc->pieces)
		st = dump_pieces_create(&vc->pieces, err);
	if (st != PGC_OK)
		cleanup_fd(&fd);
	else
		st = dump_pieces_add(vc->pieces, fd, size, vc->opening, promised, err);
	return st;
}

/* What the pieces are together. */
static enum pgc_status sum_up_pieces(struct vmcore *vc, struct pgc_err *err)
{
	const struct kdump_header *hdr;
	struct vmcore_info *info = &vc->info;
	struct dump_missing missing;
	struct dump_written written;
	enum pgc_status st;

	vc->kdump = dump_pieces_first(vc->pieces);
	hdr = dump_kdump_header(vc->kdump);
	info->arch = hdr->arch;
	info->page_size = hdr->page_size;
	info->release = hdr->release[0] ? hdr->release : NULL;
	vc->notes = &hdr->notes;
	info->stored_excess = dump_pieces_excess(vc->pieces);
	dump_pieces_written(vc->pieces, &written);
	info->marked_incomplete = written.marked_incomplete;
	info->unwritten = written.unwritten;
	info->missing_least |= !written.measured;
	if (!hdr->split)
		return PGC_OK;
	st = dump_pieces_missing(vc->pieces, &missing, err);
	if (st != PGC_OK)
		return st;
	/* In whatever order they were given, the first stands for all. */
	free(vc->path);
	vc->path = strdup(dump_pieces_path(vc->pieces));
	info->path = vc->path;
	if (!vc->path)
		return pgc_err_nomem(err, "the dump");
	info->pieces = dump_pieces_count(vc->pieces);
	info->max_pfn = hdr->max_mapnr;
	info->piece_start = hdr->start_pfn;
	info->piece_end = hdr->end_pfn;
	info->missing_pages = missing.pages;
	info->missing_start = missing.start;
	info->missing_end = missing.end;
	info->missing_ranges = missing.ranges;
	return PGC_OK;
}

/* "gzip flattened kdump": how it was wrapped, and what it is. */
static void name_format(struct vmcore *vc, const char *wrapped, const char *format)
{
	snprintf(vc->format, sizeof(vc->format), "%s%s", wrapped, format);
	vc->info.format = vc->format;
}

/* Open the format that @head announces, in vc->fd. */
static enum pgc_status open_format(struct vmcore *vc, const unsigned char *head, size_t len,
				   uint64_t size, const char *wrapped, struct pgc_err *err)
{
	enum dump_kind kind = dump_probe_file(vc->fd, size, vc->path, head, len);
	enum pgc_status st = dump_probe_check(vc->fd, size, vc->path, kind, err);
	uint64_t promised = 0;

	if (st != PGC_OK)
		return st;
	switch (kind) {
	case DUMP_ELF:
	case DUMP_ELF_OTHER:	/* whose header says best what it is */
		name_format(vc, wrapped, "ELF");
		st = open_elf(vc, dump_elf_open, size, &promised, err);
		break;
	case DUMP_LIME:
		name_format(vc, wrapped, "LiME");
		vc->info.while_running = true;
		st = open_elf(vc, dump_image_open_lime, size, &promised, err);
		break;
	case DUMP_RAW:
		name_format(vc, wrapped, "raw");
		st = open_elf(vc, dump_image_open_raw, size, &promised, err);
		break;
	case DUMP_SADUMP:
		name_format(vc, wrapped, "sadump");
		st = open_elf(vc, dump_sadump_open, size, &promised, err);
		break;
	case DUMP_LKCD:
		name_format(vc, wrapped, "LKCD");
		return open_lkcd(vc, size, err);
	case DUMP_KDUMP:
		name_format(vc, wrapped, "kdump");
		st = open_kdump(vc, size, &promised, err);
		break;
	default:	/* one flattened dump in another */
		return pgc_err_set(err, PGC_EFORMAT, "not a dump");
	}
	/* What a stream does not reach is not even promised. */
	vc->info.missing_least |= vc->info.truncated_at != 0;
	if (st == PGC_OK && promised > size) {
		vc->info.missing_bytes += promised - size;
		if (!vc->info.truncated_at)
			vc->info.truncated_at = size;
	}
	return st;
}

/* Replace vc->fd by the file that the flattened dump stands for, and open that. */
static enum pgc_status open_flat(struct vmcore *vc, uint64_t size, const char *packing,
				 struct pgc_err *err)
{
	struct dump_flat_result flat;
	unsigned char head[DUMP_HEAD_LEN];
	char wrapped[24];
	enum pgc_status st;
	size_t len;

	st = dump_flat_unpack(vc->fd, size, &flat, err);
	if (st != PGC_OK)
		return st;
	close(vc->fd);
	vc->fd = flat.fd;
	if (!vc->info.truncated_at)
		vc->info.truncated_at = flat.truncated_at;
	snprintf(wrapped, sizeof(wrapped), "%sflattened ", packing);
	st = dump_pread(vc->fd, head, sizeof(head), 0, &len, err);
	if (st == PGC_OK || st == PGC_DAMAGED)
		st = open_format(vc, head, len, flat.size, wrapped, err);
	return pgc_err_add(err, st, "flattened dump");
}

/* A file in vc->fd that is not compressed, or no longer. */
static enum pgc_status open_plain(struct vmcore *vc, const unsigned char *head, size_t len,
				  uint64_t size, const char *packing, struct pgc_err *err)
{
	return dump_probe_kind(head, len) == DUMP_FLAT ?
		       open_flat(vc, size, packing, err) :
		       open_format(vc, head, len, size, packing, err);
}

/* What is in a file that was compressed with @name: not unpacked to be refused. */
static enum pgc_status probe_packed(struct vmcore *vc, const char *name, uint64_t size,
				    unsigned char *head, size_t *len, struct pgc_err *err)
{
	struct dump_packed_result peek = { .fd = -1 };
	enum pgc_status st = unpack_head(vc->fd, size, head, len, &peek, err);

	if (st != PGC_OK)
		return st;
	if (dump_probe_kind(head, *len) == DUMP_NONE)
		st = file_kind_refuse(peek.fd, peek.size, vc->path, FILE_DUMP, err);
	else if (dump_probe_kind(head, *len) == DUMP_ELF_OTHER)
		st = pgc_err_set(err, PGC_EFORMAT, "not a dump, but an ELF file of another kind: give a dump, and this file with it if it is a vmlinux");
	cleanup_fd(&peek.fd);
	return pgc_err_add(err, st, "compressed with %s", name);
}

/* Replace vc->fd by what the compressed file unpacks to, and open that. */
static enum pgc_status open_packed(struct vmcore *vc, const char *name, uint64_t size,
				   struct pgc_err *err)
{
	struct dump_packed_result packed;
	unsigned char head[DUMP_HEAD_LEN];
	char packing[12];
	enum pgc_status st;
	size_t len;

	st = probe_packed(vc, name, size, head, &len, err);
	if (st == PGC_OK)
		st = dump_packed_unpack(vc->fd, size, &packed, err);
	if (st != PGC_OK)
		return st;
	close(vc->fd);
	vc->fd = packed.fd;
	if (!vc->info.truncated_at)
		vc->info.truncated_at = packed.truncated_at;
	snprintf(packing, sizeof(packing), "%s ", name);
	return open_plain(vc, head, len, packed.size, packing, err);
}

/* BUILD-ID=, kept only when it is lower-case hex. */
static enum pgc_status take_build_id(struct vmcore *vc, struct pgc_err *err)
{
	const char *id = vmcore_vmcoreinfo(vc, "BUILD-ID");

	free(TAKE_PTR(vc->build_id));
	vc->info.build_id = NULL;
	if (!id || !*id || strspn(id, "0123456789abcdefABCDEF") != strlen(id))
		return PGC_OK;
	vc->build_id = strdup(id);
	if (!vc->build_id)
		return pgc_err_nomem(err, "the build-id");
	for (char *p = vc->build_id; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	vc->info.build_id = vc->build_id;
	return PGC_OK;
}

static enum pgc_status take_vmcoreinfo(struct vmcore *vc, struct pgc_err *err)
{
	const char *release = vmcore_vmcoreinfo(vc, "OSRELEASE");
	uint64_t page_size;

	vc->info.cpus = vc->notes->cpus;
	vc->info.has_vmcoreinfo = vc->lines != NULL;
	vc->info.page_shift = (unsigned int)__builtin_ctz(vc->info.page_size);
	if (!vc->lines)
		return PGC_OK;
	if (release && *release)
		vc->info.release = release;
	(void)dump_notes_number(vc->lines, "KERNELOFFSET", &vc->info.kernel_offset);
	if (dump_notes_number(vc->lines, "PAGESIZE", &page_size)) {
		if (!arch_page_size_ok(NULL, page_size))
			return pgc_err_set(err, PGC_EFORMAT,
					   "VMCOREINFO: implausible page size of %" PRIu64
					   " bytes", page_size);
		if (vc->kdump && !kdump_blocks_fit(dump_kdump_header(vc->kdump), page_size))
			return pgc_err_set(err, PGC_EFORMAT,
					   "kdump file with blocks of %" PRIu32 " bytes of "
					   "a kernel with pages of %" PRIu64
					   ": it cannot be read (take an ELF dump)",
					   vc->info.page_size, page_size);
		vc->info.page_size = (uint32_t)page_size;
	}
	vc->info.page_shift = (unsigned int)__builtin_ctz(vc->info.page_size);
	return take_build_id(vc, err);
}

static enum pgc_status read_kaddr(void *arg, uint64_t kaddr, void *buf, size_t len,
				  size_t *done, struct pgc_err *err)
{
	vmcore_heat(arg, kaddr);
	return vmcore_read_bulk(arg, kaddr, buf, len, done, err);
}

static enum pgc_status read_table(void *arg, uint64_t paddr, void *buf, size_t len,
				  size_t *done, struct pgc_err *err)
{
	return vmcore_read_phys(arg, paddr, buf, len, done, err);
}

static enum pgc_status create_cache(struct vmcore *vc, struct pgc_err *err)
{
	size_t line = vc->kcore ? LIVE_LINE : vc->elf ? COPIED_LINE : INFLATED_LINE;
	size_t lines = line == INFLATED_LINE ? INFLATED_LINES : COPIED_LINES;

	vc->cache = dump_cache_create(line, lines, read_kaddr, vc);
	return vc->cache ? PGC_OK : pgc_err_nomem(err, "the page cache");
}

enum pgc_status vmcore_look_everywhere(struct vmcore *vc, vmcore_look_fn *look,
				       const void *what, struct pgc_err *err)
{
	enum pgc_status st = PGC_ENOENT;
	uint64_t start, end;

	if (vc->kdump)
		st = look(vc, what, 0, dump_kdump_header(vc->kdump)->max_mapnr *
				       dump_kdump_header(vc->kdump)->page_size, err);
	for (size_t i = 0; st == PGC_ENOENT && vc->elf &&
			   dump_elf_range(vc->elf, i, &start, &end); i++)
		st = look(vc, what, start, end, err);
	return st;
}

/* By the lines that were found; where there are none the notes say what is missing. */
static enum pgc_status create_xlat(struct vmcore *vc, struct pgc_err *err)
{
	return dump_xlat_create(vc->info.arch, vc->lines ? vc->lines : vc->notes, read_table, vc,
				&vc->xlat, err);
}

static enum pgc_status look_for_kernel(struct vmcore *vc, const void *img, uint64_t start,
				       uint64_t end, struct pgc_err *err)
{
	return kernel_place_find(img, read_table, vc, start, end, &vc->other, err);
}

enum pgc_status vmcore_place_kernel(struct vmcore *vc, const struct kernel_image *img,
				    struct pgc_err *err)
{
	enum pgc_status st = vmcore_look_everywhere(vc, look_for_kernel, img, err);

	if (st == PGC_ENOENT)
		return pgc_err_set(err, st, "no VMCOREINFO in the dump, and the kernel with build-id %s is not in its memory",
				   img->build_id ? img->build_id : "(none)");
	if (st != PGC_OK)
		return st;
	vc->lines = &vc->other;
	vc->info.vmcoreinfo_rebuilt = true;
	vc->info.arch = img->arch;
	dump_cache_flush(vc->cache);
	st = take_vmcoreinfo(vc, err);
	return st == PGC_OK ? create_xlat(vc, err) : st;
}

enum pgc_status vmcore_prefer(struct vmcore *vc, const char *what, const char *build_id,
			      const char *release, struct pgc_err *err)
{
	const struct dump_notes *before = vc->lines;
	enum pgc_status st = vmcore_find_build(vc, what, build_id, release, err);

	if (st != PGC_OK || vc->lines == before)
		return st;
	vc->info.kernel_offset = 0;
	dump_cache_flush(vc->cache);
	dump_xlat_destroy(vc->xlat);
	vc->xlat = NULL;
	vc->no_xlat = (struct pgc_err)PGC_ERR_INIT;
	st = take_vmcoreinfo(vc, err);
	if (st == PGC_OK && create_xlat(vc, &vc->no_xlat) == PGC_ENOMEM)
		st = pgc_err_nomem(err, "page tables");
	return st;
}

/* What is left to do once the format is open. */
static enum pgc_status setup_kernel(struct vmcore *vc, const struct source *src,
				    struct pgc_err *err)
{
	enum pgc_status st = create_cache(vc, err);

	if (st == PGC_OK)
		st = vmcore_find_lines(vc, src->lines, src->force, err);
	if (st == PGC_OK)
		st = take_vmcoreinfo(vc, err);
	if (st != PGC_OK)
		return st;
	/* Without it physical memory can still be read: reported when asked to translate. */
	st = create_xlat(vc, &vc->no_xlat);
	if (st == PGC_ENOENT && !vc->info.has_vmcoreinfo && vc->info.truncated_at)
		(void)pgc_err_set(&vc->no_xlat, st,
				  "the dump is cut off before its VMCOREINFO: kernel "
				  "addresses cannot be translated");
	return st == PGC_ENOMEM ? pgc_err_nomem(err, "page tables") : PGC_OK;
}

static enum pgc_status open_file(struct vmcore *vc, const char *path, struct pgc_err *err)
{
	unsigned char head[DUMP_HEAD_LEN];
	enum pgc_status st;
	uint64_t size;
	size_t len = 0;

	vc->opening = path;
	st = dump_probe_open(path, &vc->fd, &size, head, &len, err);
	if (st != PGC_OK)
		return st;
	vc->info.bytes += size;
	return dump_packed_name(head, len) ?
		       open_packed(vc, dump_packed_name(head, len), size, err) :
		       open_plain(vc, head, len, size, "", err);
}

/* A piece after the first: it must be kdump-compressed, as that one is. */
static enum pgc_status open_more(struct vmcore *vc, const char *path, struct pgc_err *err)
{
	char format[sizeof(vc->format)];
	enum pgc_status st = PGC_OK;

	memcpy(format, vc->format, sizeof(format));

	if (vc->elf)
		return pgc_err_set(err, PGC_EMISMATCH, "is a second dump, and %s is not a piece of a split dump: give one dump, or all pieces of one",
				   vc->path);
	st = open_file(vc, path, err);
	if (st == PGC_OK && vc->elf)
		st = pgc_err_set(err, PGC_EMISMATCH, "is an ELF core, not a piece of a split dump as %s is",
				 vc->path);
	/* Of a mixed set: that one of them is flattened matters to nobody. */
	name_format(vc, "", format);
	return st;
}

static enum pgc_status setup(struct vmcore *vc, const struct source *src, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < src->n && st == PGC_OK; i++) {
		st = i ? open_more(vc, src->paths[i], err) : open_file(vc, src->paths[i], err);
		if (st != PGC_OK && src->n > 1)
			st = pgc_err_add(err, st, "%s", src->paths[i]);
	}
	if (st == PGC_OK && vc->pieces)
		st = sum_up_pieces(vc, err);
	return st == PGC_OK ? setup_kernel(vc, src, err) : st;
}

static enum pgc_status setup_live(struct vmcore *vc, const struct source *src, struct pgc_err *err)
{
	enum pgc_status st = dump_kcore_open(vc->path, &vc->kcore, err);
	const struct dump_kcore_info *info;

	if (st != PGC_OK)
		return st;
	info = dump_kcore_info(vc->kcore);
	vc->info.format = "kcore";
	vc->info.live = true;
	vc->info.bytes = info->ram;
	vc->info.arch = info->arch;
	vc->info.page_size = arch_default_page_size(info->arch);
	vc->notes = &info->notes;
	return setup_kernel(vc, src, err);
}

typedef enum pgc_status setup_fn(struct vmcore *vc, const struct source *src, struct pgc_err *err);

static enum pgc_status open_by(setup_fn *set_up, const struct source *src, struct vmcore **ret,
			       struct pgc_err *err)
{
	struct vmcore *vc = calloc(1, sizeof(*vc));
	const char *path = src->paths[0];
	enum pgc_status st;

	if (!vc)
		return pgc_err_nomem(err, path);
	vc->fd = -1;
	vc->path = strdup(path);
	vc->info.path = vc->path;
	vc->failed_reads = &vc->failed;
	st = vc->path ? set_up(vc, src, err) : pgc_err_nomem(err, path);
	if (st != PGC_OK) {
		st = file_state_add(&vc->info, st, err);
		vmcore_close(vc);
		/* Of several files the one that is to blame was named. */
		return src->n > 1 ? st : pgc_err_add(err, st, "%s", path);
	}
	*ret = vc;
	return PGC_OK;
}

enum pgc_status vmcore_open(const char *path, struct vmcore **ret, struct pgc_err *err)
{
	return vmcore_open_with(path, NULL, false, ret, err);
}

enum pgc_status vmcore_open_with(const char *path, const char *vmcoreinfo, bool force,
				 struct vmcore **ret, struct pgc_err *err)
{
	return vmcore_open_pieces(&path, 1, vmcoreinfo, force, ret, err);
}

enum pgc_status vmcore_open_pieces(const char *const *paths, size_t n, const char *vmcoreinfo,
				   bool force, struct vmcore **ret, struct pgc_err *err)
{
	const struct source src = { .paths = paths, .n = n, .lines = vmcoreinfo,
				    .force = force };

	return open_by(setup, &src, ret, err);
}

enum pgc_status vmcore_open_live(const char *path, struct vmcore **ret, struct pgc_err *err)
{
	const struct source src = { .paths = &path, .n = 1 };

	return open_by(setup_live, &src, ret, err);
}

enum pgc_status vmcore_flush(struct vmcore *vc, struct pgc_err *err)
{
	enum pgc_status st = vc->kcore && !vc->owner ? dump_kcore_refresh(vc->kcore, err) : PGC_OK;

	dump_cache_flush(vc->cache);
	if (st != PGC_OK || !vc->xlat)
		return st;
	/* Page tables are kept, too. */
	dump_xlat_destroy(vc->xlat);
	vc->xlat = NULL;
	return create_xlat(vc, err);
}

static enum pgc_status setup_dup(struct vmcore *vc, struct pgc_err *err)
{
	enum pgc_status st = create_cache(vc, err);

	if (st == PGC_OK && vc->owner->pieces)
		st = dump_pieces_dup(vc->owner->pieces, &vc->pieces, err);
	vc->kdump = vc->pieces ? dump_pieces_first(vc->pieces) : NULL;
	if (st == PGC_OK && vc->owner->xlat)
		st = create_xlat(vc, err);
	if (st == PGC_OK && vc->xlat)
		dump_xlat_mend_as(vc->xlat, vc->owner->xlat);
	return st;
}

enum pgc_status vmcore_dup(const struct vmcore *vc, struct vmcore **ret, struct pgc_err *err)
{
	struct vmcore *dup = calloc(1, sizeof(*dup));
	enum pgc_status st;

	if (!dup)
		return pgc_err_nomem(err, vc->path);
	dup->owner = vc;
	dup->fd = vc->fd;
	dup->info = vc->info;
	dup->notes = vc->notes;
	dup->lines = vc->lines;
	dup->elf = vc->elf;
	dup->kcore = vc->kcore;
	dup->no_xlat = vc->no_xlat;
	dup->failed_reads = vc->failed_reads;
	st = setup_dup(dup, err);
	if (st != PGC_OK) {
		vmcore_close(dup);
		return st;
	}
	*ret = dup;
	return PGC_OK;
}

void vmcore_close(struct vmcore *vc)
{
	if (!vc)
		return;
	dump_cache_destroy(vc->cache);
	dump_xlat_destroy(vc->xlat);
	dump_pieces_destroy(vc->pieces);
	if (vc->owner) {
		free(vc);
		return;
	}
	dump_elf_close(vc->elf);
	dump_kcore_close(vc->kcore);
	cleanup_fd(&vc->fd);
	dump_notes_deinit(&vc->other);
	for (unsigned int i = 0; i < vc->info.n_remarks; i++)
		free(vc->remarks[i]);
	vmcore_choice_destroy(vc->choice);
	free(vc->doubt);
	free(vc->build_id);
	free(vc->path);
	free(vc);
}

const struct vmcore_info *vmcore_info(const struct vmcore *vc)
{
	return &vc->info;
}

const char *vmcore_vmcoreinfo(const struct vmcore *vc, const char *key)
{
	return vc->lines ? dump_notes_line(vc->lines, key) : NULL;
}

bool vmcore_number(const struct vmcore *vc, const char *key, uint64_t *ret)
{
	return dump_notes_value(key, vmcore_vmcoreinfo(vc, key), ret);
}

static bool line_number(const void *arg, const char *key, uint64_t *ret)
{
	return vmcore_number(arg, key, ret);
}

struct arch_lines vmcore_lines(const struct vmcore *vc)
{
	return (struct arch_lines){ .number = line_number, .arg = vc };
}

const struct cpu_regs *vmcore_regs(const struct vmcore *vc, unsigned int nr)
{
	return nr < vc->notes->n_regs ? &vc->notes->regs[nr] : NULL;
}

const char *vmcore_packings(void)
{
	return dump_packed_names();
}

const char *vmcore_library_version(void)
{
	return dump_kdump_library_version();
}
