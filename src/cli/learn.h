/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * learn - what is known of the dumped kernel, from the best source that can be had
 *
 * In this order: a vmlinux or a saved layout that was named; a vmlinux that is found on this
 * machine; one from a debuginfod server, when that was asked for; what the dump says itself.
 * A source that was named must do, unless it is a vmlinux without debug information, which says no
 * more than its build-id; of the others the next one is taken when one does not.
 */
#ifndef PGCONS_LEARN_H
#define PGCONS_LEARN_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "debuginfo/ask_debuginfod.h"
#include "layout/layout_dump.h"
#include "layout/layout_file.h"

struct layout;
struct vmcore;

struct learn_request {
	const char *vmlinux;	/* named by the user, or NULL */
	const char *layout;	/* a saved one, or a folder of them, named by the user, or NULL */
	const char *dump;	/* the dump's path: beside it is looked */
	const char *debug_dir;	/* where to look first, or NULL */
	bool force;		/* take what was named though it is of another build */
	bool debuginfod;	/* servers may be asked */
	ask_debuginfod_fn *progress;	/* while they are */
	void *progress_arg;
};

struct learned {
	struct layout *lay;	/* owned */
	char *layout;		/* owned: the file that was taken from a folder, or NULL */
	char *vmlinux;		/* owned: the file that was found; NULL: none, or it was named */
	char *tried;		/* owned: where one was searched for in vain; NULL: nowhere */
	struct layout_dump_facts dump;	/* what is lacking where the dump is the source */
	struct layout_unsaid unsaid;	/* what is lacking in a saved layout */
	char warning[1400];	/* a line for the user; "": none */
};

/* Find the source and read it. Whatever it returns, learned_deinit() is due. */
_must_check_ enum pgc_status learn_kernel(const struct learn_request *req, struct vmcore *vc,
					  struct learned *ret, struct pgc_err *err);
void learned_deinit(struct learned *learned);

/*
 * The layout of a vmlinux, or of the file that has its debug information. The caller owns
 * *@ret.
 */
_must_check_ enum pgc_status learn_vmlinux(const char *path, struct layout **ret,
						struct pgc_err *err);
/* The same in this process: libdw may end it. */
_must_check_ enum pgc_status learn_debuginfo(const char *path, struct layout **ret,
						  struct pgc_err *err);

#endif
