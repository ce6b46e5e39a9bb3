# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases: a dump, the vmlinux it belongs to, and the truth about it."""

import json
import time

from . import elfdump, initramfs, kernel as kernels
from .base import LabError, punch_holes, replace_link, say
from .guest import Guest

FORMATS = ("elf", "kdump-zlib")
WORKERS, MOST = 4, 90   # of guest/busy.c

# Orders that make any guest worth dumping, before the load starts.
PREPARE = (
    "run echo always >/sys/kernel/mm/transparent_hugepage/enabled",
    "run echo 4 >/proc/sys/vm/nr_hugepages",
    "run echo 100 >/sys/kernel/debug/cma/reserved/alloc",
)


def write_truth(folder, truth):
    """truth.json, last: its presence says that the case is whole."""
    text = json.dumps(truth, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def start_load(guest, seed, seconds, fill=None):
    """Prepare the guest, start the load, let it work for a while; fill: a file of so many percent
    of what is free first, and a load that takes most of the rest."""
    for order in PREPARE:
        try:
            guest.order(order)
        except LabError:
            pass            # a kernel without that feature
    if fill:
        guest.order(f"run dd if=/dev/zero of=/tmp/filler bs=64k count=$(awk '/^MemFree/ "
                    f"{{ print int($2 * {fill} / 6400) }}' /proc/meminfo)", timeout=3600)
    if seconds:
        guest.order(f"load {seed} {WORKERS} {MOST}" if fill else f"load {seed}")
        time.sleep(seconds)


def describe(guest, args, form, took):
    """What a truth.json says of every case, healthy or not."""
    return {"format": form, "seed": args.seed, "mem": args.mem,
            "cpus": args.cpus, "nodes": args.nodes, "append": args.append,
            "load": "running" if args.busy else "paused",
            "accel": guest.accel, "boot_seconds": guest.boot_seconds,
            "dump_seconds": round(took, 2)}


def save_case(guest, folder, form, args, truth):
    """Dump a stopped guest into folder and write the truth beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    vmcore = folder / "vmcore"
    (folder / "truth.json").unlink(missing_ok=True)
    vmcore.unlink(missing_ok=True)
    started = time.monotonic()
    guest.dump(vmcore, form)
    took = time.monotonic() - started
    if form == "elf":
        elfdump.check_writes(vmcore, truth)
        punch_holes(vmcore)
    if guest.kernel.vmlinux.exists():
        replace_link(folder / "vmlinux", guest.kernel.vmlinux)
    write_truth(folder, {**truth, "case": describe(guest, args, form, took)})
    return took


def make_files(guest, count):
    """So many empty files, as many between them that are gone again, 1000 to a folder: the slab
    caches of a machine that has served files for a while."""
    guest.order(f"run i=0; while [ $i -lt {2 * count} ]; do [ $((i % 2000)) -ne 0 ] || "
                "{ d=/tmp/files/$i; mkdir -p $d; }; : >$d/$i; i=$((i + 1)); "
                "[ $((i % 2000)) -ne 0 ] || rm -f $d/*[13579]; done", timeout=3600)


def has_vmcoreinfo(folder):
    """Whether a dump has that note; all notes are near its beginning."""
    with open(folder / "vmcore", "rb") as file:
        return b"VMCOREINFO\0" in file.read(1 << 20)


def healthy_truth(guest, seed):
    """The truth about a guest in which nothing was planted."""
    release = guest.order("run uname -r")[0]
    return {"fault": None, "seed": seed, "kernel": release, "expect": [],
            "also": [], "detail": {}}


def boot(args, workdir, with_planter):
    """A guest for the dump commands."""
    kernel = kernels.find(args.version, args.arch)
    module = kernels.planter(kernel) if with_planter else None
    image = initramfs.build(kernel, module)
    return Guest(kernel, image, args.setup, workdir)


def settle(guest, args):
    """Freeze the load, unless the dump is to catch it at work."""
    if not args.busy and args.load:
        guest.order("pause")


def take(args):
    """lab dump: one guest, one case."""
    with boot(args, args.out, bool(args.fault)) as guest:
        say(f"{args.version} up after {guest.boot_seconds} s ({guest.accel})")
        truth = healthy_truth(guest, args.seed)
        make_files(guest, args.files)
        start_load(guest, args.seed, args.busy or args.load, args.fill)
        settle(guest, args)
        if args.fault:
            truth = guest.plant(args.fault, args.seed)
            if truth is None:
                raise LabError(f"{args.fault}: no victim for it in this guest")
        guest.stop()
        took = save_case(guest, args.out, args.format, args, truth)
        say(f"{args.out}: {args.fault or 'healthy'}, {args.format}, "
            f"{took:.1f} s")
    return 0
