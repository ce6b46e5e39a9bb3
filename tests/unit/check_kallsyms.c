/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kallsyms tables in every encoding, whole and damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_filter.h"
#include "base/target_int.h"
#include "fake_vmcore.h"
#include "layout/kallsyms.h"
#include "unit.h"

#define TABLES 0xffffffff82000000ULL
#define OFFSETS (TABLES + 0x0000)
#define BASE (TABLES + 0x3000)
#define NUM (TABLES + 0x3008)
#define NAMES (TABLES + 0x1000)
#define TOKEN_TABLE (TABLES + 0x2000)
#define TOKEN_INDEX (TABLES + 0x2800)
#define TABLES_LEN 0x4000
#define TEXT 0xffffffff81000000ULL

enum form { ABSOLUTE, RELATIVE, PERCPU, PLACE };

/* A symbol as nm would show it; of one that is per-CPU the address is an offset. */
struct sample {
	const char *text;
	uint64_t addr;
};

/* In order of address, as the kernel's own binary search wants it. */
static const struct sample samples[] = {
	{ "Aboot_pageset", 0x2e300 },
	{ "T_stext", TEXT },
	{ "tfree_pages_prepare", TEXT + 0x100 },
	{ "talias", TEXT + 0x180 },
	{ "Tother_alias", TEXT + 0x180 },
	{ "thandle", TEXT + 0x200 },
	{ "dtwin", TEXT + 0x300 },
	{ "dtwin", TEXT + 0x400 },
	{ "dchosen", TEXT + 0x500 },
	{ "Dchosen", TEXT + 0x600 },
	{ "bpc_state", TEXT + 0x640 },
	{ "B_end", TEXT + 0x1000000 + 0x640 },
};

static void put(uint8_t *at, uint64_t val, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(val >> 8 * i);
}

/* Every token is one character, but for one of several: 0x01 is "page". */
static void write_tokens(uint8_t *mem)
{
	size_t at = 0;

	for (unsigned int i = 0; i < 256; i++) {
		char token[8] = { (char)(i >= ' ' && i < 0x7f ? i : '?') };

		if (i == 1)
			snprintf(token, sizeof(token), "page");
		put(mem + (TOKEN_INDEX - TABLES) + 2 * i, at, 2);
		memcpy(mem + (TOKEN_TABLE - TABLES) + at, token, strlen(token) + 1);
		at += strlen(token) + 1;
	}
}

static size_t write_name(uint8_t *at, const char *text)
{
	size_t len = 0;

	for (; *text; text++) {
		bool page = !strncmp(text, "page", 4);

		at[1 + len++] = page ? 1 : (uint8_t)*text;
		text += page ? 3 : 0;
	}
	at[0] = (uint8_t)len;
	return len + 1;
}

static void write_address(uint8_t *mem, enum form form, size_t i, uint64_t addr)
{
	uint64_t offset = addr - TEXT;

	if (form == PERCPU)
		offset = addr < TEXT ? addr : TEXT - 1 - addr;
	if (form == PLACE)
		offset = addr - (OFFSETS + 4 * i);
	if (form == ABSOLUTE)
		put(mem + 8 * i, addr, 8);
	else
		put(mem + 4 * i, offset, 4);
}

static uint8_t *fill(struct vmcore *vc, enum form form)
{
	uint8_t *mem = fake_vmcore_region(vc, TABLES, TABLES_LEN);
	uint8_t *name = mem + (NAMES - TABLES);
	size_t first = form == PERCPU ? 0 : 1, n = ARRAY_SIZE(samples) - first;

	write_tokens(mem);
	put(mem + (BASE - TABLES), TEXT, 8);
	put(mem + (NUM - TABLES), n, 4);
	for (size_t i = 0; i < n; i++) {
		name += write_name(name, samples[first + i].text);
		write_address(mem, form, i, samples[first + i].addr);
	}
	fake_vmcore_info_line(vc, "SYMBOL(_stext)", "ffffffff81000000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_names)", "ffffffff82001000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_num_syms)", "ffffffff82003008");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_table)", "ffffffff82002000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_index)", "ffffffff82002800");
	fake_vmcore_info_line(vc, form == ABSOLUTE ? "SYMBOL(kallsyms_addresses)" :
			      "SYMBOL(kallsyms_offsets)", "ffffffff82000000");
	if (form == RELATIVE || form == PERCPU)
		fake_vmcore_info_line(vc, "SYMBOL(kallsyms_relative_base)",
				      "ffffffff82003000");
	return mem;
}

static void assert_at(struct kallsyms *ks, const char *name, uint64_t addr,
		      uint64_t size)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsym sym;

	ck_assert_ok(kallsyms_find(ks, name, &sym, &err), &err);
	ck_assert_str_eq(sym.name, name);
	ck_assert_uint_eq(sym.addr, addr);
	ck_assert_uint_eq(sym.size, size);
}

START_TEST(each_encoding_is_found_out)
{
	for (enum form form = ABSOLUTE; form <= PLACE; form++) {
		struct vmcore *vc = fake_vmcore_create();
		struct pgc_err err = PGC_ERR_INIT;
		struct kallsyms *ks = NULL;

		fill(vc, form);
		ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
		assert_at(ks, "_stext", TEXT, 0x100);
		assert_at(ks, "free_pages_prepare", TEXT + 0x100, 0x80);
		assert_at(ks, "alias", TEXT + 0x180, 0x80);
		assert_at(ks, "pc_state", TEXT + 0x640, 16 << 20);
		assert_at(ks, "_end", TEXT + 0x1000640, 0);
		if (form == PERCPU)
			assert_at(ks, "boot_pageset", 0x2e300, 0);
		kallsyms_destroy(ks);
		vmcore_close(vc);
	}
}
END_TEST

START_TEST(of_twins_neither_is_taken)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	struct kallsym sym;

	fill(vc, PERCPU);
	ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
	ck_assert_int_eq(kallsyms_find(ks, "twin", &sym, &err), PGC_ENOENT);
	ck_assert_contains(err.msg, "several");
	ck_assert_int_eq(kallsyms_find(ks, "nobody", &sym, &err), PGC_ENOENT);
	/* A global one is the only global one. */
	assert_at(ks, "chosen", TEXT + 0x600, 0x40);
	kallsyms_destroy(ks);
	vmcore_close(vc);
}
END_TEST

static bool count_function(void *arg, const struct kallsym *sym)
{
	ck_assert(sym->type == 't' || sym->type == 'T');
	ck_assert_uint_ge(sym->addr, TEXT);
	++*(unsigned int *)arg;
	return true;
}

START_TEST(functions_are_told_from_data)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	struct name_filter filter;
	unsigned int n = 0;

	fill(vc, PERCPU);
	ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
	memset(&filter, 0xff, sizeof(filter));
	kallsyms_each_function(ks, &filter, count_function, &n);
	ck_assert_uint_eq(n, 5);
	/* Only what passes the filter is told of. */
	memset(&filter, 0, sizeof(filter));
	name_filter_add(&filter, "free_pages_prepare");
	n = 0;
	kallsyms_each_function(ks, &filter, count_function, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(kallsyms_count(ks), ARRAY_SIZE(samples));
	kallsyms_destroy(ks);
	vmcore_close(vc);
}
END_TEST

/* Names longer than 127 tokens have a length of two bytes. */
START_TEST(a_long_name_is_read)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	uint8_t *mem = fill(vc, PERCPU), *name = mem + (NAMES - TABLES);
	char wanted[300];

	memset(name, 'x', 400);
	name[0] = 0x80 | (299 & 0x7f);
	name[1] = 299 >> 7;
	name[2] = 'D';
	write_name(name + 2 + 299, "T_stext");
	put(mem + (NUM - TABLES), 2, 4);
	memset(wanted, 'x', 298);
	wanted[298] = '\0';
	ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
	assert_at(ks, wanted, 0x2e300, 0);
	kallsyms_destroy(ks);
	vmcore_close(vc);
}
END_TEST

/* Damage that must be refused, and with which words. */
static void assert_refused(void (*damage)(struct vmcore *, uint8_t *), const char *words)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	enum pgc_status st;

	damage(vc, fill(vc, PERCPU));
	st = kallsyms_create(vc, &ks, &err);
	ck_assert_int_eq(st, PGC_EFORMAT);
	ck_assert_contains(err.msg, words);
	ck_assert_ptr_null(ks);
	vmcore_close(vc);
}

static void absurd_number(struct vmcore *vc _unused_, uint8_t *mem)
{
	put(mem + (NUM - TABLES), 0xffffffff, 4);
}

static void no_symbols(struct vmcore *vc _unused_, uint8_t *mem)
{
	put(mem + (NUM - TABLES), 0, 4);
}

static void more_than_there_are(struct vmcore *vc _unused_, uint8_t *mem)
{
	put(mem + (NUM - TABLES), 2000, 4);
	put(mem + (BASE - TABLES), TEXT, 8);
	memset(mem + (NAMES - TABLES), 0xff, 0x1000);
}

static void moved_base(struct vmcore *vc _unused_, uint8_t *mem)
{
	put(mem + (BASE - TABLES), TEXT + 0x1000, 8);
}

static void no_stext(struct vmcore *vc _unused_, uint8_t *mem)
{
	mem[NAMES - TABLES + 2 + strlen(samples[0].text)] ^= 1;
	memset(mem + (NAMES - TABLES), 0, 0x200);
}

static void tables_not_there(struct vmcore *vc, uint8_t *mem _unused_)
{
	fake_vmcore_gap(vc, TOKEN_TABLE, PGC_EXCLUDED);
}

static void offsets_not_there(struct vmcore *vc, uint8_t *mem _unused_)
{
	fake_vmcore_gap(vc, OFFSETS, PGC_EXCLUDED);
}

START_TEST(damaged_tables_are_refused)
{
	assert_refused(absurd_number, "4294967295 symbols are impossible");
	assert_refused(no_symbols, "0 symbols");
	assert_refused(more_than_there_are, "ends before its last name");
	assert_refused(moved_base, "no known encoding");
	assert_refused(no_stext, "no _stext");
	assert_refused(tables_not_there, "not in the dump");
	assert_refused(offsets_not_there, "can be read");
}
END_TEST

/*
 * The tables as scripts/kallsyms.c lays them, one behind the other at PLACED: up to 6.3 the
 * addresses are first, since 6.4 last. Up to 4.19 numbers have 8 bytes.
 */
#define PLACED (TEXT + 0x300140)
#define PLACED_LEN 0x10000
#define MANY 700

struct placed {
	enum form form;
	bool newer, wide;
};

static size_t even(size_t at)
{
	return (at + 7) / 8 * 8;
}

static uint64_t many_addr(size_t i)
{
	return TEXT + 0x10 * i;
}

static size_t lay_addresses(uint8_t *mem, size_t at, const struct placed *how)
{
	size_t start = at;

	for (size_t i = 0; i < MANY; i++) {
		uint64_t offset = many_addr(i) - TEXT;

		if (how->form == PERCPU)
			offset = TEXT - 1 - many_addr(i);
		if (how->form == PLACE)
			offset = many_addr(i) - (PLACED + start + 4 * i);
		put(mem + at, how->form == ABSOLUTE ? many_addr(i) : offset,
		    how->form == ABSOLUTE ? 8 : 4);
		at += how->form == ABSOLUTE ? 8 : 4;
	}
	if (how->form == RELATIVE || how->form == PERCPU) {
		put(mem + even(at), TEXT, 8);
		at = even(at) + 8;
	}
	return even(at);
}

static size_t lay_names(uint8_t *mem, size_t at, const struct placed *how)
{
	uint64_t marker[MANY / 256 + 1];
	size_t width = how->wide ? 8 : 4, names;

	put(mem + at, MANY, 4);
	names = at += 8;
	for (size_t i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), i ? "tfunction_%zu" : "T_stext", i);
		if (i % 256 == 0)
			marker[i / 256] = at - names;
		at += write_name(mem + at, name);
	}
	at = even(at);
	for (size_t i = 0; i <= MANY / 256; i++, at += width)
		put(mem + at, marker[i], width);
	return even(at);
}

static size_t lay_tokens(uint8_t *mem, size_t at)
{
	_cleanup_free_ uint8_t *tables = calloc(1, TABLES_LEN);
	size_t len;

	ck_assert_ptr_nonnull(tables);
	write_tokens(tables);
	len = 2 + target_u16(tables + (TOKEN_INDEX - TABLES) + 2 * 255);
	memcpy(mem + at, tables + (TOKEN_TABLE - TABLES), len);
	at = even(at + len);
	memcpy(mem + at, tables + (TOKEN_INDEX - TABLES), 512);
	return at + 512;
}

/* VMCOREINFO has no more than _stext. *@len: of all tables. */
static uint8_t *lay(struct vmcore *vc, const struct placed *how, size_t *len)
{
	uint8_t *mem = fake_vmcore_region(vc, PLACED & ~0xfffULL, PLACED_LEN) + (PLACED & 0xfff);
	size_t at = 0;

	fake_vmcore_region(vc, TEXT, 0x2000);
	if (!how->newer)
		at = lay_addresses(mem, at, how);
	at = lay_names(mem, at, how);
	at = lay_tokens(mem, at);
	if (how->newer)
		at = lay_addresses(mem, at, how);
	*len = at;
	fake_vmcore_info_line(vc, "SYMBOL(_stext)", "ffffffff81000000");
	return mem;
}

static const struct placed ways[] = {
	{ .form = PERCPU },
	{ .form = RELATIVE },
	{ .form = ABSOLUTE },
	{ .form = PERCPU, .wide = true },
	{ .form = ABSOLUTE, .wide = true },
	{ .form = PERCPU, .newer = true },
	{ .form = RELATIVE, .newer = true },
	{ .form = PLACE, .newer = true },
};

START_TEST(tables_that_nothing_names_are_found)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct vmcore *vc = fake_vmcore_create();
		struct pgc_err err = PGC_ERR_INIT;
		struct kallsyms *ks = NULL;
		size_t len;

		lay(vc, &ways[i], &len);
		ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
		ck_assert_uint_eq(kallsyms_count(ks), MANY);
		assert_at(ks, "_stext", TEXT, 0x10);
		assert_at(ks, "function_1", TEXT + 0x10, 0x10);
		assert_at(ks, "function_256", TEXT + 0x1000, 0x10);
		kallsyms_destroy(ks);
		vmcore_close(vc);
	}
}
END_TEST

/* What VMCOREINFO says does not lead to tables: they are where they are. */
START_TEST(wrong_lines_do_not_hide_them)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	size_t len;

	lay(vc, &ways[0], &len);
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_names)", "ffffffff81000000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_num_syms)", "ffffffff81000000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_table)", "ffffffff81000000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_index)", "ffffffff81000000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_offsets)", "ffffffff81000000");
	ck_assert_ok(kallsyms_create(vc, &ks, &err), &err);
	assert_at(ks, "function_699", TEXT + 0x2bb0, 0);
	kallsyms_destroy(ks);
	vmcore_close(vc);
}
END_TEST

/* Whatever byte is wrong, of what holds the tables together: none are made of it. */
START_TEST(half_a_table_is_no_table)
{
	unsigned int found = 0;
	size_t len = 1;

	for (size_t at = 0; at < len; at += 7) {
		struct vmcore *vc = fake_vmcore_create();
		struct kallsyms *ks = NULL;
		struct kallsym sym;

		lay(vc, &ways[0], &len)[at] ^= 0x40;
		if (kallsyms_create(vc, &ks, NULL) == PGC_OK) {
			/* A name, a token's text, or one address is not known to be wrong. */
			ck_assert_int_eq(kallsyms_find(ks, "_stext", &sym, NULL), PGC_OK);
			ck_assert_uint_eq(sym.addr, TEXT);
			found++;
			kallsyms_destroy(ks);
		}
		vmcore_close(vc);
	}
	ck_assert_uint_lt(found, len / 7);
}
END_TEST

static void cut(size_t from)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	size_t len;

	lay(vc, &ways[0], &len);
	for (uint64_t at = from; at < PLACED_LEN; at += 0x1000)
		fake_vmcore_gap(vc, (PLACED & ~0xfffULL) + at, PGC_EXCLUDED);
	ck_assert_int_eq(kallsyms_create(vc, &ks, &err), PGC_ENOENT);
	ck_assert_contains(err.msg, "VMCOREINFO has no kallsyms_token_table");
	vmcore_close(vc);
}

START_TEST(cut_tables_are_not_found)
{
	size_t len;
	struct vmcore *vc = fake_vmcore_create();

	lay(vc, &ways[0], &len);
	vmcore_close(vc);
	for (size_t from = 0; from < len; from += 0x1000)
		cut(from);
}
END_TEST

/* An image made of what is searched for costs little, and gives nothing. */
START_TEST(nothing_but_digits_is_nothing)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;
	uint8_t *mem = fake_vmcore_region(vc, TEXT, 8 << 20);

	for (size_t i = 0; i < 8 << 20; i++)
		mem[i] = i % 2 ? 0 : (uint8_t)('0' + i / 2 % 10);
	fake_vmcore_info_line(vc, "SYMBOL(_stext)", "ffffffff81000000");
	ck_assert_int_eq(kallsyms_create(vc, &ks, &err), PGC_ENOENT);
	vmcore_close(vc);
}
END_TEST

START_TEST(without_vmcoreinfo_there_is_nothing)
{
	struct vmcore *vc = fake_vmcore_create();
	struct pgc_err err = PGC_ERR_INIT;
	struct kallsyms *ks = NULL;

	ck_assert_int_eq(kallsyms_create(vc, &ks, &err), PGC_ENOENT);
	vmcore_close(vc);
}
END_TEST

static bool any_function(void *arg _unused_, const struct kallsym *sym)
{
	return strlen(sym->name) < 4096;
}

/* Bytes changed at random: any answer will do that is one. */
START_TEST(random_damage_is_survived)
{
	struct name_filter all;
	unsigned int seed = 1;

	memset(&all, 0xff, sizeof(all));
	for (int round = 0; round < 3000; round++) {
		const struct placed *way = &ways[(size_t)round / 8 % ARRAY_SIZE(ways)];
		struct vmcore *vc = fake_vmcore_create();
		struct kallsyms *ks = NULL;
		size_t len = TABLES_LEN;
		uint8_t *mem = round % 8 < 4 ? fill(vc, (enum form)(round % 4)) :
					       lay(vc, way, &len);
		struct kallsym sym;

		for (int i = 0; i < 1 + round % 40; i++) {
			seed = seed * 1103515245 + 12345;
			mem[(seed >> 8) % len] = (uint8_t)(seed >> 24);
		}
		if (kallsyms_create(vc, &ks, NULL) == PGC_OK) {
			/* _stext is where VMCOREINFO has it, or the table is refused. */
			ck_assert_int_eq(kallsyms_find(ks, "_stext", &sym, NULL), PGC_OK);
			kallsyms_each_function(ks, &all, any_function, NULL);
			kallsyms_destroy(ks);
		}
		vmcore_close(vc);
	}
}
END_TEST

UNIT_MAIN("kallsyms", each_encoding_is_found_out, of_twins_neither_is_taken,
	  functions_are_told_from_data, a_long_name_is_read, damaged_tables_are_refused,
	  tables_that_nothing_names_are_found, wrong_lines_do_not_hide_them,
	  half_a_table_is_no_table, cut_tables_are_not_found, nothing_but_digits_is_nothing,
	  without_vmcoreinfo_there_is_nothing, random_damage_is_survived)
