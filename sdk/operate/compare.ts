/**
 * Compares two streams of rows that are sorted by key, in one pass and bounded memory.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";

/** A row that is not the same on both sides. */
export interface Difference {
  /** The row's key. */
  readonly key: Value;
  /** `missing`: the warehouse lacks it. `extra`: only the warehouse has it. `changed`: they differ. */
  readonly kind: "missing" | "extra" | "changed";
  /** The columns that differ. */
  readonly columns: readonly string[];
}

/** Compares expected with found rows, both in ascending order of `keyOrder`, and tells differences. */
export async function compareRows(
  table: TableSpec,
  expected: AsyncIterable<readonly AnyRow[]>,
  found: AsyncIterable<readonly AnyRow[]>,
  onDifference: (difference: Difference) => void,
): Promise<{ readonly expected: number; readonly found: number }> {
  const left = new Cursor(expected);
  const right = new Cursor(found);
  const key = (row: AnyRow) => row[table.key];
  await Promise.all([left.advance(), right.advance()]);
  while (left.row || right.row) {
    const order = !left.row ? 1 : !right.row ? -1 : compareKeys(key(left.row), key(right.row));
    if (order < 0) onDifference({ key: key(left.row!), kind: "missing", columns: [] });
    if (order > 0) onDifference({ key: key(right.row!), kind: "extra", columns: [] });
    if (order === 0) {
      const columns = differingColumns(table, left.row!, right.row!);
      if (columns.length > 0) onDifference({ key: key(left.row!), kind: "changed", columns });
    }
    if (order <= 0 && left.next()) await left.advance();
    if (order >= 0 && right.next()) await right.advance();
  }
  return { expected: left.count, found: right.count };
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
export function compareKeys(left: Value, right: Value): number {
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
class Cursor {
  readonly #batches: AsyncIterator<readonly AnyRow[]>;
  #batch: readonly AnyRow[] = [];
  #at = -1;
  row: AnyRow | undefined;
  count = 0;

  constructor(batches: AsyncIterable<readonly AnyRow[]>) {
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
