# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the damage that chance does is noticed: random flips of bits of a healthy dump.

A copy of the dump is damaged in place, analysed, and mended. Many flips share a run, none of
them near another; some are made again alone, which shows whether company changes the answer.
The seed is all that it takes to make the same flips again.
"""

import collections
import json
import os
import random
import shutil
import time

from . import image, objects, score
from .base import LabError, run as run_program, say
from .deadbits import DeadBits
from .flips_table import print_tables
from .meter import Meter
from .pageclass import BITS, CLASSES, Pages

SLACK = 64              # pages between two victims of a run


class Subject:
    """A dump, its copy to be damaged, and what the analyzer says of it whole."""

    def __init__(self, folder, args, number):
        self.name, self.args = folder.name, args
        self.meter = Meter()
        dump = next(folder.glob("vmcore*"), None)
        if dump is None:
            raise LabError(f"{folder}: no folder with a vmcore")
        self.image = image.load(dump)
        place = args.out / str(number)
        place.mkdir(parents=True)
        self.layout, self.work = place / "layout", place / "vmcore"
        run_program([args.tool, f"--save-layout={self.layout}", folder / "vmlinux"],
                    "the layout")
        shutil.copyfile(dump, self.work)
        self.file = os.open(self.work, os.O_RDWR)
        self.kernel = objects.Kernel(self.image, objects.Layout(
            self.layout.read_text(encoding="utf-8")))
        self.pages = Pages(self.kernel)
        self.dead = DeadBits(self.pages)
        self.clean = {self.key(one) for one in self.findings()}

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

    def findings(self):
        """Of the copy as it is now, but for notes: those that the analyzer would be held to."""
        out, err = self.work.with_name("stdout"), self.work.with_name("stderr")
        self.meter.run([self.args.tool, "--json", "--threads=1", f"--layout={self.layout}",
                        self.work], {}, out, err, self.args.timeout)
        try:
            found = json.loads(out.read_bytes())["findings"]
        except ValueError:
            text = err.read_text(encoding="utf-8", errors="replace").strip()
            raise LabError(f"{self.name}: no report: {text}") from None
        return [one for one in found if one["severity"] != "note" and not one.get("explained")]

    def damaged(self, writes):
        """The new findings with these bytes written over the copy."""
        for offset, data in writes:
            os.pwrite(self.file, data, offset)
        try:
            return [one for one in self.findings() if self.key(one) not in self.clean]
        finally:
            for offset, data in writes:
                os.pwrite(self.file, self.image.data[offset:offset + len(data)], offset)


class Flip:
    """One bit of one struct page."""

    def __init__(self, page, bit, field, place, old):
        self.page, self.bit, self.field = page, bit, field
        self.write = place, bytes([old ^ 1 << bit % 8])

    def line(self, subject, exact, near):
        """For the results."""
        return {"dump": subject.name, "pfn": self.page.pfn, "class": self.page.kind,
                "inside": self.page.pfn - self.page.head, "bit": self.bit, "field": self.field,
                "dead": subject.dead.why(self.page, self.field, self.bit),
                "exact": sorted({f"{one['finding']} {one['severity']}" for one in exact}),
                "near": sorted({f"{one['finding']} {one['severity']}" for one in near})}


class Memmap:
    """Flips of the memmap, in batches whose flips cannot touch one another."""

    def __init__(self, subject, chance):
        self.subject, self.chance = subject, chance
        self.by_class = collections.defaultdict(list)
        for page in subject.pages.pages.values():
            self.by_class[page.kind].append(page.pfn)

    def flip(self, kind):
        """Of a page of a class; None: it has no place in the file."""
        pages = self.subject.pages
        page = pages.pages[self.chance.choice(self.by_class[kind])]
        bit = self.chance.randrange(BITS)
        place = self.subject.offset(pages.places[page.pfn] + bit // 8)
        if place is None:
            return None
        return Flip(page, bit, pages.field_of(bit), place, self.subject.image.data[place])

    def batches(self, wanted, size):
        """Lists of flips, as many of each class as wanted."""
        left = {kind: wanted for kind in CLASSES if self.by_class[kind]}
        while left:
            batch, taken = [], set()
            for kind in self.chance.choices(list(left), [*left.values()], k=size * 2):
                flip = self.flip(kind) if left.get(kind) else None
                claim = flip and self.claim(flip.page)
                if flip and not claim & taken and len(batch) < size:
                    taken |= claim
                    batch.append(flip)
                    left[kind] -= 1
            left = {kind: count for kind, count in left.items() if count}
            if batch:
                yield batch

    def claim(self, page):
        """What no other flip of the run may have to do with."""
        around = self.subject.pages.around(page)
        found = {("near", pfn // SLACK) for pfn in (page.pfn, page.head, *around)}
        found.add(("block", page.head))
        found |= {("block", pfn) for pfn in around}
        if page.ring is not None:
            found.add(("ring", page.ring))
        return found


def names_page(finding, pfn):
    """Whether a finding is of this page and no other."""
    return finding.get("pfn") == pfn


def told(flip, findings, pages):
    """(those of the very page, those of what it has to do with) of a run's findings."""
    exact = [one for one in findings if names_page(one, flip.page.pfn)]
    group = {flip.page.head} | pages.around(flip.page)
    near = [one for one in findings if one not in exact and one.get("pfn") in pages.pages
            and pages.pages[one["pfn"]].head in group]
    return exact, near


def run_batch(subject, batch):
    """The lines of a batch, with what nobody can be told from blamed by halving."""
    findings = subject.damaged([flip.write for flip in batch])
    answers = [told(flip, findings, subject.pages) for flip in batch]
    blamed = [one for exact, near in answers for one in (*exact, *near)]
    stray = [one for one in findings if not any(one is other for other in blamed)]
    if stray and len(batch) > 1:
        half = len(batch) // 2
        return run_batch(subject, batch[:half]) + run_batch(subject, batch[half:])
    if len(batch) == 1:
        answers[0] = (answers[0][0], answers[0][1] + stray)
    return [flip.line(subject, exact, near) for flip, (exact, near) in zip(batch, answers)]


def alone(subject, batch, lines, chance, share, results):
    """Some of the batch again, each in a run of its own: how many, and those that differ."""
    tried, differ = 0, []
    for flip, line in zip(batch, lines):
        if chance.random() < share:
            tried += 1
            single, = run_batch(subject, [flip])
            if bool(single["exact"]) != bool(line["exact"]) or \
                    bool(single["near"] or single["exact"]) != bool(line["near"] or line["exact"]):
                differ.append((line, single))
                results.write(json.dumps({"alone": single, "batch": line}) + "\n")
    return tried, differ


def take(args):
    """lab flips"""
    score.find_tool(args)
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    with open(args.out / "results.jsonl", "w", encoding="utf-8") as results:
        differ = [one_dump(folder, args, number, results)
                  for number, folder in enumerate(args.dirs)]
    return 1 if any(differ) else 0


def one_dump(folder, args, number, results):
    """All flips of a dump; how many were answered otherwise when they were alone."""
    subject = Subject(folder, args, number)
    chance = random.Random(f"{args.seed}-{subject.name}")
    lines, tried, differ, last = [], 0, [], time.monotonic()
    start = last
    for batch in Memmap(subject, chance).batches(args.count, args.batch):
        found = run_batch(subject, batch)
        lines += found
        for line in found:
            results.write(json.dumps(line) + "\n")
        more, other = alone(subject, batch, found, chance, args.alone_share, results)
        tried, differ = tried + more, differ + other
        if time.monotonic() - last > 30:
            last = time.monotonic()
            say(f"{subject.name}: {len(lines)} flips")
    print(f"\n## {subject.name}: {len(lines)} flips, {time.monotonic() - start:.0f} s\n")
    print_tables(lines, subject.pages.population())
    print(f"\nalone again: {tried}, of which {len(differ)} were answered otherwise")
    for line, single in differ[:10]:
        print(f"  {line} alone: {single['exact']} {single['near']}")
    subject.work.unlink()
    return len(differ)
