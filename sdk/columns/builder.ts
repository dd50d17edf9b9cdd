/**
 * Collects rows of a column, as blocks of other columns or value by value. Its memory is kept from one
 * row group to the next.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import { assertNever } from "../assert_never.ts";
import type { Codec, Stored } from "./type_codec.ts";
import { codecOf } from "./codecs.ts";
import type {
  BooleanColumn,
  Column,
  Int32Column,
  Int64Column,
  Nulls,
  TextColumn,
} from "./column.ts";
import { grown } from "./growing_arrays.ts";
import type { TextsColumn } from "./texts.ts";

/** The column that is being built. */
export interface ColumnBuilder {
  readonly rows: number;
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
      return new ArrayBuilder<Int32Column>(codec, new Int32Array(0), 0, (values, nulls) => {
        return { storage: "int32", values, nulls };
      });
    case "int64":
      return new ArrayBuilder<Int64Column>(codec, new BigInt64Array(0), 0n, (values, nulls) => {
        return { storage: "int64", values, words: new Int32Array(values.buffer), nulls };
      });
    case "boolean":
      return new ArrayBuilder<BooleanColumn>(codec, new Uint8Array(0), 0, (values, nulls) => {
        return { storage: "boolean", values, nulls };
      });
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
    return this.column(this.#nullRows > 0 ? this.#nulls : null);
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

  /** Copies rows of a column to row `at` and the ones after it. */
  protected abstract copy(column: C, from: number, to: number, at: number): void;
  /** Stores a value at a row; null as the value of a row that is NULL. */
  protected abstract set(row: number, stored: Stored | null): void;
  protected abstract column(nulls: Nulls): C;
}

type ArrayColumn = Int32Column | Int64Column | BooleanColumn;

/** Builds a column whose values are one typed array. */
class ArrayBuilder<C extends ArrayColumn> extends Builder<C> {
  #values: C["values"];
  readonly #zero: Stored;
  readonly #columnOf: (values: C["values"], nulls: Nulls) => C;

  /** `values` is an empty array, and `zero` what it holds where a row is NULL. */
  constructor(
    codec: Codec,
    values: C["values"],
    zero: Stored,
    columnOf: (values: C["values"], nulls: Nulls) => C,
  ) {
    super(codec);
    this.#values = values;
    this.#zero = zero;
    this.#columnOf = columnOf;
  }

  protected copy({ values }: C, from: number, to: number, at: number): void {
    this.#values = grown(this.#values, at + to - from);
    this.#values.set(values.subarray(from, to) as never, at);
  }

  protected set(row: number, stored: Stored | null): void {
    this.#values = grown(this.#values, row + 1);
    this.#values[row] = (stored ?? this.#zero) as never;
  }

  protected column(nulls: Nulls): C {
    return this.#columnOf(this.#values, nulls);
  }
}

const encoder = new TextEncoder();

class TextBuilder extends Builder<TextsColumn> {
  #text = new Uint8Array(0);
  #offsets = new Int32Array(1);

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

  protected column(nulls: Nulls): TextColumn {
    return { storage: "text", bytes: this.#text, offsets: this.#offsets, nulls };
  }
}
