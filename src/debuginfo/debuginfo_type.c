/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes, members, array lengths and enumerators: what a type's DIEs say, with every chain
 * and every nesting bounded.
 */
#include "debuginfo/debuginfo_priv.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* DIEs that one search for a member may look at: anonymous members fan out. */
#define MEMBER_BUDGET (1u << 16)
#define TYPE_NAME_LEN 96

static bool is_qualifier(int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type ||
	       tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
	       tag == DW_TAG_atomic_type;
}

static bool is_compound(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

/* Follow typedefs and qualifiers, in place, and declarations to their type unit. */
static enum pgc_status peel(Dwarf_Die *type, struct pgc_err *err)
{
	for (int i = 0; i < DI_MAX_CHAIN; i++) {
		unsigned int ref = DW_AT_type;
		Dwarf_Attribute attr;

		if (!is_qualifier(dwarf_tag(type))) {
			if (!dwarf_hasattr(type, DW_AT_signature))
				return PGC_OK;
			ref = DW_AT_signature;
		}
		if (!dwarf_attr(type, ref, &attr))
			return pgc_err_set(err, PGC_ENOENT, "its type is void");
		if (!dwarf_formref_die(&attr, type))
			return di_dwarf_error(err, "type");
	}
	return pgc_err_set(err, PGC_EFORMAT, "DWARF: more than %d typedefs in a row",
			   DI_MAX_CHAIN);
}

enum pgc_status di_type_of(Dwarf_Die *die, Dwarf_Die *ret, struct pgc_err *err)
{
	Dwarf_Attribute attr;

	if (!dwarf_attr_integrate(die, DW_AT_type, &attr))
		return pgc_err_set(err, PGC_ENOENT, "its type is void");
	if (!dwarf_formref_die(&attr, ret))
		return di_dwarf_error(err, "type");
	return peel(ret, err);
}

struct dims {
	unsigned int n;
	uint64_t len[DI_MAX_DIMS];
};

/* 0 for a bound that is missing (flexible arrays) or is no constant. */
static uint64_t subrange_length(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Word val;

	if (dwarf_attr(die, DW_AT_count, &attr))
		return dwarf_formudata(&attr, &val) ? 0 : val;
	if (!dwarf_attr(die, DW_AT_upper_bound, &attr) || dwarf_formudata(&attr, &val))
		return 0;
	return val + 1; /* an upper bound of -1 is how some say that there is none */
}

static enum pgc_status read_dims(Dwarf_Die *array, struct dims *dims, struct pgc_err *err)
{
	Dwarf_Die die;
	int rc;

	dims->n = 0;
	for (rc = dwarf_child(array, &die); !rc; rc = di_next(&die)) {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		if (dims->n == DI_MAX_DIMS)
			return pgc_err_set(err, PGC_EFORMAT,
					   "DWARF: more than %d dimensions", DI_MAX_DIMS);
		dims->len[dims->n++] = subrange_length(&die);
	}
	if (rc < 0)
		return di_dwarf_error(err, "array");
	if (!dims->n)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: array without dimensions");
	return PGC_OK;
}

static enum pgc_status scalar_size(Dwarf_Die *type, uint64_t *size, struct pgc_err *err)
{
	int n = dwarf_bytesize(type);

	/* An enum may leave its size to its underlying type; a pointer always is 8 bytes. */
	if (n < 0 && dwarf_tag(type) == DW_TAG_enumeration_type) {
		Dwarf_Die base;
		enum pgc_status st = di_type_of(type, &base, err);

		if (st != PGC_OK)
			return st;
		n = dwarf_bytesize(&base);
	}
	if (n < 0 && dwarf_tag(type) == DW_TAG_pointer_type)
		n = 8;
	if (n < 0)
		return pgc_err_set(err, PGC_ENOENT, "incomplete type %s",
				   dwarf_diename(type) ? dwarf_diename(type) : "(anonymous)");
	*size = (uint64_t)n;
	return PGC_OK;
}

/* Size of @type without its first @dim dimensions. */
static enum pgc_status type_size(Dwarf_Die *type, unsigned int dim, uint64_t *size,
				 unsigned int depth, struct pgc_err *err)
{
	enum pgc_status st;
	struct dims dims;
	Dwarf_Die elem;

	if (dwarf_tag(type) != DW_TAG_array_type)
		return scalar_size(type, size, err);
	if (depth >= DI_MAX_NESTING)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: arrays nested too deeply");
	st = read_dims(type, &dims, err);
	if (st == PGC_OK)
		st = di_type_of(type, &elem, err);
	if (st == PGC_OK)
		st = type_size(&elem, 0, size, depth + 1, err);
	if (st != PGC_OK)
		return st;
	for (; dim < dims.n; dim++)
		if (__builtin_mul_overflow(*size, dims.len[dim], size))
			return pgc_err_set(err, PGC_EFORMAT, "DWARF: impossible size of an array");
	return PGC_OK;
}

uint64_t di_element_size(Dwarf_Die *type)
{
	uint64_t size;

	if (dwarf_tag(type) != DW_TAG_array_type || type_size(type, 1, &size, 0, NULL) != PGC_OK)
		return 0;
	return size;
}

enum pgc_status di_describe(struct di_place *place, struct debuginfo_member *ret,
			    struct pgc_err *err)
{
	enum pgc_status st;
	struct dims dims;

	*ret = (struct debuginfo_member){ .offset = place->offset,
					  .bit_offset = place->bit_offset,
					  .bit_size = place->bit_size };
	st = type_size(&place->type, place->dim, &ret->size, 0, err);
	if (st != PGC_OK || dwarf_tag(&place->type) != DW_TAG_array_type)
		return st;
	st = read_dims(&place->type, &dims, err);
	if (st == PGC_OK && place->dim < dims.n)
		ret->length = dims.len[place->dim];
	return st;
}

static bool const_attr(Dwarf_Die *die, unsigned int name, uint64_t *val)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) && !dwarf_formudata(&attr, val);
}

/* DWARF 2 had no constants here, only an expression that is run on the struct's address. */
static enum pgc_status member_byte_offset(Dwarf_Die *die, uint64_t *off, struct pgc_err *err)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	*off = 0;
	if (!dwarf_attr(die, DW_AT_data_member_location, &attr))
		return PGC_OK; /* in a union */
	if (!dwarf_formudata(&attr, off))
		return PGC_OK;
	if (dwarf_getlocation(&attr, &ops, &n) || n != 1 ||
	    (ops[0].atom != DW_OP_plus_uconst && ops[0].atom != DW_OP_constu))
		return pgc_err_set(err, PGC_EFORMAT,
				   "DWARF: unknown form of a member's location");
	*off = ops[0].number;
	return PGC_OK;
}

/* Bit-fields: as a storage unit of the declared type, and the bits from its lowest one. */
static enum pgc_status bit_field(Dwarf_Die *die, struct di_place *place, uint64_t base,
				 struct pgc_err *err)
{
	uint64_t bits, first, msb, unit;
	enum pgc_status st;

	if (!const_attr(die, DW_AT_bit_size, &bits))
		return PGC_OK;
	st = type_size(&place->type, 0, &unit, 0, err);
	if (st != PGC_OK)
		return st;
	if (!unit || unit > 16 || !bits || bits > unit * 8)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: a bit-field of %" PRIu64 " bits is impossible", bits);
	if (const_attr(die, DW_AT_data_bit_offset, &first)) {
		/* counts from the start of the struct that the member is declared in */
		place->offset = base + first / (unit * 8) * unit;
		first %= unit * 8;
	} else if (const_attr(die, DW_AT_bit_offset, &msb)) {
		if (msb > unit * 8 - bits)
			return pgc_err_set(err, PGC_EFORMAT, "DWARF: bit-field outside its type");
		first = unit * 8 - bits - msb;
	} else {
		first = 0;
	}
	place->bit_offset = (unsigned int)first;
	place->bit_size = (unsigned int)bits;
	return PGC_OK;
}

/* Step into the member @die of a struct at @base. */
static enum pgc_status enter_member(Dwarf_Die *die, struct di_place *place, uint64_t base,
				    struct pgc_err *err)
{
	enum pgc_status st;
	uint64_t off;

	st = member_byte_offset(die, &off, err);
	if (st == PGC_OK && __builtin_add_overflow(base, off, &place->offset))
		st = pgc_err_set(err, PGC_EFORMAT, "DWARF: impossible offset of a member");
	if (st == PGC_OK)
		st = di_type_of(die, &place->type, err);
	place->dim = 0;
	place->bit_offset = place->bit_size = 0;
	return st == PGC_OK ? bit_field(die, place, base, err) : st;
}

/*
 * Find the member called @name, in @place (a struct) or in an anonymous struct or union
 * inside it, and make it the new @place. PGC_ENOENT comes without a message.
 */
static enum pgc_status find_member(struct di_place *place, const char *name, size_t len,
				   unsigned int depth, unsigned int *budget,
				   struct pgc_err *err)
{
	Dwarf_Die die, compound = place->type;
	uint64_t base = place->offset;
	int rc;

	if (depth >= DI_MAX_NESTING)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: structs nested too deeply");
	for (rc = dwarf_child(&compound, &die); !rc; rc = di_next(&die)) {
		Dwarf_Attribute attr;
		enum pgc_status st;
		const char *own;

		if (!(*budget)--)
			return pgc_err_set(err, PGC_EFORMAT, "DWARF: too many members");
		if (dwarf_tag(&die) != DW_TAG_member)
			continue;
		own = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attr));
		if (own && own[0] && (strncmp(own, name, len) || own[len]))
			continue;
		st = enter_member(&die, place, base, err);
		if (own && own[0])
			return st;
		/* Unnamed bit-fields are padding. */
		if (st == PGC_OK && !is_compound(&place->type))
			continue;
		if (st == PGC_OK)
			st = find_member(place, name, len, depth + 1, budget, err);
		if (st != PGC_ENOENT)
			return st;
	}
	return rc < 0 ? di_dwarf_error(err, "struct") : PGC_ENOENT;
}

static enum pgc_status walk_name(struct di_place *place, const char *name, size_t len,
				 struct pgc_err *err)
{
	unsigned int budget = MEMBER_BUDGET;
	enum pgc_status st;

	if (!is_compound(&place->type))
		return pgc_err_set(err, PGC_ENOENT, "no member %.*s: not a struct or union",
				   (int)len, name);
	st = find_member(place, name, len, 0, &budget, err);
	if (st == PGC_ENOENT)
		return pgc_err_set(err, st, "no member %.*s", (int)len, name);
	return st;
}

/* "[12]" at *@path: step into that element. */
static enum pgc_status walk_index(struct di_place *place, const char **path,
				  struct pgc_err *err)
{
	char *end;
	uint64_t index, size, off;
	struct dims dims;
	enum pgc_status st;

	index = strtoull(*path + 1, &end, 10);
	if ((*path)[1] < '0' || (*path)[1] > '9' || *end != ']')
		return pgc_err_set(err, PGC_ENOENT, "bad index at \"%s\"", *path);
	if (dwarf_tag(&place->type) != DW_TAG_array_type)
		return pgc_err_set(err, PGC_ENOENT, "\"%s\": not an array", *path);
	st = read_dims(&place->type, &dims, err);
	if (st == PGC_OK)
		st = type_size(&place->type, place->dim + 1, &size, 0, err);
	if (st != PGC_OK)
		return st;
	if (dims.len[place->dim] && index >= dims.len[place->dim])
		return pgc_err_set(err, PGC_ENOENT, "\"%s\": the array has %" PRIu64 " elements",
				   *path, dims.len[place->dim]);
	if (__builtin_mul_overflow(index, size, &off) ||
	    __builtin_add_overflow(place->offset, off, &place->offset))
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: impossible size of an array");
	*path = end + 1;
	if (++place->dim < dims.n)
		return PGC_OK;
	place->dim = 0;
	return di_type_of(&place->type, &place->type, err);
}

enum pgc_status di_walk(struct di_place *place, const char *path, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;
	const char *p = path;

	while (st == PGC_OK && *p) {
		size_t len;

		if (*p == '[') {
			st = walk_index(place, &p, err);
			continue;
		}
		if (p != path && *p++ != '.')
			return pgc_err_set(err, PGC_ENOENT, "bad path \"%s\"", path);
		len = strcspn(p, ".[");
		if (!len)
			return pgc_err_set(err, PGC_ENOENT, "bad path \"%s\"", path);
		st = walk_name(place, p, len, err);
		p += len;
	}
	return st;
}

static enum pgc_status find_compound(struct debuginfo *di, const char *unit, const char *type,
				     Dwarf_Die *die, struct pgc_err *err)
{
	enum pgc_status st;

	st = di_find(di, unit, 1u << DI_COMPOUND | 1u << DI_TYPEDEF, type, die, err);
	if (st == PGC_OK)
		st = peel(die, err);
	if (st != PGC_OK)
		return st;
	if (!is_compound(die))
		return pgc_err_set(err, PGC_ENOENT, "%s is not a struct or union in %s", type, unit);
	if (dwarf_hasattr(die, DW_AT_declaration))
		return pgc_err_set(err, PGC_ENOENT, "%s is only declared in %s", type, unit);
	return PGC_OK;
}

enum pgc_status debuginfo_type_size(struct debuginfo *di, const char *unit, const char *type,
				    uint64_t *size, struct pgc_err *err)
{
	Dwarf_Die die;
	enum pgc_status st = find_compound(di, unit, type, &die, err);

	return st == PGC_OK ? scalar_size(&die, size, err) : st;
}

enum pgc_status debuginfo_member(struct debuginfo *di, const char *unit, const char *type,
				 const char *path, struct debuginfo_member *ret,
				 struct pgc_err *err)
{
	struct di_place place = { .offset = 0 };
	enum pgc_status st = find_compound(di, unit, type, &place.type, err);

	if (st == PGC_OK)
		st = di_walk(&place, path, err);
	return st == PGC_OK ? di_describe(&place, ret, err) : st;
}

/* What a member is called in a list of them: see btf.h. */
static void name_type(Dwarf_Die *type, bool known, char *buf, size_t size)
{
	char suffix[TYPE_NAME_LEN / 2] = ""; /* "[]" and "*": no type has so many */
	size_t used = 0;

	for (int i = 0; known && i < DI_MAX_CHAIN; i++) {
		const char *name = dwarf_diename(type), *mark = NULL;
		int tag = dwarf_tag(type);
		Dwarf_Attribute attr;

		if (tag == DW_TAG_pointer_type)
			mark = "*";
		else if (tag == DW_TAG_array_type)
			mark = "[]";
		else if (!is_qualifier(tag) || tag == DW_TAG_typedef) {
			if (tag == DW_TAG_base_type)
				snprintf(buf, size, "int%d%s", dwarf_bytesize(type) * 8, suffix);
			else if (tag == DW_TAG_subroutine_type)
				snprintf(buf, size, "function%s", suffix);
			else
				snprintf(buf, size, "%s%s", name ? name : "-", suffix);
			return;
		}
		if (mark) {
			struct dims dims = { .n = 1 };

			if (tag == DW_TAG_array_type && read_dims(type, &dims, NULL) != PGC_OK)
				break;
			for (unsigned int d = 0; d < dims.n && used + 3 < sizeof(suffix); d++)
				used += (size_t)snprintf(suffix + used, sizeof(suffix) - used, "%s", mark);
		}
		known = dwarf_attr(type, DW_AT_type, &attr) != NULL;
		if (known && !dwarf_formref_die(&attr, type))
			break;
	}
	snprintf(buf, size, "void%s", suffix);
}

struct member_walk {
	debuginfo_member_fn *fn;
	void *arg;
	unsigned int budget;
	bool done;
};

static enum pgc_status each_member(struct di_place *place, struct member_walk *w,
				   unsigned int depth, struct pgc_err *err)
{
	Dwarf_Die die, compound = place->type;
	uint64_t base = place->offset;
	int rc;

	if (depth >= DI_MAX_NESTING)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: structs nested too deeply");
	for (rc = dwarf_child(&compound, &die); !rc && !w->done; rc = di_next(&die)) {
		struct debuginfo_member m = { .size = 0 };
		char type_name[TYPE_NAME_LEN];
		Dwarf_Attribute attr;
		enum pgc_status st;
		const char *own;
		Dwarf_Die type;
		bool typed;

		if (!w->budget--)
			return pgc_err_set(err, PGC_EFORMAT, "DWARF: too many members");
		if (dwarf_tag(&die) != DW_TAG_member)
			continue;
		own = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attr));
		st = enter_member(&die, place, base, err);
		if (st != PGC_OK)
			return st;
		if (!own || !own[0]) {
			st = is_compound(&place->type) ? each_member(place, w, depth + 1, err) : PGC_OK;
			if (st != PGC_OK)
				return st;
			continue;
		}
		/* Of a struct that is only declared the size is unknown. */
		if (!place->bit_size && di_describe(place, &m, NULL) != PGC_OK)
			m.size = 0;
		typed = dwarf_attr(&die, DW_AT_type, &attr) && dwarf_formref_die(&attr, &type);
		name_type(&type, typed, type_name, sizeof(type_name));
		w->done = !w->fn(w->arg, own, type_name, place->offset + place->bit_offset / 8, m.size);
	}
	return rc < 0 ? di_dwarf_error(err, "struct") : PGC_OK;
}

enum pgc_status debuginfo_member_each(struct debuginfo *di, const char *unit, const char *type,
				      debuginfo_member_fn *fn, void *arg, struct pgc_err *err)
{
	struct member_walk w = { .fn = fn, .arg = arg, .budget = MEMBER_BUDGET };
	struct di_place place = { .offset = 0 };
	enum pgc_status st = find_compound(di, unit, type, &place.type, err);

	return st == PGC_OK ? each_member(&place, &w, 0, err) : st;
}

/*
 * Compilers write enumerators of at most 8 bits as DW_FORM_data1 and so on, where only the
 * signed forms are meant to be extended.
 */
static enum pgc_status const_value(Dwarf_Die *die, int64_t *value, struct pgc_err *err)
{
	Dwarf_Attribute attr;
	Dwarf_Sword sval;
	Dwarf_Word val;
	int rc;

	if (!dwarf_attr(die, DW_AT_const_value, &attr))
		return pgc_err_set(err, PGC_ENOENT, "enumerator without a value");
	if (attr.form == DW_FORM_sdata || attr.form == DW_FORM_implicit_const) {
		rc = dwarf_formsdata(&attr, &sval);
		*value = sval;
	} else {
		rc = dwarf_formudata(&attr, &val);
		*value = (int64_t)val;
	}
	return rc ? di_dwarf_error(err, "enumerator") : PGC_OK;
}

enum pgc_status debuginfo_enum_each(struct debuginfo *di, const char *unit, const char *type,
				    debuginfo_enum_fn *fn, void *arg, struct pgc_err *err)
{
	enum pgc_status st;
	Dwarf_Die die, en;
	int rc;

	st = di_find(di, unit, 1u << DI_ENUM | 1u << DI_TYPEDEF, type, &en, err);
	if (st == PGC_OK)
		st = peel(&en, err);
	if (st != PGC_OK)
		return st;
	if (dwarf_tag(&en) != DW_TAG_enumeration_type)
		return pgc_err_set(err, PGC_ENOENT, "%s is not an enum in %s", type, unit);
	for (rc = dwarf_child(&en, &die); !rc; rc = di_next(&die)) {
		Dwarf_Attribute attr;
		const char *name = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attr));
		int64_t value;

		if (dwarf_tag(&die) != DW_TAG_enumerator || !name)
			continue;
		st = const_value(&die, &value, err);
		if (st != PGC_OK)
			return pgc_err_add(err, st, "%s", name);
		if (!fn(arg, name, value))
			return PGC_OK;
	}
	return rc < 0 ? di_dwarf_error(err, type) : PGC_OK;
}

struct wanted {
	const char *name;
	int64_t value;
	bool found;
};

static bool is_wanted(void *arg, const char *name, int64_t value)
{
	struct wanted *w = arg;

	w->found = !strcmp(name, w->name);
	w->value = value;
	return !w->found;
}

enum pgc_status debuginfo_enumerator(struct debuginfo *di, const char *unit, const char *type,
				     const char *enumerator, int64_t *value,
				     struct pgc_err *err)
{
	struct wanted w = { .name = enumerator };
	enum pgc_status st;
	Dwarf_Die die;

	if (!type) {
		st = di_find(di, unit, 1u << DI_ENUMERATOR, enumerator, &die, err);
		return st == PGC_OK ? const_value(&die, value, err) : st;
	}
	st = debuginfo_enum_each(di, unit, type, is_wanted, &w, err);
	if (st != PGC_OK)
		return st;
	if (!w.found)
		return pgc_err_set(err, PGC_ENOENT, "no %s in enum %s", enumerator, type);
	*value = w.value;
	return PGC_OK;
}
