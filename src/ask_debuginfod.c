/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ask_debuginfod.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_DEBUGINFOD

#include <dlfcn.h>
#include <elfutils/debuginfod.h>

/*
 * The library brings along libcurl and some thirty others: half of the memory that a run
 * takes, and most of a capture kernel's initramfs, for something that nobody does there. So
 * it is loaded by the one who asks.
 */
struct library {
	__typeof__(debuginfod_begin) *begin;
	__typeof__(debuginfod_end) *end;
	__typeof__(debuginfod_find_debuginfo) *find_debuginfo;
	__typeof__(debuginfod_set_progressfn) *set_progressfn;
	__typeof__(debuginfod_set_user_data) *set_user_data;
	__typeof__(debuginfod_get_user_data) *get_user_data;
	__typeof__(debuginfod_get_url) *get_url;
};

/* Any number of times; it stays, for what libcurl has set up for the process does, too. */
static bool library_load(struct library *lib)
{
	const struct {
		const char *name;
		void **at;
	} wanted[] = {
		{ "debuginfod_begin", (void **)&lib->begin },
		{ "debuginfod_end", (void **)&lib->end },
		{ "debuginfod_find_debuginfo", (void **)&lib->find_debuginfo },
		{ "debuginfod_set_progressfn", (void **)&lib->set_progressfn },
		{ "debuginfod_set_user_data", (void **)&lib->set_user_data },
		{ "debuginfod_get_user_data", (void **)&lib->get_user_data },
		{ "debuginfod_get_url", (void **)&lib->get_url },
	};
	void *handle = dlopen(DEBUGINFOD_SONAME, RTLD_NOW | RTLD_NODELETE);
	bool ok = handle != NULL;

	for (size_t i = 0; ok && i < ARRAY_SIZE(wanted); i++)
		ok = (*wanted[i].at = dlsym(handle, wanted[i].name)) != NULL;
	if (handle)
		dlclose(handle);
	return ok;
}

struct ask {
	ask_debuginfod_fn *fn;
	void *arg;
	bool stopped;
};

static int on_progress(debuginfod_client *client, long got, long all)
{
	struct library lib;
	struct ask *ask;
	const char *url;

	if (!library_load(&lib))
		return 1;
	ask = lib.get_user_data(client);
	url = lib.get_url(client);
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
	struct library lib;
	int fd;

	*path = NULL;
	if (!urls || !*urls)
		return pgc_err_set(err, PGC_ENOENT, "debuginfod: $" DEBUGINFOD_URLS_ENV_VAR " names no server");
	client = library_load(&lib) ? lib.begin() : NULL;
	if (!client)
		return pgc_err_set(err, PGC_EIO, "debuginfod: " DEBUGINFOD_SONAME " is not there, or cannot be used");
	lib.set_user_data(client, &ask);
	lib.set_progressfn(client, on_progress);
	/* Length 0: the build-id is hexadecimal. */
	fd = lib.find_debuginfo(client, (const unsigned char *)build_id, 0, path);
	lib.end(client);
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
