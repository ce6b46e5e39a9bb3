/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables against the pages that they map: each rule fires on one wrong entry or count, and on
 * nothing that a sound kernel has, nor on what a CPU was changing.
 */
#include <string.h>

#include "arch/cpu_regs.h"
#include "base/array.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/table_check.h"
#include "unit.h"

#define VICTIM FK_PROC_PAGE
#define USER 0x67ULL	/* present, writable, of the user, touched */
#define NO_LEVEL 0

static void put_entry(struct fake_kernel *fk, unsigned int level, uint64_t entry)
{
	memcpy(fk_proc_entry(fk, level), &(uint64_t){ htole64(entry) }, 8);
}

/* One wrong thing: an entry, or what @change does. */
struct planted {
	const char *name;
	unsigned int level;	/* of the entry; 0: it is another thing */
	uint64_t entry;
	void (*change)(struct fake_kernel *fk);
	enum finding_id id;
	uint64_t pfn;		/* that is named; FINDING_NO_PFN: none */
	uint64_t right;		/* 0: unknown */
};

static void slab_page(struct fake_kernel *fk)
{
	fk_make_slab(fk, FK_ANON, 0);
	put_entry(fk, 1, FK_ANON << 12 | USER);
}

static void one_more(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, VICTIM, 1);
	fk_set_refcount(fk, VICTIM, 2);
}

static void one_less(struct fake_kernel *fk)
{
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
}

static void tables_counted(struct fake_kernel *fk)
{
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_TABLES, 4 * 4096);
}

static void resident(struct fake_kernel *fk)
{
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS + 8, 1);
}

static void in_swap(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_nr_swap_info, 24, 0);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS + 16, 1);
}

/* Moved elsewhere just now: it is resident, and counts no mapping. */
static void moved_by_type(struct fake_kernel *fk, uint64_t type)
{
	fk_add_layout(fk, L_nr_swap_info, 24, 0);
	put_entry(fk, 1, (~(VICTIM << 14 >> 5) & ~(31ULL << 59) & ~0x1ffULL) | type << 59);
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
}

static void migrates(struct fake_kernel *fk)
{
	moved_by_type(fk, 24);
}

/* A kernel that knows of bad memory has a type for it before these. */
static void migrates_by_next_type(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_PG_hwpoison, 21, 0);
	moved_by_type(fk, 25);
}

static void is_bad_memory(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_PG_hwpoison, 21, 0);
	moved_by_type(fk, 24);
}

static const struct planted planted[] = {
	{ "free", 1, FK_ORDER10 << 12 | USER, NULL, FIND_TABLE_ENTRY, FK_ORDER10, 0 },
	{ "per-CPU list", 1, FK_PCP_A << 12 | USER, NULL, FIND_TABLE_ENTRY, FK_PCP_A, 0 },
	{ "slab", NO_LEVEL, 0, slab_page, FIND_TABLE_ENTRY, FK_ANON, 0 },
	{ "itself a table", 1, (FK_PROC_ROOT + 1) << 12 | USER, NULL, FIND_TABLE_ENTRY,
	  FK_PROC_ROOT + 1, 0 },
	{ "no memory", 1, 1ULL << 40 | USER, NULL, FIND_TABLE_ENTRY, 1ULL << 28, 0 },
	{ "one bit", 1, (VICTIM ^ 8) << 12 | USER, NULL, FIND_TABLE_ENTRY, VICTIM ^ 8,
	  VICTIM << 12 | USER },
	{ "rights", 1, (VICTIM << 12 | USER) ^ 4, NULL, FIND_TABLE_ENTRY, VICTIM,
	  VICTIM << 12 | USER },
	{ "bits of none", 1, VICTIM << 12 | USER | 1ULL << 54, NULL, FIND_TABLE_ENTRY, VICTIM,
	  VICTIM << 12 | USER },
	{ "cleared", 1, 0, NULL, FIND_MAPCOUNT_RECOUNT, VICTIM, 0 },
	{ "table cleared", 2, 0, NULL, FIND_TABLE_PAGE, VICTIM - 1, 0 },
	{ "upper cleared", 3, 0, NULL, FIND_TABLE_PAGE, VICTIM - 2, 0 },
	{ "table free", 2, FK_ORDER10 << 12 | USER, NULL, FIND_TABLE_ENTRY, FK_ORDER10, 0 },
	{ "table twice", 2, FK_PROC_ROOT << 12 | USER, NULL, FIND_TABLE_ENTRY, FK_PROC_ROOT, 0 },
	{ "more", NO_LEVEL, 0, one_more, FIND_MAPCOUNT_RECOUNT, VICTIM, 0 },
	{ "less", NO_LEVEL, 0, one_less, FIND_MAPCOUNT_RECOUNT, VICTIM, 0 },
	{ "tables", NO_LEVEL, 0, tables_counted, FIND_MM_COUNTER, FINDING_NO_PFN, 0 },
	{ "resident", NO_LEVEL, 0, resident, FIND_MM_COUNTER, FINDING_NO_PFN, 0 },
	{ "bad memory", NO_LEVEL, 0, is_bad_memory, FIND_MM_COUNTER, FINDING_NO_PFN, 0 },
	{ "swap", NO_LEVEL, 0, in_swap, FIND_MM_COUNTER, FINDING_NO_PFN, 0 },
};

START_TEST(each_is_named)
{
	const struct planted *p = &planted[_i];
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_process(fk);
	if (p->change)
		p->change(fk);
	else
		put_entry(fk, p->level, p->entry);
	r = fk_run(fk);
	ck_assert_msg(fk_count(r, p->id, &f) > 0, "%s: nothing", p->name);
	ck_assert_uint_eq(f->pfn, p->pfn);
	ck_assert_msg(f->severity != SEV_NOTE, "%s: %s", p->name, f->explained);
	ck_assert_uint_eq(f->field.has_expected && p->id == FIND_TABLE_ENTRY, p->right != 0);
	if (p->right)
		ck_assert_uint_eq(f->field.expected, p->right);
	if (p->id == FIND_TABLE_ENTRY) {
		ck_assert_uint_eq(finding_fact(f, FACT_PID)->num, 7);
		ck_assert_str_eq(finding_fact(f, FACT_COMM)->str, "proc");
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What a sound kernel has, too. */
static void special(struct fake_kernel *fk)
{
	put_entry(fk, 1, 1ULL << 40 | USER | 1ULL << 9);
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS, 0);
}

/* The page is to fault: the bits of its address are the other way round. */
static void prot_none(struct fake_kernel *fk)
{
	put_entry(fk, 1, (~(VICTIM << 12) & 0x000ffffffffff000ULL) | 0x100);
}

static void swapped(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_nr_swap_info, 24, 0);
	put_entry(fk, 1, ~(5ULL << 14 >> 5) & ~(31ULL << 59) & ~0x1ffULL);
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS, 0);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS + 16, 1);
}

/* A table that the process does not have any more, which waits for RCU in its own struct page. */
static void waits(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_page_rcu_head, 8, 16);
	fk_add_layout(fk, L_pte_free_now, 0xffffffff81001000, 0);
	put_entry(fk, 2, 0);
	put_entry(fk, 1, 0);
	fk_set_page_word(fk, VICTIM - 1, 16, 0xffffffff81001000);
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS, 0);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_TABLES, 2 * 4096);
}

/* A table that is kept for when a large entry is split; its struct page is alone on its list. */
static uint64_t kept_table(struct fake_kernel *fk)
{
	const uint64_t pfn = FK_ANON + 0x80;

	fk_unlink(fk, pfn);
	fk_set_flags(fk, pfn, fk_flags(fk, pfn) & ~(1ULL << 5));
	fk_set_mapcount(fk, pfn, 0xf2000000u);
	fk_set_page_word(fk, pfn, 8, fk_link(pfn));
	fk_set_page_word(fk, pfn, 16, fk_link(pfn));
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_TABLES, 4 * 4096);
	return fk_link(pfn) - 8;
}

static void kept_by_a_table(struct fake_kernel *fk)
{
	fk_set_page_word(fk, VICTIM - 2, 40, kept_table(fk));
}

/* Where there is such a member, that of a table is something else. */
static void kept_by_a_space(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_mm_pmd_huge_pte, 0x100, 8);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM + 0x100, kept_table(fk));
}

/*
 * The process is in execve(): the two pages of its arguments are counted to it, but are of the address
 * space that it will have. Its stack leads to the struct linux_binprm.
 */
#define STACK (FK_PROC + 0x1000)
#define BINPRM (STACK + 0x4000)
#define NEXT_MM (BINPRM + 0x100)
#define NEXT_VMA (BINPRM + 0x200)

static void executes(struct fake_kernel *fk)
{
	static const uint64_t rows[][2] = {
		{ L_linux_binprm_vma, 0 }, { L_linux_binprm_vma_pages, 8 }, { L_linux_binprm_mm, 16 },
		{ L_vma_vm_mm, 16 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fk_add_layout(fk, (enum layout_key)rows[i][0], rows[i][1], 8);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), STACK, 0x5000));
	fake_put64(fk_vmcore(fk), FK_PROC + FK_TASK_STACK, STACK);
	fake_put64(fk_vmcore(fk), STACK + 0x80, BINPRM);
	fake_put64(fk_vmcore(fk), BINPRM, NEXT_VMA);
	fake_put64(fk_vmcore(fk), BINPRM + 8, 2);
	fake_put64(fk_vmcore(fk), BINPRM + 16, NEXT_MM);
	fake_put64(fk_vmcore(fk), NEXT_VMA + 16, NEXT_MM);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS + 8, 2);
}

/* The address space of the fake process, which is in use, is that of no process. */
static void of_no_process(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_task_active_mm, FK_TASK_MM + 8, 8);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_TASK_MM, 0);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_TASK_MM + 8, FK_PROC + FK_MM);
}

static void set_poking_mm(struct fake_kernel *fk, enum layout_key name)
{
	fk_add_layout(fk, name, STACK, 0);
	ck_assert_ptr_nonnull(fake_vmcore_region(fk_vmcore(fk), STACK, 8));
	fake_put64(fk_vmcore(fk), STACK, FK_PROC + FK_MM);
}

/* The kernel writes into its own code: for a moment a page of that is in the address space for it. */
static void pokes(struct fake_kernel *fk, enum layout_key name)
{
	of_no_process(fk);
	set_poking_mm(fk, name);
	put_entry(fk, 1, VICTIM << 12 | 0x63 | 1ULL << 63);
	fk_set_mapcount(fk, VICTIM, UINT32_MAX);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS, 0);
}

static void pokes_by_old_name(struct fake_kernel *fk)
{
	pokes(fk, L_poking_mm);
}

static void pokes_by_new_name(struct fake_kernel *fk)
{
	pokes(fk, L_text_poke_mm);
}

static void (*const sound[])(struct fake_kernel *fk) = {
	special, prot_none, swapped, migrates, migrates_by_next_type, waits, executes,
	pokes_by_old_name, pokes_by_new_name, kept_by_a_table, kept_by_a_space,
};

START_TEST(what_is_sound)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_process(fk);
	sound[_i](fk);
	r = fk_run(fk);
	for (size_t i = 0; i < r->n; i++)
		ck_assert_msg(r->findings[i].severity == SEV_NOTE, "%s",
			      finding_type(r->findings[i].id)->slug);
	ck_assert_uint_eq(r->sum.tables.spaces, 1);
	ck_assert_uint_eq(r->sum.n_limits, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A pointer to it that was overwritten with another's hides nothing of that. */
START_TEST(poking_mm_of_a_process)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_process(fk);
	set_poking_mm(fk, L_text_poke_mm);
	put_entry(fk, 1, 1ULL << 40 | USER);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_TABLE_ENTRY, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A CPU in the kernel that has the page, an entry for it, or the mm_struct, may be changing it. */
START_TEST(a_cpu_has_it)
{
	static const uint64_t has[] = {
		FK_MEMMAP + VICTIM * FK_PAGE_SIZE_OF, VICTIM << 12 | 0x25,
		/* Not to be executed, and one that the kernel has as dirty */
		VICTIM << 12 | 0x8000000000000025, VICTIM << 12 | 0x8400000000000005,
		FK_MEMMAP + (VICTIM + 1) * FK_PAGE_SIZE_OF, 0, (VICTIM + 1) << 12 | 0x8000000000000025,
		/* An address of the kernel's in which an entry's bits are */
		0xffff800000000000 | VICTIM << 12 | 0x25,
	};
	bool explains = _i < 4;
	struct fake_kernel *fk = fk_create();
	struct cpu_regs *regs = fake_vmcore_add_cpu(fk_vmcore(fk));
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_process(fk);
	*regs = (struct cpu_regs){ .pc = 0xffffffff81000000, .sp = FK_SPARE, .n = 1,
				   .gpr = { has[_i] } };
	put_entry(fk, 1, 0);
	fake_put64(fk_vmcore(fk), FK_PROC + FK_MM_RSS, 0);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_MAPCOUNT_RECOUNT, &f), 1);
	ck_assert_int_eq(f->severity == SEV_NOTE, explains);
	ck_assert_int_eq(f->explained != NULL, explains);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What is off by another number than the arguments have, or is no struct linux_binprm, stays wrong. */
START_TEST(no_arguments)
{
	static const struct {
		uint64_t at, value;
	} rows[] = {
		{ BINPRM + 8, 3 }, { BINPRM + 16, FK_PROC + FK_MM }, { NEXT_VMA + 16, FK_PROC + FK_MM },
		{ BINPRM, 0x1234 }, { STACK + 0x80, BINPRM + 4 },
	};
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_process(fk);
	executes(fk);
	fake_put64(fk_vmcore(fk), rows[_i].at, rows[_i].value);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_MM_COUNTER, NULL), 1);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* What page_table_check counts of a page, as anonymous and as of a file. */
static const struct {
	uint64_t pfn;
	uint32_t anon, file;
	const char *counter;	/* that is named; NULL: none is */
	bool disabled;
} checked[] = {
	{ VICTIM, 1, 0, NULL, false },
	/* The entry forbids all access: it is not counted. */
	{ VICTIM, 0, 0, NULL, false },
	{ VICTIM, 2, 0, "page_table_check.anon_map_count", false },
	{ VICTIM, 0xffffffff, 0, "page_table_check.anon_map_count", false },
	{ VICTIM, 1, 1, "page_table_check.file_map_count", false },
	{ FK_ORDER10 + 3, 1, 0, "page_table_check.anon_map_count", false },
	{ FK_ORDER10 + 3, 0, 1, "page_table_check.file_map_count", false },
	{ FK_ORDER10 + 3, 1, 0, NULL, true },
};

START_TEST(the_kernel_checks_tables)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;

	fk_add_page_ext(fk);
	fk_add_layout(fk, L_table_check_ops_offset, FK_EXT_OFFSET, 8);
	fk_add_layout(fk, L_table_check_disabled, FK_TAG_ENABLED, 4);
	fk_add_layout(fk, L_table_check_anon, 0, 4);
	fk_add_layout(fk, L_table_check_file, 4, 4);
	fk_add_process(fk);
	/* Of an anon_vma */
	fk_set_mapping(fk, VICTIM, FK_SPARE | 1);
	fake_put32(fk_vmcore(fk), FK_TAG_ENABLED, checked[_i].disabled);
	fake_put32(fk_vmcore(fk), FK_EXT + checked[_i].pfn * 8, checked[_i].anon);
	fake_put32(fk_vmcore(fk), FK_EXT + checked[_i].pfn * 8 + 4, checked[_i].file);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_MAPCOUNT_RECOUNT, &f), checked[_i].counter != NULL);
	if (f) {
		ck_assert_uint_eq(f->pfn, checked[_i].pfn);
		ck_assert_str_eq(f->field.name, checked[_i].counter);
	}
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A table that is not in the dump: what it maps is not known to be lost. */
START_TEST(a_table_is_not_there)
{
	struct fake_kernel *fk = fk_create();
	struct fk_result *r;

	fk_add_process(fk);
	put_entry(fk, 2, (VICTIM - 1 + _i * 0x40) << 12 | USER);
	if (_i) {
		/* No page of the dump has its bytes. */
		fk_unlink(fk, VICTIM - 1 + 0x40);
		fk_set_flags(fk, VICTIM - 1 + 0x40, fk_flags(fk, VICTIM - 1));
		fk_set_mapcount(fk, VICTIM - 1 + 0x40, 0xf2000000u);
	}
	r = fk_run(fk);
	ck_assert_uint_eq(r->n, 0);
	ck_assert_uint_eq(r->sum.tables.unread, _i != 0);
	ck_assert_uint_eq(r->sum.n_limits, _i != 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tables");
	TCase *tc = tcase_create("tables");

	tcase_add_loop_test(tc, each_is_named, 0, (int)ARRAY_SIZE(planted));
	tcase_add_loop_test(tc, what_is_sound, 0, (int)ARRAY_SIZE(sound));
	tcase_add_test(tc, poking_mm_of_a_process);
	tcase_add_loop_test(tc, a_cpu_has_it, 0, 8);
	tcase_add_loop_test(tc, no_arguments, 0, 5);
	tcase_add_loop_test(tc, the_kernel_checks_tables, 0, (int)ARRAY_SIZE(checked));
	tcase_add_loop_test(tc, a_table_is_not_there, 0, 2);
	return unit_run_case(suite, tc);
}
