/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_runs - places where code or constants are not as they must be
 *
 * What kernel_text.h and module_text.h share: the changes as they are kept, how bytes that differ
 * become them, and where probes are. Judges nothing.
 */
#ifndef PGCONS_TEXT_RUNS_H
#define PGCONS_TEXT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/kernel.h"

struct debuginfo;
struct disassembly;

#define TEXT_CHANGES 64		/* that are kept */
#define TEXT_BYTES 16		/* of each: what is shown of it */
#define TEXT_SAMPLE 64
#define TEXT_CODE 48		/* more than three of the longest instructions */
#define TEXT_WORDS 160
#define TEXT_SECTION 32
#define TEXT_SYMBOL 96

/* Bytes in a row that differ, with few in between that do not. */
struct text_change {
	uint64_t kaddr;		/* run-time, of the first */
	uint64_t linked;	/* the same as linked, for who opens the vmlinux */
	uint64_t paddr;		/* 0: unknown */
	uint64_t len;		/* up to the last one */
	uint64_t bits;		/* that differ */
	/* The aligned word that the first is in; relocated as it must be */
	uint64_t word_kaddr, found, expected;
	/* From @shown_kaddr on, around the first: as it must be, and as it is */
	uint64_t shown_kaddr;
	size_t n_shown;
	uint8_t right[TEXT_BYTES], wrong[TEXT_BYTES];
	/* What is there now from the first on, also behind the last one */
	size_t n_sample;
	uint8_t sample[TEXT_SAMPLE];
	bool code;		/* else a constant */
	/* Around the first, from @code_linked on: for text_code_words() */
	uint64_t code_linked;
	size_t n_code;
	uint8_t code_right[TEXT_CODE], code_wrong[TEXT_CODE];
	/* The instructions that are not as they must be, and what is there; "": unknown */
	char words_right[TEXT_WORDS], words_wrong[TEXT_WORDS];
	char section[TEXT_SECTION];
	char symbol[TEXT_SYMBOL];	/* "vfs_read+0x1f"; "": unknown */
};

struct text_check {
	bool done;
	uint64_t compared;	/* bytes */
	uint64_t left_out;	/* of these: may be rewritten, and are not held against anything */
	uint64_t unread;	/* bytes that the dump has not */
	uint64_t changes;	/* all of them */
	/* Of modules: compared; with a file that does not explain what is loaded; without a file */
	uint64_t modules, modules_unknown, modules_missing;
	size_t n;
	struct text_change change[TEXT_CHANGES];	/* by address */
};

/* A piece of a section: as it must be, after mending of what may differ; and as it is. */
struct text_piece {
	const char *name;
	uint64_t addr;
	size_t size;
	size_t from, to;	/* without the bytes around it */
	uint8_t *right, *found;
};

/* While pieces are looked at, one after the other. */
struct text_runs {
	struct kernel_reader kr;
	struct text_check *ret;
	uint64_t text, etext;	/* as linked: in between it is code */
	/* The run that is not at its end yet: that of the last change, where it is kept */
	bool open;
	uint64_t last;		/* its last byte that differs, as linked */
};

/* Note where [@from, @to) of a piece differs. */
void text_runs_find(struct text_runs *c, const struct text_piece *p);

/*
 * Say which instructions of a change are wrong. They are counted from the beginning of its function:
 * the @len bytes at @code, as built, begin at @linked. @d NULL: nothing is said.
 */
void text_code_words(const struct disassembly *d, const uint8_t *code, size_t len, uint64_t linked,
		     struct text_change *ch);

/* Probes may be anywhere: the kernel keeps them in a table. @di NULL: they are unknown. */
void text_probes_each(struct kernel_reader kr, struct debuginfo *di,
		      void (*fn)(void *arg, uint64_t kaddr), void *arg);

#endif
