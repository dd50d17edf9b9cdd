import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import { type ColumnBuilder, columnBuilder } from "./builder.ts";
import type { Column, ColumnBatch, DictionaryColumn, TextColumn } from "./column.ts";
import { RowError } from "../errors.ts";

/** Limits of a row group, which is in memory while it is filled. */
const MAX_ROWS = 65_536;
const MAX_TEXT_BYTES = 4 * 2 ** 20;
const MAX_OTHER_BYTES = 16 * 2 ** 20;
/** Bytes of a value that is no text, at most. */
const VALUE_BYTES = 8;

/**
 * Collects the rows of a table into row groups. A group ends at the same row however the rows arrive, so
 * that the same batch always makes the same object.
 */
export class RowGroups {
  readonly #table: TableSpec;
  readonly #names: readonly string[];
  readonly #builders: readonly ColumnBuilder[];
  readonly #onGroup: (group: ColumnBatch) => void;
  readonly #maxRows: number;
  #textBytes = 0;

  /** Creates an empty group. `onGroup` receives each full one, which is overwritten when it returns. */
  constructor(table: TableSpec, onGroup: (group: ColumnBatch) => void) {
    this.#table = table;
    this.#names = Object.keys(table.columns);
    this.#builders = Object.values(table.columns).map(columnBuilder);
    this.#onGroup = onGroup;
    const bytes = VALUE_BYTES * this.#names.length;
    this.#maxRows = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_OTHER_BYTES / bytes)));
  }

  /** Adds rows `from` up to `to` of the table's columns. */
  add(columns: readonly Column[], from: number, to: number): void {
    while (from < to) {
      const end = this.#endOfGroup(columns, from, to);
      this.#builders.forEach((builder, i) => builder.append(columns[i], from, end));
      from = end;
      this.#endIfFull();
    }
  }

  /**
   * Adds a row.
   *
   * @throws {RowError} when a value does not fit its column; then nothing is added. The message names row
   * and column.
   */
  addRow(row: AnyRow): void {
    const rows = this.#rows;
    this.#builders.forEach((builder, i) => {
      try {
        builder.appendValue(row[this.#names[i]]);
      } catch (cause) {
        for (const builder of this.#builders) builder.truncate(rows);
        throw doesNotFit(this.#table, row, this.#names[i], cause);
      }
    });
    for (const builder of this.#builders) {
      const column = builder.finish();
      if (isText(column)) this.#textBytes += textBytes(column, rows, rows + 1);
    }
    this.#endIfFull();
  }

  /** Ends the group, if it has rows. */
  end(): void {
    if (this.#rows === 0) return;
    const columns = this.#builders.map((builder) => builder.finish());
    this.#onGroup({ rows: this.#rows, columns });
    for (const builder of this.#builders) builder.reset();
    this.#textBytes = 0;
  }

  /**
   * Returns the row after the last one that the group takes, of rows `from` up to `to`: at least one row.
   * Counts their text.
   */
  #endOfGroup(columns: readonly Column[], from: number, to: number): number {
    const last = Math.min(to, from + this.#maxRows - this.#rows);
    const texts = columns.filter(isText);
    const bytes = texts.reduce((sum, column) => sum + textBytes(column, from, last), 0);
    if (this.#textBytes + bytes < MAX_TEXT_BYTES) {
      this.#textBytes += bytes;
      return last;
    }
    let end = from;
    do {
      for (const column of texts) this.#textBytes += textBytes(column, end, end + 1);
      end++;
    } while (end < last && this.#textBytes < MAX_TEXT_BYTES);
    return end;
  }

  get #rows(): number {
    return this.#builders[0].rows;
  }

  #endIfFull(): void {
    if (this.#rows >= this.#maxRows || this.#textBytes >= MAX_TEXT_BYTES) this.end();
  }
}

/** Returns the error of a row with a value that does not fit its column. */
export function doesNotFit(
  { name: table, key }: TableSpec,
  row: AnyRow,
  column: string,
  cause: unknown,
): RowError {
  const message = `${table} ${row[key]}: ${column}: ${(cause as Error).message}`;
  return new RowError(message, { stage: "transform", table, cause });
}

function isText(column: Column): column is TextColumn | DictionaryColumn {
  return column.storage === "text" || column.storage === "dictionary";
}

/** Returns the bytes of the texts of rows `from` up to `to`. */
function textBytes(column: TextColumn | DictionaryColumn, from: number, to: number): number {
  if (column.storage === "text") return column.offsets[to] - column.offsets[from];
  const { offsets } = column.values;
  let bytes = 0;
  for (let row = from; row < to; row++) {
    if (column.nulls !== null && column.nulls[row] === 1) continue;
    bytes += offsets[column.codes[row] + 1] - offsets[column.codes[row]];
  }
  return bytes;
}
