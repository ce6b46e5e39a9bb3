/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/target_int.h"
#include "fake_vmcore.h"
#include "model/complaints.h"
#include "model/crash_facts.h"
#include "model/dmesg.h"
#include "model/kernel.h"
#include "model/kernel_log.h"
#include "unit.h"

/* A ring of 2^COUNT_BITS records in 2^SIZE_BITS bytes; offsets are made up. */
#define COUNT_BITS 7
#define SIZE_BITS 13
#define COUNT (1u << COUNT_BITS)
#define SIZE (1u << SIZE_BITS)
#define VARS FAKE_DIRECT_MAP
#define RB (VARS + 0x100)
#define DESCS (FAKE_DIRECT_MAP + 0x10000)
#define INFOS (FAKE_DIRECT_MAP + 0x20000)
#define DATA (FAKE_DIRECT_MAP + 0x30000)
#define MEMMAP 0xffffea0000000000ULL
#define PAGE_STRUCT 64
#define FIRST_ID ((1ULL << 62) - COUNT - 1) /* as the kernel: it wraps soon */

enum {
	V_PRB = 0, V_TAINT = 8, V_POISONED = 16,
	RB_COUNT_BITS = 0, RB_DESCS = 8, RB_INFOS = 16, RB_HEAD = 24, RB_SIZE_BITS = 40,
	RB_DATA = 48,
	DESC_STATE = 0, DESC_BEGIN = 8, DESC_NEXT = 16, DESC_SIZE = 24,
	INFO_SEQ = 0, INFO_TS = 8, INFO_LEN = 16, INFO_FACILITY = 18, INFO_SIZE = 88,
};

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	struct section section;
	uint32_t index;
	uint64_t id, lpos, seq; /* of the next record */
	bool tight; /* a block may end with the data (7.2), or must wrap (6.1) */
	/* What dmesg_each() gave */
	size_t n;
	uint64_t first_seq, last_seq;
	char last[DMESG_TEXT_MAX + 1];
	struct dmesg_stats stats;
};

static void set_up(struct fixture *f)
{
	static const struct {
		enum layout_key key;
		uint64_t value, size;
	} rows[] = {
		{L_prb, VARS + V_PRB, 8},
		{L_prb_count_bits, RB_COUNT_BITS, 4},
		{L_prb_descs, RB_DESCS, 8},
		{L_prb_infos, RB_INFOS, 8},
		{L_prb_head_id, RB_HEAD, 8},
		{L_prb_size_bits, RB_SIZE_BITS, 4},
		{L_prb_data, RB_DATA, 8},
		{L_prb_desc, DESC_SIZE, 0},
		{L_prb_desc_state_var, DESC_STATE, 8},
		{L_prb_desc_begin, DESC_BEGIN, 8},
		{L_prb_desc_next, DESC_NEXT, 8},
		{L_printk_info, INFO_SIZE, 0},
		{L_printk_info_seq, INFO_SEQ, 8},
		{L_printk_info_ts_nsec, INFO_TS, 8},
		{L_printk_info_text_len, INFO_LEN, 2},
		{L_printk_info_facility, INFO_FACILITY, 1},
		{L_tainted_mask, VARS + V_TAINT, 8},
		{L_page, PAGE_STRUCT, 0},
	};
	struct pgc_err err = PGC_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		layout_set(f->lay, rows[i].key, rows[i].value, rows[i].size);
	f->k = (struct kernel){
		.lay = f->lay, .page_shift = 12, .memmap = MEMMAP,
		.struct_page = PAGE_STRUCT, .struct_page_shift = 6,
		.pages_per_section = 32768, .section_shift = 15,
		.sections = &f->section, .n_sections = 1,
		.section_index = &f->index, .n_section_nrs = 1,
	};
	f->index = 1;
	fake_vmcore_region(f->vc, VARS, 0x1000);
	fake_vmcore_region(f->vc, DESCS, COUNT * DESC_SIZE);
	fake_vmcore_region(f->vc, INFOS, COUNT * INFO_SIZE);
	fake_vmcore_region(f->vc, DATA, SIZE);
	fake_put64(f->vc, VARS + V_PRB, RB);
	fake_put32(f->vc, RB + RB_COUNT_BITS, COUNT_BITS);
	fake_put64(f->vc, RB + RB_DESCS, DESCS);
	fake_put64(f->vc, RB + RB_INFOS, INFOS);
	fake_put64(f->vc, RB + RB_HEAD, FIRST_ID);
	fake_put32(f->vc, RB + RB_SIZE_BITS, SIZE_BITS);
	fake_put64(f->vc, RB + RB_DATA, DATA);
	f->id = FIRST_ID + 1;
	f->lpos = 0 - (uint64_t)SIZE;
}

static void tear_down(struct fixture *f)
{
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

static uint64_t desc_at(uint64_t id)
{
	return DESCS + (id & (COUNT - 1)) * DESC_SIZE;
}

static uint64_t info_at(uint64_t id)
{
	return INFOS + (id & (COUNT - 1)) * INFO_SIZE;
}

/* Make the records whose text the next block overwrites reusable, as the kernel does. */
static void push_tail(struct fixture *f, uint64_t end)
{
	for (uint64_t i = 0; i < COUNT; i++) {
		uint64_t d = DESCS + i * DESC_SIZE;
		uint64_t begin = target_u64(fake_vmcore_at(f->vc, d + DESC_BEGIN));

		if (begin & 1 || target_u64(fake_vmcore_at(f->vc, d)) >> 62 != 2)
			continue;
		if (end - begin > SIZE)
			fake_put64(f->vc, d,
				   3ULL << 62 |
					   (target_u64(fake_vmcore_at(f->vc, d)) << 2 >> 2));
	}
}

/* What printk() does. Returns the record's id. */
static uint64_t put_from(struct fixture *f, const char *text, uint8_t facility)
{
	uint64_t id = f->id & ((1ULL << 62) - 1), len = strlen(text), begin = f->lpos,
		 next, at;

	next = begin + 8 + ((len + 7) & ~7ULL);
	at = begin & (SIZE - 1);
	if (begin >> SIZE_BITS != (next - 1) >> SIZE_BITS) {
		next = (begin & ~(SIZE - 1ULL)) + SIZE + (next - begin);
		at = 0;
	} else if (!(next & (SIZE - 1)) && !f->tight) {
		next += next - begin;
		at = 0;
	}
	push_tail(f, next);
	fake_put64(f->vc, DATA + at, id);
	memcpy(fake_vmcore_at(f->vc, DATA + at + 8), text, len);
	fake_put64(f->vc, desc_at(id) + DESC_STATE, 2ULL << 62 | id);
	fake_put64(f->vc, desc_at(id) + DESC_BEGIN, begin);
	fake_put64(f->vc, desc_at(id) + DESC_NEXT, next);
	fake_put64(f->vc, info_at(id) + INFO_SEQ, f->seq++);
	fake_put64(f->vc, info_at(id) + INFO_TS, f->seq * 1000);
	fake_put16(f->vc, info_at(id) + INFO_LEN, (uint16_t)len);
	*fake_vmcore_at(f->vc, info_at(id) + INFO_FACILITY) = facility;
	fake_put64(f->vc, RB + RB_HEAD, id);
	f->id++;
	f->lpos = next;
	return id;
}

static uint64_t put(struct fixture *f, const char *text)
{
	return put_from(f, text, 0);
}

static void take(void *arg, const struct dmesg_record *rec)
{
	struct fixture *f = arg;

	if (!f->n++)
		f->first_seq = rec->seq;
	else
		ck_assert_uint_eq(rec->seq, f->last_seq + 1);
	f->last_seq = rec->seq;
	ck_assert_uint_eq(strlen(rec->text), rec->len);
	strcpy(f->last, rec->text);
}

static void read_dmesg(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;

	f->n = 0;
	ck_assert_ok(dmesg_each(kernel_reader_of(&f->k, f->vc), take, f, &f->stats, &err),
		     &err);
	ck_assert_uint_eq(f->stats.records, f->n);
}

static struct kernel_log *open_log(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct kernel_log *log;

	ck_assert_ok(kernel_log_create(kernel_reader_of(&f->k, f->vc), &log, &err), &err);
	return log;
}

START_TEST(records_come_oldest_first)
{
	struct fixture f;
	char text[64];

	set_up(&f);
	f.tight = _i;
	read_dmesg(&f);
	ck_assert_uint_eq(f.n, 0);
	/* Over many turns of both rings, with texts of all lengths */
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%04u%.*s", i, (int)(i * 7 % 40),
			 "the quick brown fox jumps over the lazy dog");
		put(&f, text);
		read_dmesg(&f);
		ck_assert_str_eq(f.last, text);
		ck_assert_uint_eq(f.last_seq, i);
		ck_assert_uint_eq(f.stats.lost, 0);
		ck_assert_uint_ge(f.n, i < 100 ? i + 1 : 100);
	}
	ck_assert_str_eq(f.stats.note, "");
	tear_down(&f);
}
END_TEST

START_TEST(text_is_made_printable)
{
	struct fixture f;

	set_up(&f);
	put(&f, "a\x1b[31mb\r\n\tc\x7f\xc3\xa4");
	read_dmesg(&f);
	ck_assert_str_eq(f.last, "a?[31mb?\n\tc???");
	tear_down(&f);
}
END_TEST

START_TEST(records_without_text)
{
	struct fixture f;
	uint64_t id;

	set_up(&f);
	id = put(&f, "was here");
	fake_put64(f.vc, desc_at(id) + DESC_BEGIN, 3);
	fake_put64(f.vc, desc_at(id) + DESC_NEXT, 3);
	read_dmesg(&f);
	ck_assert_uint_eq(f.n, 1);
	ck_assert_str_eq(f.last, "");
	tear_down(&f);
}
END_TEST

START_TEST(a_record_half_written_is_none)
{
	static const uint64_t states[] = { 0, 1, 3 }; /* reserved, committed, reusable */
	struct fixture f;
	uint64_t id;

	set_up(&f);
	put(&f, "one");
	id = put(&f, "two");
	fake_put64(f.vc, desc_at(id), states[_i] << 62 | id);
	read_dmesg(&f);
	ck_assert_str_eq(f.last, states[_i] == 1 ? "two" : "one");
	tear_down(&f);
}
END_TEST

/* One damaged word: the other records stay, the damaged one is lost or cut. */
START_TEST(a_damaged_record_is_lost_alone)
{
	static const struct {
		uint64_t begin, next; /* added */
		uint64_t id;
		uint16_t len;
		bool lost;
	} rows[] = {
		{1, 0, 0, 3, true},          {0, 4, 0, 3, true},
		{0, 1ULL << 40, 0, 3, true}, {SIZE, 0, 0, 3, true},
		{0, SIZE, 0, 3, true},       {0, 0 - 16ULL, 0, 3, true},
		{0, 0, 1, 3, true},          {0, 0, 0, UINT16_MAX, false},
	};
	struct fixture f;
	uint64_t id, d;

	set_up(&f);
	put(&f, "one");
	id = put(&f, "two");
	d = desc_at(id);
	fake_put64(f.vc, d + DESC_BEGIN,
		   target_u64(fake_vmcore_at(f.vc, d + DESC_BEGIN)) + rows[_i].begin);
	fake_put64(f.vc, d + DESC_NEXT,
		   target_u64(fake_vmcore_at(f.vc, d + DESC_NEXT)) + rows[_i].next);
	fake_put64(f.vc, d, target_u64(fake_vmcore_at(f.vc, d)) - rows[_i].id * COUNT);
	fake_put16(f.vc, info_at(id) + INFO_LEN, rows[_i].len);
	if (!rows[_i].lost)
		put(&f, "three");
	read_dmesg(&f);
	ck_assert_uint_eq(f.stats.lost, rows[_i].lost);
	ck_assert_uint_eq(f.n, rows[_i].lost ? 1 : 3);
	ck_assert_int_eq(f.stats.note[0] != 0, rows[_i].lost);
	tear_down(&f);
}
END_TEST

START_TEST(a_damaged_ring_is_no_log)
{
	static const struct {
		uint64_t at, value;
	} rows[] = {
		{RB + RB_COUNT_BITS, 0}, {RB + RB_COUNT_BITS, 40},
		{RB + RB_SIZE_BITS, 64}, {RB + RB_SIZE_BITS, UINT32_MAX},
		{VARS + V_PRB, 0},       {VARS + V_PRB, 0xdead000000000100ULL},
		{RB + RB_DESCS, 0x1234}, {RB + RB_INFOS, UINT64_MAX},
		{RB + RB_DATA, 0},
	};
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put(&f, "BUG: Bad page state in process a  pfn:00010");
	fake_put64(f.vc, rows[_i].at, rows[_i].value);
	log = open_log(&f);
	ck_assert_uint_eq(kernel_log_lines(log), 0);
	ck_assert_str_ne(kernel_log_note(log), "");
	ck_assert_ptr_null(kernel_log_about(log, 0, UINT64_MAX));
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(a_damaged_head_loses_only_the_order)
{
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put(&f, "BUG: Bad page state in process a  pfn:00010");
	put(&f, "BUG: Bad page state in process a  pfn:00011");
	fake_put64(f.vc, RB + RB_HEAD, 0x123456789);
	log = open_log(&f);
	ck_assert_uint_eq(kernel_log_lines(log), 2);
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(gaps_lose_what_they_hold)
{
	static const uint64_t gaps[] = { DESCS, INFOS, INFOS + 0x1000, DATA };
	struct fixture f;

	set_up(&f);
	for (int i = 0; i < 100; i++)
		put(&f, "some text of a record");
	fake_vmcore_gap(f.vc, gaps[_i], PGC_EXCLUDED);
	read_dmesg(&f);
	ck_assert_uint_gt(f.stats.lost, 0);
	ck_assert_str_ne(f.stats.note, "");
	tear_down(&f);
}
END_TEST

/* Texts as 6.1, 6.12 and 7.2 print them */
static const struct {
	const char *text;
	int kind; /* -1: not kept */
	size_t n;
	uint64_t pfns[LOG_LINE_PFNS];
} lines[] = {
	{ "page_consistency: DOUBLE-ALLOC detected: PFN 4660",
	  LOG_DOUBLE_ALLOC, 1, { 4660 } },
	{ "Kernel panic - not syncing: page_consistency: DOUBLE-FREE detected: PFN 12",
	  LOG_DOUBLE_FREE, 1, { 12 } },
	{ "page_consistency: bitmap corruption at PFN 77 before free",
	  LOG_BITMAP_CORRUPTION, 1, { 77 } },
	{ "page_consistency: Validation found 3 inconsistent words",
	  LOG_VALIDATION, 0, { 0 } },
	{ "page_consistency: no memory to track, feature disabled",
	  LOG_CHECKER_DISABLED, 0, { 0 } },
	{ "page_consistency: tracking PFNs 1-131040, two bitmaps of 16384 bytes",
	  -1, 0, { 0 } },
	{ "BUG: Bad page state in process sh  pfn:00810",
	  LOG_BAD_PAGE_STATE, 1, { 0x810 } },
	{ "BUG: Bad page state in process pfn:00001  pfn:00810",
	  LOG_BAD_PAGE_STATE, 1, { 0x810 } },
	{ "BUG: Bad page state: 12 messages suppressed", LOG_BAD_PAGE_STATE, 0, { 0 } },
	{ "BUG: Bad page map in process sh  pte:800000012345f067 pmd:0a0b0c067",
	  LOG_BAD_PAGE_MAP, 0, { 0 } },
	{ "BUG: Bad page cache in process sh  pfn:1f00d",
	  LOG_BAD_PAGE_CACHE, 1, { 0x1f00d } },
	{ "list_del corruption. next->prev should be ffffea0000020408, but was "
	  "ffffea0000020448. (next=ffffea0000020488)",
	  LOG_LIST_CORRUPTION, 3, { 0x810, 0x811, 0x812 } },
	{ "list_del corruption, ffffea0000020408->next is LIST_POISON1 "
	  "(dead000000000100)", LOG_LIST_CORRUPTION, 1, { 0x810 } },
	{ "list_add corruption. prev->next should be next (ffff888012345678), but "
	  "was 0000000000000000. (prev=ffffea0000020408).",
	  LOG_LIST_CORRUPTION, 1, { 0x810 } },
	{ "list_add double add: new=ffffea0000020408, prev=ffffea0000020408, "
	  "next=ffff88801ffdbd40.", LOG_LIST_CORRUPTION, 1, { 0x810 } },
	{ "pagealloc: memory corruption", LOG_PAGE_POISON, 0, { 0 } },
	{ "pagealloc: single bit error", LOG_PAGE_POISON, 0, { 0 } },
	{ "kernel BUG at mm/page_alloc.c:1234!", LOG_MM_BUG, 0, { 0 } },
	{ "kernel BUG at fs/ext4/inode.c:1!", -1, 0, { 0 } },
	{ "BUG: KASAN: use-after-free in foo+0x1/0x2", LOG_KASAN, 0, { 0 } },
	{ "BUG: KFENCE: out-of-bounds read in foo+0x1/0x2", LOG_KFENCE, 0, { 0 } },
	{ "page:00000000c7f6e5d4 refcount:-1 mapcount:0 mapping:0000000000000000 "
	  "index:0x0 pfn:0x1234", LOG_PAGE_DUMP, 1, { 0x1234 } },
	{ "page: refcount:0 mapcount:-128 mapping:0000000000000000 index:0x1 "
	  "pfn:0x810", LOG_PAGE_DUMP, 1, { 0x810 } },
	{ "Memory failure: 0x1234: recovery action for dirty LRU page: Recovered",
	  LOG_MEMORY_FAILURE, 1, { 0x1234 } },
	{ "Memory failure: 0x1234: Sending SIGBUS to a0x99:1 due to hardware memory "
	  "corruption", LOG_MEMORY_FAILURE, 1, { 0x1234 } },
	{ "Injecting memory failure for pfn 0x1234 at process virtual address "
	  "0x7f0000000000", LOG_MEMORY_FAILURE, 1, { 0x1234 } },
	{ "Soft offline: 0x1234: page already poisoned",
	  LOG_MEMORY_FAILURE, 1, { 0x1234 } },
	{ "Unpoison: Software-unpoisoned page 0x1234",
	  LOG_MEMORY_FAILURE, 1, { 0x1234 } },
	{ "mce: [Hardware Error]: TSC 12ab ADDR 1234567 MISC 8c ",
	  LOG_HARDWARE_ERROR, 1, { 0x1234 } },
	{ "mce: [Hardware Error]: Machine check events logged",
	  LOG_HARDWARE_ERROR, 0, { 0 } },
	{ "Kernel panic - not syncing: Fatal machine check on current CPU",
	  LOG_HARDWARE_ERROR, 0, { 0 } },
	{ "Kernel panic - not syncing: Fatal local machine check",
	  LOG_HARDWARE_ERROR, 0, { 0 } },
	{ "{1}[Hardware Error]:   physical_address: 0x0000000001234000",
	  LOG_HARDWARE_ERROR, 1, { 0x1234 } },
	{ "mce: Uncorrected hardware memory error in user-access at 1234000",
	  LOG_HARDWARE_ERROR, 1, { 0x1234 } },
	{ "EDAC MC0: 1 CE memory read error on CPU_SrcID#0 (channel:1 slot:0 "
	  "page:0x1234 offset:0x40 grain:32)", LOG_EDAC, 1, { 0x1234 } },
	{ "EDAC MC: Ver: 3.0.0", -1, 0, { 0 } },
	{ "BUG: Bad page state in process sh  pfn:", LOG_BAD_PAGE_STATE, 0, { 0 } },
	{ "BUG: Bad page state in process sh  pfn:ffffffffffffffffff",
	  LOG_BAD_PAGE_STATE, 0, { 0 } },
	{ "BUG: Bad page state in process sh  pfn:ffffffffffffffff",
	  LOG_BAD_PAGE_STATE, 0, { 0 } },
	{ "init: BUG: Bad page state in process sh  pfn:00810", -1, 0, { 0 } },
	{ "", -1, 0, { 0 } },
};

START_TEST(lines_and_their_pages)
{
	const struct log_line *l;
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put(&f, lines[_i].text);
	log = open_log(&f);
	ck_assert_uint_eq(kernel_log_lines(log), lines[_i].kind >= 0);
	if (lines[_i].kind >= 0) {
		l = kernel_log_line(log, 0);
		ck_assert_int_eq((int)l->kind, lines[_i].kind);
		ck_assert_str_eq(l->text, lines[_i].text);
		ck_assert_uint_eq(l->n_pfns, lines[_i].n);
		for (size_t i = 0; i < l->n_pfns; i++) {
			ck_assert_uint_eq(l->pfns[i], lines[_i].pfns[i]);
			ck_assert_ptr_eq(kernel_log_about(log, l->pfns[i], 1), l);
		}
		ck_assert_uint_eq(kernel_log_seen(log, l->kind), 1);
	}
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(lines_of_one_record_are_apart)
{
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put(&f, "first\n\nBUG: Bad page state in process a  pfn:00010\n"
		"page: refcount:1 mapcount:0 pfn:0x11\nlast");
	log = open_log(&f);
	ck_assert_uint_eq(kernel_log_lines(log), 2);
	ck_assert_int_eq(kernel_log_line(log, 1)->kind, LOG_PAGE_DUMP);
	ck_assert_ptr_null(kernel_log_line(log, 2));
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(what_users_write_is_no_evidence)
{
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put_from(&f, "BUG: Bad page state in process a  pfn:00010", 1);
	log = open_log(&f);
	ck_assert_uint_eq(kernel_log_lines(log), 0);
	ck_assert_uint_eq(kernel_log_records(log), 1);
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(the_first_line_about_a_page)
{
	struct kernel_log *log;
	struct fixture f;

	set_up(&f);
	put(&f, "page_consistency: DOUBLE-FREE detected: PFN 48");
	put(&f, "BUG: Bad page state in process a  pfn:00010");
	put(&f, "page: refcount:1 mapcount:0 pfn:0x10");
	put(&f, "BUG: Bad page state in process a  pfn:00020");
	log = open_log(&f);
	ck_assert_int_eq(kernel_log_about(log, 0x10, 1)->kind, LOG_BAD_PAGE_STATE);
	ck_assert_int_eq(kernel_log_about(log, 0x10, 0x21)->kind, LOG_DOUBLE_FREE);
	ck_assert_uint_eq(kernel_log_about(log, 0x11, 0x1f)->pfns[0], 0x20);
	ck_assert_ptr_null(kernel_log_about(log, 0x11, 0xf));
	ck_assert_ptr_null(kernel_log_about(log, 0x31, UINT64_MAX));
	ck_assert_ptr_null(kernel_log_about(log, 0x10, 0));
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(taint)
{
	struct kernel_log *log;
	struct fixture f;
	uint64_t mask;

	set_up(&f);
	fake_put64(f.vc, VARS + V_TAINT, 1 << TAINT_BAD_PAGE);
	log = open_log(&f);
	ck_assert(kernel_log_taint(log, &mask));
	ck_assert_uint_eq(mask, 1 << TAINT_BAD_PAGE);
	ck_assert(kernel_log_tainted(log, TAINT_BAD_PAGE));
	ck_assert(!kernel_log_tainted(log, 0));
	ck_assert(!kernel_log_tainted(log, 64));
	kernel_log_destroy(log);
	tear_down(&f);
}
END_TEST

START_TEST(kinds_have_names)
{
	for (unsigned int kind = 0; kind < LOG_KINDS; kind++)
		ck_assert_ptr_nonnull(log_kind_name((enum log_kind)kind));
	ck_assert_str_eq(log_kind_name(LOG_KINDS), "?");
}
END_TEST

#define UTS FAKE_DIRECT_MAP + 0x40000

/* struct new_utsname @at bytes behind init_uts_ns. */
static void put_names(struct fixture *f, unsigned int at, const char *host)
{
	char *names = (char *)fake_vmcore_region(f->vc, UTS, 0x1000) + at;

	fake_vmcore_info_line(f->vc, "SYMBOL(init_uts_ns)", "ffff888000040000");
	strcpy(names, "Linux");
	memcpy(names + 65, host, strlen(host));
	strcpy(names + 130, "6.1.0");
}

static struct crash_facts read_crash(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct crash_facts c;

	ck_assert_ok(crash_facts_read(kernel_reader_of(&f->k, f->vc), &c, &err), &err);
	return c;
}

START_TEST(a_crash_has_time_and_reason)
{
	struct crash_facts c;
	struct fixture f;

	set_up(&f);
	fake_vmcore_info_line(f.vc, "CRASHTIME", "1764444414");
	fake_put64(f.vc, VARS + V_TAINT, 0x80);
	put_names(&f, 0, "web12.example.com");
	put(&f, "BUG: unable to handle page fault for address: 00005");
	put(&f, "Kernel panic - not syncing: Fatal exception");
	put(&f, "Rebooting in 30 seconds..");
	c = read_crash(&f);
	ck_assert(c.has_time && c.has_taint && c.has_uptime);
	ck_assert_uint_eq(c.time, 1764444414);
	ck_assert_uint_eq(c.taint, 0x80);
	ck_assert_str_eq(c.hostname, "web12.example.com");
	ck_assert_str_eq(c.panic, "Fatal exception");
	tear_down(&f);
}
END_TEST

/* A fault that the kernel survived is not why an administrator took a dump. */
START_TEST(only_a_crash_has_a_fault_for_its_reason)
{
	struct crash_facts c;
	struct fixture f;

	set_up(&f);
	put(&f, "BUG: unable to handle page fault for address: 00005");
	put(&f, "Oops: 0002 [#1] SMP");
	ck_assert_str_eq(read_crash(&f).panic, "");
	fake_vmcore_info_line(f.vc, "CRASHTIME", "1764444414");
	put_from(&f, "Kernel panic - not syncing: says a user", 1);
	c = read_crash(&f);
	ck_assert_str_eq(c.panic, "BUG: unable to handle page fault for address: 00005");
	put(&f, "general protection fault, probably for non-canonical address");
	ck_assert_str_eq(read_crash(&f).panic,
			 "general protection fault, probably for non-canonical address");
	tear_down(&f);
}
END_TEST

START_TEST(what_a_dump_says_of_its_crash_is_bounded)
{
	static char longest[1001] = "Kernel panic - not syncing: ";
	char host[66];
	struct crash_facts c;
	struct fixture f;

	set_up(&f);
	memset(longest + 28, 'x', 972);
	memset(host, 'h', 64);
	host[64] = '\0';
	host[3] = '\033';
	put_names(&f, 4, host);
	fake_vmcore_info_line(f.vc, "CRASHTIME", "-5");
	put(&f, longest);
	c = read_crash(&f);
	ck_assert(!c.has_time);
	ck_assert_uint_eq(strlen(c.panic), CRASH_PANIC_LEN - 1);
	ck_assert_uint_eq(strlen(c.hostname), 64);
	ck_assert_int_eq(c.hostname[3], '?');
	tear_down(&f);
	/* One without an end is none: makedumpfile erased it. */
	set_up(&f);
	memset(host, 'X', 65);
	host[65] = '\0';
	put_names(&f, 4, host);
	c = read_crash(&f);
	ck_assert_str_eq(c.hostname, "");
	tear_down(&f);
}
END_TEST

/* Of the machine: who made it, and whether anybody watches its memory. */
START_TEST(the_machine)
{
	struct crash_machine m;
	struct fixture f;

	set_up(&f);
	m = read_crash(&f).machine;
	ck_assert(!m.board[0] && !m.slots[0] && !m.microcode[0] && !m.hypervisor[0] && !m.edac);
	put(&f, "DMI: SMBIOS 2.8 present.");
	put(&f, "DMI: not present or invalid.");
	ck_assert(!read_crash(&f).machine.board[0]);
	put(&f, "DMI: QEMU Standard PC, BIOS 1.16.2 04/01/2014");
	put(&f, "DMI: Memory slots populated: 1/2");
	put(&f, "Hypervisor detected: KVM");
	put(&f, "microcode: Current revision: 0x0000002f");
	put(&f, "EDAC MC: Ver: 3.0.0");
	put_from(&f, "EDAC MC0: Giving out device to module, says a user", 1);
	m = read_crash(&f).machine;
	ck_assert_str_eq(m.board, "QEMU Standard PC, BIOS 1.16.2 04/01/2014");
	ck_assert_str_eq(m.slots, "1/2");
	ck_assert_str_eq(m.hypervisor, "KVM");
	ck_assert_str_eq(m.microcode, "0x0000002f");
	ck_assert(!m.edac);
	put(&f, "EDAC MC0: Giving out device to module skx_edac controller Skylake Socket#0");
	ck_assert(read_crash(&f).machine.edac);
	tear_down(&f);
}
END_TEST

START_TEST(a_host_without_a_name_has_none)
{
	struct fixture f;

	set_up(&f);
	ck_assert_str_eq(read_crash(&f).hostname, "");
	put_names(&f, 0, "(none)");
	ck_assert_str_eq(read_crash(&f).hostname, "");
	tear_down(&f);
}
END_TEST

static struct complaints complaints_of(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct hardware hw = { 0 };
	struct complaints c;

	ck_assert_ok(complaints_read(kernel_reader_of(&f->k, f->vc), &hw, &c, &err), &err);
	return c;
}

/* Who is to blame, by what was said; what says nothing of it is not counted. */
START_TEST(complaints_by_who_is_to_blame)
{
	static const struct {
		const char *text;
		int complaint;
	} rows[] = {
		{ "mce: [Hardware Error]: TSC 12ab ADDR 1234567 MISC 8c ", COMPLAINT_MEMORY },
		{ "EDAC MC0: 1 CE memory read error (channel:1 page:0x1234)", COMPLAINT_MEMORY },
		{ "mce: [Hardware Error]: Machine check events logged", COMPLAINT_MACHINE },
		{ "pagealloc: single bit error", COMPLAINT_FREE_BIT },
		{ "pagealloc: memory corruption", -1 },
		{ "BUG: KASAN: use-after-free in f+0x10/0x20", COMPLAINT_SANITIZER },
		{ "page_consistency: DOUBLE-FREE detected: PFN 12", COMPLAINT_TWICE },
		{ "page_consistency: bitmap corruption at PFN 77 before free", COMPLAINT_MAPS },
		{ "BUG: Bad page state in process sh  pfn:00810", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct complaints c;
		struct fixture f;

		set_up(&f);
		put(&f, rows[i].text);
		put(&f, rows[i].text);
		c = complaints_of(&f);
		for (int j = 0; j < COMPLAINTS; j++) {
			ck_assert_uint_eq(c.times[j], j == rows[i].complaint ? 2 : 0);
			ck_assert_str_eq(c.first[j], j == rows[i].complaint ? rows[i].text : "");
		}
		tear_down(&f);
	}
}
END_TEST

START_TEST(complaints_without_a_line)
{
	struct fixture f;

	set_up(&f);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_MACHINE], 0);
	fake_put64(f.vc, VARS + V_TAINT, 1 << 4);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_MACHINE], 1);
	layout_set(f.lay, L_num_poisoned_pages, VARS + V_POISONED, 8);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_POISONED], 0);
	fake_put64(f.vc, VARS + V_POISONED, 3);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_POISONED], 3);
	/* The page of zeros; many bits are somebody's data. */
	layout_set(f.lay, L_empty_zero_page, FAKE_DIRECT_MAP + 0x50000, 0);
	ck_assert_ptr_nonnull(fake_vmcore_region(f.vc, FAKE_DIRECT_MAP + 0x50000, 0x1000));
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_ZERO_BIT], 0);
	fake_put64(f.vc, FAKE_DIRECT_MAP + 0x50ff8, 1ULL << 40);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_ZERO_BIT], 1);
	fake_put64(f.vc, FAKE_DIRECT_MAP + 0x50ff0, 0x1234);
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_ZERO_BIT], 0);
	/* By order of a test, or of anyone who may call madvise(). */
	put(&f, "Injecting memory failure for pfn 0x1234 at process virtual address 0x7f00");
	ck_assert_uint_eq(complaints_of(&f).times[COMPLAINT_POISONED], 0);
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel_log");
	TCase *tc = tcase_create("kernel_log");

	tcase_add_loop_test(tc, records_come_oldest_first, 0, 2);
	tcase_add_test(tc, text_is_made_printable);
	tcase_add_test(tc, records_without_text);
	tcase_add_loop_test(tc, a_record_half_written_is_none, 0, 3);
	tcase_add_loop_test(tc, a_damaged_record_is_lost_alone, 0, 8);
	tcase_add_loop_test(tc, a_damaged_ring_is_no_log, 0, 9);
	tcase_add_test(tc, a_damaged_head_loses_only_the_order);
	tcase_add_loop_test(tc, gaps_lose_what_they_hold, 0, 4);
	tcase_add_loop_test(tc, lines_and_their_pages, 0, (int)ARRAY_SIZE(lines));
	tcase_add_test(tc, lines_of_one_record_are_apart);
	tcase_add_test(tc, what_users_write_is_no_evidence);
	tcase_add_test(tc, the_first_line_about_a_page);
	tcase_add_test(tc, taint);
	tcase_add_test(tc, a_crash_has_time_and_reason);
	tcase_add_test(tc, only_a_crash_has_a_fault_for_its_reason);
	tcase_add_test(tc, what_a_dump_says_of_its_crash_is_bounded);
	tcase_add_test(tc, a_host_without_a_name_has_none);
	tcase_add_test(tc, the_machine);
	tcase_add_test(tc, complaints_by_who_is_to_blame);
	tcase_add_test(tc, complaints_without_a_line);
	tcase_add_test(tc, kinds_have_names);
	return unit_run_case(suite, tc);
}
