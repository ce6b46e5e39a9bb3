/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BTF: the input is a kernel's blob of it, asked for what a layout is made of. */
#include "fuzz.h"
#include "layout/btf.h"

static bool on_enumerator(void *arg, const char *name, int64_t value)
{
	unsigned int *left = arg;

	(void)value;
	return name[0] != '\0' && --*left;
}

static void ask(const struct btf_types *bt, const char *type, const char *path)
{
	struct btf_place place;
	uint64_t size;

	for (uint32_t id = 0, n = 0; n < 8 && (id = btf_types_find(bt, type, id)); n++) {
		(void)!btf_types_size(bt, id, &size);
		(void)!btf_types_member(bt, id, path, &place);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const members[] = { "primary", "secondary", "nbits" };
	struct pgc_err err = PGC_ERR_INIT;
	struct btf_types *bt = NULL;
	unsigned int left = 1000;
	int64_t value;

	if (btf_types_create(data, size, &bt, &err) != PGC_OK)
		return 0;
	ask(bt, "page", "compound_head");
	ask(bt, "page", "lru.next");
	ask(bt, "zone", "free_area[0].free_list[1].next");
	ask(bt, "pglist_data", "node_zones");
	ask(bt, "static_key_false", "key.enabled.counter");
	(void)btf_types_anonymous(bt, members, sizeof(members) / sizeof(members[0]));
	(void)!btf_types_enumerator(bt, 0, "PG_reserved", &value);
	(void)!btf_types_enum_each(bt, btf_types_find(bt, "migratetype", 0), on_enumerator,
				   &left);
	btf_types_destroy(bt);
	return 0;
}
