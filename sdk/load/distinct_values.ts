import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import { codecOf, isNull } from "../columns/codecs.ts";
import type { Column, DictionaryColumn, Int32Column } from "../columns/column.ts";

/** More values than this are not collected. */
const MAX_VALUES = 10_000;
/** Numbers from 0 up to this, as most ids and days are, are looked up in an array. */
const SMALL = 2 ** 20;

/** Collects the distinct values of columns of one type, if they are few. NULL does not count. */
export class DistinctValues {
  readonly #valueAt: (column: Column, row: number) => Value;
  readonly #isKnown = new Uint8Array(SMALL);
  readonly #known = new Set<number | bigint | Value>();
  readonly #values: Value[] = [];

  constructor(spec: ColumnSpec) {
    this.#valueAt = codecOf(spec).valueAt;
  }

  /** The values; undefined when there are too many. */
  get values(): readonly Value[] | undefined {
    return this.#isFull ? undefined : this.#values;
  }

  get #isFull(): boolean {
    return this.#values.length > MAX_VALUES;
  }

  /** Adds the values of a column's rows. */
  add(column: Column, rows: number): void {
    switch (column.storage) {
      case "int32":
        return this.#addNumbers(column, rows);
      case "int64":
        return this.#addEach(column, rows, (row) => column.values[row]);
      case "dictionary":
        return this.#addUsed(column, rows);
      default:
        this.#addEach(column, rows, (row) => this.#valueAt(column, row));
    }
  }

  #addNumbers(column: Int32Column, rows: number): void {
    const { values } = column;
    for (let row = 0; row < rows && !this.#isFull; row++) {
      const number = values[row];
      if (number >= 0 && number < SMALL) {
        if (this.#isKnown[number] === 1 || isNull(column, row)) continue;
        this.#isKnown[number] = 1;
      } else if (!this.#isNew(number)) continue;
      this.#values.push(this.#valueAt(column, row));
    }
  }

  /** Adds the texts of a dictionary that rows have. */
  #addUsed(column: DictionaryColumn, rows: number): void {
    const firstRows = new Map<number, number>();
    const { codes } = column;
    for (let row = 0; row < rows; row++) {
      if (!firstRows.has(codes[row]) && !isNull(column, row)) firstRows.set(codes[row], row);
    }
    for (const row of firstRows.values()) {
      const text = this.#valueAt(column, row);
      if (this.#isNew(text)) this.#values.push(text);
    }
  }

  #addEach(column: Column, rows: number, keyAt: (row: number) => bigint | Value): void {
    for (let row = 0; row < rows && !this.#isFull; row++) {
      if (isNull(column, row) || !this.#isNew(keyAt(row))) continue;
      this.#values.push(this.#valueAt(column, row));
    }
  }

  #isNew(key: number | bigint | Value): boolean {
    const { size } = this.#known;
    return this.#known.add(key).size > size;
  }
}
