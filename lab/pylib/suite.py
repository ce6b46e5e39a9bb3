# SPDX-License-Identifier: GPL-2.0-or-later
"""Many cases from few boots.

In hold mode the planter takes its damage back, so one guest serves all the
faults. A guest that dies all the same is replaced by a new one.
"""

import itertools
import random
import time

from . import dumps
from .base import LabError, say


def list_faults(args):
    """lab faults"""
    with dumps.boot(args, args.out, True) as guest:
        print("\n".join(guest.order("faults")))
    return 0


def healthy_cases(guest, args, formats):
    """Dumps of the running load, each stopped at a random instant."""
    truth = dumps.healthy_truth(guest, args.seed)
    chance = random.Random(args.seed)
    for number in range(args.healthy):
        time.sleep(chance.uniform(0.2, 2))
        guest.stop()
        for form in formats:
            dumps.save_case(guest, args.out / f"healthy-{number}-{form}",
                            form, args, truth)
        guest.cont()
        say(f"healthy {number + 1} of {args.healthy}")


def fault_case(guest, args, fault, seed, formats):
    """One fault, dumped in every format; False where there is no victim."""
    truth = guest.plant(fault, seed)
    if truth is None:
        say(f"{fault} seed {seed}: no victim for it in this guest")
        return False
    guest.stop()
    for form in formats:
        dumps.save_case(guest, args.out / f"{fault}-{seed}-{form}", form,
                        args, truth)
    guest.cont()
    guest.release()
    return True


def wanted_faults(guest, args):
    """The faults to plant, by --faults or all that the kernel can take."""
    if args.faults == "none":
        return []
    known = guest.order("faults")
    if not args.faults:
        # Only a campaign has --without.
        without = getattr(args, "without", "").split(",")
        return [name for name in known if name not in without]
    names = args.faults.split(",")
    for name in names:
        if name not in known:
            raise LabError(f"{name}: no such fault on this kernel")
    return names


class Run:
    """What is still to do of a suite, over as many boots as needed."""

    def __init__(self, args, formats):
        self.args = args
        self.formats = formats
        self.todo = None
        self.skipped = []
        self.lost = []
        self.done = 0

    def one_guest(self):
        """Work in one guest until all is done or it dies."""
        args = self.args
        first = self.todo is None
        with dumps.boot(args, args.out, args.faults != "none") as guest:
            say(f"{args.version} up after {guest.boot_seconds} s "
                f"({guest.accel})")
            dumps.start_load(guest, args.seed, args.busy or args.load)
            if first:
                healthy_cases(guest, args, self.formats)
                seeds = range(args.seed, args.seed + args.rounds)
                self.todo = list(itertools.product(
                    seeds, wanted_faults(guest, args)))
            dumps.settle(guest, args)
            while self.todo:
                seed, fault = self.todo[0]
                if fault_case(guest, args, fault, seed, self.formats):
                    self.done += 1
                else:
                    self.skipped.append(fault)
                self.todo.pop(0)

    def all(self):
        """Boot after boot; a fault that kills the guest twice is given up."""
        died = None
        while self.todo is None or self.todo:
            try:
                self.one_guest()
            except LabError as error:
                if not self.todo:
                    raise
                say(str(error))
                if died == self.todo[0]:
                    self.lost.append(self.todo.pop(0)[1])
                elif self.todo:
                    died = self.todo[0]


def take(args):
    """lab suite"""
    formats = args.formats.split(",")
    for form in formats:
        if form not in dumps.FORMATS:
            raise LabError(f"no format {form}")
    started = time.monotonic()
    run = Run(args, formats)
    run.all()
    print(f"{run.done} faults planted, {len(run.skipped)} without a victim "
          f"({' '.join(run.skipped) or 'none'}), {len(run.lost)} lost "
          f"({' '.join(run.lost) or 'none'}), {args.healthy} healthy, "
          f"{time.monotonic() - started:.0f} s")
    return 1 if run.lost else 0
