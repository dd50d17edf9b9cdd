/**
 * How the columns of a batch become the columns of a Parquet file.
 *
 * @module
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSpec } from "../../../schemas/columns.ts";
import type { TableSpec } from "../../../schemas/table.ts";
import { columnBuilder } from "../../columns/builder.ts";
import type { Column, DictionaryColumn, Storage, TextColumn } from "../../columns/column.ts";
import { parquetElements } from "../../derive/parquet.ts";
import { decimalsOf, markedTexts } from "./decimals.ts";
import type { ColumnRange } from "./page_values.ts";

/**
 * Returns the one or two Parquet columns of some rows of a column.
 *
 * @throws {RangeError} when a value does not fit the column.
 * @throws {TypeError} when the column is not in the storage of its spec.
 */
export type StoredColumn = (
  range: ColumnRange & { readonly column: Column },
) => readonly (readonly [SchemaElement, ColumnRange])[];

/** Returns how each column of a table is stored, in the order of its spec. */
export function storedColumns(spec: TableSpec): StoredColumn[] {
  return Object.entries(spec.columns).map(([name, column]) => storedColumn(name, column));
}

const STORAGES: Readonly<Partial<Record<string, readonly Storage[]>>> = {
  INT32: ["int32"],
  INT64: ["int64"],
  BOOLEAN: ["boolean"],
  BYTE_ARRAY: ["text", "dictionary"],
  FIXED_LEN_BYTE_ARRAY: ["text", "dictionary"],
};

function storedColumn(name: string, spec: ColumnSpec): StoredColumn {
  const [element, exact] = parquetElements(name, spec);
  const storages = STORAGES[element.type!]!;
  const size = { precision: element.precision!, scale: element.scale! };
  return (range) => {
    const { column, from, to } = range;
    if (!storages.includes(column.storage)) {
      throw new TypeError(`${name} is ${column.storage}, not ${storages[0]}`);
    }
    if (!spec.nullable && column.nulls?.subarray(from, to).includes(1)) {
      throw new RangeError(`${name} is NULL, but the column does not allow it`);
    }
    if (element.type !== "FIXED_LEN_BYTE_ARRAY") return [[element, range]];
    const rows = { from: 0, to: to - from };
    const { texts, ...place } = column.storage === "dictionary"
      ? { texts: spelledOut(column, from, to), ...rows }
      : { texts: column as TextColumn, from, to };
    const { numbers, inexact, misfit } = decimalsOf(texts, place.from, place.to, size);
    if (exact) {
      const rest = { column: markedTexts(texts, place.from, place.to, inexact), ...rows };
      return [[element, { column: numbers, ...rows }], [exact, rest]];
    }
    if (misfit !== undefined) {
      const { precision, scale } = size;
      throw new RangeError(
        `${name}: ${misfit} does not fit numeric(${precision},${scale}) exactly`,
      );
    }
    return [[element, { column: numbers, ...rows }]];
  };
}

/** Returns the text of each row from `from` to `to`. */
function spelledOut(column: DictionaryColumn, from: number, to: number): TextColumn {
  const builder = columnBuilder({ type: "text", nullable: true });
  builder.append(column, from, to);
  return builder.finish() as TextColumn;
}
