# SPDX-License-Identifier: GPL-2.0-or-later
"""The dumps that ship in the tree: a small guest, filtered, with a slim
vmlinux, and recipes that make planted faults of the healthy dump."""

import json
import lzma
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import dumps, elfdump, machine as machines, slim, tools
from .base import LabError, run, say

# Each at least one witness against another; all stay in a filtered dump.
RECIPES = ("primary-bit", "secondary-bit", "both-bits-allocated",
           "both-bits-free", "refcount-free", "prev-broken", "list-cycle",
           "wrong-order", "nr-free-off", "buddy-type-cleared", "next-null",
           "pcp-count", "blocks-overlap", "reserved-free", "padding-secondary",
           "owner-flag")

# Strings that name the machine the kernel was built on.
SCRUB = ("/usr/src/linux", ".debug_line_str", ".debug_str")


def makedumpfile():
    """The command, with its loader if it is another suite's."""
    root = tools.fetch_root(machines.HOST)
    if not root:
        return [tools.host_program("makedumpfile")]
    return [next(root.rglob(machines.HOST.loader)), "--library-path",
            tools.library_path(root), root / "usr/bin/makedumpfile"]


def build_prefix(units):
    """The folder that all the units' sources lie in."""
    prefix = os.path.commonpath([name for name in units
                                 if name.startswith("/")] or ["/"])
    return prefix if len(prefix) > len(SCRUB[0]) else ""


def scrub(vmlinux, prefix):
    """
    Overwrite the build folder's name by one of the same length: the offsets
    of all other strings must not change.
    """
    if not prefix:
        return
    # Both the source and the object folder are below the same one.
    old = os.path.dirname(prefix).encode()
    new = SCRUB[0].encode() + b"/" * (len(old) - len(SCRUB[0]))
    data = vmlinux.read_bytes()
    vmlinux.write_bytes(data.replace(old, new))


def pack(source, target):
    """xz, as small as it gets."""
    with open(source, "rb") as data, \
            lzma.open(target, "wb", preset=9 | lzma.PRESET_EXTREME) as packed:
        shutil.copyfileobj(data, packed, 1 << 20)
    say(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


def tell_recipes(guest, args):
    """
    All faults told in one stop of the machine, whose memory is then dumped
    as it was before and after each.
    """
    names = [name for name in guest.order("faults") if name in RECIPES]
    if "page_owner=on" not in args.append.split():
        # A fault without a victim would end it.
        names = [name for name in names if name != "owner-flag"]
    truths = guest.plant_many([*names, "nothing"], args.seed)
    guest.stop()
    return truths[:-1]


def write_recipes(folder, truths):
    """One file each: the truth, and the writes that make it so."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for truth in truths:
        text = json.dumps(truth, indent=1)
        (folder / f"{truth['fault']}.json").write_text(text + "\n",
                                                       encoding="utf-8")


def filtered(vmcore, target):
    """makedumpfile -d 31, uncompressed, for xz does better on the whole."""
    elfdump.plain_header(vmcore)
    target.unlink(missing_ok=True)
    done = subprocess.run([str(arg) for arg in
                           [*makedumpfile(), "-d", "31", vmcore, target]],
                          check=False, capture_output=True)
    if done.returncode:
        raise LabError("makedumpfile: " + done.stderr.decode().strip())


def take(args):
    """lab sample"""
    out = args.out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pgcons-lab.") as name:
        work = pathlib.Path(name)
        with dumps.boot(args, work, True) as guest:
            truth = dumps.healthy_truth(guest, args.seed)
            dumps.start_load(guest, args.seed, args.load)
            dumps.settle(guest, args)
            recipes = tell_recipes(guest, args)
            dumps.save_case(guest, work, "elf", args, truth)
            vmlinux = guest.kernel.vmlinux
        filtered(work / "vmcore", work / "filtered")
        units = slim.slim(vmlinux, work / "slim")
        scrub(work / "slim", build_prefix(units))
        run(["cp", work / "truth.json", out], "the sample")
        write_recipes(out / "recipes", recipes)
        pack(work / "filtered", out / "vmcore.xz")
        pack(work / "slim", out / "vmlinux.xz")
    say(f"{out}: {len(recipes)} recipes")
    return 0
