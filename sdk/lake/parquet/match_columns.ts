import type { SchemaElement } from "hyparquet";
import type { ColumnSpec } from "../../../schemas/columns.ts";
import type { TableSpec } from "../../../schemas/table.ts";
import { exactColumn, parquetElements } from "../../derive/parquet.ts";

/** The columns of a table that a Parquet file has. */
export interface ColumnMatch {
  /** The spec of the table as the file stores it: decimals can have another size. */
  readonly stored: TableSpec;
  /** The columns that the file does not have, because they were added later. */
  readonly absent: readonly string[];
}

/**
 * Finds the columns of a table in a Parquet file, which can be older than the table's spec. Returns the
 * problem when a column has another type, a part of it is missing, or the key is.
 */
export function matchColumns(
  spec: TableSpec,
  elements: readonly SchemaElement[],
): ColumnMatch | { readonly problem: string } {
  const found = new Map(elements.map((element) => [element.name, element]));
  const columns: [string, ColumnSpec][] = [];
  const absent: string[] = [];
  for (const [name, column] of Object.entries(spec.columns)) {
    if (!found.has(name)) {
      columns.push([name, column]);
      absent.push(name);
      continue;
    }
    const stored = asStored(name, column, spec, found);
    columns.push([name, stored]);
    for (const element of parquetElements(name, stored)) {
      const has = found.get(element.name);
      const problem = has ? difference(element, has) : `column ${element.name} is missing`;
      if (problem) return { problem };
    }
  }
  if (absent.includes(spec.key)) return { problem: `column ${spec.key} is missing` };
  return { stored: { ...spec, columns: Object.fromEntries(columns) }, absent };
}

/** Decimals are read with the scale they were stored with: with another, 3.94 would become 0.394. */
function asStored(
  name: string,
  column: ColumnSpec,
  { columns }: TableSpec,
  found: ReadonlyMap<string, SchemaElement>,
): ColumnSpec {
  if (column.type !== "numeric") return column;
  const exact = exactColumn(name);
  if (found.has(exact) && !Object.hasOwn(columns, exact)) {
    return { ...column, precision: undefined, scale: undefined };
  }
  const { precision, scale } = found.get(name)!;
  return precision === undefined ? column : { ...column, precision, scale };
}

function difference(expected: SchemaElement, stored: SchemaElement): string | undefined {
  const [wanted, has] = [kindOf(expected), kindOf(stored)];
  // A column that grew from 32 to 64 bits can be read.
  if (wanted === has || (wanted === "INT64" && has === "INT32")) return undefined;
  return `${expected.name} is stored as ${has}, not as ${wanted}`;
}

function kindOf({ type, converted_type, logical_type }: SchemaElement): string {
  const logical = logical_type?.type ?? converted_type;
  return logical === undefined ? `${type}` : `${type} ${logical}`;
}
