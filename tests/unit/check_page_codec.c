/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "dump/page_codec.h"
#include "pack_page.h"
#include "unit.h"

#define PAGE 4096u
#define GUARD 64u
#define KINDS 4

/* Pages as dumps have them: zeros, struct pages, text, what does not compress. */
static void make_page(unsigned int kind, unsigned char *page, size_t len)
{
	uint32_t seed = 12345 + kind;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		page[i] = 0;
		if (kind == 1)
			page[i] = (unsigned char)(i % 64 < 5 ? i / 64 : i % 64 / 9);
		if (kind == 2)
			page[i] = (unsigned char)"free page list "[seed >> 28];
		if (kind == 3)
			page[i] = (unsigned char)(seed >> 24);
	}
}

/*
 * Inflate a copy of the input that ends where its memory does, into a page with guards, for
 * sanitizers and for the bytes behind it.
 */
static enum pgc_status inflate(enum page_packing packing, const unsigned char *in, size_t size,
			       unsigned char *out)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct page_codec *pc = NULL;
	unsigned char *copy = malloc(size), room[PAGE + GUARD];
	enum pgc_status st;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, in, size);
	memset(room, 0xa5, sizeof(room));
	ck_assert_ok(page_codec_create(&pc, &err), &err);
	st = page_codec_inflate(pc, packing, copy, size, room, PAGE, &err);
	page_codec_destroy(pc);
	for (size_t i = PAGE; i < sizeof(room); i++)
		ck_assert_uint_eq(room[i], 0xa5);
	if (st != PGC_OK)
		ck_assert_int_eq(st, PGC_DAMAGED);
	ck_assert_str_eq(err.msg, "");
	memcpy(out, room, PAGE);
	free(copy);
	return st;
}

START_TEST(comes_back_whole)
{
	unsigned char page[PAGE], packed[PACK_ROOM(PAGE)], out[PAGE];
	enum page_packing packing = (enum page_packing)_i;

	if (!page_codec_has(packing))
		return;
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		size_t n;

		make_page(kind, page, PAGE);
		n = pack_page(packing, page, PAGE, packed);
		ck_assert_uint_gt(n, 0);
		ck_assert_int_eq(inflate(packing, packed, n, out), PGC_OK);
		ck_assert_mem_eq(out, page, PAGE);
	}
}
END_TEST

START_TEST(another_length_is_damage)
{
	unsigned char page[PAGE + 1], packed[PACK_ROOM(PAGE + 1)], out[PAGE];
	enum page_packing packing = (enum page_packing)_i;
	static const size_t lens[] = { 1, PAGE / 2, PAGE - 1, PAGE + 1 };

	if (!page_codec_has(packing))
		return;
	make_page(2, page, sizeof(page));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		size_t n = pack_page(packing, page, lens[i], packed);

		ck_assert_int_eq(inflate(packing, packed, n, out), PGC_DAMAGED);
	}
}
END_TEST

START_TEST(cut_short_is_damage)
{
	unsigned char page[PAGE], packed[PACK_ROOM(PAGE)], out[PAGE];
	enum page_packing packing = (enum page_packing)_i;

	if (!page_codec_has(packing))
		return;
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		size_t n;

		make_page(kind, page, PAGE);
		n = pack_page(packing, page, PAGE, packed);
		for (size_t cut = 1; cut < n; cut += 1 + n / 300)
			ck_assert_int_eq(inflate(packing, packed, cut, out), PGC_DAMAGED);
	}
}
END_TEST

/* Whatever comes of it: it ends, within its bounds; of zlib's pages a checksum tells. */
START_TEST(flipped_bits)
{
	unsigned char page[PAGE], packed[PACK_ROOM(PAGE)], out[PAGE];
	enum page_packing packing = (enum page_packing)_i;

	if (!page_codec_has(packing))
		return;
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		uint32_t seed = 99;
		size_t n;

		make_page(kind, page, PAGE);
		n = pack_page(packing, page, PAGE, packed);
		for (unsigned int i = 0; i < 3000; i++) {
			size_t at = (seed = seed * 1664525 + 1013904223) % n;
			unsigned char was = packed[at];
			enum pgc_status st;

			packed[at] ^= (unsigned char)(1u << (seed >> 29));
			st = inflate(packing, packed, n, out);
			if (packing == PAGE_ZLIB && st == PGC_OK)
				ck_assert_mem_eq(out, page, PAGE);
			packed[at] = was;
		}
	}
}
END_TEST

START_TEST(noise_is_damage)
{
	unsigned char noise[PAGE], out[PAGE];
	enum page_packing packing = (enum page_packing)_i;

	if (!page_codec_has(packing))
		return;
	make_page(3, noise, PAGE);
	for (size_t n = 1; n < 500; n++)
		ck_assert_int_eq(inflate(packing, noise + n * 3, n, out), PGC_DAMAGED);
}
END_TEST

START_TEST(what_is_built_in_is_named)
{
	static const char *const names[PAGE_PACKINGS] = {
		NULL, "zlib", "LZO", "snappy", "zstd",
	};

	ck_assert(!page_codec_has(PAGE_PLAIN));
	for (int i = 1; i < PAGE_PACKINGS; i++)
		ck_assert(page_codec_has((enum page_packing)i) ==
			  (strstr(page_codec_names(), names[i]) != NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("page_codec");

	tcase_add_loop_test(tc, comes_back_whole, 1, PAGE_PACKINGS);
	tcase_add_loop_test(tc, another_length_is_damage, 1, PAGE_PACKINGS);
	tcase_add_loop_test(tc, cut_short_is_damage, 1, PAGE_PACKINGS);
	tcase_add_loop_test(tc, flipped_bits, 1, PAGE_PACKINGS);
	tcase_add_loop_test(tc, noise_is_damage, 1, PAGE_PACKINGS);
	tcase_add_test(tc, what_is_built_in_is_named);
	return unit_run_case(suite_create("page_codec"), tc);
}
