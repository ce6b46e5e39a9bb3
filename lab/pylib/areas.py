# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to what areas of kernel memory say of their pages, written into a copy of a healthy dump.

Each leads an area, a stack or a page directory to a page that is free or somebody else's, and must be
named at that page. The seed is all that it takes to do the same again.
"""

from . import plants
from .base import LabError
from .image import PAGE

VM_ALLOC = 2


class Areas:
    """The areas of vmalloc of a dump that have an array of pages, and its free pages."""

    def __init__(self, subject):
        self.kernel = subject.kernel
        self.all = [area for head in self.heads() for area in self.of_list(head)]
        self.free = [(pfn, order) for pfn, order, _, kind in subject.pages.listed()
                     if kind == "free head" and order < 9]
        self.tasks = self.processes()
        if not self.all or not self.free:
            raise LabError("no area of vmalloc, or nothing is free")

    def word(self, base, member):
        """A member of eight bytes."""
        return self.kernel.u64(base + self.kernel.offset(member))

    def heads(self):
        """Of the lists of areas: one, or since 6.9 several."""
        kernel = self.kernel
        if "vmap_nodes" not in kernel.layout.places:
            return [kernel.symbol("vmap_area_list")]
        count = int.from_bytes(kernel.read(kernel.symbol("nr_vmap_nodes"), 4), "little")
        nodes = kernel.u64(kernel.symbol("vmap_nodes"))
        return [nodes + number * kernel.layout.sizes["vmap_node"] +
                kernel.offset("vmap_node.busy.head") for number in range(count)]

    def of_list(self, head):
        """(struct vm_struct, address, array, number of pages)"""
        for link in self.kernel.chain(head):
            area = self.word(link - self.kernel.offset("vmap_area.list"), "vmap_area.vm")
            if area and self.word(area, "vm_struct.flags") & VM_ALLOC and \
                    self.word(area, "vm_struct.pages"):
                pages = int.from_bytes(self.kernel.read(
                    area + self.kernel.offset("vm_struct.nr_pages"), 4), "little")
                yield (area, self.word(area, "vm_struct.addr"),
                       self.word(area, "vm_struct.pages"), pages)

    def processes(self):
        """Those that have an address space of their own."""
        kernel = self.kernel
        offset = kernel.offset("task_struct.tasks")
        tasks = [link - offset for link in kernel.chain(kernel.symbol("init_task") + offset)]
        return [task for task in tasks if self.word(task, "task_struct.mm")]


class Faults:
    """One kind each; what is written, at which page it must be named, and how."""

    def __init__(self, areas, chance):
        self.areas, self.kernel, self.chance = areas, areas.kernel, chance

    def free_page(self):
        """Any page of a free block."""
        pfn, order = self.chance.choice(self.areas.free)
        return pfn + self.chance.randrange(1 << order)

    def place(self):
        """Of an entry of an array, and the address that it stands for."""
        _, addr, array, pages = self.chance.choice(self.areas.all)
        number = self.chance.randrange(pages)
        return array + 8 * number, addr + PAGE * number

    def direct(self, pfn):
        """Where the direct map has it."""
        return self.kernel.u64(self.kernel.symbol("page_offset_base")) + pfn * PAGE

    def array_free(self):
        """The array of an area has a free page."""
        pfn, (at, _) = self.free_page(), self.place()
        return [(at, self.kernel.struct_page(pfn))], pfn, "suspect"

    def array_twice(self):
        """It has a page of another area."""
        (at, _), (_, other) = self.place(), self.place()
        while self.kernel.phys(other) == self.kernel.phys(self.place()[1]):
            (at, _), (_, other) = self.place(), self.place()
        pfn = self.kernel.phys(other) // PAGE
        while self.kernel.u64(at) == self.kernel.struct_page(pfn):
            at, _ = self.place()
        return [(at, self.kernel.struct_page(pfn))], pfn, "suspect"

    def table_free(self):
        """The array has a free page, and so have the page tables: it was freed once too often."""
        while True:
            at, addr = self.place()
            entries, _ = self.kernel.entries(addr)
            if len(entries) == len(self.kernel.tables.indexes):
                break
        pfn = self.free_page()
        entry = int.from_bytes(self.kernel.read_phys(entries[-1], 8), "little")
        old = self.kernel.phys(addr) // PAGE
        entry += (pfn - old) * PAGE
        return [(at, self.kernel.struct_page(pfn)), (self.direct(0) + entries[-1], entry)], pfn, \
            "corrupt"

    def stack_free(self):
        """The stack of a task."""
        pfn, order = self.chance.choice([one for one in self.areas.free if one[1] >= 2])
        task = self.chance.choice(self.areas.tasks)
        return [(task + self.kernel.offset("task_struct.stack"), self.direct(pfn))], pfn, "corrupt"

    def directory_free(self):
        """The page directory of a process."""
        pfn = self.free_page()
        space = self.areas.word(self.chance.choice(self.areas.tasks), "task_struct.mm")
        return [(space + self.kernel.offset("mm_struct.pgd"), self.direct(pfn))], pfn, "corrupt"


KINDS = ("array_free", "array_twice", "table_free", "stack_free", "directory_free")


def plant(subject, chance, table):
    """All kinds in one dump."""
    faults = Faults(Areas(subject), chance)
    for kind in KINDS:
        for _ in range(subject.args.count):
            writes, pfn, wanted = getattr(faults, kind)()
            writes = [(at, value.to_bytes(8, "little")) for at, value in writes]
            found = [one["severity"] for one in plants.damaged(subject, writes, "areas")
                     if one["finding"] == "owner-conflict" and
                     one["pfn"] <= pfn < one["pfn"] + one.get("count", 1)]
            table[kind]["planted"] += 1
            table[kind]["found"] += wanted in found
            if wanted not in found:
                print(f"FAILED {subject.name} {kind}: {found}")
            yield wanted in found


def take(args):
    """lab areas"""
    return plants.take(args, plant, KINDS, ("planted", "found"))
