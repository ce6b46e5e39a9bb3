/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_notes - what a dump's ELF notes say: VMCOREINFO, and each CPU's registers
 *
 * ELF cores and kdump-compressed files carry the same notes. They are few and simple, and
 * parsed here rather than by libkdumpfile because its parser trusts their lengths (a huge
 * PT_NOTE is a SIGBUS in 0.5.1 to 0.5.6).
 */
#ifndef PGCONS_DUMP_NOTES_H
#define PGCONS_DUMP_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "arch/cpu_regs.h"
#include "base/cleanup.h"
#include "base/error.h"

/* Lines of VMCOREINFO, each a string "KEY\0value\0". */
struct dump_notes_text {
	char *text;
	size_t len;
};

struct dump_notes {
	char *vmcoreinfo;	/* owned; the lines of the first text there was; NULL: none */
	size_t vmcoreinfo_len;
	struct dump_notes_text more[6]; /* owned; other texts, where they differ */
	size_t n_more;
	bool blank;		/* there was one without any text */
	unsigned int cpus;	/* PRSTATUS notes */
	const struct arch *arch; /* whose they are; NULL: by the size of the first PRSTATUS */
	struct cpu_regs *regs;	/* owned; of the first n_regs PRSTATUS notes */
	unsigned int n_regs;	/* less than cpus where a note's shape is unknown */
	uint64_t *roots;	/* owned; of the QEMU notes, one per CPU: arch.root_register */
	unsigned int n_roots;
};

#define DUMP_NOTES_INIT { .vmcoreinfo = NULL }

/*
 * Add the notes stored in [@off, @off + @len) of a file of @size bytes, where any may be cut off.
 * Broken ones end it. What notes of other kinds say is not read, however much it is.
 */
_must_check_ enum pgc_status dump_notes_read(struct dump_notes *notes, int fd,
					     uint64_t size, uint64_t off, uint64_t len,
					     struct pgc_err *err);
/* VMCOREINFO text stored outside the notes, in such a range. */
_must_check_ enum pgc_status dump_notes_read_vmcoreinfo(struct dump_notes *notes, int fd,
							uint64_t size, uint64_t off, uint64_t len,
							struct pgc_err *err);
/* The same, at hand; behind those there were already. Nothing but zeros is none. */
_must_check_ enum pgc_status dump_notes_set_vmcoreinfo(struct dump_notes *notes,
						       const void *text, size_t len,
						       struct pgc_err *err);
void dump_notes_deinit(struct dump_notes *notes);

/* The value of a VMCOREINFO line, borrowed; NULL: no such line. */
const char *dump_notes_line(const struct dump_notes *notes, const char *key);

/*
 * The number that @text, the value of the line @key, is: nothing before or behind it. The kernel
 * writes addresses (SYMBOL, KERNELOFFSET) in hexadecimal, all else in decimal; negative ones
 * wrap, as they do there. @text may be NULL.
 */
bool dump_notes_value(const char *key, const char *text, uint64_t *ret);

/* The value of a line as a number. False: no such line, or it is no number. */
bool dump_notes_number(const struct dump_notes *notes, const char *key, uint64_t *ret);

/* The same for who knows no notes. @notes is borrowed. */
struct arch_lines dump_notes_lines(const struct dump_notes *notes);

#endif
