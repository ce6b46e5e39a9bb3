/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/checked.h"
#include "dump/dump_elf.h"
#include "mkdump.h"
#include "unit.h"

static unsigned char mem[8 * MK_PAGE];
static unsigned char buf[16 * MK_PAGE];

static struct dump_elf *open_image(const struct img *img, size_t keep)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_elf *de = NULL;
	int fd = mk_file(img);

	ck_assert_int_eq(ftruncate(fd, (off_t)keep), 0);
	ck_assert_ok(dump_elf_open(fd, keep, &de, &err), &err);
	return de;
}

static void fill(void)
{
	for (size_t i = 0; i < sizeof(mem); i++)
		mem[i] = (unsigned char)(i / MK_PAGE * 16 + i % 13);
}

START_TEST(the_four_answers)
{
	/* Two pages stored, two excluded; a hole; four pages, of which the file has one. */
	const struct mk_load loads[] = {
		{ 0x100000, 2 * MK_PAGE, 4 * MK_PAGE, mem },
		{ 0x200000, 4 * MK_PAGE, 4 * MK_PAGE, mem + 2 * MK_PAGE },
	};
	struct img img = { 0 };
	struct dump_elf *de;
	size_t done;

	fill();
	mk_elf(&img, loads, 2, "OSRELEASE=6.1.0\n");
	de = open_image(&img, img.len - 3 * MK_PAGE);
	ck_assert_uint_eq(dump_elf_info(de)->promised, img.len);
	ck_assert_str_eq(dump_elf_info(de)->arch->name, "x86_64");
	ck_assert_uint_eq(dump_elf_info(de)->notes.cpus, 2);

	ck_assert_int_eq(dump_elf_read(de, 0x100010, buf, 5 * MK_PAGE, &done, NULL),
			 PGC_EXCLUDED);
	ck_assert_uint_eq(done, 2 * MK_PAGE - 0x10);
	ck_assert_mem_eq(buf, mem + 0x10, done);
	ck_assert_int_eq(dump_elf_read(de, 0x103fff, buf, 1, &done, NULL), PGC_EXCLUDED);
	ck_assert_int_eq(dump_elf_read(de, 0x104000, buf, 1, &done, NULL), PGC_ABSENT);
	ck_assert_int_eq(dump_elf_read(de, 0xfffff, buf, 2, &done, NULL), PGC_ABSENT);
	ck_assert_int_eq(dump_elf_read(de, 0x200000, buf, 4 * MK_PAGE, &done, NULL),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, MK_PAGE);
	ck_assert_mem_eq(buf, mem + 2 * MK_PAGE, done);
	ck_assert_int_eq(dump_elf_read(de, UINT64_MAX, buf, 16, &done, NULL), PGC_ABSENT);
	ck_assert_uint_eq(done, 0);
	dump_elf_close(de);
}
END_TEST

START_TEST(overlapping_ranges)
{
	/* As in /proc/vmcore: the kernel's text once more, inside the range around it. */
	const struct mk_load loads[] = {
		{ 0x102000, 2 * MK_PAGE, 2 * MK_PAGE, mem + 2 * MK_PAGE },
		{ 0x100000, 6 * MK_PAGE, 6 * MK_PAGE, mem },
		/* Its data is excluded, but another range has the first half. */
		{ 0x105000, 0, 2 * MK_PAGE, NULL },
		{ UINT64_MAX, MK_PAGE, MK_PAGE, mem },	/* /proc/kcore: no address */
	};
	struct img img = { 0 };
	struct dump_elf *de;
	size_t done;

	fill();
	mk_elf(&img, loads, ARRAY_SIZE(loads), NULL);
	de = open_image(&img, img.len);
	ck_assert_int_eq(dump_elf_read(de, 0x100000, buf, 8 * MK_PAGE, &done, NULL),
			 PGC_EXCLUDED);
	ck_assert_uint_eq(done, 6 * MK_PAGE);
	ck_assert_mem_eq(buf, mem, done);
	ck_assert_int_eq(dump_elf_read(de, 0x107000, buf, 1, &done, NULL), PGC_ABSENT);
	dump_elf_close(de);
}
END_TEST

START_TEST(what_is_cut_in_one_range_may_be_whole_in_another)
{
	const struct mk_load loads[] = {
		{ 0x100000, 2 * MK_PAGE, 2 * MK_PAGE, mem },
		{ 0x100000, 4 * MK_PAGE, 4 * MK_PAGE, mem },
	};
	struct img img = { 0 };
	struct dump_elf *de;
	size_t done;

	fill();
	mk_elf(&img, loads, 2, NULL);
	de = open_image(&img, 8192 + 2 * MK_PAGE);
	ck_assert_int_eq(dump_elf_read(de, 0x100000, buf, 4 * MK_PAGE, &done, NULL),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, 2 * MK_PAGE);
	ck_assert_mem_eq(buf, mem, done);
	dump_elf_close(de);
}
END_TEST

START_TEST(program_headers_may_lie_anywhere)
{
	/* As QEMU writes them: e_ehsize 8, the headers behind a section header. */
	const struct mk_load load = { 0, MK_PAGE, MK_PAGE, mem };
	struct img img = { 0 };
	struct dump_elf *de;
	size_t done;

	fill();
	mk_elf(&img, &load, 1, NULL);
	img_put(&img, 3072, img.buf + MK_PHDR(0), 2 * sizeof(Elf64_Phdr));
	memset(img.buf + MK_PHDR(0), 0xff, 2 * sizeof(Elf64_Phdr));
	img_put64(&img, offsetof(Elf64_Ehdr, e_phoff), 3072);
	img_put16(&img, offsetof(Elf64_Ehdr, e_ehsize), 8);
	/* And counted by the section header, as more than 65534 are. */
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), PN_XNUM);
	img_put64(&img, offsetof(Elf64_Ehdr, e_shoff), 2048);
	img_put32(&img, 2048 + offsetof(Elf64_Shdr, sh_info), 2);
	de = open_image(&img, img.len);
	ck_assert_int_eq(dump_elf_read(de, 0, buf, MK_PAGE, &done, NULL), PGC_OK);
	ck_assert_mem_eq(buf, mem, MK_PAGE);
	dump_elf_close(de);
}
END_TEST

/* Open an image that must not open; the message must say @why. */
static void refused(const struct img *img, const char *why)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_elf *de = NULL;
	int fd = mk_file(img);

	ck_assert_int_eq(dump_elf_open(fd, img->len, &de, &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, why);
	close(fd);
}

START_TEST(headers_that_cannot_be)
{
	const struct mk_load load = { 0, MK_PAGE, MK_PAGE, NULL };
	struct img img = { 0 };

	mk_elf(&img, &load, 1, NULL);
	img_put16(&img, offsetof(Elf64_Ehdr, e_phentsize), 0);
	refused(&img, "program headers of 0 bytes");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr));
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 0);
	refused(&img, "without memory ranges");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 1);
	refused(&img, "without memory ranges");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), PN_XNUM);
	img_put64(&img, offsetof(Elf64_Ehdr, e_shoff), UINT64_MAX - 8);
	refused(&img, "truncated inside the section header");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 2);
	img_put64(&img, offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8);
	refused(&img, "truncated inside the program headers");
	img_put16(&img, offsetof(Elf64_Ehdr, e_type), ET_EXEC);
	refused(&img, "vmlinux");
	img_put(&img, EI_CLASS, "\1", 1);
	refused(&img, "32-bit");
	img.len = 20;
	refused(&img, "truncated inside the ELF header");
}
END_TEST

START_TEST(ranges_that_wrap)
{
	const struct mk_load loads[] = {
		{ 0, MK_PAGE, MK_PAGE, mem },
		{ UINT64_MAX - MK_PAGE, 0, UINT64_MAX, NULL },
	};
	struct img img = { 0 };
	struct dump_elf *de;
	size_t done;

	fill();
	mk_elf(&img, loads, 2, NULL);
	/* File offset and size wrap around, and come back into the file. */
	img_put64(&img, MK_PHDR(2) + offsetof(Elf64_Phdr, p_offset), UINT64_MAX - 100);
	img_put64(&img, MK_PHDR(2) + offsetof(Elf64_Phdr, p_filesz), 8192);
	de = open_image(&img, img.len);
	ck_assert_uint_eq(dump_elf_info(de)->promised, UINT64_MAX);
	ck_assert_int_eq(dump_elf_read(de, UINT64_MAX - 1, buf, 100, &done, NULL),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, 0);
	ck_assert_int_eq(dump_elf_read(de, 0, buf, MK_PAGE, &done, NULL), PGC_OK);
	dump_elf_close(de);
}
END_TEST

UNIT_MAIN("dump_elf", the_four_answers, overlapping_ranges,
	  what_is_cut_in_one_range_may_be_whole_in_another,
	  program_headers_may_lie_anywhere, headers_that_cannot_be, ranges_that_wrap)
