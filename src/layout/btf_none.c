/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btf.h for a program that is built without libbpf: there are no types to be had. */
#include "layout/btf.h"

enum pgc_status btf_types_create(const void *raw _unused_, size_t len _unused_,
				 struct btf_types **ret _unused_, struct pgc_err *err)
{
	return pgc_err_set(err, PGC_ENOENT, "this pgcons-dump was built without libbpf");
}

void btf_types_destroy(struct btf_types *bt _unused_)
{
}

uint32_t btf_types_find(const struct btf_types *bt _unused_, const char *name _unused_,
			uint32_t after _unused_)
{
	return 0;
}

uint32_t btf_types_anonymous(const struct btf_types *bt _unused_,
			     const char *const *members _unused_, size_t n _unused_)
{
	return 0;
}

enum pgc_status btf_types_size(const struct btf_types *bt _unused_, uint32_t id _unused_,
			       uint64_t *ret _unused_)
{
	return PGC_ENOENT;
}

enum pgc_status btf_types_member(const struct btf_types *bt _unused_, uint32_t id _unused_,
				 const char *path _unused_, struct btf_place *ret _unused_)
{
	return PGC_ENOENT;
}

enum pgc_status btf_types_member_each(const struct btf_types *bt _unused_, uint32_t id _unused_,
				      btf_member_fn *fn _unused_, void *arg _unused_)
{
	return PGC_ENOENT;
}

enum pgc_status btf_types_enumerator(const struct btf_types *bt _unused_,
				     uint32_t type _unused_, const char *enumerator _unused_,
				     int64_t *ret _unused_)
{
	return PGC_ENOENT;
}

enum pgc_status btf_types_enum_each(const struct btf_types *bt _unused_, uint32_t id _unused_,
				    btf_enum_fn *fn _unused_, void *arg _unused_)
{
	return PGC_ENOENT;
}

const char *btf_library_version(void)
{
	return "not built in";
}
