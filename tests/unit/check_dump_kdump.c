/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <pthread.h>

#include "dump/dump_kdump.h"
#include "dump/kdump_library.h"
#include "mkdump.h"
#include "pack_page.h"
#include "unit.h"

/* More pages than are looked up at once, with some left out. */
#define PAGES 400u
#define HOLE 300u		/* to the end of its eight */

static unsigned char mem[PAGES * MK_PAGE], buf[PAGES * MK_PAGE];
static char ram[PAGES], kept[PAGES];

/* Zeros and runs of them, pages that compress well, and badly, and not at all. */
static void make_memory(void)
{
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(mem); i++) {
		size_t page = i / MK_PAGE, kind = page % 16;

		seed = seed * 1664525 + 1013904223;
		if (kind < 3 || (page > 200 && page < 210))
			mem[i] = 0;
		else if (kind < 10)
			mem[i] = (unsigned char)(i % 64 < 6 ? i / 64 : page);
		else if (kind < 13)
			mem[i] = (unsigned char)(seed >> 28);
		else
			mem[i] = (unsigned char)(seed >> 24);
	}
	for (size_t i = 0; i < PAGES; i++)
		ram[i] = kept[i] = i / 8 != HOLE / 8;
	memset(ram + HOLE, 1, 8 - HOLE % 8);
}

static enum page_packing packing;	/* of pack(); PAGE_PACKINGS: all of them, by turns */

static size_t pack(size_t i, const unsigned char *page, unsigned char *out, uint32_t *flags)
{
	enum page_packing how = packing < PAGE_PACKINGS ? packing :
				(enum page_packing)(i % PAGE_PACKINGS);

	return pack_if_smaller(how, page, MK_PAGE, out, flags);
}

/* As writers do: all pages of zeros have the descriptor of one. */
static void share_zeros(struct img *img)
{
	static const unsigned char zeros[MK_PAGE];
	size_t first = 0, desc = MK_KDUMP_DESCS;
	bool seen = false;

	for (size_t i = 0; i < PAGES; i++) {
		if (!kept[i])
			continue;
		if (!memcmp(mem + i * MK_PAGE, zeros, MK_PAGE)) {
			if (seen)
				memcpy(img->buf + desc, img->buf + first, 24);
			else
				first = desc;
			seen = true;
		}
		desc += 24;
	}
}

static struct img make_image(enum page_packing how)
{
	struct img img = { 0 };

	make_memory();
	packing = how;
	mk_kdump_packed(&img, mem, PAGES, ram, kept, NULL, pack);
	share_zeros(&img);
	return img;
}

static struct dump_kdump *open_image(const struct img *img, int *fd)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kdump *dk = NULL;

	*fd = mk_file(img);
	ck_assert_ok(dump_kdump_open(*fd, img->len, &dk, &err), &err);
	return dk;
}

/* What must come of a read of @len bytes at @paddr. */
static void expect(struct dump_kdump *dk, unsigned char *to, size_t paddr, size_t len)
{
	size_t stop = HOLE / 8 * 8 * MK_PAGE, good = len, done;
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st, want = PGC_OK;

	if (paddr < (HOLE / 8 + 1) * 8 * MK_PAGE && paddr + len > stop) {
		good = paddr < stop ? stop - paddr : 0;
		want = paddr + good < HOLE * MK_PAGE ? PGC_ABSENT : PGC_EXCLUDED;
	}
	st = dump_kdump_read(dk, paddr, to, len, &done, &err);
	ck_assert_msg(st == want && done == good && !memcmp(to, mem + paddr, good),
		      "read of %zu at 0x%zx: status %d, %zu bytes: %s", len, paddr, st, done,
		      err.msg);
}

static void read_everywhere(struct dump_kdump *dk, unsigned char *to)
{
	uint32_t seed = 3;

	expect(dk, to, 0, sizeof(mem));
	expect(dk, to, (HOLE / 8 + 1) * 8 * MK_PAGE,
	       sizeof(mem) - (HOLE / 8 + 1) * 8 * MK_PAGE);
	expect(dk, to, HOLE * MK_PAGE, 5000);
	expect(dk, to, 5, 0);
	for (unsigned int i = 0; i < 2000; i++) {
		size_t at = (seed = seed * 1664525 + 1013904223) % sizeof(mem);
		size_t len = (seed = seed * 1664525 + 1013904223) >> 12;

		/* A third within pages, a third of a few of them, a third of many. */
		len = i % 3 == 0 ? len % 200 : i % 3 == 1 ? len % 20000 : len;
		if (i % 2)
			at = at / MK_PAGE * MK_PAGE;
		expect(dk, to, at, len < sizeof(mem) - at ? len : sizeof(mem) - at);
	}
}

START_TEST(reads_what_was_stored)
{
	struct img img = make_image((enum page_packing)_i);
	struct dump_kdump *dk;
	int fd;

	dk = open_image(&img, &fd);
	read_everywhere(dk, buf);
	dump_kdump_close(dk);
}
END_TEST

START_TEST(agrees_with_libkdumpfile)
{
	struct img img = make_image((enum page_packing)_i);
	struct pgc_err err = PGC_ERR_INIT;
	struct kdump_library *kl = NULL;
	struct dump_kdump *dk;
	size_t done;
	int fd;

	dk = open_image(&img, &fd);
	ck_assert_ok(kdump_library_open(fd, dump_kdump_header(dk), &kl, &err), &err);
	for (size_t i = 0; i < PAGES; i++) {
		if (!kept[i])
			continue;
		ck_assert_ok(kdump_library_read(kl, i * MK_PAGE, buf, MK_PAGE, &done, &err),
			     &err);
		expect(dk, buf + MK_PAGE, i * MK_PAGE, MK_PAGE);
		ck_assert_mem_eq(buf, buf + MK_PAGE, MK_PAGE);
	}
	kdump_library_close(kl);
	dump_kdump_close(dk);
}
END_TEST

static void *read_in_thread(void *arg)
{
	unsigned char *own = malloc(sizeof(mem));

	ck_assert_ptr_nonnull(own);
	read_everywhere(arg, own);
	free(own);
	return NULL;
}

START_TEST(readers_in_threads)
{
	struct img img = make_image(PAGE_PACKINGS);
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kdump *dk[4] = { NULL };
	pthread_t thread[4];
	int fd;

	dk[0] = open_image(&img, &fd);
	for (size_t i = 1; i < ARRAY_SIZE(dk); i++)
		ck_assert_ok(dump_kdump_dup(dk[i - 1], &dk[i], &err), &err);
	ck_assert_ptr_eq(dump_kdump_header(dk[3]), dump_kdump_header(dk[0]));
	for (size_t i = 0; i < ARRAY_SIZE(dk); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_in_thread, dk[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(dk); i++)
		pthread_join(thread[i], NULL);
	for (size_t i = ARRAY_SIZE(dk); i-- > 0;)
		dump_kdump_close(dk[i]);
}
END_TEST

/* One page's data is overwritten: it is lost, and no other. */
START_TEST(data_that_cannot_be)
{
	struct img img = make_image((enum page_packing)_i);
	size_t page = 5 + PAGES / 3 / 16 * 16, done;
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kdump *dk;
	uint64_t off;
	int fd;

	memcpy(&off, img.buf + MK_KDUMP_DESCS + page * 24, sizeof(off));
	memset(img.buf + le64toh(off), 0xff, 8);
	dk = open_image(&img, &fd);
	if (!page_codec_has((enum page_packing)_i)) {
		dump_kdump_close(dk);
		return;
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(dump_kdump_read(dk, 0, buf, sizeof(mem), &done, &err),
				 PGC_DAMAGED);
		ck_assert_uint_eq(done, page * MK_PAGE);
		ck_assert_mem_eq(buf, mem, done);
		ck_assert_int_eq(dump_kdump_read(dk, page * MK_PAGE + 9, buf, 9, &done, &err),
				 PGC_DAMAGED);
		expect(dk, buf, (page + 1) * MK_PAGE, 100 * MK_PAGE);
	}
	ck_assert_str_eq(err.msg, "");
	dump_kdump_close(dk);
}
END_TEST

START_TEST(file_that_shrinks)
{
	struct img img = make_image((enum page_packing)_i);
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kdump *dk;
	size_t done;
	int fd;

	dk = open_image(&img, &fd);
	expect(dk, buf, 0, MK_PAGE);
	ck_assert_int_eq(ftruncate(fd, MK_KDUMP_DESCS + (off_t)(img.len - MK_KDUMP_DESCS) / 4),
			 0);
	ck_assert_int_eq(dump_kdump_read(dk, 0, buf, sizeof(buf), &done, &err), PGC_DAMAGED);
	ck_assert_uint_gt(done, 0);
	ck_assert_uint_lt(done, PAGES / 2 * MK_PAGE);
	ck_assert_mem_eq(buf, mem, done);
	ck_assert_int_eq(dump_kdump_read(dk, (PAGES - 1) * MK_PAGE + 1, buf, 64, &done, &err),
			 PGC_DAMAGED);
	dump_kdump_close(dk);
}
END_TEST

/* Where the first page lies tells how many descriptors there are before it. */
START_TEST(bitmap_that_does_not_fit)
{
	static const struct {
		bool room;		/* between the descriptors and the first page */
		size_t pfn;		/* whose bit is made what it was not */
		int64_t excess;
	} cases[] = {
		{ false, PAGES, 0 }, { false, HOLE / 8 * 8, 1 }, { false, 5, -1 },
		{ true, PAGES, 0 }, { true, HOLE / 8 * 8, 0 }, { true, 5, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct img img = make_image(PAGE_PLAIN);
		size_t bits = MK_KDUMP_BITMAPS + MK_PAGE + cases[i].pfn / 8, stored = 0;
		struct dump_kdump *dk;
		int fd;

		for (size_t pfn = 0; pfn < PAGES; pfn++)
			stored += (size_t)kept[pfn];
		if (!cases[i].room)
			img_put64(&img, MK_KDUMP_DESCS, MK_KDUMP_DESCS + stored * 24);
		if (cases[i].pfn < PAGES)
			img.buf[bits] ^= (unsigned char)(1 << cases[i].pfn % 8);
		dk = open_image(&img, &fd);
		ck_assert_int_eq(dump_kdump_excess(dk), cases[i].excess);
		dump_kdump_close(dk);
	}
}
END_TEST

START_TEST(unknown_architecture)
{
	struct img img = make_image(PAGE_PLAIN), notes = { 0 };
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_kdump *dk;
	int fd;

	/* Neither utsname nor a PRSTATUS of a size that tells. */
	mk_note(&notes, "CORE", 4, "", 0);
	img_put(&img, 272, "Unknown", 8);
	img_put(&img, MK_KDUMP_NOTES, notes.buf, notes.len);
	img_put64(&img, MK_PAGE + 56, notes.len);
	fd = mk_file(&img);
	/* VMCOREINFO may tell. */
	ck_assert_ok(dump_kdump_open(fd, img.len, &dk, &err), &err);
	ck_assert_ptr_null(dump_kdump_header(dk)->arch);
	dump_kdump_close(dk);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("dump_kdump");

	tcase_add_loop_test(tc, reads_what_was_stored, 0, PAGE_PACKINGS + 1);
	tcase_add_loop_test(tc, agrees_with_libkdumpfile, 0, PAGE_PACKINGS + 1);
	tcase_add_test(tc, readers_in_threads);
	tcase_add_loop_test(tc, data_that_cannot_be, 1, PAGE_PACKINGS);
	tcase_add_loop_test(tc, file_that_shrinks, 0, PAGE_PACKINGS + 1);
	tcase_add_test(tc, bitmap_that_does_not_fit);
	tcase_add_test(tc, unknown_architecture);
	return unit_run_case(suite_create("dump_kdump"), tc);
}
