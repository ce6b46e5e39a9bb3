/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf - types, as BTF describes them: the blob that a kernel carries about itself
 *
 * The only module that includes libbpf. Knows sizes, members, array lengths and enumerators
 * of the C types of one kernel. BTF has no compile units: a name may stand for several types,
 * and it has no variables (but per-CPU ones), no macros and no addresses.
 *
 * libbpf checks that each record is whole; that references lead nowhere or in a circle is
 * expected here, and bounded. Only little-endian BTF is read.
 */
#ifndef PGCONS_BTF_H
#define PGCONS_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct btf_types;

/* A type is a number, and 0 is none. */

/*
 * Parse the @len bytes at @raw, which are copied. PGC_EFORMAT: not BTF, or a newer kind of it
 * than libbpf knows; PGC_ENOENT: this program was built without libbpf. The caller owns *@ret.
 */
_must_check_ enum pgc_status btf_types_create(const void *raw, size_t len,
					      struct btf_types **ret, struct pgc_err *err);
void btf_types_destroy(struct btf_types *bt); /* NULL is fine */

/*
 * The next complete type called @name after @after (0: the first): a struct, union or enum;
 * when there is none, a typedef. 0: no more.
 */
uint32_t btf_types_find(const struct btf_types *bt, const char *name, uint32_t after);

/*
 * The one struct without a name that has exactly these @n members, in any order. 0: none, or
 * several that differ.
 */
uint32_t btf_types_anonymous(const struct btf_types *bt, const char *const *members, size_t n);

struct btf_place {
	uint64_t offset;	/* bytes from the start of the outermost struct */
	uint64_t size;		/* bytes; 0 for a flexible array */
	uint64_t length;	/* elements of the array; 0: no array */
};

/* Bytes of a type. PGC_ENOENT: it has none, or they cannot be determined. */
_must_check_ enum pgc_status btf_types_size(const struct btf_types *bt, uint32_t id,
					    uint64_t *ret);

/*
 * Find @path in a struct: member names joined by dots, each may carry one constant index,
 * e.g. "key.enabled.counter", "db.bitmap[0]". Members of anonymous structs are the outer
 * one's. "" is the type itself. PGC_ENOENT: no such member.
 */
_must_check_ enum pgc_status btf_types_member(const struct btf_types *bt, uint32_t id,
					      const char *path, struct btf_place *ret);

/*
 * Call @fn for each member of struct @id and of the anonymous structs and unions inside it, in
 * order of declaration, until it returns false. @type is what the member's type is called without
 * qualifiers: its typedef or tag, "-" where there is none, "intN" of N bits, "function", "void",
 * with "*" behind it for each pointer and "[]" for each dimension. @size is 0 where it is unknown,
 * and for bit-fields. The names are borrowed for the call.
 */
typedef bool btf_member_fn(void *arg, const char *name, const char *type, uint64_t offset,
			   uint64_t size);
_must_check_ enum pgc_status btf_types_member_each(const struct btf_types *bt, uint32_t id,
						   btf_member_fn *fn, void *arg);

/* The value of @enumerator in enum @type (0: in any enum). PGC_ENOENT: no such thing. */
_must_check_ enum pgc_status btf_types_enumerator(const struct btf_types *bt, uint32_t type,
						  const char *enumerator, int64_t *ret);

/* Call @fn for each enumerator of enum @id in order of declaration, until it returns false. */
typedef bool btf_enum_fn(void *arg, const char *name, int64_t value);
_must_check_ enum pgc_status btf_types_enum_each(const struct btf_types *bt, uint32_t id,
						 btf_enum_fn *fn, void *arg);

/* libbpf's version, or "not built in", for --version; static. */
const char *btf_library_version(void);

#endif
