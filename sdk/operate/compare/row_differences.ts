/**
 * The difference between an expected row and the one that the warehouse has. Does no I/O.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../../schemas/table.ts";

/**
 * How a row differs. `missing`: the warehouse does not have it. `extra`: only the warehouse has it.
 * `changed`: columns differ. `invalid`: the row cannot be stored in the warehouse and is in
 * quarantine.
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
  /** Why the row is invalid, or extra although the source has it. */
  readonly reason?: string;
}

/** A source row that cannot be stored in the warehouse. */
export class InvalidRow {
  /** Creates an invalid row. `reason` is the message of its validation error. */
  constructor(readonly key: Value, readonly reason: string) {}
}

/** A source row that the table's row function leaves out of the warehouse. */
export class LeftOutRow {
  /** Creates a row that is left out. */
  constructor(readonly key: Value) {}
}

/** The expected row. */
export type ExpectedRow = AnyRow | InvalidRow | LeftOutRow;

/** Why a row that the warehouse has is extra, although the source has it too. */
const LEFT_OUT = "the row function leaves it out";

/**
 * Reports the difference between two rows of one key, if there is one. One of them can be
 * undefined.
 */
export function reportDifference(
  table: TableSpec,
  expected: ExpectedRow | undefined,
  found: AnyRow | undefined,
  report: (difference: Difference, expected?: AnyRow) => void,
): void {
  if (expected instanceof InvalidRow) {
    const { key, reason } = expected;
    return report({ key, kind: "invalid", columns: [], reason });
  }
  if (expected instanceof LeftOutRow) {
    if (found) report({ key: expected.key, kind: "extra", columns: [], reason: LEFT_OUT });
    return;
  }
  if (!expected) return report({ key: found![table.key], kind: "extra", columns: [] });
  const key = expected[table.key];
  if (!found) return report({ key, kind: "missing", columns: [] }, expected);
  const columns = differingColumns(table, expected, found);
  if (columns.length > 0) report({ key, kind: "changed", columns }, expected);
}

/** Returns whether the warehouse must not have the row. */
export function isMarker(row: ExpectedRow): row is InvalidRow | LeftOutRow {
  return row instanceof InvalidRow || row instanceof LeftOutRow;
}

/** Returns the names of the columns whose values differ between two rows of a table. */
export function differingColumns(table: TableSpec, left: AnyRow, right: AnyRow): string[] {
  return Object.entries(table.columns)
    .filter(([name, column]) => !sameValue(column, left[name], right[name]))
    .map(([name]) => name);
}

/** Numerics are compared by value: `3.9` equals `3.90`. */
function sameValue(column: ColumnSpec, left: Value, right: Value): boolean {
  if (left === right) return true;
  if (column.type !== "numeric" || left === null || right === null) return false;
  return withoutTrailingZeros(left as string) === withoutTrailingZeros(right as string);
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

const encoder = new TextEncoder();

/** Orders keys as the query does: integers by value, all others by the bytes of their text. */
export function keyOrder(left: Value, right: Value): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  const a = encoder.encode(String(left));
  const b = encoder.encode(String(right));
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}
