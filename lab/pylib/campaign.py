# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault campaign: random faults by the thousand, scored as they are made.

Each case is analysed at once and thrown away when it passed, so that two
thousand dumps need the room of a few. What failed is kept, and every line of
results.jsonl has what is needed to make its case again: version, fault, seed.
"""

import collections
import concurrent.futures
import pathlib
import time

from . import dumps, score, suite
from .base import LabError, say


class Campaign:
    """One kernel's share: rounds of every fault, over as many boots as needed."""

    def __init__(self, args, pool, results):
        self.args = args
        self.cases = score.Stream(args, pool, results)
        self.skipped = collections.Counter()
        self.lost = collections.Counter()

    def facts(self, fault, seed):
        """What is needed to make a case again."""
        return {"version": self.args.version, "fault": fault, "seed": seed,
                "mem": self.args.mem, "cpus": self.args.cpus,
                "nodes": self.args.nodes, "load": self.args.load}

    def one_guest(self, todo, seed):
        """Plant what is left to do, until all is done or the guest dies."""
        args = self.args
        args.seed = seed
        with dumps.boot(args, args.out, True) as guest:
            dumps.start_load(guest, seed, args.busy or args.load)
            dumps.settle(guest, args)
            if todo[0] is None:
                todo[:] = [(fault, seed)
                           for fault in suite.wanted_faults(guest, args)]
            while todo:
                fault, number = todo[0]
                if suite.fault_case(guest, args, fault, number, ["elf"]):
                    self.cases.add(args.out / f"{fault}-{number}-elf",
                                   self.facts(fault, number))
                else:
                    self.skipped[fault] += 1
                todo.pop(0)

    def one_round(self, seed):
        """Every fault once; one that kills two guests is given up."""
        todo = [None]
        died = None
        while todo:
            try:
                self.one_guest(todo, seed)
            except LabError as error:
                say(str(error))
                if todo and died == todo[0]:
                    gone = todo.pop(0)
                    self.lost[gone[0] if gone else "boot"] += 1
                elif todo:
                    died = todo[0]
        self.cases.collect()


def summary(name, campaign, seconds):
    """One line for a kernel."""
    verdicts = campaign.cases.verdicts
    passed = sum(verdict.passed for verdict in verdicts)
    return (f"{name}: {len(verdicts)} faults planted and scored, "
            f"{passed} passed, {len(verdicts) - passed} failed, "
            f"{sum(campaign.skipped.values())} without a victim, "
            f"{sum(campaign.lost.values())} lost with their guest, "
            f"{seconds:.0f} s")


def take(args):
    """lab campaign"""
    args.out.mkdir(parents=True, exist_ok=True)
    score.find_tool(args)
    args.setup.append = f"{args.setup.append} cma=16M".strip()
    verdicts, lines = [], []
    top, versions, first_seed = args.out, args.version.split(","), args.seed
    with concurrent.futures.ThreadPoolExecutor(1) as pool, \
            open(top / "results.jsonl", "a", encoding="utf-8") as results:
        for version in versions:
            started = time.monotonic()
            args.version = version
            # It may be a folder.
            args.out = top / pathlib.Path(version).name
            campaign = Campaign(args, pool, results)
            for number in range(args.rounds):
                campaign.one_round(first_seed + number)
                say(f"{version} round {number + 1} of {args.rounds}: "
                    f"{len(campaign.cases.verdicts)} scored")
            verdicts += campaign.cases.verdicts
            lines.append(summary(version, campaign,
                                 time.monotonic() - started))
    if not verdicts:
        raise LabError("no fault was planted")
    score.print_table(verdicts)
    print("\n".join(lines))
    return score.print_closing(verdicts)
