import type { Value } from "../../schemas/columns.ts";
import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";
import { type ColumnBuilder, columnBuilder } from "../columns/builder.ts";
import type { Codec } from "../columns/type_codec.ts";
import { codecOf } from "../columns/codecs.ts";
import type { Column } from "../columns/column.ts";
import { RowError } from "../errors.ts";
import { catchRowError, rowReader } from "./rows.ts";
import { visitRuns } from "./runs.ts";
import type { SourceChunk } from "./source_chunks.ts";

/** The place of a reference that is NULL. */
export const NULL_REFERENCE = -1;
/** The place of a reference to a row that is missing or invalid. */
export const NO_ROW = -2;

/** The rows of a source table that other rows are joined with, by key. They are dimensions, so they fit. */
export class ParentRows {
  readonly #names: readonly string[];
  readonly #codecs: readonly Codec[];
  readonly #builders: readonly ColumnBuilder[];
  readonly #columns: Column[] = [];
  readonly #key: number;
  readonly #validate: (row: unknown) => AnyRow;
  readonly #places = new Map<Value, number>();
  readonly #invalid = new Map<Value, RowError>();

  private constructor(table: SourceTableSpec) {
    this.#names = Object.keys(table.columns);
    this.#codecs = this.#names.map((name) => codecOf(table.columns[name]));
    this.#builders = this.#names.map((name) => columnBuilder(table.columns[name]));
    this.#key = this.#names.indexOf(table.key);
    this.#validate = rowReader(table);
  }

  /** Reads every row. An invalid one is kept as its error, for the rows that are joined with it. */
  static async read(
    table: SourceTableSpec,
    chunks: AsyncIterable<SourceChunk>,
  ): Promise<ParentRows> {
    const rows = new ParentRows(table);
    for await (const chunk of chunks) rows.#add(chunk);
    rows.#columns.push(...rows.#builders.map((builder) => builder.finish()));
    return rows;
  }

  #add({ fields, parse }: SourceChunk): void {
    const columns = this.#codecs.map((codec, i) => codec.decode(fields, i, fields.odd));
    const key = this.#codecs[this.#key];
    const addRun = (from: number, to: number) => {
      for (let row = from; row < to; row++) {
        const value = key.valueAt(columns[this.#key], row);
        this.#places.set(value, this.rows + row - from);
        this.#invalid.delete(value);
      }
      this.#builders.forEach((builder, i) => builder.append(columns[i], from, to));
    };
    visitRuns(fields.rows, fields.odd, addRun, (row) => this.#addRow(parse(row)));
  }

  #addRow(parsed: unknown): void {
    const key = (parsed as AnyRow)[this.#names[this.#key]];
    const row = catchRowError(() => this.#validate(parsed));
    if (row instanceof RowError) {
      this.#invalid.set(key, row);
      return;
    }
    this.#places.set(key, this.rows);
    this.#invalid.delete(key);
    this.#builders.forEach((builder, i) => builder.appendValue(row[this.#names[i]]));
  }

  /** Number of rows. */
  get rows(): number {
    return this.#builders[0].rows;
  }

  /** Returns a column of the rows. */
  column(name: string): Column {
    return this.#columns[this.#names.indexOf(name)];
  }

  /** Returns the row with a key, or its error, or undefined. */
  get(key: Value): AnyRow | RowError | undefined {
    const place = this.#places.get(key);
    if (place === undefined || this.#invalid.has(key)) return this.#invalid.get(key);
    const entries = this.#names.map((name, i) => [
      name,
      this.#codecs[i].valueAt(this.#columns[i], place),
    ]);
    return Object.fromEntries(entries);
  }

  /** Returns the place of the row that each of these values is the key of; NULL has none. */
  placesOf(keys: Column, codec: Codec, rows: number): Int32Array {
    const places = new Int32Array(rows);
    const { nulls } = keys;
    for (let row = 0; row < rows; row++) {
      places[row] = nulls !== null && nulls[row] === 1
        ? NULL_REFERENCE
        : this.#placeOf(codec.valueAt(keys, row));
    }
    return places;
  }

  /** Returns the place in another table that a column of each of these rows refers to. */
  references(name: string, parent: ParentRows): Int32Array {
    const column = this.#names.indexOf(name);
    return parent.placesOf(this.#columns[column], this.#codecs[column], this.rows);
  }

  #placeOf(key: Value): number {
    return this.#invalid.has(key) ? NO_ROW : this.#places.get(key) ?? NO_ROW;
  }
}
