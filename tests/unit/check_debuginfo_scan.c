/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of unit names must say what libdw says, or nothing. */
#include <dwarf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "debuginfo/debuginfo_priv.h"
#include "unit.h"

static struct pgc_err err;

static struct debuginfo *open_data(const char *dir, const char *name)
{
	const char *top = getenv(dir);
	struct debuginfo *di = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/%s", top ? top : ".", name);
	ck_assert_ok(debuginfo_open(path, &di, &err), &err);
	return di;
}

/* What was scanned is what libdw finds, in its order. Returns how many units there are. */
static size_t assert_as_libdw(struct debuginfo *di)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	size_t n = 0;

	while (!dwarf_get_units(di->dw, cu, &cu, NULL, NULL, &die, NULL)) {
		if (dwarf_tag(&die) != DW_TAG_compile_unit)
			continue;
		ck_assert_uint_lt(n, di->n_cu);
		ck_assert_str_eq(di->cu[n].name, dwarf_diename(&die));
		ck_assert_uint_eq(di->cu[n].len, strlen(dwarf_diename(&die)));
		ck_assert_uint_eq(di->cu[n].off, dwarf_dieoffset(&die));
		n++;
	}
	ck_assert_uint_eq(n, di->n_cu);
	return n;
}

static size_t scan(const char *dir, const char *name)
{
	struct debuginfo *di = open_data(dir, name);
	size_t n;

	ck_assert_ok(di_scan_units(di, &err), &err);
	n = assert_as_libdw(di);
	debuginfo_close(di);
	return n;
}

START_TEST(the_units_of_libdw)
{
	ck_assert_uint_ge(scan("TOP_BUILDDIR", "types"), 2);
	ck_assert_uint_ge(scan("TOP_BUILDDIR", "vmlinux-6.1"), 2);
	ck_assert_uint_ge(scan("TOP_BUILDDIR", "vmlinux-7.2"), 3);
	ck_assert_uint_eq(scan("TOP_SRCDIR", "clang-split-dwarf4.elf"), 1);
}
END_TEST

/* Compressed sections, and indexes of strings: libdw's turn, with the same answers. */
START_TEST(what_is_left_to_libdw)
{
	struct debuginfo *di = open_data("TOP_BUILDDIR", "types-compressed");
	uint64_t size = 0;

	ck_assert_int_eq(di_scan_units(di, &err), PGC_ENOENT);
	ck_assert_ok(debuginfo_type_size(di, "types-other.c", "inner", &size, &err), &err);
	ck_assert_uint_eq(size, 8);
	ck_assert_uint_ge(assert_as_libdw(di), 2);
	debuginfo_close(di);
	di = open_data("TOP_SRCDIR", "clang-split-dwarf5.elf");
	ck_assert_int_eq(di_scan_units(di, &err), PGC_ENOENT);
	debuginfo_close(di);
}
END_TEST

/* An open file of which .debug_info (a copy on disk) and .debug_abbrev can be written over. */
struct spoilt {
	struct debuginfo *di;
	struct di_plain was;
	uint8_t *abbrev;
	char path[64];
};

static void spoil_begin(struct spoilt *s)
{
	static char buf[1 << 20];
	FILE *from;
	size_t n;
	int fd;

	memset(s, 0, sizeof(*s));
	s->di = open_data("TOP_BUILDDIR", "types");
	from = fopen(s->di->path, "r");
	ck_assert_ptr_nonnull(from);
	n = fread(buf, 1, sizeof(buf), from);
	fclose(from);
	strcpy(s->path, "/tmp/check_scan.XXXXXX");
	fd = mkstemp(s->path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, buf, n), (ssize_t)n);
	close(s->di->fd);
	s->di->fd = fd;
	s->was = s->di->plain;
	s->abbrev = malloc(s->was.abbrev.size);
	ck_assert_ptr_nonnull(s->abbrev);
	memcpy(s->abbrev, s->was.abbrev.start, s->was.abbrev.size);
	s->di->plain.abbrev.start = s->abbrev;
}

static void spoil_end(struct spoilt *s)
{
	unlink(s->path);
	free(s->abbrev);
	debuginfo_close(s->di);
}

/* Whatever it makes of it, names are strings of the file and units are inside the section. */
static bool survives(struct spoilt *s)
{
	struct debuginfo *di = s->di;
	enum pgc_status st;

	di->n_cu = 0;
	st = di_scan_units(di, &err);
	ck_assert(st == PGC_OK || st == PGC_ENOENT);
	for (size_t i = 0; i < di->n_cu; i++) {
		ck_assert_uint_eq(di->cu[i].len, strlen(di->cu[i].name));
		ck_assert_uint_lt(di->cu[i].off, di->plain.info_size);
	}
	return st == PGC_OK;
}

START_TEST(headers_that_lie)
{
	static const uint8_t values[] = { 0, 1, 2, 4, 5, 0x7f, 0x80, 0xf0, 0xff };
	unsigned int refused = 0;
	struct spoilt s;
	uint8_t byte;

	spoil_begin(&s);
	for (off_t at = 0; at < 32; at++) {
		off_t where = (off_t)s.was.info_offset + at;

		ck_assert_int_eq(pread(s.di->fd, &byte, 1, where), 1);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			ck_assert_int_eq(pwrite(s.di->fd, &values[i], 1, where), 1);
			refused += !survives(&s);
		}
		ck_assert_int_eq(pwrite(s.di->fd, &byte, 1, where), 1);
	}
	ck_assert_uint_gt(refused, 20);
	ck_assert(survives(&s));
	ck_assert_uint_ge(s.di->n_cu, 2);
	spoil_end(&s);
}
END_TEST

START_TEST(abbreviations_that_lie)
{
	static const uint8_t values[] = { 0, 0x11, 0x21, 0x25, 0x7f, 0x80, 0xff };
	unsigned int refused = 0;
	struct spoilt s;

	spoil_begin(&s);
	for (size_t at = 0; at < s.was.abbrev.size && at < 2048; at++) {
		uint8_t byte = s.abbrev[at];

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			s.abbrev[at] = values[i];
			refused += !survives(&s);
		}
		s.abbrev[at] = byte;
	}
	ck_assert_uint_gt(refused, 20);
	/* Numbers that never end, and a table that does not. */
	memset(s.abbrev, 0x80, s.was.abbrev.size);
	ck_assert(!survives(&s));
	memset(s.abbrev, 1, s.was.abbrev.size);
	ck_assert(!survives(&s));
	spoil_end(&s);
}
END_TEST

/* Sections that are shorter than what points into them. */
START_TEST(sections_that_end_early)
{
	struct spoilt s;
	struct debuginfo *di;

	spoil_begin(&s);
	di = s.di;
	di->plain.abbrev.size /= 2;
	survives(&s);
	di->plain.abbrev.size = 0;
	ck_assert(!survives(&s));
	di->plain.abbrev = s.was.abbrev;
	di->plain.info_size = s.was.info_size - 1;
	ck_assert(!survives(&s));
	di->plain.str.size = di->plain.line_str.size = 0;
	ck_assert(!survives(&s));
	spoil_end(&s);
}
END_TEST

UNIT_MAIN("debuginfo_scan", the_units_of_libdw, what_is_left_to_libdw, headers_that_lie,
	  abbreviations_that_lie, sections_that_end_early)
