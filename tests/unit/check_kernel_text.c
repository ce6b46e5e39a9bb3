/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "debuginfo/debuginfo.h"
#include "fake_vmcore.h"
#include "judge/text_damage.h"
#include "model/kernel.h"
#include "model/kernel_text.h"
#include "unit.h"

#define SLIDE 0x1c200000ULL
/* The host's R_..._RELATIVE, for which that builds the file: elf.h and finding.h have a name in common. */
#ifdef __aarch64__
#define RELATIVE 1027
#else
#define RELATIVE 8
#endif

/* A dump whose kernel is tests/data/vmlinux-text, moved by SLIDE. */
static struct world {
	char path[4096], id[80];
	struct debuginfo *di;
	struct vmcore *vc;
	struct kernel k;
	struct text_check got;
	struct pgc_err err;
} w;

static uint64_t sym(const char *name)
{
	uint64_t addr;

	ck_assert_ok(debuginfo_symbol(w.di, name, &addr, &w.err), &w.err);
	return addr;
}

/* Where the byte at a linked address is in the dump. */
static uint8_t *at(uint64_t linked)
{
	uint8_t *p = fake_vmcore_at(w.vc, linked + SLIDE);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void put(uint64_t linked, const void *bytes, size_t len)
{
	memcpy(at(linked), bytes, len);
}

static bool load(void *arg _unused_, const struct debuginfo_section *s)
{
	put(s->addr, s->bytes, s->size);
	return true;
}

static void move(uint64_t linked, uint32_t by, unsigned int size)
{
	uint64_t v = 0;

	memcpy(&v, at(linked), size);
	v = htole64(le64toh(v) + by);
	put(linked, &v, size);
}

/* What stands there, wherever the file has it: two pointers. */
static void point(uint64_t linked, uint64_t to)
{
	uint64_t v[] = { htole64(to + SLIDE), htole64(to + SLIDE + 0x20) };

	put(linked, v, sizeof(v));
}

static void begin_with(const char *name, uint64_t slide_of_addresses)
{
	const char *top = getenv("TOP_BUILDDIR");
	uint64_t odd;

	memset(&w, 0, sizeof(w));
	snprintf(w.path, sizeof(w.path), "%s/tests/data/%s", top ? top : ".", name);
	ck_assert_ok(debuginfo_open(w.path, &w.di, &w.err), &w.err);
	snprintf(w.id, sizeof(w.id), "%s", debuginfo_build_id(w.di));
	w.vc = fake_vmcore_create();
	fake_vmcore_build_id(w.vc, w.id);
	w.k.slide = SLIDE;
	ck_assert_ptr_nonnull(fake_vmcore_region(w.vc, sym("_text") + SLIDE,
						 sym("_end") - sym("_text")));
	debuginfo_section_each(w.di, load, NULL);
	odd = sym("returns") + 0x41;
	move(odd, (uint32_t)slide_of_addresses, 4);
	move(odd + 4, (uint32_t)-slide_of_addresses, 4);
	move(sym("sys_call_table"), (uint32_t)slide_of_addresses, 8);
	move(sym("sys_call_table") + 8, (uint32_t)slide_of_addresses, 8);
	point(sym("pointers"), sym("vfs_read"));
}

static void begin(uint64_t slide_of_addresses)
{
	begin_with("vmlinux-text", slide_of_addresses);
}

static void end(void)
{
	debuginfo_close(w.di);
	vmcore_close(w.vc);
}

static enum pgc_status compare(void)
{
	return kernel_text_compare(kernel_reader_of(&w.k, w.vc), w.path, &w.got, &w.err);
}

static void ck_changes(size_t n)
{
	ck_assert_ok(compare(), &w.err);
	ck_assert(w.got.done);
	ck_assert_msg(w.got.changes == n, "%zu changes, not %zu; first at 0x%llx",
		      (size_t)w.got.changes, n,
		      w.got.n ? (unsigned long long)w.got.change[0].linked : 0ULL);
}

START_TEST(as_it_was_built)
{
	begin(SLIDE);
	ck_changes(0);
	ck_assert_uint_eq(w.got.unread, 0);
	/* Code, constants and the exception table; neither data nor what is thrown away. */
	ck_assert_uint_eq(w.got.compared, sym("_etext") - sym("_text") +
			  sym("__end_ro_after_init") + 0x40 - sym("__start_rodata") + 0x10);
	/* An alternative of 5 bytes and one of 3, a return, a place of ftrace, its own call, constants
	 * set at boot */
	ck_assert_uint_eq(w.got.left_out, 5 + 3 + 6 + 16 + 5 + 5 + 0x40);
	end();
}
END_TEST

/* The kernel rewrites what its tables name, and what it writes to at boot. */
START_TEST(what_the_kernel_rewrites)
{
	static const uint8_t call[] = { 0xe8, 1, 2, 3, 4 };

	begin(SLIDE);
	put(sym("alternative"), call, 5);
	put(sym("alternative") + 0x20, call, 3);
	put(sym("returns"), call, 5);
	put(sym("traced") + 0x20, call, 5);
	put(sym("traced") + 0x10, call, 5);
	put(sym("ftrace_call"), call, 5);
	put(sym("__start_ro_after_init") + 8, call, 5);
	/* No constants are these. */
	put(sym("__init_begin"), call, 5);
	put(sym("kprobe_table") - 8, call, 5);
	ck_changes(0);
	/* One byte behind is another's. */
	put(sym("alternative") + 5, call, 1);
	ck_changes(1);
	end();
}
END_TEST

/* @len bytes of @with at @linked are one change, found whole. */
static const struct text_change *changed(uint64_t linked, const void *with, size_t len)
{
	put(linked, with, len);
	ck_changes(1);
	ck_assert_uint_eq(w.got.change[0].linked, linked);
	ck_assert_uint_eq(w.got.change[0].kaddr, linked + SLIDE);
	ck_assert_uint_eq(w.got.change[0].len, len);
	return &w.got.change[0];
}

START_TEST(one_bit)
{
	const struct text_change *ch;
	struct text_words words;
	struct finding f;

	begin(SLIDE);
	ch = changed(sym("vfs_read") + 0x23, "\x31", 1);
	ck_assert_uint_eq(ch->bits, 1);
	ck_assert_uint_eq(ch->found ^ ch->expected,
			  UINT64_C(0x20) << 8 * ((sym("vfs_read") + 0x23) % 8));
	ck_assert_str_eq(ch->symbol, "vfs_read+0x23");
	ck_assert_str_eq(ch->section, ".text");
	text_damage_finding(ch, 12, &words, &f);
	ck_assert_int_eq(f.damage, CLASS_SINGLE_BIT);
	ck_assert_uint_eq(f.pfn, ch->paddr >> 12);
	ck_assert_str_eq(f.field.name, "kernel.text");
	ck_assert_str_eq(words.right, "11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11");
	ck_assert_str_eq(words.wrong, "11 11 11 11 11 11 31 11 11 11 11 11 11 11 11 11");
#ifdef HAVE_CAPSTONE
	/* The instruction that the byte is in, not one that would begin with it. */
	ck_assert_str_eq(finding_fact(&f, FACT_CODE_EXPECTED)->str, "adcl %edx, (%rcx)");
	ck_assert_str_eq(finding_fact(&f, FACT_CODE_FOUND)->str, "adcl %esi, (%rcx)");
#else
	ck_assert_ptr_null(finding_fact(&f, FACT_CODE_EXPECTED));
#endif
	end();
}
END_TEST

/* A bit of an address that was moved: against the moved one. */
START_TEST(one_bit_of_an_address)
{
	uint64_t entry;

	begin(SLIDE);
	entry = sym("sys_call_table") + 8;
	*at(entry + 1) ^= 4;
	ck_changes(1);
	ck_assert_uint_eq(w.got.change[0].bits, 1);
	ck_assert_uint_eq(w.got.change[0].linked, entry + 1);
	ck_assert_uint_eq(w.got.change[0].expected, 0xffffffff81000040 + SLIDE);
	ck_assert_uint_eq(w.got.change[0].found, 0xffffffff81000440 + SLIDE);
	end();
}
END_TEST

START_TEST(overwritten)
{
	static const char text[] = "/usr/lib/systemd/systemd-journald";
	struct text_words words;
	uint8_t zeros[64] = { 0 };
	struct finding f;

	begin(SLIDE);
	text_damage_finding(changed(sym("vfs_read") + 0x41, text, sizeof(text) - 1), 12, &words, &f);
	ck_assert_int_eq(f.damage, CLASS_OVERWRITE);
	ck_assert_str_eq(finding_fact(&f, FACT_LOOKS_LIKE)->str, "text");
	end();
	begin(SLIDE);
	text_damage_finding(changed(sym("vfs_read") + 0x80, zeros, sizeof(zeros)), 12, &words, &f);
	ck_assert_str_eq(finding_fact(&f, FACT_LOOKS_LIKE)->str, "zeros");
	end();
	/* Where pieces that are read at once meet. */
	begin(SLIDE);
	(void)changed(sym("_text") + (256 << 10) - 32, zeros, sizeof(zeros));
	end();
	/* At both ends of a section. */
	begin(SLIDE);
	(void)changed(sym("_text"), zeros, 1);
	end();
	begin(SLIDE);
	(void)changed(sym("_etext") - 1, zeros, 1);
	end();
}
END_TEST

/* A breakpoint, where the kernel's table of probes has one, is none of anybody else. */
START_TEST(probes)
{
	uint64_t probe, place, value;

	begin(SLIDE);
	place = sym("vfs_read") + 0x10;
	put(place, "\xcc", 1);
	ck_changes(1);
	/* In the second list, the only one: struct kprobe has its node at 8, the address at 24. */
	probe = sym("__init_begin") + SLIDE + 0x100;
	value = htole64(probe + 8);
	put(sym("kprobe_table") + 8, &value, sizeof(value));
	value = htole64(place + SLIDE);
	put(probe - SLIDE + 24, &value, sizeof(value));
	ck_changes(0);
	/* It is at most as long as a jump. */
	*at(place + 5) ^= 1;
	ck_changes(1);
	/* A list without an end comes to one. */
	value = htole64(probe + 8);
	put(probe - SLIDE + 8, &value, sizeof(value));
	ck_changes(1);
	end();
}
END_TEST

START_TEST(not_in_the_dump)
{
	begin(SLIDE);
	fake_vmcore_gap(w.vc, sym("_text") + SLIDE + 0x1000, PGC_EXCLUDED);
	*at(sym("_text") + 0x1010) ^= 1;
	*at(sym("_text") + 0x2010) ^= 1;
	ck_changes(1);
	ck_assert_uint_eq(w.got.unread, 0x1000);
	ck_assert_uint_eq(w.got.change[0].linked, sym("_text") + 0x2010);
	end();
}
END_TEST

static void ck_not_done(const char *why)
{
	ck_assert_int_eq(compare(), PGC_ENOENT);
	ck_assert_contains(w.err.msg, why);
	ck_assert(!w.got.done);
	end();
}

START_TEST(not_done)
{
	begin(SLIDE);
	fake_vmcore_build_id(w.vc, "0123");
	ck_not_done("of another build");
	begin(SLIDE);
	fake_vmcore_build_id(w.vc, NULL);
	ck_not_done("build-id of the dumped kernel is unknown");
	/* Addresses moved by another distance, and code of another kernel. */
	begin(SLIDE);
	for (uint64_t i = 0; i < 0x40000; i += 0x40)
		*at(sym("returns") + 0x60 + i) ^= 0xff;
	ck_not_done("places differ");
	begin(SLIDE);
	vmcore_close(w.vc);
	w.vc = fake_vmcore_create();
	fake_vmcore_build_id(w.vc, w.id);
	ck_not_done("has none of the kernel's code");
}
END_TEST

/* A file that has a table of its addresses, and nothing in their places. */
START_TEST(a_table_of_addresses)
{
	static const char *const names[] = { "vmlinux-rela", "vmlinux-relr" };
	static const uint8_t call[] = { 0xe8, 1, 2, 3, 4 };
	struct arch arch = arch_x86_64;

	arch.image_reloc = RELATIVE;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		begin_with(names[i], 0);
		fake_vmcore_arch(w.vc, &arch);
		ck_changes(0);
		/* So has the table of what ftrace rewrites. */
		put(sym("traced") + 0x20, call, 5);
		ck_changes(0);
		*at(sym("pointers") + 9) ^= 0x10;
		ck_changes(1);
		ck_assert_uint_eq(w.got.change[0].expected, sym("vfs_read") + SLIDE + 0x20);
		ck_assert_uint_eq(w.got.change[0].bits, 1);
		*at(sym("pointers") + 9) ^= 0x10;
		/* Nothing else is taken for an address that was moved. */
		move(sym("sys_call_table"), SLIDE, 8);
		ck_changes(1);
		end();
	}
}
END_TEST

UNIT_MAIN("kernel_text", a_table_of_addresses, as_it_was_built, what_the_kernel_rewrites, one_bit, one_bit_of_an_address,
	  overwritten, probes, not_in_the_dump, not_done)
