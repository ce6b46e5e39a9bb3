/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash_facts - what crashed, when and why, as the dump itself says
 *
 * The time and the host's name by which people find the crash again, the kernel's last words,
 * its taint flags, how long it had run, and what its log says of the machine. Judges nothing. All of it comes from the dump: texts
 * are bounded and printable ASCII.
 */
#ifndef PGCONS_CRASH_FACTS_H
#define PGCONS_CRASH_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/hardware.h"

struct kernel_reader;

#define CRASH_PANIC_LEN 256
#define CRASH_HOST_LEN 66 /* __NEW_UTS_LEN, one more and the NUL */

#define CRASH_MACHINE_LEN 96

/* What the log has of the boot; "" or false: it has not, or no more. */
struct crash_machine {
	char board[CRASH_MACHINE_LEN];		/* maker, model and firmware (DMI) */
	char slots[CRASH_MACHINE_LEN];		/* memory slots populated, of how many */
	char microcode[CRASH_MACHINE_LEN];
	char hypervisor[CRASH_MACHINE_LEN];
	bool edac;	/* a driver has a memory controller that detects errors (ECC) */
};

struct crash_facts {
	bool has_time, has_taint, has_uptime;
	uint64_t time;	/* seconds since 1970, UTC, when the kernel crashed */
	uint64_t taint; /* flags, as in /proc/sys/kernel/tainted */
	uint64_t uptime; /* seconds from boot to the panic, else to the last line of the log */
	char hostname[CRASH_HOST_LEN];	/* "": unknown, or it was never set */
	struct crash_machine machine;
	struct hardware hardware;	/* the same of the kernel's memory, and more */
	char panic[CRASH_PANIC_LEN];	/* why it panicked; "": the log has no such line */
};

/* Read what there is; what is missing stays unknown. Fails only for want of memory. */
_must_check_ enum pgc_status crash_facts_read(struct kernel_reader kr, struct crash_facts *ret,
					      struct pgc_err *err);

#endif
