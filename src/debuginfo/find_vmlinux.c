/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debuginfo/find_vmlinux.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/debuginfo.h"

#define DEBUG_ROOT "/usr/lib/debug"

/*
 * Where to look, in this order. %D: --debug-dir; %H: the dump's folder; %B: the build-id as
 * "xx/yyyy"; %R: the release. A path that wants what is unknown is skipped.
 */
static const char *const places[] = {
	"%D/.build-id/%B.debug",
	"%D/vmlinux-%R",
	"%D/boot/vmlinux-%R",
	"%D/lib/modules/%R/vmlinux",
	"%D/vmlinux",
	"%H/vmlinux-%R",
	"%H/vmlinux",
	DEBUG_ROOT "/.build-id/%B.debug",
	DEBUG_ROOT "/boot/vmlinux-%R",
	DEBUG_ROOT "/lib/modules/%R/vmlinux",
	DEBUG_ROOT "/usr/lib/modules/%R/vmlinux",
	"/lib/modules/%R/build/vmlinux",
	"/lib/modules/%R/vmlinux",
	"/boot/vmlinux-%R",
};

/* As the file is, or as a whole compressed; .debug is what Fedora and SUSE append. */
static const char *const suffixes[] = { "", ".debug", ".zst", ".xz", ".gz" };

struct finder {
	const struct vmlinux_search *s;
	char *tried;		/* the text so far */
	char *found;
};

_printf_(2, 3) static enum pgc_status note(struct finder *f, const char *fmt, ...)
{
	char *line = NULL, *all = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return PGC_ENOMEM;
	n = asprintf(&all, "%s%s%s", f->tried ? f->tried : "", f->tried ? ", " : "", line);
	free(line);
	if (n < 0)
		return PGC_ENOMEM;
	free(f->tried);
	f->tried = all;
	return PGC_OK;
}

/* The text that the letter after a % stands for; false: it is unknown. */
static bool put(FILE *out, const struct vmlinux_search *s, char letter)
{
	const char *slash;

	switch (letter) {
	case 'D':
		return s->debug_dir && fputs(s->debug_dir, out) >= 0;
	case 'H':
		slash = strrchr(s->dump, '/');
		return slash ? fprintf(out, "%.*s", (int)(slash - s->dump), s->dump) >= 0 :
			       fputc('.', out) >= 0;
	case 'B':
		return s->build_id && strlen(s->build_id) > 2 &&
		       fprintf(out, "%.2s/%s", s->build_id, s->build_id + 2) >= 0;
	case 'R':
		/* It comes from a dump, and goes into a path. */
		return s->release && *s->release && !strchr(s->release, '/') &&
		       fputs(s->release, out) >= 0;
	default:
		return false;
	}
}

/* The path that a place stands for, or NULL. The caller frees it. */
static char *path_of(const struct vmlinux_search *s, const char *place)
{
	char *path = NULL;
	bool known = true;
	size_t size;
	FILE *out = open_memstream(&path, &size);

	if (!out)
		return NULL;
	if (place[0] == '/')
		fputs(s->root, out);
	for (; *place && known; place++) {
		if (*place == '%')
			known = put(out, s, *++place);
		else
			fputc(*place, out);
	}
	if (fclose(out) || !known)
		free(TAKE_PTR(path));
	return path;
}

/* Is the file of the dumped build? @why, when it is not. */
static bool is_wanted(const struct vmlinux_search *s, const struct debuginfo_probe *p,
		      const char **why)
{
	*why = "of another build";
	if (s->build_id)
		return !strcmp(p->build_id, s->build_id);
	*why = "its release is not the dump's";
	return s->release && !strcmp(p->release, s->release);
}

/* A file of the right build: where its debug information is. */
static enum pgc_status take(struct finder *f, const char *path, struct pgc_err *err)
{
	enum pgc_status st = find_vmlinux_debug(f->s->root, path, &f->found, err);

	if (st != PGC_ENOENT)
		return st;
	return note(f, "%s (has no debug information)", path);
}

static enum pgc_status try_path(struct finder *f, const char *path, struct pgc_err *err)
{
	struct pgc_err probe_err = PGC_ERR_INIT;
	struct debuginfo_probe probe;
	enum pgc_status st;
	const char *why;

	if (access(path, R_OK))
		return PGC_OK;
	st = debuginfo_probe(path, &probe, &probe_err);
	if (st == PGC_ENOMEM)
		return pgc_err_set(err, st, "%s", probe_err.msg);
	if (st != PGC_OK)
		return note(f, "%s", probe_err.msg);
	if (!is_wanted(f->s, &probe, &why))
		return note(f, "%s (%s)", path, why);
	return take(f, path, err);
}

static enum pgc_status try_place(struct finder *f, const char *place, struct pgc_err *err)
{
	_cleanup_free_ char *base = path_of(f->s, place);
	enum pgc_status st = PGC_OK;
	char *before = f->tried;
	bool any = false;

	if (!base)
		return PGC_OK;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && st == PGC_OK && !f->found; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s%s", base, suffixes[i]) < 0)
			return pgc_err_nomem(err, "a path");
		st = try_path(f, path, err);
		any |= f->tried != before;
		before = f->tried;
	}
	if (st == PGC_OK && !f->found && !any)
		st = note(f, "%s", base);
	return st;
}

enum pgc_status find_vmlinux(const struct vmlinux_search *s, char **path, char **tried,
			     struct pgc_err *err)
{
	struct finder f = { .s = s };
	enum pgc_status st = PGC_OK;

	*path = *tried = NULL;
	if (!s->build_id && !s->release)
		return pgc_err_set(err, PGC_ENOENT, "the dump says neither the build-id nor the release of its kernel");
	for (size_t i = 0; i < ARRAY_SIZE(places) && st == PGC_OK && !f.found; i++)
		st = try_place(&f, places[i], err);
	if (st != PGC_OK || f.found) {
		free(f.tried);
		*path = f.found;
		return st == PGC_ENOMEM ? pgc_err_nomem(err, "a path") : st;
	}
	*tried = f.tried;
	return pgc_err_set(err, PGC_ENOENT, "no vmlinux was found");
}

enum pgc_status find_vmlinux_debug(const char *root, const char *file, char **path,
				   struct pgc_err *err)
{
	const char *slash = strrchr(file, '/');
	int folder = slash ? (int)(slash - file) : 1;
	const char *from = slash ? file : ".";
	struct debuginfo_probe probe, other;
	const char *const forms[][2] = { { "", "" }, { "", "/.debug" }, { DEBUG_ROOT, "" } };
	enum pgc_status st = debuginfo_probe(file, &probe, err);

	*path = NULL;
	if (st != PGC_OK)
		return st;
	if (probe.has_dwarf) {
		*path = strdup(file);
		return *path ? PGC_OK : pgc_err_nomem(err, "a path");
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms) && probe.debuglink[0]; i++) {
		_cleanup_free_ char *other_path = NULL;

		if (asprintf(&other_path, "%s%s%.*s%s/%s", *forms[i][0] ? root : "", forms[i][0], folder,
			     from, forms[i][1], probe.debuglink) < 0)
			return pgc_err_nomem(err, "a path");
		/* By build-id, as that of 400 MB is read faster than their checksum is made. */
		if (debuginfo_probe(other_path, &other, NULL) != PGC_OK || !other.has_dwarf ||
		    !probe.build_id[0] || strcmp(probe.build_id, other.build_id))
			continue;
		*path = TAKE_PTR(other_path);
		return PGC_OK;
	}
	return pgc_err_set(err, PGC_ENOENT, "%s has no DWARF debug info, and names no file that has it", file);
}
