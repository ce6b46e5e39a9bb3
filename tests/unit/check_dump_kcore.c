/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "dump/dump_io.h"
#include "dump/dump_kcore.h"
#include "mkdump.h"
#include "unit.h"
#include "vmcore.h"

/* As x86_64 lays it out, with KASLR: the direct map, the image, what has no physical address. */
#define DIRECT UINT64_C(0xffff9ac380000000)
#define IMAGE UINT64_C(0xffffffff9b000000)
#define VMALLOC UINT64_C(0xffffb7a200000000)
#define IMAGE_PHYS UINT64_C(0x3000)
#define VMCOREINFO "OSRELEASE=7.2.0-unit\nBUILD-ID=c0ffee\nPAGESIZE=4096\nKERNELOFFSET=1a000000\n"

struct load {
	uint64_t kaddr, paddr, len;
	const void *data;
};

static unsigned char mem[16 * MK_PAGE], buf[16 * MK_PAGE];

/* /proc/kcore of a machine with two ranges of memory, [0, 8 pages) and [16, 24 pages). */
static const struct load loads[] = {
	{ IMAGE, IMAGE_PHYS, 2 * MK_PAGE, mem + 3 * MK_PAGE },
	{ VMALLOC, UINT64_MAX, 4 * MK_PAGE, NULL },
	{ DIRECT, 0, 8 * MK_PAGE, mem },
	{ DIRECT + 16 * MK_PAGE, 16 * MK_PAGE, 8 * MK_PAGE, mem + 8 * MK_PAGE },
};

static void put_loads(struct img *img, const struct load *load, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t ph = MK_PHDR(i + 1);

		img_put64(img, ph + offsetof(Elf64_Phdr, p_vaddr), load[i].kaddr);
		img_put64(img, ph + offsetof(Elf64_Phdr, p_paddr), load[i].paddr);
	}
}

static void make_kcore(struct img *img)
{
	struct mk_load plain[ARRAY_SIZE(loads)];

	for (size_t i = 0; i < sizeof(mem); i++)
		mem[i] = (unsigned char)(i / MK_PAGE * 7 + i % 13 + 1);
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		plain[i] = (struct mk_load){ loads[i].paddr, loads[i].len, loads[i].len,
					     loads[i].data };
	mk_elf(img, plain, ARRAY_SIZE(loads), VMCOREINFO);
	put_loads(img, loads, ARRAY_SIZE(loads));
}

static struct dump_kcore *open_image(int fd)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kcore *dk = NULL;

	ck_assert_ok(dump_kcore_open(mk_path(fd), &dk, &err), &err);
	return dk;
}

/*
 * The kernel's bounce buffer: each open file has one, and who reads it while another does gets
 * that one's bytes. Linked in place of dump_pread().
 */
enum pgc_status __real_dump_pread(int fd, void *to, size_t len, uint64_t off, size_t *done,
				  struct pgc_err *err);
enum pgc_status __wrap_dump_pread(int fd, void *to, size_t len, uint64_t off, size_t *done,
				  struct pgc_err *err);
static atomic_int readers[1024], met;

enum pgc_status __wrap_dump_pread(int fd, void *to, size_t len, uint64_t off, size_t *done,
				  struct pgc_err *err)
{
	enum pgc_status st;

	ck_assert_int_lt(fd, (int)ARRAY_SIZE(readers));
	met += atomic_fetch_add(&readers[fd], 1) > 0;
	sched_yield();
	st = __real_dump_pread(fd, to, len, off, done, err);
	readers[fd]--;
	return st;
}

static void *read_much(void *dk)
{
	unsigned char page[MK_PAGE];
	size_t done;

	for (unsigned int i = 0; i < 2000; i++)
		if (dump_kcore_read(dk, 0, page, sizeof(page), &done, NULL) != PGC_OK)
			return dk;
	return NULL;
}

START_TEST(no_two_threads_read_one_open_file)
{
	struct img img = { 0 };
	struct dump_kcore *dk;
	pthread_t threads[8];
	void *failed;

	make_kcore(&img);
	dk = open_image(mk_file(&img));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_much, dk), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_eq(met, 0);
	dump_kcore_close(dk);
}
END_TEST

START_TEST(physical_reads)
{
	struct img img = { 0 };
	struct dump_kcore *dk;
	size_t done;

	make_kcore(&img);
	dk = open_image(mk_file(&img));
	ck_assert_str_eq(dump_kcore_info(dk)->arch->name, "x86_64");
	/* The image is a part of the direct map. */
	ck_assert_uint_eq(dump_kcore_info(dk)->ram, 16 * MK_PAGE);
	/* The registers in it are no CPU's. */
	ck_assert_uint_eq(dump_kcore_info(dk)->notes.cpus, 0);
	ck_assert_uint_eq(dump_kcore_info(dk)->notes.n_regs, 0);
	ck_assert_int_eq(dump_kcore_read(dk, 0x10, buf, 8 * MK_PAGE - 0x10, &done, NULL), PGC_OK);
	ck_assert_mem_eq(buf, mem + 0x10, 8 * MK_PAGE - 0x10);
	ck_assert_int_eq(dump_kcore_read(dk, 7 * MK_PAGE, buf, 2 * MK_PAGE, &done, NULL),
			 PGC_ABSENT);
	ck_assert_uint_eq(done, MK_PAGE);
	ck_assert_mem_eq(buf, mem + 7 * MK_PAGE, MK_PAGE);
	ck_assert_int_eq(dump_kcore_read(dk, 17 * MK_PAGE, buf, 100, &done, NULL), PGC_OK);
	ck_assert_mem_eq(buf, mem + 9 * MK_PAGE, 100);
	/* -1 is no address, and what has it is nowhere in physical memory. */
	ck_assert_int_eq(dump_kcore_read(dk, UINT64_MAX - 8, buf, 8, &done, NULL), PGC_ABSENT);
	dump_kcore_close(dk);
}
END_TEST

START_TEST(virtual_addresses)
{
	struct img img = { 0 };
	struct dump_kcore *dk;
	uint64_t paddr, run;

	make_kcore(&img);
	dk = open_image(mk_file(&img));
	ck_assert(dump_kcore_translate(dk, IMAGE + 0x123, &paddr, &run));
	ck_assert_uint_eq(paddr, IMAGE_PHYS + 0x123);
	ck_assert_uint_eq(run, 2 * MK_PAGE - 0x123);
	ck_assert(dump_kcore_translate(dk, DIRECT + 17 * MK_PAGE, &paddr, &run));
	ck_assert_uint_eq(paddr, 17 * MK_PAGE);
	ck_assert(!dump_kcore_translate(dk, DIRECT + 8 * MK_PAGE, &paddr, &run));
	/* kcore would give zeros for what is not mapped there. */
	ck_assert(!dump_kcore_translate(dk, VMALLOC, &paddr, &run));
	dump_kcore_close(dk);
}
END_TEST

START_TEST(memory_went_away)
{
	struct img img = { 0 };
	struct dump_kcore *dk;
	int fd;
	size_t done;

	make_kcore(&img);
	fd = mk_file(&img);
	dk = open_image(fd);
	ck_assert_int_eq(ftruncate(fd, (off_t)(img.len - 3 * MK_PAGE)), 0);
	ck_assert_int_eq(dump_kcore_read(dk, 16 * MK_PAGE, buf, 8 * MK_PAGE, &done, NULL),
			 PGC_DAMAGED);
	ck_assert_uint_eq(done, 5 * MK_PAGE);
	dump_kcore_close(dk);
}
END_TEST

START_TEST(ranges_are_read_again)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct img img = { 0 }, changed = { 0 };
	struct load moved = loads[3];
	struct dump_kcore *dk;
	size_t done;
	int fd;

	make_kcore(&img);
	fd = mk_file(&img);
	dk = open_image(fd);
	img_put(&changed, 0, img.buf, img.len);
	moved.paddr = 32 * MK_PAGE;
	put_loads(&changed, (struct load[]){ loads[0], loads[1], loads[2], moved }, 4);
	ck_assert_int_eq(pwrite(fd, changed.buf, changed.len, 0), (ssize_t)changed.len);
	ck_assert_ok(dump_kcore_refresh(dk, &err), &err);
	ck_assert_int_eq(dump_kcore_read(dk, 16 * MK_PAGE, buf, 8, &done, NULL), PGC_ABSENT);
	ck_assert_int_eq(dump_kcore_read(dk, 33 * MK_PAGE, buf, 8, &done, NULL), PGC_OK);
	ck_assert_mem_eq(buf, mem + 9 * MK_PAGE, 8);
	dump_kcore_close(dk);
}
END_TEST

static void refuses(const struct img *img, const char *part)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kcore *dk = NULL;

	ck_assert_int_eq(dump_kcore_open(mk_path(mk_file(img)), &dk, &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, part);
}

START_TEST(not_kcore)
{
	struct img img = { 0 }, none = { 0 };

	make_kcore(&img);
	img_put16(&img, offsetof(Elf64_Ehdr, e_type), ET_EXEC);
	refuses(&img, "64-bit little-endian");
	img_put16(&img, offsetof(Elf64_Ehdr, e_type), ET_CORE);
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 0);
	refuses(&img, "0 memory ranges");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), PN_XNUM);
	refuses(&img, "65535 memory ranges");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 3);	/* the note, image, vmalloc */
	img_put64(&img, MK_PHDR(1) + offsetof(Elf64_Phdr, p_paddr), UINT64_MAX);
	refuses(&img, "no range of it has a physical address");
	img_put16(&img, offsetof(Elf64_Ehdr, e_phnum), 60000);
	refuses(&img, "truncated inside the program headers");
	img_put(&none, 0, "short", 5);
	refuses(&none, "truncated inside the ELF header");
}
END_TEST

START_TEST(headers_that_cannot_be)
{
	struct img img = { 0 };
	struct dump_kcore *dk;
	uint64_t paddr, run;
	size_t done;

	/* Lengths past every end, of each kind: such a range is not one. */
	make_kcore(&img);
	img_put64(&img, MK_PHDR(1) + offsetof(Elf64_Phdr, p_filesz), UINT64_MAX);
	img_put64(&img, MK_PHDR(3) + offsetof(Elf64_Phdr, p_offset), INT64_MAX);
	dk = open_image(mk_file(&img));
	ck_assert(!dump_kcore_translate(dk, IMAGE, &paddr, &run));
	ck_assert(!dump_kcore_translate(dk, DIRECT, &paddr, &run));
	ck_assert_int_eq(dump_kcore_read(dk, 16 * MK_PAGE, buf, 1, &done, NULL), PGC_OK);
	dump_kcore_close(dk);
}
END_TEST

static void cannot_open(const char *path, const char *part)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kcore *dk = NULL;

	ck_assert_int_eq(dump_kcore_open(path, &dk, &err), PGC_EIO);
	ck_assert_contains(err.msg, part);
	ck_assert_ptr_null(strchr(err.msg, '\n'));
}

START_TEST(why_it_cannot_be_opened)
{
	cannot_open("/nonexistent/kcore", "CONFIG_PROC_KCORE");
	cannot_open("/dev/null", "hidden here");
}
END_TEST

START_TEST(a_live_vmcore)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct vmcore *vc = NULL, *dup = NULL;
	struct img img = { 0 };
	uint64_t paddr, run, word, before;
	int fd;

	make_kcore(&img);
	fd = mk_file(&img);
	ck_assert_ok(vmcore_open_live(mk_path(fd), &vc, &err), &err);
	ck_assert(vmcore_info(vc)->live);
	ck_assert_str_eq(vmcore_info(vc)->format, "kcore");
	ck_assert_str_eq(vmcore_info(vc)->build_id, "c0ffee");
	ck_assert_uint_eq(vmcore_info(vc)->kernel_offset, 0x1a000000);
	ck_assert_uint_eq(vmcore_info(vc)->bytes, 16 * MK_PAGE);
	ck_assert_ptr_null(vmcore_regs(vc, 0));
	ck_assert_ok(vmcore_translate(vc, DIRECT + 0x1010, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, 0x1010);
	ck_assert_ok(vmcore_dup(vc, &dup, &err), &err);
	ck_assert_ok(vmcore_read_u64(dup, DIRECT + 0x1010, "word", &before, &err), &err);
	ck_assert_mem_eq(&before, mem + 0x1010, 8);

	/* The kernel writes: what was read stays until it is to be forgotten. */
	word = htole64(~before);
	ck_assert_int_eq(pwrite(fd, &word, 8, (off_t)(8192 + 6 * MK_PAGE + 0x1010)), 8);
	ck_assert_ok(vmcore_read_u64(dup, DIRECT + 0x1010, "word", &word, &err), &err);
	ck_assert_uint_eq(word, before);
	ck_assert_ok(vmcore_flush(dup, &err), &err);
	ck_assert_ok(vmcore_read_u64(dup, DIRECT + 0x1010, "word", &word, &err), &err);
	ck_assert_uint_eq(word, ~before);
	vmcore_close(dup);
	vmcore_close(vc);
}
END_TEST

UNIT_MAIN("dump_kcore", physical_reads, no_two_threads_read_one_open_file, virtual_addresses,
	  memory_went_away, ranges_are_read_again, not_kcore, headers_that_cannot_be,
	  why_it_cannot_be_opened, a_live_vmcore)
