/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debuginfo/disassembly.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CAPSTONE
#include <capstone/capstone.h>
#endif

#include "arch/arch.h"
#include "base/load_calls.h"

#ifdef HAVE_CAPSTONE

#define MOST 4		/* instructions that are written */

/* What it calls them. */
static const struct {
	const char *name;	/* of a row of arch.h */
	cs_arch arch;
	cs_mode mode;
	size_t step;		/* bytes of the smallest instruction */
} machines[] = {
	{ "x86_64", CS_ARCH_X86, CS_MODE_64, 1 },
	{ "aarch64", CS_ARCH_ARM64, CS_MODE_ARM, 4 },
};

struct disassembly {
	csh handle;
	cs_insn *insn;
	size_t step;
	__typeof__(cs_open) *open;
	__typeof__(cs_close) *close;
	__typeof__(cs_option) *option;
	__typeof__(cs_malloc) *alloc;
	__typeof__(cs_free) *free;
	__typeof__(cs_disasm_iter) *next;
};

static bool library_load(struct disassembly *d)
{
	const struct loaded_call wanted[] = {
		{ "cs_open", (void **)&d->open },
		{ "cs_close", (void **)&d->close },
		{ "cs_option", (void **)&d->option },
		{ "cs_malloc", (void **)&d->alloc },
		{ "cs_free", (void **)&d->free },
		{ "cs_disasm_iter", (void **)&d->next },
	};

	return load_calls(CAPSTONE_SONAME, wanted, ARRAY_SIZE(wanted));
}

/* As objdump and crash write it, where there are several ways. */
static bool library_open(struct disassembly *d, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (strcmp(machines[i].name, name) != 0)
			continue;
		d->step = machines[i].step;
		if (d->open(machines[i].arch, machines[i].mode, &d->handle) != CS_ERR_OK)
			return false;
		if (machines[i].arch == CS_ARCH_X86)
			(void)d->option(d->handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
		d->insn = d->alloc(d->handle);
		return d->insn;
	}
	return false;
}

struct disassembly *disassembly_create(const struct arch *arch)
{
	struct disassembly *d = arch && arch->name ? calloc(1, sizeof(*d)) : NULL;

	if (d && library_load(d) && library_open(d, arch->name))
		return d;
	disassembly_destroy(d);
	return NULL;
}

void disassembly_destroy(struct disassembly *d)
{
	if (!d)
		return;
	if (d->insn)
		d->free(d->insn, 1);
	if (d->handle)
		d->close(&d->handle);
	free(d);
}

/* The bytes of the instruction at @code; 0: it is none. */
static size_t one(const struct disassembly *d, const uint8_t *code, size_t len, uint64_t kaddr)
{
	return d->next(d->handle, &code, &len, &kaddr, d->insn) ? d->insn->size : 0;
}

size_t disassembly_start(const struct disassembly *d, const uint8_t *code, size_t len, size_t at)
{
	size_t pos = 0;

	while (pos < len) {
		size_t n = one(d, code + pos, len - pos, pos);

		n = n ? n : d->step;
		if (at - pos < n)
			break;
		pos += n;
	}
	return pos;
}

size_t disassembly_words(const struct disassembly *d, const uint8_t *code, size_t len,
			 uint64_t kaddr, size_t least, char *buf, size_t size)
{
	size_t pos = 0, used = 0;

	buf[0] = '\0';
	for (int i = 0; i < MOST && pos < least; i++) {
		size_t n = one(d, code + pos, len - pos, kaddr + pos);
		int put;

		if (!n)
			break;
		put = snprintf(buf + used, size - used, "%s%s%s%s", i ? "; " : "", d->insn->mnemonic,
			       d->insn->op_str[0] ? " " : "", d->insn->op_str);
		if (put < 0 || (size_t)put >= size - used) {
			buf[used] = '\0';
			break;
		}
		used += (size_t)put;
		pos += n;
	}
	return pos;
}

#else

struct disassembly *disassembly_create(const struct arch *arch _unused_)
{
	return NULL;
}

void disassembly_destroy(struct disassembly *d _unused_)
{
}

size_t disassembly_start(const struct disassembly *d _unused_, const uint8_t *code _unused_,
			 size_t len _unused_, size_t at)
{
	return at;
}

size_t disassembly_words(const struct disassembly *d _unused_, const uint8_t *code _unused_,
			 size_t len _unused_, uint64_t kaddr _unused_, size_t least _unused_,
			 char *buf, size_t size _unused_)
{
	buf[0] = '\0';
	return 0;
}

#endif
