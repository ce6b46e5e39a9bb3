/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_calls - libkdumpfile, loaded when a dump needs it
 *
 * That is LKCD, and pages of a compression that is not built in. Debian's library brings libsnappy
 * along, and with it libstdc++. Its header's inline functions are not used: they would link it.
 */
#ifndef PGCONS_KDUMP_CALLS_H
#define PGCONS_KDUMP_CALLS_H

#include <libkdumpfile/kdumpfile.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kdump_calls {
	__typeof__(kdump_new) *create;
	__typeof__(kdump_free) *destroy;
	__typeof__(kdump_get_err) *get_err;
	__typeof__(kdump_open_fdset) *open_fdset;
	__typeof__(kdump_read) *read;
	__typeof__(kdump_set_attr) *set_attr;
	/* kdump_get_typed_attr() has other parameters since 0.5.6. */
	__typeof__(kdump_get_attr) *get_attr;
};

/* PGC_EIO: it is not installed. */
_must_check_ enum pgc_status kdump_calls_load(struct kdump_calls *ret, struct pgc_err *err);

kdump_status kdump_calls_set_number(const struct kdump_calls *kc, kdump_ctx_t *ctx,
				    const char *key, kdump_num_t value);
kdump_status kdump_calls_set_string(const struct kdump_calls *kc, kdump_ctx_t *ctx,
				    const char *key, const char *value);
/* @none: where the library does not know it. What is returned as a string is the context's. */
kdump_num_t kdump_calls_number(const struct kdump_calls *kc, kdump_ctx_t *ctx, const char *key,
			       kdump_num_t none);
const char *kdump_calls_string(const struct kdump_calls *kc, kdump_ctx_t *ctx, const char *key);

#endif
