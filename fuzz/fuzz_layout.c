/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout file: the input is one. What can be read is believed, and a whole dump walked by
 * it: one of 6.1, or of 7.2 where the length is odd.
 */
#include "fuzz.h"
#include "layout/layout.h"
#include "layout/layout_file.h"
#include "sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = { "6.1", "7.2" };
	static struct sample *samples[2];
	const char *path = fuzz_file(data, size);
	struct pgc_err err = PGC_ERR_INIT;
	struct layout_unsaid unsaid;
	struct layout *lay = NULL;

	if (layout_file_load(path, &lay, &unsaid, &err) != PGC_OK)
		return 0;
	layout_destroy(lay);
	if (!samples[size % 2])
		samples[size % 2] = sample_load(versions[size % 2]);
	(void)sample_run(samples[size % 2], path, 0, &err);
	return 0;
}
