/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/alloc_tags.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "model/page_ext.h"
#include "vmcore.h"

#define REF_LEN 8		/* union codetag_ref: a pointer */
#define INACCURATE 1u		/* include/linux/codetag.h: CODETAG_FLAG_INACCURATE */
#define LINES_MAX 1000000u	/* of a file; the longest one of the kernel has 50,000 */
#define TAG_MAX 256u		/* bytes of struct alloc_tag; 40 in fact */
/* include/linux/alloc_tag.h: CODETAG_EMPTY, of a page that is not counted (debugging) */
#define EMPTY 1u

struct alloc_tags {
	struct page_ext ext;	/* its part of a record is a codetag_ref */
	uint64_t start, stop;	/* the tags of the kernel itself; modules bring their own */
	uint64_t size;		/* of one */
};

static bool layout_complete(const struct layout *lay)
{
	static const enum layout_key keys[] = {
		L_alloc_tag_ops_offset, L_alloc_tag_enabled, L_alloc_tag, L_alloc_tags_start,
		L_alloc_tags_stop, L_codetag_flags, L_codetag_lineno, L_codetag_modname,
		L_codetag_function, L_codetag_filename,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!layout_has(lay, keys[i]))
			return false;
	return true;
}

/* Is all that is read of a tag inside it? A layout may come from a file. */
static bool members_fit(const struct layout *lay, uint64_t size)
{
	static const struct {
		enum layout_key key;
		uint64_t len;
	} members[] = {
		{ L_codetag_flags, 4 }, { L_codetag_lineno, 4 }, { L_codetag_modname, 8 },
		{ L_codetag_function, 8 }, { L_codetag_filename, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!range_ok(layout_get(lay, members[i].key), members[i].len, size))
			return false;
	return !layout_has(lay, L_alloc_tag_counters) ||
	       range_ok(layout_get(lay, L_alloc_tag_counters), 8, size);
}

static bool open_tags(struct kernel_reader kr, struct alloc_tags *at)
{
	uint64_t compressed = 0;

	if (layout_has(kr.k->lay, L_alloc_tag_compressed) &&
	    (!kernel_read_var(kr, L_alloc_tag_compressed, &compressed) || (int32_t)compressed > 0))
		return false;
	at->start = kernel_addr(kr.k, L_alloc_tags_start);
	at->stop = kernel_addr(kr.k, L_alloc_tags_stop);
	at->size = layout_get(kr.k->lay, L_alloc_tag);
	return page_ext_open(kr, L_alloc_tag_ops_offset, &at->ext) && at->size <= TAG_MAX &&
	       members_fit(kr.k->lay, at->size) &&
	       at->start < at->stop && range_ok(at->ext.at, REF_LEN, at->ext.record);
}

enum pgc_status alloc_tags_create(struct kernel_reader kr, struct alloc_tags **ret,
				  enum alloc_tags_state *state, struct pgc_err *err)
{
	struct alloc_tags *at;
	uint64_t enabled;

	*ret = NULL;
	*state = ALLOC_TAGS_ABSENT;
	if (!layout_complete(kr.k->lay))
		return PGC_OK;
	*state = ALLOC_TAGS_UNUSABLE;
	if (!kernel_read_var(kr, L_alloc_tag_enabled, &enabled))
		return PGC_OK;
	*state = ALLOC_TAGS_OFF;
	if ((int32_t)enabled <= 0)
		return PGC_OK;
	*state = ALLOC_TAGS_UNUSABLE;
	at = calloc(1, sizeof(*at));
	if (!at)
		return pgc_err_nomem(err, "the tags of allocations");
	if (!open_tags(kr, at)) {
		alloc_tags_destroy(at);
		return PGC_OK;
	}
	*state = ALLOC_TAGS_ON;
	*ret = at;
	return PGC_OK;
}

void alloc_tags_destroy(struct alloc_tags *at)
{
	free(at);
}

struct each {
	const struct alloc_tags *at;
	alloc_tags_fn *fn;
	void *arg;
};

static uint64_t tag_in(const struct alloc_tags *at, const uint8_t *record)
{
	uint64_t tag = target_u64(record + at->ext.at);

	return tag == EMPTY ? 0 : tag;
}

static void on_record(void *arg, uint64_t pfn, const uint8_t *record)
{
	const struct each *e = arg;
	uint64_t tag = tag_in(e->at, record);

	if (tag)
		e->fn(e->arg, pfn, page_ext_kaddr(&e->at->ext, pfn) + e->at->ext.at, tag);
}

enum pgc_status alloc_tags_each(const struct alloc_tags *at, alloc_tags_fn *fn, void *arg,
				struct pgc_err *err)
{
	struct each e = { .at = at, .fn = fn, .arg = arg };

	return page_ext_all(&at->ext, on_record, &e, err);
}

uint64_t alloc_tags_of(const struct alloc_tags *at, uint64_t pfn)
{
	uint8_t record[PAGE_EXT_MAX];

	return page_ext_record(&at->ext, pfn, record) ? tag_in(at, record) : 0;
}

/* A name of C, or a path: "" where the pointer leads to no such thing. */
static void read_word(struct kernel_reader kr, uint64_t kaddr, char *buf, size_t size)
{
	if (!kaddr || vmcore_read_str(kr.vc, kaddr, buf, size, "a name", NULL) != PGC_OK)
		buf[0] = '\0';
	for (const char *p = buf; *p; p++)
		if (!isgraph((unsigned char)*p)) {
			buf[0] = '\0';
			return;
		}
}

static bool read_site(const struct alloc_tags *at, const uint8_t *raw, char site[ALLOC_SITE_LEN])
{
	const struct layout *lay = at->ext.kr.k->lay;
	struct kernel_reader kr = at->ext.kr;
	uint32_t line = target_u32(raw + layout_get(lay, L_codetag_lineno));
	uint64_t module = target_u64(raw + layout_get(lay, L_codetag_modname));
	char file[96], function[72], name[56] = "";

	read_word(kr, target_u64(raw + layout_get(lay, L_codetag_filename)), file, sizeof(file));
	read_word(kr, target_u64(raw + layout_get(lay, L_codetag_function)), function, sizeof(function));
	read_word(kr, module, name, sizeof(name));
	if (!file[0] || !function[0] || !line || line > LINES_MAX || (module && !name[0]))
		return false;
	snprintf(site, ALLOC_SITE_LEN, "%s:%u %s%s%s%s", file, line, function, name[0] ? " [" : "", name,
		 name[0] ? "]" : "");
	return true;
}

/* Added up over all CPUs, as alloc_tag_read() does. False: it is not known. */
static bool add_up(struct kernel_reader kr, uint64_t counters, struct alloc_tag *ret)
{
	const struct layout *lay = kr.k->lay;
	uint64_t bytes, calls;

	if (!counters || !layout_has(lay, L_alloc_tag_bytes) || !layout_has(lay, L_alloc_tag_calls))
		return false;
	for (size_t cpu = 0; cpu < kr.k->n_cpus; cpu++) {
		uint64_t at = counters + kr.k->cpus[cpu].offset;

		if (vmcore_read_u64(kr.vc, at + layout_get(lay, L_alloc_tag_bytes),
				    "alloc_tag_counters.bytes", &bytes, NULL) != PGC_OK ||
		    vmcore_read_u64(kr.vc, at + layout_get(lay, L_alloc_tag_calls),
				    "alloc_tag_counters.calls", &calls, NULL) != PGC_OK)
			return false;
		/* CPUs count up and down on their own: only the sums mean anything. */
		ret->bytes = (int64_t)((uint64_t)ret->bytes + bytes);
		ret->calls = (int64_t)((uint64_t)ret->calls + calls);
	}
	return kr.k->n_cpus > 0;
}

bool alloc_tags_read(const struct alloc_tags *at, uint64_t tag, struct alloc_tag *ret)
{
	const struct layout *lay = at->ext.kr.k->lay;
	uint8_t raw[TAG_MAX];

	*ret = (struct alloc_tag){ 0 };
	if (tag % 8)
		return false;
	if (tag >= at->start && tag < at->stop && (tag - at->start) % at->size)
		return false;
	if (vmcore_read(at->ext.kr.vc, tag, raw, at->size, "alloc_tag", NULL) != PGC_OK ||
	    !read_site(at, raw, ret->site))
		return false;
	if (layout_has(lay, L_alloc_tag_counters))
		ret->counted = !(target_u32(raw + layout_get(lay, L_codetag_flags)) & INACCURATE) &&
			       add_up(at->ext.kr,
				      target_u64(raw + layout_get(lay, L_alloc_tag_counters)), ret);
	return true;
}
