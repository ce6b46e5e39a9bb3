/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model_edit.h"

#include <string.h>

#include "base/hash.h"
#include "base/target_int.h"
#include "dump/dump_notes.h"

#define PAGE SAMPLE_PAGE

/* What was there before, to be put back in reverse. */
struct undo {
	unsigned char *at;
	size_t len;
	unsigned char was[PAGE];
};

static struct undo undo[MAX_EDITS];

/* The lines of VMCOREINFO that are changed, as in the input. */
static const uint8_t *number_edits[MAX_EDITS];
static size_t n_number_edits;

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

static uint64_t other_number(const uint8_t *e, uint64_t was)
{
	uint64_t value = target_u64(e + 3) >> 8;

	switch (e[11] % EDIT_KINDS) {
	case EDIT_BYTE:
		return e[4];
	case EDIT_BIT:
		return was ^ 1ULL << e[4] % 64;
	case EDIT_CONST:
		return e[4] & 1 ? UINT64_MAX : 0;
	case EDIT_ADD:
		return was + (uint64_t)(int64_t)(int16_t)(e[4] | e[5] << 8);
	default:
		return value | (e[11] & EDIT_KERNEL ? 0xff00000000000000 : 0);
	}
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
	case EDIT_WORD:
	case EDIT_BIT:
	case EDIT_ADD:
		value = other_number(e, target_u64(word));
		for (unsigned int i = 0; i < 8; i++)
			word[i] = (unsigned char)(value >> 8 * i);
		break;
	}
	write_one(u, at + off, word, 8);
	return true;
}

bool __real_dump_notes_value(const char *key, const char *text, uint64_t *ret);
bool __wrap_dump_notes_value(const char *key, const char *text, uint64_t *ret);

bool __wrap_dump_notes_value(const char *key, const char *text, uint64_t *ret)
{
	bool ok = __real_dump_notes_value(key, text, ret);

	for (size_t i = 0; i < n_number_edits; i++) {
		const uint8_t *e = number_edits[i];

		if ((hash_bytes(HASH_INIT, key, strlen(key)) ^ e[0]) % 64)
			continue;
		if (e[11] % EDIT_KINDS == EDIT_COPY)
			return false;
		*ret = other_number(e, ok ? *ret : 0);
		ok = true;
	}
	return ok;
}

size_t damage(const struct sample *s, const uint8_t *data, size_t size)
{
	size_t n = 0;

	n_number_edits = 0;
	for (size_t i = 0; i + EDIT_BYTES <= size && n + n_number_edits < MAX_EDITS;
	     i += EDIT_BYTES) {
		const uint8_t *e = data + i;

		if (e[11] & EDIT_NUMBER)
			number_edits[n_number_edits++] = e;
		else
			n += edit(s, e, &undo[n]);
	}
	return n;
}

void heal(size_t n)
{
	n_number_edits = 0;
	while (n--)
		memcpy(undo[n].at, undo[n].was, undo[n].len);
}
