import type { AnyRow, TableSpec } from "../../../schemas/table.ts";
import { codecOf } from "../../columns/codecs.ts";
import { doesNotFit, RowGroups } from "../../columns/row_groups.ts";
import { ParquetColumnsWriter } from "./columns_writer.ts";
import type { Compression } from "./compression.ts";

/**
 * Writes rows to a Parquet file, one row group at a time.
 *
 * @throws {RowError} when a value does not fit its column. The message names row and column.
 */
export async function* writeParquet(
  spec: TableSpec,
  batches: AsyncIterable<readonly AnyRow[]>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const file = new ParquetColumnsWriter(spec, compression);
  const groups = new RowGroups(spec, (group) => file.write(group));
  for await (const rows of batches) {
    for (const row of rows) {
      groups.addRow(row);
      yield* file.take();
    }
  }
  groups.end();
  yield* file.take();
  file.finish();
  yield* file.take();
}

/** Returns a function that returns why a row cannot be written, or undefined when it can. */
export function writingProblem(spec: TableSpec): (row: AnyRow) => string | undefined {
  const columns = Object.entries(spec.columns).map(([name, column]) => ({
    name,
    codec: codecOf(column),
  }));
  return (row) => {
    for (const { name, codec } of columns) {
      try {
        codec.encode(row[name]);
      } catch (cause) {
        return doesNotFit(spec, row, name, cause).message;
      }
    }
  };
}
