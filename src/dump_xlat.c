/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/addrxlat.h>

#include "dump_xlat.h"

#define TABLE_LEN 4096u
#define TABLES 64		/* page tables kept; libaddrxlat itself keeps four */

struct table {
	uint64_t paddr;
	bool valid;
	unsigned int users;	/* libaddrxlat holds pointers into @data */
	unsigned char data[TABLE_LEN];
};

struct dump_xlat {
	addrxlat_ctx_t *ctx;
	addrxlat_meth_t meth;
	dump_fill_fn *read;
	void *arg;
	enum pgc_status read_status;	/* why the last page table could not be read */
	struct pgc_err *err;		/* the current call's */
	struct table tables[TABLES];
};

static void put_table(const addrxlat_buffer_t *buf)
{
	struct table *t = buf->priv;

	t->users--;
}

static void put_spare(const addrxlat_buffer_t *buf)
{
	free(buf->priv);
}

/* A table to read into: the slot of @paddr, or a spare one while that is in use. */
static struct table *grab_table(struct dump_xlat *dx, addrxlat_buffer_t *buf, uint64_t paddr)
{
	struct table *t = &dx->tables[paddr / TABLE_LEN % TABLES];

	buf->put_page = put_table;
	if (t->users && t->paddr != paddr) {
		t = calloc(1, sizeof(*t));
		buf->put_page = put_spare;
	}
	if (!t)
		return NULL;
	if (t->paddr != paddr)
		t->valid = false;
	return t;
}

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	struct dump_xlat *dx = cb->priv;
	uint64_t paddr = buf->addr.addr & ~(uint64_t)(TABLE_LEN - 1);
	struct table *t = grab_table(dx, buf, paddr);
	size_t done;

	if (!t)
		return ADDRXLAT_ERR_NOMEM;
	if (!t->valid) {
		dx->read_status = dx->read(dx->arg, paddr, t->data, TABLE_LEN, &done,
					   dx->err);
		if (dx->read_status != PGC_OK) {
			if (buf->put_page == put_spare)
				free(t);
			return ADDRXLAT_ERR_CUSTOM_BASE;
		}
		t->paddr = paddr;
		t->valid = true;
	}
	t->users++;
	buf->addr.addr = paddr;
	buf->ptr = t->data;
	buf->size = TABLE_LEN;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	buf->priv = t;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb _unused_)
{
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

static enum pgc_status setup_x86_64(struct dump_xlat *dx, const struct dump_notes *notes,
				    struct pgc_err *err)
{
	addrxlat_param_pgt_t *pgt = &dx->meth.param.pgt;
	/* The kernel's name for it: since v4.14, before that, and in generic code. */
	static const char *const roots[] = {
		"SYMBOL(init_top_pgt)", "SYMBOL(init_level4_pgt)", "SYMBOL(swapper_pg_dir)",
	};
	uint64_t root = 0, phys_base, sme_mask = 0, la57 = 0;

	for (size_t i = 0; i < ARRAY_SIZE(roots) && !root; i++)
		(void)dump_notes_number(notes, roots[i], &root);
	if (!root)
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO has no SYMBOL(init_top_pgt): kernel "
				   "addresses cannot be translated");
	if (!dump_notes_number(notes, "NUMBER(phys_base)", &phys_base))
		return pgc_err_set(err, PGC_ENOENT,
				   "VMCOREINFO has no NUMBER(phys_base): kernel addresses "
				   "cannot be translated");
	(void)dump_notes_number(notes, "NUMBER(sme_mask)", &sme_mask);
	(void)dump_notes_number(notes, "NUMBER(pgtable_l5_enabled)", &la57);

	pgt->root.as = ADDRXLAT_MACHPHYSADDR;
	pgt->root.addr = root - X86_64_KERNEL_MAP + phys_base;
	pgt->pte_mask = sme_mask;
	pgt->pf.pte_format = ADDRXLAT_PTE_X86_64;
	pgt->pf.nfields = la57 ? 6 : 5;
	pgt->pf.fieldsz[0] = 12;
	for (unsigned int i = 1; i < pgt->pf.nfields; i++)
		pgt->pf.fieldsz[i] = 9;
	return PGC_OK;
}

static enum pgc_status setup(struct dump_xlat *dx, const char *arch,
			     const struct dump_notes *notes, struct pgc_err *err)
{
	addrxlat_cb_t *cb;

	dx->meth.kind = ADDRXLAT_PGT;
	dx->meth.target_as = ADDRXLAT_MACHPHYSADDR;
	if (!notes->vmcoreinfo)
		return pgc_err_set(err, PGC_ENOENT,
				   "no VMCOREINFO in the dump: kernel addresses cannot be "
				   "translated (QEMU writes one only with -device vmcoreinfo)");
	if (!arch || strcmp(arch, "x86_64"))
		return pgc_err_set(err, PGC_EFORMAT,
				   "page tables of architecture %s are not read yet: only "
				   "those of x86_64 are", arch ? arch : "unknown");
	dx->ctx = addrxlat_ctx_new();
	if (!dx->ctx)
		return pgc_err_nomem(err, "libaddrxlat");
	cb = addrxlat_ctx_add_cb(dx->ctx);
	if (!cb)
		return pgc_err_nomem(err, "libaddrxlat");
	cb->priv = dx;
	cb->get_page = get_page;
	cb->read_caps = read_caps;
	return setup_x86_64(dx, notes, err);
}

enum pgc_status dump_xlat_create(const char *arch, const struct dump_notes *notes,
				 dump_fill_fn *read, void *arg, struct dump_xlat **ret,
				 struct pgc_err *err)
{
	struct dump_xlat *dx = calloc(1, sizeof(*dx));
	enum pgc_status st;

	if (!dx)
		return pgc_err_nomem(err, "page tables");
	dx->read = read;
	dx->arg = arg;
	st = setup(dx, arch, notes, err);
	if (st != PGC_OK) {
		dump_xlat_destroy(dx);
		return st;
	}
	*ret = dx;
	return PGC_OK;
}

void dump_xlat_destroy(struct dump_xlat *dx)
{
	if (!dx)
		return;
	/* Gives the tables back by put_table(): before they go. */
	if (dx->ctx)
		addrxlat_ctx_decref(dx->ctx);
	free(dx);
}

void dump_xlat_set_root(struct dump_xlat *dx, uint64_t paddr)
{
	dx->meth.param.pgt.root.addr = paddr;
}

/* Bytes mapped by one entry of the table that a step with @remain levels to go reads. */
static uint64_t entry_span(const addrxlat_paging_form_t *pf, unsigned int remain)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i + 1 < remain && i < pf->nfields; i++)
		bits += pf->fieldsz[i];
	return UINT64_C(1) << bits;
}

static enum pgc_status status_of(struct dump_xlat *dx, addrxlat_status as, uint64_t kaddr,
				 struct pgc_err *err)
{
	switch (as) {
	case ADDRXLAT_OK:
		return PGC_OK;
	case ADDRXLAT_ERR_NOTPRESENT:
	case ADDRXLAT_ERR_INVALID:	/* not canonical */
		return PGC_ABSENT;
	case ADDRXLAT_ERR_CUSTOM_BASE:
		/* An entry led there: a dump that lacks it says nothing about the address. */
		if (dx->read_status == PGC_ABSENT)
			return PGC_DAMAGED;
		return pgc_err_add(err, dx->read_status, "page table of 0x%" PRIx64, kaddr);
	case ADDRXLAT_ERR_NOMEM:
		return pgc_err_nomem(err, "page tables");
	default:
		return pgc_err_set(err, PGC_EFORMAT, "libaddrxlat: page table of 0x%" PRIx64
				   ": %s", kaddr, addrxlat_ctx_get_err(dx->ctx));
	}
}

enum pgc_status dump_xlat_translate(struct dump_xlat *dx, uint64_t kaddr, uint64_t *paddr,
				    uint64_t *run, struct pgc_err *err)
{
	addrxlat_step_t step = { .ctx = dx->ctx, .sys = NULL, .meth = &dx->meth };
	uint64_t span = TABLE_LEN;
	addrxlat_status as;

	dx->err = err;
	as = addrxlat_launch(&step, kaddr);
	while (as == ADDRXLAT_OK && step.remain) {
		/* The last step adds the offset within the page; it reads no table. */
		if (step.remain > 1)
			span = entry_span(&dx->meth.param.pgt.pf, step.remain);
		as = addrxlat_step(&step);
	}
	dx->err = NULL;
	*run = span - (kaddr & (span - 1));
	if (as == ADDRXLAT_OK)
		*paddr = step.base.addr;
	return status_of(dx, as, kaddr, err);
}
