/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grow_image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/target_int.h"
#include "dump/dump_io.h"
#include "vmcore.h"

#define PAGE 4096u
#define LOADS_MAX 65000u /* fits e_phnum */
#define NOTES_MAX (16u << 20)
#define ADDED_MAX 16

/* A page of the source that was written to. */
struct patch {
	uint64_t paddr;
	uint8_t data[PAGE];
};

struct added {
	uint64_t paddr, len;
	uint64_t unique;	/* bytes of @data; repeated */
	uint8_t *data;
};

struct image {
	struct vmcore *vc;
	uint8_t *notes;
	uint64_t notes_len;
	struct patch **patches;
	size_t n_patches;
	struct added added[ADDED_MAX];
	size_t n_added;
};

/* The file being written. */
struct writer {
	struct image *img;
	int fd;
	Elf64_Phdr *ph;
	size_t n_ph;
	uint64_t end;		/* file offset */
	struct image_size size;
};

/*
 * Where the notes of a kdump file are: struct disk_dump_header's block_size, then
 * offset_note and size_note of struct kdump_sub_header, one block into the file.
 */
static enum pgc_status find_kdump_notes(int fd, uint64_t *off, uint64_t *len,
					struct pgc_err *err)
{
	uint8_t word[16];
	enum pgc_status st;
	uint64_t block;

	st = dump_pread_all(fd, word, 4, 428, "block size", err);
	if (st != PGC_OK)
		return st;
	block = target_u32(word);
	st = dump_pread_all(fd, word, sizeof(word), block + 48, "sub-header", err);
	if (st != PGC_OK)
		return st;
	*off = target_u64(word);
	*len = target_u64(word + 8);
	return PGC_OK;
}

/* The first PT_NOTE: a core has one. */
static enum pgc_status find_elf_notes(int fd, uint64_t *off, uint64_t *len,
				      struct pgc_err *err)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	enum pgc_status st;

	st = dump_pread_all(fd, &eh, sizeof(eh), 0, "ELF header", err);
	for (unsigned int i = 0; st == PGC_OK && i < eh.e_phnum; i++) {
		st = dump_pread_all(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph),
				    "program header", err);
		if (st != PGC_OK || ph.p_type != PT_NOTE)
			continue;
		*off = ph.p_offset;
		*len = ph.p_filesz;
		return PGC_OK;
	}
	return st;
}

static enum pgc_status read_notes(struct image *img, const char *path, struct pgc_err *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t off = 0, len = 0;
	enum pgc_status st;
	char magic[4];

	if (fd < 0)
		return pgc_err_set(err, PGC_EIO, "%s", strerror(errno));
	st = dump_pread_all(fd, magic, sizeof(magic), 0, "magic", err);
	if (st == PGC_OK)
		st = memcmp(magic, ELFMAG, SELFMAG) ? find_kdump_notes(fd, &off, &len, err) :
						      find_elf_notes(fd, &off, &len, err);
	if (st != PGC_OK)
		return st;
	if (!len || len > NOTES_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "no notes to take over");
	img->notes = malloc(len);
	if (!img->notes)
		return pgc_err_nomem(err, "the notes");
	img->notes_len = len;
	return dump_pread_all(fd, img->notes, len, off, "notes", err);
}

enum pgc_status image_create(const char *path, struct vmcore *vc, struct image **ret,
			     struct pgc_err *err)
{
	struct image *img = calloc(1, sizeof(*img));
	enum pgc_status st;

	if (!img)
		return pgc_err_nomem(err, "the image");
	img->vc = vc;
	st = read_notes(img, path, err);
	if (st != PGC_OK) {
		image_destroy(img);
		return pgc_err_add(err, st, "%s", path);
	}
	*ret = img;
	return PGC_OK;
}

void image_destroy(struct image *img)
{
	if (!img)
		return;
	for (size_t i = 0; i < img->n_patches; i++)
		free(img->patches[i]);
	for (size_t i = 0; i < img->n_added; i++)
		free(img->added[i].data);
	free(img->patches);
	free(img->notes);
	free(img);
}

enum pgc_status image_add(struct image *img, uint64_t paddr, uint64_t len, uint64_t unique,
			  uint8_t **data, struct pgc_err *err)
{
	struct added *a = &img->added[img->n_added];

	if (img->n_added == ADDED_MAX || paddr % PAGE || len % PAGE || unique % PAGE || !unique)
		return pgc_err_set(err, PGC_EFORMAT, "memory at 0x%" PRIx64 " cannot be added",
				   paddr);
	*a = (struct added){ .paddr = paddr, .len = len, .unique = unique };
	a->data = calloc(1, unique);
	if (!a->data)
		return pgc_err_nomem(err, "added memory");
	img->n_added++;
	*data = a->data;
	return PGC_OK;
}

static uint8_t *find_added(struct image *img, uint64_t paddr)
{
	for (size_t i = 0; i < img->n_added; i++) {
		const struct added *a = &img->added[i];

		if (paddr >= a->paddr && paddr - a->paddr < a->len)
			return a->data + (paddr - a->paddr) % a->unique;
	}
	return NULL;
}

static struct patch *find_patch(const struct image *img, uint64_t page)
{
	for (size_t i = 0; i < img->n_patches; i++)
		if (img->patches[i]->paddr == page)
			return img->patches[i];
	return NULL;
}

/* The source's page, or zeros; *@there: it has one. */
static enum pgc_status source_page(struct image *img, uint64_t page, uint8_t *buf, bool *there,
				   struct pgc_err *err)
{
	size_t done;
	enum pgc_status st = vmcore_read_phys(img->vc, page, buf, PAGE, &done, err);

	*there = st == PGC_OK;
	if (st == PGC_OK || !pgc_is_gap(st))
		return st;
	memset(buf, 0, PAGE);
	return PGC_OK;
}

static enum pgc_status make_patch(struct image *img, uint64_t page, struct patch **ret,
				  struct pgc_err *err)
{
	struct patch **list = reallocarray(img->patches, img->n_patches + 1, sizeof(*list));
	enum pgc_status st;
	bool there;

	if (!list)
		return pgc_err_nomem(err, "a page");
	img->patches = list;
	*ret = malloc(sizeof(**ret));
	if (!*ret)
		return pgc_err_nomem(err, "a page");
	list[img->n_patches++] = *ret;
	(*ret)->paddr = page;
	st = source_page(img, page, (*ret)->data, &there, err);
	return st;
}

enum pgc_status image_read(struct image *img, uint64_t paddr, void *buf, size_t len,
			   struct pgc_err *err)
{
	uint64_t page = paddr & ~(uint64_t)(PAGE - 1);
	const uint8_t *added = find_added(img, paddr);
	const struct patch *patch;
	uint8_t raw[PAGE];
	enum pgc_status st;
	bool there;

	if (paddr - page + len > PAGE)
		return pgc_err_set(err, PGC_EFORMAT, "0x%" PRIx64 ": crosses a page", paddr);
	if (added) {
		memcpy(buf, added, len);
		return PGC_OK;
	}
	patch = find_patch(img, page);
	if (patch) {
		memcpy(buf, patch->data + (paddr - page), len);
		return PGC_OK;
	}
	st = source_page(img, page, raw, &there, err);
	if (st == PGC_OK)
		memcpy(buf, raw + (paddr - page), len);
	return st;
}

enum pgc_status image_write(struct image *img, uint64_t paddr, const void *buf, size_t len,
			    struct pgc_err *err)
{
	uint64_t page = paddr & ~(uint64_t)(PAGE - 1);
	uint8_t *to = find_added(img, paddr);
	struct patch *patch;
	enum pgc_status st;

	if (paddr - page + len > PAGE)
		return pgc_err_set(err, PGC_EFORMAT, "0x%" PRIx64 ": crosses a page", paddr);
	if (!to) {
		patch = find_patch(img, page);
		st = patch ? PGC_OK : make_patch(img, page, &patch, err);
		if (st != PGC_OK)
			return st;
		to = patch->data + (paddr - page);
	}
	memcpy(to, buf, len);
	return PGC_OK;
}

static enum pgc_status put(struct writer *w, const void *buf, size_t len, uint64_t off,
			   struct pgc_err *err)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = pwrite(w->fd, p, len, (off_t)off);

		if (n <= 0)
			return pgc_err_set(err, PGC_EIO, "write: %s",
					   n ? strerror(errno) : "no progress");
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return PGC_OK;
}

static enum pgc_status add_load(struct writer *w, uint64_t paddr, uint64_t len, uint64_t off,
				struct pgc_err *err)
{
	if (w->n_ph == LOADS_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "more than %u ranges: share larger ones",
				   LOADS_MAX);
	w->ph[w->n_ph++] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = off,
		.p_paddr = paddr, .p_filesz = len, .p_memsz = len, .p_align = PAGE,
	};
	w->size.bytes += len;
	return PGC_OK;
}

/* A page of the source goes behind the last one, or starts a range of its own. */
static enum pgc_status put_page(struct writer *w, uint64_t paddr, const uint8_t *data,
				struct pgc_err *err)
{
	static const uint8_t zeros[PAGE];
	Elf64_Phdr *last = w->n_ph > 1 ? &w->ph[w->n_ph - 1] : NULL;
	enum pgc_status st = PGC_OK;

	if (last && last->p_paddr + last->p_filesz == paddr) {
		last->p_filesz += PAGE;
		last->p_memsz += PAGE;
		w->size.bytes += PAGE;
	} else {
		/* What lies between is memory that was left out. */
		if (last)
			last->p_memsz = paddr - last->p_paddr;
		st = add_load(w, paddr, PAGE, w->end, err);
	}
	/* A hole in the file reads as zeros too. */
	if (st == PGC_OK && memcmp(data, zeros, PAGE))
		st = put(w, data, PAGE, w->end, err);
	w->end += PAGE;
	w->size.stored += PAGE;
	return st;
}

static enum pgc_status put_source(struct writer *w, uint64_t source_end, struct pgc_err *err)
{
	uint8_t raw[PAGE];

	for (uint64_t paddr = 0; paddr < source_end; paddr += PAGE) {
		const struct patch *patch = find_patch(w->img, paddr);
		enum pgc_status st = PGC_OK;
		bool there = true;

		if (!patch)
			st = source_page(w->img, paddr, raw, &there, err);
		if (st == PGC_OK && there)
			st = put_page(w, paddr, patch ? patch->data : raw, err);
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

static enum pgc_status put_added(struct writer *w, const struct added *a, struct pgc_err *err)
{
	enum pgc_status st = put(w, a->data, a->unique, w->end, err);

	for (uint64_t at = 0; at < a->len && st == PGC_OK; at += a->unique)
		st = add_load(w, a->paddr + at, a->len - at < a->unique ? a->len - at : a->unique,
			      w->end, err);
	w->end += a->unique;
	w->size.stored += a->unique;
	return st;
}

/* The headers have their room at the front: other programs look for them there. */
static enum pgc_status put_headers(struct writer *w, struct pgc_err *err)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof(eh), .e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)w->n_ph,
	};
	enum pgc_status st = put(w, &eh, sizeof(eh), 0, err);

	if (st == PGC_OK)
		st = put(w, w->ph, w->n_ph * sizeof(*w->ph), sizeof(eh), err);
	if (st == PGC_OK && ftruncate(w->fd, (off_t)w->end))
		st = pgc_err_set(err, PGC_EIO, "%s", strerror(errno));
	return st;
}

static enum pgc_status save(struct writer *w, uint64_t source_end, struct pgc_err *err)
{
	struct image *img = w->img;
	uint64_t room = sizeof(Elf64_Ehdr) + LOADS_MAX * sizeof(Elf64_Phdr);
	enum pgc_status st;

	room = (room + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	w->ph[w->n_ph++] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = room,
					 .p_filesz = img->notes_len, .p_memsz = img->notes_len };
	st = put(w, img->notes, img->notes_len, room, err);
	w->end = (room + img->notes_len + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if (st == PGC_OK)
		st = put_source(w, source_end, err);
	for (size_t i = 0; i < img->n_added && st == PGC_OK; i++)
		st = put_added(w, &img->added[i], err);
	return st == PGC_OK ? put_headers(w, err) : st;
}

enum pgc_status image_save(struct image *img, const char *path, uint64_t source_end,
			   struct image_size *ret, struct pgc_err *err)
{
	struct writer w = { .img = img };
	enum pgc_status st;

	w.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w.fd < 0)
		return pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	w.ph = calloc(LOADS_MAX, sizeof(*w.ph));
	st = w.ph ? save(&w, source_end, err) : pgc_err_nomem(err, "the program headers");
	if (close(w.fd) && st == PGC_OK)
		st = pgc_err_set(err, PGC_EIO, "%s", strerror(errno));
	w.size.loads = w.n_ph - 1;
	*ret = w.size;
	free(w.ph);
	return pgc_err_add(err, st, "%s", path);
}
