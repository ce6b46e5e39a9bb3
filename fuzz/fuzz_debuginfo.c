/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmlinux: the input is an ELF file with debug information, read as --save-layout does, but in
 * this process.
 */
#include "cli/learn.h"
#include "fuzz.h"
#include "layout/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay = NULL;

	if (learn_debuginfo(fuzz_file(data, size), &lay, &err) == PGC_OK)
		layout_destroy(lay);
	return 0;
}
