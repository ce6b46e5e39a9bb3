/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_json.h"

#include <inttypes.h>
#include <string.h>

#include "debuginfo/debuginfo.h"

struct object object_new(void)
{
	struct object o = { .json = json_object_new_object() };

	o.failed = !o.json;
	return o;
}

struct object array_new(void)
{
	struct object o = { .json = json_object_new_array() };

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

void put_bool(struct object *o, const char *key, bool value)
{
	put(o, key, json_object_new_boolean(value));
}

/* json-c writes the bytes it is given: see to it that they are UTF-8. NULL: no memory. */
static struct json_object *clean_string(const char *value)
{
	size_t size = strlen(value) + 1;
	_cleanup_free_ char *clean = malloc(size);

	if (!clean)
		return NULL;
	report_clean(clean, size, value, false);
	return json_object_new_string(clean);
}

void put_str(struct object *o, const char *key, const char *value)
{
	if (value)
		put(o, key, clean_string(value));
}

static void put_hex(struct object *o, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	put(o, key, json_object_new_string(text));
}

/* Takes @value over, also its failure. */
void put_object(struct object *o, const char *key, struct object *value)
{
	if (value->failed) {
		json_object_put(value->json);
		value->json = NULL;
	}
	put(o, key, value->json);
}

static void append(struct object *array, struct json_object *value)
{
	if (array->failed || !value || json_object_array_add(array->json, value) != 0) {
		array->failed = true;
		json_object_put(value);
	}
}

void append_object(struct object *array, struct object *value)
{
	if (value->failed) {
		json_object_put(value->json);
		value->json = NULL;
	}
	append(array, value->json);
}

/* Text in which the name of the dumped machine may occur. */
static void put_private(struct object *o, const char *key, const struct report *rep,
			const char *value)
{
	_cleanup_free_ char *text = report_private(rep, value);

	put(o, key, text ? clean_string(text) : NULL);
}

static struct object make_arguments(const struct report *rep)
{
	struct object o = array_new();

	for (size_t i = 0; i < rep->opt.n_arguments; i++) {
		_cleanup_free_ char *text = report_private(rep, rep->opt.arguments[i]);

		append(&o, text ? clean_string(text) : NULL);
	}
	return o;
}

struct object make_tool(const struct report *rep)
{
	struct object o = object_new(), arguments = make_arguments(rep);

	put_str(&o, "version", PACKAGE_VERSION);
	put_str(&o, "libkdumpfile", vmcore_library_version());
	put_str(&o, "elfutils", debuginfo_library_version());
	put_object(&o, "arguments", &arguments);
	return o;
}

struct object make_dump(const struct report *rep)
{
	const struct vmcore_info *info = rep->info;
	struct object o = object_new();
	char path[PATH_MAX];

	report_absolute(rep->path, path);
	put_private(&o, "path", rep, path);
	if (!info)
		return o;
	put_str(&o, "format", info->format);
	put_bool(&o, "live", info->live);
	put_num(&o, "bytes", info->bytes);
	if (info->missing_bytes)
		put_num(&o, "missing_bytes", info->missing_bytes);
	if (rep->sum->not_atomic) {
		put_bool(&o, "atomic", false);
		put_str(&o, "not_atomic_why", rep->sum->not_atomic);
	}
	return o;
}

struct object make_kernel(const struct report *rep)
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
	put_str(&o, "vmlinux", sum->vmlinux);
	if (sum->has_fingerprint) {
		put_hex(&o, "fingerprint", sum->fingerprint);
		put_bool(&o, "fingerprint_known", sum->fingerprint_known);
	}
	return o;
}

static struct object make_module(const struct hardware_module *m)
{
	struct object o = object_new();

	put_str(&o, "place", m->place);
	put_num(&o, "bytes", m->size);
	return o;
}

static struct object make_memory_errors(const struct hardware_count *c)
{
	struct object o = object_new();

	put_str(&o, "place", c->place);
	put_num(&o, "corrected", c->corrected);
	put_num(&o, "uncorrected", c->uncorrected);
	return o;
}

static struct object make_checks(const struct hardware *hw)
{
	struct object o = object_new();

	put_num(&o, "count", hw->checks);
	put_num(&o, "of_memory", hw->memory_checks);
	put_num(&o, "bank", hw->check_bank);
	put_hex(&o, "status", hw->check_status);
	if (hw->has_address)
		put_hex(&o, "address", hw->check_address);
	return o;
}

/* Which machine it is stays hidden with --anonymous. */
static struct object make_hardware(const struct crash_facts *c, bool hidden)
{
	const struct crash_machine *m = &c->machine;
	const struct hardware *hw = &c->hardware;
	struct object o = object_new();

	put_str(&o, "board", m->board[0] ? m->board : NULL);
	put_str(&o, "slots", m->slots[0] ? m->slots : NULL);
	put_str(&o, "microcode", m->microcode[0] ? m->microcode : NULL);
	put_str(&o, "hypervisor", m->hypervisor[0] ? m->hypervisor : NULL);
	if (m->edac)
		put_bool(&o, "edac", true);
	put_str(&o, "chassis", hw->chassis[0] ? hw->chassis : NULL);
	put_str(&o, "ecc", hardware_ecc_name(hw->ecc));
	if (hw->has_id && !hidden)
		put_hex(&o, "machine_id", hw->id);
	if (hw->n_modules) {
		struct object modules = array_new();

		for (size_t i = 0; i < hw->n_modules; i++) {
			struct object one = make_module(&hw->modules[i]);

			append_object(&modules, &one);
		}
		put_object(&o, "modules", &modules);
	}
	if (hw->n_counts) {
		struct object counts = array_new();

		for (size_t i = 0; i < hw->n_counts; i++) {
			struct object one = make_memory_errors(&hw->counts[i]);

			append_object(&counts, &one);
		}
		put_object(&o, "memory_errors", &counts);
	}
	if (hw->checks) {
		struct object checks = make_checks(hw);

		put_object(&o, "machine_checks", &checks);
	}
	return o;
}

static bool has_hardware(const struct crash_facts *c)
{
	const struct crash_machine *m = &c->machine;
	const struct hardware *hw = &c->hardware;

	return m->board[0] || m->slots[0] || m->microcode[0] || m->hypervisor[0] || m->edac ||
	       hw->chassis[0] || hw->ecc != ECC_UNKNOWN || hw->has_id || hw->n_modules ||
	       hw->n_counts || hw->checks;
}

struct object make_crash(const struct report *rep)
{
	const struct crash_facts *c = &rep->sum->crash;
	char host[REPORT_HOST_SIZE];
	struct object o = object_new();

	report_host(rep, host);
	if (c->has_time)
		put_num(&o, "time", c->time);
	put_str(&o, "hostname", host[0] ? host : NULL);
	put_str(&o, "machine", rep->opt.machine);
	if (c->panic[0])
		put_private(&o, "panic", rep, c->panic);
	if (c->has_taint)
		put_num(&o, "taint", c->taint);
	if (c->has_uptime)
		put_num(&o, "uptime", c->uptime);
	if (has_hardware(c)) {
		struct object hardware = make_hardware(c, rep->opt.host == HOST_HIDDEN);

		put_object(&o, "hardware", &hardware);
	}
	return o;
}

struct object make_checker(const struct checker_summary *c)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "absent",
		[CHECKER_DISABLED] = "disabled",
		[CHECKER_ACTIVE] = "active",
		[CHECKER_UNKNOWN] = "unknown",
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

static struct object make_text(const struct text_sum *text)
{
	struct object o = object_new();

	put_num(&o, "compared", text->compared);
	put_num(&o, "left_out", text->left_out);
	put_num(&o, "unread", text->unread);
	put_num(&o, "changes", text->changes);
	put_num(&o, "modules", text->modules);
	put_num(&o, "modules_missing", text->modules_missing);
	put_num(&o, "modules_unknown", text->modules_unknown);
	return o;
}

struct object make_coverage(const struct summary *sum)
{
	const struct coverage *cov = &sum->coverage;
	struct object o = object_new();

	put_num(&o, "pfns", cov->pfns);
	put_num(&o, "walked", cov->walked);
	put_num(&o, "holes", cov->holes);
	put_num(&o, "excluded", cov->excluded);
	put_num(&o, "unreadable", cov->unreadable);
	put_num(&o, "limbo", cov->limbo);
	put_num(&o, "bitmap_excluded", cov->bitmap_excluded);
	put_num(&o, "bitmap_unreadable", cov->bitmap_unreadable);
	if (cov->elsewhere || cov->bitmap_elsewhere) {
		put_num(&o, "elsewhere", cov->elsewhere);
		put_num(&o, "bitmap_elsewhere", cov->bitmap_elsewhere);
	}
	put_num(&o, "lists_cut", cov->lists_cut);
	if (cov->looks) {
		put_num(&o, "looks", cov->looks);
		put_num(&o, "transient", cov->transient);
	}
	if (sum->text.done) {
		struct object text = make_text(&sum->text);

		put_object(&o, "text", &text);
	}
	return o;
}

/* Blocks by migratetype; each value is an array by order. */
static struct object make_blocks(const struct summary *sum, const struct zone_summary *z,
				 size_t orders)
{
	struct object o = object_new();

	for (size_t mt = 0; mt < z->migratetypes && mt < SUMMARY_MIGRATETYPES; mt++) {
		struct object array = array_new();
		char name[32];

		if (mt < sum->n_migratetypes && sum->migratetypes[mt])
			report_clean(name, sizeof(name), sum->migratetypes[mt], false);
		else
			snprintf(name, sizeof(name), "type %zu", mt);
		for (size_t i = 0; i < orders; i++)
			append(&array, json_object_new_uint64(z->blocks[i][mt]));
		put_object(&o, name, &array);
	}
	return o;
}

static struct object make_per_cpu(const struct pcp_summary *p)
{
	struct object o = object_new();

	put_num(&o, "cpus", p->cpus);
	put(&o, "counted", json_object_new_int64(p->counted));
	if (p->most) {
		put_num(&o, "most", p->most);
		put(&o, "most_cpu", json_object_new_int(p->most_cpu));
	}
	put_num(&o, "differ", p->differ);
	put_num(&o, "locked", p->locked);
	return o;
}

struct object make_zone(const struct summary *sum, const struct zone_summary *z)
{
	size_t orders = z->orders < SUMMARY_ORDERS ? z->orders : SUMMARY_ORDERS;
	struct object o = object_new(), blocks = make_blocks(sum, z, orders);
	struct object nr_free = array_new(), per_cpu = make_per_cpu(&z->per_cpu);

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
	put_num(&o, "unaccepted", z->unaccepted);
	put_bool(&o, "lock_held", z->lock_held);
	put_num(&o, "lists_cut", z->lists_cut);
	for (size_t i = 0; i < orders; i++)
		append(&nr_free, json_object_new_uint64(z->nr_free[i]));
	put_object(&o, "nr_free", &nr_free);
	put_object(&o, "blocks", &blocks);
	put_object(&o, "per_cpu", &per_cpu);
	return o;
}

static void put_value(struct object *o, const char *key, enum evidence_kind kind,
		      uint64_t num, const char *str)
{
	if (kind == EV_NUM || kind == EV_PFN)
		put_num(o, key, num);
	else if (kind == EV_INT)
		put(o, key, json_object_new_int64((int64_t)num));
	else if (kind == EV_HEX)
		put_hex(o, key, num);
	else
		put_str(o, key, str);
}

static struct object make_evidence(const struct finding *f)
{
	struct object o = object_new();

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct evidence *e = &f->evidence[i];

		put_value(&o, evidence_type(e->id)->key, e->kind, e->num, e->str);
	}
	return o;
}

static void put_field(struct object *o, const struct finding *f)
{
	const struct wrong_field *w = &f->field;

	if (!w->name)
		return;
	put_str(o, "field", w->name);
	put_value(o, "found", w->kind, w->found, w->found_str);
	if (w->has_expected)
		put_value(o, "expected", w->kind, w->expected, w->expected_str);
	if (finding_field_xor(f))
		put_hex(o, "xor", finding_field_xor(f));
}

void put_finding(struct object *o, const struct report *rep, const struct finding *f)
{
	struct object evidence = make_evidence(f);
	char text[512];

	put_str(o, "finding", finding_type(f->id)->slug);
	put_str(o, "severity", severity_name(f->severity));
	if (f->pfn != FINDING_NO_PFN)
		put_num(o, "pfn", f->pfn);
	put_num(o, "count", f->count);
	if (f->node >= 0)
		put(o, "node", json_object_new_int(f->node));
	put_str(o, "zone", f->zone);
	if (f->order >= 0)
		put(o, "order", json_object_new_int(f->order));
	if (f->cpu >= 0)
		put(o, "cpu", json_object_new_int(f->cpu));
	put_str(o, "migratetype", f->migratetype);
	put_str(o, "verdict", verdict_name(f->verdict));
	put_str(o, "class", class_name(f->damage));
	put_str(o, "explained", f->explained);
	put_field(o, f);
	put_object(o, "evidence", &evidence);
	report_describe(f, rep->sum->page_size, text, sizeof(text));
	put_str(o, "text", text);
}

/* Only findings that occurred have a key in by_finding. */
struct object make_totals(const struct totals *t)
{
	struct object o = object_new(), by_finding = object_new();

	put_num(&o, "corrupt", t->by_severity[SEV_CORRUPT]);
	put_num(&o, "suspect", t->by_severity[SEV_SUSPECT]);
	put_num(&o, "note", t->by_severity[SEV_NOTE]);
	put_num(&o, "ignored", t->ignored);
	put_num(&o, "explained_pages", t->explained);
	for (size_t i = 0; i < FINDING_IDS; i++)
		if (t->by_finding[i] > 0)
			put_num(&by_finding, finding_type((enum finding_id)i)->slug,
				t->by_finding[i]);
	put_object(&o, "by_finding", &by_finding);
	return o;
}

struct object make_states(const uint64_t states[PAGE_STATES])
{
	struct object o = object_new();

	for (size_t i = 0; i < PAGE_STATES; i++)
		put_num(&o, page_state_slug((enum page_state)i), states[i]);
	return o;
}

struct object make_limits(const struct summary *sum)
{
	struct object o = array_new();

	for (size_t i = 0; i < sum->n_limits && i < ARRAY_SIZE(sum->limits); i++) {
		char clean[sizeof(sum->limits[0])];

		report_clean(clean, sizeof(clean), sum->limits[i], false);
		append(&o, json_object_new_string(clean));
	}
	return o;
}

struct object make_reason(const char *why)
{
	struct object o = array_new();
	char clean[LIMIT_LEN];

	report_clean(clean, sizeof(clean), why, false);
	append(&o, json_object_new_string(clean));
	return o;
}

static struct object make_origin_sign(const struct report *rep, const struct origin_line *line)
{
	const struct origin_sign_type *sign = origin_sign_type(line->sign);
	struct object o = object_new();

	put_str(&o, "sign", sign->slug);
	if (line->side != ORIGIN_UNDECIDED)
		put_str(&o, "for", origin_name(line->side));
	put_num(&o, "weight", line->weight);
	put_num(&o, "times", line->times);
	put_str(&o, "text", sign->text);
	if (line->log)
		put_private(&o, line->by_memory ? "memory" : "log", rep, line->log);
	return o;
}

void put_history(struct object *o, const struct report *rep)
{
	struct object history = object_new();
	struct origin_past past;

	if (!rep->history) {
		json_object_put(history.json);
		return;
	}
	report_past(rep, &past);
	put_num(&history, "runs", past.runs);
	put_num(&history, "unread", history_unread(rep->history));
	put_num(&history, "same_machine", past.same_machine);
	put_num(&history, "again", past.again);
	put_num(&history, "hardware_before", past.hardware_before);
	put_num(&history, "elsewhere", past.elsewhere);
	put_object(o, "history", &history);
}

void put_page_tables(struct object *o, const struct summary *sum)
{
	const struct table_tally *t = &sum->tables;
	struct object tables;

	if (!t->spaces)
		return;
	tables = object_new();
	put_num(&tables, "address_spaces", t->spaces);
	put_num(&tables, "tables", t->tables);
	put_num(&tables, "entries", t->entries);
	put_num(&tables, "unread", t->unread);
	put_object(o, "page_tables", &tables);
}

void put_alloc_tags(struct object *o, const struct summary *sum)
{
	const struct tags_tally *t = &sum->tags;
	struct object tags, sites;

	if (t->state != ALLOC_TAGS_ON)
		return;
	tags = object_new();
	sites = array_new();
	put_num(&tags, "pages", t->pages);
	put_num(&tags, "stale", t->stale);
	for (size_t i = 0; i < t->n; i++) {
		const struct tag_use *use = &t->uses[i];
		struct object site = object_new();

		put_str(&site, "alloc_site", use->tag.site);
		put_num(&site, "pages", use->pages);
		if (use->tag.counted) {
			put(&site, "bytes", json_object_new_int64(use->tag.bytes));
			put(&site, "calls", json_object_new_int64(use->tag.calls));
		}
		append_object(&sites, &site);
	}
	put_object(&tags, "sites", &sites);
	put_object(o, "alloc_tags", &tags);
}

void put_slab_caches(struct object *o, const struct summary *sum)
{
	struct object caches;

	if (!sum->slabs.n)
		return;
	caches = array_new();
	for (size_t i = 0; i < sum->slabs.n; i++) {
		const struct slab_tally *c = &sum->slabs.caches[i];
		struct object cache = object_new();

		put_str(&cache, "cache", c->name);
		put_hex(&cache, "kmem_cache", c->kaddr);
		put_num(&cache, "size", c->size);
		put_num(&cache, "slabs", c->slabs);
		put_num(&cache, "free_objects", c->free);
		put_num(&cache, "unread", c->unread);
		put_num(&cache, "corrupt", c->corrupt);
		append_object(&caches, &cache);
	}
	put_object(o, "slab_caches", &caches);
}

static struct object make_owner_class(const struct summary *sum, enum memory_class class)
{
	const struct memory_class_sum *c = &sum->owners.classes[class];
	struct object o = object_new(), all = array_new();
	size_t n;
	const struct memory_item *items = memory_owners_items(&sum->owners, class, &n);

	put_str(&o, "class", memory_class_slug(class));
	put_num(&o, "pages", c->pages);
	if (c->has_counter) {
		put_str(&o, "counter", c->counter_name);
		put_num(&o, "counter_pages", c->counter);
	}
	for (size_t i = 0; i < n; i++) {
		struct object item;

		if (!items[i].pages)
			continue;
		item = object_new();
		put_str(&item, "name", items[i].name[0] ? items[i].name : NULL);
		put_num(&item, "pages", items[i].pages);
		append_object(&all, &item);
	}
	put_object(&o, "items", &all);
	return o;
}

void put_owners(struct object *o, const struct summary *sum)
{
	const struct memory_owners *mo = &sum->owners;
	struct object owners, classes;

	if (!mo->done)
		return;
	owners = object_new();
	classes = array_new();
	put_num(&owners, "pages", mo->pages);
	put_num(&owners, "present", mo->present);
	put_num(&owners, "twice", mo->twice);
	for (size_t i = 0; i < MEMORY_CLASSES; i++) {
		const struct memory_class_sum *c = &mo->classes[i];
		struct object class;

		if (!c->pages && !c->has_counter)
			continue;
		class = make_owner_class(sum, (enum memory_class)i);
		append_object(&classes, &class);
	}
	put_object(&owners, "classes", &classes);
	put_object(o, "owners", &owners);
}

void put_page_cache(struct object *o, const struct summary *sum)
{
	struct object list;

	if (!sum->cache.n)
		return;
	list = array_new();
	for (size_t i = 0; i < sum->cache.n; i++) {
		const struct cache_tally *c = &sum->cache.list[i];
		struct object fs = object_new();

		put_str(&fs, "file_system", c->fs.type);
		put_str(&fs, "device", c->fs.id);
		put_hex(&fs, "super_block", c->fs.sb);
		put_num(&fs, "inodes", c->inodes);
		put_num(&fs, "files", c->files);
		put_num(&fs, "pages", c->pages);
		put_num(&fs, "values", c->values);
		put_num(&fs, "locked", c->locked);
		put_num(&fs, "unread", c->unread);
		put_num(&fs, "corrupt", c->corrupt);
		append_object(&list, &fs);
	}
	put_object(o, "page_cache", &list);
}

void put_origin(struct object *o, const struct report *rep)
{
	struct origin_line lines[ORIGIN_SIGNS];
	struct origin_verdict v;
	size_t n = report_origin(rep, &v, lines);
	struct object evidence;

	if (!n)
		return;
	evidence = array_new();
	put_str(o, "origin", origin_name(v.origin));
	if (v.origin != ORIGIN_UNDECIDED)
		put_num(o, "confidence", v.confidence);
	for (size_t i = 0; i < n; i++) {
		struct object sign = make_origin_sign(rep, &lines[i]);

		append_object(&evidence, &sign);
	}
	put_object(o, "origin_evidence", &evidence);
}

static struct object make_signature_item(const struct signature_item *item)
{
	struct object o = object_new();

	put_str(&o, "finding", finding_type(item->id)->slug);
	put_str(&o, "zone", item->zone[0] ? item->zone : NULL);
	if (item->order >= 0)
		put(&o, "order", json_object_new_int(item->order));
	put_str(&o, "class", class_name(item->damage));
	if (item->bit >= 0)
		put(&o, "bit", json_object_new_int(item->bit));
	return o;
}

struct object make_signature(const struct report *rep)
{
	const char *build_id = report_build_id(rep);
	struct object o = object_new(), set = array_new();
	char id[17];

	snprintf(id, sizeof(id), "%016" PRIx64,
		 report_signature_hash(&rep->signature, build_id));
	put_str(&o, "id", id);
	if (report_signature_kind(&rep->signature)) {
		snprintf(id, sizeof(id), "%016" PRIx64, report_signature_kind(&rep->signature));
		put_str(&o, "kind", id);
	}
	put_str(&o, "build_id", build_id);
	for (size_t i = 0; i < rep->signature.n; i++) {
		struct object item = make_signature_item(&rep->signature.items[i]);

		append_object(&set, &item);
	}
	put_object(&o, "set", &set);
	if (rep->signature.cut)
		put_bool(&o, "cut", true);
	return o;
}
