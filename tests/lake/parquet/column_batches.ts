/** Batches of columns from rows, and back. */
import type { AnyRow, TableSpec } from "../../../schemas/mod.ts";
import { columnBuilder } from "../../../sdk/columns/builder.ts";
import { codecOf } from "../../../sdk/columns/codecs.ts";
import type { ColumnBatch } from "../../../sdk/columns/column.ts";

/** Returns rows as columns. */
export function batchOf(spec: TableSpec, rows: readonly AnyRow[]): ColumnBatch {
  const columns = Object.entries(spec.columns).map(([name, column]) => {
    const builder = columnBuilder(column);
    for (const row of rows) builder.appendValue(row[name]);
    return builder.finish();
  });
  return { rows: rows.length, columns };
}

/** Returns the rows of a batch. */
export function rowsOf(spec: TableSpec, { rows, columns }: ColumnBatch): AnyRow[] {
  const fields = Object.entries(spec.columns).map(([name, column]) =>
    [name, codecOf(column)] as const
  );
  return Array.from(
    { length: rows },
    (_, row) =>
      Object.fromEntries(fields.map(([name, codec], i) => [name, codec.valueAt(columns[i], row)])),
  );
}
