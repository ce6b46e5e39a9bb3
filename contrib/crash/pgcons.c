/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgcons.so - an extension of crash(8): "extend pgcons.so", then "pgcons [OPTION...]"
 *
 * Nothing is decided here: pgcons-dump is run on the dump and the vmlinux that crash has open, or
 * on the running kernel, and what it prints goes where crash's output goes.
 */
#include <crash/defs.h>

#include <sys/wait.h>

#ifndef PGCONS_DUMP
#define PGCONS_DUMP "pgcons-dump"
#endif

void pgcons_init(void);
void pgcons_fini(void);
static void cmd_pgcons(void);

static char *help_pgcons[] = {
	"pgcons",
	"check the page allocator's records against one another",
	"[OPTION...]",
	"  Runs pgcons-dump on this dump, or on the running kernel. All of its options work:",
	" ",
	"    -p PAGE      print what every record says of one page: a pfn, phys:ADDR,",
	"                 page:ADDR",
	"    --only=FINDING,...",
	"                 report these findings only",
	"    --explain=FINDING",
	"                 explain what was found, with commands for crash",
	"    --json       the report for scripts",
	"    --help       the other options",
	" ",
	"  The program is the one that the variable PGCONS_DUMP names, or " PGCONS_DUMP ".",
	NULL
};

static struct command_table_entry commands[] = {
	{ "pgcons", cmd_pgcons, help_pgcons, 0 },
	{ NULL },
};

void __attribute__((constructor)) pgcons_init(void)
{
	register_extension(commands);
}

void __attribute__((destructor)) pgcons_fini(void)
{
}

/* What crash was given as the kernel; where it is stripped, what has the debug information. */
static char *vmlinux_of(void)
{
	if (pc->debuginfo_file)
		return pc->debuginfo_file;
	return pc->namelist_debug ? pc->namelist_debug : pc->namelist;
}

/* In the child: nothing of crash may run any more. */
static void run_tool(char **argv, int out)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(8);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "pgcons: %s: %s\n", argv[0], strerror(errno));
	_exit(8);
}

static void print_all(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || fwrite(buf, 1, (size_t)n, fp) != (size_t)n)
			break;
	}
	fflush(fp);
}

static void cmd_pgcons(void)
{
	char *argv[MAXARGS + 4], *tool = getenv("PGCONS_DUMP");
	int n = 0, out[2];
	pid_t child;

	argv[n++] = tool && *tool ? tool : (char *)PGCONS_DUMP;
	for (int i = 1; i < argcnt && i < MAXARGS; i++)
		argv[n++] = args[i];
	argv[n++] = ACTIVE() ? (char *)"--live" : pc->dumpfile;
	argv[n++] = vmlinux_of();
	argv[n] = NULL;
	if (pipe2(out, O_CLOEXEC) < 0)
		error(FATAL, "pgcons: %s\n", strerror(errno));
	/* What is buffered would be printed by both. */
	fflush(fp);
	child = fork();
	if (child == 0)
		run_tool(argv, out[1]);
	close(out[1]);
	if (child > 0)
		print_all(out[0]);
	close(out[0]);
	if (child < 0)
		error(FATAL, "pgcons: %s\n", strerror(errno));
	waitpid(child, NULL, 0);
}
