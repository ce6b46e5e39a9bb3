/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load_calls - functions of a library that is loaded by who needs it
 *
 * For libraries that most runs do not need and that bring others along: what is linked is also
 * copied into the initramfs of each capture kernel. The soname is that of the library that was
 * built with, so that its functions have the types of its header.
 */
#ifndef PGCONS_LOAD_CALLS_H
#define PGCONS_LOAD_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct loaded_call {
	const char *name;
	void **at;		/* where the address goes */
};

/*
 * All @n of @calls of the library @soname, which is never unloaded: any number of times, by any
 * thread. False: it is not installed, or lacks one of them.
 */
_must_check_ bool load_calls(const char *soname, const struct loaded_call *calls, size_t n);

#endif
