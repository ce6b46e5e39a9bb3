# SPDX-License-Identifier: GPL-2.0-or-later
"""A real crash: panic, the capture kernel by kexec, /proc/vmcore saved in
every format that makedumpfile writes."""

import pathlib
import shutil
import tempfile
import time

from . import dumps, hook, initramfs, kernel as kernels
from .base import LabError, punch_holes, replace_link, run, say
from .guest import Guest

# name of the case: how the capture kernel makes it (see guest/capture)
PLAN = {
    "raw": "-",
    "lzo-d1": "-l -d 1",
    "lzo-d17": "-l -d 17",
    "lzo-d31": "-l -d 31",
    "zlib-d1": "-c -d 1",
    "zlib-d31": "-c -d 31",
    "snappy-d1": "-p -d 1",
    "snappy-d31": "-p -d 31",
    "zstd-d1": "-z -d 1",
    "zstd-d31": "-z -d 31",
    "flat-lzo-d1": "flat -l -d 1",
    "flat-zlib-d31": "flat -c -d 31",
    "elf-d1": "-E -d 1",
    "elf-d31": "-E -d 31",
    "split-lzo-d1": "split --splitblock-size 1024 -l -d 1",
}

CRASHKERNEL = "256M"
DISK_SIZE = "12G"           # sparse
CHECKER_PANIC = "Kernel panic - not syncing: page_consistency: "
CAPTURE_SECONDS = 1800      # TCG, all forms, on a machine that is building

CAPTURE_WORDS = ("console={} rdinit=/init nr_cpus=1 reset_devices "
                 "cgroup_disable=memory numa=off panic=1")


def load_capture(guest):
    """kexec -p, by the file call or else by the older one."""
    guest.order("share")
    command = ("run /opt/tools/run kexec {} -p --initrd=/share/capture.cpio.gz"
               " '--command-line="
               f"{CAPTURE_WORDS.format(guest.machine.console)}'"
               " /share/capture.image")
    problems = []
    for flag in ("-s", "-c"):
        try:
            guest.order(command.format(flag), timeout=180)
        except LabError as error:
            problems.append(str(error))
            continue
        return
    raise LabError("the capture kernel does not load: " + "; ".join(problems))


def wanted_plan(args):
    """The forms asked for."""
    if not args.plan:
        return dict(PLAN)
    if args.plan == "none":
        return {}
    names = args.plan.split(",")
    for name in names:
        if name not in PLAN:
            raise LabError(f"no form {name}; there are {' '.join(PLAN)}")
    return {name: PLAN[name] for name in names}


def make_disk(path, kernel, image, plan):
    """
    The disk that both kernels mount: what they need is on it, what the
    capture kernel saves goes there. (Stock cloud kernels have no 9p.)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="pgcons-lab.") as name:
        folder = pathlib.Path(name)
        shutil.copy(kernel.image, folder / "capture.image")
        shutil.copy(image, folder / "capture.cpio.gz")
        text = "".join(f"{name} {how}\n" for name, how in plan.items())
        (folder / "plan").write_text(text, encoding="ascii")
        run(["/sbin/mkfs.ext4", "-q", "-O", "^has_journal", "-d", folder,
             path, DISK_SIZE], "the disk image")


def read_disk(path, folder):
    """Everything on the disk, without mounting it: no root rights needed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(["/sbin/debugfs", "-R", f"rdump / {folder}", path], "the disk image")


def results(share):
    """
    What the capture kernel says it did, name -> (status, seconds), and
    whether it came to its end.
    """
    path = share / "results"
    if not path.exists():
        raise LabError("the capture kernel saved nothing")
    lines = path.read_text(encoding="ascii").split("\n")
    found = {}
    for line in lines:
        words = line.split()
        if len(words) == 4:
            found[words[0]] = (int(words[1]),
                               float(words[3]) - float(words[2]))
    return found, "done" in lines


def make_case(args, kernel, share, name, truth):
    """One form becomes one case."""
    folder = args.out / name
    folder.mkdir(parents=True, exist_ok=True)
    pieces = sorted(share.glob(f"{name}.[0-9]")) or [share / name]
    for piece in pieces:
        target = folder / ("vmcore" + piece.name.removeprefix(name))
        target.unlink(missing_ok=True)
        piece.rename(target)
        if "flat" not in name:
            punch_holes(target)
    if kernel.vmlinux.exists():
        replace_link(folder / "vmlinux", kernel.vmlinux)
    if len(pieces) > 1:
        truth = {**truth, "piece": True}
    dumps.write_truth(folder, truth)


def checker_panic(guest, fault, seed):
    """
    A fault that is done by the kernel's own functions, in which the checker
    panics: the planter is not heard of again. What is left is a kernel that
    was stopped before harm was done, and the checker's own words.
    """
    truth = dumps.healthy_truth(guest, seed)
    guest.agent.send(f"plant {fault} {seed} keep")
    return {**truth, "expect": [{"finding": "violations-logged"}]}


def crash_guest(args, kernel, image, disk):
    """Boot, make busy, load the capture kernel, panic; returns the truth."""
    args.setup.disk = disk
    args.setup.append += f" crashkernel={CRASHKERNEL}"
    with Guest(kernel, image, args.setup, args.out) as guest:
        say(f"{args.version} up after {guest.boot_seconds} s ({guest.accel})")
        truth = dumps.healthy_truth(guest, args.seed)
        load_capture(guest)
        dumps.start_load(guest, args.seed, args.busy or args.load)
        dumps.settle(guest, args)
        started = time.monotonic()
        if args.by_checker:
            truth = checker_panic(guest, args.fault or "double-free",
                                  args.seed)
        elif args.fault:
            truth = guest.plant(args.fault, args.seed, "panic")
            if truth is None:
                raise LabError(f"{args.fault}: no victim for it in this guest")
        else:
            guest.agent.send("run echo c >/proc/sysrq-trigger")
        guest.wait_end(CAPTURE_SECONDS)
        if args.by_checker and CHECKER_PANIC not in guest.console_text():
            raise LabError("the checker did not panic: "
                           + guest.console_tail())
        truth["case"] = {**dumps.describe(guest, args, "", 0),
                         "cycle_seconds": round(time.monotonic() - started, 1)}
    return truth


def take(args):
    """lab crash"""
    if args.setup.megabytes < 1024:
        raise LabError(f"crashkernel={CRASHKERNEL} needs a guest of 1G")
    kernel = kernels.find(args.version, args.arch)
    module = kernels.planter(kernel) if args.fault or args.by_checker else \
        None
    image = initramfs.build(kernel, module, crash=True, hook_of=args if args.tool else None)
    plan = wanted_plan(args)
    disk = pathlib.Path(args.out).resolve() / "disk.img"
    share = disk.with_name("saved")
    make_disk(disk, kernel, image, plan)
    truth = crash_guest(args, kernel, image, disk)

    read_disk(disk, share)
    done, whole = results(share)
    failed = []
    for name in plan:
        status, seconds = done.get(name, (None, 0))
        if status != 0:
            failed.append(name)
            continue
        truth["case"].update(format=name, dump_seconds=round(seconds, 2))
        make_case(args, kernel, share, name, truth)
    print(f"{len(plan) - len(failed)} of {len(plan)} forms saved in "
          f"{truth['case']['cycle_seconds']} s"
          + (f"; not: {' '.join(failed)}" if failed else "")
          + ("" if whole else "; the capture kernel did not finish"))
    if args.tool:
        failed += ["hook"] * hook.check(share, args.out / "console.log",
                                        args.tool, truth)
    disk.unlink()
    if not failed:
        shutil.rmtree(share)
    return 1 if failed else 0
