/**
 * How a table's columns are found in a Parquet file that may be older than its spec. Pure.
 *
 * @module
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { type ParquetMapping, parquetMappings } from "../derive/parquet.ts";

/** The mappings of the columns that a file has, and the names of those it has not. */
export interface Fitted {
  /** How the columns that are there are read. */
  readonly mappings: readonly ParquetMapping[];
  /** The columns that are not. */
  readonly absent: readonly string[];
}

/** Fits a table's columns to a file's, or says why they cannot be. */
export function matchColumns(
  spec: TableSpec,
  elements: readonly SchemaElement[],
): Fitted | { readonly problem: string } {
  const found = new Map(elements.map((element) => [element.name, element]));
  const [present, absent] = [new Map<string, ColumnSpec>(), [] as string[]];
  for (const [name, column] of Object.entries(spec.columns)) {
    if (found.has(name)) present.set(name, asStored(name, column, spec, found));
    else absent.push(name);
  }
  const mappings = parquetMappings({ ...spec, columns: Object.fromEntries(present) });
  for (const { element } of mappings.flatMap(({ columns }) => columns)) {
    const stored = found.get(element.name);
    const problem = stored ? difference(element, stored) : `it has no column ${element.name}`;
    if (problem) return { problem };
  }
  return { mappings, absent };
}

/** A decimal is read by the scale it was stored with: by another, 3.94 would become 0.394. */
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
  // A column that grew from 32 to 64 bits.
  if (wanted === has || (wanted === "INT64" && has === "INT32")) return undefined;
  return `${expected.name} is stored as ${has}, and not as ${wanted}`;
}

function kindOf({ type, converted_type, logical_type }: SchemaElement): string {
  const logical = logical_type?.type ?? converted_type;
  return logical === undefined ? `${type}` : `${type} ${logical}`;
}
