/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu_regs - the registers of a CPU, as a dump's PRSTATUS note saved them
 */
#ifndef PGCONS_CPU_REGS_H
#define PGCONS_CPU_REGS_H

#include <stdint.h>

#define CPU_REGS_MAX 31

struct cpu_regs {
	uint64_t pc, sp, fp;	/* fp: the frame pointer, which may hold anything */
	unsigned int n;
	uint64_t gpr[CPU_REGS_MAX]; /* the general ones, sp left out, in no special order */
};

#endif
