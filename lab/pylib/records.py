# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to the records that a kernel keeps of each page beside struct page, in copies of a healthy dump.

The tags of allocations, and what the check of page tables counts, of a kernel built by `kernel/build
--records`. Each is a run of its own, and must be named at the very page or tag. The seed is all that
it takes to do the same again.
"""

import collections

from . import plants
from .base import LabError
from .image import PAGE

ANON = 1                # of page.mapping
COUNTER = 4
HALFWAY = 64            # more than may be on their way at once


class Records:
    """The page_ext of a dump."""

    def __init__(self, subject):
        self.kernel = kernel = subject.kernel
        self.size = kernel.u64(kernel.symbol("page_ext_size"))
        self.tag_at = kernel.u64(kernel.symbol("page_alloc_tagging_ops.offset"))
        self.check_at = kernel.u64(kernel.symbol("page_table_check_ops.offset"))
        self.first, self.last = kernel.symbol("__start_alloc_tags"), kernel.symbol("__stop_alloc_tags")
        self.free = [pfn for pfn, *_ in subject.pages.listed()]
        self.tags, self.mapped = {}, []
        for zone in kernel.zones:
            for pfn in range(zone.start, zone.start + zone.spanned):
                self.take(pfn)
        if not self.tags or not self.mapped or not self.free:
            raise LabError("no page has a tag, or none is mapped, or none is free")

    def section(self, pfn):
        """The biased address of its section's array."""
        kernel, size = self.kernel, self.kernel.layout.sizes["mem_section"]
        number = pfn >> 15      # x86-64: 128 MiB
        root = kernel.u64(kernel.u64(kernel.symbol("mem_section")) + 8 * (number // (PAGE // size)))
        return kernel.u64(root + number % (PAGE // size) * size +
                          kernel.offset("mem_section.page_ext"))

    def record(self, pfn):
        """The address of the record of a page."""
        return self.section(pfn) + pfn * self.size

    def take(self, pfn):
        """What the record of one page says."""
        try:
            raw = self.kernel.read(self.record(pfn), self.size)
        except LabError:
            return
        tag = int.from_bytes(raw[self.tag_at:self.tag_at + 8], "little")
        if self.first <= tag < self.last:
            self.tags[pfn] = tag
        anon = int.from_bytes(raw[self.check_at:self.check_at + COUNTER], "little")
        if anon == 1:
            self.mapped.append(pfn)


class Faults:
    """One kind each: what is written, the finding that must come of it, and the page or address."""

    def __init__(self, records, chance):
        self.records, self.kernel, self.chance = records, records.kernel, chance

    def tag_place(self, pfn):
        """Of a page's tag."""
        return self.records.record(pfn) + self.records.tag_at

    def tag_of(self):
        """A page that has one, and it."""
        return self.chance.choice(sorted(self.records.tags.items()))

    def tag_free(self):
        """A free page has the tag of an allocation."""
        pfn = self.chance.choice(self.records.free)
        return [(self.tag_place(pfn), self.tag_of()[1], 8)], "alloc-tag", pfn

    def tag_bit(self):
        """A bit of a tag's address is wrong."""
        pfn, tag = self.tag_of()
        return [(self.tag_place(pfn), tag ^ 1 << self.chance.randrange(64), 8)], "alloc-tag", pfn

    def tag_other(self):
        """It is the address of something else."""
        pfn, _ = self.tag_of()
        return [(self.tag_place(pfn), self.kernel.symbol("init_task"), 8)], "alloc-tag", pfn

    def tag_count(self):
        """A tag counts fewer allocations than it has."""
        most = collections.Counter(self.records.tags.values()).most_common(1)[0][0]
        counters = self.kernel.u64(most + self.kernel.offset("alloc_tag.counters"))
        at = counters + self.kernel.cpu_offsets()[0] + self.kernel.offset("alloc_tag_counters.calls")
        calls = self.kernel.u64(at) - (1 << self.chance.randrange(32, 63))
        return [(at, calls % (1 << 64), 8)], "alloc-tag", most

    def check_place(self, pfn, member):
        """Of one of the two counters."""
        return self.records.record(pfn) + self.records.check_at + \
            self.kernel.offset("page_table_check." + member)

    def check_free(self):
        """A free page counts an entry that maps it."""
        pfn = self.chance.choice(self.records.free)
        member = self.chance.choice(["anon_map_count", "file_map_count"])
        return [(self.check_place(pfn, member), 1, COUNTER)], "mapcount-recount", pfn

    def check_more(self):
        """A page counts more than there are."""
        pfn = self.chance.choice(self.records.mapped)
        return [(self.check_place(pfn, "anon_map_count"), 1 ^ 1 << self.chance.randrange(1, 32),
                 COUNTER)], "mapcount-recount", pfn

    def check_kind(self):
        """It counts entries of a file, and is of none."""
        pfn = self.chance.choice(self.records.mapped)
        return [(self.check_place(pfn, "file_map_count"), 1 << self.chance.randrange(32),
                 COUNTER)], "mapcount-recount", pfn


KINDS = ("tag_free", "tag_bit", "tag_other", "tag_count", "check_free", "check_more", "check_kind")


def is_at(one, name, place):
    """Is it that finding, of that page or at that address?"""
    if one["finding"] != name:
        return False
    if one.get("pfn") is None:
        return int(one["evidence"]["field_kaddr"], 16) == place
    return one["pfn"] <= place < one["pfn"] + one.get("count", 1)


def plant(subject, chance, table):
    """All kinds in one dump, so many times each."""
    faults = Faults(Records(subject), chance)
    for kind in KINDS:
        for _ in range(subject.args.count):
            writes, name, place = getattr(faults, kind)()
            writes = [(at, value.to_bytes(size, "little")) for at, value, size in writes]
            said = [one for one in plants.damaged(subject, writes, "tables,tags")
                    if one["severity"] != "note"]
            here = [one for one in said if is_at(one, name, place)]
            table[kind]["planted"] += 1
            table[kind]["found"] += bool(here)
            table[kind]["alone"] += bool(here) and here == said
            if not here:
                print(f"FAILED {subject.name} {kind}: {[one['finding'] for one in said]}")
            yield bool(here)


def take(args):
    """lab records"""
    return plants.take(args, plant, KINDS, ("planted", "found", "alone"))
