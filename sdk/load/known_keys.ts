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
  const { key, asKey } = comparableKeys(table);
  const quarantined = asKey("q.key");
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

/**
 * Returns the condition that the key of row `t` of a table is one of the keys, which are texts, in the
 * column of that name of another table. It finds the rows by the index of the key.
 */
export function hasKeyIn(table: DerivedTable, other: string): string {
  const { key, asKey } = comparableKeys(table);
  return `${key} IN (SELECT ${asKey(`k.${identifier(table.key)}`)} FROM ${other} k)`;
}

/** Returns the key of row `t`, and how a key that is text becomes one that its index can look up. */
function comparableKeys(
  { key, columns }: DerivedTable,
): { key: string; asKey: (text: string) => string } {
  const column = `t.${identifier(key)}`;
  switch (columns[key].type) {
    case "integer":
    case "bigint":
      return { key: column, asKey: bigintOrNull };
    case "text":
      return { key: column, asKey: (text) => text };
    default:
      return { key: `${column}::text`, asKey: (text) => text };
  }
}

/** Only CASE tests a text before it is cast. */
function bigintOrNull(text: string): string {
  return `CASE WHEN ${text} ~ '^(0|-?[1-9][0-9]{0,18})$' THEN
    CASE WHEN ${text}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
      THEN ${text}::bigint END END`;
}
