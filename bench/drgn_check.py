#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The cross-check of pgcons-dump as a script for drgn, in its main lines.

Free lists and per-CPU lists are walked: links, order, type, alignment, zone and
migratetype of each block, the counters. Then the struct pages of all sections
are read in bulk: each is told what it is and held against the lists, and, where
the kernel has the checker, against its two maps. It counts what it finds; it
names and explains nothing.

Usage: drgn_check.py VMCORE VMLINUX
"""

import struct
import sys
from array import array

from drgn import Program, offsetof
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.nodemask import for_each_online_node
from drgn.helpers.linux.percpu import per_cpu_ptr

PAGE = 4096
SECTION_BITS = 27
LINKS = struct.Struct("<QQ")
WORD = struct.Struct("<Q")


class Check:
    """One dump."""

    def __init__(self, vmcore, vmlinux):
        self.prog = prog = Program()
        prog.set_core_dump(vmcore)
        prog.load_debug_info([vmlinux], main=True)
        page = prog.type("struct page")
        self.size = page.size
        self.lru = offsetof(page, "lru")
        self.flags = offsetof(page, "flags") // 8
        # compound_head, or compound_info: with flags, at the front
        self.compound = 1
        # One word: _mapcount, the page type, below _refcount.
        self.counts = offsetof(page, "_mapcount") // 8
        self.private = offsetof(page, "private") // 8
        self.page = struct.Struct(f"<{self.size // 8}Q")
        self.bits = {name: self.flag(name) for name in (
            "PG_hwpoison", "PG_reported", "PG_reserved", "PG_head", "PG_lru",
            "PG_slab")}
        self.flag_mask = ((1 << self.number("__NR_PAGEFLAGS")) - 1) & \
            ~(self.bits["PG_hwpoison"] | self.bits["PG_reported"])
        self.is_buddy = self.buddy_test()
        self.find_zone_bits()
        self.nodes = [prog["node_data"][nid]
                      for nid in for_each_online_node(prog)]
        self.end = max(int(node.node_start_pfn + node.node_spanned_pages)
                       for node in self.nodes)
        self.memmap = 0
        self.usages = {}                    # by number of the section
        self.sections = list(self.find_sections())
        self.listed = bytearray(self.end + 1024)    # 1: inside, 2: head
        self.states = dict.fromkeys(("free", "tail", "reserved", "slab",
                                     "lru", "in use", "frozen, limbo"), 0)
        self.findings = self.mixed = 0
        self.last_head = None
        self.find_variants()

    def find_variants(self):
        """What some kernels have and others have not."""
        page = self.prog.type("struct page")
        # 7.2: a tail keeps a mask of addresses; not followed here.
        self.mask = any(member.name == "compound_info"
                        for member in page.members)
        usage = self.prog.type("struct mem_section_usage")
        self.usage_flags = offsetof(usage, "pageblock_flags")
        try:
            self.number("PB_migrate_isolate")
            self.usage_flags = 0        # eight bits a pageblock: not looked at
        except LookupError:
            pass

    def flag(self, name):
        """A page flag's mask, 0 where this kernel has it not."""
        try:
            return 1 << self.number(name)
        except LookupError:
            return 0

    def find_zone_bits(self):
        """The top of page.flags: node, then zone."""
        nodes = (len(self.prog["node_data"]) - 1).bit_length()
        zones = (self.number("__MAX_NR_ZONES") - 1).bit_length()
        self.zone_shift = 64 - nodes - zones
        self.zone_bits = zones

    def buddy_test(self):
        """Decides by the word with the page type."""
        try:
            byte = self.number("PGTY_buddy")
        except LookupError:
            return lambda word: word & 0xf0000080 == 0xf0000000
        return lambda word: word >> 24 & 0xff == byte

    def number(self, name):
        """An enumerator's value."""
        return self.prog.constant(name).value_()

    def find_sections(self):
        """The first pfn of each section that has struct pages."""
        prog = self.prog
        roots = prog["mem_section"]
        size = prog.type("struct mem_section").size
        at = offsetof(prog.type("struct mem_section"), "section_mem_map")
        usage = offsetof(prog.type("struct mem_section"), "usage")
        pages = 1 << (SECTION_BITS - 12)
        per_root = PAGE // size
        for root in range((self.end // pages) // per_root + 1):
            address = int(roots[root])
            if not address:
                continue
            raw = prog.read(address, PAGE)
            for i in range(per_root):
                word, = WORD.unpack_from(raw, i * size + at)
                if word & 2:            # SECTION_HAS_MEM_MAP
                    self.memmap = word & ~0xfff
                    self.usages[root * per_root + i], = WORD.unpack_from(
                        raw, i * size + usage)
                    yield (root * per_root + i) * pages

    def migratetype(self, pfn):
        """Of a pageblock (up to 6.16: four bits each)."""
        section, inside = divmod(pfn, 1 << (SECTION_BITS - 12))
        bit = (inside >> 9) * 4
        raw = self.prog.read(self.usages[section] + self.usage_flags +
                             bit // 64 * 8, 8)
        return WORD.unpack(raw)[0] >> bit % 64 & 7

    def check_block(self, pfn, fields, order, place, migratetype):
        """The head of a block on a list."""
        buddy = migratetype is not None
        if self.is_buddy(fields[self.counts] & 0xffffffff) != buddy or \
                buddy and fields[self.private] != order or \
                fields[self.flags] >> self.zone_shift != place or \
                pfn & ((1 << order) - 1):
            self.findings += 1
        if buddy and self.usage_flags and \
                self.migratetype(pfn) != migratetype:
            self.mixed += 1     # up to 6.8 that is so now and then

    def walk(self, head, order, place, migratetype=None):
        """A list of blocks; returns how many there are."""
        read, low = self.prog.read, self.memmap + self.lru
        links = self.lru // 8
        before, count = head, 0
        at, _ = LINKS.unpack(read(head, 16))
        while at != head:
            pfn, rest = divmod(at - low, self.size)
            if rest or not 0 <= pfn < self.end or self.listed[pfn]:
                self.findings += 1
                break
            fields = self.page.unpack(read(at - self.lru, self.size))
            if fields[links + 1] != before:
                self.findings += 1
                break
            self.check_block(pfn, fields, order, place, migratetype)
            self.listed[pfn:pfn + (1 << order)] = b"\2" + \
                b"\1" * ((1 << order) - 1)
            before, at = at, fields[links]
            count += 1
        return count

    def walk_zone(self, zone, place):
        """All its free lists, against its counters."""
        isolate = self.number("MIGRATE_ISOLATE")
        free = 0
        for order in range(len(zone.free_area)):
            area = zone.free_area[order]
            blocks = 0
            for migratetype, head in enumerate(area.free_list):
                found = self.walk(int(head.address_of_()), order, place,
                                  migratetype)
                blocks += found
                free += found << order if migratetype != isolate else 0
            if blocks != int(area.nr_free):
                self.findings += 1
        if not zone.managed_pages.counter:
            return
        item = self.number("NR_FREE_PAGES")
        counted = int(zone.vm_stat[item].counter)
        types = self.number("MIGRATE_PCPTYPES")
        for cpu in for_each_possible_cpu(self.prog):
            stats = per_cpu_ptr(zone.per_cpu_zonestats, cpu)
            counted += int(stats.vm_stat_diff[item])
            pcp = per_cpu_ptr(zone.per_cpu_pageset, cpu)
            pages = 0
            for i, head in enumerate(pcp.lists):
                order = min(i // types, 4)
                order = 9 if order == 4 else order
                pages += self.walk(int(head.address_of_()), order,
                                   place) << order
            if pages != int(pcp.count):
                self.findings += 1
        if counted != free:
            self.findings += 1

    def maps(self):
        """The checker's maps as arrays of words, and the pfn of bit 0."""
        try:
            state = self.prog.variable("pc_state", "mm/page_consistency.c")
        except LookupError:
            return None
        size = (int(state.db.nbits) + 63) // 64 * 8
        words = []
        for which in (0, 1):
            words.append(array("Q"))
            words[which].frombytes(
                self.prog.read(int(state.db.bitmap[which]), size))
        return words[0], words[1], int(state.min_pfn), int(state.db.nbits)

    def check_maps(self):
        """Complement; then no listed page may be set. Returns the bits set."""
        found = self.maps()
        if not found:
            return 0
        primary, secondary, first, nbits = found
        full = (1 << 64) - 1
        for a, b in zip(primary[:nbits // 64], secondary):
            if a ^ b != full:
                self.findings += (a ^ b ^ full).bit_count()
        total = 0
        for i, word in enumerate(primary):
            if not word:
                continue
            total += word.bit_count()
            at = first + i * 64
            for bit, listed in enumerate(self.listed[at:at + 64]):
                if listed and word >> bit & 1:
                    self.findings += 1
        return total

    def check_tail(self, pfn, compound):
        """A tail must lead to a head before it."""
        head, rest = divmod(compound - 1 - self.memmap, self.size)
        if rest or not 0 <= head < pfn:
            return False
        if head == self.last_head:
            return True
        raw = self.prog.read(self.memmap + head * self.size, self.size)
        self.last_head = head
        return bool(self.page.unpack(raw)[self.flags] & self.bits["PG_head"])

    def check_section(self, first, pages, raw):
        """Each struct page of a section; returns how many are wrong."""
        words, is_buddy = self.size // 8, self.is_buddy
        reserved, slab, lru = (self.bits[name] for name in (
            "PG_reserved", "PG_slab", "PG_lru"))
        states, found, place = dict.fromkeys(self.states, 0), 0, 0
        for pfn, listed, flags, compound, counts in zip(
                range(first, first + pages), self.listed[first:first + pages],
                raw[self.flags::words], raw[self.compound::words],
                raw[self.counts::words]):
            mapcount, refcount = counts & 0xffffffff, counts >> 32
            if listed:
                states["free"] += 1
                if listed == 2:
                    place = flags >> self.zone_shift
                if refcount or flags & self.flag_mask or \
                        place != flags >> self.zone_shift or \
                        listed == 1 and mapcount != 0xffffffff:
                    found += 1
                continue
            if mapcount != 0xffffffff and is_buddy(mapcount):
                found += 1
            if compound & 1:
                states["tail"] += 1
                if not self.mask and not self.check_tail(pfn, compound):
                    found += 1
            elif flags & reserved:
                states["reserved"] += 1
            elif flags & slab:
                states["slab"] += 1
            elif flags & lru:
                states["lru"] += 1
            elif refcount:
                states["in use"] += 1
            else:
                states["frozen, limbo"] += 1
            # Fewer references than mappings; page types look like many.
            if refcount >> 31 or refcount <= mapcount < 1 << 16 and \
                    not (compound & 1 or flags & slab):
                found += 1
        for name, number in states.items():
            self.states[name] += number
        return found

    def check_pages(self):
        """All sections."""
        pages = 1 << (SECTION_BITS - 12)
        for first in self.sections:
            raw = array("Q")
            raw.frombytes(self.prog.read(self.memmap + first * self.size,
                                         pages * self.size))
            self.findings += self.check_section(first, pages, raw)
        return pages * len(self.sections)

    def run(self):
        """Everything."""
        for node in self.nodes:
            for number, zone in enumerate(node.node_zones):
                if zone.initialized:
                    self.walk_zone(zone, int(node.node_id) << self.zone_bits |
                                   number)
        bits = self.check_maps()
        pages = self.check_pages()
        print(f"pages {pages} bits {bits} findings {self.findings} "
              f"mixed {self.mixed} {self.states}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: drgn_check.py VMCORE VMLINUX")
    Check(*sys.argv[1:]).run()
