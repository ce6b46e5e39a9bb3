/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON forms, "pgcons-dump/1": one document, or a record a line. One member of the
 * document, and one finding, is in memory at a time. What the walk finds out comes after the
 * findings.
 */
#include "report/report_json.h"

#include <errno.h>
#include <string.h>

/*
 * The object as text; NULL: no memory. json-c 0.16 goes on without a piece that it found no
 * memory for: only errno says so.
 */
static const char *object_text(const struct object *o)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	if (o->failed)
		return NULL;
	errno = 0;
	text = json_object_to_json_string_ext(o->json, flags);
	return errno == ENOMEM ? NULL : text;
}

/* Writes the object, without the text @before it belongs to, and frees it. */
static enum pgc_status write_out(struct report *rep, const char *before, struct object *o)
{
	const char *text = object_text(o);

	if (text)
		fprintf(rep->out, "%s%s", before, text);
	json_object_put(o->json);
	return text ? PGC_OK : PGC_ENOMEM;
}

/* The members of @o go into the document, which has some before them. */
static enum pgc_status write_members(struct report *rep, struct object *o)
{
	const char *text = object_text(o);
	size_t len = text ? strlen(text) : 0;

	/* "{}" has none */
	if (len > 2)
		fprintf(rep->out, ",\n%.*s", (int)(len - 2), text + 1);
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

/* Of several writes one may have failed; what is left to report is why. */
static enum pgc_status all_written(const enum pgc_status *st, size_t n, struct pgc_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (st[i] != PGC_OK)
			return pgc_err_nomem(err, "report");
	return PGC_OK;
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

static void write_ids(struct report *rep)
{
	if (rep->sum->dump_id[0])
		fprintf(rep->out, ",\n\"dump_id\": \"%s\"", rep->sum->dump_id);
	fprintf(rep->out, ",\n\"run_id\": \"%s\"", rep->run_id);
}

static enum pgc_status json_begin(struct report *rep, struct pgc_err *err)
{
	struct object tool = make_tool(rep), dump = make_dump(rep);
	struct object kernel = make_kernel(rep), crash = make_crash(rep);
	enum pgc_status st[4];

	fputs("{\n\"schema\": \"pgcons-dump/1\"", rep->out);
	write_ids(rep);
	st[0] = write_member(rep, "tool", &tool);
	st[1] = write_member(rep, "dump", &dump);
	st[2] = write_member(rep, "kernel", &kernel);
	st[3] = write_member(rep, "crash", &crash);
	fputs(",\n\"findings\": [", rep->out);
	return all_written(st, ARRAY_SIZE(st), err);
}

static enum pgc_status json_finding(struct report *rep, const struct finding *f)
{
	struct object o = object_new();
	const char *before = rep->any_written ? ",\n" : "\n";

	rep->any_written = true;
	put_finding(&o, rep, f);
	return write_out(rep, before, &o);
}

enum pgc_status report_json_failure(struct report *rep, const char *why, struct pgc_err *err)
{
	struct object tool = make_tool(rep), dump = make_dump(rep);
	struct object kernel = make_kernel(rep), limits = make_reason(why);
	enum pgc_status st[4];

	fputs("{\n\"schema\": \"pgcons-dump/1\",\n\"record\": \"error\"", rep->out);
	write_ids(rep);
	st[0] = write_member(rep, "tool", &tool);
	st[1] = write_member(rep, "dump", &dump);
	st[2] = write_member(rep, "kernel", &kernel);
	st[3] = write_member(rep, "limits", &limits);
	fprintf(rep->out, ",\n\"interrupted\": %s,\n\"result\": \"incomplete\"\n}\n",
		rep->sum->interrupted ? "true" : "false");
	return all_written(st, ARRAY_SIZE(st), err);
}

static enum pgc_status json_end(struct report *rep, struct pgc_err *err)
{
	const struct summary *sum = rep->sum;
	struct object checker = make_checker(&sum->checker), limits = make_limits(sum);
	struct object coverage = make_coverage(sum);
	struct object states = make_states(sum->states), totals = make_totals(&sum->totals);
	struct object signature = make_signature(rep), origin = object_new();
	enum pgc_status st[8];
	char id[17];

	fputs(rep->any_written ? "\n]" : "]", rep->out);
	if (report_memory_id(rep, id))
		fprintf(rep->out, ",\n\"memory_id\": \"%s\"", id);
	st[0] = write_member(rep, "checker", &checker);
	st[1] = write_member(rep, "coverage", &coverage);
	st[2] = write_zones(rep);
	st[3] = write_member(rep, "states", &states);
	st[4] = write_member(rep, "totals", &totals);
	st[5] = write_member(rep, "signature", &signature);
	st[6] = write_member(rep, "limits", &limits);
	put_origin(&origin, rep);
	put_history(&origin, rep);
	put_page_tables(&origin, sum);
	put_alloc_tags(&origin, sum);
	put_slab_caches(&origin, sum);
	put_owners(&origin, sum);
	put_page_cache(&origin, sum);
	st[7] = write_members(rep, &origin);
	fprintf(rep->out, ",\n\"interrupted\": %s,\n\"result\": \"%s\"\n}\n",
		sum->interrupted ? "true" : "false", report_result(sum, rep->opt.strict));
	return all_written(st, ARRAY_SIZE(st), err);
}

const struct report_writer report_json_writer = {
	.begin = json_begin,
	.finding = json_finding,
	.end = json_end,
};

/* A line of JSON Lines says what it is and of which dump: lines of a fleet may be mixed. */
static struct object new_record(const struct report *rep, const char *record)
{
	struct object o = object_new();

	put_str(&o, "record", record);
	put_str(&o, "dump_id", rep->sum->dump_id[0] ? rep->sum->dump_id : NULL);
	put_str(&o, "run_id", rep->run_id);
	return o;
}

static enum pgc_status write_record(struct report *rep, struct object *o)
{
	enum pgc_status st = write_out(rep, "", o);

	fputc('\n', rep->out);
	return st;
}

static enum pgc_status jsonl_begin(struct report *rep, struct pgc_err *err)
{
	struct object o = new_record(rep, "header"), tool = make_tool(rep);
	struct object dump = make_dump(rep), kernel = make_kernel(rep);
	struct object crash = make_crash(rep);
	enum pgc_status st;

	put_str(&o, "schema", "pgcons-dump/1");
	put_object(&o, "tool", &tool);
	put_object(&o, "dump", &dump);
	put_object(&o, "kernel", &kernel);
	put_object(&o, "crash", &crash);
	st = write_record(rep, &o);
	return all_written(&st, 1, err);
}

enum pgc_status report_jsonl_failure(struct report *rep, const char *why, struct pgc_err *err)
{
	struct object o = new_record(rep, "error"), tool = make_tool(rep);
	struct object dump = make_dump(rep), kernel = make_kernel(rep);
	struct object limits = make_reason(why);
	enum pgc_status st;

	put_str(&o, "schema", "pgcons-dump/1");
	put_object(&o, "tool", &tool);
	put_object(&o, "dump", &dump);
	put_object(&o, "kernel", &kernel);
	put_object(&o, "limits", &limits);
	put_bool(&o, "interrupted", rep->sum->interrupted);
	put_str(&o, "result", "incomplete");
	st = write_record(rep, &o);
	return all_written(&st, 1, err);
}

static enum pgc_status jsonl_finding(struct report *rep, const struct finding *f)
{
	struct object o = new_record(rep, "finding");

	put_finding(&o, rep, f);
	return write_record(rep, &o);
}

static enum pgc_status jsonl_end(struct report *rep, struct pgc_err *err)
{
	const struct summary *sum = rep->sum;
	struct object o = new_record(rep, "summary"), zones = array_new();
	struct object checker = make_checker(&sum->checker), limits = make_limits(sum);
	struct object coverage = make_coverage(sum);
	struct object states = make_states(sum->states), totals = make_totals(&sum->totals);
	struct object signature = make_signature(rep);
	enum pgc_status st;
	char id[17];

	if (report_memory_id(rep, id))
		put_str(&o, "memory_id", id);
	put_str(&o, "result", report_result(sum, rep->opt.strict));
	put_object(&o, "totals", &totals);
	put_object(&o, "signature", &signature);
	put_origin(&o, rep);
	put_history(&o, rep);
	put_page_tables(&o, sum);
	put_alloc_tags(&o, sum);
	put_slab_caches(&o, sum);
	put_owners(&o, sum);
	put_page_cache(&o, sum);
	put_object(&o, "checker", &checker);
	put_object(&o, "coverage", &coverage);
	for (size_t i = 0; i < sum->n_zones; i++) {
		struct object zone = make_zone(sum, &sum->zones[i]);

		append_object(&zones, &zone);
	}
	put_object(&o, "zones", &zones);
	put_object(&o, "states", &states);
	put_object(&o, "limits", &limits);
	put_bool(&o, "interrupted", sum->interrupted);
	st = write_record(rep, &o);
	return all_written(&st, 1, err);
}

const struct report_writer report_jsonl_writer = {
	.begin = jsonl_begin,
	.finding = jsonl_finding,
	.end = jsonl_end,
};
