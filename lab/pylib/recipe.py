# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a faulty dump of a healthy one, by the writes that a truth lists.

The healthy dump must be of the same instant and its pages uncompressed, as in
a sample: a makedumpfile dump without -l, -c, -p or -z, or an ELF dump.
"""

import json
import shutil
import struct

from .base import LabError
from .elfdump import ElfDump

KDUMP_MAGIC = b"KDUMP   "
# version, utsname, timestamp, status, block_size, sub_hdr_size, bitmap_blocks,
# max_mapnr: the first members of struct disk_dump_header, as on 64 bits
KDUMP_HEAD = struct.Struct("<8si390s6xqqIiiII")
PAGE_DESC = struct.Struct("<qIIQ")


class KdumpDump:
    """An uncompressed makedumpfile dump: where a physical address lies."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")
        fields = KDUMP_HEAD.unpack(self.file.read(KDUMP_HEAD.size))
        self.block, sub, bitmaps = fields[6], fields[7], fields[8]
        first = (1 + sub) * self.block
        half = bitmaps // 2 * self.block
        # The second bitmap tells which pages are stored.
        self.file.seek(first + half)
        self.stored = self.file.read(half)
        self.descs = first + bitmaps * self.block

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def place(self, paddr):
        """The offset in the file of the byte at a physical address."""
        pfn, inside = divmod(paddr, self.block)
        byte, bit = divmod(pfn, 8)
        if byte >= len(self.stored) or not self.stored[byte] >> bit & 1:
            raise LabError(f"{self.path}: the page at {paddr:#x} was left out")
        before = int.from_bytes(self.stored[:byte], "little").bit_count() + \
            (self.stored[byte] & (1 << bit) - 1).bit_count()
        self.file.seek(self.descs + before * PAGE_DESC.size)
        offset, size, flags, _ = PAGE_DESC.unpack(
            self.file.read(PAGE_DESC.size))
        if size != self.block or flags:
            raise LabError(f"{self.path}: its pages are compressed")
        return offset + inside


def open_dump(path):
    """The reader for a dump, by what it begins with."""
    with open(path, "rb") as file:
        magic = file.read(8)
    return KdumpDump(path) if magic == KDUMP_MAGIC else ElfDump(path)


def apply(truth, source, target):
    """Copy a dump and make the fault in the copy."""
    if truth.get("more_writes"):
        raise LabError(f"{truth['fault']}: not all its writes are listed")
    patches = []
    with open_dump(source) as dump:
        for paddr, size, _, new in truth["writes"]:
            patches.append((dump.place(int(paddr, 16)), size, int(new, 16)))
    shutil.copyfile(source, target)
    with open(target, "r+b") as file:
        for place, size, new in patches:
            file.seek(place)
            file.write(new.to_bytes(size, "little"))


def take(args):
    """lab apply"""
    truth = json.loads(args.recipe.read_text(encoding="utf-8"))
    apply(truth, args.vmcore, args.target)
    return 0
