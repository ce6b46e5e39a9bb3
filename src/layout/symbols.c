/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/symbols.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_filter.h"
#include "debuginfo/debuginfo.h"
#include "layout/kallsyms.h"

struct function {
	uint64_t addr, size;	/* before the slide */
	size_t name;		/* in names */
};

struct symbols {
	uint64_t slide;
	size_t n, room;
	struct function *functions; /* by address */
	size_t used, names_room;
	char *names;
	bool failed;		/* out of memory */
};

/* Make room for one more element; false: out of memory. */
static bool grow(void **array, size_t *room, size_t wanted, size_t element)
{
	size_t more = *room ? *room : 1024;
	void *bigger;

	if (wanted <= *room)
		return true;
	while (more < wanted)
		more *= 2;
	bigger = reallocarray(*array, more, element);
	if (!bigger)
		return false;
	*array = bigger;
	*room = more;
	return true;
}

static bool add_function(void *arg, const char *name, uint64_t addr, uint64_t size)
{
	struct symbols *s = arg;
	size_t len = strlen(name) + 1;

	s->failed = !grow((void **)&s->functions, &s->room, s->n + 1, sizeof(*s->functions)) ||
		    !grow((void **)&s->names, &s->names_room, s->used + len, 1);
	if (s->failed)
		return false;
	memcpy(s->names + s->used, name, len);
	s->functions[s->n++] = (struct function){ .addr = addr, .size = size, .name = s->used };
	s->used += len;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static bool add_kallsym(void *arg, const struct kallsym *sym)
{
	return add_function(arg, sym->name, sym->addr, sym->size);
}

static enum pgc_status read_kallsyms(struct symbols *s, struct vmcore *vc, struct pgc_err *err)
{
	struct name_filter all;
	struct kallsyms *ks;
	enum pgc_status st = kallsyms_create(vc, &ks, err);

	if (st != PGC_OK)
		return st;
	memset(&all, 0xff, sizeof(all));
	kallsyms_each_function(ks, &all, add_kallsym, s);
	kallsyms_destroy(ks);
	return s->n ? PGC_OK : PGC_ENOENT;
}

static enum pgc_status read_vmlinux(struct symbols *s, const char *path, uint64_t slide,
				    struct pgc_err *err)
{
	struct debuginfo *di = NULL;
	enum pgc_status st = debuginfo_open(path, &di, err);

	s->slide = slide;
	s->n = s->used = 0;
	if (st == PGC_OK)
		st = debuginfo_function_each(di, add_function, s, err);
	debuginfo_close(di);
	return pgc_err_add(err, st, "%s", path);
}

enum pgc_status symbols_create(struct vmcore *vc, const char *path, uint64_t slide,
			       struct symbols **ret, struct pgc_err *err)
{
	struct symbols *s = calloc(1, sizeof(*s));
	enum pgc_status st;

	*ret = NULL;
	if (!s)
		return pgc_err_nomem(err, "symbols");
	st = read_kallsyms(s, vc, err);
	if (st != PGC_OK && !s->failed && path)
		st = read_vmlinux(s, path, slide, err);
	if (s->failed)
		st = pgc_err_nomem(err, "symbols");
	if (st != PGC_OK) {
		symbols_destroy(s);
		return st;
	}
	if (s->n)
		qsort(s->functions, s->n, sizeof(*s->functions), by_address);
	*ret = s;
	return PGC_OK;
}

void symbols_destroy(struct symbols *s)
{
	if (!s)
		return;
	free(s->functions);
	free(s->names);
	free(s);
}

void symbols_name(const struct symbols *s, uint64_t addr, char *buf, size_t size)
{
	uint64_t linked = s ? addr - s->slide : 0;
	size_t low = 0, high = s ? s->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->functions[mid].addr <= linked)
			low = mid + 1;
		else
			high = mid;
	}
	/* A return address may lie just past a function that does not return. */
	if (low && linked - s->functions[low - 1].addr <= s->functions[low - 1].size)
		snprintf(buf, size, "%s+0x%" PRIx64, s->names + s->functions[low - 1].name,
			 linked - s->functions[low - 1].addr);
	else
		snprintf(buf, size, "0x%" PRIx64, addr);
}
