/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "arch/arch.h"
#include "debuginfo/disassembly.h"
#include "unit.h"

#ifdef HAVE_CAPSTONE

/* push, a move of three bytes, a call, a return; then what is none */
static const uint8_t code[] = {
	0x55, 0x48, 0x89, 0xe5, 0xe8, 0x0b, 0x00, 0x00, 0x00, 0xc3, 0x06, 0x90,
};

/* a subtraction, a branch, a return */
static const uint8_t code_a64[] = {
	0xff, 0x43, 0x00, 0xd1, 0x03, 0x00, 0x00, 0x94, 0xc0, 0x03, 0x5f, 0xd6,
};

START_TEST(instructions)
{
	struct disassembly *d = disassembly_create(&arch_x86_64);
	char words[128];

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(disassembly_words(d, code, sizeof(code), 0xffffffff81000000, 1, words,
					    sizeof(words)), 1);
	ck_assert_str_eq(words, "pushq %rbp");
	/* Those of so many bytes, and no more than few. */
	ck_assert_uint_eq(disassembly_words(d, code, sizeof(code), 0xffffffff81000000, 5, words,
					    sizeof(words)), 9);
	ck_assert_str_eq(words, "pushq %rbp; movq %rsp, %rbp; callq 0xffffffff81000014");
	ck_assert_uint_eq(disassembly_words(d, code, sizeof(code), 0, 100, words, sizeof(words)), 10);
	/* Not by halves, where there is no room or no code. */
	ck_assert_uint_eq(disassembly_words(d, code, sizeof(code), 0, 5, words, 20), 1);
	ck_assert_str_eq(words, "pushq %rbp");
	ck_assert_uint_eq(disassembly_words(d, code + 4, 4, 0, 5, words, sizeof(words)), 0);
	ck_assert_str_eq(words, "");
	ck_assert_uint_eq(disassembly_words(d, code + 10, 1, 0, 1, words, sizeof(words)), 0);
	disassembly_destroy(d);
}
END_TEST

START_TEST(where_one_begins)
{
	static const size_t starts[] = { 0, 1, 1, 1, 4, 4, 4, 4, 4, 9, 10, 11 };
	struct disassembly *d = disassembly_create(&arch_x86_64);

	ck_assert_ptr_nonnull(d);
	for (size_t i = 0; i < sizeof(code); i++)
		ck_assert_uint_eq(disassembly_start(d, code, sizeof(code), i), starts[i]);
	disassembly_destroy(d);
}
END_TEST

START_TEST(another_architecture)
{
	struct disassembly *d = disassembly_create(&arch_arm64);
	char words[128];

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(disassembly_words(d, code_a64, sizeof(code_a64), 0x1000, 9, words,
					    sizeof(words)), 12);
	ck_assert_str_eq(words, "sub sp, sp, #0x10; bl #0x1010; ret");
	ck_assert_uint_eq(disassembly_start(d, code_a64, sizeof(code_a64), 7), 4);
	disassembly_destroy(d);
	ck_assert_ptr_null(disassembly_create(NULL));
	ck_assert_ptr_null(disassembly_create(arch_known(NULL)));
}
END_TEST

#else

START_TEST(instructions)
{
	ck_assert_ptr_null(disassembly_create(&arch_x86_64));
}
END_TEST

START_TEST(where_one_begins)
{
	ck_assert_ptr_null(disassembly_create(&arch_arm64));
}
END_TEST

START_TEST(another_architecture)
{
	ck_assert_ptr_null(disassembly_create(NULL));
}
END_TEST

#endif

UNIT_MAIN("disassembly", instructions, where_one_begins, another_architecture)
