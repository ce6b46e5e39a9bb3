/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/vmlinux_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout/layout.h"
#include "layout/layout_file.h"

/* The child's exit status: that of the reading, above all that exit() in a library uses. */
#define STATUS_BASE 64

/* What the child leaves in @fd: the layout, or why there is none. Libraries' last words, too. */
static void child(int fd, const char *path, vmlinux_read_fn *read)
{
	static const struct rlimit no_core = { 0, 0 };
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay = NULL;
	enum pgc_status st;
	FILE *out;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)dup2(fd, STDERR_FILENO);
	st = read(path, &lay, &err);
	out = fdopen(fd, "w");
	if (!out)
		_exit(STATUS_BASE + PGC_ENOMEM);
	if (st == PGC_OK)
		layout_file_write(lay, out);
	else
		fputs(err.msg, out);
	layout_destroy(lay);
	if (fflush(out) || ferror(out))
		_exit(STATUS_BASE + PGC_ENOMEM);
	_exit(STATUS_BASE + (int)st);
}

/* The first line in @fd, without what a terminal would not show. */
static void first_line(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	for (char *s = buf; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static enum pgc_status take_over(int fd, int status, const char *path, struct layout **ret,
				 struct pgc_err *err)
{
	struct layout_unsaid unsaid;
	char name[40], said[400];
	int code;

	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_BASE + PGC_OK) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		return layout_file_load_as(name, "vmlinux", ret, &unsaid, err);
	}
	first_line(fd, said, sizeof(said));
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (code > STATUS_BASE)
		return pgc_err_set(err, (enum pgc_status)(code - STATUS_BASE), "%s", said);
	return pgc_err_set(err, PGC_EFORMAT, "%s: the library that reads debug information ended with %s %d%s%.120s",
			   path, code ? "exit status" : "signal", code ? code : WTERMSIG(status),
			   said[0] ? ": " : "", said);
}

enum pgc_status vmlinux_reader_run(const char *path, vmlinux_read_fn *read, struct layout **ret,
				   struct pgc_err *err)
{
	_cleanup_fd_ int fd = memfd_create("layout", MFD_CLOEXEC);
	int status = 0;
	pid_t pid;

	if (fd < 0)
		return read(path, ret, err);	/* an old kernel: without the net, then */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return pgc_err_set(err, PGC_ENOMEM, "%s: cannot fork a reader: %s", path,
				   strerror(errno));
	if (!pid)
		child(fd, path, read);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	return take_over(fd, status, path, ret, err);
}
