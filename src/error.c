/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	char head[sizeof(err->msg)];
	size_t used, room;
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
	room = sizeof(err->msg) - 1 - used;
	/* The tail names the cause: keep its beginning, cut its end. */
	if (strlen(err->msg) > room)
		err->msg[room] = '\0';
	memmove(err->msg + used, err->msg, strlen(err->msg) + 1);
	memcpy(err->msg, head, used);
	err->status = st;
	return st;
}

enum pgc_status pgc_err_nomem(struct pgc_err *err, const char *what)
{
	return pgc_err_set(err, PGC_ENOMEM, "out of memory: %s", what);
}
