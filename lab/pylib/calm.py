# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps of healthy kernels in every odd state: none may raise a finding."""

import concurrent.futures
import copy
import dataclasses
import os
import random
import re
import time

from . import dumps, initramfs, kernel as kernels, score
from .base import LabError, run, say
from .guest import Guest, Setup, choose_accel

FIVE_LEVELS = "max,la57=on,cx16=off"
BALLOON = "virtio-balloon-pci,id=balloon,deflate-on-oom=on"
CGROUPS = "run cgroups 1"
DISK = "640M"
EFI_FIRMWARE = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"    # Debian's qemu-efi-aarch64
# What the analyzer must say of a kernel that is still booting.
BOOTING = "had not finished booting"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One kind of machine, and what is done in it before the dumps."""
    machine: dict = dataclasses.field(default_factory=dict)
    orders: tuple = ()
    load: bool = True
    plant: tuple = ()           # faults that the kernel itself repairs
    balloon: bool = False       # blown up and let out between the dumps
    booting: bool = False       # stopped before userspace is there
    disk: bool = False          # an ext4 file system, mounted at /share
    only: str = ""              # the machine that has it
    needs: str = ""             # a file: without it this cannot be had


def words(text, **machine):
    """A variant that differs by its command line."""
    return Variant({"append": text, **machine})


VARIANTS = {
    "plain": Variant(),
    "idle": Variant(load=False),
    "cpus4": Variant({"cpus": 4}),
    "nodes1": Variant({"nodes": 1}),
    "nodes4": Variant({"nodes": 4, "cpus": 4}),
    "one-cpu": Variant({"cpus": 1, "nodes": 1}),
    "odd-memory": Variant({"mem": "333M"}),
    "hole": Variant({"mem": "4G", "cpus": 2}),
    "nokaslr": words("nokaslr"),
    "five-levels": Variant({"cpu": FIVE_LEVELS}, only="x86_64"),
    # By firmware, as servers are: the kernel is anywhere in memory, and parts of that are not for it
    # (NOMAP). Of its tables the device tree alone is given: the console of ACPI is another one.
    "efi": Variant({"extra": ("-bios", EFI_FIRMWARE, "-machine", "acpi=off"),
                    "nodes": 1}, only="arm64", needs=EFI_FIRMWARE),
    # 48 bits of address, also for a kernel that is built for 52; no signatures.
    "cortex-a72": Variant({"cpu": "cortex-a72"}, only="arm64"),
    "page-owner": words("page_owner=on"),
    "debug-pagealloc": words("debug_pagealloc=on"),
    "guard-pages": words("debug_pagealloc=on debug_guardpage_minorder=2"),
    "poisoning": words("page_poison=1"),
    "init-on-free": words("init_on_free=1"),
    "shuffle": words("page_alloc.shuffle=1"),
    "cma": words("cma=64M"),
    # Runs are taken from the area and given back all the time.
    "cma-taking": Variant({"append": "cma=64M"}, (
        "run (cd /sys/kernel/debug/cma/reserved; while :; do echo 700 >alloc; echo 90 >alloc;"
        " echo 400 >free; echo 390 >free; done) &",)),
    "movable": words("movablecore=128M"),
    "crashkernel": words("crashkernel=128M"),
    "hvo": Variant({"append": "hugetlb_free_vmemmap=on hugepages=20"}, only="x86_64"),
    "hvo-changing": Variant(
        {"append": "hugetlb_free_vmemmap=on"},
        ("run echo 24 >/proc/sys/vm/nr_hugepages",
         "run echo 7 >/proc/sys/vm/nr_hugepages"), only="x86_64"),
    # Memory does not begin at 0 on every machine.
    "hwpoison": Variant(orders=(
        "run first=$((0x$(grep -m1 'System RAM' /proc/iomem | cut -d- -f1) >> 20 << 20));"
        " page=$(($(awk '/KernelPageSize/ { print $2; exit }' /proc/self/smaps) * 1024));"
        " for at in 83886080 $((83886080 + page)) 122880000 123731968 167776256; do"
        " pfn=$(((first + at) / page));"
        " echo $((pfn * page)) >/sys/devices/system/memory/soft_offline_page;"
        " echo $pfn >/sys/kernel/debug/hwpoison/corrupt-pfn; done; true",)),
    "kfence-off": words("kfence.sample_interval=0"),
    "balloon": Variant({"extra": ("-device", BALLOON)}, balloon=True),
    "reporting": Variant(
        {"extra": ("-device", f"{BALLOON},free-page-reporting=on")},
        ("run echo 4 >/sys/module/page_reporting/parameters/"
         "page_reporting_order",)),
    "violations": Variant(plant=("healed-secondary", "double-alloc",
                                 "healed-secondary")),
    "early-boot": Variant(booting=True),
    # Where there is memory hotplug, as in stock kernels: the upper half of
    # the memory goes offline and one block comes and goes while dumps are made.
    "offlining": Variant({"mem": "1G", "append": "movablecore=600M"}, (
        "run for m in /sys/devices/system/memory/memory[4-6]/state; do"
        " echo offline >$m; done; true",
        "run (while :; do for s in offline online; do echo $s"
        " >/sys/devices/system/memory/memory3/state; done; done) &",)),
    "compacting": Variant(orders=(
        "run (while :; do echo 1 >/proc/sys/vm/compact_memory; done) &",)),
    # The kernel rewrites its own code: a probe at a place of ftrace, one within a function and one
    # at a return, tracing of functions and tracepoints, on and off again (stock kernels).
    "traced": Variant(orders=(
        "run mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing &&"
        " echo 'p:in vfs_read' >kprobe_events;"
        # Wherever an instruction begins there; in between it is refused.
        " for at in 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do"
        " echo \"p:within$at vfs_write+$at\" >>kprobe_events; done;"
        " echo 'r:out vfs_open' >>kprobe_events; echo 1 >events/kprobes/enable;"
        " echo 1 >events/sched/enable; echo 'vfs_*' >set_ftrace_filter;"
        " echo function >current_tracer; cat kprobe_events current_tracer",
        "run (cd /sys/kernel/tracing; while :; do for t in nop function; do"
        " echo $t >current_tracer; done; done) &")),
    # The same and more, at random and without an end: guest/rewrites.
    "rewritten": Variant(orders=("run rewrites SEED &", "run sleep 6")),
    # A server as its firmware describes it: board, modules of memory, and that they have ECC.
    "server": Variant({"extra": (
        "-smbios", "type=1,manufacturer=LabWorks,product=Rack 7,serial=SN-0042,"
        "uuid=6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "-smbios", "type=2,manufacturer=LabWorks,product=Board 9,version=B2",
        "-smbios", "type=0,vendor=LabBIOS,version=3.14,date=04/01/2026",
        "-smbios", "type=17,loc_pfx=DIMM_A,bank=BANK 0,manufacturer=Chips,part=PN-77,"
        "serial=MEM-1,speed=3200")}),
    # Memory cgroups under reclaim, with swap: the LRU lists at their busiest.
    "cgroups": Variant(orders=(CGROUPS,), disk=True),
    "cgroups-alone": Variant(orders=(CGROUPS,), disk=True, load=False),
    # Where there is a multi-generational LRU (stock kernels).
    "cgroups-lru-gen": Variant(orders=(
        "run echo y >/sys/kernel/mm/lru_gen/enabled", CGROUPS), disk=True),
    "cgroups-lru-old": Variant(orders=(
        "run echo n >/sys/kernel/mm/lru_gen/enabled", CGROUPS), disk=True),
    "cgroups-lru-both": Variant(orders=(
        CGROUPS, "run (while :; do for s in y n; do echo $s"
        " >/sys/kernel/mm/lru_gen/enabled; usleep 300000; done; done) &"),
        disk=True),
}


def setup_of(args, variant):
    """The machine of a variant."""
    setup = Setup(mem=args.mem, cpus=args.cpus, nodes=args.nodes,
                  accel=args.accel, cpu=args.cpu)
    for key, value in variant.machine.items():
        setattr(setup, key, value)
    if args.append:
        setup.append = f"{setup.append} {args.append}".strip()
    return setup


class Dumper:
    """Takes the dumps of one variant, and has them scored where asked to."""

    def __init__(self, args, name, scorer):
        self.args = args
        self.name = name
        self.scorer = scorer
        self.variant = VARIANTS[name]
        self.chance = random.Random(f"{args.seed} {name}")

    def folder(self, number):
        """Where a dump goes."""
        return self.args.out / f"{self.name}-{self.args.seed}-{number}"

    def save(self, guest, number, truth):
        """Dump a guest that stands still."""
        args = copy.copy(self.args)
        args.busy = 1 if self.variant.load else 0
        for key in ("mem", "cpus", "nodes", "append"):
            setattr(args, key, getattr(guest.setup, key))
        form = dumps.FORMATS[number % len(dumps.FORMATS)] \
            if args.format == "both" else args.format
        dumps.save_case(guest, self.folder(number), form, args, truth)

    def done(self, number):
        """A dump is there."""
        if self.scorer:
            self.scorer.add(self.folder(number), {
                "version": self.args.version, "variant": self.name,
                "seed": self.args.seed, "number": number})

    def give(self, guest, orders):
        """Orders to a guest, SEED in them the number; what this kernel cannot do is said."""
        for order in orders:
            try:
                guest.order(order.replace("SEED", str(self.args.seed)))
            except LabError as error:
                say(f"{self.name}: {error}")

    def prepare(self, guest):
        """What is done in a guest before its dumps; its truth."""
        args = self.args
        truth = {**dumps.healthy_truth(guest, args.seed),
                 "variant": self.name}
        # The load makes all else slow: what needs the disk is before it.
        if self.variant.disk:
            self.give(guest, ("share", *self.variant.orders))
        if self.variant.load:
            dumps.start_load(guest, args.seed, args.busy or args.load)
        if not self.variant.disk:
            self.give(guest, self.variant.orders)
        for number, fault in enumerate(self.variant.plant):
            if guest.plant(fault, args.seed + number, "keep") is None:
                say(f"{self.name}: {fault}: no victim")
            guest.await_end()
        return truth

    def running(self, guest):
        """Dumps at random instants."""
        truth = self.prepare(guest)
        size = guest.setup.megabytes << 20
        for number in range(self.args.count):
            if self.variant.balloon:
                share = (0.7, 1)[number % 2]
                guest.qmp("balloon", value=int(size * share))
            time.sleep(self.chance.uniform(0.05, 1))
            guest.stop()
            self.save(guest, number, truth)
            guest.cont()
            self.done(number)

    def while_booting(self, guest, truth, seconds, number):
        """
        One dump of a boot. It needs a machine of its own, which is stopped
        at some instant after the kernel has given QEMU its VMCOREINFO.
        """
        guest.launch(choose_accel(guest.setup.accel))
        time.sleep(self.chance.uniform(0.3, 1) * seconds)
        for _ in range(200):
            guest.stop()
            truth.pop("incomplete", None)
            if not guest.is_up():
                truth["incomplete"] = BOOTING
            self.save(guest, number, truth)
            if dumps.has_vmcoreinfo(self.folder(number)):
                return
            guest.cont()
            time.sleep(self.chance.uniform(0.02, 0.2))
        raise LabError("the kernel never gave QEMU its VMCOREINFO")

    def take(self, kernel, image):
        """All dumps of the variant."""
        args = self.args
        setup = setup_of(args, self.variant)
        boot = args.out / f"boot-{self.name}"
        if self.variant.disk:
            boot.mkdir(parents=True, exist_ok=True)
            setup.disk = boot / "disk"
            run(["/sbin/mkfs.ext4", "-q", "-F", setup.disk, DISK], "the disk")
        with Guest(kernel, image, setup, boot) as guest:
            seconds = guest.boot_seconds
            if not self.variant.booting:
                self.running(guest)
                said = oops(boot / "console.log")
                if said:
                    say(f"{self.name}: this guest was not healthy: {said}")
                return seconds
            truth = {**dumps.healthy_truth(guest, args.seed),
                     "variant": self.name}
        for number in range(args.count):
            guest = Guest(kernel, image, setup, boot)
            try:
                self.while_booting(guest, truth, seconds, number)
            finally:
                guest.close()
            self.done(number)
        return seconds


def oops(console):
    """What the guest's kernel said when it ran into its own damage; None: nothing."""
    text = console.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"(BUG: |Oops: |kernel BUG at ).*", text)
    return found and found.group().strip()


def image_for(kernel, variant):
    """The initramfs; the planter needs a kernel with its build tree."""
    return initramfs.build(kernel, kernels.planter(kernel) if variant.plant
                           else None)


def wanted(args, machine):
    """The variants to take: by default all that this machine has."""
    names = args.variants.split(",") if args.variants else [
        name for name in VARIANTS if VARIANTS[name].only in ("", machine)]
    for name in names:
        if name not in VARIANTS:
            raise LabError(f"no variant {name}; there are "
                           + " ".join(VARIANTS))
    without = [name for name in names if VARIANTS[name].needs
               and not os.path.exists(VARIANTS[name].needs)]
    for name in without:
        say(f"{name}: left out, there is no {VARIANTS[name].needs}")
    return [name for name in names if name not in without]


def take_all(args, scorer):
    """Every variant; the names of those that gave no dumps."""
    kernel = kernels.find(args.version, args.arch)
    names = wanted(args, kernel.machine.name)
    failed = []
    for name in names:
        try:
            image = image_for(kernel, VARIANTS[name])
            seconds = Dumper(args, name, scorer).take(kernel, image)
        except LabError as error:
            say(f"{name}: {error}")
            failed.append(name)
            continue
        say(f"{name}: {args.count} dumps, up after {seconds} s")
    if scorer:
        scorer.collect()
    print(f"{len(names) - len(failed)} of {len(names)} variants, {args.count} "
          f"dumps each; failed: {' '.join(failed) or 'none'}")
    return failed


def take(args):
    """lab calm"""
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.tool:
        return 1 if take_all(args, None) else 0
    score.find_tool(args)
    with concurrent.futures.ThreadPoolExecutor(1) as pool, \
            open(args.out / "results.jsonl", "a", encoding="utf-8") as results:
        scorer = score.Stream(args, pool, results)
        failed = take_all(args, scorer)
    # A machine that was not dumped has passed nothing.
    scorer.verdicts += [score.undone(name) for name in failed]
    score.print_table(scorer.verdicts)
    return score.print_closing(scorer.verdicts)
