/**
 * Derives the SQL that merges staged rows into a table. Pure: specs in, statements out.
 *
 * @module
 */
import type {
  CalendarSpec,
  DimensionSpec,
  FactSpec,
  TableSpec,
  WarehouseTableSpec,
} from "../../schemas/table.ts";
import {
  DELETED_AT,
  historyOf,
  storedColumns,
  tableNames,
  VALID_FROM,
  VALID_TO,
} from "../derive/ddl.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { hasKeyIn } from "./known_keys.ts";
import type { Statement } from "../postgres/statement.ts";

/** Characters of a table's name in its staging table's, which must not be too long. */
const STAGING_NAME_CHARACTERS = 14;

/**
 * Returns the name of the temporary table that a table's batch is copied into. One exists at a
 * time.
 */
export function stagingTable(table: TableSpec): string {
  return identifier(`stage ${[...table.name].slice(0, STAGING_NAME_CHARACTERS).join("")}`);
}

/**
 * Returns the statement that creates a table's staging table, which the transaction drops. Its columns
 * have the types of the spec, which those of the table can differ from.
 */
export function createStage(table: WarehouseTableSpec): string {
  const columns = storedColumns(table).map(({ name, type }) => `${identifier(name)} ${type}`);
  return `CREATE TEMP TABLE ${stagingTable(table)} (${columns.join(", ")}) ON COMMIT DROP`;
}

/** Returns the statement that creates a staging table for a table's keys, as text. */
export function createKeyStage(table: TableSpec): string {
  return `CREATE TEMP TABLE ${stagingTable(table)} (${identifier(table.key)} text) ON COMMIT DROP`;
}

/** Returns the binary COPY statement for a staging table or the table itself. */
export function copyInto(target: string, columns: readonly string[]): string {
  return `COPY ${target} (${identifiers(columns)}) FROM STDIN (FORMAT binary)`;
}

/**
 * Returns the statements that merge a staging table into its table and leave equal rows untouched. A
 * fact that is `bare` has no keys yet.
 */
export function merge(table: WarehouseTableSpec, bare: boolean): string[] {
  if (table.kind !== "fact") return [mergeDimension(table)];
  if (!bare) return [mergeFact(table, bare)];
  // Without a key, nothing else would refuse a row that repeats.
  const unique = `CREATE UNIQUE INDEX ON ${stagingTable(table)} (${identifier(table.key)})`;
  return [unique, mergeFact(table, bare)];
}

/**
 * Returns the statement that deletes the staged keys from a table. A fact moves to its history,
 * valid until the given instant. A dimension row that no fact refers to, history included, is
 * removed; any other is marked.
 */
export function remove(
  table: DimensionSpec | FactSpec,
  all: readonly WarehouseTableSpec[],
  instant: string,
): Statement[] {
  return table.kind === "fact"
    ? [removeFacts(table, instant)]
    : removeDimensionRows(table, all, instant);
}

function removeFacts(fact: FactSpec, instant: string): Statement {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM]);
  const text = `WITH removed AS (
  DELETE FROM ${identifier(fact.name)} t WHERE ${hasKeyIn(fact, stagingTable(fact))}
  RETURNING ${columns}
)
INSERT INTO ${identifier(historyOf(fact))} (${columns}, ${VALID_TO})
SELECT ${columns}, $1::timestamptz FROM removed`;
  return { text, values: [instant] };
}

function removeDimensionRows(
  table: DimensionSpec,
  all: readonly WarehouseTableSpec[],
  instant: string,
): Statement[] {
  const key = identifier(table.key);
  const staged = hasKeyIn(table, stagingTable(table));
  const unreferenced = all.flatMap((child) =>
    Object.entries(child.columns).filter(([, { references }]) => references === table.name)
      .flatMap(([column]) =>
        tableNames(child).map((name) =>
          `NOT EXISTS (SELECT FROM ${identifier(name)} f WHERE f.${identifier(column)} = t.${key})`
        )
      )
  );
  const target = `${identifier(table.name)} t`;
  return [
    { text: `DELETE FROM ${target} WHERE ${[staged, ...unreferenced].join(" AND ")}`, values: [] },
    {
      text: `UPDATE ${target} SET ${DELETED_AT} = $1::timestamptz` +
        ` WHERE ${DELETED_AT} IS NULL AND ${staged}`,
      values: [instant],
    },
  ];
}

function mergeDimension(table: DimensionSpec | CalendarSpec): string {
  const columns = Object.keys(table.columns);
  const others = columns.filter((name) => name !== table.key);
  // A dimension row that comes back is no longer deleted.
  const returns = table.kind === "dimension";
  const sets = [...assignments(others), ...returns ? [`${DELETED_AT} = NULL`] : []];
  const conditions = [
    ...others.length > 0 ? [differ(others, "t", "excluded")] : [],
    ...returns ? [`t.${DELETED_AT} IS NOT NULL`] : [],
  ];
  const action = sets.length === 0
    ? "NOTHING"
    : `UPDATE SET ${sets.join(", ")}\nWHERE ${conditions.join(" OR ")}`;
  return `INSERT INTO ${identifier(table.name)} AS t (${identifiers(columns)})
SELECT ${identifiers(columns)} FROM ${stagingTable(table)}
ON CONFLICT (${identifier(table.key)}) DO ${action}`;
}

/**
 * Returns the statement that merges facts. A new or changed fact gets the next surrogate key, and
 * the version it replaces moves to history, valid until the new one's snapshot. All parts of a
 * statement see the table as it was before, so one statement does both.
 */
function mergeFact(fact: FactSpec, bare: boolean): string {
  const target = identifier(fact.name);
  const history = identifier(historyOf(fact));
  const key = identifier(fact.key);
  const surrogate = identifier(fact.surrogate);
  const columns = Object.keys(fact.columns);
  const versioned = identifiers([...columns, VALID_FROM]);
  const updated = [fact.surrogate, ...columns.filter((name) => name !== fact.key), VALID_FROM];
  return `WITH changed AS MATERIALIZED (
  SELECT s.* FROM ${stagingTable(fact)} s LEFT JOIN ${target} f ON f.${key} = s.${key}
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
)${
    bare
      ? `, replaced AS (DELETE FROM ${target} f USING changed WHERE f.${key} = changed.${key})`
      : ""
  }
INSERT INTO ${target} (${surrogate}, ${versioned})
SELECT (SELECT last FROM numbered) + row_number() OVER (ORDER BY ${surrogate}), ${versioned}
FROM changed${
    bare ? "" : `\nON CONFLICT (${key}) DO UPDATE SET ${assignments(updated).join(", ")}`
  }`;
}

function assignments(columns: readonly string[]): string[] {
  return columns.map((name) => `${identifier(name)} = excluded.${identifier(name)}`);
}

function differ(columns: readonly string[], left: string, right: string): string {
  return `(${identifiers(columns, left)}) IS DISTINCT FROM (${identifiers(columns, right)})`;
}
