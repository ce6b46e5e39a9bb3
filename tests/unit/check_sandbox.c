/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/sandbox.h"
#include "unit.h"

/* What the child saw, by its exit status: 0 all as it should be, else which check failed. */
static int in_sandbox(int (*body)(unsigned int layers))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(body(sandbox_enter()));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "the child died of signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static bool refused(long result)
{
	return result < 0 && (errno == EPERM || errno == EACCES);
}

static char dir[] = "/tmp/check_sandbox.XXXXXX";
static char file[64], other[64];

static int writes_nothing(unsigned int layers)
{
	if (!(layers & (SANDBOX_LANDLOCK | SANDBOX_SECCOMP)))
		return 77;
	if (!refused(open(file, O_WRONLY)))
		return 1;
	if (!refused(open(file, O_RDWR)))
		return 2;
	if (!refused(open(other, O_WRONLY | O_CREAT, 0600)))
		return 3;
	if (!refused(unlink(file)))
		return 4;
	if (!refused(mkdir(other, 0700)))
		return 5;
	if (!refused(rename(file, other)))
		return 6;
	if (!refused(openat(AT_FDCWD, file, O_WRONLY | O_TRUNC)))
		return 7;
	return 0;
}

static void *thread_body(void *arg)
{
	char *p = malloc(1 << 20);

	*(bool *)arg = p != NULL;
	free(p);
	return NULL;
}

/* All that a walk does: threads, memory, files to read, a report to write. */
static int still_works(unsigned int layers _unused_)
{
	pthread_t thread;
	bool ran = false;
	char buf[8];
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || pread(fd, buf, sizeof(buf), 0) != 5)
		return 1;
	if (pthread_create(&thread, NULL, thread_body, &ran) || pthread_join(thread, NULL) ||
	    !ran)
		return 2;
	if (usleep(1000) < 0)
		return 3;
	if (dprintf(STDERR_FILENO, "# the report\n") < 0)
		return 4;
	return 0;
}

static int does_nothing_else(unsigned int layers)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (!(layers & SANDBOX_SECCOMP))
		return 77;
	if (!refused(socket(AF_INET, SOCK_STREAM, 0)))
		return 1;
	if (!refused(execl("/bin/true", "true", (char *)NULL)))
		return 2;
	if (!refused(kill(getppid(), 0)))
		return 3;
	if (!refused(syscall(SYS_capget, &head, data)))
		return 4;
	return 0;
}

static int has_no_capabilities(unsigned int layers)
{
	char line[128];
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long long caps = 1;

	if (!(layers & SANDBOX_CAPABILITIES))
		return 1;
	if (!status)
		return 77;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(status);
	return caps ? 2 : 0;
}

static void make_files(void)
{
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs("12345", f);
	ck_assert_int_eq(fclose(f), 0);
}

static void remove_files(void)
{
	unlink(file);
	unlink(other);
	rmdir(other);
	rmdir(dir);
}

static void expect(int (*body)(unsigned int layers), const char *what)
{
	int got;

	make_files();
	got = in_sandbox(body);
	remove_files();
	if (got == 77)
		printf("# %s: this kernel has no layer for it\n", what);
	else
		ck_assert_msg(got == 0, "%s: check %d", what, got);
}

START_TEST(nothing_is_written)
{
	expect(writes_nothing, "writing");
}
END_TEST

START_TEST(a_walk_works)
{
	expect(still_works, "a walk");
}
END_TEST

START_TEST(no_way_out)
{
	expect(does_nothing_else, "sockets, programs, processes");
}
END_TEST

START_TEST(no_capabilities)
{
	expect(has_no_capabilities, "capabilities");
}
END_TEST

UNIT_MAIN("sandbox", nothing_is_written, a_walk_works, no_way_out, no_capabilities)
