/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/damage.h"

#include <stdbool.h>
#include <string.h>

#include "base/target_int.h"

/* Garbage leaves about every second bit wrong; memory that decays does not. */
#define DENSE_BITS_PER_BYTE 2

enum damage_class damage_of_xor(uint64_t xor)
{
	return xor && !(xor & (xor - 1)) ? CLASS_SINGLE_BIT : CLASS_NONE;
}

/*
 * The same bit at multiples of some stride: a cell line stuck at one value shows only where
 * the other value belongs, so that steps may be left out.
 */
static bool is_column(const struct damaged_bit *bits, size_t n)
{
	uint64_t stride = UINT64_MAX;

	for (size_t i = 1; i < n; i++) {
		if (bits[i].bit != bits[0].bit)
			return false;
		if (bits[i].kaddr - bits[i - 1].kaddr < stride)
			stride = bits[i].kaddr - bits[i - 1].kaddr;
	}
	if (n < 3 || stride < 8)
		return false;
	for (size_t i = 1; i < n; i++)
		if ((bits[i].kaddr - bits[0].kaddr) % stride)
			return false;
	return true;
}

enum damage_class damage_shape(const struct damaged_bit *bits, size_t n)
{
	uint64_t span;

	if (!n)
		return CLASS_NONE;
	if (n == 1)
		return CLASS_SINGLE_BIT;
	if (is_column(bits, n))
		return CLASS_COLUMN;
	span = bits[n - 1].kaddr - bits[0].kaddr + 1;
	/* As dense as garbage, but just as large as a row of memory cells: a row. */
	if (n >= 16 && n >= span * DENSE_BITS_PER_BYTE)
		return span > DAMAGE_ROW_BYTES / 2 && span <= DAMAGE_ROW_BYTES ? CLASS_ROW :
										 CLASS_OVERWRITE;
	if (n >= 3 && span <= DAMAGE_ROW_BYTES)
		return CLASS_ROW;
	return CLASS_ISOLATED;
}

static bool all_same(const uint8_t *bytes, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (bytes[i] != bytes[0])
			return false;
	return len > 0;
}

static bool is_text(const uint8_t *bytes, size_t len)
{
	size_t printable = 0;

	for (size_t i = 0; i < len; i++)
		printable += (bytes[i] >= 0x20 && bytes[i] < 0x7f) || bytes[i] == '\n' ||
			     bytes[i] == '\t';
	return printable * 16 >= len * 15;
}

/* Most words are addresses of the kernel's half, with a tag or without. */
static bool is_pointers(const uint8_t *bytes, size_t len)
{
	size_t pointers = 0, words = len / 8;

	for (size_t i = 0; i < words; i++)
		pointers += bytes[i * 8 + 7] == 0xff || bytes[i * 8 + 6] >> 4 == 0xf;
	return words >= 2 && pointers * 4 >= words * 3;
}

const char *damage_looks_like(const uint8_t *bytes, size_t len)
{
	if (all_same(bytes, len))
		return bytes[0] == 0 ? "zeros" : bytes[0] == 0xff ? "ones" : "a repeated byte";
	if (is_text(bytes, len))
		return "text";
	if (is_pointers(bytes, len))
		return "kernel pointers";
	return NULL;
}
