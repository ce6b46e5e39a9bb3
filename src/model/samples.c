// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/one_bit.h"
#include "base/target_int.h"
#include "layout/kallsyms_tables.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "struct_page.h"
#include "vmcore.h"

#define FREE_PAGES 65536	/* that are read at most: a quarter of a GB */
#define PAGES_AT_ONCE 256	/* struct pages */
#define POISON UINT64_C(0xaaaaaaaaaaaaaaaa)
#define MAX_ENTRIES (4u << 20)
#define SYMBOLS_A_MARKER 256
#define MAX_CALLS 1024
/* More that are wrong are another kernel's way, or damage that others tell of. */
#define FEW 4

/* What is in a free page; false: whatever was in it. */
static bool free_word(struct kernel_reader kr, uint64_t *ret)
{
	uint32_t on;

	if (layout_has(kr.k->lay, L_page_poisoning_enabled) &&
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_page_poisoning_enabled),
			    "_page_poisoning_enabled", &on, NULL) == PGC_OK && on) {
		*ret = POISON;
		return true;
	}
	*ret = 0;
	return layout_has(kr.k->lay, L_init_on_free) &&
	       vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_init_on_free), "init_on_free", &on,
			       NULL) == PGC_OK && on;
}

static void sample_page(struct kernel_reader kr, uint64_t pfn, uint64_t right, uint8_t *buf,
			struct samples *s)
{
	const size_t size = vmcore_info(kr.vc)->page_size;
	size_t done, wrong = 0, bits = 0, first = 0;

	if (vmcore_read_phys(kr.vc, pfn << kr.k->page_shift, buf, size, &done, NULL) != PGC_OK)
		return;
	s->free_pages++;
	for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
		uint64_t diff = target_u64(buf + at) ^ right;

		if (!diff)
			continue;
		first = wrong++ ? first : at;
		bits += one_bit(diff) ? 1 : 2;
	}
	if (!wrong)
		return;
	if (bits == 1) {
		if (!s->free_bits++)
			snprintf(s->free_bit, sizeof(s->free_bit), "free page 0x%" PRIx64 ", byte %zu",
				 pfn, first);
	} else if (!s->free_written++) {
		snprintf(s->free_write, sizeof(s->free_write), "free page 0x%" PRIx64 ", from byte %zu on, %zu words",
			 pfn, first, wrong);
	}
}

/* The blocks whose heads are in [@pfn, +@n), whose struct pages are at @raw. */
static void sample_blocks(struct kernel_reader kr, const struct page_format *fmt, uint64_t pfn,
			  const uint8_t *raw, size_t n, uint64_t right, uint8_t *buf,
			  struct samples *s)
{
	for (size_t i = 0; i < n && s->free_pages < FREE_PAGES; i++) {
		struct page p;
		uint64_t first = pfn + i;

		page_decode(fmt, raw + i * kr.k->struct_page, &p);
		if (!page_type_plain_buddy(fmt, p.mapcount) || p.refcount ||
		    p.private >= kr.k->orders || first & ((UINT64_C(1) << p.private) - 1))
			continue;
		for (uint64_t k = 0; k < UINT64_C(1) << p.private && s->free_pages < FREE_PAGES; k++)
			sample_page(kr, first + k, right, buf, s);
	}
}

static enum pgc_status sample_free(struct kernel_reader kr, struct samples *s, struct pgc_err *err)
{
	struct page_format fmt;
	uint64_t right;
	uint8_t *raw, *buf;

	if (!free_word(kr, &right) || page_format_init(&fmt, kr, NULL) != PGC_OK)
		return PGC_OK;
	raw = malloc(PAGES_AT_ONCE * kr.k->struct_page);
	buf = malloc(vmcore_info(kr.vc)->page_size);
	if (!raw || !buf) {
		free(raw);
		free(buf);
		return pgc_err_nomem(err, "a sample of free pages");
	}
	for (size_t i = 0; i < kr.k->n_sections && s->free_pages < FREE_PAGES; i++) {
		uint64_t pfn = kr.k->sections[i].start_pfn;
		uint64_t end = pfn + kr.k->pages_per_section;

		for (; pfn < end; pfn += PAGES_AT_ONCE) {
			size_t done = 0;

			(void)!vmcore_read_bulk(kr.vc, kernel_pfn_to_page(kr.k, pfn), raw,
						PAGES_AT_ONCE * kr.k->struct_page, &done, NULL);
			sample_blocks(kr, &fmt, pfn, raw, done / kr.k->struct_page, right, buf, s);
		}
	}
	free(raw);
	free(buf);
	/* What many have is no accident: then this kernel clears otherwise. */
	if (s->free_bits + s->free_written > FEW &&
	    s->free_pages < FEW * FEW * (s->free_bits + s->free_written))
		s->free_bits = s->free_written = 0;
	return PGC_OK;
}

/* A table: @n entries of @stride bytes, which begin with a distance from there. */
struct table {
	const char *name;
	uint64_t addr;
	const uint8_t *bytes;
	size_t n, stride;
};

static int64_t place_of(const struct table *t, size_t i, uint32_t flipped)
{
	return (int64_t)(i * t->stride) +
	       (int32_t)(target_u32(t->bytes + i * t->stride) ^ flipped);
}

/* Is entry @i right when one of its bits is another? */
static bool one_bit_mends(const struct table *t, size_t i)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		int64_t place = place_of(t, i, UINT32_C(1) << bit);

		if ((!i || place_of(t, i - 1, 0) <= place) &&
		    (i + 1 == t->n || place <= place_of(t, i + 1, 0)))
			return true;
	}
	return false;
}

static void check_sorted(const struct table *t, struct samples *s)
{
	uint64_t bits = 0, others = 0;
	size_t first = 0;

	for (size_t i = 1; i < t->n; i++) {
		size_t wrong;

		if (place_of(t, i - 1, 0) <= place_of(t, i, 0))
			continue;
		/* Either may be the one; with its neighbours as they are only one can be mended. */
		wrong = one_bit_mends(t, i - 1) ? i - 1 : i;
		if (one_bit_mends(t, wrong)) {
			first = bits++ ? first : wrong;
			i += wrong == i;	/* what follows it is sorted again */
		} else {
			others++;
		}
	}
	s->entries += t->n;
	if (bits + others > FEW)
		return;
	if (bits && !s->table_bits)
		snprintf(s->table, sizeof(s->table), "%s, entry %zu, at 0x%" PRIx64, t->name, first,
			 t->addr + first * t->stride);
	s->table_bits += bits;
	s->table_others += others;
}

static enum pgc_status sample_sorted(struct kernel_reader kr, const char *name,
				     enum layout_key start, enum layout_key stop, size_t stride,
				     struct samples *s, struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	struct table t = { .name = name, .stride = stride };
	uint8_t *bytes;
	size_t len, done = 0;

	if (stride < sizeof(uint32_t) || !layout_has(lay, start) || !layout_has(lay, stop) ||
	    layout_get(lay, stop) <= layout_get(lay, start) ||
	    (layout_get(lay, stop) - layout_get(lay, start)) / stride > MAX_ENTRIES)
		return PGC_OK;
	len = layout_get(lay, stop) - layout_get(lay, start);
	bytes = malloc(len);
	if (!bytes)
		return pgc_err_nomem(err, name);
	t.addr = kernel_addr(kr.k, start);
	t.bytes = bytes;
	(void)!vmcore_read_bulk(kr.vc, t.addr, bytes, len, &done, NULL);
	t.n = done / stride;
	check_sorted(&t, s);
	free(bytes);
	return PGC_OK;
}

/* Where the block of symbols that begins at @pos ends; 0: not within @len. */
static size_t block_end(const uint8_t *names, size_t len, size_t pos, uint64_t symbols)
{
	for (uint64_t i = 0; i < symbols; i++) {
		size_t first, tokens;

		if (!kallsyms_entry(names, len, pos, &first, &tokens))
			return 0;
		pos = first + tokens;
	}
	return pos;
}

/* A marker says where a block begins: there the one before it must end. */
static void check_markers(const uint8_t *names, size_t len, uint64_t addr, const uint8_t *markers,
			  size_t n, struct samples *s)
{
	uint64_t bits = 0, others = 0;
	size_t first = 0;

	for (size_t i = 1; i < n; i++) {
		uint32_t marker = target_u32(markers + 4 * i);
		size_t end = block_end(names, len, target_u32(markers + 4 * (i - 1)),
				       SYMBOLS_A_MARKER);

		if (end == marker)
			continue;
		/* From a wrong one nothing follows. */
		if (end && one_bit(end ^ marker) &&
		    (i + 1 == n || block_end(names, len, end, SYMBOLS_A_MARKER) ==
					   target_u32(markers + 4 * (i + 1)))) {
			first = bits++ ? first : i;
			i++;
		} else {
			others++;
		}
	}
	s->entries += n;
	if (bits + others > FEW)
		return;
	if (bits && !s->table_bits)
		snprintf(s->table, sizeof(s->table), "kallsyms_markers, entry %zu, at 0x%" PRIx64, first,
			 addr + 4 * first);
	s->table_bits += bits;
	s->table_others += others;
}

static enum pgc_status sample_markers(struct kernel_reader kr, struct samples *s,
				      struct pgc_err *err)
{
	struct kallsyms_tables t;
	size_t len, done = 0, names_end = 0, n;
	uint32_t symbols;
	uint8_t *names;

	if (kallsyms_tables_told(kr.vc, &t, NULL) != PGC_OK ||
	    vmcore_read_u32(kr.vc, t.num_syms, "kallsyms_num_syms", &symbols, NULL) != PGC_OK ||
	    !symbols || symbols > KALLSYMS_MAX_SYMBOLS || t.token_table <= t.names ||
	    t.token_table - t.names > KALLSYMS_MAX_NAMES)
		return PGC_OK;
	/* Names, markers, and what is between these and the tokens. */
	len = t.token_table - t.names;
	names = malloc(len);
	if (!names)
		return pgc_err_nomem(err, "kallsyms_names");
	(void)!vmcore_read_bulk(kr.vc, t.names, names, len, &done, NULL);
	n = (symbols + SYMBOLS_A_MARKER - 1) / SYMBOLS_A_MARKER;
	if (done == len)
		names_end = block_end(names, len, 0, symbols);
	for (size_t align = 4; names_end && align <= 8; align += 4) {
		size_t at = (names_end + align - 1) / align * align;

		/* The first is 0, and the second where the first block ends. */
		if (at > len || (len - at) / 4 < n || n < 2 || target_u32(names + at) ||
		    target_u32(names + at + 4) != block_end(names, len, 0, SYMBOLS_A_MARKER))
			continue;
		check_markers(names, names_end, t.names + at, names + at, n, s);
		break;
	}
	free(names);
	return PGC_OK;
}

/* All system calls are functions. */
static void sample_calls(struct kernel_reader kr, struct samples *s)
{
	const struct layout *lay = kr.k->lay;
	uint64_t word, next, start, end;

	if (!layout_has(lay, L_sys_call_table) || !layout_has(lay, L_stext) ||
	    !layout_has(lay, L_etext))
		return;
	start = kernel_addr(kr.k, L_stext);
	end = kernel_addr(kr.k, L_etext);
	for (uint64_t i = 0; i < MAX_CALLS; i++) {
		uint64_t at = kernel_addr(kr.k, L_sys_call_table) + i * sizeof(word);
		bool mends = false;

		if (vmcore_read_u64(kr.vc, at, "sys_call_table", &word, NULL) != PGC_OK)
			return;
		s->entries++;
		if (word >= start && word < end)
			continue;
		/* The table ends, unless the next one is one again. */
		if (vmcore_read_u64(kr.vc, at + sizeof(word), "sys_call_table", &next, NULL) != PGC_OK ||
		    next < start || next >= end)
			return;
		for (unsigned int bit = 0; bit < 64; bit++)
			mends |= (word ^ UINT64_C(1) << bit) >= start &&
				 (word ^ UINT64_C(1) << bit) < end;
		if (!mends) {
			s->table_others++;
			return;
		}
		if (!s->table_bits++)
			snprintf(s->table, sizeof(s->table), "sys_call_table, entry %" PRIu64 ", at 0x%" PRIx64,
				 i, at);
	}
}

enum pgc_status samples_read(struct kernel_reader kr, struct samples *ret, struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	st = sample_free(kr, ret, err);
	if (st == PGC_OK)
		st = sample_sorted(kr, "__start_orc_unwind_ip", L_start_orc_unwind_ip,
				   L_stop_orc_unwind_ip, sizeof(uint32_t), ret, err);
	if (st == PGC_OK && layout_has(lay, L_exception_table_entry))
		st = sample_sorted(kr, "__start___ex_table", L_start_ex_table, L_stop_ex_table,
				   layout_get(lay, L_exception_table_entry), ret, err);
	if (st == PGC_OK)
		st = sample_markers(kr, ret, err);
	if (st == PGC_OK)
		sample_calls(kr, ret);
	return st;
}
