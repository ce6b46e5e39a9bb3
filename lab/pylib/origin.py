# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware or software: how often the program's verdict on the origin of damage is right.

Damage of either side, each in a run of its own: of hardware as DRAM fails in the field (`lab
flips`), of software as bugs write (origin_writes.py, and cases that a planter made in a running
kernel). Every second one by number, and cases of even seeds, are held out: nobody looked at them
when the weights in src/judge/origin.def were made.
"""

import collections
import json
import random
import re
import shutil

from . import score
from .base import LabError, say
from .flips import AREAS, Subject
from .flips_memmap import Memmap
from .flips_table import interval
from .flips_text import Text
from .meter import Meter
from .origin_writes import SHARES, Bugs

# What the planter does as memory fails, and what may be either side's: see the tables there.
HARDWARE = re.compile(r"-bit(-head|-reserved|-pcp|-free)?$|^(zone|node)-bit-head$|"
                      r"^padding-|^bitmap-(row|column)-")
# Counters with a high bit more, and both bits of a hole: a flip, or a bug that there is not.
SOFT_BITS = {"lru-file-anon-bit", "lru-file-movable-bit", "folio-deferred-bit", "hole-bit",
             "hugetlb-free-node", "hugetlb-nr-all", "hugetlb-surplus-node", "partial-counter",
             "lru-refcount-huge"}
EITHER = re.compile(r"zeros|ones|noise|garbage|stale|shifted|pattern|wild|type-bits|^checker-|"
                    r"^zone-(counter|span|managed|free|lock-held)|^node-|^section-|^memmap-|^nothing|"
                    r"^pcp-lock-held|^healed|^violations|^tracked|^pageblock-type|^owner-flag|"
                    r"^limbo|lru-type|head-type-none|type-unknown|poison-flag|-zone-flags")
AREA_SHARES = {"memmap": 12, "bitmaps": 3, "records": 3, "tables": 2}
TEXT_SHARE = 3          # of these, in the kernel's code, where there is a vmlinux that has it
ASTRAY = 25             # every so many-th bug is a device's
BINS = (0, 80, 85, 90, 93, 95, 97, 98)


def side_of(fault):
    """Whose fault the planter's is; None: either's."""
    if fault in SOFT_BITS or fault == "garbage-text":
        return "software" if fault == "garbage-text" else None
    if HARDWARE.search(fault):
        return None if fault.startswith("both-") else "hardware"
    return None if EITHER.search(fault) else "software"


class Verdicts(Subject):
    """A dump; what is new in the report does not matter, but what it says of the origin."""

    def said(self, writes, text=False):
        """(origin, confidence, signs, findings) with these bytes written over the copy."""
        self.last, self.in_text = None, text
        self.damaged(writes)
        return of_report(self.last)

    def report(self):
        if getattr(self, "in_text", False):
            # Nothing else is wrong: it must be asked for, and takes the code itself.
            out, err = self.work.with_name("stdout"), self.work.with_name("stderr")
            self.meter.run([self.args.tool, "--json", "--threads=1", "--verify=text", self.work,
                            self.vmlinux], {}, out, err, self.args.timeout)
            answer = [], []
        else:
            answer = super().report()
        try:
            self.last = json.loads(self.work.with_name("stdout").read_bytes())
        except ValueError:
            self.last = {}
        return answer


def of_report(doc):
    """What a report says."""
    return {"origin": doc.get("origin"), "confidence": doc.get("confidence", 0),
            "signs": [one["sign"] for one in doc.get("origin_evidence", ())],
            "findings": sorted({one["finding"] for one in doc.get("findings", ())
                                if one["severity"] != "note"}),
            "words": [" ".join(f"{one[key]}" for key in ("field", "found", "expected", "xor")
                               if key in one) or one["evidence"].get("what", "")
                      for one in doc.get("findings", ()) if one["severity"] != "note"][:4]}


def hardware(subject, chance):
    """Damage without an end: (kind, writes)."""
    areas = {name: Memmap(subject, "dram") if name == "memmap" else AREAS[name](subject)
             for name in AREA_SHARES}
    kinds = {name: [kind for kind in area.kinds if area.population()[kind]]
             for name, area in areas.items()}
    names = [name for name in AREA_SHARES if kinds[name]]
    shares = [AREA_SHARES[name] for name in names]
    text = Text(subject)
    if text.ranges:
        names, shares = [*names, "text"], [*shares, TEXT_SHARE]
    while True:
        name, = chance.choices(names, shares)
        if name == "text":
            shape, writes = text.dram(chance)
            if writes:
                yield f"text, {shape}", writes
            continue
        one = areas[name].draw(chance.choice(kinds[name]), chance)
        if one:
            yield f"{name}, {'several bits' if len(one.writes) > 1 else 'one bit'}", one.writes


def software(subject, chance):
    """The same."""
    bugs, text = Bugs(subject, chance), Text(subject)
    while True:
        if text.ranges and not chance.randrange(ASTRAY):
            writes = text.astray(chance)
            if any(subject.image.data[offset:offset + len(data)] != data
                   for offset, data in writes):
                yield "text, device astray", writes
            continue
        name, = chance.choices(list(SHARES), list(SHARES.values()))
        try:
            writes = [(subject.offset(paddr), data) for paddr, data in getattr(bugs, name)()]
        except (LabError, KeyError, IndexError):
            continue
        if any(offset is None for offset, _ in writes):
            continue
        if any(subject.image.data[offset:offset + len(data)] != data for offset, data in writes):
            yield name.replace("_", " "), writes


def one_dump(folder, args, number, results):
    """As many of each side as wanted."""
    subject, lines = Verdicts(folder, args, number), []
    for side, make in ("hardware", hardware), ("software", software):
        chance = random.Random(f"{args.seed}-{folder.name}-{side}")
        for count, (kind, writes) in zip(range(args.count), make(subject, chance)):
            line = {"dump": folder.name, "side": side, "kind": kind, "held_out": count % 2 == 1,
                    **subject.said(writes, kind.startswith("text"))}
            lines.append(line)
            results.write(json.dumps(line) + "\n")
    subject.close()
    return lines


def cases(args, results):
    """What a planter made in running kernels."""
    meter, lines = Meter(), []
    out, err = args.out / "stdout", args.out / "stderr"
    for path in sorted(truth for folder in args.cases for truth in folder.rglob("truth.json")):
        truth = json.loads(path.read_bytes())
        side = side_of(truth["fault"]) if truth["fault"] else "healthy"
        if not side:
            continue
        dump = path.with_name("vmcore")
        meter.run([args.tool, "--json", dump, path.with_name("vmlinux")], {}, out, err,
                  args.timeout)
        try:
            said = of_report(json.loads(out.read_bytes()))
        except ValueError:
            said = of_report({})
        line = {"dump": path.parent.name, "side": side, "kind": truth["fault"], "planted": True,
                "held_out": truth["seed"] % 2 == 0, **said}
        lines.append(line)
        results.write(json.dumps(line) + "\n")
        if args.throw_away:
            dump.unlink()
    return lines


def is_wrong(line):
    """The other side was blamed, or a healthy machine has a verdict."""
    return line["origin"] not in (None, "undecided", line["side"])


def share(some, all_of):
    """A percentage with its interval."""
    if not all_of:
        return "-"
    low, high = interval(some, all_of)
    return f"{100 * some / all_of:.1f}% ({low:.1f} to {high:.1f})"


def print_share(title, lines):
    """Of each kind: what became of it."""
    print(f"\n### {title}\n")
    print("| kind | made | reported | right | wrong | undecided |\n|---|---|---|---|---|---|")
    kinds = sorted({(line["side"], line["kind"]) for line in lines})
    for side, kind in [*kinds, ("hardware", None), ("software", None)]:
        these = [line for line in lines if line["side"] == side and kind in (line["kind"], None)]
        told = [line for line in these if line["origin"]]
        right = sum(line["origin"] == side for line in told)
        none = sum(line["origin"] == "undecided" for line in told)
        name = f"{side}: {kind}" if kind else f"**{side}**"
        print(f"| {name} | {len(these)} | {len(told)} | {right} | {len(told) - right - none} "
              f"| {none} |")
    told = [line for line in lines if line["origin"]]
    decided = [line for line in told if line["origin"] != "undecided"]
    right = sum(line["origin"] == line["side"] for line in decided)
    soft = [line for line in told if line["side"] == "software"]
    print(f"\nDecided: {share(len(decided), len(told))} of those reported; of them right: "
          f"{share(right, len(decided))}. Software called hardware: "
          f"{share(sum(line['origin'] == 'hardware' for line in soft), len(soft))}.")


def print_curve(lines):
    """How often it was right, by what it said of its confidence."""
    print("\n| said | verdicts | right | hardware: right | software: right |\n|---|---|---|---|---|")
    by_bin = collections.defaultdict(list)
    for line in lines:
        if line["origin"] in ("hardware", "software"):
            by_bin[max(one for one in BINS if one <= line["confidence"])].append(line)
    for low, these in sorted(by_bin.items()):
        cells = []
        for side in (None, "hardware", "software"):
            part = [line for line in these if side in (None, line["origin"])]
            cells.append(share(sum(line["origin"] == line["side"] for line in part), len(part)))
        print(f"| {low}% | {len(these)} | " + " | ".join(cells) + " |")


def show(lines):
    """The half that is held out is the answer."""
    healthy = [line for line in lines if line["side"] == "healthy"]
    lines = [line for line in lines if line["side"] != "healthy"]
    for title, held_out in ("the half that the weights were made by", False), ("held out", True):
        these = [line for line in lines if line["held_out"] == held_out]
        if these:
            print_share(title, these)
            print_curve(these)
    if healthy:
        said = sum(line["origin"] is not None for line in healthy)
        print(f"\nHealthy dumps with a verdict: {said} of {len(healthy)}")


def take(args):
    """lab origin"""
    score.find_tool(args)
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    with open(args.out / "results.jsonl", "w", encoding="utf-8") as results:
        lines = cases(args, results)
        for path in args.add:
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        for number, folder in enumerate(args.dirs):
            say(f"{folder.name}: {args.count} of each side")
            lines += one_dump(folder, args, number, results)
    show(lines)
    return 0
