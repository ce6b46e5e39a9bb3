/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/memory_items.h"

#include <stdlib.h>

#include "base/array.h"

static const struct {
	const char *slug, *text;
} classes[MEMORY_CLASSES] = {
#define MEMORY_CLASS(id, slug_, text_) [MEM_##id] = { .slug = slug_, .text = text_ },
#include "walk/memory_classes.def"
};

const char *memory_class_slug(enum memory_class class)
{
	return classes[class].slug;
}

const char *memory_class_text(enum memory_class class)
{
	return classes[class].text;
}

static size_t slot_of(const struct memory_items *items, enum memory_class class, uint64_t key)
{
	uint64_t hash = (key ^ (uint64_t)class << 56) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 20) & (items->n_slots - 1);

	while (items->slots[at]) {
		const struct memory_item *item = &items->list[items->slots[at] - 1];

		if (item->key == key && item->class == class)
			break;
		at = (at + 1) & (items->n_slots - 1);
	}
	return at;
}

/* Room for twice as many; half of the slots stay free. */
static bool widen(struct memory_items *items)
{
	size_t n = items->n_slots ? 2 * items->n_slots : 2 * ARRAY_FIRST_ROOM;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return false;
	free(items->slots);
	items->slots = slots;
	items->n_slots = n;
	for (size_t i = 0; i < items->n; i++)
		slots[slot_of(items, items->list[i].class, items->list[i].key)] = (uint32_t)i + 1;
	return true;
}

uint32_t memory_items_get(struct memory_items *items, enum memory_class class, uint64_t key,
			  bool *made)
{
	struct memory_item *bigger;
	size_t slot;

	if (made)
		*made = false;
	if (2 * (items->n + 1) > items->n_slots && !widen(items))
		return MEMORY_NO_ITEM;
	slot = slot_of(items, class, key);
	if (items->slots[slot])
		return items->slots[slot] - 1;
	bigger = items->n < MEMORY_NO_ITEM - 1 ?
			 array_grow(items->list, &items->room, items->n, sizeof(*bigger)) : NULL;
	if (!bigger)
		return MEMORY_NO_ITEM;
	items->list = bigger;
	items->list[items->n] = (struct memory_item){ .class = class, .key = key };
	items->slots[slot] = (uint32_t)++items->n;
	if (made)
		*made = true;
	return items->slots[slot] - 1;
}

void memory_items_deinit(struct memory_items *items)
{
	free(items->list);
	free(items->slots);
	*items = (struct memory_items){ 0 };
}
