/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout - every number that the kernel model needs of one kernel build
 *
 * Offsets, sizes, array lengths, enumerators and link-time addresses, resolved once from a
 * table (layout.def) and pure data from then on. A kernel difference is a row there: a key
 * that this kernel has or has not. Nothing compares version numbers.
 */
#ifndef PGCONS_LAYOUT_H
#define PGCONS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct debuginfo;

enum layout_key {
#define LAYOUT(key, kind, need, unit, type, path) L_##key,
#include "layout/layout.def"
#undef LAYOUT
	LAYOUT_KEYS
};

/* Enums of which every name is kept, to decode values for a reader. */
enum layout_enum {
#define LAYOUT_ENUM(key, unit, type, prefix, use) LE_##key,
#include "layout/layout.def"
	LAYOUT_ENUMS
};

/* Structs of which every member is kept: no rule reads them, what is new in them is news. */
enum layout_struct {
#define LAYOUT_STRUCT(key, unit, type) LS_##key,
#include "layout/layout.def"
	LAYOUT_STRUCTS
};

/* Of the struct itself, or of an anonymous one inside it. */
struct layout_member {
	const char *name;
	const char *type;	/* as btf.h calls types */
	uint64_t offset, size;	/* bytes; @size 0: a bit-field, or unknown */
};

/* Functions of the page allocator, of which the addresses are kept. */
enum layout_function {
#define LAYOUT_TEXT(class, name) LT_##name,
#include "layout/allocator_text.def"
	LAYOUT_FUNCTIONS
};

/* What is special of a function of the page allocator; see allocator_text.def. */
enum text_class { TEXT_ALLOCATOR, TEXT_HOOK, TEXT_CONTIG, TEXT_LENDER, TEXT_CACHE, TEXT_COLLAPSE,
	TEXT_CLASSES };

/* The code [@start, @end) of a function of allocator_text.def, or a part of it. */
struct layout_text {
	uint64_t start, end;	/* link-time addresses */
	enum text_class class;
	enum layout_function function;
	const char *name;	/* as in the table; static */
};

struct layout;

/* A row of the table, as it is put to a source. */
enum layout_kind {
	LAYOUT_SIZE,
	LAYOUT_OFFSET,
	LAYOUT_LENGTH,
	LAYOUT_ENUM,
	LAYOUT_VAR,
	LAYOUT_VARLEN,
	LAYOUT_SYMBOL,
	LAYOUT_KINDS
};

struct layout_row {
	enum layout_key key;
	enum layout_kind kind;
	bool required;
	bool news;		/* only to see what is new in a kernel: no rule needs it */
	const char *unit, *type, *path; /* @type NULL: any enum of the unit */
};

/*
 * Where the numbers come from. The functions return PGC_ENOENT for what this kernel has
 * not; @row's @size matters for OFFSET and VAR rows only.
 */
typedef bool layout_enum_fn(void *arg, const char *name, int64_t value);
typedef bool layout_function_fn(void *arg, const char *name, uint64_t addr, uint64_t size);
typedef bool layout_member_fn(void *arg, const char *name, const char *type, uint64_t offset,
			      uint64_t size);
struct layout_source {
	const char *name;	/* "vmlinux", for messages and reports; static */
	const char *build_id;	/* or NULL */
	const char *release;	/* as uname -r has it, or NULL */
	bool partial;		/* what it has not the kernel may have all the same */
	void *arg;		/* handed to the functions */
	enum pgc_status (*row)(void *arg, const struct layout_row *row, uint64_t *value,
			       uint64_t *size, struct pgc_err *err);
	/* Call @fn for each enumerator in order, until it returns false. */
	enum pgc_status (*enum_each)(void *arg, const char *unit, const char *type,
				     layout_enum_fn *fn, void *fn_arg, struct pgc_err *err);
	/* Call @fn for each member of a struct in order, until it returns false. NULL: not known. */
	enum pgc_status (*member_each)(void *arg, const char *unit, const char *type,
				       layout_member_fn *fn, void *fn_arg, struct pgc_err *err);
	/* Call @fn for each function of the kernel, until it returns false. May be NULL. */
	enum pgc_status (*function_each)(void *arg, layout_function_fn *fn, void *fn_arg,
					 struct pgc_err *err);
};

/*
 * Resolve the table. Optional rows that the kernel has not are left unknown; a required row
 * that cannot be resolved fails with PGC_ENOENT and a message naming it. The caller owns
 * *@ret, which keeps nothing of the source.
 */
_must_check_ enum pgc_status layout_from_source(const struct layout_source *src,
						struct layout **ret, struct pgc_err *err);
_must_check_ enum pgc_status layout_from_debuginfo(struct debuginfo *di, struct layout **ret,
						   struct pgc_err *err);
void layout_destroy(struct layout *lay); /* NULL is fine */

/* For tests and other sources: an empty layout, and its rows set one by one. */
_must_check_ enum pgc_status layout_create(struct layout **ret, struct pgc_err *err);
void layout_set(struct layout *lay, enum layout_key key, uint64_t value, uint64_t size);
_must_check_ enum pgc_status layout_add_enumerator(struct layout *lay, enum layout_enum e,
						   const char *name, int64_t value,
						   struct pgc_err *err);
_must_check_ enum pgc_status layout_add_member(struct layout *lay, enum layout_struct s,
					       const struct layout_member *member,
					       struct pgc_err *err);
/* The function @name, as the symbol table calls it, if allocator_text.def has it. */
_must_check_ enum pgc_status layout_add_function(struct layout *lay, const char *name,
						 uint64_t addr, uint64_t size,
						 struct pgc_err *err);

/*
 * Is it made from a source that knows a part of the kernel only? Then a row that is unknown
 * says nothing of the kernel; else it says that the kernel has no such thing.
 */
bool layout_partial(const struct layout *lay);

/* Is the row known for this kernel? */
bool layout_has(const struct layout *lay, enum layout_key key);
/* All @n rows of @keys. */
bool layout_has_all(const struct layout *lay, const enum layout_key *keys, size_t n);

/*
 * The row's value: offset in bytes, size in bytes, number of elements, enumerator, or
 * link-time address. Of a row that is unknown, 0: callers ask layout_has() first, but for rows
 * that a kernel has together or not at all, and a file may say anything. See layout_missed().
 */
uint64_t layout_get(const struct layout *lay, enum layout_key key);

/*
 * A row that was asked for and is unknown, or NULL: this is no kernel's layout, and what was
 * done by it is not to be relied on. Borrowed.
 */
const char *layout_missed(const struct layout *lay);

/*
 * From now on who asks for a row that is unknown, without layout_has(), is stopped: for tests.
 * A program configured with --enable-debug does so always.
 */
void layout_trap(struct layout *lay);

/* The value of the SYMBOL row of the symbol @name (may be NULL). False: no such row, or unknown. */
bool layout_symbol(const struct layout *lay, const char *name, uint64_t *ret);

/* For OFFSET and VAR rows: bytes the member occupies. */
uint64_t layout_size(const struct layout *lay, enum layout_key key);

/*
 * Are eight bytes at each of these @n OFFSET rows, as far as they are known, inside an object of
 * @size bytes? A member is inside its struct, but how wide it is said to be is another matter.
 */
bool layout_words_fit(const struct layout *lay, const enum layout_key *keys, size_t n,
		      uint64_t size);

/* The row @key of the table; static. */
const struct layout_row *layout_row(enum layout_key key);

/* How large the member of a row must be, to be the one that is meant; 0: of any size. */
uint64_t layout_row_bytes(enum layout_key key);

/* Name of a row as "struct zone.lock", for messages; static. */
const char *layout_name(enum layout_key key);

/*
 * The name (prefix stripped) of a value in a kept enum, or NULL; borrowed. Of several names
 * the first declared one, but never a mere position ("MIGRATE_PCPTYPES") if there is another.
 */
const char *layout_enum_name(const struct layout *lay, enum layout_enum e, int64_t value);
/* The value of a name (prefix stripped), false when there is none. */
bool layout_enum_value(const struct layout *lay, enum layout_enum e, const char *name,
		       int64_t *value);

/* The allocator's code, @n pieces in no special order; borrowed. */
const struct layout_text *layout_texts(const struct layout *lay, size_t *n);

/* Lower-case hex of the build this layout belongs to, or NULL; borrowed. */
const char *layout_build_id(const struct layout *lay);
/* The kernel's release, or NULL; borrowed. */
const char *layout_release(const struct layout *lay);
/* The name of the source, e.g. "vmlinux"; NULL for a layout made by hand. Static. */
const char *layout_source_name(const struct layout *lay);

/*
 * To write a layout down whole: rows by layout_row() and layout_has(), functions by
 * layout_texts(), enums here. A kept enum's type as C calls it; static.
 */
const char *layout_enum_type(enum layout_enum e);
/*
 * The @i-th enumerator in order of declaration, with its prefix; false past the last one.
 * The name is borrowed.
 */
bool layout_enum_at(const struct layout *lay, enum layout_enum e, size_t i,
		    const char **name, int64_t *value);
/* Is it kept only to see what is new in it? */
bool layout_enum_is_news(enum layout_enum e);
/* A kept struct's type as C calls it; static. */
const char *layout_struct_type(enum layout_struct s);
/*
 * Its @n members in order of declaration, borrowed; none where the kernel has no such struct, or
 * the source did not say.
 */
const struct layout_member *layout_members(const struct layout *lay, enum layout_struct s,
					   size_t *n);
/* A function as allocator_text.def has it; static. */
const char *layout_function_name(enum layout_function function);

#endif
