import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { isUndefined } from "../../../../sdk/postgres/relation.ts";
import type { Statement } from "../../../../sdk/postgres/statement.ts";
import { quoteLiteral } from "../business/bind.ts";
import type { Warehouse } from "../warehouse.ts";

/** A time as JSON has it, in SQL: `${utc("done_at")}`. */
export function utc(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * Runs a query. Without the control tables that it reads, there are no rows: the warehouse is empty, or no load
 * has migrated it to this release.
 */
export async function ask<Row>(
  warehouse: Warehouse,
  { text, values }: Statement,
): Promise<Row[]> {
  try {
    return [...await warehouse.query<QueryRow>(text, values)] as Row[];
  } catch (error) {
    if (isUndefined((error as Error).cause ?? error)) return [];
    throw error;
  }
}

/** Returns a statement with its values as literals, to paste into psql. */
export function pastable({ text, values = [] }: Statement): string {
  const literal = (place: number) => {
    const value = values[place];
    return typeof value === "string" ? quoteLiteral(value) : String(value ?? "NULL");
  };
  return `${text.replace(/\$(\d+)/g, (_, number) => literal(number - 1))};\n`;
}
