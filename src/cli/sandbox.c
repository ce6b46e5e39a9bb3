/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#endif

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

#ifdef PR_CAP_AMBIENT
	/* Fails on kernels without ambient capabilities: there are none to clear. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#endif
	return syscall(SYS_capset, &head, none) == 0;
}

#if defined(LANDLOCK_CREATE_RULESET_VERSION) && defined(SYS_landlock_create_ruleset)
/* The rights that are taken away; those that the header or the kernel does not know are not. */
static uint64_t landlock_rights(long abi)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
			  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			  LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			  LANDLOCK_ACCESS_FS_MAKE_SYM;

#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
	return abi >= 1 ? rights : 0;
}

static bool enter_landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = landlock_rights(abi) };
	/* No rule: what is handled is allowed nowhere. */
	_cleanup_fd_ int fd = abi < 1 ? -1 :
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);

	return fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
}
#else
static bool enter_landlock(void)
{
	return false;
}
#endif

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCH
/* All that reading, threads, memory and the clock take, by any C library. */
static const uint16_t allowed[] = {
	SYS_read, SYS_pread64, SYS_readv, SYS_preadv, SYS_write, SYS_writev, SYS_lseek,
	SYS_close, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_fcntl,
	SYS_ioctl, SYS_dup, SYS_getdents64, SYS_readlinkat, SYS_faccessat, SYS_getcwd, SYS_fadvise64,
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore,
	SYS_clone, SYS_clone3, SYS_futex, SYS_set_robust_list, SYS_set_tid_address, SYS_rseq,
	SYS_membarrier, SYS_gettid, SYS_getpid, SYS_getppid, SYS_tgkill, SYS_exit, SYS_exit_group,
	SYS_sched_yield, SYS_sched_getaffinity, SYS_getcpu, SYS_restart_syscall,
	SYS_memfd_create, SYS_wait4, SYS_dup3,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
	SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
	SYS_ppoll, SYS_getrusage, SYS_times, SYS_sysinfo, SYS_uname, SYS_prlimit64, SYS_getrandom,
	SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef __x86_64__
	SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_time, SYS_getrlimit,
	SYS_arch_prctl, SYS_dup2,
#endif
};

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)
#define LOAD(member) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
/* Jump over the next @no statements unless the accumulator is @value. */
#define UNLESS(value, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (no))

/* An open() is allowed if its flags, in the low half of the argument, only read. */
#define OPEN_RULE(nr, arg)                                               \
	UNLESS(nr, 4), LOAD(args[arg]),                                  \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, WRITING, 0, 1), ANSWER(REFUSE), \
	ANSWER(SECCOMP_RET_ALLOW)

static bool enter_seccomp(void)
{
	static const struct sock_filter head[] = {
		LOAD(arch),
		UNLESS(THIS_ARCH, 1),
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		ANSWER(REFUSE),
		LOAD(nr),
		OPEN_RULE(SYS_openat, 2),
#ifdef __x86_64__
		OPEN_RULE(SYS_open, 1),
#endif
	};
	struct sock_filter code[ARRAY_SIZE(head) + 2 * ARRAY_SIZE(allowed) + 1];
	struct sock_fprog prog = { .filter = code };
	unsigned short n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		code[n++] = head[i];
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		code[n++] = (struct sock_filter)UNLESS(allowed[i], 1);
		code[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)ANSWER(REFUSE);
	prog.len = n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}
#else
static bool enter_seccomp(void)
{
	return false;
}
#endif

unsigned int sandbox_enter(void)
{
	unsigned int layers = 0;

	/* The two others ask for it of those who are not root. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && drop_capabilities())
		layers |= SANDBOX_CAPABILITIES;
	if (enter_landlock())
		layers |= SANDBOX_LANDLOCK;
	if (enter_seccomp())
		layers |= SANDBOX_SECCOMP;
	return layers;
}
