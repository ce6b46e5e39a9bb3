/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_elf - physical memory in an ELF core
 *
 * Knows program headers and file offsets; knows nothing of page tables. libkdumpfile is
 * not asked to read ELF at all: up to 0.5.6 it hands out excluded pages as zeros, dies of
 * SIGBUS on truncated files and loops on overlapping segments. A PT_LOAD reader is small,
 * reads at the speed of pread() and tells the four answers apart.
 */
#ifndef PGCONS_DUMP_ELF_H
#define PGCONS_DUMP_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_notes.h"

struct dump_elf;

struct dump_elf_info {
	const struct arch *arch;	/* NULL: not known here */
	uint64_t promised;		/* the file size that the headers ask for */
	bool incomplete;		/* its writer says that it is */
	struct dump_notes notes;
};

/*
 * Parse the headers of the ELF core in @fd (borrowed), @size bytes long. Ranges past the
 * end of the file do not fail the call: they read as PGC_DAMAGED.
 */
_must_check_ enum pgc_status dump_elf_open(int fd, uint64_t size, struct dump_elf **ret,
					   struct pgc_err *err);
/* A range of memory, as it is, somewhere in a file. */
struct dump_range {
	uint64_t paddr, off, len;
};

/* The same of a file of another format, whose @n ranges these are; of its kernel nothing is known. */
_must_check_ enum pgc_status dump_elf_open_ranges(int fd, uint64_t size,
						  const struct dump_range *ranges, size_t n,
						  struct dump_elf **ret, struct pgc_err *err);
void dump_elf_close(struct dump_elf *de); /* NULL is fine */

/* Borrowed until dump_elf_close(). */
const struct dump_elf_info *dump_elf_info(const struct dump_elf *de);

/* The @i-th range of physical memory that is in the file, by address; false past the last. */
bool dump_elf_range(const struct dump_elf *de, size_t i, uint64_t *start, uint64_t *end);

/* See vmcore_read_phys(). Any number of threads may read at once. */
_must_check_ enum pgc_status dump_elf_read(const struct dump_elf *de, uint64_t paddr, void *buf,
					   size_t len, size_t *done, struct pgc_err *err);

/*
 * The bytes at @paddr where they lie in the mapped file: *@len of them, at least 1, up to the
 * end of the range that holds @paddr. Borrowed until dump_elf_close(). NULL when they cannot
 * be had like this; dump_elf_read() says why, or can. Ask dump_elf_intact() after use.
 */
const unsigned char *dump_elf_peek(const struct dump_elf *de, uint64_t paddr, size_t *len);

/* False: the file shrank, and what dump_elf_peek() gave may have read as zeros since. */
bool dump_elf_intact(const struct dump_elf *de);

#endif
