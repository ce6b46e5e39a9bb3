/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kallsyms.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "target_int.h"
#include "vmcore.h"

/* A distribution's kernel has 200,000; a name has at most 511 characters. */
#define MAX_SYMBOLS (4u << 20)
#define MAX_NAME 1024
#define MAX_TOKEN 256
#define MAX_TABLE (256u << 20)
/* A function or a variable that is larger is the last one before a gap. */
#define MAX_SIZE (16u << 20)

enum encoding {
	ENC_ABSOLUTE,	/* unsigned long kallsyms_addresses[]: the address itself */
	ENC_RELATIVE,	/* u32 kallsyms_offsets[], from kallsyms_relative_base */
	ENC_PERCPU,	/* the same with negative offsets; positive ones are per-CPU offsets */
	ENC_PLACE,	/* s32, from its own place in the table: 7.2, which has no relative base */
	ENCODINGS
};

struct symbol {
	uint64_t addr;
	uint32_t hash;
	uint32_t text;	/* in the arena: the type, then the name */
};

struct kallsyms {
	struct symbol *syms;
	size_t n;
	char *arena;
};

/* The tables, as they lie in the dump. */
struct tables {
	struct vmcore *vc;
	uint64_t names, offsets, base;
	unsigned int width;	/* of one entry of offsets, bytes */
	uint8_t *raw_offsets, *raw_names;
	size_t names_len;	/* bytes that could be read */
	char tokens[256][MAX_TOKEN];
	uint16_t token_len[256];
	size_t n;
};

static uint32_t hash_name(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* The address in a SYMBOL() line of VMCOREINFO. */
static bool said(struct vmcore *vc, const char *key, uint64_t *ret)
{
	const char *text = vmcore_vmcoreinfo(vc, key);
	char *end;

	if (!text || !isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 16);
	return !errno && !*end;
}

static enum pgc_status read_tokens(struct tables *t, struct pgc_err *err)
{
	uint64_t table, index;
	uint8_t raw[512];
	enum pgc_status st;

	if (!said(t->vc, "SYMBOL(kallsyms_token_table)", &table) ||
	    !said(t->vc, "SYMBOL(kallsyms_token_index)", &index))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no kallsyms_token_table");
	st = vmcore_read(t->vc, index, raw, sizeof(raw), "kallsyms_token_index", err);
	for (size_t i = 0; i < 256 && st == PGC_OK; i++) {
		st = vmcore_read_str(t->vc, table + target_u16(raw + 2 * i), t->tokens[i],
				     MAX_TOKEN, "kallsyms_token_table", err);
		t->token_len[i] = st == PGC_OK ? (uint16_t)strlen(t->tokens[i]) : 0;
	}
	return st;
}

/* @len bytes at @kaddr; *@got is what could be had of them. The caller frees *@ret. */
static enum pgc_status read_table(struct tables *t, uint64_t kaddr, size_t len, size_t *got,
				  uint8_t **ret, struct pgc_err *err)
{
	enum pgc_status st;

	free(*ret);
	*ret = malloc(len);
	if (!*ret)
		return pgc_err_nomem(err, "kallsyms");
	st = vmcore_read_bulk(t->vc, kaddr, *ret, len, got, err);
	return pgc_is_gap(st) ? PGC_OK : st;
}

static enum pgc_status read_offsets(struct tables *t, struct pgc_err *err)
{
	uint64_t at;
	uint32_t n;
	enum pgc_status st;
	size_t got = 0;

	if (!said(t->vc, "SYMBOL(kallsyms_names)", &t->names) ||
	    !said(t->vc, "SYMBOL(kallsyms_num_syms)", &at))
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO does not say where kallsyms is");
	st = vmcore_read_u32(t->vc, at, "kallsyms_num_syms", &n, err);
	if (st != PGC_OK)
		return st;
	if (!n || n > MAX_SYMBOLS)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms of %" PRIu32 " symbols", n);
	t->n = n;
	t->width = 4;
	if (!said(t->vc, "SYMBOL(kallsyms_offsets)", &t->offsets)) {
		t->width = 8;
		if (!said(t->vc, "SYMBOL(kallsyms_addresses)", &t->offsets))
			return pgc_err_set(err, PGC_ENOENT,
					   "VMCOREINFO has no kallsyms_offsets");
	}
	st = read_table(t, t->offsets, t->n * t->width, &got, &t->raw_offsets, err);
	if (st == PGC_OK && got < t->n * t->width)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms_offsets: %zu of %zu bytes can be read",
				   got, t->n * t->width);
	return st;
}

/* An entry of kallsyms_names: its tokens, and where the next one is. False: it is cut. */
static bool entry_at(const struct tables *t, size_t pos, size_t *first, size_t *len)
{
	if (pos >= t->names_len)
		return false;
	*len = t->raw_names[pos++];
	/* Since Linux commit 73bbb94466fd ("kallsyms: support "big" kernel symbols") in v6.1. */
	if (*len & 0x80) {
		if (pos >= t->names_len)
			return false;
		*len = (*len & 0x7f) | (size_t)t->raw_names[pos++] << 7;
	}
	*first = pos;
	return *len <= t->names_len - pos;
}

/* Bytes that all names take, expanded; 0: the table is cut. */
static size_t measure_names(const struct tables *t)
{
	size_t pos = 0, first, len, total = 0;

	for (size_t i = 0; i < t->n; i++) {
		size_t name = 0;

		if (!entry_at(t, pos, &first, &len))
			return 0;
		for (size_t j = 0; j < len && name < MAX_NAME; j++)
			name += t->token_len[t->raw_names[first + j]];
		/* The longest token may end past the limit; a type and the NUL. */
		total += name + 2;
		pos = first + len;
	}
	return total;
}

/* Nothing says how long kallsyms_names is: read until it holds all names. */
static enum pgc_status read_names(struct tables *t, size_t *room, struct pgc_err *err)
{
	enum pgc_status st;

	for (size_t want = t->n * 16; want <= MAX_TABLE; want *= 2) {
		st = read_table(t, t->names, want, &t->names_len, &t->raw_names, err);
		if (st != PGC_OK)
			return st;
		*room = measure_names(t);
		if (*room)
			return PGC_OK;
		if (t->names_len < want)
			break;
	}
	return pgc_err_set(err, PGC_EFORMAT, "kallsyms_names ends before its last name");
}

static void expand_names(const struct tables *t, struct kallsyms *ks)
{
	size_t pos = 0, used = 0, first, len;

	while (ks->n < t->n && entry_at(t, pos, &first, &len)) {
		struct symbol *sym = &ks->syms[ks->n++];
		size_t start = used;

		for (size_t j = 0; j < len && used - start < MAX_NAME; j++) {
			uint8_t token = t->raw_names[first + j];

			memcpy(ks->arena + used, t->tokens[token], t->token_len[token]);
			used += t->token_len[token];
		}
		/* The first character is the type: a name follows even where it is empty. */
		if (used == start)
			ks->arena[used++] = '?';
		ks->arena[used++] = '\0';
		sym->text = (uint32_t)start;
		sym->hash = hash_name(ks->arena + start + 1);
		pos = first + len;
	}
}

static uint64_t address(const struct tables *t, enum encoding enc, size_t i)
{
	const uint8_t *raw = t->raw_offsets + i * t->width;
	int64_t offset;

	if (enc == ENC_ABSOLUTE)
		return target_u64(raw);
	offset = (int32_t)target_u32(raw);
	switch (enc) {
	case ENC_RELATIVE:
		return t->base + (uint32_t)offset;
	case ENC_PERCPU:
		return offset >= 0 ? (uint64_t)offset : t->base - 1 - (uint64_t)offset;
	default:
		return t->offsets + i * t->width + (uint64_t)offset;
	}
}

/* Index of the first symbol @name from @i on, or ks->n. */
static size_t next_named(const struct kallsyms *ks, const char *name, uint32_t hash, size_t i)
{
	for (; i < ks->n; i++)
		if (ks->syms[i].hash == hash &&
		    !strcmp(ks->arena + ks->syms[i].text + 1, name))
			break;
	return i;
}

/* The encoding under which _stext is where VMCOREINFO has it. */
static enum pgc_status find_encoding(struct tables *t, const struct kallsyms *ks,
				     enum encoding *ret, struct pgc_err *err)
{
	bool possible[ENCODINGS] = { [ENC_ABSOLUTE] = t->width == 8 };
	size_t i = next_named(ks, "_stext", hash_name("_stext"), 0);
	uint64_t stext, base;

	if (!said(t->vc, "SYMBOL(_stext)", &stext))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no SYMBOL(_stext)");
	if (i == ks->n)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms has no _stext");
	if (t->width == 4 && said(t->vc, "SYMBOL(kallsyms_relative_base)", &base)) {
		enum pgc_status st = vmcore_read_u64(t->vc, base, "kallsyms_relative_base",
						     &t->base, err);

		if (st != PGC_OK)
			return st;
		possible[ENC_PERCPU] = possible[ENC_RELATIVE] = true;
	} else if (t->width == 4) {
		possible[ENC_PLACE] = true;
	}
	for (enum encoding enc = 0; enc < ENCODINGS; enc++)
		if (possible[enc] && address(t, enc, i) == stext) {
			*ret = enc;
			return PGC_OK;
		}
	return pgc_err_set(err, PGC_EFORMAT,
			   "kallsyms: no encoding that is known puts _stext at 0x%" PRIx64,
			   stext);
}

static enum pgc_status expand(struct tables *t, struct kallsyms *ks, struct pgc_err *err)
{
	enum encoding enc = ENC_PLACE;
	enum pgc_status st;
	size_t room = 0;

	st = read_tokens(t, err);
	if (st == PGC_OK)
		st = read_offsets(t, err);
	if (st == PGC_OK)
		st = read_names(t, &room, err);
	if (st != PGC_OK)
		return st;
	ks->syms = malloc(t->n * sizeof(*ks->syms));
	ks->arena = malloc(room);
	if (!ks->syms || !ks->arena || room > UINT32_MAX)
		return pgc_err_nomem(err, "kallsyms");
	expand_names(t, ks);
	st = find_encoding(t, ks, &enc, err);
	for (size_t i = 0; i < ks->n; i++)
		ks->syms[i].addr = address(t, enc, i);
	return st;
}

enum pgc_status kallsyms_create(struct vmcore *vc, struct kallsyms **ret, struct pgc_err *err)
{
	struct tables *t = calloc(1, sizeof(*t));
	struct kallsyms *ks = calloc(1, sizeof(*ks));
	enum pgc_status st;

	if (t && ks) {
		t->vc = vc;
		st = expand(t, ks, err);
		free(t->raw_offsets);
		free(t->raw_names);
	} else {
		st = pgc_err_nomem(err, "kallsyms");
	}
	free(t);
	if (pgc_is_gap(st))
		st = pgc_err_set(err, PGC_EFORMAT, "kallsyms is not in the dump");
	if (st != PGC_OK) {
		kallsyms_destroy(ks);
		return st;
	}
	*ret = ks;
	return PGC_OK;
}

void kallsyms_destroy(struct kallsyms *ks)
{
	if (!ks)
		return;
	free(ks->syms);
	free(ks->arena);
	free(ks);
}

static struct kallsym symbol_at(const struct kallsyms *ks, size_t i)
{
	struct kallsym ret = {
		.addr = ks->syms[i].addr,
		.type = ks->arena[ks->syms[i].text],
		.name = ks->arena + ks->syms[i].text + 1,
	};

	/* In order of address; aliases share one. */
	for (size_t j = i + 1; j < ks->n && j < i + 64; j++) {
		if (ks->syms[j].addr == ret.addr)
			continue;
		ret.size = ks->syms[j].addr - ret.addr;
		if (ret.size > MAX_SIZE)
			ret.size = 0;
		break;
	}
	return ret;
}

/* Per-CPU symbols that are offsets have the type A, static or not. */
static bool is_global(char type)
{
	return type >= 'B' && type <= 'Z';
}

enum pgc_status kallsyms_find(const struct kallsyms *ks, const char *name,
			      struct kallsym *ret, struct pgc_err *err)
{
	uint32_t hash = hash_name(name);
	size_t found = ks->n;

	for (size_t i = next_named(ks, name, hash, 0); i < ks->n;
	     i = next_named(ks, name, hash, i + 1)) {
		bool global = is_global(ks->arena[ks->syms[i].text]);

		if (!global && found < ks->n && ks->syms[found].addr != ks->syms[i].addr)
			return pgc_err_set(err, PGC_ENOENT, "several symbols are named %s",
					   name);
		found = i;
		if (global)
			break;
	}
	if (found == ks->n)
		return pgc_err_set(err, PGC_ENOENT, "no symbol %s", name);
	*ret = symbol_at(ks, found);
	return PGC_OK;
}

void kallsyms_each_function(const struct kallsyms *ks, kallsyms_fn *fn, void *arg)
{
	for (size_t i = 0; i < ks->n; i++) {
		struct kallsym sym = symbol_at(ks, i);

		if (strchr("tTwW", sym.type) && sym.type && sym.size && !fn(arg, &sym))
			return;
	}
}

size_t kallsyms_count(const struct kallsyms *ks)
{
	return ks->n;
}
