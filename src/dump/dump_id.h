/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_id - a short name for a dump, the same wherever the file lies
 *
 * Made of the file's size and its first bytes: headers, VMCOREINFO, the time of the crash and
 * the registers are there. It says nothing of the rest of the file.
 */
#ifndef PGCONS_DUMP_ID_H
#define PGCONS_DUMP_ID_H

#define DUMP_ID_SIZE 17 /* 16 hex digits and the NUL */

/* The name of the dump at @path; "" when it cannot be read. */
void dump_id(const char *path, char ret[DUMP_ID_SIZE]);

#endif
