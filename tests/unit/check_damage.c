/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "judge/bit_damage.h"
#include "judge/damage.h"
#include "unit.h"

#define BASE 0xffff888000100000ULL

static size_t fill(struct damaged_bit *bits, size_t n, uint64_t stride, unsigned int bit)
{
	for (size_t i = 0; i < n; i++)
		bits[i] = (struct damaged_bit){ .kaddr = BASE + i * stride, .bit = bit };
	return n;
}

START_TEST(shapes)
{
	struct damaged_bit bits[1024] = { { 0 } };

	ck_assert_int_eq(damage_shape(bits, 0), CLASS_NONE);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 1, 1, 3)), CLASS_SINGLE_BIT);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 2, 999, 3)), CLASS_ISOLATED);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 12, 1024, 3)), CLASS_COLUMN);
	/* every third step of a stuck line shows */
	bits[1].kaddr += 1024;
	bits[2].kaddr += 2048;
	ck_assert_int_eq(damage_shape(bits, 3), CLASS_COLUMN);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 12, 100, 3)), CLASS_COLUMN);
	bits[5].bit = 4;
	ck_assert_int_eq(damage_shape(bits, 12), CLASS_ROW);
	bits[11].kaddr += 1 << 20;
	ck_assert_int_eq(damage_shape(bits, 12), CLASS_ISOLATED);
	for (size_t i = 0; i < 256; i++)
		bits[i] = (struct damaged_bit){ .kaddr = BASE + i / 4, .bit = i % 4 * 2 };
	ck_assert_int_eq(damage_shape(bits, 256), CLASS_OVERWRITE);
}
END_TEST

/* What is on either side of each limit. */
START_TEST(limits_of_shapes)
{
	struct damaged_bit bits[32] = { { 0 } };

	/* A column has three bits, of other words. */
	ck_assert_int_eq(damage_shape(bits, fill(bits, 3, 8, 3)), CLASS_COLUMN);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 3, 7, 3)), CLASS_ROW);
	ck_assert_int_eq(damage_shape(bits, fill(bits, 2, 8, 3)), CLASS_ISOLATED);
	fill(bits, 3, 64, 3);
	bits[2].kaddr += 8;	/* between two steps */
	ck_assert_int_eq(damage_shape(bits, 3), CLASS_ROW);
	/* A row is so many bytes long. */
	fill(bits, 3, 1, 3);
	bits[0].bit = 2;
	bits[2].kaddr = BASE + DAMAGE_ROW_BYTES - 1;
	ck_assert_int_eq(damage_shape(bits, 3), CLASS_ROW);
	bits[2].kaddr++;
	ck_assert_int_eq(damage_shape(bits, 3), CLASS_ISOLATED);
	/* Garbage has 16 bits at least, two in each byte. */
	for (size_t i = 0; i < 16; i++)
		bits[i] = (struct damaged_bit){ .kaddr = BASE + i / 2, .bit = i % 2 };
	ck_assert_int_eq(damage_shape(bits, 16), CLASS_OVERWRITE);
	ck_assert_int_eq(damage_shape(bits, 15), CLASS_ROW);
	bits[15].kaddr++;
	ck_assert_int_eq(damage_shape(bits, 16), CLASS_ROW);
}
END_TEST

START_TEST(garbage_is_recognised)
{
	uint64_t pointers[4] = { htole64(0xffff888012345678), htole64(0xffffea0000001000),
				 htole64(0), htole64(0xffffffff81000000) };
	uint8_t noise[16] = { 1, 200, 3, 77, 9, 130, 14, 2, 250, 6, 90, 1, 7, 222, 31, 4 };
	uint8_t same[32];

	ck_assert_str_eq(damage_looks_like((const uint8_t *)pointers, 32), "kernel pointers");
	ck_assert_str_eq(damage_looks_like((const uint8_t *)"GET /index.html ", 16), "text");
	ck_assert_ptr_null(damage_looks_like(noise, sizeof(noise)));
	memset(same, 0, sizeof(same));
	ck_assert_str_eq(damage_looks_like(same, sizeof(same)), "zeros");
	memset(same, 0xff, sizeof(same));
	ck_assert_str_eq(damage_looks_like(same, sizeof(same)), "ones");
	memset(same, 0x6b, sizeof(same));
	ck_assert_str_eq(damage_looks_like(same, sizeof(same)), "a repeated byte");
}
END_TEST

START_TEST(one_bit_of_a_word)
{
	ck_assert_int_eq(damage_of_xor(0), CLASS_NONE);
	ck_assert_int_eq(damage_of_xor(1ULL << 63), CLASS_SINGLE_BIT);
	ck_assert_int_eq(damage_of_xor(3), CLASS_NONE);
}
END_TEST

struct seen {
	size_t n;
	enum damage_class first;
	uint64_t pages;
};

static void count(void *arg, const struct finding *f)
{
	struct seen *s = arg;

	if (!s->n++)
		s->first = f->damage;
	s->pages += f->count;
}

static void add_pair(struct bit_damage *bd, uint64_t pfn, enum verdict verdict)
{
	struct finding f;

	finding_init(&f, FIND_COMPLEMENT_BROKEN, pfn);
	f.verdict = verdict;
	finding_hex(&f, FACT_PRIMARY_WORD_KADDR, BASE + pfn / 64 * 8);
	finding_num(&f, FACT_BIT, pfn % 64);
	bit_damage_add(bd, &f);
}

START_TEST(nothing_is_lost_however_much_comes)
{
	struct seen s = { 0 };
	struct pgc_err err = PGC_ERR_INIT;
	struct bit_damage *bd;

	ck_assert_ok(bit_damage_create(count, &s, &bd, &err), &err);
	for (uint64_t pfn = 0; pfn < 20000; pfn += 2)
		add_pair(bd, pfn, VERDICT_PRIMARY);
	bit_damage_flush(bd);
	ck_assert_uint_eq(s.pages, 10000);
	bit_damage_destroy(bd);
}
END_TEST

START_TEST(a_single_bit_is_told)
{
	struct seen s = { 0 };
	struct pgc_err err = PGC_ERR_INIT;
	struct bit_damage *bd;

	ck_assert_ok(bit_damage_create(count, &s, &bd, &err), &err);
	add_pair(bd, 4711, VERDICT_SECONDARY);
	ck_assert_uint_eq(s.n, 0);
	bit_damage_flush(bd);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.first, CLASS_SINGLE_BIT);
	bit_damage_destroy(bd);
}
END_TEST

/* What the flush gave, in its order. */
struct shapes {
	size_t n;
	struct finding f[16];
};

static void keep_shape(void *arg, const struct finding *f)
{
	struct shapes *s = arg;

	ck_assert_uint_lt(s->n, ARRAY_SIZE(s->f));
	s->f[s->n++] = *f;
}

/* Each map has its own damage where all of it together has no shape. */
START_TEST(each_map_has_its_own_shape)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct shapes s = { 0 };
	struct bit_damage *bd;

	ck_assert_ok(bit_damage_create(keep_shape, &s, &bd, &err), &err);
	/* From the last to the first: shapes are seen in the order of addresses. */
	for (uint64_t i = 4; i-- > 0;)
		add_pair(bd, 64 * 1000 * i, VERDICT_PRIMARY);
	for (uint64_t i = 0; i < 3; i++)
		add_pair(bd, 64 * 9000 + 65 * i * i, VERDICT_SECONDARY);
	bit_damage_flush(bd);
	ck_assert_uint_eq(s.n, 7);
	for (size_t i = 0; i < s.n; i++)
		ck_assert_int_eq(s.f[i].damage, i < 4 ? CLASS_COLUMN : CLASS_ROW);
	bit_damage_destroy(bd);
}
END_TEST

/* One bit of one map and many of the other: that one is as isolated as all together are. */
START_TEST(one_bit_beside_others)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct shapes s = { 0 };
	struct bit_damage *bd;
	struct finding f;

	ck_assert_ok(bit_damage_create(keep_shape, &s, &bd, &err), &err);
	add_pair(bd, 3, VERDICT_PRIMARY);
	finding_init(&f, FIND_COMPLEMENT_BROKEN, 64 * 9000);
	f.verdict = VERDICT_SECONDARY;
	f.count = 2;
	finding_hex(&f, FACT_PRIMARY_WORD_KADDR, BASE + 8 * 9000);
	finding_num(&f, FACT_BIT, 0);
	bit_damage_add(bd, &f);
	f.pfn = 64 * 19000;
	f.count = 1;
	f.evidence[0].num = BASE + 8 * 19000;
	bit_damage_add(bd, &f);
	/* No evidence of the bits, no shape. */
	f.n_evidence = 1;
	bit_damage_add(bd, &f);
	/* Others are not held back. */
	finding_init(&f, FIND_LIST_CYCLE, 1);
	bit_damage_add(bd, &f);
	ck_assert_uint_eq(s.n, 1);
	bit_damage_flush(bd);
	ck_assert_uint_eq(s.n, 5);
	ck_assert_int_eq(s.f[1].damage, CLASS_ISOLATED);
	ck_assert_int_eq(s.f[2].damage, CLASS_RUN);
	ck_assert_int_eq(s.f[3].damage, CLASS_ISOLATED);
	ck_assert_int_eq(s.f[4].damage, CLASS_ISOLATED);
	bit_damage_destroy(bd);
}
END_TEST

/* What was written over the map is told by the word of the map that is wrong. */
START_TEST(content_of_an_overwrite)
{
	for (int secondary = 0; secondary < 2; secondary++) {
		struct pgc_err err = PGC_ERR_INIT;
		struct shapes s = { 0 };
		struct bit_damage *bd;
		struct finding f;

		ck_assert_ok(bit_damage_create(keep_shape, &s, &bd, &err), &err);
		finding_init(&f, FIND_COMPLEMENT_BROKEN, 0);
		f.verdict = secondary ? VERDICT_SECONDARY : VERDICT_PRIMARY;
		f.count = 64;
		finding_hex(&f, FACT_PRIMARY_WORD_KADDR, BASE);
		finding_num(&f, FACT_BIT, 0);
		finding_hex(&f, FACT_PRIMARY_WORD, UINT64_MAX);
		finding_hex(&f, FACT_SECONDARY_WORD, 0);
		bit_damage_add(bd, &f);
		bit_damage_flush(bd);
		ck_assert_int_eq(s.f[0].damage, CLASS_OVERWRITE);
		ck_assert_str_eq(finding_fact(&s.f[0], FACT_LOOKS_LIKE)->str,
				 secondary ? "zeros" : "ones");
		bit_damage_destroy(bd);
	}
}
END_TEST

UNIT_MAIN("damage", shapes, limits_of_shapes, each_map_has_its_own_shape, one_bit_beside_others,
	  content_of_an_overwrite, garbage_is_recognised, one_bit_of_a_word,
	  nothing_is_lost_however_much_comes, a_single_bit_is_told)
