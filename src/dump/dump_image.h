/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_image - memory without a word about the kernel in it: LiME's ranges, or one raw range
 *
 * Who reads it finds the kernel in the memory, by its VMCOREINFO or its vmlinux.
 */
#ifndef PGCONS_DUMP_IMAGE_H
#define PGCONS_DUMP_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_elf.h"

/* Do the first @len bytes of a file, at @head, start a LiME image? */
bool dump_image_is_lime(const void *head, size_t len);

/* ... or the memory of a PC from address 0 on: the interrupt vectors that its BIOS sets up? */
bool dump_image_is_raw(const void *head, size_t len);

/*
 * ... or memory that begins with anything, as that of a machine with UEFI: is the VMCOREINFO of a
 * kernel in it, which has a page to itself? Reads all of the file: for what nobody else knows.
 */
bool dump_image_has_kernel(int fd, uint64_t size);

/* As dump_elf_open(), of a file that is the one or the other. */
_must_check_ enum pgc_status dump_image_open_lime(int fd, uint64_t size, struct dump_elf **ret,
						  struct pgc_err *err);
_must_check_ enum pgc_status dump_image_open_raw(int fd, uint64_t size, struct dump_elf **ret,
						 struct pgc_err *err);

#endif
