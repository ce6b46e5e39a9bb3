/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_lkcd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/compare.h"
#include "base/target_int.h"
#include "dump/dump_io.h"
#include "dump/kdump_calls.h"
#include "dump/temp_file.h"

/* The child's exit status: that of the reading, above all that exit() in a library uses. */
#define STATUS_BASE 64
/* The library knows no more frames than that: 16 TiB of small pages. */
#define FRAMES_MAX (UINT64_C(1) << 32)
/* What compresses best is a page of zeros, in a header and some bytes of nothing. */
#define GROWTH 1024u
/* A machine's memory map has some dozens, and what was left out makes more. */
#define RANGES_MAX (1u << 22)

/* The little-endian form; the other is of machines that are not read here. */
static const unsigned char magic[] = { 0xed, 0x23, 0x8f, 0x61, 0x73, 0x01, 0x19, 0xa8 };

/*
 * Where version, page size and, in version 9, the place of the first page are in the header; and
 * what stands before each page: its address, how many bytes follow, and flags. The last one has
 * no page.
 */
#define VERSION_AT 8
#define PAGE_SIZE_AT 20
#define FIRST_9_AT 734
#define FIRST 65536
#define PAGE_LEN 16
#define PAGE_END 4u

/* What the child writes for each run of pages, in the order of their addresses. */
struct run {
	uint64_t paddr, len;
	enum { RUN_READ, RUN_LOST, RUN_CUT } is; /* lost: by the library; cut: the file has no end */
};

/* The child's work. */
struct copy {
	int fd;
	uint64_t file_size;
	struct kdump_calls call;
	kdump_ctx_t *ctx;
	uint64_t page_size;
	uint64_t *frames;	/* that there are */
	size_t n, room;
	bool cut;		/* the list has no end */
	struct temp_file out;
	uint64_t at, most;	/* written, and at most */
	FILE *runs;
	struct run run;		/* not written yet; len 0: none */
	unsigned char *page;
};

bool dump_lkcd_is(const void *head, size_t len)
{
	return len >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

/*
 * All pages of a file of LKCD, as they follow one another: the library finds a page by its address,
 * but dies where it is asked how many there are (0.5.1) and the file has no end.
 */
static enum pgc_status list_pages(struct copy *c, struct pgc_err *err)
{
	unsigned char head[FIRST_9_AT + 8], page[PAGE_LEN];
	uint64_t at = FIRST;
	size_t done;
	enum pgc_status st = dump_pread_all(c->fd, head, sizeof(head), 0, "header", err);

	if (st == PGC_OK && (target_u32(head + VERSION_AT) & 0xffff) >= 9)
		at = target_u64(head + FIRST_9_AT);
	c->cut = true;
	while (st == PGC_OK && range_ok(at, sizeof(page), c->file_size)) {
		uint32_t len, flags;
		uint64_t *more;

		st = dump_pread(c->fd, page, sizeof(page), at, &done, err);
		if (st != PGC_OK)
			break;
		len = target_u32(page + 8);
		flags = target_u32(page + 12);
		if (flags & PAGE_END) {
			c->cut = false;
			break;
		}
		at += sizeof(page);
		if (!len || len > 2 * c->page_size || !range_ok(at, len, c->file_size))
			break;
		at += len;
		more = array_grow(c->frames, &c->room, c->n, sizeof(*c->frames));
		if (!more)
			return pgc_err_nomem(err, "the list of pages");
		c->frames = more;
		c->frames[c->n++] = target_u64(page) / c->page_size;
	}
	if (c->n)
		qsort(c->frames, c->n, sizeof(*c->frames), compare_u64);
	return st == PGC_DAMAGED ? PGC_OK : st;
}

/* The library makes room for many pages as soon as it opens the file, of whatever size they are. */
static enum pgc_status take_page_size(struct copy *c, struct pgc_err *err)
{
	unsigned char size[4];
	enum pgc_status st = dump_pread_all(c->fd, size, sizeof(size), PAGE_SIZE_AT, "header", err);

	if (st != PGC_OK)
		return st;
	c->page_size = target_u32(size);
	if (!arch_page_size_ok(NULL, c->page_size))
		return pgc_err_set(err, PGC_EFORMAT, "implausible page size of %" PRIu64 " bytes",
				   c->page_size);
	return PGC_OK;
}

static enum pgc_status open_library(struct copy *c, struct pgc_err *err)
{
	enum pgc_status st = kdump_calls_load(&c->call, err);
	const char *arch;
	char titles[128];

	if (st == PGC_OK)
		st = take_page_size(c, err);
	if (st != PGC_OK)
		return st;
	c->ctx = c->call.create();
	if (!c->ctx)
		return pgc_err_nomem(err, "libkdumpfile");
	/* See kdump_library.c. */
	if (kdump_calls_set_number(&c->call, c->ctx, "cache.size", 32) != KDUMP_OK ||
	    c->call.open_fdset(c->ctx, 1, &c->fd) != KDUMP_OK)
		return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile: %s", c->call.get_err(c->ctx));
	arch = kdump_calls_string(&c->call, c->ctx, KDUMP_ATTR_ARCH_NAME);
	if (!arch || arch_name_is_other(arch)) {
		arch_list(true, titles, sizeof(titles));
		return pgc_err_set(err, PGC_EFORMAT, "of the architecture %s: only %s are supported",
				   arch ? arch : "(unknown)", titles);
	}
	return list_pages(c, err);
}

static bool put_run(struct copy *c)
{
	return !c->run.len || fwrite(&c->run, sizeof(c->run), 1, c->runs) == 1;
}

static enum pgc_status add_page(struct copy *c, uint64_t paddr, bool lost, struct pgc_err *err)
{
	if (!c->run.len || (c->run.is == RUN_LOST) != lost || c->run.paddr + c->run.len != paddr) {
		if (!put_run(c))
			return pgc_err_nomem(err, "the ranges of memory");
		c->run = (struct run){ .paddr = paddr, .is = lost ? RUN_LOST : RUN_READ };
	}
	c->run.len += c->page_size;
	if (lost)
		return PGC_OK;
	if (c->at + c->page_size > c->most)
		return pgc_err_set(err, PGC_EFORMAT, "its pages unpack to more than %u times its size",
				   GROWTH);
	c->at += c->page_size;
	return temp_file_write(&c->out, c->page, c->page_size, c->at - c->page_size, err);
}

static enum pgc_status copy_pages(struct copy *c, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	c->page = dump_buffer(c->page_size);
	if (!c->page)
		return pgc_err_nomem(err, "a page");
	for (size_t i = 0; st == PGC_OK && i < c->n && c->frames[i] < FRAMES_MAX; i++) {
		uint64_t paddr = c->frames[i] * c->page_size;
		size_t len = c->page_size;
		kdump_status ks;

		if (i && c->frames[i] == c->frames[i - 1])
			continue;
		ks = c->call.read(c->ctx, KDUMP_MACHPHYSADDR, paddr, c->page, &len);
		if (ks == KDUMP_ERR_NOTIMPL || ks == KDUMP_ERR_BUSY)
			return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile: %s",
					   c->call.get_err(c->ctx));
		/* All of these are in the file: what cannot be had is lost. */
		st = add_page(c, paddr, ks != KDUMP_OK || len != c->page_size, err);
	}
	if (st != PGC_OK)
		return st;
	if (put_run(c) && !c->cut)
		return PGC_OK;
	c->run = (struct run){ .paddr = UINT64_MAX, .is = RUN_CUT, .len = 1 };
	return put_run(c) ? PGC_OK : pgc_err_nomem(err, "the ranges of memory");
}

/* What the child leaves in @runs: the runs, or why there are none. */
static void child(int runs, struct copy *c)
{
	static const struct rlimit no_core = { 0, 0 };
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	c->runs = fdopen(runs, "w");
	if (!c->runs)
		_exit(STATUS_BASE + PGC_ENOMEM);
	st = open_library(c, &err);
	if (st == PGC_OK)
		st = copy_pages(c, &err);
	if (st != PGC_OK) {
		if (ftruncate(runs, 0) == 0)
			rewind(c->runs);
		fputs(err.msg, c->runs);
	}
	_exit(fflush(c->runs) ? STATUS_BASE + PGC_ENOMEM : STATUS_BASE + (int)st);
}

/* Why the child failed. */
static enum pgc_status child_error(int runs, int status, struct pgc_err *err)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	char said[600];
	ssize_t n = pread(runs, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	if (code > STATUS_BASE && said[0])
		return pgc_err_set(err, (enum pgc_status)(code - STATUS_BASE), "%s", said);
	return pgc_err_set(err, PGC_EFORMAT, "libkdumpfile, which reads this format, ended with %s %d: the file is damaged",
			   code ? "exit status" : "signal", code ? code : WTERMSIG(status));
}

/* Ranges of the file behind ret->fd. Nothing that the child wrote is believed. */
static enum pgc_status take_runs(int runs, struct dump_lkcd_result *ret, struct pgc_err *err)
{
	off_t len = lseek(runs, 0, SEEK_END);
	uint64_t stored = 0, lost = 0, before = 0, end;
	size_t n = len > 0 ? (size_t)len / sizeof(struct run) : 0;

	if (!n)
		return pgc_err_set(err, PGC_EFORMAT, "there are no pages in it");
	if (n > RANGES_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "more than %u ranges of memory", RANGES_MAX);
	ret->ranges = calloc(n, sizeof(*ret->ranges));
	if (!ret->ranges)
		return pgc_err_nomem(err, "the ranges of memory");
	for (size_t i = 0; i < n; i++) {
		struct run run = { .len = 0 };
		size_t done;
		enum pgc_status st = dump_pread(runs, &run, sizeof(run), i * sizeof(run), &done, err);
		uint64_t *at = run.is == RUN_LOST ? &lost : &stored;

		if (st == PGC_OK && run.is == RUN_CUT && i + 1 == n) {
			ret->cut = true;
			break;
		}
		if (st != PGC_OK || run.paddr < before || !run.len ||
		    !add_ok(run.paddr, run.len, &end) || !range_ok(*at, run.len, INT64_MAX / 2))
			return pgc_err_set(err, PGC_EFORMAT, "its pages are not in order");
		ret->ranges[i] = (struct dump_range){ .paddr = run.paddr, .len = run.len,
						      .off = (run.is == RUN_LOST ? ret->size : 0) + *at };
		*at += run.len;
		before = end;
		ret->n++;
	}
	return ret->n ? PGC_OK : pgc_err_set(err, PGC_EFORMAT, "there are no pages in it");
}

static enum pgc_status unpack(int runs, struct copy *c, struct dump_lkcd_result *ret,
			      struct pgc_err *err)
{
	int status = 0;
	off_t end;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return pgc_err_set(err, PGC_ENOMEM, "cannot fork a reader: %s", strerror(errno));
	if (!pid)
		child(runs, c);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return pgc_err_set(err, PGC_EIO, "the reader: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS_BASE + PGC_OK)
		return child_error(runs, status, err);
	end = lseek(c->out.fd, 0, SEEK_END);
	ret->fd = c->out.fd;
	ret->size = end > 0 ? (uint64_t)end : 0;
	return take_runs(runs, ret, err);
}

enum pgc_status dump_lkcd_unpack(int fd, uint64_t size, struct dump_lkcd_result *ret,
				 struct pgc_err *err)
{
	_cleanup_fd_ int runs = memfd_create("runs", MFD_CLOEXEC);
	struct copy c = { .fd = fd, .file_size = size,
			  .out = { .what = "dump", .else_use = "another TMPDIR" } };
	enum pgc_status st;

	if (runs < 0)
		return pgc_err_set(err, PGC_EIO, "memfd_create: %s", strerror(errno));
	*ret = (struct dump_lkcd_result){ .fd = -1 };
	c.most = size > UINT64_MAX / GROWTH ? UINT64_MAX : size * GROWTH;
	st = temp_file_open(&c.out, err);
	if (st != PGC_OK)
		return st;
	st = unpack(runs, &c, ret, err);
	if (st != PGC_OK) {
		free(TAKE_PTR(ret->ranges));
		cleanup_fd(&c.out.fd);
		ret->fd = -1;
	}
	return pgc_err_add(err, st, "a dump of LKCD");
}
