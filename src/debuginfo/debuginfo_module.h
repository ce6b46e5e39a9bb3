/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfo_module - the file of a kernel module (.ko), as far as its code goes
 *
 * An ELF file that is not linked: sections, and what the loader changes in them. It may be
 * compressed (.ko.gz, .ko.xz, .ko.zst), as far as this was built to unpack that. The file may be
 * anything; all that is returned lies within it.
 */
#ifndef PGCONS_DEBUGINFO_MODULE_H
#define PGCONS_DEBUGINFO_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct module_file;

/* What the loader writes at @offset of a section: an address that is @symbol's plus @addend. */
struct module_reloc {
	uint64_t offset;
	uint32_t symbol, type;
	int64_t addend;
	/* Where the symbol is, as far as it is the module's own; section 0: elsewhere */
	uint32_t section;
	uint64_t value;
};

struct module_section {
	const char *name;
	bool alloc, exec, writable;
	uint64_t align, size;
	const uint8_t *bytes;	/* NULL: the file has none */
	size_t n_relocs;
	struct module_reloc *relocs;
};

/* The caller owns *@ret. PGC_ENOENT, with a message: it is no module's file. */
_must_check_ enum pgc_status module_file_open(const char *path, struct module_file **ret,
					      struct pgc_err *err);
void module_file_close(struct module_file *m); /* NULL is fine */

/* Section @i, counted from 1 as in the file; NULL past the last. Borrowed. */
const struct module_section *module_file_section(const struct module_file *m, size_t i);
/* The function that offset @offset of section @i is in, and where that begins; NULL: none. Borrowed. */
const char *module_file_symbol(const struct module_file *m, size_t i, uint64_t offset,
			       uint64_t *start);

#endif
