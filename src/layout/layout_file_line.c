/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a line of a layout file says. Everything is checked here but what the table wants.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "layout/layout_file_priv.h"

#define MAX_ITEMS 8192
/* No struct or array of the table is larger: bytes or elements. */
#define MAX_EXTENT (1u << 24)

static bool parse_number(const char *s, uint64_t *ret)
{
	int base = s[0] == '0' && s[1] == 'x' ? 16 : 10;
	char *end;

	/* strtoull() would take "-1", " 1" and "0x" without digits. */
	s += base == 16 ? 2 : 0;
	if (base == 16 ? !isxdigit((unsigned char)*s) : !isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*ret = strtoull(s, &end, base);
	return !*end && !errno && (base == 10 || s[1] != 'x');
}

static bool parse_signed(const char *s, int64_t *ret)
{
	bool minus = *s == '-';
	uint64_t val;

	if (!parse_number(s + minus, &val) || val > (uint64_t)INT64_MAX + minus)
		return false;
	*ret = (int64_t)(minus ? 0 - val : val);
	return true;
}

static enum pgc_status number(struct lf_file *f, unsigned int i, const char *what, uint64_t max,
			      uint64_t *ret, struct pgc_err *err)
{
	if (!parse_number(f->field[i], ret))
		return lf_bad(f, err, "%s: '%s' is not a number", what, f->field[i]);
	if (*ret > max)
		return lf_bad(f, err, "%s: %s is too large", what, f->field[i]);
	return PGC_OK;
}

static enum pgc_status fields(const struct lf_file *f, unsigned int min, unsigned int max,
			      struct pgc_err *err)
{
	if (f->n_fields < min)
		return lf_bad(f, err, "'%s' has too few words", f->field[0]);
	if (f->n_fields > max)
		return lf_bad(f, err, "'%s' has too many words", f->field[0]);
	return PGC_OK;
}

static bool says_absent(const struct lf_file *f)
{
	return f->n_fields == 3 && !strcmp(f->field[2], "absent");
}

/* Is the row of that name in the file "type.path"? Without making that string. */
static bool is_called(const struct layout_row *row, const char *name)
{
	size_t len = row->type ? strlen(row->type) : 0;

	if (!row->type)
		return !strcmp(row->path, name);
	if (strncmp(row->type, name, len))
		return false;
	if (!row->path[0])
		return !name[len];
	return name[len] == '.' && !strcmp(row->path, name + len + 1);
}

static const struct layout_row *find_row(struct lf_file *f, enum layout_kind kind)
{
	for (unsigned int i = 0; i < LAYOUT_KEYS; i++) {
		enum layout_key key = (f->row_hint + i) % LAYOUT_KEYS;
		const struct layout_row *row = layout_row(key);

		if (row->kind == kind && is_called(row, f->field[1])) {
			f->row_hint = key + 1;
			return row;
		}
	}
	return NULL;
}

static enum pgc_status take_row(struct lf_file *f, enum layout_kind kind, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 3, 4, err);
	const struct layout_row *row;
	struct lf_row *saved;
	int64_t num;

	if (st != PGC_OK)
		return st;
	row = find_row(f, kind);
	if (!row)
		return PGC_OK;
	saved = &f->rows[row->key];
	if (saved->said != LF_UNSAID)
		return lf_bad(f, err, "%s appears a second time", layout_name(row->key));
	if (says_absent(f)) {
		saved->said = LF_ABSENT;
		return PGC_OK;
	}
	saved->said = LF_PRESENT;
	if (kind == LAYOUT_ENUM) {
		if (!parse_signed(f->field[2], &num))
			return lf_bad(f, err, "%s: '%s' is not a number",
					layout_name(row->key), f->field[2]);
		saved->value = (uint64_t)num;
	} else {
		bool addr = kind == LAYOUT_VAR || kind == LAYOUT_SYMBOL;

		st = number(f, 2, layout_name(row->key), addr ? UINT64_MAX : MAX_EXTENT,
			    &saved->value, err);
	}
	if (st == PGC_OK && f->n_fields == 4)
		st = number(f, 3, layout_name(row->key), MAX_EXTENT, &saved->size, err);
	return st;
}

static enum pgc_status take_enumerator(struct lf_file *f, enum layout_enum e,
				       struct pgc_err *err)
{
	struct lf_enumerator en = { .e = e, .name = f->field[2] };
	struct lf_enumerator *bigger;

	if (!parse_signed(f->field[3], &en.value))
		return lf_bad(f, err, "%s: '%s' is not a number", en.name, f->field[3]);
	if (f->n_enumerators == MAX_ITEMS)
		return lf_bad(f, err, "more than %u enumerators", MAX_ITEMS);
	for (size_t i = 0; i < f->n_enumerators; i++)
		if (f->enumerator[i].e == e && !strcmp(f->enumerator[i].name, en.name))
			return lf_bad(f, err, "%s appears a second time", en.name);
	bigger = reallocarray(f->enumerator, f->n_enumerators + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, f->path);
	f->enumerator = bigger;
	bigger[f->n_enumerators++] = en;
	return PGC_OK;
}

/* Once absent, nothing more may be said; absent may only be said first. */
static bool contradicts(enum lf_said *said, bool absent)
{
	bool wrong = *said == LF_ABSENT || (absent && *said == LF_PRESENT);

	*said = absent ? LF_ABSENT : LF_PRESENT;
	return wrong;
}

static enum pgc_status take_enum(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 3, 4, err);

	if (st == PGC_OK && f->n_fields == 3 && !says_absent(f))
		st = lf_bad(f, err, "enumerator %s without a value", f->field[2]);
	for (enum layout_enum e = 0; st == PGC_OK && e < LAYOUT_ENUMS; e++) {
		if (strcmp(layout_enum_type(e), f->field[1]))
			continue;
		if (contradicts(&f->enums[e], says_absent(f)))
			return lf_bad(f, err, "enum %s is both absent and present", f->field[1]);
		return says_absent(f) ? PGC_OK : take_enumerator(f, e, err);
	}
	return st;
}

static enum pgc_status take_member(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 6, 6, err);
	struct lf_member one = { .s = 0 };
	struct lf_member *bigger;

	while (st == PGC_OK && one.s < LAYOUT_STRUCTS &&
	       strcmp(layout_struct_type(one.s), f->field[1]))
		one.s++;
	if (st != PGC_OK || one.s == LAYOUT_STRUCTS)
		return st;
	one.m.name = f->field[2];
	one.m.type = f->field[5];
	st = number(f, 3, one.m.name, MAX_EXTENT, &one.m.offset, err);
	if (st == PGC_OK)
		st = number(f, 4, one.m.name, MAX_EXTENT, &one.m.size, err);
	if (st == PGC_OK && f->n_members == MAX_ITEMS)
		st = lf_bad(f, err, "more than %u members", MAX_ITEMS);
	if (st != PGC_OK)
		return st;
	bigger = reallocarray(f->member, f->n_members + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, f->path);
	f->member = bigger;
	bigger[f->n_members++] = one;
	return PGC_OK;
}

static enum pgc_status take_piece(struct lf_file *f, const char *name, struct pgc_err *err)
{
	struct lf_piece fn = { .name = name };
	struct lf_piece *bigger;
	enum pgc_status st;

	st = number(f, 2, name, UINT64_MAX, &fn.addr, err);
	if (st == PGC_OK)
		st = number(f, 3, name, MAX_EXTENT, &fn.size, err);
	if (st != PGC_OK)
		return st;
	if (fn.addr + fn.size < fn.addr)
		return lf_bad(f, err, "%s ends past the last address", name);
	if (f->n_pieces == MAX_ITEMS)
		return lf_bad(f, err, "more than %u pieces of functions", MAX_ITEMS);
	for (size_t i = 0; i < f->n_pieces; i++)
		if (f->piece[i].addr == fn.addr && f->piece[i].name == name)
			return lf_bad(f, err, "%s at %s appears a second time", name, f->field[2]);
	bigger = reallocarray(f->piece, f->n_pieces + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, f->path);
	f->piece = bigger;
	bigger[f->n_pieces++] = fn;
	return PGC_OK;
}

static enum pgc_status take_function(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 3, 4, err);

	if (st == PGC_OK && f->n_fields == 3 && !says_absent(f))
		st = lf_bad(f, err, "function %s without a size", f->field[1]);
	for (enum layout_function i = 0; st == PGC_OK && i < LAYOUT_FUNCTIONS; i++) {
		if (strcmp(layout_function_name(i), f->field[1]))
			continue;
		if (contradicts(&f->functions[i], says_absent(f)))
			return lf_bad(f, err, "function %s is both absent and present",
					f->field[1]);
		return says_absent(f) ? PGC_OK : take_piece(f, layout_function_name(i), err);
	}
	return st;
}

static enum pgc_status take_build_id(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 2, 2, err);
	size_t len;

	if (st != PGC_OK)
		return st;
	if (f->build_id)
		return lf_bad(f, err, "build-id appears a second time");
	f->build_id = f->field[1];
	len = strlen(f->build_id);
	if (len % 2 || len > 128 || strspn(f->build_id, "0123456789abcdef") != len)
		return lf_bad(f, err, "'%s' is not a build-id", f->build_id);
	return PGC_OK;
}

static enum pgc_status take_release(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 2, 2, err);

	if (st == PGC_OK && f->release)
		st = lf_bad(f, err, "release appears a second time");
	f->release = f->field[1];
	return st;
}

static enum pgc_status take_end(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = fields(f, 2, 2, err);
	uint64_t lines = 0;

	if (st == PGC_OK)
		st = number(f, 1, "end", LF_MAX_FILE, &lines, err);
	if (st == PGC_OK && lines != f->line - 1)
		st = lf_bad(f, err, "there should be %" PRIu64 " lines before this one", lines);
	f->ended = true;
	return st;
}

enum pgc_status lf_take_line(struct lf_file *f, struct pgc_err *err)
{
	static const struct {
		const char *word;
		enum pgc_status (*take)(struct lf_file *f, struct pgc_err *err);
	} words[] = {
		{ "build-id", take_build_id }, { "release", take_release },
		{ "enum", take_enum },	       { "function", take_function },
		{ "member", take_member },    { "end", take_end },
	};
	const char *word = f->field[0];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, word))
			return words[i].take(f, err);
	for (enum layout_kind kind = 0; kind < LAYOUT_KINDS; kind++)
		if (!strcmp(lf_word(kind), word))
			return take_row(f, kind, err);
	if (!islower((unsigned char)*word) || word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")])
		return lf_bad(f, err, "'%s' is not a keyword of a layout file", word);
	return PGC_OK;
}
