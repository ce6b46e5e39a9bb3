# SPDX-License-Identifier: GPL-2.0-or-later
"""Random flips of what is not the memmap: both bitmaps, the records of zones, nodes and per-CPU
lists, and the page tables that lead to the memmap."""

import collections
import functools
import re

from .base import LabError, run as run_program
from .flips_damage import Damage, flipped
from .image import PAGE
from .pageclass import CLASSES

MEMBER = re.compile(r"^\t(?!\t).*?(\w+)(?:\[\d+\])*(?:\s+__attribute__.*?)?;"
                    r"\s*/\*\s+(\d+)\s+(\d+) \*/")
LEVELS = ("PTE", "PMD", "PUD", "P4D", "PGD")
# arch/x86/include/asm/pgtable_types.h; what a bit of a kernel entry does.
PTE_BITS = {0: "present", 1: "rw", 2: "user", 3: "pwt", 4: "pcd", 5: "accessed", 6: "dirty",
            7: "pse", 8: "global", 63: "nx"}
PTE_DEAD = {"accessed": "the processor sets it; nobody looks at it in the kernel's own tables",
            "dirty": "the processor sets it; nobody looks at it in the kernel's own tables",
            "software": "no use of it in the kernel's own tables",
            "key": "protection keys are of user pages"}
# The same where it leads to another table.
TABLE_DEAD = {"user": "user space needs the bit in each entry on the way, and the last has it not",
              "global": "the processor reads it in the last entry only"}
ZONELISTS = 2           # fallback and this node only, with CONFIG_NUMA
APART = 256             # bits between two of a map that share a run
ADDRESS_BITS = 46       # of the processors that the lab has; above them bits are reserved


class Area:
    """Flips that each have a run of their own, unless they say what they have to do with."""
    name = None
    kinds = ()
    together = 1
    remarks = ()

    def __init__(self, subject):
        self.subject, self.kernel = subject, subject.kernel

    def population(self):
        """What the kinds weigh."""
        raise NotImplementedError

    def draw(self, kind, chance):
        """A flip of a kind."""
        raise NotImplementedError

    def batches(self, wanted, size, chance):
        """Lists of flips, as many of each kind as wanted."""
        population, batch, taken = self.population(), [], set()
        for kind in (kind for kind in self.kinds if population[kind]):
            found = 0
            while found < wanted:
                one = self.draw(kind, chance)
                found += one is not None
                if batch and (one is None or one.claim & taken or
                              len(batch) == min(size, self.together)):
                    yield batch
                    batch, taken = [], set()
                if one:
                    batch.append(one)
                    taken |= one.claim
        if batch:
            yield batch

    def write(self, paddr, bit):
        """The write that flips a bit of the byte there, or None: it has no place in the file."""
        offset = self.subject.offset(paddr)
        if offset is None:
            return None
        return offset, flipped(self.subject.image.data[offset:offset + 1], bit)


class Bitmaps(Area):
    """Of the checker's, by the class of the page that a bit stands for."""
    name = "bitmaps"
    kinds = CLASSES
    together = 16

    def __init__(self, subject):
        super().__init__(subject)
        kernel = self.kernel
        try:
            self.maps = [kernel.u64(kernel.symbol(f"pc_state.db.bitmap[{number}]"))
                         for number in (0, 1)]
            self.first = kernel.u64(kernel.symbol("pc_state.min_pfn"))
            self.count = int.from_bytes(kernel.read(kernel.symbol("pc_state.db.nbits"), 4),
                                        "little")
        except LabError:
            self.maps, self.first, self.count = [], 0, 0
        self.by_class = collections.defaultdict(list)
        for page in subject.pages.pages.values():
            if self.first <= page.pfn < self.first + self.count:
                self.by_class[page.kind].append(page.pfn)

    def population(self):
        return collections.Counter({kind: len(pfns) for kind, pfns in self.by_class.items()})

    def draw(self, kind, chance):
        page = self.subject.pages.pages[chance.choice(self.by_class[kind])]
        which, bit = chance.randrange(2), page.pfn - self.first
        write = self.write(self.kernel.phys(self.maps[which] + bit // 8), bit % 8)
        return write and Damage(
            self.name, "bit", kind, ("primary", "secondary")[which], {"pfn": page.pfn}, [write],
            claim=frozenset({bit // APART - 1, bit // APART, bit // APART + 1}), pfns=frozenset((page.pfn,)), heads=frozenset((page.head,)))


class Record:
    """One struct zone, per_cpu_pages or pglist_data."""

    def __init__(self, addr, names, members):
        self.addr, self.names, self.members = addr, names, members


class Records(Area):
    """Bytes of zones, per-CPU lists and nodes, by member; those that nobody reads are left out."""
    name = "records"
    kinds = ("zone", "per_cpu_pages", "pglist_data")

    def __init__(self, subject):
        super().__init__(subject)
        kernel, self.left_out = self.kernel, collections.Counter()
        self.records = collections.defaultdict(list)
        for zone in kernel.zones:
            names = {"node": zone.node, "zone": zone.name}
            self.add("zone", zone.addr, names)
            for cpu, pcp in enumerate(kernel.pcps(zone)):
                self.add("per_cpu_pages", pcp, {**names, "cpu": cpu})
        for node, pgdat in kernel.nodes():
            self.add("pglist_data", pgdat, {"node": node})
        self.remarks = [f"left out as dead: {count} bytes of {kind}: {why}"
                        for (kind, why), count in self.left_out.most_common()]

    def add(self, kind, addr, names):
        """One of them."""
        members = self.members(kind)
        live = []
        for at, member in members:
            why = self.why_dead(addr, members, at, member)
            if why:
                self.left_out[kind, why] += 1
            else:
                live.append((at, member))
        self.records[kind].append(Record(addr, names, live))

    @functools.cache
    def members(self, kind):
        """(offset, member) of each byte of a struct, without the zones in a node."""
        text = run_program(["pahole", "-C", kind, self.subject.vmlinux], "the members")
        found = {}
        for line in text.decode().splitlines():
            match = MEMBER.match(line)
            if match:
                start, size = int(match[2]), int(match[3])
                found.update({at: match[1] for at in range(start, start + size)})
        size = self.kernel.layout.sizes[kind]
        return [(at, found.get(at, "padding")) for at in range(size)
                if found.get(at) != "node_zones"]

    def population(self):
        return collections.Counter({kind: sum(len(one.members) for one in records)
                                    for kind, records in self.records.items()})

    def why_dead(self, addr, members, at, member):
        """The reason, or None."""
        if member == "padding":
            return "no member is there"
        if member == "__lruvec" and "page.memcg_data" in self.kernel.layout.offsets:
            return "the root memcg's lruvecs are in use (mem_cgroup_lruvec()), not the node's"
        if member == "node_zonelists":
            places = [place for place, name in members if name == member]
            inside = (at - places[0]) % (len(places) // ZONELISTS)
            if inside > self.zonelist_end(addr + at - inside):
                return "behind the entry that ends the zonelist"
        return None

    @functools.cache
    def zonelist_end(self, start):
        """The last byte of a zonelist that is read: of the pointer that is none."""
        end = start
        while self.kernel.u64(end):
            end += 16
        return end + 7 - start

    def draw(self, kind, chance):
        record = chance.choice(self.records[kind])
        at, member = chance.choice(record.members)
        bit = chance.randrange(8)
        write = self.write(self.kernel.phys(record.addr + at), bit)
        return write and Damage(
            self.name, "bit", kind, f"{kind}.{member}",
            {**record.names, "offset": at, "bit": bit}, [write], record=record.names)


class Tables(Area):
    """Entries of the page tables that lead to the memmap."""
    name = "tables"
    kinds = LEVELS

    def __init__(self, subject):
        super().__init__(subject)
        self.entries = collections.defaultdict(set)
        for pfn in subject.pages.pages:
            if pfn % (PAGE // 64):
                continue
            found, _ = self.kernel.entries(self.kernel.struct_page(pfn))
            for number, place in enumerate(found):
                level = len(self.kernel.tables.indexes) - 1 - number
                name = "PGD" if number == 0 else LEVELS[level]
                self.entries[name].add(place)
        self.entries = {name: sorted(places) for name, places in self.entries.items()}

    def population(self):
        return collections.Counter({name: len(places) for name, places in self.entries.items()})

    @staticmethod
    def bit_name(bit, is_leaf, level):
        """What it does."""
        if bit in PTE_BITS:
            return PTE_BITS[bit]
        if 9 <= bit <= 11 or 52 <= bit <= 58:
            return "software"
        if 59 <= bit <= 62:
            return "key"
        if bit >= ADDRESS_BITS:
            return "reserved"
        if is_leaf and level == "PMD" and 12 <= bit < 21:
            return "pat" if bit == 12 else "reserved"
        return "address"

    def draw(self, kind, chance):
        place, bit = chance.choice(self.entries[kind]), chance.randrange(64)
        entry = int.from_bytes(self.kernel.read_phys(place, 8), "little")
        is_leaf = kind == "PTE" or entry & 0x80
        field = self.bit_name(bit, is_leaf, kind)
        dead = PTE_DEAD.get(field)
        if field in TABLE_DEAD and not is_leaf:
            dead = TABLE_DEAD[field]
        write = self.write(place + bit // 8, bit % 8)
        return write and Damage(self.name, "bit", kind, field,
                                {"paddr": hex(place), "bit": bit}, [write],
                                dead, names=("table-", "page-table"))
