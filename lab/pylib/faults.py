# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that are made in a healthy dump, where no module can plant them: a truth for each.

Victims are found by the dump's own lists, flags and page tables (objects.py, pageclass.py).
"""

import functools
import random

from .base import LabError
from .pageclass import Pages

# What else must be said where a list does not lead to its end.
UNREACHED = ["list-linkage", "nr-free-count", "zone-counter", "buddy-not-listed", "limbo-excess"]
PCP_UNREACHED = ["list-linkage", "pcp-count", "limbo-excess", "zone-counter"]
LRU_UNREACHED = ["lru-linkage", "lru-count", "lru-membership", "page-state"]
PAGE_BYTES = 64
TAIL_MAPPING = 0xdead000000000400


class Faults:
    """Damage to a healthy dump, one method each: a truth, without its name."""

    def __init__(self, kernel, seed, pages=None):
        self.kernel = kernel
        self.chance = random.Random(seed)
        if pages:
            self.pages = pages

    @functools.cached_property
    def pages(self):
        """What each page is; of pages of 4 KiB only."""
        return Pages(self.kernel)

    def truth(self, finding, writes, also=(), **where):
        """What all have in common. writes: (address, size, new)."""
        kernel, out = self.kernel, []
        for addr, size, new in writes:
            old = int.from_bytes(kernel.read(addr, size), "little")
            if old == new:
                raise LabError("a recipe that changes nothing")
            out.append([hex(kernel.phys(addr)), size, hex(old), hex(new)])
        return {"pfn": where.get("pfn"), "expect": [{"finding": finding, **where}],
                "also": list(also), "detail": {}, "writes": out}

    def block(self):
        """A block in the middle of a list: its zone, order, the links, and which of them."""
        zone, order, links = self.chance.choice(
            [(zone, order, links) for zone in self.kernel.zones
             for _, order, links in self.kernel.lists(zone) if len(links) > 4])
        return zone, order, links, self.chance.randrange(2, len(links) - 2)

    def pcp_link(self):
        """The same of a per-CPU list: its links, and which of them."""
        found = [links for zone in self.kernel.zones for _, links in self.kernel.pcp_lists(zone)
                 if len(links) > 4]
        if not found:
            raise LabError("no per-CPU list is long enough")
        links = self.chance.choice(found)
        return links, self.chance.randrange(2, len(links) - 2)

    def field(self, pfn, name):
        """The address of a member of a page."""
        return self.kernel.struct_page(pfn) + self.kernel.offset(name)

    def member(self, name):
        """The address of a member of a listed page, and its pfn."""
        _, _, links, at = self.block()
        pfn = self.kernel.pfn_of(links[at])
        return self.field(pfn, name), pfn

    def pcp_member(self, name):
        """The same of a page on a per-CPU list."""
        links, at = self.pcp_link()
        pfn = self.kernel.pfn_of(links[at])
        return self.field(pfn, name), pfn

    def page_of(self, *kinds):
        """A page of one of these classes."""
        found = [page for page in self.pages.pages.values() if page.kind in kinds]
        if not found:
            raise LabError(f"no page of the class {kinds[0]}")
        return self.chance.choice(found)

    def flag(self, name):
        """The bit of a page flag."""
        return 1 << self.kernel.layout.enums["pageflags"][name]

    def flipped(self, addr, bits):
        """A write that flips these bits of a word."""
        return addr, 8, self.kernel.u64(addr) ^ bits

    def other_zone(self, pfn):
        """The bits of page.flags that differ between this page's zone and another one."""
        own = self.kernel.zone_of(pfn)
        low = (1 << 32) - 1
        for zone in self.kernel.zones:
            if zone != own:
                first, second = (self.kernel.u64(self.field(one, "page.flags")) & ~low
                                 for one in (own.start + own.spanned - 1, zone.start))
                if first != second:
                    return first ^ second
        raise LabError("no other zone")

    def buddy_type(self):
        """What free blocks have in page._mapcount."""
        addr, _ = self.member("page._mapcount")
        return int.from_bytes(self.kernel.read(addr, 4), "little")

    # Free blocks

    def refcount_free(self):
        """A reference to a page of a free list."""
        addr, pfn = self.member("page._refcount")
        return self.truth("listed-refcount", [(addr, 4, 1)], ["free-in-use"], pfn=pfn)

    def wrong_order(self):
        """Of a free block."""
        addr, pfn = self.member("page.private")
        return self.truth("order-mismatch", [self.flipped(addr, 4)], pfn=pfn)

    def order_absurd(self):
        """An order that no block has."""
        addr, pfn = self.member("page.private")
        return self.truth("order-mismatch", [(addr, 8, 1 << 40 | 3)], pfn=pfn)

    def buddy_type_cleared(self):
        """Of a listed block."""
        addr, pfn = self.member("page._mapcount")
        return self.truth("listed-not-buddy", [(addr, 4, 0xffffffff)], pfn=pfn)

    def reserved_free(self):
        """PG_reserved on a free page."""
        addr, pfn = self.member("page.flags")
        bit = self.kernel.layout.numbers["pageflags.PG_reserved"]
        return self.truth("listed-flags", [(addr, 8, self.kernel.u64(addr) | 1 << bit)], pfn=pfn)

    def lru_free(self):
        """PG_lru on a free page."""
        addr, pfn = self.member("page.flags")
        return self.truth("listed-flags", [self.flipped(addr, self.flag("PG_lru"))], pfn=pfn)

    def locked_free(self):
        """PG_locked on a free page."""
        addr, pfn = self.member("page.flags")
        return self.truth("listed-flags", [self.flipped(addr, self.flag("PG_locked"))], pfn=pfn)

    def zone_free(self):
        """A free page of another zone."""
        addr, pfn = self.member("page.flags")
        return self.truth("listed-wrong-zone", [self.flipped(addr, self.other_zone(pfn))],
                          ["page-misplaced"], pfn=pfn)

    def mapping_free(self):
        """A free page with a mapping."""
        addr, pfn = self.member("page.mapping")
        return self.truth("listed-mapping", [(addr, 8, self.kernel.struct_page(pfn))], pfn=pfn)

    def garbage_free(self):
        """A free page's flags, links and mapping written over."""
        _, _, links, at = self.block()
        pfn, size = self.kernel.pfn_of(links[at]), PAGE_BYTES // 2
        start = self.kernel.struct_page(pfn)
        truth = self.truth("page-state", [(start, size, self.chance.getrandbits(8 * size))],
                           [*UNREACHED, "listed-flags", "listed-mapping", "listed-wrong-zone"],
                           pfn=pfn, **{"or": ["list-bad-pointer", "page-misplaced"]})
        return {**truth, "incomplete": "could not be walked to the end"}

    def inner(self, name, finding, size, new):
        """A member of a page inside a free block."""
        page = self.page_of("free inner")
        return self.truth(finding, [(self.field(page.pfn, name), size, new)],
                          ["free-in-use"], pfn=page.pfn)

    def refcount_inner(self):
        """A reference to a page inside a block."""
        return self.inner("page._refcount", "listed-refcount", 4, 1)

    def mapcount_inner(self):
        """A page inside a block that is mapped."""
        return self.inner("page._mapcount", "listed-mapcount", 4, 0)

    def mapping_inner(self):
        """A page inside a block that has a mapping."""
        return self.inner("page.mapping", "listed-mapping", 8, self.kernel.memmap + 0x40)

    # The free lists

    def prev_broken(self):
        """It leads to another block of the list."""
        _, _, links, at = self.block()
        return self.truth("list-linkage", [(links[at] + 8, 8, links[at - 2])],
                          pfn=self.kernel.pfn_of(links[at]))

    def prev_null(self):
        """There is none."""
        _, _, links, at = self.block()
        return self.truth("list-bad-pointer", [(links[at] + 8, 8, 0)], ["list-linkage"],
                          pfn=self.kernel.pfn_of(links[at]))

    def prev_bit(self):
        """One wrong bit."""
        _, _, links, at = self.block()
        return self.truth("list-linkage", [self.flipped(links[at] + 8, 1 << 17)],
                          ["list-bad-pointer"], pfn=self.kernel.pfn_of(links[at]))

    def next_to(self, make):
        """The next link of a block is what @make makes of the right one."""
        _, _, links, at = self.block()
        return self.truth("list-bad-pointer", [(links[at], 8, make(links[at + 1]))],
                          UNREACHED, pfn=self.kernel.pfn_of(links[at]))

    def next_null(self):
        """The list ends."""
        return self.next_to(lambda right: 0)

    def next_bit_60(self):
        """What the hardware may take for a tag: the address of the next block but for one bit."""
        return self.next_to(lambda right: right ^ 1 << 60)

    def next_bit_0(self):
        """An odd address."""
        return self.next_to(lambda right: right ^ 1)

    def next_wild(self):
        """Into the kernel's code."""
        return self.next_to(lambda right: int(self.kernel.lines["SYMBOL(_stext)"], 16) + 0x100)

    def next_poison(self):
        """As list_del() leaves it."""
        return self.next_to(lambda right: 0xdead000000000100)

    def list_cycle(self):
        """It leads back."""
        _, _, links, at = self.block()
        return self.truth("list-cycle", [(links[at], 8, links[at - 2])],
                          [*UNREACHED, "listed-twice"], pfn=self.kernel.pfn_of(links[at]),
                          near=[self.kernel.pfn_of(links[at - 2])])

    def head(self):
        """Of a list with blocks: its address, and where it is."""
        zone, order, head = self.chance.choice(
            [(zone, order, head) for zone in self.kernel.zones
             for head, order, links in self.kernel.lists(zone) if len(links) > 2])
        return head, {"node": zone.node, "zone": zone.name, "order": order}

    def head_next(self):
        """It leads nowhere."""
        head, where = self.head()
        return self.truth("list-bad-pointer", [(head, 8, 0)], UNREACHED, **where)

    def head_prev(self):
        """It is not the last block."""
        head, where = self.head()
        return self.truth("list-linkage", [(head + 8, 8, self.kernel.u64(head))],
                          ["list-bad-pointer"], **where)

    def block_lost(self):
        """A block is off its list, and everything else says that it is free."""
        _, _, links, at = self.block()
        return self.truth("buddy-not-listed", [(links[at - 1], 8, links[at + 1]),
                                               (links[at + 1] + 8, 8, links[at - 1])],
                          ["nr-free-count", "zone-counter", "buddies-unmerged"],
                          pfn=self.kernel.pfn_of(links[at]))

    def nr_free(self, more):
        """The count of an order is off."""
        zone, order, _, _ = self.block()
        addr = zone.addr + self.kernel.offset("zone.free_area") + \
            order * self.kernel.layout.sizes["free_area"] + self.kernel.offset("free_area.nr_free")
        return self.truth("nr-free-count", [(addr, 8, self.kernel.u64(addr) + more)],
                          node=zone.node, zone=zone.name, order=order)

    def nr_free_off(self):
        """By one."""
        return self.nr_free(1)

    def nr_free_huge(self):
        """By a bit high up."""
        return self.nr_free(1 << 40)

    # Per-CPU lists

    def pcp(self, new):
        """The count of a CPU's lists is what @new makes of it."""
        zone = self.chance.choice(self.kernel.zones)
        addr = self.kernel.pcps(zone)[0] + self.kernel.offset("per_cpu_pages.count")
        count = int.from_bytes(self.kernel.read(addr, 4), "little")
        return self.truth("pcp-count", [(addr, 4, new(count))], node=zone.node, zone=zone.name)

    def pcp_count(self):
        """By one."""
        return self.pcp(lambda count: count + 1)

    def pcp_count_negative(self):
        """Below zero."""
        return self.pcp(lambda count: 0xffffffff)

    def pcp_next_null(self):
        """The list ends."""
        links, at = self.pcp_link()
        return self.truth("list-bad-pointer", [(links[at], 8, 0)], PCP_UNREACHED,
                          pfn=self.kernel.pfn_of(links[at]))

    def pcp_next_wild(self):
        """Beside a page."""
        links, at = self.pcp_link()
        return self.truth("list-bad-pointer", [(links[at], 8, links[at + 1] + 16)],
                          PCP_UNREACHED, pfn=self.kernel.pfn_of(links[at]))

    def pcp_prev_broken(self):
        """It leads to another page of the list."""
        links, at = self.pcp_link()
        return self.truth("list-linkage", [(links[at] + 8, 8, links[at - 2])],
                          pfn=self.kernel.pfn_of(links[at]))

    def pcp_refcount(self):
        """A reference to a page there."""
        addr, pfn = self.pcp_member("page._refcount")
        return self.truth("listed-refcount", [(addr, 4, 1)], ["free-in-use"], pfn=pfn)

    def pcp_flags(self):
        """PG_lru on a page there."""
        addr, pfn = self.pcp_member("page.flags")
        return self.truth("listed-flags", [self.flipped(addr, self.flag("PG_lru"))], pfn=pfn)

    def pcp_mapcount(self):
        """A page there that is mapped."""
        addr, pfn = self.pcp_member("page._mapcount")
        return self.truth("listed-mapcount", [(addr, 4, 0)], pfn=pfn)

    def pcp_buddy(self):
        """A page there with the buddy type."""
        kind = self.buddy_type()
        addr, pfn = self.pcp_member("page._mapcount")
        return self.truth("pcp-is-buddy", [(addr, 4, kind)],
                          ["buddy-not-listed", "listed-mapcount"], pfn=pfn)

    # Pages in use

    def used(self, finding, name, size, new, also=()):
        """A member of a page on the LRU."""
        page = self.page_of("LRU anon", "LRU file")
        addr = self.field(page.pfn, name)
        old = int.from_bytes(self.kernel.read(addr, size), "little")
        return self.truth(finding, [(addr, size, new(old, page.pfn))], also, pfn=page.pfn)

    def used_buddy(self):
        """It has the buddy type."""
        kind = self.buddy_type()
        return self.used("buddy-not-listed", "page._mapcount", 4, lambda old, pfn: kind,
                         ["page-state", "free-in-use", "order-mismatch", "block-misplaced"])

    def used_blank(self):
        """Its struct page is all zeros."""
        page = self.page_of("LRU anon", "LRU file")
        return self.truth("page-blank", [(self.kernel.struct_page(page.pfn), PAGE_BYTES, 0)],
                          [*LRU_UNREACHED, "page-misplaced", "limbo-excess"], pfn=page.pfn)

    def used_misplaced(self):
        """It is of another zone."""
        return self.used("page-misplaced", "page.flags", 8,
                         lambda old, pfn: old ^ self.other_zone(pfn), LRU_UNREACHED)

    def used_refcount_negative(self):
        """A reference count below zero."""
        return self.used("refcount-impossible", "page._refcount", 4, lambda old, pfn: 0xffffff00,
                         ["page-state"])

    def used_mapcount(self):
        """Mapped more often than it is referenced."""
        return self.used("refcount-impossible", "page._mapcount", 4, lambda old, pfn: 0x100000,
                         ["page-state"])

    def lru_next_null(self):
        """The ring of an LRU list ends."""
        return self.used("page-state", "page.lru", 8, lambda old, pfn: 0, LRU_UNREACHED)

    def lru_next_bit(self):
        """It leads beside a page."""
        return self.used("lru-linkage", "page.lru", 8, lambda old, pfn: old ^ 16, LRU_UNREACHED)

    def tail_head(self):
        """A tail that leads into the kernel's code."""
        page = self.page_of("tail")
        addr = self.kernel.struct_page(page.pfn) + 8
        return self.truth("compound-broken",
                          [(addr, 8, int(self.kernel.lines["SYMBOL(_stext)"], 16) + 1)],
                          ["page-state", "free-in-use"], pfn=page.pfn)

    def tail_flags(self):
        """A tail with PG_lru; not one of the first few, whose mapping is another thing."""
        found = [page for page in self.pages.pages.values() if page.kind == "tail" and
                 self.pages.words[page.pfn][3] == TAIL_MAPPING]
        if not found:
            raise LabError("no plain tail")
        page = self.chance.choice(found)
        return self.truth("page-state", [self.flipped(self.field(page.pfn, "page.flags"),
                                                      self.flag("PG_lru"))],
                          ["compound-broken", "lru-membership", "lru-count"], pfn=page.pfn)

    # Zones

    def zone_word(self, finding, name, new, **more):
        """A word of a zone."""
        zone = self.chance.choice(self.kernel.zones)
        addr = zone.addr + self.kernel.offset(name) + more.get("at", 0)
        return self.truth(finding, [(addr, 8, new(self.kernel.u64(addr)))],
                          more.get("also", ()), node=zone.node, zone=zone.name)

    def free_counter(self):
        """NR_FREE_PAGES is off."""
        at = 8 * self.kernel.layout.numbers["zone_stat_item.NR_FREE_PAGES"]
        return self.zone_word("zone-counter", "zone.vm_stat", lambda old: old + 5000, at=at)

    def zone_managed(self):
        """More pages managed than there are."""
        return self.zone_word("zone-span", "zone.managed_pages", lambda old: old + (1 << 30),
                              also=["zone-record", "zone-counter"])

    def zone_start(self):
        """Where the zone begins has one wrong bit."""
        return self.zone_word("zone-record", "zone.zone_start_pfn", lambda old: old ^ 1 << 30,
                              also=["zone-span"])

    def zone_spanned(self):
        """How many pages it spans has one wrong bit."""
        return self.zone_word("zone-span", "zone.spanned_pages", lambda old: old ^ 1 << 30,
                              also=["zone-record"])


KINDS = tuple(name.replace("_", "-") for name in (
    "refcount_free", "wrong_order", "order_absurd", "buddy_type_cleared", "reserved_free",
    "lru_free", "locked_free", "zone_free", "mapping_free", "garbage_free", "refcount_inner",
    "mapcount_inner", "mapping_inner", "prev_broken", "prev_null", "prev_bit", "next_null",
    "next_bit_60", "next_bit_0", "next_wild", "next_poison", "list_cycle", "head_next",
    "head_prev", "block_lost", "nr_free_off", "nr_free_huge", "pcp_count", "pcp_count_negative",
    "pcp_next_null", "pcp_next_wild", "pcp_prev_broken", "pcp_refcount", "pcp_flags",
    "pcp_mapcount", "pcp_buddy", "used_buddy", "used_blank", "used_misplaced",
    "used_refcount_negative", "used_mapcount", "lru_next_null", "lru_next_bit",
    "tail_head", "tail_flags", "free_counter", "zone_managed", "zone_start", "zone_spanned"))


def make(kernel, name, seed, pages=None):
    """The truth of a fault of that name, with its writes; LabError: no victim."""
    truth = getattr(Faults(kernel, seed, pages), name.replace("-", "_"))()
    return {"fault": name, "seed": seed, "kernel": kernel.lines["OSRELEASE"],
            **{key: value for key, value in truth.items() if value is not None}}
