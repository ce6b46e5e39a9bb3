/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"
#include "dump/dump_notes.h"

#define VMCOREINFO_MAX (1u << 20)
/* Of each kind that is understood: PRSTATUS and QEMU's take some hundred bytes. */
#define REGS_MAX 4096u
/* Headers are read in windows; what a note says is skipped where it is not understood. */
#define WINDOW (64u << 10)
/* 8192 CPUs have 16384; each may be of 12 bytes, in a file of any size. */
#define NOTES_MAX (1u << 20)

/* Cut the lines, and each line at its first '=', so that values are strings. */
static void cut_lines(char *text)
{
	char *line, *end;

	for (line = text; *line; line = end) {
		char *eq;
		size_t len = strcspn(line, "\n");

		end = line + len;
		if (*end)
			*end++ = '\0';
		/* Edited elsewhere: lines that end in CR LF. */
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		eq = strchr(line, '=');
		if (eq && eq != line)
			*eq = '\0';
		else
			memset(line, 0, strlen(line));
	}
}

static bool same_text(const struct dump_notes_text *a, const struct dump_notes_text *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

enum pgc_status dump_notes_set_vmcoreinfo(struct dump_notes *notes, const void *text,
					  size_t len, struct pgc_err *err)
{
	struct dump_notes_text first = { .text = notes->vmcoreinfo, .len = notes->vmcoreinfo_len };
	struct dump_notes_text new = { .text = NULL };

	if (len > VMCOREINFO_MAX)
		len = VMCOREINFO_MAX;
	new.len = strnlen(text, len);
	if (!new.len) {
		notes->blank |= len > 0;
		return PGC_OK;
	}
	new.text = malloc(new.len + 1);
	if (!new.text)
		return pgc_err_nomem(err, "VMCOREINFO");
	memcpy(new.text, text, new.len);
	new.text[new.len] = '\0';
	cut_lines(new.text);
	if (!first.text) {
		notes->vmcoreinfo = new.text;
		notes->vmcoreinfo_len = new.len;
		return PGC_OK;
	}
	for (size_t i = 0; i < notes->n_more && !same_text(&first, &new); i++)
		first = notes->more[i];
	if (same_text(&first, &new) || notes->n_more == ARRAY_SIZE(notes->more))
		free(new.text);
	else
		notes->more[notes->n_more++] = new;
	return PGC_OK;
}

const char *dump_notes_line(const struct dump_notes *notes, const char *key)
{
	const char *p = notes->vmcoreinfo;
	const char *end = p ? p + notes->vmcoreinfo_len : p;

	while (p && p < end) {
		size_t klen = strlen(p);
		const char *value = p + klen + 1;

		if (!klen) {	/* an empty line, or one that was none */
			p++;
			continue;
		}
		if (!strcmp(p, key))
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

/* include/linux/vmcore_info.h, 6.1 crash_core.h. 0: hexadecimal with 0x is taken, too. */
static int base_of(const char *key)
{
	if (!strncmp(key, "SYMBOL(", 7) || !strcmp(key, "KERNELOFFSET"))
		return 16;
	return strcmp(key, "PAGESIZE") ? 0 : 10;
}

bool dump_notes_value(const char *key, const char *text, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	/* strtoull() would take " 1" and "+1". */
	if (!text || (!isxdigit((unsigned char)text[0]) && text[0] != '-'))
		return false;
	errno = 0;
	v = strtoull(text, &end, base_of(key));
	if (errno || *end || end == text)
		return false;
	*ret = v;
	return true;
}

bool dump_notes_number(const struct dump_notes *notes, const char *key, uint64_t *ret)
{
	return dump_notes_value(key, dump_notes_line(notes, key), ret);
}

static bool line_number(const void *arg, const char *key, uint64_t *ret)
{
	return dump_notes_number(arg, key, ret);
}

struct arch_lines dump_notes_lines(const struct dump_notes *notes)
{
	return (struct arch_lines){ .number = line_number, .arg = notes };
}

static bool is_name(const unsigned char *name, uint32_t namesz, const char *want)
{
	size_t len = strlen(want);

	/* Some writers count the NUL, some do not. */
	return namesz >= len && namesz <= len + 1 && !memcmp(name, want, len);
}

/* struct elf_prstatus: the registers are at 112 on all 64-bit architectures. */
#define PRSTATUS_REGS 112
#define CPUS_MAX 8192

/* The notes are one per CPU: after one that is not understood the order would be lost. */
static enum pgc_status add_regs(struct dump_notes *notes, const unsigned char *desc,
				uint64_t size, struct pgc_err *err)
{
	struct cpu_regs *bigger;

	if (!notes->arch || !notes->arch->decode_regs || size != notes->arch->prstatus_size ||
	    notes->n_regs != notes->cpus || notes->n_regs == CPUS_MAX)
		return PGC_OK;
	bigger = reallocarray(notes->regs, notes->n_regs + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "the CPUs' registers");
	notes->regs = bigger;
	notes->arch->decode_regs(desc + PRSTATUS_REGS, &bigger[notes->n_regs++]);
	return PGC_OK;
}

static enum pgc_status add_root(struct dump_notes *notes, const unsigned char *desc, uint64_t size,
				struct pgc_err *err)
{
	uint64_t *bigger, root;

	if (!notes->arch || !notes->arch->root_register || notes->n_roots == CPUS_MAX ||
	    !notes->arch->root_register(desc, size, &root))
		return PGC_OK;
	bigger = reallocarray(notes->roots, notes->n_roots + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "the CPUs' registers");
	notes->roots = bigger;
	bigger[notes->n_roots++] = root;
	return PGC_OK;
}

enum note_kind { NOTE_OTHER, NOTE_VMCOREINFO, NOTE_PRSTATUS, NOTE_QEMU };

static enum note_kind kind_of(const unsigned char *name, uint32_t namesz, uint32_t type)
{
	if (is_name(name, namesz, "VMCOREINFO"))
		return NOTE_VMCOREINFO;
	if (type == NT_PRSTATUS && is_name(name, namesz, "CORE"))
		return NOTE_PRSTATUS;
	return type == 0 && is_name(name, namesz, "QEMU") ? NOTE_QEMU : NOTE_OTHER;
}

static enum pgc_status take_note(struct dump_notes *notes, enum note_kind kind,
				 const unsigned char *desc, uint64_t size, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	if (kind == NOTE_VMCOREINFO)
		return dump_notes_set_vmcoreinfo(notes, desc, (size_t)size, err);
	if (kind == NOTE_QEMU)
		return add_root(notes, desc, size, err);
	/* Not every writer says of which architecture its CPUs are: QEMU's kdump files do not. */
	if (!notes->arch && !notes->cpus)
		notes->arch = arch_by_prstatus((uint32_t)size);
	st = add_regs(notes, desc, size, err);
	notes->cpus += st == PGC_OK;
	return st;
}

/* [@pos, @end) of @fd, of which the @fill bytes from @at on are at hand. */
struct stream {
	int fd;
	uint64_t pos, end;
	uint64_t at;
	size_t fill;
	unsigned char *window;	/* WINDOW bytes */
};

/* The next @want bytes or, at the end, as many as there are: *@got. NULL: out of memory, or *@st. */
static const unsigned char *at_hand(struct stream *s, size_t want, size_t *got,
				    enum pgc_status *st, struct pgc_err *err)
{
	if (want > s->end - s->pos)
		want = (size_t)(s->end - s->pos);
	if (s->pos < s->at || !range_ok(s->pos - s->at, want, s->fill)) {
		size_t len = s->end - s->pos < WINDOW ? (size_t)(s->end - s->pos) : WINDOW;

		s->at = s->pos;
		*st = dump_pread(s->fd, s->window, len, s->pos, &s->fill, err);
		if (*st == PGC_DAMAGED)
			*st = PGC_OK;
		if (*st != PGC_OK)
			return NULL;
	}
	*got = s->fill - (size_t)(s->pos - s->at);
	if (*got > want)
		*got = want;
	return s->window + (s->pos - s->at);
}

/* The @size bytes at s->pos of a note of this @kind. VMCOREINFO may be cut off: a part of it. */
static enum pgc_status read_note(struct dump_notes *notes, struct stream *s, enum note_kind kind,
				 uint64_t size, struct pgc_err *err)
{
	_cleanup_free_ unsigned char *large = NULL;
	const unsigned char *desc;
	enum pgc_status st = PGC_OK;
	size_t got;

	if (size > (kind == NOTE_VMCOREINFO ? VMCOREINFO_MAX : REGS_MAX))
		size = kind == NOTE_VMCOREINFO ? VMCOREINFO_MAX : REGS_MAX;
	if (size <= WINDOW) {
		desc = at_hand(s, (size_t)size, &got, &st, err);
	} else {
		desc = large = malloc(size);
		if (!large)
			return pgc_err_nomem(err, "VMCOREINFO");
		if (size > s->end - s->pos)
			size = s->end - s->pos;
		st = dump_pread(s->fd, large, (size_t)size, s->pos, &got, err);
		if (st == PGC_DAMAGED)
			st = PGC_OK;
	}
	if (st != PGC_OK || (got < size && kind != NOTE_VMCOREINFO))
		return st;
	return take_note(notes, kind, desc, got, err);
}

static enum pgc_status read_notes(struct dump_notes *notes, struct stream *s, struct pgc_err *err)
{
	for (unsigned int i = 0; i < NOTES_MAX && s->end - s->pos >= sizeof(Elf64_Nhdr); i++) {
		enum pgc_status st = PGC_OK;
		const unsigned char *p;
		uint64_t namesz, descsz, here = s->pos, desc, next;
		enum note_kind kind;
		uint32_t type;
		size_t got;

		p = at_hand(s, sizeof(Elf64_Nhdr) + 16, &got, &st, err);
		if (!p || got < sizeof(Elf64_Nhdr))
			return st;
		namesz = target_u32(p);
		descsz = target_u32(p + 4);
		type = target_u32(p + 8);
		if (!namesz && !descsz && !type)
			return PGC_OK;
		desc = sizeof(Elf64_Nhdr) + ((namesz + 3) & ~UINT64_C(3));
		next = desc + ((descsz + 3) & ~UINT64_C(3));
		if (desc > s->end - here)
			return PGC_OK;
		kind = namesz && sizeof(Elf64_Nhdr) + namesz <= got ?
		       kind_of(p + sizeof(Elf64_Nhdr), (uint32_t)namesz, type) : NOTE_OTHER;
		s->pos = here + desc;
		if (kind != NOTE_OTHER)
			st = read_note(notes, s, kind, descsz, err);
		if (st != PGC_OK || next >= s->end - here)
			return st;
		s->pos = here + next;
	}
	return PGC_OK;
}

enum pgc_status dump_notes_read(struct dump_notes *notes, int fd, uint64_t size,
				uint64_t off, uint64_t len, struct pgc_err *err)
{
	_cleanup_free_ unsigned char *window = NULL;
	struct stream s = { .fd = fd, .pos = off };

	if (off >= size || !len)
		return PGC_OK;
	s.end = off + (len < size - off ? len : size - off);
	s.window = window = malloc(WINDOW);
	if (!window)
		return pgc_err_nomem(err, "the ELF notes");
	return pgc_err_add(err, read_notes(notes, &s, err), "ELF notes");
}

enum pgc_status dump_notes_read_vmcoreinfo(struct dump_notes *notes, int fd, uint64_t size,
					   uint64_t off, uint64_t len, struct pgc_err *err)
{
	_cleanup_free_ void *text = NULL;
	enum pgc_status st;
	size_t done;

	if (off >= size || !len)
		return PGC_OK;
	if (len > size - off)
		len = size - off;
	if (len > VMCOREINFO_MAX)
		len = VMCOREINFO_MAX;
	text = malloc(len);
	if (!text)
		return pgc_err_nomem(err, "VMCOREINFO");
	st = dump_pread(fd, text, (size_t)len, off, &done, err);
	if (st != PGC_OK && st != PGC_DAMAGED)
		return pgc_err_add(err, st, "VMCOREINFO");
	return dump_notes_set_vmcoreinfo(notes, text, done, err);
}

void dump_notes_deinit(struct dump_notes *notes)
{
	free(notes->vmcoreinfo);
	notes->vmcoreinfo = NULL;
	for (size_t i = 0; i < notes->n_more; i++)
		free(notes->more[i].text);
	notes->n_more = 0;
	free(notes->regs);
	notes->regs = NULL;
	free(notes->roots);
	notes->roots = NULL;
}
