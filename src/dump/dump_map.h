/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_map - a file mapped for small reads, that may shrink underneath
 *
 * Chasing pointers through a dump is a system call for each step, unless the file is mapped.
 * A mapping has a hazard of its own: when the file is cut short while it is read, the next
 * access is a SIGBUS. Here it is not fatal: the page that went away reads as zeros, and the
 * map says that it is lost, so that whoever copied from it knows to ask pread() instead.
 *
 * The first map installs a handler for SIGBUS, for the life of the process. Faults outside
 * of these maps get the default action.
 */
#ifndef PGCONS_DUMP_MAP_H
#define PGCONS_DUMP_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct dump_map;

/*
 * Map the first @size bytes of @fd (borrowed). NULL when it cannot be mapped (a limit on
 * address space, a file system without mmap, too many maps) or should not be (/proc/vmcore
 * needs memory for it): pread() is always there.
 */
struct dump_map *dump_map_create(int fd, uint64_t size);
void dump_map_destroy(struct dump_map *dm); /* NULL is fine */

/* The byte at file offset 0; what lies at @size and past it may not be touched. */
const unsigned char *dump_map_bytes(const struct dump_map *dm);

/* Has a page gone away? Ask after copying: what was copied before may be zeros. */
bool dump_map_lost(const struct dump_map *dm);

#endif
