import { Buffer } from "node:buffer";
import { assertNever } from "../assert_never.ts";
import type { BooleanColumn, Column, Int32Column, Int64Column } from "./column.ts";
import { type RowTexts, type TextsColumn, textsOf } from "./texts.ts";

/** Rows of a column, from one on. */
export interface ColumnPart<C extends Column = Column> {
  readonly column: C;
  readonly from: number;
}

/**
 * Compares as many rows of two columns of the same storage (text can be a dictionary) and sets
 * `differs` to 1 where they do. NULL equals NULL.
 */
export function markDifferences(
  left: ColumnPart,
  right: ColumnPart,
  rows: number,
  differs: Uint8Array,
): void {
  markNulls(left, right, rows, differs);
  const { storage } = left.column;
  switch (storage) {
    case "int32":
    case "boolean":
      return markNumbers(as<Int32Column | BooleanColumn>(left), as(right), rows, differs);
    case "int64":
      return markWords(as<Int64Column>(left), as(right), rows, differs);
    case "text":
    case "dictionary":
      return markTexts(as<TextsColumn>(left), as(right), rows, differs);
    default:
      return assertNever(storage);
  }
}

function as<C extends Column>(part: ColumnPart): ColumnPart<C> {
  return part as ColumnPart<C>;
}

/** Rows that are compared first; then twice as many. */
const FIRST_ROWS = 16;

/** Returns how many of the first rows of two columns are equal. Neither column contains NULL. */
export function countEqual(left: ColumnPart, right: ColumnPart, rows: number): number {
  let equal = 0;
  for (let size = FIRST_ROWS; equal < rows; size *= 2) {
    const differs = new Uint8Array(Math.min(size, rows - equal));
    const next = ({ column, from }: ColumnPart) => ({ column, from: from + equal });
    markDifferences(next(left), next(right), differs.length, differs);
    const first = differs.indexOf(1);
    if (first !== -1) return equal + first;
    equal += differs.length;
  }
  return equal;
}

function markNulls(left: ColumnPart, right: ColumnPart, rows: number, differs: Uint8Array): void {
  const a = left.column.nulls, b = right.column.nulls;
  if (a === null && b === null) return;
  for (let i = 0; i < rows; i++) {
    if ((a === null ? 0 : a[left.from + i]) !== (b === null ? 0 : b[right.from + i])) {
      differs[i] = 1;
    }
  }
}

function markNumbers(
  left: ColumnPart<Int32Column | BooleanColumn>,
  right: ColumnPart<Int32Column | BooleanColumn>,
  rows: number,
  differs: Uint8Array,
): void {
  const a = left.column.values, b = right.column.values;
  for (let i = 0, l = left.from, r = right.from; i < rows; i++) {
    if (a[l++] !== b[r++]) differs[i] = 1;
  }
}

function markWords(
  left: ColumnPart<Int64Column>,
  right: ColumnPart<Int64Column>,
  rows: number,
  differs: Uint8Array,
): void {
  const a = left.column.words, b = right.column.words;
  for (let i = 0, l = 2 * left.from, r = 2 * right.from; i < rows; i++, l += 2, r += 2) {
    if (a[l] !== b[r] || a[l + 1] !== b[r + 1]) differs[i] = 1;
  }
}

function markTexts(
  left: ColumnPart<TextsColumn>,
  right: ColumnPart<TextsColumn>,
  rows: number,
  differs: Uint8Array,
): void {
  const a = textsOf(left.column), b = textsOf(right.column);
  if (a.codes === null && b.codes === null && equalTexts(a, left.from, b, right.from, rows)) return;
  for (let i = 0; i < rows; i++) {
    const l = a.codes === null ? left.from + i : a.codes[left.from + i];
    const r = b.codes === null ? right.from + i : b.codes[right.from + i];
    if (isNullAt(left, i) || isNullAt(right, i)) continue;
    if (!equalText(a, l, b, r)) differs[i] = 1;
  }
}

function isNullAt({ column: { nulls }, from }: ColumnPart, row: number): boolean {
  return nulls !== null && nulls[from + row] === 1;
}

/** Returns whether all texts are equal: those of adjacent rows are one block of memory. */
function equalTexts(a: RowTexts, l: number, b: RowTexts, r: number, rows: number): boolean {
  const shift = b.offsets[r] - a.offsets[l];
  for (let i = 1; i <= rows; i++) if (b.offsets[r + i] - a.offsets[l + i] !== shift) return false;
  const block = (texts: RowTexts, row: number) =>
    texts.bytes.subarray(texts.offsets[row], texts.offsets[row + rows]);
  return Buffer.compare(block(a, l), block(b, r)) === 0;
}

function equalText(a: RowTexts, l: number, b: RowTexts, r: number): boolean {
  const start = a.offsets[l], length = a.offsets[l + 1] - start;
  const other = b.offsets[r];
  if (b.offsets[r + 1] - other !== length) return false;
  for (let i = 0; i < length; i++) if (a.bytes[start + i] !== b.bytes[other + i]) return false;
  return true;
}
