/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disassembly - what bytes of code say, as assemblers write it
 *
 * The only module that knows libcapstone, which is loaded when there is something to say: without it
 * the bytes must do. The bytes may be anything; what is none of this architecture's instructions is
 * passed over one step at a time.
 */
#ifndef PGCONS_DISASSEMBLY_H
#define PGCONS_DISASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct arch;
struct disassembly;

/* The caller owns it. NULL: no library, or none of @arch's (NULL: unknown). */
struct disassembly *disassembly_create(const struct arch *arch);
void disassembly_destroy(struct disassembly *d);	/* NULL is fine */

/*
 * Where the instruction begins that byte @at of @code, @len bytes, is part of; its first byte begins
 * an instruction.
 */
size_t disassembly_start(const struct disassembly *d, const uint8_t *code, size_t len, size_t at);

/*
 * The instructions of @code, which lies at @kaddr, until those of @least bytes are written: "push
 * %rbp; ret". Few, at most. Returns how many bytes they have; 0: the first is none.
 */
size_t disassembly_words(const struct disassembly *d, const uint8_t *code, size_t len,
			 uint64_t kaddr, size_t least, char *buf, size_t size);

#endif
