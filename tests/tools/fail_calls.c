/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail_calls - a library to preload that lets calls fail
 *
 *	FAIL=KIND	memory (malloc and all its relatives, mmap without a file, pthread_create),
 *			read (pread, read: EIO), short (both give one byte less), write (ENOSPC),
 *			library (dlopen: as if it were not installed)
 *	FAIL_AT=N	the N-th such call of the process, counted from 1
 *	FAIL_FROM=N	that and all later ones
 *	FAIL_COUNT=FILE	write to FILE how many there were
 *
 * Calls of libraries count, too. For glibc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NONE, MEMORY, READ, SHORT, WRITE, LIBRARY };

static enum kind kind;
static unsigned long at, from;
static const char *count_file;
static atomic_ulong calls;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);
void *aligned_alloc(size_t align, size_t size);

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *what = getenv("FAIL");

	at = number("FAIL_AT");
	from = number("FAIL_FROM");
	count_file = getenv("FAIL_COUNT");
	if (what)
		kind = !strcmp(what, "memory") ? MEMORY : !strcmp(what, "read") ? READ :
		       !strcmp(what, "short") ? SHORT :
		       !strcmp(what, "library") ? LIBRARY : WRITE;
}

__attribute__((destructor)) static void end(void)
{
	char text[32];
	int fd = count_file ? open(count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd < 0)
		return;
	kind = NONE;
	snprintf(text, sizeof(text), "%lu\n", (unsigned long)calls);
	if (write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* One more call of @which: is it to fail? */
static bool fails(enum kind which)
{
	unsigned long nr;

	if (which != kind)
		return false;
	nr = ++calls;
	return nr == at || (from && nr >= from);
}

static bool out_of_memory(void)
{
	if (!fails(MEMORY))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return out_of_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return out_of_memory() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return out_of_memory() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	void *p = out_of_memory() ? NULL : __libc_memalign(align, size);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (out_of_memory())
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, off);
}

void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	return mmap(addr, len, prot, flags, fd, off);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (fails(MEMORY))
		return EAGAIN;
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attr, fn, arg);
}

static ssize_t after_read(ssize_t n)
{
	if (n <= 0)
		return n;
	if (fails(READ)) {
		errno = EIO;
		return -1;
	}
	return n > 1 && fails(SHORT) ? n - 1 : n;
}

ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	return after_read(syscall(SYS_pread64, fd, buf, len, off));
}

ssize_t pread64(int fd, void *buf, size_t len, off64_t off)
{
	return pread(fd, buf, len, off);
}

ssize_t read(int fd, void *buf, size_t len)
{
	return after_read(syscall(SYS_read, fd, buf, len));
}

ssize_t write(int fd, const void *buf, size_t len)
{
	if (fd != STDERR_FILENO && fails(WRITE)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_write, fd, buf, len);
}

void *dlopen(const char *name, int flags)
{
	void *(*real)(const char *, int);

	if (fails(LIBRARY))
		return NULL;
	*(void **)&real = dlsym(RTLD_NEXT, "dlopen");
	return real(name, flags);
}
