# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to the free objects of slabs, written into a copy of a healthy dump.

What a driver does wrong with an object of its own: it writes to one that it has freed, beyond the
end of the one before, frees one twice. Each is a run of its own, and must be named at the very
object. The seed is all that it takes to do the same again.
"""

import dataclasses

from . import plants
from .base import LabError
from .image import PAGE
from .objects import ALL_BITS

COUNTED = "the number of free objects"
POISON = b"\x6b"


def swab(value):
    """Its eight bytes the other way round."""
    return int.from_bytes(value.to_bytes(8, "little"), "big")


@dataclasses.dataclass(frozen=True)
class Slab:
    """One on a partial list, with its free objects in the order of its list."""
    cache: dict             # as the report has it
    offset: int             # of a free pointer in its object
    random: int             # 0: pointers are stored as they are
    page: int               # its struct page
    pfn: int
    free: tuple

    def stored(self, pointer, at):
        """What stands in the object at @at that leads to @pointer."""
        return pointer ^ self.random ^ swab(at + self.offset) if self.random else pointer


class Slabs:
    """Those of a dump that have at least three free objects."""

    def __init__(self, subject):
        self.kernel = subject.kernel
        self.caches = plants.analyse(subject, "slab")["slab_caches"]
        self.all = [slab for cache in self.caches for slab in self.of_cache(cache)]
        if not self.all:
            raise LabError("no slab with three free objects is on a list there")

    def offset(self, name):
        """Of a member."""
        return self.kernel.offset(name)

    def can(self, kind):
        """Whether this kernel has what a kind of damage is of."""
        if OF_CPUS.get(kind, "kmem_cache.offset") not in self.kernel.layout.offsets:
            return False
        if kind in OF_BARNS:
            return bool(self.full_sheaves())
        if self.is_debugged():      # nothing is kept for CPUs then
            return kind not in OF_CPUS
        return kind not in OF_ZONES

    def is_debugged(self):
        """It runs with slab_debug=: there is room before each object."""
        return self.kernel.u64(int(self.all[0].cache["kmem_cache"], 16) +
                               self.offset("kmem_cache.red_left_pad")) & 0xffffffff != 0

    def nodes(self, cache, what="node"):
        """The kmem_cache_node of each node; "barn": its node_barn (since 7.0)."""
        offsets, lengths = self.kernel.layout.offsets, self.kernel.layout.lengths
        spans = self.kernel.layout.spans
        for number in range(len(self.kernel.nodes())):
            if "kmem_cache.node" in offsets:
                place = offsets["kmem_cache.node"] + 8 * number
            else:
                stride = spans["kmem_cache.per_node"] // lengths["kmem_cache.per_node"]
                place = offsets["kmem_cache.per_node"] + stride * number + \
                    offsets[f"kmem_cache_per_node_ptrs.{what}"]
            found = self.kernel.u64(cache + place)
            if found:
                yield found

    def full_sheaves(self):
        """(barn, sheaf) of each that a node keeps."""
        if "kmem_cache_per_node_ptrs.barn" not in self.kernel.layout.offsets:
            return []
        return [(barn, link - self.offset("slab_sheaf.barn_list"))
                for cache in self.caches for barn in self.nodes(int(cache["kmem_cache"], 16), "barn")
                for link in self.kernel.chain(barn + self.offset("node_barn.sheaves_full"))]

    def bare(self, cache, page):
        """A slab of @cache, its free objects left out."""
        addr = int(cache["kmem_cache"], 16)
        secret = self.kernel.u64(addr + self.offset("kmem_cache.random")) \
            if "kmem_cache.random" in self.kernel.layout.offsets else 0
        return Slab(cache, self.kernel.u64(addr + self.offset("kmem_cache.offset")) & 0xffffffff,
                    secret, page, self.kernel.pfn_of(page), ())

    def of_cache(self, cache):
        """Its slabs."""
        for node in self.nodes(int(cache["kmem_cache"], 16)):
            for link in self.kernel.chain(node + self.offset("kmem_cache_node.partial")):
                slab = self.bare(cache, link - self.offset("slab.slab_list"))
                first = self.kernel.u64(slab.page + self.offset("slab.freelist"))
                free = tuple(self.chain(slab, first))
                if len(free) > 2:
                    yield dataclasses.replace(slab, free=free)

    def chain(self, slab, at):
        """The objects of a list that begins with @at."""
        while at:
            yield at
            at = slab.stored(self.kernel.u64(at + slab.offset), at)


class Faults:
    """Each method makes one kind: the writes, and the object that must be named (0: none)."""

    def __init__(self, slabs, chance):
        self.slabs, self.chance = slabs, chance
        self.slab, self.number, self.at = None, 0, 0

    def pick(self):
        """A slab, and a free object of it that is neither the first nor the last."""
        self.slab = self.chance.choice(self.slabs.all)
        self.number = self.chance.randrange(1, len(self.slab.free) - 1)
        self.at = self.slab.free[self.number]

    def link(self, pointer):
        """The object leads to @pointer."""
        stored = self.slab.stored(pointer, self.at)
        return [(self.at + self.slab.offset, stored.to_bytes(8, "little"))], self.at

    def raw(self, data):
        """These bytes over its pointer."""
        return [(self.at + self.slab.offset, data)], self.at

    def link_bit(self):
        """One bit; where that is another free object, only their number is wrong."""
        wrong = self.slab.free[self.number + 1] ^ 1 << self.chance.randrange(64)
        writes, wanted = self.link(wrong)
        return writes, 0 if wrong in self.slab.free[self.number + 1:] else wanted

    def link_garbage(self):
        """Eight bytes of anything."""
        return self.raw(self.chance.randbytes(8))

    def link_text(self):
        """A string written after the free."""
        return self.raw(b"eth0:up\0")

    def link_pointer(self):
        """A list_head of a stale user."""
        return self.raw(self.slab.page.to_bytes(8, "little"))

    def link_counter(self):
        """A stale user counts."""
        data = self.slabs.kernel.u64(self.at + self.slab.offset) + 1 & ALL_BITS
        return self.raw(data.to_bytes(8, "little"))

    def link_low_byte(self):
        """One byte is cleared."""
        data = self.slabs.kernel.read(self.at + self.slab.offset, 8)
        return self.raw(bytes([data[0] ^ 0x55]) + data[1:])

    def freed_twice(self):
        """At once: it leads to itself."""
        return self.link(self.at)

    def freed_again(self):
        """Later: it leads to one that the list had before."""
        return self.link(self.slab.free[self.chance.randrange(self.number)])

    def freed_elsewhere(self):
        """It leads into another slab."""
        other = self.chance.choice([one for one in self.slabs.all if one is not self.slab])
        return self.link(other.free[0])

    def freed_inside(self):
        """A pointer into an object was freed."""
        return self.link(self.slab.free[self.number + 1] + 1)

    def cut(self):
        """It leads nowhere."""
        writes, _ = self.link(0)
        return writes, 0

    def skipped(self):
        """It leads to the one behind the next."""
        after = (*self.slab.free, 0)[self.number + 2]
        writes, _ = self.link(after)
        return writes, 0

    def overflow(self):
        """The object before it is written beyond its end."""
        return [(self.at, POISON * (self.slab.offset + 8))], self.at

    def poisoned(self):
        """The whole object is."""
        return [(self.at, POISON * self.slab.cache["size"])], self.at

    def zeroed(self):
        """Cleared after the free: where pointers are not hardened the list ends there."""
        return [(self.at, bytes(self.slab.cache["size"]))], self.at if self.slab.random else 0

    def first_bit(self):
        """One bit of slab.freelist."""
        first = self.slab.free[0] ^ 1 << self.chance.randrange(64)
        return [(self.slab.page + self.slabs.offset("slab.freelist"),
                 first.to_bytes(8, "little"))], 0

    def first_gone(self):
        """slab.freelist is the second: one is lost."""
        return [(self.slab.page + self.slabs.offset("slab.freelist"),
                 self.slab.free[1].to_bytes(8, "little"))], 0

    def one_more(self):
        """The slab counts one more in use."""
        place = self.slab.page + self.slabs.offset("slab.counters")
        word = self.slabs.kernel.u64(place) + 1
        return [(place, word.to_bytes(8, "little"))], 0


    def cpu_words(self, cache, name):
        """The per-CPU struct that the cache's member points to, of each CPU."""
        kernel = self.slabs.kernel
        base = kernel.u64(int(cache["kmem_cache"], 16) + self.slabs.offset(name))
        return [base + offset & ALL_BITS for offset in kernel.cpu_offsets()]

    def cpu_objects(self):
        """(slab, its objects in the order of the list) of each CPU's own lists."""
        kernel, offset, found = self.slabs.kernel, self.slabs.offset, []
        for cache in self.slabs.caches:
            for own in self.cpu_words(cache, "kmem_cache.cpu_slab"):
                page = kernel.u64(own + offset("kmem_cache_cpu.slab"))
                first = kernel.u64(own + offset("kmem_cache_cpu.freelist"))
                if page and first:
                    slab = self.slabs.bare(cache, page)
                    objects = tuple(self.slabs.chain(slab, first))
                    if len(objects) > 2:
                        found.append(dataclasses.replace(slab, free=objects))
        return found

    def cpu_link(self):
        """A link in the list that a CPU has of its slab (up to 6.19)."""
        self.slab = self.chance.choice(self.cpu_objects())
        self.number = self.chance.randrange(1, len(self.slab.free) - 1)
        self.at = self.slab.free[self.number]
        return self.link_garbage()

    def sheaves(self):
        """The address of each entry in use but the last, of all CPUs' main sheaves (since 7.0)."""
        kernel, offset, found = self.slabs.kernel, self.slabs.offset, []
        for cache in self.slabs.caches:
            for own in self.cpu_words(cache, "kmem_cache.cpu_sheaves"):
                sheaf = kernel.u64(own + offset("slub_percpu_sheaves.main"))
                size = kernel.u64(sheaf + offset("slab_sheaf.size")) & 0xffffffff
                if size > 3:
                    found.append([sheaf + offset("slab_sheaf.objects") + 8 * number
                                  for number in range(size - 1)])
        return found

    def sheaf_garbage(self):
        """An entry of a CPU's sheaf is overwritten."""
        self.at = self.chance.choice(self.chance.choice(self.sheaves()))
        self.slab = None
        return [(self.at, self.chance.randbytes(8))], self.at

    def sheaf_twice(self):
        """An object was freed twice: two entries have it."""
        entries = self.chance.choice(self.sheaves())
        one, self.at = sorted(self.chance.sample(entries, 2))
        self.slab = None
        return [(self.at, self.slabs.kernel.read(one, 8))], self.at

    def sheaf_of_node(self):
        """A full one that a node keeps."""
        self.slab = None
        return self.chance.choice(self.slabs.full_sheaves())

    def barn_garbage(self):
        """An entry of a node's full sheaf is overwritten."""
        _, sheaf = self.sheaf_of_node()
        number = self.chance.randrange(self.slabs.kernel.u64(
            sheaf + self.slabs.offset("slab_sheaf.size")) & 0xffffffff)
        self.at = sheaf + self.slabs.offset("slab_sheaf.objects") + 8 * number
        return [(self.at, self.chance.randbytes(8))], self.at

    def barn_link(self):
        """The pointer to the next full sheaf: one bit."""
        _, sheaf = self.sheaf_of_node()
        self.at = sheaf + self.slabs.offset("slab_sheaf.barn_list")
        wrong = self.slabs.kernel.u64(self.at) ^ 1 << self.chance.randrange(64)
        return [(self.at, wrong.to_bytes(8, "little"))], self.at

    def barn_count(self):
        """The node counts one more."""
        barn, _ = self.sheaf_of_node()
        self.at = barn + self.slabs.offset("node_barn.nr_full")
        count = (self.slabs.kernel.u64(self.at) & 0xffffffff) + 1
        return [(self.at, count.to_bytes(4, "little"))], self.at

    def member(self, name):
        """A member of four bytes of the slab's cache."""
        addr = int(self.slab.cache["kmem_cache"], 16) + self.slabs.offset(name)
        return self.slabs.kernel.u64(addr) & 0xffffffff

    def zone_before(self):
        """Written before the start of the object."""
        pad = self.member("kmem_cache.red_left_pad")
        self.at = self.chance.choice(self.slab.free)
        return [(self.at - self.chance.randrange(1, pad + 1), b"A")], self.at

    def zone_behind(self):
        """Written beyond its end."""
        self.at = self.chance.choice(self.slab.free)
        size, end = self.member("kmem_cache.object_size"), self.member("kmem_cache.inuse")
        return [(self.at + self.chance.randrange(size, end), b"\0")], self.at

    def zone_in_use(self):
        """The same of an object in use."""
        kernel = self.slabs.kernel
        while len(self.slab.free) == self.objects():    # all are free
            self.pick()
        start = kernel.u64(kernel.symbol("page_offset_base")) + self.slab.pfn * PAGE + \
            self.member("kmem_cache.red_left_pad")
        used = [start + number * self.slab.cache["size"] for number in range(self.objects())]
        self.at = self.chance.choice([at for at in used if at not in self.slab.free])
        size, end = self.member("kmem_cache.object_size"), self.member("kmem_cache.inuse")
        return [(self.at + self.chance.randrange(size, end), b"\xbb")], self.at

    def zone_full(self):
        """The same in a slab that has no free object."""
        full = []
        for cache in self.slabs.caches:
            for node in self.slabs.nodes(int(cache["kmem_cache"], 16)):
                full += [(cache, link - self.slabs.offset("slab.slab_list")) for link in
                         self.slabs.kernel.chain(node + self.slabs.offset("kmem_cache_node.full"))]
        self.slab = self.slabs.bare(*self.chance.choice(full))
        return self.zone_in_use()

    def objects(self):
        """That the slab has."""
        return self.slabs.kernel.u64(self.slab.page + self.slabs.offset("slab.counters")) \
            >> 16 & 0x7fff

    def free_changed(self):
        """A byte of a free object, where those are poisoned."""
        self.slab = self.chance.choice([
            one for one in self.slabs.all if self.slabs.kernel.read(one.free[0], 1) == POISON])
        self.at = self.chance.choice(self.slab.free)
        size = self.member("kmem_cache.object_size")
        return [(self.at + self.chance.randrange(size), b"\x6a")], self.at


OF_CPUS = {"cpu_link": "kmem_cache.cpu_slab", "sheaf_garbage": "kmem_cache.cpu_sheaves",
           "sheaf_twice": "kmem_cache.cpu_sheaves"}
OF_BARNS = ("barn_garbage", "barn_link", "barn_count")
OF_ZONES = ("zone_before", "zone_behind", "zone_in_use", "zone_full", "free_changed")
HELPERS = ("pick", "link", "raw", "cpu_words", "cpu_objects", "sheaves", "sheaf_of_node",
           "member", "objects")
KINDS = [name for name in vars(Faults) if name not in HELPERS and not name.startswith("_")]


def score(subject, slab, writes, wanted):
    """Found at the very object; in the slab; with which severities."""
    mine = [one for one in plants.damaged(subject, writes, "slab")
            if one["finding"] in ("slab-freelist", "slab-object")
            and one.get("pfn") == (slab.pfn if slab else None) and one["severity"] != "note"]
    key = "object" if slab else "field_kaddr"
    exact = [one for one in mine
             if not wanted or int(one["evidence"].get(key, "0"), 16) == wanted]
    return exact, mine


def plant(subject, chance, table):
    """All kinds in one dump."""
    slabs = Slabs(subject)
    faults = Faults(slabs, chance)
    for kind in filter(slabs.can, KINDS):
        for _ in range(subject.args.count):
            faults.pick()
            writes, wanted = getattr(faults, kind)()
            exact, mine = score(subject, faults.slab, writes, wanted)
            table[kind]["planted"] += 1
            table[kind]["exact"] += bool(exact)
            table[kind]["in the slab"] += bool(mine)
            table[kind]["corrupt"] += any(one["severity"] == "corrupt" for one in mine)
            if not exact:
                print(f"FAILED {subject.name} {kind} object {faults.at:#x}")
            yield bool(exact)


def take(args):
    """lab slabs"""
    return plants.take(args, plant, KINDS, ("planted", "exact", "in the slab", "corrupt"))
