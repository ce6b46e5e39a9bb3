# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds up what campaigns and calm runs wrote to their results.jsonl: kinds by kernels."""

import collections
import json

from .base import LabError


def read(paths):
    """Every case of the files, in order."""
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def print_kinds(table, kinds, columns):
    """A Markdown table of what was planted in copies of dumps: by kind, and how often what of it."""
    print("| kind | " + " | ".join(columns) + " |\n| --- |" + " ---: |" * len(columns))
    for kind in kinds:
        print(f"| {kind.replace('_', '-')} | " +
              " | ".join(str(table[kind][name]) for name in columns) + " |")


def take(args):
    """lab tally: a Markdown table"""
    kinds = collections.defaultdict(collections.Counter)
    versions = collections.Counter()
    for case in read(args.files):
        row = kinds[case.get("fault") or case.get("variant")]
        version = case["version"].rsplit("/", 1)[-1]
        versions[version] += 1
        row[version] += 1
        row["cases"] += 1
        row["passed"] += case["passed"]
        for outcome, number in case["counts"].items():
            row[outcome] += number
    if not kinds:
        raise LabError("no case in there")
    names = ["cases", *sorted(versions), "passed", "found", "wrong pfn",
             "wrong finding", "missed", "extra", "broken"]
    print("| kind | " + " | ".join(names) + " |")
    print("| --- |" + " ---: |" * len(names))
    total = collections.Counter()
    for kind in sorted(kinds):
        total.update(kinds[kind])
        print(f"| {kind} | "
              + " | ".join(str(kinds[kind][name]) for name in names) + " |")
    print("| **all** | " + " | ".join(str(total[name]) for name in names)
          + " |")
    return 0
