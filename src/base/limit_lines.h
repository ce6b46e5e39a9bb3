/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit_lines - lines that say what could not be done
 *
 * A fixed table of them, as long as any error message. One that finds no room is counted, and the
 * last line says how many did not.
 */
#ifndef PGCONS_LIMIT_LINES_H
#define PGCONS_LIMIT_LINES_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

#define LIMIT_LEN 1000

/*
 * Add a line to the @max of @lines, of which *@n are in use. Where there is no room for it
 * *@dropped, and the last line, count.
 */
__attribute__((format(printf, 5, 0))) void limits_add(char (*lines)[LIMIT_LEN], size_t max,
						      size_t *n, size_t *dropped,
						      const char *fmt, va_list ap);

#endif
