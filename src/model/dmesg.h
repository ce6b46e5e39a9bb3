/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmesg - the records in the kernel's printk ring buffer
 *
 * Knows the ring's structs (kernel/printk/printk_ringbuffer.h, one format since v5.10)
 * and nothing of what the messages say. The ring is found through the layout.
 */
#ifndef PGCONS_DMESG_H
#define PGCONS_DMESG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;

#define DMESG_TEXT_MAX 2048 /* longer ones are cut; the kernel cuts at 1024 itself */

struct dmesg_record {
	uint64_t seq;		/* counts records since boot */
	uint64_t ts_nsec;	/* since boot */
	unsigned int facility;	/* 0: the kernel; others were written to /dev/kmsg */
	const char *text;	/* printable ASCII, tabs and newlines; NUL-terminated */
	size_t len;
};

struct dmesg_stats {
	uint64_t records;	/* handed out */
	uint64_t lost;		/* there, but left out of the dump or damaged */
	char note[160];		/* why there is no log, or only a part; "": all well */
};

typedef void dmesg_fn(void *arg, const struct dmesg_record *rec);

/*
 * Hand every record to @fn, oldest first. A record is valid during the call. What keeps
 * the log from being read is said in @stats->note. Fails only for want of memory.
 */
_must_check_ enum pgc_status dmesg_each(struct kernel_reader kr, dmesg_fn *fn, void *arg,
					struct dmesg_stats *stats, struct pgc_err *err);

#endif
