/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms_tables - where in the dumped kernel's memory the tables of kallsyms are
 *
 * VMCOREINFO says so (since Linux commit 5fd8fea935a1 ("vmcoreinfo: include kallsyms symbols")
 * in v6.0). In older kernels they are searched for in the kernel image, as scripts/kallsyms.c
 * lays them out: nothing is taken that does not agree with all that stands beside it.
 */
#ifndef PGCONS_KALLSYMS_TABLES_H
#define PGCONS_KALLSYMS_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct vmcore;

/* A distribution's kernel has 200,000. */
#define KALLSYMS_MAX_SYMBOLS (4u << 20)
/* Of the names, bytes. */
#define KALLSYMS_MAX_NAMES (256u << 20)
#define KALLSYMS_TOKENS 256
#define KALLSYMS_MAX_TOKEN 256
/* kallsyms_token_index, bytes */
#define KALLSYMS_INDEX_LEN (2 * KALLSYMS_TOKENS)

/* Where addresses may be: kallsyms_offsets with or without a base, or kallsyms_addresses. */
struct kallsyms_place {
	uint64_t offsets;
	unsigned int width;	/* of one entry, bytes */
	uint64_t base;		/* of kallsyms_relative_base; 0: there is none */
};
#define KALLSYMS_PLACES 4

struct kallsyms_tables {
	uint64_t names, num_syms, token_table, token_index;
	struct kallsyms_place place[KALLSYMS_PLACES];
	unsigned int places;	/* that are possible; of those from VMCOREINFO one */
};

/* What VMCOREINFO says. PGC_ENOENT: it does not. */
_must_check_ enum pgc_status kallsyms_tables_told(struct vmcore *vc, struct kallsyms_tables *ret,
						  struct pgc_err *err);

/*
 * Look for them from _stext on. PGC_ENOENT: there are none in the kernel image, or it is not
 * known where that is. Of what is found the names and tokens are right; which of the places has
 * the addresses is for the caller to try.
 */
_must_check_ enum pgc_status kallsyms_tables_search(struct vmcore *vc,
						    struct kallsyms_tables *ret,
						    struct pgc_err *err);

/*
 * The entry at @pos of the @len bytes of kallsyms_names that there are: @tokens bytes from
 * *@first on. False: it is cut.
 */
static inline bool kallsyms_entry(const uint8_t *names, size_t len, size_t pos, size_t *first,
				  size_t *tokens)
{
	if (pos >= len)
		return false;
	*tokens = names[pos++];
	/* Since Linux commit 73bbb94466fd ("kallsyms: support "big" kernel symbols") in v6.1. */
	if (*tokens & 0x80) {
		if (pos >= len)
			return false;
		*tokens = (*tokens & 0x7f) | (size_t)names[pos++] << 7;
	}
	*first = pos;
	return *tokens <= len - pos;
}

#endif
