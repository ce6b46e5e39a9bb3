/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - what the fuzz targets share
 *
 * A target is one function, LLVMFuzzerTestOneInput(). Linked with libFuzzer it is fuzzed
 * (fuzz/run); linked with replay.c it runs the files it is given, as the test suite does with
 * all inputs that were once worth keeping.
 */
#ifndef PGCONS_FUZZ_H
#define PGCONS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A file in memory that is made anew for each input. Returns its path, which stays the same;
 * never fails: a fuzzer without files is of no use.
 */
const char *fuzz_file(const void *data, size_t size);

/* Where reports go: to nowhere ($FUZZ_REPORT: that file), but through all of stdio. */
struct _IO_FILE *fuzz_nowhere(void);

#endif
