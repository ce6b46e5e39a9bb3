/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_items - what pages are counted to: a class of memory, and who in it
 *
 * A table of classes (memory_classes.def) and of items in them: one slab cache, one file system,
 * one caller of vmalloc. An item is found by its class and a key, an address as a rule, and has a
 * name for the report. It reads nothing.
 */
#ifndef PGCONS_MEMORY_ITEMS_H
#define PGCONS_MEMORY_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum memory_class {
#define MEMORY_CLASS(id, slug, text) MEM_##id,
#include "walk/memory_classes.def"
	MEMORY_CLASSES
};

/* Slug and text of a class; static. */
const char *memory_class_slug(enum memory_class class);
const char *memory_class_text(enum memory_class class);

#define MEMORY_NAME_LEN 240

struct memory_item {
	enum memory_class class;
	uint64_t key;		/* what it is, among those of its class */
	uint64_t pages;
	char name[MEMORY_NAME_LEN]; /* as the dump has it: clean it before it is shown; "": none */
};

struct memory_items {
	struct memory_item *list; /* owned */
	size_t n, room;
	uint32_t *slots;	/* by hash: index + 1; 0: free. Owned */
	size_t n_slots;		/* a power of two, or 0 */
};

/* Puts into words what only symbols and the stack depot know; @arg is of both. */
struct memory_names {
	void (*function)(void *arg, uint64_t kaddr, char *buf, size_t size); /* "func+0x1" */
	/* Who asked for a page, of page_owner's @handle; "" where it is not known */
	void (*stack)(void *arg, uint32_t handle, char *buf, size_t size);
	void *arg;
};

#define MEMORY_NO_ITEM UINT32_MAX

/*
 * The index of the item, which is made if need be: *@made, which may be NULL, says so. Indexes stay;
 * pointers into the list do not. MEMORY_NO_ITEM: out of memory.
 */
_must_check_ uint32_t memory_items_get(struct memory_items *items, enum memory_class class,
				       uint64_t key, bool *made);
void memory_items_deinit(struct memory_items *items);

#endif
