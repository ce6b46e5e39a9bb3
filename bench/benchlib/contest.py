# SPDX-License-Identifier: GPL-2.0-or-later
"""Who takes part in the rounds on one dump, and what comes of it."""

import dataclasses
import os
import pathlib
import shutil
import subprocess

from pylib.base import LabError, run, say

from . import drgn, measure
from .measure import Contender

HERE = pathlib.Path(__file__).resolve().parent.parent
PEER_ROUNDS = 3
LONG = 30                       # seconds of a run that is not worth repeating
WAYS = ("vmlinux", "layout")
# Faults found, or not all seen: it ran all the same.
STATUSES = (0, 4, 8, 12)


@dataclasses.dataclass
class Tools:
    """The programs of a run."""
    pgcons: pathlib.Path
    folder: pathlib.Path        # grow, memmap_ranges, read_floor, kdump_floor
    work: pathlib.Path          # for files that are thrown away
    options: str                # pgcons-dump --help
    crash: str
    makedumpfile: str
    drgn: tuple                 # argv, environment; or None

    def can(self, option):
        """Whether pgcons-dump has that option."""
        return option in self.options


def find_tools(args, work):
    """All programs, those that are missing as empty."""
    pgcons = args.tool.resolve()
    if not os.access(pgcons, os.X_OK):
        raise LabError(f"{pgcons}: not there; build it, or name it by --tool")
    text = subprocess.run([pgcons, "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    wanted = args.peers.split(",")
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return Tools(
        pgcons, pgcons.parent / "bench", work, text,
        shutil.which("crash", path=path) if "crash" in wanted else "",
        shutil.which("makedumpfile", path=path)
        if "makedumpfile" in wanted else "",
        drgn.command(args.make) if "drgn" in wanted else None)


@dataclasses.dataclass
class Result:
    """One dump, measured."""
    case: object
    contenders: dict            # by name
    left_out: dict              # name of a contender: why
    anon: dict                  # name of a contender: bytes at most
    pfns: int = 0
    verdict: str = ""

    def get(self, name):
        """A contender that ran, or None."""
        found = self.contenders.get(name)
        return found if found and found.runs else None


def analyzers(tools, case, layout):
    """pgcons-dump in all its ways."""
    stats = ["--stats"] if tools.can("--stats") else []
    ways = {"vmlinux": [case.vmcore, case.vmlinux]}
    if layout:
        ways["layout"] = [case.vmcore, f"--layout={layout}"]
    for way, files in ways.items():
        for threads in (1, 2):
            if tools.can("--threads"):
                how = ["-t", threads]
            elif threads == 1:
                how = []
            else:
                continue
            yield Contender(f"{way} t{threads}",
                            [tools.pgcons, "-q", *how, *stats, *files],
                            cpus="0" if threads == 1 else "0,1",
                            statuses=STATUSES)


def floors(tools, case, ranges):
    """The bytes alone."""
    if case.is_elf():
        argv = [tools.folder / "read_floor", case.vmcore]
    else:
        argv = [tools.folder / "kdump_floor", "library", case.vmcore]
    for threads in (1, 2):
        yield Contender(f"floor t{threads}", [*argv, threads],
                        cpus="0" if threads == 1 else "0,1",
                        stdin=str(ranges))


def peers(tools, case, left_out):
    """The others, where they are installed and it makes sense."""
    orders = tools.work / "crash.orders"
    orders.write_text("kmem -f\nquit\n", encoding="ascii")
    found = {
        "crash": tools.crash and Contender(
            "crash", [tools.crash, "-s", case.vmlinux, case.vmcore],
            stdin=str(orders)),
        "drgn": tools.drgn and Contender(
            "drgn", [*tools.drgn[0], HERE / "drgn_check.py", case.vmcore,
                     case.vmlinux], env=tools.drgn[1]),
        "makedumpfile": tools.makedumpfile and Contender(
            "makedumpfile", [tools.makedumpfile, "--dry-run", "-d", "31",
                             case.vmcore, tools.work / "none"]),
    }
    for name, contender in found.items():
        if not contender:
            left_out[name] = "not installed, or not asked for"
        elif case.grown:
            left_out[name] = "the machine of this dump never was"
        elif name == "makedumpfile" and not case.is_elf():
            left_out[name] = "the dump is its own work already"
        else:
            contender.rounds = PEER_ROUNDS
            yield contender


def save_layout(tools, case):
    """The layout file of a vmlinux, or None where there is no such option."""
    if not tools.can("--save-layout"):
        return None
    path = tools.work / "layout"
    path.unlink(missing_ok=True)
    done = subprocess.run([tools.pgcons, f"--save-layout={path}",
                           case.vmlinux], check=False)
    return path if done.returncode == 0 and path.exists() else None


def write_ranges(tools, case):
    """What has to be read, in a file for the floors."""
    path = tools.work / "ranges"
    path.write_bytes(run([tools.folder / "memmap_ranges", case.vmcore,
                          case.vmlinux], "the ranges",
                         stderr=subprocess.PIPE))
    return path


def measure_memory(result, timeout):
    """Peak memory: each way once, and what --stats says."""
    for name, contender in result.contenders.items():
        if not contender.runs or not name.startswith(WAYS):
            continue
        watched = 0
        if contender.wall() < LONG:
            watched = measure.once(contender, timeout, watch_memory=True).anon
        said = max(run.counts().get("memory", 0) for run in contender.runs)
        result.anon[name] = max(watched, said)


def contest(tools, case, args):
    """All rounds on one dump."""
    result = Result(case, {}, {}, {})
    taking_part = [*analyzers(tools, case, save_layout(tools, case)),
                   *floors(tools, case, write_ranges(tools, case)),
                   *peers(tools, case, result.left_out)]
    result.contenders = {one.name: one for one in taking_part}

    def tell(number, count):
        say(f"{case.name}: " + (f"round {number} of {count}" if number
                                else "warm"))

    measure.rounds(taking_part, args.rounds, args.timeout, args.budget, tell)
    for one in taking_part:
        if one.failed:
            result.left_out[one.name] = one.failed
    measure_memory(result, args.timeout)
    first = result.get("vmlinux t1")
    if first:
        result.pfns = first.runs[-1].counts().get("pages", 0)
        result.verdict = first.runs[-1].out.split("\n", 1)[0]
    return result
