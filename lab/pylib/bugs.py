# SPDX-License-Identifier: GPL-2.0-or-later
"""What bugs do, done by a running kernel: how often the verdict says that it was software.

Each is made by the planter (planter/faults_bugs.c) while the machine stands still, dumped, taken
back, and the next one follows in the same guest. A dump is gone when its report has been read. The
lines are as those of `lab origin`, which adds them up (--add).
"""

import concurrent.futures
import json
import shutil
import subprocess

from . import dumps, origin, score
from .base import LabError, say

AHEAD = 2       # dumps that wait for their report


class Reports:
    """Reports of dumps, read while the next one is made."""

    def __init__(self, args, pool, results):
        self.args, self.pool, self.results = args, pool, results
        self.pending, self.lines = [], []

    def report(self, folder, line):
        """Of one dump."""
        answer = subprocess.run(
            [self.args.tool, "--json", "--threads=1", f"--verify={self.args.verify}",
             folder / "vmcore", folder / "vmlinux"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=self.args.timeout, check=False)
        try:
            doc = json.loads(answer.stdout)
        except ValueError:
            doc = {}
            say(f"{folder.name}: {answer.stderr.decode(errors='replace').strip()}")
        return {**line, "status": answer.returncode, **origin.of_report(doc)}

    def add(self, folder, line):
        """A dump is there."""
        self.pending.append((folder, self.pool.submit(self.report, folder, line)))
        self.collect(AHEAD)

    def collect(self, keep=0):
        """All but the last ones."""
        while len(self.pending) > keep:
            folder, job = self.pending.pop(0)
            line = job.result()
            self.lines.append(line)
            self.results.write(json.dumps(line) + "\n")
            self.results.flush()
            if not (self.args.keep and origin.is_wrong(line)):
                shutil.rmtree(folder)


def one_guest(args, version, seed, todo, reports):
    """What is left of these, until the guest dies; first a dump of it as it is."""
    args.version, args.seed = version, seed
    with dumps.boot(args, args.out, True) as guest:
        dumps.start_load(guest, seed, args.load)
        guest.order("pause")
        guest.stop()
        folder = args.out / f"healthy-{version}-{seed}-{len(todo)}"
        dumps.save_case(guest, folder, "elf", args, {"fault": None, "writes": []})
        guest.cont()
        reports.add(folder, {"dump": folder.name, "side": "healthy", "kind": None,
                             "kernel": version, "held_out": seed % 2 == 0})
        if not todo:
            names = guest.order("bugs")
            wanted = [(name, seed + 1000 * again) for again in range(args.each) for name in names
                      if not args.only or name in args.only.split(",")]
            # The checker's words on these stay in the log, and would speak for all that follow.
            todo += sorted(wanted, key=lambda one: one[0].startswith("bug-free-"))
        while todo:
            name, number = todo.pop(0)
            truth = guest.plant(name, number)
            if not truth:
                continue
            guest.stop()
            folder = args.out / f"{name}-{version}-{number}"
            dumps.save_case(guest, folder, "elf", args, truth)
            guest.cont()
            guest.release()
            reports.add(folder, {"dump": folder.name, "side": "software", "kind": name,
                                 "kernel": version, "seed": number, "planted": True,
                                 "held_out": seed % 2 == 0, "detail": truth["detail"]})


def take(args):
    """lab bugs"""
    score.find_tool(args)
    args.out.mkdir(parents=True, exist_ok=True)
    versions = args.version.split(",")
    with concurrent.futures.ThreadPoolExecutor(1) as pool, \
            open(args.out / "results.jsonl", "a", encoding="utf-8") as results:
        reports = Reports(args, pool, results)
        for seed in range(args.seed, args.seed + args.rounds):
            for version in versions:
                todo, tries = [], 3
                while tries and (todo or tries == 3):
                    try:
                        one_guest(args, version, seed, todo, reports)
                        break
                    except LabError as error:
                        tries -= 1
                        say(str(error))
                reports.collect()
                say(f"{version} seed {seed}: {len(reports.lines)} in all")
    origin.show(reports.lines)
    return 0
