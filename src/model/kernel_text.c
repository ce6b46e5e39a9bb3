/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/target_int.h"
#include "debuginfo/debuginfo.h"
#include "debuginfo/disassembly.h"
#include "model/image_relocs.h"
#include "model/kernel.h"
#include "model/module_text.h"
#include "model/patch_sites.h"
#include "vmcore.h"

#define LINE 64			/* bytes that are compared at once */
#define PIECE (256u << 10)	/* bytes that are read at once: they stay in the CPU's cache */
#define EDGE TEXT_SAMPLE	/* bytes before and after that are looked at with them */
/* More runs than damage makes: then it is another build, or a kernel that rewrites otherwise. */
#define TOO_MANY 1000
#define MAX_FUNCTION (1u << 20)	/* bytes of one: what is farther from a symbol is not its code */

/* Where code and constants are, as linked. */
struct bounds {
	uint64_t text, etext, rodata, end_rodata, init, end;
};

struct compare {
	struct kernel_reader kr;
	struct debuginfo *di;
	struct image_relocs *relocs;
	struct patch_sites *sites;
	struct bounds at;
	bool probes_read;
	struct text_check *ret;
	struct text_runs runs;
	uint8_t *right, *found;	/* room for a piece and its edges */
};

static enum pgc_status find_bounds(struct debuginfo *di, struct bounds *b, struct pgc_err *err)
{
	static const char *const names[] = {
		"_text", "_etext", "__start_rodata", "__end_rodata", "__init_begin", "_end", "_stext",
	};
	uint64_t *const values[] = { &b->text, &b->etext, &b->rodata, &b->end_rodata, &b->init,
				     &b->end };
	enum pgc_status st = debuginfo_expect_symbols(di, names, ARRAY_SIZE(names), err);
	uint64_t stext;

	for (size_t i = 0; st == PGC_OK && i < ARRAY_SIZE(values); i++)
		st = debuginfo_symbol(di, names[i], values[i], err);
	/* What is before it may be given away after boot. */
	if (st == PGC_OK && debuginfo_symbol(di, "_stext", &stext, NULL) == PGC_OK &&
	    stext > b->text && stext < b->etext)
		b->text = stext;
	return st;
}

static bool within(const struct debuginfo_section *s, uint64_t start, uint64_t end)
{
	return s->addr >= start && s->addr < end && s->size <= end - s->addr;
}

/*
 * Does nobody write to it, and does it stay when the kernel has booted? The section of the
 * constants is called writable, for variables that are set at boot are in it.
 */
static bool is_constant(const struct bounds *b, const struct debuginfo_section *s)
{
	if (!within(s, b->text, b->init))
		return false;
	return within(s, b->text, b->etext) || within(s, b->rodata, b->end_rodata) ||
	       !s->writable;
}

/* What the dump has not is taken for right. */
static void read_found(struct compare *c, const struct text_piece *p)
{
	const uint64_t page = vmcore_info(c->kr.vc)->page_size;
	uint64_t kaddr = p->addr + c->kr.k->slide;
	size_t at = 0;

	memcpy(p->found, p->right, p->size);
	while (at < p->size) {
		size_t done = 0, skip;

		if (vmcore_read_bulk(c->kr.vc, kaddr + at, p->found + at, p->size - at, &done,
				     NULL) == PGC_OK && done == p->size - at)
			break;
		at += done < p->size - at ? done : p->size - at;
		skip = page - (kaddr + at) % page;
		skip = skip < p->size - at ? skip : p->size - at;
		memcpy(p->found + at, p->right + at, skip);
		if (at >= p->from && at < p->to)
			c->ret->unread += skip < p->to - at ? skip : p->to - at;
		at += skip;
	}
	c->ret->compared += p->to - p->from;
}

static bool in_image(const struct compare *c, uint32_t low)
{
	uint64_t addr = (uint64_t)(int64_t)(int32_t)low;

	return addr >= c->at.text && addr < c->at.end;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

/*
 * Is the byte @i part of an address that KASLR moved, or of a distance that grew as much less? Then
 * it becomes what it must be, also where one bit of what is found is wrong. *@next is behind it.
 */
static bool mend_address(const struct compare *c, const struct text_piece *p, size_t i, size_t *next)
{
	uint32_t slide = image_relocs_any(c->relocs) ? 0 : (uint32_t)c->kr.k->slide;

	for (int bent = 0; slide && bent < 2; bent++) {
		for (size_t at = i < 3 ? 0 : i - 3; at <= i && at + 4 <= p->size; at++) {
			uint32_t right = target_u32(p->right + at);
			uint32_t found = target_u32(p->found + at);

			if (!bent && found - right != slide && right - found != slide)
				continue;
			if (bent && (!in_image(c, right) ||
				     __builtin_popcount(found ^ (right + slide)) != 1))
				continue;
			put_u32(p->right + at, bent ? right + slide : found);
			*next = at + 4;
			return true;
		}
	}
	return false;
}

/* Make of the right bytes what the kernel made of them. Returns how many others differ. */
static uint64_t mend(const struct compare *c, const struct text_piece *p)
{
	uint64_t others = 0;

	for (size_t line = 0, at = 0; line < p->size; line += LINE) {
		size_t end = p->size - line < LINE ? p->size : line + LINE;

		if (!memcmp(p->right + line, p->found + line, end - line))
			continue;
		at = at > line ? at : line;
		while (at < end) {
			size_t next = at + 1;

			if (p->right[at] != p->found[at] && patch_sites_has(c->sites, p->addr + at))
				p->right[at] = p->found[at];
			else if (p->right[at] != p->found[at] && !mend_address(c, p, at, &next))
				others++;
			/* A wrong bit in an address is left. */
			for (size_t i = at; i < next; i++)
				others += next > at + 1 && p->right[i] != p->found[i];
			at = next;
		}
	}
	return others;
}

static void add_probe(void *arg, uint64_t kaddr)
{
	struct compare *c = arg;

	patch_sites_add(c->sites, kaddr - c->kr.k->slide,
			arch_known(vmcore_info(c->kr.vc)->arch)->probe_bytes);
}

static void compare_piece(struct compare *c, const struct debuginfo_section *s, size_t at)
{
	size_t start = at < EDGE ? 0 : at - EDGE;
	size_t len = s->size - at < PIECE ? s->size - at : PIECE;
	size_t end = s->size - at - len < EDGE ? s->size : at + len + EDGE;
	struct text_piece p = { .name = s->name, .addr = s->addr + start, .size = end - start,
			   .from = at - start, .to = at - start + len,
			   .right = c->right, .found = c->found };

	memcpy(p.right, s->bytes + start, p.size);
	image_relocs_apply(c->relocs, p.addr, p.right, p.size, c->kr.k->slide);
	read_found(c, &p);
	c->ret->left_out += patch_sites_count(c->sites, p.addr + p.from, len);
	if (mend(c, &p) && !c->probes_read) {
		c->probes_read = true;
		text_probes_each(c->kr, c->di, add_probe, c);
		(void)mend(c, &p);
	}
	text_runs_find(&c->runs, &p);
}

static bool compare_section(void *arg, const struct debuginfo_section *s)
{
	struct compare *c = arg;

	if (!is_constant(&c->at, s))
		return true;
	c->runs.open = false;
	for (size_t at = 0; at < s->size; at += PIECE)
		compare_piece(c, s, at);
	return true;
}

/* Only of the very build is it known what must be there. */
static enum pgc_status check_build(const struct debuginfo *di, const struct vmcore_info *info,
				   struct pgc_err *err)
{
	const char *id = debuginfo_build_id(di);

	if (!id || !info->build_id)
		return pgc_err_set(err, PGC_ENOENT, "the build-id of the %s is unknown",
				   id ? "dumped kernel" : "vmlinux");
	if (strcmp(id, info->build_id) != 0)
		return pgc_err_set(err, PGC_ENOENT, "the vmlinux is of another build");
	return PGC_OK;
}

/* Code of the vmlinux: from @addr to the end of its section. */
struct code {
	uint64_t addr;
	const uint8_t *bytes;
	size_t len;
};

static bool take_code(void *arg, const struct debuginfo_section *s)
{
	struct code *code = arg;

	if (code->addr < s->addr || code->addr - s->addr >= s->size)
		return true;
	code->bytes = s->bytes + (code->addr - s->addr);
	code->len = s->size - (code->addr - s->addr);
	return false;
}

static void name_changes(struct compare *c)
{
	struct disassembly *d = c->ret->n ?
		disassembly_create(vmcore_info(c->kr.vc)->arch) : NULL;

	for (size_t i = 0; i < c->ret->n; i++) {
		struct text_change *ch = &c->ret->change[i];
		uint64_t start;
		const char *name = debuginfo_symbol_near(c->di, ch->linked, &start);

		if (name && !ch->symbol[0])
			snprintf(ch->symbol, sizeof(ch->symbol), "%.70s+0x%" PRIx64, name,
				 ch->linked - start);
		if (name && d && ch->linked - start < MAX_FUNCTION) {
			struct code code = { .addr = start };

			debuginfo_section_each(c->di, take_code, &code);
			text_code_words(d, code.bytes, code.len, start, ch);
		}
	}
	disassembly_destroy(d);
}

static enum pgc_status compare_all(struct compare *c, struct pgc_err *err)
{
	c->runs = (struct text_runs){ .kr = c->kr, .ret = c->ret, .text = c->at.text,
				      .etext = c->at.etext };
	debuginfo_section_each(c->di, compare_section, c);
	if (!c->ret->compared || c->ret->compared == c->ret->unread)
		return pgc_err_set(err, PGC_ENOENT, c->ret->compared ?
				   "the dump has none of the kernel's code" :
				   "this vmlinux has no code, only debug information");
	if (c->ret->changes > TOO_MANY)
		return pgc_err_set(err, PGC_ENOENT, "%" PRIu64 " places differ: more than damage explains",
				   c->ret->changes);
	name_changes(c);
	c->ret->done = true;
	return PGC_OK;
}

enum pgc_status kernel_text_compare(struct kernel_reader kr, const char *vmlinux,
				    struct text_check *ret, struct pgc_err *err)
{
	struct compare *c = calloc(1, sizeof(*c));
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	if (c) {
		c->right = malloc(PIECE + 2 * EDGE);
		c->found = malloc(PIECE + 2 * EDGE);
	}
	if (!c || !c->right || !c->found) {
		free(c ? c->right : NULL);
		free(c ? c->found : NULL);
		free(c);
		return pgc_err_nomem(err, "the kernel's code");
	}
	c->kr = kr;
	c->ret = ret;
	st = debuginfo_open(vmlinux, &c->di, err);
	if (st == PGC_OK)
		st = check_build(c->di, vmcore_info(kr.vc), err);
	if (st == PGC_OK)
		st = find_bounds(c->di, &c->at, err);
	if (st == PGC_OK)
		st = image_relocs_create(c->di, vmcore_info(kr.vc)->arch, &c->relocs, err);
	if (st == PGC_OK)
		st = patch_sites_create(c->di, vmcore_info(kr.vc)->arch, c->relocs, c->at.text,
					c->at.end, &c->sites, err);
	if (st == PGC_OK)
		st = compare_all(c, err);
	if (st == PGC_OK)
		st = module_text_compare(kr, c->di, vmlinux, ret, err);
	patch_sites_destroy(c->sites);
	image_relocs_destroy(c->relocs);
	debuginfo_close(c->di);
	free(c->right);
	free(c->found);
	free(c);
	return st;
}
