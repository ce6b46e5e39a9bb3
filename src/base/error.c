/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* However long the cause is, this much is left of what goes before it. */
#define HEAD_KEPT 100

/*
 * Strings from a dump end up in messages: a terminal must not be driven by them, and a
 * message stays one line.
 */
static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

enum pgc_status pgc_err_set(struct pgc_err *err, enum pgc_status st, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return st;
	err->status = st;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	make_printable(err->msg);
	return st;
}

enum pgc_status pgc_err_add(struct pgc_err *err, enum pgc_status st, const char *fmt, ...)
{
	char head[PATH_MAX + 100];
	size_t used, room, cut;
	va_list ap;

	if (!err || st == PGC_OK || pgc_is_gap(st))
		return st;
	va_start(ap, fmt);
	vsnprintf(head, sizeof(head) - 2, fmt, ap);
	va_end(ap);
	make_printable(head);
	if (err->msg[0])
		strcat(head, ": ");
	used = strlen(head);
	/* The tail names the cause, and a path is known by its end: what does not fit is cut in front. */
	room = sizeof(err->msg) - 1 - strlen(err->msg);
	if (room < HEAD_KEPT)
		room = HEAD_KEPT;
	cut = used > room ? used - room : 0;
	used -= cut;
	if (cut)
		memset(head + cut, '.', 3);
	room = sizeof(err->msg) - 1 - used;
	if (strlen(err->msg) > room)
		err->msg[room] = '\0';
	memmove(err->msg + used, err->msg, strlen(err->msg) + 1);
	memcpy(err->msg, head + cut, used);
	err->status = st;
	return st;
}

const char *pgc_why(enum pgc_status st, const struct pgc_err *err)
{
	static const char *const why[] = {
		[PGC_OK] = "unknown reason",
		[PGC_EXCLUDED] = "excluded from the dump",
		[PGC_ABSENT] = "not mapped, or no memory there",
		[PGC_DAMAGED] = "damaged in the dump, or cut off",
		[PGC_ELSEWHERE] = "in a piece of the dump that was not given",
		[PGC_ENOENT] = "not found",
		[PGC_EFORMAT] = "invalid format",
		[PGC_EMISMATCH] = "does not belong to this dump",
		[PGC_EIO] = "read error",
		[PGC_ENOMEM] = "out of memory",
	};

	/* Gaps format no message: what is there is of something else. */
	if (err && err->msg[0] && !pgc_is_gap(st))
		return err->msg;
	return why[st];
}

enum pgc_status pgc_err_nomem(struct pgc_err *err, const char *what)
{
	return pgc_err_set(err, PGC_ENOMEM, "out of memory: %s", what);
}
