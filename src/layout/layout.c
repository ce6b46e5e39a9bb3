/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/name_filter.h"

#define REQUIRED .required = true
#define OPTIONAL .required = false
#define DECODE .news = false
#define NEWS .news = true

static const struct layout_row rows[LAYOUT_KEYS] = {
#define LAYOUT(key_, kind_, need, unit_, type_, path_)                                   \
	[L_##key_] = { .key = L_##key_, .kind = LAYOUT_##kind_, need,                     \
		      .unit = unit_, .type = type_, .path = path_ },
#include "layout/layout.def"
#undef LAYOUT
};

static const unsigned char bytes[LAYOUT_KEYS] = {
#define LAYOUT_BYTES(key, n) [L_##key] = (n),
#include "layout/layout.def"
};

static const struct {
	const char *unit, *type, *prefix;
	bool news;
} enums[LAYOUT_ENUMS] = {
#define LAYOUT_ENUM(key, unit_, type_, prefix_, use)                                     \
	[LE_##key] = { .unit = unit_, .type = type_, .prefix = prefix_, use },
#include "layout/layout.def"
};

static const struct {
	const char *unit, *type;
} structs[LAYOUT_STRUCTS] = {
#define LAYOUT_STRUCT(key, unit_, type_) [LS_##key] = { .unit = unit_, .type = type_ },
#include "layout/layout.def"
};

/* How messages call a row. A NULL type does not get here: only ENUM rows have one. */
#define DOTTED(word, type, path) (sizeof(path) > 1 ? word type "." path : word type)
#define NAME_SIZE(type, path) "struct " type
#define NAME_OFFSET(type, path) DOTTED("struct ", type, path)
#define NAME_LENGTH(type, path) DOTTED("length of struct ", type, path)
#define NAME_ENUM(type, path) "enumerator " path
#define NAME_VAR(type, path) DOTTED("variable ", type, path)
#define NAME_VARLEN(type, path) "length of variable " type
#define NAME_SYMBOL(type, path) "symbol " type

static const char *const names[LAYOUT_KEYS] = {
#define LAYOUT(key, kind, need, unit, type, path) [L_##key] = NAME_##kind(type, path),
#include "layout/layout.def"
#undef LAYOUT
};

/*
 * Enumerators that mark a position and are followed by one of the same value that means
 * something. Elsewhere it is the other way round: of PG_checked = PG_owner_priv_1 the first
 * name is the general one.
 */
static const char *const positions[] = { "MIGRATE_PCPTYPES", "NR_ZONE_LRU_BASE" };

static const struct {
	enum text_class class;
	const char *name;
} functions[LAYOUT_FUNCTIONS] = {
#define LAYOUT_TEXT(class_, name_) [LT_##name_] = { .class = TEXT_##class_, .name = #name_ },
#include "layout/allocator_text.def"
};

/* What a filter of names looks at must be of the name, not of a clone's suffix. */
#define LAYOUT_TEXT(class, name) \
	_Static_assert(sizeof(#name) > 4, "too short for a filter of names: " #name);
#include "layout/allocator_text.def"

struct value {
	uint64_t value, size;
	bool known;
};

struct enumerator {
	char *whole;		/* as declared */
	const char *name;	/* without the prefix */
	int64_t value;
	bool position;
};

struct enumeration {
	struct enumerator *list;
	size_t n;
};

struct members {
	struct layout_member *list;
	char **texts;		/* of each its name and its type */
	size_t n;
};

struct layout {
	struct value values[LAYOUT_KEYS];
	struct enumeration enums[LAYOUT_ENUMS];
	struct members members[LAYOUT_STRUCTS];
	struct layout_text *texts;
	size_t n_texts;
	struct name_filter functions;
	char *build_id, *release;
	const char *source;
	bool partial;
	bool trap;
	atomic_int *missed;	/* 1 + the row that was asked for last and is unknown; 0: none */
};

enum pgc_status layout_create(struct layout **ret, struct pgc_err *err)
{
	struct layout *lay = calloc(1, sizeof(*lay));

	if (!lay || !(lay->missed = calloc(1, sizeof(*lay->missed)))) {
		free(lay);
		return pgc_err_nomem(err, "layout");
	}
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		name_filter_add(&lay->functions, functions[i].name);
#ifdef PGC_DEBUG
	lay->trap = true;
#endif
	*ret = lay;
	return PGC_OK;
}

void layout_trap(struct layout *lay)
{
	lay->trap = true;
}

void layout_destroy(struct layout *lay)
{
	if (!lay)
		return;
	free(lay->missed);
	for (size_t e = 0; e < LAYOUT_ENUMS; e++) {
		for (size_t i = 0; i < lay->enums[e].n; i++)
			free(lay->enums[e].list[i].whole);
		free(lay->enums[e].list);
	}
	for (size_t s = 0; s < LAYOUT_STRUCTS; s++) {
		for (size_t i = 0; i < lay->members[s].n; i++)
			free(lay->members[s].texts[i]);
		free(lay->members[s].texts);
		free(lay->members[s].list);
	}
	free(lay->texts);
	free(lay->build_id);
	free(lay->release);
	free(lay);
}

void layout_set(struct layout *lay, enum layout_key key, uint64_t value, uint64_t size)
{
	lay->values[key] = (struct value){ .value = value, .size = size, .known = true };
}

static bool is_position(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++)
		if (!strcmp(positions[i], name))
			return true;
	return false;
}

enum pgc_status layout_add_enumerator(struct layout *lay, enum layout_enum e,
				      const char *name, int64_t value, struct pgc_err *err)
{
	struct enumeration *en = &lay->enums[e];
	size_t skip = strlen(enums[e].prefix);
	struct enumerator *bigger;
	char *copy;

	bigger = reallocarray(en->list, en->n + 1, sizeof(*en->list));
	if (!bigger)
		return pgc_err_nomem(err, name);
	en->list = bigger;
	copy = strdup(name);
	if (!copy)
		return pgc_err_nomem(err, name);
	if (strncmp(name, enums[e].prefix, skip))
		skip = 0;
	en->list[en->n++] = (struct enumerator){ .whole = copy, .name = copy + skip,
						 .value = value,
						 .position = is_position(name) };
	return PGC_OK;
}

enum pgc_status layout_add_member(struct layout *lay, enum layout_struct s,
				  const struct layout_member *member, struct pgc_err *err)
{
	struct members *m = &lay->members[s];
	size_t len = strlen(member->name) + 1;
	struct layout_member *bigger;
	char **more, *texts;

	bigger = reallocarray(m->list, m->n + 1, sizeof(*m->list));
	if (bigger)
		m->list = bigger;
	more = reallocarray(m->texts, m->n + 1, sizeof(*m->texts));
	if (more)
		m->texts = more;
	if (!bigger || !more)
		return pgc_err_nomem(err, member->name);
	texts = malloc(len + strlen(member->type) + 1);
	if (!texts)
		return pgc_err_nomem(err, member->name);
	memcpy(texts, member->name, len);
	memcpy(texts + len, member->type, strlen(member->type) + 1);
	more[m->n] = texts;
	bigger[m->n] = *member;
	bigger[m->n].name = texts;
	bigger[m->n++].type = texts + len;
	return PGC_OK;
}

/* Clones and parts of a function carry a suffix: "name.constprop.0", "name.cold". */
static bool is_function(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);

	return !strncmp(name, wanted, len) && (!name[len] || name[len] == '.');
}

enum pgc_status layout_add_function(struct layout *lay, const char *name, uint64_t addr,
				    uint64_t size, struct pgc_err *err)
{
	struct layout_text *bigger;
	size_t i;

	/* Each of a kernel's hundred thousand functions gets here. */
	if (!name_filter_passes(&lay->functions, name))
		return PGC_OK;
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (is_function(name, functions[i].name))
			break;
	if (i == ARRAY_SIZE(functions) || addr + size < addr)
		return PGC_OK;
	bigger = reallocarray(lay->texts, lay->n_texts + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, name);
	lay->texts = bigger;
	bigger[lay->n_texts++] = (struct layout_text){
		.start = addr, .end = addr + size, .class = functions[i].class,
		.function = (enum layout_function)i, .name = functions[i].name,
	};
	return PGC_OK;
}

static enum pgc_status resolve_rows(struct layout *lay, const struct layout_source *src,
				    struct pgc_err *err)
{
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		uint64_t value = 0, size = 0;
		enum pgc_status st = src->row(src->arg, &rows[key], &value, &size, err);

		if (st == PGC_OK && bytes[key] && size && size != bytes[key])
			st = pgc_err_set(err, PGC_ENOENT, "the one there has %" PRIu64 " bytes, not %u",
					 size, bytes[key]);
		if (st == PGC_OK)
			layout_set(lay, key, value, size);
		else if (st != PGC_ENOENT)
			return pgc_err_add(err, st, "%s: %s", src->name, names[key]);
		else if (rows[key].required)
			return pgc_err_add(err, st, "%s has no %s", src->name, names[key]);
	}
	return PGC_OK;
}

/* The SIZE row of the struct that @key is a member of, or LAYOUT_KEYS. */
static enum layout_key size_row_of(enum layout_key key)
{
	enum layout_key i = 0;

	while (i < LAYOUT_KEYS && (rows[i].kind != LAYOUT_SIZE || strcmp(rows[i].type, rows[key].type)))
		i++;
	return i;
}

/*
 * Each member lies inside its struct: whoever has read a struct as a whole may take its members
 * out of it.
 */
static enum pgc_status check_members(const struct layout *lay, const char *source,
				     struct pgc_err *err)
{
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		const struct value *member = &lay->values[key], *whole;
		enum layout_key size;

		if (rows[key].kind != LAYOUT_OFFSET || !member->known)
			continue;
		size = size_row_of(key);
		if (size == LAYOUT_KEYS)
			continue;
		whole = &lay->values[size];
		if (whole->known && !range_ok(member->value, member->size, whole->value))
			return pgc_err_set(err, PGC_EMISMATCH,
					   "%s: %s lies outside its %" PRIu64 " bytes", source,
					   names[key], whole->value);
	}
	return PGC_OK;
}

struct keep {
	struct layout *lay;
	enum layout_enum e;
	enum layout_struct s;
	enum pgc_status st;
	struct pgc_err *err;
};

static bool keep_enumerator(void *arg, const char *name, int64_t value)
{
	struct keep *k = arg;

	k->st = layout_add_enumerator(k->lay, k->e, name, value, k->err);
	return k->st == PGC_OK;
}

/* What cannot be decoded is shown as a number: none of the enums is required. */
static enum pgc_status resolve_enums(struct layout *lay, const struct layout_source *src,
				     struct pgc_err *err)
{
	for (enum layout_enum e = 0; e < LAYOUT_ENUMS; e++) {
		struct keep k = { .lay = lay, .e = e, .st = PGC_OK, .err = err };
		enum pgc_status st = src->enum_each(src->arg, enums[e].unit, enums[e].type,
						    keep_enumerator, &k, err);

		if (st == PGC_OK)
			st = k.st;
		if (st != PGC_OK && st != PGC_ENOENT)
			return pgc_err_add(err, st, "%s: enum %s", src->name, enums[e].type);
	}
	return PGC_OK;
}

static bool keep_member(void *arg, const char *name, const char *type, uint64_t offset,
			uint64_t size)
{
	struct keep *k = arg;
	const struct layout_member member = { .name = name, .type = type, .offset = offset,
					      .size = size };

	k->st = layout_add_member(k->lay, k->s, &member, k->err);
	return k->st == PGC_OK;
}

/* Nothing is read by them: a struct that cannot be described is one without members. */
static enum pgc_status resolve_members(struct layout *lay, const struct layout_source *src,
				       struct pgc_err *err)
{
	for (enum layout_struct s = 0; s < LAYOUT_STRUCTS && src->member_each; s++) {
		struct keep k = { .lay = lay, .s = s, .st = PGC_OK, .err = err };
		enum pgc_status st = src->member_each(src->arg, structs[s].unit, structs[s].type,
						      keep_member, &k, err);

		if (k.st != PGC_OK)
			return k.st;
		if (st == PGC_ENOMEM)
			return st;
	}
	return PGC_OK;
}

static bool keep_function(void *arg, const char *name, uint64_t addr, uint64_t size)
{
	struct keep *k = arg;

	k->st = layout_add_function(k->lay, name, addr, size, k->err);
	return k->st == PGC_OK;
}

static enum pgc_status resolve_functions(struct layout *lay, const struct layout_source *src,
					 struct pgc_err *err)
{
	struct keep k = { .lay = lay, .st = PGC_OK, .err = err };
	enum pgc_status st = PGC_OK;

	if (src->function_each)
		st = src->function_each(src->arg, keep_function, &k, err);
	return st == PGC_OK ? k.st : st;
}

enum pgc_status layout_from_source(const struct layout_source *src, struct layout **ret,
				   struct pgc_err *err)
{
	/* Rows that are only optional must leave no message behind. */
	struct pgc_err why = PGC_ERR_INIT;
	struct layout *lay;
	enum pgc_status st = layout_create(&lay, err);

	if (st != PGC_OK)
		return st;
	lay->partial = src->partial;
	st = resolve_rows(lay, src, &why);
	if (st == PGC_OK)
		st = check_members(lay, src->name, &why);
	if (st == PGC_OK)
		st = resolve_enums(lay, src, &why);
	if (st == PGC_OK)
		st = resolve_members(lay, src, &why);
	if (st == PGC_OK)
		st = resolve_functions(lay, src, &why);
	if (st == PGC_OK && src->build_id && !(lay->build_id = strdup(src->build_id)))
		st = pgc_err_nomem(&why, "build-id");
	if (st == PGC_OK && src->release && !(lay->release = strdup(src->release)))
		st = pgc_err_nomem(&why, "release");
	if (st != PGC_OK) {
		layout_destroy(lay);
		return pgc_err_set(err, st, "%s", why.msg);
	}
	lay->source = src->name;
	*ret = lay;
	return PGC_OK;
}

const struct layout_row *layout_row(enum layout_key key)
{
	return &rows[key];
}

uint64_t layout_row_bytes(enum layout_key key)
{
	return bytes[key];
}

bool layout_partial(const struct layout *lay)
{
	return lay->partial;
}

/* What a row was before, plus 1; 0: it was nothing else. */
static const uint16_t former[LAYOUT_KEYS] = {
#define LAYOUT_FORMER(key, former) [L_##key] = 1 + L_##former,
#include "layout/layout.def"
};

static const struct value *value_of(const struct layout *lay, enum layout_key key)
{
	const struct value *v = &lay->values[key];

	return v->known || !former[key] ? v : &lay->values[former[key] - 1];
}

bool layout_has(const struct layout *lay, enum layout_key key)
{
	return value_of(lay, key)->known;
}

bool layout_has_all(const struct layout *lay, const enum layout_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!layout_has(lay, keys[i]))
			return false;
	return true;
}

bool layout_symbol(const struct layout *lay, const char *name, uint64_t *ret)
{
	for (size_t key = 0; name && key < LAYOUT_KEYS; key++) {
		if (rows[key].kind != LAYOUT_SYMBOL || strcmp(rows[key].type, name))
			continue;
		if (lay->values[key].known)
			*ret = lay->values[key].value;
		return lay->values[key].known;
	}
	return false;
}

/* Threads may share a layout: of those that ask in vain one is remembered. */
static const struct value *must_know(const struct layout *lay, enum layout_key key)
{
	const struct value *v = value_of(lay, key);

	if (!v->known) {
		*lay->missed = (int)key + 1;
		if (lay->trap) {
			fprintf(stderr, "layout: %s is unknown, and was read without asking whether it is known\n", names[key]);
			abort();
		}
	}
	return v;
}

const char *layout_missed(const struct layout *lay)
{
	int missed = *lay->missed;

	return missed ? names[missed - 1] : NULL;
}

uint64_t layout_get(const struct layout *lay, enum layout_key key)
{
	return must_know(lay, key)->value;
}

uint64_t layout_size(const struct layout *lay, enum layout_key key)
{
	return must_know(lay, key)->size;
}

bool layout_words_fit(const struct layout *lay, const enum layout_key *keys, size_t n,
		      uint64_t size)
{
	for (size_t i = 0; i < n; i++)
		if (layout_has(lay, keys[i]) && !range_ok(layout_get(lay, keys[i]), 8, size))
			return false;
	return true;
}

const char *layout_name(enum layout_key key)
{
	return names[key];
}

const char *layout_enum_name(const struct layout *lay, enum layout_enum e, int64_t value)
{
	const struct enumeration *en = &lay->enums[e];
	const char *position = NULL;

	for (size_t i = 0; i < en->n; i++) {
		if (en->list[i].value != value)
			continue;
		if (!en->list[i].position)
			return en->list[i].name;
		position = en->list[i].name;
	}
	return position;
}

bool layout_enum_value(const struct layout *lay, enum layout_enum e, const char *name,
		       int64_t *value)
{
	const struct enumeration *en = &lay->enums[e];

	for (size_t i = 0; i < en->n; i++) {
		if (strcmp(en->list[i].name, name))
			continue;
		*value = en->list[i].value;
		return true;
	}
	return false;
}

const struct layout_text *layout_texts(const struct layout *lay, size_t *n)
{
	*n = lay->n_texts;
	return lay->texts;
}

const char *layout_build_id(const struct layout *lay)
{
	return lay->build_id;
}

const char *layout_release(const struct layout *lay)
{
	return lay->release;
}

const char *layout_source_name(const struct layout *lay)
{
	return lay->source;
}

const char *layout_enum_type(enum layout_enum e)
{
	return enums[e].type;
}

bool layout_enum_is_news(enum layout_enum e)
{
	return enums[e].news;
}

const char *layout_struct_type(enum layout_struct s)
{
	return structs[s].type;
}

const struct layout_member *layout_members(const struct layout *lay, enum layout_struct s,
					   size_t *n)
{
	*n = lay->members[s].n;
	return lay->members[s].list;
}

bool layout_enum_at(const struct layout *lay, enum layout_enum e, size_t i,
		    const char **name, int64_t *value)
{
	const struct enumeration *en = &lay->enums[e];

	if (i >= en->n)
		return false;
	*name = en->list[i].whole;
	*value = en->list[i].value;
	return true;
}

const char *layout_function_name(enum layout_function function)
{
	return functions[function].name;
}
