/**
 * The rows of each warehouse table, counted in `etl.row_count`. A load changes the count in the
 * transaction that changes the table, so a tick can compare it with a count of the source without
 * scanning the table. A table has no entry until {@linkcode countRows} counted it, and loses it
 * when its rows change in bulk.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { DerivedTable, TableSpec } from "../../schemas/table.ts";
import { DATABASE } from "../derive/source_model.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { hasKeyIn, isPresent, onlyQuarantined } from "./known_keys.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { stagingTable } from "./merge.ts";

/** Searches for a difference in vain, after which only a reconciliation can find it. */
const MOST_SEARCHES = 3;

const LAST_RECONCILED =
  "coalesce((SELECT max(done_at) FROM etl.reconciliation WHERE finished), '-infinity')";

/** Adds the staged rows that a table does not have. Call it just before they are merged. */
export function countMerged(table: DerivedTable): Statement {
  const key = identifier(table.key);
  const text = `UPDATE etl.row_count SET rows = rows + (
  SELECT count(*) FROM ${stagingTable(table)} s
  WHERE NOT EXISTS (SELECT FROM ${identifier(table.name)} t
    WHERE t.${key} = s.${key} AND ${isPresent(table, "t")})
) WHERE table_name = $1`;
  return { text, values: [table.name] };
}

/** Adds rows that were copied into a table which had none of them. */
export function countCopied({ name }: TableSpec, rows: number): Statement {
  const text = "UPDATE etl.row_count SET rows = rows + $2::bigint WHERE table_name = $1";
  return { text, values: [name, rows] };
}

/** Subtracts the staged keys that a table has. Call it just before they are removed. */
export function countRemoved(table: DerivedTable): Statement {
  const text = `UPDATE etl.row_count SET rows = rows - (
  SELECT count(*) FROM ${identifier(table.name)} t
  WHERE ${hasKeyIn(table, stagingTable(table))} AND ${isPresent(table, "t")}
) WHERE table_name = $1`;
  return { text, values: [table.name] };
}

/** Removes the counts of tables whose rows change in bulk. */
export async function forgetRowCounts(
  warehouse: Connection,
  tables: Iterable<string>,
): Promise<void> {
  const names = JSON.stringify([...tables]);
  await warehouse.query(
    `DELETE FROM etl.row_count
WHERE table_name IN (SELECT jsonb_array_elements_text($1::text::jsonb))`,
    [names],
  );
}

/** The rows that the warehouse has of a source table. */
export interface RowCount {
  readonly table: DerivedTable;
  /**
   * Its rows, those that only its quarantine has, and those that its row function leaves out; null
   * when they have not been counted.
   */
  readonly rows: number | null;
  /** Whether the count differs for a reason that only a reconciliation can find. */
  readonly suspended: boolean;
}

/** The rows that the warehouse has after its last commit. */
export interface RowCounts {
  /** The last ingestion commit of the database that the warehouse contains; 0 before the first. */
  readonly ingestion_sequence: number;
  /** The tables, in the model's order. */
  readonly tables: readonly RowCount[];
}

/** Reads the counts and the commit that they belong to, in one statement. */
export async function readRowCounts(warehouse: Connection, model: Model): Promise<RowCounts> {
  const { text, values } = selectRowCounts(model);
  return rowCountsOf(await warehouse.query(text, values), model);
}

/** Returns the statement that selects {@linkcode RowCounts}. */
export function selectRowCounts(model: Model): Statement {
  const tables = countedTables(model);
  const counts = tables.map((table, place) => {
    const quarantined = onlyQuarantined(table, "c.table_name");
    return `SELECT ${place} AS place, c.rows + c.left_out + (SELECT count(*) FROM (${quarantined}) k) AS rows,
  c.unconfirmed >= ${MOST_SEARCHES} AND c.searched_at > ${LAST_RECONCILED} AS suspended
FROM etl.row_count c WHERE c.table_name = $${place + 1}`;
  });
  const text = `SELECT
  (SELECT coalesce(max(ingestion_sequence), 0)::int FROM etl.applied_commit
    WHERE source = '${DATABASE}') AS sequence,
  coalesce((SELECT jsonb_agg(counted) FROM (
${counts.join("\nUNION ALL\n")}
) counted), '[]') AS found`;
  return { text, values: tables.map(({ name }) => name) };
}

/** Returns the row of {@linkcode selectRowCounts}. */
export function rowCountsOf([row]: readonly QueryRow[], model: Model): RowCounts {
  const { sequence, found } = row as {
    sequence: number;
    found: { place: number; rows: number; suspended: boolean | null }[];
  };
  return {
    ingestion_sequence: sequence,
    tables: countedTables(model).map((table, at) => {
      const count = found.find(({ place }) => place === at);
      return { table, rows: count?.rows ?? null, suspended: count?.suspended ?? false };
    }),
  };
}

function countedTables({ warehouse }: Model): DerivedTable[] {
  return warehouse.filter((table) => table.kind !== "calendar");
}

/** Counts the tables that have not been counted, in a transaction that no load interrupts. */
export async function countRows(
  warehouse: Connection,
  tables: readonly DerivedTable[],
): Promise<void> {
  await countAgain(warehouse, tables, "NOTHING", 0);
}

/**
 * Counts tables again, after no key was found that explains why their counts differ. Differences
 * that stay are not searched for after {@linkcode MOST_SEARCHES} times until the next reconciliation.
 */
export async function doubtRowCounts(
  warehouse: Connection,
  tables: readonly DerivedTable[],
): Promise<void> {
  await countAgain(
    warehouse,
    tables,
    `UPDATE SET rows = excluded.rows, searched_at = excluded.searched_at, unconfirmed = CASE
  WHEN old.rows <> excluded.rows THEN 0
  WHEN old.searched_at > ${LAST_RECONCILED} THEN old.unconfirmed + 1
  ELSE 1 END`,
    0,
  );
}

/**
 * Adds to the rows that the row function of a table leaves out: no object of the lake counts them,
 * so their number is what a comparison of keys does not explain.
 */
export async function addLeftOut(
  warehouse: Connection,
  { name }: DerivedTable,
  rows: number,
): Promise<void> {
  await warehouse.query("UPDATE etl.row_count SET left_out = left_out + $2 WHERE table_name = $1", [
    name,
    rows,
  ]);
}

/** Searches for no difference of these tables until the next reconciliation. */
export async function suspendRowCounts(
  warehouse: Connection,
  tables: readonly DerivedTable[],
): Promise<void> {
  await countAgain(
    warehouse,
    tables,
    "UPDATE SET searched_at = excluded.searched_at, unconfirmed = excluded.unconfirmed",
    MOST_SEARCHES,
  );
}

async function countAgain(
  warehouse: Connection,
  tables: readonly DerivedTable[],
  onConflict: string,
  unconfirmed: number,
): Promise<void> {
  await acquireLoaderLock(warehouse);
  for (const table of tables) {
    await warehouse.query(
      `INSERT INTO etl.row_count AS old (table_name, rows, unconfirmed, searched_at)
SELECT $1, count(*), $2, clock_timestamp()
FROM ${identifier(table.name)} t WHERE ${isPresent(table, "t")}
ON CONFLICT (table_name) DO ${onConflict}`,
      [table.name, unconfirmed],
    );
  }
  await warehouse.query("COMMIT");
}
