/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo.h"
#include "find_vmlinux.h"
#include "kernel_place.h"
#include "layout.h"
#include "layout_dir.h"
#include "vmcore.h"
#include "vmlinux_reader.h"

enum pgc_status facts_read_debuginfo(const char *path, struct layout **ret, struct pgc_err *err)
{
	_cleanup_free_ char *split = NULL;
	struct debuginfo *di = NULL;
	enum pgc_status st;

	/* Where it has none and names nobody, opening it says so best. */
	if (find_vmlinux_debug("", path, &split, NULL) == PGC_OK)
		path = split;
	st = debuginfo_open(path, &di, err);
	if (st == PGC_OK) {
		st = layout_from_debuginfo(di, ret, err);
		st = pgc_err_add(err, st, "%s", path);
	}
	debuginfo_close(di);
	return st;
}

enum pgc_status facts_read_vmlinux(const char *path, struct layout **ret, struct pgc_err *err)
{
	return vmlinux_reader_run(path, facts_read_debuginfo, ret, err);
}

/* Wrong debug info gives wrong offsets: findings by the thousand, all of them false. */
static enum pgc_status check_build_id(const struct facts_request *req, struct vmcore *vc,
				      struct facts *facts, struct pgc_err *err)
{
	const char *dump = vmcore_info(vc)->build_id;
	const char *file = layout_build_id(facts->lay);
	const char *path = req->layout ? req->layout : req->vmlinux;
	const char *source = layout_source_name(facts->lay);

	if (!dump || !file || !strcmp(dump, file))
		return PGC_OK;
	if (!req->force)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "%s is not the %s of this dump: its build-id is %s, the dump's kernel has %s (--force goes on all the same)",
				   path, source, file, dump);
	snprintf(facts->warning, sizeof(facts->warning),
		 "%s is not the %s of this dump (build-id %s, the dump has %s)", path, source,
		 file, dump);
	return PGC_OK;
}

static enum pgc_status load_named(const struct facts_request *req, struct vmcore *vc,
				  struct facts *ret, struct pgc_err *err)
{
	const struct vmcore_info *info = vmcore_info(vc);
	struct facts_request named = *req;
	enum pgc_status st;

	if (req->layout && layout_dir_is(req->layout)) {
		st = layout_dir_find(req->layout, info->build_id, info->release, &ret->layout,
				     err);
		if (st != PGC_OK)
			return st;
		named.layout = ret->layout;
	}
	st = named.layout ? layout_file_load(named.layout, &ret->lay, &ret->unsaid, err) :
			    facts_read_vmlinux(named.vmlinux, &ret->lay, err);
	return st == PGC_OK ? check_build_id(&named, vc, ret, err) : st;
}

/* On this machine, then from the servers. PGC_ENOENT: nowhere, or nobody may be asked. */
static enum pgc_status find(const struct facts_request *req, struct vmcore *vc,
			    struct facts *ret, struct pgc_err *err)
{
	const struct vmcore_info *info = vmcore_info(vc);
	const struct vmlinux_search search = {
		.root = "", .debug_dir = req->debug_dir, .dump = req->dump,
		.build_id = info->build_id, .release = info->release,
	};
	enum pgc_status st = find_vmlinux(&search, &ret->vmlinux, &ret->tried, err);

	if (st != PGC_ENOENT || !req->debuginfod)
		return st;
	if (!info->build_id)
		st = pgc_err_set(err, PGC_ENOENT, "debuginfod: the dump does not say its kernel's build-id");
	else
		st = ask_debuginfod(info->build_id, req->progress, req->progress_arg,
				    &ret->vmlinux, err);
	if (st == PGC_ENOENT)
		snprintf(ret->warning, sizeof(ret->warning), "%.479s", err->msg);
	return st;
}

/* A file that was found, not named, may turn out to be bad: the dump is still there. */
static enum pgc_status load_found(struct facts *ret, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st = facts_read_vmlinux(ret->vmlinux, &ret->lay, &why);

	if (st == PGC_OK)
		return PGC_OK;
	if (st == PGC_ENOMEM)
		return pgc_err_set(err, st, "%s", why.msg);
	snprintf(ret->warning, sizeof(ret->warning), "%.479s", why.msg);
	free(TAKE_PTR(ret->vmlinux));
	return PGC_ENOENT;
}

static uint64_t address(const struct layout *lay, enum layout_key key)
{
	return layout_has(lay, key) ? layout_get(lay, key) : 0;
}

/* Where the dump does not say where its kernel is: the vmlinux and the memory do. */
static enum pgc_status place_kernel(const struct layout *lay, struct vmcore *vc,
				    struct pgc_err *err)
{
	const struct kernel_image img = {
		.build_id = layout_build_id(lay),
		.notes = address(lay, L_start_notes),
		.notes_end = address(lay, L_stop_notes),
		.root = address(lay, L_init_top_pgt),
		.banner = address(lay, L_linux_banner),
		.stext = address(lay, L_stext),
	};

	if (vmcore_info(vc)->has_vmcoreinfo)
		return PGC_OK;
	if (!img.notes || !img.notes_end || !img.root)
		return pgc_err_set(err, PGC_ENOENT, "no VMCOREINFO in the dump, and the %s does not tell where the kernel's notes and page tables are",
				   layout_source_name(lay));
	return vmcore_place_kernel(vc, &img, err);
}

static enum pgc_status load_file(const struct facts_request *req, struct vmcore *vc,
				 struct facts *ret, struct pgc_err *err)
{
	enum pgc_status st = load_named(req, vc, ret, err);

	return st == PGC_OK ? place_kernel(ret->lay, vc, err) : st;
}

enum pgc_status facts_load(const struct facts_request *req, struct vmcore *vc,
			   struct facts *ret, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st;

	*ret = (struct facts){ .lay = NULL };
	if (req->layout || req->vmlinux)
		return load_file(req, vc, ret, err);
	st = find(req, vc, ret, &why);
	if (st == PGC_OK)
		st = load_found(ret, &why);
	if (st == PGC_OK)
		return st;
	if (st != PGC_ENOENT)
		return pgc_err_set(err, st, "%s", why.msg);
	st = layout_from_dump(vc, &ret->lay, &ret->dump, err);
	return pgc_err_add(err, st, "no vmlinux was found, and the dump does not say enough of its kernel");
}

void facts_deinit(struct facts *facts)
{
	layout_destroy(facts->lay);
	free(facts->layout);
	free(facts->vmlinux);
	free(facts->tried);
	*facts = (struct facts){ .lay = NULL };
}
