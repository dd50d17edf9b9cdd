import type { SchemaElement } from "hyparquet";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { type ParquetMapping, parquetMappings } from "../derive/parquet.ts";

/** The columns of a table that a Parquet file has. */
export interface ColumnMatch {
  /** How to read the columns that the file has. */
  readonly mappings: readonly ParquetMapping[];
  /** The columns that the file does not have. */
  readonly absent: readonly string[];
}

/**
 * Finds the columns of a table in a Parquet file, which can be older than the table's spec. Returns the
 * problem when a column has another type or a part of it is missing.
 */
export function matchColumns(
  spec: TableSpec,
  elements: readonly SchemaElement[],
): ColumnMatch | { readonly problem: string } {
  const found = new Map(elements.map((element) => [element.name, element]));
  const [present, absent] = [new Map<string, ColumnSpec>(), [] as string[]];
  for (const [name, column] of Object.entries(spec.columns)) {
    if (found.has(name)) present.set(name, asStored(name, column, spec, found));
    else absent.push(name);
  }
  const mappings = parquetMappings({ ...spec, columns: Object.fromEntries(present) });
  for (const { element } of mappings.flatMap(({ columns }) => columns)) {
    const stored = found.get(element.name);
    const problem = stored ? difference(element, stored) : `column ${element.name} is missing`;
    if (problem) return { problem };
  }
  return { mappings, absent };
}

/** Decimals are read with the scale they were stored with: with another, 3.94 would become 0.394. */
function asStored(
  name: string,
  column: ColumnSpec,
  { columns }: TableSpec,
  found: ReadonlyMap<string, SchemaElement>,
): ColumnSpec {
  if (column.type !== "numeric") return column;
  const exact = `${name}_exact`;
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
