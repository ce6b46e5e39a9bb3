/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ask_debuginfod.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_DEBUGINFOD

#include <elfutils/debuginfod.h>

struct ask {
	ask_debuginfod_fn *fn;
	void *arg;
	bool stopped;
};

static int on_progress(debuginfod_client *client, long got, long all)
{
	struct ask *ask = debuginfod_get_user_data(client);
	const char *url = debuginfod_get_url(client);

	if (!ask->fn(ask->arg, url ? url : "", got > 0 ? (uint64_t)got : 0,
		     all > 0 ? (uint64_t)all : 0))
		ask->stopped = true;
	return ask->stopped;
}

enum pgc_status ask_debuginfod(const char *build_id, ask_debuginfod_fn *fn, void *arg,
			       char **path, struct pgc_err *err)
{
	const char *urls = getenv(DEBUGINFOD_URLS_ENV_VAR);
	struct ask ask = { .fn = fn, .arg = arg };
	debuginfod_client *client;
	int fd;

	*path = NULL;
	if (!urls || !*urls)
		return pgc_err_set(err, PGC_ENOENT, "debuginfod: $" DEBUGINFOD_URLS_ENV_VAR " names no server");
	client = debuginfod_begin();
	if (!client)
		return pgc_err_set(err, PGC_EIO, "debuginfod: libdebuginfod cannot be used");
	debuginfod_set_user_data(client, &ask);
	debuginfod_set_progressfn(client, on_progress);
	/* Length 0: the build-id is hexadecimal. */
	fd = debuginfod_find_debuginfo(client, (const unsigned char *)build_id, 0, path);
	debuginfod_end(client);
	if (fd >= 0) {
		close(fd);
		return *path ? PGC_OK : pgc_err_nomem(err, "debuginfod");
	}
	if (ask.stopped)
		return pgc_err_set(err, PGC_EIO, "debuginfod: given up");
	return pgc_err_set(err, PGC_ENOENT, "debuginfod: build-id %s: %s", build_id,
			   strerror(-fd));
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
