/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lru_fact - a broken link of an LRU list
 */
#ifndef PGCONS_LRU_FACT_H
#define PGCONS_LRU_FACT_H

#include <stdbool.h>

#include "model/kernel.h"
#include "model/page_list.h"

struct lru_fact {
	struct list_break brk;	/* BREAK_LINKAGE, or BREAK_BAD_POINTER */
	int nid;		/* of the list: one lruvec is of one node */
	const struct zone *zone; /* of the page that holds the link; NULL: not known */
	enum lock_state lock;	/* under which the list is changed */
	bool unlinked;		/* PG_lru should not be set: brk.found and .expected are the flags */
	bool half_done;		/* one operation on the list looks so, half way */
};

#endif
