/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch_x86_64 - four or five levels of page tables of 4 KiB
 *
 * Facts: arch/x86 of 6.1, 6.12 and 7.2; QEMU's target/i386/arch_dump.c.
 */
#include "arch/arch.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/target_int.h"

#define KERNEL_MAP UINT64_C(0xffffffff80000000)	/* page_64_types.h: __START_KERNEL_map */
#define IMAGE_MAX (UINT64_C(1) << 30)		/* KERNEL_IMAGE_SIZE, with KASLR */
#define DIRECT_MAP_MAX (UINT64_C(1) << 46)	/* 64 TiB, with four levels of page tables */
#define GIB (UINT64_C(1) << 30)

/* user_regs_struct: r15 ... rdi, orig_rax, rip, cs, eflags, rsp, ss, ... */
static void decode_regs(const unsigned char *regs, struct cpu_regs *ret)
{
	ret->n = 15;
	for (unsigned int i = 0; i < ret->n; i++)
		ret->gpr[i] = target_u64(regs + 8 * i);
	ret->fp = ret->gpr[4];
	ret->pc = target_u64(regs + 8 * 16);
	ret->sp = target_u64(regs + 8 * 19);
}

/* QEMUCPUState: cr0 to cr4 from 392 on. */
#define QEMU_CR3 416

static bool root_register(const unsigned char *note, uint64_t size, uint64_t *ret)
{
	if (size < QEMU_CR3 + 8)
		return false;
	*ret = target_u64(note + QEMU_CR3);
	return true;
}

/*
 * With page table isolation (mm/pti.c) those of user space are the second page of a pair, of which
 * the first maps the kernel. The low bits are a number of the address space.
 */
static bool root_of_register(uint64_t value, unsigned int nr, uint64_t *root)
{
	static const uint64_t masks[] = { 0xfff, 0x1fff };

	if (nr >= ARRAY_SIZE(masks))
		return false;
	*root = value & ~masks[nr] & ((UINT64_C(1) << 52) - 1);
	return true;
}

#define ENTRY_PRESENT UINT64_C(1)
#define ENTRY_WRITABLE (UINT64_C(1) << 1)
#define ENTRY_USER (UINT64_C(1) << 2)
#define ENTRY_UNCACHED UINT64_C(0x18)	/* _PAGE_PWT, _PAGE_PCD */
#define ENTRY_LEAF (UINT64_C(1) << 7)	/* _PAGE_PSE: in the two levels above the last */
#define ENTRY_GLOBAL (UINT64_C(1) << 8)
#define ENTRY_NO_EXEC (UINT64_C(1) << 63)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)

static enum arch_entry decode(const struct arch_paging *pg, uint64_t entry, unsigned int level,
			      uint64_t *paddr)
{
	if (!(entry & ENTRY_PRESENT))
		return ARCH_NOTHING;
	*paddr = entry & ENTRY_ADDRESS & ~pg->not_address;
	return level == 1 || (entry & ENTRY_LEAF && level <= 3) ? ARCH_LEAF : ARCH_TABLE;
}

/*
 * Tables of the kernel are writable, never cached otherwise, and have no bit that is a leaf's only
 * (_KERNPG_TABLE, _PAGE_TABLE: asm/pgtable_types.h of 6.1, 6.12 and 7.2; of either user bit). A leaf
 * for data is never for user space, and cached as usual; a large one is writable, and has no bits
 * below its page but the first, which is of caching, too (PAGE_KERNEL, PAGE_KERNEL_LARGE).
 */
static uint64_t wrong_bits(const struct arch_paging *pg, uint64_t entry, unsigned int level)
{
	uint64_t page = UINT64_C(1) << pg->bits[0], span = page, paddr;

	if (decode(pg, entry, level, &paddr) == ARCH_TABLE)
		return (~entry & ENTRY_WRITABLE) |
		       (entry & (ENTRY_UNCACHED | ENTRY_GLOBAL | ENTRY_NO_EXEC | ENTRY_LEAF));
	for (unsigned int i = 1; i < level; i++)
		span <<= pg->bits[i];
	/* In the last tables the bit of a large leaf is the one of caching. */
	if (level == 1)
		return entry & (ENTRY_USER | ENTRY_UNCACHED | ENTRY_LEAF);
	return (~entry & ENTRY_WRITABLE) | (entry & (ENTRY_USER | ENTRY_UNCACHED | (span - page)));
}

#define ENTRY_SPECIAL (UINT64_C(1) << 9)	/* _PAGE_SPECIAL */
#define ENTRY_TOUCHED UINT64_C(0x60)		/* _PAGE_KNL_ERRATUM_MASK */
#define ENTRY_NEVER (UINT64_C(0x1f) << 52)	/* neither address, software's nor keys */
#define ENTRY_KEY (UINT64_C(15) << 59)
#define ENTRY_PAT_LARGE (UINT64_C(1) << 12)
#define SWAP_TYPE_SHIFT 59	/* SWP_TYPE_BITS, SWP_OFFSET_SHIFT: pgtable_64.h */
#define SWAP_TYPE_BITS 5
#define SWAP_OFFSET_SHIFT 14
#define USER_ENTRIES 256

static void user_swap(const struct arch_paging *pg, uint64_t entry, struct arch_user_entry *ret)
{
	/* SWP_PFN_BITS: of a page's number, MAX_PHYSMEM_BITS - PAGE_SHIFT */
	unsigned int pfn_bits = pg->levels > 4 ? 40 : 34;

	ret->what = ARCH_USER_SWAP;
	ret->type = (unsigned int)(entry >> SWAP_TYPE_SHIFT);
	ret->pfn = ~entry << SWAP_TYPE_BITS >> SWAP_OFFSET_SHIFT & ((UINT64_C(1) << pfn_bits) - 1);
}

/*
 * pte_present(), pmd_present(): what is not mapped for the processor, as it is to fault, has
 * _PAGE_PROTNONE or, large, _PAGE_PSE, and the bits of its address the other way round
 * (pgtable-invert.h). _PAGE_TABLE is of both user and kernel rights (pgtable_types.h); the first table
 * may forbid execution, with page table isolation. Of 6.1, 6.12 and 7.2.
 */
static void user_entry(const struct arch_paging *pg, uint64_t entry, unsigned int level,
		       struct arch_user_entry *ret)
{
	uint64_t page = UINT64_C(1) << pg->bits[0], span = UINT64_C(1) << arch_table_shift(pg, level);
	bool large = level > 1 && level <= 3 && entry & ENTRY_LEAF, present = entry & ENTRY_PRESENT;
	uint64_t address = ENTRY_ADDRESS & ~pg->not_address;

	*ret = (struct arch_user_entry){ .what = ARCH_USER_NONE };
	if (!(entry & ~ENTRY_TOUCHED))
		return;
	if (!present && !large && !(entry & ENTRY_GLOBAL)) {
		user_swap(pg, entry, ret);
		return;
	}
	ret->paddr = (present ? entry : ~entry) & address;
	if (level > 1 && !large) {
		ret->what = ARCH_USER_TABLE;
		ret->wrong = (~entry & (ENTRY_WRITABLE | ENTRY_USER)) |
			     (entry & (ENTRY_UNCACHED | ENTRY_NEVER | ENTRY_KEY)) |
			     (level > 3 ? entry & ENTRY_LEAF : 0);
		return;
	}
	ret->what = ARCH_USER_LEAF;
	ret->special = entry & ENTRY_SPECIAL;
	if (level > 1)
		ret->paddr &= ~(span - 1);
	if (!present)
		return;
	ret->wrong = (~entry & ENTRY_USER) | (entry & (ENTRY_NEVER | ENTRY_GLOBAL));
	if (level > 1)
		ret->wrong |= entry & address & (span - page) & ~ENTRY_PAT_LARGE;
	if (!ret->special)
		ret->wrong |= entry & (ENTRY_UNCACHED | (level > 1 ? ENTRY_PAT_LARGE : ENTRY_LEAF));
	ret->wrong &= ~pg->not_address;
}

static enum pgc_status paging(const struct arch_lines *lines, struct arch_paging *ret,
			      struct pgc_err *err)
{
	/* The kernel's name for it: since v4.14, before that, and in generic code. */
	static const char *const roots[] = {
		"SYMBOL(init_top_pgt)", "SYMBOL(init_level4_pgt)", "SYMBOL(swapper_pg_dir)",
	};
	uint64_t root = 0, phys_base, sme_mask = 0, la57 = 0;

	for (size_t i = 0; i < ARRAY_SIZE(roots) && !root; i++)
		(void)arch_number(lines, roots[i], &root);
	if (!root)
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO has no SYMBOL(init_top_pgt): kernel addresses cannot be translated");
	if (!arch_number(lines, "NUMBER(phys_base)", &phys_base))
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO has no NUMBER(phys_base): kernel addresses cannot be translated");
	(void)arch_number(lines, "NUMBER(sme_mask)", &sme_mask);
	(void)arch_number(lines, "NUMBER(pgtable_l5_enabled)", &la57);
	*ret = (struct arch_paging){
		.root = root - KERNEL_MAP + phys_base, .levels = la57 ? 5 : 4,
		.bits = { 12, 9, 9, 9, 9, 9 }, .both_halves = true, .not_address = sme_mask,
		.decode = decode,
		.wrong_bits = wrong_bits,
		.rights = ENTRY_WRITABLE | ENTRY_GLOBAL | ENTRY_NO_EXEC,
		.writable = ENTRY_WRITABLE,
		.own_entries = USER_ENTRIES, .user_entry = user_entry,
	};
	return PGC_OK;
}

static bool linear_image(const struct arch_lines *lines, uint64_t end _unused_,
			 struct arch_linear *ret)
{
	uint64_t phys_base, size;

	if (!arch_number(lines, "NUMBER(phys_base)", &phys_base))
		return false;
	if (!arch_number(lines, "NUMBER(KERNEL_IMAGE_SIZE)", &size) || size > IMAGE_MAX)
		size = IMAGE_MAX;
	*ret = (struct arch_linear){ .kaddr = KERNEL_MAP, .len = size, .paddr = phys_base };
	return true;
}

static bool linear_direct(const struct arch_lines *lines _unused_, uint64_t base,
			  struct arch_linear *ret)
{
	*ret = (struct arch_linear){ .kaddr = base, .len = DIRECT_MAP_MAX };
	return arch_region_base(&arch_x86_64, base);
}

/* With five levels of page tables or with four: without memory encryption. */
static size_t place(struct arch_place *at, unsigned int nr, char *lines, size_t size)
{
	uint64_t moved = at->paddr - (at->notes - KERNEL_MAP);
	int len;

	if (nr > 1)
		return 0;
	len = snprintf(lines, size,
		       "SYMBOL(init_top_pgt)=%" PRIx64 "\nNUMBER(phys_base)=0x%" PRIx64 "\n"
		       "NUMBER(pgtable_l5_enabled)=%u\n",
		       at->symbol[0] + at->slide, moved - at->slide, nr);
	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}

/*
 * hardirq_stack_ptr is the last word of the stack, where the one that was switched away from is
 * saved (include/asm/irq_stack.h); in 5.10 it is the end of the stack, behind that word. The same
 * stack serves softirqs.
 */
static bool irq_stack_range(uint64_t value, uint64_t stack_size, uint64_t *lowest, uint64_t *top)
{
	*top = value % 16 ? value + 8 : value;
	*lowest = *top - stack_size;
	return value % 8 == 0;
}

/* call rel32, or an indirect call of 2 to 7 bytes: opcode 0xff, /2 */
#define CALL_BYTES 7

static bool is_call(const uint8_t *code)
{
	if (code[2] == 0xe8)
		return true;
	for (size_t i = 0; i + 1 < CALL_BYTES; i++)
		if (code[i] == 0xff && (code[i + 1] & 0x38) == 0x10)
			return true;
	return false;
}

/* include/asm/segment.h, and what eflags can be */
#define KERNEL_CS 0x10
#define EFLAGS UINT64_C(0x3fffff)
#define EFLAGS_FIXED UINT64_C(2)

/* rip, cs, eflags, rsp, ss. (ss may be anything, and is 0 at times.) */
static bool interrupted(const uint64_t *word, size_t n, size_t i, uint64_t *sp)
{
	if (i + 3 >= n || (word[i + 1] & 0xffff) != KERNEL_CS || (word[i + 2] & ~EFLAGS) ||
	    !(word[i + 2] & EFLAGS_FIXED))
		return false;
	*sp = word[i + 3];
	return true;
}

static const char *const own_lines[] = {
	"NUMBER(phys_base)", "SYMBOL(init_top_pgt)", "SYMBOL(init_level4_pgt)", NULL,
};

#define NOP_CALL 5	/* bytes of a call or jump, or of the nop in its place */
#define CONDITIONAL 6	/* the same of a conditional jump */

static const struct arch_patch patches[] = {
	/* struct alt_instr: since v6.5, since v5.14, before (include/asm/alternative.h) */
	{ ARCH_PATCH_NEAR, .section = ".altinstructions", .stride = 14, .size_at = 12 },
	{ ARCH_PATCH_NEAR, .section = ".altinstructions", .stride = 12, .size_at = 10 },
	{ ARCH_PATCH_NEAR, .section = ".altinstructions", .stride = 13, .size_at = 10 },
	/* struct paravirt_patch_site, until v6.7 */
	{ ARCH_PATCH_FAR, .section = ".parainstructions", .stride = 16, .size_at = 9 },
	/* With kCFI the check before an indirect call is rewritten, too (FineIBT). */
	{ ARCH_PATCH_NEAR, .section = ".retpoline_sites", .with = ".cfi_sites", .stride = 4,
	  .before = 16, .after = 8 },
	{ ARCH_PATCH_NEAR, .section = ".retpoline_sites", .stride = 4, .after = 8 },
	{ ARCH_PATCH_NEAR, .section = ".return_sites", .stride = 4, .after = CONDITIONAL },
	/* A call that is counted goes to the padding before the function that is called. */
	{ ARCH_PATCH_NEAR, .section = ".call_sites", .stride = 4, .before = 16, .after = CONDITIONAL },
	{ ARCH_PATCH_NEAR, .section = ".ibt_endbr_seal", .stride = 4, .before = 16, .after = 4 },
	{ ARCH_PATCH_NEAR, .section = ".cfi_sites", .stride = 4, .before = 16, .after = 16 },
	/* The lock prefix, on a machine with one CPU */
	{ ARCH_PATCH_NEAR, .section = ".smp_locks", .stride = 4, .after = 1 },
	/* Constants that are known since boot (include/asm/runtime-const.h) */
	{ ARCH_PATCH_NEAR, .section = "runtime_*", .stride = 4, .after = 8 },
	/* ftrace, with its padding before the function; live patches and BPF programs */
	{ ARCH_PATCH_FAR, .start = "__start_mcount_loc", .stop = "__stop_mcount_loc",
	  .module = "__mcount_loc", .stride = 8,
	  .before = 16, .after = NOP_CALL },
	{ ARCH_PATCH_NEAR, .start = "__start___jump_table", .stop = "__stop___jump_table",
	  .module = "__jump_table", .stride = 16, .after = NOP_CALL },
	{ ARCH_PATCH_NEAR, .start = "__start_static_call_sites", .stop = "__stop_static_call_sites",
	  .module = ".static_call_sites", .stride = 8, .after = CONDITIONAL },
	/* What these functions of ftrace call; labels (arch/x86/kernel/ftrace_64.S) */
	{ ARCH_PATCH_WHOLE, .start = "ftrace_call", .after = NOP_CALL },
	{ ARCH_PATCH_WHOLE, .start = "ftrace_regs_call", .after = NOP_CALL },
	{ ARCH_PATCH_WHOLE, .start = "ftrace_graph_call", .after = NOP_CALL },
	{ ARCH_PATCH_WHOLE, .start = "__static_call_text_start", .stop = "__static_call_text_end",
	  .module = ".static_call.text" },
	/* Variables that are set while the kernel boots lie among the constants. */
	{ ARCH_PATCH_WHOLE, .start = "__start_ro_after_init", .stop = "__end_ro_after_init" },
	{ .at = ARCH_PATCH_NONE },
};

/* arch/x86/kernel/module.c:__write_relocate_add() */
static unsigned int reloc_bytes(uint32_t type, bool *relative)
{
	*relative = type == R_X86_64_PC32 || type == R_X86_64_PLT32;
	switch (type) {
	case R_X86_64_64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	default:
		return 0;
	}
}

/*
 * IA32_MCi_STATUS: bit 63 valid, 58 the address is. Its lower half is the error: 0000 1MMM CCCC for
 * a memory controller's (Intel SDM 3B, 17.9.2; bit 12 only says that it was filtered).
 */
static enum arch_check check_of(uint64_t status)
{
	uint16_t code = (uint16_t)status & 0xefff;

	if (!(status >> 63))
		return ARCH_CHECK_NONE;
	return (code & 0xff80) == 0x80 ? ARCH_CHECK_MEMORY : ARCH_CHECK_MACHINE;
}

static bool check_has_address(uint64_t status)
{
	return status >> 58 & 1;
}

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.title = "64-bit x86 kernels (x86_64)",
	.e_machine = EM_X86_64,
	.elf_flags_free = true,
	.own_lines = own_lines,
	.pages = { { .shift = 12, .section_bits = 27, .stack = 16384 } },
	.prstatus_size = 336,
	.decode_regs = decode_regs,
	.root_register = root_register,
	.root_of_register = root_of_register,
	.sign_bit = 63,
	.untagged = true,
	.region_align = GIB,	/* mm/kaslr.c rounds to PUD_SIZE, with five levels, too */
	.image = KERNEL_MAP,
	.image_len = IMAGE_MAX,
	.paging = paging,
	.linear_mapped = true,
	.linear_image = linear_image,
	.linear_direct = linear_direct,
	.place_symbols = { "init_top_pgt" },
	.image_step = UINT64_C(1) << 21,	/* the least CONFIG_PHYSICAL_ALIGN */
	.image_slides = 512,			/* all of the image range */
	.place = place,
	.current_task = "current_task",
	.irq_stack = "hardirq_stack_ptr",
	.irq_stack_range = irq_stack_range,
	.irq_link_words = 1,
	.call_bytes = CALL_BYTES,
	.is_call = is_call,
	.patches = patches,
	.probe_bytes = NOP_CALL,
	.reloc_bytes = reloc_bytes,
	.interrupted = interrupted,
	.check_of = check_of,
	.check_has_address = check_has_address,
};
