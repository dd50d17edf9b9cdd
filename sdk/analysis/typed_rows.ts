import type { Value } from "../../schemas/columns.ts";
import type { ColumnType } from "../../schemas/origin.ts";
import { codecOf } from "../columns/codecs.ts";
import { WarehouseError } from "../errors.ts";
import type { QueryRow } from "../postgres/connection.ts";

/**
 * Returns rows of a query with the types that the caller expects.
 *
 * @throws {WarehouseError} when a column is missing, or has a value of another type.
 */
export function typedRows(
  rows: readonly QueryRow[],
  types: Readonly<Record<string, ColumnType>>,
): Record<string, Value>[] {
  const expected = Object.entries(types).map(([name, type]) => ({
    name,
    type,
    read: reader(type),
  }));
  return rows.map((row) =>
    Object.fromEntries(expected.map(({ name, type, read }) => {
      if (!Object.hasOwn(row, name)) throw mismatch(`the query has no column ${name}`);
      const value = row[name] === null ? null : read(row[name]);
      if (value !== undefined) return [name, value];
      throw mismatch(`${name} has the value ${JSON.stringify(row[name])}, which is no ${type}`);
    }))
  );
}

function mismatch(message: string): WarehouseError {
  return new WarehouseError(message, {
    stage: "warehouse",
    next: "change the types of the query, or cast the column in SQL",
  });
}

/** Returns a function that returns a value as its type is carried; undefined when it has another type. */
function reader(type: ColumnType): (value: unknown) => Value | undefined {
  if (type === "boolean") return (value) => typeof value === "boolean" ? value : undefined;
  if (type === "integer") {
    return (value) => {
      const number = typeof value === "boolean" || value === "" ? NaN : Number(value);
      return Number.isSafeInteger(number) ? number : undefined;
    };
  }
  const { encode } = codecOf({ type });
  const isNumeric = type === "numeric" || type === "bigint";
  return (value) => {
    const text = isNumeric && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== "string") return undefined;
    try {
      encode(text);
      return text;
    } catch {
      return undefined;
    }
  };
}
