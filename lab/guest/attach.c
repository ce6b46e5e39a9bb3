/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attach SEED: BPF programs that do nothing, at the entry and the end of functions, for a while
 *
 * The kernel puts a trampoline into the call of a function for these. No library: a function is
 * named by its number in the kernel's BTF.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const functions[] = {
	"vfs_read", "vfs_write", "vfs_open", "do_sys_openat2", "handle_mm_fault", "do_exit",
	"copy_process", "wake_up_new_task", "filemap_map_pages", "path_openat",
};
#define N (sizeof(functions) / sizeof(functions[0]))

static unsigned char *btf;
static size_t btf_len;

static int read_btf(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	ssize_t n;

	btf = malloc(64 << 20);
	while (fd >= 0 && btf && (n = read(fd, btf + btf_len, (64 << 20) - btf_len)) > 0)
		btf_len += (size_t)n;
	return btf_len > sizeof(struct btf_header);
}

/* Bytes that follow a type. */
static size_t rest_of(uint32_t info)
{
	size_t n = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return 12;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return 12 * n;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 8 * n;
	default:
		return 0;
	}
}

static uint32_t id_of(const char *name)
{
	const struct btf_header *h = (const void *)btf;
	const unsigned char *at = btf + h->hdr_len + h->type_off, *end = at + h->type_len;
	const char *names = (const char *)btf + h->hdr_len + h->str_off;

	for (uint32_t id = 1; at < end; id++) {
		const struct btf_type *t = (const void *)at;

		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC && !strcmp(names + t->name_off, name))
			return id;
		at += sizeof(*t) + rest_of(t->info);
	}
	return 0;
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void attach(const char *name, uint32_t type)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = type;
	attr.attach_btf_id = id_of(name);
	attr.insns = (uintptr_t)nothing;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t)"GPL";
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		perror(name);
		return;
	}
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.prog_fd = (uint32_t)fd;
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0)
		perror(name);
	else
		printf("%s\n", name);
}

/* All of them go when it ends. */
int main(int argc, char **argv)
{
	srandom((unsigned int)(argc > 1 ? atol(argv[1]) : 1) ^ (unsigned int)getpid());
	if (!read_btf())
		return 1;
	for (size_t i = 0; i < N; i++)
		if (random() % 2)
			attach(functions[i], random() % 2 ? BPF_TRACE_FENTRY : BPF_TRACE_FEXIT);
	fflush(stdout);
	usleep(700000);
	return 0;
}
