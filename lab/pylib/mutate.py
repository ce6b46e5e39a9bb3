# SPDX-License-Identifier: GPL-2.0-or-later
"""The mutation campaign: real dumps, damaged at random, and what the analyzer makes of them.

The number of a mutation and the seed are all that it takes to make it again. A dump is copied
once and damaged in place; afterwards what was written over is put back.
"""

import collections
import json
import pathlib
import random
import shutil
import subprocess
import time

from . import image, mutations_file, mutations_memory, objects, score
from .base import LAB, LabError, run as run_program, say
from .draft import Draft
from .meter import Meter
from .mutate_judge import Outcome, Trial, problems_of

KINDS = mutations_file.KINDS + mutations_memory.KINDS
TRIES = 3
SCHEMA_EVERY, SCHEMA_SIZE = 25, 1 << 17
SANITIZER_ENV = {"ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1"}


class Base:
    """A dump to be damaged: the copy that is, and what the analyzer says of the whole one."""

    def __init__(self, folder, args, number):
        self.name = folder.name
        dump = next(folder.glob("vmcore*"), None)
        if dump is None:
            raise LabError(f"{folder}: no folder with a vmcore")
        self.image = image.load(dump)
        if (folder / "memory").exists():
            self.image.plain = image.load(folder / "memory")
        self.work = args.out / f"base-{number}" / "vmcore"
        self.layout = args.out / f"base-{number}.layout"
        self.work.parent.mkdir(parents=True)
        self.fill(0)
        # A shipped sample that is only what analyses read has its layout in place of a vmlinux.
        self.cut = (folder / "layout").exists()
        if self.cut:
            shutil.copyfile(folder / "layout", self.layout)
        else:
            run_program([args.tool, f"--save-layout={self.layout}", folder / "vmlinux"],
                        "the layout")
        self.kernel = objects.Kernel(self.image, objects.Layout(
            self.layout.read_text(encoding="utf-8")))
        self.clean = {}

    @property
    def source(self):
        """The very bytes of the dump."""
        return getattr(self.image, "stream", self.image.data)

    def fill(self, offset):
        """Write the copy from there on."""
        with open(self.work, "r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(memoryview(self.source)[offset:])

    def damage(self, writes, length):
        """Of the copy."""
        with open(self.work, "r+b") as file:
            for offset, contents in writes:
                file.seek(offset)
                file.write(contents)
            if length is not None:
                file.truncate(length)

    def mend(self, writes, length):
        """Put back what was there."""
        if length is not None and length < self.image.size:
            self.fill(length)
        with open(self.work, "r+b") as file:
            for offset, contents in writes:
                file.seek(offset)
                file.write(self.source[offset:offset + len(contents)])
            file.truncate(self.image.size)


class Campaign:
    """Draws mutations, runs the analyzer, judges."""

    def __init__(self, args):
        self.args = args
        self.meter = Meter()
        self.bases = [Base(folder, args, number) for number, folder in enumerate(args.dirs)]
        self.documents = args.out / "documents"
        self.documents.mkdir()

    def analyse(self, base, alone, sanitized=False):
        """One run."""
        out, err = self.args.out / "stdout", self.args.out / "stderr"
        argv = [self.args.sanitized if sanitized else self.args.tool, "--json",
                f"--threads={2 if sanitized else 1}", base.work]
        if not alone:
            argv.append(f"--layout={base.layout}")
        measured = self.meter.run(argv, SANITIZER_ENV if sanitized else {}, out, err,
                                  self.args.timeout)
        return Outcome(measured, out.read_bytes(), err.read_bytes())

    def clean(self, base, alone):
        """What the analyzer says of the dump as it was."""
        if alone not in base.clean:
            runs = [self.analyse(base, alone) for _ in range(3)]
            if not runs[0].doc:
                raise LabError(f"{base.name}: no report on the whole dump: {runs[0].lines}")
            # The quickest: the first one reads the file.
            base.clean[alone] = min(runs, key=lambda one: one.measured.cpu)
        return base.clean[alone]

    def draw(self, number):
        """(kind, base, draft) of a mutation; None: no dump here has a victim for it."""
        kind = KINDS[number % len(KINDS)]
        chance = random.Random(f"{self.args.seed}-{number}")
        for base in chance.sample(self.bases, len(self.bases)):
            if kind.alone and base.cut:
                continue
            for _ in range(TRIES):
                draft = Draft(base.image, base.kernel, chance)
                try:
                    kind.make(draft, kind.arg)
                    return kind, base, draft, *draft.finish()
                except LabError:
                    pass
        return None

    def keep(self, number, base, outcome):
        """The dump as it is now, and the report."""
        shutil.copyfile(base.work, self.args.out / f"{number}.vmcore")
        (self.args.out / f"{number}.json").write_bytes(outcome.out)

    def one(self, number):
        """A line of the results; None: nothing to do it to."""
        drawn = self.draw(number)
        if not drawn:
            return None
        kind, base, draft, writes, length = drawn
        clean = self.clean(base, kind.alone)
        base.damage(writes, length)
        try:
            outcome = self.analyse(base, kind.alone)
            sanitized = self.args.sanitized and self.analyse(base, kind.alone, True)
            trial = Trial(clean, outcome, draft.touched, base.kernel.zone_of)
            problems = problems_of(trial, kind.holds, sanitized, self.args.any_memory)
            if self.args.only is not None or self.args.keep and problems:
                self.keep(number, base, outcome)
        finally:
            base.mend(writes, length)
        if number % SCHEMA_EVERY == 0 and outcome.doc and len(outcome.out) < SCHEMA_SIZE:
            (self.documents / f"{number}.json").write_bytes(outcome.out)
        run = outcome.measured
        return {"number": number, "kind": kind.name, "dump": base.name,
                "passed": not problems, "problems": problems[:4], "status": run.status,
                "signal": run.signal, "report": outcome.doc is not None,
                "kept_elsewhere": trial.kept_elsewhere,
                "cpu": round(run.cpu, 3), "times_cpu": round(run.cpu / max(
                    clean.measured.cpu, 0.001), 1),
                "peak": run.peak >> 10, "times_peak": round(run.peak / clean.measured.peak, 2),
                "stderr": outcome.lines[:2], "detail": draft.detail[:4]}

    def invalid(self):
        """Numbers of the documents that the schema forbids, and how many were looked at."""
        paths = sorted(self.documents.glob("*.json"))
        if not paths:
            return {}, 0
        done = subprocess.run([LAB.parent / "tests/tools/validate-json", *paths], check=False,
                              capture_output=True, text=True)
        if done.returncode not in (0, 1):
            say("the documents are not validated: no jsonschema here")
            return {}, 0
        return {int(pathlib.Path(line.split(":")[0]).stem): line
                for line in done.stderr.splitlines()}, len(paths)


def print_table(results):
    """One row for each kind."""
    kinds = collections.defaultdict(list)
    for result in results:
        kinds[result["kind"]].append(result)
    print("| kind | runs | passed | status 0 | 4 | 8 | 12 | no report | most CPU | most memory |")
    print("| --- |" + " ---: |" * 9)
    for kind in (row.name for row in KINDS):
        rows = kinds.get(kind)
        if rows:
            by_status = collections.Counter(row["status"] for row in rows)
            print(f"| {kind} | {len(rows)} | {sum(row['passed'] for row in rows)} | " +
                  " | ".join(str(by_status[status]) for status in (0, 4, 8, 12)) +
                  f" | {sum(not row['report'] for row in rows)}"
                  f" | {max(row['times_cpu'] for row in rows)}x"
                  f" | {max(row['times_peak'] for row in rows)}x |")


def campaign(args, results):
    """As many as were asked for."""
    self = Campaign(args)
    number, done, missing, last = args.first, [], set(), time.monotonic()
    while len(done) < args.count:
        result = self.one(number)
        if result:
            done.append(result)
            results.write(json.dumps(result) + "\n")
            results.flush()
            if not result["passed"]:
                print(f"FAILED {number} {result['kind']} of {result['dump']}: "
                      f"{'; '.join(result['problems'])}", flush=True)
        else:
            missing.add(KINDS[number % len(KINDS)].name)
        number += 1
        if time.monotonic() - last > 30:
            last = time.monotonic()
            say(f"{len(done)} of {args.count}")
    wrong, validated = self.invalid()
    for result in done:
        if result["number"] in wrong:
            result["passed"] = False
            print(f"FAILED {result['number']}: {wrong[result['number']]}")
    return done, missing, validated


def take(args):
    """lab mutate"""
    score.find_tool(args)
    if args.sanitized:
        args.sanitized = args.sanitized.resolve()
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    if args.only is not None:
        result = Campaign(args).one(args.only)
        print(json.dumps(result, indent=1))
        return 0 if result and result["passed"] else 1
    with open(args.out / "results.jsonl", "w", encoding="utf-8") as results:
        done, missing, validated = campaign(args, results)
    print_table(done)
    kept = sum(result["kept_elsewhere"] for result in done)
    print(f"\n{kept} findings of faults in zones that were not touched; "
          f"{validated} documents against the schema")
    if missing:
        print(f"no victim in these dumps for: {' '.join(sorted(missing))}")
    for base in args.out.glob("base-*/vmcore"):
        base.unlink()
    failed = sum(not result["passed"] for result in done)
    print(f"{len(done) - failed} passed, {failed} failed")
    return 1 if failed else 0
