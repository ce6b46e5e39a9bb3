# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps of healthy kernels in every odd state: none may raise a finding."""

import copy
import dataclasses
import random
import time

from . import dumps, initramfs, kernel as kernels
from .base import LabError, say
from .guest import Guest, Setup

FIVE_LEVELS = "max,la57=on,cx16=off"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One kind of machine, and what is done in it before the dumps."""
    machine: dict = dataclasses.field(default_factory=dict)
    orders: tuple = ()
    load: bool = True


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
    "five-levels": Variant({"cpu": FIVE_LEVELS}),
    "page-owner": words("page_owner=on"),
    "debug-pagealloc": words("debug_pagealloc=on"),
    "guard-pages": words("debug_pagealloc=on debug_guardpage_minorder=2"),
    "poisoning": words("page_poison=1"),
    "init-on-free": words("init_on_free=1"),
    "shuffle": words("page_alloc.shuffle=1"),
    "cma": words("cma=64M"),
    "movable": words("movablecore=128M"),
    "crashkernel": words("crashkernel=128M"),
    "hvo": Variant({"append": "hugetlb_free_vmemmap=on hugepages=20"}),
    "hvo-changing": Variant(
        {"append": "hugetlb_free_vmemmap=on"},
        ("run echo 24 >/proc/sys/vm/nr_hugepages",
         "run echo 7 >/proc/sys/vm/nr_hugepages")),
    "hwpoison": Variant(orders=(
        "run for pfn in 20480 20481 30000 30208 40961; do echo $((pfn * 4096))"
        " >/sys/devices/system/memory/soft_offline_page; echo $pfn"
        " >/sys/kernel/debug/hwpoison/corrupt-pfn; done; true",)),
    "compacting": Variant(orders=(
        "run (while :; do echo 1 >/proc/sys/vm/compact_memory; done) &",)),
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


def dump_some(guest, args, name, variant):
    """Dumps at random instants."""
    truth = dumps.healthy_truth(guest, args.seed)
    if variant.load:
        dumps.start_load(guest, args.seed, args.busy or args.load)
    for order in variant.orders:
        try:
            guest.order(order)
        except LabError as error:
            say(f"{name}: {error}")
    case_args = copy.copy(args)
    case_args.busy = 1 if variant.load else 0
    for key in ("mem", "cpus", "nodes", "append"):
        setattr(case_args, key, getattr(guest.setup, key))
    chance = random.Random(f"{args.seed} {name}")
    for number in range(args.count):
        time.sleep(chance.uniform(0.05, 1))
        guest.stop()
        form = dumps.FORMATS[number % len(dumps.FORMATS)] \
            if args.format == "both" else args.format
        dumps.save_case(guest, args.out / f"{name}-{args.seed}-{number}", form,
                        case_args, truth)
        guest.cont()


def take(args):
    """lab calm"""
    names = args.variants.split(",") if args.variants else list(VARIANTS)
    for name in names:
        if name not in VARIANTS:
            raise LabError(f"no variant {name}; there are "
                           + " ".join(VARIANTS))
    kernel = kernels.find(args.version)
    image = initramfs.build(kernel)
    failed = []
    for name in names:
        variant = VARIANTS[name]
        try:
            with Guest(kernel, image, setup_of(args, variant),
                       args.out / f"boot-{name}") as guest:
                dump_some(guest, args, name, variant)
        except LabError as error:
            say(f"{name}: {error}")
            failed.append(name)
            continue
        say(f"{name}: {args.count} dumps, up after {guest.boot_seconds} s")
    print(f"{len(names) - len(failed)} of {len(names)} variants, {args.count} "
          f"dumps each; failed: {' '.join(failed) or 'none'}")
    return 1 if failed else 0
