/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmlinux_reader - a layout from debug information, made in a process of its own
 *
 * libdw ends the program when it finds no memory, and nobody promises that libelf and libdw
 * survive every file, or one that shrinks while it is mapped. So a child reads the vmlinux and
 * hands over the layout, as --save-layout would write it; whatever becomes of the child is one
 * line here. It has all rights of its parent and no more: see sandbox.h.
 */
#ifndef PGCONS_VMLINUX_READER_H
#define PGCONS_VMLINUX_READER_H

#include "base/cleanup.h"
#include "base/error.h"

struct layout;

/* Reads the file at @path; the caller owns *@ret. */
typedef enum pgc_status vmlinux_read_fn(const char *path, struct layout **ret,
					struct pgc_err *err);

/*
 * Let a child @read the vmlinux at @path. To be called before any thread is made. What the child
 * fails with, this fails with; PGC_EFORMAT when it did not come to its end. The caller owns *@ret.
 */
_must_check_ enum pgc_status vmlinux_reader_run(const char *path, vmlinux_read_fn *read,
						struct layout **ret, struct pgc_err *err);

#endif
