/**
 * The keys of a source table that the warehouse knows, as SQL: those of the current rows, and those
 * that only its quarantine has. They are the keys that the source had at the last commit.
 *
 * @module
 */
import type { DerivedTable } from "../../schemas/table.ts";
import { DELETED_AT } from "../derive/ddl.ts";
import { identifier } from "../postgres/sql.ts";

/** Returns the condition that a row of a table was not deleted in the source. */
export function isPresent(table: DerivedTable, alias: string): string {
  return table.kind === "dimension" ? `${alias}.${DELETED_AT} IS NULL` : "true";
}

/**
 * Returns a query of the keys that only the quarantine of a table has; NULL for a key that the
 * table's own type cannot hold. `name` is an expression for the table's name.
 */
export function onlyQuarantined(table: DerivedTable, name: string): string {
  const { quarantined, key } = comparableKeys(table);
  return `SELECT ${quarantined} AS key FROM etl.quarantine q
WHERE q.table_name = ${name} AND NOT EXISTS (SELECT FROM ${identifier(table.name)} t
  WHERE ${key} = ${quarantined} AND ${isPresent(table, "t")})`;
}

/**
 * Returns the queries of the known keys that satisfy a condition: those of the table and those that
 * only its quarantine has. `name` is an expression for the table's name.
 */
export function knownKeys(
  table: DerivedTable,
  name: string,
  condition: (key: string) => string,
): [string, string] {
  const { key } = comparableKeys(table);
  return [
    `SELECT ${key} AS key FROM ${identifier(table.name)} t
WHERE ${isPresent(table, "t")} AND ${condition(key)}`,
    `SELECT * FROM (${onlyQuarantined(table, name)}) q WHERE ${condition("q.key")}`,
  ];
}

/** The key of a quarantined row as a bigint, or NULL. Only CASE tests before it casts. */
const BIGINT_KEY = `CASE WHEN q.key ~ '^-?[0-9]{1,19}$' THEN
    CASE WHEN q.key::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
      THEN q.key::bigint END END`;

/** Returns the keys of a row and of a quarantined row, so that looking up the second uses an index. */
function comparableKeys({ key, columns }: DerivedTable): { key: string; quarantined: string } {
  const column = `t.${identifier(key)}`;
  switch (columns[key].type) {
    case "integer":
    case "bigint":
      return {
        key: column,
        quarantined: BIGINT_KEY,
      };
    case "text":
      return { key: column, quarantined: "q.key" };
    default:
      return { key: `${column}::text`, quarantined: "q.key" };
  }
}
