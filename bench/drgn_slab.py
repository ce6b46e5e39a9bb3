#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The check of --verify=slab as a script for drgn, in its main lines.

Of each cache: the slabs on its nodes' partial lists and those that CPUs have, then all others, which
only the memmap tells of, as a full slab is on no list. Of each the list of free objects, decoded;
every one must be an object of the slab, be met once, and their number must be what the slab counts.
A slab's memory is read as a whole. It counts; it names and explains nothing.
For kernels with CPU slabs (to 6.19).

Usage: drgn_slab.py VMCORE VMLINUX
"""

import struct
import sys

from drgn import Program, cast
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import PageReserved, PageSlab, PageTail, for_each_page, page_to_virt
from drgn.helpers.linux.nodemask import for_each_online_node
from drgn.helpers.linux.percpu import per_cpu_ptr

WORD = struct.Struct("<Q")


class Check:
    """One dump."""

    def __init__(self, vmcore, vmlinux):
        self.prog = prog = Program()
        prog.set_core_dump(vmcore)
        prog.load_debug_info([vmlinux], main=True)
        self.nodes = list(for_each_online_node(prog))
        self.cpus = list(for_each_possible_cpu(prog))
        self.slabs = self.objects = self.wrong = 0
        self.met = set()

    def run(self):
        """All caches, and the slabs that none of them names."""
        caches = {}
        for cache in list_for_each_entry("struct kmem_cache", self.prog["slab_caches"].address_of_(),
                                         "list"):
            caches[int(cache)] = self.cache(cache)
        for page in for_each_page(self.prog):
            # What early boot gave back to nobody may have the flag, too.
            if PageSlab(page) and not PageTail(page) and not PageReserved(page) and \
                    int(page) not in self.met:
                slab = cast("struct slab *", page)
                facts = caches.get(int(slab.slab_cache))
                if facts:
                    self.slab(facts, slab, int(slab.freelist), not slab.frozen)
                else:
                    self.wrong += 1
        print(f"{self.slabs} slabs, {self.objects} free objects, {self.wrong} wrong")

    def cache(self, cache):
        """One: its partial slabs, and the CPUs'; what the check of a slab needs of it."""
        secret = int(getattr(cache, "random", 0))   # CONFIG_SLAB_FREELIST_HARDENED
        facts = (int(cache), int(cache.size), int(cache.offset), secret)
        for node in self.nodes:
            own = cache.node[node]
            if own:
                for slab in list_for_each_entry("struct slab", own.partial.address_of_(),
                                                "slab_list"):
                    self.slab(facts, slab, int(slab.freelist), True)
        for cpu in self.cpus:
            own = per_cpu_ptr(cache.cpu_slab, cpu)
            if own.slab:
                self.slab(facts, own.slab, int(own.freelist), False)
            slab = getattr(own, "partial", None)    # CONFIG_SLUB_CPU_PARTIAL
            while slab:
                self.slab(facts, slab, int(slab.freelist), True)
                slab = slab.next
        return facts

    def slab(self, facts, slab, at, counted):
        """One list of free objects."""
        cache, size, offset, secret = facts
        self.slabs += 1
        self.met.add(int(slab))
        if int(slab.slab_cache) != cache:
            self.wrong += 1
            return
        start = int(page_to_virt(cast("struct page *", slab)))
        objects, inuse = int(slab.objects), int(slab.inuse)
        memory = self.prog.read(start, objects * size)
        seen = set()
        while at:
            inside = at - start
            if inside % size or not 0 <= inside < objects * size or at in seen:
                self.wrong += 1
                return
            seen.add(at)
            place = at + offset
            stored = WORD.unpack_from(memory, inside + offset)[0]
            at = stored ^ secret ^ int.from_bytes(place.to_bytes(8, "little"), "big") \
                if secret else stored
        self.objects += len(seen)
        if counted and len(seen) != objects - inuse:
            self.wrong += 1


if __name__ == "__main__":
    Check(*sys.argv[1:3]).run()
