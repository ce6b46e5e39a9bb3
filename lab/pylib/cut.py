# SPDX-License-Identifier: GPL-2.0-or-later
"""A sample of a kernel that nothing can be planted in, small enough to ship: of a healthy ELF dump
the pages that analyses read, the layout in place of a vmlinux, and recipes for faults.

The recipes are made on the dump, by its own lists and page tables (objects.py). What is read of
the dump with any of them in it is kept, and nothing else.
"""

import json
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

from . import faults, image, objects, recipe, sample
from .base import LabError, run, say

KDUMP_VERSION, DUMP_LEVEL = 6, 31
HEAD_SIZE, SUB_SIZE = 464, 104
READ = re.compile(r"pread64\((\d+)<([^>]*)>.*, (\d+), (\d+)\) = (\d+)")


class Dump:
    """An ELF dump in pages of the kernel's size."""

    def __init__(self, case, layout):
        self.image = image.load(case / "vmcore")
        self.kernel = objects.Kernel(self.image, objects.Layout(layout))
        self.shift = self.kernel.tables.page_shift
        self.size = 1 << self.shift
        self.loads = sorted(self.image.loads)
        self.end = -(-max(start + size for start, size, _ in self.loads) // self.size)

    def page(self, pfn):
        """Its bytes; None: there is no such memory."""
        for start, size, place in self.loads:
            at = pfn * self.size - start
            if 0 <= at < size:
                return bytes(self.image.data[place + at:place + at + self.size])
        return None

    def ram(self):
        """The pfns of all memory."""
        return [pfn for start, size, _ in self.loads
                for pfn in range(start >> self.shift, start + size >> self.shift)]


def bitmap(pfns, size):
    """As many bytes."""
    bits = bytearray(size)
    for pfn in pfns:
        bits[pfn // 8] |= 1 << pfn % 8
    return bytes(bits)


def write_kdump(dump, pfns, target):
    """A kdump-compressed file whose pages are plain, with these pages."""
    block = dump.size
    base, length = dump.image.notes
    notes = bytes(dump.image.data[base:base + length])
    info, info_len = dump.image.vmcoreinfo_at()
    sub_blocks = -(-(SUB_SIZE + length) // block)
    map_size = -(-dump.end // (8 * block)) * block
    notes_at = block + SUB_SIZE
    head = bytearray(HEAD_SIZE)
    struct.pack_into("<8si", head, 0, recipe.KDUMP_MAGIC, KDUMP_VERSION)
    for number, word in enumerate(("Linux", "sample", dump.kernel.lines["OSRELEASE"], "",
                                   "aarch64")):
        struct.pack_into("65s", head, 12 + 65 * number, word.encode())
    struct.pack_into("<IiiII", head, 424, 0, block, sub_blocks, 2 * map_size // block, dump.end)
    struct.pack_into("<I", head, 460, dump.kernel.u64(
        dump.kernel.symbol("__cpu_possible_mask")).bit_count())
    sub = struct.pack("<QIIQQQQQQQQQQQ", 0, DUMP_LEVEL, 0, 0, 0, notes_at + info - base, info_len,
                      notes_at, length, 0, 0, 0, 0, dump.end)
    stored = sorted(pfns)
    descs_at = (1 + sub_blocks) * block + 2 * map_size
    data_at = -(-(descs_at + len(stored) * recipe.PAGE_DESC.size) // block) * block
    with open(target, "wb") as file:
        file.write(head)
        file.seek(block)
        file.write(sub)
        file.seek(notes_at)
        file.write(notes)
        file.seek((1 + sub_blocks) * block)
        file.write(bitmap(dump.ram(), map_size) + bitmap(stored, map_size))
        for number in range(len(stored)):
            file.write(recipe.PAGE_DESC.pack(data_at + number * block, block, 0, 0))
        file.seek(data_at)
        for pfn in stored:
            file.write(dump.page(pfn))
    return stored, data_at


RECIPES = ("refcount-free", "wrong-order", "buddy-type-cleared", "reserved-free", "prev-broken",
           "next-null", "next-bit-60", "list-cycle", "nr-free-off", "pcp-count")


def make_recipes(dump, seed):
    """Name and truth of each."""
    truths = {}
    for number, name in enumerate(RECIPES):
        truths[name] = faults.make(dump.kernel, name, seed + number)
    return truths


def pages_read(command, vmcore, stored, data_at, size):
    """The pages that analyses of this dump read."""
    found = set()
    for options in (["-v"], ["--json", "-t", "3"], ["--html=-"]):
        with tempfile.NamedTemporaryFile("r", prefix="pgcons-lab.") as trace:
            done = subprocess.run(
                ["strace", "-f", "-y", "-s", "0", "-e", "trace=pread64", "-e", "signal=none",
                 "-o", trace.name, *command, *options, vmcore],
                check=False, stdout=subprocess.DEVNULL)
            if done.returncode not in (0, 4):
                raise LabError(f"{vmcore}: status {done.returncode}")
            for line in trace:
                match = READ.search(line)
                if match and match[2] == str(vmcore) and int(match[4]) >= data_at:
                    first = (int(match[4]) - data_at) // size
                    last = (int(match[4]) + int(match[5]) - 1 - data_at) // size
                    found.update(stored[first:last + 1])
    if not found:
        raise LabError("no read was seen")
    return found


def take(args):
    """lab cut"""
    out, tool = args.out, args.tool.resolve()
    out.mkdir(parents=True, exist_ok=True)
    layout = (out / "layout").resolve()
    run([tool, f"--save-layout={layout}", (args.case / "vmlinux").resolve()], "the layout")
    dump = Dump(args.case, layout.read_text())
    truths = make_recipes(dump, args.seed)
    command = [tool, f"--layout={layout}"] + ([f"--verify={args.verify}"] if args.verify else [])
    with tempfile.TemporaryDirectory(prefix="pgcons-lab.") as name:
        work = pathlib.Path(name).resolve()
        stored, data_at = write_kdump(dump, dump.ram(), work / "all")
        keep = pages_read(command, work / "all", stored, data_at, dump.size)
        for truth in truths.values():
            recipe.apply(truth, work / "all", work / "faulty")
            keep |= pages_read(command, work / "faulty", stored, data_at, dump.size)
            keep |= {int(write[0], 16) >> dump.shift for write in truth["writes"]}
        write_kdump(dump, keep, work / "cut")
        sample.write_recipes(out / "recipes", list(truths.values()))
        shutil.copy(args.case / "truth.json", out / "truth.json")
        sample.pack(work / "cut", out / "vmcore.xz")
    say(f"{out}: {len(keep)} of {len(stored)} pages, {len(truths)} recipes")
    return 0
