// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of pgcons-fleet in DuckDB, for a machine that has it as a package of Node.js only:
// "npm install @duckdb/node-api". Lines of JSON come in: [tables, [[name, question]...], parameter,
// file], then a row of a table each, [table, values]. The answers go out: for each question its name,
// the columns and the rows.
"use strict";
const { DuckDBInstance } = require("@duckdb/node-api");
const readline = require("node:readline");

function append(appender, values) {
	for (const value of values)
		if (value === null)
			appender.appendNull();
		else if (typeof value === "number")
			appender.appendDouble(value);
		else
			appender.appendVarchar(value);
	appender.endRow();
}

function plain(value) {
	return typeof value === "bigint" ? Number(value) : value;
}

async function main() {
	const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
	const appenders = {};
	let ask, db;

	for await (const line of lines) {
		if (!ask) {
			ask = JSON.parse(line);
			db = await (await DuckDBInstance.create(ask[3] || ":memory:")).connect();
			await db.run(ask[0]);
			continue;
		}
		const [table, values] = JSON.parse(line);
		appenders[table] ||= await db.createAppender(table);
		append(appenders[table], values);
	}
	for (const appender of Object.values(appenders))
		appender.closeSync();
	for (const [name, question] of ask[1]) {
		const found = await db.runAndReadAll(question, question.includes("?1") ? [ask[2]] : []);
		const rows = found.getRows().map((row) => row.map(plain));
		console.log(JSON.stringify([name, found.columnNames(), rows]));
	}
}

main().catch((error) => {
	console.error(`DuckDB: ${error.message.split("\n")[0]}`);
	process.exit(1);
});
