// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module_text.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/target_int.h"
#include "debuginfo/debuginfo_module.h"
#include "debuginfo/disassembly.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

#define MAX_MODULES 1024
#define MAX_TEXT (64u << 20)
#define MAX_DEPTH 10
#define MAX_LINKS 8
#define MAX_ENTRIES 50000	/* of folders that are looked at */
#define NAME 56			/* MODULE_NAME_LEN */
#define NOTE_MAX 64
/* More places than damage makes: then the file is another's, or this kernel rewrites otherwise. */
#define TOO_MANY 64

struct loaded {
	char name[NAME];
	uint64_t text, size, constants;	/* where its code and its constants are; size of the code */
	bool done;
};

struct search {
	struct kernel_reader kr;
	struct debuginfo *di;
	struct text_check *ret;
	struct loaded *modules;
	size_t n, left, entries;
	struct pgc_err *err;
	bool failed;		/* out of memory */
	struct disassembly *disassembly;	/* NULL: none, if it was asked for */
	bool asked;
};

/* One module while it is compared: its code as one piece. */
struct piece {
	const struct module_file *file;
	const struct arch *arch;
	const struct loaded *m;
	uint64_t *place;	/* of each section, from the code's start; UINT64_MAX: elsewhere */
	size_t n;
	uint8_t *right, *found, *may;
};

/* --- what is loaded --------------------------------------------------------------------------- */

static bool read_at(struct kernel_reader kr, uint64_t kaddr, enum layout_key key, uint64_t *ret)
{
	return layout_has(kr.k->lay, key) && kernel_member(kr, kaddr, key, ret);
}

/* Since 6.4 there is an array of kinds of memory; before, code and constants lay in one. */
static bool read_places(struct kernel_reader kr, uint64_t module, struct loaded *m)
{
	const struct layout *lay = kr.k->lay;
	uint64_t at, base, size;

	if (layout_has(lay, L_module_mem) && layout_has(lay, L_module_memory)) {
		if (!layout_has(lay, L_MOD_TEXT) || !layout_has(lay, L_MOD_RODATA))
			return false;
		at = module + layout_get(lay, L_module_mem);
		return read_at(kr, at + layout_get(lay, L_MOD_TEXT) * layout_get(lay, L_module_memory),
			       L_module_memory_base, &m->text) &&
		       read_at(kr, at + layout_get(lay, L_MOD_TEXT) * layout_get(lay, L_module_memory),
			       L_module_memory_size, &m->size) &&
		       read_at(kr, at + layout_get(lay, L_MOD_RODATA) * layout_get(lay, L_module_memory),
			       L_module_memory_base, &m->constants);
	}
	if (!layout_has(lay, L_module_core_layout))
		return false;
	at = module + layout_get(lay, L_module_core_layout);
	if (!read_at(kr, at, L_module_layout_base, &base) ||
	    !read_at(kr, at, L_module_layout_text_size, &size))
		return false;
	m->text = base;
	m->size = size;
	m->constants = base + size;
	return true;
}

static void read_module(struct search *s, uint64_t module)
{
	const struct layout *lay = s->kr.k->lay;
	struct loaded *m = &s->modules[s->n];
	uint64_t state;

	if (!read_at(s->kr, module, L_module_state, &state) ||
	    state != layout_get(lay, L_MODULE_STATE_LIVE) ||
	    vmcore_read(s->kr.vc, module + layout_get(lay, L_module_name), m->name, NAME - 1,
			"module.name", NULL) != PGC_OK ||
	    !read_places(s->kr, module, m) || !m->size || m->size > MAX_TEXT)
		return;
	m->name[NAME - 1] = '\0';
	s->n++;
}

static void read_modules(struct search *s)
{
	const struct layout *lay = s->kr.k->lay;
	uint64_t head, node;

	if (!lay || !layout_has(lay, L_modules) || !layout_has(lay, L_module_list) ||
	    !layout_has(lay, L_module_name) || !layout_has(lay, L_MODULE_STATE_LIVE))
		return;
	head = kernel_addr(s->kr.k, L_modules);
	node = head;
	for (size_t i = 0; i < MAX_MODULES && s->n < MAX_MODULES; i++) {
		if (vmcore_read_u64(s->kr.vc, node, "modules", &node, NULL) != PGC_OK || !node ||
		    node == head)
			break;
		read_module(s, node - layout_get(lay, L_module_list));
	}
	s->left = s->n;
}

/* --- what its file says ------------------------------------------------------------------------ */

static uint64_t aligned(uint64_t at, uint64_t align)
{
	return align > 1 ? (at + align - 1) / align * align : at;
}

static bool is_init(const struct module_section *sec)
{
	return !strncmp(sec->name, ".init", strlen(".init"));
}

/* The loader reads it, and keeps nothing of it. */
static bool is_dropped(const struct module_section *sec)
{
	return !strcmp(sec->name, ".modinfo") || !strncmp(sec->name, "__version", strlen("__version"));
}

/* Is it the file of the module that is loaded? Its build-id lies first among its constants. */
static bool is_same_build(struct kernel_reader kr, const struct module_file *file,
			  const struct loaded *m)
{
	const struct module_section *sec;
	uint8_t note[NOTE_MAX];
	uint64_t at = 0;

	for (size_t i = 1; (sec = module_file_section(file, i)); i++) {
		if (!sec->alloc || sec->exec || sec->writable || is_init(sec) || is_dropped(sec))
			continue;
		at = aligned(at, sec->align);
		if (!strcmp(sec->name, ".note.gnu.build-id"))
			return sec->bytes && sec->size <= sizeof(note) && sec->size > 16 &&
			       vmcore_read(kr.vc, m->constants + at, note, sec->size, "a build-id",
					   NULL) == PGC_OK &&
			       !memcmp(note, sec->bytes, sec->size);
		at += sec->size;
	}
	return false;
}

/* Lay the code out as the loader does. False: it comes out otherwise than it did there. */
static bool lay_out(struct piece *p, uint64_t page_size)
{
	const struct module_section *sec;
	uint64_t at = 0;

	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++) {
		p->place[i] = UINT64_MAX;
		if (!sec->alloc || !sec->exec || is_init(sec))
			continue;
		if (!sec->bytes && sec->size)
			return false;
		at = aligned(at, sec->align);
		if (at > p->m->size || sec->size > p->m->size - at)
			return false;
		p->place[i] = at;
		memcpy(p->right + at, sec->bytes, sec->size);
		at += sec->size;
	}
	return at && aligned(at, page_size) == p->m->size;
}

static bool in_code(const struct piece *p, const struct module_reloc *r)
{
	return r->section && r->section < p->n && p->place[r->section] != UINT64_MAX;
}

/* [@at, +@len) may be anything. */
static void allow(struct piece *p, uint64_t at, uint64_t before, uint64_t len)
{
	uint64_t from = at < before ? 0 : at - before;

	for (uint64_t i = from; i < at + len && i < p->m->size; i++)
		p->may[i] = 1;
}

static bool has_section(const struct piece *p, const char *name)
{
	const struct module_section *sec;

	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++)
		if (!strcmp(sec->name, name))
			return true;
	return false;
}

/* An entry begins with what the loader makes the place's address. */
static bool fits(const struct module_section *sec, unsigned int stride)
{
	size_t n = 0;

	if (!stride || sec->size % stride)
		return false;
	for (size_t i = 0; i < sec->n_relocs; i++)
		n += sec->relocs[i].offset % stride == 0;
	return n == sec->size / stride;
}

static void allow_table(struct piece *p, const struct module_section *sec,
			const struct arch_patch *row)
{
	for (size_t i = 0; i < sec->n_relocs; i++) {
		const struct module_reloc *r = &sec->relocs[i];
		uint64_t len = row->after;

		if (r->offset % row->stride || !in_code(p, r))
			continue;
		if (row->size_at && sec->bytes && r->offset + row->size_at < sec->size)
			len = sec->bytes[r->offset + row->size_at];
		allow(p, p->place[r->section] + r->value + (uint64_t)r->addend, row->before, len);
	}
}

static bool is_named(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);

	return len && wanted[len - 1] == '*' ? !strncmp(name, wanted, len - 1) :
					       !strcmp(name, wanted);
}

/* What the kernel rewrites. False: a table has a form that is not known. */
static bool allow_patches(struct piece *p)
{
	const struct module_section *sec;

	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++) {
		bool any = false, done = false;

		for (const struct arch_patch *row = p->arch->patches; row->at != ARCH_PATCH_NONE; row++) {
			const char *name = row->section ? row->section : row->module;

			if (done || !name || !is_named(sec->name, name) ||
			    (row->with && !has_section(p, row->with)))
				continue;
			any = true;
			if (row->at == ARCH_PATCH_WHOLE) {
				if (p->place[i] != UINT64_MAX)
					allow(p, p->place[i], 0, sec->size);
				done = true;
			} else if (fits(sec, row->stride)) {
				allow_table(p, sec, row);
				done = true;
			}
		}
		if (any && !done && sec->size)
			return false;
	}
	return true;
}

/* --- what the loader wrote ---------------------------------------------------------------------- */

struct use {
	uint32_t symbol;
	uint64_t where;		/* by what is there, the symbol is there; the low half of it */
	uint64_t at, place;	/* in the code; its address less what was added */
	unsigned int bytes;
	bool known;		/* @where is by the module's own layout */
};

static int by_symbol(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->symbol != y->symbol)
		return x->symbol < y->symbol ? -1 : 1;
	return x->where < y->where ? -1 : x->where > y->where;
}

static uint64_t field_of(const uint8_t *bytes, unsigned int n)
{
	return n == 8 ? target_u64(bytes) : target_u32(bytes);
}

static void put_field(uint8_t *bytes, uint64_t value)
{
	for (unsigned int i = 0; i < sizeof(uint32_t); i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

static void note_use(struct piece *p, size_t section, const struct module_reloc *r,
		     struct use *uses, size_t *n)
{
	bool relative = false;
	unsigned int bytes = p->arch->reloc_bytes ? p->arch->reloc_bytes(r->type, &relative) : 0;
	uint64_t at = p->place[section] + r->offset, base;

	if (!bytes || at + bytes > p->m->size) {
		allow(p, at, 0, sizeof(uint64_t));
		return;
	}
	/* Near a place that is patched, what is there is no witness of where the symbol is. */
	for (unsigned int i = 0; i < bytes && !in_code(p, r); i++) {
		if (!p->may[at + i])
			continue;
		allow(p, at, 0, bytes);
		return;
	}
	base = (uint64_t)r->addend - (relative ? p->m->text + at : 0);
	uses[*n] = (struct use){ .symbol = r->symbol, .at = at, .place = base, .bytes = bytes,
				 .where = (field_of(p->found + at, bytes) - base) & UINT32_MAX };
	if (in_code(p, r)) {
		uses[*n].known = true;
		uses[*n].where = (p->m->text + p->place[r->section] + r->value) & UINT32_MAX;
	}
	(*n)++;
}

/* Of the uses of a symbol most say where it is; one alone is believed. */
static void settle_uses(struct piece *p, struct use *u, size_t n)
{
	size_t best = 0, most = 0;

	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && u[i + run].where == u[i].where; run++)
			;
		if (run > most) {
			most = run;
			best = i;
		}
	}
	for (size_t i = 0; i < n; i++) {
		bool sure = u[i].known || (most > 1 && 2 * most > n);

		/* The upper half of a whole address is as that of all others. */
		memcpy(p->right + u[i].at, p->found + u[i].at, u[i].bytes);
		if (sure)
			put_field(p->right + u[i].at, u[best].where + u[i].place);
	}
}

static bool relocate(struct piece *p)
{
	const struct module_section *sec;
	struct use *uses;
	size_t n = 0, all = 0;

	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++)
		all += p->place[i] != UINT64_MAX ? sec->n_relocs : 0;
	uses = calloc(all ? all : 1, sizeof(*uses));
	if (!uses)
		return false;
	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++)
		for (size_t r = 0; p->place[i] != UINT64_MAX && r < sec->n_relocs; r++)
			note_use(p, i, &sec->relocs[r], uses, &n);
	qsort(uses, n, sizeof(*uses), by_symbol);
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && uses[i + run].symbol == uses[i].symbol; run++)
			;
		settle_uses(p, uses + i, run);
	}
	free(uses);
	return true;
}

/* --- one module --------------------------------------------------------------------------------- */

struct probe {
	struct piece *p;
	unsigned int bytes;
};

static void allow_probe(void *arg, uint64_t kaddr)
{
	struct probe *probe = arg;
	struct piece *p = probe->p;

	if (kaddr >= p->m->text && kaddr - p->m->text < p->m->size)
		allow(p, kaddr - p->m->text, 0, probe->bytes);
}

static void find_changes(struct search *s, const struct piece *p, const struct module_section *sec,
			 uint64_t at)
{
	const uint64_t linked = p->m->text + at - s->kr.k->slide;
	struct text_runs runs = { .kr = s->kr, .ret = s->ret, .text = linked,
				  .etext = linked + sec->size };
	struct text_piece piece = { .name = sec->name, .addr = linked, .size = sec->size,
				    .to = sec->size, .right = p->right + at,
				    .found = p->found + at };

	text_runs_find(&runs, &piece);
}

/* Of section @i, unless it was named as one of those before. */
static void name_change(struct search *s, const struct piece *p, const struct module_section *sec,
			size_t i, struct text_change *ch)
{
	uint64_t start = 0, off = ch->kaddr - p->m->text - p->place[i];
	const char *name;

	if (ch->symbol[0])
		return;
	name = module_file_symbol(p->file, i, off, &start);
	if (!name) {
		snprintf(ch->symbol, sizeof(ch->symbol), "%.24s:%.24s+0x%" PRIx64, p->m->name,
			 sec->name, off);
		return;
	}
	snprintf(ch->symbol, sizeof(ch->symbol), "%.24s:%.48s+0x%" PRIx64, p->m->name, name,
		 off - start);
	if (!s->disassembly && !s->asked)
		s->disassembly = disassembly_create(p->arch);
	s->asked = true;
	if (s->disassembly)
		text_code_words(s->disassembly, p->right + p->place[i] + start, sec->size - start,
				ch->linked - (off - start), ch);
}

/* What lies between sections is nobody's, and what the dump has not is taken for right. */
static void compare(struct search *s, struct piece *p)
{
	struct probe probe = { p, p->arch->probe_bytes };
	const struct module_section *sec;
	size_t first = s->ret->n;
	uint64_t before = s->ret->changes;

	text_probes_each(s->kr, s->di, allow_probe, &probe);
	for (size_t i = 0; i < p->m->size; i++)
		if (p->may[i])
			p->right[i] = p->found[i];
	for (size_t i = 1; (sec = module_file_section(p->file, i)); i++) {
		uint64_t at = p->place[i];

		if (at == UINT64_MAX || !sec->size)
			continue;
		for (size_t b = 0; b < sec->size; b++)
			s->ret->left_out += p->may[at + b];
		s->ret->compared += sec->size;
		find_changes(s, p, sec, at);
		for (size_t c = first; c < s->ret->n; c++)
			name_change(s, p, sec, i, &s->ret->change[c]);
	}
	if (s->ret->changes - before > TOO_MANY) {
		s->ret->changes = before;
		s->ret->n = first;
		s->ret->modules_unknown++;
		return;
	}
	s->ret->modules++;
}

static void read_found(struct search *s, struct piece *p)
{
	const uint64_t page = vmcore_info(s->kr.vc)->page_size;

	memcpy(p->found, p->right, p->m->size);
	for (uint64_t at = 0; at < p->m->size; at += page) {
		uint64_t len = p->m->size - at < page ? p->m->size - at : page;
		size_t done;

		if (vmcore_read_bulk(s->kr.vc, p->m->text + at, p->found + at, len, &done, NULL) ==
		    PGC_OK)
			continue;
		memcpy(p->found + at, p->right + at, len);
		allow(p, at, 0, len);
		s->ret->unread += len;
	}
}

static bool compare_file(struct search *s, struct loaded *m, const struct module_file *file)
{
	struct piece p = { .file = file, .m = m,
			   .arch = arch_known(vmcore_info(s->kr.vc)->arch) };
	bool ok = true;

	while (module_file_section(file, p.n + 1))
		p.n++;
	p.n++;
	p.place = calloc(p.n, sizeof(*p.place));
	p.right = calloc(1, m->size);
	p.found = calloc(1, m->size);
	p.may = calloc(1, m->size);
	ok = p.place && p.right && p.found && p.may;
	/* Where relocations are unknown, so is what the loader adds to the code, and how it lies. */
	if (ok && p.arch->reloc_bytes && lay_out(&p, vmcore_info(s->kr.vc)->page_size) &&
	    p.arch->patches && allow_patches(&p)) {
		read_found(s, &p);
		ok = relocate(&p);
		if (ok)
			compare(s, &p);
	} else {
		s->ret->modules_unknown++;
	}
	free(p.place);
	free(p.right);
	free(p.found);
	free(p.may);
	return ok;
}

/* --- where the files are ------------------------------------------------------------------------ */

/* "virtio-ring.ko" is the file of virtio_ring, and so is "virtio_ring.ko.xz". */
static bool is_file_of(const char *file, const char *module)
{
	static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	size_t len = strlen(module);
	bool ends = false;

	if (strlen(file) < len)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		ends |= !strcmp(file + len, endings[i]);
	if (!ends)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((file[i] == '-' ? '_' : file[i]) != (module[i] == '-' ? '_' : module[i]))
			return false;
	return true;
}

/* Not so a file that debug information was moved to. */
static bool has_code(const struct module_file *file)
{
	const struct module_section *sec;

	for (size_t i = 1; (sec = module_file_section(file, i)); i++)
		if (sec->alloc && sec->exec && sec->size && !sec->bytes)
			return false;
	return true;
}

static void take_file(struct search *s, const char *folder, const char *name)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < s->n; i++) {
		struct module_file *file;

		if (s->modules[i].done || !is_file_of(name, s->modules[i].name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (module_file_open(path, &file, NULL) != PGC_OK)
			continue;
		if (has_code(file) && is_same_build(s->kr, file, &s->modules[i])) {
			s->modules[i].done = true;
			s->left--;
			s->failed |= !compare_file(s, &s->modules[i], file);
		}
		module_file_close(file);
	}
}

static void look_below(struct search *s, const char *folder, unsigned int depth)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir && s->left && !s->failed && s->entries < MAX_ENTRIES && (entry = readdir(dir))) {
		s->entries++;
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR && depth < MAX_DEPTH) {
			if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) <
			    (int)sizeof(path))
				look_below(s, path, depth + 1);
		} else if (entry->d_type != DT_DIR) {
			take_file(s, folder, entry->d_name);
		}
	}
	if (dir)
		closedir(dir);
}

/* Beside the file, and where its link leads to, and so on. */
static void look_beside(struct search *s, const char *file)
{
	char path[PATH_MAX], to[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", file);
	for (unsigned int i = 0; i < MAX_LINKS && s->left; i++) {
		ssize_t n = readlink(path, to, sizeof(to) - 1);
		size_t len;

		slash = strrchr(path, '/');
		if (slash)
			slash[1] = '\0';
		look_below(s, slash ? path : ".", 0);
		if (n <= 0)
			return;
		to[n] = '\0';
		len = slash && to[0] != '/' ? strlen(path) : 0;
		if (len + (size_t)n >= sizeof(path))
			return;
		memcpy(path + len, to, (size_t)n + 1);
	}
}

enum pgc_status module_text_compare(struct kernel_reader kr, struct debuginfo *di,
				    const char *vmlinux, struct text_check *ret, struct pgc_err *err)
{
	struct search s = { .kr = kr, .di = di, .ret = ret };
	const char *release = vmcore_info(kr.vc)->release;
	char path[PATH_MAX];

	s.modules = calloc(MAX_MODULES, sizeof(*s.modules));
	if (!s.modules)
		return pgc_err_nomem(err, "modules");
	read_modules(&s);
	if (s.left)
		look_beside(&s, vmlinux);
	if (release && !strchr(release, '/') && s.left) {
		snprintf(path, sizeof(path), "/lib/modules/%s", release);
		look_below(&s, path, 0);
	}
	ret->modules_missing += s.left;
	disassembly_destroy(s.disassembly);
	free(s.modules);
	return s.failed ? pgc_err_nomem(err, "the code of a module") : PGC_OK;
}
