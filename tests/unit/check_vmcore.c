/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/stat.h>

#include "mkdump.h"
#include "unit.h"
#include "vmcore.h"

/*
 * A machine of 64 pages of memory. Page tables: PGD in page 1, PUD in 2, PMD in 3, PTE in
 * 4, mapping BASE; the kernel's text at KMAP is a 2 MiB page at 0.
 */
#define PAGES 64
#define KMAP UINT64_C(0xffffffff80000000)
#define BASE UINT64_C(0xffffea0000000000)
#define PRESENT 1
#define LARGE 0x80

#define VMCOREINFO \
	"OSRELEASE=6.1.0-unit\nBUILD-ID=00aAff\nPAGESIZE=4096\n" \
	"a line that is none\n=neither\n" \
	"SYMBOL(init_top_pgt)=ffffffff80001000\nNUMBER(phys_base)=0\n" \
	"SYMBOL(thing)=ffffffff80005008\nKERNELOFFSET=1c000000\n"

static unsigned char mem[PAGES * MK_PAGE], buf[PAGES * MK_PAGE];
static char ram[PAGES], kept[PAGES];

static void put_entry(unsigned int table, uint64_t kaddr, unsigned int level, uint64_t entry)
{
	uint64_t v = htole64(entry);

	memcpy(mem + table * MK_PAGE + (kaddr >> (12 + 9 * level) & 511) * 8, &v, 8);
}

static void make_machine(void)
{
	for (size_t i = 0; i < sizeof(mem); i++)
		mem[i] = (unsigned char)(i / MK_PAGE * 3 + i % 11);
	memset(mem + MK_PAGE, 0, 4 * MK_PAGE);
	memset(ram, 1, sizeof(ram));
	memset(kept, 1, sizeof(kept));
	put_entry(1, BASE, 3, 0x2000 | PRESENT);
	put_entry(2, BASE, 2, 0x3000 | PRESENT);
	put_entry(3, BASE, 1, 0x4000 | PRESENT);
	/* Pages 8, 9, a hole, 20, 19; then one outside all memory. */
	put_entry(4, BASE, 0, 0x8000 | PRESENT);
	put_entry(4, BASE + 0x1000, 0, 0x9000 | PRESENT);
	put_entry(4, BASE + 0x3000, 0, 0x14000 | PRESENT);
	put_entry(4, BASE + 0x4000, 0, 0x13000 | PRESENT);
	put_entry(4, BASE + 0x5000, 0, 0x7ffffffff000 | PRESENT);
	/* A page table that is not there, one that the dump leaves out. */
	put_entry(3, BASE + 0x200000, 1, 0x7ffffffff000 | PRESENT);
	put_entry(3, BASE + 0x400000, 1, 0x3f000 | PRESENT);
	put_entry(1, KMAP, 3, 0x2000 | PRESENT);
	put_entry(2, KMAP, 2, 0x3000 | PRESENT);
	put_entry(3, KMAP + 0x600000, 1, 0x0 | LARGE | PRESENT | 1 << 12 /* PAT */);
	/* Loops back to itself: the levels end it. */
	put_entry(1, UINT64_C(0xffffa00000000000), 3, 0x1000 | PRESENT);
	strcpy((char *)mem + 5 * MK_PAGE + 8, "hello, kernel");
}

static struct vmcore *open_image(const struct img *img)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL;
	int fd = mk_file(img);

	ck_assert(vmcore_looks_like_dump(mk_path(fd)));
	ck_assert_ok(vmcore_open(mk_path(fd), &vc, &err), &err);
	close(fd);
	return vc;
}

static struct vmcore *open_elf(const char *vmcoreinfo)
{
	const struct mk_load load = {
		0, (PAGES - 1) * MK_PAGE, PAGES * MK_PAGE, mem,
	};
	struct img img = { 0 };

	mk_elf(&img, &load, 1, vmcoreinfo);
	return open_image(&img);
}

static struct img kdump_image(const char *vmcoreinfo)
{
	struct img img = { 0 };

	kept[PAGES - 1] = 0;
	mk_kdump(&img, mem, PAGES, ram, kept, vmcoreinfo);
	return img;
}

static struct vmcore *open_kind(int kind)
{
	const struct mk_load load = {
		0, (PAGES - 1) * MK_PAGE, PAGES * MK_PAGE, mem,
	};
	struct img img = { 0 }, flat = { 0 };

	if (kind % 2)
		img = kdump_image(VMCOREINFO);
	else
		mk_elf(&img, &load, 1, VMCOREINFO);
	if (kind < 2)
		return open_image(&img);
	mk_flat(&flat, &img, 5000);
	return open_image(&flat);
}

static const char *const kinds[] = { "ELF", "kdump", "flattened ELF", "flattened kdump" };

START_TEST(facts_of_a_dump)
{
	const struct vmcore_info *info;
	struct vmcore *vc;

	make_machine();
	vc = open_kind(_i);
	info = vmcore_info(vc);
	ck_assert_str_eq(info->format, kinds[_i]);
	ck_assert_str_eq(info->arch->name, "x86_64");
	ck_assert_str_eq(info->release, "6.1.0-unit");
	ck_assert_str_eq(info->build_id, "00aaff");
	ck_assert_uint_eq(info->page_size, 4096);
	ck_assert_uint_eq(info->page_shift, 12);
	ck_assert_uint_eq(info->kernel_offset, 0x1c000000);
	ck_assert_uint_eq(info->cpus, 2);
	ck_assert_uint_eq(info->truncated_at, 0);
	ck_assert_uint_eq(info->missing_bytes, 0);
	ck_assert(info->has_vmcoreinfo && !info->live);
	ck_assert_str_eq(vmcore_vmcoreinfo(vc, "SYMBOL(thing)"), "ffffffff80005008");
	ck_assert_ptr_null(vmcore_vmcoreinfo(vc, "SYMBOL(thin)"));
	ck_assert_ptr_null(vmcore_vmcoreinfo(vc, ""));
	vmcore_close(vc);
}
END_TEST

START_TEST(translation)
{
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t paddr = 0, run = 0;
	struct vmcore *vc;

	make_machine();
	vc = open_kind(_i);
	ck_assert_ok(vmcore_translate(vc, BASE + 0x1234, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, 0x9234);
	ck_assert_uint_eq(run, 0x1000 - 0x234);
	ck_assert_ok(vmcore_translate(vc, KMAP + 0x605008, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, 0x5008);
	ck_assert_uint_eq(run, 0x200000 - 0x5008);

	/* Gaps say how far they reach. */
	ck_assert_int_eq(vmcore_translate(vc, BASE + 0x2008, &paddr, &run, &err),
			 PGC_ABSENT);
	ck_assert_uint_eq(run, 0x1000 - 8);
	ck_assert_int_eq(vmcore_translate(vc, UINT64_C(0xffffc00000000000), &paddr, &run,
					  &err), PGC_ABSENT);
	ck_assert_uint_eq(run, UINT64_C(1) << 39);
	ck_assert_int_eq(vmcore_translate(vc, 0x123400000000000, &paddr, &run, &err),
			 PGC_ABSENT);
	ck_assert_int_eq(vmcore_translate(vc, BASE + 0x200000, &paddr, &run, &err),
			 PGC_DAMAGED);
	ck_assert_int_eq(vmcore_translate(vc, BASE + 0x400000, &paddr, &run, &err),
			 PGC_EXCLUDED);
	ck_assert_str_eq(err.msg, "");
	(void)!vmcore_translate(vc, UINT64_C(0xffffa00000000000), &paddr, &run, &err);
	vmcore_close(vc);
}
END_TEST

/* Goes before the page tables, there, for all that share the dump; and can be undone. */
START_TEST(linear_where_it_is_said)
{
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t paddr = 0, run = 0;
	struct vmcore *vc, *dup;

	make_machine();
	vc = open_kind(_i);
	ck_assert(vmcore_assume_linear(vc, BASE + 0x1000, 0x2000, 0x3000));
	ck_assert_ok(vmcore_dup(vc, &dup, &err), &err);
	ck_assert(!vmcore_assume_linear(dup, 0, 0x1000, 0));
	for (size_t i = 0; i < 2; i++) {
		struct vmcore *either = i ? dup : vc;

		ck_assert_ok(vmcore_translate(either, BASE + 0x1234, &paddr, &run, &err), &err);
		ck_assert_uint_eq(paddr, 0x3234);
		ck_assert_uint_eq(run, 0x1000 - 0x234);
		ck_assert_ok(vmcore_translate(either, BASE + 0x2008, &paddr, &run, &err), &err);
		ck_assert_uint_eq(paddr, 0x4008);
		ck_assert_ok(vmcore_translate(either, KMAP + 0x605008, &paddr, &run, &err), &err);
		ck_assert_uint_eq(paddr, 0x5008);
	}
	vmcore_close(dup);
	ck_assert(vmcore_assume_linear(vc, 0, 0, 0));
	ck_assert_ok(vmcore_translate(vc, BASE + 0x1234, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, 0x9234);
	ck_assert_int_eq(vmcore_translate(vc, BASE + 0x2008, &paddr, &run, &err), PGC_ABSENT);
	vmcore_close(vc);
}
END_TEST

/* What was mapped by the page tables, as is done where reads are many, is not used then. */
START_TEST(linear_where_it_was_read_before)
{
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t word, before, want;
	struct vmcore *vc;
	size_t done;

	make_machine();
	vc = open_kind(_i);
	for (size_t i = 0; i < 100; i++) {
		ck_assert_ok(vmcore_flush(vc, &err), &err);
		ck_assert_ok(vmcore_read_u64(vc, BASE + 0x1008, "a word", &before, &err), &err);
	}
	ck_assert_ok(vmcore_read_phys(vc, 0x3008, &want, 8, &done, &err), &err);
	ck_assert_uint_ne(before, want);
	ck_assert(vmcore_assume_linear(vc, BASE + 0x1000, 0x1000, 0x3000));
	ck_assert_ok(vmcore_read_u64(vc, BASE + 0x1008, "a word", &word, &err), &err);
	ck_assert_uint_eq(word, want);
	ck_assert(vmcore_assume_linear(vc, 0, 0, 0));
	ck_assert_ok(vmcore_read_u64(vc, BASE + 0x1008, "a word", &word, &err), &err);
	ck_assert_uint_eq(word, before);
	vmcore_close(vc);
}
END_TEST

START_TEST(bulk_reads)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc;
	size_t done;

	make_machine();
	vc = open_kind(_i);
	ck_assert_int_eq(vmcore_read_bulk(vc, BASE + 5, buf, 0x5000, &done, &err),
			 PGC_ABSENT);
	ck_assert_uint_eq(done, 0x2000 - 5);
	ck_assert_mem_eq(buf, mem + 0x8005, done);
	ck_assert_int_eq(vmcore_read_bulk(vc, BASE + 0x3000, buf, 0x3000, &done, &err),
			 PGC_ABSENT);
	ck_assert_uint_eq(done, 0x2000);
	ck_assert_mem_eq(buf, mem + 0x14000, 0x1000);
	ck_assert_mem_eq(buf + 0x1000, mem + 0x13000, 0x1000);
	ck_assert_int_eq(vmcore_read_bulk(vc, KMAP + 0x600000, buf, sizeof(buf), &done,
					  &err), PGC_EXCLUDED);
	ck_assert_uint_eq(done, (PAGES - 1) * MK_PAGE);
	ck_assert_mem_eq(buf, mem, done);
	ck_assert_int_eq(vmcore_read_bulk(vc, UINT64_MAX - 10, buf, 100, &done, &err),
			 PGC_ABSENT);
	ck_assert_int_eq(vmcore_read_phys(vc, PAGES * MK_PAGE, buf, 1, &done, &err),
			 PGC_ABSENT);
	ck_assert_str_eq(err.msg, "");
	vmcore_close(vc);
}
END_TEST

START_TEST(small_reads)
{
	struct pgc_err err = PGC_ERR_INIT;
	const uint64_t text = KMAP + 0x600000;
	struct vmcore *vc;
	uint64_t v64 = 0;
	uint32_t v32 = 0;
	char str[32];

	make_machine();
	vc = open_kind(_i);
	ck_assert_ok(vmcore_read_str(vc, text + 0x5008, str, sizeof(str), "s", &err), &err);
	ck_assert_str_eq(str, "hello, kernel");
	ck_assert_ok(vmcore_read_str(vc, text + 0x5008, str, 6, "s", &err), &err);
	ck_assert_str_eq(str, "hello");
	ck_assert_ok(vmcore_read_u64(vc, text + 0x5008, "v", &v64, &err), &err);
	ck_assert_uint_eq(v64, UINT64_C(0x6b202c6f6c6c6568));
	ck_assert_ok(vmcore_read_u32(vc, text + 0x5008, "v", &v32, &err), &err);
	ck_assert_uint_eq(v32, 0x6c6c6568);
	/* Across two pages that are not neighbours in physical memory. */
	ck_assert_ok(vmcore_read(vc, BASE + 0x3ffc, buf, 8, "v", &err), &err);
	ck_assert_mem_eq(buf, mem + 0x14ffc, 4);
	ck_assert_mem_eq(buf + 4, mem + 0x13000, 4);
	/* Gaps, twice: the second time from the cache. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(vmcore_read(vc, BASE + 0x1ffc, buf, 8, "v", &err),
				 PGC_ABSENT);
		ck_assert_int_eq(vmcore_read_u64(vc, text + (PAGES - 1) * MK_PAGE, "v",
						 &v64, &err), PGC_EXCLUDED);
	}
	ck_assert_int_eq(vmcore_read_u64(vc, UINT64_MAX - 2, "v", &v64, &err), PGC_ABSENT);
	ck_assert_str_eq(err.msg, "");
	vmcore_close(vc);
}
END_TEST

/* As the memmap of huge pages is after HVO: one frame, mapped again and again. */
START_TEST(shared_frames_are_read_once)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc;
	uint64_t before;
	size_t done;

	make_machine();
	for (unsigned int i = 0; i < 8; i++)
		put_entry(4, BASE + 0x10000 + i * MK_PAGE, 0,
			  (i % 4 == 1 ? 0x15000 : 0x14000) | PRESENT);
	vc = open_kind(_i);
	before = vmcore_bytes_read(vc);
	ck_assert_ok(vmcore_read_bulk(vc, BASE + 0x10000, buf, 8 * MK_PAGE, &done, &err), &err);
	for (unsigned int i = 0; i < 8; i++)
		ck_assert_mem_eq(buf + i * MK_PAGE, mem + (i % 4 == 1 ? 0x15000 : 0x14000),
				 MK_PAGE);
	/* Pages 0 and 1 are one run, as are 4 and 5. */
	ck_assert_uint_le(vmcore_bytes_read(vc) - before, 5 * MK_PAGE);
	vmcore_close(vc);
}
END_TEST

START_TEST(another_for_another_thread)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc, *dup = NULL;
	uint64_t v64 = 0;
	size_t done;

	make_machine();
	vc = open_kind(_i);
	ck_assert_ok(vmcore_dup(vc, &dup, &err), &err);
	ck_assert_str_eq(vmcore_info(dup)->release, vmcore_info(vc)->release);
	ck_assert_str_eq(vmcore_vmcoreinfo(dup, "KERNELOFFSET"), "1c000000");
	ck_assert_ok(vmcore_read_bulk(dup, BASE, buf, 0x2000, &done, &err), &err);
	ck_assert_mem_eq(buf, mem + 0x8000, 0x2000);
	ck_assert_ok(vmcore_read_u64(dup, KMAP + 0x605008, "v", &v64, &err), &err);
	ck_assert_uint_eq(v64, UINT64_C(0x6b202c6f6c6c6568));
	ck_assert_int_eq(vmcore_read_u64(dup, BASE + 0x2000, "v", &v64, &err), PGC_ABSENT);
	vmcore_close(dup);
	/* What they share is still there. */
	ck_assert_ok(vmcore_read_u64(vc, KMAP + 0x605008, "v", &v64, &err), &err);
	vmcore_close(vc);
}
END_TEST

START_TEST(a_dump_that_shrinks_while_it_is_read)
{
	struct pgc_err err = PGC_ERR_INIT;
	const struct mk_load load = { 0, PAGES * MK_PAGE, PAGES * MK_PAGE, mem };
	struct img img = { 0 };
	struct vmcore *vc;
	uint64_t v64 = 0;
	size_t done;
	int fd;

	make_machine();
	mk_elf(&img, &load, 1, VMCOREINFO);
	fd = mk_file(&img);
	ck_assert_ok(vmcore_open(mk_path(fd), &vc, &err), &err);
	ck_assert_ok(vmcore_read_u64(vc, KMAP + 0x605008, "v", &v64, &err), &err);
	ck_assert_ok(vmcore_read_u64(vc, BASE + 0x1000, "v", &v64, &err), &err);
	ck_assert_int_eq(ftruncate(fd, MK_PAGE), 0);
	ck_assert_int_eq(vmcore_read_u64(vc, KMAP + 0x606008, "v", &v64, &err), PGC_DAMAGED);
	ck_assert_int_eq(vmcore_read_bulk(vc, KMAP + 0x606008, buf, 8, &done, &err),
			 PGC_DAMAGED);
	ck_assert_str_eq(err.msg, "");
	vmcore_close(vc);
}
END_TEST

START_TEST(without_vmcoreinfo)
{
	static const char *const infos[] = {
		NULL, "NUMBER(phys_base)=0\n", "SYMBOL(init_top_pgt)=ffffffff80001000\n",
	};
	static const char *const says[] = {
		"no VMCOREINFO in the dump", "no SYMBOL(init_top_pgt)",
		"no NUMBER(phys_base)",
	};
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t paddr, run, v;
	struct vmcore *vc;
	size_t done;

	make_machine();
	vc = open_elf(infos[_i]);
	ck_assert(vmcore_info(vc)->has_vmcoreinfo == (_i > 0));
	ck_assert_ptr_null(vmcore_info(vc)->release);
	ck_assert_int_eq(vmcore_translate(vc, BASE, &paddr, &run, &err), PGC_ENOENT);
	ck_assert_contains(err.msg, says[_i]);
	ck_assert_int_eq(vmcore_read_u64(vc, BASE, "zone.lock", &v, &err), PGC_ENOENT);
	ck_assert_contains(err.msg, "zone.lock at 0xffffea0000000000");
	ck_assert_ok(vmcore_read_phys(vc, 0x5000, buf, 4096, &done, &err), &err);
	ck_assert_mem_eq(buf, mem + 0x5000, 4096);
	vmcore_close(vc);
}
END_TEST

START_TEST(cut_off_before_vmcoreinfo)
{
	const struct mk_load load = { 0, MK_PAGE, MK_PAGE, NULL };
	struct pgc_err err = PGC_ERR_INIT;
	struct img img = { 0 };
	uint64_t paddr, run;
	struct vmcore *vc;

	mk_elf(&img, &load, 1, VMCOREINFO);
	img.len = MK_PAGE;
	vc = open_image(&img);
	ck_assert_uint_eq(vmcore_info(vc)->truncated_at, MK_PAGE);
	ck_assert_uint_eq(vmcore_info(vc)->missing_bytes, 2 * MK_PAGE);
	ck_assert_int_eq(vmcore_translate(vc, BASE, &paddr, &run, &err), PGC_ENOENT);
	ck_assert_contains(err.msg, "cut off before its VMCOREINFO");
	vmcore_close(vc);
}
END_TEST

START_TEST(page_descriptors_that_cannot_be)
{
	/* Offset, size, flags. The first three once made libkdumpfile crash. */
	static const uint64_t bad[][3] = {
		{ 28672, 65536, 1 },
		{ 28672, 4097, 2 },
		{ UINT64_C(1) << 40, 4096, 0 },
		{ UINT64_MAX - 10, 4096, 1 },
		{ 28672, 0, 1 },
		{ 28672, 100, 0 },
		{ 28672, 4096, 1 },	/* zlib, but it is not */
	};
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc;
	struct img img;
	size_t done;

	make_machine();
	ram[6] = kept[6] = 0;
	img = kdump_image(VMCOREINFO);
	/* Page 7: the seventh stored one. */
	img_put64(&img, MK_KDUMP_DESCS + 6 * 24, bad[_i][0]);
	img_put32(&img, MK_KDUMP_DESCS + 6 * 24 + 8, (uint32_t)bad[_i][1]);
	img_put32(&img, MK_KDUMP_DESCS + 6 * 24 + 12, (uint32_t)bad[_i][2]);
	vc = open_image(&img);
	ck_assert_int_eq(vmcore_read_phys(vc, 0x4000, buf, 0x4000, &done, &err), PGC_ABSENT);
	ck_assert_uint_eq(done, 0x2000);
	ck_assert_int_eq(vmcore_read_phys(vc, 0x7000, buf, 0x4000, &done, &err),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, 0);
	ck_assert_ok(vmcore_read_phys(vc, 0x8000, buf, 0x4000, &done, &err), &err);
	ck_assert_mem_eq(buf, mem + 0x8000, 0x4000);
	vmcore_close(vc);
}
END_TEST

START_TEST(truncated_kdump)
{
	const struct vmcore_info *info;
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc;
	struct img img;
	size_t done, whole;
	int fd;

	make_machine();
	img = kdump_image(VMCOREINFO);
	whole = img.len;
	img.len -= 10 * MK_PAGE + 100;
	vc = open_image(&img);
	info = vmcore_info(vc);
	ck_assert_uint_eq(info->truncated_at, img.len);
	ck_assert_uint_eq(info->missing_bytes, whole - img.len);
	ck_assert_int_eq(vmcore_read_phys(vc, 0, buf, sizeof(buf), &done, &err),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, (PAGES - 12) * MK_PAGE);
	ck_assert_mem_eq(buf, mem, done);
	vmcore_close(vc);

	img.len = MK_KDUMP_DESCS - 1;
	fd = mk_file(&img);
	ck_assert_int_eq(vmcore_open(mk_path(fd), &vc, &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, "truncated inside the page bitmaps");
}
END_TEST

START_TEST(kdump_headers_that_cannot_be)
{
	/* Offset, value (32 bits), message. */
	static const struct {
		unsigned int off;
		uint32_t value;
		const char *says;
	} bad[] = {
		{ 428, 0, "block size 0" },
		{ 428, 12288, "block size 12288" },
		{ 432, 0x7fffffff, "blocks of sub-header" },
		{ 436, 0xffffffff, "of bitmap are impossible" },
		{ 436, 0, "64-bit little-endian" },
		{ 8, 0xffffffff, "version -1" },
		{ 416, 8192, "64-bit little-endian" },	/* a time that looks 32-bit */
		/* Outside the file, or too large: as if they were not there. */
		{ MK_PAGE + 48, 0x7fffffff, "" },
		{ MK_PAGE + 60, 0x7fffffff, "" },
		{ MK_PAGE + 72, 0x7fffffff, "" },
		{ MK_PAGE + 40, 0x7fffffff, "" },
		{ MK_PAGE + 12, 1, "" },	/* a part of a split dump: of no pages */
	};
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL;

	make_machine();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct img img = kdump_image(VMCOREINFO);
		int fd;

		img_put32(&img, bad[i].off, bad[i].value);
		fd = mk_file(&img);
		if (bad[i].says[0]) {
			ck_assert_int_eq(vmcore_open(mk_path(fd), &vc, &err), PGC_EFORMAT);
			ck_assert_contains(err.msg, bad[i].says);
		} else {
			ck_assert_ok(vmcore_open(mk_path(fd), &vc, &err), &err);
			vmcore_close(vc);
		}
		close(fd);
	}
}
END_TEST

static void refused(const char *path, enum pgc_status st, const char *says)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL;

	ck_assert(!vmcore_looks_like_dump(path));
	ck_assert_int_eq(vmcore_open(path, &vc, &err), st);
	ck_assert_contains(err.msg, says);
	ck_assert_contains(err.msg, path);
	ck_assert_ptr_null(strchr(err.msg, '\n'));
}

START_TEST(not_dumps)
{
	struct img img = { 0 };
	char fifo[] = "/tmp/check_vmcore.XXXXXX";

	refused("/nonexistent/vmcore", PGC_EIO, "No such file");
	refused("/", PGC_EFORMAT, "directory");
	refused("/dev/null", PGC_EFORMAT, "device");
	ck_assert_ptr_nonnull(mkdtemp(fifo));
	ck_assert_int_eq(rmdir(fifo), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	refused(fifo, PGC_EFORMAT, "pipe");
	unlink(fifo);
	refused(mk_path(mk_file(&img)), PGC_EFORMAT, "empty");
	img_put(&img, 0, "text", 4);
	refused(mk_path(mk_file(&img)), PGC_EFORMAT, "not a dump");
	img_put(&img, 0, "\x1f\x8b\x08\0", 4);
	refused(mk_path(mk_file(&img)), PGC_EFORMAT, "gzip");
	refused("/proc/self/exe", PGC_EFORMAT, "vmlinux");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmcore");
	TCase *tc = tcase_create("vmcore");

	tcase_add_loop_test(tc, facts_of_a_dump, 0, 4);
	tcase_add_loop_test(tc, translation, 0, 4);
	tcase_add_loop_test(tc, linear_where_it_is_said, 0, 4);
	tcase_add_loop_test(tc, linear_where_it_was_read_before, 0, 4);
	tcase_add_loop_test(tc, bulk_reads, 0, 4);
	tcase_add_loop_test(tc, small_reads, 0, 4);
	tcase_add_loop_test(tc, shared_frames_are_read_once, 0, 4);
	tcase_add_loop_test(tc, another_for_another_thread, 0, 4);
	tcase_add_test(tc, a_dump_that_shrinks_while_it_is_read);
	tcase_add_loop_test(tc, without_vmcoreinfo, 0, 3);
	tcase_add_loop_test(tc, page_descriptors_that_cannot_be, 0, 7);
	tcase_add_test(tc, cut_off_before_vmcoreinfo);
	tcase_add_test(tc, truncated_kdump);
	tcase_add_test(tc, kdump_headers_that_cannot_be);
	tcase_add_test(tc, not_dumps);
	return unit_run_case(suite, tc);
}
