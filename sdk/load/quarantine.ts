/**
 * The quarantine in the warehouse, `etl.quarantine`: rows that could not become rows of their table,
 * and rows that wait for a row they refer to. It changes in the transaction that loads a commit, so
 * it is as exact as the tables themselves.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { references, VALID_FROM } from "../derive/ddl.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { stageOf } from "./merge.ts";

/** Puts rows into quarantine; a row that is there already keeps its place in time. */
const KEEP = `ON CONFLICT (table_name, key) DO UPDATE
SET reason = excluded.reason, waiting = excluded.waiting, content = excluded.content,
  sequence = excluded.sequence`;

/** The tables that have rows waiting for a row they refer to. */
export async function waitingTables(warehouse: Connection): Promise<Set<string>> {
  const rows = await warehouse.query<{ name: string }>(
    "SELECT DISTINCT table_name AS name FROM etl.quarantine WHERE waiting",
  );
  return new Set(rows.map(({ name }) => name));
}

/** The keys of a table's rows in quarantine, as text, and whether each waits for another row. */
export async function quarantinedKeys(
  warehouse: Connection,
  table: string,
): Promise<Map<string, boolean>> {
  const rows = await warehouse.query<{ key: string; waiting: boolean }>(
    "SELECT key, waiting FROM etl.quarantine WHERE table_name = $1",
    [table],
  );
  return new Map(rows.map(({ key, waiting }) => [key, waiting]));
}

/** Forgets the rows of a table whose keys are in its stage: something newer is known of them. */
export async function forget(warehouse: Connection, table: TableSpec): Promise<void> {
  await warehouse.query(
    `DELETE FROM etl.quarantine q USING ${stageOf(table)} s
WHERE q.table_name = $1 AND q.key = s.${identifier(table.key)}::text`,
    [table.name],
  );
}

/** Puts rows that wait no longer into the stage: everything they refer to is there now. */
export async function rejoin(
  warehouse: Connection,
  table: WarehouseTableSpec,
  { warehouse: all }: Model,
): Promise<void> {
  const target = identifier(table.name);
  const columns = Object.keys(table.columns);
  const found = references(table, all).map(({ column, parent }) =>
    `(r.${identifier(column)} IS NULL OR EXISTS (SELECT FROM ${identifier(parent.name)} p` +
    ` WHERE p.${identifier(parent.key)} = r.${identifier(column)}))`
  );
  const isFact = table.kind === "fact";
  const filled = isFact ? [table.surrogate, ...columns, VALID_FROM] : columns;
  // Surrogate keys begin as places in the batch; these rows come after those of the batch.
  const place = `(SELECT count(*) FROM ${
    stageOf(table)
  }) + row_number() OVER (ORDER BY since, q.key)`;
  const selected = isFact
    ? `${place}, ${identifiers([...columns, VALID_FROM], "r")}`
    : identifiers(columns, "r");
  await warehouse.query(
    `INSERT INTO ${stageOf(table)} (${identifiers(filled)})
SELECT ${selected}
FROM etl.quarantine q, jsonb_populate_record(NULL::${target}, q.content) r
WHERE q.table_name = $1 AND q.waiting AND ${found.join(" AND ")}`,
    [table.name],
  );
  await forget(warehouse, table);
}

/**
 * Takes the rows that refer to a row which is not there out of `from` (a stage, or the table itself),
 * to wait for it. Returns how many.
 */
export async function divert(
  warehouse: Connection,
  from: string,
  table: WarehouseTableSpec,
  { warehouse: all }: Model,
  commit: ProcessedCommit,
): Promise<number> {
  let diverted = 0;
  for (const { column, parent } of references(table, all)) {
    const value = identifier(column);
    // A row may refer to another one of its own batch.
    const homes = parent === table ? [identifier(parent.name), from] : [identifier(parent.name)];
    const absent = homes.map((home) =>
      `NOT EXISTS (SELECT FROM ${home} p WHERE p.${identifier(parent.key)} = s.${value})`
    );
    const [{ count }] = await warehouse.query<{ count: number }>(
      `WITH waiting AS (
  DELETE FROM ${from} s WHERE s.${value} IS NOT NULL AND ${absent.join(" AND ")} RETURNING s.*
), kept AS (
  INSERT INTO etl.quarantine (table_name, key, reason, waiting, content, sequence, since)
  SELECT $1, ${identifier(table.key)}::text, $2::text || ${value}::text || ', which is not there',
    true, to_jsonb(waiting), $3, $4
  FROM waiting ${KEEP} RETURNING 1
)
SELECT count(*)::int AS count FROM kept`,
      [table.name, `${column} refers to ${parent.name} `, commit.sequence, commit.taken_at],
    );
    diverted += count;
  }
  const selfReferring = references(table, all).some(({ parent }) => parent === table);
  if (diverted === 0 || !selfReferring) return diverted;
  return diverted + await divert(warehouse, from, table, { source: [], warehouse: all }, commit);
}

/** Takes in rows that a transform refused: lines of a quarantine object, as one JSON array. */
export async function admit(
  warehouse: Connection,
  table: TableSpec,
  lines: string,
  commit: ProcessedCommit,
): Promise<void> {
  await warehouse.query(
    `INSERT INTO etl.quarantine (table_name, key, reason, waiting, content, sequence, since)
SELECT $1, key, reason, false, "row", $3, $4
FROM jsonb_to_recordset($2::text::jsonb) AS line(key text, reason text, "row" jsonb) ${KEEP}`,
    [table.name, lines, commit.sequence, commit.taken_at],
  );
}
