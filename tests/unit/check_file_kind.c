/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "dump/file_kind.h"
#include "mkdump.h"
#include "unit.h"

struct row {
	enum { KIND, LIKE, NAME } by;
	size_t at, len;
	const char *magic, *what, *advice;
};

static const struct row rows[] = {
#define KIND(at, magic, mask, what, advice) { KIND, at, sizeof(magic) - 1, magic, what, advice },
#define LIKE(text, what, advice) { LIKE, 0, sizeof(text) - 1, text, what, advice },
#define NAME(suffix, what, advice) { NAME, 0, sizeof(suffix) - 1, suffix, what, advice },
#include "dump/file_kinds.def"
#undef KIND
#undef LIKE
#undef NAME
};

static unsigned char bytes[70000];

static const char *refusal(size_t len, const char *path, enum file_wanted wanted)
{
	static struct pgc_err err;
	int fd = memfd_create("file", MFD_CLOEXEC);

	err = (struct pgc_err)PGC_ERR_INIT;
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(file_kind_refuse(fd, len, path, wanted, &err), PGC_EFORMAT);
	ck_assert_int_eq(err.status, PGC_EFORMAT);
	/* One line, whole. */
	ck_assert_ptr_eq(strchr(err.msg, '\n'), NULL);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg) - 100);
	close(fd);
	return err.msg;
}

/* What the pattern of a LIKE row stands for. */
static unsigned char letter_of(char pattern)
{
	return pattern == '$' ? 'f' : pattern == '%' ? '1' : pattern == '@' ? 'T' :
	       (unsigned char)pattern;
}

/* The architectures are those of arch.h, whatever the row says. */
static const char *advice_of(const struct row *row)
{
	static char text[400];
	const char *at = strstr(row->advice, "@ARCHS@");
	char titles[128];

	if (!at)
		return row->advice;
	arch_list(true, titles, sizeof(titles));
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - row->advice), row->advice, titles,
		 at + strlen("@ARCHS@"));
	return text;
}

START_TEST(each_row_is_told)
{
	const struct row *row = &rows[_i];
	char path[40] = "/somewhere/file", want[600];

	memset(bytes, 0, sizeof(bytes));
	if (row->by == NAME) {
		memcpy(bytes, "\x01\xfe\x02\xfd", 4);
		snprintf(path, sizeof(path), "/somewhere/file.%s", row->magic);
	}
	for (size_t i = 0; row->by != NAME && i < row->len; i++)
		bytes[row->at + i] = row->by == LIKE ? letter_of(row->magic[i]) :
				     (unsigned char)row->magic[i];
	snprintf(want, sizeof(want), "not a dump, but %s: %s", row->what, advice_of(row));
	ck_assert_str_eq(refusal(row->at + row->len + 64, path, FILE_DUMP), want);
	snprintf(want, sizeof(want), "not a vmlinux, but %s: %s", row->what, advice_of(row));
	ck_assert_str_eq(refusal(row->at + row->len + 64, path, FILE_VMLINUX), want);
	/* Cut off inside its magic it is something else, and nothing is read beyond its end. */
	if (row->by == KIND)
		ck_assert_ptr_eq(strstr(refusal(row->at + row->len - 1, path, FILE_DUMP), row->what),
				 NULL);
}
END_TEST

static const char *text(const char *s)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, s, strlen(s));
	return refusal(strlen(s), "file", FILE_DUMP);
}

START_TEST(texts)
{
	ck_assert_contains(text("\n\n  <!DOCTYPE HTML>\n<html>"), "an HTML page");
	ck_assert_contains(text("\xef\xbb\xbf<HTML lang=en>"), "an HTML page");
	ck_assert_contains(text("[    0.000000] Linux version 6.1"), "a kernel log");
	ck_assert_contains(text("[12345.678901] BUG"), "a kernel log");
	ck_assert_contains(text("Jan 1 kernel: Linux version 6.1.0"), "a kernel log");
	ck_assert_contains(text("ffffffff81000000 T _text\n"), "System.map");
	ck_assert_contains(text("0000000000000000 A __per_cpu_start\n"), "System.map");
	ck_assert_contains(text("fffffff81000000 T _text\n"), "a text");
	ck_assert_contains(text("just some text\n"), "a text");
	ck_assert_contains(text(""), "the file is empty");
	ck_assert_contains(text("just \x01 bytes"), "neither an ELF core nor");
}
END_TEST

START_TEST(masks)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "\x5f\x2a\x4d\x18", 4);
	ck_assert_contains(refusal(64, "file", FILE_DUMP), "zstd or lz4");
	memcpy(bytes, "\x60\x2a\x4d\x18", 4);
	ck_assert_contains(refusal(64, "file", FILE_DUMP), "neither an ELF core nor");
	memset(bytes, 0, sizeof(bytes));
	ck_assert_contains(refusal(sizeof(bytes), "file", FILE_DUMP), "zeros");
	memcpy(bytes, "\xa8\x19\x01\x73\x61\x8f\x23\xfd", 8);
	ck_assert_contains(refusal(64, "file", FILE_DUMP),
			   "s390x kernels are not supported: only 64-bit x86 kernels (x86_64) and 64-bit ARM kernels (aarch64) are");
	memset(bytes, 0, sizeof(bytes));
	ck_assert_contains(refusal(1, "file", FILE_DUMP), "zeros");
	/* The description of a VMware dump: version, CPUs, 1. */
	memcpy(bytes, "\4\0\0\0\x10\0\0\0\1", 9);
	ck_assert_contains(refusal(64, "file", FILE_DUMP), "debug.guest");
}
END_TEST

START_TEST(missing)
{
	struct pgc_err err;

	file_kind_missing("-", ENOENT, FILE_DUMP, &err);
	ck_assert_contains(err.msg, "cannot be read from standard input");
	file_kind_missing("https://host/vmcore", ENOENT, FILE_VMLINUX, &err);
	ck_assert_contains(err.msg, "a URL, not a file: download the vmlinux first");
	file_kind_missing("https://host/vmcore", EACCES, FILE_DUMP, &err);
	ck_assert_contains(err.msg, "Permission denied");
	file_kind_missing("none", ENOENT, FILE_DUMP, &err);
	ck_assert_contains(err.msg, "No such file");
}
END_TEST

/* An ELF core of @n ranges of one page; address i * @step, physical i * @pstep. */
static int core(uint64_t base, uint64_t step, uint64_t pstep, unsigned int n)
{
	struct img img = { 0 };
	struct mk_load loads[8];
	static unsigned char page[MK_PAGE];

	for (unsigned int i = 0; i < n; i++)
		loads[i] = (struct mk_load){ i * pstep, MK_PAGE, MK_PAGE, page };
	mk_elf(&img, loads, n, "OSRELEASE=6.1.0\n");
	for (unsigned int i = 0; i < n; i++)
		img_put64(&img, MK_PHDR(i + 1) + offsetof(Elf64_Phdr, p_vaddr), base + i * step);
	return mk_file(&img);
}

static enum pgc_status check_core(int fd, struct pgc_err *err)
{
	*err = (struct pgc_err)PGC_ERR_INIT;
	return file_kind_check_elf(fd, 8192, err);
}

START_TEST(processes)
{
	struct pgc_err err;

	ck_assert_int_eq(check_core(core(0x400000, 0x100000, 0, 3), &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, "core of a process");
	/* With the vsyscall page. */
	ck_assert_int_eq(check_core(core(0x400000, 0xffffffffff200000, 0, 2), &err), PGC_EFORMAT);
	/* Kernels: by physical address only, by both, in one piece. */
	ck_assert_ok(check_core(core(0, 0, 0x100000, 3), &err), &err);
	ck_assert_ok(check_core(core(0xffff888000000000, 0x100000, 0x100000, 3), &err), &err);
	ck_assert_ok(check_core(core(0x400000, 0x100000, 0x100000, 3), &err), &err);
	ck_assert_ok(check_core(core(0, 0, 0, 1), &err), &err);
}
END_TEST

/* The first bytes of an ELF core of that machine. */
static enum pgc_status machine(unsigned char class, bool big, unsigned int number,
			       struct pgc_err *err)
{
	struct img img = { 0 };
	unsigned char eh[64] = { 0x7f, 'E', 'L', 'F', class, big ? ELFDATA2MSB : ELFDATA2LSB, 1 };

	eh[16 + big] = ET_CORE;
	eh[18 + big] = (unsigned char)number;
	eh[19 - big] = (unsigned char)(number >> 8);
	img_put(&img, 0, eh, sizeof(eh));
	return check_core(mk_file(&img), err);
}

START_TEST(machines)
{
	static const struct {
		unsigned char class;
		bool big;
		unsigned int number;
		const char *says;
	} cases[] = {
		{ ELFCLASS64, true, EM_AARCH64, "64-bit big-endian arm64 " },
		{ ELFCLASS64, false, EM_PPC64, "64-bit ppc64le " },
		{ ELFCLASS64, true, EM_PPC64, "64-bit ppc64 " },
		{ ELFCLASS64, true, EM_S390, "64-bit s390x " },
		{ ELFCLASS64, false, 243, "64-bit riscv " },
		{ ELFCLASS64, false, 258, "64-bit loongarch " },
		{ ELFCLASS32, false, EM_386, "32-bit i386 " },
		{ ELFCLASS32, false, EM_ARM, "32-bit arm " },
		{ ELFCLASS32, false, EM_X86_64, "32-bit x86_64 " },
		{ ELFCLASS64, true, EM_X86_64, "64-bit big-endian " },
		{ ELFCLASS64, false, 0x1234, "64-bit little-endian machine (number 4660)" },
	};
	struct pgc_err err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(machine(cases[i].class, cases[i].big, cases[i].number, &err),
				 PGC_EFORMAT);
		ck_assert_contains(err.msg, cases[i].says);
		ck_assert_contains(err.msg, "x86_64");
	}
	ck_assert_ok(machine(ELFCLASS64, false, EM_X86_64, &err), &err);
	ck_assert_ok(machine(ELFCLASS64, false, EM_AARCH64, &err), &err);
}
END_TEST

static enum pgc_status kdump_machine(const char *name, struct pgc_err *err)
{
	struct img img = { 0 };

	img_put(&img, 0, "KDUMP   ", 8);
	img_put(&img, 272, name, strlen(name) + 1);
	img_put(&img, 4095, "", 1);
	*err = (struct pgc_err)PGC_ERR_INIT;
	return file_kind_check_kdump(mk_file(&img), err);
}

START_TEST(kdump_machines)
{
	struct pgc_err err;

	ck_assert_int_eq(kdump_machine("ppc64le", &err), PGC_EFORMAT);
	ck_assert_contains(err.msg, "architecture ppc64le");
	ck_assert_int_eq(kdump_machine("s390x", &err), PGC_EFORMAT);
	ck_assert_int_eq(kdump_machine("riscv64", &err), PGC_EFORMAT);
	ck_assert_int_eq(kdump_machine("aarch64_be", &err), PGC_EFORMAT);
	ck_assert_ok(kdump_machine("aarch64", &err), &err);
	ck_assert_ok(kdump_machine("x86_64", &err), &err);
	ck_assert_ok(kdump_machine("", &err), &err);
	ck_assert_ok(kdump_machine("Unknown", &err), &err);
	ck_assert_ok(kdump_machine("64", &err), &err);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("file_kind");

	tcase_add_loop_test(tc, each_row_is_told, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tc, texts);
	tcase_add_test(tc, masks);
	tcase_add_test(tc, missing);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, machines);
	tcase_add_test(tc, kdump_machines);
	return unit_run_case(suite_create("file_kind"), tc);
}
