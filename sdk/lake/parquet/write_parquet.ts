import type { AnyRow, TableSpec } from "../../../schemas/table.ts";
import { codecOf } from "../../columns/codecs.ts";
import { doesNotFit, RowGroups } from "../../columns/row_groups.ts";
import { RowError } from "../../errors.ts";
import { ParquetColumnsWriter, type ParquetOptions } from "./columns_writer.ts";

/**
 * Writes rows to a Parquet file, one row group at a time. A row with a value that does not fit its column
 * is left out and passed to `refuse`.
 *
 * @throws {RowError} when a value does not fit and there is no `refuse`. The message names row and column.
 */
export async function* writeParquet(
  spec: TableSpec,
  batches: AsyncIterable<readonly AnyRow[]>,
  refuse?: (row: AnyRow, error: RowError) => void,
  options: ParquetOptions = { compression: "snappy" },
): AsyncGenerator<Uint8Array> {
  const file = new ParquetColumnsWriter(spec, options);
  const written: Uint8Array[] = [];
  const groups = new RowGroups(spec, (group) => written.push(file.write(group)));
  for await (const rows of batches) {
    for (const row of rows) {
      try {
        groups.addRow(row);
      } catch (error) {
        if (!refuse || !(error instanceof RowError)) throw error;
        refuse(row, error);
      }
      yield* written.splice(0);
    }
  }
  groups.end();
  yield* written.splice(0);
  yield file.finish();
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
