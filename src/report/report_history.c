/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/one_bit.h"

#define MAX_FILES 100000
#define MAX_RUNS 1000000
#define MAX_PLACES 1000000
#define MAX_OWN_PLACES 256
#define MAX_VALUE (64u << 20)	/* bytes of one document */
#define MAX_DEPTH 16
#define MAX_MACHINES 1024
#define CLOCK_SET 30		/* seconds by which a clock is set right after boot */
#define BLOCK 65536
/* Lines of a run may be mixed with those of so many others. */
#define MIXED_RUNS 64

/* Where one bit is wrong: a byte of memory, or a field of the page @page. Equal ones are one cell. */
struct place {
	size_t run;
	uint64_t page, field;
	unsigned int bit;
};

/* An earlier report. Names are kept as hashes, 0: unknown. */
struct past_run {
	uint64_t run_id, dump_id, machine, host, id, kind;
	uint64_t time, uptime;	/* seconds; time 0: unknown */
	enum origin origin;
	uint32_t page_size;	/* 0: unknown */
};

struct history {
	struct past_run *runs;
	size_t n, room;
	struct place *places;
	size_t n_places, places_room;
	struct place own[MAX_OWN_PLACES];
	size_t n_own;
	uint64_t unread, files;
	bool failed;	/* out of memory */
};

static uint64_t name_of(const char *text)
{
	return text && text[0] ? hash_bytes(HASH_INIT, text, strlen(text)) : 0;
}

/* The text called @key; NULL: there is none. */
static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static struct json_object *member_of(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (json_object_is_type(o, json_type_object))
		(void)json_object_object_get_ex(o, key, &v);
	return v;
}

static bool number_of(struct json_object *o, const char *key, uint64_t *ret)
{
	struct json_object *v = member_of(o, key);

	if (!v || !json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0)
		return false;
	*ret = (uint64_t)json_object_get_int64(v);
	return true;
}

/* "0x..." */
static bool hex_of(struct json_object *o, const char *key, uint64_t *ret)
{
	const char *text = text_of(o, key);
	char *end;

	if (!text || strncmp(text, "0x", 2) != 0 || strlen(text) > 18)
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 16);
	return !errno && !*end;
}

/* A place in physical memory: the bit @bit of the word at @paddr. */
static void in_memory(uint64_t paddr, uint64_t bit, struct place *ret)
{
	ret->page = paddr + bit / 8;
	ret->field = 0;
	ret->bit = (unsigned int)(bit % 8);
}

/* What a finding says of one wrong bit, wherever it is from. */
struct told {
	const char *verdict, *field;
	bool has_pfn, has_bit, has_primary, has_secondary, has_kaddr;
	uint64_t pfn, count, bit, xor, primary, secondary, kaddr;
};

static bool place_of(const struct told *t, uint32_t page_size, struct place *ret)
{
	bool primary = t->verdict && !strcmp(t->verdict, "primary");
	bool secondary = t->verdict && !strcmp(t->verdict, "secondary");

	if (t->count == 1 && t->has_bit && t->bit < 64 &&
	    ((primary && t->has_primary) || (secondary && t->has_secondary))) {
		in_memory(primary ? t->primary : t->secondary, t->bit, ret);
		return true;
	}
	if (!t->field || !one_bit(t->xor) || !t->has_pfn)
		return false;
	/* Of code the page is the one that is wrong, and of others that which is told of. */
	if (!strncmp(t->field, "kernel.", strlen("kernel.")) && t->has_kaddr && page_size &&
	    t->pfn <= UINT64_MAX / page_size - 1) {
		in_memory(t->pfn * page_size + t->kaddr % page_size / 8 * 8,
			  (uint64_t)__builtin_ctzll(t->xor), ret);
		return true;
	}
	ret->page = t->pfn;
	ret->field = name_of(t->field);
	ret->bit = (unsigned int)__builtin_ctzll(t->xor);
	return true;
}

static void add_place(struct history *h, size_t run, const struct told *t, uint32_t page_size)
{
	struct place p = { .run = run };
	struct place *bigger;

	if (h->n_places == MAX_PLACES || !place_of(t, page_size, &p))
		return;
	bigger = array_grow(h->places, &h->places_room, h->n_places, sizeof(*h->places));
	h->failed |= !bigger;
	if (!bigger)
		return;
	h->places = bigger;
	h->places[h->n_places++] = p;
}

static void add_finding(struct history *h, size_t run, struct json_object *f, uint32_t page_size)
{
	struct json_object *evidence = member_of(f, "evidence");
	const char *severity = text_of(f, "severity");
	struct told t = { .verdict = text_of(f, "verdict"), .field = text_of(f, "field") };

	if (!severity || !strcmp(severity, "note"))
		return;
	t.has_pfn = number_of(f, "pfn", &t.pfn);
	if (!number_of(f, "count", &t.count))
		t.count = 0;
	if (!hex_of(f, "xor", &t.xor))
		t.xor = 0;
	t.has_bit = number_of(evidence, "bit", &t.bit);
	t.has_primary = hex_of(evidence, "primary_word_paddr", &t.primary);
	t.has_secondary = hex_of(evidence, "secondary_word_paddr", &t.secondary);
	t.has_kaddr = hex_of(evidence, "field_kaddr", &t.kaddr);
	add_place(h, run, &t, page_size);
}

/* The run that a record is of: the one that has its name, or a new one. False: no room. */
static bool run_of(struct history *h, struct json_object *o, size_t *ret)
{
	uint64_t id = name_of(text_of(o, "run_id")), dump = name_of(text_of(o, "dump_id"));
	struct past_run *bigger;

	for (size_t i = h->n; id && i > 0 && h->n - i < MIXED_RUNS; i--) {
		if (h->runs[i - 1].run_id != id || h->runs[i - 1].dump_id != dump)
			continue;
		*ret = i - 1;
		return true;
	}
	if (h->n == MAX_RUNS)
		return false;
	bigger = array_grow(h->runs, &h->room, h->n, sizeof(*h->runs));
	h->failed |= !bigger;
	if (!bigger)
		return false;
	h->runs = bigger;
	h->runs[h->n] = (struct past_run){ .run_id = id, .dump_id = dump,
					       .origin = ORIGIN_UNDECIDED };
	*ret = h->n++;
	return true;
}

static void take_run(struct past_run *r, struct json_object *o)
{
	struct json_object *crash = member_of(o, "crash");
	const char *origin = text_of(o, "origin");
	const char *kind = text_of(member_of(o, "signature"), "kind");
	uint64_t size, id;

	if (number_of(member_of(o, "kernel"), "page_size", &size) && size <= UINT32_MAX)
		r->page_size = (uint32_t)size;
	r->kind = kind ? name_of(kind) : r->kind;
	if (text_of(crash, "machine"))
		r->machine = name_of(text_of(crash, "machine"));
	if (text_of(crash, "hostname"))
		r->host = name_of(text_of(crash, "hostname"));
	if (hex_of(member_of(crash, "hardware"), "machine_id", &id))
		r->id = id;
	if (number_of(crash, "time", &r->time) && !number_of(crash, "uptime", &r->uptime))
		r->time = 0;
	for (int i = 0; origin && i < ORIGINS; i++)
		if (!strcmp(origin, origin_name((enum origin)i)))
			r->origin = (enum origin)i;
}

/* A document or a record; false: it is neither. */
static bool take_value(struct history *h, struct json_object *o)
{
	struct json_object *findings;
	uint32_t page_size;
	size_t run;

	/* As pgcons-fleet keeps it. */
	if (member_of(o, "report"))
		o = member_of(o, "report");
	if (!text_of(o, "dump_id") || !run_of(h, o, &run))
		return false;
	take_run(&h->runs[run], o);
	page_size = h->runs[run].page_size;
	if (text_of(o, "finding"))
		add_finding(h, run, o, page_size);
	findings = member_of(o, "findings");
	for (size_t i = 0; json_object_is_type(findings, json_type_array) &&
	     i < json_object_array_length(findings); i++)
		add_finding(h, run, json_object_array_get_idx(findings, i), page_size);
	return true;
}

/* Values one after the other, whatever is between them. What is none ends with its line. */
static void take_stream(struct history *h, FILE *in, struct json_tokener *tok)
{
	_cleanup_free_ char *buf = malloc(BLOCK);
	size_t pending = 0;	/* bytes of a value so far */
	bool skip = false;	/* to the end of the line */
	size_t n;

	h->failed |= !buf;
	while (buf && !h->failed && (n = fread(buf, 1, BLOCK, in)) > 0) {
		for (size_t at = 0; at < n;) {
			struct json_object *o;
			char *end;

			if (skip) {
				end = memchr(buf + at, '\n', n - at);
				at = end ? (size_t)(end - buf) + 1 : n;
				skip = !end;
				continue;
			}
			o = json_tokener_parse_ex(tok, buf + at, (int)(n - at));
			if (json_tokener_get_error(tok) == json_tokener_continue) {
				pending += n - at;
				if (pending <= MAX_VALUE)
					break;
			} else if (json_tokener_get_error(tok) == json_tokener_success) {
				at += json_tokener_get_parse_end(tok);
				h->unread += !take_value(h, o);
				json_object_put(o);
				pending = 0;
				json_tokener_reset(tok);
				continue;
			}
			json_tokener_reset(tok);
			h->unread++;
			pending = 0;
			skip = true;
		}
	}
	/* A value that was cut short; line ends alone are none. */
	h->unread += pending > 1;
}

static enum pgc_status read_file(struct history *h, int dir, const char *name,
				 struct pgc_err *err)
{
	/* O_NONBLOCK: a FIFO must not hang us. */
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct json_tokener *tok;
	struct stat sb;
	FILE *in;

	if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode)) {
		int why = fd < 0 ? errno : EINVAL;

		cleanup_fd(&fd);
		return pgc_err_set(err, PGC_EIO, "%s: %s", name, strerror(why));
	}
	in = fdopen(fd, "r");
	tok = json_tokener_new_ex(MAX_DEPTH);
	h->failed |= !in || !tok;
	if (in && tok)
		take_stream(h, in, tok);
	if (tok)
		json_tokener_free(tok);
	if (in)
		fclose(in);
	else
		close(fd);
	return h->failed ? pgc_err_nomem(err, name) : PGC_OK;
}

static bool is_report(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && name[0] != '.' && (!strcmp(dot, ".json") || !strcmp(dot, ".jsonl"));
}

static void read_folder(struct history *h, DIR *dir, bool below);

/* One that cannot be read is counted: it must not keep the others from being read. */
static void read_entry(struct history *h, int dir, const struct dirent *entry, bool below)
{
	int fd = -1;
	DIR *sub;

	if (is_report(entry->d_name)) {
		h->files++;
		h->unread += read_file(h, dir, entry->d_name, NULL) != PGC_OK;
		return;
	}
	/* pgcons-fleet has its records in folders of this one. */
	if (!below && entry->d_name[0] != '.' &&
	    (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN))
		fd = openat(dir, entry->d_name, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	sub = fd < 0 ? NULL : fdopendir(fd);
	if (sub) {
		read_folder(h, sub, true);
		closedir(sub);
	} else {
		cleanup_fd(&fd);
	}
}

static void read_folder(struct history *h, DIR *dir, bool below)
{
	struct dirent *entry;

	while (!h->failed && h->files < MAX_FILES && (entry = readdir(dir)))
		read_entry(h, dirfd(dir), entry, below);
}

enum pgc_status history_read(const char *path, struct history **ret, struct pgc_err *err)
{
	struct history *h = calloc(1, sizeof(*h));
	enum pgc_status st;
	DIR *dir;

	*ret = NULL;
	if (!h)
		return pgc_err_nomem(err, "history");
	dir = opendir(path);
	if (dir) {
		read_folder(h, dir, false);
		closedir(dir);
		st = h->failed ? pgc_err_nomem(err, path) : PGC_OK;
	} else {
		st = read_file(h, AT_FDCWD, path, err);
	}
	if (st != PGC_OK) {
		history_destroy(h);
		return pgc_err_add(err, st, "--history");
	}
	*ret = h;
	return PGC_OK;
}

void history_destroy(struct history *h)
{
	if (!h)
		return;
	free(h->runs);
	free(h->places);
	free(h);
}

uint64_t history_unread(const struct history *h)
{
	return h->unread;
}

uint64_t history_runs(const struct history *h)
{
	return h->n;
}

static bool take_hex(const struct finding *f, enum fact_id id, uint64_t *ret)
{
	const struct evidence *e = finding_fact(f, id);

	*ret = e ? e->num : 0;
	return e;
}

void history_note(struct history *h, const struct finding *f, uint32_t page_size)
{
	struct told t = { .verdict = verdict_name(f->verdict), .field = f->field.name,
			  .has_pfn = f->pfn != FINDING_NO_PFN, .pfn = f->pfn, .count = f->count,
			  .xor = finding_field_xor(f) };

	if (f->severity == SEV_NOTE || h->n_own == MAX_OWN_PLACES)
		return;
	t.has_bit = take_hex(f, FACT_BIT, &t.bit);
	t.has_primary = take_hex(f, FACT_PRIMARY_WORD_PADDR, &t.primary);
	t.has_secondary = take_hex(f, FACT_SECONDARY_WORD_PADDR, &t.secondary);
	t.has_kaddr = take_hex(f, FACT_FIELD_KADDR, &t.kaddr);
	h->n_own += place_of(&t, page_size, &h->own[h->n_own]);
}

static bool is_same(const struct past_run *r, const struct history_now *now)
{
	if (r->id && now->machine_id && !(r->machine && now->named))
		return r->id == now->machine_id;
	for (size_t i = 0; i < ARRAY_SIZE(now->names); i++) {
		uint64_t name = name_of(now->names[i]);

		if (name && (name == r->machine || (!r->machine && name == r->host)))
			return true;
	}
	return false;
}

/*
 * Is it of another boot of this machine? Then whichever was later had not booted when the other
 * crashed. A second dump of one boot shows the same damage, whatever did it; where the time of
 * either is unknown, that is what it may be.
 */
static bool is_other_boot(const struct past_run *r, const struct history_now *now)
{
	bool before = r->time < now->time;
	uint64_t crashed = before ? r->time : now->time;
	uint64_t later = before ? now->time : r->time, uptime = before ? now->uptime : r->uptime;

	return crashed && later != crashed && uptime <= later && later - uptime + CLOCK_SET >= crashed;
}

/* Was one of the bits that are wrong now wrong in @run? */
static bool has_own_bit(const struct history *h, const struct place *p)
{
	for (size_t i = 0; i < h->n_own; i++)
		if (h->own[i].page == p->page && h->own[i].field == p->field &&
		    h->own[i].bit == p->bit)
			return true;
	return false;
}

/* How many machines other than this one show the same damage, as far as they are told apart. */
static uint64_t count_others(const struct history *h, const struct history_now *now)
{
	uint64_t seen[MAX_MACHINES], kind = name_of(now->kind);
	size_t n = 0;

	for (size_t i = 0; kind && i < h->n && n < MAX_MACHINES; i++) {
		const struct past_run *r = &h->runs[i];
		uint64_t name = r->machine ? r->machine : r->id ? r->id : r->host;
		size_t at = 0;

		if (r->kind != kind || !name || is_same(r, now))
			continue;
		while (at < n && seen[at] != name)
			at++;
		seen[at] = name;
		n += at == n;
	}
	return n;
}

void history_compare(const struct history *h, const struct history_now *now,
		     struct origin_past *ret)
{
	uint64_t dump = name_of(now->dump_id);
	bool known = now->machine_id != 0;

	*ret = (struct origin_past){ .runs = h->n };
	for (size_t i = 0; i < ARRAY_SIZE(now->names); i++)
		known |= name_of(now->names[i]) != 0;
	for (size_t i = 0; known && dump && i < h->n; i++) {
		const struct past_run *r = &h->runs[i];

		if (!is_same(r, now) || !r->dump_id || r->dump_id == dump)
			continue;
		ret->same_machine++;
		ret->hardware_before += r->origin == ORIGIN_HARDWARE && is_other_boot(r, now);
	}
	for (size_t i = 0; known && dump && i < h->n_places; i++) {
		const struct past_run *r = &h->runs[h->places[i].run];

		if (is_same(r, now) && r->dump_id && r->dump_id != dump && is_other_boot(r, now))
			ret->again += has_own_bit(h, &h->places[i]);
	}
	if (known && !now->flips)
		ret->elsewhere = count_others(h, now);
}
