/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_vmcoreinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arch/arch.h"
#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"

#define PAGE ARCH_PAGE_MIN	/* it begins at one of the kernel's, however large these are */
#define CHUNK (1u << 20)
#define MAX_FILE (1u << 20)
#define MAX_CANDIDATES 64

static const char first_line[] = "OSRELEASE=";

static bool looks_right(const struct dump_notes *notes)
{
	uint64_t size;

	return dump_notes_line(notes, "OSRELEASE") &&
	       dump_notes_number(notes, "PAGESIZE", &size);
}

enum pgc_status dump_vmcoreinfo_load(const char *path, struct dump_notes *notes,
				     struct pgc_err *err)
{
	_cleanup_free_ char *text = malloc(MAX_FILE);
	/* O_NONBLOCK: a FIFO must not hang us before it can be refused. */
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum pgc_status st;
	struct stat sb;
	size_t len;

	if (!text)
		return pgc_err_nomem(err, path);
	if (fd < 0 || fstat(fd, &sb))
		return pgc_err_set(err, PGC_EIO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return pgc_err_set(err, PGC_EFORMAT, "%s: not a regular file", path);
	/* Shorter than the room for it: the end comes first. */
	st = dump_pread(fd, text, MAX_FILE, 0, &len, err);
	if (st == PGC_OK || st == PGC_DAMAGED)
		st = dump_notes_set_vmcoreinfo(notes, text, len, err);
	if (st == PGC_OK && !looks_right(notes))
		st = pgc_err_set(err, PGC_EFORMAT, "%s: not VMCOREINFO, which has lines such as OSRELEASE=... and PAGESIZE=...",
				 path);
	return st;
}

struct scan {
	dump_vmcoreinfo_fn *offer;
	void *offer_arg;
	unsigned int candidates;
	bool stop;
};

/*
 * The text in the page at the beginning of @len bytes, or NULL: as it is, in a page of
 * @page_size, or in the note that the kernel has made of it (update_vmcoreinfo_note()).
 */
static const unsigned char *text_in(const unsigned char *page, size_t page_size, size_t *len)
{
	static const unsigned char note[] = { 'V', 'M', 'C', 'O', 'R', 'E', 'I', 'N', 'F', 'O', 0 };
	const unsigned char *text = page;

	if (!memcmp(page + 12, note, sizeof(note)) && target_u32(page) == sizeof(note)) {
		text = page + 24;
		*len = *len - 24 < target_u32(page + 4) ? *len - 24 : target_u32(page + 4);
	} else if (*len > page_size) {
		*len = page_size;
	}
	return *len < sizeof(first_line) || memcmp(text, first_line, sizeof(first_line) - 1) ?
	       NULL : text;
}

/*
 * The text has a page to itself (kernel/vmcore_info.c: VMCOREINFO_BYTES). How large one is, is
 * among its first lines: of a text that goes on in a larger page those lines are the same.
 */
static enum pgc_status read_text(const unsigned char *page, size_t len, struct dump_notes *notes,
				 const unsigned char **text, struct pgc_err *err)
{
	size_t all = len;
	enum pgc_status st;
	uint64_t size;

	*text = text_in(page, PAGE, &len);
	if (!*text)
		return PGC_OK;
	st = dump_notes_set_vmcoreinfo(notes, *text, len, err);
	if (st != PGC_OK || !dump_notes_number(notes, "PAGESIZE", &size) || size <= PAGE ||
	    !arch_page_size_ok(NULL, size))
		return st;
	dump_notes_deinit(notes);
	*notes = (struct dump_notes)DUMP_NOTES_INIT;
	*text = text_in(page, (size_t)size, &all);
	return dump_notes_set_vmcoreinfo(notes, *text, all, err);
}

/* @len bytes, at least a page, at @paddr. */
static enum pgc_status try_page(struct scan *s, const unsigned char *page, size_t len,
				uint64_t paddr, struct pgc_err *err)
{
	struct dump_notes notes = DUMP_NOTES_INIT;
	const unsigned char *text;
	enum pgc_status st;

	if (s->candidates == MAX_CANDIDATES)
		return PGC_OK;
	st = read_text(page, len, &notes, &text, err);
	if (st == PGC_OK && text && looks_right(&notes)) {
		s->candidates++;
		s->stop = s->offer(s->offer_arg, &notes, paddr + (uint64_t)(text - page));
	}
	dump_notes_deinit(&notes);
	return st;
}

enum pgc_status dump_vmcoreinfo_scan(dump_fill_fn *read, void *read_arg, uint64_t start,
				     uint64_t end, dump_vmcoreinfo_fn *offer, void *offer_arg,
				     struct pgc_err *err)
{
	struct scan s = { .offer = offer, .offer_arg = offer_arg };
	_cleanup_free_ unsigned char *buf = malloc(CHUNK);
	enum pgc_status st = PGC_OK;

	if (!buf)
		return pgc_err_nomem(err, "VMCOREINFO");
	/* The last page of all has none after it. */
	if (!add_ok(start, -start % PAGE, &start))
		start = end;
	for (uint64_t paddr = start; paddr < end && !s.stop;) {
		size_t len = end - paddr < CHUNK ? (size_t)(end - paddr) : CHUNK, done = 0;

		st = read(read_arg, paddr, buf, len, &done, NULL);
		for (size_t at = 0; at + PAGE <= done && !s.stop; at += PAGE)
			if (try_page(&s, buf + at, done - at, paddr + at, err) != PGC_OK)
				return PGC_ENOMEM;
		/* What cannot be read ends at a page's end, or later. */
		paddr += st == PGC_OK ? len : done / PAGE * PAGE + PAGE;
	}
	return s.stop ? PGC_OK :
	       pgc_err_set(err, PGC_ENOENT, "no page of the dump has the kernel's VMCOREINFO");
}
