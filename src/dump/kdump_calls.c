/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/kdump_calls.h"

#include "base/load_calls.h"

enum pgc_status kdump_calls_load(struct kdump_calls *ret, struct pgc_err *err)
{
	const struct loaded_call wanted[] = {
		{ "kdump_new", (void **)&ret->create },
		{ "kdump_free", (void **)&ret->destroy },
		{ "kdump_get_err", (void **)&ret->get_err },
		{ "kdump_open_fdset", (void **)&ret->open_fdset },
		{ "kdump_read", (void **)&ret->read },
		{ "kdump_set_attr", (void **)&ret->set_attr },
		{ "kdump_get_attr", (void **)&ret->get_attr },
	};

	return load_calls(KDUMPFILE_SONAME, wanted, ARRAY_SIZE(wanted)) ? PGC_OK :
	       pgc_err_set(err, PGC_EIO, KDUMPFILE_SONAME ", which is needed to read this dump, is not installed or cannot be used");
}

kdump_status kdump_calls_set_number(const struct kdump_calls *kc, kdump_ctx_t *ctx,
				    const char *key, kdump_num_t value)
{
	const kdump_attr_t attr = { .type = KDUMP_NUMBER, .val.number = value };

	return kc->set_attr(ctx, key, &attr);
}

kdump_status kdump_calls_set_string(const struct kdump_calls *kc, kdump_ctx_t *ctx,
				    const char *key, const char *value)
{
	const kdump_attr_t attr = { .type = KDUMP_STRING, .val.string = value };

	return kc->set_attr(ctx, key, &attr);
}

kdump_num_t kdump_calls_number(const struct kdump_calls *kc, kdump_ctx_t *ctx, const char *key,
			       kdump_num_t none)
{
	kdump_attr_t attr;

	return kc->get_attr(ctx, key, &attr) == KDUMP_OK && attr.type == KDUMP_NUMBER ?
		       attr.val.number : none;
}

const char *kdump_calls_string(const struct kdump_calls *kc, kdump_ctx_t *ctx, const char *key)
{
	kdump_attr_t attr;

	return kc->get_attr(ctx, key, &attr) == KDUMP_OK && attr.type == KDUMP_STRING ?
		       attr.val.string : NULL;
}
