/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch_arm64 - pages of 4, 16 and 64 KiB, two to five levels of page tables
 *
 * Facts: arch/arm64 of 6.1, 6.12 and 7.2. The address space is the one that was built (VA_BITS);
 * what the hardware has of it may be less (TCR_EL1.T1SZ), and then a kernel built for 52 bits falls
 * back to 48, or to 47 with pages of 16 KiB. Above bit 55 a pointer may have a tag (KASAN), which
 * translation here knows nothing of: vmcore_assume_tags().
 */
#include "arch/arch.h"

#include <elf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/target_int.h"

#define PAGE_64K_SHIFT 16
#define VA_BITS_LEAST 36
#define VA_BITS_MOST 52
#define IMAGE_MAX (UINT64_C(1) << 30)	/* far more than any: _text to _end */
#define KIB UINT64_C(1024)

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

/* kernel/vmcore_info.c, in 6.1 kernel/crash_core.c: arch_crash_save_vmcoreinfo() */
struct space {
	uint64_t va_bits;	/* as built */
	uint64_t in_use;	/* of them */
	unsigned int page_shift;
	uint64_t voffset;	/* an address of the image, less the physical one */
	uint64_t phys_offset;	/* memstart_addr: of PAGE_OFFSET. Often what is "negative". */
};

static enum pgc_status no_line(const char *key, struct pgc_err *err)
{
	return pgc_err_set(err, PGC_ENOENT,
			   "VMCOREINFO has no %s: kernel addresses cannot be translated", key);
}

static enum pgc_status find_space(const struct arch_lines *lines, struct space *s,
				  struct pgc_err *err)
{
	uint64_t page, t1sz;

	if (!arch_number(lines, "PAGESIZE", &page))
		return no_line("PAGESIZE", err);
	if (!arch_number(lines, "NUMBER(VA_BITS)", &s->va_bits))
		return no_line("NUMBER(VA_BITS)", err);
	if (!arch_number(lines, "NUMBER(kimage_voffset)", &s->voffset))
		return no_line("NUMBER(kimage_voffset)", err);
	if (!arch_number(lines, "NUMBER(PHYS_OFFSET)", &s->phys_offset))
		return no_line("NUMBER(PHYS_OFFSET)", err);
	/* Since v5.9. Before that no kernel but those of 64 KiB had more than 48 bits. */
	if (arch_number(lines, "NUMBER(TCR_EL1_T1SZ)", &t1sz))
		s->in_use = 64 - t1sz;
	else if (s->va_bits < VA_BITS_MOST)
		s->in_use = s->va_bits;
	else
		return no_line("NUMBER(TCR_EL1_T1SZ)", err);
	if ((page != 4 * KIB && page != 16 * KIB && page != 64 * KIB) ||
	    s->va_bits > VA_BITS_MOST || s->in_use > s->va_bits || s->in_use < VA_BITS_LEAST)
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO: pages of %" PRIu64 " bytes, %" PRIu64 " of %" PRIu64
				   " bits of address in use: impossible", page, s->in_use, s->va_bits);
	s->page_shift = (unsigned int)__builtin_ctzll(page);
	return PGC_OK;
}

#define ENTRY_TABLE 3u	/* or a page, in the last level */
#define ENTRY_BLOCK 1u
#define HIGH_48 UINT64_C(0x0000ffffffffffff)

/* What the low bits say; blocks are up to level @most. */
static enum arch_entry kind(uint64_t entry, unsigned int level, unsigned int most)
{
	if ((entry & 3) == ENTRY_TABLE)
		return level == 1 ? ARCH_LEAF : ARCH_TABLE;
	return (entry & 3) == ENTRY_BLOCK && level > 1 && level <= most ? ARCH_LEAF : ARCH_NOTHING;
}

/* 4 KiB: blocks of 2 MiB and 1 GiB; 16 KiB: of 32 MiB. */
static enum arch_entry decode_plain(const struct arch_paging *pg, uint64_t entry,
				    unsigned int level, uint64_t *paddr)
{
	*paddr = entry & HIGH_48 & -(UINT64_C(1) << pg->bits[0]);
	return kind(entry, level, pg->bits[0] == ARCH_PAGE_MIN_SHIFT ? 3 : 2);
}

/* 64 KiB: bits 51:48 are in 15:12, which are zero on hardware without them (LPA). */
static enum arch_entry decode_lpa(const struct arch_paging *pg, uint64_t entry,
				  unsigned int level, uint64_t *paddr)
{
	*paddr = (entry & HIGH_48 & -(UINT64_C(1) << pg->bits[0])) | (entry >> 12 & 15) << 48;
	return kind(entry, level, 3);
}

/* LPA2, of 4 and 16 KiB: bits 51:50 are in 9:8, where others have the shareability. */
static enum arch_entry decode_lpa2(const struct arch_paging *pg, uint64_t entry,
				   unsigned int level, uint64_t *paddr)
{
	*paddr = (entry & ((UINT64_C(1) << 50) - 1) & -(UINT64_C(1) << pg->bits[0])) |
		 (entry >> 8 & 3) << 50;
	return kind(entry, level, pg->bits[0] == ARCH_PAGE_MIN_SHIFT ? 4 : 3);
}

#define ENTRY_DEVICE (3u << 3)	/* of the memory types: 0 and 1 are the usual ones, with MTE or not */
#define ENTRY_USER (1u << 6)
#define ENTRY_READ_ONLY (1u << 7)
#define ENTRY_ACCESSED (1u << 10)
#define ENTRY_WRITABLE (UINT64_C(1) << 51)
#define ENTRY_NO_EXEC (UINT64_C(3) << 53)	/* in the kernel, by users */
/* Of a table: read-only, not for users, of the other world. Forbidding execution is usual. */
#define TABLE_LIMITS (UINT64_C(7) << 61)

/*
 * Leaves for data are accessed, never executed nor for user space, and cached as usual; large ones
 * are writable, and have no bits below their page (PROT_NORMAL, PROT_SECT_NORMAL: pgtable-prot.h of
 * 6.1, 6.12 and 7.2).
 */
static uint64_t wrong_bits(const struct arch_paging *pg, uint64_t entry, unsigned int level)
{
	uint64_t page = UINT64_C(1) << pg->bits[0], span, paddr, wrong;

	if (pg->decode(pg, entry, level, &paddr) == ARCH_TABLE)
		return entry & TABLE_LIMITS;
	wrong = (entry & (ENTRY_USER | ENTRY_DEVICE)) | (~entry & (ENTRY_ACCESSED | ENTRY_NO_EXEC));
	span = UINT64_C(1) << arch_table_shift(pg, level);
	if (level > 1)
		wrong |= entry & (ENTRY_READ_ONLY | (span - page));
	return wrong;
}

#define ENTRY_SPECIAL (UINT64_C(1) << 56)	/* PTE_SPECIAL */

/*
 * Of an entry that the processor does not follow the kernel's versions differ in where a swap entry has
 * its type, and in what says that it maps a page that is to fault (PTE_PROT_NONE: bit 58 in 6.1,
 * PTE_PRESENT_INVALID: bit 11 in 6.12 and 7.2): it is none that is known. Of those for pages little
 * is fixed: without PTE_USER they can be executed alone, without PTE_AF they were not touched.
 */
static void user_entry(const struct arch_paging *pg, uint64_t entry, unsigned int level,
		       struct arch_user_entry *ret)
{
	uint64_t page = UINT64_C(1) << pg->bits[0], span = UINT64_C(1) << arch_table_shift(pg, level);

	*ret = (struct arch_user_entry){ .what = ARCH_USER_NONE };
	if (!entry)
		return;
	switch (pg->decode(pg, entry, level, &ret->paddr)) {
	case ARCH_TABLE:
		ret->what = ARCH_USER_TABLE;
		ret->wrong = entry & TABLE_LIMITS;
		return;
	case ARCH_LEAF:
		ret->what = ARCH_USER_LEAF;
		ret->special = entry & ENTRY_SPECIAL;
		ret->paddr &= -span;
		if (!ret->special)
			ret->wrong = entry & ENTRY_DEVICE;
		/* With LPA and LPA2 address bits are there, too. */
		if (level > 1 && pg->decode == decode_plain)
			ret->wrong |= entry & HIGH_48 & (span - page);
		return;
	default:
		ret->what = ARCH_USER_SWAP;
		ret->type = UINT_MAX;
	}
}

/*
 * Tables of 64 KiB are laid out for the bits that were built, and TTBR1 points into the first one
 * (assembler.h:offset_ttbr1). With smaller pages the kernel leaves levels out as it boots
 * (pi/map_kernel.c). LPA2 is in use when all 52 bits are.
 */
static enum pgc_status paging(const struct arch_lines *lines, struct arch_paging *ret,
			      struct pgc_err *err)
{
	struct space s;
	uint64_t root;
	enum pgc_status st = find_space(lines, &s, err);
	unsigned int left, index;

	if (st != PGC_OK)
		return st;
	if (!arch_number(lines, "SYMBOL(swapper_pg_dir)", &root))
		return no_line("SYMBOL(swapper_pg_dir)", err);
	*ret = (struct arch_paging){
		.root = root - s.voffset, .bits = { (uint8_t)s.page_shift },
		.decode = s.page_shift == PAGE_64K_SHIFT ? decode_lpa :
			  s.in_use == VA_BITS_MOST ? decode_lpa2 : decode_plain,
		.wrong_bits = wrong_bits,
		.rights = ENTRY_READ_ONLY | ENTRY_WRITABLE,
	};
	index = s.page_shift - 3;
	left = (unsigned int)(s.page_shift == PAGE_64K_SHIFT ? s.va_bits : s.in_use) - s.page_shift;
	while (left && ret->levels < ARCH_LEVELS) {
		ret->bits[++ret->levels] = (uint8_t)(left < index ? left : index);
		left -= ret->bits[ret->levels];
	}
	ret->own_entries = 1u << ret->bits[ret->levels];
	ret->user_entry = user_entry;
	return PGC_OK;
}

static bool linear_image(const struct arch_lines *lines, uint64_t end, struct arch_linear *ret)
{
	struct space s;
	uint64_t stext;

	if (find_space(lines, &s, NULL) != PGC_OK || !arch_number(lines, "SYMBOL(_stext)", &stext) ||
	    end <= stext || end - stext > IMAGE_MAX)
		return false;
	*ret = (struct arch_linear){ .kaddr = stext, .len = end - stext, .paddr = stext - s.voffset };
	return true;
}

/*
 * From PAGE_OFFSET, of which hardware with fewer bits has the upper end only, to
 * _PAGE_END(VA_BITS_MIN): memory.h. With KASAN it ends earlier, and nothing of it is behind that.
 */
static bool linear_direct(const struct arch_lines *lines, uint64_t base _unused_,
			  struct arch_linear *ret)
{
	struct space s;
	uint64_t least;

	if (find_space(lines, &s, NULL) != PGC_OK)
		return false;
	least = s.va_bits < VA_BITS_MOST ? s.va_bits : s.page_shift == 14 ? 47 : 48;
	*ret = (struct arch_linear){ .kaddr = -(UINT64_C(1) << s.in_use) };
	ret->len = -(UINT64_C(1) << (least - 1)) - ret->kaddr;
	ret->paddr = ret->kaddr + (UINT64_C(1) << s.va_bits) + s.phys_offset;
	return s.in_use >= least;
}

/* pgtable.h: vmemmap. 6.1 has no SYMBOL(vmemmap). */
static bool vmemmap(const struct arch_lines *lines, unsigned int page_shift, uint64_t struct_page,
		    uint64_t *ret)
{
	struct space s;
	uint64_t start;

	if (find_space(lines, &s, NULL) != PGC_OK ||
	    !arch_number(lines, "NUMBER(VMEMMAP_START)", &start))
		return false;
	*ret = start - (uint64_t)((int64_t)s.phys_offset >> page_shift) * struct_page;
	return true;
}

/* The address spaces that there are; what was built is in the image's own variables. */
static const struct {
	unsigned int page_shift, in_use;
} spaces[] = {
	{ 12, 48 }, { 12, 52 }, { 12, 39 }, { 14, 47 }, { 14, 52 }, { 14, 48 }, { 14, 36 },
	{ 16, 48 }, { 16, 52 }, { 16, 42 },
};

/*
 * The image knows its own place: kimage_voffset, and memstart_addr. The latter is 2^52 less than it
 * was where the kernel was built for 52 bits, and the hardware has fewer (mm/init.c:
 * arm64_memblock_init()); otherwise a random part of the linear map less, at most.
 */
static size_t place(struct arch_place *at, unsigned int nr, char *lines, size_t size)
{
	enum { ROOT, VOFFSET, MEMSTART };
	unsigned char raw[2][8];
	uint64_t voffset, memstart;
	unsigned int in_use, built;
	int len;

	if (nr >= ARRAY_SIZE(spaces) || !at->symbol[VOFFSET] || !at->symbol[MEMSTART] ||
	    !at->read(at->arg, at->symbol[VOFFSET] - at->notes + at->paddr, raw[0], 8) ||
	    !at->read(at->arg, at->symbol[MEMSTART] - at->notes + at->paddr, raw[1], 8))
		return 0;
	voffset = target_u64(raw[0]);
	memstart = target_u64(raw[1]);
	in_use = spaces[nr].in_use;
	built = (int64_t)memstart < -(INT64_C(1) << 48) ? VA_BITS_MOST : in_use;
	at->page_size = 1u << spaces[nr].page_shift;
	at->slide = at->paddr + voffset - at->notes;
	len = snprintf(lines, size,
		       "NUMBER(VA_BITS)=%u\nNUMBER(TCR_EL1_T1SZ)=0x%x\nSYMBOL(swapper_pg_dir)=%" PRIx64
		       "\nNUMBER(kimage_voffset)=0x%" PRIx64 "\nNUMBER(PHYS_OFFSET)=0x%" PRIx64 "\n",
		       built, 64 - in_use, at->symbol[ROOT] + at->slide, voffset, memstart);
	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}

/* irq_stack_ptr is the lowest address (kernel/irq.c:init_irq_stacks()). Softirqs use it, too. */
static bool irq_stack_range(uint64_t value, uint64_t stack_size, uint64_t *lowest, uint64_t *top)
{
	*lowest = value;
	*top = value + stack_size;
	return value % 16 == 0 && *top > value;
}

/*
 * Where nothing says whether the CPU signs, it may: an address that is not signed has ones in
 * these bits as it is.
 */
static uint64_t signature(const struct arch_lines *lines)
{
	struct space s;
	uint64_t mask;

	if (arch_number(lines, "NUMBER(KERNELPACMASK)", &mask))
		return mask;
	return find_space(lines, &s, NULL) == PGC_OK ? -(UINT64_C(1) << s.in_use) : 0;
}

/* bl; blr; blraa, blrab, blraaz, blrabz */
static bool is_call(const uint8_t *code)
{
	uint32_t insn = target_u32(code);

	return (insn & 0xfc000000) == 0x94000000 || (insn & 0xfffffc1f) == 0xd63f0000 ||
	       (insn & 0xfefff800) == 0xd63f0800;
}

/* uapi/asm/ptrace.h: PSR_MODE32_BIT and PSR_MODE_MASK. EL2 is a host's kernel's, with VHE. */
#define PSR_MODE 0x1fu
#define EL1T 4
#define EL1H 5
#define EL2T 8
#define EL2H 9

/* struct pt_regs: regs[31], sp, pc, pstate */
static bool interrupted(const uint64_t *word, size_t n, size_t i, uint64_t *sp)
{
	uint64_t mode;

	if (!i || i + 1 >= n || word[i + 1] >> 34)
		return false;
	mode = word[i + 1] & PSR_MODE;
	*sp = word[i - 1];
	return *sp % 16 == 0 && (mode == EL1T || mode == EL1H || mode == EL2T || mode == EL2H);
}

static const char *const own_lines[] = {
	"NUMBER(kimage_voffset)", "NUMBER(TCR_EL1_T1SZ)", NULL,
};

#define INSN 4			/* bytes of an instruction */

static const struct arch_patch patches[] = {
	/* struct alt_instr (include/asm/alternative.h) */
	{ ARCH_PATCH_NEAR, .section = ".altinstructions", .stride = 12, .size_at = 10 },
	/* Constants that are known since boot (include/asm/runtime-const.h) */
	{ ARCH_PATCH_NEAR, .section = "runtime_*", .stride = 4, .after = 4 * INSN },
	/*
	 * ftrace: a pointer before the function, where the compiler made room for it, then the
	 * landing pad of an indirect call and two instructions; live patches and BPF programs
	 */
	{ ARCH_PATCH_FAR, .start = "__start_mcount_loc", .stop = "__stop_mcount_loc",
	  .module = "__mcount_loc", .stride = 8, .after = 8 + 3 * INSN },
	{ ARCH_PATCH_NEAR, .start = "__start___jump_table", .stop = "__stop___jump_table",
	  .module = "__jump_table", .stride = 16, .after = INSN },
	/* What these functions of ftrace call; labels (arch/arm64/kernel/entry-ftrace.S) */
	{ ARCH_PATCH_WHOLE, .start = "ftrace_call", .after = INSN },
	{ ARCH_PATCH_WHOLE, .start = "ftrace_regs_call", .after = INSN },
	{ ARCH_PATCH_WHOLE, .start = "ftrace_graph_call", .after = INSN },
	/* The programs that are mapped into each process have alternatives of their own. */
	{ ARCH_PATCH_WHOLE, .start = "vdso_start", .stop = "vdso_end" },
	{ ARCH_PATCH_WHOLE, .start = "vdso32_start", .stop = "vdso32_end" },
	/* The hypervisor's part: its addresses are made others, and its variables are there, too. */
	{ ARCH_PATCH_NEAR, .start = "__hyp_reloc_begin", .stop = "__hyp_reloc_end", .stride = 4,
	  .after = 8 },
	{ ARCH_PATCH_WHOLE, .start = "__hyp_rodata_start", .stop = "__hyp_rodata_end" },
	/*
	 * Kernels that clang built for machines that sign no addresses rewrite the first and the
	 * last instructions of functions, and those with its CFI constants of static calls, anywhere.
	 */
	{ ARCH_PATCH_UNKNOWN, .start = "__eh_frame_start", .stop = "__eh_frame_end" },
	{ ARCH_PATCH_UNKNOWN, .start = "__pi___eh_frame_start", .stop = "__pi___eh_frame_end" },
	{ ARCH_PATCH_UNKNOWN, .start = "__static_call_text_start", .stop = "__static_call_text_end" },
	/* Variables that are set while the kernel boots lie among the constants. */
	{ ARCH_PATCH_WHOLE, .start = "__start_ro_after_init", .stop = "__end_ro_after_init" },
	{ .at = ARCH_PATCH_NONE },
};

const struct arch arch_arm64 = {
	.name = "aarch64",
	.title = "64-bit ARM kernels (aarch64)",
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
	.sign_bit = 55,
	.region_align = ARCH_PAGE_MIN,
	.paging = paging,
	.linear_image = linear_image,
	.linear_direct = linear_direct,
	.vmemmap = vmemmap,
	.place_symbols = { "swapper_pg_dir", "kimage_voffset", "memstart_addr" },
	.image_step = 64 * KIB,	/* the least that EFI's stub aligns to: EFI_KIMG_ALIGN */
	.image_slides = 1,	/* the image itself says it */
	.place = place,
	.current_task = "__entry_task",
	.irq_stack = "irq_stack_ptr",
	.irq_stack_range = irq_stack_range,
	/* The first function there saved the frame pointer that leads back (call_on_irq_stack()). */
	.irq_link_words = 64,
	.signature = signature,
	.call_bytes = 4,
	.is_call = is_call,
	.patches = patches,
	.probe_bytes = INSN,
	.image_reloc = R_AARCH64_RELATIVE,
	.interrupted = interrupted,
};
