/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_notes.h"
#include "dump/dump_xlat.h"
#include "fake_vmcore.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cpu_regs.h"
#include "base/target_int.h"

#define PAGE 4096ULL
#define MAX_REGIONS 16
#define MAX_GAPS 64
#define MAX_LINES 16
#define MAX_CPUS 4

struct vmcore {
	struct vmcore_info info;
	bool tagged;
	struct {
		uint64_t kaddr;
		size_t len;
		uint8_t *bytes;
	} regions[MAX_REGIONS];
	size_t n_regions;
	struct {
		uint64_t page;
		enum pgc_status why;
	} gaps[MAX_GAPS];
	size_t n_gaps;
	uint64_t no_table;	/* a page whose page table is missing; 0: none */
	struct {
		const char *key, *value;
	} lines[MAX_LINES];
	size_t n_lines;
	struct cpu_regs cpus[MAX_CPUS];
	unsigned int n_cpus;
	bool borrowed;		/* a dup: the regions are another's */
	struct dump_xlat *xlat;	/* NULL: all that there is is mapped, without tables */
	struct dump_notes notes; /* what it takes */
	uint64_t memory_end;
};

/* Tables lie in pages of their own, one after the other; large pages have 2 MiB. */
#define TABLES (FAKE_DIRECT_MAP + FAKE_MEMORY - (1 << 20))
#define TABLE_BITS 9
#define LARGE (1ULL << 21)
#define OF_TABLE 0x67ULL
#define OF_PAGE 0x8000000000000163ULL
#define OF_LARGE 0x80000000000001e3ULL

struct vmcore *fake_vmcore_create(void)
{
	struct vmcore *vc = calloc(1, sizeof(*vc));

	if (!vc)
		abort();
	vc->info = (struct vmcore_info){
		.path = "fake", .format = "fake", .arch = &arch_x86_64, .page_size = 4096,
		.page_shift = 12, .has_vmcoreinfo = true,
	};
	return vc;
}

void vmcore_close(struct vmcore *vc)
{
	if (!vc)
		return;
	for (size_t i = 0; i < vc->n_regions && !vc->borrowed; i++)
		free(vc->regions[i].bytes);
	dump_xlat_destroy(vc->xlat);
	if (!vc->borrowed)
		dump_notes_deinit(&vc->notes);
	free(vc);
}

enum pgc_status vmcore_read_phys(struct vmcore *vc, uint64_t paddr, void *buf, size_t len,
				 size_t *done, struct pgc_err *err)
{
	(void)err;
	for (*done = 0; *done < len;) {
		uint64_t at = paddr + FAKE_DIRECT_MAP + *done, n = PAGE - at % PAGE;
		const uint8_t *from = fake_vmcore_at(vc, at);

		if (n > len - *done)
			n = len - *done;
		if (!from || !fake_vmcore_at(vc, at + n - 1))
			return PGC_ABSENT;
		memcpy((uint8_t *)buf + *done, from, n);
		*done += n;
	}
	return PGC_OK;
}

static enum pgc_status read_table(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				  struct pgc_err *err)
{
	return vmcore_read_phys(arg, paddr, buf, len, done, err);
}

static void open_tables(struct vmcore *vc)
{
	if (dump_xlat_create(&arch_x86_64, &vc->notes, read_table, vc, &vc->xlat, NULL) != PGC_OK)
		abort();
}

/* The entry of @kaddr in the table @table levels up; tables are made on the way. */
static void map(struct vmcore *vc, uint64_t kaddr, unsigned int leaf, uint64_t *used)
{
	uint64_t table = TABLES, entry;

	for (unsigned int level = 4;; level--) {
		unsigned int shift = 12 + TABLE_BITS * (level - 1);
		uint8_t *at = fake_vmcore_at(vc, table + (kaddr >> shift & 511) * 8);

		if (!at)
			abort();
		entry = target_u64(at);
		if (level == leaf) {
			entry = htole64(((kaddr >> shift << shift) - FAKE_DIRECT_MAP) |
					(leaf > 1 ? OF_LARGE : OF_PAGE));
			memcpy(at, &entry, 8);
			return;
		}
		if (!entry) {
			*used += PAGE;
			entry = TABLES + *used - FAKE_DIRECT_MAP + OF_TABLE;
			memcpy(at, &(uint64_t){ htole64(entry) }, 8);
		}
		table = (entry & ~(PAGE - 1)) + FAKE_DIRECT_MAP;
	}
}

void fake_vmcore_tables(struct vmcore *vc)
{
	size_t n = vc->n_regions;
	uint64_t used = 0;
	char lines[128];
	int len;

	fake_vmcore_region(vc, TABLES, 1 << 20);
	for (uint64_t at = 0; at < FAKE_MEMORY; at += PAGE)
		map(vc, FAKE_DIRECT_MAP + at, 1, &used);
	for (size_t i = 0; i < n; i++) {
		uint64_t at = vc->regions[i].kaddr, end = at + vc->regions[i].len;

		if (at - FAKE_DIRECT_MAP < FAKE_MEMORY)
			continue;
		for (; at < end; at += at % LARGE ? PAGE : LARGE)
			map(vc, at, at % LARGE ? 1 : 2, &used);
	}
	vc->memory_end = FAKE_MEMORY;
	len = snprintf(lines, sizeof(lines),
		       "SYMBOL(init_top_pgt)=%" PRIx64 "\nNUMBER(phys_base)=0\n",
		       (uint64_t)(arch_x86_64.image + (TABLES - FAKE_DIRECT_MAP)));
	if (dump_notes_set_vmcoreinfo(&vc->notes, lines, (size_t)len, NULL) != PGC_OK)
		abort();
	open_tables(vc);
}

const struct arch_paging *vmcore_paging(const struct vmcore *vc)
{
	return vc->xlat ? dump_xlat_paging(vc->xlat) : NULL;
}

enum pgc_status vmcore_table_path(struct vmcore *vc, uint64_t kaddr, const struct table_mend *trial,
				  struct table_path *ret)
{
	ret->n = 0;
	return vc->xlat ? dump_xlat_path(vc->xlat, kaddr, trial, ret, NULL) : PGC_ENOENT;
}

bool vmcore_mend_table(struct vmcore *vc, const struct table_mend *mend)
{
	if (!vc->xlat)
		return false;
	/* A test may have changed the tables since they were read. */
	if (!mend) {
		dump_xlat_destroy(vc->xlat);
		open_tables(vc);
	}
	return dump_xlat_mend(vc->xlat, mend);
}

uint64_t vmcore_memory_end(const struct vmcore *vc)
{
	return vc->memory_end;
}

enum pgc_status vmcore_dup(const struct vmcore *vc, struct vmcore **ret, struct pgc_err *err)
{
	*ret = fake_vmcore_create();
	**ret = *vc;
	(*ret)->borrowed = true;
	if (vc->xlat) {
		open_tables(*ret);
		dump_xlat_mend_as((*ret)->xlat, vc->xlat);
	}
	return PGC_OK;
}

unsigned int vmcore_failed_reads(const struct vmcore *vc)
{
	return 0;
}

uint64_t vmcore_bytes_read(const struct vmcore *vc)
{
	return 0;
}

uint8_t *fake_vmcore_region(struct vmcore *vc, uint64_t kaddr, size_t len)
{
	uint8_t *bytes = calloc(1, len);

	if (!bytes || vc->n_regions == MAX_REGIONS)
		abort();
	vc->regions[vc->n_regions].kaddr = kaddr;
	vc->regions[vc->n_regions].len = len;
	vc->regions[vc->n_regions++].bytes = bytes;
	return bytes;
}

uint8_t *fake_vmcore_at(struct vmcore *vc, uint64_t kaddr)
{
	for (size_t i = 0; i < vc->n_regions; i++)
		if (kaddr >= vc->regions[i].kaddr &&
		    kaddr - vc->regions[i].kaddr < vc->regions[i].len)
			return vc->regions[i].bytes + (kaddr - vc->regions[i].kaddr);
	return NULL;
}

static void put(struct vmcore *vc, uint64_t kaddr, const void *bytes, size_t n)
{
	uint8_t *at = fake_vmcore_at(vc, kaddr);

	if (!at)
		abort();
	memcpy(at, bytes, n);
}

void fake_put16(struct vmcore *vc, uint64_t kaddr, uint16_t value)
{
	put(vc, kaddr, &(uint16_t){ htole16(value) }, 2);
}

void fake_put32(struct vmcore *vc, uint64_t kaddr, uint32_t value)
{
	put(vc, kaddr, &(uint32_t){ htole32(value) }, 4);
}

void fake_put64(struct vmcore *vc, uint64_t kaddr, uint64_t value)
{
	put(vc, kaddr, &(uint64_t){ htole64(value) }, 8);
}

void fake_vmcore_gap(struct vmcore *vc, uint64_t kaddr, enum pgc_status why)
{
	if (vc->n_gaps == MAX_GAPS)
		abort();
	vc->gaps[vc->n_gaps].page = kaddr / PAGE;
	vc->gaps[vc->n_gaps++].why = why;
}

void fake_vmcore_no_table(struct vmcore *vc, uint64_t kaddr)
{
	vc->no_table = kaddr;
}

void fake_vmcore_live(struct vmcore *vc)
{
	vc->info.live = true;
}

void fake_vmcore_info_line(struct vmcore *vc, const char *key, const char *value)
{
	for (size_t i = 0; i < vc->n_lines; i++)
		if (!strcmp(vc->lines[i].key, key)) {
			vc->lines[i].value = value;
			return;
		}
	if (vc->n_lines == MAX_LINES)
		abort();
	vc->lines[vc->n_lines].key = key;
	vc->lines[vc->n_lines++].value = value;
}

/* A test's memory is read in place: nothing is kept that could be old. */
enum pgc_status vmcore_flush(struct vmcore *vc, struct pgc_err *err)
{
	(void)vc;
	(void)err;
	return PGC_OK;
}

void fake_vmcore_build_id(struct vmcore *vc, const char *build_id)
{
	vc->info.build_id = build_id;
}

void fake_vmcore_arch(struct vmcore *vc, const struct arch *arch)
{
	vc->info.arch = arch;
}

const struct vmcore_info *vmcore_info(const struct vmcore *vc)
{
	return &vc->info;
}

const char *vmcore_vmcoreinfo(const struct vmcore *vc, const char *key)
{
	for (size_t i = 0; i < vc->n_lines; i++)
		if (!strcmp(vc->lines[i].key, key))
			return vc->lines[i].value;
	return NULL;
}

bool vmcore_assume_linear(struct vmcore *vc, uint64_t kaddr, uint64_t len, uint64_t paddr)
{
	(void)vc;
	(void)kaddr;
	(void)paddr;
	return !len;
}

void vmcore_assume_tags(struct vmcore *vc, bool tags)
{
	vc->tagged = tags;
}

static uint64_t bare(const struct vmcore *vc, uint64_t kaddr)
{
	return vc->tagged ? arch_untag(arch_known(vc->info.arch), kaddr) : kaddr;
}

bool vmcore_number(const struct vmcore *vc, const char *key, uint64_t *ret)
{
	return dump_notes_value(key, vmcore_vmcoreinfo(vc, key), ret);
}

static bool line_number(const void *arg, const char *key, uint64_t *ret)
{
	return vmcore_number(arg, key, ret);
}

struct arch_lines vmcore_lines(const struct vmcore *vc)
{
	return (struct arch_lines){ .number = line_number, .arg = vc };
}

struct cpu_regs *fake_vmcore_add_cpu(struct vmcore *vc)
{
	if (vc->n_cpus == MAX_CPUS)
		abort();
	return &vc->cpus[vc->n_cpus++];
}

const struct cpu_regs *vmcore_regs(const struct vmcore *vc, unsigned int nr)
{
	return nr < vc->n_cpus ? &vc->cpus[nr] : NULL;
}

enum pgc_status vmcore_read_bulk(struct vmcore *vc, uint64_t kaddr, void *buf, size_t len,
				 size_t *done, struct pgc_err *err)
{
	kaddr = bare(vc, kaddr);
	for (*done = 0; *done < len;) {
		uint64_t at = kaddr + *done, n = PAGE - at % PAGE, paddr = at - FAKE_DIRECT_MAP, run;
		enum pgc_status st = PGC_OK;
		const uint8_t *from;

		if (vc->xlat)
			st = dump_xlat_translate(vc->xlat, at, &paddr, &run, err);
		if (st != PGC_OK)
			return st;
		at = paddr + FAKE_DIRECT_MAP;
		from = fake_vmcore_at(vc, at);
		if (n > len - *done)
			n = len - *done;
		for (size_t i = 0; i < vc->n_gaps; i++)
			if (vc->gaps[i].page == at / PAGE)
				return vc->gaps[i].why;
		if (!from || !fake_vmcore_at(vc, at + n - 1))
			return PGC_ABSENT;
		memcpy((uint8_t *)buf + *done, from, n);
		*done += n;
	}
	return PGC_OK;
}

enum pgc_status vmcore_read(struct vmcore *vc, uint64_t kaddr, void *buf, size_t len,
			    const char *what, struct pgc_err *err)
{
	size_t done;

	return vmcore_read_bulk(vc, kaddr, buf, len, &done, err);
}

enum pgc_status vmcore_read_u64(struct vmcore *vc, uint64_t kaddr, const char *what,
				uint64_t *ret, struct pgc_err *err)
{
	uint8_t raw[8];
	enum pgc_status st = vmcore_read(vc, kaddr, raw, 8, what, err);

	if (st == PGC_OK)
		*ret = target_u64(raw);
	return st;
}

enum pgc_status vmcore_read_u32(struct vmcore *vc, uint64_t kaddr, const char *what,
				uint32_t *ret, struct pgc_err *err)
{
	uint8_t raw[4];
	enum pgc_status st = vmcore_read(vc, kaddr, raw, 4, what, err);

	if (st == PGC_OK)
		*ret = target_u32(raw);
	return st;
}

enum pgc_status vmcore_read_str(struct vmcore *vc, uint64_t kaddr, char *buf, size_t size,
				const char *what, struct pgc_err *err)
{
	for (size_t i = 0; i < size; i++) {
		enum pgc_status st = vmcore_read(vc, kaddr + i, buf + i, 1, what, err);

		if (st != PGC_OK)
			return st;
		if (!buf[i])
			return PGC_OK;
	}
	buf[size - 1] = '\0';
	return PGC_OK;
}

enum pgc_status vmcore_translate(struct vmcore *vc, uint64_t kaddr, uint64_t *paddr,
				 uint64_t *run, struct pgc_err *err)
{
	kaddr = bare(vc, kaddr);
	if (vc->xlat)
		return dump_xlat_translate(vc->xlat, kaddr, paddr, run, err);
	if (!fake_vmcore_at(vc, kaddr))
		return PGC_ABSENT;
	if (vc->no_table && kaddr / PAGE == vc->no_table / PAGE)
		return PGC_DAMAGED;
	*paddr = kaddr - FAKE_DIRECT_MAP;
	*run = PAGE - kaddr % PAGE;
	return PGC_OK;
}
