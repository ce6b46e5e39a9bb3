/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code and constants of a kernel in small, with the tables of what is rewritten: for
 * check_kernel_text.c. Never run.
 */
struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct kprobe {
	long before;
	struct hlist_node hlist;
	void *addr;
};

struct hlist_head kprobe_table[4] = { { (void *)0 } };

__asm__(
	".section .kernel.text, \"ax\"\n"
	"vfs_open:\n"
	".fill 0x40, 1, 0x55\n"
	"alternative:\n"
	".fill 0x40, 1, 0x66\n"
	"traced:\n"
	".fill 0x38, 1, 0x77\n"
	"ftrace_call:\n"
	".fill 0x8, 1, 0x77\n"
	"returns:\n"
	".fill 0x41, 1, 0x88\n"
	/* An address that KASLR moves, at an odd place; and a distance that shrinks as much */
	".long 0x81000040, 0x7f123456\n"
	".fill 0x41000, 1, 0x99\n"
	".type vfs_read, STT_FUNC\n"
	"vfs_read:\n"
	".fill 0x200, 1, 0x11\n"
	".size vfs_read, 0x200\n"
	".section .kernel.rodata, \"aw\"\n"
	"sys_call_table:\n"
	".quad 0xffffffff81000000, 0xffffffff81000040\n"
	"pointers:\n"
	".quad vfs_read, vfs_read + 0x20\n"
	".asciz \"Linux version 6.99\"\n"
	"__start_ro_after_init:\n"
	".fill 0x40, 1, 0\n"
	"__end_ro_after_init:\n"
	".fill 0x40, 1, 0x22\n"
	".section .kernel.ex_table, \"a\"\n"
	".fill 0x10, 1, 0x33\n"
	".section .kernel.data, \"aw\"\n"
	".fill 0x10, 1, 0x44\n"
	".section .kernel.init, \"ax\"\n"
	".fill 0x10, 1, 0x44\n"
	".section .altinstructions, \"a\"\n"
	".long alternative - ., 0\n"
	".byte 1, 0, 5, 5\n"
	".long alternative + 0x20 - ., 0\n"
	".byte 1, 0, 3, 3\n"
	".section .return_sites, \"a\"\n"
	".long returns - .\n"
	".section .kernel.mcount, \"aw\"\n"
	"__start_mcount_loc:\n"
	".quad traced + 0x20\n"
	"__stop_mcount_loc:\n"
	".text\n");
