/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

static void wrong(const char *what, const char *at, size_t len)
{
	fprintf(stderr, "the report is wrong: %s: %.*s\n", what, (int)(len > 200 ? 200 : len), at);
	abort();
}

/* Bytes of the dump that a terminal would obey. */
static void verify_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] == 0x7f || ((unsigned char)text[i] < ' ' && text[i] != '\n'))
			wrong("a control character", text + i, len - i);
}

/* The JSON value that is all of the @len bytes. The caller puts it. */
static struct json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(32);
	struct json_object *o;

	if (!tok)
		abort();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text, (int)len);
	if (!o || json_tokener_get_error(tok) != json_tokener_success)
		wrong(json_tokener_error_desc(json_tokener_get_error(tok)), text, len);
	json_tokener_free(tok);
	return o;
}

static void verify_number(uint64_t got, uint64_t findings)
{
	if (findings == UINT64_MAX || got == findings)
		return;
	fprintf(stderr, "the report has %llu findings of %llu\n", (unsigned long long)got,
		(unsigned long long)findings);
	abort();
}

static void verify_json(const char *text, size_t len, uint64_t findings)
{
	struct json_object *o = parse(text, len), *list;

	if (!json_object_object_get_ex(o, "findings", &list) ||
	    !json_object_object_get_ex(o, "result", NULL))
		wrong("no findings, or no result", text, len);
	verify_number(json_object_array_length(list), findings);
	json_object_put(o);
}

static void verify_lines(const char *text, size_t len, uint64_t findings)
{
	uint64_t got = 0;

	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		struct json_object *o = parse(text, n), *record = NULL;

		if (!end || !json_object_object_get_ex(o, "record", &record))
			wrong("no record", text, n);
		got += !strcmp(json_object_get_string(record), "finding");
		json_object_put(o);
		text += n + 1;
		len -= n + 1;
	}
	verify_number(got, findings);
}

void verify_report(const char *text, size_t len, enum report_format format, uint64_t findings)
{
	verify_text(text, len);
	if (format == REPORT_JSON)
		verify_json(text, len, findings);
	else if (format == REPORT_JSONL)
		verify_lines(text, len, findings);
}

void verify_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t i = 0;

	while (i < a_len && i < b_len && a[i] == b[i])
		i++;
	if (i < a_len || i < b_len)
		wrong("one thread and two do not tell the same", a + i, a_len - i);
}
