/**
 * Checks that the warehouse equals its lake, and that its history is consistent.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import type { FactSpec } from "../../schemas/table.ts";
import { DELETED_AT, historyOf, versionsOf } from "../../sdk/derive/ddl.ts";
import { load, type ObjectStore } from "../../sdk/mod.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import type { Check } from "./check.ts";

/** The only columns that can differ: when a commit was applied and the warehouse reconciled. */
const CONTROL = [
  "SELECT q::text AS row FROM etl.quarantine q",
  "SELECT to_jsonb(a) - 'applied_at' AS row FROM etl.applied_commit a",
];

/** Loads the full lake into a new warehouse and compares every table. */
export async function checkReplay(
  processed: ObjectStore,
  warehouse: Connection,
  createDatabase: () => Promise<string>,
): Promise<Check> {
  const url = await createDatabase();
  await load({ processed, warehouse: url });
  await using replay = connect(url);
  const differences: string[] = [];
  let compared = 0;
  for (
    const query of [...tables().map((name) => `SELECT t::text AS row FROM ${name} t`), ...CONTROL]
  ) {
    const found = await rowsOf(warehouse, query);
    const expected = await rowsOf(replay, query);
    compared += expected.length;
    differences.push(
      ...without(expected, found).map((row) => `only in the replayed lake: ${row} (${query})`),
      ...without(found, expected).map((row) => `only in the warehouse: ${row} (${query})`),
    );
  }
  return { what: "rows of the replayed lake, in the warehouse", compared, differences };
}

function tables(): string[] {
  return totesys.warehouse.flatMap((table) =>
    table.kind === "fact" ? [table.name, historyOf(table)] : [table.name]
  ).map(identifier);
}

async function rowsOf(connection: Connection, query: string): Promise<string[]> {
  const rows = await connection.query<{ row: unknown }>(query);
  return rows.map(({ row }) => typeof row === "string" ? row : JSON.stringify(row));
}

/** Returns the rows that the other list does not have. They contain keys, so none repeats. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const there = new Set(others);
  return rows.filter((row) => !there.has(row));
}

/** Checks every fact's versions: none is empty, overlaps or repeats the previous one. */
export async function checkVersions(warehouse: Connection): Promise<Check[]> {
  const facts = totesys.warehouse.filter((table) => table.kind === "fact");
  return await Promise.all(facts.map(async (fact) => {
    const [{ count }] = await warehouse.query(
      `SELECT count(*)::int AS count FROM ${identifier(versionsOf(fact))}`,
    );
    const rows = await warehouse.query(contradictions(fact));
    return {
      what: `versions in ${fact.name}`,
      compared: count as number,
      differences: rows.map(({ key, record, problem }) =>
        `${fact.name} ${key}, version ${record}: ${problem}`
      ),
    };
  }));
}

/** Checks the counts that the loads have kept. */
export async function checkCounts(warehouse: Connection): Promise<Check> {
  const kept = await warehouse.query<{ table: string; rows: number }>(
    "SELECT table_name AS table, rows::int AS rows FROM etl.row_count ORDER BY 1",
  );
  const differences: string[] = [];
  for (const { table, rows } of kept) {
    const { kind } = totesys.warehouse.find(({ name }) => name === table)!;
    const present = kind === "dimension" ? `WHERE ${DELETED_AT} IS NULL` : "";
    const [{ count }] = await warehouse.query(
      `SELECT count(*)::int AS count FROM ${identifier(table)} ${present}`,
    );
    if (count !== rows) differences.push(`${table} has ${count} rows, counted as ${rows}`);
  }
  return { what: "counts of rows, kept by the loads", compared: kept.length, differences };
}

function contradictions(fact: FactSpec): string {
  const [key, record] = [identifier(fact.key), identifier(fact.surrogate)];
  return `WITH versions AS (
  SELECT ${key} AS key, ${record} AS record, valid_from, valid_to,
    to_jsonb(v) - '${fact.surrogate}' - 'valid_from' - 'valid_to' AS content,
    count(*) OVER (PARTITION BY ${record}) AS same_record
  FROM ${identifier(versionsOf(fact))} v
), pairs AS (
  SELECT *, lead(valid_from) OVER following AS next_from, lead(content) OVER following AS next_content
  FROM versions WINDOW following AS (PARTITION BY key ORDER BY valid_from, record)
)
SELECT key, record::text, problem FROM pairs, LATERAL (VALUES
  (valid_to <= valid_from, 'it ends before it begins'),
  (next_from IS NOT NULL AND coalesce(valid_to, 'infinity') > next_from, 'it overlaps the next one'),
  (valid_to = next_from AND content = next_content, 'the next one repeats it'),
  (same_record > 1, 'its surrogate key is there twice')
) AS check_of (is_so, problem)
WHERE is_so ORDER BY key, record`;
}
