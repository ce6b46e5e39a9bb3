# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of bench/run."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from pylib.base import LabError, say

from . import cases, contest, machine, results

TOP = cases.TOP


def parse(argv):
    """The options."""
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Measures pgcons-dump against the bare "
        "reading of the same bytes and against crash, drgn and makedumpfile.")
    parser.add_argument("files", nargs="*", metavar="VMCORE VMLINUX",
                        type=pathlib.Path, help="these dumps")
    parser.add_argument("--dumps", type=pathlib.Path, metavar="DIR",
                        help="all dumps in folders of DIR (DIR/NAME/vmcore, "
                        "DIR/NAME/vmlinux); what is missing is made there")
    parser.add_argument("--no-make", dest="make", action="store_false",
                        help="make and fetch nothing")
    parser.add_argument("--quick", action="store_true",
                        help="make only the small dumps, 3 rounds")
    parser.add_argument("--only", default="", metavar="LIST",
                        help="make and measure only the dumps whose names "
                        "begin so")
    parser.add_argument("--rounds", type=int, default=0,
                        help="default 11; dumps that take long get fewer")
    parser.add_argument("--budget", type=float, default=300,
                        metavar="SECONDS", help="what taking long means for "
                        "all rounds on a dump (default %(default)s)")
    parser.add_argument("--timeout", type=float, default=900,
                        metavar="SECONDS", help="for one run of a program")
    parser.add_argument("--peers", default="crash,drgn,makedumpfile",
                        metavar="LIST", help="default %(default)s")
    parser.add_argument("--tool", type=pathlib.Path,
                        default=TOP / "build" / "pgcons-dump",
                        metavar="PATH", help="default build/pgcons-dump")
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE",
                        default=TOP / "bench" / "RESULTS.md",
                        help="default bench/RESULTS.md")
    args = parser.parse_args(argv)
    if len(args.files) % 2 or not (args.files or args.dumps):
        parser.error("name --dumps DIR, or pairs of VMCORE VMLINUX")
    args.rounds = args.rounds or (3 if args.quick else 11)
    args.called = "bench/run " + " ".join(
        word.rpartition("/")[2] if "/" in word else word for word in argv)
    return args


def build(tool):
    """The helpers, beside the program."""
    # A make that runs the tests must not hand its own settings on.
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-C", tool.parent, "bench-tools"],
                          check=False, stdout=subprocess.DEVNULL, env=env)
    if done.returncode:
        raise LabError(f"{tool.parent}: make bench-tools failed")


def find_cases(args):
    """The dumps to measure."""
    only = tuple(args.only.split(",")) if args.only else ("",)

    def wanted(name):
        return name.startswith(only)

    found = [cases.Case(vmcore.resolve().parent.name or vmcore.name, vmcore,
                        vmlinux)
             for vmcore, vmlinux in zip(args.files[::2], args.files[1::2])]
    if args.dumps:
        folder = args.dumps.resolve()
        if args.make:
            sizes = cases.SIZES[:1] if args.quick else cases.SIZES
            grown = list(cases.GROWN)
            if args.quick:
                grown = [name for name in grown if name.endswith("G")]
            cases.make(folder, sizes, grown, wanted,
                       args.tool.parent / "bench")
        found += cases.find(folder)
    return [case for case in found if wanted(case.name)]


def work(args):
    """Everything."""
    args.tool = args.tool.resolve()
    build(args.tool)
    about = machine.describe()
    found = find_cases(args)
    if not found:
        raise LabError("no dumps")
    done = []
    with tempfile.TemporaryDirectory(prefix="pgcons-bench.") as name:
        tools = contest.find_tools(args, pathlib.Path(name))
        for case in found:
            try:
                done.append(contest.contest(tools, case, args))
            except LabError as error:
                say(f"{case.name}: {error}".splitlines()[0])
                continue
            print(results.plain(results.table(done[-1:])), flush=True)
            results.write(args.results, done, about,
                          machine.versions(tools, TOP), args)
    for row in results.bars(done)[1:]:
        print(f"{row[4].strip('*') or '-':<8} {row[0]}: {row[1]}: {row[2]} "
              f"({row[3]})")
    for line in results.left_out(done):
        print(line)
    say(f"{args.results}")
    return 0 if done else 1


def main(argv=None):
    """Returns the exit status."""
    try:
        return work(parse(sys.argv[1:] if argv is None else argv))
    except LabError as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 32
