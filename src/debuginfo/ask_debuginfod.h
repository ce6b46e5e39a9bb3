/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask_debuginfod - a vmlinux from the servers of $DEBUGINFOD_URLS
 *
 * The only module that includes libdebuginfod, and the only one that goes onto the network:
 * nobody calls it unless the user asked for it. It asks in a child process, so before any
 * thread is made; what interrupts the asking ends the child.
 */
#ifndef PGCONS_ASK_DEBUGINFOD_H
#define PGCONS_ASK_DEBUGINFOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/*
 * Some times a second while a server is asked: @got bytes of @all are here (0: not known).
 * @url: which one, "" where not known. Returns false to give up.
 */
typedef bool ask_debuginfod_fn(void *arg, const char *url, uint64_t got, uint64_t all);

/*
 * The debug file of the build @build_id, lower-case hex. *@path, which the caller frees, is in
 * the user's debuginfod cache and stays there. PGC_ENOENT: no server has it, none is set, or
 * this program was built without libdebuginfod; PGC_EIO: @fn gave up, the network did, or
 * libdebuginfod.so.1 is not installed (it is loaded here).
 */
_must_check_ enum pgc_status ask_debuginfod(const char *build_id, ask_debuginfod_fn *fn,
					    void *arg, char **path, struct pgc_err *err);

/* "built in" or "not built in", for --version; static. */
const char *ask_debuginfod_version(void);

#endif
