/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/name_filter.h"
#include "layout/btf.h"
#include "layout/kallsyms.h"
#include "layout/layout.h"
#include "layout/layout_vmcoreinfo.h"
#include "vmcore.h"

/* The BTF of a kernel with all its drivers built in is 10 MiB. */
#define MAX_BTF (64u << 20)


struct source {
	struct vmcore *vc;
	struct kallsyms *ks;
	struct btf_types *bt;
	uint64_t slide;
	struct layout_derived derived;	/* where there is no BTF */
};

/* How the type of a variable is known, which BTF does not have. */
enum var_kind {
	VAR_SCALAR,	/* @size bytes */
	VAR_STACK,	/* a power of 2; symbols near its end mark places in it */
	VAR_STRUCT,	/* struct @type */
	VAR_NAMELESS,	/* the struct that has just the members pc_members */
	VAR_NODES,	/* struct pglist_data *[MAX_NUMNODES] */
	VAR_NODEMASKS,	/* nodemask_t [NR_NODE_STATES] */
	VAR_PER_CPU,	/* unsigned long [NR_CPUS] */
	VAR_SECTIONS,	/* SPARSEMEM_EXTREME: a pointer; else an array */
	VAR_POOLS,	/* void **, or in 6.12 void *[]: thousands */
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
	{ .name = "page_group_by_mobility_disabled", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "prb", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "tainted_mask", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "page_ext_size", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "page_owner_ops", .kind = VAR_STRUCT, .type = "page_ext_operations" },
	{ .name = "page_owner_inited", .kind = VAR_STRUCT, .type = "static_key_false" },
	{ .name = "page_alloc_tagging_ops", .kind = VAR_STRUCT, .type = "page_ext_operations" },
	{ .name = "mem_alloc_profiling_key", .kind = VAR_STRUCT, .type = "static_key_true" },
	{ .name = "mem_profiling_compressed", .kind = VAR_STRUCT, .type = "static_key_false" },
	{ .name = "page_table_check_ops", .kind = VAR_STRUCT, .type = "page_ext_operations" },
	{ .name = "page_table_check_disabled", .kind = VAR_STRUCT, .type = "static_key_true" },
	{ .name = "early_handle", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "dummy_handle", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "failure_handle", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "depot_index", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "pools_num", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "pcpu_base_addr", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "pcpu_first_chunk", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "pcpu_nr_units", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "vmap_nodes", .kind = VAR_SCALAR, .size = 8 },
	{ .name = "nr_vmap_nodes", .kind = VAR_SCALAR, .size = 4 },
	{ .name = "stack_pools", .kind = VAR_POOLS },
};

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
	bool told = layout_vmcoreinfo_row(s->vc, row, &want), rejected = false;
	bool told_size = row->type && layout_vmcoreinfo_number(s->vc, "SIZE", row->type, "",
							       &want_size);
	uint32_t type;

	if (!s->bt) {
		/* What VMCOREINFO has is as wide as the row is, 8 bytes, or its width is not asked. */
		*size = layout_row_bytes(row->key);
		if (!*size && row->kind == LAYOUT_OFFSET)
			*size = 8;
		*value = want;
		return told || layout_derived_row(&s->derived, row, value) ? PGC_OK :
									     PGC_ENOENT;
	}
	type = row->type ? btf_types_find(s->bt, row->type, 0) : 0;
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
	/* Below the kernel's half it is a per-CPU offset, as in 6.1 and 6.12. */
	return arch_kernel_half(arch_known(vmcore_info(s->vc)->arch), addr) ? addr - s->slide : addr;
}

/* The size of the type called @name, as VMCOREINFO or BTF has it; 0: not known. */
static uint64_t size_of(const struct source *s, const char *name)
{
	uint64_t size;

	if (layout_vmcoreinfo_number(s->vc, "SIZE", name, "", &size) ||
	    (s->bt && btf_types_size(s->bt, btf_types_find(s->bt, name, 0), &size) == PGC_OK))
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
		if (!layout_vmcoreinfo_number(s->vc, "LENGTH", var->name, "", &len) || !len ||
		    len != power_of_2_below(len) || len > sym->size / 8)
			len = power_of_2_below(sym->size / 8);
		return len;
	case VAR_NODEMASKS:
		*element = size_of(s, "nodemask_t");
		return s->bt && btf_types_enumerator(s->bt, 0, "NR_NODE_STATES", &states) == PGC_OK ?
		       (uint64_t)states : 0;
	case VAR_PER_CPU:
		/* NR_CPUS is a macro. A cpumask has that many bits, in whole words. */
		cpus = size_of(s, "cpumask") * 8;
		len = sym->size / 8;
		return len < cpus ? len : cpus;
	case VAR_SECTIONS:
		/* VMCOREINFO has the address of an array, but the value of a pointer. */
		if (layout_vmcoreinfo_number(s->vc, "SYMBOL", var->name, "", &len) && len == sym->addr &&
		    layout_vmcoreinfo_number(s->vc, "LENGTH", var->name, "", &len)) {
			*element = size_of(s, "mem_section");
			return len;
		}
		return 0;
	case VAR_POOLS:
		/* DEPOT_MAX_POOLS is a macro. No padding of a pointer is as large as a page. */
		return sym->size >= vmcore_info(s->vc)->page_size ? power_of_2_below(sym->size / 8) : 0;
	default:
		return 0;
	}
}

/* A variable whose type is a struct: where in it, and how large. */
static enum pgc_status struct_variable(const struct source *s, const struct variable *var,
				       const char *path, struct btf_place *ret)
{
	uint32_t type;

	if (!s->bt)
		return PGC_ENOENT;
	type = var->kind == VAR_STRUCT ?
	       btf_types_find(s->bt, var->type, 0) :
	       btf_types_anonymous(s->bt, pc_members, ARRAY_SIZE(pc_members));
	return btf_types_member(s->bt, type, path, ret);
}

/*
 * A variable that kallsyms has not: VMCOREINFO has a few. node_online_map is
 * node_states[N_ONLINE]. Of mem_section it has the value, which is another matter: see
 * kernel_sections.c.
 */
static enum pgc_status plain_variable(const struct source *s, const struct layout_row *row,
				      uint64_t *value, uint64_t *size)
{
	bool nodes = !strcmp(row->type, "node_data"), masks = !strcmp(row->type, "node_states");
	uint64_t addr, len = 1, element = masks ? size_of(s, "nodemask_t") : 8;
	int64_t online = 0, states = 1;

	if ((!nodes && !masks && strcmp(row->type, "contig_page_data")) ||
	    !layout_vmcoreinfo_number(s->vc, "SYMBOL", masks ? "node_online_map" : row->type, "",
				      &addr) ||
	    (nodes && !layout_vmcoreinfo_number(s->vc, "LENGTH", row->type, "", &len)))
		return PGC_ENOENT;
	if (masks && s->bt &&
	    btf_types_enumerator(s->bt, 0, "N_ONLINE", &online) == PGC_OK &&
	    btf_types_enumerator(s->bt, 0, "NR_NODE_STATES", &states) == PGC_OK) {
		addr -= (uint64_t)online * element;
		len = (uint64_t)states;
	}
	*value = row->kind == LAYOUT_VARLEN ? len : unslid(s, addr);
	*size = len * element;
	return PGC_OK;
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
		return pgc_err_set(err, PGC_ENOENT, "the type of %s is unknown", row->type);
	if (!s->bt)
		return plain_variable(s, row, value, size);
	st = kallsyms_find(s->ks, var->name, &sym, err);
	if (st == PGC_ENOENT)
		return plain_variable(s, row, value, size);
	if (st != PGC_OK)
		return st;
	len = array_length(s, var, &sym, &element);
	place.size = var->kind == VAR_SCALAR ? var->size : power_of_2_above(sym.size);
	if (len)
		place.size = len * element;
	else if (var->kind == VAR_SECTIONS || var->kind == VAR_POOLS)
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
	enum pgc_status st;

	if (!s->bt) {
		if (!layout_vmcoreinfo_number(s->vc, "SYMBOL", row->type, "", value))
			return PGC_ENOENT;
		*value = unslid(s, *value);
		return PGC_OK;
	}
	st = kallsyms_find(s->ks, row->type, &sym, err);
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
	case LAYOUT_KINDS:
		break;
	}
	return PGC_ENOENT;
}

static enum pgc_status dump_enum_each(void *arg, const char *unit _unused_, const char *type,
				      layout_enum_fn *fn, void *fn_arg,
				      struct pgc_err *err _unused_)
{
	const struct source *s = arg;

	if (!s->bt)
		return PGC_ENOENT;
	return btf_types_enum_each(s->bt, btf_types_find(s->bt, type, 0), fn, fn_arg);
}

/* Of several types with one name the one that is as large as VMCOREINFO says. */
static enum pgc_status dump_member_each(void *arg, const char *unit _unused_, const char *type,
					layout_member_fn *fn, void *fn_arg,
					struct pgc_err *err _unused_)
{
	const struct source *s = arg;
	uint32_t id = btf_types_find(s->bt, type, 0);
	uint64_t want, size;

	if (layout_vmcoreinfo_number(s->vc, "SIZE", type, "", &want))
		while (id && (btf_types_size(s->bt, id, &size) != PGC_OK || size != want))
			id = btf_types_find(s->bt, type, id);
	return btf_types_member_each(s->bt, id, fn, fn_arg);
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
	struct name_filter filter = { .bits = { 0 } };

	for (unsigned int i = 0; i < LAYOUT_FUNCTIONS; i++)
		name_filter_add(&filter, layout_function_name((enum layout_function)i));
	kallsyms_each_function(s->ks, &filter, take_function, &w);
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
				   " is impossible", start.addr, stop.addr);
	raw = malloc(stop.addr - start.addr);
	if (!raw)
		return pgc_err_nomem(err, "BTF");
	st = vmcore_read_bulk(s->vc, start.addr, raw, stop.addr - start.addr, &got, err);
	if (pgc_is_gap(st))
		return pgc_err_set(err, PGC_ENOENT, "BTF at 0x%" PRIx64 " is missing or incomplete in the dump",
				   start.addr);
	return st == PGC_OK ? btf_types_create(raw, got, &s->bt, err) : st;
}

/* Without KALLSYMS_ALL it has functions, and of the data next to nothing. */
static bool has_variables(const struct source *s)
{
	struct kallsym sym;

	return kallsyms_find(s->ks, "init_task", &sym, NULL) == PGC_OK;
}

static enum pgc_status from_btf(struct source *s, struct layout **ret, struct pgc_err *err)
{
	struct layout_source src = {
		.name = "BTF and kallsyms",
		.build_id = vmcore_info(s->vc)->build_id,
		.arg = s,
		.row = dump_row,
		.enum_each = dump_enum_each,
		.member_each = dump_member_each,
		.function_each = dump_function_each,
	};
	enum pgc_status st = kallsyms_create(s->vc, &s->ks, err);

	if (st == PGC_OK)
		st = read_btf(s, err);
	if (st == PGC_OK) {
		src.partial = !has_variables(s);
		st = layout_from_source(&src, ret, err);
	}
	btf_types_destroy(TAKE_PTR(s->bt));
	kallsyms_destroy(TAKE_PTR(s->ks));
	return st;
}

static enum pgc_status from_vmcoreinfo(struct source *s, struct layout **ret,
				       struct pgc_err *err)
{
	const struct layout_source src = {
		.name = "VMCOREINFO",
		.build_id = vmcore_info(s->vc)->build_id,
		.arg = s,
		.partial = true,
		.row = dump_row,
		.enum_each = dump_enum_each,
	};
	enum pgc_status st = layout_derive(s->vc, &s->derived, err);

	return st == PGC_OK ? layout_from_source(&src, ret, err) : st;
}

/* What a walk without these rows does not look at. */
static void tell_without(const struct layout *lay, struct layout_dump_facts *facts)
{
	static const struct {
		enum layout_key key;
		const char *what;
	} parts[] = {
		{ L_per_cpu_pages_count, "per-CPU lists" },
		{ L_zone_lock, "locks" },
		{ L_NR_PAGEFLAGS, "flags of free pages" },
		{ L_PG_reserved, "reserved pages" },
		{ L_mem_section_usage_pageblock_flags, "pageblocks" },
		{ L_MIGRATE_ISOLATE, "zone counters" },
		{ L_pc_primary, "the checker's bitmaps" },
		{ L_task_tasks, "operations in flight" },
	};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!layout_has(lay, parts[i].key) && used < sizeof(facts->without))
			used += (size_t)snprintf(facts->without + used,
						 sizeof(facts->without) - used, "%s%s",
						 used ? ", " : "", parts[i].what);
}

enum pgc_status layout_from_dump(struct vmcore *vc, struct layout **ret,
				 struct layout_dump_facts *facts, struct pgc_err *err)
{
	struct source s = { .vc = vc, .slide = vmcore_info(vc)->kernel_offset };
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st = from_btf(&s, ret, &why);

	*facts = (struct layout_dump_facts){ .why = "" };
	if (st == PGC_ENOMEM)
		return pgc_err_set(err, st, "%s", why.msg);
	if (st == PGC_OK && layout_partial(*ret)) {
		snprintf(facts->why, sizeof(facts->why), "kallsyms has no variables (CONFIG_KALLSYMS_ALL)");
		tell_without(*ret, facts);
	}
	if (st == PGC_OK)
		return st;
	snprintf(facts->why, sizeof(facts->why), "%.479s", why.msg);
	facts->contradictory = st == PGC_EMISMATCH;
	st = from_vmcoreinfo(&s, ret, err);
	if (st == PGC_OK)
		tell_without(*ret, facts);
	return pgc_err_add(err, st, "%.450s; and by VMCOREINFO alone", why.msg);
}
