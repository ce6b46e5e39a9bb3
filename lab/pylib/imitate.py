# SPDX-License-Identifier: GPL-2.0-or-later
"""lab imitate: what is said of kernels that nobody has seen, by healthy dumps made to look so."""

import collections
import json
import os
import pathlib
import shutil
import subprocess

from . import image as images, objects
from .base import LabError, run as run_program, say
from .imitations import ROWS, Copy
from .pageclass import Pages


class Source:
    """A healthy dump and what is known of it."""

    def __init__(self, folder, args):
        self.name, self.args = folder.name, args
        self.dump = next(folder.glob("vmcore*"), None)
        if self.dump is None:
            raise LabError(f"{folder}: no folder with a vmcore")
        self.image = images.load(self.dump)
        layout = args.out / f"{self.name}.layout"
        run_program([args.tool, f"--save-layout={layout}", folder / "vmlinux"], "the layout")
        self.layout = layout.read_text(encoding="utf-8")
        self.kernel = objects.Kernel(self.image, objects.Layout(self.layout))
        self.pages = Pages(self.kernel)

    def make(self, row):
        """The dump and the layout of an imitation; None: it changes nothing here."""
        copy = Copy(self.image, self.kernel, self.pages, self.layout)
        row.make(copy)
        if not copy.changed and not copy.bytes and copy.layout == self.layout:
            return None
        place = self.args.out / f"{self.name}-{row.name}"
        place.mkdir(parents=True)
        dump, layout = place / "vmcore", place / "layout"
        layout.write_text(copy.layout, encoding="utf-8")
        shutil.copyfile(self.dump, dump)
        dump.chmod(0o600)
        with open(dump, "r+b") as file:
            end = os.fstat(file.fileno()).st_size
            for pfn, contents in copy.changed.items():
                for offset, data in self.image.store(pfn, bytes(contents), end):
                    file.seek(offset)
                    file.write(data)
                    end = max(end, offset + len(data))
            for offset, data in copy.bytes:
                file.seek(offset)
                file.write(data)
        return dump, layout

    def report(self, dump, layout):
        """(status, findings, limits)"""
        done = subprocess.run([self.args.tool, "--json", f"--layout={layout}", dump],
                              check=False, capture_output=True, timeout=self.args.timeout)
        try:
            doc = json.loads(done.stdout)
        except ValueError:
            return done.returncode, [], done.stderr.decode(errors="replace").splitlines()
        return done.returncode, doc.get("findings", []), doc["limits"]


def judge(row, status, findings, limits):
    """(was it right, what was said)"""
    told = collections.Counter((one["severity"], one["finding"]) for one in findings
                               if one["severity"] != "note")
    corrupt = sum(count for (severity, _), count in told.items() if severity == "corrupt")
    rules = [one["evidence"]["rule"] for one in findings if one["finding"] == "model-mismatch"]
    words = [f"{count} {severity} {name}" for (severity, name), count in told.items()
             if name != "model-mismatch"]
    named = bool(rules or limits) and status & 8
    # What nothing stands on is not noticed, which is as well.
    return not corrupt and (named or not words), rules, words, limits


def take(args):
    """lab imitate"""
    if args.out.exists():
        raise LabError(f"{args.out}: is there already")
    args.out.mkdir(parents=True)
    names = [row.name for row in ROWS]
    wanted = args.only.split(",") if args.only else names
    if unknown := set(wanted) - set(names):
        raise LabError(f"no imitation called {', '.join(unknown)}")
    failed = 0
    for folder in args.dirs:
        source = Source(pathlib.Path(folder), args)
        for row in ROWS:
            if row.name not in wanted:
                continue
            made = source.make(row)
            if not made:
                continue
            dump, layout = made
            status, findings, limits = source.report(dump, layout)
            right, rules, words, limits = judge(row, status, findings, limits)
            failed += not right
            print(f"{'ok' if right else 'NOT OK'} {source.name} {row.name}: status {status}; "
                  f"misfit: {', '.join(rules) or '-'}; beside it: {', '.join(words) or '-'}; "
                  f"limits: {' | '.join(limits) or '-'}", flush=True)
            if not args.keep:
                shutil.rmtree(dump.parent)
    say(f"{failed} failed")
    return 1 if failed else 0
