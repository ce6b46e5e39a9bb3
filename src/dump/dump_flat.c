/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "dump/dump_flat.h"
#include "dump/dump_io.h"
#include "dump/temp_file.h"

#define FLAT_SIGNATURE "makedumpfile"
#define FLAT_SIG_LEN 16
#define FLAT_HEADER_LEN 4096
#define RECORD_LEN 16
#define RECORD_END UINT64_MAX

#define BUF_LEN (256u << 10)

/* A reader of the stream: [at, fill) of @buf is what comes next. */
struct stream {
	int fd;
	uint64_t pos;		/* file offset of buf[fill] */
	size_t at, fill;
	unsigned char *buf;
};

static uint64_t be64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

bool dump_flat_is(const void *head, size_t len)
{
	/* The rest of the 16 bytes is padding that not every writer clears. */
	return len >= sizeof(FLAT_SIGNATURE) &&
	       !memcmp(head, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE));
}

/* Have @want bytes at hand, if the file has them; fewer at its end. */
static enum pgc_status stream_fill(struct stream *s, size_t want, struct pgc_err *err)
{
	enum pgc_status st;
	size_t done;

	if (s->fill - s->at >= want)
		return PGC_OK;
	memmove(s->buf, s->buf + s->at, s->fill - s->at);
	s->fill -= s->at;
	s->at = 0;
	st = dump_pread(s->fd, s->buf + s->fill, BUF_LEN - s->fill, s->pos, &done, err);
	s->fill += done;
	s->pos += done;
	return st == PGC_DAMAGED ? PGC_OK : st;
}

/* Copy a record's data; *@whole: all of it was there. */
static enum pgc_status copy_record(struct stream *s, const struct temp_file *out, uint64_t off,
				   uint64_t len, bool *whole, struct pgc_err *err)
{
	*whole = false;
	while (len) {
		enum pgc_status st = stream_fill(s, 1, err);
		size_t n = s->fill - s->at;

		if (st != PGC_OK)
			return st;
		if (!n)
			return PGC_OK;
		if (n > len)
			n = (size_t)len;
		st = temp_file_write(out, s->buf + s->at, n, off, err);
		if (st != PGC_OK)
			return st;
		s->at += n;
		off += n;
		len -= n;
	}
	*whole = true;
	return PGC_OK;
}

static enum pgc_status unpack(struct stream *s, uint64_t size, const struct temp_file *out,
			      struct dump_flat_result *ret, struct pgc_err *err)
{
	/* Holes cost nothing, but a file of exabytes helps nobody. */
	uint64_t limit = size > (UINT64_MAX >> 5) ? INT64_MAX : size * 16 + (1u << 30);

	for (;;) {
		uint64_t here = s->pos - (s->fill - s->at), off, len, end;
		enum pgc_status st = stream_fill(s, RECORD_LEN, err);
		bool whole;

		if (st != PGC_OK)
			return st;
		ret->truncated_at = here;
		if (s->fill - s->at < RECORD_LEN)
			return PGC_OK;
		off = be64(s->buf + s->at);
		len = be64(s->buf + s->at + 8);
		if (off == RECORD_END) {
			ret->truncated_at = 0;
			return PGC_OK;
		}
		if (!len || !add_ok(off, len, &end) || end > limit)
			return PGC_OK;
		s->at += RECORD_LEN;
		st = copy_record(s, out, off, len, &whole, err);
		if (st != PGC_OK)
			return st;
		if (!whole) {
			ret->truncated_at = size;
			return PGC_OK;
		}
	}
}

enum pgc_status dump_flat_unpack(int fd, uint64_t size, struct dump_flat_result *ret,
				 struct pgc_err *err)
{
	struct stream s = { .fd = fd, .pos = FLAT_HEADER_LEN };
	_cleanup_free_ unsigned char *buf = malloc(BUF_LEN);
	struct temp_file out = { .what = "flattened dump", .else_use = "makedumpfile -R" };
	unsigned char head[FLAT_SIG_LEN + 16];
	enum pgc_status st;
	off_t end;

	if (!buf)
		return pgc_err_nomem(err, "unpacking the flattened dump");
	s.buf = buf;
	st = dump_pread_all(fd, head, sizeof(head), 0, "header of the flattened dump", err);
	if (st != PGC_OK)
		return st;
	if (be64(head + FLAT_SIG_LEN) != 1 || be64(head + FLAT_SIG_LEN + 8) != 1)
		return pgc_err_set(err, PGC_EFORMAT,
				   "a flattened dump of type %" PRIu64 ", version %" PRIu64
				   ": only type 1, version 1 is known",
				   be64(head + FLAT_SIG_LEN), be64(head + FLAT_SIG_LEN + 8));
	st = temp_file_open(&out, err);
	if (st != PGC_OK)
		return st;
	*ret = (struct dump_flat_result){ .fd = out.fd };
	st = unpack(&s, size, &out, ret, err);
	end = st == PGC_OK ? lseek(out.fd, 0, SEEK_END) : -1;
	if (st == PGC_OK && end < 0)
		st = pgc_err_set(err, PGC_EIO, "unpacked dump: %s", strerror(errno));
	if (st != PGC_OK) {
		cleanup_fd(&out.fd);
		return st;
	}
	ret->size = (uint64_t)end;
	return PGC_OK;
}
