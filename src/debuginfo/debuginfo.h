/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfo - types, enumerators and variables of a vmlinux, through DWARF
 *
 * The only module that knows libelf and libdw. It opens just the compile units that are
 * asked for: a stock vmlinux has thousands. All addresses are as linked, before KASLR.
 *
 * A "unit" is the tail of a source file name, e.g. "mm/page_alloc.c": types and statics are
 * looked up in the compile units of that name, and only there. Searching all the others
 * would cost seconds just to learn that a kernel has not got something. Several units may be
 * given, separated by colons: the first one that defines a thing answers.
 */
#ifndef PGCONS_DEBUGINFO_H
#define PGCONS_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct debuginfo;

/*
 * Open the ELF file @path, which may be compressed as a whole (as libdw is built: gzip, bzip2, xz,
 * zstd). The caller owns *@ret. PGC_EIO: cannot open or read;
 * PGC_EFORMAT: not a 64-bit little-endian ELF file, or one without DWARF (the message says
 * which and what to do about it).
 */
_must_check_ enum pgc_status debuginfo_open(const char *path, struct debuginfo **ret,
					    struct pgc_err *err);
void debuginfo_close(struct debuginfo *di); /* NULL is fine */

/* Lower-case hex of the GNU build-id note, or NULL; borrowed until debuginfo_close(). */
const char *debuginfo_build_id(const struct debuginfo *di);

/*
 * The kernel's release as uname -r has it: what follows "Linux version " in linux_banner
 * (init/version.c). PGC_ENOENT when this file does not hold that string: debug files often
 * come without the kernel's data. @buf is always terminated.
 */
_must_check_ enum pgc_status debuginfo_release(struct debuginfo *di, char *buf, size_t size,
					       struct pgc_err *err);

/* What a file is, without reading its debug information. Strings are "" where unknown. */
struct debuginfo_probe {
	bool has_dwarf;
	char build_id[2 * 64 + 1];
	char release[96];	/* see debuginfo_release() */
	char debuglink[256];	/* name of the file that its debug information was moved to */
};

/* Fails as debuginfo_open() does, but a file without debug information is no failure. */
_must_check_ enum pgc_status debuginfo_probe(const char *path, struct debuginfo_probe *ret,
					     struct pgc_err *err);

/* Size of a struct or union, bytes. PGC_ENOENT when there is no such complete type. */
_must_check_ enum pgc_status debuginfo_type_size(struct debuginfo *di, const char *unit,
						 const char *type, uint64_t *size,
						 struct pgc_err *err);

/* A member of a struct or of the anonymous structs and unions inside it. */
struct debuginfo_member {
	uint64_t offset;	/* bytes from the start of the outermost struct */
	uint64_t size;		/* bytes; 0 for a flexible array */
	uint64_t length;	/* elements of the (first dimension of the) array; 0: no array */
	unsigned int bit_offset; /* bit-fields: bits from @offset, least significant first */
	unsigned int bit_size;	/* 0: not a bit-field */
};

/*
 * Find @path in struct or union @type: member names joined by dots, each may carry one or
 * more constant indexes, e.g. "free_area", "key.enabled.counter", "db.bitmap[0]".
 */
_must_check_ enum pgc_status debuginfo_member(struct debuginfo *di, const char *unit,
					      const char *type, const char *path,
					      struct debuginfo_member *ret,
					      struct pgc_err *err);

/*
 * Call @fn for each member of struct or union @type and of the anonymous ones inside it, in order
 * of declaration, until it returns false. @type_name is short, the same as BTF's reader has it
 * (btf.h), and, as @name, borrowed for the call.
 */
typedef bool debuginfo_member_fn(void *arg, const char *name, const char *type_name,
				 uint64_t offset, uint64_t size);
_must_check_ enum pgc_status debuginfo_member_each(struct debuginfo *di, const char *unit,
						   const char *type, debuginfo_member_fn *fn,
						   void *arg, struct pgc_err *err);

/*
 * The value of @enumerator, in enum @type or, when @type is NULL, in any enum (anonymous
 * ones too) of @unit.
 */
_must_check_ enum pgc_status debuginfo_enumerator(struct debuginfo *di, const char *unit,
						  const char *type, const char *enumerator,
						  int64_t *value, struct pgc_err *err);

/*
 * Call @fn for each enumerator of enum @type, in order of declaration; stops early when @fn
 * returns false. The name is borrowed until debuginfo_close().
 */
typedef bool debuginfo_enum_fn(void *arg, const char *name, int64_t value);
_must_check_ enum pgc_status debuginfo_enum_each(struct debuginfo *di, const char *unit,
						 const char *type, debuginfo_enum_fn *fn,
						 void *arg, struct pgc_err *err);

/* The address of a symbol of the ELF symbol table. */
_must_check_ enum pgc_status debuginfo_symbol(struct debuginfo *di, const char *name,
					      uint64_t *addr, struct pgc_err *err);

/*
 * Look for all @n @names in one pass over the symbol table, and remember the answers: a
 * kernel has a hundred thousand symbols, and each question for one that was not expected
 * goes through all of them. The names are borrowed until debuginfo_close().
 */
_must_check_ enum pgc_status debuginfo_expect_symbols(struct debuginfo *di,
						      const char *const *names, size_t n,
						      struct pgc_err *err);

/*
 * Call @fn for each function of the ELF symbol table (STT_FUNC, with a size), in no special
 * order, until it returns false. A vmlinux without a symbol table has none.
 */
typedef bool debuginfo_function_fn(void *arg, const char *name, uint64_t addr, uint64_t size);
_must_check_ enum pgc_status debuginfo_function_each(struct debuginfo *di,
						     debuginfo_function_fn *fn, void *arg,
						     struct pgc_err *err);

/*
 * The symbol that @addr is in, or is nearest behind: *@start is its address. NULL: there is none.
 * The name is borrowed until debuginfo_close(). Goes through the whole table.
 */
const char *debuginfo_symbol_near(struct debuginfo *di, uint64_t addr, uint64_t *start);

/*
 * Call @fn for each section of the kernel's memory that the file has the bytes of, in the order of
 * the file, until it returns false. Name and bytes are borrowed until debuginfo_close(): the bytes
 * are those of the mapped file.
 */
struct debuginfo_section {
	const char *name;
	uint64_t addr;		/* as linked */
	const uint8_t *bytes;
	size_t size;
	bool writable;
};
typedef bool debuginfo_section_fn(void *arg, const struct debuginfo_section *s);
void debuginfo_section_each(struct debuginfo *di, debuginfo_section_fn *fn, void *arg);

/*
 * Call @fn for each place of the kernel's memory that the file says is to hold an address when the
 * kernel runs: by relocations of @type, and by the short table of them (RELR). In no special order,
 * until @fn returns false. A file that was not linked to be moved has none.
 */
struct debuginfo_reloc {
	uint64_t addr, value;	/* both as linked */
	bool in_place;		/* the value is what the file has there, not @value */
};
typedef bool debuginfo_reloc_fn(void *arg, const struct debuginfo_reloc *r);
void debuginfo_reloc_each(struct debuginfo *di, uint32_t type, debuginfo_reloc_fn *fn, void *arg);

/*
 * Where a variable, or one member of it, lives. Evaluates the DWARF location expression: a
 * compiler may split a static struct into pieces (clang's SROA of globals), in which case
 * the ELF symbol table does not know the variable. @path may be "" for the whole variable
 * (which then must not be split). For a declaration without location the symbol table
 * gives the address.
 */
struct debuginfo_var {
	uint64_t addr;		/* link-time address of the member */
	struct debuginfo_member member; /* .offset is within the variable */
	bool pointer;		/* the variable's own type is a pointer, not an array/struct */
};
_must_check_ enum pgc_status debuginfo_variable(struct debuginfo *di, const char *unit,
						const char *name, const char *path,
						struct debuginfo_var *ret,
						struct pgc_err *err);

/* elfutils' version, for --version; static. */
const char *debuginfo_library_version(void);

#endif
