/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error - what went wrong, and where, as one line
 *
 * A function that can fail returns an enum pgc_status. The innermost frame says which
 * object, at which address or offset, and why; each caller prepends what it was doing.
 * Nothing below main prints. The message lives in a fixed buffer, so that running out of
 * memory needs no memory to be told.
 */
#ifndef PGCONS_ERROR_H
#define PGCONS_ERROR_H

#include "base/cleanup.h"

/*
 * The four answers "not here" are kept apart from failure: they are coverage, not errors,
 * and format no message (they are cheap in the walk).
 */
enum pgc_status {
	PGC_OK = 0,
	PGC_EXCLUDED,	/* it is RAM, but the dump was made to exclude its contents */
	PGC_ABSENT,	/* there is no such memory: not mapped, or not RAM */
	PGC_DAMAGED,	/* the dump should hold it, but it reads short or does not inflate */
	PGC_ELSEWHERE,	/* it was stored, but in a piece of a split dump that is not here */
	PGC_ENOENT,	/* no such file, symbol, type or member */
	PGC_EFORMAT,	/* the input is not what it should be */
	PGC_EMISMATCH,	/* two inputs that do not belong together */
	PGC_EIO,	/* the system refused: open, read, write */
	PGC_ENOMEM,
};

struct pgc_err {
	enum pgc_status status;
	char msg[1000];
};

#define PGC_ERR_INIT { .status = PGC_OK, .msg = "" }

/* True for the answers that are coverage rather than failure. */
static inline int pgc_is_gap(enum pgc_status st)
{
	return st == PGC_EXCLUDED || st == PGC_ABSENT || st == PGC_DAMAGED ||
	       st == PGC_ELSEWHERE;
}

/* Set the message; returns @st, so that a failing line is one return. @err may be NULL. */
_printf_(3, 4) enum pgc_status pgc_err_set(struct pgc_err *err, enum pgc_status st,
					   const char *fmt, ...);

/* Prepend "context: " to the message; returns @st. Leaves gaps and PGC_OK alone. */
_printf_(3, 4) enum pgc_status pgc_err_add(struct pgc_err *err, enum pgc_status st,
					   const char *fmt, ...);

/*
 * The message of @err, never empty: for a gap, and wherever nobody left one, what @st means.
 */
const char *pgc_why(enum pgc_status st, const struct pgc_err *err);

/* Out of memory while doing @what. */
enum pgc_status pgc_err_nomem(struct pgc_err *err, const char *what);

#endif
