# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of pgcons-fleet: records into tables, the questions of fleet.sql, three forms."""

import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def one_bit(text):
    """The number of the bit that a "0x..." has; None: it has not exactly one."""
    value = int(text, 16)
    return value.bit_length() - 1 if value and not value & (value - 1) else None


def place_of(found):
    """Where one wrong bit is: in physical memory, or in a field of a page; None: it is not one."""
    evidence = found.get("evidence", {})
    word = evidence.get(f"{found.get('verdict')}_word_paddr")
    if word and "bit" in evidence and found.get("count") == 1:
        return f"phys 0x{int(word, 16) + evidence['bit'] // 8:x}, bit {evidence['bit'] % 8}"
    xor = found.get("xor")
    if isinstance(xor, str) and one_bit(xor) is not None and "pfn" in found and "field" in found:
        return f"page 0x{found['pfn']:x}, {found['field']}, bit {one_bit(xor)}"
    return None


def reason_of(record):
    """Why there is no whole report, so that equal reasons are equal."""
    limits = (record["report"] or {}).get("limits") or []
    text = record["error"] or (limits[0] if limits else None)
    if not text:
        return None
    text = text.removeprefix("pgcons-dump: ").replace(record["path"], "").removeprefix(": ")
    return re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{40}\b|\d+", "N", text)[:200]


def verdict_of(report):
    if report is None or report.get("record") == "error":
        return "unread"
    if report["result"] == "consistent" and report["totals"]["suspect"]:
        return "suspect"
    return report["result"]


def utc(seconds):
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds)) if seconds else None


def row_of(record):
    report = record["report"] or {}
    crash, kernel = report.get("crash", {}), report.get("kernel", {})
    verdict = verdict_of(record["report"])
    machine = crash.get("machine") or crash.get("hostname") or \
        crash.get("hardware", {}).get("machine_id")
    return (record["path"], machine, kernel.get("release"), kernel.get("build_id"),
            verdict, crash.get("panic"), utc(crash.get("time")),
            report.get("signature", {}).get("kind"), report.get("memory_id"),
            reason_of(record) if verdict in ("unread", "incomplete") else None,
            record["seconds"], report.get("origin"), report.get("confidence"))


def rows_of(records):
    """(table, values) of one record after another: together they may be larger than memory."""
    for record in records:
        yield "dumps", row_of(record)
        for found in (record["report"] or {}).get("findings", ()):
            if found["severity"] != "note":
                yield "findings", (record["path"], found["finding"], found["severity"],
                                   found.get("verdict"), found.get("class"), place_of(found))


def read_sql():
    """The tables, and (name, title, question) of each question."""
    with open(os.path.join(HERE, "fleet.sql"), encoding="utf-8") as file:
        tables, *asked = re.split(r"^-- ask ", file.read(), flags=re.M)
    questions = []
    for text in asked:
        head, query = text.split("\n", 1)
        name, title = head.split(": ", 1)
        questions.append((name, title, query))
    return tables, questions


SIZE = "SELECT COUNT(*), COALESCE(SUM(seconds), 0) FROM dumps"


# --- engines: (name, columns, rows) of each question ------------------------------------------

def ask_sqlite(tables, questions, rows, args):
    db = sqlite3.connect(args.db or ":memory:")
    db.executescript(tables)
    for table, values in rows:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    db.commit()
    for name, query in questions:
        found = db.execute(query, (args.top,) if "?1" in query else ())
        yield name, [one[0] for one in found.description], found.fetchall()
    db.close()


def ask_duckdb(tables, questions, rows, args):
    """By Python's package of it."""
    import duckdb
    db = duckdb.connect(args.db or ":memory:")
    db.execute(tables)
    many = {}
    for table, values in rows:
        many.setdefault(table, []).append(values)
    for table, all_values in many.items():
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(all_values[0]))})",
                       all_values)
    for name, query in questions:
        found = db.execute(query, (args.top,) if "?1" in query else ())
        yield name, [one[0] for one in found.description], found.fetchall()
    db.close()


def node_environment():
    """Where packages for all users are, too."""
    node = shutil.which("node")
    top = os.path.dirname(os.path.dirname(os.path.realpath(node))) if node else ""
    paths = [os.environ.get("NODE_PATH"), os.path.join(top, "lib/node_modules")]
    return node, dict(os.environ, NODE_PATH=":".join(one for one in paths if one))


def ask_node(tables, questions, rows, args):
    """DuckDB by Node's package of it."""
    node, environment = node_environment()
    child = subprocess.Popen([node, os.path.join(HERE, "pgcons_fleet_duckdb.cjs")], text=True,
                             env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.stdin.write(json.dumps([tables, questions, args.top, args.db]) + "\n")
        for row in rows:
            child.stdin.write(json.dumps(row) + "\n")
        child.stdin.close()
        for line in child.stdout:
            name, columns, found = json.loads(line)
            yield name, columns, found
    finally:
        child.stdout.close()
        if child.wait():
            raise OSError("DuckDB did not answer")


def find_engine(wanted, keeps):
    """DuckDB where it is installed, but for tables that are kept: they are SQLite's, unless asked."""
    if wanted == "sqlite" or (wanted == "auto" and keeps):
        return ask_sqlite
    try:
        import duckdb  # noqa: F401
        return ask_duckdb
    except ImportError:
        pass
    node, environment = node_environment()
    if node and subprocess.run([node, "-e", "require.resolve('@duckdb/node-api')"],
                               env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return ask_node
    if wanted == "duckdb":
        raise OSError("there is no DuckDB: neither Python's duckdb nor Node's @duckdb/node-api")
    return ask_sqlite


def ask(records, args):
    """How many dumps and seconds, and [(name, title, columns, rows)]."""
    engine = find_engine(args.engine, args.db)
    if args.db and os.path.exists(args.db):
        os.unlink(args.db)
    tables, questions = read_sql()
    titles = {name: title for name, title, _ in questions}
    asked = [("size", SIZE)] + [(name, query) for name, _, query in questions]
    answers = list(engine(tables, asked, rows_of(records), args))
    size = answers[0][2][0]
    return size, [(name, titles[name], columns, rows) for name, columns, rows in answers[1:]]


def head_of(size):
    return f"{size[0]} dumps, {size[1]:.0f} seconds of analysis"


def cell(value):
    """What a dump says may contain anything."""
    text = "-" if value is None else str(value)
    return "".join(one if one.isprintable() else "?" for one in text)


def print_text(size, answers):
    print(head_of(size))
    for _, title, columns, rows in answers:
        print(f"\n{title}")
        if not rows:
            print("  none")
            continue
        table = [columns] + [[cell(value) for value in row] for row in rows]
        widths = [max(len(line[n]) for line in table) for n in range(len(columns))]
        for line in table:
            print(("  " + "  ".join(text.ljust(width) for text, width in zip(line, widths))).rstrip())


def print_json(size, answers):
    print(json.dumps({
        "schema": "pgcons-fleet-report/1", "dumps": size[0],
        **{name: [dict(zip(columns, row)) for row in rows] for name, _, columns, rows in answers},
    }, indent=1))


STYLE = """body{font:16px/1.4 sans-serif;margin:2em auto;max-width:75em;padding:0 1em}
table{border-collapse:collapse}div{overflow-x:auto}footer{margin-top:2em;opacity:.7}
td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #8886;vertical-align:top}
td.n{text-align:right}:root{color-scheme:light dark}"""


def print_html(size, answers):
    print(f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>pgcons-fleet</title>'
          f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
          f"<h1>{html.escape(head_of(size))}</h1>")
    for name, title, columns, rows in answers:
        print(f'<h2 id="{name}">{html.escape(title)}</h2>')
        if not rows:
            print("<p>none")
            continue
        print("<div><table><tr>" + "".join(f"<th>{html.escape(one)}" for one in columns))
        for row in rows:
            print("<tr>" + "".join(
                f'<td{" class=n" if isinstance(value, (int, float)) else ""}>{html.escape(cell(value))}'
                for value in row))
        print("</table></div>")
    print(f"<footer>pgcons-fleet, report written {written()}</footer>")


def written():
    """Now, or, so that a report can be made again byte for byte, as SOURCE_DATE_EPOCH says."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(epoch) if epoch.isdecimal() else time.time()
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def make(records, args):
    """Print the report, if there is anything in it; how many dumps that is."""
    size, answers = ask(records, args)
    if size[0]:
        {"text": print_text, "json": print_json, "html": print_html}[args.format](size, answers)
    return size[0]
