/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most random writes to a dump's pages mean nothing to anyone. These look at what is there: a
 * pointer becomes another pointer of this kernel, or a near one, or none; a number a near one, or
 * a large one.
 */
#include "model_edit.h"

#include <string.h>

#include "base/target_int.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

struct chance {
	uint64_t state;
};

/* 0 .. @n - 1; splitmix64 */
static uint32_t draw(struct chance *c, uint32_t n)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static bool is_pointer(uint64_t word)
{
	return word >> 47 == 0x1ffff && word != UINT64_MAX;
}

/* A frame that is read, and a word in it that says something; most frames have some. */
static uint64_t aim(struct chance *c, const struct sample *s, uint8_t *e)
{
	uint32_t off;

	e[11] = draw(c, 3) ? EDIT_EARLY : 0;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t nr = draw(c, (uint32_t)s->n_read);

		e[0] = (uint8_t)nr;
		e[1] = (uint8_t)(nr >> 8);
		for (unsigned int j = 0; j < 8; j++) {
			uint64_t word;

			off = draw(c, SAMPLE_PAGE / 8) * 8;
			e[2] = (uint8_t)off;
			e[3] = (uint8_t)(off >> 8);
			word = target_u64(edit_frame(s, e) + off);
			if (word)
				return word;
		}
	}
	return 0;
}

static void put_word(uint8_t *e, uint64_t word)
{
	for (unsigned int i = 0; i < 7; i++)
		e[4 + i] = (uint8_t)(word >> 8 * i);
	e[11] = (uint8_t)(e[11] | EDIT_WORD | (word >> 56 == 255 ? EDIT_KERNEL : 0));
}

/* Any pointer that this kernel has; 0: none was met. */
static uint64_t any_pointer(struct chance *c, const struct sample *s)
{
	uint8_t e[EDIT_BYTES] = { 0 };

	for (unsigned int i = 0; i < 16; i++) {
		uint64_t word = aim(c, s, e);

		if (is_pointer(word))
			return word;
	}
	return 0;
}

static uint64_t other_pointer(struct chance *c, const struct sample *s, uint64_t was)
{
	static const uint64_t far[] = {
		0, 0xdead000000000100, 0xdead000000000122, 0x6b6b6b6b6b6b6b6b, 0xffff800000000000,
		0xffffffffffffff00, 0xff00000000000008,
	};
	static const int32_t near[] = { 1, 8, 16, 64, 128, 4096, 1 << 21, 1 << 27 };
	uint64_t step = (uint64_t)(int64_t)near[draw(c, 8)];

	switch (draw(c, 6)) {
	case 0:
		return far[draw(c, sizeof(far) / sizeof(far[0]))];
	case 1:
		return was ^ 1ULL << draw(c, 48);
	case 2:
		return was + step;
	case 3:
		return was - step;
	default:
		return any_pointer(c, s);
	}
}

static uint64_t other_number(struct chance *c, uint64_t was)
{
	switch (draw(c, 8)) {
	case 0:
		return was + 1;
	case 1:
		return was - 1;
	case 2:
		return was << 1;
	case 3:
		return was >> 1;
	case 4:
		return was ^ 1ULL << draw(c, 64);
	case 5:
		return 1ULL << draw(c, 64);
	case 6:
		return (was & 0xffffffff00000000) | (uint32_t)(0 - draw(c, 4));
	default:
		return draw(c, 256);
	}
}

static void new_edit(struct chance *c, const struct sample *s, uint8_t *e)
{
	uint64_t was = aim(c, s, e);

	switch (draw(c, 10)) {
	case 8:
		e[11] |= (uint8_t)(EDIT_NUMBER | draw(c, EDIT_KINDS) | (draw(c, 2) ? EDIT_KERNEL : 0));
		break;
	case 0:
		e[11] |= EDIT_COPY;
		break;
	case 1:
		e[11] |= EDIT_FRAME;
		break;
	case 2:
		e[11] |= EDIT_BIT;
		break;
	default:
		put_word(e, is_pointer(was) ? other_pointer(c, s, was) : other_number(c, was));
		return;
	}
	for (unsigned int i = 4; i < 11; i++)
		e[i] = (uint8_t)draw(c, 256);
}

/* The same again where else: a word beside it, or in the next frame. */
static void move_edit(struct chance *c, uint8_t *e)
{
	uint32_t off = (edit_offset(e) + 8 * (1 + draw(c, 16))) % SAMPLE_PAGE;

	if (!draw(c, 3)) {
		e[0]++;
		return;
	}
	e[2] = (uint8_t)off;
	e[3] = (uint8_t)((e[3] & 0xf0) | off >> 8);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct chance c = { .state = seed };
	struct sample *s = edit_sample(data, size);
	size_t n = size < EDIT_HEAD ? 0 : (size - EDIT_HEAD) / EDIT_BYTES;
	uint8_t *edits = data + EDIT_HEAD, *e;

	if (!s || max_size < EDIT_HEAD + EDIT_BYTES || !draw(&c, 8))
		return LLVMFuzzerMutate(data, size, max_size);
	/* Without a layout a run takes three times as long. */
	if (!draw(&c, 8))
		data[1] = (uint8_t)(draw(&c, 256) & (draw(&c, 4) ? 0xfe : 0xff));
	if (n && !draw(&c, 6)) {
		n--;
		e = edits + draw(&c, (uint32_t)n + 1) * EDIT_BYTES;
		memmove(e, edits + n * EDIT_BYTES, EDIT_BYTES);
	} else if (n && !draw(&c, 4)) {
		move_edit(&c, edits + draw(&c, (uint32_t)n) * EDIT_BYTES);
	} else {
		uint32_t at = draw(&c, (uint32_t)n + 1);

		/* A new one at the end, or in place of another where there is no room. */
		if (EDIT_HEAD + (n + 1) * EDIT_BYTES > max_size)
			at %= (uint32_t)n;
		else if (draw(&c, 3))
			at = (uint32_t)n;
		e = edits + at * EDIT_BYTES;
		memset(e, 0, EDIT_BYTES);
		new_edit(&c, s, e);
		if (at == n)
			n++;
	}
	return EDIT_HEAD + n * EDIT_BYTES;
}
