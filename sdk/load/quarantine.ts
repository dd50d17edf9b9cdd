/**
 * The warehouse's quarantine, `etl.quarantine`: invalid rows, and orphans that wait for a row they
 * refer to. It changes in the transaction that loads a commit, so it is as exact as the tables. Pure,
 * but for reading it: specs in, statements out.
 *
 * @module
 */
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { references, VALID_FROM } from "../derive/ddl.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { stagingTable } from "./merge.ts";

/** Quarantines rows; a row that is already there keeps its first commit. */
const ON_CONFLICT = `ON CONFLICT (table_name, key) DO UPDATE
SET reason = excluded.reason, orphaned = excluded.orphaned, content = excluded.content,
  sequence = excluded.sequence`;

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
export function clearQuarantine(table: TableSpec): Statement {
  const text = `DELETE FROM etl.quarantine q USING ${stagingTable(table)} s
WHERE q.table_name = $1 AND q.key = s.${identifier(table.key)}::text`;
  return { text, values: [table.name] };
}

/** Stages the keys of a table's rows that a commit has put into quarantine. */
export function stageQuarantined(table: TableSpec, { sequence }: ProcessedCommit): Statement {
  const text = `INSERT INTO ${stagingTable(table)}
SELECT key FROM etl.quarantine WHERE table_name = $1 AND sequence = $2`;
  return { text, values: [table.name, sequence] };
}

/**
 * Gives staged facts that are already orphaned with the same content their earlier `valid_from`: a
 * repeat is no new version.
 */
export function keepValidFrom(table: FactSpec): Statement {
  const content = (row: string) => `${row} - $2::text - '${VALID_FROM}'`;
  const text = `UPDATE ${stagingTable(table)} s
SET ${VALID_FROM} = (q.content ->> '${VALID_FROM}')::timestamptz
FROM etl.quarantine q
WHERE q.table_name = $1 AND q.orphaned AND q.key = s.${identifier(table.key)}::text
  AND ${content("q.content")} = ${content("to_jsonb(s)")}`;
  return { text, values: [table.name, table.surrogate] };
}

/** Moves orphans whose references are all present to the staging table. */
export function releaseOrphans(
  table: WarehouseTableSpec,
  all: readonly TableSpec[],
): Statement[] {
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
  const text = `INSERT INTO ${stagingTable(table)} (${identifiers(filled)})
SELECT ${selected}
FROM etl.quarantine q, jsonb_populate_record(NULL::${target}, q.content) r
WHERE q.table_name = $1 AND q.orphaned AND ${found.join(" AND ") || "true"}`;
  return [{ text, values: [table.name] }, clearQuarantine(table)];
}

/** Updates the reasons of a table's orphans, because some of the missing rows can have arrived. */
export function updateReasons(
  table: WarehouseTableSpec,
  all: readonly TableSpec[],
): Statement[] {
  const values: unknown[] = [table.name];
  const { joins, isMissing, reason } = lookUp("r", references(table, all), values);
  if (isMissing.length === 0) return [];
  const record = `jsonb_populate_record(NULL::${identifier(table.name)}, w.content)`;
  const text = `UPDATE etl.quarantine q SET reason = now.reason
FROM (
  SELECT w.ctid AS place, ${reason} AS reason
  FROM etl.quarantine w CROSS JOIN ${record} r${joins}
  WHERE w.table_name = $1 AND w.orphaned
) now
WHERE q.ctid = now.place AND q.reason <> now.reason`;
  return [{ text, values }];
}

/** Returns whether rows of a table can refer to others of it. */
export function isSelfReferring(table: WarehouseTableSpec): boolean {
  return Object.values(table.columns).some(({ references }) => references === table.name);
}

/**
 * Moves rows that refer to a missing row out of `from` (a staging table, or the table itself) into
 * quarantine, and returns their number. In a table that refers to itself, they can leave more
 * orphans: repeat it until there are none. Returns nothing when there are no references.
 */
export function quarantineOrphans(
  from: string,
  table: WarehouseTableSpec,
  all: readonly TableSpec[],
  { sequence, taken_at }: ProcessedCommit,
): Statement[] {
  const values: unknown[] = [table.name, sequence, taken_at];
  // A row can refer to another one in the same batch.
  const own = { table, from };
  const { joins, isMissing, reason } = lookUp("s", references(table, all), values, own);
  if (isMissing.length === 0) return [];
  const text = `WITH orphan AS (
  DELETE FROM ${from} d USING (
    SELECT s.ctid AS place, ${reason} AS reason
    FROM ${from} s${joins}
    WHERE ${isMissing.join("\n      OR ")}
  ) missing
  WHERE d.ctid = missing.place
  RETURNING d.${identifier(table.key)}::text AS key, reason, to_jsonb(d) AS content
), kept AS (
  INSERT INTO etl.quarantine (table_name, key, reason, orphaned, content, sequence, since)
  SELECT $1, key, reason, true, content, $2, $3 FROM orphan ${ON_CONFLICT} RETURNING 1
)
SELECT count(*)::int AS count FROM kept`;
  return [{ text, values }];
}

/** Runs {@linkcode quarantineOrphans} until there are no orphans. */
export async function moveOrphans(
  warehouse: Connection,
  statements: readonly Statement[],
): Promise<void> {
  for (const { text, values } of statements) {
    for (let moved = 1; moved > 0;) {
      const [{ count }] = await warehouse.query<{ count: number }>(text, values);
      moved = count;
    }
  }
}

/** The rows that a row refers to, as SQL. */
interface LookUp {
  /** Joins to them. */
  readonly joins: string;
  /** For each reference, whether its row is missing. */
  readonly isMissing: readonly string[];
  /** The reason for the first of them, with parameters that were added to the values. */
  readonly reason: string;
}

/** Looks up what the row `alias` refers to; in its own table, also in a batch of it. */
function lookUp(
  alias: string,
  parents: ReturnType<typeof references>,
  values: unknown[],
  own?: { readonly table: TableSpec; readonly from: string },
): LookUp {
  const found = parents.map(({ column, parent }, i) => {
    const value = `${alias}.${identifier(column)}`;
    const key = identifier(parent.key);
    const places = parent === own?.table
      ? [[identifier(parent.name), `p${i}`], [own.from, `b${i}`]]
      : [[identifier(parent.name), `p${i}`]];
    const prefix = `$${values.push(`${column} refers to ${parent.name} `)}::text`;
    return {
      joins: places.map(([name, p]) => `\n    LEFT JOIN ${name} ${p} ON ${p}.${key} = ${value}`),
      isMissing: [`${value} IS NOT NULL`, ...places.map(([, p]) => `${p}.${key} IS NULL`)],
      reason: `${prefix} || ${value}::text || ', which is missing'`,
    };
  });
  const isMissing = found.map(({ isMissing }) => `(${isMissing.join(" AND ")})`);
  const cases = found.map(({ reason }, i) => `WHEN ${isMissing[i]} THEN ${reason}`);
  return {
    joins: found.flatMap(({ joins }) => joins).join(""),
    isMissing,
    reason: `CASE ${cases.join("\n      ")} END`,
  };
}

/**
 * Quarantines rows that a transform refused: lines of a quarantine object, as one JSON array. A
 * table without a primary key can have rows without a key, or several with the same key, of which
 * the last is kept.
 */
export function insertQuarantined(
  table: TableSpec,
  lines: string,
  { sequence, taken_at }: ProcessedCommit,
): Statement {
  const text =
    `INSERT INTO etl.quarantine (table_name, key, reason, orphaned, content, sequence, since)
SELECT DISTINCT ON (2) $1, coalesce(key, 'null'), reason, false, "row", $3::bigint, $4::timestamptz
FROM ROWS FROM (jsonb_to_recordset($2::text::jsonb) AS (key text, reason text, "row" jsonb))
  WITH ORDINALITY AS line(key, reason, "row", place)
ORDER BY 2, place DESC ${ON_CONFLICT}`;
  return { text, values: [table.name, lines, sequence, taken_at] };
}
