/**
 * How staged rows become the warehouse's, as SQL. Pure: specs in, statements out.
 *
 * @module
 */
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { historyOf, references, VALID_FROM, VALID_TO } from "../derive/ddl.ts";
import { identifier, identifiers } from "../postgres/sql.ts";

/** The temporary table that a batch's rows of a table are copied into. */
export function stageOf(table: TableSpec): string {
  return identifier(`stage ${table.name}`);
}

/** Creates the stage of a table; it goes with the transaction. */
export function createStage(table: TableSpec): string {
  return `CREATE TEMP TABLE ${stageOf(table)} (LIKE ${identifier(table.name)}) ON COMMIT DROP`;
}

/** The columns that rows are copied into, in order. */
export function loadedColumns(table: WarehouseTableSpec): string[] {
  const columns = Object.keys(table.columns);
  return table.kind === "fact" ? [table.surrogate, ...columns, VALID_FROM] : columns;
}

/** The COPY that takes rows into a stage or into a table itself. */
export function copyInto(target: string, table: WarehouseTableSpec): string {
  return `COPY ${target} (${identifiers(loadedColumns(table))}) FROM STDIN`;
}

/**
 * Selects staged rows that refer to a row their dimension lacks, a few of them: the `place` of the
 * reference among {@linkcode references}, the row's `key`, and the `value` that is missing.
 * Undefined when the table refers to none.
 */
export function missingReferences(
  table: WarehouseTableSpec,
  all: readonly TableSpec[],
): string | undefined {
  const checks = references(table, all).map(({ column, parent }, place) => {
    // A table that refers to itself may find the row in the batch.
    const homes = [identifier(parent.name), ...(parent === table ? [stageOf(table)] : [])];
    const absent = homes.map((home) =>
      ` AND NOT EXISTS (SELECT FROM ${home} p` +
      ` WHERE p.${identifier(parent.key)} = s.${identifier(column)})`
    );
    return `(SELECT ${place} AS place, s.${identifier(table.key)}::text AS key,` +
      ` s.${identifier(column)}::text AS value FROM ${stageOf(table)} s` +
      ` WHERE s.${identifier(column)} IS NOT NULL${absent.join("")} LIMIT 5)`;
  });
  return checks.length === 0 ? undefined : checks.join("\nUNION ALL\n");
}

/** Merges a stage into its table: what is the same stays untouched. */
export function merge(table: WarehouseTableSpec): string {
  return table.kind === "fact" ? mergeFact(table) : mergeDimension(table);
}

function mergeDimension(table: TableSpec): string {
  const target = identifier(table.name);
  const columns = Object.keys(table.columns);
  const others = columns.filter((name) => name !== table.key);
  const insert = `INSERT INTO ${target} AS t (${identifiers(columns)})
SELECT ${identifiers(columns)} FROM ${stageOf(table)}
ON CONFLICT (${identifier(table.key)}) DO `;
  if (others.length === 0) return `${insert}NOTHING`;
  return `${insert}UPDATE SET ${assignments(others)}
WHERE ${differ(others, "t", "excluded")}`;
}

/**
 * A fact that is new, or whose content changed, gets the next surrogate key; the version it replaces
 * moves to the history, valid until the new one's snapshot. Everything reads the table as it was
 * before the statement, so one statement does both.
 */
function mergeFact(fact: FactSpec): string {
  const target = identifier(fact.name);
  const history = identifier(historyOf(fact));
  const key = identifier(fact.key);
  const surrogate = identifier(fact.surrogate);
  const columns = Object.keys(fact.columns);
  const versioned = identifiers([...columns, VALID_FROM]);
  const updated = [fact.surrogate, ...columns.filter((name) => name !== fact.key), VALID_FROM];
  return `WITH changed AS MATERIALIZED (
  SELECT s.* FROM ${stageOf(fact)} s LEFT JOIN ${target} f ON f.${key} = s.${key}
  WHERE f.${key} IS NULL OR ${differ(columns, "f", "s")}
), superseded AS (
  INSERT INTO ${history} (${surrogate}, ${versioned}, ${VALID_TO})
  SELECT f.${surrogate}, ${identifiers([...columns, VALID_FROM], "f")}, changed.${VALID_FROM}
  FROM ${target} f JOIN changed ON changed.${key} = f.${key}
), numbered AS (
  SELECT coalesce(max(last), 0) AS last FROM (
    SELECT max(${surrogate}) AS last FROM ${target}
    UNION ALL SELECT max(${surrogate}) FROM ${history}
  ) surrogates
)
INSERT INTO ${target} (${surrogate}, ${versioned})
SELECT (SELECT last FROM numbered) + row_number() OVER (ORDER BY ${surrogate}), ${versioned}
FROM changed
ON CONFLICT (${key}) DO UPDATE SET ${assignments(updated)}`;
}

function assignments(columns: readonly string[]): string {
  return columns.map((name) => `${identifier(name)} = excluded.${identifier(name)}`).join(", ");
}

function differ(columns: readonly string[], left: string, right: string): string {
  return `(${identifiers(columns, left)}) IS DISTINCT FROM (${identifiers(columns, right)})`;
}
