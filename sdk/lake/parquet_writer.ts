import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import { type ColumnBuilder, columnBuilder } from "../columns/builder.ts";
import { codecOf } from "../columns/codecs.ts";
import { RowError } from "../errors.ts";
import {
  ParquetColumnsWriter,
  type ParquetOptions,
  ROW_GROUP_BYTES,
  ROW_GROUP_ROWS,
} from "./parquet_columns_writer.ts";

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
  const group = new RowGroup(spec);
  const file = new ParquetColumnsWriter(spec, options);
  for await (const rows of batches) {
    for (const row of rows) {
      try {
        group.add(row);
      } catch (error) {
        if (!refuse || !(error instanceof RowError)) throw error;
        refuse(row, error);
      }
      if (group.isFull) yield group.writeTo(file);
    }
  }
  if (group.rows > 0) yield group.writeTo(file);
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
        return misfit(spec, row, name, cause).message;
      }
    }
  };
}

/** The rows of the current row group. */
class RowGroup {
  readonly #spec: TableSpec;
  readonly #columns: readonly { readonly name: string; readonly builder: ColumnBuilder }[];
  rows = 0;

  constructor(spec: TableSpec) {
    this.#spec = spec;
    this.#columns = Object.entries(spec.columns).map(([name, column]) => ({
      name,
      builder: columnBuilder(column),
    }));
  }

  get isFull(): boolean {
    if (this.rows >= ROW_GROUP_ROWS) return true;
    return this.#columns.reduce((sum, { builder }) => sum + builder.bytes, 0) >= ROW_GROUP_BYTES;
  }

  /** Adds a row. When it throws, nothing is added. */
  add(row: AnyRow): void {
    for (const { name, builder } of this.#columns) {
      try {
        builder.appendValue(row[name]);
      } catch (cause) {
        for (const column of this.#columns) column.builder.truncate(this.rows);
        throw misfit(this.#spec, row, name, cause);
      }
    }
    this.rows++;
  }

  /** Writes the rows and removes them. */
  writeTo(file: ParquetColumnsWriter): Uint8Array {
    const columns = this.#columns.map(({ builder }) => builder.finish());
    const bytes = file.write({ rows: this.rows, columns });
    for (const { builder } of this.#columns) builder.reset();
    this.rows = 0;
    return bytes;
  }
}

function misfit({ name: table, key }: TableSpec, row: AnyRow, column: string, cause: unknown) {
  return new RowError(`${table} ${row[key]}: ${column}: ${(cause as Error).message}`, {
    stage: "transform",
    table,
    cause,
  });
}
