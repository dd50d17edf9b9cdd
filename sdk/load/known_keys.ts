/**
 * The keys of a source table that the warehouse knows, as SQL: those of the current rows, and those
 * that only its quarantine has. They are the keys that the source had at the last commit.
 *
 * @module
 */
import type { DimensionSpec, FactSpec } from "../../schemas/table.ts";
import { DELETED_AT } from "../derive/ddl.ts";
import { identifier } from "../postgres/sql.ts";

/** A warehouse table with one row for each row of a source table. */
export type KeyedTable = DimensionSpec | FactSpec;

/** Returns the condition that a row of a table was not deleted in the source. */
export function isPresent(table: KeyedTable, alias: string): string {
  return table.kind === "dimension" ? `${alias}.${DELETED_AT} IS NULL` : "true";
}

/**
 * Returns a query of the keys that only the quarantine of a table has; NULL for a key that the
 * table's own type cannot hold. `name` is an expression for the table's name.
 */
export function onlyQuarantined(table: KeyedTable, name: string): string {
  const { key, comparable } = quarantinedKey(table);
  return `SELECT ${key} AS key FROM etl.quarantine q
WHERE q.table_name = ${name} AND NOT EXISTS (SELECT FROM ${identifier(table.name)} t
  WHERE ${comparable} = ${key} AND ${isPresent(table, "t")})`;
}

/** Returns a query of all known keys. `name` is an expression for the table's name. */
export function knownKeys(table: KeyedTable, name: string): string {
  const { comparable } = quarantinedKey(table);
  return `SELECT ${comparable} AS key FROM ${identifier(table.name)} t
WHERE ${isPresent(table, "t")}
UNION ALL
${onlyQuarantined(table, name)}`;
}

/** Returns a quarantined key and the key of a row, so that the second can use its index. */
function quarantinedKey({ key, columns }: KeyedTable): { key: string; comparable: string } {
  const column = `t.${identifier(key)}`;
  switch (columns[key].type) {
    case "integer":
    case "bigint":
      return {
        key: "CASE WHEN q.key ~ '^-?[0-9]{1,18}$' THEN q.key::bigint END",
        comparable: column,
      };
    case "text":
      return { key: "q.key", comparable: column };
    default:
      return { key: "q.key", comparable: `${column}::text` };
  }
}
