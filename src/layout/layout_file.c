/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "layout/layout_file_priv.h"

#define MAX_LINE 300

static const char intro[] = "pgcons-layout ";

static enum pgc_status read_text(struct lf_file *f, struct pgc_err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat sb;
	size_t got = 0;
	ssize_t n;

	/* O_NONBLOCK: a FIFO must not hang us before it can be refused. */
	fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &sb))
		return pgc_err_set(err, PGC_EIO, "%s: %s", f->path, strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a regular file", f->path);
	f->text = malloc(LF_MAX_FILE + 2);
	if (!f->text)
		return pgc_err_nomem(err, f->path);
	while (got <= LF_MAX_FILE && (n = read(fd, f->text + got, LF_MAX_FILE + 1 - got)) > 0)
		got += (size_t)n;
	if (n < 0)
		return pgc_err_set(err, PGC_EIO, "%s: %s", f->path, strerror(errno));
	f->text[got] = '\0';
	if (strncmp(f->text, intro, strlen(intro)))
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a layout file, as --save-layout writes it",
				   f->path);
	if (got > LF_MAX_FILE)
		return pgc_err_set(err, PGC_EFORMAT, "%s: too large for a layout file", f->path);
	f->next = f->text;
	return PGC_OK;
}

/* Cut the line at @s into fields. */
static enum pgc_status split(struct lf_file *f, char *s, struct pgc_err *err)
{
	bool last;

	f->n_fields = 0;
	do {
		size_t len = strcspn(s, " ");

		if (!len)
			return lf_bad(f, err, "a field is empty");
		if (f->n_fields < LF_MAX_FIELDS)
			f->field[f->n_fields] = s;
		f->n_fields++;
		last = !s[len];
		s[len] = '\0';
		s += len + 1;
	} while (!last);
	return PGC_OK;
}

/* The next line that is no comment, as fields; none of them at the end of the file. */
static enum pgc_status next_line(struct lf_file *f, struct pgc_err *err)
{
	f->n_fields = 0;
	while (*f->next) {
		char *s = f->next, *end = s;

		f->line++;
		while (*end >= ' ' && *end < 0x7f)
			end++;
		if (end - s > MAX_LINE)
			return lf_bad(f, err, "a line of %zu characters is too long", (size_t)(end - s));
		if (!*end)
			return lf_bad(f, err, "truncated in this line");
		if (*end != '\n')
			return lf_bad(f, err, "a character that is not printable ASCII");
		*end = '\0';
		f->next = end + 1;
		if (*s != '#')
			return split(f, s, err);
	}
	return PGC_OK;
}

static enum pgc_status parse(struct lf_file *f, struct pgc_err *err)
{
	enum pgc_status st = next_line(f, err);

	if (st != PGC_OK)
		return st;
	if (f->n_fields != 2 || strcmp(f->field[1], LF_FORMAT))
		return lf_bad(f, err, "format %s, but this program reads format " LF_FORMAT,
			      f->n_fields > 1 ? f->field[1] : "unknown");
	while ((st = next_line(f, err)) == PGC_OK && f->n_fields) {
		if (f->ended)
			return lf_bad(f, err, "a line after the end");
		st = lf_take_line(f, err);
		if (st != PGC_OK)
			return st;
	}
	if (st == PGC_OK && !f->ended)
		return pgc_err_set(err, PGC_EFORMAT, "%s: truncated: the line \"end\" is missing",
				   f->path);
	return st;
}

static enum pgc_status saved_row(void *arg, const struct layout_row *row, uint64_t *value,
				 uint64_t *size, struct pgc_err *err)
{
	const struct lf_file *f = arg;
	const struct lf_row *saved = &f->rows[row->key];

	if (saved->said == LF_UNSAID)
		return pgc_err_set(err, PGC_ENOENT, "no line in %s mentions it", f->path);
	if (saved->said == LF_ABSENT)
		return pgc_err_set(err, PGC_ENOENT, "absent, by %s", f->path);
	*value = saved->value;
	*size = saved->size;
	return PGC_OK;
}

static enum pgc_status saved_enum_each(void *arg, const char *unit _unused_, const char *type,
				       layout_enum_fn *fn, void *fn_arg,
				       struct pgc_err *err _unused_)
{
	const struct lf_file *f = arg;
	bool any = false;

	for (size_t i = 0; i < f->n_enumerators; i++) {
		const struct lf_enumerator *en = &f->enumerator[i];

		if (strcmp(layout_enum_type(en->e), type))
			continue;
		any = true;
		if (!fn(fn_arg, en->name, en->value))
			break;
	}
	return any ? PGC_OK : PGC_ENOENT;
}

static enum pgc_status saved_member_each(void *arg, const char *unit _unused_, const char *type,
					 layout_member_fn *fn, void *fn_arg,
					 struct pgc_err *err _unused_)
{
	const struct lf_file *f = arg;

	for (size_t i = 0; i < f->n_members; i++) {
		const struct layout_member *m = &f->member[i].m;

		if (!strcmp(layout_struct_type(f->member[i].s), type) &&
		    !fn(fn_arg, m->name, m->type, m->offset, m->size))
			break;
	}
	return PGC_OK;
}

static enum pgc_status saved_function_each(void *arg, layout_function_fn *fn, void *fn_arg,
					   struct pgc_err *err _unused_)
{
	const struct lf_file *f = arg;

	for (size_t i = 0; i < f->n_pieces; i++)
		if (!fn(fn_arg, f->piece[i].name, f->piece[i].addr, f->piece[i].size))
			break;
	return PGC_OK;
}

static void note_unsaid(struct layout_unsaid *unsaid, enum lf_said said, const char *name)
{
	if (said == LF_UNSAID && !unsaid->n++)
		unsaid->first = name;
}

static void find_unsaid(const struct lf_file *f, struct layout_unsaid *unsaid)
{
	*unsaid = (struct layout_unsaid){ .n = 0 };
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++)
		if (!layout_row(key)->news)
			note_unsaid(unsaid, f->rows[key].said, layout_name(key));
	for (enum layout_enum e = 0; e < LAYOUT_ENUMS; e++)
		if (!layout_enum_is_news(e))
			note_unsaid(unsaid, f->enums[e], layout_enum_type(e));
	for (enum layout_function i = 0; i < LAYOUT_FUNCTIONS; i++)
		note_unsaid(unsaid, f->functions[i], layout_function_name(i));
}

enum pgc_status layout_file_load_as(const char *path, const char *source, struct layout **ret,
				    struct layout_unsaid *unsaid, struct pgc_err *err)
{
	struct lf_file f = { .path = path };
	enum pgc_status st = read_text(&f, err);

	if (st == PGC_OK)
		st = parse(&f, err);
	if (st == PGC_OK) {
		const struct layout_source src = {
			.name = source,
			.build_id = f.build_id,
			.release = f.release,
			.arg = &f,
			.row = saved_row,
			.enum_each = saved_enum_each,
			.member_each = saved_member_each,
			.function_each = saved_function_each,
		};

		st = layout_from_source(&src, ret, err);
	}
	if (st == PGC_OK)
		find_unsaid(&f, unsaid);
	free(f.enumerator);
	free(f.member);
	free(f.piece);
	free(f.text);
	return st;
}

enum pgc_status layout_file_load(const char *path, struct layout **ret,
				 struct layout_unsaid *unsaid, struct pgc_err *err)
{
	return layout_file_load_as(path, "layout", ret, unsaid, err);
}
