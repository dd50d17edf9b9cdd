/**
 * Collects rows of a column, as blocks of other columns or value by value. Its memory is kept from one
 * row group to the next.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import { assertNever } from "../assert_never.ts";
import type { Codec, Stored } from "./codec.ts";
import { codecOf } from "./codecs.ts";
import type { Column, Nulls, TextColumn } from "./column.ts";
import { grown } from "./room.ts";
import type { TextsColumn } from "./texts.ts";

/** The column that is being built. */
export interface ColumnBuilder {
  /** Number of rows. */
  readonly rows: number;
  /** The bytes that the rows take. */
  readonly bytes: number;
  /** Adds rows `from` up to `to` of a column with the same storage; text can be a dictionary. */
  append(column: Column, from: number, to: number): void;
  /** Adds a value. @throws {RangeError} when the column cannot hold it; then nothing is added. */
  appendValue(value: Value): void;
  /** Removes the rows from `rows` on. */
  truncate(rows: number): void;
  /** Returns the column. It is overwritten after {@linkcode ColumnBuilder.reset}. */
  finish(): Column;
  /** Removes all rows and keeps the memory. */
  reset(): void;
}

/** Returns an empty builder of a column. */
export function columnBuilder(spec: ColumnSpec): ColumnBuilder {
  const codec = codecOf(spec);
  switch (codec.storage) {
    case "int32":
      return new Int32Builder(codec);
    case "int64":
      return new Int64Builder(codec);
    case "boolean":
      return new BooleanBuilder(codec);
    case "text":
    case "dictionary":
      return new TextBuilder(codec);
    default:
      return assertNever(codec.storage);
  }
}

/** What the builders of all storages share: the number of rows, and which are NULL. */
abstract class Builder<C extends Column> implements ColumnBuilder {
  readonly #codec: Codec;
  #nulls = new Uint8Array(0);
  #nullRows = 0;
  #rows = 0;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.bytesOf(this.#rows) + (this.#nullRows > 0 ? this.#rows : 0);
  }

  append(column: C, from: number, to: number): void {
    const { nulls } = column;
    if (nulls !== null) {
      for (let row = from; row < to; row++) this.#setNull(row - from, nulls[row]);
    }
    this.copy(column, from, to, this.#rows);
    this.#rows += to - from;
  }

  appendValue(value: Value): void {
    const stored = this.#codec.encode(value);
    if (stored === null) this.#setNull(0, 1);
    this.set(this.#rows, stored);
    this.#rows++;
  }

  truncate(rows: number): void {
    const removed = this.#nulls.subarray(rows, this.#rows);
    for (const isNull of removed) this.#nullRows -= isNull;
    removed.fill(0);
    this.#rows = rows;
  }

  finish(): C {
    if (this.#nullRows > 0) this.#nulls = grown(this.#nulls, this.#rows);
    return this.column(this.#rows, this.#nullRows > 0 ? this.#nulls : null);
  }

  reset(): void {
    this.truncate(0);
  }

  /** The array is 0 wherever no row is NULL, also beyond the rows. */
  #setNull(offset: number, isNull: number): void {
    if (isNull === 0) return;
    const row = this.#rows + offset;
    this.#nulls = grown(this.#nulls, row + 1);
    this.#nulls[row] = 1;
    this.#nullRows++;
  }

  protected abstract bytesOf(rows: number): number;
  /** Copies rows of a column to row `at` and the ones after it. */
  protected abstract copy(column: C, from: number, to: number, at: number): void;
  /** Stores a value at a row; null as the value of a row that is NULL. */
  protected abstract set(row: number, stored: Stored | null): void;
  protected abstract column(rows: number, nulls: Nulls): C;
}

class Int32Builder extends Builder<Column & { storage: "int32" }> {
  #values = new Int32Array(0);

  protected bytesOf(rows: number): number {
    return 4 * rows;
  }

  protected copy({ values }: { values: Int32Array }, from: number, to: number, at: number): void {
    this.#values = grown(this.#values, at + to - from);
    this.#values.set(values.subarray(from, to), at);
  }

  protected set(row: number, stored: Stored | null): void {
    this.#values = grown(this.#values, row + 1);
    this.#values[row] = (stored ?? 0) as number;
  }

  protected column(_rows: number, nulls: Nulls) {
    return { storage: "int32", values: this.#values, nulls } as const;
  }
}

class Int64Builder extends Builder<Column & { storage: "int64" }> {
  #values = new BigInt64Array(0);

  protected bytesOf(rows: number): number {
    return 8 * rows;
  }

  protected copy(
    { values }: { values: BigInt64Array },
    from: number,
    to: number,
    at: number,
  ): void {
    this.#values = grown(this.#values, at + to - from);
    this.#values.set(values.subarray(from, to), at);
  }

  protected set(row: number, stored: Stored | null): void {
    this.#values = grown(this.#values, row + 1);
    this.#values[row] = (stored ?? 0n) as bigint;
  }

  protected column(_rows: number, nulls: Nulls) {
    const values = this.#values;
    return { storage: "int64", values, words: new Int32Array(values.buffer), nulls } as const;
  }
}

class BooleanBuilder extends Builder<Column & { storage: "boolean" }> {
  #values = new Uint8Array(0);

  protected bytesOf(rows: number): number {
    return rows;
  }

  protected copy({ values }: { values: Uint8Array }, from: number, to: number, at: number): void {
    this.#values = grown(this.#values, at + to - from);
    this.#values.set(values.subarray(from, to), at);
  }

  protected set(row: number, stored: Stored | null): void {
    this.#values = grown(this.#values, row + 1);
    this.#values[row] = (stored ?? 0) as number;
  }

  protected column(_rows: number, nulls: Nulls) {
    return { storage: "boolean", values: this.#values, nulls } as const;
  }
}

const encoder = new TextEncoder();

class TextBuilder extends Builder<TextsColumn> {
  #text = new Uint8Array(0);
  #offsets = new Int32Array(1);

  protected bytesOf(rows: number): number {
    return this.#offsets[rows] + 4 * (rows + 1);
  }

  protected copy(column: TextsColumn, from: number, to: number, at: number): void {
    this.#offsets = grown(this.#offsets, at + to - from + 1);
    if (column.storage === "dictionary") {
      for (let row = from; row < to; row++) {
        const code = column.codes[row];
        if (column.nulls !== null && column.nulls[row] === 1) this.#addEmpty(at + row - from);
        else this.#addTexts(column.values, code, code + 1, at + row - from);
      }
    } else this.#addTexts(column, from, to, at);
  }

  #addEmpty(at: number): void {
    this.#offsets[at + 1] = this.#offsets[at];
  }

  #addTexts({ bytes, offsets }: TextColumn, from: number, to: number, at: number): void {
    const start = offsets[from], end = offsets[to];
    const shift = this.#offsets[at] - start;
    this.#text = grown(this.#text, end + shift);
    this.#text.set(bytes.subarray(start, end), start + shift);
    for (let row = from; row < to; row++) {
      this.#offsets[at + row - from + 1] = offsets[row + 1] + shift;
    }
  }

  protected set(row: number, stored: Stored | null): void {
    const text = encoder.encode((stored ?? "") as string);
    const start = this.#offsets[row];
    this.#offsets = grown(this.#offsets, row + 2);
    this.#text = grown(this.#text, start + text.length);
    this.#text.set(text, start);
    this.#offsets[row + 1] = start + text.length;
  }

  protected column(_rows: number, nulls: Nulls): TextColumn {
    return { storage: "text", bytes: this.#text, offsets: this.#offsets, nulls };
  }
}
