/**
 * How the columns of a Parquet file become the columns of a batch.
 *
 * @module
 */
import type { ColumnSpec, NumericColumn } from "../../../schemas/columns.ts";
import { codecOf } from "../../columns/codecs.ts";
import type { Column, Int32Column, Int64Column } from "../../columns/column.ts";
import { gather } from "../../columns/gather.ts";
import { exactColumn, isUnconstrained } from "../../derive/parquet.ts";
import { builderOf } from "./chunk_reader.ts";
import { MONEY_DIGITS } from "./decimals.ts";

/** Reads the chunk of a Parquet column. Decimals that become text have so many fraction digits or more. */
export type ReadColumn = (name: string, fractionDigits: number) => Column;

/** Returns a column of the spec from the one or two Parquet columns that store it. */
export function restoredColumn(
  name: string,
  spec: ColumnSpec,
  rows: number,
  read: ReadColumn,
): Column {
  if (isUnconstrained(spec)) {
    return exactOr(read(exactColumn(name), 0), () => read(name, MONEY_DIGITS), rows);
  }
  const column = read(name, (spec as NumericColumn).scale ?? 0);
  return column.storage === "int32" && codecOf(spec).storage === "int64" ? widened(column) : column;
}

/** Returns a column without a value. */
export function nullColumn(spec: ColumnSpec, rows: number): Column {
  const empty = builderOf(codecOf(spec).storage).finish();
  return gather(empty, new Int32Array(rows).fill(-1), rows);
}

/** Returns the exact texts, and where they are NULL the numbers. */
function exactOr(exact: Column, readNumbers: () => Column, rows: number): Column {
  if (!exact.nulls) return exact;
  const numbers = readNumbers();
  if (!exact.nulls.subarray(0, rows).includes(0)) return numbers;
  const builder = builderOf("text");
  for (let from = 0; from < rows;) {
    let to = from + 1;
    while (to < rows && exact.nulls[to] === exact.nulls[from]) to++;
    builder.append(exact.nulls[from] ? numbers : exact, from, to);
    from = to;
  }
  return builder.finish();
}

/** Returns integers of 32 bits, as a column had them before it grew, in 64 bits. */
function widened({ values: narrow, nulls }: Int32Column): Int64Column {
  const words = new Int32Array(narrow.length * 2);
  for (let row = 0; row < narrow.length; row++) {
    words[row * 2] = narrow[row];
    words[row * 2 + 1] = narrow[row] >> 31;
  }
  return { storage: "int64", values: new BigInt64Array(words.buffer), words, nulls };
}
