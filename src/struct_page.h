/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct_page - one page's own record, decoded
 *
 * Turns the raw bytes of a struct page into the facts the judge uses. Pure: no reading.
 * Facts: include/linux/page-flags.h, mm_types.h of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_STRUCT_PAGE_H
#define PGCONS_STRUCT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"

struct layout;

enum page_state {
#define PAGE_STATE(id, slug, text) PS_##id,
#include "page_states.def"
#undef PAGE_STATE
	PAGE_STATES
};

/* Slug and text of a state; static. */
const char *page_state_slug(enum page_state st);
const char *page_state_text(enum page_state st);

#endif
