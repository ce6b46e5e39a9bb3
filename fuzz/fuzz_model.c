/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole run over a real dump that the input has damaged: model, lists, walk, judge and
 * reports, whatever page tables, zones, memmap, bitmaps, page_ext, stacks, kallsyms and BTF
 * say.
 *
 * The input is two bytes, which dump and how it is run, and then writes, 12 bytes each: where
 * (the n-th frame that is read, and bytes into it), what, and how.
 */
#include <string.h>

#include "fuzz.h"
#include "sample.h"
#include "target_int.h"

#define PAGE SAMPLE_PAGE
#define MAX_EDITS 200
#define EDIT_BYTES 12

/* What was there before, to be put back in reverse. */
struct undo {
	unsigned char *at;
	size_t len;
	unsigned char was[PAGE];
};

static struct undo undo[MAX_EDITS];

static void write_one(struct undo *u, unsigned char *at, const unsigned char *value, size_t len)
{
	u->at = at;
	u->len = len;
	memcpy(u->was, at, len);
	memcpy(at, value, len);
}

/*
 * The kernel's own data comes first and is little: half of all writes go to the first
 * 512 frames. The last byte says how: a literal of 1, 4 or 8 bytes, a bit, another frame's bytes
 * or all of it, zeros or ones, a small change of what is there.
 */
static bool edit(const struct sample *s, const uint8_t *e, struct undo *u)
{
	uint32_t nr = (uint32_t)(e[0] | e[1] << 8), off = (uint32_t)(e[2] | e[3] << 8) & (PAGE - 8);
	uint64_t value = target_u64(e + 3) >> 8;
	unsigned char *at = s->read[(e[11] & 128 ? nr % 512 : nr) % s->n_read], word[8];
	const unsigned char *other = s->read[(value >> 16) % s->n_read];

	memcpy(word, at + off, 8);
	switch (e[11] & 7) {
	case 0:
		write_one(u, at + off + (e[3] >> 4 & 7) % 8, e + 4, 1);
		return true;
	case 1:
		write_one(u, at + off + (e[3] & 128 ? 4 : 0), e + 4, 4);
		return true;
	case 2:
		value = value << 8 >> 8;
		value |= e[4] & 1 ? 0xff00000000000000 : 0;
		memcpy(word, &value, 8);
		break;
	case 3:
		word[e[4] / 8 % 8] ^= (unsigned char)(1 << e[4] % 8);
		break;
	case 4:
		memcpy(word, other + (value & (PAGE - 8)), 8);
		break;
	case 5:
		if (other == at)
			return false;
		write_one(u, at, other, PAGE);
		return true;
	case 6: {
		static const unsigned char zeros[PAGE], ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

		if (e[4] & 1)
			memcpy(word, ones, 8);
		else if (e[4] & 2)
			memset(word, 0, 8);
		else {
			write_one(u, at, zeros, PAGE);
			return true;
		}
		break;
	}
	default:
		value = target_u64(word) + (uint64_t)(int64_t)(int16_t)(e[4] | e[5] << 8);
		for (unsigned int i = 0; i < 8; i++)
			word[i] = (unsigned char)(value >> 8 * i);
		break;
	}
	write_one(u, at + off, word, 8);
	return true;
}

static size_t damage(const struct sample *s, const uint8_t *data, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i + EDIT_BYTES <= size && n < MAX_EDITS; i += EDIT_BYTES)
		n += edit(s, data + i, &undo[n]);
	return n;
}

static void heal(size_t n)
{
	while (n--)
		memcpy(undo[n].at, undo[n].was, undo[n].len);
}

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
	(void)sample_run(s, s->layout, 8, &err);
	for (int round = 0; round < 16; round++) {
		size_t n;

		for (size_t i = 0; i < sizeof(data); i++) {
			chance = chance * 1664525 + 1013904223;
			data[i] = (uint8_t)(chance >> 24);
		}
		n = damage(s, data, sizeof(data));
		(void)sample_run(s, s->layout, 0, &err);
		heal(n);
	}
	(void)sample_run(s, NULL, 0, &err);
	sample_watch(s, false);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = { "6.1", "7.2" };
	static struct sample *samples[2];
	struct pgc_err err = PGC_ERR_INIT;
	struct sample *s;
	size_t n;

	if (size < 2)
		return 0;
	if (!samples[data[0] % 2])
		samples[data[0] % 2] = load(versions[data[0] % 2]);
	s = samples[data[0] % 2];
	n = damage(s, data + 2, size - 2);
	(void)sample_run(s, data[1] & 1 ? NULL : s->layout, data[1], &err);
	heal(n);
	return 0;
}
