/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kallsyms tables in every encoding, whole and damaged. */
#include <stdio.h>
#include <string.h>

#include "base/name_filter.h"
#include "fake_vmcore.h"
#include "layout/kallsyms.h"
#include "unit.h"

#define TABLES 0xffffffff82000000ULL
#define OFFSETS (TABLES + 0x0000)
#define BASE (TABLES + 0x0800)
#define NUM (TABLES + 0x0808)
#define NAMES (TABLES + 0x1000)
#define TOKEN_TABLE (TABLES + 0x2000)
#define TOKEN_INDEX (TABLES + 0x2800)
#define TABLES_LEN 0x3000
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
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_num_syms)", "ffffffff82000808");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_table)", "ffffffff82002000");
	fake_vmcore_info_line(vc, "SYMBOL(kallsyms_token_index)", "ffffffff82002800");
	fake_vmcore_info_line(vc, form == ABSOLUTE ? "SYMBOL(kallsyms_addresses)" :
			      "SYMBOL(kallsyms_offsets)", "ffffffff82000000");
	if (form == RELATIVE || form == PERCPU)
		fake_vmcore_info_line(vc, "SYMBOL(kallsyms_relative_base)",
				      "ffffffff82000800");
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

static void offsets_not_there(struct vmcore *vc, uint8_t *mem)
{
	put(mem + (NUM - TABLES), 0x10000, 4);
	fake_vmcore_gap(vc, NAMES, PGC_EXCLUDED);
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
		enum form form = (enum form)(round % 4);
		struct vmcore *vc = fake_vmcore_create();
		struct kallsyms *ks = NULL;
		uint8_t *mem = fill(vc, form);
		struct kallsym sym;

		for (int i = 0; i < 1 + round % 40; i++) {
			seed = seed * 1103515245 + 12345;
			mem[(seed >> 8) % TABLES_LEN] = (uint8_t)(seed >> 24);
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
	  without_vmcoreinfo_there_is_nothing, random_damage_is_survived)
