import type { Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { AnyRow, DerivedTable, SourceTableSpec } from "../../schemas/table.ts";
import type { Column, ColumnBatch } from "../columns/column.ts";
import { RowGroups } from "../columns/row_groups.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RowError } from "../errors.ts";
import { chunkColumns, type Parents } from "./chunk_columns.ts";
import type { Quarantine } from "./quarantine.ts";
import { catchRowError, joinAndTransform, rowReader } from "./rows.ts";
import { visitRuns } from "./runs.ts";
import type { SourceChunk } from "./source_chunks.ts";

/** What a {@linkcode TableTransform} needs. */
export interface TableTransformOptions {
  /** The warehouse table. */
  readonly table: DerivedTable;
  /** The tables. */
  readonly model: Model;
  /** The rows that the table's rows are joined with. */
  readonly parents: Parents;
  /** Receives the rows that cannot be transformed. */
  readonly quarantine: Quarantine;
  /** Receives the keys of the rows that the table leaves out. */
  readonly onLeftOut: (key: Value) => void;
  /** Receives the rows, one row group at a time, which is overwritten when it returns. */
  readonly onGroup: (group: ColumnBatch) => void;
}

/**
 * Transforms the rows of one warehouse table, column by column. Rows that this is not sure about, and all
 * rows of a table with a row function, are parsed, validated and transformed one by one.
 */
export class TableTransform {
  readonly #options: TableTransformOptions;
  readonly #from: SourceTableSpec;
  readonly #columns: ((chunk: SourceChunk) => Column[]) | null;
  readonly #validate: (row: unknown) => AnyRow;
  readonly #make: (row: AnyRow) => AnyRow | null;
  readonly #groups: RowGroups;

  constructor(options: TableTransformOptions) {
    const { table, model, parents, onGroup } = options;
    this.#options = options;
    this.#from = sourceTable(model, table.from);
    this.#columns = table.row ? null : chunkColumns(table, model, parents);
    this.#validate = rowReader(this.#from);
    this.#make = joinAndTransform(table, model, parents);
    this.#groups = new RowGroups(table, onGroup);
  }

  /** Adds the rows of a chunk. */
  add(chunk: SourceChunk): void {
    const { rows, odd } = chunk.fields;
    const columns = this.#columns?.(chunk);
    if (!columns) odd.fill(1, 0, rows);
    visitRuns(
      rows,
      odd,
      (from, to) => this.#groups.add(columns!, from, to),
      (row) => this.#addRow(chunk.parse(row)),
    );
  }

  /** Ends the last row group. */
  end(): void {
    this.#groups.end();
  }

  #addRow(parsed: unknown): void {
    const { quarantine, onLeftOut, table } = this.#options;
    const key = () => (parsed as AnyRow)[this.#from.key];
    const made = catchRowError(() => this.#make(this.#validate(parsed)));
    if (made === null) onLeftOut(key());
    else if (made instanceof RowError) quarantine.add(parsed as AnyRow, key(), made);
    else {
      const refused = catchRowError(() => this.#groups.addRow(made));
      if (refused) quarantine.add(made, made[table.key], refused);
    }
  }
}
