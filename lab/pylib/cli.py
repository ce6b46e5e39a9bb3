# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of lab/lab."""

import argparse
import pathlib
import sys

from . import areas, bugs, cache, calm, campaign, crash, cut, damage, dumps, fingerprint, flips, \
    imitate, initramfs, kernel as kernels, live, mutate, origin, owners, recipe, records, sample, \
    score, slabs, suite, tables, tally
from .base import LabError, say
from .guest import Setup
from .machine import MACHINES


def machine_options(parser, mem="512M"):
    """What all commands that boot a guest have in common."""
    parser.add_argument("version", help="7.2, 6.12, 6.1 or a directory with "
                        "bzImage, vmlinux and the build tree")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        metavar="DIR", help="where the case or cases go")
    parser.add_argument("--seed", type=int, default=1,
                        help="for the load and for the choice of victims")
    parser.add_argument("--mem", default=mem, help="default %(default)s")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--nodes", type=int, default=2, help="NUMA nodes")
    parser.add_argument("--no-vmcoreinfo", action="store_true",
                        help="a QEMU without the device: no note in its dumps")
    parser.add_argument("--append", default="", metavar="CMDLINE",
                        help="more words for the kernel's command line")
    parser.add_argument("--accel", default="auto",
                        choices=("auto", "kvm", "tcg"))
    parser.add_argument("--arch", choices=sorted(MACHINES),
                        help="of the kernel (default: what its folder says, "
                        "x86_64)")
    parser.add_argument("--cpu", metavar="MODEL",
                        help="QEMU's -cpu under TCG (default: " + "; ".join(
                            f"{one.name}: {one.cpu}"
                            for one in MACHINES.values()) + ")")
    parser.add_argument("--load", type=float, default=3, metavar="SECONDS",
                        help="how long memory is made busy before the load "
                        "is frozen (default %(default)s; 0: not at all)")
    parser.add_argument("--busy", type=float, default=0, metavar="SECONDS",
                        help="as --load, but the load runs on: the dump "
                        "catches it at work")


def dump_command(sub):
    """lab dump"""
    parser = sub.add_parser("dump", help="boot a guest and take one dump")
    machine_options(parser)
    parser.add_argument("--fault", help="plant this first (see: faults)")
    parser.add_argument("--format", default="elf", choices=dumps.FORMATS)
    parser.add_argument("--fill", type=int, metavar="PERCENT", help="of free "
                        "memory in a file before the load, which then takes "
                        "most of the rest")
    parser.add_argument("--files", type=int, default=0, metavar="N", help="so many "
                        "empty files first, and as many that go again")
    parser.set_defaults(run=dumps.take)


def suite_command(sub):
    """lab suite"""
    parser = sub.add_parser("suite", help="healthy dumps and every fault")
    machine_options(parser)
    parser.add_argument("--formats", default="elf", metavar="LIST",
                        help="elf,kdump-zlib (default %(default)s)")
    parser.add_argument("--faults", default="", metavar="LIST",
                        help="only these faults (\"none\": healthy only)")
    parser.add_argument("--rounds", type=int, default=1,
                        help="each fault this many times, by other seeds")
    parser.add_argument("--healthy", type=int, default=2,
                        help="healthy dumps taken at random instants")
    parser.set_defaults(run=suite.take)


def alone_option(parser):
    """For all that scores."""
    parser.add_argument("--alone", action="store_true", help="analyse each "
                        "dump without its vmlinux as well: the report must "
                        "be the same")


def calm_command(sub):
    """lab calm"""
    parser = sub.add_parser("calm", help="dumps of healthy guests of every "
                            "kind, under load")
    machine_options(parser)
    parser.add_argument("--tool", type=pathlib.Path, help="score each dump "
                        "with this pgcons-dump; keep those that fail")
    alone_option(parser)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--variants", default="", metavar="LIST",
                        help="only these (default: all of them)")
    parser.add_argument("--count", type=int, default=4,
                        help="dumps of each, at random instants")
    parser.add_argument("--format", default="elf",
                        choices=(*dumps.FORMATS, "both"))
    parser.set_defaults(run=calm.take)


def campaign_command(sub):
    """lab campaign"""
    parser = sub.add_parser("campaign", help="rounds of every fault, scored "
                            "as they are made")
    machine_options(parser, mem="256M")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("--rounds", type=int, default=1,
                        help="each fault this many times, by other seeds, in "
                        "another guest each")
    parser.add_argument("--faults", default="", metavar="LIST",
                        help="only these faults")
    parser.add_argument("--without", default="", metavar="LIST",
                        help="all but these faults")
    alone_option(parser)
    parser.add_argument("--timeout", type=float, default=300)
    parser.set_defaults(run=campaign.take)


def guest_tool_option(parser):
    """For guests that the program runs in."""
    parser.add_argument("--guest-tool", type=pathlib.Path, metavar="DIR",
                        help="what lab/host made: for guests of another "
                        "machine, which cannot run the program of --tool")


def crash_command(sub):
    """lab crash"""
    parser = sub.add_parser("crash", help="a real crash: panic, kexec, "
                            "/proc/vmcore in every format")
    machine_options(parser, mem="1G")
    parser.add_argument("--fault", help="plant this, then panic on the spot")
    parser.add_argument("--by-checker", action="store_true",
                        help="the checker panics, in a fault that the "
                        "kernel's own functions do (double-free); VERSION is "
                        "the folder of a kernel built with --panic")
    parser.add_argument("--plan", default="", metavar="LIST",
                        help="only these forms (default: all of them; "
                        "\"none\": none)")
    parser.add_argument("--tool", type=pathlib.Path, help="also run "
                        "pgcons-kdump's hook with this pgcons-dump in the "
                        "capture kernel and after the reboot, and score it")
    guest_tool_option(parser)
    parser.set_defaults(run=crash.take)


def live_command(sub):
    """lab live"""
    parser = sub.add_parser("live", help="run the analyzer inside a guest, "
                            "on the guest's own kernel")
    machine_options(parser)
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump; goes with its libraries")
    guest_tool_option(parser)
    parser.add_argument("--runs", type=int, default=50,
                        help="on a sound kernel under load (default "
                        "%(default)s)")
    parser.add_argument("--faults", default="", metavar="LIST",
                        help="only these, \"none\": none; each in a guest of "
                        "its own that lives on with it")
    parser.set_defaults(run=live.take)


def faults_command(sub):
    """lab faults"""
    parser = sub.add_parser("faults", help="boot a guest, list the faults it "
                            "can be given")
    machine_options(parser)
    parser.set_defaults(run=suite.list_faults)


def sample_command(sub):
    """lab sample"""
    parser = sub.add_parser("sample", help="a dump and a vmlinux small enough "
                            "to ship, with recipes for faults")
    machine_options(parser, mem="128M")
    parser.set_defaults(run=sample.take)


def cut_command(sub):
    """lab cut"""
    parser = sub.add_parser("cut", help="a sample of a healthy ELF dump: what "
                            "analyses read of it")
    parser.add_argument("case", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--tool", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verify", metavar="LIST",
                        help="keep what this option of the tool reads, too")
    parser.set_defaults(run=cut.take)


def apply_command(sub):
    """lab apply"""
    parser = sub.add_parser("apply", help="make a faulty dump of a sample's "
                            "healthy one")
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("vmcore", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.set_defaults(run=recipe.take)


def score_command(sub):
    """lab score"""
    parser = sub.add_parser("score", help="run the analyzer on cases and hold "
                            "its findings against the truth")
    parser.add_argument("dirs", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a case, or a directory with cases below it")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="say of each failure what was wrong")
    alone_option(parser)
    parser.add_argument("--timeout", type=float, default=300)
    parser.set_defaults(run=score.run)


def tally_command(sub):
    """lab tally"""
    parser = sub.add_parser("tally", help="add up the results of campaigns")
    parser.add_argument("files", nargs="+", type=pathlib.Path,
                        metavar="results.jsonl")
    parser.set_defaults(run=tally.take)


def mutate_command(sub):
    """lab mutate"""
    parser = sub.add_parser("mutate", help="random damage to real dumps, of "
                            "which each run must end well")
    parser.add_argument("dirs", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a case: vmcore and vmlinux, healthy or with a "
                        "fault; where the pages are lzo, zstd or snappy, also "
                        "\"memory\": the dump as it was before")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", type=pathlib.Path, required=True)
    parser.add_argument("--sanitized", type=pathlib.Path,
                        help="also run this build, under sanitizers")
    parser.add_argument("--any-memory", action="store_true",
                        help="--tool is a build under sanitizers, whose allocator "
                        "keeps what was freed: its memory is not judged")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="N",
                        help="begin with the N-th: to go on with a campaign")
    parser.add_argument("--only", type=int, metavar="N",
                        help="the N-th mutation again; its dump and report "
                        "are kept")
    parser.add_argument("--keep", action="store_true",
                        help="keep the dumps that failed")
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=mutate.take)


def copies_command(sub, name, what, run):
    """Damage in copies of healthy dumps; its parser, for more options."""
    parser = sub.add_parser(name, help=f"damage to {what}, in copies of healthy dumps: which are "
                            "named")
    parser.add_argument("dumps", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a case: vmcore (not compressed) and vmlinux")
    parser.add_argument("--out", required=True, type=pathlib.Path,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", required=True, type=pathlib.Path, help="pgcons-dump")
    parser.add_argument("--count", type=int, default=10,
                        help="of each kind in each dump (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=run)
    return parser


def slabs_command(sub):
    """lab slabs"""
    copies_command(sub, "slabs", "the free objects of slabs", slabs.take)


def kinds_option(parser):
    """For commands whose kinds can be chosen."""
    parser.add_argument("--kinds", type=lambda text: text.replace("-", "_").split(","),
                        metavar="LIST", help="only these")


def tables_command(sub):
    """lab tables"""
    kinds_option(copies_command(sub, "tables", "page tables and counts of mappings", tables.take))


def areas_command(sub):
    """lab areas"""
    copies_command(sub, "areas", "what areas of kernel memory say of their pages", areas.take)


def records_command(sub):
    """lab records"""
    copies_command(sub, "records", "what a kernel built with --records keeps of each page", records.take)


def owners_command(sub):
    """lab owners"""
    parser = sub.add_parser("owners", help="where memory went: --owners of a dump against what the "
                            "guest said in the same instant")
    machine_options(parser)
    parser.add_argument("--tool", required=True, type=pathlib.Path, help="pgcons-dump")
    parser.set_defaults(run=owners.main)


def cache_command(sub):
    """lab cache"""
    kinds_option(copies_command(sub, "cache", "the page cache", cache.take))


def flips_command(sub):
    """lab flips"""
    parser = sub.add_parser("flips", help="random flips of bits of healthy "
                            "dumps: how many of them are noticed")
    parser.add_argument("dirs", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a case: vmcore (not compressed) and vmlinux")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("--count", type=int, default=2000,
                        help="flips of each class of pages (default "
                        "%(default)s)")
    parser.add_argument("--areas", default="memmap", metavar="LIST",
                        help="memmap, bitmaps, records (zones, nodes, per-CPU "
                        "lists), tables (that lead to the memmap), all "
                        "(default %(default)s)")
    parser.add_argument("--shapes", default="bit", metavar="LIST",
                        help="of the damage to the memmap: bit, dram (the mix "
                        "of the field), stale, swapped, garbage, zeros, all "
                        "(default %(default)s)")
    parser.add_argument("--batch", type=int, default=40,
                        help="flips that share a run (default %(default)s)")
    parser.add_argument("--alone-share", type=float, default=0.02,
                        metavar="SHARE", help="of the flips are made again, "
                        "each in a run of its own (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=flips.take)


def origin_command(sub):
    """lab origin"""
    parser = sub.add_parser("origin", help="hardware or software: how often "
                            "the verdict is right")
    parser.add_argument("dirs", nargs="*", type=pathlib.Path, metavar="DIR",
                        help="a healthy case: vmcore (not compressed) and vmlinux")
    parser.add_argument("--cases", nargs="+", type=pathlib.Path, default=[],
                        metavar="DIR", help="cases that the planter made: even "
                        "seeds are held out")
    parser.add_argument("--throw-away", action="store_true",
                        help="remove the dump of each such case when it is done")
    parser.add_argument("--add", nargs="+", type=pathlib.Path, default=[],
                        metavar="RESULTS.JSONL", help="of this, and of bugs, to be counted, too")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("--count", type=int, default=400, help="of each side "
                        "and dump (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=origin.take)


def bugs_command(sub):
    """lab bugs"""
    parser = sub.add_parser("bugs", help="software's side of origin, done by "
                            "running kernels")
    machine_options(parser, "192M")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("--rounds", type=int, default=1, help="guests of each "
                        "kernel (default %(default)s); even seeds are held out")
    parser.add_argument("--each", type=int, default=1, help="every bug so often "
                        "in each guest (default %(default)s)")
    parser.add_argument("--only", default="", metavar="LIST", help="of bugs")
    parser.add_argument("--verify", default="all", metavar="LIST")
    parser.add_argument("--keep", action="store_true", help="the dumps of which "
                        "the verdict is wrong")
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=bugs.take)


def imitate_command(sub):
    """lab imitate"""
    parser = sub.add_parser("imitate", help="kernels that nobody has seen, made of "
                            "healthy dumps: nothing may be called corrupt")
    parser.add_argument("dirs", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a case: vmcore (plain, or by zlib) and vmlinux")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", type=pathlib.Path, required=True,
                        help="pgcons-dump")
    parser.add_argument("--only", default="", metavar="LIST",
                        help="of imitations (default: all of them)")
    parser.add_argument("--keep", action="store_true", help="keep the dumps")
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=imitate.take)


def damage_command(sub):
    """lab damage"""
    parser = sub.add_parser("damage", help="make every fault in copies of healthy dumps, "
                            "where no module can be built, and score them")
    parser.add_argument("dirs", nargs="+", type=pathlib.Path, metavar="DIR",
                        help="a healthy case: vmcore (not compressed) and vmlinux")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="a folder to work in, made anew")
    parser.add_argument("--tool", type=pathlib.Path, required=True, help="pgcons-dump")
    parser.add_argument("--faults", default="", metavar="LIST", help="only these (default: all)")
    parser.add_argument("--rounds", type=int, default=1,
                        help="each fault this many times, by other seeds")
    parser.add_argument("--seed", type=int, default=1)
    alone_option(parser)
    parser.add_argument("--timeout", type=float, default=120)
    parser.set_defaults(run=damage.take)


def fingerprint_command(sub):
    """lab fingerprint"""
    parser = sub.add_parser("fingerprint", help="what kernels have that no known one had: rows "
                            "of src/judge/known_layouts.def")
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE",
                        help="a saved layout, a vmlinux with debug information, or a kernel "
                        "image with BTF")
    parser.add_argument("--tool", type=pathlib.Path, default=pathlib.Path("build/pgcons-dump"),
                        help="pgcons-dump (default: %(default)s)")
    parser.add_argument("--update", action="store_true", help="add them to the table")
    parser.set_defaults(run=fingerprint.take)


def initramfs_command(sub):
    """lab initramfs"""
    parser = sub.add_parser("initramfs", help="build a guest's initramfs")
    parser.add_argument("version")
    parser.add_argument("--arch", choices=sorted(MACHINES))
    parser.add_argument("--crash", action="store_true",
                        help="with makedumpfile and kexec")
    parser.set_defaults(run=make_initramfs)


def make_initramfs(args):
    """lab initramfs"""
    kernel = kernels.find(args.version, args.arch)
    module = kernels.planter(kernel) if kernel.can_build_modules else None
    print(initramfs.build(kernel, module, args.crash))
    return 0


def main():
    """Parse and run; errors are one line and status 2."""
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    sub = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (dump_command, suite_command, calm_command,
                    campaign_command, crash_command, live_command, faults_command,
                    sample_command, cut_command, apply_command, score_command,
                    tally_command, mutate_command, flips_command, slabs_command, tables_command,
                    owners_command, areas_command, records_command, origin_command,
                    bugs_command, cache_command,
                    imitate_command, damage_command,
                    fingerprint_command,
                    initramfs_command):
        command(sub)
    args = parser.parse_args()
    if hasattr(args, "mem"):
        args.setup = Setup(mem=args.mem, cpus=args.cpus, nodes=args.nodes,
                           append=args.append, accel=args.accel,
                           vmcoreinfo=not args.no_vmcoreinfo,
                           cpu=args.cpu)
    try:
        return args.run(args)
    except LabError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
