import type { TableSpec } from "../../../schemas/table.ts";
import { codecOf } from "../../columns/codecs.ts";
import { copyScanner } from "../../columns/copy_scanner.ts";
import { copyRowReader } from "../../postgres/copy_rows.ts";
import { visitRuns } from "../../transform/runs.ts";
import type { SourceChunk } from "../../transform/source_chunks.ts";
import type { RowBatch } from "./compare_columns.ts";
import type { ExpectedRow } from "./row_differences.ts";

/** Yields the rows of a COPY whose fields are the columns of a table in order. */
export async function* copiedChunks(
  copied: AsyncIterable<Uint8Array>,
  table: TableSpec,
): AsyncGenerator<SourceChunk> {
  const scan = copyScanner(Object.keys(table.columns).length);
  const read = copyRowReader(table);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const bytes of copied) {
    const fields = scan(bytes);
    fields.odd.fill(0, 0, fields.rows);
    const { lines } = fields;
    const line = (row: number) => decoder.decode(bytes.subarray(lines[row], lines[row + 1] - 1));
    yield { fields, parse: (row) => read(line(row)) };
  }
}

/** Yields the rows of a COPY as columns. */
export async function* copiedBatches(
  copied: AsyncIterable<Uint8Array>,
  table: TableSpec,
): AsyncGenerator<RowBatch> {
  const codecs = Object.values(table.columns).map(codecOf);
  for await (const { fields, parse } of copiedChunks(copied, table)) {
    const { rows, odd } = fields;
    const columns = codecs.map((codec, place) => codec.decode(fields, place, odd));
    const others = oddRows(rows, odd, (row) => parse(row) as ExpectedRow);
    yield { rows, columns, odd, others };
  }
}

/** Makes each odd row, by place. */
export function oddRows<T>(
  rows: number,
  odd: Uint8Array,
  make: (row: number) => T,
): Map<number, T> {
  const others = new Map<number, T>();
  visitRuns(rows, odd, () => {}, (row) => others.set(row, make(row)));
  return others;
}
