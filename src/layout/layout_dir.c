/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The names of a kernel are on the first lines of its layout. */
#define HEAD_LEN 1024
/* More than any machine has kernels. */
#define MAX_FILES 4096

static const char suffix[] = ".layout";

bool layout_dir_is(const char *path)
{
	struct stat sb;

	return stat(path, &sb) == 0 && S_ISDIR(sb.st_mode);
}

static bool is_layout_name(const char *name)
{
	size_t len = strlen(name);

	return len >= sizeof(suffix) && name[0] != '.' &&
	       !strcmp(name + len - strlen(suffix), suffix);
}

/* Does a line of @head say @word @value? Every line but the last one ends. */
static bool says(const char *head, const char *word, const char *value)
{
	size_t word_len = strlen(word), value_len = strlen(value);

	for (const char *line = head, *end; (end = strchr(line, '\n')); line = end + 1)
		if ((size_t)(end - line) == word_len + 1 + value_len &&
		    !memcmp(line, word, word_len) && line[word_len] == ' ' &&
		    !memcmp(line + word_len + 1, value, value_len))
			return true;
	return false;
}

/* A file that cannot be read is not the one that is looked for. */
static bool file_says(int dir_fd, const char *name, const char *word, const char *value)
{
	_cleanup_fd_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[HEAD_LEN + 1];
	struct stat sb;
	ssize_t n;

	if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode))
		return false;
	n = pread(fd, head, HEAD_LEN, 0);
	if (n <= 0)
		return false;
	head[n] = '\0';
	return says(head, word, value);
}

/* Files whose @word is @value: how many, and the name of one (freed by the caller). */
static enum pgc_status search(DIR *dir, const char *word, const char *value, size_t *n,
			      char **ret, struct pgc_err *err)
{
	const struct dirent *entry;
	size_t seen = 0;

	*n = 0;
	while (seen < MAX_FILES && (entry = readdir(dir))) {
		if (!is_layout_name(entry->d_name))
			continue;
		seen++;
		if (!file_says(dirfd(dir), entry->d_name, word, value) || (*n)++)
			continue;
		*ret = strdup(entry->d_name);
		if (!*ret)
			return pgc_err_nomem(err, "the name of a layout");
	}
	return PGC_OK;
}

enum pgc_status layout_dir_find(const char *path, const char *build_id, const char *release,
				char **ret, struct pgc_err *err)
{
	const char *word = build_id ? "build-id" : "release";
	const char *value = build_id ? build_id : release;
	_cleanup_free_ char *name = NULL;
	enum pgc_status st;
	size_t n = 0;
	DIR *dir;

	if (!value)
		return pgc_err_set(err, PGC_ENOENT,
				   "%s: the dump has neither a build-id nor a release: name the layout file itself",
				   path);
	dir = opendir(path);
	if (!dir)
		return pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	st = search(dir, word, value, &n, &name, err);
	closedir(dir);
	if (st != PGC_OK)
		return st;
	if (!n)
		return pgc_err_set(err, PGC_ENOENT, "%s: no layout there has the %s of the dump, %s",
				   path, word, value);
	/* The same build may be there twice; a release may have been built twice. */
	if (n > 1 && !build_id)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "%s: %zu layouts match release %s; name one", path,
				   n, value);
	if (asprintf(ret, "%s/%s", path, name) >= 0)
		return PGC_OK;
	*ret = NULL;
	return pgc_err_nomem(err, "the name of a layout");
}
