import type { ColumnSpec, Value } from "../../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../../schemas/table.ts";
import { codecOf } from "../../columns/codecs.ts";
import type { Column, ColumnBatch, Int32Column } from "../../columns/column.ts";
import type { DataObject } from "../commit.ts";
import type { ObjectStore } from "../store.ts";
import { openParquetColumns, schemaMismatch } from "./columns_reader.ts";

/** Rows that are yielded together. */
const BATCH_ROWS = 1_000;

/**
 * Yields the rows of a Parquet object, which can be older than the spec of its table: decimals of another
 * size are read as they were stored. One row group is in memory at a time. The object's checksum is
 * compared at the end.
 *
 * @throws {DamagedObjectError} when the object is not what was written.
 * @throws {LakeError} when the object does not have the columns of this table.
 */
export async function* readParquet(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): AsyncGenerator<AnyRow[]> {
  const { absent, stored, batches } = await openParquetColumns(store, object, spec);
  if (absent.length > 0) {
    throw schemaMismatch(object, spec, `column ${absent.join(", ")} is missing`);
  }
  yield* readRows(batches, stored);
}

async function* readRows(
  batches: AsyncIterable<ColumnBatch>,
  stored: TableSpec,
): AsyncGenerator<AnyRow[]> {
  const read = rowReader(stored);
  for await (const batch of batches) {
    // Rows are created in small batches: a full group of them would be moved to the old heap.
    for (let from = 0; from < batch.rows; from += BATCH_ROWS) {
      yield read(batch, from, Math.min(BATCH_ROWS, batch.rows - from));
    }
  }
}

/** Returns a function that turns `count` rows of a batch, from one on, into objects. */
export function rowReader(
  { columns }: TableSpec,
): (batch: ColumnBatch, from: number, count: number) => Record<string, Value>[] {
  const fields = Object.entries(columns).map(([name, column]) => ({
    name,
    valueAt: valueReader(column),
  }));
  const empty = Object.fromEntries(fields.map(({ name }) => [name, null]));
  return (batch, from, count) => {
    const rows: Record<string, Value>[] = Array.from({ length: count }, () => ({ ...empty }));
    fields.forEach(({ name, valueAt }, i) => {
      const column = batch.columns[i];
      for (let row = 0; row < count; row++) rows[row][name] = valueAt(column, from + row);
    });
    return rows;
  };
}

const MAX_CACHED = 10_000;

/** Returns a function that reads a value. A column of dates repeats few of them many times. */
function valueReader(spec: ColumnSpec): (column: Column, row: number) => Value {
  const { valueAt } = codecOf(spec);
  if (spec.type !== "date") return valueAt;
  const dates = new Map<number, Value>();
  return (column, row) => {
    if (column.nulls?.[row]) return null;
    const day = (column as Int32Column).values[row];
    let date = dates.get(day);
    if (date === undefined) {
      if (dates.size >= MAX_CACHED) dates.clear();
      dates.set(day, date = valueAt(column, row));
    }
    return date;
  };
}
