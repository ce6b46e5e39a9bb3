/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_file_priv - what the parts of layout_file share; no other module includes this
 *
 * layout_file.c       reads: the file as lines of fields, and as a source of the layout
 * layout_file_line.c  what a line says
 * layout_file_save.c  writes
 */
#ifndef PGCONS_LAYOUT_FILE_PRIV_H
#define PGCONS_LAYOUT_FILE_PRIV_H

#include "layout/layout_file.h"

#define LF_FORMAT "1"
#define LF_MAX_FILE (1u << 20)	/* bytes; real files have some 30 thousand in 700 lines */
#define LF_MAX_FIELDS 6

enum lf_said { LF_UNSAID, LF_ABSENT, LF_PRESENT };

struct lf_row {
	enum lf_said said;
	uint64_t value, size;
};

struct lf_enumerator {
	enum layout_enum e;
	const char *name;
	int64_t value;
};

struct lf_piece {
	const char *name;	/* of the table */
	uint64_t addr, size;
};

struct lf_member {
	enum layout_struct s;
	struct layout_member m;
};

/* A file in memory, what its lines said so far, and the fields of the last line. */
struct lf_file {
	const char *path;
	char *text;		/* strings below point into it */
	char *next;		/* what has not been read */
	unsigned int line;	/* number of the last line read */
	const char *field[LF_MAX_FIELDS];
	unsigned int n_fields;	/* may be more than there is room for */
	bool ended;

	struct lf_row rows[LAYOUT_KEYS];
	unsigned int row_hint;	/* where the next row is looked for first */
	enum lf_said enums[LAYOUT_ENUMS], functions[LAYOUT_FUNCTIONS];
	struct lf_enumerator *enumerator;
	size_t n_enumerators;
	struct lf_piece *piece;
	size_t n_pieces;
	struct lf_member *member;
	size_t n_members;
	const char *build_id, *release;
};

#define lf_bad(f, err, fmt, ...)                                                       \
	pgc_err_set(err, PGC_EFORMAT, "%s:%u: " fmt, (f)->path, (f)->line, ##__VA_ARGS__)

/* Take what the line in @f says. */
_must_check_ enum pgc_status lf_take_line(struct lf_file *f, struct pgc_err *err);

/* The word of a line with a row of that kind; static. */
const char *lf_word(enum layout_kind kind);

#endif
