/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_state - what is known to be wrong with the file of a dump, in words
 *
 * A dump that is cut off, incomplete by its own header or one piece of several explains most of
 * what goes wrong with it later: reports and errors say this first, in the same words.
 */
#ifndef PGCONS_FILE_STATE_H
#define PGCONS_FILE_STATE_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct vmcore_info;

#define FILE_STATES 6
#define FILE_STATE_LEN 240

/* One line for each thing that is known, the most telling one first; how many there are. */
size_t file_state(const struct vmcore_info *info, char lines[FILE_STATES][FILE_STATE_LEN]);

/* Put all of it before the message of a failure; returns @st, and leaves PGC_OK alone. */
enum pgc_status file_state_add(const struct vmcore_info *info, enum pgc_status st,
			       struct pgc_err *err);

#endif
