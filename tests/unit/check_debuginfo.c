/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debuginfo/debuginfo.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "unit.h"

#define TYPES_ONLY
#include "../data/types.c"

#define T "data/types.c"

static struct pgc_err err;

static void path_of(char *buf, size_t size, const char *dir, const char *name)
{
	const char *top = getenv(dir);

	snprintf(buf, size, "%s/tests/data/%s", top ? top : ".", name);
}

static struct debuginfo *open_data(const char *dir, const char *name)
{
	struct debuginfo *di = NULL;
	char path[4096];

	path_of(path, sizeof(path), dir, name);
	ck_assert_ok(debuginfo_open(path, &di, &err), &err);
	return di;
}

static struct debuginfo *open_types(void)
{
	return open_data("TOP_BUILDDIR", "types");
}

static struct debuginfo_member member(struct debuginfo *di, const char *type, const char *path)
{
	struct debuginfo_member m = { .offset = 0 };

	ck_assert_ok(debuginfo_member(di, T, type, path, &m, &err), &err);
	return m;
}

#define ck_member(di, type, path, off, sz, len) \
	do { \
		struct debuginfo_member m_ = member(di, type, path); \
		ck_assert_uint_eq(m_.offset, off); \
		ck_assert_uint_eq(m_.size, sz); \
		ck_assert_uint_eq(m_.length, len); \
		ck_assert_uint_eq(m_.bit_size, 0); \
	} while (0)

/* A failing lookup says what it missed. */
#define ck_missing(call, part) \
	do { \
		ck_assert_int_eq(call, PGC_ENOENT); \
		ck_assert_contains(err.msg, part); \
	} while (0)

START_TEST(types_have_sizes)
{
	struct debuginfo *di = open_types();
	uint64_t size;

	ck_assert_ok(debuginfo_type_size(di, T, "outer", &size, &err), &err);
	ck_assert_uint_eq(size, sizeof(struct outer));
	ck_assert_ok(debuginfo_type_size(di, "types.c", "either", &size, &err), &err);
	ck_assert_uint_eq(size, sizeof(union either));
	ck_assert_ok(debuginfo_type_size(di, T, "qualified_t", &size, &err), &err);
	ck_assert_uint_eq(size, sizeof(counter_t));
	/* The same name in another unit is another type. */
	ck_assert_ok(debuginfo_type_size(di, "data/types-other.c", "outer", &size, &err), &err);
	ck_assert_uint_eq(size, sizeof(int));
	debuginfo_close(di);
}
END_TEST

struct listing {
	char text[1024];
	size_t used;
};

static bool note_member(void *arg, const char *name, const char *type, uint64_t offset,
			uint64_t size)
{
	struct listing *s = arg;

	s->used += (size_t)snprintf(s->text + s->used, sizeof(s->text) - s->used,
				    "%s:%s:%d:%d ", name, type, (int)offset, (int)size);
	return s->used < sizeof(s->text);
}

START_TEST(all_members)
{
	struct debuginfo *di = open_types();
	struct listing s = { .used = 0 };

	ck_assert_ok(debuginfo_member_each(di, T, "outer", note_member, &s, &err), &err);
	/* Where things are is the compiler's to say: see above. */
	ck_assert_ptr_nonnull(strstr(s.text, "first:int8:0:1 a:int64:8:8 b:int32:16:4 in_anon:inner:16:8 raw:int8[]:8:40 arr:inner[]:"));
	ck_assert_ptr_nonnull(strstr(s.text, " mat:int32[][][]:"));
	ck_assert_ptr_nonnull(strstr(s.text, " name:int8*:"));
	ck_assert_ptr_nonnull(strstr(s.text, " far:opaque*:"));
	ck_assert_ptr_nonnull(strstr(s.text, " cnt:qualified_t:"));
	ck_assert_ptr_nonnull(strstr(s.text, " paint:colour:"));
	ck_assert_ptr_nonnull(strstr(s.text, " flex:inner[]:"));
	ck_assert_ptr_null(strstr(s.text, " :"));
	ck_missing(debuginfo_member_each(di, T, "opaque", note_member, &s, &err), "only declared");
	debuginfo_close(di);
}
END_TEST

START_TEST(types_that_are_missing)
{
	struct debuginfo *di = open_types();
	uint64_t size;

	ck_missing(debuginfo_type_size(di, T, "nothing", &size, &err), "no nothing in " T);
	ck_missing(debuginfo_type_size(di, T, "opaque", &size, &err), "only declared");
	ck_missing(debuginfo_type_size(di, T, "matrix_t", &size, &err), "not a struct or union");
	ck_missing(debuginfo_type_size(di, "data/none.c", "outer", &size, &err),
		   "no compile unit data/none.c");
	/* Not on a '/' boundary. */
	ck_missing(debuginfo_type_size(di, "pes.c", "outer", &size, &err), "no compile unit");
	ck_missing(debuginfo_type_size(di, "", "outer", &size, &err), "no compile unit");
	debuginfo_close(di);
}
END_TEST

START_TEST(members_at_any_depth)
{
	struct debuginfo *di = open_types();

	ck_member(di, "outer", "first", 0, 1, 0);
	ck_member(di, "outer", "a", offsetof(struct outer, a), 8, 0);
	ck_member(di, "outer", "b", offsetof(struct outer, b), 4, 0);
	ck_member(di, "outer", "in_anon.val", offsetof(struct outer, in_anon.val), 4, 0);
	ck_member(di, "outer", "raw", offsetof(struct outer, raw), 40, 40);
	ck_member(di, "outer", "name", offsetof(struct outer, name), 8, 0);
	ck_member(di, "outer", "far", offsetof(struct outer, far), 8, 0);
	ck_member(di, "outer", "cnt.counter", offsetof(struct outer, cnt.counter), 8, 0);
	ck_member(di, "outer", "paint", offsetof(struct outer, paint), 4, 0);
	ck_member(di, "outer", "flag", offsetof(struct outer, flag), 1, 0);
	ck_member(di, "either", "in.val", offsetof(union either, in.val), 4, 0);
	debuginfo_close(di);
}
END_TEST

START_TEST(members_of_arrays)
{
	struct debuginfo *di = open_types();

	ck_member(di, "outer", "arr", offsetof(struct outer, arr), 32, 4);
	ck_member(di, "outer", "arr[3]", offsetof(struct outer, arr[3]), 8, 0);
	ck_member(di, "outer", "arr[3].val", offsetof(struct outer, arr[3].val), 4, 0);
	ck_member(di, "outer", "mat", offsetof(struct outer, mat), 96, 2);
	ck_member(di, "outer", "mat[1]", offsetof(struct outer, mat[1]), 48, 3);
	ck_member(di, "outer", "mat[1][2]", offsetof(struct outer, mat[1][2]), 16, 4);
	ck_member(di, "outer", "mat[1][2][3]", offsetof(struct outer, mat[1][2][3]), 4, 0);
	ck_member(di, "outer", "flex", offsetof(struct outer, flex), 0, 0);
	ck_member(di, "outer", "flex[5].val", offsetof(struct outer, flex[5].val), 4, 0);
	ck_member(di, "zero_len", "none", 8, 0, 0);
	debuginfo_close(di);
}
END_TEST

START_TEST(bit_fields)
{
	struct debuginfo *di = open_types();
	struct debuginfo_member low = member(di, "outer", "low");
	struct debuginfo_member mid = member(di, "outer", "mid");

	ck_assert_uint_eq(low.bit_size, 3);
	ck_assert_uint_eq(mid.bit_size, 7);
	ck_assert_uint_eq(low.size, 4);
	ck_assert_uint_eq(low.offset % 4, 0);
	ck_assert_uint_eq(8 * low.offset + low.bit_offset,
			  8 * (offsetof(struct outer, cnt) + sizeof(counter_t)));
	ck_assert_uint_eq(8 * mid.offset + mid.bit_offset, 8 * low.offset + low.bit_offset + 8);
	debuginfo_close(di);
}
END_TEST

START_TEST(paths_that_lead_nowhere)
{
	static const struct {
		const char *path, *why;
	} bad[] = {
		{ "nope", "no member nope" },
		{ "arr[4]", "has 4 elements" },
		{ "arr.val", "no member val: not a struct" },
		{ "name.x", "no member x: not a struct" },
		{ "far.x", "no member x: not a struct" },
		{ "first[0]", "not an array" },
		{ "arr[", "bad index" },
		{ "arr[]", "bad index" },
		{ "arr[-1]", "bad index" },
		{ "arr[ 1]", "bad index" },
		{ "arr[1", "bad index" },
		{ "arr[99999999999999999999999]", "has 4 elements" },
		{ "arr[1]val", "bad path" },
		{ "arr[1]..val", "bad path" },
		{ ".first", "bad path" },
		{ "in_anon.", "bad path" },
		{ "in_anon..val", "bad path" },
	};
	struct debuginfo *di = open_types();
	struct debuginfo_member m;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_missing(debuginfo_member(di, T, "outer", bad[i].path, &m, &err), bad[i].why);
	ck_assert_int_eq(debuginfo_member(di, T, "outer", "flex[9999999999999999999]", &m, &err),
			 PGC_EFORMAT);
	debuginfo_close(di);
}
END_TEST

struct seen {
	char text[256];
	int stop_after;
};

static bool note_enumerator(void *arg, const char *name, int64_t value)
{
	struct seen *seen = arg;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s=%lld ", name,
		 (long long)value);
	return --seen->stop_after;
}

START_TEST(enumerators)
{
	struct debuginfo *di = open_types();
	struct seen all = { .stop_after = 100 }, two = { .stop_after = 2 };
	int64_t v;

	ck_assert_ok(debuginfo_enumerator(di, T, "colour", "BLUE", &v, &err), &err);
	ck_assert_int_eq(v, 6);
	ck_assert_ok(debuginfo_enumerator(di, T, "signed_one", "MINUS", &v, &err), &err);
	ck_assert_int_eq(v, -2);
	ck_assert_ok(debuginfo_enumerator(di, T, NULL, "ANON_TWO", &v, &err), &err);
	ck_assert_int_eq(v, 300);
	ck_assert_ok(debuginfo_enumerator(di, T, NULL, "GREEN", &v, &err), &err);
	ck_assert_int_eq(v, 5);
	ck_missing(debuginfo_enumerator(di, T, "colour", "PLUS", &v, &err),
		   "no PLUS in enum colour");
	ck_missing(debuginfo_enumerator(di, T, NULL, "outer", &v, &err), "no outer in");
	ck_missing(debuginfo_enumerator(di, T, "outer", "RED", &v, &err), "no outer in");
	ck_assert_ok(debuginfo_enum_each(di, T, "colour", note_enumerator, &all, &err), &err);
	ck_assert_str_eq(all.text,
			 "RED=0 GREEN=5 BLUE=6 AZURE=6 BIG=240 HUGE_ONE=4294967280 ");
	ck_assert_ok(debuginfo_enum_each(di, T, "colour", note_enumerator, &two, &err), &err);
	ck_assert_str_eq(two.text, "RED=0 GREEN=5 ");
	debuginfo_close(di);
}
END_TEST

START_TEST(variables_where_the_symbols_are)
{
	struct debuginfo *di = open_types();
	struct debuginfo_var var;
	uint64_t addr;

	ck_assert_ok(debuginfo_symbol(di, "table", &addr, &err), &err);
	ck_assert_ok(debuginfo_variable(di, T, "table", "", &var, &err), &err);
	ck_assert_uint_eq(var.addr, addr);
	ck_assert_uint_eq(var.member.size, 48);
	ck_assert_uint_eq(var.member.length, 6);
	ck_assert(!var.pointer);
	ck_assert_ok(debuginfo_variable(di, T, "table", "[2].val", &var, &err), &err);
	ck_assert_uint_eq(var.addr, addr + 20);
	ck_assert_ok(debuginfo_variable(di, T, "pointer", "", &var, &err), &err);
	ck_assert(var.pointer);
	ck_assert_uint_eq(var.member.length, 0);
	ck_assert_uint_eq(var.member.size, 8);
	/* static, and called as its type */
	ck_assert_ok(debuginfo_symbol(di, "inner", &addr, &err), &err);
	ck_assert_ok(debuginfo_variable(di, T, "inner", "val", &var, &err), &err);
	ck_assert_uint_eq(var.addr, addr + 4);
	ck_assert_uint_eq(var.member.offset, 4);
	/* elsewhere is in the other unit only */
	ck_missing(debuginfo_variable(di, T, "elsewhere", "", &var, &err), "no elsewhere in");
	ck_missing(debuginfo_variable(di, T, "whole", "nope", &var, &err), "no member nope");
	debuginfo_close(di);
}
END_TEST

START_TEST(declared_variables_through_the_symbol_table)
{
	struct debuginfo *di = open_types();
	struct debuginfo_var var;
	uint64_t addr;

	ck_missing(debuginfo_symbol(di, "no_such_symbol", &addr, &err), "no symbol no_such");
	ck_missing(debuginfo_symbol(di, "", &addr, &err), "no symbol");
	ck_assert_ok(debuginfo_symbol(di, "not_here", &addr, &err), &err);
	if (debuginfo_variable(di, T, "not_here", "", &var, &err) == PGC_OK) {
		ck_assert_uint_eq(var.addr, addr);
		ck_assert_uint_eq(var.member.length, 9);
		ck_assert_uint_eq(var.member.size, 36);
		ck_assert(!var.pointer);
		ck_assert_ok(debuginfo_symbol(di, "table2", &addr, &err), &err);
		ck_assert_ok(debuginfo_variable(di, T, "table2", "[1].val", &var, &err), &err);
		ck_assert_uint_eq(var.addr, addr + 12);
		ck_assert_uint_eq(var.member.length, 0);
	} else {
		/* clang says nothing of variables that are only declared */
		ck_assert_contains(err.msg, "no not_here in " T);
	}
	debuginfo_close(di);
}
END_TEST

/* Whether a symbol was expected changes nothing but the time that the answer takes. */
START_TEST(expected_symbols)
{
	static const char *const expected[] = { "table", "inner", "no_such_symbol", "", "table" };
	static const char *const asked[] = { "table", "inner", "table2", "main" };
	struct debuginfo *plain = open_types(), *di = open_types();
	uint64_t addr, want;

	ck_assert_ok(debuginfo_expect_symbols(di, expected, ARRAY_SIZE(expected), &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		ck_assert_ok(debuginfo_symbol(plain, asked[i], &want, &err), &err);
		ck_assert_ok(debuginfo_symbol(di, asked[i], &addr, &err), &err);
		ck_assert_uint_eq(addr, want);
	}
	ck_missing(debuginfo_symbol(di, "no_such_symbol", &addr, &err), "no symbol no_such");
	ck_missing(debuginfo_symbol(di, "nor_this_one", &addr, &err), "no symbol nor_this");
	ck_missing(debuginfo_symbol(di, "", &addr, &err), "no symbol");
	ck_missing(debuginfo_symbol(plain, "twice", &addr, &err), "2 local symbols are named twice");
	ck_assert_ok(debuginfo_expect_symbols(di, (const char *const[]){ "twice" }, 1, &err),
		     &err);
	ck_missing(debuginfo_symbol(di, "twice", &addr, &err), "2 local symbols are named twice");
	ck_assert_ok(debuginfo_symbol(di, "table", &addr, &err), &err);
	ck_assert_ok(debuginfo_expect_symbols(di, NULL, 0, &err), &err);
	debuginfo_close(plain);
	debuginfo_close(di);
}
END_TEST

START_TEST(several_units)
{
	struct debuginfo *di = open_types();
	struct debuginfo_var var;
	uint64_t size, addr;

	/* The first that has it: both know a struct outer. */
	ck_assert_ok(debuginfo_type_size(di, T ":data/types-other.c", "outer", &size, &err),
		     &err);
	ck_assert_uint_eq(size, sizeof(struct outer));
	ck_assert_ok(debuginfo_type_size(di, "none.c::types-other.c:" T, "outer", &size, &err),
		     &err);
	ck_assert_uint_eq(size, sizeof(int));
	/* A definition says more than the declaration before it. */
	ck_assert_ok(debuginfo_variable(di, T ":types-other.c", "not_here", "", &var, &err),
		     &err);
	ck_assert_ok(debuginfo_symbol(di, "not_here", &addr, &err), &err);
	ck_assert_uint_eq(var.addr, addr);
	ck_assert_uint_eq(var.member.length, 9);
	ck_missing(debuginfo_type_size(di, "a.c:b.c", "outer", &size, &err),
		   "no compile unit a.c:b.c");
	debuginfo_close(di);
}
END_TEST

/* tests/data/README tells how the objects were made. */
static void pieces_are_found(const char *file)
{
	static const struct {
		const char *path, *symbol;
		unsigned int size;
	} pieces[] = {
		{ "db.bitmap[0]", "pc_state.0", 8 }, { "db.bitmap[1]", "pc_state.1", 8 },
		{ "db.nbits", "pc_state.2", 4 },     { "min_pfn", "pc_state.3", 8 },
		{ "max_pfn", "pc_state.4", 8 },
	};
	struct debuginfo *di = open_data("TOP_SRCDIR", file);
	const char *unit = "mm/page_consistency.c";
	struct debuginfo_var var;
	uint64_t addr;

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		ck_assert_ok(debuginfo_symbol(di, pieces[i].symbol, &addr, &err), &err);
		ck_assert_ok(debuginfo_variable(di, unit, "pc_state", pieces[i].path, &var,
						&err), &err);
		ck_assert_uint_eq(var.addr, addr);
		ck_assert_uint_eq(var.member.size, pieces[i].size);
	}
	ck_missing(debuginfo_variable(di, unit, "pc_state", "", &var, &err), "into pieces");
	ck_missing(debuginfo_variable(di, unit, "pc_state", "db", &var, &err), "into pieces");
	ck_missing(debuginfo_variable(di, unit, "pc_state", "never_read", &var, &err),
		   "optimised out");
	ck_assert_ok(debuginfo_symbol(di, "page_consistency_stats", &addr, &err), &err);
	ck_assert_ok(debuginfo_variable(di, unit, "page_consistency_stats",
					"violations_detected", &var, &err), &err);
	ck_assert_uint_eq(var.addr, addr + 24);
	debuginfo_close(di);
}

START_TEST(clang_splits_statics_dwarf4)
{
	pieces_are_found("clang-split-dwarf4.elf");
}
END_TEST

START_TEST(clang_splits_statics_dwarf5)
{
	pieces_are_found("clang-split-dwarf5.elf");
}
END_TEST

START_TEST(build_id_is_hex)
{
	struct debuginfo *di = open_data("TOP_SRCDIR", "clang-split-dwarf5.elf");
	const char *id = debuginfo_build_id(di);

	ck_assert_str_eq(id, "50d9c6571fa36bbfc7160796def54c690561a014");
	ck_assert_ptr_nonnull(strchr(debuginfo_library_version(), '.'));
	debuginfo_close(di);
	debuginfo_close(NULL);
}
END_TEST

/* A file with @size bytes of @data, refused with @status and @part of a message. */
static void refused(const void *data, size_t size, enum pgc_status status, const char *part)
{
	char path[] = "/tmp/check_debuginfo.XXXXXX";
	int fd = mkstemp(path);
	struct debuginfo *di = NULL;
	enum pgc_status st;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
	st = debuginfo_open(path, &di, &err);
	unlink(path);
	ck_assert_int_eq(st, status);
	ck_assert_ptr_null(di);
	ck_assert_contains(err.msg, part);
	ck_assert_contains(err.msg, path);
}

START_TEST(the_release_is_in_the_banner)
{
	struct debuginfo *di = open_types();
	char release[65], small[10];

	ck_assert_ok(debuginfo_release(di, release, sizeof(release), &err), &err);
	ck_assert_str_eq(release, "6.6.6-test+");
	/* Half a release is none. */
	ck_missing(debuginfo_release(di, small, sizeof(small), &err), "no release in");
	ck_assert_str_eq(small, "");
	debuginfo_close(di);
	di = open_data("TOP_BUILDDIR", "vmlinux-6.1");
	ck_missing(debuginfo_release(di, release, sizeof(release), &err), "linux_banner");
	ck_assert_str_eq(release, "");
	debuginfo_close(di);
}
END_TEST

START_TEST(files_that_are_refused)
{
	Elf64_Ehdr hdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			   .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1,
			   .e_ehsize = sizeof(hdr) };
	struct debuginfo *di = NULL;
	char image[0x300] = "MZ";

	refused("", 0, PGC_EFORMAT, "not a vmlinux: the file is empty");
	refused("\177ELF", 4, PGC_EFORMAT, "not a vmlinux");
	refused("KDUMP   or anything else", 24, PGC_EFORMAT, "a kdump-compressed dump: give one vmlinux");
	refused("\1\2\3\4 anything else", 18, PGC_EFORMAT, "not an ELF file");
	memcpy(image + 0x202, "HdrS", 4);
	refused(image, sizeof(image), PGC_EFORMAT, "vmlinuz");
	refused(&hdr, 20, PGC_EFORMAT, "truncated");
	refused(&hdr, sizeof(hdr), PGC_EFORMAT, "another ELF file without debug info");
	hdr.e_type = ET_REL;
	refused(&hdr, sizeof(hdr), PGC_EFORMAT, "a kernel module?");
	hdr.e_type = ET_CORE;
	refused(&hdr, sizeof(hdr), PGC_EFORMAT, "an ELF core");
	hdr.e_type = ET_EXEC;
	hdr.e_ident[EI_CLASS] = ELFCLASS32;
	refused(&hdr, sizeof(hdr), PGC_EFORMAT, "32-bit");
	hdr.e_ident[EI_CLASS] = ELFCLASS64;
	hdr.e_ident[EI_DATA] = ELFDATA2MSB;
	refused(&hdr, sizeof(hdr), PGC_EFORMAT, "big-endian");
	ck_assert_int_eq(debuginfo_open("/nonexistent/vmlinux", &di, &err), PGC_EIO);
	ck_assert_contains(err.msg, "/nonexistent/vmlinux: No such file");
	ck_assert_int_eq(debuginfo_open("/", &di, &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, "is a directory, not a vmlinux");
}
END_TEST

/* Cut anywhere, a vmlinux is refused at once or read as far as it goes; it never crashes. */
START_TEST(truncated_files)
{
	static char data[1 << 16];
	char path[4096];
	size_t size;
	FILE *f;

	path_of(path, sizeof(path), "TOP_SRCDIR", "clang-split-dwarf5.elf");
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	ck_assert_uint_gt(size, 1000);
	for (size_t cut = 64; cut < size; cut += 97)
		refused(data, cut, PGC_EFORMAT, "");
	refused(data, size - 1, PGC_EFORMAT, "");
}
END_TEST

UNIT_MAIN("debuginfo", types_have_sizes, types_that_are_missing, members_at_any_depth, all_members,
	  members_of_arrays, bit_fields, paths_that_lead_nowhere, enumerators,
	  variables_where_the_symbols_are, declared_variables_through_the_symbol_table,
	  expected_symbols, several_units, clang_splits_statics_dwarf4, clang_splits_statics_dwarf5,
	  build_id_is_hex, the_release_is_in_the_banner, files_that_are_refused,
	  truncated_files)
