/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_signature.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "report/report_priv.h"

/*
 * Which bit is wrong means something where the damage is about one bit: it names the line of a
 * memory module that failed, or the flag that was set by mistake.
 */
static int wrong_bit(const struct finding *f)
{
	const struct evidence *xor = finding_fact(f, FACT_XOR), *bit = finding_fact(f, FACT_BIT);

	if (f->damage != CLASS_SINGLE_BIT && f->damage != CLASS_COLUMN)
		return -1;
	if (xor && xor->kind == EV_HEX && xor->num)
		return __builtin_ctzll(xor->num);
	return bit && bit->kind == EV_NUM && bit->num < 64 ? (int)bit->num : -1;
}

static int compare(const struct signature_item *a, const struct signature_item *b)
{
	int zone = strcmp(a->zone, b->zone);

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (zone)
		return zone;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->damage != b->damage)
		return a->damage < b->damage ? -1 : 1;
	return a->bit < b->bit ? -1 : a->bit > b->bit;
}

void report_signature_add(struct report_signature *sig, const struct finding *f)
{
	struct signature_item item = {
		.id = f->id, .order = f->order, .bit = wrong_bit(f), .damage = f->damage,
	};
	size_t low = 0, high = sig->n;

	if (f->severity == SEV_NOTE)
		return;
	sig->kinds[f->id][f->verdict][f->damage] = true;
	report_clean(item.zone, sizeof(item.zone), f->zone ? f->zone : "", true);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = compare(&sig->items[mid], &item);

		if (c == 0)
			return;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (sig->n == SIGNATURE_ITEMS) {
		sig->cut = true;
		if (low == sig->n)
			return;
		sig->n--;
	}
	memmove(&sig->items[low + 1], &sig->items[low], (sig->n - low) * sizeof(item));
	sig->items[low] = item;
	sig->n++;
}

/* By name, for the numbers of verdicts and classes are not the same in every version. */
static uint64_t hash_kind(uint64_t hash, size_t id, size_t verdict, size_t damage)
{
	const char *names[] = {
		finding_type((enum finding_id)id)->slug,
		verdict_name((enum verdict)verdict),
		class_name((enum damage_class)damage),
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *name = names[i] ? names[i] : "";

		hash = hash_bytes(hash, name, strlen(name) + 1);
	}
	return hash;
}

uint64_t report_signature_kind(const struct report_signature *sig)
{
	uint64_t hash = HASH_INIT;

	for (size_t i = 0; i < FINDING_IDS; i++)
		for (size_t v = 0; v < VERDICTS; v++)
			for (size_t c = 0; c < DAMAGE_CLASSES; c++)
				if (sig->kinds[i][v][c])
					hash = hash_kind(hash, i, v, c);
	return hash == HASH_INIT ? 0 : hash;
}

uint64_t report_signature_hash(const struct report_signature *sig, const char *build_id)
{
	uint64_t hash = hash_bytes(HASH_INIT, build_id ? build_id : "",
				   build_id ? strlen(build_id) : 0);

	for (size_t i = 0; i < sig->n; i++) {
		const struct signature_item *item = &sig->items[i];
		const char *class = class_name(item->damage);
		char line[128];
		int len = snprintf(line, sizeof(line), "\n%s %s %d %s %d",
				   finding_type(item->id)->slug, item->zone, item->order,
				   class ? class : "", item->bit);

		hash = hash_bytes(hash, line, (size_t)len);
	}
	return hash;
}
