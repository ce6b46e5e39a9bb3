# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program and measures it, from a process that is small itself.

The kernel counts what a child was before it became the program to the child's peak of memory:
its parent's size. So a process that has read nothing yet does all the running.
"""

import multiprocessing
import os
import resource
import signal
import threading
import typing

CPU_SECONDS = 120


class Measured(typing.NamedTuple):
    """What came of a run."""
    status: int         # None: a signal ended it
    signal: int
    cpu: float          # seconds
    peak: int           # bytes


def run_here(argv, env, out, err, timeout):
    """In this process."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o666),
               (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o666)]
    pid = os.posix_spawn(argv[0], argv, {**os.environ, **env}, file_actions=actions)
    resource.prlimit(pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    watch = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
    watch.start()
    _, status, usage = os.wait4(pid, 0)
    watch.cancel()
    ended = os.WIFEXITED(status)
    return Measured(os.WEXITSTATUS(status) if ended else None,
                    0 if ended else os.WTERMSIG(status),
                    usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10)


def serve(pipe):
    """Orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        pipe.send(run_here(*order))


class Meter:
    """The small process. To be made before anything large is."""

    def __init__(self):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(
            target=serve, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def run(self, argv, env, out, err, timeout):
        """Run a program there."""
        self.pipe.send(([str(arg) for arg in argv], env, str(out), str(err), timeout))
        return self.pipe.recv()
