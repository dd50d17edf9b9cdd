/**
 * How staged rows become the warehouse's, as SQL. Pure: specs in, statements out.
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
import { DELETED_AT, historyOf, VALID_FROM, VALID_TO } from "../derive/ddl.ts";
import { identifier, identifiers } from "../postgres/sql.ts";

/** Characters of a table's name in that of its stage, which must not be longer than a name can be. */
const STAGED = 14;

/** The temporary table that a batch's rows of a table are copied into. There is one at a time. */
export function stagingTable(table: TableSpec): string {
  return identifier(`stage ${[...table.name].slice(0, STAGED).join("")}`);
}

/** Creates the stage of a table; it goes with the transaction. */
export function createStage(table: TableSpec): string {
  return `CREATE TEMP TABLE ${stagingTable(table)} (LIKE ${identifier(table.name)}) ON COMMIT DROP`;
}

/** Creates a stage for nothing but keys of a table, as text. */
export function createKeyStage(table: TableSpec): string {
  return `CREATE TEMP TABLE ${stagingTable(table)} (${identifier(table.key)} text) ON COMMIT DROP`;
}

/** The COPY that takes rows into a stage or into a table itself. */
export function copyInto(target: string, columns: readonly string[]): string {
  return `COPY ${target} (${identifiers(columns)}) FROM STDIN`;
}

/** Merges a stage into its table: what is the same stays untouched. */
export function merge(table: WarehouseTableSpec): string {
  return table.kind === "fact" ? mergeFact(table) : mergeDimension(table);
}

/** A statement and the values of its parameters. */
export interface Statement {
  /** The SQL. */
  readonly text: string;
  /** What `$1` and so on stand for. */
  readonly values: readonly unknown[];
}

/**
 * Takes the staged keys out of a table. A fact moves to its history, valid until the given instant. A
 * member of a dimension goes when nothing refers to it, past facts included; otherwise it is marked.
 */
export function remove(
  table: DimensionSpec | FactSpec,
  all: readonly WarehouseTableSpec[],
  instant: string,
): Statement[] {
  return table.kind === "fact" ? [removeFacts(table, instant)] : removeMembers(table, all, instant);
}

function removeFacts(fact: FactSpec, instant: string): Statement {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM]);
  const key = identifier(fact.key);
  const text = `WITH gone AS (
  DELETE FROM ${identifier(fact.name)} WHERE ${key}::text IN (SELECT ${key} FROM ${
    stagingTable(fact)
  })
  RETURNING ${columns}
)
INSERT INTO ${identifier(historyOf(fact))} (${columns}, ${VALID_TO})
SELECT ${columns}, $1::timestamptz FROM gone`;
  return { text, values: [instant] };
}

function removeMembers(
  table: DimensionSpec,
  all: readonly WarehouseTableSpec[],
  instant: string,
): Statement[] {
  const key = identifier(table.key);
  const staged = `t.${key}::text IN (SELECT ${key} FROM ${stagingTable(table)})`;
  const unreferenced = all.flatMap((child) =>
    Object.entries(child.columns).filter(([, { references }]) => references === table.name)
      .flatMap(([column]) =>
        (child.kind === "fact" ? [child.name, historyOf(child)] : [child.name]).map((name) =>
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
  // A member that comes back is no longer deleted.
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
)
INSERT INTO ${target} (${surrogate}, ${versioned})
SELECT (SELECT last FROM numbered) + row_number() OVER (ORDER BY ${surrogate}), ${versioned}
FROM changed
ON CONFLICT (${key}) DO UPDATE SET ${assignments(updated).join(", ")}`;
}

/**
 * Closes the gaps in a fact's surrogate keys that rows left which were taken out of it: numbers are the
 * same whether rows came directly or by a stage. By way of negative numbers, which are nobody's.
 */
export function renumber(fact: FactSpec): string[] {
  const table = identifier(fact.name);
  const surrogate = identifier(fact.surrogate);
  const key = identifier(fact.key);
  return [
    `UPDATE ${table} f SET ${surrogate} = -n.dense FROM (
  SELECT ${key}, row_number() OVER (ORDER BY ${surrogate}) AS dense FROM ${table}
) n WHERE n.${key} = f.${key}`,
    `UPDATE ${table} SET ${surrogate} = -${surrogate}`,
  ];
}

function assignments(columns: readonly string[]): string[] {
  return columns.map((name) => `${identifier(name)} = excluded.${identifier(name)}`);
}

function differ(columns: readonly string[], left: string, right: string): string {
  return `(${identifiers(columns, left)}) IS DISTINCT FROM (${identifiers(columns, right)})`;
}
