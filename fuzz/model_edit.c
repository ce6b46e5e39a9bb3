/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model_edit.h"

#include <string.h>

#include "target_int.h"

#define PAGE SAMPLE_PAGE

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

unsigned char *edit_frame(const struct sample *s, const uint8_t *e)
{
	uint32_t nr = (uint32_t)(e[0] | e[1] << 8);

	return s->read[(e[11] & EDIT_EARLY ? nr % 512 : nr) % s->n_read];
}

uint32_t edit_offset(const uint8_t *e)
{
	return (uint32_t)(e[2] | e[3] << 8) & (PAGE - 8);
}

static bool write_const(uint8_t which, unsigned char *at, uint32_t off, struct undo *u)
{
	static const unsigned char zeros[PAGE];
	static const unsigned char ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	if (which & 1)
		write_one(u, at + off, ones, 8);
	else if (which & 2)
		write_one(u, at + off, zeros, 8);
	else
		write_one(u, at, zeros, PAGE);
	return true;
}

static bool edit(const struct sample *s, const uint8_t *e, struct undo *u)
{
	uint64_t value = target_u64(e + 3) >> 8;
	unsigned char *at = edit_frame(s, e), word[8];
	const unsigned char *other = s->read[(value >> 16) % s->n_read];
	uint32_t off = edit_offset(e);

	memcpy(word, at + off, 8);
	switch ((enum edit_kind)(e[11] % EDIT_KINDS)) {
	case EDIT_BYTE:
		write_one(u, at + off + (e[3] >> 4 & 7), e + 4, 1);
		return true;
	case EDIT_WORD32:
		write_one(u, at + off + (e[3] & 128 ? 4 : 0), e + 4, 4);
		return true;
	case EDIT_WORD:
		memcpy(word, e + 4, 7);
		word[7] = e[11] & EDIT_KERNEL ? 255 : 0;
		break;
	case EDIT_BIT:
		word[e[4] / 8 % 8] ^= (unsigned char)(1 << e[4] % 8);
		break;
	case EDIT_COPY:
		memcpy(word, other + (value & (PAGE - 8)), 8);
		break;
	case EDIT_FRAME:
		if (other == at)
			return false;
		write_one(u, at, other, PAGE);
		return true;
	case EDIT_CONST:
		return write_const(e[4], at, off, u);
	case EDIT_ADD:
		value = target_u64(word) + (uint64_t)(int64_t)(int16_t)(e[4] | e[5] << 8);
		for (unsigned int i = 0; i < 8; i++)
			word[i] = (unsigned char)(value >> 8 * i);
		break;
	}
	write_one(u, at + off, word, 8);
	return true;
}

size_t damage(const struct sample *s, const uint8_t *data, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i + EDIT_BYTES <= size && n < MAX_EDITS; i += EDIT_BYTES)
		n += edit(s, data + i, &undo[n]);
	return n;
}

void heal(size_t n)
{
	while (n--)
		memcpy(undo[n].at, undo[n].was, undo[n].len);
}
