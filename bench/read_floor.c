/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read_floor - how fast the bytes of a walk can be read at all from an ELF dump
 *
 * pread(), 256 KiB at a time, into one buffer: nothing is looked at. The ranges that
 * memmap_ranges printed are cut into pieces; threads, each on a CPU of its own, take one
 * after the other and read it. Reported is the time from when the first thread begins to
 * when the last has ended.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (256u << 10)
#define THREADS_MAX 64

struct piece {
	uint64_t at, len;	/* physical address, then file offset */
};

struct pieces {
	struct piece *v;
	size_t n, room;
};

static void die(const char *what)
{
	perror(what);
	exit(8);
}

/* Add [@at, @at + @len), in pieces of at most @most bytes that do not cross a multiple of it. */
static void pieces_add(struct pieces *ps, uint64_t at, uint64_t len, uint64_t most)
{
	while (len) {
		uint64_t n = most - at % most;

		if (n > len)
			n = len;
		if (ps->n == ps->room) {
			ps->room = ps->room ? 2 * ps->room : 1024;
			ps->v = reallocarray(ps->v, ps->room, sizeof(*ps->v));
			if (!ps->v)
				die("memory");
		}
		ps->v[ps->n++] = (struct piece){ at, n };
		at += n;
		len -= n;
	}
}

/* The ranges on stdin. */
static void pieces_load(struct pieces *ps, uint64_t most)
{
	uint64_t at, len;

	while (scanf("%" SCNx64 " %" SCNx64, &at, &len) == 2)
		pieces_add(ps, at, len, most);
}

struct core {
	int fd;
	Elf64_Phdr *ph;
	size_t n;
};

static void load(struct core *c, const char *path)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh;

	c->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0)
		die(path);
	if (pread(c->fd, &eh, sizeof(eh), 0) != sizeof(eh) || memcmp(eh.e_ident, ELFMAG, SELFMAG) ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phentsize != sizeof(*c->ph)) {
		fprintf(stderr, "%s: not a 64-bit ELF dump\n", path);
		exit(8);
	}
	c->n = eh.e_phnum;
	if (c->n == PN_XNUM && pread(c->fd, &sh, sizeof(sh), (off_t)eh.e_shoff) == sizeof(sh))
		c->n = sh.sh_info;
	c->ph = calloc(c->n ? c->n : 1, sizeof(*c->ph));
	if (!c->ph || pread(c->fd, c->ph, c->n * sizeof(*c->ph), (off_t)eh.e_phoff) !=
			      (ssize_t)(c->n * sizeof(*c->ph)))
		die(path);
}

static int by_paddr(const void *a, const void *b)
{
	const Elf64_Phdr *x = a, *y = b;

	return x->p_paddr < y->p_paddr ? -1 : x->p_paddr > y->p_paddr;
}

/* Physical pieces as ranges of the file; what the dump has not is left out. */
static void to_file(const struct core *c, const struct pieces *from, struct pieces *to)
{
	size_t h = 0;

	for (size_t i = 0; i < from->n; i++) {
		uint64_t at = from->v[i].at, end = at + from->v[i].len;

		if (h == c->n || at < c->ph[h].p_paddr)
			h = 0;
		for (; h < c->n && at < end; h++) {
			const Elf64_Phdr *ph = &c->ph[h];
			uint64_t stop = ph->p_paddr + ph->p_filesz, n;

			if (ph->p_type != PT_LOAD || stop <= at)
				continue;
			if (ph->p_paddr >= end)
				break;
			if (at < ph->p_paddr)
				at = ph->p_paddr;
			n = (stop < end ? stop : end) - at;
			pieces_add(to, ph->p_offset + (at - ph->p_paddr), n, CHUNK);
			at += n;
			if (at == end)
				break;
		}
	}
}

struct team {
	const struct pieces *ps;
	int fd;
	pthread_barrier_t ready;
	atomic_size_t next;
};

struct member {
	struct team *team;
	pthread_t thread;
	unsigned int nr;
	uint64_t bytes;
	double began, ended;
};

static uint64_t read_piece(int fd, const struct piece *p, void *buf)
{
	ssize_t n = pread(fd, buf, p->len, (off_t)p->at);

	if (n < 0)
		die("read");
	return (uint64_t)n;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The @nr-th of the CPUs that we may run on. */
static void pin(unsigned int nr)
{
	cpu_set_t all, one;
	unsigned int seen = 0, n;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	n = (unsigned int)CPU_COUNT(&all);
	for (int cpu = 0; n && cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || seen++ != nr % n)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

static void *member_run(void *arg)
{
	struct member *m = arg;
	/* "rep movs", by which the kernel copies, is several times slower to odd addresses. */
	char *buf = aligned_alloc(4096, CHUNK);
	size_t i;

	if (!buf)
		die("memory");
	pin(m->nr);
	memset(buf, 0, CHUNK);
	pthread_barrier_wait(&m->team->ready);
	m->began = now();
	while ((i = atomic_fetch_add(&m->team->next, 1)) < m->team->ps->n)
		m->bytes += read_piece(m->team->fd, &m->team->ps->v[i], buf);
	m->ended = now();
	free(buf);
	return NULL;
}

/* Read all pieces by @n threads; prints the result. */
static void run(const struct pieces *ps, int fd, unsigned int n)
{
	struct team t = { .ps = ps, .fd = fd };
	struct member *m = calloc(n, sizeof(*m));
	uint64_t bytes = 0;
	double began = 0, ended = 0;

	if (!m || pthread_barrier_init(&t.ready, NULL, n))
		die("threads");
	for (unsigned int i = 0; i < n; i++) {
		m[i] = (struct member){ .team = &t, .nr = i };
		if (pthread_create(&m[i].thread, NULL, member_run, &m[i]))
			die("threads");
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(m[i].thread, NULL);
		bytes += m[i].bytes;
		if (!i || m[i].began < began)
			began = m[i].began;
		if (m[i].ended > ended)
			ended = m[i].ended;
	}
	printf("%.6f s, %" PRIu64 " bytes\n", ended - began, bytes);
	free(m);
}

int main(int argc, char **argv)
{
	struct pieces phys = { .n = 0 }, file = { .n = 0 };
	unsigned long threads = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
	struct core core;

	if (argc < 2 || argc > 3 || !threads || threads > THREADS_MAX) {
		fprintf(stderr, "Usage: read_floor DUMP [THREADS] <RANGES\n");
		return 16;
	}
	load(&core, argv[1]);
	qsort(core.ph, core.n, sizeof(*core.ph), by_paddr);
	pieces_load(&phys, 1ULL << 40);
	to_file(&core, &phys, &file);
	run(&file, core.fd, (unsigned int)threads);
	free(core.ph);
	free(phys.v);
	free(file.v);
	return 0;
}
