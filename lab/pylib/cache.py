# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to the page cache and the swap cache, written into a copy of a healthy dump.

One word of a file's array of pages, of a page in it, or of the file's count is changed, each in a
run of its own: it must be named by file, index and the very word, or by page and index. The seed is
all that it takes to do the same again.
"""

import dataclasses

from . import plants
from .base import LabError

DIRTY, WRITEBACK = 0, 1
MARKS = 3
NODE, INTERNAL = 4096, 2
SWAP_TYPE_SHIFT, SPACE_SLOTS = 58, 1 << 14
TABLE_PFN_BITS = (1 << 59) - 1


@dataclasses.dataclass(frozen=True)
class Entry:
    """A slot that leads to a page."""
    mapping: int            # its address_space; 0: a table of swap slots
    index: int
    node: int               # 0: the only page, without a node
    slot: int
    at: int                 # the slot's address
    page: int               # struct page
    swap: bool = False


@dataclasses.dataclass(frozen=True)
class Node:
    """One node of an array."""
    mapping: int
    at: int
    parent: int
    index: int
    shift: int
    words: tuple            # its slots
    leads: int              # the address of what leads to it


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a finding must name."""
    slugs: tuple
    mapping: int
    index: int
    kaddr: int = 0          # 0: any
    pfn: int = -1           # -1: any


class Cache:
    """The files of a dump with their pages."""

    def __init__(self, subject):
        self.kernel = subject.kernel
        self.offset = self.kernel.offset
        self.slots = self.kernel.layout.lengths["xa_node.slots"]
        self.entries, self.nodes, self.swap, self.files = [], [], [], []
        for mapping in self.mappings():
            self.take(mapping)
        self.take_swap()
        if not self.entries:
            raise LabError("no file has pages there")

    def ring(self, head, member):
        """The objects on a list."""
        return [link - self.offset(member) for link in self.kernel.chain(head)]

    def mappings(self):
        """The address_space of each inode that has pages, and whose lock is free."""
        for block in self.ring(self.kernel.symbol("super_blocks"), "super_block.s_list"):
            for inode in self.ring(block + self.offset("super_block.s_inodes"),
                                   "inode.i_sb_list"):
                mapping = inode + self.offset("inode.i_data")
                if self.kernel.u64(mapping + self.offset("address_space.nrpages")) and \
                        not self.kernel.u64(self.array(mapping)) & 0xff:
                    yield mapping

    def array(self, mapping):
        """Its xarray, which begins with the lock."""
        return mapping + self.offset("address_space.i_pages")

    def take(self, mapping, swap=False, first=0):
        """All entries and nodes of a file; swap: the first slot of an array of the swap cache."""
        at = self.array(mapping) + self.offset("xarray.xa_head")
        head = self.kernel.u64(at)
        into = self.swap if swap else self.entries
        if not swap:
            self.files.append(mapping)
        if head & 3 == INTERNAL and head > NODE:
            self.walk(mapping, head - INTERNAL, 0, first, at, into)
        elif head and not head & 3:
            into.append(Entry(mapping, first, 0, 0, at, head, swap))

    def walk(self, mapping, node, parent, index, leads, into):
        """A node and what is below it."""
        kernel, slots = self.kernel, node + self.offset("xa_node.slots")
        shift = kernel.read(node + self.offset("xa_node.shift"), 1)[0]
        raw = kernel.read(slots, 8 * self.slots)
        words = tuple(int.from_bytes(raw[8 * n:8 * n + 8], "little") for n in range(self.slots))
        self.nodes.append(Node(mapping, node, parent, index, shift, words, leads))
        for number, word in enumerate(words):
            here = index + (number << shift)
            if word & 3 == INTERNAL and word > NODE and shift:
                self.walk(mapping, word - INTERNAL, node, here, slots + 8 * number, into)
            elif word and not word & 3:
                into.append(Entry(mapping, here, node, number, slots + 8 * number, word,
                                  into is self.swap))

    def take_swap(self):
        """The swap cache: arrays up to 6.17, tables since."""
        kernel, lay = self.kernel, self.kernel.layout
        if "swapper_spaces" in lay.places:
            self.take_spaces()
        elif "swap_cluster_info.table" in lay.offsets:
            for area in range(lay.lengths["swap_info"]):
                info = kernel.u64(kernel.symbol("swap_info") + 8 * area)
                if info:
                    self.take_tables(info)

    def take_spaces(self):
        """Arrays of each area."""
        kernel = self.kernel
        for area in range(kernel.layout.lengths["swapper_spaces"]):
            spaces = kernel.u64(kernel.symbol("swapper_spaces") + 8 * area)
            count = kernel.u64(kernel.symbol("nr_swapper_spaces") + 4 * area) & 0xffffffff
            for number in range(count if spaces else 0):
                self.take(spaces + number * kernel.layout.sizes["address_space"], True)

    def take_tables(self, info):
        """Tables of each cluster."""
        kernel, lay = self.kernel, self.kernel.layout
        slots = lay.sizes["swap_table"] // 8
        clusters = kernel.u64(info + self.offset("swap_info_struct.cluster_info"))
        most = kernel.u64(info + self.offset("swap_info_struct.max")) & 0xffffffff
        for number in range((most + slots - 1) // slots if clusters else 0):
            cluster = clusters + number * lay.sizes["swap_cluster_info"]
            table = kernel.u64(cluster + self.offset("swap_cluster_info.table"))
            for slot in range(slots if table else 0):
                word = kernel.u64(table + 8 * slot)
                if word & 3 == 2:
                    page = kernel.struct_page((word & TABLE_PFN_BITS) >> 2)
                    self.swap.append(Entry(0, number * slots + slot, 0, slot, table + 8 * slot,
                                           page, True))

    def page_word(self, page, name):
        """A member of a struct page, and where it is."""
        at = page + self.offset(name)
        return self.kernel.u64(at), at

    @property
    def index_name(self):
        """Of the index in struct page: its name has changed."""
        return "page.index" if "page.index" in self.kernel.layout.offsets else \
            "page.__folio_index"

    def order(self, page):
        """Of the folio, where it is a large one."""
        head = 1 << self.kernel.layout.numbers["pageflags.PG_head"]
        return self.kernel.u64(page) & head


def put(at, word, size=8):
    """Bytes to be written."""
    return at, (word & (1 << 8 * size) - 1).to_bytes(size, "little")


class Faults:
    """Each method makes one kind: the writes, and what must be named. None: there is no place."""

    def __init__(self, cache, chance):
        self.cache, self.chance, self.kernel = cache, chance, cache.kernel

    def entry(self, swap=False):
        """One of all."""
        return self.chance.choice(self.cache.swap if swap else self.cache.entries)

    def node(self, fits=lambda node: True):
        """A node of a file."""
        mine = [node for node in self.cache.nodes if node.mapping in self.cache.files
                and fits(node)]
        return self.chance.choice(mine) if mine else None

    def pfn(self, page):
        """Of a struct page."""
        return self.kernel.pfn_of(page)

    def written(self, entry, word):
        """The slot of @entry holds something else."""
        return [put(entry.at, word)], \
            Wanted(("cache-entry", "cache-node"), entry.mapping, entry.index, entry.at)

    def entry_other(self):
        """The page of another file."""
        entry = self.entry()
        others = [one for one in self.cache.entries if one.mapping != entry.mapping]
        return self.written(entry, self.chance.choice(others).page)

    def entry_stranger(self):
        """A page of nobody known."""
        zone = max(self.kernel.zones, key=lambda one: one.spanned)
        known = {one.page for one in self.cache.entries}
        entry = self.entry()
        while True:
            page = self.kernel.struct_page(zone.start + self.chance.randrange(zone.spanned))
            if page not in known:
                return self.written(entry, page)

    def entry_bit(self):
        """One bit of the pointer."""
        entry = self.entry()
        return self.written(entry, entry.page ^ 1 << self.chance.randrange(2, 64))

    def entry_garbage(self):
        """Eight bytes of anything that is no value, which may be a shadow."""
        entry = self.entry()
        return self.written(entry, self.chance.getrandbits(64) & ~1)

    def entry_cleared(self):
        """The slot is empty."""
        entry = self.entry()
        return [put(entry.at, 0)], Wanted(("cache-page", "cache-entry", "cache-node"),
                                          entry.mapping, entry.index, entry.at)

    def entry_doubled(self):
        """An empty slot has the page of another one."""
        node = self.node(lambda node: not node.shift and 0 in node.words
                         and any(word and not word & 3 for word in node.words))
        if not node:
            return None
        slot = self.chance.choice([n for n, word in enumerate(node.words) if not word])
        page = self.chance.choice([word for word in node.words if word and not word & 3])
        at = node.at + self.cache.offset("xa_node.slots") + 8 * slot
        return self.written(Entry(node.mapping, node.index + slot, node.at, slot, at, page), page)

    def entry_exchanged(self):
        """Two slots of one node."""
        node = self.node(lambda node: not node.shift and
                         sum(bool(word) and not word & 3 for word in node.words) > 1)
        slots = [n for n, word in enumerate(node.words) if word and not word & 3]
        one, other = self.chance.sample(slots, 2)
        first = node.at + self.cache.offset("xa_node.slots")
        writes, wanted = self.written(
            Entry(node.mapping, node.index + one, node.at, one, first + 8 * one, 0),
            node.words[other])
        return writes + [put(first + 8 * other, node.words[one])], wanted

    def page_changed(self, name, change):
        """A word of a page."""
        entry = self.entry()
        word, at = self.cache.page_word(entry.page, name)
        return [put(at, change(word))], Wanted(("cache-page",), entry.mapping, entry.index, at,
                                               self.pfn(entry.page))

    def index_next(self):
        """page.index is that of the next page."""
        return self.page_changed(self.cache.index_name, lambda word: word + 1)

    def index_bit(self):
        """One bit of it."""
        return self.page_changed(self.cache.index_name,
                                 lambda word: word ^ 1 << self.chance.randrange(64))

    def mapping_other(self):
        """page.mapping is another file's."""
        entry = self.entry()
        other = self.chance.choice([one for one in self.cache.files if one != entry.mapping])
        _, at = self.cache.page_word(entry.page, "page.mapping")
        return [put(at, other)], Wanted(("cache-page",), entry.mapping, entry.index, at,
                                        self.pfn(entry.page))

    def mapping_bit(self):
        """One bit of it."""
        return self.page_changed("page.mapping", lambda word: word ^ 1 << self.chance.randrange(64))

    def mapping_anon(self):
        """It looks like one of anonymous memory."""
        return self.page_changed("page.mapping", lambda word: word | 1)

    def mapping_null(self):
        """It is lost."""
        return self.page_changed("page.mapping", lambda word: 0)

    def counted(self, change):
        """nrpages."""
        mapping = self.chance.choice(self.cache.files)
        at = mapping + self.cache.offset("address_space.nrpages")
        return [put(at, change(self.kernel.u64(at)))], Wanted(("cache-count",), mapping, 0, at)

    def nrpages_more(self):
        """One more."""
        return self.counted(lambda word: word + 1)

    def nrpages_less(self):
        """One less."""
        return self.counted(lambda word: word - 1)

    def nrpages_bit(self):
        """One bit."""
        return self.counted(lambda word: word ^ 1 << self.chance.randrange(64))

    def node_byte(self, name, fits=lambda node: True):
        """A byte of a node is another."""
        node = self.node(fits)
        if not node:
            return None
        at = node.at + self.cache.offset(name)
        old = self.kernel.read(at, 1)[0]
        return [put(at, old ^ 1 << self.chance.randrange(8), 1)], \
            Wanted(("cache-node",), node.mapping, node.index, at)

    def node_count(self):
        """Its slots in use."""
        return self.node_byte("xa_node.count")

    def node_values(self):
        """Those with values."""
        return self.node_byte("xa_node.nr_values")

    def node_offset(self):
        """The slot it is in."""
        return self.node_byte("xa_node.offset", lambda node: node.parent)

    def node_shift(self):
        """Its level."""
        return self.node_byte("xa_node.shift", lambda node: node.parent)

    def node_word(self, name):
        """A pointer of a node: one bit."""
        node = self.node(lambda node: node.parent)
        if not node:
            return None
        at = node.at + self.cache.offset(name)
        return [put(at, self.kernel.u64(at) ^ 1 << self.chance.randrange(64))], \
            Wanted(("cache-node",), node.mapping, node.index, at)

    def node_parent(self):
        """The node above."""
        return self.node_word("xa_node.parent")

    def node_array(self):
        """The array it is of."""
        return self.node_word("xa_node.array")

    def node_lost(self):
        """One bit of the pointer to it."""
        node = self.node()
        word = node.at + INTERNAL ^ 1 << self.chance.randrange(2, 64)
        return [put(node.leads, word)], Wanted(("cache-node",), node.mapping, node.index,
                                               node.leads)

    def marked(self, node, slot, mark):
        """A mark of a slot is the other one."""
        at = node.at + self.cache.offset("xa_node.marks") + 8 * mark
        return [put(at, self.kernel.u64(at) ^ 1 << slot)], at

    def mark_empty(self):
        """Of an empty slot."""
        node = self.node(lambda node: 0 in node.words)
        slot = self.chance.choice([n for n, word in enumerate(node.words) if not word])
        writes, at = self.marked(node, slot, self.chance.randrange(MARKS))
        return writes, Wanted(("cache-node",), node.mapping, node.index + (slot << node.shift), at)

    def mark_inner(self):
        """Of a slot with a node."""
        node = self.node(lambda node: node.shift)
        if not node:
            return None
        slot = self.chance.choice([n for n, word in enumerate(node.words)
                                   if word & 3 == INTERNAL and word > NODE] or [-1])
        if slot < 0:
            return None
        writes, at = self.marked(node, slot, self.chance.randrange(MARKS))
        return writes, Wanted(("cache-node",), node.mapping, node.index + (slot << node.shift), at)

    def mark_writeback(self):
        """Of a page: that it is written."""
        entry = self.chance.choice([one for one in self.cache.entries if one.node])
        at = entry.node + self.cache.offset("xa_node.marks") + 8 * WRITEBACK
        return [put(at, self.kernel.u64(at) ^ 1 << entry.slot)], \
            Wanted(("cache-tag",), entry.mapping, entry.index, 0, self.pfn(entry.page))

    def order_byte(self):
        """The order of a large folio."""
        large = [one for one in self.cache.entries if self.cache.order(one.page)]
        if not large:
            return None
        entry = self.chance.choice(large)
        at = entry.page + self.kernel.layout.sizes["page"]
        if "page.compound_order" in self.kernel.layout.offsets:
            at += self.cache.offset("page.compound_order")
        old = self.kernel.read(at, 1)[0]
        return [put(at, old ^ 1 << self.chance.randrange(3), 1)], \
            Wanted(("cache-entry",), entry.mapping, entry.index, 0, self.pfn(entry.page))

    def sibling_lost(self):
        """One slot of a large folio is empty."""
        nodes = [node for node in self.cache.nodes if node.mapping in self.cache.files and
                 any(self.sibling(word) for word in node.words)]
        if not nodes:
            return None
        node = self.chance.choice(nodes)
        slot = self.chance.choice([n for n, word in enumerate(node.words) if self.sibling(word)])
        first = node.words[slot] >> 2
        at = node.at + self.cache.offset("xa_node.slots") + 8 * slot
        return [put(at, 0)], Wanted(("cache-node", "cache-entry"), node.mapping,
                                    node.index + (first << node.shift))

    @staticmethod
    def sibling(word):
        """Whether a slot holds one."""
        return word & 3 == INTERNAL and word >> 2 < 64

    def refcount_cache(self):
        """The reference that the page cache has is dropped."""
        for _ in range(1000):
            entry = self.entry()
            refs, at = self.cache.page_word(entry.page, "page._refcount")
            maps, _ = self.cache.page_word(entry.page, "page._mapcount")
            if not self.cache.order(entry.page) and \
                    refs & 0xffffffff == 1 + (maps + 1 & 0xffffffff):
                return [put(at, refs - 1, 4)], Wanted(("cache-page",), entry.mapping, entry.index,
                                                      at, self.pfn(entry.page))
        return None

    def swap_other(self):
        """A slot of the swap cache has the page of a file."""
        if not self.cache.swap:
            return None
        slot, page = self.entry(True), self.entry().page
        return self.swapped(slot, page)

    def swap_exchanged(self):
        """... that of another slot."""
        if len(self.cache.swap) < 2:
            return None
        slot, other = self.chance.sample(self.cache.swap, 2)
        return self.swapped(slot, other.page) if slot.page != other.page else None

    def swapped(self, slot, page):
        """The slot has another page."""
        word = page
        if not slot.mapping:
            word = self.kernel.u64(slot.at) & ~TABLE_PFN_BITS | self.pfn(page) << 2 | 2
        return [put(slot.at, word)], Wanted(("cache-entry",), slot.mapping, -1, slot.at)

    def swap_cleared(self):
        """It is empty."""
        if not self.cache.swap:
            return None
        slot = self.entry(True)
        return [put(slot.at, 0)], Wanted(("cache-page",), slot.mapping, -1, slot.at,
                                         self.pfn(slot.page))

    def swap_private(self):
        """The page says another slot."""
        if not self.cache.swap:
            return None
        slot = self.entry(True)
        word, at = self.cache.page_word(slot.page, "page.private")
        return [put(at, word ^ 1 << self.chance.randrange(63))], \
            Wanted(("cache-entry",), slot.mapping, -1, slot.at)


HELPERS = ("entry", "node", "pfn", "written", "page_changed", "counted", "node_byte", "node_word",
           "marked", "sibling", "swapped")
KINDS = [name for name in vars(Faults) if name not in HELPERS and not name.startswith("_")]


def is_exact(finding, wanted):
    """Whether the finding names what was changed."""
    facts = finding["evidence"]
    return finding["finding"] in wanted.slugs and \
        int(facts.get("address_space", "0"), 16) == wanted.mapping and \
        (wanted.index < 0 or facts["index"] == wanted.index) and \
        (not wanted.kaddr or int(facts.get("field_kaddr", "0"), 16) == wanted.kaddr) and \
        (wanted.pfn < 0 or finding.get("pfn") == wanted.pfn)


def score(subject, kind, writes, wanted, table):
    """Whether it was named."""
    mine = [one for one in plants.damaged(subject, writes, "cache")
            if one["finding"].startswith("cache-") and one["severity"] != "note"]
    exact = [one for one in mine if is_exact(one, wanted)]
    table[kind]["planted"] += 1
    table[kind]["exact"] += bool(exact)
    table[kind]["noticed"] += bool(mine)
    table[kind]["corrupt"] += any(one["severity"] == "corrupt" for one in exact)
    if not exact:
        print(f"FAILED {subject.name} {kind} {wanted} writes "
              f"{[(hex(at), data.hex()) for at, data in writes]}")
    return bool(exact)


def plant(subject, chance, table):
    """All kinds in one dump, as far as it has a place for them."""
    faults = Faults(Cache(subject), chance)
    for kind in subject.args.kinds or KINDS:
        for _ in range(subject.args.count):
            made = getattr(faults, kind)()
            if made:
                yield score(subject, kind, *made, table)


def take(args):
    """lab cache"""
    return plants.take(args, plant, KINDS, ("planted", "exact", "noticed", "corrupt"))
