# SPDX-License-Identifier: GPL-2.0-or-later
"""Where memory went: --owners of a dump against what the guest itself said in the same instant.

A guest with a disk reads files, shares memory and does the load, is told to pause, prints
/proc/meminfo, slabinfo, vmallocinfo and the smaps of its processes, and is stopped and dumped.
"""

import collections
import dataclasses
import json
import re
import subprocess
import time

from . import dumps
from .base import LabError, run, say

DISK_MB = 96

# What makes use of memory that the load does not: pages of files on a disk, of a block device, pipes.
MORE = (
    "share",
    "run for i in 1 2 3 4; do dd if=/dev/zero of=/share/f$i bs=64k count=160; done; sync",
    "run cat /share/f1 /share/f2 /share/f3 >/dev/null",
    "run dd if=/dev/vda of=/dev/null bs=64k count=80",
    "run mkdir -p /mnt; mount -t tmpfs none /mnt; dd if=/dev/zero of=/mnt/a bs=64k count=100",
)

# Counters of single CPUs are added up first, as the dump's are.
ASK = {
    "meminfo": "run echo 1 >/proc/sys/vm/stat_refresh; cat /proc/meminfo /proc/zoneinfo",
    "slabinfo": "run cat /proc/slabinfo",
    "vmallocinfo": "run cat /proc/vmallocinfo",
    "smaps": "run cat /proc/[0-9]*/smaps_rollup 2>/dev/null; true",
}


@dataclasses.dataclass
class Line:
    """A row of the table: pages by the program and by the guest, and how far apart they may be."""
    what: str
    found: int
    said: int
    why: str = ""           # what a sound kernel has that makes them differ
    allowed: int = 0        # pages, for that

    @property
    def differs(self):
        """By more than one percent and what is explained."""
        return abs(self.found - self.said) > self.said / 100 + self.allowed


def meminfo(lines):
    """As it has them: most in kilobytes."""
    return {match[1]: int(match[2])
            for match in (re.match(r"(\S+):\s+(\d+)", line) for line in lines) if match}


def per_cpu(lines):
    """Pages on the lists of CPUs, by /proc/zoneinfo: they move to and from the buddy lists."""
    return sum(int(line.split()[1]) for line in lines if re.match(r"\s+count:\s", line))


def slabs(lines):
    """Pages by cache. Caches that share one kmem_cache stand there under its name."""
    found = collections.Counter()
    for line in lines:
        words = line.split()
        if len(words) > 14 and words[1].isdigit():
            found[words[0]] += int(words[14]) * int(words[5])
    return found


def vmalloc(lines):
    """Pages by who asked for them, of areas that own them."""
    found = collections.Counter()
    for line in lines:
        words = line.split()
        pages = re.search(r"\bpages=(\d+)", line)
        if pages and "vmalloc" in words:
            found[words[2]] += int(pages[1])
    return found


def anonymous(lines):
    """Kilobytes of pages that processes map, each counted in parts to those that share it."""
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


class Owners:
    """What the program found."""

    def __init__(self, doc):
        if "owners" not in doc:
            raise LabError("the report has no owners")
        self.doc = doc["owners"]
        self.page_size = doc["kernel"]["page_size"]
        self.classes = {c["class"]: c for c in self.doc["classes"]}

    def pages(self, *names):
        """Of these classes together."""
        return sum(self.classes[name]["pages"] for name in names if name in self.classes)

    def items(self, name):
        """Pages by owner."""
        found = collections.Counter()
        for item in self.classes.get(name, {"items": []})["items"]:
            found[item.get("name", "")] += item["pages"]
        return found


def compare(owners, said):
    """The lines of the table."""
    kilobytes = meminfo(said["meminfo"])

    def in_pages(size):
        return size * 1024 // owners.page_size

    def get(name):
        return in_pages(kilobytes.get(name, 0))

    slab = owners.pages("slab")
    stacks = owners.items("stacks")
    untyped = owners.pages("unattributed")
    lines = [
        Line("free", owners.pages("free", "free-per-cpu"), get("MemFree") + per_cpu(said["meminfo"]),
             "the guest still answered", 64),
        Line("anonymous", owners.pages("anon"), get("AnonPages"),
             "pages that nobody maps any more", 64),
        Line("anonymous, by smaps", owners.pages("anon"), in_pages(anonymous(said["smaps"])),
             "pages that nobody maps any more, and parts of shared ones", 256),
        Line("shared memory, tmpfs", owners.pages("shmem"), get("Shmem")),
        Line("page cache", owners.pages("page-cache"),
             get("Cached") + get("Buffers") - get("Shmem")),
        Line("slab", slab, get("Slab"),
             "large kmalloc without a page type, in use by nobody known",
             32 + (untyped if slab < get("Slab") else 0)),
        Line("page tables", owners.pages("page-tables"), get("PageTables"),
             "page directories, up to 6.13, and the guest still answered",
             owners.items("page-tables")["page directories"] + 32),
        Line("kernel stacks", owners.pages("stacks") - stacks["of tasks that ended"],
             get("KernelStack"), "the guest still answered", 16),
        Line("per-CPU", owners.pages("percpu"), get("Percpu")),
        Line("hugetlb", owners.pages("hugetlb"), get("Hugetlb")),
        Line("vmalloc, with stacks and modules", owners.pages("vmalloc", "stacks", "modules") -
             stacks["of tasks, in the direct map"],
             get("VmallocUsed"), "the guest still answered", 16),
    ]
    caches, areas = slabs(said["slabinfo"]), vmalloc(said["vmallocinfo"])
    lines += [Line(f"slab {name}", owners.items("slab")[name], pages, "partial slabs", 8)
              for name, pages in caches.most_common(12)]
    ours = collections.Counter()
    for name, pages in owners.items("vmalloc").items():
        ours[name.split("+")[0]] += pages
    for name, pages in vmalloc_functions(areas).most_common(6):
        # Stacks and modules have classes of their own.
        if name in ours:
            lines.append(Line(f"vmalloc {name}", ours[name], pages))
    return lines


def vmalloc_functions(areas):
    """By function, whatever place in it."""
    found = collections.Counter()
    for name, pages in areas.items():
        found[name.split("+")[0]] += pages
    return found


def ask(guest):
    """What the guest says of itself."""
    return {name: guest.order(order) for name, order in ASK.items()}


def table(lines, doc):
    """For the terminal and lab/RESULTS.md."""
    out = ["| | --owners | the guest | |", "| --- | ---: | ---: | --- |"]
    for line in lines:
        note = "DIFFERS" if line.differs else \
            "" if line.found == line.said else line.why or "within 1%"
        out.append(f"| {line.what} | {line.found} | {line.said} | {note} |")
    lost = doc["classes"]
    unknown = sum(c["pages"] for c in lost if c["class"] == "unattributed")
    out.append(f"| all memory | {doc['pages']} | {doc['present']} | |")
    out.append(f"| in use, by nobody known | {unknown} | | "
               f"{100 * unknown / doc['pages']:.2f}% |")
    return "\n".join(out)


def main(args):
    """lab owners"""
    args.out.mkdir(parents=True, exist_ok=True)
    disk = args.out / "disk"
    with open(disk, "wb") as file:
        file.truncate(DISK_MB << 20)
    run(["/sbin/mkfs.ext4", "-q", "-F", disk], "the disk")
    args.setup.disk = disk
    with dumps.boot(args, args.out, False) as guest:
        say(f"{args.version} up after {guest.boot_seconds} s ({guest.accel})")
        truth = dumps.healthy_truth(guest, args.seed)
        for order in MORE:
            try:
                guest.order(order)
            except LabError as error:
                say(str(error))         # a kernel without that device
        dumps.start_load(guest, args.seed, args.load)
        guest.order("pause")
        time.sleep(1)           # who is in the kernel stops when he leaves it
        said = ask(guest)
        guest.stop()
        dumps.save_case(guest, args.out, "elf", args, truth)
    disk.unlink()
    (args.out / "said.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return judge(args)


def judge(args):
    """Run the program on the dump and hold it against what the guest said."""
    said = json.loads((args.out / "said.json").read_text(encoding="utf-8"))
    argv = [args.tool, "--owners", "--json", args.out / "vmcore"]
    if (args.out / "vmlinux").exists():
        argv.append(args.out / "vmlinux")
    doc = json.loads(run(argv, "the program", stderr=subprocess.DEVNULL))
    owners = Owners(doc)
    lines = compare(owners, said)
    print(table(lines, owners.doc))
    whole = owners.doc["pages"] == owners.doc["present"]
    bad = [line.what for line in lines if line.differs]
    say(f"{len(lines) - len(bad)} of {len(lines)} agree" +
        ("" if whole else "; the sum is not all memory") +
        ("; differ: " + ", ".join(bad) if bad else ""))
    return 1 if bad or not whole else 0
