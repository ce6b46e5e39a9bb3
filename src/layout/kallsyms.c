/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/kallsyms.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_filter.h"
#include "base/target_int.h"
#include "layout/kallsyms_tables.h"
#include "vmcore.h"

/* A name has at most 511 characters. */
#define MAX_NAME 1024
#define MAX_TOKEN KALLSYMS_MAX_TOKEN
/* A function or a variable that is larger is the last one before a gap. */
#define MAX_SIZE (16u << 20)
/* Of the hash of names, modulo 2^32: any odd number with bits all over. */
#define HASH_BASE 2654435761u

enum encoding {
	ENC_ABSOLUTE,	/* unsigned long kallsyms_addresses[]: the address itself */
	ENC_RELATIVE,	/* u32 kallsyms_offsets[], from kallsyms_relative_base */
	ENC_PERCPU,	/* the same with negative offsets; positive ones are per-CPU offsets */
	ENC_PLACE,	/* s32, from its own place in the table: 7.2, which has no relative base */
	ENCODINGS
};

/* A string that stands for one byte of a name, and what it does to a name's hash. */
struct token {
	char text[MAX_TOKEN];
	uint32_t len;
	uint32_t hash, power;	/* of all of it; HASH_BASE to the power of its length */
	uint32_t tail_hash;	/* without the first character, which may be a type */
};

/*
 * The tables as they are in the dump, and an index of names by hash. Names stay compressed:
 * of a hundred thousand, some hundred are ever looked at.
 */
struct kallsyms {
	struct vmcore *vc;	/* while it is read */
	uint64_t offsets, base;
	unsigned int width;	/* of one entry of offsets, bytes */
	enum encoding encoding;
	size_t n, names_len;
	uint8_t *raw_offsets, *raw_names;
	struct token tokens[KALLSYMS_TOKENS];
	uint32_t *pos;		/* where in raw_names a symbol's entry is */
	uint32_t *hash;
	uint32_t *bucket, *chain; /* number of a symbol + 1, ascending; 0 ends a chain */
	uint32_t mask;
	char name[MAX_NAME + MAX_TOKEN]; /* the one that was expanded last: type and name */
};

/* By characters; of a token the part is known beforehand: see struct token. */
static uint32_t hash_name(const char *s)
{
	uint32_t h = 0;

	for (; *s; s++)
		h = h * HASH_BASE + (unsigned char)*s;
	return h;
}

static void measure_token(struct token *t)
{
	t->len = (uint32_t)strlen(t->text);
	t->hash = hash_name(t->text);
	t->tail_hash = t->len ? hash_name(t->text + 1) : 0;
	t->power = 1;
	for (uint32_t i = 0; i < t->len; i++)
		t->power *= HASH_BASE;
}

static enum pgc_status read_tokens(struct kallsyms *ks, const struct kallsyms_tables *t,
				   struct pgc_err *err)
{
	uint8_t raw[KALLSYMS_INDEX_LEN];
	enum pgc_status st = vmcore_read(ks->vc, t->token_index, raw, sizeof(raw),
					 "kallsyms_token_index", err);

	for (size_t i = 0; i < KALLSYMS_TOKENS && st == PGC_OK; i++) {
		st = vmcore_read_str(ks->vc, t->token_table + target_u16(raw + 2 * i),
				     ks->tokens[i].text, MAX_TOKEN, "kallsyms_token_table", err);
		if (st == PGC_OK)
			measure_token(&ks->tokens[i]);
	}
	return st;
}

/* @len bytes at @kaddr; *@got is what could be had of them. The caller frees *@ret. */
static enum pgc_status read_table(struct kallsyms *ks, uint64_t kaddr, size_t len, size_t *got,
				  uint8_t **ret, struct pgc_err *err)
{
	enum pgc_status st;

	free(*ret);
	*ret = malloc(len);
	if (!*ret)
		return pgc_err_nomem(err, "kallsyms");
	st = vmcore_read_bulk(ks->vc, kaddr, *ret, len, got, err);
	return pgc_is_gap(st) ? PGC_OK : st;
}

static enum pgc_status read_number(struct kallsyms *ks, const struct kallsyms_tables *t,
				   struct pgc_err *err)
{
	uint32_t n;
	enum pgc_status st = vmcore_read_u32(ks->vc, t->num_syms, "kallsyms_num_syms", &n, err);

	if (st != PGC_OK)
		return st;
	if (!n || n > KALLSYMS_MAX_SYMBOLS)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms: %" PRIu32 " symbols are impossible", n);
	ks->n = n;
	return PGC_OK;
}

static enum pgc_status read_offsets(struct kallsyms *ks, const struct kallsyms_place *place,
				    struct pgc_err *err)
{
	enum pgc_status st;
	size_t got = 0;

	ks->offsets = place->offsets;
	ks->width = place->width;
	st = read_table(ks, ks->offsets, ks->n * ks->width, &got, &ks->raw_offsets, err);
	if (st == PGC_OK && got < ks->n * ks->width)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms_offsets: %zu of %zu bytes can be read",
				   got, ks->n * ks->width);
	return st;
}

static bool entry_at(const struct kallsyms *ks, size_t pos, size_t *first, size_t *len)
{
	return kallsyms_entry(ks->raw_names, ks->names_len, pos, first, len);
}

/* Find each entry and the hash of its name. False: the table is cut. */
static bool hash_names(struct kallsyms *ks)
{
	size_t pos = 0, first, len;

	for (size_t i = 0; i < ks->n; i++) {
		const uint8_t *tokens;
		uint32_t h;

		if (!entry_at(ks, pos, &first, &len))
			return false;
		tokens = ks->raw_names + first;
		/* The first character of all is the type. */
		h = len ? ks->tokens[tokens[0]].tail_hash : 0;
		for (size_t j = 1; j < len; j++)
			h = h * ks->tokens[tokens[j]].power + ks->tokens[tokens[j]].hash;
		ks->pos[i] = (uint32_t)pos;
		ks->hash[i] = h;
		pos = first + len;
	}
	return true;
}

/* Nothing says how long kallsyms_names is: read until it holds all names. */
static enum pgc_status read_names(struct kallsyms *ks, uint64_t names, struct pgc_err *err)
{
	enum pgc_status st;

	for (size_t want = ks->n * 16; want <= KALLSYMS_MAX_NAMES; want *= 2) {
		st = read_table(ks, names, want, &ks->names_len, &ks->raw_names, err);
		if (st != PGC_OK)
			return st;
		if (hash_names(ks))
			return PGC_OK;
		if (ks->names_len < want)
			break;
	}
	return pgc_err_set(err, PGC_EFORMAT, "kallsyms_names ends before its last name");
}

static enum pgc_status make_index(struct kallsyms *ks, struct pgc_err *err)
{
	uint32_t buckets = 1024;

	while (buckets < ks->n)
		buckets *= 2;
	ks->mask = buckets - 1;
	ks->bucket = calloc(buckets, sizeof(*ks->bucket));
	ks->chain = malloc(ks->n * sizeof(*ks->chain));
	if (!ks->bucket || !ks->chain)
		return pgc_err_nomem(err, "kallsyms");
	for (size_t i = ks->n; i-- > 0;) {
		uint32_t *head = &ks->bucket[(ks->hash[i] ^ ks->hash[i] >> 16) & ks->mask];

		ks->chain[i] = *head;
		*head = (uint32_t)i + 1;
	}
	return PGC_OK;
}

/* Expand @most characters or some more of the @i-th entry into ks->name: type, then name. */
static void expand(struct kallsyms *ks, size_t i, size_t most)
{
	size_t first, len, used = 0;

	if (!entry_at(ks, ks->pos[i], &first, &len))
		len = 0;
	for (size_t j = 0; j < len && used < most; j++) {
		const struct token *t = &ks->tokens[ks->raw_names[first + j]];

		memcpy(ks->name + used, t->text, t->len);
		used += t->len;
	}
	/* A name follows the type even where it is empty. */
	if (!used)
		ks->name[used++] = '?';
	ks->name[used] = '\0';
}

static uint64_t address(const struct kallsyms *ks, enum encoding enc, size_t i)
{
	const uint8_t *raw = ks->raw_offsets + i * ks->width;
	int64_t offset;

	if (enc == ENC_ABSOLUTE)
		return target_u64(raw);
	offset = (int32_t)target_u32(raw);
	switch (enc) {
	case ENC_RELATIVE:
		return ks->base + (uint32_t)offset;
	case ENC_PERCPU:
		return offset >= 0 ? (uint64_t)offset : ks->base - 1 - (uint64_t)offset;
	default:
		return ks->offsets + i * ks->width + (uint64_t)offset;
	}
}

/* The next symbol @name after number @after (0: the first), plus 1; it is expanded. 0: none. */
static uint32_t next_named(struct kallsyms *ks, const char *name, uint32_t hash, uint32_t after)
{
	uint32_t i = after ? ks->chain[after - 1] : ks->bucket[(hash ^ hash >> 16) & ks->mask];

	for (; i; i = ks->chain[i - 1]) {
		if (ks->hash[i - 1] != hash)
			continue;
		expand(ks, i - 1, MAX_NAME);
		if (!strcmp(ks->name + 1, name))
			break;
	}
	return i;
}

/*
 * The encoding under which _stext is where VMCOREINFO has it. Where the place of the table is a
 * guess, all others must be in order, too.
 */
static bool encoding_fits(const struct kallsyms *ks, enum encoding enc, uint32_t nr,
			  uint64_t stext, bool guessed)
{
	if (address(ks, enc, nr) != stext)
		return false;
	for (size_t i = 1; guessed && i < ks->n; i++)
		if (address(ks, enc, i - 1) > address(ks, enc, i))
			return false;
	return true;
}

static enum pgc_status find_encoding(struct kallsyms *ks, const struct kallsyms_place *place,
				     bool guessed, struct pgc_err *err)
{
	bool possible[ENCODINGS] = { [ENC_ABSOLUTE] = ks->width == 8 };
	uint32_t i = next_named(ks, "_stext", hash_name("_stext"), 0);
	uint64_t stext;

	if (!vmcore_number(ks->vc, "SYMBOL(_stext)", &stext))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no SYMBOL(_stext)");
	if (!i)
		return pgc_err_set(err, PGC_EFORMAT, "kallsyms has no _stext");
	if (ks->width == 4 && place->base) {
		enum pgc_status st = vmcore_read_u64(ks->vc, place->base,
						     "kallsyms_relative_base", &ks->base, err);

		if (st != PGC_OK)
			return st;
		possible[ENC_PERCPU] = possible[ENC_RELATIVE] = true;
	} else if (ks->width == 4) {
		possible[ENC_PLACE] = true;
	}
	for (enum encoding enc = 0; enc < ENCODINGS; enc++)
		if (possible[enc] && encoding_fits(ks, enc, i - 1, stext, guessed)) {
			ks->encoding = enc;
			return PGC_OK;
		}
	return pgc_err_set(err, PGC_EFORMAT,
			   "kallsyms: no known encoding places _stext at 0x%" PRIx64,
			   stext);
}

/* The first place whose addresses fit; the message is of the last one. */
static enum pgc_status find_place(struct kallsyms *ks, const struct kallsyms_tables *t,
				  struct pgc_err *err)
{
	enum pgc_status st = PGC_ENOENT;

	for (unsigned int i = 0; i < t->places; i++) {
		st = read_offsets(ks, &t->place[i], err);
		if (st == PGC_OK)
			st = find_encoding(ks, &t->place[i], t->places > 1, err);
		if (st == PGC_OK || st == PGC_ENOMEM)
			break;
	}
	return st;
}

static enum pgc_status read_all(struct kallsyms *ks, const struct kallsyms_tables *t,
				struct pgc_err *err)
{
	enum pgc_status st = read_tokens(ks, t, err);

	if (st == PGC_OK)
		st = read_number(ks, t, err);
	if (st != PGC_OK)
		return st;
	ks->pos = malloc(ks->n * sizeof(*ks->pos));
	ks->hash = malloc(ks->n * sizeof(*ks->hash));
	if (!ks->pos || !ks->hash)
		return pgc_err_nomem(err, "kallsyms");
	st = read_names(ks, t->names, err);
	if (st == PGC_OK)
		st = make_index(ks, err);
	return st == PGC_OK ? find_place(ks, t, err) : st;
}

/* Of the tables at @t all that there is to know of them. */
static enum pgc_status create_from(struct vmcore *vc, const struct kallsyms_tables *t,
				   struct kallsyms **ret, struct pgc_err *err)
{
	struct kallsyms *ks = calloc(1, sizeof(*ks));
	enum pgc_status st;

	if (!ks)
		return pgc_err_nomem(err, "kallsyms");
	ks->vc = vc;
	st = read_all(ks, t, err);
	ks->vc = NULL;
	if (pgc_is_gap(st))
		st = pgc_err_set(err, PGC_EFORMAT, "kallsyms is not in the dump");
	if (st != PGC_OK) {
		kallsyms_destroy(ks);
		return st;
	}
	*ret = ks;
	return PGC_OK;
}

enum pgc_status kallsyms_create(struct vmcore *vc, struct kallsyms **ret, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	struct kallsyms_tables t;
	enum pgc_status told = kallsyms_tables_told(vc, &t, err), st;

	if (told == PGC_OK)
		told = create_from(vc, &t, ret, err);
	if (told == PGC_OK || told == PGC_ENOMEM)
		return told;
	/* What is said is wrong, or nothing is said: the reason to show is the first one. */
	st = kallsyms_tables_search(vc, &t, &why);
	if (st == PGC_OK)
		st = create_from(vc, &t, ret, &why);
	if (st == PGC_ENOMEM)
		return pgc_err_nomem(err, "kallsyms");
	return st == PGC_OK ? PGC_OK : told;
}

void kallsyms_destroy(struct kallsyms *ks)
{
	if (!ks)
		return;
	free(ks->raw_offsets);
	free(ks->raw_names);
	free(ks->pos);
	free(ks->hash);
	free(ks->bucket);
	free(ks->chain);
	free(ks);
}

/* What is known of the symbol that was expanded last, the @i-th. */
static struct kallsym symbol_at(const struct kallsyms *ks, size_t i)
{
	struct kallsym ret = {
		.addr = address(ks, ks->encoding, i),
		.type = ks->name[0],
		.name = ks->name + 1,
	};

	/* In order of address; aliases share one. */
	for (size_t j = i + 1; j < ks->n && j < i + 64; j++) {
		uint64_t next = address(ks, ks->encoding, j);

		if (next == ret.addr)
			continue;
		if (next - ret.addr <= MAX_SIZE)
			ret.size = next - ret.addr;
		break;
	}
	return ret;
}

/* Per-CPU symbols that are offsets have the type A, static or not. */
static bool is_global(char type)
{
	return type >= 'B' && type <= 'Z';
}

enum pgc_status kallsyms_find(struct kallsyms *ks, const char *name, struct kallsym *ret,
			      struct pgc_err *err)
{
	uint32_t hash = hash_name(name), found = 0;

	for (uint32_t i = next_named(ks, name, hash, 0); i;
	     i = next_named(ks, name, hash, i)) {
		struct kallsym sym = symbol_at(ks, i - 1);

		if (found && !is_global(sym.type) && sym.addr != ret->addr)
			return pgc_err_set(err, PGC_ENOENT, "several symbols are named %s",
					   name);
		found = i;
		*ret = sym;
		ret->name = name;
		if (is_global(sym.type))
			return PGC_OK;
	}
	return found ? PGC_OK : pgc_err_set(err, PGC_ENOENT, "no symbol %s", name);
}

void kallsyms_each_function(struct kallsyms *ks, const struct name_filter *filter,
			    kallsyms_fn *fn, void *arg)
{
	for (size_t i = 0; i < ks->n; i++) {
		struct kallsym sym;

		/* Of most, the type and the first characters are enough to pass them by. */
		expand(ks, i, 1 + NAME_FILTER_CHARS);
		if (!strchr("tTwW", ks->name[0]) || !name_filter_passes(filter, ks->name + 1))
			continue;
		expand(ks, i, MAX_NAME);
		sym = symbol_at(ks, i);
		if (sym.size && !fn(arg, &sym))
			return;
	}
}

size_t kallsyms_count(const struct kallsyms *ks)
{
	return ks->n;
}
