/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_flat.h"
#include "mkdump.h"
#include "unit.h"

static unsigned char data[700000];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
}

static struct dump_flat_result unpack(const struct img *flat)
{
	struct dump_flat_result res = { .fd = -1 };
	struct pgc_err err = PGC_ERR_INIT;
	int fd = mk_file(flat);

	ck_assert(dump_flat_is(flat->buf, flat->len));
	ck_assert_ok(dump_flat_unpack(fd, flat->len, &res, &err), &err);
	close(fd);
	return res;
}

static void check_bytes(int fd, size_t off, size_t len)
{
	unsigned char *back = malloc(len);

	ck_assert_ptr_nonnull(back);
	ck_assert_int_eq(pread(fd, back, len, (off_t)off), (ssize_t)len);
	ck_assert_mem_eq(back, data + off, len);
	free(back);
}

START_TEST(comes_back_whole)
{
	/* Records shorter and longer than the reader's buffer. */
	static const size_t chunks[] = { 100, 4096, 262144, 300001 };
	struct img in = { 0 };

	fill();
	img_put(&in, 0, data, sizeof(data));
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct dump_flat_result res;
		struct img flat = { 0 };

		mk_flat(&flat, &in, chunks[i]);
		res = unpack(&flat);
		ck_assert_uint_eq(res.size, in.len);
		ck_assert_uint_eq(res.truncated_at, 0);
		check_bytes(res.fd, 0, in.len);
		close(res.fd);
	}
}
END_TEST

START_TEST(what_there_is_of_a_broken_stream)
{
	struct img flat = { 0 };
	struct dump_flat_result res;

	fill();
	mk_flat_start(&flat);
	mk_flat_record(&flat, 0, data, 1000);
	mk_flat_record(&flat, 1000, data + 1000, 2000);

	/* No end mark; then a record cut short; then a header cut short. */
	res = unpack(&flat);
	ck_assert_uint_eq(res.size, 3000);
	ck_assert_uint_eq(res.truncated_at, flat.len);
	check_bytes(res.fd, 0, 3000);
	flat.len -= 500;
	res = unpack(&flat);
	ck_assert_uint_eq(res.size, 2500);
	ck_assert_uint_eq(res.truncated_at, flat.len);
	check_bytes(res.fd, 0, 2500);
	flat.len -= 1508;
	res = unpack(&flat);
	ck_assert_uint_eq(res.size, 1000);
	ck_assert_uint_eq(res.truncated_at, flat.len - 8);
	flat.len = 4096;
	res = unpack(&flat);
	ck_assert_uint_eq(res.size, 0);
	ck_assert_uint_eq(res.truncated_at, 4096);
}
END_TEST

START_TEST(records_that_cannot_be)
{
	static const uint64_t bad[][2] = {
		{ 0, UINT64_MAX },			/* longer than anything */
		{ UINT64_MAX - 10, 100 },		/* wraps */
		{ UINT64_C(1) << 50, 16 },		/* an absurd hole */
		{ 0, 0 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dump_flat_result res;
		struct img flat = { 0 };
		size_t at;

		mk_flat_start(&flat);
		mk_flat_record(&flat, 0, "good", 4);
		at = flat.len;
		img_put_be64(&flat, flat.len, bad[i][0]);
		img_put_be64(&flat, flat.len, bad[i][1]);
		mk_flat_record(&flat, 4, "never seen", 10);
		res = unpack(&flat);
		ck_assert_uint_eq(res.size, 4);
		ck_assert_uint_eq(res.truncated_at, at);
		close(res.fd);
	}
}
END_TEST

START_TEST(unknown_versions_and_no_room)
{
	struct dump_flat_result res;
	struct pgc_err err = PGC_ERR_INIT;
	struct img flat = { 0 };

	mk_flat_start(&flat);
	mk_flat_record(&flat, 0, "good", 4);
	setenv("TMPDIR", "/nonexistent", 1);
	ck_assert_int_eq(dump_flat_unpack(mk_file(&flat), flat.len, &res, &err), PGC_EIO);
	ck_assert_contains(err.msg, "/nonexistent");
	unsetenv("TMPDIR");
	img_put_be64(&flat, 24, 2);
	ck_assert_int_eq(dump_flat_unpack(mk_file(&flat), flat.len, &res, &err),
			 PGC_EFORMAT);
	ck_assert_contains(err.msg, "version 2");
	flat.len = 20;
	ck_assert_int_eq(dump_flat_unpack(mk_file(&flat), flat.len, &res, &err),
			 PGC_EFORMAT);
	ck_assert_contains(err.msg, "truncated");
}
END_TEST

UNIT_MAIN("dump_flat", comes_back_whole, what_there_is_of_a_broken_stream,
	  records_that_cannot_be, unknown_versions_and_no_room)
