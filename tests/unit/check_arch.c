/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>

#include "arch/arch.h"
#include "dump/dump_xlat.h"
#include "unit.h"

static const struct arch *row_named(const char *name)
{
	const struct arch *arch = arch_by_name(name);

	ck_assert_ptr_nonnull(arch);
	return arch;
}

/* What is filled in of a row goes together: readers test one of such a group. */
START_TEST(rows_are_whole)
{
	const struct arch *a;

	for (size_t i = 0; (a = arch_row(i)) != NULL; i++) {
		ck_assert_ptr_eq(arch_by_name(a->name), a);
		ck_assert_ptr_eq(arch_by_machine(a->e_machine), a);
		ck_assert(a->sign_bit && a->sign_bit < 64 && a->region_align);
		ck_assert(a->pages[0].shift);
		ck_assert_uint_eq(a->pages[ARCH_PAGE_SIZES].shift, 0);
		for (const struct arch_pages *p = a->pages; p->shift; p++) {
			uint64_t size = UINT64_C(1) << p->shift;

			ck_assert(size >= ARCH_PAGE_MIN && size <= ARCH_PAGE_MAX);
			ck_assert(p->section_bits > p->shift && p->stack >= size);
			ck_assert(arch_page_size_ok(a, size));
			ck_assert_ptr_eq(arch_pages(a, p->shift), p);
		}
		ck_assert_int_eq(a->prstatus_size != 0, a->decode_regs != NULL);
		ck_assert_int_eq(a->root_register != NULL, a->root_of_register != NULL);
		ck_assert_int_eq(a->is_call != NULL, a->call_bytes != 0);
		ck_assert_uint_le(a->call_bytes, ARCH_CALL_MAX);
		ck_assert_int_eq(a->irq_stack_range != NULL, a->irq_link_words != 0);
		ck_assert_int_eq(a->irq_stack_range != NULL, a->irq_stack != NULL);
		if (a->place)
			ck_assert(a->place_symbols[0] && a->image_step && a->image_slides);
		if (a->linear_mapped)
			ck_assert(a->linear_image && a->linear_direct);
		if (arch_is_read(a))
			ck_assert(a->title && a->decode_regs && a->current_task);
	}
	ck_assert(arch_is_read(arch_row(0)));
	ck_assert_ptr_null(arch_by_machine(EM_S390));
	ck_assert_ptr_null(arch_by_name(""));
	ck_assert_ptr_null(arch_by_prstatus(0));
	ck_assert(!arch_is_read(NULL));
}
END_TEST

static bool one_line(const void *arg, const char *key, uint64_t *ret)
{
	*ret = 0;
	return !strcmp(arg, key);
}

/* Tables of what is rewritten: each is a section or lies between symbols, and its entries have room. */
START_TEST(patches)
{
	size_t rows = 0;

	for (size_t i = 0; arch_row(i); i++) {
		const struct arch *arch = arch_row(i);

		ck_assert_int_eq(arch->patches != NULL, arch->probe_bytes != 0);
		for (const struct arch_patch *p = arch->patches; p && p->at != ARCH_PATCH_NONE; p++) {
			bool table = p->at == ARCH_PATCH_NEAR || p->at == ARCH_PATCH_FAR;

			rows++;
			ck_assert_int_eq(p->section == NULL, p->start != NULL);
			ck_assert(!p->start || p->stop || !table);
			ck_assert(!p->with || p->section);
			ck_assert(!table || p->stride >= (p->at == ARCH_PATCH_FAR ? 8 : 4));
			ck_assert(!table || p->size_at < p->stride);
			if (p->at == ARCH_PATCH_UNKNOWN) {
				ck_assert(p->start && p->stop && !p->module && !p->stride);
				continue;
			}
			/* As long as the entry says, or always as long. */
			ck_assert_int_eq(table || !p->stop, (p->size_at != 0) != (p->after != 0));
		}
	}
	ck_assert_uint_gt(rows, 0);
}
END_TEST

START_TEST(told_by_what_the_dump_has)
{
	struct arch_lines lines = { .number = one_line, .arg = "NUMBER(phys_base)" };
	char list[64];

	ck_assert_ptr_eq(arch_by_lines(&lines), row_named("x86_64"));
	lines.arg = "NUMBER(TCR_EL1_T1SZ)";
	ck_assert_ptr_eq(arch_by_lines(&lines), row_named("aarch64"));
	lines.arg = "SYMBOL(_stext)";
	ck_assert_ptr_null(arch_by_lines(&lines));
	ck_assert_ptr_eq(arch_by_prstatus(336), row_named("x86_64"));
	ck_assert_ptr_eq(arch_by_prstatus(392), row_named("aarch64"));
	ck_assert_str_eq(arch_machine_name(EM_AARCH64, false), "arm64");
	ck_assert(arch_name_is_other("s390x") && arch_name_is_other("i686"));
	ck_assert(!arch_name_is_other("x86_64") && !arch_name_is_other("Unknown"));
	arch_list(false, list, sizeof(list));
	ck_assert_ptr_nonnull(strstr(list, "x86_64"));
}
END_TEST

START_TEST(addresses)
{
	const struct arch *x86 = row_named("x86_64"), tagged = { .sign_bit = 55, .region_align = 1 };

	ck_assert(arch_kernel_half(x86, 1ULL << 63) && !arch_kernel_half(x86, ~0ULL >> 1));
	ck_assert(arch_region_base(x86, 0xffff888000000000) && arch_in_image(x86, 0xffffffff80000000));
	ck_assert(!arch_region_base(x86, 0xffff888000001000) && !arch_region_base(x86, 0x888000000000));
	ck_assert(!arch_in_image(x86, 0xffffffff7fffffff) && !arch_in_image(x86, 0xffffffffc0000000));
	ck_assert_uint_eq(arch_untag(x86, 0x0123456789abcdef), 0x0123456789abcdef);
	/* The tag of KASAN goes, whatever it is. */
	ck_assert_uint_eq(arch_untag(&tagged, 0x12ff000012345678), 0xffff000012345678);
	ck_assert_uint_eq(arch_untag(&tagged, 0x1200000012345678), 0x0000000012345678);
	ck_assert(arch_kernel_half(&tagged, 0x00ff000012345678));
	/* Nothing known of it: all page sizes, no tag taken off. */
	ck_assert(arch_page_size_ok(NULL, 4096) && arch_page_size_ok(NULL, 65536));
	ck_assert(!arch_page_size_ok(NULL, 2048) && !arch_page_size_ok(NULL, 131072));
	ck_assert(!arch_page_size_ok(NULL, 4097) && !arch_page_size_ok(x86, 16384));
	ck_assert_ptr_null(arch_known(NULL)->name);
}
END_TEST

START_TEST(stacks_and_code)
{
	const struct arch *x86 = row_named("x86_64");
	static const uint8_t direct[] = { 0, 0, 0xe8, 1, 2, 3, 4 };
	static const uint8_t indirect[] = { 0, 0, 0, 0, 0, 0xff, 0xd0 }, jump[] = { 0, 0, 0xe9, 1, 2, 3, 4 };
	uint64_t regs[] = { 0xffffffff81234567, 0x10, 0x246, 0xffffc90000001000, 0x18 };
	uint64_t lowest, top, sp, root;

	ck_assert_uint_eq(x86->call_bytes, sizeof(direct));
	ck_assert(x86->is_call(direct) && x86->is_call(indirect) && !x86->is_call(jump));
	ck_assert(x86->interrupted(regs, 5, 0, &sp));
	ck_assert_uint_eq(sp, regs[3]);
	ck_assert(!x86->interrupted(regs, 3, 0, &sp) && !x86->interrupted(regs, 5, 1, &sp));
	regs[2] = 0x244;	/* without the bit that is always set */
	ck_assert(!x86->interrupted(regs, 5, 0, &sp));
	ck_assert(x86->irq_stack_range(0xffffc90000003ff8, 0x4000, &lowest, &top));
	ck_assert_uint_eq(lowest, 0xffffc90000000000);
	ck_assert_uint_eq(top, 0xffffc90000004000);
	ck_assert(x86->irq_stack_range(0xffffc90000004000, 0x4000, &lowest, &top));
	ck_assert_uint_eq(lowest, 0xffffc90000000000);
	ck_assert_uint_eq(top, 0xffffc90000004000);
	ck_assert(!x86->irq_stack_range(0xffffc90000003ff9, 0x4000, &lowest, &top));
	/* Page table isolation: the user's tables are the page after the kernel's. */
	ck_assert(x86->root_of_register(0x123456801, 1, &root));
	ck_assert_uint_eq(root, 0x123456000);
	ck_assert(x86->root_of_register(0x123457801, 0, &root));
	ck_assert_uint_eq(root, 0x123457000);
	ck_assert(!x86->root_of_register(0x123457801, 2, &root));
}
END_TEST

/*
 * Page tables of another make: pages of 16 KiB, three levels of 2048 entries, for the upper half
 * only; an entry is 3 for a table or a page, 1 for a block.
 */
#define PAGE 0x4000ULL
#define ROOT 0x40000ULL
#define MIDDLE 0x48000ULL
#define LAST 0x50000ULL
#define GONE 0x58000ULL
#define BASE 0xffff800000000000ULL

static enum pgc_status gone_is;

static enum arch_entry other_decode(const struct arch_paging *pg, uint64_t entry, unsigned int level,
				    uint64_t *paddr)
{
	*paddr = entry & 0xffffffffc000 & ~pg->not_address;
	if ((entry & 3) == 3)
		return level == 1 ? ARCH_LEAF : ARCH_TABLE;
	return (entry & 3) == 1 && level > 1 ? ARCH_LEAF : ARCH_NOTHING;
}

static enum pgc_status other_paging(const struct arch_lines *lines, struct arch_paging *ret,
				    struct pgc_err *err)
{
	*ret = (struct arch_paging){ .levels = 3, .bits = { 14, 11, 11, 11 },
				     .not_address = 1ULL << 40, .decode = other_decode };
	return arch_number(lines, "NUMBER(root)", &ret->root) ?
	       PGC_OK : pgc_err_set(err, PGC_ENOENT, "no root");
}

/* The entries there are; all others are 0. */
static const struct {
	uint64_t paddr, entry;
} entries[] = {
	{ ROOT, MIDDLE | 3 },
	{ ROOT + 8 * 2047, GONE | 3 },
	{ MIDDLE, LAST | 3 },
	{ MIDDLE + 8 * 5, 0x1234567a000001 },	/* not aligned: its low bits are none of it */
	/* In the second half of a table that is larger than what is read of one at a time. */
	{ LAST + 8 * 1500, (1ULL << 40) | 0x987654000 | 3 },
};

static enum pgc_status read_memory(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				   struct pgc_err *err)
{
	memset(buf, 0, len);
	*done = 0;
	if (paddr >= GONE && paddr < GONE + PAGE)
		return gone_is;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		uint64_t entry = htole64(entries[i].entry);

		if (entries[i].paddr >= paddr && entries[i].paddr + 8 <= paddr + len)
			memcpy((char *)buf + (entries[i].paddr - paddr), &entry, 8);
	}
	*done = len;
	return PGC_OK;
}

START_TEST(other_page_tables)
{
	static const struct arch other = { .name = "other", .paging = other_paging, .sign_bit = 55 };
	static const char text[] = "NUMBER(root)=0x40000\n";
	struct dump_notes notes = DUMP_NOTES_INIT;
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_xlat *dx;
	uint64_t paddr, run, block = BASE + (5ULL << 25);

	ck_assert_int_eq(dump_xlat_create(&other, &notes, read_memory, NULL, &dx, &err), PGC_ENOENT);
	ck_assert_ok(dump_notes_set_vmcoreinfo(&notes, text, sizeof(text) - 1, &err), &err);
	ck_assert_int_eq(dump_xlat_create(NULL, &notes, read_memory, NULL, &dx, &err), PGC_EFORMAT);
	ck_assert_str_eq(err.msg, "page tables of architecture unknown are not supported yet: only those of x86_64 and aarch64 are");
	ck_assert_ok(dump_xlat_create(&other, &notes, read_memory, NULL, &dx, &err), &err);
	/* A page; the block that the table's neighbour is; what no entry is for. */
	ck_assert_ok(dump_xlat_translate(dx, BASE + 1500 * PAGE + 0x123, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, 0x987654123);
	ck_assert_uint_eq(run, PAGE - 0x123);
	ck_assert_ok(dump_xlat_translate(dx, block + 0x12345, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, (0x1234567a000001 & 0xffffffffc000 & ~0x1ffffffULL) + 0x12345);
	ck_assert_uint_eq(run, (1 << 25) - 0x12345);
	ck_assert_int_eq(dump_xlat_translate(dx, block + (1 << 25), &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, 1 << 25);
	/* Only the upper half, and only without a flipped bit. */
	ck_assert_int_eq(dump_xlat_translate(dx, 0x12345, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_int_eq(dump_xlat_translate(dx, (block | 1) ^ (1ULL << 60), &paddr, &run, &err),
			 PGC_ABSENT);
	/* A table that is not there: by memory that the dump has not, or that it left out. */
	gone_is = PGC_ABSENT;
	ck_assert_int_eq(dump_xlat_translate(dx, ~0ULL, &paddr, &run, &err), PGC_DAMAGED);
	gone_is = PGC_EXCLUDED;
	ck_assert_int_eq(dump_xlat_translate(dx, ~0ULL, &paddr, &run, &err), PGC_EXCLUDED);
	dump_xlat_set_root(dx, LAST);
	ck_assert_int_eq(dump_xlat_translate(dx, block, &paddr, &run, &err), PGC_ABSENT);
	dump_xlat_destroy(dx);
	dump_notes_deinit(&notes);
}
END_TEST

/* Tables of nothing: only how far that holds tells what was looked at. */
START_TEST(both_halves)
{
	static const char text[] = "SYMBOL(init_top_pgt)=ffffffff81000000\nNUMBER(phys_base)=0\n"
				   "NUMBER(pgtable_l5_enabled)=0\n";
	struct dump_notes notes = DUMP_NOTES_INIT;
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_xlat *dx;
	uint64_t paddr, run;

	ck_assert_ok(dump_notes_set_vmcoreinfo(&notes, text, sizeof(text) - 1, &err), &err);
	ck_assert_ok(dump_xlat_create(row_named("x86_64"), &notes, read_memory, NULL, &dx, &err), &err);
	ck_assert_int_eq(dump_xlat_translate(dx, 0x7fff00001000, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, 0x800000000000 - 0x7fff00001000);
	ck_assert_int_eq(dump_xlat_translate(dx, 0xffff800000001000, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, (1ULL << 39) - 0x1000);
	/* Neither half's. */
	ck_assert_int_eq(dump_xlat_translate(dx, 0x800000001010, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, 4096 - 0x10);
	ck_assert_int_eq(dump_xlat_translate(dx, 0x7fff800000001010, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, 4096 - 0x10);
	dump_xlat_destroy(dx);
	dump_notes_deinit(&notes);
}
END_TEST

UNIT_MAIN("arch", rows_are_whole, patches, told_by_what_the_dump_has, addresses, stacks_and_code,
	  other_page_tables, both_halves)
