/**
 * Compares two streams of rows that are sorted by key, in one pass and bounded memory.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../../schemas/table.ts";

/**
 * How a row differs. `missing`: the warehouse does not have it. `extra`: only the warehouse has it.
 * `changed`: columns differ. `invalid`: the row cannot be stored in the warehouse and is in quarantine.
 */
export type DifferenceKind = "missing" | "extra" | "changed" | "invalid";

/** A row that is not the same on both sides. */
export interface Difference {
  /** The row's key. */
  readonly key: Value;
  /** How it differs. */
  readonly kind: DifferenceKind;
  /** The columns that differ. */
  readonly columns: readonly string[];
  /** Why the row is invalid. */
  readonly reason?: string;
}

/** A row that the source has and the warehouse cannot have. */
export class InvalidRow {
  /** A row with this key, and what is wrong with it. */
  constructor(readonly key: Value, readonly reason: string) {}
}

/** A row as it should be. */
export type ExpectedRow = AnyRow | InvalidRow;

/** Compares expected with found rows, both in ascending order of `keyOrder`, and tells differences. */
export async function compareRows(
  table: TableSpec,
  expected: AsyncIterable<readonly ExpectedRow[]>,
  found: AsyncIterable<readonly AnyRow[]>,
  onDifference: (difference: Difference, expected?: AnyRow) => void,
): Promise<{ readonly expected: number; readonly found: number }> {
  const left = new Cursor(expected);
  const right = new Cursor(found);
  const keyOf = (row: ExpectedRow) => row instanceof InvalidRow ? row.key : row[table.key];
  await Promise.all([left.advance(), right.advance()]);
  while (left.row || right.row) {
    const order = !left.row ? 1 : !right.row ? -1 : compareKeys(keyOf(left.row), keyOf(right.row));
    tellDifference(
      table,
      order <= 0 ? left.row : undefined,
      order >= 0 ? right.row : undefined,
      onDifference,
    );
    if (order <= 0 && left.next()) await left.advance();
    if (order >= 0 && right.next()) await right.advance();
  }
  return { expected: left.count, found: right.count };
}

/** Tells how two rows of one key differ, if they do; one of them may be absent. */
function tellDifference(
  table: TableSpec,
  expected: ExpectedRow | undefined,
  found: AnyRow | undefined,
  tell: (difference: Difference, expected?: AnyRow) => void,
): void {
  if (expected instanceof InvalidRow) {
    const { key, reason } = expected;
    return tell({ key, kind: "invalid", columns: [], reason });
  }
  if (!expected) return tell({ key: found![table.key], kind: "extra", columns: [] });
  const key = expected[table.key];
  if (!found) return tell({ key, kind: "missing", columns: [] }, expected);
  const columns = differingColumns(table, expected, found);
  if (columns.length > 0) tell({ key, kind: "changed", columns }, expected);
}

/** The columns in which two rows of a table hold different values. */
export function differingColumns(table: TableSpec, left: AnyRow, right: AnyRow): string[] {
  return Object.entries(table.columns)
    .filter(([name, column]) => !sameValue(column, left[name], right[name]))
    .map(([name]) => name);
}

/** Numerics are the same when their values are: `3.9` is `3.90`. */
function sameValue(column: ColumnSpec, left: Value, right: Value): boolean {
  if (left === right) return true;
  if (column.type !== "numeric" || left === null || right === null) return false;
  return withoutTrailingZeros(left as string) === withoutTrailingZeros(right as string);
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

const encoder = new TextEncoder();

/** Orders keys as `ORDER BY` does: integers by value, everything else by the bytes of its text. */
function compareKeys(left: Value, right: Value): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  const a = encoder.encode(String(left));
  const b = encoder.encode(String(right));
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/** One row after another from a stream of batches. Within a batch it moves without waiting. */
class Cursor<T> {
  readonly #batches: AsyncIterator<readonly T[]>;
  #batch: readonly T[] = [];
  #at = -1;
  row: T | undefined;
  count = 0;

  constructor(batches: AsyncIterable<readonly T[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Moves on within the batch; true when the next batch must be waited for. */
  next(): boolean {
    this.row = this.#batch[++this.#at];
    if (this.row) this.count++;
    return !this.row;
  }

  /** Moves on to the first row of the next batch that has one. */
  async advance(): Promise<void> {
    do {
      const { done, value } = await this.#batches.next();
      if (done) {
        this.row = undefined;
        return;
      }
      this.#batch = value;
      this.#at = -1;
    } while (this.next());
  }
}
