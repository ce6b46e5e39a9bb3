/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_text - the kernel's code and constants in the dump, held against its vmlinux
 *
 * A sample of memory of which is known, byte for byte, what must be there, for nobody may write to
 * it: what differs after all that the kernel itself rewrites (patch_sites.h, KASLR's relocations,
 * probes) was done by failing memory, or by something that went past page tables. Judges nothing.
 * Reads vmlinux and dump, both of which may be anything; bounded.
 */
#ifndef PGCONS_KERNEL_TEXT_H
#define PGCONS_KERNEL_TEXT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "model/text_runs.h"

struct kernel_reader;

/*
 * Compare with the @vmlinux of the same build. PGC_ENOENT, with a message: it cannot be done, for
 * want of something, or because so much differs that another build or another idea of
 * what is rewritten is likelier than damage. *@ret says what there is.
 */
_must_check_ enum pgc_status kernel_text_compare(struct kernel_reader kr, const char *vmlinux,
						 struct text_check *ret, struct pgc_err *err);

#endif
