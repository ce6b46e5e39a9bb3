/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "dump_io.h"
#include "dump_notes.h"
#include "target_int.h"

/* A PRSTATUS note of 8192 CPUs takes 3 MiB; VMCOREINFO is one page. */
#define NOTES_MAX (32u << 20)
#define VMCOREINFO_MAX (1u << 20)

enum pgc_status dump_notes_set_vmcoreinfo(struct dump_notes *notes, const void *text,
					  size_t len, struct pgc_err *err)
{
	char *line, *end;

	if (notes->vmcoreinfo)
		return PGC_OK;
	if (len > VMCOREINFO_MAX)
		len = VMCOREINFO_MAX;
	len = strnlen(text, len);
	if (!len)
		return PGC_OK;
	notes->vmcoreinfo = malloc(len + 1);
	if (!notes->vmcoreinfo)
		return pgc_err_nomem(err, "VMCOREINFO");
	memcpy(notes->vmcoreinfo, text, len);
	notes->vmcoreinfo[len] = '\0';
	notes->vmcoreinfo_len = len;

	/* Cut the lines, and each line at its first '=', so that values are strings. */
	for (line = notes->vmcoreinfo; *line; line = end) {
		char *eq;

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		eq = strchr(line, '=');
		if (eq && eq != line)
			*eq = '\0';
		else
			memset(line, 0, strlen(line));
	}
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

static bool is_name(const unsigned char *name, uint32_t namesz, const char *want)
{
	size_t len = strlen(want);

	/* Some writers count the NUL, some do not. */
	return namesz >= len && namesz <= len + 1 && !memcmp(name, want, len);
}

/* struct elf_prstatus: the registers are at 112 on all 64-bit architectures. */
#define PRSTATUS_REGS 112
#define PRSTATUS_X86_64 336
#define PRSTATUS_ARM64 392
#define CPUS_MAX 8192

/* x86's user_regs_struct: r15 ... rdi, orig_rax, rip, cs, eflags, rsp, ss, ... */
static void decode_x86_64(const unsigned char *regs, struct cpu_regs *ret)
{
	ret->n = 15;
	for (unsigned int i = 0; i < ret->n; i++)
		ret->gpr[i] = target_u64(regs + 8 * i);
	ret->fp = ret->gpr[4];
	ret->pc = target_u64(regs + 8 * 16);
	ret->sp = target_u64(regs + 8 * 19);
}

/* arm64's user_pt_regs: x0 ... x30, sp, pc, pstate */
static void decode_arm64(const unsigned char *regs, struct cpu_regs *ret)
{
	ret->n = 31;
	for (unsigned int i = 0; i < ret->n; i++)
		ret->gpr[i] = target_u64(regs + 8 * i);
	ret->fp = ret->gpr[29];
	ret->sp = target_u64(regs + 8 * 31);
	ret->pc = target_u64(regs + 8 * 32);
}

/* The notes are one per CPU: after one that is not understood the order would be lost. */
static enum pgc_status add_regs(struct dump_notes *notes, const unsigned char *desc,
				uint64_t size, struct pgc_err *err)
{
	struct cpu_regs *bigger;

	if ((size != PRSTATUS_X86_64 && size != PRSTATUS_ARM64) ||
	    notes->n_regs != notes->cpus || notes->n_regs == CPUS_MAX)
		return PGC_OK;
	bigger = reallocarray(notes->regs, notes->n_regs + 1, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "the CPUs' registers");
	notes->regs = bigger;
	if (size == PRSTATUS_X86_64)
		decode_x86_64(desc + PRSTATUS_REGS, &bigger[notes->n_regs++]);
	else
		decode_arm64(desc + PRSTATUS_REGS, &bigger[notes->n_regs++]);
	return PGC_OK;
}

enum pgc_status dump_notes_parse(struct dump_notes *notes, const void *buf, size_t len,
				 struct pgc_err *err)
{
	const unsigned char *p = buf;
	enum pgc_status st;

	while (len >= sizeof(Elf64_Nhdr)) {
		uint64_t namesz = target_u32(p), descsz = target_u32(p + 4);
		uint32_t type = target_u32(p + 8);
		uint64_t desc = sizeof(Elf64_Nhdr) + ((namesz + 3) & ~UINT64_C(3));
		uint64_t next = desc + ((descsz + 3) & ~UINT64_C(3));

		if (!range_ok(desc, descsz, len) || (!namesz && !descsz && !type))
			break;
		if (is_name(p + sizeof(Elf64_Nhdr), (uint32_t)namesz, "VMCOREINFO")) {
			st = dump_notes_set_vmcoreinfo(notes, p + desc, descsz, err);
			if (st != PGC_OK)
				return st;
		} else if (type == NT_PRSTATUS &&
			   is_name(p + sizeof(Elf64_Nhdr), (uint32_t)namesz, "CORE")) {
			st = add_regs(notes, p + desc, descsz, err);
			if (st != PGC_OK)
				return st;
			if (!notes->cpus++)
				notes->prstatus_size = (uint32_t)descsz;
		}
		if (next >= len)
			break;
		p += next;
		len -= next;
	}
	return PGC_OK;
}

enum pgc_status dump_notes_read(struct dump_notes *notes, int fd, uint64_t size,
				uint64_t off, uint64_t len, struct pgc_err *err)
{
	_cleanup_free_ void *buf = NULL;
	enum pgc_status st;
	size_t done;

	if (off >= size)
		return PGC_OK;
	if (len > size - off)
		len = size - off;
	if (len > NOTES_MAX)
		len = NOTES_MAX;
	if (!len)
		return PGC_OK;
	buf = malloc(len);
	if (!buf)
		return pgc_err_nomem(err, "the ELF notes");
	st = dump_pread(fd, buf, len, off, &done, err);
	if (st != PGC_OK && st != PGC_DAMAGED)
		return pgc_err_add(err, st, "ELF notes");
	return dump_notes_parse(notes, buf, done, err);
}

void dump_notes_deinit(struct dump_notes *notes)
{
	free(notes->vmcoreinfo);
	notes->vmcoreinfo = NULL;
	free(notes->regs);
	notes->regs = NULL;
}
