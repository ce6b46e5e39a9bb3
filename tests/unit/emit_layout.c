/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emit_layout VMCORE [VMLINUX]: print each row of the layout, made from VMLINUX or else from
 * the dump itself, for a diff.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "debuginfo/debuginfo.h"
#include "layout/layout.h"
#include "layout/layout_dump.h"
#include "vmcore.h"

static void print_rows(const struct layout *lay)
{
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		if (!layout_has(lay, key))
			printf("%s -\n", layout_name(key));
		else
			printf("%s 0x%" PRIx64 " %" PRIu64 "\n", layout_name(key),
			       layout_get(lay, key), layout_size(lay, key));
	}
}

static void print_enums(const struct layout *lay)
{
	for (enum layout_enum e = 0; e < LAYOUT_ENUMS; e++)
		for (int64_t value = -1; value < 256; value++) {
			const char *name = layout_enum_name(lay, e, value);

			if (name)
				printf("enum %d %" PRId64 " %s\n", (int)e, value, name);
		}
}

static void print_members(const struct layout *lay)
{
	for (enum layout_struct s = 0; s < LAYOUT_STRUCTS; s++) {
		const struct layout_member *m;
		size_t n;

		m = layout_members(lay, s, &n);
		for (size_t i = 0; i < n; i++)
			printf("struct %s %s %s %" PRIu64 " %" PRIu64 "\n", layout_struct_type(s),
			       m[i].name, m[i].type, m[i].offset, m[i].size);
	}
}

/* Functions end where the next one begins, for kallsyms: only the start is compared. */
static void print_functions(const struct layout *lay)
{
	const struct layout_text *text;
	size_t n;

	text = layout_texts(lay, &n);
	for (size_t i = 0; i < n; i++)
		printf("function 0x%" PRIx64 " %d %s\n", text[i].start, (int)text[i].class,
		       text[i].name);
}

static enum pgc_status load(int argc, char **argv, struct vmcore *vc, struct layout **lay,
			    struct pgc_err *err)
{
	struct layout_dump_facts facts;
	struct debuginfo *di = NULL;
	enum pgc_status st;

	if (argc < 3) {
		st = layout_from_dump(vc, lay, &facts, err);
		fprintf(stderr, "%s: %s\n", facts.why, facts.without);
		return st;
	}
	st = debuginfo_open(argv[2], &di, err);
	if (st == PGC_OK)
		st = layout_from_debuginfo(di, lay, err);
	debuginfo_close(di);
	return st;
}

int main(int argc, char **argv)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct layout *lay = NULL;
	struct vmcore *vc = NULL;
	enum pgc_status st;

	if (argc < 2)
		return 16;
	st = vmcore_open(argv[1], &vc, &err);
	if (st == PGC_OK)
		st = load(argc, argv, vc, &lay, &err);
	if (st == PGC_OK) {
		print_rows(lay);
		print_enums(lay);
	print_members(lay);
		print_functions(lay);
	} else {
		fprintf(stderr, "%s\n", err.msg);
	}
	layout_destroy(lay);
	vmcore_close(vc);
	return st == PGC_OK ? 0 : 8;
}
