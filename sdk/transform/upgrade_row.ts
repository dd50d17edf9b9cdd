import type { ColumnSpec } from "../../schemas/columns.ts";
import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";

/**
 * Returns a function that converts rows of an older batch to the current spec, given the columns that the
 * batch `read`. A missing column becomes NULL if the spec allows it. A column that the spec gained later
 * was kept as text, and is converted to its type.
 */
export function upgradeRow(
  { columns }: SourceTableSpec,
  read: readonly string[],
): (row: unknown) => unknown {
  const later = Object.entries(columns).filter(([name]) => !read.includes(name));
  if (later.length === 0) return (row) => row;
  return (row) => {
    const upgraded: Record<string, unknown> = { ...row as AnyRow };
    for (const [name, column] of later) {
      if (Object.hasOwn(upgraded, name)) upgraded[name] = coerce(column, upgraded[name]);
      else if (column.nullable) upgraded[name] = null;
    }
    return upgraded;
  };
}

function coerce({ type }: ColumnSpec, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type === "integer" && /^-?\d+$/.test(value)) return Number(value);
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return value;
}
