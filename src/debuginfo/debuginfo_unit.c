/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two indexes, each built when first needed: the names of all compile units (one DIE each),
 * and the file-scope names inside a unit that was asked for. The other thousands of units
 * stay untouched on disk.
 */
#include "debuginfo/debuginfo_priv.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

/* A vmlinux has some thousands of units, and a unit some ten thousand names. */
#define MAX_NAMES (1u << 22)
#define MAX_IMPORTS 4096

enum pgc_status di_dwarf_error(struct pgc_err *err, const char *what)
{
	return pgc_err_set(err, PGC_EFORMAT, "%s: DWARF: %s", what, dwarf_errmsg(-1));
}

int di_next(Dwarf_Die *die)
{
	const void *before = die->addr;
	int rc = dwarf_siblingof(die, die);

	return rc == 0 && (uintptr_t)die->addr <= (uintptr_t)before ? -1 : rc;
}

/* Room for one more element in an array that doubles; NULL when out of memory. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1) || (n && n < 16))
		return array;
	return reallocarray(array, n ? 2 * n : 16, size);
}

static bool dies_add(struct di_dies *dies, void *addr)
{
	void **bigger = grow(dies->addr, dies->n, sizeof(*dies->addr));

	if (!bigger)
		return false;
	dies->addr = bigger;
	dies->addr[dies->n++] = addr;
	return true;
}

static uint32_t name_hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static struct di_name *names_slot(const struct di_names *names, const char *name,
				  uint32_t hash, enum di_kind kind)
{
	size_t mask = names->size - 1;
	size_t i = (hash + kind * 0x9e3779b9u) & mask;

	for (; names->slot[i].name; i = (i + 1) & mask)
		if (names->slot[i].hash == hash && names->slot[i].kind == kind &&
		    !strcmp(names->slot[i].name, name))
			break;
	return &names->slot[i];
}

static bool names_grow(struct di_names *names)
{
	struct di_names bigger = { .used = names->used,
				   .size = names->size ? 2 * names->size : 4096 };

	bigger.slot = calloc(bigger.size, sizeof(*bigger.slot));
	if (!bigger.slot)
		return false;
	for (size_t i = 0; i < names->size; i++) {
		struct di_name *n = &names->slot[i];

		if (n->name)
			*names_slot(&bigger, n->name, n->hash, n->kind) = *n;
	}
	free(names->slot);
	*names = bigger;
	return true;
}

static bool names_add(struct di_names *names, const char *name, enum di_kind kind,
		      enum di_rank rank, void *die)
{
	uint32_t hash = name_hash(name);
	struct di_name *slot;

	if (2 * names->used >= names->size && !names_grow(names))
		return false;
	slot = names_slot(names, name, hash, kind);
	if (!slot->name)
		names->used++;
	else if (slot->rank >= rank)
		return true;
	*slot = (struct di_name){ .name = name, .die = die, .hash = hash,
				  .kind = (uint8_t)kind, .rank = (uint8_t)rank };
	return true;
}

static const struct di_name *names_find(const struct di_names *names, const char *name,
					enum di_kind kind)
{
	const struct di_name *slot;

	if (!names->size)
		return NULL;
	slot = names_slot(names, name, name_hash(name), kind);
	return slot->name ? slot : NULL;
}

void di_units_free(struct debuginfo *di)
{
	for (size_t i = 0; i < di->n_cu; i++) {
		free(di->cu[i].names.slot);
		free(di->cu[i].enums.addr);
		free(di->cu[i].imported.addr);
	}
	free(di->cu);
	for (size_t i = 0; i < di->n_unit; i++) {
		free(di->unit[i].name);
		free(di->unit[i].cu);
	}
	free(di->unit);
}

/* Let libdw read the header and the first DIE of every unit. */
static enum pgc_status cus_ask_libdw(struct debuginfo *di, struct pgc_err *err)
{
	Dwarf_CU *cu = NULL, *next;
	Dwarf_Die die;
	int rc;

	while (!(rc = dwarf_get_units(di->dw, cu, &next, NULL, NULL, &die, NULL))) {
		enum pgc_status st = PGC_OK;
		Dwarf_Attribute attr;
		const char *name = NULL;

		/* Partial units are reached by import, type units by reference. */
		if (dwarf_tag(&die) == DW_TAG_compile_unit)
			name = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attr));
		if (name)
			st = di_cu_add(di, name, dwarf_dieoffset(&die), err);
		if (st != PGC_OK)
			return st;
		cu = next;
	}
	return rc < 0 ? di_dwarf_error(err, di->path) : PGC_OK;
}

static enum pgc_status cus_read(struct debuginfo *di, struct pgc_err *err)
{
	enum pgc_status st;

	if (di->cu_read)
		return PGC_OK;
	di->n_cu = 0;
	st = di_scan_units(di, err);
	if (st == PGC_ENOENT) {
		di->n_cu = 0;
		st = cus_ask_libdw(di, err);
	}
	di->cu_read = st == PGC_OK;
	return st;
}

/* Is @tail the last components of @cu's name? */
static bool cu_matches(const struct di_cu *cu, const char *tail, size_t len)
{
	if (len > cu->len || memcmp(cu->name + cu->len - len, tail, len))
		return false;
	return len == cu->len || cu->name[cu->len - len - 1] == '/';
}

static enum pgc_status unit_add(struct debuginfo *di, struct di_unit *unit, const char *tail,
				size_t len, struct pgc_err *err)
{
	for (size_t i = 0; i < di->n_cu; i++) {
		size_t *bigger;

		if (!cu_matches(&di->cu[i], tail, len))
			continue;
		bigger = grow(unit->cu, unit->n, sizeof(*unit->cu));
		if (!bigger)
			return pgc_err_nomem(err, unit->name);
		unit->cu = bigger;
		unit->cu[unit->n++] = i;
	}
	return PGC_OK;
}

/* In the order of the list, as the first unit that knows a name is to answer. */
static enum pgc_status unit_fill(struct debuginfo *di, struct di_unit *unit,
				 struct pgc_err *err)
{
	const char *tail = unit->name;
	enum pgc_status st = PGC_OK;

	while (st == PGC_OK && *tail) {
		size_t len = strcspn(tail, ":");

		if (len)
			st = unit_add(di, unit, tail, len, err);
		tail += len + (tail[len] == ':');
	}
	return st;
}

/* The units that are called @name; those that were asked for before are remembered. */
static enum pgc_status unit_get(struct debuginfo *di, const char *name,
				const struct di_unit **ret, struct pgc_err *err)
{
	struct di_unit *unit;
	enum pgc_status st;

	for (size_t i = 0; i < di->n_unit; i++) {
		*ret = &di->unit[i];
		if (!strcmp(di->unit[i].name, name))
			return PGC_OK;
	}
	st = cus_read(di, err);
	if (st != PGC_OK)
		return st;
	unit = grow(di->unit, di->n_unit, sizeof(*di->unit));
	if (!unit)
		return pgc_err_nomem(err, name);
	di->unit = unit;
	unit = &di->unit[di->n_unit];
	*unit = (struct di_unit){ .name = strdup(name) };
	if (!unit->name)
		return pgc_err_nomem(err, name);
	di->n_unit++;
	*ret = unit;
	return unit_fill(di, unit, err);
}

static enum di_rank rank_of(Dwarf_Die *die, enum di_kind kind)
{
	if (kind == DI_VARIABLE && dwarf_hasattr(die, DW_AT_location))
		return DI_LOCATED;
	return dwarf_hasattr(die, DW_AT_declaration) ? DI_DECLARED : DI_DEFINED;
}

static bool kind_of(Dwarf_Die *die, enum di_kind *kind)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		*kind = DI_COMPOUND;
		return true;
	case DW_TAG_enumeration_type:
		*kind = DI_ENUM;
		return true;
	case DW_TAG_typedef:
		*kind = DI_TYPEDEF;
		return true;
	case DW_TAG_variable:
		*kind = DI_VARIABLE;
		return true;
	default:
		return false;
	}
}

static enum pgc_status cu_add_name(struct di_cu *cu, const char *name, enum di_kind kind,
				   enum di_rank rank, void *die, struct pgc_err *err)
{
	if (cu->names.used >= MAX_NAMES)
		return pgc_err_set(err, PGC_EFORMAT, "%s: more than %u names", cu->name,
				   MAX_NAMES);
	if (!names_add(&cu->names, name, kind, rank, die))
		return pgc_err_nomem(err, cu->name);
	return PGC_OK;
}

static enum pgc_status index_die(struct di_cu *cu, Dwarf_Die *die, struct pgc_err *err)
{
	Dwarf_Attribute attr;
	enum di_kind kind;
	const char *name;

	if (!kind_of(die, &kind))
		return PGC_OK;
	if (kind == DI_ENUM && !dies_add(&cu->enums, die->addr))
		return pgc_err_nomem(err, cu->name);
	/* A variable's definition may leave its name to the declaration it refers to. */
	if (kind == DI_VARIABLE)
		name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attr));
	else
		name = dwarf_formstring(dwarf_attr(die, DW_AT_name, &attr));
	if (!name)
		return PGC_OK;
	return cu_add_name(cu, name, kind, rank_of(die, kind), die->addr, err);
}

static enum pgc_status index_children(struct di_cu *cu, Dwarf_Die *parent, unsigned int depth,
				      struct pgc_err *err);

/* dwz moves what several units share to partial units, and imports those. */
static enum pgc_status index_import(struct di_cu *cu, Dwarf_Die *die, unsigned int depth,
				    struct pgc_err *err)
{
	Dwarf_Attribute attr;
	Dwarf_Die partial;

	if (!dwarf_formref_die(dwarf_attr(die, DW_AT_import, &attr), &partial))
		return di_dwarf_error(err, cu->name);
	for (size_t i = 0; i < cu->imported.n; i++)
		if (cu->imported.addr[i] == partial.addr)
			return PGC_OK;
	if (depth >= DI_MAX_NESTING || cu->imported.n >= MAX_IMPORTS)
		return pgc_err_set(err, PGC_EFORMAT, "%s: too many imported units", cu->name);
	if (!dies_add(&cu->imported, partial.addr))
		return pgc_err_nomem(err, cu->name);
	return index_children(cu, &partial, depth + 1, err);
}

static enum pgc_status index_children(struct di_cu *cu, Dwarf_Die *parent, unsigned int depth,
				      struct pgc_err *err)
{
	Dwarf_Die die;
	int rc;

	for (rc = dwarf_child(parent, &die); !rc; rc = di_next(&die)) {
		enum pgc_status st;

		if (dwarf_tag(&die) == DW_TAG_imported_unit)
			st = index_import(cu, &die, depth, err);
		else
			st = index_die(cu, &die, err);
		if (st != PGC_OK)
			return st;
	}
	return rc < 0 ? di_dwarf_error(err, cu->name) : PGC_OK;
}

static enum pgc_status index_cu(struct debuginfo *di, struct di_cu *cu, struct pgc_err *err)
{
	const char *name;
	enum pgc_status st;
	Dwarf_Die die;

	if (cu->indexed)
		return PGC_OK;
	if (!dwarf_offdie(di->dw, cu->off, &die))
		return di_dwarf_error(err, cu->name);
	name = dwarf_diename(&die);
	if (dwarf_tag(&die) != DW_TAG_compile_unit || !name || strcmp(name, cu->name))
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: no compile unit %s at 0x%" PRIx64,
				   cu->name, (uint64_t)cu->off);
	st = index_children(cu, &die, 0, err);
	cu->indexed = st == PGC_OK;
	return st;
}

static enum pgc_status index_enum(struct debuginfo *di, struct di_cu *cu, void *addr,
				  struct pgc_err *err)
{
	Dwarf_Die type, die;
	int rc;

	if (!dwarf_die_addr_die(di->dw, addr, &type))
		return di_dwarf_error(err, cu->name);
	for (rc = dwarf_child(&type, &die); !rc; rc = di_next(&die)) {
		Dwarf_Attribute attr;
		const char *name = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attr));
		enum pgc_status st = PGC_OK;

		if (name && dwarf_tag(&die) == DW_TAG_enumerator)
			st = cu_add_name(cu, name, DI_ENUMERATOR, DI_DEFINED, die.addr, err);
		if (st != PGC_OK)
			return st;
	}
	return rc < 0 ? di_dwarf_error(err, cu->name) : PGC_OK;
}

/* Apart from the rest: few lookups do not know the enum, and there are many enumerators. */
static enum pgc_status index_enumerators(struct debuginfo *di, struct di_cu *cu,
					 struct pgc_err *err)
{
	if (cu->enumerators_indexed)
		return PGC_OK;
	for (size_t i = 0; i < cu->enums.n; i++) {
		enum pgc_status st = index_enum(di, cu, cu->enums.addr[i], err);

		if (st != PGC_OK)
			return st;
	}
	cu->enumerators_indexed = true;
	return PGC_OK;
}

/* The best DIE of one unit: a kind that comes first wins, then the more complete one. */
static const struct di_name *cu_find(const struct di_cu *cu, unsigned int kinds,
				     const char *name)
{
	const struct di_name *found;

	for (unsigned int kind = 0; kind <= DI_ENUMERATOR; kind++)
		if (kinds & 1u << kind && (found = names_find(&cu->names, name, kind)))
			return found;
	return NULL;
}

/* Nothing in a further unit can say more. */
static bool is_best(const struct di_name *found)
{
	return found->rank == (found->kind == DI_VARIABLE ? DI_LOCATED : DI_DEFINED);
}

enum pgc_status di_find(struct debuginfo *di, const char *unit, unsigned int kinds,
			const char *name, Dwarf_Die *ret, struct pgc_err *err)
{
	const struct di_name *best = NULL;
	const struct di_unit *u = NULL;
	enum pgc_status st = unit_get(di, unit, &u, err);

	if (st != PGC_OK)
		return st;
	if (!u->n)
		return pgc_err_set(err, PGC_ENOENT, "no compile unit %s (is this the debug information of a kernel?)", unit);
	for (size_t i = 0; i < u->n && !(best && is_best(best)); i++) {
		struct di_cu *cu = &di->cu[u->cu[i]];
		const struct di_name *found;

		st = index_cu(di, cu, err);
		if (st == PGC_OK && kinds & 1u << DI_ENUMERATOR)
			st = index_enumerators(di, cu, err);
		if (st != PGC_OK)
			return st;
		found = cu_find(cu, kinds, name);
		if (found && (!best || found->rank > best->rank))
			best = found;
	}
	if (!best)
		return pgc_err_set(err, PGC_ENOENT, "no %s in %s", name, unit);
	if (!dwarf_die_addr_die(di->dw, best->die, ret))
		return di_dwarf_error(err, name);
	return PGC_OK;
}
