// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * busy: keeps the page allocator busy in many ways at once, so that a dump
 * shows it as a used machine would: fragmented, with page cache, anonymous
 * memory, huge pages, page tables, slab, and pages on the per-CPU lists.
 *
 *	busy [SEED [WORKERS [PERCENT]]]
 *
 * PERCENT of the free memory is shared by the workers. Runs until killed. It
 * leads a process group of its own, which can be stopped and continued.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	page_size
#define HUGE	(2UL << 20)
#define SLOTS	16

static size_t page_size;

struct area {
	char *addr;
	size_t size;
};

struct worker {
	uint64_t rnd;
	int number;
	size_t budget;			/* bytes it may hold */
	size_t held;
	struct area areas[SLOTS];
};

static uint64_t rnd(struct worker *w)
{
	w->rnd ^= w->rnd << 13;
	w->rnd ^= w->rnd >> 7;
	w->rnd ^= w->rnd << 17;
	return w->rnd;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	/* Best effort: the file or the pages may not be there. */
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void drop_area(struct worker *w, struct area *a)
{
	if (!a->addr)
		return;
	munmap(a->addr, a->size);
	w->held -= a->size;
	a->addr = NULL;
}

/* Anonymous memory, huge pages wanted or not; sometimes cut in half. */
static void anon(struct worker *w)
{
	struct area *a = &w->areas[rnd(w) % SLOTS];
	size_t size = (1 + rnd(w) % 2048) * PAGE;
	size_t i;

	drop_area(w, a);
	if (rnd(w) % 4 == 0)
		size = (1 + rnd(w) % 4) * HUGE;
	if (w->held + size > w->budget)
		return;
	a->addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->addr == MAP_FAILED) {
		a->addr = NULL;
		return;
	}
	a->size = size;
	w->held += size;
	madvise(a->addr, size, rnd(w) % 2 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += PAGE)
		a->addr[i] = (char)i;
	/* Punching pages out splits huge pages. */
	if (rnd(w) % 4 == 0)
		madvise(a->addr + PAGE * (rnd(w) % (size / PAGE)), PAGE,
			MADV_DONTNEED);
}

/* Page cache (tmpfs), with files of many sizes cut and removed again. */
static void files(struct worker *w)
{
	static char buf[64 * 1024];
	size_t size = rnd(w) % (w->budget / 32 + 1);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/busy.%d.%d", w->number,
		 (int)(rnd(w) % 8));
	if (rnd(w) % 4 == 0) {
		unlink(path);
		return;
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	for (; size > sizeof(buf); size -= sizeof(buf))
		if (write(fd, buf, sizeof(buf)) < 0)
			break;
	if (ftruncate(fd, rnd(w) % (1 << 20)) < 0)
		perror(path);
	close(fd);
}

/* Many small kernel objects at once: inodes, dentries, pipes, sockets. */
static void slab(struct worker *w)
{
	int n = rnd(w) % 60, i, fds[120][2];
	char path[64];

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/tmp/d.%d.%d", w->number, i);
		if (i % 2)
			mkdir(path, 0700);
		else
			rmdir(path);
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]) < 0 &&
		    pipe(fds[i]) < 0)
			break;
		if (write(fds[i][1], path, sizeof(path)) < 0)
			perror("write");
	}
	while (i--) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

/* Kernel stacks, page tables and copied pages. */
static void forks(struct worker *w)
{
	int n = 1 + rnd(w) % 8, i;

	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			size_t k;

			for (k = 0; k < SLOTS; k++)
				if (w->areas[k].addr)
					w->areas[k].addr[0]++;
			_exit(0);
		}
		if (pid < 0)
			break;
	}
	while (i--)
		wait(NULL);
}

/* Memory wide apart: one page table page for each page. */
static void sparse(struct worker *w)
{
	size_t size = 256UL << 20, i;
	char *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == MAP_FAILED)
		return;
	madvise(addr, size, MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += HUGE * (1 + rnd(w) % 8))
		addr[i] = 1;
	munmap(addr, size);
}

/* Locked memory: pages that are on an LRU, but on no list of it. */
static void locked(struct worker *w)
{
	struct area *a = &w->areas[rnd(w) % SLOTS];
	size_t pages = a->addr ? a->size / PAGE : 0;
	char *from;

	if (!pages)
		return;
	from = a->addr + PAGE * (rnd(w) % pages);
	if (rnd(w) % 2)
		mlock(from, PAGE * (1 + rnd(w) % 64));
	else
		munlock(a->addr, a->size);
}

/* The pool of huge pages grows and shrinks; compaction runs for it. */
static void hugetlb(struct worker *w)
{
	char n[16];

	if (w->number)
		return;
	snprintf(n, sizeof(n), "%d", (int)(rnd(w) % 8));
	write_file("/proc/sys/vm/nr_hugepages", n);
}

static void reclaim(struct worker *w)
{
	if (w->number || rnd(w) % 8)
		return;
	if (rnd(w) % 2)
		write_file("/proc/sys/vm/compact_memory", "1");
	else
		write_file("/proc/sys/vm/drop_caches", "3");
}

static void work(struct worker *w)
{
	static void (*const actions[])(struct worker *w) = {
		anon, anon, anon, files, files, slab, slab, forks, sparse,
		locked, hugetlb, reclaim,
	};

	for (;;)
		actions[rnd(w) % (sizeof(actions) / sizeof(*actions))](w);
}

static long argument(int argc, char **argv, int n, long otherwise)
{
	return argc > n ? atol(argv[n]) : otherwise;
}

int main(int argc, char **argv)
{
	long seed = argument(argc, argv, 1, 1);
	long workers = argument(argc, argv, 2, 4);
	long percent = argument(argc, argv, 3, 50);
	struct sysinfo info;
	size_t memory;
	long i;

	page_size = (size_t)sysconf(_SC_PAGESIZE);
	setpgid(0, 0);
	if (sysinfo(&info) < 0 || workers < 1)
		return 1;
	memory = info.freeram * info.mem_unit / 100 * percent;

	for (i = 0; i < workers; i++) {
		struct worker w = {
			.rnd = (seed * 1000003UL + i) | 1UL << 62,
			.number = i,
			.budget = memory / workers,
		};

		int k;

		/* The first numbers of a small seed are poor: run them in. */
		for (k = 0; k < 16; k++)
			rnd(&w);
		if (fork() == 0)
			work(&w);
	}
	for (;;)
		pause();
}
