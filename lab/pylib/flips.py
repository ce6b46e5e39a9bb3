# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the damage that chance does is noticed: random damage to a healthy dump.

A copy of the dump is damaged in place, analysed, and mended. Much of it shares a run, no part
near another; some is done again alone, which shows whether company changes the answer. The
seed is all that it takes to do the same again.
"""

import json
import os
import random
import shutil
import time

from . import image, objects, score
from .base import LabError, run as run_program, say
from .deadbits import DeadBits
from .flips_memmap import SHAPES, Memmap
from .flips_records import Bitmaps, Records, Tables
from .flips_table import is_exact, is_noticed, print_summary, print_tables
from .meter import Meter
from .pageclass import Pages


class Subject:
    """A dump, its copy to be damaged, and what the analyzer says of it whole."""

    def __init__(self, folder, args, number):
        self.name, self.args = folder.name, args
        self.meter = Meter()
        self.vmlinux = folder / "vmlinux"
        dump = next(folder.glob("vmcore*"), None)
        if dump is None:
            raise LabError(f"{folder}: no folder with a vmcore")
        self.image = image.load(dump)
        place = args.out / str(number)
        place.mkdir(parents=True)
        self.layout, self.work = place / "layout", place / "vmcore"
        if (folder / "layout").exists():
            shutil.copyfile(folder / "layout", self.layout)
        else:
            run_program([args.tool, f"--save-layout={self.layout}", self.vmlinux], "the layout")
        shutil.copyfile(dump, self.work)
        self.work.chmod(0o600)
        self.file = os.open(self.work, os.O_RDWR)
        self.kernel = objects.Kernel(self.image, objects.Layout(
            self.layout.read_text(encoding="utf-8")))
        self.pages = Pages(self.kernel)
        self.dead = DeadBits(self.pages)
        findings, limits = self.report()
        self.clean = {self.key(one) for one in findings}
        self.clean_limits = set(limits)

    def close(self):
        """The copy is needed no more."""
        os.close(self.file)
        self.work.unlink()

    @staticmethod
    def key(finding):
        """What tells a finding from another, but for its evidence."""
        return tuple(finding.get(name) for name in
                     ("finding", "severity", "pfn", "count", "node", "zone", "order", "cpu"))

    def offset(self, paddr):
        """In the file; None: the page has no place of its own there."""
        if hasattr(self.image, "own_place"):
            place = self.image.own_place(paddr // image.PAGE)
        else:
            place = self.image.place(paddr // image.PAGE)
        return None if place is None else place + paddr % image.PAGE

    def report(self):
        """(findings, limits) of the copy as it is now, but for notes and what is explained."""
        out, err = self.work.with_name("stdout"), self.work.with_name("stderr")
        self.meter.run([self.args.tool, "--json", "--threads=1", f"--layout={self.layout}",
                        self.work], {}, out, err, self.args.timeout)
        try:
            doc = json.loads(out.read_bytes())
        except ValueError:
            # Nothing could be done; that is told, too.
            return [], err.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        if doc.get("record") == "error":
            return [], doc["limits"]
        return [one for one in doc["findings"] if one["severity"] != "note"
                and not one.get("explained")], doc["limits"]

    def damaged(self, writes):
        """(findings, limits) that are new with these bytes written over the copy."""
        for offset, data in writes:
            os.pwrite(self.file, data, offset)
        try:
            findings, limits = self.report()
        finally:
            for offset, data in writes:
                os.pwrite(self.file, self.image.data[offset:offset + len(data)], offset)
        return [one for one in findings if self.key(one) not in self.clean], \
            [one for one in limits if one not in self.clean_limits]


def answers(subject, batch):
    """(of each: the damage, its exact findings, its near ones), (what is of none of them)."""
    findings, limits = subject.damaged([write for one in batch for write in one.writes])
    found, blamed = [], set()
    for one in batch:
        exact = [finding for finding in findings if one.is_exact(finding)]
        near = [finding for finding in findings if finding not in exact
                and one.is_near(finding, subject.pages)]
        blamed |= {id(finding) for finding in (*exact, *near)}
        found.append((one, exact, near))
    return found, ([finding for finding in findings if id(finding) not in blamed], limits)


def run_batch(subject, batch):
    """The line of each; what cannot be laid at one is, by running ever fewer of them."""
    found, (stray, limits) = answers(subject, batch)
    if len(batch) == 1:
        (one, exact, near), = found
        return {id(one): one.line(subject.name, exact, near + stray, limits[:2])}
    lines = {id(one): one.line(subject.name, exact, near, []) for one, exact, near in found}
    if stray or limits:
        # Who is named exactly need not be looked into: the others may be what is strayed from.
        rest = [one for one, exact, _ in found if not exact]
        parts = [rest] if len(rest) < len(batch) else [rest[::2], rest[1::2]]
        for part in filter(None, parts):
            lines.update(run_batch(subject, part))
    return lines


class Count:
    """The lines of one area and shape of a dump, and those that were made again alone."""

    def __init__(self, subject, area, results):
        self.subject, self.area, self.results = subject, area, results
        self.lines, self.tried, self.differ = [], 0, []

    def run(self, args, chance):
        """All of them."""
        last = time.monotonic()
        for batch in self.area.batches(args.count, args.batch, chance):
            lines = run_batch(self.subject, batch)
            found = [lines[id(one)] for one in batch]
            self.lines += found
            for line in found:
                self.results.write(json.dumps(line) + "\n")
            if len(batch) > 1:
                self.again(batch, found, args.alone_share, chance)
            if time.monotonic() - last > 30:
                last = time.monotonic()
                say(f"{self.subject.name}: {len(self.lines)} of {self.area.name}")

    def again(self, batch, lines, share, chance):
        """Some of a batch, each in a run of its own."""
        for one, line in zip(batch, lines):
            if chance.random() < share:
                self.tried += 1
                single, = run_batch(self.subject, [one]).values()
                if (is_exact(single), is_noticed(single)) != (is_exact(line), is_noticed(line)):
                    self.differ.append((line, single))
                    self.results.write(json.dumps({"alone": single, "batch": line}) + "\n")

    def show(self, shape, seconds):
        """Tables."""
        print(f"\n## {self.subject.name}, {self.area.name}, {shape}: {len(self.lines)} times, "
              f"{seconds:.0f} s\n")
        print_tables(self.lines, self.area.population(), self.area.kinds)
        for remark in self.area.remarks:
            print(f"\n{remark}")
        print(f"\nalone again: {self.tried}, of which {len(self.differ)} were answered otherwise")
        for line, single in self.differ[:10]:
            print(f"  {line} alone: {single['exact']} {single['near']}", flush=True)


AREAS = {"memmap": Memmap, "bitmaps": Bitmaps, "records": Records, "tables": Tables}


def names(text, known, what):
    """A list of the command line."""
    found = text.split(",") if text != "all" else list(known)
    if not set(found) <= set(known):
        raise LabError(f"{what} are: {', '.join(known)}")
    return found


def one_dump(folder, args, number, results):
    """All damage to a dump: the parts of the summary, and how much was answered otherwise when it
    was alone."""
    subject, differ, counts = Subject(folder, args, number), 0, []
    for name in names(args.areas, AREAS, "areas"):
        shapes = names(args.shapes, SHAPES, "shapes") if name == "memmap" else ["bit"]
        for shape in shapes:
            area = Memmap(subject, shape) if name == "memmap" else AREAS[name](subject)
            count, start = Count(subject, area, results), time.monotonic()
            count.run(args, random.Random(f"{args.seed}-{subject.name}-{name}-{shape}"))
            count.show(shape, time.monotonic() - start)
            differ += len(count.differ)
            counts.append((subject.name, name, shape, count.lines, area.population(), area.kinds))
    subject.close()
    return counts, differ


def take(args):
    """lab flips"""
    score.find_tool(args)
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    with open(args.out / "results.jsonl", "w", encoding="utf-8") as results:
        done = [one_dump(folder, args, number, results)
                for number, folder in enumerate(args.dirs)]
    if len(done) > 1:
        print_summary([one for counts, _ in done for one in counts])
    return 1 if any(differ for _, differ in done) else 0
