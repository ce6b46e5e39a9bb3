/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debuginfo/ask_debuginfod.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_DEBUGINFOD

#include <elfutils/debuginfod.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/load_calls.h"

/* The library brings along libcurl and some thirty others: half of the memory that a run takes. */
struct library {
	__typeof__(debuginfod_begin) *begin;
	__typeof__(debuginfod_end) *end;
	__typeof__(debuginfod_find_debuginfo) *find_debuginfo;
	__typeof__(debuginfod_set_progressfn) *set_progressfn;
	__typeof__(debuginfod_set_user_data) *set_user_data;
	__typeof__(debuginfod_get_user_data) *get_user_data;
	__typeof__(debuginfod_get_url) *get_url;
};

/* Any number of times: it stays until the child ends. */
static bool library_load(struct library *lib)
{
	const struct loaded_call wanted[] = {
		{ "debuginfod_begin", (void **)&lib->begin },
		{ "debuginfod_end", (void **)&lib->end },
		{ "debuginfod_find_debuginfo", (void **)&lib->find_debuginfo },
		{ "debuginfod_set_progressfn", (void **)&lib->set_progressfn },
		{ "debuginfod_set_user_data", (void **)&lib->set_user_data },
		{ "debuginfod_get_user_data", (void **)&lib->get_user_data },
		{ "debuginfod_get_url", (void **)&lib->get_url },
	};

	return load_calls(DEBUGINFOD_SONAME, wanted, ARRAY_SIZE(wanted));
}

/*
 * What the child says: how far it is, and last of all how it ended. Small enough for a pipe to
 * take it as a whole.
 */
struct word {
	bool last;
	int32_t error;		/* of the last: 0, or an errno */
	uint64_t got, all;
	char text[3800];	/* the server, at last the file */
};

_Static_assert(sizeof(struct word) <= PIPE_BUF, "a word must not come in pieces");

static void say(int fd, struct word *w, const char *text)
{
	snprintf(w->text, sizeof(w->text), "%s", text);
	if (write(fd, w, sizeof(*w)) != (ssize_t)sizeof(*w))
		_exit(1);	/* nobody listens any more */
}

static int on_progress(debuginfod_client *client, long got, long all)
{
	struct word w = { .got = got > 0 ? (uint64_t)got : 0, .all = all > 0 ? (uint64_t)all : 0 };
	struct library lib;
	const char *url;

	if (!library_load(&lib))
		return 1;
	url = lib.get_url(client);
	say(*(int *)lib.get_user_data(client), &w, url ? url : "");
	return 0;
}

/*
 * Ask, and end. Ctrl-C reaches the whole foreground group: the parent decides what it means, and
 * ends this one. If both died of it, the parent could take its child's death for the library's.
 */
static void child(int fd, const char *build_id, pid_t parent)
{
	struct word w = { .last = true };
	debuginfod_client *client;
	struct library lib;
	char *path = NULL;
	int file;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	client = library_load(&lib) ? lib.begin() : NULL;
	if (!client) {
		w.error = ELIBACC;
		say(fd, &w, "");
		_exit(0);
	}
	lib.set_user_data(client, &fd);
	lib.set_progressfn(client, on_progress);
	/* Length 0: the build-id is hexadecimal. */
	file = lib.find_debuginfo(client, (const unsigned char *)build_id, 0, &path);
	w.error = file < 0 ? -file : !path ? ENOMEM :
		  strlen(path) >= sizeof(w.text) ? ENAMETOOLONG : 0;
	say(fd, &w, w.error ? "" : path);
	_exit(0);
}

/* Until the last word; false: @fn gave up, or the child died without one. */
static bool listen_to(int fd, ask_debuginfod_fn *fn, void *arg, struct word *w, bool *stopped)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	*w = (struct word){ .last = false };
	for (;;) {
		int n = poll(&ready, 1, 100);

		if (n > 0 && read(fd, w, sizeof(*w)) != (ssize_t)sizeof(*w))
			return false;
		if (n > 0 && w->last)
			return true;
		w->text[sizeof(w->text) - 1] = '\0';
		*stopped = !fn(arg, w->text, w->got, w->all);
		if (*stopped)
			return false;
	}
}

/*
 * The library asks as long as it likes: since elfutils 0.192 it does not always come back to ask
 * whether to go on. So it is a child that asks, and can be killed at any time.
 */
static enum pgc_status ask_by_child(const char *build_id, ask_debuginfod_fn *fn, void *arg,
				    struct word *w, struct pgc_err *err)
{
	bool stopped = false, answered;
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return pgc_err_set(err, PGC_EIO, "debuginfod: failed to make a pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(ends[1], build_id, parent);
	close(ends[1]);
	answered = pid > 0 && listen_to(ends[0], fn, arg, w, &stopped);
	close(ends[0]);
	if (pid < 0)
		return pgc_err_set(err, PGC_EIO, "debuginfod: cannot fork: %s", strerror(errno));
	if (!answered)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (stopped)
		return pgc_err_set(err, PGC_EIO, "debuginfod: cancelled");
	if (!answered)
		return pgc_err_set(err, PGC_ENOENT, "debuginfod: the library crashed while it asked the servers");
	return PGC_OK;
}

enum pgc_status ask_debuginfod(const char *build_id, ask_debuginfod_fn *fn, void *arg,
			       char **path, struct pgc_err *err)
{
	const char *urls = getenv(DEBUGINFOD_URLS_ENV_VAR);
	enum pgc_status st;
	struct word w;

	*path = NULL;
	if (!urls || !*urls)
		return pgc_err_set(err, PGC_ENOENT, "debuginfod: $" DEBUGINFOD_URLS_ENV_VAR " names no server");
	st = ask_by_child(build_id, fn, arg, &w, err);
	if (st != PGC_OK)
		return st;
	if (w.error == ELIBACC)
		return pgc_err_set(err, PGC_EIO, "debuginfod: " DEBUGINFOD_SONAME " is not installed, or cannot be used");
	if (w.error)
		return pgc_err_set(err, PGC_ENOENT, "debuginfod: build-id %s: %s", build_id,
				   strerror(w.error));
	*path = strdup(w.text);
	return *path ? PGC_OK : pgc_err_nomem(err, "debuginfod");
}

const char *ask_debuginfod_version(void)
{
	return "built in";
}

#else

enum pgc_status ask_debuginfod(const char *build_id _unused_, ask_debuginfod_fn *fn _unused_,
			       void *arg _unused_, char **path, struct pgc_err *err)
{
	*path = NULL;
	return pgc_err_set(err, PGC_ENOENT, "this pgcons-dump was built without libdebuginfod");
}

const char *ask_debuginfod_version(void)
{
	return "not built in";
}

#endif
