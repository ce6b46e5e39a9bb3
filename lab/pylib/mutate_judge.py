# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of the analyzer on a mutated dump.

Of every one: it ends by itself, soon and in little memory, with a documented status that is
the report's; where there is no report one line says why; the sanitizers are silent, and their
build with another number of threads says the same. Each kind promises more, by PROMISES.
"""

import json

from .score import EXIT_CORRUPT, EXIT_INCOMPLETE

# A clean run is over in 10 ms, and what is told takes time to be told: 600 bytes each.
TIMES_CPU, CPU_FLOOR, CPU_EACH_FINDING = 20, 0.05, 30e-6
# Of 7 MiB that a clean run takes most are the program and its libraries; the notes of a dump may
# be 32 MiB, and are read as far as they go.
TIMES_PEAK, PEAK_FLOOR = 2, 24 << 20
ASIDE = ("pgcons-dump: warning: ", "pgcons-dump: no vmlinux of this kernel at: ")
# Findings for which the checker's maps are a witness that no other replaces.
OF_MAPS = ("tracked-count", "limbo-excess", "complement-broken", "bitmap-padding",
           "allocated-on-free-list", "allocated-no-memory", "free-in-use", "owner-disagrees")
COMPARED = ("findings", "checker", "coverage", "zones", "states", "totals")
WHERE = ("finding", "pfn", "node", "zone", "order")
WHERE_PAGE = ("finding", "pfn", "order")


class Outcome:
    """A run, and what it wrote."""

    def __init__(self, measured, out, err):
        self.measured = measured
        self.out = out
        self.lines = err.decode(errors="replace").splitlines()
        self.failure = None
        try:
            self.doc = json.loads(out) if out else None
        except ValueError:
            self.doc = None
        # What is written where there is no report
        if self.doc and self.doc.get("record") == "error":
            self.doc, self.failure = None, self.doc

    @property
    def status(self):
        """The exit status."""
        return self.measured.status or 0


class Trial:
    """A mutated dump's outcome beside the clean one's."""

    def __init__(self, clean, outcome, touched, zone_of):
        self.clean = clean.doc
        self.clean_outcome = clean
        self.doc = outcome.doc
        self.outcome = outcome
        self.touched = touched
        self.zone_of = zone_of
        self.kept_elsewhere = 0

    def places(self, finding):
        """(node, zone) that a finding is of: that of its page, and the one it names, which a
        struct page or a node that is none may have made up."""
        zone = self.zone_of(finding["pfn"]) if "pfn" in finding else None
        return ({zone.key} if zone else set()) | \
            ({(finding["node"], finding["zone"])} if "zone" in finding else set())

    def may_change(self, finding):
        """Whether it is of no zone, of a touched one, or of one of a touched zone's node whose
        name is now another."""
        places = self.places(finding)
        nodes = {node for node, _ in self.touched}
        return not places or bool(places & self.touched) or \
            any(place not in zones_of(self.clean) and place[0] in nodes for place in places)

    def new(self, severities=("corrupt", "suspect")):
        """Findings that the clean run had not."""
        known = {where(finding) for finding in self.clean["findings"]}
        return [finding for finding in self.doc["findings"]
                if finding["severity"] in severities and where(finding) not in known]


def where(finding):
    """What makes it the same finding. Without types zones have no names, but a page is one."""
    return tuple(finding.get(key) for key in (WHERE_PAGE if "pfn" in finding else WHERE))


def brief(findings):
    """For a note."""
    return "; ".join(" ".join(f"{key}={finding[key]}" for key in (*WHERE, "severity")
                              if key in finding) for finding in findings[:3])


def same_list(finding, other):
    """Both of one free list: where a page is lost, a fault shows by its other end."""
    return all("list-" in one["finding"] and "order" in one for one in (finding, other)) and \
        all(finding[key] == other[key] for key in ("node", "zone", "order"))


def calm(trial):
    """Damage to the dump is none of the kernel's."""
    new = [finding for finding in trial.new() if not any(
        same_list(finding, known) for known in trial.clean["findings"])] if trial.doc else ()
    return f"cries wolf: {len(new)}: {brief(new)}" if new else None


def entries(trial):
    """Of damage to page tables, the entry is named, and what lies behind it is left alone."""
    new = [finding for finding in trial.new() if finding["finding"] != "page-table-entry"] \
        if trial.doc else ()
    return f"cries wolf: {len(new)}: {brief(new)}" if new else None


def told(trial):
    """It does not go unnoticed."""
    if trial.outcome.status & EXIT_INCOMPLETE or trial.doc and trial.new():
        return None
    return "not told"


def noted(trial):
    """The same, but a note will do: of a page in use few states cannot be."""
    if trial.outcome.status & EXIT_INCOMPLETE or trial.doc and \
            trial.new(("corrupt", "suspect", "note")):
        return None
    return "not even noted"


def whole(trial):
    """Nothing is lost in silence."""
    if trial.outcome.status & EXIT_INCOMPLETE or not trial.doc or trial.new():
        return None
    differ = [key for key in COMPARED if trial.doc[key] != trial.clean[key]]
    return f"without a word, {', '.join(differ)} differ" if differ else None


def same(trial):
    """The report is the clean one."""
    if not trial.doc:
        return "no report"
    differ = [key for key in trial.clean if key not in
              ("dump", "dump_id", "run_id", "memory_id", "tool")
              and trial.doc.get(key) != trial.clean[key]]
    return f"{', '.join(differ)} differ" if differ else None


def zones_of(doc):
    """By node and name."""
    return {(zone["node"], zone["zone"]): zone for zone in doc["zones"]}


def others(trial):
    """Zones that were not touched are as they were, and so are their findings."""
    if not trial.doc:
        return "no report, though other zones can be read"
    found = zones_of(trial.doc)
    differ = [key for key, zone in zones_of(trial.clean).items()
              if key not in trial.touched and found.get(key) != zone]
    if differ:
        return f"other zones differ: {differ}"
    for finding in trial.clean["findings"]:
        if trial.may_change(finding):
            continue
        if finding not in trial.doc["findings"]:
            return f"lost: {brief([finding])}"
        trial.kept_elsewhere += 1
    new = [finding for finding in trial.new(("corrupt",))
           if not trial.may_change(finding)]
    return f"new in other zones: {brief(new)}" if new else None


def lists(trial):
    """What was read of all zones is as it was."""
    if not trial.doc:
        return "no report"
    return None if trial.doc["zones"] == trial.clean["zones"] else "zones differ"


def found(trial, but=()):
    """What was found is still found, if by fewer witnesses."""
    if not trial.doc:
        return "no report"
    names = {where(finding) for finding in trial.doc["findings"]}
    lost = [finding for finding in trial.clean["findings"]
            if where(finding) not in names and finding["finding"] not in but]
    return f"lost: {brief(lost)}" if lost else None


def found_without(trial):
    """The same, but for what only the checker's maps tell."""
    return found(trial, OF_MAPS)


PROMISES = {check.__name__: check for check in (
    calm, entries, told, noted, whole, same, others, lists, found, found_without)}


def ended_badly(outcome, limit, any_memory=False):
    """Signal, status, time, memory."""
    run = outcome.measured
    # A sanitizer's allocator makes each finding dearer, not the clean run.
    dearer = 4 if any_memory else 1
    if run.signal:
        return [f"signal {run.signal} after {run.cpu:.1f} s of CPU"]
    problems = []
    if run.status & ~(EXIT_CORRUPT | EXIT_INCOMPLETE):
        problems.append(f"exit status {run.status}")
    told_of = len(outcome.doc["findings"]) if outcome.doc else 0
    if limit and run.cpu > TIMES_CPU * max(limit.measured.cpu, CPU_FLOOR) + \
            told_of * CPU_EACH_FINDING * dearer:
        problems.append(f"{run.cpu:.2f} s of CPU, clean {limit.measured.cpu:.2f}")
    if limit and not any_memory and run.peak > TIMES_PEAK * max(limit.measured.peak, PEAK_FLOOR):
        problems.append(f"{run.peak >> 20} MiB, clean {limit.measured.peak >> 20}")
    return problems


def says_badly(outcome):
    """Status against report, and stderr."""
    problems = []
    lines = [line for line in outcome.lines if not line.startswith(ASIDE)]
    if len(lines) > 1 or not all(line.startswith("pgcons-dump: ") and line.isprintable()
                                 for line in lines):
        problems.append(f"stderr: {lines[:3]}")
    if outcome.doc is None:
        if not outcome.failure:
            problems.append("stdout is no JSON")
        elif outcome.failure["result"] != "incomplete" or \
                [f"pgcons-dump: {why}" for why in outcome.failure["limits"]] != lines:
            problems.append(f"stderr: {lines}, but the record: {outcome.failure['limits']}")
        if outcome.status != EXIT_INCOMPLETE or len(lines) != 1:
            problems.append(f"status {outcome.status} and {len(lines)} lines, but no report")
        return problems
    doc = outcome.doc
    if bool(outcome.status & EXIT_CORRUPT) != bool(doc["totals"]["corrupt"]):
        problems.append(f"status {outcome.status}, but {doc['totals']['corrupt']} corrupt")
    done = not outcome.status & EXIT_INCOMPLETE
    result = "inconsistent" if doc["totals"]["corrupt"] else \
        "consistent" if done else "incomplete"
    if doc["result"] != result:
        problems.append(f"status {outcome.status}, but result {doc['result']}")
    return problems


def sanitized_badly(plain, sanitized):
    """What the sanitizers say, and whether that build says the same."""
    text = "\n".join(sanitized.lines)
    for sign in ("ERROR: AddressSanitizer", "runtime error:", "LeakSanitizer", "ThreadSanitizer"):
        if sign in text:
            at = text.index(sign)
            return [f"sanitizer: {text[max(0, at - 80):at + 300]}"]
    if sanitized.measured.signal:
        return [f"sanitized: signal {sanitized.measured.signal}"]
    if (plain.status, plain.out) != (sanitized.status, sanitized.out):
        return [f"sanitized, by other threads: status {sanitized.status} instead of "
                f"{plain.status}, or another report"]
    return []


def problems_of(trial, holds, sanitized, any_memory):
    """All that is wrong."""
    problems = ended_badly(trial.outcome, trial.clean_outcome, any_memory)
    if not problems or not trial.outcome.measured.signal:
        problems += says_badly(trial.outcome)
        problems += filter(None, (PROMISES[name](trial) for name in holds))
    if sanitized:
        problems += sanitized_badly(trial.outcome, sanitized)
    return problems
