# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program pinned to CPUs and tells what it took."""

import dataclasses
import os
import re
import resource
import statistics
import subprocess
import tempfile
import threading
import time

from pylib.base import LabError

PHASE = re.compile(r"^stats: (\w+)\s+([\d.]+) ms$", re.MULTILINE)
COUNT = re.compile(r"^stats: (\w+)\s+(\d+)(?: .*)?$", re.MULTILINE)
FLOOR = re.compile(r"^([\d.]+) s\b.* (\d+) bytes", re.MULTILINE)


@dataclasses.dataclass
class Run:
    """One run of a program."""
    status: int
    wall: float                 # seconds
    cpu: float                  # seconds, user and system
    out: str
    err: str
    anon: int = 0               # bytes resident at most, but for files

    def phases(self):
        """The phases that --stats printed: seconds by name."""
        return {name: float(value) / 1000
                for name, value in PHASE.findall(self.err)}

    def counts(self):
        """The numbers that --stats printed, bytes and others."""
        return {name: int(value) for name, value in COUNT.findall(self.err)}


@dataclasses.dataclass
class Contender:
    """A command that takes part in the rounds, and what it did."""
    name: str
    argv: list
    cpus: str = "0"             # as taskset takes them
    stdin: str = ""             # a file
    env: dict = None
    rounds: int = 0             # not more than that; 0: all
    statuses: tuple = (0,)      # that are no failure
    runs: list = dataclasses.field(default_factory=list)
    failed: str = ""            # why it was left out

    def wall(self):
        """The median of wall-clock seconds, or None."""
        return median([run.wall for run in self.runs])

    def cpu(self):
        """The same of CPU seconds."""
        return median([run.cpu for run in self.runs])

    def phase(self, *names):
        """The median of the sum of these phases, in seconds, or None."""
        told = [run.phases() for run in self.runs]
        return median([sum(phases[name] for name in names)
                       for phases in told
                       if all(name in phases for name in names)])

    def floor(self):
        """For the floors: the median of the seconds they print."""
        found = [FLOOR.search(run.out) for run in self.runs]
        return median([float(match[1]) for match in found if match])

    def floor_bytes(self):
        """For the floors: the bytes that they read."""
        found = [FLOOR.search(run.out) for run in self.runs]
        return max((int(match[2]) for match in found if match), default=0)


def median(values):
    """The median, or None of nothing."""
    return statistics.median(values) if values else None


def anon_bytes(pid):
    """Resident anonymous memory of a process; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def children_cpu():
    """CPU seconds of all programs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def start(contender, out, err):
    """The process, pinned."""
    argv = ["taskset", "-c", contender.cpus,
            *(str(arg) for arg in contender.argv)]
    source = contender.stdin or os.devnull
    with open(source, "rb") as stdin:
        return subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=err,
                                env=contender.env)


def once(contender, timeout, watch_memory=False):
    """
    Run it once. Watching its memory costs time, so that is done in a run of
    its own.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        before = children_cpu()
        began = time.monotonic()
        process = start(contender, out, err)
        anon = 0
        # wait(timeout) would look for the end every 50 ms only.
        late = threading.Timer(timeout, process.kill)
        late.start()
        try:
            while watch_memory and process.poll() is None:
                anon = max(anon, anon_bytes(process.pid))
                time.sleep(0.0005)
            process.wait()
        finally:
            wall = time.monotonic() - began
            late.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
        if wall >= timeout:
            raise LabError(f"not done after {timeout} s")
        spent = children_cpu() - before
        out.seek(0)
        err.seek(0)
        return Run(process.returncode, wall, spent,
                   out.read().decode(errors="replace"),
                   err.read().decode(errors="replace"), anon)


def last_line(text):
    """The end of what a program said, for a reason in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:120] if lines else "it said nothing"


def enough(number, seconds, budget):
    """Whether so many rounds will do: three, or one of those that take long."""
    return number and seconds > budget and \
        (number > 3 or seconds / number > budget / 2)


def rounds(contenders, count, timeout, budget, tell):
    """
    All of them, one after the other, again and again: what disturbs the
    machine disturbs them alike. The first round warms the page cache and is
    not counted, unless it is the only one: then it read the same pages of
    the file many times over.
    """
    began = time.monotonic()
    for number in range(count + 1):
        if enough(number, time.monotonic() - began, budget):
            break
        for contender in contenders:
            if contender.failed or \
                    contender.rounds and number > contender.rounds:
                continue
            try:
                run = once(contender, timeout)
            except (LabError, OSError) as error:
                contender.failed = f"{error}"
                continue
            if run.status not in contender.statuses:
                contender.failed = (f"status {run.status}: "
                                    + last_line(run.err or run.out))
                continue
            contender.runs.append(run)
        tell(number, count)
    for contender in contenders:
        if len(contender.runs) > 1:
            del contender.runs[0]
