/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "layout/layout_file_priv.h"

const char *lf_word(enum layout_kind kind)
{
	static const char *const words[LAYOUT_KINDS] = {
		[LAYOUT_SIZE] = "size",
		[LAYOUT_OFFSET] = "offset",
		[LAYOUT_LENGTH] = "length",
		[LAYOUT_ENUM] = "enumerator",
		[LAYOUT_VAR] = "variable",
		[LAYOUT_VARLEN] = "variable-length",
		[LAYOUT_SYMBOL] = "symbol",
	};

	return words[kind];
}

/* A stream that counts lines. */
struct writer {
	FILE *out;
	unsigned int lines;
};

/* Write a line; the newline is added. */
_printf_(2, 3) static void line(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(w->out, fmt, ap);
	va_end(ap);
	putc('\n', w->out);
	w->lines++;
}

static void save_row(struct writer *w, const struct layout *lay, const struct layout_row *row)
{
	const char *dot = row->type && row->path[0] ? "." : "";
	char name[128], size[24] = "";
	uint64_t val;

	snprintf(name, sizeof(name), "%s %s%s%s", lf_word(row->kind), row->type ? row->type : "",
		 dot, row->path);
	if (!layout_has(lay, row->key)) {
		line(w, "%s absent", name);
		return;
	}
	val = layout_get(lay, row->key);
	if (layout_size(lay, row->key))
		snprintf(size, sizeof(size), " %" PRIu64, layout_size(lay, row->key));
	if (row->kind == LAYOUT_VAR || row->kind == LAYOUT_SYMBOL)
		line(w, "%s 0x%" PRIx64 "%s", name, val, size);
	else if (row->kind == LAYOUT_ENUM)
		line(w, "%s %" PRId64 "%s", name, (int64_t)val, size);
	else
		line(w, "%s %" PRIu64 "%s", name, val, size);
}

static void save_enum(struct writer *w, const struct layout *lay, enum layout_enum e)
{
	const char *type = layout_enum_type(e), *name;
	int64_t value;
	size_t i;

	for (i = 0; layout_enum_at(lay, e, i, &name, &value); i++)
		line(w, "enum %s %s %" PRId64, type, name, value);
	if (!i)
		line(w, "enum %s absent", type);
}

static void save_members(struct writer *w, const struct layout *lay, enum layout_struct s)
{
	size_t n;
	const struct layout_member *m = layout_members(lay, s, &n);

	for (size_t i = 0; i < n; i++)
		line(w, "member %s %s %" PRIu64 " %" PRIu64 " %s", layout_struct_type(s), m[i].name,
		     m[i].offset, m[i].size, m[i].type);
}

/* The pieces in the order in which they are kept: the first of two at one address counts. */
static void save_functions(struct writer *w, const struct layout *lay)
{
	bool present[LAYOUT_FUNCTIONS] = { false };
	const struct layout_text *texts;
	size_t n;

	texts = layout_texts(lay, &n);
	for (size_t i = 0; i < n; i++) {
		line(w, "function %s 0x%" PRIx64 " %" PRIu64, texts[i].name, texts[i].start,
		     texts[i].end - texts[i].start);
		present[texts[i].function] = true;
	}
	for (enum layout_function f = 0; f < LAYOUT_FUNCTIONS; f++)
		if (!present[f])
			line(w, "function %s absent", layout_function_name(f));
}

void layout_file_write(const struct layout *lay, FILE *out)
{
	struct writer w = { .out = out };

	line(&w, "pgcons-layout " LF_FORMAT);
	line(&w, "# What pgcons-dump has to know of one build of the kernel: see --layout in pgcons-dump(8)");
	if (layout_build_id(lay))
		line(&w, "build-id %s", layout_build_id(lay));
	if (layout_release(lay))
		line(&w, "release %s", layout_release(lay));
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++)
		save_row(&w, lay, layout_row(key));
	for (enum layout_enum e = 0; e < LAYOUT_ENUMS; e++)
		save_enum(&w, lay, e);
	for (enum layout_struct s = 0; s < LAYOUT_STRUCTS; s++)
		save_members(&w, lay, s);
	save_functions(&w, lay);
	line(&w, "end %u", w.lines);
}

/*
 * A file that did not exist, beside @path, with the permissions that the umask leaves. Not
 * mkstemp(), which leaves none to others. The caller frees *@name.
 */
static int create_beside(const char *path, char **name)
{
	for (int i = 0; i < 100; i++) {
		int fd;

		if (asprintf(name, "%s.%ld-%d.tmp", path, (long)getpid(), i) < 0) {
			*name = NULL;
			errno = ENOMEM;
			return -1;
		}
		fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0)
			return fd;
		free(TAKE_PTR(*name));
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* Write all to @fd, which is closed. */
static bool save_to(int fd, const struct layout *lay)
{
	FILE *out = fdopen(fd, "w");
	int why = 0;

	if (!out) {
		close(fd);
		return false;
	}
	layout_file_write(lay, out);
	if (fflush(out) || ferror(out) || fsync(fd))
		why = errno ? errno : EIO;
	if (fclose(out) && !why)
		why = errno;
	errno = why;
	return !why;
}

enum pgc_status layout_file_save(const struct layout *lay, const char *path,
				 struct pgc_err *err)
{
	_cleanup_free_ char *tmp = NULL;
	struct stat sb;
	int fd;

	if (!strcmp(path, "-")) {
		layout_file_write(lay, stdout);
		return PGC_OK;
	}
	/* A rename would put a file in the place of /dev/null. */
	if (!stat(path, &sb) && !S_ISREG(sb.st_mode))
		return pgc_err_set(err, PGC_EIO, "%s: not a regular file, left as it is", path);
	fd = create_beside(path, &tmp);
	if (fd < 0)
		return pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	if (save_to(fd, lay) && !rename(tmp, path))
		return PGC_OK;
	pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	unlink(tmp);
	return PGC_EIO;
}
