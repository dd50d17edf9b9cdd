import type { ColumnSpec, NumericColumn } from "../../../schemas/columns.ts";
import type { TableSpec } from "../../../schemas/table.ts";
import { columnBuilder } from "../../columns/builder.ts";
import { codecOf } from "../../columns/codecs.ts";
import type { Column, ColumnBatch } from "../../columns/column.ts";
import type { ParquetColumns } from "../../lake/parquet/columns_reader.ts";
import { round } from "../decimal.ts";

/**
 * Returns the batches of an object in the columns of its table's spec, as a load into a table of that spec
 * would make them: decimals that were stored with another size are rounded to the one of today.
 */
export function conformed(
  { stored, batches }: ParquetColumns,
  { columns }: TableSpec,
): AsyncIterable<ColumnBatch> {
  const changes = Object.entries(columns).map(([name, spec]) => change(stored.columns[name], spec));
  return changes.some((convert) => convert !== undefined) ? converted(batches, changes) : batches;
}

type Change = ((column: Column, rows: number) => Column) | undefined;

async function* converted(
  batches: AsyncIterable<ColumnBatch>,
  changes: readonly Change[],
): AsyncGenerator<ColumnBatch> {
  for await (const { rows, columns } of batches) {
    yield { rows, columns: columns.map((column, i) => changes[i]?.(column, rows) ?? column) };
  }
}

function change(stored: ColumnSpec, spec: ColumnSpec): Change {
  if (spec.type !== "numeric" || isSameSize(stored as NumericColumn, spec)) return undefined;
  const { valueAt } = codecOf(stored);
  const { precision, scale = 0 } = spec;
  return (column, rows) => {
    const builder = columnBuilder({ ...spec, nullable: true });
    for (let row = 0; row < rows; row++) {
      const text = valueAt(column, row) as string | null;
      builder.appendValue(text === null || precision === undefined ? text : round(text, scale));
    }
    return builder.finish();
  };
}

function isSameSize(a: NumericColumn, b: NumericColumn): boolean {
  return a.precision === b.precision &&
    (a.precision === undefined || (a.scale ?? 0) === (b.scale ?? 0));
}
