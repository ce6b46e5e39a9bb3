/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "dump/dump_vmcoreinfo.h"
#include "dump/dump_xlat.h"
#include "dump/kernel_place.h"
#include "unit.h"

/* How the architecture's manual has it, not how the walk does: the lowest bit of each index. */
struct geometry {
	const char *name;
	unsigned int page_shift, built, in_use;
	unsigned int levels, shift[5];	/* [0]: of the last level */
	unsigned int pa_bits;
	unsigned int blocks;		/* the highest level that may have one */
	enum { PLAIN, LPA, LPA2 } format;
};

static const struct geometry geometries[] = {
	{ "4K/39", 12, 39, 39, 3, { 12, 21, 30 }, 48, 3, PLAIN },
	{ "4K/48", 12, 48, 48, 4, { 12, 21, 30, 39 }, 48, 3, PLAIN },
	{ "4K/52", 12, 52, 52, 5, { 12, 21, 30, 39, 48 }, 52, 4, LPA2 },
	{ "4K/52 on 48", 12, 52, 48, 4, { 12, 21, 30, 39 }, 48, 3, PLAIN },
	{ "16K/36", 14, 36, 36, 2, { 14, 25 }, 48, 2, PLAIN },
	{ "16K/47", 14, 47, 47, 3, { 14, 25, 36 }, 48, 2, PLAIN },
	{ "16K/48", 14, 48, 48, 4, { 14, 25, 36, 47 }, 48, 2, PLAIN },
	{ "16K/52", 14, 52, 52, 4, { 14, 25, 36, 47 }, 52, 3, LPA2 },
	{ "16K/52 on 47", 14, 52, 47, 3, { 14, 25, 36 }, 48, 2, PLAIN },
	{ "64K/42", 16, 42, 42, 2, { 16, 29 }, 48, 2, LPA },
	{ "64K/48", 16, 48, 48, 3, { 16, 29, 42 }, 48, 3, LPA },
	{ "64K/52", 16, 52, 52, 3, { 16, 29, 42 }, 52, 3, LPA },
	/* Its first table is laid out for 52 bits: only the last of its entries are in use. */
	{ "64K/52 on 48", 16, 52, 48, 3, { 16, 29, 42 }, 48, 3, LPA },
};

#define VOFFSET 0xffff7fffc0000000ULL
#define ROOT 0x80000000ULL
#define MAX_ENTRIES 32

/* Memory: these entries; all else is zeros. From GONE on there is none. */
#define GONE 0x700000000ULL
static struct {
	uint64_t paddr, entry;
} entries[MAX_ENTRIES];
static size_t n_entries, n_reads;

static enum pgc_status read_memory(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				   struct pgc_err *err)
{
	memset(buf, 0, len);
	*done = 0;
	n_reads++;
	if (paddr >= GONE)
		return PGC_ABSENT;
	for (size_t i = 0; i < n_entries; i++) {
		uint64_t entry = htole64(entries[i].entry);

		if (entries[i].paddr >= paddr && entries[i].paddr + 8 <= paddr + len)
			memcpy((char *)buf + (entries[i].paddr - paddr), &entry, 8);
	}
	*done = len;
	return PGC_OK;
}

static void put(uint64_t paddr, uint64_t entry)
{
	ck_assert_uint_lt(n_entries, MAX_ENTRIES);
	entries[n_entries].paddr = paddr;
	entries[n_entries++].entry = entry;
}

static uint64_t encode(const struct geometry *g, uint64_t paddr)
{
	/* Access flag, memory type, contiguous, never executed; and shareable, where that is. */
	uint64_t attributes = 0x0070000000000404, low = (1ULL << 48) - 1;

	switch (g->format) {
	case LPA:
		return attributes | 0x300 | (paddr & low) | (paddr >> 48) << 12;
	case LPA2:
		return attributes | (paddr & ((1ULL << 50) - 1)) | paddr >> 50 << 8;
	default:
		return attributes | 0x300 | paddr;
	}
}

static uint64_t index_of(const struct geometry *g, uint64_t kaddr, unsigned int level)
{
	unsigned int bits = level == g->levels ? (g->format == LPA ? g->built : g->in_use) :
						 g->shift[level];

	return (kaddr & ((1ULL << bits) - 1)) >> g->shift[level - 1];
}

/* Tables one after the other, and at the end @paddr as a leaf of level @leaf. */
static void map(const struct geometry *g, uint64_t kaddr, uint64_t paddr, unsigned int leaf)
{
	uint64_t table = ROOT;

	for (unsigned int level = g->levels; level > leaf; level--) {
		put(table + 8 * index_of(g, kaddr, level), encode(g, table + 0x10000 * level) | 3);
		table += 0x10000 * level;
	}
	put(table + 8 * index_of(g, kaddr, leaf), encode(g, paddr) | (leaf == 1 ? 3 : 1));
}

static struct dump_xlat *open_tables(const char *text)
{
	struct dump_notes notes = DUMP_NOTES_INIT;
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_xlat *dx;

	ck_assert_ok(dump_notes_set_vmcoreinfo(&notes, text, strlen(text), &err), &err);
	ck_assert_ok(dump_xlat_create(&arch_arm64, &notes, read_memory, NULL, &dx, &err), &err);
	dump_notes_deinit(&notes);
	return dx;
}

static struct dump_xlat *open_geometry(const struct geometry *g)
{
	char text[512];

	n_entries = n_reads = 0;
	snprintf(text, sizeof(text),
		 "PAGESIZE=%u\nNUMBER(VA_BITS)=%u\nNUMBER(TCR_EL1_T1SZ)=0x%x\n"
		 "SYMBOL(swapper_pg_dir)=%" PRIx64 "\nNUMBER(kimage_voffset)=0x%" PRIx64 "\n"
		 "NUMBER(PHYS_OFFSET)=0xfff1000040000000\n",
		 1u << g->page_shift, g->built, 64 - g->in_use, (uint64_t)(ROOT + VOFFSET), (uint64_t)VOFFSET);
	return open_tables(text);
}

/* One with another index in each level, the highest and the lowest ones left out. */
static uint64_t an_address(const struct geometry *g)
{
	return -(1ULL << g->in_use) + (0x000f5aa56b3c9d27 & ((1ULL << g->in_use) - 1));
}

static void check_leaf(const struct geometry *g, unsigned int leaf)
{
	uint64_t kaddr = an_address(g), span = 1ULL << g->shift[leaf - 1], paddr, run;
	/* With the highest address bits set, and no others that the leaf has no room for. */
	uint64_t want = (((1ULL << g->pa_bits) - 1) & 0xfffff5a5a5a50000) & -span;
	struct pgc_err err = PGC_ERR_INIT;
	struct dump_xlat *dx = open_geometry(g);

	map(g, kaddr, want, leaf);
	ck_assert_msg(dump_xlat_translate(dx, kaddr, &paddr, &run, &err) == PGC_OK, "%s, level %u: %s",
		      g->name, leaf, err.msg);
	ck_assert_msg(paddr == want + kaddr % span && run == span - kaddr % span,
		      "%s, level %u: 0x%" PRIx64 " and not 0x%" PRIx64, g->name, leaf, paddr,
		      want + kaddr % span);
	/* A neighbour has no entry. */
	ck_assert_int_eq(dump_xlat_translate(dx, kaddr ^ span, &paddr, &run, &err), PGC_ABSENT);
	ck_assert_uint_eq(run, span - kaddr % span);
	/* With any high bit flipped it is no address, though its low bits are those of one. */
	for (unsigned int bit = g->in_use; bit < 64; bit++)
		ck_assert_int_eq(dump_xlat_translate(dx, kaddr ^ 1ULL << bit, &paddr, &run, &err),
				 PGC_ABSENT);
	ck_assert_int_eq(dump_xlat_translate(dx, kaddr & ((1ULL << g->in_use) - 1), &paddr, &run, &err),
			 PGC_ABSENT);
	ck_assert_int_eq(dump_xlat_translate(dx, 0x123, &paddr, &run, &err), PGC_ABSENT);
	dump_xlat_destroy(dx);
}

START_TEST(each_address_space)
{
	for (size_t i = 0; i < ARRAY_SIZE(geometries); i++)
		for (unsigned int leaf = 1; leaf <= geometries[i].blocks && leaf <= geometries[i].levels;
		     leaf++)
			check_leaf(&geometries[i], leaf);
}
END_TEST

static bool number_of(const void *arg, const char *key, uint64_t *ret)
{
	const struct geometry *g = arg;
	const struct {
		const char *key;
		uint64_t value;
	} lines[] = {
		{ "PAGESIZE", 1u << g->page_shift }, { "NUMBER(VA_BITS)", g->built },
		{ "NUMBER(TCR_EL1_T1SZ)", 64 - g->in_use }, { "NUMBER(kimage_voffset)", VOFFSET },
		{ "NUMBER(PHYS_OFFSET)", 0 }, { "SYMBOL(swapper_pg_dir)", ROOT + VOFFSET },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strcmp(lines[i].key, key)) {
			*ret = lines[i].value;
			return true;
		}
	return false;
}

/* As kernels have them: vmemmap of 7.2 in blocks and in pages; tables that forbid execution. */
static void check_bits(const struct geometry *g)
{
	const struct arch_lines lines = { .number = number_of, .arg = g };
	struct pgc_err err = PGC_ERR_INIT;
	struct arch_paging pg;

	ck_assert_ok(arch_arm64.paging(&lines, &pg, &err), &err);
	for (unsigned int level = 1; level <= g->blocks && level <= g->levels; level++) {
		uint64_t low = level == 1 ? 3 : 1, leaf = encode(g, 1ULL << 45) | low;
		uint64_t read_only = leaf | 1 << 7;

		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf, level), 0);
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf | 0x0088000000000800, level), 0);
		/* MTE; then a device. */
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf | 1 << 2, level), 0);
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf | 1 << 4, level), 1 << 4);
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf | 1 << 6, level), 1 << 6);
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf & ~(1ULL << 10), level), 1 << 10);
		ck_assert_uint_eq(pg.wrong_bits(&pg, leaf & ~(1ULL << 53), level), 1ULL << 53);
		ck_assert_uint_eq(pg.wrong_bits(&pg, read_only, level), level == 1 ? 0 : 1 << 7);
		ck_assert_uint_eq(pg.rights & (leaf ^ read_only), 1 << 7);
		if (level > 1)
			ck_assert_uint_eq(pg.wrong_bits(&pg, leaf | 1 << g->page_shift, level),
					  1 << g->page_shift);
	}
	for (unsigned int level = 2; level <= g->levels; level++) {
		ck_assert_uint_eq(pg.wrong_bits(&pg, 0x1800000080000403, level), 0);
		ck_assert_uint_eq(pg.wrong_bits(&pg, 0x5800000080000403, level), 1ULL << 62);
	}
}

START_TEST(bits_that_the_kernels_own_entries_never_have)
{
	for (size_t i = 0; i < ARRAY_SIZE(geometries); i++)
		check_bits(&geometries[i]);
}
END_TEST

/* Entries that mean nothing, on any level: 0 and 2, a block where there can be none. */
static void check_nothing(const struct geometry *g)
{
	uint64_t kaddr = an_address(g), paddr, run;
	struct pgc_err err = PGC_ERR_INIT;

	for (unsigned int level = 1; level <= g->levels; level++)
		for (uint64_t low = 0; low < 3; low++) {
			struct dump_xlat *dx = open_geometry(g);

			if (low == 1 && level > 1 && level <= g->blocks) {
				dump_xlat_destroy(dx);
				continue;
			}
			map(g, kaddr, 0x40000000, level);
			entries[n_entries - 1].entry = (entries[n_entries - 1].entry & ~3ULL) | low;
			ck_assert_msg(dump_xlat_translate(dx, kaddr, &paddr, &run, &err) == PGC_ABSENT,
				      "%s, level %u, %" PRIu64, g->name, level, low);
			dump_xlat_destroy(dx);
		}
}

/* A table that is its own, all the way down: as many steps as there are levels. */
static void check_loop(const struct geometry *g)
{
	struct dump_xlat *dx = open_geometry(g);
	uint64_t paddr, run, ones = ~0ULL;
	struct pgc_err err = PGC_ERR_INIT;

	for (unsigned int level = 1; level <= g->levels; level++)
		put(ROOT + 8 * index_of(g, ones, level), encode(g, ROOT) | 3);
	ck_assert_ok(dump_xlat_translate(dx, ones, &paddr, &run, &err), &err);
	ck_assert_uint_eq(paddr, ROOT + ((1ULL << g->page_shift) - 1));
	ck_assert_uint_eq(run, 1);
	ck_assert_uint_le(n_reads, g->levels);
	dump_xlat_destroy(dx);
}

/* A table where there is no memory: damage, and no hole. */
static void check_gone(const struct geometry *g)
{
	uint64_t kaddr = an_address(g), paddr, run;
	struct pgc_err err = PGC_ERR_INIT;

	for (unsigned int level = 2; level <= g->levels; level++) {
		struct dump_xlat *dx = open_geometry(g);

		map(g, kaddr, 0, level);
		entries[n_entries - 1].entry = encode(g, ((1ULL << g->pa_bits) - 1) & ~0xffffULL) | 3;
		ck_assert_int_eq(dump_xlat_translate(dx, kaddr, &paddr, &run, &err), PGC_DAMAGED);
		dump_xlat_destroy(dx);
	}
}

START_TEST(hostile_tables)
{
	for (size_t i = 0; i < ARRAY_SIZE(geometries); i++) {
		check_nothing(&geometries[i]);
		check_loop(&geometries[i]);
		check_gone(&geometries[i]);
	}
}
END_TEST

/* As a kernel of 4 KiB pages, built for 52 bits, says it on hardware with 48. */
static const struct line {
	const char *key, *value;
} lines_72[] = {
	{ "PAGESIZE", "4096" }, { "NUMBER(VA_BITS)", "52" }, { "NUMBER(TCR_EL1_T1SZ)", "0x10" },
	{ "SYMBOL(swapper_pg_dir)", "ffffd0e5a2c0e000" },
	{ "NUMBER(kimage_voffset)", "0xffffd0e560c00000" },
	{ "NUMBER(PHYS_OFFSET)", "0xfff1000040000000" },
	{ "NUMBER(VMEMMAP_START)", "0xffffc1ffc0000000" }, { "SYMBOL(_stext)", "ffffd0e5a1010000" },
};

/* The lines, but for @key, which is @value; NULL: left out. */
static void make_notes(const char *key, const char *value, struct dump_notes *ret)
{
	struct pgc_err err = PGC_ERR_INIT;
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lines_72); i++) {
		const char *v = key && !strcmp(key, lines_72[i].key) ? value : lines_72[i].value;

		if (v)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s=%s\n",
						lines_72[i].key, v);
	}
	*ret = (struct dump_notes)DUMP_NOTES_INIT;
	ck_assert_ok(dump_notes_set_vmcoreinfo(ret, text, len, &err), &err);
}

static bool refused(const char *key, const char *value, const char *why)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct arch_paging pg;
	struct dump_notes notes;
	struct arch_lines lines;
	enum pgc_status st;

	make_notes(key, value, &notes);
	lines = dump_notes_lines(&notes);
	st = arch_arm64.paging(&lines, &pg, &err);
	dump_notes_deinit(&notes);
	return st == PGC_ENOENT && strstr(err.msg, why);
}

START_TEST(hostile_lines)
{
	static const char *const impossible[][2] = {
		{ "PAGESIZE", "8192" }, { "PAGESIZE", "0" }, { "NUMBER(VA_BITS)", "53" },
		{ "NUMBER(VA_BITS)", "0" }, { "NUMBER(VA_BITS)", "-1" }, { "NUMBER(VA_BITS)", "47" },
		{ "NUMBER(TCR_EL1_T1SZ)", "0" }, { "NUMBER(TCR_EL1_T1SZ)", "0x40" },
		{ "NUMBER(TCR_EL1_T1SZ)", "0xb" }, { "NUMBER(TCR_EL1_T1SZ)", "0x1d" },
		{ "NUMBER(TCR_EL1_T1SZ)", "0xffffffffffffffff" },
	};

	for (size_t i = 0; i < 6; i++)
		ck_assert_msg(refused(lines_72[i].key, NULL, lines_72[i].key), "%s", lines_72[i].key);
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++)
		ck_assert_msg(refused(impossible[i][0], impossible[i][1], "impossible"), "%s=%s",
			      impossible[i][0], impossible[i][1]);
}
END_TEST

/* Numbers of dumps of real kernels. */
START_TEST(without_page_tables)
{
	struct arch_linear l;
	struct dump_notes notes;
	struct arch_lines lines;
	uint64_t value;

	make_notes(NULL, NULL, &notes);
	lines = dump_notes_lines(&notes);
	ck_assert(arch_arm64.linear_direct(&lines, 0, &l));
	ck_assert_uint_eq(l.kaddr, 0xffff000000000000);
	ck_assert_uint_eq(l.paddr, 0x40000000);
	ck_assert_uint_eq(l.len, 1ULL << 47);
	ck_assert(arch_arm64.vmemmap(&lines, 12, 64, &value));
	ck_assert_uint_eq(value, 0xfffffdffbf000000);
	ck_assert(arch_arm64.linear_image(&lines, 0xffffd0e5a3000000, &l));
	ck_assert_uint_eq(l.kaddr, 0xffffd0e5a1010000);
	ck_assert_uint_eq(l.paddr, 0x40410000);
	ck_assert_uint_eq(l.kaddr + l.len, 0xffffd0e5a3000000);
	/* What is behind the image is not linear: without its end nothing is known. */
	ck_assert(!arch_arm64.linear_image(&lines, 0, &l));
	ck_assert(!arch_arm64.linear_image(&lines, l.kaddr, &l));
	ck_assert(!arch_arm64.linear_image(&lines, ~0ULL, &l));
	dump_notes_deinit(&notes);
	/* With all 52 bits, where the linear map starts lower and ends at the same place. */
	make_notes("NUMBER(TCR_EL1_T1SZ)", "0xc", &notes);
	lines = dump_notes_lines(&notes);
	ck_assert(arch_arm64.linear_direct(&lines, 0, &l));
	ck_assert_uint_eq(l.kaddr, 0xfff0000000000000);
	ck_assert_uint_eq(l.kaddr + l.len, 0xffff800000000000);
	ck_assert_uint_eq(l.paddr, 0xfff1000040000000);
	dump_notes_deinit(&notes);
}
END_TEST

START_TEST(stacks_and_code)
{
	static const uint8_t bl[] = { 0x10, 0, 0, 0x94 }, bl_back[] = { 0xff, 0xff, 0xff, 0x97 };
	static const uint8_t blr[] = { 0x20, 0, 0x3f, 0xd6 }, blraa[] = { 0x1f, 0x0a, 0x3f, 0xd7 };
	static const uint8_t b[] = { 0x10, 0, 0, 0x14 }, br[] = { 0x20, 0, 0x1f, 0xd6 };
	static const uint8_t ret[] = { 0xc0, 0x03, 0x5f, 0xd6 };
	uint64_t regs[] = { 1, 0xffff800080003e50, 0xffffd0e5a1234568, 0x80400005, 0 };
	uint64_t sp, lowest, top;
	struct dump_notes notes;
	struct arch_lines lines;

	ck_assert(arch_arm64.is_call(bl) && arch_arm64.is_call(bl_back) && arch_arm64.is_call(blr) &&
		  arch_arm64.is_call(blraa));
	ck_assert(!arch_arm64.is_call(b) && !arch_arm64.is_call(br) && !arch_arm64.is_call(ret));
	ck_assert(arch_arm64.interrupted(regs, 5, 2, &sp));
	ck_assert_uint_eq(sp, regs[1]);
	regs[3] = 0x80400009;	/* a host's kernel, at EL2 */
	ck_assert(arch_arm64.interrupted(regs, 5, 2, &sp));
	ck_assert(!arch_arm64.interrupted(regs, 3, 2, &sp) && !arch_arm64.interrupted(regs + 2, 3, 0, &sp));
	regs[3] = 0x80400000;	/* of user space, and the same with 32 bits */
	ck_assert(!arch_arm64.interrupted(regs, 5, 2, &sp));
	regs[3] = 0x80000015;
	ck_assert(!arch_arm64.interrupted(regs, 5, 2, &sp));
	regs[3] = 0xffffd0e5a1234565;
	ck_assert(!arch_arm64.interrupted(regs, 5, 2, &sp));
	ck_assert(arch_arm64.irq_stack_range(0xffff800080000000, 0x4000, &lowest, &top));
	ck_assert_uint_eq(lowest, 0xffff800080000000);
	ck_assert_uint_eq(top, 0xffff800080004000);
	ck_assert(!arch_arm64.irq_stack_range(0xffff800080000008, 0x4000, &lowest, &top));
	ck_assert(!arch_arm64.irq_stack_range(-16ULL, 0x4000, &lowest, &top));
	/* Signed or not, bit 55 says whose half it is. */
	ck_assert(arch_kernel_half(&arch_arm64, 0x1a80d0e5a1234568));
	ck_assert(!arch_kernel_half(&arch_arm64, 0xff00aaaaa1234568));
	/* Nothing said: as if it signed. */
	make_notes(NULL, NULL, &notes);
	lines = dump_notes_lines(&notes);
	ck_assert_uint_eq(arch_arm64.signature(&lines), 0xffff000000000000);
	dump_notes_deinit(&notes);
}
END_TEST

/* The image in memory, and what it says of itself. */
#define ID "00112233445566778899aabbccddeeff00112233"
#define LINKED 0xffff800080000000ULL
#define LOADED 0x55210000ULL
#define SLIDE 0x25c3e10000ULL
static unsigned char image[0x8000];

static void put64(size_t at, uint64_t value)
{
	value = htole64(value);
	memcpy(image + at, &value, 8);
}

static enum pgc_status read_image(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				  struct pgc_err *err)
{
	enum pgc_status st = read_memory(arg, paddr, buf, len, done, err);

	for (size_t i = 0; i < len; i++)
		if (paddr + i >= LOADED && paddr + i - LOADED < sizeof(image))
			((unsigned char *)buf)[i] = image[paddr + i - LOADED];
	return st;
}

/* Where the tables are that map the image's notes, in each geometry. */
static void check_place(const struct geometry *g)
{
	const struct kernel_image img = {
		.arch = &arch_arm64, .build_id = ID, .notes = LINKED + 0x1120, .notes_end = LINKED + 0x1144,
		.symbol = { LINKED + ROOT - LOADED, LINKED + 0x2000, LINKED + 0x3000 },
		.stext = LINKED + 0x100,
	};
	uint64_t voffset = LINKED + SLIDE - LOADED, memstart = 0x40000000, value;
	struct dump_notes notes = DUMP_NOTES_INIT;
	struct pgc_err err = PGC_ERR_INIT;
	struct arch_lines lines;
	struct arch_linear l;

	if (g->built > g->in_use)
		memstart -= (1ULL << 52) - (1ULL << g->in_use);
	memset(image, 0, sizeof(image));
	for (unsigned int i = 0; i < 20; i++)
		sscanf(&ID[2 * i], "%2hhx", &image[0x1120 + 16 + i]);
	n_entries = 0;
	put64(0x2000, voffset);
	put64(0x3000, memstart);
	map(g, (LINKED + SLIDE + 0x1120) & -(1ULL << g->page_shift),
	    (LOADED + 0x1120) & -(1ULL << g->page_shift), 1);
	ck_assert_msg(kernel_place_find(&img, read_image, NULL, 0x40000000, 0x60000000, &notes, &err) ==
		      PGC_OK, "%s: %s", g->name, err.msg);
	ck_assert(dump_notes_number(&notes, "PAGESIZE", &value));
	ck_assert_uint_eq(value, 1u << g->page_shift);
	ck_assert(dump_notes_number(&notes, "NUMBER(VA_BITS)", &value));
	ck_assert_msg(value == g->built, "%s: built for %" PRIu64, g->name, value);
	ck_assert(dump_notes_number(&notes, "KERNELOFFSET", &value));
	ck_assert_uint_eq(value, SLIDE);
	lines = dump_notes_lines(&notes);
	ck_assert(arch_arm64.linear_direct(&lines, 0, &l));
	ck_assert_uint_eq(l.paddr, 0x40000000);
	dump_notes_deinit(&notes);
	/* Its page tables lead elsewhere: a copy of an image. */
	put64(0x2000, voffset + 0x200000);
	ck_assert_int_eq(kernel_place_find(&img, read_image, NULL, 0x40000000, 0x60000000, &notes, &err),
			 PGC_ENOENT);
	ck_assert_ptr_null(notes.vmcoreinfo);
}

START_TEST(place_of_the_image)
{
	for (size_t i = 0; i < ARRAY_SIZE(geometries); i++)
		/* The image is too far up for the small ones. */
		if (geometries[i].in_use >= 47)
			check_place(&geometries[i]);
}
END_TEST

/* A text longer than 4 KiB, in a page of 16: its last line is there, and nothing of what is behind. */
static unsigned char long_text[0x8000];

static enum pgc_status read_text(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				 struct pgc_err *err)
{
	memset(buf, 0, len);
	for (size_t i = 0; i < len && paddr + i - LOADED < sizeof(long_text); i++)
		((unsigned char *)buf)[i] = long_text[paddr + i - LOADED];
	*done = len;
	return PGC_OK;
}

static bool take_text(void *arg, struct dump_notes *lines, uint64_t paddr)
{
	uint64_t *value = arg;

	ck_assert_uint_eq(paddr, LOADED);
	ck_assert(dump_notes_number(lines, "NUMBER(LAST)", value));
	ck_assert_ptr_null(dump_notes_line(lines, "BEHIND"));
	return true;
}

START_TEST(long_vmcoreinfo)
{
	char *text = (char *)long_text;
	struct pgc_err err = PGC_ERR_INIT;
	uint64_t value = 0;
	size_t len = (size_t)sprintf(text, "OSRELEASE=7.2.0-16k\nPAGESIZE=16384\n");

	for (unsigned int i = 0; len < 0x3f00; i++)
		len += (size_t)sprintf(text + len, "NUMBER(N%u)=%u\n", i, i);
	len += (size_t)sprintf(text + len, "NUMBER(LAST)=4711\n");
	memset(text + len, '\n', 0x4000 - len);
	strcpy(text + 0x4000, "BEHIND=1\n");
	ck_assert_ok(dump_vmcoreinfo_scan(read_text, NULL, LOADED, LOADED + sizeof(long_text), take_text,
					  &value, &err), &err);
	ck_assert_uint_eq(value, 4711);
}
END_TEST

UNIT_MAIN("arch_arm", each_address_space, bits_that_the_kernels_own_entries_never_have,
	  hostile_tables, hostile_lines, without_page_tables,
	  stacks_and_code, place_of_the_image, long_vmcoreinfo)
