/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdump - small dumps in the formats the program reads, made in memory
 *
 * An image is a growing array of bytes; mk_file() turns it into a file without a name, that
 * mk_path() names.
 */
#ifndef PGCONS_MKDUMP_H
#define PGCONS_MKDUMP_H

#include <elf.h>
#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MK_PAGE 4096u

/* Address space of an image. Mapped, so that tests may leave it behind. */
#define IMG_ROOM (64u << 20)

struct img {
	unsigned char *buf;
	size_t len;
};

static inline void img_put(struct img *img, size_t off, const void *data, size_t len)
{
	if (!img->buf) {
		img->buf = mmap(NULL, IMG_ROOM, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (img->buf == MAP_FAILED)
			abort();
	}
	if (off + len > IMG_ROOM)
		abort();
	if (off + len > img->len)
		img->len = off + len;
	memcpy(img->buf + off, data, len);
}

static inline void img_put64(struct img *img, size_t off, uint64_t v)
{
	v = htole64(v);
	img_put(img, off, &v, sizeof(v));
}

static inline void img_put32(struct img *img, size_t off, uint32_t v)
{
	v = htole32(v);
	img_put(img, off, &v, sizeof(v));
}

static inline void img_put16(struct img *img, size_t off, uint16_t v)
{
	v = htole16(v);
	img_put(img, off, &v, sizeof(v));
}

static inline int mk_file(const struct img *img)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	if (fd < 0 || write(fd, img->buf, img->len) != (ssize_t)img->len)
		abort();
	return fd;
}

static inline const char *mk_path(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* Append an ELF note. */
static inline void mk_note(struct img *img, const char *name, uint32_t type,
			   const void *desc, size_t len)
{
	size_t at = img->len, namesz = strlen(name) + 1;
	static const char zeros[4];

	img_put32(img, at, (uint32_t)namesz);
	img_put32(img, at + 4, (uint32_t)len);
	img_put32(img, at + 8, type);
	img_put(img, at + 12, name, namesz);
	img_put(img, img->len, zeros, -img->len & 3);
	img_put(img, img->len, desc, len);
	img_put(img, img->len, zeros, -img->len & 3);
}

/* Notes of two CPUs of x86_64 and @vmcoreinfo (NULL: none). */
static inline void mk_notes(struct img *img, const char *vmcoreinfo)
{
	static const char prstatus[336];

	mk_note(img, "CORE", NT_PRSTATUS, prstatus, sizeof(prstatus));
	mk_note(img, "CORE", NT_PRSTATUS, prstatus, sizeof(prstatus));
	if (vmcoreinfo)
		mk_note(img, "VMCOREINFO", 0, vmcoreinfo, strlen(vmcoreinfo));
}

struct mk_load {
	uint64_t paddr, filesz, memsz;
	const void *data;	/* NULL: zeros */
};

#define MK_PHDR(i) (sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr))

/* An ELF core: headers and notes in the first 8 KiB, then the data of each load. */
static inline void mk_elf(struct img *img, const struct mk_load *load, size_t n,
			  const char *vmcoreinfo)
{
	static const unsigned char ident[] = {
		0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
	};
	size_t data = 8192, i;
	struct img notes = { 0 };

	mk_notes(&notes, vmcoreinfo);
	img_put(img, 0, ident, sizeof(ident));
	img_put16(img, offsetof(Elf64_Ehdr, e_type), ET_CORE);
	img_put16(img, offsetof(Elf64_Ehdr, e_machine), EM_X86_64);
	img_put64(img, offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Ehdr));
	img_put16(img, offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr));
	img_put16(img, offsetof(Elf64_Ehdr, e_phnum), (uint16_t)(n + 1));
	img_put32(img, MK_PHDR(0), PT_NOTE);
	img_put64(img, MK_PHDR(0) + offsetof(Elf64_Phdr, p_offset), MK_PAGE);
	img_put64(img, MK_PHDR(0) + offsetof(Elf64_Phdr, p_filesz), notes.len);
	img_put(img, MK_PAGE, notes.buf, notes.len);
	for (i = 0; i < n; i++) {
		size_t ph = MK_PHDR(i + 1);

		img_put32(img, ph, PT_LOAD);
		img_put64(img, ph + offsetof(Elf64_Phdr, p_offset), data);
		img_put64(img, ph + offsetof(Elf64_Phdr, p_paddr), load[i].paddr);
		img_put64(img, ph + offsetof(Elf64_Phdr, p_filesz), load[i].filesz);
		img_put64(img, ph + offsetof(Elf64_Phdr, p_memsz), load[i].memsz);
		if (load[i].filesz)
			img_put(img, data + load[i].filesz - 1, "", 1);
		if (load[i].data)
			img_put(img, data, load[i].data, load[i].filesz);
		data += load[i].filesz;
	}
}

/* Where mk_kdump() puts things. */
#define MK_KDUMP_NOTES 4608u
#define MK_KDUMP_BITMAPS (4 * MK_PAGE)
#define MK_KDUMP_DESCS (6 * MK_PAGE)

/*
 * How mk_kdump_packed() is to store page @i: puts it into @out, of 2 pages, and the flags of
 * its descriptor into *@flags; returns the size.
 */
typedef size_t mk_pack_fn(size_t i, const unsigned char *page, unsigned char *out,
			  uint32_t *flags);

/*
 * A kdump-compressed file of @pages pages of memory, of which those with kept[i] are stored
 * and those with ram[i] are RAM. Without @pack they are stored as they are.
 */
static inline void mk_kdump_packed(struct img *img, const unsigned char *mem, size_t pages,
				   const char *ram, const char *kept,
				   const char *vmcoreinfo, mk_pack_fn *pack)
{
	size_t i, stored = 0, data = MK_KDUMP_DESCS + (pages * 24 / MK_PAGE + 1) * MK_PAGE;
	unsigned char packed[2 * MK_PAGE];
	struct img notes = { 0 };

	mk_notes(&notes, vmcoreinfo);
	img_put(img, 0, "KDUMP   ", 8);
	img_put32(img, 8, 6);
	img_put(img, 142, "6.1.0-test", 11);
	img_put(img, 272, "x86_64", 7);
	img_put32(img, 424, 1);
	img_put32(img, 428, MK_PAGE);
	img_put32(img, 432, 3);
	img_put32(img, 436, 2);
	img_put32(img, 440, (uint32_t)pages);
	img_put64(img, MK_PAGE + 48, MK_KDUMP_NOTES);
	img_put64(img, MK_PAGE + 56, notes.len);
	img_put64(img, MK_PAGE + 96, pages);
	img_put(img, MK_KDUMP_NOTES, notes.buf, notes.len);
	img_put(img, data - 1, "", 1);
	for (i = 0; i < pages; i++) {
		size_t desc = MK_KDUMP_DESCS + stored * 24, size = MK_PAGE;
		uint32_t flags = 0;

		if (ram[i])
			img->buf[MK_KDUMP_BITMAPS + i / 8] |= (unsigned char)(1 << i % 8);
		if (!kept[i])
			continue;
		img->buf[MK_KDUMP_BITMAPS + MK_PAGE + i / 8] |= (unsigned char)(1 << i % 8);
		memcpy(packed, mem + i * MK_PAGE, MK_PAGE);
		if (pack)
			size = pack(i, mem + i * MK_PAGE, packed, &flags);
		img_put64(img, desc, data);
		img_put32(img, desc + 8, (uint32_t)size);
		img_put32(img, desc + 12, flags);
		img_put(img, data, packed, size);
		data += size;
		stored++;
	}
}

static inline void mk_kdump(struct img *img, const unsigned char *mem, size_t pages,
			    const char *ram, const char *kept, const char *vmcoreinfo)
{
	mk_kdump_packed(img, mem, pages, ram, kept, vmcoreinfo, NULL);
}

static inline void img_put_be64(struct img *img, size_t off, uint64_t v)
{
	v = htobe64(v);
	img_put(img, off, &v, sizeof(v));
}

static inline void mk_flat_start(struct img *img)
{
	img_put(img, 0, "makedumpfile", 13);
	img_put_be64(img, 16, 1);
	img_put_be64(img, 24, 1);
	img_put(img, 4095, "", 1);
}

static inline void mk_flat_record(struct img *img, uint64_t off, const void *data, size_t len)
{
	img_put_be64(img, img->len, off);
	img_put_be64(img, img->len, len);
	img_put(img, img->len, data, len);
}

static inline void mk_flat_end(struct img *img)
{
	img_put_be64(img, img->len, UINT64_MAX);
	img_put_be64(img, img->len, UINT64_MAX);
}

/* @in, flattened into records of @chunk bytes, the second half first. */
static inline void mk_flat(struct img *img, const struct img *in, size_t chunk)
{
	size_t half = in->len / 2 / chunk * chunk, off;

	mk_flat_start(img);
	for (off = half; off < in->len; off += chunk)
		mk_flat_record(img, off, in->buf + off,
			       in->len - off < chunk ? in->len - off : chunk);
	for (off = 0; off < half; off += chunk)
		mk_flat_record(img, off, in->buf + off, chunk);
	mk_flat_end(img);
}

#endif
