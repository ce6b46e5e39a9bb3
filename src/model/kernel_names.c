/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_names.h"

#include <ctype.h>
#include <string.h>

#include "base/one_bit.h"
#include "vmcore.h"

/* No table that is read has more before its end, or before the values that have rows. */
#define MAX_NAMES 64

enum form { STRINGS, FLAGS };

static const struct table {
	enum layout_enum e;
	enum layout_key symbol;
	enum form form;
	int64_t first;
} tables[] = {
#define NAME_TABLE(e_, symbol_, form_, first_) { LE_##e_, L_##symbol_, form_, first_ },
#include "model/kernel_names.def"
};

static const struct row {
	enum layout_enum e;
	const char *enumerator, *text;
} rows[] = {
#define KERNEL_NAME(e_, name_, text_) { LE_##e_, name_, text_ },
#include "model/kernel_names.def"
};

#define KERNEL_NAME(e, name, text) \
	_Static_assert(sizeof(text) <= KERNEL_NAME_LEN, "too long a name: " text);
#include "model/kernel_names.def"

/* By value, less the table's first; "" where there is none. */
typedef char names_of[MAX_NAMES][KERNEL_NAME_LEN];

static bool is_word(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static void read_name(struct kernel_reader kr, uint64_t kaddr, char *ret)
{
	if (!arch_kernel_half(kr.k->arch, kaddr) ||
	    vmcore_read_str(kr.vc, kaddr, ret, KERNEL_NAME_LEN, "a name", NULL) != PGC_OK ||
	    !is_word(ret))
		ret[0] = '\0';
}

/* False: there is no more. */
static bool read_flag(struct kernel_reader kr, uint64_t kaddr, names_of names)
{
	uint64_t mask, text;

	if (vmcore_read_u64(kr.vc, kaddr, "trace_print_flags.mask", &mask, NULL) != PGC_OK ||
	    vmcore_read_u64(kr.vc, kaddr + 8, "trace_print_flags.name", &text, NULL) != PGC_OK ||
	    !text)
		return false;
	if (one_bit(mask))
		read_name(kr, text, names[__builtin_ctzll(mask)]);
	return true;
}

/* Names are read where a row asks for them: an array of strings does not say where it ends. */
static void read_table(struct kernel_reader kr, const struct table *t, names_of names)
{
	const uint64_t at = kernel_addr(kr.k, t->symbol);
	int64_t value;
	uint64_t text;

	if (t->form == FLAGS) {
		for (size_t i = 0; i < MAX_NAMES && read_flag(kr, at + 16 * i, names); i++)
			;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].e == t->e &&
		    layout_enum_value(kr.k->lay, t->e, rows[i].enumerator, &value) &&
		    value >= t->first && value - t->first < MAX_NAMES &&
		    vmcore_read_u64(kr.vc, at + 8 * (uint64_t)(value - t->first), "a name", &text,
				    NULL) == PGC_OK)
			read_name(kr, text, names[value - t->first]);
}

static bool is_known(enum layout_enum e, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].e == e && !strcmp(rows[i].text, text))
			return true;
	return false;
}

static bool is_flipped(const char *found, const char *expected)
{
	uint64_t bits = 0, bytes = 0;
	size_t len = strlen(expected);

	if (strlen(found) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (found[i] != expected[i]) {
			bits = (uint64_t)(unsigned char)(found[i] ^ expected[i]);
			bytes++;
		}
	return bytes == 1 && one_bit(bits);
}

static void compare_table(struct kernel_reader kr, const struct table *t, struct kernel_names *ret)
{
	struct name_misfit misfits[ARRAY_SIZE(rows)];
	unsigned int n = 0, known = 0, compared = 0;
	names_of names = { "" };

	read_table(kr, t, names);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *found;
		int64_t value;

		if (rows[i].e != t->e ||
		    !layout_enum_value(kr.k->lay, t->e, rows[i].enumerator, &value) ||
		    value < t->first || value - t->first >= MAX_NAMES)
			continue;
		found = names[value - t->first];
		if (!*found)
			continue;
		compared++;
		known += is_known(t->e, found);
		if (strcmp(found, rows[i].text) != 0 && !is_flipped(found, rows[i].text)) {
			misfits[n] = (struct name_misfit){ .e = t->e, .value = value,
							   .expected = rows[i].text };
			memcpy(misfits[n++].found, found, KERNEL_NAME_LEN);
		}
	}
	/* Something else of that name, or overwritten. */
	if (known < (compared + 1) / 2)
		return;
	ret->compared += known;
	for (unsigned int i = 0; i < n; i++, ret->n++)
		if (ret->n < NAME_MISFITS)
			ret->misfits[ret->n] = misfits[i];
}

void kernel_names_compare(struct kernel_reader kr, struct kernel_names *ret)
{
	*ret = (struct kernel_names){ .n = 0 };
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (layout_has(kr.k->lay, tables[i].symbol))
			compare_table(kr, &tables[i], ret);
}
