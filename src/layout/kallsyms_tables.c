/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/kallsyms_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "vmcore.h"

/* From _stext to the end of the image, with all its data. */
#define MAX_IMAGE (256u << 20)
#define WINDOW (1u << 20)
/* What is searched for; more that look like it are no kernel's, and cost. */
#define MAX_TRIALS 64
/* All tables begin at multiples of this: ALGN of scripts/kallsyms.c. */
#define ALIGN 8
/* There is a marker for each so many names. */
#define MARKER_EVERY 256
/* An entry: two bytes of length, and a name of KSYM_NAME_LEN. */
#define MAX_ENTRY (2 + 511)

/*
 * Each character that names have stands for itself, and all digits are in some name: this is in
 * every token table, and in little else.
 */
static const char digits[] = "0\0" "1\0" "2\0" "3\0" "4\0" "5\0" "6\0" "7\0" "8\0" "9";

static uint64_t align_up(uint64_t n)
{
	return (n + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

enum pgc_status kallsyms_tables_told(struct vmcore *vc, struct kallsyms_tables *ret,
				     struct pgc_err *err)
{
	struct kallsyms_place *place = &ret->place[0];

	*ret = (struct kallsyms_tables){ .places = 1 };
	if (!vmcore_number(vc, "SYMBOL(kallsyms_token_table)", &ret->token_table) ||
	    !vmcore_number(vc, "SYMBOL(kallsyms_token_index)", &ret->token_index))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no kallsyms_token_table");
	if (!vmcore_number(vc, "SYMBOL(kallsyms_names)", &ret->names) ||
	    !vmcore_number(vc, "SYMBOL(kallsyms_num_syms)", &ret->num_syms))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO does not say where kallsyms is");
	place->width = 4;
	if (vmcore_number(vc, "SYMBOL(kallsyms_offsets)", &place->offsets)) {
		if (!vmcore_number(vc, "SYMBOL(kallsyms_relative_base)", &place->base))
			place->base = 0;
		return PGC_OK;
	}
	place->width = 8;
	if (!vmcore_number(vc, "SYMBOL(kallsyms_addresses)", &place->offsets))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no kallsyms_offsets");
	return PGC_OK;
}

/* What can be had of the @len bytes from @kaddr, up to the first gap: *@got of them. */
static enum pgc_status read_some(struct vmcore *vc, uint64_t kaddr, uint8_t *buf, size_t len,
				 size_t *got, struct pgc_err *err)
{
	enum pgc_status st;

	*got = 0;
	st = vmcore_read_bulk(vc, kaddr, buf, len, got, err);
	return pgc_is_gap(st) ? PGC_OK : st;
}

/*
 * At most @most bytes that end at @end, as far back as there is no gap: *@len of them. The caller
 * frees *@ret.
 */
static enum pgc_status read_before(struct vmcore *vc, uint64_t end, size_t most, uint8_t **ret,
				   size_t *len, struct pgc_err *err)
{
	uint32_t page = vmcore_info(vc)->page_size;
	enum pgc_status st = PGC_OK;
	size_t part = end % page ? end % page : page;

	*len = 0;
	*ret = malloc(most);
	if (!*ret)
		return pgc_err_nomem(err, "kallsyms");
	for (; *len < most; part = page) {
		if (part > most - *len)
			part = most - *len;
		st = vmcore_read(vc, end - *len - part, *ret + most - *len - part, part,
				 "kallsyms", err);
		if (st != PGC_OK)
			break;
		*len += part;
	}
	memmove(*ret, *ret + most - *len, *len);
	return pgc_is_gap(st) ? PGC_OK : st;
}

/* All of them, or PGC_ENOENT. The caller frees *@ret. */
static enum pgc_status read_whole(struct vmcore *vc, uint64_t kaddr, size_t len, uint8_t **ret,
				  struct pgc_err *err)
{
	enum pgc_status st;
	size_t got;

	*ret = malloc(len);
	if (!*ret)
		return pgc_err_nomem(err, "kallsyms");
	st = read_some(vc, kaddr, *ret, len, &got, err);
	return st == PGC_OK && got < len ? PGC_ENOENT : st;
}

/* Behind @n strings from @at on; 0: they do not end in the @len bytes. */
static size_t skip_strings(const uint8_t *buf, size_t len, size_t at, unsigned int n)
{
	for (; n; n--) {
		const uint8_t *end = at < len ? memchr(buf + at, 0, len - at) : NULL;

		if (!end)
			return 0;
		at = (size_t)(end - buf) + 1;
	}
	return at;
}

/* Do the offsets in @index lead to the beginning of each string of @table, in order? */
static bool index_fits(const uint8_t *table, size_t len, const uint8_t *index)
{
	size_t at = 0;

	for (unsigned int i = 0; i < KALLSYMS_TOKENS; i++) {
		size_t next = skip_strings(table, len, at, 1);

		if (target_u16(index + 2 * i) != at || !next || next - at > KALLSYMS_MAX_TOKEN)
			return false;
		at = next;
	}
	return true;
}

/* Are the digits at @kaddr those of a token table? Its index, right behind it, says so. */
static enum pgc_status find_tokens(struct vmcore *vc, uint64_t kaddr,
				   struct kallsyms_tables *ret, struct pgc_err *err)
{
	enum { LEN = KALLSYMS_TOKENS * KALLSYMS_MAX_TOKEN + ALIGN + KALLSYMS_INDEX_LEN };
	_cleanup_free_ uint8_t *buf = malloc(LEN), *table = NULL;
	enum pgc_status st;
	size_t got, end, before, index;

	if (!buf)
		return pgc_err_nomem(err, "kallsyms");
	st = read_some(vc, kaddr, buf, LEN, &got, err);
	if (st != PGC_OK)
		return st;
	end = skip_strings(buf, got, 0, KALLSYMS_TOKENS - '0');
	index = align_up(kaddr + end) - kaddr;
	if (!end || !range_ok(index, KALLSYMS_INDEX_LEN, got))
		return PGC_ENOENT;
	before = target_u16(buf + index + 2 * '0');
	ret->token_table = kaddr - before;
	ret->token_index = kaddr + index;
	st = read_whole(vc, ret->token_table, before + end, &table, err);
	if (st == PGC_OK && !index_fits(table, before + end, buf + index))
		return PGC_ENOENT;
	return st;
}

/* kallsyms_markers, read from its end: where each so many names begin. */
struct markers {
	uint64_t at;		/* where they are */
	uint8_t *raw;		/* the first one */
	unsigned int width;	/* of one, bytes */
	size_t n;
};

static uint64_t marker(const struct markers *m, size_t i)
{
	return target_uint(m->raw + i * m->width, m->width);
}

/* The markers that end in @buf, which ends where the tokens begin, at @end. */
static bool find_markers(uint8_t *buf, size_t len, uint64_t end, unsigned int width,
			 struct markers *ret)
{
	size_t at = len;
	uint64_t next = UINT64_MAX, value = 0;

	/* Up to the next multiple there is padding. */
	if (width < ALIGN && len >= ALIGN && !target_uint(buf + at - width, width))
		at -= width;
	for (ret->n = 0; at >= width; next = value) {
		value = target_uint(buf + at - width, width);
		if (value >= next)
			return false;
		at -= width;
		ret->n++;
		if (!value)
			break;
	}
	ret->width = width;
	ret->raw = buf + at;
	ret->at = end - (len - at);
	return ret->n && !value;
}

/* Are @n names, to the last byte, what lies between @names and the markers? */
static bool names_fit(const uint8_t *names, size_t len, uint32_t n, const struct markers *m)
{
	size_t pos = 0, first, tokens;

	for (uint32_t i = 0; i < n; i++) {
		if (i % MARKER_EVERY == 0 && marker(m, i / MARKER_EVERY) != pos)
			return false;
		if (!kallsyms_entry(names, len, pos, &first, &tokens) || !tokens)
			return false;
		pos = first + tokens;
	}
	return len - pos < ALIGN;
}

/*
 * kallsyms_num_syms, and behind it the names: of what lies before the markers the number that
 * goes with so many markers, and so many names.
 */
static enum pgc_status find_names(struct vmcore *vc, const struct markers *m,
				  struct kallsyms_tables *ret, uint32_t *n, struct pgc_err *err)
{
	uint64_t last = marker(m, m->n - 1), most = last + MARKER_EVERY * MAX_ENTRY + 2 * ALIGN;
	unsigned int trials = 0;
	_cleanup_free_ uint8_t *buf = NULL;
	enum pgc_status st;
	size_t len;

	if (last > KALLSYMS_MAX_NAMES || m->at % ALIGN)
		return PGC_ENOENT;
	st = read_before(vc, m->at, align_up(most), &buf, &len, err);
	if (st != PGC_OK)
		return st;
	if (last > len)
		return PGC_ENOENT;
	for (size_t at = (len - last) / ALIGN * ALIGN; at && trials < MAX_TRIALS; at -= ALIGN) {
		const uint8_t *num = buf + at - ALIGN;

		*n = target_u32(num);
		if (!*n || *n > KALLSYMS_MAX_SYMBOLS || target_u32(num + 4) ||
		    (*n - 1) / MARKER_EVERY + 1 != m->n)
			continue;
		trials++;
		if (!names_fit(buf + at, len - at, *n, m))
			continue;
		ret->names = m->at - len + at;
		ret->num_syms = ret->names - ALIGN;
		return PGC_OK;
	}
	return PGC_ENOENT;
}

static void add_place(struct kallsyms_tables *t, uint64_t offsets, unsigned int width,
		      uint64_t base)
{
	t->place[t->places++] = (struct kallsyms_place){
		.offsets = offsets, .width = width, .base = base,
	};
}

/* Where the addresses of @n symbols may be, beside the other tables. */
static void add_places(struct kallsyms_tables *t, uint32_t n)
{
	uint64_t offsets = align_up((uint64_t)n * 4);
	uint64_t behind = align_up(t->token_index + KALLSYMS_INDEX_LEN);

	t->places = 0;
	add_place(t, t->num_syms - ALIGN - offsets, 4, t->num_syms - ALIGN);
	add_place(t, t->num_syms - (uint64_t)n * 8, 8, 0);
	/* Since Linux commit 404bad70fcf7 ("scripts/kallsyms: change the output order") in v6.4. */
	add_place(t, behind, 4, behind + offsets);
	add_place(t, behind, 4, 0);
}

/* The tables whose tokens were found. PGC_ENOENT: they are no tables. */
static enum pgc_status find_rest(struct vmcore *vc, struct kallsyms_tables *ret,
				 struct pgc_err *err)
{
	/* Numbers of 8 bytes until Linux commit 80ffbaa5b1bd in v4.20. */
	static const unsigned int widths[] = { 4, 8 };
	_cleanup_free_ uint8_t *buf = NULL;
	struct markers m;
	uint32_t n = 0;
	size_t len;
	enum pgc_status st = read_before(vc, ret->token_table,
					 KALLSYMS_MAX_SYMBOLS / MARKER_EVERY * ALIGN, &buf, &len,
					 err);

	if (st != PGC_OK)
		return st;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		if (!find_markers(buf, len, ret->token_table, widths[i], &m))
			continue;
		st = find_names(vc, &m, ret, &n, err);
		if (st == PGC_OK)
			add_places(ret, n);
		if (st != PGC_ENOENT)
			return st;
	}
	return PGC_ENOENT;
}

/* Look for token tables in the @len bytes of @buf, which are those at @kaddr. */
static enum pgc_status search_window(struct vmcore *vc, uint64_t kaddr, const uint8_t *buf,
				     size_t len, unsigned int *trials,
				     struct kallsyms_tables *ret, struct pgc_err *err)
{
	const uint8_t *at = buf;

	for (; *trials < MAX_TRIALS; at++) {
		enum pgc_status st;

		at = memmem(at, (size_t)(buf + len - at), digits, sizeof(digits));
		if (!at)
			return PGC_ENOENT;
		++*trials;
		st = find_tokens(vc, kaddr + (uint64_t)(at - buf), ret, err);
		if (st == PGC_OK)
			st = find_rest(vc, ret, err);
		if (st != PGC_ENOENT)
			return st;
	}
	return PGC_ENOENT;
}

/* How many bytes from @kaddr on there is nothing, at least a page. */
static enum pgc_status gap_at(struct vmcore *vc, uint64_t kaddr, uint64_t *gap,
			      struct pgc_err *err)
{
	uint32_t page = vmcore_info(vc)->page_size;
	uint64_t paddr, run = 0;
	enum pgc_status st = vmcore_translate(vc, kaddr, &paddr, &run, err);

	*gap = page - kaddr % page;
	if (pgc_is_gap(st) && run > *gap)
		*gap = run;
	return pgc_is_gap(st) ? PGC_OK : st;
}

enum pgc_status kallsyms_tables_search(struct vmcore *vc, struct kallsyms_tables *ret,
				       struct pgc_err *err)
{
	_cleanup_free_ uint8_t *buf = malloc(WINDOW);
	unsigned int trials = 0;
	uint64_t stext, skip;
	enum pgc_status st;
	size_t got;

	*ret = (struct kallsyms_tables){ .places = 0 };
	if (!buf)
		return pgc_err_nomem(err, "kallsyms");
	if (!vmcore_number(vc, "SYMBOL(_stext)", &stext))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no SYMBOL(_stext)");
	for (uint64_t off = 0; off < MAX_IMAGE && stext + off >= stext; off += skip) {
		st = read_some(vc, stext + off, buf, WINDOW, &got, err);
		if (st == PGC_OK)
			st = search_window(vc, stext + off, buf, got, &trials, ret, err);
		if (st != PGC_ENOENT)
			return st;
		/* What was found last may go on behind the window. */
		skip = got > sizeof(digits) ? got - sizeof(digits) : 0;
		st = got < WINDOW ? gap_at(vc, stext + off + got, &skip, err) : PGC_OK;
		if (st != PGC_OK)
			return st;
		skip += got < WINDOW ? got : 0;
	}
	return pgc_err_set(err, PGC_ENOENT, "the kernel image holds no kallsyms tables");
}
