/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch_arm64 - as much of it as it takes to say of a dump whose it is: its page tables are not
 * read yet
 */
#include "arch/arch.h"

#include <elf.h>

#include "base/target_int.h"

/* user_pt_regs: x0 ... x30, sp, pc, pstate */
static void decode_regs(const unsigned char *regs, struct cpu_regs *ret)
{
	ret->n = 31;
	for (unsigned int i = 0; i < ret->n; i++)
		ret->gpr[i] = target_u64(regs + 8 * i);
	ret->fp = ret->gpr[29];
	ret->sp = target_u64(regs + 8 * 31);
	ret->pc = target_u64(regs + 8 * 32);
}

static const char *const own_lines[] = {
	"NUMBER(kimage_voffset)", "NUMBER(TCR_EL1_T1SZ)", NULL,
};

const struct arch arch_arm64 = {
	.name = "aarch64",
	.e_machine = EM_AARCH64,
	.elf_flags_free = true,
	.own_lines = own_lines,
	.pages = {
		{ .shift = 12, .section_bits = 27, .stack = 16384 },
		{ .shift = 14, .section_bits = 27, .stack = 16384 },
		{ .shift = 16, .section_bits = 29, .stack = 65536 },
	},
	.prstatus_size = 392,
	.decode_regs = decode_regs,
	.sign_bit = 63,
	.region_align = ARCH_PAGE_MIN,
};
