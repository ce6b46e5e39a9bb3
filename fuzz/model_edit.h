/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model_edit - an input of fuzz_model: two bytes, which dump and how it is run, and then writes
 * to its pages, 12 bytes each
 *
 * A write is: where (bytes 0 and 1 the n-th frame that is read, 2 and 3 bytes into it), what
 * (bytes 3 to 10) and, in byte 11, how. Or, with EDIT_NUMBER, the number of a VMCOREINFO line:
 * byte 0 is a hash of its key.
 *
 * Linked with --wrap=dump_notes_value.
 */
#ifndef PGCONS_FUZZ_MODEL_EDIT_H
#define PGCONS_FUZZ_MODEL_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "sample.h"

#define EDIT_HEAD 2
#define EDIT_BYTES 12
#define MAX_EDITS 200

/* The kinds of writes: the low bits of the last byte. */
enum edit_kind {
	EDIT_BYTE,
	EDIT_WORD32,
	EDIT_WORD,	/* seven bytes; with EDIT_KERNEL the top one is 0xff */
	EDIT_BIT,
	EDIT_COPY,	/* eight bytes of another frame */
	EDIT_FRAME,	/* all of another frame */
	EDIT_CONST,	/* ones, zeros, or the whole frame zeros */
	EDIT_ADD	/* a small change of what is there */
};
#define EDIT_KINDS 8
#define EDIT_NUMBER 8
#define EDIT_KERNEL 64
/* The kernel's own data is read first and is little: one of the first 512 frames. */
#define EDIT_EARLY 128

/* The frame that a write goes to, and where in it. */
unsigned char *edit_frame(const struct sample *s, const uint8_t *e);
uint32_t edit_offset(const uint8_t *e);

/* Make the writes in @data; returns how many, for heal() to undo. */
size_t damage(const struct sample *s, const uint8_t *data, size_t size);
void heal(size_t n);

/* The sample that this input is about. NULL: it is too short to be one. */
struct sample *edit_sample(const uint8_t *data, size_t size);

/* libFuzzer's: an input that differs from this one in what may mean something to a kernel. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#endif
