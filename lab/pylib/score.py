# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the analyzer's findings against the truth about each case."""

import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from .base import LabError, say

EXIT_CORRUPT = 4
EXIT_INCOMPLETE = 8
RANK = {"note": 0, "suspect": 1, "corrupt": 2}
COLUMNS = ("found", "wrong pfn", "wrong finding", "missed", "extra", "broken")


@dataclasses.dataclass
class Verdict:
    """What became of one case."""
    case: str
    kind: str
    counts: collections.Counter
    notes: list

    @property
    def passed(self):
        """All expected was found, and nothing else was said."""
        return not any(self.counts[name] for name in COLUMNS[1:])


def has_pfn(finding, pfn):
    """Whether a finding, which may be a run, covers a pfn."""
    first = finding.get("pfn")
    return first is not None and \
        first <= pfn < first + finding.get("count", 1)


def in_place(finding, wanted):
    """Whether a finding is where the truth says the damage is."""
    for key in ("node", "zone", "order"):
        if key in wanted and key in finding and wanted[key] != finding[key]:
            return False
    if "pfn" not in wanted:
        return True
    places = [wanted["pfn"], *wanted.get("near", ())]
    if any(has_pfn(finding, pfn) for pfn in places):
        return True
    # A run of damage may be told in pieces: any part of it counts.
    end = wanted["pfn"] + wanted.get("count", wanted.get("span", 1))
    return wanted["pfn"] <= finding.get("pfn", -1) < end


def names_of(wanted):
    """The findings that would tell of this damage."""
    return {wanted["finding"], *wanted.get("or", ())}


def is_loud_enough(finding, wanted):
    """Whether a finding is told as plainly as the truth asks for."""
    return RANK[finding["severity"]] >= RANK[wanted.get("least", "note")]


def has_limit(report, text):
    """Whether the report says so of what it could not do."""
    return any(text in limit for limit in report["limits"])


def judge_expected(wanted, report):
    """found, wrong pfn, wrong finding or missed, for one expectation."""
    findings = report["findings"]
    if "limit" in wanted and has_limit(report, wanted["limit"]):
        return "found"
    findings = [f for f in findings if is_loud_enough(f, wanted)]
    named = [f for f in findings if f["finding"] in names_of(wanted)]
    if any(in_place(finding, wanted) for finding in named):
        return "found"
    if named:
        return "wrong pfn"
    if "pfn" in wanted and any(in_place(f, wanted) for f in findings):
        return "wrong finding"
    return "missed"


def run_covered(wanted, findings):
    """How many pfns of an expected run the findings name."""
    end = wanted["pfn"] + wanted["count"]
    covered = 0
    for finding in findings:
        if finding["finding"] in names_of(wanted) and "pfn" in finding:
            first = finding["pfn"]
            last = first + finding.get("count", 1)
            covered += max(0, min(last, end) - max(first, wanted["pfn"]))
    return covered


def is_extra(finding, truth):
    """Whether a finding is neither expected nor an excusable consequence."""
    if finding["severity"] == "note":
        return False
    if "*" in truth["also"] or finding["finding"] in truth["also"]:
        return False
    return not any(finding["finding"] in names_of(wanted)
                   and in_place(finding, wanted)
                   for wanted in truth["expect"])


def judge(truth, report):
    """The counts and the notes for one case."""
    counts, notes = collections.Counter(), []
    findings = report["findings"]
    for wanted in truth["expect"]:
        outcome = judge_expected(wanted, report)
        if outcome == "found" and "count" in wanted and \
                run_covered(wanted, findings) < wanted["count"]:
            outcome = "wrong pfn"
        counts[outcome] += 1
        if outcome != "found":
            notes.append(f"{outcome}: expected {json.dumps(wanted)}")
    for finding in findings:
        if is_extra(finding, truth):
            counts["extra"] += 1
            notes.append("extra: " + " ".join(
                f"{key}={finding[key]}" for key in
                ("finding", "severity", "pfn", "count", "node", "zone")
                if key in finding))
    return counts, notes


def may_be_incomplete(report, truth):
    """Whether the case is one that cannot be done, and that is the reason."""
    reason = truth.get("incomplete")
    if any(has_limit(report, wanted["limit"]) for wanted in truth["expect"]
           if "limit" in wanted):
        return True
    if not reason and truth["fault"] == "trylock-wild":
        # Nothing leads behind the break of a chain that has one direction.
        reason = "could not be walked to the end"
    return reason and has_limit(report, reason)


def status_problem(status, report, truth):
    """What is wrong with the exit status, or None."""
    if any(one["finding"] == "checker-state" for one in truth["expect"]):
        # Without its maps the checker's part cannot be done.
        status &= ~EXIT_INCOMPLETE
    corrupt = any(f["severity"] == "corrupt" for f in report["findings"])
    if status & ~(EXIT_CORRUPT | EXIT_INCOMPLETE):
        return f"exit status {status}"
    if status & EXIT_INCOMPLETE and not may_be_incomplete(report, truth):
        return f"exit status {status}: the dump is whole, yet not all was done"
    if bool(status & EXIT_CORRUPT) != corrupt:
        return f"exit status {status} against corrupt findings: {corrupt}"
    if status == 0 and report["result"] == "incomplete":
        return f"result {report['result']} with exit status {status}"
    return None


def run_tool(tool, folder, timeout):
    """Run the analyzer on a case."""
    argv = [str(tool), "--json"]
    # Of a dump that makedumpfile split, the first piece: one file is taken.
    argv += [str(path) for path in sorted(folder.glob("vmcore*"))[:1]]
    vmlinux = folder / "vmlinux"
    if vmlinux.exists():
        argv.append(str(vmlinux))
    try:
        return subprocess.run(argv, timeout=timeout, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        raise LabError(f"no answer in {timeout} s") from None


def parsed(done):
    """The analyzer's JSON."""
    try:
        report = json.loads(done.stdout)
        if report.get("record") != "error":
            return report
        raise ValueError
    except ValueError:
        text = done.stderr.decode(errors="replace").strip().splitlines()
        raise LabError(f"exit status {done.returncode}, no JSON: "
                       f"{text[-1] if text else 'silent'}") from None


def alone_problem(done, report, folder, args):
    """What is otherwise when the dump itself must tell of its kernel, or None."""
    # A vmlinux beside the dump would be found.
    with tempfile.TemporaryDirectory() as apart:
        apart = pathlib.Path(apart)
        (apart / "vmcore").symlink_to(sorted(folder.glob("vmcore*"))[0].resolve())
        other = run_tool(args.tool, apart, args.timeout)
    alone = parsed(other)
    source = alone["kernel"].pop("facts_from")
    if source != "BTF and kallsyms":
        return f"alone: facts are from {source}"
    if other.returncode != done.returncode:
        return f"alone: exit status {other.returncode}, not {done.returncode}"
    with_vmlinux = json.loads(json.dumps(report))
    del with_vmlinux["kernel"]["facts_from"], with_vmlinux["dump"]["path"], \
        alone["dump"]["path"]
    # Its code is compared only with the vmlinux.
    with_vmlinux["coverage"].pop("text", None)
    for doc in with_vmlinux, alone:
        del doc["run_id"], doc["tool"]["arguments"]
    differ = [key for key in with_vmlinux if with_vmlinux[key] != alone.get(key)]
    return f"alone: {', '.join(differ)} differ" if differ else None


def judge_piece(done):
    """A piece of a dump: all that is asked is to be told so."""
    if done.returncode & ~EXIT_CORRUPT == EXIT_INCOMPLETE:
        return collections.Counter(), []
    return collections.Counter(broken=1), \
        [f"exit status {done.returncode} for a piece of a dump"]


def score_case(folder, args):
    """The verdict on one case."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    kind = truth["fault"] or truth.get("variant", "healthy")
    try:
        done = run_tool(args.tool, folder, args.timeout)
        if truth.get("piece"):
            return Verdict(str(folder), "piece of a dump", *judge_piece(done))
        report = parsed(done)
        problems = [status_problem(done.returncode, report, truth)]
        if args.alone:
            problems.append(alone_problem(done, report, folder, args))
    except LabError as error:
        return Verdict(str(folder), kind, collections.Counter(broken=1),
                       [str(error)])
    counts, notes = judge(truth, report)
    for problem in filter(None, problems):
        counts["broken"] += 1
        notes.append(problem)
    return Verdict(str(folder), kind, counts, notes)


def undone(kind):
    """The verdict on a case that could not be made."""
    return Verdict(kind, kind, collections.Counter(broken=1), ["no dump"])


def cases_below(dirs):
    """Every directory with a truth.json, itself or below."""
    found = []
    for top in dirs:
        if not top.is_dir():
            raise LabError(f"{top}: no such directory")
        found += sorted(path.parent for path in top.rglob("truth.json"))
    if not found:
        raise LabError("no case with a truth.json there")
    return found


def print_table(verdicts):
    """One row for each kind of case."""
    kinds = collections.defaultdict(collections.Counter)
    for verdict in verdicts:
        row = kinds[verdict.kind]
        row.update(verdict.counts)
        row["cases"] += 1
        row["passed"] += verdict.passed
    width = max(len(kind) for kind in kinds)
    names = ("cases", "passed", *COLUMNS)
    print(f"{'kind':{width}}  " + "  ".join(names))
    for kind in sorted(kinds):
        row = kinds[kind]
        print(f"{kind:{width}}  " + "  ".join(
            f"{row[name] or '.':>{len(name)}}" for name in names))


def find_tool(args):
    """The analyzer by its full name, for it is run from elsewhere."""
    if not os.access(args.tool, os.X_OK):
        raise LabError(f"{args.tool}: cannot be run")
    args.tool = args.tool.resolve()


def print_closing(verdicts):
    """The last line of all that scores, and its exit status."""
    failed = sum(not verdict.passed for verdict in verdicts)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 1 if failed else 0


class Stream:
    """
    Cases analysed while the next ones are made. One that passed is thrown
    away at once, so that a thousand dumps need the room of a few.
    """

    def __init__(self, args, pool, results=None):
        self.args = args
        self.pool = pool
        self.results = results
        self.pending = []
        self.verdicts = []

    def add(self, folder, facts):
        """Hand a case over; the facts go into its line of the results."""
        self.pending.append((folder, facts,
                             self.pool.submit(score_case, folder, self.args)))
        self.collect(3)

    def collect(self, keep=0):
        """Take in the verdicts of all but the newest cases."""
        while len(self.pending) > keep:
            folder, facts, job = self.pending.pop(0)
            verdict = job.result()
            self.verdicts.append(verdict)
            if self.results:
                self.results.write(json.dumps({
                    **facts, "passed": verdict.passed,
                    "counts": dict(verdict.counts),
                    "notes": verdict.notes[:5]}) + "\n")
                self.results.flush()
            if verdict.passed:
                shutil.rmtree(folder)
            else:
                say(f"FAILED {folder}: {'; '.join(verdict.notes[:2])}")


def run(args):
    """lab score"""
    find_tool(args)
    folders = cases_below(args.dirs)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        verdicts = list(pool.map(lambda one: score_case(one, args), folders))
    print_table(verdicts)
    failed = [verdict for verdict in verdicts if not verdict.passed]
    for verdict in failed:
        print(f"FAILED {verdict.case}")
        if args.verbose:
            for note in verdict.notes[:20]:
                print(f"  {note}")
    return print_closing(verdicts)
