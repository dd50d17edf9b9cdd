import { assertNever } from "../assert_never.ts";
import type { Column, Nulls, TextColumn } from "./column.ts";

/**
 * Returns the rows of a column at `indexes`, in that order; -1 gives NULL. Text becomes a dictionary over the
 * column's texts, which are not copied: the result is overwritten with the column.
 */
export function gather(column: Column, indexes: Int32Array, rows: number): Column {
  const nulls = gatherNulls(column.nulls, indexes, rows);
  switch (column.storage) {
    case "int32": {
      const values = picked(column.values, indexes, new Int32Array(rows));
      return { storage: "int32", values, nulls };
    }
    case "int64": {
      const words = new Int32Array(2 * rows);
      for (let row = 0; row < rows; row++) {
        const from = 2 * indexes[row];
        if (from < 0) continue;
        words[2 * row] = column.words[from];
        words[2 * row + 1] = column.words[from + 1];
      }
      return { storage: "int64", values: new BigInt64Array(words.buffer), words, nulls };
    }
    case "boolean": {
      const values = picked(column.values, indexes, new Uint8Array(rows));
      return { storage: "boolean", values, nulls };
    }
    case "text":
      return dictionary(withoutNulls(column), indexes, rows, nulls);
    case "dictionary": {
      const codes = picked(column.codes, indexes, new Int32Array(rows));
      return { storage: "dictionary", codes, values: column.values, nulls };
    }
    default:
      return assertNever(column);
  }
}

function picked<A extends Int32Array | Uint8Array>(from: A, indexes: Int32Array, into: A): A {
  for (let row = 0; row < into.length; row++) {
    if (indexes[row] >= 0) into[row] = from[indexes[row]];
  }
  return into;
}

function gatherNulls(from: Nulls, indexes: Int32Array, rows: number): Nulls {
  const nulls = new Uint8Array(rows);
  let some = 0;
  for (let row = 0; row < rows; row++) {
    const index = indexes[row];
    if (index < 0 || (from !== null && from[index] === 1)) some = nulls[row] = 1;
  }
  return some === 1 ? nulls : null;
}

function withoutNulls(column: TextColumn): TextColumn {
  return column.nulls === null ? column : { ...column, nulls: null };
}

function dictionary(values: TextColumn, indexes: Int32Array, rows: number, nulls: Nulls): Column {
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) codes[row] = Math.max(indexes[row], 0);
  return { storage: "dictionary", codes, values, nulls };
}
