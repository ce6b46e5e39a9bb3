/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a variable lives. Most are at one address, but a compiler that sees all uses of a
 * static struct may turn its members into variables of their own, anywhere, or into nothing:
 * DWARF then describes the struct as a row of pieces.
 */
#include "debuginfo/debuginfo_priv.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

/* Operations in one expression; a struct split to bytes has two or three for each. */
#define MAX_OPS 4096
#define MAX_STACK 4

/* A little of DWARF's stack machine: as much as compilers use for an address. */
struct machine {
	uint64_t stack[MAX_STACK];
	unsigned int n;
	bool unknown; /* a computed value, or something that is not understood */
};

static void push(struct machine *m, uint64_t val)
{
	if (m->n < MAX_STACK)
		m->stack[m->n++] = val;
	else
		m->unknown = true;
}

static void run_op(struct machine *m, Dwarf_Attribute *loc, const Dwarf_Op *op)
{
	Dwarf_Attribute attr;
	Dwarf_Addr addr;

	switch (op->atom) {
	case DW_OP_addr:
	case DW_OP_constu:
	case DW_OP_const1u:
	case DW_OP_const2u:
	case DW_OP_const4u:
	case DW_OP_const8u:
		push(m, op->number);
		return;
	case DW_OP_addrx:
	case DW_OP_GNU_addr_index:
		/* An index into .debug_addr, which libdw resolves. */
		if (dwarf_getlocation_attr(loc, op, &attr) || dwarf_formaddr(&attr, &addr))
			break;
		push(m, addr);
		return;
	case DW_OP_plus_uconst:
		if (!m->n)
			break;
		m->stack[m->n - 1] += op->number;
		return;
	case DW_OP_plus:
		if (m->n < 2)
			break;
		m->n--;
		m->stack[m->n - 1] += m->stack[m->n];
		return;
	default:
		break;
	}
	m->unknown = true;
}

/* Bits of a piece that can be a whole number of bytes at an address; false: it cannot. */
static bool piece_bits(const Dwarf_Op *op, uint64_t *bits)
{
	*bits = op->number;
	if (op->atom == DW_OP_bit_piece)
		return *bits % 8 == 0 && op->number2 == 0;
	return !__builtin_mul_overflow(op->number, 8, bits);
}

/*
 * Look for bytes [@first, @first + @size) of the variable. An empty expression locates
 * nothing and is no error.
 */
static enum pgc_status run_location(Dwarf_Attribute *loc, uint64_t first, uint64_t size,
				    bool *located, uint64_t *addr, struct pgc_err *err)
{
	uint64_t pos = 0, bits, end, want = first * 8, want_end;
	struct machine m = { .n = 0 };
	Dwarf_Op *ops;
	size_t n;

	if (__builtin_add_overflow(first, size ? size : 1, &want_end) ||
	    __builtin_mul_overflow(want_end, 8, &want_end))
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: impossible size of a variable");
	if (dwarf_getlocation(loc, &ops, &n))
		return pgc_err_set(err, PGC_EFORMAT, "location: %s", dwarf_errmsg(-1));
	*located = n > 0;
	if (!n)
		return PGC_OK;
	if (n > MAX_OPS)
		return pgc_err_set(err, PGC_EFORMAT, "DWARF: a location of %zu operations is too long", n);
	for (size_t i = 0; i < n; i++) {
		bool bytes;

		if (ops[i].atom != DW_OP_piece && ops[i].atom != DW_OP_bit_piece) {
			run_op(&m, loc, &ops[i]);
			continue;
		}
		bytes = piece_bits(&ops[i], &bits);
		if (__builtin_add_overflow(pos, bits, &end))
			return pgc_err_set(err, PGC_EFORMAT, "DWARF: impossible size of a piece");
		if (want < end) {
			if (m.unknown || !bytes || m.n != 1)
				return pgc_err_set(err, PGC_ENOENT,
						   "the compiler removed this object (optimised out)");
			if (want_end > end)
				return pgc_err_set(err, PGC_ENOENT,
						   "the compiler split it into pieces");
			*addr = m.stack[0] + (want - pos) / 8;
			return PGC_OK;
		}
		pos = end;
		m = (struct machine){ .n = 0 };
	}
	if (pos || m.unknown || m.n != 1)
		return pgc_err_set(err, PGC_ENOENT,
				   "the compiler removed this object (optimised out)");
	*addr = m.stack[0] + first;
	return PGC_OK;
}

/* What DWARF leaves open the symbol table may know: it holds what the linker placed. */
static enum pgc_status ask_symtab(struct debuginfo *di, const char *name,
				  struct di_place *place, struct debuginfo_var *ret,
				  struct pgc_err *err)
{
	uint64_t elem = di_element_size(&place->type);
	struct di_sym sym;
	enum pgc_status st = di_symbol(di, name, &sym, err);

	if (st != PGC_OK)
		return st;
	ret->addr = sym.value + ret->member.offset;
	/* "extern int foo[];" does not say how many there are. */
	if (elem && !ret->member.size && !place->dim && !ret->member.offset) {
		ret->member.size = sym.size;
		ret->member.length = sym.size / elem;
	}
	return PGC_OK;
}

static enum pgc_status locate(struct debuginfo *di, Dwarf_Die *die, const char *name,
			      struct di_place *place, struct debuginfo_var *ret,
			      struct pgc_err *err)
{
	Dwarf_Attribute loc;
	bool located = false;
	enum pgc_status st;

	if (dwarf_attr_integrate(die, DW_AT_location, &loc)) {
		st = run_location(&loc, ret->member.offset, ret->member.size, &located,
				  &ret->addr, err);
		if (located || st != PGC_OK)
			return st;
	}
	st = ask_symtab(di, name, place, ret, err);
	return pgc_err_add(err, st, "neither DWARF nor the symbol table knows its address");
}

enum pgc_status debuginfo_variable(struct debuginfo *di, const char *unit, const char *name,
				   const char *path, struct debuginfo_var *ret,
				   struct pgc_err *err)
{
	struct di_place place = { .offset = 0 };
	enum pgc_status st;
	Dwarf_Die die;

	st = di_find(di, unit, 1u << DI_VARIABLE, name, &die, err);
	if (st == PGC_OK)
		st = di_type_of(&die, &place.type, err);
	if (st != PGC_OK)
		return st;
	*ret = (struct debuginfo_var){
		.pointer = dwarf_tag(&place.type) == DW_TAG_pointer_type,
	};
	st = di_walk(&place, path, err);
	if (st == PGC_OK)
		st = di_describe(&place, &ret->member, err);
	if (st == PGC_OK)
		st = locate(di, &die, name, &place, ret, err);
	return st;
}
