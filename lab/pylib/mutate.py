# SPDX-License-Identifier: GPL-2.0-or-later
"""Random damage to real dumps: whatever it is, the analyzer ends in time, in
bounds, with a status that fits its report, and sees what it can still see."""

import collections
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

from . import score
from .base import LabError, run, say
from .memory import PAGE, Memory

TIME_FACTOR, TIME_FLOOR = 20, 2.0       # seconds of CPU time
MEMORY_FACTOR, MEMORY_FLOOR = 2, 96 << 10       # KiB
STATUSES = {0, 4, 8, 12}
# What sanitizers begin their words with.
ALARMS = ("AddressSanitizer", "runtime error:", "LeakSanitizer",
          "ThreadSanitizer")
WORDS = (0, 1, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1, 0x5a5a5a5a5a5a5a5a,
         0xdead000000000100, 0xffff888000001000, 0xffffea0000000008)


class Patch:
    """Writes to a file that can be taken back."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "r+b")
        self.size = os.path.getsize(path)
        self.undone = []
        self.tail = None

    def write(self, at, data):
        """Write where there is room."""
        data = data[:max(0, self.size - at)]
        self.file.seek(at)
        self.undone.append((at, self.file.read(len(data))))
        self.file.seek(at)
        self.file.write(data)

    def word(self, at, value, size=8):
        """Write a little-endian number."""
        self.write(at, (value % (1 << 8 * size)).to_bytes(size, "little"))

    def read(self, at, size):
        """What is there."""
        self.file.seek(at)
        return self.file.read(size)

    def cut(self, size):
        """End the file there. What is cut off is kept beside it, not in
        memory: a child counts what its parent had when it was made."""
        self.file.flush()
        self.file.seek(size)
        with open(f"{self.path}.tail", "wb") as tail:
            shutil.copyfileobj(self.file, tail, 1 << 20)
        self.file.truncate(size)
        self.tail = size

    def heal(self):
        """As it was."""
        if self.tail is not None:
            self.file.seek(self.tail)
            with open(f"{self.path}.tail", "rb") as tail:
                shutil.copyfileobj(tail, self.file, 1 << 20)
            self.tail = None
        for at, data in reversed(self.undone):
            self.file.seek(at)
            self.file.write(data)
        self.undone = []
        self.file.flush()


class Case:
    """A dump to be damaged, its layout, and what a clean run is like."""

    def __init__(self, args, source, work):
        work.mkdir(parents=True)
        self.dump = work / "vmcore"
        self.layout = work / "layout"
        shutil.copyfile(source / "vmcore", self.dump)
        run([args.tool, f"--save-layout={self.layout}", source / "vmlinux"],
            "the layout")
        self.patch = Patch(self.dump)
        try:
            self.memory = Memory(self.dump, self.layout)
            self.zones = self.memory.zones()
        except LabError as error:
            # Compressed or flattened: damaged as a file only.
            say(f"{source}: {error}")
            self.memory, self.zones = None, []
        self.clean = None

    def pick_zone(self, chance, but=()):
        """A zone, or one that is in none of these (node, zone name)."""
        zones = [zone for zone in self.zones if zone[0] not in but]
        if not zones:
            raise LabError("no such zone")
        return chance.choice(zones)[2]


# The kinds of damage. Each takes a case and a source of chance, and damages.

def flip(case, chance, count=1):
    """Bits anywhere in the file."""
    for _ in range(count):
        at = chance.randrange(case.patch.size)
        byte = case.patch.read(at, 1)[0] ^ 1 << chance.randrange(8)
        case.patch.write(at, bytes([byte]))


def flip_many(case, chance):
    """A hundred of them."""
    flip(case, chance, 100)


def random_block(case, chance):
    """The offset of a page-sized piece."""
    return chance.randrange(max(1, case.patch.size // PAGE)) * PAGE


def zero_page(case, chance):
    """Pages of zeros."""
    for _ in range(chance.choice((1, 1, 4, 64))):
        case.patch.write(random_block(case, chance), bytes(PAGE))


def noise_page(case, chance):
    """A page of noise."""
    case.patch.write(random_block(case, chance), chance.randbytes(PAGE))


def duplicate_page(case, chance):
    """One page over another."""
    case.patch.write(random_block(case, chance),
                     case.patch.read(random_block(case, chance), PAGE))


def swap_pages(case, chance):
    """Two pages in each other's place."""
    one, other = random_block(case, chance), random_block(case, chance)
    data = case.patch.read(one, PAGE)
    case.patch.write(one, case.patch.read(other, PAGE))
    case.patch.write(other, data)


def cut_anywhere(case, chance):
    """The file ends early."""
    case.patch.cut(chance.randrange(case.patch.size))


def cut_in_headers(case, chance):
    """It ends in the headers, or at a boundary there."""
    case.patch.cut(max(0, min(chance.randrange(40) * 512 +
                              chance.choice((-1, 0, 1)), case.patch.size)))


def header_field(case, chance):
    """A field of the headers has another size."""
    size = chance.choice((2, 4, 8))
    at = chance.randrange(chance.choice((128, 1024, 8192, 65536)))
    case.patch.word(at // size * size, chance.choice(WORDS), size)


def info_line(case, chance):
    """A line of VMCOREINFO is changed, or is no line any more."""
    head = case.patch.read(0, 1 << 16)
    start = head.find(b"OSRELEASE=")
    if start < 0:
        raise LabError("no VMCOREINFO")
    end = head.find(b"\0", start)
    lines = [i for i in range(start, end if end > 0 else start + 2000)
             if head[i:i + 1] == b"\n"]
    at = chance.choice(lines) + 1
    if chance.random() < 0.3:
        case.patch.write(at, b"#")
        return
    value = head.find(b"=", at) + 1
    length = max(1, head.find(b"\n", value) - value)
    case.patch.write(value, bytes(chance.choice(b"0123456789abcdef-x ")
                                  for _ in range(length)))


def need_memory(case):
    """The memory of a case that has one."""
    if not case.memory:
        raise LabError("its pages cannot be found")
    return case.memory


def member_word(case, zone, name, value, size=8):
    """One member of a zone."""
    memory = need_memory(case)
    case.patch.word(memory.place(memory.member(zone, name)), value, size)


def zone_span(case, chance, but=()):
    """A zone with an absurd span."""
    zone = case.pick_zone(chance, but)
    member_word(case, zone, chance.choice((
        "zone.zone_start_pfn", "zone.spanned_pages", "zone.present_pages",
        "zone.managed_pages", "zone.name", "zone.node")),
        chance.choice((*WORDS, chance.randrange(1 << 20))))


def zone_pcp(case, chance, but=()):
    """Its per-CPU lists are elsewhere."""
    member_word(case, case.pick_zone(chance, but), "zone.per_cpu_pageset",
                chance.choice((*WORDS, chance.getrandbits(64))))


def zone_counts(case, chance, but=()):
    """Numbers of free blocks, and counters."""
    memory = need_memory(case)
    zone = case.pick_zone(chance, but)
    order = chance.randrange(memory.row("length", "zone.free_area"))
    at = memory.member(zone, "zone.free_area") + \
        order * memory.row("size", "free_area") + \
        memory.row("offset", "free_area.nr_free")
    if chance.random() < 0.3:
        at = memory.member(zone, "zone.vm_stat")
    case.patch.word(memory.place(at), chance.choice(WORDS))


def some_list(case, chance, but=()):
    """A free list with pages, and their links."""
    memory = need_memory(case)
    lists = memory.lists(case.pick_zone(chance, but))
    if not lists:
        raise LabError("no page is free")
    head = chance.choice(lists)
    return head, memory.nodes(head)


def list_link(case, chance, but=()):
    """A link leads elsewhere: itself, another list, another page, nowhere."""
    memory = need_memory(case)
    head, links = some_list(case, chance, but)
    other_head, others = some_list(case, chance, but)
    link = chance.choice([head, *links])
    target = chance.choice([link, head, other_head, *others[:20],
                            link + 64 * chance.randrange(1, 4096), *WORDS])
    case.patch.word(memory.place(link + chance.choice((0, 8))), target)


def list_crossed(case, chance, but=()):
    """Two lists lead into each other and back."""
    memory = need_memory(case)
    one, links = some_list(case, chance, but)
    other, others = some_list(case, chance, but)
    first = chance.choice([one, *links])
    second = chance.choice([other, *others])
    case.patch.word(memory.place(first), second)
    case.patch.word(memory.place(second + 8), first)
    case.patch.word(memory.place(second), first)
    case.patch.word(memory.place(first + 8), second)


def list_endless(case, chance, but=()):
    """A list through thousands of pages, on and on."""
    memory = need_memory(case)
    _, links = some_list(case, chance, but)
    if not links:
        raise LabError("a list without pages")
    at = chance.choice(links)
    for _ in range(2000):
        try:
            case.patch.word(memory.place(at), at + 64)
            case.patch.word(memory.place(at + 64 + 8), at)
        except LabError:
            break
        at += 64


def percpu_offset(case, chance):
    """A CPU's data are elsewhere."""
    memory = need_memory(case)
    at = memory.variable("__per_cpu_offset") + 8 * chance.randrange(4)
    case.patch.word(memory.place(at), chance.choice((
        *WORDS, chance.getrandbits(64))))


def checker(case, chance):
    """The checker's own state."""
    memory = need_memory(case)
    maps = [memory.variable(f"pc_state.db.bitmap[{nr}]") for nr in (0, 1)]
    values = [memory.word(at) for at in maps]
    what = chance.randrange(6)
    if what == 0:
        case.patch.word(memory.place(memory.variable("pc_state.db.nbits")),
                        chance.choice(WORDS), 4)
    elif what == 1:
        case.patch.word(memory.place(memory.variable(
            chance.choice(("pc_state.min_pfn", "pc_state.max_pfn")))),
            chance.choice((*WORDS, chance.randrange(1 << 18))))
    elif what == 2:     # swapped
        case.patch.word(memory.place(maps[0]), values[1])
        case.patch.word(memory.place(maps[1]), values[0])
    elif what == 3:     # equal
        case.patch.word(memory.place(maps[0]), values[1])
    else:
        case.patch.word(memory.place(chance.choice(maps)),
                        chance.choice((*WORDS, values[0] + 8, values[1] +
                                       PAGE, chance.getrandbits(64))))


def variable(case, chance):
    """A pointer or a number that the walk begins with."""
    memory = need_memory(case)
    kind, name = chance.choice([row for row in memory.rows
                                if row[0] in ("variable", "symbol")])
    size = memory.rows[kind, name][1] or 8
    at = memory.row(kind, name) + memory.slide + \
        chance.randrange(max(1, min(size, 512) // 8)) * 8
    case.patch.word(memory.place(at), chance.choice((
        *WORDS, chance.getrandbits(64))))


def sections(case, chance):
    """The table of sections."""
    memory = need_memory(case)
    roots = memory.word(memory.variable("mem_section"))
    at = roots if chance.random() < 0.3 else memory.word(roots)
    case.patch.word(memory.place(at + 8 * chance.randrange(8)),
                    chance.choice((*WORDS, roots, chance.getrandbits(64))))


def page_table(case, chance):
    """Entries of page tables lead elsewhere, or back to their table."""
    memory = need_memory(case)
    for _ in range(chance.choice((1, 1, 8))):
        table = chance.choice(sorted(memory.tables))
        at = memory.at(table) + 8 * chance.randrange(512)
        case.patch.word(at, chance.choice((
            *WORDS, table | 0x67, memory.root | 0x67,
            chance.getrandbits(36) << 12 | 0xe7)))


def struct_pages(case, chance):
    """Words of struct pages."""
    memory = need_memory(case)
    _, links = some_list(case, chance)
    base = (chance.choice(links) & ~63) if links else 0
    for _ in range(chance.choice((1, 8, 64))):
        at = base + 8 * chance.randrange(-4096, 4096)
        try:
            case.patch.word(memory.place(at), chance.choice((
                *WORDS, chance.getrandbits(64))))
        except LabError:
            pass


KINDS = {function.__name__.replace("_", "-"): function for function in (
    flip, flip_many, zero_page, noise_page, duplicate_page, swap_pages,
    cut_anywhere, cut_in_headers, header_field, info_line, zone_span,
    zone_pcp, zone_counts, list_link, list_crossed, list_endless,
    percpu_offset, checker, variable, sections, page_table, struct_pages)}
# These damage one zone alone: what is found in others must stay.
LOCAL = ("zone-pcp", "zone-counts", "list-link", "list-crossed")


def measured(argv, timeout):
    """Run: status, output, errors, seconds of CPU time, KiB at most."""
    with open(os.devnull, "rb") as nothing, \
            subprocess.Popen([str(word) for word in argv], stdin=nothing,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True) as process:
        started = time.monotonic()
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, b"", b"", time.monotonic() - started, 0
    return process.returncode, out, err, time.monotonic() - started, 0


def rusage_run(argv, timeout):
    """The same, with what the kernel counted."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        status, out, err, _, _ = measured(argv, timeout)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with os.fdopen(write, "wb") as file:
            head = json.dumps([status, used.ru_utime + used.ru_stime,
                               used.ru_maxrss, len(out), err.decode(
                                   "utf-8", "replace")[:4000]]).encode()
            file.write(head + b"\n" + out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        status, seconds, kib, _, err = json.loads(file.readline())
        out = file.read()
    os.waitpid(pid, 0)
    return status, out, err, seconds, kib


def command(tool, case, how):
    """The run of a case: with its layout, or by the dump alone."""
    argv = [tool, "--json", "-t", how % 2 + 1, case.dump]
    return argv + [f"--layout={case.layout}"] if how % 4 else argv


def lost(case, report):
    """Findings of the clean run that a damage elsewhere must not hide."""
    left = collections.Counter(
        (f["finding"], f.get("pfn")) for f in report["findings"])
    return [f"{f['finding']} of page {f.get('pfn')}"
            for f in case.clean["findings"] if f["severity"] == "corrupt"
            and not left[f["finding"], f.get("pfn")]]


def judge(case, kind, outcome, limits):
    """What is wrong with a run, or None."""
    status, out, err, seconds, kib = outcome
    if status is None:
        return "it does not end"
    if status not in STATUSES:
        return f"status {status}: {err.strip().splitlines()[-1:]}"
    if seconds > limits[0]:
        return f"{seconds:.2f} s of CPU time, clean {limits[0]:.2f} at most"
    if kib > limits[1]:
        return f"{kib} KiB, {limits[1]} at most"
    lines = err.strip().splitlines()
    if len([line for line in lines if "no vmlinux of" not in line]) > 2:
        return f"{len(lines)} lines on stderr: {lines[0]}"
    if not out:
        return None if status == 8 and lines else f"status {status}, silent"
    try:
        report = json.loads(out)
    except ValueError as error:
        return f"no JSON: {error}"
    corrupt = any(f["severity"] == "corrupt" for f in report["findings"])
    if bool(status & 4) != corrupt:
        return f"status {status}, corrupt findings: {corrupt}"
    if status == 0 and report["result"] != "consistent":
        return f"status 0, {report['result']}"
    if kind in LOCAL:
        gone = lost(case, report)
        if gone:
            return "no longer found: " + ", ".join(gone[:3])
    return None


class Campaign:
    """The mutations, one after the other."""

    def __init__(self, args):
        self.args = args
        self.counts = collections.defaultdict(collections.Counter)
        self.cases = [Case(args, source, args.out / f"case{nr}")
                      for nr, source in enumerate(args.dirs)]
        for case in self.cases:
            self.calibrate(case)

    def calibrate(self, case):
        """What a clean run takes."""
        runs = [rusage_run(command(self.args.tool, case, how), 120)
                for how in (1, 4)]
        case.clean = json.loads(runs[0][1])
        case.limits = [
            (max(TIME_FLOOR, TIME_FACTOR * seconds),
             max(MEMORY_FLOOR, MEMORY_FACTOR * kib))
            for _, _, _, seconds, kib in runs]
        # Where the fault is: other nodes' zones are damaged for LOCAL kinds.
        case.faulty = {f["node"] for f in case.clean["findings"]
                       if f["severity"] == "corrupt" and "node" in f}

    def one(self, number):
        """A mutation and its runs: kind and what is wrong, or None."""
        chance = random.Random(f"{self.args.seed}/{number}")
        case = chance.choice(self.cases)
        kind = chance.choice(list(KINDS))
        how = chance.randrange(8)
        try:
            if kind in LOCAL and case.faulty:
                KINDS[kind](case, chance, case.faulty)
            else:
                KINDS[kind](case, chance)
            case.patch.file.flush()
        except LabError:
            case.patch.heal()
            return kind, "-"
        wrong = judge(case, kind, rusage_run(
            command(self.args.tool, case, how), 120),
            case.limits[how % 4 == 0])
        if not wrong and self.args.sanitized:
            status, _, err, _, _ = rusage_run(
                command(self.args.sanitized, case, how), 600)
            if status not in STATUSES or any(word in err for word in ALARMS):
                wrong = f"sanitized: status {status}: {err[:300]}"
        if self.args.keep and wrong:
            shutil.copyfile(case.dump, self.args.out / f"dump-{number}")
        case.patch.heal()
        return kind, wrong

    def all(self):
        """All of them; what failed is told at once."""
        only = self.args.only
        numbers = [only] if only is not None else range(self.args.count)
        for number in numbers:
            kind, wrong = self.one(number)
            if wrong == "-":
                self.counts[kind]["not there"] += 1
                continue
            self.counts[kind]["failed" if wrong else "passed"] += 1
            if wrong:
                say(f"{number} ({kind}): {wrong}")
            if number % 500 == 499:
                say(f"{number + 1} of {self.args.count}")


def take(args):
    """lab mutate"""
    score.find_tool(args)
    if args.sanitized:
        args.sanitized = pathlib.Path(args.sanitized).resolve()
    if args.out.exists():
        shutil.rmtree(args.out)
    campaign = Campaign(args)
    campaign.all()
    print("| damage | passed | failed | not to be had |")
    print("| --- | ---: | ---: | ---: |")
    total = collections.Counter()
    for kind in KINDS:
        counts = campaign.counts[kind]
        total.update(counts)
        print(f"| {kind} | {counts['passed']} | {counts['failed']} | "
              f"{counts['not there']} |")
    print(f"{total['passed']} passed, {total['failed']} failed")
    sys.stdout.flush()
    return 1 if total["failed"] else 0
