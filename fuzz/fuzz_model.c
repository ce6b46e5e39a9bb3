/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole run over a real dump that the input has damaged: model, lists, walk, judge and
 * reports, whatever page tables, zones, memmap, bitmaps, page_ext, stacks, kallsyms and BTF
 * say. model_edit.h says what an input is.
 */
#include "base/cleanup.h"
#include "fuzz.h"
#include "model_edit.h"
#include "sample.h"

/*
 * What a healthy run reads, and then what is read only where something is wrong, as stacks, the
 * log and page_owner's records are; at last what tells of the kernel without a layout.
 */
static struct sample *load(const char *version)
{
	struct sample *s = sample_load(version);
	struct pgc_err err = PGC_ERR_INIT;
	uint8_t data[20 * EDIT_BYTES];
	uint32_t chance = 1;

	sample_watch(s, true);
	(void)sample_run(s, s->layout, SAMPLE_VERBOSE, &err);
	for (int round = 0; round < 16; round++) {
		size_t n;

		for (size_t i = 0; i < sizeof(data); i++) {
			chance = chance * 1664525 + 1013904223;
			data[i] = (uint8_t)(chance >> 24);
			/* Without VMCOREINFO little is read. */
			if (i % EDIT_BYTES == EDIT_BYTES - 1)
				data[i] &= (uint8_t)~EDIT_NUMBER;
		}
		n = damage(s, data, sizeof(data));
		(void)sample_run(s, s->layout, 0, &err);
		heal(n);
	}
	(void)sample_run(s, NULL, 0, &err);
	sample_watch(s, false);
	return s;
}

struct sample *edit_sample(const uint8_t *data, size_t size)
{
	static const char *const versions[] = { "6.1", "7.2", "6.12" };
	static struct sample *samples[ARRAY_SIZE(versions)];
	unsigned int nr;

	if (size < EDIT_HEAD)
		return NULL;
	/* 6.12 came late: the inputs that were kept before it should go on meaning what they did. */
	nr = data[0] < 192 ? data[0] % 2 : 2;
	if (!samples[nr])
		samples[nr] = load(versions[nr]);
	return samples[nr];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample *s = edit_sample(data, size);
	struct pgc_err err = PGC_ERR_INIT;
	unsigned int how;
	size_t n;

	if (!s)
		return 0;
	/* Which page --page is about, the rest of the first byte and the second write tell. */
	how = data[1] | (unsigned int)(data[0] >> 1 | (size > EDIT_HEAD ? data[EDIT_HEAD] << 7 : 0)) << 8;
	n = damage(s, data + EDIT_HEAD, size - EDIT_HEAD);
	(void)sample_run(s, how & 1 ? NULL : s->layout, how & ~1u, &err);
	heal(n);
	return 0;
}
