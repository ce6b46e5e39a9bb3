# SPDX-License-Identifier: GPL-2.0-or-later
"""The analyzer inside a guest, on the guest's own running kernel."""

import collections
import json
import os
import random
import time

from . import dumps, initramfs, kernel as kernels, score, tools
from .base import LabError, run, say
from .guest import Guest

LAYOUT = "lib/lab/layout"
VALIDATE = "/sys/kernel/debug/page_consistency/validate"
TRIES = 4
# What a kernel survives, at least until somebody has had a look.
FAULTS = ("primary-bit-reserved", "secondary-bit-free", "both-bits-free",
          "bitmap-row-primary", "padding-primary", "prev-broken",
          "buddy-type-cleared", "refcount-free-interior", "nr-free-off",
          "pcp-count", "zone-counter", "zone-span")


def program_files(args):
    """The program with its libraries: where each is to be -> where it is."""
    if args.guest_tool:
        return {"usr/sbin/pgcons-dump" if name == "pgcons-dump" else
                f"lib/{name}": os.path.realpath(path)
                for name, path in tools.analyzer_files(
                    args, "pgcons-dump").items()}
    found = {"usr/sbin/pgcons-dump": args.tool}
    for path in tools.loader_list(["ldd", args.tool]).values():
        found[path.lstrip("/")] = os.path.realpath(path)
    return found


def build_image(args, kernel):
    """The initramfs with the program and the kernel's layout in it."""
    layout = args.out / "layout"
    run([args.tool, f"--save-layout={layout}", kernel.vmlinux], "the layout")
    return initramfs.build(kernel, kernels.planter(kernel), extra={
        **program_files(args), LAYOUT: layout}, kind="live")


def look(guest, words="", timeout=600):
    """Run the program in the guest: exit status and report."""
    started = time.monotonic()
    lines = guest.order(
        f"run pgcons-dump --live --layout=/{LAYOUT} --json --settle=3,100 "
        f"{words} 2>/tmp/err; s=$?; cat /tmp/err; echo status $s", timeout)
    seconds = time.monotonic() - started
    status = int(lines.pop().removeprefix("status "))
    try:
        return status, json.loads("\n".join(lines)), seconds
    except ValueError:
        raise LabError(f"exit status {status}, no JSON: "
                       f"{lines[-1] if lines else 'silent'}") from None


def validates(guest):
    """
    The kernel's own verdict on its two bitmaps, None where it has none:
    the number of words that it found unequal.
    """
    if guest.order(f"run [ -e {VALIDATE} ] && echo yes || echo no") != ["yes"]:
        return None
    guest.order("run dmesg -c >/dev/null")
    guest.order(f"run echo 1 >{VALIDATE} || true")
    text = "\n".join(guest.order("run dmesg -c"))
    before, found, after = text.partition("alidation found ")
    if not found:
        return 0
    return int(after.split()[0])


def worth_telling(report):
    """Findings that are more than notes."""
    return [f for f in report["findings"] if f["severity"] != "note"]


class Healthy:
    """Runs on a kernel in which nothing was planted."""

    def __init__(self, args, guest):
        self.args = args
        self.guest = guest
        self.counts = collections.Counter()
        self.seconds = []
        self.looks = []
        self.transient = []

    def one(self, number):
        """One run; what is wrong with it, or None."""
        words = f"--threads={1 + number % 2}"
        status, report, seconds = look(self.guest, words)
        self.seconds.append(seconds)
        self.looks.append(report["coverage"]["looks"])
        self.transient.append(report["coverage"]["transient"])
        found = worth_telling(report)
        if found:
            keep(self.args.out / f"cry-{number}.json", report)
            return f"{len(found)} findings, the first {found[0]['text']}"
        if status:
            return f"status {status}: {report['limits']}"
        return None

    def all(self):
        """Every run, at random instants."""
        chance = random.Random(self.args.seed)
        for number in range(self.args.runs):
            time.sleep(chance.uniform(0, 0.3))
            wrong = self.one(number)
            self.counts["wrong" if wrong else "right"] += 1
            if wrong:
                say(f"healthy run {number}: {wrong}")
            elif number % 10 == 9:
                say(f"{number + 1} runs of {self.args.runs}")
        if self.seconds:
            say(f"{self.args.runs} runs: {min(self.seconds):.1f} to "
                f"{max(self.seconds):.1f} s, {min(self.looks)} to "
                f"{max(self.looks)} looks, {min(self.transient)} to "
                f"{max(self.transient)} transient findings")
        return self.counts


def physical(guest, paddr, size):
    """Guest memory, as a number, by the monitor."""
    text = guest.qmp("human-monitor-command", **{
        "command-line": f"xp /{size}bx {paddr:#x}"})
    data = [int(word, 16) for line in text.splitlines()
            for word in line.split(":", 1)[1].split()]
    return int.from_bytes(bytes(data), "little")


def still_there(guest, truth):
    """Whether the kernel has left all of the damage as it was planted."""
    final = {(int(paddr, 16), size): int(new, 16)
             for paddr, size, _, new in truth.get("writes", ())}
    return all(physical(guest, *place) == new
               for place, new in final.items())


# What becomes of a fault that the allocator meets, and does not put right.
MET = {"listed-refcount": ["free-in-use"]}


def also_met(truth):
    """The truth, with what may be found in a kernel that went on."""
    return dict(truth, expect=[
        dict(one, **{"or": [*one.get("or", ()), *MET.get(one["finding"], ())]})
        for one in truth["expect"]])


def keep(path, report):
    """For whoever wants to know why."""
    with open(path, "w", encoding="ascii") as file:
        json.dump(report, file, indent=1)


def judge_fault(guest, truth, kept):
    """
    Look at a kernel that lives on with a fault: a verdict as score's, and
    whether the damage was there all the time.
    """
    guest.order("run dmesg -c >/dev/null")
    status, report, _ = look(guest)
    keep(kept, report)
    met = any("page_consistency" in line for line in guest.order("run dmesg"))
    counts, notes = score.judge(also_met(truth), report)
    # Its last words are unequal, too, where only their padding is.
    unequal = sum(f["finding"] in ("complement-broken", "bitmap-padding")
                  for f in worth_telling(report))
    kernel_says = validates(guest)
    if kernel_says is not None and bool(kernel_says) != bool(unequal):
        counts["broken"] += 1
        notes.append(f"the kernel finds {kernel_says} words unequal, the "
                     f"analyzer {unequal} findings")
    problem = score.status_problem(status, report, truth)
    if problem:
        counts["broken"] += 1
        notes.append(problem)
    verdict = score.Verdict(truth["fault"], truth["fault"], counts, notes)
    # A checker that met its own broken bits has healed them, in either map.
    return verdict, verdict.passed or not met and still_there(guest, truth)


def fault(args, kernel, image, name, seed):
    """
    One fault in a guest of its own: the verdict, None where there is no
    victim, and whether the damage outlived the look: the page may have been
    the next to be handed out, and the analyzer's own start is enough for that.
    """
    with Guest(kernel, image, args.setup, args.out / name) as guest:
        dumps.start_load(guest, seed, args.load)
        dumps.settle(guest, args)
        truth = guest.plant(name, seed, "keep")
        if truth is None:
            say(f"{name}: no victim for it in this guest")
            return None, True
        guest.await_end()
        verdict, lasted = judge_fault(
            guest, truth, args.out / f"{name}-{seed}.json")
    for note in verdict.notes:
        say(f"{name}: {note}{'' if lasted else ' (the kernel changed it)'}")
    return verdict, lasted


def fault_that_lasts(args, kernel, image, name):
    """The verdict on one that the kernel leaves alone, of a few tries."""
    for seed in range(args.seed, args.seed + TRIES):
        verdict, lasted = fault(args, kernel, image, name, seed)
        if lasted:
            break
    return verdict


def rights_problems(guest):
    """
    What a running analyzer may still do, while it watches: what is wrong
    with that, and with how it ends when it is interrupted.
    """
    status = "\n".join(guest.order(
        f"run pgcons-dump --live --layout=/{LAYOUT} --watch=2 >/tmp/watch & "
        "sleep 4; cat /proc/$!/status; kill -INT $!; wait $!; echo exit $?; "
        "cat /tmp/watch"))
    wanted = {"CapEff": "0000000000000000", "CapPrm": "0000000000000000",
              "NoNewPrivs": "1", "Seccomp": "2", "exit": "32"}
    found = dict(line.replace(":", "").split(None, 1)
                 for line in status.splitlines() if len(line.split()) > 1)
    problems = [f"{key} is {found.get(key)}, not {value}"
                for key, value in wanted.items() if found.get(key) != value]
    if not status.rstrip().endswith(" consistent"):
        problems.append(f"--watch said: {status.splitlines()[-1:]}")
    # busybox's su asks for an account.
    guest.order("run mkdir -p /etc; echo lab:x:65534:65534::/:/bin/sh "
                ">/etc/passwd; echo lab:x:65534: >/etc/group")
    refused = guest.order("run su lab -c 'pgcons-dump --live "
                          f"--layout=/{LAYOUT} 2>&1; echo $?'")
    if refused != ["pgcons-dump: /proc/kcore: only root may read the running "
                   "kernel's memory", "8"]:
        problems.append(f"not root: {refused}")
    return problems


def healthy(args, kernel, image):
    """The runs on a sound kernel, and the kernel's own verdict on itself."""
    with Guest(kernel, image, args.setup, args.out / "healthy") as guest:
        say(f"{args.version} up after {guest.boot_seconds} s ({guest.accel})")
        dumps.start_load(guest, args.seed, args.busy or args.load)
        counts = Healthy(args, guest).all()
        guest.order("pause")
        problems = rights_problems(guest)
        for problem in problems:
            say(f"rights: {problem}")
        counts["wrong"] += len(problems)
        found = validates(guest)
        if found:
            counts["wrong"] += 1
        say(f"the kernel finds {found} words unequal")
    return counts


def take(args):
    """lab live"""
    score.find_tool(args)
    args.out.mkdir(parents=True, exist_ok=True)
    kernel = kernels.find(args.version, args.arch)
    image = build_image(args, kernel)
    counts = healthy(args, kernel, image) if args.runs else \
        collections.Counter()
    names = args.faults.split(",") if args.faults else FAULTS
    verdicts = []
    for name in names if args.faults != "none" else ():
        try:
            verdict = fault_that_lasts(args, kernel, image, name)
        except LabError as error:
            say(f"{name}: {error}")
            verdict = score.undone(name)
        if verdict:
            verdicts.append(verdict)
    if verdicts:
        score.print_table(verdicts)
    failed = sum(not verdict.passed for verdict in verdicts)
    print(f"{args.version}: {counts['right']} healthy runs without a finding, "
          f"{counts['wrong']} with; {len(verdicts) - failed} faults found, "
          f"{failed} not")
    return 1 if counts["wrong"] or failed else 0
