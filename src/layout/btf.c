/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/btf.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/checked.h"
#include "base/target_int.h"

/* References come from the dump and may form a circle; real types stay far below. */
#define MAX_CHAIN 64
#define MAX_NESTING 64
#define MEMBER_BUDGET (1u << 16)
#define TYPE_NAME_LEN 96
/* A kernel with everything built in has 250,000 types in 8 MiB. */
#define MAX_LEN (128u << 20)

struct btf_types {
	struct btf *btf;
	uint32_t n;		/* types are 1 .. n - 1 */
	uint32_t *bucket, *chain; /* by name, ascending; 0 ends a chain */
	uint32_t mask;
	uint32_t *enums, n_enums;	/* ascending */
};

static uint32_t hash_name(const char *s)
{
	uint32_t h = 5381;

	for (; *s; s++)
		h = h * 33 ^ (unsigned char)*s;
	return h ^ h >> 15;
}

static const struct btf_type *type_at(const struct btf_types *bt, uint32_t id)
{
	return id && id < bt->n ? btf__type_by_id(bt->btf, id) : NULL;
}

static const char *name_at(const struct btf_types *bt, uint32_t offset)
{
	const char *name = btf__name_by_offset(bt->btf, offset);

	return name ? name : "";
}

static bool is_tag(const struct btf_type *t)
{
	return btf_is_composite(t) || (btf_is_any_enum(t) && btf_vlen(t));
}

static enum pgc_status index_names(struct btf_types *bt, struct pgc_err *err)
{
	uint32_t buckets = 1024;

	while (buckets < bt->n)
		buckets *= 2;
	bt->mask = buckets - 1;
	bt->bucket = calloc(buckets, sizeof(*bt->bucket));
	bt->chain = calloc(bt->n ? bt->n : 1, sizeof(*bt->chain));
	bt->enums = calloc(bt->n ? bt->n : 1, sizeof(*bt->enums));
	if (!bt->bucket || !bt->chain || !bt->enums)
		return pgc_err_nomem(err, "BTF");
	/* A few thousand among a hundred thousand types, that are asked again and again. */
	for (uint32_t id = 1; id < bt->n; id++) {
		const struct btf_type *t = type_at(bt, id);

		if (t && btf_is_any_enum(t))
			bt->enums[bt->n_enums++] = id;
	}
	for (uint32_t id = bt->n; id-- > 1;) {
		const struct btf_type *t = type_at(bt, id);
		uint32_t *head;

		if (!t || !t->name_off || (!is_tag(t) && !btf_is_typedef(t)))
			continue;
		head = &bt->bucket[hash_name(name_at(bt, t->name_off)) & bt->mask];
		bt->chain[id] = *head;
		*head = id;
	}
	return PGC_OK;
}

/* Of a kernel of the other byte order than the host's libbpf reads the rest as it is. */
static bool read_header(const unsigned char *raw, size_t len, struct btf_header *ret)
{
	if (len < sizeof(*ret))
		return false;
	*ret = (struct btf_header){
		.magic = target_u16(raw + offsetof(struct btf_header, magic)),
		.version = raw[offsetof(struct btf_header, version)],
		.hdr_len = target_u32(raw + offsetof(struct btf_header, hdr_len)),
		.type_off = target_u32(raw + offsetof(struct btf_header, type_off)),
	};
	return true;
}

static enum pgc_status parse(struct btf_types *bt, const void *raw, size_t len,
			     struct pgc_err *err)
{
	struct btf_header hdr;

	if (!read_header(raw, len, &hdr) || hdr.magic != BTF_MAGIC || len > MAX_LEN)
		return pgc_err_set(err, PGC_EFORMAT, "BTF is not where it should be");
	if (hdr.version != BTF_VERSION)
		return pgc_err_set(err, PGC_EFORMAT, "BTF of version %u: too new", hdr.version);
	/* libbpf 1.1 takes any offset for the types, and reads them where they then are. */
	if (hdr.hdr_len % 4 || hdr.type_off % 4)
		return pgc_err_set(err, PGC_EFORMAT, "the types of this BTF are not aligned");
	/* It would print what it does not like. */
	libbpf_set_print(NULL);
	bt->btf = btf__new(raw, (uint32_t)len);
	if (!bt->btf)
		return pgc_err_set(err, PGC_EFORMAT,
				   "libbpf %s cannot read this BTF: damaged, or too new",
				   libbpf_version_string());
	bt->n = btf__type_cnt(bt->btf);
	return index_names(bt, err);
}

enum pgc_status btf_types_create(const void *raw, size_t len, struct btf_types **ret,
				 struct pgc_err *err)
{
	struct btf_types *bt = calloc(1, sizeof(*bt));
	enum pgc_status st;

	if (!bt)
		return pgc_err_nomem(err, "BTF");
	st = parse(bt, raw, len, err);
	if (st != PGC_OK) {
		btf_types_destroy(bt);
		return st;
	}
	*ret = bt;
	return PGC_OK;
}

void btf_types_destroy(struct btf_types *bt)
{
	if (!bt)
		return;
	btf__free(bt->btf);
	free(bt->bucket);
	free(bt->chain);
	free(bt->enums);
	free(bt);
}

/* The first type from @id on, along its chain, that has this name and is of this kind. */
static uint32_t named_from(const struct btf_types *bt, const char *name, uint32_t id,
			   bool typedefs)
{
	for (; id; id = bt->chain[id]) {
		const struct btf_type *t = type_at(bt, id);

		if (t && btf_is_typedef(t) == typedefs &&
		    !strcmp(name_at(bt, t->name_off), name))
			break;
	}
	return id;
}

uint32_t btf_types_find(const struct btf_types *bt, const char *name, uint32_t after)
{
	uint32_t first = bt->bucket[hash_name(name) & bt->mask], id;
	const struct btf_type *t = type_at(bt, after);

	if (t)
		return named_from(bt, name, bt->chain[after], btf_is_typedef(t));
	id = named_from(bt, name, first, false);
	return id ? id : named_from(bt, name, first, true);
}

/* Follow typedefs and qualifiers. 0: to void, to nowhere, or too far. */
static uint32_t peel(const struct btf_types *bt, uint32_t id)
{
	for (int i = 0; i < MAX_CHAIN; i++) {
		const struct btf_type *t = type_at(bt, id);

		if (!t)
			return 0;
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return id;
		id = t->type;
	}
	return 0;
}

enum pgc_status btf_types_size(const struct btf_types *bt, uint32_t id, uint64_t *ret)
{
	uint64_t elements = 1;

	for (int i = 0; i < MAX_CHAIN; i++) {
		const struct btf_type *t = type_at(bt, peel(bt, id));

		if (!t)
			return PGC_ENOENT;
		if (btf_is_array(t)) {
			if (!mul_ok(elements, btf_array(t)->nelems, &elements))
				return PGC_ENOENT;
			id = btf_array(t)->type;
			continue;
		}
		if (btf_is_ptr(t))
			*ret = 8;
		else if (btf_is_int(t) || btf_is_float(t) || btf_is_any_enum(t) ||
			 btf_is_composite(t))
			*ret = t->size;
		else
			return PGC_ENOENT;
		return mul_ok(*ret, elements, ret) ? PGC_OK : PGC_ENOENT;
	}
	return PGC_ENOENT;
}

/* A type at an offset. */
struct spot {
	uint32_t id;
	uint64_t offset;
};

/*
 * Find the member called @name in the struct at *@spot, or in an anonymous struct inside it,
 * and make it the new *@spot.
 */
static bool find_member(const struct btf_types *bt, struct spot *spot, const char *name,
			size_t len)
{
	struct spot todo[MAX_NESTING] = { *spot };
	unsigned int budget = MEMBER_BUDGET;
	size_t n = 1;

	while (n) {
		struct spot in = todo[--n];
		const struct btf_type *t = type_at(bt, peel(bt, in.id));

		if (!t || !btf_is_composite(t))
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			const struct btf_member *m = &btf_members(t)[i];
			const char *own = name_at(bt, m->name_off);
			struct spot at = {
				.id = m->type,
				.offset = in.offset + btf_member_bit_offset(t, i) / 8,
			};

			if (!budget--)
				return false;
			if (!own[0] && n < MAX_NESTING) {
				todo[n++] = at;
			} else if (!strncmp(own, name, len) && !own[len]) {
				*spot = at;
				return true;
			}
		}
	}
	return false;
}

/* "[1]" of an array: *@spot becomes that element. */
static bool enter_element(const struct btf_types *bt, struct spot *spot, const char **path)
{
	const struct btf_type *t = type_at(bt, peel(bt, spot->id));
	unsigned long index;
	uint64_t size, at;
	char *end;

	index = strtoul(*path + 1, &end, 10);
	if (*end != ']' || !t || !btf_is_array(t) || index >= btf_array(t)->nelems)
		return false;
	spot->id = btf_array(t)->type;
	if (btf_types_size(bt, spot->id, &size) != PGC_OK || !mul_ok(size, index, &at) ||
	    !add_ok(spot->offset, at, &spot->offset))
		return false;
	*path = end + 1;
	return true;
}

enum pgc_status btf_types_member(const struct btf_types *bt, uint32_t id, const char *path,
				 struct btf_place *ret)
{
	struct spot spot = { .id = id };
	const struct btf_type *t;

	while (*path) {
		size_t len = strcspn(path, ".[");

		if (!find_member(bt, &spot, path, len))
			return PGC_ENOENT;
		path += len;
		while (*path == '[')
			if (!enter_element(bt, &spot, &path))
				return PGC_ENOENT;
		if (*path == '.')
			path++;
	}
	*ret = (struct btf_place){ .offset = spot.offset };
	t = type_at(bt, peel(bt, spot.id));
	if (t && btf_is_array(t))
		ret->length = btf_array(t)->nelems;
	return btf_types_size(bt, spot.id, &ret->size);
}

static void name_type(const struct btf_types *bt, uint32_t id, char *buf, size_t size)
{
	char suffix[TYPE_NAME_LEN / 2] = ""; /* "[]" and "*": no type has so many */
	size_t used = 0;

	for (int i = 0; i < MAX_CHAIN; i++) {
		const struct btf_type *t = type_at(bt, id);
		const char *mark = "";

		if (!t)
			break;
		id = t->type;
		if (btf_is_ptr(t)) {
			mark = "*";
		} else if (btf_is_array(t)) {
			mark = "[]";
			id = btf_array(t)->type;
		} else if (!btf_is_mod(t)) {
			const char *name = name_at(bt, t->name_off);

			if (btf_is_int(t) || btf_is_float(t))
				snprintf(buf, size, "int%u%s", t->size * 8, suffix);
			else if (btf_is_func_proto(t))
				snprintf(buf, size, "function%s", suffix);
			else
				snprintf(buf, size, "%s%s", name[0] ? name : "-", suffix);
			return;
		}
		if (used + 3 < sizeof(suffix))
			used += (size_t)snprintf(suffix + used, sizeof(suffix) - used, "%s", mark);
	}
	snprintf(buf, size, "void%s", suffix);
}

struct member_walk {
	btf_member_fn *fn;
	void *arg;
	unsigned int budget;
};

/* False: it is over. */
static bool each_member(const struct btf_types *bt, struct spot in, struct member_walk *w,
			unsigned int depth)
{
	const struct btf_type *t = type_at(bt, peel(bt, in.id));

	if (!t || !btf_is_composite(t))
		return true;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *own = name_at(bt, m->name_off);
		struct spot at = {
			.id = m->type,
			.offset = in.offset + btf_member_bit_offset(t, i) / 8,
		};
		char type_name[TYPE_NAME_LEN];
		uint64_t size = 0;

		if (!w->budget-- || depth == MAX_NESTING)
			return false;
		if (!own[0]) {
			if (!each_member(bt, at, w, depth + 1))
				return false;
			continue;
		}
		if (!btf_member_bitfield_size(t, i) && btf_types_size(bt, at.id, &size) != PGC_OK)
			size = 0;
		name_type(bt, at.id, type_name, sizeof(type_name));
		if (!w->fn(w->arg, own, type_name, at.offset, size))
			return false;
	}
	return true;
}

enum pgc_status btf_types_member_each(const struct btf_types *bt, uint32_t id, btf_member_fn *fn,
				      void *arg)
{
	struct member_walk w = { .fn = fn, .arg = arg, .budget = MEMBER_BUDGET };
	const struct btf_type *t = type_at(bt, peel(bt, id));

	if (!t || !btf_is_composite(t))
		return PGC_ENOENT;
	(void)each_member(bt, (struct spot){ .id = id }, &w, 0);
	return PGC_OK;
}

static bool has_members(const struct btf_types *bt, const struct btf_type *t,
			const char *const *members, size_t n)
{
	size_t found = 0;

	if (btf_vlen(t) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (!strcmp(name_at(bt, btf_members(t)[i].name_off), members[j]))
				found |= (size_t)1 << j;
	return found == ((size_t)1 << n) - 1;
}

static bool same_layout(const struct btf_types *bt, uint32_t a, uint32_t b,
			const char *const *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct btf_place pa, pb;

		if (btf_types_member(bt, a, members[i], &pa) != PGC_OK ||
		    btf_types_member(bt, b, members[i], &pb) != PGC_OK ||
		    pa.offset != pb.offset || pa.size != pb.size)
			return false;
	}
	return true;
}

uint32_t btf_types_anonymous(const struct btf_types *bt, const char *const *members, size_t n)
{
	uint32_t found = 0;

	for (uint32_t id = 1; id < bt->n; id++) {
		const struct btf_type *t = type_at(bt, id);

		if (!t || t->name_off || !btf_is_struct(t) || !has_members(bt, t, members, n))
			continue;
		if (found && !same_layout(bt, found, id, members, n))
			return 0;
		found = id;
	}
	return found;
}

/* The @i-th enumerator of an enum of either width. */
static const char *enumerator_at(const struct btf_types *bt, const struct btf_type *t,
				 uint32_t i, int64_t *value)
{
	if (btf_is_enum64(t)) {
		*value = (int64_t)btf_enum64_value(&btf_enum64(t)[i]);
		return name_at(bt, btf_enum64(t)[i].name_off);
	}
	*value = btf_enum(t)[i].val;
	return name_at(bt, btf_enum(t)[i].name_off);
}

static bool find_enumerator(const struct btf_types *bt, uint32_t id, const char *name,
			    int64_t *ret)
{
	const struct btf_type *t = type_at(bt, id);
	int64_t value;

	if (!t || !btf_is_any_enum(t))
		return false;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (strcmp(enumerator_at(bt, t, i, &value), name))
			continue;
		*ret = value;
		return true;
	}
	return false;
}

enum pgc_status btf_types_enumerator(const struct btf_types *bt, uint32_t type,
				     const char *enumerator, int64_t *ret)
{
	if (type)
		return find_enumerator(bt, peel(bt, type), enumerator, ret) ? PGC_OK : PGC_ENOENT;
	for (uint32_t i = 0; i < bt->n_enums; i++)
		if (find_enumerator(bt, bt->enums[i], enumerator, ret))
			return PGC_OK;
	return PGC_ENOENT;
}

enum pgc_status btf_types_enum_each(const struct btf_types *bt, uint32_t id, btf_enum_fn *fn,
				    void *arg)
{
	const struct btf_type *t = type_at(bt, peel(bt, id));
	int64_t value;

	if (!t || !btf_is_any_enum(t))
		return PGC_ENOENT;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = enumerator_at(bt, t, i, &value);

		if (!fn(arg, name, value))
			break;
	}
	return PGC_OK;
}

const char *btf_library_version(void)
{
	return libbpf_version_string();
}
