/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmlinux as a source of the layout: its DWARF and its symbol table.
 */
#include "debuginfo/debuginfo.h"
#include "layout/layout.h"

static enum pgc_status dwarf_member(struct debuginfo *di, const struct layout_row *row,
				    uint64_t *value, uint64_t *size, struct pgc_err *err)
{
	struct debuginfo_member m = { .offset = 0 };
	enum pgc_status st = debuginfo_member(di, row->unit, row->type, row->path, &m, err);

	if (st != PGC_OK)
		return st;
	*value = row->kind == LAYOUT_LENGTH ? m.length : m.offset;
	*size = m.size;
	if (row->kind == LAYOUT_LENGTH && !m.length)
		return pgc_err_set(err, PGC_ENOENT, "not an array of known length");
	return PGC_OK;
}

static enum pgc_status dwarf_variable(struct debuginfo *di, const struct layout_row *row,
				      uint64_t *value, uint64_t *size, struct pgc_err *err)
{
	struct debuginfo_var var = { .addr = 0 };
	enum pgc_status st = debuginfo_variable(di, row->unit, row->type, row->path, &var, err);

	if (st != PGC_OK)
		return st;
	*value = row->kind == LAYOUT_VARLEN ? var.member.length : var.addr;
	*size = var.member.size;
	if (row->kind == LAYOUT_VARLEN && (var.pointer || !var.member.length))
		return pgc_err_set(err, PGC_ENOENT, "not an array of known length");
	return PGC_OK;
}

static enum pgc_status dwarf_row(void *arg, const struct layout_row *row, uint64_t *value,
				 uint64_t *size, struct pgc_err *err)
{
	struct debuginfo *di = arg;
	enum pgc_status st;
	int64_t num = 0;

	switch (row->kind) {
	case LAYOUT_SIZE:
		return debuginfo_type_size(di, row->unit, row->type, value, err);
	case LAYOUT_OFFSET:
	case LAYOUT_LENGTH:
		return dwarf_member(di, row, value, size, err);
	case LAYOUT_ENUM:
		st = debuginfo_enumerator(di, row->unit, row->type, row->path, &num, err);
		*value = (uint64_t)num;
		return st;
	case LAYOUT_VAR:
	case LAYOUT_VARLEN:
		return dwarf_variable(di, row, value, size, err);
	case LAYOUT_SYMBOL:
		return debuginfo_symbol(di, row->type, value, err);
	case LAYOUT_KINDS:
		break;
	}
	return PGC_ENOENT;
}

static enum pgc_status dwarf_enum_each(void *arg, const char *unit, const char *type,
				       layout_enum_fn *fn, void *fn_arg, struct pgc_err *err)
{
	return debuginfo_enum_each(arg, unit, type, fn, fn_arg, err);
}

static enum pgc_status dwarf_member_each(void *arg, const char *unit, const char *type,
					 layout_member_fn *fn, void *fn_arg, struct pgc_err *err)
{
	return debuginfo_member_each(arg, unit, type, fn, fn_arg, err);
}

static enum pgc_status symtab_function_each(void *arg, layout_function_fn *fn, void *fn_arg,
					    struct pgc_err *err)
{
	return debuginfo_function_each(arg, fn, fn_arg, err);
}

/* Symbols, and the variables: of those declared elsewhere only a symbol gives the address. */
static enum pgc_status expect_symbols(struct debuginfo *di, struct pgc_err *err)
{
	const char *symbols[LAYOUT_KEYS + 1];
	size_t n = 0;

	symbols[n++] = "linux_banner"; /* of debuginfo_release() */
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++)
		if (layout_row(key)->kind == LAYOUT_SYMBOL || layout_row(key)->kind == LAYOUT_VAR)
			symbols[n++] = layout_row(key)->type;
	return debuginfo_expect_symbols(di, symbols, n, err);
}

enum pgc_status layout_from_debuginfo(struct debuginfo *di, struct layout **ret,
				      struct pgc_err *err)
{
	char release[128];
	struct layout_source src = {
		.name = "vmlinux",
		.build_id = debuginfo_build_id(di),
		.arg = di,
		.row = dwarf_row,
		.enum_each = dwarf_enum_each,
		.member_each = dwarf_member_each,
		.function_each = symtab_function_each,
	};
	enum pgc_status st = expect_symbols(di, err);

	if (st != PGC_OK)
		return st;
	if (debuginfo_release(di, release, sizeof(release), NULL) == PGC_OK)
		src.release = release;
	return layout_from_source(&src, ret, err);
}
