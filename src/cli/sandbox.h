/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox - gives away what the process will not need again
 *
 * For a program that had to be root to open one file, and then parses what somebody else may
 * have written. Afterwards it has no capabilities and can get none, and may only read files and
 * write to what is open already: no file is opened for writing, made, removed or renamed, no
 * program is run, no socket opened, no other process touched. Each layer works alone, and a
 * kernel that lacks one runs the program without it.
 */
#ifndef PGCONS_SANDBOX_H
#define PGCONS_SANDBOX_H

enum sandbox_layer {
	SANDBOX_CAPABILITIES = 1,	/* none left, and none to be had by exec */
	SANDBOX_LANDLOCK = 2,		/* no writing in any file system */
	SANDBOX_SECCOMP = 4,		/* only the system calls that reading takes */
};

/*
 * Enter, before any thread is made; there is no way back. Returns the layers that hold.
 */
unsigned int sandbox_enter(void);

#endif
