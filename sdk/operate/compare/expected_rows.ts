import type { Model } from "../../../schemas/model.ts";
import type { AnyRow, DerivedTable } from "../../../schemas/table.ts";
import { sourceTable } from "../../derive/source_table.ts";
import { RowError } from "../../errors.ts";
import type { ProgressMeter } from "../../progress.ts";
import { chunkColumns, type Parents } from "../../transform/chunk_columns.ts";
import type { ReferencedDates } from "../../transform/referenced_dates.ts";
import { catchRowError, joinAndTransform, rowReader } from "../../transform/rows.ts";
import { visitRuns } from "../../transform/runs.ts";
import { bytesOf, type SourceChunk } from "../../transform/source_chunks.ts";
import type { RowBatch } from "./compare_columns.ts";
import { oddRows } from "./copied_batches.ts";
import { InvalidRow, LeftOutRow } from "./row_differences.ts";

/** The options of {@linkcode expectedRows}. */
export interface ExpectedRowsOptions {
  /** The warehouse table. */
  readonly table: DerivedTable;
  /** The tables of its source. */
  readonly model: Model;
  /** The rows that its rows are joined with. */
  readonly parents: Parents;
  /** Receives the dates that its rows refer to. */
  readonly dates: ReferencedDates;
  /** Counts the rows. */
  readonly progress: ProgressMeter;
  /** Whether all rows become objects. Default: only those that the columns cannot hold. */
  readonly asObjects?: boolean;
}

/** Yields the rows that the pipeline's transforms make of chunks of a source table. */
export async function* expectedRows(
  chunks: AsyncIterable<SourceChunk>,
  { table, model, parents, dates, progress, asObjects = false }: ExpectedRowsOptions,
): AsyncGenerator<RowBatch> {
  const from = sourceTable(model, table.from);
  const columnsOf = table.row || asObjects ? () => null : chunkColumns(table, model, parents);
  const validate = rowReader(from);
  const make = joinAndTransform(table, model, parents);
  const collector = dates.collector(table);
  for await (const chunk of chunks) {
    const { rows, odd } = chunk.fields;
    const columns = columnsOf(chunk);
    if (!columns) odd.fill(1, 0, rows);
    const others = oddRows(rows, odd, (place) => {
      const row = chunk.parse(place) as AnyRow;
      const made = catchRowError(() => make(validate(row)));
      if (made instanceof RowError) return new InvalidRow(row[from.key], made.message);
      if (made === null) return new LeftOutRow(row[from.key]);
      collector.addRow(made);
      return made;
    });
    if (columns) visitRuns(rows, odd, (from, to) => collector.addRows(columns, from, to), () => {});
    yield { rows, columns: columns ?? [], odd, others };
    progress.add(table.name, rows, bytesOf(chunk));
  }
}
