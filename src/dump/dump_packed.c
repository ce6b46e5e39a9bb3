/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_packed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "base/checked.h"
#include "dump/dump_io.h"
#include "dump/temp_file.h"

#define IN_LEN (64u << 10)
#define OUT_LEN (256u << 10)
/* Written as a hole where it is zeros, which most of a machine's memory may be. */
#define HOLE_LEN (8u << 10)
/* Enough for the last magic of file_kinds.def. */
#define PEEK_LEN (68u << 10)
/* xz -9 takes 65 MiB, zstd without --long 8; its library refuses more than 128 by itself. */
#define MEMORY_MAX (256u << 20)
/* gzip packs zeros 1032:1. No memory with a memmap in it comes near. */
#define RATIO_MAX 2048

enum step {
	STEP_MORE,	/* give it input, or room */
	STEP_END,	/* a stream ended here; another may follow */
	STEP_DAMAGED,
	STEP_TOO_LARGE,	/* it wants more memory than MEMORY_MAX */
	STEP_NO_MEMORY,
};

/* What comes next of the input, and where the output goes. */
struct span {
	const unsigned char *in;
	size_t n_in;
	unsigned char *out;
	size_t n_out;
	bool last;	/* there is no input after this */
};

/* A compression: a stream of @open is freed by @close. */
struct packing {
	const char *name, *magic;
	size_t len;
	const char *tool;	/* that unpacks it by hand */
	void *(*open)(void);
	enum step (*step)(void *state, struct span *span);
	void (*close)(void *state);
};

#ifdef HAVE_ZLIB
struct gzip {
	z_stream z;
	bool ended;
};

static void *gzip_open(void)
{
	struct gzip *g = calloc(1, sizeof(*g));

	/* 16: a gzip header is there. */
	if (g && inflateInit2(&g->z, 16 + MAX_WBITS) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

static enum step gzip_step(void *state, struct span *span)
{
	struct gzip *g = state;
	int ret;

	/* After a stream comes another, or what a tape or a disk is padded with. */
	while (g->ended && span->n_in && !*span->in) {
		span->in++;
		span->n_in--;
	}
	if (g->ended && !span->n_in)
		return STEP_END;
	if (g->ended && inflateReset(&g->z) != Z_OK)
		return STEP_DAMAGED;
	/* It takes a pointer to bytes that it does not write. */
	g->z.next_in = (unsigned char *)(uintptr_t)span->in;
	g->z.avail_in = (unsigned int)span->n_in;
	g->z.next_out = span->out;
	g->z.avail_out = (unsigned int)span->n_out;
	ret = inflate(&g->z, Z_NO_FLUSH);
	span->in = g->z.next_in;
	span->n_in = g->z.avail_in;
	span->out = g->z.next_out;
	span->n_out = g->z.avail_out;
	g->ended = ret == Z_STREAM_END;
	if (ret == Z_STREAM_END)
		return STEP_END;
	if (ret == Z_MEM_ERROR)
		return STEP_NO_MEMORY;
	return ret == Z_OK || ret == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void gzip_close(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}
#define GZIP_NAME ", gzip"
#else
#define GZIP_NAME ""
#endif

#ifdef HAVE_LZMA
static void *xz_open(void)
{
	lzma_stream *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	*s = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(s, MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) {
		free(s);
		return NULL;
	}
	return s;
}

static enum step xz_step(void *state, struct span *span)
{
	lzma_stream *s = state;
	lzma_ret ret;

	s->next_in = span->in;
	s->avail_in = span->n_in;
	s->next_out = span->out;
	s->avail_out = span->n_out;
	ret = lzma_code(s, span->last ? LZMA_FINISH : LZMA_RUN);
	span->in = s->next_in;
	span->n_in = s->avail_in;
	span->out = s->next_out;
	span->n_out = s->avail_out;
	switch (ret) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return STEP_MORE;
	case LZMA_STREAM_END:
		return STEP_END;
	case LZMA_MEM_ERROR:
		return STEP_NO_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		return STEP_TOO_LARGE;
	default:
		return STEP_DAMAGED;
	}
}

static void xz_close(void *state)
{
	lzma_end(state);
	free(state);
}
#define XZ_NAME ", xz"
#else
#define XZ_NAME ""
#endif

#ifdef HAVE_ZSTD
static void *zstd_open(void)
{
	return ZSTD_createDCtx();
}

static enum step zstd_step(void *state, struct span *span)
{
	ZSTD_inBuffer in = { .src = span->in, .size = span->n_in };
	ZSTD_outBuffer out = { .dst = span->out, .size = span->n_out };
	size_t ret = ZSTD_decompressStream(state, &out, &in);

	span->in += in.pos;
	span->n_in -= in.pos;
	span->out += out.pos;
	span->n_out -= out.pos;
	if (!ZSTD_isError(ret))
		return ret ? STEP_MORE : STEP_END;
	switch (ZSTD_getErrorCode(ret)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return STEP_TOO_LARGE;
	case ZSTD_error_memory_allocation:
		return STEP_NO_MEMORY;
	default:
		return STEP_DAMAGED;
	}
}

static void zstd_close(void *state)
{
	ZSTD_freeDCtx(state);
}
#define ZSTD_NAME ", zstd"
#else
#define ZSTD_NAME ""
#endif

static const struct packing packings[] = {
#ifdef HAVE_ZLIB
	{ "gzip", "\x1f\x8b", 2, "gunzip -c", gzip_open, gzip_step, gzip_close },
#endif
#ifdef HAVE_LZMA
	{ "xz", "\xfd" "7zXZ", 6, "unxz -c", xz_open, xz_step, xz_close },
#endif
#ifdef HAVE_ZSTD
	{ "zstd", "\x28\xb5\x2f\xfd", 4, "zstd -dc", zstd_open, zstd_step, zstd_close },
#endif
	{ .name = NULL },
};

static const struct packing *find_packing(const void *head, size_t len)
{
	for (const struct packing *p = packings; p->name; p++)
		if (len >= p->len && !memcmp(head, p->magic, p->len))
			return p;
	return NULL;
}

const char *dump_packed_name(const void *head, size_t len)
{
	const struct packing *p = find_packing(head, len);

	return p ? p->name : NULL;
}

/* One file on its way into another. */
struct unpacking {
	const struct packing *packing;
	void *state;
	int fd;
	uint64_t pos;		/* where in it the next input is */
	uint64_t most;		/* the output may have no more bytes than this */
	uint64_t size;		/* the bytes it has */
	struct span span;
	unsigned char *in, *out;
};

static bool is_zero(const unsigned char *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

/* What has come out so far; zeros stay a hole. */
static enum pgc_status drain(struct unpacking *u, const struct temp_file *to, struct pgc_err *err)
{
	size_t len = OUT_LEN - u->span.n_out, start = 0, end = 0, n;
	enum pgc_status st = PGC_OK;

	for (; end < len && st == PGC_OK; end += n) {
		n = len - end < HOLE_LEN ? len - end : HOLE_LEN;
		if (!is_zero(u->out + end, n))
			continue;
		st = temp_file_write(to, u->out + start, end - start, u->size + start, err);
		start = end + n;
	}
	if (st == PGC_OK)
		st = temp_file_write(to, u->out + start, end - start, u->size + start, err);
	u->size += len;
	u->span.out = u->out;
	u->span.n_out = OUT_LEN;
	return st;
}

static enum pgc_status refill(struct unpacking *u, struct pgc_err *err)
{
	enum pgc_status st;
	size_t done;

	if (u->span.n_in || u->span.last)
		return PGC_OK;
	st = dump_pread(u->fd, u->in, IN_LEN, u->pos, &done, err);
	u->span.last = st == PGC_DAMAGED;
	u->span.in = u->in;
	u->span.n_in = done;
	u->pos += done;
	return st == PGC_DAMAGED ? PGC_OK : st;
}

static enum pgc_status refuse(const struct unpacking *u, enum step step, struct pgc_err *err)
{
	const char *name = u->packing->name;

	if (step == STEP_NO_MEMORY)
		return pgc_err_nomem(err, "unpacking the dump");
	if (step == STEP_TOO_LARGE)
		return pgc_err_set(err, PGC_EFORMAT,
				   "compressed with %s, and takes too much memory to unpack: unpack it first: %s FILE >NEWFILE",
				   name, u->packing->tool);
	return pgc_err_set(err, PGC_EFORMAT,
			   "compressed with %s, and damaged before offset %" PRIu64
			   ": copy it again from where it was made",
			   name, u->pos - u->span.n_in);
}

/* Until the input ends, or @most bytes came out. *@whole: it ended where a stream does. */
static enum pgc_status run(struct unpacking *u, const struct temp_file *to, bool *whole,
			   struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;
	bool stuck = false;

	while (st == PGC_OK && u->size < u->most) {
		size_t room = u->span.n_out, left;
		enum step step;

		st = refill(u, err);
		left = u->span.n_in;
		if (st != PGC_OK || stuck || (u->span.last && !left && *whole))
			break;
		step = u->packing->step(u->state, &u->span);
		if (step != STEP_MORE && step != STEP_END)
			return refuse(u, step, err);
		*whole = step == STEP_END;
		stuck = room == u->span.n_out && left == u->span.n_in;
		if (u->span.n_out < room / 2 || u->size + OUT_LEN - u->span.n_out >= u->most)
			st = drain(u, to, err);
	}
	return st == PGC_OK ? drain(u, to, err) : st;
}

static enum pgc_status unpack(struct unpacking *u, const struct temp_file *to, bool *whole,
			      struct pgc_err *err)
{
	_cleanup_free_ unsigned char *in = malloc(IN_LEN), *out = malloc(OUT_LEN);
	enum pgc_status st;

	u->in = in;
	u->out = out;
	u->span = (struct span){ .in = in, .out = out, .n_out = OUT_LEN };
	u->state = in && out ? u->packing->open() : NULL;
	if (!u->state)
		return pgc_err_nomem(err, "unpacking the dump");
	st = run(u, to, whole, err);
	u->packing->close(u->state);
	if (st == PGC_OK && ftruncate(to->fd, (off_t)u->size) < 0)
		st = pgc_err_set(err, PGC_EIO, "unpacked dump: %s", strerror(errno));
	return st;
}

static enum pgc_status begin(int fd, struct unpacking *u, struct pgc_err *err)
{
	unsigned char head[8];
	size_t done;
	enum pgc_status st = dump_pread(fd, head, sizeof(head), 0, &done, err);

	if (st != PGC_OK && st != PGC_DAMAGED)
		return st;
	*u = (struct unpacking){ .packing = find_packing(head, done), .fd = fd };
	return u->packing ? PGC_OK : pgc_err_set(err, PGC_EFORMAT, "not compressed");
}

enum pgc_status dump_packed_peek(int fd, uint64_t size, struct dump_packed_result *ret,
				 struct pgc_err *err)
{
	struct temp_file to = { .what = "beginning of the dump", .dir = "memory", .else_use = "less of it" };
	struct unpacking u;
	enum pgc_status st = begin(fd, &u, err);
	bool whole = false;

	if (st != PGC_OK)
		return st;
	u.most = PEEK_LEN;
	to.fd = memfd_create("pgcons-dump", MFD_CLOEXEC);
	if (to.fd < 0)
		return pgc_err_set(err, PGC_EIO, "memfd_create: %s", strerror(errno));
	st = unpack(&u, &to, &whole, err);
	if (st == PGC_OK && !u.size)
		st = pgc_err_set(err, PGC_EFORMAT, "compressed with %s, and %s", u.packing->name,
				 whole ? "there is nothing in it" : "cut off before anything that could be unpacked");
	if (st != PGC_OK)
		cleanup_fd(&to.fd);
	else
		*ret = (struct dump_packed_result){ .fd = to.fd, .size = u.size,
						    .truncated_at = whole ? 0 : size };
	return st;
}

enum pgc_status dump_packed_unpack(int fd, uint64_t size, struct dump_packed_result *ret,
				   struct pgc_err *err)
{
	struct temp_file to = { .what = "compressed dump" };
	struct unpacking u;
	enum pgc_status st = begin(fd, &u, err);
	bool whole = false;

	if (st != PGC_OK)
		return st;
	u.most = size > (INT64_MAX / RATIO_MAX / 2) ? INT64_MAX : size * RATIO_MAX + (1u << 30);
	to.else_use = u.packing->tool;
	st = temp_file_open(&to, err);
	if (st != PGC_OK)
		return st;
	st = unpack(&u, &to, &whole, err);
	if (st == PGC_OK && u.size >= u.most)
		st = pgc_err_set(err, PGC_EFORMAT,
				 "compressed with %s, and would unpack to more than %u times its size: not a dump",
				 u.packing->name, RATIO_MAX);
	if (st != PGC_OK)
		cleanup_fd(&to.fd);
	else
		*ret = (struct dump_packed_result){ .fd = to.fd, .size = u.size,
						    .truncated_at = whole ? 0 : size };
	return st;
}

/* Room for what comes next; never more than @most bytes and one. */
static bool grow(unsigned char **buf, size_t *room, size_t most)
{
	size_t more = *room ? 2 * *room : OUT_LEN;
	unsigned char *bigger;

	more = more > most ? most + 1 : more;
	bigger = realloc(*buf, more);
	if (!bigger)
		return false;
	*buf = bigger;
	*room = more;
	return true;
}

static enum pgc_status run_in_memory(struct unpacking *u, unsigned char **buf, bool *whole,
				     struct pgc_err *err)
{
	bool stuck = false;
	size_t room = 0;

	while (!stuck && u->size <= u->most) {
		enum pgc_status st = refill(u, err);
		size_t left = u->span.n_in;
		enum step step;

		if (st != PGC_OK || (u->span.last && !left && *whole))
			return st;
		if (u->size == room && !grow(buf, &room, u->most))
			return pgc_err_nomem(err, "unpacking a file");
		u->span.out = *buf + u->size;
		u->span.n_out = room - u->size;
		step = u->packing->step(u->state, &u->span);
		if (step != STEP_MORE && step != STEP_END)
			return refuse(u, step, err);
		*whole = step == STEP_END;
		stuck = u->span.n_out == room - u->size && left == u->span.n_in;
		u->size = room - u->span.n_out;
	}
	return PGC_OK;
}

enum pgc_status dump_packed_memory(int fd, size_t most, unsigned char **ret, size_t *len,
				   struct pgc_err *err)
{
	_cleanup_free_ unsigned char *in = malloc(IN_LEN), *buf = NULL;
	struct unpacking u;
	enum pgc_status st = begin(fd, &u, err);
	bool whole = false;

	if (st != PGC_OK)
		return st;
	u.most = most;
	u.in = in;
	u.span.in = in;
	u.state = in ? u.packing->open() : NULL;
	if (!u.state)
		return pgc_err_nomem(err, "unpacking a file");
	st = run_in_memory(&u, &buf, &whole, err);
	u.packing->close(u.state);
	if (st == PGC_OK && (!whole || u.size > most))
		st = pgc_err_set(err, PGC_EFORMAT, "compressed with %s, and %s", u.packing->name,
				 whole || u.size > most ? "too large" : "cut off");
	if (st != PGC_OK)
		return st;
	*ret = buf;
	*len = u.size;
	buf = NULL;
	return PGC_OK;
}

const char *dump_packed_names(void)
{
	static const char names[] = GZIP_NAME XZ_NAME ZSTD_NAME;

	return sizeof(names) > 2 ? names + 2 : "none";
}
