/**
 * The warehouse's quarantine, `etl.quarantine`: invalid rows, and orphans that wait for a row they
 * refer to. It changes in the transaction that loads a commit, so it is as exact as the tables.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { references, VALID_FROM } from "../derive/ddl.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { stagingTable } from "./merge.ts";

/** Quarantines rows; a row that is already there keeps its first commit. */
const ON_CONFLICT = `ON CONFLICT (table_name, key) DO UPDATE
SET reason = excluded.reason, orphaned = excluded.orphaned, content = excluded.content,
  sequence = excluded.sequence`;

/** Returns the tables that have orphans. */
export async function orphanedTables(warehouse: Connection): Promise<Set<string>> {
  const rows = await warehouse.query<{ name: string }>(
    "SELECT DISTINCT table_name AS name FROM etl.quarantine WHERE orphaned",
  );
  return new Set(rows.map(({ name }) => name));
}

/** Returns the keys of a table's quarantined rows, as text, and whether each is an orphan. */
export async function quarantinedKeys(
  warehouse: Connection,
  table: string,
): Promise<Map<string, boolean>> {
  const rows = await warehouse.query<{ key: string; orphaned: boolean }>(
    "SELECT key, orphaned FROM etl.quarantine WHERE table_name = $1",
    [table],
  );
  return new Map(rows.map(({ key, orphaned }) => [key, orphaned]));
}

/** Removes the staged keys of a table from quarantine: a newer version has arrived. */
export async function clearQuarantine(warehouse: Connection, table: TableSpec): Promise<void> {
  await warehouse.query(
    `DELETE FROM etl.quarantine q USING ${stagingTable(table)} s
WHERE q.table_name = $1 AND q.key = s.${identifier(table.key)}::text`,
    [table.name],
  );
}

/**
 * Gives staged facts that are already orphaned with the same content their earlier `valid_from`: a
 * repeat is no new version.
 */
export async function keepValidFrom(warehouse: Connection, table: FactSpec): Promise<void> {
  const content = (row: string) => `${row} - $2::text - '${VALID_FROM}'`;
  await warehouse.query(
    `UPDATE ${
      stagingTable(table)
    } s SET ${VALID_FROM} = (q.content ->> '${VALID_FROM}')::timestamptz
FROM etl.quarantine q
WHERE q.table_name = $1 AND q.orphaned AND q.key = s.${identifier(table.key)}::text
  AND ${content("q.content")} = ${content("to_jsonb(s)")}`,
    [table.name, table.surrogate],
  );
}

/** Moves orphans whose references are all present to the staging table. */
export async function releaseOrphans(
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
  // Surrogate keys start as positions in the batch; these rows follow those of the batch.
  const position = (surrogate: string) =>
    `(SELECT coalesce(max(${identifier(surrogate)}), 0) FROM ${stagingTable(table)})` +
    " + row_number() OVER (ORDER BY since, q.key)";
  const selected = isFact
    ? `${position(table.surrogate)}, ${identifiers([...columns, VALID_FROM], "r")}`
    : identifiers(columns, "r");
  await warehouse.query(
    `INSERT INTO ${stagingTable(table)} (${identifiers(filled)})
SELECT ${selected}
FROM etl.quarantine q, jsonb_populate_record(NULL::${target}, q.content) r
WHERE q.table_name = $1 AND q.orphaned AND ${found.join(" AND ") || "true"}`,
    [table.name],
  );
  await clearQuarantine(warehouse, table);
}

/** Updates the reasons of a table's orphans, because some of the missing rows can have arrived. */
export async function updateReasons(
  warehouse: Connection,
  table: WarehouseTableSpec,
  { warehouse: all }: Model,
): Promise<void> {
  const parents = references(table, all);
  if (parents.length === 0) return;
  const cases = parents.map(({ column, parent }, i) => {
    const value = `r.${identifier(column)}`;
    return `WHEN ${value} IS NOT NULL AND NOT EXISTS (SELECT FROM ${identifier(parent.name)} p` +
      ` WHERE p.${identifier(parent.key)} = ${value}) THEN ${reasonFor(`$${i + 2}`, value)}`;
  });
  await warehouse.query(
    `UPDATE etl.quarantine q SET reason = now.reason
FROM (
  SELECT w.key, CASE ${cases.join("\n  ")} END AS reason
  FROM etl.quarantine w, jsonb_populate_record(NULL::${identifier(table.name)}, w.content) r
  WHERE w.table_name = $1 AND w.orphaned
) now
WHERE q.table_name = $1 AND q.key = now.key AND q.reason <> now.reason`,
    [table.name, ...parents.map(reasonPrefix)],
  );
}

/** Returns an orphan's reason, as SQL; `prefix` stands for {@linkcode reasonPrefix}. */
function reasonFor(prefix: string, value: string): string {
  return `${prefix}::text || ${value}::text || ', which is missing'`;
}

function reasonPrefix({ column, parent }: ReturnType<typeof references>[number]): string {
  return `${column} refers to ${parent.name} `;
}

/**
 * Moves rows that refer to a missing row out of `from` (a staging table, or the table itself) into
 * quarantine. Returns their number.
 */
export async function quarantineOrphans(
  warehouse: Connection,
  from: string,
  table: WarehouseTableSpec,
  model: Model,
  commit: ProcessedCommit,
): Promise<number> {
  const parents = references(table, model.warehouse);
  let orphans = 0;
  for (const { column, parent } of parents) {
    const value = identifier(column);
    // A row can refer to another one in the same batch.
    const parentTables = parent === table
      ? [identifier(parent.name), from]
      : [identifier(parent.name)];
    const isMissing = parentTables.map((parentTable) =>
      `NOT EXISTS (SELECT FROM ${parentTable} p WHERE p.${identifier(parent.key)} = s.${value})`
    );
    const [{ count }] = await warehouse.query<{ count: number }>(
      `WITH orphan AS (
  DELETE FROM ${from} s WHERE s.${value} IS NOT NULL AND ${isMissing.join(" AND ")} RETURNING s.*
), kept AS (
  INSERT INTO etl.quarantine (table_name, key, reason, orphaned, content, sequence, since)
  SELECT $1, ${identifier(table.key)}::text, ${reasonFor("$2", value)},
    true, to_jsonb(orphan), $3, $4
  FROM orphan ${ON_CONFLICT} RETURNING 1
)
SELECT count(*)::int AS count FROM kept`,
      [table.name, reasonPrefix({ column, parent }), commit.sequence, commit.taken_at],
    );
    orphans += count;
  }
  const selfReferring = parents.some(({ parent }) => parent === table);
  if (orphans === 0 || !selfReferring) return orphans;
  return orphans + await quarantineOrphans(warehouse, from, table, model, commit);
}

/**
 * Quarantines rows that a transform refused: lines of a quarantine object, as one JSON array. A
 * table without a primary key can have rows without a key, or several with the same key, of which
 * the last is kept.
 */
export async function insertQuarantined(
  warehouse: Connection,
  table: TableSpec,
  lines: string,
  commit: ProcessedCommit,
): Promise<void> {
  await warehouse.query(
    `INSERT INTO etl.quarantine (table_name, key, reason, orphaned, content, sequence, since)
SELECT DISTINCT ON (2) $1, coalesce(key, 'null'), reason, false, "row", $3::bigint, $4::timestamptz
FROM ROWS FROM (jsonb_to_recordset($2::text::jsonb) AS (key text, reason text, "row" jsonb))
  WITH ORDINALITY AS line(key, reason, "row", place)
ORDER BY 2, place DESC ${ON_CONFLICT}`,
    [table.name, lines, commit.sequence, commit.taken_at],
  );
}
