/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON form, "pgcons-dump/1". One member of the document, and one finding, is in
 * memory at a time. What the walk finds out comes after the findings.
 */
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "debuginfo.h"
#include "report_priv.h"

/*
 * An object under construction. Want of memory is noted and told once, at the end: each
 * step may fail, and none can be mended.
 */
struct object {
	struct json_object *json;
	bool failed;
};

static struct object object_new(void)
{
	struct object o = { .json = json_object_new_object() };

	o.failed = !o.json;
	return o;
}

/* Takes @value over. NULL is want of memory. */
static void put(struct object *o, const char *key, struct json_object *value)
{
	if (o->failed || !value || json_object_object_add(o->json, key, value) != 0) {
		o->failed = true;
		json_object_put(value);
	}
}

static void put_num(struct object *o, const char *key, uint64_t value)
{
	put(o, key, json_object_new_uint64(value));
}

static void put_bool(struct object *o, const char *key, bool value)
{
	put(o, key, json_object_new_boolean(value));
}

/* json-c writes the bytes it is given: see to it that they are UTF-8. */
static void put_str(struct object *o, const char *key, const char *value)
{
	size_t size;
	char *clean;

	if (!value)
		return;
	size = strlen(value) + 1;
	clean = malloc(size);
	if (!clean) {
		o->failed = true;
		return;
	}
	report_clean(clean, size, value, false);
	put(o, key, json_object_new_string(clean));
	free(clean);
}

static void put_hex(struct object *o, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	put(o, key, json_object_new_string(text));
}

/* Takes @value over, also its failure. */
static void put_object(struct object *o, const char *key, struct object *value)
{
	if (value->failed) {
		json_object_put(value->json);
		value->json = NULL;
	}
	put(o, key, value->json);
}

static bool append(struct json_object *array, struct json_object *value)
{
	if (!value || json_object_array_add(array, value) != 0) {
		json_object_put(value);
		return false;
	}
	return true;
}

/* Writes the object, without the text @before it belongs to, and frees it. */
static enum pgc_status write_out(struct report *rep, const char *before, struct object *o)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text =
		o->failed ? NULL : json_object_to_json_string_ext(o->json, flags);

	if (text)
		fprintf(rep->out, "%s%s", before, text);
	json_object_put(o->json);
	return text ? PGC_OK : PGC_ENOMEM;
}

/* One member of the document; all but the first follow a comma. */
static enum pgc_status write_member(struct report *rep, const char *key, struct object *o)
{
	char before[40];

	snprintf(before, sizeof(before), ",\n\"%s\": ", key);
	return write_out(rep, before, o);
}

static struct object make_tool(void)
{
	struct object o = object_new();

	put_str(&o, "version", PACKAGE_VERSION);
	put_str(&o, "libkdumpfile", vmcore_library_version());
	put_str(&o, "elfutils", debuginfo_library_version());
	return o;
}

static struct object make_dump(const struct vmcore_info *info)
{
	struct object o = object_new();

	put_str(&o, "path", info->path);
	put_str(&o, "format", info->format);
	put_bool(&o, "live", info->live);
	put_num(&o, "bytes", info->bytes);
	if (info->missing_bytes)
		put_num(&o, "missing_bytes", info->missing_bytes);
	return o;
}

static struct object make_kernel(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	struct object o = object_new();

	put_str(&o, "release", report_release(rep));
	put_str(&o, "build_id", report_build_id(rep));
	put_str(&o, "arch", report_arch(rep));
	if (sum->page_size)
		put_num(&o, "page_size", sum->page_size);
	if (sum->cpus)
		put_num(&o, "cpus", sum->cpus);
	if (sum->nodes)
		put_num(&o, "nodes", sum->nodes);
	put_str(&o, "facts_from", sum->facts_from);
	return o;
}

static struct object make_checker(const struct checker_summary *c)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "absent",
		[CHECKER_DISABLED] = "disabled",
		[CHECKER_ACTIVE] = "active",
	};
	struct object o = object_new();

	put_str(&o, "state", states[c->state]);
	put_bool(&o, "unreadable", c->unreadable);
	put_bool(&o, "unusable", c->unusable);
	if (c->has_range) {
		put_num(&o, "min_pfn", c->min_pfn);
		put_num(&o, "max_pfn", c->max_pfn);
		put_num(&o, "nbits", c->nbits);
	}
	if (c->primary_paddr)
		put_hex(&o, "primary_paddr", c->primary_paddr);
	if (c->secondary_paddr)
		put_hex(&o, "secondary_paddr", c->secondary_paddr);
	if (c->has_popcount)
		put_num(&o, "primary_popcount", c->primary_popcount);
	if (c->has_stats) {
		put_num(&o, "pages_tracked", c->pages_tracked);
		put_num(&o, "alloc_count", c->alloc_count);
		put_num(&o, "free_count", c->free_count);
		put_num(&o, "violations_detected", c->violations_detected);
	}
	return o;
}

static struct object make_coverage(const struct coverage *cov)
{
	struct object o = object_new();

	put_num(&o, "pfns", cov->pfns);
	put_num(&o, "walked", cov->walked);
	put_num(&o, "holes", cov->holes);
	put_num(&o, "excluded", cov->excluded);
	put_num(&o, "unreadable", cov->unreadable);
	put_num(&o, "limbo", cov->limbo);
	put_num(&o, "bitmap_excluded", cov->bitmap_excluded);
	put_num(&o, "bitmap_unreadable", cov->bitmap_unreadable);
	put_num(&o, "lists_cut", cov->lists_cut);
	return o;
}

/* Blocks by migratetype; each value is an array by order. */
static struct object make_blocks(const struct summary *sum, const struct zone_summary *z,
				 size_t orders)
{
	struct object o = object_new();

	for (size_t mt = 0; mt < z->migratetypes && mt < SUMMARY_MIGRATETYPES; mt++) {
		struct json_object *array = json_object_new_array();
		char name[32];
		bool good = array != NULL;

		if (mt < sum->n_migratetypes && sum->migratetypes[mt])
			report_clean(name, sizeof(name), sum->migratetypes[mt], false);
		else
			snprintf(name, sizeof(name), "type %zu", mt);
		for (size_t i = 0; good && i < orders; i++)
			good = append(array, json_object_new_uint64(z->blocks[i][mt]));
		o.failed |= !good;
		put(&o, name, array);
	}
	return o;
}

static struct object make_zone(const struct summary *sum, const struct zone_summary *z)
{
	size_t orders = z->orders < SUMMARY_ORDERS ? z->orders : SUMMARY_ORDERS;
	struct json_object *nr_free = json_object_new_array();
	struct object o = object_new(), blocks = make_blocks(sum, z, orders);
	bool good = nr_free != NULL;

	if (z->node >= 0)
		put(&o, "node", json_object_new_int(z->node));
	put_str(&o, "zone", z->name);
	put_num(&o, "start_pfn", z->start_pfn);
	put_num(&o, "spanned", z->spanned);
	put_num(&o, "present", z->present);
	put_num(&o, "managed", z->managed);
	put_num(&o, "free_listed", z->free_listed);
	put(&o, "nr_free_pages", json_object_new_int64(z->nr_free_pages));
	put_num(&o, "pcp", z->pcp);
	put_bool(&o, "lock_held", z->lock_held);
	put_num(&o, "lists_cut", z->lists_cut);
	for (size_t i = 0; good && i < orders; i++)
		good = append(nr_free, json_object_new_uint64(z->nr_free[i]));
	o.failed |= !good;
	put(&o, "nr_free", nr_free);
	put_object(&o, "blocks", &blocks);
	return o;
}

static struct object make_evidence(const struct finding *f)
{
	struct object o = object_new();

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence *e = &f->evidence[i];

		if (e->kind == EV_NUM)
			put_num(&o, e->key, e->num);
		else if (e->kind == EV_INT)
			put(&o, e->key, json_object_new_int64((int64_t)e->num));
		else if (e->kind == EV_HEX)
			put_hex(&o, e->key, e->num);
		else
			put_str(&o, e->key, e->str);
	}
	return o;
}

static struct object make_finding(const struct report *rep, const struct finding *f)
{
	struct object o = object_new(), evidence = make_evidence(f);
	char text[512];

	put_str(&o, "finding", finding_type(f->id)->slug);
	put_str(&o, "severity", severity_name(f->severity));
	if (f->pfn != FINDING_NO_PFN)
		put_num(&o, "pfn", f->pfn);
	put_num(&o, "count", f->count);
	if (f->node >= 0)
		put(&o, "node", json_object_new_int(f->node));
	put_str(&o, "zone", f->zone);
	if (f->order >= 0)
		put(&o, "order", json_object_new_int(f->order));
	if (f->cpu >= 0)
		put(&o, "cpu", json_object_new_int(f->cpu));
	put_str(&o, "migratetype", f->migratetype);
	put_str(&o, "verdict", verdict_name(f->verdict));
	put_str(&o, "class", class_name(f->damage));
	put_str(&o, "explained", f->explained);
	put_object(&o, "evidence", &evidence);
	report_describe(f, rep->sum->page_size, text, sizeof(text));
	put_str(&o, "text", text);
	return o;
}

/* Only findings that occurred have a key in by_finding. */
static struct object make_totals(const struct totals *t)
{
	struct object o = object_new(), by_finding = object_new();

	put_num(&o, "corrupt", t->by_severity[SEV_CORRUPT]);
	put_num(&o, "suspect", t->by_severity[SEV_SUSPECT]);
	put_num(&o, "note", t->by_severity[SEV_NOTE]);
	put_num(&o, "ignored", t->ignored);
	for (size_t i = 0; i < FINDING_IDS; i++)
		if (t->by_finding[i] > 0)
			put_num(&by_finding, finding_type((enum finding_id)i)->slug,
				t->by_finding[i]);
	put_object(&o, "by_finding", &by_finding);
	return o;
}

static struct object make_states(const uint64_t states[PAGE_STATES])
{
	struct object o = object_new();

	for (size_t i = 0; i < PAGE_STATES; i++)
		put_num(&o, page_state_slug((enum page_state)i), states[i]);
	return o;
}

static enum pgc_status write_zones(struct report *rep)
{
	enum pgc_status st = PGC_OK;

	fputs(",\n\"zones\": [", rep->out);
	for (size_t i = 0; st == PGC_OK && i < rep->sum->n_zones; i++) {
		struct object zone = make_zone(rep->sum, &rep->sum->zones[i]);

		st = write_out(rep, i ? ",\n" : "\n", &zone);
	}
	fputs(rep->sum->n_zones ? "\n]" : "]", rep->out);
	return st;
}

/* An array is an object here too: what holds it does not matter for writing. */
static enum pgc_status write_limits(struct report *rep)
{
	const struct summary *sum = rep->sum;
	struct object o = { .json = json_object_new_array() };

	o.failed = !o.json;
	for (size_t i = 0; !o.failed && i < sum->n_limits && i < ARRAY_SIZE(sum->limits);
	     i++) {
		char clean[sizeof(sum->limits[0])];

		report_clean(clean, sizeof(clean), sum->limits[i], false);
		o.failed = !append(o.json, json_object_new_string(clean));
	}
	return write_member(rep, "limits", &o);
}

static enum pgc_status json_begin(struct report *rep, struct pgc_err *err)
{
	struct object tool = make_tool(), dump = make_dump(rep->info);
	struct object kernel = make_kernel(rep);
	enum pgc_status st[3];

	fputs("{\n\"schema\": \"pgcons-dump/1\"", rep->out);
	st[0] = write_member(rep, "tool", &tool);
	st[1] = write_member(rep, "dump", &dump);
	st[2] = write_member(rep, "kernel", &kernel);
	fputs(",\n\"findings\": [", rep->out);
	for (size_t i = 0; i < ARRAY_SIZE(st); i++)
		if (st[i] != PGC_OK)
			return pgc_err_nomem(err, "report");
	return PGC_OK;
}

static enum pgc_status json_finding(struct report *rep, const struct finding *f)
{
	struct object o = make_finding(rep, f);
	const char *before = rep->any_written ? ",\n" : "\n";

	rep->any_written = true;
	return write_out(rep, before, &o);
}

static enum pgc_status json_end(struct report *rep, struct pgc_err *err)
{
	const struct summary *sum = rep->sum;
	struct object checker = make_checker(&sum->checker);
	struct object coverage = make_coverage(&sum->coverage);
	struct object states = make_states(sum->states),
		      totals = make_totals(&sum->totals);
	enum pgc_status st[6];

	fputs(rep->any_written ? "\n]" : "]", rep->out);
	st[0] = write_member(rep, "checker", &checker);
	st[1] = write_member(rep, "coverage", &coverage);
	st[2] = write_zones(rep);
	st[3] = write_member(rep, "states", &states);
	st[4] = write_member(rep, "totals", &totals);
	st[5] = write_limits(rep);
	for (size_t i = 0; i < ARRAY_SIZE(st); i++)
		if (st[i] != PGC_OK)
			return pgc_err_nomem(err, "report");
	fprintf(rep->out, ",\n\"interrupted\": %s,\n\"result\": \"%s\"\n}\n",
		sum->interrupted ? "true" : "false", report_result(sum, rep->opt.strict));
	return PGC_OK;
}

const struct report_writer report_json_writer = {
	.begin = json_begin,
	.finding = json_finding,
	.end = json_end,
};
