/**
 * Compares two streams of rows that are sorted by key, in one pass and bounded memory. Runs of rows
 * with the same keys are compared column by column; only a row that differs becomes an object.
 *
 * @module
 */
import type { Value } from "../../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../../schemas/table.ts";
import type { Codec } from "../../columns/type_codec.ts";
import { codecOf } from "../../columns/codecs.ts";
import type { Column } from "../../columns/column.ts";
import { countEqual, markDifferences } from "../../columns/mark_differences.ts";
import {
  type Difference,
  type ExpectedRow,
  isMarker,
  keyOrder,
  reportDifference,
} from "./row_differences.ts";

/** Some rows of one side, sorted by key. Valid until the next ones are requested. */
export interface RowBatch {
  readonly rows: number;
  /** The columns of the table, in order. */
  readonly columns: readonly Column[];
  /** 1 for each row that is not in the columns. */
  readonly odd: Uint8Array;
  /** The rows that are not in the columns, by place. */
  readonly others: ReadonlyMap<number, ExpectedRow>;
}

/** Receives a difference, and the expected row if there is one. */
export type OnRowDifference = (difference: Difference, expected?: AnyRow) => void;

/**
 * Compares expected with found rows, both sorted by key, and reports every difference. Returns the
 * number of rows on each side.
 */
export async function compareColumns(
  table: TableSpec,
  expected: AsyncIterable<RowBatch>,
  found: AsyncIterable<RowBatch>,
  onDifference: OnRowDifference,
): Promise<{ readonly expected: number; readonly found: number }> {
  const left = new Cursor(table, expected);
  const right = new Cursor(table, found);
  await Promise.all([left.fill(), right.fill()]);
  while (left.hasRow || right.hasRow) {
    const same = left.hasRow && right.hasRow ? left.sameKeys(right) : 0;
    if (same > 0) compareRun(table, left, right, same, onDifference);
    else compareOne(table, left, right, onDifference);
    // An await per row would be slow.
    if (!left.hasRow || !right.hasRow) await Promise.all([left.fill(), right.fill()]);
  }
  return { expected: left.count, found: right.count };
}

/** Compares rows with the same keys. */
function compareRun(
  table: TableSpec,
  left: Cursor,
  right: Cursor,
  rows: number,
  onDifference: OnRowDifference,
): void {
  const differs = new Uint8Array(rows);
  for (let i = 0; i < left.columns.length; i++) {
    markDifferences(left.part(i), right.part(i), rows, differs);
  }
  for (let row = differs.indexOf(1); row !== -1; row = differs.indexOf(1, row + 1)) {
    // A numeric that is kept as text can be written differently.
    reportDifference(table, left.row(row), right.row(row) as AnyRow, onDifference);
  }
  left.advance(rows);
  right.advance(rows);
}

/** Compares the next row of each side, or reports the one with the smaller key. */
function compareOne(
  table: TableSpec,
  left: Cursor,
  right: Cursor,
  onDifference: OnRowDifference,
): void {
  const expected = left.hasRow ? left.row() : undefined;
  const found = right.hasRow ? right.row() as AnyRow : undefined;
  const order = !expected ? 1 : !found ? -1 : keyOrder(left.keyOf(expected), found[table.key]);
  reportDifference(
    table,
    order <= 0 ? expected : undefined,
    order >= 0 ? found : undefined,
    onDifference,
  );
  if (order <= 0) left.advance(1);
  if (order >= 0) right.advance(1);
}

const NO_ROWS: RowBatch = { rows: 0, columns: [], odd: new Uint8Array(0), others: new Map() };

/** A place in the rows of one side. */
class Cursor {
  readonly #batches: AsyncIterator<RowBatch>;
  #isDone = false;
  readonly #names: readonly string[];
  readonly #codecs: readonly Codec[];
  readonly #key: string;
  readonly #keyColumn: number;
  #batch = NO_ROWS;
  #at = 0;
  /** Number of rows passed so far. */
  count = 0;

  constructor({ columns, key }: TableSpec, batches: AsyncIterable<RowBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#names = Object.keys(columns);
    this.#codecs = Object.values(columns).map(codecOf);
    this.#key = key;
    this.#keyColumn = this.#names.indexOf(key);
  }

  /** Whether there is a row at this place; false at the end, after {@linkcode Cursor.fill}. */
  get hasRow(): boolean {
    return this.#at < this.#batch.rows;
  }

  get columns(): readonly Column[] {
    return this.#batch.columns;
  }

  /** Requests more rows when those at hand have been passed. */
  async fill(): Promise<void> {
    while (!this.hasRow && !this.#isDone) {
      const { done = false, value } = await this.#batches.next();
      this.#isDone = done;
      this.#batch = done ? NO_ROWS : value;
      this.#at = 0;
    }
  }

  advance(rows: number): void {
    this.#at += rows;
    this.count += rows;
  }

  /** Returns the rows of a column from this place on. */
  part(column: number) {
    return { column: this.#batch.columns[column], from: this.#at };
  }

  /** Returns how many rows from here on are in the columns of both sides, with the same keys. */
  sameKeys(other: Cursor): number {
    const rows = Math.min(this.#regular(), other.#regular());
    if (rows === 0) return 0;
    return countEqual(this.part(this.#keyColumn), other.part(this.#keyColumn), rows);
  }

  /** Returns how many rows from here on are in the columns. */
  #regular(): number {
    const { odd, rows } = this.#batch;
    const next = odd.subarray(0, rows).indexOf(1, this.#at);
    return (next === -1 ? rows : next) - this.#at;
  }

  /** Returns a row as an object. */
  row(offset = 0): ExpectedRow {
    const { columns, odd, others } = this.#batch;
    const at = this.#at + offset;
    if (odd[at] === 1) return others.get(at)!;
    return Object.fromEntries(
      this.#names.map((name, i) => [name, this.#codecs[i].valueAt(columns[i], at)]),
    );
  }

  keyOf(row: ExpectedRow): Value {
    return isMarker(row) ? row.key : row[this.#key];
  }
}
