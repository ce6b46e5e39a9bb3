-- SPDX-License-Identifier: GPL-2.0-or-later
-- The tables that "pgcons-fleet report" fills, and what it asks. Plain SQL, the same for DuckDB
-- and SQLite: "pgcons-fleet report --db=FILE" keeps the tables for questions of one's own.
-- A question begins with "-- ask NAME: TITLE" and ends at its semicolon; ?1 is --top.

CREATE TABLE dumps (
	path TEXT PRIMARY KEY,	-- of the file
	machine TEXT,		-- as it was named, its host name, or a hash of its UUID; NULL: unknown
	kernel TEXT,		-- the release
	build_id TEXT,
	verdict TEXT NOT NULL,	-- consistent, suspect, inconsistent, incomplete, unread
	panic TEXT,
	crashed TEXT,		-- when, in UTC
	kind TEXT,		-- signature.kind: one fault's, whatever its place
	memory_id TEXT,		-- the same for copies of one dump in any form
	reason TEXT,		-- why it is unread or incomplete, without names and numbers
	seconds DOUBLE NOT NULL,
	origin TEXT,		-- hardware, software, undecided; NULL: nothing was wrong
	confidence INTEGER	-- of hardware or software, percent
);

CREATE TABLE findings (
	path TEXT NOT NULL,
	finding TEXT NOT NULL,
	severity TEXT NOT NULL,	-- corrupt or suspect
	wrong TEXT,		-- the record that is wrong
	shape TEXT,		-- single-bit, ...
	place TEXT		-- of one wrong bit: where it is, whichever kernel runs
);

-- ask kernels: Verdicts by kernel
SELECT COALESCE(kernel, 'unknown') AS kernel,
	COUNT(*) AS dumps,
	SUM(CASE WHEN verdict = 'consistent' THEN 1 ELSE 0 END) AS consistent,
	SUM(CASE WHEN verdict = 'suspect' THEN 1 ELSE 0 END) AS suspect,
	SUM(CASE WHEN verdict = 'inconsistent' THEN 1 ELSE 0 END) AS inconsistent,
	SUM(CASE WHEN verdict = 'incomplete' THEN 1 ELSE 0 END) AS incomplete,
	SUM(CASE WHEN verdict = 'unread' THEN 1 ELSE 0 END) AS unread
FROM dumps GROUP BY 1 ORDER BY dumps DESC, kernel LIMIT ?1;

-- ask kinds: Kinds of damage
SELECT d.kind AS kind, COUNT(DISTINCT d.path) AS dumps, COUNT(DISTINCT d.machine) AS machines,
	MIN(f.finding) AS finding, MIN(d.path) AS example
FROM dumps d JOIN findings f ON f.path = d.path
WHERE d.kind IS NOT NULL GROUP BY d.kind ORDER BY dumps DESC, kind LIMIT ?1;

-- ask bits: Machines where the same bit was wrong in several crashes (replace this memory)
SELECT d.machine AS machine, COUNT(DISTINCT d.memory_id) AS crashes, f.place AS place,
	MIN(d.crashed) AS first, MAX(d.crashed) AS last
FROM findings f JOIN dumps d ON d.path = f.path
WHERE f.place IS NOT NULL AND d.machine IS NOT NULL
GROUP BY d.machine, f.place HAVING COUNT(DISTINCT d.memory_id) > 1
ORDER BY crashes DESC, machine, place LIMIT ?1;

-- ask origins: Hardware or software (software is on many machines, hardware stays on one)
SELECT origin, kind, COUNT(DISTINCT path) AS dumps, COUNT(DISTINCT machine) AS machines,
	MIN(confidence) AS least, MAX(confidence) AS most, MIN(path) AS example
FROM dumps WHERE origin IS NOT NULL
GROUP BY origin, kind ORDER BY dumps DESC, origin, kind LIMIT ?1;

-- ask unread: Dumps without a whole report, by reason
SELECT COUNT(*) AS dumps, verdict, COALESCE(reason, 'unknown') AS reason, MIN(path) AS example
FROM dumps WHERE verdict IN ('unread', 'incomplete')
GROUP BY verdict, reason ORDER BY dumps DESC, reason LIMIT ?1;

-- ask findings: Findings by the number of dumps
SELECT finding, severity, COUNT(DISTINCT path) AS dumps, COUNT(*) AS findings
FROM findings GROUP BY finding, severity ORDER BY dumps DESC, finding LIMIT ?1;

-- ask machines: Machines with the most damaged dumps
SELECT machine, COUNT(*) AS dumps, COUNT(DISTINCT memory_id) AS crashes,
	COUNT(DISTINCT kind) AS kinds, MAX(crashed) AS last
FROM dumps WHERE verdict = 'inconsistent' AND machine IS NOT NULL
GROUP BY machine ORDER BY crashes DESC, machine LIMIT ?1;
