/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_seeds - small dumps of every form into a folder, for fuzz_dump to begin with
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../tests/unit/mkdump.h"
#include "../tests/unit/pack_page.h"

#define PAGES 24u

/* With a page table that maps the direct map onto itself, and says so. */
#define VMCOREINFO "OSRELEASE=6.1.0-fuzz\nBUILD-ID=c0ffee\nPAGESIZE=4096\nKERNELOFFSET=1a000000\n" \
	"NUMBER(phys_base)=0\nSYMBOL(swapper_pg_dir)=ffffffff80003000\n" \
	"SYMBOL(init_uts_ns)=ffffffff80004000\nCRASHTIME=1\n"

static unsigned char mem[PAGES * MK_PAGE];
static char all[PAGES], some[PAGES];

static void save(const char *folder, const char *name, const struct img *img)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(img->buf, 1, img->len, f) != img->len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static size_t pack(size_t i, const unsigned char *page, unsigned char *out, uint32_t *flags)
{
	return pack_if_smaller((enum page_packing)(i % PAGE_PACKINGS), page, MK_PAGE, out, flags);
}

static void put64(size_t at, uint64_t v)
{
	v = htole64(v);
	memcpy(mem + at, &v, 8);
}

static void add(struct img *img, const void *bytes, size_t len)
{
	img_put(img, img->len, bytes, len);
}

static void add32(struct img *img, uint32_t v)
{
	v = htole32(v);
	add(img, &v, sizeof(v));
}

static void add64(struct img *img, uint64_t v)
{
	v = htole64(v);
	add(img, &v, sizeof(v));
}

/* Zeros up to @len. */
static void pad(struct img *img, size_t len)
{
	img_put(img, len - 1, "", 1);
}

/* LKCD, version 9: the header, whose last word here is the place of the first page, and pages. */
static void mk_lkcd(struct img *img)
{
	static const char names[6][65] = { "Linux", "host", "6.1", "#1", "x86_64", "" };

	add64(img, 0xa8190173618f23ed);
	add32(img, 9);
	add32(img, 742);		/* bytes of the header */
	add32(img, 0);
	add32(img, MK_PAGE);
	pad(img, 48);
	add32(img, PAGES);
	pad(img, 324);
	add(img, names, sizeof(names));
	pad(img, 734);
	add64(img, MK_PAGE);
	pad(img, MK_PAGE);
	for (size_t i = 0; i < PAGES; i++) {
		if (!some[i])
			continue;
		add64(img, i * MK_PAGE);
		add32(img, MK_PAGE);
		add32(img, 1);		/* as it is */
		add(img, mem + i * MK_PAGE, MK_PAGE);
	}
	add64(img, 0);
	add32(img, 0);
	add32(img, 4);			/* the end */
}

/* sadump, a single partition: its header, the dump's, one CPU, two bitmaps, pages. */
static void mk_sadump(struct img *img)
{
	unsigned char bits[PAGES / 8] = { 0 };

	for (size_t i = 0; i < PAGES; i++)
		if (some[i])
			bits[i / 8] |= (unsigned char)(128 >> i % 8);
	add(img, "sadump\0\0", 8);
	add32(img, 1);
	pad(img, 168);
	/* Up to the end of the block each word is made of the one before. */
	for (uint32_t word = 1; img->len < MK_PAGE; word = 11 * (word + 7))
		add32(img, word);
	add(img, "sadump\0\0", 8);
	pad(img, MK_PAGE + 40);
	add32(img, MK_PAGE);		/* a block */
	add32(img, 0);
	add32(img, 1);			/* blocks of CPUs, of each bitmap; frames */
	add32(img, 1);
	add32(img, 1);
	add32(img, PAGES);
	pad(img, MK_PAGE + 80);
	add32(img, 1);			/* CPUs */
	pad(img, (size_t)2 * MK_PAGE);
	add32(img, 1024);
	pad(img, (size_t)2 * MK_PAGE + 20 + 992);
	add64(img, 1u << 10);		/* EFER: 64-bit mode */
	for (size_t map = 3; map < 5; map++)
		img_put(img, map * MK_PAGE, bits, sizeof(bits));
	pad(img, (size_t)5 * MK_PAGE);
	for (size_t i = 0; i < PAGES; i++)
		if (some[i])
			add(img, mem + i * MK_PAGE, MK_PAGE);
}

int main(int argc, char **argv)
{
	static const struct mk_load loads[] = {
		{ 0, 8 * MK_PAGE, 8 * MK_PAGE, mem },
		{ 0x100000, 4 * MK_PAGE, 6 * MK_PAGE, mem + 8 * MK_PAGE },
	};
	struct img elf = { 0 }, bare = { 0 }, kdump = { 0 }, packed = { 0 }, flat = { 0 },
		   flat_kdump = { 0 }, kcore = { 0 }, lkcd = { 0 }, sadump = { 0 };

	if (argc != 2)
		return 16;
	for (size_t i = 0; i < sizeof(mem); i++)
		mem[i] = (unsigned char)(i / MK_PAGE % 4 ? i / 64 : 0);
	memset(mem + 3 * MK_PAGE, 0, 3 * MK_PAGE);
	/* swapper_pg_dir at 0x3000: direct map and kernel text by tables at 0x4000 and 0x5000 */
	put64(3 * MK_PAGE + 273 * 8, 0x4067);
	put64(3 * MK_PAGE + 511 * 8, 0x4067);
	put64(4 * MK_PAGE, 0xe7);		/* 1 GiB */
	put64(4 * MK_PAGE + 510 * 8, 0x5067);
	put64(5 * MK_PAGE, 0xe7);		/* 2 MiB */
	for (size_t i = 0; i < PAGES; i++)
		all[i] = some[i] = i % 8 != 7;
	mk_elf(&elf, loads, 2, VMCOREINFO);
	mk_elf(&bare, loads, 2, NULL);
	mk_kdump(&kdump, mem, PAGES, all, some, VMCOREINFO);
	mk_kdump_packed(&packed, mem, PAGES, all, some, VMCOREINFO, pack);
	mk_flat(&flat, &elf, 4096);
	mk_flat(&flat_kdump, &packed, 8192);
	mk_elf(&kcore, loads, 2, VMCOREINFO);
	for (size_t i = 0; i < 2; i++)
		img_put64(&kcore, MK_PHDR(i + 1) + offsetof(Elf64_Phdr, p_vaddr),
			  0xffff888000000000 + loads[i].paddr);
	/* What has an odd length is opened as a live kernel's. */
	img_put(&kcore, kcore.len | 1, "", 1);
	kcore.len = (kcore.len - 1) | 1;
	save(argv[1], "elf", &elf);
	save(argv[1], "elf-without-vmcoreinfo", &bare);
	save(argv[1], "kdump", &kdump);
	save(argv[1], "kdump-packed", &packed);
	save(argv[1], "flattened-elf", &flat);
	save(argv[1], "flattened-kdump", &flat_kdump);
	save(argv[1], "kcore", &kcore);
	mk_lkcd(&lkcd);
	mk_sadump(&sadump);
	save(argv[1], "lkcd", &lkcd);
	save(argv[1], "sadump", &sadump);
	return 0;
}
