/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hardware - what the kernel's memory has of the machine and of errors of its memory
 *
 * The strings that firmware gave of the board (DMI), the modules of memory and whether they detect
 * errors, what EDAC drivers counted at each of them, and machine checks that nobody had read yet.
 * Judges nothing. All of it comes from the dump, and before that from firmware: texts are bounded
 * and printable ASCII. A serial number is not read; of the machine's UUID only a hash is kept.
 *
 * Facts: drivers/firmware/dmi_scan.c (dmi_ident, dmi_memdev; freed after boot is neither),
 * drivers/edac/edac_mc.c (mc_devices), arch/x86/kernel/cpu/mce/genpool.c (mce_event_llist) and
 * core.c (mces_seen) of 6.1, 6.12 and 7.2; SMBIOS 3.7, types 16 and 17.
 */
#ifndef PGCONS_HARDWARE_H
#define PGCONS_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;

#define HARDWARE_TEXT 64
#define HARDWARE_MODULES 64	/* that are kept */

enum hardware_ecc {
	ECC_UNKNOWN,	/* nobody says, or firmware says something else */
	ECC_NONE,
	ECC_PARITY,
	ECC_SINGLE,
	ECC_MULTI,
	ECC_CRC,
};

struct hardware_module {
	char place[HARDWARE_TEXT];	/* as it says on the board: "DIMM_A1" */
	uint64_t size;			/* bytes; 0: nothing is in the slot, or it is unknown */
};

/* Errors that an EDAC driver counted at a module. */
struct hardware_count {
	char place[HARDWARE_TEXT];
	uint64_t corrected, uncorrected;
};

struct hardware {
	char vendor[HARDWARE_TEXT], product[HARDWARE_TEXT], board[HARDWARE_TEXT];
	char bios[HARDWARE_TEXT];	/* version and date */
	char chassis[16];		/* "laptop", "desktop", "server"; "": unknown */
	bool has_id;
	uint64_t id;			/* a hash of the UUID: which machine it is */
	enum hardware_ecc ecc;
	size_t n_modules, slots;	/* slots: all, of which the first n_modules are kept */
	struct hardware_module modules[HARDWARE_MODULES];
	bool edac;			/* a driver has a controller */
	size_t n_counts;		/* of modules with errors */
	struct hardware_count counts[HARDWARE_MODULES];
	/* Machine checks that were not read yet: all, and of these of memory; the first of them */
	uint64_t checks, memory_checks;
	bool has_address;
	uint64_t check_status, check_address;
	unsigned int check_bank;
};

/* Read what there is; what is missing stays unknown. Fails only for want of memory. */
_must_check_ enum pgc_status hardware_read(struct kernel_reader kr, struct hardware *ret,
					   struct pgc_err *err);

/* "multi-bit ECC", "none"; NULL: unknown. Static. */
const char *hardware_ecc_name(enum hardware_ecc ecc);

#endif
