/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf.h"
#include "kallsyms.h"
#include "layout.h"
#include "vmcore.h"

/* The BTF of a kernel with all its drivers built in is 10 MiB. */
#define MAX_BTF (64u << 20)

/* Below this there is no kernel memory: per-CPU symbols of 6.1 and 6.12 are offsets. */
#define KERNEL_HALF (1ULL << 63)

struct source {
	struct vmcore *vc;
	struct kallsyms *ks;
	struct btf_types *bt;
	uint64_t slide;
};

/* How the type of a variable is known, which BTF does not tell. */
enum var_kind {
	VAR_SCALAR,	/* @size bytes */
	VAR_STACK,	/* a power of 2; symbols near its end mark places in it */
	VAR_STRUCT,	/* struct @type */
	VAR_NAMELESS,	/* the struct that has just the members pc_members */
	VAR_NODES,	/* struct pglist_data *[MAX_NUMNODES] */
	VAR_NODEMASKS,	/* nodemask_t [NR_NODE_STATES] */
	VAR_PER_CPU,	/* unsigned long [NR_CPUS] */
	VAR_SECTIONS,	/* SPARSEMEM_EXTREME: a pointer; else an array */
};

static const char *const pc_members[] = { "db", "min_pfn", "max_pfn" };

static const struct variable {
	const char *name;
	enum var_kind kind;
	unsigned int size;
	const char *type;
} variables[] = {
	{ .name = "init_stack", .kind = VAR_STACK },
	{ .name = "node_data", .kind = VAR_NODES },
	{ .name = "contig_page_data", .kind = VAR_STRUCT, .type = "pglist_data" },
	{ .name = "node_states", .kind = VAR_NODEMASKS },
	{ .name = "__per_cpu_offset", .kind = VAR_PER_CPU },
	{ .name = "__cpu_possible_mask", .kind = VAR_STRUCT, .type = "cpumask" },
	{ .name = "__cpu_online_mask", .kind = VAR_STRUCT, .type = "cpumask" },
	{ .name = "mem_section", .kind = VAR_SECTIONS },
	{ .name = "system_state", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "pc_state", .kind = VAR_NAMELESS },
	{ .name = "page_consistency_stats", .kind = VAR_STRUCT,
	  .type = "page_consistency_stats" },
	{ .name = "page_consistency_enabled", .kind = VAR_STRUCT,
	  .type = "static_key_false" },
	{ .name = "prb", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "tainted_mask", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "page_ext_size", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "page_owner_ops", .kind = VAR_STRUCT, .type = "page_ext_operations" },
	{ .name = "page_owner_inited", .kind = VAR_STRUCT, .type = "static_key_false" },
	{ .name = "early_handle", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "dummy_handle", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "failure_handle", .kind = VAR_SCALAR, .size = 4 },
};

/* The number in a line "KIND(type)" or "KIND(type.path)" of VMCOREINFO. */
static bool said(const struct source *s, const char *kind, const char *type, const char *path,
		 uint64_t *ret)
{
	const char *text;
	char key[80], *end;

	snprintf(key, sizeof(key), "%s(%s%s%s)", kind, type, *path ? "." : "", path);
	text = vmcore_vmcoreinfo(s->vc, key);
	if (!text)
		return false;
	errno = 0;
	*ret = strtoull(text, &end, strcmp(kind, "SYMBOL") ? 0 : 16);
	return !errno && !*end && end != text;
}

/* What VMCOREINFO says of a row that is about types. */
static bool said_of_row(const struct source *s, const struct layout_row *row, uint64_t *ret)
{
	switch (row->kind) {
	case LAYOUT_SIZE:
		return said(s, "SIZE", row->type, "", ret);
	case LAYOUT_OFFSET:
		return said(s, "OFFSET", row->type, row->path, ret);
	case LAYOUT_LENGTH:
		return said(s, "LENGTH", row->type, row->path, ret);
	case LAYOUT_ENUM:
		return said(s, "NUMBER", row->path, "", ret);
	default:
		return false;
	}
}

static enum pgc_status ask_btf(const struct btf_types *bt, const struct layout_row *row,
			       uint32_t type, uint64_t *value, uint64_t *size)
{
	struct btf_place place = { .offset = 0 };
	enum pgc_status st;
	int64_t num = 0;

	switch (row->kind) {
	case LAYOUT_SIZE:
		return btf_types_size(bt, type, value);
	case LAYOUT_ENUM:
		st = btf_types_enumerator(bt, type, row->path, &num);
		*value = (uint64_t)num;
		return st;
	default:
		st = btf_types_member(bt, type, row->path, &place);
		*value = row->kind == LAYOUT_LENGTH ? place.length : place.offset;
		*size = place.size;
		return st == PGC_OK && row->kind == LAYOUT_LENGTH && !*value ? PGC_ENOENT : st;
	}
}

/*
 * A row about types. Of several types with one name the one is meant that VMCOREINFO speaks
 * of: by its size, and by this row.
 */
static enum pgc_status type_row(const struct source *s, const struct layout_row *row,
				uint64_t *value, uint64_t *size, struct pgc_err *err)
{
	uint64_t want = 0, want_size = 0, whole;
	bool told = said_of_row(s, row, &want), rejected = false;
	bool told_size = row->type && said(s, "SIZE", row->type, "", &want_size);
	uint32_t type = row->type ? btf_types_find(s->bt, row->type, 0) : 0;

	if (!row->type)
		return ask_btf(s->bt, row, 0, value, size);
	for (; type; type = btf_types_find(s->bt, row->type, type)) {
		enum pgc_status st = ask_btf(s->bt, row, type, value, size);

		if (st != PGC_OK)
			continue;
		if ((!told || *value == want) &&
		    (!told_size || (btf_types_size(s->bt, type, &whole) == PGC_OK &&
				    whole == want_size)))
			return PGC_OK;
		rejected = true;
	}
	if (rejected)
		return pgc_err_set(err, PGC_EMISMATCH, "BTF and VMCOREINFO disagree on %s.%s",
				   row->type, row->path);
	return PGC_ENOENT;
}

static uint64_t unslid(const struct source *s, uint64_t addr)
{
	return addr & KERNEL_HALF ? addr - s->slide : addr;
}

/* The size of the type called @name, as VMCOREINFO or BTF has it; 0: not known. */
static uint64_t size_of(const struct source *s, const char *name)
{
	uint64_t size;

	if (said(s, "SIZE", name, "", &size) ||
	    btf_types_size(s->bt, btf_types_find(s->bt, name, 0), &size) == PGC_OK)
		return size;
	return 0;
}

static uint64_t power_of_2_below(uint64_t n)
{
	while (n & (n - 1))
		n &= n - 1;
	return n;
}

static uint64_t power_of_2_above(uint64_t n)
{
	uint64_t below = power_of_2_below(n);

	return below == n ? n : below << 1;
}

/* Elements of a variable that is an array, and the bytes of one. 0 elements: it is none. */
static uint64_t array_length(const struct source *s, const struct variable *var,
			     const struct kallsym *sym, uint64_t *element)
{
	uint64_t len = 0, cpus;
	int64_t states;

	*element = 8;
	switch (var->kind) {
	case VAR_NODES:
		/* 1 << NODES_SHIFT; behind it there may be padding. */
		if (!said(s, "LENGTH", var->name, "", &len))
			len = power_of_2_below(sym->size / 8);
		return len;
	case VAR_NODEMASKS:
		*element = size_of(s, "nodemask_t");
		return btf_types_enumerator(s->bt, 0, "NR_NODE_STATES", &states) == PGC_OK ?
		       (uint64_t)states : 0;
	case VAR_PER_CPU:
		/* NR_CPUS is a macro. A cpumask has that many bits, in whole words. */
		cpus = size_of(s, "cpumask") * 8;
		len = sym->size / 8;
		return len < cpus ? len : cpus;
	case VAR_SECTIONS:
		/* VMCOREINFO has the address of an array, but the value of a pointer. */
		if (said(s, "SYMBOL", var->name, "", &len) && len == sym->addr &&
		    said(s, "LENGTH", var->name, "", &len)) {
			*element = size_of(s, "mem_section");
			return len;
		}
		return 0;
	default:
		return 0;
	}
}

/* A variable whose type is a struct: where in it, and how large. */
static enum pgc_status struct_variable(const struct source *s, const struct variable *var,
				       const char *path, struct btf_place *ret)
{
	uint32_t type = var->kind == VAR_STRUCT ?
			btf_types_find(s->bt, var->type, 0) :
			btf_types_anonymous(s->bt, pc_members, ARRAY_SIZE(pc_members));

	return btf_types_member(s->bt, type, path, ret);
}

static enum pgc_status variable_row(const struct source *s, const struct layout_row *row,
				    uint64_t *value, uint64_t *size, struct pgc_err *err)
{
	const struct variable *var = NULL;
	struct btf_place place = { .offset = 0 };
	uint64_t len, element;
	struct kallsym sym;
	enum pgc_status st;

	for (size_t i = 0; i < ARRAY_SIZE(variables) && !var; i++)
		if (!strcmp(variables[i].name, row->type))
			var = &variables[i];
	if (!var)
		return pgc_err_set(err, PGC_ENOENT, "the type of %s is not known", row->type);
	st = kallsyms_find(s->ks, var->name, &sym, err);
	if (st != PGC_OK)
		return st;
	len = array_length(s, var, &sym, &element);
	place.size = var->kind == VAR_SCALAR ? var->size : power_of_2_above(sym.size);
	if (len)
		place.size = len * element;
	else if (var->kind == VAR_SECTIONS)
		place.size = 8;
	else if (var->kind == VAR_STRUCT || var->kind == VAR_NAMELESS)
		st = struct_variable(s, var, row->path, &place);
	if (row->kind == LAYOUT_VARLEN && !len)
		return PGC_ENOENT;
	*value = row->kind == LAYOUT_VARLEN ? len : unslid(s, sym.addr) + place.offset;
	*size = place.size;
	return st;
}

static enum pgc_status symbol_row(const struct source *s, const struct layout_row *row,
				  uint64_t *value, struct pgc_err *err)
{
	struct kallsym sym;
	enum pgc_status st = kallsyms_find(s->ks, row->type, &sym, err);

	if (st == PGC_OK)
		*value = unslid(s, sym.addr);
	return st;
}

static enum pgc_status dump_row(void *arg, const struct layout_row *row, uint64_t *value,
				uint64_t *size, struct pgc_err *err)
{
	const struct source *s = arg;

	switch (row->kind) {
	case LAYOUT_SIZE:
	case LAYOUT_OFFSET:
	case LAYOUT_LENGTH:
	case LAYOUT_ENUM:
		return type_row(s, row, value, size, err);
	case LAYOUT_VAR:
	case LAYOUT_VARLEN:
		return variable_row(s, row, value, size, err);
	case LAYOUT_SYMBOL:
		return symbol_row(s, row, value, err);
	}
	return PGC_ENOENT;
}

static enum pgc_status dump_enum_each(void *arg, const char *unit _unused_, const char *type,
				      layout_enum_fn *fn, void *fn_arg,
				      struct pgc_err *err _unused_)
{
	const struct source *s = arg;

	return btf_types_enum_each(s->bt, btf_types_find(s->bt, type, 0), fn, fn_arg);
}

struct function_walk {
	const struct source *s;
	layout_function_fn *fn;
	void *arg;
};

static bool take_function(void *arg, const struct kallsym *sym)
{
	struct function_walk *w = arg;

	return w->fn(w->arg, sym->name, unslid(w->s, sym->addr), sym->size);
}

static enum pgc_status dump_function_each(void *arg, layout_function_fn *fn, void *fn_arg,
					  struct pgc_err *err _unused_)
{
	const struct source *s = arg;
	struct function_walk w = { .s = s, .fn = fn, .arg = fn_arg };

	kallsyms_each_function(s->ks, take_function, &w);
	return PGC_OK;
}

static enum pgc_status read_btf(struct source *s, struct pgc_err *err)
{
	_cleanup_free_ void *raw = NULL;
	struct kallsym start, stop;
	enum pgc_status st;
	size_t got;

	st = kallsyms_find(s->ks, "__start_BTF", &start, err);
	if (st == PGC_OK)
		st = kallsyms_find(s->ks, "__stop_BTF", &stop, err);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "the kernel has no BTF");
	if (stop.addr <= start.addr || stop.addr - start.addr > MAX_BTF)
		return pgc_err_set(err, PGC_EFORMAT, "BTF from 0x%" PRIx64 " to 0x%" PRIx64
				   " cannot be", start.addr, stop.addr);
	raw = malloc(stop.addr - start.addr);
	if (!raw)
		return pgc_err_nomem(err, "BTF");
	st = vmcore_read_bulk(s->vc, start.addr, raw, stop.addr - start.addr, &got, err);
	if (pgc_is_gap(st))
		return pgc_err_set(err, PGC_ENOENT, "BTF at 0x%" PRIx64 " is not (wholly) in the dump",
				   start.addr);
	return st == PGC_OK ? btf_types_create(raw, got, &s->bt, err) : st;
}

static enum pgc_status from_btf(struct source *s, struct layout **ret, struct pgc_err *err)
{
	const struct layout_source src = {
		.name = "BTF",
		.build_id = vmcore_info(s->vc)->build_id,
		.arg = s,
		.row = dump_row,
		.enum_each = dump_enum_each,
		.function_each = dump_function_each,
	};
	enum pgc_status st = kallsyms_create(s->vc, &s->ks, err);

	if (st == PGC_OK)
		st = read_btf(s, err);
	return st == PGC_OK ? layout_from_source(&src, ret, err) : st;
}

enum pgc_status layout_from_dump(struct vmcore *vc, struct layout **ret,
				 struct layout_dump_facts *facts, struct pgc_err *err)
{
	struct source s = { .vc = vc, .slide = vmcore_info(vc)->kernel_offset };
	enum pgc_status st = from_btf(&s, ret, err);

	*facts = (struct layout_dump_facts){ .from = "BTF and kallsyms" };
	btf_types_destroy(s.bt);
	kallsyms_destroy(s.ks);
	return st;
}
