/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfo_priv - what the parts of debuginfo share; only a test of theirs includes it too
 *
 * debuginfo.c         the ELF file and its build-id
 * debuginfo_symbol.c  its symbol table
 * debuginfo_scan.c    the names of all compile units, without libdw
 * debuginfo_unit.c    compile units by name, and the names inside one
 * debuginfo_type.c    sizes, members, arrays, enumerators
 * debuginfo_var.c     where a variable lives
 */
#ifndef PGCONS_DEBUGINFO_PRIV_H
#define PGCONS_DEBUGINFO_PRIV_H

#include <elfutils/libdw.h>

#include "debuginfo/debuginfo.h"

/*
 * References between DIEs come from the file and may form a cycle: chains of typedefs and
 * qualifiers, nested anonymous structs, arrays of arrays. Real code stays far below.
 */
#define DI_MAX_CHAIN 64
#define DI_MAX_NESTING 16
#define DI_MAX_DIMS 8

struct di_sym {
	uint64_t value;
	uint64_t size;
};

/* A name that was looked for in the symbol table, and what is there. */
struct di_wanted {
	const char *name;
	struct di_sym sym;
	bool global;		/* it is a global symbol, so the only one of that name */
	unsigned int locals;	/* local ones at different addresses; @sym is the last one */
};

/* The ELF symbol table, as it is in the mapped file. */
struct di_symtab {
	const unsigned char *syms;	/* NULL: there is none */
	const char *str;
	size_t n, str_size;
	bool read;
	struct di_wanted *wanted;	/* of debuginfo_expect_symbols() */
	size_t n_wanted;
};

enum di_kind {
	DI_COMPOUND,	/* struct or union: in C they share one name space, enums too */
	DI_ENUM,
	DI_TYPEDEF,
	DI_VARIABLE,
	DI_ENUMERATOR,
};

/* How much a DIE says of the thing it names: the best one is kept. */
enum di_rank {
	DI_DECLARED,	/* "struct foo;", "extern int foo;" */
	DI_DEFINED,	/* complete, but for a variable's location */
	DI_LOCATED,
};

struct di_name {
	const char *name; /* in the mapped file; NULL: free slot */
	void *die;
	uint32_t hash;
	uint8_t kind, rank;
};

/* Open addressing, at most half full. */
struct di_names {
	struct di_name *slot;
	size_t used, size;
};

/* DIEs by address, which stays unique where dwz adds a second file. */
struct di_dies {
	void **addr;
	size_t n;
};

struct di_cu {
	const char *name;
	size_t len;
	Dwarf_Off off; /* of the unit's DIE */
	bool indexed, enumerators_indexed;
	struct di_names names;
	struct di_dies enums;	/* every enum type, for lookups by enumerator alone */
	struct di_dies imported; /* dwz: partial units that were indexed already */
};

/* The compile units that a name stands for. */
struct di_unit {
	char *name;
	size_t *cu; /* indexes into debuginfo.cu */
	size_t n;
};

/* Bytes of the mapped file. */
struct di_bytes {
	const uint8_t *start;
	size_t size;
};

/* Where DWARF's sections are, if they can be read as they are in the file. */
struct di_plain {
	bool usable;
	uint64_t info_offset, info_size;	/* of .debug_info in the file, bytes */
	struct di_bytes abbrev, str, line_str;
};

struct debuginfo {
	char *path;
	int fd;
	Elf *elf;
	Dwarf *dw;
	char *build_id;

	struct di_cu *cu;
	size_t n_cu, cu_room;
	bool cu_read;
	struct di_plain plain;

	struct di_unit *unit;
	size_t n_unit;

	struct di_symtab symtab;
};

/* debuginfo_symbol.c */
_must_check_ enum pgc_status di_symbol(struct debuginfo *di, const char *name,
				       struct di_sym *ret, struct pgc_err *err);

/* debuginfo_scan.c */

/* Note where the sections are. Before dwarf_begin_elf(), which changes compressed ones. */
void di_scan_prepare(struct debuginfo *di);
/* One more compile unit, whose DIE is at @off in .debug_info. The name is borrowed. */
_must_check_ enum pgc_status di_cu_add(struct debuginfo *di, const char *name, uint64_t off,
				       struct pgc_err *err);
/* di_cu_add() for each compile unit. PGC_ENOENT, without a message: libdw must read them. */
_must_check_ enum pgc_status di_scan_units(struct debuginfo *di, struct pgc_err *err);

/* debuginfo_unit.c */

/*
 * The most complete DIE of @name in the compile units named @unit. Only kinds in @kinds (a
 * mask) count, the lower value first. PGC_ENOENT: no such unit or no such name.
 */
_must_check_ enum pgc_status di_find(struct debuginfo *di, const char *unit,
				     unsigned int kinds, const char *name, Dwarf_Die *ret,
				     struct pgc_err *err);
void di_units_free(struct debuginfo *di);

/*
 * The sibling after @die, in place: 0, or 1 at the end, or -1. As dwarf_siblingof(), but
 * never goes backwards, so that a loop over it ends.
 */
_must_check_ int di_next(Dwarf_Die *die);

/* What libdw had to say. */
_must_check_ enum pgc_status di_dwarf_error(struct pgc_err *err, const char *what);

/* debuginfo_type.c */

/* A place in an object while a path is walked. */
struct di_place {
	Dwarf_Die type;		/* peeled */
	unsigned int dim;	/* dimensions of an array that were indexed already */
	uint64_t offset;
	unsigned int bit_offset, bit_size;
};

/* The peeled type of @die (an object, a member, an array). */
_must_check_ enum pgc_status di_type_of(Dwarf_Die *die, Dwarf_Die *ret, struct pgc_err *err);
/* Walk @path from @place, and describe where it ends. */
_must_check_ enum pgc_status di_walk(struct di_place *place, const char *path,
				     struct pgc_err *err);
_must_check_ enum pgc_status di_describe(struct di_place *place, struct debuginfo_member *ret,
					 struct pgc_err *err);
/* Size of an element of array type @type; 0 when it is not an array or has no size. */
uint64_t di_element_size(Dwarf_Die *type);

#endif
