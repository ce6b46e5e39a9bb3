/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_json - the parts of a JSON document, which both of its forms are made of
 *
 * Only report_json*.c include this, and json-c.
 */
#ifndef PGCONS_REPORT_JSON_H
#define PGCONS_REPORT_JSON_H

#include <stdbool.h>

#include <json-c/json.h>

#include "report/report_priv.h"

/*
 * An object (or array) under construction. Lack of memory is noted and reported once, at the
 * end: each step may fail, and none can be mended.
 */
struct object {
	struct json_object *json;
	bool failed;
};

struct object object_new(void);
struct object array_new(void);
void put_str(struct object *o, const char *key, const char *value); /* NULL: no key */
void put_bool(struct object *o, const char *key, bool value);
/* These take @value over, also its failure. */
void put_object(struct object *o, const char *key, struct object *value);
void append_object(struct object *array, struct object *value);

struct object make_tool(const struct report *rep);
struct object make_dump(const struct report *rep);
struct object make_kernel(const struct report *rep);
struct object make_crash(const struct report *rep);
/* "limits" of a run that came to nothing. */
struct object make_reason(const char *why);
struct object make_checker(const struct checker_summary *c);
struct object make_coverage(const struct summary *sum);
struct object make_zone(const struct summary *sum, const struct zone_summary *z);
struct object make_states(const uint64_t states[PAGE_STATES]);
struct object make_totals(const struct totals *t);
struct object make_limits(const struct summary *sum);
struct object make_signature(const struct report *rep);
/* Adds "page_tables" to @o, if --verify=tables was asked for. */
void put_page_tables(struct object *o, const struct summary *sum);
/* Adds "alloc_tags" to @o, if --verify=tags was asked for and the kernel has them. */
void put_alloc_tags(struct object *o, const struct summary *sum);
/* Adds "slab_caches" to @o, if --verify=slab was asked for. */
void put_slab_caches(struct object *o, const struct summary *sum);
/* Adds "owners", if --owners was asked for. */
void put_owners(struct object *o, const struct summary *sum);
void put_page_cache(struct object *o, const struct summary *sum);
/* Adds "origin", "confidence" and "origin_evidence" to @o, if there is a verdict. */
void put_origin(struct object *o, const struct report *rep);
/* Adds "history" to @o, where earlier reports were read. */
void put_history(struct object *o, const struct report *rep);
/* Adds the members of a finding to @o. */
void put_finding(struct object *o, const struct report *rep, const struct finding *f);

#endif
