/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/learn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/debuginfo.h"
#include "debuginfo/find_vmlinux.h"
#include "dump/kernel_place.h"
#include "layout/layout.h"
#include "layout/layout_dir.h"
#include "layout/layout_vmcoreinfo.h"
#include "layout/vmlinux_reader.h"
#include "vmcore.h"

enum pgc_status learn_debuginfo(const char *path, struct layout **ret, struct pgc_err *err)
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

enum pgc_status learn_vmlinux(const char *path, struct layout **ret, struct pgc_err *err)
{
	return vmlinux_reader_run(path, learn_debuginfo, ret, err);
}

/* What is known of a file that was named; NULL where it is not. */
struct identity {
	const char *path, *what;	/* "vmlinux" or "layout" */
	const char *build_id, *release;
};

/*
 * Wrong debug info gives wrong offsets: findings by the thousand, all of them false. Where there is
 * no build-id (VMCOREINFO has it since Linux 5.9) the release must do.
 */
static enum pgc_status check_identity(const struct identity *file, bool force, struct vmcore *vc,
				      struct learned *learned, struct pgc_err *err)
{
	const struct vmcore_info *info = vmcore_info(vc);
	struct pgc_err why = PGC_ERR_INIT;
	const char *dump, *own, *kind;
	enum pgc_status st;
	bool by_id;

	/* Of two kernels in memory the one is meant whose file this is. */
	st = vmcore_prefer(vc, file->what, file->build_id, file->release, &why);
	if (st != PGC_OK && st != PGC_ENOENT && st != PGC_EMISMATCH)
		return pgc_err_set(err, st, "%s", why.msg);
	by_id = info->build_id && file->build_id;
	dump = by_id ? info->build_id : info->release;
	own = by_id ? file->build_id : file->release;
	kind = by_id ? "build-id" : "release";
	if (!dump || !own || !*dump || !*own || !strcmp(dump, own))
		return PGC_OK;
	if (!force)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "%s is not the %s of this dump: its %s is %s, the dump's kernel has %s%s%s (--force continues all the same)",
				   file->path, file->what, kind, own, dump,
				   st == PGC_EMISMATCH ? "; " : "", why.msg);
	snprintf(learned->warning, sizeof(learned->warning),
		 "%s is not the %s of this dump (%s %s, the dump has %s)", file->path, file->what,
		 kind, own, dump);
	return PGC_OK;
}

/* Where neither says which build it is: what both say of the same structs. */
static enum pgc_status check_layout(const struct identity *file, bool force, struct vmcore *vc,
				    struct learned *learned, struct pgc_err *err)
{
	const struct layout_row *row;
	const char *release = vmcore_info(vc)->release;
	uint64_t said = 0;

	/* One alone may be a damaged line. */
	if (layout_vmcoreinfo_differs(vc, learned->lay, &row, &said) < 2)
		return PGC_OK;
	if (!force)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "%s is not the %s of this dump, of a kernel of release %s: %s is %" PRIu64 " in it, %" PRIu64 " by the dump's VMCOREINFO (--force continues all the same)",
				   file->path, file->what, release ? release : "unknown",
				   layout_name(row->key), layout_get(learned->lay, row->key), said);
	snprintf(learned->warning, sizeof(learned->warning),
		 "%s is not the %s of this dump (%s is %" PRIu64 ", the dump has %" PRIu64 ")",
		 file->path, file->what, layout_name(row->key), layout_get(learned->lay, row->key),
		 said);
	return PGC_OK;
}

static enum pgc_status load_named(const struct learn_request *req, struct vmcore *vc,
				  struct learned *ret, struct pgc_err *err)
{
	const struct vmcore_info *info = vmcore_info(vc);
	struct learn_request named = *req;
	struct identity file;
	enum pgc_status st;

	if (req->layout && layout_dir_is(req->layout)) {
		st = layout_dir_find(req->layout, info->build_id, info->release, &ret->layout,
				     err);
		if (st != PGC_OK)
			return st;
		named.layout = ret->layout;
	}
	st = named.layout ? layout_file_load(named.layout, &ret->lay, &ret->unsaid, err) :
			    learn_vmlinux(named.vmlinux, &ret->lay, err);
	if (st != PGC_OK)
		return st;
	file.path = named.layout ? named.layout : named.vmlinux;
	file.what = layout_source_name(ret->lay);
	file.build_id = layout_build_id(ret->lay);
	file.release = layout_release(ret->lay);
	st = check_identity(&file, req->force, vc, ret, err);
	if (st != PGC_OK || ret->warning[0] || (info->build_id && file.build_id))
		return st;
	return check_layout(&file, req->force, vc, ret, err);
}

/*
 * On this machine, then from the servers. PGC_ENOENT: nowhere, or nobody may be asked. @build_id:
 * where the dump has none.
 */
static enum pgc_status find(const struct learn_request *req, struct vmcore *vc,
			    const char *build_id, struct learned *ret, struct pgc_err *err)
{
	const struct vmcore_info *info = vmcore_info(vc);
	const struct vmlinux_search search = {
		.root = "", .debug_dir = req->debug_dir, .dump = req->dump,
		.build_id = info->build_id ? info->build_id : build_id, .release = info->release,
	};
	enum pgc_status st = find_vmlinux(&search, &ret->vmlinux, &ret->tried, err);

	if (st != PGC_ENOENT || !req->debuginfod)
		return st;
	if (!search.build_id)
		st = pgc_err_set(err, PGC_ENOENT, "debuginfod: the dump does not say its kernel's build-id");
	else
		st = ask_debuginfod(search.build_id, req->progress, req->progress_arg,
				    &ret->vmlinux, err);
	if (st == PGC_ENOENT)
		snprintf(ret->warning, sizeof(ret->warning), "%s", err->msg);
	return st;
}

/* A file that was found, not named, may turn out to be bad: the dump is still there. */
static enum pgc_status load_found(struct learned *ret, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st = learn_vmlinux(ret->vmlinux, &ret->lay, &why);

	if (st == PGC_OK)
		return PGC_OK;
	if (st == PGC_ENOMEM)
		return pgc_err_set(err, st, "%s", why.msg);
	snprintf(ret->warning, sizeof(ret->warning), "%s", why.msg);
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
	const struct arch *known = vmcore_info(vc)->arch, *arch = known ? known : arch_row(0);
	struct kernel_image img = {
		.arch = arch, .build_id = layout_build_id(lay),
		.notes = address(lay, L_start_notes),
		.notes_end = address(lay, L_stop_notes),
		.banner = address(lay, L_linux_banner),
		.stext = address(lay, L_stext),
	};

	if (vmcore_info(vc)->has_vmcoreinfo)
		return PGC_OK;
	for (size_t i = 0; i < ARCH_PLACE_SYMBOLS; i++)
		(void)layout_symbol(lay, arch->place_symbols[i], &img.symbol[i]);
	if (!img.notes || !img.notes_end || !img.symbol[0])
		return pgc_err_set(err, PGC_ENOENT, "no VMCOREINFO in the dump, and the %s does not say where the kernel's notes and page tables are",
				   layout_source_name(lay));
	return vmcore_place_kernel(vc, &img, err);
}

static enum pgc_status load_file(const struct learn_request *req, struct vmcore *vc,
				 struct learned *ret, struct pgc_err *err)
{
	enum pgc_status st = load_named(req, vc, ret, err);

	return st == PGC_OK ? place_kernel(ret->lay, vc, err) : st;
}

/* From a vmlinux that is found, else from the dump; @build_id as for find(). */
static enum pgc_status load_unnamed(const struct learn_request *req, struct vmcore *vc,
				    const char *build_id, struct learned *ret, struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st = find(req, vc, build_id, ret, &why);

	if (st == PGC_OK)
		st = load_found(ret, &why);
	if (st == PGC_OK)
		return st;
	if (st != PGC_ENOENT)
		return pgc_err_set(err, st, "%s", why.msg);
	st = layout_from_dump(vc, &ret->lay, &ret->dump, err);
	if (st == PGC_OK)
		return st;
	st = pgc_err_add(err, st, "no vmlinux was found (-v lists the places that were searched), and the dump does not describe its kernel well enough: name its vmlinux");
	/* One failure, one line. */
	if (ret->warning[0])
		st = pgc_err_add(err, st, "%s", ret->warning);
	ret->warning[0] = '\0';
	return st;
}

/* A vmlinux that was stripped says of which build it is: the rest may be had elsewhere. */
static enum pgc_status load_without_types(const struct learn_request *req,
					  const struct debuginfo_probe *probe, struct vmcore *vc,
					  struct learned *ret, struct pgc_err *err)
{
	const struct identity file = {
		.path = req->vmlinux, .what = "vmlinux", .build_id = probe->build_id[0] ?
		probe->build_id : NULL, .release = probe->release,
	};
	enum pgc_status st = check_identity(&file, req->force, vc, ret, err);

	if (st == PGC_OK)
		st = load_unnamed(req, vc, file.build_id, ret, err);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "%s has no DWARF debug info", req->vmlinux);
	if (!ret->warning[0])
		snprintf(ret->warning, sizeof(ret->warning), "%s has no DWARF debug info: the facts about the kernel are from %s%s",
			 req->vmlinux, ret->vmlinux ? ret->vmlinux : "the dump's ",
			 ret->vmlinux ? "" : layout_source_name(ret->lay));
	return PGC_OK;
}

enum pgc_status learn_kernel(const struct learn_request *req, struct vmcore *vc,
			     struct learned *ret, struct pgc_err *err)
{
	struct debuginfo_probe probe;
	enum pgc_status st;

	*ret = (struct learned){ .lay = NULL };
	if (!req->layout && !req->vmlinux)
		return load_unnamed(req, vc, NULL, ret, err);
	st = load_file(req, vc, ret, err);
	if (st == PGC_EFORMAT && !req->layout && !ret->lay &&
	    debuginfo_probe(req->vmlinux, &probe, NULL) == PGC_OK && !probe.has_dwarf)
		return load_without_types(req, &probe, vc, ret, err);
	return st;
}

void learned_deinit(struct learned *learned)
{
	layout_destroy(learned->lay);
	free(learned->layout);
	free(learned->vmlinux);
	free(learned->tried);
	*learned = (struct learned){ .lay = NULL };
}
