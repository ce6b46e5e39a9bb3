# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands share that plant damage of one kind in copies of healthy dumps: slabs, areas,
cache, tables.

Each fault is a run of its own, with what --verify=... there is for it, and is found, or not, by what
the command knows of it.
"""

import collections
import json
import random

from .base import LabError
from .flips import Subject
from .image import PAGE
from .tally import print_kinds


def analyse(subject, verify):
    """What the analyzer says of the copy as it is now, with --verify=..."""
    out, err = subject.work.with_name("stdout"), subject.work.with_name("stderr")
    subject.meter.run([subject.args.tool, "--json", f"--verify={verify}",
                       f"--layout={subject.layout}", subject.work], {}, out, err,
                      subject.args.timeout)
    try:
        return json.loads(out.read_bytes())
    except ValueError:
        raise LabError(err.read_text(encoding="utf-8", errors="replace")) from None


def in_file(subject, writes, phys=None):
    """The same by offsets in the copy, page by page. @phys: of an address; else as the kernel's are."""
    for addr, data in writes:
        while data:
            piece = min(len(data), PAGE - addr % PAGE)
            offset = subject.offset((phys or subject.kernel.phys)(addr))
            if offset is None:
                raise LabError("not in the dump")
            yield offset, data[:piece]
            addr, data = addr + piece, data[piece:]


def damaged(subject, writes, verify, phys=None):
    """The findings that are new with these bytes written over the copy."""
    places = list(in_file(subject, writes, phys))
    subject.report = lambda: (analyse(subject, verify)["findings"], [])
    findings, _ = subject.damaged(places)
    return findings


def take(args, plants, kinds, columns):
    """The command: @plants(subject, chance, table) plants in one dump, counts in @table by kind and
    column, and yields for each fault whether it was found as it should be."""
    args.out.mkdir(parents=True)
    args.tool = args.tool.resolve()
    table = collections.defaultdict(collections.Counter)
    outcomes = collections.Counter()
    for number, folder in enumerate(args.dumps):
        subject = Subject(folder, args, number)
        try:
            chance = random.Random(f"{args.seed} {folder.name}")
            outcomes.update(plants(subject, chance, table))
        finally:
            subject.close()
    print_kinds(table, getattr(args, "kinds", None) or kinds, columns)
    print(f"{outcomes[True]} passed, {outcomes[False]} failed")
    return 1 if outcomes[False] else 0
